"""Writes sheets as an OpenDocument spreadsheet: the same as the Excel workbook, formulas included.

Rows are written as text of the format, the parts around them by templates of jinja2; the libraries that write ODS take
five to fifteen times as long (docs/decisions/0011-spreadsheet-writers.md).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hnf.formats.sheets import (
    COVER,
    COVER_WIDTH,
    NUMBER_SIZE,
    SUBTITLE_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    Book,
    NumberFormat,
    Sheet,
    SheetCell,
    Value,
    column_letters,
    fit_cover,
    fit_height,
    fit_rows,
    fit_widths,
    list_book,
    show_number,
)
from hnf.formula.worked_rows import write_formula
from hnf.packs.content import Pack
from hnf.sources.workbooks.guard import ODS_MIMETYPE
from hnf.text import as_shown, print_number, shown

_TEMPLATES = Path(__file__).parent / "templates" / "ods"
#: A fixed date for every part, so that the same book gives the same bytes.
_DATE = (2000, 1, 1, 0, 0, 0)
_UNIX = 3
#: Inches in one unit of column width: a digit of the usual font, and some room for other fonts.
_INCHES = 8 / 96
#: Cell styles: name, size, bold, wrapped, alignment, indented, line below.
_STYLES = (
    ("title", TITLE_SIZE, True, False, "start", False, False),
    ("cover-number", NUMBER_SIZE, True, True, "start", False, False),
    ("cover-title", TITLE_SIZE, True, True, "start", False, False),
    ("cover-heading", SUBTITLE_SIZE, True, True, "start", False, False),
    ("subtitle", SUBTITLE_SIZE, False, False, "start", False, False),
    ("line", TEXT_SIZE, False, False, "start", False, False),
    ("heading", TEXT_SIZE, True, True, "start", False, True),
    ("heading-indented", TEXT_SIZE, True, True, "start", True, True),
    ("heading-right", TEXT_SIZE, True, True, "end", False, True),
    ("text", TEXT_SIZE, False, True, "start", False, False),
    ("text-indented", TEXT_SIZE, False, True, "start", True, False),
    ("text-right", TEXT_SIZE, False, True, "end", False, False),
)


class _Numbered:
    """Things numbered in the order they are met, each once."""

    def __init__(self) -> None:
        self.found: dict[Any, int] = {}

    def number(self, thing: Any) -> int:
        return self.found.setdefault(thing, len(self.found))


class _Writer:
    """Turns sheets into rows of XML and collects the number formats, widths and heights they use."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.numbers, self.widths, self.heights = _Numbered(), _Numbered(), _Numbered()

    def cover(self) -> dict[str, Any]:
        """Return the cover: one line a row."""
        styles = {
            NUMBER_SIZE: "cover-number",
            TITLE_SIZE: "cover-title",
            SUBTITLE_SIZE: "cover-heading",
            TEXT_SIZE: "text",
        }
        rows = [
            self._row([_text(line, styles[size])], height)
            for (line, size), height in zip(self.book.cover, fit_cover(self.book), strict=True)
        ]
        return {
            "name": COVER,
            "columns": [self._width(COVER_WIDTH)],
            "above": Markup().join(rows),
            "head": "",
            "frozen": 0,
            "printed": f"'{COVER}'.A1:'{COVER}'.A{len(rows)}",
        }

    def sheet(self, sheet: Sheet) -> dict[str, Any]:
        """Return a sheet: lines above, the row of headings, the rows."""
        widths = fit_widths(sheet)
        styles = [_column_style(sheet, place) for place in range(len(sheet.columns))]
        lines = [("title", sheet.heading, TITLE_SIZE)]
        lines += [
            ("subtitle", line, SUBTITLE_SIZE) if sheet.subtitle and not number else ("line", line, TEXT_SIZE)
            for number, line in enumerate(sheet.above)
        ]
        above = [
            self._row([_text(text, style)], fit_height([""], [1.0], enlarged=size / TEXT_SIZE))
            for style, text, size in lines
        ]
        heights = [None] * (len(sheet.rows) + 1) if sheet.is_data else fit_rows(sheet, widths)
        head = [
            _text(column.title, style.replace("text", "heading", 1))
            for column, style in zip(sheet.columns, styles, strict=True)
        ]
        return {
            "name": sheet.name,
            "frozen": sheet.header_row + 1,
            "printed": f"'{sheet.name}'.A1:'{sheet.name}'.{column_letters(len(sheet.columns) - 1)}{sheet.last_row}",
            "columns": [self._width(width) for width in widths],
            "above": Markup().join(above),
            "head": self._row(head, heights[0]),
            "rows": Markup().join(
                self._row([self._cell(sheet, cell, style) for cell, style in zip(row, styles, strict=True)], height)
                for row, height in zip(sheet.rows, heights[1:], strict=True)
            ),
        }

    def _row(self, cells: Sequence[str], height: float | None) -> Markup:
        styled = "" if height is None else f' table:style-name="r{self.heights.number(f"{height:.2f}")}"'
        return Markup(f"<table:table-row{styled}>{''.join(cells)}</table:table-row>\n")  # noqa: S704 (cells are escaped)

    def _cell(self, sheet: Sheet, cell: SheetCell | Value | None, style: str) -> str:
        """Write a cell; its type is said, so that text is never taken for a formula."""
        if cell is None:
            return "<table:table-cell/>"
        if isinstance(cell, str):
            return _text(cell)
        if not isinstance(cell, SheetCell):
            return _number(print_number(cell))
        formula = ""
        if cell.formula is not None:
            formula = write_formula(cell.formula, lambda key: _address(*self.book.find(key, sheet)), ";")
        if isinstance(cell.value, str):
            return _text(cell.value, style, cell.link, formula)
        number_format = cell.number_format or NumberFormat(grouped=False)
        named = f"n{self.numbers.number(number_format)}"
        return _number(repr(cell.value), show_number(cell.value, number_format), named, formula)

    def _width(self, width: float) -> int:
        return self.widths.number(f"{width * _INCHES:.3f}")


