"""The scenarios of a sweep computed piece by piece: what one worker does, with nothing but what it is handed.

A piece is a stretch of the sample. Within it, scenarios go through the formula a few at a time, so that the arrays stay
in the processor's cache. Every number of a scenario depends on that scenario alone: results are the same to the last
bit whatever the pieces, their order and who computes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hnf.formula.sweep_model import BlockModel
from hnf.formula.sweep_parameters import VariedParameter
from hnf.formula.sweep_samples import Sample, saltelli_points
from hnf.results import FloatArray

#: How many of the lowest authorities are counted.
LOWEST = 10
#: £ per head within which two authorities are level: those raised to the same minimum differ by rounding only.
LEVEL_GBP = 1e-6
#: Bytes of one array of scenarios × authorities that goes through the formula at a time.
CACHE_BYTES = 128 * 1024
_FLOAT_BYTES = 8


@dataclass(frozen=True)
class Sweep:
    """What is computed.

    Parameters
    ----------
    model : BlockModel
        The formula with its changes.
    parameters : tuple of VariedParameter
        In the order of the points' dimensions.
    sample : Sample
        The scenarios.
    index_base : int
        Rows of matrix A for the indices of what drives the variance, a power of two; 0 for no indices.
    identity : str
        Text that differs whenever model or parameters do: guards the resumption of a run.
    """

    model: BlockModel
    parameters: tuple[VariedParameter, ...]
    sample: Sample
    index_base: int
    identity: str

    @property
    def index_count(self) -> int:
        """Points of the design for the indices."""
        return self.index_base * (len(self.parameters) + 2)


@dataclass(frozen=True)
class Stretch:
    """Consecutive points of the sample, or of the design for the indices."""

    first: int
    count: int
    for_indices: bool = False


@dataclass(frozen=True)
class Piece:
    """The results of a stretch.

    Parameters
    ----------
    stretch : Stretch
        Which scenarios.
    values : array of shape (count, parameters)
        What each parameter was.
    change_gbp : array of shape (count, n)
        Amounts less the baseline.
    lowest_counts : array of int of shape (n,)
        In how many of the scenarios the authority was among the lowest ten per head; zeros for indices.
    """

    stretch: Stretch
    values: FloatArray
    change_gbp: FloatArray
    lowest_counts: np.ndarray[tuple[int], np.dtype[np.int64]]


def stretches(total: int, at_a_time: int, *, for_indices: bool = False) -> list[Stretch]:
    """Split so many points into stretches of at most `at_a_time`."""
    return [Stretch(first, min(at_a_time, total - first), for_indices) for first in range(0, total, max(at_a_time, 1))]


def compute_piece(sweep: Sweep, stretch: Stretch, rows_at_a_time: int | None = None) -> Piece:
    """Compute the scenarios of a stretch.

    Parameters
    ----------
    sweep : Sweep
    stretch : Stretch
    rows_at_a_time : int, optional
        Scenarios that go through the formula together; as many as the cache holds by default.
    """
    model = sweep.model
    values = _values(sweep, stretch)
    baseline, heads = model.baseline_gbp, model.heads
    change = np.empty((stretch.count, baseline.size))
    counts = np.zeros(baseline.size, dtype=np.int64)
    step = rows_at_a_time or max(1, CACHE_BYTES // (_FLOAT_BYTES * baseline.size))
    for start in range(0, stretch.count, step):
        rows = slice(start, min(start + step, stretch.count))
        amounts = change[rows]
        named = {
            parameter.name: np.ascontiguousarray(values[rows, place])
            for place, parameter in enumerate(sweep.parameters)
        }
        model.amounts(named, amounts)
        if not stretch.for_indices:
            counts += _count_lowest(amounts, heads)
        amounts -= baseline
    return Piece(stretch, values, change, counts)


def _values(sweep: Sweep, stretch: Stretch) -> FloatArray:
    dimensions = len(sweep.parameters)
    if stretch.for_indices:
        points = saltelli_points(dimensions, sweep.index_base, sweep.sample.seed, stretch.first, stretch.count)
    else:
        points = sweep.sample.points(stretch.first, stretch.count)
    columns = [parameter.quantiles(points[:, place]) for place, parameter in enumerate(sweep.parameters)]
    return np.column_stack(columns)


def _count_lowest(amounts: FloatArray, heads: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Count the scenarios with each authority among the lowest ten per head; ties for the tenth place count."""
    per_head = amounts / heads
    per_head[:, np.isnan(heads)] = np.inf
    place = min(LOWEST, heads.size) - 1
    tenth = np.partition(per_head, place, axis=1)[:, place : place + 1]
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = np.count_nonzero(
        (per_head <= tenth + LEVEL_GBP) & np.isfinite(per_head), axis=0
    )
    return found
