// form: a table's report in Chromium, without a network: the form's answers are the library's, and move with its fields.
// SPDX-License-Identifier: MIT
//
// node tests/browser/form.js MODULES CHROMIUM INKLING [IMAGES]
// MODULES: a node_modules with playwright-core and axe-core. IMAGES: where screenshots go.
"use strict";
const { execFileSync } = require("child_process"), fs = require("fs"), path = require("path"), os = require("os");
const [modules, chromium, program, images] = process.argv.slice(2);
const { begin, check, LOOKS, run } = require("./common.js");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "form-")), inkling = path.resolve(program);
const COLUMNS = ["long", "wide & <i>more</i>", "few"], CHECKED = 50;

const PAGES = [["bins", "--hidden", "24", "--numbers", "hat:6"], ["plain", "--hidden", "24", "--threshold", "0.3"],
  ["members", "--numbers", "ple:5", "--net", "dense 8 relu members 3 shared | dense 6 tanh members 3"]];
const NUMBERS = [["price", "--hidden", "12", "--target-scale", "log"], ["raw", "--hidden", "0", "--target-scale", "none", "--lr", "0.001"],
  ["levels", "--hidden", "12", "--ensemble", "2", "--loss", "quantile:0.1,0.5,0.9"]];

const call = (...words) => execFileSync(inkling, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }).toString();

// Rows whose class goes by all columns.
function makeRows(count) {
  let state = 7;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Array.from({ length: count }, () => {
    const row = [Number((9 * next()).toFixed(2)), Number((2 * next() - 1).toFixed(3)), Math.floor(4 * next())];
    return { row, grade: row[0] + 3 * row[1] + row[2] > 6 ? "good" : "bad" };
  });
}

// Bins of numbers; numbers as they are; an ensemble whose members share their weights, and then do not.
function makePages(rows) {
  const lines = rows.map(({ row, grade }) => [...row, grade].join(","));
  fs.writeFileSync(path.join(folder, "t.csv"), [...[[...COLUMNS, "grade"].join(",")], ...lines].join("\n") + "\n");
  for (const [name, ...more] of PAGES) {
    call("train", "t.csv", "--target", "grade", "--epochs", "20", ...more, "-q", "-o", name + ".safetensors");
    call("report", name + ".safetensors", "--data", "t.csv", "-o", name + ".html", "-q");
  }
}

function makeNumbers(rows) {
  const lines = rows.map(({ row }) => [...row, Math.exp(0.3 * row[0] + row[1]).toFixed(3)].join(","));
  fs.writeFileSync(path.join(folder, "n.csv"), [[...COLUMNS, "price"].join(","), ...lines].join("\n") + "\n");
  for (const [name, ...more] of NUMBERS) {
    call("train", "n.csv", "--target", "price", "--epochs", "20", ...more, "-q", "-o", name + ".safetensors");
    call("report", name + ".safetensors", "--data", "n.csv", "-o", name + ".html", "-q");
  }
}

function predicted(name, data, first, ...more) {
  const lines = call("predict", name + ".safetensors", data, ...more, "-q").trim().split("\n");
  return lines.slice(1).map((line) => line.split(",").slice(first).map(Number));
}

async function compareRows(page, name, rows) {
  const wanted = predicted(name, "t.csv", 2, "--proba").slice(0, CHECKED), given = rows.slice(0, CHECKED).map(({ row }) => row);
  const got = await page.evaluate((xs) => xs.map((x) => [...inklingNet.run(x).p]), given);
  const far = Math.max(...got.flatMap((p, i) => p.map((value, k) => Math.abs(value - wanted[i][k]))));
  check(name + ": probabilities differ by " + far, got.length === CHECKED && far < 1e-5);
  return far;
}

const shares = (page) => page.$$eval("#bars div span:last-child", (spans) => spans.map((span) => parseFloat(span.textContent) / 100));

// The fields get a row's values; the answer is that of the network to this row.
async function useForm(page, name, rows) {
  const labels = await page.$$eval("#fields label:not(.gap)", (all) => all.map((label) => label.textContent));
  check(name + ": fields " + labels, labels.join() === COLUMNS.join());
  const typical = await shares(page);
  for (const { row, grade } of rows.slice(0, 4)) {
    for (const [i, value] of row.entries()) await page.fill("#field-" + i, String(value));
    const wanted = await page.evaluate((x) => [...inklingNet.run(x).p], row), got = await shares(page);
    check(name + ": the form says " + got, got.every((p, i) => Math.abs(p - wanted[i]) < 0.0006));
    const said = await page.textContent("#said");
    const good = name === "plain" ? wanted[1] >= 0.3 : wanted[1] > wanted[0];
    check(name + ": it says " + said + " of " + row + ", " + grade, said === ["bad", "good"][good ? 1 : 0]);
  }
  await page.fill("#field-0", "1000");
  const hint = await page.textContent("#field-0-hint");
  check(name + ": far outside the hint is " + hint, /^(counts as|outside of)/.test(hint));
  await useGaps(page, name);
  await useRows(page, name, predicted(name, "t.csv", 2, "--proba"), shares);
  await page.click("#typical");
  check(name + ": typical values", (await shares(page)).join() === typical.join());
}

