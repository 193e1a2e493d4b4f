"""Locks between processes that write to one place, by `filelock`: one that is killed leaves none behind."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hnf.errors import HnfError, TableError

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
    """Hold a lock that at most one thread of one process holds at a time.

    Parameters
    ----------
    path : Path
        File of the lock, removed at the end; its folder must be there.
    place : Path
        Named in messages.
    refusal : callable
        Makes the error for when another still holds it after so many seconds.
    seconds : float
        How long to wait for another.
    is_needed : bool
        Whether nothing may be done where the file system has no locks.

    Yields
    ------
    bool
        Whether it is held.

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
