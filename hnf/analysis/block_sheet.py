"""The high needs block of one authority as rows that work themselves out from the published cells.

The rows follow the sheet of the year: its letters, its units and the formula printed above its total, whatever they
are. A row is a published cell, a sum that is traced elsewhere, or arithmetic on rows above. What is no figure of
another kind is a figure here, `blockrow:<year>:<la_code>:<key>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from hnf.analysis.allocate import no_allocation
from hnf.analysis.explain import AFTER, BEFORE, loss_id
from hnf.analysis.gaps import AVERAGE
from hnf.analysis.rank import second_table
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
    formula_place,
    parse_formula,
)
from hnf.formula.worked_rows import Beyond, Formula, FormulaRow, Rounded, Within, keys_of, rename, say_formula, work_out
from hnf.measures.published import (
    ENGLAND,
    LATER,
    POUNDS,
    TOTALS,
    Cell,
    block_frame,
    dsg_id,
    formula_edition,
    formula_id,
    later_words,
    letters,
    published_figure,
    total_edition,
)
from hnf.measures.rates import RateSpec, RateTable, england_words, rate_id, rate_table
from hnf.measures.register import Per
from hnf.results import Figure, Unit
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.schema import DSG_TERMS
from hnf.tables.store import Store, cached
from hnf.text import capital
from hnf.years import FinancialYear

PRINTED = "Published input"
IN_POUNDS = "Input in pounds"
POUND_UNIT = "pounds (£)"
_ROW_UNITS = {"gbp": POUND_UNIT, "gbp_million": "£ million", "gbp_per_pupil": "£ per pupil"}
_FIGURE_UNITS: dict[str, Unit] = {POUND_UNIT: "gbp", "£ per head": "gbp_per_head", "share": "share"}
_WORDS = {
    "head": "per head aged 2 to 18",
    "head_dfe": "per head aged 2 to 18, the formula's population",
    "pupil": "per pupil",
    "plan": "per EHC plan",
}
_RATE_UNITS = {"head": "people", "pupil": "pupils", "plan": "plans"}
_POPULATION = "population_2_18"
_DEDUCTIONS, _AFTER_DEDUCTIONS = "deductions", "total_after_deductions"


#: Key of the total that rates divide.
DIVIDED = "divided"


def key_of_rate(spec: RateSpec) -> str:
    """Return what the keys of the rows of a rate start with: head, head_dfe, pupil, plan."""
    return f"{spec.per}_{spec.population}" if spec.population != "ons" else spec.per


@dataclass(frozen=True)
class BlockSheet:
    """The rows of one authority and year, in order, with the formula as printed."""

    year: FinancialYear
    authority: Authority
    printed: str
    rows: tuple[FormulaRow, ...]


@cached
def block_sheet(store: Store, authority: Authority, year: FinancialYear) -> BlockSheet:
    """Lay out the block of one authority so that each number can be followed to the published cells.

    Returns
    -------
    BlockSheet
        Inputs as printed, the printed formula, the printed total and the difference, the additional allocation, what
        the gains limit took, deductions, the totals of a later edition, and the rate per head, pupil and plan with the
        gap to England's.

    Raises
    ------
    UsageError
        If the authority had no allocation in the year.
    FormulaError
        If the formula of the year cannot be read.
    """
    if authority.la_code not in block_frame(store, year)["area"].to_list():
        raise UsageError(no_allocation(store, authority, year))
    rows = _Rows(store, authority, year)
    letter_of = letters(store, year)
    key_of = _add_inputs(rows, letter_of)
    total = _add_total(rows, letter_of, key_of)
    _add_additional(rows, letter_of, key_of)
    if BEFORE in letter_of:
        before, after = letter_of[BEFORE], letter_of[AFTER]
        rows.part = "Gains limit"
        taken = _minus(key_of[before], key_of[after])
        id_ = loss_id(year, authority.la_code)
        rows.derived("gains_limit", "Taken off by the gains limit", taken, how=f"{before} − {after}", figure_id=id_)
    changed = _add_change(rows, total)
    _add_deductions(rows, total, changed)
    total = _add_later(rows, total, changed)
    for table in rate_tables(store, year):
        _add_rate(rows, total, table)
    return BlockSheet(year, authority, block_formula(store, year).printed.text, tuple(rows.found))


def rate_tables(store: Store, year: FinancialYear) -> tuple[RateTable, ...]:
    """Return the rates of a year that a sheet works out: per head of each population there is, pupil and plan."""
    head = rate_table(store, RateSpec(year))
    other = second_table(store, head.spec)
    per: tuple[Per, ...] = ("pupil", "plan")
    return (head, *([other] if other else []), *(rate_table(store, RateSpec(year, "block", one)) for one in per))


class _Rows:
    """The rows of one authority and year, and their values by key; rows are added to `part`."""

    def __init__(self, store: Store, authority: Authority, year: FinancialYear) -> None:
        self.store = store
        self.authority = authority
        self.year = year
        self.part = PRINTED
        self.found: list[FormulaRow] = []
        self._values: dict[str, float | int | None] = {}

    def term(self, key: str, label: str, term: str, area: str = "", letter: str = "") -> str:
        """Add a term of the block of the authority, or of an area; returns the key that formulas use."""
        return self.published(
            key, label, formula_id(self.store, self.year, area or self.authority.la_code, term), letter
        )

    def published(self, key: str, label: str, figure_id: str, letter: str = "", unit: str = "") -> str:
        """Add a published cell as printed, and where it is in millions a row in pounds; returns the key of the last."""
        try:
            figure, cell = published_figure(self.store, figure_id)
        except UsageError:
            unit = unit or POUND_UNIT
            return self._add(FormulaRow(key, label, self.part, letter, None, unit, figure_id, how="not published"))
        words = unit or _ROW_UNITS.get(cell.printed_unit, cell.printed_unit)
        value = None if figure.value is None else _number(cell.printed)
        how = figure.status if value is None else "as published"
        self._add(FormulaRow(key, label, self.part, letter, value, words, figure_id, None, how, _place(cell)))
        scale = POUNDS[cell.printed_unit]
        if scale == 1.0:
            return key
        part, self.part = self.part, IN_POUNDS if self.part == PRINTED else self.part
        formula, how = Operation("*", Column(key), Number(scale)), f"row above × {scale:,.0f}"
        in_pounds = f"{label}, in pounds"
        key = self.derived(f"{key}_gbp", in_pounds, formula, how=how, figure_id=figure_id, letter=letter)
        self.part = part
        return key

    def derived(
        self,
        key: str,
        label: str,
        formula: Formula,
        *,
        how: str,
        unit: str = POUND_UNIT,
        figure_id: str | None = None,
        letter: str = "",
        place: str = "",
    ) -> str:
        """Add arithmetic on rows above; returns its key. Without the id of another figure it is one of the sheet."""
        value = work_out(formula, self._values)
        id_ = self._id(key) if figure_id is None else figure_id
        if value is None:
            how = "not worked out: a number it needs is not available"
        return self._add(FormulaRow(key, label, self.part, letter, value, unit, id_, formula, how, place))

    def summed(self, key: str, label: str, value: float, *, unit: str, how: str, inputs: tuple[str, ...]) -> str:
        """Add a sum over many authorities, whose parts the sheet does not hold; returns its key."""
        return self._add(FormulaRow(key, label, self.part, "", value, unit, self._id(key), None, how, inputs=inputs))

    def missing(self, key: str, label: str, *, unit: str, reason: str) -> None:
        """Add a row that has no value, with the reason."""
        self._add(FormulaRow(key, label, self.part, "", None, unit, self._id(key), None, reason))

    def difference(self, key: str, label: str, node: Node, why: str = "") -> None:
        """Add a difference, rounded to the penny."""
        self.derived(key, label, Rounded(node), how=f"difference, rounded to the penny{why}")

    def has(self, key: str) -> bool:
        """Whether there is a row under the key, with a value."""
        return self._values.get(key) is not None

    def _id(self, key: str) -> str:
        return f"blockrow:{self.year}:{self.authority.la_code}:{key}"

    def _add(self, row: FormulaRow) -> str:
        self.found.append(row)
        if not isinstance(row.value, str):
            self._values[row.key] = row.value
        return row.key


def _number(printed: str) -> float | int:
    number = float(printed)
    return int(number) if number.is_integer() else number


def _place(cell: Cell) -> str:
    sheet = f"sheet {cell.sheet}, " if cell.sheet else ""
    where = cell.cell if cell.cell.startswith("line") else f"cell {cell.cell}"
    return f"{cell.source_id}, {sheet}{where}"


def _minus(one: str, other: str) -> Operation:
    return Operation("-", Column(one), Column(other))


def _plus(one: str, other: str) -> Node:
    """Add two rows; the first alone where there is no other."""
    return Operation("+", Column(one), Column(other)) if other else Column(one)


def _add_inputs(rows: _Rows, letter_of: dict[str, str]) -> dict[str, str]:
    """Add every lettered column but the total, in order of letters; returns the key that formulas use by letter."""
    return {
        letter: rows.term(letter, DSG_TERMS[term], term, letter=letter)
        for term, letter in sorted(letter_of.items(), key=lambda item: item[1])
        if term != TOTAL
    }


def _add_total(rows: _Rows, letter_of: dict[str, str], key_of: dict[str, str]) -> str:
    """Add the products of the printed formula, the formula, the printed total (key returned) and the difference."""
    store, year, code = rows.store, rows.year, rows.authority.la_code
    formula = block_formula(store, year)
    rows.part = "Step of the formula"
    for step in formula.steps:
        if not isinstance(step.node, Column):
            id_ = f"step:{year}:{code}:{step.term}" if step.term == BASIC_ENTITLEMENT else None
            how = say_formula(step.node, str)
            rows.derived(step.term, step.label, rename(step.node, key_of), how=how, figure_id=id_)
    rows.part, label = "Total", DSG_TERMS[TOTAL]
    total = rows.derived(
        "recomputed",
        f"{label}, recomputed by the printed formula",
        rename(formula.printed.tree, key_of),
        how=say_formula(formula.printed.tree, str),
        figure_id=f"step:{year}:{code}:{TOTAL}",
        place=formula_place(store, year),
    )
    printed = rows.term(letter_of[TOTAL], f"{label}, as printed", TOTAL, letter=letter_of[TOTAL])
    rows.difference("difference", "Recomputed less printed total", _minus(total, printed))
    rows.derived(
        "within",
        f"Recomputed within £{TOLERANCE_GBP:g} of the printed total",
        Within(_minus(total, printed), TOLERANCE_GBP),
        unit="yes or no",
        how="published amounts are whole pounds, so that a sum of them may be a pound off",
        figure_id="",
    )
    return printed


def _add_additional(rows: _Rows, letter_of: dict[str, str], key_of: dict[str, str]) -> None:
    """Add the rule of the additional allocation: England's amount over what it is shared by, times the own share."""
    share = additional_share(rows.store, rows.year)
    if share is not None:
        by_letter = {letter: term for term, letter in letter_of.items()}
        base = by_letter[parse_formula(share.printed).letters[0]]
        unit, what = "share", f"printed, rounded, as {share.printed.removeprefix('=').strip()}"
    elif {_POPULATION, ADDITIONAL} <= set(letter_of):
        base, unit, what = _POPULATION, "£ per head", "the same for every authority"
    else:
        return
    rows.part, own, amount = "Additional allocation", letter_of[base], letter_of[ADDITIONAL]
    england = {}
    for term in (base, ADDITIONAL):
        label, letter = f"England: {DSG_TERMS[term][0].lower()}{DSG_TERMS[term][1:]}", letter_of[term]
        england[term] = rows.term(f"england_{letter}", label, term, ENGLAND, letter)
    rate = rows.derived(
        "additional_rate",
        "Rate at which the additional allocation is shared",
        Operation("/", Column(england[ADDITIONAL]), Column(england[base])),
        unit=unit,
        how=f"England's {amount} ÷ England's {own}; {what}",
    )
    formula = Operation("*", Column(rate), Column(key_of[own]))
    label = f"{DSG_TERMS[ADDITIONAL]}, recomputed"
    recomputed = rows.derived("additional_recomputed", label, formula, how=f"rate × {own}")
    rows.difference(
        "additional_difference",
        f"Recomputed less printed {amount}",
        _minus(recomputed, key_of[amount]),
        f"; each amount is rounded up, so that up to £{ADDITIONAL_TOLERANCE_GBP:g} is usual" if share else "",
    )


