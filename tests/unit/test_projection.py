"""Projections: methods by hand, the backtest in its stored table, refusals, areas, the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.analysis.projection import (
    METHODS,
    NAIVE,
    PlanSeries,
    all_series,
    backtest,
    backtest_rows,
    errors_of,
    plan_series,
    project,
    quantile,
    sentences,
)
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.tables.store import Store

Run = Callable[..., Any]
STORED = Path(__file__).parents[2] / "docs" / "backtest.csv"
#: How far a figure of the stored table may be from the same computed again, relative.
TOLERANCE = 1e-9


def test_methods_by_hand() -> None:
    history = (100, 110, 120, 130, 140)
    assert METHODS["no_change"](history, 2) == [140, 140]
    # 140 / 130 = 1.076923; 140 × 1.076923 = 150.769; × 1.076923 = 162.367
    assert METHODS["last_growth"](history, 2) == pytest.approx([150.769, 162.367], abs=0.001)
    # The line through five counts that rise by 10 has slope 10.
    assert METHODS["linear_trend"](history, 3) == pytest.approx([150, 160, 170])
    # Mean growth (140 / 100)^(1/4) = 1.087757; 0.9 of it after a year: 1.087757^0.9 = 1.078636, × 140 = 151.009;
    # after two years 0.9 + 0.81 = 1.71: 1.087757^1.71 = 1.154721, × 140 = 161.661
    assert METHODS["damped_trend"](history, 2) == pytest.approx([151.009, 161.661], abs=0.01)


def test_a_backtest_by_hand() -> None:
    # Six counts: one origin (the fifth), one year ahead. No change says 140 and 147 came: 7 / 147 = 4.7619%.
    found = backtest(PlanSeries("Here", 2010, (100, 110, 120, 130, 140, 147), ((),) * 6))
    assert set(found) == {(method, 1) for method in METHODS}
    assert found["no_change", 1].mape_pct == pytest.approx(4.7619, abs=1e-4)
    assert found["no_change", 1].ratios == pytest.approx((1.05,))  # 147 / 140
    assert found["linear_trend", 1].mape_pct == pytest.approx(100 * 3 / 147)  # 150 against 147


def test_an_origin_sees_nothing_that_came_after_it() -> None:
    early = (100, 110, 125, 130, 140, 160, 170)
    one = backtest(PlanSeries("Here", 2010, early, ((),) * 7))
    other = backtest(PlanSeries("Here", 2010, (*early[:6], 900), ((),) * 7))
    for method in METHODS:
        assert one[method, 1].ratios[0] == other[method, 1].ratios[0]
        assert one[method, 2].ratios[0] / 170 == pytest.approx(other[method, 2].ratios[0] / 900)


@given(st.lists(st.integers(1, 10_000), min_size=5, max_size=17), st.integers(1, 5))
def test_methods_are_positive_and_start_alike_at_any_horizon(counts: list[int], steps: int) -> None:
    for method in METHODS.values():
        projected = method(tuple(counts), steps)
        assert len(projected) == steps
        assert all(value > 0 for value in projected)
        assert projected[0] == pytest.approx(method(tuple(counts), 1)[0])


@given(st.integers(1, 5_000), st.integers(1, 5))
def test_a_flat_series_stays_flat_by_every_method(count: int, steps: int) -> None:
    for method in METHODS.values():
        assert method((count,) * 6, steps) == pytest.approx([count] * steps)


def test_quantiles_by_hand() -> None:
    assert quantile((4.0, 1.0, 3.0, 2.0), 0.5) == 2.5
    assert quantile((1.0, 2.0, 3.0), 0.0) == 1.0
    assert quantile((1.0, 2.0), 0.9) == pytest.approx(1.9)


def test_the_backtest_is_as_stored(store: Store) -> None:
    """Written by `hnf project England --backtest --format csv > docs/backtest.csv`."""
    stored = list(csv.DictReader(STORED.read_text(encoding="utf-8").splitlines()))
    found = backtest_rows(store, "england")
    assert len(stored) == len(found) == 2 * len(METHODS) * 5
    for old, new in zip(stored, found, strict=True):
        for key, value in new.items():
            if isinstance(value, float):
                assert float(old[key]) == pytest.approx(value, rel=TOLERANCE), (old, key)
            else:
                assert old[key] == str(value), (old, key)


def test_every_complete_series_is_tried_from_every_origin(store: Store) -> None:
    series = all_series(store)
    assert len(series) == 150  # 153 authorities, three reorganised areas of two once each
    short = [one.name for one in series if one.last != 2026]
    assert short == ["the Isle of Wight"]
    pooled = errors_of(store, "all")
    assert len(pooled["no_change", 1].ratios) == 149 * 12 + 11


def test_a_method_is_offered_only_where_it_beats_both_naive_ones(store: Store) -> None:
    offered = refused = 0
    for series in all_series(store):
        code = series.ids[-1][0].split(":")[3]
        errors = errors_of(store, code)
        for point in project(store, code).points:
            naive = min(errors[name, point.horizon].mape_pct for name in NAIVE)
            assert point.naive_mape_pct == naive
            assert (point.reason == "") == (errors[point.method, point.horizon].mape_pct < naive)
            assert (point.value is None) == bool(point.reason)
            offered, refused = offered + (not point.reason), refused + bool(point.reason)
    assert offered > 100
    assert refused > 100


def test_hertfordshire_and_england_are_refused_with_the_errors(store: Store) -> None:
    """Growth gathered pace, so that trends fell short of the last growth repeated."""
    for who in ("Hertfordshire", "England"):
        found = project(store, who)
        assert found.offered == ()
        assert all("it is no better than the naive method" in point.reason for point in found.points)
        assert sentences(found)[0].startswith("No projection is given for")


def test_cumberland_is_projected_on_the_whole_area(store: Store) -> None:
    found = project(store, "Cumberland", 3)
    assert found.series.name == "the former Cumbria area"
    assert (found.series.first, found.series.last) == (2010, 2026)
    assert found.series.counts[-1] == 5_775
    assert [point.horizon for point in found.offered] == [2, 3, 2, 3]
    for point in found.offered:
        assert point.low is not None
        assert point.high is not None
        assert point.low < point.high
    assert any("Reforms" in said for said in sentences(found))


def test_a_suppressed_count_ends_the_series(store: Store) -> None:
    found = project(store, "Isle of Wight", 1)
    assert found.series.last == 2025
    assert {point.january for point in found.points} == {2026}


@pytest.mark.parametrize("who", ["Cumbria", "Poole", "BCP", "West Northamptonshire"])
def test_reorganised_areas_are_taken_whole(store: Store, who: str) -> None:
    series = project(store, who).series
    assert len(series.counts) == 17
    assert series.note


def test_every_figure_is_estimated_and_resolves(store: Store) -> None:
    found = project(store, "Cumberland")
    for point in found.points:
        for statistic in ("value", "low", "high"):
            figure = found.figure(point, statistic)
            assert figure.basis == "estimated"
            assert "projected" in figure.label
            assert resolve(store, figure.id) == figure
    cells = trace(store, found.figure(found.offered[0], "value").id).cells
    assert len(cells) == 8  # five Januaries, the last three of them in two counts
    assert len(trace(store, found.figure(found.offered[0], "low").id).cells) > 2_000
    for id_ in (
        "projection:942:2020:linear_trend:2027:value",
        "backtest:919:luck:1:mape",
        "backtest:919:no_change:1:x",
    ):
        with pytest.raises(UsageError, match="is unknown"):
            resolve(store, id_)


def test_a_series_with_a_gap_is_refused(tables: Path) -> None:
    path = tables / "ehc_plans.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [_suppress(line) if line.startswith("2020,") and ",919,total,total," in line else line for line in lines]
    assert changed != lines
    path.write_text("".join(changed), encoding="utf-8")
    with pytest.raises(UsageError, match="the count of Hertfordshire in January 2020 is missing or zero"):
        plan_series(Store(tables), "919")


def _suppress(line: str) -> str:
    before, _, after = line.partition(",total,total,")
    count, rest = after.split(",", 1)
    assert count.isdecimal()
    return f"{before},total,total,,x{rest}"


# The command line


def test_contract(hnf: Run) -> None:
    found = hnf("project", "Cumberland", "--format", "json").json
    assert found["label"] == "projection"
    assert found["basis"] == "estimated"
    assert len(found["rows"]) == 10
    for row in found["rows"]:
        assert row["is_projection"] is True
        assert row["basis"] == "estimated"
        assert (row["plans_count"] is None) == (row["reason"] is not None)
    assert hnf("project", "England", "--format", "json").json["la_code"] is None


def test_the_backtest_on_the_command_line(hnf: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(hnf("project", "919", "--backtest", "--format", "csv").out)))
    assert {row["area"] for row in rows} == {"919", "all"}


@pytest.mark.parametrize("arguments", [("Cumberland",), ("Isle of Wight",), ("919", "--backtest"), ("City of London",)])
def test_tables_fit_80_columns_and_say_projection(hnf: Run, arguments: tuple[str, ...]) -> None:
    answer = hnf("project", *arguments)
    assert answer.code == 0
    assert max(len(line) for line in answer.out.splitlines()) <= 80
    assert "rojection" in answer.out.splitlines()[0]
    assert "(estimated)" in answer.out.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Cumberlnd",), "Did you mean Cumberland"),
        (("919", "--years", "8"), "--years: a projection over 8 years cannot be given. Backtests reach 1 to 5."),
        (("919", "--years", "0"), "a projection over 0 years"),
    ],
)
def test_mistakes_are_one_line(hnf: Run, arguments: tuple[str, ...], message: str) -> None:
    answer = hnf("project", *arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1
