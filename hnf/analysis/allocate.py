"""The allocation of one authority: each step, the total, deductions, and the total per head, pupil or plan.

By the printed formula, whose steps are cells of the published table, or by the factors that the user has ingested.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from hnf.errors import UsageError
from hnf.formula.block import BASIC_ENTITLEMENT, TOTAL, Step, block_formula, recompute
from hnf.measures.published import (
    LATER,
    TOTALS,
    block_frame,
    dsg_id,
    financial_years,
    formula_edition,
    formula_id,
    later_change,
    later_words,
    level_of,
    plain_amounts,
    total_edition,
)
from hnf.measures.rates import RateSpec, area_rates, denominator_amounts, england_words, rate_id, rate_table
from hnf.measures.register import Per, Population
from hnf.results import Answer, Basis, Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.years import FinancialYear

if TYPE_CHECKING:
    from hnf.factors.ingested import OwnFactors
    from hnf.factors.nff import FactorAllocations, FactorStep

_COLUMN_A, _DEDUCTIONS, _HISTORIC = "nff_in_protection_gbp", "deductions", "historic_spend_factor_gbp"


@dataclass(frozen=True)
class AllocationStep(Answer):
    """One step: pounds, whether a cell says so or arithmetic does, and the ids it rests on."""

    JSON = "term letter label value_gbp basis figure_id"

    term: str
    letter: str
    label: str
    value_gbp: float
    basis: Basis
    figure_id: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class GroupStep(AllocationStep):
    """A step of a region or England: the sum of its authorities, beside what the sheet prints for it, if anything."""

    JSON = (
        f"area_code=area.la_code area_name=area.name period {AllocationStep.JSON} printed_gbp printed_id difference_gbp"
    )

    area: Authority
    period: FinancialYear
    printed_gbp: float | None
    printed_id: str | None

    @property
    def difference_gbp(self) -> float | None:
        """As printed less the sum of the authorities, £."""
        return None if self.printed_gbp is None else self.printed_gbp - self.value_gbp


@dataclass(frozen=True)
class Allocation(Answer):
    """The block of one authority, a region or England in one year."""

    JSON = (
        "la_code=authority.la_code la_name=authority.name year formula steps",
        "total_gbp published_total_gbp difference_gbp deductions_gbp after_deductions_gbp",
        "steps_edition total_edition steps_total_gbp",
        {
            "per": "per=spec.per value_gbp=rate_gbp denominator denominator_in_words=spec.denominator_words "
            "reason=rate_reason? figure_id=rate_id"
        },
        "basis notes",
    )
    ROWS = "steps"
    MAIN = "total_gbp after_deductions_gbp"
    basis = "derived"

    year: FinancialYear
    authority: Authority
    formula: str
    steps: tuple[AllocationStep, ...]
    total_gbp: float
    published_total_gbp: float
    deductions_gbp: float | None
    after_deductions_gbp: float | None
    spec: RateSpec
    rate_gbp: float | None
    denominator: float | None
    rate_reason: str
    steps_edition: str
    total_edition: str
    #: Of a region or England: whose money is in its rate in another way, or not in it.
    rate_note: str = ""

    @property
    def notes(self) -> list[str]:
        """What a reader of a region or England must know: how the sums agree with print, who is not in the rate."""
        return [*self.reconciled, *([f"Its rate: {self.rate_note}."] if self.rate_note else [])]

    @property
    def difference_gbp(self) -> float:
        """Recomputed less published, £."""
        return self.total_gbp - self.published_total_gbp

    @property
    def later(self) -> AllocationStep | None:
        """What a later edition adds to the steps, where totals have one."""
        return next((step for step in self.steps if step.term == LATER), None)

    @property
    def steps_total_gbp(self) -> float:
        """The steps of the formula added up, without what a later edition adds, £."""
        return self.total_gbp - (self.later.value_gbp if self.later else 0.0)

    @property
    def heads(self) -> float | None:
        """What each step is divided by: none where the rate leaves some of the money out."""
        if self.rate_gbp is None or not self.denominator:
            return None
        is_whole = math.isclose(self.rate_gbp * self.denominator, self.published_total_gbp, rel_tol=1e-9)
        return self.denominator if is_whole or not self.authority.is_group else None

    @property
    def deductions_id(self) -> str:
        """Id of the deductions: a cell, or before less after where the edition of the totals prints no deductions."""
        code = self.authority.la_code
        if self.later or self.authority.is_group:
            return f"step:{self.year}:{code}:{_DEDUCTIONS}"
        return f"dsg:{self.year}:{self.steps_edition}:{code}:{_DEDUCTIONS}"

    @property
    def editions_in_words(self) -> str:
        """Which edition the steps and the totals are of, where they differ."""
        if not self.later:
            return ""
        return (
            f"Steps: edition of {self.steps_edition}. Totals: edition of {self.total_edition}, which prints no step; "
            "deductions are its total before less its total after."
        )

    @property
    def rate_id(self) -> str | None:
        """Id of the rate, where there is one."""
        return rate_id(self.spec, self.authority.la_code) if self.rate_gbp is not None else None

    @property
    def reconciled(self) -> list[str]:
        """Say of a region or England how the sums of its authorities agree with the rows that the sheet prints."""
        printed = [step for step in self.steps if isinstance(step, GroupStep) and step.printed_gbp is not None]
        if not printed:
            return []
        apart = [step for step in printed if abs(step.difference_gbp or 0) >= 1]
        lines = [
            f"{step.label}: the sheet prints £{step.printed_gbp:,.0f} for {self.authority.prose}, "
            f"£{abs(step.difference_gbp or 0):,.0f} {'more' if (step.difference_gbp or 0) > 0 else 'less'} than its "
            "authorities in the table add up to."
            for step in apart
        ]
        if len(apart) < len(printed):
            each = "" if not apart else "other "
            lines.append(f"Each {each}step that the sheet prints for {self.authority.prose} is the sum to the pound.")
        return lines


def allocate(
    store: Store, who: str, year: FinancialYear, per: Per = "head", population: Population = "ons"
) -> Allocation:
    """Recompute the block of one authority step by step.

    Parameters
    ----------
    who : str
        Authority, region or England, by name or code; of the last two each step is the sum of their authorities.
    per, population : str
        Denominator of the rate.

    Raises
    ------
    UsageError
        If the area is unknown, had no allocation in the year, or a symbol is printed in place of a step.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.allocate(hnf.Store(), "Hertfordshire", "2023-24", per="head")
    >>> found.to_json()["published_total_gbp"]
    180432328.0
    """
    spec = RateSpec(year, "block", per, population)
    authority, year = Authorities.of(store).find_area(who), spec.year
    if authority.is_group:
        return _allocate_group(store, authority, spec)
    frame = recompute(store, year).filter(pl.col("area") == authority.la_code)
    if not frame.height:
        raise UsageError(no_allocation(store, authority, year))
    row = frame.row(0, named=True)
    missing = [name for name, value in row.items() if value is None and name != "difference_gbp"]
    if missing:
        raise UsageError(
            f"the block of {authority.prose} in {year} cannot be recomputed: there is no figure for {missing[0]}",
            where=str(store.folder),
        )
    printed = block_frame(store, year).filter(pl.col("area") == authority.la_code).row(0, named=True)
    table = rate_table(store, spec)
    code = authority.la_code
    steps = tuple(_step(store, year, code, step, row[step.term]) for step in block_formula(store, year).steps)
    total, after, deductions = row["published_gbp"], printed.get("total_after_deductions"), printed.get(_DEDUCTIONS)
    if change := later_change(store, year):
        steps = (*steps, _later_step(store, year, code, change[code]))
        total = total + change[code]
        after = plain_amounts(store, "after_deductions", year).values.get(code)
        deductions = None if after is None else total - after
    return Allocation(
        year=year,
        authority=authority,
        formula=block_formula(store, year).printed.text,
        steps=steps,
        total_gbp=row["recomputed_gbp"] + change.get(code, 0.0),
        published_total_gbp=total,
        deductions_gbp=deductions,
        after_deductions_gbp=after,
        spec=spec,
        rate_gbp=table.values.get(code),
        denominator=table.denominators.values.get(code) if per != "none" else None,
        rate_reason=table.excluded.get(code, ""),
        steps_edition=formula_edition(store, year),
        total_edition=total_edition(store, year),
    )


def _allocate_group(store: Store, area: Authority, spec: RateSpec) -> Allocation:
    """Add up the authorities of a region or England, each recomputed, beside the row that is printed for the area."""
    year, code = spec.year, area.la_code
    members = Authorities.of(store).members(code)
    parts = [allocate(store, one, year, "none") for one in funded(store, year, members)]
    level = level_of(code)
    printed = next((row for row in block_frame(store, year, level).iter_rows(named=True) if row["area"] == code), {})
    steps = []
    for term in [step.term for step in parts[0].steps]:
        own = [step for part in parts for step in part.steps if step.term == term]
        shown = printed.get(term)
        inputs = tuple(id_ for step in own for id_ in step.inputs)
        cell = None if shown is None else formula_id(store, year, code, term)
        value, id_ = math.fsum(step.value_gbp for step in own), f"step:{year}:{code}:{term}"
        words = (term, own[0].letter, own[0].label)
        steps.append(GroupStep(*words, value, "derived", id_, inputs, area, year, shown, cell))
    ends = [plain_amounts(store, name, year, level).values.get(code) for name in ("block", "after_deductions")]
    sums = [
        None if None in found else math.fsum(x for x in found if x is not None)
        for found in ([getattr(part, f"{name}_gbp") for part in parts] for name in ("deductions", "after_deductions"))
    ]
    total, table = math.fsum(part.total_gbp for part in parts), area_rates(store, spec, [code])
    return replace(
        parts[0],
        authority=area,
        steps=tuple(steps),
        total_gbp=total,
        published_total_gbp=math.fsum(part.published_total_gbp for part in parts) if ends[0] is None else ends[0],
        deductions_gbp=sums[0],
        after_deductions_gbp=sums[1] if ends[1] is None else ends[1],
        spec=spec,
        rate_gbp=table.values.get(code),
        denominator=table.denominators.values.get(code) if spec.per != "none" else None,
        rate_reason=table.excluded.get(code, ""),
        rate_note=england_words(store, table.authorities, code),
    )


def _later_step(store: Store, year: FinancialYear, code: str, change_gbp: float) -> AllocationStep:
    ids = tuple(make(store, year, code, TOTAL) for make in (dsg_id, formula_id))
    return AllocationStep(
        LATER, "", later_words(store, year), change_gbp, "derived", f"step:{year}:{code}:{LATER}", ids
    )


def _step(store: Store, year: FinancialYear, code: str, step: Step, value_gbp: float) -> AllocationStep:
    id_ = formula_id(store, year, code, step.term)
    basis: Basis = "published"
    inputs: tuple[str, ...] = (id_,)
    if step.term == BASIC_ENTITLEMENT:
        id_, basis = f"step:{year}:{code}:{step.term}", "derived"
        inputs = tuple(formula_id(store, year, code, f"{step.term}_{part}") for part in ("rate", "pupils"))
    return AllocationStep(step.term, step.letter, step.label, value_gbp, basis, id_, inputs)


@dataclass(frozen=True)
class FactorAllocation(Answer):
    """The block of one authority in one year by the user's factors (place `at` of `found`); all is estimated."""

    JSON = (
        "la_code la_name year=own.year by inputs=own unverified_parameters=found.rules.unverified steps=step_rows",
        "binding **amounts historic_spend_pct total_gbp published_total_gbp difference_gbp",
        {"per": "per value_gbp=rate_gbp denominator denominator_in_words reason figure_id"},
        {
            "england": "quantum_gbp=found.rules.quantum_gbp quantum_status "
            "nff_in_protection_gbp=all_gbp.nff_in_protection_gbp proxy_pot_gbp=found.proxy_pot_gbp "
            "additional_gbp=all_gbp.additional_gbp total_gbp=all_gbp.total_before_deductions_gbp "
            "historic_spend_pct=england_historic_spend_pct"
        },
        "basis",
    )
    ROWS = "steps"
    by, basis, figure_id = "factors", "estimated", None

    own: OwnFactors
    found: FactorAllocations
    at: int
    steps: tuple[FactorStep, ...]
    published_total_gbp: float | None
    per: Per
    denominator: float | None
    denominator_in_words: str

    @property
    def la_code(self) -> str:
        """Code of the authority."""
        return self.own.inputs.la_codes[self.at]

    @property
    def la_name(self) -> str:
        """Name of the authority in the file."""
        return self.own.inputs.la_names[self.at]

    @property
    def total_gbp(self) -> float:
        """The block before deductions, £."""
        return float(self.found["total_before_deductions_gbp"][self.at])

    @property
    def rate_gbp(self) -> float | None:
        """The total per head, pupil or plan, £."""
        return self.total_gbp / self.denominator if self.denominator else None

    @property
    def difference_gbp(self) -> float | None:
        """By factors less published, £."""
        return None if self.published_total_gbp is None else self.total_gbp - self.published_total_gbp

    @property
    def step_rows(self) -> list[dict[str, Any]]:
        """One dict a step."""
        return [{**asdict(step), "basis": self.basis, "figure_id": None} for step in self.steps]

    @property
    def binding(self) -> str:
        """The rule that decides the amount: floor, limit or between."""
        return str(self.found.binding[self.at])

    @property
    def amounts(self) -> dict[str, float]:
        """Column A with its floor and limit, £."""
        return {name: float(self.found[name][self.at]) for name in (_COLUMN_A, "floor_gbp", "limit_gbp")}

    @property
    def historic_spend_pct(self) -> float:
        """The historic spend factor as a share of column A, %."""
        return 100 * float(self.found[_HISTORIC][self.at]) / self.amounts[_COLUMN_A]

    @property
    def england_historic_spend_pct(self) -> float:
        """The same of all authorities together, %."""
        return 100 * math.fsum(self.found[_HISTORIC]) / self.all_gbp[_COLUMN_A]

    @property
    def all_gbp(self) -> dict[str, float]:
        """Sums over all authorities, £."""
        names = (_COLUMN_A, "additional_gbp", "total_before_deductions_gbp")
        return {name: math.fsum(self.found[name]) for name in names}

    @property
    def quantum_status(self) -> str | None:
        """Whether the quantum is published, derived or unverified."""
        return self.found.rules.statuses.get("formula_quantum_gbp")

    @property
    def reason(self) -> str | None:
        """Why there is no denominator."""
        return None if self.denominator or self.per == "none" else self.denominator_in_words


