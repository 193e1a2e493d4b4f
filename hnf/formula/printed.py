"""Reads and evaluates the formula rows that DfE prints above the columns: `= [A] + ( [B] * [C] ) + [D] + [G] * 4.12%`.

The grammar is arithmetic on column letters, numbers and percentages, and nothing else; no text is ever executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hnf.errors import FormulaError

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
        """Evaluate on numbers or arrays by column letter.

        Raises
        ------
        FormulaError
            If a letter has no value.
        """
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
    """Evaluate one node of a formula on numbers or arrays by column letter.

    Raises
    ------
    FormulaError
        If a letter has no value.
    """
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
