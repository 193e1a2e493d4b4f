"""A `Figure` is one number with the way back to published cells; an `Answer` is what one question gives.

The id of a figure names what it is (`kind:part:part`), so that the same id always means the same quantity and
`hnf trace ID` can recompute it and walk its inputs down to publisher, file, sheet and cell. An answer declares its JSON
form once; rows, CSV, frames and the ids of its figures are read off that form.
"""

from __future__ import annotations

import datetime
import math
import re
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
    from matplotlib.figure import Figure as MatplotlibFigure
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
    the rows; where it is empty the answer is one row. `MAIN` names the main figures, by their keys in the flat form.
    Parts of an answer are answers too.
    """

    JSON: ClassVar[Keys | tuple[Keys, ...]] = ""
    ROWS: ClassVar[str] = ""
    MAIN: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Keep the short form, which a dataclass would replace by one that prints every part."""
        super().__init_subclass__()
        if "__repr__" not in vars(cls):
            cls.__repr__ = Answer.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        """Say in at most five lines what it is, of whom, when, on which basis, and the main figures."""
        return "\n".join(_described(self, self.to_json()))

    def _repr_html_(self) -> str:
        """Return the short form, a table of at most 20 rows with units in its head, and notes, for a notebook."""
        return _as_html(self)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form: nested mappings and lists of text, numbers and None, unrounded."""
        return complete_rows(pick(self, self.JSON), self.ROWS)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the rows of the JSON form, one dict a row; an answer without rows is one row itself."""
        form = self.to_json()
        return list(form[self.ROWS]) if self.ROWS else [complete_row(form, {})]

    def to_polars(self) -> pl.DataFrame:
        """Return the result as a polars frame: unrounded values, the columns of `--format csv`; lists stay lists."""
        import polars as pl

        rows = [{key: _of_one_type(value) for key, value in flatten_row(row).items()} for row in self.as_rows()]
        for key in dict.fromkeys(key for row in rows for key in row):
            kinds = {_kind(row[key]) for row in rows if row.get(key) is not None}
            if len(kinds) > 1:  # as CSV has it
                rows = [{**row, key: _as_text(row.get(key))} for row in rows]
        return pl.DataFrame(rows, infer_schema_length=None)

    def to_figure(self) -> MatplotlibFigure:
        """Return a matplotlib figure in the house style; `UsageError` without a series or ranking."""
        from hnf import figure_of

        return figure_of(self)

    def to_pandas(self) -> pd.DataFrame:
        """Return the same table as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(self.to_polars().to_dict(as_series=False))

    def figure_ids(self) -> list[str]:
        """Return the ids of all figures in the answer, each once, in the order in which they appear."""
        return list(dict.fromkeys(_ids(self.to_json())))


@dataclass(frozen=True)
class Listing(Answer):
    """An answer put together from several: its title, and its JSON form as it is, rows under the key `ROWS`."""

    title: str
    form: Mapping[str, Any]
    #: What a picture of it is drawn from, where that is not in the form.
    drawing: Any = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return complete_rows({key: as_plain(value) for key, value in self.form.items()}, self.ROWS)


#: What an answer on all authorities together says of its area.
ALL_ENGLAND = {"area_code": "england", "area_name": "England"}
#: What every row says under one name, and the keys that say it: of the row, else of the whole answer.
_OF_ROW = {"period": ("period", "financial_year", "year", "january"), "measure": ("measure", "term")}
_OF_WHOLE = {"period": ("period", "financial_year", "year"), "measure": ("measure",)}
_CODES, _NAMES = ("area_code", "la_code"), ("area_name", "la_name")


def complete_rows(form: dict[str, Any], rows_key: str) -> dict[str, Any]:
    """Return an answer whose rows each say whose figure they are, when, of what, in which unit and on which basis."""
    rows = form.get(rows_key)
    if not isinstance(rows, list):
        return form
    whole = {key: value for key, value in form.items() if key != rows_key}
    return form | {rows_key: [complete_row(row, whole) if isinstance(row, dict) else row for row in rows]}


def complete_row(row: dict[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with what is said of the whole answer where it says nothing else; what nothing says is left out.

    Code and name come from one place, so that no figure of England has the name of the authority asked for.
    """
    place = row if any(row.get(key) is not None for key in _CODES) else whole
    said = {"area_code": _first(place, _CODES), "area_name": _first(place, (*_NAMES, *(("area",) * (place is whole))))}
    for key, names in _OF_ROW.items():
        found = _first(row, names)
        said[key] = _first(whole, _OF_WHOLE[key]) if found is None else found
    if "value" not in row and "value_gbp" in row:
        row = row | {"value": row["value_gbp"], "unit": row.get("unit") or "gbp"}
    said |= {key: row[key] if row.get(key) is not None else whole.get(key) for key in ("unit", "basis")}
    said = {key: value for key, value in said.items() if value is not None}
    lead = {key: said[key] for key in ("area_code", "area_name", "period", "measure") if key in said}
    return lead | {key: value for key, value in row.items() if key not in lead} | said


