"""A disk that is full, broken or read-only: one line, exit code 2, and everything as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from crashing import Ended, Trial, tree
from moments import spread_over

#: What a step may end with, and the words for it: a full disk, one that cannot be read from or written to, no rights.
ERRORS = {
    "ENOSPC": "No space left on device",
    "EDQUOT": "Disk quota exceeded",
    "EIO": "Input/output error",
    "EROFS": "Read-only file system",
    "EACCES": "Permission denied",
}
#: Steps of one command that fail in turn.
MOST_STEPS = 4
NAMES = ["export", "brief", "map", "ingest", "sweep", "fetch"]


def check_one_line(ended: Ended, words: str, moment: str) -> None:
    """One line says what, where and what to do; nothing is on stdout."""
    assert ended.code == 2, f"{moment}: {ended}"
    *before, line = ended.err.splitlines()
    assert all(not other.startswith(("Traceback", "  File")) for other in before), f"{moment}: {ended.err}"
    assert line.startswith("hnf: "), f"{moment}: {ended.err}"
    assert words in line, f"{moment}: {ended.err}"
    assert ended.out == "", f"{moment}: {ended.out}"


def check_as_before(run: Trial, moment: str) -> None:
    """What was there is there; besides it there is nothing but finished parts, which the next run takes up."""
    found = tree(run.root)
    kept = {
        name: content for name, content in found.items() if not name.startswith((".out.partial/", "raw/two/two.ods"))
    }
    if run.command.name == "fetch":
        kept["raw/fetched.json"] = run.before["raw/fetched.json"]
    differing = {name for name in kept.keys() | run.before.keys() if kept.get(name) != run.before.get(name)}
    assert differing == set(), moment


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_fills_at_any_step(trial: Callable[[str], Trial], name: str) -> None:
    run = trial(name)
    steps = run.undisturbed.steps
    makes = [(n, step) for n, step in enumerate(steps, start=1) if step.split()[0] in ("open", "write", "os.mkdir")]
    assert len(makes) > 1
    for place, (number, step) in enumerate(spread_over(makes, MOST_STEPS)):
        moment = f"{name}: full at step {number} of {len(steps)}, {step}"
        run.reset()
        ended = run.start(fault={"at": number, "error": "ENOSPC", "lasting": True})
        check_one_line(ended, "disk is full" if "disk is full" in ended.err else ERRORS["ENOSPC"], moment)
        check_as_before(run, moment)
        if place % 4 == 1:
            run.check_next_run(moment)


@pytest.mark.slow
@pytest.mark.parametrize("error", list(ERRORS))
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_that_takes_nothing(trial: Callable[[str], Trial], name: str, error: str) -> None:
    run = trial(name)
    run.reset()
    ended = run.start(fault={"at": 1, "error": error, "lasting": True})
    check_one_line(ended, ERRORS[error], f"{name}: {error}")
    check_as_before(run, f"{name}: {error}")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_single_step_that_fails(trial: Callable[[str], Trial], name: str) -> None:
    """Where only clearing up fails, the run has done its work; where anything else does, all is as before."""
    run = trial(name)
    steps = run.undisturbed.steps
    every = [*enumerate(steps, start=1)]
    assert len(every) > 1
    # The last steps, in which the new takes the place of the old, one by one.
    for number, step in [*spread_over(every[:-6], MOST_STEPS), *every[-6:]]:
        moment = f"{name}: step {number} of {len(steps)}, {step}"
        run.reset()
        ended = run.start(fault={"at": number, "error": "EIO"})
        run.check_nothing_half(moment)
        if ended.code:
            check_one_line(ended, ERRORS["EIO"], moment)
        run.check_next_run(moment)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_may_not_grow(trial: Callable[[str], Trial], name: str) -> None:
    """The limit is the system's own, so that every write meets it, also those of libraries that are not Python."""
    run = trial(name)
    largest = max(len(content) for path, content in run.wanted.items() if run.before.get(path) != content)
    for most_bytes in (2 * largest // 3, largest - 1):
        moment = f"{name}: files of at most {most_bytes} bytes, where {largest} are needed"
        run.reset()
        ended = run.start(most_bytes=most_bytes)
        check_one_line(ended, "disk is full" if "disk is full" in ended.err else "File too large", moment)
        check_as_before(run, moment)
        run.check_next_run(moment)
