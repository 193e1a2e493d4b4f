"""What is odd in the SEN2 returns is flagged, and the numbers in the flags are right: from `data/tidy`, without hnf."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parent.parent.parent / "data"
TABLES = ("placements", "new_plans", "requests", "assessments", "timeliness", "primary_need", "ceased_plans")
TABLES += ("annual_reviews", "appeals", "lait")
FLAGS: list[dict[str, Any]] = tomllib.loads((DATA / "sen2_returns.toml").read_text(encoding="utf-8"))["flag"]
KEYS = {"tables", "items", "measures", "periods", "la_codes", "kind", "words", "source"}


def read(table: str) -> dict[tuple[int, str], dict[str, int]]:
    """Return the counts of the latest release by period and area."""
    found: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    with (DATA / "tidy" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["release"])
    for row in rows:
        area = row["la_code"] or row["region_code"] or "england"
        numbers = found[(int(next(iter(row.values()))), area)]
        if row["value"]:
            numbers[row["item"]] = int(float(row["value"]))
    return dict(found)


COUNTS = {table: read(table) for table in TABLES}


def is_flagged(table: str, period: int, area: str, item: str) -> bool:
    return any(
        table in flag["tables"]
        and (not flag["items"] or item in flag["items"])
        and str(period) in flag["periods"]
        and area in flag["la_codes"]
        for flag in FLAGS
    )


def test_flags_are_whole_and_about_rows_that_are_there() -> None:
    assert len(FLAGS) > 150
    for flag in FLAGS:
        assert set(flag) - {"sums_differ"} == KEYS
        assert flag["kind"] in ("faulty", "partial", "recording", "note"), flag
        assert flag["words"].endswith(".")
        assert flag["source"]
        rows = {key for table in flag["tables"] for key in COUNTS[table]}
        items = {item for table in flag["tables"] for counts in COUNTS[table].values() for item in counts}
        assert set(flag["items"]) <= items, flag
        for code in flag["la_codes"]:
            assert any(area == code for _, area in rows), flag
        for period in flag["periods"]:
            assert any(year == int(period) for year, _ in rows), flag


def test_no_flag_is_written_twice() -> None:
    assert len({(flag["words"], *flag["periods"], *flag["la_codes"], *flag["items"]) for flag in FLAGS}) == len(FLAGS)


def odd_requests() -> set[tuple[str, int, str, str]]:
    """At least 100 requests with no more than one refusal, or with more than a fifth not decided; or none at all."""
    odd = set()
    for (year, area), row in COUNTS["requests"].items():
        if len(area) != 3 or "received" not in row:
            continue
        if row["received"] == 0 and COUNTS["requests"].get((year - 1, area), {}).get("received", 0) >= 100:
            odd.add(("requests", year, area, "received"))
        if row["received"] >= 100 and row["not_assess"] <= 1:
            odd.add(("requests", year, area, "not_assess"))
        if row["received"] >= 100 and row.get("undecided", 0) > 0.2 * row["received"]:
            odd.add(("requests", year, area, "undecided"))
    return odd


def odd_plans_and_weeks() -> set[tuple[str, int, str, str]]:
    """Totals of a region printed by its authorities; plans in no band of weeks; all plans classed as exceptions."""
    odd = set()
    totals = [row["total"] for (_, area), row in COUNTS["new_plans"].items() if len(area) > 3 and "total" in row]
    for (year, area), row in COUNTS["new_plans"].items():
        if len(area) == 3 and row.get("total", 0) > 3000 and row["total"] in totals:
            odd.add(("new_plans", year, area, "total"))
    for (year, area), row in COUNTS["timeliness"].items():
        if len(area) != 3 or "issued" not in row:
            continue
        bands = ("within_20_weeks", "weeks_20_to_52", "over_52_weeks")
        in_bands = sum(row.get(name, row["issued"]) for name in bands)
        if row["issued"] >= 100 and row["issued"] - in_bands > 0.04 * row["issued"]:
            odd.add(("timeliness", year, area, "within_20_weeks"))
        if row["issued"] >= 50 and row.get("issued_ex") == 0:
            odd.add(("timeliness", year, area, "within_20_weeks_ex"))
    for year, area in COUNTS["assessments"]:
        issued = COUNTS["assessments"][year, area].get("issued", 0)
        if len(area) == 3 and issued >= 100 and issued == COUNTS["requests"].get((year, area), {}).get("received"):
            copied = "assessments" if is_flagged("assessments", year, area, "issued") else "requests"
            odd.add((copied, year, area, "issued" if copied == "assessments" else "received"))
    return odd


def odd_reviews_and_appeals() -> set[tuple[str, int, str, str]]:
    """Reviews with hardly an outcome or a time, counts below zero; decisions less than half of the year beside."""
    odd = set()
    for (year, area), row in COUNTS["annual_reviews"].items():
        if len(area) == 3 and row.get("meeting", 0) > 100:
            if row["within_4_weeks"] + row["over_4_weeks"] < 0.2 * row["meeting"]:
                odd.add(("annual_reviews", year, area, "within_4_weeks"))
            if row["no_outcome"] > 0.9 * row["meeting"] or row["no_outcome"] < 0:
                odd.add(("annual_reviews", year, area, "no_outcome"))
    for (year, area), row in COUNTS["appeals"].items():
        for other in (year - 1, year + 1):
            for item in ("decisions", "decisions_in_development"):
                beside = COUNTS["appeals"].get((other, area), {}).get(item, 0)
                if len(area) == 3 and item in row and 100 < 2 * row[item] <= beside and area != "921":
                    odd.add(("appeals", year, area, item))
    return odd


@pytest.mark.parametrize(
    ("find", "at_least"), [(odd_requests, 70), (odd_plans_and_weeks, 5), (odd_reviews_and_appeals, 30)]
)
def test_whatever_is_odd_in_the_same_way_is_flagged(find: Any, at_least: int) -> None:
    odd = find()
    assert len(odd) >= at_least
    assert {one for one in odd if not is_flagged(*one)} == set()


def test_numbers_in_words_are_those_of_the_authority() -> None:
    """In computed flags about one authority each count is printed, or a total minus its bands of weeks."""
    seen = 0
    for flag in FLAGS:
        if "computed" not in flag["source"] or len(flag["la_codes"]) != 1 or len(flag["la_codes"][0]) != 3:
            continue
        area = flag["la_codes"][0]
        rows = [row for table in TABLES for (_, code), row in COUNTS[table].items() if code == area]
        known = {abs(value) for row in rows for value in row.values()}
        known |= {row.get("within_4_weeks", 0) + row.get("over_4_weeks", 0) for row in rows}
        bands = ("within_20_weeks", "weeks_20_to_52", "over_52_weeks")
        known |= {row.get("issued", 0) - sum(row.get(name, 0) for name in bands) for row in rows}
        known |= {sum(v for k, v in row.items() if k.endswith(("_senunit", "_resourced_provision"))) for row in rows}
        words = re.sub(r"\(\d+\.\d%\)|(January|of|in|for) 20\d\d\b|20 weeks", "", flag["words"])
        for number in re.findall(r"\d[\d,]*", words):
            seen += 1
            assert int(number.strip(",").replace(",", "")) in known, (number, flag["words"])
    assert seen > 250


def test_percentages_in_words_are_those_of_their_counts() -> None:
    seen = 0
    for flag in FLAGS:
        for pattern, order in (
            (r"([\d,]+) of ([\d,]+) requests of \d{4} \(([\d.]+)%\)", (0, 1, 2)),
            (r"among ([\d,]+) requests of .*?; ([\d,]+) \(([\d.]+)%\) were not decided", (1, 0, 2)),
        ):
            for found in re.findall(pattern, flag["words"]):
                part, whole, pct = (float(found[place].replace(",", "")) for place in order)
                assert abs(100 * part / whole - pct) <= 0.0501, flag["words"]
                seen += 1
    assert seen > 25


def test_numbers_about_regions_and_england() -> None:
    """What a flag says of totals, added up by hand."""

    def authorities(table: str, year: int, item: str) -> int:
        return sum(
            row.get(item, 0) for (period, area), row in COUNTS[table].items() if period == year and len(area) == 3
        )

    placements, weeks, appeals = COUNTS["placements"], COUNTS["timeliness"], COUNTS["appeals"]
    unknown = placements[2025, "england"]["placement_unknown"]
    assert unknown - authorities("placements", 2025, "placement_unknown") == 9679 == 8007 + 1672
    settings = ("mainstream_total", "special_total", "ap_pru_total", "fe_total", "ed_elsewhere", "nm_early_years")
    for area, residual in (("E12000006", 459), ("E12000007", 3186), ("england", 3645)):
        row = placements[2024, area]
        assert row["total"] - sum(row[name] for name in (*settings, "placement_unknown")) == residual
    for area in ("E12000003", "england"):
        row = COUNTS["new_plans"][2022, area]
        assert row["total"] - sum(row[name] for name in (*settings, "placement_unknown")) == 350
    england = weeks[2022, "england"]
    assert england["issued"] - authorities("timeliness", 2022, "issued") == 871
    assert england["within_20_weeks"] == authorities("timeliness", 2022, "within_20_weeks")
    assert round(100 * england["within_20_weeks"] / england["issued"], 1) == 47.7
    assert round(100 * england["within_20_weeks"] / (england["issued"] - 871), 1) == 48.3
    for year, withheld, printed, without in ((2024, 1505, 6.1, 5.7), (2025, 337, 6.6, 6.6)):
        row = appeals[year, "england"]
        missing = [
            counts["appeals"]
            for (period, area), counts in appeals.items()
            if period == year and "appeals" in counts and "decisions_in_development" not in counts
        ]
        assert sum(missing) == withheld
        assert round(100 * row["appeals"] / row["decisions_in_development"], 1) == printed
        assert round(100 * (row["appeals"] - withheld) / row["decisions_in_development"], 1) == without
