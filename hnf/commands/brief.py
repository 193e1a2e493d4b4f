"""`hnf brief`: the briefing pack of an authority."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hnf.commands.options import DataOption, FormatOption, Who
from hnf.commands.output import Column, Format, TableView, emit

_Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder of the pack; packs/<authority> if not given.", show_default=False
    ),
]


def command(who: Who, out: _Out = None, data: DataOption = None, output: FormatOption = Format.TABLE) -> None:
    """Write the briefing pack of an authority: a web page, a workbook, charts and a manifest.

    Every figure has an id that `hnf trace` follows to its cell. The folder is replaced as a whole.

    Examples
    --------
    hnf brief Hertfordshire
    hnf brief "North Northamptonshire" --out /tmp/north-northants
    hnf brief 921 --format json
    """
    from hnf.commands.progress import track
    from hnf.reporting.pack import build_pack
    from hnf.reporting.pack_files import write_pack
    from hnf.store import Store

    store = Store(data)
    pack = build_pack(store, who)
    folder = out or Path("packs") / pack.slug
    total = len(pack.charts()) + 2
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
                f"Open {folder / 'index.html'} in a browser.",
                f"Data edition: {pack.data_edition}.",
            ],
        ),
        rows_key=None,
    )
