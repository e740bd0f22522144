#!/usr/bin/python3
# make: draws the images of this folder: twenty digits as people might bring them.
# SPDX-License-Identifier: MIT
"""tests/images/make.py [FOLDER]      (default: its own)

Needs Pillow (Debian: python3-pil) and fonts-dejavu-core, fonts-liberation, fonts-freefont-ttf, fonts-comic-neue, fonts-breip,
fonts-dkg-handwriting, fonts-femkeklaver, fonts-humor-sans, fonts-bwht. The images are committed, so that tests need neither.

Each digit comes twice: once from a font, once drawn with a pen along strokes with a shaking hand. Which font, pen and trouble a
digit gets was set down in the list below before any of it was shown to a network. A file's name begins with its digit.
"""
import math, os, random, sys

from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = "/usr/share/fonts/"
FONT = {
    "dejavu": "truetype/dejavu/DejaVuSans.ttf",
    "serif": "truetype/liberation/LiberationSerif-Regular.ttf",
    "sans-bold": "truetype/liberation/LiberationSans-Bold.ttf",
    "mono": "truetype/freefont/FreeMono.ttf",
    "comic": "opentype/comic-neue/ComicNeue-Regular.otf",
    "breip": "truetype/breip/Breip.ttf",
    "dkg": "truetype/fifthhorseman/dkg.ttf",
    "femke": "truetype/femkeklaver/femkeklaver.ttf",
    "humor": "truetype/humor-sans/Humor-Sans.ttf",
    "learn": "opentype/bwht/BecauseWeLearn-Regular.otf",
}

# Strokes of the drawn digits: points that a smooth line goes through, x to the right, y down, in a box of 1 by 1.4.
STROKES = {
    0: [[(.55, .02), (.2, .2), (.05, .7), (.2, 1.25), (.55, 1.38), (.88, 1.15), (.95, .6), (.8, .15), (.5, .03)]],
    1: [[(.55, .02), (.5, .5), (.45, .95), (.42, 1.38)]],
    2: [[(.1, .35), (.3, .06), (.7, .05), (.85, .35), (.65, .75), (.3, 1.1), (.08, 1.35), (.5, 1.33), (.95, 1.3)]],
    3: [[(.12, .12), (.5, .02), (.82, .2), (.75, .5), (.4, .65), (.8, .8), (.88, 1.1), (.6, 1.36), (.1, 1.25)]],
    4: [[(.3, .05), (.2, .45), (.1, .85), (.5, .84), (.95, .8)], [(.75, .2), (.7, .7), (.66, 1.38)]],
    5: [[(.25, .08), (.2, .4), (.17, .62), (.5, .52), (.85, .75), (.85, 1.1), (.55, 1.36), (.1, 1.28)], [(.25, .08), (.55, .08), (.9, .03)]],
    6: [[(.72, .03), (.35, .35), (.12, .85), (.25, 1.28), (.6, 1.36), (.85, 1.1), (.7, .8), (.4, .8), (.2, 1.05)]],
    7: [[(.08, .1), (.5, .08), (.9, .06), (.7, .5), (.5, .95), (.38, 1.38)]],
    8: [[(.8, .2), (.5, .03), (.2, .2), (.3, .5), (.7, .8), (.85, 1.1), (.5, 1.37), (.15, 1.1), (.35, .75), (.7, .5), (.8, .2)]],
    9: [[(.82, .3), (.5, .05), (.18, .3), (.35, .65), (.7, .55), (.83, .25), (.78, .8), (.65, 1.38)]],
}

