"""The tables that stand beside the scenarios that ship: what each gives on the shipped data, rounded to the penny.

They are output of the code, kept so that a change of a single penny is seen. After a wanted change, or with another
edition of the data, `python tests/scenarios/expected_tables.py` writes them anew; the difference is then read.
"""

from __future__ import annotations

from pathlib import Path

from hnf.scenarios.files import library_names, library_path, read_scenario
from hnf.scenarios.run import run_scenario
from hnf.tables.store import Store

HEADING = "financial_year,la_code,baseline_gbp,scenario_gbp,change_gbp"


def expected_file(name: str) -> Path:
    """The file beside a scenario."""
    return library_path(name).with_name(f"{name}.expected.csv")


def table_of(store: Store, name: str) -> str:
    """The table of a scenario: every year it is for, authorities by code."""
    lines = [HEADING]
    scenario = read_scenario(library_path(name))
    for year in scenario.years:
        for row in run_scenario(store, scenario, year).to_polars().iter_rows(named=True):
            pounds = ",".join(f"{row[key] + 0.0:.2f}" for key in HEADING.split(",")[2:])
            lines.append(f"{year},{row['la_code']},{pounds}".replace("-0.00", "0.00"))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for each in library_names():
        expected_file(each).write_text(table_of(Store(), each), encoding="utf-8")
