"""Aligned plain text tables that fit the width of a terminal, without rich: importing it takes 60 ms.

Text is wrapped within its column, numbers are aligned to the right and never broken. Where even that does not fit, each
row is written as a small list of headings and values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hnf.commands.terminal import clean, columns_of, wrap

Kind = Literal["text", "number", "gbp", "gbp_change", "rate", "rate_change", "count", "pct", "pct_change"]
Row = Mapping[str, Any]

_GAP = "  "
#: A column of text is not made narrower than this, unless its text is.
_LEAST_TEXT = 12
_BOLD, _NORMAL = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    key : str
        The key of the value in each row.
    heading : str
        What stands above it.
    kind : str
        How it is written: `text` to the left; to the right `number` (as it is, for ranks and years), `gbp` (whole
        pounds), `rate` (pounds and pence), `count`, `pct`, and the same with a sign as `…_change`.
    """

    key: str
    heading: str
    kind: Kind = "text"


@dataclass(frozen=True)
class TableView:
    """What a person sees of a result.

    Parameters
    ----------
    title : str
        Measure, place and period.
    columns : sequence of Column
        What each row shows.
    rows : sequence of mapping
        The rows; keys that no column names are not shown. None is shown as `-`, a missing key as nothing.
    notes : sequence of str
        Basis, defaults taken, and why a value is `-`.
    footer : sequence of mapping
        Rows under a line at the end, such as England and the median.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    footer: Sequence[Row] = ()


def show(value: object, kind: Kind = "text") -> str:
    """Return a value as it stands in a table, `-` where there is none.

    Parameters
    ----------
    value : object
        A number, a text, None, or NaN, which counts as none.
    kind : str
        See `Column`; a text stays as it is whatever the kind.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float) or kind in ("text", "number"):
        return clean(str(value))
    sign = "-" if value < 0 else "+" if kind.endswith("_change") and value > 0 else ""
    return _with_sign(sign, _unsigned(abs(value), kind))


def _unsigned(value: float, kind: Kind) -> str:
    if kind in ("gbp", "gbp_change"):
        return f"£{value:,.0f}"
    if kind in ("rate", "rate_change"):
        return f"£{value:,.2f}"
    if kind in ("pct", "pct_change"):
        return f"{value:,.1f}%"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _with_sign(sign: str, digits: str) -> str:
    """Put a sign before the digits, unless they were rounded to nothing."""
    return f"{sign}{digits}" if any(digit in digits for digit in "123456789") else digits


def write_table(view: TableView, columns: int, *, bold: bool = False) -> str:
    """Return a table as text, ending in a newline.

    Parameters
    ----------
    view : TableView
        What to write.
    columns : int
        The width to stay within, at least 20.
    bold : bool
        Whether title and headings are bold.
    """
    headings = [clean(column.heading) for column in view.columns]
    rows = [_cells(row, view.columns) for row in view.rows]
    footer = [_cells(row, view.columns) for row in view.footer]
    widths = _fit(headings, [*rows, *footer], view.columns, columns)
    title = wrap(clean(view.title), columns)
    if widths is None:
        body = _stacked(headings, [*rows, *footer], columns)
        emphasised = len(title)
    else:
        right = [column.kind != "text" for column in view.columns]
        top = _heading_lines(headings, widths, right)
        rule = _GAP.join("-" * width for width in widths)
        body = [*top, rule, *_lines(rows, widths, right), *([rule, *_lines(footer, widths, right)] if footer else [])]
        emphasised = len(title) + 1 + len(top)
    notes = [line for note in view.notes for line in ("", *wrap(clean(note), columns))]
    lines = [*title, "", *body, *notes]
    if bold:
        lines[:emphasised] = [f"{_BOLD}{line}{_NORMAL}" if line else line for line in lines[:emphasised]]
    return "".join(f"{line}\n" for line in lines)


def _cells(row: Row, columns: Sequence[Column]) -> list[str]:
    return [show(row.get(column.key, ""), column.kind) for column in columns]


def _fit(headings: list[str], rows: list[list[str]], columns: Sequence[Column], room: int) -> list[int] | None:
    """Return the width of each column, None if they cannot stand beside one another."""
    widths, least, contents = [], [], []
    for index, (heading, column) in enumerate(zip(headings, columns, strict=True)):
        cells = max((columns_of(row[index]) for row in rows), default=0)
        words = max((columns_of(word) for word in heading.split()), default=1)
        widths.append(max(cells, columns_of(heading), 1))
        contents.append(cells)
        least.append(max(words, cells if column.kind != "text" else min(cells, _LEAST_TEXT), 1))
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - room
    if over > sum(widths) - sum(least):
        return None
    for _ in range(over):
        narrowable = [index for index in range(len(widths)) if widths[index] > least[index]]
        loose = [index for index in narrowable if widths[index] > contents[index]]  # headings are broken before cells
        widths[max(loose or narrowable, key=widths.__getitem__)] -= 1
    return widths


def _heading_lines(headings: list[str], widths: list[int], right: list[bool]) -> list[str]:
    wrapped = [wrap(heading, width) for heading, width in zip(headings, widths, strict=True)]
    height = max((len(lines) for lines in wrapped), default=0)
    return _side_by_side([[""] * (height - len(lines)) + lines for lines in wrapped], widths, right)


def _lines(rows: list[list[str]], widths: list[int], right: list[bool]) -> list[str]:
    lines: list[str] = []
    for row in rows:
        wrapped = [wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
        lines.extend(_side_by_side(wrapped, widths, right))
    return lines


def _side_by_side(cells: list[list[str]], widths: list[int], right: list[bool]) -> list[str]:
    lines = []
    for number in range(max((len(cell) for cell in cells), default=0)):
        parts = []
        for cell, width, to_the_right in zip(cells, widths, right, strict=True):
            text = cell[number] if number < len(cell) else ""
            space = " " * (width - columns_of(text))
            parts.append(space + text if to_the_right else text + space)
        lines.append(_GAP.join(parts).rstrip())
    return lines


def _stacked(headings: list[str], rows: list[list[str]], columns: int) -> list[str]:
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        for heading, cell in zip(headings, row, strict=True):
            if not cell:
                continue
            first, *others = wrap(f"{heading}: {cell}", columns - len(_GAP))
            lines.extend([first, *(f"{_GAP}{line}" for line in others)])
    return lines
