"""`hnf explore`: one web page with every authority in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed

_PAGE = options.Endings((".html", ".htm"), "the explorer is a web page", "Let the name end with .html.")
_Out = Annotated[Path, options.place("--out", "FILE", "The page to write.", default=True, endings=_PAGE)]
_Region = Annotated[
    str | None, options.option("--region", "NAME", help="A smaller page: the authorities of a region, and England.")
]
_Areas = Annotated[
    str | None,
    options.option("--areas", "WHO,WHO", help="A smaller page: these authorities and regions, and England."),
]


def command(
    out: _Out = Path("explore.html"),
    areas: _Areas = None,
    region: _Region = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Write one web page with every measure, year and area: map, ranks, lines, comparisons, and what is seen as CSV.

    The page needs no server and asks nothing of the network: it can be mailed, or put on a share. Its figures are those
    of hnf table, its ranks those of hnf rank. On a smaller page ranks are still among all authorities. Needs the
    package vl-convert-python (pip install 'hnf[explore]').

    Examples
    --------
    hnf explore
    hnf explore --out east.html --region "East of England"
    hnf explore --areas "Kent,Medway,South East" --format json
    hnf explore --edition 2024-07-20 --out as-in-july-2024.html
    """
    from hnf.explore.page import explorer
    from hnf.files import hold_place, replace_file

    store = options.open_store(data, edition)
    page = explorer(store, areas, region)
    with hold_place(out):
        replace_file(out, page.html.encode())
    table = TableView(
        title=f"{page.measures} measures of {page.areas} areas in {out}",
        columns=headed(file="File", bytes=("Bytes", "number"), periods=("Measures × periods", "number")),
        rows=[{"file": str(out), "bytes": f"{page.size:,}", "periods": f"{page.periods:,}"}],
        notes=[f"Open {out} in a browser.", f"Data edition: {page.edition}."],
    )
    emit({"file": str(out), **page.to_json()}, output, table=table)
