// runs: the page about several runs in Chromium: lines stay in their plots, a run can be left out by keys, tables are there.
// SPDX-License-Identifier: MIT
//
// node tests/browser/runs.js MODULES CHROMIUM REPORT RUNS [IMAGES]     REPORT: of so many runs, with seconds
"use strict";
const path = require("path");
const [modules, chromium, report, runs, images] = process.argv.slice(2);
const { begin, check, LOOKS, run } = require("./common.js");

// Of each plot: how many lines it shows, and whether all of them lie within it and are drawn in different ways.
async function readPlots(page) {
  return page.$$eval("#training svg", (all) => all.map((svg) => {
    const box = svg.getBoundingClientRect(), lines = [...svg.querySelectorAll("path.line")].filter((line) => getComputedStyle(line).display !== "none");
    const inside = (at) => at.left >= box.left - 1 && at.right <= box.right + 1 && at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
    return {
      said: svg.querySelector("title").textContent, lines: lines.length,
      inside: lines.every((line) => line.getTotalLength() > 10 && inside(line.getBoundingClientRect())),
      looks: new Set(lines.map((line) => getComputedStyle(line).stroke + getComputedStyle(line).strokeDasharray)).size,
    };
  }));
}

async function checkPlots(page, wanted) {
  const plots = await readPlots(page);
  check("there are " + plots.length + " plots", plots.length === 8);
  for (const plot of plots) check(plot.said + ": " + JSON.stringify(plot), plot.lines === wanted && plot.looks === wanted && plot.inside);
}

async function leaveOut(page) {
  const box = page.locator("#lines input").first();
  await box.focus();
  await page.keyboard.press("Space");
  await checkPlots(page, Number(runs) - 1);
  check("dots of a run that is left out", (await page.$$eval(".dot.r0", (dots) => dots.filter((dot) => getComputedStyle(dot).display !== "none").length)) === 0);
  await page.keyboard.press("Space");
  await checkPlots(page, Number(runs));
}

run(async () => {
  const chrome = await begin(modules, chromium, images);
  for (const [width, scheme] of LOOKS) {
    const name = "runs-" + width + "-" + scheme, page = await chrome.open(name, "file://" + path.resolve(report), width, scheme);
    await checkPlots(page, Number(runs));
    await leaveOut(page);
    const tables = await page.$$eval("table", (all) => all.map((table) => table.tBodies[0].rows.length));
    check("tables of " + tables, tables[0] === Number(runs) && tables[1] === Number(runs) - 1 && tables.length === 4);
    await chrome.inspect(page, name);
    await page.context().close();
  }
  console.log(runs + " runs");
  await chrome.finish();
});
