"""Loader of the dedicated schools grant workbooks: the high needs block, its printed formulas, deductions and pupils.

Sheets and headings are found by the texts in `data/headings.toml`, and in a file of the user's that adds to them
(docs/adding-a-year.md), never by position: headings, letters and printed formulas are above the row of England;
authorities, types of authority and regions are its row and those below it. Values stay as printed (2019-20 is partly in
£ million), each with its sheet and cell. City of London and Isles of Scilly are not in the workbooks.
"""

from __future__ import annotations

import datetime
import math
import re
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from hnf.errors import SourceError
from hnf.paths import data_folder
from hnf.sources.catalogue import Source, toml_string
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import cell_address, clean
from hnf.sources.workbooks.read import Sheet, Workbook, open_workbook
from hnf.tables.schema import EXTRA, SYMBOLS

PARTS = ("information", "high_needs_block", "pupils", "summary", "deductions")
Rules = dict[str, Any]


@cache
def heading_rules() -> Rules:
    """Return `data/headings.toml`."""
    return tomllib.loads((data_folder() / "headings.toml").read_text(encoding="utf-8"))


def read_mapping(path: Path) -> Rules:
    """Read a user's file of headings.

    Raises
    ------
    SourceError
        If it cannot be read, or names a part, key or term that does not exist.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # an integer of thousands of digits is a bare ValueError
        raise SourceError(f"cannot read the headings: {error}", where=str(path)) from error
    if document.pop("schema_version", None) != 1:
        raise SourceError("schema_version is not 1", where=str(path), todo="Begin the file with schema_version = 1.")
    for part, entries in document.items():
        if part not in PARTS or not isinstance(entries, dict):
            raise SourceError(f"'{part}' is not a part of a workbook", where=str(path), todo=f"Use {', '.join(PARTS)}.")
        for key, value in entries.items():
            _check_entry(part, key, value, str(path))
    return document


def merge_headings(rules: Rules, mapping: Rules) -> Rules:
    """Return rules with the headings and sheets of a mapping added; a later word goes before an earlier one."""
    merged = deepcopy(rules)
    for part, entries in mapping.items():
        own = merged.setdefault(part, {})
        if "sheet" in entries:
            own["sheet"] = f"{own['sheet']}|{re.escape(entries['sheet'])}" if "sheet" in own else entries["sheet"]
        named = {heading_text(text): term for text, term in entries.get("headings", {}).items()}
        if named:
            own["headings"] = {**own.get("headings", {}), **named}
    return merged


def merge_mappings(first: Rules, second: Rules) -> Rules:
    """Return two users' files as one; the second goes before the first."""
    merged = deepcopy(first)
    for part, entries in second.items():
        own = merged.setdefault(part, {})
        if "sheet" in entries:
            own["sheet"] = entries["sheet"]
        if "headings" in entries:
            own["headings"] = {**own.get("headings", {}), **entries["headings"]}
    return merged


def mapping_toml(mapping: Rules) -> bytes:
    """Write a mapping as a file that `read_mapping` reads."""
    lines = ["schema_version = 1"]
    for part in (part for part in PARTS if part in mapping):
        if "sheet" in mapping[part]:
            lines.append(f"{part}.sheet = {toml_string(mapping[part]['sheet'])}")
        lines += [mapping_line(part, text, term) for text, term in sorted(mapping[part].get("headings", {}).items())]
    return ("\n".join(lines) + "\n").encode()


def mapping_line(part: str, heading: str, term: str) -> str:
    """Return the line of a mapping that gives a heading its term."""
    return f'{part}.headings.{toml_string(heading)} = "{term}"'


def heading_text(text: str) -> str:
    """Return a heading as it is compared: white space folded, lower case."""
    return clean(text).casefold()


def named_term(part: Rules, heading: str) -> str | None:
    """Return the term that a mapping gives a heading, with or without the heading over it."""
    named: dict[str, str] = part.get("headings", {})
    return named.get(heading) or named.get(heading.rsplit(" | ", 1)[-1])


