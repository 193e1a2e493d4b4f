"""CONTRIBUTING.md's list "add a question", followed to the letter in a copy of the package."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from structure import test_structure as rules

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: Each file of the list with the code that the page gives for it.
STEPS = re.findall(
    r"^\d\. `([^`]+)`(?:, new)?: [^`]*?(?:`[^`]*`[^`]*?)*?\n\n```(?:python|text)\n(.*?)^```",
    PAGE,
    re.MULTILINE | re.DOTALL,
)


def place(copy: Path, path: str, code: str) -> None:
    """Write a file of the list, or put its lines where the page says that they go."""
    target = copy / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(code, encoding="utf-8")
        return
    text = target.read_text(encoding="utf-8")
    for line in code.splitlines(keepends=True):
        start = {"Ent": "COMMANDS = (\n", "fro": "if TYPE_CHECKING:\n"}.get(line.strip()[:3])
        start = start or ("_HOMES = {\n" if ":" in line else '    "__version__",\n')
        assert text.count(start) == 1, f"{path} has no '{start.strip()}'"
        text = text.replace(start, start + line)
    target.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with the made-up question."""
    folder = tmp_path_factory.mktemp("question")
    shutil.copytree(ROOT / "hnf", folder / "hnf", ignore=shutil.ignore_patterns("__pycache__"))
    if (ROOT / "data").is_dir():
        (folder / "data").symlink_to(ROOT / "data")
    for path, code in STEPS:
        place(folder, path, code)
    return folder


def python(copy: Path, *words: str) -> str:
    """What a fresh Python prints that has the copy in place of the package."""
    environment = {"PYTHONPATH": str(copy), "HNF_DATA": "", "PATH": ""}
    answer = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, cwd=copy, env=environment
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def hnf(copy: Path, *words: str) -> str:
    return python(copy, "-c", "from hnf.commands import app; app()", *words)


def test_the_list_has_at_most_five_files() -> None:
    assert [path for path, _ in STEPS] == [
        "hnf/analysis/above.py",
        "hnf/commands/above.py",
        "hnf/commands/registry.py",
        "hnf/__init__.py",
        "tests/unit/test_above.py",
    ]


def test_the_new_question_answers_in_every_form(copy: Path) -> None:
    assert "\n  above        authorities above England's rate, highest first\n" in hnf(copy, "--help")
    assert "hnf above --year 2023-24 --per pupil" in hnf(copy, "above", "--help")
    ask = ("above", "--year", "2023-24", "--per", "pupil")
    answer = json.loads(hnf(copy, *ask, "--format", "json"))
    assert answer["basis"] == "derived"
    values = [row["value"] for row in answer["rows"]]
    assert values == sorted(values, reverse=True)
    assert min(values) > answer["england_gbp"] > 1_000
    rows = list(csv.DictReader(io.StringIO(hnf(copy, *ask, "--format", "csv"))))
    assert [row["la_code"] for row in rows] == [row["la_code"] for row in answer["rows"]]
    table = hnf(copy, *ask)
    assert table.startswith(f"{len(rows)} authorities above England's rate")
    assert max(len(line) for line in table.splitlines()) <= 80
    # England's rate on this basis as hnf gap prints it in the README.
    assert "England: £1,318.28." in table
    assert hnf(copy, "trace", rows[0]["figure_id"]).startswith(rows[0]["figure_id"])


def test_the_new_test_passes(copy: Path) -> None:
    path = next(path for path, _ in STEPS if path.startswith("tests/"))
    assert "1 passed" in python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(copy), path)


#: Rules of the structure that name what breaks them.
RULES: tuple[Callable[[rules.Sources], object], ...] = (
    rules.backward, rules.loops, rules.with_one_importer, rules.too_long, rules.passing_on, rules.named_like_a_library,
    rules.readers_of_tables, rules.implementations, rules.without_caller, rules.entries_that_only_state_a_type,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_the_rules_of_the_structure_hold_with_it(copy: Path, rule: Callable[[rules.Sources], object]) -> None:
    modules = {
        rules.name_of(ROOT / path.relative_to(copy)): path.read_text(encoding="utf-8")
        for path in sorted((copy / "hnf").rglob("*.py"))
    }
    assert len(modules) == len(rules.HNF) + 2
    assert rule(modules) == rule(rules.HNF)
