"""The effect of a scenario on every authority: winners and losers, its cost, and who is left as they are.

The baseline is the block as printed; where a change needs factors, it is the formula on the factors that the user has
ingested, with the same national quantum. Amounts are not rounded; a change of less than half a penny is no change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hnf.errors import FormulaError, UsageError
from hnf.formula.block import BASIC_ENTITLEMENT, TOTAL
from hnf.formula.parameters import PROXIES
from hnf.measures.published import ENGLAND, area_name, formula_id
from hnf.measures.rates import denominator_amounts
from hnf.results import Answer, Basis, Figure, FloatArray, flatten_row
from hnf.scenarios import changes
from hnf.scenarios.changes import (
    BEFORE_GAINS_LIMIT,
    BLOCK,
    KINDS,
    STEP_TERMS,
    BlockArrays,
    Change,
    apply_change,
    count_spec,
    left_alone,
    load_block_arrays,
)
from hnf.scenarios.files import JOIN, Scenario, combine, find_scenarios, library_path, read_scenario, reform
from hnf.tables.authorities import Authorities, constituencies
from hnf.tables.store import Store
from hnf.years import FinancialYear

if TYPE_CHECKING:
    import polars as pl

    from hnf.factors.ingested import OwnFactors
    from hnf.factors.nff import FactorAllocations

# A change as a sentence says it: what happens to whom, and who pays.

_TERMS: Mapping[str, str] = {
    "block": "the whole block",
    "nff_in_protection": "column A, the formula inside floor and gains limit,",
    "basic_entitlement": "basic entitlement",
    "special_free_schools": "special free schools money",
    "hospital_ap": "hospital education and alternative provision money",
    "additional": "the additional allocation",
}
_PERS: Mapping[str, str] = {
    "head": "person aged 2 to 18",
    "pupil": "pupil of the schools block",
    "plan": "EHC plan",
    "flat_share": "pound of the formula before the gains limit",
}
_SERIES: Mapping[str, str] = {
    "ons": " (ONS estimate)",
    "dfe": " (the formula's own: as the DSG sheet prints it, else the ONS 2018-based projection)",
    "": "",
}


def change_words(change: Change, arrays: BlockArrays | None = None) -> str:
    """Return a change in words, without a full stop.

    Parameters
    ----------
    change : Change
        Of one scenario: its numbers are floats.
    arrays : BlockArrays, optional
        The year; with it, a minimum that is a part of a published rate is given in pounds too.
    """
    if change.kind in _WORDS:
        return _WORDS[change.kind](change, arrays)
    words = (f"{PROXIES.get(str(value), value)}" for value in change.parameters.values() if isinstance(value, str))
    numbers = (
        f"{name} {_number(change, name)}" for name, value in change.parameters.items() if isinstance(value, float)
    )
    return f"{KINDS[change.kind].purpose}: {', '.join([*words, *numbers])}"


def _uplift(change: Change, _: BlockArrays | None) -> str:
    pct = float(change.number("pct"))
    way = "raised" if pct >= 0 else "cut"
    return f"{_term(change)} is {way} by {abs(pct):g}% for everyone"


def _gains_limit(change: Change, _: BlockArrays | None) -> str:
    share = float(change.number("share_removed")) * 100
    part = "all" if share == 100 else f"{share:g}%"
    return f"{part} of what the gains limit took is given back (column G less column A; nobody gets less than column A)"


def _minimum(change: Change, arrays: BlockArrays | None) -> str:
    who = "nationally" if change.choice("financed_by") == "national" else "by those above it, the total held"
    return f"{_term(change)} is raised to at least {_least(change, arrays)} per {_per(change)}, paid {who}"


def _least(change: Change, arrays: BlockArrays | None) -> str:
    if "rate_gbp" in change.parameters:
        return f"£{float(change.number('rate_gbp')):,.2f}"
    which = next(which for which in ("median", "average") if f"pct_of_{which}" in change.parameters)
    part = f"{_number(change, f'pct_of_{which}')}% of the published {which}"
    if arrays is None:
        return part
    from hnf.scenarios.changes import minimum_rate

    return f"£{float(minimum_rate(arrays, change)):,.2f} ({part})"


def _equal(change: Change, _: BlockArrays | None) -> str:
    pct = float(change.number("pct"))
    way = "is" if pct == 100 else f"moves {pct:g}% of the way to being"
    return f"{_term(change)} {way} shared alike per {_per(change)}, the total held"


def _hold(change: Change, _: BlockArrays | None) -> str:
    return f"{_term(change)} is scaled alike for everyone, so that its sum is the published one"


def _term(change: Change) -> str:
    return _TERMS[change.term]


def _per(change: Change) -> str:
    return _PERS[change.choice("per")] + _SERIES[change.choice("population")]


def _number(change: Change, name: str) -> str:
    return format(float(change.number(name)), "g")


_WORDS: Mapping[str, Callable[[Change, BlockArrays | None], str]] = {
    "uplift": _uplift,
    "gains_limit": _gains_limit,
    "minimum_rate": _minimum,
    "equal_rate": _equal,
    "additional": _equal,
    "hold_total": _hold,
}


HALF_A_PENNY = 0.005
#: Decimals of a rate to which ranks are decided, so that rates that are equal but for rounding share a rank.
_RATE_DECIMALS = 6


@dataclass(frozen=True)
class ChangeEffect(Answer):
    """One change of a scenario: what it does in words, what it adds to the block of England, whom it leaves alone."""

    JSON = "kind=change.kind in_words cost_gbp"

    change: Change
    in_words: str
    cost_gbp: float
    left_alone: dict[str, str]


@dataclass(frozen=True)
class FactorRun(Answer):
    """The factors that a scenario was computed on, and the formula on them before and after its changes."""

    JSON = (
        "inputs=own unverified_parameters=before.rules.unverified quantum_gbp=before.rules.quantum_gbp",
        {"proxy_pot_gbp": "before=before.proxy_pot_gbp after=after.proxy_pot_gbp"},
    )

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
class ScenarioResult(Answer):
    """A scenario computed for a year; arrays of shape (n,) in the order of `arrays.la_codes`."""

    JSON = (
        "scenario=scenario.name title=scenario.title author=scenario.author reference=scenario.reference",
        "baseline=scenario.baseline baseline_editions=arrays.editions? year measure basis **factor_run",
        "changes=effects cost_gbp england winners losers unchanged",
        "per_head=head_words left_alone rows",
    )

    ROWS = "rows"
    MAIN = "cost_gbp winners losers unchanged"
    measure = BLOCK

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

    @property
    def basis(self) -> Basis:
        """Derived from published cells, or estimated on the factors of the user."""
        return "estimated" if self.factors else "derived"

    @property
    def factor_run(self) -> FactorRun | dict[str, Any]:
        """The factors it was computed on, if any."""
        return self.factors or {}

    @property
    def england(self) -> dict[str, Any]:
        """The block of England before and under the scenario."""
        return {
            "baseline_gbp": math.fsum(self.arrays.published_total),
            "scenario_gbp": math.fsum(self.scenario_gbp),
            "figure_id": self.figure_id(ENGLAND),
        }

    @property
    def unchanged(self) -> int:
        """Authorities whose block changes by less than half a penny."""
        return len(self.arrays) - self.winners - self.losers

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
        counts = (
            (self.winners, "gains" if self.winners == 1 else "gain"),
            (self.losers, "loses" if self.losers == 1 else "lose"),
            (self.unchanged, "unchanged"),
        )
        return ", ".join(f"{count} {what}" for count, what in counts if count)

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

    def to_polars(self) -> pl.DataFrame:
        """Return one row an authority, sorted by code: the keys of `rows`, amounts not rounded."""
        import polars as pl

        rows = [flatten_row(row) for row in self.as_rows()]
        return pl.DataFrame(rows, infer_schema_length=None).sort("la_code")


def run_scenario(
    store: Store, scenario: Scenario | str | Mapping[str, Any], year: FinancialYear | None = None
) -> ScenarioResult:
    """Compute a scenario for every authority of a year.

    Parameters
    ----------
    scenario : Scenario, str or mapping
        One, or several combined; the name of one that ships or the path of a file, a+b for a and then b; or a reform
        as a mapping of kinds of change and their parameters, such as `{"gains_limit": 0.5}`, checked as a file is.
    year : FinancialYear, optional
        Also as 2023-24 or 2023; may be left out where the scenario is for one year only.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year, or the scenario is not for it; names those that it is for.
    FormulaError
        If a change cannot be computed for it, or it needs factors and none have been
        ingested; or there is no such scenario, kind of change or parameter, with the nearest.

    Examples
    --------
    >>> import hnf
    >>> hnf.run_scenario(hnf.Store(), {"remove_gains_limit": True}, "2023-24").counts_in_words
    '30 gain, 121 unchanged'
    """
    year = None if year is None else FinancialYear.of(year)
    if isinstance(scenario, Mapping):
        scenario = reform(scenario, year)
    elif isinstance(scenario, str):
        scenario = combine(find_scenarios([scenario]))
    if not isinstance(scenario, Scenario):
        raise UsageError(f"'{str(scenario)[:40]}' is no scenario", todo="Give a name, a path or a mapping of changes.")
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
    from hnf.factors.ingested import load_factors
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
    """Return the block by factors in the shape of the published one; a factor file has no counts of pupils or plans."""
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
        editions="",
        absent_terms=(),
        whole_areas={},
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
    """Return the year to compute: the one asked for, or the only one of the scenario."""
    listed = ", ".join(str(known) for known in scenario.years)
    year = None if year is None else FinancialYear.of(year)
    if year is None and len(scenario.years) == 1:
        return scenario.years[0]
    if year is None:
        raise UsageError(f"the scenario {scenario.name} is for several years", todo=f"Give --year, one of {listed}.")
    if year not in scenario.years:
        raise UsageError(
            f"the scenario {scenario.name} is not for {year}",
            todo=f"It is for {listed}; a file of yours may name other years.",
        )
    return year


def scenario_id(name: str, year: FinancialYear, area: str) -> str:
    """Return the id of a block under a scenario that ships; area is a code or `england`."""
    return f"scenario:{name}:{year}:{area}"


def _ranks(rates: FloatArray) -> list[int | None]:
    """Rank rates from the lowest, equal ones sharing the better rank; None where there is no rate."""
    rounded = np.round(rates, _RATE_DECIMALS)
    return [None if np.isnan(rate) else 1 + int((rounded < rate).sum()) for rate in rounded]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _pence(pounds: Sequence[float] | FloatArray) -> float:
    """Add up and round to the penny; never minus nothing."""
    return round(math.fsum(pounds), 2) + 0.0


# The block of an authority under a scenario that ships, as a figure with the published cells it rests on.
#
# Ids are `scenario:<name>:<year>:<area>`: the name of a scenario or of several joined by `+`, a code, several
# joined by `+`, the ONS code of a region or `england`.

_CELLS = {BLOCK: (TOTAL,), BASIC_ENTITLEMENT: ("basic_entitlement_rate", "basic_entitlement_pupils")}


def by_region(store: Store, found: ScenarioResult) -> list[dict[str, Any]]:
    """Return a scenario added up by region, one dict a region and England last, the largest gain first.

    Returns
    -------
    list of dict
        area_code, area_name, period, measure (block), baseline_gbp, scenario_gbp, change_gbp, change_pct,
        change_per_head_gbp, winners, losers, authorities, unit, basis, figure_id.

    Examples
    --------
    >>> import hnf
    >>> store = hnf.Store()
    >>> hnf.by_region(store, hnf.run_scenario(store, "no_gains_limit", "2023-24"))[-1]["area_name"]
    'England'
    """
    known, rows = Authorities.of(store), []
    for code, area in known.groups.items():
        own = [row for row in found.rows if row["la_code"] in known.members(code)]
        if own:
            place = {"area_code": code, "area_name": area.name}
            rows.append(place | _added(found, own) | {"figure_id": found.figure_id(code)})
    return sorted(rows, key=lambda row: (row["area_code"] == ENGLAND, -row["change_gbp"]))


def by_constituency(store: Store, found: ScenarioResult) -> list[dict[str, Any]]:
    """Return a scenario by constituency: what its authorities gain or lose, the largest gain per head first.

    Money is decided for whole authorities, and no share of one is worked out for a constituency: a row has the figures
    of the authority it is in, or of all that it touches together with the lowest and highest of them.

    Returns
    -------
    list of dict
        area_code, area_name, mp_name, party, as_at, la_codes, la_names, those of `by_region`, the lowest and highest
        change per head of its authorities, without_allocation (codes of those that have none), and figure_ids.

    Examples
    --------
    >>> import hnf
    >>> store = hnf.Store()
    >>> len(hnf.by_constituency(store, hnf.run_scenario(store, "no_gains_limit", "2023-24")))
    543
    """
    known, own = Authorities.of(store), {row["la_code"]: row for row in found.rows}
    rows = []
    for one in constituencies(store):
        members = [own[code] for code in one.la_codes if code in own]
        if not members:
            continue
        rates = [row["change_per_head_gbp"] for row in members if row["change_per_head_gbp"] is not None]
        rows.append(
            {
                **{"area_code": one.code, "area_name": one.name, "mp_name": one.mp_name, "party": one.party},
                **{"as_at": one.as_at, "la_codes": list(one.la_codes)},
                "la_names": [known[code].name for code in one.la_codes],
                **_added(found, members),
                "lowest_change_per_head_gbp": min(rates, default=None),
                "highest_change_per_head_gbp": max(rates, default=None),
                "without_allocation": [code for code in one.la_codes if code not in own],
                "figure_id": found.figure_id("+".join(row["la_code"] for row in members)),
                "figure_ids": [row["figure_id"] for row in members if row["figure_id"]],
            }
        )
    return sorted(rows, key=lambda row: (-(row["change_per_head_gbp"] or 0.0), row["area_name"]))


def _added(found: ScenarioResult, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the block of some authorities together, before and under the scenario."""
    before, after, change = (math.fsum(row[f"{key}_gbp"] for row in rows) for key in ("baseline", "scenario", "change"))
    places = [found.arrays.la_codes.index(row["la_code"]) for row in rows]
    heads = math.fsum(float(found.arrays.heads_ons[place]) for place in places)
    return {
        "period": str(found.year),
        "measure": "block",
        "baseline_gbp": before,
        "scenario_gbp": after,
        "change_gbp": change,
        "change_pct": change / before * 100 if before else None,
        "change_per_head_gbp": _or_none(change / heads) if heads else None,
        "winners": sum(row["change_gbp"] >= HALF_A_PENNY for row in rows),
        "losers": sum(row["change_gbp"] <= -HALF_A_PENNY for row in rows),
        "authorities": len(rows),
        "unit": "gbp",
        "basis": found.basis,
    }


