"""Splits the change of a product between its factors, so that the parts add up to the whole.

In a stated order, each factor in turn goes from its old value to its new one while those before it are new already and
those after it still old. The order-free way (Shapley) is the average over all orders.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations

#: All orders are walked through; there are 720 of six factors.
_MOST_FACTORS = 6


def split_in_order(before: Sequence[float], after: Sequence[float], order: Sequence[int] | None = None) -> list[float]:
    """Return the part of each factor in the change of the product when they change one after another.

    Parameters
    ----------
    before, after : sequence of float
        The factors at both ends, in the same order.
    order : sequence of int, optional
        Positions in the order of change; as they stand by default.

    Raises
    ------
    ValueError
        If the sequences differ in length or the order is not one of their positions.
    """
    order = range(len(before)) if order is None else order
    if len(before) != len(after) or sorted(order) != list(range(len(before))):
        raise ValueError("the factors before and after and their order must match")
    now = list(before)
    parts = [0.0] * len(now)
    for position in order:
        others = math.prod(value for index, value in enumerate(now) if index != position)
        parts[position] = (after[position] - before[position]) * others
        now[position] = after[position]
    return parts


def split_shapley(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Return the part of each factor in the change of the product, as the average over all orders of change.

    Raises
    ------
    ValueError
        If the sequences differ in length or are longer than six.
    """
    if len(before) > _MOST_FACTORS:
        raise ValueError(f"a product of more than {_MOST_FACTORS} factors is not split")
    splits = [split_in_order(before, after, order) for order in permutations(range(len(before)))]
    return [math.fsum(column) / len(splits) for column in zip(*splits, strict=True)]
