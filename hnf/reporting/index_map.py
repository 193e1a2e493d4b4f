"""The tile map of the index page: one square an authority, each a link to its pack, shaded by a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hnf.reporting.pack_summary import PackSummary, SummaryFigure
from hnf.store import Store
from hnf.tables import TABLES

#: Column and row of the square of each authority, 1 in the far north-west.
Layout = Mapping[str, tuple[int, int]]

#: Classes of the shading, as many as can be told apart in grey.
CLASSES = 5
#: Letters of the name that stand in a square.
_LETTERS = 3


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


def tile_layout(store: Store) -> dict[str, tuple[int, int]]:
    """Return the squares of the tables; none where they have no such table."""
    if "tiles" not in TABLES or not (store.folder / "tiles.csv").is_file():
        return {}
    rows = store.table("tiles").select("la_code", "column", "row").iter_rows()
    return {code: (column, row) for code, column, row in rows}


def draw_map(
    packs: Sequence[PackSummary], layout: Layout, shade: str | None, link_to: Callable[[PackSummary], str]
) -> MapView | None:
    """Place and shade the squares.

    Parameters
    ----------
    packs : sequence of PackSummary
        Those that are about one authority get a square.
    layout : mapping of str to (int, int)
        Authorities without a pack get an empty square.
    shade : str or None
        Heading of the column whose figures shade the squares, five classes with as many packs each; packs with equal
        figures are in one class.
    link_to : callable
        Gives the address of a pack.

    Returns
    -------
    MapView or None
        None where no pack has a square.
    """
    by_code = {pack.la_codes[0]: pack for pack in packs if len(pack.la_codes) == 1}
    if not by_code.keys() & layout.keys():
        return None
    shown = {code: _figure_of(pack, shade) for code, pack in by_code.items() if code in layout}
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
                letters=pack.label[:_LETTERS] if pack else "",
                words=f"{shade}: {figure.printed}" if figure else "",
                shade=classes.get(figure.value, "none") if figure and figure.value is not None else "none",
            )
        )
    return MapView(
        columns=max(column for column, _ in layout.values()),
        rows=max(row for _, row in layout.values()),
        squares=tuple(squares),
        shaded_by=shade or "",
        key=key,
    )


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