def scenario_figure(store: Store, name: str, year: FinancialYear, area: str) -> Figure:
    """Return a block under a scenario that ships as a figure.

    Parameters
    ----------
    name : str
        Of the scenario, or of several joined by `+`.
    area : str
        Three-digit code, several with + between them, ONS code of a region or `england`.

    Raises
    ------
    FormulaError
        If there is no such scenario, or it is not for the year.
    UsageError
        If the authority had no allocation in the year.
    """
    found = run_scenario(store, combine([read_scenario(library_path(part)) for part in name.split(JOIN)]), year)
    codes = found.arrays.la_codes
    known = Authorities.of(store)
    if area in known.groups or "+" in area:
        own = [place for place, code in enumerate(codes) if code in known.members(area)]
        if area not in known.groups and len(own) < len(known.members(area)):
            raise UsageError(f"not all of {area} had an allocation in {year}")
        value = math.fsum(float(found.scenario_gbp[place]) for place in own)
        inputs = tuple(scenario_id(name, year, codes[place]) for place in own)
        which = "these authorities" if "+" in area else f"all authorities{'' if area == ENGLAND else ' of the region'}"
        derivation = f"sum of {which} under the scenario"
    elif area in codes:
        value, inputs = float(found.scenario_gbp[codes.index(area)]), _inputs(store, found, area)
        derivation = "block as printed, then: " + "; ".join(effect.in_words for effect in found.effects)
    else:
        raise UsageError(f"{area_name(store, area)} had no allocation in {year}")
    return Figure(
        id=scenario_id(name, year, area),
        label=f"High needs block, {area_name(store, area)}, {year}, if: {found.scenario.title}",
        value=value,
        unit="gbp",
        basis="derived",
        inputs=inputs,
        derivation=derivation,
    )


