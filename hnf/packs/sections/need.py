"""Need: plans and England's since the first January, of an authority, of several side by side, and of a region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hnf.analysis.growth import Change, NeedSeries, first_january, plans_change
from hnf.measures.notes import chart_marks
from hnf.measures.published import ENGLAND, region_plan_counts
from hnf.packs.content import Chart, ColumnKind, Entry, Line, LineChart, Section, Table, print_cell, tabulate, within
from hnf.packs.sections.funding import PLANS_SOURCE, points
from hnf.packs.sentences import as_sentence, say_latest
from hnf.packs.subject import Subject
from hnf.tables.authorities import Authority
from hnf.tables.store import Store
from hnf.text import capital
from hnf.years import January


def need_section(store: Store, authority: Authority, need: NeedSeries) -> Section:
    """Plans here and in England since the first January, as an index, and the latest year."""
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
    notes = [note for note in (as_sentence(need.place.note),) if note]
    notes += [
        f"January {date}: {as_sentence(change.end.status)} Shown as a gap, never as zero."
        for date, change in zip(dates, need.area, strict=True)
        if change.end.value is None
    ]
    table = tabulate(
        "need_index",
        f"EHC plans {within(need.place.name)} and in England",
        f"Counts in January, and index with January {dates[0]} at 100",
        _columns("Plans here", "Plans in England", "Index here", "Index in England"),
        _rows(dates, need.area, need.england),
        source=PLANS_SOURCE,
        notes=notes,
    )
    alt = (
        f"Line chart from January {dates[0]} to January {dates[-1]}. With {dates[0]} at 100, {need.place.name} reached "
        f"{print_cell(here.index_figure().value, 'index')} in {dates[last]} and England "
        f"{print_cell(england.index_figure().value, 'index')}."
    )
    chart = Chart(
        id="need_against_england",
        title=title,
        subtitle=f"Children and young people with a statement of SEN or an EHC plan, January {dates[0]} = 100",
        alt=alt,
        source=PLANS_SOURCE,
        spec=_index_chart(_pair(capital(need.place.name), dates, table), dates),
        data=table,
        notes=tuple(notes),
    )
    latest = say_latest(store, authority, need)
    title = "Need has grown" if (here.change_pct or 0) > 0 else "Need"
    return Section("need", title, (latest,) if latest else (), (chart,))


def _columns(here: str, england: str, index: str, index_england: str) -> dict[str, ColumnKind]:
    return {"January": "text", here: "count", england: "count", index: "index", index_england: "index"}


def _rows(dates: tuple[str, ...], area: Sequence[Change], england: Sequence[Change]) -> Iterator[tuple[Entry, ...]]:
    for date, own, other in zip(dates, area, england, strict=True):
        yield date, own.end, other.end, own.index_figure(), other.index_figure()


def _index_chart(lines: tuple[Line, ...], dates: tuple[str, ...]) -> LineChart:
    return LineChart(f"January {dates[0]} = 100", lines, chart_marks(("plans",), dates))


def _pair(name: str, dates: tuple[str, ...], table: Table) -> tuple[Line, ...]:
    """Return the lines of the two indices of a table of `_columns`."""
    return Line(name, points(dates, table, 3), highlight=True), Line("England", points(dates, table, 4))


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
    series = [*(need.area for need in found), found[0].england]
    notes = [as_sentence(need.place.note) for need in found if need.place.note]
    notes += [
        f"{capital(need.place.name)}, January {date}: {as_sentence(change.end.status)} Shown as a gap, never as zero."
        for need in found
        for date, change in zip(dates, need.area, strict=True)
        if change.end.value is None
    ]
    columns: dict[str, ColumnKind] = {"January": "text"}
    for name in (*(need.place.name for need in found), "England"):
        columns |= {f"Plans, {name}": "count", f"Index, {name}": "index"}
    table = tabulate(
        "need_index_joint",
        "EHC plans in each authority and in England",
        f"Counts in January, and index with January {dates[0]} at 100",
        columns,
        (
            (date, *(figure for one in series for figure in (one[n].end, one[n].index_figure())))
            for n, date in enumerate(dates)
        ),
        source=PLANS_SOURCE,
        notes=notes,
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
        spec=_index_chart(lines, dates),
        data=table,
        notes=tuple(notes),
    )


def region_need_chart(store: Store, code: str, prose: str) -> Chart:
    """Draw the plans of a region (its ONS code) and of England, the first January at 100."""
    counted = [year for year, counts in region_plan_counts(store).items() if code in counts]
    first = first_january(store)
    dates = tuple(January(year) for year in counted if year >= first.year)
    here = [plans_change(store, code, (first, date)) for date in dates]
    england = [plans_change(store, ENGLAND, (first, date)) for date in dates]
    labels = tuple(str(date) for date in dates)
    table = tabulate(
        "need_index_region",
        f"EHC plans in {prose} and in England",
        f"Counts in January, and index with January {labels[0]} at 100",
        _columns("Plans in the region", "Plans in England", "Index, region", "Index, England"),
        _rows(labels, here, england),
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
            f"January {labels[0]} = 100", _pair(capital(prose), labels, table), chart_marks(("plans",), labels)
        ),
        data=table,
    )
