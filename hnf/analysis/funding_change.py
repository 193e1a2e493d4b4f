"""The change of an area's block between two years, split into the steps of the sheet so that the parts add up.

A step that is printed in one of the years only counts as nothing in the other. The basic entitlement is a product, rate
× pupils: its change is split in the order of the sheet (the rate first, at the earlier year's pupils) or order-free
(Shapley, the average of both orders); the answer says which. What the published tables lose by rounding is a part of
its own. Ids are `fundingpart:<from>:<to>:<order>:<area>:<part>`. The change of column A, the formula inside floor and
gains limit, is split further where the floor of the later year can be recomputed on the earlier one; the ids of its
parts are those of `hnf.analysis.protection`, of a region or England `columnapart:<year>:<area>:<part>`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal, get_args

import polars as pl

from hnf.analysis.comparable_areas import ComparableArea, comparable_area
from hnf.analysis.growth import area_of
from hnf.analysis.protection import ProtectionRow, ProtectionRules, parameters_of, protection
from hnf.errors import UsageError
from hnf.formula.block import BASIC_ENTITLEMENT, TOTAL, block_formula, recompute
from hnf.formula.protection import ProtectionStatus
from hnf.measures.published import LATER, block_frame, dsg_id, formula_id, later_change, later_words, require_year
from hnf.results import Answer, Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear

#: All orders are walked through; there are 720 of six factors.
_MOST_FACTORS = 6


def split_in_order(before: Sequence[float], after: Sequence[float], order: Sequence[int] | None = None) -> list[float]:
    """Return the part of each factor in the change of the product when they change one after another, in `order`."""
    order = range(len(before)) if order is None else order
    if len(before) != len(after) or sorted(order) != list(range(len(before))):
        raise ValueError("the factors before and after and their order must match")
    now = list(before)
    parts = [0.0] * len(now)
    for position in order:
        others = math.prod(value for index, value in enumerate(now) if index != position)
        parts[position] = (after[position] - before[position]) * others
        now[position] = after[position]
    return parts


def split_shapley(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Return the part of each factor in the change of the product, as the average over all orders of change."""
    if len(before) > _MOST_FACTORS:
        raise ValueError(f"a product of more than {_MOST_FACTORS} factors is not split")
    splits = [split_in_order(before, after, order) for order in permutations(range(len(before)))]
    return [math.fsum(column) / len(splits) for column in zip(*splits, strict=True)]


Order = Literal["shapley", "sheet"]
ORDERS: tuple[Order, ...] = get_args(Order)
ORDER_WORDS: dict[Order, str] = {
    "sheet": "in the order of the sheet: the rate first, at the earlier year's pupils, then the pupils at the new rate",
    "shapley": "order-free: the average of both orders (Shapley)",
}
RATE, PUPILS, ROUNDING = f"{BASIC_ENTITLEMENT}_rate", f"{BASIC_ENTITLEMENT}_pupils", "rounding"
_GRANTS = "basic_entitlement_includes_pay_and_pension_grants"
_BASIS = "additional_basis"
_HOSPITAL, _ADDITIONAL, _FREE_SCHOOLS = "hospital_ap", "additional", "special_free_schools"


@dataclass(frozen=True)
class ChangePart(Answer):
    """One part of the change; pounds at an end are None for a factor of a product or without the step."""

    JSON = (
        "term letter_from=letters.0? letter_to=letters.1? label from_gbp=before_gbp to_gbp=after_gbp",
        "change_gbp figure_id",
    )

    term: str
    letters: tuple[str, str]
    label: str
    before_gbp: float | None
    after_gbp: float | None
    change_gbp: float
    figure_id: str


@dataclass(frozen=True)
class ColumnAPart(Answer):
    """One part of the change of column A."""

    JSON = "term label value_gbp figure_id"

    term: str
    label: str
    value_gbp: float
    figure_id: str


