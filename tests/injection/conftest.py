"""A store in which every name is hostile, and the pack that is made of it."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.hostile_text import hostile_tables

from hnf.formats.ods import render_ods
from hnf.formats.web_page import render_html
from hnf.formats.word import render_docx
from hnf.formats.xlsx import render_workbook
from hnf.packs.build import build_pack
from hnf.packs.content import Pack
from hnf.tables.store import Store


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tidy tables with hostile names."""
    folder = tmp_path_factory.mktemp("injection") / "tables"
    hostile_tables(folder)
    return folder


@pytest.fixture(scope="session")
def hostile_store(hostile_folder: Path) -> Store:
    """The tables of that folder."""
    return Store(hostile_folder)


@pytest.fixture
def one_store(hostile_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command use the tables that were read and checked once."""
    monkeypatch.setattr("hnf.commands.options.open_store", lambda *_: hostile_store)


@pytest.fixture(scope="session")
def pack(hostile_store: Store) -> Pack:
    """The briefing of an authority whose name is a formula, among authorities with all the other names."""
    return build_pack(hostile_store, "919", "analyst")


@pytest.fixture(scope="session")
def files(pack: Pack) -> dict[str, bytes]:
    """The spreadsheets, the document and the page of that pack."""
    return _render(pack)


@pytest.fixture(scope="session")
def plain_files(store: Store) -> dict[str, bytes]:
    """The same with the names as published: what a template writes of its own."""
    return _render(build_pack(store, "919", "analyst"))


#: Charts that the page is laid out with; all are drawn in a test of their own.
_DRAWN = ("need_against_england", "among_all")


def _render(whole: Pack) -> dict[str, bytes]:
    few = [tuple(chart for chart in section.charts if chart.id in _DRAWN) for section in whole.sections]
    sections = tuple(replace(section, charts=charts) for section, charts in zip(whole.sections, few, strict=True))
    pack = replace(whole, sections=sections)
    makers = {
        "index.html": lambda: render_html(pack).encode(),
        "briefing.docx": lambda: render_docx(replace(pack, audience="analyst")),  # with the data behind charts
        "workbook.xlsx": lambda: render_workbook(pack),
        "tables.ods": lambda: render_ods(pack),
    }
    return {name: make() for name, make in makers.items()}


def seen(text: str) -> str:
    """What a reader sees of a text, on one line, worked out here from the categories of Unicode alone."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    kept = (char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    return " ".join("".join(char for char in kept if char not in "\ufffe\uffff").split())
