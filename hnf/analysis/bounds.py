"""What published rules and figures leave of column A in the years after the last table: a range for every authority.

Column A per head of the ONS 2018-based projection rises each year by at least the funding floor and at most the gains
limit. So from the last table on it lies in a band, which DfE's pages of single authorities and stated rises narrow
(`data/bounds.toml`). The basis is `implied`: a range, never a point, never in one sum or line with published figures.
The block is not bounded: its other parts do not follow from these rules. Ids are `bound:<year>:<area>:<part>`, where an
area is a code, the code of a region or `england`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, ClassVar

import polars as pl

from hnf.analysis.allocate import allocate, no_allocation
from hnf.analysis.growth import funding_figure, is_region
from hnf.analysis.protection import COLUMN_A, ProtectionRules, missing_rules, population_id, populations, rules_of
from hnf.analysis.reported import find_area, reported, source_words
from hnf.errors import UsageError
from hnf.formula.bands import Chain, Closer, Conflict, Interval, Kind, Narrowed, Said, narrowed, possible_ranks
from hnf.measures.notes import StatedRise, place_rule, stated_rises
from hnf.measures.published import ENGLAND, area_name, block_frame, dsg_id, financial_years, plain_figure, rows_of
from hnf.results import Answer, Figure, Keys, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.text import join_words, ordinal, pounds
from hnf.years import FinancialYear, date_in_words

_PLACES, _HOSPITAL, _ADDITIONAL = "special_free_schools", "hospital_ap", "additional"


@dataclass(frozen=True)
class Band(Answer):
    """Two amounts, £, with the ranks per head that they leave, 1 the lowest; None for areas that are not ranked."""

    JSON: ClassVar[Keys | tuple[Keys, ...]] = "lower_gbp upper_gbp lower_per_head upper_per_head lower_rank upper_rank"

    heads: float
    lower_gbp: float
    upper_gbp: float
    lower_rank: int | None = None
    upper_rank: int | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends, £."""
        return self.lower_gbp, self.upper_gbp

    @property
    def lower_per_head(self) -> float:
        """The lower end, £ per head."""
        return self.lower_gbp / self.heads

    @property
    def upper_per_head(self) -> float:
        """The upper end, £ per head."""
        return self.upper_gbp / self.heads


@dataclass(frozen=True, kw_only=True)
class Bound(Band):
    """Column A of one area in one year: between two amounts, without places.

    `by_rules` is what floor and limit alone leave. `allowance_gbp` is the money of the most places that can have joined
    the baseline of a year; `with_places` is the band with them. `places` is the number with which a printed amount is
    the lower end of the rules, or no more than the upper one: that end is then `end_with_places_gbp`.
    """

    JSON = (
        "la_code la_name year population_in_words=population heads lower_gbp upper_gbp",
        {"per_head": "lower=lower_per_head upper=upper_per_head"},
        "lower_rank upper_rank universe",
        {
            "rules": "floor_pct=rules.floor_pct limit_pct=rules.limit_pct **by_rules",
            "allowance": "gbp=allowance_gbp places_at_most places end_with_places_gbp **with_places",
        },
        "closed_by agrees conflicts basis figure_ids=ids",
    )
    basis = "implied"

    la_code: str
    la_name: str
    rules: ProtectionRules
    universe: int
    by_rules: Band
    with_places: Band
    allowance_gbp: float
    places: int = 0
    end_with_places_gbp: float | None = None
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
    def upper_with_places_gbp(self) -> float:
        """The upper end with all places of the allowance, £."""
        return self.with_places.upper_gbp

    @property
    def places_at_most(self) -> int:
        """The most places of special free schools that can have joined the baseline of a year."""
        return round(self.allowance_gbp / place_rule().place_gbp)

    @property
    def ids(self) -> dict[str, str]:
        """Ids of the numbers that there are."""
        parts = (part for part, (path, _) in BOUND_PARTS.items() if attrgetter(path)(self) is not None)
        return {part: bound_id(self.year, self.la_code, part) for part in parts}


