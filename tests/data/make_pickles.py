#!/usr/bin/env python3
"""make_pickles.py: writes the fixtures of pickles/ with Python and NumPy. Run it here again after a change.

SPDX-License-Identifier: MIT
"""
import gzip
import os
import pickle
import sys

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, "..")
import picklers

os.makedirs("pickles", exist_ok=True)

# same_*.pkl: twelve images of 4x5 and their labels in every layout: pixel i of all is 37 i mod 256, label r is r mod 3.
x = (np.arange(240) * 37 % 256).astype("u1").reshape(12, 4, 5)
y = np.arange(12) % 3
layouts = {
    "pairs": [(x[i], int(y[i])) for i in range(12)],
    "scalars": [(x[i], y[i]) for i in range(12)],
    "lists": [(x[i].tolist(), int(y[i])) for i in range(12)],
    "turned": [[int(y[i]), x[i].tolist()] for i in range(12)],
    "onehot": [(x[i], np.eye(3)[y[i]].reshape(3, 1)) for i in range(12)],
    "floats": [(x[i].astype("f8").tolist(), float(y[i])) for i in range(12)],
    "xy": (x, y),
    "dict": {"data": x, "target": y.tolist(), "names": ["a", None, {"b": 1.5}]},
    "matrix": {"X": x.tolist(), "y": np.eye(3)[y].tolist()},
    "valid": ((x[:8], y[:8]), (x[8:], y[8:]), (x[:4], y[:4])),
    "fortran": [np.asfortranarray(x.astype(">i4")), y.astype(">f4")],
    "objects": (x, np.array([str(label) for label in y], dtype=object)),
}
for protocol in range(6):
    for name, value in layouts.items():
        if protocol in (0, 2, 5) or name in ("pairs", "xy", "lists"):
            with open(f"pickles/same_{name}_{protocol}.pkl", "wb") as file:
                pickle.dump(value, file, protocol)
for protocol in range(3):
    for name in ("pairs", "valid", "lists", "dict"):
        with open(f"pickles/same_{name}_python2_{protocol}.pkl", "wb") as file:
            file.write(picklers.python2(layouts[name], protocol))
for protocol in (2, 4, 5):
    with open(f"pickles/same_pairs_numpy2_{protocol}.pkl", "wb") as file:
        file.write(picklers.numpy2(layouts["pairs"], protocol))
with open("pickles/same_packed.pkl.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as file:
    file.write(picklers.python2(layouts["valid"], 2))
with open("pickles/same_two_in_a_row.pkl", "wb") as file:
    pickle.dump(x, file)
    pickle.dump(y, file)

# The same rows in other formats.
os.makedirs("same", exist_ok=True)
np.savez("same/rows.npz", x_train=x, y_train=y)
np.save("same/X.npy", np.asfortranarray(x.reshape(12, 20).astype(">f8")))
np.save("same/y.npy", y.astype("U1"))
names = [f"p{i}" for i in range(20)]
lines = [[str(value) for value in row] + [str(label)] for row, label in zip(x.reshape(12, 20), y)]
with open("same/rows.csv", "w") as file:
    file.write("".join(",".join(line) + "\n" for line in [names + ["label"]] + lines))
with open("same/rows.arff", "w") as file:
    file.write("@relation same\n" + "".join(f"@attribute {name} numeric\n" for name in names) + "@attribute class {0,1,2}\n@data\n")
    file.write("".join(",".join(line) + "\n" for line in lines))
for name, array in (("images-idx3-ubyte", x), ("labels-idx1-ubyte", y)):
    with open("same/" + name, "wb") as file:
        file.write(bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape) + array.astype("u1").tobytes())

# types.pkl: arrays of one value, 3, in every type, for each byte order.
types = {order + kind: np.full((2, 2), 3, order + kind) for order in "<>" for kind in "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8".split()}
with open("pickles/types.pkl", "wb") as file:
    pickle.dump(types, file, 3)

# Weights, as they are pickled: W of a network 4-3-2 is (in, out), value i of array a is 100 a + i.
W1, b1, W2, b2 = np.arange(12.0).reshape(4, 3), 100 + np.arange(3.0), 200 + np.arange(6.0).reshape(3, 2), 300 + np.arange(2.0)
weights = {
    "dict": {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "epochs": 7, "note": "hidden 3"},
    "lists": {"w1": W1.tolist(), "b1": b1.tolist(), "w2": W2.tolist(), "b2": b2.tolist()},
    "sklearn": {"coefs_": [W1, W2], "intercepts_": [b1, b2]},
    "flat": [W1, b1, W2, b2],
    "pairs": [(W1.tolist(), b1.tolist()), (W2.tolist(), b2.tolist())],
    "turned": {"weights": [W1.T, W2.T], "biases": [b1.reshape(3, 1), b2.reshape(2, 1)]},
}
for name, value in weights.items():
    with open(f"pickles/weights_{name}.pkl", "wb") as file:
        pickle.dump(value, file, 2)
