"""Writes a folder of files as a whole: beside the old one, then in its place, so that nothing is half written.

Whoever replaces a file or a folder holds a lock beside it. A process that is killed lets go of it and may leave what it
was making, hidden, beside the place it was meant for; the next one that replaces the same finds and removes it.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hnf.errors import HnfError, TableError


def check_place(place: Path, *, is_folder: bool = True) -> None:
    """Refuse a place for a folder or a file that cannot be written, before the work for it is done.

    Raises
    ------
    TableError
        If it is of another kind, a device among them, or its folder is missing its rights, full, or not a folder.
    """
    try:
        whole = Path(os.path.realpath(place))  # where pathlib fails on a link to itself
        _require_kind(whole, is_folder=is_folder)
        beside = next(parent for parent in whole.parents if os.path.lexists(parent))
        for folder in (beside, whole) if is_folder and whole.exists() else (beside,):
            with tempfile.TemporaryFile(dir=folder) as probe:  # which has no name, so that nothing is left of it
                probe.write(b"hnf")
        if not is_folder and beside != whole.parent:
            raise OSError(errno.ENOENT, f"there is no folder '{place.parent}'")
    except OSError as error:
        raise _refused(error, place) from error


def _require_kind(place: Path, *, is_folder: bool) -> None:
    """Raise an OSError where something of another kind is in the place: a device would be gone for good."""
    if place.exists() and not (place.is_dir() if is_folder else place.is_file()):
        raise OSError(errno.EEXIST, f"what is of this name is not a {'folder' if is_folder else 'file'}")


_PAUSE_SECONDS = 0.01
#: Longer than it takes to write one folder of files, even to a slow disk.
_PATIENCE_SECONDS = 60.0
#: What a file system says that has no locks, as some network disks have none.
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)


@contextmanager
def exclusive_lock(
    path: Path,
    place: Path,
    refusal: Callable[[], HnfError],
    *,
    seconds: float = _PATIENCE_SECONDS,
    is_needed: bool = True,
) -> Iterator[bool]:
    """Hold a lock that at most one thread of one process holds at a time, and yield whether it is held.

    Parameters
    ----------
    path : Path
        File of the lock, removed at the end; its folder must be there.
    place : Path
        Named in messages.
    refusal : callable
        Makes the error for when another still holds it after so many seconds.
    is_needed : bool
        Whether nothing may be done where the file system has no locks.

    Raises
    ------
    HnfError
        The refusal.
    TableError
        If the lock cannot be written, or the file system has none and one is needed.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        path.parent.stat()  # or filelock would make the folder
        lock.acquire(timeout=seconds, poll_interval=_PAUSE_SECONDS)
    except Timeout:
        raise refusal() from None
    except (OSError, NotImplementedError) as error:
        has_no_locks = isinstance(error, NotImplementedError) or error.errno in _NO_LOCKS
        if is_needed or not has_no_locks:
            why = "its file system has no locks" if has_no_locks else getattr(error, "strerror", None) or error
            todo = "Choose another place or free some space."
            raise TableError(f"cannot write: {why}", where=str(place), todo=todo) from error
    try:
        yield lock.is_locked
    finally:
        if lock.is_locked:
            with suppress(OSError):  # Windows removes no open file; there filelock does, as it lets go
                path.unlink()
            lock.release()


#: `tempfile` puts so many random letters behind its prefix.
_RANDOM_LETTERS = 8


def stays_below(path: str) -> bool:
    """Whether a path with forward slashes leads to something below its folder, on every system."""
    # What is one name with a backslash in it to one system are two to another.
    parts = re.split(r"[/\\]", path)
    return not re.match(r"[A-Za-z]:", path) and "\0" not in path and all(part.strip(". ") for part in parts)


@contextmanager
def hold_place(place: Path, *, seconds: float = 60.0) -> Iterator[bool]:
    """Hold a lock on what a file or folder is called, by a hidden file beside it, and yield whether there is one.

    Raises
    ------
    TableError
        If another process holds it for longer.
    """

    def refusal() -> TableError:
        todo = "Wait until it is done, or choose another folder."
        return TableError("another process is writing there", where=str(place), todo=todo)

    beside = place.with_name(f".{place.name.removeprefix('.')}.hnf-lock")
    with exclusive_lock(beside, place, refusal, seconds=seconds, is_needed=False) as is_held:
        yield is_held


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder beside `folder`, then let it take its place.

    Parameters
    ----------
    folder : Path
        Replaced as a whole; what was in it before is gone afterwards.
    files : mapping of str to bytes
        Content by path relative to the folder, with forward slashes.

    Raises
    ------
    TableError
        If the folder cannot be written; what was there before is still there.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with hold_place(folder) as is_held:
            _restore(folder)
            if is_held:
                _remove_unfinished(folder)
            new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.hnf-", dir=folder.parent))
            try:
                for name, content in files.items():
                    path = new / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                new.chmod(0o755)
                _swap(new, folder)
            except BaseException:
                shutil.rmtree(new, ignore_errors=True)
                raise
    except OSError as error:
        raise _refused(error, folder) from error


def put_in_place(new: Path, folder: Path) -> None:
    """Let a folder that is beside `folder` take its place, as a whole.

    Raises
    ------
    TableError
        If it cannot; both are then as they were.
    """
    folder = folder.resolve()
    try:
        with hold_place(folder):
            _restore(folder)
            _swap(new, folder)
    except OSError as error:
        raise _refused(error, folder) from error


def clear_leftovers(folder: Path) -> None:
    """Remove what a process that was killed while it replaced `folder` left beside it.

    If it was killed after it had put the old folder aside, that one is put back. The caller sees to it that nobody else
    replaces the folder at the same time.

    Raises
    ------
    TableError
        If something cannot be removed.
    """
    folder = folder.resolve()
    try:
        _restore(folder)
        _remove_unfinished(folder)
    except OSError as error:
        raise TableError(f"cannot remove what an earlier run left: {error.strerror}", where=str(folder)) from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside `path`, then let it take its place; nobody else may be doing the same, see `hold_place`.

    Raises
    ------
    TableError
        If it cannot be written; what was there before is still there.
    """
    beside = path.with_name(f".{path.name}.hnf-new")
    try:
        _require_kind(path, is_folder=False)
        beside.write_bytes(content)
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _refused(error, path) from error
        raise


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.hnf-old")


def _swap(new: Path, folder: Path) -> None:
    """Put the old folder aside and the new one in its place; on any error the old one is put back."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(0, "there is a file of this name", str(folder))
    old = _old(folder)
    try:
        if folder.exists():
            folder.rename(old)
        new.replace(folder)
    except BaseException:
        with suppress(OSError):
            _restore(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _restore(folder: Path) -> None:
    """Undo or finish what was cut off between the two renames of `_swap`."""
    old = _old(folder)
    if old.exists():
        shutil.rmtree(old) if folder.exists() else old.rename(folder)


def _remove_unfinished(folder: Path) -> None:
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.hnf-{'?' * _RANDOM_LETTERS}"):
        shutil.rmtree(left)


def _refused(error: OSError, place: Path) -> TableError:
    return TableError(
        f"cannot write: {error.strerror or error}", where=str(place), todo="Choose another place or free some space."
    )
