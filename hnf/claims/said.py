"""Numbers as they are said, and which years a reading means: its times against the date on which it was said.

A January is counted in that month and published at the end of June; a calendar year in the June after it; allocations
come out from the July before a financial year.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hnf.claims.reading import Moment, Reading
from hnf.errors import UsageError
from hnf.measures.notes import breaks_of
from hnf.measures.register import find_measure
from hnf.paths import data_folder
from hnf.years import FinancialYear

#: Counts of a January come out at the end of June; a council knows its own before. Allocations come out from July.
MID_YEAR = 6
_YEAR_STARTS = 4
#: From when "plans are up 40%" counts where it does not say: a year, five, ten, and the years of the reform.
_USUAL_YEARS = (1, 5, 10)


def financial_year_of(day: datetime.date) -> int:
    """Return the year in which the financial year of a day begins."""
    return day.year - (day.month < _YEAR_STARTS)


@dataclass(frozen=True)
class Said:
    """When something was said: the first and the last day that may be; None where that is not known."""

    first: datetime.date | None = None
    last: datetime.date | None = None

    @classmethod
    def on(cls, said: datetime.date | None, precision: str = "day") -> Said:
        """Return the days of a date that is known to the day, the month or the year."""
        if said is None or precision == "day":
            return cls(said, said)
        month = said.month if precision == "month" else 12
        following = datetime.date(said.year + month // 12, month % 12 + 1, 1)
        first = datetime.date(said.year, said.month if precision == "month" else 1, 1)
        return cls(first, following - datetime.timedelta(days=1))

    def now(self, kind: str, known: list[int]) -> list[int]:
        """Return the years that "now" may mean, in which periods of a kind begin: what could be known then."""
        if self.first is None or self.last is None:
            return known[-1:]
        if kind == "financial year":
            first, last = (financial_year_of(day) for day in (self.first, self.last))
            is_announced = self.last.month > MID_YEAR or self.last.month < _YEAR_STARTS
            return list(range(first, last + 1 + is_announced))
        back = 0 if kind == "January" else 1
        years = range(self.first.year - back - (self.first.month <= MID_YEAR), self.last.year - back + 1)
        unpublished = self.last.year - back if self.last.month <= MID_YEAR else None
        return [year for year in years if year in known or year != unpublished]


@dataclass(frozen=True)
class Span:
    """A time: years in which periods begin, `start` None where there is one time; `is_meant` as the words go."""

    start: int | None
    end: int
    is_meant: bool = True


def spans(reading: Reading, said: Said, kind: str, known: list[int]) -> tuple[list[Span], list[int], bool]:
    """Return the times that a reading may mean, years it means that are not held, and whether the last stands in."""
    has_start = reading.form == "change" or reading.is_rank_of_change
    end = reading.end if has_start else reading.end or reading.start
    is_open = end is None or end.kind == "past" or (end.kind == "now" and not end.year)
    ends = _years(end, kind, said, known)
    lacking = _lacking(ends, known)
    if is_open and kind == "financial year" and said.first is None:
        lacking.add(known[-1] + 1)
    held = [year for year in ends if year in known]
    is_fallback = not held and is_open and bool(ends) and ends[0] > known[-1]
    held = known[-1:] if is_fallback else held
    latest = max(ends, default=known[-1])
    if not has_start:
        rest = [year for year in known if year not in held and year <= latest] if is_open else []
        return [*(Span(None, y) for y in held), *(Span(None, y, False) for y in rest)], sorted(lacking), is_fallback
    meant: list[Span] = []
    for last in held or ends:
        firsts = _starts(reading, said, kind, known, last, is_open=is_open)
        lacking |= _lacking(firsts, known) if reading.start is not None else set()
        meant += [Span(first, last) for first in firsts if first in known and last in known and first < last]
    if reading.start is None and not meant:
        lacking |= {year - 1 for year in ends if not is_open and year - 1 not in known}
    pairs = {(each.start, each.end) for each in meant}
    others: list[Span] = []
    for last in (year for year in known if (is_open and year <= latest) or year in held):
        is_free = reading.start is None
        begins = known if is_free else _starts(reading, said, kind, known, last, is_open=is_open)
        others += [Span(y, last, False) for y in begins if y in known and y < last and (y, last) not in pairs]
    return [*meant, *others], sorted(lacking), is_fallback


def _lacking(years: list[int], known: list[int]) -> set[int]:
    """Return the years that are not held; where none is, the likeliest alone."""
    lacking = [year for year in years if year not in known]
    return set(lacking if len(lacking) < len(years) else lacking[:1])


def _starts(reading: Reading, said: Said, kind: str, known: list[int], last: int, *, is_open: bool) -> list[int]:
    """Return the years from which a change to a year may be counted."""
    if reading.start is None:
        if not is_open:
            return [last - 1]
        reform = min(each.starts for each in breaks_of(("plans",)))
        usual = [*(last - n for n in _USUAL_YEARS), reform, reform + 1]
        usual = [known[0], last - 1] if kind == "financial year" else usual
        return list(dict.fromkeys(year for year in usual if year in known))
    if reading.start.kind == "past" and (is_open or not reading.start.said.casefold().endswith("ago")):
        return [last - reading.start.year]
    return _years(reading.start, kind, said, known)


def _years(moment: Moment | None, kind: str, said: Said, known: list[int]) -> list[int]:
    """Return the years that a moment may mean for periods of a kind; none for a day that is no January's."""
    if moment is None or moment.kind in ("now", "past"):
        years = (moment.year if moment.kind == "now" else -moment.year) if moment else 0  # "next year" is 1 of now
        return [year + years for year in said.now(kind, known)]
    year, day = moment.year or (moment.date.year if moment.date else 0), moment.date
    is_financial = moment.kind in ("financial", "academic")
    if kind == "January":
        if moment.kind == "day" and not (day and day.month == 1):
            return []
        return [year + 1] if is_financial else [year]
    if kind != "financial year":
        if moment.kind == "day":
            return []
        return [year, year + 1] if is_financial else [year - 1, year] if moment.kind == "january" else [year]
    if is_financial or not year:
        return [year] if year else []  # "eighteen months later" names no year
    if moment.kind == "january" or day:
        return [year - 1 if moment.kind == "january" or (day and day.month < _YEAR_STARTS) else year]
    return [year, year - 1]


