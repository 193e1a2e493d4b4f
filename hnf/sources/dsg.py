"""Loader of the dedicated schools grant workbooks: the high needs block, its printed formulas, deductions and pupils.

Sheets and headings are found by the texts in `data/headings.toml`, and in a file of the user's that adds to them
(docs/adding-a-year.md), never by position: headings, letters and printed formulas are above the row of England;
authorities, types of authority and regions are its row and those below it. Values stay as printed (2019-20 is partly in
£ million), each with its sheet and cell. City of London and Isles of Scilly are not in the workbooks.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from hnf.errors import SourceError, UsageError
from hnf.paths import data_folder, read_file
from hnf.sources.catalogue import Source, toml_string
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import cell_address, clean
from hnf.sources.workbooks.read import Sheet, Workbook, open_workbook
from hnf.tables.schema import EXTRA, SYMBOLS
from hnf.years import FinancialYear

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
        document = tomllib.loads(read_file(path).decode("utf-8"))
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


class UnknownHeadingError(SourceError):
    """Headings or sheets that only a person can place; `lines` are those of a file for `--mapping`, to choose from."""

    def __init__(self, what: str, *, where: str, lines: list[str], choice: int = 1) -> None:
        self.lines = lines
        named = f"one of {', '.join(f'`{line}`' for line in lines[:choice])}" if choice > 1 else f"`{lines[0]}`"
        other = "" if choice > 1 or lines[0].partition(" ")[0].endswith(".sheet") else " (or another term)"
        todo = f"Give --mapping a file with `schema_version = 1` and {named}{other}; docs/adding-a-year.md shows one."
        super().__init__(what, where=where, todo=todo)


#: How many columns on the left may name the area: by DfE code, ONS code and name, in any order.
_NAMING = 5
_CODE, _ONS_CODE = re.compile(r"\d{3}"), re.compile(r"[A-Z]\d{8}")
#: Notes after a name or code: [note 2], [r], an asterisk, a raised figure.
_NOTES = re.compile(r"(?:\s?(?:\[[^\[\]]{1,20}\]|[*†‡§¹²³⁴⁵⁶⁷⁸⁹]))+$")
#: Rows of a table that are no area of the register.
_NOT_AREAS = {"total", "grand total", "england total", "inner london", "outer london"}
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


@dataclass(frozen=True)
class _Layout:
    """Where a sheet has its codes, its first column of figures, its first row of figures, and England."""

    code: int
    first: int
    top: int
    england: int


@lru_cache(maxsize=8192, typed=True)  # a layout asks for the same cells again and again
def _plain(cell: Any) -> str:
    """Return a name or code without the notes after it."""
    return _NOTES.sub("", clean(cell))


def _is_name(cell: Any) -> bool:
    text = _plain(cell)
    is_text = any(map(str.isalpha, text)) and not any(map(str.isdigit, text)) and text not in SYMBOLS
    return is_text or bool(_ONS_CODE.fullmatch(text))


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _label(row: list[Any], code: int, first: int) -> str:
    """Return what names a row: its code, else the first name in it."""
    named = (_plain(cell) for cell in (row[code], *row[:first]))
    return next((text for text in named if text and not _ONS_CODE.fullmatch(text)), "")


def _layout(sheet: Sheet) -> _Layout:
    """Find the columns that name the areas, and the first row of figures; everything above it is headings."""
    naming = range(min(_NAMING, len(sheet.rows[0]) if sheet.rows else 0))
    coded = [[row for row in sheet.rows if _CODE.fullmatch(_plain(row[column]))] for column in naming]
    most = max(map(len, coded), default=0)  # figures may have three digits too, further to the right
    code = next((column for column in naming if 2 * len(coded[column]) > most), 0)
    first = code + 1
    while first in naming and 2 * sum(_is_name(row[first]) for row in coded[code]) > len(coded[code]):
        first += 1
    top = england = -1
    for number, row in enumerate(sheet.rows):
        label = _label(row, code, first).upper()
        if (label == "ENGLAND" or _CODE.fullmatch(label)) and any(map(clean, row[first:])):
            top = number if top < 0 else top
            england = number if england < 0 and label == "ENGLAND" else england
    if england < 0:
        raise SourceError("no row starts with ENGLAND", where=f"{sheet.source_id}, sheet {sheet.name}")
    return _Layout(code, first, top, england)


def rows_left(sheet: Sheet) -> list[str]:
    """Return the rows of figures that no table takes, as they are called: Total, Inner London."""
    layout = _layout(sheet)
    labels = [_label(row, layout.code, layout.first) for row in sheet.rows if any(map(_is_number, row[layout.first :]))]
    return [label for label in labels if label.casefold() in _NOT_AREAS]


def columns_of(sheet: Sheet) -> list[SheetColumn]:
    """Return the columns of a sheet that have a heading.

    Raises
    ------
    SourceError
        If there is no row of England.
    """
    layout = _layout(sheet)
    labels = [_label(row, layout.code, layout.first).casefold() for row in sheet.rows[: layout.top]]
    named = zip(labels, sheet.rows, strict=False)
    above = [[clean(cell) for cell in row] if label not in _NOT_AREAS else [""] * len(row) for label, row in named]
    letters = [row for row in above if any(_LETTER.match(cell) for cell in row)]
    formulas = [number for number, row in enumerate(above) if any(cell.startswith("=") for cell in row)]
    texts = [
        row
        for number, row in enumerate(above)
        if row not in letters and number not in formulas and any(row[layout.first :])
    ]
    columns = []
    group = ""
    for index in range(layout.first, len(sheet.rows[layout.top])):
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


#: Which of the columns that no heading gives a term may be the term.
Likely = Callable[[str, list[SheetColumn]], list[SheetColumn]]


def match_columns(
    sheet: Sheet, part: str, rules: Rules, required: tuple[str, ...], likely: Likely = lambda _term, _columns: []
) -> dict[str, SheetColumn]:
    """Find the column of each term by its heading; `likely` are those to name where a required one is missing."""
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
            what = f"no heading reads like '{term}'; found: " + "; ".join(f"'{column.heading}'" for column in columns)
            where, taken = f"{sheet.source_id}, sheet {sheet.name}", [*named, *matched.values()]
            if lines := [mapping_line(part, c.heading, term) for c in likely(term, columns) if c not in taken]:
                raise UnknownHeadingError(what, where=where, lines=lines, choice=len(lines))
            todo = f"See which it is now, and name it {term} in a file for `hnf ingest --mapping`."
            raise SourceError(what, where=where, todo=f"{todo} docs/adding-a-year.md shows one.")
    return matched


def refuse_unknown(sheet: Sheet, matched: dict[str, SheetColumn]) -> None:
    """Stop where the block sheet has a heading that no term knows, or a formula uses a letter that no term has."""
    layout = _layout(sheet)
    headed = {column.index for column in columns_of(sheet)}
    for index, cell in enumerate(sheet.rows[layout.top]):
        if index >= layout.first and clean(cell) and index not in headed:
            what = "figures without a heading"
            todo = "Check the heading in the file; a column is known by its text alone."
            raise SourceError(what, where=sheet.where(layout.top, index), todo=todo)
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
    layout = _layout(sheet)
    areas: list[Area] = []
    seen: set[str] = set()
    in_types = True
    for number in range(layout.top, len(sheet.rows)):
        row = sheet.rows[number]
        first = _label(row, layout.code, layout.first)
        has_figures = any(map(clean, row[layout.first :]))
        if not first and not has_figures:
            in_types = not any(area.geographic_level == "authority_type" for area in areas)
            continue
        if first.casefold() in _NOT_AREAS or (
            not first and not any(map(_is_number, row))
        ):  # or a note beside the table
            continue
        if not has_figures and _CODE.fullmatch(first):
            what = f"authority {first} has no figures"
            todo = "A cell without a figure must hold one of the publisher's symbols."
            raise SourceError(what, where=sheet.where(number, layout.code), todo=todo)
        if not has_figures:  # a footnote under the table
            continue
        is_type = in_types and f"authority_type {first.upper()}" not in seen
        names = (text for text in map(_plain, row[: layout.first]) if text != first and _is_name(text))
        named = next((text for text in names if not _ONS_CODE.fullmatch(text)), "")
        area = replace(_area(first, (number, layout.code), is_type, sheet, register), name=named)
        key = f"{area.geographic_level} {first.upper()}"
        if key in seen:
            raise SourceError(f"'{first}' appears twice", where=sheet.where(number, layout.code))
        seen.add(key)
        areas.append(area)
    return areas


def _area(first: str, place: tuple[int, int], in_types: bool, sheet: Sheet, register: Register) -> Area:
    number = place[0]
    if first.upper() == "ENGLAND":
        return Area(number, "national")
    if _CODE.fullmatch(first):
        if first not in register.la_codes:
            what = f"authority {first} is not in the register"
            raise SourceError(what, where=sheet.where(*place), todo="Bring las.csv up to date.")
        return Area(number, "local_authority", la_code=first)
    if in_types and first.upper() in _AUTHORITY_TYPES:
        return Area(number, "authority_type", authority_type=_AUTHORITY_TYPES[first.upper()])
    region = register.region_codes.get(first.casefold())
    if region:
        return Area(number, "regional", region_code=region)
    raise SourceError(f"'{first}' is neither an authority, a type nor a region", where=sheet.where(*place))


#: How alike two spellings of one name are; North and West Northamptonshire are less alike.
_SLIP = 0.95
#: Pupils; a sum printed from unrounded parts may be off by a trace.
_PUPILS_TOLERANCE = 0.05


def load_dsg(source: Source, content: bytes, register: Register, headings: Rules | None = None) -> dict[str, list[Row]]:
    """Load one workbook."""
    book = open_workbook(source.id, content)
    rules = headings or heading_rules()
    edition = source.detail.get("edition") or edition_of(book, rules)
    shared = {"financial_year": source.detail["financial_year"], "edition": edition, "source_id": source.id}
    sheets = {part: part_sheet(book, part, rules) for part in PARTS}
    cover, block_sheet = sheets["information"], sheets["high_needs_block"]
    _refuse_thousands(cover, ((row, column) for row, cells in enumerate(cover.rows) for column in range(len(cells))))
    block_columns = block_columns_of(block_sheet, rules)
    refuse_unknown(block_sheet, block_columns)
    check_units(block_sheet, block_columns)
    areas = areas_of(block_sheet, register)
    block = _block_rows(block_sheet, areas, block_columns, shared)
    _check_sum(block_sheet, areas, block_columns[rules["high_needs_block"]["total"]])
    formulas = []
    for term, column in block_columns.items():
        if column.formula:
            place = {"sheet": block_sheet.name, "cell": cell_address(column.formula_row, column.index)}
            formulas.append({**shared, **place, "term": term, "letter": column.letter, "printed": column.formula})
    total = block_columns[rules["high_needs_block"]["total"]]
    for part, other in (("summary", "deductions"), ("deductions", "summary")):
        sheet = sheets[part]
        likely = _balancing(sheet, sheets[other], rules[other], _england_gbp(block_sheet, total))
        columns = match_columns(sheet, part, rules[part], required=tuple(rules[part]["terms"]), likely=likely)
        check_units(sheet, columns)
        block += _block_rows(sheet, _same_areas(sheet, areas, register), columns, shared)
    pupils = _pupils(sheets["pupils"], rules["pupils"], areas, register, shared)
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


def _pupils(sheet: Sheet, rules: dict[str, Any], areas: list[Area], register: Register, shared: Row) -> list[Row]:
    columns = match_columns(sheet, "pupils", rules, required=tuple(rules["terms"]), likely=_named_like)
    check_units(sheet, columns)
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
    return match_columns(sheet, "high_needs_block", part, required=(part["total"],), likely=_summed)


def _summed(_term: str, columns: list[SheetColumn]) -> list[SheetColumn]:
    """Return the columns under a printed formula of several columns: the total is one."""
    return [column for column in columns if len(re.findall(r"\[[A-Z]\]", column.formula)) > 1]


def _named_like(term: str, columns: list[SheetColumn]) -> list[SheetColumn]:
    """Return the columns whose headings have the term's own word, and no pounds."""
    return [column for column in columns if term in column.heading and not re.search("£|funding|rate", column.heading)]


