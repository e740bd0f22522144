#!/usr/bin/env python3
"""make.py: writes the fixtures of this folder with NumPy, the format's owner. Run it here again after a change.

SPDX-License-Identifier: MIT
"""
import gzip
import os
import struct

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
os.makedirs("types", exist_ok=True)
os.makedirs("tiny", exist_ok=True)

# types/: the same array in every type and byte order that is read: value at [i, j] is 3 i + j (bool: whether that is odd).
values = np.arange(12).reshape(4, 3)
for kind in "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8".split():
    for order, name in (("<", "little"), (">", "big")):
        np.save(f"types/{kind}_{name}.npy", values.astype(order + kind))
np.save("types/b1.npy", values % 2 == 1)
for kind in "u1 f4 f8".split():
    np.save(f"types/{kind}_fortran.npy", np.asfortranarray(values.astype(kind)))
    np.save(f"types/{kind}_fortran3.npy", np.asfortranarray(np.arange(24).reshape(4, 2, 3).astype(kind)))
halves = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.103515625e-05, 5.9604644775390625e-08, 0.333251953125]
np.save("types/halves.npy", np.array(halves, "<f2").reshape(8, 1))
for version in (2, 3):
    with open(f"types/version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, values.astype("<f4"), version=(version, 0))

# What cannot be read, and is refused by name.
np.save("objects.npy", np.array([[1, "two"], [None, 4]], dtype=object))
np.save("texts.npy", np.array(["cat", "dog"]))
np.save("records.npy", np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]))
np.save("complex.npy", np.ones((2, 2), "<c8"))
np.save("five.npy", np.ones((1, 1, 1, 1, 1), "<f4"))

# Archives, as Keras and np.savez write them: pixel = row + position.
x = (np.arange(20)[:, None] + np.arange(6)[None, :]).astype("u1").reshape(20, 2, 3)
y = (np.arange(20) % 4).astype("i8")
np.savez_compressed("keras.npz", x_train=x[:15], y_train=y[:15], x_test=x[15:], y_test=y[15:])
np.savez("pair.npz", X=x.reshape(20, 6).astype("f8") / 8, y=y, extra=np.array([None]))
np.savez("unnamed.npz", x, y)
np.savez("alone.npz", x=x)
np.savez("strange.npz", foo=x, bar=y)
np.savez("lopsided.npz", x_train=x, y_train=y, x_test=x)
np.savez("empty.npz")
np.savez("weights.npz", W1=np.arange(6, dtype="f8").reshape(2, 3) / 4, b1=np.zeros(3, "f4"), n=np.array(7))


def idx(name, array):
    """Writes one gzipped IDX file of bytes."""
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    with open(f"tiny/{name}.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as file:
        file.write(head + array.astype("u1").tobytes())


# tiny/: four IDX files of 5x4 images in 3 classes, a bright column that tells the class.
labels = np.arange(72) * 7 % 3
images = np.arange(72 * 20).reshape(72, 5, 4) % 50
images[np.arange(72), :, labels] += 200
idx("train-images-idx3-ubyte", images[:60])
idx("train-labels-idx1-ubyte", labels[:60])
idx("t10k-images-idx3-ubyte", images[60:])
idx("t10k-labels-idx1-ubyte", labels[60:])
