"""What was computed for a reading: its number on every basis (year, measure, denominator, population) it may mean.

`spans` resolves the times of a reading against the date on which it was said; for each of them the number is computed
by the functions that the commands use. What no table holds is named with the place where it is published.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from hnf.analysis.comparable_areas import ComparableArea, comparable_area
from hnf.analysis.growth import (
    Change,
    area_of,
    funding_change,
    like_for_like,
    plans_area,
    plans_change,
    plans_figure,
)
from hnf.analysis.measure_growth import measure_change
from hnf.analysis.rank import rank_id
from hnf.claims.reading import Finding, Place, Reading, fits
from hnf.claims.said import Said, Span, allocation, published_elsewhere, spans
from hnf.claims.words import codes_of, members_of, neighbours_ahead
from hnf.errors import UsageError
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
from hnf.measures.register import MEASURES, PLAIN, Measure, Per, Population, find_measure
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
HIGHEST_RATE = 250_000.0
#: Of a statement that was made long after the tables end, so many of the years that are missing are named.
_MOST_NAMED = 7
_SHARP_PCT = 0.1
_SCHOOLS = (
    "the pupils of the school that is meant, or the number of schools: DfE, Get Information about Schools "
    "(https://get-information-schools.service.gov.uk)"
)
_Needs = tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A finding with its time; `is_main` where it is not on an alternative count (statements left out, first count)."""

    finding: Finding
    span: Span
    is_main: bool = True
    remark: str = ""
    #: Of whom the figure is, where that is not the place that the claim names.
    area: str = ""

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


# Places.


def _in_year(store: Store, codes: tuple[str, ...], listed: Iterable[str]) -> tuple[str, ...]:
    """Return the authorities of codes of which one may be of a region."""
    authorities = Authorities.of(store)
    if not codes or level_of(codes[0]) != "regional":
        return codes
    return tuple(code for code in sorted(listed) if authorities[code].region_code in codes)


def search(store: Store, reading: Reading, said: Said) -> Evidence:
    """Compute the number of a reading at every time and on every basis that it may mean.

    Times that it does not mean are computed where none that it means supports it.
    """
    what, who = reading.what, reading.who
    if what is None or not what.measures:
        return Evidence(problem="what is counted")
    bare = [place for place in (who, reading.other) if place and not (place.codes or place.kind in ("england", "rate"))]
    if bare:
        return Evidence(problem=f"which authorities {bare[0].name} are")
    if what.measures[0] not in MEASURES:
        return _counts(store, reading, said)
    if who and who.kind == "rate" and reading.form == "change":
        return Evidence(problem="whose funding changed: an authority, a region or England")
    if reading.form == "share":
        when = reading.end.in_words if reading.end else "each year"
        tables = "DfE, National funding formula tables for schools and high needs, on GOV.UK"
        return Evidence(needs=(f"the factors of the high needs formula ({when}): {tables}",))
    known = [year.start for year in financial_years(store)]
    times, lacking, is_fallback = spans(reading, said, "financial year", known)
    if reading.form in ("gap", "school", "catch_up", "rank") and not (who and who.kind == "authority"):
        return Evidence(problem="the one authority that it is about")
    needs = tuple(allocation(FinancialYear(year), FinancialYear(known[0])) for year in lacking[:_MOST_NAMED])
    if reading.end is None and said.first is None and lacking[-1:] == [known[-1] + 1]:
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


def at(store: Store, reading: Reading, span: Span) -> list[Found]:
    """Return what a reading gives at one time, on every basis; reasons why there is none are left out."""
    names = reading.what.measures if reading.what else ()
    compute = _money if names and names[0] in MEASURES else _count
    return list(compute(_Ask(store, reading if compute is _money else _of_england(reading), span, {})))


def _of_england(reading: Reading) -> Reading:
    """Return a reading of a count with England for the average, which is England's own figure."""
    if reading.other and reading.other.kind == "rate" and reading.other.name in _AVERAGES[::2]:
        return replace(reading, other=Place("england", "England", said=reading.other.said))
    return reading


def last_held(store: Store, reading: Reading) -> int | None:
    """Return the last year with figures of what a reading is about, in which its period begins."""
    names = reading.what.measures if reading.what else ()
    periods = periods_of(store, names[0]) if names else ()
    return int(periods[-1][:4]) if periods else None


