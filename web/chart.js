// chart: numbers, elements and axes of charts that change in the page; src/out/svg.c draws those that do not, in the same style. SPDX-License-Identifier: MIT
"use strict";
const inklingChart = (() => {
  const known = (value) => typeof value === "number" && isFinite(value);
  const digits = (value, count) => (known(value) ? String(Number(value.toPrecision(count))) : "-");
  const percent = (value, decimals = 2) => (known(value) ? (100 * value).toFixed(decimals) + "\u00a0%" : "-");

  // The name space of SVG, without an address in the page.
  const holder = document.createElement("template");
  holder.innerHTML = "<svg/>";
  const space = holder.content.firstChild.namespaceURI;

  function element(name, attributes, text) {
    const made = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, typeof value === "number" ? Math.round(value * 100) / 100 : value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function step(range, wanted) {
    const raw = range / wanted, power = 10 ** Math.floor(Math.log10(raw)), share = raw / power;
    return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
  }

  // Whole steps around the values; of a range by factors the powers of ten, with 2 and 5 between them where there are few.
  function axis(least, most, from, to, { whole = false, log = false } = {}) {
    const ticks = [];
    if (log) {
      const low = Math.log10(least), high = Math.log10(most), margin = 0.04 * (high - low);
      const between = high - low > 4 ? [1] : high - low > 2 ? [1, 3] : [1, 2, 5];
      for (let power = Math.floor(low); power <= high; power++)
        for (const part of between) {
          const at = Math.log10(part * 10 ** power);
          if (at >= low - margin && at <= high + margin) ticks.push(Number((part * 10 ** power).toPrecision(3)));
        }
      return { ticks, place: (value) => from + ((Math.log10(value) - low + margin) / (high - low + 2 * margin)) * (to - from) };
    }
    if (!(most - least > 1e-12 * Math.max(Math.abs(most), Math.abs(least)))) {
      const margin = whole ? 0.5 : most !== 0 ? 0.05 * Math.abs(most) : 1;
      least -= margin;
      most += margin;
    }
    let by = step(most - least, whole ? 6 : 5);
    if (whole && by < 1) by = 1;
    const low = whole ? least : Math.floor(least / by + 1e-9) * by, high = whole ? most : Math.ceil(most / by - 1e-9) * by;
    for (let i = Math.ceil(low / by - 1e-9); i * by <= high + 1e-9 * by; i++) ticks.push(Number((i * by).toPrecision(12)));
    return { ticks, place: (value) => from + ((value - low) / (high - low)) * (to - from) };
  }

  return { known, digits, percent, element, axis };
})();
