// fit: a drawing becomes the image that the network gets. SPDX-License-Identifier: MIT
//
// The same steps as src/image/page.c and src/image/digit.c take with an image whose light and polarity need no finding: blur, the
// strokes that belong together, cropped, thickened where thin, shrunk into 20/28 of the frame, centred by mass.
"use strict";
const inklingFit = (() => {
  const SIDE = 256, SMALLEST = 128, FRAME = 28, BOX = 20, THINNEST = 2.4;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  // The box of `from` as a plane of its own; box: {top, left, bottom, right} in pixels of `from`.
  function sample(from, box) {
    const height = box.bottom - box.top, width = box.right - box.left, longer = Math.max(height, width);
    const step = longer / clamp(longer, SMALLEST, SIDE);
    const side = (length) => clamp(Math.floor(length / step + 0.5), 1, SIDE);
    const plane = { height: side(height), width: side(width), step, box };
    const high = height / plane.height, wide = width / plane.width;
    plane.v = new Float32Array(plane.height * plane.width);
    for (let y = 0; y < plane.height; y++)
      for (let x = 0; x < plane.width; x++) {
        const top = box.top + y * high, left = box.left + x * wide;
        plane.v[y * plane.width + x] = high >= 1 && wide >= 1
          ? mean(from, { top, left, bottom: top + high, right: left + wide }) : between(from, top + high / 2, left + wide / 2);
      }
    return plane;
  }

  function mean(plane, box) {
    let sum = 0, weight = 0;
    const overlap = (from, to, i) => Math.max(0, Math.min(to, i + 1) - Math.max(from, i));
    for (let y = Math.floor(box.top); y < plane.height && y < box.bottom; y++)
      for (let x = Math.floor(box.left); x < plane.width && x < box.right; x++) {
        const share = overlap(box.top, box.bottom, y) * overlap(box.left, box.right, x);
        sum += share * plane.v[y * plane.width + x];
        weight += share;
      }
    return weight > 0 ? sum / weight : 0;
  }

  function between(plane, y, x) {
    const top = Math.floor(y - 0.5), left = Math.floor(x - 0.5), fy = y - 0.5 - top, fx = x - 0.5 - left;
    const at = (i, k) => plane.v[clamp(i, 0, plane.height - 1) * plane.width + clamp(k, 0, plane.width - 1)];
    return (1 - fy) * ((1 - fx) * at(top, left) + fx * at(top, left + 1)) +
      fy * ((1 - fx) * at(top + 1, left) + fx * at(top + 1, left + 1));
  }

  function blur(plane) {
    const { height, width, v } = plane, out = new Float32Array(v.length);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let i = -1; i <= 1; i++)
          for (let k = -1; k <= 1; k++)
            sum += (2 - Math.abs(i)) * (2 - Math.abs(k)) * v[clamp(y + i, 0, height - 1) * width + clamp(x + k, 0, width - 1)];
        out[y * width + x] = sum / 16;
      }
    plane.v = out;
  }

  // All that hangs together with a strong pixel.
  function strokes(plane) {
    const { height, width, v } = plane, labels = new Uint16Array(v.length), found = [];
    for (let start = 0; start < v.length; start++) {
      if (labels[start] || v[start] < 0.6) continue;
      const stroke = { area: 0, edge: 0, mass: 0, top: height, left: width, bottom: -1, right: -1 }, stack = [start];
      labels[start] = found.push(stroke);
      while (stack.length) {
        const at = stack.pop(), y = Math.floor(at / width), x = at % width;
        stroke.area++;
        stroke.edge += y === 0 || x === 0 || y + 1 === height || x + 1 === width ? 1 : 0;
        stroke.mass += v[at];
        stroke.top = Math.min(stroke.top, y);
        stroke.left = Math.min(stroke.left, x);
        stroke.bottom = Math.max(stroke.bottom, y);
        stroke.right = Math.max(stroke.right, x);
        for (let i = Math.max(0, y - 1); i <= y + 1 && i < height; i++)
          for (let k = Math.max(0, x - 1); k <= x + 1 && k < width; k++) {
            const next = i * width + k;
            if (labels[next] || v[next] < 0.3) continue;
            labels[next] = found.length;
            stack.push(next);
          }
      }
    }
    return { found, labels };
  }

  function keep(found) {
    const weight = (stroke) => (stroke.edge ? stroke.mass / 4 : stroke.mass);
    const main = found.reduce((best, stroke) => (weight(stroke) > weight(best) ? stroke : best));
    const near = Math.floor(Math.max(main.bottom - main.top + 1, main.right - main.left + 1) / 4);
    const gap = (a, b, c, d) => Math.max(a - d, c - b, 0);
    for (const stroke of found)
      stroke.kept = stroke === main || (stroke.area * 25 >= main.area && !(stroke.edge && !main.edge) &&
        gap(stroke.top, stroke.bottom, main.top, main.bottom) <= near && gap(stroke.left, stroke.right, main.left, main.right) <= near);
    const kept = found.filter((stroke) => stroke.kept);
    return {
      top: Math.min(...kept.map((s) => s.top)), left: Math.min(...kept.map((s) => s.left)),
      bottom: Math.max(...kept.map((s) => s.bottom)) + 1, right: Math.max(...kept.map((s) => s.right)) + 1,
    };
  }

  // One look at a box: the plane of 0 to 1, where the ink is in it, how wide its strokes are. Null without ink.
  function look(from, box) {
    const plane = sample(from, box);
    blur(plane);
    const { found, labels } = strokes(plane);
    if (!found.length) return null;
    const { height, width } = plane, ink = keep(found);
    const kept = (y, x) => y >= 0 && x >= 0 && y < height && x < width && labels[y * width + x] > 0 && found[labels[y * width + x] - 1].kept;
    let area = 0, outline = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const around = [kept(y - 1, x), kept(y + 1, x), kept(y, x - 1), kept(y, x + 1)], here = kept(y, x), at = y * width + x;
        if (here) {
          area++;
          outline += around.filter((side) => !side).length;
        }
        plane.v[at] = here || around.some(Boolean) ? clamp((plane.v[at] - 0.2) / 0.6, 0, 1) : 0;
      }
    return { plane, ink, stroke: outline ? (2 * area) / (0.7854 * outline) : 0 };
  }

  // Looks nearer at ink that is small in the drawing.
  function find(from) {
    let seen = look(from, { top: 0, left: 0, bottom: from.height, right: from.width });
    for (let i = 0; seen && i < 4; i++) {
      const { plane, ink } = seen, { step, box } = plane, longer = Math.max(ink.bottom - ink.top, ink.right - ink.left);
      if (longer > 0.35 * Math.max(plane.height, plane.width)) break;
      const margin = 0.6 * longer * step, nearer = look(from, {
        top: Math.max(box.top + ink.top * step - margin, box.top), left: Math.max(box.left + ink.left * step - margin, box.left),
        bottom: Math.min(Math.min(box.top + ink.bottom * step, box.bottom) + margin, box.bottom),
        right: Math.min(Math.min(box.left + ink.right * step, box.right) + margin, box.right),
      });
      if (!nearer) break;
      seen = nearer;
    }
    return seen;
  }

  // A thin pen would fade to grey.
  function thicken(seen) {
    const { plane, ink } = seen, { height, width, v } = plane, longer = Math.max(ink.bottom - ink.top, ink.right - ink.left);
    let reach = ((THINNEST * longer) / BOX - seen.stroke) / 2;
    if (reach < 0.75) return;
    reach = Math.min(reach * (1 + THINNEST / BOX), SIDE / 8);
    const out = new Float32Array(v.length), whole = Math.floor(reach);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        if (v[y * width + x] === 0) continue;
        for (let i = Math.max(0, y - whole); i <= y + whole && i < height; i++)
          for (let k = Math.max(0, x - whole); k <= x + whole && k < width; k++)
            if ((i - y) ** 2 + (k - x) ** 2 <= reach * reach) out[i * width + k] = Math.max(out[i * width + k], v[y * width + x]);
      }
    plane.v = out;
    seen.ink = {
      top: Math.max(ink.top - whole, 0), left: Math.max(ink.left - whole, 0),
      bottom: Math.min(ink.bottom + whole, height), right: Math.min(ink.right + whole, width),
    };
  }

  // v[height*width] of a drawing, light on black from 0 to 1, to x[high*wide] in the same form; null without ink.
  return (v, height, width, high, wide) => {
    const seen = find({ v, height, width });
    if (!seen) return null;
    thicken(seen);
    const { plane, ink } = seen, inkHigh = ink.bottom - ink.top, inkWide = ink.right - ink.left;
    const scale = Math.min((high * BOX) / FRAME / inkHigh, (wide * BOX) / FRAME / inkWide);
    const size = (length, most) => clamp(Math.floor(length * scale + 0.5), 1, most);
    const rows = size(inkHigh, high), columns = size(inkWide, wide), small = new Float32Array(rows * columns);
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        small[y * columns + x] = mean(plane, {
          top: ink.top + (y * inkHigh) / rows, left: ink.left + (x * inkWide) / columns,
          bottom: ink.top + ((y + 1) * inkHigh) / rows, right: ink.left + ((x + 1) * inkWide) / columns,
        });
    const most = small.reduce((a, b) => Math.max(a, b), 0), out = new Float32Array(high * wide);
    let mass = 0, sumY = 0, sumX = 0;
    small.forEach((value, i) => {
      small[i] = most > 0 ? value / most : 0;
      mass += small[i];
      sumY += small[i] * (Math.floor(i / columns) + 0.5);
      sumX += small[i] * ((i % columns) + 0.5);
    });
    const put = (centre, length, side) => clamp(Math.floor(side / 2 - centre + 0.5), 0, side - length);
    const top = put(mass > 0 ? sumY / mass : rows / 2, rows, high), left = put(mass > 0 ? sumX / mass : columns / 2, columns, wide);
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) out[(top + y) * wide + left + x] = small[y * columns + x];
    return out;
  };
})();
