"""Loader of parliamentary constituencies in England: the authorities each touches and its sitting member."""

from __future__ import annotations

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.rows import Register, Row
from hnf.sources.workbooks.guard import clean
from hnf.sources.workbooks.read import read_csv

_COLUMNS = ("pcon_name", "pcon_code", "display_as", "party_text", "old_la_codes_2024", "country_name")


def load_constituencies(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the lookup, one row for each authority that a constituency touches.

    Parameters
    ----------
    source : Source
        With `as_at`, the month of the list of members.
    content : bytes
        The file.
    register : Register
        Known authorities.

    Returns
    -------
    list of dict
        Rows of `constituencies`.

    Raises
    ------
    SourceError
        If a heading is missing or an authority is unknown.
    """
    loaded: list[Row] = []
    for line, row in read_csv(source.id, content, _COLUMNS):
        if row["country_name"] != "England":
            continue
        for la_code in row["old_la_codes_2024"].split(" / "):
            if la_code not in register.la_codes:
                raise SourceError(f"authority '{la_code}' is not in the register", where=f"{source.id}, line {line}")
            loaded.append(
                {
                    "pcon_code": row["pcon_code"],
                    "pcon_name": clean(row["pcon_name"]),
                    "mp_name": clean(row["display_as"]),
                    "party": clean(row["party_text"]),
                    "as_at": source.detail["as_at"],
                    "la_code": la_code,
                    "source_id": source.id,
                    "cell": f"line {line}",
                }
            )
    return loaded
