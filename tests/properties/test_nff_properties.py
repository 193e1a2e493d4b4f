"""What holds for the factor engine whatever the authorities and the rules: generated data, nothing from England."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.errors import FormulaError
from hnf.factors.inputs import INPUTS, FactorInputs, checked_inputs
from hnf.factors.nff import FactorAllocations, FactorRules, allocate
from hnf.formula.parameters import IDACI_BANDS, PROXIES
from hnf.results import FloatArray

PENNY = 0.01
#: Nothing is timed: the first run of the engine also loads scipy.
untimed = settings(deadline=None)
#: A pound in ten thousand million: sums in another order differ in the last bits only.
CLOSE = {"rel": 1e-9, "abs": 1e-3}

COUNT_COLUMNS = [name for name, column in INPUTS.items() if column.unit == "count" and name.count("pupils") == 0]
RANGES = {
    "population_2_18_count": (1_000, 400_000),
    "historic_spend_gbp": (0, 200_000_000),
    "previous_baseline_per_head_gbp": (100, 2_000),
    "import_export_gbp": (-9_000_000, 9_000_000),
}
#: Input columns whose values decide a proxy, by proxy.
COLUMNS_OF = {
    proxy: [f"idaci_band_{band}_count" for band in IDACI_BANDS]
    if proxy == "idaci"
    else ["population_2_18_count" if proxy == "population" else f"{proxy}_count"]
    for proxy in PROXIES
}


@dataclass(frozen=True)
class Case:
    inputs: FactorInputs
    rules: FactorRules

    def run(self) -> FactorAllocations:
        return allocate(self.inputs, self.rules)

    def with_columns(self, **columns: FloatArray) -> Case:
        changed = {**self.inputs.columns, **columns}
        return Case(checked_inputs(self.inputs.la_codes, self.inputs.la_names, changed), self.rules)


def _column(draw: st.DrawFn, name: str, authorities: int) -> FloatArray:
    if name == "area_cost_adjustment_index":
        hundredths = draw(st.lists(st.integers(100, 120), min_size=authorities, max_size=authorities))
        return np.array(hundredths) / 100
    low, high = RANGES.get(name, (1, 50_000))
    return np.array(
        draw(st.lists(st.integers(low, high), min_size=authorities, max_size=authorities)), dtype=np.float64
    )


def _parts(draw: st.DrawFn) -> dict[str, float]:
    tickets = draw(st.lists(st.integers(1, 20), min_size=len(PROXIES), max_size=len(PROXIES)))
    return {proxy: ticket / sum(tickets) for proxy, ticket in zip(PROXIES, tickets, strict=True)}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Authorities and rules with a quantum that some proxy pot gives: between least and most, at a drawn place."""
    authorities = draw(st.integers(1, 9))
    columns = {name: _column(draw, name, authorities) for name in INPUTS}
    inputs = checked_inputs(
        [str(101 + i) for i in range(authorities)], [f"SYNTHETIC {i}" for i in range(authorities)], columns
    )
    floor_pct = draw(st.integers(0, 20)) / 2
    limit_pct = draw(st.one_of(st.none(), st.integers(0, 20).map(lambda more: floor_pct + more / 2)))
    share = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
    baseline = columns["previous_baseline_per_head_gbp"] * columns["population_2_18_count"]
    floor = (1 + floor_pct / 100) * baseline
    limit = np.full(authorities, np.inf) if limit_pct is None else (1 + limit_pct / 100) * baseline
    least = np.clip(share * columns["historic_spend_gbp"], floor, limit).sum()
    most = min(limit.sum(), 2 * least)
    rules = FactorRules(
        quantum_gbp=float(least + draw(st.floats(0, 1)) * (most - least)),
        funding_floor_pct=floor_pct,
        gains_limit_pct=limit_pct,
        basic_entitlement_rate_gbp=float(draw(st.integers(0, 9_000))),
        historic_spend_share=share,
        proxy_shares=_parts(draw),
        idaci_band_weights={band: float(draw(st.integers(1, 9))) for band in IDACI_BANDS},
        additional_allocation_gbp=float(draw(st.integers(0, 10**9))),
        additional_basis=draw(st.sampled_from(["population_2_18", "nff_before_gains_limit"])),
        statuses={},
    )
    return Case(inputs, rules)


