"""The scenarios that ship: their expected tables, and removing the gains limit from the published columns."""

from __future__ import annotations

import csv
import io

import pytest
from expected_tables import HEADING, expected_file, table_of

from hnf.analysis.explain import gains_limit_losses
from hnf.analysis.trace import resolve, trace
from hnf.errors import FormulaError, UsageError
from hnf.measures.published import block_frame
from hnf.scenarios.files import LIBRARY_FOLDER, combine, find_scenarios, library_names, library_path, read_scenario
from hnf.scenarios.run import ScenarioResult, run_scenario
from hnf.tables.store import Store
from hnf.years import FinancialYear

NAMES = library_names()
PENNY = 0.01


def ran(store: Store, name: str, year: str) -> ScenarioResult:
    return run_scenario(store, combine(find_scenarios([name])), FinancialYear.parse(year))


def test_there_are_at_least_eight_each_with_its_table_and_nothing_else() -> None:
    assert len(NAMES) >= 8
    files = {path.name for path in LIBRARY_FOLDER.iterdir() if path.is_file()}
    assert files == {f"{name}.toml" for name in NAMES} | {f"{name}.expected.csv" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_expected_table_is_what_the_scenario_gives(store: Store, name: str) -> None:
    """Model output, to the penny: written by `expected_tables.py`, kept so that no change passes unseen."""
    expected = expected_file(name).read_text(encoding="utf-8")
    assert table_of(store, name) == expected
    rows = list(csv.DictReader(io.StringIO(expected)))
    assert list(rows[0]) == HEADING.split(",")
    years = read_scenario(library_path(name)).years
    assert {row["financial_year"] for row in rows} == {str(year) for year in years}
    for row in rows:
        change = float(row["scenario_gbp"]) - float(row["baseline_gbp"])
        assert change == pytest.approx(float(row["change_gbp"]), abs=0.011)


@pytest.mark.parametrize("name", NAMES)
def test_the_baseline_is_the_block_as_printed_and_the_money_adds_up(store: Store, name: str) -> None:
    for year in read_scenario(library_path(name)).years:
        found = run_scenario(store, read_scenario(library_path(name)), year)
        printed = dict(block_frame(store, year).select("area", "total_before_deductions").iter_rows())
        assert {row["la_code"]: row["baseline_gbp"] for row in found.rows} == printed
        assert sum(row["change_gbp"] for row in found.rows) == pytest.approx(found.cost_gbp, abs=PENNY)
        assert found.winners + found.losers <= len(found.rows)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith(("additional", "equal")) or name.endswith(("rest", "held"))]
)
def test_a_total_that_is_held_is_held_to_the_penny(store: Store, name: str) -> None:
    for year in read_scenario(library_path(name)).years:
        found = run_scenario(store, read_scenario(library_path(name)), year)
        assert found.cost_gbp == 0
        assert found.scenario_gbp.sum() == pytest.approx(found.arrays.published_total.sum(), abs=PENNY)
        assert found.winners > 20
        assert found.losers > 20


@pytest.mark.parametrize(
    ("year", "universe", "winners", "cost"),
    [("2022-23", 150, 36, 65_163_114), ("2023-24", 151, 30, 59_276_543)],
)
def test_without_the_gains_limit_everyone_gains_column_g_less_column_a(
    store: Store, year: str, universe: int, winners: int, cost: int
) -> None:
    """Published columns A and G, every authority; Northumberland, with G below A, keeps A and is named."""
    found = ran(store, "no_gains_limit", year)
    frame = block_frame(store, FinancialYear.parse(year))
    columns = frame.select("area", "nff_before_gains_limit", "nff_in_protection").iter_rows()
    assert {row["la_code"]: row["change_gbp"] for row in found.rows} == {
        code: max(before - after, 0) for code, before, after in columns
    }
    assert len(found.rows) == universe
    assert (found.winners, found.losers) == (winners, 0)
    assert found.cost_gbp == cost == gains_limit_losses(store, FinancialYear.parse(year)).lost_gbp
    assert [row["la_code"] for row in found.left_alone] == (["929"] if year == "2022-23" else [])


def test_half_the_gains_limit_is_half_of_it_and_no_more_is_given_back_than_was_taken(store: Store) -> None:
    whole, half = ran(store, "no_gains_limit", "2022-23"), ran(store, "half_gains_limit", "2022-23")
    assert (half.change_gbp * 2 == whole.change_gbp).all()
    assert (ran(store, "no_gains_limit+no_gains_limit", "2022-23").change_gbp == whole.change_gbp).all()
    twice = ran(store, "half_gains_limit+half_gains_limit", "2022-23")
    assert twice.cost_gbp == pytest.approx(0.75 * whole.cost_gbp, abs=PENNY)


