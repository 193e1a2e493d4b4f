"""How values of the tidy tables become text in a file for machines."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from typing import Any


def print_number(value: float) -> str:
    """Return a number without rounding: whole numbers without a point, others as the shortest exact decimal."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def csv_bytes(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return UTF-8 CSV with line feeds and no byte order mark."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue().encode()


def sha256(content: bytes) -> str:
    """Return the hash of a file as manifests print it."""
    return hashlib.sha256(content).hexdigest()