def _inputs(store: Store, found: ScenarioResult, la_code: str) -> tuple[str, ...]:
    """Return the cells behind an authority's amount: everyone's, where a change shares money between authorities."""
    wanted = [effect.change for effect in found.effects]
    codes = found.arrays.la_codes if any(is_shared(change) for change in wanted) else (la_code,)
    own = formula_id(store, found.year, la_code, TOTAL)
    ids = (id_ for change in wanted for id_ in _cells(store, found.year, change, codes))
    return tuple(dict.fromkeys((own, *ids)))


def is_shared(change: Change) -> bool:
    """Whether what an authority gets depends on the figures of the others."""
    if change.kind == "minimum_rate":
        return "rate_gbp" not in change.parameters or change.choice("financed_by") == "rest"
    return change.kind not in ("uplift", "gains_limit")


def _cells(store: Store, year: FinancialYear, change: Change, codes: tuple[str, ...]) -> Iterable[str]:
    terms = _CELLS.get(change.term, (change.term,))
    per = change.choice("per")
    if change.kind == "gains_limit" or per == "flat_share":
        terms = (*terms, BEFORE_GAINS_LIMIT)
    counts: dict[str, tuple[str, ...]] = {}
    if per not in ("", "flat_share"):
        counts = denominator_amounts(store, count_spec(year, per, change.choice("population") or "ons")).inputs
    for code in codes:
        yield from (formula_id(store, year, code, term) for term in terms)
        yield from counts.get(code, ())
