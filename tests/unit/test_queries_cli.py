"""The command line on real tables, in this process: the JSON contract, exit codes, and one line for every mistake."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
COMMANDS = [
    ("reconcile",),
    ("authorities",),
    ("sources", "list"),
    ("allocate", "Hertfordshire", "--year", "2023-24"),
    ("rank", "--year", "2023-24"),
    ("growth", "Hertfordshire"),
    ("wedge", "Hertfordshire"),
    ("inequality",),
    ("association",),
    ("project", "Hertfordshire"),
    ("gap", "Hertfordshire", "--year", "2023-24", "--per", "pupil"),
    ("trace", "rate:2023-24:nff:pupil:919"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_json_is_one_object_and_nothing_else(hnf: Run, command: tuple[str, ...]) -> None:
    answer = hnf(*command, "--format", "json")
    assert answer.code == 0
    decoder = json.JSONDecoder()
    found, end = decoder.raw_decode(answer.out)
    assert isinstance(found, dict)
    assert answer.out[end:].strip() == ""
    assert "NaN" not in answer.out
    assert "Infinity" not in answer.out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_csv_has_headings_and_rows_of_one_width(hnf: Run, command: tuple[str, ...]) -> None:
    answer = hnf(*command, "--format", "csv")
    assert answer.code == 0
    rows = list(csv.reader(io.StringIO(answer.out)))
    assert len(rows) >= 2
    assert {len(row) for row in rows} == {len(rows[0])}


def test_reconcile_contract(hnf: Run) -> None:
    years = hnf("reconcile", "--format", "json").json["years"]
    assert [year["authorities"] for year in years] == [149, 149, 150, 150, 151]
    for year in years:
        assert year["within_1_gbp"] == year["authorities"]
        assert year["max_abs_difference_gbp"] < 1
        assert abs(year["england_minus_sum_gbp"]) < 1
        assert year["status"] == "reproduced"
        assert year["formula"].startswith("= [A]")
        assert re.fullmatch(r"20\d\d-\d\d", year["financial_year"])
    (only,) = hnf("reconcile", "--year", "2021-22", "--format", "json").json["years"]
    assert only == years[2]


def test_allocate_contract(hnf: Run) -> None:
    found = hnf("allocate", "919", "--year", "2023-24", "--per", "pupil", "--format", "json").json
    assert {"term", "letter", "value_gbp", "basis"} <= set(found["steps"][0])
    assert found["total_gbp"] == pytest.approx(180_432_328, abs=1)
    assert found["per"]["value_gbp"] == pytest.approx(180_432_328 / 172_831.33)
    assert found["per"]["denominator"] == pytest.approx(172_831.33)
    assert {step["basis"] for step in found["steps"]} == {"published", "derived"}


def test_rank_contract(hnf: Run) -> None:
    found = hnf("rank", "--measure", "nff", "--per", "pupil", "--year", "2023-24", "--format", "json").json
    assert {"rank", "tied_with", "la_code", "la_name", "value"} <= set(found["rows"][0])
    assert found["universe"] == 151
    assert found["rows"][2]["la_code"] == "919"
    assert found["england"]["value"] > found["rows"][0]["value"]
    assert found["median"]["value"] == found["rows"][75]["value"]
    assert found["excluded"] == []
    assert found["basis"] == "derived"


def test_growth_contract(hnf: Run) -> None:
    found = hnf("growth", "Hertfordshire", "--from", "2015", "--to", "2024", "--format", "json").json
    assert found["authority"]["from"]["count"] == 3_682
    assert found["authority"]["to"]["count"] == 11_897
    assert round(found["authority"]["change_pct"], 1) == 223.1
    assert round(found["england"]["change_pct"], 1) == 140.0
    assert found["funding"]["authority"]["to"]["value_gbp"] == 180_432_328


def test_gap_contract(hnf: Run) -> None:
    found = hnf("gap", "herts", "--year", "2023-24", "--per", "pupil", "--to", "average", "--format", "json").json
    assert round(found["gap_gbp"] / 1e6, 1) == 47.4
    assert found["gap_gbp"] == pytest.approx(
        (found["comparator_rate_gbp"] - found["own_rate_gbp"]) * found["denominator"]
    )


def test_authorities_and_sources_contract(hnf: Run) -> None:
    found = hnf("authorities", "--year", "2019-20", "--format", "json").json
    assert found["count"] == len(found["authorities"]) == 149
    assert {"la_code", "la_name"} <= set(found["authorities"][0])
    assert {"201", "420"} <= {row["la_code"] for row in found["without_allocation"]}
    sources = hnf("sources", "list", "--format", "json").json["sources"]
    assert {"id", "publisher", "title", "published", "sha256"} <= set(sources[0])


def test_trace_contract(hnf: Run) -> None:
    found = hnf("trace", "plans:2024:2025:919:total", "--format", "json").json
    assert found["value"] == 11_897
    assert (found["source"], found["sheet"]) == ("sen2_2025", "data/caseload.csv")
    assert re.fullmatch(r"line \d+, ehcplans", found["cell"])


@pytest.mark.parametrize(
    ("measure", "per", "population", "line"),
    [
        ("nff", "pupil", "ons", "  3  919"),
        ("nff_additional", "head", "dfe", "  3  919"),
        ("block", "head", "ons", "  5  919"),
        ("block", "pupil", "ons", "  7  919"),
        ("block", "plan", "ons", " 32  919"),
    ],
)
def test_the_table_shows_the_rank(hnf: Run, measure: str, per: str, population: str, line: str) -> None:
    options = ("--measure", measure, "--per", per, "--population", population)
    answer = hnf("rank", "--year", "2023-24", *options)
    assert answer.code == 0
    assert line in answer.out
    if per == "plan":
        assert "1 is the lowest of 149 authorities" in " ".join(answer.out.split())
        assert "Left out: Cumberland (942)" in answer.out


def test_the_table_of_a_suppressed_count_says_so(hnf: Run) -> None:
    text = " ".join(hnf("growth", "Isle of Wight", "--to", "2026").out.split())
    assert "not available (suppressed) (x), so no change can be given" in text
    assert "-100" not in text


MISTAKES = [
    (
        ("allocate", "Hertfordshir", "--year", "2023-24"),
        "no authority is called 'Hertfordshir'. Did you mean Hertfordshire",
    ),
    (("growth", "Northamptonshir"), "Did you mean Northamptonshire or "),
    (("gap", "919", "--year", "2023-24", "--per", "pupil", "--to", "Bukinghamshire"), "Did you mean Buckinghamshire"),
    (("allocate", "Cumbria", "--year", "2023-24"), "ask for Cumberland and Westmorland and Furness"),
    (("allocate", "City of London", "--year", "2023-24"), "the City of London had no high needs allocation"),
    (("allocate", "919", "--year", "2024-25"), "no allocation for 2024-25 in these tables. Years are 2019-20"),
    (("rank", "--year", "2018-19"), "no allocation for 2018-19"),
    (("reconcile", "--year", "2030-31"), "no allocation for 2030-31"),
    (("authorities", "--year", "2030-31"), "no allocation for 2030-31"),
    (("rank", "--year", "2020-21", "--measure", "nff_additional"), "there was no additional allocation in 2020-21"),
    (("rank", "--year", "2023-24", "--per", "house"), "house"),
    (("growth", "919", "--to", "2035"), "there is no count for January 2035"),
    (("growth", "919", "--from", "2024", "--to", "2015"), "is not after January 2024"),
    (("gap", "Cumberland", "--year", "2023-24", "--per", "plan"), "predecessor only: Cumbria (909)"),
    (("trace", "nothing"), "'nothing' is not a figure id"),
    (("trace", "rank:2023-24:nff:pupil:999"), "999 is unknown"),
    (("reconcile", "--data", "/nowhere/at/all"), "/nowhere/at/all"),
    (("sources", "verify", "--raw", "/nowhere/at/all"), "there is no such folder. Give --raw"),
    (("sources", "build", "--raw", "/nowhere/at/all", "--out", "/nowhere/out"), "Get it from https://"),
]


@pytest.mark.parametrize(("command", "expected"), MISTAKES, ids=[" ".join(command) for command, _ in MISTAKES])
@pytest.mark.parametrize("output", ["table", "json"])
def test_a_mistake_gets_one_line_and_exit_code_2(
    hnf: Run, command: tuple[str, ...], expected: str, output: str
) -> None:
    answer = hnf(*command, "--format", output)
    assert answer.code == 2
    assert answer.out == ""
    lines = answer.err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("hnf: ")
    assert expected in lines[0]
    assert "Traceback" not in answer.err


QUERIES = [command for command in COMMANDS if command[0] not in ("sources",)]


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / f"{name}.csv"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return apply


BLOCK = "dsg_high_needs_block"
CELL = "919,total_before_deductions,I,180432328,gbp,,dsg_2023_24"
BROKEN = {
    "table missing": (lambda folder: (folder / f"{BLOCK}.csv").unlink(), "cannot read the table"),
    "heading changed": (
        _edit(BLOCK, "financial_year", "year"),
        "the columns of dsg_high_needs_block are not as declared",
    ),
    "text in a number cell": (_edit(BLOCK, CELL, CELL.replace("180432328", "lots")), "is not of its column's type"),
    "unknown authority": (_edit(BLOCK, CELL, CELL.replace("919", "998", 1)), "la_code 998 is not in the table"),
    "no authorities": (lambda folder: (folder / "authorities.csv").unlink(), "cannot read the table authorities"),
    "no years": (
        lambda folder: (folder / f"{BLOCK}.csv").write_text(
            (folder / f"{BLOCK}.csv").read_text().split("\n", 1)[0] + "\n"
        ),
        "there are no allocations in these tables",
    ),
    "formula unreadable": (_edit("dsg_formula_rows", "+ [F] + [H]", "+ [F] / [H]"), "cannot read the formula row"),
    "letter unknown": (_edit("dsg_formula_rows", "+ [F] + [H]", "+ [F] + [Z]"), "names column Z"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_folder_gives_one_line_and_never_a_traceback(hnf: Run, tables: Path, case: str) -> None:
    apply, expected = BROKEN[case]
    apply(tables)
    answer = hnf("reconcile", "--data", tables)
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    for command in QUERIES:
        answer = hnf(*command, "--data", tables, "--format", "json")
        assert answer.code in (0, 2), answer.err
        assert answer.code == 0 or len(answer.err.strip().splitlines()) == 1
        if answer.code == 0:
            assert answer.json


def test_a_key_twice(hnf: Run, tables: Path) -> None:
    path = tables / f"{BLOCK}.csv"
    row = next(line for line in path.read_text().splitlines() if CELL in line)
    path.write_text(path.read_text() + row + "\n")
    answer = hnf("rank", "--year", "2023-24", "--data", tables)
    assert answer.code == 2
    assert "break the rule 'primary_key', such as 2023-24" in answer.err


def test_one_changed_number_exits_1_and_names_the_authority(hnf: Run, tables: Path) -> None:
    path = tables / f"{BLOCK}.csv"
    lines = path.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("2023-24") and ",919,import_export," in line)
    lines[at] = re.sub(r",D,-?\d+,", ",D,7,", lines[at])
    path.write_text("\n".join(lines) + "\n")
    answer = hnf("reconcile", "--data", tables)
    assert answer.code == 1
    assert re.search(r"2023-24, Hertfordshire \(919\): recomputed .£", " ".join(answer.out.split()))
    assert "the printed tables are not reproduced in 2023-24" in answer.err
    as_json = hnf("reconcile", "--data", tables, "--format", "json")
    assert as_json.code == 1
    years = as_json.json["years"]
    assert [year["status"] for year in years] == ["reproduced"] * 4 + ["differs"]
    assert [row["area"] for row in years[-1]["off"]] == ["919"]
    assert hnf("reconcile", "--year", "2022-23", "--data", tables).code == 0


@pytest.mark.parametrize("term", ["deductions", "total_after_deductions"])
def test_a_changed_deduction_is_named_too(hnf: Run, tables: Path, term: str) -> None:
    path = tables / f"{BLOCK}.csv"
    lines = path.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("2023-24") and f",919,{term}," in line)
    lines[at] = re.sub(r",(\d+),gbp,", r",1\1,gbp,", lines[at])
    path.write_text("\n".join(lines) + "\n")
    answer = hnf("reconcile", "--data", tables)
    assert answer.code == 1
    assert "2023-24, Hertfordshire (919): total before deductions minus deductions" in " ".join(answer.out.split())


def test_a_symbol_in_place_of_a_total_is_said_everywhere(hnf: Run, tables: Path) -> None:
    _edit(BLOCK, CELL, CELL.replace("180432328,gbp,", ",gbp,x"))(tables)
    answer = hnf("reconcile", "--data", tables)
    assert answer.code == 1
    assert "Hertfordshire (919): no figure to compare" in " ".join(answer.out.split())
    assert hnf("allocate", "919", "--year", "2023-24", "--data", tables).code == 2
    ranked = hnf("rank", "--year", "2023-24", "--data", tables, "--format", "json").json
    assert ranked["universe"] == 150
    assert [row["la_code"] for row in ranked["excluded"]] == ["919"]


def test_a_copy_of_the_tables_answers_the_same(hnf: Run, tables: Path) -> None:
    for command in QUERIES:
        assert hnf(*command, "--data", tables, "--format", "json").out == hnf(*command, "--format", "json").out


def test_every_rank_in_an_answer_can_be_traced(hnf: Run) -> None:
    rows = hnf("rank", "--year", "2023-24", "--per", "pupil", "--format", "json").json["rows"]
    assert len(rows) == 151
    for row in rows[::50]:
        for figure_id, value in ((row["figure_id"], row["value"]), (row["rank_id"], row["rank"])):
            assert hnf("trace", figure_id, "--format", "json").json["value"] == value
