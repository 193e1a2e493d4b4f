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
    Errors,
    Outcomes,
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
    # Six counts: one start (the fifth, January 2014), one year ahead.
    found = backtest(PlanSeries("Here", 2010, (100, 110, 120, 130, 140, 147), ((),) * 6))
    assert set(found) == {(method, 1) for method in METHODS}
    assert found["no_change", 1].ratios == {2014: pytest.approx((1.05,))}  # 147 / 140
    assert found["linear_trend", 1].ratios == {2014: pytest.approx((0.98,))}  # 147 / 150
    # The ratio of 2014 is known in January 2015, and nothing before.
    assert found["no_change", 1].known == {2015: pytest.approx((1.05, 1.05, 1.05))}


def test_errors_by_hand() -> None:
    # A pool of three in 2014, known from 2015: 1.0, 1.1 and 1.4; median 1.1; tenth and ninetieth per cent of the way
    # from the first to the last: 1.0 + 0.2 × 0.1 = 1.02 and 1.1 + 0.8 × 0.3 = 1.34.
    pool = Outcomes("linear_trend", 1, {2014: (1.4, 1.0, 1.1)})
    own = Outcomes("linear_trend", 1, {2014: (9.0,), 2015: (1.375, 1.0)})
    found = Errors(own, pool)
    assert pool.ends == pytest.approx((1.02, 1.1, 1.34))
    assert found.count == 2  # nothing was known in January 2014
    assert found.held == {2015: (0, 2)}
    assert found.coverage_pct == 0
    # 1.1 against 1.375 is 20% short, against 1.0 10% over: 15% on average. A naive method is as it is: 27.3% and 0.
    assert found.mape_pct == pytest.approx(15)
    naive = Errors(Outcomes("no_change", 1, own.ratios), Outcomes("no_change", 1, pool.ratios))
    assert naive.mape_pct == pytest.approx(100 * (0.375 / 1.375) / 2)
    assert found.misstated == "its interval could be tested on 2 outcomes, and 256 are needed"


def test_an_interval_that_did_not_hold_is_not_stated() -> None:
    # 301 outcomes spread evenly from 0.85 to 1.15 hold 80% of the same a year later, and 240 of 300 within.
    even = tuple(0.85 + place / 1000 for place in range(301))
    assert Errors(*[Outcomes("linear_trend", 1, {2014: even, 2015: even})] * 2).misstated == ""
    later = tuple(ratio + 0.1 for ratio in even)
    found = Errors(*[Outcomes("linear_trend", 1, {2014: even, 2015: later})] * 2)
    # The interval 0.88 to 1.12 holds 0.95 to 1.12 of those from 0.95 to 1.25: 171 of 301, 56.8%.
    assert found.coverage_pct == pytest.approx(100 * 171 / 301)
    assert found.misstated == "its 80% interval held 56.8% of outcomes, more than 5 points from it"


def test_a_start_sees_nothing_that_came_after_it() -> None:
    early = (100, 110, 125, 130, 140, 160, 170)
    one = backtest(PlanSeries("Here", 2010, early, ((),) * 7))
    other = backtest(PlanSeries("Here", 2010, (*early[:6], 900), ((),) * 7))
    for method in METHODS:
        assert one[method, 1].ratios[2014] == other[method, 1].ratios[2014]
        assert one[method, 1].known[2015] == other[method, 1].known[2015]
        assert one[method, 2].ratios[2014][0] / 170 == pytest.approx(other[method, 2].ratios[2014][0] / 900)


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
    # From 2014 to 2025 for all but the Isle of Wight, to 2024 for it; tested from 2015 on.
    assert sum(map(len, pooled["no_change", 1].outcomes.ratios.values())) == 149 * 12 + 11
    assert pooled["no_change", 1].count == 149 * 11 + 10


def test_no_later_year_where_a_nearer_one_is_refused_and_no_point_outside_its_interval(store: Store) -> None:
    offered = lines = 0
    for series in all_series(store):
        found = project(store, series.ids[-1][0].split(":")[3])
        for method in METHODS:
            reached = [point.horizon for point in found.offered if point.method == method]
            assert reached == list(range(1, len(reached) + 1))
        for point in (*found.offered, *found.naive_line):
            assert point.value is not None
            if point.low is not None or point.offered:
                assert point.low is not None
                assert point.high is not None
                assert point.low <= point.value <= point.high
                assert abs((point.coverage_pct or 0) - 80) <= 5
        for point in found.points:
            assert (point.value is None) == bool(point.reason)
        offered, lines = offered + len(found.offered), lines + len(found.naive_line)
    assert offered > 300
    assert lines > 100


