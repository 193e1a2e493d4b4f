"""Funding floor and gains limit: what a rise per head on last year's baseline allows, and what it does to an amount.

Both work on £ per head aged 2 to 18: rate × baseline per head × the new population. Arrays are float64 over n
authorities.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hnf.errors import FormulaError
from hnf.results import FloatArray

_PER_CENT = 100.0


class ProtectionStatus(StrEnum):
    """Which rule decides an authority's amount, or why that cannot be said."""

    FLOOR = "floor"
    LIMIT = "limit"
    BETWEEN = "between"
    KNOWN_DIFFERENCE = "known_difference"
    NOT_CLASSED = "not_classed"
    UNEXPLAINED = "unexplained"


def protected_amount(rise_pct: float, baseline_per_head_gbp: FloatArray, population_count: FloatArray) -> FloatArray:
    """Return the amount that a rise per head on the baseline comes to: for the floor rate or for the gains limit rate.

    Parameters
    ----------
    rise_pct : float
        Rise per head, 0 to 100.
    baseline_per_head_gbp : array of shape (n,)
        Last year's baseline per head of last year's population aged 2 to 18.
    population_count : array of shape (n,)
        Population aged 2 to 18 of the year.

    Returns
    -------
    array of shape (n,)
        £.
    """
    return (1 + rise_pct / _PER_CENT) * baseline_per_head_gbp * population_count


def check_rises(funding_floor_pct: float, gains_limit_pct: float) -> None:
    """Refuse a floor above the limit: no amount could keep both.

    Raises
    ------
    FormulaError
        If the floor rate is above the limit rate.
    """
    if funding_floor_pct > gains_limit_pct:
        raise FormulaError(
            f"the funding floor of {funding_floor_pct:g}% is above the gains limit of {gains_limit_pct:g}%",
            todo="Lower funding_floor_pct or raise gains_limit_pct.",
        )


def floor_top_up(formula_gbp: FloatArray, floor_gbp: FloatArray) -> FloatArray:
    """Return what an authority needs to reach its floor, £ of shape (n,): the funding floor factor."""
    return np.maximum(floor_gbp - formula_gbp, 0.0)


def before_gains_limit(formula_gbp: FloatArray, floor_gbp: FloatArray) -> FloatArray:
    """Return the formula with the floor and before the limit, £ of shape (n,): column G of the high needs block sheet.

    The larger of the two, not a difference added back, so that an authority on the floor gets the floor exactly.
    """
    return np.maximum(formula_gbp, floor_gbp)


def gains_limit_loss(before_limit_gbp: FloatArray, limit_gbp: FloatArray) -> FloatArray:
    """Return what the gains limit takes, £ of shape (n,): column G less column A."""
    return np.maximum(before_limit_gbp - limit_gbp, 0.0)


def in_protection(before_limit_gbp: FloatArray, limit_gbp: FloatArray) -> FloatArray:
    """Return the amount after floor and limit, £ of shape (n,): column A of the high needs block sheet."""
    return np.minimum(before_limit_gbp, limit_gbp)


def binding_rule(formula_gbp: FloatArray, floor_gbp: FloatArray, limit_gbp: FloatArray) -> NDArray[np.str_]:
    """Say which rule decides each authority's amount, floor, limit or between: shape (n,)."""
    above = np.where(formula_gbp > limit_gbp, ProtectionStatus.LIMIT.value, ProtectionStatus.BETWEEN.value)
    return np.where(formula_gbp < floor_gbp, ProtectionStatus.FLOOR.value, above)
