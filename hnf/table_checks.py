"""Checks a tidy table against its declaration with dataframely, and the rules that tie tables together.

Imported when tables are built or when a user brings tables of their own; the shipped tables are recognised by their
hash.
"""

from __future__ import annotations

from functools import cache

import dataframely as dy
import polars as pl

from hnf.errors import TableError
from hnf.plain_text import starts_formula
from hnf.tables import TABLES, Field, TableSpec

_EXAMPLES = 3
#: The column that begins with an equals sign on purpose.
PRINTED_FORMULAS = "printed"


def check_table(name: str, frame: pl.DataFrame, where: str = "") -> pl.DataFrame:
    """Check one table.

    Parameters
    ----------
    name : str
        Name of the table.
    frame : polars.DataFrame
        Typed as `hnf.store` types it.
    where : str
        File named in messages.

    Returns
    -------
    polars.DataFrame
        The same table.

    Raises
    ------
    TableError
        If a rule does not hold; names the rule, how many rows break it, and up to three of their keys.
    """
    spec = TABLES[name]
    schema = _schema(name)
    _, failures = schema.filter(frame)
    counts = failures.counts()
    if counts:
        rule, broken = max(counts.items(), key=lambda item: item[1])
        keys = failures.invalid().select(spec.key).head(_EXAMPLES).rows()
        examples = "; ".join(" ".join(str(part) for part in key if part != "") for key in keys)
        raise TableError(
            f"{broken} rows of {name} break the rule '{rule}', such as {examples}",
            where=where or name,
            todo="See docs/tables.md for the rules.",
        )
    _check_unique(spec, frame, where or name)
    _check_missing(spec, frame, where or name)
    return frame


def check_together(frames: dict[str, pl.DataFrame]) -> None:
    """Check that every authority named in any table is in the register.

    Raises
    ------
    TableError
        If a code is unknown.
    """
    for name, frame in frames.items():
        check_codes(frame, frames["authorities"], name)


def check_codes(frame: pl.DataFrame, authorities: pl.DataFrame, where: str) -> None:
    """Check that every authority a table names is in the register.

    Raises
    ------
    TableError
        If a code is unknown.
    """
    known = {"", *authorities["la_code"]}
    for column in ("la_code", "neighbour_la_code", "predecessors", "successors"):
        if column in frame.columns:
            unknown = sorted({code for codes in frame[column].unique() for code in codes.split("|")} - known)
            if unknown:
                raise TableError(
                    f"{column} {', '.join(unknown)} is not in the table of authorities",
                    where=where,
                    todo="Correct the code, or add the authority to authorities.csv.",
                )


def check_runs_nothing(name: str, frame: pl.DataFrame, where: str = "") -> None:
    """Check that no text of a table would run as a formula in a spreadsheet, for files that give text as it is.

    The one column of formulas is that of formulas as printed, which are arithmetic on letters of columns.

    Raises
    ------
    TableError
        If there is such a text; names it and its column.
    """
    for column, kind in frame.schema.items():
        if kind != pl.String or column == PRINTED_FORMULAS:
            continue
        found = sorted(filter(starts_formula, frame[column].unique().drop_nulls()))
        if found:
            raise TableError(
                f"'{found[0][:40]}' would run as a formula in a spreadsheet",
                where=f"{where or name}, column {column}",
                todo=f"Correct it in {name}.csv, or in the file it was read from.",
            )


@cache
def _schema(name: str) -> type[dy.Schema]:
    spec = TABLES[name]
    return type(f"{name.title().replace('_', '')}Schema", (dy.Schema,), {f.name: _column(f, spec) for f in spec.fields})


def _column(field: Field, spec: TableSpec) -> dy.Column:
    key = field.name in spec.key
    if field.type == "integer":
        return dy.Int64(nullable=not field.required, primary_key=key, min=_whole(field.minimum))
    if field.type == "number":
        # Not-a-number and infinity are never figures.
        return dy.Float64(nullable=not field.required, primary_key=key, min=field.minimum)
    values = [*field.values, *([] if field.required else [""])] if field.values else None
    check = (lambda column: column.is_in(values)) if values else None
    return dy.String(
        primary_key=key,
        regex=field.pattern or None,
        min_length=1 if field.required else None,
        check=check,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _check_unique(spec: TableSpec, frame: pl.DataFrame, where: str) -> None:
    """Columns that are unique together beside the key, such as the places of a grid."""
    if not spec.unique:
        return
    twice = frame.filter(pl.struct(spec.unique).is_duplicated()).sort(*spec.unique, *spec.key)
    if twice.height:
        keys = "; ".join(" ".join(str(part) for part in key) for key in twice.select(spec.key).head(_EXAMPLES).rows())
        raise TableError(
            f"{twice.height} rows of {spec.name} share {' and '.join(spec.unique)} with another, such as {keys}",
            where=where,
            todo="See docs/tables.md for the rules.",
        )


def _check_missing(spec: TableSpec, frame: pl.DataFrame, where: str) -> None:
    """A number is missing exactly where a symbol stands: never a silent gap, never a symbol beside a number."""
    if "status" not in spec.columns:
        return
    number = next(field.name for field in spec.fields if not field.required and field.type != "string")
    wrong = frame.filter(pl.col(number).is_null() != (pl.col("status") != ""))
    if wrong.height:
        key = " ".join(str(part) for part in wrong.select(spec.key).row(0) if part != "")
        raise TableError(
            f"{wrong.height} rows of {spec.name} have a missing {number} without a symbol, or both, such as {key}",
            where=where,
        )
