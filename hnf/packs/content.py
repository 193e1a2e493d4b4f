"""The content of a pack before it has a format: sentences, tables, charts, sections, and how they are printed.

A pack is built once, as the objects below, and each format lays the same objects out. No format computes, rounds or
words anything: values and figures become text here alone, so that the same number never appears in two shapes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from hnf.results import Figure, Unit
from hnf.text import capital, ordinal

if TYPE_CHECKING:
    from hnf.formula.worked_rows import Formula, FormulaRow


@dataclass(frozen=True)
class Line:
    """One line of a line chart: (x label, y) in order; y is None where there is no figure."""

    name: str
    points: tuple[tuple[str, float | None], ...]
    highlight: bool = False


@dataclass(frozen=True)
class Band:
    """A range behind the lines of a chart: (x label, lowest, highest) in order; both None where there is none."""

    name: str
    points: tuple[tuple[str, float | None, float | None], ...]


@dataclass(frozen=True)
class LineChart:
    """Up to four lines over the same ordered x labels, labelled at their ends, and a pale band behind them.

    `breaks` are (x label, words): a dashed vertical rule *before* that x with a short note.
    """

    y_title: str
    lines: tuple[Line, ...]
    breaks: tuple[tuple[str, str], ...] = ()
    y_from_zero: bool = True
    y_prefix: str = ""
    band: Band | None = None


@dataclass(frozen=True)
class AmongAllChart:
    """One authority among all: a bar for each, lowest first, one of them picked out, with reference lines.

    `values` are (name, value) lowest first; `highlight` is a name; `references` are (label, value), such as the England
    rate and the median.
    """

    x_title: str
    values: tuple[tuple[str, float], ...]
    highlight: str
    references: tuple[tuple[str, float], ...]
    highlight_label: str
    x_prefix: str = ""


@dataclass(frozen=True)
class BreakdownChart:
    """What a total is made of, as a waterfall: each part starts where the one before it ends.

    `parts` are (name, value, printed text) in published order; `total` is (name, value, printed text).
    """

    x_title: str
    parts: tuple[tuple[str, float, str], ...]
    total: tuple[str, float, str]


@dataclass(frozen=True)
class WinnersLosersChart:
    """Who gains and who loses most: horizontal bars from a common zero, gains to the right and losses to the left.

    `gains` and `losses` are (name, value, printed text), the largest gain first and the largest loss last; either may
    be empty. `between` says in words who is left out between them, nothing where nobody is. `highlight` is a name,
    printed in bold.
    """

    x_title: str
    gains: tuple[tuple[str, float, str], ...]
    losses: tuple[tuple[str, float, str], ...]
    between: str = ""
    highlight: str = ""


@dataclass(frozen=True)
class RankDotsChart:
    """Ranks of one authority on many bases: a dot each on one line, from the lowest of all authorities to the highest.

    `dots` are (rank, authorities ranked), lowest first; `labels` are (index of a dot, words) for the few that are
    named; `highlight` is the index of the label printed in bold; `low_end` and `high_end` are printed at the ends.
    """

    dots: tuple[tuple[int, int], ...]
    labels: tuple[tuple[int, str], ...]
    highlight: int
    low_end: str
    high_end: str


@dataclass(frozen=True)
class StripRow:
    """One measure on a strip from nought to the largest value of all authorities.

    `value` is the place's and `england` England's, None where there is none, with their printed texts (for a missing
    one the reason in two or three words); `neighbours` and `others` are the values of neighbours and of all.
    """

    name: str
    value: float | None
    printed: str
    england: float | None
    england_printed: str
    neighbours: tuple[float, ...]
    others: tuple[float, ...]


@dataclass(frozen=True)
class StripChart:
    """Several measures of one place below each other, each on a strip of its own, beside England and neighbours."""

    place: str
    rows: tuple[StripRow, ...]


@dataclass(frozen=True)
class Tile:
    """The square of one authority on a tile map.

    `column` counts from the west and `row` from the north, both from 1. `value` is None where there is no figure: such
    a square is drawn with a pattern, never in the colour of a value; `is_open` where there is a range in several
    classes, which has a pattern too. Borders between regions are drawn where `region` is given.
    """

    la_code: str
    name: str
    column: int
    row: int
    value: float | None
    region: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class TileMapChart:
    """A map of England with one equal square an authority, shaded in at most five classes, the lowest lightest.

    `bounds` are the lower bounds of all classes but the first, rising; `legend` the printed words of the classes, one
    more than the bounds, lowest first. `missing` are the words for squares without a figure, `several` for those that
    may be in several classes. `highlight` are the codes of the authorities that get a bold outline;
    `highlighted` are their words where their names would be too many.
    """

    tiles: tuple[Tile, ...]
    bounds: tuple[float, ...]
    legend: tuple[str, ...]
    missing: str = ""
    highlight: tuple[str, ...] = ()
    several: str = ""
    highlighted: str = ""


ChartSpec = LineChart | AmongAllChart | BreakdownChart | WinnersLosersChart | RankDotsChart | StripChart | TileMapChart


@dataclass(frozen=True)
class LiveTable:
    """A table of which some cells are formulas, on a sheet of its own.

    `name` is that of its tab; `formulas` has the shape of the rows. Formulas call a column by its key, and a cell by
    the keys of its row and column with a colon between them. `names` are names of columns for the whole workbook, by
    key.
    """

    name: str
    table: Table
    row_keys: tuple[str, ...]
    column_keys: tuple[str, ...]
    formulas: tuple[tuple[Formula | None, ...], ...]
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Worksheet:
    """A sheet of live formulas: inputs as published, then arithmetic on the rows above and on the sheet `beside` it.

    `name` is that of its tab, unique in the workbook, at most 31 characters; a formula of `rows` names rows above it
    and cells of the sheet `beside` only. `figures_of_notes` are the ids of the numbers in the notes; `names` are names
    of values for the whole workbook, by the key of their row.
    """

    name: str
    title: str
    subtitle: str
    rows: tuple[FormulaRow, ...]
    source: str
    notes: tuple[str, ...] = ()
    figures_of_notes: tuple[str, ...] = ()
    beside: LiveTable | None = None
    names: tuple[tuple[str, str], ...] = ()

    def figure_ids(self) -> tuple[str, ...]:
        """Every figure of the sheet once, in order of first appearance."""
        rows = tuple(row.figure_id for row in self.rows if row.figure_id)
        return tuple(dict.fromkeys((*rows, *self.figures_of_notes)))


Cell = str | float | int | None
ColumnKind = Literal["text", "gbp", "millions", "rate", "count", "pct", "rank", "index"]
#: For whom a pack is made: length and depth differ between them, figures never.
Audience = Literal["mp", "councillor", "analyst"]


@dataclass(frozen=True)
class Sentence:
    """A statement made of figures.

    `figures` are those whose numbers are in the text, `printed` how, in the same order; `main` is the id of the one
    that the sentence is about, listed in workbook and manifest. `basis` says the years, measure, denominator and
    universe on which it is true, and is printed as a numbered note; `kind` is which of the field's seven kinds of
    sentence it is; `behind` are figures of the basis. `said_by` and `link` are who said what the sentence reports, with
    the date, and the web address; both empty for a sentence on the figures of the tables.
    """

    text: str
    figures: tuple[Figure, ...]
    basis: str
    kind: int | None = None
    printed: tuple[str, ...] = ()
    main: str = ""
    behind: tuple[Figure, ...] = ()
    said_by: str = ""
    link: str = ""


@dataclass(frozen=True)
class LargeNumber:
    """One of the large numbers of the first page: what is printed large, what it is, and the comparison under it.

    `large` is short, such as "15,137", "£690" or "£23m to £47m more"; `label` such as "EHC plans in January 2026". The
    figures of `large` are in `says` or behind it.
    """

    large: str
    label: str
    says: Sentence


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading (unit included) and how its cells are printed."""

    title: str
    kind: ColumnKind = "text"


