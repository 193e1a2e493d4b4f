"""Loaders of the high needs benchmarking tool (section 251 returns) and of the DSG balances.

The tool's file has formulas whose sources were cut off: cells that say #REF! or #N/A. They are kept as what they are, a
status without a number. Its last block (amounts per head, columns from CO) depends on a choice made in the tool and is
not loaded.
"""

from __future__ import annotations

import re
from typing import Any

from hnf.errors import SourceError, UsageError
from hnf.sources.catalogue import Source
from hnf.sources.crosschecks import Contradictions, check_everyone, check_name, check_parts
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import cell_address, clean
from hnf.sources.workbooks.read import Sheet, open_workbook
from hnf.tables.schema import (
    CELL_ERRORS,
    FACTOR_LINES,
    SERVICE_LINES,
    SPENDING_LINES,
    TOP_UP_INDEPENDENT,
    TOP_UP_STATE,
)
from hnf.years import FinancialYear

#: Rows of headings (zero-based), and the text that begins each block of columns with its row.
_HEADING_ROWS = (2, 3, 4, 5)
_CODE_HEADING = "LA code"
_ALLOCATION = "nff_allocation_"
_ALLOCATION_YEARS = [
    line.removeprefix(_ALLOCATION).replace("_", "-") for line in FACTOR_LINES if line.startswith(_ALLOCATION)
]
_BLOCKS: tuple[tuple[str, int, str, tuple[str, ...]], ...] = (
    ("budget", 2, "Section 251 budget", tuple(SPENDING_LINES)),
    ("formula_factor", 4, "Number of individuals qualifying for deprivation", tuple(FACTOR_LINES)[:11]),
    ("formula_factor", 4, f"High needs NFF {_ALLOCATION_YEARS[0]} allocation", tuple(FACTOR_LINES)[11:]),
    ("outturn", 2, "Section 251 outturn", tuple(SPENDING_LINES)),
)
#: A word that the headings of each column must have, in whichever of their rows.
_WORDS = {
    "place_special_pru_ap": "place funding",
    "top_up_state": "maintained schools, academies",
    "top_up_independent": "non-maintained",
    "early_years": "early years",
    "primary": "primary",
    "secondary": "secondary",
    "special": "special schools",
    "pru_ap": "prus and ap",
    "post_school": "post school",
    "income": "income",
    "sen_support": "sen support",
    "alternative_provision": "alternative",
    "hospital_education": "hospital",
    "therapies": "therapies",
    "fsm": "fsm",
    "bad_health": "bad health",
    "dla": "dla",
    "ks2_low_attainment": "ks2",
    "ks4_low_attainment": "ks4",
    "import_export": "adjustments",
    **{f"idaci_{band}": f"idaci band {band}" for band in "abcdef"},
    **{f"{_ALLOCATION}{year.replace('-', '_')}": f"{year} allocation" for year in _ALLOCATION_YEARS},
}
_BALANCE_HEADINGS = (
    "time_period", "geographic_level", "region_name", "la_name", "deficit",
    "DSG cumulative balance as a % of the total income", "financial_year",
)  # fmt: skip


