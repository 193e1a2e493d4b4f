"""Funding against need: an amount of money in cash and in real terms beside EHC plans, from a common year at 100.

The financial year Y-Z goes with the plans of January Y. Money is there for the years with an allocation, plans run on
to the latest January; what is missing is a gap with its reason and never a zero. The areas are a place, England, its
region and its statistical neighbours: a set is taken whole, so that its rate is that of all pounds and all plans
together, and reorganised authorities are on one area throughout. Figures are
`wedge:<code>:<measure>:<first year>:<base year of prices>:<area>:<year>:<quantity>`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hnf.analysis.comparable_areas import ComparableArea, comparable_area
from hnf.analysis.compare import latest_model, neighbours
from hnf.analysis.growth import DefinitionStep, definition_step
from hnf.errors import UsageError
from hnf.measures.notes import SeriesBreak, breaks_of, statements_until
from hnf.measures.prices import Deflator, deflator, headline_refusal, read_id_part
from hnf.measures.published import ENGLAND, authorities_counted, financial_years, plan_counts, require_year
from hnf.measures.rates import RateSpec, england_words, measure_amounts, rate_table
from hnf.measures.register import MEASURES, PLAIN, Measure, require_measure
from hnf.results import Answer, Figure, Unit, weakest_basis
from hnf.tables.authorities import Authorities, Authority, region_prose
from hnf.tables.store import Store
from hnf.text import capital, join_words
from hnf.years import FinancialYear

#: The file of the breaks of reorganisations.
REORGANISED = "data/lineage.toml"


#: What is given for each year of each area: pounds, plans, first year = 100, and pounds per plan.
QUANTITIES = (
    "cash", "real", "plans", "cash_index", "real_index", "plans_index", "cash_per_plan", "real_per_plan",
)  # fmt: skip


#: What is also given as a change in per cent from the first year to the last with money; the last two are there where
#: a definition changed in between that columns can undo.
CHANGES = ("cash", "real", "plans", "cash_per_plan", "real_per_plan", "cash_like_for_like", "real_like_for_like")


@dataclass(frozen=True)
class Wedge(Answer):
    """Funding and need of one place (`areas.0`) and of the areas beside it; `breaks` are those that the years cross."""

    JSON = (
        "la_code=authority.la_code area=areas.0.name measure from=years.0 last_funded price_base=prices.base",
        "price_vintage=prices.vintage real_terms_reason=prices.lacking? areas rows changes breaks",
        "like_for_like=alike_words?",
    )

    ROWS = "rows"

    authority: Authority
    measure: Measure
    years: tuple[FinancialYear, ...]
    funded: tuple[FinancialYear, ...]
    prices: Deflator
    areas: tuple[WedgeArea, ...]
    figures: dict[tuple[str, FinancialYear, str], Figure]
    breaks: tuple[SeriesBreak, ...]
    alike: DefinitionStep | None

    @property
    def alike_words(self) -> str:
        """What like for like means; empty where no definition changed between the first year and the last funded."""
        return self.alike.basis if self.alike else ""

    @property
    def last_funded(self) -> FinancialYear:
        """The last year with money."""
        return self.funded[-1]

    def figure(self, role: str, year: FinancialYear, quantity: str) -> Figure:
        """Return one figure; `KeyError` if there is none."""
        return self.figures[role, year, quantity]

    def change(self, role: str, quantity: str) -> Figure:
        """Return the change of a quantity in per cent from the first year to the last with money."""
        return self.figures[role, self.last_funded, f"{quantity}_change"]

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities with a change."""
        return tuple(one for one in CHANGES if self.alike or not one.endswith("like_for_like"))

    def breaks_at(self, role: str, year: FinancialYear) -> list[str]:
        """Return the ids of an area's breaks between a year and the one before, none for the first."""
        here = year.start
        own = self.breaks if role == "place" else (b for b in self.breaks if b.reference != REORGANISED)
        return [b.id for b in own if year != self.years[0] and b.starts <= here <= b.ends]

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an area and year: the quantities, why any is missing, breaks and figure ids."""
        return [self._row(area, year) for area in self.areas for year in self.years]

    def _row(self, area: WedgeArea, year: FinancialYear) -> dict[str, Any]:
        found = {quantity: self.figures[area.role, year, quantity] for quantity in QUANTITIES}
        return {
            "area_code": self._code(area),
            "area_name": area.name,
            "area": area.role,
            "name": area.name,
            "financial_year": str(year),
            "january": year.january.year,
            **{_key(quantity): figure.value for quantity, figure in found.items()},
            "basis": weakest_basis(list(found.values())),
            "status": "; ".join(dict.fromkeys(f.status for f in found.values() if f.status)) or None,
            "breaks": self.breaks_at(area.role, year),
            "figure_ids": {_key(quantity): figure.id for quantity, figure in found.items()},
        }

    def _code(self, area: WedgeArea) -> str:
        """Return the code of an area; of several authorities, their codes with + between them."""
        if area.role == "place" and not self.authority.is_group:
            return "+".join(area.money[self.last_funded])
        codes = {"place": self.authority.la_code, "england": ENGLAND, "region": self.authority.region_code}
        return codes.get(area.role) or "+".join(area.members)

    def changes(self) -> list[dict[str, Any]]:
        """Return one dict an area: changes in per cent to the last year with money."""
        return [
            {
                "area": area.role,
                "name": area.name,
                "from": str(self.years[0]),
                "to": str(self.last_funded),
                **{f"{quantity}_pct": self.change(area.role, quantity).value for quantity in self.quantities},
                "figure_ids": {f"{q}_pct": self.change(area.role, q).id for q in self.quantities},
            }
            for area in self.areas
        ]


def _key(quantity: str) -> str:
    """Return the name of a quantity with its unit at the end."""
    return {"plans": "plans_count"}.get(quantity, quantity if quantity.endswith("_index") else f"{quantity}_gbp")


def wedge(
    store: Store,
    who: str,
    measure: Measure = "block",
    start: FinancialYear | None = None,
    base: FinancialYear | None = None,
    *,
    vintage: str | None = None,
) -> Wedge:
    """Set funding beside need.

    Parameters
    ----------
    who : str
        Authority, region or England, by name or code; beside a region is England, beside England nothing.
    start : FinancialYear, optional
        The year at 100; the first with an allocation by default.
    base : FinancialYear, optional
        The year whose prices are used; the latest outturn by default. One without a price index gives cash only.
    vintage : str, optional
        Publication of the price index; the latest by default.

    Raises
    ------
    UsageError
        If there is no such authority or vintage, `start` has no allocation, the measure does not exist in each year,
        the authority never had an allocation, or boundaries changed so that the years cannot be compared.

    Examples
    --------
    >>> import hnf
    >>> hnf.wedge(hnf.Store(), "Hertfordshire").to_polars().columns[:3]
    ['area_code', 'area_name', 'period']
    """
    authority = Authorities.of(store).find_area(who)
    require_measure(measure)
    first = require_year(store, financial_years(store)[0] if start is None else FinancialYear.of(start))
    prices = deflator(store, base, vintage)
    key = ("wedge", authority.la_code, measure, first, prices.id_part)
    return store.cached(key, lambda: _wedge(store, authority, measure, first, prices))


def _wedge(store: Store, authority: Authority, measure: Measure, first: FinancialYear, prices: Deflator) -> Wedge:
    funded = tuple(y for y in financial_years(store) if y >= first and y.start in plan_counts(store))
    last = max(funded[-1].start, *plan_counts(store))
    years = tuple(FinancialYear(year) for year in range(first.start, last + 1) if year in plan_counts(store))
    areas = wedge_areas(store, authority, measure, years)
    stem = f"wedge:{authority.la_code}:{measure}:{first}:{prices.id_part}"
    figures: dict[tuple[str, FinancialYear, str], Figure] = {}
    for area in areas:
        own = AreaFigures(store, area, measure, prices, f"{stem}:{area.role}")
        for (year, quantity), figure in own.all(years, funded).items():
            figures[area.role, year, quantity] = figure
    crossed = [b for b in breaks_of((measure, "plans", "real")) if b.lies_in(first.start, last)]
    crossed += _reorganisations(Authorities.of(store), areas[0], first.start, last)
    alike = definition_step(store, measure, (first, funded[-1]), areas[0].money[funded[-1]])
    return Wedge(authority, measure, years, funded, prices, areas, figures, tuple(crossed), alike)


def _reorganisations(authorities: Authorities, place: WedgeArea, first: int, last: int) -> list[SeriesBreak]:
    """Return a break for each reorganisation within the place, from the dates of its authorities."""
    codes = {code for found in (*place.money.values(), *place.plans.values()) for code in found}
    codes -= {ENGLAND}
    opened = {authorities[code].opened for code in codes if authorities[code].predecessors}
    made = [str(FinancialYear(int(date[:4]))) for date in sorted(opened)]
    what = "authorities of this area were reorganised; the figures are for the whole area throughout"
    series = ("block", "nff", "plans")
    found = [SeriesBreak(f"reorganisation_{year[:4]}", year, year, series, what, REORGANISED) for year in made]
    return [one for one in found if one.lies_in(first, last) and len(codes) > 1]


def wedge_figure(store: Store, parts: list[str]) -> Figure:
    """Return one figure by the seven parts of its id; `KeyError` names what is unknown."""
    code, measure, start, base, role, year, quantity = parts
    if measure not in MEASURES:
        raise KeyError(measure)
    prices = read_id_part(store, base)
    found = wedge(store, code, measure, FinancialYear.parse(start), prices.base, vintage=prices.vintage)
    return found.figure(role, FinancialYear.parse(year), quantity)


@dataclass(frozen=True)
class WedgeArea(Answer):
    """The place, England, its region or its neighbours: codes by year, of money and of plans.

    `without` are taken off the plans of England as printed; `members` are the neighbours that the area is for.
    """

    JSON = ("area=role name members", {"codes": "money plans=plans_by_january plans_without=without"}, "notes")

    role: str
    name: str
    money: dict[FinancialYear, tuple[str, ...]]
    plans: dict[FinancialYear, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def plans_by_january(self) -> dict[str, tuple[str, ...]]:
        """Codes by January in place of the year."""
        return {str(year.january): codes for year, codes in self.plans.items()}


@dataclass(frozen=True)
class Counted:
    """Who has an allocation in each year with money, and who is counted in each year's January."""

    money: dict[FinancialYear, set[str]]
    plans: dict[FinancialYear, set[str]]

    @classmethod
    def of(cls, store: Store, measure: Measure, years: tuple[FinancialYear, ...]) -> Counted:
        """Look both up; years without an allocation have none in `money`."""
        funded = [year for year in financial_years(store) if year in years]
        amounts = {year: measure_amounts(store, year, measure) for year in funded}
        return cls(
            money={year: set(found.values) | set(found.excluded) for year, found in amounts.items()},
            plans={year: authorities_counted(store, year.january.year) for year in years},
        )

    def place(self, authorities: Authorities, authority: Authority) -> ComparableArea:
        """Return the area on which all years can be compared, codes of money first; `UsageError` without one."""
        relatives = authorities.relatives(authority.la_code)
        if not any(relatives & codes for codes in self.money.values()):
            raise UsageError(f"{authority.prose} has no high needs allocation: DfE's tables do not include it")
        words = (*(str(year) for year in self.money), *(f"January {year.january}" for year in self.plans))
        counted = (*self.money.values(), *self.plans.values())
        return comparable_area(authorities, authority, counted, "funding and EHC plans", words)

    def with_relatives(self, authorities: Authorities, members: set[str]) -> set[str]:
        """Return those of some authorities that ever had an allocation, with what they were made from and became."""
        funded = members & set().union(*self.money.values())
        return set().union(*(authorities.relatives(code) for code in funded))

    def area(self, role: str, name: str, codes: tuple[tuple[str, ...], ...], notes: tuple[str, ...] = ()) -> WedgeArea:
        """Return an area from its codes: of money first, then of plans."""
        money, plans = codes[: len(self.money)], codes[len(self.money) :]
        by_year = (dict(zip(self.money, money, strict=True)), dict(zip(self.plans, plans, strict=True)))
        return WedgeArea(role, name, *by_year, notes)


