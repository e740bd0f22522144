// runs: lets a run be left out of the plots. SPDX-License-Identifier: MIT
"use strict";
(() => {
  for (const item of document.querySelectorAll("#lines li")) {
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true }), label = document.createElement("label");
    const lines = document.querySelectorAll(".plot .line." + item.dataset.run + ", .plot .dot." + item.dataset.run);
    box.addEventListener("change", () => {
      for (const line of lines) line.toggleAttribute("hidden", !box.checked);
    });
    label.append(box, ...item.childNodes);
    item.append(label);
  }
})();
