"""What a page knows of the values in a picture."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import example_pack as example
import pytest
from matplotlib.patches import StepPatch

from hnf.charts.draw import Width, _svg, draw, find_marks, render_bare
from hnf.charts.page import styled
from hnf.packs.content import AmongAllChart, Chart, print_cell

WIDTHS: tuple[Width, ...] = ("wide", "narrow")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_mark_of_a_bar_stands_on_its_top(width: Width) -> None:
    chart = example.among_chart()
    figure = draw(chart, with_titles=False, width=width)
    marks = find_marks(chart, figure)
    axes = figure.axes[0]
    (steps,) = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    values, edges, _ = steps.get_data()
    height = figure.get_figheight() * 72
    assert len(marks) == len(values) == 151
    for mark, value, (left, right) in zip(marks, values, pairwise(edges), strict=True):
        x, y = axes.transData.transform(((left + right) / 2, value))
        assert mark.x == pytest.approx(x, abs=0.06)
        assert mark.y == pytest.approx(height - y, abs=0.06)


def test_a_mark_of_a_line_stands_on_its_point() -> None:
    chart = example.block_chart()
    figure = draw(chart, with_titles=False)
    axes = figure.axes[0]
    (line,) = [line for line in axes.lines if line.get_label() == "England"]
    points = axes.transData.transform(line.get_xydata())
    marks = [mark for mark in find_marks(chart, figure) if mark.words.startswith("England")]
    height = figure.get_figheight() * 72
    assert [(mark.x, mark.y) for mark in marks] == [
        (pytest.approx(x, abs=0.06), pytest.approx(height - y, abs=0.06)) for x, y in points
    ]
    # Worked by hand: the values of the example, printed as rates in pounds.
    assert [mark.words for mark in marks] == [
        "England, 2019-20: £790",
        "England, 2020-21: £859",
        "England, 2021-22: £960",
        "England, 2022-23: £1,092",
        "England, 2023-24: £1,228",
    ]


def test_words_are_those_of_the_table_and_none_where_it_has_other_values() -> None:
    chart = example.among_chart()
    assert isinstance(chart.spec, AmongAllChart)
    marks = render_bare(chart).marks
    printed = [f"{name}: {print_cell(value, 'rate')}" for name, value in chart.spec.values]
    assert [mark.words for mark in marks] == printed
    other = replace(chart, data=replace(chart.data, rows=chart.data.rows[1:]))
    assert render_bare(other).marks == ()
    assert render_bare(example.make_up_chart()).marks == ()


def test_a_missing_point_has_no_mark() -> None:
    chart = example.growth_chart()
    words = [mark.words for mark in render_bare(chart).marks if mark.words.startswith(example.LONG)]
    assert len(words) == 8
    assert not [word for word in words if "2018" in word or "2021" in word or "2023" in word]


def test_a_picture_is_drawn_once_however_it_is_asked_for() -> None:
    assert render_bare(example.block_chart()) is render_bare(example.block_chart(), "wide")


CHARTS = (example.growth_chart(), example.among_chart(), example.make_up_chart(), example.block_chart())


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.id)
def test_a_picture_cut_out_of_one_with_titles_is_the_one_drawn_without(chart: Chart) -> None:
    bare = render_bare(chart)
    figure = draw(chart, with_titles=False)
    with styled():
        drawn = _svg(figure)
    assert re.findall(r"<!-- (.*?) -->", bare.svg) == re.findall(r"<!-- (.*?) -->", drawn)
    assert chart.title not in bare.svg
    sizes = [re.findall(r'(?:width|height)="([\d.]+)pt"', svg) for svg in (bare.svg, drawn)]
    assert list(map(float, sizes[0])) == pytest.approx(list(map(float, sizes[1])))
    marks = find_marks(chart, figure)
    assert [mark.words for mark in bare.marks] == [mark.words for mark in marks]
    for own, other in zip(bare.marks, marks, strict=True):
        assert (own.x, own.y) == (pytest.approx(other.x, abs=0.11), pytest.approx(other.y, abs=0.11))
