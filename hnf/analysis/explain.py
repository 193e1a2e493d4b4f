"""Why an authority gets what it gets: the steps of the sheet, the rule that binds, what the gains limit took, in words.

With a second year the change between the two is split into parts that add up to it (`hnf.analysis.funding_change`).
What the limit took is column G, the formula before it, less column A after it, both as printed (2022-23 and 2023-24
only): an authority whose G is below its A is flagged, because no limit can add money. Ids are
`limitloss:<year>:<la_code>`, with `england` for their sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hnf.analysis.allocate import Allocation, allocate, funded
from hnf.analysis.funding_change import ORDER_WORDS, ORDERS, FundingSplit, Order, split_funding_change
from hnf.analysis.protection import Protection, ProtectionRow, parameters_of, protection
from hnf.errors import UsageError, require_one_of
from hnf.formula.protection import TOLERANCE_GBP, ProtectionStatus
from hnf.measures.notes import place_rule
from hnf.measures.published import ENGLAND, block_frame, dsg_id, financial_years, require_year
from hnf.measures.register import Population
from hnf.results import Answer, Figure
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import capital, join_words, pounds
from hnf.years import FinancialYear

_RATE = "rate per head aged 2 to 18"


RULE_WORDS = {ProtectionStatus.FLOOR: "the funding floor", ProtectionStatus.LIMIT: "the gains limit"}


@dataclass(frozen=True)
class Explanation(Answer):
    """The block of one authority in one year with its reasons; without `protection`, why there is none."""

    JSON = (
        "la_code=allocation.authority.la_code la_name=allocation.authority.name year=allocation.year",
        "formula=allocation.formula steps total_gbp=allocation.total_gbp",
        "published_total_gbp=allocation.published_total_gbp per_head_gbp=allocation.rate_gbp",
        "steps_edition=allocation.steps_edition total_edition=allocation.total_edition",
        "heads=allocation.denominator population_in_words=allocation.spec.denominator_words",
        "gains_limit_loss_gbp gains_limit_loss_figure_id=loss_id protection=protection_row protection_reason? against",
        "rules? sentences notes=allocation.notes basis",
    )

    ROWS = "steps"
    MAIN = "total_gbp per_head_gbp"
    basis = "derived"

    allocation: Allocation
    protection: Protection | None
    row: ProtectionRow | None
    protection_reason: str
    gains_limit_loss_gbp: float | None
    against: FundingSplit | None
    #: The authorities of the table in a region or England.
    members: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The explanation in words."""
        found, name = self.allocation, self.allocation.authority.prose
        per_head = f", £{found.rate_gbp:,.2f} per head aged 2 to 18" if found.rate_gbp is not None else ""
        total = pounds(found.published_total_gbp)
        sentences = [f"{capital(name)} gets {total} before deductions in {found.year}{per_head}."]
        if found.authority.is_group:
            sentences += [*self.allocation.reconciled, *self._group_sentences]
        elif self.protection and self.row:
            sentences += protection_sentences(self.protection, self.row, name)
        else:
            sentences.append(f"{capital(self.protection_reason)}.")
        if self.gains_limit_loss_gbp is not None and not found.authority.is_group:
            sentences.append(loss_sentence(self.gains_limit_loss_gbp, name))
        if self.against:
            sentences += _change_sentences(self.against)
        return tuple(filter(None, sentences))

    @property
    def rules(self) -> list[dict[str, Any]]:
        """Of a region or England: how many of its authorities each rule decides, and their column A; else nothing."""
        if not self.protection or not self.allocation.authority.is_group:
            return []
        found: dict[str, list[ProtectionRow]] = {}
        for row in self.protection.rows:
            if row.area.area in self.members:
                found.setdefault(row.protection_status.value, []).append(row)
        return [
            {
                "class": name,
                "authorities": len(rows),
                "la_codes": [row.area.area for row in rows],
                "nff_in_protection_gbp": math.fsum(row.area.published_gbp or 0.0 for row in rows),
            }
            for name, rows in sorted(found.items(), key=lambda item: -len(item[1]))
        ]

    @property
    def _group_sentences(self) -> list[str]:
        if not self.protection:
            return [f"{capital(self.protection_reason)}."]
        rules = self.protection.rules
        words = {
            "floor": f"on the floor of {rules.floor_pct:g}%",
            "limit": f"on the gains limit of {rules.limit_pct:g}%",
        }
        words |= {"between": "between the two", "known_difference": "known differences"}
        parts = [
            f"{one['authorities']} {words.get(one['class'], one['class'].replace('_', ' '))}" for one in self.rules
        ]
        lost = self.gains_limit_loss_gbp
        taken = f"The gains limit took {pounds(lost)} from its authorities that lost to it." if lost is not None else ""
        return [f"Of its {len(self.members)} authorities {join_words(parts)}.", taken]

    def steps(self) -> list[dict[str, Any]]:
        """Return one dict a step of the sheet: that of the allocation, with its pounds per head."""
        heads = self.allocation.heads
        names = ["term", "letter", "label", "value_gbp", "per_head_gbp", "basis", "figure_id"]
        if self.allocation.authority.is_group:
            names = ["area_code", "area_name", "period", *names, "printed_gbp", "printed_id", "difference_gbp"]
        steps = [
            step.to_json() | {"per_head_gbp": step.value_gbp / heads if heads else None}
            for step in self.allocation.steps
        ]
        return [{name: step[name] for name in names} for step in steps]

    @property
    def loss_id(self) -> str | None:
        """Id of what the gains limit took, where the year prints it."""
        found = self.allocation
        return None if self.gains_limit_loss_gbp is None else loss_id(found.year, found.authority.la_code)

    @property
    def protection_row(self) -> dict[str, Any] | None:
        """Rates of floor and limit, and the authority's row."""
        if not self.protection or not self.row:
            return None
        rules = self.protection.rules
        return {"floor_pct": rules.floor_pct, "limit_pct": rules.limit_pct, **self.row.to_json()}


