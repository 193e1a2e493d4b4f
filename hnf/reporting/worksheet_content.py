"""What a sheet of live formulas holds, before it has a format: rows that name each other, and the values they give."""

from __future__ import annotations

from dataclasses import dataclass

from hnf.formula.formula_rows import FormulaRow


@dataclass(frozen=True)
class Worksheet:
    """A sheet of live formulas: inputs as published, then arithmetic on the rows above.

    Parameters
    ----------
    name : str
        Name of its tab, unique in the workbook, at most 31 characters.
    title, subtitle : str
        What it works out; how it is read.
    rows : tuple of FormulaRow
        In order; a formula names rows above it only.
    source : str
        The source line.
    notes : tuple of str
        Notes the title refers to.
    """

    name: str
    title: str
    subtitle: str
    rows: tuple[FormulaRow, ...]
    source: str
    notes: tuple[str, ...] = ()

    def figure_ids(self) -> tuple[str, ...]:
        """Every figure of the sheet once, in order of first appearance."""
        return tuple(dict.fromkeys(row.figure_id for row in self.rows if row.figure_id))
