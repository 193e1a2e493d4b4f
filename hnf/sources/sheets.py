"""Reads spreadsheets and archives as text and numbers, every cell with its address, and refuses hostile files.

The one door for files that come from outside: workbooks here, CSV and archives from the modules beside this one. ODS
(with the `mimetype` member added where the publisher left it out), XLSX and XLS go through calamine, after their
archives and declarations have been checked. Nothing is interpreted: symbols, blanks and text stay what they are.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from hnf.errors import SourceError
from hnf.sources.archives import ODS_MIMETYPE, pack_parts, read_member, workbook_parts
from hnf.sources.cells import cell_address, clean, plain_number
from hnf.sources.csv_files import read_csv, read_csv_rows
from hnf.sources.limits import MAX_CELLS, MAX_SHEETS
from hnf.sources.ods_scan import scan_ods
from hnf.sources.panics import unprinted
from hnf.sources.sheet_scan import Scan, check_scan, check_scans
from hnf.sources.xls_container import pack_stream
from hnf.sources.xls_scan import scan_xls, workbook_stream
from hnf.sources.xlsx_container import BOOK, plain_parts
from hnf.sources.xlsx_scan import scan_xlsx, shared_lengths

__all__ = [
    "ODS_MIMETYPE",
    "Sheet",
    "Workbook",
    "cell_address",
    "clean",
    "open_workbook",
    "plain_number",
    "read_csv",
    "read_csv_rows",
    "read_member",
]

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
#: What is read of an ODS file; with parts of an XLSX file beside them it would be taken for one.
_ODS_PARTS = ("content.xml", "styles.xml", "META-INF/manifest.xml")


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
    """An open workbook.

    Parameters
    ----------
    source_id : str
        Named in messages.
    book : CalamineWorkbook
    scan : callable
        Says what a sheet declares, by its name; None where the workbook has no such sheet.
    """

    source_id: str
    book: CalamineWorkbook
    scan: Callable[[str], Scan | None]
    _scans: dict[str, Scan] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the sheets that a reader sees, in order. Hidden ones are no part of what was published."""
        return [sheet.name for sheet in self.book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]

    def sheet(self, pattern: str) -> Sheet:
        """Return the one sheet whose whole name matches a regular expression (case folded).

        A cell that has no figure of its own (an error, a formula that was never calculated, a value hidden under a
        merged cell) is given as text that says so: no loader takes it for a number, and none for a gap.

        Raises
        ------
        SourceError
            If none or more than one matches (lists the sheets found), or the sheet breaks the limits.
        """
        found = [name for name in self.names if re.fullmatch(pattern, name, flags=re.IGNORECASE)]
        if len(found) != 1:
            hidden = [name for name in self.book.sheet_names if name not in self.names]
            raise SourceError(
                f"{'no' if not found else 'more than one'} sheet is named like '{pattern}'; the sheets are "
                + ", ".join(self.names)
                + (f" (hidden: {', '.join(hidden)})" if hidden else ""),
                where=self.source_id,
                todo="Check that this is the file the catalogue describes.",
            )
        return self._read(found[0])

    def _read(self, name: str) -> Sheet:
        scan = self._scans.get(name) or self.scan(name)
        if scan is None:
            raise SourceError(
                f"sheet {name} is not where the workbook says", where=self.source_id, todo="Save the workbook again."
            )
        before = [other for other in self._scans.values() if other.name != name]
        check_scan(scan, self.source_id, sum(s.cells for s in before), sum(s.text for s in before))
        self._scans[name] = scan
        with _readable(self.source_id):
            sheet = self.book.get_sheet_by_name(name)
            if (sheet.total_height + 1) * (sheet.total_width + 1) > MAX_CELLS:
                raise SourceError(f"sheet {name} has more than {MAX_CELLS:,} cells", where=self.source_id)
            rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        for row, column, shown in [*scan.noted, *_under_merged(sheet, rows, self.source_id)]:
            if row < len(rows):
                rows[row] += [""] * (column + 1 - len(rows[row]))
                rows[row][column] = shown
        width = max(map(len, rows), default=0)
        return Sheet(self.source_id, name, [row + [""] * (width - len(row)) for row in rows] if scan.noted else rows)


def open_workbook(source_id: str, content: bytes) -> Workbook:
    """Open the bytes of an ODS, XLSX or XLS file.

    Raises
    ------
    SourceError
        If the bytes are not a readable workbook, or break the limits for archives and sheets.
    """
    scan: Callable[[str], Scan | None]
    if content[:2] == b"PK":
        parts, scan = _checked(source_id, workbook_parts(source_id, content))
        content = pack_parts(parts)
    elif content[:4] == _OLD_WORKBOOK:
        name, stream = workbook_stream(source_id, content)
        scans, stream = scan_xls(source_id, stream)
        # All are within the limits by now, also sheets of Excel 95, whose names are written in another way.
        scan = lambda sheet: scans.get(sheet, Scan(sheet))  # noqa: E731
        content = pack_stream(name, stream)
    else:  # readers would find a workbook behind other bytes, which nobody has looked at
        raise SourceError(
            "not a readable workbook (it does not begin as ODS, XLSX or XLS do)",
            where=source_id,
            todo="Fetch the file afresh.",
        )
    with _readable(source_id):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    if len(book.sheet_names) > MAX_SHEETS:
        raise SourceError(
            f"{len(book.sheet_names):,} sheets are more than {MAX_SHEETS}", where=source_id, todo="See docs/limits.md."
        )
    return Workbook(source_id, book, scan)


def _checked(source_id: str, parts: dict[str, bytes]) -> tuple[dict[str, bytes], Callable[[str], Scan | None]]:
    """Return the parts to read, and what says of each sheet what it declares.

    ODS is walked at once; XLSX sheet by sheet, as they are read.
    """
    if "content.xml" in parts:
        found = scan_ods(source_id, parts["content.xml"])
        check_scans(found.values(), source_id)
        return {name: part for name, part in parts.items() if name in _ODS_PARTS}, found.get
    if BOOK not in parts:
        raise SourceError(
            f"not a readable workbook (there is neither content.xml nor {BOOK} in it)",
            where=source_id,
            todo="Fetch the file afresh.",
        )
    shared = shared_lengths(source_id, parts)
    sheets = plain_parts(source_id, parts)

    def scan_sheet(name: str) -> Scan | None:
        part = sheets.by_name.get(name)
        return scan_xlsx(source_id, name, sheets.parts[part], shared) if part else None

    return sheets.parts, scan_sheet


def _under_merged(sheet: CalamineSheet, rows: list[list[Any]], source_id: str) -> list[tuple[int, int, str]]:
    """Return the filled cells that a merged cell covers: nobody who looks at the sheet sees them."""
    covered, looked_at = [], 0
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for row in range(top, min(bottom + 1, len(rows))):
            cells = rows[row][left : right + 1]
            looked_at += len(cells)
            if looked_at > MAX_CELLS:
                raise SourceError("too many merged cells", where=f"{source_id}, sheet {sheet.name}")
            covered += [
                (row, left + number, f"({clean(cell)[:40]}, hidden under a merged cell)")
                for number, cell in enumerate(cells)
                if cell != "" and (row, left + number) != (top, left)
            ]
    return covered


@contextmanager
def _readable(source_id: str) -> Iterator[None]:
    """Whatever the reader raises for damaged input, panics of its own included, means the same here."""
    try:
        with unprinted():
            yield
    except (SourceError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise SourceError(
            f"not a readable workbook ({clean(error)[:200]})", where=source_id, todo="Fetch the file afresh."
        ) from error
