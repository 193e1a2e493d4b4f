"""Where the values of a chart stand in its picture, and what each of them says: for pages that answer a pointer.

Only charts that do not print every value beside its mark have any. Positions are in points from the upper left corner,
the units of the SVG.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.figure import Figure

from hnf.reporting.chart_specs import AmongAllChart, LineChart
from hnf.reporting.content import Chart, ColumnKind
from hnf.reporting.display import print_cell


@dataclass(frozen=True)
class Mark:
    """A value in a picture: its place, and its words as the table behind the chart prints them."""

    x: float
    y: float
    words: str


def find_marks(chart: Chart, figure: Figure) -> tuple[Mark, ...]:
    """Find the marks of a chart that has been drawn; none where its values are not those of its table."""
    match chart.spec:
        case LineChart(lines=lines):
            series = [[(f"{line.name}, {label}", value) for label, value in line.points] for line in lines]
        case AmongAllChart(values=values):
            series = [list(values)]
        case _:
            return ()
    (axes, *_) = figure.axes
    height = figure.get_figheight() * figure.dpi
    marks = []
    for points in series:
        kind = _find_kind(chart, [value for _, value in points])
        for index, (name, value) in enumerate(points):
            if value is not None and kind is not None:
                x, y = axes.transData.transform((index, value))
                words = f"{name}: {print_cell(value, kind)}"
                marks.append(Mark(round(float(x), 1), round(height - float(y), 1), words))
    return tuple(marks)


def _find_kind(chart: Chart, values: Iterable[float | None]) -> ColumnKind | None:
    """Find how the column that holds all the values is printed."""
    wanted = {value for value in values if value is not None}
    for place, column in enumerate(chart.data.columns):
        if column.kind != "text" and wanted <= {row[place] for row in chart.data.rows}:
            return column.kind
    return None
