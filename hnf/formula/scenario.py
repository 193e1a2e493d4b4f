"""What a scenario does to every authority: winners and losers, what it costs, and who is left as they are.

The baseline is the block as printed. Amounts are not rounded; a change of less than half a penny is no change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hnf.authorities import Authorities
from hnf.errors import FormulaError
from hnf.formula import changes
from hnf.formula.block_arrays import BlockArrays, count_spec, load_block_arrays
from hnf.formula.change_kinds import apply_change, left_alone
from hnf.formula.change_schema import Change
from hnf.formula.change_words import change_words
from hnf.formula.factor_inputs import FloatArray
from hnf.formula.scenario_files import Scenario
from hnf.measures.published import area_name
from hnf.results import Tabular
from hnf.store import Store
from hnf.years import FinancialYear

if TYPE_CHECKING:
    import polars as pl

HALF_A_PENNY = 0.005
#: Decimals of a rate to which ranks are decided, so that rates that are equal but for rounding share a rank.
_RATE_DECIMALS = 6


@dataclass(frozen=True)
class ChangeEffect:
    """One change of a scenario: what it does in words, what it adds to the block of England, whom it leaves alone."""

    change: Change
    in_words: str
    cost_gbp: float
    left_alone: dict[str, str]


@dataclass(frozen=True)
class ScenarioResult(Tabular):
    """A scenario computed for a year; arrays of shape (n,) in the order of `arrays.la_codes`."""

    ROWS = "rows"

    scenario: Scenario
    arrays: BlockArrays
    names: tuple[str, ...]
    effects: tuple[ChangeEffect, ...]
    change_gbp: FloatArray

    @property
    def year(self) -> FinancialYear:
        """The year."""
        return self.arrays.year

    @cached_property
    def scenario_gbp(self) -> FloatArray:
        """The block under the scenario, £."""
        return self.arrays.published_total + self.change_gbp

    @property
    def cost_gbp(self) -> float:
        """What it adds to the block of England, rounded to the penny; 0 where the quantum is held."""
        return _pence(self.change_gbp)

    @property
    def winners(self) -> int:
        """Authorities that gain half a penny or more."""
        return int((self.change_gbp >= HALF_A_PENNY).sum())

    @property
    def losers(self) -> int:
        """Authorities that lose half a penny or more."""
        return int((self.change_gbp <= -HALF_A_PENNY).sum())

    @property
    def counts_in_words(self) -> str:
        """Winners, losers and those for whom nothing changes: "65 gain, 84 lose, 2 unchanged"."""
        unchanged = len(self.arrays) - self.winners - self.losers
        said = (
            (self.winners, "gains" if self.winners == 1 else "gain"),
            (self.losers, "loses" if self.losers == 1 else "lose"),
            (unchanged, "unchanged"),
        )
        return ", ".join(f"{count} {what}" for count, what in said if count)

    @property
    def head_words(self) -> str:
        """What rates and ranks are per head of."""
        return count_spec(self.year, "head", "ons").denominator_words

    def figure_id(self, area: str) -> str | None:
        """Return the id of an authority's block (or England's) under the scenario; None for a file of the user's."""
        return scenario_id(self.scenario.name, self.year, area) if self.scenario.is_shipped else None

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One dict an authority, the largest gain first, codes in order where equal."""
        heads, before = self.arrays.heads_ons, self.arrays.published_total
        ranks = _ranks(before / heads), _ranks(self.scenario_gbp / heads)
        order = sorted(range(len(self.arrays)), key=lambda place: (-self.change_gbp[place], place))
        return [
            {
                "la_code": self.arrays.la_codes[place],
                "la_name": self.names[place],
                "baseline_gbp": float(before[place]),
                "scenario_gbp": float(self.scenario_gbp[place]),
                "change_gbp": float(self.change_gbp[place]),
                "change_pct": float(self.change_gbp[place] / before[place] * 100),
                "baseline_per_head_gbp": _or_none(before[place] / heads[place]),
                "scenario_per_head_gbp": _or_none(self.scenario_gbp[place] / heads[place]),
                "change_per_head_gbp": _or_none(self.change_gbp[place] / heads[place]),
                "rank_before": ranks[0][place],
                "rank_after": ranks[1][place],
                "figure_id": self.figure_id(self.arrays.la_codes[place]),
            }
            for place in order
        ]

    @property
    def left_alone(self) -> list[dict[str, str]]:
        """Who is left as they are, by which change and why."""
        names = dict(zip(self.arrays.la_codes, self.names, strict=True))
        return [
            {"la_code": code, "la_name": names[code], "change": effect.change.kind, "reason": reason}
            for effect in self.effects
            for code, reason in effect.left_alone.items()
        ]

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "author": self.scenario.author,
            "reference": self.scenario.reference,
            "baseline": self.scenario.baseline,
            "year": str(self.year),
            "basis": "derived",
            "changes": [
                {"kind": effect.change.kind, "in_words": effect.in_words, "cost_gbp": effect.cost_gbp}
                for effect in self.effects
            ],
            "cost_gbp": self.cost_gbp,
            "england": {
                "baseline_gbp": math.fsum(self.arrays.published_total),
                "scenario_gbp": math.fsum(self.scenario_gbp),
                "figure_id": self.figure_id("england"),
            },
            "winners": self.winners,
            "losers": self.losers,
            "unchanged": len(self.arrays) - self.winners - self.losers,
            "per_head": self.head_words,
            "left_alone": self.left_alone,
            "rows": self.rows,
        }

    def to_polars(self) -> pl.DataFrame:
        """Return one row an authority, sorted by code: the keys of `rows`, amounts not rounded."""
        import polars as pl

        return pl.DataFrame(self.rows, infer_schema_length=None).sort("la_code")


def run_scenario(store: Store, scenario: Scenario, year: FinancialYear | None = None) -> ScenarioResult:
    """Compute a scenario for every authority of a year.

    Parameters
    ----------
    store : Store
    scenario : Scenario
        One, or several combined.
    year : FinancialYear, optional
        May be left out where the scenario is for one year only.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    FormulaError
        If the scenario is not for the year, or a change cannot be computed for it.
    """
    arrays = load_block_arrays(store, choose_year(scenario, year))
    authorities = Authorities.of(store)
    state = changes.published_state(arrays)
    effects: list[ChangeEffect] = []
    before = changes.block_change(arrays, state)
    for change, place in zip(scenario.changes, scenario.places, strict=True):
        try:
            state = apply_change(arrays, state, change)
        except FormulaError as error:
            raise FormulaError(error.what, where=place, todo=error.todo) from error
        after = changes.block_change(arrays, state)
        untouched = dict(left_alone(arrays, change))
        effects.append(ChangeEffect(change, change_words(change, arrays), _pence(after - before), untouched))
        before = after
    names = tuple(authorities[code].name for code in arrays.la_codes)
    return ScenarioResult(scenario, arrays, names, tuple(effects), before)


def choose_year(scenario: Scenario, year: FinancialYear | None) -> FinancialYear:
    """Return the year to compute: the one asked for, or the only one of the scenario.

    Raises
    ------
    FormulaError
        If the scenario is not for the year, or is for several and none was asked for.
    """
    listed = ", ".join(str(known) for known in scenario.years)
    if year is None and len(scenario.years) == 1:
        return scenario.years[0]
    if year is None:
        raise FormulaError(f"the scenario {scenario.name} is for several years", todo=f"Give --year, one of {listed}.")
    if year not in scenario.years:
        raise FormulaError(
            f"the scenario {scenario.name} is not for {year}",
            todo=f"It is for {listed}; a file of yours may name other years.",
        )
    return year


def scenario_id(name: str, year: FinancialYear, area: str) -> str:
    """Return the id of a block under a scenario that ships; area is a code or `england`."""
    return f"scenario:{name}:{year}:{area}"


def area_words(store: Store, area: str) -> str:
    """Return an area of a figure id in words."""
    return area_name(store, area)


def _ranks(rates: FloatArray) -> list[int | None]:
    """Rank rates from the lowest, equal ones sharing the better rank; None where there is no rate."""
    rounded = np.round(rates, _RATE_DECIMALS)
    return [None if np.isnan(rate) else 1 + int((rounded < rate).sum()) for rate in rounded]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _pence(pounds: Sequence[float] | FloatArray) -> float:
    """Add up and round to the penny; never minus nothing."""
    return round(math.fsum(pounds), 2) + 0.0
