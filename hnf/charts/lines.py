"""Line charts: up to four lines, named beside their ends inside the plot, with gaps, breaks and a pale range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hnf.charts.page import (
    EDGE,
    GRID,
    INK_SOFT,
    LINE_HEIGHT,
    PALETTE,
    TICK_GAP,
    Block,
    Box,
    Page,
    Size,
    Taken,
    keep_printable,
    measure_width,
    print_ticks,
    round_ticks,
    spread_labels,
    wrap_block,
)
from hnf.packs.content import MISSING, Band, Line, LineChart

#: One marker and one dash a line, so that lines can be told apart without colour; lines picked out are solid.
_MARKERS = ("o", "s", "^", "D")
_DASHES: tuple[Any, ...] = ((0, (4.5, 1.6)), (0, (1.3, 1.3)), (0, (6, 1.6, 1.3, 1.6)), (0, (9, 2)))
#: The colours of the lines, dark enough for text.
_TEXT_COLOURS = dict(zip(PALETTE, ("#12436D", "#17706A", "#801650", "#B04309"), strict=True))
#: Size of a marker as a share of that of the text.
_MARKER = 0.55
_LEADER = 12
#: How much narrower a name beside the plot is than one inside.
_BESIDE = 0.66
_NOTE_GAP = 3
#: Empty space before the first and after the last x, in steps of x.
_X_PAD = 0.2
#: Of the words of a break, in sizes of the small text.
_NOTE_WIDTH = 17
_LEAST_NOTE_WIDTH = 60
#: Space above the highest value, as a share of the range.
_HEADROOM = 0.14
_BAND_FILL = "#E2E8EF"
_SWATCH = (11.0, 6.0)
#: Space between a line and its own name, and from others that is kept, in points.
_OWN, _OTHERS = 3.0, 5.0
#: How far left of the end of its line a name may be, as a share of the width, and in how many steps that is tried.
_REACH, _TRIES = 0.66, 28
#: What it costs to interrupt a break's rule, in points away from the end of the line.
_RULE_COST = 25.0


@dataclass(frozen=True)
class _Note:
    """A break's words, the place of its rule (points from the left) and which row above the plot it is printed in."""

    text: Block
    x: float
    row: int = 0


@dataclass(frozen=True)
class _Scale:
    """Where the plot is in points, and how the numbers of its axes become points."""

    box: tuple[float, float, float, float]
    steps: float
    low: float
    high: float

    def points(self, values: Sequence[float]) -> list[tuple[float, float]]:
        """Return the points of a line."""
        left, bottom, width, height = self.box
        return [
            (left + width * (n + _X_PAD) / self.steps, bottom + height * (value - self.low) / (self.high - self.low))
            for n, value in enumerate(values)
        ]