def explain(
    store: Store,
    who: str,
    year: FinancialYear,
    *,
    against: FinancialYear | None = None,
    order: Order = "shapley",
    population: Population = "ons",
) -> Explanation:
    """Explain the block of an authority.

    Parameters
    ----------
    who : str
        Authority, region or England, by name or code.
    against : FinancialYear, optional
        An earlier year, to split the change since.
    order : str
        How the change of the basic entitlement is split between rate and pupils.
    population : str
        Series of the heads that steps are divided by; floor and limit always use the ONS 2018-based projection.

    Raises
    ------
    UsageError
        If the authority or a year is unknown, had no allocation, or the years cannot be compared.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.explain(hnf.Store(), "Hertfordshire", "2023-24")
    >>> found.to_polars().height
    6
    """
    year, against = FinancialYear.of(year), None if against is None else FinancialYear.of(against)
    require_one_of(order, ORDERS, "order")
    _refuse_suspended(store, year)
    allocation = allocate(store, who, year, "head", population)
    code = allocation.authority.la_code
    found, reason = _protection(store, year)
    return Explanation(
        allocation=allocation,
        protection=found,
        row=found.row(code) if found and not allocation.authority.is_group else None,
        protection_reason=reason,
        gains_limit_loss_gbp=_loss(store, year, code),
        against=split_funding_change(store, allocation.authority, (against, year), order)
        if against is not None
        else None,
        members=funded(store, year, Authorities.of(store).members(code)) if allocation.authority.is_group else (),
    )


def _protection(store: Store, year: FinancialYear) -> tuple[Protection | None, str]:
    """Return floor and gains limit of a year, or why they cannot be recomputed."""
    try:
        return protection(store, year), ""
    except UsageError as error:
        return None, error.what


def _loss(store: Store, year: FinancialYear, la_code: str) -> float | None:
    if not prints_before_limit(store, year):
        return None
    losses = gains_limit_losses(store, year).rows
    if la_code in (groups := Authorities.of(store)).groups:
        members = groups.members(la_code)
        return math.fsum(row.loss_gbp for row in losses if row.la_code in members and row.loss_gbp > 0)
    return next((row.loss_gbp for row in losses if row.la_code == la_code), None)


def _refuse_suspended(store: Store, year: FinancialYear) -> None:
    """Refuse a year in which the formula did not run, with the reason that its parameter file gives."""
    parameters = parameters_of(store, year)
    if parameters and parameters.state == "suspended":
        raise UsageError(f"there is no formula of {year} to explain. {parameters.message}")


