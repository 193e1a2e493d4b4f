"""The list of known differences: what differs, by how much, and what is known (`data/known_differences.toml`).

An entry is one difference; differences of one kind that many areas share are one entry with a table of pounds by area.
Below it: where series change their meaning (`data/series_breaks.toml`), and assumptions (`data/assumptions.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hnf.errors import FormulaError, TableError
from hnf.paths import data_folder
from hnf.results import Answer


@dataclass(frozen=True)
class KnownDifference:
    """One difference that is listed and explained rather than forced, of a check (`reconcile` or `protection`).

    `expected_difference_gbp` is recomputed minus published; of `protection` the recomputed `bound` (floor or limit, the
    nearest or the one that the evidence points to) minus column A. `area` is `england` or the codes of the authorities.
    """

    id: str
    check: str
    financial_year: str
    area: str
    what: str
    reason: str
    expected_difference_gbp: float
    tolerance_gbp: float
    bound: str = ""

    def covers(self, difference_gbp: float) -> bool:
        """Say whether a difference found is the one that is known."""
        return abs(difference_gbp - self.expected_difference_gbp) <= self.tolerance_gbp


@dataclass(frozen=True)
class PlaceRule:
    """How much the baseline grows by for one place that moved into it, and the reference."""

    place_gbp: float
    reference: str


@cache
def known_differences() -> tuple[KnownDifference, ...]:
    """Return the list.

    Raises
    ------
    FormulaError
        If an entry lacks a key or has an unknown one, or one area appears twice in a check of a year.
    """
    document, where = _document()
    try:
        single = [KnownDifference(**entry) for entry in document["difference"]]
        shared = [found for entry in document.get("differences_by_area", []) for found in _by_area(entry)]
    except (KeyError, TypeError, AttributeError) as error:
        raise FormulaError(f"an entry is not as described: {error}", where=where) from error
    found = (*single, *shared)
    keys = [(entry.check, entry.financial_year, entry.area) for entry in found]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise FormulaError(f"area {twice[2]} appears twice in {twice[0]} of {twice[1]}", where=where)
    return found


@dataclass(frozen=True)
class KnownSum:
    """A column in which printed areas are not the sum of their authorities: printed minus sum, £ or people, by area."""

    financial_year: str
    term: str
    reason: str
    tolerance: float
    expected: dict[str, float]


@cache
def known_sums() -> tuple[KnownSum, ...]:
    """Return the columns that are known not to add up; `FormulaError` where the list is not as described."""
    document, where = _document()
    try:
        return tuple(KnownSum(**entry) for entry in document.get("sums_by_area", []))
    except TypeError as error:
        raise FormulaError(f"an entry of sums_by_area is not as described: {error}", where=where) from error


@cache
def place_rule() -> PlaceRule:
    """Return the funding of one place that moves into the baseline; `FormulaError` where it is not as described."""
    document, where = _document()
    try:
        return PlaceRule(**document["place_moved_into_baseline"])
    except (KeyError, TypeError) as error:
        raise FormulaError(f"place_moved_into_baseline is not as described: {error}", where=where) from error


@dataclass(frozen=True)
class ReportedWarning:
    """What to know before a reported figure is used; empty lists of areas, years and measures mean all of them."""

    what: str
    reference: str
    areas: tuple[str, ...] = ()
    financial_years: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()

    def covers(self, area: str, financial_year: str, measure: str) -> bool:
        """Say whether it is about a figure."""
        pairs = ((self.areas, area), (self.financial_years, financial_year), (self.measures, measure))
        return all(not listed or one in listed for listed, one in pairs)


@cache
def reported_warnings() -> tuple[ReportedWarning, ...]:
    """Return the warnings about reported figures; `FormulaError` where the list is not as described."""
    document, where = _document()
    try:
        return tuple(ReportedWarning(**entry) for entry in document.get("reported_warning", []))
    except TypeError as error:
        raise FormulaError(f"an entry of reported_warning is not as described: {error}", where=where) from error


@dataclass(frozen=True)
class StatedRise:
    """Which stated rise of the formula per head narrows the bands of later years, and how exactly it is taken.

    On the baseline of its year, or on `base_term` of `base_year` per head of `base_mid_year`. The true rise lies from
    `below` steps of the stated precision under the stated one to `above` steps over it. Without `financial_year` it is
    about every year.
    """

    measure: str
    below: float
    above: float
    reason: str
    financial_year: str = ""
    base_year: str = ""
    base_term: str = ""
    base_mid_year: int = 0


@cache
def stated_rises() -> tuple[StatedRise, ...]:
    """Return them (`data/bounds.toml`); `FormulaError` where the list is not as described."""
    path = data_folder() / "bounds.toml"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["stated_rise"]
        return tuple(StatedRise(**entry) for entry in entries)
    except (KeyError, TypeError) as error:
        raise FormulaError(f"an entry is not as described: {error}", where=str(path)) from error


def _document() -> tuple[dict[str, Any], str]:
    path = data_folder() / "known_differences.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")), str(path)


def _by_area(entry: dict[str, Any]) -> list[KnownDifference]:
    rest = {key: value for key, value in entry.items() if key != "expected_difference_gbp"}
    return [
        KnownDifference(**{**rest, "id": f"{entry['id']}_{area}", "area": area, "expected_difference_gbp": pounds})
        for area, pounds in entry["expected_difference_gbp"].items()
    ]


# Where a series changes its meaning (`data/series_breaks.toml`), to be marked wherever it is shown.

_FIELDS = {"id", "from", "applies_to", "what", "reference"}
_OPTIONAL = {"to", "mark", "mark_at", "undo", "undone", "left_in"}


@dataclass(frozen=True)
class SeriesBreak(Answer):
    """One break of the series in `applies_to`: measures of funding, `plans`, `head` or `real`.

    `since` is the first period on the new footing, `until` the last of a change that took several years, else the same;
    `mark` is what a chart writes, at the period `mark_at`. `undo` is the column that puts an amount after the break on
    the footing before it; `undone` and `left_in` say what that does and what it cannot.
    """

    JSON = "id from=since to=until applies_to what reference"

    id: str
    since: str
    until: str
    applies_to: tuple[str, ...]
    what: str
    reference: str
    mark: str = ""
    mark_at: str = ""
    undo: str = ""
    undone: str = ""
    left_in: str = ""

    @property
    def starts(self) -> int:
        """The calendar year in which `since` begins."""
        return int(self.since[:4])

    @property
    def ends(self) -> int:
        """The calendar year in which `until` begins."""
        return int(self.until[:4])

    def lies_in(self, first: int, last: int) -> bool:
        """Whether a series from `first` to `last` (years in which a period begins) crosses the break."""
        return first < self.ends and self.starts <= last

    @property
    def in_words(self) -> str:
        """When and what, as a sentence."""
        when = self.since if self.since == self.until else f"{self.since} to {self.until}"
        return f"Break in the series, {when}: {self.what}."


@cache
def _breaks_document() -> dict[str, Any]:
    return tomllib.loads((data_folder() / "series_breaks.toml").read_text(encoding="utf-8"))


def statements_until() -> int:
    """Return the last January in which statements of SEN were counted."""
    return int(_breaks_document()["statements_until"])


def plans_in_words() -> str:
    """Return what a count of plans holds."""
    return f"Statements of SEN (until {statements_until()}) and EHC plans"


def collection_since() -> int:
    """Return the first January in which plans were collected by person."""
    return int(_breaks_document()["collection_since"])


def population_printed() -> dict[str, str]:
    """Return the financial years whose block sheet prints the population, each with the letter of the column."""
    return dict(_breaks_document()["population_printed"])


@cache
def series_breaks() -> tuple[SeriesBreak, ...]:
    """Return all breaks in the order of the file."""
    path = data_folder() / "series_breaks.toml"
    entries = _breaks_document()["break"]
    for entry in entries:
        if set(entry) - _OPTIONAL != _FIELDS:
            raise TableError(f"the break {entry.get('id', '?')} has not the fields {sorted(_FIELDS)}", where=str(path))
    return tuple(
        SeriesBreak(
            since=entry["from"],
            until=entry.get("to", entry["from"]),
            applies_to=tuple(entry["applies_to"]),
            mark_at=entry.get("mark_at", entry["from"]),
            **{
                key: entry[key]
                for key in ("id", "what", "reference", *sorted(_OPTIONAL - {"to", "mark_at"}))
                if key in entry
            },
        )
        for entry in entries
    )


def breaks_of(series: Iterable[str]) -> tuple[SeriesBreak, ...]:
    """Return the breaks of some series: measures, `plans`, `head`, `real`, or tables and items of the SEN2 returns."""
    wanted = set(series)
    return tuple(found for found in series_breaks() if wanted & set(found.applies_to))


def breaks_between(series: str, first: int, last: int) -> tuple[SeriesBreak, ...]:
    """Return the breaks of one series that lie between two years, in which periods begin."""
    return tuple(found for found in breaks_of((series,)) if found.lies_in(first, last))


def definitions_since() -> str:
    """Return the financial year from which the block is defined as it is now: its latest break that charts mark."""
    return max(found.since for found in breaks_of(("block",)) if found.mark)


def chart_marks(series: Iterable[str], periods: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the period and the words of each break that a chart of these series and periods marks."""
    shown = set(periods)
    return tuple((found.mark_at, found.mark) for found in breaks_of(series) if found.mark and found.mark_at in shown)


