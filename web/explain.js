// explain: steps through a row's way, a section at a time. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const steps = [...document.querySelectorAll("section.step")], nav = document.getElementById("steps");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const button = (text, action) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", action);
    return made;
  };
  let at = 0, timer = 0;

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "play";
    play.setAttribute("aria-pressed", "false");
  }

  function show(i, focus) {
    at = Math.max(0, Math.min(steps.length - 1, i));
    steps.forEach((step, k) => { step.hidden = k !== at; });
    marks.forEach((mark, k) => (k === at ? mark.setAttribute("aria-current", "step") : mark.removeAttribute("aria-current")));
    back.disabled = at === 0;
    next.disabled = at === steps.length - 1;
    place.textContent = "step " + (at + 1) + " of " + steps.length;
    if (focus) steps[at].focus({ preventScroll: true });
    const list = marks[at].parentElement;
    list.scrollTo({ left: marks[at].offsetLeft - list.clientWidth / 2, behavior: still.matches ? "auto" : "smooth" });
    if (timer && at === steps.length - 1) stop();
  }

  function start() {
    if (timer) return stop();
    if (at === steps.length - 1) show(0);
    timer = setInterval(() => document.hidden || show(at + 1), 1600);
    play.textContent = "pause";
    play.setAttribute("aria-pressed", "true");
  }

  const by = (way) => () => { stop(); show(at + way); };
  const back = button("\u2190 back", by(-1)), next = button("next \u2192", by(1)), play = button("play", start);
  const place = Object.assign(document.createElement("span"), { className: "dim" });
  place.setAttribute("aria-live", "polite");
  const marks = steps.map((step, i) => {
    const mark = button(step.dataset.name, () => { stop(); show(i, true); });
    mark.className = step.classList.contains("backward") ? "backward" : "forward";
    return mark;
  });
  const list = Object.assign(document.createElement("div"), { className: "marks" }), row = document.createElement("div");
  list.append(...marks);
  row.className = "moves";
  row.append(back, play, next, place);
  nav.append(row, list);
  nav.hidden = false;
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(".numbers, .wide")) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    stop();
    show(to);
  });
  addEventListener("beforeprint", () => steps.forEach((step) => { step.hidden = false; }));
  addEventListener("afterprint", () => show(at));
  show(Number(location.hash.slice(1)) - 1 || 0);
})();
