"""The data sets for Explore Education Statistics: tidy CSV, each with the `.meta.csv` that describes it.

A file holds one kind of time period only: allocations, rates and pupils by financial year, plans by January, population
by calendar year (the middle of it), each from the latest edition or release in the tables. Places have code and name;
the `Total` of a filter is the whole; a missing number is one of the service's symbols and never blank.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from hnf.export.tables import csv_bytes
from hnf.measures.notes import statements_until
from hnf.measures.published import (
    LATER,
    TOTALS,
    area_column,
    block_frame,
    block_rows,
    financial_years,
    later_change,
    latest_edition,
    latest_releases,
    plain_amounts,
)
from hnf.measures.rates import RateSpec, rate_table
from hnf.measures.register import MEASURES, PERS, PLAIN, Per
from hnf.tables.authorities import Authorities
from hnf.tables.checks import check_runs_nothing
from hnf.tables.schema import DSG_TERMS
from hnf.tables.store import Store
from hnf.text import as_csv_text, print_number
from hnf.years import FinancialYear

COUNTRY = ("E92000001", "England")
TOTAL = "Total"
TIME_AND_PLACE = (
    *("time_period", "time_identifier", "geographic_level", "country_code", "country_name"),
    *("region_code", "region_name", "old_la_code", "new_la_code", "la_name"),
)
META_COLUMNS = (
    *("col_name", "col_type", "label", "indicator_grouping", "indicator_unit"),
    *("indicator_dp", "filter_hint", "filter_grouping_column"),
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
    """One data set: rows of time period, place, and the cells of filters and indicators in the order of the file."""

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
        return replace(self, rows=tuple(row for row in self.rows if row[1].area in wanted))

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
        """Return the place of an area in a file: England, regions, authorities by code."""
        return list(LEVELS.values()).index(self._places[area].level), area


def cell(value: float | int | None, status: str) -> str:
    """Return an indicator to four decimals, or the publisher's symbol in its place; `x` where there is neither."""
    if value is not None:
        return print_number(round(float(value), _DECIMALS))
    return SYMBOLS.get(status, status) or "x"


_PLAN_TYPES = {"total": TOTAL, "statement": "Statements of SEN", "ehc_plan": "EHC plans"}
_AGE_BANDS = {"all": TOTAL, "0-25": "Aged 0 to 25", "2-18": "Aged 2 to 18"}
_SERIES = {
    "ons_estimate": "Population estimate of the mid-year (ONS)",
    "dfe_projection": "Population projection of the high needs formula (ONS, 2018-based)",
}
_PLANS = Indicator("plans", "Children and young people with a statement of SEN or an EHC plan")
_AGE_HINT = "Groups to 2022, single years from 2024; the ages of January 2024 add up to less than their total"


def plans(store: Store) -> DataSet:
    """Statements of SEN and EHC plans by January and type, latest release of each January."""
    kind = Filter(
        "plan_type", "Type of plan", f"Statements of SEN were counted with EHC plans until January {statements_until()}"
    )
    latest = latest_releases(store.table("ehc_plans"))
    rows = _plan_rows(store, latest, pl.col("plan_type").replace(_PLAN_TYPES))
    title = "Statements of SEN and EHC plans in January"
    return DataSet("ehc_plans", title, "January", (kind,), (_PLANS,), rows)


def plans_by_age(store: Store) -> DataSet:
    """Statements of SEN and EHC plans by January and age, total and ages of one release."""
    ages = latest_releases(store.table("ehc_plans_by_age").filter(pl.col("plan_type") == "total"))
    # The total is that of the release that gives the ages, so that the ages add up to it.
    totals = store.table("ehc_plans").filter(pl.col("plan_type") == "total")
    totals = totals.join(ages.select("january", "release").unique(), on=["january", "release"], how="semi")
    label = pl.col("age_group").replace({"total": TOTAL}).str.replace("^age ", "Aged ").str.replace("^under ", "Under ")
    age = Filter("age_group", "Age group", _AGE_HINT)
    rows = _plan_rows(store, pl.concat([totals, ages]), label)
    title = "Statements of SEN and EHC plans in January by age"
    return DataSet("ehc_plans_by_age", title, "January", (age,), (_PLANS,), rows)


def _plan_rows(store: Store, frame: pl.DataFrame, label: pl.Expr) -> tuple[tuple[str, Place, tuple[str, ...]], ...]:
    places = Gazetteer(Authorities.of(store))
    frame = frame.with_columns(authority_type=pl.lit("")).select(
        "january", area_column().alias("area"), label.alias("label"), "count", "status"
    )
    found = [
        (str(january), places[area], (item, cell(count, status)))
        for january, area, item, count, status in frame.iter_rows()
    ]
    return tuple(sorted(found, key=lambda row: (row[0], places.order(row[1].area), _item_order(row[2][0]))))


def _item_order(label: str) -> tuple[bool, bool, int, str]:
    """Total first, then the youngest: "Under 5" before "Age 5 to 10"."""
    numbers = [int(word) for word in label.split() if word.isdigit()]
    return label != TOTAL, not label.startswith("Under"), numbers[0] if numbers else 0, label


