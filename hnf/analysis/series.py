"""Need and funding of one area year by year, from a common start, with England beside them.

Where an authority was reorganised the series is that of the whole area throughout; where boundaries do not add up
there is none, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from hnf.analysis.changes import Change, area_of, first_january, funding_change, januaries, plans_change
from hnf.analysis.footprint import Footprint, footprint
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.plan_counts import authorities_counted
from hnf.measures.published import ENGLAND, financial_years
from hnf.measures.rates import Measure, measure_amounts
from hnf.store import Store
from hnf.years import FinancialYear, January


@dataclass(frozen=True)
class NeedSeries:
    """Plans of an area and of England in each January, as changes from the first."""

    place: Footprint
    dates: tuple[January, ...]
    area: tuple[Change, ...]
    england: tuple[Change, ...]

    @property
    def last_counted(self) -> int:
        """Index of the last January with a count for the area."""
        return max(number for number, change in enumerate(self.area) if change.end.value is not None)


@dataclass(frozen=True)
class FundingSeries:
    """A measure and plans of an area and of England in each financial year, as changes from the first."""

    place: Footprint
    measure: Measure
    years: tuple[FinancialYear, ...]
    area: tuple[Change, ...]
    england: tuple[Change, ...]
    plans: tuple[Change, ...]
    plans_england: tuple[Change, ...]


def need_series(store: Store, authority: Authority, start: January | None = None) -> NeedSeries:
    """Return the plans of an area from a January, by default the first with EHC plans, to the latest.

    Raises
    ------
    UsageError
        If boundaries changed so that the Januaries cannot be compared.
    """
    since = start or first_january(store)
    return store.remember(("need series", authority.la_code, since), lambda: _need_series(store, authority, since))


def _need_series(store: Store, authority: Authority, start: January) -> NeedSeries:
    dates = tuple(january for january in januaries(store) if january >= start)
    counted = tuple(authorities_counted(store, date.year) for date in dates)
    words = tuple(f"January {date}" for date in dates)
    place = footprint(Authorities.of(store), authority, counted, "EHC plans", words)
    return NeedSeries(place, dates, _plans(store, dates, place.codes), _plans_england(store, dates))


def funding_series(store: Store, authority: Authority, measure: Measure = "block") -> FundingSeries:
    """Return a measure of funding, and plans in the Januaries that go with it, over all years with an allocation.

    Raises
    ------
    UsageError
        If the authority never had an allocation, or boundaries changed so that the years cannot be compared.
    """
    years = tuple(financial_years(store))
    dates = tuple(year.january for year in years)
    counted = (
        *(set(measure_amounts(store, year, measure).values) for year in years),
        *(authorities_counted(store, date.year) for date in dates),
    )
    if not any({authority.la_code, *authority.predecessors, *authority.successors} & codes for codes in counted[:-1]):
        raise UsageError(f"{authority.prose} has no high needs allocation: DfE's tables do not include it")
    words = (*(str(year) for year in years), *(f"January {date}" for date in dates))
    place = footprint(Authorities.of(store), authority, counted, "funding and EHC plans", words)
    money, need = place.codes[: len(years)], place.codes[len(years) :]
    return FundingSeries(
        place=place,
        measure=measure,
        years=years,
        area=tuple(
            funding_change(store, measure, (years[0], year), area_of(money[0], codes))
            for year, codes in zip(years, money, strict=True)
        ),
        england=tuple(funding_change(store, measure, (years[0], year), ENGLAND) for year in years),
        plans=_plans(store, dates, need),
        plans_england=_plans_england(store, dates),
    )


def _plans(store: Store, dates: tuple[January, ...], sides: tuple[tuple[str, ...], ...]) -> tuple[Change, ...]:
    return tuple(
        plans_change(store, area_of(sides[0], codes), (dates[0], date))
        for date, codes in zip(dates, sides, strict=True)
    )


def _plans_england(store: Store, dates: tuple[January, ...]) -> tuple[Change, ...]:
    return tuple(plans_change(store, ENGLAND, (dates[0], date)) for date in dates)
