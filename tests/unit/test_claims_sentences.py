"""Plain sentences of the seven kinds, read into claims; number words; what a number's rounding allows."""

from typing import Any

import pytest

from hnf.claims.sentence import fits, half_unit, parse_sentence, percentages, pounds, words_to_digits
from hnf.tables.store import Store
from hnf.years import FinancialYear

READ: list[tuple[str, dict[str, Any]]] = [
    (
        "EHC plans in Hertfordshire have risen by 223% since 2015",
        {"kind": "1", "authority": "919", "value": 223, "start": 2015, "end": None, "tolerance": 0.5},
    ),
    ("EHCPs in Kent more than doubled from 2015 to 2024", {"value": 100, "qualifier": "at least", "end": 2024}),
    ("There are over 8,000 EHC plans in Leicestershire", {"unit": "plans", "value": 8000, "qualifier": "over"}),
    (
        "Hertfordshire is third lowest funded of 151",
        {"kind": "2", "value": 3, "universe": 151, "direction": "lowest"},
    ),
    (
        "Cornwall ranks one hundred and forty-fourth out of 151 per pupil",
        {"kind": "2", "value": 144, "direction": "highest", "per": "pupil", "authority": "908"},
    ),
    ("East Riding is the lowest funded authority", {"kind": "2", "value": 1, "authority": "811"}),
    ("third lowest of any county in Hertfordshire", {"group": "counties"}),
    (
        "£614 a head in Hertfordshire against £935 in Buckinghamshire",
        {"kind": "3", "value": 614, "other_value": 935, "comparator": "825", "per": "head"},
    ),
    (
        "The lowest funded authority receives £960 per pupil, the highest £3,300",
        {"kind": "3", "authority": "lowest", "comparator": "highest", "other_value": 3300, "other_tolerance": 50},
    ),
    ("Kent gets £20,000 per child with an EHCP", {"per": "plan"}),
    ("Kent gets £900 per pupil with SEND", {"per": "send_pupil"}),
    ("Kent gets £900 per high-needs child", {"per": "high_needs_child"}),
    (
        "£47 million more if Hertfordshire were funded at the national average",
        {"kind": "4", "value": 47e6, "tolerance": 5e5, "comparator": "average"},
    ),
    ("At Peterborough's rate Cambridgeshire would have £33m more", {"authority": "873", "comparator": "874"}),
    ("Kent would have £1.2bn more at the median rate", {"value": 1.2e9, "tolerance": 5e7, "comparator": "median"}),
    (
        "In Cambridgeshire funding up 72%, plans up 91% since 2017",
        {"kind": "5", "value": 72, "other_value": 91, "start": 2017},
    ),
    ("Funding in Leeds rose 11 per cent in 2022/23", {"kind": "5", "value": 11, "year": FinancialYear(2022)}),
    ("Funding in Leeds rose 11% from 2021-22 to 2023-24 in real terms", {"start": 2021, "end": 2023, "prices": "real"}),
    ("It will take Kent fifteen years to catch up", {"kind": "6", "value": 15, "unit": "years"}),
    ("That is £118,000 a primary school in Kent", {"kind": "7", "value": 118_000, "tolerance": 500}),
    ("Historic spend is about 25% of the formula funding in 2025-26", {"kind": "share", "qualifier": "about"}),
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text for text, _ in READ])
def test_a_sentence_is_read(store: Store, text: str, expected: dict[str, Any]) -> None:
    claim = parse_sentence(store, text)[0]
    assert not claim.problem
    assert {key: getattr(claim, key) for key in expected} == expected


def test_who_names_the_authority_and_the_sentence_the_comparator(store: Store) -> None:
    (claim,) = parse_sentence(store, "£85 million more at Buckinghamshire's rate", "Hertfordshire")
    assert (claim.authority, claim.comparator) == ("919", "825")


def test_common_words_are_not_towns(store: Store) -> None:
    assert parse_sentence(store, "reading between the lines, plans up 20% since 2020")[0].authority == ""
    assert parse_sentence(store, "In Reading plans are up 20% since 2020")[0].authority == "870"
    assert parse_sentence(store, "In North Yorkshire plans are up 20% since 2020")[0].authority == "815"


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("third lowest", "3rd lowest"),
        ("twenty-first of one hundred and fifty-one", "21st of 151"),
        ("fifteen years", "15 years"),
        ("one hundred and thirty-third", "133rd"),
        ("anyone and none, often", "anyone and none, often"),
    ],
)
def test_number_words(words: str, digits: str) -> None:
    assert words_to_digits(words) == digits


def test_money_and_percentages() -> None:
    assert [n.value for n in pounds("£47m, £1.5 billion, £118,000 and 3 million pounds")] == [47e6, 1.5e9, 118e3, 3e6]
    assert [n.value for n in percentages("up 72%, 91 per cent, 1,200 percent, doubled")] == [72, 91, 1200, 100]


@pytest.mark.parametrize(
    ("digits", "scale", "half"),
    [("23.8", 1e6, 5e4), ("47", 1e6, 5e5), ("614", 1, 0.5), ("118000", 1, 500), ("3300", 1, 50), ("10", 1, 0.5)],
)
def test_the_last_place_said_decides(digits: str, scale: float, half: float) -> None:
    assert half_unit(digits, scale) == pytest.approx(half)


@pytest.mark.parametrize(
    ("computed", "said", "qualifier", "expected"),
    [
        (223.1, 223, "", True),
        (223.6, 223, "", False),
        (31.8, 30, "over", True),
        (29.9, 30, "over", False),
        (215.0, 100, "at least", True),
        (96.0, 100, "nearly", True),
        (float("nan"), 1, "about", False),
    ],
)
def test_fits(computed: float, said: float, qualifier: str, expected: bool) -> None:
    assert fits(computed, said, 0.5, qualifier) is expected
