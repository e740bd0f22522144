"""Tables of pandas as raw rows: numbers, words by their numbers, dates by their parts, gaps as NaN. pandas is used where a table comes from it, and
never imported.

SPDX-License-Identifier: MIT
"""
from __future__ import annotations

import re
import sys
from collections import Counter
from decimal import Decimal
from numbers import Real
from typing import Any, Callable, NamedTuple, Optional, Sequence

import numpy as np

Words = Optional[tuple[str, ...]]
_MOST_WORDS = 65536  # of a column
_DATES = ("date", "datetime", "datetime64")
_TIME = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]m?)?\s*", re.IGNORECASE)  # of a day, without a date
_Reader = Callable[[str, "list[str]"], np.ndarray]
# name: what it is of a column of dates without a time zone. The same as of dates in a file
_PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda when: when.dt.year, "month": lambda when: when.dt.month, "day": lambda when: when.dt.day,
    "weekday": lambda when: when.dt.dayofweek, "hour": lambda when: when.dt.hour,
    "days": lambda when: (when - _pandas().Timestamp(0)) / _pandas().Timedelta(days=1)}


class Given(NamedTuple):
    """Rows as the library takes them."""
    x: np.ndarray  # float32 or uint8 (rows, features)
    names: Optional[tuple[str, ...]] = None  # of the features
    words: Optional[tuple[Words, ...]] = None  # of each feature, None for numbers

    @property
    def plain(self) -> bool:
        """Whether there are numbers alone, without a gap."""
        return not any(self.words or ()) and (self.x.dtype == np.uint8 or not bool(np.isnan(self.x).any()))


def _pandas() -> Any:
    return sys.modules["pandas"]


def is_frame(X: Any) -> bool:
    """Whether X is a DataFrame of pandas."""
    return "pandas" in sys.modules and isinstance(X, getattr(_pandas(), "DataFrame", ()))


def is_plain(frame: Any) -> bool:
    """Whether all columns hold numbers as NumPy has them (or truth values)."""
    return all(isinstance(kind, np.dtype) and kind.kind in "biuf" for kind in frame.dtypes)


def _is_number(value: Any) -> bool:
    return isinstance(value, (Real, Decimal, np.bool_))


def _kind(column: Any) -> str:
    """What a column (a Series) holds: "number", "word", "date", "time" (of a day) or "span"."""
    types, kind = _pandas().api.types, column.dtype
    if types.is_datetime64_any_dtype(kind) or isinstance(kind, _pandas().PeriodDtype):
        return "date"
    if types.is_timedelta64_dtype(kind):
        return "span"
    if types.is_complex_dtype(kind):
        raise ValueError(f"column {column.name!r} holds complex numbers; expected real ones")
    if not isinstance(kind, _pandas().CategoricalDtype) and (types.is_bool_dtype(kind) or types.is_numeric_dtype(kind)):
        return "number"
    if kind == object:
        if types.infer_dtype(column, skipna=True) in _DATES:
            return "date"
        if types.infer_dtype(column, skipna=True) == "time":
            return "time"
        if all(map(_is_number, column.dropna())):
            return "number"
    return "word"


def _numbers(column: Any) -> np.ndarray:
    """A column's numbers (rows,), NaN for gaps. Raises ValueError for a text, a date, an infinite number."""
    kind, pandas = _kind(column), _pandas()
    try:
        if kind == "date":
            raise ValueError("a date is not a number")
        if kind == "time":
            raise ValueError("a time is not a number")
        if kind == "span":
            column = column / pandas.Timedelta(days=1)
        elif kind == "word":
            column = pandas.to_numeric(column.astype(object))
        elif column.dtype == object or not isinstance(column.dtype, (np.dtype, pandas.SparseDtype)):
            column = column.astype(object).where(column.notna(), np.nan)
        with np.errstate(over="ignore"):
            values = np.asarray(column, dtype=float).astype(np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"column {column.name!r} held numbers when the model was trained, and does not now: {error}") from None
    if np.isinf(values).any():
        raise ValueError(f"column {column.name!r} contains infinity or a value too large for float32")
    return values


def _dates(column: Any) -> Any:
    """A column's dates as datetime64 without a time zone; NaT for gaps. Raises ValueError for what is no date."""
    pandas = _pandas()
    try:
        if isinstance(column.dtype, pandas.PeriodDtype):
            column = column.dt.to_timestamp()
        if not pandas.api.types.is_datetime64_any_dtype(column.dtype):
            if _kind(column) == "number" and column.notna().any():  # to_datetime would take it for nanoseconds
                raise ValueError("they are numbers")
            if column.map(lambda value: isinstance(value, str) and bool(_TIME.fullmatch(value))).any():  # to_datetime would take it for today's
                raise ValueError("some are times of day")
            column = pandas.to_datetime(column)
        return column.dt.tz_localize(None)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"column {column.name!r} held dates when the model was trained, and does not now: {error}") from None


def _hours(column: Any) -> np.ndarray:
    """A column's times of day as the hour with a fraction (rows,), NaN for gaps. Raises ValueError for what is none."""
    pandas = _pandas()

    def hour(value: Any) -> float:
        if isinstance(value, str) and _TIME.fullmatch(value):
            value = pandas.to_datetime(value.replace(",", ".")).time()
        if not all(hasattr(value, part) for part in ("hour", "minute", "second", "microsecond")) or hasattr(value, "year"):
            raise ValueError(f"{value!r} is no time of day")
        return (3600 * value.hour + 60 * value.minute + value.second + value.microsecond / 1e6) / 3600

    try:
        return np.array([np.nan if gap else hour(value) for value, gap in zip(column.astype(object), column.isna())], float)
    except (ValueError, TypeError) as error:
        raise ValueError(f"column {column.name!r} held times of day when the model was trained, and does not now: {error}") from None


