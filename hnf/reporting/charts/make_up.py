"""What a total is made of, as a waterfall: each bar starts where the one above it ends, the total at zero."""

from __future__ import annotations

from matplotlib.figure import Figure

from hnf.reporting.chart_specs import MakeUpChart
from hnf.reporting.charts.page import Page
from hnf.reporting.charts.style import INK_SOFT, PALETTE
from hnf.reporting.charts.text import LINE_HEIGHT, wrap_block

_GAP = 5
_ROW_PAD = 11
_BAR_SHARE = 0.62
#: Positive parts and the total, and parts that take away.
_PLUS = PALETTE[0]
_LESS = PALETTE[3]
#: Names take at most this share of the width.
_NAME_SHARE = 0.42


def draw_make_up(spec: MakeUpChart, page: Page) -> Figure:
    """Draw the parts of a total in their published order, the total under a rule.

    Every bar carries its printed value, so there is no axis to read it from. The value stands right of the bar. A thin
    line leads from the end of each bar to the start of the next.
    """
    size = page.size
    rows = [*spec.parts, spec.total]
    last = len(rows) - 1
    names = [
        wrap_block(name, size.width * _NAME_SHARE, size.text, bold=number == last)
        for number, (name, _, _) in enumerate(rows)
    ]
    prints = [wrap_block(text, size.width, size.text, bold=number == last) for number, (_, _, text) in enumerate(rows)]
    values = [float(value) for _, value, _ in rows]
    left = max(name.width for name in names) + 9
    spans = running_spans(values)
    low, high = bar_limits(spans, [text.width for text in prints], size.width - left - 4)
    heights = [max(name.height, size.text * LINE_HEIGHT) + _ROW_PAD for name in names]
    total_height = sum(heights)
    page.add_head(spec.x_title, size.small, 4, colour=INK_SOFT)
    axes = page.open(left=left, right=4, above=5, below=4, plot_height=total_height)
    axes.set_xlim(low, high)
    # Rows count down from the top in points, so that a row with a long name may be higher than the others.
    axes.set_ylim(total_height, 0)
    middles = [sum(heights[:number]) + height / 2 for number, height in enumerate(heights)]
    bar_height = min(heights) * _BAR_SHARE
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
    axes.set_yticks([])
    axes.set_xticks([])
    axes.axvline(0, color=INK_SOFT, linewidth=1, gid="zero")
    box_left, bottom, width, height = page.box
    for name, text, span, middle in zip(names, prints, spans, middles, strict=True):
        y = bottom + height - middle
        page.write(name, box_left - 9, y + name.height / 2, role="name", align="right")
        end = box_left + width * (max(*span, 0.0) - low) / (high - low)
        page.write(text, end + _GAP, y + text.height / 2, role="label")
    between = bottom + heights[last]
    page.rule([0, size.width - 4], [between, between], role="total-rule", color=INK_SOFT, linewidth=0.8)
    return page.figure


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
