"""`hnf check-ees`: the screening rules of Explore Education Statistics on any data file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hnf.commands.options import DataOption, FormatOption
from hnf.commands.output import Column, Format, TableView, emit
from hnf.errors import CheckFailed

_File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV of the data set.", show_default=False)]
_Meta = Annotated[
    Path | None,
    typer.Option("--meta", metavar="FILE", help="Its metadata; NAME.meta.csv beside it if not given.",
                 show_default=False),
]  # fmt: skip
_Strict = Annotated[bool, typer.Option("--strict", help="Exit code 1 for warnings too.")]


def command(
    file: _File,
    meta: _Meta = None,
    strict: _Strict = False,
    data: DataOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Screen a data file as Explore Education Statistics does. Exit code 1 if a rule fails.

    Rules about names, time, places, filters, indicators and metadata; each says where it breaks and what to do.
    Without metadata the rules about them do not run, and columns that are mostly numbers are taken for indicators.

    Examples
    --------
    hnf check-ees ees/high_needs_block.csv
    hnf check-ees data.csv --meta data.meta.csv --format json
    """
    from hnf.authorities import Authorities
    from hnf.publish.screening.reader import read_screened
    from hnf.publish.screening.screen import screen
    from hnf.store import Store

    screened = read_screened(file, meta, Authorities.of(Store(data)))
    results = screen(screened)
    counts = {
        status: sum(result.status == status for result in results) for status in ("pass", "fail", "warning", "not_run")
    }
    rules = [result.payload() for result in results]
    broken = [rule for rule in rules if rule["status"] in ("fail", "warning")]
    notes = [f"{len(screened.data.rows):,} rows and {len(screened.data.heading)} columns were read."]
    if screened.meta is None:
        notes.append("There are no metadata: name them with --meta to run all rules.")
    emit(
        {
            "file": str(file),
            "meta": screened.meta.name if screened.meta else None,
            "rows": len(screened.data.rows),
            "counts": counts,
            "rules": rules,
        },
        output,
        table=TableView(
            title=f"{file.name}: {counts['pass']} rules hold, {counts['fail']} fail, {counts['warning']} warn, "
            f"{counts['not_run']} not run",
            columns=(Column("status", "Status"), Column("id", "Rule"), Column("message", "Where and what to do")),
            rows=broken,
            notes=notes,
        ),
        rows_key="rules",
    )
    failed = [rule["id"] for rule in broken if rule["status"] == "fail" or strict]
    if failed:
        raise CheckFailed(f"{len(failed)} rules do not hold: {', '.join(failed)}", where=str(file))