@dataclass(frozen=True)
class ColumnAChange(Answer):
    """The change of column A: `parts` add up to it, `rise_parts` to the last of them; without parts, the reason."""

    rules: ProtectionRules | None = None
    row: ProtectionRow | None = None
    parts: tuple[ColumnAPart, ...] = ()
    rise_parts: tuple[ColumnAPart, ...] = ()
    reason: str = ""

    @property
    def rule(self) -> str | None:
        """The rule that binds, as `hnf protection` classes it; of a region or England none."""
        return self.row.protection_status.value if self.row and self.parts else None


@dataclass(frozen=True)
class FundingSplit(Answer):
    """The change of the block of one area in parts that add up to it, as the sheet orders them; rounding is last."""

    JSON = (
        "from=years.0 to=years.1 area=comparable_area.name is_combined_area=comparable_area.is_combined",
        "note=comparable_area.note? order order_in_words before_gbp after_gbp change_gbp change_pct parts",
        "column_a_parts=column_a.parts column_a_rise_parts=column_a.rise_parts column_a_rule=column_a.rule",
        "column_a_reason=column_a.reason? breaks basis",
    )
    basis = "derived"

    years: tuple[FinancialYear, FinancialYear]
    order: Order
    comparable_area: ComparableArea
    before_gbp: float
    after_gbp: float
    parts: tuple[ChangePart, ...]
    breaks: tuple[str, ...]
    column_a: ColumnAChange

    @property
    def change_gbp(self) -> float:
        """The change of the published total."""
        return self.after_gbp - self.before_gbp

    @property
    def change_pct(self) -> float | None:
        """The same in per cent."""
        return self.change_gbp / self.before_gbp * 100 if self.before_gbp else None

    @property
    def order_in_words(self) -> str:
        """How the product is split."""
        return ORDER_WORDS[self.order]


def split_funding_change(
    store: Store, authority: Authority, years: tuple[FinancialYear, FinancialYear], order: Order = "shapley"
) -> FundingSplit:
    """Split the change of an authority's block between two years."""
    start, end = (require_year(store, year) for year in years)
    if start >= end:
        raise UsageError(f"{start} is not before {end}", where="--against", todo="Name an earlier year.")
    place = comparable_area(
        Authorities.of(store),
        authority,
        tuple(set(block_frame(store, year)["area"]) for year in years),
        "the high needs block",
        (str(start), str(end)),
    )
    ends = [_End(store, year, codes) for year, codes in zip(years, place.codes, strict=True)]
    area = authority.la_code if authority.is_group else area_of(*place.codes)
    prefix = f"fundingpart:{start}:{end}:{order}:{area}"
    parts = tuple(
        ChangePart(
            term=term,
            letters=(ends[0].letters.get(term, ""), ends[1].letters.get(term, "")),
            label=_label(ends, term),
            before_gbp=before,
            after_gbp=after,
            change_gbp=change,
            figure_id=f"{prefix}:{term}",
        )
        for term, before, after, change in _parts(ends, order)
    )
    column_a = split_column_a(store, (start, end), place.codes, authority if authority.is_group else None)
    return FundingSplit(
        years, order, place, ends[0].published, ends[1].published, parts, tuple(_breaks(ends)), column_a
    )


def split_column_a(
    store: Store,
    years: tuple[FinancialYear, FinancialYear],
    codes: Sequence[tuple[str, ...]],
    group: Authority | None = None,
) -> ColumnAChange:
    """Split the change of column A into what was rolled in, population and the rise per head, or say why not."""
    start, end = years
    if start.next != end:
        return ColumnAChange(reason=f"{start} and {end} do not follow each other")
    try:
        found = protection(store, end)
    except UsageError as error:
        return ColumnAChange(reason=error.what)
    if group is not None:
        return _of_group(store, years, codes, group)
    rows = [each for each in (*found.rows, *found.combined) if (each.area.before, each.area.codes) == tuple(codes)]
    row = rows[0] if rows else None
    if row is None or found.rules.baseline_year != start:
        return ColumnAChange(reason="the floor of the whole area is not recomputed on the earlier year")
    if row.rise_gbp is None:
        hospital = f"column A of {start} still contains hospital money, which that of {end} no longer does"
        return ColumnAChange(reason=hospital if row.floor_gbp is not None else row.reason)
    ids, labels = row.ids, _column_a_labels(found.rules, row)
    parts = {
        term: ColumnAPart(term, labels[term], getattr(row, f"{term}_gbp"), ids[term]) for term in labels if term in ids
    }
    rise = tuple(part for term, part in parts.items() if term.startswith("rise_"))
    return ColumnAChange(found.rules, row, tuple(part for part in parts.values() if part not in rise), rise)


