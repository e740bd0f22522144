// report: shows the rows behind a cell of the confusion matrix. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const place = document.getElementById("cell");
  if (!place) return;
  const rows = JSON.parse(document.getElementById("rows").textContent);
  const element = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });
  const percent = (p) => (100 * p).toFixed(1) + "\u00a0%";

  function item(of, label) {
    const li = element("li"), list = element("ol"), line = element("p");
    if (rows.images) {
      const image = Object.assign(element("img"), { src: of.show, alt: "row " + of.row + ", labelled " + label });
      li.append(image);
    } else {
      li.append(Object.assign(element("span", of.show), { className: "values" }));
    }
    line.append(Object.assign(element("span", "row " + of.row), { className: "dim" }));
    for (const [which, p] of of.best) {
      const answer = element("li");
      answer.append(element("span", rows.classes[which]), element("span", percent(p)));
      list.append(answer);
    }
    li.append(line, list);
    return li;
  }

  function open(button) {
    const cell = button.dataset.cell, [label, said] = cell.split("-").map((i) => rows.classes[i]);
    const found = rows.cells.filter((entry) => entry[0] === cell), count = Number(button.textContent);
    const list = Object.assign(element("ul"), { className: "rows" });
    for (const other of document.querySelectorAll("[data-cell]")) other.setAttribute("aria-pressed", String(other === button));
    for (const entry of found) list.append(item(entry[1], label));
    place.replaceChildren(element("h3", label + " taken for " + said + ": " + count + (count === 1 ? " row" : " rows")));
    if (found.length < count) place.append(element("p", "The " + found.length + " most confident."));
    place.append(list);
    place.hidden = false;
    place.scrollIntoView({ block: "nearest" });
  }

  for (const button of document.querySelectorAll("[data-cell]")) button.addEventListener("click", () => open(button));
})();
