"""A measure of funding per something, for every authority of a year: the common ground of ranks and gaps.

The universe of a year is the authorities with an allocation in it. One that lacks a denominator is excluded and listed
with the reason; none is dropped. The year Y-Z goes with the population of mid-Y and the EHC plans of January Y.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import polars as pl

from hnf.errors import UsageError
from hnf.measures.published import ENGLAND, block_frame, dsg_id, latest_edition, plan_counts, require_year
from hnf.results import Figure, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear

# What is divided by what: the basis of a rate, its words and the part of a figure id that names it.

Measure = Literal["block", "nff", "nff_additional", "after_deductions"]
Per = Literal["head", "pupil", "plan", "none"]
Population = Literal["ons", "dfe"]

MEASURES: tuple[Measure, ...] = get_args(Measure)
PERS: tuple[Per, ...] = get_args(Per)
#: Terms that a measure adds up.
MEASURE_TERMS: dict[Measure, tuple[str, ...]] = {
    "block": ("total_before_deductions",),
    "nff": ("nff_in_protection",),
    "nff_additional": ("nff_in_protection", "additional"),
    "after_deductions": ("total_after_deductions",),
}
MEASURE_WORDS: dict[Measure, str] = {
    "block": "high needs block before deductions",
    "nff": "high needs formula inside the floor and gains limit",
    "nff_additional": "high needs formula inside the floor and gains limit plus the additional allocation",
    "after_deductions": "high needs block after deductions for places that DfE pays for directly",
}
SERIES: dict[Population, str] = {"ons": "ons_estimate", "dfe": "dfe_projection"}
_SERIES_WORDS = {"ons": "ONS estimate", "dfe": "the formula's own projection"}
#: Ends the part of a figure id that names a denominator adjusted for area costs.
ADJUSTED = "aca"
_UNITS: dict[Per, Unit] = {"head": "gbp_per_head", "pupil": "gbp_per_pupil", "plan": "gbp_per_plan", "none": "gbp"}


@dataclass(frozen=True)
class RateSpec:
    """What is divided by what: a year, a measure, a denominator and, per head, a population series.

    With `area_costs`, every denominator is multiplied by the authority's area cost adjustment, so that a pound counts
    for less where costs are higher. DfE applies the adjustment to part of the formula only.
    """

    year: FinancialYear
    measure: Measure = "block"
    per: Per = "head"
    population: Population = "ons"
    area_costs: bool = False

    @property
    def id_part(self) -> str:
        """The part of a figure id that names it."""
        per = f"head.{self.population}" if self.per == "head" else self.per
        per += f".{ADJUSTED}" if self.area_costs else ""
        return f"{self.year}:{self.measure}:{per}"

    @classmethod
    def from_parts(cls, year: str, measure: str, per: str) -> RateSpec:
        """Read the three parts of a figure id.

        Raises
        ------
        UsageError
            If a part is unknown.
        """
        plain = per.removesuffix(f".{ADJUSTED}")
        adjusted = plain != per
        head, _, population = plain.partition(".")
        if (
            (adjusted and head == "none")
            or measure not in MEASURES
            or head not in PERS
            or (population or "ons") not in SERIES
        ):
            raise UsageError(
                f"'{year}:{measure}:{per}' does not name a rate", todo="Ids are printed with every answer."
            )
        return cls(FinancialYear.parse(year), measure, head, population or "ons", adjusted)  # type: ignore[arg-type]

    @property
    def unit(self) -> Unit:
        """Unit of the rate."""
        return _UNITS[self.per]

    @property
    def series(self) -> Population | None:
        """Series of the population; None where the rate is not per head."""
        return self.population if self.per == "head" else None

    @property
    def denominator_words(self) -> str:
        """The denominator with its date, in words."""
        words = {
            "head": f"people aged 2 to 18, mid-{self.year.mid_year} ({_SERIES_WORDS[self.population]})",
            "pupil": f"pupils of the schools block, {self.year}",
            "plan": f"EHC plans, January {self.year.january}",
            "none": "",
        }[self.per]
        return f"{words}, times the area cost adjustment" if self.area_costs else words

    @property
    def in_words(self) -> str:
        """The whole basis in words."""
        per = {"head": " per head", "pupil": " per pupil", "plan": " per EHC plan", "none": ""}[self.per]
        over = f"; {self.denominator_words}" if self.per != "none" else ""
        return f"{MEASURE_WORDS[self.measure]}{per}, {self.year}{over}"


# The area cost adjustment of every authority, read off its basic entitlement rate.
#
# DfE multiplies the basic entitlement and the proxy factors by it. The adjustment is the authority's own rate
# over the lowest rate of the year, so that the cheapest areas are at 1. What it does to the basic entitlement
# in pounds is exact; what it does to column A cannot be said from published tables, where the proxies do not
# stand. Ids are `areacost:<year>:<la_code>:<adjustment|basic_entitlement>`.

_RATE, _PUPILS = "basic_entitlement_rate", "basic_entitlement_pupils"


@dataclass(frozen=True)
class AreaCost:
    """Area cost adjustment of one authority.

    Parameters
    ----------
    la_code, la_name : str
        The authority.
    adjustment : float
        Own rate ÷ lowest rate, 1 or more.
    basic_entitlement_gbp : float
        Pupils × (own rate − lowest rate): what the adjustment adds to the basic entitlement.
    """

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
    frame = block_frame(store, year).select("area", _RATE, _PUPILS).drop_nulls()
    cheapest, lowest = min(frame.select("area", _RATE).iter_rows(), key=lambda row: (row[1], row[0]))
    names = Authorities.of(store)
    rows = tuple(
        AreaCost(code, names[code].name, rate / lowest, pupils * (rate - lowest))
        for code, rate, pupils in frame.iter_rows()
    )
    return AreaCosts(year, lowest, cheapest, rows)


def area_cost_figure(store: Store, year: FinancialYear, la_code: str, part: str) -> Figure:
    """Return the adjustment, or what it adds to the basic entitlement, as a figure.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    KeyError
        If the authority has no rate, or the part is unknown.
    """
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
#
# The year Y-Z goes with the population of mid-Y and the EHC plans of January Y.


@dataclass(frozen=True)
class Amounts:
    """Values by la_code with the ids they rest on; `excluded` gives the reason for each authority without one."""

    values: dict[str, float]
    inputs: dict[str, tuple[str, ...]]
    excluded: dict[str, str]


def denominator_amounts(store: Store, spec: RateSpec) -> Amounts:
    """Return the denominator of every authority with an allocation in the year, adjusted for area costs if asked for.

    Where a count is published only for the successors of an authority that closes later, their sum is used: the area
    is the same. Where it is published only for a predecessor, there is no way to share it out and the authority is
    excluded.
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
    if spec.per == "pupil":
        return _pupils(store, spec.year, universe)
    counts = _plan_counts(store, spec) if spec.per == "plan" else _populations(store, spec)
    authorities = Authorities.of(store)
    values: dict[str, float] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    excluded: dict[str, str] = {}
    for code in universe:
        parts = [code] if code in counts else list(authorities[code].successors)
        whole = code in counts or authorities[code].lineage_kind == "split"
        found = [counts[part] for part in parts if part in counts]
        if whole and parts and len(found) == len(parts) and all(count for count, _, _ in found):
            values[code] = sum(count for count, _, _ in found if count is not None)
            inputs[code] = tuple(figure_id for _, figure_id, _ in found)
        else:
            status = next((status for count, _, status in found if count is None), "")
            excluded[code] = _reason(spec, authorities, code, set(counts), status)
    return Amounts(values, inputs, excluded)


