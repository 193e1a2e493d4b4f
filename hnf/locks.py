"""Locks on a folder that processes of one machine, or of several that share the folder, write into.

A lock goes with its process: one that is killed leaves none behind. Windows has no locks of this kind; there nothing
is locked, and folders are still put in place as a whole.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from hnf.errors import TableError, UsageError

_PAUSE_SECONDS = 0.05
#: Longer than it takes to write one folder of files, even to a slow disk.
_PATIENCE_SECONDS = 60.0


@contextmanager
def hold_alone(path: Path) -> Iterator[None]:
    """Hold a file that at most one process holds at a time, and write into it who that is.

    Parameters
    ----------
    path : Path
        Created if it is missing, emptied at the end.

    Raises
    ------
    UsageError
        If another process holds it.
    TableError
        If the file system has no locks.
    """
    with _opened(path) as file:
        if not _lock(file, shared=False):
            holder = file.read().strip() or "another process"
            raise UsageError(
                f"{holder} is writing into this folder",
                where=str(path.parent.parent),
                todo="Wait until it is done, or choose another folder.",
            )
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        yield
        file.truncate(0)


@contextmanager
def hold_together(path: Path) -> Iterator[None]:
    """Hold a file that any number of processes hold at a time; see `wait_until_free`."""
    with _opened(path) as file:
        while not _lock(file, shared=True):
            time.sleep(_PAUSE_SECONDS)
        yield


def wait_until_free(path: Path, seconds: float) -> None:
    """Wait until nobody holds a file together with others any more.

    Raises
    ------
    UsageError
        If somebody still does after so many seconds.
    """
    end = time.monotonic() + seconds
    with _opened(path) as file:
        while not _lock(file, shared=False):
            if time.monotonic() > end:
                raise UsageError(
                    "workers of an earlier run are still writing into this folder",
                    where=str(path.parent.parent),
                    todo="Wait until they are done, or stop them.",
                )
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def hold_folder(folder: Path, seconds: float = _PATIENCE_SECONDS) -> Iterator[bool]:
    """Hold a folder itself, without a file in it, so that at most one thread of one process replaces what is in it.

    Parameters
    ----------
    folder : Path
        May be held already by whoever asks.
    seconds : float
        How long to wait for another process.

    Yields
    ------
    bool
        Whether it is held: not where the folder cannot be opened or its system has no locks on folders.

    Raises
    ------
    TableError
        If another process holds it for longer.
    """
    try:
        descriptor = None if sys.platform == "win32" else os.open(folder, os.O_RDONLY)
    except OSError:
        descriptor = None
    if descriptor is None:
        yield False
        return
    held: set[tuple[int, int]] = _held.__dict__.setdefault("folders", set())
    try:
        found = os.fstat(descriptor)
        key = (found.st_dev, found.st_ino)
        if key in held:
            yield True
        elif _lock_folder(descriptor, folder, seconds):
            held.add(key)
            try:
                yield True
            finally:
                held.discard(key)
        else:
            yield False
    finally:
        os.close(descriptor)


#: The folders that each thread holds.
_held = threading.local()


def _lock_folder(descriptor: int, folder: Path, seconds: float) -> bool:
    """Lock an open folder, or return that its file system cannot."""
    import fcntl

    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise TableError(
                    "another process is writing there",
                    where=str(folder),
                    todo="Wait until it is done, or choose another folder.",
                ) from None
            time.sleep(_PAUSE_SECONDS / 5)
        except OSError:
            return False
        else:
            return True


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise TableError(f"cannot write: {error.strerror}", where=str(path), todo="Choose another folder.") from error


def _lock(file: IO[str], *, shared: bool) -> bool:
    """Take the lock that ends with the file, or return that somebody else has it."""
    if sys.platform == "win32":
        return True
    import fcntl

    file.seek(0)
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise TableError(
            f"its file system has no locks ({error.strerror})", where=file.name, todo="Choose a folder on another disk."
        ) from error
    return True
