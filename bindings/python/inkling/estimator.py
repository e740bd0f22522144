"""What scikit-learn gives an estimator, and the same in small where it is not installed.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from .model import as_rows

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.multiclass import check_classification_targets, unique_labels
    HAS_SKLEARN = True
except ImportError:
    HAS_SKLEARN = False

    class NotFittedError(ValueError, AttributeError):  # type: ignore[no-redef]
        """The classifier was not fitted yet."""

    class BaseEstimator:  # type: ignore[no-redef]
        """get_params, set_params and a repr, as scikit-learn has them."""

        @classmethod
        def _get_param_names(cls) -> list[str]:
            return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """The parameters by name."""
            return {name: getattr(self, name) for name in self._get_param_names()}

        def set_params(self, **params: Any) -> Any:
            """Sets parameters by name, and returns the estimator. Raises ValueError for an unknown name."""
            names = self._get_param_names()
            for name, value in params.items():
                if name not in names:
                    raise ValueError(f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {names}")
                setattr(self, name, value)
            return self

        def __repr__(self) -> str:
            defaults = inspect.signature(type(self).__init__).parameters
            changed = [f"{name}={value!r}" for name, value in self.get_params().items() if repr(value) != repr(defaults[name].default)]
            return f"{type(self).__name__}({', '.join(changed)})"

    class ClassifierMixin:  # type: ignore[no-redef]
        """score, as scikit-learn has it."""
        _estimator_type = "classifier"

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            """The share of rows X (rows, features) whose answer is that of y (rows,)."""
            answers, y = self.predict(X), np.asarray(y)  # type: ignore[attr-defined]
            if answers.shape != y.shape:
                raise ValueError(f"y has the shape {y.shape}, expected {answers.shape}")
            return float(np.average(answers == y, weights=sample_weight))

_NO_LABELS = object()


def _check_alone(estimator: Any, X: Any, y: Any, reset: bool) -> Any:
    """What scikit-learn's checks say, in short."""
    if np.ndim(X) != 2:
        raise ValueError(f"Expected 2D array, got {np.ndim(X)}D array instead")
    X = as_rows(X)
    if 0 in X.shape:
        raise ValueError(f"Found array of shape {X.shape}: there must be at least one row and one feature")
    if not np.isfinite(X).all():
        raise ValueError("Input X contains NaN, infinity or a value too large for float32.")
    if reset:
        estimator.n_features_in_ = X.shape[1]
    elif X.shape[1] != estimator.n_features_in_:
        raise ValueError(f"X has {X.shape[1]} features, but {type(estimator).__name__} is expecting {estimator.n_features_in_} features as input")
    if y is _NO_LABELS:
        return X
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y.ravel()
    if y.shape != (len(X),):
        raise ValueError(f"y has the shape {y.shape}, but there are {len(X)} rows: expected {(len(X),)}")
    return X, y


def flat_images(estimator: Any, X: Any, reset: bool) -> Any:
    """Images (rows, height, width[, channels]) of two pixels a side and more as rows. Their shape is kept where X decides it, and asked for
    elsewhere; what is no such image is left as it is."""
    shape = (*X.shape[1:], 1)[:3] if getattr(X, "ndim", 0) in (3, 4) and min(X.shape[1:3]) > 1 and 0 not in X.shape else None
    if reset:
        estimator._image_shape = shape
    return np.reshape(X, (len(X), -1)) if shape is not None and shape == getattr(estimator, "_image_shape", None) else X


def check_rows(estimator: Any, X: Any, y: Any = _NO_LABELS, reset: bool = True) -> Any:
    """X as uint8 or float32 in C order, (rows, features), and y, if given, as an array (rows,). reset: X decides how many features there
    are, else it must have as many. Images (rows, height, width[, channels]) become rows. Raises ValueError."""
    X = flat_images(estimator, X, reset)
    if not HAS_SKLEARN:
        return _check_alone(estimator, X, y, reset)
    more: dict[str, Any] = dict(reset=reset, dtype=[np.float32, np.uint8], order="C")
    arguments = (X,) if y is _NO_LABELS else (X, y)
    with np.errstate(over="ignore"):  # an infinite number is refused
        if hasattr(estimator, "_validate_data"):
            return estimator._validate_data(*arguments, **more)
        from sklearn.utils.validation import validate_data  # since 1.6
        return validate_data(estimator, *arguments, **more)


def find_classes(y: np.ndarray) -> np.ndarray:
    """The classes of y in their order, (n_classes,). Raises ValueError for what is no list of classes."""
    if HAS_SKLEARN:
        check_classification_targets(y)
        return unique_labels(y)
    if y.dtype.kind == "f" and not (np.isfinite(y).all() and (y == np.floor(y)).all()):
        raise ValueError("Unknown label type: numbers that are not whole are no classes")
    try:
        return np.unique(y)
    except TypeError as error:
        raise ValueError(f"classes must be all numbers or all texts: {error}") from None


def _are_texts(values: np.ndarray) -> bool:
    return values.dtype.kind in "US" or (values.dtype.kind == "O" and isinstance(values.flat[0], (str, bytes)))


def number_classes(classes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """y (rows,) as places in the sorted classes, int32 (rows,). Raises ValueError for one that is not among them."""
    labels = np.zeros(len(y), np.int32)
    known = _are_texts(classes) == _are_texts(y)  # a text is no number, even where NumPy would compare them
    if known:
        labels = np.minimum(np.searchsorted(classes, y), len(classes) - 1).astype(np.int32)
        known = bool(np.all(classes[labels] == y))
    if not known:
        raise ValueError(f"y has classes that are not among {classes.tolist()}")
    return labels
