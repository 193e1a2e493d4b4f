"""Where a series changes its meaning (`data/series_breaks.toml`), to be marked wherever it is shown."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from hnf.errors import TableError
from hnf.locations import data_folder

_FIELDS = {"id", "from", "applies_to", "what", "reference"}
_OPTIONAL = {"to", "mark", "mark_at"}


@dataclass(frozen=True)
class SeriesBreak:
    """One break.

    Parameters
    ----------
    id, what, reference : str
        Name, what changed, and where that stands.
    since, until : str
        First financial year, January or mid-year on the new footing, and the last of a change that took several years;
        equal otherwise.
    applies_to : tuple of str
        Measures of funding, `plans`, `head` or `real`.
    mark, mark_at : str
        What a chart writes at the break, and at which period.
    """

    id: str
    since: str
    until: str
    applies_to: tuple[str, ...]
    what: str
    reference: str
    mark: str = ""
    mark_at: str = ""

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

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "from": self.since,
            "to": self.until,
            "applies_to": list(self.applies_to),
            "what": self.what,
            "reference": self.reference,
        }


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((data_folder() / "series_breaks.toml").read_text(encoding="utf-8"))


def statements_until() -> int:
    """Return the last January in which statements of SEN were counted."""
    return int(_document()["statements_until"])


def plans_in_words() -> str:
    """Return what a count of plans holds."""
    return f"Statements of SEN (until {statements_until()}) and EHC plans"


def collection_since() -> int:
    """Return the first January in which plans were collected by person."""
    return int(_document()["collection_since"])


@cache
def series_breaks() -> tuple[SeriesBreak, ...]:
    """Return all breaks in the order of the file.

    Raises
    ------
    TableError
        If an entry lacks a field or has an unknown one.
    """
    path = data_folder() / "series_breaks.toml"
    entries = _document()["break"]
    for entry in entries:
        if set(entry) - _OPTIONAL != _FIELDS:
            raise TableError(f"the break {entry.get('id', '?')} has not the fields {sorted(_FIELDS)}", where=str(path))
    return tuple(
        SeriesBreak(
            entry["id"],
            entry["from"],
            entry.get("to", entry["from"]),
            tuple(entry["applies_to"]),
            entry["what"],
            entry["reference"],
            entry.get("mark", ""),
            entry.get("mark_at", entry["from"]),
        )
        for entry in entries
    )


def breaks_of(series: Iterable[str]) -> tuple[SeriesBreak, ...]:
    """Return the breaks of some series: measures of funding, `plans`, `head` or `real`."""
    wanted = set(series)
    return tuple(found for found in series_breaks() if wanted & set(found.applies_to))


def definitions_since() -> str:
    """Return the financial year from which the block is defined as it is now: its latest break that charts mark."""
    return max(found.since for found in breaks_of(("block",)) if found.mark)


def chart_marks(series: Iterable[str], periods: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the period and the words of each break that a chart of these series and periods marks."""
    shown = set(periods)
    return tuple((found.mark_at, found.mark) for found in breaks_of(series) if found.mark and found.mark_at in shown)
