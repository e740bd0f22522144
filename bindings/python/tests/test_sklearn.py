#!/usr/bin/python3
"""Tests of the Python package with scikit-learn: INKLING_LIBRARY=build/release/libinkling.so bindings/python/tests/test_sklearn.py

SPDX-License-Identifier: MIT
"""
import os
import subprocess
import sys
import tempfile
import unittest
import warnings

import numpy as np

from common import ROOT, net, rows

import inkling
from inkling import InklingClassifier, InklingRegressor

try:
    import sklearn
except ImportError:
    raise SystemExit("skipped: scikit-learn is not installed; scripts/setup bench installs it")
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks


class Contract(unittest.TestCase):
    # check: why it is not run
    SKIPPED = {"check_sample_weights_invariance": "it shuffles the rows, and sums in single precision depend on the order of rows"}

    def test_check_estimator(self):
        """scikit-learn's own checks, on the classifier as it comes."""
        passed, skipped = [], []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator_checks.check_estimator(InklingClassifier())
            for estimator, check in estimator_checks.check_estimator(InklingClassifier(), generate_only=True):
                name = check.func.__name__ if hasattr(check, "func") else str(check)
                try:
                    check(estimator)
                    passed.append(name)
                except unittest.SkipTest as reason:
                    skipped.append(str(reason))
        for reason in skipped:
            print("check_estimator, not run:", reason)
        print(f"check_estimator of scikit-learn {sklearn.__version__}: {len(passed)} checks passed, {len(skipped)} not run")
        self.assertGreater(len(passed), 40)
        self.assertTrue(all(any(name in reason for name in self.SKIPPED) for reason in skipped), skipped)

    def test_check_regressor(self):
        """The same on the regressor, of one target and of several."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator_checks.check_estimator(InklingRegressor(max_iter=40, random_state=1))
            estimator_checks.check_estimator(InklingRegressor((16,), solver="adam", learning_rate_init=0.01, max_iter=60, early_stopping=False, loss="huber", random_state=1))

    def test_searching_numbers(self):
        x, y = rows()
        space = {"inklingregressor__learning_rate_init": [1e-6, 0.01]}
        regressor = InklingRegressor((16,), solver="adamw", max_iter=20, early_stopping=False, random_state=1, threads=1)
        grid = GridSearchCV(make_pipeline(StandardScaler(), regressor), space, cv=2).fit(x, 100 + 10.0 * y)
        self.assertEqual(grid.best_params_["inklingregressor__learning_rate_init"], 0.01)
        self.assertGreater(grid.best_score_, 0.5)

    def test_what_is_not_run(self):
        """What that check is about holds: unit weights change nothing, and rows of weight 0 are as good as gone, to the bit where
        the rows stand in their order, else nearly."""
        estimator_checks.check_sample_weights_invariance("InklingClassifier", InklingClassifier(), kind="ones")
        x, y = rows(60)
        more = np.vstack([x, x + 1]), np.hstack([y, (y + 1) % 3]), np.hstack([np.ones(60), np.zeros(60)])
        plain, weighted = net().fit(x, y), net().fit(more[0], more[1], sample_weight=more[2])
        self.assertEqual(plain.model_.hash, weighted.model_.hash)
        order = np.random.default_rng(0).permutation(120)
        plain = net(batch_size="full").fit(x, y)
        shuffled = net(batch_size="full").fit(more[0][order], more[1][order], sample_weight=more[2][order])
        np.testing.assert_allclose(plain.predict_proba(x), shuffled.predict_proba(x), atol=1e-5)

    def test_other_estimators_checks(self):
        """Also with other parameters."""
        for estimator in (InklingClassifier(early_stopping=True, validation_fraction=0.2), InklingClassifier((), solver="adam", learning_rate_init=0.05),
                          InklingClassifier(class_weight="balanced", dropout=0.1, scale="minmax")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator_checks.check_estimator(estimator)

    def test_searching(self):
        x, y = rows()
        names = np.array(["a", "b", "c"])[y]
        self.assertGreater(cross_val_score(net(), x, names, cv=3).min(), 0.9)
        self.assertGreater(make_pipeline(StandardScaler(), net()).fit(x, names).score(x, names), 0.9)
        space = {"inklingclassifier__hidden_layer_sizes": [(4,), (16,)], "inklingclassifier__learning_rate_init": [1e-6, 0.2]}
        grid = GridSearchCV(make_pipeline(StandardScaler(), net(max_iter=5, threads=1)), space, cv=2, n_jobs=2).fit(x, names)
        self.assertEqual(grid.best_params_["inklingclassifier__learning_rate_init"], 0.2)
        self.assertGreater(grid.best_score_, 0.9)
        self.assertEqual(grid.predict_proba(x).shape, (300, 3))

    def test_tables(self):
        """Columns of pandas have names, which are kept and compared."""
        try:
            import pandas
        except ImportError:
            self.skipTest("pandas is not installed")
        x, y = rows()
        table = pandas.DataFrame(x, columns=list("abcde"))
        fitted = net().fit(table, pandas.Series(y))
        self.assertEqual(list(fitted.feature_names_in_), list("abcde"))
        np.testing.assert_array_equal(fitted.predict_proba(table), net().fit(x, y).predict_proba(x))
        with self.assertRaises(ValueError):
            fitted.predict(table[list("edcba")])


class FromMlp(unittest.TestCase):
    """examples/from_sklearn.py, and what the package (and, where INKLING_PROGRAM names it, the program) makes of its archive."""

    def test_predicts_the_same(self):
        sys.path.insert(0, os.path.join(ROOT, "examples"))
        from from_sklearn import to_npz
        for classes, activation, hidden, scaler in ((3, "tanh", (8, 6), None), (2, "relu", (8,), None), (3, "logistic", (5,), StandardScaler()), (3, "relu", (), None)):
            x, y = rows(classes=classes)
            mlp = MLPClassifier(hidden, activation=activation, max_iter=10, random_state=0)
            theirs = make_pipeline(scaler, mlp) if scaler else mlp
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs.fit(x, np.array(["u", "v", "w"])[y])
            with tempfile.TemporaryDirectory() as folder:
                npz, model = os.path.join(folder, "mlp.npz"), os.path.join(folder, "m.safetensors")
                to_npz(npz, mlp, scaler)
                ours = [inkling.import_model(npz)]
                if os.environ.get("INKLING_PROGRAM"):
                    subprocess.run([os.environ["INKLING_PROGRAM"], "import", npz, "-o", model, "--quiet"], check=True)
                    ours.append(inkling.load(model))
            for one in ours:
                np.testing.assert_allclose(one.predict_proba(x), theirs.predict_proba(x), atol=1e-5)
                np.testing.assert_array_equal(one.predict(x), theirs.predict(x))


if __name__ == "__main__":
    unittest.main()