_GROUP_LABELS = {
    "rolled_in": "Additional allocation of {baseline}, rolled into the baseline",
    "population_part": "Population aged 2 to 18, mid-{before} to mid-{after}",
    "rise": "Rise per head",
}


def _of_group(
    store: Store, years: tuple[FinancialYear, FinancialYear], codes: Sequence[tuple[str, ...]], group: Authority
) -> ColumnAChange:
    """Add up the parts of column A over the authorities of a region or England, or say who has none."""
    found = protection(store, years[1])
    rules = found.rules
    if rules.baseline_year != years[0]:
        return ColumnAChange(reason=f"the floor of {years[1]} is not recomputed on {years[0]}")
    whole = [row for row in found.combined if set(row.area.codes) <= set(codes[1]) and row.rise_gbp is not None]
    within = {code for row in whole for code in row.area.codes}
    alone = [row for row in found.rows if row.area.area in codes[1] and row.area.area not in within]
    if lacking := [row for row in alone if row.rise_gbp is None]:
        return ColumnAChange(
            reason=f"{len(lacking)} of {len(codes[1])} authorities have no such parts: {lacking[0].reason}"
        )
    dates = {"baseline": years[0], "before": rules.previous_mid_year, "after": rules.mid_year}
    parts = []
    for term, label in _GROUP_LABELS.items():
        pounds = [value for row in (*whole, *alone) if (value := getattr(row, f"{term}_gbp")) is not None]
        if pounds:
            id_ = f"columnapart:{years[1]}:{group.la_code}:{term}"
            parts.append(ColumnAPart(term, label.format(**dates), math.fsum(pounds), id_))
    return ColumnAChange(rules, None, tuple(parts))


def group_protection_figure(store: Store, year: FinancialYear, area: str, part: str) -> Figure:
    """Return a part of the change of column A of a region or England, the sum of its authorities, as a figure."""
    group, found = Authorities.of(store).groups[area], protection(store, year)
    years = (found.rules.baseline_year, year)
    members = Authorities.of(store).members(area)
    codes = [tuple(code for code in block_frame(store, one)["area"] if code in members) for one in years]
    one = {each.term: each for each in _of_group(store, years, codes, group).parts}[part]
    whole = {code for row in found.combined for code in row.area.codes}
    rows = [row for row in (*found.rows, *found.combined) if set(row.area.codes) <= set(codes[1])]
    inputs = (row.ids[part] for row in rows if part in row.ids and (row.area.area not in whole))
    label = f"{one.label}, {group.prose}, {year}"
    return Figure(one.figure_id, label, one.value_gbp, "gbp", "derived", tuple(inputs), "sum over its authorities")


def _column_a_labels(rules: ProtectionRules, row: ProtectionRow) -> dict[str, str]:
    """Return the words for the parts of column A, in order; the last part is what no rule gives."""
    beyond = "above the floor, by historic spend and proxies"
    if row.protection_status is ProtectionStatus.KNOWN_DIFFERENCE:
        beyond = f"known difference from {'the gains limit' if row.bound is ProtectionStatus.LIMIT else 'the floor'}"
    elif row.bound:
        beyond = "rounding of column A"
    elif row.protection_status is not ProtectionStatus.BETWEEN:
        beyond = "not explained by floor and gains limit"
    return {
        "rolled_in": f"Additional allocation of {rules.baseline_year}, rolled into the baseline",
        "population_part": f"Population aged 2 to 18, mid-{rules.previous_mid_year} to mid-{rules.mid_year}",
        "rise": "Rise per head",
        "rise_minimum": f"Rise per head: the floor's minimum of {rules.floor_pct:g}%",
        "rise_to_limit": f"Rise per head: from the floor to the gains limit of {rules.limit_pct:g}%",
        "rise_beyond": f"Rise per head: {beyond}",
    }