# What no table holds, and where it is published.

_EES = "https://explore-education-statistics.service.gov.uk/find-statistics/education-health-and-care-plans"


def allocation(year: FinancialYear, held: FinancialYear) -> str:
    """Name the workbook with the allocations of a year that is not held; `held` is one that is."""
    if year < held and year < _first_allocations():
        return f"the high needs block of {year}: no dedicated schools grant tables of that year are known"
    page = f"https://www.gov.uk/government/publications/dedicated-schools-grant-dsg-{year.in_words.replace(' ', '-')}"
    return f"the high needs block of {year}: DfE, Dedicated schools grant (DSG): {year.in_words} ({page})"


@cache
def _first_allocations() -> FinancialYear:
    """The first year with tables of the grant, as the catalogue says."""
    from hnf.fetch.publishers import load_series  # what fetches is slow to load

    return min(series.first_published for series in load_series() if series.first_published)


def published_elsewhere(name: str, year: int) -> str:
    """Name the release with a measure of the SEN2 returns in a year."""
    if name in ("plans", "plans_ehc"):
        return f"the EHC plans of January {year}: DfE, Education, health and care plans ({_EES})"
    measure = find_measure(name)
    return f"{measure.words}, {year}: DfE, Education, health and care plans ({_EES})"


@dataclass(frozen=True)
class Word:
    """A word, number or sign with its place; `plain` is it in lower case."""

    text: str
    start: int
    end: int
    plain: str


# Numbers. A number is taken to be rounded to the last digit that was said: "£23.8 million" allows £50,000 either way.
# Zeros at the end of a whole number may be exact or rounded, so they allow at most a fortieth of the number.

_ZEROS = 0.025
#: A count of England is revised by a few from one release to the next.
MANY, REVISED = 100_000, 1e-4
SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9}
UNITS_IN_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS_IN_WORDS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
CARDINALS = {word: number for number, word in enumerate(UNITS_IN_WORDS)} | {
    w: 10 * (n + 2) for n, w in enumerate(TENS_IN_WORDS)
}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12,
    **{f"{word}th": number for word, number in CARDINALS.items() if number in (4, 6, 7, 10, 11, *range(13, 20))},
    **{f"{word[:-1]}ieth": number for word, number in CARDINALS.items() if number >= 20},
}  # fmt: skip
_HALVES = {"half": 0.5, "quarter": 0.25}


