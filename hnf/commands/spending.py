"""`hnf spending`: section 251 spending beside the allocation, placements, and the balance of the grant."""

from __future__ import annotations

from typing import Any

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed


def command(
    who: options.Who, data: options.Data = None, edition: options.Edition = None, output: options.Format = "table"
) -> None:
    """Show what an authority plans and spends on high needs, where children are placed, and the grant's balance.

    From the high needs benchmarking tool and the published DSG balances, to 2021-22. Spending beside the allocation is
    not an overspend or underspend: the tool does not say how far place funding that DfE pays directly is in it.

    Examples
    --------
    hnf spending Hertfordshire
    hnf spending 810 --format json
    """
    from hnf.analysis.spending import spending

    found = spending(options.open_store(data, edition), who)
    rows = _rows(found.payload)
    table = TableView(
        title=f"High needs spending, placements and balance: {found.authority.prose}",
        columns=headed(
            what="What",
            when="When",
            gbp=("£", "gbp"),
            plans=("Plans", "count"),
            pct=("Here", "pct"),
            england_pct=("England", "pct"),
        ),
        rows=rows,
        notes=_notes(found.payload),
    )
    emit({**found.payload, "rows": rows}, output, table=table, rows_key="rows")


def _rows(payload: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for found in payload["returns"]:
        when = f"{found['financial_year']} {found['kind']}"
        rows.append({"what": "Spending listed", "when": when, "gbp": found["total"]["value"]})
        for which in ("before", "after"):
            if found[f"allocation_{which}"]:
                rows.append(
                    {
                        "what": f"Block {which} deductions; spending as % of it",
                        "when": when,
                        "gbp": found[f"allocation_{which}"]["value"],
                        "pct": found[f"share_{which}"]["value"],
                        "england_pct": found[f"england_share_{which}"]["value"],
                    }
                )
        rows.append(
            {
                "what": "Non-maintained and independent, % of top-ups",
                "when": when,
                "pct": found["independent_share"]["value"],
                "england_pct": found["england_independent_share"]["value"],
            }
        )
    for found in payload["placements"]:
        rows.append(
            {
                "what": found["label"],
                "when": f"January {found['january']}",
                "plans": found["count"]["value"],
                "pct": found["share"]["value"],
                "england_pct": found["england_share"]["value"],
            }
        )
    for found in payload["balances"]:
        england = found["england_balance_pct_of_income"]
        rows.append(
            {
                "what": "DSG balance, % of income",
                "when": found["financial_year"],
                "pct": found["balance_pct_of_income"]["value"],
                "england_pct": england["value"] if england else None,
            }
        )
    return rows


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
        notes.append("Balance: what is carried forward, all blocks of the grant; below zero is a deficit.")
    notes += [f"{item['cells']} published cells: {item['reason']}; never zero." for item in payload["unavailable"]]
    notes.append("Figure ids are in --format json.")
    return notes
