"""Line charts: up to four lines, labelled at their ends, with gaps and breaks in the series shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hnf.charts.page import (
    GRID,
    INK_SOFT,
    LINE_HEIGHT,
    PALETTE,
    Block,
    Page,
    Size,
    keep_printable,
    measure_width,
    print_ticks,
    round_ticks,
    spread_labels,
    wrap_block,
)
from hnf.packs.content import MISSING, Line, LineChart

#: One marker a line, so that lines can be told apart without colour.
_MARKERS = ("o", "s", "^", "D")
_LEADER = 16
_NOTE_GAP = 5
#: Empty space before the first and after the last x, in steps of x.
_X_PAD = 0.35
_NOTE_WIDTH = 125
_LEAST_NOTE_WIDTH = 60


@dataclass(frozen=True)
class _Note:
    """A break's words, the place of its rule (points from the left) and which row above the plot it is printed in."""

    text: Block
    x: float
    row: int = 0


def draw_lines(spec: LineChart, page: Page) -> Figure:
    """Draw a line chart: one to four lines over the same x labels."""
    labels = _x_labels(spec)
    size = page.size
    values = [value for line in spec.lines for value in _ys(line) if not math.isnan(value)] or [0.0]
    ticks = round_ticks(min(values + [0.0] * spec.y_from_zero), max(values + [0.0] * spec.y_from_zero), size.tick_count)
    texts = print_ticks(ticks, spec.y_prefix)
    names = [_name(line, size) for line in spec.lines]
    left = max(measure_width(text, size.small) for text in texts) + 7
    right = max(name.width for name in names) + _LEADER + 4
    if spec.breaks:
        right = max(right, _LEAST_NOTE_WIDTH)
    width = size.width - left - right
    step = width / (len(labels) - 1 + 2 * _X_PAD)
    notes = _notes(spec, labels, left, step, size)
    rows = [max(note.text.height for note in notes if note.row == row) for row in sorted({note.row for note in notes})]
    page.add_head(spec.y_title, size.small, 4, colour=INK_SOFT)
    axes = page.open(
        left=left, right=right, above=8 + math.fsum(rows) + _NOTE_GAP * len(rows), below=size.small * LINE_HEIGHT + 9
    )
    axes.set_xlim(-_X_PAD, len(labels) - 1 + _X_PAD)
    axes.set_ylim(ticks[0], ticks[-1])
    axes.set_yticks(ticks, texts)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    if ticks[0] <= 0 <= ticks[-1]:
        axes.axhline(0, color=INK_SOFT, linewidth=1, zorder=1.5, gid="zero")
    shown = _shown(labels, step, size.small)
    axes.set_xticks(shown, [keep_printable(labels[index]) for index in shown])
    colours = _colours(spec.lines)
    for number, line in enumerate(spec.lines):
        _draw_line(axes, line, colours[number], _MARKERS[number])
    _draw_breaks(page, notes, rows)
    _draw_labels(page, spec.lines, names, colours)
    return page.figure


def _x_labels(spec: LineChart) -> list[str]:
    """Return the x labels all lines share."""
    if not 1 <= len(spec.lines) <= len(PALETTE):
        raise ValueError(f"a line chart holds one to four lines, not {len(spec.lines)}")
    labels = [label for label, _ in spec.lines[0].points]
    for line in spec.lines:
        if [label for label, _ in line.points] != labels or not labels:
            raise ValueError(f"the line {line.name!r} has other x labels than {spec.lines[0].name!r}, or none")
    for label, words in spec.breaks:
        if label not in labels:
            raise ValueError(f"the break {words!r} is before {label!r}, which is not on the x axis")
    return labels


def _ys(line: Line) -> list[float]:
    return [math.nan if value is None else float(value) for _, value in line.points]


def _colours(lines: Sequence[Line]) -> list[str]:
    """Give the picked-out lines the first colours of the palette."""
    order = sorted(range(len(lines)), key=lambda index: not lines[index].highlight)
    return [PALETTE[order.index(index)] for index in range(len(lines))]


def _name(line: Line, size: Size) -> Block:
    empty = all(math.isnan(value) for value in _ys(line))
    text = f"{line.name} {MISSING}" if empty else line.name
    return wrap_block(text, size.label_width, size.text, bold=line.highlight)


