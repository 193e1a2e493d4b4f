"""At which steps and how often commands are disturbed: usually a sample, every step where HNF_CRASHES asks for it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import groupby
from typing import TypeVar

#: How many runs are killed at random moments. HNF_CRASHES asks for more; then every single step has its run too.
USUAL = 8
CRASHES = int(os.environ.get("HNF_CRASHES", USUAL))
#: Steps of one command that are usually disturbed: renames, which matter most, and others.
MOST_SWAPS, MOST_OTHERS = 2, 3

Item = TypeVar("Item")


def steps_to_disturb(steps: list[str]) -> list[tuple[int, str]]:
    """Number the steps; usually those at which something takes its place, and a few others from first to last."""
    found = list(_told_apart(steps))
    if CRASHES > USUAL:
        return found
    swaps = [step for step in found if step[1].startswith("os.rename")][-MOST_SWAPS:]
    return sorted({*swaps, *spread_over([step for step in found if step not in swaps], MOST_OTHERS)})


def _told_apart(steps: list[str]) -> Iterator[tuple[int, str]]:
    """Number the steps; of a stretch of the same kind, as one file after another in a new folder, some of them."""
    for kind, group in groupby(enumerate(steps, start=1), key=lambda step: _kind(step[1])):
        several = list(group)
        if kind and len(several) > 5 and CRASHES <= USUAL:
            several = [*several[:2], several[len(several) // 2], *several[-2:]]
        yield from several


def _kind(step: str) -> str:
    """What a step is one of many of: files of a new folder, pieces of a sweep, files that are removed."""
    kind, path = step.split(" ", 1)
    if kind in ("os.remove", "os.rmdir"):
        return "removed"
    if "/.part-" in path:
        return "piece"
    return "made" if kind in ("open", "write", "os.mkdir") and re.search(r"/\.[^/]+\.hnf-\w{8}/", path) else ""


def spread_over(every: list[Item], most: int) -> list[Item]:
    """Take no more than so many of a list, the first and the last among them, evenly."""
    if len(every) <= most:
        return every
    return [every[place] for place in sorted({round(n * (len(every) - 1) / (most - 1)) for n in range(most)})]
