"""Every key of JSON and heading of CSV is in docs/json.md, and every row says whose, when, what, unit and basis."""

import csv
import io
import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hnf.commands.registry import COMMANDS

Run = Callable[..., Any]
PAGE = Path(__file__).parents[2] / "docs" / "json.md"
CALLS = """
allocate Hertfordshire --year 2023-24
allocate England --year 2023-24 --per pupil
rank --year 2023-24
rank --year 2023-24 --level region
rank --year 2023-24 --region London --per plan
rank --measure within_20_weeks_pct
rank --year 2024-25
table --measures block_per_head,plans --areas Kent,England --growth-from 2019 --rank
table --measures block_per_head --areas Kent,England --real
table --measures plans --areas Kent,England --wide
map --year 2023-24 --highlight Kent
map --growth
map --year 2024-25
rank-card Hertfordshire
rank-card Hertfordshire --year 2023-24
growth Hertfordshire --from 2015 --to 2024
growth Cumberland --from 2015 --to 2025
growth Kent --measure within_20_weeks_pct --from 2019 --to 2025
need Hertfordshire
need Cumberland
need Kent --measure refused_pct --from 2019
gap Hertfordshire --year 2023-24 --per head
gap "North Northamptonshire" --year 2023-24 --per head --to median --school-size 1000
gap Hertfordshire --year 2024-25
catch-up Hertfordshire --year 2023-24 --own-growth 5 --england-growth 3
compare Hertfordshire --year 2023-24
compare Hertfordshire --measure within_20_weeks_pct
compare "South East" --year 2023-24
compare Hertfordshire --from 2019 --real
compare --flips --year 2023-24
wedge Cumberland
wedge "South East"
inequality
association
association --measure special_independent_pct --against block_per_plan
association --residuals
project Hertfordshire
project Cumberland
project England --backtest
spending Hertfordshire
spending "Isle of Wight"
spending --all
reported Hertfordshire
bounds Hertfordshire
bounds England
explain Hertfordshire --year 2023-24
explain England --year 2023-24
explain Hertfordshire --year 2023-24 --against 2022-23
explain Hertfordshire --year 2024-25
claims check "Hertfordshire is the third lowest funded per head in 2023-24"
claims check "Funding has not kept pace with demand in Kent since 2019"
claims list
reconcile
protection --year 2023-24
parameters --year 2023-24
parameters --diff 2022-23 2023-24
scenario list
scenario show no_gains_limit
scenario run no_gains_limit --year 2023-24
scenario run no_gains_limit --year 2023-24 --by region
scenario run minimum_per_pupil_national --year 2023-24 --by constituency
scenario compare additional_by_pupils additional_by_plans --year 2023-24
sweep limit_and_equal_rates --year 2023-24 --samples 64
brief Hertfordshire --out OUT
authorities
authorities lineage Cumberland
sources list
editions --year 2023-24
diff 2019-03-27 2023-07-21
measures
trace rate:2023-24:nff:pupil:919
trace dsg:2023-24:2023-07-20:919:total_before_deductions
""".strip().splitlines()
#: Commands whose answer is files, or needs files that do not ship; their own tests read their JSON.
UNHEARD = {
    "explore": "it writes a page; its answer says how much is in it",
    "export": "it writes files; its answer is the manifest",
    "mcp": "it gives the answers of other commands",
    "ingest": "it reads files that do not ship",
}
#: Keys below which keys are data: dates, codes, names of terms.
DATA = {
    "figure_ids", "codes", "counts", "verdicts", "periods", "years_without",
    "groups_minus_sum_gbp", "authorities_changed_by_term", "baseline_editions", "first_order",
}  # fmt: skip
#: Rows that are things and not figures, by the beginning of the call.
THINGS = (
    "claims",
    "parameters",
    "trace",
    "authorities",
    "sources",
    "editions",
    "measures",
    "scenario list",
    "scenario show",
    "brief",
)
#: Rows of several figures: no `value`, but headings with a unit.
WIDE = (
    "bounds", "gap", "catch-up", "wedge", "inequality", "project", "protection", "reconcile", "scenario", "sweep",
    "compare --flips", "explain Hertfordshire --year 2023-24 --against", "explain Hertfordshire --year 2024-25",
    "rank --year 2024-25", "map --year 2024-25", "diff",
)  # fmt: skip


@cache
def vocabulary() -> dict[str, str]:
    """Return every key of the page with its unit."""
    found: dict[str, str] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = line.strip("|").split(" | ") if line.startswith("| `") else []
        if len(cells) == 3 or (len(cells) == 2 and line.endswith("| |")):
            for key in re.findall(r"`([^`]+)`", cells[0]):
                assert key not in found, f"{key} is explained twice"
                found[key] = cells[2].strip() if len(cells) == 3 else ""
    return found