@untimed
@given(cases())
def test_the_quantum_is_held_to_the_penny(case: Case) -> None:
    got = case.run()
    assert abs(got["nff_in_protection_gbp"].sum() - case.rules.quantum_gbp) < PENNY
    assert abs(got["additional_gbp"].sum() - case.rules.additional_allocation_gbp) < PENNY


@untimed
@given(cases())
def test_shares_add_to_the_pot(case: Case) -> None:
    got = case.run()
    for proxy in PROXIES:
        assert got[f"{proxy}_share"].sum() == pytest.approx(1.0, abs=1e-12)
        part = got.proxy_pot_gbp * case.rules.proxy_shares[proxy]
        assert got[f"{proxy}_factor_gbp"].sum() == pytest.approx(part, **CLOSE)
    assert got["proxy_factors_gbp"].sum() == pytest.approx(got.proxy_pot_gbp, **CLOSE)


@untimed
@given(cases())
def test_floor_and_limit_hold_for_every_authority(case: Case) -> None:
    got = case.run()
    inside = got["nff_in_protection_gbp"]
    population, baseline = case.inputs["population_2_18_count"], case.inputs["previous_baseline_per_head_gbp"]
    rise_pct = (inside / population / baseline - 1) * 100
    assert (rise_pct >= case.rules.funding_floor_pct - 1e-9).all()
    if case.rules.gains_limit_pct is not None:
        assert (rise_pct <= case.rules.gains_limit_pct + 1e-9).all()


@untimed
@given(cases(), st.data())
def test_the_order_of_authorities_does_not_matter(case: Case, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(case.inputs))))
    shuffled = checked_inputs(
        [case.inputs.la_codes[i] for i in order],
        [case.inputs.la_names[i] for i in order],
        {name: case.inputs[name][list(order)] for name in INPUTS},
    )
    again, first = allocate(shuffled, case.rules), case.run()
    for name in ("nff_in_protection_gbp", "additional_gbp", "basic_entitlement_gbp", "total_before_deductions_gbp"):
        assert again[name] == pytest.approx(first[name][list(order)], **CLOSE)


@untimed
@given(cases(), st.sampled_from([proxy for proxy in PROXIES if proxy != "population"]))
def test_doubling_a_proxy_for_all_changes_nothing(case: Case, proxy: str) -> None:
    doubled = case.with_columns(**{name: 2 * case.inputs[name] for name in COLUMNS_OF[proxy]})
    assert doubled.run()["total_before_deductions_gbp"].tolist() == case.run()["total_before_deductions_gbp"].tolist()


@untimed
@given(cases())
def test_doubling_every_population_and_halving_every_baseline_changes_no_amount(case: Case) -> None:
    population, baseline = case.inputs["population_2_18_count"], case.inputs["previous_baseline_per_head_gbp"]
    doubled = case.with_columns(population_2_18_count=2 * population, previous_baseline_per_head_gbp=baseline / 2)
    assert doubled.run()["nff_in_protection_gbp"].tolist() == case.run()["nff_in_protection_gbp"].tolist()


@untimed
@given(cases(), st.floats(0.5, 3))
def test_only_the_ratios_of_idaci_weights_matter(case: Case, factor: float) -> None:
    weights = {band: factor * weight for band, weight in case.rules.idaci_band_weights.items()}
    again = allocate(case.inputs, replace(case.rules, idaci_band_weights=weights))
    assert again["nff_in_protection_gbp"] == pytest.approx(case.run()["nff_in_protection_gbp"], **CLOSE)


