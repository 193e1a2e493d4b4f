"""`hnf sources fetch` from end to end: what is put where, what is noted, what stays as it is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.published_pages import (
    ASSETS,
    DSG,
    EES_CONTENT,
    GOVUK_API,
    RELEASE,
    ROWS,
    add_data_api,
    add_requests,
    attachment,
    dsg_file,
    dsg_page,
    publication,
)
from fixtures.publisher_server import ODS, Answer, Publisher, archive, as_json, closed_port, file, page, workbook

import hnf as package
from hnf.errors import SourceError
from hnf.fetch import fetch as fetch_log
from hnf.fetch.publishers import select
from hnf.sources.catalogue import Source, load_catalogue

Run = Callable[..., Any]

ROOT = Path(package.__file__).parent.parent
TABLES = "https://www.gov.uk/government/publications/tables"
FIRST, SECOND = workbook("first edition"), workbook("second edition")
CASELOAD = b"time_period,ehcplans\n202526,1\n"
RELEASE_ZIP = f"{EES_CONTENT}/releases/{RELEASE}/files"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def source(name: str, path: str, content: bytes, fetch: dict[str, str], **detail: Any) -> Source:
    return Source(
        id=name,
        path=path,
        publisher="Made up",
        title=name,
        page=detail.pop("page", TABLES),
        published=detail.pop("published", "2024-03-28"),
        licence="OGL v3.0",
        as_published=True,
        size=len(content),
        sha256=sha(content),
        layout="none",
        detail={"fetch": fetch, **detail},
    )


def year_page(start: int) -> str:
    return f"{DSG}/view-latest-funding/national-funding-allocations/DSG/{start}-to-{start + 1}"


CATALOGUE = (
    source("dsg_2024_25", "dsg/tables_2024.ods", FIRST, {"via": "dsg_page", "match": "Download DSG"},
           page=year_page(2024), financial_year="2024-25"),
    source("tables", "tables/t.ods", FIRST, {"via": "govuk", "match": r"\.ods$"}),
    source("sen2_2025", "sen2/plans_2025.zip", archive({"data/caseload.csv": CASELOAD}),
           {"via": "ees_release", "publication": "education-health-and-care-plans", "release": "2025"},
           page="https://explore-education-statistics.service.gov.uk/find-statistics/p/2025",
           release="2025", member="data/caseload.csv", member_sha256=sha(CASELOAD)),
    source("population", "population/p.csv", b"", {"via": "extract", "instead": "It was drawn from a workbook."}),
)  # fmt: skip


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch, publisher: Publisher) -> Publisher:
    """A publisher who has the files of a small catalogue, asked by the command in this process without waiting."""
    monkeypatch.setattr("hnf.fetch.publishers.load_catalogue", lambda: CATALOGUE)
    monkeypatch.setattr("hnf.fetch.web._sleep", lambda _: None)
    monkeypatch.setenv("HNF_MIRROR", publisher.mirror)
    publisher.add(year_page(2024), dsg_page(2024, "2024-03-28"))
    publisher.add(dsg_file(2024, "2024-03-28"), file(FIRST, ODS, etag='"1"'))
    publisher.add(f"{GOVUK_API}/government/publications/tables", as_json(publication(attachment("t.ods"))))
    publisher.add(f"{ASSETS}/t.ods", file(FIRST, ODS, etag='"1"'))
    publisher.add(
        f"{EES_CONTENT}/publications/education-health-and-care-plans/releases/2025/version-summary",
        as_json({"id": RELEASE}),
    )
    publisher.add(RELEASE_ZIP, file(archive({"data/caseload.csv": CASELOAD}, day=9), chunked=True))
    return publisher


def files_below(folder: Path) -> set[str]:
    """Files by path; the lock is none of the user's."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return found - {".fetched.lock"}


