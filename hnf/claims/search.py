"""What was computed for a claim: its number on every basis (year, measure, denominator, population series) it may mean.

One search for each kind of claim, numbered as `hnf.claims.claim` does; what no table holds is named with the place
where it is published.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import polars as pl

from hnf.analysis.comparable_areas import comparable_area
from hnf.analysis.growth import (
    Change,
    area_of,
    funding_change,
    januaries,
    like_for_like,
    plans_area,
    plans_change,
    plans_figure,
)
from hnf.analysis.rank import rank_id
from hnf.claims.claim import GROUPS, NOT_IN_TABLES, PER_WORDS, RATE_WORDS, Claim, Evidence, Finding
from hnf.claims.sentence import fits
from hnf.errors import UsageError
from hnf.fetch.publishers import load_series
from hnf.measures.prices import deflator
from hnf.measures.published import ENGLAND, authorities_counted, financial_years, rows_of
from hnf.measures.rates import RateSpec, RateTable, measure_amounts, rate_id, rate_table
from hnf.measures.register import MEASURES, PLAIN, Measure, Per, Population
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear, January

_PERS: tuple[tuple[Per, Population], ...] = (("head", "ons"), ("head", "dfe"), ("pupil", "ons"), ("plan", "ons"))
_Needs = tuple[str, ...]
_Value = TypeVar("_Value")
_AMOUNT: tuple[tuple[Per, Population], ...] = (("none", "ons"),)


def rate_tables(store: Store, claim: Claim, years: Iterable[FinancialYear]) -> Iterator[RateTable]:
    """Return the rates of every basis in the years given, those that do not exist left out."""
    pers = _AMOUNT if claim.per == "none" else _PERS
    for year in years:
        for measure in MEASURES:
            for per, population in pers:
                try:
                    yield rate_table(store, RateSpec(year, measure, per, population))
                except UsageError:
                    continue


def is_stated(claim: Claim, spec: RateSpec) -> bool:
    """Whether a claim names this basis or leaves it open; a denominator in no table is not named by any basis."""
    return claim.measure in ("", spec.measure) and claim.per in ("", spec.per)


def _on_basis(claim: Claim, spec: RateSpec, value: float, figure_id: str, **others: Any) -> Finding:
    """Return a number on the basis of a rate; `others` are what differs from the basis and the claim."""
    basis: dict[str, Any] = {
        "year": str(spec.year),
        "order": spec.year.start,
        "measure": spec.measure,
        "per": spec.per,
        "population": spec.series or "",
        "comparator": "",
        "unit": "gbp",
        "fits": _said(claim, value),
        "is_stated": is_stated(claim, spec),
    }
    return Finding(value=value, figure_id=figure_id, **(basis | others))


def _said(claim: Claim, value: float) -> bool:
    """Whether the claim's number rounds from a value."""
    return claim.value is not None and fits(value, claim.value, claim.tolerance, claim.qualifier)


def _or_no_block(store: Store, claim: Claim, years: list[FinancialYear], found: list[Finding], needs: _Needs) -> _Needs:
    """Return what is missing: the block of the authority too, where no year that is searched has one."""
    if years and not found:
        who = name_of(store, claim.authority)
        return (*needs, f"a high needs block of {who}: it is in none of these years' tables")
    return needs


def find_code(store: Store, who: str) -> str:
    """Return the code of an authority by name or code; empty for England."""
    if who.casefold() in ("", "england"):
        return ""
    return Authorities.of(store).find(who).la_code


def name_of(store: Store, who: str) -> str:
    """Return an authority as prose writes it."""
    code = find_code(store, who)
    return Authorities.of(store)[code].prose if code else "England"


# Figures that a claim needs and the tables do not hold: what they are and where they are published.

_SCHOOLS = (
    "the pupils of the school that is meant, or the number of schools: DfE, Get Information about Schools "
    "(https://get-information-schools.service.gov.uk)"
)
#: Of a statement that was made long after the tables end, so many of the years that are missing are named.
_MOST_NAMED = 7


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


def after(last: FinancialYear) -> str:
    """Name the workbooks with the allocations of the years after the last one in the tables."""
    return f"{allocation(last.next)}, or a later year's"


def plan_counts(january: int) -> str:
    """Name the release that counts EHC plans in a January."""
    return (
        f"the EHC plans of January {january}: DfE, Education, health and care plans "
        "(https://explore-education-statistics.service.gov.uk/find-statistics/education-health-and-care-plans)"
    )


