// explain: the page of inkling explain in Chromium, without a network: steps by buttons, keys and marks; the numbers are the program's.
// SPDX-License-Identifier: MIT
//
// node tests/browser/explain.js MODULES CHROMIUM INKLING [IMAGES]
// MODULES: a node_modules with playwright-core and axe-core. IMAGES: where screenshots go.
"use strict";
const { execFileSync } = require("child_process"), fs = require("fs"), path = require("path"), os = require("os");
const [modules, chromium, program, images] = process.argv.slice(2);
const { begin, check, LOOKS, run } = require("./common.js");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "explain-")), inkling = path.resolve(program);
const call = (...words) => execFileSync(inkling, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }).toString();

// Images with convolution and norms; a table with words and a gap; numbers to predict.
function makePages() {
  const lines = Array.from({ length: 200 }, (_, i) => [i % 41 ? (i * 7) % 31 : "", ["red", "green", "blue & <b>"][i % 3], (i * 13) % 17, i % 3 === (i * 7) % 2 ? "yes" : "no", (i % 31) * 1.5 + i % 3]);
  for (const [name, column] of [["t.csv", 3], ["n.csv", 4]])
    fs.writeFileSync(path.join(folder, name), ["long & wide,hue,few,y", ...lines.map((line) => [...line.slice(0, 3), line[column]].join(","))].join("\n") + "\n");
  call("train", "mnist", "--limit", "3000", "--net", "conv 8 5x5 | batchnorm relu | maxpool 2 | add( conv 8 3x3 relu ) | layernorm relu | globalpool | dense 16 tanh", "--epochs", "2", "-q", "-o", "images.safetensors");
  call("train", "mnist", "--limit", "2000", "--hidden", "30", "--epochs", "2", "-q", "-o", "dense.safetensors");
  call("train", "t.csv", "--epochs", "2", "-q", "-o", "table.safetensors");
  call("train", "n.csv", "--hidden", "6", "--epochs", "5", "-q", "-o", "numbers.safetensors");
  for (const [name, data] of PAGES) call("explain", name + ".safetensors", data, "--row", "3", "--html", name + ".html", "-q");
}
const PAGES = [["images", "mnist"], ["dense", "mnist"], ["table", "t.csv"], ["numbers", "n.csv"]];

const shown = (page) => page.$$eval("section.step", (all) => all.filter((one) => !one.hidden).map((one) => one.dataset.name + (one.classList.contains("backward") ? " back" : "")));

async function step(page, name, layers) {
  const order = [...layers, "loss", ...[...layers].reverse().map((layer) => layer + " back"), "update back"], seen = [];
  for (let i = 0; i < order.length; i++) {
    seen.push(...(await shown(page)));
    if (i + 1 < order.length) await page.keyboard.press("ArrowRight");
  }
  check(name + ": steps " + seen, seen.join() === order.join());
  await page.keyboard.press("ArrowRight");
  check(name + ": goes on behind the end", (await shown(page)).join() === "update back");
  await page.keyboard.press("Home");
  check(name + ": Home", (await shown(page)).join() === "input");
  await page.getByRole("button", { name: "next" }).click();
  check(name + ": next", (await shown(page)).join() === layers[1]);
  await page.locator("#steps .marks button").nth(layers.length).click();
  check(name + ": a mark", (await shown(page)).join() === "loss");
  await page.getByRole("button", { name: "play" }).click();
  await page.waitForTimeout(1800);
  check(name + ": play", (await shown(page)).join() === order[layers.length + 1]);
  await page.getByRole("button", { name: "pause" }).click();
}

// The row that the page's tables have of a tensor is that of --json.
async function compare(page, name, said) {
  const rows = await page.$$eval("section.backward tbody tr", (all) => all.map((row) => [row.cells[0].textContent, ...[...row.cells].slice(1, 3).map((cell) => Number(cell.textContent))]));
  let compared = 0;
  for (const layer of said.layers)
    for (const tensor of layer.tensors)
      for (const [of, norm, difference] of rows)
        if (of === tensor.name) {
          compared++;
          check(name + ": " + of + " is " + norm + ", not " + tensor.gradient_norm, Math.abs(norm - tensor.gradient_norm) <= 1e-6 * tensor.gradient_norm);
          check(name + ": " + of + " has a difference of " + difference, Math.abs(difference - norm) <= 1e-5 * norm);
        }
  check(name + ": compared " + compared, compared >= 4);
}

async function look(chrome, name, data, width, scheme) {
  const said = JSON.parse(call("explain", name + ".safetensors", data, "--row", "3", "--json", "-q")), layers = said.layers.map((layer) => layer.name);
  const page = await chrome.open(name + "-" + width + "-" + scheme, "file://" + path.join(folder, name + ".html"), width, scheme);
  await step(page, name, layers);
  await compare(page, name, said);
  for (const at of [0, layers.length, layers.length + 1, 2 * layers.length + 1]) {
    await page.locator("#steps .marks button").nth(at).click();
    await chrome.inspect(page, "explain-" + name + "-" + width + "-" + scheme + "-" + at);
  }
  await page.context().close();
}

// Each page in one look, all in all where images are wanted.
run(async () => {
  makePages();
  const chrome = await begin(modules, chromium, images);
  for (const [i, [width, scheme]] of LOOKS.entries()) for (const [k, [name, data]] of PAGES.entries()) if (images || i === k) await look(chrome, name, data, width, scheme);
  fs.rmSync(folder, { recursive: true });
  await chrome.finish();
});
