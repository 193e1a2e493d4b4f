"""Why an authority gets what it gets: the steps of the sheet, the rule that binds, and words for both.

With a second year the change between the two is split into parts that add up to it (`hnf.analysis.funding_change`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.allocation import Allocation, allocate
from hnf.analysis.explanation_words import loss_sentence, pounds, protection_sentences
from hnf.analysis.funding_change import ORDER_WORDS, FundingSplit, Order, split_funding_change
from hnf.analysis.gains_limit import gains_limit_losses, loss_id, prints_before_limit
from hnf.analysis.protection import Protection, protection
from hnf.analysis.protection_inputs import parameters_of
from hnf.analysis.protection_rows import ProtectionRow
from hnf.errors import UsageError
from hnf.measures.rates import Population
from hnf.results import Tabular
from hnf.store import Store
from hnf.years import FinancialYear


@dataclass(frozen=True)
class Explanation(Tabular):
    """The block of one authority in one year with its reasons.

    Parameters
    ----------
    allocation : Allocation
        Steps, total, rate per head.
    protection : Protection or None
        Floor and gains limit of the year, None where they cannot be recomputed.
    row : ProtectionRow or None
        The authority against them.
    protection_reason : str
        Why there is no `protection`.
    gains_limit_loss_gbp : float or None
        Column G less column A; None in years that do not print G.
    against : FundingSplit or None
        The change from an earlier year.
    """

    ROWS = "steps"

    allocation: Allocation
    protection: Protection | None
    row: ProtectionRow | None
    protection_reason: str
    gains_limit_loss_gbp: float | None
    against: FundingSplit | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """The explanation in words."""
        found, name = self.allocation, self.allocation.authority.prose
        per_head = f", £{found.rate_gbp:,.2f} per head aged 2 to 18" if found.rate_gbp is not None else ""
        total = pounds(found.published_total_gbp)
        sentences = [f"{name[0].upper()}{name[1:]} gets {total} before deductions in {found.year}{per_head}."]
        if self.protection and self.row:
            sentences += protection_sentences(self.protection, self.row, name)
        else:
            sentences.append(f"{self.protection_reason[0].upper()}{self.protection_reason[1:]}.")
        if self.gains_limit_loss_gbp is not None:
            sentences.append(loss_sentence(self.gains_limit_loss_gbp, name))
        if self.against:
            sentences += _change_sentences(self.against)
        return tuple(filter(None, sentences))

    def steps(self) -> list[dict[str, Any]]:
        """Return one dict a step of the sheet: term, letter, label, value_gbp, per_head_gbp, basis, figure_id."""
        heads = self.allocation.denominator
        return [
            {
                "term": step.term,
                "letter": step.letter,
                "label": step.label,
                "value_gbp": step.value_gbp,
                "per_head_gbp": step.value_gbp / heads if heads else None,
                "basis": step.basis,
                "figure_id": step.figure_id,
            }
            for step in self.allocation.steps
        ]

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        found, year = self.allocation, self.allocation.year
        code = found.authority.la_code
        return {
            "la_code": code,
            "la_name": found.authority.name,
            "year": str(year),
            "formula": found.formula,
            "steps": self.steps(),
            "total_gbp": found.total_gbp,
            "published_total_gbp": found.published_total_gbp,
            "per_head_gbp": found.rate_gbp,
            "population": found.denominator,
            "population_in_words": found.spec.denominator_words,
            "gains_limit_loss_gbp": self.gains_limit_loss_gbp,
            "gains_limit_loss_figure_id": None if self.gains_limit_loss_gbp is None else loss_id(year, code),
            "protection": self._protection_payload(),
            "protection_reason": self.protection_reason or None,
            "against": self.against.payload() if self.against else None,
            "sentences": list(self.sentences),
            "basis": "derived",
        }

    def _protection_payload(self) -> dict[str, Any] | None:
        if not self.protection or not self.row:
            return None
        rules = self.protection.rules
        return {"floor_pct": rules.floor_pct, "limit_pct": rules.limit_pct, **self.row.payload(rules.year)}


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
    store, year
    who : str
        Authority, as `Authorities.find` takes it.
    against : FinancialYear, optional
        An earlier year, to split the change since.
    order : str
        How the change of the basic entitlement is split between rate and pupils.
    population : str
        Series of the heads that steps are divided by; floor and limit always use DfE's projection.

    Raises
    ------
    UsageError
        If the authority or a year is unknown, had no allocation, or the years cannot be compared.
    """
    _refuse_suspended(store, year)
    allocation = allocate(store, who, year, "head", population)
    code = allocation.authority.la_code
    found, reason = _protection(store, year)
    return Explanation(
        allocation=allocation,
        protection=found,
        row=found.row(code) if found else None,
        protection_reason=reason,
        gains_limit_loss_gbp=_loss(store, year, code),
        against=split_funding_change(store, allocation.authority, (against, year), order) if against else None,
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
    return next((row.loss_gbp for row in losses if row.la_code == la_code), None)


def _refuse_suspended(store: Store, year: FinancialYear) -> None:
    """Refuse a year in which the formula did not run, with the reason that its parameter file gives."""
    parameters = parameters_of(store, year)
    if parameters and parameters.state == "suspended":
        raise UsageError(f"there is no formula of {year} to explain. {parameters.message}")


def _change_sentences(split: FundingSplit) -> list[str]:
    start, end = split.years
    way = "rose" if split.change_gbp >= 0 else "fell"
    largest = max(split.parts, key=lambda part: abs(part.change_gbp))
    return [
        f"From {start} to {end} the block of {split.footprint.name} {way} by {pounds(split.change_gbp)}; the largest "
        f"part is {largest.label[0].lower()}{largest.label[1:]} ({'+' if largest.change_gbp >= 0 else '−'}"
        f"{pounds(largest.change_gbp)}).",
        f"The change of the basic entitlement is split {ORDER_WORDS[split.order]}.",
        *split.breaks,
    ]
