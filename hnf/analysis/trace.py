"""From a figure id back to publisher, file, sheet, cell and hash.

A published figure is looked up; a derived one is computed again from its id, and its inputs are followed down to the
cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hnf.analysis.allocate import step_figure
from hnf.analysis.block_sheet import BLOCK_ROWS
from hnf.analysis.gaps import gap
from hnf.analysis.growth import Change, funding_change, funding_figure, plans_change, plans_figure
from hnf.analysis.rank import rank_figure, rate_figure, universe_figure
from hnf.analysis.reconcile import reconcile_figure
from hnf.analysis.spending import (
    ALLOCATION_TERMS,
    KINDS,
    allocation_share_figure,
    independent_share_figure,
    line_figure,
    placement_figure,
    placement_share_figure,
    total_figure,
)
from hnf.errors import TableError, UsageError
from hnf.measures.prices import price_figure
from hnf.measures.published import ENGLAND, PUBLISHED_KINDS, Cell, published_figure
from hnf.measures.rates import MEASURES, Measure, RateSpec
from hnf.results import Answer, Figure
from hnf.sources.catalogue import Source
from hnf.tables.schema import PLACEMENTS, SPENDING_LINES
from hnf.tables.store import Store
from hnf.years import FinancialYear, January

# How figures of the formula, of floor and gains limit and of scenarios are computed again from their ids.

# What follows is imported when it is asked for: it needs numpy, which takes longer to load than a figure to trace.


def _protection(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.protection import protection_figure

    return protection_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2])


def _loss(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.explain import loss_figure

    return loss_figure(store, FinancialYear.parse(parts[0]), parts[1])


def _area_cost(store: Store, parts: list[str]) -> Figure:
    from hnf.measures.rates import area_cost_figure

    return area_cost_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2])


def _population_share(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.shares import population_share_figure

    return population_share_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4])


def _additional(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.shares import additional_figure

    return additional_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2])


def _funding_part(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.funding_change import funding_part_figure

    return funding_part_figure(store, parts)


def _scenario(store: Store, parts: list[str]) -> Figure:
    from hnf.scenarios.run import scenario_figure

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


# How figures of funding against need, of inequality and of projections are computed again from their ids.

# What follows is imported when it is asked for: some of it needs numpy or scipy.


def _price(store: Store, parts: list[str]) -> Figure:
    from hnf.measures.prices import price_figure

    return price_figure(store, ":".join(("price", *parts)))[0]


def _real(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.real_change import real_figure

    return real_figure(store, parts)


def _real_change(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.real_change import real_change_figure

    return real_change_figure(store, parts)


def _wedge(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.funding_against_need import wedge_figure

    return wedge_figure(store, parts)


def _inequality(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.inequality import inequality_figure

    return inequality_figure(store, parts)


def _association(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.association import association_figure

    return association_figure(store, parts)


def _elasticity(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.association import elasticity_figure

    return elasticity_figure(store, parts)


def _projection(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.projection import projection_figure

    return projection_figure(store, parts)


def _backtest(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.projection import backtest_figure

    return backtest_figure(store, parts)


#: By kind and number of parts after it.
NEED_RESOLVERS: dict[tuple[str, int], Callable[[Store, list[str]], Figure]] = {
    ("price", 2): _price,
    ("real", 4): _real,
    ("growthreal", 5): _real_change,
    ("wedge", 7): _wedge,
    ("inequality", 4): _inequality,
    ("association", 5): _association,
    ("elasticity", 4): _elasticity,
    ("projection", 5): _projection,
    ("backtest", 4): _backtest,
}


# How figures of spending and placements are computed again from their ids.


def _known(value: str, values: dict[str, str]) -> str:
    """Return a part of an id; a `UsageError` if it is none."""
    if value not in values:
        raise UsageError(f"'{value[:40]}' is not a part of an id", todo=f"Known are {', '.join(values)}.")
    return value


def _spendallocation(store: Store, parts: list[str]) -> Figure:
    kind, which = _known(parts[1], KINDS), _known(parts[3], ALLOCATION_TERMS)
    return allocation_share_figure(store, parts[0], kind, parts[2], which)


def _placementshare(store: Store, parts: list[str]) -> Figure:
    return placement_share_figure(store, _january(parts[0]), parts[1], parts[2], _known(parts[3], PLACEMENTS))


def _placementsum(store: Store, parts: list[str]) -> Figure:
    return placement_figure(store, _january(parts[0]), parts[1], ENGLAND, _known(parts[2], PLACEMENTS))


def _january(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"'{text[:40]}' is not a January", todo="Write it as 2021.")
    return text


#: By kind and number of parts after it.
SPENDING_RESOLVERS: dict[tuple[str, int], Callable[[Store, list[str]], Figure]] = {
    ("linesum", 3): lambda store, p: line_figure(
        store, p[0], _known(p[1], KINDS), ENGLAND, _known(p[2], SPENDING_LINES)
    ),
    ("spendtotal", 3): lambda store, p: total_figure(store, p[0], _known(p[1], KINDS), p[2]),
    ("independentshare", 3): lambda store, p: independent_share_figure(store, p[0], _known(p[1], KINDS), p[2]),
    ("spendallocation", 4): _spendallocation,
    ("placementsum", 3): _placementsum,
    ("placementshare", 4): _placementshare,
}


# Figures that set one authority against others, found again by their ids.
#
# What a figure needs is imported when it is asked for: a simulation needs numpy, which takes longer to load
# than most figures to trace.


def _rank_card(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.rank_card import card_figure

    return card_figure(store, *parts)


def _rank_spread(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.rank_card import spread_figure

    return spread_figure(store, RateSpec.from_parts(*parts[:3]), *parts[3:])


def _gap_equivalent(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.gaps import equivalent_figure

    return equivalent_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4], parts[5])


def _gap_school(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.gaps import school_figure

    return school_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4], parts[5])


def _catch_up(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.catch_up import catch_up_figure

    return catch_up_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4:])


def _pace(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.catch_up import pace_figure

    return pace_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4])


def _compare(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.compare import comparison_figure

    return comparison_figure(store, RateSpec.from_parts(*parts[:3]), *parts[3:])


#: Resolvers by kind of figure and number of parts of its id.
COMPARISONS: dict[tuple[str, int], Callable[[Store, list[str]], Figure]] = {
    ("rankcard", 3): _rank_card,
    ("rankspread", 6): _rank_spread,
    ("gapper", 6): _gap_equivalent,
    ("gapschool", 6): _gap_school,
    ("catchup", 7): _catch_up,
    ("pace", 5): _pace,
    ("compare", 6): _compare,
}


@dataclass(frozen=True)
class TracedCell:
    """A published figure with its cell and its source."""

    figure: Figure
    cell: Cell
    source: Source

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.figure.id,
            "label": self.figure.label,
            "value": self.figure.value,
            "printed": self.cell.printed,
            "printed_unit": self.cell.printed_unit,
            "source": self.source.id,
            "sheet": self.cell.sheet or self.source.detail.get("member", ""),
            "cell": self.cell.cell,
            "publisher": self.source.publisher,
            "title": self.source.title,
            "page": self.source.page,
            "published": self.source.published,
            "file": self.source.path,
            "sha256": self.source.sha256,
        }


@dataclass(frozen=True)
class Trace(Answer):
    """A figure and all published cells that it rests on."""

    ROWS = "inputs"

    figure: Figure
    cells: tuple[TracedCell, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON answer.

        `source`, `sheet` and `cell` are those of the figure where it is published; of a derived figure they are None
        when its inputs stand in more than one cell, and `inputs` has them all.
        """
        only = self.cells[0].to_json() if len(self.cells) == 1 else {}
        sources = {traced.source.id: traced.source for traced in self.cells}
        return {
            "id": self.figure.id,
            "label": self.figure.label,
            "value": self.figure.value,
            "unit": self.figure.unit,
            "basis": self.figure.basis,
            "status": self.figure.status or None,
            "derivation": self.figure.derivation or None,
            "source": only.get("source"),
            "sheet": only.get("sheet"),
            "cell": only.get("cell"),
            "sources": [
                {
                    "id": source.id,
                    "publisher": source.publisher,
                    "title": source.title,
                    "page": source.page,
                    "published": source.published,
                    "file": source.path,
                    "sha256": source.sha256,
                }
                for source in sources.values()
            ],
            "direct_inputs": list(self.figure.inputs),
            "inputs": [traced.to_json() for traced in self.cells],
        }


