"""`hnf diff`: what changed from one edition or release to another."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import Column, TableView, emit, headed

_Old = Annotated[str, typer.Argument(metavar="OLD", help="Date of an edition, or year of a release.")]
_New = Annotated[str, typer.Argument(metavar="NEW", help="The one to compare it with.")]
_Table = Annotated[
    str, options.option("--table", "TABLE", help="Of releases: placements, requests and so on.", default=True)
]


def command(
    old: _Old,
    new: _New,
    year: options.Year = None,
    table: _Table = "ehc_plans",
    data: options.Data = None,
    output: options.Format = "table",
) -> None:
    """Compare two editions of the DSG of one year, or two releases of EHC plans, by authority and term.

    Every number of England and of an authority that is not the same in both is listed, symbols included. Editions are
    dates, as on the cover of the workbook; releases are years. `hnf editions` lists both. Releases are compared in one
    table: the plans, or placements, requests and the others that come with them.

    Examples
    --------
    hnf diff 2024-12-18 2025-07-18 --year 2024-25
    hnf diff 2022 2025
    hnf diff 2022 2025 --year 2020-21 --format json
    hnf diff 2022 2025 --table timeliness
    """
    from hnf.analysis.editions import RETURNS, diff

    store = options.open_store(data)
    found = diff(store, old, new, year, table)
    form, rows = found.form, found.as_rows()
    changed, by_term, left_out = form["authorities"], form["authorities_changed_by_term"], form["not_compared"]
    names = ", ".join(f"{one['la_name']} ({one['la_code']})" for one in changed)
    view = TableView(
        title=found.title,
        columns=(
            Column("code", "Code"),
            Column("label", "Term"),
            *(headed(period="Period") if len(form["periods"]) > 1 else ()),
            Column("old_words", "Old", "number"),
            Column("new_words", "New", "number"),
            Column("difference_words", "Difference", "number"),
            Column("change_pct", "Change", "pct_change"),
        ),
        rows=[{**row, "code": row["la_code"] or row["name"], **_words(row)} for row in rows],
        notes=[
            f"Changed: {names}." if changed else "No authority changed.",
            *(_of_totals(by_term) if left_out and form["table"] not in RETURNS else []),
            *([f"In one of the two only: {', '.join(left_out)}."] if left_out and form["table"] in RETURNS else []),
        ],
    )
    emit(found, output, table=view)


def _of_totals(by_term: dict[str, int]) -> list[str]:
    from hnf.tables.schema import term_label

    counts = "; ".join(f"{term_label(term)}: {count} authorities" for term, count in sorted(by_term.items()))
    return [f"{counts}.", "One of the two prints totals only: steps of the formula are not compared."]


def _words(row: dict[str, Any]) -> dict[str, str]:
    pounds = "£" if row["unit"].startswith("gbp") else ""

    def words(value: float | None, status: str | None, *, signed: bool = False) -> str:
        if value is None:
            return status or ""
        decimals = 0 if float(value).is_integer() else 2
        sign = ("-" if value < 0 else "+" if signed else "") if value or signed else ""
        return f"{sign}{pounds}{abs(value):,.{decimals}f}"

    return {
        "old_words": words(row["old"], row["old_status"]),
        "new_words": words(row["new"], row["new_status"]),
        "difference_words": words(row["difference"], "", signed=True),
    }
