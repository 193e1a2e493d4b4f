"""What was computed for a reading: its number on every basis (year, measure, denominator, population) it may mean.

`spans` resolves the times of a reading against the date on which it was said; for each of them the number is computed
by the functions that the commands use. What no table holds is named with the place where it is published.
"""

from __future__ import annotations

import datetime
import math
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

import polars as pl

from hnf.analysis.comparable_areas import comparable_area
from hnf.analysis.growth import (
    area_of,
    funding_change,
    januaries,
    like_for_like,
    measure_change,
    plans_area,
    plans_change,
    plans_figure,
)
from hnf.analysis.rank import rank_id
from hnf.claims.answer import Finding
from hnf.claims.reading import Moment, Place, Reading
from hnf.errors import UsageError
from hnf.fetch.publishers import load_series
from hnf.measures.notes import statements_until
from hnf.measures.prices import deflator
from hnf.measures.published import (
    ENGLAND,
    POUNDS,
    authorities_counted,
    financial_years,
    level_of,
    rows_of,
    total_edition,
)
from hnf.measures.rates import MeasureSpec, RateSpec, RateTable, measure_amounts, rate_id, rate_table
from hnf.measures.register import MEASURES, PLAIN, Measure, Per, Population, Rate, find_measure
from hnf.measures.shares import area_amounts, flags_of, measure_table, measure_value, periods_of
from hnf.results import Figure, add_up
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.text import join_words
from hnf.years import FinancialYear, January, date_in_words

#: Denominators that a statement may name and no table holds.
NOT_IN_TABLES = ("send_pupil", "high_needs_child")
#: Words for a rate in place of an authority, and those that "average" may stand for.
RATE_WORDS = ("average", "median", "mean", "lowest", "highest", "next lowest")
_AVERAGES = RATE_WORDS[:3]
PLANS, PLANS_ALONE = "plans", "plans_ehc"
_RATES: tuple[tuple[Per, Population], ...] = (("head", "ons"), ("head", "dfe"), ("pupil", "ons"), ("plan", "ons"))
_AMOUNT: tuple[tuple[Per, Population], ...] = (("none", "ons"),)
#: £: no rate is as high, and no amount of an authority as low.
_HIGHEST_RATE = 250_000.0
#: Counts of a January come out at the end of June; a council knows its own before. Allocations come out from July.
_MID_YEAR = 6
_YEAR_STARTS = 4
#: From when "plans are up 40%" counts where it does not say: a year, five, ten, and the years of the reform.
_USUAL_YEARS, _REFORM = (1, 5, 10), (2014, 2015)
#: Of a statement that was made long after the tables end, so many of the years that are missing are named.
_MOST_NAMED = 7
_Value = TypeVar("_Value")
_Needs = tuple[str, ...]


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
            first, last = (day.year - (day.month < _YEAR_STARTS) for day in (self.first, self.last))
            is_announced = self.last.month > _MID_YEAR or self.last.month < _YEAR_STARTS
            return list(range(first, last + 1 + is_announced))
        back = 0 if kind == "January" else 1
        years = range(self.first.year - back - (self.first.month <= _MID_YEAR), self.last.year - back + 1)
        unpublished = self.last.year - back if self.last.month <= _MID_YEAR else None
        return [year for year in years if year in known or year != unpublished]


@dataclass(frozen=True)
class Span:
    """A time: years in which periods begin, `start` None where there is one time; `is_meant` as the words go."""

    start: int | None
    end: int
    is_meant: bool = True


@dataclass(frozen=True)
class Found:
    """A finding with its time; `is_main` where it is not on an alternative count (statements left out, first count)."""

    finding: Finding
    span: Span
    is_main: bool = True
    note: str = ""

    @property
    def supports(self) -> bool:
        """Whether it fits on a basis and at a time that the words mean."""
        return self.span.is_meant and self.finding.is_stated and self.finding.fits


@dataclass(frozen=True)
class Evidence:
    """All that was computed for a reading; `needs` are figures in no table, `problem` why it cannot be computed.

    With `is_fallback` the years that it may mean are after the last table, whose figures are given instead.
    """

    found: tuple[Found, ...] = ()
    needs: _Needs = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    is_fallback: bool = False


# What is published elsewhere, and where.

_EES = "https://explore-education-statistics.service.gov.uk/find-statistics/education-health-and-care-plans"
_SCHOOLS = (
    "the pupils of the school that is meant, or the number of schools: DfE, Get Information about Schools "
    "(https://get-information-schools.service.gov.uk)"
)


def allocation(year: FinancialYear) -> str:
    """Name the workbook with the allocations of a year."""
    if year < _first_allocations():
        return f"the high needs block of {year}: no dedicated schools grant tables of that year are known"
    page = f"https://www.gov.uk/government/publications/dedicated-schools-grant-dsg-{year.in_words.replace(' ', '-')}"
    return f"the high needs block of {year}: DfE, Dedicated schools grant (DSG): {year.in_words} ({page})"


@cache
def _first_allocations() -> FinancialYear:
    """The first year with tables of the grant, as the catalogue says."""
    return min(series.first_published for series in load_series() if series.first_published)


def published_elsewhere(name: str, year: int) -> str:
    """Name the release with a measure of the SEN2 returns in a year."""
    if name in (PLANS, PLANS_ALONE):
        return f"the EHC plans of January {year}: DfE, Education, health and care plans ({_EES})"
    measure = find_measure(name)
    return f"{measure.words}, {year}: DfE, Education, health and care plans ({_EES})"


# Times.


