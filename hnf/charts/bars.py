"""Charts of bars, dots and ticks: one among all, a total as a waterfall, winners and losers, ranks, measures on strips.

Bars of parts and of changes carry their printed values, so they have no axis. A row with a long name is higher.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from hnf.charts.page import (
    EDGE,
    FOCUS,
    GRID,
    INK,
    INK_SOFT,
    LINE_HEIGHT,
    PALETTE,
    TICK_GAP,
    Align,
    Block,
    Page,
    Size,
    Taken,
    measure_width,
    print_ticks,
    round_ticks,
    wrap_block,
)
from hnf.packs.content import AmongAllChart, BreakdownChart, RankDotsChart, StripChart, StripRow, WinnersLosersChart

_GAP = 5
#: Width of a bar as a share of its step; below this many points a step the bars are one area with a stepped edge.
_BAR_SHARE = 0.75
_LEAST_STEP = 4.0
#: The least width in points the picked-out bar is drawn with.
_LEAST_WIDTH = 3
#: Solid for the first reference, then dashes: told apart without colour.
_DASHES: tuple[Any, ...] = ("-", (0, (5, 3)), (0, (1, 2)), (0, (5, 2, 1, 2)))
_END_ALIGN: tuple[Align, ...] = ("left", "right")
#: References nearer to each other than this, in points, are one line with both names.
_APART = 3.0
#: Space between a reference and its name.
_OFF = 2.5
#: Space above the highest bar, as a share of it.
_HEADROOM = 0.06


def draw_among(spec: AmongAllChart, page: Page) -> Figure:
    """Draw the bars of all authorities with one picked out; one without a figure is named without a bar."""
    if not spec.values:
        raise ValueError("a chart of one among all needs at least one value")
    size = page.size
    heights = [float(value) for _, value in spec.values]
    place = next((index for index, (name, _) in enumerate(spec.values) if name == spec.highlight), None)
    marks = [float(value) for _, value in spec.references]
    ticks = round_ticks(min(0.0, *heights, *marks), max(0.0, *heights, *marks), size.tick_count)
    most = max(0.0, *heights, *marks)
    high = min(ticks[-1], most + (most - ticks[0]) * _HEADROOM) if most > ticks[0] else ticks[-1]
    ticks = [tick for tick in ticks if tick <= high]
    texts = print_ticks(ticks, spec.x_prefix)
    left = max(measure_width(text, size.small) for text in texts) + 6
    width = size.width - left - 4
    bars = _Bars(heights, width, size.plot_height / (high - ticks[0]), ticks[0])
    references = _join_references(spec, bars.scale)
    label = wrap_block(spec.highlight_label, 0.62 * width, size.text, bold=True, colour=FOCUS[0])
    centre, top = _label_place(bars, place, marks, label)
    names = [wrap_block(text, 0.5 * width, size.small, colour=INK_SOFT) for text, _ in references]
    taken = Taken()
    taken.add((centre - label.width / 2 - 3, top - label.height - 2, centre + label.width / 2 + 3, top + 2))
    if place is not None:
        x = bars.middle(place)
        taken.add((x - 3, 0.0, x + 3, top))
    spots = [_reference_place(bars, value, name, taken) for (_, value), name in zip(references, names, strict=True)]
    # The labels may need more room than the bars: the plot grows upwards and its scale stays.
    height = max([size.plot_height, top, *(spot + name.height for (_, spot), name in zip(spots, names, strict=True))])
    page.add_head(spec.x_title, size.small, 2, colour=INK_SOFT)
    axes = page.open(left=left, right=4, above=6, below=size.small * (LINE_HEIGHT + TICK_GAP) + 2, plot_height=height)
    axes.set_xlim(-0.5, len(heights) - 0.5)
    axes.set_ylim(ticks[0], ticks[0] + height / bars.scale)
    axes.set_yticks(ticks, texts)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    _draw_bars(axes, heights, place, width)
    ends = [(0, "Lowest"), (len(heights) - 1, "Highest")] if len(heights) > 1 else []
    axes.set_xticks([at for at, _ in ends], [words for _, words in ends])
    for tick, align in zip(axes.get_xticklabels(), _END_ALIGN, strict=False):
        tick.set_horizontalalignment(align)
    _, bottom, _, _ = page.box
    page.write(label, left + centre, bottom + top, role="highlight-label", align="center", backed=True)
    if place is not None:
        foot = bottom + (max(heights[place], 0) - ticks[0]) * bars.scale
        page.rule(
            [left + x, left + x],
            [foot + 1, bottom + top - label.height - 1],
            role="leader",
            color=FOCUS[0],
            linewidth=0.8,
        )
    for number, ((_, value), name, (at, spot)) in enumerate(zip(references, names, spots, strict=True)):
        dashes = _DASHES[number % len(_DASHES)]
        axes.axhline(value, color=INK, linewidth=0.9, linestyle=dashes, zorder=3, gid="reference")
        page.write(name, left + at, bottom + spot + name.height, role="label", backed=True)
        line = (value - ticks[0]) * bars.scale
        if spot > line + 3 * _OFF:  # too far from its line to be taken for its name
            page.rule(
                [left + at, left + at], [bottom + line, bottom + spot + 1], role="leader", color=INK, linewidth=0.6
            )
    return page.figure


@dataclass(frozen=True)
class _Bars:
    """Heights of bars side by side, with the width they share and the points that one of their units takes."""

    heights: list[float]
    width: float
    scale: float
    low: float

    def middle(self, index: int) -> float:
        """Middle of a bar in points from the left of the plot."""
        return (index + 0.5) * self.width / len(self.heights)

    def top(self, left: float, right: float) -> float:
        """Height in points of the highest bar between two points."""
        step = self.width / len(self.heights)
        under = [
            height for index, height in enumerate(self.heights) if (index + 1) * step > left and index * step < right
        ]
        return (max(0.0, *under) - self.low) * self.scale


def _join_references(spec: AmongAllChart, scale: float) -> list[tuple[str, float]]:
    """Return the references, those too close to be told apart as the first of them with all their names."""
    joined: list[tuple[str, float]] = []
    for name, value in spec.references:
        near = next((n for n, (_, other) in enumerate(joined) if abs(other - value) * scale < _APART), None)
        if near is None:
            joined.append((name, float(value)))
        else:
            joined[near] = (f"{joined[near][0]} and {name[:1].lower()}{name[1:]}", joined[near][1])
    return joined


def _reference_place(bars: _Bars, value: float, name: Block, taken: Taken) -> tuple[float, float]:
    """Find where the name of a reference is near its line and touches nothing: its left and its foot, in points."""
    line = (value - bars.low) * bars.scale
    for further in range(12):
        for foot in (line + _OFF + further * 4, line - name.height - _OFF - further * 4):
            for step in range(13):
                left = 3 + step * (bars.width - name.width - 6) / 12
                box = (left, foot, left + name.width, foot + name.height)
                free = bars.top(left - 2, left + name.width + 2) + 1 < foot and taken.is_free(box)
                if free:
                    taken.add(box)
                    taken.add((left, min(line, foot), left + 1, max(line, foot)))
                    return left, foot
    return 3.0, max(bars.top(0.0, bars.width), line) + 2


def _draw_bars(axes: Axes, heights: list[float], place: int | None, width: float) -> None:
    """Draw a bar each, or one area with a stepped edge where bars would be too thin to be told apart."""
    step = width / len(heights)
    dense = step < _LEAST_STEP
    if dense:
        edges = [index - 0.5 for index in range(len(heights) + 1)]
        axes.stairs(heights, edges, fill=True, facecolor=FOCUS[1], edgecolor=EDGE, linewidth=0.6, gid="bars")
    share = 1.0 if dense else _BAR_SHARE
    for index, height in enumerate(heights):
        if dense and index != place:
            continue
        # A bar thinner than this is a hair on a phone; only its width grows, its height says the same.
        wide = max(share, _LEAST_WIDTH / step) if index == place else share
        colour = FOCUS[0] if index == place else FOCUS[1]
        bar = Rectangle((index - wide / 2, 0), wide, height, facecolor=colour, edgecolor="none", clip_on=False)
        if index == place:
            bar.set_zorder(2.5)
            bar.set_gid("highlight")
        # Not `bar` or `add_patch`: the limits of the axes are set, and looking for them takes longer than the drawing.
        axes.add_artist(bar)
    axes.axhline(0, color=INK_SOFT, linewidth=0.8, gid="zero")


def _label_place(bars: _Bars, place: int | None, marks: list[float], label: Block) -> tuple[float, float]:
    """Find where the label of the picked-out bar touches no bar and no reference line.

    Returns its centre from the left of the plot and its top above the axis, both in points.
    """
    half = label.width / 2
    middle = half if place is None else bars.middle(place)
    centre = min(max(middle, half + 2), max(bars.width - half - 2, half + 2))
    foot = bars.top(centre - half - 2, centre + half + 2) + 2 * _GAP
    for line in sorted((mark - bars.low) * bars.scale for mark in marks):
        if foot - _GAP < line < foot + label.height + _GAP:
            foot = line + _GAP
    return centre, foot + label.height


_PART_ROW_PAD = 11
_PART_BAR_SHARE = 0.62
#: Positive parts and the total, and parts that take away.
_PLUS = PALETTE[0]
_LESS = PALETTE[3]
#: Names take at most this share of the width.
_PART_NAME_SHARE = 0.42


def draw_breakdown(spec: BreakdownChart, page: Page) -> Figure:
    """Draw the parts of a total in their published order, each from where the last one ends, the total under a rule."""
    size = page.size
    rows = [*spec.parts, spec.total]
    last = len(rows) - 1
    names, prints = _wrap_rows(size, rows, _PART_NAME_SHARE, [number == last for number in range(len(rows))])
    values = [float(value) for _, value, _ in rows]
    spans = running_spans(values)
    heights = [max(name.height, size.text * LINE_HEIGHT) + _PART_ROW_PAD for name in names]
    axes = _open_rows(page, spec.x_title, names, prints, spans, height=math.fsum(heights))
    middles = [math.fsum(heights[:number]) + height / 2 for number, height in enumerate(heights)]
    bar_height = min(heights) * _PART_BAR_SHARE
    axes.barh(
        middles,
        values,
        left=[start for start, _ in spans],
        height=bar_height,
        color=[_LESS if value < 0 else _PLUS for value in values],
        linewidth=0,
    )
    for number in range(last):
        # From the middle of one bar to that of the next, behind both: only what lies between the bars is seen.
        axes.plot(
            [spans[number][1]] * 2,
            middles[number : number + 2],
            color=INK_SOFT,
            linewidth=0.7,
            zorder=0.5,
            gid="connector",
        )
    axes.axvline(0, color=INK_SOFT, linewidth=1, gid="zero")
    _write_rows(page, names, prints, middles, [max(*span, 0.0) for span in spans])
    _, bottom, _, _ = page.box
    between = bottom + heights[last]
    page.rule([0, size.width - 4], [between, between], role="total-rule", color=INK_SOFT, linewidth=0.8)
    return page.figure


Row = tuple[str, float, str]


def _wrap_rows(size: Size, rows: list[Row], share: float, bold: list[bool]) -> tuple[list[Block], list[Block]]:
    """Wrap the names of rows, which take at most a share of the width, and their printed values."""
    pairs = list(zip(rows, bold, strict=True))
    names = [wrap_block(name, size.width * share, size.text, bold=is_bold) for (name, _, _), is_bold in pairs]
    return names, [wrap_block(text, size.width, size.text, bold=is_bold) for (_, _, text), is_bold in pairs]


def _open_rows(
    page: Page, title: str, names: list[Block], prints: list[Block], spans: list[tuple[float, float]], *, height: float
) -> Axes:
    """Open a plot of horizontal bars, wide enough for the values printed beside them, without an axis."""
    left = max(name.width for name in names) + 9
    page.add_head(title, page.size.small, 4, colour=INK_SOFT)
    axes = page.open(left=left, right=4, above=5, below=4, plot_height=height)
    axes.set_xlim(*bar_limits(spans, [text.width for text in prints], page.size.width - left - 4))
    # Rows count down from the top in points, so that a row with a long name may be higher than the others.
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.set_xticks([])
    return axes


def _write_rows(page: Page, names: list[Block], prints: list[Block], middles: list[float], ends: list[float]) -> None:
    """Write the name of each row left of the plot, and its value right of where the bar ends."""
    left, bottom, width, height = page.box
    low, high = page.axes.get_xlim()
    for name, text, end, middle in zip(names, prints, ends, middles, strict=True):
        y = bottom + height - middle
        page.write(name, left - 9, y + name.height / 2, role="name", align="right")
        page.write(text, left + width * (end - low) / (high - low) + _GAP, y + text.height / 2, role="label")


def running_spans(values: list[float]) -> list[tuple[float, float]]:
    """Return start and end of every bar: a part starts where the one before it ends, the last (the total) at zero."""
    spans = []
    end = 0.0
    for value in values[:-1]:
        spans.append((end, end + value))
        end += value
    return [*spans, (0.0, values[-1])]


def bar_limits(spans: list[tuple[float, float]], text_widths: list[float], width: float) -> tuple[float, float]:
    """Find x limits with which the bar and the printed value of every row fit into `width` points."""
    below = -min(0.0, *(min(span) for span in spans))
    scale = min(
        (
            (width - text - 2 * _GAP) / (max(*span, 0.0) + below)
            for span, text in zip(spans, text_widths, strict=True)
            if max(*span, 0.0) + below > 0
        ),
        default=1.0,
    )
    return -below, width / scale - below


_CHANGE_ROW_PAD = 6
_CHANGE_BAR_SHARE = 0.66
_GAIN = PALETTE[0]
_LOSS = PALETTE[3]
#: Names take at most this share of the width.
_CHANGE_NAME_SHARE = 0.38


def draw_winners_losers(spec: WinnersLosersChart, page: Page) -> Figure:
    """Draw gains, then who is left out between, then losses, each with its printed value."""
    rows = [*spec.gains, *spec.losses]
    if not rows:
        raise ValueError("a chart of winners and losers needs at least one of either")
    size = page.size
    names, prints = _wrap_rows(size, rows, _CHANGE_NAME_SHARE, [name == spec.highlight for name, _, _ in rows])
    between = wrap_block(spec.between, size.width, size.small, colour=INK_SOFT) if spec.between else None
    values = [float(value) for _, value, _ in rows]
    heights = [max(name.height, size.text * LINE_HEIGHT) + _CHANGE_ROW_PAD for name in names]
    pause = between.height + 2 * _CHANGE_ROW_PAD if between else 0.0
    middles = _middles(heights, len(spec.gains), pause)
    whole = math.fsum(heights) + pause
    axes = _open_rows(page, spec.x_title, names, prints, [(0.0, value) for value in values], height=whole)
    colours = [_LOSS if value < 0 else _GAIN for value in values]
    axes.barh(middles, values, height=min(heights) * _CHANGE_BAR_SHARE, color=colours, linewidth=0)
    split = math.fsum(heights[: len(spec.gains)])
    for top, end in ((0.0, split), (split + pause, whole)):  # the line stops where others are named
        axes.plot([0, 0], [top, end], color=INK_SOFT, linewidth=1, gid="zero")
    _write_rows(page, names, prints, middles, [max(value, 0.0) for value in values])
    if between:
        page.write(between, 0, page.box[1] + whole - split - _CHANGE_ROW_PAD, role="between")
    return page.figure


def _middles(heights: list[float], gains: int, pause: float) -> list[float]:
    """Return the middle of each row in points from the top, with a pause after the gains."""
    tops = [math.fsum(heights[:number]) + (pause if number >= gains else 0.0) for number in range(len(heights))]
    return [top + height / 2 for top, height in zip(tops, heights, strict=True)]


#: Room between a dot and its neighbour, and around texts, in points.
_DOT_GAP = 4.0
#: Labels take at most this share of the width.
_LABEL_SHARE = 0.8
#: With less room than this share of the width beside its line, a label is on the other side.
_LEAST_ROOM = 0.17
#: Radius of a dot as a share of the size of the text, and the least one in points.
_RADIUS, _LEAST_RADIUS = 0.41, 1.9
#: How high the dots may be stacked, as a share of the height of a plot, before they are made smaller.
_STACK_SHARE = 0.4
#: So many labels are tried in every order, which is more than any chart has.
_MOST_ORDERED = 5


def draw_rank_dots(spec: RankDotsChart, page: Page) -> Figure:
    """Draw one dot for each basis on a line from lowest to highest, stacked where they would overlap, some named."""
    if not spec.dots:
        raise ValueError("a chart of ranks needs at least one dot")
    size = page.size
    aside = _RADIUS * size.text + 1
    width = size.width - 2 * aside
    radius, centres = _stack(spec, width, size)
    named = {index for index, _ in spec.labels}
    dots = [centres[index] for index, _ in spec.labels]
    sides = [
        _sides(text, x, width, size, bold=index == spec.highlight)
        for (index, text), (x, _) in zip(spec.labels, dots, strict=True)
    ]
    labels = _arrange_labels([x for x, _ in dots], sides)
    top = max(y for _, y in centres) + radius + _DOT_GAP
    height = top + max((level + label.height for _, level, label in labels), default=0.0)
    axes = page.open(
        left=aside, right=aside, above=2, below=size.small * (LINE_HEIGHT + TICK_GAP) + 2, plot_height=height
    )
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_yticks([])
    ends = [(0.0, spec.low_end), (width, spec.high_end)]
    axes.set_xticks([at for at, _ in ends], [text for _, text in ends])
    for tick, align in zip(axes.get_xticklabels(), _END_ALIGN, strict=True):
        tick.set_horizontalalignment(align)
    axes.axhline(0, color=INK_SOFT, linewidth=1.2, clip_on=False, gid="line")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        tall = -3.5 if share in (0.0, 0.5, 1.0) else -2.0
        axes.plot([share * width] * 2, [0, tall], color=INK_SOFT, linewidth=0.8, clip_on=False, gid="quarter")
    _write_middle(page, spec, aside + width / 2)
    for index, (x, y) in enumerate(centres):
        is_named = index in named
        dot = Circle(
            (x, y), radius, facecolor=FOCUS[0] if is_named else FOCUS[1], edgecolor=FOCUS[0] if is_named else EDGE
        )
        dot.set(linewidth=0.6, clip_on=False, zorder=2.1 if is_named else 2, gid="named-dot" if is_named else "dot")
        axes.add_artist(dot)
    for (x, y), (left, level, label) in zip(dots, labels, strict=True):
        # Under the dots, so that a line runs behind those above the one it leads to.
        axes.plot([x, x], [y, top + level + label.height - 1], color=EDGE, linewidth=0.7, zorder=1, gid="leader")
        page.write(label, aside + left, page.box[1] + top + level + label.height, role="label", backed=True)
    return page.figure


#: A label as it may be set: its left, and its lines.
_Side = tuple[float, Block]


def _sides(text: str, x: float, width: float, size: Size, *, bold: bool) -> list[_Side]:
    """Set a label right and left of the line from its dot, where there is room for it."""
    most = size.width * _LABEL_SHARE
    rooms = {1: width + _EDGE_ROOM - x - _DOT_GAP, -1: x + _EDGE_ROOM - _DOT_GAP}
    found: list[_Side] = []
    for way, room in sorted(rooms.items(), key=lambda item: -item[1]):
        if not found or room >= _LEAST_ROOM * width:
            block = wrap_block(text, min(most, room), size.text, bold=bold)
            found.append((x + _DOT_GAP if way == 1 else x - _DOT_GAP - block.width, block))
    return found


def _write_middle(page: Page, spec: RankDotsChart, at: float) -> None:
    """Name the middle of the line, where the words of its ends leave room."""
    size = page.size
    text = wrap_block("Middle", size.width, size.small, colour=INK_SOFT)
    if at - text.width / 2 > max(measure_width(end, size.small) for end in (spec.low_end, spec.high_end)) + 6:
        page.write(text, at, page.box[1] - size.small * TICK_GAP, role="middle", align="center")


def _stack(spec: RankDotsChart, width: float, size: Size) -> tuple[float, list[tuple[float, float]]]:
    """Return the radius of the dots and the centre of each: along the line by rank, upwards where dots would overlap.

    Dots that are named are on top, where the line to the name starts; many equal ranks make the dots smaller.
    """
    named = [index for index, _ in spec.labels]
    order = [*(n for n in range(len(spec.dots)) if n not in named), *named]
    radius = _RADIUS * size.text
    while True:
        centres: dict[int, tuple[float, float]] = {}
        step = 2 * radius + 0.8
        for index in order:
            rank, universe = spec.dots[index]
            x = width * (rank - 1) / max(universe - 1, 1)
            taken = {y for other, y in centres.values() if abs(other - x) < step}
            y = radius + 2.5
            while y in taken:
                y += step
            centres[index] = x, y
        if max(y for _, y in centres.values()) <= size.plot_height * _STACK_SHARE or radius <= _LEAST_RADIUS:
            return radius, [centres[index] for index in range(len(spec.dots))]
        radius -= 0.3


def _arrange_labels(xs: Sequence[float], sides: Sequence[Sequence[_Side]]) -> list[tuple[float, float, Block]]:
    """Find for each label, whose dot is at an x, its left, its height above the dots, in points, and its lines.

    A label is beside the line that leads up from its dot. Of all orders and sides the one is taken in which fewest
    labels are crossed by a line to another, and then the lowest.
    """
    count = len(xs)
    orders = list(permutations(range(count))) if count <= _MOST_ORDERED else [tuple(range(count))]
    best: tuple[float, list[tuple[float, float, Block]]] = (math.inf, [])
    for chosen in product(*sides):
        spans = [
            (min(x, left) - 2, max(x, left + label.width) + 2) for x, (left, label) in zip(xs, chosen, strict=True)
        ]
        for order in orders:
            levels = [0.0] * count
            for place, index in enumerate(order):
                for other in order[:place]:
                    if spans[index][0] < spans[other][1] and spans[other][0] < spans[index][1]:
                        levels[index] = max(levels[index], levels[other] + chosen[other][1].height + 2)
            cost = 1000.0 * _count_crossings(xs, chosen, levels) + math.fsum(levels) + 10 * max(levels, default=0.0)
            cost += math.fsum(_LINE_COST * len(label.lines) for _, label in chosen)
            if cost < best[0] - 1e-9:
                best = cost, [(left, level, label) for (left, label), level in zip(chosen, levels, strict=True)]
    return best[1]


#: What a line more of a label costs, in points of its height above the dots.
_LINE_COST = 40.0
#: How far a label may reach beyond the ends of the line.
_EDGE_ROOM = 3.0


def _count_crossings(xs: Sequence[float], chosen: Sequence[_Side], levels: list[float]) -> int:
    """Count the labels through which the line to another, higher one runs."""
    crossed = [
        (n, m)
        for n, (left, label) in enumerate(chosen)
        for m, x in enumerate(xs)
        if n != m and levels[n] < levels[m] + chosen[m][1].height and left - 1.5 < x < left + label.width + 1.5
    ]
    return len(crossed)


#: Heights of the ticks of all authorities and of neighbours, and of the space between rows, in points.
_ALL_TICK, _NEAR_TICK, _ROW_GAP = 5.0, 9.0, 7.0
_STRIP_ENDS = "Each line runs from 0 to the highest authority."
_STRIP_BELOW = "Each line runs from 0, or the lowest authority if that is below 0, to the highest."


def draw_strips(spec: StripChart, page: Page) -> Figure:
    """Draw a strip a measure: all authorities as fine ticks, neighbours as darker ones, England and the place marked.

    Both values are printed at the right end of the row's name, each after its mark.
    """
    if not spec.rows:
        raise ValueError("a strip chart needs at least one row")
    size = page.size
    aside = 0.45 * size.text
    width = size.width - 2 * aside
    pairs = [[(row.value, row.printed), (row.england, row.england_printed)] for row in spec.rows]
    values = [[_print_value(*said, size, is_place=n == 0) for n, said in enumerate(pair)] for pair in pairs]
    # Marks are in line: left of the widest number of their column, whatever words are in place of others.
    mark_room = 1.2 * size.text
    number_widths = [
        max((value[n].width for value, pair in zip(values, pairs, strict=True) if pair[n][0] is not None), default=0.0)
        for n in (0, 1)
    ]
    columns = [max(number_widths[n] + mark_room, *(value[n].width for value in values)) for n in (0, 1)]
    room = size.width - math.fsum(columns) - 14
    names = [wrap_block(row.name, room, size.text) for row in spec.rows]
    heights = [
        max(block.height for block in (name, *value)) + _NEAR_TICK + 3
        for name, value in zip(names, values, strict=True)
    ]
    keys = _strip_keys(spec, size)
    total = math.fsum(heights) + _ROW_GAP * (len(heights) - 1)
    key_height = keys[-1][2] + size.small * LINE_HEIGHT + 4
    is_below = any(min([0.0, *row.others, *row.neighbours, row.value or 0.0]) < 0 for row in spec.rows)
    foot = wrap_block(_STRIP_BELOW if is_below else _STRIP_ENDS, size.width, size.small - 0.4, colour=INK_SOFT)
    axes = page.open(left=aside, right=aside, above=key_height, below=foot.height + 4, plot_height=total)
    axes.set_xlim(0, width)
    axes.set_ylim(total, 0)  # down from the top, in points
    axes.set_xticks([])
    axes.set_yticks([])
    bottom = page.box[1]
    page.write(foot, 0, bottom - 3, role="ends")
    _draw_strip_keys(page, keys, bottom + total + key_height)
    top = 0.0
    for row, name, value, pair, height in zip(spec.rows, names, values, pairs, heights, strict=True):
        page.write(name, 0, bottom + total - top, role="name")
        right = size.width
        for n, marker in ((1, "D"), (0, "o")):
            page.write(value[n], right, bottom + total - top, role="value", align="right")
            if pair[n][0] is not None:
                at = right - number_widths[n] - mark_room + 0.45 * size.text - aside
                _mark(axes, (at, top + 0.66 * size.text), marker, size)
            right -= columns[n] + 8
        _draw_strip(axes, row, top + height - _NEAR_TICK / 2, width, size)
        top += height + _ROW_GAP
    return page.figure


def _print_value(value: float | None, text: str, size: Size, *, is_place: bool) -> Block:
    """Set a printed value, or the words in place of one."""
    if value is None:
        return wrap_block(text, size.width * 0.24, size.text, colour=INK_SOFT)
    return wrap_block(text, size.width * 0.24, size.text, bold=is_place, colour=FOCUS[0] if is_place else INK)


def _mark(axes: Axes, at: tuple[float, float], marker: str, size: Size, role: str = "key-mark") -> None:
    """Draw the mark of the place (a dot) or of England (a white diamond)."""
    is_place = marker == "o"
    axes.plot(
        [at[0]],
        [at[1]],
        marker=marker,
        markersize=size.text * (0.72 if is_place else 0.6),
        color=FOCUS[0] if is_place else "white",
        markeredgecolor="white" if is_place else INK,
        markeredgewidth=0.6 if is_place else 1.1,
        linestyle="none",
        clip_on=False,
        zorder=4 if is_place else 3.5,
        gid=role,
    )


def _draw_strip(axes: Axes, row: StripRow, y: float, width: float, size: Size) -> None:
    """Draw the ticks and marks of a measure on a line from nought (or the lowest, if that is below) to the highest."""
    known = [value for value in (row.value, row.england, *row.others, *row.neighbours) if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return width * (value - low) / span

    axes.plot([0, width], [y, y], color=EDGE, linewidth=0.6, zorder=1, gid="strip")
    for values, half, colour, weight, role in (
        (row.others, _ALL_TICK / 2, EDGE, 0.45, "all"),
        (row.neighbours, _NEAR_TICK / 2, INK_SOFT, 0.9, "neighbours"),
    ):
        # One path for all, which takes a twentieth of the time of a path each.
        xs = [x for value in sorted(values) for x in (at(value), at(value), math.nan)]
        ys = [y - half, y + half, math.nan] * len(values)
        axes.plot(xs, ys, color=colour, linewidth=weight, clip_on=False, gid=role, zorder=1.5 if role == "all" else 2)
    if row.england is not None:
        _mark(axes, (at(row.england), y), "D", size, "england")
    if row.value is not None:
        _mark(axes, (at(row.value), y), "o", size, "place")


#: What a key says: its text, its left and its depth under the top, in points, and what it looks like.
_Key = tuple[str, float, float, str]


def _strip_keys(spec: StripChart, size: Size) -> list[_Key]:
    """Place the keys side by side, in as many rows as they need."""
    entries = [(spec.place, "o"), ("England", "D")]
    if any(row.neighbours for row in spec.rows):
        entries.append(("Statistical neighbours", "near"))
    if any(row.others for row in spec.rows):
        entries.append(("Others", "all"))
    keys: list[_Key] = []
    left = depth = 0.0
    for text, look in entries:
        wide = measure_width(text, size.small, look == "o") + size.text * 1.2
        if left and left + wide > size.width:
            left, depth = 0.0, depth + size.small * LINE_HEIGHT + 1
        keys.append((text, left, depth, look))
        left += wide + 9
    return keys


def _draw_strip_keys(page: Page, keys: list[_Key], top: float) -> None:
    size = page.size
    left, bottom, _, height = page.box
    for text, at, depth, look in keys:
        bold = look == "o"
        block = wrap_block(text, size.width, size.small, bold=bold, colour=FOCUS[0] if bold else INK_SOFT)
        page.write(block, at + size.text * 1.1, top - depth, role="key")
        x, y = at + size.text * 0.5 - left, height + bottom - top + depth + 0.62 * size.small
        if look in ("o", "D"):
            _mark(page.axes, (x, y), look, size)
        else:
            half, colour, weight = (
                (_NEAR_TICK / 2 - 0.5, INK_SOFT, 0.9) if look == "near" else (_ALL_TICK / 2, EDGE, 0.45)
            )
            for shift in (-2.5, 0.0, 2.5):
                page.axes.plot([x + shift] * 2, [y - half, y + half], color=colour, linewidth=weight, clip_on=False)
