"""`hnf spending`: section 251 spending beside the allocation, and the balance of the grant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed
from hnf.errors import UsageError

if TYPE_CHECKING:
    from hnf.tables.store import Store


_All = Annotated[bool, typer.Option("--all", help="Every authority, region and England, one row a line.")]


def command(
    who: options.WhoOrNobody = None,
    every: _All = False,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Show what an authority plans and spends on high needs, and the grant's balance.

    From the high needs benchmarking tool and the published DSG balances, to 2021-22. Where children with plans are
    placed is in `hnf need`. Spending beside the allocation is
    not an overspend or underspend: the tool does not say how far place funding that DfE pays directly is in it.

    Of a region or England: the sums of its authorities. With --all, CSV and JSON have a row for each line of each
    return of every area; the table has the latest return.

    Examples
    --------
    hnf spending Hertfordshire
    hnf spending 810 --format json
    hnf spending "North East"
    hnf spending --all --format csv > spending.csv
    """
    from hnf.analysis.spending import spending

    if every == (who is not None):
        raise UsageError("name an area, or ask for --all, not both", todo="Write for example 'hnf spending Kent'.")
    if who is None:
        if chart:
            raise UsageError("a chart is of one area", where="--chart", todo="Name an area, or leave --chart out.")
        _emit_all(options.open_store(data, edition), output)
        return
    found = spending(options.open_store(data, edition), who)
    options.draw(found, chart, size)
    payload = found.to_json()
    table = TableView(
        title=f"High needs spending and balance: {found.authority.prose}",
        columns=headed(
            what="What",
            when="When",
            gbp=("£", "gbp"),
            pct=("Here", "pct"),
            england_pct=("England", "pct"),
        ),
        rows=found.shown(),
        notes=_notes(payload),
    )
    emit(found, output, table=table)


def _emit_all(store: Store, output: Format) -> None:
    from hnf.analysis.spending import all_spending, returns

    rows, (year, kind) = all_spending(store), returns(store)[-1]
    areas: dict[str, dict[str, Any]] = {}
    for row in rows:
        if (row["period"], row["kind"]) == (year, kind):
            shown = areas.setdefault(row["area_code"], {"area_code": row["area_code"], "area_name": row["area_name"]})
            shown[row["measure"]] = row["value"]
            shown["reason"] = row["status"] or shown.get("reason")
    reasons = Counter(area["reason"] for area in areas.values() if area["reason"])
    table = TableView(
        title=f"High needs spending listed in the section 251 {kind} of {year}",
        columns=headed(
            area_code=("Code", "name"),
            area_name="Area",
            total=("Listed", "gbp"),
            share_before=("% of block before deductions", "pct"),
            independent_share=("Independent, % of top-ups", "pct"),
        ),
        rows=[{"share_before": None, **area} for area in areas.values()],
        notes=[
            "Regions and England are the sums of their authorities that have a number. Every line, and earlier "
            "returns: --format csv or json.",
            *(f"{count} areas have no number: {why}; never zero." for why, count in sorted(reasons.items())),
            *_notes({"returns": [{"allocation_before": True}], "balances": [], "unavailable": []}),
        ],
    )
    emit({"rows": rows, "count": len(rows)}, output, table=table, rows_key="rows")


def _notes(payload: dict[str, Any]) -> list[str]:
    notes = []
    if payload["returns"]:
        notes.append(
            "Spending: lines of section 251 as the benchmarking tool prints them, top-ups net of income. It does not "
            "say how far places that DfE pays for directly are in them, so no difference is an overspend."
        )
        if any(found["allocation_before"] is None for found in payload["returns"]):
            notes.append("No allocation: the authority had no separate one in that year.")
    if payload["balances"]:
        notes.append(
            "Balance: what is carried forward, all blocks of the grant; below zero is a deficit. Section 251 has the "
            "other sign: its line 1.9.3 is positive for a deficit."
        )
    notes += [f"{item['cells']} published cells: {item['reason']}; never zero." for item in payload["unavailable"]]
    notes.append("Where children with plans are placed: hnf need. Figure ids are in --format json.")
    return notes
