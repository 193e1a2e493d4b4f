"""`hnf scenario` as somebody types it."""

from __future__ import annotations

import csv
import io
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_run_holds_what_the_contract_says(hnf: Run) -> None:
    answer = hnf("scenario", "run", "no_gains_limit", "--year", "2023-24", "--format", "json")
    assert (answer.code, answer.err.count("\n")) == (0, 3)
    found = answer.json
    assert len(found["rows"]) == 151
    assert {"la_code", "baseline_gbp", "scenario_gbp", "change_gbp"} <= set(found["rows"][0])
    assert found["cost_gbp"] == 59_276_543
    assert found["winners"] + found["losers"] + found["unchanged"] == 151
    assert found["year"] == "2023-24"
    assert [change["kind"] for change in found["changes"]] == ["gains_limit"]
    assert all(isinstance(row["rank_before"], int) for row in found["rows"])


def test_a_table_fits_eighty_columns_and_says_what_it_rests_on(hnf: Run) -> None:
    answer = hnf("scenario", "run", "additional_by_plans", "--year", "2023-24")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "The additional allocation shared by EHC plans, 2023-24"
    text = " ".join(answer.out.split())
    assert "The total is held. 65 gain, 84 lose, 2 unchanged." in text
    assert "Not part of additional: Cumberland (942), Westmorland and Furness (943): EHC plans" in text
    assert "people aged 2 to 18, ONS mid-2023 estimate" in text
    assert sum(line[:3].isdigit() for line in lines) == 20


def test_all_shows_everyone_and_csv_always_does(hnf: Run) -> None:
    words = ("scenario", "run", "uplift_1_pct", "--year", "2022-23")
    whole = hnf(*words, "--all").out
    assert sum(line[:3].isdigit() for line in whole.splitlines()) == 150
    rows = list(csv.DictReader(io.StringIO(hnf(*words, "--format", "csv").out)))
    assert len(rows) == 150
    assert math.fsum(float(row["change_gbp"]) for row in rows) == pytest.approx(89_882_589.15)


@pytest.mark.parametrize("sort", ["change", "pct", "head"])
def test_sorting(hnf: Run, sort: str) -> None:
    key = {"change": "change_gbp", "pct": "change_pct", "head": "change_per_head_gbp"}[sort]
    words = ("scenario", "run", "equal_per_head_10_pct", "--year", "2020-21", "--sort", sort, "--format", "json")
    values = [row[key] for row in hnf(*words).json["rows"]]
    assert [value for value in values if value is None] == values[len([v for v in values if v is not None]) :]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=True)


def test_sorting_by_name_shows_everyone(hnf: Run) -> None:
    words = ("scenario", "run", "no_gains_limit", "--year", "2023-24", "--sort", "name")
    names = [row["la_name"] for row in hnf(*words, "--format", "json").json["rows"]]
    assert names == sorted(names)
    assert sum(line[:3].isdigit() for line in hnf(*words).out.splitlines()) == 151


def test_several_are_made_in_the_order_given(hnf: Run) -> None:
    joined = hnf("scenario", "run", "no_gains_limit+uplift_1_pct", "--year", "2023-24", "--format", "json")
    apart = hnf("scenario", "run", "no_gains_limit", "uplift_1_pct", "--year", "2023-24", "--format", "json")
    assert joined.out == apart.out
    shown = hnf("scenario", "run", "no_gains_limit+uplift_1_pct", "--year", "2023-24").out
    assert shown.index("1. All of what the gains limit took") < shown.index("2. The whole block is raised by 1%")


