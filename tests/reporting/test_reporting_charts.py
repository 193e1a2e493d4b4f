"""Charts, checked on the data of their artists and on the boxes of their texts."""

from __future__ import annotations

import base64
import io
import math
import os
import re
import string
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import replace
from importlib import resources
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Literal

import example_pack as example
import matplotlib as mpl
import pytest
import typst
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from hypothesis import given
from hypothesis import strategies as st
from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle, StepPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image
from pypdf import PdfReader

from hnf.charts.draw import draw, render, render_bare, render_inline
from hnf.charts.fonts import CHART_FACE, chart_font, font_faces, fonts
from hnf.charts.page import EDGE, FOCUS, PALETTE, print_ticks, spread_labels, styled
from hnf.packs.build import build_pack
from hnf.packs.content import (
    AmongAllChart,
    Band,
    BreakdownChart,
    Chart,
    ChartSpec,
    Line,
    LineChart,
    RankDotsChart,
    StripChart,
    StripRow,
    TileMapChart,
    WinnersLosersChart,
)
from hnf.tables.authorities import Authorities, constituencies
from hnf.tables.store import Store

Width = Literal["wide", "narrow"]


def with_spec(spec: ChartSpec) -> Chart:
    return replace(example.growth_chart(), spec=spec)


def line_chart(*series: tuple[float | None, ...], names: Iterable[str] = (), **options: object) -> Chart:
    labels = tuple(str(2015 + n) for n in range(len(series[0])))
    called = [*names, *(f"Line {n}" for n in range(len(series)))]
    lines = tuple(Line(called[n], tuple(zip(labels, ys, strict=True)), n == 0) for n, ys in enumerate(series))
    return with_spec(LineChart("Number", lines, **options))  # type: ignore[arg-type]


