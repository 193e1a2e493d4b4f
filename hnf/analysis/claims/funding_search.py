"""Kind 5: funding up X% (or by £X), with plans up Y% over the same years where the claim says both."""

from __future__ import annotations

from collections.abc import Iterator

from hnf.analysis.changes import Change, area_of, funding_change
from hnf.analysis.claims.bases import find_code, name_of, population_of
from hnf.analysis.claims.gaps_in_data import after, allocation
from hnf.analysis.claims.model import Claim, Evidence, Finding
from hnf.analysis.claims.plans import plans_between
from hnf.analysis.claims.rounding import fits
from hnf.analysis.footprint import footprint
from hnf.analysis.prices import deflator
from hnf.analysis.ranking import rate_id
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.measures.published import ENGLAND, financial_years
from hnf.measures.rates import MEASURES, Measure, Per, Population, RateSpec, measure_amounts, rate_table
from hnf.store import Store
from hnf.years import FinancialYear

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
        yield _finding(store, claim, years, (measure, "none", ""), ends, figure_id=change.id, plans=plans)
        for per, population in _RATES:
            specs = [RateSpec(year, measure, per, population) for year in years]
            rates = [_rate(store, spec, code) for spec in specs]
            if rates[0] is not None and rates[1] is not None:
                basis = (measure, per, population_of(specs[1]))
                id_ = rate_id(specs[1], code or ENGLAND)
                yield _finding(store, claim, years, basis, (rates[0], rates[1]), figure_id=id_, plans=plans)


def _in_all(store: Store, measure: Measure, years: _Years, code: str) -> Change:
    amounts = [set(measure_amounts(store, year, measure).values) for year in years]
    if not code:
        return funding_change(store, measure, years, ENGLAND)
    authorities = Authorities.of(store)
    words = (str(years[0]), str(years[1]))
    place = footprint(authorities, authorities[code], tuple(amounts), "the high needs block", words)
    return funding_change(store, measure, years, area_of(place.codes[0], place.codes[1]))


def _rate(store: Store, spec: RateSpec, code: str) -> float | None:
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
    matches = claim.value is not None and fits(value, claim.value, claim.tolerance, claim.qualifier)
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
