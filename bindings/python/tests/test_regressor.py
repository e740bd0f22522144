#!/usr/bin/python3
"""Tests of the regressor, and of gaps in arrays, that need NumPy only: INKLING_LIBRARY=build/release/libinkling.so
bindings/python/tests/test_regressor.py

SPDX-License-Identifier: MIT
"""
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
import warnings

import numpy as np

from common import PACKAGE, TESTS, net, rows

import inkling
from inkling import InklingRegressor


def regressor(**more):
    return InklingRegressor((16,), **{"solver": "adamw", "learning_rate_init": 0.01, "max_iter": 60, "early_stopping": False, "random_state": 1, **more})


def numbers(count=300, targets=1, seed=0):
    """x float32 (count, 4), y (count,) or (count, targets) in a unit of thousands, nearly linear in x."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 4)).astype(np.float32)
    y = 5000 + 1000 * (x @ rng.normal(size=(4, targets)) + 0.1 * rng.normal(size=(count, targets)))
    return x, y[:, 0] if targets == 1 else y


class Fitting(unittest.TestCase):
    def test_settings_without_effect(self):
        """are named in a warning; what parameters stand for, and nobody set, is not."""
        x, y = numbers(40)
        cases = [(regressor(settings={"task": "classify"}), ["task has no effect: the rows are in memory"]),
                 (regressor(solver="sgd", settings={"momentum": 0.5}), ["momentum has no effect with optimizer sgd; it needs optimizer momentum or nesterov"]),
                 (regressor(settings={"decay_every": 3}), ["decay-every has no effect with schedule constant; it needs schedule step"]),
                 (inkling.InklingClassifier((3,), max_iter=1, settings={"target_scale": "log"}),
                  ["target-scale has no effect: the rows have classes, not numbers to predict"]),
                 (regressor(), []), (inkling.InklingClassifier((3,), max_iter=1), []), (inkling.InklingClassifier(net="dense 3 relu", max_iter=1), []),
                 (inkling.InklingClassifier((), max_iter=1, dropout=0.0), []), (inkling.InklingRegressor(max_iter=1), [])]
        for network, expected in cases:
            with warnings.catch_warnings(record=True) as given:
                warnings.simplefilter("always")
                network.fit(x, y > 5000 if isinstance(network, inkling.InklingClassifier) else y)
            self.assertEqual([str(warning.message) for warning in given], expected)

    def test_learns_and_repeats(self):
        x, y = numbers()
        a, b, c = regressor().fit(x, y), regressor(threads=1).fit(x, y), regressor(random_state=2).fit(x, y)
        self.assertGreater(a.score(x, y), 0.9)
        answers = a.predict(x)
        self.assertEqual((answers.shape, answers.dtype), ((300,), np.float64))
        self.assertLess(abs(answers.mean() - y.mean()), 300)  # in the target's own unit
        self.assertAlmostEqual(a.score(x, y), 1 - np.sum((y - answers) ** 2) / np.sum((y - y.mean()) ** 2), places=6)
        self.assertEqual(a.model_.hash, b.model_.hash)
        self.assertNotEqual(a.model_.hash, c.model_.hash)
        self.assertEqual((a.n_iter_, len(a.loss_curve_), a.n_outputs_, a.out_activation_), (60, 60, 1, "identity"))
        self.assertIsNone(a.validation_scores_)

    def test_several_targets(self):
        x, y = numbers(targets=3)
        fitted = regressor().fit(x, y)
        self.assertEqual(fitted.predict(x).shape, (300, 3))
        self.assertEqual(len(fitted.model_.targets), 3)
        self.assertGreater(fitted.score(x, y), 0.8)
        self.assertEqual(regressor(max_iter=2).fit(x, y[:, :1]).predict(x).shape, (300, 1))

    def test_losses(self):
        """Each loss is another model; an outlier moves the mean more than the median."""
        x, y = numbers()
        y[:10] += 1e5
        fitted = {loss: regressor(loss=loss, target_scale="standard").fit(x, y) for loss in ("mse", "mae", "huber")}
        self.assertEqual(len({one.model_.hash for one in fitted.values()}), 3)
        clean = {loss: np.abs(one.predict(x[10:]) - y[10:]).mean() for loss, one in fitted.items()}
        self.assertLess(clean["mae"], clean["mse"])

    def test_quantiles(self):
        x, y = numbers(targets=2)
        fitted = regressor(loss="quantile:0.1,0.5,0.9").fit(x, y)
        quantiles = fitted.predict_quantiles(x)
        self.assertEqual((quantiles.shape, fitted.n_outputs_, len(fitted.model_.targets)), ((300, 2, 3), 6, 2))
        self.assertTrue((np.diff(quantiles, axis=2) >= 0).all())
        np.testing.assert_array_equal(fitted.predict(x), quantiles[:, :, 1])
        self.assertGreater(fitted.score(x, y), 0.5)
        self.assertGreater(np.mean(y <= quantiles[:, :, 2]), np.mean(y <= quantiles[:, :, 0]))
        single = regressor(max_iter=1).fit(x, y[:, 0])
        np.testing.assert_array_equal(single.predict_quantiles(x)[:, 0, 0], single.predict(x))

    def test_early_stopping(self):
        x, y = numbers(600)
        fitted = regressor(max_iter=2000, early_stopping=True, validation_fraction=0.2, n_iter_no_change=3).fit(x, y)
        self.assertLess(fitted.n_iter_, 2000)
        self.assertIn("no improvement", fitted.ended_)
        self.assertEqual(len(fitted.validation_scores_), fitted.n_iter_)
        self.assertEqual(max(fitted.validation_scores_), fitted.best_validation_score_)

    def test_left_to_the_library(self):
        """What is "auto" is what the program does by itself."""
        x, y = numbers()
        fitted = InklingRegressor(max_iter=2, solver="adamw", random_state=1).fit(x, y)
        self.assertEqual(fitted.n_iter_, 2)
        again = InklingRegressor(max_iter=2, solver="adamw", random_state=1, batch_size="auto", l2="auto", dropout="auto").fit(x, y)
        self.assertEqual(fitted.model_.hash, again.model_.hash)
        self.assertGreater(len(net(max_iter=1).set_params(hidden_layer_sizes="auto").fit(x, y > 5000).model_.notation), 0)

    def test_going_on(self):
        x, y = numbers()
        warm = regressor(warm_start=True, max_iter=3)
        first = warm.fit(x, y).loss_
        self.assertLess(warm.fit(x, y).loss_, first)
        self.assertEqual((warm.n_iter_, len(warm.loss_curve_)), (6, 6))
        with self.assertRaisesRegex(ValueError, "1 targets of the fit before"):
            warm.fit(x, np.stack([y, y], 1))

    def test_weights(self):
        x, y = numbers()
        odd = np.arange(300) % 3 == 0
        wrong = np.where(odd, -y, y)
        fitted = regressor().fit(x, wrong, sample_weight=(~odd).astype(float))
        self.assertEqual(fitted.model_.hash, regressor().fit(x[~odd], y[~odd]).model_.hash)  # rows of weight 0 are no rows
        self.assertEqual(regressor().fit(x, y).model_.hash, regressor().fit(x, y, sample_weight=np.full(300, 3.0)).model_.hash)

    def test_models(self):
        """A saved model answers the same, with its targets, and is no classifier."""
        x, y = numbers()
        fitted = regressor(max_iter=3).fit(x, y)
        with tempfile.TemporaryDirectory() as folder:
            fitted.model_.save(f"{folder}/m.safetensors")
            model = inkling.load(f"{folder}/m.safetensors")
        np.testing.assert_array_equal(model.predict(x), fitted.predict(x))
        self.assertEqual((model.targets, len(model.classes)), (("target",), 0))
        self.assertIn("dense 1>", repr(model))
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(x), fitted.predict(x))
        with self.assertRaisesRegex(ValueError, "numbers"):
            model.predict_proba(x)


class Gaps(unittest.TestCase):
    """NaN in arrays is a gap, for who has learned from gaps."""

    def test_gaps(self):
        x, y = rows(600)
        x[np.random.default_rng(1).random(x.shape) < 0.1] = np.nan
        classifier = net(max_iter=30).fit(x, y)
        self.assertGreater(classifier.score(x, y), 0.8)
        nothing = classifier.predict_proba(np.full((1, 5), np.nan))
        self.assertTrue(np.isfinite(nothing).all())
        np.testing.assert_array_equal(classifier.model_.predict_proba(x), classifier.predict_proba(x))
        self.assertGreater(regressor().fit(x, y.astype(float)).score(x, y.astype(float)), 0.4)
        again = net(warm_start=True, max_iter=1).fit(x, y).fit(x, y)
        self.assertEqual(again.n_iter_, 2)
        chunks = net().partial_fit(x, y, classes=[0, 1, 2]).partial_fit(x, y)
        self.assertTrue(np.isfinite(chunks.predict_proba(x)).all())

    def test_gaps_that_were_not_there(self):
        """A classifier that has seen none refuses them, with a sentence."""
        x, y = rows()
        fitted = net(max_iter=2).fit(x, y)
        x = x.copy()
        x[3, 2] = np.nan
        for call in (lambda: fitted.predict(x), lambda: fitted.partial_fit(x, y), lambda: fitted.set_params(warm_start=True).fit(x, y)):
            with self.assertRaisesRegex(ValueError, "nan|NaN"):
                call()
        with self.assertRaisesRegex(ValueError, "infinity"):
            net().fit(np.where(np.isnan(x), np.inf, x), y)


class Refusals(unittest.TestCase):
    def test_targets(self):
        x, y = numbers()
        for name, bad in {"none": None, "short": y[:299], "long": np.append(y, 1), "empty": y[:0], "cube": y.reshape(300, 1, 1), "no targets": np.zeros((300, 0)),
                          "nan": np.where(y > 5000, np.nan, y), "infinite": np.where(y > 5000, np.inf, y), "too large": y * 1e300,
                          "texts": np.array(["a", "b", "c"] * 100), "number": 1, "objects": np.array([object()] * 300)}.items():
            with self.subTest(name), warnings.catch_warnings(), self.assertRaises((ValueError, TypeError)):
                warnings.simplefilter("ignore")
                regressor(max_iter=1).fit(x, bad)
        fitted = regressor(max_iter=1).fit(x, y)
        for call in (lambda: fitted.predict(x[:, :3]), lambda: fitted.score(x, y[:7])):
            with self.assertRaises(ValueError):
                call()

    def test_parameters(self):
        x, y = numbers()
        for wrong in ({"loss": "cross_entropy"}, {"loss": "odd"}, {"target_scale": "odd"}, {"early_stopping": "sometimes"}, {"max_iter": 0},
                      {"hidden_layer_sizes": "100"}, {"early_stopping": True, "validation_fraction": 0}, {"random_state": -1}):
            with self.subTest(wrong), self.assertRaises(ValueError):
                regressor().set_params(**wrong).fit(x, y)
        for bad in ([1.0, 2.0], np.full(300, np.nan), np.full(300, -1.0), np.zeros(300)):
            with self.subTest(str(bad)[:60]), self.assertRaises(ValueError):
                regressor(max_iter=1).fit(x, y, sample_weight=bad)
        with self.assertRaisesRegex(ValueError, "not fitted"):
            regressor().predict(x)

    def test_without_scikit_learn(self):
        script = ("import sys, unittest; sys.modules['sklearn'] = None\n"
                  "from inkling import InklingRegressor as R, estimator\n"
                  "assert not estimator.HAS_SKLEARN\n"
                  "assert R(**R(l2=0.5).get_params()).get_params()['l2'] == 0.5\n"
                  "unittest.main('test_regressor', argv=['test', 'Fitting', 'Gaps', 'Refusals.test_targets', 'Refusals.test_parameters'])\n")
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                              env=dict(os.environ, PYTHONPATH=os.pathsep.join([PACKAGE, TESTS])))
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
