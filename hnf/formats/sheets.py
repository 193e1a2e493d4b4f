"""The sheets of a workbook before they have a file format: cells, sheets, their widths and heights, those of a pack.

Excel and OpenDocument files are written from the same list, so that they hold the same tables, titles and notes. Order
and wording follow the Analysis Function's guidance on spreadsheets (docs/spreadsheet-checklist.md).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from string import ascii_uppercase

from hnf.formula.worked_rows import Formula
from hnf.packs.content import (
    MISSING,
    MISSING_MEANING,
    Cell,
    Column,
    ColumnKind,
    Pack,
    Sentence,
    Table,
    Worksheet,
    is_missing,
    needs_pence,
    tabulate,
)
from hnf.results import Figure, Unit
from hnf.text import capital, shown

NOT_APPLICABLE = "[z]"
NOT_APPLICABLE_MEANING = "[z] means not applicable: there is nothing to say in this cell."

#: No number is shown with more decimals than this; the cell keeps all of them.
_MOST_DECIMALS = 6


@dataclass(frozen=True)
class NumberFormat:
    """How a number is shown: the text before it, decimals, and separators between thousands."""

    prefix: str = ""
    decimals: int = 0
    grouped: bool = True


POUNDS = NumberFormat("£")
PENCE = NumberFormat("£", 2)
COUNT = NumberFormat()
RANK = NumberFormat(grouped=False)
ONE_DECIMAL = NumberFormat(decimals=1, grouped=False)

NUMBER_FORMATS: dict[ColumnKind, NumberFormat] = {
    "gbp": POUNDS,
    "rate": POUNDS,
    "count": COUNT,
    "pct": ONE_DECIMAL,
    "rank": RANK,
    "index": ONE_DECIMAL,
}
UNIT_FORMATS: dict[Unit, tuple[str, NumberFormat]] = {
    "gbp": ("pounds (£)", POUNDS),
    "gbp_per_head": ("£ per head", PENCE),
    "gbp_per_pupil": ("£ per pupil", PENCE),
    "gbp_per_plan": ("£ per plan", PENCE),
    "count": ("number", COUNT),
    "pct": ("per cent", ONE_DECIMAL),
    "rank": ("rank", RANK),
    "share": ("share (0 to 1)", NumberFormat(decimals=4)),
    "index": ("index", ONE_DECIMAL),
    "coefficient": ("coefficient", NumberFormat(decimals=3)),
}


Value = str | float | int


@dataclass(frozen=True)
class SheetCell:
    """A cell: what it shows, how a number is formatted, the formula that gives it, and the sheet it links to."""

    value: Value
    number_format: NumberFormat | None = None
    formula: Formula | None = None
    link: str = ""


def fill_cell(value: Cell, number_format: NumberFormat | None = None) -> SheetCell:
    """Give a cell the shape the guidance asks for: never blank, never a symbol alone."""
    if value is None or is_missing(value):
        return SheetCell(MISSING)
    if not isinstance(value, str):
        return SheetCell(value, number_format)
    text = clean_text(value)
    if not text:
        return SheetCell(NOT_APPLICABLE)
    return SheetCell(text if re.search(r"\w", text) else f"symbol {text}")


def format_of(value: Cell, kind: ColumnKind) -> NumberFormat | None:
    """Return the format of a number in a column of a kind; a small rate keeps its pence."""
    if kind == "text" or not isinstance(value, int | float) or is_missing(value):
        return None
    return PENCE if kind == "rate" and needs_pence(value) else NUMBER_FORMATS[kind]


def exact_format(value: float, unit: str) -> NumberFormat:
    """Return a format that shows a number with as many decimals as it has, up to a limit; pounds to the penny."""
    money = "£" in unit
    digits = f"{value:.{_MOST_DECIMALS}f}".rstrip("0").partition(".")[2]
    decimals = len(digits) if not money or "million" in unit else 2 if digits or "per" in unit else 0
    return NumberFormat("£" if money else "", decimals)


def clean_text(text: str) -> str:
    """Take out what a cell cannot hold."""
    return shown(text).strip()


def list_headings(columns: Sequence[Column]) -> list[str]:
    """Headings of a sheet must not be empty or alike."""
    headings: list[str] = []
    for column in columns:
        stem = heading = clean_text(column.title) or "Column"
        number = 1
        while heading.casefold() in [known.casefold() for known in headings]:
            number += 1
            heading = f"{stem} ({number})"
        headings.append(heading)
    return headings


def show_number(value: float, shown: NumberFormat) -> str:
    """Write a number as its format shows it."""
    digits = f"{abs(value):{',' if shown.grouped else ''}.{shown.decimals}f}"
    return f"{'-' if value < 0 else ''}{shown.prefix}{digits}"


BASIS_NOTE = (
    "Basis: a published figure is a cell of a published file; a derived figure is arithmetic on such cells; "
    "an estimated figure rests on an assumption."
)
_TRACE_NOTE = "The command hnf trace, followed by a figure id, leads back to publisher, file, sheet and cell."

#: How many inputs of a figure a cell names.
_INPUTS_SHOWN = 4


def list_sentences(pack: Pack) -> Table:
    """List each sentence with the part it is in, its basis and the ids of its figures."""
    groups: list[tuple[str, Iterable[Sentence]]] = [("Headline", (pack.headline,)), ("Key points", pack.key_sentences())]
    groups += [(section.title, (*section.paragraphs, *section.bullets)) for section in pack.sections]
    return tabulate(
        "key_figures",
        f"Key figures: {pack.place}",
        "Each sentence of the pack, the basis on which it is true, and the ids of its figures",
        {"Sentence": "text", "Basis": "text", "Part of the pack": "text", "Figure ids": "text"},
        (
            (one.text, one.basis or "no basis needed", part, ", ".join(f.id for f in one.figures) or "no figures")
            for part, sentences in groups
            for one in sentences
        ),
    )


def list_figures(figures: Sequence[Figure]) -> tuple[Table, dict[tuple[int, int], NumberFormat], tuple[str, ...]]:
    """List figures; returns the table, the number format of each value by its unit, and the notes."""
    table = tabulate(
        "figures",
        "Figures behind the sentences",
        "Each figure once, unrounded, with its unit and how it was worked out",
        {
            **{"Figure id": "text", "Figure": "text", "Value": "count", "Unit": "text", "Basis": "text"},
            **{"Worked out as": "text", "Worked out from": "text", "If missing": "text"},
        },
        (
            (f.id, f.label, f.value, UNIT_FORMATS[f.unit][0], f.basis, f.derivation, _shorten_inputs(f), f.status)
            for f in figures
        ),
    )
    formats = {(row, 2): UNIT_FORMATS[figure.unit][1] for row, figure in enumerate(figures)}
    return table, formats, (BASIS_NOTE, _TRACE_NOTE)


def _shorten_inputs(figure: Figure) -> str:
    """Name the inputs; a rank has one for every authority, which `hnf trace` lists and a cell cannot."""
    if len(figure.inputs) <= _INPUTS_SHOWN:
        return ", ".join(figure.inputs)
    rest = len(figure.inputs) - _INPUTS_SHOWN
    return ", ".join(figure.inputs[:_INPUTS_SHOWN]) + f" and {rest} more: hnf trace {figure.id}"


def list_sources(sources: Sequence[dict[str, str]]) -> Table:
    """List the published files."""
    columns = {
        **{"id": "Source id", "title": "Title", "publisher": "Publisher", "published": "Published"},
        **{"licence": "Licence", "page": "Page", "sha256": "SHA-256 of the file"},
    }
    return tabulate(
        "sources",
        "Sources",
        "The published files this pack rests on",
        dict.fromkeys(columns.values(), "text"),
        ([source.get(key, "") for key in columns] for source in sources),
    )


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

    `title` is without references to notes. `above` are the lines between title and table; headings are neither empty
    nor alike. Rows hold plain values, or cells with a format, a formula or a link; None is a blank cell. `notes` are
    the numbers of the notes the title refers to; `subtitle` says that the first line above is one; `row_of` is the
    index of the row that formulas call by a key. `is_data`: a long table to work with, not a page to read: frozen
    headings, filters, plain cells.
    """

    name: str
    title: str
    above: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[SheetCell | Value | None, ...], ...]
    notes: tuple[int, ...] = ()
    subtitle: bool = False
    row_of: dict[str, int] = field(default_factory=dict)
    is_data: bool = False

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
    """A cover, as lines with their size in points (the title first), and the sheets after it."""

    title: str
    edition: str
    cover: tuple[tuple[str, int], ...]
    sheets: tuple[Sheet, ...]
    keywords: str = ""