class _End:
    """The steps of an area, one or several authorities, in one year."""

    def __init__(self, store: Store, year: FinancialYear, codes: tuple[str, ...]) -> None:
        self.store, self.year, self.codes = store, year, codes
        formula = block_formula(store, year)
        rows = _by_step(store, year).filter(pl.col("area").is_in(codes))
        self.printed_terms = {*formula.term_of_letter.values(), TOTAL}
        self.steps = {step.term: float(rows[step.term].sum()) for step in formula.steps}
        self.labels = {step.term: step.label for step in formula.steps}
        letter_of = {term: letter for letter, term in formula.term_of_letter.items()}
        self.letters = {step.term: step.letter for step in formula.steps} | {
            term: letter_of[term] for term in (RATE, PUPILS) if term in letter_of
        }
        changes = later_change(store, year)
        self.later = math.fsum(changes[code] for code in codes) if changes else None
        self.published = float(rows["published_gbp"].sum()) + (self.later or 0.0)
        self.pupils = float(rows[PUPILS].sum())

    @property
    def rate(self) -> float:
        """The rate, of several authorities their average weighted by pupils."""
        return self.steps[BASIC_ENTITLEMENT] / self.pupils if self.pupils else 0.0

    def inputs(self, terms: Iterable[str]) -> tuple[str, ...]:
        """Return ids of published terms, those that the year prints."""
        printed = [term for term in terms if term in self.printed_terms]
        ids = [formula_id(self.store, self.year, code, term) for term in printed for code in self.codes]
        if LATER in terms and self.later is not None:
            ids += [make(self.store, self.year, code, TOTAL) for code in self.codes for make in (dsg_id, formula_id)]
        return tuple(ids)


@cached
def _by_step(store: Store, year: FinancialYear) -> pl.DataFrame:
    """Return the steps of every authority, then the terms as printed, one row an authority."""
    steps = recompute(store, year)
    printed = block_frame(store, year)
    return steps.join(printed.drop(set(printed.columns) & set(steps.columns) - {"area"}), on="area", validate="1:1")


_Part = tuple[str, float | None, float | None, float]


def _parts(ends: list[_End], order: Order) -> list[_Part]:
    """Return all parts in the order of the sheet; what is left of the published change comes last."""
    terms = _terms_in_order(ends)
    parts = sorted([*_additive(ends), *_product(ends, order)], key=lambda part: terms.index(part[0]))
    if any(end.later is not None for end in ends):
        before, after = (end.later for end in ends)
        parts.append((LATER, before, after, (after or 0.0) - (before or 0.0)))
    left = (ends[1].published - ends[0].published) - math.fsum(part[3] for part in parts)
    return [*parts, (ROUNDING, None, None, left)]


def _terms_in_order(ends: list[_End]) -> list[str]:
    """Return the terms in the order of the later sheet, those of the earlier sheet alone after them."""
    steps = [term for end in reversed(ends) for term in end.steps]
    expanded = [part for term in steps for part in ((RATE, PUPILS) if term == BASIC_ENTITLEMENT else (term,))]
    return list(dict.fromkeys(expanded))


def _additive(ends: list[_End]) -> list[_Part]:
    terms = dict.fromkeys(term for end in ends for term in end.steps if term != BASIC_ENTITLEMENT)
    values = [(term, ends[0].steps.get(term), ends[1].steps.get(term)) for term in terms]
    return [(term, before, after, (after or 0.0) - (before or 0.0)) for term, before, after in values]


def _product(ends: list[_End], order: Order) -> list[_Part]:
    before, after = ((end.rate, end.pupils) for end in ends)
    rate, pupils = split_shapley(before, after) if order == "shapley" else split_in_order(before, after)
    return [(RATE, None, None, rate), (PUPILS, None, None, pupils)]


