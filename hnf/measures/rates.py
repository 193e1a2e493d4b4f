"""A measure of funding per something for every authority of a year, and every measure of the register by name.

The universe of a year is the authorities with an allocation in it. One that lacks a denominator is excluded and listed
with the reason; none is dropped. The year Y-Z goes with the population of mid-Y (the formula's own with that which the
block sheet of the year prints, where it does) and the EHC plans of January Y. England's rate is all pounds over all
denominators of the same areas. One that was reorganised between the two is in it whole, by the count of the other side;
where nobody counted it, pounds and denominator are left out together. An authority without an allocation (the City of
London, the Isles of Scilly) is in neither.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from hnf.errors import UsageError, require_one_of
from hnf.measures.published import (
    ENGLAND,
    Amounts,
    block_frame,
    dsg_id,
    plain_amounts,
    require_year,
)
from hnf.measures.register import (
    ADJUSTED,
    DENOMINATORS,
    MEASURES,
    PERS,
    PLAIN,
    POPULATIONS,
    Denominator,
    Measure,
    Per,
    PlainMeasure,
    Population,
    Rate,
    denominator,
    find_measure,
    require_measure,
)
from hnf.results import Basis, Figure, Unit, add_up
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import join_words
from hnf.years import FinancialYear

QUARTILES = ("lower-quartile", "upper-quartile")
#: Rates of the whole league table, and how they are made.
WHOLE = {
    ENGLAND: "sum of all authorities with an allocation",
    "median": "middle of all ranked authorities",
    **dict.fromkeys(QUARTILES, "quartile of all ranked authorities, by linear interpolation with both ends included"),
}


@dataclass(frozen=True)
class RateSpec:
    """What is divided by what: a year, a measure, a denominator and, per head, a population series.

    With `area_costs`, every denominator is multiplied by the authority's area cost adjustment, so that a pound counts
    for less where costs are higher. DfE applies the adjustment to part of the formula only. A year may be text such as
    2023-24. Where nothing is divided by heads there is no population: any known one is taken as the default, so that no
    two specs name one rate. `UsageError` where a name is unknown, or area costs would adjust no denominator.
    """

    year: FinancialYear
    measure: Measure = "block"
    per: Per = "head"
    population: Population = "ons"
    area_costs: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "year", FinancialYear.of(self.year))
        if self.measure not in MEASURES or self.per not in PERS or self.population not in POPULATIONS:
            require_measure(self.measure)
            require_one_of(self.per, PERS, "denominator")
            require_one_of(self.population, POPULATIONS, "population")
        if not isinstance(self.area_costs, bool):
            raise UsageError(f"area costs are adjusted for or not, and '{self.area_costs}' is neither: True or False")
        if self.per != "head":
            object.__setattr__(self, "population", POPULATIONS[0])
        if self.per == "none" and self.area_costs:
            raise UsageError("area costs adjust a denominator, and there is none", todo="Use head, pupil or plan.")

    @property
    def id_part(self) -> str:
        """The part of a figure id that names it."""
        per = f"head.{self.population}" if self.per == "head" else self.per
        per += f".{ADJUSTED}" if self.area_costs else ""
        return f"{self.year}:{self.measure}:{per}"

    @classmethod
    def from_parts(cls, year: str, measure: str, per: str) -> RateSpec:
        """Read the three parts of a figure id."""
        plain = per.removesuffix(f".{ADJUSTED}")
        name = "head.ons" if plain == "head" else plain.removesuffix(".ons") if plain[:5] != "head." else plain
        found, money = DENOMINATORS.get(name), next((known for known in MEASURES if known == measure), None)
        if found is None or money is None or (plain != per and found.per == "none"):
            raise UsageError(
                f"'{year}:{measure}:{per}' does not name a rate", todo="Ids are printed with every answer."
            )
        return cls(FinancialYear.parse(year), money, found.per, found.population or "ons", plain != per)

    @property
    def denominator(self) -> Denominator:
        """What is divided by, as the register has it."""
        return denominator(self.per, self.population).in_year(self.year)

    @property
    def unit(self) -> Unit:
        """Unit of the rate."""
        return self.denominator.unit

    @property
    def series(self) -> Population | None:
        """Series of the population; None where the rate is not per head."""
        return self.population if self.per == "head" else None

    @property
    def day(self) -> str:
        """The first day of the year."""
        return f"{self.year.start}-04-01"

    @property
    def denominator_words(self) -> str:
        """The denominator with its date, in words."""
        words = self.denominator.words.format(year=self.year)
        return f"{words}, times the area cost adjustment" if self.area_costs else words

    @property
    def in_words(self) -> str:
        """The whole basis in words."""
        over = f"; {self.denominator_words}" if self.per != "none" else ""
        return f"{PLAIN[self.measure].words}{self.denominator.per_words}, {self.year}{over}"


@dataclass(frozen=True)
class MeasureSpec:
    """Any measure of the register that is no rate of funding, in one period: counts, shares, rates per 1,000 people.

    It stands where a `RateSpec` does: in league tables, comparisons and maps, undivided (`per` is none). A period is a
    January, a calendar year, a mid-year or a financial year, as text. `UsageError` where there is no such measure.
    """

    measure: str
    period: str
    per: ClassVar[Per] = "none"
    population: ClassVar[Population] = POPULATIONS[0]
    series: ClassVar[None] = None
    area_costs: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "period", str(self.period))
        if not (self.period[:4].isascii() and self.period[:4].isdigit()):
            raise UsageError(f"'{self.period[:40]}' is not a period", todo="Write it as 2024, or 2023-24.")
        if isinstance(find_measure(self.measure), Rate):
            raise UsageError(f"{self.measure} is a rate of funding", todo="Write RateSpec(year, measure, per).")

    @property
    def year(self) -> str:
        """The period, where a rate has its financial year."""
        return self.period

    @property
    def id_part(self) -> str:
        """The part of a figure id that names it."""
        return f"{self.period}:{self.measure}:{self.per}"

    @property
    def unit(self) -> Unit:
        """Unit of the value."""
        return find_measure(self.measure).unit

    @property
    def basis(self) -> Basis:
        """Published where it is one cell, else derived."""
        measure = find_measure(self.measure)
        return "published" if isinstance(measure, PlainMeasure) and len(measure.items) == 1 else "derived"

    @property
    def period_in_words(self) -> str:
        """The period as prose has it: January 2026, 2025, mid-2024, 2023-24."""
        before = {"January": "January ", "mid-year": "mid-"}.get(find_measure(self.measure).period, "")
        return f"{before}{self.period}"

    @property
    def day(self) -> str:
        """The day on which the authorities are meant: of a January its last, of a calendar year its last."""
        ends = {"January": "01-31", "calendar year": "12-31", "mid-year": "06-30"}
        return f"{self.period[:4]}-{ends.get(find_measure(self.measure).period, '04-01')}"

    @property
    def in_words(self) -> str:
        """The whole basis in words."""
        return f"{find_measure(self.measure).words}, {self.period_in_words}"


#: What a league table, a comparison or a map is of.
Spec = RateSpec | MeasureSpec


def spec_from_parts(period: str, measure: str, per: str) -> Spec:
    """Read the three parts of a figure id; `UsageError` where they name nothing."""
    if measure in MEASURES or per != MeasureSpec.per:
        return RateSpec.from_parts(period, measure, per)
    return MeasureSpec(measure, period)


# The area cost adjustment of every authority: its basic entitlement rate over the lowest rate of the year, so that the
# cheapest areas are at 1. DfE multiplies the basic entitlement and the proxy factors by it. The pounds it adds to the
# basic entitlement are exact; those it adds to column A cannot be worked out, as no published table has the proxies.
# Ids are `areacost:<year>:<la_code>:<adjustment|basic_entitlement>`.

#: The terms of the basic entitlement: pounds a pupil, and pupils.
BASIC_ENTITLEMENT = _RATE, _PUPILS = "basic_entitlement_rate", "basic_entitlement_pupils"


@dataclass(frozen=True)
class AreaCost:
    """Own rate ÷ lowest rate of one authority, 1 or more, and pupils × (own rate − lowest rate): what it adds, £."""

    la_code: str
    la_name: str
    adjustment: float
    basic_entitlement_gbp: float


@dataclass(frozen=True)
class AreaCosts:
    """Area cost adjustments of a year, by code; `cheapest` is an authority with the lowest rate."""

    year: FinancialYear
    lowest_rate_gbp: float
    cheapest: str
    rows: tuple[AreaCost, ...]


def area_costs(store: Store, year: FinancialYear) -> AreaCosts:
    """Return the area cost adjustment of every authority with a basic entitlement rate.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    """
    return store.cached(("area costs", year), lambda: _area_costs(store, year))


def _area_costs(store: Store, year: FinancialYear) -> AreaCosts:
    frame = block_frame(store, year).select("area", _RATE, _PUPILS).drop_nulls()
    cheapest, lowest = min(frame.select("area", _RATE).iter_rows(), key=lambda row: (row[1], row[0]))
    names = Authorities.of(store)
    rows = tuple(
        AreaCost(code, names[code].name, rate / lowest, pupils * (rate - lowest))
        for code, rate, pupils in frame.iter_rows()
    )
    return AreaCosts(year, lowest, cheapest, rows)


def area_cost_figure(store: Store, year: FinancialYear, la_code: str, part: str) -> Figure:
    """Return the adjustment, or what it adds to the basic entitlement, as a figure; `KeyError` where there is none."""
    costs = area_costs(store, year)
    row = {row.la_code: row for row in costs.rows}[la_code]
    rates = (dsg_id(store, year, la_code, _RATE), dsg_id(store, year, costs.cheapest, _RATE))
    name, id_ = Authorities.of(store)[la_code].prose, f"areacost:{year}:{la_code}:{part}"
    return {
        "adjustment": Figure(
            id_,
            f"Area cost adjustment, {name}, {year}",
            row.adjustment,
            "index",
            "derived",
            rates,
            "own rate ÷ lowest rate",
        ),
        "basic_entitlement": Figure(
            id_,
            f"What the area cost adjustment adds to the basic entitlement, {name}, {year}",
            row.basic_entitlement_gbp,
            "gbp",
            "derived",
            (*rates, dsg_id(store, year, la_code, _PUPILS)),
            "pupils × (own rate − lowest rate)",
        ),
    }[part]


# Heads, pupils and EHC plans of every authority of a year, with the reason for each authority that has none.


def denominator_amounts(store: Store, spec: RateSpec) -> Amounts:
    """Return the denominator of every authority with an allocation in the year, adjusted for area costs if asked for.

    A count that is published only for the successors of an authority that was split is their sum: the area is the same.
    One that is published only for a predecessor cannot be shared out, and the authority is excluded.
    """
    found = _unadjusted(store, spec)
    if not spec.area_costs:
        return found
    adjustments = {row.la_code: row.adjustment for row in area_costs(store, spec.year).rows}
    lacking = {code: "it has no basic entitlement rate" for code in found.values if code not in adjustments}
    return Amounts(
        values={code: value * adjustments[code] for code, value in found.values.items() if code in adjustments},
        inputs={code: (*ids, f"areacost:{spec.year}:{code}:adjustment") for code, ids in found.inputs.items()},
        excluded={**found.excluded, **lacking},
    )


def _unadjusted(store: Store, spec: RateSpec) -> Amounts:
    universe = block_frame(store, spec.year)["area"].to_list()
    counts = plain_amounts(store, spec.denominator.measure, denominator_period(spec))
    authorities = Authorities.of(store)
    values: dict[str, float] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    excluded: dict[str, str] = {}
    for code in universe:
        is_split = code not in counts.inputs and authorities[code].lineage_kind == "split" and spec.per != "pupil"
        parts = authorities[code].successors if is_split else (code,)
        if parts and all(counts.values.get(part) for part in parts):
            values[code] = add_up(counts.values[part] for part in parts)
            inputs[code] = tuple(id_ for part in parts for id_ in counts.inputs[part])
        else:
            excluded[code] = _reason(spec, authorities, code, counts)
    return Amounts(values, inputs, excluded)


def denominator_period(spec: RateSpec) -> str:
    """Return the period of the denominator that goes with the year."""
    dates = {"financial year": spec.year, "January": spec.year.january, "mid-year": spec.year.mid_year}
    return str(dates[PLAIN[spec.denominator.measure].period])


def _reason(spec: RateSpec, authorities: Authorities, code: str, counts: Amounts) -> str:
    if spec.per == "pupil":
        return "the schools block sheet gives no pupil numbers for it"
    when, what = spec.denominator.date.format(year=spec.year), spec.denominator.short
    parts = (code,) if code in counts.inputs else authorities[code].successors
    status = next((counts.excluded[part] for part in parts if part in counts.excluded), "")
    if status or code in counts.inputs:
        return f"its {what} of {when} are published as {status or 0}"
    before = [authorities[old] for old in authorities[code].predecessors if old in counts.inputs]
    if before:
        names = " and ".join(f"{old.prose} ({old.la_code})" for old in before)
        return f"{what} of {when} are published for its predecessor only: {names}"
    return f"no {what} of {when} {'are' if spec.per == 'plan' else 'is'} published for it"


@dataclass(frozen=True)
class WholeArea:
    """A reorganised area whose money is published for `funded` and whose denominator for `counted`, the other side."""

    funded: tuple[str, ...]
    counted: tuple[str, ...]
    denominator: float
    inputs: tuple[str, ...]


class LeagueTable:
    """A value of every area that has one, lowest first, with what follows from their order."""

    spec: Spec

    @property
    def england(self) -> float | None:
        """The value of all of England on the same basis; None where the publisher gives none."""
        raise NotImplementedError

    @property
    def values(self) -> dict[str, float]:
        """Value by la_code, lowest first (codes in order where equal), unrounded."""
        raise NotImplementedError

    @property
    def excluded(self) -> dict[str, str]:
        """Reason by la_code for each authority without a value."""
        raise NotImplementedError

    @property
    def flags(self) -> Mapping[str, tuple[str, ...]]:
        """Sentences on what is odd in a return, by la_code (`england` for England's own row)."""
        return {}

    @property
    def note(self) -> str:
        """Which estimate of people is divided by, where the spec alone does not say."""
        return ""

    @property
    def england_codes(self) -> tuple[str, ...]:
        """The authorities that are in England's value; none are named where the publisher prints it."""
        return ()

    @property
    def why_absent(self) -> str:
        """Why an authority that is not listed has no value."""
        raise NotImplementedError

    @cached_property
    def median(self) -> float:
        """The value of the authority in the middle (of two in the middle, halfway between)."""
        return statistics.median(self.values.values())

    @cached_property
    def quartiles(self) -> tuple[float, float]:
        """The values a quarter and three quarters of the way up the league table, halfway values interpolated."""
        values = list(self.values.values())
        if len(values) == 1:
            return values[0], values[0]
        lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
        return lower, upper

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Rank by la_code: 1 is the lowest value, equal values share the better rank."""
        ordered = list(self.values.values())
        first = {value: position for position, value in reversed(list(enumerate(ordered, start=1)))}
        return {code: first[value] for code, value in self.values.items()}

    def tied_with(self, la_code: str) -> list[str]:
        """Codes of the other authorities with exactly the same value."""
        return [code for code, value in self.values.items() if value == self.values[la_code] and code != la_code]

    def require(self, la_code: str, name: str, instead: str = "") -> float:
        """Return the value of one authority; a `UsageError` says why it has none and whom to ask for instead."""
        if la_code in self.values:
            return self.values[la_code]
        what = "rate" if isinstance(self.spec, RateSpec) else "figure"
        reason = self.excluded.get(la_code, self.why_absent)
        raise UsageError(f"{name} has no {what} on this basis: {reason}", where=self.spec.in_words, todo=instead)


@dataclass(frozen=True)
class RateTable(LeagueTable):
    """The rate of every authority of a year, with what it rests on; `whole_areas` are in England's rate alone."""

    spec: RateSpec
    numerators: Amounts
    denominators: Amounts
    whole_areas: tuple[WholeArea, ...] = ()

    @cached_property
    def values(self) -> dict[str, float]:
        """Rate by la_code, lowest first (codes in order where equal), unrounded pounds."""
        rates = {
            code: amount / self.denominators.values[code]
            for code, amount in self.numerators.values.items()
            if code in self.denominators.values
        }
        return dict(sorted(rates.items(), key=lambda item: (item[1], item[0])))

    @property
    def excluded(self) -> dict[str, str]:
        """Reason by la_code for each authority with an allocation and no rate."""
        return {**self.numerators.excluded, **self.denominators.excluded}

    @cached_property
    def england(self) -> float:
        """The rate of England, a reorganised area whole: all pounds over all of the same areas' denominators."""
        pounds, denominators = self.england_sums
        return pounds if self.spec.per == "none" else pounds / denominators

    @cached_property
    def england_sums(self) -> tuple[float, float]:
        """The pounds and the denominators of England's rate, in which every area is in both or in neither."""
        return self.sums_of(self.england_codes)

    def sums_of(self, codes: Collection[str]) -> tuple[float, float]:
        """The same of some authorities only, such as those of a region."""
        whole = [area for area in self.whole_areas if area.funded[0] in codes]
        by_area = {code for area in self.whole_areas for code in area.funded}
        pounds = add_up(self.numerators.values[code] for code in self.england_codes if code in codes)
        alone = add_up(self.denominators.values[code] for code in self.values if code in codes and code not in by_area)
        return pounds, alone + add_up(area.denominator for area in whole)

    @cached_property
    def england_codes(self) -> tuple[str, ...]:
        """The authorities whose pounds are in England's rate: those ranked, and those of the whole areas."""
        return tuple(dict.fromkeys((*self.values, *(code for area in self.whole_areas for code in area.funded))))

    @property
    def england_inputs(self) -> tuple[str, ...]:
        """Ids behind England's rate: the rates that are ranked, then pounds and counts of the whole areas."""
        return (universe_id(self.spec), *self._whole_inputs(self.england_codes))

    def _whole_inputs(self, codes: Collection[str]) -> Iterable[str]:
        for area in self.whole_areas:
            if area.funded[0] in codes:
                yield from (id_ for code in area.funded for id_ in self.numerators.inputs[code])
                yield from area.inputs

    def inputs_of(self, codes: Collection[str]) -> tuple[str, ...]:
        """Ids behind the rate of some authorities together: their rates, then the same."""
        return (*(rate_id(self.spec, code) for code in self.values if code in codes), *self._whole_inputs(codes))

    @property
    def why_absent(self) -> str:
        """Why an authority that is not listed has no rate."""
        return f"it had no allocation in {self.spec.year}"


@dataclass(frozen=True)
class AreaRates(RateTable):
    """Rates of any areas, regions and `england` among them; England's is that of the table of all `authorities`."""

    authorities: RateTable = field(kw_only=True)

    @cached_property
    def england(self) -> float:
        """The rate of England."""
        return self.authorities.england

    @cached_property
    def england_codes(self) -> tuple[str, ...]:
        """The authorities whose pounds are in England's rate."""
        return self.authorities.england_codes


def area_rates(store: Store, spec: RateSpec, areas: Iterable[str]) -> AreaRates:
    """Return the rates of any areas: of a region or `england` all pounds over all denominators of its authorities.

    Parameters
    ----------
    areas : iterable of str
        Three-digit codes, ONS codes of regions, `england`.

    Raises
    ------
    UsageError
        As `rate_table`.
    """
    table, names = rate_table(store, spec), Authorities.of(store)
    own, excluded = (table.numerators, table.denominators), dict[str, str]()
    values: tuple[dict[str, float], dict[str, float]] = ({}, {})
    inputs: tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]] = ({}, {})
    for area in areas:
        is_one, codes = area in names.by_code, set(names.members(area)) & set(table.england_codes)
        if area not in table.values if is_one else not codes:
            reason = "none of its authorities has a rate"
            excluded[area] = table.excluded.get(area, table.why_absent) if is_one else reason
            continue
        sums = table.sums_of(codes) if not is_one else tuple(side.values[area] for side in own)
        whole = (area_ for area_ in table.whole_areas if area_.funded[0] in codes and not is_one)
        counted = tuple(id_ for area_ in whole for id_ in area_.inputs)
        for side, value, ids, found, more in zip(own, sums, inputs, values, ((), counted), strict=True):
            found[area] = 1.0 if side is own[1] and spec.per == "none" else value
            ids[area] = (*(id_ for code in sorted(codes) for id_ in side.inputs.get(code, ())), *more)
    amounts = Amounts(values[0], inputs[0], excluded), Amounts(values[1], inputs[1], {})
    return AreaRates(spec, *amounts, table.whole_areas, authorities=table)