def spans(reading: Reading, said: Said, kind: str, known: list[int]) -> tuple[list[Span], list[int], bool]:
    """Return the times that a reading may mean, years it means that are not held, and whether the last stands in."""
    has_start = reading.form == "change" or reading.is_rank_of_change
    end = reading.end if has_start else reading.end or reading.start
    is_open = end is None or end.kind in ("now", "past")
    ends = _years(end, kind, said, known)
    lacking = {year for year in ends if year not in known}
    if is_open and kind == "financial year" and said.first is None:
        lacking.add(known[-1] + 1)
    held = [year for year in ends if year in known]
    is_fallback = not held and is_open and bool(ends) and kind == "financial year" and ends[0] > known[-1]
    held = known[-1:] if is_fallback else held
    latest = max(ends, default=known[-1])
    if not has_start:
        others = [year for year in known if year not in held and year <= latest] if is_open else []
        return [*(Span(None, y) for y in held), *(Span(None, y, False) for y in others)], sorted(lacking), is_fallback
    meant: list[Span] = []
    for last in held or ends:
        firsts = _starts(reading, said, kind, known, last, is_open=is_open)
        lacking |= {first for first in firsts if first not in known and reading.start is not None}
        meant += [Span(first, last) for first in firsts if first in known and last in known and first < last]
    if reading.start is None and not meant:
        lacking |= {year - 1 for year in ends if not is_open and year - 1 not in known}
    pairs = {(each.start, each.end) for each in meant}
    others = []
    for last in (year for year in known if is_open and year <= latest or year in held):
        is_free = reading.start is None
        firsts = known if is_free else _starts(reading, said, kind, known, last, is_open=is_open)
        others += [Span(y, last, False) for y in firsts if y in known and y < last and (y, last) not in pairs]
    return [*meant, *others], sorted(lacking), is_fallback


def _starts(reading: Reading, said: Said, kind: str, known: list[int], last: int, *, is_open: bool) -> list[int]:
    """Return the years from which a change to a year may be counted."""
    if reading.start is None:
        if not is_open:
            return [last - 1]
        usual = [known[0], last - 1] if kind == "financial year" else [*(last - n for n in _USUAL_YEARS), *_REFORM]
        return list(dict.fromkeys(year for year in usual if year in known))
    if reading.start.kind == "past":
        return [last - reading.start.year]
    return _years(reading.start, kind, said, known)


def _years(moment: Moment | None, kind: str, said: Said, known: list[int]) -> list[int]:
    """Return the years that a moment may mean for periods of a kind; none for a day that is no January's."""
    if moment is None or moment.kind in ("now", "past"):
        return [year - (moment.year if moment else 0) for year in said.now(kind, known)]
    year, day = moment.year or (moment.date.year if moment.date else 0), moment.date
    is_financial = moment.kind in ("financial", "academic")
    if kind == "January":
        if moment.kind == "day" and not (day and day.month == 1):
            return []
        return [year + 1] if is_financial else [year]
    if kind != "financial year":
        return [year, year + 1] if is_financial else [year - 1, year] if moment.kind == "january" else [year]
    if is_financial:
        return [year]
    if moment.kind == "january" or day:
        return [year - 1 if moment.kind == "january" or (day and day.month < _YEAR_STARTS) else year]
    return [year, year - 1]


# Places.


def codes_of(store: Store, place: Place | None) -> tuple[str, ...]:
    """Return the codes of a place as figure ids have them: of England `england`."""
    if place is None or place.kind == "england":
        return (ENGLAND,)
    return place.codes


def members_of(store: Store, reading: Reading, values: dict[str, _Value]) -> dict[str, _Value]:
    """Return the values of the group within which a reading ranks; of all where it names none."""
    group, own = reading.group, codes_of(store, reading.who)
    if group is None or group.kind == "england":
        return values
    authorities, codes = Authorities.of(store), set(group.codes)
    if group.kind == "region":
        codes = {code for code, one in authorities.by_code.items() if one.region_code in group.codes}
    elif not codes and "neighbour" in group.name:
        from hnf.analysis.compare import NEIGHBOURS, comparator_set

        codes = {*comparator_set(store, authorities[own[0]], NEIGHBOURS, "").codes, *own}
    return {code: value for code, value in values.items() if code in codes}


def _in_year(store: Store, codes: tuple[str, ...], listed: Iterable[str]) -> tuple[str, ...]:
    """Return the authorities of codes of which one may be of a region."""
    authorities = Authorities.of(store)
    if not codes or level_of(codes[0]) != "regional":
        return codes
    return tuple(code for code in listed if authorities[code].region_code in codes)


# Whether a number is the one said.


def fits(reading: Reading, value: float, unit: str = "") -> bool:
    """Whether a computed number is the one said: above zero (of times: one) it is up or more, below it down or less."""
    number, direction, zero = reading.number, reading.direction, 1.0 if unit == "times" else 0.0
    is_that_way = not direction or (value > zero if direction == "up" else value < zero)
    if number is None:
        return (bool(direction) and is_that_way) != reading.is_negated
    if number.value == zero and not number.bound:
        is_that_way = True
    if reading.is_negated and reading.form == "change" and number.bound in ("", "about"):
        number = replace(number, bound="at least")  # what has not doubled has not trebled either
    signed = value
    if direction == "down":
        signed = -value if unit != "times" else 1 / value if number.value >= 1 and value else value
    return (is_that_way and number.holds(signed)) != reading.is_negated


def search(store: Store, reading: Reading, said: Said) -> Evidence:
    """Compute the number of a reading at every time and on every basis that it may mean.

    Times that it does not mean are computed where none that it means supports it.
    """
    what = reading.what
    if what is None or not what.measures:
        return Evidence(problem="what is counted")
    if reading.form == "share" and what.measures[0] in MEASURES:
        when = reading.end.in_words if reading.end else "each year"
        tables = "DfE, National funding formula tables for schools and high needs, on GOV.UK"
        return Evidence(needs=(f"the factors of the high needs formula ({when}): {tables}",))
    if what.measures[0] in MEASURES:
        return _funding(store, reading, said)
    return _counts(store, reading, said)


