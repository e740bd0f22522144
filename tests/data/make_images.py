#!/usr/bin/python3
# make_images: the image files that tests read, of every kind that PNG and JPEG have.
# SPDX-License-Identifier: MIT
"""tests/data/make_images.py      writes tests/data/images/ (needs Pillow: Debian's python3-pil)

All show the same 13x9 pixels: grey g = 8 y + 10 x, or RGB (g, 255 - g, 40 + 2 y)."""
import os, struct, zlib

from PIL import Image, ImageOps

WIDTH, HEIGHT = 13, 9
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "images"))


def grey(x, y):
    return 8 * y + 10 * x


def make(mode, pixel):
    image = Image.new(mode, (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), pixel(x, y))
    return image


def rgb(x, y):
    return grey(x, y), 255 - grey(x, y), 40 + 2 * y


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(path, depth, colour, rows, interlaced=0, extra=b""):
    """A PNG written by hand, for what Pillow does not write; rows: the filtered rows of all passes."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, interlaced)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


g, c = make("L", grey), make("RGB", rgb)
g.save("grey.png")
c.save("rgb.png")
make("RGB", lambda x, y: (grey(x, y),) * 3).save("grey_as_rgb.png")
c.quantize(117).save("palette.png")
# Half transparent, then opaque, then clear: on white (g + 255) / 2, g, 255.
alpha = lambda x: (128, 255, 0)[x % 3]
make("LA", lambda x, y: (grey(x, y), alpha(x))).save("grey_alpha.png")
make("RGBA", lambda x, y: rgb(x, y) + (alpha(x),)).save("rgb_alpha.png")
make("RGBA", lambda x, y: (255, 255, 255, grey(x, y))).save("white_ink.png")
make("L", lambda x, y: 255 * ((x + y) % 2)).convert("1").save("bits.png")
png("grey16.png", 16, 0, b"".join(b"\0" + b"".join(struct.pack(">H", grey(x, y) * 257) for x in range(WIDTH)) for y in range(HEIGHT)))
png("key.png", 8, 0, b"".join(b"\0" + bytes(grey(x, y) for x in range(WIDTH)) for y in range(HEIGHT)), extra=chunk(b"tRNS", struct.pack(">H", 84)))
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
png("interlaced.png", 8, 0, b"".join(b"\0" + bytes(grey(x, y) for x in range(x0, WIDTH, dx)) for x0, y0, dx, dy in passes
                                     for y in range(y0, HEIGHT, dy) if x0 < WIDTH), interlaced=1)
# A text of a megabyte in a few hundred bytes: not to be unpacked.
png("text.png", 8, 0, b"".join(b"\0" + bytes(grey(x, y) for x in range(WIDTH)) for y in range(HEIGHT)),
    extra=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * (1 << 20), 9)))

g.save("grey.jpg", quality=95)
c.save("rgb.jpg", quality=95, subsampling=0)
c.save("progressive.jpg", quality=95, subsampling=0, progressive=True)
c.convert("CMYK").save("cmyk.jpg", quality=95)
undo = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE, 6: Image.ROTATE_90,
        7: Image.TRANSVERSE, 8: Image.ROTATE_270}
for turn, step in undo.items():
    exif = Image.Exif()
    exif[0x0112] = turn
    g.transpose(step).save(f"turn{turn}.jpg", quality=95, exif=exif)
    assert ImageOps.exif_transpose(Image.open(f"turn{turn}.jpg")).size == (WIDTH, HEIGHT)
