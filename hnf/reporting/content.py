"""The content of a briefing pack, before it has a format.

A pack is built once, as the objects below, and each renderer (HTML, workbook, charts) lays the same objects out. No
renderer computes, rounds or words anything: numbers arrive as `Figure` with their printed text beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hnf.figures import Figure
from hnf.reporting.worksheet_content import Worksheet

Cell = str | float | int | None
ColumnKind = Literal["text", "gbp", "rate", "count", "pct", "rank", "index"]
#: For whom a pack is made: length and depth differ between them, figures never.
Audience = Literal["mp", "councillor", "analyst"]


@dataclass(frozen=True)
class Sentence:
    """A statement made of figures.

    Parameters
    ----------
    text : str
        The sentence as printed.
    figures : tuple of Figure
        Every figure whose number stands in the text.
    basis : str
        The years, measure, denominator and universe on which it is true, in words.
    kind : int or None
        Which of the field's seven kinds of sentence this is.
    printed : tuple of str
        How each figure stands in the text, in the order of `figures`.
    main : str
        Id of the figure that the sentence is about, printed beside it; empty where it has no figures.
    """

    text: str
    figures: tuple[Figure, ...]
    basis: str
    kind: int | None = None
    printed: tuple[str, ...] = ()
    main: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading (unit included) and how its cells are printed."""

    title: str
    kind: ColumnKind = "text"


@dataclass(frozen=True)
class Table:
    """A table of values, one header row, no merged cells.

    Parameters
    ----------
    id : str
        Short, made of letters, digits and underscores.
    title, subtitle : str
        What it shows; measure, place and period.
    columns : tuple of Column
    rows : tuple of tuple
        Values, unrounded; None is a missing value whose reason stands in `notes`.
    source : str
        The source line.
    notes : tuple of str
        Notes printed under the table.
    figure_ids : tuple of tuple of (str or None)
        Same shape as `rows`: the figure id of each cell that is a number.
    highlight : int or None
        Index of the row to pick out.
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


@dataclass(frozen=True)
class Line:
    """One line of a line chart: (x label, y) in order; y is None where there is no figure."""

    name: str
    points: tuple[tuple[str, float | None], ...]
    highlight: bool = False


@dataclass(frozen=True)
class LineChart:
    """Up to four lines over the same ordered x labels, labelled at their ends.

    `breaks` are (x label, words): a dashed vertical rule *before* that x with a short note.
    """

    y_title: str
    lines: tuple[Line, ...]
    breaks: tuple[tuple[str, str], ...] = ()
    y_from_zero: bool = True
    y_prefix: str = ""


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
class MakeUpChart:
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
    named; `highlight` is the index of the label printed in bold; `low_end` and `high_end` stand at the ends.
    """

    dots: tuple[tuple[int, int], ...]
    labels: tuple[tuple[int, str], ...]
    highlight: int
    low_end: str
    high_end: str


ChartSpec = LineChart | AmongAllChart | MakeUpChart | WinnersLosersChart | RankDotsChart


@dataclass(frozen=True)
class Chart:
    """A chart with everything a reader needs who cannot see it.

    Parameters
    ----------
    id : str
        Short, made of letters, digits and underscores; names the files.
    title : str
        The message.
    subtitle : str
        Measure, place and period.
    alt : str
        The text alternative: what is shown and what it says.
    source : str
        The source line printed under it.
    spec : one of the chart kinds above
    data : Table
        The numbers behind it.
    """

    id: str
    title: str
    subtitle: str
    alt: str
    source: str
    spec: ChartSpec
    data: Table
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the pack under one heading: paragraphs, then charts, then tables; empty parts are left out."""

    id: str
    title: str
    paragraphs: tuple[Sentence, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    bullets: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Place:
    """An authority that a pack is about: its DfE code, its ONS code and its name in prose."""

    la_code: str
    gss_code: str
    name: str


@dataclass(frozen=True)
class Pack:
    """A whole briefing pack: on one authority, on the authorities of a constituency side by side, or on a region.

    Parameters
    ----------
    slug : str
        Folder name: lower case letters, digits and hyphens.
    place : str
        What the pack is about as prose names it, such as "the Isle of Wight".
    places : tuple of Place
        The authorities it is about, in the order shown; one for most packs.
    title : str
        Page title.
    subtitle : str
        For whom and as at when: audience, member of Parliament where there is one, edition of the data.
    audience : str
        `mp` (two sides of A4), `councillor` or `analyst` (everything).
    headline : Sentence
        The message of the pack.
    key_sentences : tuple of Sentence
        Printed under the headline, each with its basis and figure ids.
    sections : tuple of Section
    glossary : tuple of (str, str)
        Term and meaning.
    sources : tuple of dict
        Catalogue entries used: id, publisher, title, page, published, licence, sha256.
    data_edition : str
        Names the data, as `hnf --version` does.
    licence : str
        The attribution line.
    worksheets : tuple of Worksheet
        Sheets of live formulas for the workbook.
    """

    slug: str
    place: str
    places: tuple[Place, ...]
    title: str
    subtitle: str
    audience: Audience
    headline: Sentence
    key_sentences: tuple[Sentence, ...]
    sections: tuple[Section, ...]
    glossary: tuple[tuple[str, str], ...]
    sources: tuple[dict[str, str], ...]
    data_edition: str
    licence: str
    worksheets: tuple[Worksheet, ...] = ()

    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence of the pack in order, the headline first."""
        sentences = [self.headline, *self.key_sentences]
        for section in self.sections:
            sentences += [*section.paragraphs, *section.bullets]
        return tuple(sentences)

    def figures(self) -> tuple[Figure, ...]:
        """Every figure in the sentences of the pack, once each, in order of first appearance."""
        found = {figure.id: figure for sentence in self.sentences() for figure in sentence.figures}
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
