"""Published figures by their ids, the block of a year as one frame in pounds, and any plain measure of a period.

Ids are `dsg:<year>:<edition>:<area>:<term>`, `pupils:<year>:<edition>:<area>:<phase>`,
`plans:<January>:<release>:<area>:<statement|ehc_plan|total>`, `population:<mid-year>:<series>:<area>:<ages>`,
`spending:<year>:<budget|outturn>:<area>:<line>`, `placements:<January>:<release>:<area>:<placement>`,
`balance:<year>:<release>:<area>:<measure>`, `reported:<year>:<area>:<measure>:<number>` and, for a line of DfE's page
of one authority, `page:<year>:<area>:<item>:<date of allocation>`; an area is a three-digit code, `england`, the ONS
code of a region, or a type of authority. `hnf.measures.register` has the tables and columns behind them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.errors import NoTableError, UsageError
from hnf.measures.register import PLAIN, PUBLISHED_KINDS, PlainMeasure
from hnf.results import Figure, Unit, add_up
from hnf.tables.authorities import Authorities
from hnf.tables.schema import AUTHORITY_TYPES, CELL_ERRORS, RETURN_SYMBOLS, STATED_OVER, SYMBOLS
from hnf.tables.store import Store
from hnf.years import FinancialYear

ENGLAND = "england"
#: Pounds in one unit of the table; 1 for what is not money.
POUNDS = {
    **dict.fromkeys(("gbp", "gbp_per_pupil", "pupils", "people", "count", "pct", "none"), 1.0),
    "gbp_million": 1e6,
}
#: Terms that an edition of totals prints.
TOTALS = ("total_before_deductions", "total_after_deductions")
_STATUSES = {**SYMBOLS, **CELL_ERRORS, **RETURN_SYMBOLS, "": ""}
_FIGURE_UNITS: dict[str, Unit] = {
    "gbp": "gbp",
    "gbp_million": "gbp",
    "gbp_per_pupil": "gbp_per_pupil",
    "pupils": "count",
    "people": "count",
    "count": "count",
    "pct": "pct",
    "none": "count",
}


@dataclass(frozen=True)
class Cell:
    """The published cell of a figure; `printed` is the text in it."""

    source_id: str
    sheet: str
    cell: str
    printed: str
    printed_unit: str


def financial_years(store: Store) -> list[FinancialYear]:
    """Return the years with an allocation, oldest first.

    Raises
    ------
    UsageError
        If there is none.
    """
    return store.cached("financial years", lambda: _financial_years(store))


def _financial_years(store: Store) -> list[FinancialYear]:
    years = store.table("dsg_high_needs_block")["financial_year"].unique().sort().to_list()
    if not years:
        raise UsageError("there are no allocations in these tables", where=str(store.folder))
    return [FinancialYear.parse(year) for year in years]


def require_year(store: Store, year: FinancialYear) -> FinancialYear:
    """Return `year` if the tables hold its allocations.

    Raises
    ------
    UsageError
        If they do not; lists those they hold.
    """
    years = financial_years(store)
    if year not in years:
        seen = f" as published by {store.as_at}" if store.as_at else ""
        raise NoTableError(
            f"there is no allocation for {year} in these tables{seen}",
            todo="Years are " + ", ".join(str(known) for known in years) + ".",
            store=store,
            year=year,
        )
    return year


def latest_edition(store: Store, table: str, year: FinancialYear) -> str:
    """Return the latest edition of a year in one of the DSG tables."""
    frame = store.table(table)
    return store.cached(
        ("latest edition", table, year),
        lambda: str(frame.filter(pl.col("financial_year") == str(year))["edition"].max()),
    )


def formula_edition(store: Store, year: FinancialYear) -> str:
    """Return the latest edition of a year that prints the formula: a later one may have totals only."""

    def find() -> str:
        printed = set(_formula_rows(store, year)["edition"]) & _editions(store, year)
        return max(printed, default=total_edition(store, year))

    return store.cached(("formula edition", year), find)


def formula_rows(store: Store, year: FinancialYear) -> pl.DataFrame:
    """Return the printed formulas of a year, as its latest edition with any prints them."""
    return _formula_rows(store, year).filter(pl.col("edition") == formula_edition(store, year))


def _formula_rows(store: Store, year: FinancialYear) -> pl.DataFrame:
    return store.table("dsg_formula_rows").filter(pl.col("financial_year") == str(year))


def total_edition(store: Store, year: FinancialYear) -> str:
    """Return the edition of a year's totals, the latest there is; that of the formula where no later one came out."""
    return latest_edition(store, "dsg_high_needs_block", require_year(store, year))


