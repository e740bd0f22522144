#!/usr/bin/python3
"""Tests of the Python package that need NumPy only: INKLING_LIBRARY=build/release/libinkling.so bindings/python/tests/test_inkling.py

SPDX-License-Identifier: MIT
"""
import ctypes
import gc
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings

import numpy as np

from common import PACKAGE, ROOT, TESTS, net, rows

import inkling
from inkling import InklingClassifier, estimator, library


class Layout(unittest.TestCase):
    """The structs are those of the header."""

    @unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
    def test_structs(self):
        structs = {"ink_epoch": library.Epoch, "ink_progress": library.Progress, "ink_hooks": library.Hooks, "ink_rows": library.Rows,
                   "ink_model_info": library.ModelInfo, "ink_tensor": library.Tensor, "ink_columns": library.Columns,
                   "ink_known_column": library.KnownColumn}
        lines, expected = [], []
        for name, struct in structs.items():
            lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
            expected.append(f"{name} {ctypes.sizeof(struct)}")
            for field, _ in struct._fields_:
                lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
                expected.append(f"{name}.{field} {getattr(struct, field).offset}")
        with tempfile.TemporaryDirectory() as folder:
            source, program = os.path.join(folder, "a.c"), os.path.join(folder, "a")
            with open(source, "w") as file:
                file.write("#include <inkling-extra.h>\n#include <stdio.h>\nint main(void) { " + " ".join(lines) + " }\n")
            subprocess.run(["cc", f"-I{ROOT}/include", source, "-o", program], check=True)
            self.assertEqual(subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines(), expected)


