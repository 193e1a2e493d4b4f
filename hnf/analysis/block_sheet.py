"""The high needs block of one authority as rows that work themselves out from the published cells.

The rows follow the sheet of the year: its letters, its units and the formula printed above its total, whatever they
are. What is no figure of another kind has an id of its own, `blockrow:<year>:<la_code>:<key>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from hnf.analysis.allocate import no_allocation
from hnf.analysis.explain import AFTER, BEFORE, loss_id
from hnf.analysis.gaps import AVERAGE
from hnf.analysis.rank import rate_id, universe_id
from hnf.analysis.reconcile import ADDITIONAL_TOLERANCE_GBP, TOLERANCE_GBP
from hnf.errors import UsageError
from hnf.formula.block import (
    ADDITIONAL,
    BASIC_ENTITLEMENT,
    TOTAL,
    Column,
    Node,
    Number,
    Operation,
    additional_share,
    block_formula,
    parse_formula,
)
from hnf.formula.worked_rows import Formula, FormulaRow, Rounded, Within, keys_of, rename, say_formula, work_out
from hnf.measures.published import ENGLAND, POUNDS, Cell, block_frame, dsg_id, latest_edition, letters, published_figure
from hnf.measures.rates import Per, RateSpec, RateTable, rate_table
from hnf.results import Figure, Unit
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.schema import DSG_TERMS
from hnf.tables.store import Store, kept
from hnf.text import capital
from hnf.years import FinancialYear

# Collects the rows of a block sheet: a published cell, a sum that is traced elsewhere, or arithmetic on rows
# above.

PRINTED = "Published input"
IN_POUNDS = "Input in pounds"
POUND_UNIT = "pounds (£)"
_ROW_UNITS = {"gbp": POUND_UNIT, "gbp_million": "£ million", "gbp_per_pupil": "£ per pupil"}
_FIGURE_UNITS: dict[str, Unit] = {POUND_UNIT: "gbp", "£ per head": "gbp_per_head", "share": "share"}


class Rows:
    """The rows of one authority and year, and their values by key."""

    def __init__(self, store: Store, authority: Authority, year: FinancialYear) -> None:
        self.store = store
        self.authority = authority
        self.year = year
        self.found: list[FormulaRow] = []
        self._values: dict[str, float | int | None] = {}

    @staticmethod
    def figure_unit(unit: str) -> Unit:
        """Return the unit of the figure of a row."""
        return _FIGURE_UNITS.get(unit, "count")

    def row_id(self, key: str) -> str:
        """Return the id of a row that is no figure of another kind."""
        return f"blockrow:{self.year}:{self.authority.la_code}:{key}"

    def published(
        self, key: str, label: str, figure_id: str, *, part: str = PRINTED, letter: str = "", unit: str = ""
    ) -> str:
        """Add a published cell as printed; where it is in millions, a row in pounds after it."""
        try:
            figure, cell = published_figure(self.store, figure_id)
        except UsageError:
            self._add(FormulaRow(key, label, part, letter, None, unit or POUND_UNIT, figure_id, how="not published"))
            return key
        words = unit or _ROW_UNITS.get(cell.printed_unit, cell.printed_unit)
        value = None if figure.value is None else _number(cell.printed)
        how = figure.status if value is None else "as published"
        self._add(FormulaRow(key, label, part, letter, value, words, figure_id, None, how, _place(cell)))
        scale = POUNDS[cell.printed_unit]
        if scale == 1.0:
            return key
        return self.derived(
            f"{key}_gbp",
            f"{label}, in pounds",
            Operation("*", Column(key), Number(scale)),
            part=IN_POUNDS if part == PRINTED else part,
            unit=POUND_UNIT,
            how=f"row above × {scale:,.0f}",
            figure_id=figure_id,
            letter=letter,
        )

    def derived(
        self,
        key: str,
        label: str,
        formula: Formula,
        *,
        part: str,
        unit: str,
        how: str,
        figure_id: str | None = None,
        letter: str = "",
        place: str = "",
    ) -> str:
        """Add arithmetic on rows above; returns its key. Without an id of another kind it gets one of its own."""
        value = work_out(formula, self._values)
        id_ = self.row_id(key) if figure_id is None else figure_id
        if value is None:
            how = "not worked out: a number it needs is not available"
        self._add(FormulaRow(key, label, part, letter, value, unit, id_, formula, how, place))
        return key

    def summed(
        self, key: str, label: str, value: float, *, part: str, unit: str, how: str, inputs: tuple[str, ...]
    ) -> str:
        """Add a sum over many authorities, whose parts the sheet does not hold; returns its key."""
        self._add(FormulaRow(key, label, part, "", value, unit, self.row_id(key), None, how, inputs=inputs))
        return key

    def missing(self, key: str, label: str, *, part: str, unit: str, reason: str) -> None:
        """Add a row that has no value, with the reason."""
        self._add(FormulaRow(key, label, part, "", None, unit, self.row_id(key), None, reason))

    def _add(self, row: FormulaRow) -> None:
        self.found.append(row)
        if not isinstance(row.value, str):
            self._values[row.key] = row.value


def _number(printed: str) -> float | int:
    number = float(printed)
    return int(number) if number.is_integer() else number


def _place(cell: Cell) -> str:
    sheet = f"sheet {cell.sheet}, " if cell.sheet else ""
    where = cell.cell if cell.cell.startswith("line") else f"cell {cell.cell}"
    return f"{cell.source_id}, {sheet}{where}"


# The rows of a block sheet that divide the block by people, pupils and plans, and hold the rates against
# England's.

_PERS: tuple[Per, ...] = ("head", "pupil", "plan")
_WORDS = {"head": "per head aged 2 to 18", "pupil": "per pupil", "plan": "per EHC plan"}
_RATE_UNITS = {"head": "people", "pupil": "pupils", "plan": "plans"}


def add_rates(rows: Rows, total: str) -> None:
    """Add, for each denominator, the rate, England's rate and the gap between them in pounds."""
    for per in _PERS:
        spec = RateSpec(rows.year, "block", per)
        table = rate_table(rows.store, spec)
        if rows.authority.la_code in table.values:
            _add_rate(rows, total, table)
        else:
            reason = table.excluded[rows.authority.la_code]
            rows.missing(
                f"{per}_rate", f"Block {_WORDS[per]}", part=f"Rate {_WORDS[per]}", unit=f"£ per {per}", reason=reason
            )


