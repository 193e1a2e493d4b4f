"""Which tables and years are exported, and CSV and hashes as exports write them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import polars as pl

from hnf.errors import UsageError
from hnf.tables.schema import TABLES
from hnf.tables.store import Store
from hnf.years import FinancialYear

#: Columns that hold a year: a financial year goes with its January, its mid-year and the calendar year it begins in.
_YEAR_COLUMNS = ("financial_year", "january", "mid_year", "calendar_year", "year")


def select_tables(
    store: Store, names: Collection[str] = (), years: Collection[FinancialYear] = (), *, with_authorities: bool = False
) -> dict[str, pl.DataFrame]:
    """Return tidy tables by name, in the order of their declaration; all where no name or no year is given.

    Of tables by January, mid-year or calendar year come those that go with the financial years; tables without a year
    are whole. Raises UsageError if there is no such table, or no table has a row of the years.
    """
    unknown = sorted(set(names) - set(TABLES))
    if unknown:
        raise UsageError(
            f"there is no table {', '.join(unknown)}", where="--table", todo=f"Tables are {', '.join(TABLES)}."
        )
    wanted = [name for name in TABLES if not names or name in names or (with_authorities and name == "authorities")]
    frames = {name: _of_years(store.table(name), years) for name in wanted}
    dated = [name for name in wanted if set(_YEAR_COLUMNS) & set(frames[name].columns)]
    if years and dated and not any(frames[name].height for name in dated):
        raise UsageError(
            f"no table has rows of {', '.join(str(year) for year in years)}",
            where="--year",
            todo="See `hnf authorities --year` for the years with an allocation.",
        )
    return frames


def _of_years(frame: pl.DataFrame, years: Collection[FinancialYear]) -> pl.DataFrame:
    column = next((name for name in _YEAR_COLUMNS if name in frame.columns), None)
    if not years or column is None:
        return frame
    wanted = [str(year) if column == "financial_year" else year.start for year in years]
    return frame.filter(pl.col(column).is_in(wanted))


def csv_bytes(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return UTF-8 CSV with line feeds and no byte order mark."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue().encode()


def sha256(content: bytes) -> str:
    """Return the hash of a file as manifests print it."""
    return hashlib.sha256(content).hexdigest()