class Fitting(unittest.TestCase):
    def test_learns_and_repeats(self):
        x, y = rows()
        a, b, c = net().fit(x, y), net(threads=1).fit(x, y), net(random_state=2).fit(x, y)
        self.assertGreater(a.score(x, y), 0.95)
        self.assertEqual(a.model_.hash, b.model_.hash)
        self.assertNotEqual(a.model_.hash, c.model_.hash)
        self.assertEqual(a.n_iter_, 15)
        self.assertEqual(len(a.loss_curve_), 15)
        self.assertEqual(min(a.loss_curve_), a.best_loss_)
        self.assertIsNone(a.validation_scores_)

    def test_images(self):
        """(rows, height, width) and (rows, height, width, channels) keep their shape; rows of values are taken afterwards too."""
        y = np.arange(90) % 3
        for shape in ((90, 9, 7), (90, 9, 7, 3)):
            x = np.random.default_rng(1).normal(size=shape) + y.reshape(-1, *[1] * (len(shape) - 1))
            classifier = InklingClassifier(net="conv 4 3x3 | batchnorm relu | maxpool 2", solver="adam", learning_rate_init=0.01, max_iter=20, random_state=1).fit(x, y)
            self.assertEqual(classifier.model_.shape, (*shape[1:], 1)[:3])
            self.assertGreater(classifier.score(x, y), 0.9)
            self.assertTrue(np.array_equal(classifier.predict(x), classifier.predict(x.reshape(90, -1))))
            with self.assertRaises(ValueError):
                classifier.predict(np.swapaxes(x, 1, 2))

    @unittest.skipUnless(os.environ.get("INKLING_PROGRAM"), "INKLING_PROGRAM does not name the program")
    def test_the_program_makes_the_same(self):
        x, y = rows()
        with tempfile.TemporaryDirectory() as folder:
            for name, array in (("x", x), ("y", y)):
                np.save(f"{folder}/{name}.npy", array)
            for solver in ("sgd", "adam"):
                flags = ["--hidden", "16", "--batch", "32", "--epochs", "4", "--val", "0", "--seed", "5", "--optimizer", solver]
                subprocess.run([os.environ["INKLING_PROGRAM"], "train", f"{folder}/x.npy", "--labels", f"{folder}/y.npy", "-o", f"{folder}/m.safetensors",
                                "--quiet", *flags], check=True, stdout=subprocess.DEVNULL)
                ours = net(max_iter=4, random_state=5, solver=solver).fit(x, y)
                self.assertEqual(inkling.load(f"{folder}/m.safetensors").hash, ours.model_.hash)

    def test_classes_of_any_kind(self):
        x, y = rows()
        for names in (np.array(["cat", "dog, \"x\"", "été"]), np.array([-5, 3, 1000000]), np.array([1.0, 2.0, 30.0]), np.array([True, False])):
            given = names[y % len(names)]
            fitted = net().fit(x, given)
            self.assertEqual(list(fitted.classes_), sorted(names.tolist()))
            self.assertTrue(set(fitted.predict(x).tolist()) <= set(names.tolist()))
            p = fitted.predict_proba(x)
            self.assertEqual(p.dtype, np.float32)
            np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
            np.testing.assert_array_equal(fitted.classes_[p.argmax(axis=1)], fitted.predict(x))

    def test_nothing_is_copied(self):
        x, y = rows()
        self.assertTrue(np.shares_memory(inkling.model.as_rows(x), x))
        bytes_ = (x * 20 + 128).clip(0, 255).astype(np.uint8)
        self.assertTrue(np.shares_memory(inkling.model.as_rows(bytes_), bytes_))
        self.assertFalse(np.shares_memory(inkling.model.as_rows(x[:, ::2]), x))
        fitted = net().fit(bytes_, y)
        self.assertEqual(fitted.model_.metadata("values"), "bytes")
        np.testing.assert_array_equal(fitted.predict_proba(bytes_), fitted.predict_proba(bytes_.astype(np.float64)))
        self.assertEqual(net().fit(x.astype(np.float64), y).model_.hash, net().fit(x, y).model_.hash)

    def test_early_stopping(self):
        x, y = rows(600)
        fitted = net(max_iter=500, early_stopping=True, validation_fraction=0.2, n_iter_no_change=3).fit(x, y)
        self.assertLess(fitted.n_iter_, 500)
        self.assertLessEqual(max(fitted.validation_scores_[-3:]), max(fitted.validation_scores_[:-3]) + 1e-4)
        best = json.loads(fitted.model_.metadata("metrics"))["val_accuracy"]
        self.assertEqual(best, fitted.best_validation_score_)
        whole = net(max_iter=30, early_stopping=True, tol=-1).fit(x, y)
        self.assertEqual(whole.n_iter_, 30)
        self.assertEqual(len(fitted.validation_scores_), fitted.n_iter_)
        self.assertEqual(max(fitted.validation_scores_), fitted.best_validation_score_)
        self.assertIn("no improvement", fitted.ended_)

    def test_weights(self):
        x, y = rows(classes=2)
        noisy = np.where(np.arange(len(y)) % 3 == 0, 1 - y, y)
        fitted = net(max_iter=40).fit(x, noisy, sample_weight=(np.arange(len(y)) % 3 != 0).astype(float))
        self.assertGreater(np.mean(fitted.predict(x) == y), 0.95)
        self.assertEqual(net().fit(x, y).model_.hash, net().fit(x, y, sample_weight=np.full(len(y), 3.0)).model_.hash)
        few = np.concatenate([np.where(y == 0)[0], np.where(y == 1)[0][:10]])
        overlap = x[few] * 0.1
        share = [np.mean(net(class_weight=weight).fit(overlap, y[few]).predict(overlap) == 1) for weight in (None, "balanced", {1: 100.0})]
        self.assertLess(share[0], share[1])
        self.assertLessEqual(share[1], share[2])

    def test_going_on(self):
        x, y = rows()
        warm = net(warm_start=True, max_iter=2, settings={"shuffle": "none"})
        first = warm.fit(x, y).loss_
        self.assertLess(warm.fit(x, y).loss_, first)
        part = net()
        part.partial_fit(x[:100], y[:100], classes=[0, 1, 2])
        before = part.loss_curve_[0]
        part.partial_fit(x[y == 1], y[y == 1])  # one class only
        for _ in range(10):
            part.partial_fit(x, y)
        self.assertEqual(part.n_iter_, 12)
        self.assertLess(part.loss_, before)
        alone = net().partial_fit(x[y == 1], y[y == 1], classes=[2, 1, 0])  # from the first call on
        self.assertEqual(alone.classes_.tolist(), [0, 1, 2])
        for _ in range(10):
            alone.partial_fit(x, y)
        self.assertGreater(alone.score(x, y), 0.9)
        twice = [net() for _ in range(2)]
        for one in twice:
            for part in (x[:150], x[150:]):
                one.partial_fit(part, y[:150], classes=[0, 1, 2])
        self.assertEqual(twice[0].model_.hash, twice[1].model_.hash)

    def test_rows_of_another_scale(self):
        x, y = rows()
        model = net().fit(x, y)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            model.predict(x)
            self.assertEqual([str(one.message) for one in said], [])
            model.predict(x * 1000)
            model.predict_proba(x[:1] * 1000)
        self.assertEqual(len(said), 2)
        self.assertIn("divide by 1000?", str(said[0].message))
        self.assertIn("1 of 1 rows lie far outside", str(said[1].message))
        self.assertEqual({one.filename for one in said}, {__file__})

    def test_partial_fit_says_that_columns_do_not_vary(self):
        x, y = rows()
        with self.assertWarnsRegex(UserWarning, r"5 of 5 columns .* the 1 row of .*scale='none'"):
            net().partial_fit(x[:1], y[:1], classes=[0, 1, 2])
        flat = np.column_stack([x, np.full(len(x), 7, np.float32)])
        with self.assertWarnsRegex(UserWarning, r"1 of 6 columns .* the 300 rows of "):
            part = net().partial_fit(flat, y, classes=[0, 1, 2])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            part.partial_fit(flat[:1], y[:1])  # said once
            net(scale="none").partial_fit(x[:1], y[:1], classes=[0, 1, 2])
            net().partial_fit((x[:1] > 0).astype(np.uint8), y[:1], classes=[0, 1, 2])
            net().partial_fit(x, y, classes=[0, 1, 2])

    def test_partial_fit_learns_scales_later(self):
        x, y = rows()
        for scale in ("standard", "minmax"):
            wide = np.ascontiguousarray(x * [1, 1000, 1, 1e-3, 1] + [0, 5000, 0, 0, -3], np.float32)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                part = net(scale=scale).partial_fit(wide[:1], y[:1], classes=[0, 1, 2])
                first = part.model_
                for _ in range(3):
                    for i in range(1, 300):
                        part.partial_fit(wide[i:i + 1], y[i:i + 1])
            self.assertGreater(part.score(wide, y), 0.9)
            self.assertTrue((first.weights()["scale.factor"] == 0).all())  # the model that was given away is as it was
            tensors, seen = part.model_.weights(), np.concatenate([wide[:1], *[wide[1:]] * 3]).astype(float)
            shift, factor = (seen.mean(axis=0), 1 / seen.std(axis=0)) if scale == "standard" else (seen.min(axis=0), 1 / np.ptp(seen, axis=0))
            np.testing.assert_allclose(tensors["scale.shift"], shift, rtol=1e-4, atol=1e-4)
            np.testing.assert_allclose(tensors["scale.factor"], factor, rtol=1e-4)
        with warnings.catch_warnings():  # columns that vary from the first call on keep their scale; constant ones stay 0
            warnings.simplefilter("ignore")
            flat = np.column_stack([x, np.full(len(x), 7, np.float32)])
            part = net().partial_fit(flat[:100], y[:100], classes=[0, 1, 2])
            before = part.model_.weights()
            part.partial_fit(flat[100:] * 2, y[100:])
            after = part.model_.weights()
        self.assertTrue((before["scale.factor"][:5] == after["scale.factor"][:5]).all() and after["scale.factor"][5] != 0)

    def test_parameters(self):
        x, y = rows()
        fitted = net(net="dense 8 tanh | dropout 0.1 | dense 4 gelu", solver="adam", learning_rate_init=0.01, batch_size="full", l2=1e-4,
                     scale="minmax", settings={"schedule": "cosine", "label_smoothing": 0.1}).fit(x, y)
        self.assertEqual(fitted.model_.notation, "dense 8 tanh | dropout 0.1 | dense 4 gelu")
        self.assertEqual(fitted.n_layers_, 4)
        self.assertEqual(InklingClassifier((), max_iter=1).fit(x, y).model_.notation, "")
        self.assertEqual(InklingClassifier((7, 5), "logistic", max_iter=1).fit(x, y).model_.notation, "dense 7 sigmoid | dense 5 sigmoid")

    def test_verbose(self):
        x, y = rows()
        script = "import sys, numpy as np; from inkling import InklingClassifier as C; C(max_iter=2, verbose=True).fit(np.eye(4), [0, 1, 0, 1])"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=dict(os.environ, PYTHONPATH=PACKAGE))
        self.assertEqual(done.stderr.count("Iteration"), 2, done.stderr)