# name: digit, what it is made with (a font, or the pen's width as a share of the height), and the rest of how it is made.
IMAGES = {
    "0-plain.png": (0, "dejavu", dict()),
    "1-light-on-dark.png": (1, "breip", dict(ink=235, paper=20)),
    "2-rotated.png": (2, "comic", dict(turn=14)),
    "3-small.png": (3, "dkg", dict(size=(400, 300), height=.14, at=(.3, .62))),
    "4-corner.png": (4, "femke", dict(size=(240, 240), height=.35, at=(.82, .17))),
    "5-noise.jpg": (5, "humor", dict(noise=28, quality=45)),
    "6-uneven-light.jpg": (6, "serif", dict(light=(.55, -.35), noise=4, quality=75)),
    "7-bold.png": (7, "sans-bold", dict(height=.9)),
    "8-thin.png": (8, "mono", dict(size=(300, 400), height=.75)),
    "9-chalk.jpg": (9, "learn", dict(ink=(225, 228, 220), paper=(38, 70, 52), noise=12, chalk=True, quality=70)),
    "0-shadow.jpg": (0, .05, dict(shadow=True, noise=5, quality=75)),
    "1-leaning.png": (1, .07, dict(turn=-18)),
    "2-ballpoint.jpg": (2, .025, dict(ink=(40, 60, 150), paper=(244, 238, 214), size=(320, 240), height=.55, noise=5, quality=75)),
    "3-ruled.jpg": (3, .04, dict(ruled=True, noise=4, quality=80)),
    "4-transparent.png": (4, .08, dict(transparent=True)),
    "5-margin.png": (5, .09, dict(ink=240, paper=15, margin=24)),
    "6-pencil.jpg": (6, .03, dict(ink=128, paper=176, noise=7, quality=70)),
    "7-specks.png": (7, .06, dict(specks=40)),
    "8-brush.jpg": (8, .12, dict(ink=(150, 30, 40), paper=(250, 250, 250), blur=2.5, turn=9, quality=80)),
    "9-sideways.jpg": (9, .06, dict(size=(200, 280), light=(-.2, .4), noise=6, quality=75, orientation=6)),
}


def smooth(points):
    """A Catmull-Rom curve through the points, many to a stretch."""
    ends = [points[0]] + points + [points[-1]]
    curve = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:]):
        for step in range(24):
            t = step / 24
            curve.append(tuple(.5 * (2 * b[k] + (c[k] - a[k]) * t + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t
                                     + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t ** 3) for k in (0, 1)))
    return curve + [points[-1]]


def draw_strokes(digit, width, height, rng):
    """The drawn digit, white on black, `height` pixels high."""
    scale, edge = height / 1.4, width * height
    ink = Image.new("L", (int(scale + 2 * edge), int(height + 2 * edge)), 0)
    pen = ImageDraw.Draw(ink)
    for stroke in STROKES[digit]:
        shaken = [(x + rng.uniform(-.035, .035), y + rng.uniform(-.035, .035)) for x, y in stroke]
        for x, y in smooth(shaken):
            radius = edge / 2 * rng.uniform(.9, 1.1)
            x, y = edge + x * scale, edge + y * scale
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return ink.crop(ink.getbbox())


def draw_font(digit, name, height):
    """The digit of a font, white on black, `height` pixels high."""
    font = ImageFont.truetype(FONTS + FONT[name], int(2 * height))
    ink = Image.new("L", (int(4 * height), int(5 * height)), 0)
    ImageDraw.Draw(ink).text((height, height), str(digit), fill=255, font=font)
    ink = ink.crop(ink.getbbox())
    return ink.resize((max(1, round(ink.width * height / ink.height)), round(height)), Image.LANCZOS)


def ink_mask(digit, tool, how, size, rng):
    """Where ink is, as an L image of the final size."""
    height = how.get("height", .6) * size[1]
    ink = draw_font(digit, tool, 4 * height) if isinstance(tool, str) else draw_strokes(digit, tool, 4 * height, rng)
    if "turn" in how:
        ink = ink.rotate(how["turn"], Image.BICUBIC, expand=True)
        ink = ink.crop(ink.getbbox())
    ink = ink.resize((max(1, round(ink.width / 4)), max(1, round(ink.height / 4))), Image.LANCZOS)
    x, y = how.get("at", (.5, .5))
    left = min(max(round(x * size[0] - ink.width / 2), 1), size[0] - ink.width - 1)
    top = min(max(round(y * size[1] - ink.height / 2), 1), size[1] - ink.height - 1)
    mask = Image.new("L", size, 0)
    mask.paste(ink, (left, top))
    return mask.filter(ImageFilter.GaussianBlur(how["blur"])) if "blur" in how else mask


