"""Funding floor and gains limit recomputed for every authority and held against column A as printed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from hnf.analysis.protection import Protection, protection, protection_years
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.formula.protection import ProtectionStatus
from hnf.measures.notes import known_differences, place_rule
from hnf.measures.published import block_frame
from hnf.tables.store import Store
from hnf.years import FinancialYear

YEARS = ("2021-22", "2022-23", "2023-24")
#: Counts found by this recomputation; the published tables do not say who is bound.
COUNTS = {
    "2021-22": {"floor": 11, "limit": 9, "between": 0, "known_difference": 5, "not_classed": 125, "unexplained": 0},
    "2022-23": {"floor": 63, "limit": 32, "between": 42, "known_difference": 13, "not_classed": 0, "unexplained": 0},
    "2023-24": {"floor": 32, "limit": 23, "between": 58, "known_difference": 38, "not_classed": 0, "unexplained": 0},
}
#: Outside floor and limit, or short of the limit although column G shows that it binds: nobody can miss these.
GLARING = {
    "2022-23": {"Leeds", "Liverpool", "Salford", "Norfolk", "Hillingdon", "Northumberland"},
    "2023-24": {
        "Birmingham",
        "Dudley",
        "Walsall",
        "Oldham",
        "Rochdale",
        "Salford",
        "Tameside",
        "Barking and Dagenham",
        # Above the limit, and on the floor of a baseline with 177 places more.
        "West Northamptonshire",
    },
}
#: Known differences that are not a whole number of places.
NO_PLACES = {"Leeds", "Liverpool", "Hillingdon", "Northumberland", "Oldham", "Cumberland", "Westmorland and Furness"}


@pytest.fixture(scope="module")
def found(store: Store) -> dict[str, Protection]:
    return {year: protection(store, FinancialYear.parse(year)) for year in YEARS}


def names(found: Protection, protection_status: ProtectionStatus) -> set[str]:
    return {row.la_name for row in found.rows if row.protection_status is protection_status}


@pytest.mark.parametrize("year", YEARS)
def test_counts_by_class(found: dict[str, Protection], year: str, store: Store) -> None:
    assert found[year].counts == COUNTS[year]
    assert sum(found[year].counts.values()) == block_frame(store, FinancialYear.parse(year)).height


@pytest.mark.parametrize(("year", "floor", "limit"), [("2022-23", 60, 30), ("2023-24", 30, 20)])
def test_bound_authorities_are_reproduced_within_two_pounds(
    found: dict[str, Protection], year: str, floor: int, limit: int
) -> None:
    bound = [
        row for row in found[year].rows if row.protection_status in (ProtectionStatus.FLOOR, ProtectionStatus.LIMIT)
    ]
    assert len(names(found[year], ProtectionStatus.FLOOR)) > floor
    assert len(names(found[year], ProtectionStatus.LIMIT)) > limit
    assert all(abs(row.difference_gbp or 9e9) <= 2 or row.difference_gbp == 0 for row in bound)


@pytest.mark.parametrize("year", ["2022-23", "2023-24"])
def test_column_g_agrees_about_who_is_on_the_limit(found: dict[str, Protection], year: str) -> None:
    for row in found[year].rows:
        if row.protection_status is ProtectionStatus.LIMIT:
            assert row.gains_limit_loss_gbp is not None
            assert row.gains_limit_loss_gbp > 0, row.la_name
        if row.protection_status in (ProtectionStatus.FLOOR, ProtectionStatus.BETWEEN):
            assert row.gains_limit_loss_gbp == 0, row.la_name


@pytest.mark.parametrize(("year", "pct", "published"), [("2022-23", 8.0, 141_225_046), ("2023-24", 5.0, 154_758_035)])
def test_hertfordshire_is_on_the_floor(found: dict[str, Protection], year: str, pct: float, published: float) -> None:
    row = found[year].row("919")
    assert row.protection_status is ProtectionStatus.FLOOR
    assert row.area.published_gbp == published  # printed
    assert row.change_pct == pytest.approx(pct, abs=1e-5)


def test_hertfordshire_by_hand(found: dict[str, Protection], store: Store) -> None:
    # 2022-23 on a calculator: 130,071,132 of 2021-22 ÷ heads of mid-2021 × 1.08 × heads of mid-2022.
    heads = {
        year: store.table("population").filter(
            (pl.col("mid_year") == year) & (pl.col("series") == "dfe_projection") & (pl.col("la_code") == "919")
        )["people"][0]
        for year in (2021, 2022)
    }
    assert found["2022-23"].row("919").floor_gbp == pytest.approx(130_071_132 / heads[2021] * 1.08 * heads[2022])


@pytest.mark.parametrize("year", ["2022-23", "2023-24"])
def test_known_differences(found: dict[str, Protection], year: str) -> None:
    known = names(found[year], ProtectionStatus.KNOWN_DIFFERENCE)
    assert known >= GLARING[year]
    outside = {
        row.la_name
        for row in found[year].rows
        if row.floor_distance_gbp is not None and (row.floor_distance_gbp < -2 or (row.limit_distance_gbp or 0) < -2)
    }
    assert outside <= GLARING[year]
    # All others lie inside, and equal the bound to the pound with whole places of special free schools added.
    for row in found[year].rows:
        if row.protection_status is ProtectionStatus.KNOWN_DIFFERENCE and row.la_name not in NO_PLACES:
            assert row.whole_places >= 1, row.la_name
            assert row.whole_places * place_rule().place_gbp <= row.area.special_free_schools_gbp, row.la_name


def test_every_listed_difference_is_found(found: dict[str, Protection]) -> None:
    listed = [entry for entry in known_differences() if entry.check == "protection"]
    assert len(listed) > 50
    for entry in listed:
        row = found[entry.financial_year].row(entry.area)
        assert row.protection_status is ProtectionStatus.KNOWN_DIFFERENCE, (entry.financial_year, row.la_name)
        assert row.difference_gbp == pytest.approx(entry.expected_difference_gbp, abs=entry.tolerance_gbp)


def test_northamptonshire_needs_no_other_population(found: dict[str, Protection]) -> None:
    # 940 and 941 are on the floor of the projection's own heads with 3 and 7 places of £6,000 in the baseline.
    assert [found["2022-23"].row(code).whole_places for code in ("940", "941")] == [3, 7]
    assert [found["2023-24"].row(code).whole_places for code in ("940", "941")] == [7, 177]


def test_cumbria_is_classed_as_a_whole(found: dict[str, Protection]) -> None:
    whole = found["2023-24"].row("942+943")
    assert (whole.protection_status, whole.bound, whole.whole_places) == (
        ProtectionStatus.KNOWN_DIFFERENCE,
        "floor",
        15,
    )
    for code in ("942", "943"):
        part = found["2023-24"].row(code)
        assert part.protection_status is ProtectionStatus.KNOWN_DIFFERENCE
        assert part.recomputed_gbp is None
        assert "Cumbria" in part.reason


def test_a_difference_that_is_not_listed_is_unexplained(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hnf.analysis.protection.known_differences", lambda: ())
    fresh = protection(Store(store.folder), FinancialYear(2022))
    assert names(fresh, ProtectionStatus.UNEXPLAINED) == {
        *GLARING["2022-23"],
        *("Coventry", "Wolverhampton", "Trafford", "Cumbria", "Warwickshire"),
        *("North Northamptonshire", "West Northamptonshire"),
    }
    assert "Leeds" in " ".join(fresh.notes)


def test_a_year_whose_baseline_holds_hospital_money(found: dict[str, Protection]) -> None:
    assert "hospital money" in found["2021-22"].notes[0]
    assert found["2021-22"].row("919").protection_status is ProtectionStatus.NOT_CLASSED
    assert found["2021-22"].row("857").protection_status is ProtectionStatus.FLOOR  # Rutland, no hospital money at all


@pytest.mark.parametrize(
    ("year", "words"),
    [
        ("2019-20", "floor_baseline_terms"),
        ("2020-21", "floor_baseline_terms"),
        ("2024-25", "there is no allocation for 2024-25 in these tables"),
        ("2025-26", "there is no allocation for 2024-25 and 2025-26 in these tables"),
        ("2026-27", "suspended"),
        ("2031-32", "nobody has described"),
    ],
)
def test_a_year_that_cannot_be_recomputed_is_refused(store: Store, year: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        protection(store, FinancialYear.parse(year))
    assert "2021-22, 2022-23, 2023-24" in refused.value.line()
    assert [str(known) for known in protection_years(store)] == list(YEARS)


def test_command_json(hnf: Callable[..., Any]) -> None:
    answer = hnf("protection", "--year", "2022-23", "--format", "json")
    assert answer.code == 0
    payload = answer.json
    assert payload["counts"] == COUNTS["2022-23"]
    assert len(payload["rows"]) == 150
    for row in payload["rows"]:
        assert {"la_code", "la_name", "class", "recomputed_gbp", "published_gbp", "difference_gbp"} <= row.keys()
        if row["class"] in ("floor", "limit"):
            assert abs(row["difference_gbp"]) <= 2
            assert row["difference_gbp"] == pytest.approx(row["recomputed_gbp"] - row["published_gbp"])
        if row["class"] == "between":
            assert row["recomputed_gbp"] is None
            assert row["floor_gbp"] < row["published_gbp"] < row["limit_gbp"]


def test_command_table_fits_eighty_columns(hnf: Callable[..., Any]) -> None:
    for year in YEARS:
        lines = hnf("protection", "--year", year).out.splitlines()
        assert len(lines) > 150
        assert max(map(len, lines)) <= 80


def test_every_id_resolves_to_the_number_it_stands_for(found: dict[str, Protection], store: Store) -> None:
    for code in ("919", "383", "942+943"):
        payload = found["2023-24"].row(code).to_json()
        assert payload["figure_ids"]
        for part, figure_id in payload["figure_ids"].items():
            name = part if part.endswith("_pct") else f"{part}_gbp"
            assert resolve(store, figure_id).value == payload[name]
    cells = trace(store, "protection:2022-23:919:floor").cells
    assert [traced.figure.id.split(":")[0] for traced in cells] == ["dsg", "population", "population"]


def test_no_number_is_missing_where_there_are_bounds(found: dict[str, Protection]) -> None:
    for row in found["2022-23"].rows:
        assert row.floor_gbp is not None
        assert row.limit_gbp is not None
        assert np.isfinite([row.floor_gbp, row.limit_gbp]).all()
        assert row.floor_gbp < row.limit_gbp
