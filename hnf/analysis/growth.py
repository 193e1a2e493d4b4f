"""Growth of need against England, and of funding over the years that both exist: of one area, of all, and as series.

Need is EHC plans in January; before 2019 statements of SEN are counted with them. A suppressed count makes an answer
without a percentage, never a zero. Across a reorganisation the whole area is compared, so that several authorities may
share a figure, or none is given, with the reason. Ids are `growth:<plans or measure>:<from>:<to>:<area>`, `index:` of
the same parts, and `sum:<plans or measure>:<date>:<codes>`; across a break in the definition of an amount that columns
can undo, `like:<step|amount|change>:` and the parts of `growth:` are the pounds that it makes, the amount at the end on
the old footing, and the change like for like. An area is `england`, the ONS code of a region, a code, or
the codes before and after a reorganisation (`909-942+943`). Other measures are in `hnf.analysis.measure_growth`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from hnf.analysis.comparable_areas import ComparableArea, area_words, comparable_area
from hnf.errors import UsageError
from hnf.measures.notes import SeriesBreak, breaks_between
from hnf.measures.published import (
    ENGLAND,
    area_name,
    authorities_counted,
    block_frame,
    dsg_id,
    financial_years,
    letters,
    plain_figure,
    plan_counts,
    published_figure,
    region_plan_counts,
    rows_of,
    sum_figure,
)
from hnf.measures.rates import BASIC_ENTITLEMENT, measure_amounts
from hnf.measures.register import MEASURES, PLAIN, Measure, require_measure
from hnf.results import Answer, Figure, add_figures, pick
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear, January

#: What the ONS codes of the regions of England start with.
_REGION = "E12"


@dataclass(frozen=True)
class Change(Answer):
    """A quantity of one area at two dates, in the prices of its figures; a symbol at an end makes no percentage."""

    JSON = "name **ends change_pct figure_id=id"

    name: str
    start: Figure
    end: Figure
    id: str
    dates: tuple[January, January] | tuple[FinancialYear, FinancialYear]

    @property
    def ends(self) -> dict[str, dict[str, Any]]:
        """Start and end with date, value (named by its unit), symbol and figure id."""
        value = "count" if self.start.unit == "count" else "value_gbp"
        return {
            side: {"date": date, value: figure.value, "status": figure.status or None, "figure_id": figure.id}
            for side, figure, date in zip(("from", "to"), (self.start, self.end), self.dates, strict=True)
        }

    @property
    def change_pct(self) -> float | None:
        """Change from start to end in per cent."""
        if self.start.value is None or self.end.value is None or self.start.value == 0:
            return None
        return (self.end.value / self.start.value - 1) * 100

    def long_rows(self, measure: str, prices: str | None = None, change: Figure | None = None) -> list[dict[str, Any]]:
        """Return three rows: start, end and change, of a measure in cash or in the prices of a year."""
        dates = (str(self.dates[0]), str(self.dates[1]))
        rows = long_rows(self.id, self.name, dates, (self.start, self.end, change or self.figure()))
        return [row | {"measure": measure, "price_base": prices} for row in rows]

    def figure(self) -> Figure:
        """Return the change as a figure."""
        return Figure(
            id=self.id,
            label=f"{self.name}: change from {self.start.label} to {self.end.label}",
            value=self.change_pct,
            unit="pct",
            basis="derived",
            inputs=(self.start.id, self.end.id),
            derivation="(end ÷ start − 1) × 100",
            status=self.start.status or self.end.status,
        )

    def index_figure(self) -> Figure:
        """Return the end as an index with the start at 100."""
        change = self.figure()
        return replace(
            change,
            id=change.id.replace("growth:", "index:", 1),
            label=f"{self.name}: {self.end.label} with {self.start.label} at 100",
            value=None if change.value is None else change.value + 100,
            unit="index",
            derivation="end ÷ start × 100",
        )


def long_rows(id_: str, name: str, dates: tuple[str, str], figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Return a row each for start, end and change of the area that the id of a change names after the two dates."""
    area = id_.partition(f":{dates[0]}:{dates[1]}:")[2].partition(":")[0]
    place = {"area_code": "+".join(sides(area)[1]), "area_name": name}
    keys = "value unit basis status? figure_id=id?"
    periods = (*dates, " to ".join(dates))
    return [place | {"period": when, **pick(one, keys)} for when, one in zip(periods, figures, strict=True)]


