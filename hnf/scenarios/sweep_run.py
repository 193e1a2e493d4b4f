"""Runs a sweep: pieces to workers, results to files, ranges and indices at the end.

Memory stays flat: it depends on the size of a piece, not on the number of scenarios (a Latin hypercube is the
exception, whose points are drawn as a whole).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hnf.errors import FormulaError, TableError
from hnf.files import clear_leftovers, hold_place, put_in_place, replace_file
from hnf.release import __version__
from hnf.results import FloatArray, Listing, pick
from hnf.scenarios.changes import load_block_arrays
from hnf.scenarios.run import choose_year
from hnf.scenarios.sweep_files import (
    BlockModel,
    Sample,
    SweepFile,
    VariedParameter,
    check_count,
    check_seed,
    find_sweep,
    saltelli_points,
)
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import as_json
from hnf.workers import IN_FLIGHT, Workers, completed
from hnf.years import FinancialYear

if TYPE_CHECKING:
    import polars as pl

# The scenarios of a sweep computed piece by piece: the work of one worker, from its arguments alone.
#
# A piece is a stretch of the sample. Within it, scenarios go through the formula a few at a time, so that the
# arrays stay in the processor's cache. Every number of a scenario depends on that scenario alone: results are
# the same to the last bit whatever the pieces, their order and who computes them.

#: How many of the lowest authorities are counted.
LOWEST = 10
#: £ per head within which two authorities are level: those raised to the same minimum differ by rounding only.
LEVEL_GBP = 1e-6
#: Bytes of one array of scenarios × authorities that goes through the formula at a time.
CACHE_BYTES = 128 * 1024
_FLOAT_BYTES = 8


@dataclass(frozen=True)
class Sweep:
    """Model, parameters in the order of the points' dimensions, and sample.

    `index_base` is a power of two, the rows of matrix A for the indices of what drives the variance, or 0 for none;
    `identity` differs whenever model or parameters do and guards the resumption of a run.
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
    """The results of a stretch: values, shape (count, parameters), and change in £, shape (count, n).

    `lowest_counts`, shape (n,), is how often each authority was among the lowest ten per head; zeros for indices.
    """

    stretch: Stretch
    values: FloatArray
    change_gbp: FloatArray
    lowest_counts: np.ndarray[tuple[int], np.dtype[np.int64]]


def stretches(total: int, at_a_time: int, *, for_indices: bool = False) -> list[Stretch]:
    """Split so many points into stretches of at most `at_a_time`."""
    return [Stretch(first, min(at_a_time, total - first), for_indices) for first in range(0, total, max(at_a_time, 1))]


def compute_piece(sweep: Sweep, stretch: Stretch, rows_at_a_time: int | None = None) -> Piece:
    """Compute the scenarios of a stretch, as many at a time as the cache holds unless told otherwise."""
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


# The folder of a sweep: whole Parquet files beside the place they are meant for, which they take at the very
# end.
#
# While a run is under way its files are in `.<name>.partial`, which it locks. Each is written under another
# name and renamed, so that a run that is killed leaves whole pieces or nothing; the next run of the same sweep
# into the same folder takes them up, and the folder itself is untouched until everything in it is complete.

#: Marks a folder as one that a sweep wrote and may replace.
SUMMARY = "sweep.json"
SCENARIOS = "scenarios"
SCENARIO = "scenario"
_IDENTITY = "identity.json"


@dataclass(frozen=True)
class PieceFile:
    """A finished piece: its Parquet file, which scenarios it has, and how often each authority was among the lowest."""

    path: Path
    stretch: Stretch
    lowest_counts: tuple[int, ...]


