"""Loader of the GDP deflator of HM Treasury: financial-year index, outturn and chained forecast kept apart."""

from __future__ import annotations

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.rows import Row
from hnf.sources.workbooks.guard import plain_number
from hnf.sources.workbooks.read import read_csv

_COLUMNS = ("financial_year", "index", "base_year", "vintage", "kind")


def load_prices(source: Source, content: bytes) -> list[Row]:
    """Load one vintage.

    Returns
    -------
    list of dict
        Rows of `prices`.

    Raises
    ------
    SourceError
        If a heading is missing or an index is not a number above zero.
    """
    loaded: list[Row] = []
    for line, row in read_csv(source.id, content, _COLUMNS):
        index = plain_number(row["index"])
        if index is None or not index > 0:
            raise SourceError(f"'{row['index']}' is not an index above zero", where=f"{source.id}, line {line}")
        loaded.append({**row, "index": index, "source_id": source.id, "cell": f"line {line}, index"})
    return loaded
