"""Trained models: loading, answering, saving, exporting.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import json
import os
import re
from ctypes import POINTER, byref, c_char_p, c_size_t, c_void_p, string_at
from typing import Any, Optional, Sequence, Union

import numpy as np

from .library import SINK, Columns, Context, KnownColumn, ModelInfo, Owner, Rows, Settings, Tensor, lib, thread_context
from .table import Given, Table, Words, is_frame

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


def _texts(texts: Optional[Sequence[str]], what: str) -> Any:
    """Texts as the library takes a list of them, NULL for none."""
    encoded = [text.encode(errors="replace") for text in texts or ()]
    if any(b"\0" in text for text in encoded):
        raise ValueError(f"the name of a {what} cannot hold a zero byte")
    return (c_char_p * len(encoded))(*encoded) if encoded else None


def _columns(given: Given) -> Columns:
    """What the columns of rows are."""
    columns = Columns(names=_texts(given.names, "column"))
    if any(given.words or ()):
        lists: Any = [_texts(words, "word") for words in given.words or ()]
        columns.words = (POINTER(c_char_p) * len(lists))(*lists)
        columns.counts = (c_size_t * len(lists))(*[len(words or ()) for words in given.words or ()])
    return columns


class Data(Owner):
    """An ink_data over arrays, which are kept alive but not copied: given.x (rows, features) as `as_rows` gives it; NaN are gaps. labels
    (rows,) int32 in 0..classes-1, or targets (rows, targets) float32 and their names; weights (rows,) float32; shape: (height, width,
    channels) of the images that rows are."""

    _free = lib.ink_data_free

    def __init__(self, context: Context, given: Given, labels: Optional[np.ndarray] = None, classes: tuple[str, ...] = (),
                 weights: Optional[np.ndarray] = None, shape: Optional[tuple[int, int, int]] = None,
                 targets: Optional[np.ndarray] = None, target_names: Optional[Sequence[str]] = None) -> None:
        handle, x = c_void_p(), given.x
        for array, kind, dims in ((labels, np.int32, 1), (weights, np.float32, 1), (targets, np.float32, 2)):
            if array is not None and (array.shape[:1] != (len(x),) or array.ndim != dims or array.dtype != kind or not array.flags.c_contiguous):
                raise ValueError(f"{array.shape} values do not go with {len(x)} rows")
        rows = Rows(rows=x.shape[0], features=x.shape[1], labels=address(labels), classes=len(classes), class_names=_texts(classes, "class"),
                    weights=address(weights))
        if targets is not None:
            rows.targets, rows.target_count, rows.target_names = address(targets), targets.shape[1], _texts(target_names, "target")
        if shape is not None:
            rows.height, rows.width, rows.channels = shape
        if x.dtype == np.uint8:
            rows.bytes = address(x)
        else:
            rows.floats = address(x)
        if given.names is None and given.plain:
            context.check(lib.ink_data_wrap(context.handle, byref(rows), byref(handle)))
        else:
            context.check(lib.ink_data_wrap_table(context.handle, byref(rows), byref(_columns(given)), byref(handle)))
        super().__init__(handle)
        self.arrays = (x, labels, weights, targets)


_TIME_OF_DAY = 8  # a date's form in the schema


class Model(Owner):
    """A trained network, as `load` and the estimators give it. It never changes, so that any number of threads may use it.

    Attributes
    ----------
    classes : array (n_classes,), in the order of the probabilities: numbers where all are integers, else strings; empty where the network
        answers with numbers
    targets : names of the numbers that it answers with, a tuple of texts; empty where it answers with classes
    outputs : how many values a row it answers with: one a class, or one a target, or of quantiles one each of a target, rising
    features : how many values a row has; of a table's dates each part is one
    columns : names of the features, a tuple of texts; empty where none are known
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
        self.features, self.parameters = int(info.features), int(info.parameters)
        self.notation, self.scaling = info.notation.decode(), info.scaling.decode()
        self.shape = (int(info.height), int(info.width), int(info.channels))
        self.hash = f"{info.hash:016x}"
        names = [lib.ink_model_class(handle, i).decode(errors="replace") for i in range(info.classes)]
        whole = all(re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", name) for name in names)
        self.classes = np.array([int(name) for name in names] if whole else names)
        self.outputs = int(info.outputs)
        targets = [] if info.classes else [lib.ink_model_target(handle, i) for i in range(self.outputs)]
        self.targets = tuple(name.decode(errors="replace") for name in targets if name is not None)  # of quantiles fewer than outputs
        known = json.loads(self.metadata("columns") or "[]")
        self.columns = tuple(map(str, known)) if isinstance(known, list) and len(known) == self.features else ()

    def _words(self) -> tuple[Words, ...]:
        """The words of each feature, None for numbers."""
        context, schema, column = thread_context(), c_void_p(), KnownColumn()
        context.check(lib.ink_schema_new(context.handle, self.handle, byref(schema)))
        words: list[Words] = [None] * self.features
        try:
            i = 0
            while lib.ink_schema_column(schema, i, byref(column)):
                if column.words:
                    words[column.first] = tuple(lib.ink_schema_word(schema, i, k).decode(errors="replace") for k in range(column.words))
                i += 1
        finally:
            lib.ink_schema_free(schema)
        return tuple(words)

    def _read_dates(self, name: str, texts: list[str]) -> np.ndarray:
        """Raw rows (n, features) in which the column of dates or times of this name has the values of n texts. Raises ValueError."""
        context, schema = thread_context(), c_void_p()
        context.check(lib.ink_schema_new(context.handle, self.handle, byref(schema)))
        rows = np.full((len(texts), self.features), np.nan, np.float32)
        try:
            column = lib.ink_schema_find(schema, name.encode())
            for i, text in enumerate(texts):
                context.check(lib.ink_schema_put(context.handle, schema, column, text.encode(), rows[i].ctypes.data))
        finally:
            lib.ink_schema_free(schema)
        return rows

    def _rows(self, x: Any) -> Given:
        """x as the model's raw rows."""
        if isinstance(x, Given):
            return x
        if not is_frame(x):
            return Given(as_rows(x))
        if not self.columns:
            raise ValueError("the model does not know the names of its columns; give it an array of numbers")
        forms = {str(field.get("name")): field["form"] for field in json.loads(self.metadata("schema") or "[]") if "form" in field}
        times = [name for name, form in forms.items() if form == _TIME_OF_DAY]
        return Table(self.columns, self._words(), times, list(forms), self._read_dates).rows(x)

    def _answers(self, x: Any, outputs: int, ask: Any = lib.ink_predict_data) -> np.ndarray:
        given = self._rows(x)
        rows, features = given.x.shape
        if features != self.features:
            raise ValueError(f"X has {features} features, but the model was trained on {self.features}")
        p = np.empty((rows, outputs), np.float32)
        if rows:
            context = thread_context()
            context.lines.clear()
            with Data(context, Given(given.x, None, given.words)) as data:
                context.check(ask(context.handle, self.handle, data.handle, p.ctypes.data))
            context.warn()
        return p

    def predict_proba(self, x: Any) -> np.ndarray:
        """The probabilities of the classes.

        x : array (rows, features) of raw values, NaN for gaps; uint8 or float32 in C order is not copied. Images (rows, height, width) do
            too, and a DataFrame of pandas where the model knows its columns by name: in any order, with others beside them
        Returns float32 (rows, n_classes). Raises ValueError for rows of another width, values that are infinite, gaps where the training rows
        had neither gaps nor words; warns of rows of another scale than those of the training, or far outside of them."""
        if self.targets:
            raise ValueError("the network answers with numbers, not with classes: use predict")
        return self._answers(x, len(self.classes))

    def predict(self, x: Any) -> np.ndarray:
        """The most probable class of each row of x (rows, features): an array (rows,) out of `classes`. Of a network that answers with
        numbers these, in the unit of its target: float32 (rows,), or (rows, outputs) where there are several."""
        if not self.targets:
            return self.classes[self.predict_proba(x).argmax(axis=1)]
        answers = self._answers(x, self.outputs)
        return answers[:, 0] if self.outputs == 1 else answers

    def predict_known(self, x: Any) -> np.ndarray:
        """How like rows x (rows, features) are to those of the training: float32 (rows,), from 0 to 1 the share of validation rows that are at
        least as unlike. Below 0.01 a row is nothing that the model knows; of rows like the training's 1 % are. Raises NotImplementedError
        where the model keeps nothing to tell it by, with the reason."""
        return self._answers(x, 1, lib.ink_known_data)[:, 0]

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
        answers = f"dense {self.outputs}" if self.targets else f"dense {len(self.classes)} softmax"
        return f"<inkling.Model: {self.features} inputs | {self.notation}{' | ' if self.notation else ''}{answers}>"


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