def extra_name(heading: str) -> str:
    """Return a name for a column that is like nothing before, from its own heading without unit and notes."""
    own = re.sub(r"\(.*?\)", " ", heading.rsplit(" | ", 1)[-1])
    words = re.findall(r"[a-z0-9]+", own.encode("ascii", "ignore").decode())
    slug = "_".join(words)[:60].strip("_") or "column"
    return f"{EXTRA}{slug}" if slug[0].isalpha() else f"{EXTRA}column_{slug}"


def _check_entry(part: str, key: str, value: Any, where: str) -> None:
    if key == "sheet" and isinstance(value, str):
        return
    if key != "headings" or not isinstance(value, dict):
        raise SourceError(f"'{part}.{key}' is not known", where=where, todo="A part has `sheet` and `headings`.")
    terms = tuple(heading_rules()[part].get("terms", {}))
    for heading, term in value.items():
        is_extra = part == "high_needs_block" and re.fullmatch(rf"{EXTRA}[a-z][a-z0-9_]*", str(term))
        if term not in terms and not is_extra:
            extra = f", or a new name that begins with {EXTRA}" if part == "high_needs_block" else ""
            what = f"'{term}' is not a term of {part}, for the heading '{heading}'"
            raise SourceError(what, where=where, todo=f"Terms are {', '.join(terms) or 'none'}{extra}.")


#: The first two columns name the area.
_FIRST_COLUMN = 2
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
    """One row of a sheet that is about an area, with the columns that name it in a tidy table, and its printed name."""

    row: int
    geographic_level: str
    authority_type: str = ""
    region_code: str = ""
    la_code: str = ""
    name: str = ""

    def key(self) -> Row:
        """The naming columns as a dict."""
        place = area_columns(self.geographic_level, region_code=self.region_code, la_code=self.la_code)
        return {**place, "authority_type": self.authority_type}


def _anchor(sheet: Sheet) -> int:
    """Return the row of England, the first row of figures; everything above it is headings."""
    for number, row in enumerate(sheet.rows):
        if row and clean(row[0]).upper() == "ENGLAND":
            return number
    raise SourceError("no row starts with ENGLAND", where=f"{sheet.source_id}, sheet {sheet.name}")


def columns_of(sheet: Sheet) -> list[SheetColumn]:
    """Return the columns of a sheet that have a heading.

    Raises
    ------
    SourceError
        If there is no row of England.
    """
    anchor = _anchor(sheet)
    above = [[clean(cell) for cell in row] for row in sheet.rows[:anchor]]
    letters = [row for row in above if any(_LETTER.match(cell) for cell in row)]
    formulas = [number for number, row in enumerate(above) if any(cell.startswith("=") for cell in row)]
    texts = [
        row
        for number, row in enumerate(above)
        if row not in letters and number not in formulas and any(row[_FIRST_COLUMN:])
    ]
    columns = []
    group = ""
    for index in range(_FIRST_COLUMN, len(sheet.rows[anchor])):
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


def match_columns(sheet: Sheet, part: str, rules: Rules, required: tuple[str, ...]) -> dict[str, SheetColumn]:
    """Find the column of each term by its heading."""
    columns = columns_of(sheet)
    terms: dict[str, str] = rules["terms"]
    named = {column: term for column in columns if (term := named_term(rules, column.heading))}
    matched: dict[str, SheetColumn] = {}
    for term in (*terms, *dict.fromkeys(term for term in named.values() if term not in terms)):
        found = [column for column in columns if named.get(column) == term] or [
            column for column in columns if column not in named and re.search(terms.get(term, "(?!)"), column.heading)
        ]
        if len(found) > 1:
            cells = ", ".join(cell_address(0, column.index)[:-1] for column in found)
            what = f"the headings of columns {cells} all read like '{term}'"
            raise SourceError(what, where=f"{sheet.source_id}, sheet {sheet.name}")
        if found:
            matched[term] = found[0]
        elif term in required:
            raise SourceError(
                f"no heading reads like '{term}'; found: " + "; ".join(f"'{column.heading}'" for column in columns),
                where=f"{sheet.source_id}, sheet {sheet.name}",
                todo=f"If the publisher renamed it, name it in a file for `hnf ingest --mapping`: "
                f"{mapping_line(part, 'the heading', term)}",
            )
    return matched