def _england_gbp(sheet: Sheet, column: SheetColumn) -> float | None:
    """Return England's figure of a column in pounds, None where it is none."""
    cell = sheet.rows[_layout(sheet).england][column.index]
    return cell * (1e6 if _unit(column.heading, "") == "gbp_million" else 1) if _is_number(cell) else None


def _balancing(sheet: Sheet, other: Sheet, rules: Rules, before: float | None) -> Likely:
    """Return the test of a column after deductions, or of deductions: with one of the other, England's total before."""

    def likely(_term: str, columns: list[SheetColumn]) -> list[SheetColumn]:
        known = list(match_columns(other, "", rules, required=()).values()) or columns_of(other)
        others = [value for one in known if (value := _england_gbp(other, one))]
        values = [(column, _england_gbp(sheet, column)) for column in columns]
        return [
            column
            for column, value in values
            if value and before and abs(before - value) > len(sheet.rows)  # pounds: each authority is rounded
            if any(abs(before - value - one) <= len(sheet.rows) for one in others)
        ]

    return likely


def part_sheet(book: Workbook, part: str, rules: Rules) -> Sheet:
    """Return the sheet of a part; one under another name is recognised by its headings, and the line to give named.

    Raises
    ------
    UnknownHeadingError, SourceError
        If no sheet has the name, or several have.
    """
    try:
        return book.sheet(rules[part]["sheet"])
    except SourceError as error:
        known = [rules[one]["sheet"] for one in PARTS]
        others = [name for name in book.names if not any(re.fullmatch(one, name, re.IGNORECASE) for one in known)]
        is_there = any(re.fullmatch(rules[part]["sheet"], name, re.IGNORECASE) for name in book.names)
        likely = [name for name in others if not is_there and looks_like(book, name, part, rules)]
        if not likely:
            raise
        lines = [f"{part}.sheet = {toml_string(name)}" for name in likely]
        raise UnknownHeadingError(error.what, where=book.source_id, lines=lines, choice=len(lines)) from error