EQUAL_VALUES = tuple((f"Authority {n}", 1000.0) for n in range(150))
HARD_CHARTS = {
    "growth": example.growth_chart(),
    "among": example.among_chart(),
    "make_up": example.make_up_chart(),
    "block_per_pupil": example.block_chart(),
    "ends_together": line_chart(*[(1.0, 50.0, 100.0 + n / 9) for n in range(4)], names=[example.LONG] * 4),
    "ends_at_zero": line_chart(*[(100.0, 50.0, float(n)) for n in range(4)]),
    "nothing_known": line_chart((None, None), (1.0, 2.0)),
    "nothing_at_all": line_chart((None, None)),
    "one_point": line_chart((5.0,)),
    "all_negative": line_chart((-5.0, -12_345.0, -7.0), y_prefix="£"),
    "not_from_zero": line_chart((98.5, 99.5, 101.5), y_from_zero=False),
    "millions": line_chart((98e6, 140e6, 163e6), y_prefix="£"),
    "four_breaks": line_chart(
        (1.0, 2.0, 3.0, 4.0, 5.0),
        breaks=tuple((str(2016 + n), f"Break number {n} with a longish explanation of it") for n in range(4)),
    ),
    "among_missing": example.among_chart("Isle of Test"),
    "among_highest": example.among_chart(example.HOSTILE),
    "among_middle": example.among_chart("Authority 77"),
    "among_equal": with_spec(
        AmongAllChart(
            "£", EQUAL_VALUES, "Authority 75", (("England", 1000.0), ("Median", 1000.0)), "Authority 75 £1,000"
        )
    ),
    "among_negative": with_spec(
        AmongAllChart("%", tuple((f"A{n}", n - 20.0) for n in range(40)), "A2", (("England 3%", 3.0),), "A2, −18%")
    ),
    "among_one": with_spec(AmongAllChart("£", (("A", 5.0),), "A", (), "A, the only one")),
    "make_up_negative": with_spec(
        BreakdownChart(
            "£ million",
            (("Formula", 10e6, "£10 million"), ("Adjustment", -8e6, "−£8 million"), ("Nothing", 0.0, "£0")),
            ("Total", 2e6, "£2 million"),
        )
    ),
    "make_up_below_zero": with_spec(BreakdownChart("£", (("Adjustment", -3.0, "−£3"),), ("Total", -3.0, "−£3"))),
    "make_up_zero": with_spec(BreakdownChart("£", (("A", 0.0, "£0"),), ("Total", 0.0, "£0"))),
    "winners_losers": with_spec(
        WinnersLosersChart(
            "Change in pounds",
            ((example.LONG, 3.6e6, "+£3.6 million"), ("Kent", 2.0, "+£2")),
            (("Leeds", -1.0, "−£1"), ("Birmingham", -9e6, "−£9 million")),
            between=f"Others: {example.LONG}",
            highlight=example.LONG,
        )
    ),
    "winners_only": with_spec(WinnersLosersChart("£", (("Kent", 2.0, "+£2"),), (), between="Others: 150 stay")),
    "losers_only": with_spec(WinnersLosersChart("£", (), (("Kent", -2.0, "−£2"),), between="Others: 150 stay")),
    "one_winner_one_loser": with_spec(
        WinnersLosersChart("£", (("Kent", 2.0, "+£2"),), (("Leeds", -2e9, "−£2 billion"),))
    ),
    "ranks": with_spec(
        RankDotsChart(
            ((2, 151), (4, 151), (4, 151), (4, 151), (20, 149), (76, 151), (150, 151), (151, 151)),
            (
                (0, "Per head: 2nd lowest"),
                (4, f"Per EHC plan in {example.LONG}: 20th lowest"),
                (5, "Middle of all, and a long one"),
                (7, "Per pupil: highest"),
            ),
            0,
            "Lowest",
            "Highest of 151",
        )
    ),
    "ranks_all_equal": with_spec(RankDotsChart(((76, 151),) * 40, ((0, "One"), (39, "Other")), 0, "Lowest", "Highest")),
    "ranks_of_one": with_spec(RankDotsChart(((1, 1),), ((0, "Only"),), 0, "Lowest", "Highest of 1")),
    "strips": with_spec(
        StripChart(
            example.LONG,
            (
                StripRow(
                    "Plans issued within 20 weeks, 2025",
                    35.9,
                    "35.9%",
                    50.3,
                    "50.3%",
                    (20.0, 60.0),
                    tuple(map(float, range(101))),
                ),
                StripRow(
                    "A measure whose name takes more than one line on half of a page of A4",
                    None,
                    "suppressed by DfE",
                    5.0,
                    "5.0%",
                    (),
                    (5.0, 9.0),
                ),
                StripRow("Refused", 0.0, "0.0%", None, "not published", (1.0,), (1.0, 2.0)),
                StripRow("Nothing", None, "no figure", None, "no figure", (), ()),
                StripRow("Balance", -4.5, "−4.5%", -1.0, "−1.0%", (-9.0,), (-9.0, 3.0)),
            ),
        )
    ),
    "hostile": replace(
        example.growth_chart(),
        title=example.HOSTILE * 3,
        subtitle="$x^2$ \N{SNOWMAN WITHOUT SNOW} 日本 \x00",
        alt="<&>",
    ),
}
WIDTHS: tuple[Width, ...] = ("wide", "narrow")


