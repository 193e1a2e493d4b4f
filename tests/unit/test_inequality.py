"""Spread of rates, and its association with need: by hand, properties, the command line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.analysis.association import elasticity, spearman_interval, year_association
from hnf.analysis.inequality import STATISTICS, coefficient_of_variation, gini, spread, spreads, theil, theil_parts
from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec
from hnf.tables.store import Store
from hnf.years import FinancialYear

FY = FinancialYear
Run = Callable[..., Any]
AMOUNTS = st.floats(1.0, 1e5)
PLACES = st.lists(st.tuples(AMOUNTS, AMOUNTS, st.sampled_from("abc")), min_size=1, max_size=30)
Places = list[tuple[float, float, str]]


def columns(places: Places) -> tuple[list[float], list[float], list[str]]:
    rates, weights, groups = zip(*places, strict=True)
    return list(rates), list(weights), list(groups)


def test_by_hand() -> None:
    rates, weights = [1.0, 3.0], [1.0, 1.0]
    # Mean 2, deviations 1 and 1: CV = 1/2.
    assert coefficient_of_variation(rates, weights) == pytest.approx(0.5)
    # Mean absolute difference of all pairs (0, 2, 2, 0)/4 = 1; Gini = 1 / (2 × 2) = 0.25.
    assert gini(rates, weights) == pytest.approx(0.25)
    # (0.5 ln 0.5 + 1.5 ln 1.5) / 2 = (−0.34657 + 0.60820) / 2 = 0.13081
    assert theil(rates, weights) == pytest.approx(0.13081, abs=1e-5)


def test_weights_by_hand() -> None:
    # One person at 1 and three at 3 are four people at 1, 3, 3, 3: mean 2.5.
    # Mean absolute difference: 6 of 16 pairs differ by 2: 0.75; Gini = 0.75 / 5 = 0.15.
    assert gini([1.0, 3.0], [1.0, 3.0]) == pytest.approx(0.15)
    assert gini([1.0, 3.0, 3.0, 3.0], [1.0] * 4) == pytest.approx(0.15)
    # Variance (1.5² + 3 × 0.5²) / 4 = 0.75; CV = 0.86603 / 2.5 = 0.34641
    assert coefficient_of_variation([1.0, 3.0], [1.0, 3.0]) == pytest.approx(0.34641, abs=1e-5)


def test_theil_parts_by_hand() -> None:
    # Groups a (1, 3) and b (2): means 2 and 2, so that nothing lies between; within = T(1, 3) × 2/3 = 0.08721
    within, between = theil_parts([1.0, 3.0, 2.0], [1.0] * 3, ["a", "a", "b"])
    assert within == pytest.approx(0.13081 * 2 / 3, abs=1e-5)
    assert between == pytest.approx(0.0, abs=1e-12)


@given(PLACES)
def test_theil_within_and_between_add_up(places: Places) -> None:
    rates, weights, groups = columns(places)
    within, between = theil_parts(rates, weights, groups)
    assert within >= 0
    assert between >= 0
    assert within + between == pytest.approx(theil(rates, weights), abs=1e-9)


@given(PLACES)
def test_gini_is_between_nought_and_one(places: Places) -> None:
    rates, weights, _ = columns(places)
    assert 0 <= gini(rates, weights) < 1


@given(PLACES, AMOUNTS)
def test_equal_rates_have_no_spread(places: Places, rate: float) -> None:
    _, weights, groups = columns(places)
    rates = [rate] * len(weights)
    assert gini(rates, weights) == pytest.approx(0, abs=1e-9)
    assert theil(rates, weights) == pytest.approx(0, abs=1e-9)
    assert coefficient_of_variation(rates, weights) == pytest.approx(0, abs=1e-6)
    assert sum(theil_parts(rates, weights, groups)) == pytest.approx(0, abs=1e-9)


@given(PLACES, st.floats(0.01, 100), st.floats(0.01, 100))
def test_scale_of_rates_and_of_weights_does_not_matter(places: Places, money: float, people: float) -> None:
    rates, weights, groups = columns(places)
    scaled, heavy = [rate * money for rate in rates], [weight * people for weight in weights]
    for measure in (gini, theil, coefficient_of_variation):
        assert measure(scaled, heavy) == pytest.approx(measure(rates, weights), abs=1e-8)
    assert theil_parts(scaled, heavy, groups) == pytest.approx(theil_parts(rates, weights, groups), abs=1e-8)


@given(PLACES)
def test_order_does_not_matter(places: Places) -> None:
    rates, weights, groups = columns(places)
    back = columns(places[::-1])
    assert gini(back[0], back[1]) == pytest.approx(gini(rates, weights), abs=1e-9)
    assert theil_parts(*back) == pytest.approx(theil_parts(rates, weights, groups), abs=1e-9)


@pytest.mark.parametrize("per", ["head", "pupil", "plan"])
@pytest.mark.parametrize("measure", ["block", "nff"])
def test_every_year_adds_up(store: Store, measure: Any, per: Any) -> None:
    found = spreads(store, measure, per)
    assert [str(one.spec.year) for one in found] == ["2019-20", "2020-21", "2021-22", "2022-23", "2023-24"]
    for one in found:
        values = one.values
        assert values["theil_within"] + values["theil_between"] == pytest.approx(values["theil"])
        assert values["ratio"] == pytest.approx(values["highest"] / values["lowest"])
        assert 0 < values["gini"] < 1


def test_a_measure_of_some_years_is_given_for_those(store: Store) -> None:
    found = spreads(store, "nff_additional")
    assert {str(one.spec.year) for one in found} >= {"2022-23", "2023-24"}
    assert len(found) < 5


def test_whole_amounts_have_no_spread(store: Store) -> None:
    with pytest.raises(UsageError, match="differ in size"):
        spreads(store, per="none")


def test_figures_resolve(store: Store) -> None:
    one = spread(store, RateSpec(FY(2023), "nff", "pupil"))
    for statistic in STATISTICS:
        assert resolve(store, one.figure(statistic).id) == one.figure(statistic)
    with pytest.raises(UsageError, match="is unknown"):
        resolve(store, "inequality:2023-24:nff:pupil:luck")
    for estimate in (year_association(store, FY(2023)), elasticity(store)):
        for statistic in ("value", "low", "high"):
            assert resolve(store, estimate.figure(statistic).id) == estimate.figure(statistic)
    with pytest.raises(UsageError, match="is unknown"):
        resolve(store, "association:2023-24:block:pupil:2-18:value")


def test_interval_of_a_correlation_by_hand() -> None:
    # r = 0.5, n = 103: z = 0.549306; error = √(1.125 / 100) = 0.106066; reach 1.959964 × 0.106066 = 0.207886
    # tanh(0.341420) = 0.328753, tanh(0.757192) = 0.639424
    low, high = spearman_interval(0.5, 103)
    assert low == pytest.approx(math.tanh(0.549306 - 0.207886), abs=1e-5)
    assert high == pytest.approx(math.tanh(0.549306 + 0.207886), abs=1e-5)
    assert spearman_interval(1.0, 10) == (1.0, 1.0)


@given(st.floats(-0.999, 0.999), st.integers(5, 500))
def test_an_interval_holds_its_value_and_narrows(value: float, count: int) -> None:
    low, high = spearman_interval(value, count)
    wider = spearman_interval(value, count - 1)
    assert -1 <= wider[0] <= low <= value <= high <= wider[1] <= 1


def test_association_and_elasticity_are_as_computed_apart(store: Store) -> None:
    """Spearman's coefficient is Pearson's of the ranks; the slope is covariance over variance."""
    import numpy as np
    from scipy.stats import rankdata

    from hnf.analysis.association import _changes, _people
    from hnf.measures.rates import rate_table

    money = rate_table(store, RateSpec(FY(2023), "block", "head")).values
    need = rate_table(store, RateSpec(FY(2023), "block", "plan")).denominators.values
    people = _people(store, FY(2023), "0-25")
    codes = [code for code in money if code in need]
    ranks = [rankdata([money[c] for c in codes]), rankdata([need[c] / people[c][0] for c in codes])]
    found = year_association(store, FY(2023), ages="0-25")
    assert found.count == len(codes) == 149
    assert found.value == pytest.approx(np.corrcoef(*ranks)[0, 1])
    moved = _changes(store, "block", (FY(2019), FY(2023)))
    y = np.log([m[1] / m[0] for m, _, _ in moved])
    x = np.log([n[1] / n[0] for _, n, _ in moved])
    slope = elasticity(store)
    assert slope.count == len(moved) == 148  # 151, with three reorganised areas once each
    assert slope.value == pytest.approx(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
    assert slope.low < slope.value < slope.high


def test_years_that_cannot_be(store: Store) -> None:
    with pytest.raises(UsageError, match="2019-20 is not after 2023-24"):
        elasticity(store, start=FY(2023), end=FY(2019))
    with pytest.raises(UsageError, match="no allocation for 2016-17"):
        year_association(store, FY(2016))


# The command line


def test_contract(hnf: Run) -> None:
    found = hnf("inequality", "--measure", "nff", "--per", "pupil", "--format", "json").json
    assert len(found["years"]) == 5
    assert set(STATISTICS) <= set(found["years"][0])
    assert "pupils of the schools block" in found["weights"]
    assert any("Two authorities out of 151 decide this" in said for said in found["sentences"])
    one = hnf("inequality", "--year", "2023-24", "--format", "json").json
    assert len(one["years"]) == 1


def test_association_contract(hnf: Run) -> None:
    found = hnf("association", "--ages", "0-25", "--format", "json").json
    assert [row["authorities"] for row in found["years"]] == [147, 148, 148, 150, 149]
    assert all(row["low"] < row["value"] < row["high"] for row in [*found["years"], found["elasticity"]])
    assert any(said.startswith("Association is not cause") for said in found["sentences"])


@pytest.mark.parametrize("command", [("inequality",), ("inequality", "--per", "plan"), ("association",)])
def test_tables_fit_80_columns(hnf: Run, command: tuple[str, ...]) -> None:
    answer = hnf(*command)
    assert answer.code == 0
    assert max(len(line) for line in answer.out.splitlines()) <= 80
    json.loads(hnf(*command, "--format", "json").out)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("inequality", "--year", "2015-16"), "there is no allocation for 2015-16"),
        (("inequality", "--per", "none"), "none"),
        (("association", "--ages", "5-9"), "5-9"),
    ],
)
def test_mistakes_are_one_line(hnf: Run, command: tuple[str, ...], message: str) -> None:
    answer = hnf(*command)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1
