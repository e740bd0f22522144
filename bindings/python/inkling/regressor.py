"""A regressor with scikit-learn's interface. scikit-learn is used where it is installed, and not needed.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np

from .estimator import RegressorMixin, check_rows, take_rows
from .network import Network, Rows, check_weights, row_weights
from .table import Given, is_frame


class InklingRegressor(RegressorMixin, Network):
    """A network that answers with numbers, trained by libinkling. Names are those of scikit-learn's MLPRegressor where they mean the same.
    What is "auto" is decided as `inkling train` does.

    Parameters
    ----------
    hidden_layer_sizes : "auto", or widths of the hidden layers; () for none
    activation, net, solver, learning_rate_init, batch_size, max_iter, l2, dropout, scale, shuffle, random_state, warm_start, threads,
        verbose, settings : those of InklingClassifier; all but net, scale's values and the last six may be "auto"
    loss : "auto" (mse), "mse", "mae", "huber", or "quantile:0.1,0.5,0.9", with these quantiles or others: see predict_quantiles
    target_scale : "auto", "standard", "log" or "none": how targets are scaled for the loss, by the training rows. Answers are in the target's
        own unit, and (but with "none") within the range of the training rows
    early_stopping : "auto", or keep `validation_fraction` of the rows aside, and stop when their loss has not fallen by more than `tol` for
        `n_iter_no_change` passes; the best weights are kept. False: all of max_iter is done, with all rows

    Attributes
    ----------
    model_ : inkling.Model; its save() writes the file that `inkling eval` and the other commands take
    n_iter_, loss_, loss_curve_, best_loss_ : passes done; training loss of the last, of each, the least. With warm_start they count on
    validation_scores_, best_validation_score_ : R2 of each pass where rows were kept aside, else None
    n_features_in_, feature_names_in_, n_layers_, n_outputs_, out_activation_ : as scikit-learn has them
    ended_ : why training ended

    Ctrl-C and a training that diverges end it as in InklingClassifier.
    """

    def __init__(self, hidden_layer_sizes: Union[str, int, Sequence[int]] = "auto", activation: str = "relu", *, net: Optional[str] = None,
                 loss: str = "auto", solver: str = "adamw", learning_rate_init: Union[str, float] = "auto", batch_size: Union[int, str] = "auto",
                 max_iter: Union[int, str] = "auto", l2: Union[float, str] = "auto", dropout: Union[float, str] = "auto", scale: str = "auto",
                 target_scale: str = "auto", early_stopping: Union[bool, str] = "auto", validation_fraction: float = 0.1,
                 n_iter_no_change: int = 10, tol: float = 1e-4, shuffle: bool = True, random_state: Any = None, warm_start: bool = False,
                 threads: Optional[int] = None, verbose: bool = False, settings: Optional[Mapping[str, Any]] = None) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.net = net
        self.loss = loss
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.l2 = l2
        self.dropout = dropout
        self.scale = scale
        self.target_scale = target_scale
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

    @staticmethod
    def _target_names(y: Any) -> Optional[list[str]]:
        """What pandas calls the targets, None for none or the same twice."""
        names = list(y.columns) if is_frame(y) else [getattr(y, "name", None)]
        texts = [name for name in names if isinstance(name, str) and name]
        return texts if len(set(texts)) == len(names) else None

    @staticmethod
    def _rows(given: Given, y: Any, names: Optional[list[str]], sample_weight: Any) -> Rows:
        """What is trained on: rows of weight 0 are no rows; the others' weights are 1 on average. Raises ValueError."""
        try:
            with np.errstate(over="ignore"):
                targets = np.ascontiguousarray(np.asarray(y, dtype=float).reshape(len(given.x), -1), np.float32)
        except (TypeError, ValueError) as error:
            raise ValueError(f"y must be numbers: {error}") from None
        if not np.isfinite(targets).all():
            raise ValueError("Input y contains NaN, infinity or a value too large for float32.")
        weights = check_weights(row_weights(sample_weight, len(targets)), "sample_weight")
        if weights is None:
            return Rows(given, None, targets=targets, target_names=names)
        some = weights > 0
        if not some.all():
            given, targets, weights = take_rows(given, some), np.ascontiguousarray(targets[some]), weights[some]
        return Rows(given, np.ascontiguousarray(weights / weights.mean(), np.float32), targets=targets, target_names=names)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "InklingRegressor":
        """Trains from scratch (with warm_start: continues).

        X : rows, array (rows, features), NaN for gaps; uint8 or float32 in C order is not copied. Or a DataFrame of pandas, as it is: words
            (texts and categories), None, NaN and pd.NA, truth values, dates, which become year, month, day, weekday, hour and days
        y : numbers to predict, (rows,) or (rows, targets)
        sample_weight : how much each row counts in the loss, (rows,), 0 or more; only their proportions matter

        Raises ValueError for what cannot be trained on, InklingError if training diverges."""
        names = self._target_names(y)
        start = getattr(self, "model_", None) if self.warm_start else None
        given, y = check_rows(self, X, y, reset=start is None or getattr(self, "_table", None) is None, numbers=True)
        rows = self._rows(given, y, names, sample_weight)
        if start is not None and (start.features, len(start.targets)) != (given.x.shape[1], rows.targets.shape[1]):
            raise ValueError(f"warm_start needs rows with the {start.features} features and {len(start.targets)} targets of the fit before; got "
                             f"{given.x.shape[1]} and {rows.targets.shape[1]}")
        values = self._values(0 if start is None else self.n_iter_, self.early_stopping, loss=self.loss, target_scale=self.target_scale)
        self._one = y.ndim == 1
        self._train(rows, values, start, self.early_stopping)
        return self

    def predict_quantiles(self, X: Any) -> np.ndarray:
        """What the loss "quantile:0.1,0.5,0.9" learned, for rows X (rows, features) as fit takes them: float64 (rows, targets, quantiles), rising;
        of other losses the one answer a target."""
        model = self._fitted()
        answers = model.predict(check_rows(self, X, reset=False)).astype(float)
        return answers.reshape(len(answers), len(model.targets), -1)

    def predict(self, X: Any) -> np.ndarray:
        """Numbers for rows X (rows, features) as fit takes them, in the unit of y: float64, (rows,), or (rows, targets) where y had two
        dimensions. Of quantiles the middle one."""
        answers = self.predict_quantiles(X)
        middle = answers[:, :, answers.shape[2] // 2]
        return middle[:, 0] if self._one else middle

    def _more_tags(self) -> dict[str, Any]:
        return {**super()._more_tags(), "multioutput": True}

    def __sklearn_tags__(self) -> Any:
        """The same, since scikit-learn 1.6."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
