"""League tables: every authority of a year, lowest rate first, ties and exclusions shown; and fifths, for maps.

A rate is published pounds over published people, pupils or plans (`hnf.measures.rates`). Per head there are two
official counts of people: `other_population` gives the rank and the side of a comparator on the other one. Ids are
`rate:<year>:<measure>:<denominator>:<area>`, `rank:…:<la_code>` and `universe:…`; among the regions, or the authorities
of one, `rank:…:<regions or its code>:<area>` and `universe:…:<regions or its code>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import assumption
from hnf.measures.published import ENGLAND
from hnf.measures.rates import (
    QUARTILES,
    AreaRates,
    LeagueTable,
    MeasureSpec,
    RateSpec,
    RateTable,
    Spec,
    area_rates,
    england_words,
    rate_figure,
    rate_id,
    rate_table,
    require_spec,
    universe_id,
)
from hnf.results import Answer, Basis, Figure, pick
from hnf.tables.authorities import REGIONAL, Authorities, Authority, region_prose
from hnf.tables.store import Store
from hnf.text import capital


@dataclass(frozen=True)
class Ranking(Answer):
    """A league table and the rates it is made of."""

    JSON = (
        "year=spec.year measure=spec.measure per=spec.per population=spec.series unit=spec.unit basis",
        "basis_in_words=spec.in_words rows universe excluded notes",
        {
            "england": "value=table.england figure_id=whole_ids.england authorities=england_count note=england_note?",
            "median": "value=table.median figure_id=median_id",
        },
    )

    ROWS = "rows"
    MAIN = "universe england.value median.value"

    table: LeagueTable
    names: dict[str, str]
    #: What is in England's rate otherwise than by its own rate, or left out.
    england_note: str = ""
    #: `regions`, or the code of the region whose authorities are ranked; nothing where all authorities are.
    among: str = ""
    #: The region whose authorities are ranked: code, name, value and figure id.
    region: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; of regions, or of one region, it says so."""
        return super().to_json() | (pick(self, "level among_in_words region") if self.among else {})

    @property
    def level(self) -> str:
        """Kind of area that is ranked: authority or region."""
        return "region" if self.among == REGIONS else "authority"

    @property
    def among_in_words(self) -> str:
        """What is ranked, with the number."""
        if self.among == REGIONS:
            return f"{self.universe} regions"
        return f"{self.universe} authorities" + (f" of {region_prose(self.region['area_name'])}" if self.region else "")

    @property
    def median_id(self) -> str | None:
        """Id of the median of all authorities; the median of regions, or of one region, has none."""
        return None if self.among else self.whole_ids["median"]

    @property
    def notes(self) -> list[str]:
        """What is odd in the returns of all areas, and in England's figure."""
        of_england = [f"England: {words}" for words in self.table.flags.get(ENGLAND, ())]
        return [*self.table.flags.get("", ()), *of_england]

    @property
    def england_count(self) -> int:
        """How many authorities' pounds are in England's rate."""
        return len(self.table.england_codes)

    @property
    def spec(self) -> Spec:
        """What is ranked."""
        return self.table.spec

    @property
    def basis(self) -> Basis:
        """Published amounts are cells; the rest is arithmetic."""
        if isinstance(self.spec, MeasureSpec):
            return self.spec.basis
        return "published" if self.spec.per == "none" and self.spec.measure != "nff_additional" else "derived"

    @property
    def excluded(self) -> list[dict[str, str]]:
        """Who is left out, and why."""
        return named(self.names, dict(sorted(self.table.excluded.items())))

    @property
    def whole_ids(self) -> dict[str, str]:
        """Ids of the rates of the whole table."""
        return {which: rate_id(self.spec, which) for which in (ENGLAND, "median", *QUARTILES)}

    @property
    def universe(self) -> int:
        """How many authorities are ranked."""
        return len(self.table.values)

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an authority: rank, tied_with, la_code, la_name, value, figure ids."""
        return [
            {
                "rank": self.table.ranks[code],
                "tied_with": self.table.tied_with(code),
                **self._place(code),
                "value": value,
                **({"unit": self.spec.unit, "basis": self.basis} if self.among else {}),
                "figure_id": rate_id(self.spec, code),
                "rank_id": rank_id(self.spec, code, self.among),
                **({"flags": list(self.table.flags[code])} if code in self.table.flags else {}),
            }
            for code, value in self.table.values.items()
        ]

    def _place(self, code: str) -> dict[str, Any]:
        """Return the code and name of a row; of a region, or among one, with period and measure."""
        own = {"la_code": code, "la_name": self.names[code]}
        if not self.among:
            return own
        place = {"area_code": code, "area_name": self.names[code], "period": str(self.spec.year)}
        return (own if self.region else {}) | place | {"measure": self.spec.measure}


def league_table(store: Store, spec: Spec, among: str = "") -> LeagueTable:
    """Return the values of all authorities on any basis: a rate of funding, or a measure of the register.

    Parameters
    ----------
    among : str
        `regions` for the values of the regions; the ONS code of one for those of its authorities.

    Raises
    ------
    UsageError
        If the tables hold no such figures.
    """
    if among:
        return store.cached(("league table among", spec, among), lambda: _league_among(store, spec, among))
    if isinstance(spec, MeasureSpec):
        from hnf.measures.shares import measure_table  # whoever follows a rate of funding need not open it

        return measure_table(store, spec)
    return rate_table(store, require_spec(spec))


def _league_among(store: Store, spec: Spec, among: str) -> LeagueTable:
    authorities, whole = Authorities.of(store), league_table(store, spec)
    listed = {**whole.values, **whole.excluded}
    codes = [*authorities.region_names] if among == REGIONS else [c for c in authorities.members(among) if c in listed]
    table = league_of(store, spec, codes)
    if not table.values:
        where = "the regions" if among == REGIONS else authorities.groups[among].prose
        raise UsageError(f"there is no such figure of {where}", where=spec.in_words)
    return table


def league_of(store: Store, spec: Spec, areas: Iterable[str]) -> LeagueTable:
    """Return the values of any areas: authorities, regions, `england`."""
    if isinstance(spec, MeasureSpec):
        from hnf.measures.shares import among_areas

        return among_areas(store, spec, tuple(areas))
    return area_rates(store, require_spec(spec), areas)


def value_figure(store: Store, spec: Spec, area: str) -> Figure:
    """Return a value of a league table as a figure, as `rate_figure` and `hnf.measures.shares.measure_value` do."""
    if isinstance(spec, MeasureSpec):
        from hnf.measures.shares import measure_value

        return measure_value(store, spec, area)
    return rate_figure(store, spec, area)


def named(names: Mapping[str, str], reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """Return one dict an authority with the reason for which it is left out."""
    return [{"la_code": code, "la_name": names[code], "reason": reason} for code, reason in reasons.items()]


#: Says in ids that regions are ranked.
REGIONS = "regions"


def rank(store: Store, spec: Spec, *, level: str = "authority", region: str | None = None) -> Ranking:
    """Rank all authorities with an allocation in a year, or with a measure in a period; the lowest first, ties equal.

    Parameters
    ----------
    level : str
        `authority`, or `region` to rank the regions; funding of a region is all pounds over all denominators.
    region : str, optional
        A region by name or ONS code, to rank its authorities only.

    Raises
    ------
    UsageError
        If the year, the measure or the region does not exist in the tables.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.rank(hnf.Store(), hnf.RateSpec("2023-24", "nff", "pupil")).to_polars()
    >>> found["la_name"].head(3).to_list()
    ['East Riding of Yorkshire', 'Kirklees', 'Hertfordshire']
    """
    authorities, beside = Authorities.of(store), dict[str, Any]()
    names = {code: one.name for code, one in (*authorities.by_code.items(), *authorities.groups.items())}
    among = REGIONS if level == "region" else ""
    if level not in ("authority", "region"):
        require_one_of(level, ("authority", "region"), "level", "--level")
    if region is not None:
        own = authorities.find_area(region, where="--region")
        if among or own.authority_type != REGIONAL:
            why = "--region ranks authorities" if among else f"{own.name} is no region"
            raise UsageError(why, where="--region", todo="Leave it out, or name a region: see rank --level region.")
        among, figure = own.la_code, _value_or_none(store, spec, own.la_code)
        beside = {"area_code": among, "area_name": own.name}
        beside |= {"value": figure and figure.value, "figure_id": figure and figure.id}
    table = league_table(store, spec, among)
    note = table.note
    if isinstance(table, RateTable):
        note = england_words(store, table.authorities if isinstance(table, AreaRates) else table)
    return Ranking(table, names, note, among, beside or None)


def _value_or_none(store: Store, spec: Spec, area: str) -> Figure | None:
    try:
        return value_figure(store, spec, area)
    except UsageError:
        return None


def own_rate(store: Store, spec: RateSpec, who: str, what: str) -> tuple[Authority, RateTable, float]:
    """Return an authority, the rates of all and its own; `UsageError` without a denominator or a rate."""
    if require_spec(spec).per == "none":
        raise UsageError(f"{what} needs a rate", where="--per", todo="Use head, pupil or plan.")
    authorities = Authorities.of(store)
    authority = authorities.find(who)
    table = rate_table(store, spec)
    own = table.require(authority.la_code, authority.prose, authorities.instead(authority, spec.year))
    return authority, table, own


def own_value(store: Store, spec: Spec, who: str, what: str) -> tuple[Authority, LeagueTable]:
    """Return an authority and the table that it has a value in, on any basis; `UsageError` where it has none."""
    if not isinstance(spec, MeasureSpec):
        return own_rate(store, spec, who, what)[:2]
    authorities = Authorities.of(store)
    authority, table = authorities.find(who), league_table(store, spec)
    instead = authorities.instead(authority, spec.period_in_words, spec.day)
    table.require(authority.la_code, authority.prose, instead)
    return authority, table


def rank_id(spec: Spec, la_code: str, among: str = "") -> str:
    """Return the id of a rank."""
    return ":".join(filter(None, ("rank", spec.id_part, among, la_code)))


def rank_figure(store: Store, spec: Spec, la_code: str, among: str = "") -> Figure:
    """Return a rank as a figure (1 is the lowest rate); `UsageError` where the area has no rate on this basis."""
    kind, of = _ranked(store, among)
    table, authorities = league_table(store, spec, among), Authorities.of(store)
    name = {**authorities.by_code, **authorities.groups}[la_code].prose
    table.require(la_code, name)
    return Figure(
        id=rank_id(spec, la_code, among),
        label=f"{name}: rank from the lowest among {len(table.values)} {kind}{of}, {spec.in_words}",
        value=table.ranks[la_code],
        unit="rank",
        basis="derived",
        inputs=(rate_id(spec, la_code), ":".join(filter(None, (universe_id(spec), among)))),
        derivation=f"1 + the number of {kind} with a lower rate",
    )


def rank_among_figure(store: Store, spec: Spec, among: str, area: str) -> Figure:
    """Return a rank among the regions, or among the authorities of one, as a figure."""
    return rank_figure(store, spec, area, among)


def _ranked(store: Store, among: str) -> tuple[str, str]:
    """Return what is ranked in words, and of which region; `KeyError` for anything else."""
    if among in ("", REGIONS):
        return among or "authorities", ""
    region = Authorities.of(store).groups[among]
    return "authorities", f" of {region.prose}"


def universe_figure(store: Store, spec: Spec, among: str = "") -> Figure:
    """Return the number of areas that are ranked as a figure; its inputs are all their rates."""
    what = capital("".join(_ranked(store, among)))
    table = league_table(store, spec, among)
    left_out = f"; left out: {', '.join(sorted(table.excluded))}" if table.excluded else ""
    return Figure(
        id=":".join(filter(None, (universe_id(spec), among))),
        label=f"{what} ranked: {spec.in_words}{left_out}",
        value=len(table.values),
        unit="count",
        basis="derived",
        inputs=tuple(rate_id(spec, code) for code in table.values),
        derivation="authorities with an allocation and a denominator"
        if isinstance(spec, RateSpec)
        else "authorities with a figure",
    )


#: The rate of a comparator with the id of its figure, on the basis of a table.
Comparator = Callable[[RateTable], tuple[float, str]]


@dataclass(frozen=True)
class OtherPopulation(Answer):
    """One authority per head of the other official population: its rate and rank, and a comparator's rate.

    `sign_differs` where it is above the comparator on one population and not on the other.
    """

    JSON = (
        "population=spec.population denominator_in_words=spec.denominator_words own_rate_gbp=own_rate",
        "comparator_rate_gbp=comparator_rate rank universe sign_differs rank_differs_by shown basis",
        "figure_id=rate_id rank_id comparator_id",
    )
    basis = "derived"

    spec: RateSpec
    la_code: str
    own_rate: float
    rank: int
    universe: int
    comparator_rate: float
    comparator_id: str
    sign_differs: bool
    rank_differs_by: int

    @property
    def shown(self) -> bool:
        """Whether one population alone would mislead: another sign, or a rank further away than is assumed."""
        return self.sign_differs or self.rank_differs_by > assumption("population_rank_places").value

    @property
    def rate_id(self) -> str:
        """Id of the rate on the other population."""
        return rate_id(self.spec, self.la_code)

    @property
    def rank_id(self) -> str:
        """Id of the rank on the other population."""
        return rank_id(self.spec, self.la_code)


def second_table(store: Store, spec: RateSpec) -> RateTable | None:
    """Return the same rates per head of the other population; None per anything else, and where it has no other counts.

    A series that repeats the other for all authorities is no second count.
    """
    if spec.per != "head":
        return None
    try:
        first = rate_table(store, spec)
        second = rate_table(store, replace(spec, population="dfe" if spec.population == "ons" else "ons"))
    except UsageError:
        return None
    counts = first.denominators.values
    differ = any(counts[code] != other for code, other in second.denominators.values.items() if code in counts)
    return second if differ else None


def england_rate(table: RateTable) -> tuple[float, str]:
    """Return England's rate with its id: the comparator where none is named."""
    return table.england, rate_id(table.spec, "england")


