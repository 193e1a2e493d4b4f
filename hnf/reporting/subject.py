"""What a pack knows of one authority before a word is written: its need, its funding, and the basis of its rates."""

from __future__ import annotations

from dataclasses import dataclass

from hnf.analysis.allocation import no_allocation
from hnf.analysis.series import FundingSeries, NeedSeries, funding_series, need_series
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.published import block_frame, financial_years
from hnf.measures.rates import RateSpec, rate_table
from hnf.store import Store
from hnf.years import FinancialYear


@dataclass(frozen=True)
class Subject:
    """One authority with what the tables hold of it.

    Parameters
    ----------
    store : Store
    authority : Authority
    year : FinancialYear
        The latest year with allocations.
    need : NeedSeries or None
        EHC plans since the first January; None where boundaries changed so that there is no such series.
    spec : RateSpec or None
        Basis of the rates: per head, per pupil where there is no population; None without an allocation.
    funding : FundingSeries or None
        Funding and plans since the first year with an allocation.
    """

    store: Store
    authority: Authority
    year: FinancialYear
    need: NeedSeries | None
    spec: RateSpec | None
    funding: FundingSeries | None

    @property
    def no_allocation(self) -> str:
        """Why there is no allocation in the year, as a sentence without its full stop."""
        return no_allocation(self.store, self.authority, self.year)


def subject_of(store: Store, who: str) -> Subject:
    """Look up what the tables hold of an authority.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it.

    Raises
    ------
    UsageError
        If the authority is unknown or closed.
    """
    authority = Authorities.of(store).find(who)
    year = financial_years(store)[-1]
    if authority.closed:
        raise UsageError(no_allocation(store, authority, year))
    spec = _basis(store, authority, year)
    return Subject(store, authority, year, _need(store, authority), spec, _funding(store, authority) if spec else None)


def _need(store: Store, authority: Authority) -> NeedSeries | None:
    try:
        return need_series(store, authority)
    except UsageError:
        return None


def _funding(store: Store, authority: Authority) -> FundingSeries | None:
    try:
        return funding_series(store, authority)
    except UsageError:
        return None


def _basis(store: Store, authority: Authority, year: FinancialYear) -> RateSpec | None:
    if authority.la_code not in block_frame(store, year)["area"].to_list():
        return None
    spec = RateSpec(year, "block", "head")
    return spec if authority.la_code in rate_table(store, spec).values else RateSpec(year, "block", "pupil")
