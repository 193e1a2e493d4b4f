"""Ranks on many bases as dots on one line, from the lowest of all authorities to the highest."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Circle

from hnf.reporting.chart_specs import RankDotsChart
from hnf.reporting.charts.page import Align, Page
from hnf.reporting.charts.style import FOCUS, INK_SOFT
from hnf.reporting.charts.text import LINE_HEIGHT, Block, wrap_block

_RADIUS = 4.2
_STEP = 2 * _RADIUS + 1
_GAP = 6
#: Labels take at most this share of the width.
_LABEL_SHARE = 0.62
_END_ALIGN: tuple[Align, ...] = ("left", "right")


def draw_rank_dots(spec: RankDotsChart, page: Page) -> Figure:
    """Draw one dot for each basis, stacked where they would overlap, with some of them named.

    Raises
    ------
    ValueError
        If there are no dots.
    """
    if not spec.dots:
        raise ValueError("a chart of ranks needs at least one dot")
    size = page.size
    width = size.width - 2 * _RADIUS - 4
    centres = _stack(spec, width)
    labels = [
        (index, wrap_block(text, size.width * _LABEL_SHARE, size.text, bold=index == spec.highlight))
        for index, text in spec.labels
    ]
    top = max(y for _, y in centres) + _RADIUS + _GAP
    height = top + sum(label.height + _GAP for _, label in labels)
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
    """Write each label on a level of its own, outer dots highest, so that no line to a dot runs through a text."""
    left, bottom, _, _ = page.box
    inner_first = sorted(labels, key=lambda entry: -abs(centres[entry[0]][0] - width / 2), reverse=True)
    y = bottom + top
    for index, label in inner_first:
        x, centre = centres[index]
        rightwards = x <= width / 2
        # Under the dots, so that a line runs behind those that stand above the one it leads to.
        ends = [centre, y - bottom + label.height]
        page.axes.plot([x, x], ends, color=INK_SOFT, linewidth=0.8, zorder=1, clip_on=False, gid="leader")
        at = left + x + (_GAP if rightwards else -_GAP)
        page.write(label, at, y + label.height, role="label", align="left" if rightwards else "right", backed=True)
        y += label.height + _GAP