@dataclass(frozen=True)
class _Ask:
    """What is computed at one time; `reasons` takes up why there is no figure."""

    store: Store
    reading: Reading
    span: Span
    reasons: dict[str, None]

    @property
    def codes(self) -> tuple[str, ...]:
        return codes_of(self.reading.who)

    def why(self, error: UsageError) -> None:
        self.reasons[f"{error.what}{f' ({error.todo})' if error.todo else ''}"] = None

    def found(
        self,
        spec: RateSpec | MeasureSpec,
        value: float,
        figure_id: str,
        unit: str,
        is_so: bool | None = None,
        **more: Any,
    ) -> Found:
        """Return a number on a basis; what is not given is that of the basis and the reading."""
        reading = self.reading
        named: dict[str, Any] = {
            "year": str(spec.year) if isinstance(spec, RateSpec) else spec.period_in_words,
            "measure": "ehc_plans" if spec.measure == PLANS else spec.measure,
            "per": spec.per if isinstance(spec, RateSpec) else "",
            "comparator": reading.other.name if reading.other else "",
        }
        of_found = {key: more.pop(key) for key in ("is_main", "remark", "area") if key in more}
        finding = Finding(
            order=int(str(spec.year)[:4]), population=spec.series or "", value=value, unit=unit, figure_id=figure_id,
            fits=fits(reading, value, unit.partition("_")[0]) if is_so is None else is_so, **(named | more),
        )  # fmt: skip
        return Found(finding, self.span, **of_found)


def _at_times(store: Store, reading: Reading, times: list[Span], reasons: dict[str, None]) -> list[Found]:
    names = reading.what.measures if reading.what else ()
    compute = _money if names and names[0] in MEASURES else _count
    found = [each for span in times if span.is_meant for each in compute(_Ask(store, reading, span, reasons))]
    if not any(each.supports for each in found):
        found += [each for span in times if not span.is_meant for each in compute(_Ask(store, reading, span, {}))]
    return found


# Funding.


def _no_block(store: Store, reading: Reading, times: list[Span]) -> str:
    """Say that a place has no block in the years searched, and whom to ask for."""
    authorities = Authorities.of(store)
    year, who = FinancialYear(times[0].end), reading.who.name if reading.who else "England"
    known = [authorities.by_code[code] for code in codes_of(reading.who) if code in authorities.by_code]
    instead = "; ".join(filter(None, (authorities.instead(one, year) for one in known)))
    return f"a high needs block of {who}: {instead or 'the tables have none that can be compared'}"


def _bases(reading: Reading) -> Iterator[tuple[Measure, Per, Population, bool]]:
    """Yield the bases of a claim on funding, and whether its words name each or leave it open."""
    number, per, form = reading.number, reading.per, reading.form
    names = reading.what.measures if reading.what else ()
    is_large = number is not None and number.unit == "gbp" and number.value > HIGHEST_RATE
    is_amount = form in ("level", "difference") and (per == "none" or (per in ("", "child") and is_large))
    pers = _AMOUNT if is_amount or (per == "none" and form in ("ratio", "rank")) else _RATES
    is_change = form == "change" or reading.is_rank_of_change
    pers = (*_AMOUNT, *_RATES) if is_change else (("pupil", "ons"),) if form == "school" else pers
    left_open = ("none", "head", "pupil") if is_change else ("head", "pupil", "plan")
    meant = {"": left_open, "child": ("head", "pupil")}.get(per, (per,))
    for measure in MEASURES:
        for each, population in pers:
            yield measure, each, population, measure in names and (is_amount or each in meant or form == "school")


def _money(ask: _Ask) -> Iterator[Found]:
    for measure, per, population, is_stated in _bases(ask.reading):
        spec = RateSpec(FinancialYear(ask.span.end), measure, per, population)
        try:
            if ask.reading.form == "change":
                yield from _money_change(ask, spec, is_stated=is_stated)
            else:
                for each in _BY_FORM[ask.reading.form](ask, rate_table(ask.store, spec)):
                    is_meant = is_stated and each.finding.is_stated
                    yield replace(each, finding=replace(each.finding, is_stated=is_meant))
        except UsageError as error:
            if "there was no" not in error.what and "there is no rate" not in error.what:
                ask.why(error)
        except KeyError:
            continue


