"""A `Figure` is one number with the way back to published cells; an `Answer` is what one question gives.

The id of a figure names what it is (`kind:part:part`), so that the same id always means the same quantity and
`hnf trace ID` can recompute it and walk its inputs down to publisher, file, sheet and cell. An answer declares its JSON
form once; rows, CSV, frames and the ids of its figures are read off that form.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

from hnf.errors import UsageError
from hnf.years import FinancialYear, January, MidYear

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

#: Numbers of all authorities at once; numpy is loaded where they are made, not here.
FloatArray: TypeAlias = "NDArray[np.float64]"
Basis = Literal["published", "derived", "implied", "reported", "estimated"]
Unit = Literal[
    "gbp",
    "gbp_per_head",
    "gbp_per_pupil",
    "gbp_per_plan",
    "per_1000",
    "count",
    "pct",
    "percentage_points",
    "rank",
    "share",
    "index",
    "coefficient",
]

#: From the surest to the least sure: a figure is no surer than its least sure input.
BASES: tuple[Basis, ...] = get_args(Basis)


@dataclass(frozen=True)
class Figure:
    """One number and where it comes from.

    Parameters
    ----------
    id : str
        `kind:part:…`, stable between runs and releases.
    label : str
        What the number is, in words, with place and period.
    value : float, int or None
        The number, unrounded, in `unit`; None where the publisher prints a symbol or nothing.
    unit : str
        Unit of `value`; percentages are 0 to 100, shares 0 to 1.
    basis : str
        `published` (a cell), `derived` (arithmetic on cells), `implied` (a range that published rules and figures
        leave), `reported` (said in Parliament, by a council or in the press) or `estimated` (rests on an assumption).
    inputs : tuple of str
        Ids of the figures it is computed from; empty for a published figure.
    derivation, status : str
        The arithmetic, and why `value` is None, in words.
    """

    id: str
    label: str
    value: float | int | None
    unit: Unit
    basis: Basis
    inputs: tuple[str, ...] = ()
    derivation: str = ""
    status: str = ""


def weakest_basis(figures: list[Figure]) -> Basis:
    """Return the basis of a number computed from `figures`: never better than `derived`."""
    worst = max((BASES.index(figure.basis) for figure in figures), default=0)
    return BASES[max(worst, 1)]


def add_up(numbers: Iterable[float]) -> float:
    """Return the exact sum, rounded once, so that it is the same on every Python; whole where all numbers are whole."""
    numbers = tuple(numbers)
    return sum(map(int, numbers)) if all(isinstance(number, int) for number in numbers) else math.fsum(numbers)


def add_figures(id_: str, label: str, parts: list[Figure], derivation: str = "sum") -> Figure:
    """Return the sum of figures of one unit; without a value, and with its status, where one of them has none.

    Raises
    ------
    UsageError
        If one of them is reported: such figures are shown one by one.
    """
    if reported := next((part.id for part in parts if part.basis == "reported"), ""):
        raise UsageError(f"{reported} is a reported figure, which is never added to others")
    missing = [part.status for part in parts if part.value is None]
    value = None if missing else add_up(part.value or 0 for part in parts)
    inputs, status = tuple(part.id for part in parts), missing[0] if missing else ""
    return Figure(id_, label, value, parts[0].unit, "derived", inputs, derivation, status)


#: Keys of a JSON form: words such as `year`, `measure=spec.measure`, `note?`, `**others`, or groups of them by key.
Keys = str | Mapping[str, Any]


class Answer:
    """What a question gives: one JSON form, from which rows, frames and figure ids are read.

    `JSON` lists the keys in order. Each is a word, or a mapping from a key to a group of such keys:

    - `year`: the attribute of that name, or what the method of that name returns;
    - `measure=spec.measure`, `from=years.0`: by its path, through attributes, keys and places;
    - `note?` or `note=area.note?`: None in place of an empty text or list;
    - `**others`: the keys of a mapping or of another answer.

    What is the same for all answers of a class (`basis`) is an attribute of the class. `ROWS` names the key that holds
    the rows; where it is empty the answer is one row. Parts of an answer are answers too.
    """

    JSON: ClassVar[Keys | tuple[Keys, ...]] = ""
    ROWS: ClassVar[str] = ""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form: nested mappings and lists of text, numbers and None, unrounded."""
        return pick(self, self.JSON)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the rows of the JSON form, one dict a row; an answer without rows is one row itself."""
        form = self.to_json()
        return list(form[self.ROWS]) if self.ROWS else [form]

    def to_polars(self) -> pl.DataFrame:
        """Return the result as a polars frame: unrounded values, the columns of `--format csv`; lists stay lists."""
        import polars as pl

        return pl.DataFrame([flatten_row(row) for row in self.as_rows()], infer_schema_length=None)

    def to_pandas(self) -> pd.DataFrame:
        """Return the same table as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(self.to_polars().to_dict(as_series=False))

    def figure_ids(self) -> list[str]:
        """Return the ids of all figures in the answer, each once, in the order in which they appear."""
        return list(dict.fromkeys(_ids(self.to_json())))


def pick(holder: object, keys: Keys | tuple[Keys, ...]) -> dict[str, Any]:
    """Return what `keys` name of an object in the types that JSON knows; `Answer` says how keys are written."""
    form: dict[str, Any] = {}
    for part in keys if isinstance(keys, tuple) else (keys,):
        if isinstance(part, Mapping):
            form.update({key: pick(holder, group) for key, group in part.items()})
            continue
        for word in part.split():
            key, _, path = word.removesuffix("?").partition("=")
            value = as_plain(_follow(holder, path or key.removeprefix("**")))
            if key.startswith("**"):
                form.update(value)
            else:
                form[key] = None if word.endswith("?") and value in ("", [], {}) else value
    return form


def _follow(holder: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(holder, Mapping):
            holder = holder[name]
        else:
            holder = holder[int(name)] if name.isdecimal() else getattr(holder, name)
        if isinstance(holder, MethodType):
            holder = holder()
    return holder


def _ids(form: Any, key: str = "") -> Iterator[str]:
    if isinstance(form, Mapping):
        for name, value in form.items():
            yield from _ids(value, key if key == "figure_ids" else str(name))
    elif isinstance(form, list):
        for value in form:
            yield from _ids(value, key)
    elif isinstance(form, str) and (key == "figure_ids" or key.endswith("_id")) and ":" in form:
        yield form


def as_plain(value: Any) -> Any:
    """Return a value in the types that JSON knows; NaN and infinities become None.

    Raises
    ------
    TypeError
        If the value is of a kind that has no agreed form.
    """
    if isinstance(value, Enum):
        return as_plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Answer):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [as_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, January | MidYear):
        return value.year
    if isinstance(value, FinancialYear | PurePath):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if hasattr(value, "item"):  # a number of numpy
        return as_plain(value.item())
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def flatten_row(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a row of nested mappings as one level, the keys joined by points: `authority.from.count`."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat.update(flatten_row(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
