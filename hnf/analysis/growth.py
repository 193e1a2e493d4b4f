"""Growth of need against England, and of funding over the years that both exist.

Need is EHC plans in January; before 2019 statements of SEN are counted with them. A suppressed count makes an answer
without a percentage, never a zero. Across a reorganisation the whole area is compared, or nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.analysis.footprint import Footprint, area_words, footprint
from hnf.analysis.published import ENGLAND, financial_years, published_figure
from hnf.analysis.rates import MEASURE_WORDS, Measure, measure_amounts
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.store import Store
from hnf.years import FinancialYear, January

FIRST_JANUARY = January(2015)


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
class Growth:
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


def januaries(store: Store) -> list[January]:
    """Return the Januaries with a count, oldest first."""
    return [January(year) for year in store.table("ehc_plans")["january"].unique().sort().to_list()]


def growth(
    store: Store, who: str, start: January = FIRST_JANUARY, end: January | None = None, measure: Measure = "block"
) -> Growth:
    """Compare the growth of need of an authority with England's.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it.
    start, end : January
        The two counts; the latest by default for `end`.
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
    end = end or known[-1]
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
        (plans_counted(store, start), plans_counted(store, end)),
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


def plans_change(store: Store, area: str, dates: tuple[January, January]) -> Change:
    """Return the change of plans between two Januaries of an area: `england`, a code, or codes before and after.

    Parameters
    ----------
    store : Store
    area : str
        `england`, `919`, or `909-942+943` where the codes changed in between.
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
    return "England" if area == ENGLAND else area_words(Authorities.of(store), sides(area)[1])


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
    rows = store.table("ehc_plans").filter((pl.col("january") == january.year) & (pl.col("plan_type") == "total"))
    level = pl.col("geographic_level") == "national" if area == ENGLAND else pl.col("la_code") == area
    return f"plans:{january}:{rows.filter(level)['release'].max()!s}:{area}:total"


def plans_counted(store: Store, january: January) -> set[str]:
    """Return the codes of the authorities that the release of a January lists, suppressed counts included."""
    plans = store.table("ehc_plans").filter((pl.col("la_code") != "") & (pl.col("january") == january.year))
    return set(plans["la_code"])


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
            *(plans_counted(store, d) for d in window),
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
