"""The content of a workbook of tidy tables, before it has a format: cover, contents, notes, one table a sheet.

As the Government Analysis Function asks: the title in A1, one table a sheet with its headings in one row, units said,
no merged cells, no colour that carries meaning. A missing number is its symbol in square brackets, never blank.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import polars as pl
import xlsxwriter

from hnf.export.tables import print_number
from hnf.sources.build import ATTRIBUTION, LICENCE, TITLE
from hnf.sources.catalogue import Source
from hnf.sources.workbooks.guard import ODS_MIMETYPE
from hnf.tables.schema import SYMBOLS, TABLES, Field, TableSpec
from hnf.text import shown, starts_formula

Cell = str | int | float | None
_WIDEST, _NARROWEST = 60, 10
_MEASURED_ROWS = 200
#: Width of the cover's one column in characters.
COVER_WIDTH = 100


@dataclass(frozen=True)
class Sheet:
    """One sheet: its title, lines under it, and a table.

    Parameters
    ----------
    name : str
        Name of the sheet, at most 31 characters.
    title : str
        Stands in A1.
    lines : tuple of str
        What stands between title and table.
    headings : tuple of str
        Empty for a sheet of lines only.
    rows : tuple of tuple
        Cells; None is a blank cell.
    """

    name: str
    title: str
    lines: tuple[str, ...]
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()

    @property
    def heading_row(self) -> int:
        """Zero-based row of the headings."""
        return 1 + len(self.lines)

    def widths(self) -> list[int]:
        """Widths of the columns in characters, by the headings and the first rows."""
        columns = zip(self.headings, *self.rows[:_MEASURED_ROWS], strict=True)
        longest = (max(len(str(cell)) for cell in column if cell is not None) for column in columns)
        return [max(_NARROWEST, min(_WIDEST, width + 2)) for width in longest]


@dataclass(frozen=True)
class Book:
    """A workbook: its title and its sheets, the cover first."""

    title: str
    edition: str
    sheets: tuple[Sheet, ...]


def make_book(frames: Mapping[str, pl.DataFrame], edition: str, sources: Iterable[Source]) -> Book:
    """Lay tables out as a workbook.

    Parameters
    ----------
    frames : mapping of str to polars.DataFrame
        Tables by name.
    edition : str
        The data edition, in words.
    sources : iterable of Source
        The catalogue.
    """
    tables = tuple(_table_sheet(TABLES[name], frame) for name, frame in frames.items())
    used = {source_id for frame in frames.values() for source_id in frame["source_id"].unique()}
    sheets = (_cover(edition), _contents(tables), _notes(frames), *tables, _sources(sources, used))
    return Book(TITLE, edition, sheets)


def _cover(edition: str) -> Sheet:
    symbols = tuple(f"[{symbol}] means {meaning}." for symbol, meaning in SYMBOLS.items())
    lines = (
        f"Data edition: {edition}.",
        ATTRIBUTION,
        f"Licence: {LICENCE['title']}, {LICENCE['path']}",
        "Each sheet after the notes holds one table. The Contents sheet lists them, the Notes sheet explains columns.",
        "A number that the publisher does not give is the publisher's symbol in square brackets. It is never zero.",
        *symbols,
        "A blank cell in a column of text means that the column does not apply to the row, such as the code of an "
        "authority on the row of England.",
        "Every row names the published file, sheet and cell that it was read from.",
    )
    return Sheet("Cover", TITLE, lines)


def _contents(tables: tuple[Sheet, ...]) -> Sheet:
    rows = (
        ("Notes", "Meaning, type and unit of every column"),
        *((sheet.name, sheet.title) for sheet in tables),
        ("Sources", "The published files that the tables were read from"),
    )
    return Sheet("Contents", "Contents", ("This sheet contains one table.",), ("Sheet", "What it holds"), rows)


def _notes(frames: Mapping[str, pl.DataFrame]) -> Sheet:
    rows = tuple(
        (name, field.name, field.type, field.unit or "none", field.meaning)
        for name in frames
        for field in TABLES[name].fields
    )
    headings = ("Table", "Column", "Type", "Unit", "Meaning")
    return Sheet("Notes", "Notes on the columns", ("This sheet contains one table.",), headings, rows)


def _table_sheet(spec: TableSpec, frame: pl.DataFrame) -> Sheet:
    lines = (f"This sheet contains one table of {frame.height:,} rows. What each column means is on the Notes sheet.",)
    return Sheet(spec.name, spec.meaning, lines, tuple(map(_heading, spec.fields)), tuple(_cells(spec, frame)))


def _heading(field: Field) -> str:
    return f"{field.name} ({field.unit})" if field.unit else field.name


def _cells(spec: TableSpec, frame: pl.DataFrame) -> Iterator[tuple[Cell, ...]]:
    text = [field.type == "string" for field in spec.fields]
    status = spec.columns.index("status") if "status" in spec.columns else None
    for row in frame.iter_rows():
        symbol = row[status] if status is not None else ""
        yield tuple(
            (shown(value) or None) if is_text else (f"[{symbol or 'x'}]" if value is None else value)
            for value, is_text in zip(row, text, strict=True)
        )


def _sources(sources: Iterable[Source], used: set[str]) -> Sheet:
    headings = ("source_id", "Publisher", "Title", "Page", "Published", "Licence", "SHA-256 of the file")
    rows = tuple(
        (s.id, s.publisher, s.title, s.page, s.published, s.licence, s.sha256) for s in sources if s.id in used
    )
    title = "The published files that the tables were read from"
    return Sheet("Sources", title, ("This sheet contains one table.",), headings, rows)


# Writes a workbook of tidy tables as XLSX: marked-up tables, frozen headings, text that never becomes a
# formula.

#: A fixed date of creation, so that the same tables give the same bytes.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_xlsx(book: Book) -> bytes:
    """Return the `.xlsx` file, the same bytes for the same book."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    formats = {
        "title": workbook.add_format({"bold": True, "font_size": 16}),
        "heading": workbook.add_format({"bold": True, "text_wrap": True, "bottom": 1}),
        "wrapped": workbook.add_format({"text_wrap": True, "valign": "top"}),
        "as_text": workbook.add_format({"quote_prefix": True}),
    }
    for sheet in book.sheets:
        _write_sheet(workbook.add_worksheet(sheet.name), sheet, formats)
    workbook.set_properties(
        {"title": book.title, "author": "hnf", "comments": shown(f"Data edition: {book.edition}"), "created": _CREATED}
    )
    workbook.close()
    return buffer.getvalue()


