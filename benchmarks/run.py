"""Measures the speed lines of the design side by side, and prints the ratios: `python benchmarks/run.py [--raw DIR]`.

Each pair runs in turn, A B A B …, in processes of its own, so that the ratio holds when the machine's speed drifts.
Needs the package installed in the Python that runs it; the comparison with pandas and odfpy needs
`pip install odfpy xlrd`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HNF = [sys.executable, "-c", "from hnf.commands import app; app()"]
POLARS = [sys.executable, "-c", "import polars"]
PASS = [sys.executable, "-c", "pass"]
PAIRS = (
    ("hnf --help", [*HNF, "--help"], "python -c pass", PASS, 3.0),
    ("hnf --version", [*HNF, "--version"], "python -c pass", PASS, 3.0),
    (
        "hnf rank",
        [*HNF, "rank", "--year", "2023-24", "--measure", "nff", "--per", "pupil", "--format", "json"],
        "import polars",
        POLARS,
        1.5,
    ),
    ("hnf growth", [*HNF, "growth", "919", "--format", "json"], "import polars", POLARS, 1.5),
    ("hnf gap", [*HNF, "gap", "919", "--year", "2023-24", "--format", "json"], "import polars", POLARS, 1.5),
    ("hnf reconcile", [*HNF, "reconcile", "--format", "json"], "import polars", POLARS, 1.5),
)
PEER_READS = """
import pathlib, sys, zipfile
import pandas as pd
raw = pathlib.Path(sys.argv[1])
for path in sorted((raw / "dsg").glob("*.ods")):
    pd.read_excel(path, engine="odf", sheet_name=None, header=None)
pd.read_excel(next((raw / "dsg").glob("*.xls")), sheet_name=None, header=None)
for path in sorted((raw / "population").glob("*.xls*")):
    pd.read_excel(path, sheet_name="MYE2 - Persons", header=None)
for path in [*raw.glob("population/*.csv"), *raw.glob("geography/*.csv"), *raw.glob("sen2/ehc*.csv")]:
    pd.read_csv(path)
for path in sorted((raw / "sen2").glob("*.zip")):
    with zipfile.ZipFile(path) as archive:
        for name in ("data/sen2_age_caseload.csv", "data/caseload.csv"):
            if name in archive.namelist():
                with archive.open(name) as member:
                    pd.read_csv(member, low_memory=False)
"""


def seconds(command: list[str]) -> float:
    """Run a command once and return its wall time."""
    start = time.perf_counter()
    # Compiled modules are cached as in daily use; an unset PYTHONDONTWRITEBYTECODE is part of the measurement.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def compare(name: str, ours: list[str], peer_name: str, peer: list[str], runs: int) -> dict[str, float | str]:
    """Time two commands in turn and return medians and the median ratio with its spread."""
    seconds(ours), seconds(peer)
    pairs = [(seconds(ours), seconds(peer)) for _ in range(runs)]
    ratios = [own / other for own, other in pairs]
    return {
        "what": name,
        "against": peer_name,
        "seconds": statistics.median(own for own, _ in pairs),
        "against_seconds": statistics.median(other for _, other in pairs),
        "ratio": statistics.median(ratios),
        "ratio_least": min(ratios),
        "ratio_most": max(ratios),
    }


def main() -> None:
    """Measure, print a table and write JSON beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, help="folder of the published files, for the rebuilding of the tables")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--json", type=Path, help="file to write the results to")
    arguments = parser.parse_args()
    results = []
    for name, ours, peer_name, peer, limit in PAIRS:
        results.append({**compare(name, ours, peer_name, peer, arguments.runs), "limit": limit})
    if arguments.raw:
        with tempfile.TemporaryDirectory() as folder:
            build = [*HNF, "sources", "build", "--raw", str(arguments.raw), "--out", f"{folder}/tidy"]
            reads = [sys.executable, "-c", PEER_READS, str(arguments.raw)]
            results.append(compare("hnf sources build", build, "the same reads, pandas with odfpy", reads, 3))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
    )
    print(
        f"{'what':20} {'seconds':>8} {'against':36} {'seconds':>8} {'ratio':>8} {'least':>8} {'most':>8} {'limit':>6}"
    )
    for row in results:
        print(
            f"{row['what']:20} {row['seconds']:8.3f} {row['against']:36} {row['against_seconds']:8.3f} "
            f"{row['ratio']:8.3f} {row['ratio_least']:8.3f} {row['ratio_most']:8.3f} {row.get('limit', ''):>6}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
