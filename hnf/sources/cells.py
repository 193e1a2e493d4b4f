"""Cells: their addresses as spreadsheets print them, and their content as text or as a number."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")


def cell_address(row: int, column: int) -> str:
    """Return the spreadsheet address of a zero-based row and column: (4, 2) is C5."""
    letters = ""
    column += 1
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return f"{letters}{row + 1}"


def cell_place(address: str) -> tuple[int, int]:
    """Return the zero-based row and column of an address: C5 is (4, 2)."""
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]) - 1, _column(letters)


@lru_cache(maxsize=1024)  # a sheet asks for the same few with every row
def _column(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def clean(value: Any) -> str:
    """Return a cell as text with white space (line breaks and no-break spaces too) folded to single spaces."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def plain_number(text: str) -> float | None:
    """Return the number that text is, written in ASCII digits with at most a point and an exponent; None for the rest.

    Wide digits, underscores, thousands separators, currency signs, brackets for a minus and words such as `nan` are
    not read: whoever writes them may mean something else.
    """
    return float(text) if _PLAIN_NUMBER.fullmatch(text) else None
