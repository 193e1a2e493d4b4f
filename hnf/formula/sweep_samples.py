"""The points of a sweep: any stretch of them, the same whoever computes it and in whatever pieces.

A point has one share of probability (0 to 1) for each parameter. Points come from `scipy.stats.qmc`: a scrambled Sobol
sequence, a Latin hypercube, or every combination of listed values (a grid).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hnf.results import FloatArray

#: How points may be chosen.
METHODS = ("sobol", "latin_hypercube", "grid")
#: Kept apart from the seed of the sample itself, so that indices do not rest on the same points as the ranges.
_INDEX_STREAM = 1


@dataclass(frozen=True)
class Sample:
    """A stated number of points.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    count : int
        Points in all; for a grid the product of `levels`.
    dimensions : int
        Parameters.
    seed : int
        Of the random numbers; a grid has none and does not use it.
    levels : tuple of int
        For a grid, how many values each parameter has.
    """

    method: str
    count: int
    dimensions: int
    seed: int
    levels: tuple[int, ...] = ()

    def points(self, first: int, count: int) -> FloatArray:
        """Return a stretch of the points: shape (count, dimensions).

        Parameters
        ----------
        first : int
            Number of the first point, from 0.
        count : int
            How many.
        """
        if self.method == "grid":
            return grid_points(self.levels, first, count)
        if self.method == "latin_hypercube":
            return _latin_hypercube(self.dimensions, self.count, self.seed)[first : first + count]
        return sobol_points(self.dimensions, (self.seed,), first, count)


def grid_size(levels: tuple[int, ...]) -> int:
    """Return the number of combinations."""
    return math.prod(levels)


def grid_points(levels: tuple[int, ...], first: int, count: int) -> FloatArray:
    """Return a stretch of all combinations, the last parameter changing fastest: shape (count, parameters).

    Shares are the middles of equal intervals, one for each value.
    """
    places = np.unravel_index(np.arange(first, first + count), levels)
    return np.column_stack([(place + 0.5) / level for place, level in zip(places, levels, strict=True)])


def sobol_points(dimensions: int, seed: tuple[int, ...], first: int, count: int) -> FloatArray:
    """Return a stretch of a scrambled Sobol sequence: shape (count, dimensions)."""
    from scipy.stats import qmc

    engine = qmc.Sobol(dimensions, seed=np.random.default_rng(seed))
    if first:
        engine.fast_forward(first)
        return np.asarray(engine.random(count), dtype=np.float64)
    start = engine.random(1)  # alone: a first call for any number but a power of two brings a warning
    return np.asarray(start if count == 1 else np.concatenate([start, engine.random(count - 1)]), dtype=np.float64)


def saltelli_points(dimensions: int, base: int, seed: int, first: int, count: int) -> FloatArray:
    """Return a stretch of Saltelli's design: shape (count, dimensions).

    The design has `base` rows of a matrix A, as many of a matrix B, and then for each parameter A with that one column
    taken from B: base × (dimensions + 2) points, drawn as one Sobol sequence of twice as many dimensions.

    Parameters
    ----------
    dimensions : int
    base : int
        Rows of A.
    seed : int
    first, count : int
        The stretch.
    """
    points = np.empty((count, dimensions))
    done = 0
    while done < count:
        block, row = divmod(first + done, base)
        rows = min(base - row, count - done)
        both = sobol_points(2 * dimensions, (seed, _INDEX_STREAM), row, rows)
        a, b = both[:, :dimensions], both[:, dimensions:]
        chosen = points[done : done + rows]
        chosen[:] = b if block == 1 else a
        if block > 1:
            chosen[:, block - 2] = b[:, block - 2]
        done += rows
    return points


@lru_cache(maxsize=1)
def _latin_hypercube(dimensions: int, count: int, seed: int) -> FloatArray:
    """Return a whole Latin hypercube, which cannot be drawn in pieces."""
    from scipy.stats import qmc

    points = np.asarray(qmc.LatinHypercube(dimensions, seed=np.random.default_rng(seed)).random(count))
    points.flags.writeable = False
    return points