def wedge_areas(
    store: Store, authority: Authority, measure: Measure, years: tuple[FinancialYear, ...]
) -> tuple[WedgeArea, ...]:
    """Return the place, England, its region and, where the model has any, its statistical neighbours."""
    authorities = Authorities.of(store)
    counted = Counted.of(store, measure, years)
    if authority.is_group:
        england = _england(store, counted, measure)
        if authority.la_code == ENGLAND:
            return (replace(england, role="place"),)
        return (replace(_region(authorities, counted, authority), role="place"), england)
    place = counted.place(authorities, authority)
    beside = _closest(store, counted, authority, place)
    notes = [place.note] if place.note else []
    if beside is None:
        notes.append(f"the {latest_model(store)} model has no statistical neighbours for {authority.prose}")
    areas = [
        counted.area("place", place.name, place.codes, tuple(notes)),
        _england(store, counted, measure),
        _region(authorities, counted, authority),
    ]
    return tuple(areas) if beside is None else (*areas, beside)


def _england(store: Store, counted: Counted, measure: Measure) -> WedgeArea:
    """Return all authorities with an allocation, so that pounds per plan are England's rate of `hnf.measures.rates`.

    Plans are those printed for England without authorities that never had an allocation.
    """
    authorities = Authorities.of(store)
    funded = counted.with_relatives(authorities, set(authorities.by_code))
    tables = {year: rate_table(store, RateSpec(year, measure, "plan")) for year in counted.money}
    notes: list[str] = []
    plans: dict[FinancialYear, tuple[str, ...]] = dict.fromkeys(counted.plans, (ENGLAND,))
    for year, table in tables.items():
        codes = set(table.england_codes)
        if counted.money[year] - codes:
            plans[year] = tuple(sorted(c for c in counted.plans[year] if codes & authorities.relatives(c)))
            notes.append(f"England in {year}: {england_words(store, table)}")
    money = [tuple(sorted(table.england_codes)) for table in tables.values()]
    without = tuple(sorted(set().union(*counted.plans.values()) - funded))
    if without:
        names = join_words([authorities[code].prose for code in without])
        notes.append(f"{names} have no allocation and are left out of England, plans included")
    area = counted.area("england", "England", (*money, *plans.values()), tuple(notes))
    return replace(area, without=without)


