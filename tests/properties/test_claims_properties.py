"""Any text gets one of the verdicts, soon and without an error; a coarser rounding never loses support."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.claims.check import check_text
from hnf.claims.claim import VERDICTS
from hnf.claims.sentence import fits, words_to_digits
from hnf.tables.store import Store

STORE = Store()
WORDS = """
Hertfordshire Kent England plans EHCPs funding block lowest third 151 of per pupil head with SEND £47 million more at
the average median rate 223% since 2015 from to 2024 2023-24 2024-25 15 years catch up a school £ % bn -1 0 doubled
one hundred and twenty-first nationally formula £999999999999999bn 20000 99-00 2099-00 , .
"""
PIECES = st.sampled_from(WORDS.split())


def verdicts_of(text: str) -> set[str]:
    start = time.process_time()
    answers = check_text(STORE, text)
    assert answers
    assert time.process_time() - start < 5
    return {answer.verdict for answer in answers}


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_has_a_verdict(text: str) -> None:
    assert verdicts_of(text) <= set(VERDICTS)


@given(st.lists(PIECES, max_size=25))
@settings(max_examples=200, deadline=None)
def test_any_sentence_of_the_fields_words_has_a_verdict(words: list[str]) -> None:
    assert verdicts_of(" ".join(words)) <= set(VERDICTS)


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "1," * 50_000, "£" * 50_000, "one hundred and " * 9_000, "per " * 30_000, "\0\u202e" * 9_000],
)
def test_long_and_hostile_texts_are_answered_at_once(text: str) -> None:
    assert verdicts_of(text) == {"cannot be checked"}
    assert verdicts_of(text[:999]) <= set(VERDICTS)


@given(
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.sampled_from(["", "about", "over", "nearly", "at least"]),
)
def test_a_coarser_rounding_never_loses_support(
    computed: float, said: float, tolerance: float, more: float, hedge: str
) -> None:
    if fits(computed, said, tolerance, hedge):
        assert fits(computed, said, tolerance + more, hedge)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e6))
def test_a_number_always_fits_itself(number: float, tolerance: float) -> None:
    assert all(fits(number, number, tolerance, hedge) for hedge in ("", "about", "over", "nearly", "at least"))


@given(st.text(alphabet="0123456789 .,%£", max_size=60))
def test_digits_stay_as_they_are(text: str) -> None:
    assert words_to_digits(text) == text
