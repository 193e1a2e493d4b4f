"""The pack as a Word document: real headings, lists, captions and table headers, and a text for every picture.

The look is in `templates/docx`; this module lays the content out in its styles. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hnf.reporting.charts import render_bare
from hnf.reporting.content import Chart, Column, Pack, Section, Sentence, Table
from hnf.reporting.display import print_figure
from hnf.reporting.docx_base import add_margins, describe, pack_up, start
from hnf.reporting.docx_xml import clean, field, link, new_line, paragraph, picture, run, table
from hnf.reporting.links import web_address
from hnf.reporting.printed_table import print_table

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement

_HASH_SHOWN = 12


@dataclass(frozen=True)
class _Depth:
    """How much of a pack is printed for an audience.

    `picture_cm` is the width of a chart; the data behind a chart are printed where they have at most `data_rows`
    rows; `provenance` says whether every figure and the hash of every source are listed; a `compact` document is set
    smaller, its glossary run on.
    """

    picture_cm: float
    data_rows: int
    provenance: bool
    compact: bool = False


_DEPTHS = {
    "mp": _Depth(picture_cm=13.0, data_rows=0, provenance=False, compact=True),
    "councillor": _Depth(picture_cm=15.0, data_rows=20, provenance=False),
    "analyst": _Depth(picture_cm=16.0, data_rows=10_000, provenance=True),
}


def render_docx(pack: Pack) -> bytes:
    """Lay a pack out as a Word document.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    bytes
        The `.docx` file, the same bytes for the same pack. Longer for an analyst than for a Member of Parliament: with
        the data behind the charts and the list of every figure.
    """
    document = start(compact=_DEPTHS[pack.audience].compact)
    describe(document, pack)
    add_margins(document, pack)
    body = document.element.body
    for block in _Layout(document, pack).blocks():
        body.insert(len(body) - 1, block)  # before the properties of the section
    return pack_up(document)


class _Layout:
    """The blocks of a document in order, with the numbers of its charts and tables."""

    def __init__(self, document: Document, pack: Pack) -> None:
        self.part = document.part
        self.pack = pack
        self.depth = _DEPTHS[pack.audience]
        self.charts: list[Chart] = []
        self.tables = 0

    def blocks(self) -> Iterator[BaseOxmlElement]:
        """Yield the paragraphs and tables of the document."""
        pack = self.pack
        yield paragraph("Title", pack.title)
        yield paragraph("Subtitle", pack.subtitle)
        yield from self._statement(pack.headline, "Headline", "HeadlineBasis", with_id=True)
        if pack.key_sentences:
            yield paragraph("Heading1", "Key points")
            for sentence in pack.key_sentences:
                yield from self._statement(sentence, "KeySentence", "ListBasis", with_id=True)
        for section in pack.sections:
            yield from self._section(section)
        yield from self._glossary()
        yield from self._sources()
        yield from self._about()
        yield from self._data()
        yield from self._figures()

    def _statement(
        self, sentence: Sentence, style: str, basis_style: str, *, with_id: bool = False
    ) -> Iterator[BaseOxmlElement]:
        """Yield a sentence and, under it, the basis on which it is true and the id of its main figure."""
        below = []
        if sentence.basis:
            below += [run("Basis: ", "Strong"), run(clean(sentence.basis))]
        if with_id and sentence.main:
            marks = [figure.basis for figure in sentence.figures if figure.id == sentence.main]
            below += [new_line()] if below else []
            below += [run("Figure id: ", "Strong"), run(clean(sentence.main), "FigureId")]
            below += [run(f" ({mark})") for mark in marks[:1]]
        yield paragraph(style, sentence.text, keep=bool(below))
        if below:
            yield paragraph(basis_style, below)

    def _section(self, section: Section) -> Iterator[BaseOxmlElement]:
        yield paragraph("Heading1", section.title)
        for sentence in section.paragraphs:
            yield from self._statement(sentence, "BodyText", "Basis")
        for sentence in section.bullets:
            yield from self._statement(sentence, "ListBullet", "ListBasis")
        for chart in section.charts:
            yield from self._chart(chart)
        for content in section.tables:
            self.tables += 1
            yield from self._table(content, [run("Table "), *field("SEQ Table \\* ARABIC", str(self.tables))])

    def _chart(self, chart: Chart) -> Iterator[BaseOxmlElement]:
        self.charts.append(chart)
        number = len(self.charts)
        yield paragraph("Heading2", chart.title)
        label = [run("Chart ", "Strong"), *field("SEQ Chart \\* ARABIC", str(number), "Strong")]
        yield paragraph("Caption", [*label, run(": ", "Strong"), run(clean(chart.subtitle))])
        drawn = picture(
            self.part,
            render_bare(chart).png,
            width_cm=self.depth.picture_cm,
            number=number,
            name=f"Chart {number}",
            alt=chart.alt,
        )
        yield paragraph("Picture", [drawn])
        for note in chart.notes:
            yield paragraph("Note", note, keep=True)
        yield paragraph("Source", chart.source)

    def _table(self, content: Table, label: list[BaseOxmlElement]) -> Iterator[BaseOxmlElement]:
        printed = print_table(content)
        yield paragraph("TableCaption", [*label, run(f": {clean(content.title)}")], keep=True)
        if content.subtitle:
            yield paragraph("Caption", content.subtitle)
        yield table(printed, content.title)
        for note in printed.notes:
            yield paragraph("Note", note, keep=True)
        yield paragraph("Source", content.source)

    def _glossary(self) -> Iterator[BaseOxmlElement]:
        if self.pack.glossary:
            yield paragraph("Heading1", "Glossary")
        entries = [[run(f"{clean(a)}: ", "Strong"), run(clean(b) + " ")] for a, b in self.pack.glossary]
        if self.depth.compact and entries:
            entries = [[piece for entry in entries for piece in entry]]
        for entry in entries:
            yield paragraph("GlossaryEntry", entry)

    def _sources(self) -> Iterator[BaseOxmlElement]:
        if self.pack.sources:
            yield paragraph("Heading1", "Sources")
        for source in self.pack.sources:
            title, address = clean(source["title"]), web_address(source["page"])
            named = link(self.part, title, address) if address else run(title)
            runs = [run(f"{clean(source['publisher'])}: "), named]
            runs.append(run(clean(f". Published {source['published']}, {source['licence']}.")))
            if self.depth.provenance:
                runs += [run(" SHA-256 starts "), run(clean(source["sha256"][:_HASH_SHOWN]), "FigureId"), run(".")]
            yield paragraph("ListNumber", runs)

    def _about(self) -> Iterator[BaseOxmlElement]:
        words = [
            run(f"Data edition: {clean(self.pack.data_edition)}. "),
            run("Each figure is published (a cell of a published file), derived (arithmetic on such cells) or "),
            run("estimated (rests on an assumption)."),
        ]
        if self.pack.figures():
            words += [run(" To follow a figure to its cells: "), run("hnf trace", "FigureId"), run(" and its id.")]
        if any(len(chart.data.rows) > self.depth.data_rows for chart in self.charts):
            which = "long tables" if self.depth.data_rows else "numbers"
            words.append(run(f" The {which} behind the charts are in the workbook and the web page of this pack."))
        if not self.depth.compact:
            yield paragraph("Heading1", "About the figures")
        yield paragraph("Note" if self.depth.compact else "BodyText", words)

    def _data(self) -> Iterator[BaseOxmlElement]:
        """Yield the tables behind the charts."""
        shown = [(n, c.data) for n, c in enumerate(self.charts, 1) if len(c.data.rows) <= self.depth.data_rows]
        if shown:
            yield paragraph("Heading1", "Data behind the charts")
        for number, content in shown:
            yield from self._table(content, [run(f"Data for chart {number}")])

    def _figures(self) -> Iterator[BaseOxmlElement]:
        """Yield the list of every figure in the sentences."""
        figures = self.pack.figures() if self.depth.provenance else ()
        if not figures:
            return
        yield paragraph("Heading1", "Every figure in the sentences")
        columns = (Column("Figure and its id"), Column("Value"), Column("Basis"), Column("How it is worked out"))
        rows = tuple((figure.label, print_figure(figure), figure.basis, figure.derivation) for figure in figures)
        ids = tuple((figure.id, None, None, None) for figure in figures)
        content = Table("figures", "Every figure in the sentences", "", columns, rows, "", figure_ids=ids)
        yield table(print_table(content), content.title, with_ids=True)
        yield paragraph("Source", "Of a published figure the cell is found by its id; it is not worked out.")
