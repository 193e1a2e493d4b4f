"""The documents say what the code says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hnf.commands.registry import COMMANDS

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import render_commands
from render_tables import describe_tables

ROOT = Path(__file__).resolve().parents[2]


def test_page_about_tables_is_written_from_the_declaration():
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == describe_tables(), "run: python docs/render_tables.py > docs/tables.md"


def test_reference_of_commands_is_written_from_the_program():
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == render_commands.describe_commands(), "run: python docs/render_commands.py > docs/commands.md"
    manual = (ROOT / "docs" / "hnf.1").read_text(encoding="utf-8")
    assert manual == render_commands.describe_for_man(), "run: python docs/render_commands.py man > docs/hnf.1"
    assert {entry.name for entry in COMMANDS} == set(re.findall(r"^## hnf (\S+)", page, flags=re.MULTILINE))


def test_reference_has_arguments_defaults_an_example_and_exit_codes_of_every_command():
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = re.split("^## ", page, flags=re.MULTILINE)
    commands = [section for section in sections if section.startswith("hnf ")]
    assert [section.split("\n")[0] for section in commands if "```sh\nhnf " not in section] == []
    gap = next(section for section in commands if section.startswith("hnf gap\n"))
    assert "| `WHO` | Authority: name, three-digit code or ONS code. | required |" in gap
    assert re.search(r"^\| `--to WHAT` \| average, median, .* \| average \|$", gap, re.MULTILINE)
    raising = {
        path.stem for path in (ROOT / "hnf" / "commands").glob("*.py") if "raise CheckFailed" in path.read_text()
    }
    assert raising | {"ingest"} == {name.split()[0] for name in render_commands.CHECKS}


def needs(*words):
    return pytest.param(words, marks=pytest.mark.skipif(not shutil.which(words[0]), reason=f"needs {words[0]}"))


@pytest.mark.parametrize(
    "checker", [needs("mandoc", "-T", "lint", "-W", "error"), needs("groff", "-man", "-Tascii", "-ww", "-z")]
)
def test_manual_page_is_sound(checker):
    done = subprocess.run([*checker, str(ROOT / "docs" / "hnf.1")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_readme_names_only_commands_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bhnf ([a-z][a-z-]*)", readme))
    known = {entry.name for entry in COMMANDS}
    assert len(named) >= 8
    assert named - known == set()


def test_links_between_documents_lead_somewhere():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert len(links) >= 8
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_readme_has_one_command_to_brief_and_one_to_test():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", readme, flags=re.DOTALL) for line in block.splitlines()]
    assert sum("hnf brief Hertfordshire" in line for line in lines) == 1
    assert sum("pytest" in line for line in lines) == 1
    assert all(line.startswith("python3 -m venv ") for line in lines)
