"""What a classifier and a regressor have in common: parameters as the library's settings, training, its history.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import operator
import sys
import threading
from ctypes import byref, c_void_p
from numbers import Real
from typing import Any, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from .estimator import BaseEstimator, NotFittedError
from .library import _CANCELLED, _DIVERGED, PROGRESS, Context, Epoch, Hooks, Settings, lib, watched
from .model import Data, Model
from .table import Given

# scikit-learn's names for what Inkling names otherwise
_ACTIVATIONS = {"logistic": "sigmoid"}
_SEEDS = 1 << 53
# settings of how files are read, which no rows in memory are
_OF_FILES = {"labels", "kind", "arrays", "label-column", "target", "task", "id-column", "drop", "columns", "header", "separator", "decimal", "missing", "class-names",
             "transpose", "limit", "shape"}


class Rows(NamedTuple):
    """What is trained on."""
    given: Given
    weights: Optional[np.ndarray]  # float32 (rows,)
    labels: Optional[np.ndarray] = None  # int32 (rows,)
    classes: tuple[str, ...] = ()
    targets: Optional[np.ndarray] = None  # float32 (rows, targets)
    target_names: Optional[Sequence[str]] = None


def row_weights(given: Any, rows: int) -> np.ndarray:
    """sample_weight as a number a row, (rows,). Raises ValueError."""
    weights = np.ones(rows)
    if given is not None:
        given = np.asarray(given, dtype=float)
        weights = np.full(rows, float(given)) if given.ndim == 0 else given.copy()
        if weights.shape != (rows,):
            raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(rows,)}!")
    return weights


def check_weights(weights: np.ndarray, what: str) -> Optional[np.ndarray]:
    """The weights of rows, (rows,), None if all are equal. Raises ValueError."""
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(weights).all() or (weights < 0).any() or not 0 < total < np.inf:
        raise ValueError(f"{what} must be finite, 0 or more, and not all 0")
    return None if (weights == weights[0]).all() else weights


class _Watch:
    """What is done at each pass: a line is printed, early stopping decides, and an end that was asked for is passed on."""

    def __init__(self, verbose: bool, patience: Optional[int], tol: float, numbers: bool) -> None:
        self.verbose, self.limit, self.tol, self.numbers = verbose, patience, tol, numbers
        self.stop = threading.Event()
        self.best, self.since, self.patient = -np.inf, 0, True
        self.error: Optional[BaseException] = None

    def __call__(self, _: Any, now: Any) -> bool:
        """The library's progress callback: False ends training."""
        try:
            row = now.contents.row
            return not self.stop.is_set() and (not row or self._passed(row.contents))
        except BaseException as error:  # noqa: B902: it is raised again behind the call
            self.error = error
            return False

    def _print(self, row: Epoch) -> None:
        score, name = (row.value("val_r2"), "R2") if self.numbers else (row.value("val_accuracy"), "accuracy")
        more = "" if np.isnan(score) else f", validation {name} = {score:.4f}"
        print(f"Iteration {row.epoch}, loss = {row.value('train_loss'):.8f}{more}", file=sys.stderr)

    def _passed(self, row: Epoch) -> bool:
        score = -row.value("val_loss") if self.numbers else row.value("val_accuracy")
        if self.verbose:
            self._print(row)
        self.since = 0 if score > self.best + self.tol else self.since + 1
        self.best = max(self.best, score)
        self.patient = self.limit is None or self.since < self.limit
        return self.patient


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"