def _region(authorities: Authorities, counted: Counted, authority: Authority) -> WedgeArea:
    """Return all authorities of the region; those that never had an allocation are left out of its plans too."""
    members = {a.la_code for a in authorities.by_code.values() if a.region_code == authority.region_code}
    funded = counted.with_relatives(authorities, members)
    name = region_prose(authority.region_name)
    sides = (*counted.money.values(), *counted.plans.values())
    codes = tuple(tuple(sorted(members & found & funded)) for found in sides)
    left_out = sorted(members & set().union(*counted.plans.values()) - funded)
    notes = tuple(f"{authorities[code].prose} has no allocation and is left out of the region" for code in left_out)
    return counted.area("region", name, codes, notes)


def _closest(store: Store, counted: Counted, authority: Authority, place: ComparableArea) -> WedgeArea | None:
    """Return the neighbours of the model as one area; its name says how many, and for whom a larger area is taken."""
    model = latest_model(store)
    authorities = Authorities.of(store)
    own = {code for codes in place.codes for code in codes}
    codes: list[set[str]] = [set() for _ in place.codes]
    notes: list[str] = []
    together: dict[tuple[str, int], list[str]] = {}
    members: list[str] = []
    closest = neighbours(store, model).get(authority.la_code, ())
    for code in closest:
        try:
            found = counted.place(authorities, authorities[code])
        except UsageError as error:
            notes.append(f"left out of the neighbours: {error.what}")
            continue
        if own & {part for side in found.codes for part in side}:
            notes.append(f"left out of the neighbours: {authorities[code].prose}, as it is part of {place.name}")
            continue
        if found.is_combined:
            together.setdefault((found.name, len(found.codes[-1])), []).append(authorities[code].prose)
        members.append(code)
        for side, added in zip(codes, found.codes, strict=True):
            side.update(added)
    if not members:
        return None
    larger = {area: names for (area, size), names in together.items() if len(names) < size}
    instead = "; ".join(f"{area} for {join_words(names)}" for area, names in larger.items())
    whose = f"{authority.prose}'s {len(closest)} statistical neighbours ({model} model"
    whose = f"{whose}, with {instead})" if instead else f"{whose})"
    name = whose if len(members) == len(closest) else f"{len(members)} of {whose}"
    area = counted.area("neighbours", name, tuple(tuple(sorted(side)) for side in codes), tuple(notes))
    return replace(area, members=tuple(members))


