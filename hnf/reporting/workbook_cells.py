"""The cells of a workbook: text that stays text, symbols for what is missing, number formats.

`gptables` reads `$$note$$` and `[text](address)` as its own markup and refuses blank cells; what comes from outside is
brought into a shape it takes as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hnf.figures import Unit
from hnf.reporting.content import Cell, Column, ColumnKind
from hnf.reporting.display import MISSING, is_missing

NOT_APPLICABLE = "[z]"
NOT_APPLICABLE_MEANING = "[z] means not applicable: there is nothing to say in this cell."
NUMBER_FORMATS: dict[ColumnKind, str] = {
    "gbp": "£#,##0;-£#,##0",
    "rate": "£#,##0;-£#,##0",
    "count": "#,##0",
    "pct": "0.0",
    "rank": "0",
    "index": "0.0",
}
PENCE_FORMAT = "£#,##0.00;-£#,##0.00"
UNIT_FORMATS: dict[Unit, tuple[str, str]] = {
    "gbp": ("pounds (£)", NUMBER_FORMATS["gbp"]),
    "gbp_per_head": ("£ per head", PENCE_FORMAT),
    "gbp_per_pupil": ("£ per pupil", PENCE_FORMAT),
    "gbp_per_plan": ("£ per plan", PENCE_FORMAT),
    "count": ("number", "#,##0"),
    "pct": ("per cent", "0.0"),
    "rank": ("rank", "0"),
    "share": ("share (0 to 1)", "0.0000"),
    "index": ("index", "0.0"),
    "coefficient": ("coefficient", "0.000"),
}

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
