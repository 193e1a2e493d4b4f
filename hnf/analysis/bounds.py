"""What published rules and figures leave of column A in the years after the last table: a range for every authority.

Column A per head of the ONS 2018-based projection rises each year by at least the funding floor and at most the gains
limit. So from the last table on it lies in a band, which single pages of DfE and stated rises narrow. The basis is
`implied`: a range, never a point, and never summed or drawn as one. Nothing here bounds the block: its other parts do
not follow from these rules. Ids are `bound:<year>:<area>:<part>`; an area is a code, a region's code or `england`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.protection import (
    COLUMN_A,
    ProtectionRules,
    missing_rules,
    population_id,
    populations,
    rules_of,
)
from hnf.errors import UsageError
from hnf.formula.bands import Interval, possible, possible_ranks
from hnf.measures.notes import place_rule
from hnf.measures.published import ENGLAND, block_frame, dsg_id, financial_years
from hnf.results import Answer, Figure, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear

_SPECIAL_FREE_SCHOOLS, _HOSPITAL = "special_free_schools", "hospital_ap"


@dataclass(frozen=True)
class Closer(Answer):
    """A figure that narrows a band: the band of the year without it and with it, £."""

    JSON = "what source address figure_id lower_before_gbp lower_gbp upper_before_gbp upper_gbp"

    what: str
    source: str
    address: str
    figure_id: str
    lower_before_gbp: float
    lower_gbp: float
    upper_before_gbp: float
    upper_gbp: float


@dataclass(frozen=True)
class Conflict(Answer):
    """A figure that does not fit what rules and other figures leave: both sides, in `unit`; it narrows nothing."""

    JSON = "what source address figure_id unit said_lower said_upper possible_lower possible_upper"

    what: str
    source: str
    address: str
    figure_id: str
    unit: Unit
    said_lower: float
    said_upper: float
    possible_lower: float
    possible_upper: float


@dataclass(frozen=True)
class Bound(Answer):
    """Column A of one authority in one year: between two amounts; ranks are per head and without places.

    `allowance_gbp` is the money of the most places that can have moved into the baseline, £ of the baseline year;
    `upper_with_places_gbp` is the upper end with all of them.
    """

    JSON = (
        "la_code la_name year heads lower_gbp upper_gbp",
        {"per_head": "lower=lower_per_head upper=upper_per_head"},
        "lower_rank upper_rank closed_by conflicts allowance_gbp places_at_most upper_with_places_gbp",
        "basis figure_ids=ids",
    )
    basis = "implied"

    la_code: str
    la_name: str
    year: FinancialYear
    heads: float
    lower_gbp: float
    upper_gbp: float
    lower_rank: int
    upper_rank: int
    allowance_gbp: float
    upper_with_places_gbp: float
    closed_by: tuple[Closer, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def lower_per_head(self) -> float:
        """The lower end, £ per head."""
        return self.lower_gbp / self.heads

    @property
    def upper_per_head(self) -> float:
        """The upper end, £ per head."""
        return self.upper_gbp / self.heads

    @property
    def places_at_most(self) -> int:
        """The most places of special free schools that can have moved into the baseline."""
        return round(self.allowance_gbp / place_rule().place_gbp)

    @property
    def ids(self) -> dict[str, str]:
        """Ids of the numbers."""
        return {part: bound_id(self.year, self.la_code, part) for part in BOUND_PARTS}


@dataclass(frozen=True)
class YearBounds:
    """The bounds of a year by la_code, in the order of codes."""

    year: FinancialYear
    rules: ProtectionRules
    rows: dict[str, Bound]
    notes: tuple[str, ...]

    @property
    def universe(self) -> int:
        """How many authorities are ranked."""
        return len(self.rows)


#: Parts of a figure id that name a number of a bound, and the attribute that holds it.
BOUND_PARTS = {
    "lower": "lower_gbp",
    "upper": "upper_gbp",
    "lower_per_head": "lower_per_head",
    "upper_per_head": "upper_per_head",
    "lower_rank": "lower_rank",
    "upper_rank": "upper_rank",
    "allowance": "allowance_gbp",
}


def bound_id(year: FinancialYear, area: str, part: str) -> str:
    """Return the id of a number of a bound; part is one of `BOUND_PARTS`."""
    return f"bound:{year}:{area}:{part}"


@cached
def _chain(store: Store) -> tuple[tuple[ProtectionRules, ...], str]:
    """Return the rules of the years after the last table, as far as they are known, and why they end there."""
    found: list[ProtectionRules] = []
    year = financial_years(store)[-1].next
    while not (reason := _why_not(store, year, is_first=not found)):
        found.append(rules_of(store, year))
        year = year.next
    return tuple(found), reason


def _why_not(store: Store, year: FinancialYear, *, is_first: bool) -> str:
    """Say why a year has no bounds, although the year before it has a table or bounds; empty where it has."""
    if reason := missing_rules(store, year):
        return reason
    rules = rules_of(store, year)
    if rules.baseline_year != year.previous:
        return f"its baseline is of {rules.baseline_year}"
    if is_first and _HOSPITAL not in block_frame(store, year.previous).columns:
        return f"column A of {year.previous} still contains hospital money, an amount that is not published"
    terms = set(rules.baseline_terms)
    if not terms <= (set(block_frame(store, year.previous).columns) if is_first else {COLUMN_A}):
        return f"its baseline is {' + '.join(rules.baseline_terms)} of {year.previous}, which only a table gives"
    mid_years = (rules.previous_mid_year, rules.mid_year)
    lacking = [f"mid-{mid_year}" for mid_year in mid_years if not populations(store, mid_year)]
    return f"the ONS 2018-based projection of {lacking[0]} is not in these tables" if lacking else ""


def bound_years(store: Store) -> tuple[FinancialYear, ...]:
    """Return the years without a table whose bounds are known, oldest first."""
    return tuple(rules.year for rules in _chain(store)[0])


def year_bounds(store: Store, year: FinancialYear) -> YearBounds:
    """Return the bounds of every authority in a year.

    Raises
    ------
    UsageError
        If the year has a table, or its rules are not known; says why.
    """
    year = FinancialYear.parse(year)
    found = {bounds.year: bounds for bounds in _all_bounds(store)}
    if year in found:
        return found[year]
    if year in financial_years(store):
        todo = f"Use `hnf allocate WHO --year {year}` or `hnf rank --year {year} --measure nff`."
        raise UsageError(f"{year} has a table of allocations, so that nothing needs to be bounded", todo=todo)
    known = ", ".join(str(each) for each in found)
    _, reason = _chain(store)
    last = bound_years(store)[-1] if found else financial_years(store)[-1]
    reason = reason if year == last.next else missing_rules(store, year) or f"there are no bounds of {year.previous}"
    raise UsageError(f"there are no bounds of {year}: {reason}", todo=f"Years are {known}." if known else "")


@cached
def _all_bounds(store: Store) -> tuple[YearBounds, ...]:
    rules, _ = _chain(store)
    if not rules:
        return ()
    authorities = Authorities.of(store)
    before = {row["area"]: row for row in block_frame(store, rules[0].baseline_year).iter_rows(named=True)}
    heads = [populations(store, mid_year) for mid_year in (rules[0].previous_mid_year, *(r.mid_year for r in rules))]
    codes = [code for code in before if all(code in counts for counts in heads)]
    bands: dict[str, list[Interval]] = {}
    with_places: dict[str, list[Interval]] = {}
    rises = [Interval(each.floor_pct, each.limit_pct) for each in rules]
    places = _places(store)
    for code in codes:
        terms = [before[code][term] for term in rules[0].baseline_terms]
        if None in terms:
            continue
        start = sum(terms)
        bands[code] = possible(start / heads[0][code], rises, {})
        with_places[code] = possible((start + places.get(code, 0.0)) / heads[0][code], rises, {})
    years = []
    for number, each in enumerate(rules):
        ranks = possible_ranks({code: band[number] for code, band in bands.items()})
        rows = {}
        for code, band in bands.items():
            people = heads[number + 1][code]
            rows[code] = Bound(
                la_code=code,
                la_name=authorities[code].name,
                year=each.year,
                heads=people,
                lower_gbp=band[number].lower * people,
                upper_gbp=band[number].upper * people,
                lower_rank=ranks[code][0],
                upper_rank=ranks[code][1],
                allowance_gbp=places.get(code, 0.0),
                upper_with_places_gbp=with_places[code][number].upper * people,
            )
        years.append(YearBounds(each.year, each, rows, ()))
    return tuple(years)


def _places(store: Store) -> dict[str, float]:
    """Return by la_code the most special free schools money printed in a year, in whole places, £."""
    most: dict[str, float] = {}
    place = place_rule().place_gbp
    for year in financial_years(store):
        frame = block_frame(store, year)
        if _SPECIAL_FREE_SCHOOLS in frame.columns:
            for code, value in frame.select("area", _SPECIAL_FREE_SCHOOLS).iter_rows():
                most[code] = max(most.get(code, 0.0), (value or 0.0) // place * place)
    return most


@dataclass(frozen=True)
class BoundsAnswer(Answer):
    """The bounds of an authority, a region or England: of the year asked for, and of all bound years."""

    JSON = "**asked years"
    ROWS = "years"

    asked: Bound
    years: tuple[Bound, ...]


def bounds(store: Store, who: str, year: FinancialYear | None = None) -> BoundsAnswer:
    """Return what rules and figures leave of column A of an authority.

    Raises
    ------
    UsageError
        If the authority is unknown or has no bound, or the year has none.
    """
    authority = Authorities.of(store).find(who)
    years = tuple(year_bounds(store, each).rows[authority.la_code] for each in bound_years(store))
    asked = years[-1] if year is None else year_bounds(store, year).rows[authority.la_code]
    return BoundsAnswer(asked, years)


def bound_figure(store: Store, parts: list[str]) -> Figure:
    """Return a number of a bound as a figure, from the parts of its id: year, area and one of `BOUND_PARTS`."""
    year, area, part = FinancialYear.parse(parts[0]), parts[1], parts[2]
    found = year_bounds(store, year)
    row = found.rows[area]
    value: float = getattr(row, BOUND_PARTS[part])
    unit: Unit = "rank" if "rank" in part else "gbp_per_head" if "per_head" in part else "gbp"
    return Figure(bound_id(year, area, part), f"{part}, {row.la_name}, {year}", value, unit, "implied", _inputs(store, row))


def _inputs(store: Store, row: Bound) -> tuple[str, ...]:
    rules, _ = _chain(store)
    money = [dsg_id(store, rules[0].baseline_year, row.la_code, term) for term in rules[0].baseline_terms]
    mid_years = (rules[0].previous_mid_year, *(each.mid_year for each in rules if each.year <= row.year))
    return (*money, *(population_id(mid_year, row.la_code) for mid_year in mid_years))