def require_spec(spec: object) -> RateSpec:
    """Return what says what is divided by what; `UsageError` where it is something else."""
    if not isinstance(spec, RateSpec):
        raise UsageError(f"'{str(spec)[:40]}' is not a RateSpec", todo='Write RateSpec("2023-24", "block", "head").')
    return spec


def rate_table(store: Store, spec: RateSpec) -> RateTable:
    """Return the rates of all authorities with an allocation in the year.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year, the measure does not exist in it, or no authority has a rate.
    """
    require_year(store, require_spec(spec).year)
    return store.cached(spec, lambda: _rate_table(store, spec))


def _rate_table(store: Store, spec: RateSpec) -> RateTable:
    numerators = measure_amounts(store, spec.year, spec.measure)
    if spec.per == "none":
        return RateTable(spec, numerators, Amounts(dict.fromkeys(numerators.values, 1.0), {}, {}))
    denominators = denominator_amounts(store, spec)
    table = RateTable(spec, numerators, denominators, whole_areas(store, spec, denominators.excluded))
    if not table.values:
        seen = f" as published by {store.as_at}" if store.as_at else ""
        raise UsageError(
            f"there is no rate{spec.denominator.per_words}: {spec.denominator_words}, are not in these tables{seen}",
            todo="Choose another year, another denominator, or a later --edition.",
        )
    return table