def draw_lines(spec: LineChart, page: Page) -> Figure:
    """Draw a line chart: one to four lines over the same x labels."""
    labels = _x_labels(spec)
    size = page.size
    values = [value for line in spec.lines for value in _ys(line) if not math.isnan(value)]
    values += [end for _, *ends in (spec.band.points if spec.band else ()) for end in ends if end is not None]
    values = (values or [0.0]) + [0.0] * spec.y_from_zero
    ticks = round_ticks(min(values), max(values), size.tick_count)
    # No empty space up to a round number: only what the name of the uppermost line needs.
    low, high = ticks[0], min(ticks[-1], max(values) + (max(values) - ticks[0]) * _HEADROOM)
    high = high if high > low else ticks[-1]
    ticks = [tick for tick in ticks if tick <= high]
    texts = print_ticks(ticks, spec.y_prefix)
    left = max(measure_width(text, size.small) for text in texts) + 6
    steps = len(labels) - 1 + 2 * _X_PAD
    names = [_name(line, size) for line in spec.lines]
    colours = _colours(spec.lines)

    def scale(right: float, bottom: float = 0.0) -> _Scale:
        return _Scale((left, bottom, size.width - left - right, size.plot_height), steps, low, high)

    last = measure_width(keep_printable(labels[-1]), size.small) / 2
    right = max(6.0, last - _X_PAD * (size.width - left) / steps)
    for label, words in spec.breaks:  # room for its words right of the rule
        needed = min(_LEAST_NOTE_WIDTH, measure_width(words, size.small) + 4)
        right = max(right, needed - (len(labels) - 0.5 - labels.index(label)) * (size.width - left - right) / steps)
    places = _places(spec, scale(right), names, labels)
    if not places:  # beside the plot, led to by lines
        names = [_name(line, size, _BESIDE) for line in spec.lines]
        right = max(right, max(name.width for name in names) + _LEADER + 4)
    width = size.width - left - right
    notes = _notes(spec, labels, left, width / steps, size)
    rows = [max(note.text.height for note in notes if note.row == row) for row in sorted({note.row for note in notes})]
    _add_heads(spec, page)
    axes = page.open(
        left=left,
        right=right,
        above=size.small * 0.6 + math.fsum(rows) + _NOTE_GAP * len(rows),
        below=size.small * (LINE_HEIGHT + TICK_GAP) + 2,
    )
    axes.set_xlim(-_X_PAD, len(labels) - 1 + _X_PAD)
    axes.set_ylim(low, high)
    axes.set_yticks(ticks, texts)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    if low <= 0 <= high:
        axes.axhline(0, color=INK_SOFT, linewidth=0.8, zorder=1.5, gid="zero")
    shown = _shown(labels, width / steps, size.small)
    axes.set_xticks(shown, [keep_printable(labels[index]) for index in shown])
    if spec.band:
        _draw_band(axes, spec.band)
        _draw_key(page, spec.band)
    dashes = iter(_DASHES)
    for number, line in enumerate(spec.lines):
        _draw_line(axes, line, (colours[number], _MARKERS[number], "-" if line.highlight else next(dashes)), size)
    _draw_breaks(page, notes, rows)
    bottom = page.box[1]
    if places:
        for name, (x, y, backed), colour in zip(names, places, colours, strict=True):
            block = Block(name.lines, name.size, name.bold, _TEXT_COLOURS[colour])
            page.write(block, x, bottom + y, role="label", backed=backed)
    else:
        _draw_labels(page, spec.lines, names, colours, scale(right, bottom))
    return page.figure


def _x_labels(spec: LineChart) -> list[str]:
    """Return the x labels all lines share."""
    if not 1 <= len(spec.lines) <= len(PALETTE):
        raise ValueError(f"a line chart holds one to four lines, not {len(spec.lines)}")
    labels = [label for label, _ in spec.lines[0].points]
    for line in spec.lines:
        if [label for label, _ in line.points] != labels or not labels:
            raise ValueError(f"the line {line.name!r} has other x labels than {spec.lines[0].name!r}, or none")
    if spec.band and [label for label, *_ in spec.band.points] != labels:
        raise ValueError(f"the band {spec.band.name!r} of a line chart has other x labels than its lines")
    for label, words in spec.breaks:
        if label not in labels:
            raise ValueError(f"the break {words!r} is before {label!r}, which is not on the x axis")
    return labels


def _ys(line: Line) -> list[float]:
    return [math.nan if value is None else float(value) for _, value in line.points]


def _ends(band: Band) -> tuple[list[float], list[float]]:
    """Return the lower and the upper edge of a band."""
    low, high = ([math.nan if end[n] is None else float(end[n] or 0) for end in band.points] for n in (1, 2))
    return low, high


def _colours(lines: Sequence[Line]) -> list[str]:
    """Give the picked-out lines the first colours of the palette."""
    order = sorted(range(len(lines)), key=lambda index: not lines[index].highlight)
    return [PALETTE[order.index(index)] for index in range(len(lines))]