def population(store: Store) -> DataSet:
    """Population by age group, each series in its own column: they never mix."""
    places = Gazetteer(Authorities.of(store))
    frame = store.table("population").with_columns(authority_type=pl.lit(""))
    found: dict[tuple[int, str, str], dict[str, float]] = {}
    for year, area, band, series, people in frame.select(
        "mid_year", area_column().alias("area"), "age_band", "series", "people"
    ).iter_rows():
        found.setdefault((year, area, band), {})[series] = people
    bands = list(_AGE_BANDS)
    there = {(year, band, series) for (year, _, band), values in found.items() for series in values}
    rows = tuple(
        (
            str(year),
            places[area],
            (
                _AGE_BANDS[band],
                # A series that has no such year or ages does not apply; one that lacks this area is not available.
                *(cell(values.get(s), "x" if (year, band, s) in there else "z") for s in _SERIES),
            ),
        )
        for (year, area, band), values in sorted(
            found.items(), key=lambda item: (item[0][0], places.order(item[0][1]), bands.index(item[0][2]))
        )
    )
    ages = Filter("age_group", "Age group", "Ages in completed years in the middle of the year")
    indicators = tuple(Indicator(name, label) for name, label in _SERIES.items())
    return DataSet("population", "Population in the middle of the year", "Calendar year", (ages,), indicators, rows)


_FINANCIAL = "Financial year"
_LEVELS = ("national", "regional", "local_authority")
_UNITS: dict[str, tuple[Unit, int, str]] = {
    "gbp": ("£", 0, ""),
    "gbp_million": ("£", 0, ""),
    "gbp_per_pupil": ("£", 2, ""),
    "pupils": ("", 1, " (number)"),
    "people": ("", 0, " (number)"),
}
_PER_LABELS: dict[Per, str] = {
    "none": TOTAL,
    "head": "Per head aged 2 to 18",
    "pupil": "Per pupil",
    "plan": "Per EHC plan",
}
_MEASURE_LABELS = {
    "block": "High needs block before deductions",
    "nff": "Formula inside floor and gains limit",
    "nff_additional": "Formula inside floor and gains limit, and additional allocation",
    "after_deductions": "High needs block after deductions",
}
#: Labels in place of meanings that are longer than the service takes.
_TERM_LABELS = {"hospital_ap": "Hospital education, AP teachers' pay and pension, supplementary"}
#: The data sets that a briefing pack carries.
_IN_PACKS = ("high_needs_block", "high_needs_rates", "ehc_plans")


def data_sets(store: Store) -> tuple[DataSet, ...]:
    """Return all data sets, each sorted by period, then England, regions and authorities by code."""
    makers = (_block, _rates, _pupils, plans, plans_by_age, population)
    return store.cached("ees data sets", lambda: tuple(make(store) for make in makers))


def ees_files(store: Store, names: Collection[str] = (), years: Collection[FinancialYear] = ()) -> dict[str, bytes]:
    """Return a CSV and its `.meta.csv` for each data set that has rows of the years (all if none are named).

    A year brings the January and the population that go with it. A filter of which one item is left is no filter to the
    service: it leaves both files. Raises TableError if a name would run as a formula.
    """
    # The service takes names as they are in the register: one that a spreadsheet would run cannot be quoted.
    check_runs_nothing("authorities", store.table("authorities"))
    files: dict[str, bytes] = {}
    for data_set in data_sets(store):
        if names and data_set.name not in names:
            continue
        kept = _of_years(data_set, years) if years else data_set
        if kept.rows:
            files |= _without_single_filters(kept).files()
    return files


def pack_ees_files(store: Store, la_codes: tuple[str, ...]) -> dict[str, bytes]:
    """Return allocations, rates and plans of England, some authorities and their regions, with `.meta.csv`."""
    authorities = Authorities.of(store)
    areas = {"england", *la_codes, *(authorities[code].region_code for code in la_codes)}
    files: dict[str, bytes] = {}
    for data_set in data_sets(store):
        if data_set.name in _IN_PACKS:
            files |= data_set.restrict(areas).files()
    return files


def _of_years(data_set: DataSet, years: Iterable[FinancialYear]) -> DataSet:
    periods = {_period(year) if data_set.time_identifier == _FINANCIAL else str(year.start) for year in years}
    return replace(data_set, rows=tuple(row for row in data_set.rows if row[0] in periods))


def _without_single_filters(data_set: DataSet) -> DataSet:
    single = {n for n in range(len(data_set.filters)) if len({cells[n] for _, _, cells in data_set.rows}) == 1}
    rows = tuple((p, q, tuple(c for n, c in enumerate(cells) if n not in single)) for p, q, cells in data_set.rows)
    filters = tuple(f for n, f in enumerate(data_set.filters) if n not in single)
    return replace(data_set, filters=filters, rows=rows)


def _period(year: FinancialYear) -> str:
    return str(year).replace("-", "")