def whole_areas(store: Store, spec: RateSpec, lacking: Iterable[str]) -> tuple[WholeArea, ...]:
    """Return the areas of authorities that lack a denominator where the other side of their reorganisation has one.

    Adjusted for area costs, one is there only where all of its authorities have one adjustment.
    """
    counts = plain_amounts(store, spec.denominator.measure, denominator_period(spec))
    funded_codes = set(measure_amounts(store, spec.year, spec.measure).values)
    costs = {row.la_code: row.adjustment for row in area_costs(store, spec.year).rows} if spec.area_costs else {}
    authorities = Authorities.of(store)
    found: dict[tuple[str, ...], WholeArea] = {}
    for code in lacking:
        older, newer = authorities.group(authorities[code])
        funded, counted = (newer, older) if code in newer else (older, newer)
        adjustments = {costs.get(each) for each in funded}
        complete = all(counts.values.get(each) for each in counted) and set(funded) <= funded_codes
        if not counted or not complete or len(adjustments) != 1:
            continue
        inputs = [id_ for each in counted for id_ in counts.inputs[each]]
        inputs += [f"areacost:{spec.year}:{each}:adjustment" for each in funded if spec.area_costs]
        total = add_up(counts.values[each] for each in counted) * (adjustments.pop() or 1)
        found[funded] = WholeArea(funded, counted, total, tuple(inputs))
    return tuple(found.values())


