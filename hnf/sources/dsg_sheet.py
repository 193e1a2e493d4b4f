"""Reads the layout of a DSG sheet: which column is which term, and which row is which area.

Headings, letters and printed formulas stand above the row of England; authorities, types of authority and regions are
its row and those below it. Nothing is taken from a position alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hnf.errors import SourceError
from hnf.sources.headings import Rules, mapping_line, named_term
from hnf.sources.rows import Register, Row
from hnf.sources.workbooks.guard import cell_address, clean
from hnf.sources.workbooks.read import Sheet

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
        return {
            "geographic_level": self.geographic_level,
            "authority_type": self.authority_type,
            "region_code": self.region_code,
            "la_code": self.la_code,
        }


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
    """Find the column of each term by its heading.

    Parameters
    ----------
    sheet : Sheet
    part : str
        What the sheet is, named in messages.
    rules : dict
        `terms` with the regular expression of the heading by term, and `headings` with the term of headings that a
        user has named, which go first.
    required : tuple of str
        Terms that must be there.

    Raises
    ------
    SourceError
        If a required heading is missing, or two columns read alike.
    """
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
            raise SourceError(
                "figures without a heading",
                where=sheet.where(_anchor(sheet), index),
                todo="Check the heading in the file; a column is known by its text alone.",
            )
    known = {column.index for column in matched.values()}
    for column in columns_of(sheet):
        if column.index not in known:
            raise SourceError(
                f"unknown heading '{column.heading}'",
                where=sheet.where(0, column.index),
                todo="Name its term in data/headings.toml, or in a file for `hnf ingest --mapping`.",
            )
    printed = [column.letter for column in matched.values() if column.letter]
    twice = sorted({letter for letter in printed if printed.count(letter) > 1})
    if twice:
        raise SourceError(
            f"the letter {', '.join(twice)} stands over two columns",
            where=f"{sheet.source_id}, sheet {sheet.name}",
            todo="The printed formula cannot be read; ask the publisher.",
        )
    letters = set(printed)
    for column in matched.values():
        missing = sorted(set(re.findall(r"\[([A-Z])\]", column.formula)) - letters)
        if missing:
            raise SourceError(
                f"the printed formula '{column.formula}' names column {', '.join(missing)}, which no heading has",
                where=sheet.where(column.formula_row, column.index),
                todo="A heading is missing or was renamed.",
            )


def areas_of(sheet: Sheet, register: Register) -> list[Area]:
    """Return the rows about areas: England, then authorities, then types of authority, then regions.

    "LONDON" is both a type and a region: the block of rows it stands in decides.
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
            raise SourceError(
                f"authority {first} has no figures",
                where=sheet.where(number, 0),
                todo="A cell without a figure must hold one of the publisher's symbols.",
            )
        if not has_figures:  # a footnote under the table
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
        return Area(number, "local_authority", la_code=first, name=clean(sheet.rows[number][1]))
    if in_types and first.upper() in _AUTHORITY_TYPES:
        return Area(number, "authority_type", authority_type=_AUTHORITY_TYPES[first.upper()])
    region = register.region_codes.get(first.casefold())
    if region:
        return Area(number, "regional", region_code=region)
    raise SourceError(f"'{first}' is neither an authority, a type nor a region", where=sheet.where(number, 0))