@dataclass(frozen=True)
class _Draft:
    """A sheet whose notes have no numbers yet."""

    name: str
    table: Table
    notes: tuple[str, ...] = ()
    formats: dict[tuple[int, int], NumberFormat] = field(default_factory=dict)
    worksheet: Worksheet | None = None


def list_book(pack: Pack) -> Book:
    """List the sheets of a pack: contents and notes, then key sentences, tables, data behind charts, live formulas.

    No cell is blank: a missing value is `[x]`, never zero.
    """
    drafts = _list_drafts(pack)
    notes = list(dict.fromkeys(note for draft in drafts for note in draft.notes))
    sheets = [_lay_out(draft, notes) for draft in drafts]
    numbered = tuple((SheetCell(number, RANK), fill_cell(note)) for number, note in enumerate(notes, 1))
    if numbered:
        columns = (Column("Note number", "rank"), Column("Note"))
        sheets.insert(0, _simple(NOTES, "the notes the sheets refer to", columns, numbered))
    linked = tuple((SheetCell(sheet.name, link=sheet.name), SheetCell(sheet.title)) for sheet in sheets)
    columns = (Column("Sheet"), Column("Table"))
    contents = _simple(CONTENTS, "each sheet of the workbook with its title", columns, linked)
    title = clean_text(pack.title)
    cover = [(title, TITLE_SIZE), ("Introductory information", SUBTITLE_SIZE)]
    cover += [(line, TEXT_SIZE) for line in filter(None, map(clean_text, (pack.headline.text, *_codes(pack))))]
    cover += [("About these data", SUBTITLE_SIZE)]
    cover += [(line, TEXT_SIZE) for line in filter(None, map(clean_text, _about(pack)))]
    return Book(
        title,
        clean_text(pack.data_edition),
        tuple(cover),
        (contents, *sheets),
        clean_text(f"high needs funding, dedicated schools grant, SEND, EHC plans, {pack.place}"),
    )


