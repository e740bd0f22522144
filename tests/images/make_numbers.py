#!/usr/bin/python3
# make_numbers: draws images of several digits, as people might bring them.
# SPDX-License-Identifier: MIT
"""tests/images/make_numbers.py [FOLDER [SEED [PART]]]      (default: numbers/ beside it, 2024, test)

Needs Pillow, NumPy, the fonts of make.py and MNIST in data/mnist. Each row of the list below says what kind of image it is; which
digits, how large, how slanted and how far apart they are comes from the seed. Handwriting is of MNIST's PART: what is tried while the
reading is worked on is of other seeds and of `train`, the committed images of the test rows, made once. What is in them stands in
expected.txt, a line an image: its name, then its lines of text.
"""
import gzip, os, random, sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import make

HERE = os.path.dirname(os.path.abspath(__file__))

# name: what the digits are made with ("mnist", a font, or a pen's width as a share of the height), and the rest of how it is made.
NUMBERS = {
    "mnist-white": ("mnist", dict(ink=255, paper=0, gap=(.15, .3), lean=0)),
    "mnist-ink": ("mnist", dict(ink=(30, 40, 120), paper=(250, 248, 240), gap=(.1, .5))),
    "mnist-small": ("mnist", dict(height=24, size_spread=.1)),
    "mnist-sizes": ("mnist", dict(height=60, size_spread=.35, gap=(.15, .4))),
    "mnist-slanted": ("mnist", dict(slant=.3, gap=(.12, .3))),
    "mnist-near": ("mnist", dict(gap=(.03, .1))),
    "mnist-uphill": ("mnist", dict(turn=7, noise=6)),
    "mnist-noise.jpg": ("mnist", dict(noise=22, quality=55)),
    "font-plain": ("dejavu", dict(gap=(.1, .2))),
    "font-bold": ("sans-bold", dict(gap=(.1, .2), height=90)),
    "font-serif": ("serif", dict(gap=(.1, .25), light=(.5, -.3), noise=3)),
    "font-thin": ("mono", dict(gap=(.2, .4), height=70)),
    "font-dark": ("comic", dict(ink=230, paper=25, noise=8)),
    "font-hand.jpg": ("dkg", dict(quality=60, noise=6, ink=(60, 60, 70))),
    "pen-ball.jpg": (.035, dict(ink=(40, 60, 150), paper=(244, 238, 214), noise=5, quality=75)),
    "pen-thick": (.11, dict(gap=(.12, .3), blur=1.2)),
    "pen-dots": (.06, dict(dotted=True, gap=(.35, .6), height=110)),
    "ruled-mnist": ("mnist", dict(ruled=34, noise=4)),
    "ruled-skew.jpg": ("mnist", dict(ruled=40, turn=3, noise=5, quality=80)),
    "ruled-pen": (.05, dict(ruled=30, ink=(30, 40, 110), noise=4, margin_line=True)),
    "squared-mnist": ("mnist", dict(ruled=22, squared=True, height=60)),
    "shadow-mnist.jpg": ("mnist", dict(shadow=True, noise=5, quality=75)),
    "shadow-pen.jpg": (.06, dict(shadow=True, light=(-.3, .4), noise=5, quality=70)),
    "form-comb": ("mnist", dict(form="comb", gap=(.35, .35), size_spread=.1)),
    "form-boxes": ("mnist", dict(form="boxes", gap=(.45, .45), size_spread=.1, noise=5)),
    "form-skew.jpg": (.06, dict(form="boxes", gap=(.5, .5), size_spread=.1, turn=-3, quality=75, noise=5)),
    "lines-mnist": ("mnist", dict(lines=2, noise=4)),
    "lines-skew": (.06, dict(lines=2, turn=4, specks=30)),
    "touching-mnist": ("mnist", dict(touching=True)),
    "touching-pen": (.08, dict(touching=True, gap=(.12, .3))),
}


def mnist(part):
    """The images and labels of a part of MNIST."""
    folder = os.path.join(os.path.dirname(os.path.dirname(HERE)), "data", "mnist")
    arrays = []
    for kind, head in (("images-idx3", 16), ("labels-idx1", 8)):
        name = os.path.join(folder, ("t10k" if part == "test" else "train") + f"-{kind}-ubyte")
        with (open(name, "rb") if os.path.exists(name) else gzip.open(name + ".gz", "rb")) as file:
            arrays.append(np.frombuffer(file.read(), np.uint8, offset=head))
    return arrays[0].reshape(-1, 28, 28), arrays[1]


