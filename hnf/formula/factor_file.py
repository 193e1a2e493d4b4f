"""Reads the factors of authorities from a CSV or workbook of the user's, by the text of its headings.

The heading row is found, not counted: it is the row that holds most headings known. A symbol is never a number, no gap
is filled, and rows that are no authority are left out only where they plainly are none, each of them listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hnf.errors import SourceError
from hnf.formula.factor_headings import NOT_IN_POUNDS, Headings, read_headings
from hnf.formula.factor_inputs import INPUTS, NAMES, FactorInputs, checked_inputs
from hnf.sources.workbooks.guard import MAX_FILE_BYTES, cell_address, clean
from hnf.sources.workbooks.read import Sheet, open_workbook, read_csv_rows
from hnf.tables import LA_CODE, SYMBOLS

_WORKBOOKS = (".xlsx", ".xls", ".ods")
#: Titles and notes stand above the headings of official workbooks; nobody writes more rows of them.
_HEADING_WITHIN_ROWS = 40
_NUMBER = re.compile(r"^(-?£?|£-)(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d+)?$", re.ASCII)
_COUNTRY_OR_REGION = re.compile(r"^E(92|12)\d{6}$")


@dataclass(frozen=True)
class HeadingReport:
    """Which columns are needed, and which of them a file has.

    Parameters
    ----------
    file, sheet : str
        What was read; the sheet is empty for a CSV file.
    heading_row : int
        Number of the row of headings, the first row of the sheet being 1.
    needed : dict
        Meaning by column.
    found : dict
        Heading in the file by column.
    not_found : tuple of str
        Columns without a heading.
    ignored : tuple of str
        Headings that no column goes by.
    left_out : tuple of str
        Rows that are no authority, with their address.
    """

    file: str
    sheet: str
    heading_row: int
    needed: dict[str, str]
    found: dict[str, str]
    not_found: tuple[str, ...]
    ignored: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactorFile:
    """The factors of a file, and how its headings were understood."""

    inputs: FactorInputs
    report: HeadingReport


@dataclass(frozen=True)
class _Layout:
    """A sheet, the position of its heading row (zero-based), and position and column of each heading known."""

    sheet: Sheet
    row: int
    columns: list[tuple[int, str]]

    @property
    def position(self) -> dict[str, int]:
        return {column: index for index, column in self.columns}

    @property
    def headings(self) -> list[str]:
        return [clean(cell) for cell in self.sheet.rows[self.row]]

    def where(self, row: int, index: int) -> str:
        cell = cell_address(row, index)
        place = f"sheet {self.sheet.name}, cell {cell}" if self.sheet.name else f"cell {cell}"
        return f"{self.sheet.source_id}, {place}"


def report_headings(path: Path, mapping: Path | None = None) -> HeadingReport:
    """Say which columns of factors a file has, without reading its values; a file that lacks some is no error here.

    Parameters
    ----------
    path : Path
        CSV, XLSX, XLS or ODS.
    mapping : Path, optional
        TOML that says under which heading a column stands in this file.

    Raises
    ------
    SourceError
        If the file or the mapping cannot be read, or two headings mean the same column.
    """
    return _report(_layout(path, read_headings(mapping)))


def read_factors(path: Path, mapping: Path | None = None) -> FactorFile:
    """Read the factors of a file.

    Parameters
    ----------
    path : Path
        CSV, XLSX, XLS or ODS.
    mapping : Path, optional
        TOML that says under which heading a column stands in this file.

    Raises
    ------
    SourceError
        If the file cannot be read, lacks a column, or a cell is not what its column needs; names the cell.
    FormulaError
        If an authority stands twice, or a value breaks the rule of its column.
    """
    layout = _layout(path, read_headings(mapping))
    report = _report(layout)
    if report.not_found:
        raise SourceError(
            f"no heading for {', '.join(report.not_found)}; found {', '.join(report.found) or 'none'}",
            where=f"{path.name}, row {report.heading_row}",
            todo="Add the columns, or give a mapping file that names their headings.",
        )
    rows, left_out = _authority_rows(layout)
    cells, position = layout.sheet.rows, layout.position
    inputs = checked_inputs(
        [clean(cells[row][position["la_code"]]) for row in rows],
        [clean(cells[row][position["la_name"]]) for row in rows],
        {name: np.array([_number(layout, row, name) for row in rows], dtype=np.float64) for name in INPUTS},
        where=path.name,
    )
    return FactorFile(inputs, _report(layout, left_out))


def _report(layout: _Layout, left_out: tuple[str, ...] = ()) -> HeadingReport:
    meanings = {**NAMES, **{name: column.meaning for name, column in INPUTS.items()}}
    found = {column: layout.headings[index] for index, column in layout.columns}
    known = {index for index, _ in layout.columns}
    return HeadingReport(
        file=layout.sheet.source_id,
        sheet=layout.sheet.name,
        heading_row=layout.row + 1,
        needed=meanings,
        found={column: found[column] for column in meanings if column in found},
        not_found=tuple(column for column in meanings if column not in found),
        ignored=tuple(text for index, text in enumerate(layout.headings) if text and index not in known),
        left_out=left_out,
    )


def _layout(path: Path, headings: Headings) -> _Layout:
    """Return the sheet and row with most of the columns; of equal rows of a sheet the first."""
    layouts = []
    for sheet in _sheets(path, headings.sheet):
        rows = [
            _Layout(sheet, index, headings.columns_in(row))
            for index, row in enumerate(sheet.rows[:_HEADING_WITHIN_ROWS])
        ]
        layouts += [max(rows, key=lambda layout: len(layout.position))] if rows else []
    most = max((len(layout.position) for layout in layouts), default=0)
    if not most:
        raise SourceError(
            f"no row of headings was found in the first {_HEADING_WITHIN_ROWS} rows",
            where=path.name,
            todo=f"The columns needed are {', '.join([*NAMES, *INPUTS])}.",
        )
    best = [layout for layout in layouts if len(layout.position) == most]
    if len(best) > 1:
        raise SourceError(
            f"the sheets {', '.join(layout.sheet.name for layout in best)} have the same number of columns known",
            where=path.name,
            todo='Name one in a mapping file: sheet = "…".',
        )
    _check_headings(best[0])
    return best[0]


def _check_headings(layout: _Layout) -> None:
    """Refuse two headings of one column, and amounts that are not in pounds."""
    first: dict[str, int] = {}
    for index, column in layout.columns:
        if first.setdefault(column, index) != index:
            raise SourceError(
                f"'{layout.headings[first[column]]}' and '{layout.headings[index]}' both mean {column}",
                where=layout.where(layout.row, index),
                todo="Remove one, or name the right one in a mapping file.",
            )
        if NOT_IN_POUNDS.search(layout.headings[index]):
            raise SourceError(
                f"'{layout.headings[index]}' is not in pounds, but {column} is needed so",
                where=layout.where(layout.row, index),
                todo="Convert the column.",
            )


def _sheets(path: Path, wanted: str) -> list[Sheet]:
    """Return the sheets of a workbook, or a CSV file as a sheet without a name, each line at its own number."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(f"larger than {MAX_FILE_BYTES:,} bytes", where=str(path), todo="See docs/limits.md.")
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", where=str(path), todo="Check the path.") from error
    if path.suffix.lower() in _WORKBOOKS:
        workbook = open_workbook(path.name, content)
        return [workbook.sheet(re.escape(name)) for name in ([wanted] if wanted else workbook.names)]
    if path.suffix.lower() != ".csv":
        raise SourceError(
            f"'{path.suffix}' is not a kind of file that is read", where=path.name, todo="Save it as CSV or XLSX."
        )
    heading, lines = read_csv_rows(path.name, content)
    rows: list[list[Any]] = [heading]
    for line, cells in lines:
        rows += [[""] * len(heading)] * (line - 1 - len(rows))
        rows.append(list(cells))
    return [Sheet(path.name, "", rows)]


