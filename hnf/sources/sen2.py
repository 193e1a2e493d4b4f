"""Loader of the SEN2 releases: plans, where children are placed, requests, waits, needs, reviews and appeals.

Until January 2018 the count of need is statements and EHC plans together (statements were converted from 2014 to 2018).
The 2022 release holds January 2010 to 2022, the 2025 release January 2019 to 2025, extracts some data sets of the 2026
release. The collection changed from aggregates to persons in 2023. Revised counts are kept apart by `release`, and
counts by age go to a table of their own. Of each data set the rows of all children are loaded, and every column of
counts; percentages, which can be recomputed, are not. What is odd in a return is in `data/sen2_returns.toml`.
"""

from __future__ import annotations

import csv
import fnmatch
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hnf.errors import SourceError, UsageError
from hnf.paths import data_folder
from hnf.sources.catalogue import Source
from hnf.sources.crosschecks import (
    Contradictions,
    Entries,
    check_areas,
    check_everyone,
    check_name,
    check_parts,
)
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import clean, member_names, plain_number, read_member
from hnf.sources.workbooks.read import CHECK_FILE, first_row, read_csv, read_csv_rows
from hnf.tables.schema import LEFT_OUT, RETURN_SYMBOLS, SEN2_ITEMS, SYMBOLS, TABLES
from hnf.years import January

_LEVELS = {"National": "national", "Regional": "regional", "Local authority": "local_authority"}
_PLACE = ("geographic_level", "region_code", "old_la_code")
_TOTAL, _ALL_PLANS, _BY_AGE = "total", "ehc_plans", "ehc_plans_by_age"
_AGES = "child or young persons age"
_RETURNS, _SUMS = "sen2_returns.toml", "sen2_sums.csv"
#: Tables whose files print symbols that the others do not, or where figures are left out.
_OWN_SYMBOLS = ("appeals", "lait")


@dataclass(frozen=True)
class DataSet:
    """One table of a release, as `data/sen2_columns.toml` describes it: columns to items, and rows of all children."""

    table: str
    member: str
    columns: dict[str, str]
    only: tuple[str, tuple[str, ...]] | None
    period: str
    ages: str
    optional: tuple[str, ...]
    signed: tuple[str, ...]
    sums: dict[str, list[str]]

    def headings(self, release: str) -> dict[str, bool]:
        """Return the headings of a release in the order of the items, each with whether it has to be there."""
        return {column.format(**_digits(release)): item not in self.optional for column, item in self.columns.items()}


def data_set_of(table: str) -> DataSet:
    """Return the data set of the releases of single persons that a table is made of."""
    return next(one for one in _data_sets()[_FROM_2023] if one.table == table)


@cache
def _data_sets() -> dict[str, list[DataSet]]:
    """Return the data sets of the releases by layout."""
    document = tomllib.loads((data_folder() / "sen2_columns.toml").read_text(encoding="utf-8"))
    settings = document["settings"]
    named = {item: column for column, item in settings["renamed"].items()}
    shared = {named.get(item, item): item for item in SEN2_ITEMS["placements"] if item != _TOTAL}
    found: dict[str, list[DataSet]] = {}
    for entry in document["data_set"]:
        of_settings = settings if "settings" in entry else {}
        data_set = DataSet(
            entry["table"],
            entry["member"],
            entry.get("columns", {}) | (shared if of_settings else {}),
            (entry["topic"], tuple(entry["all"])) if "topic" in entry else None,
            entry.get("period", "year"),
            entry.get("ages", ""),
            tuple(of_settings.get("optional", ())),
            tuple(entry.get("signed", ())),
            of_settings.get("sums", entry.get("sums", {})),
        )
        found.setdefault(entry["layout"], []).append(data_set)
    return found