def rate_at(store: Store, table: RateTable, place: Place | None) -> tuple[float, str] | None:
    """Return the rate and figure id of a place or of a word such as `median`; None where there is none."""
    if place is None or place.kind == "england" or (place.kind == "rate" and place.name == "average"):
        return table.england, rate_id(table.spec, ENGLAND)
    if place.kind == "rate" and place.name in ("median", "mean"):
        of_all = table.median if place.name == "median" else statistics.fmean(table.values.values())
        return of_all, rate_id(table.spec, "median" if place.name == "median" else ENGLAND)
    if place.kind == "rate":
        code = list(table.values)[{"lowest": 0, "highest": -1, "next lowest": 1}[place.name]]
        return table.values[code], rate_id(table.spec, code)
    codes = _in_year(store, place.codes, table.values)
    if not codes or not all(code in table.values for code in codes):
        return None
    if len(codes) == 1:
        return table.values[codes[0]], rate_id(table.spec, codes[0])
    pounds = add_up(table.numerators.values[code] for code in codes)
    over = 1.0 if table.spec.per == "none" else add_up(table.denominators.values[code] for code in codes)
    return pounds / over, f"sum:{table.spec.measure}:{table.spec.year}:{'+'.join(codes)}"


def _money_level(ask: _Ask, table: RateTable) -> Iterator[Found]:
    """Yield a level, a difference or a ratio, and the level of other editions."""
    reading, store, spec = ask.reading, ask.store, table.spec
    own = rate_at(store, table, reading.who)
    other = rate_at(store, table, reading.other) if reading.other else None
    if own is None or (reading.other and other is None):
        return
    for value, unit in _compared(reading, own[0], other[0] if other else None):
        is_so = fits(reading, value, unit)
        if other and reading.other_number and reading.form == "level":
            is_so = is_so and reading.other_number.holds(other[0])
        kept: dict[str, float] = {"comparator_value": other[0]} if other else {}
        if other and reading.form != "level":
            kept["own_value"] = own[0]
        yield ask.found(spec, value, own[1], spec.unit if unit == "gbp" else unit, is_so, others=kept)
    if reading.form == "level" and not other and spec.per == "none":
        for figure_id, amount in _earlier_amounts(store, own[1], spec):
            if amount != own[0]:
                note = f"in the edition of {date_in_words(figure_id.split(':')[2])}"
                yield ask.found(spec, amount, figure_id, "gbp", note=note, is_main=False)


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


def _money_gap(ask: _Ask, table: RateTable) -> Iterator[Found]:
    (code, *_), spec, reading = ask.codes, table.spec, ask.reading
    if code not in table.values or spec.per == "none":
        return
    other = reading.other if reading.other and reading.other.kind != "england" else Place("rate", _AVERAGES[0])
    names = [other.name, *(_AVERAGES if other.name in _AVERAGES else ())] if other.kind == "rate" else [""]
    for name in dict.fromkeys(names):
        rate = rate_at(ask.store, table, Place("rate", name) if name else other)
        if rate is None:
            continue
        pounds = (rate[0] - table.values[code]) * table.denominators.values[code]
        to = name if name in ("average", "median") else rate[1].rsplit(":", 1)[1]
        is_traced = name != "mean" and to != code and "+" not in to
        id_ = f"gap:{spec.id_part}:{to}:{code}" if is_traced else rate_id(spec, code)
        is_meant = name in ("", other.name)
        yield ask.found(spec, pounds, id_, "gbp", comparator=name or other.name, is_stated=is_meant)


def _money_rank(ask: _Ask, table: RateTable) -> Iterator[Found]:
    code, values, named, spec = ask.codes[0], table.values, {}, table.spec
    if ask.reading.is_rank_of_change:
        start = FinancialYear(ask.span.start or 0)
        before = rate_table(ask.store, replace(spec, year=start)).values
        values = {each: (rate / before[each] - 1) * 100 for each, rate in values.items() if each in before}
        named["year"] = f"{start} to {spec.year}"
    if found := _ranked(ask, values, code):
        others = found[2]
        if ask.reading.is_rank_of_change:
            others["ranked_value"] = others.pop("rate_gbp")
        id_ = rate_id(spec, code) if ask.reading.group or named else rank_id(spec, code)
        named["remark"] = neighbours_ahead(ask.store, ask.reading, values)
        yield ask.found(spec, found[0], id_, "rank", found[1], others=others, **named)


