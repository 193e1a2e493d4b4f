"""Loader of the SEN2 releases: statements of SEN and EHC plans in January, by authority.

Until January 2018 the count of need is statements and EHC plans together (statements were converted from 2014 to 2018).
The 2022 release holds January 2010 to 2022, the 2025 release January 2019 to 2025, an extract January 2026. The
collection changed from aggregates to persons in 2023. Revised counts are kept apart by `release`, and counts by age go
to a table of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from hnf.errors import SourceError, UsageError
from hnf.sources.catalogue import Source
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import read_member
from hnf.sources.workbooks.read import read_csv
from hnf.tables.schema import SYMBOLS
from hnf.years import January

_LEVELS = {"National": "national", "Regional": "regional", "Local authority": "local_authority"}
_PLACE = ("geographic_level", "region_code", "old_la_code")
_TOTAL = "total"
_STATEMENTS = "sen2_statements_and_plans"
#: Columns of counts, and the plans that each counts; statements and plans apart on the rows of all ages only.
_PLAN_TYPES = {"Total_st": "statement", "Total_ehc": "ehc_plan", "Total_all": _TOTAL}
_PLANS = {"ehcplans": _TOTAL}
_AGES = "Child or young persons age"
_TOPICS = ("breakdown_topic", ("All EHC plans", _AGES))
_HEADINGS = {
    _STATEMENTS: ("time_period", *_PLACE, "characteristic_age", *_PLAN_TYPES),
    "sen2_caseload": ("time_period", *_PLACE, "breakdown_topic", "breakdown", *_PLANS),
    "sen2_extract": ("time_period", "geographic_level", "la_code", "la_name", *_PLANS),
}
_AGE_GROUP: dict[str, Callable[[dict[str, str]], str]] = {
    _STATEMENTS: lambda row: row["characteristic_age"].casefold(),
    "sen2_caseload": lambda row: row["breakdown"].casefold() if row["breakdown_topic"] == _AGES else _TOTAL,
    "sen2_extract": lambda _: _TOTAL,
}


def load_plans(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load one release, or the member of it that has the counts: rows of `ehc_plans`, by age too where published."""
    layout, member = source.layout, source.detail.get("member", "")
    counted = _PLAN_TYPES if layout == _STATEMENTS else _PLANS
    text = read_member(source.id, content, member) if member else content
    named = f"{source.id}, {member}" if member else source.id
    places: dict[tuple[str, str, str], Row] = {}
    rows: list[Row] = []
    for line, row in read_csv(source.id, text, _HEADINGS[layout], _TOPICS if layout == "sen2_caseload" else None):
        where = f"{named}, line {line}"
        if layout == "sen2_extract":
            region = register.region_codes.get(row["la_name"].casefold(), "")
            row.update(region_code=region, old_la_code=row["la_code"])
        key = (row["geographic_level"], row["region_code"], row["old_la_code"])
        if key not in places:
            places[key] = _place(*key, where, register)
        age = _AGE_GROUP[layout](row)
        shared = {"january": _january(row["time_period"], layout, where), "release": source.detail["release"]}
        shared = {**shared, **places[key], "age_group": age, "source_id": source.id}
        for column, plan_type in counted.items():
            if _TOTAL in (age, plan_type):
                cell = f"line {line}, {column}"
                rows.append({**shared, "plan_type": plan_type, **_count(row[column], named, cell), "cell": cell})
    return rows


_read_january = cache(January.parse)
_read_academic_year = cache(January.from_academic_year)


def _january(text: str, layout: str, where: str) -> int:
    """Return the January of a time period; the label of an academic year is that of its January: `201819` is 2019."""
    try:
        return (_read_january if layout == _STATEMENTS else _read_academic_year)(text).year
    except UsageError as error:
        what = f"'{text}' is not a year such as 2022" if layout == _STATEMENTS else error.what
        raise SourceError(what, where=where) from error


def _place(level: str, region: str, code: str, where: str, register: Register) -> Row:
    match _LEVELS.get(level):
        case "national":
            return area_columns("national")
        case "regional":
            if region not in register.region_codes.values():
                raise SourceError(f"region '{region}' is not in the register", where=where)
            return area_columns("regional", region_code=region)
        case "local_authority":
            return area_columns("local_authority", la_code=register.known(code, where))
    raise SourceError(f"'{level}' is not a geographic level", where=where)


def _count(text: str, named: str, cell: str) -> Row:
    if text.isascii() and text.isdigit():
        return {"count": int(text), "status": ""}
    if text in SYMBOLS:
        return {"count": None, "status": text}
    todo = "Symbols are " + ", ".join(SYMBOLS) + "."
    raise SourceError(f"'{text}' is neither a count nor a symbol", where=f"{named}, {cell}", todo=todo)
