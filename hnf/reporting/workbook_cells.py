"""The cells of a workbook: text that stays text, symbols for what is missing, number formats and column widths.

`gptables` reads `$$note$$` and `[text](address)` as its own markup and refuses blank cells; what comes from outside is
brought into a shape it takes as it stands.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from hnf.figures import Unit
from hnf.reporting.content import Cell, Column, ColumnKind, Table
from hnf.reporting.display import MISSING, is_missing

NOT_APPLICABLE = "[z]"
NOT_APPLICABLE_MEANING = "[z] means not applicable: there is nothing to say in this cell."
NUMBER_FORMATS: dict[ColumnKind, str] = {
    "gbp": "£#,##0;-£#,##0",
    # As on the page: pence below £10.
    "rate": "[>=10]£#,##0;[<=-10]-£#,##0;£#,##0.00",
    "count": "#,##0",
    "pct": "0.0",
    "rank": "0",
    "index": "0.0",
}
_PENCE_FORMAT = "£#,##0.00;-£#,##0.00"
UNIT_FORMATS: dict[Unit, tuple[str, str]] = {
    "gbp": ("£", NUMBER_FORMATS["gbp"]),
    "gbp_per_head": ("£ per head", _PENCE_FORMAT),
    "gbp_per_pupil": ("£ per pupil", _PENCE_FORMAT),
    "gbp_per_plan": ("£ per plan", _PENCE_FORMAT),
    "count": ("number", "#,##0"),
    "pct": ("%", "0.0"),
    "rank": ("rank", "0"),
    "share": ("share (0 to 1)", "0.0000"),
    "index": ("index", "0.0"),
}

_WIDEST_COLUMN = 60
_NARROWEST_COLUMN = 11
#: Width of a letter of Arial 12 in the units of column widths, and height of a line of it in points.
_LETTER_WIDTH = 1.15
_LINE_HEIGHT = 15.75
#: What spreadsheet programs may take for the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def fill_cell(value: Cell) -> Cell:
    """Give a cell the shape `gptables` accepts: never blank, never a symbol alone."""
    if is_missing(value):
        return MISSING
    if not isinstance(value, str):
        return value
    text = clean_text(value)
    if not text:
        return NOT_APPLICABLE
    return text if re.search(r"[A-Za-z0-9]", text) else f"symbol {text}"


def clean_text(text: str) -> str:
    """Take apart what `gptables` reads as a note reference or a link, and what a cell cannot hold."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f]", "", text).strip()
    while "$$" in text:
        text = text.replace("$$", "$ $")
    return text.replace("](", "] (")


def list_headings(columns: Sequence[Column]) -> list[str]:
    """Headings of a sheet must not be empty or alike."""
    headings: list[str] = []
    for column in columns:
        stem = heading = clean_text(column.title) or "Column"
        number = 1
        while heading in headings:
            number += 1
            heading = f"{stem} ({number})"
        headings.append(heading)
    return headings


def find_header_column(columns: Sequence[Column]) -> int:
    """Find the column that names the rows: the first of text."""
    return next((place for place, column in enumerate(columns) if column.kind == "text"), 0)


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
        letters = max(int(width / _LETTER_WIDTH / enlarged), 1)
        lines = max(lines, sum(max(len(textwrap.wrap(part, letters)), 1) for part in text.splitlines()))
    return lines * _LINE_HEIGHT * enlarged
