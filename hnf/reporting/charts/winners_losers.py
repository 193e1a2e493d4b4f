"""Who gains and who loses most: horizontal bars from a common zero, gains to the right and losses to the left."""

from __future__ import annotations

from matplotlib.figure import Figure

from hnf.reporting.chart_specs import WinnersLosersChart
from hnf.reporting.charts.make_up import bar_limits
from hnf.reporting.charts.page import Page
from hnf.reporting.charts.style import INK_SOFT, PALETTE
from hnf.reporting.charts.text import LINE_HEIGHT, Block, wrap_block

_GAP = 5
_ROW_PAD = 6
_BAR_SHARE = 0.66
_GAIN = PALETTE[0]
_LOSS = PALETTE[3]
#: Names take at most this share of the width.
_NAME_SHARE = 0.38


def draw_winners_losers(spec: WinnersLosersChart, page: Page) -> Figure:
    """Draw gains, then who is left out between, then losses.

    Every bar carries its printed value: right of the bar, and of the zero line for a loss.

    Raises
    ------
    ValueError
        If there are neither gains nor losses.
    """
    rows = [*spec.gains, *spec.losses]
    if not rows:
        raise ValueError("a chart of winners and losers needs at least one of either")
    size = page.size
    names = [wrap_block(name, size.width * _NAME_SHARE, size.text, bold=name == spec.highlight) for name, _, _ in rows]
    prints = [wrap_block(text, size.width, size.text, bold=name == spec.highlight) for name, _, text in rows]
    between = wrap_block(spec.between, size.width, size.small, colour=INK_SOFT) if spec.between else None
    left = max(name.width for name in names) + 9
    values = [float(value) for _, value, _ in rows]
    low, high = bar_limits([(0.0, value) for value in values], [text.width for text in prints], size.width - left - 4)
    heights = [max(name.height, size.text * LINE_HEIGHT) + _ROW_PAD for name in names]
    pause = between.height + 2 * _ROW_PAD if between else 0.0
    middles = _middles(heights, len(spec.gains), pause)
    whole = sum(heights) + pause
    page.add_head(spec.x_title, size.small, 4, colour=INK_SOFT)
    axes = page.open(left=left, right=4, above=5, below=4, plot_height=whole)
    axes.set_xlim(low, high)
    # Rows count down from the top in points, so that a row with a long name may be higher than the others.
    axes.set_ylim(whole, 0)
    colours = [_LOSS if value < 0 else _GAIN for value in values]
    axes.barh(middles, values, height=min(heights) * _BAR_SHARE, color=colours, linewidth=0)
    axes.set_yticks([])
    axes.set_xticks([])
    split = sum(heights[: len(spec.gains)])
    for top, end in ((0.0, split), (split + pause, whole)):  # the line stops where others are named
        axes.plot([0, 0], [top, end], color=INK_SOFT, linewidth=1, gid="zero")
    _write_rows(page, names, prints, middles, values)
    if between:
        page.write(between, 0, page.box[1] + whole - split - _ROW_PAD, role="between")
    return page.figure


def _middles(heights: list[float], gains: int, pause: float) -> list[float]:
    """Return the middle of each row in points from the top, with a pause after the gains."""
    tops = [sum(heights[:number]) + (pause if number >= gains else 0.0) for number in range(len(heights))]
    return [top + height / 2 for top, height in zip(tops, heights, strict=True)]


def _write_rows(page: Page, names: list[Block], prints: list[Block], middles: list[float], values: list[float]) -> None:
    left, bottom, width, height = page.box
    low, high = page.axes.get_xlim()
    for name, text, value, middle in zip(names, prints, values, middles, strict=True):
        y = bottom + height - middle
        page.write(name, left - 9, y + name.height / 2, role="name", align="right")
        end = left + width * (max(value, 0.0) - low) / (high - low)
        page.write(text, end + _GAP, y + text.height / 2, role="label")