def _add_change(rows: _Rows, printed: str) -> str:
    """Add what inputs changed by a reader add to the total, nought as published; returns its key, empty without one."""
    if not rows.has("recomputed"):
        return ""
    rows.part = "Total"
    return rows.derived(
        "changed",
        "Change to the total by other inputs (nought as published)",
        Beyond(_minus("recomputed", printed), TOLERANCE_GBP),
        how=f"recomputed − printed total, where they are more than £{TOLERANCE_GBP:g} apart",
    )


def _add_deductions(rows: _Rows, printed: str, changed: str) -> None:
    """Add the block after deductions, where both it and the deductions are published."""
    if not {_DEDUCTIONS, _AFTER_DEDUCTIONS} <= set(block_frame(rows.store, rows.year).columns):
        return
    rows.part, label = "After deductions", DSG_TERMS[_AFTER_DEDUCTIONS]
    off = rows.term(_DEDUCTIONS, DSG_TERMS[_DEDUCTIONS], _DEDUCTIONS)
    how = "block before deductions as printed + change by other inputs − deductions"
    node = Operation("-", _plus(printed, changed), Column(off))
    after = rows.derived("after_recomputed", f"{label}, recomputed", node, how=how)
    as_printed = rows.term(_AFTER_DEDUCTIONS, f"{label}, as printed", _AFTER_DEDUCTIONS)
    label = "Recomputed less printed block after deductions"
    rows.difference("after_difference", label, _minus(after, as_printed))


