"""`hnf authorities`: who had an allocation; `hnf authorities lineage`: what became what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed
from hnf.errors import UsageError
from hnf.results import pick
from hnf.years import FinancialYear

if TYPE_CHECKING:
    from hnf.analysis.lineage import Lineage
    from hnf.tables.store import Store

commands = typer.Typer(help="Who had an allocation, and what became what.")


@commands.callback(invoke_without_command=True)
def list_authorities(
    context: typer.Context,
    year: options.Year = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """List the authorities that had an allocation in a year, by default the latest.

    Authorities without one are listed under the table with the reason. With `lineage WHO`: what became what and when.

    Examples
    --------
    hnf authorities
    hnf authorities --year 2019-20
    hnf authorities --format csv > authorities.csv
    hnf authorities lineage Cumberland
    """
    if context.invoked_subcommand is not None:
        if year or data or edition or output != "table":
            raise UsageError(
                f"options of {context.invoked_subcommand} go after it",
                todo=f"hnf authorities {context.invoked_subcommand} WHO --format json",
            )
        return
    _emit_list(year, options.open_store(data, edition), output)


def _emit_list(year: FinancialYear | None, store: Store, output: Format) -> None:
    from hnf.analysis.allocate import no_allocation
    from hnf.measures.published import block_frame, financial_years
    from hnf.tables.authorities import Authorities

    year = year or financial_years(store)[-1]
    with_allocation = block_frame(store, year)["area"].to_list()
    directory = Authorities.of(store)
    keys = "la_code la_name=name gss_code region_name authority_type opened closed?"
    rows = [pick(directory[code], keys) for code in with_allocation]
    without = [
        {"la_code": code, "la_name": authority.name, "reason": no_allocation(store, authority, year)}
        for code, authority in sorted(directory.by_code.items())
        if code not in with_allocation
    ]
    payload = {"year": str(year), "authorities": rows, "count": len(rows), "without_allocation": without}
    table = TableView(
        title=f"{len(rows)} authorities with a high needs allocation in {year}",
        columns=headed(la_code="Code", la_name="Authority", region_name="Region", gss_code="ONS code"),
        rows=rows,
        notes=[entry["reason"][0].upper() + entry["reason"][1:] + "." for entry in without],
    )
    emit(payload, output, table=table, rows_key="authorities")


@commands.command("lineage")
def show_lineage(
    who: options.Who, data: options.Data = None, edition: options.Edition = None, output: options.Format = "table"
) -> None:
    """Say what an authority was made from and what it became, with codes, and on which area years can be compared.

    A split adds up: its parts together are the old area. A recast does so only for all of them together.

    Examples
    --------
    hnf authorities lineage Cumberland
    hnf authorities lineage 839
    hnf authorities lineage Northamptonshire --format json
    """
    from hnf.analysis.lineage import lineage

    found = lineage(options.open_store(data, edition), who)
    payload = found.to_json()
    emit(payload, output, table=_lineage_table(found, payload), rows_key="comparisons")


def _lineage_table(found: Lineage, payload: dict[str, Any]) -> TableView:
    authority = found.authority
    end = f" to {authority.closed}" if authority.closed else ""
    former = f", before {', '.join(authority.former_gss_codes)}" if authority.former_gss_codes else ""
    return TableView(
        title=f"{authority.name} ({authority.la_code}): on which area its years can be compared",
        columns=headed(series="Series", period="Counted", against="Against", area="Area", counted_as="Codes"),
        rows=[
            {
                **row,
                "period": row["from"] if row["from"] == row["to"] else f"{row['from']} to {row['to']}",
                "area": row["area"] or "none",
                "counted_as": "+".join(row["codes"]) or None,
            }
            for row in payload["comparisons"]
        ],
        notes=[
            f"DfE code {authority.la_code}; ONS code {authority.gss_code}{former}. In the register of codes, which "
            f"starts in 2009, from {authority.opened}{end}.",
            *(f"{event.sentence}" for event in found.events),
            *([] if found.events else ["No reorganisation changed its area in the register."]),
            *(f"None: {reason}." for reason in dict.fromkeys(r["reason"] for r in payload["comparisons"]) if reason),
        ],
    )
