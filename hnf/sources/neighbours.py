"""Loader of the children's services statistical neighbours: ten for each authority, of the 2021 and the 2025 model."""

from __future__ import annotations

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.rows import Register, Row
from hnf.sources.workbooks.guard import clean
from hnf.sources.workbooks.read import read_csv_rows

_COUNT = 10


def load_neighbours(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load one model.

    The 2021 file ends with a list of sets from before reorganisations ("Old SNs"); its codes are closed authorities,
    kept like all others. Rows without a code in the first column are its headings.

    Parameters
    ----------
    source : Source
        With `model`.
    content : bytes
        The file.
    register : Register
        Known authorities.

    Returns
    -------
    list of dict
        Rows of `neighbours`.

    Raises
    ------
    SourceError
        If the neighbour columns are not found, an authority is unknown, stands twice, or has fewer than ten neighbours.
    """
    heading, rows = read_csv_rows(source.id, content)
    columns = [_column(source, heading, position) for position in range(1, _COUNT + 1)]
    loaded: list[Row] = []
    seen: set[str] = set()
    for line, cells in rows:
        code = clean(cells[0])
        if not code:
            continue
        if code in seen:
            raise SourceError(f"authority {code} stands twice", where=f"{source.id}, line {line}")
        seen.add(code)
        for position, column in enumerate(columns, start=1):
            neighbour = clean(cells[column])
            for la_code in (code, neighbour):
                if la_code not in register.la_codes:
                    raise SourceError(
                        f"authority '{la_code}' is not in the register", where=f"{source.id}, line {line}"
                    )
            loaded.append(
                {
                    "model": source.detail["model"],
                    "la_code": code,
                    "position": position,
                    "neighbour_la_code": neighbour,
                    "closeness": clean(cells[column + 1]).capitalize(),
                    "source_id": source.id,
                    "cell": f"line {line}, {heading[column]}",
                }
            )
    return loaded


def _column(source: Source, heading: list[str], position: int) -> int:
    """Return the column of a neighbour; its closeness stands in the next."""
    for name in (f"SN{position}", f"SN_{position}"):
        if heading.count(name) > 1:
            raise SourceError(f"heading {name} stands twice", where=f"{source.id}, line 1")
        if name in heading[:-1]:
            return heading.index(name)
    raise SourceError(
        f"no heading SN{position} or SN_{position}",
        where=f"{source.id}, line 1",
        todo="Check that this is the file the catalogue describes.",
    )
