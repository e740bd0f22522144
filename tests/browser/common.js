// common: what the tests in a browser share. SPDX-License-Identifier: MIT
"use strict";
const fs = require("fs"), path = require("path");
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


// Chromium by playwright-core of MODULES; images: where screenshots go, or undefined.
async function begin(modules, chromium, images) {
  const playwright = require(path.resolve(modules, "playwright-core"));
  const axe = fs.readFileSync(path.resolve(modules, "axe-core/axe.min.js"), "utf8");
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });

  // A page at address; wide: pixels. Whatever it logs is wrong, and so is asking anything else than its own origin. more: of the browser's
  // context; script: runs in the page before its own.
  async function open(name, address, width, colorScheme, { script, ...more } = {}) {
    const own = address.startsWith("file:") ? /^(file|data):/ : new RegExp("^(data:|" + address.replace(/[.]/g, "\\.") + ")");
    const offline = address.startsWith("file:");
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline, hasTouch: width < 500, bypassCSP: true, ...more });
    const page = await context.newPage();
    if (script) await page.addInitScript(script);
    page.on("console", (message) => wrong.push(name + ": console: " + message.text()));
    page.on("pageerror", (error) => wrong.push(name + ": " + error.message));
    page.on("request", (request) => check(name + ": a request: " + request.url().slice(0, 80), own.test(request.url())));
    await page.goto(address);
    return page;
  }

  // Nothing wider than the screen, nothing serious for axe; an image where they are wanted.
  async function inspect(page, name) {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(name + " is " + wide + " pixels too wide", wide <= 0);
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run());
    check(name + ": axe looked at nothing", found.passes.length > 10);
    for (const entry of found.violations)
      if (["serious", "critical"].includes(entry.impact)) wrong.push(name + ": " + entry.id + ": " + entry.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)));
    if (!images) return;
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: path.join(images, name + ".png"), fullPage: true });
  }

  async function finish() {
    await browser.close();
    for (const line of wrong) console.log(line);
    process.exit(wrong.length ? 1 : 0);
  }
  return { browser, open, inspect, finish };
}

const LOOKS = [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]];
const run = (main) => main().catch((error) => { console.log(error.stack, wrong.join("\n")); process.exit(1); });
module.exports = { begin, check, wrong, three, drawByMouse, drawByTouch, LOOKS, run };
