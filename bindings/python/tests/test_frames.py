#!/usr/bin/python3
"""Tests of tables of pandas, with scikit-learn or without it: INKLING_LIBRARY=build/release/libinkling.so bindings/python/tests/test_frames.py

SPDX-License-Identifier: MIT
"""
import datetime
import decimal
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
import warnings

import numpy as np

from common import PACKAGE, TESTS

import inkling
from inkling import InklingClassifier, InklingRegressor, table

try:
    import pandas as pd
except ImportError:
    raise SystemExit("skipped: pandas is not installed; scripts/setup bench installs it")


def frame(count=400, seed=0):
    """A table with a column of each kind, gaps in most, and a number that hangs on sex and age."""
    rng = np.random.default_rng(seed)
    pick = lambda *values: np.array([values[i] for i in rng.integers(0, len(values), count)], dtype=object)  # noqa: E731
    when = pd.Series(pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, count), "D"))
    one = pd.DataFrame({"age": rng.normal(40, 10, count), "sex": pick("male", "female", None), "when": when.where(rng.random(count) > 0.05),
                        "rooms": pd.array(pick(1, 2, 3, pd.NA), dtype="Int64"), "area": pd.array(pick(1.5, 2.5, pd.NA), dtype="Float64"),
                        "garden": pd.array(pick(True, False, pd.NA), dtype="boolean"), "owner": rng.random(count) < 0.5, "floor": rng.integers(0, 9, count),
                        "town": pd.Categorical(pick("Ayr", "Oban", "Skye", np.nan)), "code": pd.array(pick("x", "y ", "", pd.NA), dtype="string"),
                        "mixed": pick(1, "one", 2.5, None), "object": pick(1, 2.5, decimal.Decimal("0.5"), None), "single": np.float32(3) * (rng.random(count) < 0.5)})
    one.loc[rng.random(count) < 0.1, "age"] = np.nan
    return one, (one.age.fillna(40) + 20 * (one.sex == "male")).rename("price")


def fit(kind, X, y, **more):
    return kind(**{"solver": "adamw", "learning_rate_init": 0.01, "max_iter": 15, "early_stopping": False, "random_state": 1, **more}).fit(X, y)


