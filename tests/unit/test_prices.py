"""Real terms by the GDP deflator: published indices, arithmetic by hand, years outside the table."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.analysis.funding_against_need import wedge
from hnf.analysis.growth import growth
from hnf.analysis.real_change import real_change
from hnf.analysis.trace import resolve, trace
from hnf.claims.check import check_claim
from hnf.claims.claim import Claim
from hnf.errors import UsageError
from hnf.measures.notes import breaks_between, breaks_of, series_breaks
from hnf.measures.prices import deflator, headline_refusal, price_figure
from hnf.results import Figure
from hnf.tables.store import Store
from hnf.years import FinancialYear, January

FY = FinancialYear


def cash(value: float | None) -> Figure:
    return Figure("x", "Money", value, "gbp", "published", status="" if value is not None else "suppressed")


def test_the_base_is_the_latest_outturn_unless_another_is_asked_for(store: Store) -> None:
    found = deflator(store)
    assert found.base == FY(2025)
    assert found.vintage == "HMT June 2026 QNA"
    assert deflator(store, FY(2019)).base == FY(2019)


def test_real_terms_by_hand(store: Store) -> None:
    # Published: 78.1735 in 2019-20, 92.8945 in 2023-24, 100 in 2025-26.
    # £1,000 of 2019-20 in 2023-24 prices: 1000 × 92.8945 / 78.1735 = 1188.312
    assert deflator(store, FY(2023)).real(1000, FY(2019)) == pytest.approx(1188.312, abs=0.001)
    # £1,000 of 2023-24 in 2025-26 prices: 1000 × 100 / 92.8945 = 1076.490
    assert deflator(store).real(1000, FY(2023)) == pytest.approx(1076.490, abs=0.001)


@given(year=st.integers(2009, 2030), other=st.integers(2009, 2030), amount=st.floats(0.01, 1e10))
def test_real_terms_of_the_base_year_are_cash_and_go_back(store: Store, year: int, other: int, amount: float) -> None:
    there = deflator(store, FY(year))
    assert there.real(amount, FY(year)) == amount
    back = deflator(store, FY(other)).real(there.real(amount, FY(other)), FY(year))
    assert back == pytest.approx(amount)


def test_a_year_beyond_the_table_gives_cash_only_and_says_so(store: Store) -> None:
    found = deflator(store, FY(2035))
    figure = found.real_figure("real", cash(5.0), FY(2023))
    assert figure.value is None
    assert figure.status.startswith(
        "there is no price index for 2035-36, as HMT June 2026 QNA covers 2009-10 to 2030-31"
    )
    assert found.notes((FY(2023),))[0].endswith("amounts are in cash only.")
    with pytest.raises(UsageError, match="no price index for 2035-36"):
        found.real(5.0, FY(2023))
    assert deflator(store).real_figure("real", cash(5.0), FY(2031)).value is None


def test_forecast_years_are_estimated_and_flagged(store: Store) -> None:
    found = deflator(store, FY(2027))
    assert found.real_figure("real", cash(5.0), FY(2023)).basis == "estimated"
    assert any("2027-28 is a forecast" in note for note in found.notes((FY(2023),)))
    assert deflator(store).real_figure("real", cash(5.0), FY(2023)).basis == "derived"
    assert not any("forecast" in note for note in deflator(store).notes((FY(2023),)))


def test_a_gap_stays_a_gap(store: Store) -> None:
    figure = deflator(store).real_figure("real", cash(None), FY(2023))
    assert (figure.value, figure.status) == (None, "suppressed")


def test_a_single_year_into_an_untypical_one_is_no_headline(store: Store) -> None:
    """The movements into 2020-21 and 2021-22 are untypical (series_breaks.toml); every other year can be stated."""
    years = sorted(deflator(store).prices)
    refused = {(start, end) for start in years for end in years if start < end and headline_refusal(start, end)}
    assert refused == {(FY(2019), FY(2020)), (FY(2020), FY(2021))}
    assert "2020-21 and 2021-22" in headline_refusal(FY(2020), FY(2021))


def test_prices_are_traced_to_their_line(store: Store) -> None:
    figure, cell = price_figure(store, "price:2019-20:hmt-june-2026-qna")
    assert (figure.value, figure.basis, cell.cell) == (78.1735, "published", "line 12, index")
    assert price_figure(store, "price:2027-28:hmt-june-2026-qna")[0].basis == "estimated"
    assert resolve(store, figure.id) == figure
    payload = trace(store, figure.id).to_json()
    assert payload["source"] == "gdp_deflators_2026_06"
    assert payload["inputs"][0]["printed"] == "78.1735"
    with pytest.raises(UsageError, match="no price index"):
        resolve(store, "price:2050-51:hmt-june-2026-qna")


def test_breaks_are_complete_and_known() -> None:
    ids = [found.id for found in series_breaks()]
    assert len(ids) == len(set(ids)) >= 7
    assert {"conversion_2014_2018", "rate_2021_22", "collection_2023", "suspension_2026_27"} <= set(ids)
    assert all(found.what and found.reference and found.starts <= found.ends for found in series_breaks())
    series = {name for found in series_breaks() for name in found.applies_to}
    funding = {"block", "nff", "nff_additional", "after_deductions", "plans", "head", "real"}
    tables = {"placements", "new_plans", "requests", "assessments", "timeliness"}
    assert series == funding | tables | {"ed_elsewhere", "appeal_rate_pct", "appeal_rate_old_pct"}


def test_single_persons_are_counted_from_january_2023_and_in_what_happened_in_2022() -> None:
    assert [found.since for found in breaks_of(("placements",))] == ["2023"]
    assert [found.since for found in breaks_of(("requests",))] == ["2022"]
    assert not breaks_between("requests", 2022, 2025)
    assert breaks_between("requests", 2021, 2022)
    assert [found.id for found in breaks_between("appeal_rate_old_pct", 2014, 2024)] == ["appeal_decisions_2023"]


def test_a_series_that_ends_before_a_break_does_not_cross_it() -> None:
    (conversion, collection) = breaks_of(("plans",))
    assert conversion.lies_in(2010, 2014)
    assert not conversion.lies_in(2018, 2026)
    assert not collection.lies_in(2023, 2026)
    assert collection.lies_in(2022, 2023)


def test_claims_growth_and_wedge_use_the_same_newer_vintage(store: Store) -> None:
    """A made-up index, 80 in 2019-20 and 100 in 2023-24, in a vintage with outturn for one year more."""
    index = {"2019-20": 80.0, "2023-24": 100.0}
    printed = store.table("prices")
    newer = printed.with_columns(
        vintage=pl.lit("Made up 2027"),
        index=pl.col("financial_year").replace_strict(index, default=pl.col("index"), return_dtype=pl.Float64),
        kind=pl.when(pl.col("financial_year") <= "2026-27").then(pl.lit("outturn")).otherwise(pl.col("kind")),
    )
    later = store.with_tables({"prices": pl.concat([printed, newer])})
    # Published: £115,319,916 (2019-20) and £180,432,328 (2023-24), so in prices of 2023-24 the first is £144,149,895.
    by_hand = (180_432_328 / (115_319_915.836 * 100 / 80) - 1) * 100
    assert round(by_hand, 2) == 25.17
    claim = Claim(
        id="made_up", text="", kind="5", authority="Hertfordshire", measure="block", unit="pct", prices="real",
        start=2019, year=FY(2023), value=25.2, tolerance=0.05,
    )  # fmt: skip
    answer = check_claim(later, claim)
    assert answer.code == "true", answer.sentence
    (stated,) = [found for found in answer.supporting if (found.measure, found.per) == ("block", "none")]
    assert stated.figure_id.startswith("growthreal:block:2019-20:2023-24:919:")
    assert stated.value == pytest.approx(by_hand)
    assert any("Made up 2027" in note for note in answer.remarks)
    prices = deflator(later)
    assert (prices.vintage, prices.base) == ("Made up 2027", FY(2026))
    grown = growth(later, "919", January(2019), January(2023)).funding
    assert grown is not None
    assert grown.years == (FY(2019), FY(2023))
    assert real_change(later, "block", grown.years, "919", prices).area.value == pytest.approx(by_hand)
    assert wedge(later, "919", "block").figure("place", FY(2023), "real_change").value == pytest.approx(by_hand)
