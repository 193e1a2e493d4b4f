"""Charts in the style of the Government Analysis Function, as SVG and PNG, the same bytes each time.

`render` makes the files of a chart, `render_inline` the SVG a web page embeds, `draw` the figure behind both.
"""

from hnf.reporting.charts.files import draw, render, render_inline

__all__ = ["draw", "render", "render_inline"]
