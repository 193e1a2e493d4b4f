"""The tables of speed in the README and the documents are those of the results that were measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import table  # noqa: E402

RESULTS = json.loads(table.RESULTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("path", "tables"), [(table.README, table.few), (table.PAGE, table.page)])
def test_a_document_has_the_tables_of_the_results(path, tables) -> None:
    assert "<!-- measured -->" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == table.written(path, tables(RESULTS))


def test_every_part_is_measured_with_date_and_machine() -> None:
    assert set(RESULTS) == set(table.PARTS)
    for part in table.PARTS:
        assert RESULTS[part]["runs"] >= 3
        assert "cores" in RESULTS[part]["machine"]
        for row in RESULTS[part]["rows"]:
            assert row["least"] <= row["median"] <= row["most"]


def test_the_readme_shows_the_lines_it_names() -> None:
    known = {(row["what"], row["against"]) for part in table.PARTS for row in RESULTS[part]["rows"]}
    assert set(table.FEW) <= known
