"""`hnf brief`: the briefing pack of an authority, a constituency or a region, or those of all authorities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hnf.commands.options import (
    DataOption,
    EditionOption,
    FormatOption,
    SchedulerOption,
    check_crew,
    complete_authority,
    crew,
    workers_option,
)
from hnf.commands.output import Column, Format, TableView, emit, track
from hnf.errors import CheckFailed, UsageError
from hnf.packs.batch import (
    BATCH_FILES,
    BatchResult,
    Outcome,
    authority_jobs,
    batch_files,
    fingerprint_of,
    run_batch,
    write_one_pack,
)
from hnf.packs.content import Audience
from hnf.packs.index_page import IndexText
from hnf.packs.sections.tile_map import tile_layout
from hnf.packs.subject import AUDIENCE_WORDS, LICENCE_LINE
from hnf.packs.write import format_names
from hnf.tables.store import Store
from hnf.workers import available_cores

if TYPE_CHECKING:
    from hnf.packs.content import Pack


class AudienceChoice(StrEnum):
    """For whom a pack is: length and depth differ, figures do not."""

    MP = "mp"
    COUNCILLOR = "councillor"
    ANALYST = "analyst"


_Who = Annotated[
    str | None,
    typer.Argument(
        metavar="WHO",
        help="Authority: name, three-digit code or ONS code.",
        show_default=False,
        autocompletion=complete_authority,
    ),
]
_Constituency = Annotated[
    str | None,
    typer.Option(
        "--constituency", metavar="NAME", help="A constituency; its authorities side by side.", show_default=False
    ),
]
_Region = Annotated[
    str | None, typer.Option("--region", metavar="NAME", help="A region of England.", show_default=False)
]
_Audience = Annotated[
    AudienceChoice,
    typer.Option(
        "--audience", case_sensitive=False, help="mp: two sides of A4. councillor: more. analyst: everything."
    ),
]
_All = Annotated[bool, typer.Option("--all", help="The packs of all authorities, with an index page.")]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder of the pack; packs/<place>, with --all packs.", show_default=False
    ),
]
_Workers = Annotated[int | None, workers_option("With --all: processes; one for each core if not given.")]


def command(
    who: _Who = None,
    constituency: _Constituency = None,
    region: _Region = None,
    everybody: _All = False,
    audience: _Audience = AudienceChoice.MP,
    out: _Out = None,
    workers: _Workers = None,
    scheduler: SchedulerOption = None,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Write a briefing pack: web page, PDF, Word document, workbooks, charts, data and a manifest.

    Every figure has an id that `hnf trace` follows to its cell. The folder is replaced as a whole. With --all, a run
    that was cut off goes on where it stopped when the same command is given again.

    Examples
    --------
    hnf brief Hertfordshire
    hnf brief "North Northamptonshire" --audience analyst --out /tmp/nn
    hnf brief --constituency "Penrith and Solway"
    hnf brief --region "South West" --format json
    hnf brief --all --audience analyst --out all-packs
    """
    from hnf.commands.options import open_store
    from hnf.commands.output import track
    from hnf.packs.write import steps_of, write_pack

    store = open_store(data, edition)
    if everybody:
        if who or constituency or region:
            raise UsageError("--all is of all authorities", todo="Leave the place out, or --all.")

        write_all(store, audience.value, out or Path("packs"), workers, scheduler, output)
        return
    pack = _build(store, who, constituency, region, audience)
    folder = out or Path("packs") / pack.slug
    total = steps_of(pack)
    steps = iter(track(range(total), f"Writing the pack of {pack.place}", total=total))

    def step(_: str) -> None:
        next(steps, None)

    files = write_pack(store, pack, folder, step)
    for _ in steps:  # lets the bar finish
        pass
    emit(
        {
            "folder": str(folder),
            "places": [asdict(place) for place in pack.places],
            "audience": pack.audience,
            "title": pack.title,
            "headline": pack.headline.text,
            "files": files,
        },
        output,
        table=TableView(
            title=pack.headline.text,
            columns=(Column("file", f"Files in {folder}"),),
            rows=[{"file": name} for name in files],
            notes=[
                *(sentence.text for sentence in pack.key_sentences),
                f"Open {folder / 'index.html'} in a browser, or print {folder / 'briefing.pdf'}.",
                f"Data edition: {pack.data_edition}.",
            ],
        ),
        rows_key=None,
    )


def _build(
    store: Store, who: str | None, constituency: str | None, region: str | None, audience: AudienceChoice
) -> Pack:
    from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack

    asked = [option for option in (who, constituency, region) if option is not None]
    if len(asked) != 1:
        raise UsageError(
            "a pack is of one authority, one constituency or one region" if asked else "nobody is named",
            todo="Write for example 'hnf brief Hertfordshire' or 'hnf brief --constituency Broxbourne'.",
        )
    if constituency is not None:
        return build_constituency_pack(store, constituency, audience.value)
    if region is not None:
        return build_region_pack(store, region, audience.value)
    return build_pack(store, asked[0], audience.value)


# `hnf brief --all`: the packs of all authorities, side by side in one folder.

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
            partial(write_one_pack, as_at=store.as_at),
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
