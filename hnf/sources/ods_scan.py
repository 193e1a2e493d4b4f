"""Walks the content of an ODS file: repeated rows, columns and spaces are counted, not unfolded."""

from __future__ import annotations

from hnf.sources.cells import cell_address
from hnf.sources.limits import MAX_CELL_TEXT
from hnf.sources.sheet_scan import NOT_CALCULATED, Attributes, Scan, Walker, is_finite, shown_error

_CELLS = ("table:table-cell", "table:covered-table-cell")
#: Attributes of which a reader makes a value, also where the cell does not say its type.
_VALUES = frozenset(f"office:{kind}value" for kind in ("", "string-", "boolean-", "date-", "time-"))
_NUMBERS = ("float", "percentage", "currency")


def scan_ods(source_id: str, content: bytes) -> dict[str, Scan]:
    """Return what each sheet declares, in order.

    Raises
    ------
    SourceError
        If the XML is damaged or a sheet breaks the limits.
    """
    walker = _Content(source_id)
    walker.walk(content)
    return walker.scans


class _Content(Walker):
    """The content of an ODS file."""

    def __init__(self, source_id: str) -> None:
        super().__init__(source_id, "content.xml")
        self.scans: dict[str, Scan] = {}
        self._scan: Scan | None = None
        self._row = self._rows = self._column = self._width = self._length = 0
        self._cell: Attributes | None = None
        self._text = ""
        self._is_aside = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "table:table":
            title = attributes.get("table:name", "")
            if self._scan is not None or title in self.scans:
                raise self.refuse(f"the sheet {title[:80]} stands within another or twice")
            self._scan = self.scans[title] = Scan(title)
            self._row = 0
        elif self._scan is None:
            return
        elif name == "table:table-row":
            self._rows = self.number(attributes.get("table:number-rows-repeated", "1"))
            self._column = self._width = 0
        elif name in _CELLS:
            self._cell, self._text, self._length = {**attributes, "": name}, "", 0
        elif name == "office:annotation":
            self._is_aside = True
        elif name == "text:s" and self._cell is not None:
            self._length += self.number(attributes.get("text:c", "1"))
            self._check_text(self._scan)

    def characters(self, text: str) -> None:
        if self._cell is not None and self._scan is not None and not self._is_aside:
            self._length += len(text)
            self._text = (self._text + text)[:200]
            self._check_text(self._scan)

    def end(self, name: str) -> None:
        if self._scan is None:
            return
        if name in _CELLS and self._cell is not None:
            self._end_cell(self._scan, self._cell)
        elif name == "table:table-row":
            if self._width:
                self._scan.fill(self._row + self._rows, self._width)
                self.check(self._scan)
            self._row += self._rows
        elif name == "office:annotation":
            self._is_aside = False
        elif name == "table:table":
            self._scan = None

    def _check_text(self, scan: Scan) -> None:
        if self._length > MAX_CELL_TEXT:
            raise self.too_long(cell_address(self._row, self._column), scan.name)

    def _end_cell(self, scan: Scan, cell: Attributes) -> None:
        repeated = self.number(cell.get("table:number-columns-repeated", "1"))
        kind, formula = cell.get("office:value-type", ""), cell.get("table:formula", "")
        self._length += len(cell.get("office:string-value", ""))
        self._check_text(scan)
        if kind or formula or self._length or not cell.keys().isdisjoint(_VALUES):
            self._width = self._column + repeated
            # A formula that repeats is read as often as its text, so it counts as text.
            scan.text += (self._length + len(formula)) * repeated * self._rows
            shown = self._shown(cell, kind, formula)
            if shown:
                scan.fill(self._row + self._rows, self._width)
                self.check(scan)  # before the cells are noted one by one
                for row in range(self._row, self._row + self._rows):
                    for column in range(self._column, self._width):
                        scan.note(row, column, shown)
        self._column += repeated
        self._cell = None

    def _shown(self, cell: Attributes, kind: str, formula: str) -> str:
        """Return what is to be shown of a cell instead of its value; nothing for most."""
        value = cell.get("office:value", "")
        if cell.get("calcext:value-type") == "error" or (kind in _NUMBERS and shown_error(self._text)):
            return self._text.strip() or "#ERROR"
        if formula and not kind and not self._length:
            return NOT_CALCULATED
        if kind in _NUMBERS and not is_finite(value):
            return value
        if cell[""] == "table:covered-table-cell" and (kind or self._length):
            return f"({(self._text or value).strip()[:40]}, hidden under a merged cell)"
        return ""
