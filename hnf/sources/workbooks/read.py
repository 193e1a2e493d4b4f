"""Reads spreadsheets and CSV files as text and numbers, every cell with its address, and refuses hostile files.

The one door for files that come from outside. ODS (with the `mimetype` member added where the publisher left it out),
XLSX and XLS are read by calamine in a separate process (`confined`), which may take neither much memory nor much
time. Nothing is interpreted: symbols, blanks and text stay what they are.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from threading import Thread
from typing import Any

from hnf.errors import SourceError
from hnf.sources.workbooks.guard import (
    MAX_CSV_CELLS,
    MAX_FILE_BYTES,
    MAX_MEMORY_BYTES,
    MAX_SECONDS,
    cell_address,
    clean,
)

#: Starts the process that reads: without the user's settings, but with the packages that are found here.
_CODE = "import sys; sys.path[:] = {path!r}; from hnf.sources.workbooks.confined import main; main()"
#: Systems that bound the memory of a process at its own asking; on others it is watched from here.
_HAS_BOUND = sys.platform == "linux"
ALL_SHEETS = ".*"
#: What was read before it was asked for, by source id, content and sheets.
_ahead: dict[tuple[str, bytes, str], dict[str, Any]] = {}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: The next step where a file is not laid out as described.
CHECK_FILE = "Check that this is the file the catalogue describes."
_SAVE_AS = "Save it as CSV UTF-8 with commas."
#: What other programs put between cells.
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of cells, the first row of the sheet first, so that addresses are the reader's own."""

    source_id: str
    name: str
    rows: list[list[Any]]

    def where(self, row: int, column: int) -> str:
        """Name a cell (zero-based row and column) for a message: `dsg_2019_20, sheet HN_block, cell C5`."""
        return f"{self.source_id}, sheet {self.name}, cell {cell_address(row, column)}"


@dataclass(frozen=True)
class Workbook:
    """A workbook that was read: the sheets that a reader sees, in order, and those that were not published."""

    source_id: str
    names: list[str]
    hidden: list[str]
    _found: dict[str, dict[str, Any]]

    def sheet(self, pattern: str) -> Sheet:
        """Return the one sheet whose whole name matches a regular expression (case folded).

        A cell that has no figure (an error, a formula that was never calculated, a value hidden under a
        merged cell) is given as text that says so: no loader takes it for a number, and none for a gap.
        """
        found = [name for name in self.names if re.fullmatch(pattern, name, flags=re.IGNORECASE)]
        if len(found) != 1:
            what = f"{'no' if not found else 'more than one'} sheet is named like '{pattern}'; the sheets are "
            what += ", ".join(self.names) + (f" (hidden: {', '.join(self.hidden)})" if self.hidden else "")
            raise SourceError(what, where=self.source_id, todo=CHECK_FILE)
        sheet = self._found[found[0]]
        if "error" in sheet:
            raise SourceError(**sheet["error"])
        return Sheet(self.source_id, found[0], [list(row) for row in sheet["rows"]])


@lru_cache(maxsize=16)
def open_workbook(source_id: str, content: bytes, sheets: str = ALL_SHEETS) -> Workbook:
    """Read an ODS, XLSX or XLS file in a process that is ended where it takes too much memory or time.

    Parameters
    ----------
    sheets : str
        Regular expression for the names of the sheets to read; the others are known by name only.

    Raises
    ------
    SourceError
        If the bytes are not a readable workbook, or break the limits for archives and sheets.
    """
    file = (source_id, content, sheets)
    found = _ahead.pop(file, None) or _read_confined([file])[0]
    if "error" in found:
        raise SourceError(**found["error"])
    names = [sheet["name"] for sheet in found["sheets"] if sheet["visible"]]
    hidden = [sheet["name"] for sheet in found["sheets"] if not sheet["visible"]]
    return Workbook(source_id, names, hidden, {sheet["name"]: sheet for sheet in found["sheets"]})


def read_ahead(files: list[tuple[str, bytes, str]]) -> None:
    """Read several workbooks in one process, for `open_workbook` to find: each by source id, content and sheets.

    Where that process has to be ended, each is read by itself when it is opened, and the one at fault refused.
    """
    with suppress(SourceError, OSError):
        _ahead.update(zip(files, _read_confined(files) if files else [], strict=True))


