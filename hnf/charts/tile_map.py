"""A map of England with one equal square an authority: squares in classes, short names, borders of regions, legend."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hnf.charts.page import INK, INK_SOFT, NARROW, SEQUENCE, Block, Page, Size, measure_width, wrap_block
from hnf.packs.content import Tile, TileMapChart

#: Words that say little, and words that only their first letter stands for.
_LITTLE = {"county", "of", "and", "the", "upon", "on", "in"}
_BY_INITIAL = {"north", "south", "east", "west", "central", "isle", "isles", "city"}
#: Longest label.
LETTERS = 4


def short_labels(names: Iterable[str]) -> dict[str, str]:
    """Return a label of at most four letters for each name, no two alike; the order of the names changes nothing."""
    whole = sorted(set(names))
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for name in whole:
        label = next((label for label in _candidates(name, whole) if label.casefold() not in taken), None)
        if label is None:
            raise ValueError(f"no label is left for {name}")
        labels[name] = label
        taken.add(label.casefold())
    return labels


def _words(name: str) -> list[str]:
    plain = re.sub(r", (City|County) of$", "", name)
    return [word for word in re.findall(r"[^\W\d_]+", plain.replace("'", "")) if word.casefold() not in _LITTLE]


def _candidates(name: str, names: list[str]) -> Iterator[str]:
    words = _words(name) or [name]
    first, others = words[0], words[1:]
    if others and first.casefold() in _BY_INITIAL:
        initials = [word[0] for word in words if word.casefold() in _BY_INITIAL]
        rest = "".join(word for word in words if word.casefold() not in _BY_INITIAL) or others[-1]
        yield "".join(initials)[: LETTERS - 2] + rest[: LETTERS - len(initials[: LETTERS - 2])]
    elif len(words) >= 3:
        yield "".join(word[0] for word in words)[:LETTERS].upper()
    elif others:
        yield first[: LETTERS - 1] + others[0][0].upper()
    elif first == _stem(first) or first[:LETTERS].casefold() not in {
        _words(other)[0][:LETTERS].casefold() for other in names if other != name and _words(other)
    }:
        yield first[:LETTERS]
    else:
        yield first[: LETTERS - 1] + "S"
    # What sets the name apart from those that begin alike, then any of its letters, then anything.
    joined = "".join(words)
    alike = ["".join(_words(other)) for other in names if other != name and "".join(_words(other))[:3] == joined[:3]]
    for place in range(LETTERS - 1, len(joined)):
        if all(other[place : place + 1] != joined[place] for other in alike):
            yield joined[: LETTERS - 1] + joined[place].lower()
    for letter in joined[LETTERS - 1 :]:
        yield joined[: LETTERS - 1] + letter.lower()
    for number in range(2, 100):
        yield f"{joined[: LETTERS - len(str(number))]}{number}"


def _stem(word: str) -> str:
    """Return a name without its shire."""
    return word.removesuffix("shire")


#: Side of a square on a wide picture; a narrow one takes the whole width.
_SIDE = 25.0
#: White between squares, room within one beside its label, size of labels.
_GAP = 1.4
_PAD = 1.5
_LABEL = 7.2
#: Squares from here on carry dark labels, counted in `SEQUENCE` from the lightest.
_DARK_INK = 2
_BOX = 9.0
_ROW_GAP = 3.0
#: Room between squares and legend: more of it on a wide picture.
_LEGEND_GAP, _NARROW_LEGEND_GAP = 14.0, 6.0
_HATCH = "////"
#: Of squares that may be in several classes: dots on grey, which no class has.
_OPEN_HATCH, _OPEN_GREY = "....", "#E3E3E3"
#: Steps of `SEQUENCE` for one to five classes: as far apart as can be.
_STEPS = {1: (2,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}


@dataclass(frozen=True)
class _Entry:
    """A line of the legend: its box and its words; `step` is None for squares without a class."""

    words: Block
    step: int | None = None
    is_outline: bool = False
    is_open: bool = False


def draw_tile_map(spec: TileMapChart, page: Page) -> Figure:
    """Draw the squares, the borders of regions, outlines of those picked out, and the legend in the sea or above."""
    _check(spec)
    size = page.size
    columns = max(tile.column for tile in spec.tiles)
    rows = max(tile.row for tile in spec.tiles)
    side = size.width / columns if size is NARROW else min(_SIDE, size.width / columns)
    entries = _entries(spec, size)
    gap = _NARROW_LEGEND_GAP if size is NARROW else _LEGEND_GAP
    at = _legend_place(spec, entries, side, (size.width, gap))
    above = 0.0 if at else _height(entries) + gap
    axes = page.open(left=0, right=0, above=2, below=2, plot_height=rows * side + above)
    left, bottom, width, height = page.box
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)  # down from the top, as rows count
    axes.set_xticks([])
    axes.set_yticks([])
    for tile in spec.tiles:
        _draw_square(page, spec, tile, side, above)
    lines = LineCollection(_borders(spec, side, above), colors=INK_SOFT, linewidths=0.9, gid="regions")
    lines.set_clip_on(False)
    axes.add_artist(lines)
    for tile in spec.tiles:
        if tile.la_code in spec.highlight:
            _draw_outline(page, (tile.column - 1) * side, above + (tile.row - 1) * side, side)
    if size is not NARROW:
        _write_labels(page, spec, side, above)
    x, y = at or (0.0, 0.0)
    _draw_legend(page, entries, left + x, bottom + height - y)
    return page.figure


def _check(spec: TileMapChart) -> None:
    places = {(tile.column, tile.row) for tile in spec.tiles}
    if not spec.tiles or len(places) < len(spec.tiles):
        raise ValueError("a tile map chart needs squares, each in a place of its own")
    if not 1 <= len(spec.legend) <= len(SEQUENCE) or len(spec.bounds) != len(spec.legend) - 1:
        raise ValueError("a tile map chart needs one to five classes, and a bound between each two")
    if any(low >= high for low, high in zip(spec.bounds, spec.bounds[1:], strict=False)):
        raise ValueError("the bounds of the classes of a tile map chart must rise")


def _step(spec: TileMapChart, value: float | None) -> int | None:
    """Return the step of the colours for a value, None where there is none."""
    return None if value is None else _STEPS[len(spec.legend)][bisect_right(spec.bounds, value)]


def _draw_square(page: Page, spec: TileMapChart, tile: Tile, side: float, above: float) -> None:
    step = _step(spec, tile.value)
    square = Rectangle(
        ((tile.column - 1) * side + _GAP / 2, above + (tile.row - 1) * side + _GAP / 2),
        side - _GAP,
        side - _GAP,
        **_look(step, is_open=tile.is_open),
        edgecolor=INK_SOFT if step is None else "none",
        linewidth=0.5 if step is None else 0,
        gid=f"class-{step}" if step is not None else "open" if tile.is_open else "missing",
    )
    page.axes.add_artist(square)


def _look(step: int | None, *, is_open: bool) -> dict[str, Any]:
    """Return colour and pattern of a square."""
    if step is not None:
        return {"facecolor": SEQUENCE[step]}
    return {"facecolor": _OPEN_GREY, "hatch": _OPEN_HATCH} if is_open else {"facecolor": "white", "hatch": _HATCH}


def _borders(spec: TileMapChart, side: float, above: float) -> list[list[tuple[float, float]]]:
    """Return the sides between regions, and those on the coast."""
    regions = {(tile.column, tile.row): tile.region or "land" for tile in spec.tiles}
    lines = []
    for (column, row), region in sorted(regions.items()):
        x, y = (column - 1) * side, above + (row - 1) * side
        for beside, ends in (
            ((column - 1, row), [(x, y), (x, y + side)]),
            ((column, row - 1), [(x, y), (x + side, y)]),
            ((column + 1, row), [(x + side, y), (x + side, y + side)]),
            ((column, row + 1), [(x, y + side), (x + side, y + side)]),
        ):
            other = regions.get(beside, "")
            # A line between two regions is drawn once, by the one whose name is first.
            if other < region:
                lines.append(ends)
    return lines


def _draw_outline(page: Page, x: float, y: float, side: float) -> None:
    """Draw a dark frame with a white one inside, seen on light and dark squares alike."""
    for inset, colour, width in ((0.0, INK, 2.6), (2.2, "white", 1.4)):
        frame = Rectangle(
            (x + inset, y + inset),
            side - 2 * inset,
            side - 2 * inset,
            facecolor="none",
            edgecolor=colour,
            linewidth=width,
            joinstyle="miter",
            gid="outline",
        )
        frame.set_zorder(3)
        frame.set_clip_on(False)
        page.axes.add_artist(frame)


def _write_labels(page: Page, spec: TileMapChart, side: float, above: float) -> None:
    left, bottom, _, height = page.box
    labels = short_labels(tile.name for tile in spec.tiles)
    room = side - _GAP - 2 * _PAD
    for tile in spec.tiles:
        step = _step(spec, tile.value)
        text = labels[tile.name]
        fitting = min(_LABEL, _LABEL * room / max(measure_width(text, _LABEL), 1.0))
        block = Block((text,), fitting, colour=INK if step is None or step < _DARK_INK else "white")
        x = left + (tile.column - 0.5) * side
        y = bottom + height - above - (tile.row - 0.5) * side
        page.write(block, x, y + 0.62 * fitting, role="tile-label", align="center", backed=step is None)


def _entries(spec: TileMapChart, size: Size) -> list[_Entry]:
    """List the lines of the legend, the highest class on top."""
    room = (0.3 if size is not NARROW else 0.42) * size.width - _BOX - 5
    entries = [
        _Entry(wrap_block(words, room, size.small), step=_STEPS[len(spec.legend)][number])
        for number, words in reversed(list(enumerate(spec.legend)))
    ]
    if spec.several and any(tile.is_open for tile in spec.tiles):
        entries.append(_Entry(wrap_block(spec.several, room, size.small), is_open=True))
    if any(tile.value is None and not tile.is_open for tile in spec.tiles):
        entries.append(_Entry(wrap_block(spec.missing or "No figure", room, size.small)))
    names = [tile.name for tile in spec.tiles if tile.la_code in spec.highlight]
    if names:
        words = wrap_block(spec.highlighted or ", ".join(names), room, size.small, bold=True)
        entries.append(_Entry(words, is_outline=True))
    return entries


def _height(entries: list[_Entry]) -> float:
    return math.fsum(max(entry.words.height, _BOX) + _ROW_GAP for entry in entries)


def _legend_place(
    spec: TileMapChart, entries: list[_Entry], side: float, room: tuple[float, float]
) -> tuple[float, float] | None:
    """Return the upper left corner of the legend where it fits in the sea on the right or the left, with a gap around.

    None where it does not.
    """
    whole, gap = room
    height = _height(entries) + gap
    width = max(entry.words.width for entry in entries) + _BOX + 5
    beside = [tile.column for tile in spec.tiles if (tile.row - 1) * side < height]
    left = max(beside, default=0) * side + gap
    if left + width <= whole:
        return left, 2.0
    return (0.0, 2.0) if (min(beside, default=1) - 1) * side >= width + gap else None


def _draw_legend(page: Page, entries: list[_Entry], left: float, top: float) -> None:
    box_left, bottom, _, height = page.box
    y = top
    for entry in entries:
        middle = y - max(entry.words.height, _BOX) / 2
        x, upper = left - box_left, bottom + height - middle - _BOX / 2
        if entry.is_outline:
            _draw_outline(page, x + 1, upper + 1, _BOX - 2)
        else:
            page.axes.add_artist(
                Rectangle(
                    (x, upper),
                    _BOX,
                    _BOX,
                    **_look(entry.step, is_open=entry.is_open),
                    edgecolor=INK_SOFT,
                    linewidth=0.5,
                    gid="legend",
                )
            )
        page.write(entry.words, left + _BOX + 5, middle + entry.words.height / 2, role="legend")
        y -= max(entry.words.height, _BOX) + _ROW_GAP
