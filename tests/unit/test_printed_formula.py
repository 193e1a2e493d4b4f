"""The printed formula rows: reading, evaluating, refusing."""

import pytest

from hnf.errors import FormulaError
from hnf.formula.block import MAX_DEPTH, MAX_LENGTH, parse_formula

VALUES = {"A": 100.0, "B": 3.0, "C": 7.0, "D": -5.0, "E": 2.0, "F": 11.0, "G": 200.0, "H": 13.0}


@pytest.mark.parametrize(
    ("printed", "expected"),
    [  # The rows of the five years as printed, worked by hand on VALUES.
        ("= [A] + ( [B] * [C] ) + [D] + [F]", 100 + 21 - 5 + 11),  # 2019-20
        ("= [A] + ( [B] * [C] ) + [D] + [E]", 100 + 21 - 5 + 2),  # 2020-21
        ("= [A] + ( [B] * [C] ) + [D] + [E] + [F]", 100 + 21 - 5 + 2 + 11),  # 2021-22
        ("= [A] + ( [B] * [C] ) + [D] + [E] + [F] + [H]", 100 + 21 - 5 + 2 + 11 + 13),  # 2022-23, 2023-24
        ("= [G] * 4.12%", 8.24),
        ("[A]-[B]-[C]", 90),
        ("[A] - ([B] - [C])", 104),
        ("[B] * [C] + [D] * [E]", 11),
        ("((([A])))", 100),
        ("= 50 % * [G]", 100),
        ("=[A]*0.5", 50),
    ],
)
def test_rows_evaluate_as_arithmetic_says(printed: str, expected: float) -> None:
    assert parse_formula(printed).evaluate(VALUES) == pytest.approx(expected, rel=1e-15)


def test_letters_and_terms_are_in_printed_order() -> None:
    formula = parse_formula("= [A] + ( [B] * [C] ) - [F] + [A]")
    assert formula.letters == ("A", "B", "C", "F")
    assert [sign for sign, _ in formula.terms] == [1, 1, -1, 1]


def test_a_difference_in_brackets_keeps_its_signs() -> None:
    assert [sign for sign, _ in parse_formula("[A] - ([B] - [C])").terms] == [1, -1, 1]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "the end"),
        ("=", "the end"),
        ("= [A] +", "the end"),
        ("= [A] [B]", r"\[B\]"),
        ("= [a]", r"\[a\]"),
        ("= [AB]", r"\[AB\]"),
        ("= A + B", "A \\+ B"),
        ("= [A] / [B]", "/ \\[B\\]"),
        ("= ([A] + [B]", "the end"),
        ("= [A])", r"\)"),
        ("= [A] ** [B]", r"\[B\]"),
        ("= 1e9", "e9"),
        ("= __import__('os').system('true')", "__import__"),
        ("= [A]; [B]", "; \\[B\\]"),
        ("= == [A]", "== \\[A\\]"),
        ("= -[A]", r"\[A\]"),
        ("= 4,12%", ",12%"),
        ("= [A] ÷ [B]", "÷ \\[B\\]"),
    ],
)
def test_anything_else_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(FormulaError, match=rf"cannot read the formula row .* at '{place}.*It may hold column letters"):
        parse_formula(text)


def test_length_and_depth_have_limits() -> None:
    with pytest.raises(FormulaError, match=f"longer than {MAX_LENGTH}"):
        parse_formula("[A]" + " + [A]" * MAX_LENGTH)
    with pytest.raises(FormulaError, match="brackets within brackets"):
        parse_formula("(" * (MAX_DEPTH + 1) + "[A]" + ")" * (MAX_DEPTH + 1))
    assert parse_formula("(" * MAX_DEPTH + "[A]" + ")" * MAX_DEPTH).evaluate(VALUES) == 100


def test_a_letter_without_a_column_is_named() -> None:
    with pytest.raises(FormulaError, match="names column Z, which the sheet does not have"):
        parse_formula("= [A] + [Z]").evaluate(VALUES)
