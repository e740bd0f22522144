"""Trained models: loading, answering, saving, exporting.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import os
import re
from ctypes import byref, c_char_p, c_size_t, c_void_p, string_at
from typing import Any, Optional, Union

import numpy as np

from .library import SINK, Context, ModelInfo, Owner, Rows, Settings, Tensor, lib, thread_context

Path = Union[str, "os.PathLike[str]"]


def as_rows(x: Any) -> np.ndarray:
    """x as the library takes it: uint8 or float32, C order, (rows, features). An array that is so already is not copied; images
    (rows, height, width[, channels]) are flattened. Raises ValueError for what is not rows of numbers."""
    x = np.asarray(x)
    if x.dtype.kind not in "buifO":
        raise ValueError(f"expected rows of real numbers, got an array of {x.dtype}")
    if x.dtype != np.uint8:
        try:
            with np.errstate(over="ignore"):  # an infinite number is refused later, with its place
                x = np.asarray(x, dtype=np.float32)
        except TypeError as error:
            raise ValueError(f"expected rows of numbers, as a dense array: {error}") from None
    if x.ndim > 2:
        x = x.reshape(len(x), -1)
    if x.ndim != 2:
        raise ValueError(f"expected rows of features, an array of 2 dimensions, got {x.ndim}; of one row, x.reshape(1, -1) makes one")
    return np.ascontiguousarray(x)


def path_of(path: Path) -> bytes:
    """A path as the library takes it."""
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise ValueError(f"a path cannot hold a zero byte: {path!r}")
    return encoded


def address(array: Optional[np.ndarray]) -> Optional[int]:
    return None if array is None else array.ctypes.data


class Data(Owner):
    """An ink_data over arrays, which are kept alive but not copied: x (rows, features) as `as_rows` gives it, labels (rows,) int32 in
    0..classes-1, weights (rows,) float32; shape: (height, width, channels) of the images that rows are."""

    _free = lib.ink_data_free

    def __init__(self, context: Context, x: np.ndarray, labels: Optional[np.ndarray] = None, classes: tuple[str, ...] = (),
                 weights: Optional[np.ndarray] = None, shape: Optional[tuple[int, int, int]] = None) -> None:
        handle = c_void_p()
        for array, kind in ((labels, np.int32), (weights, np.float32)):
            if array is not None and (array.shape != (len(x),) or array.dtype != kind or not array.flags.c_contiguous):
                raise ValueError(f"{array.shape} values do not go with {len(x)} rows")
        encoded = [name.encode(errors="replace") for name in classes]
        if any(b"\0" in name for name in encoded):
            raise ValueError("the name of a class cannot hold a zero byte")
        names = (c_char_p * len(classes))(*encoded) if classes else None
        rows = Rows(rows=x.shape[0], features=x.shape[1], labels=address(labels), classes=len(classes), class_names=names,
                    weights=address(weights))
        if shape is not None:
            rows.height, rows.width, rows.channels = shape
        if x.dtype == np.uint8:
            rows.bytes = address(x)
        else:
            rows.floats = address(x)
        context.check(lib.ink_data_wrap(context.handle, byref(rows), byref(handle)))
        super().__init__(handle)
        self.arrays = (x, labels, weights)


class Model(Owner):
    """A trained network, as `load` and `InklingClassifier` give it. It never changes, so that any number of threads may use it.

    Attributes
    ----------
    classes : array (n_classes,), in the order of the probabilities: numbers where all are integers, else strings
    features : how many values a row has
    notation : the hidden layers, "dense 100 relu"
    scaling : "none", "255", "minmax" or "standard"; rows are given raw, the scaling is inside
    shape : (height, width, channels) of a row; height is 1 where no shape of an image is known
    parameters : how many weights and biases
    hash : of the weights, as `inkling show` prints it
    """

    _free = lib.ink_model_free

    def __init__(self, handle: c_void_p) -> None:
        super().__init__(handle)
        info = ModelInfo()
        lib.ink_model_describe(handle, byref(info))
        if not info.classes:
            self.close()
            raise NotImplementedError("the network answers with numbers, and this package is for classes only so far")
        self.features, self.parameters = int(info.features), int(info.parameters)
        self.notation, self.scaling = info.notation.decode(), info.scaling.decode()
        self.shape = (int(info.height), int(info.width), int(info.channels))
        self.hash = f"{info.hash:016x}"
        names = [lib.ink_model_class(handle, i).decode(errors="replace") for i in range(info.classes)]
        whole = all(re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", name) for name in names)
        self.classes = np.array([int(name) for name in names] if whole else names)

    def predict_proba(self, x: Any) -> np.ndarray:
        """The probabilities of the classes.

        x : array (rows, features) of raw values; uint8 or float32 in C order is not copied. Images (rows, height, width) do too.
        Returns float32 (rows, n_classes). Raises ValueError for rows of another width and values that are not finite; warns of rows of
        another scale than those of the training, or far outside of them."""
        x = as_rows(x)
        if x.shape[1] != self.features:
            raise ValueError(f"X has {x.shape[1]} features, but the model was trained on {self.features}")
        p = np.empty((len(x), len(self.classes)), np.float32)
        if len(x):
            context = thread_context()
            context.lines.clear()
            with Data(context, x) as data:
                context.check(lib.ink_predict_data(context.handle, self.handle, data.handle, p.ctypes.data))
            context.warn()
        return p

    def predict(self, x: Any) -> np.ndarray:
        """The most probable class of each row of x (rows, features): an array (rows,) out of `classes`."""
        return self.classes[self.predict_proba(x).argmax(axis=1)]

    def save(self, path: Path) -> None:
        """Writes a .safetensors file, whole or not at all: what `inkling eval` and the other commands take, and `load`."""
        context = thread_context()
        context.check(lib.ink_model_save(context.handle, self.handle, path_of(path)))

    def export(self, path: Path, to: Optional[str] = None) -> None:
        """Writes the model for another program: "onnx", "c", "npz" or "json"; to None: by the path's ending."""
        form = to or os.path.splitext(os.fsdecode(path))[1].lstrip(".")
        context = thread_context()
        context.check(lib.ink_model_export(context.handle, self.handle, form.encode(errors="replace"), path_of(path)))

    def metadata(self, key: str) -> Optional[str]:
        """A text of the model's metadata ("settings", "metrics", "seed", …), None if there is none."""
        text = lib.ink_model_metadata(self.handle, key.encode())
        return None if text is None else text.decode(errors="replace")

    def weights(self) -> dict[str, np.ndarray]:
        """All tensors by their names in the model file, copied: "dense1.weight" (outputs, inputs), "dense1.bias", …, "scale.shift"."""
        context, tensor, tensors = thread_context(), Tensor(), {}
        while lib.ink_model_tensor(self.handle, len(tensors), byref(tensor)):
            values = np.empty(tuple(tensor.dims[:tensor.rank]), np.float32)
            context.check(lib.ink_model_get_tensor(context.handle, self.handle, tensor.name, tensor.count, values.ctypes.data))
            tensors[tensor.name.decode()] = values
        return tensors

    def _with(self, tensors: dict[str, np.ndarray]) -> "Model":
        """A copy that has these tensors in place of its own."""
        context, copy = thread_context(), Model.from_bytes(self.to_bytes())
        for name, values in tensors.items():
            values = np.ascontiguousarray(values, np.float32)
            dims = (c_size_t * values.ndim)(*values.shape)
            context.check(lib.ink_model_set_tensor(context.handle, copy.handle, name.encode(), dims, values.ndim, values.ctypes.data))
        return copy

    def to_bytes(self) -> bytes:
        """The content of the model file."""
        context, pieces = thread_context(), []

        def keep(_: Any, start: int, count: int) -> bool:
            pieces.append(string_at(start, count))
            return True

        context.check(lib.ink_model_write(context.handle, self.handle, SINK(keep), None))
        return b"".join(pieces)

    @staticmethod
    def from_bytes(content: bytes) -> "Model":
        """From what to_bytes gave."""
        context, handle = thread_context(), c_void_p()
        context.check(lib.ink_model_read(context.handle, content, len(content), b"the model's bytes", byref(handle)))
        return Model(handle)

    def __reduce__(self) -> Any:
        return Model.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"<inkling.Model: {self.features} inputs | {self.notation}{' | ' if self.notation else ''}dense {len(self.classes)} softmax>"


def load(path: Path) -> Model:
    """Opens a model file (.safetensors), whoever trained it.

    Raises FileNotFoundError; InklingError, which is a ValueError then, for a damaged file."""
    context, handle = thread_context(), c_void_p()
    context.check(lib.ink_model_load(context.handle, path_of(path), byref(handle)))
    return Model(handle)


def import_model(path: Path, **settings: Any) -> Model:
    """A model from another program's file, as `inkling import` makes it: ONNX, JSON, .npz or a pickle of arrays.

    settings : activation="tanh", init_layout="out-in", for arrays that do not say"""
    context, handle = thread_context(), c_void_p()
    with Settings(context, settings) as values:
        context.check(lib.ink_model_import(context.handle, path_of(path), values.handle, byref(handle)))
    return Model(handle)
