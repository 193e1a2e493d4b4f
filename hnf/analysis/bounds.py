"""What published rules and figures leave of column A in the years after the last table: a range for every authority.

Column A per head of the ONS 2018-based projection rises each year by at least the funding floor and at most the gains
limit. So from the last table on it lies in a band, which DfE's pages of single authorities and stated rises narrow
(`data/bounds.toml`). The basis is `implied`: a range, never a point, never in one sum or line with published figures.
The block is not bounded: its other parts do not follow from these rules. Ids are `bound:<year>:<area>:<part>`, where an
area is a code, the code of a region or `england`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from hnf.analysis.allocate import allocate, no_allocation
from hnf.analysis.growth import funding_figure, is_region
from hnf.analysis.protection import COLUMN_A, ProtectionRules, missing_rules, population_id, populations, rules_of
from hnf.analysis.reported import find_area, reported, source_words
from hnf.errors import UsageError
from hnf.formula.bands import Interval, possible, possible_ranks, possible_rise
from hnf.formula.protection import TOLERANCE_GBP
from hnf.measures.notes import StatedRise, place_rule, stated_rises
from hnf.measures.published import ENGLAND, area_name, block_frame, dsg_id, financial_years, plain_figure, rows_of
from hnf.results import Answer, Basis, Figure, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.text import capital, join_words, ordinal, pounds
from hnf.years import FinancialYear, date_in_words

_PLACES, _HOSPITAL, _ADDITIONAL = "special_free_schools", "hospital_ap", "additional"
_PER_CENT = 100.0
#: Pounds by which a figure must move an end of a band to be said to narrow it: amounts are printed to the pound.
_NARROWS_GBP = 1.0
Kind = Literal["amount", "rise", "rise_since"]


@dataclass(frozen=True)
class Closer(Answer):
    """A figure of a `year` that narrows a band: what it says in `unit`, and the band without it and with it, £."""

    JSON = (
        "year what source address figure_id basis unit said_lower said_upper lower_before_gbp lower_gbp",
        "upper_before_gbp upper_gbp",
    )

    year: FinancialYear
    what: str
    source: str
    address: str
    figure_id: str
    basis: Basis
    unit: Unit
    said_lower: float
    said_upper: float
    lower_before_gbp: float
    lower_gbp: float
    upper_before_gbp: float
    upper_gbp: float
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Conflict(Answer):
    """A figure that does not fit what rules and other figures leave: both sides, in `unit`; it narrows nothing."""

    JSON = "what source address figure_id basis unit said_lower said_upper possible_lower possible_upper"

    what: str
    source: str
    address: str
    figure_id: str
    basis: Basis
    unit: Unit
    said_lower: float
    said_upper: float
    possible_lower: float
    possible_upper: float


@dataclass(frozen=True)
class Bound(Answer):
    """Column A of one area in one year: between two amounts. Ranks are per head, 1 the lowest, None but of authorities.

    `rules_…` is what floor and limit alone leave. `allowance_gbp` is the money of the most places that can have joined
    the baseline of a year, and `…_with_places` what they leave; all else is without them. `places` is the number with
    which a page outside its band, or at its lower end, agrees.
    """

    JSON = (
        "la_code la_name year population heads lower_gbp upper_gbp",
        {"per_head": "lower=lower_per_head upper=upper_per_head"},
        "lower_rank upper_rank universe",
        {
            "rules": "floor_pct=rules.floor_pct limit_pct=rules.limit_pct lower_gbp=rules_lower_gbp "
            "upper_gbp=rules_upper_gbp lower_per_head=rules_lower_per_head upper_per_head=rules_upper_per_head "
            "lower_rank=rules_lower_rank upper_rank=rules_upper_rank",
            "allowance": "gbp=allowance_gbp places_at_most places lower_gbp=lower_with_places_gbp "
            "upper_gbp=upper_with_places_gbp lower_rank=lower_rank_with_places upper_rank=upper_rank_with_places",
        },
        "closed_by agrees conflicts basis figure_ids=ids",
    )
    basis = "implied"

    la_code: str
    la_name: str
    rules: ProtectionRules
    universe: int
    heads: float
    lower_gbp: float
    upper_gbp: float
    rules_lower_gbp: float
    rules_upper_gbp: float
    allowance_gbp: float
    lower_with_places_gbp: float
    upper_with_places_gbp: float
    lower_rank: int | None = None
    upper_rank: int | None = None
    rules_lower_rank: int | None = None
    rules_upper_rank: int | None = None
    lower_rank_with_places: int | None = None
    upper_rank_with_places: int | None = None
    places: int = 0
    closed_by: tuple[Closer, ...] = ()
    agrees: tuple[Closer, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def year(self) -> FinancialYear:
        """The financial year."""
        return self.rules.year

    @property
    def population(self) -> str:
        """The heads."""
        return f"ONS 2018-based projection of mid-{self.rules.mid_year}, ages 2 to 18"

    @property
    def lower_per_head(self) -> float:
        """The lower end, £ per head."""
        return self.lower_gbp / self.heads

    @property
    def upper_per_head(self) -> float:
        """The upper end, £ per head."""
        return self.upper_gbp / self.heads

    @property
    def rules_lower_per_head(self) -> float:
        """The lower end by floor and limit alone, £ per head."""
        return self.rules_lower_gbp / self.heads

    @property
    def rules_upper_per_head(self) -> float:
        """The upper end by floor and limit alone, £ per head."""
        return self.rules_upper_gbp / self.heads

    @property
    def places_at_most(self) -> int:
        """The most places of special free schools that can have joined the baseline of a year."""
        return round(self.allowance_gbp / place_rule().place_gbp)

    @property
    def ids(self) -> dict[str, str]:
        """Ids of the numbers that there are."""
        parts = (part for part, (name, _) in BOUND_PARTS.items() if getattr(self, name) is not None)
        return {part: bound_id(self.year, self.la_code, part) for part in parts}


#: Parts of a figure id that name a number of a bound: the attribute that holds it, and what it is.
BOUND_PARTS = {
    "lower": ("lower_gbp", "Column A, at least"),
    "upper": ("upper_gbp", "Column A, at most"),
    "lower_per_head": ("lower_per_head", "Column A per head aged 2 to 18, at least"),
    "upper_per_head": ("upper_per_head", "Column A per head aged 2 to 18, at most"),
    "lower_rank": ("lower_rank", "Lowest possible rank of column A per head"),
    "upper_rank": ("upper_rank", "Highest possible rank of column A per head"),
    "rules_lower": ("rules_lower_gbp", "Column A, at least, by floor and limit alone"),
    "rules_upper": ("rules_upper_gbp", "Column A, at most, by floor and limit alone"),
    "rules_lower_per_head": ("rules_lower_per_head", "Column A per head aged 2 to 18, at least, by the rules alone"),
    "rules_upper_per_head": ("rules_upper_per_head", "Column A per head aged 2 to 18, at most, by the rules alone"),
    "allowance": ("allowance_gbp", "Money of the most places that can have joined the baseline"),
    "upper_with_places": ("upper_with_places_gbp", "Column A, at most, with all places that can have joined"),
}


def bound_id(year: FinancialYear, area: str, part: str) -> str:
    """Return the id of a number of a bound; part is one of `BOUND_PARTS`."""
    return f"bound:{year}:{area}:{part}"


@dataclass(frozen=True)
class YearBounds:
    """The bounds of a year by la_code, in the order of codes; `notes` say which authorities have none and why."""

    year: FinancialYear
    rules: ProtectionRules
    rows: dict[str, Bound]
    notes: tuple[str, ...]

    @property
    def universe(self) -> int:
        """How many authorities are ranked."""
        return len(self.rows)


# Which years have bounds.


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
    printed = set(block_frame(store, year.previous).columns) if is_first else {COLUMN_A, _HOSPITAL}
    if _HOSPITAL not in printed:
        return f"column A of {year.previous} still contains hospital money, an amount that is not published"
    if not set(rules.baseline_terms) <= printed:
        return f"its baseline is {' + '.join(rules.baseline_terms)} of {year.previous}, which only a table gives"
    mid_years = (rules.previous_mid_year, rules.mid_year)
    lacking = [f"mid-{mid_year}" for mid_year in mid_years if not populations(store, mid_year)]
    return f"the ONS 2018-based projection of {lacking[0]} is not in these tables" if lacking else ""


def bound_years(store: Store) -> tuple[FinancialYear, ...]:
    """Return the years without a table whose bounds are known, oldest first."""
    return tuple(rules.year for rules in _chain(store)[0])


def year_bounds(store: Store, year: FinancialYear) -> YearBounds:
    """Return the bounds of every authority in a year, as implied by rules and published figures.

    Raises
    ------
    UsageError
        If the year has a table, or its rules are not known; says why.
    """
    year = FinancialYear.parse(year)
    rules, reason = _chain(store)
    years = [each.year for each in rules]
    if year in years:
        return _all_bounds(store)[years.index(year)]
    if year in financial_years(store):
        todo = f"Use `hnf allocate WHO --year {year}` or `hnf rank --year {year} --measure nff --population dfe`."
        raise UsageError(f"{year} has a table of allocations, so that nothing is bounded", todo=todo)
    last = years[-1] if years else financial_years(store)[-1]
    if year < last:
        reason = "it is before the last table"
    elif year != last.next:
        reason = missing_rules(store, year) or f"there are none of {year.previous}, from which it would start"
    known = f"There are bounds of {join_words([str(each) for each in years])}." if years else ""
    raise UsageError(f"there are no bounds of {year}: {reason}", todo=known)


# The bands of every authority.


@dataclass(frozen=True)
class _Said:
    """A figure about one authority and the year `at`: £, or a rise in per cent, of which `scale` makes £ per head."""

    at: int
    year: FinancialYear
    kind: Kind
    said: Interval
    scale: float
    what: str
    source: str
    address: str
    figure_id: str
    basis: Basis
    inputs: tuple[str, ...] = ()
    is_beyond: bool = False

    @property
    def unit(self) -> Unit:
        """Pounds or per cent."""
        return "gbp" if self.kind == "amount" else "pct"

    @property
    def per_head(self) -> Interval:
        """The amount per head that it leaves; of a printed amount within the pounds by which rounding may be off."""
        if self.kind == "amount":
            return Interval((self.said.lower - TOLERANCE_GBP) / self.scale, (self.said.upper + TOLERANCE_GBP) / self.scale)
        return Interval(self.scale, self.scale).after(self.said)

    def said_of(self, before: Interval, band: Interval, rise_pct: Interval) -> Interval:
        """Return what would be possible in its own unit, from the bands of the year before and of its year."""
        if self.kind == "amount":
            return band.times(self.scale)
        if self.kind == "rise":
            return rise_pct.meet(possible_rise(before, band))
        return possible_rise(Interval(self.scale, self.scale), band)


@dataclass(frozen=True)
class _Area:
    """The chain of one authority: amount per head of the last table, rises, and £ per head of places by year."""

    code: str
    start: float
    rises: tuple[Interval, ...]
    heads: tuple[float, ...]
    allowance_gbp: float

    def bands(self, said: Iterable[_Said], *, with_places: bool = False) -> list[Interval]:
        """Return £ per head by year; a printed amount is the whole band of its year."""
        rises, known, fixed, printed = list(self.rises), {}, {}, {}
        for each in said:
            if each.kind == "rise":
                rises[each.at] = rises[each.at].meet(each.said)
            elif each.is_beyond:
                fixed[each.at] = each.per_head
            else:
                known[each.at] = each.per_head.meet(known.get(each.at))
            if each.kind == "amount":
                printed[each.at] = each.said.times(1 / each.scale)
        moved = [self.allowance_gbp * with_places / people for people in self.heads[:-1]]
        found = possible(self.start, rises, known, fixed=fixed, moved=moved)
        if any(band.is_empty for band in found):
            return []
        return [printed.get(number, band) for number, band in enumerate(found)]


@cached
def _all_bounds(store: Store) -> tuple[YearBounds, ...]:
    rules, _ = _chain(store)
    if not rules:
        return ()
    areas, missing = _areas(store, rules)
    said = _said(store, rules, areas)
    solved = {area.code: _narrowed(area, said.get(area.code, [])) for area in areas}
    return tuple(_year_bounds(store, number, areas, solved, missing) for number in range(len(rules)))


def _areas(store: Store, rules: Sequence[ProtectionRules]) -> tuple[list[_Area], tuple[str, ...]]:
    """Return the chains of all authorities with an allocation in the last table, and who has none and why."""
    base, names = rules[0].baseline_year, Authorities.of(store)
    mid_years = (rules[0].previous_mid_year, *(each.mid_year for each in rules))
    counts = [populations(store, mid_year) for mid_year in mid_years]
    rises = tuple(Interval(each.floor_pct, each.limit_pct) for each in rules)
    most, found, missing = _most_places(store), [], []
    for row in block_frame(store, base).iter_rows(named=True):
        code, amounts = row["area"], [row[term] for term in rules[0].baseline_terms]
        lacking = [mid_year for mid_year, people in zip(mid_years, counts, strict=True) if code not in people]
        if lacking or None in amounts:
            why = f"the ONS 2018-based projection of mid-{lacking[0]} is not published" if lacking else "of a symbol"
            missing.append(f"No bounds of {names[code].prose}: {why}.")
            continue
        heads = tuple(people[code] for people in counts)
        found.append(_Area(code, sum(amounts) / heads[0], rises, heads, most.get(code, 0.0)))
    return found, tuple(missing)


def _most_places(store: Store) -> dict[str, float]:
    """Return by la_code the most special free schools money printed in a year, in whole places, £."""
    most: dict[str, float] = {}
    place = place_rule().place_gbp
    for year in _years_of_places(store):
        for code, value in block_frame(store, year).select("area", _PLACES).iter_rows():
            most[code] = max(most.get(code, 0.0), (value or 0.0) // place * place)
    return most


def _years_of_places(store: Store) -> list[FinancialYear]:
    return [year for year in financial_years(store) if _PLACES in block_frame(store, year).columns]


def _said(store: Store, rules: Sequence[ProtectionRules], areas: Iterable[_Area]) -> dict[str, list[_Said]]:
    """Return by la_code what pages and statements say of the years, pages first: they are exact."""
    chains, years = {area.code: area for area in areas}, {str(each.year): n for n, each in enumerate(rules)}
    found: dict[str, list[_Said]] = {}
    for each in (*_pages(store, years, chains), *_stated(store, years, chains)):
        found.setdefault(each[0], []).append(each[1])
    order: tuple[Kind, ...] = ("amount", "rise", "rise_since")
    return {code: sorted(said, key=lambda one: (order.index(one.kind), one.at)) for code, said in found.items()}


def _pages(store: Store, years: dict[str, int], chains: dict[str, _Area]) -> Iterator[tuple[str, _Said]]:
    """Yield column A on DfE's pages of single authorities, of several allocations of a year the latest."""
    rows = rows_of(store, "page").filter(
        (pl.col("item") == COLUMN_A)
        & pl.col("financial_year").is_in(list(years))
        & pl.col("la_code").is_in(list(chains))
        & (pl.col("date_of_allocation") <= (store.as_at or "9999"))
    )
    keys = ("financial_year", "la_code")
    for row in rows.sort("date_of_allocation").unique(keys, keep="last").sort(keys).iter_rows(named=True):
        year, code, day, amount = row["financial_year"], row["la_code"], row["date_of_allocation"], row["value"]
        of_day = f", allocation of {date_in_words(day)}" if day else ""
        yield (
            code,
            _Said(
                at=years[year],
                year=FinancialYear.parse(year),
                kind="amount",
                said=Interval(amount, amount),
                scale=chains[code].heads[years[year] + 1],
                what=f"column A of {year} printed for {area_name(store, code)}: £{amount:,.0f}",
                source=f"DfE's page of the grant of {area_name(store, code)}{of_day}",
                address=row["address"],
                figure_id=f"page:{year}:{code}:{COLUMN_A}:{day}",
                basis="published",
            ),
        )


