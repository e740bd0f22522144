"""A classifier with scikit-learn's interface. scikit-learn is used where it is installed, and not needed.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np

from .estimator import ClassifierMixin, check_rows, find_classes, number_classes, take_rows
from .late import Late, late_columns
from .model import Model
from .network import Network, Rows, check_weights, row_weights
from .table import Given

Weights = Union[None, str, Mapping[Any, float]]


class InklingClassifier(ClassifierMixin, Network):
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

    def __init__(self, hidden_layer_sizes: Union[str, int, Sequence[int]] = (100,), activation: str = "relu", *, net: Optional[str] = None,
                 solver: str = "sgd", learning_rate_init: Union[str, float] = "auto", batch_size: Union[int, str] = 32,
                 max_iter: Union[int, str] = 50, l2: Union[float, str] = 0.0, dropout: Union[float, str] = 0.0, scale: str = "auto", class_weight: Weights = None,
                 early_stopping: Union[bool, str] = False, validation_fraction: float = 0.1, n_iter_no_change: int = 10, tol: float = 1e-4,
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

    def _weighted(self, classes: np.ndarray, given: Given, y: np.ndarray, sample_weight: Any) -> Rows:
        """What is trained on: rows of weight 0 are no rows, not for the scaling either; the others' weights are 1 on average."""
        names = tuple(str(name) for name in classes.tolist())
        labels, weights = number_classes(classes, y), None
        if sample_weight is not None or self.class_weight is not None:
            weights = row_weights(sample_weight, len(labels))
            if self.class_weight is not None:
                weights *= self._class_weights(classes, labels, weights)
            weights = check_weights(weights, "sample_weight and class_weight")
        if weights is None:
            return Rows(given, None, labels, names)
        some = weights > 0
        if not some.all():
            given, labels, weights = take_rows(given, some), labels[some], weights[some]
        return Rows(given, np.ascontiguousarray(weights / weights.mean(), np.float32), labels, names)

    def _stratified(self, hold_out: Any) -> dict[str, Any]:
        return {"stratify": True if hold_out == "auto" else bool(hold_out)}

    # ----------------------------------------------------------------------------- training

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "InklingClassifier":
        """Trains from scratch (with warm_start: continues).

        X : rows, array (rows, features), NaN for gaps; uint8 or float32 in C order is not copied. Or a DataFrame of pandas, as it is: words
            (texts and categories), None, NaN and pd.NA, truth values, dates, which become year, month, day, weekday, hour and days
        y : their classes, numbers or texts, (rows,)
        sample_weight : how much each row counts in the loss, (rows,), 0 or more; only their proportions matter

        Raises ValueError for what cannot be trained on, InklingError if training diverges."""
        start = getattr(self, "model_", None) if self.warm_start else None
        given, y = check_rows(self, X, y, reset=start is None or getattr(self, "_table", None) is None)
        classes, features = find_classes(y), given.x.shape[1]
        if start is not None and (not np.array_equal(classes, self.classes_) or start.features != features):
            raise ValueError(f"warm_start needs rows with the {start.features} features and the classes of the fit before, "
                             f"{self.classes_.tolist()}; got {features} features and {classes.tolist()}")
        trained = self._weighted(classes, given, y, sample_weight)
        if (trained.labels == trained.labels[0]).all():
            raise ValueError(f"This classifier needs rows of at least 2 classes; these are of one class: {classes[trained.labels[0]]!r}")
        hold_out = self.early_stopping
        values = self._values(0 if start is None else self.n_iter_, hold_out, **self._stratified(hold_out))
        self._late: Optional[Late] = None
        self._next_classes = classes
        self._train(trained, values, start, hold_out)
        return self

    def _take(self, model: Model) -> None:
        self.model_, self.classes_ = model, self._next_classes

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> "InklingClassifier":
        """One pass over rows X (rows, features) with classes y (rows,), from the network that is there.

        classes : all there will be, (n_classes,); the first call needs them, later ones may leave them out

        The first call's rows decide on the scaling (give it a good sample, or set `scale`). Columns that do not vary in them get theirs
        from later calls, from 20 rows on, and a warning says how many there are. The optimiser begins anew in each call, and
        the rate is constant unless `settings` names a schedule."""
        first = getattr(self, "model_", None) is None
        given, y = check_rows(self, X, y, reset=first)
        if classes is not None:
            classes = find_classes(np.asarray(classes))
        if first and (classes is None or len(classes) < 2):
            raise ValueError("the first call of partial_fit needs all classes, two or more: partial_fit(X, y, classes=…)")
        if not first and classes is not None and not np.array_equal(classes, self.classes_):
            raise ValueError(f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}")
        classes = classes if first else self.classes_
        trained = self._weighted(classes, given, y, sample_weight)
        values = {"schedule": "constant", **self._values(0 if first else self.n_iter_, False, epochs=1, **self._stratified(False))}
        late = late_columns(trained.given, str(values.get("scale", "auto"))) if first else getattr(self, "_late", None)
        if late and not first and trained.given.plain:
            late.add(trained.given.x)
        self._next_classes = classes
        self._train(trained, values, None if first else late.scaled(self.model_) if late else self.model_, False)
        self._late = late if late and late.rows < Late.TO else None
        return self

    # ---------------------------------------------------------------------------- answering

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probabilities of rows X (rows, features) as fit takes them: float32 (rows, n_classes), in the order of classes_."""
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

    def predict_known(self, X: Any) -> np.ndarray:
        """How like rows X (rows, features) are to those of fit: float32 (rows,), from 0 to 1 the share of the validation rows that are at least
        as unlike. Below 0.01 a row is nothing that the network knows; of rows like those of fit 1 % are.

        It needs 100 validation rows, which early_stopping=True keeps aside: without them NotImplementedError is raised."""
        model = self._fitted()
        rows = check_rows(self, X, reset=False)
        try:
            return model.predict_known(rows)
        except NotImplementedError as error:
            if self.early_stopping is True or "validation" not in str(error):
                raise
            raise NotImplementedError(f"{error}; early_stopping=True keeps one aside") from None
