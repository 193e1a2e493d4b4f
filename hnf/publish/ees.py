"""The data sets for Explore Education Statistics: what each holds and how it is made from the tidy tables.

Financial years and calendar years stand in files of their own: allocations, rates and pupils by financial year, plans
by January, population by calendar year (the middle of it). Each year is the latest edition or release in the tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from hnf.authorities import Authorities
from hnf.measures.published import area_column, block_frame, block_rows, financial_years, latest_edition
from hnf.measures.rates import MEASURE_TERMS, MEASURES, PERS, Per, RateSpec, rate_table
from hnf.publish.ees_counts import plans, plans_by_age, population
from hnf.publish.ees_model import TOTAL, DataSet, Filter, Gazetteer, Indicator, Unit, cell
from hnf.store import Store
from hnf.table_checks import check_runs_nothing
from hnf.tables import DSG_TERMS
from hnf.years import FinancialYear

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
    """Return all data sets.

    Parameters
    ----------
    store : Store

    Returns
    -------
    tuple of DataSet
        Each sorted by period, then England, regions and authorities by code.

    Raises
    ------
    UsageError
        If the tables hold no allocation.
    """
    makers = (_block, _rates, _pupils, plans, plans_by_age, population)
    return store.remember("ees data sets", lambda: tuple(make(store) for make in makers))


def ees_files(store: Store, names: Collection[str] = (), years: Collection[FinancialYear] = ()) -> dict[str, bytes]:
    """Return the files of the data sets.

    Parameters
    ----------
    store : Store
    names : collection of str
        Data sets wanted; all of them if empty.
    years : collection of FinancialYear
        Years wanted, all of them if empty. A year brings the January and the population that go with it.

    Returns
    -------
    dict of str to bytes
        A CSV and its `.meta.csv` for each data set that has rows. A filter of which one item is left is no filter to
        the service: it leaves both files.

    Raises
    ------
    TableError
        If a name would run as a formula.
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
    """Return the data sets of a briefing pack: England, the regions of some authorities, and the authorities.

    Parameters
    ----------
    store : Store
    la_codes : tuple of str
        Three-digit codes.

    Returns
    -------
    dict of str to bytes
        Allocations and rates by financial year and plans by January, each with its `.meta.csv`.
    """
    authorities = Authorities.of(store)
    areas = {"england", *la_codes, *(authorities[code].region_code for code in la_codes)}
    files: dict[str, bytes] = {}
    for data_set in data_sets(store):
        if data_set.name in _IN_PACKS:
            files |= data_set.restrict(areas).files()
    return files


def _of_years(data_set: DataSet, years: Iterable[FinancialYear]) -> DataSet:
    periods = {_period(year) if data_set.time_identifier == _FINANCIAL else str(year.start) for year in years}
    rows = tuple(row for row in data_set.rows if row[0] in periods)
    return DataSet(data_set.name, data_set.title, data_set.time_identifier, data_set.filters, data_set.indicators, rows)


def _without_single_filters(data_set: DataSet) -> DataSet:
    single = {n for n in range(len(data_set.filters)) if len({cells[n] for _, _, cells in data_set.rows}) == 1}
    if not single:
        return data_set
    rows = tuple((p, q, tuple(c for n, c in enumerate(cells) if n not in single)) for p, q, cells in data_set.rows)
    filters = tuple(f for n, f in enumerate(data_set.filters) if n not in single)
    return DataSet(data_set.name, data_set.title, data_set.time_identifier, filters, data_set.indicators, rows)


def _period(year: FinancialYear) -> str:
    return str(year).replace("-", "")


def _block(store: Store) -> DataSet:
    places = Gazetteer(Authorities.of(store))
    years = financial_years(store)
    units = dict(store.table("dsg_high_needs_block").sort("financial_year").select("term", "unit").iter_rows())
    terms = [term for term in DSG_TERMS if term in units]
    indicators = tuple(
        Indicator(term, _TERM_LABELS.get(term, f"{DSG_TERMS[term]}{suffix}"), "High needs block", unit, decimals)
        for term in terms
        for unit, decimals, suffix in (_UNITS[units[term]],)
    )
    rows = []
    for year in years:
        printed = block_rows(store, year).filter(pl.col("geographic_level").is_in(_LEVELS))
        cells: dict[str, dict[str, str]] = {}
        columns = printed.select(area_column().alias("area"), "term", "gbp", "status")
        for area, term, value, status in columns.iter_rows():
            cells.setdefault(area, {})[term] = cell(value, status)
        # A term without a column in that year's sheet does not apply; one that others have and this area lacks is
        # not available.
        known = set(printed["term"])
        for area in sorted(cells, key=places.order):
            found = tuple(cells[area].get(term, "x" if term in known else "z") for term in terms)
            rows.append((_period(year), places[area], found))
    title = "High needs block of the dedicated schools grant, term by term"
    return DataSet("high_needs_block", title, _FINANCIAL, (), indicators, tuple(rows))


def _rates(store: Store) -> DataSet:
    places = Gazetteer(Authorities.of(store))
    rows = []
    for year in financial_years(store):
        columns = block_frame(store, year).columns
        there = [m for m in MEASURES if all(term in columns for term in MEASURE_TERMS[m])]
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
                        found += [
                            cell(tables[measure].values.get(area), ""),
                            cell(tables[measure].ranks.get(area), ""),
                        ]
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
            total = sum(phases.values()) if len(phases) == 2 else None
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