_FROM_2023, _ENOUGH = "sen2_caseload", 0.5
_AREAS = {*_PLACE, "time_period", "time_identifier", "country_code", "country_name", "region_name", "new_la_code"}
_AREAS |= {"la_name", "breakdown_topic", "breakdown"}
_PERCENTAGE = re.compile(r"(^|_)pc(_|$)")


def data_sets_like(headings: list[str]) -> list[DataSet]:
    """Return the data sets of the releases of single persons of which a file has at least half of the columns."""
    printed = {heading.casefold() for heading in headings}
    found = []
    for data_set in _data_sets()[_FROM_2023]:
        wanted = {column.casefold() for column, item in data_set.columns.items() if item not in data_set.optional}
        if wanted and len(wanted & printed) >= _ENOUGH * len(wanted):
            found.append(data_set)
    return found


def columns_left(headings: list[str], data_sets: list[DataSet], release: str) -> list[str]:
    """Return the columns of counts that no item of the data sets is; percentages are never loaded."""
    loaded = {heading.casefold() for one in data_sets for heading in one.headings(release)}
    names = {heading: heading.casefold() for heading in headings}
    return [one for one, name in names.items() if name not in loaded | _AREAS and not _PERCENTAGE.search(name)]


@dataclass(frozen=True)
class _Line:
    """One line of a file: where it is printed, its period and area, and the text of each item with its column."""

    number: int
    period: int
    place: Row
    cells: list[tuple[str, str, str]]
    age: str = _TOTAL


def load_release(source: Source, content: bytes, register: Register) -> dict[str, list[Row]]:
    """Load a release, or one file of it: rows of each table that the source feeds.

    Without `feeds`, as for a file that is not in the catalogue yet, all tables are loaded whose file is there.
    """
    found = Contradictions(source.id)
    if source.layout in _SINGLE_FILES:
        table, read = _SINGLE_FILES[source.layout]
        single = _by_age(_rows(source, table, "", list(read(source, content, register, found)), found), table)
        _cross_check(found, single, register)
        return single
    is_archive = False
    rows: dict[str, list[Row]] = {}
    for data_set in _data_sets()[source.layout]:
        member = _member(source, content, data_set)
        if member is None:
            continue
        text, is_archive = (read_member(source.id, content, member), True) if member else (content, False)
        if not source.feeds and data_set.table == "placements" and b"mainstream_total" not in text:
            continue  # the plans alone, as the publisher's service gives them
        is_tribunal = data_set.table == "appeals"
        appeals = _tribunal(source, text, register, member) if is_tribunal else None
        lines = list(appeals or _data_set(source, text, register, data_set, member, found=found))
        if all(line.age != _TOTAL for line in lines):
            what = _without_total(source, text, data_set) if data_set.only else "there are no rows"
            raise SourceError(what, where=f"{source.id}, {member}" if member else source.id, todo=CHECK_FILE)
        rows |= _by_age(_rows(source, data_set.table, member, lines, found, data_set=data_set), data_set.table)
    _cross_check(found, rows, register, is_release=is_archive)
    return rows


def _without_total(source: Source, text: bytes, data_set: DataSet) -> str:
    """Say which rows a file has where there are none of all children."""
    topic, wanted = data_set.only or ("", ())
    there = dict.fromkeys(f"'{row[topic]}'" for _, row in read_csv(source.id, text, (topic,)))
    labels = ", ".join(one for one in wanted if one.casefold() != _AGES)
    return f"no row has one of {labels} as {topic}, which is all children; there are {', '.join([*there][:8])}"


def is_part(rows: Sequence[Row], entries: Entries) -> bool:
    """Whether rows are of no more than half of the authorities, as a file is that somebody chose from a table."""
    codes = {row["la_code"] for row in rows} - {""}
    return 2 * len(codes) <= sum(not entry.closed for entry in entries.values())