def _stated(store: Store, years: dict[str, int], chains: dict[str, _Area]) -> Iterator[tuple[str, _Said]]:
    """Yield the stated rises of the formula per head; none for tables as of a date, since not all are dated."""
    for row in () if store.as_at else reported(store).rows:
        code, year, step = row["area_code"], row["financial_year"], row["precision"]
        rule = next(
            (one for one in stated_rises() if (one.measure, one.financial_year or year) == (row["measure"], year)), None
        )
        if rule is None or year not in years or code not in chains or not step.replace(".", "").isdigit():
            continue
        base = _base(store, rule, code)
        if base is None:
            continue
        said = Interval(row["value"] - rule.below * float(step), row["value"] + rule.above * float(step))
        since = f" from {rule.base_year} to {year}" if rule.base_year else f" of {year}"
        yield (
            code,
            _Said(
                at=years[year],
                year=FinancialYear.parse(year),
                kind="rise_since" if rule.base_year else "rise",
                said=said,
                scale=base[0],
                what=f"rise of the formula per head in {area_name(store, code)}{since}: {row['stated']}, "
                f"taken as {said.lower:g}% to {said.upper:g}%",
                source=row["source"],
                address=row["address"],
                figure_id=row["figure_id"],
                basis="reported",
                inputs=base[1],
            ),
        )