def england_words(store: Store, table: RateTable, area: str = ENGLAND) -> str:
    """Say who is in the rate of England, or a region, otherwise than by an own rate, or left out; else nothing."""
    names = Authorities.of(store)
    members = set(names.members(area))

    def say(codes: Iterable[str]) -> str:
        return join_words([f"{names[code].prose} ({code})" for code in sorted(codes)])

    short = table.spec.denominator.short
    parts = [
        f"the money of {say(area.funded)} is in it with the {short} of {say(area.counted)}"
        for area in table.whole_areas
        if area.funded[0] in members
    ]
    left_out = (set(table.excluded) - set(table.england_codes)) & members
    if left_out:
        parts.append(f"the money and the {short} of {say(left_out)} are left out together")
    return "; ".join(parts)


def measure_amounts(store: Store, year: FinancialYear, measure: Measure) -> Amounts:
    """Return a measure in pounds for every authority of a year.

    Raises
    ------
    UsageError
        If the measure does not exist in the year.
    """
    if measure not in MEASURES:
        require_measure(measure)
    asked = FinancialYear.of(year), measure
    return store.cached(("amounts", *asked), lambda: _measure_amounts(store, *asked))


def _measure_amounts(store: Store, year: FinancialYear, measure: Measure) -> Amounts:
    frame = block_frame(store, year)
    absent = [term for term in PLAIN[measure].items if term not in frame.columns]
    if absent:
        raise UsageError(f"there was no {absent[0]} allocation in {year}", todo="Use --measure nff or block.")
    found = plain_amounts(store, measure, year)
    missing = sorted(set(frame["area"]) - set(found.values))
    return Amounts(
        values=found.values,
        inputs={code: found.inputs[code] for code in found.values},
        excluded=dict.fromkeys(missing, "the publisher prints a symbol in place of the amount"),
    )