#: By how the name of a quantity ends: unit, arithmetic on two figures, and the words for it.
_ARITHMETIC: dict[str, tuple[Unit, Callable[[float, float], float], str]] = {
    "_change": ("pct", lambda start, end: (end / start - 1) * 100, "(end ÷ start − 1) × 100"),
    "_index": ("index", lambda start, end: end / start * 100, "year ÷ first year × 100"),
    "_per_plan": ("gbp_per_plan", lambda amount, plans: amount / plans, "amount ÷ plans"),
}


@dataclass(frozen=True)
class AreaFigures:
    """Makes the figures of one area; `stem` begins their ids."""

    store: Store
    area: WedgeArea
    measure: Measure
    prices: Deflator
    stem: str

    def all(
        self, years: tuple[FinancialYear, ...], funded: tuple[FinancialYear, ...]
    ) -> dict[tuple[FinancialYear, str], Figure]:
        """Return every quantity of every year, and the changes to the last year with money."""
        made: dict[tuple[FinancialYear, str], Figure] = {}
        for year in years:
            cash = self._cash(year)
            plans = self._plans(year)
            real = self.prices.real_figure(self._id(year, "real"), cash, year)
            made.update({(year, "cash"): cash, (year, "plans"): plans, (year, "real"): real})
            for quantity, money in (("cash", cash), ("real", real)):
                name = f"{quantity}_per_plan"
                made[year, name] = self._made(year, name, (money, plans))
        for year in years:
            for quantity in ("cash", "real", "plans"):
                pair = (made[years[0], quantity], made[year, quantity])
                name = f"{quantity}_index"
                made[year, name] = self._made(year, name, pair)
        last = funded[-1]
        alike = self._like_for_like(years[0], made[last, "cash"], last)
        for quantity, figure in alike.items():
            made[last, quantity] = figure
        for quantity in CHANGES:
            if alike or not quantity.endswith("like_for_like"):
                start = made[years[0], quantity.removesuffix("_like_for_like")]
                name = f"{quantity}_change"
                made[last, name] = self._made(last, name, (start, made[last, quantity]))
        return made

    def _like_for_like(self, first: FinancialYear, cash: Figure, last: FinancialYear) -> dict[str, Figure]:
        """Return the money of the last year on the definitions of the first; nothing where none changed."""
        step = definition_step(self.store, self.measure, (first, last), self.area.money[last])
        if step is None:
            return {}
        value = None if cash.value is None else cash.value + step.pounds
        label, how = f"{cash.label}, like for like with {first}", f"{PLAIN[self.measure].words}: {step.how}"
        id_, inputs = self._id(last, "cash_like_for_like"), (cash.id, *step.inputs)
        found = Figure(id_, label, value, "gbp", "derived", inputs, how, cash.status)
        real = self.prices.real_figure(self._id(last, "real_like_for_like"), found, last)
        return {"cash_like_for_like": found, "real_like_for_like": real}

    def _id(self, year: FinancialYear, quantity: str) -> str:
        return f"{self.stem}:{year}:{quantity}"

    def _cash(self, year: FinancialYear) -> Figure:
        label = f"{self.area.name}: {PLAIN[self.measure].words}, {year}"
        if year not in self.area.money:
            status = f"there is no allocation for {year} in these tables"
            return Figure(self._id(year, "cash"), label, None, "gbp", "derived", status=status)
        amounts = measure_amounts(self.store, year, self.measure)
        codes = self.area.money[year]
        missing = next((amounts.excluded[code] for code in codes if code in amounts.excluded), "")
        inputs = tuple(id_ for code in codes for id_ in amounts.inputs.get(code, ()))
        value = None if missing else math.fsum(amounts.values[code] for code in codes)
        return Figure(self._id(year, "cash"), label, value, "gbp", "derived", inputs, "sum", missing)

    def _plans(self, year: FinancialYear) -> Figure:
        label = f"{self.area.name}: statements and EHC plans, January {year.january}"
        codes, known = self.area.plans[year], plan_counts(self.store)[year.january.year]
        less = [known[code] for code in self.area.without if code in known] if codes == (ENGLAND,) else []
        counts = [known[code] for code in codes]
        missing = next(
            (f"EHC plans of January {year.january}: {c.status}" for c in (*counts, *less) if c.count is None), ""
        )
        value = None if missing else sum(c.count or 0 for c in counts) - sum(c.count or 0 for c in less)
        inputs = tuple(count.figure_id for count in (*counts, *less))
        how = "England as printed − authorities without an allocation" if less else "sum"
        return Figure(self._id(year, "plans"), label, value, "count", "derived", inputs, how, missing)

    def _made(self, year: FinancialYear, quantity: str, pair: tuple[Figure, Figure]) -> Figure:
        unit, arithmetic, derivation = next(made for end, made in _ARITHMETIC.items() if quantity.endswith(end))
        first, second = pair
        value, missing = None, first.status or second.status
        if first.value is not None and second.value is not None:
            try:
                value, missing = arithmetic(first.value, second.value), ""
            except ZeroDivisionError:
                missing = "it would be divided by zero"
        label, id_ = f"{second.label}, {quantity.replace('_', ' ')}", self._id(year, quantity)
        inputs = tuple(dict.fromkeys(figure.id for figure in pair))
        return Figure(id_, label, value, unit, weakest_basis(list(pair)), inputs, derivation, missing)