def protection_sentences(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    """Say which rule binds and what that means."""
    by_class = {
        ProtectionStatus.FLOOR: _bound,
        ProtectionStatus.LIMIT: _bound,
        ProtectionStatus.BETWEEN: _between,
        ProtectionStatus.KNOWN_DIFFERENCE: _known,
    }
    tell = by_class.get(row.protection_status)
    if tell:
        yield from tell(found, row, name)
    else:
        reason = row.reason or "its column A is not what the rates give, and it is not in the list of known differences"
        yield f"Whether the floor or the gains limit decides what {name} gets cannot be said: {reason}."


def loss_sentence(loss_gbp: float, name: str) -> str:
    """Say what the gains limit took, from columns G and A; empty where nothing."""
    if loss_gbp > TOLERANCE_GBP:
        return (
            f"Without the gains limit {name} would get {pounds(loss_gbp)} more (the formula before the limit, column "
            "G, less column A)."
        )
    if loss_gbp < -TOLERANCE_GBP:
        return (
            f"Its formula before the gains limit (column G) is printed {pounds(loss_gbp)} below column A, which no "
            "limit explains; both are kept as printed."
        )
    return ""


def _bound(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    rules, area = found.rules, row.area
    if row.protection_status is ProtectionStatus.FLOOR:
        pct, which, despite = rules.floor_pct, "minimum", "whatever its proxies say"
    else:
        pct, which, despite = rules.limit_pct, "maximum", "although the formula gives more"
    yield (
        f"{capital(name)} is on {RULE_WORDS[row.protection_status].replace('funding ', '')}: its {_RATE} rises by the "
        f"national {which} of {pct:g}%, {despite}."
    )
    yield (
        f"Column A is last year's money moved up: £{row.baseline_per_head_gbp:,.2f} a head in {rules.baseline_year} × "
        f"{1 + pct / 100:g} × {area.population:,.0f} people."
    )


def _between(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    yield (
        f"{capital(name)} is between the floor and the gains limit: its {_RATE} rises by {row.change_pct:.2f}%, "
        f"{pounds(row.floor_distance_gbp or 0)} above the floor of {found.rules.floor_pct:g}% and "
        f"{pounds(row.limit_distance_gbp or 0)} below the limit of {found.rules.limit_pct:g}%; its historic spend and "
        "proxies decide the amount."
    )


def _known(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    if row.bound is None or row.difference_gbp is None:
        yield f"{capital(name)} is a known difference: {row.reason}"
        return
    way = "below" if row.difference_gbp > 0 else "above"
    yield (
        f"{capital(name)} is a known difference: column A is {pounds(row.difference_gbp)} {way} "
        f"{RULE_WORDS[row.bound]} as recomputed from the published money of {found.rules.baseline_year} "
        f"({_RATE} {row.change_pct:+.2f}%)."
    )
    if row.whole_places:
        place = place_rule().place_gbp
        yield (
            f"It is exactly {RULE_WORDS[row.bound]} on a baseline with £{row.moved_places_gbp or 0:,.0f} more: "
            f"{row.whole_places} × £{place:,.0f}, as special free school places that moved into the baseline would add."
        )
    else:
        yield row.reason


BEFORE = "nff_before_gains_limit"
AFTER = "nff_in_protection"


@dataclass(frozen=True)
class GainsLimitLoss(Answer):
    """What the limit took from one authority; below 0 where its column G is printed below its column A."""

    JSON = "la_code la_name loss_gbp"

    la_code: str
    la_name: str
    before_limit_gbp: float
    after_limit_gbp: float
    figure_id: str

    @property
    def loss_gbp(self) -> float:
        """Column G less column A."""
        return self.before_limit_gbp - self.after_limit_gbp


@dataclass(frozen=True)
class GainsLimitLosses(Answer):
    """What the limit took from every authority of a year."""

    JSON = "year lost_gbp net_gbp authorities_that_lost figure_id flagged basis"
    basis = "derived"

    year: FinancialYear
    rows: tuple[GainsLimitLoss, ...]

    @property
    def figure_id(self) -> str:
        """Id of the sum of all losses."""
        return loss_id(self.year, ENGLAND)

    @property
    def lost_gbp(self) -> float:
        """What lifting the limit would cost: the sum over the authorities that lost."""
        return math.fsum(row.loss_gbp for row in self.rows if row.loss_gbp > 0)

    @property
    def net_gbp(self) -> float:
        """Column G less column A of all authorities, those with G below A included."""
        return math.fsum(row.loss_gbp for row in self.rows)

    @property
    def losers(self) -> tuple[GainsLimitLoss, ...]:
        """Authorities that lost, the largest loss first."""
        return tuple(sorted((row for row in self.rows if row.loss_gbp > 0), key=lambda row: -row.loss_gbp))

    @property
    def authorities_that_lost(self) -> int:
        """How many lost."""
        return len(self.losers)

    @property
    def flagged(self) -> tuple[GainsLimitLoss, ...]:
        """Authorities whose column G is below column A."""
        return tuple(row for row in self.rows if row.loss_gbp < 0)


def gains_limit_years(store: Store) -> list[FinancialYear]:
    """Return the years whose tables print the formula before the limit, oldest first."""
    return [year for year in financial_years(store) if prints_before_limit(store, year)]


def prints_before_limit(store: Store, year: FinancialYear) -> bool:
    """Say whether a year's tables print the formula before the limit."""
    return BEFORE in block_frame(store, year).columns


def gains_limit_losses(store: Store, year: FinancialYear) -> GainsLimitLosses:
    """Return what the gains limit took from every authority of a year."""
    frame = block_frame(store, require_year(store, year))
    if BEFORE not in frame.columns:
        known = ", ".join(str(known) for known in gains_limit_years(store))
        raise UsageError(
            f"what the gains limit took in {year} is not published: no column has the formula before the limit",
            todo=f"Years that have one: {known}.",
        )
    authorities = Authorities.of(store)
    return GainsLimitLosses(
        year,
        tuple(
            GainsLimitLoss(code, authorities[code].name, before, after, loss_id(year, code))
            for code, before, after in frame.select("area", BEFORE, AFTER).drop_nulls().iter_rows()
        ),
    )


def loss_id(year: FinancialYear, area: str) -> str:
    """Return the id of a loss; area is a code or `england`."""
    return f"limitloss:{year}:{area}"


def loss_figure(store: Store, year: FinancialYear, area: str) -> Figure:
    """Return a loss as a figure; `england` is the sum of those that lost; `UsageError` in a year that prints none."""
    found = gains_limit_losses(store, year)
    if area in (groups := Authorities.of(store).groups):
        losers = [row for row in found.losers if row.la_code in Authorities.of(store).members(area)]
        label = f"What the gains limit took in {groups[area].prose}, {year} ({len(losers)} authorities)"
        inputs, lost = tuple(row.figure_id for row in losers), math.fsum(row.loss_gbp for row in losers)
        return Figure(loss_id(year, area), label, lost, "gbp", "derived", inputs, "sum of all losses")
    row = {row.la_code: row for row in found.rows}[area]
    return Figure(
        id=row.figure_id,
        label=f"What the gains limit took from {Authorities.of(store)[area].prose}, {year}",
        value=row.loss_gbp,
        unit="gbp",
        basis="derived",
        inputs=(dsg_id(store, year, area, BEFORE), dsg_id(store, year, area, AFTER)),
        derivation="column G − column A",
    )


def _column_a_sentences(split: FundingSplit) -> Iterable[str]:
    """Say what the change of column A is made of, or why it is not split further."""
    found = split.column_a
    rules, row = found.rules, found.row
    if rules is None or not found.parts:
        yield f"The change of column A, the formula inside floor and gains limit, is not split further: {found.reason}."
        return
    people = (row.area.previous_population or 0, row.area.population or 0) if row else (0, 0)
    more = "more" if people[1] >= people[0] else "fewer"
    counts = f"comes of {more} people aged 2 to 18 ({people[0]:,.0f} to {people[1]:,.0f})"
    words = {
        "rolled_in": f"is the additional allocation of {rules.baseline_year}, now part of the baseline",
        "population_part": counts if row else "comes of changes in the number of people aged 2 to 18",
        "rise": "is the rise per head",
    }
    change = math.fsum(part.value_gbp for part in found.parts)
    parts = join_words([f"{_signed(part.value_gbp)} {words[part.term]}" for part in found.parts])
    yield f"Column A {'rose' if change >= 0 else 'fell'} by {pounds(change, 2)}: {parts}."
    if row is None:
        return
    minimum = f"the floor's minimum of {rules.floor_pct:g}%"
    if row.protection_status is ProtectionStatus.FLOOR:
        yield f"The rise per head is {minimum} and no more: the floor binds."
        return
    known = row.protection_status is ProtectionStatus.KNOWN_DIFFERENCE
    beyond = "is a known difference" if known else "is not explained by floor and gains limit"
    if row.protection_status is ProtectionStatus.BETWEEN:
        beyond = "comes above it by historic spend and proxies, as neither floor nor limit binds"
    words = {
        "rise_minimum": f"is {minimum}",
        "rise_to_limit": f"is what the gains limit of {rules.limit_pct:g}% allows above it",
        "rise_beyond": beyond,
    }
    shown = [part for part in found.rise_parts if abs(part.value_gbp) > TOLERANCE_GBP]
    parts = join_words([f"{_signed(part.value_gbp)} {words[part.term]}" for part in shown])
    binds = ": the limit binds" if row.protection_status is ProtectionStatus.LIMIT else ""
    yield f"Of the rise per head {parts}{binds}."


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else ''}{pounds(value, 2)}"


def _change_sentences(split: FundingSplit) -> list[str]:
    start, end = split.years
    way = "rose" if split.change_gbp >= 0 else "fell"
    largest = max(split.parts, key=lambda part: abs(part.change_gbp))
    return [
        f"From {start} to {end} the block of {split.comparable_area.name} {way} by {pounds(split.change_gbp)}; "
        f"the largest part is {largest.label[0].lower()}{largest.label[1:]} ({'+' if largest.change_gbp >= 0 else '−'}"
        f"{pounds(largest.change_gbp)}).",
        *_column_a_sentences(split),
        f"The change of the basic entitlement is split {ORDER_WORDS[split.order]}.",
        *split.breaks,
    ]
