"""Fifths of authorities by rank: the classes of a map."""

from __future__ import annotations

from collections.abc import Iterable

#: In how many classes of equal size.
CLASSES = 5


def fifths(values: Iterable[float]) -> tuple[tuple[float, float], ...]:
    """Return the lowest and the highest value of each fifth, lowest first.

    Equal values share the better rank and so are in one class; a class that nobody is in is left out. With 151 areas
    the classes have 31, 30, 30, 30 and 30.

    Parameters
    ----------
    values : iterable of float
        One an area.

    Returns
    -------
    tuple of (float, float)
        At most five; none overlap.
    """
    ordered = sorted(values)
    first: dict[float, int] = {}
    for rank, value in enumerate(ordered):
        first.setdefault(value, rank)
    classes: dict[int, list[float]] = {}
    for value in ordered:
        classes.setdefault(first[value] * CLASSES // len(ordered), []).append(value)
    return tuple((found[0], found[-1]) for _, found in sorted(classes.items()))


def class_of(value: float, classes: tuple[tuple[float, float], ...]) -> int:
    """Return the number of the class that a value of an area is in, from 0."""
    return next(number for number, (_, high) in enumerate(classes) if value <= high)
