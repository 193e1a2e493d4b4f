"""The tables of the SEN2 returns against printed figures, sums, and (marked raw) cells of the files, by csv alone."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
from published_tables import rows_of

Key = tuple[str, ...]

#: Printed in the releases: table, period, area, item, value. The 2026 release where the period is 2025 or January 2026.
PRINTED = [
    ("placements", "2026", "", "total", "718838"),
    ("placements", "2026", "", "special_independent", "35569"),
    ("placements", "2019", "", "total", "353995"),
    ("placements", "2026", "921", "total", "x"),
    ("requests", "2025", "", "received", "162702"),
    ("requests", "2025", "", "not_assess", "43289"),
    ("requests", "2021", "", "received", "93302"),
    ("timeliness", "2025", "", "within_20_weeks", "46498"),
    ("timeliness", "2025", "", "issued", "102203"),
    ("new_plans", "2021", "", "ehc_plan", "62180"),
    ("primary_need", "2025", "", "asd", "201183"),
    ("ceased_plans", "2022", "", "total", "34724"),
    ("annual_reviews", "2024", "", "within_4_weeks", "154924"),
    ("appeals", "2024", "", "appeals", "22276"),
    ("appeals", "2024", "", "decisions", "689739"),
    ("appeals", "2024", "", "decisions_in_development", "364912"),
    ("appeals", "2025", "", "decisions_in_development", "405735"),
    ("appeals", "2024", "891", "appeals", "184"),
    ("appeals", "2024", "892", "appeals", "52"),
    ("appeals", "2014", "928", "decisions", "4248"),
    ("appeals", "2018", "837", "appeals", "20"),
    ("appeals", "2024", "873", "appeals", "left_out"),
    ("appeals", "2025", "823", "decisions_in_development", "left_out"),
    ("new_plans", "2022", "370", "total", "left_out"),
    ("new_plans", "2022", "370", "mainstream_total", "254"),
    ("lait", "2024", "891", "appeal_rate_pct", "3.1"),
    ("lait", "2024", "873", "appeal_rate_pct", "left_out"),
]


COUNTS = (
    "placements", "new_plans", "requests", "assessments", "timeliness", "primary_need", "ceased_plans",
    "annual_reviews",
)  # fmt: skip


def printed(row: dict[str, str]) -> str:
    return row["value"] or row["status"]


def period_of(row: dict[str, str]) -> str:
    return next(iter(row.values()))


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, str]]]:
    return {table: rows_of(table) for table in {table for table, *_ in PRINTED} | {"assessments"}}


@pytest.mark.parametrize("figure", PRINTED)
def test_printed_figures(tables: dict[str, list[dict[str, str]]], figure: tuple[str, str, str, str, str]) -> None:
    table, period, area, item, value = figure
    found = {
        printed(row)
        for row in tables[table]
        if (period_of(row), row["item"], row["la_code"]) == (period, item, area) and not row["region_code"]
    }
    assert found == {value}


def test_rates_that_are_printed_beside_the_counts(tables: dict[str, list[dict[str, str]]]) -> None:
    """England 2025: 45.5% within 20 weeks, 26.6% of requests refused."""
    for table, part, whole, pct in (
        ("timeliness", "within_20_weeks", "issued", 45.5),
        ("requests", "not_assess", "received", 26.6),
    ):
        values = {
            row["item"]: int(row["value"])
            for row in tables[table]
            if (row["calendar_year"], row["geographic_level"]) == ("2025", "national")
        }
        assert round(100 * values[part] / values[whole], 1) == pct


#: Counts of regions that are not the sum of their authorities though none of those is missing: printed so.
UNEQUAL = {
    ("primary_need", "2025", "2025", need, "E12000008"): numbers
    for need, numbers in {
        "sld": (4_042, 3_386), "spld": (2_520, 3_176), "semh": (22_292, 22_293), "slcn": (21_909, 21_908),
    }.items()
}  # fmt: skip


def test_authorities_add_up_to_their_regions_and_regions_to_england(tables: dict[str, list[dict[str, str]]]) -> None:
    """England in every count; regions in every count of which no authority is missing, but for those listed."""
    region_of = {row["la_code"]: row["region_code"] for row in rows_of("authorities")}
    unequal: dict[Key, tuple[int, int]] = {}
    compared = [0, 0]
    for table in COUNTS:
        whole: dict[Key, int] = {}
        parts: dict[Key, int] = defaultdict(int)
        missing: set[Key] = set()
        for row in tables[table]:
            of_england = (table, period_of(row), row["release"], row["item"], "")
            of_region = (*of_england[:-1], row["region_code"] or region_of.get(row["la_code"], ""))
            if row["geographic_level"] != "local_authority" and row["value"]:
                whole[of_region] = int(row["value"])
            if row["geographic_level"] == "regional" and row["value"]:
                parts[of_england] += int(row["value"])
            if row["geographic_level"] == "local_authority":
                parts[of_region] += int(row["value"] or 0)
                missing |= set() if row["value"] else {of_region}
        for key, value in whole.items():
            compared[key[-1] != ""] += key not in missing
            if key not in missing and parts[key] != value:
                unequal[key] = (value, parts[key])
    assert unequal == UNEQUAL
    assert compared == [779, 6_581]


@pytest.mark.parametrize("release", ["2025", "2026"])
def test_appeals_add_up_to_england_with_the_two_that_are_left_out(
    tables: dict[str, list[dict[str, str]]], release: str
) -> None:
    """Central Bedfordshire and Cambridgeshire, whichever is which: 8 and 85 appeals in 2014, 140 and 169 in 2024."""
    short: dict[str, int] = defaultdict(int)
    for row in tables["appeals"]:
        if row["release"] == release and row["item"] == "appeals" and row["value"]:
            short[row["calendar_year"]] += int(row["value"]) * (1 if row["geographic_level"] == "national" else -1)
    expected = {
        "2025": {"2014": 8 + 85, "2019": 50 + 98, "2024": 140 + 169},
        "2026": {"2024": 140 + 169, "2025": 150 + 145},
    }
    assert {year: short[year] for year in expected[release]} == expected[release]


def test_two_definitions_of_the_appeal_rate_are_apart(tables: dict[str, list[dict[str, str]]]) -> None:
    england = {
        row["item"]: int(row["value"])
        for row in tables["appeals"]
        if (row["calendar_year"], row["release"], row["geographic_level"]) == ("2024", "2025", "national")
    }
    assert round(100 * england["appeals"] / england["decisions"], 1) == 3.2
    assert round(100 * england["appeals"] / england["decisions_in_development"], 1) == 6.1


def test_the_tool_and_the_releases_agree_on_plans_and_requests(tables: dict[str, list[dict[str, str]]]) -> None:
    """1,064 and 912 figures of authorities, as the manifest of the published files counted; 3 missing in both."""
    for item, table, name, expected in (
        ("plans", "placements", "total", 1_064),
        ("requests", "requests", "received", 912 - 3),
    ):
        tool = {
            (row["year"], row["la_code"]): float(row["value"])
            for row in tables["lait"]
            if row["item"] == item and row["la_code"] and row["value"]
        }
        release = {
            (period_of(row), row["la_code"]): float(row["value"])
            for row in tables[table]
            if row["item"] == name and row["la_code"] and row["value"] and row["release"] == "2025"
        }
        both = tool.keys() & release.keys()
        different = [key for key in both if tool[key] != release[key]]
        assert (len(both), different) == (expected, [])


NAMED = {
    "special_la_maintained": "special_la_maintained", "fe_total": "fe_total", "ehcplans": "total",
    "await_prov_2022": "awaiting_provision", "placement_unknown": "placement_unknown",
}  # fmt: skip
FILES = [
    ("sen2/education-health-and-care-plans_2025.zip", "data/caseload.csv", "placements", "2025", NAMED),
    ("sen2/placements_2026.csv", "", "placements", "2026", NAMED),
    ("sen2/education-health-and-care-plans_2025.zip", "data/requests.csv", "requests", "2025",
     {"requests_received_in_year": "received", "request_outcome_over_6_weeks": "over_6_weeks"}),
    ("sen2/education-health-and-care-plans_2022.zip", "data/sen2_mi.csv", "requests", "2022",
     {"InreqEHC": "received", "AssRefusedEHC": "not_assess"}),
    ("sen2/education-health-and-care-plans_2025.zip", "data/ceased_plans.csv", "ceased_plans", "2025",
     {"not_rec": "not_recorded", "other": "other", "he": "higher_education"}),
    ("sen2/timeliness_20_week_2025.csv", "", "timeliness", "2026",
     {"plans_issued_den_ex": "issued_ex", "plans_issued_gt_1_year": "over_52_weeks"}),
]  # fmt: skip


@pytest.mark.raw
@pytest.mark.parametrize("file", FILES)
def test_every_row_of_all_children_is_in_the_table_as_printed(
    raw: Path,
    tables: dict[str, list[dict[str, str]]],
    file: tuple[str, str, str, str, dict[str, str]],
) -> None:
    path, member, table, release, columns = file
    content = (raw / path).read_bytes()
    if member:
        content = zipfile.ZipFile(io.BytesIO(content)).read(member)
    expected: dict[Key, str] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        if not row.get("breakdown_topic", "All").startswith("All"):
            continue
        label = row["time_period"]
        period = str(int(label[:4]) + 1) if len(label) == 6 else label
        for column, item in columns.items():
            expected[
                period, row["region_code"] if row["geographic_level"] == "Regional" else "", row["old_la_code"], item
            ] = row[column]
    found = {
        (period_of(row), row["region_code"], row["la_code"], row["item"]): printed(row)
        for row in tables[table]
        if row["release"] == release and row["item"] in columns.values()
    }
    assert len(found) > 300
    assert found == expected


@pytest.mark.raw
def test_every_appeal_of_the_tribunals_file_is_of_the_authority_that_it_names(
    raw: Path, tables: dict[str, list[dict[str, str]]]
) -> None:
    archive = zipfile.ZipFile(raw / "sen2/education-health-and-care-plans_2025.zip")
    text = archive.read("supporting-files/SEND Tribunals and appeal rate 2014-2024.csv").decode("utf-8-sig")
    names = {
        name.casefold(): row["la_code"]
        for row in rows_of("authorities")
        for name in (row["la_name"], *row["aliases"].split("|"))
    }
    own = {  # codes that are wrong in the file or missing, by name
        "Northamptonshire7": "928", "Nottingham": "892", "Nottinghamshire": "891",
        "Bournemouth5": "837", "Poole5": "836",
    }  # fmt: skip
    found = {
        (row["la_code"], row["calendar_year"]): printed(row)
        for row in tables["appeals"]
        if row["item"] == "appeals" and row["release"] == "2025"
    }
    seen = 0
    for row in list(csv.reader(io.StringIO(text)))[5:]:
        code = own.get(row[0], row[1])
        if not re.fullmatch(r"\d{3}", code) or code in ("823", "873"):
            continue
        plain = re.sub(r"\d+$", "", row[0]).casefold()
        assert names[plain] == code, row[0]
        for place, year in enumerate(range(2014, 2025)):
            cell = row[2 + 3 * place].strip().replace(",", "")
            # The row of Dorset holds the former authority until 2018.
            own_code = "835" if code == "838" and year < 2019 else code
            assert found[own_code, str(year)] == {"-": "0", "": ":"}.get(cell, cell), (row[0], year)
            seen += 1
    assert seen == 155 * 11
