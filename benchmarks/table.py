"""The tables of what was measured, for docs/speed.md and the README: `python benchmarks/table.py` writes both again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
README, PAGE = HERE.parent / "README.md", HERE.parent / "docs" / "speed.md"
#: Parts in the order in which they are printed, and what heads each.
PARTS = {
    "commands": "Commands, whole processes",
    "tables": "Tables from the published files",
    "scenarios": "100,000 scenarios for 151 authorities",
    "packs": "Packs",
    "explorer": "The explorer in a browser",
    "curves": "How work grows: seconds = a + b × size^k, k",
}
#: Lines of the README, by what and against.
FEW = (
    ("hnf --help", "python -c pass"),
    ("hnf rank", "import polars"),
    ("hnf growth", "import polars"),
    ("hnf reconcile", "import polars"),
    ("hnf association", "import polars"),
    ("hnf sources build, reads and all", "the same reads, pandas with odfpy and openpyxl"),
    ("100,000 scenarios", "pandas"),
    ("100,000 scenarios", "a copy of the arrays in numpy"),
    ("one pack, mp", "seconds of processor time"),
    ("one pack, analyst", "seconds of processor time"),
    ("packs, analyst", "share of both cores in use"),
    ("explorer, map: first picture", "seconds from the start of the page"),
    ("explorer, map: change of measure", "seconds from the choice to the picture"),
)
_HEAD = ["| what | against | median | least | most | asked |", "|---|---|---|---|---|---|"]
_BETWEEN = re.compile(r"(<!-- measured -->\n).*?(<!-- /measured -->)", re.DOTALL)


def rows(results: dict[str, Any], part: str) -> list[dict[str, Any]]:
    """Return the lines of a part."""
    return list(results.get(part, {}).get("rows", []))


def line(row: dict[str, Any]) -> str:
    """Return one line of a table."""
    numbers = " | ".join(print_number(row[key]) for key in ("median", "least", "most"))
    what = f"{row['what']} ({row['seconds']:.2f} s)" if "seconds" in row else row["what"]
    return f"| {what} | {row['against']} | {numbers} | {row['asked']} |"


def print_number(value: float) -> str:
    """Return three digits or so."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def page(results: dict[str, Any]) -> str:
    """Return the tables of docs/speed.md, each with its date and machine."""
    blocks = []
    for part, title in PARTS.items():
        if found := rows(results, part):
            one = results[part]
            where = f"{one['date']}, {one['machine']}; {one['runs']} rounds."
            blocks.append("\n".join([f"## {title}", "", where, "", *_HEAD, *map(line, found), ""]))
    return "\n".join(blocks)


def few(results: dict[str, Any]) -> str:
    """Return the table of the README."""
    every = {(row["what"], row["against"]): row for part in PARTS for row in rows(results, part)}
    dates = sorted({results[part]["date"] for part in PARTS if part in results})
    where = f"Measured {' and '.join(dates)} on {results['commands']['machine']} ([all lines](docs/speed.md))."
    return "\n".join([where, "", *_HEAD, *(line(every[key]) for key in FEW if key in every), ""])


def written(path: Path, tables: str) -> str:
    """Return a document with its tables put between the two marks."""
    return _BETWEEN.sub(lambda match: f"{match[1]}{tables}{match[2]}", path.read_text(encoding="utf-8"))


def main() -> None:
    """Write both documents again."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for path, tables in ((README, few(results)), (PAGE, page(results))):
        path.write_text(written(path, tables), encoding="utf-8")


if __name__ == "__main__":
    main()
