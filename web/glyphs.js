// glyphs: digits as a pen draws them, for pages without rows. SPDX-License-Identifier: MIT
//
// Strokes of places in hundredths of the pad, through which a smooth line goes; a place that is there twice is a corner.
"use strict";
const inklingGlyphs = (() => {
  const source = {
    0: [[53, 24, 42, 28, 35, 42, 35, 58, 43, 74, 55, 76, 64, 62, 65, 44, 60, 29, 51, 24]],
    1: [[42, 35, 53, 22, 53, 22, 53, 50, 52, 78]],
    2: [[36, 36, 42, 25, 54, 23, 62, 32, 58, 46, 46, 62, 36, 76, 36, 76, 66, 75]],
    3: [[37, 29, 48, 22, 60, 28, 58, 42, 47, 48, 47, 48, 60, 54, 63, 66, 53, 77, 37, 73]],
    4: [[45, 22, 40, 40, 35, 54, 35, 54, 66, 53], [58, 36, 57, 56, 55, 80]],
    5: [[62, 24, 41, 24, 41, 24, 38, 46, 38, 46, 52, 43, 63, 54, 60, 70, 48, 77, 35, 72]],
    6: [[58, 22, 45, 36, 38, 54, 41, 72, 53, 77, 63, 68, 60, 55, 49, 53, 40, 62]],
    7: [[35, 26, 64, 25, 64, 25, 54, 50, 46, 78]],
    8: [[60, 30, 50, 22, 39, 30, 44, 44, 58, 56, 61, 70, 50, 78, 38, 70, 43, 56, 57, 44, 60, 31]],
    9: [[61, 36, 51, 24, 39, 33, 42, 47, 54, 48, 61, 37, 61, 37, 59, 58, 54, 78]],
  };
  const STEPS = 8;

  // Catmull and Rom's curve through places [x, y].
  function smooth(places) {
    const at = (i) => places[Math.min(places.length - 1, Math.max(0, i))], line = [places[0]];
    for (let i = 0; i + 1 < places.length; i++)
      for (let k = 1; k <= STEPS; k++) {
        const t = k / STEPS, [a, b, c, d] = [-1, 0, 1, 2].map((by) => at(i + by));
        line.push([0, 1].map((z) => 0.5 * (2 * b[z] + (c[z] - a[z]) * t + (2 * a[z] - 5 * b[z] + 4 * c[z] - d[z]) * t * t + (3 * b[z] - a[z] - 3 * c[z] + d[z]) * t ** 3)));
      }
    return line;
  }

  const glyph = (strokes) => strokes.map((flat) => smooth(flat.filter((_, i) => i % 2 === 0).map((x, i) => [x / 100, flat[2 * i + 1] / 100])));

  // As much of strokes as a pen draws in this share of its time.
  function part(strokes, share) {
    const whole = strokes.reduce((sum, stroke) => sum + stroke.length, 0);
    let left = Math.ceil(share * whole);
    return strokes.map((stroke) => {
      const shown = stroke.slice(0, Math.max(0, left));
      left -= stroke.length;
      return shown;
    });
  }

  return { of: (name) => source[name] && glyph(source[name]), part };
})();
