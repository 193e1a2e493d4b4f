"""One file into the tables, in memory: recognised, placed, loaded, checked and compared."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from hnf.authorities import Authorities
from hnf.ingest.drift import Drift, block_drift, plans_drift, population_drift, scope_drift
from hnf.ingest.dsg_columns import BlockColumns, place_columns
from hnf.ingest.history import block_history
from hnf.ingest.recognise import Given, Recognised, recognise
from hnf.sources.build import load_source, sort_rows, to_csv
from hnf.sources.catalogue import Source
from hnf.sources.geography import register_of
from hnf.sources.headings import Rules, heading_rules, merge_headings
from hnf.store import Store, parse_table
from hnf.table_checks import check_codes, check_runs_nothing, check_table
from hnf.tables import TABLES
from hnf.years import FinancialYear

#: Rows of a table that a file replaces: those with the same values in these columns; none means all rows.
_SCOPE: dict[str, tuple[str, ...]] = {
    "dsg_high_needs_block": ("financial_year", "edition"),
    "dsg_formula_rows": ("financial_year", "edition"),
    "dsg_pupils": ("financial_year", "edition"),
    "ehc_plans": ("release",),
    "ehc_plans_by_age": ("release",),
    "population": ("mid_year", "series"),
    "prices": ("vintage",),
    "neighbours": ("model",),
    "constituencies": (),
}


@dataclass
class FileReport:
    """One file: what it is, what it changes, and why it would make the tables worse."""

    file: str
    what: str
    layout: str
    source_id: str
    sha256: str
    size: int
    rows: dict[str, int] = field(default_factory=dict)
    drift: Drift = field(default_factory=Drift)
    is_known: bool = False
    headings: dict[str, str] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "file": self.file,
            "what": self.what,
            "layout": self.layout,
            "source_id": self.source_id,
            "sha256": self.sha256,
            "bytes": self.size,
            "tables": self.rows,
            "already_there": self.is_known,
            "changes": self.drift.said,
            "worse": self.drift.worse,
        }


def take_file(
    path: Path, content: bytes, store: Store, mapping: Rules, given: Given
) -> tuple[FileReport, Source | None, Store]:
    """Take one file into the tables, in memory.

    Parameters
    ----------
    path : Path
        Of the file; only its name is used, in messages.
    content : bytes
    store : Store
        The tables so far.
    mapping : dict
        Headings that the user has named.
    given : Given
        What the user says of the file.

    Returns
    -------
    FileReport, Source or None, Store
        The source is None where the bytes are in the tables already.

    Raises
    ------
    SourceError, UsageError, TableError
        If it cannot be read, is not known, or lacks something.
    """
    digest = hashlib.sha256(content).hexdigest()
    known = next((source for source in store.catalogue if source.sha256 == digest), None)
    if known is not None:
        report = FileReport(path.name, known.title, known.layout, known.id, digest, len(content), is_known=True)
        report.drift.said.append("These bytes are already in the tables: nothing changes.")
        return report, None, store
    rules = merge_headings(heading_rules(), mapping)
    found = recognise(path.name, content, rules, given)
    columns = BlockColumns(rules, {}, ())
    if found.layout == "dsg_workbook":
        history = block_history(store, found.detail["financial_year"], found.published)
        columns = place_columns(path.name, content, rules, history)
    source = _source(found, path.name, content, digest, store)
    register = register_of(store.table("authorities").to_dicts())
    # The loaders name the source in their messages; the user knows the file by its own name.
    loaded = load_source(replace(source, id=path.name), content, register, columns.rules)
    tables = {name: [{**row, "source_id": source.id} for row in rows] for name, rows in loaded.items() if rows}
    source = replace(source, feeds=tuple(tables))
    frames = {name: _merged(store, name, rows) for name, rows in tables.items()}
    for name, frame in frames.items():
        check_table(name, frame, path.name)
        check_runs_nothing(name, frame, path.name)
        check_codes(frame, store.table("authorities"), path.name)
    after = store.with_tables(frames, (source,))
    report = FileReport(path.name, found.what, found.layout, source.id, digest, len(content))
    report.rows = {name: len(rows) for name, rows in tables.items()}
    report.headings = columns.headings
    report.drift = _drift(found, store, after, columns, tables)
    return report, source, after


def _source(found: Recognised, name: str, content: bytes, digest: str, store: Store) -> Source:
    """Return the catalogue entry; publisher, page and licence are those of the last file of its kind."""
    like = [source for source in store.catalogue if source.layout == found.layout]
    like = like or [s for s in store.catalogue if s.layout == found.layout.removesuffix("_workbook")]
    last = max(like, key=lambda source: source.published_by)
    taken = {source.id for source in store.catalogue}
    id_ = f"ingested_{found.name}"
    return Source(
        id=id_ if id_ not in taken else f"{id_}_{digest[:8]}",
        path=name,
        publisher=last.publisher,
        title=found.title,
        page=_page(last.page, found),
        published=found.published,
        licence=last.licence,
        as_published=False,
        size=len(content),
        sha256=digest,
        layout=found.layout,
        detail=found.detail,
    )


def _page(page: str, found: Recognised) -> str:
    """Return the page of the last file of the kind, with the year in its address moved on."""
    if "financial_year" in found.detail:
        year = FinancialYear.parse(found.detail["financial_year"])
        return re.sub(r"20\d\d-to-20\d\d", f"{year.start}-to-{year.start + 1}", page)
    return re.sub(r"/20\d\d\Z", f"/{found.detail['release']}", page) if "release" in found.detail else page


def _merged(store: Store, name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    old = store.table(name)
    spec = TABLES[name]
    new = parse_table(spec, to_csv(spec, sort_rows(spec, rows)), name)
    scope = _SCOPE[name]
    kept = old.join(new.select(scope).unique(), on=scope, how="anti") if scope else old.clear()
    return pl.concat([kept, new]).sort(spec.key)


def _drift(
    found: Recognised, before: Store, after: Store, columns: BlockColumns, tables: dict[str, list[dict[str, Any]]]
) -> Drift:
    if found.layout == "dsg_workbook":
        return block_drift(before, after, found.detail["financial_year"], found.published, columns)
    if "ehc_plans" in tables:
        return plans_drift(before, after, found.detail["release"])
    (name,) = tables
    scope = _SCOPE[name]
    new = after.table(name).filter(pl.col("source_id").is_in({row["source_id"] for row in tables[name]}))
    old = before.table(name)
    old = old.join(new.select(scope).unique(), on=scope, how="semi") if scope else old
    if name == "population" and old.is_empty():
        return population_drift(before, new, Authorities.of(after))
    drift = scope_drift(name, old, new, Authorities.of(after))
    if name == "constituencies":
        then, now = (max(str(day) for day in frame["as_at"]) for frame in (old, new))
        drift.worse += [f"the list is older than the one of {then}"] if then > now else []
    return drift
