"""Small neural networks, trained fast: Inkling's library from Python.

    from inkling import InklingClassifier
    net = InklingClassifier(hidden_layer_sizes=(100,)).fit(x, y)

    import inkling
    model = inkling.load("model.safetensors")
    model.predict(x)

SPDX-License-Identifier: MIT
"""
from ._version import __version__
from .classifier import InklingClassifier
from .library import InklingError
from .model import Model, import_model, load

__all__ = ["InklingClassifier", "InklingError", "Model", "import_model", "load", "__version__"]