def test_kirklees_by_hand(store: Store) -> None:
    """Column G less column A of row 65 of the sheet of 2022-23, and its block per head."""
    row = next(row for row in ran(store, "no_gains_limit", "2022-23").rows if row["la_code"] == "382")
    assert row["change_gbp"] == 58_389_206 - 50_068_000
    assert row["baseline_gbp"] == 56_263_459
    assert row["scenario_gbp"] == 64_584_665
    assert row["change_pct"] == pytest.approx(8_321_206 / 56_263_459 * 100)
    assert row["scenario_per_head_gbp"] - row["baseline_per_head_gbp"] == pytest.approx(row["change_per_head_gbp"])
    assert (row["rank_before"], row["rank_after"]) == (2, 22)


def test_ranks_before_are_those_of_the_league_table(store: Store) -> None:
    from hnf.measures.rates import RateSpec, rate_table

    for year in ("2019-20", "2020-21", "2023-24"):
        found = ran(store, "uplift_1_pct", year)
        # Scenarios start from the total of the steps: of 2019-20 that of March, before the final totals came out.
        seen = Store(as_at="2023-07-20") if year == "2019-20" else store
        ranks = rate_table(seen, RateSpec(FinancialYear.parse(year))).ranks
        assert {row["la_code"]: row["rank_before"] for row in found.rows if row["rank_before"]} == ranks
        assert all(row["rank_before"] == row["rank_after"] for row in found.rows)
    without = [row for row in ran(store, "uplift_1_pct", "2020-21").rows if row["rank_before"] is None]
    assert [(row["la_code"], row["change_per_head_gbp"]) for row in without] == [("928", None)]


def test_who_has_no_count_is_left_as_they_are_and_named(store: Store) -> None:
    found = ran(store, "additional_by_plans", "2023-24")
    assert [row["la_code"] for row in found.left_alone] == ["942", "943"]
    assert all("predecessor" in row["reason"] for row in found.left_alone)
    assert [row["change_gbp"] for row in found.rows if row["la_code"] in ("942", "943")] == [0, 0]


def test_order_is_stated_and_each_change_has_its_cost(store: Store) -> None:
    there = ran(store, "no_gains_limit+uplift_1_pct", "2023-24")
    back = ran(store, "uplift_1_pct+no_gains_limit", "2023-24")
    assert [effect.change.kind for effect in there.effects] == ["gains_limit", "uplift"]
    assert sum(effect.cost_gbp for effect in there.effects) == pytest.approx(there.cost_gbp, abs=PENNY)
    # The uplift of the whole block comes on top of what was given back before it, and only then.
    assert there.cost_gbp - back.cost_gbp == pytest.approx(0.01 * 59_276_543, abs=PENNY)


def test_scenarios_of_other_years_do_not_combine(store: Store) -> None:
    with pytest.raises(UsageError, match="is not for 2021-22"):
        ran(store, "no_gains_limit+uplift_1_pct", "2021-22")
    with pytest.raises(UsageError, match="several years"):
        run_scenario(store, read_scenario(library_path("no_gains_limit")))


def test_figures_lead_back_to_the_cells(store: Store) -> None:
    kirklees = trace(store, "scenario:no_gains_limit:2022-23:382")
    assert kirklees.figure.value == 64_584_665
    assert [cell.cell.cell for cell in kirklees.cells] == ["K65", "C65", "I65"]
    england = resolve(store, "scenario:no_gains_limit:2022-23:england")
    assert england.value == pytest.approx(8_988_258_915 + 65_163_114)
    assert len(england.inputs) == 150
    shared = trace(store, "scenario:additional_by_plans:2022-23:919")
    assert len(shared.cells) == 150 * 2 + 1
    both = resolve(store, "scenario:no_gains_limit+uplift_1_pct:2022-23:382")
    assert both.value == pytest.approx(64_584_665 * 1.01)
    found = ran(store, "no_gains_limit", "2022-23")
    assert all(resolve(store, row["figure_id"]).value == row["scenario_gbp"] for row in found.rows[:5])


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_can_be_traced(store: Store, name: str) -> None:
    year = read_scenario(library_path(name)).years[-1]
    found = trace(store, f"scenario:{name}:{year}:919")
    row = next(row for row in ran(store, name, str(year)).rows if row["la_code"] == "919")
    assert found.figure.value == row["scenario_gbp"]
    assert found.cells


@pytest.mark.parametrize(
    ("figure_id", "message"),
    [
        ("scenario:no_gain_limit:2022-23:382", "Did you mean no_gains_limit"),
        ("scenario:no_gains_limit:2021-22:382", "is not for 2021-22"),
        ("scenario:no_gains_limit:2022-23:201", "no allocation"),
        ("scenario:../scenarios/no_gains_limit:2022-23:382", "there is no scenario"),
    ],
)
def test_figures_that_are_none(store: Store, figure_id: str, message: str) -> None:
    with pytest.raises((FormulaError, UsageError), match=message):
        resolve(store, figure_id)
