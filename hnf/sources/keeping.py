"""Gives a download its name, or finds that the same file is there already; what differs is kept beside it."""

from __future__ import annotations

import hashlib
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hnf.errors import SourceError
from hnf.sources import fetch_log
from hnf.sources.download import Download
from hnf.sources.finding import Address
from hnf.sources.wanted import Wanted

FETCHED = "fetched"
THERE = "already_there"
NEW_EDITION = "new_edition"
NOT_AS_PUBLISHED = "extract"
WOULD_FETCH = "would_fetch"
FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Parameters
    ----------
    id, status, page : str
        Status is `fetched`, `already_there`, `new_edition`, `extract`, `would_fetch` or `failed`.
    path : str
        Where the file lies; empty where there is none.
    bytes, sha256 : int or None, str
        Of that file.
    address : str
        Where it came from after redirects.
    detail : str
        What else there is to know, in words.
    """

    id: str
    status: str
    page: str
    path: str = ""
    bytes: int | None = None
    sha256: str = ""
    address: str = ""
    detail: str = ""


def keep(wanted: Wanted, got: Download, address: Address, out: Path, target: Path) -> Outcome:
    """Give a download its name, unless the same file is there already.

    Parameters
    ----------
    wanted : Wanted
    got : Download
        Its part file is moved or, where the same file is there, removed.
    address : Address
        Where it was found.
    out : Path
        The folder of raw files; it must be held (`fetch_log.held`).
    target : Path
        Where the file belongs.

    Returns
    -------
    Outcome
        `fetched`, `already_there` or `new_edition`.

    Raises
    ------
    SourceError, TableError
        If the file or the log cannot be written.
    """
    catalogued, words = _is_catalogued(wanted, got)
    for other in (target, *sorted(target.parent.glob(f"{target.stem}.????????????{target.suffix}"))):
        if other.is_file() and _same(other, got.part):
            got.part.unlink()
            return there(wanted, other, got.address)
    free = not target.exists()
    as_described = catalogued or not wanted.source
    place = target if free and as_described else target.with_name(f"{target.stem}.{got.sha256[:12]}{target.suffix}")
    status = FETCHED if catalogued or (free and as_described) else NEW_EDITION
    if status == NEW_EDITION:
        words = (
            f"The publisher has another edition than the one {'catalogued' if wanted.source else 'here'}: it is kept "
            f"beside as {place.name}. Load it with `hnf ingest {place}`."
        )
    elif not free:
        words = f"{target} is another file: the right one is kept beside as {place.name}. Move the wrong one away."
    record = fetch_log.Record(
        id=wanted.id,
        path=place.relative_to(out).as_posix(),
        status=status,
        address=got.address,
        page=address.page,
        at=fetch_log.now(),
        bytes=got.size,
        sha256=got.sha256,
        etag=got.etag,
        last_modified=got.last_modified,
        published=address.published,
        mirror=got.mirror,
    )
    try:
        with fetch_log.noted(out, record):
            got.part.replace(place)
    except OSError as error:
        raise SourceError(f"cannot write: {error.strerror}", where=str(place)) from error
    finally:
        with suppress(OSError):
            got.part.unlink(missing_ok=True)
    return _outcome(wanted, status, place, got.address, words)


def catalogued_file(wanted: Wanted, target: Path) -> Outcome | None:
    """Return the outcome of finding the catalogued file in its place; None where it is not there."""
    if wanted.source is None or not target.is_file():
        return None
    try:
        wanted.source.read(target.parents[len(Path(wanted.path).parts) - 1])
    except SourceError:
        return None
    return there(wanted, target, "")


def before(wanted: Wanted, address: Address, out: Path) -> fetch_log.Record | None:
    """Return the last download of the same edition, if the file is still as it was."""
    for record in reversed(fetch_log.read(out)):
        if record.id == wanted.id and record.published == address.published and (record.etag or record.last_modified):
            return record if fetch_log.is_there(out, record) else None
    return None


def there(wanted: Wanted, path: Path, address: str) -> Outcome:
    """Return the outcome of a file that is there already, saying so where it is not the catalogued one."""
    other = wanted.source is not None and path.name != Path(wanted.path).name
    words = f"It is another edition than the catalogued one. Load it with `hnf ingest {path}`." if other else ""
    return _outcome(wanted, THERE, path, address, words)


def _outcome(wanted: Wanted, status: str, path: Path, address: str, detail: str = "") -> Outcome:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return Outcome(wanted.id, status, wanted.page, str(path), len(content), digest, address, detail)


def _is_catalogued(wanted: Wanted, got: Download) -> tuple[bool, str]:
    if wanted.source is None:
        return False, ""
    if got.sha256 == wanted.source.sha256:
        return True, ""
    if wanted.source.is_packed_anew(got.part.read_bytes()):
        return True, f"Packed anew by the publisher; {wanted.source.detail['member']} in it is the catalogued one."
    return False, ""


def _same(one: Path, other: Path) -> bool:
    """Whether two files are the same, or are archives with the same files in them."""
    if one.read_bytes() == other.read_bytes():
        return True
    if one.suffix != ".zip":
        return False
    try:
        return _members(one) == _members(other)
    except (OSError, NotImplementedError, zipfile.BadZipFile):
        return False


def _members(path: Path) -> list[tuple[str, int, int]]:
    with zipfile.ZipFile(path) as archive:
        return sorted((member.filename, member.file_size, member.CRC) for member in archive.infolist())