def dotted(digit, width, height, rng):
    """A digit in dots, white on black."""
    scale, radius = height / 1.4, width * height / 2 * 1.2
    ink = Image.new("L", (int(scale + 4 * radius), int(height + 4 * radius)), 0)
    pen = ImageDraw.Draw(ink)
    for stroke in make.STROKES[digit]:
        last = None
        for x, y in make.smooth(stroke):
            x, y = 2 * radius + x * scale, 2 * radius + y * scale
            if last and (x - last[0]) ** 2 + (y - last[1]) ** 2 < (3.2 * radius) ** 2:
                continue
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
            last = x, y
    return ink.crop(ink.getbbox())


def draw(digit, tool, how, height, rng, rows):
    """One digit, white on black, `height` pixels high."""
    if tool == "mnist":
        images, labels = rows
        ink = Image.fromarray(images[rng.choice(np.flatnonzero(labels == digit).tolist())])
        ink = ink.crop(ink.getbbox())
        ink = ink.resize((max(4, round(ink.width * 4 * height / ink.height)), 4 * height), Image.BICUBIC)
        if ink.width > 5 * height:  # a lying 1 would be a bar
            ink = ink.resize((5 * height, 4 * height))
    elif isinstance(tool, str):
        ink = make.draw_font(digit, tool, 4 * height)
    elif "dotted" in how:
        ink = dotted(digit, tool, 4 * height, rng)
    else:
        ink = make.draw_strokes(digit, tool, 4 * height, rng)
    slant = rng.uniform(.5, 1) * how["slant"] if "slant" in how else rng.uniform(-.08, .08)
    extra = int(abs(slant) * ink.height) + 1
    wide = Image.new("L", (ink.width + 2 * extra, ink.height), 0)
    wide.paste(ink, (extra, 0))
    wide = wide.transform(wide.size, Image.AFFINE, (1, slant, -slant * ink.height / 2, 0, 1, 0), Image.BICUBIC)
    wide = wide.crop(wide.getbbox())
    return wide.resize((max(1, round(wide.width / 4)), max(1, round(wide.height / 4))), Image.LANCZOS)


def column_gap(left, right, top_left, top_right):
    """How far the right digit may move to the left until the two meet, where it begins at the left one's edge."""
    a, b = np.asarray(left) > 100, np.asarray(right) > 100
    least = None
    for y in range(max(top_left, top_right), min(top_left + a.shape[0], top_right + b.shape[0])):
        row, other = np.flatnonzero(a[y - top_left]), np.flatnonzero(b[y - top_right])
        if len(row) and len(other):
            free = a.shape[1] - 1 - row[-1] + other[0]
            least = free if least is None else min(least, free)
    return least if least is not None else 0


