"""Funding against need: both as indices from the first year with an allocation."""

from __future__ import annotations

from collections.abc import Iterator

from hnf.analysis.changes import Change
from hnf.analysis.prices import headline_refusal
from hnf.analysis.series import FundingSeries
from hnf.analysis.series_breaks import chart_marks, definitions_since
from hnf.analysis.wedge import Wedge, wedge
from hnf.authorities import Authority
from hnf.reporting.chart_specs import Line, LineChart
from hnf.reporting.content import Chart, Column, Section, Sentence, Table
from hnf.reporting.display import print_cell
from hnf.reporting.sections.shared import BOTH_SOURCES, as_sentence, points
from hnf.reporting.sentences import plain
from hnf.reporting.wording import Wording, direction, within
from hnf.store import Store
from hnf.years import FinancialYear

#: The year from which the basic entitlement rate is defined anew, with the words on the chart.


def funding_section(store: Store, authority: Authority, funding: FundingSeries) -> Section:
    """Funding against plans here and in England, as indices from the first year with an allocation."""
    real = wedge(store, authority.la_code)
    years = tuple(str(year) for year in funding.years)
    rows = tuple(
        (
            year,
            area.end.value,
            plans.end.value,
            area.index_figure().value,
            plans.index_figure().value,
            england.index_figure().value,
            plans_england.index_figure().value,
            real.figure("place", FinancialYear.parse(year), "real_index").value,
        )
        for year, area, plans, england, plans_england in _by_year(funding)
    )
    ids = tuple(
        (
            None,
            area.end.id,
            plans.end.id,
            area.index_figure().id,
            plans.index_figure().id,
            england.index_figure().id,
            plans_england.index_figure().id,
            real.figure("place", FinancialYear.parse(year), "real_index").id,
        )
        for year, area, plans, england, plans_england in _by_year(funding)
    )
    name = funding.place.name
    apart = (funding.plans[-1].change_pct or 0) - (funding.area[-1].change_pct or 0)
    verb = direction(apart, "faster than", "more slowly than", "in line with")
    table = Table(
        id="funding_index",
        title=f"Funding and EHC plans {within(name)} and in England",
        subtitle=f"High needs block before deductions, cash, and EHC plans in the January before; {years[0]} = 100",
        columns=(
            Column("Financial year"),
            Column("Block here (£)", "gbp"),
            Column("Plans here", "count"),
            Column("Funding index here", "index"),
            Column("Plans index here", "index"),
            Column("Funding index England", "index"),
            Column("Plans index England", "index"),
            Column("Real-terms funding index here", "index"),
        ),
        rows=rows,
        figure_ids=ids,
        source=BOTH_SOURCES,
        notes=(
            *([as_sentence(funding.place.note)] if funding.place.note else []),
            f"Cash, but for the last column. From {definitions_since()} the basic entitlement rate includes grants for "
            "teachers' pay and pensions that were paid separately before.",
            *real.prices.notes(real.funded),
        ),
    )
    lines = (
        Line("Plans here", points(years, table, 4), highlight=True),
        Line("Funding here", points(years, table, 3)),
        Line("Plans, England", points(years, table, 6)),
        Line("Funding, England", points(years, table, 5)),
    )
    last = rows[-1]
    alt = (
        f"Line chart from {years[0]} to {years[-1]}, {years[0]} at 100. In {years[-1]} plans here stood at "
        f"{print_cell(last[4], 'index')} and funding here at {print_cell(last[3], 'index')}; in England plans at "
        f"{print_cell(last[6], 'index')} and funding at {print_cell(last[5], 'index')}."
    )
    chart = Chart(
        id="funding_against_need",
        title=f"EHC plans {within(name)} have grown {verb} high needs funding",
        subtitle="High needs block before deductions, cash, and EHC plans in the January of each year; "
        f"{years[0]} = 100",
        alt=alt,
        source=BOTH_SOURCES,
        spec=LineChart(
            y_title=f"{years[0]} = 100", lines=lines, breaks=chart_marks(("block",), years), y_from_zero=False
        ),
        data=table,
        notes=table.notes[:-1],
    )
    said = _say_real(real)
    return Section("funding_and_need", "Funding against need", (said,) if said else (), (chart,))


def _say_real(found: Wedge) -> Sentence | None:
    """Say the change in real terms here and in England; None where a real change may not stand as a headline."""
    first, last = found.years[0], found.funded[-1]
    here, england = (found.change(role, "real") for role in ("place", "england"))
    if first == last or headline_refusal(first, last) or here.value is None or england.value is None:
        return None
    say = Wording()
    same = direction(here.value) == direction(england.value)
    text = (
        f"In real terms, at {found.prices.base} prices, the high needs block {within(found.areas[0].name)} "
        f"{direction(here.value)} by {say.percent(here)} from {first} to {last}"
    )
    text += (
        f", and by {say.percent(england)} in England."
        if same
        else (f"; in England it {direction(england.value)} by {say.percent(england)}.")
    )
    return say.sentence(text, " ".join(found.prices.notes(found.funded)), 5)


def no_allocation_section(reason: str) -> Section:
    """Say in its place that there is no allocation."""
    return Section("funding", "Funding", (plain(f"{reason}."),))


def _by_year(funding: FundingSeries) -> Iterator[tuple[str, Change, Change, Change, Change]]:
    years = (str(year) for year in funding.years)
    return zip(years, funding.area, funding.plans, funding.england, funding.plans_england, strict=True)
