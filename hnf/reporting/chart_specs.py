"""What each kind of chart is made of, before it has a size."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of a line chart: (x label, y) in order; y is None where there is no figure."""

    name: str
    points: tuple[tuple[str, float | None], ...]
    highlight: bool = False


@dataclass(frozen=True)
class LineChart:
    """Up to four lines over the same ordered x labels, labelled at their ends.

    `breaks` are (x label, words): a dashed vertical rule *before* that x with a short note.
    """

    y_title: str
    lines: tuple[Line, ...]
    breaks: tuple[tuple[str, str], ...] = ()
    y_from_zero: bool = True
    y_prefix: str = ""


@dataclass(frozen=True)
class AmongAllChart:
    """One authority among all: a bar for each, lowest first, one of them picked out, with reference lines.

    `values` are (name, value) lowest first; `highlight` is a name; `references` are (label, value), such as the England
    rate and the median.
    """

    x_title: str
    values: tuple[tuple[str, float], ...]
    highlight: str
    references: tuple[tuple[str, float], ...]
    highlight_label: str
    x_prefix: str = ""


@dataclass(frozen=True)
class MakeUpChart:
    """What a total is made of, as a waterfall: each part starts where the one before it ends.

    `parts` are (name, value, printed text) in published order; `total` is (name, value, printed text).
    """

    x_title: str
    parts: tuple[tuple[str, float, str], ...]
    total: tuple[str, float, str]


@dataclass(frozen=True)
class WinnersLosersChart:
    """Who gains and who loses most: horizontal bars from a common zero, gains to the right and losses to the left.

    `gains` and `losses` are (name, value, printed text), the largest gain first and the largest loss last; either may
    be empty. `between` says in words who is left out between them, nothing where nobody is. `highlight` is a name,
    printed in bold.
    """

    x_title: str
    gains: tuple[tuple[str, float, str], ...]
    losses: tuple[tuple[str, float, str], ...]
    between: str = ""
    highlight: str = ""


@dataclass(frozen=True)
class RankDotsChart:
    """Ranks of one authority on many bases: a dot each on one line, from the lowest of all authorities to the highest.

    `dots` are (rank, authorities ranked), lowest first; `labels` are (index of a dot, words) for the few that are
    named; `highlight` is the index of the label printed in bold; `low_end` and `high_end` stand at the ends.
    """

    dots: tuple[tuple[int, int], ...]
    labels: tuple[tuple[int, str], ...]
    highlight: int
    low_end: str
    high_end: str


@dataclass(frozen=True)
class Tile:
    """The square of one authority on a tile map.

    `column` counts from the west and `row` from the north, both from 1. `value` is None where there is no figure: such
    a square is drawn with a pattern, never in the colour of a value. Borders between regions are drawn where `region`
    is given.
    """

    la_code: str
    name: str
    column: int
    row: int
    value: float | None
    region: str = ""


@dataclass(frozen=True)
class TileMapChart:
    """A map of England with one equal square an authority, shaded in at most five classes, the lowest lightest.

    `bounds` are the lower bounds of all classes but the first, rising; `legend` the printed words of the classes, one
    more than the bounds, lowest first. `missing` are the words for squares without a figure. `highlight` are the codes
    of the authorities that get a bold outline.
    """

    tiles: tuple[Tile, ...]
    bounds: tuple[float, ...]
    legend: tuple[str, ...]
    missing: str = ""
    highlight: tuple[str, ...] = ()


ChartSpec = LineChart | AmongAllChart | MakeUpChart | WinnersLosersChart | RankDotsChart | TileMapChart
