"""One authority beside a set of others: neighbours, region, type, those it borders on, or a list of the user's.

The mean of a set is that of its members' rates, each counting once, without the authority itself; `flip` compares with
the neighbours of both models. Ids are `compare:<year>:<measure>:<denominator>:<set>:<la_code>:<mean|median|rank|
difference>`, where a list is written `list-825+826`. Over time every area is compared as itself or, across a
reorganisation, as the whole area, by the figures of `hnf.analysis.real_change`.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, get_args

from hnf.analysis.comparable_areas import area_words, comparable_area
from hnf.analysis.rank import (
    REGIONS,
    OtherPopulation,
    league_of,
    league_table,
    named,
    other_population,
    own_value,
)
from hnf.analysis.real_change import value_change, value_in_prices
from hnf.errors import UsageError
from hnf.measures.notes import breaks_of
from hnf.measures.prices import Deflator
from hnf.measures.published import ENGLAND
from hnf.measures.rates import (
    AreaRates,
    LeagueTable,
    MeasureSpec,
    RateSpec,
    RateTable,
    Spec,
    england_words,
    rate_id,
    rate_table,
    require_spec,
)
from hnf.measures.shares import break_names
from hnf.results import Answer, Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store, cached
from hnf.text import capital
from hnf.years import date_in_words

NEIGHBOURS = "neighbours"


@dataclass(frozen=True)
class ComparatorSet:
    """A set of authorities, without the one that is compared, as a figure id and in words."""

    id: str
    words: str
    codes: tuple[str, ...]


@cached
def models(store: Store) -> tuple[str, ...]:
    """Return the models of statistical neighbours in the tables, oldest first."""
    return tuple(sorted(store.table("neighbours")["model"].unique()))


def latest_model(store: Store) -> str:
    """Return the model of statistical neighbours that is used unless another is asked for."""
    return models(store)[-1]


def _kinds(store: Store) -> str:
    return ", ".join((*(neighbour_set(model) for model in models(store)), NEIGHBOURS, "region", "type", "borders"))


def neighbour_set(model: str) -> str:
    """Return the name of the neighbours of a model."""
    return f"{NEIGHBOURS}-{model}"


def has_set(store: Store, la_code: str, model: str) -> bool:
    """Whether a model has neighbours for an authority."""
    return bool(neighbours(store, model).get(la_code))


def comparator_set(store: Store, authority: Authority, which: str, day: str) -> ComparatorSet:
    """Return the set of a name: neighbours of a model, region or type on a day, borders, or authorities listed."""
    which = "" if which is None else str(which)
    kind = which.strip().casefold()
    if kind == REGIONS or (
        authority.is_group and (kind in ("region", "type", "borders") or kind.startswith(NEIGHBOURS))
    ):
        return _other_regions(store, authority, kind)
    if kind == NEIGHBOURS:
        kind = neighbour_set(latest_model(store))
    if kind.startswith(f"{NEIGHBOURS}-"):
        return _of_model(store, authority, kind)
    if kind == "borders":
        return _of_borders(store, authority)
    if kind == "region":
        words = f"the other authorities of its region, {authority.region_name}"
        return ComparatorSet(kind, words, _others(store, authority, "region_code", day))
    if kind == "type":
        words = f"the other authorities of its type ({authority.authority_type.replace('_', ' ')})"
        return ComparatorSet(kind, words, _others(store, authority, "authority_type", day))
    authorities = Authorities.of(store)
    codes = dict.fromkeys(_find(store, authorities, part) for part in which.split(",") if part.strip())
    chosen = tuple(code for code in codes if code != authority.la_code)
    if not chosen:
        raise UsageError("there is nobody to compare with", where="--with", todo=f"Use {_kinds(store)} or codes.")
    words = "the authorities listed" if all(code in authorities.by_code for code in chosen) else "the areas listed"
    return ComparatorSet(f"list-{'+'.join(chosen)}", words, chosen)


def _other_regions(store: Store, area: Authority, kind: str) -> ComparatorSet:
    """Return the regions, which a region is compared with unless areas are named; of other sets there are none."""
    if kind != REGIONS and (area.la_code == ENGLAND or kind != NEIGHBOURS):
        raise UsageError(f"{area.name} has no {kind}", where="--with", todo="Use regions, or name areas: London,Kent.")
    codes = tuple(code for code in sorted(Authorities.of(store).region_names) if code != area.la_code)
    return ComparatorSet(
        REGIONS, "the other regions" if area.la_code in Authorities.of(store).region_names else "the regions", codes
    )


def _find(store: Store, authorities: Authorities, text: str) -> str:
    try:
        return authorities.find_area(text).la_code
    except UsageError as error:
        todo = f"{error.todo} Sets are {_kinds(store)}."
        raise UsageError(error.what, where="--with", todo=todo) from error


def require_model(store: Store, model: str) -> str:
    """Return the name of a model of statistical neighbours; `UsageError` names those there are."""
    if model not in models(store):
        raise UsageError(
            f"there is no model '{model}' of statistical neighbours", todo=f"Models are {', '.join(models(store))}."
        )
    return model


def _of_model(store: Store, authority: Authority, kind: str) -> ComparatorSet:
    model = require_model(store, kind.removeprefix(f"{NEIGHBOURS}-"))
    codes = neighbours(store, model).get(authority.la_code, ())
    if not codes:
        since = f": it opened on {date_in_words(authority.opened)}" if authority.opened[:4] > model else ""
        raise UsageError(
            f"the {model} model of statistical neighbours has no set for {authority.prose}{since}",
            todo="Compare with its region, its type, or those it borders on.",
        )
    return ComparatorSet(kind, f"its statistical neighbours, {model} model", codes)


@cached
def neighbours(store: Store, model: str) -> dict[str, tuple[str, ...]]:
    """Return the neighbours of every authority by a model, the nearest first."""
    rows = store.table("neighbours").filter(model=model).sort("la_code", "position")
    sets = rows.group_by("la_code", maintain_order=True).agg("neighbour_la_code")
    return {code: tuple(members) for code, members in sets.iter_rows()}


def _others(store: Store, authority: Authority, shared: str, day: str) -> tuple[str, ...]:
    return tuple(
        code
        for code, other in sorted(Authorities.of(store).by_code.items())
        if other.la_code != authority.la_code
        and getattr(other, shared) == getattr(authority, shared)
        and other.was_there(day)
    )


def _of_borders(store: Store, authority: Authority) -> ComparatorSet:
    rows = store.table("borders").filter(la_code=authority.la_code)
    codes = tuple(rows["neighbour_la_code"].sort().to_list())
    if not codes:
        why = "closed before these boundaries" if authority.closed else "borders on no other authority by land"
        raise UsageError(f"{authority.prose} {why}", where="--with borders", todo="Compare with its neighbours.")
    from_files = {
        source.detail.get("boundaries_of") for source in store.catalogue if source.id in set(rows["source_id"])
    }
    years = " and ".join(str(year) for year in from_files if year)
    when = f" (boundaries of {years})" if years else ""
    return ComparatorSet("borders", f"the authorities it borders on{when}", codes)


Part = Literal["mean", "median", "rank", "difference"]
#: A difference of less than half a penny a head, pupil or plan is none.
HALF_A_PENNY = 0.005


@dataclass(frozen=True)
class Comparison(Answer):
    """An authority's rate beside those of a set; `without_rate` gives the reason for each member that has none."""

    JSON = (
        "la_code=authority.la_code la_name=authority.name year=spec.year measure=spec.measure per=spec.per",
        "population=spec.series unit=spec.unit basis basis_in_words=spec.in_words set=set.id set_in_words=set.words",
        "own_rate_gbp=own own_rate_id rank=parts.rank rank_of tied_with mean_gbp=parts.mean median_gbp=parts.median",
        "difference_gbp=parts.difference message figure_ids=ids rows without_rate=reasons notes",
    )
    ROWS = "rows"
    MAIN = "own_rate_gbp mean_gbp rank rank_of"
    basis = "derived"

    authority: Authority
    table: LeagueTable
    set: ComparatorSet
    names: dict[str, str]
    without_rate: dict[str, str]
    #: Whose money is in the rate of a region or England in another way, or not in it.
    notes: tuple[str, ...] = ()

    @property
    def spec(self) -> Spec:
        """What is compared."""
        return self.table.spec

    @property
    def own(self) -> float:
        """The authority's own rate."""
        return self.table.values[self.authority.la_code]

    @cached_property
    def members(self) -> dict[str, float]:
        """Rates of the members that have one, lowest first."""
        return {code: rate for code, rate in self.table.values.items() if code in self.set.codes}

    @cached_property
    def parts(self) -> dict[Part, float]:
        """Mean and median of the members, the rank among them (1 is the lowest), and own rate less mean."""
        rates = list(self.members.values())
        mean = statistics.fmean(rates)
        rank = 1 + sum(rate < self.own for rate in rates)
        return {"mean": mean, "median": statistics.median(rates), "rank": rank, "difference": self.own - mean}

    @property
    def own_rate_id(self) -> str:
        """Id of the own rate."""
        return rate_id(self.spec, self.authority.la_code)

    @property
    def rank_of(self) -> int:
        """How many are ranked: the members and the authority itself."""
        return len(self.members) + 1

    @property
    def tied_with(self) -> list[str]:
        """Members with the same rate."""
        return [code for code, rate in self.members.items() if rate == self.own]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict a member: la_code, la_name, value, figure_id."""
        return [
            {"la_code": code, "la_name": self.names[code], "value": rate, "figure_id": rate_id(self.spec, code)}
            for code, rate in self.members.items()
        ]

    @property
    def reasons(self) -> list[dict[str, str]]:
        """Members without a rate, each with its reason."""
        return named(self.names, self.without_rate)

    @property
    def ids(self) -> dict[str, str]:
        """Ids of all parts."""
        return {part: self.figure_id(part) for part in get_args(Part)}

    @property
    def message(self) -> str:
        """Whether the own rate is above or below the mean of the set, or level with it."""
        difference = self.parts["difference"]
        return "level" if abs(difference) < HALF_A_PENNY else "above" if difference > 0 else "below"

    def figure_id(self, part: Part) -> str:
        """Return the id of one of the parts."""
        return f"compare:{self.spec.id_part}:{self.set.id}:{self.authority.la_code}:{part}"

    def figure(self, part: Part) -> Figure:
        """Return one of the parts as a figure."""
        spec = self.spec
        inputs = [rate_id(spec, code) for code in self.members]
        how = {
            "mean": "mean of the members' rates, each counting once",
            "median": "median of the members' rates",
            "rank": "1 + the number of members with a lower rate",
            "difference": "own rate − mean of the members' rates",
        }[part]
        if part in ("rank", "difference"):
            inputs.insert(0, rate_id(spec, self.authority.la_code))
        members = f"{self.set.words} ({len(self.members)} with a rate)"
        return Figure(
            self.figure_id(part),
            f"{self.authority.prose}: {part} against {members}; {spec.in_words}",
            self.parts[part],
            "rank" if part == "rank" else spec.unit,
            "derived",
            tuple(inputs),
            how,
        )


@dataclass(frozen=True)
class MeasureComparison(Comparison):
    """A measure of one authority beside that of a set; `flags` say what is odd in the returns of those shown."""

    JSON = (
        "la_code=authority.la_code la_name=authority.name period=spec.period measure=spec.measure unit=spec.unit basis",
        "basis_in_words=spec.in_words set=set.id set_in_words=set.words own_value=own own_value_id=own_rate_id",
        "rank=parts.rank rank_of tied_with mean=parts.mean median=parts.median difference=parts.difference",
        "england=table.england message figure_ids=ids rows without_value=reasons flags",
    )
    MAIN = "own_value mean rank rank_of"

    @property
    def flags(self) -> list[dict[str, str]]:
        """What is odd, one dict an authority and sentence: la_code, la_name, words."""
        return [
            {"la_code": code, "la_name": self.names[code], "words": words}
            for code in (self.authority.la_code, *self.members)
            for words in self.table.flags.get(code, ())
        ]


def compare(store: Store, spec: Spec, who: str, which: str) -> Comparison:
    """Set one authority beside others.

    Parameters
    ----------
    spec : RateSpec or MeasureSpec
        A rate with a denominator, or a measure in a period.
    who : str
        Authority, region or England, by name or code.
    which : str
        As `comparator_set` takes it.

    Raises
    ------
    UsageError
        If the authority or a member is unknown, the authority has no rate, the set is empty, or no member has a rate.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.compare(hnf.Store(), hnf.RateSpec("2023-24", "block", "head"), "Hertfordshire", "region")
    >>> found.to_json()["rank"], found.to_json()["rank_of"]
    (2, 11)
    """
    if not isinstance(spec, MeasureSpec) and require_spec(spec).per == "none":
        raise UsageError("a comparison needs a rate", where="--per", todo="Use head, pupil or plan.")
    area = Authorities.of(store).find_area(who)
    if not area.is_group:
        _, table = own_value(store, spec, who, "a comparison")
    chosen = comparator_set(store, area, which, spec.day)
    if not area.is_group and all(code in Authorities.of(store).by_code for code in chosen.codes):
        return compare_rates(store, table, area, which)
    table = league_of(store, spec, (area.la_code, *chosen.codes))
    table.require(area.la_code, area.prose)
    return compare_rates(store, table, area, which)


def compare_rates(store: Store, table: LeagueTable, authority: Authority, which: str) -> Comparison:
    """Set one authority beside others, with the rates of a table that has its own."""
    authorities, spec = Authorities.of(store), table.spec
    chosen = comparator_set(store, authority, which, spec.day)
    every = {**authorities.by_code, **authorities.groups}
    names = {code: found.name for code, found in every.items()}
    without = {
        code: table.excluded.get(code, _why_absent(every[code], table))
        for code in chosen.codes
        if code not in table.values
    }
    if len(without) == len(chosen.codes):
        raise UsageError(f"no authority of {chosen.words} has a rate on this basis", where=spec.in_words)
    kind = Comparison if isinstance(spec, RateSpec) else MeasureComparison
    notes = group_notes(store, table, (authority.la_code, *chosen.codes))
    return kind(authority, table, chosen, names, without, tuple(notes))


def group_notes(store: Store, table: LeagueTable, codes: Iterable[str]) -> list[str]:
    """Say whose money is in the rate of a region or England in another way, or not in it; nothing of others."""
    if not isinstance(table, RateTable):
        return []
    whole, groups = table.authorities if isinstance(table, AreaRates) else table, Authorities.of(store).groups
    said = {code: england_words(store, whole, code) for code in codes if code in groups}
    return [f"{groups[code].name}: {words}." for code, words in said.items() if words]


def other_comparison(store: Store, found: Comparison, which: str) -> OtherPopulation | None:
    """Return the own rate and the mean of the set on the other official population; None where there is none."""
    if not isinstance(found.spec, RateSpec):
        return None

    def mean_of(table: RateTable) -> tuple[float, str]:
        there = compare(store, table.spec, found.authority.la_code, which)
        return there.parts["mean"], there.figure_id("mean")

    return other_population(store, found.spec, found.authority.la_code, mean_of)


def _why_absent(authority: Authority, table: LeagueTable) -> str:
    if authority.closed and authority.closed < table.spec.day:
        return f"it closed on {authority.closed}"
    return table.why_absent


@dataclass(frozen=True)
class Flip(Answer):
    """An authority's rate against its neighbours of the two models."""

    JSON = "la_code=first.authority.la_code la_name=first.authority.name own_rate_gbp=first.own flips **models"
    #: Ends the keys of amounts.
    suffix: ClassVar[str] = "_gbp"

    by_model: dict[str, Comparison]

    @property
    def first(self) -> Comparison:
        """The comparison of the older model."""
        return next(iter(self.by_model.values()))

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        """Mean, difference, message and members by model."""
        return {
            f"model_{model}": {
                f"mean{self.suffix}": found.parts["mean"],
                f"difference{self.suffix}": found.parts["difference"],
                "message": found.message,
                "members": len(found.members),
                "figure_id": found.figure_id("mean"),
            }
            for model, found in self.by_model.items()
        }

    @property
    def flips(self) -> bool:
        """Whether the authority is above the mean of one set and below that of the other."""
        return {found.message for found in self.by_model.values()} == {"above", "below"}