def refuse_unknown(sheet: Sheet, matched: dict[str, SheetColumn]) -> None:
    """Stop where the block sheet has a heading that no term knows, or a formula uses a letter that no term has."""
    anchor = sheet.rows[_anchor(sheet)]
    headed = {column.index for column in columns_of(sheet)}
    for index, cell in enumerate(anchor):
        if index >= _FIRST_COLUMN and clean(cell) and index not in headed:
            what = "figures without a heading"
            todo = "Check the heading in the file; a column is known by its text alone."
            raise SourceError(what, where=sheet.where(_anchor(sheet), index), todo=todo)
    known = {column.index for column in matched.values()}
    for column in columns_of(sheet):
        if column.index not in known:
            what = f"unknown heading '{column.heading}'"
            todo = "Name its term in data/headings.toml, or in a file for `hnf ingest --mapping`."
            raise SourceError(what, where=sheet.where(0, column.index), todo=todo)
    printed = [column.letter for column in matched.values() if column.letter]
    twice = sorted({letter for letter in printed if printed.count(letter) > 1})
    if twice:
        what = f"the letter {', '.join(twice)} is over two columns"
        todo = "The printed formula cannot be read; ask the publisher."
        raise SourceError(what, where=f"{sheet.source_id}, sheet {sheet.name}", todo=todo)
    letters = set(printed)
    for column in matched.values():
        missing = sorted(set(re.findall(r"\[([A-Z])\]", column.formula)) - letters)
        if missing:
            what = f"the printed formula '{column.formula}' names column {', '.join(missing)}, which no heading has"
            todo = "A heading is missing or was renamed."
            raise SourceError(what, where=sheet.where(column.formula_row, column.index), todo=todo)


def areas_of(sheet: Sheet, register: Register) -> list[Area]:
    """Return the rows about areas: England, then authorities, then types of authority, then regions.

    "LONDON" is both a type and a region: the block of rows it is in decides.
    """
    anchor = _anchor(sheet)
    areas: list[Area] = []
    seen: set[str] = set()
    in_types = True
    for number in range(anchor, len(sheet.rows)):
        first = clean(sheet.rows[number][0])
        has_figures = any(clean(cell) for cell in sheet.rows[number][_FIRST_COLUMN:])
        if not first and not has_figures:
            in_types = not any(area.geographic_level == "authority_type" for area in areas)
            continue
        if not has_figures and re.fullmatch(r"\d{3}", first):
            what = f"authority {first} has no figures"
            todo = "A cell without a figure must hold one of the publisher's symbols."
            raise SourceError(what, where=sheet.where(number, 0), todo=todo)
        if not has_figures:  # a footnote under the table
            continue
        area = _area(first, number, in_types, sheet, register)
        name = f"{area.geographic_level} {first.upper()}"
        if name in seen:
            raise SourceError(f"'{first}' appears twice", where=sheet.where(number, 0))
        seen.add(name)
        areas.append(area)
    return areas


def _area(first: str, number: int, in_types: bool, sheet: Sheet, register: Register) -> Area:
    if first.upper() == "ENGLAND":
        return Area(number, "national")
    if re.fullmatch(r"\d{3}", first):
        if first not in register.la_codes:
            what = f"authority {first} is not in the register"
            raise SourceError(what, where=sheet.where(number, 0), todo="Bring las.csv up to date.")
        return Area(number, "local_authority", la_code=first, name=clean(sheet.rows[number][1]))
    if in_types and first.upper() in _AUTHORITY_TYPES:
        return Area(number, "authority_type", authority_type=_AUTHORITY_TYPES[first.upper()])
    region = register.region_codes.get(first.casefold())
    if region:
        return Area(number, "regional", region_code=region)
    raise SourceError(f"'{first}' is neither an authority, a type nor a region", where=sheet.where(number, 0))


#: How alike two spellings of one name are; North and West Northamptonshire are less alike.
_SLIP = 0.95
#: Pupils; a sum printed from unrounded parts may be off by a trace.
_PUPILS_TOLERANCE = 0.05


