"""The page that links all packs of a batch: a list by region, a tile map of England, a search box.

It works from a file share, without a server; without JavaScript it is a list and a map of links. Its one script,
`templates/index.js`, adds searching and sorting; the page allows that script by its hash and no other. The look is that
of the packs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from markupsafe import Markup

from hnf.reporting.display import MISSING, MISSING_MEANING
from hnf.reporting.index_map import Layout, MapView, draw_map
from hnf.reporting.pack_summary import PackSummary, SummaryFigure
from hnf.reporting.page_templates import load_template, read_part, script_hash

INDEX_PAGE = "index.html"
PACK_PAGE = "index.html"


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
    return load_template("index.html.j2").render(
        text=text,
        columns=columns,
        regions=regions,
        map=view,
        notes=(*((MISSING_MEANING,) if missing else ()), *text.notes),
        css=Markup(f"{read_part('pack.css')}\n{read_part('index.css')}"),  # noqa: S704 - our own files
        script=Markup(read_part("index.js")),  # noqa: S704 - our own file
        script_hash=script_hash("index.js"),
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