def test_all_that_is_catalogued_is_fetched_and_noted(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    answer = hnf("sources", "fetch", "--out", tmp_path, "--format", "json")
    assert answer.code == 0, answer.err
    rows = {row["id"]: row for row in answer.json["files"]}
    assert {name: row["status"] for name, row in rows.items()} == {
        "dsg_2024_25": "fetched",
        "tables": "fetched",
        "sen2_2025": "fetched",
        "population": "extract",
    }
    row = rows["dsg_2024_25"]
    assert set(row) == {"id", "status", "path", "bytes", "sha256", "address", "page", "detail"}
    assert row["path"] == str(tmp_path / "dsg" / "tables_2024.ods")
    assert (row["bytes"], row["sha256"]) == (len(FIRST), sha(FIRST))
    assert row["address"] == dsg_file(2024, "2024-03-28")
    assert files_below(tmp_path) == {"dsg/tables_2024.ods", "tables/t.ods", "sen2/plans_2025.zip", "fetched.json"}
    log = json.loads((tmp_path / "fetched.json").read_text())
    assert log["schema_version"] == 1
    entry = log["files"][0]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.pop("at"))
    assert entry == {
        "id": "dsg_2024_25",
        "path": "dsg/tables_2024.ods",
        "status": "fetched",
        "address": dsg_file(2024, "2024-03-28"),
        "page": year_page(2024),
        "bytes": len(FIRST),
        "sha256": sha(FIRST),
        "etag": '"1"',
        "last_modified": "",
        "published": "2024-03-28",
        "mirror": catalogue.mirror,
    }


@pytest.mark.usefixtures("catalogue")
def test_a_table_of_what_was_fetched_fits_eighty_columns(hnf: Run, tmp_path: Path) -> None:
    answer = hnf("sources", "fetch", "--out", tmp_path / "downloads")
    assert answer.code == 0
    assert re.search(r"dsg_2024_25 +fetched +[\d,]+", answer.out)
    assert "1 of the files are extracts" in " ".join(answer.out.split())
    assert max(map(len, answer.out.splitlines())) <= 80