def years_to_search(store: Store, claim: Claim) -> tuple[list[FinancialYear], tuple[str, ...]]:
    """Return the years that a claim may mean, and names of the tables of those that are not in ours."""
    known = financial_years(store)
    if claim.year is not None:
        return ([claim.year], ()) if claim.year in known else ([], (allocation(claim.year),))
    if claim.said_in is None:
        return known, (after(known[-1]),)
    later = range(known[-1].start + 1, min(claim.said_in, known[-1].start + _MOST_NAMED) + 1)
    return known, tuple(allocation(FinancialYear(start)) for start in later)


# Kinds 3 and 4: a rate or amount here and elsewhere, and the pounds that another rate would bring.

#: A number is of the size of a basis within this factor, and not of the one it names beyond the other.
_NEAR, _FAR = 1.2, 2.0


def search_rates(store: Store, claim: Claim) -> Evidence:
    """Compute the rate on every basis, and the comparator's where the claim gives one."""
    years, needs = years_to_search(store, claim)
    tables = list(rate_tables(store, claim, years))
    found = [finding for table in tables if (finding := _rate(store, claim, table))]
    needs = _or_no_block(store, claim, years, found, needs)
    return Evidence(tuple(found), needs, mislabelled=_mislabelled(claim, found))


def rate_at(store: Store, table: RateTable, who: str, code: str = "") -> tuple[float, str] | None:
    """Return the rate and figure id of an authority or of a word such as `median`; None where there is none."""
    word = who.casefold() or "average"
    ordered = list(table.values)
    ends = {"lowest": 0, "highest": -1, "next lowest": 1}
    if word in ("average", "england"):
        return table.england, rate_id(table.spec, "england")
    if word == "median":
        return table.median, rate_id(table.spec, "median")
    if word == "mean":
        return statistics.fmean(table.values.values()), rate_id(table.spec, code or "england")
    if word in ends:
        la_code = ordered[ends[word]]
    else:
        la_code = find_code(store, who)
        if la_code not in table.values:
            return None
    return table.values[la_code], rate_id(table.spec, la_code)


def _rate(store: Store, claim: Claim, table: RateTable) -> Finding | None:
    own = rate_at(store, table, claim.authority)
    compares = claim.than or claim.other_value is not None
    other = rate_at(store, table, claim.comparator) if compares else None
    if own is None or (other is None and compares):
        return None
    if other is not None and claim.than:
        more = own[0] - other[0]
        own = {"less": -more, "gap": abs(more)}.get(claim.than, more), own[1]
    matches = _said(claim, own[0])
    if other is not None and claim.other_value is not None:
        matches = matches and fits(other[0], claim.other_value, claim.other_tolerance)
    return _on_basis(
        claim,
        table.spec,
        *own,
        comparator=claim.comparator,
        unit=table.spec.unit,
        fits=matches,
        others={} if other is None else {"comparator_value": other[0]},
    )


def _mislabelled(claim: Claim, found: list[Finding]) -> str:
    """Name the basis of the number's size where what it says it is divided by gives one of another size."""
    if claim.per in ("", "none") or claim.value is None or not found:
        return ""
    latest = max(finding.order for finding in found)
    here = [finding for finding in found if finding.order == latest and finding.value > 0]
    named = [finding for finding in here if finding.per == ("plan" if claim.per in NOT_IN_TABLES else claim.per)]
    if any(_ratio(finding.value, claim.value) < _FAR for finding in named):
        return ""
    near = [finding for finding in here if finding not in named and _ratio(finding.value, claim.value) < _NEAR]
    near = [finding for finding in near if finding.per == "pupil"] or near
    if not near:
        return ""
    best = min(near, key=lambda finding: _ratio(finding.value, claim.value or 1))
    return (
        f"the figure is of the size of {PLAIN[best.measure].words} {PER_WORDS[best.per]} "
        f"(£{best.value:,.0f} in {best.year}), not {PER_WORDS[claim.per]}"
    )


def _ratio(one: float, other: float) -> float:
    return math.inf if one <= 0 or other <= 0 else max(one / other, other / one)


