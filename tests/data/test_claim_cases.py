"""Public statements with the right answer, as they were said: each gets its code, and none is answered wrongly."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from hnf.claims.check import check_text
from hnf.tables.store import Store

#: Codes that say that the tables tell.
TELLS = {"true", "true_on_some_bases", "was_true", "untrue"}


@pytest.fixture(scope="module")
def answers(store: Store, raw: Path) -> dict[str, tuple[set[str], list[str]]]:
    """The codes wanted and given, by statement."""
    with (raw.parent / "cases" / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["verdict_code"]]
    return {
        row["id"]: (
            set(row["verdict_code"].split("|")),
            [one.code for one in check_text(store, row["statement"], row["who"], row["said"])],
        )
        for row in rows
    }


@pytest.mark.raw
def test_each_statement_is_answered_with_its_code(answers: dict[str, tuple[set[str], list[str]]]) -> None:
    assert len(answers) > 70
    assert {id_: codes for id_, (wanted, codes) in answers.items() if not wanted & set(codes)} == {}


@pytest.mark.raw
def test_the_table_of_the_guide_counts_what_comes_out(answers: dict[str, tuple[set[str], list[str]]]) -> None:
    found: Counter[str] = Counter()
    for wanted, codes in answers.values():
        whole, part = set(codes) <= wanted, bool(set(codes) & wanted)
        found["right" if whole else "right, with more" if part else "wrong" if TELLS & set(codes) else "not told"] += 1
    guide = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "claims.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in guide.splitlines() if line.startswith("| *")]
    assert {name.strip("*"): int(after) for name, _, after in rows} == {
        name: found[name] for name in ("right", "right, with more", "not told", "wrong")
    }
