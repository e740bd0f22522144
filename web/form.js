// form: a field for each column of a table, and what the network answers. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const form = document.getElementById("form");
  if (!form) return;
  const SHOWN = 12;
  const { columns, targets, gaps, held } = JSON.parse(document.getElementById("columns").textContent);
  const { classes, examples } = JSON.parse(document.getElementById("rows").textContent), about = document.getElementById("row");
  const said = document.getElementById("said"), bars = document.getElementById("bars");
  const number = (value) => Number(value.toPrecision(6)).toLocaleString("en", { maximumSignificantDigits: 6 });
  const percent = (p) => (100 * p).toFixed(1) + "\u00a0%";

  function element(name, properties, ...inside) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inside);
    return made;
  }

  // Words: the number of the word, -1 for one that the model has not seen, a gap.
  function wordField(column, id) {
    const select = element("select", { id });
    column.words.forEach((word, i) => select.append(element("option", { value: i, textContent: word })));
    select.append(element("option", { value: -1, textContent: "(another word)" }));
    if (gaps) select.append(element("option", { value: "", textContent: "(not known)" }));
    return {
      parts: [element("label", { htmlFor: id, textContent: column.name }), select],
      value: () => (select.value === "" ? NaN : Number(select.value)),
      set(value) { select.value = Number.isNaN(value) ? (gaps ? "" : "-1") : String(column.words[value] === undefined ? -1 : value); },
    };
  }

  function hint(column, value) {
    const range = number(column.low) + " to " + number(column.high);
    if (!(value < column.low || value > column.high)) return range;
    return held ? "counts as " + number(value < column.low ? column.low : column.high) + ", from " + range : "outside of " + range;
  }

  function numberField(column, id) {
    const known = Number.isFinite(column.low) && column.low < column.high, whole = [column.low, column.high, column.middle].every(Number.isInteger);
    const input = element("input", { id, type: "number", step: "any", inputMode: "decimal" }), note = element("span", { className: "dim", id: id + "-hint" });
    const slider = element("input", { type: "range", ariaLabel: column.name + ", slider", min: column.low, max: column.high,
      step: whole ? 1 : (column.high - column.low) / 200 });
    const box = element("input", { type: "checkbox" });
    const parts = [element("label", { htmlFor: id, textContent: column.name }), input];
    input.setAttribute("aria-describedby", note.id);
    if (known) parts.push(slider, note);
    if (gaps) parts.push(element("label", { className: "gap" }, box, "not known"));
    const value = () => (box.checked || input.value === "" ? NaN : Number(input.value));
    input.addEventListener("input", () => {
      box.checked = gaps && input.value === "";
      slider.value = input.value;
      note.textContent = hint(column, value());
    });
    slider.addEventListener("input", () => {
      box.checked = false;
      input.value = Number(Number(slider.value).toPrecision(5));
      note.textContent = hint(column, value());
    });
    function set(to) {
      box.checked = gaps && Number.isNaN(to);
      input.value = Number.isNaN(to) ? "" : Number(Number(to).toPrecision(7));
      slider.value = Number.isNaN(to) ? column.middle : to;
      if (known) note.textContent = hint(column, to);
    }
    return { parts, value, set };
  }

  const fields = columns.map((column, i) => (column.words ? wordField : numberField)(column, "field-" + i));

  function paintBars(p) {
    const order = [...p.keys()].sort((a, b) => p[b] - p[a]), shown = order.slice(0, SHOWN).sort((a, b) => a - b);
    bars.replaceChildren(...shown.map((which) => {
      const fill = element("b", {});
      fill.style.width = 100 * p[which] + "%";
      return element("div", {}, element("span", { textContent: classes[which] }), element("i", {}, fill), element("span", { textContent: percent(p[which]) }));
    }));
    said.textContent = classes[inklingNet.answer(p)];
  }

  function paintNumbers(values) {
    said.textContent = values.length === 1 ? number(values[0]) : "";
    bars.replaceChildren(...(values.length === 1 ? [] : [...values].map((value, i) =>
      element("p", {}, element("span", { textContent: targets[i] + ": " }), element("strong", { textContent: number(value) })))));
  }

  function show() {
    const row = fields.map((field) => field.value()), missing = gaps ? -1 : row.findIndex(Number.isNaN);
    if (missing >= 0) {
      said.textContent = columns[missing].name + " is missing";
      bars.replaceChildren();
    } else {
      (targets ? paintNumbers : paintBars)(inklingNet.run(row).p);
    }
  }

  function reset() {
    fields.forEach((field, i) => field.set(columns[i].middle));
    about.textContent = "";
    show();
  }

  // The fields get a row of the data, the next one each time; beside it what is true.
  let next = 0;
  function another() {
    const { row, label, truth, x } = examples.rows[next], values = (examples.bytes ? inklingNet.bytes : inklingNet.floats)(x);
    next = (next + 1) % examples.rows.length;
    fields.forEach((field, i) => field.set(values[i]));
    show();
    about.textContent = "Row " + row + " of the data, " + (targets ? "where " + truth.map(number).join(", ") + " is true." : "labelled " + classes[label] + ".");
  }

  document.getElementById("fields").append(...fields.map((field) => element("div", { className: "field" }, ...field.parts)));
  form.addEventListener("input", () => {
    about.textContent = "";
    show();
  });
  document.getElementById("another")?.addEventListener("click", another);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("typical").addEventListener("click", reset);
  reset();
})();
