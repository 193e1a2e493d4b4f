"""At the pace of the years with an allocation: when an authority's rate would reach England's.

The yearly growth of both rates is that between the first and the last year in which the authority has a rate; from
there it is the arithmetic of `hnf.analysis.catch_up`, no forecast. Ids are
`pace:<year>:<measure>:<denominator>:<la_code>:<first year>`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hnf.analysis.catch_up import CatchUp, catch_up
from hnf.analysis.ranking import rate_id
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.published import financial_years
from hnf.measures.rates import RateSpec, rate_table
from hnf.store import Store
from hnf.years import FinancialYear

#: Fewer years of growth than this are no pace.
LEAST_YEARS = 3


@dataclass(frozen=True)
class Pace:
    """Growth of both rates since `start`, and the years it would take at that pace."""

    start: RateSpec
    found: CatchUp

    @property
    def id(self) -> str:
        """Figure id."""
        return f"pace:{self.found.spec.id_part}:{self.found.la_code}:{self.start.year}"

    def figure(self) -> Figure:
        """Return the years until England's rate is reached as a figure, in whole years."""
        spec, code = self.found.spec, self.found.la_code
        return Figure(
            self.id,
            f"{self.found.la_name}: whole years until England's rate at the pace of {self.start.year} to {spec.year}; "
            f"{spec.in_words}",
            self.found.whole_years,
            "count",
            "estimated",
            tuple(rate_id(each, area) for area in (code, "england") for each in (self.start, spec)),
            f"both rates go on growing by their mean yearly growth from {self.start.year} to {spec.year}: "
            f"{self.found.own_growth_pct:.2f}% here and {self.found.england_growth_pct:.2f}% in England",
        )


def pace(store: Store, spec: RateSpec, la_code: str) -> Pace | None:
    """Return when an authority reaches England's rate at the pace so far.

    Parameters
    ----------
    store : Store
    spec : RateSpec
        Of the latest year; the first is the earliest in which the authority has a rate on the same basis.
    la_code : str

    Returns
    -------
    Pace or None
        None where it is there already, never gets there at this pace, or has rates for too few years.
    """
    years = [year for year in financial_years(store) if year <= spec.year and _has_rate(store, spec, year, la_code)]
    if not years or spec.year not in years or spec.year.start - years[0].start < LEAST_YEARS:
        return None
    return _pace(store, spec, la_code, years[0])


def pace_figure(store: Store, spec: RateSpec, la_code: str, start: str) -> Figure:
    """Return the years of a pace as a figure.

    Raises
    ------
    UsageError
        If there is no rate in one of the years, or England's rate is never reached.
    """
    found = _pace(store, spec, la_code, FinancialYear.parse(start))
    if found is None:
        raise UsageError(f"at the pace since {start} there is no year in which {la_code} reaches England's rate")
    return found.figure()


def _pace(store: Store, spec: RateSpec, la_code: str, first: FinancialYear) -> Pace | None:
    start = _in_year(spec, first)
    before, after = rate_table(store, start), rate_table(store, spec)
    years = spec.year.start - first.start
    own = _yearly_pct(before.require(la_code, la_code), after.require(la_code, la_code), years)
    england = _yearly_pct(before.england, after.england, years)
    try:
        found = catch_up(store, spec, la_code, own, england)
    except UsageError:
        return None
    return Pace(start, found) if found.whole_years else None


def _has_rate(store: Store, spec: RateSpec, year: FinancialYear, la_code: str) -> bool:
    try:
        return la_code in rate_table(store, _in_year(spec, year)).values
    except UsageError:
        return False


def _in_year(spec: RateSpec, year: FinancialYear) -> RateSpec:
    return RateSpec(year, spec.measure, spec.per, spec.population, spec.area_costs)


def _yearly_pct(start: float, end: float, years: int) -> float:
    return (math.pow(end / start, 1 / years) - 1) * 100
