"""The bases on which a rate may be meant: year, measure, denominator and population series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hnf.analysis.claims.model import NOT_IN_TABLES, Claim
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.measures.rates import MEASURES, Per, Population, RateSpec, RateTable, rate_table
from hnf.store import Store
from hnf.years import FinancialYear

_PERS: tuple[tuple[Per, Population], ...] = (("head", "ons"), ("head", "dfe"), ("pupil", "ons"), ("plan", "ons"))
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
    """Whether a claim names this basis, or leaves open what it does not name.

    A denominator that no table holds is not named by any basis.
    """
    measure = claim.measure in ("", spec.measure)
    if claim.per in NOT_IN_TABLES:
        return False
    return measure and claim.per in ("", spec.per)


def population_of(spec: RateSpec) -> str:
    """Return the population series where the basis has one."""
    return spec.population if spec.per == "head" else ""


def find_code(store: Store, who: str) -> str:
    """Return the code of an authority by name or code; empty for England.

    Raises
    ------
    UsageError
        If nothing matches.
    """
    if who.casefold() in ("", "england"):
        return ""
    return Authorities.of(store).find(who).la_code


def name_of(store: Store, who: str) -> str:
    """Return an authority as prose writes it."""
    code = find_code(store, who)
    return Authorities.of(store)[code].prose if code else "England"
