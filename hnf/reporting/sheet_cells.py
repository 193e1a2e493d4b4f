"""The cells of a workbook in any format: text that stays text, symbols for what is missing, number formats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hnf.figures import Unit
from hnf.formula.formula_rows import Formula
from hnf.plain_text import shown
from hnf.reporting.content import Cell, Column, ColumnKind
from hnf.reporting.display import MISSING, is_missing, needs_pence

NOT_APPLICABLE = "[z]"
NOT_APPLICABLE_MEANING = "[z] means not applicable: there is nothing to say in this cell."

#: No number is shown with more decimals than this; the cell keeps all of them.
_MOST_DECIMALS = 6


@dataclass(frozen=True)
class NumberFormat:
    """How a number is shown: what stands before it, decimals, and separators between thousands."""

    prefix: str = ""
    decimals: int = 0
    grouped: bool = True


POUNDS = NumberFormat("£")
PENCE = NumberFormat("£", 2)
COUNT = NumberFormat()
RANK = NumberFormat(grouped=False)
ONE_DECIMAL = NumberFormat(decimals=1, grouped=False)

NUMBER_FORMATS: dict[ColumnKind, NumberFormat] = {
    "gbp": POUNDS,
    "rate": POUNDS,
    "count": COUNT,
    "pct": ONE_DECIMAL,
    "rank": RANK,
    "index": ONE_DECIMAL,
}
UNIT_FORMATS: dict[Unit, tuple[str, NumberFormat]] = {
    "gbp": ("pounds (£)", POUNDS),
    "gbp_per_head": ("£ per head", PENCE),
    "gbp_per_pupil": ("£ per pupil", PENCE),
    "gbp_per_plan": ("£ per plan", PENCE),
    "count": ("number", COUNT),
    "pct": ("per cent", ONE_DECIMAL),
    "rank": ("rank", RANK),
    "share": ("share (0 to 1)", NumberFormat(decimals=4)),
    "index": ("index", ONE_DECIMAL),
    "coefficient": ("coefficient", NumberFormat(decimals=3)),
}


@dataclass(frozen=True)
class SheetCell:
    """A cell: what it shows, how a number is formatted, the formula that gives it, and the sheet it links to."""

    value: str | float | int
    number_format: NumberFormat | None = None
    formula: Formula | None = None
    link: str = ""


def fill_cell(value: Cell, number_format: NumberFormat | None = None) -> SheetCell:
    """Give a cell the shape the guidance asks for: never blank, never a symbol alone."""
    if value is None or is_missing(value):
        return SheetCell(MISSING)
    if not isinstance(value, str):
        return SheetCell(value, number_format)
    text = clean_text(value)
    if not text:
        return SheetCell(NOT_APPLICABLE)
    return SheetCell(text if re.search(r"\w", text) else f"symbol {text}")


def format_of(value: Cell, kind: ColumnKind) -> NumberFormat | None:
    """Return the format of a number in a column of a kind; a small rate keeps its pence."""
    if kind == "text" or not isinstance(value, int | float) or is_missing(value):
        return None
    return PENCE if kind == "rate" and needs_pence(value) else NUMBER_FORMATS[kind]


def exact_format(value: float, unit: str) -> NumberFormat:
    """Return a format that shows a number with as many decimals as it has, up to a limit; pounds to the penny."""
    money = "£" in unit
    digits = f"{value:.{_MOST_DECIMALS}f}".rstrip("0").partition(".")[2]
    decimals = len(digits) if not money or "million" in unit else 2 if digits or "per" in unit else 0
    return NumberFormat("£" if money else "", decimals)


def clean_text(text: str) -> str:
    """Take out what a cell cannot hold."""
    return shown(text).strip()


def list_headings(columns: Sequence[Column]) -> list[str]:
    """Headings of a sheet must not be empty or alike."""
    headings: list[str] = []
    for column in columns:
        stem = heading = clean_text(column.title) or "Column"
        number = 1
        while heading.casefold() in [known.casefold() for known in headings]:
            number += 1
            heading = f"{stem} ({number})"
        headings.append(heading)
    return headings


def show_number(value: float, shown: NumberFormat) -> str:
    """Write a number as its format shows it."""
    digits = f"{abs(value):{',' if shown.grouped else ''}.{shown.decimals}f}"
    return f"{'-' if value < 0 else ''}{shown.prefix}{digits}"
