// alive: reports of images in Chromium, without a network: they open with rows that draw themselves, rest out of sight, do without movement
// where that is wished; their answers are the library's; the pen follows the pad's size.
// SPDX-License-Identifier: MIT
//
// node tests/browser/alive.js MODULES CHROMIUM INKLING [IMAGES]
// MODULES: a node_modules with playwright-core and axe-core. IMAGES: where screenshots go.
"use strict";
const { execFileSync } = require("child_process"), fs = require("fs"), path = require("path"), os = require("os");
const [modules, chromium, program, images] = process.argv.slice(2);
const { begin, check, three, drawByMouse, LOOKS, run } = require("./common.js");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "alive-")), inkling = path.resolve(program);

// Pages: name, data, and what is trained. Fashion's names are words, of colours there is no pen.
const PAGES = [["digits", "mnist", "--hidden", "40,24"], ["maps", "mnist", "--net", "conv 6 5x5 relu | maxpool 2 | conv 8 3x3 relu | maxpool 2"],
  ["flat", "mnist", "--hidden", "0", "--scale", "standard"], ["fashion", "fashion", "--hidden", "32"], ["colours", "colours.npy", "--labels", "labels.npy", "--hidden", "16"]];

const call = (...words) => execFileSync(inkling, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 }).toString();

function writeArray(name, shape, bytes) {
  const text = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape.join(", ") + ",), }", head = text.padEnd(117) + "\n";
  fs.writeFileSync(path.join(folder, name), Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), Buffer.from([head.length, 0]), Buffer.from(head), Buffer.from(bytes)]));
}

// Squares of three colours somewhere in noise.
function makeColours(rows) {
  let state = 11;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647, pixels = new Uint8Array(rows * 24 * 24 * 3), labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = (labels[row] = row % 3), top = 4 + Math.floor(9 * next()), left = 4 + Math.floor(9 * next());
    for (let y = 0; y < 24; y++)
      for (let x = 0; x < 24; x++)
        for (let c = 0; c < 3; c++)
          pixels[((row * 24 + y) * 24 + x) * 3 + c] = 120 * next() + (c === label && y >= top && y < top + 7 && x >= left && x < left + 7 ? 120 : 0);
  }
  writeArray("colours.npy", [rows, 24, 24, 3], pixels);
  writeArray("labels.npy", [rows], labels);
}

function makePage([name, data, ...more]) {
  const labels = more.includes("--labels") ? ["--labels", "labels.npy"] : [];
  call("train", data, "--limit", "3000", "--epochs", "2", "--optimizer", "adam", "--lr", "0.003", ...more, "-q", "-o", name + ".safetensors");
  call("report", name + ".safetensors", "--data", data, ...labels, "-o", name + ".html", "-q");
  const lines = call("predict", name + ".safetensors", data, ...labels, "--proba", "-q").trim().split("\n").map((line) => line.split(","));
  return lines.slice(1).map(([, answer, ...p]) => ({ answer, p: p.map(Number) }));
}

// What the page asks for, counted.
const COUNT = () => {
  window.asked = 0;
  for (const name of ["requestAnimationFrame", "setTimeout", "setInterval"]) {
    const real = window[name].bind(window);
    window[name] = (...words) => { window.asked++; return real(...words); };
  }
};

const address = (name) => "file://" + path.join(folder, name + ".html");
const about = (page) => page.$eval("#row", (line) => line.textContent);
const asked = (page) => page.evaluate(() => window.asked);
const ended = (page) => page.waitForFunction(() => document.getElementById("row").textContent !== "");
const inked = (page) => page.$eval("#draw", (pad) => {
  const copy = Object.assign(document.createElement("canvas"), { width: pad.width, height: pad.height }).getContext("2d");
  copy.drawImage(pad, 0, 0);
  const data = copy.getImageData(0, 0, pad.width, pad.height).data;
  return data.filter((value, i) => i % 4 < 3 && value > 60).length / (data.length / 4 * 3);
});

async function rests(page, what, wait = 400) {
  await page.waitForTimeout(100);
  const before = await asked(page), drawn = await inked(page);
  await page.waitForTimeout(wait);
  check(what + ": frames are asked for", (await asked(page)) === before && (await inked(page)) === drawn);
}

