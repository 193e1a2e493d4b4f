"""Writes one chart to a file of the user's."""

from __future__ import annotations

from pathlib import Path

from hnf.errors import UsageError
from hnf.folders import hold_place, replace_file
from hnf.reporting.charts import render
from hnf.reporting.content import Chart

_FORMATS = ("svg", "png")


def write_chart(chart: Chart, path: Path) -> None:
    """Write a chart as SVG or PNG, as the name of the file says.

    Raises
    ------
    UsageError
        If the name ends with neither.
    TableError
        If the file cannot be written; what was there before is still there.
    """
    kind = path.suffix.removeprefix(".").casefold()
    if kind not in _FORMATS:
        raise UsageError("a chart is written as .svg or .png", where=str(path), todo="Let the name end so.")
    content = render(chart)[kind]
    with hold_place(path):
        replace_file(path, content)