def _shown(labels: Sequence[str], step: float, size: float) -> list[int]:
    """Choose the x labels that fit side by side, the last one always among them."""
    widest = max(measure_width(keep_printable(label), size) for label in labels) + 8
    every = max(1, math.ceil(widest / step))
    return list(range(len(labels) - 1, -1, -every))[::-1]


def _notes(spec: LineChart, labels: list[str], left: float, step: float, size: Size) -> list[_Note]:
    """Set each note to the right of its rule, in a row where it meets neither another note nor another rule.

    Rows count up from the plot. From right to left, a note that would run into one already set goes a row higher; its
    rule then passes to the left of that one, so nothing crosses.
    """
    notes: list[_Note] = []
    places = sorted(((labels.index(label), words) for label, words in spec.breaks), reverse=True)
    for index, words in places:
        x = left + (index - 0.5 + _X_PAD) * step
        text = wrap_block(words, min(_NOTE_WIDTH, size.width - x - 6), size.small, colour=INK_SOFT)
        met = [note.row for note in notes if note.x < x + 4 + text.width + 8]
        notes.append(_Note(text, x, max(met) + 1 if met else 0))
    return notes


def _draw_line(axes: Axes, line: Line, colour: str, marker: str) -> None:
    """Draw the line, a marker on every point without neighbours, and one on its last point."""
    ys = _ys(line)
    weight = 3.0 if line.highlight else 2.0
    axes.plot(
        range(len(ys)), ys, color=colour, linewidth=weight, label=line.name, solid_capstyle="round", clip_on=False
    )
    padded = [math.nan, *ys, math.nan]
    alone = [i for i in range(len(ys)) if not math.isnan(ys[i]) and math.isnan(padded[i]) and math.isnan(padded[i + 2])]
    last = [i for i in range(len(ys)) if not math.isnan(ys[i])][-1:]
    marked = sorted({*alone, *last})
    style: dict[str, Any] = {
        "color": colour,
        "marker": marker,
        "markersize": 6.5,
        "linestyle": "none",
        "clip_on": False,
    }
    axes.plot(marked, [ys[i] for i in marked], gid="markers", **style)


def _draw_breaks(page: Page, notes: list[_Note], rows: list[float]) -> None:
    _, bottom, _, height = page.box
    for note in notes:
        top = bottom + height + 4 + math.fsum(rows[: note.row + 1]) + _NOTE_GAP * note.row
        style: dict[str, Any] = {"color": INK_SOFT, "linewidth": 1, "linestyle": (0, (4, 3))}
        page.rule([note.x, note.x], [bottom, top], role="break", **style)
        page.write(note.text, note.x + 4, top, role="break-note")


def _draw_labels(page: Page, lines: Sequence[Line], names: list[Block], colours: list[str]) -> None:
    """Label each line at its end, moved apart where ends are close, and lead from the end to the label."""
    left, bottom, width, height = page.box
    low, high = page.axes.get_ylim()
    first, final = page.axes.get_xlim()
    ends: list[tuple[float, float] | None] = []
    for line in lines:
        known = [(i, value) for i, value in enumerate(_ys(line)) if not math.isnan(value)]
        if not known:
            ends.append(None)
            continue
        x, y = known[-1]
        ends.append((left + width * (x - first) / (final - first), bottom + height * (y - low) / (high - low)))
    wanted = [bottom if end is None else end[1] for end in ends]
    reach = names[0].size * LINE_HEIGHT
    centres = spread_labels(wanted, [name.height + 3 for name in names], bottom - reach, bottom + height + reach / 2)
    for name, end, centre, colour in zip(names, ends, centres, colours, strict=True):
        page.write(name, left + width + _LEADER, centre + name.height / 2, role="label")
        if end is not None:
            # A line that stops early is led to its label by dots, which nobody takes for figures.
            early = end[0] < left + width - (width / (final - first))
            style: dict[str, Any] = {"color": colour, "linewidth": 1, "linestyle": (0, (1, 3)) if early else "-"}
            page.rule([end[0] + 4, left + width + _LEADER - 3], [end[1], centre], role="leader", **style)
