"""Every column of the printed sheets held against itself: England, regions and types are the sums of their authorities.

The printed formula ties the columns of a row together; this ties the rows of a column together. A figure changed in
one cell breaks one of the two, whichever column it stands in. The rate of basic entitlement is no sum: the printed
formula, evaluated on the row of England, a region or a type, gives its total as near as a rate in pence can.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import polars as pl

from hnf.authorities import Authorities
from hnf.formula.block import TOTAL, recompute
from hnf.measures.known_differences import KnownSum, known_sums
from hnf.measures.published import ENGLAND, area_column, area_name, block_frame, block_rows, latest_edition
from hnf.store import Store
from hnf.tables import EXTRA, term_label
from hnf.years import FinancialYear

#: Pounds, pupils or people. In the published years every sum holds to the penny.
TOLERANCE = 1.0
PUPILS_TOLERANCE = 0.5
RATE, PUPILS = "basic_entitlement_rate", "basic_entitlement_pupils"
#: Half of a penny, to which the rate of an area is printed.
_HALF_PENNY = 0.005
#: Levels of printed sums, in the order in which they are named.
_LEVELS = ("national", "regional", "authority_type")


@dataclass(frozen=True)
class ColumnSums:
    """The columns of one year.

    Parameters
    ----------
    compared : int
        Printed figures of England, regions and types that were held against their authorities.
    off : tuple of str
        Those that differ, in words, with sheet and cell.
    """

    compared: int
    off: tuple[str, ...]


def column_sums(store: Store, year: FinancialYear) -> ColumnSums:
    """Hold every printed sum of a year against its parts.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    """
    return store.remember(("column sums", year), partial(_column_sums, store, year))


def _column_sums(store: Store, year: FinancialYear) -> ColumnSums:
    rows = _rows(store, year)
    directory = Authorities.of(store)
    parts: dict[tuple[str, str], float] = {}
    for code, term, value in (
        rows.filter(pl.col("geographic_level") == "local_authority").select("area", "term", "gbp").iter_rows()
    ):
        authority = directory[code]
        for group in (ENGLAND, authority.region_code, authority.authority_type):
            # A symbol is no number: a sum with one in it is never the printed one.
            parts[group, term] = parts.get((group, term), 0.0) + (math.nan if value is None else value)
    off, compared = _missing(store, rows, {area for area, _ in parts}), 0
    for area, term, value, unit, sheet, cell in (
        pl.concat(rows.filter(pl.col("geographic_level") == level) for level in _LEVELS)
        .select("area", "term", "gbp", "unit", "sheet", "cell")
        .iter_rows()
    ):
        if term == RATE or term.startswith(EXTRA) or (area, term) not in parts:
            continue
        compared += 1
        known = _known(year, term)
        expected = known.expected.get(area, 0.0) if known else 0.0
        tolerance = PUPILS_TOLERANCE if unit == "pupils" else TOLERANCE
        if known and area in known.expected:
            tolerance = known.tolerance
        difference = math.nan if value is None else value - parts[area, term]
        if not abs(difference - expected) <= tolerance:
            off.append(
                f"{area_name(store, area)}, {_words(term, unit)} (sheet {sheet}, cell {cell}): "
                f"{_said(difference, unit)} than the sum of its authorities"
            )
    own, rates = _own_rows(store, year)
    return ColumnSums(compared + own, (*off, *rates))


def _missing(store: Store, rows: pl.DataFrame, groups: set[str]) -> list[str]:
    """Name the groups of authorities that lack what others of their level have: their row may have been taken out."""
    level_of = {ENGLAND: "national"}
    for authority in Authorities.of(store).by_code.values():
        level_of |= {authority.region_code: "regional", authority.authority_type: "authority_type"}
    printed: dict[tuple[str, str, str], set[str]] = {}
    for area, level, term, unit in rows.select("area", "geographic_level", "term", "unit").iter_rows():
        if level in _LEVELS:
            printed.setdefault((level, term, unit), set()).add(area)
    return [
        f"{area_name(store, area)} has no {_words(term, unit)}, which others of its kind have"
        for (level, term, unit), areas in printed.items()
        for area in sorted(groups - areas)
        if level_of.get(area) == level
    ]


def _words(term: str, unit: str) -> str:
    return term_label(term) if unit != "pupils" or term == PUPILS else f"{term} pupils"


def _rows(store: Store, year: FinancialYear) -> pl.DataFrame:
    columns = ("area", "geographic_level", "term", "gbp", "unit", "sheet", "cell")
    block = block_rows(store, year).with_columns(area=area_column()).select(columns)
    pupils = (
        store.table("dsg_pupils")
        .filter(
            (pl.col("financial_year") == str(year)) & (pl.col("edition") == latest_edition(store, "dsg_pupils", year))
        )
        .with_columns(area=area_column(), term=pl.col("phase"), gbp=pl.col("pupils"), unit=pl.lit("pupils"))
        .select(columns)
    )
    return pl.concat([block, pupils])


def _own_rows(store: Store, year: FinancialYear) -> tuple[int, list[str]]:
    """Evaluate the printed formula on the rows of England, regions and types, whose rates are averages in pence."""
    known = _known(year, "additional")
    off, compared = [], 0
    for level in _LEVELS:
        printed = block_frame(store, year, level)
        if not {RATE, PUPILS, TOTAL} <= set(printed.columns):
            continue
        pupils = dict(printed.select("area", PUPILS).iter_rows())
        for area, difference in recompute(store, year, level).select("area", "difference_gbp").iter_rows():
            compared += 1
            expected = known.expected.get(area, 0.0) if known else 0.0
            slack = TOLERANCE + _HALF_PENNY * (pupils[area] or 0.0)
            if difference is None or not abs(difference - expected) <= slack:
                off.append(
                    f"{area_name(store, area)}: its own row, evaluated, is {_said(difference or float('nan'), 'gbp')} "
                    "than its printed total"
                )
    return compared, off


def _known(year: FinancialYear, term: str) -> KnownSum | None:
    return next((known for known in known_sums() if (known.financial_year, known.term) == (str(year), term)), None)


def _said(difference: float, unit: str) -> str:
    if math.isnan(difference):
        return "not a figure to compare, and so other"
    amount = f"{abs(difference):,.2f}"
    pounds = "" if unit in ("pupils", "people") else "£"
    return f"{pounds}{amount} {'more' if difference > 0 else 'less'}"