def _read_confined(files: list[tuple[str, bytes, str]]) -> list[dict[str, Any]]:
    requests = [(source_id, len(content), sheets) for source_id, content, sheets in files]
    code = _CODE.format(path=[path for path in sys.path if path])
    command = [sys.executable, "-I", "-S", "-c", code, json.dumps(requests)]
    pipe = subprocess.PIPE
    where = files[-1][0]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        if not _HAS_BOUND:
            Thread(target=_watch, args=[process], daemon=True).start()
        try:
            answers, _ = process.communicate(b"".join(content for _, content, _ in files), timeout=MAX_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            what = f"reading it takes more than {MAX_SECONDS} seconds"
            raise SourceError(what, where=where, todo="See docs/limits.md.") from error
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        what = f"reading it takes more than {MAX_MEMORY_BYTES:,} bytes of memory, or the file is damaged"
        raise SourceError(what, where=where, todo="See docs/limits.md; copy the table that is needed to a new file.")
    return [json.loads(answer, object_hook=_untag) for answer in answers.splitlines()]


def _untag(value: dict[str, Any]) -> Any:
    """Return a date or time of what `confined` made of it for JSON."""
    if "timedelta" in value:
        return datetime.timedelta(*value["timedelta"])
    for kind in (datetime.datetime, datetime.date, datetime.time):
        if list(value) == [kind.__name__]:
            return kind.fromisoformat(value[kind.__name__])
    return value


def _watch(process: subprocess.Popen[bytes]) -> None:
    """End a process that takes more memory than it may."""
    import psutil

    try:
        watched = psutil.Process(process.pid)
        while process.returncode is None:
            if watched.memory_info().rss > MAX_MEMORY_BYTES:
                process.kill()
            time.sleep(0.01)
    except psutil.Error:
        return  # it has ended by itself


def read_csv(
    source_id: str, content: bytes, required: tuple[str, ...], only: tuple[str, tuple[str, ...]] | None = None
) -> list[tuple[int, dict[str, str]]]:
    """Read a CSV by its headings.

    Parameters
    ----------
    content : bytes
        UTF-8, with or without a byte order mark.
    required : tuple of str
        Headings that must be there: the columns that are returned.
    only : (str, tuple of str), optional
        One of the headings, and what its cell says, in any case, in the rows that are returned; all rows by default.

    Returns
    -------
    list of (int, dict)
        Line number in the file (the heading is line 1) and the cells of the row by heading.

    Raises
    ------
    SourceError
        If it is not UTF-8, one of the headings is missing or appears twice, or a row has more or fewer cells.
    """
    heading, rows = _csv(source_id, content)
    where = f"{source_id}, line 1"
    missing = [name for name in required if name not in heading]
    if missing:
        what = f"heading {', '.join(missing)} is missing; found {', '.join(heading)}"
        raise SourceError(what, where=where, todo=CHECK_FILE)
    twice = sorted({name for name in required if heading.count(name) > 1})
    if twice:
        raise SourceError(f"heading {', '.join(twice)} appears twice", where=where, todo="Name each column once.")
    columns = [(name, heading.index(name)) for name in required]
    column, wanted = (heading.index(only[0]), {one.casefold() for one in only[1]}) if only else (0, set())
    return [
        (line, {name: cells[place] for name, place in columns})
        for line, cells in rows
        if only is None or cells[column].casefold() in wanted
    ]


def first_row(content: bytes) -> list[str]:
    """Return the headings of a CSV, nothing for what is none."""
    start = content[: 1 << 20].decode("utf-8-sig", errors="replace")
    try:
        return [clean(cell) for cell in next(csv.reader(io.StringIO(start, newline="")), [])]
    except csv.Error:
        return []


def read_csv_rows(source_id: str, content: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a CSV by position: the headings, and each row with its line number.

    Raises
    ------
    SourceError
        If it is not UTF-8, empty, or a row has more or fewer cells than headings.
    """
    heading, rows = _csv(source_id, content)
    return heading, list(rows)


def _csv(source_id: str, content: bytes) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return the headings of a CSV and its rows, which are read as they are asked for, with their line numbers."""
    reader = csv.reader(io.StringIO(_text(source_id, content), newline=""), strict=True)
    with _readable(source_id):
        printed = next(reader)
    heading = [clean(cell) for cell in printed]
    if len(heading) == 1 and (separator := next((mark for mark in _SEPARATORS if mark in printed[0]), "")):
        what = f"the headings are separated by {_SEPARATORS[separator]}, not by commas"
        raise SourceError(what, where=f"{source_id}, line 1", todo=_SAVE_AS)

    def rows() -> Iterator[tuple[int, list[str]]]:
        width, cells_read = len(heading), 0
        with _readable(source_id):
            for cells in reader:
                cells_read += len(cells)
                if cells_read > MAX_CSV_CELLS:
                    raise SourceError(f"more than {MAX_CSV_CELLS:,} cells", where=source_id, todo="See docs/limits.md.")
                if any(cells):
                    if len(cells) != width:
                        what = f"{len(cells)} cells where the heading has {width}"
                        todo = "The file is cut short or a separator is missing."
                        raise SourceError(what, where=f"{source_id}, line {reader.line_num}", todo=todo)
                    yield reader.line_num, cells

    return heading, rows()


@contextmanager
def _readable(source_id: str) -> Iterator[None]:
    try:
        yield
    except (csv.Error, StopIteration) as error:
        what = f"not a readable CSV file ({str(error) or 'it is empty'})"
        raise SourceError(what, where=source_id, todo="Fetch the file afresh.") from error


def _text(source_id: str, content: bytes) -> str:
    """Return the text of a file that is UTF-8, and nothing else."""
    if len(content) > MAX_FILE_BYTES:
        raise SourceError(f"larger than {MAX_FILE_BYTES:,} bytes", where=source_id, todo="See docs/limits.md.")
    if content[:2] in _UTF_16:
        raise SourceError("UTF-16 text, not UTF-8", where=source_id, todo=_SAVE_AS)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"not UTF-8 text ({error.reason})"
        raise SourceError(what, where=f"{source_id}, line {line}", todo=_SAVE_AS) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceError("the text holds a NUL character", where=f"{source_id}, line {line}", todo=_SAVE_AS)
    return text