def other_population(
    store: Store, spec: RateSpec, la_code: str, comparator: Comparator = england_rate
) -> OtherPopulation | None:
    """Return what the other population gives; None where there is none, or no rate of the authority or comparator."""
    second = second_table(store, spec)
    if second is None or la_code not in second.values or la_code not in rate_table(store, spec).values:
        return None
    first, own = rate_table(store, spec), second.values[la_code]
    try:
        (before, _), (rate, rate_of) = comparator(first), comparator(second)
    except UsageError:
        return None
    was = first.values[la_code]
    differs = (was > before, was < before) != (own > rate, own < rate)
    moved, rank = abs(second.ranks[la_code] - first.ranks[la_code]), second.ranks[la_code]
    return OtherPopulation(second.spec, la_code, own, rank, len(second.values), rate, rate_of, differs, moved)


#: In how many classes of equal size.
CLASSES = 5


def fifths(values: Iterable[float]) -> tuple[tuple[float, float], ...]:
    """Return the lowest and the highest value of each fifth, lowest first; at most five, none overlap.

    Equal values share the better rank and so are in one class; a class that nobody is in is left out. With 151 areas
    the classes have 31, 30, 30, 30 and 30.
    """
    ordered = sorted(values)
    first: dict[float, int] = {}
    for rank, value in enumerate(ordered):
        first.setdefault(value, rank)
    classes: dict[int, list[float]] = {}
    for value in ordered:
        classes.setdefault(first[value] * CLASSES // len(ordered), []).append(value)
    return tuple((found[0], found[-1]) for _, found in sorted(classes.items()))


def class_of(value: float, classes: tuple[tuple[float, float], ...]) -> int:
    """Return the number of the class that a value of an area is in, from 0."""
    return next(number for number, (_, high) in enumerate(classes) if value <= high)
