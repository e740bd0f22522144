// apng: screenshots become one moving PNG, which pages show as they do any PNG. SPDX-License-Identifier: MIT
//
// Format: W3C, Portable Network Graphics, third edition (acTL, fcTL, fdAT). A frame is the rectangle in which it differs from the one
// before, transparent where it does not.
"use strict";
const zlib = require("zlib");
const MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
const crc = (bytes) => ~bytes.reduce((value, byte) => TABLE[(value ^ byte) & 255] ^ (value >>> 8), -1) >>> 0;

function chunk(type, content) {
  const out = Buffer.alloc(12 + content.length);
  out.writeUInt32BE(content.length, 0);
  out.write(type, 4, "latin1");
  content.copy(out, 8);
  out.writeUInt32BE(crc(out.subarray(4, 8 + content.length)), 8 + content.length);
  return out;
}

function paeth(a, b, c) {
  const p = a + b - c, far = [a, b, c].map((value) => Math.abs(p - value));
  return far[0] <= far[1] && far[0] <= far[2] ? a : far[1] <= far[2] ? b : c;
}

// What a byte is guessed to be by each of PNG's filters, from those to the left, above, and left of that.
const guess = [() => 0, (a) => a, (a, b) => b, (a, b) => (a + b) >> 1, paeth];

// A screenshot, 8 bits a channel, not interlaced: {width, height, pixels[height][width][4]}.
function decode(png) {
  const parts = [];
  let width, height, size;
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at), type = png.toString("latin1", at + 4, at + 8), content = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") [width, height, size] = [content.readUInt32BE(0), content.readUInt32BE(4), content[9] === 6 ? 4 : 3];
    if (type === "IDAT") parts.push(content);
    at += 12 + length;
  }
  const raw = zlib.inflateSync(Buffer.concat(parts)), row = width * size, pixels = Buffer.alloc(width * height * 4, 255);
  let above = Buffer.alloc(row);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)], line = raw.subarray(y * (row + 1) + 1, (y + 1) * (row + 1));
    for (let i = 0; i < row; i++) line[i] += guess[filter](i < size ? 0 : line[i - size], above[i], i < size ? 0 : above[i - size]);
    for (let x = 0; x < width; x++) line.copy(pixels, (y * width + x) * 4, x * size, (x + 1) * size);
    above = line;
  }
  return { width, height, pixels };
}

// The rows under filter 0 to 4, deflated; the smallest of them.
function deflate({ width, height, pixels }) {
  const row = 4 * width;
  return guess.map((by, filter) => {
    const raw = Buffer.alloc(height * (row + 1));
    for (let y = 0; y < height; y++) {
      raw[y * (row + 1)] = filter;
      for (let i = 0; i < row; i++) {
        const at = y * row + i, left = i < 4 ? 0 : pixels[at - 4], up = y ? pixels[at - row] : 0, corner = y && i >= 4 ? pixels[at - row - 4] : 0;
        raw[y * (row + 1) + 1 + i] = pixels[at] - by(left, up, corner);
      }
    }
    return zlib.deflateSync(raw, { level: 9, memLevel: 9 });
  }).reduce((best, data) => (data.length < best.length ? data : best));
}

// Where `next` differs from `before`, as an image with its place; null: nowhere.
function difference(before, next) {
  const { width, height } = next, differs = (i) => before.pixels.readUInt32BE(4 * i) !== next.pixels.readUInt32BE(4 * i);
  let top = height, left = width, bottom = -1, right = -1;
  for (let i = 0; i < width * height; i++) {
    if (!differs(i)) continue;
    const y = Math.floor(i / width), x = i % width;
    [top, bottom, left, right] = [Math.min(top, y), Math.max(bottom, y), Math.min(left, x), Math.max(right, x)];
  }
  if (bottom < 0) return null;
  const out = { left, top, width: right - left + 1, height: bottom - top + 1 };
  out.pixels = Buffer.alloc(out.width * out.height * 4);
  for (let y = 0; y < out.height; y++)
    for (let x = 0; x < out.width; x++) {
      const from = (top + y) * width + left + x;
      if (differs(from)) next.pixels.copy(out.pixels, (y * out.width + x) * 4, 4 * from, 4 * from + 4);
    }
  return out;
}

function control(number, { left = 0, top = 0, width, height, milliseconds }, first) {
  const out = Buffer.alloc(26);
  [number, width, height, left, top].forEach((value, i) => out.writeUInt32BE(value, 4 * i));
  out.writeUInt16BE(milliseconds, 20);
  out.writeUInt16BE(1000, 22);
  out[25] = first ? 0 : 1;
  return chunk("fcTL", out);
}

// frames: [{png, milliseconds}], all of one size. It begins again for ever.
function encode(frames) {
  const shown = [];
  let before = null;
  for (const { png, milliseconds } of frames) {
    const image = decode(png), part = before ? difference(before, image) : image;
    if (part) shown.push({ ...part, milliseconds });
    else shown[shown.length - 1].milliseconds += milliseconds;
    before = image;
  }
  const { width, height } = shown[0], head = Buffer.alloc(13), count = Buffer.alloc(8);
  [width, height].forEach((value, i) => head.writeUInt32BE(value, 4 * i));
  head[8] = 8;
  head[9] = 6;
  count.writeUInt32BE(shown.length, 0);
  let number = 0;
  const parts = shown.flatMap((frame, i) => {
    const data = deflate(frame), begin = control(number++, frame, i === 0);
    if (i === 0) return [begin, chunk("IDAT", data)];
    const at = Buffer.alloc(4);
    at.writeUInt32BE(number++, 0);
    return [begin, chunk("fdAT", Buffer.concat([at, data]))];
  });
  return Buffer.concat([MAGIC, chunk("IHDR", head), chunk("acTL", count), ...parts, chunk("IEND", Buffer.alloc(0))]);
}

module.exports = { encode };
