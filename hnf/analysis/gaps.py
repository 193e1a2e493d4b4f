"""Gaps: what an authority or region would have at another rate, and how much more or less that is.

The other rate is England's, the median, a quartile, the mean of the statistical neighbours, that of the own region, or
that of any region or authority. The pounds are also given a head, a pupil, a plan, and for a school whose size is an
input (no table has it), so that this figure is estimated. Ids are `gap:<year>:<measure>:<denominator>:<to>:<la_code>`,
and the same with `gapper` and the denominator, or `gapschool` and the size, at the end.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import Any

from hnf.analysis.compare import NEIGHBOURS, Comparison, compare_rates, latest_model, neighbour_set, require_model
from hnf.analysis.rank import OtherPopulation, other_population, own_rate
from hnf.errors import UsageError
from hnf.measures.notes import assumption
from hnf.measures.published import ENGLAND, Amounts
from hnf.measures.rates import (
    QUARTILES,
    RateSpec,
    RateTable,
    area_rates,
    denominator_amounts,
    england_words,
    rate_id,
    rate_table,
    require_spec,
    whole_rates,
)
from hnf.measures.register import Per
from hnf.results import Answer, Figure, Unit
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital

AVERAGE = "average"
MEDIAN = "median"
REGION = "region"
_LEAGUE = {
    AVERAGE: "England's average rate",
    MEDIAN: "the median rate",
    **{quartile: f"the rate of the {quartile.replace('-', ' ')}" for quartile in QUARTILES},
}


@dataclass(frozen=True)
class Gap(Answer):
    """The gap of one authority to a comparator's rate, in unrounded pounds; above zero where that rate is higher.

    `comparator_id` is the figure of the comparator's rate; `neighbours` is filled where that is a mean of neighbours.
    """

    JSON = (
        "la_code la_name year=spec.year measure=spec.measure per=spec.per population=spec.series to=comparator",
        "comparator_name gap_gbp=pounds own_rate_gbp=own_rate comparator_rate_gbp=comparator_rate denominator",
        "denominator_in_words=spec.denominator_words basis basis_in_words=spec.in_words figure_id=id comparator_id",
        "without_rate equivalents typical_school england_note area_notes other_population",
    )
    MAIN = "gap_gbp own_rate_gbp comparator_rate_gbp"
    basis = "derived"

    spec: RateSpec
    la_code: str
    la_name: str
    comparator: str
    comparator_name: str
    own_rate: float
    comparator_rate: float
    denominator: float
    denominator_ids: tuple[str, ...]
    comparator_id: str
    store: Store = field(compare=False)
    neighbours: Comparison | None = None

    @property
    def pounds(self) -> float:
        """Pounds a year more at the comparator's rate."""
        return (self.comparator_rate - self.own_rate) * self.denominator

    @property
    def id(self) -> str:
        """Figure id."""
        return f"gap:{self.spec.id_part}:{self.comparator}:{self.la_code}"

    @property
    def without_rate(self) -> list[dict[str, str]]:
        """Neighbours without a rate, each with its reason."""
        return self.neighbours.reasons if self.neighbours else []

    def equivalents(self) -> list[dict[str, Any]]:
        """Return the gap a head, a pupil and a plan."""
        return equivalents(self.store, self)

    def typical_school(self) -> dict[str, Any] | None:
        """Return the gap for a school of the size that is assumed."""
        return typical_school(self.store, self)

    @property
    def england_note(self) -> str:
        """What England's rate is of, where that is the comparator."""
        return england_words(self.store, rate_table(self.store, self.spec)) if self.comparator == AVERAGE else ""

    @property
    def area_notes(self) -> list[str]:
        """Whose money is in the rates of the regions, or left out of them."""
        regions, table = Authorities.of(self.store).region_names, rate_table(self.store, self.spec)
        sides = ((self.la_name, self.la_code), (self.comparator_name, self.comparator))
        said = [(name, england_words(self.store, table, code)) for name, code in sides if code in regions]
        return [f"{capital(name)}: {words}." for name, words in said if words]

    def other_population(self) -> dict[str, Any] | None:
        """Return rank, rate and gap on the other official population; None where there is none."""
        other = other_gap(self.store, self)
        return other[0].to_json() | {"gap_gbp": other[1].pounds, "gap_id": other[1].id} if other else None

    def figure(self) -> Figure:
        """Return the gap as a figure."""
        return Figure(
            id=self.id,
            label=f"{self.la_name}: pounds more at {self.comparator_name}; {self.spec.in_words}",
            value=self.pounds,
            unit="gbp",
            basis="derived",
            inputs=(rate_id(self.spec, self.la_code), self.comparator_id, *self.denominator_ids),
            derivation=f"(comparator's rate − own rate) × own {self.spec.denominator_words}",
        )


