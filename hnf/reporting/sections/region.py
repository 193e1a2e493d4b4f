"""The need of a region and of England on one chart, from the counts that are published for the region."""

from __future__ import annotations

from hnf.analysis.changes import first_january, plans_change
from hnf.analysis.series_breaks import chart_marks
from hnf.measures.plan_counts import region_plan_counts
from hnf.measures.published import ENGLAND
from hnf.reporting.chart_specs import Line, LineChart
from hnf.reporting.content import Chart, Column, Table
from hnf.reporting.display import print_cell
from hnf.reporting.sections.shared import PLANS_SOURCE, points
from hnf.store import Store
from hnf.words import capital
from hnf.years import January


def region_need_chart(store: Store, code: str, prose: str) -> Chart:
    """Draw the plans of a region and of England, the first January at 100.

    Parameters
    ----------
    store : Store
    code : str
        ONS code of the region.
    prose : str
        Its name in prose.
    """
    counted = [year for year, counts in region_plan_counts(store).items() if code in counts]
    first = first_january(store)
    dates = tuple(January(year) for year in counted if year >= first.year)
    here = [plans_change(store, code, (first, date)) for date in dates]
    england = [plans_change(store, ENGLAND, (first, date)) for date in dates]
    labels = tuple(str(date) for date in dates)
    table = Table(
        id="need_index_region",
        title=f"EHC plans in {prose} and in England",
        subtitle=f"Counts in January, and index with January {labels[0]} at 100",
        columns=(
            Column("January"),
            Column("Plans in the region", "count"),
            Column("Plans in England", "count"),
            Column("Index, region", "index"),
            Column("Index, England", "index"),
        ),
        rows=tuple(
            (label, a.end.value, e.end.value, a.index_figure().value, e.index_figure().value)
            for label, a, e in zip(labels, here, england, strict=True)
        ),
        figure_ids=tuple(
            (None, a.end.id, e.end.id, a.index_figure().id, e.index_figure().id)
            for a, e in zip(here, england, strict=True)
        ),
        source=PLANS_SOURCE,
    )
    own, other = (print_cell(found[-1].change_pct, "pct") for found in (here, england))
    faster = (here[-1].change_pct or 0) > (england[-1].change_pct or 0)
    way = "in line with" if own == other else "faster than in" if faster else "more slowly than in"
    return Chart(
        id="need_against_england",
        title=f"EHC plans in {prose} have grown {way} England",
        subtitle=f"Children and young people with a statement of SEN or an EHC plan, January {labels[0]} = 100",
        alt=f"Line chart from January {labels[0]} to January {labels[-1]}: up {own} in {prose} and {other} in England.",
        source=PLANS_SOURCE,
        spec=LineChart(
            y_title=f"January {labels[0]} = 100",
            lines=(
                Line(capital(prose), points(labels, table, 3), highlight=True),
                Line("England", points(labels, table, 4)),
            ),
            breaks=chart_marks(("plans",), labels),
        ),
        data=table,
    )
