"""The list of known differences: what differs, by how much, and what is known (`data/known_differences.toml`).

An entry is one difference; differences of one kind that many areas share stand in one entry with a table of pounds by
area.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from hnf.errors import FormulaError
from hnf.locations import data_folder


@dataclass(frozen=True)
class KnownDifference:
    """One difference that is listed and explained rather than forced.

    Parameters
    ----------
    id, check, financial_year, area : str
        Name of the entry, the check it is about (`reconcile` or `protection`), the year, and `england` or the codes of
        the authorities.
    what, reason : str
        What differs, and what is known about it.
    expected_difference_gbp : float
        Recomputed less published; of `protection` the recomputed `bound` less column A.
    tolerance_gbp : float
        How near a difference must be to count as this one.
    bound : str
        Of `protection`: `floor` or `limit`, the nearest, or the one that the evidence in `reason` points to.
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
    """How much the baseline grows by for one place that moved into it, and where that stands."""

    place_gbp: float
    reference: str


@cache
def known_differences() -> tuple[KnownDifference, ...]:
    """Return the list.

    Raises
    ------
    FormulaError
        If an entry lacks a key or has one that nobody reads, or one area stands twice in a check of a year.
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
        raise FormulaError(f"area {twice[2]} stands twice in {twice[0]} of {twice[1]}", where=where)
    return found


@dataclass(frozen=True)
class KnownSum:
    """A column in which printed areas are not the sum of the authorities listed, by area and how much.

    Parameters
    ----------
    financial_year, term : str
    reason : str
        Why.
    tolerance : float
        How near a difference must be to count as this one.
    expected : dict of str to float
        Printed less the sum, in pounds or people, by area.
    """

    financial_year: str
    term: str
    reason: str
    tolerance: float
    expected: dict[str, float]


@cache
def known_sums() -> tuple[KnownSum, ...]:
    """Return the columns that are known not to add up.

    Raises
    ------
    FormulaError
        If the list does not hold them as described.
    """
    document, where = _document()
    try:
        return tuple(KnownSum(**entry) for entry in document.get("sums_by_area", []))
    except TypeError as error:
        raise FormulaError(f"an entry of sums_by_area is not as described: {error}", where=where) from error


@cache
def place_rule() -> PlaceRule:
    """Return the funding of one place that moves into the baseline.

    Raises
    ------
    FormulaError
        If the list does not hold it as described.
    """
    document, where = _document()
    try:
        return PlaceRule(**document["place_moved_into_baseline"])
    except (KeyError, TypeError) as error:
        raise FormulaError(f"place_moved_into_baseline is not as described: {error}", where=where) from error


def _document() -> tuple[dict[str, Any], str]:
    path = data_folder() / "known_differences.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")), str(path)


def _by_area(entry: dict[str, Any]) -> list[KnownDifference]:
    rest = {key: value for key, value in entry.items() if key != "expected_difference_gbp"}
    return [
        KnownDifference(**{**rest, "id": f"{entry['id']}_{area}", "area": area, "expected_difference_gbp": pounds})
        for area, pounds in entry["expected_difference_gbp"].items()
    ]