def search_gaps(store: Store, claim: Claim) -> Evidence:
    """Compute the pounds to another rate on every basis; an average may be England's rate, the median or the mean."""
    code = find_code(store, claim.authority)
    if not code:
        return Evidence(problem="the authority that would have the money; name it in the sentence or with --who")
    years, needs = years_to_search(store, claim)
    found = [gap for table in rate_tables(store, claim, years) for gap in _gaps(store, claim, table, code)]
    return Evidence(tuple(found), _or_no_block(store, claim, years, found, needs))


def _gaps(store: Store, claim: Claim, table: RateTable, code: str) -> Iterator[Finding]:
    if code not in table.values:
        return
    spec = table.spec
    stated = claim.comparator or "average"
    for comparator in dict.fromkeys((stated, *(RATE_WORDS[:3] if stated in RATE_WORDS[:3] else ()))):
        other = rate_at(store, table, comparator, code)
        if other is None:
            continue
        pounds = (other[0] - table.values[code]) * table.denominators.values[code]
        area = comparator if comparator in ("average", "median") else other[1].rsplit(":", 1)[1]
        traceable = comparator != "mean" and area != code
        figure_id = f"gap:{spec.id_part}:{area}:{code}" if traceable else rate_id(spec, code)
        is_meant = is_stated(claim, spec) and comparator == stated
        yield _on_basis(claim, spec, pounds, figure_id, comparator=comparator, is_stated=is_meant)


# Kind 2: nth lowest of N, on every measure and denominator, among all authorities or a group of them.


def search_ranks(store: Store, claim: Claim) -> Evidence:
    """Compute the rank on every basis."""
    if not claim.authority:
        return Evidence(problem="the authority that is ranked; name it in the sentence or with --who")
    code = find_code(store, claim.authority)
    if not code:
        return Evidence(problem="an authority: England as a whole has no rank")
    years, needs = years_to_search(store, claim)
    found = [rank for table in rate_tables(store, claim, years) if (rank := _rank(store, claim, table, code))]
    needs = _or_no_block(store, claim, years, found, needs)
    found = _of_the_stated_number(claim, found)
    notes = _universe_notes(claim, found)
    return Evidence(tuple(found), needs, notes=notes)


def _rank(store: Store, claim: Claim, table: RateTable, code: str) -> Finding | None:
    """Return the rank on one basis; None where the authority has no rate or is not of the group."""
    members = members_of(store, claim.group, table.values)
    if code not in members:
        return None
    own = members[code]
    lowest = 1 + sum(value < own for value in members.values())
    highest = 1 + sum(value > own for value in members.values())
    return _on_basis(
        claim,
        table.spec,
        lowest if claim.direction == "lowest" else highest,
        rate_id(table.spec, code) if claim.group else rank_id(table.spec, code),
        unit="rank",
        fits=_fits(claim, lowest, highest),
        others={"universe": len(members), "rank_from_lowest": lowest, "rate_gbp": own},
    )


def members_of(store: Store, group: str, values: dict[str, _Value]) -> dict[str, _Value]:
    """Return the values of a group of authorities; of all where no group is named."""
    if not group:
        return values
    authorities = Authorities.of(store)
    kind = GROUPS[group]
    return {code: value for code, value in values.items() if authorities[code].authority_type == kind}


def _fits(claim: Claim, lowest: int, highest: int) -> bool:
    """Whether the rank is the one said; "148th of 150" is the third lowest, however many authorities there are."""
    said = round(claim.value or 0)
    if claim.direction == "lowest":
        return said == lowest
    return said == highest or (claim.universe is not None and claim.universe - said + 1 == lowest)


def _of_the_stated_number(claim: Claim, found: list[Finding]) -> list[Finding]:
    """Where the rank holds in a year with as many authorities as stated, leave it to that year."""
    years = {f.year for f in found if f.fits and round(f.others["universe"]) == claim.universe}
    return [replace(f, fits=False) if years and f.year not in years else f for f in found]


def _universe_notes(claim: Claim, found: list[Finding]) -> tuple[str, ...]:
    """Say so where the claim counts other authorities than the tables have."""
    counts = {round(finding.others["universe"]) for finding in found if finding.fits}
    if claim.universe is None or not counts or claim.universe in counts:
        return ()
    words = " or ".join(str(count) for count in sorted(counts))
    return (f"The statement counts {claim.universe} authorities; {words} have a rate in the tables.",)


# Kind 1: growth or number of EHC plans, between all Januaries that may be meant.
#
# Statements of SEN are counted with EHC plans until 2018. Counts that a later release revised are tried as
# well.

MEASURE = "ehc_plans"