def _ranked(ask: _Ask, values: dict[str, float], code: str) -> tuple[float, bool, dict[str, float]] | None:
    """Return the place in the order of a group, whether it is the one said, and what it rests on."""
    reading, members = ask.reading, members_of(ask.store, ask.reading, values)
    if code not in members:
        return None
    own, count = members[code], len(members)
    lowest, highest = 1 + sum(v < own for v in members.values()), 1 + sum(v > own for v in members.values())
    said, part, tests = reading.number, reading.part_of_rank, []
    for side, place in (("highest", highest), ("lowest", lowest)):
        is_so = place <= part * count if part else bool(said and said.holds(place))
        if side == "highest" and said and reading.universe and not said.bound:
            is_so = is_so or reading.universe - round(said.value) + 1 == lowest  # 148th of 150 is the third lowest
        if reading.end_of_rank in ("", side):
            tests.append((place, is_so))
    place, is_so = next((each for each in tests if each[1]), min(tests))
    if reading.end is None and reading.universe not in (None, count):
        is_so = False  # without a year, the number of authorities says which year is not meant
    others = {"universe": float(count), "rank_from_lowest": float(lowest), "rate_gbp": own}
    return float(place), is_so != reading.is_negated, others


def _money_catch_up(ask: _Ask, after: RateTable) -> Iterator[Found]:
    store, years, year = ask.store, financial_years(ask.store), after.spec.year
    other = ask.reading.other or Place("rate", "average")
    for start in dict.fromkeys((year.previous, years[0])):
        if start not in years or start >= year or after.spec.per == "none":
            continue
        before = rate_table(store, replace(after.spec, year=start))
        ends = [rate_at(store, table, place) for place in (ask.reading.who, other) for table in (before, after)]
        if any(each is None for each in ends):
            continue
        own, then, theirs, later = (each[0] for each in ends if each)
        pace = (math.log(then / own) - math.log(later / theirs)) / (year.start - start.start)
        distance = math.log(later / then)
        if distance > 0 and pace > 0:
            id_, when = rate_id(after.spec, ask.codes[0]), f"{start} to {year}"
            yield ask.found(after.spec, distance / pace, id_, "years", year=when, comparator=other.name)


def _money_school(ask: _Ask, table: RateTable) -> Iterator[Found]:
    gap = _gap_per_pupil(ask.store, ask.reading, table)
    if gap is not None and ask.reading.school_pupils is not None:
        yield ask.found(table.spec, gap * ask.reading.school_pupils, rate_id(table.spec, ask.codes[0]), "gbp")


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


_BY_FORM: dict[str, Callable[[_Ask, RateTable], Iterator[Found]]] = {
    **dict.fromkeys(("level", "difference", "ratio", "share"), _money_level),
    "gap": _money_gap, "rank": _money_rank, "catch_up": _money_catch_up, "school": _money_school,
}  # fmt: skip


def _money_change(ask: _Ask, spec: RateSpec, *, is_stated: bool) -> Iterator[Found]:
    years, measure, store, reading = (
        (FinancialYear(ask.span.start or 0), spec.year),
        spec.measure,
        ask.store,
        ask.reading,
    )
    if spec.per != "none":
        ends = [rate_at(store, rate_table(store, replace(spec, year=year)), reading.who) for year in years]
        if ends[0] and ends[1]:
            named: dict[str, Any] = {"is_stated": is_stated, "is_main": bool(reading.per)}
            yield from _changed(ask, spec, (ends[0][0], ends[1][0]), ends[1][1], **named)
        return
    sides = [_in_year(store, ask.codes, measure_amounts(store, year, measure).values) for year in years]
    named = {"is_stated": is_stated}
    area = area_of(sides[0], sides[1])
    if reading.who and reading.who.kind == "authority":
        amounts = tuple(set(measure_amounts(store, year, measure).values) for year in years)
        whole = _whole_area(ask, amounts, "the high needs block", (str(years[0]), str(years[1])))
        area, named = area_of(whole.codes[0], whole.codes[1]), {**named, "remark": whole.note}
        named["area"] = whole.name if whole.is_combined else ""
    cash = funding_change(store, measure, years, area)
    if cash.start.value is None or cash.end.value is None:
        return
    start, id_ = float(cash.start.value), cash.id
    if reading.prices == "real":
        id_ = f"growthreal:{measure}:{years[0]}:{years[1]}:{area}:{deflator(store).id_part}"
    yield from _changed(ask, spec, (start, float(cash.end.value)), id_, **named)
    alike = like_for_like(store, measure, years, area) if reading.prices != "real" else None
    if alike and alike.change.end.value is not None:
        is_sharp = reading.number is not None and reading.number.half < _SHARP_PCT  # else it is a coincidence
        named |= {"note": "like for like", "is_main": False, "is_stated": is_stated and is_sharp}
        yield from _changed(ask, spec, (start, float(alike.change.end.value)), alike.change.id, **named)


