"""The chart of winners and losers, checked on the data of its artists."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from hnf.charts.draw import draw, render, render_inline
from hnf.charts.fonts import SEMIBOLD
from hnf.errors import FormulaError
from hnf.packs.content import WinnersLosersChart
from hnf.packs.scenario_chart import ENDS, winners_losers_chart
from hnf.scenarios.files import library_path, read_scenario
from hnf.scenarios.run import ScenarioResult, run_scenario
from hnf.tables.store import Store
from hnf.years import FinancialYear


def result(store: Store, name: str) -> ScenarioResult:
    return run_scenario(store, read_scenario(library_path(name)), FinancialYear(2023))


def test_bars_are_the_largest_gains_and_losses_in_order(store: Store) -> None:
    found = result(store, "additional_by_plans")
    figure = draw(winners_losers_chart(store, found, highlight="Hertfordshire"))
    bars = [bar for bar in figure.axes[0].patches if isinstance(bar, Rectangle)]
    changes = [row["change_gbp"] for row in found.rows]
    assert [bar.get_width() for bar in bars] == pytest.approx(changes[:ENDS] + changes[-ENDS:])
    colours = [mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in bars]
    assert colours == ["#12436D"] * ENDS + ["#F46A25"] * ENDS
    assert [bar.get_y() for bar in bars] == sorted(bar.get_y() for bar in bars)
    bold = {
        text.get_text() for text in figure.findobj(Text) if text.get_weight() == SEMIBOLD and text.get_gid() == "name"
    }
    assert bold == {"Hertfordshire"}
    assert "Others: 57 with smaller gains, 2 unchanged, 76 with smaller losses" in {
        t.get_text() for t in figure.findobj(Text)
    }


def test_only_gains(store: Store) -> None:
    chart = winners_losers_chart(store, result(store, "no_gains_limit"))
    assert isinstance(chart.spec, WinnersLosersChart)
    assert chart.spec.losses == ()
    assert chart.title == "No gains limit: 30 gain, 121 unchanged"
    assert "cost £59.3 million" in chart.subtitle
    assert "Kirklees +£8.6 million" in chart.alt
    assert len(chart.data.rows) == 151
    assert all(len(ids) == len(chart.data.columns) for ids in chart.data.figure_ids)


def test_the_same_chart_is_the_same_bytes_and_text_is_escaped(store: Store) -> None:
    chart = replace(winners_losers_chart(store, result(store, "equal_per_pupil_10_pct")), title="<b>&")
    assert render(chart) == render(chart)
    assert "<b>" not in render(chart)["svg"].decode()
    assert render_inline(chart, prefix="x", width="narrow").startswith("<svg ")


def test_nothing_to_draw_is_said(store: Store) -> None:
    found = result(store, "no_gains_limit")
    nothing = replace(found, change_gbp=found.change_gbp * 0)
    with pytest.raises(FormulaError, match="nobody gains or loses"):
        winners_losers_chart(store, nothing)
    chart = winners_losers_chart(store, found)
    with pytest.raises(ValueError, match="at least one"):
        draw(replace(chart, spec=WinnersLosersChart("£", (), ())))
