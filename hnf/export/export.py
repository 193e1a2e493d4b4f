"""Writes the data in one format into a folder, with a manifest that names every file, its hash, edition and licence."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from hnf.errors import UsageError, require_one_of
from hnf.export.tables import csv_bytes, select_tables, sha256
from hnf.files import replace_folder
from hnf.release import __version__
from hnf.results import Listing
from hnf.sources.build import ATTRIBUTION, LICENCE, TITLE, data_package
from hnf.sources.catalogue import load_catalogue
from hnf.tables.checks import check_runs_nothing
from hnf.tables.schema import TABLES
from hnf.tables.store import Store
from hnf.text import as_json, print_number
from hnf.years import FinancialYear

ExportFormat = Literal["ees", "datapackage", "parquet", "sqlite", "xlsx", "ods"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
MANIFEST = "manifest.json"
#: Formats in which the code of an authority points at the table of authorities.
_LINKED = ("datapackage", "sqlite")


def export(
    store: Store, kind: ExportFormat, folder: Path, names: Collection[str] = (), years: Collection[FinancialYear] = ()
) -> dict[str, Any]:
    """Write the data in one format.

    Parameters
    ----------
    folder : Path
        Replaced as a whole, and only once everything is made.
    names : collection of str
        Tables wanted (of `ees`, data sets); all if empty.
    years : collection of FinancialYear
        Years wanted; all if empty.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    UsageError
        If there is no such table, no rows of a year, or the folder holds something that is not an export.
    TableError
        If a text would run as a formula in a file that gives it as it is, or the folder cannot be written; what was
        there before is still there.
    """
    _require_own_folder(folder)
    files = export_files(store, kind, names, years)
    manifest = _manifest(store, kind, files, years)
    replace_folder(folder, {**files, MANIFEST: f"{as_json(manifest, indent=1)}\n".encode()})
    return manifest


class Exported(Listing):
    """What was written: files with sizes and hashes, edition and licence."""

    ROWS = "files"


def export_data(
    store: Store,
    kind: ExportFormat,
    folder: str | Path,
    tables: Collection[str] = (),
    years: Collection[str | int | FinancialYear] = (),
) -> Exported:
    """Write the data for other tools, with a manifest of hashes, edition and licence.

    Parameters
    ----------
    kind : str
        ees, datapackage, parquet, sqlite, xlsx or ods.
    folder : str or Path
        Replaced as a whole; refused where it holds anything but an earlier export.
    tables : collection of str
        Names of tables (of ees: data sets); all by default.
    years : collection of FinancialYear
        Also as 2023-24 or 2023; all by default.

    Returns
    -------
    Exported
        One row a file, sizes in bytes.

    Raises
    ------
    UsageError
        If a format, table or year is unknown, or the folder is not to be replaced.

    Examples
    --------
    >>> import hnf, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hnf.export_data(hnf.Store(), "parquet", folder, ["prices"]).to_polars()["file"].to_list()
    ['prices.parquet']
    """
    folder, wanted = Path(folder), [FinancialYear.of(year) for year in years]
    manifest = export(store, kind, folder, tables, wanted)
    files = manifest["files"]
    title = f"{len(files)} file{'' if len(files) == 1 else 's'} in {folder}"
    return Exported(title, {"folder": str(folder), **manifest})


def export_files(
    store: Store, kind: ExportFormat, names: Collection[str] = (), years: Collection[FinancialYear] = ()
) -> dict[str, bytes]:
    """Return the files of an export by name, without the manifest; as `export`."""
    require_one_of(kind, FORMATS, "format")
    if kind == "ees":
        return _ees(store, names, years)
    frames = select_tables(store, names, years, with_authorities=kind in _LINKED)
    sources = load_catalogue()
    if kind == "datapackage":
        for name, frame in frames.items():
            check_runs_nothing(name, frame)
        files = {f"{name}.csv": _csv(frame) for name, frame in frames.items()}
        counts = {name: frame.height for name, frame in frames.items()}
        return {**files, "datapackage.json": data_package(files, counts, sources, store.edition, foreign_keys=True)}
    # Each format needs its own library, which is loaded when it is asked for.
    if kind == "parquet":
        return parquet_files(frames, store.edition)
    if kind == "sqlite":
        from hnf.export.sqlite import sqlite_files

        return sqlite_files(frames, store.edition, sources)
    from hnf.export.workbooks import make_book

    book = make_book(frames, store.edition, sources)
    if kind == "xlsx":
        from hnf.formats.xlsx import write_xlsx

        return {"hnf.xlsx": write_xlsx(book)}
    from hnf.formats.ods import write_ods

    return {"hnf.ods": write_ods(book)}


def _ees(store: Store, names: Collection[str], years: Collection[FinancialYear]) -> dict[str, bytes]:
    from hnf.export.ees import data_sets, ees_files

    known = [data_set.name for data_set in data_sets(store)]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise UsageError(
            f"there is no data set {', '.join(unknown)}", where="--table", todo=f"Data sets are {', '.join(known)}."
        )
    files = ees_files(store, names, years)
    if not files:
        raise UsageError("no data set has rows of these years", where="--year")
    return files


def _csv(frame: pl.DataFrame) -> bytes:
    """Return a table as the tidy tables are written: the same bytes where nothing was left out."""
    numbers = [dtype == pl.Float64 for dtype in frame.dtypes]
    rows = (
        tuple(print_number(v) if n and v is not None else v for v, n in zip(row, numbers, strict=True))
        for row in frame.iter_rows()
    )
    return csv_bytes(frame.columns, rows)


def _manifest(
    store: Store, kind: ExportFormat, files: dict[str, bytes], years: Collection[FinancialYear]
) -> dict[str, Any]:
    return {
        "title": TITLE,
        "format": kind,
        "edition": store.edition,
        "program": f"hnf {__version__}",
        "licence": LICENCE["title"],
        "licence_url": LICENCE["path"],
        "attribution": ATTRIBUTION,
        "years": [str(year) for year in years],
        "tables": {name: digest for name, digest in store.hashes().items() if name in TABLES},
        "files": [
            {"file": name, "bytes": len(content), "sha256": sha256(content)} for name, content in sorted(files.items())
        ],
    }


def _require_own_folder(folder: Path) -> None:
    """Refuse to replace a folder that holds anything but an earlier export, or a file."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if folder.is_dir() and _is_export(folder / MANIFEST):
        return
    what = "the folder holds files that no export wrote" if folder.is_dir() else "this is a file"
    raise UsageError(what, where=str(folder), todo="Give --out a new folder; it would be replaced as a whole.")


def _is_export(path: Path) -> bool:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("title") == TITLE and found.get("format") in FORMATS


def parquet_files(frames: Mapping[str, pl.DataFrame], edition: str) -> dict[str, bytes]:
    """Return `<table>.parquet` for each table; text that a row does not have is null."""
    return {f"{name}.parquet": _parquet(name, frame, edition) for name, frame in frames.items()}


def _parquet(name: str, frame: pl.DataFrame, edition: str) -> bytes:
    spec = TABLES[name]
    optional = [field.name for field in spec.fields if field.type == "string" and not field.required]
    nulls = frame.with_columns(pl.when(pl.col(column) != "").then(pl.col(column)) for column in optional)
    fields = [{"name": f.name, "description": f.meaning, "unit": f.unit} for f in spec.fields]
    metadata = {
        "title": spec.meaning,
        "edition": edition,
        "licence": LICENCE["title"],
        "licence_url": LICENCE["path"],
        "attribution": ATTRIBUTION,
        "primary_key": json.dumps(spec.key),
        "fields": json.dumps(fields, ensure_ascii=False),
    }
    buffer = io.BytesIO()
    nulls.write_parquet(buffer, compression="zstd", metadata=metadata)
    return buffer.getvalue()