#: The part of a total that no step gives: what a later edition of totals adds to the one with the formula.
LATER = "later_editions"


def later_change(store: Store, year: FinancialYear) -> dict[str, float]:
    """Return by authority what a later edition adds to the total of the one with the formula, £; nothing without one.

    Raises
    ------
    UsageError
        If one of the editions prints a symbol in place of a total.
    """
    if formula_edition(store, year) == total_edition(store, year):
        return {}
    later, before = plain_amounts(store, "block", year).values, dict(block_frame(store, year)["area", TOTALS[0]].rows())
    if missing := sorted(area for area, total in before.items() if total is None or area not in later):
        raise UsageError(f"an edition of {year} prints no total of {', '.join(missing)}")
    return {area: later[area] - total for area, total in before.items()}


def later_words(store: Store, year: FinancialYear) -> str:
    """Say what a later edition adds, as the label of a part."""
    return f"Later edition of {year} ({total_edition(store, year)}), not published by step"


def editions_in_words(store: Store, year: FinancialYear) -> str:
    """Say which edition the steps are of, where the totals have a later one; nothing else."""
    formula, total = formula_edition(store, year), total_edition(store, year)
    if formula == total:
        return ""
    return f"Steps of {year} are of the edition of {formula}; totals have a later one, {total}, which prints no step."


def _editions(store: Store, year: FinancialYear) -> set[str]:
    rows = store.table("dsg_high_needs_block")
    return store.cached(("editions", year), lambda: set(rows.filter(pl.col("financial_year") == str(year))["edition"]))


def block_rows(store: Store, year: FinancialYear) -> pl.DataFrame:
    """Return the rows of the edition with the formula, with `gbp`, the value in pounds (its own unit if not money)."""
    edition = formula_edition(store, require_year(store, year))

    def find() -> pl.DataFrame:
        scale = pl.col("unit").replace_strict(POUNDS, return_dtype=pl.Float64)
        return (
            store.table("dsg_high_needs_block")
            .filter((pl.col("financial_year") == str(year)) & (pl.col("edition") == edition))
            .with_columns(gbp=pl.col("value") * scale)
        )

    return store.cached(("block rows", year), find)


def block_frame(store: Store, year: FinancialYear, level: str = "local_authority") -> pl.DataFrame:
    """Return the block of a year in pounds, one row an area and one column a term, in the edition with the formula.

    Parameters
    ----------
    level : str
        `local_authority`, `national`, `regional` or `authority_type`.

    Returns
    -------
    polars.DataFrame
        `area` (la_code, `england`, region code or type), then the terms printed in that year, in pounds, pupils or
        people; sorted by area.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    """

    def widen() -> pl.DataFrame:
        rows = block_rows(store, year).filter(pl.col("geographic_level") == level)
        return rows.with_columns(area=area_column()).pivot("term", index="area", values="gbp").sort("area")

    return store.cached(("block", year, level), widen)


def area_column() -> pl.Expr:
    """Return the expression that names the area of a row in a figure id."""
    return (
        pl.when(pl.col("geographic_level") == "national")
        .then(pl.lit(ENGLAND))
        .when(pl.col("geographic_level") == "regional")
        .then(pl.col("region_code"))
        .when(pl.col("geographic_level") == "authority_type")
        .then(pl.col("authority_type"))
        .otherwise(pl.col("la_code"))
    )


def letters(store: Store, year: FinancialYear) -> dict[str, str]:
    """Return the column letter of each term of the block sheet in a year (terms of other sheets left out)."""
    return store.cached(("letters", year), lambda: _letters(store, year))


