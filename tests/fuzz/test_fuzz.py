"""Every reader on damaged and made-up input: no hang, no traceback, errors in one line.

The slow set draws more of the same; `HNF_FUZZ=100` draws a hundred times as many as the default set.
"""

from __future__ import annotations

import os

import pytest
from fixtures.made_up import write_zip
from fuzz.targets import SECONDS, TARGETS, seeds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hnf.errors import HnfError

#: What breaks readers more often than chance: inserted whole.
BITS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b'"', b"'", b"[", b"]", b"(" * 30, b"[" * 2000, b"{" * 2000,
    b"9" * 5000, b"1e999", b"nan", b"-0", b"inf", b"&#0;", b"<!DOCTYPE x>", b"<!ENTITY a 'b'>", b'="1"', b"\\u0000",
    b"\\",
    "１２".encode(), "\u202e".encode(), "\ud7ff".encode(), b"2023-24", b"0x1F", b"1_000",
    b"1979-05-27T07:32:00Z", b"true",
    b"z", b"low", b"%", b"=", b",,,,", b";", b"../..", b"A" * 40000, b'table:number-rows-repeated="999999999"',
    b"{}", b"[[x]]", b'r="XFD1048576"', b't="str"', b"<v/>", b"<is/>", b'office:value="1"',
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """A seed with a few pieces cut out, put in, doubled or turned."""
    content = bytearray(draw(st.sampled_from(seeds(name))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = min(len(content), at + draw(st.integers(0, 40)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            content[at:at] = draw(st.sampled_from(BITS))
        elif kind == 1:
            content[at:end] = draw(st.binary(max_size=8))
        elif kind == 2:
            content[at:at] = content[at:end] * draw(st.integers(1, 3))
        elif at < len(content):
            content[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(content)


def survives(name: str, content: bytes) -> None:
    began = sum(os.times()[:4])  # of processes that were waited for too
    try:
        TARGETS[name](content)
    except HnfError as error:
        line = error.line()
        assert "\n" not in line
    assert sum(os.times()[:4]) - began < SECONDS


TIMES = int(os.environ.get("HNF_FUZZ", "2"))
#: Examples of targets that take their time; `test_the_same_many_times` tries them.
SLOWER = {
    "ods_content": 15, "claim_file": 25, "claim_sentence": 40, "workbook": 40, "recogniser": 30, "xlsx_sheet": 60,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in SLOWER])
def test_damaged_input_gives_an_error_of_our_own_or_an_answer(name: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(content=damaged(name))
    def run(content: bytes) -> None:
        survives(name, content)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_the_same_many_times(name: str) -> None:
    @settings(max_examples=SLOWER.get(name, 60) * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(content=damaged(name))
    def run(content: bytes) -> None:
        survives(name, content)

    run()


BREAKERS = (
    b"", b"\0", b"\xff" * 100, b"[" * 20_000, b"(" * 20_000, b"a=" + b"[" * 5_000, b"x = " + b"9" * 5_000,
    b"\n" * 50_000,
    b"= " + b"[A] + " * 80 + b"[A]", b'"' * 9_999, b",", b"a = {b = 1", "\u202e\u2066x".encode() * 500,
)  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOWER)) for n in TARGETS])
def test_inputs_that_break_parsers(name: str) -> None:
    for content in BREAKERS:
        survives(name, content)


@given(st.text(alphabet="[]ABCGZ()+-*/%=.0123456789 ×−", max_size=60))
def test_a_formula_that_is_read_is_the_arithmetic_that_is_written(text: str) -> None:
    """Whatever the parser takes, Python's own grammar gives the same value to; what it refuses is refused as ours."""
    from ast import Add, BinOp, Constant, Mult, Name, Sub, parse, walk

    from hnf.formula.block import parse_formula

    values = {letter: float(number + 2) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    try:
        found = parse_formula(text)
    except HnfError:
        return
    python = text.translate(str.maketrans({"×": "*", "−": "-", "[": " ", "]": " "})).strip().removeprefix("=")
    import re

    python = re.sub(r"([0-9.]+)\s*%", r"(\1/100.0)", python).strip()
    python = re.sub(r"(?<![0-9.])0+(?=[0-9])", "", python)
    tree = parse(python, mode="eval")
    kinds = {type(node).__name__ for node in walk(tree)}
    assert kinds <= {"Expression", "BinOp", "Add", "Sub", "Mult", "Div", "Name", "Load", "Constant"}

    def value(node: object) -> float:
        if isinstance(node, Constant):
            return float(node.value)  # type: ignore[arg-type]
        if isinstance(node, Name):
            return values[node.id]
        assert isinstance(node, BinOp)
        left, right = value(node.left), value(node.right)
        if isinstance(node.op, Add):
            return left + right
        if isinstance(node.op, Sub):
            return left - right
        return left * right if isinstance(node.op, Mult) else left / right

    assert found.evaluate(values) == pytest.approx(value(tree.body))


def test_an_archive_of_a_version_that_nobody_has_is_refused() -> None:
    """Found by coverage: the directory says that version 20.5 of the format is needed."""
    archive = bytearray(write_zip({"data/one.csv": b"a\n1\n"}))
    directory = archive.index(b"PK\x01\x02")
    archive[directory + 6] = 205
    with pytest.raises(HnfError, match=r"damaged or cut short .*20\.5"):
        TARGETS["recogniser"](bytes(archive))
