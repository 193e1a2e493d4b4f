"""Years to the average: the closed form against year by year arithmetic, and refusals."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.analysis.catch_up import CatchUp, catch_up
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
HEAD = RateSpec(FinancialYear(2023), "block", "head")


def year_by_year(found: CatchUp) -> int:
    """Let both rates grow until the own one is at the target."""
    own, target, years = found.own_rate, found.target, 0
    while own < target * (1 - 1e-10):
        own *= 1 + found.own_growth_pct / 100
        target *= 1 + found.england_growth_pct / 100
        years += 1
    return years


@given(
    st.floats(100, 2_000),
    st.floats(100, 2_000),
    st.floats(-5, 10),
    st.floats(0.5, 10),
    st.sampled_from([80.0, 95.0, 100.0, 110.0]),
)
def test_the_closed_form_is_what_growing_year_by_year_gives(
    own: float, england: float, england_growth: float, faster: float, share: float
) -> None:
    found = CatchUp(HEAD, "919", "Hertfordshire", own, england, england_growth + faster, england_growth, share, None)
    assert abs(found.whole_years - year_by_year(found)) <= (1 if abs(found.years - round(found.years)) < 1e-6 else 0)
    grown = own * (1 + found.own_growth_pct / 100) ** found.years
    if found.years:
        assert grown == pytest.approx(found.target * (1 + england_growth / 100) ** found.years, rel=1e-9)


def test_hertfordshire(store: Store) -> None:
    """£690.23 against £866.63 a head: ln(1.2556) ÷ ln(1.05 ÷ 1.03) = 11.83 years."""
    found = catch_up(store, HEAD, "Hertfordshire", 5, 3)
    assert found.years == pytest.approx(11.83, abs=0.01)
    assert (found.whole_years, found.reached_in) == (12, "2035-36")
    assert found.whole_years == year_by_year(found)
    assert "12 years, in 2035-36" in found.sentence()
    figure = resolve(store, found.id)
    assert (figure.value, figure.basis) == (found.years, "estimated")
    assert len(trace(store, found.id).cells) == 2 * 151
    assert resolve(store, catch_up(store, HEAD, "919", 5.125, -1.0625, share_pct=95.5).id).value


def test_a_share_is_reached_sooner(store: Store) -> None:
    shares = [catch_up(store, HEAD, "919", 5, 3, share_pct=share).years for share in (85, 90, 100, 110)]
    assert shares == sorted(shares)
    assert catch_up(store, HEAD, "919", 5, 3, share_pct=50).years == 0


@pytest.mark.parametrize(("own", "england", "reason"), [(3, 3, "stays as wide"), (2, 3, "widens"), (-1, 0, "widens")])
def test_never_is_refused_with_the_reason(store: Store, own: float, england: float, reason: str) -> None:
    with pytest.raises(UsageError, match=f"never reaches it.*{reason}"):
        catch_up(store, HEAD, "919", own, england)


def test_above_already_needs_no_years(store: Store) -> None:
    found = catch_up(store, HEAD, "Camden", 0, 3)
    assert found.whole_years == 0
    assert "at or above England's rate already" in found.sentence()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("Hertfordshir", "--own-growth", "5", "--england-growth", "3"), "Did you mean Hertfordshire"),
        (("City of London", "--own-growth", "5", "--england-growth", "3"), "City of London has no rate"),
        (("Cumbria", "--own-growth", "5", "--england-growth", "3"), "Cumbria has no rate"),
        (("919", "--own-growth", "3", "--england-growth", "5"), "never reaches it"),
        (("919", "--own-growth", "3.000001", "--england-growth", "3"), "not reach it within 1,000 years"),
        (("919", "--own-growth", "-100", "--england-growth", "3"), "is no growth of a rate"),
        (("919", "--own-growth", "nan", "--england-growth", "3"), "is no growth of a rate"),
        (("919", "--own-growth", "5", "--england-growth", "3", "--share", "0"), "cannot be reached"),
        (("919", "--own-growth", "5"), "--england-growth"),
    ],
)
def test_mistakes_get_one_line(hnf: Run, options: tuple[str, ...], expected: str) -> None:
    answer = hnf("catch-up", *options, "--year", "2023-24")
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert len(answer.err.splitlines()) == 1


def test_the_command_says_that_it_is_arithmetic(hnf: Run) -> None:
    options = ("919", "--year", "2023-24", "--per", "head", "--own-growth", "5", "--england-growth", "3")
    text = hnf("catch-up", *options).out
    assert "no forecast" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    found = hnf("catch-up", *options, "--format", "json").json
    assert (found["basis"], found["whole_years"]) == ("estimated", 12)


@pytest.mark.parametrize("last", ["x:3:100", "3:5:100", "5:3:0", "5:3:nan"])
def test_ids_of_nothing_are_refused(store: Store, last: str) -> None:
    with pytest.raises(UsageError):
        resolve(store, f"catchup:2023-24:block:pupil:919:{last}")


def test_the_other_population_is_said_where_it_changes_the_answer(hnf: Run) -> None:
    """Westminster's block of £41,976,919 of 2023-24: far above England on the ONS estimate, below on the formula's."""
    options = ("--year", "2023-24", "--own-growth", "5", "--england-growth", "3")
    assert "67th lowest of 151" in " ".join(hnf("catch-up", "Westminster", *options).out.split())
    other = hnf("catch-up", "Westminster", *options, "--format", "json").json["other_population"]
    assert (other["population"], other["rank"], other["sign_differs"]) == ("dfe", 67, True)
    assert "formula's own population" not in hnf("catch-up", "Hertfordshire", *options).out
    assert hnf("catch-up", "919", *options, "--per", "pupil", "--format", "json").json["other_population"] is None
