"""The page of limits states every limit there is, with the value that the code has."""

import ast
import csv
from pathlib import Path

import pytest

import hnf
from hnf.formula import block as printed
from hnf.ingest import ingest as run
from hnf.sources.workbooks import guard as limits

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8").split())
LIMITS = {
    name: value for module in (limits, printed) for name, value in vars(module).items() if name.startswith("MAX_")
}


def test_there_are_limits() -> None:
    assert len(LIMITS) > 15


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_stands_on_the_page_with_its_value(name: str) -> None:
    (row,) = [row for row in PAGE.split("| ") if f"`{name}`" in row][:1]
    before = PAGE[: PAGE.index(f"`{name}`")].rsplit(" | ", 3)
    assert f"{LIMITS[name]:,}" in before[-3:], f"{name} is {LIMITS[name]:,}; the page says {row}"


def test_limits_that_stand_elsewhere_are_the_same() -> None:
    assert run.MAX_BYTES == limits.MAX_FILE_BYTES
    # The reader of CSV has a limit of its own for a cell.
    assert csv.field_size_limit() == limits.MAX_CSV_CELL_TEXT


def test_no_text_is_run_as_code() -> None:
    banned = {"eval", "exec", "compile", "__import__"}
    calls = [
        (path, node.func.id)
        for path in Path(hnf.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert len(calls) > 1_000
    assert [(path.name, name) for path, name in calls if name in banned] == []
