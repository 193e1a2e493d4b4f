"""A figure of an answer has labelled axes and a source, is known to no global state, and can be changed and saved."""

from __future__ import annotations

import re
import sys

import pytest
from matplotlib.figure import Figure

import hnf
from hnf.analysis.compare import compare_over_time
from hnf.charts.draw import write_chart
from hnf.errors import FormulaError, UsageError
from hnf.measures.prices import deflator

SPEC = hnf.RateSpec("2023-24", "block", "head")
ANSWERS = {
    "rank": lambda store: hnf.rank(store, SPEC),
    "rank of a measure": lambda store: hnf.rank(store, hnf.measure_spec(store, "refused_pct")),
    "compare": lambda store: hnf.compare(store, SPEC, "Hertfordshire", "region"),
    "regions": lambda store: hnf.rank(store, SPEC, level="region"),
    "compare over time": lambda store: compare_over_time(
        store, (hnf.RateSpec("2019-20", "block", "head"), SPEC), "Kent", "region", deflator(store)
    ),
    "growth": lambda store: hnf.growth(store, "Isle of Wight"),
    "measure growth": lambda store: hnf.measure_growth(store, "Kent", "refused_pct", 2019, 2025),
    "wedge": lambda store: hnf.wedge(store, "Cumberland"),
    "need": lambda store: hnf.need(store, "Leeds", 2019, None, "special_independent_pct"),
    "scenario": lambda store: hnf.run_scenario(store, "additional_by_plans", "2023-24"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_figure_has_labels_and_a_source_and_can_be_restyled_and_saved(store, tmp_path, name):
    figure = ANSWERS[name](store).to_figure()
    assert isinstance(figure, Figure)
    (axes,) = figure.axes
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    assert axes.get_title(loc="left")
    assert "Source: published tables" in figure.get_supxlabel()
    axes.set_title("Mine", loc="left")
    for ending, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        figure.savefig(tmp_path / f"a.{ending}")
        assert (tmp_path / f"a.{ending}").read_bytes().startswith(start)
    assert axes.get_title(loc="left") == "Mine"
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_figure_draws_the_values_of_the_answer(store):
    ranking = hnf.rank(store, SPEC)
    bars = ranking.to_figure().axes[0].patches
    assert [bar.get_height() for bar in bars] == ranking.to_polars()["value"].to_list()
    for which in ({"level": "region"}, {"region": "South East"}):  # few enough to be named
        some = hnf.rank(store, SPEC, **which)
        axes = hnf.figure_of(some, "column").axes[0]
        assert [bar.get_width() for bar in axes.patches] == some.to_polars()["value"].to_list()
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert names == some.to_polars()["area_name"].to_list()
        assert len(axes.get_xticks()) <= 6
    lines = hnf.wedge(store, "Hertfordshire").to_figure().axes[0].get_lines()
    # The block as printed: £115,319,915.84 in 2019-20 and £180,432,328 in 2023-24, which is 156.46 of 100.
    assert lines[0].get_ydata()[4] == pytest.approx(156.46, abs=0.005)


def test_need_has_the_lines_of_its_chart(store):
    answer = hnf.need(store, "Hertfordshire", 2019, None, "within_20_weeks_pct")
    lines = answer.to_figure().axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["Hertfordshire", "England", "The East of England"]
    rows = answer.to_json()["measures"]
    for line, key in zip(lines, ("value", "england", "region"), strict=True):
        assert list(line.get_ydata()) == [row[key] for row in rows]


def test_a_scenario_shows_who_gains_and_loses_most(store):
    found = hnf.run_scenario(store, "no_gains_limit", "2023-24")
    axes = found.to_figure().axes[0]
    changes = sorted(row["change_gbp"] for row in found.to_json()["rows"])[-8:]
    assert [bar.get_width() for bar in axes.patches] == changes
    assert axes.get_yticklabels()[-1].get_text() == "Kirklees"  # + £8.6 million, the most
    with pytest.raises(FormulaError, match="nothing to draw"):
        hnf.run_scenario(store, {"uplift": {"pct": 0, "term": "block"}}, "2023-24").to_figure()


def test_a_map_in_a_column_is_as_narrow_as_its_file(store, tmp_path):
    found = hnf.map_chart(store, "nff", "2023-24", "pupil")
    wide, narrow = (hnf.figure_of(found, size).get_size_inches()[0] for size in ("slide", "column"))
    write_chart(found.drawing[0], tmp_path / "map.svg", "column")
    points = re.search(r' width="([0-9.]+)pt"', (tmp_path / "map.svg").read_text(encoding="utf-8"))
    assert narrow * 72 == pytest.approx(float(points[1]), abs=0.1)
    assert wide > 1.8 * narrow


def test_what_is_not_known_is_a_gap_and_said(store):
    figure = hnf.growth(store, "Isle of Wight").to_figure()
    assert "EHC plans, the Isle of Wight: not known." in figure.get_supxlabel()


def test_the_map_is_drawn(store, tmp_path):
    found = hnf.map_chart(store, "nff", "2023-24", "pupil", highlight=["Hertfordshire"])
    found.to_figure().savefig(tmp_path / "map.png")
    row = found.to_polars().filter(la_code="919").row(0, named=True)
    assert (row["class"], row["highlighted"]) == (1, True)


def test_an_answer_without_a_series_says_what_has_one(store):
    with pytest.raises(UsageError, match=r"no series or ranking to draw\. rank, compare"):
        hnf.gap(store, SPEC, "919").to_figure()


def test_a_notebook_shows_a_figure_without_pyplot(store):
    for answer in (hnf.wedge(store, "Leeds"), hnf.map_chart(store, "plans_per_1000_0_25")):
        assert answer.to_figure()._repr_png_().startswith(b"\x89PNG")