@dataclass(frozen=True)
class Table:
    """A table of values, one header row, no merged cells.

    `id` is made of letters, digits and underscores. `rows` are unrounded; None is a missing value, whose reason is in
    `notes`. `figure_ids` has the shape of `rows`: the id of each cell that is a number. `highlight` is the index of a
    row.
    """

    id: str
    title: str
    subtitle: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    source: str
    notes: tuple[str, ...] = ()
    figure_ids: tuple[tuple[str | None, ...], ...] = ()
    highlight: int | None = None


#: A cell of a table as it is worked out: a value, a figure, or a value with the id of its figure.
Entry = Cell | Figure | tuple[Cell, str | None]


def tabulate(
    id_: str,
    title: str,
    subtitle: str,
    columns: Mapping[str, ColumnKind],
    rows: Iterable[Iterable[Entry]],
    *,
    source: str = "",
    notes: Iterable[str] = (),
    highlight: int | None = None,
) -> Table:
    """Make a table of columns by heading with their kinds, and rows whose cells know their figures."""
    pairs = [[_split_entry(entry) for entry in row] for row in rows]
    return Table(
        id=id_,
        title=title,
        subtitle=subtitle,
        columns=tuple(Column(heading, kind) for heading, kind in columns.items()),
        rows=tuple(tuple(value for value, _ in row) for row in pairs),
        source=source,
        notes=tuple(notes),
        figure_ids=tuple(tuple(figure_id for _, figure_id in row) for row in pairs),
        highlight=highlight,
    )