def at(store: Store, reading: Reading, span: Span) -> list[Found]:
    """Return what a reading gives at one time, on every basis; reasons why there is none are left out."""
    names = reading.what.measures if reading.what else ()
    compute = _money if names and names[0] in MEASURES else _count
    return [found for found in compute(store, reading, span, {})]


def last_held(store: Store, reading: Reading) -> int | None:
    """Return the last year with figures of what a reading is about, in which its period begins."""
    names = reading.what.measures if reading.what else ()
    periods = periods_of(store, names[0]) if names else ()
    return int(periods[-1][:4]) if periods else None


# Funding.


def _funding(store: Store, reading: Reading, said: Said) -> Evidence:
    known = [year.start for year in financial_years(store)]
    times, lacking, is_fallback = spans(reading, said, "financial year", known)
    if reading.form == "rank" and reading.who and reading.who.kind == "england":
        return Evidence(problem="an authority: England as a whole has no rank")
    if reading.form in ("gap", "school", "catch_up") and not (reading.who and reading.who.kind == "authority"):
        return Evidence(problem="the authority that it is about")
    if len(lacking) > _MOST_NAMED:
        lacking = lacking[:_MOST_NAMED]
    needs = tuple(allocation(FinancialYear(year)) for year in lacking)
    if lacking and said.first is None and lacking[-1] == known[-1] + 1 and (reading.end is None):
        needs = (*needs[:-1], f"{needs[-1]}, or a later year's")
    if reading.form == "school" and reading.school_pupils is None:
        return Evidence(needs=(*needs, _SCHOOLS), notes=_implied_size(store, reading, times))
    reasons: dict[str, None] = {}
    found = _at_times(store, reading, times, reasons)
    if times and not found:
        needs = (*needs, *(reasons or {_no_block(store, reading, times): None}))
    notes = (f"Real terms by the GDP deflator, {deflator(store).vintage}.",) if reading.prices == "real" else ()
    if reading.form == "catch_up":
        notes = (*notes, "A pace of the past carried on; nothing says that it will go on.")
    return Evidence(tuple(found), needs, notes=notes, is_fallback=is_fallback)


def _at_times(store: Store, reading: Reading, times: list[Span], reasons: dict[str, None]) -> list[Found]:
    names = reading.what.measures if reading.what else ()
    compute = _money if names and names[0] in MEASURES else _count
    found = [each for span in times if span.is_meant for each in compute(store, reading, span, reasons)]
    if not any(each.supports for each in found):
        unheld: dict[str, None] = {}
        found += [each for span in times if not span.is_meant for each in compute(store, reading, span, unheld)]
    return found


def _no_block(store: Store, reading: Reading, times: list[Span]) -> str:
    """Say that a place has no block in the years searched, and whom to ask for."""
    authorities = Authorities.of(store)
    year, who = FinancialYear(times[0].end), reading.who.name if reading.who else "England"
    known = [authorities.by_code[code] for code in codes_of(store, reading.who) if code in authorities.by_code]
    instead = "; ".join(filter(None, (authorities.instead(one, year) for one in known)))
    return f"a high needs block of {who}: {instead or 'the tables have none that can be compared'}"


def _bases(reading: Reading) -> Iterator[tuple[Measure, Per, Population, bool]]:
    """Yield the bases of a claim on funding, and whether its words name each or leave it open."""
    number, per = reading.number, reading.per
    names = reading.what.measures if reading.what else ()
    is_large = number is not None and number.unit == "gbp" and number.value > _HIGHEST_RATE
    is_amount = reading.form in ("level", "difference") and (per == "none" or (per in ("", "child") and is_large))
    pers = _AMOUNT if is_amount or (per == "none" and reading.form in ("ratio", "rank")) else _RATES
    if reading.form == "change":
        pers = (*_AMOUNT, *_RATES)
    if reading.form == "school":
        pers = (("pupil", "ons"),)
    left_open = ("none", "head", "pupil") if reading.form == "change" else ("head", "pupil", "plan")
    meant = {"": left_open, "child": ("head", "pupil")}.get(per, (per,))
    for measure in MEASURES:
        for each, population in pers:
            is_meant = is_amount or each in meant or reading.form == "school"
            yield measure, each, population, measure in names and is_meant


def _money(store: Store, reading: Reading, span: Span, reasons: dict[str, None]) -> Iterator[Found]:
    for measure, per, population, is_stated in _bases(reading):
        spec = RateSpec(FinancialYear(span.end), measure, per, population)
        try:
            if reading.form == "change":
                yield from _money_change(store, reading, span, spec, is_stated=is_stated)
            else:
                table = rate_table(store, spec)
                yield from _BY_FORM[reading.form](store, reading, span, table, is_stated)
        except UsageError as error:
            if "there was no" not in error.what and "there is no rate" not in error.what:
                reasons[f"{error.what}{f' ({error.todo})' if error.todo else ''}"] = None
        except KeyError:
            continue


def _on(spec: RateSpec | MeasureSpec, reading: Reading, value: float, figure_id: str, **others: Any) -> Finding:
    """Return a number on a basis; `others` are what differs from the basis and the reading."""
    is_money = isinstance(spec, RateSpec)
    named: dict[str, Any] = {
        "year": str(spec.year) if is_money else spec.period_in_words,
        "order": int(str(spec.year)[:4]),
        "measure": "ehc_plans" if spec.measure == PLANS else spec.measure,
        "per": spec.per if is_money else "",
        "population": spec.series or "",
        "comparator": reading.other.name if reading.other else "",
        "unit": "gbp",
    }
    unit = others.get("unit", named["unit"])
    return Finding(value=value, figure_id=figure_id, **({"fits": fits(reading, value, unit)} | named | others))