def _write_sheet(worksheet: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    worksheet.hide_gridlines(2)
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)
    worksheet.write_string(0, 0, sheet.title, formats["title"])
    for row, line in enumerate(sheet.lines, 1):
        worksheet.write_string(row, 0, line, None if sheet.headings else formats["wrapped"])
    if not sheet.headings:
        worksheet.set_column(0, 0, COVER_WIDTH)
        return
    first, last, right = sheet.heading_row, sheet.heading_row + len(sheet.rows), len(sheet.headings) - 1
    columns = [{"header": heading, "header_format": formats["heading"]} for heading in sheet.headings]
    # A table needs a row; a heading alone stays a plain row.
    if sheet.rows:
        options = {"columns": columns, "name": f"table_{sheet.name}", "style": None, "autofilter": len(sheet.rows) > 1}
        worksheet.add_table(first, 0, last, right, options)
    else:
        for column, heading in enumerate(sheet.headings):
            worksheet.write_string(first, column, heading, formats["heading"])
    for row, cells in enumerate(sheet.rows, first + 1):
        for column, value in enumerate(cells):
            if isinstance(value, str):
                style = formats["as_text"] if starts_formula(value) else None
                worksheet.write_string(row, column, value, style)
            elif value is not None:
                worksheet.write_number(row, column, value)
    for column, width in enumerate(sheet.widths()):
        worksheet.set_column(column, column, width)
    worksheet.freeze_panes(first + 1, 0)
    # Codes such as 919 are text on purpose.
    worksheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})


# Packs the parts of an OpenDocument spreadsheet, the same bytes for the same parts on every system.

#: A fixed date for every member.
_DATE = (2000, 1, 1, 0, 0, 0)
_UNIX = 3


def pack_ods(members: Mapping[str, str]) -> bytes:
    """Return the archive of the parts.

    Parameters
    ----------
    members : mapping of str to str
        XML by name of the part. The type is put before them and stored, as readers look for it there.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"mimetype": ODS_MIMETYPE, **members}.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = _UNIX
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content.encode(), kind)
    return out.getvalue()


# Writes a workbook of tidy tables as ODS (Open Document Spreadsheet).
#
# The rows are written as text of the format itself: building them as objects with odfpy takes about a minute
# for all tables, and this about a second. Every cell says that it is text or a number, so that none is ever
# taken for a formula.

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