def load_dsg(source: Source, content: bytes, register: Register, headings: Rules | None = None) -> dict[str, list[Row]]:
    """Load one workbook."""
    book = open_workbook(source.id, content)
    rules = headings or heading_rules()
    edition = edition_of(book, rules)
    shared = {"financial_year": source.detail["financial_year"], "edition": edition, "source_id": source.id}
    block_sheet = book.sheet(rules["high_needs_block"]["sheet"])
    block_columns = block_columns_of(block_sheet, rules)
    refuse_unknown(block_sheet, block_columns)
    areas = areas_of(block_sheet, register)
    block = _block_rows(block_sheet, areas, block_columns, shared)
    _check_sum(block_sheet, areas, block_columns[rules["high_needs_block"]["total"]])
    formulas = []
    for term, column in block_columns.items():
        if column.formula:
            place = {"sheet": block_sheet.name, "cell": cell_address(column.formula_row, column.index)}
            formulas.append({**shared, **place, "term": term, "letter": column.letter, "printed": column.formula})
    for part in ("summary", "deductions"):
        sheet = book.sheet(rules[part]["sheet"])
        columns = match_columns(sheet, part, rules[part], required=tuple(rules[part]["terms"]))
        block += _block_rows(sheet, _same_areas(sheet, areas, register), columns, shared)
    pupils = _pupils(book, rules["pupils"], areas, register, shared)
    return {"dsg_high_needs_block": block, "dsg_formula_rows": formulas, "dsg_pupils": pupils}


def load_totals(source: Source, content: bytes, register: Register) -> dict[str, list[Row]]:
    """Load sheets of a collection that print totals before and after deductions, and no column of the formula.

    Which sheet is an edition of which year is in the catalogue (`sheets`). No sheet prints a day: the edition is the
    day of the collection.
    """
    book = open_workbook(source.id, content)
    rules = heading_rules()["totals"]
    rows: list[Row] = []
    for year, name in source.detail["sheets"].items():
        sheet = book.sheet(re.escape(name))
        columns = match_columns(sheet, "totals", rules, required=tuple(rules["terms"]))
        areas = areas_of(sheet, register)
        for column in columns.values():
            _check_sum(sheet, areas, column)
        shared = {"financial_year": year, "edition": source.published, "source_id": source.id}
        rows += _block_rows(sheet, areas, columns, shared)
    return {"dsg_high_needs_block": rows}


def _block_rows(sheet: Sheet, areas: list[Area], columns: dict[str, SheetColumn], shared: Row) -> list[Row]:
    return [
        {**shared, **area.key(), **_value(sheet, area, column, term), "term": term, "letter": column.letter}
        for area in areas
        for term, column in columns.items()
    ]


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
                what = f"'{printed['status']}' where a number of pupils belongs"
                raise SourceError(what, where=sheet.where(area.row, column.index))
            place = {"sheet": sheet.name, "cell": printed["cell"]}
            rows.append({**shared, **area.key(), "phase": phase, "pupils": printed["value"], **place})
    return rows


def _check_pupils(sheet: Sheet, areas: list[Area], phases: dict[str, SheetColumn]) -> None:
    """Compare primary and secondary pupils with the column that is printed as their sum, where there is one."""
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
        what = f"not the same authorities as on the high needs block sheet: {', '.join(different[:5])}"
        todo = "A row is missing on one of the two sheets."
        raise SourceError(what, where=f"{sheet.source_id}, sheet {sheet.name}", todo=todo)
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
    difference = (values[england]["value"] - math.fsum(parts)) / pound
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
    place: Row = {"sheet": sheet.name, "cell": cell_address(area.row, column.index)}
    place["unit"] = _unit(column.heading, term)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return {**place, "value": cell, "status": ""}
    text = clean(cell)
    if text in SYMBOLS:
        return {**place, "value": None, "status": text}
    what = f"'{text}' is not a number" if text else "empty where a number belongs"
    todo = "A symbol must be one of " + ", ".join(SYMBOLS) + "."
    raise SourceError(what, where=sheet.where(area.row, column.index), todo=todo)


def _unit(heading: str, term: str) -> str:
    """Return the unit printed in a heading; one without (2021-22, column A) is in pounds like its neighbours."""
    if "pupils" in term or term in ("primary", "secondary"):
        return "pupils"
    if term == "population_2_18":
        return "people"
    if term == "basic_entitlement_rate":
        return "gbp_per_pupil"
    return "gbp_million" if re.search(r"£ ?millions?\b", heading) else "gbp"
