"""`hnf brief`: the briefing pack of an authority, a constituency or a region, or those of all authorities."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed, note, stepwise, track
from hnf.errors import CheckFailed, HnfError, UsageError
from hnf.files import check_place
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.packs.batch import BatchResult
    from hnf.packs.content import Audience, Pack
    from hnf.packs.index_page import IndexText, Layout
    from hnf.tables.store import Store

_Constituency = Annotated[
    str | None, options.option("--constituency", "NAME", help="A constituency; its authorities side by side.")
]
_Region = Annotated[str | None, options.option("--region", "NAME", help="A region of England.")]
_Audience = Annotated[
    Literal["mp", "councillor", "analyst"],
    typer.Option(
        "--audience", case_sensitive=False, help="mp: two sides of A4. councillor: more. analyst: everything."
    ),
]
_All = Annotated[bool, typer.Option("--all", help="The packs of all authorities, with an index page.")]
_Out = Annotated[
    Path | None, options.option("--out", "DIR", help="Folder of the pack; packs/<place>, with --all packs.")
]
_Workers = Annotated[int | None, options.workers_option("With --all: processes; one for each core if not given.")]


def command(
    who: options.WhoOrNobody = None,
    constituency: _Constituency = None,
    region: _Region = None,
    everybody: _All = False,
    audience: _Audience = "mp",
    out: _Out = None,
    workers: _Workers = None,
    scheduler: options.Scheduler = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Write a briefing pack: web page, PDF, Word document, workbooks, charts, data and a manifest.

    Every figure has an id that `hnf trace` follows to its cell. The folder is replaced as a whole. With --all an index
    and, where the package of hnf explore is installed, explore.html lie beside the packs and link to each; a run that
    was cut off goes on where it stopped when the same command is given again.

    Examples
    --------
    hnf brief Hertfordshire
    hnf brief "North Northamptonshire" --audience analyst --out /tmp/nn
    hnf brief --constituency "Penrith and Solway"
    hnf brief --region "South West" --format json
    hnf brief --all --audience analyst --out all-packs
    """
    from hnf.packs.write import steps_of, write_pack

    check_place(out or Path("packs"))
    store = options.open_store(data, edition)
    if everybody:
        if who or constituency or region:
            raise UsageError("--all is of all authorities", todo="Leave the place out, or --all.")
        _write_all(store, audience, out or Path("packs"), workers, scheduler, output)
        return
    pack = _build(store, who, constituency, region, audience)
    folder = out or Path("packs") / pack.slug
    with stepwise(f"Writing the pack of {pack.place}", steps_of(pack)) as step:
        files = write_pack(store, pack, folder, step)
    payload = {
        "folder": str(folder),
        "places": [asdict(place) for place in pack.places],
        **pick(pack, "audience title"),
        "headline": pack.headline.text,
        "files": files,
    }
    table = TableView(
        title=pack.headline.text,
        columns=headed(file=f"Files in {folder}"),
        rows=[{"file": name} for name in files],
        notes=[
            pack.as_at.text,
            *(f"{number.label}: {number.large}. {number.says.text}" for number in pack.numbers),
            f"Open {folder / 'index.html'} in a browser, or print {folder / 'briefing.pdf'}.",
            f"Data edition: {pack.data_edition}.",
        ],
    )
    emit(payload, output, table=table)


def _build(store: Store, who: str | None, constituency: str | None, region: str | None, audience: Audience) -> Pack:
    from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack

    asked = [option for option in (who, constituency, region) if option is not None]
    if len(asked) != 1:
        raise UsageError(
            "a pack is of one authority, one constituency or one region" if asked else "no place is named",
            todo="Write for example 'hnf brief Hertfordshire' or 'hnf brief --constituency Broxbourne'.",
        )
    if constituency is not None:
        return build_constituency_pack(store, constituency, audience)
    if region is not None:
        return build_region_pack(store, region, audience)
    return build_pack(store, asked[0], audience)