def _text(value: Any) -> str:
    """A value as a word: without the blanks around it, integers without a fraction; "" is a gap."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    elif isinstance(value, (float, np.floating)) and np.isfinite(value) and value == np.floor(value):
        value = int(value)
    return str(value).replace("\0", " ").encode(errors="replace").decode().strip()


def _texts(column: Any) -> tuple[np.ndarray, list[str]]:
    """A column as places (rows,) in a list of texts, -1 for gaps, and that list."""
    try:
        places, values = _pandas().factorize(column)
    except TypeError as error:
        raise ValueError(f"column {column.name!r} holds what is neither a number nor a text: {error}") from None
    return places, [_text(value) for value in values]


def _fit_words(column: Any) -> tuple[str, ...]:
    """The words of a column in their order; of very many the most frequent."""
    places, texts = _texts(column)
    counts: Counter[str] = Counter()
    for text, count in zip(texts, np.bincount(places[places >= 0], minlength=len(texts)).tolist()):
        if text and count:
            counts[text] += count
    most = sorted(counts, key=lambda text: (-counts[text], text))[:_MOST_WORDS]
    return tuple(sorted(most))


def _word_numbers(column: Any, words: tuple[str, ...]) -> np.ndarray:
    """The numbers of a column's words, float32 (rows,): -1 for one that is not among them, NaN for gaps."""
    places, texts = _texts(column)
    known = {word: float(i) for i, word in enumerate(words)}
    known[""] = np.nan
    numbers = np.array([known.get(text, -1.0) for text in texts] + [np.nan], np.float32)
    return numbers[places]  # -1 is the last


class Table:
    """What columns of a table become: the names of the features, and their words; of times of day the hour with a fraction."""

    def __init__(self, names: Sequence[str], words: Sequence[Words], times: Sequence[str] = (), texts: Sequence[str] = (), read: Optional[_Reader] = None) -> None:
        """times: names of columns of times of day. texts: of dates and times whose texts `read` takes: read(column, texts) gives rows of raw
        values in which the column's are filled in."""
        self.names, self.words, self.times, self.texts, self.read = tuple(names), tuple(words), frozenset(times), frozenset(texts), read

    @staticmethod
    def fit(frame: Any) -> "Table":
        """The features of a DataFrame's columns. Of a date those parts that vary are features. Raises ValueError."""
        names: list[str] = []
        words: list[Words] = []
        times: list[str] = []
        for name, column in _columns(frame).items():
            kind = _kind(column)
            if kind == "time" and column.nunique() > 1:
                times.append(name)
                names.append(f"{name}.hour")
                words.append(None)
            elif kind == "date":
                when = _dates(column)
                parts = [part for part, of in _PARTS.items() if of(when).nunique() > 1]
                names += [f"{name}.{part}" for part in parts]
                words += [None] * len(parts)
            elif kind != "time":
                names.append(name)
                words.append(_fit_words(column) or None if kind == "word" else None)
        if not names or len(set(names)) < len(names):
            twice = [name for name, count in Counter(names).items() if count > 1]
            raise ValueError(f"two columns, or parts of dates, have the name {twice[0]!r}" if twice else "no column of the table varies")
        return Table(names, words, times)

    def rows(self, frame: Any) -> Given:
        """A DataFrame's rows. Its columns may be in any order, and others beside them. Raises ValueError for one that is missing, or holds
        something else."""
        columns = _columns(frame)
        x = np.empty((len(frame), len(self.names)), np.float32)
        parts: dict[str, Callable[[int, str], Any]] = {}
        missing: list[str] = []
        for j, (name, words) in enumerate(zip(self.names, self.words)):
            stem, _, part = name.rpartition(".")
            if name in columns:
                x[:, j] = _numbers(columns[name]) if words is None else _word_numbers(columns[name], words)
            elif stem in columns and part in _PARTS:
                if stem not in parts:
                    parts[stem] = self._parts(stem, columns[stem])
                x[:, j] = parts[stem](j, part)
            elif name not in missing:
                missing.append(name)
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise ValueError(f"the table has no column {', '.join(map(repr, missing[:5]))}{more}, which the model was trained on")
        return Given(x, self.names, self.words)


    def _parts(self, stem: str, column: Any) -> Callable[[int, str], Any]:
        """What gives the values of one part of a column of dates or times, which is a certain feature. Raises ValueError."""
        kind = _kind(column)
        if kind == "word" and stem in self.texts and self.read:
            places, texts = _texts(column)
            values = self.read(stem, texts + [""])
            return lambda j, part: values[places, j]  # a gap's place is -1
        only_hour = all(name == f"{stem}.hour" for name in self.names if name.rpartition(".")[0] == stem)
        is_time = kind == "time" or (kind == "word" and bool(column.dropna().map(lambda value: bool(_TIME.fullmatch(str(value)))).all()))
        if stem in self.times or (only_hour and is_time and stem not in self.texts):
            hours = _hours(column)
            return lambda j, part: hours
        dates = _dates(column)
        return lambda j, part: _PARTS[part](dates)


def _columns(frame: Any) -> dict[str, Any]:
    """The columns by their names as texts. Raises ValueError where two have one name."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise ValueError(f"two columns have the name {next(name for name in names if names.count(name) > 1)!r}")
    return {name: frame.iloc[:, i] for i, name in enumerate(names)}
