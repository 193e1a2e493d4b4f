"""Loader of the SEN2 releases: plans, where children are placed, requests, waits, needs, reviews and appeals.

Until January 2018 the count of need is statements and EHC plans together (statements were converted from 2014 to 2018).
The 2022 release holds January 2010 to 2022, the 2025 release January 2019 to 2025, extracts some data sets of the 2026
release. The collection changed from aggregates to persons in 2023. Revised counts are kept apart by `release`, and
counts by age go to a table of their own. Of each data set the rows of all children are loaded, and every column of
counts; percentages, which can be recomputed, are not. What is odd in a return is in `data/sen2_returns.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hnf.errors import SourceError, UsageError
from hnf.paths import data_folder
from hnf.sources.catalogue import Source
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import clean, member_names, plain_number, read_member
from hnf.sources.workbooks.read import CHECK_FILE, first_row, read_csv, read_csv_rows
from hnf.tables.schema import LEFT_OUT, RETURN_SYMBOLS, SEN2_ITEMS, SYMBOLS, TABLES
from hnf.years import January

_LEVELS = {"National": "national", "Regional": "regional", "Local authority": "local_authority"}
_PLACE = ("geographic_level", "region_code", "old_la_code")
_TOTAL = "total"
_AGES = "Child or young persons age"
_ALL_PLANS, _BY_AGE = "ehc_plans", "ehc_plans_by_age"
_RETURNS = "sen2_returns.toml"
#: The symbols that these files print, beside those of all files.
_PRINTED = {*SYMBOLS, *RETURN_SYMBOLS} - {LEFT_OUT}


@dataclass(frozen=True)
class _DataSet:
    """One table of a release: its file, which columns of it are which items, and which rows are of all children.

    Headings are found whatever their case. {this} and {next} in one are the last two digits of the calendar year that
    the release is about and of the next. A column of `optional` may be missing, one of `signed` below zero.
    """

    table: str
    member: str
    items: dict[str, str]
    only: tuple[str, tuple[str, ...]] | None = None
    period: str = "year"
    age: Callable[[dict[str, str]], str] | None = None
    optional: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    #: Printed totals, and the items that add up to each: the beginning of their names, or the names.
    sums: dict[str, str | tuple[str, ...]] = field(default_factory=dict)


_AGED_COLUMNS = {"Total_st": "statement", "Total_ehc": "ehc_plan", "Total_all": _TOTAL}
_MI = "data/sen2_mi.csv"
_SETTINGS = {
    {"awaiting_provision": "await_prov_2022", "permanently_excluded": "perm_ex_2022"}.get(item, item): item
    for item in SEN2_ITEMS["placements"]
    if item != _TOTAL
}
_SPLIT = frozenset({"special_academy_free", "special_academy", "special_free_school"})
_SETTING_SUMS: dict[str, str | tuple[str, ...]] = {
    "mainstream_total": "mainstream_",
    "special_total": "special_",
    "ap_pru_total": "ap_pru_",
    "fe_total": ("general_fe_tertiary_colleges", "specialist_post_16_institutions", "ukrlp_provider"),
}
_REQUEST_COLUMNS = {
    "requests_received_in_year": "received", "requests_rya": "in_youth_accommodation",
    "requests_decided_to_assess": "assess", "requests_decided_not_to_assess": "not_assess",
    "requests_decision_not_made": "undecided", "requests_withdrawn": "withdrawn",
    "request_outcome_six_weeks": "within_6_weeks", "request_outcome_over_6_weeks": "over_6_weeks",
    "mediation_related_request": "mediation", "tribunal_related_request": "tribunal",
    "tribunal_after_mediation_request": "tribunal_after_mediation",
}  # fmt: skip
_ASSESSMENT_COLUMNS = {
    "assess_in_year": "completed", "assess_issued": "issued", "assess_not_issued": "not_issued",
    "assess_not_made": "undecided", "assess_withdrawn": "withdrawn",
    "outcome_decision_within_time": "refusal_within_16_weeks", "outcome_decision_over_time": "refusal_over_16_weeks",
    "number_assess_mediation": "mediation", "number_assess_tribunal": "tribunal",
    "number_asssess_mediation_tribunal": "tribunal_after_mediation", "number_other_mediation": "other_mediation",
    "number_other_tribunal": "other_tribunal", "number_other_mediation_tribunal": "other_tribunal_after_mediation",
}  # fmt: skip
_WEEKS_COLUMNS = {
    "plans_issued_den": "issued", "plans_issued_den_ex": "issued_ex",
    "plans_issued_within_20_weeks": "within_20_weeks", "plans_issued_20_weeks_ex": "within_20_weeks_ex",
    "plans_issued_gt20weeks_ltyear": "weeks_20_to_52", "plans_issued_gt20weeks_ltyear_ex": "weeks_20_to_52_ex",
    "plans_issued_gt_1_year": "over_52_weeks", "plans_issued_gt_1_year_ex": "over_52_weeks_ex",
}  # fmt: skip
_CEASED_COLUMNS = {
    "total_ceased": _TOTAL, "max_age": "max_age", "needs_met": "needs_met", "he": "higher_education",
    "employ": "employment", "transfer": "transfer", "no_engage": "no_engagement",
    # The guidance of the 2025 release has the words of the last two the other way round.
    "moved_outside_eng": "moved_outside_england", "deceased": "deceased", "not_rec": "not_recorded", "other": "other",
}  # fmt: skip
_REVIEW_COLUMNS = {
    "total_ehc_plans": "plans", "review_expected": "expected", "review_not_expected": "not_expected",
    "total_review_meeting": "meeting", "review_meeting_{this}": "meeting_in_year",
    "review_meeting_{next}": "meeting_after_year", "no_review_meeting": "no_meeting",
    "review_decision{this}": "decided_in_year", "review_decision{next}": "decided_after_year",
    "review_decision_prior{this}": "decided_before_year", "review_decision_not_due": "decision_not_due",
    "review_decision_outstanding": "decision_outstanding", "outcome_amend": "amend", "outcome_cease": "cease",
    "outcome_maintan": "maintain", "no_outcome": "no_outcome", "number_decsion_4weeks": "within_4_weeks",
    "number_decision_gt_4weeks": "over_4_weeks",
}  # fmt: skip
_NEED_COLUMNS = {
    {_TOTAL: "ehc_plans", "unknown": "number_need_unknown"}.get(item, f"number_{item}"): item
    for item in SEN2_ITEMS["primary_need"]
}
_BREAKDOWN = "breakdown_topic"


def _all_of(*topics: str) -> tuple[str, tuple[str, ...]]:
    return _BREAKDOWN, topics


_CASELOAD, _NO_AGE = "data/caseload.csv", ("characteristic_age", ("Total",))
#: Data sets of the releases, by layout: statements and plans (until 2022), and single persons.
_DATA_SETS: dict[str, tuple[_DataSet, ...]] = {
    "sen2_statements_and_plans": (
        _DataSet(
            _ALL_PLANS,
            "data/sen2_age_caseload.csv",
            _AGED_COLUMNS,
            period="january",
            age=lambda row: row["characteristic_age"].casefold(),
        ),
        _DataSet(
            "new_plans",
            "data/sen2_age_new_plans.csv",
            {"Total_new_all": _TOTAL, "Total_new_st": "statement", "Total_new_ehc": "ehc_plan"},
            _NO_AGE,
        ),
        _DataSet(
            "requests",
            _MI,
            {"InreqEHC": "received", "InreqryaEHC": "in_youth_accommodation", "AssRefusedEHC": "not_assess"},
        ),
        _DataSet(
            "assessments", _MI, {"NewallEHC": "issued", "AssnoneEHC": "not_issued", "AssnodecisionEHC": "undecided"}
        ),
        _DataSet(
            "timeliness",
            _MI,
            {"TotIncExcEHC": "issued", "IncExc20weekEHC": "within_20_weeks"}
            | {"TotNoExcEHC": "issued_ex", "NoExc20weekEHC": "within_20_weeks_ex"},
        ),
    ),
    "sen2_caseload": (
        _DataSet(
            _ALL_PLANS,
            _CASELOAD,
            {"ehcplans": _TOTAL},
            _all_of("All EHC plans", _AGES),
            "academic_year",
            lambda row: row["breakdown"].casefold() if row[_BREAKDOWN] == _AGES else _TOTAL,
        ),
        _DataSet(
            "placements",
            _CASELOAD,
            {"ehcplans": _TOTAL, **_SETTINGS},
            _all_of("All EHC plans"),
            "academic_year",
            optional=_SPLIT,
            sums=_SETTING_SUMS,
        ),
        _DataSet(
            "new_plans",
            "data/newplans.csv",
            {"new_ehc_plans": _TOTAL, **_SETTINGS},
            _all_of("New EHC plans"),
            optional=_SPLIT,
            sums=_SETTING_SUMS,
        ),
        _DataSet(
            "requests",
            "data/requests.csv",
            _REQUEST_COLUMNS,
            _all_of("All requests for EHC needs assessments", "All requests for an EHC needs assessment"),
            sums={"received": ("assess", "not_assess", "undecided", "withdrawn")},
        ),
        _DataSet("assessments", "data/assessments.csv", _ASSESSMENT_COLUMNS, _all_of("All EHC needs assessments")),
        _DataSet(
            "timeliness",
            "data/timeliness_20_week.csv",
            _WEEKS_COLUMNS,
            _all_of("All EHC plans issued", "All EHC plans"),
        ),
        _DataSet(
            "primary_need",
            "data/sen_needs_all_plans.csv",
            _NEED_COLUMNS,
            _all_of("All EHC plans"),
            "academic_year",
            sums={_TOTAL: ""},
        ),
        _DataSet(
            "ceased_plans",
            "data/ceased_plans.csv",
            _CEASED_COLUMNS,
            _all_of("All ceased EHC plans"),
            sums={_TOTAL: ""},
        ),
        _DataSet(
            "annual_reviews",
            "data/annual_reviews.csv",
            _REVIEW_COLUMNS,
            _all_of("All annual reviews"),
            signed=frozenset({"no_outcome", "decision_outstanding"}),
            sums={
                "plans": ("expected", "not_expected"),
                "expected": ("meeting", "no_meeting"),
                "meeting": ("amend", "cease", "maintain", "no_outcome"),
            },
        ),
        _DataSet("appeals", "supporting-files/SEND Tribunals and appeal rate 2014-20{this}.csv", {}),
    ),
}


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
    rows: dict[str, list[Row]] = {}
    if source.layout in _SINGLE_FILES:
        table, read = _SINGLE_FILES[source.layout]
        return _by_age(_rows(source, table, "", list(read(source, content, register))), table)
    for data_set in _DATA_SETS["sen2_caseload" if source.layout == _ONE_DATA_SET else source.layout]:
        if source.feeds and data_set.table not in source.feeds:
            continue
        member, text = _file(source, content, data_set)
        if text is None or (not source.feeds and data_set.table == "placements" and b"mainstream_total" not in text):
            continue
        is_tribunal = data_set.table == "appeals"
        found = _tribunal(source, text, register, member) if is_tribunal else None
        lines = list(found or _data_set(source, text, register, data_set, member))
        rows |= _by_age(_rows(source, data_set.table, member, lines, data_set), data_set.table)
    return rows


def _by_age(rows: list[Row], table: str) -> dict[str, list[Row]]:
    """Counts by age are a table apart."""
    if table != _ALL_PLANS:
        return {table: rows}
    return {
        _ALL_PLANS: [row for row in rows if row["age_group"] == _TOTAL],
        _BY_AGE: [row for row in rows if row["age_group"] != _TOTAL],
    }


def _file(source: Source, content: bytes, data_set: _DataSet) -> tuple[str, bytes | None]:
    """Return the member of an archive that holds a data set, and its text; a file by itself has no member."""
    main = source.detail.get("member", "")
    if not main:
        return "", content if source.layout == _ONE_DATA_SET or data_set.table == _ALL_PLANS else None
    # Files by age are known by the entry in the catalogue; the others lie beside them.
    member = (
        main
        if data_set.member in (_CASELOAD, "data/sen2_age_caseload.csv")
        else data_set.member.format(**_digits(source))
    )
    if not source.feeds and member not in member_names(source.id, content):
        return member, None
    return member, read_member(source.id, content, member)


def _digits(source: Source) -> dict[str, str]:
    """Return the last two digits of the year that a release is about, and of the next."""
    year = int(source.detail["release"])
    return {"this": f"{(year - 1) % 100:02}", "next": f"{year % 100:02}"}


def _rows(source: Source, table: str, member: str, lines: list[_Line], data_set: _DataSet | None = None) -> list[Row]:
    """Return the rows of a table, once no line is printed twice and none contradicts itself."""
    spec = TABLES[table]
    item_column, value_column = ("plan_type", "count") if "plan_type" in spec.columns else ("item", "value")
    signed = data_set.signed if data_set else frozenset()
    named = f"{source.id}, {member}" if member else source.id
    is_mixed = "unit" in spec.columns
    seen: set[tuple[Any, ...]] = set()
    rows: list[Row] = []
    for line in lines:
        shared = {spec.columns[0]: line.period, "release": source.detail["release"], **line.place}
        shared |= {"age_group": line.age} if value_column == "count" else {"sheet": member}
        of_line = []
        for item, text, column in line.cells:
            key = (line.period, *line.place.values(), line.age, item)
            if key in seen:
                raise SourceError(
                    f"{item} of this area and period is printed twice", where=f"{named}, line {line.number}"
                )
            seen.add(key)
            cell = f"line {line.number}, {column}"
            value, status = _value(text, f"{named}, {cell}", item in signed, is_mixed)
            row = {**shared, item_column: item, value_column: value, "status": status, "source_id": source.id}
            of_line.append({**row, **({"unit": _unit(item)} if is_mixed else {}), "cell": cell})
        if data_set and data_set.sums:
            _check_sums(data_set, line, {row["item"]: row["value"] for row in of_line}, named)
        rows += of_line
    return rows


def _unit(item: str) -> str:
    return "pct" if item.endswith("_pct") else "count"


def _value(text: str, where: str, is_signed: bool, is_mixed: bool) -> tuple[float | int | None, str]:
    """Return a count (or a percentage) and no symbol, or no number and the symbol."""
    if text.isascii() and text.isdigit():
        return int(text), ""
    if text in _PRINTED or text == LEFT_OUT:
        return None, text
    number = plain_number(text)
    if number is not None and (is_mixed or (is_signed and number.is_integer())):
        # The tool's data holds 1.8 as 1.7999999999999998.
        return (round(number, 9), "") if is_mixed else (int(number), "")
    todo = "Symbols are " + ", ".join(SYMBOLS) + "."
    raise SourceError(f"'{text}' is neither a count nor a symbol", where=where, todo=todo)


def _check_sums(data_set: _DataSet, line: _Line, values: dict[str, Any], named: str) -> None:
    """Parts must add up to their printed total; with a symbol among them they must not be more."""
    for total, parts in data_set.sums.items():
        if values[total] is None:
            continue
        names = parts if isinstance(parts, tuple) else [one for one in values if one.startswith(parts) and one != total]
        numbers = [values[name] for name in names if values[name] is not None]
        found = sum(numbers)
        if found > values[total] or (found < values[total] and len(numbers) == len(names)):
            if _is_noted(data_set.table, total, line):
                continue
            what = f"the parts of {total} add up to {found:,}, not to {values[total]:,}"
            todo = f"If the publisher prints it so, add a [[flag]] of kind note to data/{_RETURNS}."
            raise SourceError(what, where=f"{named}, line {line.number}", todo=todo)


def _is_noted(table: str, total: str, line: _Line) -> bool:
    """Whether a contradiction is known: of this authority, or of one that a region or England includes."""
    return any(
        table in flag["tables"]
        and total in flag["items"]
        and flag["kind"] == "note"
        and str(line.period) in flag["periods"]
        and line.place["la_code"] in ("", *flag["la_codes"])
        for flag in _returns().get("flag", [])
    )


@cache
def _returns() -> dict[str, list[dict[str, Any]]]:
    """Return what is odd in the returns, as the file has it."""
    return tomllib.loads((data_folder() / _RETURNS).read_text(encoding="utf-8"))


def _left_out(table: str, item: str) -> dict[str, str]:
    """Return the authorities whose printed figures of an item are left out, with the reason."""
    return {
        code: entry["words"]
        for entry in _returns().get("left_out", [])
        if entry["table"] == table and item in entry.get("items", [item])
        for code in entry["la_codes"]
    }


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


def _data_set(source: Source, text: bytes, register: Register, data_set: _DataSet, member: str) -> Iterator[_Line]:
    """Read a file in the layout that the releases share."""
    named = f"{source.id}, {member}" if member else source.id
    printed = {heading.casefold(): heading for heading in first_row(text)}
    wanted = {column.format(**_digits(source)): item for column, item in data_set.items.items()}
    columns = {
        printed.get(column.casefold(), column): item
        for column, item in wanted.items()
        if item not in data_set.optional or column.casefold() in printed
    }
    age = ("characteristic_age",) if data_set.age and not data_set.only else ("breakdown",) if data_set.age else ()
    topic = (data_set.only[0],) if data_set.only else ()
    required = ("time_period", *_PLACE, *topic, *age, *columns)
    places: dict[tuple[str, str, str], Row] = {}
    for number, row in read_csv(source.id, text, required, data_set.only):
        where = f"{named}, line {number}"
        key = (row["geographic_level"], row["region_code"], row["old_la_code"])
        if key not in places:
            places[key] = _place(*key, where, register)
        group = data_set.age(row) if data_set.age else _TOTAL
        cells = [(item, row[column], column) for column, item in columns.items()]
        if data_set.age:  # statements and plans apart on the rows of all ages only
            cells = [cell for cell in cells if _TOTAL in (group, cell[0])]
        yield _Line(number, _period(row["time_period"], data_set.period, where), places[key], cells, group)


def _extract(source: Source, content: bytes, register: Register) -> Iterator[_Line]:
    """Read the extract of plans by authority, which names regions and has no codes of them."""
    for number, row in read_csv(
        source.id, content, ("time_period", "geographic_level", "la_code", "la_name", "ehcplans")
    ):
        where = f"{source.id}, line {number}"
        region = register.region_codes.get(row["la_name"].casefold(), "")
        place = _place(row["geographic_level"], region, row["la_code"], where, register)
        period = _period(row["time_period"], "academic_year", where)
        yield _Line(number, period, place, [(_TOTAL, row["ehcplans"], "ehcplans")])


_APPEALS = re.compile(r"(appeals|appealable_decisions|appeal_rate_pct)_(20\d\d)")
_APPEAL_ITEMS = {"appeals": "appeals", "appealable_decisions": "decisions_in_development"}


def _appeal_rates(source: Source, content: bytes, register: Register) -> Iterator[_Line]:
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
                taken = LEFT_OUT if code in _left_out("appeals", item) else text
                yield _Line(number, int(found[2]), place, [(item, taken, column)])


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
#: A dash is printed where the rate is 0.00%, and a blank where nothing is said.
_TRIBUNAL_SYMBOLS = {"-": "0", "": ":"}
_ENGLAND, _WITHOUT = "England Total", "England total excluding suppressed"


def _tribunal(source: Source, text: bytes, register: Register, member: str) -> Iterator[_Line]:
    """Read the appeals of all years: two rows of headings, areas by name and code, some of the codes wrong.

    A code that `data/sen2_returns.toml` corrects must be printed as it says there: a publisher who mends it must not
    have it corrected twice. Every other disagreement of name and code stops the build.
    """
    named = f"{source.id}, {member}" if member else source.id
    rows = [(number, [clean(cell) for cell in cells]) for number, cells in read_csv_rows(source.id, text)[1]]
    start = next((place for place, (_, cells) in enumerate(rows) if cells[:2] == ["Local Authority", "LA code"]), None)
    if start is None:
        raise SourceError("no row begins with 'Local Authority', 'LA code'", where=named, todo=CHECK_FILE)
    columns = _tribunal_columns(rows[start][1], rows[start + 1][1], f"{named}, line {rows[start + 1][0]}")
    codes = {name.casefold(): code for name, code in register.la_code_of_name.items()}
    fixes = [one for one in _returns().get("correction", []) if (one["source"], one["member"]) == (source.id, member)]
    unused = {one["printed_name"]: one for one in fixes}
    for number, cells in rows[start + 2 :]:
        where, (name, code) = f"{named}, line {number}", cells[:2]
        if not any(cells[2:]) or name == _WITHOUT:
            continue  # a region, a note, or a total that is another sum
        if (fix := unused.pop(name, None)) is not None:
            if code != fix["printed_code"]:
                what = f"{name} is printed with code '{code}', not with '{fix['printed_code']}' as it was"
                raise SourceError(what, where=where, todo=f"Remove the [[correction]] from data/{_RETURNS}.")
            code = fix["la_code"]
        plain = _FOOTNOTES.sub("", name)
        level = ("National", "", "") if plain == _ENGLAND else ("Local authority", "", code)
        place = _place(*level, where, register)
        agrees = plain == _ENGLAND or codes.get(plain.casefold()) == code
        is_left_out = code in _left_out("appeals", "appeals")
        if agrees == is_left_out:
            what = f"{plain} and code {code} " + ("agree again" if agrees else "are not the same authority")
            todo = f"{'Remove' if agrees else 'See whether it belongs into'} the entries of data/{_RETURNS}."
            raise SourceError(what, where=where, todo=todo)
        for (period, item, column), cell in zip(columns, cells, strict=True):
            if item:
                found = _TRIBUNAL_SYMBOLS.get(cell, cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell)
                yield _Line(number, period, place, [(item, LEFT_OUT if is_left_out else found, column)])
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
    "EHCP_Initial_req_refused": "refused_pct", "SEN_INIT_REQ": "requests", "SEN_PLAN_ISSUED": "issued",
    "SEN_PLAN_NOT_ISSUED": "not_issued", "SEN_ASSESSMENT": "assessments", "SEN_CASES_JAN": "plans",
}  # fmt: skip
_LAIT_HEADINGS = ("Short Desc", "Years", "LA and Regions", "Values", "LA Number")
_LAIT_ENGLAND, _LAIT_LONDON = "England", ("London (Inner)", "London (Outer)")


def _lait(source: Source, content: bytes, register: Register) -> Iterator[_Line]:
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
        text = LEFT_OUT if code in _left_out("lait", item) else row["Values"]
        yield _Line(number, _period(row["Years"], "year", where), place, [(item, text, "Values")])


_ONE_DATA_SET = "sen2_data_set"
_SINGLE_FILES: dict[str, tuple[str, Callable[[Source, bytes, Register], Iterator[_Line]]]] = {
    "sen2_extract": (_ALL_PLANS, _extract),
    "sen2_appeals": ("appeals", _appeal_rates),
    "lait": ("lait", _lait),
}
#: Layouts of the catalogue that this module loads.
LAYOUTS = (*_DATA_SETS, *_SINGLE_FILES, _ONE_DATA_SET)
