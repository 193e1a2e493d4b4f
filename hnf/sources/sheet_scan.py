"""What a sheet declares, counted before anything is unfolded, and the cells that do not hold what they seem to hold.

An ODS file of a few hundred bytes can declare ten million cells by repeating one; an XLSX file can put one cell in the
last row and column. The XML is therefore walked first, at the price of its own length alone. On the way the cells are
noted whose figure is none: errors, formulas that nobody calculated, values hidden under a merged cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from hnf.errors import SourceError
from hnf.sources.limits import MAX_CELL_TEXT, MAX_CELLS, MAX_NESTING, MAX_TEXT

Attributes = dict[str, str]
NOT_CALCULATED = "(formula without a stored value)"
_ERROR = re.compile(r"#(REF|DIV/0|N/A|NAME|NULL|NUM|VALUE|SPILL|CALC)\b|Err:\d+")
#: Cells noted one by one; a workbook with more of them is beyond reading.
_MAX_NOTED = 10_000


@dataclass
class Scan:
    """What one sheet declares.

    Parameters
    ----------
    name : str
    rows, columns : int
        The rectangle from A1 to the last filled cell.
    text : int
        Characters, repeated ones as often as they stand.
    noted : list of (int, int, str)
        Zero-based row and column of a cell without a figure of its own, and what is to be shown instead.
    """

    name: str
    rows: int = 0
    columns: int = 0
    text: int = 0
    noted: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """Cells of the rectangle."""
        return self.rows * self.columns

    def fill(self, last_row: int, last_column: int) -> None:
        """Stretch the rectangle to a filled cell (counted from 1)."""
        self.rows, self.columns = max(self.rows, last_row), max(self.columns, last_column)

    def note(self, row: int, column: int, shown: str) -> None:
        """Note a cell that has no figure of its own."""
        self.noted.append((row, column, shown[:80]))


class Walker:
    """Walks one XML part with bounded depth; subclasses say what an element means.

    Parameters
    ----------
    source_id : str
    part : str
        Named in messages.
    """

    def __init__(self, source_id: str, part: str) -> None:
        self.source_id = source_id
        self.part = part

    def walk(self, content: bytes) -> None:
        """Walk a part.

        Raises
        ------
        SourceError
            If it is not well-formed, too deep, or declares more than the limits allow.
        """
        depth, start, end = 0, self.start, self.end

        def enter(name: str, attributes: Attributes) -> None:
            nonlocal depth
            depth += 1
            if depth > MAX_NESTING:
                raise self.refuse(f"more than {MAX_NESTING} elements within one another")
            start(name, attributes)

        def leave(name: str) -> None:
            nonlocal depth
            depth -= 1
            end(name)

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = enter
        parser.EndElementHandler = leave
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise SourceError(
                f"not a readable workbook ({self.part}: {error})", where=self.source_id, todo="Fetch the file afresh."
            ) from error

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def characters(self, text: str) -> None:
        """Text within an element."""

    def refuse(self, what: str, sheet: str = "") -> SourceError:
        """Return the error that a limit is broken."""
        where = f"{self.source_id}, sheet {sheet}" if sheet else f"{self.source_id}, {self.part}"
        return SourceError(what, where=where, todo="See docs/limits.md; copy the table that is needed to a new file.")

    def too_long(self, address: str, sheet: str) -> SourceError:
        """Return the error that a cell has more text than Excel would keep."""
        return self.refuse(f"cell {address} holds more than {MAX_CELL_TEXT:,} characters", sheet)

    def check(self, scan: Scan) -> None:
        """Refuse a sheet that breaks the limits."""
        check_scan(scan, self.source_id)

    def number(self, text: str) -> int:
        """Return a whole number above zero from an attribute."""
        if not (number := whole_number(text)):
            raise self.refuse(f"'{text[:20]}' is not a number of rows, columns or spaces")
        return number

    def _doctype(self, *_: object) -> None:
        raise SourceError(f"{self.part} declares XML entities", where=self.source_id, todo="Save the workbook again.")


def check_scan(scan: Scan, source_id: str, cells_before: int = 0, text_before: int = 0) -> None:
    """Refuse a sheet that, with those before it, declares more than the limits.

    Raises
    ------
    SourceError
        Naming the sheet.
    """
    where, todo = f"{source_id}, sheet {scan.name}", "See docs/limits.md; copy the table that is needed to a new file."
    if scan.cells + cells_before > MAX_CELLS:
        raise SourceError(
            f"{scan.rows:,} rows and {scan.columns:,} columns are more than {MAX_CELLS:,} cells"
            + (f" with the {cells_before:,} of the sheets before" if cells_before else ""),
            where=where,
            todo=todo,
        )
    if scan.text + text_before > MAX_TEXT:
        raise SourceError(f"more than {MAX_TEXT:,} characters of text", where=where, todo=todo)
    if len(scan.noted) > _MAX_NOTED:
        raise SourceError(f"more than {_MAX_NOTED:,} cells without a figure of their own", where=where, todo=todo)


def check_scans(scans: Iterable[Scan], source_id: str) -> list[Scan]:
    """Return the sheets of a workbook in order; each is asked for once those before it are within the limits.

    Raises
    ------
    SourceError
        Naming the sheet that, with those before it, declares more than the limits.
    """
    checked: list[Scan] = []
    cells = text = 0
    for scan in scans:
        check_scan(scan, source_id, cells, text)
        cells, text = cells + scan.cells, text + scan.text
        checked.append(scan)
    return checked


@lru_cache(maxsize=256)  # the same few names with every cell
def local_name(name: str) -> str:
    """Return the name of an element without its prefix."""
    return name.rpartition(":")[2]


def whole_number(text: str) -> int | None:
    """Return the number that plain digits are, at most eleven of them; None for everything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def shown_error(text: str) -> str:
    """Return the error a cell shows (`#REF!`), or nothing."""
    return text.strip() if _ERROR.match(text.strip()) else ""


def is_finite(text: str) -> bool:
    """Whether text is a number that is neither infinite nor not-a-number; text that is no number counts as one."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return True
