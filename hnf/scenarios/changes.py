"""What a scenario may do to the block: one pure function for each kind of change.

A state maps each step of the block, and `ADJUSTMENT` for money that belongs to no step, to pounds of shape (..., n).
A change takes a state and gives a new one. Its numbers are floats, or arrays of shape (..., 1) for many scenarios at
once: every scenario is computed from its own numbers alone. A term that no change touches stays the very array that was
published, so that nothing changes to the last bit where nothing is changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
import polars as pl

from hnf.errors import FormulaError
from hnf.formula.block import TOTAL, recompute
from hnf.formula.parameters import PROXIES
from hnf.measures.published import Amounts, block_frame, editions_in_words
from hnf.measures.rates import RateSpec, WholeArea, denominator_amounts, whole_areas
from hnf.measures.register import Per, Population
from hnf.results import FloatArray
from hnf.tables.store import Store
from hnf.years import FinancialYear

#: Steps of the block in the order in which they are added up.
STEP_TERMS = (
    "nff_in_protection", "basic_entitlement", "import_export", "special_free_schools", "hospital_ap", "additional",
)  # fmt: skip
BEFORE_GAINS_LIMIT = "nff_before_gains_limit"
#: The whole block, as a term that a change may name.
BLOCK = "block"
#: Money given or taken without being part of a published step.
ADJUSTMENT = "adjustment"


# The high needs block of a year as arrays over authorities: what scenarios and sweeps compute with.
#
# The steps are those that the printed formula of the year adds up, in pounds; a step that the year does not
# have is an array of zeros and is named in `absent_terms`. Counts to divide by are NaN where an authority has
# none, with the reason.

#: Counts by their name in `BlockArrays`: what money may be divided by.
_COUNTS: Mapping[str, tuple[Per, Population]] = {
    "heads_ons": ("head", "ons"),
    "heads_dfe": ("head", "dfe"),
    "pupils": ("pupil", "ons"),
    "plans": ("plan", "ons"),
}


@dataclass(frozen=True)
class BlockArrays:
    """The block of n authorities in a year, codes sorted: read-only float64 arrays of shape (n,).

    Steps are £, zeros where the year has none (`absent_terms`); column G is None where not printed. A count is NaN
    where there is none, with the reason in `excluded`; plans are those of the January when the year starts.
    """

    year: FinancialYear
    la_codes: tuple[str, ...]
    nff_in_protection: FloatArray
    basic_entitlement: FloatArray
    import_export: FloatArray
    special_free_schools: FloatArray
    hospital_ap: FloatArray
    additional: FloatArray
    nff_before_gains_limit: FloatArray | None
    heads_ons: FloatArray
    heads_dfe: FloatArray
    pupils: FloatArray
    plans: FloatArray
    published_total: FloatArray
    absent_terms: tuple[str, ...]
    excluded: Mapping[str, Mapping[str, str]]
    whole_areas: Mapping[str, tuple[WholeArea, ...]] = field(default_factory=dict)
    #: Which editions the amounts are of, where totals have a later one.
    editions: str = ""

    def __len__(self) -> int:
        return len(self.la_codes)

    @cached_property
    def steps(self) -> Mapping[str, FloatArray]:
        """The steps by term, in the order of `STEP_TERMS`."""
        return {term: getattr(self, term) for term in STEP_TERMS}

    def count(self, per: str, population: str = "ons") -> FloatArray:
        """Return what money is divided by."""
        found: FloatArray = getattr(self, count_name(per, population))
        return found

    def without_count(self, per: str, population: str = "ons") -> Mapping[str, str]:
        """Return the reason for each authority that has no such count."""
        return self.excluded[count_name(per, population)]


def count_name(per: str, population: str = "ons") -> str:
    """Return the name of a count in `BlockArrays`."""
    wanted = (per, population if per == "head" else "ons")
    for name, known in _COUNTS.items():
        if known == wanted:
            return name
    raise FormulaError(f"nothing is counted as '{per}' by '{population}'", todo="Use head, pupil or plan; ons or dfe.")


def count_spec(year: FinancialYear, per: str, population: str = "ons") -> RateSpec:
    """Return the basis of a count: which population, pupils or plans it is."""
    return RateSpec(year, "block", *_COUNTS[count_name(per, population)])


def load_block_arrays(store: Store, year: FinancialYear) -> BlockArrays:
    """Return the block of every authority with an allocation in a year, computed once for a store."""
    return store.cached(("block arrays", year), lambda: _load(store, year))


def _load(store: Store, year: FinancialYear) -> BlockArrays:
    steps = recompute(store, year)
    frame = block_frame(store, year)
    terms = [name for name in steps.columns if name in STEP_TERMS]
    unknown = set(steps.columns) - {*STEP_TERMS, "area", "recomputed_gbp", "published_gbp", "difference_gbp"}
    if unknown:
        raise FormulaError(
            f"the printed formula of {year} has a step that is not known: {', '.join(sorted(unknown))}",
            todo=f"Known steps are {', '.join(STEP_TERMS)}.",
        )
    codes = tuple(steps["area"].to_list())
    zeros = np.zeros(len(codes))
    values = {term: _numbers(steps, term, year) if term in terms else zeros for term in STEP_TERMS}
    values["published_total"] = _numbers(steps.rename({"published_gbp": TOTAL}), TOTAL, year)
    counts = {name: denominator_amounts(store, RateSpec(year, "block", *basis)) for name, basis in _COUNTS.items()}
    values |= {name: _count_array(codes, amounts) for name, amounts in counts.items()}
    before = _numbers(frame, BEFORE_GAINS_LIMIT, year) if BEFORE_GAINS_LIMIT in frame.columns else None
    for array in (*values.values(), *([] if before is None else [before])):
        array.setflags(write=False)
    return BlockArrays(
        year=year,
        la_codes=codes,
        nff_before_gains_limit=before,
        absent_terms=tuple(term for term in STEP_TERMS if term not in terms),
        excluded={name: dict(amounts.excluded) for name, amounts in counts.items()},
        editions=editions_in_words(store, year),
        whole_areas={
            name: whole_areas(store, count_spec(year, *_COUNTS[name]), amounts.excluded)
            for name, amounts in counts.items()
        },
        **values,
    )


def _numbers(frame: pl.DataFrame, term: str, year: FinancialYear) -> FloatArray:
    """Return a column as an array."""
    missing = frame.filter(pl.col(term).is_null())["area"].to_list()
    if missing:
        raise FormulaError(
            f"{term} of {year} is a symbol, not a number, for {', '.join(missing)}",
            todo="A scenario needs the amounts of every authority.",
        )
    return np.array(frame[term].to_list(), dtype=np.float64)


def _count_array(codes: tuple[str, ...], amounts: Amounts) -> FloatArray:
    return np.array([amounts.values.get(code, math.nan) for code in codes], dtype=np.float64)


State: TypeAlias = Mapping[str, FloatArray]
#: A number of a change: one, or one for each of many scenarios with shape (..., 1).
Number: TypeAlias = "float | FloatArray"

_PER_CENT = 100.0
#: Pounds by which a minimum may exceed the money there is: sums of thousands of millions are rounded.
_ROUNDING_GBP = 1e-4


def published_state(arrays: BlockArrays) -> State:
    """Return the block as published: its steps, and no adjustment."""
    return {**arrays.steps, ADJUSTMENT: np.zeros(len(arrays))}


def block_change(arrays: BlockArrays, state: State) -> FloatArray:
    """Return the change of the block since it was published, £ of shape (..., n); exactly 0 where no term changed."""
    change = state[ADJUSTMENT]
    for term, published in arrays.steps.items():
        if state[term] is not published:
            change = change + (state[term] - published)
    return change


def block_total(arrays: BlockArrays, state: State) -> FloatArray:
    """Return the block of a state: the total as printed and what changed since, £ of shape (..., n)."""
    return arrays.published_total + block_change(arrays, state)


def amount_of(arrays: BlockArrays, state: State, term: str) -> FloatArray:
    """Return a term of a state, or the whole block, £ of shape (..., n)."""
    return block_total(arrays, state) if term == BLOCK else state[term]


def published_amount(arrays: BlockArrays, term: str) -> FloatArray:
    """Return a term, or the whole block, as published, £ of shape (n,)."""
    return arrays.published_total if term == BLOCK else arrays.steps[term]


def uplift(arrays: BlockArrays, state: State, *, pct: Number, term: str) -> State:
    """Raise a term, or the whole block, of every authority by a percentage."""
    amount = amount_of(arrays, state, term)
    return _add(state, term, amount * (pct / _PER_CENT))


def lift_gains_limit(arrays: BlockArrays, state: State, *, share: Number) -> State:
    """Give back a share (1: all) of what the gains limit took: column A + share × (column G − column A)."""
    before = require_before_limit(arrays)
    lost = np.maximum(before - state["nff_in_protection"], 0.0)
    return _add(state, "nff_in_protection", share * lost)


def require_before_limit(arrays: BlockArrays) -> FloatArray:
    """Return the formula before the gains limit (column G), £ of shape (n,)."""
    if arrays.nff_before_gains_limit is None:
        raise FormulaError(
            f"the tables of {arrays.year} do not print the formula before the gains limit",
            todo="Use a year that prints it: 'hnf scenario list' says for which years the gains limit can be changed.",
        )
    return arrays.nff_before_gains_limit


def raise_to_minimum(
    arrays: BlockArrays, state: State, *, rate_gbp: Number, count: FloatArray, term: str, from_the_rest: bool
) -> State:
    """Raise everyone below a minimum rate, £ per head, pupil or plan, to it.

    `rate_gbp` may have the shape (..., 1); an authority whose count is NaN is left as it is. With `from_the_rest` the
    others pay, else England does.
    """
    amount = amount_of(arrays, state, term)
    above = amount - rate_gbp * np.where(np.isnan(count), 0.0, count)
    counted = ~np.isnan(count)
    shortfall = np.where(counted, np.maximum(-above, 0.0), 0.0)
    if not from_the_rest:
        return _add(state, term, shortfall)
    excess = np.where(counted, np.maximum(above, 0.0), 0.0)
    wanted, there = shortfall.sum(axis=-1, keepdims=True), excess.sum(axis=-1, keepdims=True)
    if (wanted > there + _ROUNDING_GBP).any():
        most = float(np.min(np.where(counted, amount, 0.0).sum(axis=-1)) / count[counted].sum())
        raise FormulaError(
            f"the rest cannot pay for a minimum of £{float(np.max(rate_gbp)):,.2f}",
            todo=f'The most they can is £{most:,.2f}, the same for all; or let financed_by be "national".',
        )
    part = np.divide(wanted, there, out=np.zeros_like(wanted), where=there > 0)
    return _add(state, term, shortfall - part * excess)


def share_equally(arrays: BlockArrays, state: State, *, pct: Number, weight: FloatArray, term: str) -> State:
    """Move all part of the way (per cent) to the same amount per head, pupil, plan or pound; the total is held.

    `pct` may have the shape (..., 1); an authority whose weight is NaN keeps its own and the others share theirs.
    """
    amount = amount_of(arrays, state, term)
    counted = ~np.isnan(weight)
    parts = np.where(counted, weight, 0.0)
    if not parts.sum() > 0:
        raise FormulaError(f"no authority of {arrays.year} has anything to share {term} by")
    pot = np.where(counted, amount, 0.0).sum(axis=-1, keepdims=True)
    distance = np.where(counted, pot * (parts / parts.sum()) - amount, 0.0)
    return _add(state, term, (pct / _PER_CENT) * distance)


def hold_total(arrays: BlockArrays, state: State, *, term: str) -> State:
    """Scale a term, or the whole block, of every authority so that its sum is again the published one."""
    amount = amount_of(arrays, state, term)
    now = amount.sum(axis=-1, keepdims=True)
    if not (now > 0).all():
        raise FormulaError(f"nothing is left of {term} in {arrays.year} that could be scaled to its published sum")
    held = published_amount(arrays, term).sum()
    return _add(state, term, amount * ((held - now) / now))


def _add(state: State, term: str, pounds: FloatArray) -> State:
    place = ADJUSTMENT if term == BLOCK else term
    return {**state, place: state[place] + pounds}


# The kinds of change that a scenario may hold: purpose, parameters, their units and ranges.
#
# What a file may say follows from here alone.

Unit = Literal["pct", "share", "gbp", "choice"]
Value: TypeAlias = "float | str | FloatArray"

#: Terms that a change may name. Import/export is left out: it nets to about nothing, so that no part can be shared.
TERMS = (BLOCK, *(term for term in STEP_TERMS if term != "import_export"))
PERS = ("head", "pupil", "plan")
_MOST_GBP = 1_000_000.0
#: Terms of the kinds that are about one step only.
_OWN_TERMS: Mapping[str, str] = {"additional": "additional", "gains_limit": "nff_in_protection"}


@dataclass(frozen=True)
class ChangeParameter:
    """One parameter of a kind of change; `unit` is pct (0 to 100), share (0 to 1), gbp or choice."""

    name: str
    unit: Unit
    meaning: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A change with its numbers and choices, all checked; many scenarios at once have arrays of shape (..., 1)."""

    kind: str
    parameters: Mapping[str, Value]

    def number(self, name: str) -> Number:
        """Return a numeric parameter."""
        value = self.parameters[name]
        if isinstance(value, str):
            raise FormulaError(f"{name} of the change '{self.kind}' is '{value}', not a number")
        return value

    def choice(self, name: str) -> str:
        """Return a parameter that is a choice; empty where it does not apply."""
        return str(self.parameters.get(name, ""))

    @property
    def term(self) -> str:
        """What the change is about: a step of the block, or `block`; empty for changes of the factors."""
        return _OWN_TERMS.get(self.kind) or self.choice("term")


