"""Charts of bars and dots: one authority among all, a total as a waterfall, winners and losers, ranks on many bases.

Bars of parts and of changes carry their printed values, so they have no axis. A row with a long name is higher.
"""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from hnf.charts.page import (
    FOCUS,
    GRID,
    INK_SOFT,
    LINE_HEIGHT,
    PALETTE,
    Align,
    Block,
    Page,
    Size,
    measure_width,
    print_ticks,
    round_ticks,
    spread_labels,
    wrap_block,
)
from hnf.packs.content import AmongAllChart, BreakdownChart, RankDotsChart, WinnersLosersChart

_LEADER = 14
_GAP = 5
_LABEL_WIDTH = 84
#: Width of a bar as a share of its step; below this many points a step, gaps would only shimmer and are closed.
_BAR_SHARE = 0.75
_LEAST_STEP = 2.2
#: The least width in points the picked-out bar is drawn with.
_LEAST_WIDTH = 4
#: Solid for the first reference, then dashes: told apart without colour.
_DASHES: tuple[Any, ...] = ("-", (0, (5, 3)), (0, (1, 2)), (0, (5, 2, 1, 2)))


_END_ALIGN: tuple[Align, ...] = ("left", "right")


def draw_among(spec: AmongAllChart, page: Page) -> Figure:
    """Draw the bars of all authorities with one picked out; one without a figure is named without a bar."""
    if not spec.values:
        raise ValueError("a chart of one among all needs at least one value")
    size = page.size
    heights = [float(value) for _, value in spec.values]
    place = next((index for index, (name, _) in enumerate(spec.values) if name == spec.highlight), None)
    marks = [float(value) for _, value in spec.references]
    ticks = round_ticks(min(0.0, *heights, *marks), max(0.0, *heights, *marks), size.tick_count)
    texts = print_ticks(ticks, spec.x_prefix)
    left = max(measure_width(text, size.small) for text in texts) + 7
    names = [wrap_block(label, size.label_width, size.text) for label, _ in spec.references]
    right = max((name.width + _LEADER + 4 for name in names), default=6)
    width = size.width - left - right
    label_width = min(width - 4, max(0.62 * width, _LABEL_WIDTH))
    label = wrap_block(spec.highlight_label, label_width, size.text, bold=True, colour=FOCUS[0])
    scale = size.plot_height / (ticks[-1] - ticks[0])
    centre, top = _label_place(heights, place, marks, label, width=width, scale=scale)
    # The label may need more room than the bars: the plot grows upwards and its scale stays.
    high = max(ticks[-1], top)
    page.add_head(spec.x_title, size.small, 4, colour=INK_SOFT)
    axes = page.open(
        left=left, right=right, above=9, below=size.small * LINE_HEIGHT + 9, plot_height=(high - ticks[0]) * scale
    )
    axes.set_xlim(-0.5, len(heights) - 0.5)
    axes.set_ylim(ticks[0], high)
    axes.set_yticks(ticks, texts)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    _draw_bars(axes, heights, place, width)
    ends = [(0, "Lowest"), (len(heights) - 1, "Highest")] if len(heights) > 1 else []
    axes.set_xticks([at for at, _ in ends], [words for _, words in ends])
    for tick, align in zip(axes.get_xticklabels(), _END_ALIGN, strict=False):
        tick.set_horizontalalignment(align)
    box_left, bottom, _, _ = page.box
    page.write(
        label, box_left + centre, bottom + (top - ticks[0]) * scale, role="highlight-label", align="center", backed=True
    )
    if place is not None:
        x = box_left + (place + 0.5) * width / len(heights)
        foot = bottom + (max(heights[place], 0) - ticks[0]) * scale
        head = bottom + (top - ticks[0]) * scale - label.height - 1
        page.rule([x, x], [foot + 1, head], role="leader", color=FOCUS[0], linewidth=1)
    _draw_references(page, spec, names)
    return page.figure


def _draw_bars(axes: Axes, heights: list[float], place: int | None, width: float) -> None:
    colours = [FOCUS[0] if index == place else FOCUS[1] for index in range(len(heights))]
    dense = width / len(heights) < _LEAST_STEP
    share, edge = (1.0, 0.7) if dense else (_BAR_SHARE, 0.0)
    bars = [
        Rectangle((x - share / 2, 0), share, height, facecolor=colour, edgecolor=colour, linewidth=edge, clip_on=False)
        for x, (height, colour) in enumerate(zip(heights, colours, strict=True))
    ]
    for bar in bars:
        # Not `bar` or `add_patch`: the limits of the axes are set, and looking for them takes longer than the drawing.
        axes.add_artist(bar)
    if place is not None:
        bar = bars[place]
        # A bar thinner than this is a hair on a phone; only its width grows, its height says the same.
        wide = max(share, _LEAST_WIDTH * len(heights) / width)
        bar.set_width(wide)
        bar.set_x(place - wide / 2)
        bar.set_zorder(2.5)
        bar.set_gid("highlight")
    axes.axhline(0, color=INK_SOFT, linewidth=1, gid="zero")


