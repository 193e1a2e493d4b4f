"""Finds the proxy pot with which the national total comes out: floor money is paid for inside it, by a smaller pot.

What all authorities get together never falls as the pot grows, and is a line with kinks where an authority leaves its
floor or reaches its limit. One root is therefore enough, and a bracket is known beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from hnf.errors import FormulaError
from hnf.formula.factor_inputs import FloatArray

#: Half a penny: a total that differs by less is the same total.
_SAME_TOTAL_GBP = 0.005
#: The pot is found to a millionth of a pound, or to the last bits of a float64 where that is coarser.
_POT_TOLERANCE_GBP = 1e-6
#: An authority with next to no share makes the bracket very wide; halving it takes more steps than scipy's 100.
_MOST_STEPS = 2_000


def solve_proxy_pot(
    quantum_gbp: float,
    historic_gbp: FloatArray,
    share: FloatArray,
    floor_gbp: FloatArray,
    limit_gbp: FloatArray,
) -> float:
    """Return the proxy pot, £, with which the amounts after floor and limit add up to the quantum.

    Parameters
    ----------
    quantum_gbp : float
        National total of the elements inside floor and gains limit.
    historic_gbp : array of shape (n,)
        Historic spend factor.
    share : array of shape (n,)
        Each authority's share of the whole pot; adds up to 1.
    floor_gbp, limit_gbp : array of shape (n,)
        Least and most that each authority may get; the most is infinite for all where there is no gains limit.

    Returns
    -------
    float
        £. Where several pots give the quantum because every authority is bound, one of them: the amounts are the same.

    Raises
    ------
    FormulaError
        If no pot gives the quantum: historic spend and floors alone exceed it, or the limits stop short of it.
    """

    def total(pot_gbp: float) -> float:
        # Exact summation: the order of the authorities must not decide between pots that give the same total.
        return math.fsum(np.clip(historic_gbp + pot_gbp * share, floor_gbp, limit_gbp))

    largest_pot = _largest_pot(quantum_gbp, historic_gbp, share, limit_gbp)
    least, most = total(0.0), total(largest_pot)
    _refuse_out_of_reach(quantum_gbp, least, most, float(floor_gbp.sum()))
    if least >= quantum_gbp:
        return 0.0
    return largest_pot if most <= quantum_gbp else _root(lambda pot: total(pot) - quantum_gbp, largest_pot)


def _refuse_out_of_reach(quantum_gbp: float, least_gbp: float, most_gbp: float, floors_gbp: float) -> None:
    if least_gbp > quantum_gbp + _SAME_TOTAL_GBP:
        raise FormulaError(
            f"historic spend and funding floors alone come to £{least_gbp:,.0f}, "
            f"over the quantum of £{quantum_gbp:,.0f} (the floors to £{floors_gbp:,.0f})",
            todo="Raise the quantum, or lower funding_floor_pct or historic_spend_share.",
        )
    if most_gbp < quantum_gbp - _SAME_TOTAL_GBP:
        raise FormulaError(
            f"with every authority that has a share of the proxies on its gains limit the total is £{most_gbp:,.0f}, "
            f"short of the quantum of £{quantum_gbp:,.0f}",
            todo="Lower the quantum or raise gains_limit_pct.",
        )


def _largest_pot(quantum_gbp: float, historic_gbp: FloatArray, share: FloatArray, limit_gbp: FloatArray) -> float:
    """Return a pot that is never too small: one that brings everyone with a share to the limit.

    Without a gains limit the quantum itself is such a pot, because the shares add up to 1.
    """
    if np.isinf(limit_gbp).any():
        return max(quantum_gbp, 0.0)
    gets_some = share > 0
    pots = (limit_gbp[gets_some] - historic_gbp[gets_some]) / share[gets_some]
    return max(float(pots.max()), 0.0)


def _root(excess: Callable[[float], float], largest_pot: float) -> float:
    # Loading scipy.optimize takes longer than any query: only a run of the engine pays for it.
    from scipy.optimize import brentq

    precision = 4 * np.finfo(np.float64).eps
    return float(brentq(excess, 0.0, largest_pot, xtol=_POT_TOLERANCE_GBP, rtol=precision, maxiter=_MOST_STEPS))
