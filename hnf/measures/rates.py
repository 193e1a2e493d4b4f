"""A measure of funding per something, for every authority of a year: the common ground of ranks and gaps.

The universe of a year is the authorities with an allocation in it. One that lacks a denominator is excluded and listed
with the reason; none is dropped. The year Y-Z goes with the population of mid-Y and the EHC plans of January Y.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from hnf.errors import UsageError
from hnf.measures.denominators import Amounts, denominator_amounts
from hnf.measures.published import block_frame, dsg_id, require_year
from hnf.measures.rate_spec import (
    MEASURE_TERMS,
    MEASURE_WORDS,
    MEASURES,
    PERS,
    SERIES,
    Measure,
    Per,
    Population,
    RateSpec,
)
from hnf.store import Store
from hnf.years import FinancialYear

__all__ = [
    "MEASURES",
    "MEASURE_TERMS",
    "MEASURE_WORDS",
    "PERS",
    "SERIES",
    "Amounts",
    "Measure",
    "Per",
    "Population",
    "RateSpec",
    "RateTable",
    "denominator_amounts",
    "measure_amounts",
    "rate_table",
]


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
