"""A classifier with scikit-learn's interface. scikit-learn is used where it is installed, and not needed.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import operator
import sys
import threading
import warnings
from ctypes import byref, c_void_p
from numbers import Real
from typing import Any, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from .estimator import BaseEstimator, ClassifierMixin, NotFittedError, check_rows, find_classes, number_classes
from .library import _CANCELLED, _DIVERGED, PROGRESS, Context, Epoch, Hooks, Settings, lib, watched
from .model import Data, Model

Weights = Union[None, str, Mapping[Any, float]]
_Rows = Tuple[np.ndarray, np.ndarray, Optional[np.ndarray]]  # x (rows, features), labels int32 (rows,), weights float32 (rows,)
# scikit-learn's names for what Inkling names otherwise
_ACTIVATIONS = {"logistic": "sigmoid"}
_SEEDS = 1 << 53


class _Watch:
    """What is done at each pass: a line is printed, early stopping decides, and an end that was asked for is passed on."""

    def __init__(self, verbose: bool, patience: Optional[int], tol: float) -> None:
        self.verbose, self.patience, self.tol = verbose, patience, tol
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

    def _passed(self, row: Epoch) -> bool:
        accuracy = row.value("val_accuracy")
        if self.verbose:
            more = "" if np.isnan(accuracy) else f", validation accuracy = {accuracy:.4f}"
            print(f"Iteration {row.epoch}, loss = {row.value('train_loss'):.8f}{more}", file=sys.stderr)
        self.since = 0 if accuracy > self.best + self.tol else self.since + 1
        self.best = max(self.best, accuracy)
        self.patient = self.patience is None or self.since < self.patience
        return self.patient


class _Late:
    """Columns that had a single value in partial_fit's first call, and their statistics until they have a scale."""

    FROM, TO = 20, 1000  # rows: from so many on a scale is taken, until so many it follows

    def __init__(self, x: np.ndarray, columns: np.ndarray, minmax: bool) -> None:
        """x (rows, features): the first call's rows; columns (n,): which of them do not vary."""
        self.columns, self.minmax, self.rows = columns, minmax, len(x)
        self.mean = x[0, columns].astype(float)
        self.squares, self.low, self.high = np.zeros(len(columns)), self.mean.copy(), self.mean.copy()

    def add(self, x: np.ndarray) -> None:
        """Takes the rows x (rows, features) in (Chan, Golub and LeVeque 1983)."""
        values = x[:, self.columns].astype(float)
        count, mean = len(values), values.mean(axis=0)
        away = mean - self.mean
        self.squares += ((values - mean) ** 2).sum(axis=0) + away ** 2 * self.rows * count / (self.rows + count)
        self.mean += away * count / (self.rows + count)
        self.low, self.high = np.minimum(self.low, values.min(axis=0)), np.maximum(self.high, values.max(axis=0))
        self.rows += count

    def scaled(self, model: Model) -> Model:
        """The model, or a copy of it in which these columns have the scale that the rows so far show."""
        vary = (self.high > self.low) & (self.rows >= self.FROM)
        if not vary.any():
            return model
        shift, factor = (model.weights()[name].copy() for name in ("scale.shift", "scale.factor"))
        spread = self.high - self.low if self.minmax else np.sqrt(self.squares / self.rows)
        shift[self.columns[vary]] = (self.low if self.minmax else self.mean)[vary]
        factor[self.columns[vary]] = 1 / spread[vary]
        if not np.isfinite(factor).all():  # too small for a float's scale
            return model
        return model._with({"scale.shift": shift, "scale.factor": factor})


def _late_columns(x: np.ndarray, scale: str) -> Optional[_Late]:
    """What the first rows of partial_fit, x (rows, features), leave open of the scaling, with a warning; None for nothing."""
    columns = np.flatnonzero((x == x[0]).all(axis=0))
    if not len(columns) or not (scale in ("standard", "minmax") or (scale == "auto" and x.dtype != np.uint8)):
        return None
    warnings.warn(f"{len(columns)} of {x.shape[1]} columns have a single value in the {len(x)} row{'s'[:len(x) > 1]} of partial_fit's first call, "
                  f"so that their scale is unknown: they count for nothing until {_Late.FROM} rows have shown it. Give the first call more rows, "
                  "or set scale='none'", UserWarning, stacklevel=3)
    return _Late(x, columns, scale == "minmax")


