#!/usr/bin/env python3
# from_sklearn: a network of scikit-learn, alone or behind a scaler in a Pipeline, as an archive that Inkling imports.
# SPDX-License-Identifier: MIT
"""examples/from_sklearn.py NETWORK.pkl OUT.npz, then: inkling import OUT.npz -o model.safetensors

NETWORK.pkl is a pickled MLPClassifier, or a Pipeline of scalers of the table below and an MLPClassifier. Or call to_npz yourself. What would
not come out the same is refused by its name."""
import pickle, sys
import numpy as np


def standard(s):
    return s.mean_ if s.with_mean else 0, 1 / s.scale_ if s.with_std else 1


def robust(s):
    return s.center_ if s.with_centering else 0, 1 / s.scale_ if s.with_scaling else 1


def min_max(s):  # computes x scale_ + min_
    if getattr(s, "clip", False):
        raise ValueError("MinMaxScaler(clip=True) bounds what lies outside the training range; a network's scaling cannot: refit with clip=False")
    return -s.min_ / s.scale_, s.scale_


# What a scaler makes of x: (x - shift) factor, both as numbers or one a column.
SCALERS = {
    "StandardScaler": standard,
    "RobustScaler": robust,
    "MinMaxScaler": min_max,
    "MaxAbsScaler": lambda s: (0, 1 / s.scale_),
}
ACTIVATIONS = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "identity": "identity"}


def scaling(scalers, features):
    """shift and factor of scalers one behind the other: ((x - a) b - c) d = (x - (a + c / b)) (b d)"""
    shift, factor = np.zeros(features), np.ones(features)
    for scaler in scalers:
        name = type(scaler).__name__ if scaler is not None else None
        if scaler is None or isinstance(scaler, str) and scaler == "passthrough":
            continue
        if name not in SCALERS:
            raise ValueError(f"{name} is not a scaling by column that is known here ({', '.join(SCALERS)}): apply it to the data first")
        c, d = SCALERS[name](scaler)
        shift, factor = shift + c / factor, factor * d
    return shift, factor


def to_npz(path, network, *scalers):
    """Writes an MLPClassifier behind fitted scalers, in their order."""
    if not hasattr(network, "classes_") or not hasattr(network, "coefs_"):
        raise ValueError(f"{type(network).__name__} is not a fitted MLPClassifier")
    if network.out_activation_ not in ("softmax", "logistic") or np.ndim(network.classes_[0]) or network.coefs_[-1].shape[1] not in (1, len(network.classes_)):
        raise ValueError(f"an output of {network.out_activation_} for {network.n_outputs_} labels a row; expected one class a row")
    if network.out_activation_ == "logistic" and network.n_outputs_ != 1:
        raise ValueError("labels of several classes a row (multilabel) are not one class a row: train one network for each")
    W, b = list(network.coefs_), list(network.intercepts_)
    if network.out_activation_ == "logistic":  # two classes, one output z: the same as softmax of (0, z)
        W[-1], b[-1] = np.hstack([0 * W[-1], W[-1]]), np.append(0 * b[-1], b[-1])
    name = ACTIVATIONS[network.activation]
    arrays = {"notation": " | ".join(f"dense {w.shape[1]} {name}" for w in W[:-1]), "classes": network.classes_.astype(str)}
    shift, factor = scaling(scalers, len(W[0]))
    if np.any(shift != 0) or np.any(factor != 1):
        arrays.update(scale_shift=shift, scale_factor=factor)
    np.savez(path, **arrays, **{f"W{i}": w for i, w in enumerate(W, 1)}, **{f"b{i}": v for i, v in enumerate(b, 1)})


def main(source, target):
    with open(source, "rb") as file:
        network = pickle.load(file)
    steps = [network] if hasattr(network, "coefs_") else [step for _, step in network.steps]
    to_npz(target, steps[-1], *steps[:-1])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(f"from_sklearn: {error}")