def _cross_check(
    found: Contradictions, tables: dict[str, list[Row]], register: Register, *, is_release: bool = False
) -> None:
    """Refuse areas and ages that are not the sum of their parts, and periods, regions and totals that are missing.

    A release, which is an archive, is of all authorities however few it has; in another file of a part of them the
    others are taken to be withheld: its parts may be less than their sum, and never more.
    """
    everywhere, entries = {"national", *register.region_codes.values()}, register.entries
    for table, rows in tables.items():
        if table == "lait" or not rows:
            continue
        is_few = is_part(rows, entries)
        is_chosen = is_few and not is_release
        period, value = next(iter(rows[0])), "count" if "count" in rows[0] else "value"
        of = (period, "age_group" if table == _BY_AGE else "plan_type" if value == "count" else "item")
        there: dict[int, set[str]] = defaultdict(set)
        counts, known = [], set(_printed_sums(table))
        signed = data_set_of(table).signed if table in SEN2_ITEMS else ()
        for row in rows:
            if row[value] is None and row.get("item") in signed and row["la_code"] in entries:
                # What is withheld may be below zero.
                known |= {(row[period], row["item"], area) for area in ("", entries[row["la_code"]].region_code)}
            there[row[period]].add(row["region_code"] or row["geographic_level"])
            closed = entries[row["la_code"]].closed[:4] if row["la_code"] in entries else ""
            if row[value] is not None or not (row["status"] in _NOWHERE or "" < closed <= str(row[period])):
                counts.append(row)
        if is_chosen:
            codes = {row["la_code"] for row in rows}
            absent = [area_columns("local_authority", la_code=code) for code in entries if code not in codes]
            keys = {tuple(row[name] for name in of) for row in rows}
            counts += [{**area, **dict(zip(of, key, strict=True)), value: None} for key in keys for area in absent]
        check_areas(found, entries, counts, of, value, known=known)
        if table == _ALL_PLANS and not is_chosen:
            _check_all_there(found, entries, rows)
        for one, areas in sorted(there.items()):
            lost = everywhere - areas
            lost = lost if 2 * len(lost) < len(everywhere) else lost & {"national"}
            if lost and not is_few:
                words = ", ".join(sorted(lost)).replace("national", "England")
                found.add("", f"{table}: {words} of {one} is missing", "missing")
    _check_ages(found, tables)
    found.refuse(tables, f"Ask the publisher. Sums that are printed otherwise are listed in data/{_SUMS}.")


def _check_all_there(found: Contradictions, entries: Entries, rows: list[Row]) -> None:
    """Refuse plans of England that are more than those of its authorities where one of these is not in the file.

    Other tables leave out who returned nothing; of plans every January lists all, with a symbol if need be.
    """
    every = [row for row in rows if row["plan_type"] == _TOTAL]
    for total in (row for row in every if row["geographic_level"] == "national" and row["count"]):
        january = total["january"]
        parts = {row["la_code"]: row["count"] or 0 for row in every if row["la_code"] and row["january"] == january}
        if parts and (of_all := sum(map(int, parts.values()))) < total["count"]:
            what = f" in {january}, and England's {total['count']:,} is more than the sum, {of_all:,}"
            check_everyone(found, entries, f"{january}-01-01", parts, what)


#: Symbols of an authority that is not there in that period.
_NOWHERE = ("..", "z")


@cache
def _printed_sums(table: str) -> frozenset[tuple[int, str, str]]:
    """Return sums that the publisher prints otherwise, though no authority is withheld, or in spite of it."""
    with (data_folder() / _SUMS).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == table]
    known = [row for row in rows if not row["missing"] or int(row["difference"]) < 0]
    return frozenset(
        (int(row["period"]), row["item"], area)
        for row in known
        for area in ("", row["area"].removeprefix("england"))  # in England as well
    )


