"""The allocation of one authority: each step, the total, deductions, and the total per head, pupil or plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.analysis.ranking import rate_id
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.figures import Basis, Figure
from hnf.formula.block import BASIC_ENTITLEMENT, TOTAL, block_formula, recompute
from hnf.measures.published import block_frame, dsg_id
from hnf.measures.rates import Per, Population, RateSpec, rate_table
from hnf.results import Tabular
from hnf.store import Store
from hnf.years import FinancialYear


@dataclass(frozen=True)
class AllocationStep:
    """One step: pounds, whether a cell says so or arithmetic does, and the ids it rests on."""

    term: str
    letter: str
    label: str
    value_gbp: float
    basis: Basis
    figure_id: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Allocation(Tabular):
    """The block of one authority in one year."""

    ROWS = "steps"

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

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        return {
            "la_code": self.authority.la_code,
            "la_name": self.authority.name,
            "year": str(self.year),
            "formula": self.formula,
            "steps": [
                {
                    "term": step.term,
                    "letter": step.letter,
                    "label": step.label,
                    "value_gbp": step.value_gbp,
                    "basis": step.basis,
                    "figure_id": step.figure_id,
                }
                for step in self.steps
            ],
            "total_gbp": self.total_gbp,
            "published_total_gbp": self.published_total_gbp,
            "difference_gbp": self.total_gbp - self.published_total_gbp,
            "deductions_gbp": self.deductions_gbp,
            "after_deductions_gbp": self.after_deductions_gbp,
            "per": {
                "per": self.spec.per,
                "value_gbp": self.rate_gbp,
                "denominator": self.denominator,
                "denominator_in_words": self.spec.denominator_words,
                "reason": self.rate_reason or None,
                "figure_id": rate_id(self.spec, self.authority.la_code) if self.rate_gbp is not None else None,
            },
            "basis": "derived",
        }


def allocate(
    store: Store, who: str, year: FinancialYear, per: Per = "head", population: Population = "ons"
) -> Allocation:
    """Recompute the block of one authority step by step.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it.
    year : FinancialYear
    per, population : str
        Denominator of the rate.

    Returns
    -------
    Allocation

    Raises
    ------
    UsageError
        If the authority is unknown, had no allocation in the year, or a symbol stands in place of a step.
    """
    authority = Authorities.of(store).find(who)
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
    spec = RateSpec(year, "block", per, population)
    table = rate_table(store, spec)
    code = authority.la_code
    return Allocation(
        year=year,
        authority=authority,
        formula=block_formula(store, year).printed.text,
        steps=tuple(_step(store, year, code, step_row) for step_row in _step_rows(store, year, row)),
        total_gbp=row["recomputed_gbp"],
        published_total_gbp=row["published_gbp"],
        deductions_gbp=printed.get("deductions"),
        after_deductions_gbp=printed.get("total_after_deductions"),
        spec=spec,
        rate_gbp=table.values.get(code),
        denominator=table.denominators.values.get(code) if per != "none" else None,
        rate_reason=table.excluded.get(code, ""),
    )


def no_allocation(store: Store, authority: Authority, year: FinancialYear) -> str:
    """Say why an authority had no allocation in a year."""
    instead = Authorities.of(store).instead(authority, year)
    if instead:
        return instead
    return f"{authority.prose} had no high needs allocation in {year}: DfE's tables do not include it"


def step_figure(store: Store, year: FinancialYear, la_code: str, term: str) -> Figure:
    """Return a step that is arithmetic on cells as a figure: the basic entitlement, or the recomputed total.

    Raises
    ------
    UsageError
        If the authority had no allocation or there is no such step.
    """
    allocation = allocate(store, la_code, year, "none")
    name = allocation.authority.prose
    if term == TOTAL:
        inputs = tuple(id_ for step in allocation.steps for id_ in step.inputs)
        label = f"Recomputed high needs block before deductions, {name}, {year}"
        return Figure(
            f"step:{year}:{la_code}:{term}", label, allocation.total_gbp, "gbp", "derived", inputs, allocation.formula
        )
    for step in allocation.steps:
        if step.term == term:
            label = f"{step.label}, {name}, {year}"
            return Figure(step.figure_id, label, step.value_gbp, "gbp", "derived", step.inputs, step.letter)
    raise UsageError(f"there is no step '{term}' in {year}")


def _step_rows(store: Store, year: FinancialYear, row: dict[str, Any]) -> list[tuple[str, str, str, float]]:
    return [(step.term, step.letter, step.label, row[step.term]) for step in block_formula(store, year).steps]


def _step(store: Store, year: FinancialYear, la_code: str, step: tuple[str, str, str, float]) -> AllocationStep:
    term, letter, label, value = step
    if term == BASIC_ENTITLEMENT:
        inputs = tuple(dsg_id(store, year, la_code, f"{BASIC_ENTITLEMENT}_{part}") for part in ("rate", "pupils"))
        return AllocationStep(term, letter, label, value, "derived", f"step:{year}:{la_code}:{term}", inputs)
    published = dsg_id(store, year, la_code, term)
    return AllocationStep(term, letter, label, value, "published", published, (published,))
