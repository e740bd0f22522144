"""Small neural networks, trained fast: Inkling's library from Python.

    from inkling import InklingClassifier, InklingRegressor
    net = InklingClassifier(hidden_layer_sizes=(100,)).fit(x, y)
    net = InklingRegressor().fit(table, price)  # a DataFrame as it is

    import inkling
    model = inkling.load("model.safetensors")
    model.predict(x)

SPDX-License-Identifier: MIT
"""
from ._version import __version__
from .classifier import InklingClassifier
from .library import InklingError
from .model import Model, import_model, load
from .regressor import InklingRegressor

__all__ = ["InklingClassifier", "InklingError", "InklingRegressor", "Model", "import_model", "load", "__version__"]