def rate_at(store: Store, table: RateTable, place: Place | None) -> tuple[float, str] | None:
    """Return the rate and figure id of a place or of a word such as `median`; None where there is none."""
    if place is None or place.kind == "england" or (place.kind == "rate" and place.name == "average"):
        return table.england, rate_id(table.spec, ENGLAND)
    ordered = list(table.values)
    if place.kind == "rate":
        if place.name == "median":
            return table.median, rate_id(table.spec, "median")
        if place.name == "mean":
            return statistics.fmean(table.values.values()), rate_id(table.spec, ENGLAND)
        code = ordered[{"lowest": 0, "highest": -1, "next lowest": 1}[place.name]]
        return table.values[code], rate_id(table.spec, code)
    codes = _in_year(store, place.codes, table.values)
    if not codes or not all(code in table.values for code in codes):
        return None
    if len(codes) == 1:
        return table.values[codes[0]], rate_id(table.spec, codes[0])
    pounds = add_up(table.numerators.values[code] for code in codes)
    over = 1.0 if table.spec.per == "none" else add_up(table.denominators.values[code] for code in codes)
    return pounds / over, f"sum:{table.spec.measure}:{table.spec.year}:{'+'.join(codes)}"


def _money_level(
    store: Store, reading: Reading, span: Span, table: RateTable, is_stated: bool
) -> Iterator[Found]:  # level, difference, ratio
    own = rate_at(store, table, reading.who)
    other = rate_at(store, table, reading.other) if reading.other else None
    if own is None or (reading.other and other is None):
        return
    values = _compared(reading, own[0], other[0] if other else None)
    for value, unit in values:
        is_both = fits(reading, value, unit)
        if other and reading.other_number and reading.form == "level":
            is_both = is_both and reading.other_number.holds(other[0])
        kept: dict[str, float] = {"own_value": own[0], "comparator_value": other[0]} if other else {}
        if reading.form == "level":
            kept.pop("own_value", None)
        unit = table.spec.unit if unit == "gbp" else unit
        finding = _on(table.spec, reading, value, own[1], unit=unit, fits=is_both, is_stated=is_stated, others=kept)
        yield Found(finding, span)
        if reading.form == "level" and not other and table.spec.per == "none":
            for figure_id, amount in _earlier_amounts(store, own[1], table.spec):
                if amount != own[0]:
                    note = f"in the edition of {date_in_words(figure_id.split(':')[2])}"
                    again = _on(table.spec, reading, amount, figure_id, is_stated=is_stated, note=note)
                    yield Found(again, span, is_main=False)


def _compared(reading: Reading, own: float, other: float | None) -> list[tuple[float, str]]:
    """Return the number of a level, a difference or a ratio, with its unit."""
    unit = reading.number.unit if reading.number else ""
    if reading.form == "level" or other is None:
        return [(own, "gbp")]
    if reading.form == "difference" and unit not in ("pct", "times"):
        more = own - other
        return [(abs(more) if reading.number and not reading.direction else more, "gbp")]
    if other == 0:
        return []
    if unit == "pct":
        return [((own / other - 1) * 100 if reading.direction else own / other * 100, "pct")]
    return [(own / other, "times")]


def _money_gap(store: Store, reading: Reading, span: Span, table: RateTable, is_stated: bool) -> Iterator[Found]:
    code, spec = codes_of(store, reading.who)[0], table.spec
    if code not in table.values or spec.per == "none":
        return
    other = reading.other if reading.other and reading.other.kind != "england" else Place("rate", _AVERAGES[0])
    names = [other.name] if other.kind == "rate" else []
    for name in dict.fromkeys((*names, *(_AVERAGES if names and names[0] in _AVERAGES else ()))) or [""]:
        rate = rate_at(store, table, Place("rate", name) if name else other)
        if rate is None:
            continue
        pounds = (rate[0] - table.values[code]) * table.denominators.values[code]
        to = name if name in ("average", "median") else rate[1].rsplit(":", 1)[1]
        is_traced = name != "mean" and to != code and "+" not in to
        id_ = f"gap:{spec.id_part}:{to}:{code}" if is_traced else rate_id(spec, code)
        is_meant = is_stated and name in ("", other.name)
        words = name or other.name
        yield Found(_on(spec, reading, pounds, id_, unit="gbp", comparator=words, is_stated=is_meant), span)


def _money_rank(store: Store, reading: Reading, span: Span, table: RateTable, is_stated: bool) -> Iterator[Found]:
    code = codes_of(store, reading.who)[0]
    if reading.who and reading.who.kind == "rate":
        return
    found = _ranked(store, reading, table.values, code)
    if found:
        value, is_so, others = found
        id_ = rate_id(table.spec, code) if reading.group else rank_id(table.spec, code)
        yield Found(
            _on(table.spec, reading, value, id_, unit="rank", fits=is_so, is_stated=is_stated, others=others), span
        )


