"""`hnf project`: EHC plans in the years ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.analysis.projection import Projection

_Who = Annotated[str, options.argument("WHO", help="Authority: name or code; or England.")]
_Years = Annotated[
    int | None, options.option("--years", "N", help="Januaries after the last count.", default="all that are tested")
]
_Backtest = Annotated[bool, typer.Option("--backtest", help="Show how each method did in the past instead.")]


def command(
    who: _Who,
    years: _Years = None,
    backtest: _Backtest = False,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Project EHC plans by simple methods, where these did better in the past than naive ones.

    Typical growth, a linear and a damped trend are tried from every past January. One is offered where it beats "no
    change" and "last growth" for the place and the number of years and its interval held what it says; elsewhere the
    better of those two is given as the naive line, with its past error. Reforms may change the path.

    Examples
    --------
    hnf project Hertfordshire --years 3
    hnf project Cumberland --format json
    hnf project England --backtest --format csv
    """
    from hnf.analysis.projection import backtest_rows, project

    store = options.open_store(data, edition)
    found = project(store, who, years)
    options.draw(found, chart, size)
    payload = found.to_json()
    if backtest:
        payload = {("backtest" if key == "rows" else key): value for key, value in payload.items()}
        payload["backtest"] = backtest_rows(store, found.area)
        table = _backtest_table(found, payload["backtest"], payload["notes"])
    else:
        payload["rows"] = found.as_rows() if output == "csv" else payload["rows"]
        table = _table(found, [*payload["sentences"], *payload["notes"]])
    emit(payload, output, table=table, rows_key="backtest" if backtest else "rows")


def _table(found: Projection, remarks: list[str]) -> TableView:
    rows = [
        {
            "january": point.january,
            "method": point.method.replace("_", " ") + (", naive" if point in found.naive_line else ""),
            "plans": "refused" if point.reason else _whole(point.value),
            **{"low": _whole(point.low), "high": _whole(point.high)},
            "held": point.coverage_pct if point.low is not None else None,
            **(pick(point, "error=mape_pct naive=naive_mape_pct") if point.origins else {"error": None, "naive": None}),
        }
        for point in (*found.points, *found.naive_line)
    ]
    if any(point.reason for point in found.points):
        remarks = [
            *remarks,
            "Refused: its error is not below the naive one's, its interval did not hold, it is refused for a nearer "
            "year, or too few past Januaries could be tried. JSON and CSV say which.",
        ]
    return TableView(
        title=f"Projection of EHC plans (estimated): {found.series.name}, after January {found.series.last}",
        columns=headed(
            january=("January", "number"),
            method="Method",
            plans=("Projected", "number"),
            low=("Interval from", "number"),
            high=("to", "number"),
            held=("Held", "pct"),
            error=("Error", "pct"),
            naive=("Naive", "pct"),
        ),
        rows=rows,
        notes=remarks,
    )


def _backtest_table(found: Projection, rows: list[dict[str, Any]], remarks: list[str]) -> TableView:
    ratios = ("low_ratio", "median_ratio", "high_ratio")
    shown = [row | {name: f"{row[name]:.3f}" for name in ratios} for row in rows]
    return TableView(
        title=f"Backtest of projections (estimated): {found.series.name}, and all authorities together",
        columns=headed(
            area="Area",
            method="Method",
            horizon_years=("Years", "number"),
            backtests_count=("Tried", "count"),
            mape_pct=("Error", "pct"),
            low_ratio=("Ratio from", "number"),
            median_ratio=("median", "number"),
            high_ratio=("to", "number"),
            coverage_pct=("Held", "pct"),
            areas_offered_count=("Used", "count"),
        ),
        rows=shown,
        notes=["Ratio: what came, divided by what was projected. Used: in how many areas it is offered.", *remarks],
    )


def _whole(value: float | None) -> str | None:
    return None if value is None else f"{value:,.0f}"
