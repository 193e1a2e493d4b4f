"""Funding against need: an amount of money in cash and in real terms beside EHC plans, from a common year at 100.

The financial year Y-Z goes with the plans of January Y. Money is there for the years with an allocation, plans run on
to the latest January; what is missing is a gap with its reason and never a zero. Figures are
`wedge:<code>:<measure>:<first year>:<base year of prices>:<area>:<year>:<quantity>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.prices import Deflator, deflator, read_id_part
from hnf.analysis.series_breaks import SeriesBreak, breaks_of
from hnf.analysis.wedge_areas import WedgeArea, wedge_areas
from hnf.analysis.wedge_figures import CHANGES, QUANTITIES, AreaFigures
from hnf.authorities import Authorities, Authority
from hnf.figures import Figure, least_sure
from hnf.measures.plan_counts import plan_counts
from hnf.measures.published import financial_years, require_year
from hnf.measures.rates import MEASURE_WORDS, Measure
from hnf.results import Tabular
from hnf.store import Store
from hnf.years import FinancialYear

#: Where the breaks of reorganisations stand.
REORGANISED = "data/lineage.toml"


@dataclass(frozen=True)
class Wedge(Tabular):
    """Funding and need of one place and of the areas beside it.

    Parameters
    ----------
    authority : Authority
        The one asked for.
    measure : str
    years : tuple of FinancialYear
        From the first to the one of the latest January; `funded` are those with an allocation.
    prices : Deflator
    areas : tuple of WedgeArea
    figures : dict of (role, year, quantity) to Figure
        Quantities of `QUANTITIES`, and of `CHANGES` with `_change` appended in the last year with money.
    breaks : tuple of SeriesBreak
        Those that the years cross, reorganisations of the place included.
    """

    ROWS = "rows"

    authority: Authority
    measure: Measure
    years: tuple[FinancialYear, ...]
    funded: tuple[FinancialYear, ...]
    prices: Deflator
    areas: tuple[WedgeArea, ...]
    figures: dict[tuple[str, FinancialYear, str], Figure]
    breaks: tuple[SeriesBreak, ...]

    def figure(self, role: str, year: FinancialYear, quantity: str) -> Figure:
        """Return one figure; `KeyError` if there is none."""
        return self.figures[role, year, quantity]

    def change(self, role: str, quantity: str) -> Figure:
        """Return the change of a quantity in per cent from the first year to the last with money."""
        return self.figures[role, self.funded[-1], f"{quantity}_change"]

    def breaks_at(self, role: str, year: FinancialYear) -> list[str]:
        """Return the ids of an area's breaks between a year and the one before, none for the first."""
        here = year.start
        own = self.breaks if role == "place" else (b for b in self.breaks if b.reference != REORGANISED)
        return [b.id for b in own if year != self.years[0] and b.starts <= here <= b.ends]

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an area and year: the quantities, why any is missing, breaks and figure ids."""
        return [self._row(area, year) for area in self.areas for year in self.years]

    def _row(self, area: WedgeArea, year: FinancialYear) -> dict[str, Any]:
        found = {quantity: self.figures[area.role, year, quantity] for quantity in QUANTITIES}
        return {
            "area": area.role,
            "name": area.name,
            "financial_year": str(year),
            "january": year.january.year,
            **{_key(quantity): figure.value for quantity, figure in found.items()},
            "basis": least_sure(list(found.values())),
            "status": "; ".join(dict.fromkeys(f.status for f in found.values() if f.status)) or None,
            "breaks": self.breaks_at(area.role, year),
            "figure_ids": {_key(quantity): figure.id for quantity, figure in found.items()},
        }

    def changes(self) -> list[dict[str, Any]]:
        """Return one dict an area: changes in per cent to the last year with money."""
        return [
            {
                "area": area.role,
                "name": area.name,
                "from": str(self.years[0]),
                "to": str(self.funded[-1]),
                **{f"{quantity}_pct": self.change(area.role, quantity).value for quantity in CHANGES},
                "figure_ids": {f"{q}_pct": self.change(area.role, q).id for q in CHANGES},
            }
            for area in self.areas
        ]

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer but for its words (`hnf.analysis.wedge_words`)."""
        return {
            "la_code": self.authority.la_code,
            "area": self.areas[0].name,
            "measure": self.measure,
            "from": str(self.years[0]),
            "last_funded": str(self.funded[-1]),
            "price_base": str(self.prices.base),
            "price_vintage": self.prices.vintage,
            "real_terms_reason": self.prices.lacking() or None,
            "areas": [
                {
                    "area": area.role,
                    "name": area.name,
                    "codes": {
                        "money": {str(year): list(codes) for year, codes in area.money.items()},
                        "plans": {str(year.january): list(codes) for year, codes in area.plans.items()},
                    },
                    "notes": list(area.notes),
                }
                for area in self.areas
            ],
            "rows": self.rows(),
            "changes": self.changes(),
            "breaks": [one.payload() for one in self.breaks],
        }


