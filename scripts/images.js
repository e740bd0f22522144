// images: screenshots for the README. SPDX-License-Identifier: MIT
//
// node scripts/images.js MODULES CHROMIUM FOLDER OUT     FOLDER holds report.html, search.html and terminal.txt
"use strict";
const fs = require("fs"), path = require("path");
const [modules, chromium, folder, out] = process.argv.slice(2);
const playwright = require(path.resolve(modules, "playwright-core"));

const look = "margin:0;display:inline-block;padding:18px 22px;background:#15171b;color:#e6e4de;border-radius:10px;" +
  "font:15px/1.45 'DejaVu Sans Mono',monospace";

async function terminal(browser) {
  const page = await (await browser.newContext({ viewport: { width: 900, height: 300 }, deviceScaleFactor: 2 })).newPage();
  const text = fs.readFileSync(path.join(folder, "terminal.txt"), "utf8").replace(/[&<]/g, (c) => ({ "&": "&amp;", "<": "&lt;" })[c]).trimEnd()
    .replace(/[█░▁▂▃▄▅▆▇]+/g, (bar) => "<span style='color:#7fb2ff'>" + bar + "</span>").replace(/(best +)(epoch \d+)/, "$1<span style='color:#7fd08a'>$2</span>");
  await page.setContent("<body style='margin:0;background:transparent'><pre style=\"" + look + "\">" + text + "</pre>");
  await (await page.$("pre")).screenshot({ path: path.join(out, "terminal.png"), omitBackground: true });
}

async function report(browser) {
  const page = await (await browser.newContext({ viewport: { width: 1080, height: 1000 }, colorScheme: "light" })).newPage();
  await page.goto("file://" + path.resolve(folder, "report.html"));
  const box = await (await page.$("#draw")).boundingBox(), points = [];
  for (let a = -140; a <= 90; a += 6) points.push([0.5 + 0.16 * Math.cos((a * Math.PI) / 180), 0.33 + 0.15 * Math.sin((a * Math.PI) / 180)]);
  for (let a = -90; a <= 140; a += 6) points.push([0.5 + 0.19 * Math.cos((a * Math.PI) / 180), 0.66 + 0.18 * Math.sin((a * Math.PI) / 180)]);
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points) await page.mouse.move(...at(point));
  await page.mouse.up();
  await page.waitForTimeout(300);
  await (await page.$("#pad")).screenshot({ path: path.join(out, "pad.png") });
  const counts = await page.$$eval("[data-cell]", (cells) => cells.map((cell) => Number(cell.textContent)));
  await page.locator("[data-cell]").nth(counts.indexOf(Math.max(...counts))).click();
  const top = await page.$eval("#training", (section) => section.getBoundingClientRect().top + scrollY - 16);
  const bottom = await page.$eval("#confusion", (section) => section.getBoundingClientRect().bottom + scrollY + 16);
  await page.screenshot({ path: path.join(out, "report.png"), fullPage: true, clip: { x: 0, y: top, width: 1080, height: bottom - top } });
}

async function search(browser) {
  const page = await (await browser.newContext({ viewport: { width: 1080, height: 1000 }, colorScheme: "light" })).newPage();
  await page.goto("file://" + path.resolve(folder, "search.html"));
  const top = await page.$eval("#matters", (section) => section.getBoundingClientRect().top + scrollY - 16);
  const bottom = await page.$eval("#settings", (section) => section.getBoundingClientRect().bottom + scrollY + 16);
  await page.screenshot({ path: path.join(out, "search.png"), fullPage: true, clip: { x: 0, y: top, width: 1080, height: bottom - top } });
}

(async () => {
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
  await terminal(browser);
  await report(browser);
  await search(browser);
  await browser.close();
})().catch((error) => { console.error(error.stack); process.exit(1); });
