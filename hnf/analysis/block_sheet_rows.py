"""Collects the rows of a block sheet: a published cell, a sum that is traced elsewhere, or arithmetic on rows above."""

from __future__ import annotations

from hnf.authorities import Authority
from hnf.errors import UsageError
from hnf.figures import Unit
from hnf.formula.formula_rows import Formula, FormulaRow, work_out
from hnf.formula.printed import Column, Number, Operation
from hnf.measures.published import POUNDS, Cell, published_figure
from hnf.store import Store
from hnf.years import FinancialYear

PRINTED = "Published input"
IN_POUNDS = "Input in pounds"
POUND_UNIT = "pounds (£)"
_UNITS = {"gbp": POUND_UNIT, "gbp_million": "£ million", "gbp_per_pupil": "£ per pupil"}
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
        """Add a published cell as printed; where it is in millions, a row in pounds after it.

        Returns
        -------
        str
            Key of the row that formulas use: in pounds where it is money.
        """
        try:
            figure, cell = published_figure(self.store, figure_id)
        except UsageError:
            self._add(FormulaRow(key, label, part, letter, None, unit or POUND_UNIT, figure_id, how="not published"))
            return key
        words = unit or _UNITS.get(cell.printed_unit, cell.printed_unit)
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
