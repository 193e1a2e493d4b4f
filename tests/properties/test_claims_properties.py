"""Any reading gets one of the verdicts, soon and without an error; what was not read never has support."""

import datetime
import time
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.claims.check import check_reading
from hnf.claims.reading import CODES, Bound, Form, Moment, MomentKind, Number, Place, Quantity, Reading, Unit
from hnf.measures.register import MEASURES
from hnf.tables.store import Store

STORE = Store()
TODAY = datetime.date(2026, 11, 26)
SUPPORT = {"true", "true_on_some_bases", "was_true"}
BOUNDS = get_args(Bound)
PLACES: list[Place | None] = [
    None, Place("england", "England"), Place("authority", "Hertfordshire", ("919",)),
    Place("authority", "Cumbria", ("909",)), Place("authority", "Dorset", ("838",)),
    Place("authority", "the City of London", ("201",)), Place("authority", "the Isle of Wight", ("921",)),
    Place("together", "Shropshire and Telford", ("893", "894")), Place("region", "London", ("E12000007",)),
    Place("ambiguous", "Kingston", choices=("Hull", "Kingston upon Thames")), Place("outside", "Glasgow"),
    Place("unknown", "Narnia"), Place("rate", "average"), Place("rate", "lowest"),
    Place("combined", "Two", ("925", "940")),
]  # fmt: skip
QUANTITIES: list[Quantity | None] = [
    None, Quantity("plans", "EHC plans", ("plans", "plans_ehc")), Quantity("money", "funding", MEASURES),
    Quantity("formula", "the formula", ("nff",), is_named=True),
    Quantity("timely", "timeliness", ("within_20_weeks_pct",)),
    Quantity("requests", "requests", ("requests",)), Quantity("deficit", "the deficit", publisher="DfE"),
]  # fmt: skip
NUMBERS = st.builds(
    Number, st.floats(-1e9, 1e9), st.sampled_from(get_args(Unit)), st.floats(0, 1e6), st.sampled_from(BOUNDS)
)
DATES = st.dates(datetime.date(2009, 1, 1), datetime.date(2031, 12, 31))
MOMENTS = st.builds(Moment, st.sampled_from(get_args(MomentKind)), st.integers(2005, 2031), date=DATES)
PAST = st.builds(Moment, st.just("past"), st.integers(0, 40))


def _or_none(some: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), some)


READINGS = st.builds(
    Reading,
    form=st.sampled_from(get_args(Form)),
    who=st.sampled_from(PLACES),
    what=st.sampled_from(QUANTITIES),
    number=_or_none(NUMBERS),
    direction=st.sampled_from(["", "up", "down"]),
    is_negated=st.booleans(),
    start=_or_none(st.one_of(MOMENTS.filter(lambda moment: moment.kind != "past"), PAST)),
    end=_or_none(st.one_of(MOMENTS.filter(lambda moment: moment.kind != "past"), PAST)),
    per=st.sampled_from(["", "head", "pupil", "plan", "none", "child", "send_pupil", "high_needs_child"]),
    prices=st.sampled_from(["", "cash", "real"]),
    other=st.sampled_from(PLACES),
    other_number=_or_none(NUMBERS),
    group=st.sampled_from([None, None, *PLACES]),
    universe=_or_none(st.integers(1, 400)),
    end_of_rank=st.sampled_from(["", "lowest", "highest"]),
    part_of_rank=_or_none(st.floats(0.01, 1)),
    is_rank_of_change=st.booleans(),
    school_pupils=_or_none(st.floats(1, 5000)),
)
SAID = st.one_of(st.just(""), DATES.map(str), DATES.map(lambda day: str(day)[:7]), DATES.map(lambda day: str(day)[:4]))


@given(READINGS, SAID)
@settings(max_examples=400, deadline=None)
def test_any_reading_has_a_verdict(reading: Reading, said: str) -> None:
    start = time.process_time()
    answer = check_reading(STORE, reading, said, TODAY)
    assert time.process_time() - start < 5
    assert answer.code in CODES
    assert answer.sentence
    assert bool(answer.supporting) == (answer.code in SUPPORT)
    assert (answer.code == "needs_data") <= bool(answer.needs)
    answer.to_json()
    if answer.code in SUPPORT:
        assert all(found.fits for found in answer.supporting)
        unread = check_reading(STORE, replace(reading, unread=("a word",)), said, TODAY)
        assert unread.code == "not_understood"
        assert not unread.supporting


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from(BOUNDS))
def test_a_coarser_rounding_never_loses_support(
    computed: float, said: float, half: float, more: float, bound: Bound
) -> None:
    if Number(said, "pct", half, bound).holds(computed):
        assert Number(said, "pct", half + more, bound).holds(computed)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e6))
def test_a_number_always_fits_itself(number: float, half: float) -> None:
    assert all(Number(number, "pct", half, bound).holds(number) for bound in BOUNDS)


@pytest.mark.parametrize("bound", ["over", "at least"])
@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_than_has_no_ceiling(bound: Bound, said: float, more: float) -> None:
    assert Number(said, "pct", 0.0, bound).holds(said + more)