def _add_rate(rows: Rows, total: str, table: RateTable) -> None:
    spec, code = table.spec, rows.authority.la_code
    per, words, unit = spec.per, f"£ per {spec.per}", _RATE_UNITS[spec.per]
    part = f"Rate {_WORDS[per]}"
    own = _denominator(rows, table)
    rate = rows.derived(
        f"{per}_rate",
        f"Block {_WORDS[per]}",
        Operation("/", Column(total), Column(own)),
        part=part,
        unit=words,
        how=f"block before deductions as printed ÷ {unit}",
        figure_id=rate_id(spec, code),
    )
    count = len(table.values)
    inputs = (universe_id(spec),)
    pounds = rows.summed(
        f"{per}_england_gbp",
        f"England: blocks of the {count} authorities that have a rate {_WORDS[per]}",
        sum(table.numerators.values[each] for each in table.values),
        part=part,
        unit=POUND_UNIT,
        how=f"sum of {count} published cells",
        inputs=inputs,
    )
    heads = rows.summed(
        f"{per}_england_{unit}",
        f"England: {unit} of the same {count} authorities",
        sum(table.denominators.values[each] for each in table.values),
        part=part,
        unit=unit,
        how=f"sum over {count} authorities of {spec.denominator_words}",
        inputs=inputs,
    )
    england = rows.derived(
        f"{per}_england_rate",
        f"England's average block {_WORDS[per]}",
        Operation("/", Column(pounds), Column(heads)),
        part=part,
        unit=words,
        how=f"England's pounds ÷ England's {unit}",
        figure_id=rate_id(spec, ENGLAND),
    )
    rows.derived(
        f"{per}_gap",
        f"More at England's average {_WORDS[per]} (below nought: less)",
        Operation("*", Operation("-", Column(england), Column(rate)), Column(own)),
        part=part,
        unit=POUND_UNIT,
        how=f"(England's average − own rate) × own {unit}",
        figure_id=f"gap:{spec.id_part}:{AVERAGE}:{code}",
    )


def _denominator(rows: Rows, table: RateTable) -> str:
    """Add the published counts that make the denominator, and their sum where there are several; returns its key."""
    spec, unit = table.spec, _RATE_UNITS[table.spec.per]
    keys = []
    for number, id_ in enumerate(table.denominators.inputs[rows.authority.la_code], 1):
        label = published_figure(rows.store, id_)[0].label
        keys.append(
            rows.published(f"{spec.per}_{unit}_{number}", label, id_, part=f"Rate {_WORDS[spec.per]}", unit=unit)
        )
    if len(keys) == 1:
        return keys[0]
    node: Node = Column(keys[0])
    for key in keys[1:]:
        node = Operation("+", node, Column(key))
    part = f"Rate {_WORDS[spec.per]}"
    label = f"{capital(spec.denominator_words)}, together"
    return rows.derived(f"{spec.per}_{unit}", label, node, part=part, unit=unit, how="sum of the rows above")


