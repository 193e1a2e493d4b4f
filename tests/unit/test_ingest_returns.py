"""A new release of EHC plans: which tables its files fill, what is said of them, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fixtures.made_up import raw_files, write_zip
from fixtures.next_release import AREA, REQUESTS, Rows, line_of, pack, requests, write
from fixtures.other_releases import caseload

from hnf.analysis.editions import compare_editions
from hnf.ingest.differences import compare_release
from hnf.paths import tables_in
from hnf.tables.store import Store

Run = Callable[..., Any]
FIRST = len(AREA)
COLUMN = {item: FIRST + place for place, item in enumerate(REQUESTS.values()) if item}


pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "own"
    monkeypatch.setenv("HNF_DATA", str(path))
    return path


@pytest.fixture
def rows(store: Store) -> Rows:
    return requests(store)


@pytest.fixture
def ask(hnf: Run, tmp_path: Path) -> Callable[..., Any]:
    """Write rows as a CSV and ask for it to be ingested."""

    def run(rows: Rows, *arguments: str) -> Any:
        path = tmp_path / "anything.csv"
        path.write_bytes(write(rows))
        return hnf("ingest", path, *arguments, "--format", "json")

    return run


def drift_of(answer: Any, table: str = "requests") -> dict[str, Any]:
    assert answer.code in (0, 1), answer.err
    (found,) = [one for one in answer.json["files"][0]["drift"] if one["table"] == table]
    return dict(found)


def test_one_data_set_is_loaded_and_every_question_uses_it(hnf: Run, ask: Any, rows: Rows, folder: Path) -> None:
    received, refused = COLUMN["received"], COLUMN["not_assess"]
    row = rows[line_of(rows, "2026", "919")]
    row[received], row[refused] = str(int(row[received]) + 100), str(int(row[refused]) + 100)
    for area in ("East of England", "England"):  # its region and England too
        whole = rows[line_of(rows, "2026", area)]
        whole[received], whole[refused] = str(int(whole[received]) + 100), str(int(whole[refused]) + 100)
    answer = ask(rows, "--published", "2027-06-24")
    file = answer.json["files"][0]
    assert (file["what"], file["source_id"]) == ("Requests, release 2027", "ingested_sen2_2027_requests")
    # Eleven counts of each row; 163 rows a year.
    assert file["tables"] == {"requests": 11 * (len(rows) - 1)}
    drift = drift_of(answer)
    assert (drift["new_periods"], drift["against"]) == (["2026"], {"2026": ["2025"]})
    assert (drift["revised"], drift["withdrawn"], drift["lost"], drift["apart"]) == (0, 0, 0, [])
    assert (
        f"Requests: 2026 is new: {int(rows[line_of(rows, '2026', 'England')][received]):,} in England."
        in file["changes"]
    )
    asked = hnf("rank", "--measure", "refused_pct", "--data", folder, "--format", "json").json
    (found,) = [one for one in asked["rows"] if one["la_code"] == "919"]
    assert found["value"] == pytest.approx(100 * int(row[refused]) / int(row[received]))
    line = line_of(rows, "2026", "919") + 1
    traced = hnf("trace", "requests:2026:2027:919:received", "--format", "json").json
    assert (traced["value"], traced["cell"]) == (int(row[received]), f"line {line}, requests_received_in_year")
    assert traced["sources"][0]["page"].endswith("/education-health-and-care-plans/2027")


def test_what_was_revised_is_counted_as_by_hand(ask: Any, rows: Rows) -> None:
    one, two = rows[line_of(rows, "2025", "919")], rows[line_of(rows, "2025", "825")]
    england, east, south = (rows[line_of(rows, "2025", area)] for area in ("England", "East of England", "South East"))
    was = int(one[COLUMN["within_6_weeks"]])
    for row, item, more in (
        (one, "within_6_weeks", 30), (one, "over_6_weeks", -7), (two, "mediation", 2),
        (england, "within_6_weeks", 30), (england, "over_6_weeks", -7), (england, "mediation", 2),
        (east, "within_6_weeks", 30), (east, "over_6_weeks", -7), (south, "mediation", 2),
    ):  # fmt: skip
        row[COLUMN[item]] = str(int(row[COLUMN[item]]) + more)
    answer = ask(rows, "--dry-run")
    drift = drift_of(answer)
    # Three numbers of two authorities and three of England; regions are compared with the sums only.
    assert (drift["revised"], drift["revised_authorities"]) == (6, 2)
    first, second = drift["largest"]
    assert (first["area"], first["term"], first["old"], first["new"]) == ("919", "within_6_weeks", was, was + 30)
    assert (second["area"], second["term"], second["difference"]) == ("825", "mediation", 2)
    assert drift["apart"] == []
    said = answer.json["files"][0]["changes"]
    assert any(line.startswith("6 numbers changed, of 2 authorities: Buckinghamshire (825), Hertf") for line in said)
    assert answer.json["files"][0]["worse"] == []


def test_revised_releases_are_compared_table_by_table(ask: Any, rows: Rows, hnf: Run, folder: Path) -> None:
    column = COLUMN["mediation"]
    for area in ("919", "East of England", "England"):
        row = rows[line_of(rows, "2025", area)]
        row[column] = str(int(row[column]) + 5)
    assert ask(rows).code == 0
    found = compare_editions(Store(folder), "2026", "2027", table="requests")
    changed = [(one.area, one.term, one.difference) for one in found.revisions if one.area == "919"]
    assert changed == [("919", "mediation", 5)]
    shown = hnf("diff", "2026", "2027", "--table", "requests")
    assert "Requests 2025: 2026 to 2027, 1 authorities changed" in " ".join(shown.out.split())
    listed = hnf("editions", "--format", "json").json["editions"]
    used = {(one["period"], one["edition"]): one["used"] for one in listed if one["table"] == "requests"}
    assert (used["2025", "2026"], used["2025", "2027"], used["2024", "2025"]) == (False, True, True)
    assert "is no table of the releases" in hnf("diff", "2026", "2027", "--table", "population").err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[line_of(rows, "2025", "919")].__setitem__(COLUMN["mediation"], "x"),
         "symbols are where numbers were in 1 places, such as requests with a mediation about the decision of Hertf"),
        (lambda rows: rows.pop(line_of(rows, "2026", "919")),
         "authorities would be lost that the register does not close: Hertfordshire (919) (Requests)"),
        (lambda rows: rows.pop(line_of(rows, "2025", "919")),
         "counts that release 2026 has are not in it, for Hertfordshire (919) (Requests)"),
        (lambda rows: swap(rows, FIRST),
         "East of England is not the sum of its authorities in 11 counts, such as Requests for an EHC needs"),
    ],
    ids=["symbol", "lost in the new year", "lost in an old one", "figures of two regions"],
)  # fmt: skip
def test_worse_data_are_refused_and_can_be_accepted(
    ask: Any, rows: Rows, folder: Path, change: Callable[[Rows], Any], message: str
) -> None:
    change(rows)
    refused = ask(rows)
    assert message in refused.err
    assert not (folder / "CURRENT").exists()
    taken = ask(rows, "--accept-worse", "confirmed by DfE")
    if "symbols" not in message:  # the sums of regions contradict it: no reason helps
        assert (refused.code, taken.code) == (2, 2)
        assert "than the sum of its parts" in refused.err
        return
    assert (refused.code, taken.code) == (1, 0)
    log = json.loads((tables_in(folder) / "ingested.json").read_text(encoding="utf-8"))
    assert log["files"][0]["accepted_worse"] == "confirmed by DfE"
    assert log["files"][0]["drift"][0]["table"] == "requests"


def swap(rows: Rows, start: int, stop: int | None = None) -> None:
    """Let two regions have each other's cells in 2026."""
    one, two = (rows[line_of(rows, "2026", name)] for name in ("East of England", "South East"))
    one[start:stop], two[start:stop] = two[start:stop], one[start:stop]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.append(rows[5]),
         "anything.csv, line 328: received of this area and period is printed twice"),
        (lambda rows: rows[0].__setitem__(COLUMN["withdrawn"], "gone"),
         "anything.csv, line 1: heading requests_withdrawn is missing; found time_period"),
        (lambda rows: rows[0].__setitem__(0, "year"), "anything.csv, line 1: heading time_period is missing"),
        (lambda rows: swap(rows, 5, 6),
         "'East of England' and code E12000008 are not the same area"),
        (lambda rows: rows[line_of(rows, "2026", "919")].__setitem__(7, "E09000007"),
         "'E09000007' and code 919 are not the same area"),
        (lambda rows: rows[line_of(rows, "2026", "919")].__setitem__(COLUMN["assess"], "?"),
         "requests_decided_to_assess: '?' is neither a count nor a symbol"),
        (lambda rows: rows[line_of(rows, "2026", "919")].__setitem__(COLUMN["assess"], ""),
         "requests_decided_to_assess: '' is neither a count nor a symbol"),
        (lambda rows: rows[-1].__setitem__(0, "202526"), "the time periods cannot be read"),
        (lambda rows: rows.__delitem__(slice(1, None)), "anything.csv: the time periods cannot be read"),
        (lambda rows: new_column(rows, is_part=True),
         "the parts of received (assess + not_assess + undecided + withdrawn) do not add up to"),
    ],
)  # fmt: skip
def test_what_is_not_as_described_names_its_place(
    ask: Any, rows: Rows, folder: Path, change: Callable[[Rows], Any], message: str
) -> None:
    change(rows)
    answer = ask(rows)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err
    assert not folder.exists() or not (folder / "CURRENT").exists()


