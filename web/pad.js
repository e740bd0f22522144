// pad: draw, and see what the network makes of it. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const pad = document.getElementById("draw");
  if (!pad) return;
  const SIDE = 256, PEN = 20, SHOWN = 12;
  const classes = JSON.parse(document.getElementById("rows").textContent).classes;
  const ink = pad.getContext("2d", { willReadFrequently: true }), seen = document.getElementById("seen");
  const said = document.getElementById("said"), bars = document.getElementById("bars"), hidden = document.getElementById("hidden");
  const { height, width, black, white } = inklingNet;
  let pens = new Map(), wanted = false;
  pad.width = pad.height = SIDE;

  function clear() {
    ink.fillStyle = "#000";
    ink.fillRect(0, 0, SIDE, SIDE);
    show(null);
  }

  function drawing() {
    const data = ink.getImageData(0, 0, SIDE, SIDE).data, v = new Float32Array(SIDE * SIDE);
    for (let i = 0; i < v.length; i++) v[i] = data[4 * i] / 255;
    return v;
  }

  function paintSeen(x) {
    const context = seen.getContext("2d"), image = context.createImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      image.data.fill(x ? Math.round(255 * x[i]) : 0, 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  function paintBars(p) {
    const order = p ? [...p.keys()].sort((a, b) => p[b] - p[a]) : [...classes.keys()];
    const shown = order.slice(0, SHOWN).sort((a, b) => a - b);
    if (bars.children.length !== shown.length) bars.replaceChildren(...shown.map(() => {
      const line = document.createElement("div"), track = document.createElement("i");
      track.append(document.createElement("b"));
      line.append(document.createElement("span"), track, document.createElement("span"));
      return line;
    }));
    shown.forEach((which, i) => {
      const [name, track, share] = bars.children[i].children;
      name.textContent = classes[which];
      track.firstChild.style.width = (p ? 100 * p[which] : 0) + "%";
      share.textContent = p ? (100 * p[which]).toFixed(1) + "\u00a0%" : "";
    });
    said.textContent = p ? classes[inklingNet.answer(p)] : "-";
  }

  // An image for each channel, side by side.
  function paintMaps(canvas, values, most, colours) {
    const [height, width, channels] = values.shape, columns = Math.ceil(Math.sqrt(channels)), context = canvas.getContext("2d");
    canvas.width = columns * (width + 1);
    canvas.height = Math.ceil(channels / columns) * (height + 1);
    values.forEach((value, i) => {
      const c = i % channels, place = Math.floor(i / channels);
      context.globalAlpha = 0.06 + 0.94 * Math.abs(value) / most;
      context.fillStyle = colours[value < 0 ? 1 : 0];
      context.fillRect((c % columns) * (width + 1) + place % width, Math.floor(c / columns) * (height + 1) + Math.floor(place / width), 1, 1);
    });
  }

  function paintHidden(layers) {
    const style = getComputedStyle(document.documentElement), colours = ["--a", "--b"].map((name) => style.getPropertyValue(name));
    while (hidden.children.length < layers.length) hidden.append(document.createElement("canvas"));
    layers.forEach((values, l) => {
      const canvas = hidden.children[l], columns = Math.min(values.length, values.length > 128 ? 32 : values.length > 24 ? 20 : 12);
      const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9), context = canvas.getContext("2d"), square = 12;
      const map = values.shape && values.shape[0] * values.shape[1] > 1;
      canvas.width = columns * square;
      canvas.height = Math.ceil(values.length / columns) * square;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", "Hidden layer " + (l + 1) + ": " + values.filter((value) => value > 0).length + " of " +
        values.length + " units are active");
      if (map) {
        paintMaps(canvas, values, most, colours);
        return;
      }
      values.forEach((value, i) => {
        context.globalAlpha = 0.06 + 0.94 * Math.abs(value) / most;
        context.fillStyle = colours[value < 0 ? 1 : 0];
        context.fillRect((i % columns) * square + 1, Math.floor(i / columns) * square + 1, square - 2, square - 2);
      });
    });
  }

  function show(x) {
    const answer = inklingNet.run((x ?? new Float32Array(height * width)).map((value) => black + value * (white - black)));
    paintSeen(x);
    paintBars(x ? answer.p : null);
    paintHidden(x ? answer.hidden : answer.hidden.map((values) => Object.assign(values.map(() => 0), { shape: values.shape })));
    return answer;
  }

  function think() {
    wanted = false;
    show(inklingFit(drawing(), SIDE, SIDE, height, width));
  }

  function soon() {
    if (!wanted) requestAnimationFrame(think);
    wanted = true;
  }

  function at(event) {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  }

  function stroke(from, to) {
    Object.assign(ink, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    ink.beginPath();
    ink.moveTo(...from);
    ink.lineTo(...to);
    ink.stroke();
    soon();
  }

  pad.addEventListener("pointerdown", (event) => {
    const place = at(event);
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    pens.set(event.pointerId, place);
    stroke(place, place);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!pens.has(event.pointerId)) return;
    for (const part of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const place = at(part);
      stroke(pens.get(event.pointerId), place);
      pens.set(event.pointerId, place);
    }
  });
  for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, (event) => pens.delete(event.pointerId));
  document.getElementById("clear").addEventListener("click", clear);
  pad.addEventListener("keydown", (event) => { if (event.key === "Escape" || event.key === "Delete") clear(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
  clear();
})();
