"""The register of authorities anew: the list of codes and the list of regions, which are one table and come together.

Lineage and spoken names stay those that ship: an authority that is new has no predecessors until they are described.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from hnf.errors import UsageError
from hnf.ingest.recognise import Given, first_row
from hnf.ingest.take import FileReport
from hnf.sources.build import sort_rows, to_csv
from hnf.sources.catalogue import Source
from hnf.sources.geography import HIERARCHY_COLUMNS, LAS_COLUMNS, load_authorities
from hnf.store import Store, parse_table
from hnf.table_checks import check_codes, check_table
from hnf.tables import TABLES

_HEADINGS = {"las": LAS_COLUMNS, "region_la_hierarchy": HIERARCHY_COLUMNS}
_WHAT = {"las": "Register of authorities", "region_la_hierarchy": "Regions of authorities"}
_TABLE = "authorities"


@dataclass(frozen=True)
class RegisterFile:
    """One of the two files."""

    layout: str
    path: Path
    content: bytes


def register_files(files: list[tuple[Path, bytes]]) -> list[RegisterFile]:
    """Return the files of a register among others, by their headings.

    Raises
    ------
    UsageError
        If one of the two comes without the other, or one comes twice.
    """
    found = [
        RegisterFile(layout, path, content)
        for path, content in files
        for layout, needed in _HEADINGS.items()
        if set(needed) <= set(first_row(content))
    ]
    layouts = [one.layout for one in found]
    if found and sorted(layouts) != sorted(_HEADINGS):
        raise UsageError(
            f"the register is made of two files, las.csv and region_la_hierarchy.csv; here is {', '.join(layouts)}",
            where=found[0].path.name,
            todo="Give both in one command.",
        )
    return found


def take_register(
    files: list[RegisterFile], store: Store, given: Given
) -> tuple[list[FileReport], list[Source], Store]:
    """Take the register into the tables, in memory.

    Raises
    ------
    SourceError, TableError
        If a file is not laid out as described, or the tables name an authority that it no longer has.
    """
    entries = {one.layout: _source(one, store, given) for one in files}
    named = {one.layout: replace(entries[one.layout], id=one.path.name) for one in files}
    content = {one.layout: one.content for one in files}
    rows = load_authorities(named["las"], content["las"], named["region_la_hierarchy"], content["region_la_hierarchy"])
    spec = TABLES[_TABLE]
    rows = [{**row, "source_id": entries["las"].id} for row in rows]
    frame = parse_table(spec, to_csv(spec, sort_rows(spec, rows)), _TABLE)
    check_table(_TABLE, frame, named["las"].path)
    old = store.table(_TABLE)
    reports = [
        FileReport(one.path.name, _WHAT[one.layout], one.layout, entries[one.layout].id, _digest(one), len(one.content))
        for one in files
    ]
    main = next(report for report in reports if report.layout == "las")
    main.rows = {_TABLE: frame.height}
    main.drift.said += _changes(old, frame)
    lost = sorted(set(old["la_code"]) - set(frame["la_code"]))
    if lost:
        main.drift.worse.append(f"authorities would be lost from the register: {', '.join(lost)}")
    else:
        for name in TABLES:
            check_codes(store.table(name), frame, name)
    return reports, list(entries.values()), store.with_tables({_TABLE: frame}, tuple(entries.values()))


def _changes(old: pl.DataFrame, new: pl.DataFrame) -> list[str]:
    both = old.join(new, on="la_code", suffix="_new", validate="1:1")
    closed = both.filter((pl.col("closed") == "") & (pl.col("closed_new") != ""))
    renamed = both.filter(pl.col("la_name") != pl.col("la_name_new"))
    added = new.join(old, on="la_code", how="anti")
    return [
        *(f"New authority: {name} ({code})." for code, name in added.select("la_code", "la_name").iter_rows()),
        *(f"Closed: {name} ({code})." for code, name in closed.select("la_code", "la_name").iter_rows()),
        *(
            f"Another name: {name} ({code}), was {before}."
            for code, name, before in renamed.select("la_code", "la_name_new", "la_name").iter_rows()
        ),
    ] or ["The same authorities."]


def _source(file: RegisterFile, store: Store, given: Given) -> Source:
    last = [source for source in store.catalogue if source.layout == file.layout][-1]
    return replace(
        last,
        id=f"ingested_{file.layout}_{_digest(file)[:8]}",
        path=file.path.name,
        published=given.published or "not stated",
        as_published=False,
        size=len(file.content),
        sha256=_digest(file),
        feeds=(_TABLE,),
    )


def _digest(file: RegisterFile) -> str:
    return hashlib.sha256(file.content).hexdigest()
