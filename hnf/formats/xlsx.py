"""Writes sheets as an Excel workbook in the style of the Analysis Function: one marked-up table a sheet.

Pages look as `gptables` lays them out, which a test compares; the rows of tidy tables are plain cells. openpyxl writes
row by row, so a whole export needs no more memory than its rows (docs/decisions/0015-xlsx-writer.md). It gives
formulas no results and files the time of day: the archive adds the first and fixes the second. Text is written as text,
whatever it starts with.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, ParagraphProperties
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Color, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table, TableColumn
from openpyxl.writer.excel import ExcelWriter

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
    SheetChart,
    Value,
    fit_cover,
    fit_rows,
    fit_widths,
    list_book,
)
from hnf.formula.worked_rows import write_formula
from hnf.packs.content import Pack
from hnf.text import shown, starts_formula

#: A fixed date of everything, so that the same book gives the same bytes.
_DATE = datetime(2000, 1, 1)
_UNIX = 3
_A4 = 9
#: A formula as openpyxl writes it: address, style, formula, no result.
_FORMULA = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)><f>(.*?)</f><v\s*(?:/>|></v>)</c>')
#: Codes such as 919 are text on purpose: Excel need not mark each of them as a number stored as text.
_NO_WARNINGS = b'<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/></ignoredErrors>'
_TABLES = b"<tableParts"
_FRAME = re.compile(r'name="Chart 1"')
#: Size of a chart in centimetres, and the columns and rows of usual size that it covers.
_CHART_CM, _CHART_COLUMNS, _CHART_ROWS, _ROWS_CM = (24.0, 12.0), 14, 26, 18.0
#: A chart is printed beside a table of so many columns at most.
_CHART_BESIDE = 10
#: Colours of lines in order, the first of what is picked out, and how each is dashed, to be told apart in grey.
_COLOURS, _PALE = ("12436D", "C7511F", "28A197", "801650", "595959", "A0A0A0"), "A6B8C7"
_DASHES = ("solid", "sysDash", "dash", "lgDashDot", "sysDot", "sysDot")
#: English metric units in a point.
_EMU = 12700
#: Results of formulas by sheet and address.
Results = dict[str, dict[str, Value]]


def render_workbook(pack: Pack) -> bytes:
    """Lay a pack out as an Excel workbook; as `write_xlsx`."""
    return write_xlsx(list_book(pack))


def write_xlsx(book: Book) -> bytes:
    """Write sheets as an Excel workbook, the same bytes for the same book; formulas carry the values they give."""
    workbook = Workbook(write_only=True)
    workbook.properties.creator = "hnf"
    workbook.properties.title = shown(book.title)
    workbook.properties.description = shown(f"Data edition: {book.edition}")
    workbook.properties.keywords = shown(book.keywords) or None
    workbook.properties.created = workbook.properties.modified = _DATE
    workbook.custom_doc_props.append(StringProperty(name="Language", value="en-GB"))
    _Writer(workbook, COVER, book).write_cover()
    results: Results = {}
    for number, sheet in enumerate(book.sheets, 2):
        writer = _Writer(workbook, sheet.name, book, is_data=sheet.is_data)
        writer.write(sheet)
        results[f"xl/worksheets/sheet{number}.xml"] = writer.results
    for name, on, key in book.names:
        workbook.defined_names[name] = DefinedName(name, attr_text=_refer(*book.find(f"{on}!{key}", book.sheets[0])))
    charts = [sheet.chart.alt for sheet in book.sheets if sheet.chart]
    buffer = io.BytesIO()
    ExcelWriter(workbook, _Archive(buffer, results, charts)).save()
    return buffer.getvalue()


class _Archive(zipfile.ZipFile):
    """The archive that openpyxl fills, with fixed dates and the results of formulas."""

    def __init__(self, buffer: io.BytesIO, results: Results, charts: Sequence[str]) -> None:
        super().__init__(buffer, "w")
        self._results = results
        self._alts = {f"xl/drawings/drawing{number}.xml": alt for number, alt in enumerate(charts, 1)}

    def writestr(self, name: Any, content: Any, *_: Any) -> None:
        """Add a part from memory; a drawing gets the text for those who cannot see it."""
        if name in self._alts:
            alt = escape(shown(self._alts[name]))
            content = _FRAME.sub(lambda frame: f'{frame[0]} descr="{alt}"', _as_text(content), count=1)
        info = zipfile.ZipInfo(name, _DATE.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = _UNIX
        super().writestr(info, content)

    def write(self, path: Any, name: Any = None, *_: Any) -> None:
        """Add a sheet from the file that openpyxl has written it to."""
        content = fill_results(Path(path).read_bytes(), self._results.get(name, {}))
        self.writestr(name, content.replace(_TABLES, _NO_WARNINGS + _TABLES, 1))


def fill_results(xml: bytes, results: Mapping[str, Value]) -> bytes:
    """Give the formulas of a sheet their results by address; one without stays as it is."""

    def filled(found: re.Match[bytes]) -> bytes:
        value = results.get(found[1].decode())
        if value is None:
            return found[0]
        kind, text = (' t="str"', escape(value, quote=False)) if isinstance(value, str) else ("", repr(value))
        return b'<c r="%b"%b%b><f>%b</f><v>%b</v></c>' % (*found.group(1, 2), kind.encode(), found[3], text.encode())

    return _FORMULA.sub(filled, xml) if results else xml


class _Writer:
    """Writes one sheet, row by row from the top."""

    def __init__(self, workbook: Workbook, name: str, book: Book, *, is_data: bool = False) -> None:
        self._book = book
        self.results: dict[str, Value] = {}
        # Cells of data are plain, in the usual font of a workbook; what is around them goes with it.
        self._font, self._size = ("Calibri", 11) if is_data else ("Arial", TEXT_SIZE)
        self._models: dict[tuple[object, ...], WriteOnlyCell] = {}
        self._rows = 0
        self._out = workbook.create_sheet(name)
        self._out.sheet_view.showGridLines = False
        self._out.page_margins = PageMargins(left=0.7, right=0.7, top=0.75, bottom=0.75, header=0.3, footer=0.3)
        self._out.page_setup.paperSize = _A4
        self._out.page_setup.orientation = "landscape"
        self._out.page_setup.fitToHeight = 0
        self._out.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)

    def write_cover(self) -> None:
        """Write the lines of the cover, one a row."""
        self._set_widths([COVER_WIDTH])
        self._out.print_area = f"A1:A{len(self._book.cover)}"
        for (line, size), height in zip(self._book.cover, fit_cover(self._book), strict=True):
            self._add([self._text(line, size=size, bold=size > TEXT_SIZE, wrap=True)], height)

    def write(self, sheet: Sheet) -> None:
        """Write title, lines about the table, the table, and the chart beside it."""
        heading, last = sheet.header_row + 1, sheet.last_row
        widths = fit_widths(sheet)
        self._set_widths(widths)
        heights: Sequence[float | None] = [None] * (len(sheet.rows) + 1) if sheet.is_data else fit_rows(sheet, widths)
        self._out.freeze_panes = f"A{heading + 1}"
        self._out.print_title_rows = f"{heading}:{heading}"
        # Beside a wide table a chart would make a printed page too small to read.
        printed = sheet.chart and len(sheet.columns) <= _CHART_BESIDE
        right = len(sheet.columns) + (_CHART_COLUMNS + 1 if printed else 0)
        bottom = max(last, heading + _CHART_ROWS) if printed else last
        self._out.print_area = f"A1:{get_column_letter(right)}{bottom}"
        self._add([self._text(sheet.heading, size=TITLE_SIZE, bold=True)])
        for number, line in enumerate(sheet.above):
            self._add([self._text(line, size=SUBTITLE_SIZE if sheet.subtitle and not number else None)])
        styles = [_column_style(sheet, place) for place in range(len(sheet.columns))]
        titles = zip(sheet.columns, styles, strict=True)
        self._add([self._text(column.title, **style, bold=True, line=True) for column, style in titles], heights[0])
        for row, height in zip(sheet.rows, heights[1:], strict=True):
            self._add([self._make(sheet, place, value, styles[place]) for place, value in enumerate(row)], height)
        if sheet.rows:
            ref = f"A{heading}:{get_column_letter(len(sheet.columns))}{last}"
            table = Table(displayName=sheet.table_name, ref=ref)
            table.tableColumns = [TableColumn(id=n, name=shown(c.title)) for n, c in enumerate(sheet.columns, 1)]
            if sheet.is_data and len(sheet.rows) > 1:
                table.autoFilter = AutoFilter(ref=ref)
            self._out.tables.add(table)  # `add_table` warns that columns must be added by hand, which they are
        if sheet.chart:
            drawn = draw_chart(sheet.chart, self._out, heading, last)
            self._out.add_chart(drawn, f"{get_column_letter(len(sheet.columns) + 2)}{heading + 1}")

    def _set_widths(self, widths: Sequence[float]) -> None:
        for place, width in enumerate(widths, 1):
            self._out.column_dimensions[get_column_letter(place)].width = width

    def _add(self, cells: Sequence[Any], height: float | None = None) -> None:
        self._rows += 1
        if height is not None:
            self._out.row_dimensions[self._rows].height = height
        self._out.append(cells)

    def _make(self, sheet: Sheet, place: int, value: SheetCell | Value | None, style: dict[str, Any]) -> Any:
        """Make a cell of the table; a plain value becomes one when it is written."""
        if isinstance(value, SheetCell):
            if value.formula is not None:
                self.results[f"{get_column_letter(place + 1)}{self._rows + 1}"] = value.value
                written = f"={write_formula(value.formula, lambda key: _address(*self._book.find(key, sheet)), ',')}"
                return self._cell(written, **style, shown_as=value.number_format)
            if isinstance(value.value, str):
                return self._text(value.value, **style, link=value.link)
            return self._cell(value.value, **style, shown_as=value.number_format)
        if isinstance(value, str) and not value[:1].isalnum() and (starts_formula(value) or value.startswith("#")):
            return self._text(value, plain=True)
        return value

    def _text(self, text: str, link: str = "", **style: Any) -> WriteOnlyCell:
        """Make a cell of text that stays text."""
        text = shown(text)
        cell = self._cell(text, **style, is_link=bool(link), quoted=starts_formula(text))
        cell.data_type = "s"
        if link:
            cell.row = cell.column = 1  # until it is written
            cell.hyperlink = Hyperlink(ref="", location=f"'{link}'!A1", display=link)
        return cell

    def _cell(self, value: Value, **style: Any) -> WriteOnlyCell:
        """Copy the cell that was made for the style: making each anew takes longer than all the rest."""
        key = tuple(style.items())
        if key not in self._models:
            self._models[key] = self._model(**style)
        cell = copy(self._models[key])
        cell.value = value
        return cell

    def _model(
        self,
        *,
        size: int | None = None,
        bold: bool = False,
        wrap: bool = False,
        align: str | None = None,
        indent: int = 0,
        line: bool = False,
        shown_as: NumberFormat | None = None,
        is_link: bool = False,
        quoted: bool = False,
        plain: bool = False,
    ) -> WriteOnlyCell:
        cell = WriteOnlyCell(self._out)
        if not plain:
            look = {"u": "single", "color": "FF0000FF"} if is_link else {"color": Color(theme=1)}
            cell.font = Font(name=self._font, size=size or self._size, bold=bold, **look)
        if wrap:
            cell.alignment = Alignment(horizontal=align, vertical="top", wrap_text=True, indent=indent)
        if line:
            cell.border = Border(bottom=Side(style="thin"))
        if shown_as:
            cell.number_format = _number_code(shown_as)
        if quoted:
            cell.quotePrefix = True
        return cell


def _address(sheet: str, ends: Sequence[tuple[int, str]]) -> str:
    """Write where a cell or a column is, as a formula refers to it."""
    fixed = "$" if len(ends) > 1 else ""
    written = ":".join(f"{fixed}{letter}{fixed}{row}" for row, letter in ends)
    return f"'{sheet}'!{written}" if sheet else written


def _refer(sheet: str, ends: Sequence[tuple[int, str]]) -> str:
    """Write where a cell or a column is, as a name refers to it."""
    return f"'{sheet}'!" + ":".join(f"${letter}${row}" for row, letter in ends)


def _as_text(content: str | bytes) -> str:
    return content.decode() if isinstance(content, bytes) else content


def draw_chart(chart: SheetChart, out: Any, heading: int, last: int) -> LineChart | BarChart:
    """Draw a chart of the cells of a sheet whose headings are in a row, down to the last row."""
    drawn = LineChart() if chart.kind == "lines" else BarChart(barDir="bar" if chart.kind == "rows" else "col")
    drawn.title, drawn.y_axis.title = shown(chart.title), shown(chart.y_title)
    drawn.width, drawn.height = _CHART_CM
    if chart.kind == "rows":  # the first row on top, and room for the name of each
        drawn.height, drawn.x_axis.scaling.orientation, drawn.x_axis.tickLblSkip = _ROWS_CM, "maxMin", 1
    drawn.x_axis.delete = drawn.y_axis.delete = False  # left open, programs take them for deleted
    drawn.y_axis.number_format, drawn.y_axis.majorGridlines = (
        _number_code(chart.shown_as),
        ChartLines(GraphicalProperties(ln=_line("D9D9D9"))),
    )
    drawn.x_axis.tickLblPos = "low"
    drawn.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=CharacterProperties(sz=1400, b=True))
    for number, (column, name) in enumerate(chart.series):
        values = Reference(out, min_col=column + 1, min_row=heading + 1, max_row=last)
        series = Series(values, title=shown(name))
        if isinstance(drawn, LineChart):
            dash = _DASHES[number % len(_DASHES)]
            picked = number in chart.highlights
            series.graphicalProperties.line = _line(_COLOURS[number % len(_COLOURS)], 3.0 if picked else 1.75, dash)
            series.smooth, series.marker.symbol = False, "none"
        else:
            series.graphicalProperties = GraphicalProperties(solidFill=_PALE if chart.highlights else _COLOURS[0])
            series.dPt = [_picked(row) for row in chart.highlights]
        drawn.series.append(series)
    drawn.set_categories(Reference(out, min_col=chart.categories + 1, min_row=heading + 1, max_row=last))
    if isinstance(drawn, BarChart):
        drawn.gapWidth, drawn.legend = 30, None
    else:
        drawn.legend.position = "b"
    return drawn


def _line(colour: str, points: float = 0.75, dash: str = "solid") -> LineProperties:
    return LineProperties(solidFill=colour, w=int(points * _EMU), prstDash=dash)


def _picked(row: int) -> DataPoint:
    point = DataPoint(idx=row)
    point.graphicalProperties.solidFill = _COLOURS[0]
    return point


def _number_code(shown: NumberFormat) -> str:
    digits = ("#,##0" if shown.grouped else "0") + ("." + "0" * shown.decimals if shown.decimals else "")
    code = shown.prefix + digits
    return f"{code};-{code}" if shown.prefix else code


def _column_style(sheet: Sheet, place: int) -> dict[str, Any]:
    """Return how the cells of a column look: numbers to the right, text to the left and clear of a number before it."""
    if sheet.columns[place].kind != "text":
        return {"wrap": True, "align": "right"}
    after_number = bool(place) and sheet.columns[place - 1].kind != "text"
    return {"wrap": True, "align": "left", "indent": int(after_number)}