def _pupils(store: Store, year: FinancialYear, universe: list[str]) -> Amounts:
    edition = latest_edition(store, "dsg_pupils", year)
    rows = store.table("dsg_pupils").filter(
        (pl.col("financial_year") == str(year)) & (pl.col("edition") == edition) & (pl.col("la_code") != "")
    )
    sums = rows.group_by("la_code").agg(pl.col("pupils").sum(), phases=pl.col("phase").n_unique())
    values = {code: pupils for code, pupils, phases in sums.iter_rows() if phases == 2 and code in universe}
    return Amounts(
        values=values,
        inputs={c: tuple(f"pupils:{year}:{edition}:{c}:{phase}" for phase in ("primary", "secondary")) for c in values},
        excluded={c: "the schools block sheet gives no pupil numbers for it" for c in universe if c not in values},
    )


_Counts = dict[str, tuple[float | None, str, str]]


def _plan_counts(store: Store, spec: RateSpec) -> _Counts:
    counts = plan_counts(store).get(spec.year.january.year, {})
    return {area: (found.count, found.figure_id, found.status) for area, found in counts.items() if area != ENGLAND}


def _populations(store: Store, spec: RateSpec) -> _Counts:
    series = SERIES[spec.population]
    rows = store.table("population").filter(
        (pl.col("mid_year") == spec.year.mid_year.year)
        & (pl.col("series") == series)
        & (pl.col("age_band") == "2-18")
        & (pl.col("la_code") != "")
    )
    return {
        code: (people, f"population:{spec.year.mid_year}:{series}:{code}:2-18", "")
        for code, people in rows.select("la_code", "people").iter_rows()
    }