def _label(ends: list[_End], term: str) -> str:
    before, after = ends
    average = "average " if len(before.codes) + len(after.codes) > 2 else ""
    changing = {
        RATE: f"Basic entitlement: {average}rate (£{before.rate:,.2f} to £{after.rate:,.2f} a pupil)",
        PUPILS: f"Basic entitlement: pupils ({_count(before.pupils)} to {_count(after.pupils)})",
        ROUNDING: "Rounding in the published tables",
        LATER: "; ".join(later_words(end.store, end.year) for end in ends if end.later is not None),
    }
    return changing.get(term) or after.labels.get(term) or before.labels[term]


def _count(pupils: float) -> str:
    return f"{pupils:,.2f}".rstrip("0").rstrip(".")


def _breaks(ends: list[_End]) -> Iterable[str]:
    """Say what the two years do not have in common."""
    start, end = (each.year for each in ends)
    parameters = [parameters_of(each.store, each.year) for each in ends]
    grants = [each.value(_GRANTS) if each and each.has_value(_GRANTS) else None for each in parameters]
    if grants == [False, True]:
        yield (
            f"The basic entitlement rate of {end} includes the teachers' pay and pension grants, that of {start} does "
            "not: the change of the rate is not like for like."
        )
    new, old = (set(a.steps) - set(b.steps) for a, b in ((ends[1], ends[0]), (ends[0], ends[1])))
    if _HOSPITAL in new:
        yield (
            f"Hospital money is a separate step in {end} and was inside column A in {start}: column A rose by less, "
            "and the step by more, than they would have on one definition."
        )
    for term in sorted((new | old) - {_HOSPITAL}):
        yield f"{ends[1].labels.get(term) or ends[0].labels[term]}: a step in {end if term in new else start} only."
    later = parameters[1]
    moved = later.value("floor_baseline_terms") if later and later.has_value("floor_baseline_terms") else ()
    if _ADDITIONAL in ends[0].steps and isinstance(moved, tuple) and _ADDITIONAL in moved and start.next == end:
        yield (
            f"The additional allocation of {start} is part of the baseline of column A in {end}: column A rose by it, "
            f"and the additional allocation of {end} is other money."
        )
    bases = [each.value(_BASIS) for each in parameters if each and each.has_value(_BASIS)]
    if len(set(bases)) > 1:
        yield f"The additional allocations of {start} and {end} are shared by different rules."
    if _FREE_SCHOOLS in ends[0].steps and _FREE_SCHOOLS in ends[1].steps:
        yield "Places of special free schools that have finished growing may have moved from their step to column A."


def funding_part_figure(store: Store, parts: list[str]) -> Figure:
    """Return a part of a change as a figure; `parts` are from, to, order, area and part of its id."""
    start, end, order, area, term = parts
    years = (FinancialYear.parse(start), FinancialYear.parse(end))
    chosen = {known: known for known in ORDERS}[order]  # type: ignore[index]
    known = Authorities.of(store)
    code = area.split("-")[-1].split("+")[0]
    found = split_funding_change(store, known.groups.get(area) or known[code], years, chosen)
    part = {part.figure_id: part for part in found.parts}[":".join(("fundingpart", *parts))]
    ends = [_End(store, year, codes) for year, codes in zip(years, found.comparable_area.codes, strict=True)]
    terms = {RATE: (RATE, PUPILS), PUPILS: (RATE, PUPILS)}.get(term, (term,))
    inputs = tuple(id_ for each in ends for id_ in each.inputs(terms))
    if term == ROUNDING:
        inputs = tuple(id_ for each in ends for id_ in each.inputs((TOTAL, *each.steps, RATE, PUPILS)))
    label = f"{part.label}, {found.comparable_area.name}, {start} to {end}"
    how = {RATE: ORDER_WORDS[chosen], PUPILS: ORDER_WORDS[chosen], ROUNDING: "total less all steps"}
    return Figure(part.figure_id, label, part.change_gbp, "gbp", "derived", inputs, how.get(term, "later − earlier"))
