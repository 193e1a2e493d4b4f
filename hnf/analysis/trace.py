"""From a figure id back to publisher, file, sheet, cell and hash.

A published figure is looked up; a derived one is computed again from its id by the function that `_RESOLVERS` names,
and its inputs are followed down to the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from hnf.errors import TableError, UsageError
from hnf.measures.prices import price_figure
from hnf.measures.published import ENGLAND, Cell, published_figure
from hnf.measures.rates import MeasureSpec, RateSpec, spec_from_parts
from hnf.measures.register import MEASURES, PLAIN, PUBLISHED_KINDS, SHARES, Measure
from hnf.results import Answer, Figure
from hnf.sources.catalogue import Source
from hnf.tables.schema import AUTHORITY_TYPES, SPENDING_LINES
from hnf.tables.store import Store
from hnf.years import FinancialYear, January

if TYPE_CHECKING:
    from hnf.analysis.growth import Change
    from hnf.analysis.measure_growth import MeasureChange

#: By kind and number of parts after it: the function that computes the figure, and how its arguments are read from the
#: parts (`_arguments`). A module is imported when a figure needs it: some need numpy or scipy, slow to load.
_RESOLVERS: dict[tuple[str, int], tuple[str, str]] = {
    ("rate", 4): ("hnf.analysis.rank:value_figure", "any text"),
    ("areacost", 3): ("hnf.measures.rates:area_cost_figure", "year text text"),
    ("rank", 4): ("hnf.analysis.rank:rank_figure", "any text"),
    ("rank", 5): ("hnf.analysis.rank:rank_among_figure", "any text text"),
    ("universe", 4): ("hnf.analysis.rank:universe_figure", "any text"),
    ("universe", 3): ("hnf.analysis.rank:universe_figure", "any"),
    ("gap", 5): ("hnf.analysis.trace:_gap", "spec text text"),
    ("gapper", 6): ("hnf.analysis.gaps:equivalent_figure", "spec text text text"),
    ("gapschool", 6): ("hnf.analysis.gaps:school_figure", "spec text text text"),
    ("boundgap", 4): ("hnf.analysis.ranges:gap_range_figure", "year text text text"),
    ("step", 3): ("hnf.analysis.allocate:step_figure", "year text text"),
    ("reconcile", 2): ("hnf.analysis.reconcile:reconcile_figure", "year text"),
    ("growth", 4): ("hnf.analysis.trace:_change_pct", "text text text text"),
    ("index", 4): ("hnf.analysis.trace:_index", "text text text text"),
    ("like", 5): ("hnf.analysis.growth:like_figure", "rest"),
    ("sum", 3): ("hnf.analysis.trace:_sum", "text text text"),
    ("protection", 3): ("hnf.analysis.protection:protection_figure", "year text text"),
    ("limitloss", 2): ("hnf.analysis.explain:loss_figure", "year text"),
    ("popshare", 5): ("hnf.analysis.shares:population_share_figure", "spec text text"),
    ("additional", 3): ("hnf.analysis.shares:additional_figure", "year text text"),
    ("columnapart", 3): ("hnf.analysis.funding_change:group_protection_figure", "year text text"),
    ("fundingpart", 5): ("hnf.analysis.funding_change:funding_part_figure", "rest"),
    ("scenario", 3): ("hnf.scenarios.run:scenario_figure", "text year text"),
    ("blockrow", 3): ("hnf.analysis.block_sheet:block_row_figure", "year text text"),
    ("real", 4): ("hnf.analysis.real_change:real_figure", "rest"),
    ("growthreal", 5): ("hnf.analysis.real_change:real_change_figure", "rest"),
    ("realvalue", 5): ("hnf.analysis.real_change:real_value_figure", "any text text"),
    ("change", 6): ("hnf.analysis.real_change:change_figure", "text any text text"),
    ("wedge", 7): ("hnf.analysis.funding_against_need:wedge_figure", "rest"),
    ("inequality", 4): ("hnf.analysis.inequality:inequality_figure", "rest"),
    ("association", 5): ("hnf.analysis.association:association_figure", "rest"),
    ("association", 7): ("hnf.analysis.association:pair_figure", "any any text"),
    ("residual", 6): ("hnf.analysis.association:residual_figure", "spec text text text"),
    ("residual", 8): ("hnf.analysis.association:pair_residual_figure", "any any text text"),
    ("elasticity", 4): ("hnf.analysis.association:elasticity_figure", "rest"),
    ("projection", 5): ("hnf.analysis.projection:projection_figure", "rest"),
    ("backtest", 4): ("hnf.analysis.projection:backtest_figure", "rest"),
    ("linesum", 3): ("hnf.analysis.spending:line_figure", "text return england line"),
    ("linesum", 4): ("hnf.analysis.spending:line_figure", "text return text line"),
    ("spendtotal", 3): ("hnf.analysis.spending:total_figure", "text return text"),
    ("independentshare", 3): ("hnf.analysis.spending:independent_share_figure", "text return text"),
    ("spendallocation", 4): ("hnf.analysis.spending:allocation_share_figure", "text return text allocation"),
    ("rankcard", 3): ("hnf.analysis.rank_card:card_figure", "text text text"),
    ("rankspread", 5): ("hnf.analysis.rank_card:spread_figure", "spec text text"),
    ("rankedition", 5): ("hnf.analysis.rank_card:edition_rank_figure", "spec text text"),
    ("catchup", 7): ("hnf.analysis.catch_up:catch_up_figure", "spec text rest"),
    ("pace", 5): ("hnf.analysis.catch_up:pace_figure", "spec text text"),
    ("bound", 3): ("hnf.analysis.bounds:bound_figure", "rest"),
    ("compare", 6): ("hnf.analysis.compare:comparison_figure", "any text text text"),
}


#: Kinds of ids that packs of earlier versions have.
_GONE = ("placementsum", "placementshare")


def _arguments(parts: list[str], readers: str) -> Iterator[Any]:
    """Yield the arguments of a resolver: `spec` and `any` take three parts, `rest` all others, `england` none."""
    left = list(parts)
    for reader in readers.split():
        match reader:
            case "spec":
                yield RateSpec.from_parts(left.pop(0), left.pop(0), left.pop(0))
            case "any":
                yield spec_from_parts(left.pop(0), left.pop(0), left.pop(0))
            case "rest":
                yield left
            case "england":
                yield ENGLAND
            case "text":
                yield left.pop(0)
            case "year":
                yield FinancialYear.parse(left.pop(0))
            case _:
                yield _one_of(left.pop(0), reader)


def _one_of(text: str, what: str) -> str:
    """Return a part of an id that has a form or is one of a few words."""
    from hnf.analysis.spending import ALLOCATION_TERMS, KINDS

    known = {"return": KINDS, "allocation": ALLOCATION_TERMS, "line": SPENDING_LINES}[what]
    if text not in known:
        raise UsageError(f"'{text[:40]}' is not a part of an id", todo=f"Known are {', '.join(known)}.")
    return text


def _gap(store: Store, spec: RateSpec, to: str, who: str) -> Figure:
    from hnf.analysis.gaps import gap

    return gap(store, spec, who, to).figure()


def _change(store: Store, what: str, start: str, end: str, area: str) -> Change | MeasureChange:
    from hnf.analysis.growth import funding_change, plans_change
    from hnf.analysis.measure_growth import measure_change

    if what == "plans":
        return plans_change(store, area, (January.parse(start), January.parse(end)))
    if what not in MEASURES and what in {**PLAIN, **SHARES}:
        return measure_change(store, (MeasureSpec(what, start), MeasureSpec(what, end)), area)
    years = (FinancialYear.parse(start), FinancialYear.parse(end))
    return funding_change(store, _measure(what), years, area)


def _change_pct(store: Store, *parts: str) -> Figure:
    return _change(store, *parts).figure()


def _index(store: Store, *parts: str) -> Figure:
    found = _change(store, *parts)
    if not hasattr(found, "index_figure"):
        raise UsageError(f"there is no index of {parts[0]}", todo="There is one of plans, and of measures of funding.")
    return found.index_figure()


def _sum(store: Store, what: str, period: str, area: str) -> Figure:
    from hnf.analysis.growth import funding_figure, is_region, plans_figure
    from hnf.measures.published import plain_figure

    areas = tuple(area.split("+"))
    if what == "plans":
        return plans_figure(store, January.parse(period), areas)
    if what in PLAIN and (what not in MEASURES or is_region(area) or area in AUTHORITY_TYPES):
        return plain_figure(store, what, period, areas)
    return funding_figure(store, _measure(what), FinancialYear.parse(period), areas)


def _measure(text: str) -> Measure:
    if text not in MEASURES:
        raise UsageError(f"'{text}' is not a measure", todo="Measures are " + ", ".join(MEASURES) + ".")
    return text


#: Keys of a cell's JSON form that are about its source.
_OF_SOURCE = ("publisher", "title", "page", "published", "file", "sha256")


@dataclass(frozen=True)
class TracedCell(Answer):
    """A published figure with its cell and its source."""

    JSON = (
        "id=figure.id label=figure.label value=figure.value printed=cell.printed printed_unit=cell.printed_unit "
        "source=source.id sheet cell=cell.cell publisher=source.publisher title=source.title page=source.page "
        "published=source.published file=source.path sha256=source.sha256"
    )

    figure: Figure
    cell: Cell
    source: Source

    @property
    def sheet(self) -> str:
        """The sheet, or the member of an archive."""
        return self.cell.sheet or self.source.detail.get("member", "")


@dataclass(frozen=True)
class Trace(Answer):
    """A figure and all published cells that it rests on.

    `source`, `sheet` and `cell` are None where it rests on more than one cell; `inputs` has them all.
    """

    JSON = (
        "id=figure.id label=figure.label value=figure.value unit=figure.unit basis=figure.basis status=figure.status? "
        "derivation=figure.derivation? **only_cell sources direct_inputs=figure.inputs inputs=cells"
    )
    ROWS = "inputs"
    MAIN = "value"

    figure: Figure
    cells: tuple[TracedCell, ...]

    @property
    def only_cell(self) -> dict[str, str | None]:
        """Source, sheet and cell of the single cell."""
        form = self.cells[0].to_json() if len(self.cells) == 1 else {}
        return {key: form.get(key) for key in ("source", "sheet", "cell")}

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The published files, each once."""
        cells = {cell.source.id: cell.to_json() for cell in self.cells}
        return [{"id": id_, **{key: form[key] for key in _OF_SOURCE}} for id_, form in cells.items()]


