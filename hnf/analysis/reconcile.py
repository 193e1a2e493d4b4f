"""Reconciliation: every authority of every year recomputed and compared with print, and printed sums with their parts.

The printed formula ties the columns of a row together; the sums of England, regions and types tie the rows of a column
together. A figure changed in one cell breaks one of the two, whichever column it is in. The rate of basic entitlement
is no sum: the printed formula, evaluated on the row of England, a region or a type, gives its total as near as a rate
in pence can.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.errors import UsageError
from hnf.formula.block import TOTAL, AdditionalShare, additional_share, block_formula, recompute
from hnf.measures.notes import KnownSum, known_differences, known_sums
from hnf.measures.published import (
    ENGLAND,
    POUNDS,
    area_column,
    area_name,
    block_frame,
    block_rows,
    financial_years,
    formula_edition,
    formula_id,
    latest_edition,
    plain_amounts,
    require_year,
    rows_of,
    total_edition,
)
from hnf.measures.register import PLAIN
from hnf.results import ALL_ENGLAND, Answer, Figure
from hnf.tables.authorities import Authorities
from hnf.tables.schema import EXTRA, term_label
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear

#: Pounds: the published amounts are whole pounds, so a sum of rounded parts may be off by this much.
TOLERANCE_GBP = 1.0


#: Pounds: additional allocations are rounded up to the pound, so that the share solved from their total is a trace too
#: high.
ADDITIONAL_TOLERANCE_GBP = 2.0


REPRODUCED = "reproduced"


DIFFERS = "differs"


@dataclass(frozen=True)
class LaterTotals(Answer):
    """A total of a later edition without the formula: England, and its difference from the sum of its authorities."""

    JSON = "edition term authorities england_gbp england_minus_sum_gbp"

    edition: str
    term: str
    authorities: int
    england_gbp: float
    england_minus_sum_gbp: float


@dataclass(frozen=True)
class Reconciliation(Answer):
    """How the recomputed block of one year compares with print.

    Parameters
    ----------
    differences : polars.DataFrame
        `area`, `recomputed_gbp`, `published_gbp`, `difference_gbp`, one row an authority.
    england_minus_sum_gbp, groups_minus_sum_gbp : float, dict of str to float
        Printed totals of England, of regions and of types minus the sum of their authorities.
    england_own_formula_gbp : float
        England's row evaluated, minus its printed total: its rate is an average in pence, so pounds are normal.
    deductions_gbp : dict of str to float
        Each authority's total before deductions minus its deductions and its total after.
    edition : str
        The edition that was recomputed, the latest with the formula.
    later : tuple of LaterTotals
        The totals of a later edition without the formula, before and after deductions; empty where there is none.
    """

    JSON = (
        "**of measure basis financial_year=year authorities formula max_abs_difference_gbp within_1_gbp",
        "england_minus_sum_gbp england_own_formula_gbp groups_minus_sum_gbp",
        "deductions_max_abs_difference_gbp=max_abs_deductions_difference_gbp",
        "additional=additional_found",
        {"columns": "compared=columns.compared off=columns.off"},
        "edition later=later? status off=off.to_dicts notes",
    )

    of, measure, basis = ALL_ENGLAND, "block", "derived"

    year: FinancialYear
    formula: str
    authorities: int
    differences: pl.DataFrame
    england_minus_sum_gbp: float
    england_own_formula_gbp: float
    groups_minus_sum_gbp: dict[str, float]
    deductions_gbp: dict[str, float]
    additional: AdditionalShare | None
    columns: ColumnSums
    notes: tuple[str, ...]
    edition: str
    later: tuple[LaterTotals, ...] = ()

    @property
    def max_abs_difference_gbp(self) -> float:
        """The largest difference of any authority."""
        return float(self.differences["difference_gbp"].abs().max() or 0.0)  # type: ignore[arg-type]

    @property
    def max_abs_deductions_difference_gbp(self) -> float:
        """The largest difference of any authority between its totals before and after deductions and its deductions."""
        return max(map(abs, self.deductions_gbp.values()), default=math.inf)

    @property
    def additional_found(self) -> dict[str, Any] | None:
        """The share of the additional allocation as printed and as solved."""
        names = ("printed", "solved_share", "max_abs_difference_gbp")
        return {name: getattr(self.additional, name) for name in names} if self.additional else None

    @property
    def off(self) -> pl.DataFrame:
        """Authorities that differ by more than the tolerance, or have no figure to compare."""
        difference = pl.col("difference_gbp")
        return self.differences.filter(difference.is_null() | ~(difference.abs() <= TOLERANCE_GBP))

    @property
    def within_1_gbp(self) -> int:
        """How many authorities are reproduced within £1."""
        return self.authorities - self.off.height

    @property
    def status(self) -> str:
        """`reproduced` where every check holds, else `differs`."""
        # Sums of rounded pounds: each part may be half a pound off.
        slack = max(TOLERANCE_GBP, self.authorities / 2)
        sums = [self.england_minus_sum_gbp, *self.groups_minus_sum_gbp.values()]
        holds = (
            not self.off.height
            and not self.columns.off
            and all(abs(value) <= slack for value in sums)
            and self.max_abs_deductions_difference_gbp <= TOLERANCE_GBP
            and (
                self.additional is None
                or (
                    self.additional.max_abs_difference_gbp <= ADDITIONAL_TOLERANCE_GBP
                    and self.additional.rounds_to_print
                )
            )
        )
        return REPRODUCED if holds else DIFFERS


def reconcile(store: Store, year: FinancialYear | None = None) -> list[Reconciliation]:
    """Recompute and compare one year, or all.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    FormulaError
        If a printed formula cannot be read.

    Examples
    --------
    >>> import hnf
    >>> [(str(found.year), found.status) for found in hnf.reconcile(hnf.Store(), "2023-24")]
    [('2023-24', 'reproduced')]
    """
    years = financial_years(store) if year is None else [require_year(store, FinancialYear.of(year))]
    return [_reconcile_year(store, known) for known in years]


def reconcile_figure(store: Store, year: FinancialYear, what: str) -> Figure:
    """Return how many authorities of a year there are, or are reproduced (`within_1_gbp`), as a figure."""
    found = reconcile(store, year)[0]
    codes = found.differences["area"]
    labels = {"authorities": "Authorities recomputed", "within_1_gbp": "Authorities recomputed within £1 of print"}
    if what not in labels:
        raise UsageError(f"'{what}' is not a figure of the reconciliation", todo=f"Use {' or '.join(labels)}.")
    return Figure(
        id=f"reconcile:{year}:{what}",
        label=f"{labels[what]}, {year}",
        value=found.authorities if what == "authorities" else found.within_1_gbp,
        unit="count",
        basis="derived",
        inputs=tuple(
            id_ for code in codes for id_ in (f"step:{year}:{code}:{TOTAL}", formula_id(store, year, code, TOTAL))
        ),
        derivation="the printed formula, evaluated and compared with the printed total",
    )


@cached
def _reconcile_year(store: Store, year: FinancialYear) -> Reconciliation:
    authorities = recompute(store, year)
    england = recompute(store, year, "national")
    own = _number(england["difference_gbp"][0])
    return Reconciliation(
        year=year,
        formula=block_formula(store, year).printed.text,
        authorities=authorities.height,
        differences=authorities.select("area", "recomputed_gbp", "published_gbp", "difference_gbp"),
        england_minus_sum_gbp=_number(england["published_gbp"][0]) - float(authorities["published_gbp"].sum()),
        england_own_formula_gbp=own,
        groups_minus_sum_gbp=_groups(store, year, authorities),
        deductions_gbp=_deductions(store, year),
        additional=additional_share(store, year),
        columns=column_sums(store, year),
        notes=_notes(year, own),
        edition=formula_edition(store, year),
        later=_later(store, year),
    )


def _later(store: Store, year: FinancialYear) -> tuple[LaterTotals, ...]:
    edition = total_edition(store, year)
    if edition == formula_edition(store, year):
        return ()
    found = []
    for measure in ("block", "after_deductions"):
        england, totals = (plain_amounts(store, measure, year, level).values for level in ("national", _AUTHORITIES))
        whole = _number(england.get(ENGLAND))
        difference = whole - math.fsum(totals.values())
        found.append(LaterTotals(edition, PLAIN[measure].items[0], len(totals), whole, difference))
    return tuple(found)


def _groups(store: Store, year: FinancialYear, authorities: pl.DataFrame) -> dict[str, float]:
    directory = Authorities.of(store)
    totals = dict(zip(authorities["area"], authorities["published_gbp"], strict=True))
    found: dict[str, float] = {}
    for level, group_of in (("regional", "region_code"), ("authority_type", "authority_type")):
        for area, total in block_frame(store, year, level).select("area", TOTAL).iter_rows():
            members = [code for code in totals if getattr(directory[code], group_of) == area]
            found[area] = _number(total) - math.fsum(totals[code] or 0.0 for code in members)
    return found


def _deductions(store: Store, year: FinancialYear) -> dict[str, float]:
    printed = block_frame(store, year)
    if not {"deductions", "total_after_deductions"} <= set(printed.columns):
        return dict.fromkeys(printed["area"], math.inf)
    off = printed[TOTAL] - printed["deductions"] - printed["total_after_deductions"]
    return {area: _number(value) for area, value in zip(printed["area"], off, strict=True)}


def _number(value: float | None) -> float:
    """Return a figure to compare; a missing one is infinitely off, so that it can never pass."""
    return math.inf if value is None else float(value)


def _notes(year: FinancialYear, england_own: float) -> tuple[str, ...]:
    return tuple(
        f"{known.what}, by £{england_own:,.0f}"
        + (f". {known.reason}" if known.covers(england_own) else ", which is not the known difference")
        for known in known_differences()
        if (known.check, known.financial_year, known.area) == ("reconcile", str(year), ENGLAND)
    )


#: Pounds, pupils or people. In the published years every sum holds to the penny.
TOLERANCE = 1.0
PUPILS_TOLERANCE = 0.5
RATE, PUPILS = "basic_entitlement_rate", "basic_entitlement_pupils"
#: Half of a penny, to which the rate of an area is printed.
_HALF_PENNY = 0.005
#: Levels of printed sums, in the order in which they are named.
_LEVELS = ("national", "regional", "authority_type")
_AUTHORITIES = "local_authority"


@dataclass(frozen=True)
class ColumnSums:
    """How many printed sums of a year were compared with their authorities, and those that differ, in words."""

    compared: int
    off: tuple[str, ...]


@cached
def column_sums(store: Store, year: FinancialYear) -> ColumnSums:
    """Compare every printed sum of a year with its parts, those of a later edition of totals among them."""
    found = [_sums(store, year, rows) for rows in _rows(store, year)]
    own, rates = _own_rows(store, year)
    return ColumnSums(sum(count for count, _ in found) + own, (*(line for _, off in found for line in off), *rates))


def _sums(store: Store, year: FinancialYear, rows: pl.DataFrame) -> tuple[int, list[str]]:
    directory = Authorities.of(store)
    parts: dict[tuple[str, str], float] = {}
    for code, term, value in (
        rows.filter(pl.col("geographic_level") == _AUTHORITIES).select("area", "term", "gbp").iter_rows()
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
    return compared, off


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


def _rows(store: Store, year: FinancialYear) -> list[pl.DataFrame]:
    """Return the rows of the edition with the formula, and those of a later edition of totals."""
    columns = ("area", "geographic_level", "term", "gbp", "unit", "sheet", "cell")
    block = block_rows(store, year).with_columns(area=area_column()).select(columns)
    pupils = (
        rows_of(store, "pupils")
        .filter(
            (pl.col("financial_year") == str(year)) & (pl.col("edition") == latest_edition(store, "dsg_pupils", year))
        )
        .with_columns(area=area_column(), term=pl.col("phase"), gbp=pl.col("pupils"), unit=pl.lit("pupils"))
        .select(columns)
    )
    scale = pl.col("unit").replace_strict(POUNDS, return_dtype=pl.Float64)
    edition = total_edition(store, year)
    is_later = (pl.col("financial_year") == str(year)) & (pl.col("edition") == edition)
    later = rows_of(store, "dsg").filter(is_later).with_columns(gbp=pl.col("value") * scale).select(columns)
    return [pl.concat([block, pupils]), *([later] if edition != formula_edition(store, year) else [])]


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
