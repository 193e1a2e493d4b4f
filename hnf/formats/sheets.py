"""The sheets of a workbook before they have a file format: cells, sheets, their widths and heights, those of a pack.

Excel and OpenDocument files are written from the same list, so that they hold the same tables, titles and notes. Order
and wording follow the Analysis Function's guidance on spreadsheets (docs/spreadsheet-checklist.md).
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from string import ascii_uppercase
from typing import Literal

from hnf.formula.worked_rows import Call, Formula
from hnf.packs.content import (
    MISSING,
    MISSING_MEANING,
    AmongAllChart,
    Cell,
    Chart,
    Column,
    ColumnKind,
    LineChart,
    LiveTable,
    Pack,
    RankDotsChart,
    Sentence,
    Table,
    Worksheet,
    is_missing,
    needs_pence,
    print_figure,
    tabulate,
)
from hnf.results import Figure, Unit
from hnf.text import capital, shown

NOT_APPLICABLE = "[z]"
NOT_APPLICABLE_MEANING = "[z] means not applicable: there is nothing to say in this cell."

_MILLIONS = re.compile(r"£ ?m(illion)?\b")
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
    """List every sentence with the part it is in and its basis: a row for each figure, as printed and with its id."""
    parts: list[tuple[str, Iterable[Sentence]]] = [
        ("Message", (pack.headline,)),
        ("Date line", (pack.as_at,)),
        ("Large numbers", (number.says for number in pack.numbers)),
        *((section.title, section.sentences()) for section in pack.sections),
    ]
    said = [(number, part, one) for number, (part, one) in enumerate(((p, s) for p, own in parts for s in own), 1)]
    rows = []
    for number, part, one in said:
        about = (one.basis or "no basis needed", ", ".join(filter(None, (one.said_by, one.link))))
        figures = list(zip(one.printed or map(print_figure, one.figures), one.figures, strict=True))
        figures += [("in the basis", figure) for figure in one.behind]
        said_with = [(words, figure.id, str(figure.basis)) for words, figure in figures]
        rows += [(number, one.text, part, *each, *about) for each in said_with or [("no figures", "", "")]]
    columns: dict[str, ColumnKind] = {"Number": "rank", **dict.fromkeys(_SENTENCE_COLUMNS, "text")}
    return tabulate(
        "sentences",
        f"Sentences and their figures: {pack.place}",
        "Every sentence of the pack, a row for each of its figures, and the basis on which it is true",
        columns,
        rows,
    )


_SENTENCE_COLUMNS = (
    *("Sentence", "Part of the pack", "Printed as", "Figure id", "Figure is"),
    *("Basis of the sentence", "Said by"),
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


COVER, CONTENTS, NOTES, SENTENCES = "Cover", "Contents", "Notes", "Sentences"
#: Column of a sheet of live formulas that holds the values.
VALUE_COLUMN = 2
_WORKSHEET_COLUMNS = (
    *(Column("Line"), Column("Column letter"), Column("Value", "count"), Column("Unit")),
    *(Column("Part"), Column("Worked out as"), Column("Source cell"), Column("Figure id")),
)


#: Where formulas find a value: index of its row, none for all rows, and of its column.
Position = tuple[int | None, int]


@dataclass(frozen=True)
class SheetChart:
    """A chart of a sheet's own cells, which changes with them: lines over an order, bars, or bars with long names.

    `categories` is a column; `series` are columns with the name of each, `highlights` lines or rows of bars to
    pick out. `alt` says what is shown for those who cannot see it.
    """

    kind: Literal["lines", "bars", "rows"]
    title: str
    y_title: str
    categories: int
    series: tuple[tuple[int, str], ...]
    highlights: tuple[int, ...]
    alt: str
    shown_as: NumberFormat = COUNT


@dataclass(frozen=True)
class Sheet:
    """One sheet with one table.

    `title` is without references to notes. `above` are the lines between title and table; headings are neither empty
    nor alike. Rows hold plain values, or cells with a format, a formula or a link; None is a blank cell. `notes` are
    the numbers of the notes the title refers to; `subtitle` says that the first line above is one; `places` are the
    cells and columns that formulas call by a key, `widths` those of the columns where they are fixed. `is_data`: a long
    table to work with, not a page to read: filters, plain cells. `chart` is drawn beside the table.
    """

    name: str
    title: str
    above: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[SheetCell | Value | None, ...], ...]
    notes: tuple[int, ...] = ()
    subtitle: bool = False
    places: dict[str, Position] = field(default_factory=dict)
    is_data: bool = False
    widths: tuple[float, ...] = ()
    chart: SheetChart | None = None

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

    @property
    def last_row(self) -> int:
        """Number of the last row of the table."""
        return self.header_row + 1 + len(self.rows)

    def ends(self, key: str) -> tuple[tuple[int, str], ...]:
        """Return number of row and letters of column of a cell that formulas call by a key; of a column, both ends."""
        row, column = self.places[key]
        letter = column_letters(column)
        if row is None:
            return (self.header_row + 2, letter), (self.last_row, letter)
        return ((self.header_row + row + 2, letter),)


@dataclass(frozen=True)
class Book:
    """A cover, as lines with their size in points (the title first), and the sheets after it.

    `names` are names for the whole workbook, each with the sheet and the key of its cell or column.
    """

    title: str
    edition: str
    cover: tuple[tuple[str, int], ...]
    sheets: tuple[Sheet, ...]
    keywords: str = ""
    names: tuple[tuple[str, str, str], ...] = ()

    def find(self, key: str, within: Sheet) -> tuple[str, tuple[tuple[int, str], ...]]:
        """Return the name of the sheet of a key, empty for the sheet it is used in, and the ends of what it names."""
        name, _, own = key.rpartition("!")
        sheet = next(sheet for sheet in self.sheets if sheet.name == name) if name else within
        return name, sheet.ends(own)


def column_letters(place: int) -> str:
    """Name a column from nought: A to Z, AA and so on."""
    return ascii_uppercase[place] if place < 26 else column_letters(place // 26 - 1) + ascii_uppercase[place % 26]


@dataclass(frozen=True)
class _Draft:
    """A sheet whose notes have no numbers yet; `formulas` are by row and column."""

    name: str
    table: Table
    notes: tuple[str, ...] = ()
    formats: dict[tuple[int, int], NumberFormat] = field(default_factory=dict)
    formulas: dict[tuple[int, int], Formula] = field(default_factory=dict)
    places: dict[str, Position] = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()
    widths: tuple[float, ...] = ()
    chart: SheetChart | None = None


def list_book(pack: Pack) -> Book:
    """List the sheets of a pack: its first page as cover, contents, notes; sentences, tables, charts, live formulas.

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
    return Book(
        title,
        clean_text(pack.data_edition),
        tuple((line, size) for text, size in _list_cover(pack) if (line := clean_text(text))),
        (contents, *sheets),
        clean_text(f"high needs funding, dedicated schools grant, SEND, EHC plans, {pack.place}"),
        tuple((name, draft.name, key) for draft in drafts for key, name in draft.names),
    )


