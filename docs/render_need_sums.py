"""Writes the page about sums of the SEN2 returns from `data/sen2_sums.csv`: see `tests/oracles/test_sen2_sums.py`."""

from __future__ import annotations

import csv
from itertools import groupby
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"
_OPENING = """\
# Sums of the SEN2 returns

In every table of the SEN2 releases England is the sum of its regions and a region the sum of its authorities, in each
period, release and item, but for the differences below: {count} in all. (Appeals are printed without regions, so there
England is compared with its authorities.) `tests/oracles/test_sen2_sums.py` adds everything up anew and fails for a new
difference and for one that is gone. The page is written from `data/sen2_sums.csv` by `python docs/render_need_sums.py`.

A difference is the printed total minus the sum of what is printed below it. It is **not** the figure of the authority
that is withheld: what the Department counts of a doubtful return is often only a part of it.

| why | what it means |
|---|---|
"""
_WHY = {
    "withheld": "an authority's figure is withheld, and the total holds what was counted of it",
    "withheld, and contradictory": "the same, and what is withheld is below zero: the item is itself a difference, of "
    "counts of reviews that contradict one another",
    "left out here": "the files have Cambridgeshire and Central Bedfordshire under crossed codes, so that `hnf` shows "
    "neither (`data/sen2_returns.toml`)",
    "withheld, and left out here": "both",
    "total of the region": "all 15 authorities of Yorkshire and The Humber print the region's total of new plans of "
    "2022 as their own: left out here",
    "corrected afterwards": "probably the needs of Surrey, corrected after the collection, in its own row only",
}
_HEADING = "| period | release | total | not shown | why | printed total minus sum |\n|---|---|---|---|---|---|\n"


def describe_sums() -> str:
    """Return the page as Markdown."""
    with (_DATA / "tidy" / "authorities.csv").open(encoding="utf-8", newline="") as file:
        register = list(csv.DictReader(file))
    names = {"england": "England"} | {row["region_code"]: row["region_name"] for row in register}
    names |= {row["la_code"]: row["la_name"] for row in register}
    with (_DATA / "sen2_sums.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    page = _OPENING.format(count=len(rows)) + "".join(f"| {why} | {words} |\n" for why, words in _WHY.items())
    for table, of_table in groupby(rows, key=lambda row: row["table"]):
        page += f"\n## {table}\n\n{_HEADING}"
        alike = ("period", "release", "area", "missing", "why")
        groups = sorted(of_table, key=lambda row: [row[name] for name in alike])
        for of_group, group in groupby(groups, key=lambda row: [row[name] for name in alike]):
            period, release, area, missing, why = of_group
            withheld = ", ".join(names[code] for code in missing.split())
            differences = "; ".join(f"{row['item']} {int(row['difference']):+,}" for row in group)
            page += f"| {period} | {release} | {names[area]} | {withheld} | {why} | {differences} |\n"
    return page


if __name__ == "__main__":
    print(describe_sums(), end="")
