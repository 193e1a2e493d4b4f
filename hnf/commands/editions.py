"""`hnf editions`: what each table holds, by year and edition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.errors import UsageError
from hnf.years import FinancialYear

if TYPE_CHECKING:
    from hnf.tables.store import Store

_SHORT = {
    "dsg_high_needs_block": "DSG block",
    "dsg_pupils": "DSG pupils",
    "population": "Population",
    "prices": "Prices",
    "neighbours": "Neighbours",
    "constituencies": "Constituencies",
}


def command(
    year: options.Year = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """List every edition and release of every table, with its day of publication, source and rows.

    Questions use the latest edition of each year, marked with *, or with --edition the latest as at that date; an
    edition of totals only leaves the steps of the formula to the one before it, and both are marked. The
    date counts for editions of the DSG and releases of EHC plans, with their tables of settings, requests and the rest;
    populations, prices, neighbours and constituencies are the same at every date.

    Examples
    --------
    hnf editions
    hnf editions --year 2023-24
    hnf editions --edition 2023-12-31
    hnf editions --format json
    """
    from hnf.analysis.editions import RETURNS, editions

    store = options.open_store(data, edition)
    rows = editions(store)
    if year is not None:
        periods = {str(year), str(year.start)}
        rows = [row for row in rows if row["period"] in periods]
        if not rows:
            raise UsageError(
                f"nothing in these tables is of {year}", where="--year", todo="'hnf editions' lists all there is."
            )
    table = TableView(
        title=f"Editions and releases: {store.edition}",
        columns=headed(
            table="Table",
            period="Period",
            edition="Edition",
            published="Published",
            rows=("Rows", "count"),
            mark="Used",
        ),
        rows=[
            {**row, "table": {**_SHORT, **RETURNS}[row["table"]], "mark": "*" if row["used"] else ""} for row in rows
        ],
        notes=[*_steps_apart(store, rows), "Sources and titles: --format json or csv; `hnf sources list`."],
    )
    emit(
        {"editions": rows, "count": len(rows), "data_edition": store.edition}, output, table=table, rows_key="editions"
    )


def _steps_apart(store: Store, rows: list[dict[str, Any]]) -> list[str]:
    from hnf.measures.published import editions_in_words

    years = dict.fromkeys(row["period"] for row in rows if row["table"] == "dsg_high_needs_block")
    return [words for year in years if (words := editions_in_words(store, FinancialYear.parse(year)))]
