"""Builds the tidy tables from the published files, bit for bit the same on every run and machine.

The files are checked against the catalogue, loaded, checked against the declared tables, and written beside the old
tables; only then does the new folder take the old one's place.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from threading import Thread
from typing import Any

import polars as pl

from hnf.errors import SourceError, UsageError
from hnf.files import replace_folder
from hnf.sources.catalogue import Source, load_catalogue
from hnf.sources.crosschecks import unlikely_in
from hnf.sources.dsg import load_dsg, load_totals
from hnf.sources.places import (
    Register,
    Row,
    load_authorities,
    load_borders,
    load_constituencies,
    load_neighbours,
    register_of,
)
from hnf.sources.population import load_estimates, load_projection, without_repeats
from hnf.sources.prices import load_deflators, load_prices
from hnf.sources.reported import load_pages, load_policy, load_reported
from hnf.sources.sen2 import LAYOUTS, load_release
from hnf.sources.spending import load_balances, load_benchmarking
from hnf.sources.workbooks.read import ALL_SHEETS, read_ahead
from hnf.tables.checks import TYPES, check_table, check_together
from hnf.tables.schema import TABLES, TableSpec
from hnf.text import as_json

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
    """Describe a folder of tidy tables as a Frictionless data package: schemas, hashes, sources and licence.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by name, `<table>.csv` for each table.
    counts : mapping of str to int
        Rows of each table in the folder.
    foreign_keys : bool
        Whether to say which columns are codes of the table of authorities.
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
                "profile": "tabular-data-resource",
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


Loader = Callable[[Source, bytes, Register], list[Row]]

#: Loaders that feed one table each; the register of authorities is loaded by name below.
_LOADERS: dict[str, tuple[str, Loader]] = {
    "ons_csv": ("population", load_estimates),
    "ons_workbook": ("population", load_estimates),
    "dfe_projection": ("population", load_projection),
    "dfe_population": ("population", load_projection),
    "neighbours": ("neighbours", load_neighbours),
    "boundaries": ("borders", load_borders),
    "mp_lookup": ("constituencies", load_constituencies),
    "benchmarking_tool": ("spending", load_benchmarking),
    "dsg_balances": ("dsg_balance", load_balances),
    "reported_figures": ("reported", load_reported),
    "policy_facts": ("policy", load_policy),
    "dsg_authority_pages": ("dsg_pages", load_pages),
    "gdp_deflators": ("prices", lambda source, content, _: load_prices(source, content)),
    "gdp_deflators_workbook": ("prices", lambda source, content, _: load_deflators(source, content)),
}
#: Loaders that feed several tables, besides that of the DSG workbooks.
_WORKBOOKS: dict[str, Callable[[Source, bytes, Register], dict[str, list[Row]]]] = {
    "dsg_totals": load_totals,
    **dict.fromkeys(LAYOUTS, load_release),
}
_WORKBOOK_SUFFIXES = (".ods", ".xlsx", ".xls")
_UNUSED = "none"
#: Describes a set of tables, and so marks its folder as one that may be replaced.
_PACKAGE = "datapackage.json"
_REGISTER_LAYOUTS = ("las", "region_la_hierarchy")


def load_tables(
    raw: Path, sources: tuple[Source, ...] | None = None, progress: Callable[[str], None] = lambda _: None
) -> dict[str, list[Row]]:
    """Load every table from the published files."""
    sources = sources or load_catalogue()
    content: dict[str, bytes] = {}
    for source in sources:
        if source.layout != _UNUSED:
            progress(source.id)
            content[source.id] = source.read(raw)
    books = [
        (source.id, content[source.id], source.detail.get("sheet", ALL_SHEETS))
        for source in sources
        if source.id in content and source.path.endswith(_WORKBOOK_SUFFIXES)
    ]
    reading = Thread(target=read_ahead, args=[books], daemon=True)
    reading.start()  # in a separate process, beside the rest
    from hnf.sources.tiles import load_tiles  # imports scipy, while workbooks are read

    las, hierarchy = (_only(sources, layout) for layout in _REGISTER_LAYOUTS)
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    tables["authorities"] = load_authorities(las, content[las.id], hierarchy, content[hierarchy.id])
    register = register_of(tables["authorities"])
    is_book = {name for name, _, _ in books}
    for source in sorted(sources, key=lambda source: source.id in is_book):  # books last, when they have been read
        if source.layout not in (_UNUSED, *_REGISTER_LAYOUTS):
            if source.id in is_book:
                reading.join()
            loaded = load_source(source, content[source.id], register)
            if (reasons := unlikely_in(loaded, register.entries)) and not source.detail.get("accept_worse"):
                todo = "Check the file; to take it, write the reason as `accept_worse` into its entry in the catalogue."
                raise SourceError("; ".join(reasons), where=source.id, todo=todo)
            for name, rows in loaded.items():
                tables[name] += rows
            if source.layout == "boundaries":
                borders = [row for row in tables["borders"] if row["source_id"] == source.id]
                tables["tiles"] += load_tiles(source, content[source.id], register, tables["authorities"], borders)
    tables["population"] = without_repeats(tables["population"])
    return tables