// The button fills in rows of the data, one after the other; the answer is predict's.
async function useRows(page, name, wanted, answered) {
  const seen = new Set();
  for (let i = 0; i < 4; i++) {
    await page.click("#another");
    const about = await page.textContent("#row"), row = Number(/^Row (\d+) of the data, /.exec(about)[1]), got = await answered(page);
    check(name + ": " + about + " is answered by " + got, got.length === wanted[row].length && got.every((value, k) => Math.abs(value - wanted[row][k]) < 0.0006 * (1 + Math.abs(value))));
    seen.add(row);
  }
  check(name + ": rows " + [...seen], seen.size === 4);
  await page.fill("#field-0", "2");
  check(name + ": a changed row", (await page.textContent("#row")) === "");
}

async function useGaps(page, name) {
  const boxes = page.locator("#fields .gap input");
  await page.fill("#field-0", "");
  if ((await boxes.count()) === 0) {
    check(name + ": an empty field", (await page.textContent("#said")) === "long is missing");
    return;
  }
  check(name + ": an empty field is a gap", await boxes.first().isChecked());
  await page.fill("#field-0", "3");
  const before = (await shares(page)).join();
  await boxes.first().check();
  const row = await page.$$eval("#fields input[type=number]", (inputs) => inputs.map((input, i) => (i ? Number(input.value) : null)));
  const wanted = await page.evaluate((x) => [...inklingNet.run(x.map((value) => value ?? NaN)).p], row), got = await shares(page);
  check(name + ": a gap", got.join() !== before && got.every((p, i) => Math.abs(p - wanted[i]) < 0.0006));
}

async function numbersSaid(page) {
  const several = await page.$$eval("#bars strong", (all) => all.map((one) => one.textContent));
  return (several.length ? several : [await page.textContent("#said")]).map((text) => Number(text.replace(/,/g, "")));
}

// Numbers: the form's answer is predict's, in the target's unit.
async function useNumbers(page, name, rows) {
  const all = predicted(name, "n.csv", 1), wanted = all.slice(0, CHECKED), given = rows.slice(0, CHECKED).map(({ row }) => row);
  const got = await page.evaluate((xs) => xs.map((x) => [...inklingNet.run(x).p]), given);
  const far = Math.max(...got.flatMap((p, i) => p.map((value, k) => Math.abs(value - wanted[i][k]) / (1 + Math.abs(wanted[i][k])))));
  check(name + ": answers differ by " + far, got.length === CHECKED && got[0].length === wanted[0].length && far < 1e-4);
  await useRows(page, name, all, () => numbersSaid(page));
  for (const [i, value] of rows[1].row.entries()) await page.fill("#field-" + i, String(value));
  const said = await numbersSaid(page);
  check(name + ": the form says " + said + ", predict " + wanted[1], said.every((value, k) => Math.abs(value - wanted[1][k]) < 1e-3 * (1 + Math.abs(value))) && said.length === wanted[1].length);
}

run(async () => {
  const rows = makeRows(500), far = [];
  makePages(rows);
  const chrome = await begin(modules, chromium, images);
  for (const [name] of PAGES) {
    for (const [width, scheme] of name === "bins" ? LOOKS : LOOKS.slice(0, 1)) {
      const label = "form-" + name + "-" + width + "-" + scheme;
      const page = await chrome.open(label, "file://" + path.join(folder, name + ".html"), width, scheme);
      await useForm(page, name, rows);
      far.push(await compareRows(page, name, rows));
      await chrome.inspect(page, label);
      await page.context().close();
    }
  }
  makeNumbers(rows);
  for (const [name] of NUMBERS) {
    const label = "form-" + name, page = await chrome.open(label, "file://" + path.join(folder, name + ".html"), ...LOOKS[0]);
    await useNumbers(page, name, rows);
    await chrome.inspect(page, label);
    await page.context().close();
  }
  console.log("probabilities differ by " + Math.max(...far).toExponential(1) + " at most");
  fs.rmSync(folder, { recursive: true });
  await chrome.finish();
});
