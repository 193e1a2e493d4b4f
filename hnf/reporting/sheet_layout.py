"""The measures of a sheet: how wide its columns are and how high its rows, in characters and points."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache

from hnf.reporting.sheets import CONTENTS, NOTES, Sheet

COVER_WIDTH = 95.0
#: Font sizes of the Analysis Function's style, in points: text, title, subtitle.
TEXT_SIZE, TITLE_SIZE, SUBTITLE_SIZE = 12, 16, 14
_WIDEST_COLUMN = 50
_NARROWEST_COLUMN = 11
#: Columns of the two sheets that lead to the others, and of sheets of live formulas, which are wide.
_FIXED_WIDTHS = {CONTENTS: [26.0, 100.0], NOTES: [16.0, 110.0]}
_LIVE_WIDTHS = [42.0, 12.0, 20.0, 14.0, 20.0, 32.0, 32.0, 30.0]
#: Width of a letter of Arial 12 in the units of column widths: a wide one, to fit a word, and one in running text.
#: Height of a line of it in points.
_LETTER_WIDTH = 1.15
_MEAN_LETTER_WIDTH = 1.03
_LINE_HEIGHT = 15.75
#: Excel refuses rows above 409 points.
_HIGHEST_ROW = 400.0


def fit_widths(sheet: Sheet) -> list[float]:
    """Fit columns to their longest value or heading word, in characters; long text wraps instead."""
    if sheet.name in _FIXED_WIDTHS:
        return _FIXED_WIDTHS[sheet.name]
    if sheet.row_of:
        return _LIVE_WIDTHS
    widths = []
    for place, column in enumerate(sheet.columns):
        cells = [row[place].value for row in sheet.rows]
        values = [len(str(value)) for value in cells]
        longest = max(values) if column.kind == "text" else min(max(values) + 4, 18)
        word = max(len(word) for word in column.title.split())
        widths.append(min(max(longest, word, _NARROWEST_COLUMN) * _LETTER_WIDTH + 1, _WIDEST_COLUMN))
    return widths


def fit_height(texts: Sequence[str], widths: Sequence[float], *, enlarged: float = 1.0) -> float:
    """Height in points of a row of wrapped texts; `enlarged` is the font size over the usual 12 points.

    Excel works this out for itself when a file is opened; LibreOffice and others print one line over another.
    """
    lines = 1
    for text, width in zip(texts, widths, strict=True):
        letters = max(int(width / _MEAN_LETTER_WIDTH / enlarged), 1)
        if len(text) > letters:
            lines = max(lines, _count_lines(text, letters))
    return min(lines * _LINE_HEIGHT * enlarged, _HIGHEST_ROW)


@lru_cache(maxsize=4096)
def _count_lines(text: str, letters: int) -> int:
    """Count the lines of a wrapped text; notes, sources and terms are the same in many sheets and packs."""
    return sum(max(len(textwrap.wrap(part, letters)), 1) for part in text.splitlines())


def fit_rows(sheet: Sheet, widths: Sequence[float]) -> list[float]:
    """Heights of the row of headings and the rows below it: formatted numbers never wrap, so only texts decide."""
    headings = [column.title for column in sheet.columns]
    rows = [[cell.value if isinstance(cell.value, str) else "" for cell in row] for row in sheet.rows]
    return [fit_height(headings, widths, enlarged=1.1), *(fit_height(row, widths) for row in rows)]
