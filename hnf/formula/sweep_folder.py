"""The folder of a sweep: whole Parquet files beside the place they are meant for, which they take at the very end.

While a run is under way its files stand in `.<name>.partial`, which it holds. Each is written under another name and
renamed, so that a run that is killed leaves whole pieces or nothing; the next run of the same sweep into the same
folder takes them up, and the folder itself is untouched until everything in it is complete.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hnf.errors import TableError
from hnf.folders import clear_leftovers, hold_place, put_in_place, replace_file
from hnf.formula.sweep_pieces import Piece, Stretch, Sweep
from hnf.plain_text import as_json
from hnf.results import FloatArray

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
    """The files of one run.

    Parameters
    ----------
    target : Path
        Where the results are to stand.
    sweep : Sweep
        What is computed.
    at_a_time : int
        Scenarios in a piece.

    Raises
    ------
    TableError
        If `target` holds something that is not a sweep.
    """

    def __init__(self, target: Path, sweep: Sweep, at_a_time: int) -> None:
        self.target = target.resolve()
        self.partial = self.target.with_name(f".{self.target.name}.partial")
        self.sweep = sweep
        self._identity = _identity(sweep, at_a_time)
        _refuse_foreign(self.target)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder of the run, new or taken up from an earlier run of the same sweep that was cut off.

        Raises
        ------
        TableError
            If another run holds it, or it cannot be written.
        """
        with _writing(self.partial):
            self.partial.mkdir(parents=True, exist_ok=True)
        with hold_place(self.partial, seconds=0):
            clear_leftovers(self.target)
            with _writing(self.partial):
                self._take_up()
            yield

    def _take_up(self) -> None:
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
        """Write a piece: the parameters and the change of every authority, one row a scenario.

        Raises
        ------
        TableError
            If the disk refuses.
        """
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
        """Add the results and let the folder take its place.

        Parameters
        ----------
        tables : mapping of str to polars.DataFrame
            Written as `<name>.parquet`.
        summary : mapping
            Written as `sweep.json`.
        """
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
    """Read columns of all pieces into `out`, shape (names, scenarios), in the order of the scenarios.

    Raises
    ------
    TableError
        If a file has been changed or removed since it was written.
    """
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
