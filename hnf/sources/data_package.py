"""Describes a folder of tidy tables as a Frictionless data package: schemas, hashes, sources and licence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from hnf.sources.catalogue import Source
from hnf.tables import TABLES, TableSpec


def data_package(
    files: Mapping[str, bytes], counts: Mapping[str, int], sources: tuple[Source, ...], edition: str
) -> bytes:
    """Describe a folder of tables.

    Parameters
    ----------
    files : mapping of str to bytes
        Content of `<table>.csv` for every table.
    counts : mapping of str to int
        Rows of each table.
    sources : tuple of Source
        The catalogue.
    edition : str
        The data edition, in words.

    Returns
    -------
    bytes
        The `datapackage.json`.
    """
    resources = []
    for name, spec in TABLES.items():
        content = files[f"{name}.csv"]
        resources.append(
            {
                "name": name,
                "path": f"{name}.csv",
                "description": spec.meaning,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "rows": counts[name],
                "schema": _frictionless_schema(spec),
                "sources": [{"title": s.title, "path": s.page} for s in sources if name in s.feeds],
            }
        )
    package = {
        "profile": "tabular-data-package",
        "name": "hnf-tidy",
        "title": "High needs funding in England: tidy tables",
        "edition": edition,
        "licenses": [
            {
                "name": "OGL-UK-3.0",
                "title": "Open Government Licence v3.0",
                "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            }
        ],
        "resources": resources,
    }
    return (json.dumps(package, indent=1, ensure_ascii=False) + "\n").encode()


def _frictionless_schema(spec: TableSpec) -> dict[str, Any]:
    fields = []
    for field in spec.fields:
        constraints: dict[str, Any] = {"required": True} if field.required else {}
        if field.pattern:
            constraints["pattern"] = field.pattern
        if field.values:
            constraints["enum"] = list(field.values)
        if field.minimum is not None:
            constraints["minimum"] = field.minimum
        unit = {"unit": field.unit} if field.unit else {}
        entry = {"name": field.name, "type": field.type, "description": field.meaning, **unit}
        fields.append({**entry, "constraints": constraints} if constraints else entry)
    return {"fields": fields, "primaryKey": list(spec.key), "missingValues": [""]}
