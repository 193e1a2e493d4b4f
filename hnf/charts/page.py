"""The page a chart is drawn on: style, measured text, titles, plot, labels and ticks, all in points (1/72 inch).

The style is that of the Government Analysis Function (`afcharts`), in the face of the documents, whose letters come
with the package, so that a chart has the same shape on every machine. Margins are worked out from measured text before
anything is drawn: nothing is cut, and the slow search for a tight bounding box is not needed.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from threading import RLock
from typing import Any, Literal

import matplotlib as mpl
from afcharts.af_colours import get_af_colours
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, Transform

from hnf.charts.fonts import CHART_FACE, REGULAR, SEMIBOLD, chart_font, chart_letters
from hnf.packs.content import MINUS

#: The first four categorical colours, and the pair for one among many.
PALETTE: tuple[str, ...] = tuple(get_af_colours("categorical")[:4])
FOCUS: tuple[str, ...] = tuple(get_af_colours("focus"))
#: Five steps for ordered classes, the lightest first: told apart in grey too.
SEQUENCE: tuple[str, ...] = tuple(reversed(get_af_colours("sequential")))
INK = "#0B0C0C"
INK_SOFT = "#3D3D3D"
#: Edges of what is pale: three times as dark as white, as a shape must be to be seen.
EDGE = "#8C8C8C"
GRID = "#D9D9D9"

#: Settings that decide how a chart looks; the others (backend, key bindings, date epoch) are the caller's.
_LOOKS = (
    *("axes", "figure.", "font.", "grid", "hatch", "legend", "lines", "markers", "patch", "path", "savefig."),
    *("svg.", "text.", "xtick", "ytick"),
)


_SETTINGS = RLock()


@dataclass(frozen=True)
class Size:
    """Measures of a chart for one kind of screen, all in points."""

    width: float
    plot_height: float
    text: float
    small: float
    title: float
    label_width: float
    tick_count: int


#: As wide as the text of a page and as half of it, less the white space around a picture: drawn as large as shown.
WIDE = Size(width=519, plot_height=190, text=9.5, small=8.8, title=13, label_width=150, tick_count=6)
NARROW = Size(width=251, plot_height=112, text=8.4, small=7.8, title=11, label_width=110, tick_count=5)
SLIDE = Size(width=620, plot_height=235, text=11.5, small=10.5, title=16, label_width=170, tick_count=6)


@cache
def _style() -> dict[str, Any]:
    """Matplotlib's own defaults, then the style of `afcharts`, then what makes files the same on every machine."""
    default: dict[str, Any] = {key: value for key, value in mpl.rcParamsDefault.items() if key.startswith(_LOOKS)}
    path = resources.files("afcharts").joinpath("afcharts.mplstyle")
    analysis_function = mpl.rc_params_from_file(str(path), use_default_template=False)
    chart_font(REGULAR)
    ours = {
        "axes.grid": False,
        "axes.titleweight": SEMIBOLD,
        "figure.titleweight": SEMIBOLD,
        "font.family": [CHART_FACE],
        "font.sans-serif": [CHART_FACE],
        "svg.fonttype": "none",
        "svg.hashsalt": "hnf",
        "text.hinting": "none",
        "text.parse_math": False,
        "text.color": INK,
        "ytick.alignment": "center",  # the middle of a figure is that of its line
        "xtick.labelcolor": INK_SOFT,
        "ytick.labelcolor": INK_SOFT,
    }
    return default | dict(analysis_function.items()) | ours


@contextmanager
def styled() -> Iterator[None]:
    """Hold the chart style while drawing and saving; the caller's own settings come back afterwards.

    Matplotlib has one set of settings for all threads: they draw in turn.
    """
    style: Any = _style()
    with _SETTINGS, mpl.rc_context(style):
        yield


#: Height of a line of text, and space between a plot and the words under it, as a share of the font size.
LINE_HEIGHT = 1.28
TICK_GAP = 0.66


def keep_printable(text: str) -> str:
    """Put the replacement mark where the font has no glyph, which would otherwise be drawn as an unexplained box."""
    known = chart_letters()
    flat = " ".join(text.split())
    return "".join(letter if ord(letter) in known else "\N{REPLACEMENT CHARACTER}" for letter in flat)


