"""The sheets of an export: cover, contents, notes on every column, one tidy table a sheet, sources.

As the Government Analysis Function asks: the title in A1, one table a sheet with its headings in one row, units said,
no merged cells, no colour that carries meaning. A missing number is its symbol in square brackets, never blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from hnf.formats.sheets import TEXT_SIZE, TITLE_SIZE, Book, Sheet, Value
from hnf.packs.content import Column
from hnf.sources.build import ATTRIBUTION, LICENCE, TITLE
from hnf.sources.catalogue import Source
from hnf.tables.schema import RETURN_SYMBOLS, SYMBOLS, TABLES, Field, TableSpec
from hnf.text import shown

_Row = tuple[Value | None, ...]
_ONE_TABLE = "This sheet contains one table."


def make_book(frames: Mapping[str, pl.DataFrame], edition: str, sources: Iterable[Source]) -> Book:
    """Lay tables out as a workbook: tables by name, the data edition in words, the catalogue."""
    tables = tuple(_table_sheet(TABLES[name], frame) for name, frame in frames.items())
    used = {source_id for frame in frames.values() for source_id in frame["source_id"].unique()}
    sheets = (_contents(tables), _notes(frames), *tables, _sources(sources, used))
    return Book(TITLE, edition, ((TITLE, TITLE_SIZE), *((line, TEXT_SIZE) for line in _cover(edition))), sheets)


def _cover(edition: str) -> tuple[str, ...]:
    return (
        f"Data edition: {edition}.",
        ATTRIBUTION,
        f"Licence: {LICENCE['title']}, {LICENCE['path']}",
        "Each sheet after the notes holds one table. The Contents sheet lists them, the Notes sheet explains columns.",
        "A number that the publisher does not give is the publisher's symbol in square brackets. It is never zero.",
        *(f"[{symbol}] means {meaning}." for symbol, meaning in {**SYMBOLS, **RETURN_SYMBOLS}.items()),
        "A blank cell in a column of text means that the column does not apply to the row, such as the code of an "
        "authority on the row of England.",
        "Every row names the published file, sheet and cell that it was read from.",
    )


def _sheet(
    name: str, title: str, line: str, headings: Iterable[str], rows: Iterable[tuple[Value | None, ...]]
) -> Sheet:
    return Sheet(name, title, (line,), tuple(map(Column, headings)), tuple(rows), is_data=True)


def _contents(tables: tuple[Sheet, ...]) -> Sheet:
    rows = (
        ("Notes", "Meaning, type and unit of every column"),
        *((sheet.name, sheet.title) for sheet in tables),
        ("Sources", "The published files that the tables were read from"),
    )
    return _sheet("Contents", "Contents", _ONE_TABLE, ("Sheet", "What it holds"), rows)


def _notes(frames: Mapping[str, pl.DataFrame]) -> Sheet:
    rows = (
        (name, field.name, field.type, field.unit or "none", field.meaning)
        for name in frames
        for field in TABLES[name].fields
    )
    return _sheet("Notes", "Notes on the columns", _ONE_TABLE, ("Table", "Column", "Type", "Unit", "Meaning"), rows)


def _table_sheet(spec: TableSpec, frame: pl.DataFrame) -> Sheet:
    line = f"This sheet contains one table of {frame.height:,} rows. What each column means is on the Notes sheet."
    return _sheet(spec.name, spec.meaning, line, map(_heading, spec.fields), _cells(spec, frame))


def _heading(field: Field) -> str:
    return f"{field.name} ({field.unit})" if field.unit else field.name


def _cells(spec: TableSpec, frame: pl.DataFrame) -> Iterator[_Row]:
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
    rows = ((s.id, s.publisher, s.title, s.page, s.published, s.licence, s.sha256) for s in sources if s.id in used)
    return _sheet("Sources", "The published files that the tables were read from", _ONE_TABLE, headings, rows)
