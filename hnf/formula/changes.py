"""What a scenario may do to the block: one pure function for each kind of change.

A state maps each step of the block, and `ADJUSTMENT` for money that belongs to no step, to pounds of shape (..., n).
A change takes a state and gives a new one. Its numbers are floats, or arrays of shape (..., 1) for many scenarios at
once: every scenario is computed from its own numbers alone. A term that no change touches stays the very array that was
published, so that nothing changes to the last bit where nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from hnf.errors import FormulaError
from hnf.formula.block_arrays import BlockArrays
from hnf.formula.block_terms import ADJUSTMENT, BLOCK
from hnf.results import FloatArray

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
    """Give back a share of what the gains limit took: column A + share × (column G − column A).

    Column A is that of the state, so that nothing is given back twice. An authority whose column G is below its column
    A keeps its column A: no limit can add money.

    Parameters
    ----------
    arrays : BlockArrays
    state : Mapping
    share : float or array of shape (..., 1)
        1 removes the limit.

    Raises
    ------
    FormulaError
        If the year's tables do not print column G.
    """
    before = require_before_limit(arrays)
    lost = np.maximum(before - state["nff_in_protection"], 0.0)
    return _add(state, "nff_in_protection", share * lost)


def require_before_limit(arrays: BlockArrays) -> FloatArray:
    """Return the formula before the gains limit (column G), £ of shape (n,).

    Raises
    ------
    FormulaError
        If the year's tables do not print it.
    """
    if arrays.nff_before_gains_limit is None:
        raise FormulaError(
            f"the tables of {arrays.year} do not print the formula before the gains limit",
            todo="Use a year that prints it: 'hnf scenario list' says for which years the gains limit can be changed.",
        )
    return arrays.nff_before_gains_limit


def raise_to_minimum(
    arrays: BlockArrays, state: State, *, rate_gbp: Number, count: FloatArray, term: str, from_the_rest: bool
) -> State:
    """Raise everyone below a minimum rate to it.

    Paid for nationally, the others keep what they have. Paid for by the rest, the total is held: each authority above
    the minimum gives up the same part of what it has above it, so that nobody falls below.

    Parameters
    ----------
    arrays : BlockArrays
    state : Mapping
    rate_gbp : float or array of shape (..., 1)
        £ per head, pupil or plan.
    count : array of shape (n,)
        Heads, pupils or plans; an authority with NaN is left as it is.
    term : str
        A step or the whole block.
    from_the_rest : bool
        Who pays.

    Raises
    ------
    FormulaError
        If the rest does not have the money.
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
    """Move every authority part of the way to the same amount per head, pupil, plan or pound; the total is held.

    Parameters
    ----------
    arrays : BlockArrays
    state : Mapping
    pct : float or array of shape (..., 1)
        How much of the way, 0 to 100.
    weight : array of shape (n,)
        What the money is shared by; an authority with NaN keeps its own and the others share theirs.
    term : str
        A step or the whole block.

    Raises
    ------
    FormulaError
        If nobody has a weight.
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
    """Scale a term, or the whole block, of every authority so that its sum is again the published one.

    Raises
    ------
    FormulaError
        If nothing is left of it that could be scaled.
    """
    amount = amount_of(arrays, state, term)
    now = amount.sum(axis=-1, keepdims=True)
    if not (now > 0).all():
        raise FormulaError(f"nothing is left of {term} in {arrays.year} that could be scaled to its published sum")
    held = published_amount(arrays, term).sum()
    return _add(state, term, amount * ((held - now) / now))


def _add(state: State, term: str, pounds: FloatArray) -> State:
    place = ADJUSTMENT if term == BLOCK else term
    return {**state, place: state[place] + pounds}