def contrast(one: str, other: str = "white") -> float:
    """The contrast ratio of WCAG 2."""
    lights = []
    for colour in (one, other):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)]
        lights.append(sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def artists(figure: Figure, gid: str) -> list[Line2D]:
    return [artist for artist in figure.findobj(Line2D) if artist.get_gid() == gid]


def text_boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    with styled():
        figure.draw_without_rendering()
        renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
        texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", HARD_CHARTS)
@pytest.mark.slow
def test_no_text_touches_another_or_leaves_the_picture(name: str, width: Width) -> None:
    figure = draw(HARD_CHARTS[name], width=width)
    assert len(text_boxes(figure)) > 3
    check_boxes(figure)


def check_boxes(figure: Figure) -> None:
    """Check that no text is on another and none leaves the picture."""
    boxes = text_boxes(figure)
    for (one, a), (two, b) in combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 0.5 or down < 0.5, f"{one!r} and {two!r}"
    for text, box in boxes:
        assert box.x0 >= -0.5, text
        assert box.y0 >= -0.5, text
        assert box.x1 <= figure.bbox.x1 + 0.5, text
        assert box.y1 <= figure.bbox.y1 + 0.5, text


@pytest.mark.parametrize("name", ["growth", "among", "make_up", "ranks", "strips", "winners_losers"])
def test_words_and_shapes_stand_out_from_white(name: str) -> None:
    """WCAG 2: 4.5 for text, 3 for what has to be seen in a picture."""
    figure = draw(HARD_CHARTS[name], width="narrow")
    words = {mpl.colors.to_hex(text.get_color()) for text in figure.findobj(Text) if text.get_text().strip()}
    assert all(contrast(colour) >= 4.5 for colour in words - {"none"}), words
    drawn = [line for line in figure.findobj(Line2D) if line.get_gid() or str(line.get_label()).startswith("Test")]
    lines = {mpl.colors.to_hex(line.get_color()) for line in drawn} - {"#ffffff"}
    assert lines
    assert all(contrast(colour) >= 3 for colour in lines), lines
    assert contrast(EDGE) >= 3


def bar_boxes(figure: Figure) -> list[Bbox]:
    """Boxes of all bars of a chart of one among all, those that are drawn as one area too."""
    (axes, *_) = figure.axes
    boxes = [bar.get_window_extent() for bar in axes.patches if isinstance(bar, Rectangle)]
    for steps in (patch for patch in axes.patches if isinstance(patch, StepPatch)):
        values, edges, _ = steps.get_data()
        corners = [((left, 0), (right, value)) for value, (left, right) in zip(values, pairwise(edges), strict=True)]
        boxes += [Bbox(axes.transData.transform(pair)) for pair in corners]
    return boxes


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["among", "among_middle", "among_equal", "among_highest", "among_negative"])
def test_labels_touch_no_bar_and_no_reference(name: str, width: Width) -> None:
    figure = draw(HARD_CHARTS[name], width=width)
    with styled():
        figure.draw_without_rendering()
        renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
        texts = [t for t in figure.findobj(Text) if t.get_gid() in ("highlight-label", "label")]
        labels = [text.get_window_extent(renderer) for text in texts]
        bars = bar_boxes(figure)
        heights = [line.get_window_extent(renderer).y0 for line in artists(figure, "reference")]
    assert len(labels) >= 2
    assert len(bars) >= 40
    for label in labels:
        assert not any(min(label.x1, bar.x1) - max(label.x0, bar.x0) > 0 and bar.y1 > label.y0 for bar in bars)
        assert not any(label.y0 < height < label.y1 for height in heights)


def test_notes_of_breaks_stand_above_the_plot_right_of_their_rules() -> None:
    figure = draw(HARD_CHARTS["four_breaks"])
    rules = artists(figure, "break")
    notes = [text for text in figure.findobj(Text) if text.get_gid() == "break-note"]
    assert len(rules) == 4
    with styled():
        figure.draw_without_rendering()
        renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
        top = figure.axes[0].get_window_extent(renderer).y1
        note_boxes = [note.get_window_extent(renderer) for note in notes]
        rule_boxes = [rule.get_window_extent(renderer) for rule in rules]
    assert all(box.y0 >= top for box in note_boxes)
    assert not any(
        note.x0 < rule.x0 < note.x1 and rule.y1 > note.y0 + 0.5 for note in note_boxes for rule in rule_boxes
    )


def test_lines_carry_their_numbers_and_a_gap_stays_a_gap() -> None:
    chart = example.growth_chart()
    assert isinstance(chart.spec, LineChart)
    figure = draw(chart)
    drawn = {line.get_label(): line for line in figure.axes[0].get_lines()}
    for line in chart.spec.lines:
        ys: Any = drawn[line.name].get_ydata()
        for (_, given_y), drawn_y in zip(line.points, ys, strict=True):
            assert given_y == drawn_y or (given_y is None and math.isnan(drawn_y))
    third = artists(figure, "markers")[2]
    # 2022 stands between two gaps, 2025 is the end.
    assert list(third.get_xdata()) == [7, 10]  # type: ignore[arg-type]
    assert figure.axes[0].get_ylim()[0] == 0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 11, 12, 13, 25])
