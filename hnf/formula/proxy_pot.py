"""Finds the proxy pot with which the national total comes out: floor money is paid for inside it, by a smaller pot.

What all authorities get together grows with the pot, never falls, and is a line with kinks where an authority leaves its
floor or reaches its limit. One root is therefore enough, and a bracket is known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hnf.errors import FormulaError
from hnf.formula.factor_inputs import FloatArray

#: Half a penny: a total that differs by less is the same total.
_SAME_TOTAL_GBP = 0.005
#: The pot is found to a millionth of a pound, or to the last bits of a float64 where that is coarser.
_POT_TOLERANCE_GBP = 1e-6


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
        Least and most that each authority may get.

    Raises
    ------
    FormulaError
        If no pot of 0 or more gives the quantum: historic spend and floors alone exceed it, or the limits stop short of it.
    """

    def total(pot_gbp: float) -> float:
        return float(np.clip(historic_gbp + pot_gbp * share, floor_gbp, limit_gbp).sum())

    least, largest_pot = total(0.0), _pot_with_all_at_limit(historic_gbp, share, limit_gbp)
    most = total(largest_pot)
    if least > quantum_gbp + _SAME_TOTAL_GBP:
        raise FormulaError(
            f"historic spend and funding floors alone come to £{least:,.0f}, over the quantum of £{quantum_gbp:,.0f} "
            f"(the floors to £{floor_gbp.sum():,.0f})",
            todo="Raise the quantum, or lower funding_floor_pct or historic_spend_share.",
        )
    if most < quantum_gbp - _SAME_TOTAL_GBP:
        raise FormulaError(
            f"with every authority that has a share of the proxies on its gains limit the total is £{most:,.0f}, short of the "
            f"quantum of £{quantum_gbp:,.0f}",
            todo="Lower the quantum or raise gains_limit_pct.",
        )
    if least >= quantum_gbp:
        return 0.0
    return largest_pot if most <= quantum_gbp else _root(lambda pot: total(pot) - quantum_gbp, largest_pot)


def _pot_with_all_at_limit(historic_gbp: FloatArray, share: FloatArray, limit_gbp: FloatArray) -> float:
    """Return the smallest pot that brings everyone with a share to the limit: a larger one changes nothing."""
    gets_some = share > 0
    pots = (limit_gbp[gets_some] - historic_gbp[gets_some]) / share[gets_some]
    return max(float(pots.max()), 0.0)


def _root(excess: Callable[[float], float], largest_pot: float) -> float:
    # Loading scipy.optimize takes longer than any query: only a run of the engine pays for it.
    from scipy.optimize import brentq

    return float(brentq(excess, 0.0, largest_pot, xtol=_POT_TOLERANCE_GBP, rtol=4 * np.finfo(np.float64).eps))
