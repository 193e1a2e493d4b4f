"""The one place that makes text fit for where it goes."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from fixtures.hostile_text import ALL, FORMULAS
from hypothesis import given
from hypothesis import strategies as st
from injection.test_answers import is_number, may_run, steering

from hnf.text import as_csv_text, as_json, as_shown, shown, starts_formula

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


def test_every_steering_character_of_unicode_is_left_out() -> None:
    # Unicode grows: the versions of Python that are tested know different ones of the last block.
    kinds = {code: unicodedata.category(chr(code)) for code in range(sys.maxunicode + 1)}
    bad = [code for code, kind in kinds.items() if kind in ("Cc", "Cf", "Cs") and chr(code) not in "\t\n"]
    assert len(bad) > 2_000
    assert [hex(code) for code in bad if shown(f"a{chr(code)}b") not in ("ab", "a b", "a\nb")] == []
    assert [hex(code) for code in bad if chr(code) in as_json([chr(code)])] == []
    assert [hex(code) for code in bad if chr(code) in as_csv_text(f"a{chr(code)}b")] == []


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_may_run_is_known(text: str) -> None:
    assert starts_formula(text) or "=" in text[1:]
    assert not may_run(as_csv_text(text))


@pytest.mark.parametrize(
    "text", ["Hertfordshire", "St. Helens", "Kingston upon Hull, City of", "-5", "-5.25", "3", "a-b"]
)
def test_an_ordinary_text_is_as_it_was(text: str) -> None:
    assert as_csv_text(text) == shown(text) == as_shown(text) == text


def test_an_apostrophe_goes_before_each_start() -> None:
    # Worked by hand.
    assert as_csv_text("a;=1\n+2;-3;x\t@y") == "a;'=1\n'+2;-3;x\t'@y"
    assert as_csv_text("\ufeff =1+1") == "'\\ufeff =1+1"
    assert as_csv_text("Kent; -2% since") == "Kent;' -2% since"
    assert as_shown(3) == 3


@given(ANY_TEXT | st.sampled_from(ALL).flatmap(lambda text: ANY_TEXT.map(lambda more: f"{text}{more}")))
def test_any_text(text: str) -> None:
    cell = as_csv_text(text)
    assert is_number(cell) or not may_run(cell)
    assert steering(cell) <= {"\t"}
    assert steering(shown(text)) <= {"\t"}
    assert shown(shown(text)) == shown(text)
    written = as_json({"text": text})
    assert steering(written) == set()
    assert json.loads(written) == {"text": text}
