"""How figures of the formula, of floor and gains limit and of scenarios are computed again from their ids."""

from __future__ import annotations

from collections.abc import Callable

from hnf.figures import Figure
from hnf.measures.rates import RateSpec
from hnf.store import Store
from hnf.years import FinancialYear

# What follows is imported when it is asked for: it needs numpy, which takes longer to load than a figure to trace.


def _protection(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.protection_figures import protection_figure

    return protection_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2])


def _loss(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.gains_limit import loss_figure

    return loss_figure(store, FinancialYear.parse(parts[0]), parts[1])


def _area_cost(store: Store, parts: list[str]) -> Figure:
    from hnf.measures.area_costs import area_cost_figure

    return area_cost_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2])


def _population_share(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.population_shares import population_share_figure

    return population_share_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4])


def _additional(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.additional_shares import additional_figure

    return additional_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2])


def _funding_part(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.funding_change import funding_part_figure

    return funding_part_figure(store, parts)


def _scenario(store: Store, parts: list[str]) -> Figure:
    from hnf.formula.scenario_figures import scenario_figure

    return scenario_figure(store, parts[0], FinancialYear.parse(parts[1]), parts[2])


#: By kind and number of parts after it.
FORMULA_RESOLVERS: dict[tuple[str, int], Callable[[Store, list[str]], Figure]] = {
    ("protection", 3): _protection,
    ("limitloss", 2): _loss,
    ("areacost", 3): _area_cost,
    ("popshare", 5): _population_share,
    ("additional", 3): _additional,
    ("fundingpart", 5): _funding_part,
    ("scenario", 3): _scenario,
}
