"""How each kind of change is computed from the published block: one entry, one function of `hnf.formula.changes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from hnf.errors import FormulaError
from hnf.formula import changes
from hnf.formula.block_arrays import BlockArrays
from hnf.formula.change_schema import Change
from hnf.formula.changes import Number, State
from hnf.results import FloatArray


def apply_change(arrays: BlockArrays, state: State, change: Change) -> State:
    """Return the state after a change.

    Parameters
    ----------
    arrays : BlockArrays
        n authorities.
    state : Mapping
        £ of shape (..., n) by term.
    change : Change
        Its numbers are floats, or arrays of shape (..., 1).

    Returns
    -------
    Mapping
        Another state; the one given stays as it is.

    Raises
    ------
    FormulaError
        If the change needs what the year does not print, needs factors, or cannot be paid for.
    """
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
        before = changes.require_before_limit(arrays)
        below = np.flatnonzero(before < arrays.nff_in_protection)
        return {arrays.la_codes[place]: "its column G is printed below its column A, which it keeps" for place in below}
    if change.choice("per") in ("", "flat_share"):
        return {}
    return arrays.without_count(change.choice("per"), change.choice("population") or "ons")


def scenario_totals(arrays: BlockArrays, wanted: tuple[Change, ...]) -> FloatArray:
    """Return the block after changes in the order given, £ of shape (..., n)."""
    state = changes.published_state(arrays)
    for change in wanted:
        state = apply_change(arrays, state, change)
    return changes.block_total(arrays, state)


def reference_rate(arrays: BlockArrays, change: Change, which: str) -> float:
    """Return the published average or median rate of a change's term per its head, pupil or plan, £.

    Parameters
    ----------
    arrays : BlockArrays
    change : Change
        With term, per and population.
    which : str
        `average` (all pounds over all counts) or `median`.
    """
    amount = changes.published_amount(arrays, change.term)
    count = _count(arrays, change)
    counted = ~np.isnan(count)
    if which == "average":
        return float(amount[counted].sum() / count[counted].sum())
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
        return changes.require_before_limit(arrays)
    return _count(arrays, change)


def _count(arrays: BlockArrays, change: Change) -> FloatArray:
    return arrays.count(change.choice("per"), change.choice("population") or "ons")


def _uplift(arrays: BlockArrays, state: State, change: Change) -> State:
    return changes.uplift(arrays, state, pct=change.number("pct"), term=change.term)


def _gains_limit(arrays: BlockArrays, state: State, change: Change) -> State:
    return changes.lift_gains_limit(arrays, state, share=change.number("share_removed"))


def _minimum(arrays: BlockArrays, state: State, change: Change) -> State:
    return changes.raise_to_minimum(
        arrays,
        state,
        rate_gbp=minimum_rate(arrays, change),
        count=_count(arrays, change),
        term=change.term,
        from_the_rest=change.choice("financed_by") == "rest",
    )


def _equal(arrays: BlockArrays, state: State, change: Change) -> State:
    weight = weight_of(arrays, change)
    return changes.share_equally(arrays, state, pct=change.number("pct"), weight=weight, term=change.term)


def _hold(arrays: BlockArrays, state: State, change: Change) -> State:
    return changes.hold_total(arrays, state, term=change.term)


_APPLY: Mapping[str, Callable[[BlockArrays, State, Change], State]] = {
    "uplift": _uplift,
    "gains_limit": _gains_limit,
    "minimum_rate": _minimum,
    "equal_rate": _equal,
    "additional": _equal,
    "hold_total": _hold,
}