def _first(form: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((value for key in keys if isinstance(value := form.get(key), str | int)), None)


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


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return ";".join(str(item) for item in value)
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _of_one_type(value: Any) -> Any:
    """Return a list of mappings with whole numbers as floats under keys that have both, as a frame needs them."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return value
    mixed = {key for item in value for key, number in item.items() if isinstance(number, float)}
    return [
        {key: float(one) if key in mixed and isinstance(one, int) else _of_one_type(one) for key, one in item.items()}
        for item in value
    ]


def flatten_row(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a row of nested mappings as one level, the keys joined by points: `authority.from.count`."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat.update(flatten_row(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


# How an answer is shown where it is the last line of a cell or is typed at a prompt; figures are rounded here only.

_MOST_ROWS, _MOST_COLUMNS, _MOST_LETTERS = 20, 12, 150
_WHO = ("la_name", "area_name", "authority.la_name", "area", "who", "name", "title", "label")
_WHEN = ("year", "financial_year", "period", "january", "from")
#: Endings of keys that name a unit, and how the unit is written in a head.
_ENDINGS = {"_gbp": "£", "_pct": "%", "_per_1000": "per 1,000"}
UNIT_WORDS = {
    "gbp": "£", "gbp_per_head": "£ per head", "gbp_per_pupil": "£ per pupil", "gbp_per_plan": "£ per plan",
    "per_1000": "per 1,000", "pct": "%", "percentage_points": "percentage points", "count": "number",
}  # fmt: skip


def _described(answer: Answer, form: Mapping[str, Any]) -> list[str]:
    flat = ({"name": answer.title} if isinstance(answer, Listing) else {}) | flatten_row(form)
    known = [[flat[key] for key in keys if flat.get(key) not in (None, "", [])] for keys in (_WHO, _WHEN)]
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(answer).__name__).lower()
    lines = [", ".join([f"<hnf {kind}", *(str(found[0]) for found in known if found)]) + ">"]
    lines += [str(flat[key]) for key in ("basis_in_words", "sentence") if flat.get(key)]
    main = [f"{_heading(key, '')} {_printed(key, flat.get(key), flat.get('unit'))}" for key in answer.MAIN.split()]
    lines += [", ".join(main) + (f" ({flat['basis']})" if flat.get("basis") else "")] if main else []
    rows = form[answer.ROWS] if answer.ROWS else [form]
    lines.append(f"{len(rows):,} row{'' if len(rows) == 1 else 's'}: .to_polars(), .to_pandas(), .to_json()")
    return [line if len(line) <= _MOST_LETTERS else f"{line[: _MOST_LETTERS - 1]}…" for line in lines]


def _heading(key: str, unit: str) -> str:
    """Return the words of a key, and in brackets its unit where there is one."""
    ending = next((end for end in _ENDINGS if key.endswith(end)), "")
    words = key.removesuffix(ending).replace("_", " ").replace(".", ": ")
    return words if not unit else f"{words} ({unit})"


def _unit_of(key: str, units: set[Any]) -> str:
    """Return the unit of a column: by the ending of its key, or what all rows (or the whole answer) say of `value`."""
    ending = next((_ENDINGS[end] for end in _ENDINGS if key.endswith(end)), "")
    alike = str(next(iter(units))) if len(units) == 1 else ""
    return ending or (
        UNIT_WORDS.get(alike, alike) if re.search(r"(^|[._])(value|mean|median|difference)$", key) else ""
    )


def _printed(key: str, value: Any, unit: Any = None, *, signed: bool = True) -> str:
    """Return a value as it is read; `signed` writes £ and % with it, where no head has them."""
    if value is None:
        return "not known" if signed else "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(str(item) for item in value if not isinstance(item, dict | list))
    if not isinstance(value, int | float):
        return str(value)
    sign = (_unit_of(key, {unit} if unit else set()) if signed else "")[:1]
    if isinstance(value, int) and key.rpartition(".")[2] in ("year", "january", "rank", "date", "release", "period"):
        return str(value)
    whole = isinstance(value, int) or abs(value) >= 10_000 or value == int(value)
    places = 0 if whole else 1 if _unit_of(key, {unit}) in ("%", "per 1,000") else 3 if abs(value) < 1 else 2
    digits = f"{abs(value):,.{places}f}"
    minus = "-" if value < 0 and digits.strip("0.,") else ""
    return f"{minus}£{digits}" if sign == "£" else f"{minus}{digits}{'%' if sign == '%' else ''}"


def _as_html(answer: Answer) -> str:
    from html import escape

    form = answer.to_json()
    flat = [flatten_row(row) for row in answer.as_rows()]
    units = {row["unit"] for row in flat if "unit" in row} or ({form["unit"]} if form.get("unit") else set())
    keys = [key for key in dict.fromkeys(key for row in flat for key in row) if _is_read(key, flat)]
    shown = flat[:_MOST_ROWS]
    notes = [f"{len(shown)} of {len(flat):,} rows: .to_polars() has all."] if len(flat) > len(shown) else []
    if len(flat) == 1:
        head, hidden = ["", ""], len(keys) - _MOST_ROWS
        cells = [[_heading(key, _unit_of(key, units)), _printed(key, flat[0].get(key), signed=False)] for key in keys]
        cells = cells[:_MOST_ROWS]
    else:
        keys, hidden = keys[:_MOST_COLUMNS], len(keys) - _MOST_COLUMNS
        head = [_heading(key, _unit_of(key, units)) for key in keys]
        cells = [[_printed(key, row.get(key), signed=False) for key in keys] for row in shown]
    notes += [f"{hidden} more columns: .to_polars() has all."] if hidden > 0 else []
    said = [form.get(key) for key in ("sentences", "notes")]
    notes += [str(line) for lines in said if isinstance(lines, list) for line in lines if isinstance(line, str)]
    for key in ("excluded", "without_rate", "without_value", "left_out"):
        notes += [f"Left out: {one['la_name']}: {one['reason']}." for one in form.get(key) or () if "la_name" in one]
    # Colours are the page's own, so that it can be read on white and on black.
    line = "border-bottom:1px solid currentColor;text-align:left;vertical-align:top"
    top = "".join(f'<th scope="col" style="{line}">{escape(word)}</th>' for word in head) if any(head) else ""
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in cells)
    caption = "<br>".join(escape(text) for text in _described(answer, form)[:-1])
    foot = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return (
        f'<div style="color:inherit;background:none"><table><caption style="text-align:left;color:inherit">{caption}'
        f"</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{foot}</div>"
    )


def _is_read(key: str, rows: list[dict[str, Any]]) -> bool:
    """Whether a column is for a reader: no ids, and not empty, nested or one of the notes, which follow the table."""
    if re.search(r"(^|[._])(figure_ids?|id|ids)($|\.)", key) or key in ("sentences", "notes", "sentence"):
        return False
    if key in ("la_code", "la_name") and rows and f"area{key[2:]}" in rows[0]:
        return False
    values = [row.get(key) for row in rows]
    nested = any(isinstance(value, list) and any(isinstance(item, dict | list) for item in value) for value in values)
    return not nested and any(value not in (None, "", []) for value in values)