def _letters(store: Store, year: FinancialYear) -> dict[str, str]:
    national = block_rows(store, year).filter(pl.col("geographic_level") == "national")
    rows = list(national.select("term", "letter", "sheet").iter_rows())
    sheets = {sheet for term, _, sheet in rows if term == "total_before_deductions"}
    return {term: letter for term, letter, sheet in rows if letter and sheet in sheets}


def dsg_id(store: Store, year: FinancialYear, area: str, term: str) -> str:
    """Return the id of a term of the block, in the latest edition that prints it."""
    edition = total_edition(store, year) if term in TOTALS else formula_edition(store, year)
    return f"dsg:{year}:{edition}:{area}:{term}"


def formula_id(store: Store, year: FinancialYear, area: str, term: str) -> str:
    """Return the id of a term of the block, in the edition with the formula: of a total, the one that it gives."""
    return f"dsg:{year}:{formula_edition(store, year)}:{area}:{term}"


def published_figure(store: Store, figure_id: str) -> tuple[Figure, Cell]:
    """Look up a published figure, by an id as the module describes, and its cell.

    Raises
    ------
    UsageError
        If the id is not of these kinds or names no row.
    """
    kind, *parts = figure_id.split(":")
    if kind not in PUBLISHED_KINDS:
        raise UsageError(f"'{figure_id}' is not the id of a published figure")
    published = PUBLISHED_KINDS[kind]
    numbers = store.cached(("row numbers by id", kind), lambda: _row_numbers(store, kind))
    number = numbers.get(":".join(parts))
    if number is None:
        seen = f" as published by {store.as_at}" if store.as_at else ""
        raise UsageError(
            f"no published figure has the id '{figure_id}'{seen}", todo="Ids are printed with every answer."
        )
    row = store.table(published.table).row(number, named=True)
    status = row.get("status", "")
    unit = row.get("unit", "pupils")
    value = row[published.value]
    area = row.get("area_name") or area_name(store, parts[published.columns.index("area")])
    label, printed = published.label_of(parts, area), status or str(_whole(value))
    scaled = None if value is None else value * POUNDS[unit]
    if published.basis == "reported":
        printed, scaled = stated_value(row), None if scaled is None else round(scaled, 2)
        label = f"{label}: {printed or row['basis_as_said']} ({row['source']}, {row['address']})"
    elif "address" in row:
        label = f"{label} ({row['address']})"
    if kind == "dsg" and len(_editions(store, FinancialYear.parse(parts[0]))) > 1:
        label += f", edition of {parts[1]}"
    figure = Figure(
        id=figure_id,
        label=label,
        value=None if scaled is None else _whole(scaled),
        unit=_FIGURE_UNITS[unit],
        basis=published.basis,
        status=status_words(status),
    )
    return figure, Cell(row["source_id"], row.get("sheet", ""), row["cell"], printed, unit)


def stated_value(row: dict[str, Any]) -> str:
    """Return the value of a row of `reported` as it was said, no sharper: "over £207 million"; nothing for words."""
    if row["value"] is None:
        return ""
    over = re.fullmatch(STATED_OVER, row["precision"])
    said = over["number"] if over else row["precision"]
    decimals = len(said.partition(".")[2]) if over or said[0].isdigit() else 0
    if over and over["billion"]:
        value = f"£{over['number']} billion"
    else:
        number = f"{row['value']:,.{decimals}f}"
        value = f"{number}%" if row["unit"] == "pct" else f"£{number} million"
    before = over["over"] if over else "about" if said == "about" else ""
    after = over["rest"] if over else ""
    return f"{before} {value}".strip() + (f", {after}" if after else "")


def area_name(store: Store, area: str) -> str:
    """Return an area of a figure id in words."""
    authorities = Authorities.of(store)
    if area in authorities.by_code:
        return authorities[area].prose
    if area == ENGLAND:
        return "England"
    return authorities.region_names.get(area, area.replace("_", " "))


def _row_numbers(store: Store, kind_name: str) -> dict[str, int]:
    kind = PUBLISHED_KINDS[kind_name]
    ids = pl.concat_str(kind.columns, separator=":")
    return {id_: number for number, id_ in enumerate(rows_of(store, kind_name).select(ids).to_series().to_list())}


