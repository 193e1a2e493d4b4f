"""Intervals of an amount that rises between two rates: more information shrinks them, and every draw lies in them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.analysis.bounds import bound_years, year_bounds
from hnf.formula.bands import Interval, possible, possible_ranks
from hnf.tables.store import Store

RATES = st.tuples(st.floats(0, 12), st.floats(0, 12)).map(lambda pair: Interval(min(pair), max(pair)))
CHAINS = st.lists(RATES, min_size=1, max_size=4)
EDGE = 1e-9


def holds(band: Interval, value: float) -> bool:
    return band.lower * (1 - EDGE) <= value <= band.upper * (1 + EDGE)


@given(st.floats(100, 2000), CHAINS, st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(0, 0.05))
def test_every_path_stays_possible_when_something_true_is_learnt(start, rises, shares, width) -> None:
    path, amount = [], start
    for rise, share in zip(rises, shares, strict=False):
        amount *= 1 + (rise.lower + share * (rise.upper - rise.lower)) / 100
        path.append(amount)
    before = possible(start, rises, {})
    assert all(holds(band, value) for band, value in zip(before, path, strict=True))
    for at in range(len(rises)):
        true = Interval(path[at] * (1 - width) * (1 - EDGE), path[at] * (1 + width) * (1 + EDGE))
        after = possible(start, rises, {at: true})
        for wide, narrow, value in zip(before, after, path, strict=True):
            assert wide.lower <= narrow.lower <= narrow.upper <= wide.upper  # shrinks, and never crosses
            assert holds(narrow, value)


@given(st.floats(100, 2000), CHAINS, st.floats(0, 50))
def test_places_only_widen_and_a_fixed_year_starts_anew(start, rises, place) -> None:
    alone, wide = possible(start, rises, {}), possible(start, rises, {}, moved=[place] * len(rises))
    assert all(w.lower <= a.lower and a.upper <= w.upper for a, w in zip(alone, wide, strict=True))
    fixed = possible(start, rises, {}, fixed={0: Interval(start * 3, start * 3)})
    assert fixed[0] == Interval(start * 3, start * 3)
    assert fixed[1:] == possible(start * 3, rises[1:], {})


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=8), st.randoms())
def test_ranks_are_the_least_and_the_most_of_all_draws(pairs, random_) -> None:
    bands = {str(n): Interval(float(low), float(low + width)) for n, (low, width) in enumerate(pairs)}
    ranks = possible_ranks(bands)
    for _ in range(50):
        draw = {
            name: random_.choice([band.lower, band.upper, random_.uniform(*band.ends)]) for name, band in bands.items()
        }
        for name, value in draw.items():
            rank = 1 + sum(other < value for other in draw.values())
            assert ranks[name][0] <= rank <= ranks[name][1]
    for name, band in bands.items():  # both ends are reached
        others = [other for key, other in bands.items() if key != name]
        assert ranks[name][0] == 1 + sum(other.upper < band.lower for other in others)
        assert ranks[name][1] == 1 + sum(other.lower < band.upper for other in others)


@pytest.mark.slow
def test_ranks_from_bounds_hold_every_rank_of_10_000_draws(store: Store) -> None:
    generator = random.Random(2024)
    for year in bound_years(store):
        rows = list(year_bounds(store, year).rows.values())
        least, most = [len(rows)] * len(rows), [0] * len(rows)
        for _ in range(10_000):
            values = [generator.uniform(row.lower_per_head, row.upper_per_head) for row in rows]
            for rank, at in enumerate(sorted(range(len(rows)), key=values.__getitem__), 1):
                least[at], most[at] = min(least[at], rank), max(most[at], rank)
        for row, low, high in zip(rows, least, most, strict=True):
            assert row.lower_rank <= low <= high <= row.upper_rank, row.la_name
