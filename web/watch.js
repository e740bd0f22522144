// watch: asks the training once a second how it goes, and draws its curves. SPDX-License-Identifier: MIT
"use strict";
(() => {
  const { known, digits, percent, element, axis } = inklingChart;
  const WIDTH = 440, HEIGHT = 270, LEFT = 52, RIGHT = 12, TOP = 30, BOTTOM = 40, TABLE_MOST = 500, PAUSE = 1000;
  const rows = [], byId = (id) => document.getElementById(id), put = (id, text) => { if (byId(id).textContent !== text) byId(id).textContent = text; };
  const title = document.title;
  let missed = 0, ended = false, drawn = -1;

  const two = (number) => String(number).padStart(2, "0");
  const time = (seconds) => {
    const all = Math.round(seconds), minutes = Math.floor(all / 60);
    return minutes < 60 ? minutes + ":" + two(all % 60) : Math.floor(minutes / 60) + ":" + two(minutes % 60) + ":" + two(all % 60);
  };
  const speed = (rate) => (rate >= 1e6 ? (rate / 1e6).toFixed(1) + "M" : rate >= 1e3 ? Math.round(rate / 1e3) + "k" : String(Math.round(rate)));

  // --------------------------------------------------------------------- plots
  // What the network is judged by, the loss first; the program says it with the first row.
  let scores = [{ name: "loss", share: false }, { name: "accuracy", share: true }];
  const shown = (score, value) => (score.share ? percent(value) : digits(value, 4));
  const plots = () => [
    ...scores.map(({ name, share }) => ({ id: name, title: name[0].toUpperCase() + name.slice(1) + " over the epochs", name, percent: share,
      lines: [["val_" + name, "a", "validation"], ["train_" + name, "b", "training"]] })),
    { id: "rate", title: "Learning rate over the epochs", name: "rate", lines: [["lr", "a", "rate"]] },
  ];

  function path(line, x, y, log) {
    let text = "", down = false;
    line.forEach((value, i) => {
      const shown = known(value) && (!log || value > 0);
      if (shown) text += (down ? "L" : "M") + x.place(xs()[i]).toFixed(1) + " " + y.place(value).toFixed(1);
      if (shown && !down && !known(line[i + 1])) text += "h0";
      down = shown;
    });
    return text;
  }

  const bySteps = () => rows.length > 1 && rows[0].epoch === rows[rows.length - 1].epoch;
  const xs = () => rows.map((row) => (bySteps() ? row.step : row.epoch));
  const bestIndex = () => rows.reduce((best, row, i) => (row.best ? i : best), -1);

  function drawPlot(plot) {
    const lines = plot.lines.map(([key, style, name]) => ({ style, name, values: rows.map((row) => row[key]) }))
      .filter((line) => line.values.some(known) || line.style === "b" || plot.lines.length === 1);
    const all = lines.flatMap((line) => line.values).filter(known), least = Math.min(...all), most = Math.max(...all);
    const svg = element("svg", { class: "plot", role: "img", viewBox: "0 0 " + WIDTH + " " + HEIGHT, id: plot.id });
    const last = lines.map((line) => line.name + " " + (plot.percent ? percent(line.values.at(-1)) : digits(line.values.at(-1), 4))).join(", ");
    svg.setAttribute("aria-label", plot.title + ": now " + (last || "nothing yet"));
    if (all.length === 0) return svg;
    const log = !plot.percent && least > 0 && most > 20 * least, place = xs();
    const x = axis(place[0], place.at(-1), LEFT, WIDTH - RIGHT, { whole: true }), y = axis(least, most, HEIGHT - BOTTOM, TOP, { log });
    for (const tick of y.ticks) {
      svg.append(element("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y.place(tick), y2: y.place(tick) }));
      svg.append(element("text", { class: "tick end", x: LEFT - 6, y: y.place(tick) + 4 }, plot.percent ? digits(100 * tick, 6) + "%" : digits(tick, 6)));
    }
    svg.append(element("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }));
    for (const tick of x.ticks) {
      svg.append(element("line", { class: "axis", x1: x.place(tick), x2: x.place(tick), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 }));
      svg.append(element("text", { class: "tick mid", x: x.place(tick), y: HEIGHT - BOTTOM + 17 }, digits(tick, 6)));
    }
    svg.append(element("text", { class: "name end", x: WIDTH - RIGHT, y: HEIGHT - 6 }, bySteps() ? "step" : "epoch"));
    svg.append(element("text", { class: "name", x: LEFT, y: 14 }, plot.name));
    for (const line of lines) svg.append(element("path", { class: "line " + line.style, d: path(line.values, x, y, log) }));
    const best = bestIndex();
    if (best >= 0 && rows.length > 1) {
      const at = x.place(place[best]), right = at > WIDTH * 0.6;
      svg.append(element("line", { class: "mark", x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM }));
      svg.append(element("text", { class: right ? "tick end" : "tick", x: at + (right ? -4 : 4), y: plot.percent ? HEIGHT - BOTTOM - 6 : TOP + 10 }, "best"));
    }
    let from = WIDTH - RIGHT;
    for (const line of lines.length > 1 ? [...lines].reverse() : []) {
      from -= 6.6 * line.name.length;
      svg.append(element("text", { class: "tick", x: from, y: 14 }, line.name));
      svg.append(element("line", { class: "line " + line.style, x1: from - 24, x2: from - 5, y1: 10, y2: 10 }));
      from -= 36;
    }
    return svg;
  }

  // --------------------------------------------------------------------- tiles
  function cells(row) {
    return [row.epoch, row.step, digits(row.lr, 4), ...["train_", "val_"].flatMap((part) => scores.map((score) => shown(score, row[part + score.name]))),
      row.seconds.toFixed(1)];
  }

  function drawTable() {
    const names = ["training ", "validation "].flatMap((part) => scores.map((score) => part + score.name));
    byId("heads").replaceChildren(...["epoch", "step", "rate", ...names, "seconds"].map((text) =>
      Object.assign(document.createElement("th"), { scope: "col", className: "num", textContent: text })));
    const body = byId("values"), every = Math.floor(rows.length / TABLE_MOST) + 1, best = bestIndex();
    body.replaceChildren(...rows.flatMap((row, i) => {
      if (i % every !== 0 && i !== best && i + 1 !== rows.length) return [];
      const line = document.createElement("tr");
      if (i === best) line.className = "kept";
      for (const text of cells(row)) line.append(Object.assign(document.createElement("td"), { className: "num", textContent: text }));
      return [line];
    }));
  }

  function drawTiles(state) {
    const last = rows.at(-1), valid = last && known(last.val_loss), kind = valid || !last ? "validation" : "training", best = rows[bestIndex()];
    put("epoch", state.epoch + " of " + state.epochs);
    put("left", [known(state.seconds_left) && !state.ended ? time(state.seconds_left) + " left" : "",
      known(state.rows_per_second) ? speed(state.rows_per_second) + " rows/s" : ""].filter(Boolean).join(", ") || "\u00a0");
    byId("bar").value = state.steps ? state.step / state.steps : 0;
    put("loss-name", kind + " loss");
    const beside = scores[1], chosen = scores.find((score) => "val_" + score.name === state.monitor) || beside;
    put("score-name", kind + " " + beside.name);
    if (!last) return;
    put("loss-now", digits(valid ? last.val_loss : last.train_loss, 4));
    put("loss-train", valid ? "training " + digits(last.train_loss, 4) : "\u00a0");
    put("score-now", shown(beside, last[(valid ? "val_" : "train_") + beside.name]));
    put("score-train", valid ? "training " + shown(beside, last["train_" + beside.name]) : "\u00a0");
    if (!best) return;
    put("best-now", shown(chosen, best["val_" + chosen.name]));
    put("best-where", chosen.name + ", " + (bySteps() ? "step " + best.step : "epoch " + best.epoch));
  }

  // What is read aloud changes with the best epoch and at the end, not every second.
  function announce(state) {
    const best = rows[bestIndex()];
    byId("state").className = "";
    if (state.ended) put("state", "The training has ended: " + state.ended + ".");
    else if (best) put("state", "Running. Best so far: " + (bySteps() ? "step " + best.step : "epoch " + best.epoch) + ".");
    else put("state", rows.length ? "Running." : "Waiting for the first epoch.");
    document.title = (state.ended ? "done" : state.epoch + "/" + state.epochs) + " \u00b7 " + title;
  }

  function show(state) {
    if (state.scores) scores = state.scores;
    drawTiles(state);
    if (drawn !== rows.length) {
      byId("plots").replaceChildren(...plots().map(drawPlot));
      drawTable();
      drawn = rows.length;
    }
    announce(state);
  }

  // ------------------------------------------------------------------- asking
  async function ask() {
    let more = false;
    try {
      const answer = await fetch("/history/" + rows.length, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      if (state.from < rows.length) rows.length = 0;
      else rows.push(...state.rows);
      more = rows.length < state.count;
      missed = 0;
      ended = state.ended !== null && !more;
      show(state);
    } catch {
      if (++missed === 3) {
        put("state", "The training cannot be reached any more; this is what was seen last.");
        byId("state").className = "lost";
      }
    }
    if (!ended) setTimeout(ask, more ? 0 : PAUSE);
  }
  ask();
})();