def _ranked(
    store: Store, reading: Reading, values: dict[str, float], code: str
) -> tuple[float, bool, dict[str, float]] | None:
    """Return the place in the order of a group, whether it is the one said, and what it rests on."""
    members = members_of(store, reading, values)
    if code not in members:
        return None
    own, count = members[code], len(members)
    lowest, highest = 1 + sum(v < own for v in members.values()), 1 + sum(v > own for v in members.values())
    said, part, end = reading.number, reading.part_of_rank, reading.end_of_rank
    tests: list[tuple[int, bool]] = []
    for side, place in (("highest", highest), ("lowest", lowest)):
        if end not in ("", side):
            continue
        is_so = place <= part * count if part else bool(said and said.holds(place))
        if side == "highest" and said and reading.universe and not said.bound:
            is_so = is_so or reading.universe - round(said.value) + 1 == lowest  # 148th of 150 is the third lowest
        tests.append((place, is_so))
    place, is_so = next((each for each in tests if each[1]), tests[0])
    if not end and lowest < highest and place == highest and not is_so:
        place = lowest
    if reading.end is None and reading.universe not in (None, count):
        is_so = False  # without a year, the number of authorities says which year is not meant
    others = {"universe": float(count), "rank_from_lowest": float(lowest), "rate_gbp": own}
    return float(place), is_so != reading.is_negated, others


def _money_catch_up(store: Store, reading: Reading, span: Span, after: RateTable, is_stated: bool) -> Iterator[Found]:
    years = financial_years(store)
    if after.spec.per == "none":
        return
    for start in dict.fromkeys((after.spec.year.previous, years[0])):
        if start not in years or start >= after.spec.year:
            continue
        before = rate_table(store, replace(after.spec, year=start))
        other = reading.other or Place("rate", "average")
        ends = [rate_at(store, table, place) for place in (reading.who, other) for table in (before, after)]
        if any(each is None for each in ends):
            continue
        own, then, theirs, later = (each[0] for each in ends if each)
        passed = after.spec.year.start - start.start
        pace = (math.log(then / own) - math.log(later / theirs)) / passed
        distance = math.log(later / then)
        if distance > 0 and pace > 0:
            id_, when = rate_id(after.spec, codes_of(store, reading.who)[0]), f"{start} to {after.spec.year}"
            comparator = reading.other.name if reading.other else "average"
            named = {"year": when, "comparator": comparator, "unit": "years", "is_stated": is_stated}
            yield Found(_on(after.spec, reading, distance / pace, id_, **named), span)


def _money_school(store: Store, reading: Reading, span: Span, table: RateTable, is_stated: bool) -> Iterator[Found]:
    gap = _gap_per_pupil(store, reading, table)
    if gap is not None and reading.school_pupils is not None:
        id_ = rate_id(table.spec, codes_of(store, reading.who)[0])
        yield Found(_on(table.spec, reading, gap * reading.school_pupils, id_, is_stated=is_stated), span)


def _gap_per_pupil(store: Store, reading: Reading, table: RateTable) -> float | None:
    own, other = (rate_at(store, table, place) for place in (reading.who, reading.other))
    return None if own is None or other is None else other[0] - own[0]


def _implied_size(store: Store, reading: Reading, times: list[Span]) -> tuple[str, ...]:
    """Say how many pupils the school would have if the amount were the gap of the latest year's block."""
    last = FinancialYear(times[0].end) if times else financial_years(store)[-1]
    gap = _gap_per_pupil(store, reading, rate_table(store, RateSpec(last, "block", "pupil")))
    if gap is None or gap <= 0 or reading.number is None:
        return ()
    size = reading.number.value / gap
    return (f"At the {last} gap of £{gap:,.0f} a pupil it would be a school of {size:,.0f} pupils.",)


_BY_FORM = {
    **dict.fromkeys(("level", "difference", "ratio", "share"), _money_level),
    "gap": _money_gap, "rank": _money_rank, "catch_up": _money_catch_up, "school": _money_school,
}  # fmt: skip


def _money_change(store: Store, reading: Reading, span: Span, spec: RateSpec, *, is_stated: bool) -> Iterator[Found]:
    years, measure = (FinancialYear(span.start or 0), spec.year), spec.measure
    codes = codes_of(store, reading.who)
    place = reading.who
    plans = _plans_over(store, reading, years)
    if spec.per != "none":
        ends = [rate_at(store, rate_table(store, replace(spec, year=year)), place) for year in years]
        if ends[0] and ends[1]:
            yield from _changed(
                store, reading, span, spec, (ends[0][0], ends[1][0]), ends[1][1], is_stated=is_stated, plans=plans,
                is_main=bool(reading.per),
            )  # fmt: skip
        return
    sides = [_in_year(store, codes, measure_amounts(store, year, measure).values) for year in years]
    area, note = area_of(sides[0], sides[1]), ""
    if place and place.kind == "authority":
        authorities = Authorities.of(store)
        amounts = tuple(set(measure_amounts(store, year, measure).values) for year in years)
        words = (str(years[0]), str(years[1]))
        whole = comparable_area(authorities, authorities[codes[0]], amounts, "the high needs block", words)
        area, note = area_of(whole.codes[0], whole.codes[1]), whole.note
    cash = funding_change(store, measure, years, area)
    if cash.start.value is None or cash.end.value is None:
        return
    ends_gbp = (float(cash.start.value), float(cash.end.value))
    id_ = cash.id
    if reading.prices == "real":
        id_ = f"growthreal:{measure}:{years[0]}:{years[1]}:{area}:{deflator(store).id_part}"
    yield from _changed(store, reading, span, spec, ends_gbp, id_, is_stated=is_stated, plans=plans, note=note)
    alike = like_for_like(store, measure, years, area)
    if alike and alike.change.end.value is not None and reading.prices != "real":
        ends_gbp = (ends_gbp[0], float(alike.change.end.value))
        for each in _changed(store, reading, span, spec, ends_gbp, alike.change.id, is_stated=is_stated, plans=plans):
            yield replace(each, finding=replace(each.finding, note="like for like"), is_main=False)


