"""What a sentence says besides its number: per what, when, from which end, among whom, and how surely."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hnf.errors import UsageError
from hnf.years import FinancialYear

_CHILD = r"(?:pupil|child|learner|student|young person)"
_PER = r"\b(?:per|a|an|each|every|for every)[\s-]"
#: Denominators as they are said, the most particular first.
_PERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("plan", re.compile(_PER + r"(?:ehc[\s-]?plan|ehcp|plan)\b", re.I)),
    ("plan", re.compile(_PER + _CHILD + r" with an? (?:ehc|education,? health)", re.I)),
    (
        "send_pupil",
        re.compile(_PER + r"(?:send? |special needs )?" + _CHILD + r" with (?:send?|special|additional)", re.I),
    ),
    ("send_pupil", re.compile(_PER + r"(?:send?|special needs) " + _CHILD, re.I)),
    ("high_needs_child", re.compile(_PER + r"high[\s-]needs " + _CHILD, re.I)),
    ("pupil", re.compile(_PER + r"(?:school )?pupil\b|\bper-pupil\b", re.I)),
    ("head", re.compile(_PER + r"(?:head|person|capita)\b|\bper-head\b", re.I)),
)
_FINANCIAL_YEAR = re.compile(r"\b(20\d\d)\s?[-/–]\s?(?:20)?(\d\d)\b")
_JANUARY = r"(?:january |jan )?"
_FROM_TO = re.compile(
    r"\b(?:from|between|since)\s" + _JANUARY + r"(20\d\d)\s?(?:to|and|-|–|until)\s?" + _JANUARY + r"(20\d\d)\b", re.I
)
_SINCE = re.compile(r"\b(?:since|from|on|than in|over)\s" + _JANUARY + r"(20\d\d)\b", re.I)
_UNTIL = re.compile(r"\b(?:by|until|in|to|at)\s" + _JANUARY + r"(20\d\d)\b", re.I)
_GROUPS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("counties", re.compile(r"\b(?:county councils|of (?:any|all) count(?:y|ies)|shire counties)\b", re.I)),
    ("london", re.compile(r"\b(?:london boroughs|in london)\b", re.I)),
    ("metropolitan", re.compile(r"\bmetropolitan (?:districts|boroughs|authorities)\b", re.I)),
    ("unitaries", re.compile(r"\bunitary (?:authorities|councils)\b", re.I)),
)
_HEDGES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("about", re.compile(r"\b(?:about|around|roughly|approximately|some|circa)\b[^.;]{0,12}$", re.I)),
    ("over", re.compile(r"\b(?:over|more than|above|at least)\b[^.;]{0,12}$", re.I)),
    ("nearly", re.compile(r"\b(?:nearly|almost|close to|just under|up to)\b[^.;]{0,12}$", re.I)),
)
_LOW = re.compile(r"\b(?:lowest|worst|least|bottom)\b", re.I)
_HIGH = re.compile(r"\b(?:highest|best|most|top)\b", re.I)


@dataclass(frozen=True)
class Period:
    """The time that a sentence names: a financial year, or calendar years from and to."""

    year: FinancialYear | None = None
    start: int | None = None
    end: int | None = None


def said_per(text: str) -> str:
    """Return what a sentence divides by, empty where it does not say or "per child" leaves it open."""
    return next((per for per, pattern in _PERS if pattern.search(text)), "")


def said_period(text: str) -> Period:
    """Return the time that a sentence names."""
    years = [year for match in _FINANCIAL_YEAR.finditer(text) if (year := _financial_year(match)) is not None]
    if len(years) > 1:
        first, last = min(years), max(years)
        return Period(start=first.start, end=last.start) if first < last else Period(year=first)
    if years:
        return Period(start=years[0].start) if re.search(r"\bsince 20", text, re.I) else Period(year=years[0])
    both = _FROM_TO.search(text)
    if both and int(both[1]) < int(both[2]):
        return Period(start=int(both[1]), end=int(both[2]))
    since, until = _SINCE.search(text), _UNTIL.search(text)
    start = int(since[1]) if since else None
    end = int(until[1]) if until and (start is None or int(until[1]) > start) else None
    return Period(start=start, end=end)


def _financial_year(match: re.Match[str]) -> FinancialYear | None:
    try:
        return FinancialYear.parse(f"{match[1]}-{match[2]}")
    except UsageError:
        return None


def said_direction(text: str, *, has_universe: bool) -> str:
    """Return the end a rank counts from: "133rd of 151" counts from the top, as tables of this kind are written."""
    if _LOW.search(text):
        return "lowest"
    if _HIGH.search(text):
        return "highest"
    return "highest" if has_universe else "lowest"


def said_group(text: str) -> str:
    """Return the group of authorities that a rank is among, empty for all."""
    return next((group for group, pattern in _GROUPS if pattern.search(text)), "")


def said_qualifier(before: str) -> str:
    """Return the hedge that stands before a number."""
    return next((hedge for hedge, pattern in _HEDGES if pattern.search(before)), "")