def _whole_area(ask: _Ask, counted: tuple[set[str], ...], what: str, when: tuple[str, ...]) -> ComparableArea:
    authorities = Authorities.of(ask.store)
    return comparable_area(authorities, authorities[ask.codes[0]], counted, what, when)


def _changed(ask: _Ask, spec: RateSpec, ends: tuple[float, float], figure_id: str, **named: Any) -> Iterator[Found]:
    """Yield a change of funding in the unit of the claim, with both ends; in real terms where it says so."""
    start, store, reading = FinancialYear(ask.span.start or 0), ask.store, ask.reading
    before = deflator(store, spec.year).real(ends[0], start) if reading.prices == "real" else ends[0]
    others = {"start_value": before, "end_value": ends[1]}
    if reading.other:
        theirs = [rate_at(store, rate_table(store, replace(spec, year=y)), reading.other) for y in (start, spec.year)]
        if theirs[0] is None or theirs[1] is None:
            return
        others["comparator_value"] = (theirs[1][0] / theirs[0][0] - 1) * 100
    plans = _plans_over(ask, (start, spec.year))
    for value, unit in change_values(reading, before, ends[1]):
        is_so = _is_change_said(reading, value, unit, others.get("comparator_value"))
        if plans is not None:
            others["plans_change_pct"] = plans
            is_so = is_so and bool(reading.other_number and reading.other_number.holds(plans))
        yield ask.found(spec, value, figure_id, unit, is_so, year=f"{start} to {spec.year}", others=others, **named)


def _is_change_said(reading: Reading, value: float, unit: str, other: float | None) -> bool:
    """Whether a change is the one said, and that of the other place too; without numbers, which of them is more."""
    if other is not None and reading.number is None and reading.other_number is None:
        return ((value > other) if reading.direction != "down" else (value < other)) != reading.is_negated
    is_theirs = other is None or reading.other_number is None or reading.other_number.holds(other)
    return fits(reading, value, unit) and is_theirs


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


def _plans_over(ask: _Ask, years: tuple[FinancialYear, FinancialYear]) -> float | None:
    """Return the growth of plans over the years of a claim on funding that gives it too, without another place."""
    if ask.reading.other_number is None or ask.reading.other is not None:
        return None
    span = Span(years[0].january.year, years[1].january.year)
    ends = _ends(replace(ask, span=span), PLANS, ask.reading.who)
    if ends is None or not ends.start.value or ends.end.value is None:
        return None
    return (ends.end.value / ends.start.value - 1) * 100


def _earlier_amounts(store: Store, figure_id: str, spec: RateSpec) -> list[tuple[str, float]]:
    """Return id and pounds of the same amount of an authority in other editions of the year."""
    code, items = figure_id.rpartition(":")[2], PLAIN[spec.measure].items
    if len(items) > 1 or not code.isdigit():
        return []
    rows = rows_of(store, "dsg").filter(
        (pl.col("financial_year") == str(spec.year)) & (pl.col("area") == code) & (pl.col("term") == items[0])
        & (pl.col("edition") != total_edition(store, spec.year)) & pl.col("value").is_not_null()
    )  # fmt: skip
    columns = rows.select("edition", "value", "unit").iter_rows()
    return [(f"dsg:{spec.year}:{ed}:{code}:{items[0]}", value * POUNDS[unit]) for ed, value, unit in columns]


# Plans, and what else the SEN2 returns count.


