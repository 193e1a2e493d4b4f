"""Published figures: one cell each, with its id, and the block of a year as one frame in pounds.

Ids are `dsg:<year>:<edition>:<area>:<term>`, `pupils:<year>:<edition>:<area>:<phase>`,
`plans:<January>:<release>:<area>:<statement|ehc_plan|total>`, `population:<mid-year>:<series>:<area>:<ages>`,
`spending:<year>:<budget|outturn>:<area>:<line>`, `placements:<January>:<release>:<area>:<placement>` and
`balance:<year>:<release>:<area>:<measure>`; an area is a three-digit code, `england`, the ONS code of a region, or a
type of authority.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.errors import UsageError
from hnf.measures.notes import statements_until
from hnf.results import Figure, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.schema import CELL_ERRORS, FACTOR_LINES, PLACEMENTS, SPENDING_LINES, SYMBOLS, term_label
from hnf.tables.store import Store
from hnf.years import FinancialYear

# The kinds of published figures: in which table each stands, what makes its id, and how it is called in words.


@dataclass(frozen=True)
class PublishedKind:
    """Where figures of one kind stand: table, columns that make the id (the area third), value and label."""

    table: str
    before: tuple[str, str]
    after: str
    value: str
    label: Callable[[list[str], str], str]


def _plans_label(parts: list[str], area: str) -> str:
    january, _, _, plan_type = parts
    kinds = {"statement": "Statements of SEN", "ehc_plan": "EHC plans", "total": "Statements and EHC plans"}
    what = "EHC plans" if plan_type == "total" and int(january) > statements_until() else kinds[plan_type]
    return f"{what}, {area}, January {january}"


_LINES = {**SPENDING_LINES, **FACTOR_LINES}

PUBLISHED_KINDS: dict[str, PublishedKind] = {
    "dsg": PublishedKind(
        "dsg_high_needs_block",
        ("financial_year", "edition"),
        "term",
        "value",
        lambda parts, area: f"{term_label(parts[3])}, {area}, {parts[0]}",
    ),
    "pupils": PublishedKind(
        "dsg_pupils",
        ("financial_year", "edition"),
        "phase",
        "pupils",
        lambda parts, area: f"{parts[3].title()} pupils, {area}, {parts[0]}",
    ),
    "plans": PublishedKind("ehc_plans", ("january", "release"), "plan_type", "count", _plans_label),
    "population": PublishedKind(
        "population",
        ("mid_year", "series"),
        "age_band",
        "people",
        lambda parts, area: (
            f"People aged {parts[3].replace('-', ' to ')}, {area}, mid-{parts[0]} ({parts[1].replace('_', ' ')})"
        ),
    ),
    "spending": PublishedKind(
        "spending",
        ("financial_year", "kind"),
        "line",
        "value",
        lambda parts, area: f"{_LINES[parts[3]]}, {area}, {parts[0]} ({parts[1].replace('_', ' ')})",
    ),
    "placements": PublishedKind(
        "placements",
        ("january", "release"),
        "placement",
        "count",
        lambda parts, area: f"{PLACEMENTS[parts[3]]}, {area}, January {parts[0]}",
    ),
    "balance": PublishedKind(
        "dsg_balance",
        ("financial_year", "release"),
        "measure",
        "value",
        lambda parts, area: f"Cumulative DSG balance as % of income (below zero: deficit), {area}, {parts[0]}",
    ),
}


ENGLAND = "england"
#: Pounds in one unit of the table; None for what is not money.
POUNDS = {"gbp": 1.0, "gbp_million": 1e6, "gbp_per_pupil": 1.0, "pupils": 1.0, "people": 1.0, "pct": 1.0}
_STATUSES = {**SYMBOLS, **CELL_ERRORS}
_FIGURE_UNITS: dict[str, Unit] = {
    "gbp": "gbp",
    "gbp_million": "gbp",
    "gbp_per_pupil": "gbp_per_pupil",
    "pupils": "count",
    "people": "count",
    "pct": "pct",
}


@dataclass(frozen=True)
class Cell:
    """Where a published figure stands."""

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
        raise UsageError(
            f"there is no allocation for {year} in these tables{seen}",
            todo="Years are " + ", ".join(str(known) for known in years) + ".",
        )
    return year


def latest_edition(store: Store, table: str, year: FinancialYear) -> str:
    """Return the latest edition of a year in one of the DSG tables."""
    frame = store.table(table)
    return store.cached(
        ("latest edition", table, year),
        lambda: str(frame.filter(pl.col("financial_year") == str(year))["edition"].max()),
    )


def block_rows(store: Store, year: FinancialYear) -> pl.DataFrame:
    """Return the rows of a year's latest edition with `gbp`, the value in pounds (its own unit where not money)."""
    edition = latest_edition(store, "dsg_high_needs_block", require_year(store, year))

    def find() -> pl.DataFrame:
        scale = pl.col("unit").replace_strict(POUNDS, return_dtype=pl.Float64)
        return (
            store.table("dsg_high_needs_block")
            .filter((pl.col("financial_year") == str(year)) & (pl.col("edition") == edition))
            .with_columns(gbp=pl.col("value") * scale)
        )

    return store.cached(("block rows", year), find)


