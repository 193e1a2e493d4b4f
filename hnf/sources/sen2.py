"""Loaders of the SEN2 releases: statements of SEN and EHC plans in January, by authority.

Until January 2018 the count of need is statements and EHC plans together (statements were converted from 2014 to 2018).
The 2022 release holds January 2010 to 2022, the 2025 release January 2019 to 2025, an extract January 2026. The
collection changed from aggregates to persons in 2023. Revised counts stay apart by `release`, and counts by age go to
a table of their own.
"""

from __future__ import annotations

from hnf.errors import SourceError, UsageError
from hnf.sources.catalogue import Source
from hnf.sources.places import Register, Row
from hnf.sources.workbooks.guard import read_member
from hnf.sources.workbooks.read import read_csv
from hnf.tables.schema import SYMBOLS
from hnf.years import January

_LEVELS = {"National": "national", "Regional": "regional", "Local authority": "local_authority"}
_PLACE = ("geographic_level", "region_code", "old_la_code")
_PLAN_TYPES = {"Total_st": "statement", "Total_ehc": "ehc_plan", "Total_all": "total"}
_AGES = "Child or young persons age"


def load_statements_and_plans(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the 2022 release: counts by age group; statements and plans apart on the rows of all ages."""
    required = ("time_period", *_PLACE, "characteristic_age", *_PLAN_TYPES)
    rows: list[Row] = []
    named = _named(source)
    for line, row in read_csv(source.id, _csv_of(source, content), required):
        where = f"{named}, line {line}"
        place = _place(row, where, register)
        january = _calendar_january(row["time_period"], where)
        age = row["characteristic_age"].casefold()
        for column, plan_type in _PLAN_TYPES.items():
            if age == "total" or column == "Total_all":
                rows.append(
                    {
                        "january": january,
                        "release": source.detail["release"],
                        **place,
                        "age_group": age,
                        "plan_type": plan_type,
                        **_count(row[column], f"{where}, {column}"),
                        "source_id": source.id,
                        "cell": f"line {line}, {column}",
                    }
                )
    return rows


def load_caseload(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the 2025 release: EHC plans in January, all ages in all years and single years of age where published.

    The label of an academic year is that of its January: `201819` is January 2019.
    """
    required = ("time_period", *_PLACE, "breakdown_topic", "breakdown", "ehcplans")
    rows: list[Row] = []
    topics = ("breakdown_topic", ("All EHC plans", _AGES))
    named = _named(source)
    for line, row in read_csv(source.id, _csv_of(source, content), required, topics):
        where = f"{named}, line {line}"
        rows.append(
            {
                "january": _academic_january(row["time_period"], where),
                "release": source.detail["release"],
                **_place(row, where, register),
                "age_group": row["breakdown"].casefold() if row["breakdown_topic"] == _AGES else "total",
                "plan_type": "total",
                **_count(row["ehcplans"], f"{where}, ehcplans"),
                "source_id": source.id,
                "cell": f"line {line}, ehcplans",
            }
        )
    return rows


def load_extract(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the extract of January 2026: EHC plans of all ages by authority, England and some regions."""
    rows: list[Row] = []
    for line, row in read_csv(
        source.id, content, ("time_period", "geographic_level", "la_code", "la_name", "ehcplans")
    ):
        where = f"{source.id}, line {line}"
        region = (
            register.region_codes.get(row["la_name"].casefold(), "") if row["geographic_level"] == "Regional" else ""
        )
        place = _place({**row, "old_la_code": row["la_code"], "region_code": region}, where, register)
        rows.append(
            {
                "january": _academic_january(row["time_period"], where),
                "release": source.detail["release"],
                **place,
                "age_group": "total",
                "plan_type": "total",
                **_count(row["ehcplans"], f"{where}, ehcplans"),
                "source_id": source.id,
                "cell": f"line {line}, ehcplans",
            }
        )
    return rows


def _named(source: Source) -> str:
    return ", ".join(filter(None, (source.id, source.detail.get("member", ""))))


def _csv_of(source: Source, content: bytes) -> bytes:
    """Return the member of the release, or the file itself where it is that member alone."""
    member = source.detail.get("member", "")
    return read_member(source.id, content, member) if member else content


def _calendar_january(text: str, where: str) -> int:
    try:
        return January.parse(text).year
    except UsageError as error:
        raise SourceError(f"'{text}' is not a year such as 2022", where=where) from error


def _academic_january(text: str, where: str) -> int:
    try:
        return January.from_academic_year(text).year
    except UsageError as error:
        raise SourceError(error.what, where=where) from error


def _place(row: dict[str, str], where: str, register: Register) -> Row:
    level = _LEVELS.get(row["geographic_level"])
    if level is None:
        raise SourceError(f"'{row['geographic_level']}' is not a geographic level", where=where)
    region = row["region_code"] if level == "regional" else ""
    code = row["old_la_code"] if level == "local_authority" else ""
    if level == "local_authority" and code not in register.la_codes:
        raise SourceError(f"authority '{code}' is not in the register", where=where, todo="Bring las.csv up to date.")
    if level == "regional" and region not in register.region_codes.values():
        raise SourceError(f"region '{region}' is not in the register", where=where)
    return {"geographic_level": level, "region_code": region, "la_code": code}


def _count(text: str, where: str) -> Row:
    if text.isascii() and text.isdigit():
        return {"count": int(text), "status": ""}
    if text in SYMBOLS:
        return {"count": None, "status": text}
    raise SourceError(
        f"'{text}' is neither a count nor a symbol", where=where, todo="Symbols are " + ", ".join(SYMBOLS) + "."
    )