def rate_id(spec: Spec, area: str) -> str:
    """Return the id of a rate; area is a code, `england`, `median`, `lower-quartile` or `upper-quartile`."""
    return f"rate:{spec.id_part}:{area}"


def universe_id(spec: Spec) -> str:
    """Return the id of the number of authorities that are ranked."""
    return f"universe:{spec.id_part}"


def whole_rates(table: RateTable) -> dict[str, float]:
    """Return the rates of the whole league table by the names that ids give them."""
    return {ENGLAND: table.england, "median": table.median, **dict(zip(QUARTILES, table.quartiles, strict=True))}


def rate_figure(store: Store, spec: RateSpec, area: str) -> Figure:
    """Return a rate as a figure.

    Parameters
    ----------
    area : str
        Three-digit code, several with + between them, `england` or ONS code of a region (all pounds over all
        denominators), `median`, `lower-quartile` or `upper-quartile`.

    Raises
    ------
    UsageError
        If the authority has no rate on this basis.
    """
    table = rate_table(store, spec)
    if area in WHOLE:
        inputs: tuple[str, ...] = (universe_id(spec),)
        count, how = len(table.values), WHOLE[area]
        if area == ENGLAND:
            count, inputs = len(table.england_codes), table.england_inputs
            over = f" ÷ sum of their {spec.denominator_words}" if spec.per != "none" else ""
            how = "; ".join(filter(None, (how + over, england_words(store, table))))
        label = f"{area.replace('-', ' ').capitalize()}: {spec.in_words} ({count} authorities)"
        return Figure(rate_id(spec, area), label, whole_rates(table)[area], spec.unit, "derived", inputs, how)
    if area in Authorities.of(store).groups or "+" in area:
        return _region_figure(store, table, area)
    name = Authorities.of(store)[area].prose
    value = table.require(area, name)
    return Figure(
        id=rate_id(spec, area),
        label=f"{name}: {spec.in_words}",
        value=value,
        unit=spec.unit,
        basis="derived",
        inputs=(*table.numerators.inputs[area], *table.denominators.inputs.get(area, ())),
        derivation=f"{spec.measure} ÷ {spec.denominator_words}" if spec.per != "none" else spec.measure,
    )


def _region_figure(store: Store, table: RateTable, region: str) -> Figure:
    names, spec = Authorities.of(store), table.spec
    codes = set(names.members(region)) & set(table.england_codes)
    name = names.groups[region].prose if region in names.groups else join_words([names[c].prose for c in sorted(codes)])
    value = area_rates(store, spec, [region]).require(region, name)
    over = f" ÷ sum of their {spec.denominator_words}" if spec.per != "none" else ""
    how = f"sum of its authorities with an allocation{over}"
    how = "; ".join(filter(None, (how, england_words(store, table, region))))
    label = f"{name}: {spec.in_words} ({len(codes)} authorities)"
    return Figure(rate_id(spec, region), label, value, spec.unit, "derived", table.inputs_of(codes), how)


def spec_of(rate: Rate, period: str) -> RateSpec:
    """Return the rate of the register in a financial year."""
    over = rate.denominator
    return RateSpec(FinancialYear.parse(period), rate.numerator, over.per, over.population or "ons", rate.is_adjusted)
