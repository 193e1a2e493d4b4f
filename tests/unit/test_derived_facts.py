"""What published figures alone can say: area costs, shares of population, the additional money shared otherwise."""

from typing import Any

import numpy as np
import pytest

from hnf.analysis.shares import RULES, additional_shares, population_shares, share_in_whole_pounds
from hnf.analysis.trace import resolve, trace
from hnf.errors import FormulaError, UsageError
from hnf.measures.rates import RateSpec, area_costs
from hnf.tables.store import Store
from hnf.years import FinancialYear

Y19, Y21, Y22, Y23 = (FinancialYear(start) for start in (2019, 2021, 2022, 2023))


def test_area_costs(store: Store) -> None:
    found = area_costs(store, Y23)
    assert found.lowest_rate_gbp == 4660  # printed
    assert len(found.rows) == 151
    assert min(row.adjustment for row in found.rows) == 1
    hertfordshire = next(row for row in found.rows if row.la_code == "919")
    assert hertfordshire.adjustment == pytest.approx(4916.24 / 4660)  # printed rates
    assert resolve(store, "areacost:2023-24:919:adjustment").value == hertfordshire.adjustment
    assert resolve(store, "areacost:2023-24:919:basic_entitlement").value == hertfordshire.basic_entitlement_gbp
    assert len(trace(store, "areacost:2023-24:919:basic_entitlement").cells) == 3


@pytest.mark.parametrize("measure", ["block", "nff", "nff_additional"])
def test_population_shares_add_up(store: Store, measure: Any) -> None:
    rows = population_shares(store, RateSpec(Y23, measure, "head", "dfe"))
    assert len(rows) == 151
    assert sum(row.population_share for row in rows) == pytest.approx(1)
    assert sum(row.funding_share for row in rows) == pytest.approx(1)
    assert sum(row.difference_gbp for row in rows) == pytest.approx(0, abs=0.01)


def test_population_share_figures(store: Store) -> None:
    row = next(r for r in population_shares(store, RateSpec(Y23, "nff", "head", "dfe")) if r.la_code == "919")
    for part, value in (
        ("population", row.population_share),
        ("funding", row.funding_share),
        ("difference", row.difference_gbp),
    ):
        assert resolve(store, f"popshare:2023-24:nff:head.dfe:919:{part}").value == value
    assert row.funding_share < row.population_share


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("year", [Y19, Y22, Y23])
def test_the_additional_allocation_keeps_its_sum(store: Store, year: FinancialYear, rule: Any) -> None:
    if year == Y19 and rule == "flat_share":
        with pytest.raises(UsageError, match="flat share"):
            additional_shares(store, year, rule)
        return
    found = additional_shares(store, year, rule)
    published = {Y19: 124_983_572, Y22: 325_000_081, Y23: 400_000_075}[year]  # sum of the printed amounts
    assert found.total_gbp == published
    assert sum(row.shared_gbp for row in found.rows) == published
    assert sum(len(row.codes) for row in found.rows) == {Y19: 149, Y22: 150, Y23: 151}[year]
    assert all(row.shared_gbp > 0 for row in found.rows)


def test_the_published_rules_reproduce_print(store: Store) -> None:
    # 2019-20: £11.00 a head of the sheet's own population; printed in £ million with all digits.
    by_heads = additional_shares(store, Y19, "population")
    assert max(abs(row.change_gbp) for row in by_heads.rows) <= 1
    assert all(row.published_gbp / (row.weight or 0) == pytest.approx(11, abs=0.001) for row in by_heads.rows)
    for year in (Y22, Y23):
        flat = additional_shares(store, year, "flat_share")
        assert max(abs(row.change_gbp) for row in flat.rows) <= 2  # print is rounded up to the pound


def test_areas_counted_together_stay_together(store: Store) -> None:
    found = additional_shares(store, Y23, "plans")
    assert [row.area for row in found.rows if len(row.codes) > 1] == ["942+943"]
    assert "counted as a whole" in found.notes[0]
    figure = resolve(store, "additional:2023-24:plans:942+943")
    assert figure.value == next(row.shared_gbp for row in found.rows if row.area == "942+943")


def test_a_year_without_additional_money_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no additional allocation in 2021-22"):
        additional_shares(store, Y21, "pupils")


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1.0], [1.0, float("nan")]])
def test_an_amount_is_not_shared_by_impossible_weights(weights: list[float]) -> None:
    with pytest.raises(FormulaError, match="weights of 0 or more"):
        share_in_whole_pounds(10, np.array(weights))