def _base(store: Store, rule: StatedRise, code: str) -> tuple[float, tuple[str, ...]] | None:
    """Return what a rise from an earlier year starts from, £ per head with its ids; None where it is not printed."""
    if not rule.base_year:
        return 0.0, ()
    year = FinancialYear.parse(rule.base_year)
    frame = block_frame(store, year) if year in financial_years(store) else None
    heads = populations(store, rule.base_mid_year).get(code)
    if frame is None or heads is None or rule.base_term not in frame.columns:
        return None
    money = dict(frame.select("area", rule.base_term).iter_rows()).get(code)
    ids = (dsg_id(store, year, code, rule.base_term), population_id(rule.base_mid_year, code))
    return None if money is None else (money / heads, ids)


@dataclass(frozen=True)
class _Solved:
    """The bands of one authority by year, £ per head, what narrowed them, and by year of a page its £ and places."""

    bands: list[Interval]
    rules: list[Interval]
    with_places: list[Interval]
    closed_by: list[list[Closer]]
    agrees: list[list[Closer]]
    conflicts: list[list[Conflict]]
    places: dict[int, int]
    printed: dict[int, Interval]


def _narrowed(area: _Area, said: Iterable[_Said]) -> _Solved:
    """Take up one figure after the other; what leaves nothing possible is listed as a conflict and left out."""
    by_rules = area.bands(())
    bands, accepted, places = by_rules, [], {}
    closed, agrees, conflicts = ([[] for _ in by_rules] for _ in range(3))
    for one in said:
        trial = area.bands([*accepted, one])
        if not trial and one.kind == "amount" and area.bands([*accepted, one], with_places=True):
            one = replace(one, is_beyond=True)
            trial = area.bands([*accepted, one])
        if not trial:
            before = bands[one.at - 1] if one.at else Interval(area.start, area.start)
            left = one.said_of(before, bands[one.at], area.rises[one.at])
            sides = (one.said.lower, one.said.upper, left.lower, left.upper)
            conflicts[one.at].append(
                Conflict(one.what, one.source, one.address, one.figure_id, one.basis, one.unit, *sides)
            )
            continue
        if one.kind == "amount" and (number := _places_of(area, by_rules, one)):
            places[one.at] = number
        for year, (was, now) in enumerate(zip(bands, trial, strict=True)):
            closer = _closer(one, was.times(area.heads[year + 1]), now.times(area.heads[year + 1]))
            moved = max(closer.lower_gbp - closer.lower_before_gbp, closer.upper_before_gbp - closer.upper_gbp)
            if one.is_beyond or moved > _NARROWS_GBP:
                closed[year].append(closer)
            elif year == one.at:
                agrees[year].append(closer)
        bands, accepted = trial, [*accepted, one]
    with_places = area.bands(accepted, with_places=True)
    printed = {one.at: one.said for one in accepted if one.kind == "amount"}
    return _Solved(bands, by_rules, with_places, closed, agrees, conflicts, places, printed)