def _block(store: Store) -> DataSet:
    places = Gazetteer(Authorities.of(store))
    years = financial_years(store)
    units = dict(store.table("dsg_high_needs_block").sort("financial_year").select("term", "unit").iter_rows())
    later = [LATER] if any(later_change(store, year) for year in years) else []
    terms = [*(term for term in DSG_TERMS if term in units), *later]
    labels = {**DSG_TERMS, LATER: "Change in a later edition, not published by step", **_TERM_LABELS}
    indicators = tuple(
        Indicator(term, f"{labels[term]}{suffix}", "High needs block", unit, decimals)
        for term in terms
        for unit, decimals, suffix in (_UNITS[units.get(term, "gbp")],)
    )
    rows = []
    for year in years:
        printed = block_rows(store, year).filter(pl.col("geographic_level").is_in(_LEVELS))
        cells: dict[str, dict[str, str]] = {}
        columns = printed.select(area_column().alias("area"), "term", "gbp", "status")
        for area, term, value, status in columns.iter_rows():
            cells.setdefault(area, {})[term] = cell(value, status)
        _take_later(store, year, cells)
        # A term without a column in that year's sheet does not apply; one that others have and this area lacks is
        # not available.
        known = {term for found in cells.values() for term in found}
        for area in sorted(cells, key=places.order):
            found = tuple(cells[area].get(term, "x" if term in known else "z") for term in terms)
            rows.append((_period(year), places[area], found))
    title = "High needs block of the dedicated schools grant, term by term"
    return DataSet("high_needs_block", title, _FINANCIAL, (), indicators, tuple(rows))


def _take_later(store: Store, year: FinancialYear, cells: dict[str, dict[str, str]]) -> None:
    """Put totals of a later edition in the place of those of the edition with the formula, and what they add beside."""
    if not later_change(store, year):
        return
    for level in _LEVELS:
        found = [plain_amounts(store, measure, year, level).values for measure in ("block", "after_deductions")]
        formula = dict(block_frame(store, year, level).select("area", TOTALS[0]).iter_rows())
        for area, before in formula.items():
            total, after = (amounts[area] for amounts in found)
            values = (total, after, total - after, total - before)
            named = zip((*TOTALS, "deductions", LATER), values, strict=True)
            cells[area] |= {term: cell(value, "") for term, value in named}


def _rates(store: Store) -> DataSet:
    places = Gazetteer(Authorities.of(store))
    rows = []
    for year in financial_years(store):
        columns = block_frame(store, year).columns
        there = [m for m in MEASURES if all(term in columns for term in PLAIN[m].items)]
        areas = sorted(["england", *block_frame(store, year)["area"]], key=places.order)
        for per in (PERS[-1], *PERS[:-1]):
            tables = {measure: rate_table(store, RateSpec(year, measure, per)) for measure in there}
            for area in areas:
                found = [_PER_LABELS[per]]
                for measure in MEASURES:
                    if measure not in tables:
                        found += ["z", "z"]
                    elif area == "england":
                        found += [cell(tables[measure].england, ""), "z"]
                    else:
                        found += [cell(tables[measure].values.get(area), ""), cell(tables[measure].ranks.get(area), "")]
                rows.append((_period(year), places[area], tuple(found)))
    indicators = tuple(
        indicator
        for measure in MEASURES
        for indicator in (
            Indicator(measure, _MEASURE_LABELS[measure], "Amount", "£", 2),
            Indicator(f"{measure}_rank", f"{_MEASURE_LABELS[measure]}: rank", "Rank"),
        )
    )
    basis = Filter("basis", "Basis", "Whole amount (Total), or divided by people, pupils or EHC plans")
    title = "High needs funding per head, per pupil and per EHC plan, with ranks"
    return DataSet("high_needs_rates", title, _FINANCIAL, (basis,), indicators, tuple(rows))


def _pupils(store: Store) -> DataSet:
    places = Gazetteer(Authorities.of(store))
    rows = []
    for year in financial_years(store):
        edition = latest_edition(store, "dsg_pupils", year)
        printed = store.table("dsg_pupils").filter(
            (pl.col("financial_year") == str(year))
            & (pl.col("edition") == edition)
            & pl.col("geographic_level").is_in(_LEVELS)
        )
        counts: dict[str, dict[str, float]] = {}
        for area, phase, pupils in printed.select(area_column().alias("area"), "phase", "pupils").iter_rows():
            counts.setdefault(area, {})[phase] = pupils
        for area in sorted(counts, key=places.order):
            phases = counts[area]
            total = math.fsum(phases.values()) if len(phases) == 2 else None
            for label, value in ((TOTAL, total), *((phase.title(), phases.get(phase)) for phase in sorted(phases))):
                rows.append((_period(year), places[area], (label, cell(value, ""))))
    return DataSet(
        "pupils",
        "Pupils funded through the schools block",
        _FINANCIAL,
        (Filter("phase", "Phase", "Primary or secondary"),),
        (Indicator("pupils", "Pupils", decimals=1),),
        tuple(rows),
    )
