"""Gaps: what an authority would have at another rate, and how much more or less that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.ranking import rate_id
from hnf.analysis.rates import RateSpec, rate_table
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.store import Store

AVERAGE = "average"
MEDIAN = "median"


@dataclass(frozen=True)
class Gap:
    """The gap of one authority to a comparator's rate, in unrounded pounds; above zero where that rate is higher."""

    spec: RateSpec
    la_code: str
    la_name: str
    comparator: str
    comparator_name: str
    own_rate: float
    comparator_rate: float
    denominator: float
    denominator_ids: tuple[str, ...]

    @property
    def pounds(self) -> float:
        """Pounds a year more at the comparator's rate."""
        return (self.comparator_rate - self.own_rate) * self.denominator

    @property
    def id(self) -> str:
        """Figure id."""
        return f"gap:{self.spec.id_part}:{self.comparator}:{self.la_code}"

    def figure(self) -> Figure:
        """Return the gap as a figure."""
        area = "england" if self.comparator == AVERAGE else self.comparator
        return Figure(
            id=self.id,
            label=f"{self.la_name}: pounds more at {self.comparator_name}; {self.spec.in_words}",
            value=self.pounds,
            unit="gbp",
            basis="derived",
            inputs=(rate_id(self.spec, self.la_code), rate_id(self.spec, area), *self.denominator_ids),
            derivation=f"(comparator's rate − own rate) × own {self.spec.denominator_words}",
        )

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        return {
            "la_code": self.la_code,
            "la_name": self.la_name,
            "year": str(self.spec.year),
            "measure": self.spec.measure,
            "per": self.spec.per,
            "population": self.spec.population if self.spec.per == "head" else None,
            "to": self.comparator,
            "comparator_name": self.comparator_name,
            "gap_gbp": self.pounds,
            "own_rate_gbp": self.own_rate,
            "comparator_rate_gbp": self.comparator_rate,
            "denominator": self.denominator,
            "denominator_in_words": self.spec.denominator_words,
            "basis": "derived",
            "basis_in_words": self.spec.in_words,
            "figure_id": self.id,
        }


def gap(store: Store, spec: RateSpec, who: str, to: str = AVERAGE) -> Gap:
    """Compute the gap of one authority to the average, the median or another authority's rate.

    Parameters
    ----------
    store : Store
    spec : RateSpec
        With a denominator: pounds alone have no rate to compare.
    who : str
        Authority, as `Authorities.find` takes it.
    to : str
        `average` (England's rate: all pounds over all denominators), `median`, or an authority.

    Returns
    -------
    Gap

    Raises
    ------
    UsageError
        If an authority is unknown or has no rate on this basis, or the basis has no denominator.
    """
    if spec.per == "none":
        raise UsageError("a gap needs a rate", where="--per", todo="Use head, pupil or plan.")
    authorities = Authorities.of(store)
    authority = authorities.find(who)
    table = rate_table(store, spec)
    own = table.require(authority.la_code, authority.prose)
    if to.strip().casefold() in (AVERAGE, MEDIAN):
        comparator = to.strip().casefold()
        rate = table.england if comparator == AVERAGE else table.median
        name = "England's average rate" if comparator == AVERAGE else "the median rate"
    else:
        other = authorities.find(to)
        rate = table.require(other.la_code, other.prose)
        comparator, name = other.la_code, f"the rate of {other.prose}"
    return Gap(
        spec=spec,
        la_code=authority.la_code,
        la_name=authority.name,
        comparator=comparator,
        comparator_name=name,
        own_rate=own,
        comparator_rate=rate,
        denominator=table.denominators.values[authority.la_code],
        denominator_ids=table.denominators.inputs[authority.la_code],
    )
