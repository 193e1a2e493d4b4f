"""Loaders of populations: ONS mid-year estimates, and the 2018-based projections that the formula itself uses.

Estimates and projections are different series and never mix. The estimates of mid-2019 and mid-2020 predate the
rebasing to Census 2021. Of DfE's list of mid-2018 to mid-2021 only mid-2020 is a projection that no other file has: its
mid-2018 and mid-2019 are the ONS estimates, and its mid-2021 is the projection again, but for two authorities.
"""

from __future__ import annotations

import math
import re
from typing import Any

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.crosschecks import Contradictions, check_areas, check_everyone, check_name, check_parts
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import cell_address, clean, plain_number
from hnf.sources.workbooks.read import CHECK_FILE, open_workbook, read_csv, read_csv_rows
from hnf.tables.schema import TABLES

_BANDS: dict[str, tuple[int, int]] = {"2-18": (2, 18), "0-25": (0, 25)}
_NATIONAL = "E92000001"
_CODE_HEADINGS = ("code", "utla20_code")
_NAME_HEADINGS = ("name", "utla20_name")
_ALL_AGES_HEADINGS = ("all ages", "total_population")
#: Areas of the files that are not upper-tier authorities: districts, metropolitan counties, and other countries.
_PASSED_OVER = ("E07", "E11", "K0", "W", "S", "N")
#: How the headings of the columns of people aged 2 to 18 in each mid-year begin, by layout; the year follows.
_MID_YEAR = {"dfe_projection": "mid_", "dfe_population": "bt_mid"}