@dataclass(frozen=True)
class MeasureFlip(Flip):
    """The same of a measure that is no rate of funding."""

    JSON = "la_code=first.authority.la_code la_name=first.authority.name own_value=first.own flips **models"
    suffix: ClassVar[str] = ""


def flip(store: Store, spec: Spec, la_code: str) -> Flip | None:
    """Compare an authority with its neighbours of the two latest models; None where one of them has no set for it."""
    both = latest_models(store)
    if la_code not in league_table(store, spec).values or not all(has_set(store, la_code, model) for model in both):
        return None
    kind = Flip if isinstance(spec, RateSpec) else MeasureFlip
    return kind({model: compare(store, spec, la_code, neighbour_set(model)) for model in both})


def latest_models(store: Store) -> tuple[str, ...]:
    """Return the two latest models of statistical neighbours, the older first."""
    return models(store)[-2:]


def all_flips(store: Store, spec: RateSpec) -> tuple[tuple[Flip, ...], dict[str, str]]:
    """Compare every authority with its neighbours of both models.

    Returns
    -------
    tuple
        One `Flip` an authority that can be compared, and the reason by code for each that cannot.
    """
    found: list[Flip] = []
    left_out: dict[str, str] = dict(rate_table(store, spec).excluded)
    for code in sorted(rate_table(store, spec).values):
        both = flip(store, spec, code)
        if both:
            found.append(both)
        else:
            lacking = " and ".join(model for model in latest_models(store) if not has_set(store, code, model))
            left_out[code] = f"the {lacking} model has no neighbours for it"
    return tuple(found), left_out