def _reason(spec: RateSpec, authorities: Authorities, code: str, counted: set[str], status: str) -> str:
    when = f"January {spec.year.january}" if spec.per == "plan" else f"mid-{spec.year.mid_year}"
    what = "EHC plans" if spec.per == "plan" else f"population ({SERIES[spec.population].replace('_', ' ')})"
    if status or code in counted:
        return f"its {what} of {when} are published as {status or 0}"
    before = [authorities[old] for old in authorities[code].predecessors if old in counted]
    if before:
        names = " and ".join(f"{old.prose} ({old.la_code})" for old in before)
        return f"{what} of {when} are published for its predecessor only: {names}"
    return f"no {what} of {when} {'are' if spec.per == 'plan' else 'is'} published for it"


@dataclass(frozen=True)
class RateTable:
    """The rate of every authority of a year, with what it rests on."""

    spec: RateSpec
    numerators: Amounts
    denominators: Amounts

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
        """The rate of England: all pounds of the ranked authorities over all of their denominators."""
        if self.spec.per == "none":
            return sum(self.numerators.values.values())
        pounds = sum(self.numerators.values[code] for code in self.values)
        return pounds / sum(self.denominators.values[code] for code in self.values)

    @cached_property
    def median(self) -> float:
        """The rate of the authority in the middle (of two in the middle, halfway between)."""
        return statistics.median(self.values.values())

    @cached_property
    def quartiles(self) -> tuple[float, float]:
        """The rates a quarter and three quarters of the way up the league table, halfway values interpolated."""
        values = list(self.values.values())
        if len(values) == 1:
            return values[0], values[0]
        lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
        return lower, upper

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Rank by la_code: 1 is the lowest rate, equal rates share the better rank."""
        ordered = list(self.values.values())
        first = {value: position for position, value in reversed(list(enumerate(ordered, start=1)))}
        return {code: first[value] for code, value in self.values.items()}

    def tied_with(self, la_code: str) -> list[str]:
        """Codes of the other authorities with exactly the same rate."""
        return [code for code, value in self.values.items() if value == self.values[la_code] and code != la_code]

    def require(self, la_code: str, name: str, instead: str = "") -> float:
        """Return the rate of one authority.

        Parameters
        ----------
        la_code, name : str
        instead : str
            Whom to ask for, where the authority was not there in the year.

        Raises
        ------
        UsageError
            If it has none; says why.
        """
        if la_code in self.values:
            return self.values[la_code]
        reason = self.excluded.get(la_code, f"it had no allocation in {self.spec.year}")
        raise UsageError(f"{name} has no rate on this basis: {reason}", where=self.spec.in_words, todo=instead)


def rate_table(store: Store, spec: RateSpec) -> RateTable:
    """Return the rates of all authorities with an allocation in the year.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year, or the measure does not exist in it.
    """
    require_year(store, spec.year)
    return store.cached(spec, lambda: _rate_table(store, spec))


def _rate_table(store: Store, spec: RateSpec) -> RateTable:
    numerators = measure_amounts(store, spec.year, spec.measure)
    if spec.per == "none":
        return RateTable(spec, numerators, Amounts(dict.fromkeys(numerators.values, 1.0), {}, {}))
    return RateTable(spec, numerators, denominator_amounts(store, spec))


def measure_amounts(store: Store, year: FinancialYear, measure: Measure) -> Amounts:
    """Return a measure in pounds for every authority of a year.

    Raises
    ------
    UsageError
        If the measure does not exist in the year.
    """
    return store.cached(("amounts", year, measure), lambda: _measure_amounts(store, year, measure))


def _measure_amounts(store: Store, year: FinancialYear, measure: Measure) -> Amounts:
    frame = block_frame(store, year)
    terms = MEASURE_TERMS[measure]
    absent = [term for term in terms if term not in frame.columns]
    if absent:
        raise UsageError(f"there was no {absent[0]} allocation in {year}", todo="Use --measure nff or block.")
    complete = frame.drop_nulls(terms)
    values = dict(zip(complete["area"], complete.select(pl.sum_horizontal(terms)).to_series(), strict=True))
    missing = set(frame["area"]) - set(values)
    return Amounts(
        values=values,
        inputs={code: tuple(dsg_id(store, year, code, term) for term in terms) for code in values},
        excluded=dict.fromkeys(sorted(missing), "the publisher prints a symbol in place of the amount"),
    )
