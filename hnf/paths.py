"""Where the data are: those that ship with the package, and the user's."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from hnf.errors import TableError, UsageError

_PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Return the folder with the catalogue and the tidy tables: inside the wheel, or beside the package in a checkout.

    Raises
    ------
    TableError
        If neither is there.

    Examples
    --------
    >>> import hnf
    >>> (hnf.data_folder() / "tidy").is_dir()
    True
    """
    for folder in (_PACKAGE / "data", _PACKAGE.parent / "data"):
        if (folder / "sources.toml").is_file():
            return folder
    raise TableError("the data that ship with hnf are missing", where=str(_PACKAGE), todo="Install hnf again.")


# The user's tables are those that ship with the program, and what `hnf ingest` has added to them. Their folder is
# `HNF_DATA`, or the place that the system gives to programs; `HNF_DATA` set to nothing means that there is none. Each
# ingest writes a whole new set of tables into `generations/NNNN` and then names it in the file `CURRENT`, so that a
# reader sees the old set or the new one and never a mixture.
VARIABLE = "HNF_DATA"
POINTER = "CURRENT"
GENERATIONS = "generations"
#: Folder with the factors that the user gave, a folder a year, beside the tables.
FACTORS = "factors"
_NAMED = re.compile(rf"{GENERATIONS}/\d{{4}}\Z")


def user_folder() -> Path | None:
    """Return the user's folder, which need not exist yet; None where the user wants none."""
    named = os.environ.get(VARIABLE)
    if named is None:
        from platformdirs import user_data_path

        return user_data_path("hnf", appauthor=False)
    return Path(os.path.expanduser(named)) if named.strip() else None  # noqa: PTH111 - pathlib fails on ~nobody


def user_tables() -> Path | None:
    """Return the user's folder if it holds tables or factors, else None.

    Raises
    ------
    UsageError
        If `HNF_DATA` names a folder that is not there or holds neither.
    OSError
        If the folder cannot be read.
    """
    folder = user_folder()
    if folder is None or has_tables(folder) or has_only_factors(folder):
        return folder
    if VARIABLE not in os.environ:
        return None
    what = "is a file, not a folder" if folder.is_file() else "holds no tables" if folder.exists() else "does not exist"
    todo = f"Name the folder of an ingest, or set {VARIABLE} to nothing for the tables that come with hnf."
    raise UsageError(f"'{folder}' {what}", where=VARIABLE, todo=todo)


def has_tables(folder: Path) -> bool:
    """Whether a folder holds tables."""
    return (folder / POINTER).is_file() or (folder / "authorities.csv").is_file()


def has_only_factors(folder: Path) -> bool:
    """Whether a folder holds factors that were ingested and no table at all: the shipped tables go with them."""
    return any(folder.glob(f"{FACTORS}/*/source.json")) and not has_tables(folder) and not any(folder.glob("*.csv"))


def tables_in(folder: Path) -> Path:
    """Return where the tables of a folder are: the set that `CURRENT` names, or the folder itself.

    Raises
    ------
    TableError
        If `CURRENT` names no set of tables.
    """
    pointer = folder / POINTER
    if not pointer.is_file():
        return folder
    named = pointer.read_text(encoding="utf-8", errors="replace").strip()
    if not _NAMED.match(named) or not (folder / named).is_dir():
        held = sorted(path.name for path in (folder / GENERATIONS).glob("[0-9]*"))
        raise TableError(
            f"{POINTER} names '{named[:40]}', which is not a set of tables here; there is {', '.join(held) or 'none'}",
            where=str(folder),
            todo=f"Write {GENERATIONS}/NNNN of one of them into {POINTER}, or use --data shipped.",
        )
    return folder / named


#: Larger than any file that is published, catalogued or written by hand.
_MOST_BYTES = 1 << 30


def read_file(path: Path, most_bytes: int = _MOST_BYTES) -> bytes:
    """Return the bytes of a file; a device or a pipe, which need have no end, is an OSError as what is missing is."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file", str(path))
    if found.st_size > most_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes", str(path))
    return path.read_bytes()