def comparison_figure(store: Store, spec: Spec, which: str, la_code: str, part: str) -> Figure:
    """Return a part of a comparison as a figure."""
    if part not in get_args(Part):
        raise KeyError(part)
    wanted = which.removeprefix("list-").replace("+", ",") if which.startswith("list-") else which
    return compare(store, spec, la_code, wanted).figure(part)  # type: ignore[arg-type]


# The same over time.


@dataclass(frozen=True)
class AreaOverTime:
    """One area in every period: its codes as ids name them, one figure a period, and the change of the ends."""

    name: str
    codes: tuple[str, ...]
    figures: tuple[Figure, ...]
    change: Figure
    note: str = ""


@dataclass(frozen=True)
class OverTime(Answer):
    """Several areas over several periods, the one asked for first and England last."""

    JSON = (
        "la_code=area.la_code la_name=area.name measure per=specs.0.per population=specs.0.series unit",
        "set=set.id set_in_words=set.words from=specs.0.year to=last.year price_base price_vintage "
        "basis_in_words=last.in_words rows changes notes",
    )
    ROWS = "rows"

    area: Authority
    set: ComparatorSet
    specs: tuple[Spec, ...]
    areas: tuple[AreaOverTime, ...]
    prices: Deflator | None
    notes: tuple[str, ...]

    @property
    def price_base(self) -> str | None:
        """The year whose prices are used, if any."""
        return None if self.prices is None else str(self.prices.base)

    @property
    def price_vintage(self) -> str | None:
        """The publication of the price index, if any."""
        return None if self.prices is None else self.prices.vintage

    @property
    def last(self) -> Spec:
        """The measure in the last period."""
        return self.specs[-1]

    @property
    def measure(self) -> str:
        """Name of the measure."""
        return self.last.measure

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return self.last.unit

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict an area and period, in the order of areas; without a value, `status` says why."""
        return [
            {
                "area_code": area.codes[-1],
                "area_name": area.name,
                "period": str(spec.year),
                "measure": self.measure,
                "value": figure.value,
                "unit": figure.unit,
                "price_base": self.price_base,
                "basis": figure.basis,
                "status": figure.status or None,
                "figure_id": figure.id or None,
            }
            for area in self.areas
            for spec, figure in zip(self.specs, area.figures, strict=True)
        ]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """One dict an area: the change from the first period to the last, in per cent or percentage points."""
        return [
            {
                "area_code": area.codes[-1],
                "area_name": area.name,
                "period": f"{self.specs[0].year} to {self.last.year}",
                "measure": self.measure,
                "value": area.change.value,
                "unit": area.change.unit,
                "basis": area.change.basis,
                "status": area.change.status or None,
                "figure_id": area.change.id if area.change.value is not None else None,
            }
            for area in self.areas
        ]


def compare_over_time(
    store: Store, specs: tuple[Spec, ...], who: str, which: str, prices: Deflator | None = None
) -> OverTime:
    """Set areas beside one another in several periods.

    Parameters
    ----------
    specs : tuple of RateSpec or MeasureSpec
        One measure in two or more periods, oldest first.
    who, which : str
        As `compare` takes them; England is always there too.
    prices : Deflator, optional
        For rates of funding: in prices of its base year.

    Raises
    ------
    UsageError
        If an area is unknown, there are not two periods, the measure is no money and prices are given, or the first
        area has no figure in any period.
    """
    if len(specs) < 2:
        raise UsageError("a comparison over time needs two periods", where="--from and --to")
    if prices is not None and not isinstance(specs[-1], RateSpec):
        raise UsageError(f"{specs[-1].measure} is no rate of funding, and has no prices", where="--real")
    authorities = Authorities.of(store)
    own = authorities.find_area(who)
    chosen = comparator_set(store, own, which, specs[-1].day)
    tables = [league_table(store, spec) for spec in specs]
    counted = tuple({*table.values, *table.excluded} for table in tables)
    every, found, notes = {**authorities.by_code, **authorities.groups}, dict[tuple[str, ...], AreaOverTime](), []
    for code in dict.fromkeys((own.la_code, *chosen.codes, ENGLAND)):
        one = every[code]
        place, note = (code,) * len(specs), ""
        if not one.is_group:
            when = tuple(str(spec.year) for spec in specs)
            try:
                area = comparable_area(authorities, one, counted, specs[-1].measure, when)
            except UsageError as error:
                if code == own.la_code and not any(code in table.values for table in tables):
                    raise
                notes.append(f"{capital(one.prose)}: {error.what}.")
                area = None
            if area is not None:
                place, note = tuple("+".join(codes) for codes in area.codes), area.note
        if place not in found:
            found[place] = _over_time(store, specs, place, prices, note)
            notes += [f"{capital(note)}."] if note else []
    if all(figure.value is None for figure in found[next(iter(found))].figures):
        reason = next(iter(found.values())).figures[-1].status
        raise UsageError(f"{own.prose} has no figure on this basis: {reason}", where=specs[-1].in_words)
    years, last = [spec.year for spec in specs if isinstance(spec, RateSpec)], specs[-1]
    for spec, table in zip(specs, tables, strict=True):
        notes += [f"{spec.year}: {one}" for one in group_notes(store, table, (own.la_code, *chosen.codes, ENGLAND))]
    begun = [int(str(spec.year)[:4]) for spec in specs]
    notes += [one.in_words for one in breaks_of(break_names(last)) if one.lies_in(begun[0], begun[-1])]
    notes += [
        f"Note on {area.name}, {spec.year}: {words}"
        for area in found.values()
        for spec, table, code in zip(specs, tables, area.codes, strict=True)
        for words in table.flags.get(code, ())
    ]
    notes += prices.notes(tuple(years)) if prices is not None else []
    return OverTime(own, chosen, specs, tuple(found.values()), prices, tuple(dict.fromkeys(notes)))


def _over_time(
    store: Store, specs: tuple[Spec, ...], codes: tuple[str, ...], prices: Deflator | None, note: str
) -> AreaOverTime:
    authorities = Authorities.of(store)
    one = {**authorities.by_code, **authorities.groups}.get(codes[-1])
    name = one.name if one else area_words(authorities, tuple(codes[-1].split("+")))
    figures = tuple(_or_reason(store, spec, code, prices) for spec, code in zip(specs, codes, strict=True))
    change = value_change((specs[0], specs[-1]), (codes[0], codes[-1]), (figures[0], figures[-1]), prices)
    return AreaOverTime(name, codes, figures, change, note)


def _or_reason(store: Store, spec: Spec, code: str, prices: Deflator | None) -> Figure:
    try:
        return value_in_prices(store, spec, code, prices)
    except UsageError as error:
        return Figure("", spec.in_words, None, spec.unit, "derived", status=error.what)