def _check_ages(found: Contradictions, tables: dict[str, list[Row]]) -> None:
    """Ages must add up to the count of all ages, where no authority is known to have returned it alone."""
    place = ("january", "region_code", "la_code")
    ages: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in tables.get(_BY_AGE, ()):
        ages[tuple(row[name] for name in place)].append(row["count"])
    for row in tables.get(_ALL_PLANS, ()):
        key = tuple(row[name] for name in place)
        parts = ages.pop(key, []) if row["plan_type"] == _TOTAL else []
        if parts and not _is_noted("placements", row["january"], row["la_code"]):
            check_parts(found, row["cell"], f"ages of {''.join(key[1:]) or 'England'}", row["count"], parts)
    for january, *area in ages:
        found.add("", f"{''.join(area) or 'England'} has ages and no count of all in {january}", "total")


def _by_age(rows: list[Row], table: str) -> dict[str, list[Row]]:
    """Counts by age are a table apart."""
    if table != _ALL_PLANS:
        return {table: rows}
    return {
        _ALL_PLANS: [row for row in rows if row["age_group"] == _TOTAL],
        _BY_AGE: [row for row in rows if row["age_group"] != _TOTAL],
    }


def _member(source: Source, content: bytes, data_set: DataSet) -> str | None:
    """Return the member of an archive that holds a data set, "" for a file by itself, None for what is not loaded."""
    if "members" in source.detail:  # what `hnf ingest` found in it, by headings
        found: str | None = source.detail["members"].get(data_set.table)
        return found
    main, first = source.detail.get("member", ""), _data_sets()[source.layout][0].member
    is_wanted = data_set.table in source.feeds if source.feeds else main or data_set.member == first
    if not is_wanted:
        return None
    # The first is known by the entry in the catalogue, wherever it is in the archive; the others lie beside it.
    member = (
        main if data_set.member == first or not main else data_set.member.format(**_digits(source.detail["release"]))
    )
    return None if not source.feeds and main and member not in member_names(source.id, content) else member


def _digits(release: str) -> dict[str, str]:
    """Return the last two digits of the year that a release is about, and of the next."""
    year = int(release)
    return {"this": f"{(year - 1) % 100:02}", "next": f"{year % 100:02}"}


def _rows(
    source: Source,
    table: str,
    member: str,
    lines: list[_Line],
    found: Contradictions,
    *,
    data_set: DataSet | None = None,
) -> list[Row]:
    """Return the rows of a table, once no line is printed twice and none contradicts itself."""
    columns = TABLES[table].columns
    item_column, value_column = ("plan_type", "count") if "plan_type" in columns else ("item", "value")
    signed = data_set.signed if data_set else ()
    symbols = {*SYMBOLS, *(RETURN_SYMBOLS if table in _OWN_SYMBOLS else ())} - {LEFT_OUT}
    named = f"{source.id}, {member}" if member else source.id
    is_mixed = "unit" in columns
    seen: set[tuple[Any, ...]] = set()
    rows: list[Row] = []
    for line in lines:
        shared = {columns[0]: line.period, "release": source.detail["release"], **line.place}
        shared |= {"age_group": line.age} if value_column == "count" else {"sheet": member}
        of_line = []
        for item, text, column in line.cells:
            key = (line.period, *line.place.values(), line.age, item)
            if key in seen:
                what = f"{item} of this area and period is printed twice"
                raise SourceError(what, where=f"{named}, line {line.number}")
            seen.add(key)
            cell = f"line {line.number}, {column}"
            value, status = _value(text, f"{named}, {cell}", symbols, item in signed, is_mixed)
            if _is_left_out(table, item, line.period, line.place["la_code"]):
                value, status = None, LEFT_OUT
            row = {**shared, item_column: item, value_column: value, "status": status, "source_id": source.id}
            unit = {"unit": "pct" if item.endswith("_pct") else "count"} if is_mixed else {}
            of_line.append({**row, **unit, "cell": cell})
        if data_set and data_set.sums and line.age == _TOTAL:
            _check_sums(data_set, line, {row[item_column]: row[value_column] for row in of_line}, found, member)
        rows += of_line
    return rows


