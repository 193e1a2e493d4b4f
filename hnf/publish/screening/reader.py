"""Reads a data file and its metadata for screening: as text, cell by cell, with what is wrong noted and not mended."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hnf.authorities import Authorities
from hnf.errors import SourceError
from hnf.publish.screening.model import Screened, Table

META_ENDING = ".meta.csv"
MOST_BYTES = 500_000_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_screened(data: Path, meta: Path | None, authorities: Authorities) -> Screened:
    """Read a data file and its metadata.

    Parameters
    ----------
    data : Path
        The CSV.
    meta : Path or None
        The metadata; where None, `<name>.meta.csv` beside the data is taken if it is there.
    authorities : Authorities
        What codes and names are held against.

    Raises
    ------
    SourceError
        If a file cannot be read, is empty, or is no text at all.
    """
    if meta is None:
        beside = data.with_name(data.name.removesuffix(".csv") + META_ENDING)
        meta = beside if beside.is_file() else None
    return Screened(_read(data), _read(meta) if meta else None, authorities)


def read_table(name: str, content: bytes) -> Table:
    """Read the bytes of a CSV.

    Raises
    ------
    SourceError
        If it is empty or no text.
    """
    if b"\0" in content[:1_000_000]:
        raise SourceError("this is not a text file", where=name, todo="Give the CSV of the data set.")
    damage: list[tuple[int, str]] = []
    try:
        text = content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        damage.append((line, "not UTF-8"))
        text = content.decode("cp1252", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    heading: tuple[str, ...] = ()
    try:
        heading = tuple(next(reader, ()))
        for cells in reader:
            if len(cells) != len(heading):
                damage.append((reader.line_num, f"{len(cells)} cells where the heading has {len(heading)}"))
            rows.append(tuple((cells + [""] * len(heading))[: len(heading)]))
            lines.append(reader.line_num)
    except csv.Error as error:
        damage.append((reader.line_num, str(error)))
    if not heading:
        raise SourceError("the file is empty", where=name, todo="Give the CSV of the data set.")
    return Table(name, heading, tuple(rows), tuple(lines), content, tuple(damage))


def _read(path: Path) -> Table:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SourceError(f"the file is larger than {MOST_BYTES:,} bytes", where=str(path))
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read: {error.strerror}", where=str(path), todo="Check the path.") from error
    return read_table(path.name, content)