_POPULATION = "population_2_18"
_DEDUCTIONS, _AFTER_DEDUCTIONS = "deductions", "total_after_deductions"


@dataclass(frozen=True)
class BlockSheet:
    """The rows of one authority and year, in order, with the formula as printed."""

    year: FinancialYear
    authority: Authority
    printed: str
    rows: tuple[FormulaRow, ...]


@kept
def block_sheet(store: Store, authority: Authority, year: FinancialYear) -> BlockSheet:
    """Lay out the block of one authority so that each number can be followed to the published cells.

    Returns
    -------
    BlockSheet
        Inputs as printed, the printed formula, the printed total and the difference, the additional allocation, what
        the gains limit took, deductions, and the rate per head, pupil and plan with the gap to England's.

    Raises
    ------
    UsageError
        If the authority had no allocation in the year.
    FormulaError
        If the formula of the year cannot be read.
    """
    if authority.la_code not in block_frame(store, year)["area"].to_list():
        raise UsageError(no_allocation(store, authority, year))
    rows = Rows(store, authority, year)
    letter_of = letters(store, year)
    key_of = _add_inputs(rows, letter_of)
    _add_total(rows, letter_of, key_of)
    _add_additional(rows, letter_of, key_of)
    _add_gains_limit(rows, letter_of, key_of)
    _add_deductions(rows, key_of[letter_of[TOTAL]])
    add_rates(rows, key_of[letter_of[TOTAL]])
    return BlockSheet(year, authority, block_formula(store, year).printed.text, tuple(rows.found))


def _add_inputs(rows: Rows, letter_of: dict[str, str]) -> dict[str, str]:
    """Add every lettered column but the total, in order of letters; returns the key that formulas use by letter."""
    code, year = rows.authority.la_code, rows.year
    return {
        letter: rows.published(letter, DSG_TERMS[term], dsg_id(rows.store, year, code, term), letter=letter)
        for term, letter in sorted(letter_of.items(), key=lambda item: item[1])
        if term != TOTAL
    }


def _add_total(rows: Rows, letter_of: dict[str, str], key_of: dict[str, str]) -> None:
    """Add the products within the printed formula, the formula itself, the printed total and the difference."""
    store, year, code = rows.store, rows.year, rows.authority.la_code
    formula = block_formula(store, year)
    for step in formula.steps:
        if not isinstance(step.node, Column):
            rows.derived(
                step.term,
                step.label,
                rename(step.node, key_of),
                part="Step of the formula",
                unit=POUND_UNIT,
                how=say_formula(step.node, str),
                figure_id=f"step:{year}:{code}:{step.term}" if step.term == BASIC_ENTITLEMENT else None,
            )
    part, label = "Total", DSG_TERMS[TOTAL]
    total = rows.derived(
        "recomputed",
        f"{label}, recomputed by the printed formula",
        rename(formula.printed.tree, key_of),
        part=part,
        unit=POUND_UNIT,
        how=say_formula(formula.printed.tree, str),
        figure_id=f"step:{year}:{code}:{TOTAL}",
        place=_formula_place(store, year),
    )
    printed = rows.published(
        letter_of[TOTAL], f"{label}, as printed", dsg_id(store, year, code, TOTAL), part=part, letter=letter_of[TOTAL]
    )
    key_of[letter_of[TOTAL]] = printed
    difference = Operation("-", Column(total), Column(printed))
    _add_difference(rows, "difference", "Recomputed less printed total", part, difference)
    rows.derived(
        "within",
        f"Recomputed within £{TOLERANCE_GBP:g} of the printed total",
        Within(difference, TOLERANCE_GBP),
        part=part,
        unit="yes or no",
        how="published amounts are whole pounds, so that a sum of them may be a pound off",
        figure_id="",
    )


