"""Loader of parliamentary constituencies in England: the authorities each touches and its sitting member."""

from __future__ import annotations

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.rows import Register, Row
from hnf.sources.workbooks.guard import clean
from hnf.sources.workbooks.read import read_csv, read_csv_rows

_COLUMNS = ("pcon_name", "pcon_code", "display_as", "party_text", "country_name")
#: How the heading of the codes of authorities begins; the year of the boundaries follows.
_CODES = "old_la_codes_"


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
    headings, _ = read_csv_rows(source.id, content)
    codes = next((name for name in headings if name.startswith(_CODES)), f"{_CODES}YEAR")
    for line, row in read_csv(source.id, content, (*_COLUMNS, codes)):
        if row["country_name"] != "England":
            continue
        for la_code in row[codes].split(" / "):
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