def _key(quantity: str) -> str:
    """Return the name of a quantity with its unit at the end."""
    return {"plans": "plans_count"}.get(quantity, quantity if quantity.endswith("_index") else f"{quantity}_gbp")


def wedge(
    store: Store,
    who: str,
    measure: Measure = "block",
    start: FinancialYear | None = None,
    base: FinancialYear | None = None,
    *,
    vintage: str | None = None,
) -> Wedge:
    """Set funding beside need.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it.
    measure : str
    start : FinancialYear, optional
        The year at 100; the first with an allocation by default.
    base : FinancialYear, optional
        The year whose prices are used; the latest outturn by default. One without a price index gives cash only.
    vintage : str, optional
        Publication of the price index; the latest by default.

    Raises
    ------
    UsageError
        If there is no such authority or vintage, `start` has no allocation, the measure does not exist in each year,
        the authority never had an allocation, or boundaries changed so that the years cannot be compared.
    """
    authority = Authorities.of(store).find(who)
    first = require_year(store, start or financial_years(store)[0])
    prices = deflator(store, base, vintage)
    key = ("wedge", authority.la_code, measure, first, prices.id_part)
    return store.remember(key, lambda: _wedge(store, authority, measure, first, prices))


def wedge_figure(store: Store, parts: list[str]) -> Figure:
    """Return one figure by the seven parts of its id; `KeyError` names what is unknown."""
    code, measure, start, base, role, year, quantity = parts
    if measure not in MEASURE_WORDS:
        raise KeyError(measure)
    prices = read_id_part(store, base)
    found = wedge(store, code, measure, FinancialYear.parse(start), prices.base, vintage=prices.vintage)
    return found.figure(role, FinancialYear.parse(year), quantity)


def _wedge(store: Store, authority: Authority, measure: Measure, first: FinancialYear, prices: Deflator) -> Wedge:
    funded = tuple(y for y in financial_years(store) if y >= first and y.start in plan_counts(store))
    last = max(funded[-1].start, *plan_counts(store))
    years = tuple(FinancialYear(year) for year in range(first.start, last + 1) if year in plan_counts(store))
    areas = wedge_areas(store, authority, measure, years)
    stem = f"wedge:{authority.la_code}:{measure}:{first}:{prices.id_part}"
    figures: dict[tuple[str, FinancialYear, str], Figure] = {}
    for area in areas:
        own = AreaFigures(store, area, measure, prices, f"{stem}:{area.role}")
        for (year, quantity), figure in own.all(years, funded).items():
            figures[area.role, year, quantity] = figure
    crossed = [b for b in breaks_of((measure, "plans", "real")) if b.lies_in(first.start, last)]
    crossed += _reorganisations(Authorities.of(store), areas[0], first.start, last)
    return Wedge(authority, measure, years, funded, prices, areas, figures, tuple(crossed))


def _reorganisations(authorities: Authorities, place: WedgeArea, first: int, last: int) -> list[SeriesBreak]:
    """Return a break for each reorganisation within the place, from the dates of its authorities."""
    codes = {code for found in (*place.money.values(), *place.plans.values()) for code in found}
    opened = {authorities[code].opened for code in codes if authorities[code].predecessors}
    made = [str(FinancialYear(int(date[:4]))) for date in sorted(opened)]
    what = "authorities of this area were reorganised; the figures are for the whole area throughout"
    series = ("block", "nff", "plans")
    found = [SeriesBreak(f"reorganisation_{year[:4]}", year, year, series, what, REORGANISED) for year in made]
    return [one for one in found if one.lies_in(first, last) and len(codes) > 1]