def allocate_by_factors(
    store: Store, who: str, year: FinancialYear, per: Per = "head", population: Population = "ons"
) -> FactorAllocation:
    """Compute the block of one authority from the factors that the user has ingested for a year.

    Parameters
    ----------
    store : Store
        Of the user's folder.
    who : str
        Authority, by a code or name of the file or of the register.
    per, population : str
        Denominator of the rate: that of the tables where they have one, else heads of the file.

    Raises
    ------
    UsageError
        If the authority is unknown or not in the file.
    FormulaError
        If no factors have been ingested for the year, a parameter is missing, or no proxy pot gives the quantum.

    Examples
    --------
    >>> import hnf
    >>> hnf.allocate_by_factors(hnf.Store(), "Leeds", "2023-24")
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
    hnf.errors.FormulaError: no factors of 2023-24 have been ingested. ...
    """
    from hnf.factors import nff
    from hnf.factors.ingested import load_factors

    year = FinancialYear.of(year)
    own = load_factors(store, year)
    at = own.find(store, who)
    code = own.inputs.la_codes[at]
    found = nff.allocate(own.inputs, nff.rules_of(own.parameters, own.quantum_gbp))
    denominator, words = _own_denominator(store, own, at, RateSpec(year, "block", per, population))
    printed = None
    if year in financial_years(store):
        printed = plain_amounts(store, "block", year).values.get(code)
    return FactorAllocation(own, found, at, nff.steps_of(found, code), printed, per, denominator, words)