class SweepFolder:
    """The files of one run."""

    def __init__(self, target: Path, sweep: Sweep, at_a_time: int) -> None:
        self.target = target.resolve()
        self.partial = self.target.with_name(f".{self.target.name}.partial")
        self.sweep = sweep
        self._identity = _identity(sweep, at_a_time)
        _refuse_foreign(self.target)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder of the run, new or left by an earlier run of the same sweep that was cut off."""
        with _writing(self.partial):
            self.partial.mkdir(parents=True, exist_ok=True)
        with hold_place(self.partial, seconds=0):
            clear_leftovers(self.target)
            with _writing(self.partial):
                self._resume()
            yield

    def _resume(self) -> None:
        """Remove what another sweep, or a write that was cut off, has left."""
        found = _read_json(self.partial / _IDENTITY)
        if not found or found.get("identity") != self._identity:
            for left in self.partial.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        (self.partial / SCENARIOS).mkdir(exist_ok=True)
        for left in self.partial.rglob(".*.hnf-new"):
            left.unlink()
        replace_file(self.partial / _IDENTITY, _json({"identity": self._identity}))

    def finished(self, wanted: Sequence[Stretch]) -> dict[Stretch, PieceFile]:
        """Return those of the stretches that an earlier run finished."""
        found = {}
        for stretch in wanted:
            path = self._path(stretch)
            record = _read_json(path.with_suffix(".json"))
            if record and path.is_file() and path.stat().st_size == record["bytes"]:
                found[stretch] = PieceFile(path, stretch, tuple(record["lowest_counts"]))
        return found

    def write(self, piece: Piece) -> PieceFile:
        """Write a piece: the parameters and the change of every authority, one row a scenario."""
        import polars as pl

        path = self._path(piece.stretch)
        numbers = np.arange(piece.stretch.first, piece.stretch.first + piece.stretch.count)
        columns: dict[str, Any] = {SCENARIO: numbers}
        columns |= {each.name: piece.values[:, place] for place, each in enumerate(self.sweep.parameters)}
        columns |= {code: piece.change_gbp[:, place] for place, code in enumerate(self.sweep.model.la_codes)}
        counts = tuple(int(count) for count in piece.lowest_counts)
        content = _parquet(pl.DataFrame(columns), compression_level=1)
        replace_file(path, content)
        replace_file(path.with_suffix(".json"), _json({"bytes": len(content), "lowest_counts": counts}))
        return PieceFile(path, piece.stretch, counts)

    def finish(self, tables: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
        """Add the results (Parquet) and the summary (`sweep.json`) and move the folder to its place."""
        for name, frame in tables.items():
            replace_file(self.partial / f"{name}.parquet", _parquet(frame))
        replace_file(self.partial / SUMMARY, _json(summary, indent=1))
        with _writing(self.target):
            for record in [self.partial / _IDENTITY, *(self.partial / SCENARIOS).glob("*.json")]:
                record.unlink()
            put_in_place(self.partial, self.target)

    def _path(self, stretch: Stretch) -> Path:
        return self.partial / SCENARIOS / f"part-{stretch.first:010d}.parquet"


def read_columns(files: Sequence[PieceFile], names: Sequence[str], out: FloatArray) -> None:
    """Read columns of all pieces into `out`, shape (names, scenarios), in the order of the scenarios."""
    import polars as pl

    for file in files:
        try:
            frame = pl.read_parquet(file.path, columns=list(names))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise TableError("cannot be read back", where=str(file.path), todo="Run the sweep again.") from error
        scenarios = slice(file.stretch.first, file.stretch.first + file.stretch.count)
        for place, name in enumerate(names):
            out[place, scenarios] = frame[name].to_numpy()


def _identity(sweep: Sweep, at_a_time: int) -> str:
    text = repr((sweep.identity, sweep.parameters, sweep.sample, sweep.model.la_codes, at_a_time))
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_foreign(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / SUMMARY).is_file()):
        raise TableError(
            "is there already and is not the folder of a sweep", where=str(target), todo="Choose another folder."
        )


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _json(content: Mapping[str, Any], indent: int | None = None) -> bytes:
    return f"{as_json(content, indent=indent)}\n".encode()


def _parquet(frame: Any, compression_level: int | None = None) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd", compression_level=compression_level)
    return content.getvalue()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TableError(
            f"cannot write: {error.strerror or error}",
            where=str(path),
            todo="Choose another folder or free some space; what was finished is kept.",
        ) from error


# Ranges of a sweep, authority by authority, read back from its files: exact quantiles of all scenarios.
#
# A few authorities are read at a time, so that memory stays flat however many scenarios there are.

#: Shares of the scenarios below each quantile, by the name of the figure; interpolated between neighbours.
QUANTILES = {"least": 0.0, "p5": 0.05, "median": 0.5, "p95": 0.95, "most": 1.0}


@dataclass(frozen=True)
class Ranges:
    """What the scenarios give each authority: change in £, shape (quantiles, n) in the order of `QUANTILES`.

    `lowest_probability`, shape (n,), is how often it is among the ten lowest per head; NaN without a population.
    """

    change_gbp: FloatArray
    lowest_probability: FloatArray


def ranges(sweep: Sweep, files: Sequence[PieceFile], memory_bytes: int) -> Ranges:
    """Compute the ranges of every authority from all pieces in order, with so much memory for columns at a time."""
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


# What drives the variance of each authority's result: Sobol indices of first order and in total.
#
# The first-order index of a parameter is the part of the variance that would go if that parameter alone were
# known; the total index is the part that would stay if all others were known. Estimators, on Saltelli's design:
# Saltelli and others (2010), table 2 (b), for the first order, and Jansen (1999), table 2 (f) there, for the
# total: those of `scipy.stats.sobol_indices`. An estimate may be slightly below 0 or above 1.

ESTIMATOR = "first order: Saltelli and others (2010), table 2 (b); total: Jansen (1999), table 2 (f) there"
#: Spread, relative to the largest change of any authority, below which an authority does not vary at all.
_STILL = 1e-9


@dataclass(frozen=True)
class Indices:
    """Sobol indices, shape (n, parameters); NaN for an authority whose amount no parameter changes."""

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


#: Memory for all results under way.
MEMORY_BYTES = 64 * 1024 * 1024
#: Shows how far a run has got: takes the results as they come and how many there will be, and yields them.
Watch = Callable[[Iterator[Piece], int], Iterator[Piece]]


@dataclass(frozen=True)
class SweepOutcome:
    """The results of a sweep; `indices` is None where not asked for, `folder` where the scenarios are not kept."""

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
    out : Path, optional
        Folder for the results; without it the scenarios are dropped once the ranges are known.
    executor : Executor, callable that makes one, or None
        Who computes; with None this process. Results are the same to the last bit.
    in_flight : int
        Pieces that are submitted at a time: at least as many as there are workers.
    scenarios_at_a_time : int, optional
        Size of a piece; from the memory that results may take up by default.
    watch : callable, optional
        Is given the finished pieces and their number, and yields them.
    about : mapping, optional
        What else `sweep.json` holds.

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


# Makes of a sweep file what can be computed: the block of its year, the sample, and the text that identifies
# both.


def plan_sweep(
    store: Store,
    file: SweepFile,
    year: FinancialYear | None = None,
    *,
    scenarios: int | None = None,
    seed: int | None = None,
) -> Sweep:
    """Return what a sweep file computes for a year.

    Parameters
    ----------
    year : FinancialYear, optional
        May be left out where the file is for one year only.
    scenarios, seed : int, optional
        In place of those of the file.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    FormulaError
        If the file is not for the year, a number is out of range, or a change cannot be computed.
    """
    arrays = load_block_arrays(store, choose_year(file.scenario, year))
    model = BlockModel(arrays, file.scenario.changes, file.places)
    identity = repr((__version__, str(arrays.year), file.scenario.changes, file.places, sorted(store.hashes().items())))
    sweep = Sweep(model, file.parameters, _sample(file, scenarios, seed), file.index_base, identity)
    _try_ends(sweep, file.where)
    return sweep


def _sample(file: SweepFile, scenarios: int | None, seed: int | None) -> Sample:
    sample = file.sample
    if scenarios is not None:
        if sample.method == "grid":
            raise FormulaError(
                f"the grid of {file.where} has {sample.count:,} combinations, which --samples cannot change",
                where="--samples",
                todo="Leave it out, or use the method sobol.",
            )
        sample = replace(sample, count=check_count(scenarios, sample.method, "the number of scenarios", "--samples"))
    if seed is not None:
        sample = replace(sample, seed=check_seed(seed, "the seed", "--seed"))
    return sample


def _try_ends(sweep: Sweep, where: str) -> None:
    """Compute the scenarios with every parameter at its least and at its largest: what cannot work is said at once."""
    bounds = {parameter.name: np.array(parameter.bounds) for parameter in sweep.parameters}
    try:
        sweep.model.amounts(bounds, np.empty((2, len(sweep.model.la_codes))))
    except FormulaError as error:
        raise FormulaError(error.what, where=error.where or where, todo=error.todo) from error


class SweepResult(Listing):
    """The range of the change of every authority, and which number drives it."""

    ROWS = "rows"


def sweep(  # noqa: PLR0917 - as the command asks
    store: Store,
    name: str | Path,
    year: FinancialYear | None = None,
    samples: int | None = None,
    seed: int | None = None,
    folder: Path | None = None,
    *,
    executor: Workers = None,
    in_flight: int = IN_FLIGHT,
    watch: Watch | None = None,
) -> SweepResult:
    """Run a scenario whose numbers are uncertain, thousands of times.

    Parameters
    ----------
    name : str or Path
        A sweep file, or one that ships with hnf.
    year : FinancialYear, optional
        Also as 2023-24 or 2023; may be left out where the file is for one year only.
    samples, seed : int, optional
        In place of those of the file.
    folder : Path, optional
        For every scenario and the results, as Parquet; a run that was cut off goes on there.
    executor, in_flight, watch
        As `run_sweep` takes them.

    Returns
    -------
    SweepResult
        Pounds by authority: baseline, and the change that 5, 50 and 95 in a hundred scenarios lie below.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    FormulaError
        If there is no such file, it is not for the year, or a number is out of range.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.sweep(hnf.Store(), "limit_and_equal_rates", "2023-24", samples=64)
    >>> found.form["scenarios"], found.to_polars().height
    (64, 151)
    """
    described = find_sweep(str(name))
    planned = plan_sweep(store, described, year, scenarios=samples, seed=seed)
    about = {
        **pick(described.scenario, "sweep=name title author reference baseline"),
        "data_edition": store.edition,
        "year": str(planned.model.arrays.year),
    }
    outcome = run_sweep(
        planned,
        None if folder is None else Path(folder),
        executor=executor,
        in_flight=in_flight,
        watch=watch,
        about=about,
    )
    known = Authorities.of(store)
    rows = [{"la_code": row["la_code"], "la_name": known[row["la_code"]].name, **row} for row in outcome.rows()]
    form = {
        **about,
        "measure": "block",
        "basis": "estimated",
        **outcome.facts(),
        "folder": outcome.folder,
        "rows": rows,
    }
    return SweepResult(f"{about['title']}, {about['year']}", form)