class Columns(unittest.TestCase):
    """What columns become."""

    def rows(self, **columns):
        one = pd.DataFrame(columns)
        fitted = table.Table.fit(one)
        return fitted, fitted.rows(one).x

    def test_words(self):
        for column in (pd.Series(["b", None, "a", np.nan]), pd.Series(["b", pd.NA, "a", ""], dtype="string"), pd.Series(["b", None, " a ", ""], dtype="category"),
                       pd.Series([b"b", None, "a", None])):
            fitted, x = self.rows(c=column)
            self.assertEqual(fitted.words, (("a", "b"),))
            np.testing.assert_array_equal(x, np.float32([[1], [np.nan], [0], [np.nan]]))
            other = fitted.rows(pd.DataFrame({"c": ["a", "never seen", None]})).x
            np.testing.assert_array_equal(other, np.float32([[0], [-1], [np.nan]]))

    def test_numbers_among_words(self):
        """Numbers are words only where not all are numbers, and of categories."""
        fitted, x = self.rows(c=pd.Series([1, "x", 2.0, None]))
        self.assertEqual(fitted.words, (("1", "2", "x"),))
        np.testing.assert_array_equal(x[:, 0], np.float32([0, 2, 1, np.nan]))
        self.assertEqual(self.rows(c=pd.Categorical([3, 1, 1]))[0].words, (("1", "3"),))
        for column in (pd.Series([1, None, 2.5, True], dtype=object), pd.Series([decimal.Decimal(1), None, 2.5, np.float32(1)], dtype=object)):
            fitted, x = self.rows(c=column)
            self.assertEqual(fitted.words, (None,))
            np.testing.assert_array_equal(x[:, 0], np.float32([1, np.nan, 2.5, 1]))

    def test_numbers(self):
        for column in (pd.array([1, None, 0], dtype="Int64"), pd.array([1.0, None, 0], dtype="Float64"), pd.array([True, None, False], dtype="boolean"),
                       pd.arrays.SparseArray([1.0, np.nan, 0.0]), [True, None, False], pd.to_timedelta(["1D", None, "0D"])):
            fitted, x = self.rows(c=column)
            self.assertEqual(fitted.words, (None,))
            np.testing.assert_array_equal(x[:, 0], np.float32([1, np.nan, 0]))

    def test_dates(self):
        """The parts that vary, of each way to hold dates; Monday is 0."""
        texts = ["2024-02-26 06:00", None, "2025-02-26 18:00"]  # a Monday, a Wednesday
        zoned = pd.to_datetime(texts).tz_localize("Asia/Tokyo")  # as the clock there shows it
        for column in (pd.to_datetime(texts), zoned, pd.Series([None if text is None else datetime.datetime.fromisoformat(text) for text in texts], dtype=object)):
            fitted, x = self.rows(when=column, n=[1, 2, 3])
            self.assertEqual(fitted.names, ("when.year", "when.weekday", "when.hour", "when.days", "n"))
            np.testing.assert_array_equal(x, np.float32([[2024, 0, 6, 19779.25, 1], [np.nan] * 4 + [2], [2025, 2, 18, 20145.75, 3]]))
        days, x = self.rows(when=pd.Series([datetime.date(1970, 1, 2), datetime.date(1970, 3, 1)], dtype=object))
        self.assertEqual(days.names, ("when.month", "when.day", "when.weekday", "when.days"))
        np.testing.assert_array_equal(x[:, 3], np.float32([1, 59]))

    def test_times(self):
        """Times of day are the hour, with a fraction; a date's parts are none of them."""
        times = [datetime.time(8, 30), None, datetime.time(17, 0, 9)]
        fitted, x = self.rows(at=pd.Series(times, dtype=object), n=[1, 2, 3])
        self.assertEqual(fitted.names, ("at.hour", "n"))
        np.testing.assert_array_equal(x[:, 0], np.float32([8.5, np.nan, 17 + 9 / 3600]))
        for same in (["08:30", None, "17:00:09"], ["8:30 am", "", "05:00:09 PM"]):
            np.testing.assert_array_equal(fitted.rows(pd.DataFrame({"at": [text or None for text in same], "n": [1, 2, 3]})).x, x)
        for other in (pd.to_datetime(["2024-01-01 08:30"] * 3), ["25:61"] * 3, ["soon"] * 3, [8.5, 9, 10]):
            with self.subTest(str(other)), self.assertRaisesRegex(ValueError, "'at' held times of day"):
                fitted.rows(pd.DataFrame({"at": other, "n": [1, 2, 3]}))
        dates, _ = self.rows(at=pd.to_datetime(["2024-01-01 08:30", "2024-01-01 09:30"]), n=[1, 2])
        for other in (["08:30", "09:30"], times[:1] * 2):
            with self.subTest(str(other)), self.assertRaisesRegex(ValueError, "'at' held dates"):
                dates.rows(pd.DataFrame({"at": other, "n": [1, 2]}))

    def test_very_many_words(self):
        fitted, x = self.rows(c=["again"] + [f"w{i}" for i in range(70000)] + ["again"])
        self.assertEqual(len(fitted.words[0]), 65536)
        self.assertEqual(fitted.words[0][int(x[0, 0])], "again")

    def test_refusals(self):
        for bad in ({"c": [1 + 1j]}, {"c": [[1], {}]}, {"c": pd.to_datetime(["2024-01-01"] * 2)}, {"c": [1e300, 1]}, {"c": [np.inf, 1]},
                    {"c.year": [1, 2], "c": pd.to_datetime(["2024-01-01", "2025-01-01"])}):
            with self.subTest(str(bad)), self.assertRaises(ValueError):
                self.rows(**bad)
        with self.assertRaisesRegex(ValueError, "two columns"):
            table.Table.fit(pd.DataFrame([["a", "b"]], columns=["c", "c"]))


