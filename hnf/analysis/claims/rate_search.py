"""Kinds 3 and 4: a rate or amount here and elsewhere, and the pounds that another rate would bring."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from hnf.analysis.claims.bases import find_code, is_stated, name_of, population_of, rate_tables
from hnf.analysis.claims.gaps_in_data import years_to_search
from hnf.analysis.claims.model import NOT_IN_TABLES, PER_WORDS, RATE_WORDS, Claim, Evidence, Finding
from hnf.analysis.claims.rounding import fits
from hnf.analysis.ranking import rate_id
from hnf.measures.rates import MEASURE_WORDS, RateTable
from hnf.store import Store

#: A number is of the size of a basis within this factor, and not of the one it names beyond the other.
_NEAR, _FAR = 1.2, 2.0


def search_rates(store: Store, claim: Claim) -> Evidence:
    """Compute the rate on every basis, and the comparator's where the claim gives one."""
    years, needs = years_to_search(store, claim)
    tables = list(rate_tables(store, claim, years))
    found = [finding for table in tables if (finding := _rate(store, claim, table))]
    if years and not found:
        needs = (
            *needs,
            f"a high needs block of {name_of(store, claim.authority)}: it is in none of these years' tables",
        )
    return Evidence(tuple(found), needs, mislabelled=_mislabelled(claim, found))


def rate_at(store: Store, table: RateTable, who: str, code: str = "") -> tuple[float, str] | None:
    """Return the rate of an authority, or one that a word such as `median` stands for, with its figure id.

    `next lowest` is the rate next above the lowest; None where there is no such rate.
    """
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
    if own is None or claim.value is None:
        return None
    matches = fits(own[0], claim.value, claim.tolerance, claim.qualifier)
    others: dict[str, float] = {}
    if claim.other_value is not None:
        other = rate_at(store, table, claim.comparator)
        if other is None:
            return None
        others = {"comparator_value": other[0]}
        matches = matches and fits(other[0], claim.other_value, claim.other_tolerance)
    spec = table.spec
    return Finding(
        year=str(spec.year),
        order=spec.year.start,
        measure=spec.measure,
        per=spec.per,
        population=population_of(spec),
        comparator=claim.comparator,
        value=own[0],
        unit=spec.unit,
        figure_id=own[1],
        fits=matches,
        is_stated=is_stated(claim, spec),
        others=others,
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
        f"the figure is of the size of {MEASURE_WORDS[best.measure]} {PER_WORDS[best.per]} "  # type: ignore[index]
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
    if years and not found:
        needs = (
            *needs,
            f"a high needs block of {name_of(store, claim.authority)}: it is in none of these years' tables",
        )
    return Evidence(tuple(found), needs)


def _gaps(store: Store, claim: Claim, table: RateTable, code: str) -> Iterator[Finding]:
    if code not in table.values or claim.value is None:
        return
    spec = table.spec
    said = claim.comparator or "average"
    for comparator in dict.fromkeys((said, *(("average", "median", "mean") if said in RATE_WORDS[:3] else ()))):
        other = rate_at(store, table, comparator, code)
        if other is None:
            continue
        pounds = (other[0] - table.values[code]) * table.denominators.values[code]
        area = comparator if comparator in ("average", "median") else other[1].rsplit(":", 1)[1]
        traceable = comparator != "mean" and area != code
        yield Finding(
            year=str(spec.year),
            order=spec.year.start,
            measure=spec.measure,
            per=spec.per,
            population=population_of(spec),
            comparator=comparator,
            value=pounds,
            unit="gbp",
            figure_id=f"gap:{spec.id_part}:{area}:{code}" if traceable else rate_id(spec, code),
            fits=fits(pounds, claim.value, claim.tolerance, claim.qualifier),
            is_stated=is_stated(claim, spec) and comparator == said,
        )
