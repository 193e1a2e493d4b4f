"""Measures many scenarios side by side: `python benchmarks/scenarios.py [--openfisca PYTHON] [--json FILE]`.

A scenario raises each step of the block of 2023-24 by a percentage of its own (import/export stays as it is), for 151
authorities. In turn, A B C D A B C D …, so that the ratios hold when the machine's speed drifts:

- hnf: `apply_change` and `block_total` of a sweep, a few scenarios at a time, all steps computed; once more with every
  step of every scenario kept in memory;
- a numpy copy of the same arrays (six steps and the total), from memory into memory that is already in use;
- pandas, a loop over scenarios; measured on fewer scenarios and scaled linearly;
- openfisca-core in an environment of its own (`--openfisca`, a Python that has it; see openfisca_block.py), one
  scenario after another as it is meant, and all scenarios as one population; on fewer scenarios, scaled linearly.

All compute the same pounds, which is asserted before anything is printed. Then the peak memory of whole sweeps with
their Parquet files, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import machine, peak_mib, spread

from hnf.scenarios.changes import (
    STEP_TERMS,
    BlockArrays,
    Change,
    apply_change,
    block_total,
    load_block_arrays,
    published_state,
)
from hnf.scenarios.sweep_files import BlockModel, Place, Sample, VariedParameter
from hnf.scenarios.sweep_run import CACHE_BYTES, Sweep, run_sweep
from hnf.tables.store import Store
from hnf.years import FinancialYear

YEAR = FinancialYear.parse("2023-24")
UPLIFTED = tuple(term for term in STEP_TERMS if term != "import_export")
#: Scenarios that the slow ones are measured on.
PANDAS_SCENARIOS, OPENFISCA_SCENARIOS, POPULATION_SCENARIOS = 400, 400, 5_000
MEMORY_SCENARIOS = (10_000, 100_000, 1_000_000)
#: openfisca computes in float32: this far from float64, relative to the block.
FLOAT32 = 5e-7
TARGETS = {"pandas": 50.0, "openfisca": 50.0, "copy": 4.0}


def hnf_block(arrays: BlockArrays, uplifts_pct: np.ndarray, totals: np.ndarray, steps: np.ndarray | None) -> None:
    """Compute all scenarios with the functions of a sweep."""
    at_a_time = CACHE_BYTES // (8 * len(arrays))
    for first in range(0, len(uplifts_pct), at_a_time):
        rows = slice(first, first + at_a_time)
        state = published_state(arrays)
        for place, term in enumerate(UPLIFTED):
            pct = uplifts_pct[rows, place, None]
            state = apply_change(arrays, state, Change("uplift", {"pct": pct, "term": term}))
        totals[rows] = block_total(arrays, state)
        if steps is not None:
            for place, term in enumerate(STEP_TERMS):
                steps[place, rows] = state[term]


def pandas_block(frame: pd.DataFrame, uplifts_pct: np.ndarray, totals: np.ndarray) -> None:
    """Compute the scenarios one after another on a frame of authorities."""
    for number, uplifts in enumerate(uplifts_pct):
        steps = frame[list(STEP_TERMS)].copy()
        for term, pct in zip(UPLIFTED, uplifts, strict=True):
            steps[term] = frame[term] * (1 + pct / 100)
        totals[number] = frame["published_total"] + (steps - frame[list(STEP_TERMS)]).sum(axis=1)


def openfisca_block(
    python: Path, way: str, arrays: BlockArrays, uplifts_pct: np.ndarray, folder: Path
) -> dict[str, Any]:
    """Compute the scenarios in openfisca-core and return its arrays and seconds."""
    given, found = folder / f"{way}.npz", folder / f"{way}-out.npz"
    full = np.insert(uplifts_pct, list(STEP_TERMS).index("import_export"), 0.0, axis=1)
    rate = np.ones(len(arrays))
    columns = {
        **{term: values for term, values in arrays.steps.items() if term != "basic_entitlement"},
        "basic_entitlement_rate": rate,
        "basic_entitlement_pupils": arrays.basic_entitlement,
    }
    np.savez(given, terms=np.array(list(columns)), columns=np.stack(list(columns.values())), uplifts_pct=full)
    script = Path(__file__).with_name("openfisca_block.py")
    subprocess.run([str(python), str(script), str(given), str(found), "--way", way], check=True)
    with np.load(found) as results:
        return {name: results[name] for name in results.files}


def timed(work: Callable[[], object]) -> float:
    """Run once and return the wall time."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Return the seconds that each takes for all scenarios, one number a round, after checking the pounds of all."""
    arrays = load_block_arrays(Store(), YEAR)
    count, size = arguments.scenarios, len(arrays)
    uplifts = np.random.default_rng(1).uniform(-5, 10, (count, len(UPLIFTED)))
    totals, steps = np.zeros((count, size)), np.zeros((len(STEP_TERMS), count, size))
    block, copy = np.ones((len(STEP_TERMS) + 1, count, size)), np.ones((len(STEP_TERMS) + 1, count, size))
    frame = pd.DataFrame({**arrays.steps, "published_total": arrays.published_total})
    own = np.zeros((PANDAS_SCENARIOS, size))
    pandas_count = min(PANDAS_SCENARIOS, count)
    seconds: dict[str, list[float]] = {"hnf": [], "hnf, steps kept": [], "copy": [], "pandas": []}
    for round_number in range(arguments.runs + 1):
        now = {
            "hnf": timed(lambda: hnf_block(arrays, uplifts, totals, None)),
            "copy": timed(lambda: np.copyto(copy, block)),
            "hnf, steps kept": timed(lambda: hnf_block(arrays, uplifts, totals, steps)),
            "pandas": timed(lambda: pandas_block(frame, uplifts[:pandas_count], own)) * count / pandas_count,
        }
        np.testing.assert_allclose(own[:pandas_count], totals[:pandas_count], rtol=0, atol=1e-4)
        for way, name, most in WAYS if arguments.openfisca else ():
            few = min(most, count)
            found = openfisca_block(arguments.openfisca, way, arrays, uplifts[:few], folder)
            check_pounds(found, totals[:few], steps[:, :few], arrays)
            now[name] = float(found["seconds"][0]) * count / few
        if round_number:  # the first warms up
            for name, value in now.items():
                seconds.setdefault(name, []).append(value)
    return seconds