def _counts(store: Store, reading: Reading, said: Said) -> Evidence:
    name = reading.what.measures[0] if reading.what else PLANS
    reading = _of_england(reading)
    if "rate" in {place.kind for place in (reading.who, reading.other) if place}:
        return Evidence(problem="which authority it is about, or compares with")
    known = sorted({int(period[:4]) for period in periods_of(store, PLANS if name == PLANS_ALONE else name)})
    if not known:
        return Evidence(needs=(published_elsewhere(name, 0),))
    times, lacking, _ = spans(reading, said, find_measure(name).period, known)
    needs = tuple(published_elsewhere(name, year) for year in lacking)
    if not times and not needs:
        needs = tuple(_around(store, reading, name)) or ("counts at two dates, the first before the second",)
    reasons: dict[str, None] = {}
    found = _at_times(store, reading, times, reasons)
    if not any(each.span.is_meant for each in found):
        needs = (*needs, *reasons)
    if not found and not needs:
        return Evidence(problem=f"its number as {find_measure(name).words} is counted, which is not in this unit")
    return Evidence(tuple(found), needs)


def _around(store: Store, reading: Reading, name: str) -> Iterator[str]:
    """Name the counts that are missing of days that are no January, with those of the Januaries beside them."""
    for moment in (reading.start, reading.end):
        day = moment.date if moment and moment.kind == "day" else None
        said = date_in_words(day.isoformat()) if day else ""
        if moment and moment.kind == "day" and day is None:
            own = "plans are counted in January, and a council's own count is not published"
            yield f"the count of '{moment.said}': {own}"
        if find_measure(name).period != "January" and day:
            yield f"{find_measure(name).words} of {said}: what is published is of calendar years"
        if day is None or day.month == 1 or find_measure(name).period != "January":
            continue
        asks = [_Ask(store, reading, Span(None, year), {}) for year in (day.year, day.year + 1)]
        figures = [(ask.span.end, _figure(ask, name, ask.span.end, ask.codes)) for ask in asks]
        near = [f"{one.value:,.0f} in January {year}" for year, one in figures if one and one.value is not None]
        beside = f"; published are {join_words(near)}" if near else ""
        yield f"the count of {said}: plans are counted in January, and a council's own count is not published{beside}"


def _figure(ask: _Ask, name: str, year: int, codes: tuple[str, ...]) -> Figure | None:
    """Return a count, share or rate of a place in a year, however it is published; None with a reason."""
    store, spec = ask.store, MeasureSpec(name, _period(ask.store, name, year))
    if name == PLANS_ALONE and year > statements_until():
        return _figure(ask, PLANS, year, codes)
    try:
        if name != PLANS or level_of(codes[0]) == "regional":
            return measure_value(store, spec, "+".join(codes))
        authorities = Authorities.of(store)
        for code in codes:
            if code.isdigit() and code not in authorities_counted(store, year):
                instead = authorities.instead(authorities[code], f"January {year}", f"{year}-01-31")
                ask.reasons[f"EHC plans of {authorities[code].prose}: {instead or 'none were counted'}"] = None
                return None
        figure = plans_figure(store, January(year), codes)
    except UsageError as error:
        ask.why(error)
        return None
    except KeyError:
        ask.reasons[f"there is no figure of {spec.in_words}"] = None
        return None
    return figure if _is_there(ask, figure) else None


def _is_there(ask: _Ask, figure: Figure) -> bool:
    if figure.value is None:
        ask.reasons[f"{figure.label}: the figure is {figure.status}, so it is not published"] = None
    return figure.value is not None


def _period(store: Store, name: str, year: int) -> str:
    return next((one for one in periods_of(store, name) if int(one[:4]) == year), str(year))


def _count(ask: _Ask) -> Iterator[Found]:
    names = ask.reading.what.measures if ask.reading.what else ()
    is_vague = ask.reading.number is None or ask.reading.is_negated
    for number, name in enumerate(names):
        is_one_count = is_vague or (ask.span.start or ask.span.end) > statements_until()
        if name == PLANS_ALONE and names[0] == PLANS and is_one_count:
            continue  # the same count since there are no statements; and a count that grew by conversion proves little
        is_rank = ask.reading.is_rank_of_change or ask.reading.form == "rank"
        compute = _count_rank if is_rank else _count_change if ask.reading.form == "change" else _count_level
        for each in compute(ask, name):
            yield replace(each, is_main=each.is_main and not number)