def render_ods(pack: Pack) -> bytes:
    """Lay a pack out as an OpenDocument spreadsheet; as `write_ods`."""
    return write_ods(list_book(pack))


def write_ods(book: Book) -> bytes:
    """Write sheets as an OpenDocument spreadsheet, the same bytes for the same book."""
    writer = _Writer(book)
    sheets = [writer.cover(), *(writer.sheet(sheet) for sheet in book.sheets)]
    names = [(name, _refer(*book.find(f"{on}!{key}", book.sheets[0]))) for name, on, key in book.names]
    members = {
        "content.xml": _fill(
            "content.xml.j2",
            sheets=sheets,
            tables=[(sheet, _range(sheet)) for sheet in book.sheets],
            names=names,
            numbers=writer.numbers.found,
            widths=writer.widths.found,
            heights=writer.heights.found,
        ),
        "styles.xml": _fill("styles.xml.j2", styles=_STYLES, text_size=TEXT_SIZE),
        "meta.xml": _fill("meta.xml.j2", book=book),
        "settings.xml": _fill("settings.xml.j2", sheets=sheets, first=COVER),
    }
    members["META-INF/manifest.xml"] = _fill("manifest.xml.j2", mimetype=ODS_MIMETYPE, members=sorted(members))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # The type comes first and stored, as readers look for it there.
        for name, content in {"mimetype": ODS_MIMETYPE, **members}.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = _UNIX
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def _number(value: str, printed: str = "", style: str = "", formula: str = "") -> str:
    return _written("float", f' office:value="{value}"', f"<text:p>{printed or value}</text:p>", style, formula)


def _text(text: str, style: str = "", link: str = "", formula: str = "") -> str:
    """Write a cell of text: a paragraph a line; spaces in a row are counted, as the format would drop them."""
    paragraphs = ""
    text = shown(text)
    for line in text.split("\n"):
        inner = str(escape(line)).replace("\t", "<text:tab/>")
        if "  " in inner:
            inner = re.sub(r" {2,}", lambda spaces: f' <text:s text:c="{len(spaces[0]) - 1}"/>', inner)
        if link:
            address = str(escape(f"'{link}'.A1"))
            inner = f'<text:a xlink:type="simple" xlink:href="#{address}">{inner}</text:a>'
        paragraphs += f"<text:p>{inner}</text:p>"
    value = f' office:string-value="{escape(text)}"' if formula else ""
    return _written("string", value, paragraphs, style, formula)


def _written(kind: str, value: str, paragraphs: str, style: str, formula: str) -> str:
    named = f' table:style-name="{style}"' if style else ""
    worked_out = f' table:formula="of:={escape(formula)}"' if formula else ""
    return f'<table:table-cell{named}{worked_out} office:value-type="{kind}"{value}>{paragraphs}</table:table-cell>'


def _column_style(sheet: Sheet, place: int) -> str:
    """Return how the texts of a column look: right in a column of numbers, clear of a number before them."""
    if sheet.columns[place].kind != "text":
        return "text-right"
    return "text-indented" if place and sheet.columns[place - 1].kind != "text" else "text"


def _range(sheet: Sheet) -> str:
    last = f"{column_letters(len(sheet.columns) - 1)}{sheet.last_row}"
    return f"'{sheet.name}'.A{sheet.header_row + 1}:'{sheet.name}'.{last}"


def _address(sheet: str, ends: Sequence[tuple[int, str]]) -> str:
    """Write where a cell or a column is, as a formula refers to it."""
    fixed = "$" if len(ends) > 1 else ""
    of = f"$'{sheet}'" if sheet else ""
    return "[" + f"{of}." + ":.".join(f"{fixed}{letter}{fixed}{row}" for row, letter in ends) + "]"


def _refer(sheet: str, ends: Sequence[tuple[int, str]]) -> str:
    """Write where a cell or a column is, as a name refers to it."""
    return f"$'{sheet}'." + ":.".join(f"${letter}${row}" for row, letter in ends)


def _fill(name: str, **context: Any) -> str:
    return _environment().get_template(name).render(**context)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, finalize=as_shown, undefined=StrictUndefined
    )
