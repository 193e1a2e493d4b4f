"""The tidy tables as one SQLite database, with keys, notes and licence, as Datasette and other tools open it.

Text that a row does not have is NULL, so that the code of an authority can point at the table of authorities. Where a
part of the key may be missing, a unique index keeps the declared key and the row number is the primary key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing

import polars as pl

from hnf.sources.build import ATTRIBUTION, LICENCE, TITLE, authority_columns
from hnf.sources.catalogue import Source
from hnf.tables.schema import TABLES, Field, TableSpec
from hnf.text import as_json

_TYPES = {"string": "TEXT", "integer": "INTEGER", "number": "REAL"}
FILE = "hnf.sqlite"


def sqlite_files(frames: Mapping[str, pl.DataFrame], edition: str, sources: Iterable[Source]) -> dict[str, bytes]:
    """Return `hnf.sqlite`, the same bytes for the same tables and version of SQLite, and `metadata.json`."""
    # Foreign keys are checked as a whole at the end, which names the row; while rows go in, order does not matter.
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA temp_store = MEMORY")  # what VACUUM puts aside would need room in the temporary folder
        for name, frame in frames.items():
            _write_table(database, TABLES[name], frame)
        _write_notes(database, frames, edition, sources)
        broken = database.execute("PRAGMA foreign_key_check").fetchone()
        if broken:
            raise sqlite3.IntegrityError(f"row {broken[1]} of {broken[0]} points at no row of {broken[2]}")
        database.commit()
        database.execute("VACUUM")
        content = database.serialize()
    return {FILE: content, "metadata.json": _datasette(frames, edition)}


def _write_table(database: sqlite3.Connection, spec: TableSpec, frame: pl.DataFrame) -> None:
    whole_key = all(field.required for field in spec.fields if field.name in spec.key)
    lines = [_column(field) for field in spec.fields]
    if whole_key:
        lines.append(f"PRIMARY KEY ({_names(spec.key)})")
    lines += [f"FOREIGN KEY ({_name(c)}) REFERENCES authorities (la_code)" for c in authority_columns(spec)]
    database.execute(f"CREATE TABLE {_name(spec.name)} ({', '.join(lines)})")
    optional = {n for n, field in enumerate(spec.fields) if field.type == "string" and not field.required}
    rows = (
        tuple(None if n in optional and value == "" else value for n, value in enumerate(row))
        for row in frame.iter_rows()
    )
    places = ", ".join("?" * len(spec.fields))
    database.executemany(f"INSERT INTO {_name(spec.name)} VALUES ({places})", rows)  # noqa: S608 - own names
    if not whole_key:
        required = {field.name for field in spec.fields if field.required}
        parts = [_name(c) if c in required else f"coalesce({_name(c)}, '')" for c in spec.key]
        database.execute(f"CREATE UNIQUE INDEX {spec.name}_key ON {_name(spec.name)} ({', '.join(parts)})")
    for column in authority_columns(spec):
        database.execute(f"CREATE INDEX {spec.name}_{column} ON {_name(spec.name)} ({_name(column)})")


def _column(field: Field) -> str:
    rules = [_name(field.name), _TYPES[field.type], *(["NOT NULL"] if field.required else [])]
    if field.values:
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in field.values)
        rules.append(f"CHECK ({_name(field.name)} IN ({values}))")
    if field.minimum is not None:
        rules.append(f"CHECK ({_name(field.name)} >= {field.minimum:g})")
    return " ".join(rules)


def _write_notes(
    database: sqlite3.Connection, frames: Mapping[str, pl.DataFrame], edition: str, sources: Iterable[Source]
) -> None:
    database.execute("CREATE TABLE metadata (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    about = {
        "title": TITLE,
        "edition": edition,
        "licence": LICENCE["title"],
        "licence_url": LICENCE["path"],
        "attribution": ATTRIBUTION,
        "missing": "A number is NULL exactly where the column status of the row holds the symbol printed in its place.",
    }
    database.executemany("INSERT INTO metadata VALUES (?, ?)", about.items())
    database.execute(
        "CREATE TABLE metadata_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, type TEXT NOT NULL, "
        "unit TEXT, meaning TEXT NOT NULL, PRIMARY KEY (table_name, column_name))"
    )
    database.executemany(
        "INSERT INTO metadata_columns VALUES (?, ?, ?, ?, ?)",
        ((name, f.name, f.type, f.unit or None, f.meaning) for name in frames for f in TABLES[name].fields),
    )
    database.execute(
        "CREATE TABLE sources (source_id TEXT PRIMARY KEY, publisher TEXT, title TEXT, page TEXT, published TEXT, "
        "licence TEXT, sha256 TEXT)"
    )
    database.executemany(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((s.id, s.publisher, s.title, s.page, s.published, s.licence, s.sha256) for s in sources),
    )


def _datasette(frames: Mapping[str, pl.DataFrame], edition: str) -> bytes:
    """Describe the database as Datasette reads it: `datasette hnf.sqlite --metadata metadata.json`."""
    tables = {
        name: {
            "description": TABLES[name].meaning,
            "columns": {field.name: field.meaning for field in TABLES[name].fields},
        }
        for name in frames
    }
    about = {
        "title": TITLE,
        "description": f"Data edition: {edition}. {ATTRIBUTION}",
        "license": LICENCE["title"],
        "license_url": LICENCE["path"],
        "databases": {"hnf": {"tables": tables}},
    }
    return f"{as_json(about, indent=1)}\n".encode()


def _name(name: str) -> str:
    return f'"{name}"'


def _names(names: Iterable[str]) -> str:
    return ", ".join(_name(name) for name in names)
