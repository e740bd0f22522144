"""What scikit-learn gives an estimator, and the same in small where it is not installed.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from .model import as_rows
from .table import Given, Table, is_frame, is_plain

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import NotFittedError
    from sklearn.utils import check_array, check_X_y
    from sklearn.utils.multiclass import check_classification_targets, unique_labels
    HAS_SKLEARN = True
except ImportError:
    HAS_SKLEARN = False

    class NotFittedError(ValueError, AttributeError):  # type: ignore[no-redef]
        """The estimator was not fitted yet."""

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

    class RegressorMixin:  # type: ignore[no-redef]
        """score, as scikit-learn has it."""
        _estimator_type = "regressor"

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            """R2 of the answers for rows X (rows, features) to y (rows,), or its mean over several targets."""
            answers, y = self.predict(X), np.asarray(y, dtype=float)  # type: ignore[attr-defined]
            if answers.shape != y.shape:
                raise ValueError(f"y has the shape {y.shape}, expected {answers.shape}")
            spread = np.average((y - np.average(y, axis=0, weights=sample_weight)) ** 2, axis=0, weights=sample_weight)
            missed = np.average((y - answers) ** 2, axis=0, weights=sample_weight)
            of_none = np.where(missed == 0, 1.0, 0.0)  # where y does not vary
            return float(np.mean(np.where(spread > 0, 1 - missed / np.where(spread > 0, spread, 1), of_none)))

_NO_LABELS = object()


def _check_labels(y: Any, rows: int, numbers: bool) -> np.ndarray:
    """What scikit-learn's checks say of y, in short."""
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1 and not numbers:
        y = y.ravel()
    if y.shape[:1] != (rows,) or y.ndim > 1 + numbers or 0 in y.shape:
        raise ValueError(f"y has the shape {y.shape}, but there are {rows} rows: expected {(rows,)}")
    return y


def _check_alone(estimator: Any, X: Any, reset: bool) -> np.ndarray:
    """What scikit-learn's checks say of X, in short."""
    if np.ndim(X) != 2:
        raise ValueError(f"Expected 2D array, got {np.ndim(X)}D array instead")
    if is_frame(X):
        check_names(estimator, X, reset, ordered=True)
    X = as_rows(X)
    if 0 in X.shape:
        raise ValueError(f"Found array of shape {X.shape}: there must be at least one row and one feature")
    if np.isinf(X).any():
        raise ValueError("Input X contains infinity or a value too large for float32.")
    if reset:
        estimator.n_features_in_ = X.shape[1]
    elif X.shape[1] != estimator.n_features_in_:
        raise ValueError(f"X has {X.shape[1]} features, but {type(estimator).__name__} is expecting {estimator.n_features_in_} features as input")
    return X


def _list(title: str, names: Any) -> str:
    names = sorted(names)
    return f"{title}:\n" + "".join(f"- {name}\n" for name in names[:5]) + ("- ...\n" if len(names) > 5 else "")


def check_names(estimator: Any, frame: Any, reset: bool, ordered: bool) -> None:
    """Keeps the names of a table's columns, or compares them with those kept, as scikit-learn does. Raises ValueError."""
    names = list(frame.columns)
    texts = all(isinstance(name, str) for name in names)
    if reset:
        vars(estimator).pop("feature_names_in_", None)
        estimator.n_features_in_ = len(names)
        if texts:
            estimator.feature_names_in_ = np.array(names, dtype=object)
        return
    known = getattr(estimator, "feature_names_in_", None)
    if known is None or not texts or (names == list(known) if ordered else set(names) == set(known)):
        return
    unseen, missing = set(names) - set(known), set(known) - set(names)
    lines = "The feature names should match those that were passed during fit.\n"
    lines += _list("Feature names unseen at fit time", unseen) if unseen else ""
    lines += _list("Feature names seen at fit time, yet now missing", missing) if missing else ""
    raise ValueError(lines if unseen or missing else lines + "Feature names must be in the same order as they were in fit.\n")