@pytest.mark.parametrize(("who", "last", "before"), [("Hertfordshire", 15_137, 12_920), ("England", 718_838, 638_745)])
def test_hertfordshire_and_england_have_the_line_of_last_growth(store: Store, who: str, last: int, before: int) -> None:
    """Counts of the SEN2 releases of 2026 and 2025; no trend did better than the last growth repeated."""
    found = project(store, who)
    assert found.offered == ()
    assert [(point.january, point.method) for point in found.naive_line] == [
        (year, "last_growth") for year in (2027, 2028, 2029)
    ]
    point = found.naive_line[1]
    assert point.value == pytest.approx(last * (last / before) ** 2)
    assert not point.offered
    assert not point.reason
    said = sentences(found)
    assert said[0].startswith("No projection is given for")
    assert f"about {point.value:,.0f} in January 2028" in said[2]
    assert said[2].startswith("Naive line: if the growth of the last year goes on")
    assert "no method did better" in said[2]
    assert f"missed by {point.mape_pct:.1f}% on average 2 years ahead, from 9 past Januaries" in said[2]
    if who == "England":  # eleven outcomes of one area cannot show what an interval holds
        assert all(one.low is None for one in found.naive_line)
        assert "no interval is stated" in said[2]
    else:
        assert "such intervals held 76.6% of 1,349 past outcomes" in said[2]
        assert found.naive_line[2].low is None  # three years ahead they held 72%


def test_cumberland_is_projected_on_the_whole_area(store: Store) -> None:
    found = project(store, "Cumberland", 3)
    assert found.series.name == "the former Cumbria area"
    assert (found.series.first, found.series.last) == (2010, 2026)
    assert found.series.counts[-1] == 5_775
    assert [(point.method, point.horizon) for point in found.offered] == [
        ("typical_growth", year) for year in (1, 2, 3)
    ]
    assert found.naive_line == ()
    assert any("such intervals held 79.7% of 1,649 past outcomes" in said for said in sentences(found))
    assert any("Reforms" in said for said in sentences(found))


@pytest.mark.parametrize("who", ["City of London", "Rutland"])
def test_a_small_area_has_no_interval(store: Store, who: str) -> None:
    found = project(store, who)
    assert found.offered == ()
    assert found.naive_line
    assert all(point.low is None for point in found.naive_line)
    assert any("intervals did not hold for areas of fewer than 1,000" in point.reason for point in found.points)


def test_a_suppressed_count_ends_the_series(store: Store) -> None:
    found = project(store, "Isle of Wight", 1)
    assert found.series.last == 2025
    assert {point.january for point in found.points} == {2026}


@pytest.mark.parametrize("who", ["Cumbria", "Poole", "BCP", "West Northamptonshire"])
def test_reorganised_areas_are_taken_whole(store: Store, who: str) -> None:
    series = project(store, who).series
    assert len(series.counts) == 17
    assert series.note


@pytest.mark.parametrize("who", ["Cumberland", "Hertfordshire", "England"])
def test_every_figure_is_estimated_and_resolves(store: Store, who: str) -> None:
    found = project(store, who)
    points = (*found.points, *found.naive_line)
    for point, row in zip(points, found.rows(points), strict=True):
        for statistic in ("value", "low", "high"):
            figure = found.figure(point, statistic)
            assert figure.basis == "estimated"
            assert "projected" in figure.label
            assert (figure.value is None) == bool(figure.status)
            assert resolve(store, figure.id) == figure
        ids = row["figure_ids"]
        if point.origins:
            assert resolve(store, ids["mape"]).value == row["mape_pct"]
            assert resolve(store, ids["coverage"]).value == row["coverage_pct"]


def test_figures_are_worked_out_of_their_inputs_and_lead_to_cells(store: Store) -> None:
    found = project(store, "Hertfordshire")
    line = found.naive_line[0]
    assert len(trace(store, found.figure(line, "value").id).cells) == 2  # two Januaries
    low = found.figure(line, "low")
    value, ratio = (resolve(store, id_).value for id_ in low.inputs)
    assert low.value == pytest.approx(value * ratio)
    whole = project(store, "Cumberland")
    point = whole.offered[0]
    high = whole.figure(point, "high")
    value, median, upper = (resolve(store, id_).value for id_ in high.inputs)
    assert high.value == pytest.approx(value / median * upper)
    assert len(trace(store, whole.figure(point, "value").id).cells) > 2_000  # the median is of all authorities


def test_unknown_figures(store: Store) -> None:
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
    assert len(found["rows"]) == 15
    assert found["naive_line"] == []
    for row in found["rows"]:
        assert (row["interval_pct"] == 80) == row["offered"]
        assert row["is_projection"] is True
        assert row["basis"] == "estimated"
        assert (row["plans_count"] is None) == (row["reason"] is not None)
    england = hnf("project", "England", "--format", "json").json
    assert england["la_code"] is None
    assert [row["method"] for row in england["naive_line"]] == ["last_growth"] * 3
    assert not any(row["offered"] for row in england["naive_line"])
    lines = list(csv.DictReader(io.StringIO(hnf("project", "919", "--format", "csv").out)))
    assert [row["method"] for row in lines[15:]] == ["last_growth"] * 3


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
