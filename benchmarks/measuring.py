"""What every benchmark shares: pairs of commands in turn, the spread of what came out, how work grows."""

from __future__ import annotations

import itertools
import math
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def seconds(command: Sequence[str]) -> float:
    """Run a command once and return its wall time."""
    # Compiled modules are cached as in daily use; an unset PYTHONDONTWRITEBYTECODE is part of the measurement.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def paired(ours: Sequence[str], peer: Sequence[str], runs: int) -> list[tuple[float, float]]:
    """Time two commands in turn, so that a drift of the machine's speed meets both; the first pair warms up."""
    return [(seconds(ours), seconds(peer)) for _ in range(runs + 1)][1:]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median and the ends."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def exponent(taken: Mapping[int, float]) -> float:
    """Fit how work grows: of a + b × n ** k, whatever it takes to start.

    Parameters
    ----------
    taken : mapping of int to float
        Seconds by size; each size is twice the one before, so that what a doubling adds grows by k.
    """
    sizes = sorted(taken)
    more = [(math.log(low), taken[high] - taken[low]) for low, high in itertools.pairwise(sizes)]
    points = [(size, math.log(added)) for size, added in more if added > 0]
    return statistics.linear_regression([size for size, _ in points], [added for _, added in points]).slope


def peak_mib() -> float:
    """Return the most memory that this process has had.

    `ru_maxrss` would count what the process that started this one had: Linux carries it over.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
