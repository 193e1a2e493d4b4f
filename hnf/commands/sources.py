"""`hnf sources`: the catalogue of published files, their hashes, and building the tables from them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hnf.commands import options
from hnf.commands.output import TableView, bytes_received, emit, headed, note, stepwise
from hnf.errors import CheckFailed, HnfError, SourceError
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.fetch.fetch import Outcome
    from hnf.fetch.publishers import Wanted

commands = typer.Typer(help="List, fetch, verify and load the published files.")

_Raw = Annotated[Path, options.option("--raw", "DIR", help="Folder of the published files.")]
_Out = Annotated[Path, options.place("--out", "DIR", "Folder to write the tidy tables to.", default=True)]
_Names = Annotated[list[str] | None, options.argument("SOURCE", help="Ids of sources or series; all if none is given.")]
_Downloads = Annotated[Path, options.place("--out", "DIR", "Folder to put the files in.", default=True)]
_Latest = Annotated[
    bool, typer.Option("--latest", help="Take the newest edition, even where the catalogued one is there.")
]
_ViaApi = Annotated[bool, typer.Option("--via-api", help="Take the counts of EHC plans from the data API, as CSV.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.")]

_WAITING = "Another hnf is fetching into this folder; waiting for it."

#: Words for what became of a file.
_STATUSES = {
    "fetched": "fetched",
    "already_there": "already there",
    "new_edition": "new edition",
    "extract": "an extract",
    "would_fetch": "would fetch",
    "failed": "failed",
}


@commands.command("list")
def list_sources(data: options.Data = None, output: options.Format = "table") -> None:
    """Show the catalogue: publisher, title, date and hash of every file, and of those that were ingested.

    Examples
    --------
    hnf sources list
    hnf sources list --format json
    """
    keys = "id publisher title page published licence as_published path bytes=size sha256 feeds"
    rows = [pick(source, keys) for source in options.open_store(data).catalogue]
    table = TableView(
        title=f"{len(rows)} published files",
        columns=headed(id="Source", published="Published", title="Title"),
        rows=rows,
        notes=["Contains public sector information licensed under the Open Government Licence v3.0."],
    )
    emit({"sources": rows, "count": len(rows)}, output, table=table, rows_key="sources")


@commands.command("fetch")
def fetch_files(
    names: _Names = None,
    year: options.Year = None,
    out: _Downloads = Path("downloads"),
    latest: _Latest = False,
    via_api: _ViaApi = False,
    dry_run: _DryRun = False,
    output: options.Format = "table",
) -> None:
    """Download the published files from their publishers, or the files of a year that is not catalogued yet.

    A file that is there already stays as it is. One that the publisher has changed is kept beside it as a new edition.
    fetched.json in the folder notes what was fetched, when, and from which address. Besides the sources of
    `hnf sources list` there are series: dsg (allocations of a year), ehc_plans (release of a year), gdp_deflators; and
    single data sets of the release: sen2_placements, sen2_new_plans, sen2_requests, sen2_assessments, sen2_timeliness,
    sen2_primary_need, sen2_ceased_plans, sen2_annual_reviews.
    With --year and no SOURCE, all that goes with that financial year is fetched.

    Examples
    --------
    hnf sources fetch
    hnf sources fetch --year 2024-25 --dry-run
    hnf sources fetch dsg --year 2024-25 --out downloads
    hnf sources fetch ehc_plans --via-api
    hnf sources fetch sen2_requests --year 2026-27
    hnf sources fetch dsg_2023_24 --latest --format json
    """
    from hnf.fetch.fetch import plan
    from hnf.fetch.publishers import select

    wanted = select(names or (), year, without_year=via_api)
    if dry_run:
        outcomes = [plan(entry, out, via_api=via_api) for entry in wanted]
        errors: list[HnfError] = []
    else:
        outcomes, errors = _fetch_all(wanted, out, latest=latest, via_api=via_api)
    if len(wanted) == 1 and errors:
        raise errors[0]
    rows = [pick(outcome, "id status path? bytes sha256? address? page detail") for outcome in outcomes]
    shown = [{**row, "words": _STATUSES[str(row["status"])]} for row in rows]
    table = TableView(
        title=f"Published files in {out}" + (" (nothing was fetched)" if dry_run else ""),
        columns=headed(id="Source", words="Status", bytes=("Bytes", "count")),
        rows=shown,
        notes=_notes(outcomes, each=bool(names)),
    )
    emit(
        {"folder": str(out), "files": rows, "count": len(rows), "failed": len(errors)},
        output,
        table=table,
        rows_key="files",
    )
    if errors:
        raise SourceError(
            f"{len(errors)} of {len(wanted)} files could not be fetched",
            where=str(out),
            todo="The notes say why. Run the command again: what has arrived is not fetched twice.",
        )


def _notes(outcomes: list[Outcome], *, each: bool) -> list[str]:
    """Say what there is to know of each file; of extracts that nobody asked for by name, how many there are."""
    from hnf.fetch.fetch import NOT_AS_PUBLISHED

    extracts = [outcome for outcome in outcomes if outcome.status == NOT_AS_PUBLISHED and not each]
    notes = [f"{outcome.id}: {outcome.detail}" for outcome in outcomes if outcome.detail and outcome not in extracts]
    if extracts:
        notes.append(
            f"{len(extracts)} of the files are extracts made for this project, which no publisher offers. "
            f"`hnf sources fetch {extracts[0].id}` and the like say what each was made from."
        )
    return notes


def _fetch_all(wanted: list[Wanted], out: Path, *, latest: bool, via_api: bool) -> tuple[list[Outcome], list[HnfError]]:
    """Fetch one file after the other; one that fails does not stop the others."""
    from hnf.fetch.fetch import FAILED, Outcome, fetch
    from hnf.fetch.web import Web

    outcomes: list[Outcome] = []
    errors: list[HnfError] = []
    with Web(mirror=os.environ.get("HNF_MIRROR")) as web:
        for entry in wanted:
            try:
                with bytes_received(entry.id) as progress:
                    ways = {"latest": latest, "via_api": via_api}
                    outcome = fetch(web, entry, out, **ways, progress=progress, waiting=lambda: note(_WAITING))
            except SourceError as error:
                errors.append(error)
                outcome = Outcome(entry.id, FAILED, entry.page, detail=error.line().removeprefix(f"{entry.id}, "))
            outcomes.append(outcome)
    return outcomes, errors


@commands.command("verify")
def verify(raw: _Raw, output: options.Format = "table") -> None:
    """Check that the files in a folder are the catalogued ones, by size and hash. Exit code 1 if one is not.

    Examples
    --------
    hnf sources verify --raw downloads
    """
    from hnf.sources.catalogue import load_catalogue, verify_sources

    rows = verify_sources(raw, load_catalogue())
    wrong = [row["id"] for row in rows if row["status"] != "ok"]
    table = TableView(
        title=f"{len(rows) - len(wrong)} of {len(rows)} files are the catalogued ones",
        columns=headed(id="Source", bytes=("Bytes", "count"), status="Status"),
        rows=rows,
        notes=[f"{row['id']}: {row['detail']}" for row in rows if row["detail"]],
    )
    emit({"sources": rows, "count": len(rows), "wrong": len(wrong)}, output, table=table, rows_key="sources")
    if wrong:
        raise CheckFailed(
            f"{len(wrong)} files are not the catalogued ones: {', '.join(wrong)}",
            where=str(raw),
            todo="Fetch them afresh, or add a new edition to data/sources.toml as a separate entry.",
        )


@commands.command("build")
def build_tables(raw: _Raw, out: _Out = Path("data/tidy"), output: options.Format = "table") -> None:
    """Rebuild the tidy tables from the published files, bit for bit the same every time.

    The folder is replaced as a whole once everything is read, checked and written; on any error it stays as it was.

    Examples
    --------
    hnf sources build --raw downloads
    hnf sources build --raw downloads --out my-tables
    """
    from hnf.sources.build import build
    from hnf.sources.catalogue import load_catalogue

    sources = load_catalogue()
    with stepwise("Reading the published files", len(sources)) as step:
        counts = build(raw, out, sources, progress=step)
    rows = [{"table": name, "rows": count} for name, count in counts.items()]
    table = TableView(title=f"Tidy tables in {out}", columns=headed(table="Table", rows=("Rows", "count")), rows=rows)
    emit({"folder": str(out), "tables": rows}, output, table=table, rows_key="tables")
    note(f"Use them with --data {out}.")