def place_line(text, tool, how, rng, rows, left, middle):
    """(digit's ink, left, top) for a line of text, and the boxes of a form around them."""
    height, placed, boxes = how.get("height", 48), [], []
    pair = rng.randrange(len(text) - 1) if "touching" in how else -1
    cell = int(height * 1.25)
    for i, digit in enumerate(text):
        spread = how.get("size_spread", .15)
        high = round(height * rng.uniform(1 - spread, 1 + spread / 2))
        ink = draw(int(digit), tool, how, high, rng, rows)
        if "form" in how:
            wide = cell if how["form"] == "comb" else cell + height // 5
            if ink.width > cell - 12:
                ink = ink.resize((cell - 12, ink.height))
            boxes.append((left, middle - int(.68 * height), cell, int(1.36 * height)))
            placed.append((ink, left + (cell - ink.width) // 2 + rng.randint(-2, 2), middle - ink.height // 2 + rng.randint(-2, 2)))
            left += wide
            continue
        top = middle - ink.height // 2 + round(height * rng.uniform(-.06, .06))
        if i == pair + 1 and pair >= 0:
            before = placed[-1]
            left = before[1] + before[0].width - column_gap(before[0], ink, before[2], top) - rng.choice((1, 2))
        placed.append((ink, left, top))
        left += ink.width + max(2, round(height * rng.uniform(*how.get("gap", (.15, .4)))))
    return placed, boxes, left


def ground(size, how, boxes):
    """The sheet before it is written on: how much of each line's colour is at a pixel."""
    sheet = Image.new("L", size, 0)
    pen = ImageDraw.Draw(sheet)
    if "ruled" in how:
        for y in range(how["ruled"] // 2, size[1], how["ruled"]):
            pen.line((0, y, size[0], y), fill=130, width=1 + (how["ruled"] > 32))
        for x in range(how["ruled"] // 2, size[0], how["ruled"]) if "squared" in how else [16] if "margin_line" in how else []:
            pen.line((x, 0, x, size[1]), fill=130, width=1)
    for left, top, width, height in boxes:
        pen.rectangle((left, top, left + width, top + height), outline=200, width=2)
    return sheet


def light(how, size):
    """The factor that the light has at each pixel."""
    y, x = np.mgrid[0:size[1], 0:size[0]]
    u, v, factor = 2 * x / size[0] - 1, 2 * y / size[1] - 1, np.ones((size[1], size[0]))
    if "light" in how:
        factor *= 1 + how["light"][0] * u / 2 + how["light"][1] * v / 2 - .12 * (u * u + v * v)
    if "shadow" in how:
        factor *= 1 - .45 / (1 + np.exp(-(u + .6 * v - .25) * 14))
    return factor


def image_of(lines, tool, how, rng, rows):
    height = how.get("height", 48)
    placed, boxes, right = [], [], 0
    for number, text in enumerate(lines):
        line, frames, end = place_line(text, tool, how, rng, rows, height // 2 + rng.randrange(8), int(height * (1.1 + 1.6 * number)))
        placed, boxes, right = placed + line, boxes + frames, max(right, end)
    size = right + height // 2, int(height * (2.2 + 1.6 * (len(lines) - 1)))
    mask = Image.new("L", size, 0)
    for ink, left, top in placed:
        mask.paste(255, (left, top), ink)
    sheet = ground(size, how, boxes)
    if "turn" in how:
        mask, sheet = (layer.rotate(how["turn"], Image.BICUBIC, expand="ruled" not in how) for layer in (mask, sheet))
        size = mask.size
    if "blur" in how:
        mask = mask.filter(ImageFilter.GaussianBlur(how["blur"]))
    rgb = lambda value: np.array(value if isinstance(value, tuple) else (value,) * 3, float)
    ink, paper, rule = rgb(how.get("ink", 35)), rgb(how.get("paper", 242)), rgb((150, 175, 220) if "ruled" in how else (70, 70, 70))
    page = np.tile(paper, (size[1], size[0], 1))
    for layer, colour in ((sheet, rule), (mask, ink)):
        share = np.asarray(layer, float)[..., None] / 255
        page += (colour - page) * share
    noise = np.random.RandomState(rng.randrange(1 << 30))
    page = page * light(how, size)[..., None] + noise.normal(0, 1, (size[1], size[0], 1)) * how.get("noise", 0)
    image = Image.fromarray(np.clip(page + .5, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(how.get("specks", 0)):
        x, y, radius = rng.randrange(size[0]), rng.randrange(size[1]), rng.choice((.5, 1))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tuple(int(c) for c in ink))
    return image if any(isinstance(how.get(key), tuple) for key in ("ink", "paper")) or "ruled" in how else image.convert("L")


def main(folder, seed, part):
    os.makedirs(folder, exist_ok=True)
    rows, said = mnist(part), []
    for number, (name, (tool, how)) in enumerate(NUMBERS.items()):
        rng = random.Random(1000 * seed + number)
        count = rng.randint(2, 8) if how.get("lines", 1) == 1 else rng.randint(2, 4)
        lines = ["".join(str(rng.randrange(10)) for _ in range(count)) for _ in range(how.get("lines", 1))]
        file = name if name.endswith(".jpg") else name + ".png"
        image = image_of(lines, tool, how, rng, rows)
        image.save(os.path.join(folder, file), **(dict(quality=how["quality"]) if file.endswith(".jpg") else dict(optimize=True)))
        said.append(" ".join([file] + lines))
    with open(os.path.join(folder, "expected.txt"), "w") as out:
        out.writelines(line + "\n" for line in said)


if __name__ == "__main__":
    words = sys.argv[1:] + [os.path.join(HERE, "numbers"), "2024", "test"][len(sys.argv) - 1:]
    main(words[0], int(words[1]), words[2])
