// images: screenshots for the README. SPDX-License-Identifier: MIT
//
// node scripts/images.js MODULES CHROMIUM FOLDER OUT [NAME…]     FOLDER holds report.html, search.html and terminal.txt; NAME: of what is to be
// made (terminal, alive, report, search), all of it without any
"use strict";
const fs = require("fs"), path = require("path");
const [modules, chromium, folder, out, ...names] = process.argv.slice(2);
const { encode } = require("./apng.js");
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

// Three rows that draw themselves, by a clock that stands still while a frame is taken.
async function alive(browser) {
  const FRAME = 60, REST = 1800, PLAYS = 3;
  const page = await (await browser.newContext({ viewport: { width: 1080, height: 1400 }, colorScheme: "light" })).newPage(), frames = [];
  await page.clock.install({ time: 0 });
  await page.goto("file://" + path.resolve(folder, "report.html"));
  await page.clock.pauseAt(600000);
  const box = await (await page.$("#pad")).boundingBox(), clip = { x: box.x, y: box.y, width: Math.ceil(box.width), height: Math.ceil(box.height) };
  const ended = () => page.$eval("#row", (line) => line.textContent !== "");
  for (let play = 0; play < PLAYS; play++) {
    await page.click("#another");
    await page.mouse.move(5, 5);
    while (!(await ended())) {
      await page.clock.runFor(FRAME);
      frames.push({ png: await page.screenshot({ clip }), milliseconds: FRAME });
    }
    await page.waitForTimeout(200);   // what the style moves
    frames.push({ png: await page.screenshot({ clip }), milliseconds: REST });
  }
  fs.writeFileSync(path.join(out, "alive.png"), encode(frames));
}

async function report(browser) {
  const page = await (await browser.newContext({ viewport: { width: 1080, height: 1000 }, colorScheme: "light" })).newPage();
  await page.goto("file://" + path.resolve(folder, "report.html"));
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
  for (const make of [terminal, alive, report, search]) if (!names.length || names.includes(make.name)) await make(browser);
  await browser.close();
})().catch((error) => { console.error(error.stack); process.exit(1); });