def looks_like(book: Workbook, name: str, part: str, rules: Rules) -> bool:
    """Say whether a sheet has the headings of a part, or the cells of a cover."""
    try:
        sheet = book.sheet(re.escape(name))
        if part == "information":
            return any(_DATED.match(clean(cell)) for row in sheet.rows for cell in row)
        found = match_columns(sheet, part, rules[part], required=())
    except SourceError:
        return False
    return len(found) > 1 if part == "high_needs_block" else found.keys() >= rules[part]["terms"].keys()


#: Cells that introduce the day of publication, or of a revision.
_DATED = re.compile(
    r"(publication date|date of publication|date published|(?:first |last )?published(?: on)?|(?:last )?updated(?: on)?"
    r"|date of revision|revised(?: on)?)\b\s*[:–-]?\s*(.*)",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    r"|(?P<d1>\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?(?P<n1>[a-z]{3,9})\.?,?[ -](?P<y1>\d{4}|\d\d)"
    r"|(?P<n2>[a-z]{3,9}) (?P<d2>\d{1,2})(?:st|nd|rd|th)?,? (?P<y2>\d{4})"
    r"|(?P<d3>\d{1,2})(?P<sep>[/.-])(?P<m3>\d{1,2})(?P=sep)(?P<y3>\d{4}|\d\d))(?!\d)"
)


