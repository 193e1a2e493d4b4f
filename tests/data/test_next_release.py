"""A release 2027 made from the published files of 2025 and 2026: all its tables, and each of its files by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fixtures.next_release import Rows, later, members, pack, read, write

from hnf.tables.store import Store

Run = Callable[..., Any]
pytestmark = pytest.mark.raw
#: Of each table: its file, a column as it is printed, the period that is new, and the item that the column is.
COLUMNS = [
    ("placements", "data/caseload.csv", "special_independent", "202627", "special_independent"),
    ("placements", "data/caseload.csv", "fe_total", "202627", "fe_total"),
    ("new_plans", "data/newplans.csv", "new_ehc_plans", "2026", "total"),
    ("requests", "data/requests.csv", "requests_decided_not_to_assess", "2026", "not_assess"),
    ("assessments", "data/assessments.csv", "assess_not_issued", "2026", "not_issued"),
    ("timeliness", "data/timeliness_20_week.csv", "plans_issued_within_20_weeks", "2026", "within_20_weeks"),
    ("primary_need", "data/sen_needs_all_plans.csv", "number_semh", "202627", "semh"),
    ("ceased_plans", "data/ceased_plans.csv", "needs_met", "2026", "needs_met"),
    ("annual_reviews", "data/annual_reviews.csv", "review_meeting_27", "2026", "meeting_after_year"),
    ("annual_reviews", "data/annual_reviews.csv", "review_decision26", "2026", "decided_in_year"),
]
WHO = ("919", "213", "942", "941", "838", "921", "383", "891", "823", "856")


@pytest.fixture(scope="module")
def release(raw: Path) -> dict[str, Rows]:
    return members(raw)


@pytest.fixture(scope="module")
def taken(hnf: Run, release: dict[str, Rows], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder into which the zip was taken, and what was said."""
    path = tmp_path_factory.mktemp("release")
    (path / "release.zip").write_bytes(pack(release))
    ask = ("--data", path / "own", "--published", "2027-06-24", "--format", "json", "--accept-worse", "years are moved")
    answer = hnf("ingest", path / "release.zip", *ask)
    assert answer.code == 0, answer.err
    return path / "own", answer.json["files"][0]


def printed(rows: Rows, period: str, column: str) -> dict[str, str]:
    """A column by authority (England under nothing): rows of all children in a period."""
    found = csv.DictReader(io.StringIO(write(rows).decode()))
    whole = [row for row in found if row["time_period"] == period and row["breakdown_topic"].startswith(("All", "New"))]
    return {row["old_la_code"]: row[column] for row in whole if row["geographic_level"] != "Regional"}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column[0]} {column[2]}")
def test_each_table_has_what_its_file_prints(
    taken: tuple[Path, dict[str, Any]], release: dict[str, Rows], column: tuple[str, ...]
) -> None:
    table, file, heading, period, item = column
    frame = Store(taken[0]).table(table).filter((pl.col("release") == "2027") & (pl.col("item") == item))
    year = 2027 if len(period) > 4 else 2026
    frame = frame.filter((pl.col(frame.columns[0]) == year) & (pl.col("geographic_level") != "regional"))
    here = {row["la_code"]: row["status"] or str(row["value"]) for row in frame.to_dicts()}
    wanted = printed(release[file], period, heading)
    assert here == wanted
    assert len(wanted) > 150


def test_appeals_of_the_new_year_stand_under_their_authorities(taken: tuple[Path, dict[str, Any]]) -> None:
    frame = Store(taken[0]).table("appeals").filter((pl.col("release") == "2027") & (pl.col("calendar_year") == 2026))
    found = {(row["la_code"], row["item"]): row["status"] or row["value"] for row in frame.to_dicts()}
    # Printed for 2024, here moved to 2026: Durham, England; Nottingham stands under the code of Nottinghamshire.
    assert (found["840", "appeals"], found["840", "decisions"], found["840", "decisions_in_development"]) == (
        344,
        5_827,
        3_124,
    )
    assert (found["892", "appeals"], found["891", "appeals"]) == (52, 184)
    assert found["823", "appeals"] == found["873", "appeals"] == "left_out"