def _authority_rows(layout: _Layout) -> tuple[list[int], tuple[str, ...]]:
    """Return the rows of authorities, and those that are none: without a code, or with the name or code of an area."""
    rows, left_out = [], []
    at = layout.position["la_code"]
    for row in range(layout.row + 1, len(layout.sheet.rows)):
        cells = [clean(cell) for cell in layout.sheet.rows[row]]
        code = cells[at]
        if re.match(LA_CODE, code):
            rows.append(row)
        elif not any(character.isdigit() for character in code) or _COUNTRY_OR_REGION.match(code):
            # A code with a digit in it may be a mistyped authority, which must not vanish.
            left_out += [f"row {row + 1}: {' '.join(filter(None, cells))[:60]}"] if any(cells) else []
        else:
            raise SourceError(
                f"'{code}' is not a three-digit la_code",
                where=layout.where(row, at),
                todo="Correct the code or remove the row.",
            )
    return rows, tuple(left_out)


def _number(layout: _Layout, row: int, column: str) -> float:
    """Return the number in a cell; text is read as a number only where it is nothing else."""
    index = layout.position[column]
    cell = layout.sheet.rows[row][index]
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = clean(cell)
    if isinstance(cell, str) and _NUMBER.match(text):
        return float(text.replace(",", "").replace("£", ""))
    meaning = SYMBOLS.get(text.casefold(), "")
    what = (
        f"'{text}' ({meaning}) is no number" if meaning else f"'{text}' is no number" if text else "the cell is empty"
    )
    raise SourceError(
        f"{column}: {what}", where=layout.where(row, index), todo="A symbol or a gap is never 0: give the number."
    )
