"""Writes the user's folder: one ingest at a time, each a new set of tables that `CURRENT` names once it is there.

While a set is being written, the file `.begun` names it, so that the next ingest can remove what one that was killed
has left, and nothing else: a set that the user has put aside, by naming another in `CURRENT`, stays.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from hnf.errors import TableError
from hnf.folders import clear_leftovers, replace_file, replace_folder
from hnf.user_folder import GENERATIONS, POINTER, tables_in

#: Sets of tables that are kept: the one in use, and the one before it for whoever is reading it.
_KEPT = 2
_LOCK = ".lock"
_BEGUN = ".begun"
_NAMED = re.compile(rf"{GENERATIONS}/\d{{4}}")


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, and remove what an ingest that was killed has left in it.

    The system lets go of the lock when the process ends, however it ends.

    Raises
    ------
    TableError
        If another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK, timeout=0)
        lock.acquire()
    except Timeout as error:
        raise TableError(
            "another `hnf ingest` is writing to this folder",
            where=str(folder),
            todo="Wait until it is done and try again; nothing was changed.",
        ) from error
    except OSError as error:
        raise TableError(
            f"cannot write: {error.strerror}", where=str(folder), todo="Choose another folder with --data."
        ) from error
    try:
        _clear(folder)
        yield
    finally:
        lock.release()


def write_tables(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write a new set of tables and let it take the place of the one in use.

    Parameters
    ----------
    folder : Path
        The user's folder, of which the caller is the sole writer.
    files : mapping of str to bytes
        Content by name.

    Returns
    -------
    Path
        Where the new set is.

    Raises
    ------
    TableError
        If anything cannot be written; the set in use is then as it was.
    """
    sets = folder / GENERATIONS
    numbers = [int(path.name) for path in sets.glob("[0-9]*") if re.fullmatch(r"\d{4}", path.name)]
    new = sets / f"{max(numbers, default=0) + 1:04d}"
    before = tables_in(folder)
    named = f"{GENERATIONS}/{new.name}\n".encode()
    try:
        replace_file(folder / _BEGUN, named)
        replace_folder(new, files)
        replace_file(folder / POINTER, named)
    except BaseException:
        with suppress(TableError):
            _clear(folder)
        raise
    if _remove_old(sets, {new, before}):  # else the next ingest does what was left to do
        (folder / _BEGUN).unlink()
    return new


def _clear(folder: Path) -> None:
    """Undo a set that was begun and that `CURRENT` does not name; of one that it names, do what was left to do."""
    begun = folder / _BEGUN
    try:
        if not begun.is_file():
            return
        named = begun.read_text(encoding="utf-8", errors="replace").strip()
        new = folder / named
        if not _NAMED.fullmatch(named):
            pass  # not of a run of this program: nothing is removed for it
        elif (folder / POINTER).is_file() and (folder / POINTER).read_text(encoding="utf-8").strip() == named:
            if not _remove_old(new.parent, {new}):
                return
        elif new.parent.is_dir():
            clear_leftovers(new)
            if new.is_dir():
                shutil.rmtree(new)
        begun.unlink()
    except OSError as error:
        raise TableError(f"cannot remove what an earlier run left: {error.strerror}", where=str(folder)) from error


def _remove_old(sets: Path, in_use: set[Path]) -> bool:
    """Remove the sets that are neither in use nor the last; return whether they are gone."""
    held = sorted(path for path in sets.iterdir() if path.is_dir())
    keep = {*in_use, *held[-_KEPT:]}
    for path in held:
        if path not in keep:
            shutil.rmtree(path, ignore_errors=True)
    return not any(path.exists() for path in held if path not in keep)