def _name(line: Line, size: Size, share: float = 1.0) -> Block:
    empty = all(math.isnan(value) for value in _ys(line))
    text = f"{line.name} {MISSING}" if empty else line.name
    return wrap_block(text, size.label_width * share, size.text, bold=line.highlight)


def _add_heads(spec: LineChart, page: Page) -> None:
    """Say what is measured, and leave room for the key of the band: in the same row where both fit."""
    size = page.size
    page.add_head(spec.y_title, size.small, 2, colour=INK_SOFT)
    if spec.band and not _fits_beside(spec, size):
        page.add_head(spec.band.name, size.small, 2, colour="none")


def _fits_beside(spec: LineChart, size: Size) -> bool:
    key = measure_width(spec.band.name, size.small) + _SWATCH[0] + 4 if spec.band else 0.0
    return bool(spec.y_title.strip()) and measure_width(spec.y_title, size.small) + key + 12 <= size.width


def _shown(labels: Sequence[str], step: float, size: float) -> list[int]:
    """Choose the x labels that fit side by side, the first and the last one always among them."""
    widest = max(measure_width(keep_printable(label), size) for label in labels) + 6
    every = max(1, math.ceil(widest / step))
    last = len(labels) - 1
    even = next((n for n in (every, every + 1) if last % n == 0), every)
    inner = [n for n in range(last, 0, -even) if n * step >= widest]
    return [0, *inner[::-1]] if inner or last == 0 else [0, last] if last * step >= widest else [last]


def _notes(spec: LineChart, labels: list[str], left: float, step: float, size: Size) -> list[_Note]:
    """Set each note to the right of its rule, in a row where it meets neither another note nor another rule.

    Rows count up from the plot. From right to left, a note that would run into one already set goes a row higher; its
    rule then passes to the left of that one, so nothing crosses.
    """
    notes: list[_Note] = []
    places = sorted(((labels.index(label), words) for label, words in spec.breaks), reverse=True)
    for index, words in places:
        x = left + (index - 0.5 + _X_PAD) * step
        text = wrap_block(words, min(_NOTE_WIDTH * size.small, size.width - x - 4), size.small - 0.6, colour=INK_SOFT)
        met = [note.row for note in notes if note.x < x + 3 + text.width + 6]
        notes.append(_Note(text, x, max(met) + 1 if met else 0))
    return notes


def _draw_line(axes: Axes, line: Line, look: tuple[str, str, Any], size: Size) -> None:
    """Draw the line, a marker on every point without neighbours, and one on its last point."""
    ys = _ys(line)
    colour, marker, dashes = look
    weight = size.text / 4 if line.highlight else size.text / 5.6
    style: dict[str, Any] = {"color": colour, "linewidth": weight, "linestyle": dashes, "clip_on": False}
    axes.plot(
        range(len(ys)), ys, label=line.name, solid_capstyle="round", **style, zorder=2.4 if line.highlight else 2.2
    )
    padded = [math.nan, *ys, math.nan]
    alone = [i for i in range(len(ys)) if not math.isnan(ys[i]) and math.isnan(padded[i]) and math.isnan(padded[i + 2])]
    last = [i for i in range(len(ys)) if not math.isnan(ys[i])][-1:]
    marked = sorted({*alone, *last})
    style = {
        "color": colour,
        "marker": marker,
        "markersize": size.text * _MARKER,
        "linestyle": "none",
        "clip_on": False,
    }
    axes.plot(marked, [ys[i] for i in marked], gid="markers", **style)


def _draw_band(axes: Axes, band: Band) -> None:
    """Draw the range as a pale area with thin edges, over the grid and under the lines."""
    low, high = _ends(band)
    xs = range(len(low))
    axes.fill_between(xs, low, high, facecolor=_BAND_FILL, linewidth=0, zorder=1.2, gid="band")
    for edge in (low, high):
        axes.plot(xs, edge, color=EDGE, linewidth=0.5, zorder=1.3, gid="band-edge")