def rows_of(store: Store, kind: str) -> pl.DataFrame:
    """Return the whole table of a published kind, in all editions, with `area`, the area of a figure id.

    Raises
    ------
    TableError
        If the table is missing or breaks a rule.
    """
    table = PUBLISHED_KINDS[kind].table

    def find() -> pl.DataFrame:
        frame = store.table(table)
        if "authority_type" not in frame.columns:
            frame = frame.with_columns(authority_type=pl.lit(""))
        if "geographic_level" not in frame.columns:
            return frame.with_columns(area=pl.col("la_code"))
        return frame.with_columns(area=pl.col("area_code") if "area_code" in frame.columns else area_column())

    return store.cached(("rows with areas", kind), find)


def status_words(status: str) -> str:
    """Return what a published symbol means, in words; nothing where there is none."""
    code = f" ({status})" if status in SYMBOLS or status in CELL_ERRORS else ""
    return f"{_STATUSES[status]}{code}" if status else ""


def _whole(value: Any) -> float | int:
    number = float(value)
    return int(number) if number.is_integer() else number


# Plain measures of the register.


@dataclass(frozen=True)
class Amounts:
    """Values by area (la_code) with the ids they rest on; `excluded` gives the reason for each area without one."""

    values: dict[str, float]
    inputs: dict[str, tuple[str, ...]]
    excluded: dict[str, str]


def plain_amounts(store: Store, name: str, period: object, level: str = "local_authority") -> Amounts:
    """Return a plain measure of every area of a level in a period; empty where the tables do not hold the period."""
    key = ("plain amounts", name, str(period), level)
    return store.cached(key, lambda: _plain_amounts(store, PLAIN[name], str(period), level))


def _plain_amounts(store: Store, measure: PlainMeasure, period: str, level: str) -> Amounts:
    kind = measure.published
    rows = measure_rows(store, measure).filter(
        (pl.col(kind.before[0]).cast(pl.String) == period) & (pl.col("geographic_level") == level)
    )
    if kind.replaced == "whole":
        rows = rows.filter(pl.col(kind.before[1]) == pl.col(kind.before[1]).max())
    elif kind.replaced == "area":
        rows = rows.filter(pl.col(kind.before[1]) == pl.col(kind.before[1]).max().over("area"))
    unit = pl.col("unit") if "unit" in rows.columns else pl.lit("")
    status = pl.col("status") if "status" in rows.columns else pl.lit("")
    collected: set[tuple[str, str]] = set()
    printed: dict[str, dict[str, tuple[str, float | None, str, str]]] = {}
    columns = ("area", kind.before[1], kind.after, kind.value, unit.alias("own unit"), status.alias("symbol"))
    for area, edition, item, value, own_unit, symbol in rows.sort("area").select(*columns).iter_rows():
        scaled = value if value is None or not own_unit else value * POUNDS[own_unit]
        id_ = f"{measure.kind}:{period}:{edition}:{area}:{item}"
        printed.setdefault(area, {})[item] = id_, scaled, symbol, edition
        if value is not None:
            collected.add((edition, item))
    values: dict[str, float] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    excluded: dict[str, str] = {}
    for area, found in printed.items():
        cells = [found[item] for item in measure.items if item in found]
        if measure.of_collected:
            cells = [found[item] for item in measure.items if item in found and (found[item][3], item) in collected]
        inputs[area] = tuple(id_ for id_, *_ in cells)
        numbers = [value for _, value, *_ in cells if value is not None]
        if cells and len(numbers) == (len(cells) if measure.of_collected else len(measure.items)):
            values[area] = add_up(numbers)
        else:
            excluded[area] = next((status_words(symbol) for *_, symbol, _ in cells if symbol), "an empty cell")
    return Amounts(values, inputs, excluded)


def measure_rows(store: Store, measure: PlainMeasure) -> pl.DataFrame:
    """Return the rows of the items of a measure, in every period, area and edition, with `area`."""
    kind = measure.published
    is_item = pl.col(kind.after).is_in(list(measure.items))
    is_series = pl.col(kind.before[1]) == measure.series if kind.replaced == "series" else pl.lit(value=True)
    return rows_of(store, measure.kind).filter(is_item & is_series)