def search_plans(store: Store, claim: Claim) -> Evidence:
    """Compute growth between, or the count in, every January that the claim may mean."""
    known = januaries(store)
    stated = [year for year in (claim.start, claim.end) if year is not None]
    needs = tuple(plan_counts(year) for year in stated if January(year) not in known)
    if needs:
        return Evidence(needs=needs)
    code = find_code(store, claim.authority)
    if claim.unit == "plans":
        return _counts(store, claim, code, known)
    starts = [January(claim.start)] if claim.start else known
    ends = [January(claim.end)] if claim.end else known
    findings: list[Finding] = []
    reasons: dict[str, None] = {}
    for start, end in ((start, end) for end in ends for start in starts if start < end):
        try:
            change = plans_between(store, code, (start, end))
        except UsageError as error:
            reasons[error.what] = None
            continue
        findings += _editions(store, claim, change, (start, end))
    if not findings:
        return Evidence(needs=tuple(reasons) or ("counts of two Januaries, the first before the second",))
    return Evidence(tuple(findings))


def plans_between(store: Store, code: str, dates: tuple[January, January]) -> Change:
    """Return the change of plans of an authority (England where `code` is empty) on one area."""
    if not code:
        return plans_change(store, ENGLAND, dates)
    place = plans_area(store, Authorities.of(store)[code], dates)
    return plans_change(store, area_of(*place.codes), dates)


def _editions(store: Store, claim: Claim, change: Change, dates: tuple[January, January]) -> list[Finding]:
    """Return the growth on the latest release, and on earlier ones that counted otherwise."""
    if change.change_pct is None or change.start.value is None or change.end.value is None:
        return []
    found = [_growth(claim, dates, change.change_pct, change.id, "")]
    for figure_id, count in _earlier_counts(store, change.end.id):
        if count != change.end.value:
            release = figure_id.split(":")[2]
            growth = (count / change.start.value - 1) * 100
            found.append(_growth(claim, dates, growth, figure_id, f"as first counted in the {release} release"))
    return found


@cached
def _earlier_counts(store: Store, figure_id: str) -> list[tuple[str, int]]:
    """Return id and count of the same plans in other releases; none for England or a sum of areas."""
    kind, *parts = figure_id.split(":")
    if kind != "plans" or parts[2] == ENGLAND:
        return []
    january, latest, code, plan_type = parts
    rows = rows_of(store, "plans").filter(
        (pl.col("january") == int(january))
        & (pl.col("la_code") == code)
        & (pl.col("plan_type") == plan_type)
        & (pl.col("release") != latest)
        & pl.col("count").is_not_null()
    )
    pairs = rows.select("release", "count").iter_rows()
    return [(f"plans:{january}:{release}:{code}:{plan_type}", count) for release, count in pairs]


def _growth(claim: Claim, dates: tuple[January, January], value: float, figure_id: str, note: str) -> Finding:
    when, basis = f"January {dates[0]} to January {dates[1]}", (MEASURE, "", "", "")
    return Finding(when, dates[1].year, *basis, value, "pct", figure_id, _said(claim, value), not note, note)


def _counts(store: Store, claim: Claim, code: str, known: list[January]) -> Evidence:
    found = []
    for date in [January(claim.end)] if claim.end else known:
        if code and code not in authorities_counted(store, date.year):
            continue
        figure = plans_figure(store, date, (code or ENGLAND,))
        if figure.value is not None:
            matches = _said(claim, figure.value)
            found.append(
                Finding(f"January {date}", date.year, MEASURE, "", "", "", figure.value, "plans", figure.id, matches)
            )
    return Evidence(tuple(found)) if found else Evidence(needs=(plan_counts(claim.end or known[-1].year),))


# Kind 5: funding up X% (or by £X), with plans up Y% over the same years where the claim says both.

_Years = tuple[FinancialYear, FinancialYear]
_RATES: tuple[tuple[Per, Population], ...] = (("head", "ons"), ("head", "dfe"), ("pupil", "ons"))


def search_funding(store: Store, claim: Claim) -> Evidence:
    """Compute the change of every measure, in all and per head and pupil, between the years that may be meant."""
    code = find_code(store, claim.authority)
    pairs, needs = _periods(store, claim)
    found = [finding for years in pairs for finding in _changes(store, claim, code, years)]
    if pairs and not found:
        who = name_of(store, claim.authority)
        needs = (*needs, f"a high needs block of {who} that can be compared: boundaries changed, or it has none")
    notes: tuple[str, ...] = ()
    if claim.prices == "real":
        notes = (f"Real terms by the GDP deflator, {deflator(store).vintage}.",)
    return Evidence(tuple(found), needs, notes=notes)


