"""One figure changed, anywhere: nothing changes for a reason, or an error names the cell, or reconciliation fails.

The default set changes the shipped tables; with `-m "raw and slow"` the published workbooks themselves are changed
(`HNF_MUTATIONS` says how many times, 40 by default; `tests/fixtures/mutations.py` prints the counts of any number).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from fixtures import mutations
from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.analysis.reconcile import DIFFERS, REPRODUCED, reconcile
from hnf.tables.store import Store
from hnf.years import FinancialYear

BLOCK, PUPILS = "dsg_high_needs_block", "dsg_pupils"
#: Pounds in one unit: the least change that is tried is more than the pound that rounding may be off by.
UNITS = {"gbp": 1.0, "gbp_million": 1e-6, "gbp_per_pupil": 1.0, "pupils": 1.0, "people": 1.0}


def changed(store: Store, table: str, row: int, by: float) -> tuple[Store, FinancialYear]:
    """The shipped tables with one figure changed by so many pounds, pupils or people, and the year it is of."""
    frame = store.table(table)
    column = "value" if table == BLOCK else "pupils"
    found = frame.row(row, named=True)
    unit = UNITS[found.get("unit", "pupils")]
    at = pl.int_range(pl.len()) == row
    frame = frame.with_columns(pl.when(at).then(pl.col(column) + by * unit).otherwise(pl.col(column)).alias(column))
    return store.with_tables({table: frame}), FinancialYear.parse(found["financial_year"])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_figure_of_the_allocations_can_change_unnoticed(store: Store, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from([BLOCK, BLOCK, BLOCK, PUPILS]))
    row = data.draw(st.integers(0, store.table(table).height - 1))
    by = data.draw(st.sampled_from([-1e9, -5_000, -3, 3, 250, 1e6]))
    other, year = changed(store, table, row, by)
    assert reconcile(other, year)[0].status == DIFFERS, store.table(table).row(row, named=True)


def test_every_column_of_every_year_is_held_against_its_parts(store: Store) -> None:
    """England's own figure of each column, by £3 or 3 pupils: nobody adds it up but this check."""
    for table in (BLOCK, PUPILS):
        frame = store.table(table).with_row_index()
        for row in frame.filter(pl.col("geographic_level") == "national").iter_rows(named=True):
            if row.get("term") == "basic_entitlement_rate":
                continue
            other, year = changed(store, table, row["index"], 3.0)
            (found,) = reconcile(other, year)
            assert found.status == DIFFERS, row
            if row.get("term") != "total_before_deductions":
                assert any(f"cell {row['cell']}" in line and "more" in line for line in found.columns.off), row


def test_what_differs_is_named_by_area_column_and_cell(store: Store) -> None:
    rows = store.table(PUPILS).with_row_index()
    row = rows.filter(
        (pl.col("financial_year") == "2023-24") & (pl.col("la_code") == "919") & (pl.col("phase") == "primary")
    ).row(0, named=True)
    other, year = changed(store, PUPILS, row["index"], 20)
    off = reconcile(other, year)[0].columns.off
    assert len(off) == 3
    assert re.fullmatch(
        r"England, primary pupils \(sheet Schools_block_and_CSSB, cell E\d\): "
        r"20\.00 less than the sum of its authorities",
        off[0],
    )
    assert {line.split(",")[0] for line in off} == {"England", "East of England", "upper tier"}


def test_the_published_years_add_up_but_for_the_known_sums(store: Store) -> None:
    for found in reconcile(store):
        assert found.status == REPRODUCED
        assert found.columns.off == ()
        # England, nine regions and four types, in at least seven columns, and the rows of their own.
        assert found.columns.compared > 14 * 8


@pytest.mark.parametrize("group", ["E12000006", "unitary"])
@pytest.mark.parametrize("table", [BLOCK, PUPILS])
def test_a_region_or_type_whose_row_is_gone_is_named(store: Store, table: str, group: str) -> None:
    frame = store.table(table)
    is_group = (pl.col("geographic_level") != "local_authority") & (
        (pl.col("region_code") == group) | (pl.col("authority_type") == group)
    )
    is_gone = (pl.col("financial_year") == "2022-23") & is_group
    assert frame.filter(is_gone).height >= 2
    (found,) = reconcile(store.with_tables({table: frame.filter(~is_gone)}), FinancialYear(2022))
    assert found.status == DIFFERS
    assert sum("which others of its kind have" in line for line in found.columns.off) == frame.filter(is_gone).height


def test_a_share_that_does_not_round_to_the_printed_one_fails(store: Store) -> None:
    """Column G is in no sum: were all of it one per cent higher, the share solved from it would be lower."""
    frame = store.table(BLOCK)
    more = pl.when(pl.col("term") == "nff_before_gains_limit").then(pl.col("value") * 1.01).otherwise(pl.col("value"))
    (found,) = reconcile(store.with_tables({BLOCK: frame.with_columns(value=more)}), FinancialYear(2023))
    assert found.columns.off == ()
    assert found.additional is not None
    assert not found.additional.rounds_to_print
    assert found.status == DIFFERS


@pytest.mark.raw
@pytest.mark.slow
def test_published_workbooks_changed_at_random_never_give_a_silent_wrong_figure(raw: Path) -> None:
    found = mutations.run(raw, int(os.environ.get("HNF_MUTATIONS", "40")), seed=int(os.environ.get("HNF_SEED", "1")))
    results = Counter(one.result for _, one in found)
    assert results["refused"] > 10
    assert results["reconciliation"] > 10
    for book, one in found:
        if one.result == "unchanged":
            assert mutations.reason_unchanged(book, one), one
        elif one.result == "refused":
            assert "mutated.ods" in one.why or "mutated" in one.why, one
            assert "sheet " in one.why, one
        elif one.result == "silent":
            # Whole columns moved under headings that stay are not seen in the file alone: see docs/faults.md.
            assert one.kind in mutations.NOT_SEEN, one
