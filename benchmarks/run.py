"""Measures every speed line of the design side by side: `python benchmarks/run.py --raw DIR [--openfisca PYTHON]`.

Whatever is compared runs in turn, A B A B …, so that the ratios hold when the machine's speed drifts. Needs the package
installed in the Python that runs it. The comparison of reads needs `pip install odfpy xlrd` and the folder of published
files; that with openfisca-core a Python of its own that has it (see scenarios.py). Parts that are not asked for keep
what the results file says of them, with their own date.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import explorer
import packs
import scenarios
import table
from measuring import exponent, machine, paired, spread

HNF = [sys.executable, "-c", "from hnf.commands import app; app()"]
POLARS = [sys.executable, "-c", "import polars"]
PASS = [sys.executable, "-c", "pass"]
#: What each query is asked; Cumberland has predecessors, Kingston upon Hull borders and neighbours of all kinds.
QUERIES = (
    "allocate 810 --year 2023-24",
    "rank --year 2023-24 --measure nff --per pupil",
    "rank-card 942 --year 2023-24",
    "table --measures plans,block_per_plan --level all",
    "map --year 2023-24 --per head",
    "growth 919",
    "gap 919 --year 2023-24",
    "catch-up 919 --year 2023-24 --own-growth 5 --england-growth 3",
    "compare 810 --year 2023-24 --per pupil",
    "wedge 942",
    "inequality",
    "association",
    "project 942 --years 3",
    "spending 810",
    "explain 942 --year 2023-24",
    "reconcile",
    "protection --year 2023-24",
    "parameters --year 2023-24",
    "authorities --year 2023-24",
    "trace rate:2023-24:nff:pupil:919",
)
#: Every measure, period and area.
EVERYTHING = "table --measures all --from 2000 --level all --format csv"
PEER_READS = """
import pathlib, sys, zipfile
import pandas as pd
raw = pathlib.Path(sys.argv[1])
ENGINES = {".xls": "xlrd", ".xlsx": "openpyxl"}
for path in sorted((raw / "dsg").glob("*.ods")):
    if "amalgamation" not in path.name:  # not a file that the tables are built from
        pd.read_excel(path, engine="odf", sheet_name=None, header=None)
pd.read_excel(next((raw / "dsg").glob("*.xls")), sheet_name=None, header=None)
for path in sorted((raw / "population").glob("*.xls*")):
    pd.read_excel(path, engine=ENGINES[path.suffix], sheet_name="MYE2 - Persons", header=None)
for path in sorted((raw / "spending").glob("*.xlsx")):
    pd.read_excel(path, engine="openpyxl", sheet_name=None, header=None)
for folder in ("population/*.csv", "geography/*.csv", "neighbours/*.csv", "constituencies/*.csv", "sen2/ehc*.csv"):
    for path in raw.glob(folder):
        pd.read_csv(path)
for path in sorted((raw / "sen2").glob("*.zip")):
    with zipfile.ZipFile(path) as archive:
        for name in ("data/sen2_age_caseload.csv", "data/caseload.csv"):
            if name in archive.namelist():
                with archive.open(name) as member:
                    pd.read_csv(member, low_memory=False)
"""
OUR_ODS = """
import pathlib, sys
from hnf.sources.workbooks.read import open_workbook
for path in sorted((pathlib.Path(sys.argv[1]) / "dsg").glob("*.ods")):
    book = open_workbook(path.name, path.read_bytes())
    for name in book.names:
        book.sheet("".join(f"[{letter}]" if letter in "()" else letter for letter in name))
"""
PEER_ODS = """
import pathlib, sys
import pandas as pd
for path in sorted((pathlib.Path(sys.argv[1]) / "dsg").glob("*.ods")):
    pd.read_excel(path, engine="odf", sheet_name=None, header=None)
"""
#: Years whose authorities are recomputed, for the curve: the years that there are, over and over.
YEARS = (1, 2, 4, 8, 16)
SCENARIOS = (12_500, 25_000, 50_000, 100_000)
Row = dict[str, Any]


def row(what: str, against: str, ratios: list[float], asked: str, own: list[float] | None = None) -> Row:
    """Return one line of the table; `asked` is what the design asks for, such as `≤ 1.5`."""
    line: Row = {"what": what, "against": against, **spread(ratios), "asked": asked}
    return {**line, "seconds": statistics.median(own)} if own else line


def commands(arguments: argparse.Namespace) -> list[Row]:
    """The start of the program, and every query."""
    lines = []
    for words, peer, name, asked in (
        ("--help", PASS, "python -c pass", "≤ 3"),
        *((words, POLARS, "import polars", "≤ 1.5") for words in QUERIES),
        (EVERYTHING, POLARS, "import polars", "under 2 s"),
    ):
        form = [] if words.startswith("--") or "--format" in words else ["--format", "json"]
        pairs = paired([*HNF, *words.split(), *form], peer, arguments.runs)
        what = "hnf table of everything" if words == EVERYTHING else f"hnf {words.split()[0]}"
        lines.append(row(what, name, [own / other for own, other in pairs], asked, [own for own, _ in pairs]))
    return lines


def tables(arguments: argparse.Namespace) -> list[Row]:
    """The tables from the published files, and the workbooks of the grant alone."""
    raw = str(arguments.raw)
    python = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory() as folder:
        build = [*HNF, "sources", "build", "--raw", raw, "--out", f"{folder}/tidy"]
        built = paired(build, [*python, PEER_READS, raw], arguments.runs)
    read = paired([*python, OUR_ODS, raw], [*python, PEER_ODS, raw], arguments.runs)
    return [
        row(
            "hnf sources build, reads and all",
            "the same reads, pandas with odfpy and openpyxl",
            [other / own for own, other in built],
            "≥ 8 × faster",
            [own for own, _ in built],
        ),
        row(
            "the DSG workbooks read, checks and all",
            "pandas with odfpy",
            [other / own for own, other in read],
            "",
            [own for own, _ in read],
        ),
    ]


def sweeps(arguments: argparse.Namespace) -> list[Row]:
    """100,000 scenarios for all authorities, and the memory of whole sweeps."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = scenarios.measure(arguments, Path(folder))
        peaks = scenarios.memory(Path(folder))
    asked = {"pandas": "≥ 50 × faster", "openfisca": "≥ 50 × faster", "openfisca, one population": "", "copy": "≤ 4"}
    own = seconds["hnf"]
    lines = [
        row("100,000 scenarios", name, [b / a for a, b in zip(own, taken, strict=True)], asked[name], own)
        for name, taken in seconds.items()
        if name in asked and name != "copy"
    ]
    copied = [a / b for a, b in zip(own, seconds["copy"], strict=True)]
    lines.append(row("100,000 scenarios", "a copy of the arrays in numpy", copied, asked["copy"], own))
    grown = peaks[-1]["peak_mib"] / peaks[0]["peak_mib"]
    lines.append(row("memory of 1,000,000 scenarios", "memory of 10,000", [grown], "flat"))
    return lines