def _list_drafts(pack: Pack) -> list[_Draft]:
    """Key sentences, tables, data behind the charts (numbered as on the page), live formulas, figures."""
    drafts = [_Draft("Key figures", list_sentences(pack), (BASIS_NOTE,))]
    tables = [table for section in pack.sections for table in section.tables]
    drafts += [_Draft(f"Table {n}", table, table.notes) for n, table in enumerate(tables, 1)]
    drafts += [
        _Draft(f"Chart {n}", c.data, tuple(dict.fromkeys((*c.data.notes, *c.notes))))
        for n, c in enumerate(pack.charts(), 1)
    ]
    drafts += [_draft_worksheet(worksheet) for worksheet in pack.worksheets]
    if pack.figures():
        table, formats, figure_notes = list_figures(pack.figures())
        drafts.append(_Draft("Figures", table, figure_notes, formats))
    if pack.glossary:
        table = tabulate("glossary", "Glossary", "", {"Term": "text", "Meaning": "text"}, pack.glossary)
        drafts.append(_Draft("Glossary", table))
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
            before, cell, after = (
                rows[number][:VALUE_COLUMN],
                rows[number][VALUE_COLUMN],
                rows[number][VALUE_COLUMN + 1 :],
            )
            rows[number] = (*before, replace(cell, formula=row.formula), *after)
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