def _split_entry(entry: Entry) -> tuple[Cell, str | None]:
    if isinstance(entry, tuple):
        return entry
    return (entry.value, entry.id) if isinstance(entry, Figure) else (entry, None)


@dataclass(frozen=True)
class Chart:
    """A chart with everything a reader needs who cannot see it.

    `id` is made of letters, digits and underscores and names the files; `title` is the message, `subtitle` measure,
    place and period, `alt` what is shown and what it says, `data` the numbers behind it.
    """

    id: str
    title: str
    subtitle: str
    alt: str
    source: str
    spec: ChartSpec
    data: Table
    notes: tuple[str, ...] = ()


#: Where a section is: on the first page (the story), on the second (the evidence), or after them.
PackPage = Literal["first", "second", "after"]
#: Which half of the first or second page a section is in, or both.
PackColumn = Literal["left", "right", "both"]


@dataclass(frozen=True)
class Section:
    """A part of the pack under one heading: paragraphs, bullets, drafts, charts, tables; empty parts are left out.

    `drafts` are sentences ready to be used, each under its own small heading, such as a written question for tabling.
    `charts_first` puts the charts above the words.
    """

    id: str
    title: str
    paragraphs: tuple[Sentence, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    bullets: tuple[Sentence, ...] = ()
    drafts: tuple[tuple[str, Sentence], ...] = ()
    page: PackPage = "after"
    column: PackColumn = "both"
    charts_first: bool = False

    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence of the section in order."""
        return (*self.paragraphs, *self.bullets, *(sentence for _, sentence in self.drafts))


@dataclass(frozen=True)
class Place:
    """An authority that a pack is about: its DfE code, its ONS code and its name in prose."""

    la_code: str
    gss_code: str
    name: str


@dataclass(frozen=True)
class Pack:
    """A whole briefing pack: on one authority, on the authorities of a constituency side by side, or on a region.

    `slug` names its folder; `place` is what it is about in prose, such as "the Isle of Wight", and `places` its
    authorities. `audience` is `mp` (two pages), `councillor` or `analyst` (everything). `headline` is the message,
    `as_at` the dates that need, funding and service go to, `numbers` the large numbers of the first page. `kinds` are
    the kinds of message that the figures of the place bear out. `glossary` has terms and meanings; `sources` the
    catalogue entries used (id, publisher, title, page, published, licence, sha256).
    """

    slug: str
    place: str
    places: tuple[Place, ...]
    title: str
    subtitle: str
    audience: Audience
    headline: Sentence
    as_at: Sentence
    numbers: tuple[LargeNumber, ...]
    sections: tuple[Section, ...]
    glossary: tuple[tuple[str, str], ...]
    sources: tuple[dict[str, str], ...]
    data_edition: str
    licence: str
    worksheets: tuple[Worksheet, ...] = ()
    kinds: tuple[str, ...] = ()

    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence of the pack in order, the headline first."""
        sentences = [self.headline, self.as_at, *(number.says for number in self.numbers)]
        for section in self.sections:
            sentences += section.sentences()
        return tuple(sentences)

    def notes(self) -> tuple[str, ...]:
        """The bases of all sentences, each once in order of first appearance: note 1, note 2 and so on."""
        return tuple(dict.fromkeys(sentence.basis for sentence in self.sentences() if sentence.basis))

    def figures(self) -> tuple[Figure, ...]:
        """Every figure in the sentences of the pack, once each, in order of first appearance."""
        found = {figure.id: figure for said in self.sentences() for figure in (*said.figures, *said.behind)}
        return tuple(found.values())

    def charts(self) -> tuple[Chart, ...]:
        """Every chart of the pack in order."""
        return tuple(chart for section in self.sections for chart in section.charts)

    def tables(self) -> tuple[Table, ...]:
        """Every table of the pack in order, those behind charts included."""
        tables: list[Table] = []
        for section in self.sections:
            tables += [chart.data for chart in section.charts]
            tables += section.tables
        return tuple(tables)


#: The picture that sites show beside a link to the page of a pack; it is beside the page.
SHARE = "share.png"


def in_bands(sections: Iterable[Section]) -> list[tuple[tuple[Section, ...], ...]]:
    """Lay the sections of a page out: bands of a left and a right column, and of one section over both.

    A section with nothing in the other column beside it is over both.
    """
    bands: list[tuple[tuple[Section, ...], ...]] = []
    for over_both, group in groupby(sections, lambda section: section.column == "both"):
        found = tuple(group)
        left = tuple(section for section in found if section.column == "left")
        right = tuple(section for section in found if section.column == "right")
        if over_both or not (left and right):
            bands += [((section,),) for section in found]
        else:
            bands.append((left, right))
    return bands


#: Printed where there is no value, with its meaning (Government Analysis Function symbols).
MISSING = "[x]"
MISSING_MEANING = "[x] means not available: the publisher prints a symbol or nothing. It is never zero."

MINUS = "\N{MINUS SIGN}"

#: Kind of the value and the words after it, for every unit a figure can have.
_UNITS: dict[Unit, tuple[ColumnKind, str]] = {
    **{"gbp": ("gbp", ""), "count": ("count", ""), "pct": ("pct", ""), "rank": ("rank", ""), "index": ("index", "")},
    "gbp_per_head": ("rate", " per head"),
    "gbp_per_pupil": ("rate", " per pupil"),
    "gbp_per_plan": ("rate", " per plan"),
    "per_1000": ("index", " per 1,000 people"),
    "percentage_points": ("index", " percentage points"),
}

#: Decimals, and what is printed before and after a number.
_PRINTED: dict[ColumnKind, tuple[int, str, str]] = {
    **{"gbp": (0, "£", ""), "millions": (1, "", ""), "rate": (0, "£", ""), "count": (0, "", "")},
    **{"pct": (1, "", "%"), "index": (1, "", "")},
}
#: A rate below this many pounds is printed with pence: £2.73 per head would lose a tenth as "£3".
_PENCE_BELOW_GBP = 10
_MILLION = Decimal(1_000_000)
_BILLION = Decimal(1_000_000_000)


def is_missing(value: Cell) -> bool:
    """Whether a cell has no value; a float that is not a number counts as none."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def needs_pence(rate: float) -> bool:
    """Whether a rate in pounds is printed with pence: a small one that is not whole."""
    return abs(rate) < _PENCE_BELOW_GBP and rate != int(rate)


def print_cell(value: Cell, kind: ColumnKind) -> str:
    """Print a table cell, such as "£63,123,456", "12,920" or "1.2%"; text as it is, `MISSING` for None.

    `value` is unrounded: pounds, a count, a percentage (0 to 100), a rank or an index number.
    """
    if value is None or is_missing(value):
        return MISSING
    if isinstance(value, str):
        return value
    if kind == "rank":
        return str(round(value))
    if kind not in _PRINTED:
        return str(value)
    places, prefix, after = _PRINTED[kind]
    if kind == "millions":
        return _signed(value / float(_MILLION), places, prefix)
    return _signed(value, 2 if kind == "rate" and needs_pence(value) else places, prefix) + after


def print_figure(figure: Figure) -> str:
    """Print the value of a figure with its unit, or `MISSING` and the reason."""
    if figure.value is None or is_missing(figure.value):
        return f"{MISSING} {figure.status}".strip()
    if figure.unit == "share":
        return print_cell(figure.value * 100, "pct")
    if figure.unit == "coefficient":
        return _signed(figure.value, 3)
    kind, after = _UNITS[figure.unit]
    return print_cell(figure.value, kind) + after


def gbp_words(value: float | None) -> str:
    """Print pounds as GOV.UK does in a sentence: "£1.4 billion", "£46 million" (no ".0"), "£950,000"."""
    if value is None or is_missing(value):
        return MISSING
    # Rounded before the choice of words, so that £999,950,001 is "£1 billion" and never "£1,000 million".
    pounds = abs(_rounded(value, 0))
    sign = MINUS if value < 0 and pounds else ""
    if pounds < _MILLION:
        return f"{sign}£{pounds:,}"
    millions = _rounded(pounds / _MILLION, 1)
    if millions < 1000:
        return f"{sign}£{_short(millions)} million"
    return f"{sign}£{_short(_rounded(pounds / _BILLION, 2))} billion"


def _rounded(value: float | Decimal, places: int) -> Decimal:
    """Round half away from zero, as spreadsheets and publishers do; `format` would round half to even."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _signed(value: float, places: int, prefix: str = "") -> str:
    """Print with thousand separators, the minus before the prefix, and no minus before a rounded zero."""
    rounded = _rounded(value, places)
    return f"{MINUS if rounded < 0 else ''}{prefix}{abs(rounded):,}"


def _short(value: Decimal) -> str:
    """Print with separators, decimals only where they are not noughts."""
    text = f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Wording:
    """Collects the figures of one sentence as they are printed.

    Each method prints a figure and remembers it: `f"{say.count(plans)} plans"`.
    """

    def __init__(self) -> None:
        self._figures: list[Figure] = []
        self._printed: list[str] = []

    def sentence(self, text: str, basis: str, kind: int | None = None, main: Figure | None = None) -> Sentence:
        """Return the finished sentence with the figures said so far; the first letter is made a capital.

        `main` is the figure that the sentence is about; the first that is worked out if not given.
        """
        worked_out = [figure for figure in self._figures if figure.basis != "published"]
        about = main or next(iter(worked_out or self._figures), None)
        return Sentence(
            capital(text), tuple(self._figures), basis, kind, tuple(self._printed), about.id if about else ""
        )

    def count(self, figure: Figure) -> str:
        """Print a count: 15,137."""
        return self._say(figure, lambda value: print_cell(value, "count"))

    def pounds(self, figure: Figure) -> str:
        """Print pounds as prose does, without a sign: £47.4 million."""
        return self._say(figure, lambda value: gbp_words(abs(value)))

    def rate(self, figure: Figure) -> str:
        """Print a rate in whole pounds: £690."""
        return self._say(figure, lambda value: print_cell(value, "rate"))

    def percent(self, figure: Figure) -> str:
        """Print a percentage without its sign: whole from 100 upwards, one decimal below."""
        return self._say(figure, _percent)

    def rank(self, figure: Figure, universe: int) -> str:
        """Print a rank from the nearer end: "lowest", "5th lowest", "12th highest"."""
        return self._say(figure, lambda value: rank_words(int(value), universe))

    def ranks(self, ends: tuple[Figure, Figure], universes: tuple[int, int]) -> str:
        """Print two ranks as a span: "between the 4th and the 7th lowest", "between the lowest and the 9th highest"."""
        words = [rank_words(int(figure.value or 0), size) for figure, size in zip(ends, universes, strict=True)]
        pairs = list(zip(ends, words, strict=True))
        sides = {text.split()[-1] for text in words}
        if len(sides) == 1 and all(" " in text for text in words):
            if sides == {"highest"}:
                pairs.reverse()
            first, second = ((figure, text.split()[0]) for figure, text in pairs)
            return f"between the {self.as_text(*first)} and the {self.as_text(*second)} {sides.pop()}"
        return f"between the {self.as_text(*pairs[0])} and the {self.as_text(*pairs[1])}"

    def as_text(self, figure: Figure, text: str) -> str:
        """Remember a figure as it is printed in a text made elsewhere."""
        return self._say(figure, lambda _: text)

    def _say(self, figure: Figure, show: Callable[[float], str]) -> str:
        text = figure.status or "not available" if figure.value is None else show(figure.value)
        self._figures.append(figure)
        self._printed.append(text)
        return text


def rank_words(rank: int, universe: int) -> str:
    """Say a rank (1 is the lowest) from the nearer end of those ranked."""
    from_top = universe - rank + 1
    number, end = (rank, "lowest") if rank <= from_top else (from_top, "highest")
    return end if number == 1 else f"{ordinal(number)} {end}"


def within(place: str) -> str:
    """Return the place with its preposition: "in Kent", "on the Isle of Wight"."""
    return f"on {place}" if place.startswith(("the Isle of", "the Isles of")) else f"in {place}"


def direction(value: float, up: str = "rose", down: str = "fell", same: str = "stayed the same") -> str:
    """Return the verb for a change; a change that prints as nought is none."""
    if abs(value) < 0.05:
        return same
    return up if value > 0 else down


def _percent(value: float) -> str:
    return f"{abs(value):,.0f}%" if abs(value) >= 99.95 else print_cell(abs(value), "pct")


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
    """Find the column that names the rows: the first of text that is never empty, whatever is before it."""
    for place, column in enumerate(table.columns):
        if column.kind == "text" and all(str(row[place]).strip() for row in table.rows):
            return place
    return 0
