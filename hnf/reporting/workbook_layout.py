"""The measures of a workbook: theme, column widths, row heights and the printed page."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd

from hnf.reporting.content import Table
from hnf.reporting.display import is_missing

_WIDEST_COLUMN = 60
_NARROWEST_COLUMN = 11
#: Width of a letter of Arial 12 in the units of column widths: a wide one, to fit a word, and one in running text.
#: Height of a line of it in points.
_LETTER_WIDTH = 1.15
_MEAN_LETTER_WIDTH = 1.03
_LINE_HEIGHT = 15.75
#: Excel refuses rows above 409 points.
_HIGHEST_ROW = 400.0


def make_theme(gptables: Any) -> Any:
    """Take the theme of `gptables`, with text at the top of its row: rows are as high as their longest text."""
    theme = copy.deepcopy(gptables.gptheme)
    for part in ("cover_text", "data", "index_1", "index_2", "index_3"):
        getattr(theme, f"{part}_format")["valign"] = "top"
    return theme


def shape_sheet(worksheet: Any, table: pd.DataFrame, heading_row: int, widths: Sequence[float]) -> None:
    """Set widths and heights of a sheet, and its printed page: A4 on its side, as wide as the table."""
    for place, width in enumerate(widths):
        worksheet.set_column(place, place, width)
    # Formatted numbers never wrap, so only texts decide how high a row is.
    rows = [list(table.columns), *table.values.tolist()]
    for number, row in enumerate(rows):
        texts = [value if isinstance(value, str) else "" for value in row]
        worksheet.set_row(heading_row + number, fit_height(texts, widths, enlarged=1.0 if number else 1.1))
    worksheet.set_paper(9)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(heading_row)


def shape_cover(worksheet: Any, cover: Any) -> None:
    """Set the heights of the cover: title, heading, introduction, heading, about these data."""
    heading = 1.25
    lines = [(cover.title, 1.4), ("", heading), *((line, 1.0) for line in cover.intro), ("", heading)]
    for number, (line, enlarged) in enumerate((*lines, *((line, 1.0) for line in cover.about))):
        worksheet.set_row(number, fit_height([line], [cover.width], enlarged=enlarged) + 3)
    worksheet.set_paper(9)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)


def fit_widths(table: Table) -> list[float]:
    """Fit columns to their longest value or heading word, in characters; long text wraps instead."""
    widths = []
    for place, column in enumerate(table.columns):
        values = [len(str(row[place])) for row in table.rows if not is_missing(row[place])]
        longest = max(values, default=0) if column.kind == "text" else min(max(values, default=0) + 4, 18)
        word = max(len(word) for word in column.title.split() or [""])
        widths.append(min(max(longest, word, _NARROWEST_COLUMN) * _LETTER_WIDTH + 1, _WIDEST_COLUMN))
    return widths


def fit_height(texts: Sequence[str], widths: Sequence[float], *, enlarged: float = 1.0) -> float:
    """Height in points of a row of wrapped texts; `enlarged` is the font size over the usual 12 points.

    Excel works this out for itself when a file is opened; LibreOffice and others print one line over another.
    """
    lines = 1
    for text, width in zip(texts, widths, strict=True):
        letters = max(int(width / _MEAN_LETTER_WIDTH / enlarged), 1)
        lines = max(lines, sum(max(len(textwrap.wrap(part, letters)), 1) for part in text.splitlines()))
    return min(lines * _LINE_HEIGHT * enlarged, _HIGHEST_ROW)