async function setHidden(page, hidden) {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

// A row in the middle of its play rests while nobody can see it, and goes on then.
async function useSight(chrome, name) {
  const page = await chrome.open(name + "-sight", address(name), 1280, "light", { script: COUNT });
  await page.waitForFunction(() => window.asked > 5);
  await setHidden(page, true);
  await rests(page, name + ", hidden");
  check(name + ": the play went on unseen", (await about(page)) === "");
  await setHidden(page, false);
  const before = await asked(page);
  await page.waitForFunction((count) => window.asked > count + 5, before);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await rests(page, name + ", scrolled away");
  check(name + ": the play went on out of sight", (await about(page)) === "");
  await page.evaluate(() => scrollTo(0, 0));
  await ended(page);
  await rests(page, name + ", at its end");
  await page.context().close();
}

// Without movement: all rows, one after the other, are there at once, with predict's answers.
async function useRows(chrome, name, predicted) {
  const page = await chrome.open(name + "-still", address(name), 1280, "dark", { script: COUNT, reducedMotion: "reduce" });
  const rows = await page.evaluate(() => JSON.parse(document.getElementById("rows").textContent).examples.rows.length);
  const seen = new Set();
  let far = 0, mistakes = 0;
  check(name + ": frames are asked for where no movement is wished", (await asked(page)) === 0);
  for (let i = 0; i < rows; i++) {
    if (i) await page.click("#another");
    const row = Number(/^Row (\d+) of the data, labelled /.exec(await about(page))[1]), said = await page.textContent("#said");
    const shown = await page.$$eval("#bars div", (lines) => lines.map((line) => [line.children[0].textContent, parseFloat(line.children[2].textContent) / 100]));
    check(name + ": row " + row + " is " + said + ", predict says " + predicted[row].answer, said === predicted[row].answer);
    check(name + ": shares of row " + row + ": " + shown, shown.every(([, p], k) => Math.abs(p - predicted[row].p[k]) < 0.0006) && shown.length === predicted[row].p.length);
    check(name + ": row " + row + " leaves the pad black", (await inked(page)) > 0.01);
    mistakes += / a mistake/.test(await about(page));
    seen.add(row);
    far = Math.max(far, await compare(page, i, predicted[row].p));
  }
  check(name + ": " + seen.size + " rows of " + rows + ", differing by " + far, seen.size === rows && rows > 2 && far < 1e-4);
  check(name + ": no mistake among its rows", mistakes > 0 || name === "colours");
  check(name + ": frames are asked for by Another", (await asked(page)) === 0);
  await page.context().close();
  return far;
}

const compare = (page, i, wanted) => page.evaluate(([at, p]) => {
  const { bytes, rows } = JSON.parse(document.getElementById("rows").textContent).examples;
  const got = inklingNet.run((bytes ? inklingNet.bytes : inklingNet.floats)(rows[at].x)).p;
  return Math.max(...p.map((value, k) => Math.abs(value - got[k])));
}, [i, wanted]);

// The heat over a mistake, made again in the page: windows painted over with the border's colour, each step of the palette 1/16.
const compareHeat = (page) => page.evaluate(() => {
  const GRID = 14, { height, width, bytes, floats, run } = inklingNet, { examples } = JSON.parse(document.getElementById("rows").textContent);
  const edges = (at, side) => [Math.max(0, Math.floor((at - 1) * side / GRID + 0.5)), Math.min(side, Math.floor((at + 2) * side / GRID + 0.5))];
  let far = 0, looked = 0;
  for (const item of document.querySelectorAll("#looked li")) {
    const row = Number(/^row (\d+)/.exec(item.querySelector(".look img").alt)[1]), of = examples.rows.find((one) => one.row === row);
    if (!of) continue;
    const x = Float64Array.from((examples.bytes ? bytes : floats)(of.x)), outer = [...x].filter((_, i) => i < width || i >= x.length - width || i % width === 0 || i % width === width - 1);
    const border = outer.reduce((a, b) => a + b) / outer.length, p = run(x).p, said = inklingNet.answer(p);
    const margin = (q) => Math.log(Math.max(q[said], 1e-30)) - Math.log(Math.max(q[of.label], 1e-30));
    const heat = Array.from({ length: GRID * GRID }, (_, i) => {
      const [top, bottom] = edges(Math.floor(i / GRID), height), [left, right] = edges(i % GRID, width);
      return margin(p) - margin(run(x.map((value, at) => (at >= top * width && at < bottom * width && at % width >= left && at % width < right ? border : value))).p);
    });
    const most = Math.max(...heat.map(Math.abs)), canvas = Object.assign(document.createElement("canvas"), { width: GRID, height: GRID }).getContext("2d");
    canvas.drawImage(item.querySelector(".heat"), 0, 0);
    const shown = canvas.getImageData(0, 0, GRID, GRID).data;
    heat.forEach((value, i) => {
      const step = shown[4 * i + 3] / 255 * (shown[4 * i] > shown[4 * i + 2] ? -1 : 1);
      far = Math.max(far, Math.abs(step - value / most));
    });
    looked++;
  }
  return [looked, far];
});

// Mistakes, each with what it looked at, and six rows of the training part.
async function useLooks(page, name) {
  const looks = await page.$$eval("#looked li", (items) => items.map((item) => [item.querySelectorAll(".look img").length, item.querySelectorAll(".near img").length,
    [...item.querySelectorAll("img")].every((image) => image.complete && image.naturalWidth > 0)]));
  check(name + ": what it looked at: " + looks.join(" "), looks.length === 12 && looks.every(([own, near, whole]) => own === 2 && near === 6 && whole));
  const [looked, far] = await compareHeat(page);
  check(name + ": what " + looked + " mistakes looked at differs by " + far, looked === 2 && far < 0.04);
}

async function look(chrome, name, width, scheme) {
  const label = "alive-" + name + "-" + width + "-" + scheme, page = await chrome.open(label, address(name), width, scheme);
  await ended(page);
  if (name !== "colours") await useLooks(page, label);
  await chrome.inspect(page, label);
  await page.context().close();
}

// The same strokes on a pad of any size, on any screen, are the same to the network; a tap is a dot as wide as the pen.
async function usePen(chrome) {
  const said = [];
  for (const [side, deviceScaleFactor] of [[240, 1], [120, 1], [390, 2], [240, 3]]) {
    const page = await chrome.open("pen-" + side, address("digits"), 1280, "light", { deviceScaleFactor, reducedMotion: "reduce" });
    await page.$eval("#draw", (pad, side) => { pad.style.width = pad.style.height = side + "px"; }, side);
    await page.waitForTimeout(100);
    const pixels = await page.$eval("#draw", (pad) => pad.width);
    check("a pad of " + side + " has " + pixels + " pixels", pixels === Math.max(256, side * deviceScaleFactor));
    await drawByMouse(page, three());
    check("the drawing has a row's line", (await about(page)) === "");
    check("the button over a drawing", (await page.textContent("#clear")) === "Clear");
    said.push([await page.textContent("#said"), ...(await page.$$eval("#bars div span:last-child", (spans) => spans.map((span) => parseFloat(span.textContent))))]);
    await page.click("#clear");
    await drawByMouse(page, [[0.5, 0.5]]);
    const dot = await inked(page), wanted = (Math.PI * (20 / 256) ** 2) / 4;
    check("a tap leaves " + dot + " of the pad, expected " + wanted, Math.abs(dot - wanted) < 0.1 * wanted);
    check("a tap is answered", (await page.textContent("#said")) !== "-");
    await page.context().close();
  }
  check("answers by size: " + said.join("; "), said.every(([name, ...p]) => name === "3" && p.every((value, k) => Math.abs(value - said[0][k + 1]) < 2)));
}

// Drawing ends a play, and Another a drawing.
async function useBoth(chrome) {
  const page = await chrome.open("both", address("maps"), 390, "light", { hasTouch: false });
  await drawByMouse(page, three());
  await page.waitForTimeout(300);
  check("a drawing in a play: " + (await about(page)), (await about(page)) === "" && (await page.textContent("#clear")) === "Clear");
  await page.click("#another");
  await ended(page);
  check("Another over a drawing", (await page.textContent("#clear")) === "My own");
  await page.click("#clear");
  check("My own leaves something on the pad", (await inked(page)) === 0 && (await page.textContent("#said")) === "-");
  await page.context().close();
}

// A page without rows draws digits itself.
async function useGlyphs(chrome) {
  call("report", "maps.safetensors", "-o", "bare.html", "-q");
  const page = await chrome.open("bare", address("bare"), 1280, "light", { reducedMotion: "reduce" }), said = [];
  for (let i = 0; i < 10; i++) {
    if (i) await page.click("#another");
    check("digit " + i + " leaves the pad black", (await inked(page)) > 0.02 && / page, which has no rows/.test(await about(page)));
    said.push(await page.textContent("#said"));
  }
  check("its digits, from 3 on, are read as " + said, said.filter((name, i) => name === String((i + 3) % 10)).length > 6);
  await page.click("#clear");
  check("My own over a digit of the page", (await inked(page)) === 0);
  await page.context().close();
  const moving = await chrome.open("bare-moving", address("bare"), 1280, "light", { script: COUNT });
  await ended(moving);
  await rests(moving, "a digit of the page");
  await moving.context().close();
}

run(async () => {
  makeColours(1500);
  const predicted = PAGES.map(makePage), chrome = await begin(modules, chromium, images), far = [];
  for (const [i, [name]] of PAGES.entries()) {
    far.push(await useRows(chrome, name, predicted[i]));
    for (const [width, scheme] of name === "maps" || name === "fashion" ? LOOKS : LOOKS.slice(0, 1)) await look(chrome, name, width, scheme);
  }
  for (const name of ["digits", "fashion"]) await useSight(chrome, name);
  await useGlyphs(chrome);
  await usePen(chrome);
  await useBoth(chrome);
  console.log("probabilities differ by " + Math.max(...far).toExponential(1) + " at most");
  fs.rmSync(folder, { recursive: true });
  await chrome.finish();
});