def _list_cover(pack: Pack) -> Iterator[tuple[str, int]]:
    """Yield the lines of the first page with their sizes, then what is to be known about the data."""
    yield pack.title, TITLE_SIZE
    yield pack.headline.text, SUBTITLE_SIZE
    yield pack.as_at.text, TEXT_SIZE
    for number in pack.numbers:
        yield number.large, NUMBER_SIZE
        yield number.label, TEXT_SIZE
        yield number.says.text, TEXT_SIZE
    for section in pack.sections:
        said = section.sentences() if section.page == "first" else ()
        if said:
            yield section.title, SUBTITLE_SIZE
        for sentence in said:
            said_by = ", ".join(filter(None, (sentence.said_by, sentence.link)))
            yield sentence.text + f" ({said_by})" * bool(said_by), TEXT_SIZE
    yield "About these data", SUBTITLE_SIZE
    for line in (*_codes(pack), *_about(pack)):
        yield line, TEXT_SIZE


def _list_drafts(pack: Pack) -> list[_Draft]:
    """Sentences, tables, data behind the charts (numbered as on the page), live formulas, figures."""
    drafts = [_Draft(SENTENCES, list_sentences(pack), (BASIS_NOTE,))]
    tables = [table for section in pack.sections for table in section.tables]
    drafts += [_Draft(f"Table {n}", table, table.notes) for n, table in enumerate(tables, 1)]
    drafts += [_draft_chart(f"Chart {n}", chart) for n, chart in enumerate(pack.charts(), 1)]
    drafts += [_draft_worksheet(worksheet) for worksheet in pack.worksheets]
    drafts += [_draft_live(table) for table in _merge_live(pack.worksheets)]
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
    return _Draft(
        sheet.name,
        table,
        sheet.notes,
        formats,
        {
            (number, VALUE_COLUMN): row.formula
            for number, row in enumerate(sheet.rows)
            if row.formula is not None and row.value is not None
        },
        {row.key: (number, VALUE_COLUMN) for number, row in enumerate(sheet.rows)},
        sheet.names,
        _LIVE_WIDTHS,
    )