class InklingClassifier(ClassifierMixin, BaseEstimator):
    """A network of dense layers, trained by libinkling. Names are those of scikit-learn's MLPClassifier where they mean the same.

    Parameters
    ----------
    hidden_layer_sizes : widths of the hidden layers; () for none
    activation : "relu", "leaky_relu", "tanh", "sigmoid" (or "logistic"), "gelu", "identity"
    net : the hidden layers in Inkling's notation instead, e.g. "dense 256 relu | dropout 0.2 | dense 64 tanh"
    solver : "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"
    learning_rate_init : the rate, or "auto": 0.2 for sgd, 0.01 for momentum and nesterov, 0.001 for the others, falling by cosine
    batch_size : rows a step; "full" for all
    max_iter : passes over the training rows, at most
    l2 : weight penalty, l2/2 times the sum of W squared in the loss
    dropout : share of hidden outputs set to 0 while training
    scale : "auto", "none", "255", "minmax", "standard": how inputs are scaled, fitted on the training rows and kept in the model;
        auto: by 255 where X is uint8, else standard
    class_weight : None, "balanced" (by the rows given), or a dict of weights by class, 1 for those it does not name
    early_stopping : keep `validation_fraction` of the rows aside, and stop when their accuracy has not risen by more than `tol`
        for `n_iter_no_change` passes; the best weights are kept. Without it, all of max_iter is done
    shuffle : a new order of the rows in each pass
    random_state : None, a number, a RandomState or a Generator; the same number gives the same model to the bit, whatever the threads
    warm_start : fit goes on from the network that is there
    threads : threads to train with; None: the cores this process may use
    verbose : one line a pass on stderr
    settings : any other of Inkling's settings by name, e.g. {"schedule": "cosine", "label_smoothing": 0.1}

    Attributes
    ----------
    classes_ : array (n_classes,)
    model_ : inkling.Model; its save() writes the file that `inkling eval` and the other commands take
    n_iter_, loss_, loss_curve_, best_loss_ : passes done; training loss of the last, of each, the least. With warm_start and
        partial_fit they count on
    validation_scores_, best_validation_score_ : accuracies of each pass with early_stopping, else None
    n_features_in_, feature_names_in_, n_layers_, n_outputs_, out_activation_ : as scikit-learn has them
    ended_ : why training ended

    Ctrl-C ends training after the step at hand and is raised as KeyboardInterrupt; if a pass was done the classifier is fitted then,
    with the weights it had got to, or the best so far with early_stopping. So it is when training diverges, which is an InklingError.
    """

    classes_: np.ndarray
    model_: Model
    loss_curve_: list[float]

    def __init__(self, hidden_layer_sizes: Union[int, Sequence[int]] = (100,), activation: str = "relu", *, net: Optional[str] = None,
                 solver: str = "sgd", learning_rate_init: Union[str, float] = "auto", batch_size: Union[int, str] = 32,
                 max_iter: int = 50, l2: float = 0.0, dropout: float = 0.0, scale: str = "auto", class_weight: Weights = None,
                 early_stopping: bool = False, validation_fraction: float = 0.1, n_iter_no_change: int = 10, tol: float = 1e-4,
                 shuffle: bool = True, random_state: Any = None, warm_start: bool = False, threads: Optional[int] = None,
                 verbose: bool = False, settings: Optional[Mapping[str, Any]] = None) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.net = net
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.l2 = l2
        self.dropout = dropout
        self.scale = scale
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.shuffle = shuffle
        self.random_state = random_state
        self.warm_start = warm_start
        self.threads = threads
        self.verbose = verbose
        self.settings = settings

    # ------------------------------------------------------------ what the library is given

    def _class_weights(self, classes: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The weight of each row by its class, (rows,)."""
        if isinstance(self.class_weight, Mapping):
            named, there = set(self.class_weight), set(classes.tolist())
            if named - there and there - named:  # more likely a slip than a class that is absent
                raise ValueError(f"class_weight names {sorted(map(str, named - there))}, but the classes are {classes.tolist()}")
            return np.array([float(self.class_weight.get(name, 1)) for name in classes.tolist()])[labels]
        if self.class_weight != "balanced":
            raise ValueError(f"class_weight is {self.class_weight!r}; it must be None, 'balanced' or a dict")
        counts = np.bincount(labels, weights=weights, minlength=len(classes))
        return (weights.sum() / (len(classes) * np.where(counts > 0, counts, 1)))[labels]

    def _weights(self, classes: np.ndarray, labels: np.ndarray, sample_weight: Any) -> Optional[np.ndarray]:
        """The weights of the rows by both kinds, (rows,); None if all are equal."""
        if sample_weight is None and self.class_weight is None:
            return None
        weights = np.ones(len(labels))
        if sample_weight is not None:
            given = np.asarray(sample_weight, dtype=float)
            weights = np.full(len(labels), float(given)) if given.ndim == 0 else given.copy()
            if weights.shape != (len(labels),):
                raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(len(labels),)}!")
        if self.class_weight is not None:
            weights *= self._class_weights(classes, labels, weights)
        with np.errstate(over="ignore"):
            total = weights.sum()
        if not np.isfinite(weights).all() or (weights < 0).any() or not 0 < total < np.inf:
            raise ValueError("sample_weight and class_weight must be finite, 0 or more, and not all 0")
        return None if (weights == weights[0]).all() else weights

    def _weighted(self, classes: np.ndarray, X: np.ndarray, y: np.ndarray, sample_weight: Any) -> _Rows:
        """What is trained on: rows of weight 0 are no rows, not for the scaling either; the others' weights are 1 on average."""
        labels = number_classes(classes, y)
        weights = self._weights(classes, labels, sample_weight)
        if weights is None:
            return X, labels, None
        some = weights > 0
        if not some.all():
            X, labels, weights = np.ascontiguousarray(X[some]), labels[some], weights[some]
        return X, labels, np.ascontiguousarray(weights / weights.mean(), np.float32)

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
        sizes = self.hidden_layer_sizes
        try:
            widths = [operator.index(size) for size in (sizes if hasattr(sizes, "__iter__") else [sizes])]
        except TypeError:
            raise ValueError(f"hidden_layer_sizes is {sizes!r}; it must be integers") from None
        return {"hidden": ",".join(map(str, widths)) or "0", "activation": _ACTIVATIONS.get(self.activation, self.activation),
                "dropout": self.dropout}

    def _values(self, epochs: int, passes: int, hold_out: bool) -> dict[str, Any]:
        """Inkling's settings for these parameters."""
        more = self.settings if self.settings is not None else {}
        if not isinstance(more, Mapping):
            raise ValueError(f"settings is {more!r}; it must be a dict")
        if hold_out and not 0 < self.validation_fraction < 1:
            raise ValueError(f"validation_fraction is {self.validation_fraction!r}; it must be above 0 and below 1")
        return {"optimizer": self.solver, "lr": self.learning_rate_init, "batch": self.batch_size, "epochs": epochs, "l2": self.l2,
                "scale": self.scale, "seed": self._seed(passes), "shuffle": "epoch" if self.shuffle else "none",
                "threads": self.threads, "val": self.validation_fraction if hold_out else 0, "stratify": hold_out,
                "keep": "best" if hold_out else "last", **self._layers(), **{str(name).replace("-", "_"): more[name] for name in more}}

    # ----------------------------------------------------------------------------- training

    def _train(self, rows: _Rows, classes: np.ndarray, values: dict[str, Any], start: Optional[Model], hold_out: bool) -> None:
        """Trains and takes over what came out, also where that ends with an exception."""
        watch = _Watch(bool(self.verbose), self._patience() if hold_out else None, self.tol)
        hooks = Hooks(progress=PROGRESS(watch))
        context, model, run, failure = Context(), c_void_p(), c_void_p(), None
        names = tuple(str(name) for name in classes.tolist())
        with Settings(context, values) as settings, Data(context, rows[0], rows[1], names, rows[2], getattr(self, "_image_shape", None)) as data:
            try:
                status = watched(lambda: lib.ink_train_from(context.handle, data.handle, settings.handle, byref(hooks),
                                                            start.handle if start else None, byref(model), byref(run)), watch.stop)
            except BaseException as error:  # noqa: B902: it is raised again below
                status, failure = _CANCELLED, error
            try:
                if model:
                    self.model_, self.classes_ = Model(model), classes
                    self._take_history(run, start is not None, hold_out)
            finally:
                lib.ink_run_free(run)
            failure = failure or watch.error
            if failure is not None:
                raise failure
            if watch.patient or not model or status == _DIVERGED:
                context.check(status)
            else:
                self.ended_ = f"no improvement for {self.n_iter_no_change} passes"

    def _take_history(self, run: c_void_p, goes_on: bool, hold_out: bool) -> None:
        rows = [lib.ink_run_epoch(run, i).contents for i in range(lib.ink_run_epochs(run))]
        losses, scores = [row.value("train_loss") for row in rows], [row.value("val_accuracy") for row in rows]
        self.loss_curve_ = (self.loss_curve_ if goes_on else []) + losses
        self.n_iter_ = len(self.loss_curve_)
        self.loss_, self.best_loss_ = self.loss_curve_[-1], min(self.loss_curve_)
        older = getattr(self, "validation_scores_", None) if goes_on else None
        self.validation_scores_ = (older or []) + scores if hold_out else None
        self.best_validation_score_ = max(self.validation_scores_) if self.validation_scores_ else None
        self.n_layers_ = self.model_.notation.count("dense ") + 2
        self.n_outputs_, self.out_activation_ = len(self.classes_), "softmax"
        self.ended_ = lib.ink_run_ended(run).decode(errors="replace")

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "InklingClassifier":
        """Trains from scratch (with warm_start: continues).

        X : rows, array (rows, features); uint8 or float32 in C order is not copied
        y : their classes, numbers or texts, (rows,)
        sample_weight : how much each row counts in the loss, (rows,), 0 or more; only their proportions matter

        Raises ValueError for what cannot be trained on, InklingError if training diverges."""
        X, y = check_rows(self, X, y)
        classes = find_classes(y)
        start = getattr(self, "model_", None) if self.warm_start else None
        if start is not None and (not np.array_equal(classes, self.classes_) or start.features != X.shape[1]):
            raise ValueError(f"warm_start needs rows with the {start.features} features and the classes of the fit before, "
                             f"{self.classes_.tolist()}; got {X.shape[1]} features and {classes.tolist()}")
        trained = self._weighted(classes, X, y, sample_weight)
        if (trained[1] == trained[1][0]).all():
            raise ValueError(f"This classifier needs rows of at least 2 classes; these are of one class: {classes[trained[1][0]]!r}")
        values = self._values(self.max_iter, 0 if start is None else self.n_iter_, self.early_stopping)
        self._late = None
        self._train(trained, classes, values, start, bool(self.early_stopping))
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> "InklingClassifier":
        """One pass over rows X (rows, features) with classes y (rows,), from the network that is there.

        classes : all there will be, (n_classes,); the first call needs them, later ones may leave them out

        The first call's rows decide on the scaling (give it a good sample, or set `scale`). Columns that do not vary in them get theirs
        from later calls, from 20 rows on, and a warning says how many there are. The optimiser begins anew in each call, and
        the rate is constant unless `settings` names a schedule."""
        first = getattr(self, "model_", None) is None
        X, y = check_rows(self, X, y, reset=first)
        if classes is not None:
            classes = find_classes(np.asarray(classes))
        if first and (classes is None or len(classes) < 2):
            raise ValueError("the first call of partial_fit needs all classes, two or more: partial_fit(X, y, classes=…)")
        if not first and classes is not None and not np.array_equal(classes, self.classes_):
            raise ValueError(f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}")
        classes = classes if first else self.classes_
        trained = self._weighted(classes, X, y, sample_weight)
        values = {"schedule": "constant", **self._values(1, 0 if first else self.n_iter_, False)}
        late = _late_columns(trained[0], str(values["scale"])) if first else getattr(self, "_late", None)
        if late and not first:
            late.add(trained[0])
        self._train(trained, classes, values, None if first else late.scaled(self.model_) if late else self.model_, False)
        self._late = late if late and late.rows < late.TO else None
        return self

    # ---------------------------------------------------------------------------- answering

    def _fitted(self) -> Model:
        model = getattr(self, "model_", None)
        if model is None:
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call 'fit' before using this estimator.")
        return model

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probabilities of rows X (rows, features): float32 (rows, n_classes), in the order of classes_."""
        model = self._fitted()
        return model.predict_proba(check_rows(self, X, reset=False))

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Their logarithms, float32 (rows, n_classes)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each row of X (rows, features): an array (rows,) out of classes_."""
        answers = self.predict_proba(X).argmax(axis=1)
        return self.classes_[answers]

    def _more_tags(self) -> dict[str, Any]:
        return {"preserves_dtype": [], "_xfail_checks": {
            "check_sample_weights_invariance": "rows of weight 0 are left out, but the check shuffles the others, and sums in single "
                                               "precision depend on the order of rows"}}