@lru_cache(maxsize=8192)
def measure_width(text: str, size: float, bold: bool = False) -> float:
    """Width of a line of text in points."""
    font = FontProperties(fname=chart_font(SEMIBOLD if bold else REGULAR), size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrap_lines(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """Break text into lines no wider than `width` points; a word that is wider by itself is broken too."""
    lines: list[str] = []
    line = ""
    for word in keep_printable(text).split(" "):
        longer = f"{line} {word}".strip()
        if measure_width(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while measure_width(line, size, bold) > width and len(line) > 1:
            cut = len(line) - 1
            while cut > 1 and measure_width(line[:cut], size, bold) > width:
                cut -= 1
            lines.append(line[:cut])
            line = line[cut:]
    return (*lines, line) if line else tuple(lines)


@dataclass(frozen=True)
class Block:
    """Lines of text of one size, with the room they take in points."""

    lines: tuple[str, ...]
    size: float
    bold: bool = False
    colour: str = INK

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.lines) * self.size * LINE_HEIGHT

    @property
    def width(self) -> float:
        """Width of the widest line."""
        return max((measure_width(line, self.size, self.bold) for line in self.lines), default=0.0)


def wrap_block(text: str, width: float, size: float, *, bold: bool = False, colour: str = INK) -> Block:
    """Wrap text into a block no wider than `width` points."""
    return Block(wrap_lines(text, width, size, bold=bold), size, bold, colour)


Align = Literal["left", "center", "right"]

_POINTS_PER_INCH = 72
#: Rise of a line of text above its baseline, as a share of the font size.
_ASCENT = 0.95
#: Above this, an axis counts in millions: "£150,000,000" five times over hides what differs.
_MILLIONS_FROM = 10_000_000


class Picture(Figure):
    """A matplotlib figure that a notebook shows where it is the last line of a cell, without pyplot."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png")
        return out.getvalue()


class Page:
    """A figure under construction, from the top down: text above the plot, the plot, text under it.

    Lengths are points, counted from the lower left corner inside the margin.
    """

    figure: Figure
    axes: Axes
    #: Height of the titles at the top, and of everything between them and the notes at the foot.
    titles_height: float
    drawing_height: float
    #: Lower end of the last line above the plot.
    head_bottom: float
    #: Left, bottom, width and height of the plot.
    box: tuple[float, float, float, float]

    def __init__(self, size: Size, margin: float) -> None:
        self.size = size
        self.margin = margin
        self._titles: list[tuple[Block, float]] = []
        self._head: list[tuple[Block, float]] = []
        self._foot: list[tuple[Block, float]] = []

    def add_title(self, text: str, size: float, gap: float, *, bold: bool = False, colour: str = INK) -> None:
        """Add text at the top, with `gap` points under it."""
        if text.strip():
            self._titles.append((wrap_block(text, self.size.width, size, bold=bold, colour=colour), gap))

    def add_head(self, text: str, size: float, gap: float, *, colour: str = INK) -> None:
        """Add text above the plot, with `gap` points under it."""
        if text.strip():
            self._head.append((wrap_block(text, self.size.width, size, colour=colour), gap))

    def add_foot(self, text: str, gap: float) -> None:
        """Add small text under the plot, with `gap` points above it."""
        if text.strip():
            self._foot.append((wrap_block(text, self.size.width, self.size.small, colour=INK_SOFT), gap))

    def open(self, *, left: float, right: float, above: float, below: float, plot_height: float | None = None) -> Axes:
        """Create the figure, print what is above and below, and return the empty axes.

        `left`, `right`, `above` and `below` are the room around the plot, for tick labels and the like.
        """
        plot = self.size.plot_height if plot_height is None else plot_height
        head = math.fsum(text.height + gap for text, gap in self._head)
        foot = math.fsum(text.height + gap for text, gap in self._foot)
        self.titles_height = math.fsum(text.height + gap for text, gap in self._titles)
        self.drawing_height = head + above + plot + below
        height = self.titles_height + self.drawing_height + foot
        whole_width, whole_height = self.size.width + 2 * self.margin, height + 2 * self.margin
        self.figure = Picture(
            figsize=(whole_width / _POINTS_PER_INCH, whole_height / _POINTS_PER_INCH), dpi=_POINTS_PER_INCH
        )
        FigureCanvasAgg(self.figure)
        bottom = foot + below
        width = self.size.width - left - right
        self.box = (left, bottom, width, plot)
        self.axes = self.figure.add_axes(
            (
                (left + self.margin) / whole_width,
                (bottom + self.margin) / whole_height,
                width / whole_width,
                plot / whole_height,
            )
        )
        self.axes.tick_params(length=0, pad=4, labelsize=self.size.small)
        self.axes.tick_params(axis="x", pad=TICK_GAP * self.size.small)
        self.axes.spines[["left", "bottom"]].set_visible(False)
        top = height
        for role, blocks in (("title", self._titles), ("head", self._head)):
            for text, gap in blocks:
                self.write(text, 0, top, role=role)
                top -= text.height + gap
        self.head_bottom = top
        top = bottom - below
        for text, gap in self._foot:
            self.write(text, 0, top - gap, role="foot")
            top -= text.height + gap
        return self.axes

    def _points(self) -> Transform:
        """Points from the corner inside the margin, at whatever resolution the figure is saved."""
        to_inches = Affine2D().translate(self.margin, self.margin).scale(1 / _POINTS_PER_INCH)
        return to_inches + self.figure.dpi_scale_trans

    def write(
        self, text: Block, left: float, top: float, *, role: str, align: Align = "left", backed: bool = False
    ) -> None:
        """Print a block with its upper left (or right, or centre) corner at a point.

        `role` becomes the group id; a `backed` block hides the grid behind it.
        """
        backing = {"facecolor": "white", "edgecolor": "none", "pad": 1} if backed else None
        for number, line in enumerate(text.lines):
            self.figure.text(
                left,
                top - (number * LINE_HEIGHT + _ASCENT) * text.size,
                line,
                transform=self._points(),
                fontsize=text.size,
                fontweight=SEMIBOLD if text.bold else REGULAR,
                color=text.colour,
                ha=align,
                va="baseline",
                gid=role,
                bbox=backing,
            )

    def rule(self, xs: Sequence[float], ys: Sequence[float], *, role: str, **style: Any) -> None:
        """Draw a thin line between points of the page; `role` becomes the group id."""
        self.figure.add_artist(Line2D(xs, ys, transform=self._points(), gid=role, **style))

    def swatch(self, left: float, bottom: float, width: float, height: float, **style: Any) -> None:
        """Draw the box of a key."""
        box = Rectangle((left, bottom), width, height, transform=self._points(), gid="key", **style)
        self.figure.add_artist(box)


#: Left, bottom, right and top of a box.
Box = tuple[float, float, float, float]


class Taken:
    """What is taken on a page: boxes of texts, and lines with the room that is kept from them."""

    def __init__(self) -> None:
        self._boxes: list[Box] = []
        self._lines: list[tuple[float, float, float, float, float]] = []

    def add(self, box: Box) -> None:
        """Take the room of a box."""
        self._boxes.append(box)

    def add_line(self, points: Sequence[tuple[float, float]], room: float) -> None:
        """Take the room around a line through points; one that is not a number is a gap."""
        for (x0, y0), (x1, y1) in pairwise(points):
            if not math.isnan(y0 + y1):
                self._lines.append((x0, y0, x1, y1, room))

    def is_free(self, box: Box) -> bool:
        """Whether a box meets neither a box nor a line."""
        left, bottom, right, top = box
        if any(left < b[2] and b[0] < right and bottom < b[3] and b[1] < top for b in self._boxes):
            return False
        return not any(
            _crosses(x0, y0, x1, y1, (left - room, bottom - room, right + room, top + room))
            for x0, y0, x1, y1, room in self._lines
        )


def _crosses(x0: float, y0: float, x1: float, y1: float, box: Box) -> bool:
    """Whether a line from one point to another meets a box: what of it is left when each side of the box cuts it."""
    start, end = 0.0, 1.0
    for way, before, after in (
        (x1 - x0, x0 - box[0], box[2] - x0),
        (y1 - y0, y0 - box[1], box[3] - y0),
    ):
        if way == 0:
            if before < 0 or after < 0:
                return False
            continue
        first, last = sorted((-before / way, after / way))
        start, end = max(start, first), min(end, last)
    return start <= end


def spread_labels(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels apart along one axis, each as near to its wanted centre as the others let it.

    Where they cannot all fit between `low` and `high` they run over the upper end.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    before: list[float] = []
    total = 0.0
    for index in order:
        before.append(total)
        total += heights[index]
    # With the heights below it taken off, "no overlap" becomes "not decreasing": pool neighbours that break the order.
    pools: list[list[float]] = []
    for place, index in enumerate(order):
        pools.append([wanted[index] - before[place] - heights[index] / 2])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    starts = [_mean(pool) for pool in pools for _ in pool]
    centres = [0.0] * len(wanted)
    for place, index in enumerate(order):
        start = max(low, min(starts[place], high - total))
        centres[index] = start + before[place] + heights[index] / 2
    return centres


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers that span `low` to `high`, about `count` of them."""
    if low == high:
        high = low + 1
    found = MaxNLocator(nbins=max(count - 1, 2), steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(value) for value in found]


def print_ticks(values: Sequence[float], prefix: str) -> list[str]:
    """Print tick values with separators, prefix and as many decimals as their step needs."""
    millions = max(abs(value) for value in values) >= _MILLIONS_FROM
    scaled = [value / 1_000_000 if millions else value for value in values]
    places = next((n for n in range(6) if all(abs(round(value, n) - value) < 10 ** -(n + 4) for value in scaled)), 6)
    texts = []
    for value in scaled:
        sign = MINUS if value < 0 else ""
        texts.append(f"{sign}{prefix}{abs(value):,.{places}f}{'m' if millions and value else ''}")
    return texts