def block_frame(store: Store, year: FinancialYear, level: str = "local_authority") -> pl.DataFrame:
    """Return the block of a year in pounds, one row an area and one column a term.

    Parameters
    ----------
    store : Store
    year : FinancialYear
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
    """Return the id of a term of the block, latest edition."""
    return f"dsg:{year}:{latest_edition(store, 'dsg_high_needs_block', year)}:{area}:{term}"


def published_figure(store: Store, figure_id: str) -> tuple[Figure, Cell]:
    """Look up a published figure and its cell.

    Parameters
    ----------
    store : Store
    figure_id : str
        As the module describes.

    Raises
    ------
    UsageError
        If the id is not of these kinds or names no row.
    """
    kind, *parts = figure_id.split(":")
    if kind not in PUBLISHED_KINDS:
        raise UsageError(f"'{figure_id}' is not the id of a published figure")
    published = PUBLISHED_KINDS[kind]
    numbers = store.cached(("row numbers by id", kind), lambda: _row_numbers(store, published))
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
    figure = Figure(
        id=figure_id,
        label=published.label(parts, area_name(store, parts[2])),
        value=None if value is None else _whole(value * POUNDS[unit]),
        unit=_FIGURE_UNITS[unit],
        basis="published",
        status=f"{_STATUSES[status]} ({status})" if status else "",
    )
    printed = status or str(_whole(value))
    return figure, Cell(row["source_id"], row.get("sheet", ""), row["cell"], printed, unit)


def area_name(store: Store, area: str) -> str:
    """Return an area of a figure id in words."""
    authorities = Authorities.of(store)
    if area in authorities.by_code:
        return authorities[area].prose
    if area == ENGLAND:
        return "England"
    return authorities.region_names.get(area, area.replace("_", " "))


def _row_numbers(store: Store, kind: PublishedKind) -> dict[str, int]:
    frame = store.table(kind.table)
    if "authority_type" not in frame.columns:
        frame = frame.with_columns(authority_type=pl.lit(""))
    ids = pl.concat_str([*kind.before, area_column(), kind.after], separator=":")
    return {id_: number for number, id_ in enumerate(frame.select(ids).to_series().to_list())}


def _whole(value: Any) -> float | int:
    number = float(value)
    return int(number) if number.is_integer() else number


# EHC plans of every area in every January, latest release, as one lookup for answers that need most of them.

_AREA_IN_JANUARY = ("january", "geographic_level", "region_code", "la_code")


@dataclass(frozen=True)
class PlanCount:
    """Statements and plans of one area in one January; `status` says in words why `count` is None."""

    count: int | None
    status: str
    figure_id: str


def plan_counts(store: Store) -> dict[int, dict[str, PlanCount]]:
    """Return the counts by January and by area.

    Returns
    -------
    dict of int to dict of str to PlanCount
        By January, oldest first; an area is `england` or a three-digit code. Statements are counted with plans.
    """
    return store.cached("plan counts", lambda: _plan_counts(store, ["national", "local_authority"]))


def region_plan_counts(store: Store) -> dict[int, dict[str, PlanCount]]:
    """Return the same by January and by the ONS code of a region, for the Januaries that have any."""
    return store.cached("region plan counts", lambda: _plan_counts(store, ["regional"]))


def latest_releases(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of each area in each January from the latest release that has them.

    Parameters
    ----------
    frame : polars.DataFrame
        Rows of `ehc_plans` or `ehc_plans_by_age`; their order is kept.
    """
    return frame.filter(pl.col("release") == pl.col("release").max().over(_AREA_IN_JANUARY))


def _plan_counts(store: Store, levels: list[str]) -> dict[int, dict[str, PlanCount]]:
    is_wanted = (pl.col("plan_type") == "total") & pl.col("geographic_level").is_in(levels)
    rows = (
        latest_releases(store.table("ehc_plans").filter(is_wanted))
        .with_columns(authority_type=pl.lit(""))
        .with_columns(area=area_column())
        .sort("january", "area")
    )
    found: dict[int, dict[str, PlanCount]] = {}
    for january, release, area, count, status in rows.select(
        "january", "release", "area", "count", "status"
    ).iter_rows():
        words = f"{SYMBOLS[status]} ({status})" if status else ""
        found.setdefault(january, {})[area] = PlanCount(count, words, f"plans:{january}:{release}:{area}:total")
    return found


def authorities_counted(store: Store, january: int) -> set[str]:
    """Return the codes of the authorities that the release of a January lists, suppressed counts included."""
    return set(plan_counts(store).get(january, {})) - {ENGLAND}
