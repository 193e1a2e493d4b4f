"""Writes a workbook of tidy tables as XLSX: marked-up tables, frozen headings, text that never becomes a formula."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from hnf.plain_text import shown, starts_formula
from hnf.publish.book import COVER_WIDTH, Book, Sheet

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
