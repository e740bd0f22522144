#!/usr/bin/env python3
# read_export: computes a model's answers with NumPy from its exported .npz, and compares them with the program's.
# SPDX-License-Identifier: MIT
"""read_export.py WEIGHTS.npz X.npy ANSWERS.csv    (answers by `inkling predict --proba`; a network of relu layers)"""
import csv, sys
import numpy as np

weights = np.load(sys.argv[1])  # without allow_pickle
x = np.load(sys.argv[2]).astype("f8")
x = (x - weights["scale_shift"]) * weights["scale_factor"]
layers = sum(name.startswith("W") for name in weights.files)
for layer in range(1, layers + 1):
    x = x @ weights[f"W{layer}"].astype("f8") + weights[f"b{layer}"]
    if layer < layers:
        x = np.maximum(x, 0)
p = np.exp(x - x.max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
with open(sys.argv[3], newline="") as file:
    rows = list(csv.reader(file))
said = np.array([row[2:] for row in rows[1:]], "f8")
assert [name[2:] for name in rows[0][2:]] == list(weights["classes"]), "the classes' names"
assert said.shape == p.shape and abs(said - p).max() < 1e-5, abs(said - p).max()
assert str(weights["notation"][0]).startswith("dense"), "the notation"
print(f"{len(p)} rows, largest difference {abs(said - p).max():.1e}")
