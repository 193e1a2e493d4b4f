"""Runs a sweep: pieces to workers, results to files, ranges and indices at the end.

Memory stays flat: it depends on the size of a piece, not on the number of scenarios (a Latin hypercube is the
exception, whose points are drawn as a whole).
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hnf.formula.sweep_folder import PieceFile, SweepFolder
from hnf.formula.sweep_indices import ESTIMATOR, IndexDesign, Indices
from hnf.formula.sweep_pieces import Piece, Stretch, Sweep, compute_piece, stretches
from hnf.formula.sweep_results import QUANTILES, Ranges, ranges
from hnf.workers import IN_FLIGHT, Workers, completed

if TYPE_CHECKING:
    import polars as pl

#: Memory for results under way, of which a piece gets its part.
MEMORY_BYTES = 64 * 1024 * 1024
_FLOAT_BYTES = 8
#: Shows how far a run has got: takes the results as they come and how many there will be, and yields them.
Watch = Callable[[Iterator[Piece], int], Iterator[Piece]]


@dataclass(frozen=True)
class SweepOutcome:
    """The results of a sweep.

    Parameters
    ----------
    sweep : Sweep
        What was computed.
    ranges : Ranges
        Quantiles and probabilities of every authority.
    indices : Indices or None
        What drives the variance; None where they were not asked for.
    folder : Path or None
        Where the scenarios stand.
    """

    sweep: Sweep
    ranges: Ranges
    indices: Indices | None
    folder: Path | None

    def facts(self) -> dict[str, Any]:
        """Say how the results came about."""
        sweep = self.sweep
        return {
            "scenarios": sweep.sample.count,
            "method": sweep.sample.method,
            "seed": sweep.sample.seed,
            "parameters": [{"name": each.name, "values": each.in_words()} for each in sweep.parameters],
            "index_points": sweep.index_count,
            "estimator": ESTIMATOR if sweep.index_base else None,
        }

    def rows(self) -> list[dict[str, Any]]:
        """One mapping an authority: baseline, quantiles of the change, probability, and indices by parameter."""
        names = [parameter.name for parameter in self.sweep.parameters]
        rows = []
        for place, code in enumerate(self.sweep.model.la_codes):
            row: dict[str, Any] = {"la_code": code, "baseline_gbp": float(self.sweep.model.baseline_gbp[place])}
            for number, quantile in enumerate(QUANTILES):
                row[f"change_{quantile}_gbp"] = float(self.ranges.change_gbp[number, place])
            row["lowest_ten_probability"] = _number(self.ranges.lowest_probability[place])
            if self.indices is not None:
                row["first_order"] = dict(zip(names, map(_number, self.indices.first_order[place]), strict=True))
                row["total"] = dict(zip(names, map(_number, self.indices.total[place]), strict=True))
            rows.append(row)
        return rows

    def tables(self) -> dict[str, pl.DataFrame]:
        """`ranges`, one row an authority, and `drivers`, one row an authority and parameter."""
        import polars as pl

        rows = self.rows()
        kept = [{key: value for key, value in row.items() if key not in ("first_order", "total")} for row in rows]
        tables = {"ranges": pl.DataFrame(kept)}
        if self.indices is not None:
            tables["drivers"] = pl.DataFrame(
                [
                    {"la_code": row["la_code"], "parameter": name, "first_order": first, "total": row["total"][name]}
                    for row in rows
                    for name, first in row["first_order"].items()
                ],
                schema={"la_code": pl.String, "parameter": pl.String, "first_order": pl.Float64, "total": pl.Float64},
            )
        return tables


def run_sweep(
    sweep: Sweep,
    out: Path | None = None,
    *,
    executor: Workers = None,
    in_flight: int = IN_FLIGHT,
    scenarios_at_a_time: int | None = None,
    watch: Watch | None = None,
    about: Mapping[str, Any] | None = None,
) -> SweepOutcome:
    """Compute all scenarios of a sweep.

    Parameters
    ----------
    sweep : Sweep
    out : Path, optional
        Folder for the results; without it the scenarios are dropped once the ranges are known.
    executor : Executor, callable that makes one, or None
        Who computes; with None this process. Results are the same to the last bit.
    in_flight : int
        Pieces that are handed out at a time: at least as many as there are workers.
    scenarios_at_a_time : int, optional
        Size of a piece; from the memory that results may take up by default.
    watch : callable, optional
        Is given the finished pieces and their number, and yields them.
    about : mapping, optional
        What else stands in `sweep.json`.

    Raises
    ------
    WorkerError
        If workers keep ending.
    TableError
        If the folder cannot be written or is not a sweep's. Finished pieces are kept for the next run.
    """
    size = scenarios_at_a_time or piece_size(len(sweep.model.la_codes))
    with _target(out) as target:
        folder = SweepFolder(target, sweep, size)
        with folder.held():
            wanted = stretches(sweep.sample.count, size)
            files = folder.finished(wanted)
            left = [stretch for stretch in wanted if stretch not in files]
            design = IndexDesign(sweep)
            left += stretches(sweep.index_count, size, for_indices=True)
            with closing(completed(partial(compute_piece, sweep), left, executor, in_flight)) as pieces:
                for piece in watch(pieces, len(left)) if watch else pieces:
                    _keep(piece, folder, files, design)
            found = ranges(sweep, [files[stretch] for stretch in wanted], MEMORY_BYTES // 2)
            outcome = SweepOutcome(sweep, found, design.indices() if sweep.index_base else None, out)
            folder.finish(outcome.tables(), {**(about or {}), **outcome.facts()})
    return outcome


def piece_size(authorities: int) -> int:
    """Return how many scenarios make a piece: a power of two, so that the pieces under way stay within the memory."""
    scenarios = MEMORY_BYTES // (IN_FLIGHT * _FLOAT_BYTES * authorities)
    return 1 << max(scenarios.bit_length() - 1, 0)


def _number(value: float) -> float | None:
    """Return a number, None where there is none: a gap in a file is empty, not not-a-number."""
    return None if math.isnan(value) else float(value)


def _keep(piece: Piece, folder: SweepFolder, files: dict[Stretch, PieceFile], design: IndexDesign) -> None:
    if piece.stretch.for_indices:
        design.add(piece)
    else:
        files[piece.stretch] = folder.write(piece)


@contextmanager
def _target(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="hnf-sweep-") as folder:
        yield Path(folder) / "sweep"
