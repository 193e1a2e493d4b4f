"""Splitting a change: the parts add up whatever the numbers, and the order-free split has no favourite."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.analysis.funding_change import split_in_order, split_shapley
from hnf.analysis.shares import share_in_whole_pounds
from hnf.formula.protection import Bounds, ProtectionStatus, is_whole_places, protection_bounds, protection_status

amounts = st.floats(min_value=0, max_value=1e5, allow_nan=False)
pairs = st.lists(st.tuples(amounts, amounts), min_size=1, max_size=4)


def near(whole: float) -> float:
    return 1e-9 * max(1.0, abs(whole))


@given(pairs)
def test_parts_add_up_to_the_change(factors: list[tuple[float, float]]) -> None:
    before, after = zip(*factors, strict=True)
    change = math.prod(after) - math.prod(before)
    largest = max(math.prod(max(pair) for pair in factors), 1.0)
    for parts in (split_shapley(before, after), split_in_order(before, after)):
        assert math.fsum(parts) == pytest.approx(change, abs=near(largest))


@given(pairs, st.randoms(use_true_random=False))
def test_shapley_does_not_depend_on_the_order_of_the_factors(
    factors: list[tuple[float, float]], chance: object
) -> None:
    order = list(range(len(factors)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    before, after = zip(*factors, strict=True)
    straight = split_shapley(before, after)
    turned = split_shapley([before[i] for i in order], [after[i] for i in order])
    scale = max(math.prod(max(pair) for pair in factors), 1.0)
    assert turned == pytest.approx([straight[i] for i in order], abs=near(scale))


@given(amounts, amounts)
def test_equal_factors_get_equal_parts(before: float, after: float) -> None:
    first, second = split_shapley([before, before], [after, after])
    assert first == pytest.approx(second, abs=near(max(before, after) ** 2))


@given(pairs)
def test_going_back_undoes_going_there(factors: list[tuple[float, float]]) -> None:
    before, after = zip(*factors, strict=True)
    scale = max(math.prod(max(pair) for pair in factors), 1.0)
    there, back = split_shapley(before, after), split_shapley(after, before)
    assert back == pytest.approx([-part for part in there], abs=near(scale))


@given(amounts, amounts, amounts)
def test_a_factor_that_does_not_change_has_no_part(fixed: float, before: float, after: float) -> None:
    assert split_shapley([fixed, before], [fixed, after])[0] == 0
    assert split_in_order([fixed, before], [fixed, after])[0] == 0


def test_what_does_not_match_is_refused() -> None:
    with pytest.raises(ValueError, match="must match"):
        split_in_order([1, 2], [1])
    with pytest.raises(ValueError, match="must match"):
        split_in_order([1, 2], [1, 2], [0, 0])
    with pytest.raises(ValueError, match="more than 6"):
        split_shapley([1] * 7, [2] * 7)


positive = st.floats(min_value=1, max_value=1e6)


@given(
    st.integers(min_value=0, max_value=10**9),
    st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=60).filter(lambda ws: sum(ws) > 1),
)
def test_whole_pounds_add_up_and_stay_within_a_pound(total: int, weights: list[float]) -> None:
    shares = share_in_whole_pounds(total, np.array(weights))
    assert int(shares.sum()) == total
    exact = total * np.array(weights) / sum(weights)
    assert (np.abs(shares - exact) <= 1 + 1e-6).all()


@given(
    st.lists(st.tuples(positive, positive, positive), min_size=1, max_size=20),
    st.floats(min_value=0, max_value=20),
    st.floats(min_value=0.5, max_value=20),
)
def test_an_amount_on_a_bound_is_classed_so(
    areas: list[tuple[float, float, float]], floor_pct: float, more: float
) -> None:
    baseline, previous, people = (
        np.array(column) * scale for column, scale in zip(zip(*areas, strict=True), (1e3, 1, 1), strict=True)
    )
    bounds = protection_bounds(baseline, previous, people, floor_pct, floor_pct + more)
    assert (bounds.floor_gbp < bounds.limit_gbp).all()
    apart = bounds.limit_gbp - bounds.floor_gbp > 4
    assert (protection_status(bounds.floor_gbp, bounds)[apart] == ProtectionStatus.FLOOR.value).all()
    assert (protection_status(bounds.limit_gbp, bounds)[apart] == ProtectionStatus.LIMIT.value).all()
    wide = bounds.limit_gbp - bounds.floor_gbp > 10
    assert (
        protection_status((bounds.floor_gbp + bounds.limit_gbp) / 2, bounds)[wide] == ProtectionStatus.BETWEEN.value
    ).all()
    assert (protection_status(bounds.limit_gbp + 3, bounds) == ProtectionStatus.UNEXPLAINED.value).all()


@given(st.floats(min_value=1e6, max_value=1e8), st.floats(min_value=0.9, max_value=1.2), st.integers(1, 200))
def test_whole_places_are_found_and_nothing_beyond_what_can_have_moved(
    baseline: float, rise: float, places: int
) -> None:
    base = np.array([baseline])
    bound, published = rise * base, rise * (base + places * 6000)

    def found(published: np.ndarray, most: float) -> bool:
        return bool(is_whole_places(published, bound, base, most_gbp=np.array([most]), place_gbp=6000)[0])

    assert found(published, places * 6000)
    assert not found(published, places * 6000 - 1)
    assert not found(published + rise * 3000, 1e9)
    assert not found(bound, 1e9)


def test_six_factors_are_split_and_seven_are_not() -> None:
    """Each doubled in turn, from one to 64: the six are alike, so each has a sixth of the change of 63."""
    assert split_shapley([1.0] * 6, [2.0] * 6) == pytest.approx([63 / 6] * 6)
    with pytest.raises(ValueError, match="more than 6 factors"):
        split_shapley([1.0] * 7, [2.0] * 7)


def test_two_pounds_from_a_bound_is_on_it() -> None:
    """Floor £102 and limit £150: £104 is on the floor, £152 and £148 are on the limit, a penny further is not."""
    bounds = Bounds(np.array([100.0]), np.array([102.0]), np.array([150.0]))
    found = {
        pounds: protection_status(np.array([pounds]), bounds, 2.0)[0]
        for pounds in (104.0, 104.01, 148.0, 152.0, 152.01)
    }
    assert found == {
        104.0: ProtectionStatus.FLOOR.value,
        104.01: ProtectionStatus.BETWEEN.value,
        148.0: ProtectionStatus.LIMIT.value,
        152.0: ProtectionStatus.LIMIT.value,
        152.01: ProtectionStatus.UNEXPLAINED.value,
    }
