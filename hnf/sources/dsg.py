"""Loader of the dedicated schools grant workbooks: the high needs block, its printed formulas, deductions and pupils.

Sheets and headings are found by the texts in `data/headings.toml`, never by position. Values stay as printed (2019-20
is partly in £ million), each with its sheet and cell. City of London and Isles of Scilly are not in the workbooks.
"""

from __future__ import annotations

import datetime
import re
from difflib import SequenceMatcher
from typing import Any

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.dsg_sheet import Area, SheetColumn, areas_of, columns_of, match_columns, refuse_unknown
from hnf.sources.headings import Rules, heading_rules
from hnf.sources.rows import Register, Row
from hnf.sources.workbooks.guard import cell_address, clean
from hnf.sources.workbooks.read import Sheet, Workbook, open_workbook
from hnf.tables import SYMBOLS

#: How alike two spellings of one name are; North and West Northamptonshire are less alike.
_SLIP = 0.95
#: Pupils; a sum printed from unrounded parts may be off by a trace.
_PUPILS_TOLERANCE = 0.05


def load_dsg(source: Source, content: bytes, register: Register, headings: Rules | None = None) -> dict[str, list[Row]]:
    """Load one workbook.

    Parameters
    ----------
    source : Source
        Its catalogue entry, with `financial_year`.
    content : bytes
        The file.
    register : Register
        Known authorities and regions.
    headings : dict, optional
        Rules for sheets and headings; the shipped ones by default.

    Returns
    -------
    dict
        Rows of `dsg_high_needs_block`, `dsg_formula_rows` and `dsg_pupils`.

    Raises
    ------
    SourceError
        If a sheet or heading is missing or unknown, an authority is unknown, stands twice or is not on every sheet, a
        cell that should hold a number holds something else, or England is not the sum; the message names the cell.
    """
    book = open_workbook(source.id, content)
    rules = headings or heading_rules()
    edition = edition_of(book, rules)
    shared = {"financial_year": source.detail["financial_year"], "edition": edition, "source_id": source.id}
    block_sheet = book.sheet(rules["high_needs_block"]["sheet"])
    block_columns = block_columns_of(block_sheet, rules)
    refuse_unknown(block_sheet, block_columns)
    areas = areas_of(block_sheet, register)
    block = [
        {**shared, **area.key(), **_value(block_sheet, area, column, term), "term": term, "letter": column.letter}
        for area in areas
        for term, column in block_columns.items()
    ]
    _check_sum(block_sheet, areas, block_columns[rules["high_needs_block"]["total"]])
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
        columns = match_columns(sheet, part, rules[part], required=tuple(rules[part]["terms"]))
        block += [
            {**shared, **area.key(), **_value(sheet, area, column, term), "term": term, "letter": column.letter}
            for area in _same_areas(sheet, areas, register)
            for term, column in columns.items()
        ]
    return {
        "dsg_high_needs_block": block,
        "dsg_formula_rows": formulas,
        "dsg_pupils": _pupils(book, rules["pupils"], areas, register, shared),
    }


def _pupils(book: Workbook, rules: dict[str, Any], areas: list[Area], register: Register, shared: Row) -> list[Row]:
    sheet = book.sheet(rules["sheet"])
    columns = match_columns(sheet, "pupils", rules, required=tuple(rules["terms"]))
    rows: list[Row] = []
    there = _same_areas(sheet, areas, register)
    _check_pupils(sheet, there, columns)
    for area in there:
        for phase, column in columns.items():
            printed = _value(sheet, area, column, phase)
            if printed["status"]:
                raise SourceError(
                    f"'{printed['status']}' where a number of pupils belongs", where=sheet.where(area.row, column.index)
                )
            place = {"sheet": sheet.name, "cell": printed["cell"]}
            rows.append({**shared, **area.key(), "phase": phase, "pupils": printed["value"], **place})
    return rows


