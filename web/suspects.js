// suspects: what becomes of each row is chosen by buttons or keys; a file of it is downloaded. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const classes = JSON.parse(document.getElementById("classes").textContent);
  const cards = [...document.querySelectorAll(".suspect")], sections = [...document.querySelectorAll("main > section")].filter((s) => s.querySelector(".suspect"));
  const chosen = new Map(); // row: "keep", "drop", or the number of its new class; all cards of a row have one choice
  const make = (name, more, ...inside) => {
    const made = Object.assign(document.createElement(name), more);
    made.append(...inside);
    return made;
  };
  const button = (text, action, more) => {
    const made = make("button", { type: "button", ...more }, text);
    made.addEventListener("click", action);
    return made;
  };
  const list = (label, names, action) => {
    const made = make("select", {}, ...names.map(([value, text]) => make("option", { value }, text)));
    made.setAttribute("aria-label", label);
    made.addEventListener("change", () => action(made.value, made));
    return made;
  };
  const press = (element, on) => element.setAttribute("aria-pressed", on);
  const visible = () => cards.filter((card) => card.offsetParent !== null);
  let saved = true, at = null;

  // What a card's buttons show: its row's choice.
  function show(card) {
    const choice = chosen.get(card.dataset.row) ?? "keep", { keep, drop, answer, other } = card.parts;
    press(keep, choice === "keep");
    press(drop, choice === "drop");
    if (answer) press(answer, choice === card.dataset.answer);
    other.value = typeof choice === "string" && choice !== "keep" && choice !== "drop" && choice !== card.dataset.answer ? choice : "";
    card.classList.toggle("dropped", choice === "drop");
    card.classList.toggle("fresh", choice !== "keep" && choice !== "drop");
  }

  function count() {
    const values = [...chosen.values()], dropped = values.filter((v) => v === "drop").length;
    said.textContent = dropped + " to drop, " + (values.length - dropped) + " to relabel; the others stay";
  }

  function choose(card, choice) {
    const row = card.dataset.row;
    if (choice === card.dataset.label) choice = "keep";
    if (choice === "keep") chosen.delete(row); else chosen.set(row, choice);
    saved = false;
    cards.filter((other) => other.dataset.row === row).forEach(show);
    count();
  }

  // One card at a time is in the order of the Tab key; the arrows go on from it.
  function go(card) {
    if (!card) return;
    if (at) at.tabIndex = -1;
    at = card;
    at.tabIndex = 0;
    at.focus();
  }

  function addButtons(card) {
    const { label, answer } = card.dataset, row = "row " + card.dataset.row;
    const keep = button("keep", () => choose(card, "keep")), drop = button("drop", () => choose(card, "drop"));
    const better = answer !== "-1" && answer !== label ? button("\u2192 " + classes[answer], () => choose(card, answer)) : null;
    if (better) better.setAttribute("aria-label", "relabel to " + classes[answer]);
    const rest = classes.map((name, i) => [String(i), name]).filter(([i]) => i !== label && i !== answer);
    const other = list(row + ": another class", [["", "other \u2026"], ...rest], (value) => choose(card, value || "keep"));
    if (!rest.length) other.hidden = true;
    card.parts = { keep, drop, answer: better, other };
    card.append(make("div", { className: "choices" }, ...[keep, drop, better, other].filter(Boolean)));
    card.tabIndex = -1;
    card.addEventListener("focusin", () => { if (at !== card) { if (at) at.tabIndex = -1; at = card; at.tabIndex = 0; } });
    show(card);
  }

  // Lines as inkling suspects writes them, and what becomes of each.
  const field = (text) => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  function text() {
    const lines = cards.map(({ dataset: { row, label, answer, p, kind } }) => {
      const choice = chosen.get(row) ?? "keep", fresh = choice !== "keep" && choice !== "drop";
      const to = fresh ? choice : answer;
      return [row, field(classes[label]), to === "-1" ? "" : field(classes[to]), to === answer ? p : "", kind, fresh ? "relabel" : choice].join(",");
    });
    return "row,label,answer,p,kind,action\n" + lines.join("\n") + (lines.length ? "\n" : "");
  }

  function download() {
    const link = make("a", { href: URL.createObjectURL(new Blob([text()], { type: "text/csv" })), download: "ticked.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    saved = true;
  }

  // Which cards are shown: kinds that are pressed, and a class that is the label or the answer.
  function filter() {
    for (const card of cards) {
      const { kind, label, answer } = card.dataset;
      card.hidden = hidden.has(kind) || (wanted.value !== "" && wanted.value !== label && wanted.value !== answer);
    }
    for (const section of sections) section.hidden = [...section.querySelectorAll(".suspect")].every((card) => card.hidden);
    if (at && at.hidden) at.tabIndex = -1;
    const first = visible()[0];
    if (first && (!at || at.hidden)) { at = first; at.tabIndex = 0; }
  }

  const all = (choice) => visible().forEach((card) => choose(card, choice === "answer" ? (card.parts.answer ? card.dataset.answer : "keep") : choice));
  const hidden = new Set(), said = make("p", { className: "dim" });
  said.setAttribute("role", "status");
  const kinds = sections.map((section) => {
    const made = button(section.querySelector("h2").textContent + " " + section.querySelectorAll(".suspect").length, () => {
      if (!hidden.delete(section.id)) hidden.add(section.id);
      press(made, !hidden.has(section.id));
      filter();
    });
    press(made, true);
    return made;
  });
  const wanted = list("class", [["", "every class"], ...classes.map((name, i) => [String(i), name])], filter);
  const bulk = list("all that are shown", [["", "all shown \u2026"], ["keep", "keep"], ["drop", "drop"], ["answer", "relabel to the answer"]], (value, made) => { if (value) all(value); made.value = ""; });
  const bar = document.getElementById("bar");
  bar.append(make("div", { className: "choices" }, ...kinds, wanted, bulk, button("download ticked.csv", download, { className: "main" })), said,
    make("p", { className: "dim keys" }, "Keys on a row: arrows to move, k keep, d drop, r relabel to the answer" + (classes.length <= 10 ? ", 0\u2013" + (classes.length - 1) + " to that class" : "") + "."));
  cards.forEach(addButtons);
  bar.hidden = !cards.length;
  filter();
  count();

  const MOVES = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  addEventListener("keydown", (event) => {
    const card = event.target.closest(".suspect");
    if (!card || event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "SELECT") return;
    const places = visible(), place = places.indexOf(card), key = event.key.toLowerCase();
    const digit = /^[0-9]$/.test(key) && classes.length <= 10 && Number(key) < classes.length ? key : undefined;
    const choice = { k: "keep", d: "drop", r: card.parts.answer ? card.dataset.answer : undefined }[key] ?? digit;
    if (choice !== undefined) choose(card, choice);
    const move = MOVES[event.key] ?? (choice !== undefined ? 1 : 0);
    if (!move) return;
    event.preventDefault();
    go(places[place + move] ?? card);
  });
  addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });
})();