def _value(text: str, where: str, symbols: set[str], is_signed: bool, is_mixed: bool) -> tuple[float | int | None, str]:
    """Return a count (or a percentage) and no symbol, or no number and the symbol."""
    if re.fullmatch(r"\d{1,15}", text, re.ASCII):  # no count of people has more digits
        return int(text), ""
    if text in symbols:
        return None, text
    number = plain_number(text)
    if number is not None and (is_mixed or (is_signed and number.is_integer())):
        # The tool's data holds 1.8 as 1.7999999999999998.
        return (round(number, 9), "") if is_mixed else (int(number), "")
    todo = "Symbols are " + ", ".join(SYMBOLS) + "."
    raise SourceError(f"'{text[:40]}' is neither a count nor a symbol", where=where, todo=todo)


def _check_sums(data_set: DataSet, line: _Line, values: dict[str, Any], found: Contradictions, member: str) -> None:
    """Parts must add up to their printed total in one of the ways that `data/sen2_columns.toml` gives."""
    for total, ways in data_set.sums.items():
        is_known = values[total] is None or _is_noted(data_set.table, line.period, line.place["la_code"])
        if is_known or any(_adds_up(values, total, way) for way in ways):
            continue
        what = f"the parts of {total} ({ways[0]}) do not add up to {values[total]:,}"
        found.add(f"{member}, line {line.number}".removeprefix(", "), what, "parts")


def _adds_up(values: dict[str, Any], total: str, way: str) -> bool:
    """Whether parts make up a total, or are not more than it where one of them is a symbol; in brackets it may be."""
    found, is_whole = 0, True
    for part in way.split(" + "):
        for item in _named(tuple(values), part.strip("()")):
            found += (values[item] or 0) if item != total else 0
            is_whole = is_whole and (values[item] is not None or part.startswith("("))
    return bool(found == values[total] if is_whole else found <= values[total])


@cache
def _named(items: tuple[str, ...], pattern: str) -> list[str]:
    return fnmatch.filter(items, pattern)


def _is_noted(table: str, period: int, la_code: str) -> bool:
    """Whether a contradiction is known: of this authority, or of one that a region or England includes."""
    return any(
        flag.get("sums_differ")
        and table in flag["tables"]
        and str(period) in flag["periods"]
        and (la_code or any(map(str.isdigit, flag["la_codes"])))
        and la_code in ("", *flag["la_codes"])
        for flag in _returns().get("flag", [])
    )


@cache
def _returns() -> dict[str, list[dict[str, Any]]]:
    """Return what is odd in the returns, as the file has it."""
    return tomllib.loads((data_folder() / _RETURNS).read_text(encoding="utf-8"))


@cache
def _left_out(table: str) -> dict[str, list[dict[str, Any]]]:
    """Return the entries about printed figures of a table that are not taken over, by authority."""
    entries = [entry for entry in _returns().get("left_out", []) if entry["table"] == table]
    codes = {code for entry in entries for code in entry["la_codes"]}
    return {code: [entry for entry in entries if code in entry["la_codes"]] for code in codes}


def _is_left_out(table: str, item: str, period: int, la_code: str) -> bool:
    return any(
        item in entry.get("items", [item]) and str(period) in entry.get("periods", [str(period)])
        for entry in _left_out(table).get(la_code, ())
    )


_read_january = cache(January.parse)
_read_academic_year = cache(January.from_academic_year)


def _period(text: str, kind: str, where: str) -> int:
    """Return the January or the calendar year of a period; the label of an academic year is that of its January."""
    try:
        return (_read_academic_year if kind == "academic_year" else _read_january)(text).year
    except UsageError as error:
        what = error.what if kind == "academic_year" else f"'{text}' is not a year such as 2022"
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


