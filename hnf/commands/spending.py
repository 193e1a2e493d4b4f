"""`hnf spending`: section 251 spending beside the allocation, and the balance of the grant."""

from __future__ import annotations

from typing import Any

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed


def command(
    who: options.Who, data: options.Data = None, edition: options.Edition = None, output: options.Format = "table"
) -> None:
    """Show what an authority plans and spends on high needs, and the grant's balance.

    From the high needs benchmarking tool and the published DSG balances, to 2021-22. Where children with plans are
    placed is in `hnf need`. Spending beside the allocation is
    not an overspend or underspend: the tool does not say how far place funding that DfE pays directly is in it.

    Examples
    --------
    hnf spending Hertfordshire
    hnf spending 810 --format json
    """
    from hnf.analysis.spending import spending

    found = spending(options.open_store(data, edition), who)
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
        rows=payload["rows"],
        notes=_notes(payload),
    )
    emit(found, output, table=table)


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