#: Parts of a figure id that name a number of a bound: the path to it, and what it is.
BOUND_PARTS = {
    "lower": ("lower_gbp", "Column A, at least"),
    "upper": ("upper_gbp", "Column A, at most"),
    "lower_per_head": ("lower_per_head", "Column A per head aged 2 to 18, at least"),
    "upper_per_head": ("upper_per_head", "Column A per head aged 2 to 18, at most"),
    "lower_rank": ("lower_rank", "Lowest possible rank of column A per head"),
    "upper_rank": ("upper_rank", "Highest possible rank of column A per head"),
    "rules_lower": ("by_rules.lower_gbp", "Column A, at least, by floor and limit alone"),
    "rules_upper": ("by_rules.upper_gbp", "Column A, at most, by floor and limit alone"),
    "rules_lower_per_head": ("by_rules.lower_per_head", "Column A per head, at least, by floor and limit alone"),
    "rules_upper_per_head": ("by_rules.upper_per_head", "Column A per head, at most, by floor and limit alone"),
    "allowance": ("allowance_gbp", "Money of the most places that can have joined the baseline of a year"),
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
    year = FinancialYear.of(year)
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


@cached
def _all_bounds(store: Store) -> tuple[YearBounds, ...]:
    rules, _ = _chain(store)
    if not rules:
        return ()
    areas, missing = _areas(store, rules)
    said = _said(store, areas)
    solved = [narrowed(area, said.get(area.code, [])) for area in areas.values()]
    return tuple(_year_bounds(store, number, solved, missing) for number in range(len(rules)))


def _areas(store: Store, rules: Sequence[ProtectionRules]) -> tuple[dict[str, Chain], tuple[str, ...]]:
    """Return the chains of all authorities with an allocation in the last table, and who has none and why."""
    names, years = Authorities.of(store), tuple(each.year for each in rules)
    mid_years = (rules[0].previous_mid_year, *(each.mid_year for each in rules))
    counts = [populations(store, mid_year) for mid_year in mid_years]
    rises = tuple(Interval(each.floor_pct, each.limit_pct) for each in rules)
    most, found, missing = _most_places(store), {}, []
    for row in block_frame(store, rules[0].baseline_year).iter_rows(named=True):
        code, amounts = row["area"], [row[term] for term in rules[0].baseline_terms]
        lacking = [mid_year for mid_year, people in zip(mid_years, counts, strict=True) if code not in people]
        if lacking or None in amounts:
            symbol = f"a symbol is printed in place of its amount of {rules[0].baseline_year}"
            why = f"the ONS 2018-based projection of mid-{lacking[0]} is not published for it" if lacking else symbol
            missing.append(f"No bounds of {names[code].prose}: {why}.")
            continue
        heads = tuple(people[code] for people in counts)
        found[code] = Chain(
            code, years, math.fsum(amounts) / heads[0], rises, heads, most.get(code, 0.0), place_rule().place_gbp
        )
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


def _said(store: Store, areas: dict[str, Chain]) -> dict[str, list[Said]]:
    """Return by la_code what pages and statements say of the years, pages first: they are exact."""
    found: dict[str, list[Said]] = {}
    for code, said in (*_pages(store, areas), *_stated(store, areas)):
        found.setdefault(code, []).append(said)
    order = ("amount", "rise", "rise_since")
    return {code: sorted(said, key=lambda one: (order.index(one.kind), one.year)) for code, said in found.items()}


def _pages(store: Store, areas: dict[str, Chain]) -> Iterator[tuple[str, Said]]:
    """Yield column A on DfE's pages of single authorities, of several allocations of a year the latest."""
    rows = rows_of(store, "page").filter(
        (pl.col("item") == COLUMN_A) & (pl.col("date_of_allocation") <= (store.as_at or "9999"))
    )
    keys = ("financial_year", "la_code")
    for row in rows.sort("date_of_allocation").unique(keys, keep="last").sort(keys).iter_rows(named=True):
        year, code, day = FinancialYear.parse(row["financial_year"]), row["la_code"], row["date_of_allocation"]
        if code not in areas or year not in areas[code].years:
            continue
        amount, name, heads = row["value"], area_name(store, code), areas[code].heads[areas[code].years.index(year) + 1]
        what = f"column A of {year} printed for {name}: £{amount:,.0f}"
        source = f"DfE's page of the grant of {name}{f', allocation of {date_in_words(day)}' if day else ''}"
        id_, said = f"page:{year}:{code}:{COLUMN_A}:{day}", Interval(amount, amount)
        yield code, Said(year, "amount", said, heads, what, source, row["address"], id_, "published")


def _stated(store: Store, areas: dict[str, Chain]) -> Iterator[tuple[str, Said]]:
    """Yield the stated rises of the formula per head."""
    rules = {(rule.measure, rule.financial_year): rule for rule in stated_rises()}
    for row in _reported(store):
        code, year, step = row["area_code"], FinancialYear.parse(row["financial_year"]), row["precision"]
        rule = rules.get((row["measure"], "")) or rules.get((row["measure"], str(year)))
        if not rule or code not in areas or year not in areas[code].years or not step.replace(".", "").isdigit():
            continue
        if (base := _base(store, rule, code)) is None:
            continue
        said = Interval(row["value"] - rule.below * float(step), row["value"] + rule.above * float(step))
        kind: Kind = "rise_since" if rule.base_year else "rise"
        since = f"from {rule.base_year} to {year}" if rule.base_year else f"in {year}"
        what = f"rise of the formula per head in {area_name(store, code)} {since}: {row['stated']}, taken as "
        what, source = f"{what}{said.lower:g}% to {said.upper:g}%", source_words(row["source"])
        yield code, Said(year, kind, said, base[0], what, source, row["address"], row["figure_id"], "reported", base[1])


@cached
def _reported(store: Store) -> tuple[dict[str, Any], ...]:
    """Return what was said of areas and years; nothing as at a date, since not all of it is dated."""
    return () if store.as_at else reported(store).rows


def _base(store: Store, rule: StatedRise, code: str) -> tuple[float, tuple[str, ...]] | None:
    """Return what a rise from an earlier year starts from, £ per head with its ids; None where it is not printed."""
    if not rule.base_year:
        return 0.0, ()
    year = FinancialYear.parse(rule.base_year)
    frame = block_frame(store, year) if year in financial_years(store) else pl.DataFrame({"area": []})
    heads = populations(store, rule.base_mid_year).get(code)
    money = (
        dict(frame.select("area", rule.base_term).iter_rows()).get(code) if rule.base_term in frame.columns else None
    )
    ids = (f"{dsg_id(store, year, code, rule.base_term)}", population_id(rule.base_mid_year, code)) if money else ()
    return (money / heads, ids) if money and heads else None


def _band(people: float, gbp: Interval, ranks: tuple[int, int]) -> Band:
    """Return a band in £, without what the division by heads adds to a printed amount."""
    return Band(people, round(gbp.lower, 6), round(gbp.upper, 6), *ranks)


def _year_bounds(store: Store, at: int, solved: list[Narrowed], missing: tuple[str, ...]) -> YearBounds:
    rules, names = _chain(store)[0][at], Authorities.of(store)
    of_year = {
        name: {each.area.code: getattr(each, name)[at] for each in solved}
        for name in ("bands", "by_rules", "with_places")
    }
    ranks = {name: possible_ranks(bands) for name, bands in of_year.items()}
    rows = {}
    for each in solved:
        code, people = each.area.code, each.area.heads[at + 1]
        own, alone, wide = (
            _band(people, bands[code].times(people), ranks[name][code]) for name, bands in of_year.items()
        )
        places, end = each.places.get(at, (0, 0.0))
        rows[code] = Bound(
            **vars(own),
            la_code=code,
            la_name=names[code].name,
            rules=rules,
            universe=len(solved),
            by_rules=alone,
            with_places=wide,
            allowance_gbp=each.area.allowance_gbp,
            places=places,
            end_with_places_gbp=end if places else None,
            closed_by=tuple(each.closed_by[at]),
            agrees=tuple(each.agrees[at]),
            conflicts=tuple(each.conflicts[at]),
        )
    return YearBounds(rules.year, rules, rows, missing)


def area_bound(store: Store, area: str, year: FinancialYear) -> Bound:
    """Return the bound of an area in a year: of a region or England the sums of the ends of its authorities' bands.

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
    members = _members(store, found, area)
    own, alone, wide = (
        Band(
            heads=math.fsum(one.heads for one in bands),
            lower_gbp=math.fsum(one.lower_gbp for one in bands),
            upper_gbp=math.fsum(one.upper_gbp for one in bands),
        )
        for bands in zip(*((row, row.by_rules, row.with_places) for row in members), strict=True)
    )
    sums: dict[str, Any] = {
        name: tuple(one for row in members for one in getattr(row, name))
        for name in ("closed_by", "agrees", "conflicts")
    }
    sums |= {**vars(own), "by_rules": alone, "with_places": wide, "places": 0, "end_with_places_gbp": None}
    sums["allowance_gbp"] = math.fsum(row.allowance_gbp for row in members)
    return replace(members[0], la_code=area, la_name=area_name(store, area), **sums)


def _members(store: Store, found: YearBounds, area: str) -> list[Bound]:
    regions = Authorities.of(store)
    return [row for code, row in found.rows.items() if area in (code, ENGLAND, regions[code].region_code)]


# Figures.


def bound_figure(store: Store, parts: list[str]) -> Figure:
    """Return a number of a bound as a figure, from the parts of its id: year, area and one of `BOUND_PARTS`.

    Raises
    ------
    UsageError
        If the year or the area has no bounds, or a region or England no rank.
    KeyError
        If the area or the part is unknown.
    """
    year, area, part = FinancialYear.parse(parts[0]), parts[1], parts[2]
    path, label = BOUND_PARTS[part]
    if area not in {*Authorities.of(store).by_code, *Authorities.of(store).region_names, ENGLAND}:
        raise KeyError(area)
    row = area_bound(store, area, year)
    value: float | None = attrgetter(path)(row)
    if value is None:
        raise UsageError(f"{row.la_name} has no rank: only authorities are ranked")
    unit: Unit = "rank" if part.endswith("rank") else "gbp_per_head" if part.endswith("per_head") else "gbp"
    ranked = f" among {row.universe} authorities" if unit == "rank" else ""
    label = f"{label}{ranked}, {area_name(store, area)}, {year}"
    inputs, derivation = _inputs(store, row, part), _derivation(store, row, part)
    return Figure(bound_id(year, area, part), label, value, unit, "implied", inputs, derivation)


def _is_wide(area: str) -> bool:
    return area == ENGLAND or is_region(area)


def _inputs(store: Store, row: Bound, part: str) -> tuple[str, ...]:
    area, year, found = row.la_code, row.year, year_bounds(store, row.year)
    codes = [member.la_code for member in _members(store, found, area)]
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
        printed = (each for each in _years_of_places(store) if area in block_frame(store, each)["area"])
        return tuple(dsg_id(store, each, area, _PLACES) for each in printed)
    closers = () if part.startswith("rules") else row.closed_by
    last = max((year, *(closer.year for closer in closers)))
    rules = [each for each in _chain(store)[0] if each.year <= last]
    money = (dsg_id(store, rules[0].baseline_year, area, term) for term in rules[0].baseline_terms)
    mid_years = (rules[0].previous_mid_year, *(each.mid_year for each in rules))
    said = (id_ for closer in closers for id_ in (closer.figure_id, *closer.inputs))
    places = (bound_id(year, area, "allowance"),) if part == "upper_with_places" else ()
    return tuple(dict.fromkeys((*money, *(population_id(each, area) for each in mid_years), *said, *places)))


def _derivation(store: Store, row: Bound, part: str) -> str:
    if part.endswith("per_head"):
        return f"pounds ÷ {row.population}"
    if _is_wide(row.la_code):
        return "sum of the same number of its authorities"
    if part == "allowance":
        return f"the most special free schools money of a year, in whole places of £{place_rule().place_gbp:,.0f}"
    if part.endswith("rank"):
        lower = "authorities whose upper end is under its lower end"
        return (
            f"1 + the {lower if part == 'lower_rank' else 'other authorities whose lower end is under its upper end'}"
        )
    rules = [each for each in _chain(store)[0] if each.year <= row.year]
    rate, first = "floor_pct" if "lower" in part else "limit_pct", rules[0]
    rates = " × ".join(f"(1 + {getattr(each, rate):g}%)" for each in rules)
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
    if low == high and not per_head:
        low, high = (f"£{end:,.0f}" for end in (lower, upper))
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

    JSON = "**asked measure other_parts_year other_parts reported sentences notes years"
    ROWS = "years"
    MAIN = "lower_gbp upper_gbp lower_rank upper_rank"
    measure = "nff"

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

    @property
    def reported_beside(self) -> tuple[str, ...]:
        """What was said of the area in the year, with addresses; each statement once, its sentence has all figures."""
        return tuple(dict.fromkeys(f"Reported, beside: {row['words']} {row['address']}" for row in self.reported))

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

    Examples
    --------
    >>> import hnf
    >>> found = hnf.bounds(hnf.Store(), "Hertfordshire", "2024-25").to_json()
    >>> found["lower_rank"], found["upper_rank"], found["universe"]
    (2, 3, 151)
    """
    area, _ = find_area(store, [], who)
    years = bound_years(store)
    if year is None and not years:
        year = financial_years(store)[-1].next
    asked = area_bound(store, area, years[-1] if year is None else FinancialYear.of(year))
    base = _chain(store)[0][0].baseline_year
    said = tuple(
        row for row in _reported(store) if (row["area_code"], row["financial_year"]) == (area, str(asked.year))
    )
    return BoundsAnswer(
        store=store,
        asked=asked,
        other_parts_year=base,
        other_parts=tuple(_other_parts(store, area, base)),
        reported=said,
        notes=(*_notes(store, asked, base), *year_bounds(store, asked.year).notes),
        years=tuple(area_bound(store, area, each) for each in years),
    )


def _other_parts(store: Store, area: str, base: FinancialYear) -> Iterator[dict[str, Any]]:
    """Yield the parts of the block that have no bounds, as last printed; of a wider area all of them together."""
    if not _is_wide(area):
        for step in allocate(store, area, base).steps:
            if step.term not in (COLUMN_A, _ADDITIONAL):
                yield {**step.to_json(), "year": str(base), "figure_ids": {"value": step.figure_id}}
        return
    block, formula = (
        funding_figure(store, measure, base, (ENGLAND,))
        if area == ENGLAND
        else plain_figure(store, measure, base, (area,))
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
        printed = f"£{found.lower_gbp:,.0f}, {heads} per head"
        yield f"DfE's page prints formula funding of {name} (column A) in {year}: {printed}."
    else:
        money = range_words(found.lower_gbp, found.upper_gbp)
        yield (
            f"Formula funding of {name} (column A) in {year} is {money}, {heads} per head aged 2 to 18: implied, it "
            "follows from published rules and figures."
        )
    if found.lower_rank and found.upper_rank:
        yield f"Per head it is {rank_words(found.lower_rank, found.upper_rank, found.universe)} in {year}."
    if is_wide:
        yield "The ends are sums of those of its authorities, which need not be at one end together; it has no rank."
    if found.closed_by:
        alone = range_words(found.by_rules.lower_gbp, found.by_rules.upper_gbp)
        alone_heads = range_words(found.by_rules.lower_per_head, found.by_rules.upper_per_head, per_head=True)
        yield f"By floor and limit alone it is {alone}, {alone_heads} per head."
    place = f"£{place_rule().place_gbp:,.0f}"
    if found.end_with_places_gbp:
        each = "1 place" if found.places == 1 else f"{found.places} places"
        is_above = found.lower_gbp > found.by_rules.upper_gbp
        end, amount = ("upper", found.by_rules.upper_gbp) if is_above else ("lower", found.by_rules.lower_gbp)
        with_them = f"with {each} of {place} in the baseline of the year it is £{found.end_with_places_gbp:,.0f}"
        yield f"The {end} end of the rules is £{amount:,.0f}; {with_them}."
    for closer in () if is_wide else found.closed_by:
        yield f"Narrowed by: {closer.what} ({closer.source})."
    for closer in () if is_wide else found.agrees:
        yield f"In agreement: {closer.what} ({closer.source})."
    for one in found.conflicts:
        low, high = (f"{end:,.1f}%" if one.unit == "pct" else f"£{end:,.0f}" for end in one.left.ends)
        yield f"In conflict, and not used: {one.what} ({one.source}); possible is {low} to {high}."
    if found.allowance_gbp and not is_wide:
        yield (
            f"Apart from this: up to {found.places_at_most:,} places of {place} from special free schools "
            f"(£{found.allowance_gbp:,.0f}, the most that a table shows) may have joined the baseline of each year; "
            f"with all of them it is at most £{found.upper_with_places_gbp:,.0f}."
        )


def _notes(store: Store, found: Bound, base: FinancialYear) -> Iterator[str]:
    for rules in (each for each in _chain(store)[0] if each.year <= found.year):
        baseline = "columns A and H" if _ADDITIONAL in rules.baseline_terms else "column A"
        yield (
            f"Rules of {rules.year}: column A per head is at least {rules.floor_pct:g}% (funding floor) and at most "
            f"{rules.limit_pct:g}% (gains limit) above {baseline} of {rules.baseline_year} per head. Heads: ONS "
            f"2018-based projection of mid-{rules.previous_mid_year} and mid-{rules.mid_year}, ages 2 to 18."
        )
    yield (
        "Ranks are per head, 1 the lowest, and without places. Places of a special free school that no table shows are "
        "in no allowance."
    )
    yield (
        "The whole block is not bounded: its other parts do not follow from floor and limit, and can have grown since "
        f"{base}. They are shown as printed for {base}. What was said of a block stands beside, and bounds nothing."
    )
    if store.as_at:
        yield f"Stated rises are not used, since not all are dated, and only pages of allocations until {store.as_at}."
