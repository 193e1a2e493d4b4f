"""Rows of a sheet that works itself out: inputs as published, and arithmetic on the rows above.

A formula is written as a tree whose columns are keys of rows, in the nodes of the printed formulas, so that the row DfE
prints becomes the formula of a cell without being typed again. Each spreadsheet format writes the tree its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from hnf.errors import FormulaError
from hnf.formula.block import Column, Node, Number, Operation, evaluate

_PRIORITY = {"+": 1, "-": 1, "*": 2, "/": 2}
_WORD_SIGNS = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Rounded:
    """A number of pounds rounded to the penny: differences of sums in floating point are not exactly nought."""

    node: Node


@dataclass(frozen=True)
class Within:
    """`yes` where a number is no further from nought than a tolerance, else `no`."""

    node: Node
    tolerance: float


@dataclass(frozen=True)
class Beyond:
    """A number that is further from nought than a tolerance, else nought."""

    node: Node
    tolerance: float


@dataclass(frozen=True)
class Call:
    """Functions of spreadsheets on cells or columns of any sheet, worked out elsewhere: `RANK({0};{1};1)`.

    Arguments are separated by semicolons; numbers in braces stand for `keys`. A key of another sheet is written
    `name of the sheet!key`.
    """

    pattern: str
    keys: tuple[str, ...]


Formula = Node | Rounded | Within | Beyond | Call


@dataclass(frozen=True)
class FormulaRow:
    """One row: an input or a formula, under the key that formulas call it by.

    `part` and `letter` place it in the sheet, `value` is None where the publisher prints a symbol or a row it needs has
    none, `how` is the arithmetic or why there is no value, `place` file, sheet and cell. `figure_id` is empty for a yes
    or no; `inputs` are the figures behind a sum that is neither a published cell nor worked out in the sheet.
    """

    key: str
    label: str
    part: str
    letter: str
    value: float | int | str | None
    unit: str
    figure_id: str
    formula: Formula | None = None
    how: str = ""
    place: str = ""
    inputs: tuple[str, ...] = ()


def work_out(formula: Formula, values: Mapping[str, float | int | None]) -> float | str | None:
    """Evaluate a formula on the values of rows; None if one of them has none.

    Raises
    ------
    FormulaError
        If it names a row there is not.
    """
    if any(values.get(key, 0.0) is None for key in keys_of(formula)):
        return None
    if isinstance(formula, Rounded):
        # Half away from zero, as spreadsheets round; `round` would go to the even penny.
        exact = Decimal(repr(float(evaluate(formula.node, values))))
        return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP)) + 0.0
    if isinstance(formula, Beyond):
        number = float(evaluate(formula.node, values))
        return number if abs(number) > formula.tolerance else 0.0
    if isinstance(formula, Call):
        raise FormulaError(f"'{formula.pattern}' is worked out by a spreadsheet program")
    if isinstance(formula, Within):
        return YES if abs(float(evaluate(formula.node, values))) <= formula.tolerance else NO
    return float(evaluate(formula, values))


def keys_of(formula: Formula) -> tuple[str, ...]:
    """Return the keys of the rows that a formula names, in order of first appearance."""
    if isinstance(formula, Operation):
        return tuple(dict.fromkeys((*keys_of(formula.left), *keys_of(formula.right))))
    if isinstance(formula, Column):
        return (formula.letter,)
    if isinstance(formula, Call):
        return formula.keys
    return () if isinstance(formula, Number) else keys_of(formula.node)


def rename(node: Node, keys: Mapping[str, str]) -> Node:
    """Return a tree with other keys for some of its rows."""
    if isinstance(node, Operation):
        return Operation(node.sign, rename(node.left, keys), rename(node.right, keys))
    return Column(keys.get(node.letter, node.letter)) if isinstance(node, Column) else node


def write_formula(formula: Formula, address: Callable[[str], str], separator: str) -> str:
    """Write a formula as spreadsheets read it, without the equals sign.

    Parameters
    ----------
    address : callable
        Gives the address of the cell that holds the value of a row.
    separator : str
        Between the arguments of a function: a comma in Excel files, a semicolon in OpenDocument.
    """
    if isinstance(formula, Rounded):
        return f"ROUND({_write(formula.node, address)}{separator}2)"
    if isinstance(formula, Call):
        return formula.pattern.replace(";", separator).format(*map(address, formula.keys))
    if isinstance(formula, Beyond):
        inner = _write(formula.node, address)
        return f"IF(ABS({inner})<={formula.tolerance:.15g}{separator}0{separator}{inner})"
    if isinstance(formula, Within):
        inner = _write(formula.node, address)
        return f'IF(ABS({inner})<={formula.tolerance:.15g}{separator}"{YES}"{separator}"{NO}")'
    return _write(formula, address)


def say_formula(node: Node, name: Callable[[str], str]) -> str:
    """Write a tree for a reader: A + B × C."""
    return _write(node, name, _WORD_SIGNS)


def _write(node: Node, name: Callable[[str], str], signs: Mapping[str, str] | None = None) -> str:
    if isinstance(node, Column):
        return name(node.letter)
    if isinstance(node, Number):
        return f"{node.value:,.15g}" if signs else f"{node.value:.15g}"
    own = _PRIORITY[node.sign]
    left, right = _write(node.left, name, signs), _write(node.right, name, signs)
    if isinstance(node.left, Operation) and _PRIORITY[node.left.sign] < own:
        left = f"({left})"
    if isinstance(node.right, Operation) and (
        _PRIORITY[node.right.sign] < own or (_PRIORITY[node.right.sign] == own and node.sign in "-/")
    ):
        right = f"({right})"
    return f"{left}{(signs or {}).get(node.sign, node.sign)}{right}"
