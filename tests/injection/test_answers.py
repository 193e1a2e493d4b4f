"""Hostile names in the answers of every command: tables steer no terminal, CSV runs nothing, JSON is as it was."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.first_examples import first_example
from fixtures.hostile_text import ALL, MARKUP, PATHS, STEERING

from hnf.commands.registry import COMMANDS
from hnf.tables.store import Store

Run = Callable[..., Any]
YEAR = ("--year", "2023-24")
#: Each command as it is asked about tables whose names are hostile; 202 and 203 are Hertfordshire's company.
QUESTIONS: dict[str, tuple[str, ...]] = {
    "allocate": ("919", *YEAR, "--per", "head"),
    "rank": ("--measure", "nff", "--per", "head", *YEAR),
    "map": ("--per", "head", *YEAR),
    "rank-card": ("202", *YEAR),
    "growth": ("919", "--from", "2015", "--to", "2024"),
    "gap": ("919", *YEAR, "--per", "pupil", "--to", "202"),
    "catch-up": ("919", *YEAR, "--own-growth", "5", "--england-growth", "3"),
    "compare": ("919", *YEAR),
    "wedge": ("203",),
    "inequality": (*YEAR,),
    "association": (*YEAR,),
    "project": ("919",),
    "spending": ("919",),
    "explain": ("919", *YEAR),
    "claims": ("check", "EHC plans in 919 have risen by 223% since 2015", "--who", "919"),
    "reconcile": (*YEAR,),
    "protection": (*YEAR,),
    "scenario": ("run", "no_gains_limit", *YEAR),
    "sweep": ("additional_by_steps", *YEAR),
    "authorities": (),
    "editions": (),
    "diff": ("2022", "2025"),
    "trace": ("rate:2023-24:nff:pupil:919",),
    "explore": ("--areas", "919,202"),
}
#: Commands that do not look at names of the tables, and `mcp`, which answers as these commands do.
OTHERS = {"parameters", "brief", "sources", "ingest", "export", "mcp"}
#: What nobody has listed is asked as in the first of its examples, about Hertfordshire by its code.
for entry in COMMANDS:
    if entry.name not in {*QUESTIONS, *OTHERS}:
        QUESTIONS[entry.name] = tuple("919" if w == "Hertfordshire" else w for w in first_example(entry.name))


def steering(text: str) -> set[str]:
    """Characters that do something to a terminal."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\n"}


def may_run(cell: str) -> bool:
    """Whether a spreadsheet that parts cells at commas, semicolons, tabs or line ends would run a part of a cell."""
    pieces = [piece.lstrip() for piece in re.split(r"[\n\t;]", re.sub(r"^'\s*", "'", cell))]
    return any(piece[:1] in tuple("=+-@＝＋－＠") and not is_number(piece) for piece in pieces)


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text))


def test_every_command_is_asked() -> None:
    assert {entry.name for entry in COMMANDS} == {*QUESTIONS, *OTHERS}


@pytest.mark.usefixtures("one_store")
@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.slow
def test_an_answer_runs_and_steers_nothing(
    hnf: Run, hostile_folder: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where a command writes that is not told where
    ask = (name, *QUESTIONS[name], "--data", hostile_folder)
    table = hnf(*ask)
    assert table.code in (0, 1), table.err
    assert steering(table.out) == steering(table.err) == set()
    assert max(map(len, table.out.splitlines())) <= 80
    answer = hnf(*ask, "--format", "json")
    assert answer.code == table.code
    assert steering(answer.out) == set()
    assert answer.json
    rows = hnf(*ask, "--format", "csv")
    assert rows.code == table.code
    read = list(csv.reader(io.StringIO(rows.out, newline="")))
    assert read
    assert len({len(row) for row in read}) == 1
    assert [cell for row in read for cell in row if may_run(cell)] == []
    assert {c for c in steering(rows.out) if c != "\t"} == set()


def test_json_holds_the_names_as_they_are(hnf: Run, hostile_folder: Path, hostile_store: Store) -> None:
    names = dict(hostile_store.table("authorities").select("la_code", "la_name").iter_rows())
    found = hnf("authorities", "--data", hostile_folder, "--format", "json").json["authorities"]
    assert len(found) == 151
    assert {row["la_code"]: row["la_name"] for row in found}.items() <= names.items()
    assert sum(row["la_name"] in ALL for row in found) > 50


@pytest.mark.parametrize("text", ALL)
def test_a_name_typed_is_shown_and_does_nothing(hnf: Run, text: str) -> None:
    asked: tuple[tuple[str, ...], ...] = (
        ("growth", f"{text} qqq"),
        ("rank", "--year", text),
        ("trace", text),
        (f"x{text}",),
    )
    more: tuple[tuple[str, ...], ...] = (
        ("gap", "919", *YEAR, "--per", "pupil", "--to", f"{text} qqq"),
        ("brief", "--constituency", f"{text} qqq"),
        ("rank", "--measure", text, *YEAR),
        ("allocate", "919", *YEAR, f"--{text}"),
        ("scenario", "show", f"{text} qqq"),
        ("sweep", f"{text} qqq"),
        ("allocate", "919", *YEAR, "--edition", text),
        ("allocate", "919", *YEAR, "--data", f"{text} qqq"),
        ("claims", "check", text, "--who", f"{text} qqq"),
    )
    for ask in (*asked, *(more if text in STEERING or text in MARKUP[-2:] else ())):
        answer = hnf(*ask)
        assert (answer.code, answer.out) == (2, ""), (ask, answer)
        assert answer.err.startswith("hnf: ")
        assert answer.err.count("\n") == 1
        assert steering(answer.err) == set()


def test_paths_of_the_corpus_are_there() -> None:
    assert {"../../x", "CON"} <= set(PATHS)