# Numbers that no published table gives: read from `data/assumptions.toml`, each with its reason and reference.

_KEYS = ("id", "value", "unit", "status", "reason", "reference")


@dataclass(frozen=True)
class Assumption(Answer):
    """One number with why it was chosen; `status` says that it is no published figure."""

    JSON = "id value unit status reason reference"

    id: str
    value: float
    unit: str
    status: str
    reason: str
    reference: str


def assumption(name: str, path: Path | None = None) -> Assumption:
    """Return one assumption by its id, of a file (the shipped one by default).

    Raises
    ------
    TableError
        If the file cannot be read, an entry is not complete, or there is none of this name.
    """
    path = path or data_folder() / "assumptions.toml"
    found = load_assumptions(path)
    if name not in found:
        raise TableError(f"there is no assumption '{name}'", where=str(path), todo=f"There are {', '.join(found)}.")
    return found[name]


@cache
def load_assumptions(path: Path) -> dict[str, Assumption]:
    """Read all assumptions by id."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("assumption", [])
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(f"cannot read the assumptions: {error}", where=str(path)) from error
    for entry in entries:
        missing = [key for key in _KEYS if entry.get(key) in (None, "")]
        if missing or not isinstance(entry["value"], int | float):
            what = f"lacks {', '.join(missing)}" if missing else "has a value that is no number"
            raise TableError(f"assumption '{entry.get('id', '?')}' {what}", where=str(path))
    return {entry["id"]: Assumption(**{key: entry[key] for key in _KEYS}) for entry in entries}
