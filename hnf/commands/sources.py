"""`hnf sources`: the catalogue of published files, their hashes, and building the tables from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hnf.commands.options import DataOption, FormatOption
from hnf.commands.output import Column, Format, TableView, emit
from hnf.errors import CheckFailed

commands = typer.Typer(help="List, verify and load the published files.", no_args_is_help=True)

_Raw = Annotated[Path, typer.Option("--raw", metavar="DIR", help="Folder of the published files.", show_default=False)]
_Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the tidy tables to.")]


@commands.command("list")
def list_sources(data: DataOption = None, output: FormatOption = Format.TABLE) -> None:
    """Show the catalogue: publisher, title, date and hash of every file, and of those that were ingested.

    Examples
    --------
    hnf sources list
    hnf sources list --format json
    """
    from hnf.commands.open_tables import open_store

    rows = [
        {
            "id": source.id,
            "publisher": source.publisher,
            "title": source.title,
            "page": source.page,
            "published": source.published,
            "licence": source.licence,
            "as_published": source.as_published,
            "path": source.path,
            "bytes": source.size,
            "sha256": source.sha256,
            "feeds": list(source.feeds),
        }
        for source in open_store(data).catalogue
    ]
    emit(
        {"sources": rows, "count": len(rows)},
        output,
        table=TableView(
            title=f"{len(rows)} published files",
            columns=(Column("id", "Source"), Column("published", "Published"), Column("title", "Title")),
            rows=rows,
            notes=["Contains public sector information licensed under the Open Government Licence v3.0."],
        ),
        rows_key="sources",
    )


@commands.command("verify")
def verify(raw: _Raw, output: FormatOption = Format.TABLE) -> None:
    """Check that the files in a folder are the catalogued ones, by size and hash. Exit code 1 if one is not.

    Examples
    --------
    hnf sources verify --raw downloads
    """
    from hnf.sources.catalogue import load_catalogue
    from hnf.sources.verify import verify_sources

    rows = verify_sources(raw, load_catalogue())
    wrong = [row["id"] for row in rows if row["status"] != "ok"]
    emit(
        {"sources": rows, "count": len(rows), "wrong": len(wrong)},
        output,
        table=TableView(
            title=f"{len(rows) - len(wrong)} of {len(rows)} files are the catalogued ones",
            columns=(
                Column("id", "Source"),
                Column("bytes", "Bytes", "count"),
                Column("status", "Status"),
            ),
            rows=rows,
            notes=[f"{row['id']}: {row['detail']}" for row in rows if row["detail"]],
        ),
        rows_key="sources",
    )
    if wrong:
        raise CheckFailed(
            f"{len(wrong)} files are not the catalogued ones: {', '.join(wrong)}",
            where=str(raw),
            todo="Fetch them afresh, or add a new edition to data/sources.toml as an entry of its own.",
        )


@commands.command("build")
def build_tables(raw: _Raw, out: _Out = Path("data/tidy"), output: FormatOption = Format.TABLE) -> None:
    """Rebuild the tidy tables from the published files, bit for bit the same every time.

    The folder is replaced as a whole once everything is read, checked and written; on any error it stays as it was.

    Examples
    --------
    hnf sources build --raw ../shared/sources
    hnf sources build --raw downloads --out my-tables
    """
    from hnf.commands.output import note
    from hnf.commands.progress import track
    from hnf.sources.build import build
    from hnf.sources.catalogue import load_catalogue

    sources = load_catalogue()
    steps = iter(track(sources, "Reading the published files", total=len(sources)))

    def step(_: str) -> None:
        next(steps, None)

    counts = build(raw, out, sources, progress=step)
    for _ in steps:  # lets the bar finish
        pass
    rows = [{"table": name, "rows": count} for name, count in counts.items()]
    emit(
        {"folder": str(out), "tables": rows},
        output,
        table=TableView(
            title=f"Tidy tables in {out}",
            columns=(Column("table", "Table"), Column("rows", "Rows", "count")),
            rows=rows,
        ),
        rows_key="tables",
    )
    note(f"Use them with --data {out}.")