def _draw_key(page: Page, band: Band) -> None:
    """Name the range once, beside a box that looks like it, at the right end of the last row above the plot."""
    size = page.size
    top = page.head_bottom + size.small * LINE_HEIGHT + 2
    block = wrap_block(band.name, size.width - _SWATCH[0] - 4, size.small, colour=INK_SOFT)
    left = size.width - block.width
    page.write(block, left, top, role="band-name")
    page.swatch(
        left - _SWATCH[0] - 4, top - size.small * 0.92, *_SWATCH, facecolor=_BAND_FILL, edgecolor=EDGE, linewidth=0.5
    )


def _draw_breaks(page: Page, notes: list[_Note], rows: list[float]) -> None:
    _, bottom, _, height = page.box
    for note in notes:
        top = bottom + height + 3 + math.fsum(rows[: note.row + 1]) + _NOTE_GAP * note.row
        style: dict[str, Any] = {"color": EDGE, "linewidth": 0.6, "linestyle": (0, (2, 2)), "zorder": 1}
        page.rule([note.x, note.x], [bottom, top], role="break", **style)
        page.write(note.text, note.x + 3, top, role="break-note")


def _places(
    spec: LineChart, scale: _Scale, names: list[Block], labels: list[str]
) -> list[tuple[float, float, bool]] | None:
    """Find where each name touches its own line and nothing else, for each its left, top and whether it hides the grid.

    None where one has no such place.
    """
    lines = [scale.points(_ys(line)) for line in spec.lines]
    edges = [scale.points(edge) for edge in _ends(spec.band)] if spec.band else []
    rules = [scale.points([scale.low, scale.high]) for _ in spec.breaks]
    for rule, (label, _) in zip(rules, spec.breaks, strict=True):
        x = scale.points([0.0])[0][0] + (labels.index(label) - 0.5) * scale.box[2] / scale.steps
        rule[:] = [(x, y) for _, y in rule]
    ends = [next((y for _, y in reversed(line) if not math.isnan(y)), -math.inf) for line in lines]
    found: dict[int, tuple[float, float, bool]] = {}
    taken = Taken()
    half = names[0].size * _MARKER / 2 + 1.2
    for line in lines:
        for x, y in [point for point in line if not math.isnan(point[1])][-1:]:
            taken.add((x - half, y - half, x + half, y + half))
    # The uppermost line first: above it there is most room.
    for number in sorted(range(len(lines)), key=lambda n: -ends[n]):
        others, rest = Taken(), Taken()
        for other in (line for n, line in enumerate(lines) if n != number):
            others.add_line(other, _OTHERS)
        for edge in edges:
            others.add_line(edge, 1.5)
        for rule in rules:
            rest.add_line(rule, 1.5)
        is_lowest = len(lines) > 1 and ends[number] == min(ends)
        boxes = sorted(
            (cost + (0 if rest.is_free(box) else _RULE_COST), n, box)
            for n, (cost, box) in enumerate(_beside(lines[number], names[number], scale.box, below_first=is_lowest))
        )
        box = next(
            (
                box
                for _, _, box in boxes
                if others.is_free(box) and taken.is_free(box) and _is_nearest(number, box, lines)
            ),
            None,
        )
        if box is None:
            return None
        taken.add(box)
        found[number] = (box[0], box[3], not (edges and _is_between(box, *edges)))
    return [found[number] for number in range(len(lines))]


