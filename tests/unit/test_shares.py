"""Shares and rates per 1,000 of the SEN2 returns: values by hand and by csv, who has none and why, what is odd."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from hnf.analysis.compare import compare
from hnf.analysis.rank import league_table, rank, rank_figure, value_figure
from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.measures.rates import MeasureSpec, rate_id, spec_from_parts
from hnf.measures.register import PLAIN, SHARES
from hnf.measures.shares import (
    ReturnFlag,
    area_amounts,
    flags_of,
    measure_spec,
    measure_table,
    measure_value,
    periods_of,
    return_flags,
)
from hnf.tables.store import Store

TIDY = Path(__file__).parents[2] / "data" / "tidy"


@cache
def rows(table: str) -> list[dict[str, str]]:
    with (TIDY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(table: str, column: str, period: str, item: str) -> dict[str, float]:
    """Return the latest release's numbers of an item by area: la_code, region or england."""
    found: dict[str, tuple[str, str]] = {}
    for row in rows(table):
        if (row[column], row["item"]) == (period, item):
            area = row["la_code"] or row["region_code"] or "england"
            found[area] = max(found.get(area, ("", "")), (row["release"], row["value"]))
    return {area: float(value) for area, (_, value) in found.items() if value}


def value(store: Store, name: str, period: str, area: str) -> float:
    found = measure_value(store, MeasureSpec(name, period), area).value
    assert found is not None
    return float(found)


@pytest.mark.parametrize(
    ("name", "period", "area", "expected"),
    [
        ("within_20_weeks_pct", "2025", "england", 100 * 46498 / 102203),
        ("refused_pct", "2025", "england", 100 * 43289 / 162702),
        ("independent_special_pct", "2026", "england", 100 * 35569 / 718838),
        ("special_independent_pct", "2026", "england", 100 * (35569 + 4654) / 718838),
        ("special_state_pct", "2026", "england", 100 * (86104 + 71570 + 13545) / 718838),
        ("mainstream_pct", "2026", "england", 100 * 326804 / 718838),
        ("elsewhere_pct", "2026", "england", 100 * 62386 / 718838),
        ("elsewhere_pct", "2019", "england", 100 * (11654 + 1902 + 3486 + 63) / 353995),
        ("appeal_rate_pct", "2024", "england", 100 * 22276 / 364912),
        ("appeal_rate_old_pct", "2024", "england", 100 * 22276 / 689739),
        ("appeals", "2024", "891", 184),
        ("appeals", "2024", "892", 52),
        ("need_asd_pct", "2025", "england", 100 * 201183 / 638745),
        ("within_20_weeks_pct", "2024", "E12000001", None),
    ],
)
def test_values_are_those_of_printed_counts(
    store: Store, name: str, period: str, area: str, expected: float | None
) -> None:
    if expected is None:
        issued = cells("timeliness", "calendar_year", period, "issued")[area]
        expected = 100 * cells("timeliness", "calendar_year", period, "within_20_weeks")[area] / issued
    assert value(store, name, period, area) == pytest.approx(expected, rel=1e-12)


PAIRS = (
    ("refused_pct", "requests", "calendar_year", "2025", "not_assess", "received"),
    ("within_20_weeks_pct", "timeliness", "calendar_year", "2024", "within_20_weeks", "issued"),
    ("within_20_weeks_ex_pct", "timeliness", "calendar_year", "2025", "within_20_weeks_ex", "issued_ex"),
    ("further_education_pct", "placements", "january", "2026", "fe_total", "total"),
    ("need_semh_pct", "primary_need", "january", "2025", "semh", "total"),
    ("appeal_rate_pct", "appeals", "calendar_year", "2025", "appeals", "decisions_in_development"),
)


@pytest.mark.parametrize(("name", "table", "column", "period", "part", "whole"), PAIRS)
def test_every_authority_has_its_share_or_a_reason(  # noqa: PLR0917
    store: Store, name: str, table: str, column: str, period: str, part: str, whole: str
) -> None:
    parts, wholes = cells(table, column, period, part), cells(table, column, period, whole)
    expected = {area: 100 * parts[area] / wholes[area] for area in parts if wholes.get(area) and len(area) == 3}
    found = measure_table(store, MeasureSpec(name, period))
    assert found.values == pytest.approx(expected, rel=1e-12)
    assert list(found.values.values()) == sorted(expected.values())
    opened = {row["la_code"] for row in rows("authorities") if not row["closed"]}
    assert opened == set(found.values) | set(found.excluded)
    assert not set(found.values) & set(found.excluded)
    assert all(found.excluded.values())


