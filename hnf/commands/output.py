"""How a command gives its answer: a table for a person, one JSON object or CSV rows for a program.

On stdout there is the answer and nothing else. With `--format json` and `--format csv` the notes go to stderr; a table
carries them under it.
"""

from __future__ import annotations

import datetime
import io
import json
import math
import sys
from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from pathlib import PurePath
from typing import Any

from hnf.commands.terminal import clean, may_be_bold, width
from hnf.commands.text_table import Column, Row, TableView, write_table
from hnf.plain_text import as_csv_text, as_json
from hnf.results import flatten_row
from hnf.years import FinancialYear, January, MidYear

__all__ = ["Column", "Format", "TableView", "emit", "note"]


class Format(StrEnum):
    """What `--format` allows."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def emit(payload: Mapping[str, Any], output: Format, *, table: TableView, rows_key: str | None) -> None:
    """Write the answer of a command to stdout.

    Parameters
    ----------
    payload : mapping
        The JSON object: nested mappings and sequences of text, numbers, years, dates, paths and None. NaN becomes null.
    output : Format
        What the user asked for.
    table : TableView
        What a person sees; its notes go to stderr where the output is for a program.
    rows_key : str or None
        The key of the list of mappings that CSV writes; with None the whole payload is one row.
    """
    if output is Format.TABLE:
        _prepare(encoding=None)
        _write(write_table(table, width(), bold=may_be_bold(sys.stdout)))
        return
    _prepare(encoding="utf-8")
    plain = _plain(payload)
    if output is Format.JSON:
        text = as_json(plain) + "\n"
    else:
        rows = [plain] if rows_key is None else plain[rows_key]
        text = _csv(rows, [column.key for column in table.columns])
    for line in table.notes:
        note(line)
    _write(text)


def note(text: str) -> None:
    """Tell the user something that is not part of the answer, on stderr."""
    print(clean(text), file=sys.stderr)


def _prepare(encoding: str | None) -> None:
    """Let stdout take any text: UTF-8 for programs, replacement characters where a terminal lacks a letter."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if encoding:
            sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
        else:
            sys.stdout.reconfigure(errors="replace")


def _write(text: str) -> None:
    raw: object = getattr(sys.stdout, "buffer", None)
    if not isinstance(raw, io.RawIOBase):
        sys.stdout.write(text)
        return
    # With PYTHONUNBUFFERED, Python drops the rest of a write that the system takes only in part (a full disk, a reader
    # that goes away) and reports nothing.
    rest = memoryview(text.encode(sys.stdout.encoding, sys.stdout.errors or "strict"))
    while rest:
        rest = rest[raw.write(rest) or 0 :]


def _plain(value: Any) -> Any:
    """Return the value in the types that JSON knows.

    Raises
    ------
    TypeError
        If the value is of a kind that has no agreed form.
    """
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, January | MidYear):
        return value.year
    if isinstance(value, FinancialYear | PurePath):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if hasattr(value, "item"):  # a number of numpy
        return _plain(value.item())
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _csv(rows: Sequence[Row], headings_if_empty: list[str]) -> str:
    import csv

    flat = [_flatten(row) for row in rows]
    headings = list(dict.fromkeys(key for row in flat for key in row)) or headings_if_empty
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_safe(heading) for heading in headings])
    writer.writerows([_safe(row.get(heading)) for heading in headings] for row in flat)
    return text.getvalue()


def _flatten(row: Row) -> dict[str, Any]:
    return {
        key: ";".join(_joined(item) for item in value) if isinstance(value, list) else value
        for key, value in flatten_row(row).items()
    }


def _joined(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False) if isinstance(item, dict | list) else "" if item is None else str(item)


def _safe(value: Any) -> Any:
    """Return a value that no spreadsheet runs."""
    if isinstance(value, str):
        return as_csv_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
