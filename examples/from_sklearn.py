#!/usr/bin/env python3
# from_sklearn: a network of scikit-learn, alone or behind a scaler in a Pipeline, as an archive that Inkling imports.
# SPDX-License-Identifier: MIT
"""examples/from_sklearn.py NETWORK.pkl OUT.npz, then: inkling import OUT.npz -o model.safetensors

NETWORK.pkl is a pickled MLPClassifier, or Pipeline of StandardScaler or MinMaxScaler and MLPClassifier. Or call to_npz yourself."""
import pickle, sys
import numpy as np


def to_npz(path, network, scaler=None):
    W, b = list(network.coefs_), list(network.intercepts_)
    if network.out_activation_ == "logistic":  # two classes, one output z: the same as softmax of (0, z)
        W[-1], b[-1] = np.hstack([0 * W[-1], W[-1]]), np.append(0 * b[-1], b[-1])
    name = {"logistic": "sigmoid"}.get(network.activation, network.activation)
    arrays = {"notation": " | ".join(f"dense {w.shape[1]} {name}" for w in W[:-1]), "classes": network.classes_.astype(str)}
    if scaler is not None:  # (x - shift) factor; a MinMaxScaler computes x scale_ + min_
        arrays["scale_shift"] = scaler.mean_ if hasattr(scaler, "mean_") else -scaler.min_ / scaler.scale_
        arrays["scale_factor"] = 1 / scaler.scale_ if hasattr(scaler, "mean_") else scaler.scale_
    np.savez(path, **arrays, **{f"W{i}": w for i, w in enumerate(W, 1)}, **{f"b{i}": v for i, v in enumerate(b, 1)})


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        network = pickle.load(file)
    to_npz(sys.argv[2], *([network] if hasattr(network, "coefs_") else [network[-1], network[0]]))
