"""Need: plans here and in England since the first January."""

from __future__ import annotations

from hnf.analysis.growth import NeedSeries, first_january, plans_change
from hnf.measures.notes import chart_marks
from hnf.measures.published import ENGLAND, region_plan_counts
from hnf.packs.content import Chart, Column, Line, LineChart, Section, Table, print_cell, within
from hnf.packs.sections.funding import PLANS_SOURCE, as_sentence, points
from hnf.packs.sentences import say_latest
from hnf.packs.subject import Subject
from hnf.tables.store import Store
from hnf.text import capital
from hnf.years import January

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


# The need of two or three authorities and of England on one chart, as indices from the first January.

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


# The need of a region and of England on one chart, from the counts that are published for the region.


def region_need_chart(store: Store, code: str, prose: str) -> Chart:
    """Draw the plans of a region (its ONS code) and of England, the first January at 100."""
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
