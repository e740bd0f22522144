"""The shared library: where it is, what its functions take, and its failures as exceptions.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
import threading
import warnings
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char, c_char_p, c_double, c_int, c_size_t, c_uint, c_uint64, c_void_p
from typing import Any, Callable, Iterable, Mapping, Optional

from ._version import __version__


class InklingError(RuntimeError):
    """A failure that no exception of Python's own describes: a damaged file, a training that diverged."""


class BadFile(InklingError, ValueError):
    """A file is damaged or of another kind."""


# ink_status -> exception
_OK, _DIVERGED, _CANCELLED = 0, 9, 10
_ERRORS = {1: MemoryError, 2: ValueError, 3: ValueError, 4: FileNotFoundError, 5: BadFile, 6: ValueError, 7: OSError,
           8: NotImplementedError}


_MOST_SCORES = 8  # INK_MOST_SCORES


class Score(Structure):
    """ink_score"""
    _fields_ = [("name", c_char_p), ("higher_is_better", c_bool), ("share", c_bool)]


class Sized(Structure):
    """A struct that begins with its size."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(size=ctypes.sizeof(self), **fields)


class Epoch(Sized):
    """ink_epoch"""
    _fields_ = [("size", c_size_t), ("epoch", c_size_t), ("step", c_size_t), ("steps_total", c_size_t), ("lr", c_double),
                ("scores", POINTER(Score)), ("score_count", c_size_t), ("monitor", c_size_t), ("train", c_double * _MOST_SCORES),
                ("val", c_double * _MOST_SCORES), ("seconds", c_double), ("rows_per_second", c_double), ("best", c_bool)]

    def value(self, column: str) -> float:
        """A score by the name of its column, "val_accuracy"; NaN if there is none."""
        return float(lib.ink_epoch_value(byref(self), column.encode()))


class Progress(Structure):
    """ink_progress"""
    _fields_ = [("epoch", c_size_t), ("epochs", c_size_t), ("step", c_size_t), ("steps_total", c_size_t), ("seconds", c_double),
                ("rows_per_second", c_double), ("seconds_left", c_double), ("row", POINTER(Epoch))]


PROGRESS = CFUNCTYPE(c_bool, c_void_p, POINTER(Progress))


class Hooks(Sized):
    """ink_hooks"""
    _fields_ = [("size", c_size_t), ("progress", PROGRESS), ("user", c_void_p)]


class Rows(Sized):
    """ink_rows"""
    _fields_ = [("size", c_size_t), ("rows", c_size_t), ("features", c_size_t), ("floats", c_void_p), ("bytes", c_void_p), ("labels", c_void_p),
                ("classes", c_size_t), ("class_names", POINTER(c_char_p)), ("weights", c_void_p), ("targets", c_void_p), ("target_count", c_size_t),
                ("target_names", POINTER(c_char_p)), ("height", c_size_t), ("width", c_size_t), ("channels", c_size_t)]


class Columns(Sized):
    """ink_columns"""
    _fields_ = [("size", c_size_t), ("names", POINTER(c_char_p)), ("words", POINTER(POINTER(c_char_p))), ("counts", POINTER(c_size_t))]


class KnownColumn(Sized):
    """ink_known_column"""
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("kind", c_char_p), ("words", c_size_t), ("first", c_size_t), ("values", c_size_t),
                ("gaps", c_bool)]


class ModelInfo(Sized):
    """ink_model_info"""
    _fields_ = [("size", c_size_t), ("features", c_size_t), ("classes", c_size_t), ("layers", c_size_t), ("parameters", c_size_t), ("outputs", c_size_t),
                ("height", c_size_t), ("width", c_size_t), ("channels", c_size_t), ("notation", c_char_p), ("scaling", c_char_p),
                ("hash", c_uint64), ("black", c_double), ("white", c_double)]


class Tensor(Sized):
    """ink_tensor"""
    _fields_ = [("size", c_size_t), ("name", c_char * 64), ("rank", c_size_t), ("dims", c_size_t * 4), ("count", c_size_t), ("frozen", c_bool)]


NOTE = CFUNCTYPE(None, c_void_p, c_char_p)
SINK = CFUNCTYPE(c_bool, c_void_p, c_void_p, c_size_t)

_P, _PP = c_void_p, POINTER(c_void_p)
# name: (result, arguments)
_FUNCTIONS = {
    "ink_version": (c_char_p, []),
    "ink_kernels_check": (c_int, [c_char_p, c_char_p, c_size_t]),
    "ink_ctx_new": (c_int, [_P, _PP]),
    "ink_ctx_free": (None, [_P]),
    "ink_ctx_message": (c_char_p, [_P]),
    "ink_ctx_on_note": (None, [_P, NOTE, _P]),
    "ink_ctx_set_threads": (c_int, [_P, c_uint]),
    "ink_settings_new": (c_int, [_P, _PP]),
    "ink_settings_free": (None, [_P]),
    "ink_settings_set": (c_int, [_P, _P, c_char_p, c_char_p]),
    "ink_data_wrap": (c_int, [_P, POINTER(Rows), _PP]),
    "ink_data_wrap_table": (c_int, [_P, POINTER(Rows), POINTER(Columns), _PP]),
    "ink_data_free": (None, [_P]),
    "ink_model_load": (c_int, [_P, c_char_p, _PP]),
    "ink_model_import": (c_int, [_P, c_char_p, _P, _PP]),
    "ink_model_save": (c_int, [_P, _P, c_char_p]),
    "ink_model_export": (c_int, [_P, _P, c_char_p, c_char_p]),
    "ink_model_write": (c_int, [_P, _P, SINK, _P]),
    "ink_model_read": (c_int, [_P, c_char_p, c_size_t, c_char_p, _PP]),
    "ink_model_tensor": (c_bool, [_P, c_size_t, POINTER(Tensor)]),
    "ink_model_get_tensor": (c_int, [_P, _P, c_char_p, c_size_t, c_void_p]),
    "ink_model_set_tensor": (c_int, [_P, _P, c_char_p, POINTER(c_size_t), c_size_t, c_void_p]),
    "ink_model_free": (None, [_P]),
    "ink_model_describe": (None, [_P, POINTER(ModelInfo)]),
    "ink_model_class": (c_char_p, [_P, c_size_t]),
    "ink_model_target": (c_char_p, [_P, c_size_t]),
    "ink_model_metadata": (c_char_p, [_P, c_char_p]),
    "ink_schema_new": (c_int, [_P, _P, _PP]),
    "ink_schema_free": (None, [_P]),
    "ink_schema_find": (c_size_t, [_P, c_char_p]),
    "ink_schema_put": (c_int, [_P, _P, c_size_t, c_char_p, c_void_p]),
    "ink_schema_column": (c_bool, [_P, c_size_t, POINTER(KnownColumn)]),
    "ink_schema_word": (c_char_p, [_P, c_size_t, c_size_t]),
    "ink_predict_data": (c_int, [_P, _P, _P, c_void_p]),
    "ink_known_data": (c_int, [_P, _P, _P, c_void_p]),
    "ink_train_from": (c_int, [_P, _P, _P, POINTER(Hooks), _P, _PP, _PP]),
    "ink_run_free": (None, [_P]),
    "ink_run_epochs": (c_size_t, [_P]),
    "ink_epoch_value": (c_double, [POINTER(Epoch), c_char_p]),
    "ink_run_epoch": (POINTER(Epoch), [_P, c_size_t]),
    "ink_run_ended": (c_char_p, [_P]),
}


def _candidates() -> list[str]:
    """Where the library may be: what $INKLING_LIBRARY says alone, else beside this package, by the system's search, in the usual
    folders."""
    named = os.environ.get("INKLING_LIBRARY")
    if named:
        return [named]
    version = ".".join(__version__.split(".")[:2])
    names = ["libinkling.dylib"] if sys.platform == "darwin" else [f"libinkling.so.{version}", "libinkling.so"]
    here = os.path.dirname(os.path.abspath(__file__))
    folders = [here, "", "/usr/local/lib", "/usr/lib", os.path.expanduser("~/.local/lib")]
    found = ctypes.util.find_library("inkling")
    return [os.path.join(folder, name) for folder in folders for name in names] + ([found] if found else [])


def _open() -> ctypes.CDLL:
    tried = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
            break
        except OSError as error:
            tried.append(f"{path} ({error})" if os.path.exists(path) else path)
    else:
        raise ImportError("libinkling was not found; install it (cmake --install) or name its file in INKLING_LIBRARY. Tried: "
                          + ", ".join(tried))
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name, None)
        if function is None:
            raise ImportError(f"{library._name} has no {name}: it is older than this package ({__version__})")
        function.restype, function.argtypes = result, arguments
    found = library.ink_version().decode()
    if found.split(".")[:2] != __version__.split(".")[:2]:
        raise ImportError(f"{library._name} is version {found}, this package is for {__version__}")
    return library


lib = _open()


class Context:
    """An ink_ctx of its own. It serves one thread at a time. What is made in it knows nothing of it and may outlive it."""

    def __init__(self) -> None:
        handle = c_void_p()
        self.handle: Any = None
        status = lib.ink_ctx_new(None, byref(handle))
        if status != _OK:
            raise MemoryError("no context could be made") if status == 1 else InklingError(
                f"INKLING_KERNELS is {os.environ.get('INKLING_KERNELS')!r}: this machine has no such kernels")
        self.handle, self.process = handle, os.getpid()
        lines: list[bytes] = []
        self.lines = lines
        self._note = NOTE(lambda _, line: lines.append(line))  # kept for as long as the library may call it
        lib.ink_ctx_on_note(handle, self._note, None)

    def warn(self, given: Iterable[str] = ()) -> None:
        """Passes on what the calls since the last time warned of, and which of the settings given have no effect, as warnings at the
        caller's line; what they noted otherwise is dropped."""
        idle = tuple(f"{name} has no effect".encode() for name in given)
        level, folder = 2, os.path.dirname(__file__)
        frame: Any = sys._getframe(1)
        while frame and os.path.dirname(frame.f_code.co_filename) == folder:
            level, frame = level + 1, frame.f_back
        lines = list(self.lines)
        self.lines.clear()
        for line in lines:
            if line.startswith(b"warning: "):
                warnings.warn(line[9:].decode(errors="replace"), stacklevel=level)
            elif line.startswith(idle):
                warnings.warn(line.decode(errors="replace"), stacklevel=level)

    def check(self, status: int) -> None:
        """Raises what a status other than OK means, with the library's sentence."""
        if status != _OK:
            raise _ERRORS.get(status, InklingError)(lib.ink_ctx_message(self.handle).decode(errors="replace"))

    def __del__(self) -> None:
        """A forked child has not the parent's worker threads: it leaves the context that owns them alone."""
        if self.handle and self.process == os.getpid():
            lib.ink_ctx_free(self.handle)
        self.handle = None


