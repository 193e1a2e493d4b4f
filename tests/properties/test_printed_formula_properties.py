"""Any printed formula: it evaluates as arithmetic says, and other text is refused, never run."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.errors import FormulaError
from hnf.formula.block import parse_formula

LETTERS = "ABCDEFGHI"
VALUES = st.fixed_dictionaries(
    {letter: st.integers(-(10**6), 10**6).map(float) for letter in LETTERS},
)
#: Pairs of a text and what it means on values.
ATOMS = st.one_of(
    st.sampled_from(LETTERS).map(lambda letter: (f"[{letter}]", lambda v: v[letter])),
    st.integers(0, 10**6).map(lambda number: (str(number), lambda _: float(number))),
    st.decimals(0, 100, places=2).map(lambda number: (f"{number}%", lambda _: float(number) / 100)),
)


def _joined(parts):
    (left, left_value), sign, (right, right_value), space = parts
    meaning = {
        "+": lambda v: left_value(v) + right_value(v),
        "-": lambda v: left_value(v) - right_value(v),
        "*": lambda v: left_value(v) * right_value(v),
    }[sign]
    return f"({left}{space}{sign}{space}{right})", meaning


FORMULAS = st.recursive(
    ATOMS,
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner, st.sampled_from(["", " "])).map(_joined),
    max_leaves=10,
)


@given(FORMULAS, VALUES)
def test_a_bracketed_formula_means_what_it_says(formula, values) -> None:
    text, meaning = formula
    assert parse_formula(f"= {text}").evaluate(values) == pytest.approx(meaning(values), rel=1e-12, abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.sampled_from(LETTERS)), min_size=1, max_size=8), VALUES)
def test_precedence_and_order_are_those_of_arithmetic(parts, values) -> None:
    text = "".join(f" {sign} [{letter}]" for sign, letter in parts).lstrip(" +-*")
    own = eval("".join(f"{sign}v['{letter}']" for sign, letter in parts).lstrip("+-*"), {"v": values})
    assert parse_formula(text).evaluate(values) == pytest.approx(own, rel=1e-12, abs=1e-9)


@given(FORMULAS, VALUES)
def test_terms_add_up_to_the_whole(formula, values) -> None:
    from hnf.formula.block import evaluate

    parsed = parse_formula(formula[0])
    total = sum(sign * evaluate(node, values) for sign, node in parsed.terms)
    assert total == pytest.approx(parsed.evaluate(values), rel=1e-9, abs=1e-6)
    assert set(parsed.letters) <= set(LETTERS)


@given(st.one_of(st.text(max_size=600), st.text(alphabet="[]ABC()+-*%=. 0123456789", max_size=60)))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    with contextlib.suppress(FormulaError):
        parsed = parse_formula(text)
        assert isinstance(parsed.evaluate(dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1.0)), float)