def edition_of(book: Workbook, rules: Rules) -> str:
    """Return the publication date printed on the information sheet, the only date to trust: file names mislead.

    Raises
    ------
    SourceError
        If no cell gives it, or two give two.
    """
    sheet = part_sheet(book, "information", rules)
    todo = "Give --published, the day of publication."
    found: dict[str, str] = {}
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if match := _DATED.match(clean(cell)):
                after = next((n for n in range(column + 1, len(row)) if clean(row[n])), column + 1)
                at, day = (column, match[2]) if match[2] else (after, (*row, "")[after])
                if date := day_of(day):
                    found.setdefault(date, sheet.where(number, at))
                elif "publication" in match[1].casefold():
                    raise SourceError(
                        f"'{clean(day)}' is not a publication date", where=sheet.where(number, at), todo=todo
                    )
    if not found:
        raise SourceError("no cell says 'Publication date'", where=f"{sheet.source_id}, sheet {sheet.name}", todo=todo)
    (date, where), *others = found.items()
    if others:
        what = f"two dates: {date} here, and {others[0][0]} in {others[0][1].partition(', ')[2]}"
        raise SourceError(what, where=where, todo=todo)
    return date


def day_of(cell: Any) -> str:
    """Return the day that a cell says, as 2024-07-17; nothing where it says none, or several.

    17/07/2024 and 17.07.24 have the day first, as the publisher writes.
    """
    if isinstance(cell, datetime.date):
        return cell.strftime("%Y-%m-%d")
    days: set[str] = set()
    for match in _DAY.finditer(clean(cell).casefold()):
        part = {key.rstrip("123"): value for key, value in match.groupdict().items() if value}
        names = [n for n in range(1, 13) if f"{calendar.month_name[n]}".casefold().startswith(part.get("n", "-")[:4])]
        month = int(part["m"]) if "m" in part else (names or [0])[0]
        try:
            days.add(
                datetime.date(int(part["y"]) + (2000 if len(part["y"]) == 2 else 0), month, int(part["d"])).isoformat()
            )
        except ValueError:
            return ""
    return days.pop() if len(days) == 1 else ""