@pytest.fixture(scope="module")
def answers(
    hnf: Run, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[dict[str, Any], list[dict[str, str]]]]:
    """Return JSON and CSV of every call."""
    folder, found = tmp_path_factory.mktemp("out"), {}
    for call in CALLS:
        words = [word.replace("OUT", str(folder)) for word in shlex.split(call)]
        given = [hnf(*words, "--format", form) for form in ("json", "csv")]
        assert [one.code for one in given] == [0, 0], given[0].err
        rows = csv.DictReader(io.StringIO(given[1].out), strict=True)
        found[call] = (given[0].json, list(rows))
    return found


def is_data(path: list[str], call: str) -> bool:
    """Whether the last key of a path is a date, code or name."""
    above = path[-2:-1]
    return (
        any(key in DATA for key in path[:-1])
        or (above == ["parameters"] and call.startswith("scenario"))
        or (above == ["total"] and call.startswith("sweep"))
        or (above == ["plans"] and path[-1].isdecimal())
        or bool(re.fullmatch(r"model_20\d\d", path[-1]))
        or ("--wide" in call and path[-1].endswith(tuple("0123456789")))
    )


def test_every_command_answers_or_says_why_not() -> None:
    heard = {call.split()[0] for call in CALLS}
    assert heard | set(UNHEARD) == {entry.name for entry in COMMANDS}
    assert not heard & set(UNHEARD)


def walk(value: Any, path: list[str]) -> Iterator[list[str]]:
    if isinstance(value, list):
        for item in value:
            yield from walk(item, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield [*path, key]
            yield from walk(item, [*path, key])


def test_every_key_and_heading_is_explained_and_every_explained_key_is_given(answers: Any) -> None:
    given: dict[str, str] = {}
    for call, (form, rows) in answers.items():
        paths = {tuple(path) for path in walk(form, [])} | {tuple(key.split(".")) for row in rows[:1] for key in row}
        for path in paths:
            if not is_data(list(path), call):
                given.setdefault(path[-1], call)
    known = vocabulary()
    assert {key: call for key, call in given.items() if key not in known} == {}
    unused = " ".join(sorted(set(known) - set(given)))
    assert unused == ""


@pytest.mark.parametrize("call", [call for call in CALLS if not call.startswith(THINGS) and "--wide" not in call])
def test_every_row_of_figures_says_whose_when_what_unit_basis_and_id(answers: Any, call: str) -> None:
    rows = answers[call][1]
    assert rows
    for row in rows:
        assert all(row.get(key) for key in ("area_code", "area_name", "period", "measure")), row
        assert row.get("basis"), row
        if call.startswith(WIDE):
            united = [key for key in row if vocabulary().get(key.split(".")[-1])]
            assert len(united) >= 2
        else:
            assert "value" in row
            assert row["unit"]
            if row["value"]:
                assert row.get("figure_id") or row.get("figure_ids.value"), row


@pytest.mark.parametrize("call", CALLS)
def test_no_cell_holds_json_or_a_list_of_python(answers: Any, call: str) -> None:
    for row in answers[call][1]:
        for key, cell in row.items():
            assert not re.match(r"[\[{]['\"{\[\d]", cell or ""), (key, cell)
            assert "{'" not in (cell or "")
            assert '{"' not in (cell or "")


def test_a_code_and_its_name_belong_together(answers: Any) -> None:
    table = (PAGE.parents[1] / "data" / "tidy" / "authorities.csv").read_text(encoding="utf-8")
    names = {row["la_code"]: row["la_name"] for row in csv.DictReader(io.StringIO(table))}
    wrong = {
        (call, row["area_code"], row["area_name"])
        for call, (_, rows) in answers.items()
        for row in rows
        if "area_code" in row and row["area_code"] in names and row["area_name"] != names[row["area_code"]]
    }
    assert wrong == set()
    england = {row["area_name"] for _, rows in answers.values() for row in rows if row.get("area_code") == "england"}
    assert england == {"England"}


def test_one_word_has_one_meaning(answers: Any) -> None:
    kinds: dict[str, set[str]] = defaultdict(set)

    def look(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                look(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if key == "population" and item is not None:
                    kinds[key].add(str(item))
                if key in ("heads", "previous_heads"):
                    kinds[key].add(type(item).__name__)
                look(item)

    for form, _ in answers.values():
        look(form)
    assert kinds["population"] == {"ons", "dfe"}
    assert kinds["heads"] <= {"float", "int", "NoneType"}


def test_growth_is_long_and_its_rows_are_the_figures_of_the_contract(answers: Any) -> None:
    form, rows = answers["growth Hertfordshire --from 2015 --to 2024"]
    by_place = {(row["area_code"], row["period"], row["measure"], row["price_base"]): row for row in rows}
    assert len(by_place) == len(rows)
    assert by_place["919", "2015", "plans", ""]["value"] == "3682"
    assert by_place["919", "2024", "plans", ""]["value"] == "11897"
    change = by_place["919", "2015 to 2024", "plans", ""]
    assert (change["unit"], round(float(change["value"]), 1)) == ("pct", round((11897 / 3682 - 1) * 100, 1))
    assert form["authority"]["to"]["count"] == 11897  # the contract stays
    real = by_place["919", "2019-20 to 2023-24", "block", "2025-26"]
    assert float(real["value"]) < float(by_place["919", "2019-20 to 2023-24", "block", ""]["value"])
