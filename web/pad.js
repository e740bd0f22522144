// pad: draw, and see what the network makes of it. SPDX-License-Identifier: MIT
"use strict";
const inklingPad = (() => {
  const pad = document.getElementById("draw");
  if (!pad) return null;
  const SIDE = 256, PEN = 20, SHOWN = 12, MOST = 1024;
  const { classes } = JSON.parse(document.getElementById("rows").textContent);
  const { height, width, channels, black, white } = inklingNet;
  const find = (id) => document.getElementById(id);
  const seen = find("seen"), said = find("said"), bars = find("bars"), hidden = find("hidden"), about = find("row"), clearing = find("clear"), unlike = find("unlike");
  const plain = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });   // what the network gets, on any screen
  const large = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const small = Object.assign(document.createElement("canvas"), { width, height });
  const ink = plain.getContext("2d", { willReadFrequently: true });
  const pens = new Map(), begun = [];
  let strokes = [], picture = null, wanted = false;   // strokes: lists of places, in shares of the pad; picture: what lies on it instead

  // ------------------------------------------------------------------ drawing

  function blank(context) {
    context.fillStyle = "#000";
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  }

  // The stroke from its place `from` on; a place alone is a dot.
  function drawStroke(context, stroke, from) {
    const side = context.canvas.width, pen = (PEN * side) / SIDE;
    Object.assign(context, { fillStyle: "#fff", strokeStyle: "#fff", lineWidth: pen, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    if (from === 0) context.arc(stroke[0][0] * side, stroke[0][1] * side, pen / 2, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    for (const [x, y] of stroke.slice(Math.max(0, from - 1))) context.lineTo(x * side, y * side);
    context.stroke();
  }

  // The few pixels of a picture over the whole pad, lines with an edge as a pen's.
  function enlarge(sharp) {
    const context = large.getContext("2d", { willReadFrequently: true });
    const scale = SIDE / Math.max(height, width), [left, top] = [width, height].map((side) => (SIDE - side * scale) / 2);
    blank(context);
    context.imageSmoothingQuality = "high";
    context.drawImage(small, left, top, width * scale, height * scale);
    if (!sharp) return;
    const image = context.getImageData(0, 0, SIDE, SIDE);
    for (let i = 0; i < image.data.length; i++) if (i % 4 < 3) image.data[i] = 2.2 * (image.data[i] - 70);
    context.putImageData(image, 0, 0);
  }

  function drawAll() {
    const context = pad.getContext("2d");
    blank(context);
    context.imageSmoothingQuality = "high";
    if (picture && !picture.strokes) context.drawImage(large, 0, 0, pad.width, pad.height);
    else for (const stroke of picture?.strokes ?? strokes) if (stroke.length) drawStroke(context, stroke, 0);
  }

  // As many pixels as the screen has under the pad.
  function fitScreen() {
    const side = Math.min(MOST, Math.max(SIDE, Math.round(pad.clientWidth * devicePixelRatio)));
    if (pad.width === side && pad.height === side) return;
    pad.width = pad.height = side;
    drawAll();
  }

  function drawing() {
    const data = ink.getImageData(0, 0, SIDE, SIDE).data, v = new Float32Array(SIDE * SIDE);
    for (let i = 0; i < v.length; i++) v[i] = data[4 * i] / 255;
    return v;
  }

  // ----------------------------------------------------------------- painting

  // x[height][width][channels] of 0 to 1, as far as shown(pixel) says; null: nothing.
  function paintImage(canvas, x, shown) {
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = x ? Math.round(255 * x[i * channels + (channels === 3 ? c : 0)] * (shown ? shown(i) : 1)) : 0;
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  function paintBars(p, grown = 1) {
    const order = p ? [...p.keys()].sort((a, b) => p[b] - p[a]) : [...classes.keys()];
    const shown = order.slice(0, SHOWN).sort((a, b) => a - b);
    if (bars.children.length !== shown.length) bars.replaceChildren(...shown.map(() => {
      const line = document.createElement("div"), track = document.createElement("i");
      track.append(document.createElement("b"));
      line.append(document.createElement("span"), track, document.createElement("span"));
      return line;
    }));
    shown.forEach((which, i) => {
      const [name, track, share] = bars.children[i].children;
      name.textContent = classes[which];
      track.firstChild.style.width = (p ? 100 * p[which] * grown : 0) + "%";
      share.textContent = p && grown === 1 ? (100 * p[which]).toFixed(1) + "\u00a0%" : "";
    });
  }

  // An image for each channel, side by side.
  function paintMaps(canvas, values, most, colours) {
    const [height, width, channels] = values.shape, columns = Math.ceil(Math.sqrt(channels)), context = canvas.getContext("2d");
    canvas.width = columns * (width + 1);
    canvas.height = Math.ceil(channels / columns) * (height + 1);
    values.forEach((value, i) => {
      const c = i % channels, place = Math.floor(i / channels);
      context.globalAlpha = 0.06 + 0.94 * Math.abs(value) / most;
      context.fillStyle = colours[value < 0 ? 1 : 0];
      context.fillRect((c % columns) * (width + 1) + place % width, Math.floor(c / columns) * (height + 1) + Math.floor(place / width), 1, 1);
    });
  }

  function paintHidden(layers) {
    const style = getComputedStyle(document.documentElement), colours = ["--a", "--b"].map((name) => style.getPropertyValue(name));
    while (hidden.children.length < layers.length) {
      const figure = document.createElement("figure");
      figure.append(document.createElement("canvas"), document.createElement("figcaption"));
      hidden.append(figure);
    }
    hidden.parentElement.hidden = layers.length === 0;
    layers.forEach((values, l) => {
      const [canvas, caption] = hidden.children[l].children, columns = Math.min(values.length, values.length > 128 ? 32 : values.length > 24 ? 20 : 12);
      const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9), context = canvas.getContext("2d"), square = 12;
      const map = values.shape && values.shape[0] * values.shape[1] > 1;
      canvas.width = columns * square;
      canvas.height = Math.ceil(values.length / columns) * square;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", "Hidden layer " + (l + 1) + ": " + values.filter((value) => value > 0).length + " of " +
        values.length + " units are active");
      caption.textContent = map ? values.shape[2] + " images of " + values.shape[1] + "\u00d7" + values.shape[0] : values.length + " units";
      if (map) {
        paintMaps(canvas, values, most, colours);
        return;
      }
      values.forEach((value, i) => {
        context.globalAlpha = 0.06 + 0.94 * Math.abs(value) / most;
        context.fillStyle = colours[value < 0 ? 1 : 0];
        context.fillRect((i % columns) * square + 1, Math.floor(i / columns) * square + 1, square - 2, square - 2);
      });
    });
  }

  // ------------------------------------------------------------------ answers

  // What the network makes of x[height][width][channels], black 0 to white 1.
  const run = (x) => inklingNet.run(x.map((value) => black + value * (white - black)));

  // All that is said of an answer comes from here.
  function say(answer) {
    if (classes.length) paintBars(answer ? answer.p : null);
    const strange = answer?.known < 0.01;
    unlike.textContent = strange ? "Nothing that I know: " + (100 * answer.known).toPrecision(2) + "\u00a0% of the validation images are as unlike all others." : "";
    const number = (value) => Number(value.toPrecision(6)).toLocaleString("en", { maximumSignificantDigits: 6 });
    said.textContent = !answer ? "-" : classes.length ? classes[inklingNet.answer(answer.p)] : [...answer.p].map(number).join(", ");
  }

  function show(x) {
    const answer = run(x ?? new Float32Array(height * width * channels));
    paintImage(seen, x);
    paintHidden(x ? answer.hidden : answer.hidden.map((values) => Object.assign(values.map(() => 0), { shape: values.shape })));
    for (const layer of hidden.children) layer.removeAttribute("style");
    say(x ? answer : null);
  }

  function think() {
    wanted = false;
    if (!picture) show(strokes.length ? inklingFit(drawing(), SIDE, SIDE, height, width) : null);
  }

  function soon() {
    if (!wanted) requestAnimationFrame(think);
    wanted = true;
  }

  // ------------------------------------------------------------------ the pen

  // An empty pad for the reader's own.
  function clear() {
    for (const tell of begun) tell();
    strokes = [];
    picture = null;
    about.textContent = "";
    if (clearing) clearing.textContent = "Clear";
    blank(ink);
    drawAll();
    show(null);
  }

  // A picture lies on the pad, as far as shown(pixel) says; sharp: it is of strokes.
  function lay(x, sharp, shown) {
    picture = { x };
    paintImage(small, x, shown);
    enlarge(sharp);
    paintImage(seen, x, shown);
    if (clearing) clearing.textContent = "My own";
    drawAll();
  }

  // Strokes that the page draws itself, with what the network gets of them, or null while they are not whole.
  function write(own, x) {
    picture = { x, strokes: own };
    drawAll();
    paintImage(seen, x);
    clearing.textContent = "My own";
  }

  // What the network gets of strokes.
  function fit(own) {
    blank(ink);
    for (const stroke of own) drawStroke(ink, stroke, 0);
    const x = inklingFit(drawing(), SIDE, SIDE, height, width);
    blank(ink);
    return x;
  }

  function at(event) {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  function extend(stroke, place) {
    stroke.push(place);
    for (const context of [pad.getContext("2d"), ink]) drawStroke(context, stroke, stroke.length - 1);
    soon();
  }

  function beginStroke(event) {
    event.preventDefault();
    if (picture) clear();
    fitScreen();
    pad.setPointerCapture(event.pointerId);
    const stroke = [];
    strokes.push(stroke);
    pens.set(event.pointerId, stroke);
    extend(stroke, at(event));
  }

  function listen() {
    pad.addEventListener("pointerdown", beginStroke);
    pad.addEventListener("pointermove", (event) => {
      const stroke = pens.get(event.pointerId), parts = event.getCoalescedEvents?.() ?? [];
      if (stroke) for (const part of parts.length ? parts : [event]) extend(stroke, at(part));
    });
    for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, (event) => pens.delete(event.pointerId));
    clearing.addEventListener("click", clear);
    pad.addEventListener("keydown", (event) => { if (event.key === "Escape" || event.key === "Delete") clear(); });
  }

  if (clearing) listen();
  new ResizeObserver(fitScreen).observe(pad);
  addEventListener("resize", fitScreen);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (picture?.x ? paintHidden(run(picture.x).hidden) : soon()));
  fitScreen();
  blank(ink);
  show(null);
  return { lay, write, fit, run, show, say, paintBars, paintHidden, hidden, about, classes, onOwn: (tell) => begun.push(tell) };
})();