def _closer(one: _Said, was: Interval, now: Interval) -> Closer:
    ends = (was.lower, now.lower, was.upper, now.upper)
    said = (one.unit, one.said.lower, one.said.upper)
    return Closer(one.year, one.what, one.source, one.address, one.figure_id, one.basis, *said, *ends, one.inputs)


def _places_of(area: _Area, by_rules: list[Interval], page: _Said) -> int:
    """Return with how many places in the baseline of its year a page is at the lower end, or comes back into the band.

    Nothing where none are needed: at the lower end only as many as the allowance has, and one where that has none.
    """
    place, (floor, limit) = place_rule().place_gbp, (area.rises[page.at].lower, area.rises[page.at].upper)
    growth, band = page.scale / area.heads[page.at], by_rules[page.at].times(page.scale)
    above = page.said.lower - band.upper
    if above > TOLERANCE_GBP:
        each = place * (1 + limit / _PER_CENT) * growth
        return int(-(-(above - TOLERANCE_GBP) // each))
    each = place * (1 + floor / _PER_CENT) * growth
    number = round((page.said.lower - band.lower) / each)
    is_whole = abs(page.said.lower - band.lower - number * each) <= TOLERANCE_GBP
    return number if is_whole and 0 < number * place <= max(area.allowance_gbp, place) else 0


def _year_bounds(
    store: Store, at: int, areas: list[_Area], solved: dict[str, _Solved], missing: tuple[str, ...]
) -> YearBounds:
    rules, names = _chain(store)[0][at], Authorities.of(store)
    ranks, by_rules, with_places = (
        possible_ranks({code: getattr(found, name)[at] for code, found in solved.items()})
        for name in ("bands", "rules", "with_places")
    )
    rows = {}
    for area in areas:
        code, found, people = area.code, solved[area.code], area.heads[at + 1]
        band, alone, wide = (each[at].times(people) for each in (found.bands, found.rules, found.with_places))
        band = found.printed.get(at, band)
        rows[code] = Bound(
            la_code=code,
            la_name=names[code].name,
            rules=rules,
            universe=len(areas),
            heads=people,
            lower_gbp=band.lower,
            upper_gbp=band.upper,
            rules_lower_gbp=alone.lower,
            rules_upper_gbp=alone.upper,
            allowance_gbp=area.allowance_gbp,
            lower_with_places_gbp=min(wide.lower, band.lower),
            upper_with_places_gbp=max(wide.upper, band.upper),
            lower_rank=ranks[code][0],
            upper_rank=ranks[code][1],
            rules_lower_rank=by_rules[code][0],
            rules_upper_rank=by_rules[code][1],
            lower_rank_with_places=with_places[code][0],
            upper_rank_with_places=with_places[code][1],
            places=found.places.get(at, 0),
            closed_by=tuple(found.closed_by[at]),
            agrees=tuple(found.agrees[at]),
            conflicts=tuple(found.conflicts[at]),
        )
    return YearBounds(rules.year, rules, rows, missing)


def area_bound(store: Store, area: str, year: FinancialYear) -> Bound:
    """Return the bound of an area in a year: of a region or England the sum of the ends of its authorities' bands.

    Raises
    ------
    UsageError
        If the year has no bounds, or the authority none; says why.
    """
    found, authorities = year_bounds(store, year), Authorities.of(store)
    if area in found.rows:
        return found.rows[area]
    if area in authorities.by_code:
        authority, base = authorities[area], _chain(store)[0][0].baseline_year
        reason = next((note for note in found.notes if f"bounds of {authority.prose}:" in note), "")
        raise UsageError(authorities.instead(authority, year) or reason or no_allocation(store, authority, base))
    members = [row for code, row in found.rows.items() if area in (ENGLAND, authorities[code].region_code)]
    names = [name for name, value in vars(members[0]).items() if isinstance(value, float)]
    sums = {name: sum(getattr(row, name) for row in members) for name in names}
    listed = {name: tuple(one for row in members for one in getattr(row, name)) for name in ("closed_by", "agrees", "conflicts")}
    return Bound(la_code=area, la_name=area_name(store, area), rules=found.rules, universe=found.universe, **sums, **listed)


# Figures.


def bound_figure(store: Store, parts: list[str]) -> Figure:
    """Return a number of a bound as a figure, from the parts of its id: year, area and one of `BOUND_PARTS`.

    Raises
    ------
    UsageError
        If the year or the area has no bounds, or a region or England no such number.
    KeyError
        If the part is unknown.
    """
    year, area, part = FinancialYear.parse(parts[0]), parts[1], parts[2]
    name, label = BOUND_PARTS[part]
    if area not in {*Authorities.of(store).by_code, *Authorities.of(store).region_names, ENGLAND}:
        raise KeyError(area)
    row = area_bound(store, area, year)
    value: float | None = getattr(row, name)
    if value is None:
        raise UsageError(f"{row.la_name} has no rank: only authorities are ranked")
    unit: Unit = "rank" if part.endswith("rank") else "gbp_per_head" if part.endswith("per_head") else "gbp"
    ranked = f" among {row.universe} authorities" if unit == "rank" else ""
    return Figure(
        id=bound_id(year, area, part),
        label=f"{label}{ranked}, {area_name(store, area)}, {year}",
        value=value,
        unit=unit,
        basis="implied",
        inputs=_inputs(store, row, part),
        derivation=_derivation(store, row, part),
    )


def _is_wide(area: str) -> bool:
    return area == ENGLAND or is_region(area)


def _inputs(store: Store, row: Bound, part: str) -> tuple[str, ...]:
    area, year, found = row.la_code, row.year, year_bounds(store, row.year)
    codes = [code for code in found.rows if area in (code, ENGLAND, Authorities.of(store)[code].region_code)]
    if part.endswith("per_head"):
        heads = [population_id(row.rules.mid_year, code) for code in codes]
        return (bound_id(year, area, part.removesuffix("_per_head")), *heads)
    if _is_wide(area):
        return tuple(bound_id(year, code, part) for code in codes)
    if part.endswith("rank"):
        own, others = ("lower", "upper") if part == "lower_rank" else ("upper", "lower")
        rest = (bound_id(year, code, f"{others}_per_head") for code in found.rows if code != area)
        return (bound_id(year, area, f"{own}_per_head"), *rest)
    if part == "allowance":
        printed = (year for year in _years_of_places(store) if area in set(block_frame(store, year)["area"]))
        return tuple(dsg_id(store, year, area, _PLACES) for year in printed)
    closers = () if part.startswith("rules") else row.closed_by
    last = max((year, *(closer.year for closer in closers)))
    rules = [each for each in _chain(store)[0] if each.year <= last]
    money = (dsg_id(store, rules[0].baseline_year, area, term) for term in rules[0].baseline_terms)
    mid_years = (rules[0].previous_mid_year, *(each.mid_year for each in rules))
    said = (id_ for closer in closers for id_ in (closer.figure_id, *closer.inputs))
    places = (bound_id(year, area, "allowance"),) if part == "upper_with_places" else ()
    return tuple(dict.fromkeys((*money, *(population_id(each, area) for each in mid_years), *said, *places)))


def _derivation(store: Store, row: Bound, part: str) -> str:
    rules = [each for each in _chain(store)[0] if each.year <= row.year]
    if part.endswith("per_head"):
        return f"pounds ÷ {row.population}"
    if _is_wide(row.la_code):
        return "sum of the same end of the bands of its authorities"
    if part == "lower_rank":
        return "1 + the authorities whose upper end is under its lower end"
    if part == "upper_rank":
        return "1 + the other authorities whose lower end is under its upper end"
    if part == "allowance":
        return f"the most special free schools money printed in a year, in whole places of £{place_rule().place_gbp:,.0f}"
    rate = "floor_pct" if "lower" in part else "limit_pct"
    rates = " × ".join(f"(1 + {getattr(each, rate):g}%)" for each in rules)
    first = rules[0]
    text = (
        f"({' + '.join(first.baseline_terms)}) of {first.baseline_year} ÷ ONS 2018-based projection of "
        f"mid-{first.previous_mid_year} × {rates} × that of mid-{row.rules.mid_year}; rates from the parameters of "
        f"{join_words([str(each.year) for each in rules])}"
    )
    if part == "upper_with_places":
        text += "; the allowance added to the baseline of each year"
    narrowed = "; ".join(closer.what for closer in row.closed_by)
    return text if part.startswith("rules") or not narrowed else f"{text}; narrowed by {narrowed}"


# The answer.


def range_words(lower: float, upper: float, *, per_head: bool = False) -> str:
    """Return a range of pounds in words: "between £677 and £709"; one amount where both ends are printed the same."""
    low, high = (f"£{end:,.0f}" if per_head else pounds(end) for end in (lower, upper))
    return f"at {low}" if low == high else f"between {low} and {high}"


def rank_words(lower: int, upper: int, universe: int) -> str:
    """Return a range of ranks in words: "between the lowest and the 10th lowest of 151"."""
    low, high = ("lowest" if rank == 1 else f"{ordinal(rank)} lowest" for rank in (lower, upper))
    if lower == upper:
        return f"the {low} of {universe}"
    if upper == lower + 1:
        return f"the {low.removesuffix(' lowest')} or {high} of {universe}"
    return f"between the {low} and the {high} of {universe}"


@dataclass(frozen=True)
class BoundsAnswer(Answer):
    """The bounds of an authority, a region or England: of the year asked for, and of all years with bounds.

    `other_parts` are the rest of the block in the last table, and `reported` what was said of the area in the year.
    """

    JSON = "**asked other_parts_year other_parts reported sentences notes years"
    ROWS = "years"

    store: Store
    asked: Bound
    other_parts_year: FinancialYear
    other_parts: tuple[dict[str, Any], ...]
    reported: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    years: tuple[Bound, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the bounds of the year asked for say, in words."""
        return self.sentences_of(self.asked)

    def sentences_of(self, bound: Bound) -> tuple[str, ...]:
        """The same of another year."""
        return tuple(_sentences(self.store, bound))


def bounds(store: Store, who: str, year: FinancialYear | None = None) -> BoundsAnswer:
    """Return what rules and figures leave of column A of an area, with what is known of the rest of its block.

    Parameters
    ----------
    who : str
        Authority as `Authorities.find` takes it, a region, or England.
    year : FinancialYear, optional
        The latest year with bounds by default; `years` has all.

    Returns
    -------
    BoundsAnswer
        Ranges in £ and £ per head of the ONS 2018-based projection aged 2 to 18, basis `implied`.

    Raises
    ------
    UsageError
        If there is no such area, it has no bounds, or the year has none; says why.
    """
    area, _ = find_area(store, [], _text(who))
    years = bound_years(store)
    if year is None and not years:
        year = financial_years(store)[-1].next
    asked = area_bound(store, area, years[-1] if year is None else FinancialYear.parse(year))
    base = _chain(store)[0][0].baseline_year
    said = tuple(
        row for row in reported(store).rows if (row["area_code"], row["financial_year"]) == (area, str(asked.year))
    )
    return BoundsAnswer(
        store=store,
        asked=asked,
        other_parts_year=base,
        other_parts=tuple(_other_parts(store, area, base)),
        reported=said,
        notes=(*_notes(asked, base), *year_bounds(store, asked.year).notes),
        years=tuple(area_bound(store, area, each) for each in years),
    )


def _text(who: object) -> str:
    if not isinstance(who, str):
        raise UsageError(f"no area is called '{str(who)[:60]}'", todo="Give a name or code as text.")
    return who


def _other_parts(store: Store, area: str, base: FinancialYear) -> Iterator[dict[str, Any]]:
    """Yield the parts of the block that have no bounds, as last printed; of a wider area all of them together."""
    if not _is_wide(area):
        for step in allocate(store, area, base).steps:
            if step.term not in (COLUMN_A, _ADDITIONAL):
                yield {**step.to_json(), "year": str(base), "figure_ids": {"value": step.figure_id}}
        return
    block, formula = (
        funding_figure(store, measure, base, (ENGLAND,)) if area == ENGLAND else plain_figure(store, measure, base, (area,))
        for measure in ("block", "nff_additional")
    )
    yield {
        "term": "other_parts", "letter": "", "label": "All other parts: block less columns A and H",
        "value_gbp": (block.value or 0) - (formula.value or 0), "basis": "derived", "figure_id": None,
        "year": str(base), "figure_ids": {"block": block.id, "nff_additional": formula.id},
    }  # fmt: skip


def _sentences(store: Store, found: Bound) -> Iterator[str]:
    """Yield what the bounds say, in words."""
    name, year, is_wide = area_name(store, found.la_code), found.year, _is_wide(found.la_code)
    heads = range_words(found.lower_per_head, found.upper_per_head, per_head=True)
    if found.lower_gbp == found.upper_gbp:
        yield f"DfE's page prints formula funding of {name} (column A) in {year}: £{found.lower_gbp:,.0f}, {heads} per head."
    else:
        money = range_words(found.lower_gbp, found.upper_gbp)
        yield (
            f"Formula funding of {name} (column A) in {year} is {money}, {heads} per head aged 2 to 18: implied, it "
            "follows from published rules and figures."
        )
    if found.lower_rank and found.upper_rank:
        yield f"Per head it is {rank_words(found.lower_rank, found.upper_rank, found.universe)} in {year}."
    if is_wide:
        yield "The ends are sums of the ends for its authorities, which need not be at one end together; it has no rank."
    if found.closed_by:
        alone = range_words(found.rules_lower_gbp, found.rules_upper_gbp)
        alone_heads = range_words(found.rules_lower_per_head, found.rules_upper_per_head, per_head=True)
        yield f"By floor and limit alone it is {alone}, {alone_heads} per head."
    place = f"£{place_rule().place_gbp:,.0f}"
    if found.places:
        each = "1 place" if found.places == 1 else f"{found.places} places"
        yield f"What DfE's page prints agrees with the rules with {each} of {place} in the baseline of the year."
    for closer in () if is_wide else found.closed_by:
        yield f"Narrowed by: {closer.what} ({source_words(closer.source)})."
    for closer in () if is_wide else found.agrees:
        yield f"In agreement: {closer.what} ({source_words(closer.source)})."
    for one in found.conflicts:
        low, high = (
            f"{end:,.1f}%" if one.unit == "pct" else f"£{end:,.0f}" for end in (one.possible_lower, one.possible_upper)
        )
        yield f"In conflict, and not used: {one.what} ({source_words(one.source)}); possible is {low} to {high}."
    if found.allowance_gbp and not is_wide:
        yield (
            f"Apart from this: up to {found.places_at_most:,} places of {place} from special free schools "
            f"(£{found.allowance_gbp:,.0f}, the most that a table shows) may have joined the baseline of each year; with "
            f"all of them it is at most £{found.upper_with_places_gbp:,.0f}."
        )


def _notes(found: Bound, base: FinancialYear) -> Iterator[str]:
    rules = found.rules
    yield (
        f"Column A of {rules.year} per head is at least {rules.floor_pct:g}% (funding floor) and at most "
        f"{rules.limit_pct:g}% (gains limit) above {rules.baseline_year}. Heads: {found.population}. Ranks are per head, "
        "1 the lowest, without places; those of a special free school that no table shows are in no allowance."
    )
    yield (
        f"The whole block is not bounded: its other parts do not follow from floor and limit, and can have grown since "
        f"{base}. They are shown as printed for {base}. What was said of a block stands beside, and bounds nothing."
    )