def trace(store: Store, figure_id: str) -> Trace:
    """Follow a figure to the cells it rests on.

    Parameters
    ----------
    store : Store
    figure_id : str
        As printed with every answer and in the manifest of every pack.

    Returns
    -------
    Trace
        Each cell once, in the order in which the figure uses them.

    Raises
    ------
    UsageError
        If there is no such figure.
    """
    figure_id = figure_id.strip()
    figure = resolve(store, figure_id)
    sources = {source.id: source for source in store.catalogue}
    leaves: dict[str, TracedCell] = {}
    _collect(store, figure, sources, leaves, set())
    return Trace(figure, tuple(leaves.values()))


def sources_of(store: Store, figure_ids: Iterable[str]) -> tuple[Source, ...]:
    """Return the published files that figures rest on, sorted by id.

    Raises
    ------
    UsageError
        If there is no such figure.
    """
    found = frozenset().union(*(_source_ids(store, figure_id) for figure_id in figure_ids))
    return tuple(source for source in sorted(store.catalogue, key=lambda each: each.id) if source.id in found)


def _source_ids(store: Store, figure_id: str) -> frozenset[str]:
    """Return the ids of the sources of a figure, each figure looked at once for all that rest on it."""

    def find() -> frozenset[str]:
        if figure_id.split(":", maxsplit=1)[0] in (*PUBLISHED_KINDS, "price"):
            return frozenset({_published(store, figure_id)[1].source_id})
        return frozenset().union(*(_source_ids(store, input_id) for input_id in resolve(store, figure_id).inputs))

    return store.cached(("sources of", figure_id), find)