def packed(arguments: argparse.Namespace) -> list[Row]:
    """Packs, one after another and with every core."""
    lines = []
    for audience in ("mp", "analyst"):
        given = argparse.Namespace(runs=arguments.pack_runs, workers=arguments.workers, audience=audience)
        rounds = packs.measure(given)
        found = [packs.summary(rows, arguments.workers) for rows in rounds]
        each = [one["processor_seconds_each_more"] for one in found]
        lines += [
            row(f"one pack, {audience}", "seconds of processor time", each, "≤ 1.5" if audience == "mp" else "≤ 3"),
            row(f"packs, {audience}", "exponent, 2 to 8 packs", [one["exponent"] for one in found], "1"),
            row(f"packs, {audience}", "share of both cores in use", [one["busy_share"] for one in found], "1"),
        ]
    return lines


def explored(arguments: argparse.Namespace) -> list[Row]:
    """The explorer in a browser."""
    found = explorer.measure(arguments.runs)
    lines = [row("the explorer, all authorities", "megabytes", [found["megabytes"]], "under 2")]
    for view, taken in found["views"].items():
        lines += [
            row(f"explorer, {view}: first picture", "seconds from the start of the page", taken["first"], "≤ 1"),
            row(
                f"explorer, {view}: change of measure",
                "seconds from the choice to the picture",
                taken["changes"],
                "≤ 0.1",
            ),
        ]
    return lines


def curves(arguments: argparse.Namespace) -> list[Row]:
    """How the work of scenarios and of years grows."""
    from hnf.analysis.reconcile import reconcile
    from hnf.tables.store import Store

    store = Store()
    years = [found.year for found in reconcile(store)]

    def recompute(count: int) -> Callable[[], object]:
        # A store of its own for each year: one that has seen a year remembers it.
        stores = [Store() for _ in range(count)]
        return lambda: [reconcile(own, years[place % len(years)]) for place, own in enumerate(stores)]

    def scenario_block(count: int) -> Callable[[], object]:
        return scenarios.block_of(count)

    lines = []
    for what, sizes, work in (
        ("years recomputed", YEARS, recompute),
        ("scenarios", SCENARIOS, scenario_block),
    ):
        fitted = []
        for _ in range(arguments.runs):
            jobs = {size: work(size) for size in sizes}
            fitted.append(exponent({size: scenarios.timed(job) for size, job in jobs.items()}))
        lines.append(row(what, f"exponent, {sizes[0]:,} to {sizes[-1]:,}", fitted, "1"))
    return lines


PARTS: dict[str, Callable[[argparse.Namespace], list[Row]]] = {
    "commands": commands,
    "tables": tables,
    "scenarios": sweeps,
    "packs": packed,
    "explorer": explored,
    "curves": curves,
}


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, help="folder of the published files; without it no tables are built")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts to measure")
    parser.add_argument("--runs", type=int, default=11, help="pairs of each comparison")
    parser.add_argument("--pack-runs", type=int, default=3, help="rounds of packs, which take minutes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scenarios", type=int, default=100_000)
    parser.add_argument("--openfisca", type=Path, metavar="PYTHON", help="a Python with openfisca-core")
    parser.add_argument("--json", type=Path, default=table.RESULTS, help="results, kept part by part")
    arguments = parser.parse_args()
    results = json.loads(arguments.json.read_text(encoding="utf-8")) if arguments.json.is_file() else {}
    for part in arguments.only:
        if part == "tables" and arguments.raw is None:
            continue
        print(f"{part} …", file=sys.stderr)
        results[part] = {
            "machine": machine(),
            "date": time.strftime("%Y-%m-%d"),
            "runs": arguments.pack_runs if part == "packs" else arguments.runs,
            "rows": PARTS[part](arguments),
        }
        arguments.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table.page(results))


if __name__ == "__main__":
    main()