def _add_additional(rows: Rows, letter_of: dict[str, str], key_of: dict[str, str]) -> None:
    """Add the rule of the additional allocation: England's amount over what it is shared by, times the own share."""
    store, year = rows.store, rows.year
    share = additional_share(store, year)
    if share is not None:
        by_letter = {letter: term for term, letter in letter_of.items()}
        base = by_letter[parse_formula(share.printed).letters[0]]
        unit, what = "share", f"printed, rounded, as {share.printed.removeprefix('=').strip()}"
    elif {_POPULATION, ADDITIONAL} <= set(letter_of):
        base, unit, what = _POPULATION, "£ per head", "the same for every authority"
    else:
        return
    part = "Additional allocation"
    own, amount = letter_of[base], letter_of[ADDITIONAL]
    england = {
        term: rows.published(
            f"england_{letter_of[term]}",
            f"England: {DSG_TERMS[term][0].lower()}{DSG_TERMS[term][1:]}",
            dsg_id(store, year, ENGLAND, term),
            part=part,
            letter=letter_of[term],
        )
        for term in (base, ADDITIONAL)
    }
    rate = rows.derived(
        "additional_rate",
        "Rate at which the additional allocation is shared",
        Operation("/", Column(england[ADDITIONAL]), Column(england[base])),
        part=part,
        unit=unit,
        how=f"England's {amount} ÷ England's {own}; {what}",
    )
    recomputed = rows.derived(
        "additional_recomputed",
        f"{DSG_TERMS[ADDITIONAL]}, recomputed",
        Operation("*", Column(rate), Column(key_of[own])),
        part=part,
        unit=POUND_UNIT,
        how=f"rate × {own}",
    )
    _add_difference(
        rows,
        "additional_difference",
        f"Recomputed less printed {amount}",
        part,
        Operation("-", Column(recomputed), Column(key_of[amount])),
        why=f"; each amount is rounded up, so that up to £{ADDITIONAL_TOLERANCE_GBP:g} is usual" if share else "",
    )


def _add_gains_limit(rows: Rows, letter_of: dict[str, str], key_of: dict[str, str]) -> None:
    if BEFORE not in letter_of:
        return
    before, after = letter_of[BEFORE], letter_of[AFTER]
    rows.derived(
        "gains_limit",
        "Taken off by the gains limit",
        Operation("-", Column(key_of[before]), Column(key_of[after])),
        part="Gains limit",
        unit=POUND_UNIT,
        how=f"{before} − {after}",
        figure_id=loss_id(rows.year, rows.authority.la_code),
    )


def _add_deductions(rows: Rows, printed: str) -> None:
    """Add the block after deductions, where both it and the deductions are published."""
    store, year, code = rows.store, rows.year, rows.authority.la_code
    if not {_DEDUCTIONS, _AFTER_DEDUCTIONS} <= set(block_frame(store, year).columns):
        return
    part = "After deductions"
    off = rows.published(_DEDUCTIONS, DSG_TERMS[_DEDUCTIONS], dsg_id(store, year, code, _DEDUCTIONS), part=part)
    label = DSG_TERMS[_AFTER_DEDUCTIONS]
    after = rows.derived(
        "after_recomputed",
        f"{label}, recomputed",
        Operation("-", Column(printed), Column(off)),
        part=part,
        unit=POUND_UNIT,
        how="block before deductions as printed − deductions",
    )
    as_printed = rows.published(
        _AFTER_DEDUCTIONS, f"{label}, as printed", dsg_id(store, year, code, _AFTER_DEDUCTIONS), part=part
    )
    _add_difference(
        rows,
        "after_difference",
        "Recomputed less printed block after deductions",
        part,
        Operation("-", Column(after), Column(as_printed)),
    )


def _add_difference(rows: Rows, key: str, label: str, part: str, node: Node, *, why: str = "") -> None:
    how = f"difference, rounded to the penny{why}"
    rows.derived(key, label, Rounded(node), part=part, unit=POUND_UNIT, how=how)


def block_row_figure(store: Store, year: FinancialYear, la_code: str, key: str) -> Figure:
    """Return a row of a block sheet as a figure."""
    sheet = block_sheet(store, Authorities.of(store)[la_code], year)
    ids = {row.key: row.figure_id for row in sheet.rows}
    figure_id = f"blockrow:{year}:{la_code}:{key}"
    row = {row.figure_id: row for row in sheet.rows}[figure_id]
    return Figure(
        id=figure_id,
        label=f"{row.label}, {sheet.authority.prose}, {year}",
        value=None if isinstance(row.value, str) else row.value,
        unit=Rows.figure_unit(row.unit),
        basis="derived",
        inputs=tuple(ids[each] for each in keys_of(row.formula)) if row.formula else row.inputs,
        derivation=row.how,
        status="" if row.value is not None else row.how,
    )


def _formula_place(store: Store, year: FinancialYear) -> str:
    """Return where the formula row of the total is printed."""
    edition = latest_edition(store, "dsg_formula_rows", year)
    row = store.table("dsg_formula_rows").row(
        by_predicate=(pl.col("financial_year") == str(year))
        & (pl.col("edition") == edition)
        & (pl.col("term") == TOTAL),
        named=True,
    )
    return f"formula printed in {row['source_id']}, sheet {row['sheet']}, cell {row['cell']}"


#: How the figures of this module are computed again from their ids.
BLOCK_ROWS: dict[tuple[str, int], Callable[[Store, list[str]], Figure]] = {
    ("blockrow", 3): lambda store, parts: block_row_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2]),
}
