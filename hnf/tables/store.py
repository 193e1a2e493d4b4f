"""Reads the tidy tables: those that ship with the package, or a folder of the user's own.

Tables are polars frames, typed by their declaration in `hnf.tables.schema`. A table whose bytes have the hash recorded
in the `datapackage.json` that ships, or in that of a folder that `hnf ingest` wrote, was checked when it was built;
any other is checked in full before it is used.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
from collections.abc import Callable, Hashable, Mapping
from copy import copy
from functools import cache, cached_property, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from hnf.errors import TableError, UsageError
from hnf.paths import data_folder, has_only_factors, read_file, tables_in
from hnf.tables.schema import SEN2_ITEMS, TABLES, TableSpec

if TYPE_CHECKING:
    import polars as pl

    from hnf.sources.catalogue import Source

#: Tables that keep one edition beside another, and the column that names it.
DATED = {
    **dict.fromkeys(("dsg_high_needs_block", "dsg_formula_rows", "dsg_pupils"), "edition"),
    **dict.fromkeys(("ehc_plans", "ehc_plans_by_age", *SEN2_ITEMS), "release"),
}
#: The log of a folder that `hnf ingest` wrote.
INGESTED = "ingested.json"
#: The table whose codes all others use.
_REGISTER = "authorities"

T = TypeVar("T")
P = ParamSpec("P")


class Store:
    """The tidy tables of one folder, each read once.

    Parameters
    ----------
    folder : Path, optional
        Holds `<table>.csv`, or is the user's folder; the shipped tables by default, and for a folder with factors only.
    as_at : str, optional
        An ISO date: editions and releases published later are not seen.
    """

    def __init__(self, folder: Path | None = None, as_at: str | None = None) -> None:
        if as_at is not None:
            try:
                as_at = datetime.date.fromisoformat(as_at).isoformat()
            except (TypeError, ValueError) as error:
                raise UsageError(f"'{as_at}' is not a date", where="as_at", todo="Write it as 2024-07-20.") from error
        shipped, folder = data_folder() / "tidy", None if folder is None else Path(folder)
        self.folder = tables_in(folder) if folder and not has_only_factors(folder) else shipped
        self._root = folder or shipped
        self.as_at = as_at
        self._tables: dict[str, pl.DataFrame] = {}
        self._remembered: dict[Hashable, Any] = {}
        self.is_shipped = self.folder == shipped
        if not self.folder.is_dir():
            what = "there is no such folder of tidy tables"
            todo = "Give --data the folder that `hnf sources build --out` wrote."
            raise TableError(what, where=str(self.folder), todo=todo)

    def table(self, name: str) -> pl.DataFrame:
        """Return a table."""
        if name not in self._tables:
            # Kept as read too: what had not been published by a date is asked for again and again.
            whole = self.cached(("as read", name), lambda: self._read(name)) if self.as_at else self._read(name)
            self._tables[name] = self._seen(name, whole)
        return self._tables[name]

    def _read(self, name: str) -> pl.DataFrame:
        path = self.folder / f"{name}.csv"
        recorded = self._own_hashes.get(name) if self.is_ingested else None
        if name in self.not_held:
            path = data_folder() / "tidy" / f"{name}.csv"
        try:
            content = read_file(path)
        except OSError as error:
            what = f"cannot read the table {name}: {error.strerror}"
            todo = "Build the tables with `hnf sources build --raw DIR --out DIR`."
            raise TableError(what, where=str(path), todo=todo) from error
        digest = hashlib.sha256(content).hexdigest()
        if recorded not in (None, digest):
            what = f"the table {name} is not as `hnf ingest` wrote it: its hash is {digest[:12]}, not {recorded[:12]}"
            raise TableError(what, where=str(path), todo="Put it back, or ingest your files into a new folder.")
        frame = parse_table(TABLES[name], content, str(path))
        is_known = digest == recorded_hashes(data_folder() / "tidy").get(name)
        if self.is_shipped and is_known:
            return frame
        # What an ingest recorded was checked together with the register, which must be the same still.
        if recorded and self._has_own_register:
            return frame
        from hnf.tables.checks import check_codes, check_table

        if not is_known:
            check_table(name, frame, str(path))
        if not self.is_shipped:
            check_codes(frame, frame if name == _REGISTER else self.table(_REGISTER), str(path))
        return frame

    def _seen(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Leave out what was published after `as_at`."""
        column = DATED.get(name)
        if self.as_at is None or column is None or frame.is_empty():
            return frame
        dates = self.publication_dates(name, frame)
        seen = frame.filter(frame[column].replace_strict(dates, default="9999").le(self.as_at))
        if seen.is_empty():
            first = min(dates.values(), default="none")
            what = f"nothing of {name} was published by {self.as_at}; the first is of {first}"
            raise UsageError(what, where="--edition", todo="See `hnf editions` for what there is.")
        return seen

    def publication_dates(self, name: str, frame: pl.DataFrame) -> dict[str, str]:
        """Return the day by which each edition or release of a table was published, as an ISO date.

        An edition of the DSG is the date on its cover. A release is dated by its source in the catalogue: one of which
        only the month or the year is known counts from the last day of it.
        """
        column = DATED[name]
        if column == "edition":
            return {edition: edition for edition in frame[column].unique()}
        published = {source.id: source.published_by for source in self.catalogue}
        pairs = frame.select(column, "source_id").unique().sort(column, "source_id").iter_rows()
        return {release: published.get(source_id, "9999") for release, source_id in pairs}

    def with_tables(self, frames: Mapping[str, pl.DataFrame], catalogue: tuple[Source, ...] = ()) -> Store:
        """Return a store that holds some tables anew and shares the others; `catalogue` adds sources."""
        other = copy(self)
        other._tables = {**self._tables, **frames}
        other._remembered = {}
        other.__dict__.pop("catalogue", None)
        other.__dict__["catalogue"] = (*self.catalogue, *catalogue)
        return other

    @cached_property
    def catalogue(self) -> tuple[Source, ...]:
        """The sources of these tables: those that ship, and those of files that were ingested."""
        from hnf.sources.catalogue import load_catalogue

        own = self.folder / "sources.toml"
        shipped = load_catalogue()
        if self.is_shipped or not own.is_file():
            return shipped
        known = {source.id for source in shipped}
        return (*shipped, *(source for source in load_catalogue(own) if source.id not in known))

    @cached_property
    def parameters_folder(self) -> Path | None:
        """The folder `parameters` beside tables of the user's own, whose files come before the shipped ones."""
        folder = self._root / "parameters"
        return folder if self.own_folder and folder.is_dir() else None

    @cached_property
    def own_folder(self) -> Path | None:
        """The user's folder, where parameters and factors lie beside the tables; None for the tables that ship."""
        return self._root if self._root != data_folder() / "tidy" else None

    @cached_property
    def is_ingested(self) -> bool:
        """Whether `hnf ingest` wrote these tables."""
        return not self.is_shipped and (self.folder / INGESTED).is_file()

    @cached_property
    def not_held(self) -> tuple[str, ...]:
        """Tables that a later version of hnf brought: neither here nor recorded, so those that ship are read."""
        names = [name for name in TABLES if name != _REGISTER or self.is_ingested]
        absent = [name for name in names if name not in self._own_hashes]
        return tuple(name for name in absent if not self.is_shipped and not (self.folder / f"{name}.csv").exists())

    @cached_property
    def _own_hashes(self) -> dict[str, str]:
        return recorded_hashes(self.folder)

    @cached_property
    def _has_own_register(self) -> bool:
        path = self.folder / f"{_REGISTER}.csv"
        recorded = self._own_hashes.get(_REGISTER)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == recorded

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` gives, computed once for this store and `key`: its tables do not change."""
        try:
            is_known = key in self._remembered
        except TypeError as error:
            todo = "Give one name, number or year."
            raise UsageError("a list or another collection was given for one argument", todo=todo) from error
        if not is_known:
            self._remembered[key] = make()
        found: T = self._remembered[key]
        return found

    @cached_property
    def edition(self) -> str:
        """The data edition, in words."""
        try:
            edition = read_file(self.folder / "EDITION").decode("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            edition = f"the tables in {self.folder}"
        return edition if self.as_at is None else f"{edition}, as published by {self.as_at}"

    def hashes(self) -> dict[str, str]:
        """Return the sha256 of each table's file, for manifests."""
        return {
            name: hashlib.sha256((self.folder / f"{name}.csv").read_bytes()).hexdigest()
            for name in sorted(TABLES)
            if (self.folder / f"{name}.csv").is_file()
        }


def parse_table(spec: TableSpec, content: bytes, where: str) -> pl.DataFrame:
    """Parse the CSV of a tidy table into typed columns.

    Raises
    ------
    TableError
        If the columns are not those declared, or a cell is not of its column's type.
    """
    import polars as pl

    types = {"string": pl.String, "integer": pl.Int64, "number": pl.Float64}
    heading = content.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").strip().split(",")
    columns = [field.name for field in spec.fields]
    if heading != columns:
        missing = [name for name in columns if name not in heading]
        extra = [name for name in heading if name not in columns]
        raise TableError(
            f"the columns of {spec.name} are not as declared: missing {', '.join(missing) or 'none'}; "
            f"unknown {', '.join(extra) or 'none'}",
            where=where,
            todo="See docs/tables.md for the columns and their order.",
        )
    try:
        frame = pl.read_csv(io.BytesIO(content), schema={field.name: types[field.type] for field in spec.fields})
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n")[0]
        raise TableError(f"a cell of {spec.name} is not of its column's type ({reason})", where=where) from error
    return frame.with_columns(pl.col(pl.String).fill_null(""))


@cache
def recorded_hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each table as recorded when it was built and checked, nothing where that is not known."""
    try:
        package: dict[str, Any] = json.loads(read_file(folder / "datapackage.json"))
        return {resource["name"]: resource["hash"].removeprefix("sha256:") for resource in package["resources"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def cached(make: Callable[Concatenate[Store, P], T]) -> Callable[Concatenate[Store, P], T]:
    """Let a function of a store be computed once for each store and arguments, as `Store.cached` does."""

    @wraps(make)
    def found(store: Store, /, *args: P.args, **others: P.kwargs) -> T:
        key = (make, args, tuple(sorted(others.items())))
        return store.cached(key, partial(make, store, *args, **others))

    return found
