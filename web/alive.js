// alive: rows of the data draw themselves on the pad, layers light up one after the other, the answer appears. SPDX-License-Identifier: MIT
//
// A page without rows whose classes are digits draws these with a pen of its own (glyphs.js).
// One row is one play of a few seconds. Nothing runs afterwards, nor while the pad is out of sight; without movement, where
// that is wished, the end is shown at once.
"use strict";
(() => {
  const button = document.getElementById("another");
  if (!inklingPad || !button) return;
  const DRAWN = 1500, LAYERS = 1500, LIT = 350, GROWN = 500, DIM = 0.12, DARK = 0.4, THICKEST = 5.5 / 28, WIPE = 0.35;
  const { height, width, channels, black, white } = inklingNet;
  const { bytes, rows } = JSON.parse(document.getElementById("rows").textContent).examples ?? { rows: [] };
  const plays = rows.length ? rows : inklingPad.classes.map((name) => ({ name, strokes: inklingGlyphs.of(name) }));
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let next = rows.length ? 0 : Math.floor(plays.length / 3), play = null, frame = 0, before = 0, inSight = false;

  // ---------------------------------------------------- the way a pen would go

  const around = [[-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1]];
  const near = (on, i) => around.map(([dy, dx]) => {
    const y = Math.floor(i / width) + dy, x = (i % width) + dx;
    return y >= 0 && x >= 0 && y < height && x < width && on[y * width + x] ? y * width + x : -1;
  });

  // The middle line of what is on (Zhang and Suen 1984).
  function thin(on) {
    for (let gone = [0], half = 0, idle = 0; idle < 2; half = 1 - half, idle = gone.length ? 0 : idle + 1) {
      gone = [...on.keys()].filter((i) => {
        if (!on[i]) return false;
        const n = near(on, i).map((at) => at >= 0), count = n.filter(Boolean).length;
        const edges = n.filter((is, k) => !is && n[(k + 1) % 8]).length;
        const open = half ? !(n[0] && n[2] && n[6]) && !(n[0] && n[4] && n[6]) : !(n[0] && n[2] && n[4]) && !(n[2] && n[4] && n[6]);
        return count >= 2 && count <= 6 && edges === 1 && open;
      });
      for (const i of gone) on[i] = 0;
    }
    return on;
  }

  const apart = (a, b) => Math.hypot(Math.floor(a / width) - Math.floor(b / width), (a % width) - (b % width));

  // Where the pen goes down next: at an end of a line or beside what is drawn, as near as possible; first at the top.
  function putDown(left, pen, drawn) {
    const ends = [...left.keys()].filter((i) => left[i] && (near(left, i).filter((at) => at >= 0).length <= 1 || near(drawn, i).some((at) => at >= 0)));
    const from = ends.length ? ends : [...left.keys()].filter((i) => left[i]);
    return from.reduce((best, i) => ((pen < 0 ? i < best : apart(i, pen) < apart(best, pen)) ? i : best));
  }

  // The middle line in the order of a pen that goes as straight as it can: [pixel, length of the way to it].
  function walk(left) {
    const way = [], drawn = new Uint8Array(left.length);
    let pen = -1, length = 0, ahead = [0, 0];
    while (left.some(Boolean)) {
      const choices = pen < 0 ? [] : near(left, pen).filter((at) => at >= 0);
      const turn = (at) => (Math.floor(at / width) - Math.floor(pen / width)) * ahead[0] + ((at % width) - (pen % width)) * ahead[1];
      const to = choices.length ? choices.reduce((best, at) => (turn(at) / apart(at, pen) > turn(best) / apart(best, pen) ? at : best)) : putDown(left, pen, drawn);
      const by = pen < 0 ? [0, 0] : [Math.floor(to / width) - Math.floor(pen / width), (to % width) - (pen % width)];
      ahead = choices.length ? [0.6 * ahead[0] + by[0], 0.6 * ahead[1] + by[1]] : [0, 0];
      length += pen < 0 ? 0 : choices.length ? apart(to, pen) : 1.5;
      pen = to;
      left[to] = 0;
      drawn[to] = 1;
      way.push([to, length]);
    }
    return way;
  }

  // Where the middle line's way is, of strokes; null of shapes that no pen draws.
  function wayOf(x) {
    if (channels > 1 || height > 64 || width > 64) return null;
    const on = Uint8Array.from(x, (value) => (value > DARK ? 1 : 0)), area = on.reduce((a, b) => a + b, 0), way = walk(thin(on));
    return way.length && area / way.length < THICKEST * Math.max(height, width) && area < 0.4 * x.length ? way : null;
  }

  // When each pixel comes, from 0 to 1: with the pen, or line by line from the top.
  function timesOf(x, way) {
    if (!way) return Float32Array.from({ length: height * width }, (_, i) => (Math.floor(i / width) / height) * (1 - WIPE));
    const end = way[way.length - 1][1] + 1;
    return Float32Array.from(x, (_, i) => way.reduce((best, step) => (apart(i, step[0]) < apart(i, best[0]) ? step : best))[1] / end);
  }

  // --------------------------------------------------------------------- a play

  function prepare(of) {
    if (of.strokes) {
      const x = inklingPad.fit(of.strokes);
      return { ...of, x, raw: x.map((value) => black + value * (white - black)) };
    }
    const raw = bytes ? inklingNet.bytes(of.x) : inklingNet.floats(of.x);
    return { ...of, x: Float32Array.from(raw, (value) => Math.min(1, Math.max(0, (value - black) / (white - black)))), raw };
  }

  // Pens are for pages of strokes, whatever a single row looks like.
  const few = rows.slice(0, 5), areDrawings = few.filter((of) => wayOf(prepare(of).x)).length > few.length / 2;

  function tell({ row, label, truth, strokes }, answer) {
    if (strokes) inklingPad.about.textContent = "Drawn by the page, which has no rows of data (report --data).";
    if (strokes) return;
    const { about, classes } = inklingPad, known = classes.length ? "labelled " + classes[label] : "where " + truth.join(", ") + " is true";
    about.textContent = "Row " + row + " of the data, " + known + (!classes.length || inklingNet.answer(answer.p) === label ? "." : ": a mistake.");
  }

  function begin(of) {
    const row = prepare(of), answer = inklingNet.run(row.raw), way = areDrawings && !row.strokes ? wayOf(row.x) : null;
    play = { row, answer, times: row.strokes ? null : timesOf(row.x, way), soft: way ? 0.03 : WIPE, at: 0, lit: -1 };
    play.end = DRAWN + (answer.hidden.length ? LAYERS + LIT : 0) + GROWN;
    inklingPad.show(null);
    inklingPad.about.textContent = "";
    if (still.matches) play.at = play.end;
    else if (answer.hidden.length) inklingPad.paintHidden(answer.hidden);
    paint();
  }

  function light(at) {
    const layers = inklingPad.hidden.children, gap = LAYERS / Math.max(1, layers.length);
    [...layers].forEach((layer, l) => {
      const share = Math.min(1, Math.max(0, (at - DRAWN - l * gap) / LIT));
      layer.style.opacity = DIM + (1 - DIM) * share;
      layer.classList.toggle("now", share > 0 && at < DRAWN + (l + 1) * gap + LIT / 2);
    });
  }

  // Layers as they are outside of a play.
  function darken() {
    for (const layer of inklingPad.hidden.children) {
      layer.removeAttribute("style");
      layer.classList.remove("now");
    }
  }

  // The play at its time; ends it at its end.
  function paint() {
    const { row, answer, times, soft, at, end } = play, drawn = Math.min(1, at / DRAWN) * (1 + soft);
    if (row.strokes) inklingPad.write(inklingGlyphs.part(row.strokes, at / DRAWN), at >= DRAWN ? row.x : null);
    else if (!play.whole) inklingPad.lay(row.x, areDrawings, (i) => Math.min(1, Math.max(0, (drawn - times[i]) / soft)));
    play.whole = at >= DRAWN;
    light(at);
    if (at < end) {
      const grown = Math.max(0, 1 - (end - at) / GROWN);
      if (grown > 0) inklingPad.paintBars(answer.p, 1 - (1 - grown) ** 3 - 1e-9);
      return;
    }
    inklingPad.paintHidden(answer.hidden);
    darken();
    inklingPad.say(answer);
    tell(row, answer);
    play = null;
  }

  // ----------------------------------------------------------------------- time

  function step(now) {
    frame = 0;
    play.at += before ? Math.min(100, now - before) : 0;
    before = now;
    paint();
    run();
  }

  function run() {
    const wanted = play && inSight && !document.hidden;
    if (wanted && !frame) frame = requestAnimationFrame(step);
    if (wanted) return;
    cancelAnimationFrame(frame);
    frame = before = 0;
  }

  function another() {
    begin(plays[next]);
    next = (next + 1) % plays.length;
    before = 0;
    run();
  }

  function stop() {
    play = null;
    run();
    darken();
  }

  inklingPad.onOwn(stop);
  button.addEventListener("click", another);
  document.addEventListener("visibilitychange", run);
  new IntersectionObserver((entries) => {
    inSight = entries[entries.length - 1].isIntersecting;
    run();
  }, { threshold: 0.3 }).observe(document.getElementById("draw"));
  another();
})();