def _merge_live(worksheets: Iterable[Worksheet]) -> Iterator[LiveTable]:
    """Yield each sheet that others refer to once, with the formulas of all that refer to it."""
    found: dict[str, LiveTable] = {}
    for live in (sheet.beside for sheet in worksheets if sheet.beside):
        known = found.setdefault(live.name, live)
        rows = zip(known.formulas, live.formulas, strict=True)
        formulas = tuple(tuple(a or b for a, b in zip(*row, strict=True)) for row in rows)
        notes = tuple(dict.fromkeys((*known.table.notes, *live.table.notes)))
        found[live.name] = replace(known, formulas=formulas, table=replace(known.table, notes=notes))
    yield from found.values()


def _draft_live(live: LiveTable) -> _Draft:
    """Lay out a table with formulas, and a chart of the first column of rates in it."""
    cells = {
        (row, column): formula
        for row, formulas in enumerate(live.formulas)
        for column, formula in enumerate(formulas)
        if formula is not None and not is_missing(live.table.rows[row][column])
    }
    places: dict[str, Position] = {key: (None, column) for column, key in enumerate(live.column_keys)}
    for row, own in enumerate(live.row_keys):
        places |= {f"{own}:{key}": (row, column) for column, key in enumerate(live.column_keys)}
    kinds = [column.kind for column in live.table.columns]
    bars = None
    if "rate" in kinds:
        rate, name = kinds.index("rate"), live.column_keys.index("name")
        own_rows = tuple(row for row, column in cells if column < rate and isinstance(cells[row, column], Call))
        title = live.table.columns[rate].title
        bars = SheetChart(
            "bars",
            live.table.title,
            title,
            name,
            ((rate, title),),
            tuple(dict.fromkeys(row for row in own_rows if live.table.rows[row][rate] != "")),
            f"{live.table.title}: a bar for each authority, {title}, in the order of the rows.",
            POUNDS,
        )
    widths = tuple(_LIVE_TABLE_WIDTHS.get(kind, 14.0) for kind in kinds)
    widths = (12.0, 34.0, *widths[2:-1], 60.0)
    return _Draft(live.name, live.table, live.table.notes, {}, cells, places, live.names, widths, bars)


def _draft_chart(name: str, chart: Chart) -> _Draft:
    """Lay out the data of a chart, index numbers as formulas on the counts that they are made of, and the chart."""
    data = chart.data
    notes = tuple(dict.fromkeys((*data.notes, *chart.notes)))
    cells: dict[tuple[int, int], Formula] = {}
    for column, source in _find_indices(data):
        for row in range(len(data.rows)):
            cells[row, column] = Call("{0}/{1}*100", (f"{row}:{source}", f"0:{source}"))
    places: dict[str, Position] = {
        f"{row}:{column}": (row, column) for row in range(len(data.rows)) for column in range(len(data.columns))
    }
    return _Draft(name, data, notes, {}, cells, places if cells else {}, chart=_plot(chart))


def _find_indices(data: Table) -> Iterator[tuple[int, int]]:
    """Yield each column of index numbers with the column of the same table that it follows from, where there is one."""
    for column, head in enumerate(data.columns):
        for source, other in enumerate(data.columns):
            if (head.kind, other.kind) in {("index", "count"), ("index", "gbp")} and _follows(data, column, source):
                yield column, source
                break


def _follows(data: Table, column: int, source: int) -> bool:
    """Whether a column is the other one as a percentage of its first value, in every row."""
    pairs = [(row[column], row[source]) for row in data.rows]
    numbers = [(a, b) for a, b in pairs if isinstance(a, int | float) and isinstance(b, int | float)]
    if len(numbers) < max(len(data.rows), 2) or not all(map(math.isfinite, (n for pair in numbers for n in pair))):
        return False
    base = numbers[0][1]
    return bool(base) and all(math.isclose(a, b / base * 100, rel_tol=1e-12) for a, b in numbers)


