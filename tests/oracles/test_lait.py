"""The local authority interactive tool agrees with the SEN2 returns: read from `data/tidy`, without hnf.

Percentages of the tool are worked out again from the counts of the returns, to the one decimal that is printed; appeal
rates from the tribunal's file by its names, since its codes of two authorities are crossed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

TIDY = Path(__file__).parent.parent.parent / "data" / "tidy"
Key = tuple[int, str]  # year and area
Counts = dict[Key, dict[str, float]]


def rows_of(table: str) -> list[dict[str, str]]:
    with (TIDY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def area_of(row: dict[str, str]) -> str:
    return row["la_code"] or row["region_code"] or "england"


@cache
def counts_of(table: str, release: str) -> Counts:
    """Return the printed numbers of one release, by year and area and by item."""
    found: Counts = {}
    for row in rows_of(table):
        if row["release"] == release:
            numbers = found.setdefault((int(next(iter(row.values()))), area_of(row)), {})
            if row["value"]:
                numbers[row["item"]] = float(row["value"])
    return found


TOOL = counts_of("lait", "2026")


def compared(table: str, release: str, item: str, work_out: Callable[[dict[str, float]], float]) -> list[float]:
    """Return the tool's figure minus the return's for every area and year of which both hold one."""
    differences = []
    for key, counts in counts_of(table, release).items():
        try:
            other = work_out(counts)
        except (KeyError, ZeroDivisionError):
            continue
        if item in TOOL.get(key, {}):
            differences.append(TOOL[key][item] - other)
    return differences


def test_january_cases_are_equal_in_all_comparisons() -> None:
    """1,064 of authorities, 63 of regions and 7 of England: January 2019 to 2025."""
    differences = compared("placements", "2025", "plans", lambda row: row["total"])
    assert len(differences) == 1064 + 63 + 7
    assert not any(differences)


def test_requests_are_equal_in_all_comparisons() -> None:
    """Of 912 rows of authorities, 2019 to 2024, 909 have a figure: three of 2023 are withheld in both."""
    printed = {
        (int(row["calendar_year"]), row["la_code"]): row["value"]
        for row in rows_of("requests")
        if (row["release"], row["item"], row["geographic_level"]) == ("2025", "received", "local_authority")
    }
    withheld = {key for key, value in printed.items() if not value}
    assert len(printed) == 912
    assert withheld == {(2023, "204"), (2023, "856"), (2023, "921")}
    assert not any("requests" in TOOL[key] for key in withheld)
    differences = compared("requests", "2025", "requests", lambda row: row["received"])
    assert len(differences) == 909 + 54 + 6
    assert not any(differences)


def pct(part: str, whole: str) -> Callable[[dict[str, float]], float]:
    return lambda row: 100 * row[part] / row[whole]


@pytest.mark.parametrize(
    ("table", "release", "item", "work_out", "count"),
    [
        ("requests", "2022", "refused_pct", pct("not_assess", "received"), 969),
        ("requests", "2025", "refused_pct", pct("not_assess", "received"), 967),
        ("timeliness", "2022", "within_20_weeks_pct", pct("within_20_weeks", "issued"), 969),
        ("timeliness", "2025", "within_20_weeks_pct", pct("within_20_weeks", "issued"), 963),
        ("timeliness", "2022", "within_20_weeks_ex_pct", pct("within_20_weeks_ex", "issued_ex"), 967),
        ("timeliness", "2025", "within_20_weeks_ex_pct", pct("within_20_weeks_ex", "issued_ex"), 961),
        ("assessments", "2025", "assessments", lambda row: row["completed"], 484),
    ],
)
def test_percentages_are_those_of_the_counts_to_the_printed_decimal(
    table: str, release: str, item: str, work_out: Callable[[dict[str, float]], float], count: int
) -> None:
    """2016 to 2021 against the 2022 release, 2019 to 2024 against that of 2025."""
    differences = compared(table, release, item, work_out)
    assert len(differences) == count
    assert max(map(abs, differences)) < 0.0501


@pytest.mark.parametrize("part", ["issued", "not_issued"])
def test_plans_issued_in_the_tool_are_percentages_of_assessments(part: str) -> None:
    """City of London 2024: 5 assessments, 100 (%) with a plan. The tool holds no count of them."""
    item = next(item for item in (f"{part}_pct", part) if item in TOOL[2024, "201"])
    differences = compared("assessments", "2025", item, pct(part, "completed"))
    assert len(differences) == 483
    assert max(map(abs, differences)) < 0.0501


def test_appeal_rates_follow_the_definition_until_2024_and_regions_are_pooled() -> None:
    """Appeals over all decisions, plans in place included; a region's rate is no mean of authorities' rates."""
    differences = compared("appeals", "2025", "appeal_rate_pct", pct("appeals", "decisions"))
    assert len(differences) == 1355  # not those of the former Dorset, which the tool has under the new one's code
    assert max(map(abs, differences)) < 0.0501
    region_of = {row["la_code"]: row["region_code"] for row in rows_of("authorities")}
    off = set()
    pooled_regions = 0
    for year in range(2016, 2025):
        for region in sorted({code for code in region_of.values() if code and code != "E12000006"}):
            parts = [
                counts
                for key, counts in counts_of("appeals", "2025").items()
                if key[0] == year and region_of.get(key[1]) == region and {"appeals", "decisions"} <= set(counts)
            ]
            pooled = 100 * sum(row["appeals"] for row in parts) / sum(row["decisions"] for row in parts)
            pooled_regions += 1
            if abs(TOOL[year, region]["appeal_rate_pct"] - pooled) > 0.0501:
                off.add((year, region))
    assert pooled_regions == 72
    # 85 appeals of Northamptonshire, closed in 2021, are counted without a decision.
    assert off == {(2021, "E12000004")}


def test_a_dash_in_the_pupils_file_is_an_authority_that_did_not_exist() -> None:
    """The dash stands for no zero there, and for nothing withheld: 60 in each of the two measures."""
    register = {row["la_code"]: row for row in rows_of("authorities")}
    dashes = 0
    for row in rows_of("lait"):
        if row["item"] in ("pupils_with_plans_pct", "sen_support_pct") and not row["value"]:
            dashes += 1
            authority, year = register[row["la_code"]], int(row["year"])
            is_closed = bool(authority["closed"]) and int(authority["closed"][:4]) < year
            is_new = authority["opened"] > f"{year}-01"
            # Cumbria and Northamptonshire close, and their successors open, in the April of the year.
            assert row["status"] == ":", row  # a dash in the file, which a spreadsheet would run as a formula
            assert is_closed or is_new or authority["closed"][:4] == str(year), row
    assert dashes == 120
