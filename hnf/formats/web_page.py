"""The pack as one web page: no network, nothing beside the file, nothing lost where scripts are turned off.

The page is laid out by `templates/pack.html.j2` and `templates/pack.css`; this module only turns the content into what
the template loops over: cells as printed text, ids that occur once, charts as SVG. Its one script, `templates/pack.js`,
sorts tables and names the values in charts; the page allows that script by its hash and no other.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from hnf.charts.draw import Mark, render_bare, render_inline
from hnf.charts.fonts import font_faces
from hnf.packs.content import SHARE, Chart, Pack, Section, Sentence, Table, in_bands, print_figure, print_table
from hnf.results import Figure
from hnf.text import as_shown, web_address

_FOLDER = Path(__file__).resolve().parent / "templates"


@cache
def load_template(name: str, folder: Path = _FOLDER) -> Template:
    """Return a template of a page, of the folder of packs unless another is named."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=as_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


@cache
def read_part(name: str, folder: Path = _FOLDER) -> str:
    """Return a style or a script, without white space around it."""
    return (folder / name).read_text(encoding="utf-8").strip()


@cache
def script_hash(script: str) -> str:
    """Return the hash by which a page allows a script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


#: Characters of a hash that are printed; the whole of it is in the cell's title.
_HASH_SHOWN = 12


class _Keys:
    """Hands out ids, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, kind: str, name: str) -> str:
        """Make an id of letters, digits and hyphens; a name used before gets a number."""
        stem = f"{kind}-{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-').lower()}".rstrip("-")
        key, number = stem, 1
        while key in self._taken:
            number += 1
            key = f"{stem}-{number}"
        self._taken.add(key)
        return key


class _Notes:
    """Gives the sentences the numbers of their notes; a note leads back to the first sentence that is asked for."""

    def __init__(self, pack: Pack) -> None:
        self._numbers = {basis: number for number, basis in enumerate(pack.notes(), 1)}
        self._seen: set[int] = set()

    def view(self, sentence: Sentence) -> dict[str, Any]:
        """Return what is printed of a sentence."""
        number = self._numbers.get(sentence.basis, 0)
        is_first = number not in self._seen
        self._seen.add(number)
        return {
            "text": sentence.text,
            "said_by": sentence.said_by,
            "link": web_address(sentence.link),
            "note": number,
            "is_first": is_first,
        }


class _Sections:
    """Turns sections into what the template loops over, with charts and tables numbered through the page."""

    def __init__(self, notes: _Notes) -> None:
        self._notes, self._keys = notes, _Keys()
        self._charts = self._tables = 0

    def view(self, section: Section) -> dict[str, Any]:
        """Return a section with its charts, tables and figures."""
        key = self._keys.new("section", section.id)
        charts = [_view_chart(chart, self._keys, self._charts + n) for n, chart in enumerate(section.charts, 1)]
        tables = [
            _view_table(table, self._keys.new("table", table.id), f"Table {self._tables + n}")
            for n, table in enumerate(section.tables, 1)
        ]
        self._charts += len(charts)
        self._tables += len(tables)
        return {
            "key": key,
            "section": section,
            "paragraphs": [self._notes.view(sentence) for sentence in section.paragraphs],
            "bullets": [self._notes.view(sentence) for sentence in section.bullets],
            "drafts": [(heading, self._notes.view(sentence)) for heading, sentence in section.drafts],
            "charts": charts,
            "tables": tables,
            "figures": _list_figures(section.sentences()),
        }


def render_html(pack: Pack) -> str:
    """Lay a pack out as one self-contained page, every text escaped."""
    notes = _Notes(pack)
    opening = {
        "headline": notes.view(pack.headline),
        "as_at": notes.view(pack.as_at),
        "numbers": [(number, notes.view(number.says)) for number in pack.numbers],
    }
    sections = _Sections(notes)
    first, second = (
        [
            [[sections.view(section) for section in column] for column in band]
            for band in in_bands(section for section in pack.sections if section.page == page)
        ]
        for page in ("first", "second")
    )
    after = [sections.view(section) for section in pack.sections if section.page == "after"]
    sources = [_view_source(source) for source in pack.sources]
    return load_template("pack.html.j2").render(
        **opening,
        pack=pack,
        opening_figures=_list_figures((pack.headline, pack.as_at, *(number.says for number in pack.numbers))),
        first=first,
        second=second,
        after=after,
        contents=_list_contents(pack, first, second=bool(second), after=after),
        notes=pack.notes(),
        sources=sources,
        share=SHARE,
        css=Markup(f"{font_faces()}\n{read_part('pack.css')}"),  # noqa: S704 - our own files
        script=Markup(read_part("pack.js")),  # noqa: S704 - our own file
        script_hash=script_hash(read_part("pack.js")),
    )


def _list_contents(pack: Pack, first: list[Any], *, second: bool, after: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """List the parts of the page: the sections of the story, then the evidence as one."""
    story = [view for band in first for column in band for view in column]
    found = [(view["key"], view["section"].title) for view in story]
    found += [("evidence", "The evidence")] if second else []
    found += [(view["key"], view["section"].title) for view in after]
    small_print = (("notes", "Notes", pack.notes()), ("glossary", "Terms", pack.glossary))
    found += [(key, title) for key, title, content in small_print if content]
    return found + ([("sources", "Sources")] if pack.sources else [])


def _view_chart(chart: Chart, keys: _Keys, number: int) -> dict[str, Any]:
    """Return a chart in both widths, and what the script is told of its values: words, a line each, and places."""
    key = keys.new("chart", chart.id)
    wide, narrow = (render_bare(chart, width).marks for width in ("wide", "narrow"))
    words = "\n".join(" ".join(mark.words.split()) for mark in wide)
    return {
        "key": key,
        "label": f"Chart {number}",
        "chart": chart,
        "pictures": [
            Markup(render_inline(chart, prefix=f"{key}-{width}", width=width))  # noqa: S704 - drawn and escaped by us
            for width in ("wide", "narrow")
        ],
        "marks": {"words": words, "wide": _places(wide), "narrow": _places(narrow)},
        "data": _view_table(chart.data, f"{key}-data", f"Data for chart {number}"),
    }


def _places(marks: Iterable[Mark]) -> str:
    return " ".join(f"{mark.x:g},{mark.y:g}" for mark in marks)


def _view_table(table: Table, key: str, label: str) -> dict[str, Any]:
    return {"key": key, "label": label, "printed": print_table(table)}


def _list_figures(sentences: Iterable[Sentence]) -> tuple[tuple[Figure, str], ...]:
    """List every figure of the sentences once, with its printed value."""
    found = {figure.id: figure for sentence in sentences for figure in sentence.figures}
    return tuple((figure, print_figure(figure)) for figure in found.values())


def _view_source(source: dict[str, str]) -> dict[str, str]:
    """Shorten the hash, and keep as a link only what is a web address."""
    return {
        **{key: source.get(key, "") for key in ("id", "publisher", "title", "published", "licence", "sha256")},
        "link": web_address(source.get("page", "")),
        "short_hash": source.get("sha256", "")[:_HASH_SHOWN],
    }
