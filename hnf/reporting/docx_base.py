"""The document a pack is laid out in: its styles, its margins with page numbers, its properties, its bytes.

The styles and lists are files in `templates/docx`; nothing of the document python-docx starts from is kept.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm

from hnf.reporting.content import Pack
from hnf.reporting.docx_xml import clean, field, paragraph, run, tab

if TYPE_CHECKING:
    from docx.blkcntnr import BlockItemContainer
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement

_TEMPLATES = Path(__file__).resolve().parent / "templates" / "docx"
#: A fixed date, so that the same pack gives the same bytes; the date of the data stands in the text.
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


def _fill(place: BlockItemContainer, style: str, runs: list[BaseOxmlElement]) -> None:
    (empty,) = place.paragraphs
    empty._p.getparent().replace(empty._p, paragraph(style, runs))


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
