"""A release of SEN2 returns that contradicts itself is refused, all of it named; the unlikely needs a reason."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fixtures.made_up import write_zip
from fixtures.next_release import Rows, line_of, requests, write

from hnf.ingest.differences import compare_release
from hnf.sources.crosschecks import SERIES, unlikely
from hnf.sources.places import register_of
from hnf.tables.store import Store

Run = Callable[..., Any]
ENTRIES = register_of(Store().table("authorities").to_dicts()).entries
#: Headings of the data set as the service gives it by itself.
AREA = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,new_la_code,"
AREA += "old_la_code,la_name,breakdown_topic,breakdown,ehcplans"
HERTS = "Local authority,E92000001,England,E12000006,East of England,E10000015,919,Hertfordshire"
KENT = "Local authority,E92000001,England,E12000008,South East,E10000016,886,Kent"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "own"
    monkeypatch.setenv("HNF_DATA", str(path))
    return path


@pytest.fixture
def ask(hnf: Run, tmp_path: Path) -> Callable[..., Any]:
    def run(content: str | bytes, *arguments: str) -> Any:
        path = tmp_path / ("a.zip" if isinstance(content, bytes) else "a.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return hnf("ingest", path, "--dry-run", *arguments, "--format", "json")

    return run


def caseload(lines: list[str], topic: str = "All EHC plans") -> str:
    """Rows of all plans of January 2028: area and count."""
    found = [AREA]
    for line in lines:
        area, _, count = line.rpartition(",")
        found.append(f"202728,Academic year,{area},{topic},{topic},{count}")
    return "\n".join(found) + "\n"


ENGLAND = "National,E92000001,England,,,,,"


def extract(store: Store) -> Rows:
    """A January 2027: each authority of January 2026 with 3% more, and England."""
    plans = store.table("ehc_plans").filter((pl.col("january") == 2026) & (pl.col("la_code") != ""))
    found = [["202627", "Local authority", code, ENTRIES[code].name, str(round((count or 1_850) * 1.03))]
             for code, count in plans.select("la_code", "count").sort("la_code").iter_rows()]  # fmt: skip
    england = str(sum(int(row[-1]) for row in found))
    head = ["time_period", "geographic_level", "la_code", "la_name", "ehcplans"]
    return [head, ["202627", "National", "", "England", england], *found]


def text_of(rows: Rows) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


class TestRecognised:
    """As `csv_alone`, `api_like`, `authority_missing` and `total_topic` of the inputs that once failed."""

    def test_one_csv_alone_and_england_alone_are_ehc_plans(self, ask: Any) -> None:
        for lines, count in (([f"{ENGLAND},2500", f"{HERTS},1000", f"{KENT},1500"], 3), ([f"{ENGLAND},700000"], 1)):
            file = ask(caseload(lines)).json["files"][0]
            assert (file["what"], file["tables"]["ehc_plans"]) == ("EHC plans, release 2028", count)

    def test_a_lost_authority_and_england_unlike_the_sum(self, ask: Any) -> None:
        answer = ask(write_zip({"data/caseload.csv": caseload([f"{ENGLAND},2500", f"{KENT},1500"]).encode()}))
        assert answer.code in (1, 2)
        assert "authorities would be lost" in answer.err
        assert "2,500, and the sum is 1,500" in answer.err

    @pytest.mark.parametrize("label", ["Total", "TOTAL"])
    def test_another_label_of_all_plans_is_named(self, ask: Any, label: str) -> None:
        rows = (
            caseload([f"{ENGLAND},9"], label) + f"202728,Academic year,{ENGLAND},Child or young persons age,age 5,9\n"
        )
        answer = ask(write_zip({"data/caseload.csv": rows.encode()}))
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        assert f"there are '{label}', 'Child or young persons age'" in answer.err

    def test_labels_in_capitals_are_read(self, ask: Any) -> None:
        file = ask(caseload([f"{ENGLAND},9"], "ALL EHC PLANS")).json["files"][0]
        assert file["tables"] == {"ehc_plans": 1}

    def test_ages_without_the_count_of_all(self, ask: Any) -> None:
        rows = caseload([f"{ENGLAND},9"]) + f"202728,Academic year,{HERTS},Child or young persons age,age 5,9\n"
        assert "919 has ages and no count of all in 2028" in ask(rows).err


class TestExtract:
    def test_a_sound_one_is_read(self, ask: Any, store: Store) -> None:
        answer = ask(text_of(extract(store)))
        assert (answer.code, answer.json["files"][0]["worse"]) == (0, [])

    def test_all_that_is_wrong_is_named(self, ask: Any, store: Store) -> None:
        """A row dropped, an authority times ten, two codes swapped against their names."""
        rows = extract(store)
        of = {row[2]: row for row in rows}
        of["202"][4] += "0"
        of["381"][2], of["893"][2] = "893", "381"
        answer = ask(text_of([row for row in rows if row[2] != "852"]))
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        for words in (
            "'Calderdale' is not 893, which is Shropshire", "'Shropshire' is not 381, which is Calderdale",
            "than the sum of its parts", "Southampton (852)", f"Camden (202) total 2027 {int(of['202'][4]):,}",
        ):  # fmt: skip
            assert words in answer.err, words

    def test_last_years_counts_are_said(self, ask: Any, store: Store) -> None:
        rows = extract(store)
        plans = store.table("ehc_plans").filter((pl.col("january") == 2026) & (pl.col("la_code") != ""))
        then = dict(plans.select("la_code", "count").iter_rows())
        for row in rows[2:]:
            row[4] = str(then[row[2]] or 1_850)
        rows[1][4] = str(sum(int(row[4]) for row in rows[2:]))
        said = ask(text_of(rows)).json["files"][0]["changes"]
        assert "EHC plans: 152 of 153 authorities have the count of January 2026, unchanged." in said


@pytest.mark.parametrize(
    ("area", "column", "text", "message"),
    [
        ("919", "la_name", "Essex", "'Essex' is not 919, which is Hertfordshire"),
        ("919", "new_la_code", "E10000012", "'E10000012' and code 919 are not the same area"),
        ("919", "region_code", "E12000007", "Hertfordshire is not in region E12000007"),
        (
            "919",
            "mediation_related_request",
            "9999",
            "East of England|E12000006 2026 mediation: .* than the sum of its",
        ),
        ("England", "mediation_related_request", "1", "England 2026 mediation: 1 is .* less than the sum of its parts"),
        ("919", "requests_withdrawn", "9999", "the parts of received .* do not add up"),
    ],
)
def test_a_contradiction_is_named(ask: Any, area: str, column: str, text: str, message: str) -> None:
    rows = requests(Store())
    rows[line_of(rows, "2026", area)][rows[0].index(column)] = text
    answer = ask(write(rows).decode())
    assert answer.code == 2
    assert re.search(message, answer.err), answer.err


def test_periods_regions_and_england_that_are_missing(ask: Any, store: Store) -> None:
    rows = requests(store)
    later = [["2028" if row[0] == "2026" else row[0], *row[1:]] for row in rows]
    answer = ask(write(later).decode())
    assert (answer.code, "periods that are missing: 2026; 2027" in answer.err) == (1, True)
    fewer = [row for row in rows if row[0] != "2026" or row[2] == "Local authority" or row[6] not in ("", "London")]
    assert "requests: E12000007, England of 2026 is missing" in ask(write(fewer).decode()).err


@pytest.mark.parametrize(
    ("table", "of", "said"),
    [
        ("ehc_plans_by_age", pl.col("la_code") == "919", "24 numbers by age changed, of 1 authorities."),
        ("ehc_plans", pl.col("region_code") == "E12000006", "1 numbers of regions changed."),
    ],
)
def test_revised_ages_and_regions_are_said_and_that_no_number_changed_is_not(
    store: Store, table: str, of: pl.Expr, said: str
) -> None:
    same = compare_release(store, store, "ehc_plans", "2025")[1].said
    assert "No number changed." in same
    is_it = of & (pl.col("release") == "2025") & (pl.col("january") == 2025)
    frame = store.table(table).with_columns(count=pl.col("count") + is_it.cast(pl.Int64))
    found = compare_release(store, store.with_tables({table: frame}, ()), "ehc_plans", "2025")[1].said
    assert said in found
    assert "No number changed." not in found


def test_one_authority_with_last_years_figures_is_listed(store: Store) -> None:
    old = store.table("placements").filter(pl.col("release") == "2026").to_dicts()
    assert unlikely("placements", old, (), ENTRIES) == []
    new = [
        {
            **row,
            "january": 2027,
            "value": row["value"] and (row["value"] if row["la_code"] == "919" else row["value"] + 1),
        }
        for row in old
    ]
    assert unlikely("placements", new, old, ENTRIES) == ["all figures are those of 2026: Hertfordshire (919)"]


def test_the_published_returns_are_within_their_bounds_but_for_those_that_are_known(store: Store) -> None:
    """Of the last release alone, and after those before it: what stands out is in the catalogue as `accept_worse`."""
    table = store.table("ehc_plans")
    new, old = (table.filter(pl.col("release") == release).to_dicts() for release in ("2026", "2025"))
    assert unlikely("ehc_plans", new, old, ENTRIES) == [
        "far from the last value: Newham (316) total 2026 3,639, 2025 1,199"
    ]
    assert {"ehc_plans", "placements", "requests", "timeliness"} <= set(SERIES)


@pytest.mark.raw
@pytest.mark.parametrize(
    ("name", "codes", "words"),
    [
        ("csv_alone.csv", (0, 1), ["EHC plans, release 2028"]),
        ("api_like.csv", (0, 1), ["EHC plans, release 2027"]),
        ("authority_missing.zip", (1, 2), ["authorities would be lost", "3,000, and the sum is 2,000"]),
        ("total_topic_renamed.zip", (2,), ["there are 'Total', 'Child or young persons age'"]),
        ("total_topic_upper.zip", (2,), ["there are 'TOTAL', 'CHILD OR YOUNG PERSONS AGE'"]),
        ("ehc27_good.csv", (0,), ["EHC plans, release 2027"]),
        ("ehc27_bad.csv", (2,), ["Southampton (852)", "Kensington and Chelsea (207)", "which is Shropshire"]),
    ],
)
def test_inputs_that_once_failed(hnf: Run, raw: Path, name: str, codes: tuple[int, ...], words: list[str]) -> None:
    answer = hnf("ingest", raw.parent / "cases" / "files" / name, "--dry-run", "--format", "json")
    assert answer.code in codes, answer.err
    for each in words:
        assert each in answer.out + answer.err