@dataclass(frozen=True)
class ChangeKind:
    """One kind of change, its parameters in the order of the template; of `one_of` exactly one is given."""

    name: str
    purpose: str
    parameters: tuple[ChangeParameter, ...]
    needs_factors: bool = False
    one_of: tuple[str, ...] = ()

    def parameter(self, name: str) -> ChangeParameter | None:
        """Return a parameter by name, None if there is none."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


_TERM = ChangeParameter("term", "choice", "the whole block, or one step of it", choices=TERMS)
_PER = ChangeParameter("per", "choice", "what the money is divided by", choices=PERS)
_SHARED_BY = ChangeParameter(
    "per", "choice", "what it is shared by; flat_share is the formula before the gains limit",
    choices=("flat_share", *PERS),
)  # fmt: skip
_POPULATION = ChangeParameter(
    "population", "choice",
    "heads by ONS estimate (ons) or the formula's own projection (dfe); needed per head, and only there",
    choices=("ons", "dfe"),
)  # fmt: skip
_PAYERS = ChangeParameter("financed_by", "choice", "who pays", choices=("national", "rest"))
_WAY = ChangeParameter("pct", "pct", "how much of the way to go", 0.0, 100.0)
_LEAST = (
    ChangeParameter("rate_gbp", "gbp", "the least per head, pupil or plan", 0.0, _MOST_GBP),
    ChangeParameter("pct_of_median", "pct", "the least, as a part of the published median", 0.0, 1000.0),
    ChangeParameter("pct_of_average", "pct", "the least, as a part of England's rate", 0.0, 1000.0),
)

#: Kinds in the order of the template. Those whose purpose ends in "(needs factors)" change the factor formula.
KINDS: Mapping[str, ChangeKind] = {
    name: ChangeKind(name, purpose, parameters, purpose.endswith("(needs factors)"), one_of)
    for name, purpose, parameters, one_of in (
        ("uplift", "raise the block or a step of it by a percentage for everyone",
            (ChangeParameter("pct", "pct", "the rise; below 0 for a cut", -100.0, 1000.0), _TERM), ()),
        ("gains_limit", "give back a share of what the gains limit took: from column A towards column G",
            (ChangeParameter("share_removed", "share", "1 removes the limit", 0.0, 1.0),), ()),
        ("minimum_rate", "raise everyone below a rate to it, paid nationally or by those above it",
            (*_LEAST, _TERM, _PER, _POPULATION, _PAYERS), tuple(each.name for each in _LEAST)),
        ("equal_rate", "move everyone part of the way to the same amount per head, pupil or plan; the sum is held",
            (_WAY, _TERM, _PER, _POPULATION), ()),
        ("additional", "share the additional allocation in another way; the sum is held",
            (_WAY, _SHARED_BY, _POPULATION), ()),
        ("hold_total", "scale everyone alike so that the sum is the published one again", (_TERM,), ()),
        ("funding_floor", "another least rise per head (needs factors)",
            (ChangeParameter("pct", "pct", "the least rise", 0.0, 100.0),), ()),
        ("gains_limit_rate", "another largest rise per head (needs factors)",
            (ChangeParameter("pct", "pct", "the largest rise", 0.0, 1000.0),), ()),
        ("proxy_share", "another part of the proxy pot for one proxy, the others in proportion (needs factors)",
            (ChangeParameter("proxy", "choice", "which", choices=tuple(PROXIES)),
             ChangeParameter("share", "share", "its part of the pot", 0.0, 1.0)), ()),
        ("historic_spend_share", "another part of 2017-18 spend in the formula (needs factors)",
            (ChangeParameter("share", "share", "the part that is paid", 0.0, 1.0),), ()),
    )
}  # fmt: skip


# How each kind of change is computed from the published block.


def apply_change(arrays: BlockArrays, state: State, change: Change) -> State:
    """Return another state after a change: £ of shape (..., n) by term; its numbers may have the shape (..., 1)."""
    apply = _APPLY.get(change.kind)
    if apply is None:
        raise FormulaError(
            f"the change '{change.kind}' needs the factors of every authority, which no published table here holds",
            todo="A scenario computes it on factors of yours: 'hnf ingest factors FILE', then 'hnf scenario run'.",
        )
    if change.term in arrays.absent_terms:
        raise FormulaError(
            f"the block of {arrays.year} has no step {change.term}", todo="Choose another year or another term."
        )
    return apply(arrays, state, change)


def left_alone(arrays: BlockArrays, change: Change) -> Mapping[str, str]:
    """Return the reason for each authority that a change leaves as it is because it cannot say what it would get."""
    if change.kind == "gains_limit":
        before = require_before_limit(arrays)
        below = np.flatnonzero(before < arrays.nff_in_protection)
        return {arrays.la_codes[place]: "its column G is printed below its column A, which it keeps" for place in below}
    if change.choice("per") in ("", "flat_share"):
        return {}
    return arrays.without_count(change.choice("per"), change.choice("population") or "ons")


def scenario_totals(arrays: BlockArrays, wanted: tuple[Change, ...]) -> FloatArray:
    """Return the block after changes in the order given, £ of shape (..., n)."""
    state = published_state(arrays)
    for change in wanted:
        state = apply_change(arrays, state, change)
    return block_total(arrays, state)


def reference_rate(arrays: BlockArrays, change: Change, which: str) -> float:
    """Return the published `average` (all pounds over all counts, as England's rate) or `median` rate of a term, £."""
    amount = published_amount(arrays, change.term)
    count = _count(arrays, change)
    counted = ~np.isnan(count)
    if which == "average":
        whole = arrays.whole_areas.get(count_name(change.choice("per"), change.choice("population") or "ons"), ())
        by_area = np.isin(arrays.la_codes, [code for area in whole for code in area.funded])
        counts = count[counted & ~by_area].sum() + math.fsum(area.denominator for area in whole)
        return float(amount[counted | by_area].sum() / counts)
    return float(np.median(amount[counted] / count[counted]))


def minimum_rate(arrays: BlockArrays, change: Change) -> Number:
    """Return the minimum of a change of kind `minimum_rate`, £, whichever way it is given."""
    for which in ("median", "average"):
        if f"pct_of_{which}" in change.parameters:
            return change.number(f"pct_of_{which}") / 100.0 * reference_rate(arrays, change, which)
    return change.number("rate_gbp")


def weight_of(arrays: BlockArrays, change: Change) -> FloatArray:
    """Return what a change shares money by: heads, pupils, plans, or pounds before the gains limit."""
    if change.choice("per") == "flat_share":
        return require_before_limit(arrays)
    return _count(arrays, change)


def _count(arrays: BlockArrays, change: Change) -> FloatArray:
    return arrays.count(change.choice("per"), change.choice("population") or "ons")


def _minimum(arrays: BlockArrays, state: State, change: Change) -> State:
    return raise_to_minimum(
        arrays,
        state,
        rate_gbp=minimum_rate(arrays, change),
        count=_count(arrays, change),
        term=change.term,
        from_the_rest=change.choice("financed_by") == "rest",
    )


def _equal(arrays: BlockArrays, state: State, change: Change) -> State:
    weight = weight_of(arrays, change)
    return share_equally(arrays, state, pct=change.number("pct"), weight=weight, term=change.term)


_APPLY: Mapping[str, Callable[[BlockArrays, State, Change], State]] = {
    "uplift": lambda arrays, state, change: uplift(arrays, state, pct=change.number("pct"), term=change.term),
    "gains_limit": lambda arrays, state, change: lift_gains_limit(arrays, state, share=change.number("share_removed")),
    "minimum_rate": _minimum,
    "equal_rate": _equal,
    "additional": _equal,
    "hold_total": lambda arrays, state, change: hold_total(arrays, state, term=change.term),
}