COVER_WIDTH = 95.0
#: Font sizes of the Analysis Function's style, in points: text, title, subtitle.
TEXT_SIZE, TITLE_SIZE, SUBTITLE_SIZE = 12, 16, 14
_WIDEST_COLUMN = 50
_NARROWEST_COLUMN = 11
#: Columns of data, by their headings and first rows.
_WIDEST_DATA, _NARROWEST_DATA = 60.0, 10.0
_MEASURED_ROWS = 200
#: Columns of the two sheets that lead to the others, and of sheets of live formulas, which are wide.
_FIXED_WIDTHS = {CONTENTS: [26.0, 100.0], NOTES: [16.0, 110.0]}
_LIVE_WIDTHS = [42.0, 12.0, 20.0, 14.0, 20.0, 32.0, 32.0, 30.0]
#: Width of a letter of Arial 12 in the units of column widths: a wide one, to fit a word, and one in running text.
#: Height of a line of it in points.
_LETTER_WIDTH = 1.15
_MEAN_LETTER_WIDTH = 1.03
_LINE_HEIGHT = 15.75
#: Excel refuses rows above 409 points.
_HIGHEST_ROW = 400.0


def fit_widths(sheet: Sheet) -> list[float]:
    """Fit columns to their longest value or heading word, in characters; long text wraps instead."""
    if sheet.is_data:
        return _data_widths(sheet)
    if sheet.name in _FIXED_WIDTHS:
        return _FIXED_WIDTHS[sheet.name]
    if sheet.row_of:
        return _LIVE_WIDTHS
    widths = []
    for place, column in enumerate(sheet.columns):
        values = [len(str(_value_of(row[place]))) for row in sheet.rows]
        longest = max(values) if column.kind == "text" else min(max(values) + 4, 18)
        word = max(len(word) for word in column.title.split())
        widths.append(min(max(longest, word, _NARROWEST_COLUMN) * _LETTER_WIDTH + 1, _WIDEST_COLUMN))
    return widths


def _data_widths(sheet: Sheet) -> list[float]:
    """Fit columns of data to their headings and first rows."""
    columns = zip((column.title for column in sheet.columns), *sheet.rows[:_MEASURED_ROWS], strict=True)
    longest = (max(len(str(_value_of(cell))) for cell in column if cell is not None) for column in columns)
    return [max(_NARROWEST_DATA, min(_WIDEST_DATA, width + 2)) for width in longest]


def _value_of(cell: SheetCell | Value | None) -> Value | None:
    return cell.value if isinstance(cell, SheetCell) else cell


def fit_cover(book: Book) -> list[float]:
    """Return the heights of the lines of the cover."""
    return [fit_height([line], [COVER_WIDTH], enlarged=size / TEXT_SIZE) + 3 for line, size in book.cover]


def fit_height(texts: Sequence[str], widths: Sequence[float], *, enlarged: float = 1.0) -> float:
    """Height in points of a row of wrapped texts; `enlarged` is the font size over the usual 12 points.

    Excel works this out for itself when a file is opened; LibreOffice and others print one line over another.
    """
    lines = 1
    for text, width in zip(texts, widths, strict=True):
        letters = max(int(width / _MEAN_LETTER_WIDTH / enlarged), 1)
        if len(text) > letters:
            lines = max(lines, _count_lines(text, letters))
    return min(lines * _LINE_HEIGHT * enlarged, _HIGHEST_ROW)


@lru_cache(maxsize=4096)
def _count_lines(text: str, letters: int) -> int:
    """Count the lines of a wrapped text; notes, sources and terms are the same in many sheets and packs."""
    return sum(max(len(textwrap.wrap(part, letters)), 1) for part in text.splitlines())


def fit_rows(sheet: Sheet, widths: Sequence[float]) -> list[float]:
    """Heights of the row of headings and the rows below it: formatted numbers never wrap, so only texts decide."""
    headings = [column.title for column in sheet.columns]
    rows = [[v if isinstance(v := _value_of(cell), str) else "" for cell in row] for row in sheet.rows]
    return [fit_height(headings, widths, enlarged=1.1), *(fit_height(row, widths) for row in rows)]
