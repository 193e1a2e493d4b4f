"""Editions and releases: what there is, what a date leaves out, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from hnf.analysis.editions import changes_since_last_edition, compare_editions, editions
from hnf.analysis.growth import plans_change
from hnf.errors import UsageError
from hnf.measures.published import financial_years
from hnf.sources.catalogue import load_catalogue
from hnf.tables.store import Store
from hnf.years import FinancialYear, January

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def revised(store: Store) -> Store:
    """The shipped tables with a made-up release 2027 that counts January 2025 and 2026 anew for two authorities."""
    plans = store.table("ehc_plans")
    again = plans.filter(
        pl.col("january").is_in([2025, 2026]) & (pl.col("release") == pl.col("january").cast(pl.String))
    )
    hertfordshire = (pl.col("la_code") == "919") & (pl.col("january") == 2025)
    kent = (pl.col("la_code") == "886") & (pl.col("january") == 2026)
    again = again.with_columns(
        release=pl.lit("2027"),
        count=pl.when(hertfordshire).then(pl.col("count") + 7).when(kent).then(None).otherwise(pl.col("count")),
        status=pl.when(kent).then(pl.lit("x")).otherwise(pl.col("status")),
    )
    return store.with_tables({"ehc_plans": pl.concat([plans, again])})


def test_every_row_of_a_table_stands_under_one_edition(store: Store) -> None:
    found = editions(store)
    for table in ("dsg_high_needs_block", "dsg_pupils", "ehc_plans", "population", "prices", "neighbours"):
        assert sum(row["rows"] for row in found if row["table"] == table) == store.table(table).height
    assert all(row["title"] and row["published"] for row in found)


def test_the_latest_release_of_a_january_is_used(store: Store) -> None:
    used = {(row["period"], row["edition"]): row["used"] for row in editions(store) if row["table"] == "ehc_plans"}
    # Published: the 2022 release counts January 2010 to 2022, that of 2025 January 2019 to 2025.
    assert used["2018", "2022"]
    assert (used["2022", "2022"], used["2022", "2025"]) == (False, True)


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2023-07-20", "2023-07-20"),
        ("2022-05", "2022-05-31"),
        ("2024-02", "2024-02-29"),
        ("2020", "2020-12-31"),
        ("2019 to 2022", "2022-12-31"),
        ("not stated", "9999"),
    ],
)
def test_a_month_or_a_year_counts_from_its_last_day(published: str, day: str) -> None:
    assert replace(load_catalogue()[0], published=published).published_by == day


def test_a_date_leaves_out_what_was_published_later() -> None:
    then = Store(as_at="2022-07-18")
    assert financial_years(then) == [FinancialYear(2019), FinancialYear(2020), FinancialYear(2021)]
    assert set(then.table("ehc_plans")["release"]) == {"2022"}
    assert financial_years(Store(as_at="2022-07-17"))[-1] == FinancialYear(2020)
    # The release of 2025 is catalogued as June 2025: it counts from the end of the month.
    change = plans_change(Store(as_at="2025-06-29"), "919", (January(2019), January(2022)))
    assert change.end.id == "plans:2022:2022:919:total"
    assert plans_change(Store(), "919", (January(2019), January(2022))).end.id == "plans:2022:2025:919:total"
    assert Store(as_at="2022-07-18").edition.endswith("as published by 2022-07-18")


def test_before_the_first_edition_there_is_one_clear_message(hnf: Run) -> None:
    answer = hnf("allocate", "919", "--year", "2019-20", "--edition", "2019-03-26")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 2)
    assert "nothing of dsg_high_needs_block was published by 2019-03-26; the first is of 2019-03-27" in answer.err
    assert "'yesterday' is not a date" in hnf("allocate", "919", "--year", "2019-20", "--edition", "yesterday").err


def test_releases_are_compared_january_by_january(revised: Store) -> None:
    found = compare_editions(revised, "2025", "2027")
    assert (found.periods, found.authorities) == (("2025",), ("919",))
    (one,) = found.of("919")
    # Published in the 2025 release: 12,920.
    assert (one.old, one.new, one.difference) == (12_920, 12_927, 7)
    assert one.change_pct == pytest.approx(7 / 12_920 * 100)
    (two,) = compare_editions(revised, "2026", "2027").of("886")
    assert (two.new, two.new_status, two.difference, two.change_pct) == (None, "x", None, None)


def test_a_year_chooses_its_january(revised: Store) -> None:
    assert compare_editions(revised, "2025", "2027", FinancialYear(2025)).periods == ("2025",)
    with pytest.raises(UsageError, match="count no January in common"):
        compare_editions(revised, "2025", "2027", FinancialYear(2024))


def test_what_changed_for_one_authority(store: Store, revised: Store) -> None:
    later = ("total_after_deductions", "total_before_deductions")  # of 2019-20: the final totals
    *final, one = changes_since_last_edition(revised, "919")
    assert tuple(each.term for each in final) == later
    assert (one.period, one.label, one.new_id) == ("2025", "EHC plans", "plans:2025:2027:919:total")
    assert tuple(each.term for each in changes_since_last_edition(revised, "202")) == later
    # The releases of 2022 and 2025 agree on every count of January 2019 to 2022. Halton's total is the same in both
    # editions of 2019-20, its total after deductions is not; Wakefield's are both the same.
    assert tuple(each.term for each in changes_since_last_edition(store, "919")) == later
    assert tuple(each.term for each in changes_since_last_edition(store, "876")) == later[:1]
    assert changes_since_last_edition(store, "384") == ()


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (("2022", "2027"), "there is no release of EHC plans '2027'"),
        (("2022", "2026"), "count no January in common"),
        (("2023-07-20", "2023-07-22"), "there is no edition of the DSG '2023-07-22'"),
        (("2019-03-27", "2023-07-20"), "no year has both editions: 2019-20: 2019-03-27"),
        (("2023-07-20", "2023-07-20"), "2022-23, 2023-24 all have both editions"),
    ],
)
def test_what_cannot_be_compared(hnf: Run, pair: tuple[str, str], message: str) -> None:
    answer = hnf("diff", *pair)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert message in answer.err


def test_the_tables_fit_a_terminal(hnf: Run) -> None:
    for arguments in (("editions",), ("diff", "2022", "2025"), ("editions", "--edition", "2023-12-31")):
        answer = hnf(*arguments)
        assert answer.code == 0
        assert max(map(len, answer.out.splitlines())) <= 80