def load_benchmarking(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the benchmarking tool's sheet."""
    sheet = open_workbook(source.id, content).sheet("Sheet1")
    code_column = _find(sheet, 4, _CODE_HEADING)
    columns = [
        (kind, line, place)
        for kind, row, opening, lines in _BLOCKS
        for place, line in enumerate(lines, _find(sheet, row, opening))
    ]
    for _, line, place in columns:
        _check_heading(sheet, line, place)
    rows: list[Row] = []
    seen: set[str] = set()
    found = Contradictions(source.id)
    beside = {clean(heading): place for place, heading in enumerate(sheet.rows[_HEADING_ROWS[2]])}
    for number, cells in enumerate(sheet.rows):
        code = clean(cells[code_column])
        if number <= _HEADING_ROWS[-1] or not code:
            continue
        if code not in register.la_codes or code in seen:
            problem = "appears twice" if code in seen else "is not a code in the register"
            raise SourceError(f"{code} {problem}", where=sheet.where(number, code_column))
        seen.add(code)
        if "LA name" in beside:
            at = (number, beside["LA name"])
            check_name(found, register.entries, code, clean(cells[at[1]]), at)
        if "Region" in beside and code in register.entries:
            region = clean(cells[beside["Region"]]).casefold().removeprefix("inner ").removeprefix("outer ")
            if register.region_codes.get(region) != register.entries[code].region_code:
                found.add((number, beside["Region"]), f"{register.entries[code].name} is not in '{region}'")
        _check_lines(found, sheet, number, columns)
        for kind, line, place in columns:
            value, status = _value(sheet, number, place)
            printed = {"status": status, **_printed(source, sheet, number, place)}
            area = area_columns("local_authority", la_code=code)
            rows.append({**_row(source, kind, line, value), **area, **printed})
    first_day = f"{source.detail['budget_year'][:4]}-04-01"
    check_everyone(found, register.entries, first_day, seen)
    found.refuse()
    return rows


#: What each printed sum is made of; income is taken away. No line of these can be below zero.
_SUMS = {
    "place_special_pru_ap": ("place_special", "place_pru_ap"),
    **{
        top_up: tuple(line for line in SPENDING_LINES if line.startswith(f"{top_up}_"))
        for top_up in (TOP_UP_STATE, TOP_UP_INDEPENDENT)
    },
}


def _check_lines(found: Contradictions, sheet: Sheet, number: int, columns: list[tuple[str, str, int]]) -> None:
    """The lines of a return must add up to its printed sums, and none but services be below zero."""
    for kind in ("budget", "outturn"):
        places = {line: place for each, line, place in columns if each == kind}
        values = {line: _value(sheet, number, place)[0] for line, place in places.items()}
        for line, parts in _SUMS.items():
            signed = [-(values[p] or 0) if p.endswith("_income") else values[p] for p in parts]
            check_parts(found, (number, places[line]), line, values[line], signed)
        for line, value in values.items():
            if line not in _SUMS and line not in SERVICE_LINES and (value or 0) < 0:
                found.add((number, places[line]), f"{line} is below zero: {value:,.0f}")


def _printed(source: Source, sheet: Sheet, number: int, place: int) -> Row:
    """Return the columns of a tidy row that say where its figure was printed."""
    return {"source_id": source.id, "sheet": sheet.name, "cell": cell_address(number, place)}


def load_balances(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the cumulative balances of the DSG, as a share of its income.

    The file names areas and gives no codes; a name must be one of the register. It prints the balance, below zero for
    a deficit, and beside it the same with the other sign as a deficit: both must agree, so that no sign is guessed.
    """
    book = open_workbook(source.id, content)
    sheet = book.sheet(re.escape(book.names[0]))
    headings = tuple(clean(cell) for cell in sheet.rows[0])
    if headings != _BALANCE_HEADINGS:
        what = f"the headings are {', '.join(headings)}; expected {', '.join(_BALANCE_HEADINGS)}"
        todo = "Check which column is the balance and what its sign means before changing the loader."
        raise SourceError(what, where=sheet.where(0, 0), todo=todo)
    rows: list[Row] = []
    found = Contradictions(source.id)
    for number, cells in enumerate(sheet.rows[1:], 1):
        period, level, region, name, deficit, balance, year = cells
        numbers = isinstance(deficit, float) and isinstance(balance, float)
        if not numbers or abs(deficit + balance) > 1e-9:
            what = f"deficit {deficit} and balance {balance} do not mirror each other"
            raise SourceError(what, where=sheet.where(number, 5))
        try:
            printed = str(FinancialYear.parse(clean(year)))
        except UsageError as error:
            raise SourceError(error.what, where=sheet.where(number, 6)) from error
        if clean(period) != printed.replace("-", ""):
            raise SourceError(f"{period} is not the year {year}", where=sheet.where(number, 0))
        of_year = {"financial_year": clean(year), "release": source.published[:4]}
        place = _area(sheet, number, (clean(level), clean(region), clean(name)), register)
        own = register.entries.get(place["la_code"])
        if own and register.region_codes.get(clean(region).casefold()) != own.region_code:
            found.add((number, 2), f"{own.name} is not in '{clean(region)}'")
        measured = {"measure": "balance_pct_of_income", "value": balance, "unit": "pct", "status": ""}
        rows.append({**of_year, **place, **measured, **_printed(source, sheet, number, 5)})
    _check_balances(found, rows, register)
    found.refuse()
    return rows


def _check_balances(found: Contradictions, rows: list[Row], register: Register) -> None:
    """A share of all income lies between those of its parts; everyone open in a year is in it, a region too."""
    for year in sorted({row["financial_year"] for row in rows}):
        shares: dict[str, list[float]] = {}
        of_year = [row for row in rows if row["financial_year"] == year]
        for row in of_year:
            own = register.entries.get(row["la_code"])
            shares.setdefault(own.region_code if own else "", []).append(row["value"])
        for row in of_year:
            parts = shares.get(row["region_code"], []) if row["geographic_level"] == "regional" else shares.get("", [])
            if not row["la_code"] and parts and not min(parts) <= row["value"] <= max(parts):
                found.add(row["cell"], f"{row['value']:g}% of {year} is beyond all areas that are in it")
        there = {row["la_code"] for row in of_year}
        check_everyone(found, register.entries, f"{year[:4]}-04-01", there, f" in {year}")


def _area(sheet: Sheet, number: int, printed: tuple[str, str, str], register: Register) -> Row:
    level, region, name = printed
    if level == "National":
        return area_columns("national")
    if level == "Regional" and region.casefold() in register.region_codes:
        return area_columns("regional", region_code=register.region_codes[region.casefold()])
    if level == "Local authority" and name in register.la_code_of_name:
        return area_columns("local_authority", la_code=register.la_code_of_name[name])
    what = f"'{name or region}' ({level}) is no area of the register"
    raise SourceError(what, where=sheet.where(number, 3), todo="Add the name to the aliases in data/lineage.toml.")


def _row(source: Source, kind: str, line: str, value: float | None) -> Row:
    people = kind == "formula_factor" and not line.startswith(("nff_", "import_"))
    year = source.detail["outturn_year" if kind == "outturn" else "budget_year"]
    unit = "people" if people else "gbp"
    return {"financial_year": year, "kind": kind, "line": line, "value": value, "unit": unit}


def _value(sheet: Sheet, number: int, place: int) -> tuple[float | None, str]:
    cell = sheet.rows[number][place]
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell), ""
    text = clean(cell)
    if text in CELL_ERRORS:
        return None, text
    what = f"'{text or 'blank'}' is neither a number nor a known error"
    raise SourceError(what, where=sheet.where(number, place))


def _find(sheet: Sheet, row: int, opening: str) -> int:
    cells: list[Any] = sheet.rows[row] if row < len(sheet.rows) else []
    found = [place for place, cell in enumerate(cells) if clean(cell).startswith(opening)]
    if len(found) != 1:
        what = f"{'no' if not found else 'more than one'} heading begins with '{opening}'"
        raise SourceError(what, where=sheet.where(row, 0))
    # The line of the block's name is above its first column.
    return found[0]


def _check_heading(sheet: Sheet, line: str, place: int) -> None:
    """The headings over a column must have the word that its line asks for."""
    suffix = re.sub(r"^(place|top_up_state|top_up_independent)_(?!special_pru_ap$)", "", line)
    headings = [clean(sheet.rows[row][place]).casefold() for row in _HEADING_ROWS if place < len(sheet.rows[row])]
    if not any(_WORDS[suffix] in heading for heading in headings):
        what = f"the headings of {line} are {' / '.join(filter(None, headings))}; expected '{_WORDS[suffix]}'"
        todo = "Check the order of the columns against the tool."
        raise SourceError(what, where=sheet.where(_HEADING_ROWS[0], place), todo=todo)
