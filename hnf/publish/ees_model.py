"""The shape of an Explore Education Statistics data set: a tidy CSV and the `.meta.csv` that describes it.

A file holds one kind of time period only, the places of each row by code and name, filters whose `Total` is the whole,
and indicators, which are numbers or one of the symbols of the service. A missing number is a symbol and never blank.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hnf.authorities import Authorities
from hnf.plain_text import as_csv_text
from hnf.publish.numbers import csv_bytes, print_number

COUNTRY = ("E92000001", "England")
TOTAL = "Total"
TIME_AND_PLACE = (
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "old_la_code",
    "new_la_code",
    "la_name",
)
META_COLUMNS = (
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
)
#: Symbols of older releases under the names that the service takes.
SYMBOLS = {"k": "low", ":": "x", "~": "x"}
LEVELS = {"national": "National", "regional": "Regional", "local_authority": "Local authority"}

Unit = Literal["", "£", "%"]
_DECIMALS = 4


@dataclass(frozen=True)
class Filter:
    """A column that says which part of the total a row is about."""

    name: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Indicator:
    """A column of numbers: its unit and how many decimals a table shows."""

    name: str
    label: str
    group: str = ""
    unit: Unit = ""
    decimals: int = 0


@dataclass(frozen=True)
class Place:
    """Where a row is: its level and the seven columns of codes and names."""

    area: str
    level: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class DataSet:
    """One data set.

    Parameters
    ----------
    name : str
        Name of the file, without ending.
    title : str
        What it holds.
    time_identifier : str
        One of the service's identifiers, the same for all rows.
    filters, indicators : tuple
    rows : tuple of (str, Place, tuple of str)
        Time period, place, and the cells of filters and indicators, in the order of the file.
    """

    name: str
    title: str
    time_identifier: str
    filters: tuple[Filter, ...]
    indicators: tuple[Indicator, ...]
    rows: tuple[tuple[str, Place, tuple[str, ...]], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in order."""
        return (*TIME_AND_PLACE, *(f.name for f in self.filters), *(i.name for i in self.indicators))

    def restrict(self, areas: Iterable[str]) -> DataSet:
        """Return the data set with the rows of some areas only."""
        wanted = set(areas)
        rows = tuple(row for row in self.rows if row[1].area in wanted)
        return DataSet(self.name, self.title, self.time_identifier, self.filters, self.indicators, rows)

    def data(self) -> bytes:
        """Return the CSV; a name that a spreadsheet would run has an apostrophe before it."""
        return csv_bytes(
            self.columns,
            (
                (period, self.time_identifier, place.level, *map(as_csv_text, (*place.columns, *cells)))
                for period, place, cells in self.rows
            ),
        )

    def meta(self) -> bytes:
        """Return the `.meta.csv`."""
        filters = [(f.name, "Filter", f.label, "", "", "", f.hint, "") for f in self.filters]
        indicators = [(i.name, "Indicator", i.label, i.group, i.unit, str(i.decimals), "", "") for i in self.indicators]
        return csv_bytes(META_COLUMNS, (*filters, *indicators))

    def files(self) -> dict[str, bytes]:
        """Return both files by name."""
        return {f"{self.name}.csv": self.data(), f"{self.name}.meta.csv": self.meta()}


class Gazetteer:
    """The places of a data set by area: `england`, the ONS code of a region or a three-digit code."""

    def __init__(self, authorities: Authorities) -> None:
        """Take the places from the register."""
        regions = {a.region_code: a.region_name for a in authorities.by_code.values()}
        self._places = {"england": Place("england", LEVELS["national"], (*COUNTRY, *[""] * 5))}
        for code, name in regions.items():
            self._places[code] = Place(code, LEVELS["regional"], (*COUNTRY, code, name, "", "", ""))
        for code, a in authorities.by_code.items():
            own = (a.region_code, a.region_name, code, a.gss_code, a.name)
            self._places[code] = Place(code, LEVELS["local_authority"], (*COUNTRY, *own))

    def __getitem__(self, area: str) -> Place:
        """Return the place of an area."""
        return self._places[area]

    def order(self, area: str) -> tuple[int, str]:
        """Return where an area stands in a file: England, regions, authorities by code."""
        return list(LEVELS.values()).index(self._places[area].level), area


def cell(value: float | int | None, status: str) -> str:
    """Return an indicator: the number, or the symbol in its place.

    Parameters
    ----------
    value : float, int or None
        Printed to four decimals: what remains of arithmetic in binary is not a figure.
    status : str
        The publisher's symbol; `x` (not available) where there is neither.
    """
    if value is not None:
        return print_number(round(float(value), _DECIMALS))
    return SYMBOLS.get(status, status) or "x"
