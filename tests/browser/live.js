// live: the served page and the page of a training that goes on, in Chromium.
// SPDX-License-Identifier: MIT
//
// node tests/browser/live.js MODULES CHROMIUM INKLING MODEL [IMAGES]
"use strict";
const { spawn } = require("child_process"), fs = require("fs"), os = require("os"), path = require("path");
const [modules, chromium, inkling, model, images] = process.argv.slice(2);
const { begin, check, three, drawByMouse, drawByTouch, LOOKS, run } = require("./common.js");
const program = path.resolve(inkling), folder = fs.mkdtempSync(path.join(os.tmpdir(), "live-"));

// A program that says its address; ended: its exit code, once it has ended.
function start(words) {
  const child = spawn(program, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }), made = { child, ended: new Promise((done) => child.on("exit", done)) };
  made.address = new Promise((found) => {
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data) => {
        said += data;
        const address = said.match(/http:\/\/127\.0\.0\.1:\d+\//);
        if (address) found(address[0]);
      });
  });
  return made;
}

async function serve(chrome) {
  const server = start(["serve", path.resolve(model), "--data", "mnist", "--port", "0"]), address = await server.address;
  for (const [width, scheme] of LOOKS) {
    const name = "serve-" + width + "-" + scheme, page = await chrome.open(name, address, width, scheme);
    await (width < 500 ? drawByTouch : drawByMouse)(page, three());
    const said = await page.$eval("#said", (element) => element.textContent);
    check(name + ": the pad says " + said, said === "3");
    await chrome.inspect(page, name);
    await page.context().close();
  }
  server.child.kill("SIGTERM");
  check("serve ends badly", (await server.ended) === 0);
}

const SMALL = ["train", "mnist", "--limit", "8000", "--hidden", "64", "--watch", "0"];
// Long enough that a fast machine is not through before a browser that has to share it has drawn the first curves.
const SLOW = ["train", "mnist", "--limit", "20000", "--hidden", "128", "--threads", "1", "--watch", "0"];

// Curves grow while it trains, and the page gets the end without a word on the console.
async function watchOne(chrome) {
  const training = start([...SLOW, "--epochs", "200", "-o", "a.safetensors"]), name = "watch";
  const page = await chrome.open(name, await training.address, 1280, "light");
  const parts = () => page.$$eval("#loss path.line", (paths) => Math.max(...paths.map((path) => path.getAttribute("d").split("L").length)));
  await page.waitForSelector("#loss path.line");
  await page.waitForFunction(() => document.querySelector("#loss path.line").getAttribute("d").split("L").length > 3);
  const before = await parts();
  await page.waitForFunction((count) => document.querySelector("#loss path.line").getAttribute("d").split("L").length > count, before);
  check("the training was over before its curves grew", training.child.exitCode === null);
  await page.waitForFunction(() => document.getElementById("state").textContent.startsWith("The training has ended: finished 200 of 200 epochs"), null, { timeout: 120000 });
  check("the page has " + (await parts()) + " epochs", (await parts()) === 200);
  const best = await page.$eval("#best-where", (element) => element.textContent);
  check("train ends badly", (await training.ended) === 0);
  await page.waitForTimeout(1500); /* and asks no more */
  await page.context().close();
  return before + " epochs, then more; in the end " + best;
}

async function watchLooks(chrome) {
  const training = start([...SMALL, "--epochs", "1000000", "-o", "b.safetensors"]), address = await training.address;
  for (const [width, scheme] of LOOKS) {
    const name = "watch-" + width + "-" + scheme, page = await chrome.open(name, address, width, scheme);
    await page.waitForFunction(() => document.querySelectorAll("#plots path.line").length === 5 && document.getElementById("best-now").textContent !== "-");
    await chrome.inspect(page, name);
    await page.context().close();
  }
  training.child.kill("SIGINT");
  check("an interrupted training ends with another code", (await training.ended) === 130);
}

run(async () => {
  const chrome = await begin(modules, chromium, images);
  await serve(chrome);
  console.log(await watchOne(chrome));
  await watchLooks(chrome);
  await chrome.finish();
});
