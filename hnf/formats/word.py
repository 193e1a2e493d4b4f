"""The pack as a Word document: real headings, lists, captions and table headers, and a text for every picture.

Styles and lists are files in `templates/docx`. Paragraphs and tables are built as elements and handed to python-docx in
one go: its own objects look up styles and cells again and again, which takes seconds for a table of all authorities.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm

from hnf.charts.draw import render_bare
from hnf.packs.content import Chart, Pack, Section, Sentence, Table, print_figure, print_table, tabulate
from hnf.text import shown, web_address

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.parts.story import StoryPart

    from hnf.packs.content import PrintedTable


#: Width of the text on a sheet of A4 with margins of 2 cm, in twentieths of a point.
TEXT_WIDTH = 9638
#: Tables with at most so many rows stay on one page; tables with more than the second number are set small.
_WHOLE, _LONG = 12, 40
#: Texts longer than so many letters do not claim more room than those of that length.
_LONGEST = 60
#: Width of a letter of an id as a share of that of the text.
_ID_SIZE = 0.78
_HIGHLIGHT = "E7EEF5"
#: Only the first row of a table looks otherwise.
_LOOK = {
    **{"val": "0620", "firstRow": "1", "lastRow": "0", "firstColumn": "0", "lastColumn": "0"},
    **{"noHBand": "1", "noVBand": "1"},
}


def clean(text: str) -> str:
    """Return what is seen of a text, on one line."""
    return " ".join(shown(text).split())


def element(tag: str, *children: BaseOxmlElement, **attributes: str) -> BaseOxmlElement:
    """Make an element of the main namespace; attributes are of that namespace too."""
    made = OxmlElement(f"w:{tag}", {qn(f"w:{key}"): value for key, value in attributes.items()})
    made.extend(children)
    return made


def run(text: str, style: str = "") -> BaseOxmlElement:
    """Make a run of text, in a character style where one is named."""
    made = element("r")
    if style:
        made.append(element("rPr", element("rStyle", val=style)))
    words = element("t")
    words.text = shown(text)
    words.set(qn("xml:space"), "preserve")
    made.append(words)
    return made


def tab() -> BaseOxmlElement:
    """Make a run that holds a tab."""
    return element("r", element("tab"))


def new_line() -> BaseOxmlElement:
    """Make a run that starts a new line of the same paragraph."""
    return element("r", element("br"))


def field(instruction: str, shown: str, style: str = "") -> list[BaseOxmlElement]:
    """Make a field, such as a page number, that shows `shown` until the reader's program works it out."""
    code = element("instrText")
    code.text = f" {instruction} "
    code.set(qn("xml:space"), "preserve")
    runs = [element("r", element("fldChar", fldCharType=kind)) for kind in ("begin", "separate", "end")]
    return [runs[0], element("r", code), runs[1], run(shown, style), runs[2]]


def paragraph(style: str, runs: str | Iterable[BaseOxmlElement], *, keep: bool = False) -> BaseOxmlElement:
    """Make a paragraph in a style; `keep` holds it on the page of the next one."""
    properties = element("pPr", element("pStyle", val=style))
    if keep:
        properties.append(element("keepNext"))
    return element("p", properties, *([run(clean(runs))] if isinstance(runs, str) else runs))