def trace(store: Store, figure_id: str) -> Trace:
    """Follow a figure to the cells it rests on, each once, in the order in which the figure uses them.

    Raises
    ------
    UsageError
        If there is no such figure.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.trace(hnf.Store(), "rate:2023-24:block:pupil:919")
    >>> found.figure.unit, found.figure.basis
    ('gbp_per_pupil', 'derived')
    """
    figure = resolve(store, str(figure_id).strip())
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
        if _is_published(figure_id):
            return frozenset({_published(store, figure_id)[1].source_id})
        return frozenset().union(*(_source_ids(store, input_id) for input_id in resolve(store, figure_id).inputs))

    return store.cached(("sources of", figure_id), find)


def _is_published(figure_id: str) -> bool:
    return figure_id.partition(":")[0] in (*PUBLISHED_KINDS, "price")


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
    if kind in PUBLISHED_KINDS or (kind, len(parts)) == ("price", 2):
        return _published(store, figure_id)[0]
    if kind in _GONE:
        raise UsageError(
            f"the figures of '{figure_id[:80]}' are no longer in these tables: the benchmarking tool's placements",
            todo="The settings of every January are in the table placements: see hnf measures, such as mainstream_pct.",
        )
    if (kind, len(parts)) not in _RESOLVERS:
        raise UsageError(
            f"'{figure_id[:80]}' is not a figure id",
            todo="Ids are in --format json and in the manifest of a pack, such as rank:2023-24:nff:pupil:919.",
        )
    function, readers = _RESOLVERS[kind, len(parts)]
    try:
        figure: Figure = resolve_name(function)(store, *_arguments(parts, readers))
        return figure
    except KeyError as error:
        raise UsageError(f"no figure has the id '{figure_id[:80]}': {error.args[0]} is unknown") from error


def _collect(
    store: Store, figure: Figure, sources: dict[str, Source], leaves: dict[str, TracedCell], seen: set[str]
) -> None:
    if figure.id in seen:
        return
    seen.add(figure.id)
    if _is_published(figure.id):
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
