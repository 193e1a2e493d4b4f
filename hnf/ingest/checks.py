"""Reconciliation of what came: each new edition recomputed before any table changes."""

from __future__ import annotations

from typing import Any

import polars as pl

from hnf.analysis.reconcile import REPRODUCED, reconcile
from hnf.errors import HnfError
from hnf.ingest.history import BLOCK
from hnf.ingest.take import FileReport
from hnf.store import Store
from hnf.years import FinancialYear

_TABLES = ("dsg_high_needs_block", "dsg_formula_rows", "dsg_pupils")


def reconcile_new(before: Store, after: Store, reports: list[FileReport]) -> list[dict[str, Any]]:
    """Recompute every edition that came, on its own, and add to its report where it is not reproduced.

    Returns
    -------
    list of dict
        The answer of `hnf reconcile` for each, with `edition`.
    """
    checks: list[dict[str, Any]] = []
    for report in (one for one in reports if one.layout == "dsg_workbook" and not one.is_known):
        rows = after.table(BLOCK).filter(pl.col("source_id") == report.source_id)
        year, edition = rows["financial_year"][0], rows["edition"][0]
        alone = after.with_tables(
            {
                n: after.table(n).filter((pl.col("financial_year") != year) | (pl.col("edition") == edition))
                for n in _TABLES
            }
        )
        try:
            found = reconcile(alone, FinancialYear.parse(year))[0]
            status, payload = found.status, {**found.payload(), "edition": edition}
        except HnfError as error:
            status, payload = (
                "differs",
                {"financial_year": year, "edition": edition, "status": "differs", "off": [error.line()]},
            )
        checks.append(payload)
        if status != REPRODUCED:
            report.drift.worse.append(_not_reproduced(before, year, payload))
    return checks


def _not_reproduced(before: Store, year: str, payload: dict[str, Any]) -> str:
    held = set(before.table(BLOCK)["financial_year"])
    was = f"{year} reconciled and would no longer" if year in held else f"{year} does not reconcile"
    off = payload["off"]
    if off and isinstance(off[0], str):
        return f"{was}: {off[0]}"
    if off:
        codes = ", ".join(row["area"] for row in off[:5])
        return f"{was}: {len(off)} of {payload['authorities']} authorities are not reproduced within £1 ({codes})"
    return f"{was}: totals, groups or deductions do not add up; see `hnf reconcile --year {year}` after --accept-worse"
