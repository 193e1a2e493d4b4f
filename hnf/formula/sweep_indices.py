"""What drives the variance of each authority's result: Sobol indices of first order and in total.

The first-order index of a parameter is the part of the variance that would go if that parameter alone were known; the
total index is the part that would stay if all others were known. Estimators, on Saltelli's design: Saltelli and
others (2010), table 2 (b), for the first order, and Jansen (1999), table 2 (f) there, for the total, as
`scipy.stats.sobol_indices` computes them. An estimate may be slightly below 0 or above 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hnf.formula.factor_inputs import FloatArray
from hnf.formula.sweep_pieces import Piece, Sweep

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
        from scipy.stats import sobol_indices

        base = self._sweep.index_base
        blocks = self._results.reshape(-1, base, self._results.shape[1]).transpose(0, 2, 1)
        spread = blocks[:2].max(axis=(0, 2)) - blocks[:2].min(axis=(0, 2))
        varies = spread > _STILL * max(float(np.abs(blocks[:2]).max()), 1.0)
        shape = (blocks.shape[1], len(self._sweep.parameters))
        first_order, total = np.full(shape, np.nan), np.full(shape, np.nan)
        if varies.any():
            moving = np.ascontiguousarray(blocks[:, varies])
            found = sobol_indices(func={"f_A": moving[0], "f_B": moving[1], "f_AB": moving[2:]}, n=base)
            first_order[varies] = np.asarray(found.first_order).reshape(-1, shape[1])
            total[varies] = np.asarray(found.total_order).reshape(-1, shape[1])
        return Indices(first_order, total)