_YEAR = re.compile(r"\b(20\d\d)\s?(?:to|-|–|/)\s?((?:20)?\d\d)\b")


def _years_in(text: str) -> list[FinancialYear]:
    found = []
    for first, second in _YEAR.findall(text):
        with suppress(UsageError):
            found.append(FinancialYear.parse(f"{first}-{second[-2:]}"))
    return found


def years_printed(book: Workbook, rules: Rules) -> list[tuple[FinancialYear, str]]:
    """Return the financial years in the titles of cover and sheets and in the names of sheets, each with its place."""
    found: list[tuple[FinancialYear, str]] = []
    named: list[tuple[FinancialYear, str]] = []
    for part in PARTS:
        sheet = part_sheet(book, part, rules)
        above = sheet.rows
        if part != "information":
            layout = _layout(sheet)
            above = [row[: layout.first] for row in sheet.rows[: layout.top]]
        texts = [(clean(cell), row, column) for row, cells in enumerate(above) for column, cell in enumerate(cells)]
        one = [(text, row, column) for text, row, column in texts if len(set(_years_in(text))) == 1]
        about = [place for place in one if re.search(r"dedicated schools grant|\bdsg\b", place[0], re.IGNORECASE)]
        for text, row, column in (about or one)[:1]:
            found.append((_years_in(text)[0], sheet.where(row, column).partition(", ")[2]))
        named += [(year, f"the name of sheet {sheet.name}") for year in _years_in(sheet.name.replace("_", " "))[:1]]
    return found + named


#: Words for thousands of pounds: in a heading, and in a title or note, where more must say that it is about money.
_THOUSANDS = re.compile(r"(?<![\d,.])['’]?000s?\b|\bthousands?\b|£ ?(?:k|ths?|bn|billions?)\b")
_IN_THOUSANDS = re.compile(r"£ ?['’]?000s?\b|(?:£ ?|£s |\bin )thousands?\b|\bthousands? of (?:£|pounds)|£ ?(?:k|bn)\b")
_MILLIONS = re.compile(r"£ ?(?:millions?|mn?)\b|\bmillions? of (?:£|pounds)|\(millions?\)|£s millions?\b")


def check_units(sheet: Sheet, columns: dict[str, SheetColumn]) -> None:
    """Stop where a heading, a title or a note says that the figures are in thousands."""
    layout = _layout(sheet)
    for term, column in columns.items():
        is_money = _unit(column.heading, term) in ("gbp", "gbp_million")
        if _THOUSANDS.search(column.heading) or (not is_money and _MILLIONS.search(column.heading)):
            what = f"the heading '{column.heading}' is in another unit than pounds, £ million, pupils or heads"
            row = next((n for n in range(layout.top) if _is_scaled(sheet.rows[n][column.index])), 0)
            raise SourceError(what, where=sheet.where(row, column.index), todo=_IN_POUNDS)
    notes = [n for n in range(layout.top, len(sheet.rows)) if not any(map(_is_number, sheet.rows[n]))]
    _refuse_thousands(sheet, ((n, column) for n in range(layout.top) for column in range(layout.first)))
    _refuse_thousands(sheet, ((n, column) for n in notes for column in range(len(sheet.rows[n]))))


_IN_POUNDS = "Take the publisher's table in pounds: what was rounded to thousands does not come back."


def _is_scaled(cell: Any) -> bool:
    return bool(_THOUSANDS.search(clean(cell).casefold()) or _MILLIONS.search(clean(cell).casefold()))


def _refuse_thousands(sheet: Sheet, cells: Iterator[tuple[int, int]]) -> None:
    for row, column in cells:
        text = clean(sheet.rows[row][column])
        if _IN_THOUSANDS.search(text.casefold()):
            raise SourceError(f"'{text[:120]}': figures in thousands", where=sheet.where(row, column), todo=_IN_POUNDS)


def _value(sheet: Sheet, area: Area, column: SheetColumn, term: str) -> Row:
    cell = sheet.rows[area.row][column.index]
    place: Row = {"sheet": sheet.name, "cell": cell_address(area.row, column.index)}
    place["unit"] = _unit(column.heading, term)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return {**place, "value": cell, "status": ""}
    text = clean(cell)
    symbol = text[1:-1].strip().casefold() if text[:1] + text[-1:] == "[]" else text
    if symbol in SYMBOLS:
        return {**place, "value": None, "status": symbol}
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
    return "gbp_million" if _MILLIONS.search(heading) else "gbp"