def _plot(chart: Chart) -> SheetChart | None:
    """Return the chart of the cells of its data, where its values are columns of it."""
    spec, data = chart.spec, chart.data
    if isinstance(spec, LineChart):
        names = [line.name for line in spec.lines]
        wanted = [[y for _, y in line.points] for line in spec.lines]
        if spec.band:
            names += [f"{spec.band.name}, lowest", f"{spec.band.name}, highest"]
            wanted += [[low for _, low, _ in spec.band.points], [high for _, _, high in spec.band.points]]
        found = [(_column_of(data, values), name) for values, name in zip(wanted, names, strict=True)]
        series = tuple((column, name) for column, name in found if column is not None)
        picked = tuple(n for n, line in enumerate(spec.lines) if line.highlight)
        whole = len(series) == len(spec.lines) + 2 * bool(spec.band)
        return SheetChart("lines", chart.title, spec.y_title, 0, series, picked, chart.alt) if whole else None
    if isinstance(spec, AmongAllChart):
        column = _column_of(data, [value for _, value in spec.values])
        texts = [place for place, head in enumerate(data.columns) if head.kind == "text"]
        if column is None or not texts:
            return None
        picked = tuple(n for n, (name, _) in enumerate(spec.values) if name == spec.highlight)
        series = ((column, spec.x_title),)
        shown_as = NUMBER_FORMATS.get(data.columns[column].kind, COUNT)
        return SheetChart("bars", chart.title, spec.x_title, texts[0], series, picked, chart.alt, shown_as)
    if isinstance(spec, RankDotsChart):
        column = _column_of(data, [rank for rank, _ in spec.dots])
        if column is not None:
            named = max(n for n, head in enumerate(data.columns[:column]) if head.kind == "text")
            series = ((column, "Rank"),)
            return SheetChart("rows", chart.title, "Rank (1 is the lowest)", named, series, (), chart.alt)
    return None


def _column_of(data: Table, values: Sequence[float | int | None]) -> int | None:
    """Return the column of a table that holds these values in order."""
    for place in range(1, len(data.columns)):
        if [None if is_missing(row[place]) else row[place] for row in data.rows] == list(values):
            return place
    return None


def _lay_out(draft: _Draft, notes: Sequence[str]) -> Sheet:
    table, held = draft.table, tuple(map(_in_pounds, draft.table.columns))
    columns = tuple(Column(heading, column.kind) for heading, column in zip(list_headings(held), held, strict=True))
    rows = [
        tuple(
            fill_cell(value, draft.formats.get((number, place)) or format_of(value, column.kind))
            for place, (value, column) in enumerate(zip(row, columns, strict=True))
        )
        for number, row in enumerate(table.rows or ((None,) * len(columns),))
    ]
    for (number, place), formula in draft.formulas.items():
        row = rows[number]
        rows[number] = (*row[:place], replace(row[place], formula=formula), *row[place + 1 :])
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
        draft.places,
        widths=draft.widths,
        chart=draft.chart,
    )


def _in_pounds(column: Column) -> Column:
    """Return a column of amounts that pages print in millions as sheets hold them: in pounds, unrounded."""
    if column.kind != "millions":
        return column
    return Column(_MILLIONS.sub("£", column.title), "gbp")


def _simple(name: str, what: str, columns: tuple[Column, ...], rows: tuple[tuple[SheetCell, ...], ...]) -> Sheet:
    line = f"This worksheet contains one table: {what}."
    return Sheet(name, name, (line,), columns, rows, widths=_LIST_WIDTHS[name])


def _codes(pack: Pack) -> list[str]:
    return [f"{capital(p.name)}: DfE code {p.la_code}, ONS code {p.gss_code}." for p in pack.places]


def _about(pack: Pack) -> list[str]:
    return [
        f"Data edition: {pack.data_edition}.",
        BASIS_NOTE,
        MISSING_MEANING,
        f"Sheets are listed, with links, on the {CONTENTS} worksheet; notes are on the {NOTES} worksheet.",
        *(
            [
                "This page, the sentences and the tables are as published. Sheets whose names begin with Block or All "
                "authorities work blocks, rates and ranks out with formulas: change an input, and what follows changes "
                "there. Inputs and results have names, such as those that begin with Block, Rate, Gap and Rank."
            ]
            if pack.worksheets
            else []
        ),
        pack.licence,
    ]


COVER_WIDTH = 88.0
#: Font sizes of the Analysis Function's style, in points: text, title, subtitle.
TEXT_SIZE, TITLE_SIZE, SUBTITLE_SIZE = 12, 16, 14
#: Of the large numbers of the first page.
NUMBER_SIZE = 22
_WIDEST_COLUMN = 50
_NARROWEST_COLUMN = 11
#: Columns of data, by their headings and first rows.
_WIDEST_DATA, _NARROWEST_DATA = 60.0, 10.0
_MEASURED_ROWS = 200
#: Columns of the two sheets that lead to the others, and of sheets of live formulas, which are wide.
_LIST_WIDTHS = {CONTENTS: (26.0, 100.0), NOTES: (16.0, 110.0)}
_LIVE_WIDTHS = (42.0, 12.0, 20.0, 14.0, 20.0, 32.0, 32.0, 30.0)
_LIVE_TABLE_WIDTHS: dict[ColumnKind, float] = {"gbp": 18.0, "count": 16.0, "rate": 14.0, "rank": 12.0}
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
    if sheet.widths:
        return list(sheet.widths)
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
