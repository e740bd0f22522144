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
    const raw = bytes(layer.weight), steps = floats(layer.steps), out = new Float32Array(layer.inputs * layer.outputs);
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

  const layers = source.layers.map((layer) => (layer.kind === "scale"
    ? { kind: "scale", shift: floats(layer.shift), factor: floats(layer.factor) }
    : { kind: "dense", inputs: layer.inputs, outputs: layer.outputs, act: activations[layer.activation], w: weights(layer), b: floats(layer.bias) }));

  function dense(layer, x) {
    const y = new Float64Array(layer.outputs), live = [];
    for (let i = 0; i < layer.inputs; i++) if (x[i] !== 0) live.push(i);
    for (let o = 0; o < layer.outputs; o++) {
      let sum = layer.b[o];
      for (const i of live) sum += layer.w[o * layer.inputs + i] * x[i];
      y[o] = layer.act(sum);
    }
    return y;
  }

  // Raw values to {p: probabilities, hidden: [values of each hidden layer]}.
  function run(raw) {
    const hidden = [];
    let x = Float64Array.from(raw);
    for (const layer of layers) {
      if (layer.kind === "scale") x = x.map((value, i) => (value - layer.shift[i]) * layer.factor[i]);
      else hidden.push((x = dense(layer, x)));
    }
    const logits = hidden.pop(), most = logits.reduce((a, b) => Math.max(a, b)), powers = logits.map((z) => Math.exp(z - most));
    const sum = powers.reduce((a, b) => a + b);
    return { p: powers.map((power) => power / sum), hidden };
  }

  return { run, black: source.black, white: source.white, height: source.height, width: source.width };
})();
