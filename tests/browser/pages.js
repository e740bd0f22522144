// pages: a report in Chromium, without a network: no word on the console, curves, matrix and pad work, answers are the library's.
// SPDX-License-Identifier: MIT
//
// node tests/browser/pages.js MODULES CHROMIUM INKLING REPORT MODEL [IMAGES]
// MODULES: a node_modules with playwright-core and axe-core. REPORT: made from MODEL with MNIST. IMAGES: where screenshots go.
"use strict";
const { execFileSync } = require("child_process"), fs = require("fs"), path = require("path"), os = require("os");
const [modules, chromium, inkling, report, model, images] = process.argv.slice(2);
const { begin, check, three, drawByMouse, drawByTouch, LOOKS, run } = require("./common.js");
const address = "file://" + path.resolve(report);

// What the program gives for rows of a test set: a column of shares, of classes or of rows as unlike all others.
function predicted(data, count, what = "--proba") {
  const lines = execFileSync(inkling, ["predict", model, data, what, "--quiet", "--limit", String(count)]).toString().trim().split("\n");
  return lines.slice(1).map((line) => line.split(",").slice(2).map(Number));
}

// The model of an ensemble does not tell which rows are unlike all others.
const knows = /known +yes/.test(execFileSync(inkling, ["show", model]).toString());

async function compareRows(page) {
  const count = 100, raw = fs.readFileSync(path.join(process.env.INKLING_DATA, "mnist/t10k-images-idx3-ubyte")), wanted = predicted("mnist", count);
  const rows = wanted.map((_, i) => [...raw.subarray(16 + 784 * i, 16 + 784 * (i + 1))]);
  const got = await page.evaluate((xs) => xs.map((x) => [...inklingNet.run(x).p]), rows);
  const far = Math.max(...got.flatMap((p, i) => p.map((value, k) => Math.abs(value - wanted[i][k]))));
  check("probabilities differ by " + far, got.length === count && far < 1e-5);
  if (knows) await compareKnown(page, rows);
  return far;
}

// Rows of the data, and the same upside down in a frame, which the network knows less of.
async function compareKnown(page, rows) {
  const wanted = predicted("mnist", rows.length, "--known").map(([known]) => known);
  const got = await page.evaluate((xs) => xs.map((x) => inklingNet.run(x).known), rows), far = Math.max(...got.map((known, i) => Math.abs(known - wanted[i])));
  check("shares of rows as unlike differ by " + far, got.length === rows.length && far < 1e-4);
  const strange = await page.evaluate((xs) => xs.map((x) => inklingNet.run(x.map((value, i) => (i % 2 ? 255 - value : value))).known), rows);
  check("stripes are nothing that it knows: " + Math.max(...strange), strange.every((known) => known < 0.01));
}

async function usePage(page, touch) {
  await (touch ? drawByTouch : drawByMouse)(page, three());
  const said = await page.$eval("#said", (element) => element.textContent);
  check((touch ? "touch" : "mouse") + ": the pad says " + said, said === "3");
  const button = page.locator("#confusion [data-cell]").first(), count = Number(await button.textContent());
  await button.click();
  const shown = await page.$$eval("#cell img", (images) => images.filter((image) => image.complete && image.naturalWidth === 28).length);
  check("a cell of " + count + " shows " + shown, shown > 0 && shown <= count);
  const curves = await page.$$eval("#training path.line", (paths) => paths.map((path) => path.getTotalLength()));
  check("curves of lengths " + curves, curves.length === 5 && curves.every((length) => length > 50));
}

// What the drawing becomes here and in the library, pixel by pixel.
async function compareFit(page) {
  // An older program knows no images.
  if (!/--fit /.test(execFileSync(inkling, ["predict", "--help"]).toString())) return;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pad-"));
  const address = await page.$eval("#draw", (pad) => pad.toDataURL("image/png"));
  const file = path.join(folder, "drawn.png");
  fs.writeFileSync(file, Buffer.from(address.split(",")[1], "base64"));
  const line = execFileSync(inkling, ["predict", model, file, "--proba", "--quiet"]).toString().trim().split("\n")[1].split(",");
  const here = await page.$$eval("#bars div span:last-child", (spans) => spans.map((span) => parseFloat(span.textContent) / 100));
  const far = Math.max(...here.map((value, i) => Math.abs(value - Number(line[i + 2]))));
  check("the drawing, prepared by the library, gives probabilities that differ by " + far, far < 0.02);
}

async function look(chrome, width, scheme) {
  const name = "report-" + width + "-" + scheme, page = await chrome.open(name, address, width, scheme);
  await usePage(page, width < 500);
  await compareFit(page);
  const far = await compareRows(page);
  await chrome.inspect(page, name);
  await page.context().close();
  return far;
}

// The page's own policy stands in the way of whatever somebody puts into it.
async function policy(browser) {
  const page = await (await browser.newContext()).newPage();
  const asked = [];
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) asked.push(request.url()); });
  await page.goto(address);
  const refused = await page.evaluate(() => fetch("http://127.0.0.1:9/").then(() => false, () => true));
  check("the page may fetch", refused && asked.length === 0);
}

run(async () => {
  const chrome = await begin(modules, chromium, images), far = [];
  for (const [width, scheme] of LOOKS) far.push(await look(chrome, width, scheme));
  await policy(chrome.browser);
  console.log("probabilities differ by " + Math.max(...far).toExponential(1) + " at most");
  await chrome.finish();
});
