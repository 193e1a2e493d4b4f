"""What drives the variance of each authority's result: Sobol indices of first order and in total.

The first-order index of a parameter is the part of the variance that would go if that parameter alone were known; the
total index is the part that would stay if all others were known. Estimators, on Saltelli's design: Saltelli and
others (2010), table 2 (b), for the first order, and Jansen (1999), table 2 (f) there, for the total: those of
`scipy.stats.sobol_indices`. An estimate may be slightly below 0 or above 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hnf.formula.sweep_pieces import Piece, Sweep
from hnf.results import FloatArray

ESTIMATOR = "first order: Saltelli and others (2010), table 2 (b); total: Jansen (1999), table 2 (f) there"
#: Spread, relative to the largest change of any authority, below which an authority does not vary at all.
_STILL = 1e-9


@dataclass(frozen=True)
class Indices:
    """Sobol indices of every authority.

    Parameters
    ----------
    first_order, total : array of shape (n, parameters)
        NaN for an authority whose amount no parameter changes.
    """

    first_order: FloatArray
    total: FloatArray


class IndexDesign:
    """Collects the results of the design, in any order, and computes the indices."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._results = np.empty((sweep.index_count, len(sweep.model.la_codes)))

    def add(self, piece: Piece) -> None:
        """Take a piece of the design."""
        first = piece.stretch.first
        self._results[first : first + piece.stretch.count] = piece.change_gbp

    def indices(self) -> Indices:
        """Return the indices, once all pieces are there."""
        blocks = self._results.reshape(-1, self._sweep.index_base, self._results.shape[1])
        a, b = blocks[0], blocks[1]
        both = blocks[:2].reshape(-1, a.shape[1])
        still = both.max(axis=0) - both.min(axis=0) <= _STILL * max(float(np.abs(both).max()), 1.0)
        centre = both.mean(axis=0)
        variance = np.where(still, np.nan, both.var(axis=0))
        first_order = [((b - centre) * (mixed - a)).mean(axis=0) / variance for mixed in blocks[2:]]
        total = [((a - mixed) ** 2).mean(axis=0) / (2 * variance) for mixed in blocks[2:]]
        return Indices(np.column_stack(first_order), np.column_stack(total))
