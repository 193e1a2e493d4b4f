"""Charts in the style of the Government Analysis Function, as SVG and PNG, the same bytes each time.

`render` makes the files of a chart, `render_inline` the SVG a web page embeds, `render_bare` the picture
alone, `draw` the figure behind all of them.
"""

from hnf.reporting.charts.files import Bare, draw, render, render_bare, render_inline

__all__ = ["Bare", "draw", "render", "render_bare", "render_inline"]
