"""How a number is printed: the one place where a value and its kind become text.

Tables, charts and the lists of figures all print through here, so that the same number never appears in two shapes. The
workbook keeps numbers as numbers and takes only `MISSING` and `MISSING_MEANING` from here.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from hnf.figures import Figure, Unit
from hnf.reporting.content import Cell, ColumnKind

#: What stands where there is no value, with its meaning (Government Analysis Function symbols).
MISSING = "[x]"
MISSING_MEANING = "[x] means not available: the publisher prints a symbol or nothing. It is never zero."

MINUS = "\N{MINUS SIGN}"

#: Kind of the value and the words after it, for every unit a figure can have.
_UNITS: dict[Unit, tuple[ColumnKind, str]] = {
    "gbp": ("gbp", ""),
    "gbp_per_head": ("rate", " per head"),
    "gbp_per_pupil": ("rate", " per pupil"),
    "gbp_per_plan": ("rate", " per plan"),
    "count": ("count", ""),
    "pct": ("pct", ""),
    "rank": ("rank", ""),
    "index": ("index", ""),
}

#: A rate below this many pounds is printed with pence: £2.73 per head would lose a tenth as "£3".
_PENCE_BELOW_GBP = 10
_MILLION = Decimal(1_000_000)
_BILLION = Decimal(1_000_000_000)


def is_missing(value: Cell) -> bool:
    """Whether a cell has no value; a float that is not a number counts as none."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def needs_pence(rate: float) -> bool:
    """Whether a rate in pounds is printed with pence: a small one that is not whole."""
    return abs(rate) < _PENCE_BELOW_GBP and rate != int(rate)


def print_cell(value: Cell, kind: ColumnKind) -> str:
    """Print a table cell.

    Parameters
    ----------
    value : str, int, float or None
        Unrounded; pounds, a count, a percentage (0 to 100), a rank or an index number.
    kind : str
        The kind of its column.

    Returns
    -------
    str
        Such as "£63,123,456", "12,920", "1.2%"; `MISSING` for None. Text comes back as it is, in any column.
    """
    if value is None or is_missing(value):
        return MISSING
    if isinstance(value, str):
        return value
    if kind == "gbp":
        return _signed(value, 0, "£")
    if kind == "rate":
        return _signed(value, 2 if needs_pence(value) else 0, "£")
    if kind == "count":
        return _signed(value, 0)
    if kind == "pct":
        return _signed(value, 1) + "%"
    if kind == "index":
        return _signed(value, 1)
    if kind == "rank":
        return str(round(value))
    return str(value)


def print_figure(figure: Figure) -> str:
    """Print the value of a figure with its unit, or `MISSING` and the reason."""
    if figure.value is None or is_missing(figure.value):
        return f"{MISSING} {figure.status}".strip()
    if figure.unit == "share":
        return print_cell(figure.value * 100, "pct")
    if figure.unit == "coefficient":
        return _signed(figure.value, 3)
    kind, after = _UNITS[figure.unit]
    return print_cell(figure.value, kind) + after


def gbp_words(value: float | None) -> str:
    """Print pounds as GOV.UK writes them in a sentence.

    Parameters
    ----------
    value : float or None
        Pounds.

    Returns
    -------
    str
        "£1.4 billion", "£47.4 million", "£46 million" (no ".0"), "£950,000"; `MISSING` for None.
    """
    if value is None or is_missing(value):
        return MISSING
    # Rounded before the choice of words, so that £999,950,001 is "£1 billion" and never "£1,000 million".
    pounds = abs(_rounded(value, 0))
    sign = MINUS if value < 0 and pounds else ""
    if pounds < _MILLION:
        return f"{sign}£{pounds:,}"
    millions = _rounded(pounds / _MILLION, 1)
    if millions < 1000:
        return f"{sign}£{_short(millions)} million"
    return f"{sign}£{_short(_rounded(pounds / _BILLION, 1))} billion"


def _rounded(value: float | Decimal, places: int) -> Decimal:
    """Round half away from zero, as spreadsheets and publishers do; `format` would round half to even."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _signed(value: float, places: int, prefix: str = "") -> str:
    """Print with thousand separators, the minus before the prefix, and no minus before a rounded zero."""
    rounded = _rounded(value, places)
    return f"{MINUS if rounded < 0 else ''}{prefix}{abs(rounded):,}"


def _short(value: Decimal) -> str:
    """Print with separators, one decimal only where it is not nought."""
    text = f"{value:,.1f}"
    return text.removesuffix(".0")
