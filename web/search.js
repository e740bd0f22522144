// search: the table of a search's trials can be sorted by its heads. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const table = document.getElementById("trial-table");
  if (!table) return;
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], order = [...body.rows];
  const key = (row, i) => {
    const cell = row.cells[i], number = Number(cell.dataset.v);
    return cell.dataset.v !== undefined && isFinite(number) ? number : cell.textContent;
  };
  // Numbers before texts; what is missing comes last, whichever way.
  function compare(a, b, i, way) {
    const x = key(a, i), y = key(b, i), missing = (value) => value === "" || value === "-";
    if (missing(x) || missing(y)) return missing(x) - missing(y);
    if (typeof x === "number" && typeof y === "number") return way * (x - y);
    if (typeof x === typeof y) return way * x.localeCompare(y, "en", { numeric: true });
    return typeof x === "number" ? -1 : 1;
  }
  function sort(i) {
    const down = heads[i].getAttribute("aria-sort") === "ascending", way = down ? -1 : 1;
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[i].setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...[...order].sort((a, b) => compare(a, b, i, way)));
  }
  heads.forEach((head, i) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
    button.addEventListener("click", () => sort(i));
    head.replaceChildren(button);
  });
})();