def _check_names(row: dict[str, str], place: Row, number: int, register: Register, found: Contradictions) -> None:
    """Name a region under the name of another, and an authority under the name, ONS code or region of another."""
    where, entry = f"line {number}", register.entries.get(place["la_code"])
    if entry and row.get("la_name"):
        check_name(found, register.entries, place["la_code"], row["la_name"], where)
    if entry and row["region_code"] not in ("", entry.region_code):
        found.add(where, f"{entry.name} is not in region {row['region_code']}", "region")
    for heading, code, known in (
        ("region_name", place["region_code"], register.region_codes),
        ("new_la_code", place["la_code"], register.la_code_of_gss),
    ):
        name = row.get(heading, "")
        if code and known.get(name, known.get(name.casefold(), code)) != code:
            found.add(where, f"'{name}' and code {code} are not the same area", heading)


def _data_set(
    source: Source, text: bytes, register: Register, data_set: DataSet, member: str, *, found: Contradictions
) -> Iterator[_Line]:
    """Read a file in the layout that the releases share."""
    named = f"{source.id}, {member}" if member else source.id
    printed = {heading.casefold(): heading for heading in first_row(text)}
    digits = _digits(source.detail["release"])
    wanted = {column.format(**digits): item for column, item in data_set.columns.items()}
    columns = {
        printed.get(column.casefold(), column): item
        for column, item in wanted.items()
        if item not in data_set.optional or column.casefold() in printed
    }
    topic = data_set.only[0] if data_set.only else ""
    names = [heading for heading in ("region_name", "new_la_code", "la_name") if heading in printed]
    required = ("time_period", *_PLACE, *names, *filter(None, (topic, data_set.ages)), *columns)
    places: dict[tuple[str, ...], Row] = {}
    for number, row in read_csv(source.id, text, required, data_set.only):
        where = f"{named}, line {number}"
        place = (row["geographic_level"], row["region_code"], row["old_la_code"])
        key = (*place, *(row[name] for name in names))
        if key not in places:
            places[key] = _place(*place, where, register)
            _check_names(row, places[key], number, register, found)
        has_age = data_set.ages and (not topic or row[topic].casefold() == _AGES)
        group = row[data_set.ages].casefold() if has_age else _TOTAL
        cells = [(item, row[column], column) for column, item in columns.items()]
        if data_set.ages:  # statements and plans apart on the rows of all ages only
            cells = [cell for cell in cells if _TOTAL in (group, cell[0])]
        yield _Line(number, _period(row["time_period"], data_set.period, where), places[key], cells, group)


def _extract(source: Source, content: bytes, register: Register, found: Contradictions) -> Iterator[_Line]:
    """Read the extract of plans by authority, which names regions and has no codes of them."""
    headings = ("time_period", "geographic_level", "la_code", "la_name", "ehcplans")
    for number, row in read_csv(source.id, content, headings):
        where = f"{source.id}, line {number}"
        region = register.region_codes.get(row["la_name"].casefold(), "")
        place = _place(row["geographic_level"], region, row["la_code"], where, register)
        check_name(found, register.entries, place["la_code"], row["la_name"], f"line {number}")
        period = _period(row["time_period"], "academic_year", where)
        yield _Line(number, period, place, [(_TOTAL, row["ehcplans"], "ehcplans")])


_APPEALS = re.compile(r"(appeals|appealable_decisions|appeal_rate_pct)_(20\d\d)")
_APPEAL_ITEMS = {"appeals": "appeals", "appealable_decisions": "decisions_in_development"}


def _appeal_rates(source: Source, content: bytes, register: Register, _: Contradictions) -> Iterator[_Line]:
    """Read the appeals of two years, which have codes and no names."""
    heading, rows = read_csv_rows(source.id, content)
    if heading[0] != "la_code" or not any(map(_APPEALS.fullmatch, heading)):
        raise SourceError(f"the headings are {', '.join(heading)}", where=f"{source.id}, line 1", todo=CHECK_FILE)
    for number, cells in rows:
        code = cells[0]
        level = ("National", "", "") if code == "ENG" else ("Local authority", "", code)
        place = _place(*level, f"{source.id}, line {number}", register)
        for column, text in zip(heading, cells, strict=True):
            found = _APPEALS.fullmatch(column)
            if found and found[1] in _APPEAL_ITEMS:
                item = _APPEAL_ITEMS[found[1]]
                yield _Line(number, int(found[2]), place, [(item, text, column)])