def _own_denominator(store: Store, own: OwnFactors, at: int, spec: RateSpec) -> tuple[float | None, str]:
    """Return a count and what it is; heads of the file where the tables have none of the authority in the year."""
    if spec.per == "none":
        return None, ""
    code = own.inputs.la_codes[at]
    try:
        counts = denominator_amounts(store, spec)
        if code in counts.values:
            return counts.values[code], spec.denominator_words
        reason = counts.excluded.get(code, f"the tables have no such count of {code} for {spec.year}")
    except UsageError as error:
        reason = error.what
    if spec.per == "head":
        return float(own.inputs["population_2_18_count"][at]), f"people aged 2 to 18 in {own.file}"
    return None, reason


def no_allocation(store: Store, authority: Authority, year: FinancialYear) -> str:
    """Say why an authority had no allocation in a year."""
    instead = Authorities.of(store).instead(authority, year)
    if instead:
        return instead
    return f"{authority.prose} had no high needs allocation in {year}: DfE's tables do not include it"


def step_figure(store: Store, year: FinancialYear, la_code: str, term: str) -> Figure:
    """Return a step that is arithmetic on cells as a figure: the basic entitlement, or the recomputed total."""
    allocation = allocate(store, la_code, year, "none")
    name, members = allocation.authority.prose, Authorities.of(store).members(la_code)
    if term == TOTAL:
        inputs = tuple(id_ for step in allocation.steps if step.term != LATER for id_ in step.inputs)
        label = f"Recomputed high needs block before deductions, {name}, {year}"
        if allocation.later:
            label += f", edition of {allocation.steps_edition}"
        pounds = allocation.steps_total_gbp
        return Figure(f"step:{year}:{la_code}:{term}", label, pounds, "gbp", "derived", inputs, allocation.formula)
    if term == _DEDUCTIONS and allocation.later:
        label = f"Deductions for places paid for directly, {name}, {year}, edition of {allocation.total_edition}"
        inputs = tuple(dsg_id(store, year, code, t) for code in funded(store, year, members) for t in TOTALS)
        id_, how = allocation.deductions_id, "total before − total after deductions"
        return Figure(id_, label, allocation.deductions_gbp, "gbp", "derived", inputs, how)
    if term == _DEDUCTIONS and allocation.authority.is_group:
        label = f"Deductions for places paid for directly, {name}, {year}"
        inputs = tuple(dsg_id(store, year, code, term) for code in funded(store, year, members))
        return Figure(allocation.deductions_id, label, allocation.deductions_gbp, "gbp", "derived", inputs, "sum")
    for step in allocation.steps:
        if step.term == term:
            label = f"{step.label}, {name}, {year}"
            how = step.letter or "later edition − edition with the formula"
            how += ", added up over its authorities" if allocation.authority.is_group else ""
            return Figure(step.figure_id, label, step.value_gbp, "gbp", "derived", step.inputs, how)
    raise UsageError(f"there is no step '{term}' in {year}")


def funded(store: Store, year: FinancialYear, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some authorities that are in the table of a year."""
    return tuple(code for code in block_frame(store, year)["area"] if code in codes)