def _label_place(
    heights: list[float], place: int | None, marks: list[float], label: Block, *, width: float, scale: float
) -> tuple[float, float]:
    """Find where the label of the picked-out bar touches no bar and no reference line.

    Returns its centre in points from the left of the plot, and its top in the units of the bars.
    """
    step = width / len(heights)
    middle = label.width / 2 if place is None else (place + 0.5) * step
    centre = min(max(middle, label.width / 2 + 2), max(width - label.width / 2, label.width / 2 + 2))
    under = [
        height
        for index, height in enumerate(heights)
        if (index + 1) * step > centre - label.width / 2 - 2 and index * step < centre + label.width / 2 + 2
    ]
    bottom = max(0.0, *under) + 2 * _GAP / scale
    room = (label.height + _GAP) / scale
    for mark in sorted(marks):
        if bottom - _GAP / scale < mark < bottom + room:
            bottom = mark + _GAP / scale
    return centre, bottom + label.height / scale


def _draw_references(page: Page, spec: AmongAllChart, names: list[Block]) -> None:
    left, bottom, width, height = page.box
    low, high = page.axes.get_ylim()
    wanted = [bottom + height * (value - low) / (high - low) for _, value in spec.references]
    centres = spread_labels(wanted, [name.height + 4 for name in names], bottom, bottom + height)
    for number, ((_, value), name, y, centre) in enumerate(zip(spec.references, names, wanted, centres, strict=True)):
        dashes = _DASHES[number % len(_DASHES)]
        page.axes.axhline(value, color=INK_SOFT, linewidth=1.2, linestyle=dashes, zorder=3, gid="reference")
        xs = [left + width, left + width + _LEADER - 3]
        page.rule(xs, [y, centre], role="leader", color=INK_SOFT, linewidth=1)
        page.write(name, left + width + _LEADER, centre + name.height / 2, role="label")


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


_RADIUS = 4.2
_STEP = 2 * _RADIUS + 1
_DOT_GAP = 6
#: Labels take at most this share of the width.
_LABEL_SHARE = 0.62


def draw_rank_dots(spec: RankDotsChart, page: Page) -> Figure:
    """Draw one dot for each basis, stacked where they would overlap, with some of them named."""
    if not spec.dots:
        raise ValueError("a chart of ranks needs at least one dot")
    size = page.size
    width = size.width - 2 * _RADIUS - 4
    centres = _stack(spec, width)
    labels = [
        (index, wrap_block(text, size.width * _LABEL_SHARE, size.text, bold=index == spec.highlight))
        for index, text in spec.labels
    ]
    top = max(y for _, y in centres) + _RADIUS + _DOT_GAP
    height = top + math.fsum(label.height + _DOT_GAP for _, label in labels)
    axes = page.open(
        left=_RADIUS + 2, right=_RADIUS + 2, above=4, below=size.small * LINE_HEIGHT + 9, plot_height=height
    )
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_yticks([])
    axes.set_xticks([0, width], [spec.low_end, spec.high_end])
    for tick, align in zip(axes.get_xticklabels(), _END_ALIGN, strict=True):
        tick.set_horizontalalignment(align)
    axes.axhline(0, color=INK_SOFT, linewidth=1.5, gid="line")
    axes.axvline(width / 2, ymax=0.5 * _STEP / height, color=INK_SOFT, linewidth=1, gid="middle")
    for index, (x, y) in enumerate(centres):
        named = any(index == label for label, _ in spec.labels)
        dot = Circle((x, y), _RADIUS, facecolor=FOCUS[0] if named else FOCUS[1], edgecolor=FOCUS[0], linewidth=0.8)
        dot.set_clip_on(False)
        dot.set_zorder(2)
        dot.set_gid("named-dot" if named else "dot")
        axes.add_patch(dot)
    _write_labels(page, labels, centres, top, width)
    return page.figure


def _stack(spec: RankDotsChart, width: float) -> list[tuple[float, float]]:
    """Return the centre of each dot in points: along the line by rank, upwards where dots would overlap."""
    centres: list[tuple[float, float]] = []
    for rank, universe in spec.dots:
        x = width * (rank - 1) / max(universe - 1, 1)
        taken = {y for other, y in centres if abs(other - x) < _STEP}
        level = 0
        while _height(level) in taken:
            level += 1
        centres.append((x, _height(level)))
    return centres


def _height(level: int) -> float:
    return _RADIUS + 3 + level * _STEP


def _write_labels(
    page: Page, labels: list[tuple[int, Block]], centres: list[tuple[float, float]], top: float, width: float
) -> None:
    """Write each label on its own level, outer dots highest, so that no line to a dot runs through a text."""
    left, bottom, _, _ = page.box
    inner_first = sorted(labels, key=lambda entry: -abs(centres[entry[0]][0] - width / 2), reverse=True)
    y = bottom + top
    for index, label in inner_first:
        x, centre = centres[index]
        rightwards = x <= width / 2
        # Under the dots, so that a line runs behind those above the one it leads to.
        ends = [centre, y - bottom + label.height]
        page.axes.plot([x, x], ends, color=INK_SOFT, linewidth=0.8, zorder=1, clip_on=False, gid="leader")
        at = left + x + (_DOT_GAP if rightwards else -_DOT_GAP)
        page.write(label, at, y + label.height, role="label", align="left" if rightwards else "right", backed=True)
        y += label.height + _DOT_GAP
