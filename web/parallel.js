// parallel: ranges on the axes of a search's trials, by pointer or keys; lines and table rows outside of them are left out. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const svg = document.querySelector(".parallel svg"), table = document.getElementById("trial-table");
  if (!svg || !table) return;
  const { element, digits, percent } = inklingChart;
  const TOP = 46, BOTTOM = 292, GAP = 318, WIDE = 34, STEPS = 40;
  const trials = [...table.tBodies[0].rows], lines = [...svg.querySelectorAll(".row")].map((path) => ({
    path, trial: trials[Number(path.dataset.row)], heights: path.getAttribute("d").split(/[ML]/).slice(1).map((point) => Number(point.split(" ")[1])),
  }));
  const said = Object.assign(document.createElement("p"), { id: "chosen" }), words = document.createElement("span");
  const all = Object.assign(document.createElement("button"), { type: "button", textContent: "Choose all", disabled: true });
  words.setAttribute("role", "status");
  said.append(words, " ", all);
  svg.setAttribute("role", "group");

  // An axis: from and to are heights in the drawing, the greater below; all of it is chosen at first, and what has no value.
  const axes = [...svg.querySelectorAll(".upright")].map((group, i) => {
    const names = "low" in group.dataset ? null : [...group.querySelectorAll(".tick")].filter((text) => text.textContent !== "none" || Number(text.getAttribute("y")) < BOTTOM)
      .map((text) => ({ name: text.textContent, at: Number(text.getAttribute("y")) - 4 }));
    const bottom = group.querySelector(".mark") ? GAP : BOTTOM;
    return { group, i, names, bottom, x: Number(group.dataset.x), from: bottom, to: TOP, handles: [] };
  });
  const chosen = (axis) => axis.from < axis.bottom || axis.to > TOP;

  // What stands at a height, in words.
  function value(axis, height) {
    const { low, high, log, percent: share } = axis.group.dataset;
    if (height > BOTTOM + 8) return "none";
    if (axis.names) return axis.names.reduce((best, name) => (Math.abs(name.at - height) < Math.abs(best.at - height) ? name : best)).name;
    const at = Number(low) + ((BOTTOM - Math.min(height, BOTTOM)) / (BOTTOM - TOP)) * (Number(high) - Number(low)), number = log === undefined ? at : 10 ** at;
    return share === undefined ? digits(number, 3) : percent(number, 1);
  }

  // The page stays as long as it was while trials are chosen, so that what is dragged does not move.
  function keepHeight() {
    const box = table.parentElement;
    if (!box.style.minHeight) box.style.minHeight = box.offsetHeight + "px";
  }

  function show() {
    const some = axes.filter(chosen);
    let count = 0, best = null;
    const fits = (line) => some.every((axis) => line.heights[axis.i] <= axis.from + 0.05 && line.heights[axis.i] >= axis.to - 0.05);
    for (const trial of trials) trial.hidden = some.length > 0;
    for (const line of [...lines].reverse()) {
      const fit = fits(line);
      line.path.classList.toggle("off", !fit);
      if (!fit) continue;
      count++;
      best ??= line;
      line.trial.hidden = false;
    }
    for (const axis of axes) place(axis);
    all.disabled = some.length === 0;
    words.textContent = some.length === 0 ? "All " + lines.length + " trials. Drag along an axis, or move its two ends by the arrow keys, to choose some; the table follows."
      : count + " of " + lines.length + " trials" + (best ? ", the best of them trial " + best.trial.cells[0].textContent : "") + ": " +
        some.map((axis) => axis.group.dataset.name + " " + value(axis, axis.from) + " to " + value(axis, axis.to)).join(", ") + ".";
  }

  function place(axis) {
    axis.brush.setAttribute("y", axis.to);
    axis.brush.setAttribute("height", axis.from - axis.to);
    axis.brush.classList.toggle("none", !chosen(axis));
    axis.handles.forEach((handle, k) => {
      const at = k ? axis.to : axis.from;
      handle.setAttribute("transform", "translate(" + axis.x + " " + at + ")");
      handle.setAttribute("aria-valuenow", Math.round((100 * (axis.bottom - at)) / (axis.bottom - TOP)));
      handle.setAttribute("aria-valuetext", value(axis, at));
    });
  }

  function choose(axis, a, b) {
    const inside = (height) => Math.min(axis.bottom, Math.max(TOP, height));
    keepHeight();
    axis.from = inside(Math.max(a, b));
    axis.to = inside(Math.min(a, b));
    show();
  }

  const reset = (axis) => choose(axis, axis.bottom, TOP);

  // By keys: an end goes up or down, of names from the middle between two to the next, and stops at the other end.
  function press(event, axis, upper) {
    const end = upper ? axis.to : axis.from, step = (axis.bottom - TOP) / (axis.names ? axis.names.length : STEPS);
    const moves = { ArrowUp: end - step, ArrowRight: end - step, ArrowDown: end + step, ArrowLeft: end + step, PageUp: end - 5 * step, PageDown: end + 5 * step, Home: axis.bottom, End: TOP };
    if (event.key === "Escape") reset(axis);
    else if (!(event.key in moves)) return;
    else if (upper) choose(axis, axis.from, Math.min(moves[event.key], axis.from));
    else choose(axis, Math.max(moves[event.key], axis.to), axis.to);
    event.preventDefault();
  }

  function height(event) {
    const box = svg.getBoundingClientRect();
    return ((event.clientY - box.top) / box.height) * svg.viewBox.baseVal.height;
  }

  // By pointer: from where it is put down, or with one end from the other; a click alone chooses all of the axis again.
  function drag(target, axis, anchor) {
    let from = null, moved = false;
    target.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // else the page would scroll: touch-action is not heeded within an SVG
    target.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      from = anchor ? anchor() : height(event);
      moved = false;
      target.setPointerCapture(event.pointerId);
    });
    target.addEventListener("pointermove", (event) => {
      if (from === null) return;
      moved ||= anchor !== undefined || Math.abs(height(event) - from) > 3;
      if (moved) choose(axis, from, height(event));
    });
    target.addEventListener("pointerup", () => {
      if (from !== null && !moved && !anchor) reset(axis);
      from = null;
    });
    target.addEventListener("pointercancel", () => { from = null; });
  }

  for (const axis of axes) {
    const space = element("rect", { class: "space", x: axis.x - WIDE / 2, y: TOP - 12, width: WIDE, height: axis.bottom - TOP + 24 });
    axis.brush = element("rect", { class: "brush", x: axis.x - 7, y: TOP, width: 14, height: axis.bottom - TOP });
    axis.group.append(axis.brush, space);
    drag(space, axis);
    for (const upper of [false, true]) {
      const handle = element("g", { class: "handle", tabindex: 0, role: "slider", "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 100,
        "aria-label": axis.group.dataset.name + (upper ? ", upper end" : ", lower end") });
      handle.append(element("rect", { x: -8, y: upper ? -11 : 1, width: 16, height: 10, rx: 4 }));
      handle.addEventListener("keydown", (event) => press(event, axis, upper));
      drag(handle, axis, () => (upper ? axis.from : axis.to));
      axis.handles.push(handle);
      axis.group.append(handle);
    }
  }
  all.addEventListener("click", () => { for (const axis of axes) { axis.from = axis.bottom; axis.to = TOP; } show(); });
  document.querySelector(".parallel").parentElement.after(said);
  show();
})();