def test_rates_per_thousand_name_the_estimate_that_they_divide_by(store: Store) -> None:
    people = {
        row["la_code"]: float(row["people"])
        for row in rows("population")
        if (row["mid_year"], row["series"], row["age_band"]) == ("2024", "ons_estimate", "0-25")
    }
    plans = {
        row["la_code"]: float(row["count"])
        for row in rows("ehc_plans")
        if (row["january"], row["plan_type"]) == ("2026", "total") and row["count"]
    }
    found = measure_table(store, MeasureSpec("plans_per_1000_0_25", "2026"))
    assert found.values["919"] == pytest.approx(1000 * plans["919"] / people["919"], rel=1e-12)
    assert found.note == "People: the ONS estimate of mid-2024, the latest published"
    assert (
        measure_table(store, MeasureSpec("plans_per_1000_0_25", "2023")).note == "People: the ONS estimate of mid-2023"
    )
    assert "921" in found.excluded
    assert "suppressed" in found.excluded["921"]


def test_an_authority_that_was_split_has_the_people_of_what_it_became(store: Store) -> None:
    spec = MeasureSpec("plans_per_1000_0_25", "2021")  # of Northamptonshire, which ended in March 2021
    people = sum(
        float(row["people"])
        for row in rows("population")
        if (row["mid_year"], row["series"], row["age_band"]) == ("2021", "ons_estimate", "0-25")
        and row["la_code"] in ("940", "941")
    )
    plans = max(
        (row["release"], float(row["count"]))
        for row in rows("ehc_plans")
        if (row["january"], row["plan_type"], row["la_code"]) == ("2021", "total", "928")
    )[1]
    assert value(store, spec.measure, spec.period, "928") == pytest.approx(1000 * plans / people, rel=1e-12)


def test_the_groups_of_settings_add_to_all_plans_where_all_are_known(store: Store) -> None:
    groups = [name for name in PLAIN if name.startswith("placed_")]
    assert len(groups) == 8
    short: dict[str, set[str]] = {}
    for january in periods_of(store, "placements_total"):
        for level in ("national", "regional", "local_authority"):
            totals = area_amounts(store, MeasureSpec("placements_total", january), level).values
            parts = [
                area_amounts(store, MeasureSpec(name, january), level).values
                for name in groups
                if january in periods_of(store, name)
            ]
            for area, total in totals.items():
                if all(area in part for part in parts) and sum(part[area] for part in parts) != total:
                    short.setdefault(january, set()).add(area)
    # Hackney and Peterborough gave totals only, so that their regions and England do not add either.
    assert short == {"2024": {"england", "E12000006", "E12000007"}}


def test_areas_together_are_made_of_added_counts(store: Store) -> None:
    parts, wholes = (cells("requests", "calendar_year", "2025", item) for item in ("not_assess", "received"))
    expected = 100 * (parts["942"] + parts["943"]) / (wholes["942"] + wholes["943"])
    assert value(store, "refused_pct", "2025", "942+943") == pytest.approx(expected, rel=1e-12)
    assert value(store, "requests", "2025", "942+943") == wholes["942"] + wholes["943"]
    with pytest.raises(UsageError, match="published as a percentage"):
        measure_value(store, MeasureSpec("sen_support_pct", "2025"), "942+943")


@pytest.mark.parametrize(
    ("name", "period", "area", "reason"),
    [
        ("plans", "2026", "921", "suppressed"),
        ("within_20_weeks_pct", "2025", "856", "has no row for it"),
        ("appeal_rate_pct", "2025", "823", "left out here"),
        ("mainstream_pct", "2021", "942", "for January 2021 ask for Cumbria"),
        ("refused_pct", "2025", "909", "does not list it"),
    ],
)
def test_who_has_no_figure_is_told_why(store: Store, name: str, period: str, area: str, reason: str) -> None:
    with pytest.raises(UsageError) as error:
        measure_value(store, MeasureSpec(name, period), area)
    assert reason in error.value.line()


#: One in four is tried each time, all of them among the long tests.
RANKED = (*SHARES, "requests", "placed_elsewhere", "sen_support_pct", "people_0_25_ons")