def _check_pupils(sheet: Sheet, areas: list[Area], phases: dict[str, SheetColumn]) -> None:
    """Hold primary and secondary pupils against the column that is printed as their sum, where there is one."""
    first, second = (phases[phase] for phase in ("primary", "secondary"))
    printed = re.compile(rf"=?\s*\[{first.letter}\]\s*\+\s*\[{second.letter}\]")
    for column in columns_of(sheet):
        if not (first.letter and second.letter and printed.fullmatch(column.formula)):
            continue
        for area in areas:
            parts = [_value(sheet, area, part, "pupils") for part in (first, second, column)]
            if all(part["value"] is not None for part in parts):
                difference = parts[0]["value"] + parts[1]["value"] - parts[2]["value"]
                if abs(difference) > _PUPILS_TOLERANCE:
                    raise SourceError(
                        f"primary and secondary pupils ({parts[0]['cell']} and {parts[1]['cell']}) are "
                        f"{difference:+,.2f} beside their printed sum",
                        where=sheet.where(area.row, column.index),
                        todo="A figure was changed, or a column moved.",
                    )


def _same_areas(sheet: Sheet, expected: list[Area], register: Register) -> list[Area]:
    """Return the areas of a sheet; its authorities must be those of the high needs block sheet, none lost, none new."""
    areas = areas_of(sheet, register)
    codes = [{area.la_code for area in found if area.la_code} for found in (expected, areas)]
    different = sorted(codes[0] ^ codes[1])
    if different:
        raise SourceError(
            f"not the same authorities as on the high needs block sheet: {', '.join(different[:5])}",
            where=f"{sheet.source_id}, sheet {sheet.name}",
            todo="A row is missing on one of the two sheets.",
        )
    names = {area.la_code: area.name for area in expected}
    for area in areas:
        if area.la_code and not _same_name(area.name, names[area.la_code]):
            raise SourceError(
                f"authority {area.la_code} is called '{area.name}' here and '{names[area.la_code]}' on the high needs "
                "block sheet",
                where=sheet.where(area.row, 0),
                todo="A code or a row was moved on one of the two sheets.",
            )
    return areas


def _same_name(first: str, second: str) -> bool:
    """Whether two names are one, but for a slip of the pen: 2019-20 has Bournemouth and Bouremouth."""
    return first == second or SequenceMatcher(None, first.casefold(), second.casefold()).ratio() >= _SLIP


def _check_sum(sheet: Sheet, areas: list[Area], total: SheetColumn) -> None:
    """England's total is the sum of its authorities, each rounded to the pound (symbols end the comparison)."""
    values = {area: _value(sheet, area, total, "") for area in areas}
    if any(value["status"] for value in values.values()):
        return
    parts = [value["value"] for area, value in values.items() if area.geographic_level == "local_authority"]
    pound = 1e-6 if _unit(total.heading, "") == "gbp_million" else 1.0
    england = next(area for area in areas if area.geographic_level == "national")
    difference = (values[england]["value"] - sum(parts)) / pound
    if abs(difference) > max(1.0, len(parts) / 2):
        raise SourceError(
            f"England's total is £{difference:,.0f} more than the sum of {len(parts)} authorities".replace("£-", "-£"),
            where=sheet.where(england.row, total.index),
            todo="A row is missing or a figure was changed.",
        )


def block_columns_of(sheet: Sheet, rules: Rules) -> dict[str, SheetColumn]:
    """Return the columns of the high needs block sheet by term; that of the total must be there."""
    part = rules["high_needs_block"]
    return match_columns(sheet, "high_needs_block", part, required=(part["total"],))


def edition_of(book: Workbook, rules: Rules) -> str:
    """Return the publication date printed on the information sheet, the only date to trust: file names mislead.

    Raises
    ------
    SourceError
        If no cell gives it.
    """
    sheet = book.sheet(rules["information"]["sheet"])
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if clean(cell).casefold().startswith("publication date"):
                return _date((*row, "")[column + 1], sheet.where(number, column + 1))
    raise SourceError("no cell says 'Publication date'", where=f"{sheet.source_id}, sheet {sheet.name}")


def _date(cell: Any, where: str) -> str:
    if isinstance(cell, datetime.date):
        return cell.strftime("%Y-%m-%d")
    found = re.search(r"(\d{1,2}) ([A-Z][a-z]{2})\w*,? (\d{4})", clean(cell))
    if not found:
        raise SourceError(f"'{clean(cell)}' is not a publication date", where=where)
    return datetime.datetime.strptime(" ".join(found.groups()), "%d %b %Y").strftime("%Y-%m-%d")


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
