"""The picture of the stages is the structure's, and every module that a document names exists."""

from __future__ import annotations

import importlib
import re
import sys
from html import unescape
from pathlib import Path

from structure.test_structure import STAGES

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from render_stages import name_of, stages, svg

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "docs").glob("*.py")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
    *sorted((ROOT / "data").rglob("*.toml")),
]
#: Made up in CONTRIBUTING.md, where a test follows it; and the file that an export writes.
MADE_UP = {"hnf/analysis/above.py", "hnf/commands/above.py", "hnf.analysis.above", "hnf.above", "hnf.sqlite"}


def test_the_page_lists_the_stages_of_the_structure() -> None:
    assert tuple(modules for modules, _ in stages()) == STAGES


def test_the_picture_is_written_from_the_page() -> None:
    picture = (ROOT / "docs" / "stages.svg").read_text(encoding="utf-8")
    assert picture == svg(), "run: python docs/render_stages.py"
    texts = [unescape(text) for text in re.findall(r"<text[^>]*>([^<]+)</text>", picture)]
    assert texts[2:] == [text for modules, words in stages() for text in (name_of(modules), words)]


def test_the_sentences_fit_the_picture() -> None:
    # 14 px Arial is under 7.2 px a letter; the sentences have 600 px.
    assert [words for _, words in stages() if len(words) > 84] == []


def exists(named: str) -> bool:
    """Whether a path or a dotted name is there: a module, or something of a module."""
    if "/" in named:
        return (ROOT / named).exists()
    for parts in range(named.count(".") + 1, 0, -1):
        words = named.split(".")
        path = ROOT.joinpath(*words[:parts])
        if path.is_dir() or path.with_suffix(".py").is_file():
            found: object = importlib.import_module(".".join(words[:parts]))
            return all((found := getattr(found, word, None)) is not None for word in words[parts:])
    return False


def test_every_module_that_a_document_names_exists() -> None:
    assert exists("hnf.tables.schema.TABLES")
    assert not exists("hnf.tables.schemas")
    assert not exists("hnf/tables/schemas.py")
    named = {
        (page.relative_to(ROOT).as_posix(), name)
        for page in PAGES
        for name in re.findall(
            r"(?<![\w./-])(hnf(?:/\w+)+(?:\.py)?|hnf(?:\.[A-Za-z_]\w*)+)(?![\w/])", page.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 30
    assert sorted((page, name) for page, name in named if name not in MADE_UP and not exists(name)) == []