#: Packs that a process working alone takes at a time.
_LEAST_IN_FLIGHT = 2


def _write_all(
    store: Store, audience: Audience, out: Path, workers: int | None, scheduler: str | None, output: Format
) -> None:
    """Write the pack of every open authority, all but those that fail, and say what became of each."""
    from hnf.packs import batch
    from hnf.packs.index_page import IndexText
    from hnf.packs.sections.tile_map import tile_layout
    from hnf.packs.subject import AUDIENCE_WORDS, LICENCE_LINE
    from hnf.packs.write import format_names
    from hnf.workers import available_cores

    options.check_executor_options(workers or 1, scheduler)
    jobs = batch.authority_jobs(store)
    text = IndexText(
        title="High needs funding: the packs of all authorities",
        subtitle=f"{AUDIENCE_WORDS[audience]}. Data as at {store.edition}",
        licence=LICENCE_LINE,
        places="authorities",
    )
    # Tables of a user's own may have no squares: then the index has no map.
    layout = tile_layout(store) if (store.folder / "tiles.csv").is_file() else {}
    processes = workers or (1 if scheduler else available_cores())
    with options.executor_options(processes, scheduler, least_in_flight=_LEAST_IN_FLIGHT) as (executor, in_flight):
        found = batch.run_batch(
            jobs,
            out,
            partial(batch.write_one_pack, as_at=store.as_at),
            fingerprint=batch.fingerprint_of(store, audience, format_names()),
            audience=audience,
            data_folder=None if store.is_shipped else store.folder,
            workers=executor,
            in_flight=in_flight,
            watch=lambda outcomes, total: track(outcomes, "Writing packs", total=total),
            top_files=lambda result: _beside(store, result, text, layout),
            top_names=batch.BATCH_FILES,
        )
    _emit(found, audience, output)
    if found.failures:
        raise CheckFailed(
            f"{len(found.failures)} of {len(jobs)} packs could not be written",
            where=str(out),
            todo="The others are there; mend the cause and give the same command again.",
        )


def _beside(store: Store, result: BatchResult, text: IndexText, layout: Layout) -> dict[str, bytes]:
    """Return the files beside the packs: index, list and the explorer with links, unless it cannot be made."""
    from hnf.explore.page import explorer
    from hnf.packs.batch import EXPLORER, batch_files
    from hnf.packs.index_page import link_to

    packs = {code: link_to(pack) for pack in result.packs for code in pack.la_codes}
    try:
        page = explorer(store, packs=packs).html.encode()
    except HnfError as error:  # its package is not installed, or tables of a user's own lack what it needs
        note(f"{EXPLORER} is left out: {error.line()}")
        return batch_files(result.packs, text, layout=layout)
    # The index comes last: it links to the explorer.
    return {EXPLORER: page, **batch_files(result.packs, replace(text, explorer=EXPLORER), layout=layout)}


def _emit(found: BatchResult, audience: Audience, output: Format) -> None:
    rows: list[dict[str, str | None]] = [
        {"place": pack.label, "code": pack.code, "folder": str(found.folder / pack.folder), "status": "whole"}
        for pack in found.packs
    ]
    rows += [
        {"place": failure.job.label, "code": failure.job.key, "folder": None, "status": failure.reason}
        for failure in found.failures
    ]
    payload = {
        "folder": str(found.folder),
        "audience": audience,
        "packs": rows,
        "count": len(found.packs),
        "written": found.written,
        "failed": len(found.failures),
    }
    table = TableView(
        title=f"{len(found.packs)} packs in {found.folder}, {found.written} of them written now",
        columns=headed(place="Authority", status="Status"),
        rows=[row for row in rows if row["folder"] is None],
        notes=[f"Open {found.folder / 'index.html'} in a browser."] if found.packs else [],
    )
    emit(payload, output, table=table, rows_key="packs")
