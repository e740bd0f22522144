// suspects: the page of inkling suspects in Chromium, without a network: rows are dropped and relabelled by buttons and keys; what is downloaded is what
// --drop-rows and --relabel take.
// SPDX-License-Identifier: MIT
//
// node tests/browser/suspects.js MODULES CHROMIUM INKLING [IMAGES]     with $INKLING_DATA; makes its pages itself
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs"), os = require("os"), path = require("path");
const { begin, check, LOOKS, run } = require("./common.js");
const [modules, chromium, inkling, images] = process.argv.slice(2);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "suspects-"));
const place = (name) => path.join(folder, name);
const call = (...args) => execFileSync(path.resolve(inkling), args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

// A table in which a label is wrong and one row is there twice; the first rows of MNIST.
function makePages() {
  const names = ["rose", 'lily, "or so"', "iris"], rows = ["a,b,c,y"];
  const quoted = (text) => '"' + text.replaceAll('"', '""') + '"';
  for (let i = 0; i < 120; i++) {
    const kind = i % 3, label = i === 50 ? 1 : kind;
    rows.push([4 * kind + (i * 7 % 11) / 10, 3 - 2 * kind + (i * 5 % 13) / 10, (i * 3 % 17) / 10, quoted(names[label])].join(","));
  }
  rows.push(rows[1].replace("rose", "iris"));
  fs.writeFileSync(place("flowers.csv"), rows.join("\n") + "\n");
  call("suspects", "flowers.csv", "--hidden", "8", "--epochs", "60", "-o", "flowers.suspects.csv", "--html", "flowers.html");
  call("suspects", path.join(process.env.INKLING_DATA, "mnist"), "--limit", "2000", "--hidden", "16", "--epochs", "2", "-o", "digits.suspects.csv", "--html", "digits.html");
}

const said = (page) => page.$eval("#bar [role=status]", (e) => e.textContent);
const shown = (page) => page.$$eval(".suspect", (cards) => cards.filter((c) => c.offsetParent !== null).length);
const lines = (name) => fs.readFileSync(place(name), "utf8").trim().split("\n");

async function download(page, name) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("text=download ticked.csv")]);
  await file.saveAs(place(name));
  check("the file's name is " + file.suggestedFilename(), file.suggestedFilename() === "ticked.csv");
}

async function tickFlowers(chrome) {
  const page = await chrome.open("flowers", "file://" + place("flowers.html"), 1280, "light", { acceptDownloads: true });
  const cards = await page.$$(".suspect"), before = lines("flowers.suspects.csv");
  check("cards: " + cards.length, cards.length === before.length - 1);
  check("nothing is chosen at first: " + await said(page), /^0 to drop, 0 to relabel/.test(await said(page)));
  const wrong = await page.$('.suspect[data-row="50"]'), twin = await page.$('.suspect[data-kind="duplicate"]');
  await wrong.focus();
  await page.keyboard.press("r");
  await twin.focus();
  await page.keyboard.press("d");
  check("chosen: " + await said(page), /^1 to drop, 1 to relabel/.test(await said(page)));
  check("a button is not pressed", await wrong.$eval('button[aria-pressed="true"]', (b) => b.textContent.startsWith("\u2192")));
  await wrong.focus();
  await page.keyboard.press("ArrowRight");
  check("the arrow does not go on", await page.evaluate(() => document.activeElement.classList.contains("suspect") && document.activeElement.dataset.row !== "50"));
  await page.click("#bar button >> nth=0");
  check("filtered: " + await shown(page), await shown(page) === await page.$$eval('.suspect[data-kind="duplicate"]', (c) => c.length));
  await page.click("#bar button >> nth=0");
  await download(page, "ticked.csv");
  const after = lines("ticked.csv");
  check("the head is " + after[0], after[0] === "row,label,answer,p,kind,action");
  check("lines differ from the program's", before.slice(1).every((line, i) => after[i + 1].replace(/,(keep|drop|relabel)$/, "") === line));
  check("actions", after.filter((l) => l.endsWith(",relabel")).every((l) => l.startsWith("50,")) && after.filter((l) => l.endsWith(",drop")).every((l) => l.startsWith("120,")));
  call("convert", "flowers.csv", "clean.csv", "--drop-rows", "ticked.csv", "--relabel", "ticked.csv");
  const clean = lines("clean.csv");
  check("rows left: " + clean.length, clean.length === 121);
  check("row 50 is " + clean[51], clean[51].includes("iris"));
  await page.context().close();
}

async function tickDigits(chrome) {
  const page = await chrome.open("digits", "file://" + place("digits.html"), 390, "light", { acceptDownloads: true });
  const first = await page.$(".suspect"), { label, answer, row } = await first.evaluate((e) => ({ ...e.dataset }));
  const other = [..."0123456789"].find((c) => c !== label && c !== answer);
  await first.focus();
  await page.keyboard.press(other);
  check("a digit chooses a class", await first.$eval("select", (s) => s.value) === other);
  await page.selectOption('#bar select[aria-label="class"]', label);
  check("the class filters", await page.$$eval(".suspect", (cards, c) => cards.every((e) => e.hidden === !(e.dataset.label === c || e.dataset.answer === c)), label));
  await download(page, "digits.csv");
  check("the class is not in the file", lines("digits.csv").some((l) => l.startsWith(row + "," + label + "," + other + ",,") && l.endsWith(",relabel")));
  await page.context().close();
}

run(async () => {
  makePages();
  const chrome = await begin(modules, chromium, images);
  await tickFlowers(chrome);
  await tickDigits(chrome);
  for (const [i, [width, scheme]] of LOOKS.entries()) for (const [k, name] of ["digits", "flowers"].entries()) {
    if (!images && i % 2 !== k) continue;
    const page = await chrome.open(name, "file://" + place(name + ".html"), width, scheme);
    await page.$$eval(".suspect", (cards) => [[1, 0], [0, 1]].forEach(([i, button]) => cards[i].querySelectorAll("button")[button + 1].click()));
    await chrome.inspect(page, name + "-" + width + "-" + scheme);
    await page.context().close();
  }
  fs.rmSync(folder, { recursive: true });
  await chrome.finish();
});
