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

from hnf.analysis.published import block_frame, dsg_id, latest_edition, require_year
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.figures import Unit
from hnf.store import Store
from hnf.tables import SYMBOLS
from hnf.years import FinancialYear

Measure = Literal["block", "nff", "nff_additional"]
Per = Literal["head", "pupil", "plan", "none"]
Population = Literal["ons", "dfe"]

MEASURES: tuple[Measure, ...] = get_args(Measure)
PERS: tuple[Per, ...] = get_args(Per)
#: Terms that a measure adds up.
MEASURE_TERMS: dict[Measure, tuple[str, ...]] = {
    "block": ("total_before_deductions",),
    "nff": ("nff_in_protection",),
    "nff_additional": ("nff_in_protection", "additional"),
}
MEASURE_WORDS: dict[Measure, str] = {
    "block": "high needs block before deductions",
    "nff": "high needs formula inside the floor and gains limit",
    "nff_additional": "high needs formula inside the floor and gains limit plus the additional allocation",
}
SERIES: dict[Population, str] = {"ons": "ons_estimate", "dfe": "dfe_projection"}
_SERIES_WORDS = {"ons": "ONS estimate", "dfe": "the formula's own projection"}
_UNITS: dict[Per, Unit] = {"head": "gbp_per_head", "pupil": "gbp_per_pupil", "plan": "gbp_per_plan", "none": "gbp"}


@dataclass(frozen=True)
class RateSpec:
    """What is divided by what: a year, a measure, a denominator and, per head, a population series."""

    year: FinancialYear
    measure: Measure = "block"
    per: Per = "head"
    population: Population = "ons"

    @property
    def id_part(self) -> str:
        """The part of a figure id that names it."""
        per = f"head.{self.population}" if self.per == "head" else self.per
        return f"{self.year}:{self.measure}:{per}"

    @classmethod
    def from_parts(cls, year: str, measure: str, per: str) -> RateSpec:
        """Read the three parts of a figure id.

        Raises
        ------
        UsageError
            If a part is unknown.
        """
        head, _, population = per.partition(".")
        if measure not in MEASURES or head not in PERS or (population or "ons") not in SERIES:
            raise UsageError(
                f"'{year}:{measure}:{per}' does not name a rate", todo="Ids are printed with every answer."
            )
        return cls(FinancialYear.parse(year), measure, head, population or "ons")  # type: ignore[arg-type]

    @property
    def unit(self) -> Unit:
        """Unit of the rate."""
        return _UNITS[self.per]

    @property
    def denominator_words(self) -> str:
        """The denominator with its date, in words."""
        return {
            "head": f"people aged 2 to 18, mid-{self.year.mid_year} ({_SERIES_WORDS[self.population]})",
            "pupil": f"pupils of the schools block, {self.year}",
            "plan": f"EHC plans, January {self.year.january}",
            "none": "",
        }[self.per]

    @property
    def in_words(self) -> str:
        """The whole basis in words."""
        per = {"head": " per head", "pupil": " per pupil", "plan": " per EHC plan", "none": ""}[self.per]
        over = f"; {self.denominator_words}" if self.per != "none" else ""
        return f"{MEASURE_WORDS[self.measure]}{per}, {self.year}{over}"


@dataclass(frozen=True)
class Amounts:
    """Values by la_code with the ids they rest on; `excluded` gives the reason for each authority without one."""

    values: dict[str, float]
    inputs: dict[str, tuple[str, ...]]
    excluded: dict[str, str]


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
    def ranks(self) -> dict[str, int]:
        """Rank by la_code: 1 is the lowest rate, equal rates share the better rank."""
        ordered = list(self.values.values())
        first = {value: position for position, value in reversed(list(enumerate(ordered, start=1)))}
        return {code: first[value] for code, value in self.values.items()}

    def tied_with(self, la_code: str) -> list[str]:
        """Codes of the other authorities with exactly the same rate."""
        return [code for code, value in self.values.items() if value == self.values[la_code] and code != la_code]

    def require(self, la_code: str, name: str) -> float:
        """Return the rate of one authority.

        Raises
        ------
        UsageError
            If it has none; says why.
        """
        if la_code in self.values:
            return self.values[la_code]
        reason = self.excluded.get(la_code, f"it had no allocation in {self.spec.year}")
        raise UsageError(f"{name} has no rate on this basis: {reason}", where=self.spec.in_words)


def rate_table(store: Store, spec: RateSpec) -> RateTable:
    """Return the rates of all authorities with an allocation in the year.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year, or the measure does not exist in it.
    """
    require_year(store, spec.year)
    return store.remember(spec, lambda: _rate_table(store, spec))


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
    return store.remember(("amounts", year, measure), lambda: _measure_amounts(store, year, measure))


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


def denominator_amounts(store: Store, spec: RateSpec) -> Amounts:
    """Return the denominator of every authority with an allocation in the year.

    Where a count is published only for the successors of an authority that closes later, their sum is used: the area
    is the same. Where it is published only for a predecessor, there is no way to share it out and the authority is
    excluded.
    """
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
    rows = store.table("ehc_plans").filter(
        (pl.col("january") == spec.year.january.year) & (pl.col("plan_type") == "total") & (pl.col("la_code") != "")
    )
    latest = rows.sort("release").unique("la_code", keep="last")
    return {
        row["la_code"]: (
            row["count"],
            f"plans:{row['january']}:{row['release']}:{row['la_code']}:total",
            row["status"],
        )
        for row in latest.iter_rows(named=True)
    }


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
        return f"its {what} of {when} are published as {f'{SYMBOLS[status]} ({status})' if status else 0}"
    before = [authorities[old] for old in authorities[code].predecessors if old in counted]
    if before:
        names = " and ".join(f"{old.prose} ({old.la_code})" for old in before)
        return f"{what} of {when} are published for its predecessor only: {names}"
    return f"no {what} of {when} {'are' if spec.per == 'plan' else 'is'} published for it"
