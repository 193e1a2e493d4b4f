"""The need of two or three authorities and of England on one chart, as indices from the first January."""

from __future__ import annotations

from hnf.analysis.series_breaks import chart_marks
from hnf.reporting.chart_specs import Line, LineChart
from hnf.reporting.content import Chart, Column, Table
from hnf.reporting.display import print_cell
from hnf.reporting.sections.shared import PLANS_SOURCE, as_sentence, points
from hnf.reporting.subject import Subject
from hnf.words import capital

#: A chart has four lines at the most, one of them England's.
_MOST_PLACES = 3


def joint_need_chart(subjects: tuple[Subject, ...]) -> Chart | None:
    """Draw the plans of several authorities and of England, the first January at 100.

    Authorities that were made from the same one share the line of its area. Without a series there is no chart.
    """
    found = list({subject.need.place.name: subject.need for subject in subjects if subject.need}.values())
    found = found[:_MOST_PLACES]
    if not found:
        return None
    dates = tuple(str(date) for date in found[0].dates)
    columns = [Column("January")]
    for need in found:
        columns += [Column(f"Plans, {need.place.name}", "count"), Column(f"Index, {need.place.name}", "index")]
    columns += [Column("Plans, England", "count"), Column("Index, England", "index")]
    series = [*(need.area for need in found), found[0].england]
    notes = [as_sentence(need.place.note) for need in found if need.place.note]
    notes += [
        f"{capital(need.place.name)}, January {date}: {as_sentence(change.end.status)} Shown as a gap, never as zero."
        for need in found
        for date, change in zip(dates, need.area, strict=True)
        if change.end.value is None
    ]
    table = Table(
        id="need_index_joint",
        title="EHC plans in each authority and in England",
        subtitle=f"Counts in January, and index with January {dates[0]} at 100",
        columns=tuple(columns),
        rows=tuple(
            (date, *(value for one in series for value in (one[n].end.value, one[n].index_figure().value)))
            for n, date in enumerate(dates)
        ),
        figure_ids=tuple(
            (None, *(id_ for one in series for id_ in (one[n].end.id, one[n].index_figure().id)))
            for n in range(len(dates))
        ),
        source=PLANS_SOURCE,
        notes=tuple(notes),
    )
    names = [*(capital(need.place.name) for need in found), "England"]
    lines = tuple(
        Line(name, points(dates, table, 2 * number + 2), highlight=name != "England")
        for number, name in enumerate(names)
    )
    last = max(need.last_counted for need in found)
    ends = "; ".join(
        f"{name} {print_cell(one[last].index_figure().value, 'index')}" for name, one in zip(names, series, strict=True)
    )
    first = print_cell(100.0, "index")
    return Chart(
        id="need_side_by_side",
        title="EHC plans side by side with England",
        subtitle=f"Children and young people with a statement of SEN or an EHC plan, January {dates[0]} = 100",
        alt=f"Line chart from January {dates[0]} ({first}) to January {dates[last]}, where they stand at: {ends}.",
        source=PLANS_SOURCE,
        spec=LineChart(
            y_title=f"January {dates[0]} = 100",
            lines=lines,
            breaks=chart_marks(("plans",), dates),
        ),
        data=table,
        notes=tuple(notes),
    )