def _changed(
    store: Store,
    reading: Reading,
    span: Span,
    spec: RateSpec,
    ends: tuple[float, float],
    figure_id: str,
    *,
    is_stated: bool,
    plans: float | None,
    note: str = "",
    is_main: bool = True,
) -> Iterator[Found]:
    """Yield a change of funding in the unit of the claim, with both ends; in real terms where it says so."""
    start = FinancialYear(span.start or 0)
    before = deflator(store, spec.year).real(ends[0], start) if reading.prices == "real" else ends[0]
    others = {"start_value": before, "end_value": ends[1]}
    if reading.other and reading.form == "change":
        theirs = [rate_at(store, rate_table(store, replace(spec, year=y)), reading.other) for y in (start, spec.year)]
        if theirs[0] is None or theirs[1] is None:
            return
        others["comparator_value"] = (theirs[1][0] / theirs[0][0] - 1) * 100
    for value, unit in change_values(reading, before, ends[1]):
        is_so = _is_change_said(reading, value, unit, others.get("comparator_value"))
        if plans is not None:
            others["plans_change_pct"] = plans
            is_so = is_so and bool(reading.other_number and reading.other_number.holds(plans))
        named = {"year": f"{start} to {spec.year}", "unit": unit, "fits": is_so, "is_stated": is_stated}
        yield Found(_on(spec, reading, value, figure_id, others=others, **named), span, is_main, note)


def _is_change_said(reading: Reading, value: float, unit: str, other: float | None) -> bool:
    """Whether a change is the one said, and that of the other place too; without numbers, which of them is more."""
    if other is None:
        return fits(reading, value, unit)
    if reading.number is None and reading.other_number is None:
        return ((value > other) if reading.direction != "down" else (value < other)) != reading.is_negated
    return fits(reading, value, unit) and (reading.other_number is None or reading.other_number.holds(other))


def change_values(reading: Reading, before: float, after: float, *, is_pct: bool = False) -> list[tuple[float, str]]:
    """Return a change in the unit of the claim; of a percentage, in points and in per cent of it."""
    unit = reading.number.unit if reading.number else "pct"
    if unit in ("gbp", "count"):
        return [(after - before, unit)]
    relative = [((after / before - 1) * 100, "pct")] if before > 0 else []
    if unit == "points" or (is_pct and unit == "pct"):
        return [(after - before, "points"), *(relative if unit == "pct" else [])]
    if unit == "times":
        return [(after / before, "times")] if before > 0 else []
    return relative if unit == "pct" else []


def _plans_over(store: Store, reading: Reading, years: tuple[FinancialYear, FinancialYear]) -> float | None:
    """Return the growth of plans over the years of a claim on funding that gives it too, without another place."""
    if reading.other_number is None or reading.other is not None:
        return None
    ends = _plan_ends(store, reading.who, (years[0].january.year, years[1].january.year))
    if ends is None or not ends[0].value or ends[1].value is None:
        return None
    return (ends[1].value / ends[0].value - 1) * 100


# Plans, and what else the SEN2 returns count.


def _counts(store: Store, reading: Reading, said: Said) -> Evidence:
    names = reading.what.measures if reading.what else ()
    times: list[Span] = []
    lacking: list[int] = []
    for name in names[:1]:
        known = sorted({int(period[:4]) for period in periods_of(store, name)})
        if name == PLANS_ALONE:
            known = [january.year for january in januaries(store)]
        if not known:
            return Evidence(needs=(published_elsewhere(name, 0),))
        times, lacking, _ = spans(reading, said, find_measure(name).period, known)
    needs = tuple(published_elsewhere(names[0], year) for year in lacking)
    if not times and not needs:
        needs = tuple(_around(store, reading, names[0])) or ("counts at two dates, the first before the second",)
    reasons: dict[str, None] = {}
    found = _at_times(store, reading, times, reasons)
    if not any(each.span.is_meant for each in found):
        needs = (*needs, *reasons)
    if not found and not needs:
        return Evidence(problem=f"its number as {find_measure(names[0]).words} is counted, which is not in this unit")
    return Evidence(tuple(found), needs)


def _around(store: Store, reading: Reading, name: str) -> Iterator[str]:
    """Name the counts that are missing of days that are no January, with those of the Januaries beside them."""
    for moment in (reading.start, reading.end):
        if moment is None or moment.kind != "day" or moment.date is None or moment.date.month == 1:
            continue
        near: list[str] = []
        for year in (moment.date.year, moment.date.year + 1):
            figure = _figure(store, name, year, codes_of(store, reading.who), {})
            if figure and figure.value is not None:
                near.append(f"{figure.value:,.0f} in January {year}")
        beside = f"; published are {join_words(near)}" if near else ""
        day = date_in_words(moment.date.isoformat())
        yield f"the count of {day}: plans are counted in January, and a council's own count is not published{beside}"


def _figure(
    store: Store, name: str, year: int, codes: tuple[str, ...], reasons: dict[str, None], period: str = ""
) -> Figure | None:
    """Return a count, share or rate of a place in a year, however it is published; None with a reason."""
    spec = MeasureSpec(name, period or str(year))
    try:
        if name == PLANS:
            authorities = Authorities.of(store)
            for code in codes:
                if code.isdigit() and code not in authorities_counted(store, year):
                    instead = authorities.instead(authorities[code], f"January {year}", f"{year}-01-31")
                    reasons[f"EHC plans of {authorities[code].prose}: {instead or 'none were counted'}"] = None
                    return None
            figure = plans_figure(store, January(year), codes)
            if figure.value is None:
                reasons[f"{figure.label}: the figure is {figure.status}, so it is not published"] = None
            return figure if figure.value is not None else None
        if name == PLANS_ALONE and year > statements_until():
            return _figure(store, PLANS, year, codes, reasons)
        return measure_value(store, spec, "+".join(codes))
    except (UsageError, KeyError) as error:
        if name == PLANS and codes and level_of(codes[0]) == "regional":
            try:
                return measure_value(store, spec, codes[0])
            except (UsageError, KeyError):
                pass
        what = error.what if isinstance(error, UsageError) else f"there is no figure of {spec.in_words}"
        todo = error.todo if isinstance(error, UsageError) else ""
        reasons[f"{what}{f' ({todo})' if todo else ''}"] = None
        return None


