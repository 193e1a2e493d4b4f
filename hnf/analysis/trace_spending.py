"""How figures of spending and placements are computed again from their ids."""

from __future__ import annotations

from collections.abc import Callable

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
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.published import ENGLAND
from hnf.spending_tables import PLACEMENTS, SPENDING_LINES
from hnf.store import Store


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