def new_column(rows: Rows, *, is_part: bool) -> None:
    """A column that nobody has described; with `is_part` the printed total has what is in it."""
    rows[0].append("requests_passed_on")
    for row in rows[1:]:
        row.append("3")
        if is_part and row[COLUMN["received"]].isdigit():
            row[COLUMN["received"]] = str(int(row[COLUMN["received"]]) + 3)


def test_a_new_column_is_named_where_totals_still_add_and_where_they_do_not(ask: Any, rows: Rows, store: Store) -> None:
    new_column(rows, is_part=False)
    assert (
        "Columns of it that are not loaded: requests_passed_on." in ask(rows, "--dry-run").json["files"][0]["changes"]
    )
    again = requests(store)
    new_column(again, is_part=True)
    assert "Columns that hnf does not know: requests_passed_on." in ask(again).err


def test_a_release_may_lack_data_sets_and_hold_others(hnf: Run, rows: Rows, store: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(caseload(store, january=2027))) as archive:
        plans = archive.read("data/caseload.csv")
    path = tmp_path / "release.zip"
    members = {
        "data/caseload.csv": plans,
        "data/renamed.csv": write(rows),  # known by its headings
        "data/personal_budgets.csv": b"time_period,old_la_code,personal_budget\n202627,919,5\n",
        "supporting-files/SEND Tribunals.csv": b"Appeals,,\nLocal Authority,LA code,2026\n,,Lodged\nCamden,202,5\n",
    }
    path.write_bytes(write_zip(members))
    answer = hnf("ingest", path, "--format", "json")
    assert answer.code == 0, answer.err
    file = answer.json["files"][0]
    assert (file["what"], set(file["tables"])) == ("EHC plans, release 2027", {"ehc_plans", "requests"})
    said = "\n".join(file["changes"])
    assert (
        "Not in it: Plans by setting, New plans, Assessments, Timeliness, Plans by primary need, Ceased plans" in said
    )
    assert "Files that no table is made of: data/personal_budgets.csv." in said
    assert "Appeals are not loaded: release.zip, supporting-files/SEND Tribunals.csv, line 3: 'Lodged'" in said
    alone = tmp_path / "tribunal.csv"
    alone.write_bytes(members["supporting-files/SEND Tribunals.csv"])
    refused = hnf("ingest", alone)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "'Lodged' under '2026' is no known heading" in refused.err
    path.write_bytes(path.read_bytes()[:-40])
    assert "damaged or cut short" in hnf("ingest", path).err