def test_what_is_said_of_the_release(taken: tuple[Path, dict[str, Any]]) -> None:
    drift = {one["table"]: one for one in taken[1]["drift"]}
    assert set(drift) == {table for table, *_ in COLUMNS} | {"ehc_plans", "appeals"}
    assert all(one["revised"] == one["withdrawn"] == one["lost"] == 0 for one in drift.values())
    assert drift["requests"]["against"] == {"2025": [str(year) for year in range(2019, 2025)]}
    # Surrey's needs of 2025 were corrected in its own row alone, as data/sen2_sums.csv says of the release before.
    assert {name for name, one in drift.items() if one["apart"]} == {"primary_need"}
    assert {(row["area"], row["period"]) for row in drift["primary_need"]["apart"]} == {
        ("england", "2025"),
        ("E12000008", "2025"),
    }
    said = "\n".join(taken[1]["changes"])
    assert "Columns of data/annual_reviews.csv that are not loaded: review_meeting_prior_26." in said
    assert "data/sen_need_newplans.csv" in said.split("Files that no table is made of:")[1].splitlines()[0]
    worse = "\n".join(taken[1]["worse"])  # what is odd in the published figures, and the years between
    assert "Newham (316) total 2027 1,199, 2026 3,639" in worse
    assert "periods that are missing: 2025" in worse


def test_questions_use_the_new_release(hnf: Run, taken: tuple[Path, dict[str, Any]], release: dict[str, Rows]) -> None:
    received, refused = (
        printed(release["data/requests.csv"], "2026", column)
        for column in ("requests_received_in_year", "requests_decided_not_to_assess")
    )
    answer = hnf("rank", "--measure", "refused_pct", "--data", taken[0], "--format", "json").json
    found = {row["la_code"]: row["value"] for row in answer["rows"]}
    for code in WHO:
        assert found[code] == pytest.approx(100 * int(refused[code]) / int(received[code]))


@pytest.mark.parametrize("table", sorted({table for table, *_ in COLUMNS} | {"appeals"}))
def test_each_file_by_itself_gives_the_same(
    hnf: Run, taken: tuple[Path, dict[str, Any]], release: dict[str, Rows], table: str, tmp_path: Path
) -> None:
    file = next((file for one, file, *_ in COLUMNS if one == table), next(name for name in release if "Trib" in name))
    path = tmp_path / "one.csv"
    path.write_bytes(write(release[file]))
    given = ("--accept-worse", "years are moved", "--format", "json")
    answer = hnf("ingest", path, "--dry-run", "--data", tmp_path / "own", *given)
    assert answer.code == 0, answer.err
    one = answer.json["files"][0]
    assert one["tables"] == {name: taken[1]["tables"][name] for name in one["tables"]}
    assert table in one["tables"]
    assert [each for each in one["drift"] if each["table"] == table] == [
        each for each in taken[1]["drift"] if each["table"] == table
    ]


@pytest.mark.parametrize(
    "file",
    [
        ("placements_2026.csv", "EHC plans, release 2027", ""),
        ("requests_2025.csv", "Requests, release 2027", ""),
        ("timeliness_20_week_2025.csv", "Timeliness, release 2027", "avg_weeks_issue_plan, avg_weeks_issue_plan_exc"),
    ],
    ids=lambda file: file[0],
)
def test_files_of_the_2026_release_a_year_later(hnf: Run, raw: Path, tmp_path: Path, file: tuple[str, ...]) -> None:
    name, what, left = file
    rows = read((raw / "sen2" / name).read_bytes())
    path = tmp_path / name
    path.write_bytes(write([rows[0], *([later(row[0], 1), *row[1:]] for row in rows[1:])]))
    answer = hnf("ingest", path, "--data", tmp_path / "own", "--format", "json")
    assert answer.code == 0, answer.err
    found = answer.json["files"][0]
    assert found["what"] == what
    assert any(left in line for line in found["changes"])
    assert ("not loaded" in "".join(found["changes"])) == bool(left)
    if name.startswith("placements"):  # the two columns that special_academy_free was until the release of 2025
        frame = Store(tmp_path / "own").table("placements").filter(pl.col("release") == "2027")
        england = frame.filter(pl.col("geographic_level") == "national")
        items = dict(england.select("item", "value").iter_rows())
        assert (items["special_academy"], items["special_free_school"], items["total"]) == (71_570, 13_545, 718_838)


@pytest.mark.parametrize("name", ["sen_need_newplans", "personal_budgets", "residential_settings"])
def test_data_sets_without_a_table_are_not_taken_for_one(
    hnf: Run, release: dict[str, Rows], tmp_path: Path, name: str
) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(write(release[f"data/{name}.csv"]))
    answer = hnf("ingest", path, "--data", tmp_path / "own")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "a data set of Explore Education Statistics that hnf has no table for" in answer.err


def test_a_release_that_is_cut_short_changes_nothing(hnf: Run, release: dict[str, Rows], tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    content = pack(release)
    for size in (len(content) // 2, len(content) - 10):
        path.write_bytes(content[:size])
        answer = hnf("ingest", path, "--data", tmp_path / "own")
        assert (answer.code, answer.err.count("\n"), answer.out) == (2, 1, "")
    assert not (tmp_path / "own" / "CURRENT").exists()