_LIMITS = (
    "EHC plans are one measure of need, and the money also pays for pupils without a plan: an amount per plan is a "
    "yardstick, not what a plan costs."
)


def sentences(found: Wedge) -> list[str]:
    """Return the message for the place, one sentence for each area beside it, and the limits."""
    first, last = found.years[0], found.last_funded
    if first == last:
        return [f"There is one year of funding, {first}, so no change can be given.", _LIMITS]
    place = found.areas[0]
    lines = [
        f"From {first} to {last} the {PLAIN[found.measure].words} of {place.name} {_money(found, 'place')}, while "
        f"EHC plans {_moved(found, 'place', 'plans')} (January {first.january} to January {last.january})."
    ]
    per_plan = _per_plan(found, place, first, last)
    if per_plan:
        lines.append(per_plan)
    if found.alike:
        lines.append(f"{found.alike.basis} Amounts per plan and indices are on the definitions of each year.")
    lines += [
        f"{capital(area.name)}: funding {_money(found, area.role)}; plans {_moved(found, area.role, 'plans')}."
        for area in found.areas[1:]
    ]
    refusal = headline_refusal(first, last)
    if refusal:
        lines.append(f"{capital(refusal)}.")
    return [*lines, _LIMITS]


def notes(found: Wedge) -> list[str]:
    """Return what a reader must know: bases, prices, areas, gaps, breaks."""
    place = found.areas[0]
    lines = [
        f"Index: {found.years[0]} = 100. A financial year goes with the plans of the January in which it begins; "
        f"statements of SEN are counted with plans until January {statements_until()}.",
        *found.prices.notes(found.funded),
    ]
    if found.last_funded != found.years[-1]:
        lines.append(f"There is no allocation after {found.last_funded} in these tables; plans run on.")
    lines += [f"{capital(note)}." for area in found.areas for note in area.notes]
    if len(found.areas) > 3 and place.name != found.authority.prose:
        lines.append(f"The neighbours are those of {found.authority.prose}.")
    lines += [f"{label}." for label in _gaps(found)]
    lines += [one.in_words for one in found.breaks]
    return lines