def _periods(store: Store, claim: Claim) -> tuple[list[_Years], tuple[str, ...]]:
    """Return the pairs of years that may be meant, and what is missing of those stated."""
    known = financial_years(store)
    if claim.year is not None and claim.start is None:
        stated = [claim.year.previous, claim.year]
    else:
        last = claim.year or (FinancialYear(claim.end) if claim.end else None)
        stated = [year for year in (FinancialYear(claim.start) if claim.start else None, last) if year is not None]
    missing = tuple(allocation(year) for year in stated if year not in known)
    if missing:
        return [], missing
    starts = [stated[0]] if claim.start or (claim.year and len(stated) > 1) else known
    ends = [stated[-1]] if claim.end or claim.year else known
    later: tuple[str, ...] = (after(known[-1]),) if claim.is_open else ()
    if claim.is_open and claim.said_in is not None:
        later = tuple(allocation(FinancialYear(y)) for y in range(known[-1].start + 1, claim.said_in + 1))
    return [(start, end) for end in ends for start in starts if start < end], later


def _changes(store: Store, claim: Claim, code: str, years: _Years) -> Iterator[Finding]:
    plans = _plans_growth(store, claim, code, years)
    for measure in MEASURES:
        try:
            change = _in_all(store, measure, years, code)
        except UsageError:
            continue
        if change.start.value is None or change.end.value is None:
            continue
        ends = (float(change.start.value), float(change.end.value))
        finding = _finding(store, claim, years, (measure, "none", ""), ends, figure_id=change.id, plans=plans)
        yield finding
        alike = like_for_like(store, measure, years, change.id.rsplit(":", 1)[-1])
        if alike and alike.change.end.value is not None:
            ends = ends[0], float(alike.change.end.value)
            again = _finding(store, claim, years, finding.basis[:3], ends, figure_id=alike.change.id, plans=plans)
            yield replace(again, is_stated=False, note="like for like")
        for per, population in _RATES:
            specs = [RateSpec(year, measure, per, population) for year in years]
            rates = [_change_of_rate(store, spec, code) for spec in specs]
            if rates[0] is not None and rates[1] is not None:
                basis = (measure, per, specs[1].series or "")
                id_ = rate_id(specs[1], code or ENGLAND)
                yield _finding(store, claim, years, basis, (rates[0], rates[1]), figure_id=id_, plans=plans)


def _in_all(store: Store, measure: Measure, years: _Years, code: str) -> Change:
    amounts = [set(measure_amounts(store, year, measure).values) for year in years]
    if not code:
        return funding_change(store, measure, years, ENGLAND)
    authorities = Authorities.of(store)
    words = (str(years[0]), str(years[1]))
    place = comparable_area(authorities, authorities[code], tuple(amounts), "the high needs block", words)
    return funding_change(store, measure, years, area_of(place.codes[0], place.codes[1]))


def _change_of_rate(store: Store, spec: RateSpec, code: str) -> float | None:
    table = rate_table(store, spec)
    return table.values.get(code) if code else table.england


def _plans_growth(store: Store, claim: Claim, code: str, years: _Years) -> float | None:
    if claim.other_value is None:
        return None
    try:
        return plans_between(store, code, (years[0].january, years[1].january)).change_pct
    except (UsageError, KeyError):
        return None


def _finding(
    store: Store,
    claim: Claim,
    years: _Years,
    basis: tuple[str, str, str],
    ends: tuple[float, float],
    *,
    figure_id: str,
    plans: float | None,
) -> Finding:
    before = ends[0]
    if claim.prices == "real":
        before = deflator(store, years[1]).real(before, years[0])
    value = ends[1] - before if claim.unit == "gbp" else (ends[1] / before - 1) * 100
    matches = _said(claim, value)
    if claim.other_value is not None:
        matches = matches and plans is not None and fits(plans, claim.other_value, claim.other_tolerance)
    measure, per, population = basis
    return Finding(
        year=f"{years[0]} to {years[1]}",
        order=years[1].start,
        measure=measure,
        per=per,
        population=population,
        comparator="",
        value=value,
        unit=claim.unit,
        figure_id=figure_id,
        fits=matches,
        is_stated=claim.measure in ("", measure) and per == (claim.per or "none"),
        others={"plans_change_pct": plans} if plans is not None else {},
    )