class Network(BaseEstimator):
    """Parameters, training and history of a network with scikit-learn's interface."""

    model_: Model
    loss_curve_: list[float]

    # ------------------------------------------------------------ what the library is given

    def _seed(self, passes: int) -> int:
        """A number as it is, for the first pass; another for passes that follow, which would repeat the first one's order."""
        state = self.random_state
        if state is None:
            return int(np.random.default_rng().integers(_SEEDS))
        if isinstance(state, np.random.RandomState):
            return int(state.randint(1 << 31))
        if isinstance(state, np.random.Generator):
            return int(state.integers(_SEEDS))
        try:
            seed = operator.index(state)
        except TypeError:
            raise ValueError(f"random_state is {state!r}; it must be None, an integer, a RandomState or a Generator") from None
        if not 0 <= seed < _SEEDS:
            raise ValueError(f"random_state is {seed}; it must be in 0 to {_SEEDS - 1}")
        return (seed + passes) % _SEEDS

    def _patience(self) -> int:
        for name in ("n_iter_no_change", "tol"):
            if not isinstance(getattr(self, name), Real):
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be a number")
        if self.n_iter_no_change < 1:
            raise ValueError(f"n_iter_no_change is {self.n_iter_no_change}; it must be 1 or more")
        return int(self.n_iter_no_change)

    def _layers(self) -> dict[str, Any]:
        if self.net is not None:
            return {"net": self.net}
        sizes, more = self.hidden_layer_sizes, {"activation": _ACTIVATIONS.get(self.activation, self.activation), "dropout": self.dropout}
        if isinstance(sizes, str) and sizes == "auto":
            return more
        try:
            widths = [operator.index(size) for size in (sizes if hasattr(sizes, "__iter__") else [sizes])]
        except TypeError:
            raise ValueError(f"hidden_layer_sizes is {sizes!r}; it must be integers") from None
        return {"hidden": ",".join(map(str, widths)) or "0", **more}

    def _values(self, passes: int, hold_out: Any, **more: Any) -> dict[str, Any]:
        """Inkling's settings for these parameters: what is "auto" is left to it. more: these instead."""
        own = self.settings if self.settings is not None else {}
        if not isinstance(own, Mapping):
            raise ValueError(f"settings is {own!r}; it must be a dict")
        if isinstance(hold_out, str) and hold_out != "auto":
            raise ValueError(f"early_stopping is {hold_out!r}; it must be True, False or 'auto'")
        if _is_auto(hold_out):
            parts: dict[str, Any] = {}
        else:
            if hold_out and not 0 < self.validation_fraction < 1:
                raise ValueError(f"validation_fraction is {self.validation_fraction!r}; it must be above 0 and below 1")
            parts = {"val": self.validation_fraction if hold_out else 0, "keep": "best" if hold_out else "last"}
        values = {"optimizer": self.solver, "lr": self.learning_rate_init, "batch": self.batch_size, "epochs": self.max_iter, "l2": self.l2,
                  "scale": self.scale, "seed": self._seed(passes), "shuffle": "epoch" if self.shuffle else "none", "threads": self.threads,
                  **parts, **self._layers(), **more}
        return {**{name: value for name, value in values.items() if not _is_auto(value)}, **{str(name).replace("-", "_"): own[name] for name in own}}

    # ----------------------------------------------------------------------------- training

    def _train(self, rows: Rows, values: dict[str, Any], start: Optional[Model], hold_out: Any) -> None:
        """Trains and takes over what came out, also where that ends with an exception."""
        stops = bool(hold_out) and not _is_auto(hold_out)
        watch = _Watch(bool(self.verbose), self._patience() if stops else None, self.tol, rows.targets is not None)
        if start is not None and not rows.given.plain and start.metadata("encoding") is None:
            raise ValueError("Input X contains NaN: the rows that training continues from had no gaps; fit anew with these rows among them")
        hooks = Hooks(progress=PROGRESS(watch))
        context, model, run, failure = Context(), c_void_p(), c_void_p(), None
        shape = getattr(self, "_image_shape", None)
        with Settings(context, values) as settings, Data(context, rows.given, rows.labels, rows.classes, rows.weights, shape, rows.targets,
                                                         rows.target_names) as data:
            try:
                status = watched(lambda: lib.ink_train_from(context.handle, data.handle, settings.handle, byref(hooks),
                                                            start.handle if start else None, byref(model), byref(run)), watch.stop)
            except BaseException as error:  # noqa: B902: it is raised again below
                status, failure = _CANCELLED, error
            self._warn_idle(context)
            try:
                if model:
                    self._take(Model(model))
                    self._take_history(run, start is not None, hold_out, rows.targets is not None)
            finally:
                lib.ink_run_free(run)
            failure = failure or watch.error
            if failure is not None:
                raise failure
            if watch.patient or not model or status == _DIVERGED:
                context.check(status)
            else:
                self.ended_ = f"no improvement for {self.n_iter_no_change} passes"

    def _warn_idle(self, context: Context) -> None:
        """Warns of what settings have that does nothing: of files and of searches, and as the library notes it."""
        given = [str(name).replace("_", "-") for name in self.settings or {}]
        context.lines.extend(f"{name} has no effect: the rows are in memory".encode() for name in given if name in _OF_FILES)
        context.warn(given)

    def _take(self, model: Model) -> None:
        self.model_ = model

    def _take_history(self, run: c_void_p, goes_on: bool, hold_out: Any, numbers: bool) -> None:
        rows = [lib.ink_run_epoch(run, i).contents for i in range(lib.ink_run_epochs(run))]
        losses, scores = [row.value("train_loss") for row in rows], [row.value("val_r2" if numbers else "val_accuracy") for row in rows]
        self.loss_curve_ = (self.loss_curve_ if goes_on else []) + losses
        self.n_iter_ = len(self.loss_curve_)
        self.loss_, self.best_loss_ = self.loss_curve_[-1], min(self.loss_curve_)
        older = getattr(self, "validation_scores_", None) if goes_on else None
        has = not np.isnan(scores).all() if _is_auto(hold_out) else bool(hold_out)
        self.validation_scores_ = (older or []) + scores if has else None
        self.best_validation_score_ = max(self.validation_scores_) if self.validation_scores_ else None
        self.n_layers_ = self.model_.notation.count("dense ") + 2
        self.n_outputs_, self.out_activation_ = (self.model_.outputs, "identity") if numbers else (len(self.model_.classes), "softmax")
        self.ended_ = lib.ink_run_ended(run).decode(errors="replace")

    # ---------------------------------------------------------------------------- answering

    def _fitted(self) -> Model:
        model = getattr(self, "model_", None)
        if model is None:
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call 'fit' before using this estimator.")
        return model

    def _more_tags(self) -> dict[str, Any]:
        return {"preserves_dtype": [], "allow_nan": True, "_xfail_checks": {
            "check_sample_weights_invariance": "rows of weight 0 are left out, but the check shuffles the others, and sums in single "
                                               "precision depend on the order of rows"}}

    def __sklearn_tags__(self) -> Any:
        """The same, since scikit-learn 1.6."""
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = True
        return tags
