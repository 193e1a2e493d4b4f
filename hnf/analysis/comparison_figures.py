"""Figures that set one authority against others, found again by their ids.

What a figure needs is imported when it is asked for: a simulation needs numpy, which takes longer to load than most
figures to trace.
"""

from __future__ import annotations

from collections.abc import Callable

from hnf.figures import Figure
from hnf.measures.rates import RateSpec
from hnf.store import Store


def _rank_card(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.rank_card import card_figure

    return card_figure(store, *parts)


def _rank_spread(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.rank_spread import spread_figure

    return spread_figure(store, RateSpec.from_parts(*parts[:3]), *parts[3:])


def _gap_equivalent(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.gap_equivalents import equivalent_figure

    return equivalent_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4], parts[5])


def _gap_school(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.gap_equivalents import school_figure

    return school_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4], parts[5])


def _catch_up(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.catch_up import catch_up_figure

    return catch_up_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4:])


def _pace(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.pace import pace_figure

    return pace_figure(store, RateSpec.from_parts(*parts[:3]), parts[3], parts[4])


def _compare(store: Store, parts: list[str]) -> Figure:
    from hnf.analysis.comparators import comparison_figure

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
