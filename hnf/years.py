"""The three kinds of year of the field, as types that cannot be mistaken for one another.

A financial year runs from April to March (`2023-24`), an EHC plan count is taken in a January (`2024`), a population
estimate is for the middle of a year (`2023`). By default the financial year Y-Z goes with the population of mid-Y and
with the January of Y, the count known when the year starts.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from hnf.errors import UsageError

_FINANCIAL = re.compile(r"^(20\d\d)\s*(?:-|/|–|to|_)?\s*(?:20)?(\d\d)$")
_FOUR_DIGITS = re.compile(r"^20\d\d$")


@dataclass(frozen=True, order=True)
class MidYear:
    """The middle (30 June) of a calendar year, as in ONS population estimates."""

    year: int

    def __str__(self) -> str:
        return str(self.year)


@dataclass(frozen=True, order=True)
class January:
    """The January of a calendar year, when the SEN2 return counts plans."""

    year: int

    def __post_init__(self) -> None:
        _require_number(self.year, "January")

    def __str__(self) -> str:
        return str(self.year)

    @classmethod
    def parse(cls, text: str | int | January) -> January:
        """Read `2024`; a January is taken as it is."""
        return cls(_calendar_year(text, "a January count"))

    @classmethod
    def from_academic_year(cls, label: str) -> January:
        """Read the SEN2 label of an academic year: `201819` means January 2019."""
        if not re.fullmatch(r"20\d{4}", label) or (int(label[2:4]) + 1) % 100 != int(label[4:]):
            raise UsageError(f"'{label}' is not an academic year such as 201819")
        return cls(int(label[:4]) + 1)


@dataclass(frozen=True, order=True)
class FinancialYear:
    """A financial year, named by the calendar year in which it starts."""

    start: int

    def __post_init__(self) -> None:
        _require_number(self.start, "FinancialYear")

    def __str__(self) -> str:
        return f"{self.start}-{(self.start + 1) % 100:02d}"

    @classmethod
    def parse(cls, text: str | FinancialYear) -> FinancialYear:
        """Read `2023-24`, also written `2023-2024`, `2023/24`, `2023 to 2024` or `202324`; a year is taken as it is."""
        found = _FINANCIAL.match(str(text).strip())
        if not found or (int(found[1]) + 1) % 100 != int(found[2]):
            raise UsageError(f"'{str(text)[:40]}' is not a financial year", todo="Write it as 2023-24.")
        return cls(int(found[1]))

    @classmethod
    def of(cls, asked: str | int | FinancialYear) -> FinancialYear:
        """Take a year as users of Python give it: as `parse` does, or 2023 (or "2023") for the one that begins then."""
        is_start = isinstance(asked, int | str) and _FOUR_DIGITS.match(str(asked).strip())
        return cls(int(asked)) if is_start else cls.parse(asked)  # type: ignore[arg-type]

    @property
    def mid_year(self) -> MidYear:
        """The population that goes with this year by default."""
        return MidYear(self.start)

    @property
    def january(self) -> January:
        """The EHC plan count that goes with this year by default: the one known when the year starts."""
        return January(self.start)

    @property
    def previous(self) -> FinancialYear:
        """The year before."""
        return FinancialYear(self.start - 1)

    @property
    def next(self) -> FinancialYear:
        """The year after."""
        return FinancialYear(self.start + 1)

    @property
    def in_words(self) -> str:
        """The year as GOV.UK writes it in prose: `2023 to 2024`."""
        return f"{self.start} to {self.start + 1}"


def is_calendar_year(value: int) -> bool:
    """Whether a number is a calendar year of this century, the only one that the field counts in."""
    return _FOUR_DIGITS.match(str(value)) is not None


def date_in_words(iso: str) -> str:
    """Return an ISO date as prose writes it: 2019-04-01 is 1 April 2019."""
    date = datetime.date.fromisoformat(iso)
    return f"{date.day} {date:%B %Y}"


def day_in_words(iso: str) -> str:
    """Return a date, a month or a year as prose writes it: 2026-02-23, 2026-02 and 2026."""
    return date_in_words(iso) if iso.count("-") == 2 else month_in_words(iso) if "-" in iso else iso


def month_in_words(iso: str) -> str:
    """Return an ISO month as prose writes it: 2026-06 is June 2026."""
    return date_in_words(f"{iso[:7]}-01").partition(" ")[2]


def _require_number(year: object, kind: str) -> None:
    """Refuse what is no whole number, which would fail only where the year is used."""
    if not isinstance(year, int) or isinstance(year, bool):
        raise UsageError(f"{kind} takes a calendar year as a number, not '{year}'", todo=f"Use {kind}.parse for text.")


def _calendar_year(text: object, kind: str) -> int:
    if not _FOUR_DIGITS.match(str(text).strip()):
        raise UsageError(f"'{str(text)[:40]}' is not the year of {kind}", todo="Write it as 2024.")
    return int(str(text))
