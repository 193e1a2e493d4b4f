"""England is the sum of its regions and a region that of its authorities, in every table of the SEN2 returns.

Each sum is added up here from `data/tidy`, without hnf. What does not agree is listed in `data/sen2_sums.csv`, with the
reason; `python tests/oracles/test_sen2_sums.py > new.csv` lists it anew for that file and leaves the reason of a new
difference to be written. `docs/need-sums.md` is made of the list by `python docs/render_need_sums.py`.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))

from render_need_sums import describe_sums  # noqa: E402 - the generator of a page lies beside the page

TABLES = ("placements", "new_plans", "requests", "assessments", "timeliness", "primary_need", "ceased_plans")
TABLES += ("annual_reviews", "appeals")
LISTED = ROOT / "data" / "sen2_sums.csv"
COLUMNS = ["table", "period", "release", "item", "area", "printed", "sum", "difference", "missing", "why"]
KEY = COLUMNS[:5]
REASONS = {"withheld", "withheld, and contradictory", "left out here", "withheld, and left out here"}
REASONS |= {"total of the region", "corrected afterwards"}

Rows = list[dict[str, str]]


def rows_of(name: str) -> Rows:
    with (ROOT / "data" / "tidy" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sums_of(table: str) -> tuple[Rows, int]:
    """Return each sum that differs from the printed total, with the authorities withheld, and how many were made."""
    register = {row["la_code"]: row for row in rows_of("authorities")}
    printed: dict[tuple[str, ...], str] = {}
    parts: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)  # without areas that are no authority then
    rows = rows_of(table)
    has_regions = {(row["release"]) for row in rows if row["geographic_level"] == "regional"}
    period = next(iter(rows[0]))
    for row in rows:
        what = (row[period], row["release"], row["item"])
        if row["geographic_level"] == "national":
            printed[(*what, "england")] = row["value"]
        elif row["geographic_level"] == "regional":
            printed[(*what, row["region_code"])] = row["value"]
            parts[(*what, "england")].append((row["region_code"], row["value"]))
        else:
            authority = register[row["la_code"]]
            if not row["value"] and (row["status"] in ("..", "z") or "0" < authority["closed"][:4] <= row[period]):
                continue
            region = authority["region_code"] if row["release"] in has_regions else "england"
            parts[(*what, region)].append((row["la_code"], row["value"]))
    found: Rows = []
    for key, total in printed.items():
        numbers = [int(value) for _, value in parts[key] if value]
        if not total and not numbers:
            continue  # not collected in that year
        difference = int(total or 0) - sum(numbers)
        if difference or not total:
            missing = " ".join(sorted(code for code, value in parts[key] if not value))
            values = [total, str(sum(numbers)), str(difference), missing, ""]
            found.append(dict(zip(COLUMNS, [table, *key, *values], strict=True)))
    return found, len(printed)


def listed() -> Rows:
    with LISTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def without_why(rows: Rows) -> set[tuple[str, ...]]:
    return {tuple(row[name] for name in COLUMNS[:-1]) for row in rows}


@pytest.mark.parametrize("table", TABLES)
def test_every_difference_is_listed_and_every_listed_one_is_there(table: str) -> None:
    found, sums = sums_of(table)
    assert sums >= 27, "nothing was added up"
    expected = without_why([row for row in listed() if row["table"] == table])
    new, gone = without_why(found) - expected, expected - without_why(found)
    assert not new, f"new differences: {sorted(new)[:5]}"
    assert not gone, f"listed, and not there any more: {sorted(gone)[:5]}"


def test_england_is_the_sum_of_its_regions_in_all_tables() -> None:
    """Only appeals are printed without regions: there England is the sum of authorities."""
    assert {row["table"] for row in listed() if row["area"] == "england"} == {"appeals"}


def test_a_reason_stands_beside_each_difference() -> None:
    rows = listed()
    assert len(rows) > 150
    assert len({tuple(row[name] for name in KEY) for row in rows}) == len(rows)
    assert {row["why"] for row in rows} == REASONS


def test_what_is_withheld_is_never_less_than_nothing() -> None:
    for row in listed():
        if row["why"] == "withheld, and contradictory":
            assert row["missing"], row
            assert (row["table"], int(row["difference"]) < 0) == ("annual_reviews", True), row
        elif row["missing"]:
            assert int(row["difference"]) > 0, row


def test_what_is_not_withheld_is_known_one_by_one() -> None:
    """Surrey's needs were corrected after the collection; Yorkshire's 15 printed totals are the region's."""
    odd = {(r["table"], r["item"], r["area"], int(r["difference"])) for r in listed() if not r["missing"]}
    assert odd == {
        ("primary_need", "sld", "E12000008", 656),
        ("primary_need", "spld", "E12000008", -656),
        ("primary_need", "slcn", "E12000008", 1),
        ("primary_need", "semh", "E12000008", -1),
    }
    (yorkshire,) = [row for row in listed() if row["why"] == "total of the region"]
    assert (yorkshire["sum"], len(yorkshire["missing"].split())) == ("0", 15)


def test_the_page_of_differences_is_current() -> None:
    assert (ROOT / "docs" / "need-sums.md").read_text(encoding="utf-8") == describe_sums()


def _why(row: dict[str, str]) -> str:
    if not row["missing"]:
        return ""
    if row["table"] == "appeals":
        return "left out here" if row["missing"] == "823 873" else "withheld, and left out here"
    return "withheld" if int(row["difference"]) > 0 else ""


if __name__ == "__main__":
    known = {tuple(row[name] for name in KEY): row["why"] for row in listed()} if LISTED.exists() else {}
    out = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    out.writeheader()
    for one in TABLES:
        for difference in sorted(sums_of(one)[0], key=lambda row: [row[name] for name in KEY]):
            out.writerow(difference | {"why": known.get(tuple(difference[name] for name in KEY)) or _why(difference)})
