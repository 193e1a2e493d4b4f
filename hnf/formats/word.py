"""The pack as a Word document: real headings, lists, captions and table headers, and a text for every picture.

Styles and lists are files in `templates/docx`. Paragraphs and tables are built as elements and handed to python-docx in
one go: its own objects look up styles and cells again and again, which takes seconds for a table of all authorities.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
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


#: Width of the text on a sheet of A4 with margins of 1.4 cm, in twentieths of a point.
TEXT_WIDTH = 10318
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


def within(name: str, *runs: BaseOxmlElement) -> BaseOxmlElement:
    """Make a link to a place of this document."""
    return element("hyperlink", *runs, anchor=name, history="1")


def bookmark(name: str, number: int, *runs: BaseOxmlElement) -> list[BaseOxmlElement]:
    """Name runs as a place that links lead to; `number` occurs once in the document."""
    return [element("bookmarkStart", id=str(number), name=name), *runs, element("bookmarkEnd", id=str(number))]


def picture(
    part: StoryPart, png: bytes, *, width_cm: float, most_cm: float, number: int, name: str, alt: str
) -> BaseOxmlElement:
    """Make a run that holds a picture in the line of text, no higher than so much; `number` occurs once."""
    inline = part.new_pic_inline(io.BytesIO(png), width=Cm(width_cm))
    if inline.extent.cy > Cm(most_cm):
        inline = part.new_pic_inline(io.BytesIO(png), height=Cm(most_cm))
    properties = inline.docPr
    properties.set("id", str(number))
    properties.set("name", clean(name))
    properties.set("descr", clean(alt))
    return element("r", element("drawing", inline))


def table(printed: PrintedTable, name: str, *, with_ids: bool = False, whole: int = TEXT_WIDTH) -> BaseOxmlElement:
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
    widths = share_width(texts, size, whole)
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
    # In Source Sans digits are half of the size wide; capitals, bold letters, other fonts are wider. Then the margins.
    letter, bold, margins = size * 20 * 0.55, size * 20 * 0.62, 190
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
    section.left_margin = section.right_margin = Cm(1.4)
    section.top_margin, section.bottom_margin = Cm(1.5), Cm(1.3)
    section.header_distance, section.footer_distance = Cm(0.7), Cm(0.6)
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


def start(size: int) -> Document:
    """Return a document without text in our own styles, its text in a size in half points."""
    return docx.Document(io.BytesIO(_base(size)))


@cache
def _base(size: int) -> bytes:
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
    for name in ("sz", "szCs"):
        document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn(f'w:{name}')}").set(qn("w:val"), str(size))
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
#: Width of a picture in centimetres: in half a page, and over the whole.
_NARROW_CM, _WIDE_CM = 7.4, 18.2
#: Heights that no picture has more than, in half a page and over the whole of a member's, and of others.
_HIGHEST_CM, _HIGHEST_AFTER_CM = (9.0, 4.8), 14.0
#: A message of more letters is set smaller.
_HEADLINE = 250
#: Space between two columns of text, in twentieths of a point.
_GUTTER = 454
#: Width of a letter of a large number, in twentieths of a point, and the least share of the width that one gets.
_LARGE_LETTER, _LEAST_SHARE = 225, 0.27
#: The licence that the foot of every page names, and publishers in short.
_OPEN_LICENCE = "OGL v3.0"
_IN_SHORT = {
    "Department for Education": "DfE",
    "Department for Education (ESFA)": "DfE",
    "Office for National Statistics": "ONS",
}
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_CLOSING = "Every figure comes from a published table or is calculated from one; the workbook shows which cell."


@dataclass(frozen=True)
class _Depth:
    """How much of a pack is printed for an audience.

    The data behind a chart are printed where they have at most `data_rows` rows; `provenance` says whether every figure
    and the hash of every source are listed; in a `brief` document, which is to have three pages at most, terms and
    sources run on, where there are `terms`. `size` is that of the text, in half points.
    """

    data_rows: int
    provenance: bool
    brief: bool = False
    size: int = 20
    terms: bool = True


_DEPTHS = {
    "mp": _Depth(data_rows=0, provenance=False, brief=True, size=17),
    "councillor": _Depth(data_rows=20, provenance=False),
    "analyst": _Depth(data_rows=10_000, provenance=True),
}
#: Longer ones have no room on three pages with the terms, which are in the workbook and on the web page.
_LETTERS_OF_ROW, _LONGEST_BRIEF = 100, 16_200
_TIGHT = _Depth(data_rows=0, provenance=False, brief=True, size=16, terms=False)


def render_docx(pack: Pack) -> bytes:
    """Lay a pack out as a Word document, the same bytes for the same pack.

    The first page and the evidence are those of the PDF. For an analyst it has the data behind the charts and the list
    of every figure too.
    """
    depth = _DEPTHS[pack.audience]
    document = _lay_out(pack, depth)
    # Tables of three authorities stay whole and leave room empty above them; a region has two large ones only.
    is_long = _length_of(document) > _LONGEST_BRIEF or 2 < len(pack.places) <= _CODES
    if depth.brief and is_long:
        document = _lay_out(pack, _TIGHT)
    return pack_up(document)


def _length_of(document: Document) -> int:
    """Return the letters of a document, with as many for each row of a table as take its room."""
    body = document.element.body
    letters = "".join(node.text or "" for node in body.iter(qn("w:t")))
    return len(letters) + _LETTERS_OF_ROW * len(list(body.iter(qn("w:tr"))))


def _lay_out(pack: Pack, depth: _Depth) -> Document:
    document = start(depth.size)
    describe(document, pack)
    add_margins(document, pack)
    body = document.element.body
    flow = _Flow(body[-1])
    _Layout(document, pack, flow, depth).fill()
    for block in flow.finish():
        body.insert(len(body) - 1, block)  # before the properties of the last section
    return document


class _Flow:
    """The blocks of a document in order, in stretches of one or two columns.

    `last` are the properties of the last section, which the document has from the start: the first stretch takes its
    headers and footers, the others go on with them.
    """

    def __init__(self, last: BaseOxmlElement) -> None:
        self._last = last
        self._own = [child for child in last if child.tag in {qn(f"w:{name}") for name in _OF_FIRST_SECTION}]
        self._blocks: list[BaseOxmlElement] = []
        self._opened, self._columns, self._type = 0, 1, "nextPage"

    def add(self, blocks: Iterable[BaseOxmlElement]) -> None:
        """Add blocks to the stretch."""
        self._blocks += blocks

    def begin(self, columns: int = 1, *, new_page: bool = False) -> None:
        """Begin a stretch of so many columns, or on a new page; one of as many columns goes on."""
        if len(self._blocks) > self._opened:
            if columns == self._columns and not new_page:
                return
            properties = self._blocks[-1].find(qn("w:pPr"))
            properties.append(self._close(deepcopy(self._last)))
            self._opened = len(self._blocks)
            self._type = "nextPage" if new_page else "continuous"
        self._columns = columns

    def finish(self) -> list[BaseOxmlElement]:
        """Return all blocks, and set the properties of the last stretch."""
        self._close(self._last)
        return self._blocks

    def _close(self, properties: BaseOxmlElement) -> BaseOxmlElement:
        names = {qn(f"w:{name}") for name in (*_OF_FIRST_SECTION, "type", "cols")}
        for child in [child for child in properties if child.tag in names]:
            properties.remove(child)
        references = [child for child in self._own if not child.tag.endswith("titlePg")]
        for place, child in enumerate(references):
            properties.insert(place, child)
        properties.insert(len(references), element("type", val=self._type))
        after = 1 + list(properties).index(properties.find(qn("w:pgMar")))
        properties.insert(after, element("cols", num=str(self._columns), space=str(_GUTTER)))
        for child in self._own:
            if child not in references:
                properties.insert(after + 1, child)
        self._own = []
        return properties


#: Parts of the properties of a section that are said once, in the first.
_OF_FIRST_SECTION = ("headerReference", "footerReference", "titlePg")


class _Layout:
    """Fills a document, with the numbers of its charts, tables and notes."""

    def __init__(self, document: Document, pack: Pack, flow: _Flow, depth: _Depth) -> None:
        self.part = document.part
        self.pack = pack
        self.flow = flow
        self.depth = depth
        self.charts: list[Chart] = []
        self.tables = 0
        self.notes = {basis: number for number, basis in enumerate(pack.notes(), 1)}

    def fill(self) -> None:
        """Add the first page, the evidence, what follows for other readers, and the small print."""
        pack, flow = self.pack, self.flow
        flow.add(self._opening())
        self._bands([section for section in pack.sections if section.page == "first"], 1)
        if second := [section for section in pack.sections if section.page == "second"]:
            flow.begin()
            flow.add([paragraph("Heading1", "The evidence")])
            self._bands(second, 2)
        if after := [section for section in pack.sections if section.page == "after"]:
            flow.begin(new_page=True)
            for section in after:
                flow.add(self._section(section, 1, _WIDE_CM))
        level = 2 if second and not after and self.depth.brief else 1
        if self.depth.brief and (self.notes or pack.glossary or pack.sources):
            flow.begin(2)
        flow.add(self._notes(level))
        flow.add(self._glossary(level))
        flow.add(self._sources(level))
        if not (self.depth.brief and pack.sources):
            flow.add([paragraph("Note", self._closing())])
        if not self.depth.brief:
            flow.add(self._data())
            flow.add(self._figures())

    def _closing(self) -> str:
        """Say where the figures are from; a brief document has the edition of the data under its title."""
        if not self.depth.brief:
            return f"{_CLOSING} Data edition: {self.pack.data_edition}."
        has_none = self.pack.glossary and not self.depth.terms
        return f"{_CLOSING} Terms are explained in the workbook and on the web page." if has_none else _CLOSING

    def _opening(self) -> Iterator[BaseOxmlElement]:
        """Yield title, message, date line and the large numbers."""
        pack = self.pack
        yield paragraph("Title", pack.title)
        yield paragraph("Subtitle", pack.subtitle)
        style = "Headline" if len(pack.headline.text) <= _HEADLINE else "LongHeadline"
        yield paragraph(style, self._say(pack.headline))
        if pack.as_at.text:
            yield paragraph("DateLine", self._say(pack.as_at))
        if pack.numbers:
            yield self._numbers()
            yield _gap()

    def _numbers(self) -> BaseOxmlElement:
        """Make one row of large numbers, each in a cell with what it is and its comparison: read from left to right."""
        numbers = self.pack.numbers
        needs = [len(number.large) * _LARGE_LETTER for number in numbers]
        equal = TEXT_WIDTH / len(numbers)
        wide = math.fsum(need for need in needs if need > equal)
        rest = (TEXT_WIDTH - wide) / max(sum(need <= equal for need in needs), 1)
        rest = max(rest, _LEAST_SHARE * TEXT_WIDTH)
        shares = [need if need > equal else rest for need in needs]
        widths = [int(share * TEXT_WIDTH / math.fsum(shares)) for share in shares]
        row = element("tr", element("trPr", element("cantSplit")))
        for number, width in zip(numbers, widths, strict=True):
            cell = _cell(width, paragraph("LargeNumber", number.large, keep=True))
            cell.append(paragraph("NumberLabel", number.label, keep=True))
            cell.append(paragraph("NumberSays", self._say(number.says)))
            row.append(cell)
        return _layout_table("NumbersTable", widths, row, "The large numbers of this page, from left to right")

    def _say(self, sentence: Sentence) -> list[BaseOxmlElement]:
        """Make the runs of a sentence: its words, who said it, and the number of its note."""
        runs = [run(clean(sentence.text))]
        if sentence.said_by:
            address, said_by = web_address(sentence.link), clean(sentence.said_by)
            runs += [run(" ("), link(self.part, said_by, address) if address else run(said_by), run(")")]
        if number := self.notes.get(sentence.basis, 0):
            # The narrow space keeps "£852." and note 10 from being read, or copied, as £852.10.
            runs.append(within(f"note_{number}", run(f"{_NARROW_SPACE}{number}", "NoteNumber")))
        return runs

    def _bands(self, sections: Sequence[Section], level: int) -> None:
        """Add sections over the whole width, but for one of the left half with a chart beside one of the right."""
        left: Section | None = None
        for section in sections:
            if left is not None and section.column == "right" and section.charts:
                self._pair(left, section, level)
                left = None
                continue
            self._whole(left, level)
            left = section if section.column == "left" and section.charts else None
            if left is None:
                self._whole(section, level)
        self._whole(left, level)

    def _whole(self, section: Section | None, level: int) -> None:
        if section is not None:
            self.flow.begin()
            self.flow.add(self._section(section, level, _WIDE_CM))

    def _pair(self, left: Section, right: Section, level: int) -> None:
        """Add two sections beside each other, in a row that stays on one page: the left one is read first."""
        width = TEXT_WIDTH // 2
        row = element("tr", element("trPr", element("cantSplit")))
        for section in (left, right):
            first, *rest = self._section(section, level, _NARROW_CM)
            cell = _cell(width, first)
            cell.extend(rest)
            row.append(cell)
        self.flow.begin()
        self.flow.add([_layout_table("SideBySide", [width, width], row, "Two parts side by side"), _gap()])

    def _section(self, section: Section, level: int, width_cm: float) -> Iterator[BaseOxmlElement]:
        words = [paragraph("BodyText", self._say(sentence)) for sentence in section.paragraphs]
        words += [paragraph("ListBullet", self._say(sentence)) for sentence in section.bullets]
        for heading, draft in section.drafts:
            words.append(paragraph("DraftHeading", heading))
            words.append(paragraph("Draft", self._say(draft)))
        pictures = [block for chart in section.charts for block in self._chart(chart, level + 1, width_cm)]
        yield paragraph(f"Heading{level}", section.title)
        yield from (*pictures, *words) if section.charts_first else (*words, *pictures)
        for content in section.tables:
            self.tables += 1
            label = [run("Table "), *field("SEQ Table \\* ARABIC", str(self.tables))]
            whole = int(width_cm / _WIDE_CM * TEXT_WIDTH)
            yield from self._table(content, label, whole if width_cm == _WIDE_CM else (TEXT_WIDTH - _GUTTER) // 2)

    def _chart(self, chart: Chart, level: int, width_cm: float) -> Iterator[BaseOxmlElement]:
        self.charts.append(chart)
        number = len(self.charts)
        yield paragraph(f"Heading{level}", chart.title)
        label = [run("Chart ", "Strong"), *field("SEQ Chart \\* ARABIC", str(number), "Strong")]
        yield paragraph("Caption", [*label, run(": ", "Strong"), run(clean(chart.subtitle))])
        drawn = picture(
            self.part,
            render_bare(chart, "narrow" if width_cm == _NARROW_CM else "wide").png,
            width_cm=width_cm,
            most_cm=_HIGHEST_CM[width_cm == _WIDE_CM] if self.depth.brief else _HIGHEST_AFTER_CM,
            number=number,
            name=f"Chart {number}",
            alt=chart.alt,
        )
        yield paragraph("Picture", [drawn])
        for note in chart.notes:
            yield paragraph("Note", note, keep=True)
        yield paragraph("Source", chart.source)

    def _table(
        self, content: Table, label: list[BaseOxmlElement], whole: int = TEXT_WIDTH
    ) -> Iterator[BaseOxmlElement]:
        printed = print_table(content)
        yield paragraph("TableCaption", [*label, run(f": {clean(content.title)}")], keep=True)
        if content.subtitle:
            yield paragraph("Caption", content.subtitle)
        yield table(printed, content.title, whole=whole)
        for note in printed.notes:
            yield paragraph("Note", note, keep=True)
        yield paragraph("Source", content.source)

    def _notes(self, level: int) -> Iterator[BaseOxmlElement]:
        """Yield the notes in order of their numbers."""
        if self.notes:
            yield paragraph(f"Heading{level}", "Notes")
        for basis, number in self.notes.items():
            yield paragraph("NoteEntry", bookmark(f"note_{number}", number, run(clean(basis))))

    def _glossary(self, level: int) -> Iterator[BaseOxmlElement]:
        if not self.depth.terms:
            return
        if self.pack.glossary:
            yield paragraph(f"Heading{level}", "Terms")
        entries = [[run(f"{clean(a)}: ", "Strong"), run(clean(b) + " ")] for a, b in self.pack.glossary]
        if self.depth.brief and entries:
            yield paragraph("SmallEntry", [piece for entry in entries for piece in entry])
            return
        for entry in entries:
            yield paragraph("GlossaryEntry", entry)

    def _sources(self, level: int) -> Iterator[BaseOxmlElement]:
        sources = _merge_sources(self.pack.sources) if self.depth.brief else self.pack.sources
        if sources:
            yield paragraph(f"Heading{level}", "Sources")
        if self.depth.brief and sources:
            runs = [piece for source in sources for piece in (*self._source(source), run(" "))]
            yield paragraph("SmallEntry", [*runs, run(self._closing())])
            return
        for source in sources:
            runs = self._source(source)
            if self.depth.provenance:
                runs += [run(" SHA-256 starts "), run(clean(source["sha256"][:_HASH_SHOWN]), "FigureId"), run(".")]
            yield paragraph("ListNumber", runs)

    def _source(self, source: dict[str, str]) -> list[BaseOxmlElement]:
        """Name a source with its link, publisher, date and licence; in a brief document the foot has the licence."""
        title, address = clean(source["title"]), web_address(source["page"])
        named = link(self.part, title, address) if address else run(title)
        if self.depth.brief:
            licence = source["licence"].removeprefix(_OPEN_LICENCE).strip("; ")
            about = "; ".join(filter(None, (_short_name(source["publisher"]), source["published"], licence)))
            return [named, run(f" ({clean(about)}).")]
        about = clean(f". Published {source['published']}, {source['licence']}.")
        return [run(f"{clean(source['publisher'])}: "), named, run(about)]

    def _data(self) -> Iterator[BaseOxmlElement]:
        """Yield the tables behind the charts."""
        shown = [(n, c.data) for n, c in enumerate(self.charts, 1) if len(c.data.rows) <= self.depth.data_rows]
        if shown:
            yield paragraph("Heading1", "Data behind the charts")
        for number, content in shown:
            yield from self._table(content, [run(f"Data for chart {number}")])
        if len(shown) < len(self.charts):
            yield paragraph(
                "Note", "The long tables behind the charts are in the workbook and the web page of this pack."
            )

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
        words = [run("Of a published figure the cell is found by its id: "), run("hnf trace", "FigureId")]
        yield paragraph("Source", [*words, run(" and the id.")])


def _short_name(publisher: str) -> str:
    return _IN_SHORT.get(publisher, publisher)


def _layout_table(style: str, widths: Sequence[int], row: BaseOxmlElement, name: str) -> BaseOxmlElement:
    """Make a table of one row without headings, which puts things side by side."""
    properties = element(
        "tblPr",
        element("tblStyle", val=style),
        element("tblW", w=str(sum(widths)), type="dxa"),
        element("tblLayout", type="fixed"),
        element("tblLook", **(_LOOK | {"val": "0600", "firstRow": "0"})),
        element("tblCaption", val=name),
    )
    grid = element("tblGrid", *(element("gridCol", w=str(width)) for width in widths))
    return element("tbl", properties, grid, row)


def _gap() -> BaseOxmlElement:
    """Make the little space that keeps a table apart from the next."""
    return paragraph("Gap", [])


def _merge_sources(sources: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Name files of one page and date once, by what is before a colon or bracket in their titles."""
    merged: dict[tuple[str, ...], dict[str, str]] = {}
    for source in sources:
        head = source["title"].partition(": ")[0].partition(" (")[0]
        merged.setdefault((source["page"], source["published"], head), source | {"title": head})
    return list(merged.values())