@pytest.mark.parametrize(
    "name", [name if name in RANKED[::4] else pytest.param(name, marks=pytest.mark.slow) for name in RANKED]
)
def test_every_measure_is_ranked_compared_and_traced(store: Store, name: str) -> None:
    spec = measure_spec(store, name)
    ranking = rank(store, spec)
    payload = ranking.to_json()
    assert payload["universe"] == len(payload["rows"]) > 140
    values = [row["value"] for row in payload["rows"]]
    assert values == sorted(values)
    first = payload["rows"][0]
    assert resolve(store, first["figure_id"]).value == first["value"]
    assert resolve(store, first["rank_id"]).value == first["rank"] == 1
    assert resolve(store, f"universe:{spec.id_part}").value == ranking.universe
    if ranking.table.england is not None:
        assert resolve(store, payload["england"]["figure_id"]).value == ranking.table.england
    compared = compare(store, spec, "886", "region").to_json()
    assert resolve(store, compared["figure_ids"]["mean"]).value == pytest.approx(compared["mean"])
    assert not [key for key in compared if key.endswith("_gbp")]


@pytest.mark.parametrize(("asked", "found"), [(None, "2025"), ("2024", "2024"), (2016, "2016"), ("2023-24", "2023")])
def test_a_period_is_the_latest_or_the_one_that_goes_with_the_year(store: Store, asked: object, found: str) -> None:
    assert measure_spec(store, "refused_pct", asked).period == found


@pytest.mark.parametrize("asked", ["1999", "twenty", "", "20250", "2015"])
def test_a_period_without_figures_lists_those_with(store: Store, asked: str) -> None:
    with pytest.raises(UsageError) as error:
        measure_spec(store, "refused_pct", asked)
    assert error.value.todo == f"There are: {', '.join(str(year) for year in range(2016, 2026))}."


def test_a_flag_is_about_its_measures_or_the_items_of_its_tables() -> None:
    def flag(**given: tuple[str, ...]) -> ReturnFlag:
        return ReturnFlag("Odd.", "a file", "note", given.pop("periods", ()), ("919",), **given)

    assert flag(tables=("requests",), items=("not_assess",)).covers("refused_pct", "2025")
    assert not flag(tables=("requests",), items=("withdrawn",)).covers("refused_pct", "2025")
    assert flag(tables=("requests",)).covers("requests_per_1000", "2025")
    assert not flag(tables=("requests",), periods=("2024",)).covers("refused_pct", "2025")
    assert flag(measures=("refused_pct",)).covers("refused_pct", "2025")
    assert not flag(measures=("refused_pct",)).covers("undecided_pct", "2025")


def test_every_flag_names_what_the_tables_have() -> None:
    codes = {row[column] for row in rows("authorities") for column in ("la_code", "region_code")} | {"england"}
    for flag in return_flags():
        assert flag.words.endswith(".")
        assert flag.source
        assert set(flag.la_codes) <= codes
        assert flag.measures or flag.tables
        assert set(flag.measures) <= {*PLAIN, *SHARES}
        known = {row["item"] for table in flag.tables for row in rows(table)}
        assert set(flag.items) <= known
        assert flag.kind in ("faulty", "partial", "recording", "note", "left_out")


def test_what_is_left_out_is_a_flag_too(store: Store) -> None:
    assert any(
        "Central Bedfordshire" in words for words in flags_of(store, MeasureSpec("appeal_rate_pct", "2024"))["823"]
    )


def test_parts_of_an_id_name_a_rate_or_a_measure() -> None:
    spec = spec_from_parts("2025", "refused_pct", "none")
    assert spec == MeasureSpec("refused_pct", "2025")
    assert rate_id(spec, "919") == "rate:2025:refused_pct:none:919"
    assert spec_from_parts("2023-24", "block", "none").unit == "gbp"
    with pytest.raises(UsageError):
        spec_from_parts("2025", "refused_pct", "head")
    with pytest.raises(UsageError, match="is a rate of funding"):
        MeasureSpec("block_per_head", "2023-24")


@pytest.mark.parametrize("function", [value_figure, rank_figure])
def test_nobody_has_a_figure_in_a_period_without_any(store: Store, function: Callable[..., object]) -> None:
    with pytest.raises(UsageError, match=r"in 1999"):
        function(store, MeasureSpec("refused_pct", "1999"), "919")
    with pytest.raises(UsageError):
        league_table(store, MeasureSpec("refused_pct", "1999"))