def link(part: StoryPart, text: str, address: str) -> BaseOxmlElement:
    """Make a link to a web address."""
    made = element("hyperlink", run(text, "Hyperlink"), history="1")
    made.set(qn("r:id"), part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    return made


def picture(part: StoryPart, png: bytes, *, width_cm: float, number: int, name: str, alt: str) -> BaseOxmlElement:
    """Make a run that holds a picture in the line of text; `number` occurs once in the document."""
    inline = part.new_pic_inline(io.BytesIO(png), width=Cm(width_cm))
    properties = inline.docPr
    properties.set("id", str(number))
    properties.set("name", clean(name))
    properties.set("descr", clean(alt))
    return element("r", element("drawing", inline))


def table(printed: PrintedTable, name: str, *, with_ids: bool = False) -> BaseOxmlElement:
    """Make a table whose first row is marked as its header and repeated on every page.

    A short one stays on one page, with the paragraph that follows it. With `with_ids`, the figure id of a cell is
    printed under its text.
    """
    long = len(printed.rows) > _LONG
    styles = ("DenseText", "DenseNumber") if long else ("TableText", "TableNumber")
    size = 8.0 if long else 9.0
    texts = [[title, *(row[place].text for row in printed.rows)] for place, (title, _) in enumerate(printed.columns)]
    if with_ids:
        for place, column in enumerate(texts):
            # Ids are set smaller than the text: the room they need is that of a shorter word.
            column += [
                (row[place].figure_id or "")[: int(len(row[place].figure_id or "") * _ID_SIZE)] for row in printed.rows
            ]
    widths = share_width(texts, size)
    properties = element(
        "tblPr",
        element("tblStyle", val="BriefingTable"),
        element("tblW", w=str(sum(widths)), type="dxa"),
        element("tblLayout", type="fixed"),
        element("tblLook", **_LOOK),
        element("tblCaption", val=clean(name)),
    )
    made = element("tbl", properties, element("tblGrid", *(element("gridCol", w=str(width)) for width in widths)))
    head = element("tr", element("trPr", element("cantSplit"), element("tblHeader")))
    for (title, is_number), width in zip(printed.columns, widths, strict=True):
        head.append(_cell(width, paragraph(styles[is_number], title, keep=True)))
    made.append(head)
    for number, row in enumerate(printed.rows):
        line = element("tr", element("trPr", element("cantSplit")))
        picked = number == printed.table.highlight
        for cell, width in zip(row, widths, strict=True):
            keep = len(printed.rows) <= _WHOLE or number == len(printed.rows) - 1
            runs = [run(clean(cell.text), "Strong" if picked else "")]
            if with_ids and cell.figure_id:
                runs += [new_line(), run(clean(cell.figure_id), "FigureId")]
            line.append(_cell(width, paragraph(styles[cell.is_number], runs, keep=keep), picked=picked))
        made.append(line)
    return made


def _cell(width: int, content: BaseOxmlElement, *, picked: bool = False) -> BaseOxmlElement:
    properties = element("tcPr", element("tcW", w=str(width), type="dxa"))
    if picked:
        properties.append(element("shd", val="clear", color="auto", fill=_HIGHLIGHT))
    return element("tc", properties, content)


def share_width(columns: Sequence[Sequence[str]], size: float, whole: int = TEXT_WIDTH) -> list[int]:
    """Share the width of a table between its columns, in twentieths of a point.

    Each gets what its longest word needs at a text size in points; what is left goes to those whose texts would like
    more.
    """
    # In Arial digits are 0.56 of the size wide; capitals, bold letters and other fonts are wider. Then the margins.
    letter, bold, margins = size * 20 * 0.63, size * 20 * 0.74, 190
    least, liked = [], []
    for heading, *texts in columns:
        words = max((len(word) for text in texts for word in text.split()), default=1) * letter
        title = max((len(word) for word in heading.split()), default=1) * bold
        longest = min(max((len(text) for text in texts), default=1), _LONGEST) * letter
        least.append(max(words, title) + margins)
        # A heading may take two lines, so that short numbers are not far apart under long words.
        liked.append(max(least[-1], longest + margins, len(heading) / 2 * bold + margins))
    if math.fsum(liked) <= whole:
        return [round(width) for width in liked]
    spare = whole - math.fsum(least)
    if spare <= 0:
        return [int(width * whole / math.fsum(least)) for width in least]
    wish = math.fsum(liked) - math.fsum(least)
    return [int(low + spare * (high - low) / wish) for low, high in zip(least, liked, strict=True)]


_TEMPLATES = Path(__file__).resolve().parent / "templates" / "docx"
#: A fixed date, so that the same pack gives the same bytes; the text gives the date of the data.
_CREATED = datetime(2000, 1, 1)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
#: The most characters a property of a document may have.
_PROPERTY = 255
#: Codes of this many places are printed above the text; more would not fit on its line.
_CODES = 3
_UNUSED = {
    "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects",
    RELATIONSHIP_TYPE.CUSTOM_XML,
    RELATIONSHIP_TYPE.EXTENDED_PROPERTIES,
    RELATIONSHIP_TYPE.FONT_TABLE,
    RELATIONSHIP_TYPE.THEME,
    RELATIONSHIP_TYPE.THUMBNAIL,
    RELATIONSHIP_TYPE.WEB_SETTINGS,
}


def describe(document: Document, pack: Pack) -> None:
    """Fill in the properties of the document."""
    properties = document.core_properties
    properties.title = clean(pack.title)[:_PROPERTY]
    properties.subject = clean(f"High needs funding briefing on {pack.place}")[:_PROPERTY]
    properties.comments = clean(f"Data edition: {pack.data_edition}")[:_PROPERTY]
    properties.author = properties.last_modified_by = "hnf"
    properties.language = "en-GB"
    properties.created = properties.modified = _CREATED


def add_margins(document: Document, pack: Pack) -> None:
    """Set the page, and print the place above the text, licence and page number under it."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2)
    section.header_distance = section.footer_distance = Cm(1)
    section.different_first_page_header_footer = True
    codes = (
        ", ".join(f"{place.la_code} · {place.gss_code}" for place in pack.places) if len(pack.places) <= _CODES else ""
    )
    name = "High needs funding briefing"
    for header, words in ((section.first_page_header, codes), (section.header, clean(pack.title))):
        header.is_linked_to_previous = False
        _fill(header, "Header", [run(name, "Strong"), tab(), run(clean(words))])
    for footer in (section.first_page_footer, section.footer):
        footer.is_linked_to_previous = False
        pages = [run("Page "), *field("PAGE", "1"), run(" of "), *field("NUMPAGES", "1")]
        _fill(footer, "Footer", [run(clean(pack.licence)), tab(), *pages])


def _fill(place: Any, style: str, runs: list[BaseOxmlElement]) -> None:
    body = place.part.element
    (empty,) = body.findall(qn("w:p"))
    body.replace(empty, paragraph(style, runs))


def start(*, compact: bool) -> Document:
    """Return a document without text in our own styles, the compact ones for a few pages."""
    return docx.Document(io.BytesIO(_base(compact)))


@cache
def _base(compact: bool) -> bytes:
    document = docx.Document()
    part = document.part
    for owner in (part, part.package):
        for key in [key for key, relation in owner.rels.items() if relation.reltype in _UNUSED]:
            del owner.rels[key]
    for name, root in (
        ("styles", document.styles.element),
        ("numbering", part.numbering_part.element),
        ("settings", document.settings.element),
    ):
        new = parse_xml((_TEMPLATES / f"{name}.xml").read_bytes())
        root.clear()
        root.extend(new)
    if compact:
        styles = document.styles.element
        known = {style.get(qn("w:styleId")): style for style in styles.iterchildren(qn("w:style"))}
        for style in parse_xml((_TEMPLATES / "compact.xml").read_bytes()).findall(qn("w:style")):
            styles.replace(known[style.get(qn("w:styleId"))], style)
    fonts = (_TEMPLATES / "fontTable.xml").read_bytes()
    part.relate_to(
        Part(PackURI("/word/fontTable.xml"), CONTENT_TYPE.WML_FONT_TABLE, fonts, part.package),
        RELATIONSHIP_TYPE.FONT_TABLE,
    )
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pack_up(document: Document) -> bytes:
    """Save a document with the same date on every member of its archive."""
    saved, dated = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(dated, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _ZIP_DATE), source.read(name), zipfile.ZIP_DEFLATED)
    return dated.getvalue()


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
    """Lay a pack out as a Word document, the same bytes for the same pack.

    For an analyst it has the data behind the charts and the list of every figure too.
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
        if pack.key_sentences():
            yield paragraph("Heading1", "Key points")
            for sentence in pack.key_sentences():
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
        content = tabulate(
            "figures",
            "Every figure in the sentences",
            "",
            {"Figure and its id": "text", "Value": "text", "Basis": "text", "How it is worked out": "text"},
            (((f.label, f.id), print_figure(f), f.basis, f.derivation) for f in figures),
        )
        yield table(print_table(content), content.title, with_ids=True)
        yield paragraph("Source", "Of a published figure the cell is found by its id; it is not worked out.")
