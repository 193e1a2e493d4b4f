"""Loaders of the GDP deflators: as HM Treasury publishes them, a workbook or CSV, or one row a year as they are tidied.

The financial years are in the first column, their index in the column headed `<year> = 100`, the growth rate beside
it. Years whose index is printed are outturn until the day to which the page says the accounts are up to date, forecast
after it; a year of which only the growth rate is printed is chained from the year before.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from typing import Any

from hnf.errors import SourceError, UsageError
from hnf.sources.catalogue import Source
from hnf.sources.crosschecks import Contradictions, check_years
from hnf.sources.places import Row
from hnf.sources.workbooks.guard import MAX_SMALL_CSV_BYTES, cell_address, clean, plain_number
from hnf.sources.workbooks.read import open_workbook, read_csv
from hnf.tables.schema import TABLES
from hnf.years import FinancialYear

_BASE = re.compile(r"(20\d\d-\d\d) ?= ?100")
_DATE = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]+) (20\d\d)\b")
_UPDATED = re.compile(r"\bupdated\b.*?(\d{1,2} [A-Z][a-z]+ 20\d\d)")
_MONTH = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December) (20\d\d)\b"
)
#: Decimals of a chained index, as many as are printed.
_DECIMALS = 4


def deflator_rows(source_id: str, content: bytes) -> tuple[list[list[Any]], str] | None:
    """Return the cells of the sheet with the financial-year index and its name; None if the file has none."""
    for rows, name in _sheets(source_id, content):
        if _heading(rows) is not None:
            return rows, name
    return None


def vintage_of(rows: list[list[Any]]) -> tuple[str, str]:
    """Return what the publication is called (`HMT June 2026`) and the ISO date of its accounts, empty where unknown."""
    texts = [clean(cell) for row in rows[: _heading(rows) or 0] for cell in row if clean(cell)]
    dates = [_iso(found[1]) for text in texts if (found := _UPDATED.search(text))]
    titled = [found for text in texts[:2] if (found := _MONTH.search(text))]
    date = max(filter(None, dates), default="")
    if titled:
        return f"HMT {titled[0][1]} {titled[0][2]}", date
    if date:
        return f"HMT {datetime.date.fromisoformat(date):%B %Y}", date
    return "", ""


def load_deflators(source: Source, content: bytes) -> list[Row]:
    """Load one vintage."""
    found = deflator_rows(source.id, content)
    if found is None:
        what = "no sheet has a column of financial years beside '<year> = 100'"
        raise SourceError(what, where=source.id, todo="Check that this is HM Treasury's table of GDP deflators.")
    # Prices begin with the financial year of the first January that the tables can hold.
    first = FinancialYear(int(TABLES["ehc_plans"].field("january").minimum or 0)).previous
    rows, name = found
    heading = _heading(rows) or 0
    column, base = _index_column(rows[heading])
    loaded: list[Row] = []
    previous: float | None = None
    found_wrong = Contradictions(source.id)
    for number, row in enumerate(rows[heading + 1 :], start=heading + 1):
        year = _year(row[0] if row else "")
        if year is None:
            continue
        cell = f"sheet {name}, cell {cell_address(number, column)}" if name else f"row {number + 1}"
        where = f"{source.id}, {cell}"
        printed, growth = (_number(row, place, where) for place in (column, column + 1))
        if printed is None and (growth is None or previous is None):
            raise SourceError(f"neither an index nor a growth rate is beside {year}", where=where)
        index = printed if printed is not None else round((previous or 0.0) * (1 + (growth or 0.0) / 100), _DECIMALS)
        if not index > 0:
            raise SourceError(f"'{index}' is not an index above zero", where=where)
        if printed is not None and growth is not None and previous is not None:
            off = abs((index / previous - 1) * 100 - growth)
            if off > _ROUNDING_PCT:
                found_wrong.add(cell, f"{year} is {(index / previous - 1) * 100:.2f}% up, printed is {growth:g}%")
        previous = index
        is_outturn = printed is not None and f"{year.start + 1}-03-31" <= source.detail["accounts"]
        if year >= first:
            kind = "outturn" if is_outturn else "forecast" if printed is not None else "forecast_chained"
            of_year = {"financial_year": str(year), "index": index, "base_year": base, "kind": kind}
            cell = cell_address(number, column if printed is not None else column + 1)
            of_year |= {"vintage": source.detail["vintage"], "source_id": source.id, "cell": cell}
            loaded.append(of_year)
    check_years(found_wrong, loaded)
    found_wrong.refuse()
    return loaded


#: Growth is printed to one decimal at least.
_ROUNDING_PCT = 0.06


def _sheets(source_id: str, content: bytes) -> list[tuple[list[list[Any]], str]]:
    if content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0":
        book = open_workbook(source_id, content)
        sheets = [book.sheet(re.escape(name)) for name in book.names]
        return [(sheet.rows, sheet.name) for sheet in sheets]
    if len(content) > MAX_SMALL_CSV_BYTES:
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    try:
        return [(list(csv.reader(io.StringIO(text, newline=""))), "")]
    except csv.Error:
        return []


def _heading(rows: list[list[Any]]) -> int | None:
    """Return the row that is headed `Financial year` and `<year> = 100`."""
    for number, row in enumerate(rows[:60]):
        first = clean(row[0]).casefold() if row else ""
        if first.startswith("financial year") and any(_BASE.search(clean(cell)) for cell in row):
            return number
    return None


def _index_column(row: list[Any]) -> tuple[int, str]:
    return next((column, found[1]) for column, cell in enumerate(row) if (found := _BASE.search(clean(cell))))


def _year(cell: Any) -> FinancialYear | None:
    text = clean(cell).split(" ")[0]
    if not re.fullmatch(r"20\d\d-\d\d", text):
        return None
    try:
        return FinancialYear.parse(text)
    except UsageError:
        return None


def _number(row: list[Any], column: int, where: str) -> float | None:
    cell = row[column] if column < len(row) else ""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = clean(cell).replace(",", "")
    if text in ("", "-", "n/a"):
        return None
    number = plain_number(text)
    if number is None:
        raise SourceError(f"'{text}' is not a number", where=where)
    return number


def _iso(text: str) -> str:
    found = _DATE.search(text)
    if not found:
        return ""
    try:
        return datetime.datetime.strptime(" ".join(found.groups()), "%d %B %Y").date().isoformat()
    except ValueError:
        return ""


_COLUMNS = ("financial_year", "index", "base_year", "vintage", "kind")


def load_prices(source: Source, content: bytes) -> list[Row]:
    """Load one vintage."""
    loaded: list[Row] = []
    for line, row in read_csv(source.id, content, _COLUMNS):
        index = plain_number(row["index"])
        if index is None or not index > 0:
            raise SourceError(f"'{row['index']}' is not an index above zero", where=f"{source.id}, line {line}")
        loaded.append({**row, "index": index, "source_id": source.id, "cell": f"line {line}, index"})
    found = Contradictions(source.id)
    check_years(found, loaded)
    found.refuse()
    return loaded