def januaries(store: Store) -> list[January]:
    """Return the Januaries with a count, oldest first."""
    return [January(year) for year in plan_counts(store)]


@cached
def first_january(store: Store) -> January:
    """Return the first January with EHC plans, which is where growth of need starts unless another is asked for."""
    plans = rows_of(store, "plans").filter((pl.col("plan_type") == "ehc_plan") & (pl.col("count") > 0))
    return January(int(plans["january"].min())) if plans.height else januaries(store)[0]  # type: ignore[arg-type]


def plans_change(store: Store, area: str, dates: tuple[January, January]) -> Change:
    """Return the change of plans between two Januaries of an area, named as in ids."""
    start, end = (plans_figure(store, date, codes) for date, codes in zip(dates, sides(area), strict=True))
    return Change(name_of_area(store, area), start, end, f"growth:plans:{dates[0]}:{dates[1]}:{area}", dates)


def sides(area: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the codes of an area at the start and at the end."""
    before, _, after = area.partition("-")
    return tuple(before.split("+")), tuple((after or before).split("+"))


def area_of(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Return how an id names an area by its codes at the start and at the end."""
    return "+".join(before) if before == after else f"{'+'.join(before)}-{'+'.join(after)}"


def name_of_area(store: Store, area: str) -> str:
    """Return what is said of an area that ids name: of several codes, all their names."""
    if area == ENGLAND or is_region(area):
        return Authorities.of(store).groups[area].prose
    return area_words(Authorities.of(store), sides(area)[1])


def plans_figure(store: Store, january: January, codes: tuple[str, ...]) -> Figure:
    """Return the plans of one or several areas in one January, latest release, as one figure."""
    parts = [published_figure(store, _plans_id(store, january, code))[0] for code in codes]
    if len(parts) == 1:
        return parts[0]
    return add_figures(f"sum:plans:{january}:{'+'.join(codes)}", " and ".join(part.label for part in parts), parts)


def funding_change(store: Store, measure: Measure, years: tuple[FinancialYear, FinancialYear], area: str) -> Change:
    """Return the change of a measure between two financial years, in cash, of an area as in `plans_change`."""
    start, end = (funding_figure(store, measure, year, codes) for year, codes in zip(years, sides(area), strict=True))
    return Change(name_of_area(store, area), start, end, f"growth:{measure}:{years[0]}:{years[1]}:{area}", years)


def funding_figure(store: Store, measure: Measure, year: FinancialYear, codes: tuple[str, ...]) -> Figure:
    """Return a measure of authorities, or of `england` (the sum of all), in one year, in pounds, as one figure."""
    if is_region(codes[0]):
        return plain_figure(store, measure, year, codes)
    amounts = measure_amounts(store, year, measure)
    members = tuple(amounts.values) if codes == (ENGLAND,) else codes
    inputs = tuple(id_ for code in members for id_ in amounts.inputs[code])
    if len(inputs) == 1:
        return published_figure(store, inputs[0])[0]
    areas = "+".join(codes)
    return sum_figure(amounts, (measure, str(year), areas), members, name_of_area(store, areas))


def _plans_id(store: Store, january: January, area: str) -> str:
    counts = region_plan_counts(store) if is_region(area) else plan_counts(store)
    found = counts.get(january.year, {}).get(area)
    if found is None:
        raise UsageError(f"there is no count of EHC plans for {area_name(store, area)} in January {january}")
    return found.figure_id


def is_region(area: str) -> bool:
    """Whether an area is named by the ONS code of a region, not by a three-digit code."""
    return area.startswith(_REGION)


_counted = cached(authorities_counted)


def plans_area(store: Store, authority: Authority, dates: tuple[January, ...]) -> ComparableArea:
    """Return the area on which plans of all dates can be compared; `UsageError` where boundaries changed too much.

    A region or England is itself, by its own published row.
    """
    if authority.is_group:
        return ComparableArea(authority.prose, tuple((authority.la_code,) for _ in dates))
    counted = tuple(_counted(store, date.year) for date in dates)
    words = tuple(f"January {date}" for date in dates)
    return comparable_area(Authorities.of(store), authority, counted, "EHC plans", words)


@dataclass(frozen=True)
class DefinitionStep:
    """What puts an amount on an older footing, £ (below zero: taken out), with the ids of the cells and the words."""

    pounds: float
    inputs: tuple[str, ...]
    how: str
    undone: str
    left_in: str

    @property
    def short(self) -> str:
        """What like for like means here, without the arithmetic."""
        return f"Like for like is {self.undone}; {self.left_in}."

    @property
    def basis(self) -> str:
        """What like for like means here, as a sentence."""
        return f"Like for like: {self.undone} ({self.how}); {self.left_in}."


def definition_step(
    store: Store, measure: Measure, years: tuple[FinancialYear, FinancialYear], codes: tuple[str, ...]
) -> DefinitionStep | None:
    """Return what puts an amount of authorities in the later of two years on the footing of the earlier one.

    None where no break that can be undone lies between the years, or a cell that it takes is not there. A rate is
    put back by what its lowest, of an area cost adjustment of 1, rose by from the last year before the break; an amount
    that moved to another column is added.
    """
    crossed = [one for one in breaks_between(measure, years[0].start, years[1].start) if one.undo]
    if not crossed:
        return None
    try:
        found = [_step_of(store, one, years[1], codes) for one in crossed]
    except (KeyError, IndexError, UsageError):  # a cell, or a whole year beside the break, is not in the tables
        return None
    return DefinitionStep(
        pounds=math.fsum(pounds for pounds, _, _ in found),
        inputs=tuple(id_ for _, inputs, _ in found for id_ in inputs),
        how="; ".join(how for *_, how in found),
        undone="; ".join(one.undone for one in crossed),
        left_in="; ".join(one.left_in for one in crossed),
    )


def _step_of(
    store: Store, change: SeriesBreak, year: FinancialYear, codes: tuple[str, ...]
) -> tuple[float, tuple[str, ...], str]:
    """Return pounds, ids of cells, and the arithmetic in words."""
    since, (rate, pupils) = FinancialYear.parse(change.since), BASIC_ENTITLEMENT
    if change.undo != rate:
        column = _column(store, year, change.undo)
        pounds = math.fsum(column[code] for code in codes)
        how = f"column {letters(store, year)[change.undo]} of {year}, added"
        return pounds, tuple(dsg_id(store, year, code, change.undo) for code in codes), how
    before = [y for y in financial_years(store) if y < since and rate in block_frame(store, y).columns][-1]
    lowest = {y: min((value, code) for code, value in _column(store, y, rate).items()) for y in (before, since, year)}
    rose = lowest[since][0] - lowest[before][0]
    rates, counts = _column(store, year, rate), _column(store, year, pupils)
    cells = [dsg_id(store, y, code, rate) for y, (_, code) in lowest.items()]
    cells += [dsg_id(store, year, code, term) for code in codes for term in (rate, pupils)]
    pounds = -math.fsum(counts[code] * rates[code] / lowest[year][0] * rose for code in codes)
    how = f"£{rose:,.0f} a pupil of special schools and academies in {year}, times the area cost adjustment, taken out"
    return pounds, tuple(dict.fromkeys(cells)), how


@cached
def _column(store: Store, year: FinancialYear, term: str) -> dict[str, float]:
    return dict(block_frame(store, year).select("area", term).drop_nulls().iter_rows())


@dataclass(frozen=True)
class LikeForLike(Answer):
    """A change of funding with the end on the definitions of the start; `step` is what the end is adjusted by, £."""

    JSON = (
        "name value_gbp=change.end.value change_pct=change.change_pct adjusted_by_gbp=step.value figure_id=change.id",
        "amount_id=change.end.id step_id=step.id undone=words.undone left_in=words.left_in basis_in_words=words.basis",
    )

    change: Change
    step: Figure
    words: DefinitionStep

    @property
    def name(self) -> str:
        """The area."""
        return self.change.name

    def figure(self) -> Figure:
        """Return the change like for like as a figure."""
        return self.change.figure()


def like_for_like(
    store: Store, measure: Measure, years: tuple[FinancialYear, FinancialYear], area: str
) -> LikeForLike | None:
    """Return a change of funding like for like, of an area as in `funding_change`; None where no definition changed."""
    cash = funding_change(store, measure, years, area)
    members = sides(area)[1]
    codes = members
    if members[0] in (known := Authorities.of(store)).groups:
        own = known.members(members[0])
        codes = tuple(code for code in measure_amounts(store, years[1], measure).values if code in own)
    words = definition_step(store, measure, years, codes)
    if words is None:
        return None
    parts = f"{measure}:{years[0]}:{years[1]}:{area}"
    label = f"{cash.name}: what puts the {PLAIN[measure].words} of {years[1]} on the definitions of {years[0]}"
    step = Figure(f"like:step:{parts}", label, words.pounds, "gbp", "derived", words.inputs, words.how)
    end = add_figures(f"like:amount:{parts}", f"{cash.end.label}, like for like with {years[0]}", [cash.end, step])
    return LikeForLike(replace(cash, end=end, id=f"like:change:{parts}"), step, words)


def like_figure(store: Store, parts: list[str]) -> Figure:
    """Return the step, the amount or the change of a change like for like; `KeyError` names what is unknown."""
    part, measure, start, end, area = parts
    known = {name: name for name in MEASURES}
    years = (FinancialYear.parse(start), FinancialYear.parse(end))
    found = like_for_like(store, known[measure], years, area)  # type: ignore[index]
    if found is None:
        raise UsageError(f"no change of definition between {start} and {end} can be undone", where=measure)
    return {"change": found.figure(), "amount": found.change.end, "step": found.step}[part]


@dataclass(frozen=True)
class FundingGrowth(Answer):
    """Funding of one area and of England between two financial years, and plans over the same years.

    `own` is the funding of the authority alone, over as many of the years as it has some; None where it is the area.
    """

    JSON = (
        "measure note? authority=area england plans plans_england own",
        {"like_for_like": "authority=like_for_like england=like_for_like_england"},
    )

    measure: Measure
    years: tuple[FinancialYear, FinancialYear]
    area: Change
    england: Change
    plans: Change
    plans_england: Change
    note: str
    own: Change | None
    like_for_like: LikeForLike | None
    like_for_like_england: LikeForLike | None


@dataclass(frozen=True)
class Growth(Answer):
    """Growth of need of one area against England, with funding where it exists.

    Where the area is larger than the authority, `own` is the change of the authority alone from the first to the last
    date between the two on which it was counted; None without two of them.
    """

    JSON = (
        "la_code area=comparable_area.name is_combined_area=comparable_area.is_combined",
        {"codes": "from=comparable_area.codes.0 to=comparable_area.codes.1"},
        "note=comparable_area.note? measure basis authority=area england own funding funding_reason? rows",
    )
    ROWS = "rows"
    MAIN = "authority.from.date authority.to.date authority.change_pct england.change_pct"
    measure, basis = "statements of SEN and EHC plans, January", "derived"

    la_code: str
    dates: tuple[January, January]
    comparable_area: ComparableArea
    area: Change
    england: Change
    own: Change | None
    funding: FundingGrowth | None
    funding_reason: str
    #: The change of funding in real terms, where it was asked for.
    real: Any = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, with real terms among the funding."""
        form = super().to_json()
        if self.real:
            form["funding"]["real"] = self.real.to_json()
        return form

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an area, date and measure: plans and funding, then changes, each with unit and figure id."""
        money = self.funding
        changes = [("plans", one) for one in (self.area, self.own, self.england)]
        if money:
            changes += [(money.measure, one) for one in (money.area, money.own, money.england)]
            changes += [("plans", one) for one in (money.plans, money.plans_england)]
        rows = [row for measure, one in changes if one for row in one.long_rows(measure)]
        if money:
            alike = [one.change for one in (money.like_for_like, money.like_for_like_england) if one]
            rows += [row for one in alike for row in one.long_rows(f"{money.measure}_like_for_like")[1:]]
            rows += self.real.long_rows(money.measure) if self.real and not self.real.prices.lacking() else []
        return list({row["figure_id"]: row for row in rows}.values())


def growth(
    store: Store, who: str, start: January | None = None, end: January | None = None, measure: Measure = "block"
) -> Growth:
    """Compare the growth of need of an authority with England's.

    Parameters
    ----------
    who : str
        Authority, region or England, by name or code.
    start, end : January
        The two counts; by default the first with EHC plans, and the latest.
    measure : str
        Of funding.

    Raises
    ------
    UsageError
        If a January is not in the tables, `end` is not after `start`, or boundaries changed so that no comparison is
        possible.
    """
    start = first_january(store) if start is None else January.parse(start)
    end = januaries(store)[-1] if end is None else January.parse(end)
    require_measure(measure)
    _check_dates(store, start, end)
    authority = Authorities.of(store).find_area(who)
    area = plans_area(store, authority, (start, end))
    funding: FundingGrowth | None = None
    reason = ""
    try:
        funding = _funding(store, authority, (start, end), measure)
    except UsageError as error:
        reason = error.what
    return Growth(
        la_code=authority.la_code,
        dates=(start, end),
        comparable_area=area,
        area=plans_change(store, area_id(authority, area.codes), (start, end)),
        england=plans_change(store, ENGLAND, (start, end)),
        own=own_change(store, authority, area, (start, end)),
        funding=funding,
        funding_reason=reason,
    )


def area_id(authority: Authority, codes: tuple[tuple[str, ...], ...]) -> str:
    """Return how ids name the area that an authority is compared on; a region or England by its code."""
    return authority.la_code if authority.is_group else area_of(*codes)


def own_change(
    store: Store, authority: Authority, area: ComparableArea, dates: tuple[January, January]
) -> Change | None:
    """Return the change of plans of an authority alone, where only a larger area has all dates; None without two."""
    between = [january for january in januaries(store) if dates[0] <= january <= dates[1]]
    own = [january for january in between if authority.la_code in _counted(store, january.year)]
    if not area.is_combined or len(own) < 2:
        return None
    return plans_change(store, authority.la_code, (own[0], own[-1]))


def _check_dates(store: Store, start: January, end: January) -> None:
    known = januaries(store)
    for january in (start, end):
        if january not in known:
            raise UsageError(
                f"there is no count for January {january}", todo=f"Counts run from January {known[0]} to {known[-1]}."
            )
    if end <= start:
        raise UsageError(f"January {end} is not after January {start}", where="--from and --to")


def _funding(store: Store, authority: Authority, dates: tuple[January, January], measure: Measure) -> FundingGrowth:
    """Compare funding and plans, on one area, over the financial years whose January lies between the counts."""
    inside = [year for year in financial_years(store) if dates[0] <= year.january <= dates[1]]
    if len(inside) < 2:
        raise UsageError(f"fewer than two years of funding lie between January {dates[0]} and January {dates[1]}")
    years = (inside[0], inside[-1])
    window = (years[0].january, years[1].january)
    place = _funded_area(store, authority, measure, years)
    money, need = area_id(authority, place.codes[:2]), area_id(authority, place.codes[2:])
    code = authority.la_code
    own = [year for year in inside if place.is_combined and code in measure_amounts(store, year, measure).values]
    return FundingGrowth(
        measure=measure,
        years=years,
        area=funding_change(store, measure, years, money),
        england=funding_change(store, measure, years, ENGLAND),
        plans=plans_change(store, need, window),
        plans_england=plans_change(store, ENGLAND, window),
        note=place.note,
        own=funding_change(store, measure, (own[0], own[-1]), code) if len(own) > 1 else None,
        like_for_like=like_for_like(store, measure, years, money),
        like_for_like_england=like_for_like(store, measure, years, ENGLAND),
    )


def _funded_area(
    store: Store, authority: Authority, measure: Measure, years: tuple[FinancialYear, ...]
) -> ComparableArea:
    """Return the area on which money and plans of all years can be compared: codes of money first."""
    if authority.is_group:
        return ComparableArea(authority.prose, tuple((authority.la_code,) for _ in (*years, *years)))
    money = tuple(set(measure_amounts(store, year, measure).values) for year in years)
    if not any({authority.la_code, *authority.predecessors, *authority.successors} & codes for codes in money):
        raise UsageError(f"{authority.prose} has no high needs allocation: DfE's tables do not include it")
    counted = (*money, *(authorities_counted(store, year.january.year) for year in years))
    words = (*(str(year) for year in years), *(f"January {year.january}" for year in years))
    return comparable_area(Authorities.of(store), authority, counted, "funding and EHC plans", words)


@dataclass(frozen=True)
class PlanGrowth:
    """Growth on the area of one authority; without a per cent `reason` says why, and `note` why the area is larger."""

    name: str
    pct: float | None
    figure_id: str = ""
    reason: str = ""
    note: str = ""
    start: int | None = None


def plan_growth(store: Store, start: January, end: January) -> dict[str, PlanGrowth]:
    """Return the growth of plans between two Januaries for every authority that is open, by code.

    Raises
    ------
    UsageError
        If a January is not in the tables, or `end` is not after `start`.
    """
    _check_dates(store, start, end)
    return {
        code: _growth(store, authority, (start, end))
        for code, authority in sorted(Authorities.of(store).by_code.items())
        if not authority.closed
    }


def _growth(store: Store, authority: Authority, dates: tuple[January, January]) -> PlanGrowth:
    try:
        place = plans_area(store, authority, dates)
    except UsageError as error:
        return PlanGrowth(authority.prose, None, reason=error.what)
    change = plans_change(store, area_of(*place.codes), dates)
    reason = "" if change.start.value else f"there were no plans in January {dates[0]}"
    for date, figure in zip(reversed(dates), (change.end, change.start), strict=True):
        if figure.value is None:
            reason = f"the count of January {date} is {figure.status}"
    start = None if reason or change.start.value is None else int(change.start.value)
    return PlanGrowth(place.name, change.change_pct, change.id, reason, place.note, start)


@dataclass(frozen=True)
class NeedSeries:
    """Plans of an area and of England in each January, as changes from the first."""

    place: ComparableArea
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

    place: ComparableArea
    measure: Measure
    years: tuple[FinancialYear, ...]
    area: tuple[Change, ...]
    england: tuple[Change, ...]
    plans: tuple[Change, ...]
    plans_england: tuple[Change, ...]
    like_for_like: LikeForLike | None
    like_for_like_england: LikeForLike | None


@cached
def need_series(store: Store, authority: Authority, start: January | None = None) -> NeedSeries:
    """Return plans in each January from one, by default the first with EHC plans; `UsageError` without one area."""
    start = start or first_january(store)
    dates = tuple(january for january in januaries(store) if january >= start)
    place = plans_area(store, authority, dates)
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
    place = _funded_area(store, authority, measure, years)
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
        like_for_like=like_for_like(store, measure, (years[0], years[-1]), area_of(money[0], money[-1])),
        like_for_like_england=like_for_like(store, measure, (years[0], years[-1]), ENGLAND),
    )


def _plans(store: Store, dates: tuple[January, ...], sides: tuple[tuple[str, ...], ...]) -> tuple[Change, ...]:
    return tuple(
        plans_change(store, area_of(sides[0], codes), (dates[0], date))
        for date, codes in zip(dates, sides, strict=True)
    )


def _plans_england(store: Store, dates: tuple[January, ...]) -> tuple[Change, ...]:
    return tuple(plans_change(store, ENGLAND, (dates[0], date)) for date in dates)
