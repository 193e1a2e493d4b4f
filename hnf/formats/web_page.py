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
from hnf.packs.content import Chart, Pack, Sentence, Table, print_figure, print_table
from hnf.results import Figure
from hnf.text import as_shown, web_address

_FOLDER = Path(__file__).resolve().parent / "templates"


@cache
def load_template(name: str) -> Template:
    """Return a template of a page."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=as_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


@cache
def read_part(name: str) -> str:
    """Return a style or a script, without white space around it."""
    return (_FOLDER / name).read_text(encoding="utf-8").strip()


@cache
def script_hash(name: str) -> str:
    """Return the hash by which a page allows its one script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(read_part(name).encode()).digest()).decode()


#: An outline as matplotlib writes it: scaled from the units of the font, with an id and nothing else.
_OUTLINE = re.compile(r'<path id="([^"]+)" ((?:d="[^"]*" )?transform="scale\([0-9.]+\)")/>\n?')
_USE = re.compile(r'<use xlink:href="#([^"]+)"')


def share_glyphs(pictures: Iterable[str]) -> tuple[list[str], str]:
    """Take the outlines of letters out of `svg` elements; returns these, and the `defs` they now refer to."""
    known: dict[str, str] = {}
    lean = []
    for picture in pictures:
        names: dict[str, str] = {}

        def take(match: re.Match[str], names: dict[str, str] = names) -> str:
            names[match[1]] = known.setdefault(match[2], f"glyph-{len(known) + 1}")
            return ""

        def refer(match: re.Match[str], names: dict[str, str] = names) -> str:
            return f'<use href="#{names.get(match[1], match[1])}"'

        lean.append(_USE.sub(refer, _OUTLINE.sub(take, picture)))
    return lean, "\n".join(f'<path id="{name}" {outline}/>' for outline, name in known.items())


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


def render_html(pack: Pack) -> str:
    """Lay a pack out as one self-contained page, every text escaped."""
    keys = _Keys()
    charts = tables = 0
    sections: list[dict[str, Any]] = []
    for section in pack.sections:
        chart_views = [_view_chart(chart, keys, charts + n) for n, chart in enumerate(section.charts, 1)]
        table_views = [
            _view_table(table, keys.new("table", table.id), f"Table {tables + n}")
            for n, table in enumerate(section.tables, 1)
        ]
        charts, tables = charts + len(chart_views), tables + len(table_views)
        figures = _list_figures((*section.paragraphs, *section.bullets))
        key = keys.new("section", section.id)
        sections.append(
            {"key": key, "section": section, "charts": chart_views, "tables": table_views, "figures": figures}
        )
    glyphs = _share_glyphs([chart for section in sections for chart in section["charts"]])
    return load_template("pack.html.j2").render(
        pack=pack,
        headline_figures=_list_figures((pack.headline,)),
        key_points=[(sentence, _list_figures((sentence,))) for sentence in pack.key_sentences],
        sections=sections,
        sources=[_view_source(source) for source in pack.sources],
        glyphs=glyphs,
        css=Markup(read_part("pack.css")),  # noqa: S704 - our own file
        script=Markup(read_part("pack.js")),  # noqa: S704 - our own file
        script_hash=script_hash("pack.js"),
    )


def _view_chart(chart: Chart, keys: _Keys, number: int) -> dict[str, Any]:
    """Return a chart in both widths, and what the script is told of its values: words, a line each, and places."""
    key = keys.new("chart", chart.id)
    wide, narrow = (render_bare(chart, width).marks for width in ("wide", "narrow"))
    words = "\n".join(" ".join(mark.words.split()) for mark in wide)
    return {
        "key": key,
        "label": f"Chart {number}",
        "chart": chart,
        "pictures": [render_inline(chart, prefix=f"{key}-{width}", width=width) for width in ("wide", "narrow")],
        "marks": {"words": words, "wide": _places(wide), "narrow": _places(narrow)},
        "data": _view_table(chart.data, f"{key}-data", f"Data for chart {number}"),
    }


def _places(marks: Iterable[Mark]) -> str:
    return " ".join(f"{mark.x:g},{mark.y:g}" for mark in marks)


def _share_glyphs(charts: list[dict[str, Any]]) -> Markup:
    """Take the letters out of the pictures, so that the page holds the outline of each once."""
    lean, glyphs = share_glyphs(picture for chart in charts for picture in chart["pictures"])
    left = iter(lean)
    for chart in charts:
        chart["pictures"] = [Markup(next(left)) for _ in chart["pictures"]]  # noqa: S704 - drawn and escaped by us
    return Markup(glyphs)  # noqa: S704 - outlines of letters, drawn by the charts module


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
