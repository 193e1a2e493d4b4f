"""The pack as an Excel workbook, in the style of the Analysis Function: one marked-up table a sheet.

Sheets look as `gptables` lays them out, which a test holds them against; they are written with xlsxwriter alone, which
takes a tenth of the time (docs/decisions/0011-spreadsheet-writers.md). Numbers stay numbers; text is written as text
whatever it starts with.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

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
)
from hnf.formula.worked_rows import write_formula
from hnf.packs.content import Pack
from hnf.text import shown, starts_formula

#: A fixed date of creation, so that the same pack gives the same bytes.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
#: In memory, xlsxwriter stamps every member of the archive with the same date. Text never becomes anything else.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FONT = {"font_name": "Arial", "font_size": TEXT_SIZE}
_LINK = {"font_color": "#0000FF", "underline": 1}
_A4 = 9


def render_workbook(pack: Pack) -> bytes:
    """Lay a pack out as an Excel workbook.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    bytes
        The `.xlsx` file, the same bytes for the same pack. A missing value is `[x]`, never zero or blank. Formulas
        carry the values they give.
    """
    import xlsxwriter

    book = list_book(pack)
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    writer = _Writer(workbook)
    writer.write_cover(book)
    for sheet in book.sheets:
        writer.write_sheet(sheet)
    workbook.set_properties(
        {
            "title": shown(book.title),
            "author": "hnf",
            "keywords": shown(book.keywords),
            "comments": shown(f"Data edition: {book.edition}"),
            "created": _CREATED,
        }
    )
    workbook.set_custom_property("Language", "en-GB")
    workbook.close()
    return buffer.getvalue()


class _Writer:
    """Writes sheets into one workbook, each format of it made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._number_codes: dict[NumberFormat, str] = {}

    def write_cover(self, book: Book) -> None:
        """Write title, introduction and what is to be known about the data, one line a row."""
        sheet = self._add_sheet(COVER)
        sheet.set_column(0, 0, COVER_WIDTH)
        lines = [(book.title, TITLE_SIZE), ("Introductory information", SUBTITLE_SIZE)]
        lines += [(line, TEXT_SIZE) for line in book.introduction]
        lines += [("About these data", SUBTITLE_SIZE), *((line, TEXT_SIZE) for line in book.about)]
        for row, (line, size) in enumerate(lines):
            sheet.set_row(row, fit_height([line], [COVER_WIDTH], enlarged=size / TEXT_SIZE) + 3)
            style = {"font_size": size, "bold": size > TEXT_SIZE, "text_wrap": True, "valign": "top"}
            self._write_text(sheet, row, 0, line, **style)

    def write_sheet(self, sheet: Sheet) -> None:
        """Write one sheet: title in A1, lines about it, then its table, marked up as one."""
        out = self._add_sheet(sheet.name)
        self._write_text(out, 0, 0, sheet.heading, bold=True, font_size=TITLE_SIZE)
        for row, line in enumerate(sheet.above, 1):
            self._write_text(out, row, 0, line, font_size=SUBTITLE_SIZE if sheet.subtitle and row == 1 else TEXT_SIZE)
        widths = fit_widths(sheet)
        for place, width in enumerate(widths):
            out.set_column(place, place, width)
        for row, height in enumerate(fit_rows(sheet, widths), sheet.header_row):
            out.set_row(row, height)
        self._write_table(out, sheet)
        out.repeat_rows(sheet.header_row)

    def _write_table(self, out: Any, sheet: Sheet) -> None:
        first = sheet.header_row + 1
        styles = [_column_style(sheet, place) for place in range(len(sheet.columns))]
        for number, row in enumerate(sheet.rows, first):
            for place, (cell, style) in enumerate(zip(row, styles, strict=True)):
                self._write_cell(out, sheet, (number, place), cell, style)
        out.add_table(
            *(first - 1, 0, first + len(sheet.rows) - 1, len(sheet.columns) - 1),
            {
                "name": sheet.table_name,
                "autofilter": False,
                "style": None,
                "columns": [
                    {"header": column.title, "header_format": self._format(**style, bold=True, bottom=1)}
                    for column, style in zip(sheet.columns, styles, strict=True)
                ],
            },
        )

    def _write_cell(self, out: Any, sheet: Sheet, at: tuple[int, int], cell: SheetCell, style: dict[str, Any]) -> None:
        if cell.number_format is not None:
            style = {**style, "num_format": self._number_code(cell.number_format)}
        if cell.formula is not None:
            out.write_formula(
                *at, f"={write_formula(cell.formula, sheet.address, ',')}", self._format(**style), cell.value
            )
        elif cell.link:
            out.write_url(*at, f"internal:'{cell.link}'!A1", self._format(**style, **_LINK), str(cell.value))
        elif isinstance(cell.value, str):
            self._write_text(out, *at, cell.value, **style)
        else:
            out.write_number(*at, cell.value, self._format(**style))

    def _write_text(self, out: Any, row: int, place: int, text: str, **style: Any) -> None:
        text = shown(text)
        if starts_formula(text):
            style["quote_prefix"] = True
        out.write_string(row, place, text, self._format(**style))

    def _add_sheet(self, name: str) -> Any:
        sheet = self._workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def _format(self, **style: Any) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format({**_FONT, **style})
        return self._formats[key]

    def _number_code(self, shown: NumberFormat) -> str:
        if shown not in self._number_codes:
            digits = ("#,##0" if shown.grouped else "0") + ("." + "0" * shown.decimals if shown.decimals else "")
            code = shown.prefix + digits
            self._number_codes[shown] = f"{code};-{code}" if shown.prefix else code
        return self._number_codes[shown]


def _column_style(sheet: Sheet, place: int) -> dict[str, Any]:
    """Return how the cells of a column look: numbers to the right, text to the left and clear of a number before it."""
    style: dict[str, Any] = {"text_wrap": True, "valign": "top", "align": "left"}
    if sheet.columns[place].kind != "text":
        style["align"] = "right"
    elif place and sheet.columns[place - 1].kind != "text":
        style["indent"] = 1
    return style