#: Columns of the tribunal file under a year, without their footnotes; rates can be recomputed.
_TRIBUNAL_COLUMNS = {
    "Appeals registered": "appeals",
    "Total Appealable Decisions": "decisions",
    "SEND Tribunal Appeal Rate": "",
    "In development: Total Appealable Decisions": "decisions_in_development",
    "In development: SEND Tribunal Appeal Rate": "",
}
_FOOTNOTES = re.compile(r"\d+(,\d+)*$")
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
TRIBUNAL_HEADINGS = ["Local Authority", "LA code"]
#: What is printed for no appeals, where the rate is 0.00%.
_NO_APPEALS = "-"
_ENGLAND, _WITHOUT = "England Total", "England total excluding suppressed"


def _tribunal(source: Source, text: bytes, register: Register, member: str) -> Iterator[_Line]:
    """Read the appeals of all years: two rows of headings, areas by name and code, some of the codes wrong.

    A code that `data/sen2_returns.toml` corrects must be printed as it says there: a publisher who mends it must not
    have it corrected twice. Every other disagreement of name and code stops the build.
    """
    named = f"{source.id}, {member}" if member else source.id
    rows = [(number, [clean(cell) for cell in cells]) for number, cells in read_csv_rows(source.id, text)[1]]
    start = next((place for place, (_, cells) in enumerate(rows) if cells[:2] == TRIBUNAL_HEADINGS), None)
    if start is None:
        raise SourceError("no row begins with 'Local Authority', 'LA code'", where=named, todo=CHECK_FILE)
    columns = _tribunal_columns(rows[start][1], rows[start + 1][1], f"{named}, line {rows[start + 1][0]}")
    codes = {name.casefold(): code for name, code in register.la_code_of_name.items()}
    fixes = _returns().get("correction", [])
    unused = {one["printed_name"]: one for one in fixes if one["member"] == member}
    # Another file may print the same wrong codes, and need not.
    alike = {} if unused else {(_FOOTNOTES.sub("", one["printed_name"]), one["printed_code"]): one for one in fixes}
    for number, cells in rows[start + 2 :]:
        where, (name, code) = f"{named}, line {number}", cells[:2]
        if not any(cells[2:]) or name == _WITHOUT:
            continue  # a region, a note, or a total that is another sum
        plain = _FOOTNOTES.sub("", name)
        fix = unused.pop(name, None) or alike.get((plain, code), {})
        if fix and code != fix["printed_code"]:
            what = f"{name} is printed with code '{code}', not with '{fix['printed_code']}' as it was"
            raise SourceError(what, where=where, todo=f"Remove the [[correction]] from data/{_RETURNS}.")
        until = fix.get("until", 0)
        code = fix.get("la_code", code) if not until else code
        level = ("National", "", "") if plain == _ENGLAND else ("Local authority", "", code)
        place = earlier = _place(*level, where, register)
        if until:  # the code of a successor, printed over the years of the authority before it
            earlier = _place("Local authority", "", fix["la_code"], where, register)
        agrees = plain == _ENGLAND or codes.get(plain.casefold()) == code
        if agrees == _is_left_out("appeals", "appeals", columns[-1][0], code):
            what = f"{plain} and code {code} " + ("agree again" if agrees else "are not the same authority")
            todo = f"{'Remove' if agrees else 'See whether it belongs into'} the entries of data/{_RETURNS}."
            raise SourceError(what, where=where, todo=todo)
        for (period, item, column), cell in zip(columns, cells, strict=True):
            if item:
                plain = cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell or ":"
                found = "0" if (item, cell) == ("appeals", _NO_APPEALS) else plain
                yield _Line(number, period, earlier if period <= until else place, [(item, found, column)])
    if unused:
        what = f"no row is called {', '.join(unused)}, which are corrected"
        raise SourceError(what, where=named, todo=f"Remove the [[correction]] from data/{_RETURNS}.")


