"""Kind 2: nth lowest of N, on every measure and denominator, among all authorities or a group of them."""

from __future__ import annotations

from dataclasses import replace

from hnf.analysis.claims.bases import find_code, is_stated, name_of, population_of, rate_tables
from hnf.analysis.claims.gaps_in_data import years_to_search
from hnf.analysis.claims.model import GROUPS, Claim, Evidence, Finding
from hnf.analysis.ranking import rank_id, rate_id
from hnf.authorities import Authorities
from hnf.measures.rates import RateTable
from hnf.store import Store


def search_ranks(store: Store, claim: Claim) -> Evidence:
    """Compute the rank on every basis."""
    if not claim.authority:
        return Evidence(problem="the authority that is ranked; name it in the sentence or with --who")
    code = find_code(store, claim.authority)
    if not code:
        return Evidence(problem="an authority: England as a whole has no rank")
    years, needs = years_to_search(store, claim)
    found = [rank for table in rate_tables(store, claim, years) if (rank := _rank(store, claim, table, code))]
    if years and not found:
        needs = (
            *needs,
            f"a high needs block of {name_of(store, claim.authority)}: it is in none of these years' tables",
        )
    found = _of_the_stated_number(claim, found)
    notes = _universe_notes(claim, found)
    return Evidence(tuple(found), needs, notes=notes)


def _rank(store: Store, claim: Claim, table: RateTable, code: str) -> Finding | None:
    """Return the rank on one basis; None where the authority has no rate or is not of the group."""
    members = _members(store, claim.group, table)
    if code not in members:
        return None
    own = members[code]
    lowest = 1 + sum(value < own for value in members.values())
    highest = 1 + sum(value > own for value in members.values())
    spec = table.spec
    return Finding(
        year=str(spec.year),
        order=spec.year.start,
        measure=spec.measure,
        per=spec.per,
        population=population_of(spec),
        comparator="",
        value=lowest if claim.direction == "lowest" else highest,
        unit="rank",
        figure_id=rate_id(spec, code) if claim.group else rank_id(spec, code),
        fits=_fits(claim, lowest, highest),
        is_stated=is_stated(claim, spec),
        others={"universe": len(members), "rank_from_lowest": lowest, "rate_gbp": own},
    )


def _members(store: Store, group: str, table: RateTable) -> dict[str, float]:
    if not group:
        return table.values
    authorities = Authorities.of(store)
    kind = GROUPS[group]
    return {code: value for code, value in table.values.items() if authorities[code].authority_type == kind}


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
