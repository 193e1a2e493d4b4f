"""A quantity of one area at two dates: plans in two Januaries, or a measure of funding in two financial years.

An area is `england`, a code, or the codes that make it up before and after a reorganisation. A suppressed count makes a
change without a percentage, never a zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.analysis.footprint import area_words
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.plan_counts import plan_counts, region_plan_counts
from hnf.measures.published import ENGLAND, area_name, published_figure
from hnf.measures.rates import MEASURE_WORDS, Measure, measure_amounts
from hnf.store import Store
from hnf.years import FinancialYear, January

#: What the ONS codes of the regions of England start with.
_REGION = "E12"


@dataclass(frozen=True)
class Change:
    """A quantity at two dates; None and `status` where the publisher prints a symbol."""

    name: str
    start: Figure
    end: Figure
    id: str

    @property
    def change_pct(self) -> float | None:
        """Change from start to end in per cent."""
        if self.start.value is None or self.end.value is None or self.start.value == 0:
            return None
        return (self.end.value / self.start.value - 1) * 100

    def figure(self) -> Figure:
        """Return the change as a figure."""
        missing = self.start.status or self.end.status
        return Figure(
            id=self.id,
            label=f"{self.name}: change from {self.start.label} to {self.end.label}",
            value=self.change_pct,
            unit="pct",
            basis="derived",
            inputs=(self.start.id, self.end.id),
            derivation="(end ÷ start − 1) × 100",
            status=missing,
        )

    def index_figure(self) -> Figure:
        """Return the end as an index with the start at 100."""
        change = self.figure()
        return Figure(
            id=change.id.replace("growth:", "index:", 1),
            label=f"{self.name}: {self.end.label} with {self.start.label} at 100",
            value=None if change.value is None else change.value + 100,
            unit="index",
            basis="derived",
            inputs=change.inputs,
            derivation="end ÷ start × 100",
            status=change.status,
        )

    def payload(self, value_name: str, dates: tuple[Any, Any]) -> dict[str, Any]:
        """Return the JSON answer, values under `value_name`."""
        ends = {
            key: {
                "date": date,
                value_name: figure.value,
                "status": figure.status or None,
                "figure_id": figure.id,
            }
            for key, figure, date in (("from", self.start, dates[0]), ("to", self.end, dates[1]))
        }
        return {"name": self.name, **ends, "change_pct": self.change_pct, "figure_id": self.id}


def januaries(store: Store) -> list[January]:
    """Return the Januaries with a count, oldest first."""
    return [January(year) for year in plan_counts(store)]


def first_january(store: Store) -> January:
    """Return the first January with EHC plans, which is where growth of need starts unless another is asked for."""

    def find() -> January:
        plans = store.table("ehc_plans").filter((pl.col("plan_type") == "ehc_plan") & (pl.col("count") > 0))
        return January(int(plans["january"].min())) if plans.height else januaries(store)[0]  # type: ignore[arg-type]

    return store.remember("first January", find)


def plans_change(store: Store, area: str, dates: tuple[January, January]) -> Change:
    """Return the change of plans between two Januaries of an area.

    Parameters
    ----------
    store : Store
    area : str
        `england`, the ONS code of a region, `919`, or `909-942+943` where the codes changed in between.
    dates : tuple of January
    """
    start, end = (plans_figure(store, date, codes) for date, codes in zip(dates, sides(area), strict=True))
    return Change(_area_name(store, area), start, end, f"growth:plans:{dates[0]}:{dates[1]}:{area}")


def sides(area: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the codes of an area at the start and at the end."""
    before, _, after = area.partition("-")
    return tuple(before.split("+")), tuple((after or before).split("+"))


def area_of(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Return how an id names an area by its codes at the start and at the end."""
    return "+".join(before) if before == after else f"{'+'.join(before)}-{'+'.join(after)}"


def _area_name(store: Store, area: str) -> str:
    if area == ENGLAND or is_region(area):
        return area_name(store, area)
    return area_words(Authorities.of(store), sides(area)[1])


def plans_figure(store: Store, january: January, codes: tuple[str, ...]) -> Figure:
    """Return the plans of one or several areas in one January, latest release, as one figure."""
    parts = [published_figure(store, _plans_id(store, january, code))[0] for code in codes]
    return parts[0] if len(parts) == 1 else _sum(f"sum:plans:{january}:{'+'.join(codes)}", parts)


def funding_change(store: Store, measure: Measure, years: tuple[FinancialYear, FinancialYear], area: str) -> Change:
    """Return the change of a measure between two financial years, in cash, of an area as in `plans_change`."""
    start, end = (funding_figure(store, measure, year, codes) for year, codes in zip(years, sides(area), strict=True))
    return Change(_area_name(store, area), start, end, f"growth:{measure}:{years[0]}:{years[1]}:{area}")


def funding_figure(store: Store, measure: Measure, year: FinancialYear, codes: tuple[str, ...]) -> Figure:
    """Return a measure of authorities, or of `england` (the sum of all), in one year, in pounds, as one figure."""
    amounts = measure_amounts(store, year, measure)
    members = tuple(amounts.values) if codes == (ENGLAND,) else codes
    inputs = tuple(id_ for code in members for id_ in amounts.inputs[code])
    if len(inputs) == 1:
        return published_figure(store, inputs[0])[0]
    name = _area_name(store, "+".join(codes))
    return Figure(
        id=f"sum:{measure}:{year}:{'+'.join(codes)}",
        label=f"{name}: {MEASURE_WORDS[measure]}, {year}",
        value=sum(amounts.values[code] for code in members),
        unit="gbp",
        basis="derived",
        inputs=inputs,
        derivation=f"sum of {len(inputs)} published amounts",
    )


def _sum(id_: str, parts: list[Figure]) -> Figure:
    missing = [part for part in parts if part.value is None]
    values = [part.value for part in parts if part.value is not None]
    return Figure(
        id=id_,
        label=" and ".join(part.label for part in parts),
        value=None if missing else sum(values),
        unit=parts[0].unit,
        basis="derived",
        inputs=tuple(part.id for part in parts),
        derivation="sum",
        status=missing[0].status if missing else "",
    )


def _plans_id(store: Store, january: January, area: str) -> str:
    counts = region_plan_counts(store) if is_region(area) else plan_counts(store)
    found = counts.get(january.year, {}).get(area)
    if found is None:
        raise UsageError(f"there is no count of EHC plans for {area_name(store, area)} in January {january}")
    return found.figure_id


def is_region(area: str) -> bool:
    """Whether an area is named by the ONS code of a region, not by a three-digit code."""
    return area.startswith(_REGION)
