"""Properties of scenarios on generated authorities and on the published block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hnf.errors import FormulaError
from hnf.results import FloatArray
from hnf.scenarios.changes import (
    BLOCK,
    STEP_TERMS,
    TERMS,
    BlockArrays,
    Change,
    apply_change,
    block_total,
    load_block_arrays,
    published_state,
    reference_rate,
    scenario_totals,
)
from hnf.tables.store import Store
from hnf.years import FinancialYear

PENNY = 0.01
YEAR = FinancialYear(2022)
pounds = st.floats(1e5, 3e8, allow_nan=False)
counts = st.floats(10, 4e5, allow_nan=False)


@st.composite
def blocks(draw: st.DrawFn) -> BlockArrays:
    """Two to twelve authorities; some without heads, pupils or plans, but never all of them."""
    n = draw(st.integers(2, 12))

    def array(values: st.SearchStrategy[float]) -> FloatArray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype=np.float64)

    def counted() -> FloatArray:
        found = array(st.one_of(counts, counts, counts, st.just(float("nan"))))
        found[0] = draw(counts)
        return found

    steps: dict[str, Any] = {term: array(pounds) for term in STEP_TERMS}
    steps["import_export"] = array(st.floats(-5e6, 5e6))
    return BlockArrays(
        year=YEAR,
        la_codes=tuple(f"{100 + place}" for place in range(n)),
        nff_before_gains_limit=steps["nff_in_protection"] + array(st.floats(-1e6, 1e7)),
        heads_ons=counted(),
        heads_dfe=counted(),
        pupils=counted(),
        plans=counted(),
        published_total=np.round(np.sum(list(steps.values()), axis=0)),
        absent_terms=(),
        excluded={},
        **steps,
    )


@st.composite
def pers(draw: st.DrawFn) -> dict[str, str]:
    per = draw(st.sampled_from(["head", "pupil", "plan"]))
    return {"per": per, **({"population": draw(st.sampled_from(["ons", "dfe"]))} if per == "head" else {})}


terms = st.sampled_from(TERMS)


def change(kind: str, **parameters: Any) -> Change:
    return Change(kind, parameters)


def moved(arrays: BlockArrays, *wanted: Change) -> FloatArray:
    return scenario_totals(arrays, wanted) - arrays.published_total


def count_of(arrays: BlockArrays, per: dict[str, str]) -> FloatArray:
    return arrays.count(per["per"], per.get("population", "ons"))


@given(blocks(), terms, pers(), st.booleans())
def test_nothing_changes_to_the_last_bit_where_nothing_is_changed(
    arrays: BlockArrays, term: str, per: dict[str, str], rest: bool
) -> None:
    nothing = (
        change("uplift", pct=0.0, term=term),
        change("gains_limit", share_removed=0.0),
        change("equal_rate", pct=0.0, term=term, **per),
        change("additional", pct=0.0, per="flat_share"),
        change("minimum_rate", rate_gbp=0.0, term=term, financed_by="rest" if rest else "national", **per),
    )
    assert (scenario_totals(arrays, ()) == arrays.published_total).all()
    assert (scenario_totals(arrays, nothing) == arrays.published_total).all()


@pytest.mark.parametrize("year", range(2019, 2024))
def test_the_identity_on_the_published_block(store: Store, year: int) -> None:
    arrays = load_block_arrays(store, FinancialYear(year))
    nothing = (change("uplift", pct=0.0, term=BLOCK), change("equal_rate", pct=0.0, term=BLOCK, per="pupil"))
    assert (scenario_totals(arrays, nothing) == arrays.published_total).all()


@given(blocks(), st.floats(0, 100), terms, pers())
def test_moving_to_equal_rates_holds_the_total_to_the_penny(
    arrays: BlockArrays, pct: float, term: str, per: dict[str, str]
) -> None:
    assert abs(moved(arrays, change("equal_rate", pct=pct, term=term, **per)).sum()) < PENNY


@given(blocks(), terms, pers())
def test_all_the_way_rates_are_equal_and_who_has_no_count_keeps_their_own(
    arrays: BlockArrays, term: str, per: dict[str, str]
) -> None:
    wanted = change("equal_rate", pct=100.0, term=term, **per)
    state = apply_change(arrays, published_state(arrays), wanted)
    after = block_total(arrays, state) if term == BLOCK else state[term]
    before = arrays.published_total if term == BLOCK else arrays.steps[term]
    count = count_of(arrays, per)
    known = ~np.isnan(count)
    rates = after[known] / count[known]
    assert rates == pytest.approx(np.full(known.sum(), rates[0]), rel=1e-9)
    assert (after[~known] == before[~known]).all()


@given(blocks(), st.sampled_from(["flat_share", "head", "pupil", "plan"]), st.floats(0, 100))
def test_the_additional_allocation_is_shared_whole(arrays: BlockArrays, per: str, pct: float) -> None:
    extra = {"population": "dfe"} if per == "head" else {}
    state = apply_change(arrays, published_state(arrays), change("additional", pct=pct, per=per, **extra))
    assert state["additional"].sum() == pytest.approx(arrays.additional.sum(), abs=PENNY)
    assert all(state[term] is arrays.steps[term] for term in STEP_TERMS if term != "additional")


@given(blocks(), pers(), st.floats(0, 1500), terms)
def test_a_minimum_paid_nationally_holds_for_all_and_nobody_loses(
    arrays: BlockArrays, per: dict[str, str], rate: float, term: str
) -> None:
    wanted = change("minimum_rate", rate_gbp=rate, term=term, financed_by="national", **per)
    state = apply_change(arrays, published_state(arrays), wanted)
    after = block_total(arrays, state) if term == BLOCK else state[term]
    count = count_of(arrays, per)
    known = ~np.isnan(count)
    assert (after[known] >= rate * count[known] - PENNY).all()
    assert (moved(arrays, wanted) >= 0).all()
    assert (moved(arrays, wanted)[~known] == 0).all()


@given(blocks(), pers(), st.floats(0, 100))
def test_a_minimum_paid_by_the_rest_holds_and_holds_the_total(
    arrays: BlockArrays, per: dict[str, str], pct: float
) -> None:
    """At most the average rate: more than that the rest never has."""
    wanted = change("minimum_rate", pct_of_average=pct, term=BLOCK, financed_by="rest", **per)
    least = reference_rate(arrays, wanted, "average") * pct / 100
    change_gbp = moved(arrays, wanted)
    count = count_of(arrays, per)
    known = ~np.isnan(count)
    after = arrays.published_total + change_gbp
    assert (after[known] >= least * count[known] - PENNY).all()
    assert abs(change_gbp.sum()) < PENNY
    assert (change_gbp[~known] == 0).all()


@given(blocks(), pers())
def test_more_than_the_average_for_all_cannot_be_paid_by_the_rest(arrays: BlockArrays, per: dict[str, str]) -> None:
    wanted = change("minimum_rate", pct_of_average=101.0, term=BLOCK, financed_by="rest", **per)
    with pytest.raises(FormulaError, match="the rest cannot pay"):
        moved(arrays, wanted)


@given(blocks(), st.floats(0, 50), st.floats(0, 50), terms)
def test_an_uplift_never_lowers_and_a_larger_one_gives_no_less(
    arrays: BlockArrays, one: float, other: float, term: str
) -> None:
    less, more = sorted((one, other))
    small, large = (moved(arrays, change("uplift", pct=pct, term=term)) for pct in (less, more))
    assert (small >= 0).all()
    assert (large >= small).all()


@given(blocks(), st.floats(0, 1), st.floats(0, 1))
def test_giving_back_what_the_limit_took_never_lowers_and_never_exceeds_column_g(
    arrays: BlockArrays, one: float, other: float
) -> None:
    less, more = sorted((one, other))
    small, large = (moved(arrays, change("gains_limit", share_removed=share)) for share in (less, more))
    before = arrays.nff_before_gains_limit
    assert before is not None
    assert (small >= 0).all()
    assert (large >= small).all()
    assert (large <= np.maximum(before - arrays.nff_in_protection, 0) + PENNY).all()


@given(blocks(), st.floats(-50, 50), st.floats(0, 1), st.floats(0, 100), st.permutations(range(4)))
def test_changes_of_different_steps_may_stand_in_any_order(
    arrays: BlockArrays, pct: float, share: float, way: float, order: list[int]
) -> None:
    disjoint = (
        change("gains_limit", share_removed=share),
        change("uplift", pct=pct, term="basic_entitlement"),
        change("additional", pct=way, per="pupil"),
        change("equal_rate", pct=way, term="hospital_ap", per="plan"),
    )
    shuffled = tuple(disjoint[place] for place in order)
    assert (scenario_totals(arrays, shuffled) == scenario_totals(arrays, disjoint)).all()


@given(blocks(), st.floats(-50, 50), terms)
def test_a_held_total_is_the_published_one(arrays: BlockArrays, pct: float, term: str) -> None:
    wanted = change("uplift", pct=pct, term=term), change("hold_total", term=term)
    assert np.abs(moved(arrays, *wanted)).max() < PENNY


@given(blocks(), st.lists(st.floats(0, 100), min_size=1, max_size=5), terms, pers())
@settings(max_examples=50)
def test_many_scenarios_at_once_are_the_same_to_the_last_bit_as_one_by_one(
    arrays: BlockArrays, values: list[float], term: str, per: dict[str, str]
) -> None:
    def wanted(pct: Any) -> tuple[Change, ...]:
        return (
            change("gains_limit", share_removed=pct / 100),
            change("uplift", pct=pct, term=term),
            change("equal_rate", pct=pct, term=BLOCK, **per),
            change("minimum_rate", pct_of_average=pct / 2, term=BLOCK, financed_by="rest", **per),
            change("hold_total", term=BLOCK),
        )

    together = scenario_totals(arrays, wanted(np.array(values)[:, None]))
    assert together.shape == (len(values), len(arrays))
    for row, pct in zip(together, values, strict=True):
        assert (row == scenario_totals(arrays, wanted(pct))).all()


@given(blocks(), st.randoms(use_true_random=False), pers(), st.floats(0, 100))
def test_the_order_of_authorities_does_not_matter(
    arrays: BlockArrays, random: Any, per: dict[str, str], pct: float
) -> None:
    from dataclasses import fields, replace

    order = list(range(len(arrays)))
    random.shuffle(order)
    assume(order != sorted(order))
    mixed: dict[str, Any] = {
        field.name: getattr(arrays, field.name)[order]
        for field in fields(arrays)
        if isinstance(getattr(arrays, field.name), np.ndarray)
    }
    wanted = change("equal_rate", pct=pct, term=BLOCK, **per)
    there = scenario_totals(arrays, (wanted,))
    again = scenario_totals(replace(arrays, **mixed), (wanted,))
    assert again == pytest.approx(there[order], rel=1e-12)


def test_arrays_cannot_be_written_to(store: Store) -> None:
    arrays = load_block_arrays(store, YEAR)
    with pytest.raises(ValueError, match="read-only"):
        arrays.additional[0] = 1.0
    assert load_block_arrays(store, YEAR) is arrays


@pytest.mark.parametrize(
    ("year", "absent", "without_plans"),
    [
        (2019, ("special_free_schools", "hospital_ap"), {"838", "839"}),
        (2020, ("hospital_ap", "additional"), set()),
        (2021, ("additional",), {"940", "941"}),
        (2022, (), set()),
        (2023, (), {"942", "943"}),
    ],
)
def test_what_a_year_has(store: Store, year: int, absent: tuple[str, ...], without_plans: set[str]) -> None:
    arrays = load_block_arrays(store, FinancialYear(year))
    assert arrays.absent_terms == absent
    assert all(not arrays.steps[term].any() for term in absent)
    assert set(arrays.without_count("plan")) == without_plans
    missing = {code for code, plans in zip(arrays.la_codes, arrays.plans, strict=True) if np.isnan(plans)}
    assert missing == without_plans
    assert (arrays.nff_before_gains_limit is None) == (year < 2022)
    steps = np.sum(list(arrays.steps.values()), axis=0)
    assert np.abs(steps - arrays.published_total).max() < 1


@pytest.mark.parametrize(("year", "pounds", "plans"), [(2021, 7_906_348_577, 430_665), (2023, 9_952_172_126, 517_012)])
def test_the_average_per_plan_is_englands_rate_with_reorganised_areas_whole(
    store: Store, year: int, pounds: int, plans: int
) -> None:
    """Printed totals and counts of England, without the City of London and the Isles of Scilly: £18,358 and £19,249."""
    arrays = load_block_arrays(store, FinancialYear(year))
    least = reference_rate(arrays, change("minimum_rate", pct_of_average=50.0, term=BLOCK, per="plan"), "average")
    assert least == pytest.approx(pounds / plans, rel=1e-9)