def _count_level(ask: _Ask, name: str) -> Iterator[Found]:
    reading, store, kind = ask.reading, ask.store, find_measure(name).unit
    unit, spec = reading.number.unit if reading.number else "", MeasureSpec(name, _period(store, name, ask.span.end))
    own = _figure(ask, name, ask.span.end, ask.codes)
    other = _figure(ask, name, ask.span.end, codes_of(reading.other)) if reading.other else None
    if own is None or own.value is None or (reading.other and (other is None or other.value is None)):
        return
    against = float(other.value) if other and other.value is not None else None
    others = {} if against is None else {"comparator_value": against}
    if against is not None and reading.form != "level":
        others["own_value"] = float(own.value)
    odd = " ".join(words for code in ask.codes for words in flags_of(store, spec).get(code, ()))
    for number, said_unit in _compared(reading, float(own.value), against):
        value, shown = number, {"pct": "pct", "gbp": "gbp"}.get(kind, "count") if said_unit == "gbp" else said_unit
        if reading.form in ("level", "share") and unit == "times" and shown == "pct":
            value, shown = number / 100, "times"
        elif reading.form in ("level", "share") and unit not in ("", shown):
            return
        if reading.form == "difference" and kind == "pct" and against is not None:
            value, shown = float(own.value) - against, "points"
        is_so = fits(reading, value, shown)
        if against is not None and reading.other_number and reading.form == "level":
            is_so = is_so and reading.other_number.holds(against)
        yield ask.found(spec, value, own.id, shown, is_so, others=others, remark=odd)
    if reading.form == "level" and name == PLANS and against is None and unit == "count":
        for figure_id, count in _earlier_counts(store, own.id):
            if count != own.value:
                note = f"as first counted in the {figure_id.split(':')[2]} release"
                yield ask.found(spec, count, figure_id, "count", note=note, is_main=False)


@dataclass(frozen=True)
class _Ends:
    """A measure of a place at two times on one area; `area` and `note` where that is larger than the place."""

    start: Figure
    end: Figure
    id: str
    note: str = ""
    area: str = ""


def _ends(ask: _Ask, name: str, place: Place | None) -> _Ends | None:
    years, codes, store = (ask.span.start or 0, ask.span.end), codes_of(place), ask.store
    is_regional = name == PLANS and level_of(codes[0]) == "regional"
    if is_regional or (name == PLANS_ALONE and ask.span.end > statements_until()):
        start, end = (_figure(ask, name, year, codes) for year in years)  # a later count has no statements in any case
        return _Ends(start, end, start.id if name == PLANS_ALONE else end.id) if start and end else None
    area, whole = "+".join(codes), None
    specs = (MeasureSpec(name, _period(store, name, years[0])), MeasureSpec(name, _period(store, name, years[1])))
    dates = (January(years[0]), January(years[1]))
    if place and place.kind == "authority":
        if name == PLANS:
            whole = plans_area(store, Authorities.of(store)[codes[0]], dates)
        else:
            counted = tuple(set(area_amounts(store, spec, "local_authority").inputs) for spec in specs)
            when = (specs[0].period_in_words, specs[1].period_in_words)
            whole = _whole_area(ask, counted, find_measure(name).words, when)
        area = area_of(whole.codes[0], whole.codes[1])
    change = plans_change(store, area, dates) if name == PLANS else measure_change(store, specs, area)
    larger = whole if whole and whole.is_combined else None
    return _Ends(change.start, change.end, change.id, larger.note if larger else "", larger.name if larger else "")


