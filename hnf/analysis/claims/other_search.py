"""Kinds 6, 7 and shares: years to catch up, pounds for a typical school, and parts of the formula."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from hnf.analysis.claims.bases import find_code, is_stated, population_of, rate_tables
from hnf.analysis.claims.gaps_in_data import formula_tables, schools, years_to_search
from hnf.analysis.claims.model import Claim, Evidence, Finding
from hnf.analysis.claims.rate_search import rate_at
from hnf.analysis.claims.rounding import fits
from hnf.analysis.ranking import rate_id
from hnf.measures.published import financial_years
from hnf.measures.rates import RateTable
from hnf.store import Store


def search_catch_up(store: Store, claim: Claim) -> Evidence:
    """Compute the years until the authority's rate is the comparator's, if both grow as they did.

    Growth is that of the latest year, and that of all years in the tables.
    """
    code = find_code(store, claim.authority) if claim.authority not in ("lowest", "highest") else ""
    if not code:
        return Evidence(
            problem="who catches up with whom and how fast both grow; name the authority in the sentence or with --who"
        )
    years = financial_years(store)
    _, needs = years_to_search(store, claim)
    tables = {(table.spec.year, _basis(table)): table for table in rate_tables(store, claim, years)}
    last = claim.year if claim.year in years else years[-1]
    found = [
        finding
        for (year, basis), table in tables.items()
        if year == last
        for start in dict.fromkeys((last.previous, years[0]))
        if (before := tables.get((start, basis)))
        for finding in _catch_up(store, claim, before, table)
    ]
    note = "A pace of the past carried on; nothing says that it will go on."
    return Evidence(tuple(found), needs, notes=(note,))


def _basis(table: RateTable) -> tuple[str, str, str]:
    return (table.spec.measure, table.spec.per, table.spec.population)


def _catch_up(store: Store, claim: Claim, before: RateTable, after: RateTable) -> Iterator[Finding]:
    own = [rate_at(store, table, claim.authority) for table in (before, after)]
    other = [rate_at(store, table, claim.comparator) for table in (before, after)]
    if own[0] is None or own[1] is None or other[0] is None or other[1] is None or claim.value is None:
        return
    span = after.spec.year.start - before.spec.year.start
    pace = (math.log(own[1][0] / own[0][0]) - math.log(other[1][0] / other[0][0])) / span
    distance = math.log(other[1][0] / own[1][0])
    if distance <= 0 or pace <= 0:
        return
    years = distance / pace
    spec = after.spec
    yield Finding(
        year=f"{before.spec.year} to {spec.year}",
        order=spec.year.start,
        measure=spec.measure,
        per=spec.per,
        population=population_of(spec),
        comparator=claim.comparator or "average",
        value=years,
        unit="years",
        figure_id=own[1][1],
        fits=fits(years, claim.value, claim.tolerance, claim.qualifier),
        is_stated=is_stated(claim, spec),
    )


def search_schools(store: Store, claim: Claim) -> Evidence:
    """Compute pounds for a school of the pupils stated; without them, the size that the amount would mean."""
    code = find_code(store, claim.authority)
    if not code:
        return Evidence(problem="the authority of the school; name it in the sentence or with --who")
    years, needs = years_to_search(store, claim)
    tables = [table for table in rate_tables(store, claim, years) if table.spec.per == "pupil"]
    if claim.school_pupils is None:
        return Evidence(needs=(*needs, schools()), notes=_implied_size(store, claim, tables, code))
    found = [finding for table in tables if (finding := _for_a_school(store, claim, table, code))]
    return Evidence(tuple(found), needs)


def _gap_per_pupil(store: Store, claim: Claim, table: RateTable, code: str) -> float | None:
    other = rate_at(store, table, claim.comparator)
    return None if other is None or code not in table.values else other[0] - table.values[code]


def _for_a_school(store: Store, claim: Claim, table: RateTable, code: str) -> Finding | None:
    gap = _gap_per_pupil(store, claim, table, code)
    if gap is None or claim.value is None or claim.school_pupils is None:
        return None
    pounds = gap * claim.school_pupils
    spec = table.spec
    return Finding(
        year=str(spec.year),
        order=spec.year.start,
        measure=spec.measure,
        per="pupil",
        population="",
        comparator=claim.comparator or "average",
        value=pounds,
        unit="gbp",
        figure_id=rate_id(spec, code),
        fits=fits(pounds, claim.value, claim.tolerance, claim.qualifier),
        is_stated=is_stated(replace(claim, per=""), spec),
    )


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
    return Evidence(needs=(formula_tables(claim.year),))
