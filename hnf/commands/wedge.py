"""`hnf wedge`: funding against need from a common year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.years import FinancialYear

if TYPE_CHECKING:
    from hnf.analysis.funding_against_need import Wedge


_From = Annotated[str | None, options.end("--from", "Year at 100.", default="the first")]


def command(
    who: options.Who,
    measure: options.LastingMeasure = "block",
    start: _From = None,
    base: options.BaseYear = None,
    vintage: options.Vintage = None,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Set funding, in cash and in real terms, against EHC plans, from a common year at 100.

    England, the region and the ten statistical neighbours are shown beside the place, each as one area; beside a region
    is England alone. Breaks in the
    series are marked, reorganised authorities are on one area throughout, and suppressed counts are gaps.

    Examples
    --------
    hnf wedge Hertfordshire
    hnf wedge Cumberland --measure nff --from 2020-21
    hnf wedge "South East"
    hnf wedge 919 --base-year 2019-20 --format json
    """
    from hnf.analysis.funding_against_need import notes, sentences, wedge

    first = None if start is None else FinancialYear.of(start[:4])
    found = wedge(options.open_store(data, edition), who, measure, first, base, vintage=vintage)
    options.draw(found, chart, size)
    in_words, remarks = sentences(found), notes(found)
    beside = " and the areas beside it" if len(found.areas) > 1 else ""
    table = TableView(
        title=f"Funding against need: {found.areas[0].name}{beside}, {found.years[0]} = 100",
        columns=_COLUMNS,
        rows=_rows(found),
        notes=[*in_words, "* marks a break in the series.", *remarks],
    )
    emit({**found.to_json(), "sentences": in_words, "notes": remarks}, output, table=table, rows_key="rows")


_COLUMNS = headed(
    year="Year",
    where="Area",
    cash=("Cash", "number"),
    real=("Real", "number"),
    plans=("Plans", "number"),
    cash_per_plan=("£ a plan, cash", "number"),
    real_per_plan=("real", "number"),
    mark="Break",
)


_AREAS = {"place": "Here", "england": "England", "region": "Region", "neighbours": "Neighbours"}


def _rows(found: Wedge) -> list[dict[str, Any]]:
    return [
        {
            "year": row["financial_year"],
            "where": _AREAS[row["area"]],
            "cash": _index(row["cash_index"]),
            "real": _index(row["real_index"]),
            "plans": _index(row["plans_index"]),
            "cash_per_plan": _pounds(row["cash_per_plan_gbp"]),
            "real_per_plan": _pounds(row["real_per_plan_gbp"]),
            "mark": "*" if row["breaks"] else "",
        }
        for row in found.rows()
    ]


def _index(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"


def _pounds(value: float | None) -> str | None:
    return None if value is None else f"£{value:,.0f}"