def _count_change(ask: _Ask, name: str) -> Iterator[Found]:
    reading, store = ask.reading, ask.store
    try:
        ends = _ends(ask, name, reading.who)
        other = _ends(ask, name, reading.other) if reading.other else None
    except UsageError as error:
        ask.why(error)
        return
    except KeyError:
        return
    if ends is None or (reading.other and other is None):
        return
    are_there = [_is_there(ask, each) for each in (ends.start, ends.end)]
    start, end = ends.start.value, ends.end.value
    if not all(are_there) or start is None or end is None or (start <= 0 and ends.end.unit != "pct"):
        return
    spec, first = (MeasureSpec(name, _period(store, name, year)) for year in (ask.span.end, ask.span.start or 0))
    others = {"start_value": float(start), "end_value": float(end)}
    if other and other.start.value and other.end.value is not None:
        others["comparator_value"] = (other.end.value / other.start.value - 1) * 100
    named: dict[str, Any] = {"year": f"{first.period_in_words} to {spec.period_in_words}"}
    for value, unit in change_values(reading, start, end, is_pct=ends.end.unit == "pct"):
        is_so = _is_change_said(reading, value, unit, others.get("comparator_value"))
        more = {**named, "others": others, "remark": ends.note, "area": ends.area}
        yield ask.found(spec, value, ends.id, unit, is_so, **more)
    if reading.other or name != PLANS:
        return
    again: list[tuple[str, float, float, str]]
    again = [(id_, start, count, f"as first counted in the {id_.split(':')[2]} release")
             for id_, count in _earlier_counts(store, ends.end.id) if count != end]  # fmt: skip
    if ends.area and (former := _former(ask)):
        again.append((former.id, former.start.value or 0, former.end.value or 0, "the county before and the one since"))
    for id_, before, after, note in again:
        for value, unit in change_values(reading, before, after):
            more = {**named, "note": note, "others": {"start_value": float(before), "end_value": float(after)}}
            yield ask.found(spec, value, id_, unit, is_main=False, **more)


def _former(ask: _Ask) -> Change | None:
    """Return the change from a former authority of the same name, whose boundaries were others."""
    authorities, dates = Authorities.of(ask.store), (January(ask.span.start or 0), January(ask.span.end))
    own = authorities[ask.codes[0]]
    older = next((code for code in own.predecessors if authorities[code].name == own.name), "")
    counted = [authorities_counted(ask.store, date.year) for date in dates]
    later = next((code for code in (own.la_code, older) if code in counted[1]), "")
    return plans_change(ask.store, area_of((older,), (later,)), dates) if later and older in counted[0] else None


def _count_rank(ask: _Ask, name: str) -> Iterator[Found]:
    reading, level, code = ask.reading, level_of(ask.codes[0]), ask.codes[0]
    if level == "national" or len(ask.codes) > 1:
        return
    years = [year for year in (ask.span.start, ask.span.end) if year]
    specs = [MeasureSpec(name, _period(ask.store, name, year)) for year in years]
    try:
        is_region = level == "regional"
        tables = [
            area_amounts(ask.store, spec, level).values if is_region else measure_table(ask.store, spec).values
            for spec in (specs if reading.is_rank_of_change else specs[-1:])
        ]
    except UsageError as error:
        ask.why(error)
        return
    values, named = tables[-1], {}
    id_ = rate_id(specs[-1], code) if reading.group or is_region else rank_id(specs[-1], code)
    if reading.is_rank_of_change:
        values = {code: (v / tables[0][code] - 1) * 100 for code, v in values.items() if tables[0].get(code)}
        named["year"] = f"{specs[0].period_in_words} to {specs[-1].period_in_words}"
        id_ = f"growth:{name}:{specs[0].period}:{specs[-1].period}:{code}"
    found = _ranked(ask, values, code)
    if found is None:
        who = reading.who.name if reading.who else ""
        ask.reasons[f"{specs[-1].in_words}: no figure of {who} that can be ranked"] = None
        return
    others = found[2] | {"ranked_value": found[2]["rate_gbp"]}
    others.pop("rate_gbp")
    named["remark"] = "" if is_region else neighbours_ahead(ask.store, reading, values)
    yield ask.found(specs[-1], found[0], id_, "rank", found[1], others=others, **named)


@cached
def _earlier_counts(store: Store, figure_id: str) -> list[tuple[str, int]]:
    """Return id and count of the same plans in other releases; none for England or a sum of areas."""
    kind, *parts = figure_id.split(":")
    if kind != "plans" or parts[2] == ENGLAND:
        return []
    january, latest, code, plan_type = parts
    rows = rows_of(store, "plans").filter(
        (pl.col("january") == int(january)) & (pl.col("area") == code) & (pl.col("plan_type") == plan_type)
        & (pl.col("release") != latest) & pl.col("count").is_not_null()
    )  # fmt: skip
    pairs = rows.select("release", "count").iter_rows()
    return [(f"plans:{january}:{release}:{code}:{plan_type}", count) for release, count in pairs]