def plain_figure(store: Store, name: str, period: object, areas: tuple[str, ...], place: str = "") -> Figure:
    """Return a plain measure of one area, or of several as their sum, as a figure.

    Parameters
    ----------
    areas : tuple of str
        Areas as in figure ids. England is the sum of all authorities where the measure has several items.
    place : str
        The areas in words; the name of the area by default.

    Raises
    ------
    UsageError
        If the tables hold no such figure.
    """
    measure = PLAIN[name]
    level = level_of(areas[0])
    if level == "national" and len(measure.items) > 1:
        level = "local_authority"
    found = plain_amounts(store, name, period, level)
    members = tuple(found.values) if level == "local_authority" and areas == (ENGLAND,) else areas
    place = place or " and ".join(area_name(store, area) for area in areas)
    if not members or any(area not in found.inputs for area in members):
        raise UsageError(f"there is no figure for {place} in {period}", where=measure.words)
    if len(members) == len(measure.items) == 1:
        return published_figure(store, found.inputs[members[0]][0])[0]
    return sum_figure(found, (name, str(period), "+".join(areas)), members, place)


def sum_figure(found: Amounts, parts: tuple[str, str, str], members: tuple[str, ...], place: str) -> Figure:
    """Return the sum of a plain measure over areas: `parts` are measure, period and areas of the id."""
    measure = PLAIN[parts[0]]
    inputs = tuple(id_ for area in members for id_ in found.inputs[area])
    lacking = next((found.excluded.get(area, "") for area in members if area not in found.values), "")
    return Figure(
        id=f"sum:{':'.join(parts)}",
        label=f"{place}: {measure.words}, {parts[1]}",
        value=None if lacking else add_up(found.values[area] for area in members),
        unit=measure.unit,
        basis="derived",
        inputs=inputs,
        derivation=f"sum of {len(inputs)} published amounts",
        status=lacking,
    )


def level_of(area: str) -> str:
    """Return the level of an area of a figure id."""
    if area == ENGLAND:
        return "national"
    if area in AUTHORITY_TYPES:
        return "authority_type"
    return "local_authority" if area.isdigit() else "regional"


# EHC plans of every area in every January, latest release, as one lookup for answers that need most of them.

_AREA_IN_JANUARY = ("january", "geographic_level", "region_code", "la_code")


@dataclass(frozen=True)
class PlanCount:
    """Statements and plans of one area in one January; `status` says in words why `count` is None."""

    count: int | None
    status: str
    figure_id: str


def plan_counts(store: Store) -> dict[int, dict[str, PlanCount]]:
    """Return the counts by January, oldest first, and by area: `england` or a three-digit code.

    Statements are counted with plans.
    """
    return store.cached("plan counts", lambda: _plan_counts(store, ["national", "local_authority"]))


def region_plan_counts(store: Store) -> dict[int, dict[str, PlanCount]]:
    """Return the same by January and by the ONS code of a region, for the Januaries that have any."""
    return store.cached("region plan counts", lambda: _plan_counts(store, ["regional"]))


def latest_releases(frame: pl.DataFrame) -> pl.DataFrame:
    """Return those rows of `ehc_plans` or `ehc_plans_by_age` that are of an area's latest release of a January."""
    return frame.filter(pl.col("release") == pl.col("release").max().over(_AREA_IN_JANUARY))


def _plan_counts(store: Store, levels: list[str]) -> dict[int, dict[str, PlanCount]]:
    rows = measure_rows(store, PLAIN["plans"]).filter(pl.col("geographic_level").is_in(levels))
    columns = ("january", "release", "area", "count", "status")
    found: dict[int, dict[str, PlanCount]] = {}
    for january, release, area, count, status in (
        latest_releases(rows).sort("january", "area").select(columns).iter_rows()
    ):
        figure_id = f"plans:{january}:{release}:{area}:total"
        found.setdefault(january, {})[area] = PlanCount(count, status_words(status), figure_id)
    return found


def authorities_counted(store: Store, january: int) -> set[str]:
    """Return the codes of the authorities that the release of a January lists, suppressed counts included."""
    return set(plan_counts(store).get(january, {})) - {ENGLAND}