def light_at(how, size, x, y):
    """The factor that the light has at a pixel."""
    u, v, factor = 2 * x / size[0] - 1, 2 * y / size[1] - 1, 1
    if "light" in how:
        factor *= 1 + how["light"][0] * u / 2 + how["light"][1] * v / 2 - .12 * (u * u + v * v)
    if "shadow" in how:  # a soft-edged shadow across the page
        factor *= 1 - .45 / (1 + math.exp(-(u + .6 * v - .25) * 14))
    return factor


def paint(mask, how, rng):
    """Ink on paper, as the camera saw it."""
    size = mask.size
    rgb = lambda value: value if isinstance(value, tuple) else (value,) * 3
    ink, paper = rgb(how.get("ink", 30)), rgb(how.get("paper", 245))
    page = Image.new("RGB", size)
    pixels, shares = page.load(), mask.load()
    for y in range(size[1]):
        for x in range(size[0]):
            share = shares[x, y] / 255
            if "chalk" in how:
                share *= rng.choice((.45, .8, 1, 1))
            ground = paper
            if "ruled" in how and (y % 32 < 2 or abs(x - 30) < 1):
                ground = (170, 190, 225) if y % 32 < 2 else (230, 150, 150)
            light, grain = light_at(how, size, x, y), rng.gauss(0, how.get("noise", 0))
            pixels[x, y] = tuple(min(255, max(0, round((g + (i - g) * share) * light + grain))) for i, g in zip(ink, ground))
    pen = ImageDraw.Draw(page)
    for _ in range(how.get("specks", 0)):
        x, y, radius = rng.randrange(size[0]), rng.randrange(size[1]), rng.choice((.5, 1, 1.5))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return page


def finish(page, mask, how):
    """What the file holds: margins, transparency, colours no more than needed."""
    if "margin" in how:
        framed = Image.new("RGB", (page.width + 2 * how["margin"], page.height + 2 * how["margin"]), "white")
        framed.paste(page, (how["margin"], how["margin"]))
        page = framed
    if "transparent" in how:
        clear = Image.new("RGBA", page.size, (0, 0, 0, 0))
        clear.putalpha(mask)
        return clear
    grey = all(isinstance(how.get(key, 0), int) for key in ("ink", "paper")) and "ruled" not in how
    return page.convert("L") if grey else page


def expected(name):
    """What a clean image should become, made with Pillow alone: 28 lines of 28 hexadecimal digits, 0 black to f white."""
    digit, tool, how = IMAGES[name]
    image = Image.open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name)).convert("L")
    if how.get("ink", 30) < how.get("paper", 245):
        image = image.point(lambda value: 255 - value)
    low, high = image.getextrema()
    image = image.point(lambda value: round((value - low) * 255 / (high - low)))
    image = image.crop(image.point(lambda value: 255 * (value > 100)).getbbox())
    scale = 20 / max(image.size)
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.BOX)
    mass = [(x, y, image.getpixel((x, y))) for y in range(image.height) for x in range(image.width)]
    total = sum(m for _, _, m in mass)
    left = round(14 - sum((x + .5) * m for x, _, m in mass) / total)
    top = round(14 - sum((y + .5) * m for _, y, m in mass) / total)
    frame = Image.new("L", (28, 28), 0)
    frame.paste(image, (min(max(left, 0), 28 - image.width), min(max(top, 0), 28 - image.height)))
    return [name] + ["".join("%x" % (frame.getpixel((x, y)) // 16) for x in range(28)) for y in range(28)]


CLEAN = ["0-plain.png", "2-rotated.png", "7-bold.png"]


def main(folder):
    for number, (name, (digit, tool, how)) in enumerate(IMAGES.items()):
        rng = random.Random(1000 + number)
        size = how.get("size", (200, 240))
        mask = ink_mask(digit, tool, how, size, rng)
        page = finish(paint(mask, how, rng), mask, how)
        options = dict(quality=how["quality"]) if name.endswith(".jpg") else dict(optimize=True)
        if "orientation" in how:  # the camera was held upright, its sensor lay: 6 means "turn right to look at"
            page = page.transpose(Image.ROTATE_90)
            exif = Image.Exif()
            exif[0x0112] = how["orientation"]
            options["exif"] = exif
        page.save(os.path.join(folder, name), **options)
    with open(os.path.join(folder, "expected.txt"), "w") as file:
        file.writelines(line + "\n" for name in CLEAN for line in expected(name))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
