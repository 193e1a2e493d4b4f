"""Reads the tidy tables: those that ship with the package, or a folder of the user's own.

Tables are polars frames, typed by their declaration in `hnf.tables`. A table whose bytes have the hash recorded in the
`datapackage.json` that ships was checked when it was built; any other is checked in full before it is used.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Hashable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hnf.errors import TableError
from hnf.locations import data_folder
from hnf.tables import TABLES, TableSpec

if TYPE_CHECKING:
    import polars as pl


T = TypeVar("T")


class Store:
    """The tidy tables of one folder, each read once.

    Parameters
    ----------
    folder : Path, optional
        Holds `<table>.csv`; the shipped tables by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_folder() / "tidy"
        self._tables: dict[str, pl.DataFrame] = {}
        self._remembered: dict[Hashable, Any] = {}
        self._is_shipped = folder is None
        if not self.folder.is_dir():
            raise TableError(
                "there is no such folder of tidy tables",
                where=str(self.folder),
                todo="Give --data the folder that `hnf sources build --out` wrote.",
            )

    def table(self, name: str) -> pl.DataFrame:
        """Return a table.

        Parameters
        ----------
        name : str
            One of `hnf.tables.TABLES`.

        Returns
        -------
        polars.DataFrame

        Raises
        ------
        TableError
            If the file is missing, is not a CSV of these columns, or breaks a rule of the table.
        """
        if name not in self._tables:
            path = self.folder / f"{name}.csv"
            try:
                content = path.read_bytes()
            except OSError as error:
                raise TableError(
                    f"cannot read the table {name}: {error.strerror}",
                    where=str(path),
                    todo="Build the tables with `hnf sources build --raw DIR --out DIR`.",
                ) from error
            frame = parse_table(TABLES[name], content, str(path))
            if hashlib.sha256(content).hexdigest() != _shipped_hashes().get(name):
                from hnf.table_checks import check_table

                check_table(name, frame, str(path))
            if not self._is_shipped:
                from hnf.table_checks import check_codes

                check_codes(frame, frame if name == "authorities" else self.table("authorities"), str(path))
            self._tables[name] = frame
        return self._tables[name]

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` gives, computed once for this store and `key`: its tables do not change."""
        if key not in self._remembered:
            self._remembered[key] = make()
        found: T = self._remembered[key]
        return found

    @cached_property
    def edition(self) -> str:
        """The data edition, in words."""
        try:
            return (self.folder / "EDITION").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return f"the tables in {self.folder}"

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
    if tuple(heading) != spec.columns:
        missing = [name for name in spec.columns if name not in heading]
        extra = [name for name in heading if name not in spec.columns]
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
def _shipped_hashes() -> dict[str, str]:
    """Hashes recorded when the shipped tables were built and checked."""
    try:
        package: dict[str, Any] = json.loads((data_folder() / "tidy" / "datapackage.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {resource["name"]: resource["hash"].removeprefix("sha256:") for resource in package.get("resources", [])}
