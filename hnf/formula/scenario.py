"""What a scenario does to every authority: winners and losers, what it costs, and who is left as they are.

The baseline is the block as printed; where a change needs factors, it is the formula on the factors that the user has
ingested, with the same national quantum. Amounts are not rounded; a change of less than half a penny is no change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hnf.authorities import Authorities
from hnf.errors import FormulaError
from hnf.formula import changes
from hnf.formula.block_arrays import BlockArrays, count_spec, load_block_arrays
from hnf.formula.block_terms import STEP_TERMS
from hnf.formula.change_kinds import apply_change, left_alone
from hnf.formula.change_schema import KINDS, Change
from hnf.formula.change_words import change_words
from hnf.formula.parameter_schema import PROXIES
from hnf.formula.scenario_files import Scenario
from hnf.measures.published import area_name
from hnf.results import FloatArray, Tabular, flatten_row
from hnf.store import Store
from hnf.years import FinancialYear

if TYPE_CHECKING:  # the engine and the reader of workbooks take time to load, and few scenarios need them
    import polars as pl

    from hnf.factors.kept import OwnFactors
    from hnf.factors.nff import FactorAllocations

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
class FactorRun:
    """The factors that a scenario was computed on, and the formula on them before and after its changes."""

    own: OwnFactors
    before: FactorAllocations
    after: FactorAllocations

    @cached_property
    def by_step(self) -> dict[str, FloatArray]:
        """What each step adds to or takes from every authority, £ of shape (n,); adds up to the change."""
        from hnf.factors.nff import change_by_step

        return change_by_step(self.before, self.after)

    def of(self, place: int) -> dict[str, Any]:
        """Return what a row says of an authority beyond its amounts: what moved it, and which rule binds it."""
        moved = {term: float(change[place]) for term, change in self.by_step.items()}
        rules = str(self.before.binding[place]), str(self.after.binding[place])
        return {
            "binding_before": rules[0],
            "binding_after": rules[1],
            "moved_by": moved,
            "moved_most_by": _moved_most(moved, *rules),
            "in_words": _moved_words(moved, *rules),
            "basis": "estimated",
        }


@dataclass(frozen=True)
class ScenarioResult(Tabular):
    """A scenario computed for a year; arrays of shape (n,) in the order of `arrays.la_codes`."""

    ROWS = "rows"

    scenario: Scenario
    arrays: BlockArrays
    names: tuple[str, ...]
    effects: tuple[ChangeEffect, ...]
    change_gbp: FloatArray
    factors: FactorRun | None = None

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
        if self.factors:
            return f"people aged 2 to 18 in {self.factors.own.file}"
        return count_spec(self.year, "head", "ons").denominator_words

    def figure_id(self, area: str) -> str | None:
        """Return the id of an authority's block (or England's) under the scenario; None for a file of the user's."""
        return (
            scenario_id(self.scenario.name, self.year, area) if self.scenario.is_shipped and not self.factors else None
        )

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
                **(self.factors.of(place) if self.factors else {}),
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
            "basis": "estimated" if self.factors else "derived",
            **(self._factor_payload() if self.factors else {}),
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

    def _factor_payload(self) -> dict[str, Any]:
        run = self.factors
        if run is None:
            return {}
        return {
            "inputs": run.own.payload(),
            "unverified_parameters": list(run.before.rules.unverified),
            "quantum_gbp": run.before.rules.quantum_gbp,
            "proxy_pot_gbp": {"before": run.before.proxy_pot_gbp, "after": run.after.proxy_pot_gbp},
        }

    def to_polars(self) -> pl.DataFrame:
        """Return one row an authority, sorted by code: the keys of `rows`, amounts not rounded."""
        import polars as pl

        rows = [flatten_row(row) for row in self.rows]
        return pl.DataFrame(rows, infer_schema_length=None).sort("la_code")


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
        If the scenario is not for the year, a change cannot be computed for it, or it needs factors and none have been
        ingested.
    """
    if scenario.is_of_factors:
        return _run_on_factors(store, scenario, choose_year(scenario, year))
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


def _run_on_factors(store: Store, scenario: Scenario, year: FinancialYear) -> ScenarioResult:
    """Run the factor formula again after each change, the quantum held: what one authority gains the others pay."""
    from hnf.factors.kept import load_factors
    from hnf.factors.nff import allocate, change_rules, rules_in_words, rules_of

    first = next((number for number, one in enumerate(scenario.changes) if KINDS[one.kind].needs_factors), 0)
    what = (
        f"the change '{scenario.changes[first].kind}' needs the factors of every authority" if scenario.changes else ""
    )
    own = load_factors(store, year, what=what, where=scenario.places[first] if scenario.changes else "")
    before = after = allocate(own.inputs, rules_of(own.parameters, own.quantum_gbp))
    effects: list[ChangeEffect] = []
    for change, place in zip(scenario.changes, scenario.places, strict=True):
        try:
            rules = change_rules(after.rules, change.kind, change.parameters)
            changed = allocate(own.inputs, rules)
        except FormulaError as error:
            raise FormulaError(error.what, where=place, todo=error.todo) from error
        words = f"{rules_in_words(after.rules, rules)}; the quantum of £{rules.quantum_gbp:,.0f} is held"
        cost = _pence(changed["total_before_deductions_gbp"] - after["total_before_deductions_gbp"])
        effects.append(ChangeEffect(change, words, cost, {}))
        after = changed
    change_gbp = after["total_before_deductions_gbp"] - before["total_before_deductions_gbp"]
    arrays = _factor_arrays(own, before)
    return ScenarioResult(
        scenario, arrays, own.inputs.la_names, tuple(effects), change_gbp, FactorRun(own, before, after)
    )


def _factor_arrays(own: OwnFactors, found: FactorAllocations) -> BlockArrays:
    """Return the block by factors in the shape of the published one; nobody counts pupils or plans in a factor file."""
    heads, none = own.inputs["population_2_18_count"], np.full(len(own.inputs), math.nan)
    return BlockArrays(
        year=own.year,
        la_codes=own.inputs.la_codes,
        **{term: found[f"{term}_gbp"] for term in STEP_TERMS},
        nff_before_gains_limit=found["nff_before_gains_limit_gbp"],
        heads_ons=heads,
        heads_dfe=heads,
        pupils=none,
        plans=none,
        published_total=found["total_before_deductions_gbp"],
        absent_terms=(),
        excluded={},
    )


#: Steps of the factor formula as a sentence says them.
_STEP_WORDS: Mapping[str, str] = {
    "historic_spend": "historic spend",
    **PROXIES,
    "funding_floor": "funding floor",
    "gains_limit": "gains limit",
    "additional": "additional allocation",
}


#: The step that decides the amount of an authority that a rule binds.
_RULE_STEPS = {"floor": "funding_floor", "limit": "gains_limit"}


def _moved_most(moved: Mapping[str, float], before: str, after: str) -> str | None:
    """Return the step that moved an authority most in the direction in which it went; None where it did not move.

    On the floor or the limit before and after, the rule decides: what the factors give and take, it takes and gives.
    """
    change = math.fsum(moved.values())
    if abs(change) < HALF_A_PENNY:
        return None
    if before == after and before in _RULE_STEPS:
        return _RULE_STEPS[before] if abs(change - moved["additional"]) >= HALF_A_PENNY else "additional"
    return max(moved, key=lambda term: moved[term] * change)


def _moved_words(moved: Mapping[str, float], before: str, after: str) -> str:
    """Return what moved an authority, the largest first, and which rule binds it before and after."""
    parts = [
        f"{_STEP_WORDS[term]} {'+' if pounds > 0 else '-'}£{abs(pounds):,.0f}"
        for term, pounds in sorted(moved.items(), key=lambda item: -abs(item[1]))
        if abs(pounds) >= HALF_A_PENNY
    ]
    words = {"floor": "on the funding floor", "limit": "on the gains limit", "between": "between floor and limit"}
    rule = f"{words[before]} before and after" if before == after else f"{words[before]} before, {words[after]} after"
    return f"{', '.join(parts) or 'nothing moved it'}; {rule}"


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
