"""`hnf ingest`: files of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands.options import FormatOption, YearOption
from hnf.commands.output import Column, Format, TableView, emit
from hnf.errors import SourceError

if TYPE_CHECKING:
    from hnf.formula.factor_inputs import FactorInputs

commands = typer.Typer(help="Read files of your own.", no_args_is_help=True)

_File = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV or workbook with the proxy factors.", show_default=False)
]
_Mapping = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="TOML", help="Which of your headings is which column.", show_default=False),
]
_Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="CSV", help="Write the factors under hnf's own headings.", show_default=False),
]
_Folder = Annotated[
    Path | None,
    typer.Option("--parameters", metavar="DIR", help="Folder with a parameter file for the year.", show_default=False),
]


@commands.command("factors")
def ingest_factors(
    file: _File,
    mapping: _Mapping = None,
    out: _Out = None,
    year: YearOption = None,
    folder: _Folder = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Read the counts behind the factors of the formula, and say which columns were found and which not.

    With --year the formula is run on them with the parameters of that year: every step for every authority. The
    published files give neither the counts nor all weights, so --parameters must name a folder that does.

    Examples
    --------
    hnf ingest factors my-factors.csv
    hnf ingest factors official.xlsx --mapping headings.toml --out factors.csv
    hnf ingest factors factors.csv --year 2025-26 --parameters my-folder
    """
    from hnf.formula.factor_file import read_factors, report_headings

    report = report_headings(file, mapping)
    columns = [
        {"column": name, "meaning": meaning, "heading": report.found.get(name)}
        for name, meaning in report.needed.items()
    ]
    payload: dict[str, Any] = {
        "file": report.file,
        "sheet": report.sheet or None,
        "heading_row": report.heading_row,
        "columns": columns,
        "not_found": list(report.not_found),
        "ignored": list(report.ignored),
        "left_out": list(report.left_out),
    }
    if report.not_found:
        _emit_columns(payload, columns, output)
        raise SourceError(
            f"{len(report.not_found)} columns were not found: {', '.join(report.not_found)}",
            where=report.file,
            todo="Rename the headings, or name them in a file for --mapping.",
        )
    factors = read_factors(file, mapping)
    payload["authorities"] = len(factors.inputs)
    if out:
        _write(factors.inputs, out)
        payload["written"] = str(out)
    if year is None:
        _emit_columns(payload, columns, output)
        return
    from hnf.formula.nff import allocate, rules_of
    from hnf.formula.parameter_files import load_parameters

    rows = allocate(factors.inputs, rules_of(load_parameters(year, folder))).to_polars().to_dicts()
    emit(
        {**payload, "year": str(year), "rows": rows},
        output,
        table=TableView(
            title=f"Formula of {year} on the factors of {report.file}, {len(rows)} authorities",
            columns=_allocation_columns(rows),
            rows=rows,
            notes=["Every step is a column of --format csv.", "These are your figures, not published ones."],
        ),
        rows_key="rows",
    )


def _emit_columns(payload: dict[str, Any], columns: list[dict[str, Any]], output: Format) -> None:
    notes = [f"Not a column of the formula: {', '.join(payload['ignored'])}."] if payload["ignored"] else []
    if payload.get("written"):
        notes.append(f"Written to {payload['written']}.")
    emit(
        payload,
        output,
        table=TableView(
            title=f"Columns found in {payload['file']}: {len(columns) - len(payload['not_found'])} of {len(columns)}",
            columns=(
                Column("column", "Column"),
                Column("heading", "Heading in the file"),
                Column("meaning", "Meaning"),
            ),
            rows=columns,
            notes=notes,
        ),
        rows_key="columns",
    )


#: Columns of the result that fit a terminal, with their headings.
_SHOWN = {
    "la_code": "Code",
    "la_name": "Authority",
    "nff_in_protection_gbp": "Inside floor and limit",
    "total_before_deductions_gbp": "Total",
    "binding": "Bound by",
}


def _allocation_columns(rows: list[dict[str, Any]]) -> list[Column]:
    shown = [name for name in rows[0] if name in _SHOWN]
    return [Column(name, _SHOWN[name], "gbp" if name.endswith("_gbp") else "text") for name in shown]


def _write(inputs: FactorInputs, out: Path) -> None:
    import polars as pl

    from hnf.folders import replace_file

    names = {"la_code": list(inputs.la_codes), "la_name": list(inputs.la_names)}
    replace_file(out, pl.DataFrame({**names, **inputs.columns}).write_csv().encode())
