"""The data sets of counts: plans by January and population by calendar year."""

from __future__ import annotations

import polars as pl

from hnf.analysis.series_breaks import statements_until
from hnf.authorities import Authorities
from hnf.measures.plan_counts import latest_releases
from hnf.measures.published import area_column
from hnf.publish.ees_model import TOTAL, DataSet, Filter, Gazetteer, Indicator, Place, cell
from hnf.store import Store

_PLAN_TYPES = {"total": TOTAL, "statement": "Statements of SEN", "ehc_plan": "EHC plans"}
_AGE_BANDS = {"all": TOTAL, "0-25": "Aged 0 to 25", "2-18": "Aged 2 to 18"}
_SERIES = {
    "ons_estimate": "Population estimate (Office for National Statistics)",
    "dfe_projection": "Population projection used by the high needs formula (2018-based)",
    "dfe_benchmarking_tool": "Population in the high needs benchmarking tool",
}
_AGE_HINT = "Groups to 2022, single years from 2024; the ages of January 2024 add up to less than their total"


def plans(store: Store) -> DataSet:
    """Statements of SEN and EHC plans by January and type, latest release of each January."""
    kind = Filter(
        "plan_type", "Type of plan", f"Statements of SEN were counted with EHC plans until January {statements_until()}"
    )
    indicator = Indicator("plans", "Children and young people with a statement of SEN or an EHC plan")
    latest = latest_releases(store.table("ehc_plans"))
    rows = _plan_rows(store, latest, pl.col("plan_type").replace(_PLAN_TYPES))
    title = "Statements of SEN and EHC plans in January"
    return DataSet("ehc_plans", title, "January", (kind,), (indicator,), rows)


def plans_by_age(store: Store) -> DataSet:
    """Statements of SEN and EHC plans by January and age, total and ages of one release."""
    ages = latest_releases(store.table("ehc_plans_by_age").filter(pl.col("plan_type") == "total"))
    # The total is that of the release that gives the ages, so that the ages add up to it.
    totals = store.table("ehc_plans").filter(pl.col("plan_type") == "total")
    totals = totals.join(ages.select("january", "release").unique(), on=["january", "release"], how="semi")
    label = pl.col("age_group").replace({"total": TOTAL}).str.replace("^age ", "Aged ").str.replace("^under ", "Under ")
    age = Filter(
        "age_group",
        "Age group",
        _AGE_HINT,
    )
    indicator = Indicator("plans", "Children and young people with a statement of SEN or an EHC plan")
    rows = _plan_rows(store, pl.concat([totals, ages]), label)
    title = "Statements of SEN and EHC plans in January by age"
    return DataSet("ehc_plans_by_age", title, "January", (age,), (indicator,), rows)


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
    """Population by age group, each series in a column of its own: they never mix."""
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
