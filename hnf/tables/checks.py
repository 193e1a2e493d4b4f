"""Checks a tidy table against its declaration, and the rules that tie tables together.

Imported when tables are built or when a user brings tables of their own; the shipped tables are recognised by their
hash.
"""

from __future__ import annotations

import polars as pl

from hnf.errors import TableError
from hnf.tables.schema import TABLES, Field, TableSpec
from hnf.text import starts_formula

_EXAMPLES = 3
TYPES = {"string": pl.String, "integer": pl.Int64, "number": pl.Float64}
#: The column that begins with an equals sign on purpose.
PRINTED_FORMULAS = "printed"


def check_table(name: str, frame: pl.DataFrame, where: str = "") -> pl.DataFrame:
    """Return a table, once it is shown to keep the rules of its declaration; `where` is named in messages.

    Raises
    ------
    TableError
        If a column is not of its type, or a rule does not hold: names the rule, how many rows break it, and up to
        three of their keys.
    """
    spec = TABLES[name]
    if wrong := [field.name for field in spec.fields if frame.schema.get(field.name) != TYPES[field.type]]:
        raise TableError(f"{', '.join(wrong)} of {name} missing, or not of the type declared", where=where or name)
    # A rule that cannot be judged because a number is missing holds: whether it may be missing is a rule as well.
    broken = frame.select(~holds.fill_null(value=True).alias(rule) for rule, holds in _rules(spec).items())
    counts = broken.sum().row(0, named=True)
    rule = max(counts, key=counts.__getitem__)
    if counts[rule]:
        keys = frame.filter(broken.select(pl.any_horizontal(pl.all())).to_series()).select(spec.key)
        examples = "; ".join(" ".join(str(part) for part in key if part != "") for key in keys.head(_EXAMPLES).rows())
        what = f"{counts[rule]} rows of {name} break the rule '{rule}', such as {examples}"
        raise TableError(what, where=where or name, todo="See docs/tables.md for the rules.")
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
                what = f"{column} {', '.join(unknown)} is not in the table of authorities"
                raise TableError(what, where=where, todo="Correct the code, or add the authority to authorities.csv.")


def check_runs_nothing(name: str, frame: pl.DataFrame, where: str = "") -> None:
    """Check that no text of a table would run as a formula in a spreadsheet, for files that give text as it is.

    The one column of formulas is that of formulas as printed, which are arithmetic on letters of columns. A hyphen
    alone, which no spreadsheet runs, is a symbol of publishers.

    Raises
    ------
    TableError
        If there is such a text; names it and its column.
    """
    for column, kind in frame.schema.items():
        if kind != pl.String or column == PRINTED_FORMULAS:
            continue
        found = sorted(filter(starts_formula, set(frame[column].drop_nulls().unique()) - {"-"}))
        if found:
            what = f"'{found[0][:40]}' would run as a formula in a spreadsheet"
            todo = f"Correct it in {name}.csv, or in the file it was read from."
            raise TableError(what, where=f"{where or name}, column {column}", todo=todo)


def _rules(spec: TableSpec) -> dict[str, pl.Expr]:
    """The rules of a declaration by name, each true for the rows that keep it."""
    rules = {"primary_key": pl.struct(spec.key).is_unique()}
    for field in spec.fields:
        rules |= {f"{field.name}|{rule}": holds for rule, holds in _field_rules(field).items()}
    return rules


def _field_rules(field: Field) -> dict[str, pl.Expr]:
    column = pl.col(field.name)
    rules = {}
    if field.required or field.type == "string":
        rules["nullability"] = column.is_not_null()
    if field.type == "string":
        if field.values:
            rules["check"] = column.is_in([*field.values, *([] if field.required else [""])])
        if field.required:
            rules["min_length"] = column != ""
        if field.pattern:
            rules["regex"] = column.str.contains(field.pattern)
    if field.type == "number":  # not-a-number and infinity are never figures
        rules["inf"] = ~column.is_infinite()
        rules["nan"] = ~column.is_nan()
    if field.minimum is not None:
        rules["min"] = column >= field.minimum
    return rules


def _check_unique(spec: TableSpec, frame: pl.DataFrame, where: str) -> None:
    """Columns that are unique together beside the key, such as the places of a grid."""
    if not spec.unique:
        return
    twice = frame.filter(pl.struct(spec.unique).is_duplicated()).sort(*spec.unique, *spec.key)
    if twice.height:
        keys = "; ".join(" ".join(str(part) for part in key) for key in twice.select(spec.key).head(_EXAMPLES).rows())
        what = f"{twice.height} rows of {spec.name} share {' and '.join(spec.unique)} with another, such as {keys}"
        raise TableError(what, where=where, todo="See docs/tables.md for the rules.")


def _check_missing(spec: TableSpec, frame: pl.DataFrame, where: str) -> None:
    """A number is missing exactly where there is a symbol: never a silent gap, never a symbol beside a number."""
    if "status" not in spec.columns:
        return
    number = next(field.name for field in spec.fields if not field.required and field.type != "string")
    wrong = frame.filter(pl.col(number).is_null() != (pl.col("status") != ""))
    if wrong.height:
        key = " ".join(str(part) for part in wrong.select(spec.key).row(0) if part != "")
        what = f"{wrong.height} rows of {spec.name} have a missing {number} without a symbol, or both, such as {key}"
        raise TableError(what, where=where)
