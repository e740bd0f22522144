// search: a search's report in Chromium, without a network: plots and table say what `inkling search --list --json` says.
// SPDX-License-Identifier: MIT
//
// node tests/browser/search.js MODULES CHROMIUM REPORT LIST.json [IMAGES]
"use strict";
const fs = require("fs"), path = require("path");
const [modules, chromium, report, list, images] = process.argv.slice(2);
const { begin, check, LOOKS, run } = require("./common.js");
const search = JSON.parse(fs.readFileSync(list, "utf8")), terms = Object.keys(search.matters);
const done = search.trials.filter((trial) => trial.val_loss !== null && trial.state !== "failed");

async function readTable(page) {
  return page.$$eval("#trial-table tbody tr", (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

async function checkTable(page) {
  const rows = await readTable(page), byNumber = new Map(search.trials.map((trial) => [String(trial.trial), trial]));
  check("the table has " + rows.length + " rows", rows.length === search.trials.length);
  const losses = rows.map((row) => byNumber.get(row[0]).val_loss);
  check("the table is not by rank: " + losses, losses.every((loss, i) => i === 0 || loss === null || losses[i - 1] <= loss));
  check("the best is not first: " + rows[0], Number(rows[0][0]) === search.best && rows[0][1] === "best");
  for (const row of rows) {
    const trial = byNumber.get(row[0]), result = done.includes(trial);
    check("values of trial " + row[0] + ": " + row, terms.every((term, i) => String(trial.settings[term]) === row[2 + i] || Number(trial.settings[term]) === Number(row[2 + i])));
    check("loss of trial " + row[0] + ": " + row[2 + terms.length], !result || Math.abs(parseFloat(row[2 + terms.length]) - trial.val_loss) <= 5e-4 * Math.max(1, trial.val_loss));
    check("state of trial " + row[0] + ": " + row[1], row[1] === (trial.trial === search.best ? "best" : trial.as_good ? "as good" : trial.state === "done" ? "" : trial.state));
  }
}

async function checkSorting(page) {
  const head = page.locator("#trial-table thead button", { hasText: "seconds" }), column = 2 + terms.length + 4;
  await head.focus();
  await page.keyboard.press("Enter");
  const up = (await readTable(page)).map((row) => Number(row[column]));
  check("not sorted: " + up, up.every((value, i) => i === 0 || up[i - 1] <= value));
  check("not said to be sorted", (await page.locator("#trial-table th", { hasText: "seconds" }).getAttribute("aria-sort")) === "ascending");
  await head.click();
  const down = (await readTable(page)).map((row) => Number(row[column]));
  check("not sorted down: " + down, down.every((value, i) => i === 0 || down[i - 1] >= value));
}

async function checkPlots(page) {
  const plots = await page.$$eval("#settings svg", (all) => all.map((svg) => {
    const box = svg.getBoundingClientRect();
    return {
      points: [...svg.querySelectorAll("circle")].map((point) => point.getBoundingClientRect()).filter((at) => at.left >= box.left && at.right <= box.right && at.top >= box.top && at.bottom <= box.bottom).length,
      best: [...svg.querySelectorAll(".best title")].map((title) => title.textContent),
      said: svg.querySelector("title").textContent,
    };
  }));
  check("there are " + plots.length + " plots", plots.length === terms.length);
  for (const plot of plots) {
    check(plot.said + ": " + plot.points + " points", plot.points === done.length);
    check(plot.said + ": the best is " + plot.best, plot.best.length === 1 && plot.best[0].startsWith("trial " + search.best + ":"));
  }
  const shares = await page.$$eval("#matters tbody tr", (rows) => rows.map((row) => [row.cells[0].textContent, row.cells[2].textContent]));
  for (const [term, share] of shares) check(term + " matters " + share, share === "-" ? search.matters[term] === null : parseFloat(share) === Math.round(100 * search.matters[term]));
  check("not every setting is listed", shares.length === terms.length);
}

const shownTrials = (page) => page.$$eval("#trial-table tbody tr", (rows) => rows.filter((row) => !row.hidden).map((row) => row.cells[0].textContent));
const shownLines = (page) => page.$$eval(".parallel .row", (lines) => lines.filter((line) => !line.classList.contains("off")).length);
const words = (page) => page.$eval("#chosen span", (said) => said.textContent);

// Some trials by dragging along the objective's axis, fewer by its end and the keys; the lines and the table are those; then all again.
async function checkBrush(page, touch) {
  const name = "validation loss", axis = page.locator('.upright[data-name="' + name + '"]'), up = axis.locator('[aria-label$="upper end"]'), low = axis.locator('[aria-label$="lower end"]');
  check("not all are chosen: " + (await words(page)), (await words(page)).startsWith("All " + done.length + " trials"));
  await axis.scrollIntoViewIfNeeded();
  const box = await axis.locator(".axis").first().boundingBox(), x = box.x + box.width / 2, to = box.y + 0.6 * box.height, end = box.y + box.height - 1;
  if (touch) {
    const session = await page.context().newCDPSession(page), points = (y) => [{ x, y }];
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: points(to) });
    for (let i = 1; i <= 5; i++) await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: points(to + ((end - to) * i) / 5) });
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  } else {
    await page.mouse.move(x, to);
    await page.mouse.down();
    await page.mouse.move(x, end, { steps: 5 });
    await page.mouse.up();
  }
  const first = await shownTrials(page), count = await shownLines(page);
  check("dragging chose " + first + ", " + count + " lines: " + (await words(page)), first.length === count && count > 0 && count < done.length && first.includes(String(search.best)));
  check("it is not said: " + (await words(page)), (await words(page)).startsWith(count + " of " + done.length + " trials, the best of them trial " + search.best + ": " + name));
  await up.focus();
  for (let i = 0; i < 100; i++) await page.keyboard.press("ArrowDown");
  check("the upper end is below the lower one", Number(await up.getAttribute("aria-valuenow")) === Number(await low.getAttribute("aria-valuenow")));
  await page.keyboard.press("End");
  const above = await shownTrials(page);
  const losses = above.map((number) => search.trials.find((trial) => String(trial.trial) === number).val_loss);
  await low.focus();
  await page.keyboard.press("End");
  check("an axis without length has trials: " + (await shownTrials(page)), (await shownTrials(page)).length < above.length && losses.length > 0);
  await page.keyboard.press("Escape");
  check("Escape does not choose all", (await shownLines(page)) === done.length);
  await low.focus();
  await page.keyboard.press("PageUp");
  await page.locator("#chosen button").click();
  check("not all trials are shown again", (await shownTrials(page)).length === search.trials.length && (await shownLines(page)) === done.length);
}

async function checkPrint(page) {
  await page.emulateMedia({ media: "print" });
  const cut = await page.$eval("#trial-table", (table) => table.parentElement.scrollHeight - table.parentElement.clientHeight);
  check("printed, " + cut + " pixels of the table are cut off", cut <= 1);
  await page.emulateMedia({ media: "screen" });
}

run(async () => {
  const chrome = await begin(modules, chromium, images);
  for (const [width, scheme] of LOOKS) {
    const name = "search-" + width + "-" + scheme, page = await chrome.open(name, "file://" + path.resolve(report), width, scheme);
    await checkTable(page);
    await checkPlots(page);
    await chrome.inspect(page, name);
    await checkBrush(page, width < 500);
    await checkSorting(page);
    await checkPrint(page);
    await page.context().close();
  }
  console.log(search.trials.length + " trials, " + terms.length + " settings");
  await chrome.finish();
});