def test_data_sets_of_two_releases_are_not_called_one(hnf: Run, rows: Rows, tmp_path: Path) -> None:
    old = [rows[0], *(row for row in rows[1:] if row[0] == "2025")]
    path = tmp_path / "release.zip"
    path.write_bytes(pack({"data/requests.csv": old, "data/caseload.csv": one_plan()}))
    refused = hnf("ingest", path)
    assert refused.code == 2
    assert "its data sets are of different releases (data/requests.csv: 2026, data/caseload.csv: 2027" in refused.err
    path.write_bytes(pack({"data/requests.csv": rows, "data/again.csv": rows}))
    assert "data/requests.csv and data/again.csv have the columns of requests" in hnf("ingest", path).err


def one_plan() -> Rows:
    return [
        ["time_period", "geographic_level", "region_code", "old_la_code", "breakdown_topic", "breakdown", "ehcplans"],
        ["202627", "National", "", "", "All EHC plans", "All EHC plans", "5"],
    ]


def test_a_part_of_a_release_that_is_here_does_not_take_the_rest_away(
    hnf: Run, ask: Any, rows: Rows, folder: Path, tmp_path: Path
) -> None:
    assert ask(rows).code == 0
    held = Store(folder).table("requests").drop("source_id", "cell", "sheet")
    part = [rows[0], *(row for row in rows[1:] if row[0] == "2026")]
    path = tmp_path / "release.zip"
    path.write_bytes(pack({"data/requests.csv": part}))
    refused = hnf("ingest", path)  # an archive is the whole release
    assert refused.code == 1
    assert "release 2027 is here with 2025, which would be lost (Requests)" in refused.err
    assert ask(part).code == 0  # a file by itself has the periods that it has
    assert Store(folder).table("requests").drop("source_id", "cell", "sheet").equals(held)


