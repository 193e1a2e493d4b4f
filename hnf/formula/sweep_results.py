"""Ranges of a sweep, authority by authority, read back from its files: exact quantiles of all scenarios.

A few authorities are read at a time, so that memory stays flat however many scenarios there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hnf.formula.sweep_folder import PieceFile, read_columns
from hnf.formula.sweep_pieces import Sweep
from hnf.results import FloatArray

#: Shares of the scenarios below each quantile, by the name of the figure; interpolated between neighbours.
QUANTILES = {"least": 0.0, "p5": 0.05, "median": 0.5, "p95": 0.95, "most": 1.0}
_FLOAT_BYTES = 8


@dataclass(frozen=True)
class Ranges:
    """What the scenarios of a sweep give each authority.

    Parameters
    ----------
    change_gbp : array of shape (quantiles, n)
        Quantiles of the amount less the baseline, in the order of `QUANTILES`.
    lowest_probability : array of shape (n,)
        Share of the scenarios in which the authority is among the ten lowest per head; NaN without a population.
    """

    change_gbp: FloatArray
    lowest_probability: FloatArray


def ranges(sweep: Sweep, files: Sequence[PieceFile], memory_bytes: int) -> Ranges:
    """Compute the ranges of every authority.

    Parameters
    ----------
    sweep : Sweep
    files : sequence of PieceFile
        All pieces, in the order of the scenarios.
    memory_bytes : int
        What the columns in memory may take up; one authority is read at least.
    """
    codes, count = sweep.model.la_codes, sweep.sample.count
    at_a_time = int(np.clip(memory_bytes // (_FLOAT_BYTES * count), 1, len(codes)))
    buffer = np.empty((at_a_time, count))
    change = np.empty((len(QUANTILES), len(codes)))
    for first in range(0, len(codes), at_a_time):
        names = codes[first : first + at_a_time]
        rows = buffer[: len(names)]
        read_columns(files, names, rows)
        for place, row in enumerate(rows, start=first):
            change[:, place] = np.quantile(row, list(QUANTILES.values()), overwrite_input=True)
    counts = np.sum([file.lowest_counts for file in files], axis=0)
    return Ranges(change, np.where(np.isnan(sweep.model.heads), np.nan, counts / count))
