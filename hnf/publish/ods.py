"""Writes a workbook of tidy tables as ODS (Open Document Spreadsheet).

The rows are written as text of the format itself: building them as objects with odfpy takes about a minute for all
tables, and this about a second. Every cell says that it is text or a number, so that none is ever taken for a formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from hnf.plain_text import shown
from hnf.publish.book import COVER_WIDTH, Book, Cell, Sheet
from hnf.publish.numbers import print_number
from hnf.publish.ods_archive import pack_ods
from hnf.sources.workbooks.guard import ODS_MIMETYPE

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(
    f'xmlns:{prefix}="{_OFFICE}:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("style", "style"),
        ("table", "table"),
        ("text", "text"),
        ("meta", "meta"),
        ("fo", "xsl-fo-compatible"),
    )
)
_OPEN = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: Widths of columns that styles are made for, in characters.
_WIDTHS = range(10, COVER_WIDTH + 1)
_CENTIMETRES = 0.2


def write_ods(book: Book) -> bytes:
    """Return the `.ods` file, the same bytes for the same book."""
    members = {
        "content.xml": _content(book),
        "styles.xml": _styles(),
        "meta.xml": _meta(book),
        "META-INF/manifest.xml": _manifest(),
    }
    return pack_ods(members)


def _content(book: Book) -> str:
    parts = [_OPEN, f'<office:document-content {_SPACES} office:version="1.3">', "<office:automatic-styles>"]
    parts.append(
        '<style:style style:name="sheet" style:family="table" style:master-page-name="Default">'
        '<style:table-properties table:display="true"/></style:style>'
    )
    parts += [
        f'<style:style style:name="w{width}" style:family="table-column"><style:table-column-properties '
        f'style:column-width="{width * _CENTIMETRES:.1f}cm"/></style:style>'
        for width in _WIDTHS
    ]
    parts += [
        '<style:style style:name="title" style:family="table-cell"><style:text-properties fo:font-weight="bold" '
        'fo:font-size="16pt"/></style:style>',
        '<style:style style:name="heading" style:family="table-cell"><style:table-cell-properties '
        'fo:wrap-option="wrap" fo:border-bottom="0.75pt solid #000000"/><style:text-properties '
        'fo:font-weight="bold"/></style:style>',
        '<style:style style:name="wrapped" style:family="table-cell"><style:table-cell-properties '
        'fo:wrap-option="wrap"/></style:style>',
        "</office:automatic-styles><office:body><office:spreadsheet>",
    ]
    for sheet in book.sheets:
        parts += _sheet(sheet)
    parts += ["<table:database-ranges>", *_ranges(book), "</table:database-ranges>"]
    parts.append("</office:spreadsheet></office:body></office:document-content>\n")
    return "".join(parts)


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f'<table:table table:name={quoteattr(sheet.name)} table:style-name="sheet">'
    for width in sheet.widths() if sheet.headings else [COVER_WIDTH]:
        yield f'<table:table-column table:style-name="w{width}"/>'
    yield f"<table:table-row>{_cell(sheet.title, 'title')}</table:table-row>"
    for line in sheet.lines:
        yield f"<table:table-row>{_cell(line, '' if sheet.headings else 'wrapped')}</table:table-row>"
    if sheet.headings:
        headings = "".join(_cell(heading, "heading") for heading in sheet.headings)
        row = f"<table:table-row>{headings}</table:table-row>"
        yield f"<table:table-header-rows>{row}</table:table-header-rows>"
    for cells in sheet.rows:
        yield f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"
    yield "</table:table>"


def _cell(value: Cell, style: str = "") -> str:
    named = f' table:style-name="{style}"' if style else ""
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"{named}>{_paragraphs(value)}</table:table-cell>'
    number = print_number(value)
    return (
        f'<table:table-cell office:value-type="float" office:value="{number}"{named}><text:p>{number}</text:p>'
        "</table:table-cell>"
    )


def _paragraphs(text: str) -> str:
    """Runs of spaces would fold to one, and line breaks to none, without elements of their own."""
    lines = (escape(line).replace("\t", "<text:tab/>").replace("  ", " <text:s/>") for line in shown(text).split("\n"))
    return "".join(f"<text:p>{line}</text:p>" for line in lines)


def _ranges(book: Book) -> Iterator[str]:
    """Name each table, as a reader of the screen hears it."""
    for sheet in book.sheets:
        if sheet.headings:
            last = sheet.heading_row + 1 + len(sheet.rows)
            corner = f"{_letters(len(sheet.headings) - 1)}{last}"
            address = f"'{sheet.name}'.A{sheet.heading_row + 1}:'{sheet.name}'.{corner}"
            yield (
                f'<table:database-range table:name="table_{sheet.name}" '
                f'table:target-range-address={quoteattr(address)} table:contains-header="true"/>'
            )


def _letters(column: int) -> str:
    return chr(ord("A") + column) if column < 26 else _letters(column // 26 - 1) + _letters(column % 26)


def _styles() -> str:
    return (
        f'{_OPEN}<office:document-styles {_SPACES} office:version="1.3"><office:styles>'
        '<style:default-style style:family="table-cell"><style:text-properties fo:language="en" fo:country="GB" '
        'fo:font-size="12pt"/></style:default-style></office:styles><office:automatic-styles>'
        '<style:page-layout style:name="page"><style:page-layout-properties fo:page-width="29.7cm" '
        'fo:page-height="21cm" style:print-orientation="landscape" style:scale-to-X="1" style:scale-to-Y="0"/>'
        "</style:page-layout></office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Default" style:page-layout-name="page"/></office:master-styles>'
        "</office:document-styles>\n"
    )


def _meta(book: Book) -> str:
    return (
        f'{_OPEN}<office:document-meta {_SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3">'
        f"<office:meta><meta:generator>hnf</meta:generator><dc:title>{escape(shown(book.title))}</dc:title>"
        f"<dc:description>Data edition: {escape(shown(book.edition))}</dc:description><dc:language>en-GB</dc:language>"
        "</office:meta></office:document-meta>\n"
    )


def _manifest() -> str:
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in (
            ("/", ODS_MIMETYPE),
            ("content.xml", "text/xml"),
            ("styles.xml", "text/xml"),
            ("meta.xml", "text/xml"),
        )
    )
    return (
        f'{_OPEN}<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0" manifest:version="1.3">{entries}'
        "</manifest:manifest>\n"
    )
