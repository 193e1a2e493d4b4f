"""`hnf parameters`: floors, limits, rates and weights by year, with their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from hnf.commands import options
from hnf.commands.output import Column, Format, TableView, emit, headed
from hnf.results import Listing

_Diff = Annotated[tuple[str, str] | None, options.option("--diff", "FY FY", help="What changed between two years.")]
_Folder = Annotated[
    Path | None, options.option("--parameters", "DIR", help="Folder of parameter files of your own, read first.")
]


def command(
    year: options.Year = None, diff: _Diff = None, folder: _Folder = None, output: options.Format = "table"
) -> None:
    """Show the parameters of a year, or of all, or what changed between two.

    Each has a status: published, derived (from published figures), unverified (in use, no public source checked) or
    not_found (no value). In 2026-27 the formula is suspended, and the answer says so.

    Examples
    --------
    hnf parameters --year 2023-24
    hnf parameters --diff 2022-23 2023-24
    hnf parameters --format csv > parameters.csv
    """
    from hnf.formula.parameters import parameters

    if diff:
        _emit_difference(parameters(options.read_year(diff[1]), options.read_year(diff[0]), folder), output)
        return
    found = parameters(year, folder=folder)
    rows = found.as_rows()
    suspended = [
        f"{one['financial_year']}: {one['message']}" for one in found.form["years"] if one["state"] == "suspended"
    ]
    table_rows = [{**row, "shown": _shown(row["value"])} for row in rows]
    table = TableView(
        title=found.title,
        columns=(
            *([] if year else [Column("financial_year", "Year")]),
            Column("name", "Parameter"),
            Column("shown", "Value"),
            Column("unit", "Unit"),
            Column("status", "Status"),
        ),
        rows=table_rows,
        notes=[*suspended, *(_references(rows) if year else ["References: --year FY, or --format json."])],
    )
    emit(found, output, table=table)


def _emit_difference(found: Listing, output: Format) -> None:
    changes = found.as_rows()
    table = TableView(
        title=found.title,
        columns=headed(
            name="Parameter", first=found.form["before"], second=found.form["after"], unit="Unit", kind="Change"
        ),
        rows=[{**row, "first": _shown(row["before"]), "second": _shown(row["after"])} for row in changes],
        notes=found.drawing,
    )
    emit(found, output, table=table)


def _references(rows: list[dict[str, Any]]) -> list[str]:
    """Say each reference once, after the parameters that it is for."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row["value"] is not None:
            names.setdefault(row["reference"], []).append(row["name"])
    return [f"{', '.join(found)}: {reference}." for reference, found in names.items()]


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " + ".join(str(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)
