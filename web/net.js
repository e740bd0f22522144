// net: the network of the page, run forward. SPDX-License-Identifier: MIT
"use strict";
const inklingNet = (() => {
  const source = JSON.parse(document.getElementById("network").textContent);

  function bytes(text) {
    const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  function floats(text) {
    const raw = bytes(text), view = new DataView(raw.buffer), out = new Float32Array(raw.length / 4);
    for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(4 * i, true);
    return out;
  }

  // Two weights of 20 bits in five bytes, each a multiple of its unit's step.
  function weights(layer) {
    if (!layer.steps) return floats(layer.weight);
    const raw = bytes(layer.weight), steps = floats(layer.steps), out = new Float32Array(layer.inputs * steps.length);
    for (let i = 0; i < out.length; i++) {
      const at = 5 * (i >> 1);
      const bits = i & 1 ? ((raw[at + 2] & 15) << 16) | (raw[at + 3] << 8) | raw[at + 4]
        : (raw[at] << 12) | (raw[at + 1] << 4) | (raw[at + 2] >> 4);
      out[i] = (bits - 524288) * steps[Math.floor(i / layer.inputs)];
    }
    return out;
  }

  // Abramowitz and Stegun 7.1.26, as the library has it.
  function gelu(z) {
    const a = Math.abs(z) * Math.SQRT1_2, t = 1 / (1 + 0.3275911 * a);
    const p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    const tail = 0.5 * p * Math.exp(-0.5 * z * z);
    return z * (z < 0 ? tail : 1 - tail);
  }

  const activations = {
    relu: (z) => Math.max(0, z), leaky_relu: (z) => (z > 0 ? z : 0.01 * z), tanh: Math.tanh,
    sigmoid: (z) => 1 / (1 + Math.exp(-z)), gelu, identity: (z) => z,
  };

  // A column of a table as the places of the inputs that it becomes (src/model/encoding.h).
  function column(of) {
    const [shift, factor, low, high] = of.ends ? floats(of.ends) : [];
    return { ...of, shift, factor, low, high, knots: of.knots && floats(of.knots), scores: of.scores && floats(of.scores), values: of.values && [...floats(of.values)] };
  }

  const layers = source.layers.map((layer) => {
    if (layer.kind === "encode") return { kind: "encode", inputs: layer.inputs, columns: layer.columns.map(column) };
    if (layer.kind === "scale") return { kind: "scale", shift: floats(layer.shift), factor: floats(layer.factor) };
    if (layer.kind !== "dense")
      return { ...layer, act: activations[layer.activation], w: layer.weight && floats(layer.weight), b: layer.bias && floats(layer.bias) };
    return { ...layer, act: activations[layer.activation], w: weights(layer), b: floats(layer.bias) };
  });

  const held = (x, low, high) => (x < low ? low : x > high ? high : x);

  // The last knot that is not above x, but the end, and how far x lies towards the next.
  function bin(knots, value) {
    const last = knots.length - 1, x = held(value, knots[0], knots[last]);
    let j = last - 1;
    while (j > 0 && knots[j] > x) j--;
    return [j, (x - knots[j]) / (knots[j + 1] - knots[j])];
  }

  function number(of, x, y) {
    const [j, f] = of.knots ? bin(of.knots, x) : [];
    y[of.z] = of.scores ? of.scores[j] + f * (of.scores[j + 1] - of.scores[j]) : (held(x, of.low, of.high) - of.shift) * of.factor;
    if (of.bins === "hat") {
      y[of.at + j] = 1 - f;
      y[of.at + j + 1] = f;
    } else if (of.bins === "ple") {
      y.fill(1, of.at, of.at + j);
      y[of.at + j] = f;
    }
    if (of.values) y[of.slots + of.values.indexOf(x) + 1] = 1;
  }

  // Words are numbers of words, NaN is a gap.
  function encode(layer, raw) {
    const y = new Float64Array(layer.inputs);
    layer.columns.forEach((of, i) => {
      const x = Math.fround(raw[i]), gap = Number.isNaN(x), slots = of.words ?? of.flag;
      if (gap && of.gap !== undefined) y[of.gap] = 1;
      else if (of.flag) y[of.slots] = [0, -1, 1][slots[x] ?? 0];
      else if (slots) y[of.slots + (slots[x] ?? 0)] = 1;
      else if (!gap) number(of, x, y);
      else if (of.values) y[of.slots] = 1;
    });
    return y;
  }

  // An ensemble's members lie side by side; each reads all of x, or its own part of it.
  function dense(layer, x) {
    const { members, inputs, outputs } = layer, y = new Float64Array(members * outputs);
    for (let m = 0; m < members; m++) {
      const from = layer.parted ? m * inputs : 0, live = [];
      for (let i = 0; i < inputs; i++) if (x[from + i] !== 0) live.push(i);
      for (let o = m * outputs; o < (m + 1) * outputs; o++) {
        let sum = layer.b[o];
        for (const i of live) sum += layer.w[o * inputs + i] * x[from + i];
        y[o] = layer.act(sum);
      }
    }
    return y;
  }

  // A layer over images: values lie row by row, pixel by pixel, channel by channel. Norms are in the kernels, and so are pools of
  // the largest value: each output is the largest of so many pixels.
  function conv(layer, x) {
    const [height, width, channels] = layer.in, [rows, columns] = layer.kernel, [top, left] = layer.before, [m, n, apart] = layer.pool;
    const [, across, outputs] = layer.out, depth = channels / layer.groups, share = outputs / layer.groups;
    function sum(o, row, column) {
      let all = layer.b[o];
      for (let r = Math.max(0, top - row); r < Math.min(rows, height + top - row); r++)
        for (let c = Math.max(0, left - column); c < Math.min(columns, width + left - column); c++) {
          const from = ((row + r - top) * width + column + c - left) * channels + Math.floor(o / share) * depth;
          const w = ((o * rows + r) * columns + c) * depth;
          for (let k = 0; k < depth; k++) all += layer.w[w + k] * x[from + k];
        }
      return all;
    }
    return (i) => {
      const o = i % outputs, column = Math.floor(i / outputs) % across, row = Math.floor(i / outputs / across);
      let best = -Infinity;
      for (let j = 0; j < m; j++)
        for (let k = 0; k < n; k++) best = Math.max(best, sum(o, (row * apart + j) * layer.stride, (column * apart + k) * layer.stride));
      return best;
    };
  }

  function pool(layer, x) {
    const [, width, channels] = layer.in, [rows, columns] = layer.kernel, across = layer.out[1], values = new Float64Array(rows * columns);
    return (i) => {
      const c = i % channels, column = Math.floor(i / channels) % across, row = Math.floor(i / channels / across);
      for (let r = 0; r < rows; r++)
        for (let k = 0; k < columns; k++) values[r * columns + k] = x[((row * layer.stride + r) * width + column * layer.stride + k) * channels + c];
      return layer.kind === "mean" ? values.reduce((a, b) => a + b) / values.length : values.reduce((a, b) => Math.max(a, b));
    };
  }

  function norm(layer, x) {
    const channels = layer.in[2], places = x.length / channels, mean = new Float64Array(places), rate = new Float64Array(places);
    for (let place = 0; place < places; place++) {
      const pixel = x.subarray(place * channels, (place + 1) * channels);
      mean[place] = pixel.reduce((a, b) => a + b) / channels;
      rate[place] = 1 / Math.sqrt(pixel.reduce((a, b) => a + (b - mean[place]) ** 2, 0) / channels + 1e-5);
    }
    return (i) => (x[i] - mean[Math.floor(i / channels)]) * rate[Math.floor(i / channels)] * layer.w[i % channels] + layer.b[i % channels];
  }

  const kinds = {
    conv, largest: pool, mean: pool, norm,
    even: (layer, x) => (i) => (x[i] - layer.w[i % layer.w.length]) * layer.b[i % layer.b.length],
    sum: (layer, x, other) => (i) => x[i] + other[i],
  };

  // Raw values to what each step gives, the last one the logits.
  function steps(raw) {
    const values = [raw];
    for (const layer of layers) {
      const value = kinds[layer.kind](layer, values[layer.from[0]], values[layer.from[1]]), [height, width, channels] = layer.out;
      const y = new Float64Array(height * width * channels);
      for (let i = 0; i < y.length; i++) y[i] = layer.act(value(i));
      y.shape = layer.out;
      values.push(y);
    }
    return values;
  }

  function softmax(z) {
    const most = z.reduce((a, b) => Math.max(a, b)), powers = z.map((value) => Math.exp(value - most)), sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  }

  // A number in its own unit, within those of the training.
  function unscaled(scale, z) {
    if (!scale) return z;
    const u = scale.shift + scale.spread * z;
    return held(scale.log ? Math.exp(u) : u, scale.low, scale.high);
  }

  // The mean of what the members say: of probabilities, or of numbers before they get their unit.
  function pooled(z) {
    const members = source.members ?? 1, count = z.length / members, said = [];
    for (let m = 0; m < members; m++) said.push(z.subarray(m * count, (m + 1) * count));
    const each = source.numbers ? said : said.map(softmax);
    const mean = each[0].map((_, i) => each.reduce((sum, of) => sum + of[i], 0) / members);
    if (!source.numbers) return mean;
    const levels = mean.length / source.numbers.length, answers = mean.map((value, i) => unscaled(source.numbers[Math.floor(i / levels)], value));
    for (let i = 0; i < answers.length; i += levels) answers.subarray(i, i + levels).sort();
    return answers;
  }

  // The class that is answered: the most probable, or the second of two from the threshold on.
  function answer(p) {
    if (source.threshold && p.length === 2) return p[1] >= source.threshold ? 1 : 0;
    return p.indexOf(Math.max(...p));
  }

  // ------------------------------------------- how like the training a row is (src/model/unlike.h)

  const known = source.known && { ...source.known, means: floats(source.known.means), whiten: floats(source.known.whiten),
    centres: floats(source.known.centres), tables: floats(source.known.tables) };

  // The means of an image's blocks, else of every so many inputs of the last layer.
  function summary(raw, h) {
    const { grid, sides } = known, { height, width, channels } = source;
    return Float64Array.from({ length: sides }, (_, j) => {
      let sum = 0, count = 0;
      if (!grid) for (let i = j; i < h.length; i += sides, count++) sum += h[i];
      if (!grid) return sum / count;
      const block = Math.floor(j / channels), row = Math.floor(block / grid), column = block % grid;
      const [top, bottom] = [row, row + 1].map((at) => Math.floor((at * height) / grid)), [left, right] = [column, column + 1].map((at) => Math.floor((at * width) / grid));
      for (let r = top; r < bottom; r++) for (let c = left; c < right; c++) sum += raw[(r * width + c) * channels + (j % channels)];
      return sum / ((bottom - top) * (right - left));
    });
  }

  function direction(h) {
    const length = Math.sqrt(h.reduce((sum, value) => sum + value * value, 0)), along = [];
    for (let c = 0; c < known.means.length; c += h.length) along.push(h.reduce((sum, value, i) => sum + value * known.means[c + i], 0));
    return length > 0 ? -Math.max(...along) / length : 0;
  }

  function place(v) {
    const { sides, whiten, centres } = known, y = v.map((_, i) => v.subarray(0, i + 1).reduce((sum, value, j) => sum + value * whiten[(i * (i + 1)) / 2 + j], 0));
    let least = Infinity;
    for (let c = 0; c < centres.length; c += sides) least = Math.min(least, y.reduce((sum, value, i) => sum + (value - centres[c + i]) ** 2, 0));
    return least;
  }

  function placeIn(table, x) {
    if (x <= table[0]) return 0;
    const k = table.findIndex((value) => value >= x);
    return k < 0 ? table.length : k - 1 + (x - table[k - 1]) / (table[k] - table[k - 1]);
  }

  function rarity(table, x) {
    const at = placeIn(table, x), last = table.length - 1, back = table.length > 9 ? 8 : last;
    if (at <= last) return at;
    const step = (table[last] - table[last - back]) / back;
    return Math.min(4 * last, step > 0 ? last + (x - table[last]) / step : Infinity);
  }

  // The mean of what the members give.
  function middle(z) {
    const members = source.members ?? 1, count = z.length / members;
    return Float64Array.from({ length: count }, (_, i) => Array.from({ length: members }, (_, m) => z[m * count + i]).reduce((a, b) => a + b) / members);
  }

  // The share of validation rows that are at least as unlike; h: what the last layer reads, z: its outputs.
  function share(raw, h, z) {
    const { levels, tables } = known, table = (t) => tables.subarray(t * levels, (t + 1) * levels), level = (k) => 2 ** (-k / 4);
    const sum = [-Math.max(...middle(z)), direction(h), place(summary(raw, h))].reduce((all, distance, t) => all + rarity(table(t), distance), 0);
    const at = placeIn(table(3), sum), k = Math.floor(at);
    return at <= levels - 1 ? level(k) + (at - k) * (level(k + 1) - level(k)) : 0;
  }

  // Raw values to {p: probabilities, or numbers; hidden: [values of each hidden layer]; known: where the model keeps what that needs}.
  function run(raw) {
    const given = Float64Array.from(raw), images = layers[0].from, values = images ? steps(given) : [], hidden = images ? values.slice(layers[0].kind === "even" ? 2 : 1) : [];
    let x = given, last = images && values[layers[layers.length - 1].from[0]];
    for (const layer of images ? [] : layers) {
      last = x;
      if (layer.kind === "encode") x = encode(layer, x);
      else if (layer.kind === "scale") x = x.map((value, i) => (value - layer.shift[i]) * layer.factor[i]);
      else hidden.push((x = dense(layer, x)));
    }
    const z = hidden.pop();
    return { p: pooled(z), hidden, known: known && share(given, last, z) };
  }

  const { black, white, height, width, channels } = source;
  return { run, answer, bytes, floats, black, white, height, width, channels };
})();
