"""The sheets of a pack before they have a file format: cover, contents, notes, then one table a sheet.

Excel and OpenDocument files are written from the same list, so that they hold the same tables, titles and notes. The
order and the wording follow the Analysis Function's guidance on spreadsheets (docs/spreadsheet-checklist.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from hnf.reporting.content import Column, Pack, Table
from hnf.reporting.display import MISSING, MISSING_MEANING
from hnf.reporting.sheet_cells import (
    NOT_APPLICABLE,
    NOT_APPLICABLE_MEANING,
    RANK,
    NumberFormat,
    SheetCell,
    clean_text,
    exact_format,
    fill_cell,
    format_of,
    list_headings,
)
from hnf.reporting.sheet_tables import BASIS_NOTE, list_figures, list_sentences, list_sources
from hnf.reporting.worksheet_content import Worksheet
from hnf.words import capital

COVER, CONTENTS, NOTES = "Cover", "Contents", "Notes"
#: Column of a sheet of live formulas that holds the values.
VALUE_COLUMN = 2
_WORKSHEET_COLUMNS = (
    *(Column("Line"), Column("Column letter"), Column("Value", "count"), Column("Unit")),
    *(Column("Part"), Column("Worked out as"), Column("Source cell"), Column("Figure id")),
)


@dataclass(frozen=True)
class Sheet:
    """One sheet with one table.

    Parameters
    ----------
    name : str
        Of its tab.
    title : str
        Without references to notes; stands in cell A1 and in the contents.
    above : tuple of str
        Lines between title and table: subtitle, instructions, meaning of symbols, source.
    columns : tuple of Column
        With headings that are neither empty nor alike.
    rows : tuple of tuple of SheetCell
    notes : tuple of int
        Numbers of the notes the title refers to.
    subtitle : bool
        Whether the first line above is a subtitle.
    row_of : dict of str to int
        Index of the row that formulas call by a key.
    """

    name: str
    title: str
    above: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[SheetCell, ...], ...]
    notes: tuple[int, ...] = ()
    subtitle: bool = False
    row_of: dict[str, int] = field(default_factory=dict)

    @property
    def heading(self) -> str:
        """The title with its references to notes."""
        return " ".join([self.title, "".join(f"[note {number}]" for number in self.notes)]).strip()

    @property
    def header_row(self) -> int:
        """Index of the row of headings, from nought."""
        return 1 + len(self.above)

    @property
    def table_name(self) -> str:
        """Name of the marked-up table: letters, digits and underscores."""
        return "table_" + re.sub(r"\W", "_", self.name).lower()

    def address(self, key: str) -> str:
        """Address of the cell that holds the value of a row of live formulas, such as C12."""
        return f"{ascii_uppercase[VALUE_COLUMN]}{self.header_row + self.row_of[key] + 2}"


@dataclass(frozen=True)
class Book:
    """A cover and the sheets after it."""

    title: str
    introduction: tuple[str, ...]
    about: tuple[str, ...]
    edition: str
    keywords: str
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class _Draft:
    """A sheet whose notes have no numbers yet."""

    name: str
    table: Table
    notes: tuple[str, ...] = ()
    formats: dict[tuple[int, int], NumberFormat] = field(default_factory=dict)
    worksheet: Worksheet | None = None


def list_book(pack: Pack) -> Book:
    """List the sheets of a pack.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    Book
        Contents and notes first; then key sentences, tables, the data behind the charts, sheets of live formulas,
        figures, glossary and sources. No cell is blank: a missing value is `[x]`, never zero.
    """
    drafts = _list_drafts(pack)
    notes = list(dict.fromkeys(note for draft in drafts for note in draft.notes))
    sheets = [_lay_out(draft, notes) for draft in drafts]
    numbered = tuple((SheetCell(number, RANK), fill_cell(note)) for number, note in enumerate(notes, 1))
    if numbered:
        sheets.insert(
            0,
            _simple(NOTES, "the notes the sheets refer to", (Column("Note number", "rank"), Column("Note")), numbered),
        )
    linked = tuple((SheetCell(sheet.name, link=sheet.name), SheetCell(sheet.title)) for sheet in sheets)
    contents = _simple(
        CONTENTS, "each sheet of the workbook with its title", (Column("Sheet"), Column("Table")), linked
    )
    return Book(
        title=clean_text(pack.title),
        introduction=tuple(filter(None, map(clean_text, (pack.headline.text, *_codes(pack))))),
        about=tuple(filter(None, map(clean_text, _about(pack)))),
        edition=clean_text(pack.data_edition),
        keywords=clean_text(f"high needs funding, dedicated schools grant, SEND, EHC plans, {pack.place}"),
        sheets=(contents, *sheets),
    )


def _list_drafts(pack: Pack) -> list[_Draft]:
    """Key sentences, tables, data behind the charts (numbered as on the page), live formulas, figures."""
    drafts = [_Draft("Key figures", list_sentences(pack), (BASIS_NOTE,))]
    tables = [table for section in pack.sections for table in section.tables]
    charts = [chart for section in pack.sections for chart in section.charts]
    drafts += [_Draft(f"Table {n}", table, table.notes) for n, table in enumerate(tables, 1)]
    drafts += [
        _Draft(f"Chart {n}", c.data, tuple(dict.fromkeys((*c.data.notes, *c.notes)))) for n, c in enumerate(charts, 1)
    ]
    drafts += [_draft_worksheet(worksheet) for worksheet in pack.worksheets]
    if pack.figures():
        table, formats, figure_notes = list_figures(pack.figures())
        drafts.append(_Draft("Figures", table, figure_notes, formats))
    if pack.glossary:
        columns = (Column("Term"), Column("Meaning"))
        drafts.append(_Draft("Glossary", Table("glossary", "Glossary", "", columns, pack.glossary, "")))
    if pack.sources:
        drafts.append(_Draft("Sources", list_sources(pack.sources)))
    return drafts


def _draft_worksheet(sheet: Worksheet) -> _Draft:
    rows = tuple(
        (row.label, row.letter, row.value, row.unit, row.part, row.how, row.place, row.figure_id) for row in sheet.rows
    )
    table = Table("worksheet", sheet.title, sheet.subtitle, _WORKSHEET_COLUMNS, rows, sheet.source)
    formats = {
        (number, VALUE_COLUMN): exact_format(row.value, row.unit)
        for number, row in enumerate(sheet.rows)
        if isinstance(row.value, int | float)
    }
    return _Draft(sheet.name, table, sheet.notes, formats, sheet)


def _lay_out(draft: _Draft, notes: Sequence[str]) -> Sheet:
    table = draft.table
    columns = tuple(
        Column(heading, column.kind)
        for heading, column in zip(list_headings(table.columns), table.columns, strict=True)
    )
    rows = [
        tuple(
            fill_cell(value, draft.formats.get((number, place)) or format_of(value, column.kind))
            for place, (value, column) in enumerate(zip(row, columns, strict=True))
        )
        for number, row in enumerate(table.rows or ((None,) * len(columns),))
    ]
    live = draft.worksheet.rows if draft.worksheet else ()
    for number, row in enumerate(live):
        if row.formula is not None and row.value is not None:
            cell = rows[number][VALUE_COLUMN]
            live_cell = SheetCell(cell.value, cell.number_format, row.formula)
            rows[number] = (*rows[number][:VALUE_COLUMN], live_cell, *rows[number][VALUE_COLUMN + 1 :])
    symbols = {cell.value for row in rows for cell in row if isinstance(cell.value, str)}
    instructions = "This worksheet contains one table."
    if draft.notes:
        instructions += f" Notes are on the {NOTES} worksheet."
    legend = ((MISSING, MISSING_MEANING), (NOT_APPLICABLE, NOT_APPLICABLE_MEANING))
    subtitle = clean_text(table.subtitle)
    above = (
        subtitle,
        instructions,
        *(meaning for symbol, meaning in legend if symbol in symbols),
        clean_text(table.source),
    )
    return Sheet(
        draft.name,
        str(fill_cell(table.title or draft.name).value),
        tuple(filter(None, above)),
        columns,
        tuple(rows),
        tuple(notes.index(note) + 1 for note in draft.notes),
        bool(subtitle),
        {row.key: number for number, row in enumerate(live)},
    )


def _simple(name: str, what: str, columns: tuple[Column, ...], rows: tuple[tuple[SheetCell, ...], ...]) -> Sheet:
    return Sheet(name, name, (f"This worksheet contains one table: {what}.",), columns, rows)


def _codes(pack: Pack) -> list[str]:
    return [f"{capital(p.name)}: DfE code {p.la_code}, ONS code {p.gss_code}." for p in pack.places]


def _about(pack: Pack) -> list[str]:
    return [
        f"Data edition: {pack.data_edition}.",
        BASIS_NOTE,
        MISSING_MEANING,
        f"Sheets are listed, with links, on the {CONTENTS} worksheet; notes are on the {NOTES} worksheet.",
        *(
            ["Sheets whose names begin with Block work the high needs block out with formulas that can be followed."]
            if pack.worksheets
            else []
        ),
        pack.licence,
    ]