class Refusals(unittest.TestCase):
    """What cannot be used is a ValueError with a sentence, whether scikit-learn is there or not; and the classifier stays as it was."""

    def setUp(self):
        self.x, self.y = rows()
        self.fitted = net(warm_start=True).fit(self.x, self.y)
        self.hash = self.fitted.model_.hash

    def tearDown(self):
        self.assertEqual(self.fitted.model_.hash, self.hash)
        self.assertGreater(self.fitted.score(self.x, self.y), 0.9)

    def test_rows(self):
        x, y = self.x, self.y
        hostile = {"none": None, "number": 3.0, "flat": x[:, 0], "cube": x.reshape(300, 5, 1), "no rows": x[:0], "no columns": x[:, :0],
                   "nan": np.where(x > 2, np.nan, x), "infinite": np.where(x > 2, np.inf, x), "too large": x.astype(float) * 1e300,
                   "complex": x + 1j, "texts": x.astype(str).astype(object) + "!", "bytes": np.array([[b"a"] * 5] * 300),
                   "objects": np.array([[object()] * 5] * 300), "dicts": np.array([[{}] * 5] * 300),
                   "records": np.zeros(300, [("a", "f4"), ("b", "f4")]), "ragged": [[1, 2], [3]] * 150, "text": "rows", "nested": [[[1, 2], 3]] * 300}
        for name, bad in hostile.items():
            known = (lambda: self.fitted.fit(bad, y), lambda: self.fitted.partial_fit(bad, y), lambda: self.fitted.predict(bad),
                     lambda: self.fitted.predict_proba(bad))
            for call in known if name == "nan" else (lambda: net().fit(bad, y), *known):  # who learns from gaps knows them
                with self.subTest(name), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    with self.assertRaises((ValueError, TypeError)):
                        call()
        for call in (lambda: self.fitted.predict(x[:, :4]), lambda: self.fitted.partial_fit(x[:, :4], y), lambda: self.fitted.model_.predict(x[:, :4])):
            with self.assertRaisesRegex(ValueError, "4 features"):
                call()
        for call in (self.fitted.model_.predict, self.fitted.model_.predict_proba):
            for name in ("none", "number", "flat", "nan", "infinite", "complex", "texts", "objects", "records", "ragged"):
                with self.subTest(name), self.assertRaises(ValueError):
                    call(hostile[name])

    def test_rows_without_an_answer(self):
        for call in (self.fitted.predict, self.fitted.predict_proba, self.fitted.model_.predict):
            with self.assertRaisesRegex(ValueError, r"row 1 \(from 0\).*no answer: the outputs of layer dense1 are not finite"):
                call(np.stack([self.x[0], np.full(5, 3.4e38, np.float32) * [1, -1, 1, -1, 1]]))

    def test_classes(self):
        x, y = self.x, self.y
        for name, bad in {"none": None, "short": y[:299], "long": np.append(y, 1), "empty": y[:0], "two columns": np.stack([y, y], 1),
                          "nan": np.where(y == 1, np.nan, y), "continuous": y + 0.5, "one class": y * 0, "number": 1,
                          "mixed": np.array([1, "a", None] * 100, dtype=object), "zero byte": np.array(["a", "b\0c", "d"])[y]}.items():
            with self.subTest(name), self.assertRaises((ValueError, TypeError)):
                net().fit(x, bad)
        with self.assertRaisesRegex(ValueError, "one class"):
            net().fit(x, np.zeros(len(x)))
        for name, bad in {"one more": y + 1, "other type": y.astype(str), "short": y[:7]}.items():
            with self.subTest(name), self.assertRaises(ValueError):
                self.fitted.partial_fit(x, bad)
        with self.assertRaises(ValueError):
            self.fitted.fit(x, y + 1)  # warm_start with other classes
        for classes in (None, [1], [0, 1], ["0", "1", "2"]):
            with self.subTest(classes), self.assertRaises(ValueError):
                net().partial_fit(x, y, classes=classes)
        with self.assertRaises(ValueError):
            self.fitted.partial_fit(x, y, classes=[0, 1])
        with self.assertRaises(ValueError):
            self.fitted.score(x, y[:7])

    def test_weights(self):
        x, y = self.x, self.y
        for bad in ([1.0, 2.0], np.full(300, np.nan), np.full(300, -1.0), np.zeros(300), np.full((300, 1), 1.0), np.full(300, 1e308), ["a"] * 300,
                    np.where(y == 0, 1.0, 0.0)):  # leaves one class
            with self.subTest(str(bad)[:60]), self.assertRaises(ValueError):
                net().fit(x, y, sample_weight=bad)
        for bad in ("odd", {7: 1.0}, {0: -1.0}, {0: np.nan}, [1, 2, 3], 3, {0: 0, 1: 0, 2: 0}):
            with self.subTest(str(bad)[:60]), self.assertRaises(ValueError):
                net(class_weight=bad).fit(x, y)

    def test_parameters(self):
        for wrong in ({"activation": "sine"}, {"activation": 3}, {"solver": "lbfgs"}, {"batch_size": 0}, {"batch_size": 1.5}, {"max_iter": 0},
                      {"learning_rate_init": -1}, {"learning_rate_init": float("nan")}, {"l2": "much"}, {"dropout": 1}, {"scale": "some"},
                      {"net": "dense"}, {"net": "dense 8\0"}, {"settings": {"no-such": 1}}, {"settings": {"scale": "odd"}}, {"settings": 3},
                      {"random_state": -1}, {"random_state": "x"}, {"random_state": 1.5}, {"threads": 0}, {"threads": 10**9},
                      {"hidden_layer_sizes": (1.5,)}, {"hidden_layer_sizes": "100"}, {"hidden_layer_sizes": (-3,)}, {"hidden_layer_sizes": None},
                      {"early_stopping": True, "validation_fraction": 0}, {"early_stopping": True, "validation_fraction": 1.5},
                      {"early_stopping": True, "n_iter_no_change": 0}, {"early_stopping": True, "tol": None}):
            with self.subTest(wrong), self.assertRaises(ValueError):
                InklingClassifier(**{"max_iter": 1, **wrong}).fit(self.x, self.y)
        with self.assertRaisesRegex(ValueError, "did you mean"):
            net(settings={"label_smothing": 0.1}).fit(self.x, self.y)
        with self.assertRaises(ValueError):
            net().set_params(no_such=1)
        with self.assertRaisesRegex(ValueError, "not fitted"):
            net().predict(self.x)

    def test_divergence(self):
        wild = net(learning_rate_init=1e4, activation="identity", net="dense 64 identity | dense 64 identity | dense 64 identity", scale="none")
        with self.assertRaisesRegex(inkling.InklingError, "diverged"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wild.fit(self.x * 1e6, self.y)


class Models(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.x, self.y = rows()
        self.fitted = net().fit(self.x, np.array(["a", "b", "c"])[self.y])

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_known(self):
        x, y = rows(1200)
        classifier = net(early_stopping=True, validation_fraction=0.2, max_iter=5).fit(x[:900], y[:900])
        known = classifier.predict_known(x[900:])
        self.assertEqual((known.dtype, known.shape), (np.float32, (300,)))
        self.assertTrue((known >= 0).all() and (known <= 1).all() and 0.3 < np.median(known) < 0.7, np.median(known))
        self.assertTrue((classifier.predict_known(100 + x[:5]) < 0.01).all())
        again = inkling.Model.from_bytes(classifier.model_.to_bytes())
        self.assertTrue((again.predict_known(x[900:]) == known).all())
        self.assertEqual(again.predict_known(x[:0]).shape, (0,))
        with self.assertRaisesRegex(NotImplementedError, "validation rows.*early_stopping=True"):
            net(max_iter=1).fit(x, y).predict_known(x)
        several = net(max_iter=5, early_stopping=True, validation_fraction=0.2, settings={"ensemble": 2}).fit(x[:900], y[:900])
        self.assertTrue(0.3 < np.median(several.predict_known(x[900:])) < 0.7)

    def test_save_and_load(self):
        self.fitted.model_.save(self.path("m.safetensors"))
        model = inkling.load(self.path("m.safetensors"))
        self.assertEqual(model.hash, self.fitted.model_.hash)
        self.assertEqual(list(model.classes), ["a", "b", "c"])
        np.testing.assert_array_equal(model.predict(self.x), self.fitted.predict(self.x))
        np.testing.assert_array_equal(model.predict_proba(self.x), self.fitted.predict_proba(self.x))
        self.assertEqual(model.predict_proba(self.x[:0]).shape, (0, 3))
        self.assertIn("dense 16 relu", repr(model))
        self.assertEqual(inkling.load(self.path("m.safetensors")).predict(self.x.reshape(-1, 5, 1)).shape, (300,))
        numbers = net().fit(self.x, self.y).model_
        self.assertEqual(numbers.predict(self.x).dtype.kind, "i")

    def test_pickle(self):
        again = pickle.loads(pickle.dumps(self.fitted))
        np.testing.assert_array_equal(again.predict_proba(self.x), self.fitted.predict_proba(self.x))
        self.assertEqual(again.loss_curve_, self.fitted.loss_curve_)
        self.assertEqual(pickle.loads(pickle.dumps(self.fitted.model_)).hash, self.fitted.model_.hash)

    def test_export(self):
        for form in ("npz", "json", "c"):
            self.fitted.model_.export(self.path("m." + form))
            self.assertGreater(os.path.getsize(self.path("m." + form)), 100)
        with np.load(self.path("m.npz")) as arrays:
            self.assertEqual(arrays["W1"].shape, (5, 16))
        self.assertEqual(inkling.import_model(self.path("m.json")).hash, self.fitted.model_.hash)
        with self.assertRaises(ValueError):
            self.fitted.model_.export(self.path("m.xyz"))

    def test_failures(self):
        with self.assertRaises(FileNotFoundError):
            inkling.load(self.path("nothing"))
        with open(self.path("bad"), "wb") as file:
            file.write(b"x" * 100)
        with self.assertRaisesRegex(inkling.InklingError, "bad"):
            inkling.load(self.path("bad"))
        with self.assertRaises(OSError):
            self.fitted.model_.save(self.path("no/such/folder"))
        with self.assertRaisesRegex(ValueError, "4 features"):
            self.fitted.model_.predict(self.x[:, :4])


class Manners(unittest.TestCase):
    def test_threads_at_once(self):
        """Other threads run while the library works; one model answers in all of them."""
        x, y = rows(4000, 30)
        fitted = net().fit(x, y)
        expected, counted, stop = fitted.predict_proba(x), [0], threading.Event()

        def count():
            while not stop.is_set():
                counted[0] += 1
                time.sleep(0.001)

        counter = threading.Thread(target=count)
        counter.start()
        self.addCleanup(stop.set)
        results = [None] * 4
        threads = [threading.Thread(target=lambda i=i: results.__setitem__(i, fitted.predict_proba(x))) for i in range(4)]
        for thread in threads:
            thread.start()
        InklingClassifier((200,), max_iter=60).fit(x, y)
        for thread in threads:
            thread.join()
        stop.set()
        counter.join()
        self.assertGreater(counted[0], 10)
        for result in results:
            np.testing.assert_array_equal(result, expected)

    @unittest.skipUnless(os.path.isdir("/proc/self/task"), "threads are counted in /proc")
    def test_kept_models_keep_no_threads(self):
        x, y = rows(2000, 30)
        net(threads=3).fit(x, y).predict(x)
        before = len(os.listdir("/proc/self/task"))
        kept = [net(max_iter=1, threads=3).fit(x, y) for _ in range(5)]
        end = time.monotonic() + 20  # a thread that has ended is listed for a moment
        while len(os.listdir("/proc/self/task")) > before and time.monotonic() < end:
            time.sleep(0.01)
        self.assertLessEqual(len(os.listdir("/proc/self/task")), before)
        self.assertEqual(len({one.model_.hash for one in kept}), 1)

    @unittest.skipUnless(hasattr(signal, "pthread_kill"), "no signals to threads")
    def test_ctrl_c(self):
        x, y = rows(20000, 60)
        fitted = net(max_iter=100000)
        timer = threading.Timer(0.7, lambda: os.kill(os.getpid(), signal.SIGINT))
        self.addCleanup(timer.cancel)
        began = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            timer.start()
            fitted.fit(x, y)
        self.assertLess(time.monotonic() - began, 20)
        self.assertGreater(fitted.n_iter_, 0)
        self.assertGreater(fitted.score(x, y), 0.9)

    def test_fork(self):
        x, y = rows(2000, 30)
        fitted = net().fit(x, y)
        expected = fitted.predict(x)
        child = os.fork()
        if child == 0:
            try:
                good = np.array_equal(fitted.predict(x), expected) and net().fit(x, y).score(x, y) > 0.9
                del fitted
                gc.collect()
                os._exit(0 if good else 1)
            finally:
                os._exit(2)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_weights(self):
        x, y = rows(60)
        model = net().fit(x, y).model_
        weights = model.weights()
        self.assertEqual(sum(w.size for name, w in weights.items() if not name.startswith("scale")), model.parameters)
        hidden = (x.astype(np.float32) - weights["scale.shift"]) * weights["scale.factor"] if "scale.shift" in weights else x
        for layer in (1, 2):
            hidden = hidden @ weights[f"dense{layer}.weight"].T + weights[f"dense{layer}.bias"]
            hidden = np.maximum(hidden, 0) if layer == 1 else hidden
        np.testing.assert_array_equal(model.classes[hidden.argmax(axis=1)], model.predict(x))
        weights["dense1.bias"][:] = np.nan  # a copy
        self.assertTrue(np.isfinite(model.weights()["dense1.bias"]).all())

    def test_bytes(self):
        model = net().fit(*rows(30)).model_
        content = model.to_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.safetensors")
            model.save(path)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), content)
        self.assertEqual(inkling.Model.from_bytes(content).hash, model.hash)
        for damaged in (b"", content[:-1], content[:100]):
            with self.assertRaises(ValueError):
                inkling.Model.from_bytes(damaged)

    def test_closed(self):
        with net().fit(*rows(30)).model_ as model:
            x = np.zeros((1, model.features), np.float32)
            self.assertEqual(model.predict_proba(x).shape, (1, len(model.classes)))
        model.close()
        for use in (lambda: model.predict(x), lambda: model.save("m.safetensors"), lambda: model.metadata("seed"), model.to_bytes, model.__enter__):
            with self.assertRaisesRegex(ValueError, "closed"):
                use()

    def test_objects_in_circles(self):
        """The collector ends objects in any order."""
        x, y = rows(30)
        for _ in range(20):
            fitted = net(max_iter=1).fit(x, y)
            model = fitted.model_
            model.me = [model, fitted]
            del fitted, model
        gc.collect()

    def test_missing_library(self):
        done = subprocess.run([sys.executable, "-c", "import inkling"], capture_output=True, text=True,
                              env=dict(os.environ, PYTHONPATH=PACKAGE, INKLING_LIBRARY="/no/such.so"))
        self.assertIn("INKLING_LIBRARY", done.stderr)
        self.assertIn("ImportError", done.stderr)

    @unittest.skipUnless(estimator.HAS_SKLEARN, "scikit-learn is not there anyway")
    def test_without_scikit_learn(self):
        script = ("import sys, unittest; sys.modules['sklearn'] = None\n"
                  "from inkling import InklingClassifier as C, estimator\n"
                  "assert not estimator.HAS_SKLEARN\n"
                  "c = C((3,), l2=0.5).set_params(l2=1e-5)\n"
                  "assert repr(c) == 'InklingClassifier(hidden_layer_sizes=(3,), l2=1e-05)', c\n"
                  "assert C(**c.get_params()).get_params() == c.get_params()\n"
                  "unittest.main('test_inkling', argv=['test', 'Fitting', 'Refusals', 'Models'])\n")
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                              env=dict(os.environ, PYTHONPATH=os.pathsep.join([PACKAGE, TESTS])))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_version(self):
        with open(f"{ROOT}/include/inkling.h") as file:
            lines = [line.split() for line in file if line.startswith("#define INK_VERSION_")]
        self.assertEqual(inkling.__version__, ".".join(line[2] for line in lines))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where this was started
    unittest.main()
