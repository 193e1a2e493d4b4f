"""The look of a chart: the Government Analysis Function style of `afcharts`, and the two sizes charts are made in.

The font is the one bundled with matplotlib, so that a chart has the same shape on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from threading import RLock
from typing import Any

import matplotlib as mpl
from afcharts.af_colours import get_af_colours

FONT = "DejaVu Sans"
#: The first four categorical colours, and the pair for one among many.
PALETTE: tuple[str, ...] = tuple(get_af_colours("categorical")[:4])
FOCUS: tuple[str, ...] = tuple(get_af_colours("focus"))
#: Five steps for ordered classes, the lightest first: told apart in grey too.
SEQUENCE: tuple[str, ...] = tuple(reversed(get_af_colours("sequential")))
INK = "#0B0C0C"
INK_SOFT = "#3D3D3D"
GRID = "#D9D9D9"

#: Settings that decide how a chart looks; the others (backend, key bindings, date epoch) are the caller's.
_LOOKS = (
    "axes",
    "figure.",
    "font.",
    "grid",
    "hatch",
    "legend",
    "lines",
    "markers",
    "patch",
    "path",
    "savefig.",
    "svg.",
    "text.",
    "xtick",
    "ytick",
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


WIDE = Size(width=540, plot_height=235, text=10.5, small=9.5, title=14.5, label_width=132, tick_count=6)
NARROW = Size(width=255, plot_height=190, text=9.5, small=8.8, title=12.5, label_width=82, tick_count=5)


@cache
def _style() -> dict[str, Any]:
    """Matplotlib's own defaults, then the style of `afcharts`, then what makes files the same on every machine."""
    default: dict[str, Any] = {key: value for key, value in mpl.rcParamsDefault.items() if key.startswith(_LOOKS)}
    path = resources.files("afcharts").joinpath("afcharts.mplstyle")
    analysis_function = mpl.rc_params_from_file(str(path), use_default_template=False)
    ours = {
        "axes.grid": False,
        "font.family": [FONT],
        "font.sans-serif": [FONT],
        "svg.fonttype": "path",
        "svg.hashsalt": "hnf",
        "text.hinting": "none",
        "text.parse_math": False,
        "text.color": INK,
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