def _gaps(found: Wedge) -> list[str]:
    """Return each suppressed count once."""
    return [
        f"{capital(area.name)}: {figure.status}, so there is no figure"
        for area in found.areas
        for year in found.years
        if (figure := found.figure(area.role, year, "plans")).value is None
    ]


def _money(found: Wedge, role: str) -> str:
    """Say how money moved: in cash, and in real terms where these may be said."""
    words = f"{_moved(found, role, 'cash')} in cash"
    alike = [f"{_signed(found.change(role, 'cash_like_for_like').value)} in cash"] if found.alike else []
    real = found.change(role, "real")
    if real.value is None or headline_refusal(found.years[0], found.last_funded):
        return f"{words} (like for like {alike[0].removesuffix(' in cash')})" if alike else words
    moved = _moved(found, role, "real")
    verb = words.split(" ", 1)[0]
    moved = moved.removeprefix(f"{verb} ") if " by " in moved else moved
    words = f"{words} and {moved} in real terms ({found.prices.base} prices)"
    if not found.alike:
        return words
    return (
        f"{words}, like for like {alike[0]} and {_signed(found.change(role, 'real_like_for_like').value)} in real terms"
    )


def _moved(found: Wedge, role: str, quantity: str) -> str:
    """Say a change as "rose by 12.3%"."""
    figure = found.change(role, quantity)
    if figure.value is None:
        return f"cannot be compared ({figure.status})"
    amount = f"{abs(figure.value):.1f}"
    if float(amount) == 0:
        return "did not change"
    return f"{'rose' if figure.value > 0 else 'fell'} by {amount}%"


def _per_plan(found: Wedge, place: WedgeArea, first: FinancialYear, last: FinancialYear) -> str:
    """Say funding per plan at both ends; nothing where a count is missing."""
    parts = []
    for quantity, words in (("cash", "in cash"), ("real", f"in {found.prices.base} prices")):
        name = f"{quantity}_per_plan"
        start, end = (found.figure(place.role, year, name).value for year in (first, last))
        change = found.change(place.role, name).value
        real_refused = quantity == "real" and headline_refusal(first, last)
        if start is not None and end is not None and change is not None and not real_refused:
            parts.append(f"from £{start:,.0f} to £{end:,.0f} {words} ({_signed(change)})")
    return f"Per EHC plan that is {' and '.join(parts)}." if parts else ""


def _signed(change_pct: float | None) -> str:
    if change_pct is None:
        return "not available"
    return f"{change_pct:+.1f}%".replace("-", "\N{MINUS SIGN}")
