"""The files of a user's set of tables: tables, description with hashes, catalogue, headings and log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from hnf.locations import data_folder
from hnf.plain_text import as_json
from hnf.sources.build import describe_edition
from hnf.sources.catalogue import Source
from hnf.sources.data_package import data_package
from hnf.sources.headings import Rules, mapping_toml
from hnf.sources.toml_text import toml_value
from hnf.store import INGESTED, Store
from hnf.tables import TABLES

#: What the edition in words is made of.
_DESCRIBED = {
    "dsg_high_needs_block": ("financial_year",),
    "ehc_plans": ("january",),
    "population": ("series", "mid_year"),
}


def package_files(
    before: Store, after: Store, sources: Sequence[Source], mapping: Rules, entries: list[dict[str, Any]]
) -> dict[str, bytes]:
    """Return the files of a new set of tables by name.

    Parameters
    ----------
    before, after : Store
        The tables as they were, and with what came.
    sources : sequence of Source
        What came; added to the user's catalogue.
    mapping : dict
        Headings that the user has named.
    entries : list of dict
        What the log says of what came.
    """
    fed = {name for source in sources for name in source.feeds}
    files = {f"{name}.csv": _table(before, after, name, changed=name in fed) for name in TABLES}
    counts = {name: content.count(b"\n") - 1 for name, content in ((n, files[f"{n}.csv"]) for n in TABLES)}
    shipped = {source.id for source in Store().catalogue}
    own = [source for source in after.catalogue if source.id not in shipped]
    rows = {name: after.table(name).select(columns).unique().to_dicts() for name, columns in _DESCRIBED.items()}
    described = describe_edition(after.catalogue, rows)
    edition = f"{described}, with {len(own)} ingested file{'s' if len(own) != 1 else ''}"
    files["EDITION"] = f"{edition}\n".encode()
    files["datapackage.json"] = data_package(files, counts, after.catalogue, edition)
    files["sources.toml"] = _catalogue(own)
    files["headings.toml"] = mapping_toml(mapping)
    files[INGESTED] = _log(before, entries)
    return files


def frame_csv(frame: pl.DataFrame) -> bytes:
    """Write a table as `hnf.sources.build.to_csv` writes its rows: whole numbers without a point, nothing for none."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    numbers = [pl.col(name) for name, kind in frame.schema.items() if kind == pl.Float64]
    whole = [
        pl.when(number == number.round())
        .then(number.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(number.cast(pl.String))
        for number in numbers
    ]
    plain = frame.with_columns(pl.when(pl.col(texts) != "").then(pl.col(texts)), *whole)
    return plain.write_csv().encode()


def _table(before: Store, after: Store, name: str, *, changed: bool) -> bytes:
    if changed:
        return frame_csv(after.table(name))
    path = before.folder / f"{name}.csv"
    return (path if path.is_file() else data_folder() / "tidy" / f"{name}.csv").read_bytes()


def _catalogue(sources: list[Source]) -> bytes:
    """Write entries as `load_catalogue` reads them."""
    parts = ["# Files that `hnf ingest` took in; publisher, page and licence are those of earlier files of the kind.\n"]
    for source in sources:
        entry = {
            "id": source.id,
            "path": source.path,
            "publisher": source.publisher,
            "title": source.title,
            "page": source.page,
            "published": source.published,
            "licence": source.licence,
            "as_published": source.as_published,
            "bytes": source.size,
            "sha256": source.sha256,
            "layout": source.layout,
            "feeds": list(source.feeds),
            **source.detail,
        }
        lines = [f"{key} = {toml_value(value)}" for key, value in entry.items()]
        parts.append("\n".join(["[[source]]", *lines]) + "\n")
    return "\n".join(parts).encode()


def _log(before: Store, entries: list[dict[str, Any]]) -> bytes:
    path = before.folder / INGESTED
    earlier = json.loads(path.read_text(encoding="utf-8")) if before.is_ingested else {"started_from": before.edition}
    log = {**earlier, "files": [*earlier.get("files", []), *entries]}
    return f"{as_json(log, indent=1)}\n".encode()