def _plan_ends(store: Store, place: Place | None, years: tuple[int, int]) -> tuple[Figure, Figure, str, str] | None:
    """Return the plans of a place at two Januaries, on one area, with the id of the change and a note on the area."""
    codes, dates, note = codes_of(store, place), (January(years[0]), January(years[1])), ""
    area = "+".join(codes)
    if place and place.kind == "authority":
        whole = plans_area(store, Authorities.of(store)[codes[0]], dates)
        area, note = area_of(*whole.codes), whole.note
    change = plans_change(store, area, dates)
    return change.start, change.end, change.id, note


def _measure_ends(
    store: Store, name: str, place: Place | None, years: tuple[int, int]
) -> tuple[Figure, Figure, str, str]:
    """Return any other measure at two times, on one area, with the id of the change and a note on the area."""
    codes = codes_of(store, place)
    specs = (MeasureSpec(name, _period(store, name, years[0])), MeasureSpec(name, _period(store, name, years[1])))
    area, note = "+".join(codes), ""
    if place and place.kind == "authority":
        counted = tuple(set(area_amounts(store, spec, "local_authority").inputs) for spec in specs)
        words = (specs[0].period_in_words, specs[1].period_in_words)
        authorities = Authorities.of(store)
        whole = comparable_area(authorities, authorities[codes[0]], counted, find_measure(name).words, words)
        area, note = area_of(*whole.codes), whole.note
    change = measure_change(store, specs, area)
    return change.start, change.end, change.id, note


def _period(store: Store, name: str, year: int) -> str:
    return next((one for one in periods_of(store, name) if int(one[:4]) == year), str(year))


def _count(store: Store, reading: Reading, span: Span, reasons: dict[str, None]) -> Iterator[Found]:
    names = reading.what.measures if reading.what else ()
    for number, name in enumerate(names):
        if name == PLANS_ALONE and names[0] == PLANS and (span.start or span.end) > statements_until():
            continue  # the same count since there are no statements
        period = _period(store, name, span.end)
        if reading.form != "change" and name not in (PLANS, PLANS_ALONE) and period not in periods_of(store, name):
            continue
        if reading.is_rank_of_change or reading.form == "rank":
            found = _count_rank(store, reading, span, name, reasons)
        elif reading.form == "change":
            found = _count_change(store, reading, span, name, reasons)
        else:
            found = _count_level(store, reading, span, name, reasons)
        for each in found:
            yield replace(each, is_main=each.is_main and not number)


def _count_level(store: Store, reading: Reading, span: Span, name: str, reasons: dict[str, None]) -> Iterator[Found]:
    unit, kind = (reading.number.unit if reading.number else ""), find_measure(name).unit
    if isinstance(find_measure(name), Rate):
        return
    spec = MeasureSpec(name, _period(store, name, span.end))
    own = _figure(store, name, span.end, codes_of(store, reading.who), reasons, spec.period)
    other = _figure(store, name, span.end, codes_of(store, reading.other), reasons) if reading.other else None
    if own is None or own.value is None or (reading.other and (other is None or other.value is None)):
        return
    against = float(other.value) if other and other.value is not None else None
    for value, said_unit in _compared(reading, float(own.value), against):
        shown = {"pct": "pct", "gbp": "gbp"}.get(kind, "count") if said_unit == "gbp" else said_unit
        if reading.form in ("level", "share") and unit not in ("", shown, "points" if shown == "pct" else shown):
            if unit != "times" or shown != "pct":
                return
            value, shown = value / 100, "times"
        if reading.form == "difference" and unit == "pct" and kind == "pct" and against is not None:
            value, shown = float(own.value) - against, "points"
        is_so = fits(reading, value, shown)
        if against is not None and reading.other_number and reading.form == "level":
            is_so = is_so and reading.other_number.holds(against)
        others = {"comparator_value": against} if against is not None else {}
        if against is not None and reading.form != "level":
            others["own_value"] = float(own.value)
        finding = _on(spec, reading, value, own.id, unit=shown, fits=is_so, others=others)
        yield Found(finding, span, note=_odd(store, spec, codes_of(store, reading.who)))
        if reading.form == "level" and name == PLANS and against is None:
            for figure_id, count in _earlier_counts(store, own.id):
                if count != own.value:
                    note = f"as first counted in the {figure_id.split(':')[2]} release"
                    yield Found(_on(spec, reading, count, figure_id, unit="count", note=note), span, is_main=False)


def _odd(store: Store, spec: MeasureSpec, codes: tuple[str, ...]) -> str:
    """Say what is odd in the return behind a figure."""
    return " ".join(words for code in codes for words in flags_of(store, spec).get(code, ()))


