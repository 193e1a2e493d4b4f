"""Measures batches of packs: `python benchmarks/packs.py [--workers N] [--audience WHO] [--json FILE]`.

Packs of 1, 2, 4 and 8 authorities are written, each batch in a process of its own, in turn 1 2 4 8 1 2 4 8 …, so
that a drift of the machine's speed meets all of them. Of each: processor time of all its processes, wall time, and the
most memory that the process that hands out the work and any of its workers had. Two numbers say how work grows:

- the exponent: how processor time grows with the packs, once every worker has started (1 is linear);
- the busy share: how much of the time of all workers was processor time.

Processor time depends on what else the machine does: two threads that share a core each take longer.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import exponent, machine, peak_mib

COUNTS = (1, 2, 4, 8)
#: One pack, all formats.
MOST_SECONDS = 4.0
#: Heading, width and decimals of what is printed.
COLUMNS = {
    "packs": ("packs", 5, 0),
    "processor_seconds": ("processor s", 13, 1),
    "wall_seconds": ("wall s", 9, 1),
    "parent_mib": ("parent MiB", 12, 0),
    "worker_mib": ("worker MiB", 12, 0),
    "megabytes": ("MB written", 12, 1),
}
AUDIENCES = ("mp", "councillor", "analyst")


@dataclass(frozen=True)
class Measured:
    """Writes a pack and notes the most memory that its process has had."""

    peaks: Path

    def __call__(self, job: Any, data_folder: Path | None, audience: Any, folder: Path) -> Any:
        """Write one pack, as `write_one_pack` does."""
        from hnf.packs.batch import write_one_pack

        summary = write_one_pack(job, data_folder, audience, folder)
        (self.peaks / str(os.getpid())).write_text(f"{peak_mib()}", encoding="utf-8")
        return summary


def write_batch(count: int, workers: int, audience: Any, folder: Path) -> None:
    """Write one batch and print what it took as JSON."""
    start = time.perf_counter()
    from hnf.packs.batch import authority_jobs, fingerprint_of, run_batch
    from hnf.packs.write import format_names
    from hnf.tables.store import Store
    from hnf.workers import processes

    store = Store()
    jobs = authority_jobs(store)
    chosen = [jobs[place * len(jobs) // count] for place in range(count)]
    peaks = folder / "peaks"
    peaks.mkdir()
    result = run_batch(
        chosen,
        folder / "packs",
        Measured(peaks),
        fingerprint=fingerprint_of(store, audience, format_names()),
        audience=audience,
        workers=processes(workers) if workers > 1 else None,
        in_flight=workers + 1,
    )
    if result.failures:
        raise SystemExit("\n".join(f"{failure.job.label}: {failure.reason}" for failure in result.failures))
    wall = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    found = {
        "packs": len(result.packs),
        "processor_seconds": sum(usage.ru_utime + usage.ru_stime for usage in used),
        "wall_seconds": wall,
        "parent_mib": peak_mib(),
        "worker_mib": max(float(path.read_text(encoding="utf-8")) for path in peaks.iterdir()),
        "megabytes": sum(path.stat().st_size for path in (folder / "packs").rglob("*") if path.is_file()) / 1e6,
    }
    print(json.dumps(found))


def measure(arguments: argparse.Namespace) -> list[list[dict[str, float]]]:
    """Return the rounds, each with one row a count."""
    rounds: list[list[dict[str, float]]] = []
    for _ in range(arguments.runs):
        rows = []
        for count in COUNTS:
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, __file__, "--one", str(count), "--workers", str(arguments.workers)]
                command += ["--audience", arguments.audience, "--folder", folder]
                rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
        rounds.append(rows)
    return rounds


def started(rows: list[dict[str, float]], workers: int) -> list[dict[str, float]]:
    """Return the rows in which every worker has at least one pack, and so has started."""
    return [row for row in rows if row["packs"] >= workers]


def summary(rows: list[dict[str, float]], workers: int) -> dict[str, float]:
    """Return how processor time grows, and how much of the workers' time was processor time."""
    both = started(rows, workers)
    first, last = both[0], both[-1]
    each = (last["processor_seconds"] - first["processor_seconds"]) / (last["packs"] - first["packs"])
    return {
        "processor_seconds_one": rows[0]["processor_seconds"],
        "processor_seconds_each_more": each,
        "exponent": exponent({int(row["packs"]): row["processor_seconds"] for row in both}),
        "busy_share": last["processor_seconds"] / (last["wall_seconds"] * workers),
    }


def medians(rounds: list[list[dict[str, float]]]) -> list[dict[str, float]]:
    """Return one row a count over the rounds."""
    return [
        {name: statistics.median(row[name] for row in rows) for name in rows[0]} for rows in zip(*rounds, strict=True)
    ]


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--audience", choices=AUDIENCES, default="analyst")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        write_batch(arguments.one, arguments.workers, arguments.audience, arguments.folder)
        return
    rows = medians(measure(arguments))
    print(f"{machine()}, {time.strftime('%Y-%m-%d')}; {arguments.audience}, {arguments.workers} workers")
    print("".join(f"{title:>{width}}" for title, width, _ in COLUMNS.values()))
    for row in rows:
        print("".join(f"{row[name]:{width}.{places}f}" for name, (_, width, places) in COLUMNS.items()))
    found = summary(rows, arguments.workers)
    print(f"\none pack with all imports: {found['processor_seconds_one']:.1f} s of processor time")
    print(f"each more in a worker that runs: {found['processor_seconds_each_more']:.2f} s (at most {MOST_SECONDS:.0f})")
    print(f"exponent {found['exponent']:.2f}, busy share of {COUNTS[-1]} packs {found['busy_share']:.2f}")
    if arguments.json:
        results = {"machine": machine(), "workers": arguments.workers, "audience": arguments.audience, "rows": rows}
        arguments.json.write_text(json.dumps({**results, **found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
