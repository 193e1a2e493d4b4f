"""Every public result is a table too: polars and pandas frames with the same values, lists and missing values kept."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import hnf

YEAR = hnf.FinancialYear.parse("2023-24")
SPEC = hnf.RateSpec(YEAR, "block", "pupil")
#: A call for each public function that returns a result, and how many rows its table has.
RESULTS = {
    "allocate": (lambda store: hnf.allocate(store, "Kent", YEAR, "head"), 6),
    "catch_up": (lambda store: hnf.catch_up(store, SPEC, "Kent", 5, 3), 1),
    "compare": (lambda store: hnf.compare(store, SPEC, "Kent", "neighbours"), 10),
    "explain": (lambda store: hnf.explain(store, "942", YEAR), 6),
    "gap": (lambda store: hnf.gap(store, SPEC, "921"), 1),
    "growth": (lambda store: hnf.growth(store, "921"), 1),
    "protection": (lambda store: hnf.protection(store, YEAR), 151),
    "rank": (lambda store: hnf.rank(store, SPEC), 151),
    "rank_card": (lambda store: hnf.rank_card(store, "940", YEAR), 32),
    "run_scenario": (lambda store: hnf.run_scenario(store, hnf.find_scenarios(["no_gains_limit"])[0], YEAR), 151),
    "trace": (lambda store: hnf.trace(store, "gap:2023-24:block:pupil:average:919"), 453),
    "wedge": (lambda store: hnf.wedge(store, "942"), 32),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_the_same_table_in_polars_and_pandas(store, name):
    make, rows = RESULTS[name]
    result = make(store)
    ours, theirs = result.to_polars(), result.to_pandas()
    assert isinstance(ours, pl.DataFrame)
    assert isinstance(theirs, pd.DataFrame)
    assert ours.height == len(theirs) == rows
    assert list(theirs.columns) == ours.columns
    assert "value_gbp" in ours.columns or "figure_id" in ours.columns or any("id" in name for name in ours.columns)


def test_a_suppressed_count_is_missing_in_a_frame_and_never_zero(store):
    frame = hnf.growth(store, "921").to_polars()
    assert frame["authority.to.count"].to_list() == [None]
    assert frame["authority.change_pct"].to_list() == [None]


def test_values_are_not_rounded(store):
    frame = hnf.gap(store, SPEC, "919").to_polars()
    # £47.4 million more at the national average (FIELD.md), to the penny here.
    assert frame["gap_gbp"][0] == pytest.approx(47_407_085, abs=1)
    assert frame["gap_gbp"][0] != round(frame["gap_gbp"][0])


def test_a_claim_is_one_row(store):
    answers = hnf.check_text(store, "Hertfordshire is the third lowest funded of 151")
    assert [answer.to_polars().height for answer in answers] == [1]