def _count_change(store: Store, reading: Reading, span: Span, name: str, reasons: dict[str, None]) -> Iterator[Found]:
    try:
        ends = _ends(store, name, reading.who, span, reasons)
        other = _ends(store, name, reading.other, span, reasons) if reading.other else None
    except (UsageError, KeyError) as error:
        if isinstance(error, UsageError):
            reasons[error.what] = None
        return
    if ends is None or (reading.other and other is None):
        return
    start, end, id_, note = ends
    if start.value is None or end.value is None or (start.value <= 0 and end.unit != "pct"):
        for each in (start, end):
            if each.value is None:
                reasons[f"{each.label}: the figure is {each.status}, so it is not published"] = None
        return
    spec, first = MeasureSpec(name, _period(store, name, span.end)), MeasureSpec(name, str(span.start))
    others = {"start_value": float(start.value), "end_value": float(end.value)}
    if other and other[0].value and other[1].value is not None:
        others["comparator_value"] = (other[1].value / other[0].value - 1) * 100
    is_pct = end.unit == "pct"
    named = {"year": f"{first.period_in_words} to {spec.period_in_words}"}
    for value, unit in change_values(reading, float(start.value), float(end.value), is_pct=is_pct):
        is_so = _is_change_said(reading, value, unit, others.get("comparator_value"))
        finding = _on(spec, reading, value, id_, unit=unit, fits=is_so, others=others, **named)
        yield Found(finding, span, note=note)
        for figure_id, count in _earlier_counts(store, end.id) if name == PLANS and not reading.other else ():
            if count != end.value and start.value:
                again = change_values(reading, float(start.value), count)[0][0]
                said = f"as first counted in the {figure_id.split(':')[2]} release"
                more = {**named, "note": said, "others": {**others, "end_value": float(count)}}
                yield Found(_on(spec, reading, again, figure_id, unit=unit, **more), span, is_main=False)


def _ends(
    store: Store, name: str, place: Place | None, span: Span, reasons: dict[str, None]
) -> tuple[Figure, Figure, str, str] | None:
    years, codes = (span.start or 0, span.end), codes_of(store, place)
    if name == PLANS_ALONE and span.end > statements_until():  # the later count has no statements in any case
        start, end = (_figure(store, each, y, codes, reasons) for each, y in zip((name, PLANS), years, strict=True))
        return (start, end, start.id, "") if start and end else None
    if name == PLANS and codes and level_of(codes[0]) == "regional":
        start, end = (_figure(store, name, year, codes, reasons) for year in years)
        id_ = f"growth:plans:{years[0]}:{years[1]}:{codes[0]}"
        return (start, end, id_ if end and end.id.startswith("plans:") else end.id, "") if start and end else None
    return _plan_ends(store, place, years) if name == PLANS else _measure_ends(store, name, place, years)


def _count_rank(store: Store, reading: Reading, span: Span, name: str, reasons: dict[str, None]) -> Iterator[Found]:
    codes = codes_of(store, reading.who)
    level = level_of(codes[0])
    if level == "national" or len(codes) > 1:
        return
    tables: list[dict[str, float]] = []
    specs = [MeasureSpec(name, _period(store, name, year)) for year in (span.start, span.end) if year]
    for spec in specs if reading.is_rank_of_change else specs[-1:]:
        try:
            is_region = level == "regional"
            tables.append(area_amounts(store, spec, level).values if is_region else measure_table(store, spec).values)
        except UsageError as error:
            reasons[error.what] = None
            return
    values = tables[-1]
    if reading.is_rank_of_change:
        if len(tables) < 2:
            return
        values = {code: (v / tables[0][code] - 1) * 100 for code, v in values.items() if tables[0].get(code)}
    found = _ranked(store, reading, values, codes[0])
    if found is None:
        reasons[f"{specs[-1].in_words}: no figure of {reading.who.name if reading.who else ''} that can be ranked"] = (
            None
        )
        return
    value, is_so, others = found
    named: dict[str, Any] = {"unit": "rank", "fits": is_so}
    id_ = rate_id(specs[-1], codes[0]) if reading.group or level == "regional" else rank_id(specs[-1], codes[0])
    if reading.is_rank_of_change:
        named["year"] = f"{specs[0].period_in_words} to {specs[-1].period_in_words}"
        id_ = f"growth:{name}:{specs[0].period}:{specs[-1].period}:{codes[0]}"
    others["ranked_value"] = others.pop("rate_gbp")
    yield Found(_on(specs[-1], reading, value, id_, others=others, **named), span)


def _earlier_amounts(store: Store, figure_id: str, spec: RateSpec) -> list[tuple[str, float]]:
    """Return id and pounds of the same amount of an authority in other editions of the year."""
    code, items = figure_id.rpartition(":")[2], PLAIN[spec.measure].items
    if len(items) > 1 or not code.isdigit():
        return []
    rows = rows_of(store, "dsg").filter(
        (pl.col("financial_year") == str(spec.year))
        & (pl.col("area") == code)
        & (pl.col("term") == items[0])
        & (pl.col("edition") != total_edition(store, spec.year))
        & pl.col("value").is_not_null()
    )
    columns = rows.select("edition", "value", "unit").iter_rows()
    return [(f"dsg:{spec.year}:{ed}:{code}:{items[0]}", value * POUNDS[unit]) for ed, value, unit in columns]


@cached
def _earlier_counts(store: Store, figure_id: str) -> list[tuple[str, int]]:
    """Return id and count of the same plans in other releases; none for England or a sum of areas."""
    kind, *parts = figure_id.split(":")
    if kind != "plans" or parts[2] == ENGLAND:
        return []
    january, latest, code, plan_type = parts
    rows = rows_of(store, "plans").filter(
        (pl.col("january") == int(january))
        & (pl.col("area") == code)
        & (pl.col("plan_type") == plan_type)
        & (pl.col("release") != latest)
        & pl.col("count").is_not_null()
    )
    pairs = rows.select("release", "count").iter_rows()
    return [(f"plans:{january}:{release}:{code}:{plan_type}", count) for release, count in pairs]
