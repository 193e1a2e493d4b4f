"""The list of known differences: what differs, by how much, and what is known (`data/known_differences.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from hnf.errors import FormulaError
from hnf.locations import data_folder


@dataclass(frozen=True)
class KnownDifference:
    """One difference that is listed and explained rather than forced."""

    id: str
    check: str
    financial_year: str
    area: str
    what: str
    reason: str
    expected_difference_gbp: float
    tolerance_gbp: float

    def covers(self, difference_gbp: float) -> bool:
        """Say whether a difference found is the one that is known."""
        return abs(difference_gbp - self.expected_difference_gbp) <= self.tolerance_gbp


@cache
def known_differences() -> tuple[KnownDifference, ...]:
    """Return the list.

    Raises
    ------
    FormulaError
        If an entry lacks a key or has one that nobody reads.
    """
    path = data_folder() / "known_differences.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return tuple(KnownDifference(**entry) for entry in document["difference"])
    except (KeyError, TypeError) as error:
        raise FormulaError(f"an entry is not as described: {error}", where=str(path)) from error
