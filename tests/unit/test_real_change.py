"""Change of funding in real terms: arithmetic by hand, traced, and withheld where the index says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hnf.analysis.real_change import real_change
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.measures.prices import deflator
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
FY = FinancialYear
YEARS = (FY(2019), FY(2023))


def test_hertfordshire_by_hand(store: Store) -> None:
    """Published: £115,319,916 (2019-20), £180,432,328 (2023-24); index 78.1735 and 92.8945."""
    found = real_change(store, "block", YEARS, "919", deflator(store))
    real = (180_432_328 / 92.8945) / (115_319_915.836 / 78.1735) - 1
    assert found.area.value == pytest.approx(real * 100, abs=1e-6)
    assert round(real * 100, 1) == 31.7
    assert found.sentence.startswith("In real terms (in 2025-26 prices) it changed by +31.7%")


def test_the_base_year_changes_amounts_and_not_the_change(store: Store) -> None:
    first, second = (real_change(store, "block", YEARS, "919", deflator(store, base)) for base in (FY(2019), FY(2023)))
    assert first.area.value == pytest.approx(second.area.value)
    # In prices of 2023-24 the amount of 2023-24 is the cash amount.
    assert second.ends[0].end.value == 180_432_328
    assert first.ends[0].start.value == pytest.approx(115_319_915.836, abs=1)


def test_figures_are_followed_to_cells_of_money_and_of_prices(store: Store) -> None:
    found = real_change(store, "block", YEARS, "909-942+943", deflator(store))
    traced = trace(store, found.area.id)
    assert traced.figure.value == found.area.value
    assert {cell.source.publisher for cell in traced.cells} >= {"HM Treasury"}
    assert len({cell.figure.id for cell in traced.cells}) == 3 + 3
    amount = resolve(store, "real:block:2023-24:919:2019-20")
    assert amount.inputs[1:] == ("price:2019-20:hmt-june-2026-qna", "price:2023-24:hmt-june-2026-qna")
    with pytest.raises(UsageError, match="unknown"):
        resolve(store, "real:nothing:2023-24:919:2019-20")


def test_a_single_year_into_an_untypical_one_is_not_stated(store: Store, hnf: Run) -> None:
    found = real_change(store, "block", (FY(2020), FY(2021)), "919", deflator(store))
    assert found.to_json()["authority"]["change_pct"] is None
    assert found.to_json()["reason"].startswith("a real change over a single year is not stated")
    assert found.sentence == ""
    assert "The same in" not in hnf("growth", "919", "--from", "2020", "--to", "2021").out
    assert "The same in" in hnf("growth", "919", "--from", "2022", "--to", "2023").out


def test_a_year_beyond_the_table_is_cash_only_and_says_so(hnf: Run) -> None:
    answer = hnf("growth", "919", "--base-year", "2035-36")
    text = " ".join(answer.out.split())
    assert "There is no price index for 2035-36, as HMT June 2026 QNA covers 2009-10 to 2030-31" in text
    assert "The same in" not in text
    real = hnf("growth", "919", "--base-year", "2035-36", "--format", "json").json["funding"]["real"]
    assert real["authority"]["to"]["value_gbp"] is None
    # The change is the same in any prices, so that it is stated: 31.7% by hand above.
    assert round(real["authority"]["change_pct"], 1) == 31.7
    assert real["authority"]["figure_id"].endswith(":2025-26")
    assert "The change in real terms is the same in any prices: +31.7%, England's" in text
    assert "amounts are in cash only" in real["reason"]


@pytest.mark.parametrize(
    "command", [("growth", "919"), ("explain", "919", "--year", "2023-24", "--against", "2019-20")]
)
def test_base_year_and_vintage_are_printed_and_checked(hnf: Run, command: tuple[str, ...]) -> None:
    text = " ".join(hnf(*command, "--base-year", "2023-24").out.split())
    assert "Real terms are in 2023-24 prices: GDP deflator, HMT June 2026 QNA (HM Treasury)." in text
    wrong = hnf(*command, "--vintage", "June 1926")
    assert (wrong.code, wrong.out) == (2, "")
    assert "there is no vintage 'June 1926' of the price index. Vintages are HMT June 2026 QNA." in wrong.err
    assert "--base-year: '2019-21' is not a financial year" in hnf(*command, "--base-year", "2019-21").err
