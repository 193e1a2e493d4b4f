"""The pack as one web page: no network, no script, nothing beside the file.

The page is laid out by `templates/pack.html.j2` and `templates/pack.css`; this module only turns the content into what
the template loops over: cells as printed text, ids that occur once, charts as SVG.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from hnf.figures import Figure
from hnf.reporting.charts import render_inline
from hnf.reporting.content import Chart, Pack, Section, Sentence, Table
from hnf.reporting.display import MISSING_MEANING, is_missing, print_cell, print_figure

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_WEB_ADDRESS = re.compile(r"https?://[^\s]+")
#: Characters of a hash that are printed; the whole of it is in the cell's title.
_HASH_SHOWN = 12


@dataclass(frozen=True)
class _Cell:
    text: str
    is_number: bool
    is_header: bool
    figure_id: str | None


@dataclass(frozen=True)
class _TableView:
    """A table as printed; `key` starts its ids, `label` numbers it."""

    key: str
    label: str
    table: Table
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[_Cell, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _ChartView:
    key: str
    label: str
    chart: Chart
    pictures: tuple[Markup, ...]
    data: _TableView


@dataclass(frozen=True)
class _SectionView:
    key: str
    section: Section
    charts: tuple[_ChartView, ...]
    tables: tuple[_TableView, ...]
    figures: tuple[tuple[Figure, str], ...]


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
    """Lay a pack out as one self-contained page.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    str
        The page, the same for the same pack. Every text of the pack is escaped.
    """
    keys = _Keys()
    charts = tables = 0
    sections = []
    for section in pack.sections:
        chart_views = tuple(_view_chart(chart, keys, charts + n) for n, chart in enumerate(section.charts, 1))
        table_views = tuple(
            _view_table(table, keys.new("table", table.id), f"Table {tables + n}")
            for n, table in enumerate(section.tables, 1)
        )
        charts, tables = charts + len(chart_views), tables + len(table_views)
        figures = _list_figures((*section.paragraphs, *section.bullets))
        sections.append(_SectionView(keys.new("section", section.id), section, chart_views, table_views, figures))
    return _template().render(
        pack=pack,
        headline_figures=_list_figures((pack.headline,)),
        key_points=[(sentence, _list_figures((sentence,))) for sentence in pack.key_sentences],
        sections=sections,
        sources=[_view_source(source) for source in pack.sources],
        css=Markup(_css()),  # noqa: S704 - our own file
    )


def _view_chart(chart: Chart, keys: _Keys, number: int) -> _ChartView:
    key = keys.new("chart", chart.id)
    pictures = (
        render_inline(chart, prefix=f"{key}-wide", width="wide"),
        render_inline(chart, prefix=f"{key}-narrow", width="narrow"),
    )
    return _ChartView(
        key=key,
        label=f"Chart {number}",
        chart=chart,
        pictures=tuple(Markup(picture) for picture in pictures),  # noqa: S704 - drawn and escaped by the charts module
        data=_view_table(chart.data, f"{key}-data", f"Data for chart {number}"),
    )


def _view_table(table: Table, key: str, label: str) -> _TableView:
    heads = _header_column(table)
    rows = []
    for number, row in enumerate(table.rows):
        ids = table.figure_ids[number] if table.figure_ids else (None,) * len(row)
        rows.append(
            tuple(
                _Cell(print_cell(value, column.kind), column.kind != "text", place == heads and value != "", figure_id)
                for place, (value, column, figure_id) in enumerate(zip(row, table.columns, ids, strict=True))
            )
        )
    missing = any(is_missing(value) for row in table.rows for value in row)
    return _TableView(
        key=key,
        label=label,
        table=table,
        columns=tuple((column.title, column.kind != "text") for column in table.columns),
        rows=tuple(rows),
        notes=(*table.notes, MISSING_MEANING) if missing else table.notes,
    )


def _header_column(table: Table) -> int:
    """Find the column that names the rows: the first of text that is never empty, whatever stands before it."""
    for place, column in enumerate(table.columns):
        if column.kind == "text" and all(str(row[place]).strip() for row in table.rows):
            return place
    return 0


def _list_figures(sentences: Iterable[Sentence]) -> tuple[tuple[Figure, str], ...]:
    """List every figure of the sentences once, with its printed value."""
    found = {figure.id: figure for sentence in sentences for figure in sentence.figures}
    return tuple((figure, print_figure(figure)) for figure in found.values())


def _view_source(source: dict[str, str]) -> dict[str, str]:
    """Shorten the hash, and keep as a link only what is a web address."""
    page = source.get("page", "")
    return {
        **{key: source.get(key, "") for key in ("id", "publisher", "title", "published", "licence", "sha256")},
        "link": page if _WEB_ADDRESS.fullmatch(page) else "",
        "short_hash": source.get("sha256", "")[:_HASH_SHOWN],
    }


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("pack.html.j2")


@cache
def _css() -> str:
    return (_TEMPLATES / "pack.css").read_text(encoding="utf-8")
