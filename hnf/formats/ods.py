"""The pack as an OpenDocument spreadsheet: the same sheets as the workbook, formulas included.

The parts of the archive are templates filled by jinja2, which escapes what comes from outside; the libraries that write
ODS take five to fifteen times as long (docs/decisions/0011-spreadsheet-writers.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hnf.export.workbooks import pack_ods
from hnf.formats.sheets import (
    COVER,
    COVER_WIDTH,
    SUBTITLE_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    Book,
    NumberFormat,
    Sheet,
    SheetCell,
    fit_height,
    fit_rows,
    fit_widths,
    list_book,
    show_number,
)
from hnf.formula.worked_rows import write_formula
from hnf.packs.content import Pack
from hnf.sources.workbooks.guard import ODS_MIMETYPE
from hnf.text import as_shown, shown

_TEMPLATES = Path(__file__).parent / "templates" / "ods"
#: Inches in one unit of column width: a digit of the usual font, and some room for other fonts.
_INCHES = 8 / 96
#: Cell styles: name, size, bold, wrapped, alignment, indented, line below.
_STYLES = (
    ("title", TITLE_SIZE, True, False, "start", False, False),
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


@dataclass(frozen=True)
class _Cell:
    """A cell as the template writes it."""

    style: str
    type: str
    value: str
    paragraphs: Markup
    formula: str = ""


class _Numbered:
    """Things numbered in the order they are met, each once."""

    def __init__(self) -> None:
        self.found: dict[Any, int] = {}

    def number(self, thing: Any) -> int:
        return self.found.setdefault(thing, len(self.found))


class _Writer:
    """Turns sheets into cells and collects the number formats, widths and heights they use."""

    def __init__(self) -> None:
        self.numbers, self.widths, self.heights = _Numbered(), _Numbered(), _Numbered()

    def cover(self, book: Book) -> dict[str, Any]:
        """Return the cover: one line a row."""
        lines = [("cover-title", book.title, TITLE_SIZE), ("cover-heading", "Introductory information", SUBTITLE_SIZE)]
        lines += [("text", line, TEXT_SIZE) for line in book.introduction]
        lines += [("cover-heading", "About these data", SUBTITLE_SIZE)]
        lines += [("text", line, TEXT_SIZE) for line in book.about]
        above = [
            ([_text(line, style)], self._height(fit_height([line], [COVER_WIDTH], enlarged=size / TEXT_SIZE) + 3))
            for style, line, size in lines
        ]
        return {"name": COVER, "columns": [self._width(COVER_WIDTH)], "above": above, "head": None, "rows": []}

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
            ([_text(text, style)], self._height(fit_height([""], [1.0], enlarged=size / TEXT_SIZE)))
            for style, text, size in lines
        ]
        heights = [self._height(height) for height in fit_rows(sheet, widths)]
        head = [
            _text(column.title, style.replace("text", "heading", 1))
            for column, style in zip(sheet.columns, styles, strict=True)
        ]
        return {
            "name": sheet.name,
            "columns": [self._width(width) for width in widths],
            "above": above,
            "head": (head, heights[0]),
            "rows": [
                ([self._cell(sheet, cell, style) for cell, style in zip(row, styles, strict=True)], height)
                for row, height in zip(sheet.rows, heights[1:], strict=True)
            ],
        }

    def _cell(self, sheet: Sheet, cell: SheetCell, style: str) -> _Cell:
        formula = ""
        if cell.formula is not None:
            formula = write_formula(cell.formula, lambda key: f"[.{sheet.address(key)}]", ";")
        if isinstance(cell.value, str):
            return _text(cell.value, style, cell.link, formula)
        shown = cell.number_format or NumberFormat(grouped=False)
        paragraphs = Markup("<text:p>{}</text:p>").format(show_number(cell.value, shown))
        return _Cell(f"n{self.numbers.number(shown)}", "float", repr(cell.value), paragraphs, formula)

    def _width(self, width: float) -> int:
        return self.widths.number(f"{width * _INCHES:.3f}")

    def _height(self, height: float) -> int:
        return self.heights.number(f"{height:.2f}")


def render_ods(pack: Pack) -> bytes:
    """Lay a pack out as an OpenDocument spreadsheet.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    bytes
        The `.ods` file, the same bytes for the same pack: the sheets, values and formulas of the workbook. A missing
        value is `[x]`, never zero or blank.
    """
    book = list_book(pack)
    writer = _Writer()
    sheets = [writer.cover(book), *(writer.sheet(sheet) for sheet in book.sheets)]
    members = {
        "content.xml": _fill(
            "content.xml.j2",
            sheets=sheets,
            ranges=[{"name": sheet.table_name, "address": _range(sheet)} for sheet in book.sheets],
            numbers=writer.numbers.found,
            widths=writer.widths.found,
            heights=writer.heights.found,
        ),
        "styles.xml": _fill("styles.xml.j2", styles=_STYLES, text_size=TEXT_SIZE),
        "meta.xml": _fill("meta.xml.j2", book=book),
    }
    members["META-INF/manifest.xml"] = _fill("manifest.xml.j2", mimetype=ODS_MIMETYPE, members=sorted(members))
    return pack_ods(members)


def _text(text: str, style: str, link: str = "", formula: str = "") -> _Cell:
    """Make a cell of text: a paragraph a line; spaces in a row are counted, as the format would drop them."""
    paragraphs = Markup()
    text = shown(text)
    for line in text.split("\n"):
        spaced = re.sub(r" {2,}", lambda spaces: f' <text:s text:c="{len(spaces[0]) - 1}"/>', str(escape(line)))
        inner = Markup(spaced)  # noqa: S704 (escaped above)
        if link:
            inner = Markup('<text:a xlink:type="simple" xlink:href="#{}">{}</text:a>').format(f"'{link}'.A1", inner)
        paragraphs += Markup("<text:p>{}</text:p>").format(inner)
    return _Cell(style, "string", text, paragraphs, formula)


def _column_style(sheet: Sheet, place: int) -> str:
    """Return how the texts of a column look: right in a column of numbers, clear of a number before them."""
    if sheet.columns[place].kind != "text":
        return "text-right"
    return "text-indented" if place and sheet.columns[place - 1].kind != "text" else "text"


def _range(sheet: Sheet) -> str:
    first, last = sheet.header_row + 1, sheet.header_row + 1 + len(sheet.rows)
    return f"'{sheet.name}'.A{first}:'{sheet.name}'.{ascii_uppercase[len(sheet.columns) - 1]}{last}"


def _fill(name: str, **context: Any) -> str:
    return _environment().get_template(name).render(**context)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, finalize=as_shown, undefined=StrictUndefined
    )
