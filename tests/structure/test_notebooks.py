"""Notebooks hold no output and no logic of their own: they use what `import hnf` offers and nothing behind it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hnf

ROOT = Path(__file__).resolve().parents[2]
#: Runs a notebook without keeping what it shows.
RUN = """
import sys, nbformat
from nbclient import NotebookClient
NotebookClient(nbformat.read(sys.argv[1], 4), timeout=120).execute()
"""
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def code_of(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def run(book: dict[str, object], folder: Path) -> tuple[int, str]:
    """Run a notebook in a kernel of its own; return the exit code and what went wrong."""
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps(book), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", RUN, path], capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stderr


def test_there_are_six_notebooks_in_order():
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_stored(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert all(
        cell["outputs"] == [] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code"
    )
    assert cells[0]["cell_type"] == "markdown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_public_names_are_used(path):
    tree = ast.parse(code_of(path))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [module for module in modules if module and module.startswith("hnf")]
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hnf"
    }
    assert used
    assert used - {"__file__"} <= set(hnf.__all__)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_authority_and_years_are_chosen_in_one_cell(path):
    first, *others = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if "outputs" in cell]
    assert first["metadata"] == {"tags": ["parameters"]}
    chosen = [target.id for node in ast.parse("".join(first["source"])).body for target in ast.walk(node.targets[0])
              if isinstance(target, ast.Name)]  # fmt: skip
    assert chosen[0] == "authority"
    assert any("year" in name or "january" in name for name in chosen)
    code = "\n".join("".join(cell["source"]) for cell in others)
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    assert set(chosen) <= used
    assert not re.search(r"Hertfordshire|20\d\d", code)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_another_authority_in_that_cell_runs_too(path, tmp_path):
    authority = "Isle of Wight" if path.stem < "04" else "Cumberland"  # one suppressed, one of a former county
    text = path.read_text(encoding="utf-8")
    assert text.count("Hertfordshire") == 1
    code, error = run(json.loads(text.replace("Hertfordshire", authority)), tmp_path)
    assert code == 0, error


@pytest.mark.slow
def test_a_reform_that_changes_nothing_fails_its_notebook(tmp_path):
    book = json.loads((ROOT / "notebooks" / "04_a_reform_and_who_wins.ipynb").read_text(encoding="utf-8"))
    (cell,) = (cell for cell in book["cells"] if cell["metadata"])
    cell["source"] = [*cell["source"], '\nreform = {"uplift": {"pct": 0, "term": "block"}}']
    code, error = run(book, tmp_path)
    assert code != 0
    assert "AssertionError" in error


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_shows_what_the_notebook_says_and_does(path: Path) -> None:
    """Changed notebooks or data: run `python docs/render_notebooks.py`, and look at the pages."""
    page = (ROOT / "docs" / "notebooks" / f"{path.stem}.md").read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert len(cells) > 3
    for cell in cells:
        assert "".join(cell["source"]).strip() in page
    assert hnf.Store().edition in page
    pictures = re.findall(r"\]\((\S+\.png)\)", page)
    assert pictures
    for picture in pictures:
        assert (ROOT / "docs" / "notebooks" / picture).is_file()
