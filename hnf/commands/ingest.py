"""`hnf ingest`: newly published files into the user's own tables; `hnf ingest factors`: counts of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hnf.commands import options
from hnf.commands.output import Column, Format, TableView, emit, headed, note
from hnf.errors import SourceError, UsageError
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.factors.ingested import OwnFactors
    from hnf.ingest.ingest import Report, Request
    from hnf.years import FinancialYear

commands = typer.Typer(help="Read files of your own.")

_File = Annotated[Path, options.argument("FILE", help="CSV or workbook with the proxy factors.")]
_Mapping = Annotated[Path | None, options.option("--mapping", "TOML", help="Which of your headings is which column.")]
_Out = Annotated[Path | None, options.place("--out", "CSV", "Write the factors under hnf's own headings.")]
_Folder = Annotated[
    Path | None, options.option("--parameters", "DIR", help="Folder with a parameter file for the year.")
]


_Files = Annotated[list[Path], options.argument("FILE...", help="Files as published, of any kind.")]
_Data = Annotated[
    Path | None, options.option("--data", "DIR", help="Folder to write to.", default="your own, or HNF_DATA")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Report, check and write nothing.")]
_As = Annotated[
    Literal["dsg", "sen2", "population", "prices", "neighbours", "constituencies"] | None,
    typer.Option("--as", case_sensitive=False, help="What the files are.", show_default="as their headings say"),
]
_Published = Annotated[
    str | None,
    options.option(
        "--published",
        "DATE",
        help="Day of publication, for files that do not say it.",
        parser=options.date_of("--published", todo="Write it as 2026-06-27."),
    ),
]
_Accept = Annotated[
    str | None, options.option("--accept-worse", "REASON", help="Take data that are worse; kept in the log.")
]


def command(
    files: _Files,
    data: _Data = None,
    dry_run: _DryRun = False,
    kind: _As = None,
    year: options.Year = None,
    published: _Published = None,
    mapping: _Mapping = None,
    accept_worse: _Accept = None,
    output: options.Format = "table",
) -> None:
    """Take newly published files into tables of your own, which all commands then use.

    DSG workbooks, EHC plan releases (zip or CSV), ONS populations, HM Treasury's GDP deflators, statistical neighbours,
    the constituency lookup and the register of authorities are recognised by their headings. What changed against the
    last edition is listed; DSG editions are recomputed, and column A of a year that had only bounds is compared with
    them; data that are worse than those there are refused (exit code 1), and nothing is written. The tables that ship
    with hnf stay as they are: --data shipped. For factor counts: hnf ingest factors.

    Examples
    --------
    hnf ingest dsg-2024-to-2025.ods --dry-run
    hnf ingest dsg-2024-to-2025.ods --mapping headings.toml
    hnf ingest ehc-plans-2026.zip gdp-deflators.xlsx --published 2026-06-30
    hnf ingest population.csv --year 2025-26 --data my-tables
    """
    from hnf.ingest.ingest import Request, ingest, refuse_worse, target_folder
    from hnf.ingest.recognise import Given
    from hnf.sources.dsg import UnknownHeadingError

    _check_reason(accept_worse)
    request = Request(Given(kind, year, published), mapping, accept_worse, dry_run)
    try:
        report = ingest(files, target_folder(data), request)
    except UnknownHeadingError as error:
        note("Lines for the file of --mapping; keep one for each heading:")
        for line in ["schema_version = 1", *error.lines]:
            note(line)
        raise
    _emit_report(report, request, output)
    refuse_worse(report, request)


def _check_reason(reason: str | None) -> None:
    if reason is not None and not reason.strip():
        raise UsageError("a reason is needed", where="--accept-worse", todo='Write it in words: "confirmed by DfE".')


def _emit_report(report: Report, request: Request, output: Format) -> None:
    files = [one.to_json() for one in report.files]
    notes = [line for one in report.files for line in _said(one.what, one.differences.said, one.differences.worse)]
    for check in report.reconciliation:
        held = f", {check['within_1_gbp']} of {check['authorities']} within £1" if "authorities" in check else ""
        notes.append(f"Recomputed: {check['financial_year']}, edition of {check['edition']}: {check['status']}{held}.")
    if report.is_written:
        notes.append(f"Written to {report.folder}. Edition: {report.edition}.")
    else:
        notes.append("Nothing was written.")
    payload = {
        "files": files,
        **pick(report, "folder written=is_written"),
        "dry_run": request.dry_run,
        "edition": report.edition,
        "accepted_worse": request.accept_worse if report.worse else None,
        "reconciliation": report.reconciliation,
    }
    table = TableView(
        title=f"{len(files)} file{'s' if len(files) != 1 else ''} for {report.folder}",
        columns=headed(file="File", what="What it is", rows=("Rows", "count")),
        rows=[{**one, "rows": sum(one["tables"].values())} for one in files],
        notes=notes,
    )
    emit(payload, output, table=table, rows_key="files")


def _said(what: str, said: list[str], worse: list[str]) -> list[str]:
    return [f"{what}:", *said, *(f"Worse: {reason}." for reason in worse)]


@commands.command("factors")
def ingest_factors(
    file: _File,
    mapping: _Mapping = None,
    out: _Out = None,
    year: options.Year = None,
    folder: _Folder = None,
    data: _Data = None,
    accept_worse: _Accept = None,
    output: options.Format = "table",
) -> None:
    """Read the counts behind the factors of the formula, for --by factors and for scenarios that change factors.

    With --year the file is checked against year and register, the formula is run on it with the parameters of the year,
    and it is kept in --data DIR, your own folder where none is given: hnf allocate WHO --year FY --by factors and hnf
    scenario run take it from there. The published files give neither the counts nor all weights, so --parameters must
    name a folder that does; your parameters of the year are kept with it. Without --year nothing is kept.

    One row an authority. The columns, under these headings or others that are known (each is named in the answer; for
    any other heading give --mapping): la_code, la_name, population_2_18_count, free_school_meals_count,
    idaci_band_a_count to idaci_band_f_count, bad_health_count, disability_living_allowance_count,
    ks2_low_attainment_count, ks4_low_attainment_count, historic_spend_gbp, previous_baseline_per_head_gbp,
    area_cost_adjustment_index, basic_entitlement_pupils_count, import_export_gbp, special_free_schools_gbp,
    hospital_ap_gbp. The official workbook "National funding formula tables for schools and high needs" on GOV.UK holds
    them.

    Examples
    --------
    hnf ingest factors my-factors.csv
    hnf ingest factors official.xlsx --mapping headings.toml --out factors.csv
    hnf ingest factors my.csv --year 2025-26 --parameters my-folder --data mine
    """
    from hnf.factors.ingested import factors_csv
    from hnf.factors.inputs import read_factors, report_headings
    from hnf.files import hold_place, replace_file

    report = report_headings(file, mapping)
    columns = [
        {"column": name, "meaning": meaning, "heading": report.found.get(name)}
        for name, meaning in report.needed.items()
    ]
    payload: dict[str, Any] = {
        **pick(report, "file sheet? heading_row"),
        "columns": columns,
        **pick(report, "not_found ignored left_out"),
    }
    if report.not_found:
        _emit_columns(payload, columns, output)
        raise SourceError(
            f"{len(report.not_found)} columns were not found: {', '.join(report.not_found)}",
            where=report.file,
            todo="Rename the headings, or name them in a file for --mapping.",
        )
    inputs = read_factors(file, mapping).inputs
    payload["authorities"] = len(inputs)
    if year is None and data is not None:
        raise UsageError(
            "factors are kept by year", where="--data", todo="Give --year, the financial year they are of."
        )
    if out:
        with hold_place(out):
            replace_file(out, factors_csv(inputs))
        payload["written"] = str(out)
    if year is None:
        _emit_columns(payload, columns, output)
        return
    _check_reason(accept_worse)
    own, rows, kept = _keep_factors(file, year, mapping, folder, data, accept_worse or "")
    notes = ["Every step is a column of --format csv.", "These are your figures, not published ones."]
    notes += [line for line in (own.label, own.gaps) if line]
    notes.append(
        f"Kept in {kept}: 'hnf allocate WHO --year {year} --by factors' and 'hnf scenario run' use them."
        if kept
        else "Not kept: HNF_DATA is empty, so that there is no folder of your own; give --data DIR."
    )
    table = TableView(
        title=f"Formula of {year} on the factors of {report.file}, {len(rows)} authorities",
        columns=_allocation_columns(rows),
        rows=rows,
        notes=notes,
    )
    payload |= {"year": str(year), "inputs": own.to_json(), "kept": kept and str(kept), "rows": rows}
    emit(payload, output, table=table, rows_key="rows")


def _keep_factors(
    file: Path, year: FinancialYear, mapping: Path | None, parameters: Path | None, data: Path | None, reason: str
) -> tuple[OwnFactors, list[dict[str, Any]], Path | None]:
    """Check the factors of a year, run the formula on them, and keep them: what does not run is not kept."""
    from hnf.factors.ingested import files_to_keep, take_factors
    from hnf.factors.nff import allocate, rules_of
    from hnf.files import replace_folder
    from hnf.ingest.ingest import sole_writer, target_folder
    from hnf.paths import FACTORS, has_only_factors, has_tables, user_folder
    from hnf.tables.store import Store

    target = target_folder(data) if data or user_folder() else None
    store = Store(target if target and (has_tables(target) or has_only_factors(target)) else None)
    own_parameters = target / "parameters" if target and (target / "parameters").is_dir() else None
    own = take_factors(store, file, year, mapping=mapping, parameters=parameters or own_parameters, reason=reason)
    rows = allocate(own.inputs, rules_of(own.parameters, own.quantum_gbp)).to_polars().to_dicts()
    if target is None:
        return own, rows, None
    kept = target / FACTORS / str(year)
    with sole_writer(target):
        replace_folder(kept, files_to_keep(own, parameters))
    return own, rows, kept


def _emit_columns(payload: dict[str, Any], columns: list[dict[str, Any]], output: Format) -> None:
    notes = [f"Not a column of the formula: {', '.join(payload['ignored'])}."] if payload["ignored"] else []
    if payload.get("written"):
        notes.append(f"Written to {payload['written']}.")
    table = TableView(
        title=f"Columns found in {payload['file']}: {len(columns) - len(payload['not_found'])} of {len(columns)}",
        columns=headed(column="Column", heading="Heading in the file", meaning="Meaning"),
        rows=columns,
        notes=notes,
    )
    emit(payload, output, table=table, rows_key="columns")


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
