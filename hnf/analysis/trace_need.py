"""How figures of funding against need, of inequality and of projections are computed again from their ids."""

from __future__ import annotations

from collections.abc import Callable

from hnf.figures import Figure
from hnf.store import Store

# What follows is imported when it is asked for: some of it needs numpy or scipy.


def _price(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.prices import price_figure

    return price_figure(store, ":".join(("price", *parts)))[0]


def _real(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.real_change import real_figure

    return real_figure(store, parts)


def _real_change(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.real_change import real_change_figure

    return real_change_figure(store, parts)


def _wedge(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.wedge import wedge_figure

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
    from hnf.analysis.backtest import backtest_figure

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
