"""The high needs block of a year, recomputed for every authority from the formula row printed above its total.

The additional allocation has its own formula row, a flat share of the formula before the gains limit; the
percentage printed there is rounded, so that the true share is solved from the totals of the columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.errors import FormulaError
from hnf.measures.published import block_frame, formula_rows, letters, require_year
from hnf.tables.schema import term_label
from hnf.tables.store import Store
from hnf.years import FinancialYear

# Reads and evaluates the formula rows that DfE prints above the columns: `= [A] + ( [B] * [C] ) + [D] + [G] *
# 4.12%`.
#
# The grammar is arithmetic on column letters, numbers and percentages, and nothing else; no text is ever
# executed.

_TOKEN = re.compile(r"\s*(?:\[(?P<letter>[A-Z])\]|(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<percent>\s*%)?|(?P<sign>[-+*()]))")
#: Signs that print puts for * and -.
_SPELLINGS = str.maketrans({"×": "*", "−": "-", "–": "-"})
MAX_LENGTH = 500
MAX_DEPTH = 20

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


@dataclass(frozen=True)
class Column:
    """A column letter."""

    letter: str


@dataclass(frozen=True)
class Number:
    """A number; a percentage is its hundredth part."""

    value: float


@dataclass(frozen=True)
class Operation:
    """Two operands and +, - or *; rows worked out by this package may divide (/), printed ones never do."""

    sign: str
    left: Node
    right: Node


Node = Column | Number | Operation


@dataclass(frozen=True)
class PrintedFormula:
    """A parsed formula row."""

    text: str
    tree: Node

    @property
    def letters(self) -> tuple[str, ...]:
        """Column letters in the order of their first appearance."""
        return tuple(dict.fromkeys(_letters(self.tree)))

    @property
    def terms(self) -> tuple[tuple[int, Node], ...]:
        """The parts that are added up, with their sign: the steps of the formula."""
        return tuple(_terms(self.tree, 1))

    def evaluate(self, columns: Mapping[str, Any]) -> Any:
        """Evaluate on numbers or arrays by column letter."""
        return evaluate(self.tree, columns)


def parse_formula(text: str) -> PrintedFormula:
    """Parse a printed formula row.

    Parameters
    ----------
    text : str
        Such as `= [A] + ( [B] * [C] ) + [D]`; the equals sign may be missing.

    Raises
    ------
    FormulaError
        If it is anything but arithmetic on column letters, numbers and percentages; names the place.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"a formula row of {len(text):,} characters is longer than {MAX_LENGTH}")
    return PrintedFormula(text.strip(), _Parser(text).parse())


def evaluate(node: Node, columns: Mapping[str, Any]) -> Any:
    """Evaluate one node of a formula on numbers or arrays by column letter."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Column):
        if node.letter not in columns:
            raise FormulaError(f"the formula names column {node.letter}, which the sheet does not have")
        return columns[node.letter]
    return _OPERATORS[node.sign](evaluate(node.left, columns), evaluate(node.right, columns))


def _letters(node: Node) -> list[str]:
    if isinstance(node, Operation):
        return [*_letters(node.left), *_letters(node.right)]
    return [node.letter] if isinstance(node, Column) else []


def _terms(node: Node, sign: int) -> list[tuple[int, Node]]:
    if isinstance(node, Operation) and node.sign in "+-":
        return [*_terms(node.left, sign), *_terms(node.right, sign if node.sign == "+" else -sign)]
    return [(sign, node)]


class _Parser:
    """Recursive descent over at most `MAX_LENGTH` characters and `MAX_DEPTH` brackets."""

    def __init__(self, text: str) -> None:
        self.text = text.translate(_SPELLINGS).strip().removeprefix("=").strip()
        self.position = 0

    def parse(self) -> Node:
        tree = self._sum(0)
        if self.text[self.position :].strip():
            raise self._error()
        return tree

    def _sum(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise FormulaError(f"the formula row '{self.text}' has more than {MAX_DEPTH} brackets within brackets")
        node = self._product(depth)
        while (sign := self._peek()) in ("+", "-"):
            self._take()
            node = Operation(sign, node, self._product(depth))
        return node

    def _product(self, depth: int) -> Node:
        node = self._atom(depth)
        while self._peek() == "*":
            self._take()
            node = Operation("*", node, self._atom(depth))
        return node

    def _atom(self, depth: int) -> Node:
        token = self._take()
        if token["letter"]:
            return Column(token["letter"])
        if token["number"]:
            scale = 100.0 if token["percent"] else 1.0
            return Number(float(token["number"]) / scale)
        if token["sign"] == "(":
            node = self._sum(depth + 1)
            if self._peek() != ")":
                raise self._error()
            self._take()
            return node
        raise self._error()

    def _peek(self) -> str:
        token = _TOKEN.match(self.text, self.position)
        return (token["sign"] or "") if token else ""

    def _take(self) -> re.Match[str]:
        token = _TOKEN.match(self.text, self.position)
        if not token:
            raise self._error()
        self.position = token.end()
        return token

    def _error(self) -> FormulaError:
        rest = self.text[self.position :].strip()[:20] or "the end"
        return FormulaError(
            f"cannot read the formula row '{self.text[:80]}' at '{rest}'",
            todo="It may hold column letters in square brackets, numbers, percentages, + - * and round brackets only.",
        )


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
        found = tuple(_letters(node))
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
    return store.cached(("block formula", year), lambda: _block_formula(store, year))


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
    return store.cached(("recomputed", year, level), lambda: _recompute(store, year, level))


def _recompute(store: Store, year: FinancialYear, level: str) -> pl.DataFrame:
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
    """The additional allocation as a flat share of the formula before the gains limit, as printed (rounded) and solved.

    `max_abs_difference_gbp` is the largest difference of an authority between the solved share and its printed amount.
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
    row = _printed_rows(store, year).get(term)
    return str(row["printed"]) if row else None


def formula_place(store: Store, year: FinancialYear) -> str:
    """Return where the formula row of the total is printed."""
    row = _printed_rows(store, year)[TOTAL]
    return f"formula printed in {row['source_id']}, sheet {row['sheet']}, cell {row['cell']}"


def _printed_rows(store: Store, year: FinancialYear) -> dict[str, dict[str, Any]]:
    def read() -> dict[str, dict[str, Any]]:
        return {row["term"]: row for row in formula_rows(store, year).iter_rows(named=True)}

    return store.cached(("printed rows", year), read)
