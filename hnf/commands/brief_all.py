"""`hnf brief --all`: the packs of all authorities, side by side in one folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from hnf.commands.crew import check_crew, crew
from hnf.commands.output import Column, Format, TableView, emit
from hnf.commands.progress import track
from hnf.errors import CheckFailed
from hnf.reporting.audiences import AUDIENCE_WORDS
from hnf.reporting.batch import BatchResult, Outcome, run_batch
from hnf.reporting.batch_files import BATCH_FILES, batch_files
from hnf.reporting.content import Audience
from hnf.reporting.fingerprint import fingerprint_of
from hnf.reporting.glossary import LICENCE_LINE
from hnf.reporting.index_map import tile_layout
from hnf.reporting.index_page import IndexText
from hnf.reporting.pack_files import format_names
from hnf.reporting.write_place import authority_jobs, write_place
from hnf.store import Store
from hnf.workers import available_cores

#: Packs handed out at a time by a process that works alone.
_LEAST_IN_FLIGHT = 2


def write_all(
    store: Store, audience: Audience, out: Path, workers: int | None, scheduler: str | None, output: Format
) -> None:
    """Write the pack of every open authority and say what became of each.

    Raises
    ------
    CheckFailed
        If a pack could not be written; the others are.
    """
    check_crew(workers or 1, scheduler)
    jobs = authority_jobs(store)
    processes = workers or (1 if scheduler else available_cores())
    with crew(processes, scheduler, least_in_flight=_LEAST_IN_FLIGHT) as (executor, in_flight):
        found = run_batch(
            jobs,
            out,
            partial(write_place, as_at=store.as_at),
            fingerprint=fingerprint_of(store, audience, format_names()),
            audience=audience,
            data_folder=None if store.is_shipped else store.folder,
            workers=executor,
            in_flight=in_flight,
            watch=_watch,
            top_files=lambda result: batch_files(result.packs, _text(store, audience), layout=tile_layout(store)),
            top_names=BATCH_FILES,
        )
    _emit(found, audience, output)
    if found.failures:
        raise CheckFailed(
            f"{len(found.failures)} of {len(jobs)} packs could not be written",
            where=str(out),
            todo="The others are there; mend the cause and give the same command again.",
        )


def _text(store: Store, audience: Audience) -> IndexText:
    return IndexText(
        title="High needs funding: the packs of all authorities",
        subtitle=f"{AUDIENCE_WORDS[audience]}. Data as at {store.edition}",
        licence=LICENCE_LINE,
        places="authorities",
    )


def _watch(outcomes: Iterator[Outcome], total: int) -> Iterator[Outcome]:
    return track(outcomes, "Writing packs", total=total)


def _emit(found: BatchResult, audience: Audience, output: Format) -> None:
    rows: list[dict[str, str | None]] = [
        {"place": pack.label, "code": pack.code, "folder": str(found.folder / pack.folder), "status": "whole"}
        for pack in found.packs
    ]
    rows += [
        {"place": failure.job.label, "code": failure.job.key, "folder": None, "status": failure.reason}
        for failure in found.failures
    ]
    emit(
        {
            "folder": str(found.folder),
            "audience": audience,
            "packs": rows,
            "count": len(found.packs),
            "written": found.written,
            "failed": len(found.failures),
        },
        output,
        table=TableView(
            title=f"{len(found.packs)} packs in {found.folder}, {found.written} of them written now",
            columns=(Column("place", "Authority"), Column("status", "Status")),
            rows=[row for row in rows if row["folder"] is None],
            notes=[f"Open {found.folder / 'index.html'} in a browser."] if found.packs else [],
        ),
        rows_key="packs",
    )
