"""Changes that need factors, on the synthetic set: the quantum is held and the changed rule holds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hnf.errors import FormulaError
from hnf.formula.change_schema import Change
from hnf.formula.factor_changes import allocate_under, change_rules
from hnf.formula.factor_file import read_factors
from hnf.formula.factor_inputs import FactorInputs
from hnf.formula.nff import FactorRules, allocate, rules_of
from hnf.formula.parameter_files import load_parameters

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


def test_no_change_is_the_engine_itself() -> None:
    assert (
        allocate_under(inputs(), rules(), ())["total_before_deductions_gbp"]
        == allocate(inputs(), rules())["total_before_deductions_gbp"]
    ).all()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.kind)
def test_the_quantum_is_held(change: Change) -> None:
    found = allocate_under(inputs(), rules(), (change,))
    assert found["nff_in_protection_gbp"].sum() == pytest.approx(rules().quantum_gbp, abs=1)
    before = allocate(inputs(), rules())["nff_in_protection_gbp"]
    assert np.abs(found["nff_in_protection_gbp"] - before).max() > 1


def test_a_higher_floor_holds_and_without_a_limit_nobody_loses_to_it() -> None:
    floor = allocate_under(inputs(), rules(), CHANGES[:1])
    baseline = inputs()["previous_baseline_per_head_gbp"] * inputs()["population_2_18_count"]
    assert (floor["nff_in_protection_gbp"] >= 1.05 * baseline - 0.01).all()
    free = allocate_under(inputs(), rules(), (CHANGES[2],))
    assert (free["gains_limit_loss_gbp"] == 0).all()


def test_the_other_proxies_keep_their_proportions() -> None:
    found = change_rules(rules(), CHANGES[3]).proxy_shares
    assert sum(found.values()) == pytest.approx(1)
    assert found["idaci"] == 0.3
    before = rules().proxy_shares
    assert found["population"] / found["bad_health"] == pytest.approx(before["population"] / before["bad_health"])


def test_what_cannot_be_changed() -> None:
    with pytest.raises(FormulaError, match="is made of the published block"):
        change_rules(rules(), Change("uplift", {"pct": 1.0, "term": "block"}))
    with pytest.raises(FormulaError, match=r"not 0\.5 of it"):
        change_rules(rules(), Change("gains_limit", {"share_removed": 0.5}))
    only = change_rules(rules(), Change("proxy_share", {"proxy": "idaci", "share": 1.0}))
    with pytest.raises(FormulaError, match="no proxy but idaci"):
        change_rules(only, CHANGES[3])