HEAD = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,new_la_code,"
HEAD += "old_la_code,la_name,breakdown_topic,breakdown,ehcplans\n"
PLACES = {
    "England": "National,E92000001,England,,,,,",
    "Hertfordshire": "Local authority,E92000001,England,E12000006,East of England,E10000015,919,Hertfordshire",
    "Kent": "Local authority,E92000001,England,E12000008,South East,E10000016,886,Kent",
    "Isle of Wight": "Local authority,E92000001,England,E12000008,South East,E06000046,921,Isle of Wight",
}


def chosen(period: str, counts: dict[str, int]) -> bytes:
    """Rows of some areas as a table tool, or the data API, gives them."""
    lines = [
        f"{period},Academic year,{PLACES[name]},All EHC plans,All EHC plans,{count}" for name, count in counts.items()
    ]
    return (HEAD + "\n".join(lines) + "\n").encode()


class TestSomeAuthorities:
    def test_a_release_without_an_authority_that_england_counts(self, hnf: Run, folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "release.zip"
        path.write_bytes(write_zip({"a.csv": chosen("202728", {"England": 3000, "Kent": 1500, "Isle of Wight": 500})}))
        for arguments in ((), ("--accept-worse", "why not")):
            answer = hnf("ingest", path, *arguments)
            assert (answer.code, answer.err.count("\n")) == (2, 1)
            for words in ("England 2028 total: 3,000 is 1,000 more than the sum", "the sum is 2,000", "Hertfordshire"):
                assert words in answer.err
        assert not (folder / "CURRENT").exists()

    def test_a_new_january_of_some_needs_a_reason_and_drops_nobody(
        self, hnf: Run, folder: Path, tmp_path: Path, store: Store
    ) -> None:
        path = tmp_path / "plans.csv"
        for period, counts, of in (
            ("202627", {"England": 700_000}, "It is of England only"),
            ("202728", {"England": 3000, "Hertfordshire": 1000, "Kent": 1500, "Isle of Wight": 500},
             "It is of England, 3 authorities (Kent (886), Hertfordshire (919), Isle of Wight (921)) only"),
        ):  # fmt: skip
            path.write_bytes(chosen(period, counts))
            answer = hnf("ingest", path, "--format", "json")
            assert answer.code == 1
            (file,) = answer.json["files"]
            assert file["what"] == f"EHC plans, release 20{period[-2:]}"
            assert file["changes"][0] == f"{of}: what is there of others stays as it is."
            assert f"questions would take 20{period[-2:]} as the last, of which " in file["worse"][0]
            assert "would be lost" not in answer.err
            taken = hnf("ingest", path, "--accept-worse", "England is all I need")
            assert taken.code == 0
        after = Store(folder).table("ehc_plans")
        assert after.filter(pl.col("january") < 2027).equals(store.table("ehc_plans"))
        assert after.filter(pl.col("january") >= 2027)["count"].to_list() == [700_000, 1500, 1000, 500, 3000]

    def test_rows_of_a_release_that_is_here_are_replaced_one_by_one(
        self, hnf: Run, folder: Path, tmp_path: Path, store: Store
    ) -> None:
        path = tmp_path / "plans.csv"
        path.write_bytes(chosen("202526", {"England": 718_838, "Hertfordshire": 15_140}))
        answer = hnf("ingest", path, "--format", "json")
        assert answer.code == 0, answer.err
        assert answer.json["files"][0]["drift"][0]["lost"] == 0
        assert any("15,140, was 15,137" in line for line in answer.json["files"][0]["changes"])
        before, after = store.table("ehc_plans"), Store(folder).table("ehc_plans")
        key = [name for name in before.columns if name not in ("count", "source_id", "cell")]
        is_one = (pl.col("january") == 2026) & (pl.col("la_code") == "919") & (pl.col("plan_type") == "total")
        assert after.filter(is_one)["count"].to_list() == [15_140]
        assert after.select(key).equals(before.select(key))
        assert after.filter(~is_one)["count"].equals(before.filter(~is_one)["count"])
        assert Store(folder).table("ehc_plans_by_age").equals(store.table("ehc_plans_by_age"))

    def test_parts_are_never_more_than_their_total(self, hnf: Run, tmp_path: Path) -> None:
        path = tmp_path / "plans.csv"
        path.write_bytes(chosen("202526", {"England": 15_000, "Hertfordshire": 15_137}))
        answer = hnf("ingest", path, "--accept-worse", "why not")
        assert answer.code == 2
        assert "England 2026 total: 15,000 is 137 less than the sum of its parts" in answer.err


def extract(store: Store) -> list[str]:
    """An extract of January 2027 by authority, with the counts of the January before; Isle of Wight is withheld."""
    names = dict(store.table("authorities").select("la_code", "la_name").iter_rows())
    last = store.table("ehc_plans").filter((pl.col("january") == 2026) & (pl.col("release") == "2026"))
    lines = ["time_period,geographic_level,la_code,la_name,ehcplans"]
    for code, count, status, level in last.select("la_code", "count", "status", "geographic_level").iter_rows():
        if level == "regional":
            continue
        who = "National,,England" if level == "national" else f'Local authority,{code},"{names[code]}"'
        lines.append(f"202627,{who},{status or count}")
    return lines


def edit(lines: list[str], *edits: tuple[str, str]) -> list[str]:
    text = "\n".join(lines)
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.split("\n")


TIMES_TEN = ('207,"Kensington and Chelsea",880', '207,"Kensington and Chelsea",8800')
SWAPPED = (('381,"Calderdale"', '893,"Calderdale"'), ('893,"Shropshire"', '381,"Shropshire"'))


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda lines: lines, 0, []),
        (lambda lines: [f"\ufeff{lines[0]}\r", *(f"{line}\r" for line in lines[1:])], 0, []),
        (lambda lines: edit(lines, ('"Camden"', '"Camden [note 2]"')), 0, []),
        (lambda lines: [f"{line},{'extra' * (n == 0)}" for n, line in enumerate(lines)], 0, []),
        (lambda lines: [line for line in lines if "National" not in line], 2, ["England of 2027 is missing"]),
        (lambda lines: [line for line in lines if "Hertfordshire" not in line], 2,
         ["Hertfordshire (919) is missing in 2027, and England's 718,838 is more than the sum, "]),
        (lambda lines: [*lines, next(line for line in lines if "Hertfordshire" in line)], 2, ["printed twice"]),
        (lambda lines: [*lines, '202627,Local authority,,"Total",718838'], 2, ["authority '' is not in the register"]),
        (lambda lines: [lines[0].upper(), *lines[1:]], 2, ["heading time_period is missing; found TIME_PERIOD"]),
        (lambda lines: edit([line for line in lines if "Southampton" not in line], TIMES_TEN, *SWAPPED), 2,
         ["'Calderdale' is not 893, which is Shropshire", "lost that the register does not close: Southampton (852)",
          "Kensington and Chelsea (207) total 2027 8,800, 2026 880"]),
    ],
    ids=["sound", "bom and crlf", "note", "one more column", "no England", "no Hertfordshire", "twice", "total row",
         "capital headings", "three faults"],
)  # fmt: skip
def test_an_extract_of_plans(
    hnf: Run, tmp_path: Path, change: Callable[[list[str]], list[str]], code: int, words: list[str]
) -> None:
    path = tmp_path / "plans.csv"
    path.write_bytes(("\n".join(change(extract(Store()))) + "\n").encode())
    answer = hnf("ingest", path, "--published", "2027-06-24")
    assert (answer.code, answer.err.count("\n")) == (code, int(code > 0)), answer.err
    assert all(one in answer.err for one in words), answer.err


