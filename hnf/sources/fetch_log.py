"""`fetched.json` beside the files: what was fetched, when, from which address, and with which hash.

One process at a time writes below a folder; another one waits. The log is written anew as a whole and put in place of
the old one, so that it is never half written.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hnf.errors import SourceError, TableError
from hnf.folders import replace_file, stays_below
from hnf.plain_text import as_json

NAME = "fetched.json"
_LOCK = ".fetched.lock"
_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Record:
    """One download.

    Parameters
    ----------
    id : str
        Source or series.
    path : str
        Where the file lies, below the folder of the log.
    status : str
        `fetched` (the catalogued file, or one that no entry describes) or `new_edition`.
    address, page : str
        Where the bytes came from after redirects, and the page the address was found on.
    at : str
        When, UTC.
    bytes, sha256 : int, str
    etag, last_modified : str
        As the publisher states them; empty where not stated.
    published : str
        Date of the edition as the publisher's page states it; empty where it does not.
    mirror : str
        The mirror that was asked in the publisher's place; empty where the publisher was.
    """

    id: str
    path: str
    status: str
    address: str
    page: str
    at: str
    bytes: int
    sha256: str
    etag: str = ""
    last_modified: str = ""
    published: str = ""
    mirror: str = ""


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def held(folder: Path, *, timeout_s: float = 900, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a folder, so that no other hnf writes below it.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    timeout_s : float
        How long to wait for another process.
    waiting : callable
        Called once if there is another process to wait for.

    Raises
    ------
    SourceError
        If the folder cannot be made or another process does not let go of it.
    """
    lock = FileLock(folder / _LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire(timeout=timeout_s)
    except Timeout as error:
        raise SourceError(
            f"another hnf has been fetching into this folder for more than {timeout_s:g} seconds",
            where=str(folder),
            todo="Wait for it or stop it, or give another folder with --out.",
        ) from error
    except OSError as error:
        raise SourceError(
            f"cannot write: {error.strerror}", where=str(folder), todo="Give another folder with --out."
        ) from error
    try:
        yield
    finally:
        lock.release()


def read(folder: Path) -> list[Record]:
    """Return the records, oldest first; none where there is no log.

    Raises
    ------
    SourceError
        If there is a log that cannot be read.
    """
    path = folder / NAME
    try:
        document: Any = json.loads(path.read_bytes())
        if document["schema_version"] != _SCHEMA_VERSION:
            raise ValueError(f"its schema_version is {document['schema_version']}, not {_SCHEMA_VERSION}")
        records = [Record(**entry) for entry in document["files"]]
        outside = [record.path for record in records if not stays_below(record.path)]
        if outside:
            raise ValueError(f"the path '{outside[0]}' does not stay below this folder")
        return records
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"the log of fetched files cannot be read ({error})",
            where=str(path),
            todo="Move it away; a new one is begun, and the files stay where they are.",
        ) from error


@contextmanager
def noted(folder: Path, record: Record) -> Iterator[None]:
    """Add a record before a file gets its name, and take it back if it gets none; the folder must be held.

    In this order a run that is killed leaves no file that nobody has noted: the next one fetches it again and notes it
    once. A run that is asked to end just after the file got its name keeps the record, for the same reason.

    Raises
    ------
    SourceError, TableError
        If there is a log that cannot be read, or it cannot be written; the old one is then as it was.
    """
    path = folder / NAME
    old = path.read_bytes() if path.is_file() else None
    append(folder, record)
    try:
        yield
    except BaseException:
        with suppress(OSError, TableError):
            if not is_there(folder, record):
                path.unlink() if old is None else replace_file(path, old)
        raise


def is_there(folder: Path, record: Record) -> bool:
    """Whether the file of a record is where it was put, and as it was."""
    path = folder / record.path
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == record.sha256


def append(folder: Path, record: Record) -> None:
    """Add a record; the folder must be held. Of one that differs in nothing but the time, the later is kept.

    Raises
    ------
    SourceError, TableError
        If there is a log that cannot be read, or it cannot be written; the old one is then as it was.
    """
    others = [entry for entry in read(folder) if replace(entry, at=record.at) != record]
    files = [asdict(entry) for entry in (*others, record)]
    document = {"schema_version": _SCHEMA_VERSION, "files": files}
    replace_file(folder / NAME, f"{as_json(document, indent=1)}\n".encode())
