"""The content of a workbook of tidy tables, before it has a format: cover, contents, notes, one table a sheet.

As the Government Analysis Function asks: the title in A1, one table a sheet with its headings in one row, units said,
no merged cells, no colour that carries meaning. A missing number is its symbol in square brackets, never blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from hnf.plain_text import shown
from hnf.sources.catalogue import Source
from hnf.sources.data_package import ATTRIBUTION, LICENCE, TITLE
from hnf.tables import SYMBOLS, TABLES, Field, TableSpec

Cell = str | int | float | None
_WIDEST, _NARROWEST = 60, 10
_MEASURED_ROWS = 200
#: Width of the cover's one column in characters.
COVER_WIDTH = 100


@dataclass(frozen=True)
class Sheet:
    """One sheet: its title, lines under it, and a table.

    Parameters
    ----------
    name : str
        Name of the sheet, at most 31 characters.
    title : str
        Stands in A1.
    lines : tuple of str
        What stands between title and table.
    headings : tuple of str
        Empty for a sheet of lines only.
    rows : tuple of tuple
        Cells; None is a blank cell.
    """

    name: str
    title: str
    lines: tuple[str, ...]
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()

    @property
    def heading_row(self) -> int:
        """Zero-based row of the headings."""
        return 1 + len(self.lines)

    def widths(self) -> list[int]:
        """Widths of the columns in characters, by the headings and the first rows."""
        columns = zip(self.headings, *self.rows[:_MEASURED_ROWS], strict=True)
        longest = (max(len(str(cell)) for cell in column if cell is not None) for column in columns)
        return [max(_NARROWEST, min(_WIDEST, width + 2)) for width in longest]


@dataclass(frozen=True)
class Book:
    """A workbook: its title and its sheets, the cover first."""

    title: str
    edition: str
    sheets: tuple[Sheet, ...]


def make_book(frames: Mapping[str, pl.DataFrame], edition: str, sources: Iterable[Source]) -> Book:
    """Lay tables out as a workbook.

    Parameters
    ----------
    frames : mapping of str to polars.DataFrame
        Tables by name.
    edition : str
        The data edition, in words.
    sources : iterable of Source
        The catalogue.
    """
    tables = tuple(_table_sheet(TABLES[name], frame) for name, frame in frames.items())
    used = {source_id for frame in frames.values() for source_id in frame["source_id"].unique()}
    sheets = (_cover(edition), _contents(tables), _notes(frames), *tables, _sources(sources, used))
    return Book(TITLE, edition, sheets)


def _cover(edition: str) -> Sheet:
    symbols = tuple(f"[{symbol}] means {meaning}." for symbol, meaning in SYMBOLS.items())
    lines = (
        f"Data edition: {edition}.",
        ATTRIBUTION,
        f"Licence: {LICENCE['title']}, {LICENCE['path']}",
        "Each sheet after the notes holds one table. The Contents sheet lists them, the Notes sheet explains columns.",
        "A number that the publisher does not give is the publisher's symbol in square brackets. It is never zero.",
        *symbols,
        "A blank cell in a column of text means that the column does not apply to the row, such as the code of an "
        "authority on the row of England.",
        "Every row names the published file, sheet and cell that it was read from.",
    )
    return Sheet("Cover", TITLE, lines)


def _contents(tables: tuple[Sheet, ...]) -> Sheet:
    rows = (
        ("Notes", "Meaning, type and unit of every column"),
        *((sheet.name, sheet.title) for sheet in tables),
        ("Sources", "The published files that the tables were read from"),
    )
    return Sheet("Contents", "Contents", ("This sheet contains one table.",), ("Sheet", "What it holds"), rows)


def _notes(frames: Mapping[str, pl.DataFrame]) -> Sheet:
    rows = tuple(
        (name, field.name, field.type, field.unit or "none", field.meaning)
        for name in frames
        for field in TABLES[name].fields
    )
    headings = ("Table", "Column", "Type", "Unit", "Meaning")
    return Sheet("Notes", "Notes on the columns", ("This sheet contains one table.",), headings, rows)


def _table_sheet(spec: TableSpec, frame: pl.DataFrame) -> Sheet:
    lines = (f"This sheet contains one table of {frame.height:,} rows. What each column means is on the Notes sheet.",)
    return Sheet(spec.name, spec.meaning, lines, tuple(map(_heading, spec.fields)), tuple(_cells(spec, frame)))


def _heading(field: Field) -> str:
    return f"{field.name} ({field.unit})" if field.unit else field.name


def _cells(spec: TableSpec, frame: pl.DataFrame) -> Iterator[tuple[Cell, ...]]:
    text = [field.type == "string" for field in spec.fields]
    status = spec.columns.index("status") if "status" in spec.columns else None
    for row in frame.iter_rows():
        symbol = row[status] if status is not None else ""
        yield tuple(
            (shown(value) or None) if is_text else (f"[{symbol or 'x'}]" if value is None else value)
            for value, is_text in zip(row, text, strict=True)
        )


def _sources(sources: Iterable[Source], used: set[str]) -> Sheet:
    headings = ("source_id", "Publisher", "Title", "Page", "Published", "Licence", "SHA-256 of the file")
    rows = tuple(
        (s.id, s.publisher, s.title, s.page, s.published, s.licence, s.sha256) for s in sources if s.id in used
    )
    title = "The published files that the tables were read from"
    return Sheet("Sources", title, ("This sheet contains one table.",), headings, rows)
