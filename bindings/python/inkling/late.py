"""Columns whose scale shows after partial_fit's first call.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import warnings
from typing import Optional

import numpy as np

from .model import Model
from .table import Given


class Late:
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


def late_columns(given: Given, scale: str) -> Optional[Late]:
    """What the first rows of partial_fit, x (rows, features), leave open of the scaling, with a warning; None for nothing. Gaps and words are encoded
    by what these rows show, once and for all."""
    x = given.x
    if not given.plain:
        return None
    columns = np.flatnonzero((x == x[0]).all(axis=0))
    if not len(columns) or not (scale in ("standard", "minmax") or (scale == "auto" and x.dtype != np.uint8)):
        return None
    warnings.warn(f"{len(columns)} of {x.shape[1]} columns have a single value in the {len(x)} row{'s'[:len(x) > 1]} of partial_fit's first call, "
                  f"so that their scale is unknown: they count for nothing until {Late.FROM} rows have shown it. Give the first call more rows, "
                  "or set scale='none'", UserWarning, stacklevel=3)
    return Late(x, columns, scale == "minmax")