def _beside(
    line: list[tuple[float, float]], name: Block, plot: tuple[float, float, float, float], *, below_first: bool
) -> Iterator[tuple[float, Box]]:
    """Yield boxes for the name of a line, above and below it, from its end leftwards; right of one that ends early.

    Each with what it costs: how far it is from the end of the line.
    """
    left, bottom, width, height = plot
    known = [(x, y) for x, y in line if not math.isnan(y)]
    if not known:
        return
    x_end, y_end = known[-1]
    if x_end + 8 + name.width <= left + width:
        yield 0.0, (x_end + 7, y_end - name.height / 2, x_end + 7 + name.width, y_end + name.height / 2)
    for step in range(_TRIES):
        right = min(x_end + 4, left + width) - step * _REACH * width / _TRIES
        start = right - name.width
        if start < left + 2:
            return
        span = [_y_at(known, x) for x in (start - _OWN, right + _OWN)]
        span += [y for x, y in known if start - _OWN <= x <= right + _OWN]
        upper, lower = max(span) + _OWN, min(span) - _OWN
        if right > x_end - _OWN:  # clear of the marker
            upper, lower = (max(upper, y_end + name.size * _MARKER), min(lower, y_end - name.size * _MARKER))
        for further in (0.0, 4.0, 8.0, 12.0):
            over = (start, upper + further, right, upper + further + name.height)
            under = (start, lower - further - name.height, right, lower - further)
            for number, box in enumerate((under, over) if below_first else (over, under)):
                if box[1] >= bottom + 1 and box[3] <= bottom + height + 2:
                    yield step * _REACH * width / _TRIES + 2.5 * further + 6 * number, box


def _is_nearest(number: int, box: Box, lines: list[list[tuple[float, float]]]) -> bool:
    """Whether no other line runs between a line and its name, at the name's right end."""
    known = [[(x, y) for x, y in line if not math.isnan(y)] for line in lines]
    x, centre = min(box[2], known[number][-1][0]), (box[1] + box[3]) / 2
    low, high = sorted((_y_at(known[number], x), centre))
    return not any(
        other[0][0] <= x <= other[-1][0] and low - 0.5 <= _y_at(other, x) <= high
        for n, other in enumerate(known)
        if n != number and other
    )


def _y_at(line: list[tuple[float, float]], x: float) -> float:
    """Return how high a line is at x; beyond its ends, as high as there."""
    for (x0, y0), (x1, y1) in pairwise(line):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return line[0][1] if x < line[0][0] else line[-1][1]


def _is_between(box: Box, low: list[tuple[float, float]], high: list[tuple[float, float]]) -> bool:
    """Whether a box lies within a band, whose colour a white ground would cut out."""
    middle = (box[0] + box[2]) / 2
    known = [[(x, y) for x, y in edge if not math.isnan(y)] for edge in (low, high)]
    if not all(known) or not known[0][0][0] <= middle <= known[0][-1][0]:
        return False
    return _y_at(known[0], middle) <= (box[1] + box[3]) / 2 <= _y_at(known[1], middle)


def _draw_labels(page: Page, lines: Sequence[Line], names: list[Block], colours: list[str], scale: _Scale) -> None:
    """Name each line beside the plot, moved apart where ends are close, and lead from the end to the name."""
    left, bottom, width, height = scale.box
    ends = [next(((x, y) for x, y in reversed(scale.points(_ys(line))) if not math.isnan(y)), None) for line in lines]
    wanted = [bottom if end is None else end[1] for end in ends]
    reach = names[0].size * LINE_HEIGHT
    centres = spread_labels(wanted, [name.height + 3 for name in names], bottom - reach, bottom + height + reach / 2)
    for name, end, centre, colour in zip(names, ends, centres, colours, strict=True):
        block = Block(name.lines, name.size, name.bold, _TEXT_COLOURS[colour])
        page.write(block, left + width + _LEADER, centre + name.height / 2, role="label")
        if end is not None:
            # A line that stops early is led to its label by dots, which nobody takes for figures.
            early = end[0] < left + width - width / scale.steps
            style: dict[str, Any] = {"color": colour, "linewidth": 0.7, "linestyle": (0, (1, 3)) if early else "-"}
            page.rule([end[0] + 4, left + width + _LEADER - 3], [end[1], centre], role="leader", **style)