def gap(store: Store, spec: RateSpec, who: str, to: str = AVERAGE, model: str | None = None) -> Gap:
    """Compute the gap of one authority to another rate.

    Parameters
    ----------
    spec : RateSpec
        With a denominator: pounds alone have no rate to compare.
    who : str
        Authority or region, by name or code.
    to : str
        `average` (England's rate: all pounds over all denominators), `median`, `lower-quartile`, `upper-quartile`,
        `neighbours` (the mean of their rates; also `neighbours-2021` and the like), `region` (that of the authority's
        region), a region, or an authority.
    model : str
        Model of the statistical neighbours, 2021 or 2025, where `to` names none.

    Raises
    ------
    UsageError
        If an authority is unknown or has no rate on this basis, or the basis has no denominator.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.gap(hnf.Store(), hnf.RateSpec("2023-24", "block", "pupil"), "Hertfordshire")
    >>> round(found.pounds)
    47407085
    """
    area = Authorities.of(store).find_area(who)
    if area.is_group:
        authority, table, mine = _group_rates(store, spec, area)
        own = mine.require(area.la_code, area.prose)
    else:
        authority, table, own = own_rate(store, spec, who, "a gap")
        mine = table
    model = None if model is None else require_model(store, model)
    comparator, name, rate, rate_figure_id, neighbours = find_comparator(store, table, authority, to, model)
    return Gap(
        spec=spec,
        la_code=authority.la_code,
        la_name=authority.name,
        comparator=comparator,
        comparator_name=name,
        own_rate=own,
        comparator_rate=rate,
        denominator=mine.denominators.values[authority.la_code],
        denominator_ids=mine.denominators.inputs[authority.la_code],
        comparator_id=rate_figure_id,
        store=store,
        neighbours=neighbours,
    )


def _group_rates(store: Store, spec: RateSpec, area: Authority) -> tuple[Authority, RateTable, RateTable]:
    """Return a region, the rates of all authorities, and its own; `UsageError` for England."""
    if area.la_code == ENGLAND:
        raise UsageError("England's own rate is the average, so that it has no gap", todo="Name a region or authority.")
    if require_spec(spec).per == "none":
        raise UsageError("a gap needs a rate", where="--per", todo="Use head, pupil or plan.")
    return area, rate_table(store, spec), area_rates(store, spec, [area.la_code])


def other_gap(store: Store, found: Gap) -> tuple[OtherPopulation, Gap] | None:
    """Return the same gap on the other official population; None where there is none (`other_population`)."""

    def rate_of(table: RateTable) -> tuple[float, str]:
        there = gap(store, table.spec, found.la_code, found.comparator)
        return there.comparator_rate, there.comparator_id

    other = other_population(store, found.spec, found.la_code, rate_of)
    return (other, gap(store, other.spec, found.la_code, found.comparator)) if other else None


def find_comparator(
    store: Store, table: RateTable, authority: Authority, to: str, model: str | None
) -> tuple[str, str, float, str, Comparison | None]:
    """Return the comparator as ids name it, in words, its rate, the figure of that, and the neighbours if any."""
    spec, kind = table.spec, str(to).strip().casefold()
    if kind in _LEAGUE:
        area = "england" if kind == AVERAGE else kind
        return kind, _LEAGUE[kind], whole_rates(table)[area], rate_id(spec, area), None
    authorities = Authorities.of(store)
    if authority.is_group and (kind.startswith(NEIGHBOURS) or kind == REGION):
        raise UsageError(
            f"{authority.name} is a region and has no {kind}", where="--to", todo="Use average or a region."
        )
    if kind == REGION:
        to = authority.region_code
    if kind == NEIGHBOURS or kind.startswith(f"{NEIGHBOURS}-"):
        which = neighbour_set(model or latest_model(store)) if kind == NEIGHBOURS else kind
        found = compare_rates(store, table, authority, which)
        name = f"the mean rate of {found.set.words}"
        return which, name, found.parts["mean"], found.figure_id("mean"), found
    try:
        other = authorities.find_area(to)
    except UsageError as error:
        near = difflib.get_close_matches(kind, (*_LEAGUE, NEIGHBOURS, REGION), n=1)
        todo = (
            error.todo
            if error.todo.startswith("Did")
            else f"Use {', '.join((*_LEAGUE, NEIGHBOURS, REGION))} or an area."
        )
        raise UsageError(error.what, where="--to", todo=f"Did you mean {near[0]}?" if near else todo) from error
    if other.la_code == ENGLAND:
        return AVERAGE, _LEAGUE[AVERAGE], table.england, rate_id(spec, ENGLAND), None
    if other.is_group:
        rate = area_rates(store, spec, [other.la_code]).require(other.la_code, other.prose)
        return other.la_code, f"the rate of {other.prose}", rate, rate_id(spec, other.la_code), None
    rate = table.require(other.la_code, other.prose, authorities.instead(other, spec.year))
    return other.la_code, f"the rate of {other.prose}", rate, rate_id(spec, other.la_code), None


