"""A table as it is printed: every cell as text, with what a page needs to know to lay it out."""

from __future__ import annotations

from dataclasses import dataclass

from hnf.reporting.content import Cell, Table
from hnf.reporting.display import MISSING_MEANING, is_missing, print_cell


@dataclass(frozen=True)
class PrintedCell:
    """A cell: its printed text, the value behind it (None for a missing one), whether it is a number, names its row."""

    text: str
    value: Cell
    is_number: bool
    is_header: bool
    figure_id: str | None


@dataclass(frozen=True)
class PrintedTable:
    """A table with its cells printed; `columns` are (title, whether it holds numbers), `notes` explain symbols too."""

    table: Table
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[PrintedCell, ...], ...]
    notes: tuple[str, ...]


def print_table(table: Table) -> PrintedTable:
    """Print every cell of a table by the kind of its column."""
    heads = _header_column(table)
    rows = []
    for number, row in enumerate(table.rows):
        ids = table.figure_ids[number] if table.figure_ids else (None,) * len(row)
        rows.append(
            tuple(
                PrintedCell(
                    text=print_cell(value, column.kind),
                    value=None if is_missing(value) else value,
                    is_number=column.kind != "text",
                    is_header=place == heads and value != "",
                    figure_id=figure_id,
                )
                for place, (value, column, figure_id) in enumerate(zip(row, table.columns, ids, strict=True))
            )
        )
    missing = any(is_missing(value) for row in table.rows for value in row)
    return PrintedTable(
        table=table,
        columns=tuple((column.title, column.kind != "text") for column in table.columns),
        rows=tuple(rows),
        notes=(*table.notes, MISSING_MEANING) if missing else table.notes,
    )


def _header_column(table: Table) -> int:
    """Find the column that names the rows: the first of text that is never empty, whatever stands before it."""
    for place, column in enumerate(table.columns):
        if column.kind == "text" and all(str(row[place]).strip() for row in table.rows):
            return place
    return 0
