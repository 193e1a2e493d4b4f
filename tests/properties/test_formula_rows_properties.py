"""Formulas as spreadsheets read them say the same as the trees they are written from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hnf.formula.block import Column, Node, Number, Operation, parse_formula
from hnf.formula.worked_rows import Rounded, Within, keys_of, rename, work_out, write_formula

VALUES = {"A": 3.0, "B": -7.25, "C": 0.5, "D": 1e6}
leaves: st.SearchStrategy[Node] = st.sampled_from([Column(letter) for letter in VALUES]) | st.integers(1, 9).map(
    lambda number: Number(float(number))
)
trees = st.recursive(leaves, lambda inner: st.builds(Operation, st.sampled_from("+-*"), inner, inner), max_leaves=12)


@given(trees, trees)
def test_brackets_stand_where_the_tree_needs_them(tree: Node, other: Node) -> None:
    divided = Operation("-", tree, Operation("/", other, Column("C")))
    text = write_formula(divided, str, ",")
    assert abs(eval(text, {}, VALUES) - float(work_out(divided, VALUES) or 0)) < 1e-6 * max(
        1, abs(eval(text, {}, VALUES))
    )


@given(trees)
def test_a_written_tree_without_division_is_read_back_the_same(tree: Node) -> None:
    text = write_formula(tree, "[{}]".format, ",")
    assert work_out(parse_formula(text).tree, VALUES) == work_out(tree, VALUES)


@given(trees)
def test_a_row_without_a_value_leaves_none_to_what_needs_it(tree: Node) -> None:
    unknown = {**VALUES, "A": None}
    assert (work_out(tree, unknown) is None) == ("A" in keys_of(tree))
    assert "A" not in keys_of(rename(tree, {"A": "Z"}))


def test_pennies_are_rounded_as_spreadsheets_do() -> None:
    half = {"A": -0.625, "B": 0.625, "C": -1e-9}
    assert [work_out(Rounded(Column(key)), half) for key in half] == [-0.63, 0.63, 0.0]
    assert str(work_out(Rounded(Column("C")), half)) == "0.0"  # no minus before nought
    assert work_out(Within(Column("A"), 0.6), half) == "no"