def load_estimates(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load one year of ONS estimates by single year of age, from CSV or workbook: people in three age bands."""
    numbered, sheet_name = _numbered_rows(source, content)
    headings, heading_row = _headings(source, numbered)
    all_ages = next(headings[name] for name in _ALL_AGES_HEADINGS if name in headings)
    code_column = next(headings[name] for name in _CODE_HEADINGS if name in headings)
    spans = {band: (headings[str(first)], headings[str(last)]) for band, (first, last) in _BANDS.items()}
    spans["all"] = (all_ages, all_ages)
    named = {column: name for name, column in headings.items()}
    ages = [column for name, column in headings.items() if re.fullmatch(r"\d+\+?", name)]
    name_column = next((headings[name] for name in _NAME_HEADINGS if name in headings), None)
    found, single = Contradictions(source.id), list[Row]()
    rows: list[Row] = []
    seen: set[str] = set()
    for number, cells in numbered:
        code = clean(cells[code_column]) if number > heading_row else ""
        place = _place(code, register, f"{source.id}, row {number}") if code else None
        if place is None:
            continue
        if code in seen:
            raise SourceError(f"{code} appears twice", where=f"{source.id}, row {number}")
        seen.add(code)
        shared = {"mid_year": source.detail["mid_year"], "series": "ons_estimate", **place}
        shared |= {"source_id": source.id, "sheet": sheet_name}
        for band, (first, last) in spans.items():
            people = math.fsum(_number(cells[column], source.id, number, column) for column in range(first, last + 1))
            ends = dict.fromkeys(cell_address(number - 1, column) for column in (first, last))
            rows.append({**shared, "age_band": band, "people": people, "cell": ":".join(ends)})
        people_of = {column: _people(cells[column]) for column in (all_ages, *ages)}
        for column, one in people_of.items():
            single.append({**place, "age": named[column], "people": one, "cell": (number - 1, column)})
            if one is not None and (one < 0 or one % 1):
                found.add((number - 1, column), f"{one:g} is not a number of people")
        if name_column is not None:
            name = clean(cells[name_column])
            check_name(found, register.entries, place["la_code"], name, (number - 1, name_column))
        parts = [people_of[age] for age in ages] + ([] if "90+" in headings else [None])
        check_parts(found, (number - 1, all_ages), code, people_of[all_ages], parts)
    check_areas(found, register.entries, single, ("age",), "people")
    found.refuse()
    return rows


def _people(cell: Any) -> float | None:
    """Return a number of people, None for anything else: a symbol beside the ages that are loaded."""
    return cell if isinstance(cell, int | float) else plain_number(str(cell).strip())


def load_projection(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load people aged 2 to 18 with one column a mid-year: the projection, or what the benchmarking tool prints of it.

    An empty cell is a year for which the publisher gives no figure: it makes no row. Northamptonshire (928) and
    Cumbria (909) are listed beside their successors and are kept: which of them had an allocation in a year decides
    which is used. Where the catalogue names `mid_years`, other columns are left out: they repeat another series.
    """
    columns = _mid_year_columns(source, content, _MID_YEAR[source.layout])
    wanted = source.detail.get("mid_years", list(columns))
    if absent := sorted(set(wanted) - set(columns)):
        raise SourceError(f"there is no column of mid-{absent[0]}", where=source.id, todo=CHECK_FILE)
    rows: list[Row] = []
    seen: set[str] = set()
    found = Contradictions(source.id)
    names = tuple({"la_name"} & set(read_csv_rows(source.id, content)[0]))
    for line, row in read_csv(source.id, content, ("la_code", *columns.values(), *names)):
        if names:
            check_name(found, register.entries, row["la_code"], row["la_name"], f"line {line}")
        place = area_columns(
            "local_authority", la_code=register.known(row["la_code"], f"{source.id}, line {line}", seen)
        )
        shared = {**place, "age_band": "2-18", "source_id": source.id, "sheet": ""}
        there = [bool(text) for column in columns.values() for text in [row[column]]]
        if not all(there[there.index(True) : len(there) - there[::-1].index(True)] if any(there) else ()):
            found.add(f"line {line}", "a year between two others is empty")
        for year, column in columns.items():
            if year in wanted and row[column]:
                # Some columns carry binary noise after the third decimal, the precision of the publisher.
                people = round(_number(row[column], source.id, line, 0), 3)
                of_year = {"mid_year": year, "series": "dfe_projection", "people": people}
                rows.append({**shared, **of_year, "cell": f"line {line}, {column}"})
                if not people > 0:
                    found.add(rows[-1]["cell"], f"{people:g} is not a number of people")
    if source.layout == "dfe_projection":
        check_everyone(found, register.entries, f"{max(columns)}-06-30", {row["la_code"] for row in rows})
    found.refuse()
    return rows


def without_repeats(rows: list[Row]) -> list[Row]:
    """Return rows of populations without those that a second file repeats; `SourceError` where it differs."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        first = found.setdefault(tuple(row[name] for name in TABLES["population"].key), row)
        if first["people"] != row["people"]:
            what = f"{row['people']} people of {row['la_code']}, mid-{row['mid_year']}, are {first['people']} in "
            raise SourceError(what + first["source_id"], where=f"{row['source_id']}, {row['cell']}", todo=CHECK_FILE)
    return list(found.values())


def _mid_year_columns(source: Source, content: bytes, start: str) -> dict[int, str]:
    """Return the headings of mid-years by year; a year left out between two others is an error."""
    headings, _ = read_csv_rows(source.id, content)
    columns = {int(found[1]): name for name in headings if (found := re.fullmatch(rf"{start}(\d{{4}})", name))}
    gaps = [f"{start}{year}" for year in range(min(columns), max(columns)) if year not in columns] if columns else []
    if gaps or not columns:
        what = f"heading {', '.join(gaps) or f'{start}YEAR'} is missing; found {', '.join(headings)}"
        raise SourceError(what, where=f"{source.id}, line 1", todo=CHECK_FILE)
    return columns


def _numbered_rows(source: Source, content: bytes) -> tuple[list[tuple[int, list[Any]]], str]:
    """Return all rows with their number as a reader counts them (from 1), and the name of the sheet."""
    if source.layout == "ons_workbook":
        wanted = source.detail["sheet"]
        sheet = open_workbook(source.id, content, wanted).sheet(wanted)
        return list(enumerate(sheet.rows, start=1)), sheet.name
    heading, rows = read_csv_rows(source.id, content)
    return [(1, list(heading)), *((line, list(cells)) for line, cells in rows)], ""


def _headings(source: Source, numbered: list[tuple[int, list[Any]]]) -> tuple[dict[str, int], int]:
    """Find the row of headings by its texts and return each heading's column."""
    for number, cells in numbered:
        texts = [clean(cell).casefold() for cell in cells]
        if any(name in texts for name in _CODE_HEADINGS):
            once = [str(age) for age in range(26)]
            once += [name for name in (*_CODE_HEADINGS, *_ALL_AGES_HEADINGS) if name in texts]
            missing = [name for name in once if texts.count(name) != 1]
            if missing or not any(name in texts for name in _ALL_AGES_HEADINGS):
                what = f"heading {', '.join(missing) or 'All ages'} is missing or appears twice"
                raise SourceError(what, where=f"{source.id}, row {number}")
            return {text: column for column, text in enumerate(texts) if text}, number
    raise SourceError(f"no row has a heading '{_CODE_HEADINGS[0]}'", where=source.id)


def _place(code: str, register: Register, where: str) -> Row | None:
    """Name the area of an ONS code; None for districts, metropolitan counties and other countries."""
    if code == _NATIONAL:
        return area_columns("national")
    if code in register.region_codes.values():
        return area_columns("regional", region_code=code)
    if code in register.la_code_of_gss:
        return area_columns("local_authority", la_code=register.la_code_of_gss[code])
    if code.startswith(_PASSED_OVER):
        return None
    raise SourceError(f"area {code} is of no known kind", where=where, todo="Bring las.csv up to date.")


def _number(cell: Any, source_id: str, row: int, column: int) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    number = plain_number(str(cell).strip())
    if number is None:
        where = f"{source_id}, cell {cell_address(row - 1, column)}"
        raise SourceError(f"'{clean(cell)}' is not a number of people", where=where)
    return number
