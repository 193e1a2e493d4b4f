"""Who is on the floor and who on the gains limit: last year's baseline per head moved up, compared with column A.

The bounds are rate × baseline per head × the new population aged 2 to 18, as `protected_amount` computes them. Nothing
is fitted: rates, baseline and populations come from parameters and published tables, and column A is only compared.
Arrays are float64 over n authorities; NaN where an authority has no baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """Return the amount, £ of shape (n,), of a rise per head (per cent) on last year's baseline per head, £.

    For the floor rate or the gains limit rate; people are those aged 2 to 18 of last year and of the year.
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
    """Return what the gains limit takes, £ of shape (n,): column G minus column A."""
    return np.maximum(before_limit_gbp - limit_gbp, 0.0)


def in_protection(before_limit_gbp: FloatArray, limit_gbp: FloatArray) -> FloatArray:
    """Return the amount after floor and limit, £ of shape (n,): column A of the high needs block sheet."""
    return np.minimum(before_limit_gbp, limit_gbp)


def binding_rule(formula_gbp: FloatArray, floor_gbp: FloatArray, limit_gbp: FloatArray) -> NDArray[np.str_]:
    """Say which rule decides each authority's amount, floor, limit or between: shape (n,)."""
    above = np.where(formula_gbp > limit_gbp, ProtectionStatus.LIMIT.value, ProtectionStatus.BETWEEN.value)
    return np.where(formula_gbp < floor_gbp, ProtectionStatus.FLOOR.value, above)


#: Pounds: column A is rounded to the pound each year, so that a rise on a rounded baseline may be off by this much.
TOLERANCE_GBP = 2.0


@dataclass(frozen=True)
class Bounds:
    """The least and the most that each authority may get, £, and last year's baseline per head, £; shape (n,)."""

    baseline_per_head_gbp: FloatArray
    floor_gbp: FloatArray
    limit_gbp: FloatArray


def protection_bounds(
    baseline_gbp: FloatArray,
    previous_population: FloatArray,
    population: FloatArray,
    floor_pct: float,
    limit_pct: float,
) -> Bounds:
    """Return the floor and the gains limit of every authority.

    Parameters
    ----------
    baseline_gbp : array of shape (n,)
        Last year's funding that the rise starts from.
    previous_population, population : array of shape (n,)
        People aged 2 to 18 in last year's projection and in this year's.
    floor_pct, limit_pct : float
        Least and largest rise per head, 0 to 100.
    """
    per_head = baseline_gbp / previous_population
    return Bounds(
        per_head, protected_amount(floor_pct, per_head, population), protected_amount(limit_pct, per_head, population)
    )


def protection_status(
    published_gbp: FloatArray, bounds: Bounds, tolerance_gbp: float = TOLERANCE_GBP
) -> NDArray[np.str_]:
    """Say what column A shows of floor and limit: shape (n,), values of `ProtectionStatus`.

    `unexplained` is below the floor or above the limit, `not_classed` has no bounds.
    """
    on_floor = np.abs(published_gbp - bounds.floor_gbp) <= tolerance_gbp
    on_limit = np.abs(published_gbp - bounds.limit_gbp) <= tolerance_gbp
    inside = (published_gbp > bounds.floor_gbp) & (published_gbp < bounds.limit_gbp)
    return np.select(
        [np.isnan(bounds.floor_gbp), on_floor, on_limit, inside],
        [
            ProtectionStatus.NOT_CLASSED.value,
            ProtectionStatus.FLOOR.value,
            ProtectionStatus.LIMIT.value,
            ProtectionStatus.BETWEEN.value,
        ],
        ProtectionStatus.UNEXPLAINED.value,
    )


def change_per_head_pct(published_gbp: FloatArray, bounds: Bounds, population: FloatArray) -> FloatArray:
    """Return the rise of column A per head on the baseline per head, per cent of shape (n,)."""
    return (published_gbp / population / bounds.baseline_per_head_gbp - 1) * _PER_CENT


def implied_baseline_addition(published_gbp: FloatArray, bound_gbp: FloatArray, baseline_gbp: FloatArray) -> FloatArray:
    """Return what would have to be added to the baseline for the bound to equal column A, £ of shape (n,).

    The bound is proportional to the baseline.
    """
    return baseline_gbp * (published_gbp / bound_gbp - 1)


def is_whole_places(
    published_gbp: FloatArray,
    bound_gbp: FloatArray,
    baseline_gbp: FloatArray,
    *,
    most_gbp: FloatArray,
    place_gbp: float,
    tolerance_gbp: float = TOLERANCE_GBP,
) -> NDArray[np.bool_]:
    """Say whose column A is the bound on a baseline with the money of a whole number of places added: shape (n,).

    Parameters
    ----------
    published_gbp, bound_gbp, baseline_gbp : array of shape (n,)
        Column A, the floor or the limit, and the baseline it was computed on.
    most_gbp : array of shape (n,)
        The most that can have been added: last year's special free schools money.
    place_gbp : float
        Funding of one place.
    tolerance_gbp : float
        How near column A must be.
    """
    addition = implied_baseline_addition(published_gbp, bound_gbp, baseline_gbp)
    places = np.round(addition / place_gbp)
    reproduced = bound_gbp * (1 + places * place_gbp / baseline_gbp)
    return (places >= 1) & (places * place_gbp <= most_gbp) & (np.abs(published_gbp - reproduced) <= tolerance_gbp)