def flat_images(estimator: Any, X: Any, reset: bool) -> Any:
    """Images (rows, height, width[, channels]) of two pixels a side and more as rows. Their shape is kept where X decides it, and asked for
    elsewhere; what is no such image is left as it is."""
    shape = (*X.shape[1:], 1)[:3] if getattr(X, "ndim", 0) in (3, 4) and min(X.shape[1:3]) > 1 and 0 not in X.shape else None
    if reset:
        estimator._image_shape = shape
    return np.reshape(X, (len(X), -1)) if shape is not None and shape == getattr(estimator, "_image_shape", None) else X


def _check_frame(estimator: Any, X: Any, reset: bool) -> Given:
    """The rows of a table with words, dates or gaps in columns that NumPy has no numbers for."""
    if 0 in X.shape:
        raise ValueError(f"Found array with 0 sample(s) or 0 feature(s) (shape={X.shape}) while a minimum of 1 is required.")
    table = Table.fit(X) if reset else estimator._table
    if not reset and table is None:  # the columns were NumPy's numbers, and need not be now
        names = [str(name) for name in getattr(estimator, "feature_names_in_", X.columns)]
        table = Table(names, [None] * len(names))
    check_names(estimator, X, reset, ordered=not reset and estimator._table is None)
    given = table.rows(X)
    if reset:
        estimator._table = table
    return given


def _check_with(estimator: Any, arguments: Any, **more: Any) -> Any:
    """scikit-learn's checks of rows: their number of features and their names, and y."""
    from inspect import signature
    gaps = "force_all_finite" if "force_all_finite" in signature(check_array).parameters else "ensure_all_finite"  # since 1.6
    more = {**more, gaps: "allow-nan", "dtype": [np.float32, np.uint8], "order": "C"}
    with np.errstate(over="ignore"):  # an infinite number is refused
        if "reset" not in more:
            return check_X_y(*arguments, **more)
        if hasattr(estimator, "_validate_data"):
            return estimator._validate_data(*arguments, **more)
        from sklearn.utils.validation import validate_data  # since 1.6
        return validate_data(estimator, *arguments, **more)


def check_rows(estimator: Any, X: Any, y: Any = _NO_LABELS, reset: bool = True, numbers: bool = False) -> Any:
    """X as the library takes it, and y, if given, as an array (rows,), or where it may be numbers for several targets (rows, targets). reset: X
    decides how many features there are, else it must have as many. Images (rows, height, width[, channels]) become rows. A DataFrame may
    hold words and dates. Raises ValueError."""
    X = flat_images(estimator, X, reset)
    table = is_frame(X) and (not is_plain(X) if reset else getattr(estimator, "_table", None) is not None or not is_plain(X))
    if not reset and not is_frame(X) and getattr(estimator, "_table", None) is not None:
        raise ValueError(f"this {type(estimator).__name__} was fitted on a table with words or dates; give it a DataFrame with these columns")
    some, of_y = y is not _NO_LABELS, {"multi_output": numbers, "y_numeric": numbers}
    if table:
        given = _check_frame(estimator, X, reset)
        if not some:
            return given
        return given, _check_with(estimator, (given.x, y), **of_y)[1] if HAS_SKLEARN else _check_labels(y, len(given.x), numbers)
    if reset:
        estimator._table = None
    names = tuple(X.columns) if is_frame(X) and all(isinstance(name, str) for name in X.columns) else None
    if HAS_SKLEARN:
        checked = _check_with(estimator, (X, y) if some else (X,), reset=reset, **(of_y if some else {}))
        return (Given(checked[0], names), checked[1]) if some else Given(checked, names)
    given = Given(_check_alone(estimator, X, reset), names)
    return (given, _check_labels(y, len(given.x), numbers)) if some else given


def take_rows(given: Given, some: np.ndarray) -> Given:
    """Those rows for which `some` (rows,) is true."""
    return given._replace(x=np.ascontiguousarray(given.x[some]))


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
