"""Gaps: what an authority would have at another rate, and how much more or less that is.

The other rate is England's, the median, a quartile, the mean of the statistical neighbours, or one authority's. What
the pounds are a head, a pupil, a plan or a school is in `hnf.analysis.gap_equivalents`.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hnf.analysis.comparator_sets import NEIGHBOURS, latest_model, models, neighbour_set
from hnf.analysis.ranking import QUARTILES, rate_id
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.rates import RateSpec, RateTable, rate_table
from hnf.results import Tabular
from hnf.store import Store

if TYPE_CHECKING:
    from hnf.analysis.comparators import Comparison

AVERAGE = "average"
MEDIAN = "median"
_LEAGUE = {
    AVERAGE: "England's average rate",
    MEDIAN: "the median rate",
    **{quartile: f"the rate of the {quartile.replace('-', ' ')}" for quartile in QUARTILES},
}


@dataclass(frozen=True)
class Gap(Tabular):
    """The gap of one authority to a comparator's rate, in unrounded pounds; above zero where that rate is higher.

    `comparator_id` is the figure of the comparator's rate; `neighbours` is filled where that is a mean of neighbours.
    """

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
    neighbours: Comparison | None = None

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
        return Figure(
            id=self.id,
            label=f"{self.la_name}: pounds more at {self.comparator_name}; {self.spec.in_words}",
            value=self.pounds,
            unit="gbp",
            basis="derived",
            inputs=(rate_id(self.spec, self.la_code), self.comparator_id, *self.denominator_ids),
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
            "comparator_id": self.comparator_id,
            "without_rate": self.neighbours.payload()["without_rate"] if self.neighbours else [],
        }


def gap(store: Store, spec: RateSpec, who: str, to: str = AVERAGE, model: str | None = None) -> Gap:
    """Compute the gap of one authority to another rate.

    Parameters
    ----------
    store : Store
    spec : RateSpec
        With a denominator: pounds alone have no rate to compare.
    who : str
        Authority, as `Authorities.find` takes it.
    to : str
        `average` (England's rate: all pounds over all denominators), `median`, `lower-quartile`, `upper-quartile`,
        `neighbours` (the mean of their rates; also `neighbours-2021` and the like), or an authority.
    model : str
        Model of the statistical neighbours, 2021 or 2025, where `to` names none.

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
    own = table.require(authority.la_code, authority.prose, authorities.instead(authority, spec.year))
    comparator, name, rate, rate_figure_id, neighbours = _comparator(store, table, authority, to, model)
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
        comparator_id=rate_figure_id,
        neighbours=neighbours,
    )


def _comparator(
    store: Store, table: RateTable, authority: Authority, to: str, model: str | None
) -> tuple[str, str, float, str, Comparison | None]:
    """Return the comparator as it stands in an id, in words, its rate, the figure of that, and the neighbours if any.

    Raises
    ------
    UsageError
        If the authority or the model is unknown, or there is no rate.
    """
    spec, kind = table.spec, to.strip().casefold()
    if kind in _LEAGUE:
        rates = {AVERAGE: table.england, MEDIAN: table.median, **dict(zip(QUARTILES, table.quartiles, strict=True))}
        return kind, _LEAGUE[kind], rates[kind], rate_id(spec, "england" if kind == AVERAGE else kind), None
    if kind == NEIGHBOURS or kind in [neighbour_set(known) for known in models(store)]:
        which = neighbour_set(model or latest_model(store)) if kind == NEIGHBOURS else kind
        # Imported where it is needed: most gaps are to a rate of the whole table.
        from hnf.analysis.comparators import compare

        found = compare(store, spec, authority.la_code, which)
        name = f"the mean rate of {found.set.words}"
        return which, name, found.parts["mean"], found.figure_id("mean"), found
    authorities = Authorities.of(store)
    try:
        other = authorities.find(to)
    except UsageError as error:
        near = difflib.get_close_matches(kind, (*_LEAGUE, NEIGHBOURS), n=1)
        raise UsageError(error.what, where="--to", todo=f"Did you mean {near[0]}?" if near else error.todo) from error
    rate = table.require(other.la_code, other.prose, authorities.instead(other, spec.year))
    return other.la_code, f"the rate of {other.prose}", rate, rate_id(spec, other.la_code), None