def _published(store: Store, figure_id: str) -> tuple[Figure, Cell]:
    return (price_figure if figure_id.startswith("price:") else published_figure)(store, figure_id)


def resolve(store: Store, figure_id: str) -> Figure:
    """Return the figure of an id, computed again.

    Raises
    ------
    UsageError
        If there is no such figure.
    """
    return store.cached(("figure", figure_id), partial(_resolve, store, figure_id))


def _resolve(store: Store, figure_id: str) -> Figure:
    kind, *parts = figure_id.split(":")
    if kind in PUBLISHED_KINDS:
        return published_figure(store, figure_id)[0]
    resolver = _RESOLVERS.get((kind, len(parts)))
    if resolver is None:
        raise UsageError(
            f"'{figure_id[:80]}' is not a figure id",
            todo="Ids stand with --format json and in the manifest of a pack, such as rank:2023-24:nff:pupil:919.",
        )
    try:
        return resolver(store, parts)
    except KeyError as error:
        raise UsageError(f"no figure has the id '{figure_id[:80]}': {error.args[0]} is unknown") from error


def _collect(
    store: Store, figure: Figure, sources: dict[str, Source], leaves: dict[str, TracedCell], seen: set[str]
) -> None:
    if figure.id in seen:
        return
    seen.add(figure.id)
    kind = figure.id.split(":")[0]
    if kind in (*PUBLISHED_KINDS, "price"):
        published, cell = _published(store, figure.id)
        if cell.source_id not in sources:
            raise TableError(
                f"source '{cell.source_id}' of {figure.id} is not in the catalogue", where=str(store.folder)
            )
        leaves[figure.id] = TracedCell(published, cell, sources[cell.source_id])
        return
    for input_id in figure.inputs:
        if input_id not in seen:
            _collect(store, resolve(store, input_id), sources, leaves, seen)


def _rate(store: Store, parts: list[str]) -> Figure:
    return rate_figure(store, RateSpec.from_parts(*parts[:3]), parts[3])


def _rank(store: Store, parts: list[str]) -> Figure:
    return rank_figure(store, RateSpec.from_parts(*parts[:3]), parts[3])


def _gap(store: Store, parts: list[str]) -> Figure:
    return gap(store, RateSpec.from_parts(*parts[:3]), parts[4], parts[3]).figure()


def _step(store: Store, parts: list[str]) -> Figure:
    return step_figure(store, FinancialYear.parse(parts[0]), parts[1], parts[2])


def _change(store: Store, parts: list[str]) -> Change:
    what, start, end, area = parts
    if what == "plans":
        return plans_change(store, area, (January.parse(start), January.parse(end)))
    years = (FinancialYear.parse(start), FinancialYear.parse(end))
    return funding_change(store, _measure(what), years, area)


def _sum(store: Store, parts: list[str]) -> Figure:
    what, date, area = parts
    codes = tuple(area.split("+"))
    if what == "plans":
        return plans_figure(store, January.parse(date), codes)
    return funding_figure(store, _measure(what), FinancialYear.parse(date), codes)


def _measure(text: str) -> Measure:
    if text not in MEASURES:
        raise UsageError(f"'{text}' is not a measure", todo="Measures are " + ", ".join(MEASURES) + ".")
    return next(measure for measure in MEASURES if measure == text)


_RESOLVERS: dict[tuple[str, int], Callable[[Store, list[str]], Figure]] = {
    ("rate", 4): _rate,
    ("rank", 4): _rank,
    ("reconcile", 2): lambda store, parts: reconcile_figure(store, FinancialYear.parse(parts[0]), parts[1]),
    ("universe", 3): lambda store, parts: universe_figure(store, RateSpec.from_parts(*parts)),
    ("gap", 5): _gap,
    ("step", 3): _step,
    ("growth", 4): lambda store, parts: _change(store, parts).figure(),
    ("index", 4): lambda store, parts: _change(store, parts).index_figure(),
    ("sum", 3): _sum,
    **FORMULA_RESOLVERS,
    **BLOCK_ROWS,
    **NEED_RESOLVERS,
    **SPENDING_RESOLVERS,
    **COMPARISONS,
}