def test_the_first_and_the_last_label_are_on_the_axis_and_none_touch(count: int, width: Width) -> None:
    figure = draw(line_chart(tuple(float(n) for n in range(count))), width=width)
    labels = [text for text in figure.axes[0].get_xticklabels() if text.get_text()]
    assert labels[0].get_text() == "2015"
    assert labels[-1].get_text() == str(2014 + count)
    with styled():
        figure.draw_without_rendering()
        boxes = [label.get_window_extent() for label in labels]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def band_chart(**options: object) -> Chart:
    spec = example.growth_chart().spec
    assert isinstance(spec, LineChart)
    edges = tuple((label, 90.0 + 5 * n, 120.0 + 30 * n) for n, (label, _) in enumerate(spec.lines[0].points))
    return with_spec(replace(spec, lines=spec.lines[:2], band=Band("Range of ten neighbours", edges), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_band_is_behind_the_lines_at_its_values_and_named_once(width: Width) -> None:
    chart = band_chart()
    assert isinstance(chart.spec, LineChart)
    assert chart.spec.band
    figure = draw(chart, with_titles=False, width=width)
    axes = figure.axes[0]
    low, high = artists(figure, "band-edge")
    assert list(low.get_ydata()) == [value for _, value, _ in chart.spec.band.points]  # type: ignore[arg-type]
    assert list(high.get_ydata()) == [value for _, _, value in chart.spec.band.points]  # type: ignore[arg-type]
    assert contrast(str(low.get_color())) >= 3
    lines = [line for line in axes.get_lines() if line.get_label() in ("Testshire", "England")]
    (area,) = axes.collections
    assert all(line.get_zorder() > low.get_zorder() > area.get_zorder() for line in lines)
    assert axes.get_ylim()[1] >= 420
    words = [text.get_text() for text in figure.findobj(Text)]
    assert words.count("Range of ten neighbours") == 1


def test_a_band_over_other_labels_is_refused_and_one_with_gaps_is_drawn() -> None:
    spec = band_chart().spec
    assert isinstance(spec, LineChart)
    assert spec.band
    with pytest.raises(ValueError, match="band"):
        draw(with_spec(replace(spec, band=replace(spec.band, points=spec.band.points[1:]))))
    gap = tuple(
        (label, None, None) if n < 2 else (label, low, high) for n, (label, low, high) in enumerate(spec.band.points)
    )
    low, _ = artists(draw(with_spec(replace(spec, band=replace(spec.band, points=gap)))), "band-edge")
    assert [math.isnan(value) for value in low.get_ydata()] == [True, True] + [False] * 9  # type: ignore[union-attr]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["growth", "block_per_pupil", "ends_at_zero", "not_from_zero"])
def test_a_name_inside_the_plot_touches_no_line_but_is_nearest_to_its_own(name: str, width: Width) -> None:
    figure = draw(HARD_CHARTS[name], width=width)
    axes = figure.axes[0]
    drawn = {str(line.get_label()): line for line in axes.get_lines() if not str(line.get_label()).startswith("_")}
    with styled():
        figure.draw_without_rendering()
        labels = [t for t in figure.findobj(Text) if t.get_gid() == "label"]
        boxes = [(label.get_text(), label.get_window_extent()) for label in labels]
    assert boxes
    for text, box in boxes:
        for line in drawn.values():
            path = axes.transData.transform_path(line.get_path())
            assert not path.intersects_bbox(box, filled=False), f"{text!r} on {line.get_label()!r}"


def test_lines_are_told_apart_without_colour() -> None:
    dashes = re.findall(r"stroke-dasharray: ([^;]*)", render_bare(HARD_CHARTS["ends_at_zero"]).svg)
    assert len(set(dashes)) == 3  # the fourth, picked out, is solid
    markers = [line.get_marker() for line in artists(draw(HARD_CHARTS["ends_at_zero"]), "markers")]
    assert len(set(markers)) == 4


def test_the_picked_out_line_is_blue_and_heavier_whatever_its_place() -> None:
    chart = line_chart((1.0, 2.0), (2.0, 3.0))
    assert isinstance(chart.spec, LineChart)
    lines = tuple(replace(line, highlight=line.name == "Line 1") for line in chart.spec.lines)
    drawn = draw(with_spec(replace(chart.spec, lines=lines))).axes[0].get_lines()
    by_name = {line.get_label(): line for line in drawn}
    assert by_name["Line 1"].get_color() == PALETTE[0] == "#12436D"
    assert by_name["Line 0"].get_color() == PALETTE[1] == "#28A197"
    assert by_name["Line 1"].get_linewidth() > by_name["Line 0"].get_linewidth()


@pytest.mark.parametrize("width", WIDTHS)
def test_151_bars_are_one_area_with_a_stepped_edge_and_one_of_them_is_blue(width: Width) -> None:
    chart = example.among_chart()
    assert isinstance(chart.spec, AmongAllChart)
    steps, own = draw(chart, width=width).axes[0].patches
    assert isinstance(steps, StepPatch)
    assert isinstance(own, Rectangle)
    assert list(steps.get_data().values) == [value for _, value in chart.spec.values]
    assert own.get_height() == chart.spec.values[2][1]
    assert own.get_x() + own.get_width() / 2 == pytest.approx(2)
    assert mpl.colors.to_hex(own.get_facecolor()).upper() == FOCUS[0]
    assert mpl.colors.to_hex(steps.get_facecolor()).upper() == FOCUS[1]


def test_few_bars_are_apart() -> None:
    spec = AmongAllChart("£", tuple((f"A{n}", n + 1.0) for n in range(12)), "A2", (), "A2, 3")
    bars = [patch for patch in draw(with_spec(spec), width="narrow").axes[0].patches if isinstance(patch, Rectangle)]
    assert [bar.get_height() for bar in bars] == [n + 1.0 for n in range(12)]
    assert all(one.get_x() + one.get_width() < other.get_x() for one, other in pairwise(bars))


def test_references_are_at_their_values_and_one_line_where_two_would_be_on_each_other() -> None:
    chart = example.among_chart()
    figure = draw(chart)
    assert [line.get_ydata()[0] for line in artists(figure, "reference")] == [1538.0]  # type: ignore[index]
    assert "England £1,538 and median £1,545" in {text.get_text() for text in figure.findobj(Text)}
    assert isinstance(chart.spec, AmongAllChart)
    apart = draw(with_spec(replace(chart.spec, references=(("England", 1538.0), ("Median", 1745.0)))))
    assert [line.get_ydata()[0] for line in artists(apart, "reference")] == [1538.0, 1745.0]  # type: ignore[index]


def test_parts_keep_their_order_and_sign_and_the_total_is_last() -> None:
    chart = example.make_up_chart()
    assert isinstance(chart.spec, BreakdownChart)
    axes = draw(chart).axes[0]
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    expected = [value for _, value, _ in (*chart.spec.parts, chart.spec.total)]
    assert [bar.get_width() for bar in bars] == expected
    downwards = [bar.get_y() for bar in bars]
    assert downwards == sorted(downwards)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    # A waterfall: every part starts where those above it end, the total at zero.
    ends = [sum(expected[:number]) for number in range(len(chart.spec.parts))]
    assert [bar.get_x() for bar in bars] == pytest.approx([*ends, 0.0])
    assert len([line for line in axes.lines if line.get_gid() == "connector"]) == len(chart.spec.parts)
    assert axes.get_xlim()[0] == 0.0


def test_a_waterfall_that_goes_below_zero_has_room_for_it() -> None:
    chart = with_spec(BreakdownChart("Pounds", (("a", -5.0, "−5"), ("b", 20.0, "20")), ("all", 15.0, "15")))
    axes = draw(chart).axes[0]
    assert axes.get_xlim()[0] == -5.0
    assert axes.get_xlim()[1] > 15.0


def test_ticks_have_separators_prefix_and_no_needless_decimals() -> None:
    assert print_ticks([0, 500, 1000], "£") == ["£0", "£500", "£1,000"]
    assert print_ticks([-0.5, 0, 0.5], "") == ["−0.5", "0.0", "0.5"]
    assert print_ticks([0, 50e6, 100e6], "£") == ["£0", "£50m", "£100m"]


@pytest.mark.parametrize(
    "spec",
    [
        LineChart("y", ()),
        LineChart("y", tuple(Line(str(n), (("a", 1.0),)) for n in range(5))),
        LineChart("y", (Line("a", (("x", 1.0),)), Line("b", (("y", 1.0),)))),
        LineChart("y", (Line("a", (("x", 1.0),)),), breaks=(("z", "no such year"),)),
        AmongAllChart("x", (), "a", (), "a"),
    ],
)
def test_what_cannot_be_drawn_is_refused(spec: LineChart | AmongAllChart) -> None:
    with pytest.raises(ValueError, match=r"chart|line|break"):
        draw(with_spec(spec))


class TestRanksAndStrips:
    """Dots on a line, and ticks on strips."""

    @pytest.mark.parametrize("width", WIDTHS)
    def test_a_dot_is_where_its_rank_is_among_all(self, width: Width) -> None:
        spec = HARD_CHARTS["ranks"].spec
        assert isinstance(spec, RankDotsChart)
        figure = draw(HARD_CHARTS["ranks"], width=width)
        dots = [patch for patch in figure.findobj(Circle) if patch.get_gid() in ("dot", "named-dot")]
        whole = figure.axes[0].get_xlim()[1]
        found = [dot.center[0] / whole for dot in dots]
        assert found == pytest.approx([(rank - 1) / (universe - 1) for rank, universe in spec.dots])
        assert [n for n, dot in enumerate(dots) if dot.get_gid() == "named-dot"] == [0, 4, 5, 7]
        for one, other in combinations(dots, 2):  # none hides another
            assert math.dist(one.center, other.center) >= 2 * one.get_radius() - 1e-6
        assert all(contrast(mpl.colors.to_hex(dot.get_edgecolor())) >= 3 for dot in dots)

    @pytest.mark.parametrize("width", WIDTHS)
    def test_no_line_to_a_dot_runs_through_a_label(self, width: Width) -> None:
        figure = draw(HARD_CHARTS["ranks"], width=width)
        with styled():
            figure.draw_without_rendering()
            boxes = [t.get_window_extent() for t in figure.findobj(Text) if t.get_gid() == "label"]
            leaders = [line.get_window_extent() for line in artists(figure, "leader")]
        assert len(leaders) == 4
        assert not any(box.x0 < line.x0 < box.x1 and line.y1 > box.y0 for box in boxes for line in leaders)

    @pytest.mark.parametrize("width", WIDTHS)
    def test_a_mark_is_at_its_value_between_nought_and_the_largest_of_all(self, width: Width) -> None:
        spec = HARD_CHARTS["strips"].spec
        assert isinstance(spec, StripChart)
        figure = draw(HARD_CHARTS["strips"], width=width)
        axes = figure.axes[0]
        whole = axes.get_xlim()[1]
        places, england = (
            [line.get_xdata()[0] / whole for line in artists(figure, role)]  # type: ignore[index]
            for role in ("place", "england")
        )
        # By hand: of 100, nought of 2, and −4.5 on a line from −9 to 3.
        assert places == pytest.approx([0.359, 0.0, 4.5 / 12])
        assert england == pytest.approx([0.503, 5 / 9, 8 / 12])
        ticks = {
            role: [list(line.get_xdata())[::3] for line in artists(figure, role)] for role in ("all", "neighbours")
        }  # type: ignore[arg-type]
        assert [len(found) for found in ticks["all"]] == [101, 2, 2, 0, 2]
        assert [len(found) for found in ticks["neighbours"]] == [2, 0, 1, 0, 1]
        assert [float(x) / whole for x in ticks["neighbours"][0]] == pytest.approx([0.2, 0.6])
        words = [text.get_text() for text in figure.findobj(Text) if text.get_gid() == "value"]
        assert {"35.9%", "50.3%", "not published", "−4.5%"} <= set(words)
        assert "suppressed by DfE" in " ".join(words)
        assert words.count("no figure") == 2

    def test_no_rows_and_no_dots_are_refused(self) -> None:
        for spec in (StripChart("A", ()), RankDotsChart((), (), 0, "", "")):
            with pytest.raises(ValueError, match="at least one"):
                draw(with_spec(spec))


class TestLetters:
    """The face of the charts."""

    @pytest.mark.slow
    @pytest.mark.parametrize(("weight", "file"), [(400, "regular"), (600, "semibold")])
    def test_letters_are_as_wide_as_those_of_the_documents(self, weight: int, file: str) -> None:
        whole = Path(str(resources.files("fontpkg_source_sans_3"))) / "files" / "SourceSans3[wght].ttf"
        font = TTFont(whole)
        subsetter = subset.Subsetter()
        subsetter.populate(text=string.ascii_letters + string.digits + "£%–−,.")
        subsetter.subset(font)
        wanted = instancer.instantiateVariableFont(font, {"wght": weight})
        own = TTFont(chart_font(weight))
        assert Path(chart_font(weight)).stem == file
        assert own["name"].getDebugName(16) == CHART_FACE
        assert "SIL Open Font License" in str(own["name"].getDebugName(13))
        for code, glyph in wanted.getBestCmap().items():
            assert own["hmtx"][own.getBestCmap()[code]][0] == wanted["hmtx"][glyph][0], chr(code)

    def test_a_page_brings_every_letter_of_the_places_along_in_39_kilobytes(self, store: Store) -> None:
        rules = font_faces()
        assert len(rules) < 40_000
        sources = re.findall(r"font-weight:(\d+);src:url\(data:font/woff;base64,([^)]*)\)", rules)
        assert [weight for weight, _ in sources] == ["400", "600"]
        names = {a.name for a in Authorities.of(store).by_code.values()} | {one.name for one in constituencies(store)}
        wanted = {ord(letter) for name in names for letter in name} | set(map(ord, "£%–−’“”…·≥½ "))
        for _, content in sources:
            known = TTFont(io.BytesIO(base64.b64decode(content))).getBestCmap()
            assert wanted <= set(known)

    def test_text_in_a_document_is_of_regular_weight_and_can_be_read_out(self) -> None:
        """typst draws a variable font in its lightest weight where a picture does not say which."""
        svg = render_bare(example.growth_chart(), "narrow").svg
        sheet = b'#set page(width: 260pt, height: 200pt, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
        light = re.sub(r"font-variation-settings:'wght' \d+", "", svg)
        ink = []
        for picture in (svg, light):
            compiler = typst.Compiler(sheet, sys_inputs={"svg": picture}, font_paths=fonts())
            pixels = Image.open(io.BytesIO(bytes(compiler.compile(format="png", ppi=200)))).convert("L")  # type: ignore[arg-type]
            ink.append(sum(255 - value for value in pixels.crop((0, 0, 220, 30)).tobytes()))
        assert ink[0] > 1.2 * ink[1] > 0
        compiler = typst.Compiler(sheet, sys_inputs={"svg": svg}, font_paths=fonts())
        page = PdfReader(io.BytesIO(bytes(compiler.compile(format="pdf")))).pages[0]  # type: ignore[arg-type]
        words = page.extract_text()
        assert {"Testshire", "England", "2015", "2025"} <= set(words.split())
        faces = {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}  # type: ignore[index]
        assert all("SourceSans3" in face for face in faces)


#: Short names, a long one, ranks at both ends and in the middle, and the one that few tables include.
PLACES = ("Surrey", "Westminster", "Bournemouth, Christchurch and Poole", "City of London")
#: Of all others every sixth; with HNF_PACKS=all every one, which takes some minutes.
STEP = 1 if os.environ.get("HNF_PACKS") == "all" else 6


def crossed_labels(figure: Figure) -> list[str]:
    """Labels through which the line to another runs."""
    leaders = [line.get_window_extent() for line in artists(figure, "leader")]
    labels = [(t.get_text(), t.get_window_extent()) for t in figure.findobj(Text) if t.get_gid() == "label"]
    return [text for text, box in labels if any(box.x0 < line.x0 < box.x1 and line.y1 > box.y0 for line in leaders)]


def check_charts_of(store: Store, place: str) -> None:
    charts = build_pack(store, place).charts()
    assert charts
    for chart, width in ((chart, width) for chart in charts for width in WIDTHS):
        if isinstance(chart.spec, TileMapChart):
            continue
        figure = draw(chart, with_titles=False, width=width)
        check_boxes(figure)
        if isinstance(chart.spec, RankDotsChart):
            assert not crossed_labels(figure), place
        if isinstance(chart.spec, LineChart):
            labels = [text.get_text() for text in figure.axes[0].get_xticklabels()]
            points = chart.spec.lines[0].points
            assert (labels[0], labels[-1]) == (points[0][0], points[-1][0])


@pytest.mark.parametrize("place", PLACES)
def test_no_text_in_a_pack_touches_another_or_leaves_its_picture(store: Store, place: str) -> None:
    check_charts_of(store, place)


@pytest.mark.slow
def test_no_text_of_any_authority_touches_another_or_leaves_its_picture(store: Store) -> None:
    places = [code for code, found in Authorities.of(store).by_code.items() if not found.closed][::STEP]
    assert len(places) > 20
    for place in places:
        check_charts_of(store, place)


@given(
    st.lists(st.tuples(st.floats(-50, 300), st.floats(5, 40)), min_size=1, max_size=4),
)
def test_labels_moved_apart_never_overlap_and_keep_their_order(labels: list[tuple[float, float]]) -> None:
    wanted = [place for place, _ in labels]
    heights = [height for _, height in labels]
    centres = spread_labels(wanted, heights, 0, 200)
    order = sorted(range(len(labels)), key=lambda n: centres[n])
    for lower, upper in pairwise(order):
        assert centres[upper] - heights[upper] / 2 >= centres[lower] + heights[lower] / 2 - 1e-9
        assert wanted[lower] <= wanted[upper]
    assert min(centre - height / 2 for centre, height in zip(centres, heights, strict=True)) >= -1e-9
    assert max(centre + height / 2 for centre, height in zip(centres, heights, strict=True)) <= 200 + 1e-9


def test_labels_with_room_stay_where_they_want_to_be() -> None:
    assert spread_labels([100.0, 20.0], [10.0, 10.0], 0, 200) == pytest.approx([100.0, 20.0])


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD_CHARTS)
def test_files_are_the_same_bytes_each_time_and_name_themselves(name: str) -> None:
    chart = HARD_CHARTS[name]
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "another", "axes.facecolor": "red", "text.color": "lime"}):
        first = render(chart)
    second = render(chart)
    assert first == second
    assert first["png"].startswith(b"\x89PNG")
    assert b"Software" not in first["png"]
    svg = first["svg"].decode()
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    title, desc = (root.find(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("title", "desc"))
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert desc.text == chart.alt
    assert "matplotlib" not in svg.lower()
    assert "<text" in svg
    assert svg.count("@font-face") == 2
    assert "<script" not in svg


def test_titles_and_source_are_in_the_picture_only_when_asked_for() -> None:
    chart = example.growth_chart()
    words = " ".join(text.get_text() for text in draw(chart).findobj(Text))
    bare = " ".join(text.get_text() for text in draw(chart, with_titles=False).findobj(Text))
    assert chart.source in words
    assert chart.subtitle in words
    assert chart.title.split(" ")[0] in words
    assert chart.source not in bare
    assert chart.title[:20] not in bare
    assert render(chart, with_titles=False)["png"] != render(chart)["png"]


@pytest.mark.parametrize("width", WIDTHS)
def test_an_inline_picture_scales_and_prefixes_its_ids(width: Width) -> None:
    root = ET.fromstring(render_inline(HARD_CHARTS["hostile"], prefix="chart one", width=width))
    assert root.get("width") is None
    assert root.get("viewBox")
    assert root.get("aria-label") == "<&>"
    ids = [element.get("id") or "" for element in root.iter() if element.get("id")]
    assert ids
    assert all(name.startswith("chart-one-") for name in ids)
    references = [value for element in root.iter() for key, value in element.items() if key.endswith("href")]
    assert references
    assert {value.removeprefix("#") for value in references} <= set(ids)


def test_drawing_leaves_no_trace_in_global_state() -> None:
    before = dict(mpl.rcParams)
    render(example.make_up_chart())
    assert dict(mpl.rcParams) == before
    assert not Gcf.figs
    buffer = io.BytesIO()
    with styled():
        draw(example.make_up_chart()).savefig(buffer, format="png")
    assert buffer.getvalue()
