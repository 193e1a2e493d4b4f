"""Builds the tidy tables from the published files, bit for bit the same on every run and machine.

The files are checked against the catalogue, loaded, checked against the declared tables, and written beside the old
tables; only then does the new folder take the old one's place.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hnf.errors import SourceError
from hnf.folders import replace_folder
from hnf.sources.boundaries import load_borders
from hnf.sources.catalogue import Source, load_catalogue
from hnf.sources.constituencies import load_constituencies
from hnf.sources.dsg import load_dsg
from hnf.sources.geography import load_authorities, register_of
from hnf.sources.neighbours import load_neighbours
from hnf.sources.population import load_estimates, load_projection, load_tool_population
from hnf.sources.prices import load_prices
from hnf.sources.rows import Register, Row
from hnf.sources.sen2 import load_caseload, load_extract, load_statements_and_plans
from hnf.sources.tiles import load_tiles
from hnf.store import parse_table
from hnf.table_checks import check_table, check_together
from hnf.tables import TABLES, TableSpec

Loader = Callable[[Source, bytes, Register], list[Row]]

#: Loaders that feed one table each; the register of authorities and the DSG workbooks are loaded by name below.
_LOADERS: dict[str, tuple[str, Loader]] = {
    "sen2_statements_and_plans": ("ehc_plans", load_statements_and_plans),
    "sen2_caseload": ("ehc_plans", load_caseload),
    "sen2_extract": ("ehc_plans", load_extract),
    "ons_csv": ("population", load_estimates),
    "ons_workbook": ("population", load_estimates),
    "dfe_projection": ("population", load_projection),
    "dfe_population": ("population", load_tool_population),
    "neighbours": ("neighbours", load_neighbours),
    "boundaries": ("borders", load_borders),
    "mp_lookup": ("constituencies", load_constituencies),
    "gdp_deflators": ("prices", lambda source, content, _: load_prices(source, content)),
}
_UNUSED = "none"
_REGISTER_LAYOUTS = ("las", "region_la_hierarchy")


def load_tables(
    raw: Path, sources: tuple[Source, ...] | None = None, progress: Callable[[str], None] = lambda _: None
) -> dict[str, list[Row]]:
    """Load every table from the published files.

    Parameters
    ----------
    raw : Path
        Folder of the published files.
    sources : tuple of Source, optional
        The catalogue; the shipped one by default.
    progress : callable
        Told the id of each source as it is read.

    Returns
    -------
    dict of str to list of dict
        Rows of each table, sorted by its key.

    Raises
    ------
    SourceError
        If a file is missing, changed, damaged or not laid out as described.
    """
    sources = sources or load_catalogue()
    content = {}
    for source in sources:
        if source.layout != _UNUSED:
            progress(source.id)
            content[source.id] = source.read(raw)
    las, hierarchy = (_only(sources, layout) for layout in _REGISTER_LAYOUTS)
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    tables["authorities"] = load_authorities(las, content[las.id], hierarchy, content[hierarchy.id])
    register = register_of(tables["authorities"])
    for source in sources:
        if source.layout == "dsg_workbook":
            for name, rows in load_dsg(source, content[source.id], register).items():
                tables[name] += rows
        elif source.layout in _LOADERS:
            name, loader = _LOADERS[source.layout]
            tables[name] += loader(source, content[source.id], register)
        elif source.layout not in (_UNUSED, *_REGISTER_LAYOUTS):
            raise SourceError(
                f"no loader is called '{source.layout}'",
                where=source.id,
                todo="Loaders are " + ", ".join(sorted(["dsg_workbook", *_LOADERS, *_REGISTER_LAYOUTS])) + ".",
            )
    for source in sources:
        if source.layout == "boundaries":
            borders = [row for row in tables["borders"] if row["source_id"] == source.id]
            tables["tiles"] += load_tiles(source, content[source.id], register, tables["authorities"], borders)
    plans = tables["ehc_plans"]
    tables["ehc_plans"] = [row for row in plans if row["age_group"] == "total"]
    tables["ehc_plans_by_age"] = [row for row in plans if row["age_group"] != "total"]
    return {name: sorted(rows, key=lambda row: _sort_key(TABLES[name], row)) for name, rows in tables.items()}


def build(
    raw: Path, out: Path, sources: tuple[Source, ...] | None = None, progress: Callable[[str], None] = lambda _: None
) -> dict[str, int]:
    """Build all tables and put them in place.

    Parameters
    ----------
    raw : Path
        Folder of the published files.
    out : Path
        Folder of the tidy tables; replaced as a whole, and only once everything is written and checked.
    sources, progress
        As `load_tables`.

    Returns
    -------
    dict of str to int
        Rows of each table.

    Raises
    ------
    SourceError, TableError
        If anything does not hold; the folder is then as it was.
    """
    sources = sources or load_catalogue()
    tables = load_tables(raw, sources, progress)
    files = {f"{name}.csv": to_csv(TABLES[name], rows) for name, rows in tables.items()}
    frames = {name: parse_table(spec, files[f"{name}.csv"], name) for name, spec in TABLES.items()}
    for name, frame in frames.items():
        check_table(name, frame)
    check_together(frames)
    edition = describe_edition(sources, tables)
    files["EDITION"] = f"{edition}\n".encode()
    files["datapackage.json"] = _data_package(files, tables, sources, edition)
    replace_folder(out, files)
    return {name: len(rows) for name, rows in tables.items()}


def describe_edition(sources: Iterable[Source], tables: dict[str, list[Row]]) -> str:
    """Name a data edition: the latest publication in the catalogue, and how far each series goes."""
    latest = max(source.published[:7] for source in sources if source.published[:2] == "20")
    years = sorted({row["financial_year"] for row in tables["dsg_high_needs_block"]})
    january = max(row["january"] for row in tables["ehc_plans"])
    mid_year = max(row["mid_year"] for row in tables["population"] if row["series"] == "ons_estimate")
    return f"{latest} (DSG {years[0]} to {years[-1]}, EHC plans to January {january}, population to mid-{mid_year})"


def to_csv(spec: TableSpec, rows: list[Row]) -> bytes:
    """Write rows as UTF-8 CSV: line feeds, whole numbers without a point, shortest exact decimals, nothing for None."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(spec.columns)
    writer.writerows([_printed(row[column]) for column in spec.columns] for row in rows)
    return text.getvalue().encode()


def _printed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _sort_key(spec: TableSpec, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in spec.key)


def _only(sources: Iterable[Source], layout: str) -> Source:
    found = [source for source in sources if source.layout == layout]
    if len(found) != 1:
        raise SourceError(f"the catalogue has {len(found)} sources of layout '{layout}' where it needs one")
    return found[0]


def _data_package(
    files: dict[str, bytes], tables: dict[str, list[Row]], sources: tuple[Source, ...], edition: str
) -> bytes:
    """Describe the folder as a Frictionless data package."""
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
                "rows": len(tables[name]),
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