class Estimators(unittest.TestCase):
    def test_as_they_are(self):
        X, y = frame()
        classifier, regressor = fit(InklingClassifier, X, np.where(y > 45, "old", "young")), fit(InklingRegressor, X, y)
        self.assertGreater(classifier.score(X, np.where(y > 45, "old", "young")), 0.8)
        self.assertGreater(regressor.score(X, y), 0.5)
        for fitted in (classifier, regressor):
            self.assertEqual((list(fitted.feature_names_in_), fitted.n_features_in_), (list(X.columns), X.shape[1]))
            self.assertIn("when.days", fitted.model_.columns)
            expected = fitted.predict(X)
            np.testing.assert_array_equal(fitted.predict(X[X.columns[::-1]]), expected)  # columns in any order
            np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(X), expected)
            np.testing.assert_array_equal(fitted.predict(X.iloc[5:9]), expected[5:9])
            strange = X.assign(sex="unheard of", town=None, mixed=7, when=pd.NaT)
            self.assertEqual(len(fitted.predict(strange)), len(X))
        self.assertEqual(regressor.model_.targets, ("price",))
        again = fit(InklingRegressor, X.iloc[::-1].iloc[::-1], y, threads=1)
        self.assertEqual(again.model_.hash, regressor.model_.hash)

    def test_other_tables(self):
        """What does not fit is a ValueError that names the column."""
        X, y = frame()
        fitted = fit(InklingClassifier, X, y > 45, max_iter=1)
        cases = {"sex": X.drop(columns="sex"), "when": X.drop(columns="when"), "more": X.assign(more=1), "age": X.assign(age="old"), "'when'": X.assign(when="soon"),
                 "'when' ": X.assign(when=3), "DataFrame": X.to_numpy(), "sample": X.iloc[:0], "floor": X.assign(floor=pd.Timestamp(0))}
        for name, bad in cases.items():
            with self.subTest(name), self.assertRaisesRegex(ValueError, name.strip()):
                fitted.predict(bad)

    def test_plain_tables(self):
        """A table of numbers alone is what its array is, and its columns stay in their order; later other types of numbers will do."""
        rng = np.random.default_rng(0)
        x = rng.normal(size=(200, 3)).astype(np.float32)
        X, y = pd.DataFrame(x, columns=list("abc")), x[:, 0] > 0
        fitted = fit(InklingClassifier, X, y)
        self.assertEqual(fitted.model_.hash, fit(InklingClassifier, x, y).model_.hash)
        self.assertEqual(fitted.model_.columns, ("a", "b", "c"))
        np.testing.assert_array_equal(fitted.predict(X.astype("Float64")), fitted.predict(X))
        np.testing.assert_array_equal(fitted.model_.predict_proba(X[["c", "a", "b"]]), fitted.predict_proba(X))
        for bad in (X[["c", "b", "a"]], X.rename(columns={"a": "z"}), X[["a", "b"]], X.assign(a="word")):
            with self.assertRaises(ValueError):
                fitted.predict(bad)

    def test_going_on(self):
        """Words are those of the first rows; later ones are unknown."""
        X, y = frame()
        warm = fit(InklingRegressor, X, y, warm_start=True, max_iter=2)
        words = warm.model_._words()
        warm.fit(X.assign(sex="other"), y)
        self.assertEqual((warm.n_iter_, warm.model_._words()), (4, words))
        chunks = InklingClassifier(random_state=1)
        for start in (0, 200):
            chunks.partial_fit(X.iloc[start:start + 200], (y > 45)[start:start + 200], classes=[False, True])
        self.assertEqual(chunks.predict(X).shape, (400,))

    def test_models(self):
        """A model that was saved takes tables too, and other columns beside."""
        X, y = frame()
        fitted = fit(InklingRegressor, X, y, max_iter=2)
        with tempfile.TemporaryDirectory() as folder:
            fitted.model_.save(f"{folder}/m.safetensors")
            model = inkling.load(f"{folder}/m.safetensors")
        np.testing.assert_array_equal(model.predict(X.assign(more=1)[["more", *X.columns[::-1]]]), fitted.predict(X))
        with self.assertRaisesRegex(ValueError, "no column 'sex'"):
            model.predict(X.drop(columns="sex"))

    @unittest.skipUnless(os.environ.get("INKLING_PROGRAM"), "INKLING_PROGRAM does not name the program")
    def test_the_programs_models(self):
        """What `inkling train` made of a file answers the table as the program answers the file."""
        X, y = frame()
        X = X[["age", "sex", "when", "town"]].assign(price=y, day=[f"{1 + i % 28:02}/{1 + i % 12:02}/2021" for i in range(len(X))])
        X["at"] = [datetime.time(i % 24, i * 7 % 60) if i % 9 else None for i in range(len(X))]
        with tempfile.TemporaryDirectory() as folder:
            X.to_csv(f"{folder}/t.csv", index=False)
            run = lambda *words: subprocess.run([os.environ["INKLING_PROGRAM"], *words], check=True, capture_output=True, text=True).stdout  # noqa: E731
            run("train", f"{folder}/t.csv", "--target", "price", "--optimizer", "adamw", "--lr", "0.01", "--epochs", "3", "-o", f"{folder}/m.safetensors", "--quiet")
            theirs = run("predict", f"{folder}/m.safetensors", f"{folder}/t.csv").split()
            model = inkling.load(f"{folder}/m.safetensors")
        for table_of in (X, X.assign(at=X["at"].map(lambda at: at and at.strftime("%H:%M"))), X.assign(day=pd.to_datetime(X.day, format="%d/%m/%Y"))):
            np.testing.assert_allclose(model.predict(table_of), [float(line.split(",")[-1]) for line in theirs[-len(X):]], rtol=1e-4)
        with self.assertRaisesRegex(ValueError, "'day': '31/31/2021' is not a date"):
            model.predict(X.assign(day="31/31/2021"))

    def test_without_scikit_learn(self):
        script = ("import sys, unittest; sys.modules['sklearn'] = None\n"
                  "from inkling import estimator\n"
                  "assert not estimator.HAS_SKLEARN\n"
                  "unittest.main('test_frames', argv=['test', 'Estimators.test_as_they_are', 'Estimators.test_other_tables', 'Estimators.test_plain_tables'])\n")
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                              env=dict(os.environ, PYTHONPATH=os.pathsep.join([PACKAGE, TESTS])))
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    warnings.simplefilter("ignore", UserWarning)
    unittest.main()