def test_what_is_there_is_left_and_nobody_is_asked(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    hnf("sources", "fetch", "--out", tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*") if path.suffix != ".lock"}
    catalogue.asked.clear()
    answer = hnf("sources", "fetch", "--out", tmp_path, "--format", "json")
    assert [row["status"] for row in answer.json["files"]] == ["already_there"] * 3 + ["extract"]
    assert catalogue.asked == []
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.usefixtures("catalogue")
def test_a_release_packed_anew_is_the_catalogued_one_also_to_the_build(hnf: Run, tmp_path: Path) -> None:
    answer = hnf("sources", "fetch", "sen2_2025", "--out", tmp_path, "--format", "json")
    assert answer.json["files"][0]["status"] == "fetched"
    assert "Packed anew" in answer.json["files"][0]["detail"]
    assert answer.json["files"][0]["sha256"] != CATALOGUE[2].sha256
    content = CATALOGUE[2].read(tmp_path)
    assert sha(content) == answer.json["files"][0]["sha256"]


def test_a_release_whose_figures_differ_is_a_new_edition(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    other = archive({"data/caseload.csv": CASELOAD + b"202627,2\n"})
    catalogue.add(RELEASE_ZIP, file(other), file(archive({"data/caseload.csv": CASELOAD + b"202627,2\n"}, day=3)))
    answer = hnf("sources", "fetch", "sen2_2025", "--out", tmp_path, "--format", "json")
    assert answer.json["files"][0]["status"] == "new_edition"
    name = f"sen2/plans_2025.{sha(other)[:12]}.zip"
    assert files_below(tmp_path) == {name, "fetched.json"}
    again = hnf("sources", "fetch", "sen2_2025", "--out", tmp_path, "--format", "json")
    assert again.json["files"][0]["status"] == "already_there", "the same files, packed on another day"
    assert files_below(tmp_path) == {name, "fetched.json"}


def test_a_file_changed_behind_its_address_is_kept_beside(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    hnf("sources", "fetch", "tables", "--out", tmp_path)
    catalogue.add(f"{ASSETS}/t.ods", file(SECOND, ODS, etag='"2"'))
    answer = hnf("sources", "fetch", "tables", "--out", tmp_path, "--latest")
    assert answer.code == 0
    name = f"t.{sha(SECOND)[:12]}.ods"
    said = " ".join(answer.out.split())
    assert re.search("tables +new edition", said)
    assert f"it is kept beside as {name}. Load it with `hnf ingest" in said
    assert (tmp_path / "tables" / "t.ods").read_bytes() == FIRST
    assert (tmp_path / "tables" / name).read_bytes() == SECOND
    assert [record.status for record in fetch_log.read(tmp_path)] == ["fetched", "new_edition"]


def test_an_edition_that_is_known_is_not_sent_again(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    catalogue.add(f"{ASSETS}/t.ods", file(SECOND, ODS, etag='"2"'))
    for status in ("new_edition", "already_there"):
        answer = hnf("sources", "fetch", "tables", "--out", tmp_path, "--format", "json")
        assert answer.json["files"][0]["status"] == status
    assert catalogue.asked[-1].headers["if-none-match"] == '"2"'
    assert "another edition than the catalogued one" in answer.json["files"][0]["detail"]


@pytest.mark.usefixtures("catalogue")
def test_another_file_in_the_place_is_never_overwritten(hnf: Run, tmp_path: Path) -> None:
    own = tmp_path / "tables" / "t.ods"
    own.parent.mkdir()
    own.write_bytes(b"notes of my own")
    answer = hnf("sources", "fetch", "tables", "--out", tmp_path, "--format", "json")
    assert own.read_bytes() == b"notes of my own"
    row = answer.json["files"][0]
    assert Path(row["path"]).name == f"t.{sha(FIRST)[:12]}.ods"
    assert row["status"] == "fetched"
    assert "Move the wrong one away" in row["detail"]


def test_the_allocations_of_a_year_nobody_has_catalogued(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    catalogue.add(year_page(2025), dsg_page(2025, "2025-03-27", "2025-07-17"))
    catalogue.add(dsg_file(2025, "2025-07-17"), file(SECOND, ODS, etag='"7"'))
    for status in ("fetched", "already_there"):
        answer = hnf("sources", "fetch", "dsg", "--year", "2025-26", "--out", tmp_path, "--format", "json")
        assert answer.json["files"][0]["status"] == status
    assert files_below(tmp_path) == {"dsg/dedicated-schools-grant_2025-26_2025-07-17.ods", "fetched.json"}
    catalogue.add(year_page(2025), dsg_page(2025, "2025-03-27", "2025-07-17", "2025-11-20"))
    catalogue.add(dsg_file(2025, "2025-11-20"), file(FIRST, ODS))
    hnf("sources", "fetch", "dsg", "--year", "2025-26", "--out", tmp_path)
    assert "dsg/dedicated-schools-grant_2025-26_2025-11-20.ods" in files_below(tmp_path)
    assert "dsg/dedicated-schools-grant_2025-26_2025-07-17.ods" in files_below(tmp_path)


def test_a_year_chooses_what_goes_with_it(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    answer = hnf("sources", "fetch", "--year", "2025-26", "--dry-run", "--out", tmp_path, "--format", "json")
    assert [(row["id"], row["status"]) for row in answer.json["files"]] == [
        ("sen2_2025", "would_fetch"),
        ("dsg", "would_fetch"),
        ("ehc_plans", "would_fetch"),
    ]
    answer = hnf("sources", "fetch", "--year", "2024-25", "--dry-run", "--format", "json")
    assert [row["id"] for row in answer.json["files"]] == ["dsg_2024_25", "ehc_plans"], "the catalogued, not the series"
    assert catalogue.asked == []
    assert files_below(tmp_path) == set()


def test_counts_from_the_data_api_are_written_as_the_release_is(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    add_data_api(catalogue)
    for status in ("fetched", "already_there"):
        answer = hnf("sources", "fetch", "ehc_plans", "--via-api", "--out", tmp_path, "--format", "json")
        assert (answer.code, answer.json["files"][0]["status"]) == (0, status)
    path = tmp_path / "sen2" / "ehc_plans_caseload_2026.csv"
    assert path.read_text() == ROWS
    assert fetch_log.read(tmp_path)[0].published == "2026-06-25"
    assert files_below(tmp_path) == {"sen2/ehc_plans_caseload_2026.csv", "fetched.json"}
    earlier = hnf("sources", "fetch", "ehc_plans", "--via-api", "--year", "2025-26", "--out", tmp_path)
    assert earlier.code == 0
    assert "sen2/ehc_plans_caseload_2025.csv" in files_below(tmp_path)


def test_one_data_set_of_a_release_is_fetched_and_ingested(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    add_data_api(catalogue)
    add_requests(catalogue)
    answer = hnf("sources", "fetch", "sen2_requests", "--year", "2027-28", "--out", tmp_path, "--format", "json")
    assert (answer.code, answer.json["files"][0]["status"]) == (0, "fetched"), answer.err
    path = tmp_path / "sen2" / "requests_2027.csv"
    words = "All requests for an EHC needs assessment"
    # Written out by hand: headings and counts as published, symbols as they are, no percentages, no ages.
    assert path.read_text().splitlines()[1:] == [
        f"2026,Calendar year,National,E92000001,England,,,,,,{words},{words},100,1,60,30,8,2,70,20,5,4,3",
        "2026,Calendar year,Local authority,E92000001,England,E12000006,East of England,E10000015,919,Hertfordshire,"
        f"{words},{words},60,1,40,15,4,1,50,5,x,3,2",
    ]
    taken = hnf("ingest", path, "--dry-run", "--data", tmp_path / "own", "--format", "json").json["files"][0]
    assert (taken["what"], taken["tables"]) == ("Requests, release 2027", {"requests": 22})
    planned = hnf("sources", "fetch", "sen2_placements", "--dry-run", "--out", tmp_path, "--format", "json").json
    assert planned["files"][0]["status"] == "would_fetch"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"without": "requests_withdrawn"}, "no column 'requests_withdrawn' among its indicators"),
        ({"period": "2026/2027"}, "a time period is not a calendar year"),
    ],
)
def test_a_data_set_described_in_another_way_is_not_guessed_at(
    catalogue: Publisher, hnf: Run, tmp_path: Path, more: dict[str, str], message: str
) -> None:
    add_data_api(catalogue)
    add_requests(catalogue, **more)
    answer = hnf("sources", "fetch", "sen2_requests", "--out", tmp_path)
    assert (answer.code, message in answer.err) == (2, True)
    assert files_below(tmp_path) <= {"fetched.json"}


def test_the_catalogued_titles_tell_the_data_sets_apart() -> None:
    """Titles as in the data guidance of the 2025 release; each is one data set of the series and no other."""
    titles = {
        "placements": "Number of education, health (EHC) plans as at January each year",
        "primary_need": "Number of education, health (EHC) plans as at January each year,  by their primary type of "
        "need",
        "new_plans": "Number of new EHC plans during the calendar year",
        "": "Number of new EHC plans during the calendar year, by their primary type of need",
        "requests": "Number of requests for an EHC needs assessment, and the request outcomes",
        "assessments": "Number of EHC needs assessments, and the assessment outcomes",
        "timeliness": "Timeliness - education, health and care plans issued within the statutory 20 week timeframe",
        "annual_reviews": "Number and outcome of annual reviews of education, health and care plans",
        "ceased_plans": "Number of EHC plans which ceased during the calendar year",
    }
    for table, title in titles.items():
        (wanted,) = select([f"sen2_{table}"]) if table else select(["ehc_plans"], without_year=True)
        found = [one for one in titles.values() if re.search(wanted.fetch["data_set"], one, re.IGNORECASE)]
        assert found == [title if table else titles["placements"]]


@pytest.mark.usefixtures("catalogue")
def test_offline_it_says_what_where_and_what_to_do(hnf: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HNF_MIRROR", closed_port())
    answer = hnf("sources", "fetch", "tables", "--out", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(
        f"hnf: tables, {GOVUK_API}/government/publications/tables: no connection to www.gov.uk"
    )
    assert f"Get the file by hand from {TABLES}, save it as {tmp_path / 'tables' / 't.ods'}" in answer.err
    assert f"--raw {tmp_path}" in answer.err
    assert answer.err.count("\n") == 1
    assert files_below(tmp_path) == set()


def test_one_file_that_fails_does_not_stop_the_others(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    catalogue.add(f"{ASSETS}/t.ods", page("<!DOCTYPE html><html>Sign in"))
    answer = hnf("sources", "fetch", "--out", tmp_path, "--format", "json")
    assert answer.code == 2
    rows = {row["id"]: row for row in answer.json["files"]}
    assert [row["status"] for row in rows.values()] == ["fetched", "failed", "fetched", "extract"]
    assert "a web page came in place of a file of the kind .ods" in rows["tables"]["detail"]
    assert TABLES in rows["tables"]["detail"]
    assert answer.json["failed"] == 1
    assert "1 of 4 files could not be fetched" in answer.err
    assert files_below(tmp_path) == {"dsg/tables_2024.ods", "sen2/plans_2025.zip", "fetched.json"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device of a full disk is one of Linux")
def test_a_full_disk_leaves_all_as_it_was(catalogue: Publisher, hnf: Run, tmp_path: Path) -> None:
    hnf("sources", "fetch", "tables", "--out", tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in files_below(tmp_path)}
    catalogue.add(f"{ASSETS}/t.ods", file(SECOND, ODS))
    (tmp_path / "tables" / "t.ods.part").symlink_to("/dev/full")
    answer = hnf("sources", "fetch", "tables", "--out", tmp_path, "--latest")
    assert answer.code == 2
    assert "the disk is full" in answer.err
    assert "what was there before is as it was" in answer.err
    assert {name: (tmp_path / name).read_bytes() for name in files_below(tmp_path)} == before


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    "content", ["{", "[]", '{"schema_version": 9, "files": []}', '{"schema_version": 1, "files": [{}]}']
)
def test_a_log_that_cannot_be_read_is_neither_used_nor_replaced(hnf: Run, tmp_path: Path, content: str) -> None:
    (tmp_path / "fetched.json").write_text(content)
    answer = hnf("sources", "fetch", "tables", "--out", tmp_path)
    assert answer.code == 2
    assert "the log of fetched files cannot be read" in answer.err
    assert (tmp_path / "fetched.json").read_text() == content
    assert files_below(tmp_path) == {"fetched.json"}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["dgs"], "there is no source or series 'dgs'. Did you mean dsg"),
        (["dsg"], "'dsg' has a page for each year. Add --year, from 2020-21 on."),
        (["dsg", "--year", "2018-19"], "has pages from 2020-21 on"),
        (["dsg_2024_25", "--year", "2022-23"], "'dsg_2024_25' is not of 2022-23"),
        (["--year", "2012-13"], "nothing is known of 2012-13"),
        (["tables", "--via-api"], "'tables' is not in a data API"),
    ],
)
def test_what_cannot_be_asked_for(
    catalogue: Publisher, hnf: Run, tmp_path: Path, arguments: list[str], problem: str
) -> None:
    answer = hnf("sources", "fetch", *arguments, "--out", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert problem in answer.err
    assert catalogue.asked == []


@pytest.mark.usefixtures("catalogue")
def test_a_folder_that_cannot_be_made(hnf: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = hnf("sources", "fetch", "tables", "--out", tmp_path / "file")
    assert answer.code == 2
    assert "cannot write" in answer.err


def test_two_processes_at_once_leave_one_file_and_a_whole_log(publisher: Publisher, tmp_path: Path) -> None:
    publisher.add(year_page(2030), dsg_page(2030, "2030-03-28"))
    publisher.add(dsg_file(2030, "2030-03-28"), file(FIRST, ODS, etag='"1"', piece=100, drip=0.02))
    command = [
        sys.executable,
        "-c",
        "from hnf.commands import app; app()",
        "sources",
        "fetch",
        "dsg",
        "--year",
        "2030-31",
    ]
    environment = {**os.environ, "HNF_MIRROR": publisher.mirror, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [*command, "--out", str(tmp_path), "--format", "json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0], ended
    assert {json.loads(out)["files"][0]["status"] for out, _ in ended} == {"fetched", "already_there"}
    name = "dsg/dedicated-schools-grant_2030-31_2030-03-28.ods"
    assert files_below(tmp_path) == {name, "fetched.json"}
    assert (tmp_path / name).read_bytes() == FIRST
    assert len(fetch_log.read(tmp_path)) == 1


def test_a_folder_held_for_too_long_is_said_so(tmp_path: Path) -> None:
    waited: list[bool] = []
    with fetch_log.held(tmp_path), pytest.raises(SourceError, match="another hnf has been fetching"):  # noqa: SIM117
        with fetch_log.held(tmp_path, timeout_s=0.05, waiting=lambda: waited.append(True)):
            pass
    assert waited == [True]


def test_every_catalogued_file_says_how_it_is_found() -> None:
    sources = load_catalogue()
    ways = {entry.id: entry.detail["fetch"]["via"] for entry in sources}
    assert {name for name, way in ways.items() if way == "extract"} == {s.id for s in sources if not s.as_published}
    assert len(set(ways.values())) == 5
    wanted = select()
    assert len(wanted) == len(sources)
    for entry in wanted:
        if entry.fetch["via"] == "direct":  # below the page of the publisher, not an address from nowhere
            assert entry.page.removeprefix("https://www.ons.gov.uk") in entry.fetch["url"]


def test_the_answer_of_a_server_that_sends_nothing_to_compare_with(
    catalogue: Publisher, hnf: Run, tmp_path: Path
) -> None:
    catalogue.add(f"{ASSETS}/t.ods", Answer(status=304))
    answer = hnf("sources", "fetch", "tables", "--out", tmp_path)
    assert answer.code == 2
    assert "nothing has changed, though there was no file" in answer.err
