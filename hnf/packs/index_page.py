"""The page that links all packs of a batch: a list by region, a tile map of England, a search box, kinds of message.

It works from a file share, without a server; without JavaScript it is a list and a map of links. Its one script,
`templates/index.js`, adds searching, choosing and sorting; the page allows that script by its hash and no other. The
look is that of the packs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from hnf.charts.fonts import font_faces
from hnf.charts.tile_map import short_labels
from hnf.formats.web_page import load_template, read_part, script_hash
from hnf.packs.content import MISSING, MISSING_MEANING
from hnf.results import Answer


@dataclass(frozen=True)
class PackJob:
    """A pack to be written: a key such as a DfE code, the folder within the batch, and the place as lists name it."""

    key: str
    slug: str
    label: str


@dataclass(frozen=True)
class SummaryFigure(Answer):
    """A figure of a pack as the index prints it, under the heading of its column (the same in all packs).

    A column is sorted by `value`; None, printed `[x]`, where it is missing.
    """

    JSON = "column id printed value"

    column: str
    id: str
    printed: str
    value: float | None


@dataclass(frozen=True)
class PackSummary(Answer):
    """A finished pack.

    `label` is the place as a list names it, `region` the heading it is listed under, `code` what is printed beside the
    name. A pack of a single one of `la_codes` has a square on the map. `also` is what else somebody may look for: ONS
    code, other names, constituencies; `files` are others to link, such as ("PDF", "briefing.pdf"). `kinds` are the
    kinds of message that its figures bear out, in words.
    """

    JSON = "label folder region headline code la_codes also figures files kinds"

    label: str
    folder: str
    region: str
    headline: str
    code: str = ""
    la_codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    figures: tuple[SummaryFigure, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()

    @classmethod
    def from_payload(cls, found: Mapping[str, Any]) -> PackSummary:
        """Read the JSON form; raises KeyError, TypeError or ValueError if it is not one."""
        la_codes, also, kinds = (tuple(map(str, found[name])) for name in ("la_codes", "also", "kinds"))
        label, folder, region, headline, code = (
            str(found[name]) for name in ("label", "folder", "region", "headline", "code")
        )
        return cls(
            *(label, folder, region, headline, code),
            la_codes=la_codes,
            also=also,
            figures=tuple(SummaryFigure(**figure) for figure in found["figures"]),
            files=tuple((str(what), str(path)) for what, path in found["files"]),
            kinds=kinds,
        )


#: Column and row of the square of each authority, 1 in the far north-west.
Layout = Mapping[str, tuple[int, int]]

#: Classes of the shading, as many as can be told apart in grey.
CLASSES = 5


@dataclass(frozen=True)
class _Square:
    """A square; `link` is empty where this batch has no pack of the authority."""

    x: int
    y: int
    link: str
    code: str
    name: str
    letters: str
    words: str
    shade: str


@dataclass(frozen=True)
class MapView:
    """The map as the template takes it: size in squares, squares, and (class, words) of the key."""

    columns: int
    rows: int
    squares: tuple[_Square, ...]
    shaded_by: str
    key: tuple[tuple[str, str], ...]


def draw_map(
    packs: Sequence[PackSummary], layout: Layout, shade: str | None, link_to: Callable[[PackSummary], str]
) -> MapView | None:
    """Place the squares of the packs on one authority, an empty one where there is no pack, and shade them.

    The classes are five with as many packs each, by the figures of the column `shade`; equal figures are in one class.
    None where no pack has a square.
    """
    by_code = {pack.la_codes[0]: pack for pack in packs if len(pack.la_codes) == 1}
    if not by_code.keys() & layout.keys():
        return None
    shown = {code: _figure_of(pack, shade) for code, pack in by_code.items() if code in layout}
    letters = _letters([by_code[code] for code in shown])
    classes, key = _classify([figure for figure in shown.values() if figure])
    squares = []
    for code, (column, row) in sorted(layout.items(), key=lambda item: (item[1][1], item[1][0])):
        pack, figure = by_code.get(code), shown.get(code)
        squares.append(
            _Square(
                x=column - 1,
                y=row - 1,
                link=link_to(pack) if pack else "",
                code=code,
                name=pack.label if pack else "",
                letters=letters[pack.label] if pack else "",
                words=f"{shade}: {figure.printed}" if figure else "",
                shade=classes.get(figure.value, "none") if figure and figure.value is not None else "none",
            )
        )
    columns, rows = max(column for column, _ in layout.values()), max(row for _, row in layout.values())
    return MapView(columns, rows, tuple(squares), shade or "", key)


def _letters(packs: Sequence[PackSummary]) -> dict[str, str]:
    """Return a short label for each place, no two alike; codes where names are too much alike."""
    try:
        return short_labels(pack.label for pack in packs)
    except ValueError:
        return {pack.label: pack.la_codes[0] for pack in packs}


def _figure_of(pack: PackSummary, column: str | None) -> SummaryFigure | None:
    return next((figure for figure in pack.figures if figure.column == column), None)


def _classify(figures: Sequence[SummaryFigure]) -> tuple[dict[float, str], tuple[tuple[str, str], ...]]:
    """Return the class of each value, and the key: from which to which printed value a class goes."""
    ordered = sorted((figure for figure in figures if figure.value is not None), key=lambda figure: figure.value or 0.0)
    classes: dict[float, str] = {}
    members: dict[str, list[SummaryFigure]] = {}
    for place, figure in enumerate(ordered):
        if figure.value is None:
            continue
        name = classes.setdefault(figure.value, str(CLASSES * place // len(ordered) + 1))
        members.setdefault(name, []).append(figure)
    key = [(name, _span(found[0].printed, found[-1].printed)) for name, found in members.items()]
    if len(ordered) < len(figures):
        key.append(("none", "no figure"))
    return classes, tuple(key)


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


INDEX_PAGE = "index.html"
PACK_PAGE = "index.html"


@dataclass(frozen=True)
class IndexText:
    """The words of the page that are not of one pack; `places` in the plural, `notes` printed under the list.

    `explorer` is the address of the explorer, where there is one beside the packs.
    """

    title: str
    subtitle: str
    licence: str
    places: str = "places"
    notes: tuple[str, ...] = ()
    explorer: str = ""


def render_index(
    packs: Sequence[PackSummary], text: IndexText, *, layout: Layout | None = None, shade: str | None = None
) -> str:
    """Lay out the page, with a map where there is a layout; every text is escaped.

    `packs` are in the order in which each region lists them; regions come by name. `shade` is the heading of the column
    by which the squares are shaded, by default the first that any pack has.
    """
    held = [figure.column for pack in packs for figure in pack.figures if figure.value is not None]
    columns = tuple(column for column in dict.fromkeys(f.column for p in packs for f in p.figures) if column in held)
    kinds = Counter(kind for pack in packs for kind in dict.fromkeys(pack.kinds)).most_common()
    kinds = [kind for kind in kinds if kind[1] < len(packs)]
    shade = shade or (columns[0] if columns else None)
    view = draw_map(packs, layout, shade, link_to) if layout else None
    regions: list[dict[str, Any]] = [
        {"key": f"region-{number}", "name": name, "rows": [_view_row(pack, columns, kinds) for pack in group]}
        for number, (name, group) in enumerate(
            groupby(sorted(packs, key=attrgetter("region")), key=attrgetter("region")), 1
        )
    ]
    missing = any(cell.value is None for region in regions for row in region["rows"] for cell in row["cells"])
    return load_template("index.html.j2").render(
        text=text,
        columns=columns,
        kinds=kinds,
        regions=regions,
        map=view,
        notes=(*((MISSING_MEANING,) if missing else ()), *text.notes),
        css=Markup("\n".join((font_faces(), read_part("pack.css"), read_part("index.css")))),  # noqa: S704 - our own files
        script=Markup(read_part("index.js")),  # noqa: S704 - our own file
        script_hash=script_hash(read_part("index.js")),
    )


def link_to(pack: PackSummary, name: str = PACK_PAGE) -> str:
    """Return the address of a file of a pack, from the folder of the batch."""
    return quote(f"{pack.folder}/{name}")


def _view_row(pack: PackSummary, columns: tuple[str, ...], kinds: Sequence[tuple[str, int]]) -> dict[str, Any]:
    found: Mapping[str, SummaryFigure] = {figure.column: figure for figure in pack.figures}
    return {
        "pack": pack,
        "link": link_to(pack),
        "files": [(what, link_to(pack, path)) for what, path in pack.files],
        "cells": [found.get(column) or SummaryFigure(column, "", MISSING, None) for column in columns],
        "kinds": " ".join(str(number) for number, (kind, _) in enumerate(kinds) if kind in pack.kinds),
        "also": "|".join(name.replace("|", " ") for name in pack.also),
    }
