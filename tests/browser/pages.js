// pages: a report in Chromium, without a network: no word on the console, curves, matrix and pad work, answers are the library's.
// SPDX-License-Identifier: MIT
//
// node tests/browser/pages.js MODULES CHROMIUM INKLING REPORT MODEL [PICTURES]
// MODULES: a node_modules with playwright-core and axe-core. REPORT: made from MODEL with MNIST. PICTURES: where screenshots go.
"use strict";
const { execFileSync } = require("child_process"), fs = require("fs"), path = require("path"), os = require("os");
const [modules, chromium, inkling, report, model, pictures] = process.argv.slice(2);
const playwright = require(path.resolve(modules, "playwright-core"));
const axe = fs.readFileSync(path.resolve(modules, "axe-core/axe.min.js"), "utf8");
const wrong = [];
const check = (what, good) => { if (!good) wrong.push(what); };

// Points of a 3, in shares of the pad.
function three() {
  const points = [], turn = Math.PI / 180;
  for (let a = -140; a <= 90; a += 6) points.push([0.5 + 0.16 * Math.cos(a * turn), 0.33 + 0.15 * Math.sin(a * turn)]);
  for (let a = -90; a <= 140; a += 6) points.push([0.5 + 0.19 * Math.cos(a * turn), 0.66 + 0.18 * Math.sin(a * turn)]);
  return points;
}

async function place(page) {
  await page.$eval("#draw", (pad) => pad.scrollIntoView({ block: "center" }));
  return (await page.$("#draw")).boundingBox();
}

async function drawByMouse(page, points) {
  const box = await place(page), at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points) await page.mouse.move(...at(point));
  await page.mouse.up();
  await page.waitForTimeout(150);
}

async function drawByTouch(page, points) {
  const box = await place(page), session = await page.context().newCDPSession(page);
  const touch = ([x, y]) => [{ x: box.x + x * box.width, y: box.y + y * box.height }];
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: touch(points[0]) });
  for (const point of points) await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: touch(point) });
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await page.waitForTimeout(150);
}

// The probabilities that the program gives for rows of a test set.
function predicted(data, count) {
  const lines = execFileSync(inkling, ["predict", model, data, "--proba", "--quiet", "--limit", String(count)]).toString().trim().split("\n");
  return lines.slice(1).map((line) => line.split(",").slice(2).map(Number));
}

async function compareRows(page) {
  const count = 100, raw = fs.readFileSync(path.join(process.env.INKLING_DATA, "mnist/t10k-images-idx3-ubyte")), wanted = predicted("mnist", count);
  const rows = wanted.map((_, i) => [...raw.subarray(16 + 784 * i, 16 + 784 * (i + 1))]);
  const got = await page.evaluate((xs) => xs.map((x) => [...inklingNet.run(x).p]), rows);
  const far = Math.max(...got.flatMap((p, i) => p.map((value, k) => Math.abs(value - wanted[i][k]))));
  check("probabilities differ by " + far, got.length === count && far < 1e-5);
  return far;
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
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check("the page is " + wide + " pixels too wide", wide <= 0);
}

// What the drawing becomes here and in the library, pixel by pixel.
async function compareFit(page) {
  // An older program knows no pictures.
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

async function audit(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run());
  for (const entry of found.violations)
    if (["serious", "critical"].includes(entry.impact)) wrong.push(name + ": " + entry.id + ": " + entry.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)));
}

async function look(browser, name, width, colorScheme) {
  const touch = width < 500;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true, hasTouch: touch, bypassCSP: true });
  const page = await context.newPage();
  page.on("console", (message) => wrong.push(name + ": console: " + message.text()));
  page.on("pageerror", (error) => wrong.push(name + ": " + error.message));
  page.on("request", (request) => check("a request: " + request.url().slice(0, 80), /^(file|data):/.test(request.url())));
  await page.goto("file://" + path.resolve(report));
  await usePage(page, touch);
  await compareFit(page);
  const far = await compareRows(page);
  await audit(page, name);
  if (pictures) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: path.join(pictures, "report-" + name + ".png"), fullPage: true });
  }
  await context.close();
  return far;
}

// The page's own policy stands in the way of whatever somebody puts into it.
async function policy(browser) {
  const page = await (await browser.newContext()).newPage();
  const asked = [];
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) asked.push(request.url()); });
  await page.goto("file://" + path.resolve(report));
  const refused = await page.evaluate(() => fetch("http://127.0.0.1:9/").then(() => false, () => true));
  check("the page may fetch", refused && asked.length === 0);
}

async function main() {
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
  const far = [];
  for (const width of [1280, 390])
    for (const scheme of ["light", "dark"]) far.push(await look(browser, width + "-" + scheme, width, scheme));
  await policy(browser);
  await browser.close();
  console.log("probabilities differ by " + Math.max(...far).toExponential(1) + " at most");
  for (const line of wrong) console.log(line);
  process.exit(wrong.length ? 1 : 0);
}
main().catch((error) => { console.log(error.stack); process.exit(1); });
