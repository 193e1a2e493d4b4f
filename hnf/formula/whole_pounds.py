"""Rounds shares of an amount to whole pounds so that they still add up to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hnf.errors import FormulaError
from hnf.results import FloatArray


def share_in_whole_pounds(total_gbp: int, weights: FloatArray) -> NDArray[np.int64]:
    """Share an amount by weights, in whole pounds that add up to it.

    Everyone gets the share rounded down; the pounds left over go to the largest remainders, in order where equal.

    Parameters
    ----------
    total_gbp : int
        The amount.
    weights : array of shape (n,)
        None below 0, some above.

    Returns
    -------
    array of int of shape (n,)
        £.

    Raises
    ------
    FormulaError
        If a weight is negative or not a number, or all are 0.
    """
    whole = float(weights.sum())
    if not np.isfinite(whole) or (weights < 0).any() or whole <= 0:
        raise FormulaError("an amount can be shared only by weights of 0 or more, one of them above 0")
    shares = total_gbp * (weights / whole)
    pounds = np.floor(shares).astype(np.int64)
    left = total_gbp - int(pounds.sum())
    order = np.argsort(-(shares - pounds), kind="stable")
    pounds[order[:left]] += 1
    return pounds