# Kinds 6, 7 and shares: years to catch up, pounds for a typical school, and parts of the formula.


def search_catch_up(store: Store, claim: Claim) -> Evidence:
    """Compute the years to the comparator's rate at the pace of the latest year, and at that of all years."""
    code = find_code(store, claim.authority) if claim.authority not in ("lowest", "highest") else ""
    if not code:
        return Evidence(
            problem="who catches up with whom and how fast both grow; name the authority in the sentence or with --who"
        )
    years = financial_years(store)
    _, needs = years_to_search(store, claim)
    tables = {table.spec: table for table in rate_tables(store, claim, years)}
    last = claim.year if claim.year in years else years[-1]
    found = [
        finding
        for spec, table in tables.items()
        if spec.year == last
        for start in dict.fromkeys((last.previous, years[0]))
        if (before := tables.get(replace(spec, year=start)))
        for finding in _catch_up(store, claim, before, table)
    ]
    note = "A pace of the past carried on; nothing says that it will go on."
    return Evidence(tuple(found), needs, notes=(note,))


def _catch_up(store: Store, claim: Claim, before: RateTable, after: RateTable) -> Iterator[Finding]:
    own = [rate_at(store, table, claim.authority) for table in (before, after)]
    other = [rate_at(store, table, claim.comparator) for table in (before, after)]
    if own[0] is None or own[1] is None or other[0] is None or other[1] is None:
        return
    span = after.spec.year.start - before.spec.year.start
    pace = (math.log(own[1][0] / own[0][0]) - math.log(other[1][0] / other[0][0])) / span
    distance = math.log(other[1][0] / own[1][0])
    if distance <= 0 or pace <= 0:
        return
    years = distance / pace
    when = f"{before.spec.year} to {after.spec.year}"
    comparator = claim.comparator or "average"
    yield _on_basis(claim, after.spec, years, own[1][1], year=when, comparator=comparator, unit="years")


def search_schools(store: Store, claim: Claim) -> Evidence:
    """Compute pounds for a school of the pupils stated; without them, the size that the amount would mean."""
    code = find_code(store, claim.authority)
    if not code:
        return Evidence(problem="the authority of the school; name it in the sentence or with --who")
    years, needs = years_to_search(store, claim)
    tables = [table for table in rate_tables(store, claim, years) if table.spec.per == "pupil"]
    if claim.school_pupils is None:
        return Evidence(needs=(*needs, _SCHOOLS), notes=_implied_size(store, claim, tables, code))
    found = [finding for table in tables if (finding := _for_a_school(store, claim, table, code))]
    return Evidence(tuple(found), needs)


def _gap_per_pupil(store: Store, claim: Claim, table: RateTable, code: str) -> float | None:
    other = rate_at(store, table, claim.comparator)
    return None if other is None or code not in table.values else other[0] - table.values[code]


def _for_a_school(store: Store, claim: Claim, table: RateTable, code: str) -> Finding | None:
    gap = _gap_per_pupil(store, claim, table, code)
    if gap is None or claim.school_pupils is None:
        return None
    spec, comparator = table.spec, claim.comparator or "average"
    stated = is_stated(replace(claim, per=""), spec)
    pounds = gap * claim.school_pupils
    return _on_basis(claim, spec, pounds, rate_id(spec, code), comparator=comparator, is_stated=stated)


def _implied_size(store: Store, claim: Claim, tables: list[RateTable], code: str) -> tuple[str, ...]:
    """Say how many pupils the school would have if the amount were the gap of the latest year's block."""
    blocks = [table for table in tables if table.spec.measure == "block"]
    gap = _gap_per_pupil(store, claim, blocks[-1], code) if blocks else None
    if gap is None or gap <= 0 or claim.value is None:
        return ()
    return (
        f"At the {blocks[-1].spec.year} gap of £{gap:,.0f} a pupil it would be a school of "
        f"{claim.value / gap:,.0f} pupils.",
    )


def search_shares(_store: Store, claim: Claim) -> Evidence:
    """Name the tables that hold the factors of the formula: no table here does."""
    when = claim.year.in_words if claim.year else "each year"
    tables = "DfE, National funding formula tables for schools and high needs, on GOV.UK"
    return Evidence(needs=(f"the factors of the high needs formula ({when}): {tables}",))