def _add_later(rows: _Rows, printed: str, changed: str) -> str:
    """Add the totals of a later edition, and the total that rates start from; returns the key of the last."""
    store, year, code = rows.store, rows.year, rows.authority.la_code
    if formula_edition(store, year) == total_edition(store, year):
        return _add_divided(rows, printed, changed)
    rows.part = f"Later edition, {total_edition(store, year)}"
    keys = [
        rows.published(f"later_{part}", DSG_TERMS[term], dsg_id(store, year, code, term))
        for part, term in zip(("before", "after"), TOTALS, strict=True)
    ]
    rows.derived(
        LATER,
        later_words(store, year),
        _minus(keys[0], printed),
        how="block before deductions of the later edition − that of the edition with the formula",
        figure_id=f"step:{year}:{code}:{LATER}",
    )
    return _add_divided(rows, keys[0], changed)


def _add_divided(rows: _Rows, total: str, changed: str) -> str:
    """Add the total that rates divide; returns its key."""
    rows.part = "Total that rates divide"
    return rows.derived(
        DIVIDED,
        "High needs block before deductions that the rates divide",
        _plus(total, changed),
        how="block before deductions as printed + change by other inputs",
        figure_id=dsg_id(rows.store, rows.year, rows.authority.la_code, TOTALS[0]),
    )


