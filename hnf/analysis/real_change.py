"""The change of funding between two years in real terms, beside the change in cash.

Figures are `real:<measure>:<year>:<area>:<base year of prices>`, an amount in prices of the base year, and
`growthreal:<measure>:<first year>:<last year>:<area>:<base year>`, the change of it in per cent, which is the same for
every base year: it is stated for one without an index too, with the id of the default base year. Of any value of the
register, rates too, `realvalue:<period>:<measure>:<denominator>:<area>:<base year>` is the pounds in prices of a year,
and `change:<first period>:<last period>:<measure>:<denominator>:<area>:<cash or base year>` the change in per cent, of
percentages in percentage points; an area that was reorganised is written `909-942+943`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hnf.analysis.growth import Change, Growth, funding_change, funding_figure, sides
from hnf.analysis.growth import growth as cash_growth
from hnf.analysis.rank import value_figure
from hnf.errors import UsageError
from hnf.measures.prices import Deflator, deflator, headline_refusal, read_id_part
from hnf.measures.published import ENGLAND
from hnf.measures.rates import Spec, spec_from_parts
from hnf.measures.register import MEASURES, Measure
from hnf.results import Answer, Figure, weakest_basis
from hnf.tables.store import Store
from hnf.text import capital
from hnf.years import FinancialYear, January


@dataclass(frozen=True)
class RealChange(Answer):
    """A change of funding of an area and of England in real terms, with the amounts behind them in `ends`."""

    JSON = (
        "price_base=prices.base price_vintage=prices.vintage",
        {
            "authority": "name=ends.0.name **ends.0.ends change_pct=stated.0 figure_id=area.id basis=area.basis",
            "england": "name=ends.1.name **ends.1.ends change_pct=stated.1 figure_id=england.id basis=england.basis",
        },
        "reason? notes",
    )

    prices: Deflator
    years: tuple[FinancialYear, FinancialYear]
    area: Figure
    england: Figure
    ends: tuple[Change, Change]

    @property
    def reason(self) -> str:
        """Why there are no amounts in real terms, or no change; empty where there are both."""
        return self.prices.lacking() or self._withheld

    @property
    def _withheld(self) -> str:
        """Why no change in real terms is stated; empty where one is."""
        return self.area.status or headline_refusal(*self.years)

    @property
    def stated(self) -> tuple[float | int | None, ...]:
        """The changes of the area and of England, where they are stated."""
        return (None, None) if self._withheld else (self.area.value, self.england.value)

    @property
    def notes(self) -> list[str]:
        """What a reader must know: base year and vintage, forecasts, years without an index."""
        notes, refusal = self.prices.notes(self.years), headline_refusal(*self.years)
        here, england = self.stated
        if refusal:
            notes.append(f"{capital(refusal)}.")
        elif self.prices.lacking() and here is not None and england is not None:
            notes.append(
                f"The change in real terms is the same in any prices: {here:+.1f}%, England's {england:+.1f}%."
            )
        return notes

    def long_rows(self, measure: str) -> list[dict[str, Any]]:
        """Return rows of start, end and change of the area and of England in the prices of the base year."""
        changes = [
            replace(one, value=value, status=one.status if value is not None else self._withheld)
            for one, value in zip((self.area, self.england), self.stated, strict=True)
        ]
        both = zip(self.ends, changes, strict=True)
        return [row for ends, one in both for row in ends.long_rows(measure, str(self.prices.base), one)]

    @property
    def sentence(self) -> str:
        """The change in words; empty where none is stated."""
        if self.reason or self.area.value is None or self.england.value is None:
            return ""
        base = f"in {self.prices.base} prices"
        beside = "" if self.area.id == self.england.id else f", England's by {self.england.value:+.1f}%"
        return f"In real terms ({base}) it changed by {self.area.value:+.1f}%{beside}."


def growth(
    store: Store,
    who: str,
    start: January | None = None,
    end: January | None = None,
    measure: Measure = "block",
    *,
    base: FinancialYear | None = None,
    vintage: str | None = None,
) -> Growth:
    """Compare the growth of need of an authority with England's, and with funding in cash and in real terms.

    Parameters
    ----------
    who : str
        Authority, as `Authorities.find` takes it.
    start, end : January
        The two counts; by default the first with EHC plans, and the latest.
    measure : str
        Of funding.
    base : FinancialYear, optional
        Whose prices real terms are in; the latest outturn by default.
    vintage : str, optional
        Publication of the price index; the latest by default.

    Raises
    ------
    UsageError
        If a January, a year or a vintage is not in the tables, `end` is not after `start`, or boundaries changed so
        that no comparison is possible.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.growth(hnf.Store(), "Hertfordshire", 2015, 2024)
    >>> round(found.area.change_pct, 1), round(found.england.change_pct, 1)
    (223.1, 140.0)
    """
    prices = deflator(store, base, vintage)
    found = cash_growth(store, who, start, end, measure)
    if found.funding is None:
        return found
    area = found.funding.area.id.rsplit(":", 1)[-1]
    return replace(found, real=real_change(store, found.funding.measure, found.funding.years, area, prices))


def real_change(
    store: Store, measure: Measure, years: tuple[FinancialYear, FinancialYear], area: str, prices: Deflator
) -> RealChange:
    """Return a change of funding in real terms, of an area as `funding_change` takes it."""
    ends = tuple(_ends(store, measure, years, one, prices) for one in (area, ENGLAND))
    known = deflator(store, vintage=prices.vintage) if prices.lacking() else prices
    changes = [_figure(_ends(store, measure, years, one, known)) for one in (area, ENGLAND)]
    return RealChange(prices, years, changes[0], changes[1], (ends[0], ends[1]))


def real_figure(store: Store, parts: list[str]) -> Figure:
    """Return an amount in real terms by the parts of its id; `KeyError` names what is unknown."""
    measure, year, area, base = parts
    when = FinancialYear.parse(year)
    codes = tuple(area.split("+"))
    return _real(store, _measure(measure), when, codes, read_id_part(store, base))


def real_change_figure(store: Store, parts: list[str]) -> Figure:
    """Return a change in real terms by the parts of its id; `KeyError` names what is unknown."""
    measure, start, end, area, base = parts
    years = (FinancialYear.parse(start), FinancialYear.parse(end))
    return _figure(_ends(store, _measure(measure), years, area, read_id_part(store, base)))


def _measure(text: str) -> Measure:
    return {measure: measure for measure in MEASURES}[text]  # type: ignore[index]


def _ends(
    store: Store, measure: Measure, years: tuple[FinancialYear, FinancialYear], area: str, prices: Deflator
) -> Change:
    cash = funding_change(store, measure, years, area)
    start, end = (_real(store, measure, year, codes, prices) for year, codes in zip(years, sides(area), strict=True))
    id_ = f"growthreal:{measure}:{years[0]}:{years[1]}:{area}:{prices.id_part}"
    return Change(cash.name, start, end, id_, years)


def _real(store: Store, measure: Measure, year: FinancialYear, codes: tuple[str, ...], prices: Deflator) -> Figure:
    cash = funding_figure(store, measure, year, codes)
    return prices.real_figure(f"real:{measure}:{year}:{'+'.join(codes)}:{prices.id_part}", cash, year)


def _figure(change: Change) -> Figure:
    found = change.figure()
    basis = weakest_basis([change.start, change.end])
    return replace(found, label=f"{found.label}, in real terms", basis=basis)


# Of any value of the register.

CASH = "cash"


def value_in_prices(store: Store, spec: Spec, area: str, prices: Deflator | None) -> Figure:
    """Return a value of an area, in prices of one year where they are given; `UsageError` where that is no money."""
    cash = value_figure(store, spec, area)
    if prices is None:
        return cash
    if not cash.unit.startswith("gbp"):
        raise UsageError(f"{spec.measure} is no money, and has no real terms")
    id_ = f"realvalue:{spec.id_part}:{area}:{prices.id_part}"
    return prices.real_figure(id_, cash, FinancialYear.parse(str(spec.year)))


def value_change(
    specs: tuple[Spec, Spec], areas: tuple[str, str], ends: tuple[Figure, Figure], prices: Deflator | None
) -> Figure:
    """Return the change between the figures of a value in two periods, in per cent or percentage points."""
    (start, end), base = ends, CASH if prices is None else prices.id_part
    in_points, value = end.unit == "pct", None
    if start.value is not None and end.value is not None and (in_points or start.value > 0):
        value = end.value - start.value if in_points else (end.value / start.value - 1) * 100
    status = start.status or end.status or ("" if value is not None else "there is nothing to grow from")
    if prices is not None and (refusal := headline_refusal(*(FinancialYear.parse(str(one.year)) for one in specs))):
        value, status = None, refusal
    return Figure(
        id=f"change:{specs[0].year}:{specs[1].id_part}:{'-'.join(dict.fromkeys(areas))}:{base}",
        label=f"{end.label}: change since {specs[0].year}",
        value=value,
        unit="percentage_points" if in_points else "pct",
        basis=weakest_basis([start, end]),
        inputs=tuple(one.id for one in (start, end) if one.id),
        derivation="end − start" if in_points else "(end ÷ start − 1) × 100",
        status=status,
    )


def real_value_figure(store: Store, spec: Spec, area: str, base: str) -> Figure:
    """Return a value in prices of a base year as a figure."""
    return value_in_prices(store, spec, area, read_id_part(store, base))


def change_figure(store: Store, start: str, spec: Spec, area: str, base: str) -> Figure:
    """Return the change of a value from a period to that of `spec` as a figure."""
    first = spec_from_parts(start, spec.measure, spec.id_part.rpartition(":")[2])
    before, _, after = area.partition("-")
    prices, areas = None if base == CASH else read_id_part(store, base), (before, after or before)
    ends = tuple(value_in_prices(store, *one, prices) for one in zip((first, spec), areas, strict=True))
    return value_change((first, spec), areas, (ends[0], ends[1]), prices)
