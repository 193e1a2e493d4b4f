"""Describes a folder of tidy tables as a Frictionless data package: schemas, hashes, sources and licence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from hnf.plain_text import as_json
from hnf.sources.catalogue import Source
from hnf.tables import TABLES, TableSpec

LICENCE = {
    "name": "OGL-UK-3.0",
    "title": "Open Government Licence v3.0",
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}
#: What the licence asks every copy to say.
ATTRIBUTION = "Contains public sector information licensed under the Open Government Licence v3.0."
TITLE = "High needs funding in England: tidy tables"


def authority_columns(spec: TableSpec) -> tuple[str, ...]:
    """Return the columns of a table that hold one code of the table of authorities."""
    columns = ("la_code", "neighbour_la_code")
    return () if spec.name == "authorities" else tuple(name for name in spec.columns if name in columns)


def data_package(
    files: Mapping[str, bytes],
    counts: Mapping[str, int],
    sources: tuple[Source, ...],
    edition: str,
    *,
    foreign_keys: bool = False,
) -> bytes:
    """Describe a folder of tidy tables as a Frictionless data package.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by name, `<table>.csv` for each table.
    counts : mapping of str to int
        Rows of each table in the folder.
    sources : tuple of Source
        The catalogue.
    edition : str
        The data edition, in words.
    foreign_keys : bool
        Whether to say which columns are codes of the table of authorities.

    Returns
    -------
    bytes
        `datapackage.json`.
    """
    resources = []
    for name, count in counts.items():
        spec = TABLES[name]
        content = files[f"{name}.csv"]
        schema = _schema(spec)
        if foreign_keys:
            schema["foreignKeys"] = [
                {"fields": [column], "reference": {"resource": "authorities", "fields": ["la_code"]}}
                for column in authority_columns(spec)
            ]
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
                "rows": count,
                "schema": schema,
                "sources": [{"title": s.title, "path": s.page} for s in sources if name in s.feeds],
            }
        )
    package = {
        "profile": "tabular-data-package",
        "name": "hnf-tidy",
        "title": TITLE,
        "edition": edition,
        "licenses": [LICENCE],
        "resources": resources,
    }
    return f"{as_json(package, indent=1)}\n".encode()


def _schema(spec: TableSpec) -> dict[str, Any]:
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
