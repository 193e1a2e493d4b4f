"""The content of a briefing pack, before it has a format.

A pack is built once, as the objects below, and each renderer (HTML, workbook, charts) lays the same objects out. No
renderer computes, rounds or words anything: numbers arrive as `Figure` with their printed text beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hnf.figures import Figure
from hnf.reporting.chart_specs import ChartSpec
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