def _add_rate(rows: _Rows, total: str, table: RateTable) -> None:
    """Add the rate per head, pupil or plan, England's rate and the gap between them in pounds."""
    spec, code, key = table.spec, rows.authority.la_code, key_of_rate(table.spec)
    per, words, unit = _WORDS[key], f"£ per {spec.per}", _RATE_UNITS[spec.per]
    rows.part = f"Rate {per}"
    if code not in table.values:
        rows.missing(f"{key}_rate", f"Block {per}", unit=words, reason=table.excluded[code])
        return
    own = _add_denominator(rows, table)
    rate = rows.derived(
        f"{key}_rate",
        f"Block {per}",
        Operation("/", Column(total), Column(own)),
        unit=words,
        how=f"block that the rates divide ÷ {unit}",
        figure_id=rate_id(spec, code),
    )
    count, inputs = len(table.england_codes), table.england_inputs
    england_gbp, england_count = table.england_sums
    whole = f"; {together}" if (together := england_words(rows.store, table)) else ""
    pounds = rows.summed(
        f"{key}_england_gbp",
        f"England: blocks of the {count} authorities whose {unit} are counted",
        england_gbp,
        unit=POUND_UNIT,
        how=f"sum of {count} published cells{whole}",
        inputs=inputs,
    )
    heads = rows.summed(
        f"{key}_england_{unit}",
        f"England: {unit} of the same {count} authorities",
        england_count,
        unit=unit,
        how=f"sum over {count} authorities of {spec.denominator_words}{whole}",
        inputs=inputs,
    )
    england = rows.derived(
        f"{key}_england_rate",
        f"England's average block {per}",
        Operation("/", Column(pounds), Column(heads)),
        unit=words,
        how=f"England's pounds ÷ England's {unit}",
        figure_id=rate_id(spec, ENGLAND),
    )
    rows.derived(
        f"{key}_gap",
        f"More at England's average {per} (below nought: less)",
        Operation("*", _minus(england, rate), Column(own)),
        how=f"(England's average − own rate) × own {unit}",
        figure_id=f"gap:{spec.id_part}:{AVERAGE}:{code}",
    )


