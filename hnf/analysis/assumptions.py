"""Numbers that no published table gives: read from `data/assumptions.toml`, each with its reason and reference."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hnf.errors import TableError
from hnf.locations import data_folder

_KEYS = ("id", "value", "unit", "status", "reason", "reference")


@dataclass(frozen=True)
class Assumption:
    """One number with why it was chosen; `status` says that it is no published figure."""

    id: str
    value: float
    unit: str
    status: str
    reason: str
    reference: str

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def assumption(name: str, path: Path | None = None) -> Assumption:
    """Return one assumption.

    Parameters
    ----------
    name : str
        Its id.
    path : Path, optional
        The file; the shipped one by default.

    Raises
    ------
    TableError
        If the file cannot be read, an entry is not complete, or there is none of this name.
    """
    path = path or data_folder() / "assumptions.toml"
    found = load_assumptions(path)
    if name not in found:
        raise TableError(f"there is no assumption '{name}'", where=str(path), todo=f"There are {', '.join(found)}.")
    return found[name]


@cache
def load_assumptions(path: Path) -> dict[str, Assumption]:
    """Read all assumptions by id.

    Raises
    ------
    TableError
        If the file cannot be read or an entry is not complete.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("assumption", [])
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(f"cannot read the assumptions: {error}", where=str(path)) from error
    for entry in entries:
        missing = [key for key in _KEYS if entry.get(key) in (None, "")]
        if missing or not isinstance(entry["value"], int | float):
            what = f"lacks {', '.join(missing)}" if missing else "has a value that is no number"
            raise TableError(f"assumption '{entry.get('id', '?')}' {what}", where=str(path))
    return {entry["id"]: Assumption(**{key: entry[key] for key in _KEYS}) for entry in entries}
