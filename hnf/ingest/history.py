"""What the tables held before a file came: editions, terms and authorities to compare it with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.store import INGESTED, Store

BLOCK = "dsg_high_needs_block"


@dataclass(frozen=True)
class BlockHistory:
    """Terms of the block sheet before: in the edition to compare with, and in every year."""

    last: tuple[str, ...]
    always: frozenset[str]


def reference_edition(store: Store, year: str, edition: str) -> tuple[str, str] | None:
    """Return the year and edition that a new one is compared with.

    The edition before it of the same year, else the last of the year before, else of the latest year there is; None
    where there is nothing.
    """
    known = sorted(set(store.table(BLOCK).select("financial_year", "edition").iter_rows()))
    same = [pair for pair in known if pair[0] == year and pair[1] != edition]
    before = [pair for pair in same if pair[1] < edition] or same
    if before:
        return before[-1]
    others = [pair for pair in known if pair[0] < year] or [pair for pair in known if pair[0] != year]
    return others[-1] if others else None


def edition_rows(store: Store, table: str, year: str, edition: str) -> pl.DataFrame:
    """Return the rows of one edition of one year."""
    return store.table(table).filter((pl.col("financial_year") == year) & (pl.col("edition") == edition))


def read_log(store: Store) -> list[dict[str, Any]]:
    """Return what was ingested into a folder, oldest first; nothing for tables that no ingest wrote."""
    if not store.is_ingested:
        return []
    log: dict[str, Any] = json.loads((store.folder / INGESTED).read_text(encoding="utf-8"))
    return list(log.get("files", []))


def logged_headings(store: Store, year: str, edition: str) -> dict[str, str]:
    """Return the heading of each term in an edition that was ingested; nothing for others."""
    rows = edition_rows(store, BLOCK, year, edition)
    sources = set(rows["source_id"])
    logged = [entry for entry in read_log(store) if entry["source_id"] in sources]
    return dict(logged[-1].get("headings", {})) if logged else {}


def block_history(store: Store, year: str, edition: str) -> BlockHistory:
    """Return the terms of the block sheet before an edition of a year."""
    frame = store.table(BLOCK).filter((pl.col("geographic_level") == "national") & (pl.col("letter") != ""))
    # Letters of other sheets (deductions, summary) stand in the same table: the sheet of the total is the block sheet.
    totals = frame.filter(pl.col("term") == "total_before_deductions").select("financial_year", "edition", "sheet")
    own = frame.join(totals, on=["financial_year", "edition", "sheet"], how="inner", validate="m:1")
    by_year = {
        key: set(rows["term"]) for key, rows in own.partition_by("financial_year", "edition", as_dict=True).items()
    }
    reference = reference_edition(store, year, edition)
    last = by_year.get(reference, set()) if reference else set()
    always = frozenset.intersection(*map(frozenset, by_year.values())) if by_year else frozenset()
    return BlockHistory(tuple(sorted(last)), always)