def load_source(
    source: Source, content: bytes, register: Register, headings: dict[str, Any] | None = None
) -> dict[str, list[Row]]:
    """Load what one published file feeds into the tables.

    Parameters
    ----------
    headings : dict, optional
        Rules for the headings of a DSG workbook; `data/headings.toml` by default.

    Returns
    -------
    dict of str to list of dict
        Rows by table, in the order of the file.

    Raises
    ------
    SourceError
        If no loader has the name of its layout, or the file is not laid out as described.
    """
    if source.layout == "dsg_workbook":
        return load_dsg(source, content, register, headings)
    if source.layout in _WORKBOOKS:
        return _WORKBOOKS[source.layout](source, content, register)
    if source.layout not in _LOADERS:
        what = f"no loader is called '{source.layout}'"
        todo = "Loaders are " + ", ".join(sorted(["dsg_workbook", *_WORKBOOKS, *_LOADERS, *_REGISTER_LAYOUTS])) + "."
        raise SourceError(what, where=source.id, todo=todo)
    name, loader = _LOADERS[source.layout]
    return {name: loader(source, content, register)}


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
    progress : callable
        Told the id of each source as it is read.

    Returns
    -------
    dict of str to int
        Rows of each table.

    Raises
    ------
    UsageError
        If the folder holds something that is not a set of tables.
    SourceError, TableError
        If anything does not hold; the folder is then as it was.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / _PACKAGE).is_file())):
        what = "there are other files here, which writing the tables would remove"
        raise UsageError(what, where=str(out), todo="Name another folder with --out.")
    sources = sources or load_catalogue()
    with _uncollected():
        tables = load_tables(raw, sources, progress)
    frames = {name: check_table(name, to_frame(spec, tables[name]).sort(spec.key)) for name, spec in TABLES.items()}
    files = {f"{name}.csv": to_csv(frame) for name, frame in frames.items()}
    check_together(frames)
    edition = describe_edition(sources, tables)
    files["EDITION"] = f"{edition}\n".encode()
    counts = {name: len(rows) for name, rows in tables.items()}
    files[_PACKAGE] = data_package(files, counts, sources, edition)
    replace_folder(out, files)
    return counts


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no garbage be looked for: cells are in no cycles, and looking through a million of them takes its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def describe_edition(sources: Iterable[Source], tables: dict[str, list[Row]]) -> str:
    """Name a data edition: the latest publication in the catalogue, and how far each series goes."""
    latest = max(source.published[:7] for source in sources if source.published[:2] == "20")
    years = sorted({row["financial_year"] for row in tables["dsg_high_needs_block"]})
    january = max(row["january"] for row in tables["ehc_plans"])
    mid_year = max(row["mid_year"] for row in tables["population"] if row["series"] == "ons_estimate")
    return f"{latest} (DSG {years[0]} to {years[-1]}, EHC plans to January {january}, population to mid-{mid_year})"


def to_frame(spec: TableSpec, rows: list[Row]) -> pl.DataFrame:
    """Return rows as columns of the types that are declared, in the order that they have."""
    cells = list(map(itemgetter(*spec.columns), rows))
    return pl.DataFrame(cells, schema={field.name: TYPES[field.type] for field in spec.fields}, orient="row")


def to_csv(frame: pl.DataFrame) -> bytes:
    """Write a table as UTF-8 CSV: line feeds, whole numbers without a point, shortest exact decimals, no null."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    numbers = [pl.col(name) for name, kind in frame.schema.items() if kind == pl.Float64]
    # A whole number beyond 64 bits stays a decimal.
    whole = [
        pl.when(number == number.round())
        .then(pl.coalesce(number.cast(pl.Int64, strict=False).cast(pl.String), number.cast(pl.String)))
        .otherwise(number.cast(pl.String))
        for number in numbers
    ]
    plain = frame.with_columns(pl.when(pl.col(texts) != "").then(pl.col(texts)), *whole)
    return plain.write_csv().encode()


def _only(sources: Iterable[Source], layout: str) -> Source:
    found = [source for source in sources if source.layout == layout]
    if len(found) != 1:
        raise SourceError(f"the catalogue has {len(found)} sources of layout '{layout}' where it needs one")
    return found[0]
