"""`hnf brief`: the briefing pack of an authority, a constituency or a region, or those of all authorities."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hnf.commands.completion import complete_authority
from hnf.commands.crew import SchedulerOption, workers_option
from hnf.commands.options import DataOption, EditionOption, FormatOption
from hnf.commands.output import Column, Format, TableView, emit
from hnf.errors import UsageError

if TYPE_CHECKING:
    from hnf.reporting.content import Pack
    from hnf.store import Store


class Audience(StrEnum):
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
    Audience,
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
    audience: _Audience = Audience.MP,
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
    from hnf.commands.open_tables import open_store
    from hnf.commands.progress import track
    from hnf.reporting.pack_files import steps_of, write_pack

    store = open_store(data, edition)
    if everybody:
        if who or constituency or region:
            raise UsageError("--all is of all authorities", todo="Leave the place out, or --all.")
        from hnf.commands.brief_all import write_all

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


def _build(store: Store, who: str | None, constituency: str | None, region: str | None, audience: Audience) -> Pack:
    from hnf.reporting.pack import build_constituency_pack, build_pack, build_region_pack

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
