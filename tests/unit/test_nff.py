"""The factor engine: the synthetic set, the worked example of the documentation, and what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hnf.errors import FormulaError
from hnf.factors import nff
from hnf.factors.inputs import INPUTS, NAMES, FactorInputs, checked_inputs, factor_inputs, read_factors
from hnf.factors.nff import FactorAllocations, FactorRules, allocate, rules_of, solve_proxy_pot
from hnf.formula import protection as protection_rates
from hnf.formula.parameters import IDACI_BANDS, PROXIES, load_parameters

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
PENNY = 0.01


@cache
def synthetic_inputs() -> FactorInputs:
    return read_factors(FIXTURES / "factors_synthetic.csv").inputs


@cache
def synthetic_rules() -> FactorRules:
    return rules_of(load_parameters("2098-99", FIXTURES / "parameters_synthetic"))


@cache
def synthetic() -> FactorAllocations:
    return allocate(synthetic_inputs(), synthetic_rules())


@cache
def example_tables() -> list[tuple[list[str], dict[str, list[str]]]]:
    """Each table of the worked example: its headings, and the cells of each row by the name in its first cell."""
    text = (ROOT / "docs" / "worked-example.md").read_text(encoding="utf-8")
    tables = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        tables.append((lines[0], {row[0].strip("`"): row[1:] for row in lines[2:]}))
    return tables


def example_rows(first_heading: str) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for headings, table in example_tables():
        if headings[0] == first_heading:
            assert not rows.keys() & table.keys()
            rows |= table
    return rows


def number(cell: str) -> float:
    return float(cell.replace(",", ""))


@cache
def example() -> FactorAllocations:
    value = {name: number(cells[0]) for name, cells in example_rows("Parameter").items()}
    rules = FactorRules(
        quantum_gbp=value.pop("formula_quantum_gbp"),
        funding_floor_pct=value.pop("funding_floor_pct"),
        gains_limit_pct=value.pop("gains_limit_pct"),
        basic_entitlement_rate_gbp=value.pop("basic_entitlement_rate_gbp"),
        historic_spend_share=value.pop("historic_spend_share"),
        proxy_shares={proxy: value.pop(f"proxy_{proxy}_share") for proxy in PROXIES},
        idaci_band_weights={band: value.pop(f"idaci_band_{band}_weight") for band in IDACI_BANDS},
        additional_allocation_gbp=value.pop("additional_allocation_gbp"),
        additional_basis="nff_before_gains_limit",
        statuses={},
    )
    assert value == {}, "the page names a parameter that the engine does not read"
    columns = {name: np.array([number(cell) for cell in cells]) for name, cells in example_rows("Input").items()}
    return allocate(checked_inputs(("101", "102", "103"), ("Ash", "Beech", "Cedar"), columns), rules)


# Expected values of the next tests: worked by hand in docs/worked-example.md.
@pytest.mark.parametrize("name", example_rows("Step"))
def test_worked_example_step(name: str) -> None:
    *own, together = example_rows("Step")[name]
    assert example()[name] == pytest.approx([number(cell) for cell in own], rel=1e-12, abs=1e-6)
    if together:
        assert example()[name].sum() == pytest.approx(number(together), rel=1e-12, abs=1e-6)


def test_worked_example_shows_every_step() -> None:
    assert set(example_rows("Step")) == set(example().columns)
    assert set(example_rows("Input")) == set(INPUTS)


def test_worked_example_pot_and_binding_rules() -> None:
    assert example().proxy_pot_gbp == pytest.approx(40_000_000, abs=1e-4)
    assert list(example().binding) == example_rows("Which rule decides")["binding"]


def test_worked_example_claims_in_the_text() -> None:
    def total_with(pot: float) -> float:
        got = example()
        formula = got["historic_spend_factor_gbp"] + pot * got["proxy_share"]
        return float(np.clip(formula, got["floor_gbp"], got["limit_gbp"]).sum())

    assert total_with(40_000_001) - total_with(40_000_000) == pytest.approx(0.435, abs=1e-6)
    unprotected = replace(example().rules, funding_floor_pct=0.0, gains_limit_pct=None)
    free = checked_inputs(
        example().inputs.la_codes,
        example().inputs.la_names,
        {**example().inputs.columns, "previous_baseline_per_head_gbp": np.zeros(3)},
    )
    assert allocate(free, unprotected).proxy_pot_gbp == pytest.approx(40_480_000, abs=1e-4)


def test_synthetic_set_is_bound_where_it_was_built_to_be() -> None:
    # The fixture was built in threes: baselines too high for the formula, within reach of it, and far below it.
    assert list(synthetic().binding) == (["floor", "between", "limit"] * 5)[:14]


def test_synthetic_set_holds_the_quantum_to_the_penny() -> None:
    assert abs(synthetic()["nff_in_protection_gbp"].sum() - 1_275_500_000) < PENNY


def test_synthetic_set_on_floor_and_limit_gets_exactly_these() -> None:
    got = synthetic()
    inside, binding = got["nff_in_protection_gbp"], got.binding
    assert np.array_equal(inside[binding == "floor"], got["floor_gbp"][binding == "floor"])
    assert np.array_equal(inside[binding == "limit"], got["limit_gbp"][binding == "limit"])
    assert np.array_equal(inside[binding == "between"], got["formula_gbp"][binding == "between"])
    assert (got["floor_top_up_gbp"] > 0).tolist() == (binding == "floor").tolist()
    assert (got["gains_limit_loss_gbp"] > 0).tolist() == (binding == "limit").tolist()


def test_published_step_order() -> None:
    names = list(synthetic().columns)
    order = [
        "historic_spend_factor_gbp",
        "population_share",
        "proxy_factors_gbp",
        "formula_gbp",
        "floor_top_up_gbp",
        "nff_before_gains_limit_gbp",
        "gains_limit_loss_gbp",
        "nff_in_protection_gbp",
        "basic_entitlement_gbp",
        "hospital_ap_gbp",
        "additional_gbp",
        "total_before_deductions_gbp",
    ]
    assert sorted(order, key=names.index) == order


def test_steps_add_up_for_every_authority() -> None:
    got = synthetic()
    proxies = sum(got[f"{proxy}_factor_gbp"] for proxy in PROXIES)
    assert got["proxy_factors_gbp"] == pytest.approx(proxies, rel=1e-12)
    assert got["nff_before_gains_limit_gbp"] == pytest.approx(got["formula_gbp"] + got["floor_top_up_gbp"], rel=1e-12)
    left = got["nff_before_gains_limit_gbp"] - got["gains_limit_loss_gbp"]
    assert got["nff_in_protection_gbp"] == pytest.approx(left, rel=1e-12)
    outside = [
        got[f"{name}_gbp"]
        for name in ("basic_entitlement", "import_export", "special_free_schools", "hospital_ap", "additional")
    ]
    assert got["total_before_deductions_gbp"] == pytest.approx(got["nff_in_protection_gbp"] + sum(outside), rel=1e-12)
    assert got["additional_gbp"].sum() == pytest.approx(40_000_000, abs=PENNY)


def test_hospital_money_is_outside_floor_and_limit() -> None:
    more = {**synthetic_inputs().columns, "hospital_ap_gbp": synthetic_inputs()["hospital_ap_gbp"] + 1_000_000}
    again = allocate(checked_inputs(synthetic_inputs().la_codes, synthetic_inputs().la_names, more), synthetic_rules())
    assert np.array_equal(again["nff_in_protection_gbp"], synthetic()["nff_in_protection_gbp"])
    added = again["total_before_deductions_gbp"] - synthetic()["total_before_deductions_gbp"]
    assert added == pytest.approx(np.full(14, 1_000_000.0), abs=1e-6)


def test_additional_by_population() -> None:
    got = allocate(synthetic_inputs(), replace(synthetic_rules(), additional_basis="population_2_18"))
    per_head = got["additional_gbp"] / synthetic_inputs()["population_2_18_count"]
    assert per_head == pytest.approx(np.full(14, per_head[0]), rel=1e-12)
    with pytest.raises(FormulaError, match=r"has the basis 'plans'. Use population_2_18 or nff_before_gains_limit"):
        allocate(synthetic_inputs(), replace(synthetic_rules(), additional_basis="plans"))


def test_no_additional_allocation() -> None:
    got = allocate(synthetic_inputs(), replace(synthetic_rules(), additional_allocation_gbp=0.0, additional_basis=""))
    assert np.array_equal(got["additional_gbp"], np.zeros(14))


def test_without_a_gains_limit_nobody_loses_to_it() -> None:
    got = allocate(synthetic_inputs(), replace(synthetic_rules(), gains_limit_pct=None))
    assert "limit" not in set(got.binding)
    assert abs(got["nff_in_protection_gbp"].sum() - synthetic_rules().quantum_gbp) < PENNY
    assert got.proxy_pot_gbp < synthetic().proxy_pot_gbp


def test_tables_for_polars_and_pandas() -> None:
    frame = synthetic().to_polars()
    assert frame.columns[:2] == ["la_code", "la_name"]
    assert {*INPUTS, *synthetic().columns, "binding"} == set(frame.columns[2:])
    assert frame["nff_in_protection_gbp"].to_list() == synthetic()["nff_in_protection_gbp"].tolist()
    assert list(synthetic().to_pandas().columns) == frame.columns


def test_unverified_parameters_are_named_with_the_result() -> None:
    assert "proxy_population_share" in synthetic().rules.unverified


def test_real_years_cannot_run_on_what_was_not_found() -> None:
    with pytest.raises(FormulaError, match="2022-23 has no formula_quantum_gbp"):
        rules_of(load_parameters("2022-23"))
    with pytest.raises(FormulaError, match="suspended in 2026-27"):
        rules_of(load_parameters("2026-27"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"quantum_gbp": 1.0},
            r"historic spend and funding floors alone come to £1,\d{3},\d{3},\d{3}, over the quantum of £1",
        ),
        ({"quantum_gbp": 9e9}, r"on its gains limit the total is £1,.*, short of the quantum of £9,000,000,000"),
        ({"funding_floor_pct": 12.0}, r"funding floor of 12% is above the gains limit of 9%. Lower funding_floor_pct"),
        ({"proxy_shares": dict.fromkeys(PROXIES, 0.2)}, r"the proxy shares add up to 1.4, not to 1"),
    ],
)
def test_rules_that_cannot_hold_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        allocate(synthetic_inputs(), replace(synthetic_rules(), **changes))  # type: ignore[arg-type]


def test_a_proxy_that_nobody_has_is_refused_unless_it_has_no_part() -> None:
    none = {**synthetic_inputs().columns, "bad_health_count": np.zeros(14)}
    inputs = checked_inputs(synthetic_inputs().la_codes, synthetic_inputs().la_names, none)
    with pytest.raises(FormulaError, match=r"no authority has any bad_health.*set proxy_bad_health_share to 0"):
        allocate(inputs, synthetic_rules())
    shares = {**synthetic_rules().proxy_shares, "bad_health": 0.0}
    shares["population"] += synthetic_rules().proxy_shares["bad_health"]
    got = allocate(inputs, replace(synthetic_rules(), proxy_shares=shares))
    assert np.array_equal(got["bad_health_factor_gbp"], np.zeros(14))


def test_pot_where_every_authority_is_bound() -> None:
    half = np.array([0.5, 0.5])
    floor, limit = np.array([100.0, 100.0]), np.array([150.0, 160.0])
    historic = np.array([10.0, 20.0])
    assert solve_proxy_pot(200.0, historic, half, floor, limit) == 0.0
    pot = solve_proxy_pot(310.0, historic, half, floor, limit)
    assert np.clip(historic + pot * half, floor, limit).tolist() == [150.0, 160.0]


def test_pot_with_an_authority_of_next_to_no_share() -> None:
    share = np.array([1e-18, 1 - 1e-18])
    pot = solve_proxy_pot(1_000.0, np.zeros(2), share, np.zeros(2), np.array([1e9, 1e9]))
    assert pot == pytest.approx(1_000.0, abs=1e-5)


# Expected: worked by hand.
def test_single_steps() -> None:
    assert nff.basic_entitlement_rate(4660.0, np.array([1.0, 1.5])).tolist() == [4660.0, 6990.0]
    bands = {"a": np.array([2.0]), "b": np.array([4.0])}
    assert nff.weighted_idaci_count(bands, {"a": 3.0, "b": 0.5}).tolist() == [8.0]
    amounts = protection_rates.protected_amount(8.0, np.array([500.0]), np.array([1000.0]))
    assert amounts == pytest.approx([540_000.0], rel=1e-15)


def test_a_frame_becomes_inputs_and_stays_as_it_was() -> None:
    frame = pl.DataFrame(
        {"la_code": synthetic_inputs().la_codes, "la_name": synthetic_inputs().la_names, **synthetic_inputs().columns}
    )
    got = factor_inputs(frame)
    assert got.la_codes == synthetic_inputs().la_codes
    assert all(np.array_equal(got[name], synthetic_inputs()[name]) for name in INPUTS)
    with pytest.raises(ValueError, match="read-only"):
        got["population_2_18_count"][0] = 0


def frame_with(**changes: object) -> pl.DataFrame:
    columns: dict[str, object] = {name: [1.0, 2.0] for name in INPUTS}
    names = {"la_code": ["101", "102"], "la_name": ["SYNTHETIC Alder", "SYNTHETIC Birch"]}
    return pl.DataFrame({**names, **columns, **changes})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            frame_with().drop("bad_health_count"),
            "column bad_health_count missing. Every column is needed: none is filled in.",
        ),
        (
            frame_with().rename({"bad_health_count": "bad_helth_count"}),
            "unknown column bad_helth_count. Did you mean bad_health_count?",
        ),
        (frame_with(la_code=[101, 102]), "la_code is Int64, not text. Codes are text"),
        (frame_with(la_code=["101", "101"]), "la_code 101 stands more than once. Keep one row an authority."),
        (
            frame_with(bad_health_count=["z", "3"]),
            "bad_health_count is String, not numbers. Published symbols are never 0",
        ),
        (frame_with(bad_health_count=[None, 3.0]), "bad_health_count of authority 101 is empty. A gap is never 0"),
        (frame_with(bad_health_count=[1.0, -3.0]), "bad_health_count of authority 102 is negative (-3)."),
        (
            frame_with(historic_spend_gbp=[1.0, float("nan")]),
            "historic_spend_gbp of authority 102 is not a finite number",
        ),
        (
            frame_with(population_2_18_count=[0.0, 1.0]),
            "population_2_18_count of authority 101 is 0, which would leave",
        ),
        (frame_with().clear(), "there is no authority in it"),
    ],
)
def test_tables_of_factors_that_break_a_rule(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        factor_inputs(frame)
    assert message in caught.value.line()


def test_arrays_of_another_length_are_refused() -> None:
    columns = {name: np.ones(3) for name in INPUTS}
    with pytest.raises(FormulaError, match=r"population_2_18_count has the shape \(3,\), expected \(2,\)"):
        checked_inputs(("101", "102"), ("Alder", "Birch"), columns)


def test_names_and_inputs_do_not_overlap() -> None:
    assert not NAMES.keys() & INPUTS.keys()


def test_importing_the_engine_does_not_load_scipy_or_a_frame_library() -> None:
    code = "import sys, hnf.factors.nff; print(sorted({'scipy', 'polars', 'pandas'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_no_rate_or_weight_stands_in_the_code() -> None:
    modules = [*(ROOT / "hnf" / "factors").glob("*.py")]
    modules += [ROOT / "hnf" / "formula" / name for name in ("protection.py", "parameters.py")]
    assert len(modules) >= 6
    # Values of the field that could have slipped in; numbers of steps, tolerances and bounds are none of them.
    rate = re.compile(r"(?<![\w.])(0\.5|0\.1|0\.075|7\.5|4[_,]?000|4[_,]?660|6[_,]?000|1\.0[3578]|1\.1[017]?)(?![\w.])")
    for module in modules:
        code = re.sub(r'""".*?"""|#.*', "", module.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        code = re.sub(r'f?"[^"\n]*"', "", code)
        assert not rate.search(code), module.name
