"""The figures of one area of a wedge: money, plans, indices with the first year at 100, money per plan, changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hnf.analysis.prices import Deflator
from hnf.analysis.wedge_areas import WedgeArea
from hnf.figures import Figure, Unit, least_sure
from hnf.measures.plan_counts import plan_counts
from hnf.measures.rates import MEASURE_WORDS, Measure, measure_amounts
from hnf.store import Store
from hnf.years import FinancialYear

#: What is given for each year of each area: pounds, plans, first year = 100, and pounds per plan.
QUANTITIES = (
    "cash", "real", "plans", "cash_index", "real_index", "plans_index", "cash_per_plan", "real_per_plan",
)  # fmt: skip
#: What is also given as a change in per cent from the first year to the last with money.
CHANGES = ("cash", "real", "plans", "cash_per_plan", "real_per_plan")


@dataclass(frozen=True)
class AreaFigures:
    """Makes the figures of one area; `stem` begins their ids."""

    store: Store
    area: WedgeArea
    measure: Measure
    prices: Deflator
    stem: str

    def all(
        self, years: tuple[FinancialYear, ...], funded: tuple[FinancialYear, ...]
    ) -> dict[tuple[FinancialYear, str], Figure]:
        """Return every quantity of every year, and the changes to the last year with money."""
        made: dict[tuple[FinancialYear, str], Figure] = {}
        for year in years:
            cash = self._cash(year)
            plans = self._plans(year)
            real = self.prices.real_figure(self._id(year, "real"), cash, year)
            made.update({(year, "cash"): cash, (year, "plans"): plans, (year, "real"): real})
            for quantity, money in (("cash", cash), ("real", real)):
                name = f"{quantity}_per_plan"
                made[year, name] = self._made(year, name, (money, plans))
        for year in years:
            for quantity in ("cash", "real", "plans"):
                pair = (made[years[0], quantity], made[year, quantity])
                name = f"{quantity}_index"
                made[year, name] = self._made(year, name, pair)
        for quantity in CHANGES:
            pair = (made[years[0], quantity], made[funded[-1], quantity])
            name = f"{quantity}_change"
            made[funded[-1], name] = self._made(funded[-1], name, pair)
        return made

    def _id(self, year: FinancialYear, quantity: str) -> str:
        return f"{self.stem}:{year}:{quantity}"

    def _cash(self, year: FinancialYear) -> Figure:
        label = f"{self.area.name}: {MEASURE_WORDS[self.measure]}, {year}"
        if year not in self.area.money:
            status = f"there is no allocation for {year} in these tables"
            return Figure(self._id(year, "cash"), label, None, "gbp", "derived", status=status)
        amounts = measure_amounts(self.store, year, self.measure)
        codes = self.area.money[year]
        missing = next((amounts.excluded[code] for code in codes if code in amounts.excluded), "")
        inputs = tuple(id_ for code in codes for id_ in amounts.inputs.get(code, ()))
        value = None if missing else sum(amounts.values[code] for code in codes)
        return Figure(self._id(year, "cash"), label, value, "gbp", "derived", inputs, "sum", missing)

    def _plans(self, year: FinancialYear) -> Figure:
        label = f"{self.area.name}: statements and EHC plans, January {year.january}"
        codes = self.area.plans[year]
        counts = [plan_counts(self.store)[year.january.year][code] for code in codes]
        missing = next((f"EHC plans of January {year.january}: {c.status}" for c in counts if c.count is None), "")
        value = None if missing else sum(count.count or 0 for count in counts)
        inputs = tuple(count.figure_id for count in counts)
        return Figure(self._id(year, "plans"), label, value, "count", "derived", inputs, "sum", missing)

    def _made(
        self,
        year: FinancialYear,
        quantity: str,
        pair: tuple[Figure, Figure],
    ) -> Figure:
        unit, arithmetic, derivation = next(made for end, made in _ARITHMETIC.items() if quantity.endswith(end))
        first, second = pair
        missing = first.status or second.status
        value = None
        if first.value is not None and second.value is not None:
            value = arithmetic(first.value, second.value)
            missing = "" if value is not None else "it would be divided by zero"
        label = f"{second.label}, {quantity.replace('_', ' ')}"
        inputs = tuple(dict.fromkeys(figure.id for figure in pair))
        return Figure(self._id(year, quantity), label, value, unit, least_sure(list(pair)), inputs, derivation, missing)


def _share(amount: float, plans: float) -> float | None:
    return amount / plans if plans else None


def _index(start: float, end: float) -> float | None:
    return end / start * 100 if start else None


def _change(start: float, end: float) -> float | None:
    return (end / start - 1) * 100 if start else None


#: By how the name of a quantity ends: unit, arithmetic on two figures, and the words for it.
_ARITHMETIC: dict[str, tuple[Unit, Callable[[float, float], float | None], str]] = {
    "_change": ("pct", _change, "(end ÷ start − 1) × 100"),
    "_index": ("index", _index, "year ÷ first year × 100"),
    "_per_plan": ("gbp_per_plan", _share, "amount ÷ plans"),
}
