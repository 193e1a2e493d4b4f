"""`hnf export`: the data in the formats of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed
from hnf.years import FinancialYear

_Format = Annotated[
    Literal["ees", "datapackage", "parquet", "sqlite", "xlsx", "ods"],
    typer.Option(
        "--format",
        case_sensitive=False,
        help="Explore Education Statistics CSV (ees), Frictionless data package, Parquet, SQLite or a workbook.",
        show_default=False,
    ),
]
_Out = Annotated[Path, options.place("--out", "DIR", "Folder to write, replaced as a whole.")]
_Tables = Annotated[
    list[str] | None, options.option("--table", "NAME", help="Table (of ees: data set), more than once for several.")
]
_Years = Annotated[
    list[FinancialYear] | None,
    options.option(
        "--year",
        "FY",
        help="Financial year, more than once for several; with its January and mid-year population.",
        parser=options.read_year,
    ),
]
_Answer = Annotated[
    Format, typer.Option("--answer", case_sensitive=False, help="How the command answers: table, json or csv.")
]


def command(
    kind: _Format,
    out: _Out,
    tables: _Tables = None,
    years: _Years = None,
    data: options.Data = None,
    edition: options.Edition = None,
    answer: _Answer = "table",
) -> None:
    """Write the data for other tools, with a manifest of hashes, edition and licence.

    ees writes tidy CSV with metadata for Explore Education Statistics, financial years and calendar years in separate
    files. The other formats hold the tidy tables as they are.

    Examples
    --------
    hnf export --format ees --out ees
    hnf export --format sqlite --out database
    hnf export --format ods --out book --table dsg_pupils --year 2023-24
    hnf export --format datapackage --out package --answer json
    """
    from hnf.export.export import export_data

    found = export_data(options.open_store(data, edition), kind, out, tables or (), years or ())
    table = TableView(
        title=found.title,
        columns=headed(file="File", bytes=("Bytes", "count")),
        rows=found.as_rows(),
        notes=[
            f"Hashes are in {out / 'manifest.json'}.",
            f"Data edition: {found.form['edition']}.",
            found.form["attribution"],
        ],
    )
    emit(found, answer, table=table)
