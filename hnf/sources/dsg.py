"""Loader of the dedicated schools grant workbooks: the high needs block, its printed formulas, deductions and pupils.

Sheets and headings are found by the texts in `data/headings.toml`, never by position. Values stay as printed (2019-20
is partly in £ million), each with its sheet and cell. City of London and Isles of Scilly are not in the workbooks.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from hnf.errors import SourceError
from hnf.locations import data_folder
from hnf.sources.catalogue import Source
from hnf.sources.rows import Register, Row
from hnf.sources.sheets import Sheet, Workbook, cell_address, clean, open_workbook
from hnf.tables import SYMBOLS

_LETTER = re.compile(r"^\[([A-Z])\]$")
_AUTHORITY_TYPES = {
    "LONDON": "london",
    "METROPOLITAN AUTHORITIES": "metropolitan",
    "UNITARY AUTHORITIES": "unitary",
    "UPPER TIER AUTHORITIES": "upper_tier",
}


@dataclass(frozen=True)
class SheetColumn:
    """One column of a sheet: its number, heading (with the heading over it), letter and printed formula."""

    index: int
    heading: str
    letter: str
    formula: str
    formula_row: int


@dataclass(frozen=True)
class Area:
    """One row of a sheet that is about an area, with the columns that name it in a tidy table."""

    row: int
    geographic_level: str
    authority_type: str = ""
    region_code: str = ""
    la_code: str = ""

    def key(self) -> Row:
        """The naming columns as a dict."""
        return {
            "geographic_level": self.geographic_level,
            "authority_type": self.authority_type,
            "region_code": self.region_code,
            "la_code": self.la_code,
        }


@cache
def heading_rules() -> dict[str, Any]:
    """Return `data/headings.toml`."""
    return tomllib.loads((data_folder() / "headings.toml").read_text(encoding="utf-8"))


def load_dsg(source: Source, content: bytes, register: Register) -> dict[str, list[Row]]:
    """Load one workbook.

    Parameters
    ----------
    source : Source
        Its catalogue entry, with `financial_year`.
    content : bytes
        The file.
    register : Register
        Known authorities and regions.

    Returns
    -------
    dict
        Rows of `dsg_high_needs_block`, `dsg_formula_rows` and `dsg_pupils`.

    Raises
    ------
    SourceError
        If a sheet or heading is missing or unknown, an authority is unknown or stands twice, or a cell that should
        hold a number holds something else; the message names the cell.
    """
    book = open_workbook(source.id, content)
    rules = heading_rules()
    shared = {"financial_year": source.detail["financial_year"], "edition": _edition(book), "source_id": source.id}
    block_sheet = book.sheet(rules["high_needs_block"]["sheet"])
    block_columns = _match(
        block_sheet, rules["high_needs_block"]["terms"], required=(rules["high_needs_block"]["total"],)
    )
    _refuse_unknown(block_sheet, block_columns)
    block = [
        {**shared, **area.key(), **_value(block_sheet, area, column, term), "term": term, "letter": column.letter}
        for area in _areas(block_sheet, register)
        for term, column in block_columns.items()
    ]
    formulas = [
        {
            **shared,
            "term": term,
            "letter": column.letter,
            "printed": column.formula,
            "sheet": block_sheet.name,
            "cell": cell_address(column.formula_row, column.index),
        }
        for term, column in block_columns.items()
        if column.formula
    ]
    for part in ("summary", "deductions"):
        sheet = book.sheet(rules[part]["sheet"])
        columns = _match(sheet, rules[part]["terms"], required=tuple(rules[part]["terms"]))
        block += [
            {**shared, **area.key(), **_value(sheet, area, column, term), "term": term, "letter": column.letter}
            for area in _areas(sheet, register)
            for term, column in columns.items()
        ]
    return {
        "dsg_high_needs_block": block,
        "dsg_formula_rows": formulas,
        "dsg_pupils": _pupils(book, rules["pupils"], register, shared),
    }


def _pupils(book: Workbook, rules: dict[str, Any], register: Register, shared: Row) -> list[Row]:
    sheet = book.sheet(rules["sheet"])
    columns = _match(sheet, rules["terms"], required=tuple(rules["terms"]))
    rows: list[Row] = []
    for area in _areas(sheet, register):
        for phase, column in columns.items():
            printed = _value(sheet, area, column, phase)
            if printed["status"]:
                raise SourceError(
                    f"'{printed['status']}' where a number of pupils belongs", where=sheet.where(area.row, column.index)
                )
            place = {"sheet": sheet.name, "cell": printed["cell"]}
            rows.append({**shared, **area.key(), "phase": phase, "pupils": printed["value"], **place})
    return rows


def _edition(book: Workbook) -> str:
    """Return the publication date printed on the information sheet, the only date to trust: file names mislead."""
    sheet = book.sheet(heading_rules()["information"]["sheet"])
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if clean(cell).casefold().startswith("publication date"):
                return _date(row[column + 1], sheet.where(number, column + 1))
    raise SourceError("no cell says 'Publication date'", where=f"{sheet.source_id}, sheet {sheet.name}")


def _date(cell: Any, where: str) -> str:
    if isinstance(cell, datetime.date):
        return cell.strftime("%Y-%m-%d")
    found = re.search(r"(\d{1,2}) ([A-Z][a-z]{2})\w*,? (\d{4})", clean(cell))
    if not found:
        raise SourceError(f"'{clean(cell)}' is not a publication date", where=where)
    return datetime.datetime.strptime(" ".join(found.groups()), "%d %b %Y").strftime("%Y-%m-%d")


def _anchor(sheet: Sheet) -> int:
    """Return the row of England, the first row of figures; everything above it is headings."""
    for number, row in enumerate(sheet.rows):
        if row and clean(row[0]).upper() == "ENGLAND":
            return number
    raise SourceError("no row starts with ENGLAND", where=f"{sheet.source_id}, sheet {sheet.name}")


def _columns(sheet: Sheet) -> list[SheetColumn]:
    anchor = _anchor(sheet)
    above = [[clean(cell) for cell in row] for row in sheet.rows[:anchor]]
    letters = [row for row in above if any(_LETTER.match(cell) for cell in row)]
    formulas = [number for number, row in enumerate(above) if any(cell.startswith("=") for cell in row)]
    texts = [row for number, row in enumerate(above) if row not in letters and number not in formulas and any(row[2:])]
    columns = []
    group = ""
    for index in range(2, len(sheet.rows[anchor])):
        own = [row[index] for row in texts]
        if len(texts) > 1 and texts[0][index]:
            group = texts[0][index]
        heading = " | ".join(dict.fromkeys(text for text in [group, *own] if text)).casefold()
        letter = next((found[1] for row in letters if (found := _LETTER.match(row[index]))), "")
        formula_row = next((n for n in formulas if above[n][index]), -1)
        formula = above[formula_row][index] if formula_row >= 0 else ""
        if heading:
            columns.append(SheetColumn(index, heading, letter, formula, formula_row))
    return columns


def _match(sheet: Sheet, terms: dict[str, str], required: tuple[str, ...]) -> dict[str, SheetColumn]:
    columns = _columns(sheet)
    matched: dict[str, SheetColumn] = {}
    for term, pattern in terms.items():
        found = [column for column in columns if re.search(pattern, column.heading)]
        if len(found) > 1:
            cells = ", ".join(cell_address(0, column.index)[:-1] for column in found)
            raise SourceError(
                f"the headings of columns {cells} all read like '{term}'",
                where=f"{sheet.source_id}, sheet {sheet.name}",
            )
        if found:
            matched[term] = found[0]
        elif term in required:
            raise SourceError(
                f"no heading reads like '{term}'; found: " + "; ".join(f"'{column.heading}'" for column in columns),
                where=f"{sheet.source_id}, sheet {sheet.name}",
                todo="If the publisher renamed it, add the new wording to data/headings.toml.",
            )
    return matched


def _refuse_unknown(sheet: Sheet, matched: dict[str, SheetColumn]) -> None:
    """Stop where the block sheet has a heading that no term knows, or a formula uses a letter that no term has."""
    known = {column.index for column in matched.values()}
    for column in _columns(sheet):
        if column.index not in known:
            raise SourceError(
                f"unknown heading '{column.heading}'",
                where=sheet.where(0, column.index),
                todo="Name its term in data/headings.toml.",
            )
    letters = {column.letter for column in matched.values()}
    for column in matched.values():
        missing = sorted(set(re.findall(r"\[([A-Z])\]", column.formula)) - letters)
        if missing:
            raise SourceError(
                f"the printed formula '{column.formula}' names column {', '.join(missing)}, which no heading has",
                where=sheet.where(column.formula_row, column.index),
                todo="A heading is missing or was renamed.",
            )


def _areas(sheet: Sheet, register: Register) -> list[Area]:
    """Return the rows about areas: England, then authorities, then types of authority, then regions.

    "LONDON" is both a type and a region: the block of rows it stands in decides.
    """
    anchor = _anchor(sheet)
    areas: list[Area] = []
    seen: set[str] = set()
    in_types = True
    for number in range(anchor, len(sheet.rows)):
        first = clean(sheet.rows[number][0])
        figures = [cell for cell in sheet.rows[number][2:] if clean(cell)]
        if not first and not figures:
            in_types = not any(area.geographic_level == "authority_type" for area in areas)
            continue
        if not figures:  # a footnote under the table
            continue
        area = _area(first, number, in_types, sheet, register)
        name = f"{area.geographic_level} {first.upper()}"
        if name in seen:
            raise SourceError(f"'{first}' stands twice", where=sheet.where(number, 0))
        seen.add(name)
        areas.append(area)
    return areas


def _area(first: str, number: int, in_types: bool, sheet: Sheet, register: Register) -> Area:
    if first.upper() == "ENGLAND":
        return Area(number, "national")
    if re.fullmatch(r"\d{3}", first):
        if first not in register.la_codes:
            raise SourceError(
                f"authority {first} is not in the register",
                where=sheet.where(number, 0),
                todo="Bring las.csv up to date.",
            )
        return Area(number, "local_authority", la_code=first)
    if in_types and first.upper() in _AUTHORITY_TYPES:
        return Area(number, "authority_type", authority_type=_AUTHORITY_TYPES[first.upper()])
    region = register.region_codes.get(first.casefold())
    if region:
        return Area(number, "regional", region_code=region)
    raise SourceError(f"'{first}' is neither an authority, a type nor a region", where=sheet.where(number, 0))


def _value(sheet: Sheet, area: Area, column: SheetColumn, term: str) -> Row:
    cell = sheet.rows[area.row][column.index]
    place: Row = {
        "sheet": sheet.name,
        "cell": cell_address(area.row, column.index),
        "unit": _unit(column.heading, term),
    }
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return {**place, "value": cell, "status": ""}
    text = clean(cell)
    if text in SYMBOLS:
        return {**place, "value": None, "status": text}
    raise SourceError(
        f"'{text}' is not a number" if text else "empty where a number belongs",
        where=sheet.where(area.row, column.index),
        todo="A symbol must be one of " + ", ".join(SYMBOLS) + ".",
    )


def _unit(heading: str, term: str) -> str:
    """Return the unit printed in a heading; one without (2021-22, column A) is in pounds like its neighbours."""
    if "pupils" in term or term in ("primary", "secondary"):
        return "pupils"
    if term == "population_2_18":
        return "people"
    if term == "basic_entitlement_rate":
        return "gbp_per_pupil"
    return "gbp_million" if re.search(r"£ ?millions?\b", heading) else "gbp"