def half_unit(digits: str, scale: float = 1.0) -> float:
    """Return half of the last place of a number as written (`23.8`, `118000`), times its scale (1e6 for "million")."""
    whole, _, decimals = digits.partition(".")
    if decimals or scale > 1:
        return 0.5 * 10.0 ** -len(decimals) * scale
    zeros = len(whole) - len(whole.rstrip("0")) if whole.strip("0") else 0
    return max(0.5, min(0.5 * 10.0**zeros, float(whole or 0) * _ZEROS))


@dataclass(frozen=True)
class Spoken:
    """Digits or number words: value, half of the last place, how many words, whether an ordinal."""

    value: float
    half: float
    used: int
    is_ordinal: bool = False
    digits: str = ""


_DIGITS = re.compile(r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{1,6})?")


def read_figure(words: list[Word], at: int) -> Spoken | None:
    """Read a number from a word on: 2,656, 133rd, three and a half, one hundred and thirty-third."""
    word = words[at].plain
    if word[0].isdigit():
        if not _DIGITS.fullmatch(word.rstrip(",")):
            return None
        digits = word.rstrip(",").replace(",", "")
        after = words[at + 1] if at + 1 < len(words) else None
        if after and after.start == words[at].end and after.plain in ("st", "nd", "rd", "th"):
            return Spoken(float(digits), 0.0, 2, is_ordinal=True)
        return Spoken(float(digits), half_unit(digits), 1, digits=digits)
    return _in_words(words, at)


def _in_words(words: list[Word], at: int) -> Spoken | None:
    total, used, previous, position = 0, 0, 0, at
    while position < len(words):
        word = words[position].plain
        value = CARDINALS.get(word, _ORDINALS.get(word))
        follows = not used or (previous == 100 and value is not None and value < 100)
        follows = follows or (20 <= previous < 100 and value is not None and 0 < value < 10)
        if value is not None and follows:
            if word in _ORDINALS:
                return Spoken(float(total + value), 0.0, position - at + 1, is_ordinal=True)
            total, previous = total + value, value
        elif word == "hundred" and used and 0 < total < 10:
            total, previous = total * 100, 100
        else:
            break
        used = position - at + 1
        position += 1
        while position < len(words) and words[position].plain in ("-", "and") and used:
            position += 1
    if not used:
        return None
    after = [word.plain for word in words[at + used : at + used + 6] if word.plain != "-"]
    if after[:2] == ["and", "a"] and len(after) > 2 and after[2] in _HALVES:
        dashes = sum(word.plain == "-" for word in words[at + used : at + used + 6])
        return Spoken(total + _HALVES[after[2]], 0.25, used + 3 + min(dashes, 3))
    return Spoken(float(total), half_unit(str(total)), used, digits=str(total))


@cache
def vocabulary() -> dict[str, Any]:
    """The file of words."""
    return tomllib.loads((data_folder() / "claim_words.toml").read_text(encoding="utf-8"))


# Times.

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_MONTH = "|".join((*_MONTHS, *(month[:3] for month in _MONTHS), "sept"))
_N = r"(?P<n>\d{1,2}|" + "|".join((*UNITS_IN_WORDS[1:13], *TENS_IN_WORDS, "a couple of", "a few", "several", "a")) + ")"


