"""From a figure id back to publisher, file, sheet, cell and hash.

A published figure is looked up; a derived one is computed again from its id, and its inputs are followed down to the
cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hnf.analysis.allocation import step_figure
from hnf.analysis.block_sheet import BLOCK_ROWS
from hnf.analysis.changes import Change, funding_change, funding_figure, plans_change, plans_figure
from hnf.analysis.comparison_figures import COMPARISONS
from hnf.analysis.gaps import gap
from hnf.analysis.prices import price_figure
from hnf.analysis.ranking import rank_figure, rate_figure, universe_figure
from hnf.analysis.reconcile import reconcile_figure
from hnf.analysis.trace_formula import FORMULA_RESOLVERS
from hnf.analysis.trace_need import NEED_RESOLVERS
from hnf.analysis.trace_spending import SPENDING_RESOLVERS
from hnf.errors import TableError, UsageError
from hnf.figures import Figure
from hnf.measures.published import Cell, published_figure
from hnf.measures.published_kinds import PUBLISHED_KINDS
from hnf.measures.rates import MEASURES, Measure, RateSpec
from hnf.results import Tabular
from hnf.sources.catalogue import Source
from hnf.store import Store
from hnf.years import FinancialYear, January


@dataclass(frozen=True)
class TracedCell:
    """A published figure with its cell and its source."""

    figure: Figure
    cell: Cell
    source: Source

    def payload(self) -> dict[str, Any]:
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
class Trace(Tabular):
    """A figure and all published cells that it rests on."""

    ROWS = "inputs"

    figure: Figure
    cells: tuple[TracedCell, ...]

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer.

        `source`, `sheet` and `cell` are those of the figure where it is published; of a derived figure they are None
        when its inputs stand in more than one cell, and `inputs` has them all.
        """
        only = self.cells[0].payload() if len(self.cells) == 1 else {}
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
            "inputs": [traced.payload() for traced in self.cells],
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

    return store.remember(("sources of", figure_id), find)


def _published(store: Store, figure_id: str) -> tuple[Figure, Cell]:
    return (price_figure if figure_id.startswith("price:") else published_figure)(store, figure_id)


def resolve(store: Store, figure_id: str) -> Figure:
    """Return the figure of an id, computed again.

    Raises
    ------
    UsageError
        If there is no such figure.
    """
    return store.remember(("figure", figure_id), partial(_resolve, store, figure_id))


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
