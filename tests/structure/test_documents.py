"""The documents say what the code says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from hnf.commands.registry import COMMANDS

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from render_tables import describe_tables

ROOT = Path(__file__).resolve().parents[2]


def test_page_about_tables_is_written_from_the_declaration():
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == describe_tables(), "run: python docs/render_tables.py > docs/tables.md"


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
