"""What holds for every sweep: who computes it, in what order and in what pieces makes no difference to the last bit."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from fixtures.sweep_models import ISHIGAMI_FIRST, ISHIGAMI_TOTAL, ishigami
from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.scenarios.sweep_files import METHODS, Sample, VariedParameter, grid_size, saltelli_points
from hnf.scenarios.sweep_run import Stretch, SweepOutcome, compute_piece, run_sweep, stretches
from hnf.workers import processes

#: Nothing is timed: the first run loads scipy.
untimed = settings(deadline=None)


class Backwards(Executor):
    """An executor that finishes what it was given last first, three at a time."""

    def __init__(self, total: int) -> None:
        self.waiting: list[tuple] = []
        self.left = total

    def submit(self, work, /, *arguments, **named):
        future = Future()
        self.waiting.append((future, work, arguments, named))
        self.left -= 1
        if len(self.waiting) == 3 or not self.left:
            self.finish()
        return future

    def finish(self) -> None:
        while self.waiting:
            future, work, arguments, named = self.waiting.pop()
            future.set_result(work(*arguments, **named))


def frames(outcome: SweepOutcome) -> dict[str, pl.DataFrame]:
    scenarios = pl.read_parquet(outcome.folder / "scenarios" / "*.parquet").sort("scenario")
    return {**outcome.tables(), "scenarios": scenarios}


def same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)


@untimed
@given(
    method=st.sampled_from(METHODS),
    count=st.integers(1, 300),
    seed=st.integers(0, 2**63),
    data=st.data(),
)
def test_any_stretch_of_a_sample_is_the_same_as_in_the_whole(method: str, count: int, seed: int, data) -> None:
    levels = (3, 4, 5) if method == "grid" else ()
    total = grid_size(levels) if method == "grid" else count
    sample = Sample(method, total, 3, seed, levels)
    first = data.draw(st.integers(0, total - 1))
    length = data.draw(st.integers(1, total - first))
    whole = sample.points(0, total)
    assert whole.shape == (total, 3)
    assert ((whole >= 0) & (whole <= 1)).all()
    assert np.array_equal(sample.points(first, length), whole[first : first + length])


@untimed
@given(first=st.integers(0, 70), count=st.integers(1, 80), seed=st.integers(0, 2**32))
def test_any_stretch_of_saltellis_design_is_the_same_as_in_the_whole(first: int, count: int, seed: int) -> None:
    whole = saltelli_points(3, 32, seed, 0, 160)
    assert np.array_equal(saltelli_points(3, 32, seed, first, count), whole[first : first + count])
    a, b = whole[:32], whole[32:64]
    for parameter, mixed in enumerate(whole[64:].reshape(3, 32, 3)):
        others = [place for place in range(3) if place != parameter]
        assert np.array_equal(mixed[:, parameter], b[:, parameter])
        assert np.array_equal(mixed[:, others], a[:, others])


@untimed
@given(
    arguments=st.tuples(*[st.floats(-1e6, 1e6).map(lambda value: round(value, 3))] * 3)
    .map(sorted)
    .filter(lambda found: found[2] - found[0] > 0.01),
    kind=st.sampled_from(["uniform", "triang", "truncnorm", "values"]),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_values_lie_within_the_bounds_and_rise_with_the_share(arguments, kind: str, shares: list[float]) -> None:
    low, middle, high = arguments
    given_arguments = {
        "uniform": (low, high),
        "triang": (low, middle, high),
        "truncnorm": (middle, (high - low) / 3, low, high),
        "values": (low, high),
    }[kind]
    parameter = VariedParameter("x", kind, given_arguments)
    values = parameter.quantiles(np.sort(np.array(shares)))
    assert ((values >= low) & (values <= high)).all()
    assert (np.diff(values) >= -1e-9 * max(abs(low), abs(high))).all()
    one_by_one = [parameter.quantiles(np.array([share]))[0] for share in sorted(shares)]
    assert np.array_equal(values, np.array(one_by_one))


@untimed
@given(rows=st.integers(1, 120), size=st.integers(1, 120), method=st.sampled_from(["sobol", "latin_hypercube"]))
def test_results_do_not_depend_on_pieces_or_rows_at_a_time(rows: int, size: int, method: str) -> None:
    sweep = ishigami(100, method=method)
    whole = compute_piece(sweep, Stretch(0, 100))
    pieces = [compute_piece(sweep, stretch, rows) for stretch in stretches(100, size)]
    assert np.array_equal(np.concatenate([piece.change_gbp for piece in pieces]), whole.change_gbp)
    assert np.array_equal(np.concatenate([piece.values for piece in pieces]), whole.values)
    assert np.array_equal(np.sum([piece.lowest_counts for piece in pieces], axis=0), whole.lowest_counts)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sobol", "latin_hypercube"])
def test_results_do_not_depend_on_who_computes_or_in_what_order(tmp_path: Path, method: str) -> None:
    sweep = ishigami(300, method=method, index_base=32)
    wanted = frames(run_sweep(sweep, tmp_path / "here"))
    for size in (1000, 64, 7):
        assert same(frames(run_sweep(sweep, tmp_path / f"by-{size}", scenarios_at_a_time=size)), wanted)
    with ThreadPoolExecutor(3) as threads:
        assert same(frames(run_sweep(sweep, tmp_path / "threads", executor=threads, scenarios_at_a_time=20)), wanted)
    two = run_sweep(sweep, tmp_path / "processes", executor=processes(2), scenarios_at_a_time=90)
    assert same(frames(two), wanted)
    backwards = run_sweep(sweep, tmp_path / "back", executor=Backwards(4 + 3), in_flight=3, scenarios_at_a_time=77)
    assert same(frames(backwards), wanted)


def test_a_seed_gives_the_same_sweep_and_another_seed_another(tmp_path: Path) -> None:
    one, again, other = (
        frames(run_sweep(ishigami(64, seed=seed), tmp_path / name))
        for name, seed in (("one", 5), ("again", 5), ("other", 6))
    )
    assert same(one, again)
    assert not one["scenarios"].equals(other["scenarios"])


@pytest.mark.parametrize("seed", range(5))
def test_indices_of_the_ishigami_function_are_the_known_ones(tmp_path: Path, seed: int) -> None:
    drivers = run_sweep(ishigami(16, seed=seed, index_base=16384), tmp_path / "sweep").tables()["drivers"]
    for code in ("901", "902"):
        own = drivers.filter(pl.col("la_code") == code)
        assert own["parameter"].to_list() == ["x1", "x2", "x3"]
        assert own["first_order"].to_list() == pytest.approx(ISHIGAMI_FIRST, abs=0.005)
        assert own["total"].to_list() == pytest.approx(ISHIGAMI_TOTAL, abs=0.005)
    still = drivers.filter(pl.col("la_code") == "903")
    assert still["first_order"].null_count() == still["total"].null_count() == 3