def _tribunal_columns(years: list[str], headings: list[str], where: str) -> list[tuple[int, str, str]]:
    """Return year, item and words of each column; no item for those that are not loaded."""
    columns, year = [], ""
    for place, (printed, heading) in enumerate(zip(years, headings, strict=True)):
        plain = _FOOTNOTES.sub("", heading)
        year = printed or year
        if place >= 2 and (plain not in _TRIBUNAL_COLUMNS or not year.isdigit()):
            raise SourceError(f"'{heading}' under '{year}' is no known heading", where=where, todo=CHECK_FILE)
        columns.append((int(year), _TRIBUNAL_COLUMNS[plain], f"{year}, {plain}") if place >= 2 else (0, "", ""))
    return columns


_LAIT_ITEMS = {
    "SEN_TotStat": "pupils_with_plans_pct", "SEN_TotSENSuP": "sen_support_pct", "SEN_AppealableDec": "appeal_rate_pct",
    "SEN_EHC_All_20wks": "within_20_weeks_pct", "SEN_EHC_Excpt_20wks": "within_20_weeks_ex_pct",
    "EHCP_Initial_req_refused": "refused_pct", "SEN_INIT_REQ": "requests", "SEN_PLAN_ISSUED": "issued_pct",
    "SEN_PLAN_NOT_ISSUED": "not_issued_pct", "SEN_ASSESSMENT": "assessments", "SEN_CASES_JAN": "plans",
}  # fmt: skip
#: Withheld, or no such authority in that year. A dash by itself would run as a formula in a spreadsheet.
_LAIT_SYMBOLS = {"-": ":"}
_LAIT_HEADINGS = ("Short Desc", "Years", "LA and Regions", "Values", "LA Number")
_LAIT_ENGLAND, _LAIT_LONDON = "England", ("London (Inner)", "London (Outer)")


def _lait(source: Source, content: bytes, register: Register, _: Contradictions) -> Iterator[_Line]:
    """Read data of the local authority interactive tool; inner and outer London are no regions of the register."""
    codes = {name.casefold(): code for name, code in register.la_code_of_name.items()}
    for number, row in read_csv(source.id, content, _LAIT_HEADINGS):
        where, name = f"{source.id}, line {number}", row["LA and Regions"]
        code = row["LA Number"].removesuffix(".0")
        if name in _LAIT_LONDON:
            continue
        if row["Short Desc"] not in _LAIT_ITEMS:
            raise SourceError(f"'{row['Short Desc']}' is no known measure", where=where, todo=CHECK_FILE)
        region = register.region_codes.get(name.casefold(), "")
        if name == _LAIT_ENGLAND or region:
            place = _place("Regional" if region else "National", region, "", where, register)
        else:
            place = _place("Local authority", "", code, where, register)
            if codes.get(name.casefold(), code) != code:
                raise SourceError(f"{name} and code {code} are not the same authority", where=where, todo=CHECK_FILE)
        item = _LAIT_ITEMS[row["Short Desc"]]
        text = _LAIT_SYMBOLS.get(row["Values"], row["Values"])
        yield _Line(number, _period(row["Years"], "year", where), place, [(item, text, "Values")])


_SINGLE_FILES: dict[str, tuple[str, Callable[[Source, bytes, Register, Contradictions], Iterator[_Line]]]] = {
    "sen2_extract": (_ALL_PLANS, _extract),
    "sen2_appeals": ("appeals", _appeal_rates),
    "lait": ("lait", _lait),
}
#: Layouts of the catalogue that this module loads.
LAYOUTS = ("sen2_statements_and_plans", "sen2_caseload", *_SINGLE_FILES)