def test_an_unknown_data_set_is_never_taken_for_the_register(hnf: Run, folder: Path, tmp_path: Path) -> None:
    las, other = tmp_path / "las.csv", tmp_path / "sen2_mi.csv"
    las.write_bytes(raw_files(Store())["las"][1])
    # The headings of a hierarchy of regions are among those of every data set by authority.
    other.write_text(HEAD.replace("ehcplans", "mediation_cases") + "202627,Academic year,National" + "," * 9 + ",5\n")
    together, alone = hnf("ingest", las, other), hnf("ingest", other)
    assert (together.code, alone.code) == (2, 2)
    assert "sen2_mi.csv is another data set" in together.err
    assert "a data set of Explore Education Statistics that hnf has no table for: mediation_cases" in alone.err
    assert not (folder / "CURRENT").exists()


def test_new_and_lost_items_are_those_that_no_release_had(store: Store) -> None:
    table = store.table("requests")
    again = table.filter((pl.col("release") == "2026") & (pl.col("item") != "tribunal")).with_columns(
        release=pl.lit("2027"), item=pl.col("item").replace("mediation", "another")
    )
    after = store.with_tables({"requests": pl.concat([table, again])})
    drift, differences = compare_release(store, after, "requests", "2027")
    assert (drift["items_gone"], drift["new_items"], drift["lost"]) == (["mediation", "tribunal"], ["another"], 0)
    assert "Requests, not in it any more: mediation, tribunal." in differences.said