@cache
def _times() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns of times, in the order in which they are tried."""
    words = vocabulary()["times"]
    parts = {"month": _MONTH, "n": _N}
    parts["span"] = words["span"].format(**parts)
    return tuple(
        (one["kind"], re.compile("(?:" + "|".join(one["patterns"]).replace("{span}", parts["span"])
                                 .replace("{month}", _MONTH) + ")", re.IGNORECASE))
        for one in words["pattern"]
    )  # fmt: skip


@cache
def _before(end: str) -> re.Pattern[str]:
    """Words directly before a time that say which end of a change it is."""
    words = vocabulary()["times"]
    return re.compile(rf"\b(?:{'|'.join(words[end])})(?: the)?(?:{'|'.join(words['of'])})?\s*$", re.IGNORECASE)


_SINCE = re.compile(r"\b(?:since|ever since)\b[^.;]{0,90}$", re.IGNORECASE)
_FEW = {"a": 1, "a couple of": 2}


def _years_of_span(match: re.Match[str]) -> int:
    """How many years a span is; 0 where it says no number."""
    if match["decade"]:
        return 5 if match["decade"].casefold().startswith("half") else 10
    if match["decades"]:
        return 20
    word = re.sub(r"\s+", " ", match["n"].casefold())
    return int(word) if word.isdigit() else _FEW.get(word, CARDINALS.get(word, 0))


def read_moment(text: str, at: int, named: Moment | None = None) -> tuple[str, Moment, int] | None:
    """Read a time from a place on: what it is to a change (moment, start, end, span), the time, and where it ends.

    `named` is the last time named before it; one that counts from none is `when`, and stays unread.
    """
    for kind, pattern in _times():
        match = pattern.match(text, at)
        if not match:
            continue
        if kind in ("later", "after", "event", "then", "and then", "within"):
            if another := _from_another(text, kind, match, named):
                return another
            continue
        found = _as_moment(kind, match)
        if found is not None:
            return "span" if kind == "span" else _role(text, at, found), found, match.end()
    return None


def _role(text: str, at: int, moment: Moment) -> str:
    """What a time is to a change, by the words before it."""
    before = text[max(0, at - 100) : at]
    if _before("end").search(before[-24:]) and not re.search(
        r"\b(?:according|compared|relative|due|thanks) to\s*$", before, re.I
    ):
        is_and = before.rstrip().casefold().endswith(("and", "and in"))
        return "end" if not is_and or re.search(r"\bbetween\b[^.;]{0,40}$", before, re.I) else "moment"
    is_past = moment.kind == "past" and not re.match(r"last year$", moment.said, re.I)
    return "start" if _before("start").search(before) or _SINCE.search(before) or is_past else "moment"


def _from_another(text: str, kind: str, match: re.Match[str], named: Moment | None) -> tuple[str, Moment, int] | None:
    """Read a time that is counted from another: "six years later", "two years after 2016", "by then"."""
    groups, said, end, from_ = match.groupdict(), match[0].strip(), match.end(), named
    years = _years_of_span(match) if groups.get("n") or groups.get("decade") else 0 if "then" in kind else 1
    if kind == "after":
        other = read_moment(text, end)
        end, from_ = (other[2], other[1]) if other else (end, None)
        said, years = text[match.start() : end].strip(), -years if " before" in said.casefold() else years
    if kind in ("and then", "within") and named is None and said.casefold() != "since":
        return None
    if kind == "and then" and named is None and _DATED_SINCE.match(text, end):
        return None  # "has since risen, doubling since 2015": the time comes after it
    is_to_come = kind == "later" and _TO_COME.search(text[: match.start()])
    if kind == "event" or is_to_come or from_ is None or not (from_.is_named and (years or "then" in kind)):
        return "when", Moment("past", 0, said), end
    moment = replace(from_.after(years, said), is_from_text=kind != "after")
    return "start" if kind == "and then" else _role(text, match.start(), moment), moment, end


_DATED_SINCE = re.compile(r"[^.;]{0,120}\bsince (?:\w+ )?(?:19|20)\d\d\b")
_TO_COME = re.compile(r"\b(?:will|expected|projected|forecast|predicted|likely|set to|is to)\b[^.;]{0,60}$", re.I)


def _as_moment(kind: str, match: re.Match[str]) -> Moment | None:
    said, groups = match[0].strip(), match.groupdict()
    if kind == "financial":
        try:
            year = FinancialYear.parse(f"{groups['y']}-{groups['z'][-2:]}")
        except UsageError:
            return None
        return Moment("academic" if "/" in said else "financial", year.start, said)
    if kind == "month":
        month = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(groups["m"].casefold()[:3]))
        if month == 1:
            return Moment("january", int(groups["y"]), said)
        return Moment("day", int(groups["y"]), said, _day(int(groups["y"]), month, groups["d"]))
    if kind in ("january this", "january last"):
        return Moment("now", 0, said) if kind == "january this" else Moment("past", 1, said)
    if kind == "some day":
        return Moment("day", 0, said)
    if kind == "parliament":
        return Moment("financial", vocabulary()["times"]["parliament"], said)
    if kind in ("past", "span"):
        if kind == "span" and re.match(r"an? year", said, re.I):
            return None  # "£118,000 a year"
        years = _years_of_span(match)
        return Moment("past", years, said) if years else None
    if kind == "past 1":
        return Moment("past", 1, said)
    if kind in ("now", "next"):
        return Moment("now", int(kind == "next"), said)
    return Moment("year", int(groups["y"]), said)


def _day(year: int, month: int, day: str | None) -> datetime.date | None:
    try:
        return datetime.date(year, month, int(day or 1))
    except ValueError:
        return None