SCHOOL = "typical_school_pupils"
_PERS: tuple[Per, ...] = ("head", "pupil", "plan")


def equivalents(store: Store, found: Gap) -> list[dict[str, Any]]:
    """Return the gap over each of the authority's denominators; without one, the value is None and the reason given."""
    rows = []
    for per in _PERS:
        basis = _over(found.spec, per)
        amounts = _counts(store, basis, found.la_code)
        has = found.la_code in amounts.values
        rows.append(
            {
                "per": per,
                "value_gbp": found.pounds / amounts.values[found.la_code] if has else None,
                "denominator": amounts.values.get(found.la_code),
                "denominator_in_words": basis.denominator_words,
                "reason": amounts.excluded.get(found.la_code),
                "basis": "derived",
                "figure_id": _id("gapper", found, per) if has else None,
            }
        )
    return rows


def typical_school(store: Store, found: Gap, size: float | None = None) -> dict[str, Any] | None:
    """Return the gap for a school of a size: pounds a pupil times pupils, at least some; None without pupil numbers."""
    stated = assumption(SCHOOL)
    pupils = stated.value if size is None else size
    if not 0 < pupils < float("inf"):
        raise UsageError(f"a school of {pupils:g} pupils cannot be", where="--school-size", todo="Give its pupils.")
    each = _counts(store, _over(found.spec, "pupil"), found.la_code).values.get(found.la_code)
    if each is None:
        return None
    return {
        "value_gbp": found.pounds / each * pupils,
        "school_pupils": pupils,
        "basis": "estimated",
        "status": stated.status if size is None else "given",
        "reason": stated.reason if size is None else "the size that was asked for",
        "reference": stated.reference if size is None else None,
        "figure_id": _id("gapschool", found, f"{pupils:g}"),
    }


def equivalent_figure(store: Store, spec: RateSpec, to: str, la_code: str, per: str) -> Figure:
    """Return the gap over one denominator as a figure."""
    known = {name: name for name in _PERS}[per]  # type: ignore[index]
    found = gap(store, spec, la_code, to)
    basis = _over(spec, known)
    amounts = _counts(store, basis, la_code)
    if la_code not in amounts.values:
        raise UsageError(f"{found.la_name} has no {basis.denominator_words}: {amounts.excluded.get(la_code)}")
    units: dict[Per, Unit] = {"head": "gbp_per_head", "pupil": "gbp_per_pupil", "plan": "gbp_per_plan"}
    return Figure(
        _id("gapper", found, per),
        f"{found.figure().label}; over own {basis.denominator_words}",
        found.pounds / amounts.values[la_code],
        units[known],
        "derived",
        (found.id, *amounts.inputs[la_code]),
        f"gap ÷ own {basis.denominator_words}",
    )


def school_figure(store: Store, spec: RateSpec, to: str, la_code: str, size: str) -> Figure:
    """Return the gap for a school as a figure; `UsageError` without a gap, a size above zero or pupil numbers."""
    found = gap(store, spec, la_code, to)
    try:
        school = typical_school(store, found, float(size))
    except ValueError as error:
        raise UsageError(f"'{size}' is not the size of a school") from error
    if school is None:
        raise UsageError(f"{found.la_name} has no pupil numbers")
    return Figure(
        _id("gapschool", found, size),
        f"{found.figure().label}; for a school of {size} pupils (assumed)",
        school["value_gbp"],
        "gbp",
        "estimated",
        (_id("gapper", found, "pupil"),),
        f"gap per pupil × {size} pupils",
    )


def _counts(store: Store, spec: RateSpec, area: str) -> Amounts:
    """Return heads, pupils or plans with the area among them; of a region those of its authorities with a rate."""
    if area in Authorities.of(store).by_code:
        return denominator_amounts(store, spec)
    return area_rates(store, spec, [area]).denominators


def _over(spec: RateSpec, per: Per) -> RateSpec:
    return replace(spec, per=per, area_costs=False)


def _id(kind: str, found: Gap, last: str) -> str:
    return f"{kind}:{found.spec.id_part}:{found.comparator}:{found.la_code}:{last}"
