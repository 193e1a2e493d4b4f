"""A process that is killed at any step of its writing leaves nothing half, and the next run makes it good."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from crashing import Trial
from moments import CRASHES, USUAL, steps_to_disturb

#: The share of each command in them: those that take long get few.
SHARES = {
    "export": 0.28, "export ees": 0.05, "brief": 0.06, "brief --all": 0.03, "brief --all, many": 0.08,
    "ingest": 0.10, "sweep": 0.12, "fetch": 0.26, "map": 0.02,
}  # fmt: skip
KILLED = -9
SEED = 20261126


@pytest.mark.slow
@pytest.mark.parametrize("name", ["export", "brief", "map", "brief --all", "ingest", "sweep", "fetch"])
def test_a_run_killed_at_any_step_leaves_nothing_half_and_the_next_one_finishes(
    trial: Callable[[str], Trial], name: str, record_property: Callable[[str, object], None]
) -> None:
    run = trial(name)
    steps = run.undisturbed.steps
    every = steps_to_disturb(steps)
    for number, step in every:
        moment = f"killed before step {number} of {len(steps)}, {step}"
        run.reset()
        assert run.start(fault={"at": number}).code == KILLED, moment
        run.check_nothing_half(moment)
        run.check_next_run(moment)
    record_property("kills", len(every))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SHARES))
def test_a_run_killed_at_a_random_moment_leaves_nothing_half_and_the_next_one_finishes(
    trial: Callable[[str], Trial], name: str, record_property: Callable[[str, object], None]
) -> None:
    run = trial(name)
    chance = random.Random(f"{SEED} {name}")
    count, killed, longest = max(1, round(CRASHES * SHARES[name])), 0, run.undisturbed.seconds
    while killed < count:
        after = chance.uniform(0, longest)
        run.reset()
        ended = run.start(after=after)
        moment = f"killed {after:.6f} s after the first step"
        run.check_nothing_half(moment)
        if ended.code == KILLED:
            killed += 1
            run.check_next_run(moment)
        else:
            longest = max(after, 0.001)  # it was faster than the first time
    record_property("kills", killed)


@pytest.mark.raw
@pytest.mark.usefixtures("raw")
def test_a_build_that_is_killed_leaves_the_old_tables_and_the_next_one_finishes(trial: Callable[[str], Trial]) -> None:
    """The rows are read from the published files once; each run makes, checks and writes the tables of them."""
    run = trial("build")
    steps = run.undisturbed.steps
    swap = next(number for number, step in enumerate(steps, start=1) if step.startswith("os.chmod"))
    every = range(1, len(steps) + 1) if CRASHES > USUAL else (1, 2, 4, swap // 2, *range(swap, swap + 4))
    for number in every:
        moment = f"killed before step {number} of {len(steps)}, {steps[number - 1]}"
        run.reset()
        assert run.start(fault={"at": number}).code == KILLED, moment
        run.check_nothing_half(moment)
        run.check_next_run(moment)
