"""The files of a user's set of tables: tables, description with hashes, catalogue, headings and log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hnf.locations import data_folder
from hnf.sources.build import describe_edition, to_csv
from hnf.sources.catalogue import Source
from hnf.sources.data_package import data_package
from hnf.sources.headings import Rules, mapping_toml
from hnf.store import INGESTED, Store
from hnf.tables import TABLES

_DESCRIBED = ("dsg_high_needs_block", "ehc_plans", "population")


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
    rows = {name: after.table(name).to_dicts() for name in _DESCRIBED}
    described = describe_edition(after.catalogue, rows)
    edition = f"{described}, with {len(own)} ingested file{'s' if len(own) != 1 else ''}"
    files["EDITION"] = f"{edition}\n".encode()
    files["datapackage.json"] = data_package(files, counts, after.catalogue, edition)
    files["sources.toml"] = _catalogue(own)
    files["headings.toml"] = mapping_toml(mapping)
    files[INGESTED] = _log(before, entries)
    return files


def _table(before: Store, after: Store, name: str, *, changed: bool) -> bytes:
    if changed:
        return to_csv(TABLES[name], after.table(name).to_dicts())
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
        # What JSON writes for text without control characters, whole numbers, truth values and lists is TOML too.
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
        parts.append("\n".join(["[[source]]", *lines]) + "\n")
    return "\n".join(parts).encode()


def _log(before: Store, entries: list[dict[str, Any]]) -> bytes:
    path = before.folder / INGESTED
    earlier = json.loads(path.read_text(encoding="utf-8")) if before.is_ingested else {"started_from": before.edition}
    log = {**earlier, "files": [*earlier.get("files", []), *entries]}
    return (json.dumps(log, indent=1, ensure_ascii=False) + "\n").encode()
