"""The page that links all packs of a batch: a list by region, a tile map of England, a search box.

It works from a file share, without a server; without JavaScript it is a list and a map of links. Its one script,
`templates/index.js`, adds searching and sorting; the page allows that script by its hash and no other. The look is that
of the packs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from hnf.plain_text import as_shown
from hnf.reporting.display import MISSING, MISSING_MEANING
from hnf.reporting.index_map import Layout, MapView, draw_map
from hnf.reporting.pack_summary import PackSummary, SummaryFigure

INDEX_PAGE = "index.html"
PACK_PAGE = "index.html"
_TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True)
class IndexText:
    """The words of the page that are not of one pack.

    Parameters
    ----------
    title : str
    subtitle : str
        For whom the packs are, and edition of the data.
    licence : str
    places : str
        What the packs are about, in the plural, such as "authorities".
    notes : tuple of str
        Printed under the list, such as which packs could not be written.
    """

    title: str
    subtitle: str
    licence: str
    places: str = "places"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _RowView:
    pack: PackSummary
    link: str
    files: tuple[tuple[str, str], ...]
    cells: tuple[SummaryFigure, ...]
    also: str


@dataclass(frozen=True)
class _RegionView:
    key: str
    name: str
    rows: tuple[_RowView, ...]


def render_index(
    packs: Sequence[PackSummary], text: IndexText, *, layout: Layout | None = None, shade: str | None = None
) -> str:
    """Lay out the page.

    Parameters
    ----------
    packs : sequence of PackSummary
        In the order in which each region lists them; regions come by name.
    text : IndexText
    layout : mapping of str to (int, int), optional
        Column and row of the square of each authority on the map; without it there is no map.
    shade : str, optional
        Heading of the column by which the squares are shaded; by default the first that any pack has.

    Returns
    -------
    str
        The page, the same for the same packs. Every text is escaped.
    """
    columns = tuple(dict.fromkeys(figure.column for pack in packs for figure in pack.figures))
    shade = shade or (columns[0] if columns else None)
    view: MapView | None = draw_map(packs, layout, shade, link_to) if layout else None
    regions = tuple(
        _RegionView(f"region-{number}", name, tuple(_view_row(pack, columns) for pack in group))
        for number, (name, group) in enumerate(groupby(sorted(packs, key=_region), key=_region), 1)
    )
    missing = any(cell.value is None for region in regions for row in region.rows for cell in row.cells)
    return _template().render(
        text=text,
        columns=columns,
        regions=regions,
        map=view,
        notes=(*((MISSING_MEANING,) if missing else ()), *text.notes),
        css=Markup(f"{_read('pack.css')}\n{_read('index.css')}"),  # noqa: S704 - our own files
        script=Markup(_read("index.js")),  # noqa: S704 - our own file
        script_hash=_script_hash(),
    )


def link_to(pack: PackSummary, name: str = PACK_PAGE) -> str:
    """Return the address of a file of a pack, from the folder of the batch."""
    return quote(f"{pack.folder}/{name}")


def _region(pack: PackSummary) -> str:
    return pack.region


def _view_row(pack: PackSummary, columns: tuple[str, ...]) -> _RowView:
    found: Mapping[str, SummaryFigure] = {figure.column: figure for figure in pack.figures}
    return _RowView(
        pack=pack,
        link=link_to(pack),
        files=tuple((what, link_to(pack, path)) for what, path in pack.files),
        cells=tuple(found.get(column) or SummaryFigure(column, "", MISSING, None) for column in columns),
        also="|".join(name.replace("|", " ") for name in pack.also),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=as_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("index.html.j2")


@cache
def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


@cache
def _script_hash() -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(_read("index.js").encode()).digest()).decode()
