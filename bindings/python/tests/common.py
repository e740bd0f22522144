"""What the tests share: where things are, rows that differ, a small network.

SPDX-License-Identifier: MIT
"""
import os
import sys

import numpy as np

TESTS = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(TESTS)
ROOT = os.path.dirname(os.path.dirname(PACKAGE))
sys.path.insert(0, PACKAGE)

from inkling import InklingClassifier  # noqa: E402


def rows(count=300, features=5, classes=3, seed=0):
    """x float32 (count, features) around as many centres as classes, y (count,)."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % classes
    return (rng.normal(size=(classes, features))[y] * 3 + rng.normal(size=(count, features))).astype(np.float32), y


def net(**more):
    return InklingClassifier((16,), **{"max_iter": 15, "random_state": 1, **more})
