"""The high needs block of a year, recomputed for every authority from the formula row printed above its total.

The additional allocation has a formula row of its own, a flat share of the formula before the gains limit; the
percentage printed there is rounded, so that the true share is solved from the totals of the columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from hnf.errors import FormulaError
from hnf.formula.printed import Column, Node, Operation, PrintedFormula, evaluate, parse_formula
from hnf.measures.published import block_frame, latest_edition, letters, require_year
from hnf.store import Store
from hnf.tables import term_label
from hnf.years import FinancialYear

TOTAL = "total_before_deductions"
ADDITIONAL = "additional"
BASIC_ENTITLEMENT = "basic_entitlement"


@dataclass(frozen=True)
class Step:
    """One part that the printed formula adds up: its term, letters as printed, and sign."""

    term: str
    letter: str
    label: str
    sign: int
    node: Node


@dataclass(frozen=True)
class BlockFormula:
    """The formula row of a year with its letters resolved to terms."""

    year: FinancialYear
    printed: PrintedFormula
    term_of_letter: dict[str, str]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The parts in printed order."""
        return tuple(self._step(sign, node) for sign, node in self.printed.terms)

    def _step(self, sign: int, node: Node) -> Step:
        if isinstance(node, Column):
            term = self.term_of_letter[node.letter]
            return Step(term, node.letter, term_label(term), sign, node)
        found = _letters_of(node)
        terms = tuple(self.term_of_letter[letter] for letter in found)
        if terms == ("basic_entitlement_rate", "basic_entitlement_pupils"):
            return Step(
                BASIC_ENTITLEMENT,
                "B×C" if found == ("B", "C") else "×".join(found),
                "Basic entitlement: rate × pupils in special schools and academies",
                sign,
                node,
            )
        return Step("_and_".join(terms), "×".join(found), " × ".join(term_label(term) for term in terms), sign, node)


def block_formula(store: Store, year: FinancialYear) -> BlockFormula:
    """Return the printed formula of a year's total.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    FormulaError
        If no formula row is printed for the total, or it names a letter that no column has.
    """
    return store.remember(("block formula", year), lambda: _block_formula(store, year))


def _block_formula(store: Store, year: FinancialYear) -> BlockFormula:
    text = _printed_row(store, require_year(store, year), TOTAL)
    if text is None:
        raise FormulaError(f"no formula is printed above the total of {year}")
    term_of_letter = {letter: term for term, letter in letters(store, year).items()}
    formula = parse_formula(text)
    unknown = [letter for letter in formula.letters if letter not in term_of_letter]
    if unknown:
        raise FormulaError(f"the formula of {year} names column {', '.join(unknown)}, which the sheet does not have")
    return BlockFormula(year, formula, term_of_letter)


def recompute(store: Store, year: FinancialYear, level: str = "local_authority") -> pl.DataFrame:
    """Recompute the block of every area of a level.

    Parameters
    ----------
    store : Store
    year : FinancialYear
    level : str
        `local_authority`, `national`, `regional` or `authority_type`.

    Returns
    -------
    polars.DataFrame
        `area`, one column a step in pounds, `recomputed_gbp`, `published_gbp`, `difference_gbp` (recomputed −
        published).

    Raises
    ------
    UsageError, FormulaError
        As `block_formula`.
    """
    formula = block_formula(store, year)
    frame = block_frame(store, year, level)
    columns = {letter: pl.col(term) for letter, term in formula.term_of_letter.items()}
    steps = {step.term: step.sign * evaluate(step.node, columns) for step in formula.steps}
    return (
        frame.select("area", published_gbp=pl.col(TOTAL), **steps)
        .with_columns(recomputed_gbp=pl.sum_horizontal(list(steps), ignore_nulls=False))
        .select(
            "area",
            *steps,
            "recomputed_gbp",
            "published_gbp",
            difference_gbp=pl.col("recomputed_gbp") - pl.col("published_gbp"),
        )
    )


@dataclass(frozen=True)
class AdditionalShare:
    """The additional allocation as a flat share of the formula before the gains limit.

    Parameters
    ----------
    printed : str
        The formula row, with a rounded percentage.
    solved_share : float
        Total of the additional allocation ÷ total of the formula before the gains limit.
    max_abs_difference_gbp : float
        The largest difference of any authority between its share at the solved rate and its printed amount.
    """

    printed: str
    solved_share: float
    max_abs_difference_gbp: float

    @property
    def rounds_to_print(self) -> bool:
        """Whether the solved share is the printed percentage, as far as that is printed."""
        whole, _, decimals = re.sub(r"[^0-9.]", "", self.printed).partition(".")
        printed = float(f"{whole}.{decimals or 0}") / 100
        return abs(self.solved_share - printed) <= 0.5 * 10.0 ** -(len(decimals) + 2) * (1 + 1e-9)


def additional_share(store: Store, year: FinancialYear) -> AdditionalShare | None:
    """Solve the true share of the additional allocation; None in years that print no such formula.

    Raises
    ------
    FormulaError
        If the printed formula is not a column times a percentage.
    """
    text = _printed_row(store, year, ADDITIONAL)
    if text is None:
        return None
    if not re.fullmatch(r"=\s*\[[A-Z]\]\s*\*\s*[\d.]+\s*%", text):
        raise FormulaError(f"the formula '{text}' of the additional allocation is not a column times a percentage")
    base = {letter: term for term, letter in letters(store, year).items()}[parse_formula(text).letters[0]]
    frame = block_frame(store, year)
    share = float(frame[ADDITIONAL].sum()) / float(frame[base].sum())
    difference = (frame[base] * share - frame[ADDITIONAL]).abs().max()
    return AdditionalShare(text, share, float(difference))  # type: ignore[arg-type]


def _printed_row(store: Store, year: FinancialYear, term: str) -> str | None:
    edition = latest_edition(store, "dsg_formula_rows", year)
    printed = store.remember("printed rows", lambda: _printed_rows(store))
    return printed.get((str(year), edition, term))


def _printed_rows(store: Store) -> dict[tuple[str, str, str], str]:
    rows = store.table("dsg_formula_rows").select("financial_year", "edition", "term", "printed").iter_rows()
    return {(year, edition, term): printed for year, edition, term, printed in rows}


def _letters_of(node: Node) -> tuple[str, ...]:
    if isinstance(node, Operation):
        return (*_letters_of(node.left), *_letters_of(node.right))
    return (node.letter,) if isinstance(node, Column) else ()
