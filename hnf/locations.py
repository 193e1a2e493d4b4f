"""Where the data that ship with the package lie."""

from __future__ import annotations

from pathlib import Path

from hnf.errors import TableError

_PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Return the folder with the catalogue and the tidy tables: inside the wheel, or beside the package in a checkout.

    Raises
    ------
    TableError
        If neither is there.
    """
    for folder in (_PACKAGE / "data", _PACKAGE.parent / "data"):
        if (folder / "sources.toml").is_file():
            return folder
    raise TableError("the data that ship with hnf are missing", where=str(_PACKAGE), todo="Install hnf again.")
