"""Growth of need against England, and of funding over the years that both exist.

Need is EHC plans in January; before 2019 statements of SEN are counted with them. A suppressed count makes an answer
without a percentage, never a zero. Across a reorganisation the whole area is compared, or nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.changes import Change, area_of, first_january, funding_change, januaries, plans_change
from hnf.analysis.footprint import Footprint, footprint
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.plan_counts import authorities_counted
from hnf.measures.published import ENGLAND, financial_years
from hnf.measures.rates import Measure, measure_amounts
from hnf.results import Tabular
from hnf.store import Store
from hnf.years import FinancialYear, January


@dataclass(frozen=True)
class FundingGrowth:
    """Funding of one area and of England between two financial years, and plans over the same years."""

    measure: Measure
    years: tuple[FinancialYear, FinancialYear]
    area: Change
    england: Change
    plans: Change
    plans_england: Change
    note: str


@dataclass(frozen=True)
class Growth(Tabular):
    """Growth of need of one area against England, with funding where it exists."""

    la_code: str
    dates: tuple[January, January]
    footprint: Footprint
    area: Change
    england: Change
    funding: FundingGrowth | None
    funding_reason: str

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        dates = (self.dates[0].year, self.dates[1].year)
        answer: dict[str, Any] = {
            "la_code": self.la_code,
            "area": self.footprint.name,
            "is_combined_area": self.footprint.is_combined,
            "codes": {"from": list(self.footprint.codes[0]), "to": list(self.footprint.codes[1])},
            "note": self.footprint.note or None,
            "measure": "statements of SEN and EHC plans, January",
            "basis": "derived",
            "authority": self.area.payload("count", dates),
            "england": self.england.payload("count", dates),
            "funding": None,
            "funding_reason": self.funding_reason or None,
        }
        if self.funding:
            years = (str(self.funding.years[0]), str(self.funding.years[1]))
            januaries = (self.funding.years[0].january.year, self.funding.years[1].january.year)
            answer["funding"] = {
                "measure": self.funding.measure,
                "note": self.funding.note or None,
                "authority": self.funding.area.payload("value_gbp", years),
                "england": self.funding.england.payload("value_gbp", years),
                "plans": self.funding.plans.payload("count", januaries),
                "plans_england": self.funding.plans_england.payload("count", januaries),
            }
        return answer


def growth(
    store: Store, who: str, start: January | None = None, end: January | None = None, measure: Measure = "block"
) -> Growth:
    """Compare the growth of need of an authority with England's.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it.
    start, end : January
        The two counts; by default the first with EHC plans, and the latest.
    measure : str
        Of funding.

    Returns
    -------
    Growth

    Raises
    ------
    UsageError
        If a January is not in the tables, `end` is not after `start`, or boundaries changed so that no comparison is
        possible.
    """
    known = januaries(store)
    start, end = start or first_january(store), end or known[-1]
    for january in (start, end):
        if january not in known:
            raise UsageError(
                f"there is no count for January {january}", todo=f"Counts run from January {known[0]} to {known[-1]}."
            )
    if end <= start:
        raise UsageError(f"January {end} is not after January {start}", where="--from and --to")
    authorities = Authorities.of(store)
    authority = authorities.find(who)
    area = footprint(
        authorities,
        authority,
        (authorities_counted(store, start.year), authorities_counted(store, end.year)),
        "EHC plans",
        (f"January {start}", f"January {end}"),
    )
    funding: FundingGrowth | None = None
    reason = ""
    try:
        funding = _funding(store, authority, (start, end), measure)
    except UsageError as error:
        reason = error.what
    return Growth(
        la_code=authority.la_code,
        dates=(start, end),
        footprint=area,
        area=plans_change(store, area_of(*area.codes), (start, end)),
        england=plans_change(store, ENGLAND, (start, end)),
        funding=funding,
        funding_reason=reason,
    )


def _funding(store: Store, authority: Authority, dates: tuple[January, January], measure: Measure) -> FundingGrowth:
    """Compare funding and plans, on one area, over the financial years whose January lies between the counts."""
    inside = [year for year in financial_years(store) if dates[0] <= year.january <= dates[1]]
    if len(inside) < 2:
        raise UsageError(f"fewer than two years of funding lie between January {dates[0]} and January {dates[1]}")
    years = (inside[0], inside[-1])
    window = (years[0].january, years[1].january)
    relatives = {authority.la_code, *authority.predecessors, *authority.successors}
    if not any(relatives & set(measure_amounts(store, year, measure).values) for year in years):
        raise UsageError(f"{authority.prose} has no high needs allocation: DfE's tables do not include it")
    place = footprint(
        Authorities.of(store),
        authority,
        (
            *(set(measure_amounts(store, year, measure).values) for year in years),
            *(authorities_counted(store, d.year) for d in window),
        ),
        "funding and EHC plans",
        (*(str(year) for year in years), *(f"January {date}" for date in window)),
    )
    money, need = area_of(*place.codes[:2]), area_of(*place.codes[2:])
    return FundingGrowth(
        measure=measure,
        years=years,
        area=funding_change(store, measure, years, money),
        england=funding_change(store, measure, years, ENGLAND),
        plans=plans_change(store, need, window),
        plans_england=plans_change(store, ENGLAND, window),
        note=place.note,
    )
