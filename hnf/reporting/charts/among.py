"""One authority among all: a thin bar for each, lowest first, one picked out, with reference lines."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hnf.reporting.chart_specs import AmongAllChart
from hnf.reporting.charts.page import (
    Align,
    Page,
    print_ticks,
    round_ticks,
    spread_labels,
)
from hnf.reporting.charts.style import FOCUS, GRID, INK_SOFT
from hnf.reporting.charts.text import LINE_HEIGHT, Block, measure_width, wrap_block

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
    """Draw the bars of all authorities with one of them picked out.

    An authority that is not among `values` (its figure is missing) is named without a bar.

    Raises
    ------
    ValueError
        If there are no values.
    """
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
        left=left,
        right=right,
        above=9,
        below=size.small * LINE_HEIGHT + 9,
        plot_height=(high - ticks[0]) * scale,
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
        label,
        box_left + centre,
        bottom + (top - ticks[0]) * scale,
        role="highlight-label",
        align="center",
        backed=True,
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

    Returns
    -------
    tuple of (float, float)
        Its centre in points from the left of the plot, and its top in the units of the bars.
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