class Owner:
    """An object of the library, freed by close(), at the end of a `with`, or with this one."""

    _free: Any = None  # the library's function
    _handle: Any = None

    def __init__(self, handle: c_void_p) -> None:
        self._handle = handle

    @property
    def handle(self) -> c_void_p:
        """What the library's functions take. Raises ValueError once it is freed."""
        if self._handle is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        return self._handle

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._free(handle)

    def __enter__(self) -> Any:
        _ = self.handle  # which raises once it is freed
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


_local = threading.local()


def thread_context() -> Context:
    """This thread's context for short calls."""
    context = getattr(_local, "context", None)
    if context is None or context.process != os.getpid():
        context = _local.context = Context()
    return context


def watched(call: Callable[[], int], stop: threading.Event) -> int:
    """What call() returns. It runs in a thread of its own while this one waits, so that Ctrl-C, or what else a signal raises, arrives here
    at once and never within a callback of the library. Then `stop` is set, the end of the call awaited (its arrays are in use until
    then), and the exception goes on."""
    results: list[int] = []
    finished = threading.Event()

    def run() -> None:
        try:
            results.append(call())
        finally:
            finished.set()

    thread = threading.Thread(target=run, name="inkling")
    try:
        thread.start()
        while not finished.wait(0.2):  # a signal that another thread was given is looked for now and then
            pass
        thread.join()
    except BaseException:
        stop.set()
        while thread.is_alive() and not finished.is_set():
            try:
                finished.wait()
            except BaseException:  # noqa: B902: Ctrl-C once more; the step at hand is finished all the same
                pass
        raise
    return results[0]


def _text(value: Any) -> str:
    """A setting's value as the library reads it."""
    if type(value).__name__ in ("bool", "bool_"):
        return str(bool(value)).lower()
    return repr(float(value)) if isinstance(value, float) else str(value)


class Settings(Owner):
    """An ink_settings, set by name; _ in a name stands for -, None for what is not set."""

    _free = lib.ink_settings_free

    def __init__(self, context: Context, values: Mapping[str, Any]) -> None:
        handle = c_void_p()
        context.check(lib.ink_settings_new(context.handle, byref(handle)))
        super().__init__(handle)
        for name, value in values.items():
            if value is None:
                continue
            name, text = str(name).replace("_", "-"), _text(value)
            if "\0" in name + text:
                raise ValueError(f"a setting cannot hold a zero byte: {name!r} is {text!r}")
            context.check(lib.ink_settings_set(context.handle, handle, name.encode(errors="replace"), text.encode(errors="replace")))