@untimed
@given(cases(), st.sampled_from([proxy for proxy in PROXIES if proxy != "population"]), st.data())
def test_zero_weight_removes_a_factor(case: Case, proxy: str, data: st.DataObject) -> None:
    shares = {**case.rules.proxy_shares, proxy: 0.0}
    shares["population"] += case.rules.proxy_shares[proxy]
    without = replace(case, rules=replace(case.rules, proxy_shares=shares))
    other = data.draw(st.integers(0, 10**6))
    changed = without.with_columns(**{name: np.full(len(case.inputs), float(other)) for name in COLUMNS_OF[proxy]})
    assert changed.run()["nff_in_protection_gbp"].tolist() == without.run()["nff_in_protection_gbp"].tolist()
    assert not without.run()[f"{proxy}_factor_gbp"].any()


@untimed
@given(cases(), st.sampled_from(COUNT_COLUMNS), st.integers(1, 50_000), st.data())
def test_more_of_a_count_never_means_less(case: Case, column: str, more: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(case.inputs) - 1))
    raised = case.inputs[column].copy()
    raised[index] += more
    try:
        again = case.with_columns(**{column: raised}).run()
    except FormulaError:
        # More heads lift the authority's floor: the floors alone can then exceed the quantum, and that is refused.
        assert column == "population_2_18_count"
        return
    before = case.run()
    assert again[f"{_proxy_of(column)}_share"][index] >= before[f"{_proxy_of(column)}_share"][index]
    assert again["nff_in_protection_gbp"][index] >= before["nff_in_protection_gbp"][index] - 1e-3


def _proxy_of(column: str) -> str:
    return next(proxy for proxy, columns in COLUMNS_OF.items() if column in columns)


@untimed
@given(cases())
def test_more_quantum_never_means_less_for_anyone(case: Case) -> None:
    before = case.run()
    room = before["limit_gbp"].sum() - case.rules.quantum_gbp
    more = replace(case.rules, quantum_gbp=case.rules.quantum_gbp + min(max(room, 0.0), 1e6) / 2)
    after = allocate(case.inputs, more)
    assert (after["nff_in_protection_gbp"] >= before["nff_in_protection_gbp"] - 1e-3).all()


@untimed
@given(cases())
def test_the_same_case_gives_the_same_bits(case: Case) -> None:
    first, again = case.run(), case.run()
    assert first.proxy_pot_gbp == again.proxy_pot_gbp
    for name, values in first.columns.items():
        assert np.array_equal(values, again[name]), name


@untimed
@given(cases())
def test_no_rise_allowed_and_none_needed_leaves_everyone_at_the_baseline(case: Case) -> None:
    baseline = case.inputs["previous_baseline_per_head_gbp"] * case.inputs["population_2_18_count"]
    still = replace(case.rules, funding_floor_pct=0.0, gains_limit_pct=0.0, quantum_gbp=float(baseline.sum()))
    assert allocate(case.inputs, still)["nff_in_protection_gbp"].tolist() == baseline.tolist()


@untimed
@given(cases(), st.floats(1, 1e9))
def test_a_quantum_below_the_floors_is_refused(case: Case, short: float) -> None:
    floor = case.run()["floor_gbp"].sum()
    with pytest.raises(FormulaError, match="over the quantum"):
        allocate(case.inputs, replace(case.rules, quantum_gbp=float(floor - short)))


@untimed
@given(cases(), st.floats(1, 1e9))
def test_a_quantum_above_the_limits_is_refused(case: Case, over: float) -> None:
    limited = case.rules.gains_limit_pct
    rules = replace(case.rules, gains_limit_pct=case.rules.funding_floor_pct if limited is None else limited)
    most = (1 + rules.gains_limit_pct / 100) * (  # type: ignore[operator]
        case.inputs["previous_baseline_per_head_gbp"] * case.inputs["population_2_18_count"]
    ).sum()
    with pytest.raises(FormulaError, match="short of the quantum"):
        allocate(case.inputs, replace(rules, quantum_gbp=float(most + over)))
