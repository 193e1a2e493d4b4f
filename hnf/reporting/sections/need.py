"""Need: plans here and in England since the first January."""

from __future__ import annotations

from hnf.analysis.series import NeedSeries
from hnf.analysis.series_breaks import chart_marks
from hnf.reporting.chart_specs import Line, LineChart
from hnf.reporting.content import Chart, Column, Section, Table
from hnf.reporting.display import print_cell
from hnf.reporting.sections.shared import PLANS_SOURCE, as_sentence, points
from hnf.reporting.sentences import say_latest
from hnf.reporting.wording import within
from hnf.store import Store
from hnf.words import capital

#: Januaries from which the count is collected anew, with the words on the chart.


def need_section(store: Store, need: NeedSeries) -> Section:
    """Plans here and in England since the first January, as an index."""
    last = need.last_counted
    here, england = need.area[last], need.england[last]
    dates = tuple(str(date) for date in need.dates)
    faster = (here.change_pct or 0) > (england.change_pct or 0)
    if print_cell(here.change_pct, "pct") == print_cell(england.change_pct, "pct"):
        title = f"EHC plans {within(need.place.name)} have grown in line with England"
    else:
        title = (
            f"EHC plans {within(need.place.name)} have grown {'faster' if faster else 'more slowly'} than in England"
        )
    subtitle = f"Children and young people with a statement of SEN or an EHC plan, January {dates[0]} = 100"
    notes = [note for note in (as_sentence(need.place.note),) if note]
    notes += [
        f"January {date}: {as_sentence(change.end.status)} Shown as a gap, never as zero."
        for date, change in zip(dates, need.area, strict=True)
        if change.end.value is None
    ]
    table = Table(
        id="need_index",
        title=f"EHC plans {within(need.place.name)} and in England",
        subtitle=f"Counts in January, and index with January {dates[0]} at 100",
        columns=(
            Column("January"),
            Column("Plans here", "count"),
            Column("Plans in England", "count"),
            Column("Index here", "index"),
            Column("Index in England", "index"),
        ),
        rows=tuple(
            (date, a.end.value, e.end.value, a.index_figure().value, e.index_figure().value)
            for date, a, e in zip(dates, need.area, need.england, strict=True)
        ),
        figure_ids=tuple(
            (None, a.end.id, e.end.id, a.index_figure().id, e.index_figure().id)
            for a, e in zip(need.area, need.england, strict=True)
        ),
        source=PLANS_SOURCE,
        notes=tuple(notes),
    )
    alt = (
        f"Line chart from January {dates[0]} to January {dates[-1]}. With {dates[0]} at 100, {need.place.name} reached "
        f"{print_cell(here.index_figure().value, 'index')} in {dates[last]} and England "
        f"{print_cell(england.index_figure().value, 'index')}."
    )
    lines = (
        Line(capital(need.place.name), points(dates, table, 3), highlight=True),
        Line("England", points(dates, table, 4)),
    )
    breaks = chart_marks(("plans",), dates)
    chart = Chart(
        id="need_against_england",
        title=title,
        subtitle=subtitle,
        alt=alt,
        source=PLANS_SOURCE,
        spec=LineChart(y_title=f"January {dates[0]} = 100", lines=lines, breaks=breaks),
        data=table,
        notes=tuple(notes),
    )
    latest = say_latest(store, need)
    title = "Need has grown" if (here.change_pct or 0) > 0 else "Need"
    return Section("need", title, (latest,) if latest else (), (chart,))
