"""Walks the parts of an XLSX file: the shared text, and the cells of a sheet by their addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hnf.sources.cells import cell_address, cell_place
from hnf.sources.limits import MAX_CELL_TEXT, MAX_CELLS
from hnf.sources.sheet_scan import NOT_CALCULATED, Attributes, Scan, Walker, is_finite, local_name, whole_number
from hnf.sources.xlsx_container import SHARED_TEXT

#: Elements within a cell of which a reader makes a value: value, formula, text, and text that is not shared.
_CONTENT = ("v", "f", "t", "is")
_PLACE = re.compile(r"[A-Za-z]{1,3}[1-9]\d{0,6}")


def shared_lengths(source_id: str, parts: dict[str, bytes]) -> list[int]:
    """Return the length of each shared text.

    Raises
    ------
    SourceError
        If the XML is damaged or a text is longer than a cell may hold.
    """
    walker = _Shared(source_id, SHARED_TEXT)
    if SHARED_TEXT in parts:
        walker.walk(parts[SHARED_TEXT])
    return walker.lengths


def scan_xlsx(source_id: str, name: str, content: bytes, shared: Sequence[int]) -> Scan:
    """Return what a sheet declares.

    Raises
    ------
    SourceError
        If the XML is damaged, a cell stands twice, or the sheet breaks the limits.
    """
    walker = _Cells(source_id, name, shared)
    walker.walk(content)
    return walker.scan


class _Shared(Walker):
    def __init__(self, source_id: str, part: str) -> None:
        super().__init__(source_id, part)
        self.lengths: list[int] = []

    def start(self, name: str, attributes: Attributes) -> None:
        local = local_name(name)
        if local == "si":
            self.lengths.append(0)
        elif local == "sst":  # the reader makes room for as many as are announced
            for counted in ("count", "uniqueCount"):
                self._check_announced(attributes.get(counted, "0"))

    def characters(self, text: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(text)
            if self.lengths[-1] > MAX_CELL_TEXT:
                raise self.refuse(f"text {len(self.lengths)} has more than {MAX_CELL_TEXT:,} characters")

    def _check_announced(self, count: str) -> None:
        number = whole_number(count)
        if number is None or number > MAX_CELLS:
            raise self.refuse(f"'{count[:20]}' shared texts are announced, which is not a number up to {MAX_CELLS:,}")


class _Cells(Walker):
    """The cells of one sheet, which stand in order of rows and columns."""

    def __init__(self, source_id: str, name: str, shared: Sequence[int]) -> None:
        super().__init__(source_id, name)
        self.scan = Scan(name)
        self._shared = shared
        self._row, self._column = 0, 0
        self._cell: Attributes | None = None
        self._inside = ""
        self._value = ""
        self._length = 0
        self._formula = 0
        self._is_filled = False

    def start(self, name: str, attributes: Attributes) -> None:
        local = local_name(name)
        if local == "row":
            row = self.number(attributes["r"]) if "r" in attributes else self._row + 1
            if row <= self._row:
                raise self.refuse(f"row {row} stands twice or out of order", self.scan.name)
            self._row, self._column = row, 0
        elif local == "c":
            self._start_cell(attributes)
        elif local in _CONTENT and self._cell is not None:
            # Empty content counts: the reader makes a cell of it, and with it the rectangle.
            self._is_filled = True
            self._inside = "" if local == "is" else local
            if local == "f":
                self._formula = 1

    def characters(self, text: str) -> None:
        if self._inside == "f":
            self._formula += len(text)
        elif self._inside:
            self._length += len(text)
            if self._length > MAX_CELL_TEXT:
                raise self.too_long(cell_address(self._row - 1, self._column - 1), self.scan.name)
            self._value = (self._value + text)[:200]

    def end(self, name: str) -> None:
        local = local_name(name)
        if local == "c" and self._cell is not None:
            self._end_cell(self._cell)
        elif local == "row":
            self.check(self.scan)
        elif local == self._inside:
            self._inside = ""

    def _start_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        row, column = self._row, self._column + 1
        if place is not None:
            if not _PLACE.fullmatch(place):
                raise self.refuse(f"'{place[:20]}' is not the address of a cell", self.scan.name)
            row, column = (number + 1 for number in cell_place(place))
        if row != self._row or column <= self._column:
            raise self.refuse(f"cell {place} stands twice or out of order", self.scan.name)
        self._column = column
        self._cell, self._value, self._length, self._formula, self._inside = attributes, "", 0, 0, ""
        self._is_filled = False

    def _end_cell(self, cell: Attributes) -> None:
        kind = cell.get("t", "n")
        length = self._length
        if kind == "s" and self._value.strip().isdecimal() and len(self._value) < 12:
            number = int(self._value)
            length = self._shared[number] if number < len(self._shared) else 0
        if self._is_filled:
            self.scan.fill(self._row, self._column)
            self.scan.text += length + self._formula
            if kind == "e":
                self.scan.note(self._row - 1, self._column - 1, self._value or "#ERROR")
            elif self._formula and not self._length:
                self.scan.note(self._row - 1, self._column - 1, NOT_CALCULATED)
            elif kind == "n" and not is_finite(self._value):
                self.scan.note(self._row - 1, self._column - 1, self._value)
        self._cell = None