def _add_denominator(rows: _Rows, table: RateTable) -> str:
    """Add the published counts that make the denominator, and their sum where there are several; returns its key."""
    spec, unit, prefix = table.spec, _RATE_UNITS[table.spec.per], key_of_rate(table.spec)
    keys: list[Column] = []
    for number, id_ in enumerate(table.denominators.inputs[rows.authority.la_code], 1):
        known = next((row.key for row in rows.found if row.figure_id == id_ and row.formula is None), "")
        label, key = published_figure(rows.store, id_)[0].label, f"{prefix}_{unit}_{number}"
        keys.append(Column(known or rows.published(key, label, id_, unit=unit)))
    if len(keys) == 1:
        return keys[0].letter
    label = f"{capital(spec.denominator_words)}, together"
    first: Node = keys[0]
    node = reduce(lambda one, other: Operation("+", one, other), keys[1:], first)
    return rows.derived(f"{prefix}_{unit}", label, node, unit=unit, how="sum of the rows above")


def block_row_figure(store: Store, year: FinancialYear, la_code: str, key: str) -> Figure:
    """Return a row of a block sheet as a figure; `KeyError` where there is none or it is of another kind."""
    sheet = block_sheet(store, Authorities.of(store)[la_code], year)
    ids = {row.key: row.figure_id for row in sheet.rows}
    figure_id = f"blockrow:{year}:{la_code}:{key}"
    row = {row.figure_id: row for row in sheet.rows}[figure_id]
    return Figure(
        id=figure_id,
        label=f"{row.label}, {sheet.authority.prose}, {year}",
        value=None if isinstance(row.value, str) else row.value,
        unit=_FIGURE_UNITS.get(row.unit, "count"),
        basis="derived",
        inputs=tuple(ids[each] for each in keys_of(row.formula)) if row.formula else row.inputs,
        derivation=row.how,
        status="" if row.value is not None else row.how,
    )
