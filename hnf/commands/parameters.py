"""`hnf parameters`: floors, limits, rates and weights by year, with their sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from hnf.commands import options
from hnf.commands.output import Column, Format, TableView, emit, headed
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.formula.parameters import Parameter, YearParameters

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
    from hnf.formula.parameters import known_years, load_parameters

    if diff:
        before, after = diff
        _emit_difference(
            load_parameters(options.read_year(before), folder),
            load_parameters(options.read_year(after), folder),
            output,
        )
        return
    years = [load_parameters(known, folder) for known in ([year] if year else known_years(folder))]
    rows = [_row(found, parameter) for found in years for parameter in found.parameters.values()]
    suspended = [f"{found.financial_year}: {found.message}" for found in years if found.state == "suspended"]
    table_rows = [{**row, "shown": _shown(row["value"])} for row in rows]
    payload = {
        "years": [
            {**pick(found, "financial_year state message? reference checked"), "source": Path(found.source).name}
            for found in years
        ],
        "parameters": rows,
    }
    table = TableView(
        title=f"Parameters of {year}" if year else "Parameters of all years",
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
    emit(payload, output, table=table, rows_key="parameters")


def _emit_difference(before: YearParameters, after: YearParameters, output: Format) -> None:
    from hnf.formula.parameters import difference

    found = difference(before, after)
    changes = [
        {
            "name": change.name,
            "kind": kind,
            "before": change.before.value if change.before else None,
            "after": change.after.value if change.after else None,
            "before_status": change.before.status if change.before else None,
            "after_status": change.after.status if change.after else None,
            "unit": next((found.unit for found in (change.after, change.before) if found), None),
        }
        for kind, listed in (("changed", found.changed), ("added", found.added), ("removed", found.removed))
        for change in listed
    ]
    messages = [f"{year.financial_year}: {year.message}" for year in (before, after) if year.message]
    payload = {
        "before": str(before.financial_year),
        "after": str(after.financial_year),
        "state": {"before": before.state, "after": after.state},
        "changes": changes,
    }
    table = TableView(
        title=f"Parameters of {before.financial_year} and {after.financial_year}: {len(changes)} differ",
        columns=headed(
            name="Parameter",
            first=str(before.financial_year),
            second=str(after.financial_year),
            unit="Unit",
            kind="Change",
        ),
        rows=[{**row, "first": _shown(row["before"]), "second": _shown(row["after"])} for row in changes],
        notes=messages,
    )
    emit(payload, output, table=table, rows_key="changes")


def _row(found: YearParameters, parameter: Parameter) -> dict[str, Any]:
    return {
        "financial_year": str(found.financial_year),
        **pick(parameter, "name value unit status reference checked note?"),
    }


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