def test_a_file_of_the_users_own(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert hnf("scenario", "new", "--out", path, "--year", "2019-20").code == 0
    answer = hnf("scenario", "run", path, "--format", "json")
    assert answer.json["cost_gbp"] == 62_706_650.27
    assert answer.json["rows"][0]["figure_id"] is None
    again = hnf("scenario", "new", "--out", path)
    assert again.code == 2
    assert "is there already" in again.err
    shown = hnf("scenario", "show", path, "--format", "json").json
    assert shown["changes"] == [{"kind": "uplift", "parameters": {"pct": 1.0, "term": "block"}}]


def test_text_of_a_file_neither_steers_the_terminal_nor_starts_a_formula(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = hnf("scenario", "new", "--year", "2022-23").out
    path.write_text(text.replace("One per cent more for everyone", r"=1+1 \u001b[31m"), encoding="utf-8")
    assert "\x1b" not in hnf("scenario", "run", path).out
    row = next(csv.reader(hnf("scenario", "show", path, "--format", "csv").out.splitlines()[1:]))
    assert not any(cell.startswith("=") for cell in row)


def test_list_and_show(hnf: Run) -> None:
    found = hnf("scenario", "list", "--format", "json").json
    assert found["count"] == len(found["scenarios"]) >= 8
    for scenario in found["scenarios"]:
        assert scenario["years"]
        shown = hnf("scenario", "show", scenario["name"])
        assert shown.code == 0
        assert max(map(len, shown.out.splitlines())) <= 80
    assert max(map(len, hnf("scenario", "list").out.splitlines())) <= 80


def test_compare(hnf: Run) -> None:
    words = ("scenario", "compare", "additional_by_population", "additional_by_plans", "--year", "2023-24")
    found = hnf(*words, "--format", "json").json
    assert len(found["rows"]) == 151
    for row in found["rows"]:
        assert row["difference_gbp"] == row["second_change_gbp"] - row["first_change_gbp"]
    assert found["first"]["cost_gbp"] == found["second"]["cost_gbp"] == 0
    table = hnf(*words).out
    assert max(map(len, table.splitlines())) <= 80
    assert sum(line[:3].isdigit() for line in table.splitlines()) == 20


def test_comparing_different_years_is_refused(hnf: Run, tmp_path: Path) -> None:
    paths = [tmp_path / f"{year}.toml" for year in ("2019-20", "2022-23")]
    for path in paths:
        hnf("scenario", "new", "--out", path, "--year", path.stem)
    answer = hnf("scenario", "compare", *paths)
    assert answer.code == 2
    assert "one scenario is for 2019-20, the other for 2022-23" in answer.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "no_gain_limit", "--year", "2022-23"), "Did you mean no_gains_limit"),
        (("run", "no_gains_limit", "--year", "2021-22"), "is not for 2021-22. It is for 2022-23, 2023-24"),
        (("run", "no_gains_limit"), "is for several years. Give --year, one of 2022-23, 2023-24."),
        (("run", "nofile.toml", "--year", "2022-23"), "nofile.toml: the scenario file does not exist."),
        (("run", "no_gains_limit", "--year", "22"), "is not a financial year"),
        (("run", "no_gains_limit", "--year", "2022-23", "--sort", "size"), "is not one of change, pct, head, name"),
        (("run", "no_gains_limit", "--year", "2022-23", "--chart", "x.jpg"), "a chart is written as .svg or .png"),
        (("run",), "Missing argument"),
        (("lst",), "Did you mean 'list'?"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_2(hnf: Run, words: tuple[str, ...], message: str) -> None:
    answer = hnf("scenario", *words)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_the_chart_is_written(hnf: Run, tmp_path: Path) -> None:
    for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        path = tmp_path / f"chart.{kind}"
        answer = hnf("scenario", "run", "additional_by_plans", "--year", "2022-23", "--chart", path)
        assert answer.code == 0
        assert path.read_bytes().startswith(start)


def test_figures_can_be_traced(hnf: Run) -> None:
    answer = hnf("trace", "scenario:no_gains_limit:2022-23:382", "--format", "json")
    assert answer.json["value"] == 64_584_665
    assert [cell["cell"] for cell in answer.json["inputs"]] == ["K65", "C65", "I65"]


#: Notes the modules whose functions run between the start of the command and its last row; loading a module is no run.
WATCH = """
import sys

ran, loading, inside = set(), 0, 0


def watch(frame, event, _):
    global loading, inside
    if event in ("call", "return"):
        step = 1 if event == "call" else -1
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        if name == "<module>":
            loading += step
        elif module == "hnf.commands.scenario" and name == "run":
            inside += step
        if step == 1 and inside and not loading and module.startswith("hnf."):
            ran.add(module)


from hnf.commands import main

sys.setprofile(watch)
try:
    code = main(sys.argv[1:])
finally:
    sys.setprofile(None)
assert not code, code
print(*sorted(ran), sep="\\n", file=sys.stderr)
"""
#: So many a reader opens to follow a scenario from the command to the printed row.
MOST_MODULES = 20


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize("name", ["no_gains_limit", "additional_by_plans", "equal_per_head_10_pct"])
@pytest.mark.slow
def test_a_scenario_is_followed_through_few_modules(name: str, output: str) -> None:
    command = ("scenario", "run", name, "--year", "2023-24", "--format", output)
    done = subprocess.run([sys.executable, "-c", WATCH, *command], capture_output=True, text=True, check=True)
    modules = [line for line in done.stderr.splitlines() if line.startswith("hnf.")]
    assert {"hnf.commands.scenario", "hnf.scenarios.run", "hnf.scenarios.changes"} <= set(modules)
    assert len(modules) <= MOST_MODULES
