"""Changes that need factors, on the synthetic set: the quantum is held and the changed rule holds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hnf.errors import FormulaError
from hnf.factors.inputs import FactorInputs, read_factors
from hnf.factors.nff import FactorAllocations, FactorRules, allocate, change_rules, rules_of
from hnf.formula.parameters import load_parameters
from hnf.scenarios.changes import Change

FIXTURES = Path(__file__).parents[1] / "fixtures"


@cache
def inputs() -> FactorInputs:
    return read_factors(FIXTURES / "factors_synthetic.csv").inputs


@cache
def rules() -> FactorRules:
    return rules_of(load_parameters("2098-99", FIXTURES / "parameters_synthetic"))


CHANGES = (
    Change("funding_floor", {"pct": 5.0}),
    Change("gains_limit_rate", {"pct": 30.0}),
    Change("gains_limit", {"share_removed": 1.0}),
    Change("proxy_share", {"proxy": "idaci", "share": 0.3}),
    Change("historic_spend_share", {"share": 0.1}),
)


def changed(before: FactorRules, change: Change) -> FactorRules:
    return change_rules(before, change.kind, change.parameters)


def allocate_under(change: Change) -> FactorAllocations:
    return allocate(inputs(), changed(rules(), change))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.kind)
def test_the_quantum_is_held(change: Change) -> None:
    found = allocate_under(change)
    assert found["nff_in_protection_gbp"].sum() == pytest.approx(rules().quantum_gbp, abs=1)
    before = allocate(inputs(), rules())["nff_in_protection_gbp"]
    assert np.abs(found["nff_in_protection_gbp"] - before).max() > 1


def test_a_higher_floor_holds_and_without_a_limit_nobody_loses_to_it() -> None:
    floor = allocate_under(CHANGES[0])
    baseline = inputs()["previous_baseline_per_head_gbp"] * inputs()["population_2_18_count"]
    assert (floor["nff_in_protection_gbp"] >= 1.05 * baseline - 0.01).all()
    free = allocate_under(CHANGES[2])
    assert (free["gains_limit_loss_gbp"] == 0).all()


def test_the_other_proxies_keep_their_proportions() -> None:
    found = changed(rules(), CHANGES[3]).proxy_shares
    assert sum(found.values()) == pytest.approx(1)
    assert found["idaci"] == 0.3
    before = rules().proxy_shares
    assert found["population"] / found["bad_health"] == pytest.approx(before["population"] / before["bad_health"])


def test_what_cannot_be_changed() -> None:
    with pytest.raises(FormulaError, match="is made of the published block"):
        changed(rules(), Change("uplift", {"pct": 1.0, "term": "block"}))
    with pytest.raises(FormulaError, match=r"not 0\.5 of it"):
        changed(rules(), Change("gains_limit", {"share_removed": 0.5}))
    only = changed(rules(), Change("proxy_share", {"proxy": "idaci", "share": 1.0}))
    with pytest.raises(FormulaError, match="no proxy but idaci"):
        changed(only, CHANGES[3])