def block_of(count: int) -> Callable[[], object]:
    """Return what computes so many scenarios, its arrays made beforehand."""
    arrays = load_block_arrays(Store(), YEAR)
    uplifts = np.random.default_rng(1).uniform(-5, 10, (count, len(UPLIFTED)))
    totals = np.zeros((count, len(arrays)))
    return lambda: hnf_block(arrays, uplifts, totals, None)


WAYS = (
    ("parameters", "openfisca", OPENFISCA_SCENARIOS),
    ("population", "openfisca, one population", POPULATION_SCENARIOS),
)


def check_pounds(found: dict[str, Any], totals: np.ndarray, steps: np.ndarray, arrays: BlockArrays) -> None:
    """Assert that openfisca computes the same pounds, but for its float32 and the rounding of printed totals."""
    np.testing.assert_allclose(found["steps_gbp"].transpose(1, 0, 2), steps, rtol=FLOAT32, atol=0.01)
    unexplained = arrays.published_total - sum(arrays.steps.values())
    np.testing.assert_allclose(unexplained, 0, atol=1.0)  # the printed total is rounded
    np.testing.assert_allclose(found["total_gbp"], totals - unexplained, rtol=FLOAT32, atol=0.01)


def sweep_memory(count: int, folder: Path) -> None:
    """Run one whole sweep with its files, and print its peak memory and seconds."""
    arrays = load_block_arrays(Store(), YEAR)
    changes = tuple(Change("uplift", {"pct": 0.0, "term": term}) for term in UPLIFTED)
    parameters = tuple(VariedParameter(f"{term}_pct", "uniform", (-5.0, 10.0)) for term in UPLIFTED)
    places = {parameter.name: Place(number, "pct") for number, parameter in enumerate(parameters)}
    sample = Sample("sobol", count, len(parameters), 1)
    sweep = Sweep(BlockModel(arrays, changes, places), parameters, sample, 1024, "benchmark")
    start = time.perf_counter()
    run_sweep(sweep, folder / f"sweep-{count}")
    spent = time.perf_counter() - start
    print(json.dumps({"scenarios": count, "peak_mib": peak_mib(), "seconds": spent}))


def memory(folder: Path) -> list[dict[str, float]]:
    """Return peak memory by number of scenarios, each in a process of its own."""
    rows = []
    for count in MEMORY_SCENARIOS:
        command = [sys.executable, __file__, "--one-sweep", str(count), "--folder", str(folder)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return rows


def ratios(seconds: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Return what is compared, round by round."""
    pairs = [(peer, "hnf") for peer in seconds if peer.startswith(("pandas", "openfisca"))]
    pairs += [("hnf", "copy"), ("hnf, steps kept", "copy")]
    found = []
    for over, under in pairs:
        per_round = [a / b for a, b in zip(seconds[over], seconds[under], strict=True)]
        target = TARGETS.get(under if under == "copy" else over)
        found.append({"ratio": f"{over} ÷ {under}", **spread(per_round), "target": target})
    return found


def main() -> None:
    """Measure, print tables and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--openfisca", type=Path, metavar="PYTHON", help="a Python with openfisca-core")
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--one-sweep", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one_sweep:
        sweep_memory(arguments.one_sweep, arguments.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        seconds = measure(arguments, Path(folder))
        peaks = memory(Path(folder))
    where = f"{machine()}, numpy {np.__version__}"
    print(f"{where}, {time.strftime('%Y-%m-%d')}; {arguments.scenarios:,} scenarios × 151 authorities")
    print(f"{'seconds':36} {'median':>10} {'least':>10} {'most':>10}")
    for name, values in seconds.items():
        scaled = " (scaled)" if name.startswith(("pandas", "openfisca")) else ""
        own = spread(values)
        print(f"{name + scaled:36} {own['median']:10.3f} {own['least']:10.3f} {own['most']:10.3f}")
    print(f"\n{'ratio':36} {'median':>10} {'least':>10} {'most':>10} {'target':>8}")
    for row in (compared := ratios(seconds)):
        target = row["target"] or ""
        print(f"{row['ratio']:36} {row['median']:10.2f} {row['least']:10.2f} {row['most']:10.2f} {target:>8}")
    print(f"\n{'scenarios of a whole sweep':36} {'peak MiB':>10} {'seconds':>10}")
    for row in peaks:
        print(f"{row['scenarios']:<36,} {row['peak_mib']:10.0f} {row['seconds']:10.1f}")
    if arguments.json:
        results = {"machine": where, "seconds": seconds, "ratios": compared, "memory": peaks}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
