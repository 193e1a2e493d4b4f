"""Fetches files from their publishers into a folder, and never puts one in the place of another.

A file is found (`publishers`, `ees`), downloaded into a `.part` beside its place, compared with the catalogue and with
what is there already, and only then given its name. What differs is kept beside as a new edition, under a name that
ends with the start of its hash. Each download is noted in `fetched.json` beside the files: what was fetched, when, from
which address and with which hash. One process at a time writes below a folder; another one waits.
"""

from __future__ import annotations

import datetime
import errno
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock, Timeout

from hnf.errors import SourceError, TableError, UsageError
from hnf.fetch.ees import EesClient, fetch_counts, find_release, query_address
from hnf.fetch.publishers import DATA_SET, EXTRACT, Wanted, find_attachment, find_workbook
from hnf.fetch.web import TryAgainError, Web
from hnf.files import replace_file, stays_below
from hnf.paths import read_file
from hnf.sources.catalogue import Address
from hnf.text import as_json, slug_of

NAME = "fetched.json"
_LOCK = ".fetched.lock"
_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Record:
    """One download, noted below the folder of the log; of what the publisher does not state, nothing."""

    id: str
    path: str
    #: `fetched` (the catalogued file, or one that no entry describes) or `new_edition`.
    status: str
    #: Where the bytes came from after redirects; the page is the one that led there.
    address: str
    page: str
    at: str
    bytes: int
    sha256: str
    etag: str = ""
    last_modified: str = ""
    published: str = ""
    #: What was asked in the publisher's place.
    mirror: str = ""


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def held(folder: Path, *, timeout_s: float = 900, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a folder, so that no other hnf writes below it."""
    lock = FileLock(folder / _LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(Timeout):
            lock.acquire(timeout=0)
        if not lock.is_locked:
            waiting()
            lock.acquire(timeout=timeout_s)
    except Timeout as error:
        what = f"another hnf has been fetching into this folder for more than {timeout_s:g} seconds"
        todo = "Wait for it or stop it, or give another folder with --out."
        raise SourceError(what, where=str(folder), todo=todo) from error
    except OSError as error:
        what = f"cannot write: {error.strerror}"
        raise SourceError(what, where=str(folder), todo="Give another folder with --out.") from error
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
        document: Any = json.loads(read_file(path))
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
        what = f"the log of fetched files cannot be read ({error})"
        todo = "Move it away; a new one is begun, and the files stay where they are."
        raise SourceError(what, where=str(path), todo=todo) from error


@contextmanager
def noted(folder: Path, record: Record) -> Iterator[None]:
    """Add a record before a file gets its name, and take it back if it gets none; the folder must be held.

    In this order a run that is killed leaves no file that nobody has noted: the next one fetches it again and notes it
    once. A run that is asked to end just after the file got its name keeps the record, for the same reason.
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


_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<script")
#: First bytes by suffix; a suffix that is not here is text.
_MAGIC = {".ods": _ZIP, ".xlsx": _ZIP, ".zip": _ZIP, ".xls": _OLE}


def check_kind(head: bytes, suffixes: tuple[str, ...], content_type: str, address: str) -> None:
    """Check the first bytes of an answer against the kinds of file that will do."""
    if any(_is(head, suffix) for suffix in suffixes):
        return
    web_page = _is_html(head)
    found = "a web page" if web_page else f"something else ({content_type or 'of no stated type'})"
    what = f"{found} came in place of a file of the kind {' or '.join(suffixes)}"
    moved = "The publisher may have moved the file: open the page in a browser."
    todo = moved if web_page else "Open the publisher's page in a browser and see what is there."
    raise SourceError(what, where=address, todo=todo)


def suffix_of(content: bytes, allowed: tuple[str, ...]) -> str:
    """Return the suffix that fits the bytes: what a workbook is shows inside it, not in its name."""
    fitting = [suffix for suffix in allowed if _is(content, suffix)]
    if content.startswith(_ZIP):
        inside = {".ods": b"content.xml", ".xlsx": b"[Content_Types].xml"}
        fitting = [suffix for suffix in fitting if suffix not in inside or inside[suffix] in content] or fitting
    return (fitting or list(allowed))[0]


def _is(head: bytes, suffix: str) -> bool:
    if suffix in _MAGIC:
        return head.startswith(_MAGIC[suffix])
    is_binary = head.startswith((_ZIP, _OLE, b"%PDF")) or b"\0" in head
    return bool(head.strip()) and not is_binary and not _is_html(head)


def _is_html(head: bytes) -> bool:
    return head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML_STARTS)


Progress = Callable[[int, int | None], None]

_PIECE = 1 << 16
#: Bytes that show what kind of file it is; with fewer in the first piece the end of the file is waited for.
_ENOUGH = 512


@dataclass(frozen=True)
class Download:
    """A file that has arrived in `part`; of what the publisher does not state, nothing."""

    part: Path
    size: int
    sha256: str
    address: str
    etag: str = ""
    last_modified: str = ""
    mirror: str = ""


@dataclass(frozen=True)
class Known:
    """What an earlier download said of itself, for asking whether anything has changed since."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for the file only if it changed."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.last_modified} if self.last_modified else {}


def download(
    web: Web,
    address: str,
    part: Path,
    *,
    suffixes: tuple[str, ...],
    known: Known | None = None,
    progress: Progress = lambda *_: None,
) -> Download | None:
    """Download one file."""
    headers = {"Accept-Encoding": "identity", **(known.headers() if known else {})}

    def attempt() -> Download | None:
        with web.open("GET", address, headers=headers) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            if response.status_code != httpx.codes.OK:
                raise TryAgainError(f"a whole file was asked for, and {response.url.host} sent something else")
            _receive(web, address, response, part, suffixes=suffixes, progress=progress)
            return _finished(web, response, part, suffixes)

    try:
        return web.retry(address, attempt)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _receive(
    web: Web, address: str, response: httpx.Response, part: Path, *, suffixes: tuple[str, ...], progress: Progress
) -> None:
    """Write the bytes of an answer to a file, which is then on the disk as a whole."""
    length = response.headers.get("Content-Length", "")
    is_packed = response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")
    whole = int(length) if length.isdigit() and not is_packed else None
    _refuse_too_large(web, address, whole or 0)
    received = 0
    with _writing(part), part.open("wb") as file:
        for piece in response.iter_bytes():
            if not received and len(piece) >= _ENOUGH:
                check_kind(piece, suffixes, response.headers.get("Content-Type", ""), str(response.url))
            received += len(piece)
            _refuse_too_large(web, address, received)
            file.write(piece)
            progress(received, whole)
        file.flush()
        os.fsync(file.fileno())
    if not received or (whole is not None and received < whole):
        raise TryAgainError(f"the file broke off after {received:,} of {whole or 'an unknown number of'} bytes")


def _finished(web: Web, response: httpx.Response, part: Path, suffixes: tuple[str, ...]) -> Download:
    content = part.read_bytes()
    check_kind(content[:_PIECE], suffixes, response.headers.get("Content-Type", ""), str(response.url))
    if content.startswith(b"PK") and not zipfile.is_zipfile(part):
        # Packed while it is sent, so that no length is announced and only the archive itself tells.
        raise TryAgainError("the archive was cut short on its way")
    return Download(
        part=part,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        address=str(response.url),
        etag=response.headers.get("ETag", ""),
        last_modified=response.headers.get("Last-Modified", ""),
        mirror=web.mirror,
    )


def _refuse_too_large(web: Web, address: str, size: int) -> None:
    if size > web.limits.file_bytes:
        what = f"the file is larger than {web.limits.file_bytes:,} bytes, more than any of these files is"
        todo = "Look at the publisher's page: the address may lead to something else now."
        raise SourceError(what, where=address, todo=todo)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what the system says about a write into words."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        what = "the disk is full" if full else f"cannot write: {error.strerror}"
        todo = "Free some space or give another folder with --out; what was there before is as it was."
        raise SourceError(what, where=str(path), todo=todo) from error


FETCHED = "fetched"
THERE = "already_there"
NEW_EDITION = "new_edition"
NOT_AS_PUBLISHED = "extract"
WOULD_FETCH = "would_fetch"
FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a status of those above, where it is (nothing if nowhere), and what else to know.

    Parameters
    ----------
    bytes, sha256 : int or None, str
        Of the file that is there.
    address : str
        Where it came from after redirects.
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
    """Give a download its name, unless the same file is there already."""
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
    path = place.relative_to(out).as_posix()
    stated = {"etag": got.etag, "last_modified": got.last_modified, "published": address.published}
    record = Record(
        wanted.id, path, status, got.address, address.page, now(), got.size, got.sha256, **stated, mirror=got.mirror
    )
    try:
        with noted(out, record):
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


def before(wanted: Wanted, address: Address, out: Path) -> Record | None:
    """Return the last download of the same edition, if the file is still as it was."""
    for record in reversed(read(out)):
        if record.id == wanted.id and record.published == address.published and (record.etag or record.last_modified):
            return record if is_there(out, record) else None
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
    if one.suffix != ".zip" or one.read_bytes() == other.read_bytes():
        return one.read_bytes() == other.read_bytes()
    try:
        return _members(one) == _members(other)
    except (OSError, NotImplementedError, zipfile.BadZipFile):
        return False


def _members(path: Path) -> list[tuple[str, int, int]]:
    with zipfile.ZipFile(path) as archive:
        return sorted((member.filename, member.file_size, member.CRC) for member in archive.infolist())


def plan(wanted: Wanted, out: Path, *, via_api: bool = False) -> Outcome:
    """Say what fetching a file would do, without asking anybody.

    Returns
    -------
    Outcome
        `would_fetch`, `already_there` or `extract`.
    """
    if wanted.fetch["via"] == EXTRACT:
        return _extract(wanted)
    via_api = via_api or wanted.fetch["via"] == DATA_SET
    target = _target(wanted, out, via_api)
    found = None if via_api else catalogued_file(wanted, target)
    return found or Outcome(wanted.id, WOULD_FETCH, wanted.page, str(target))


def fetch(
    web: Web,
    wanted: Wanted,
    out: Path,
    *,
    latest: bool = False,
    via_api: bool = False,
    progress: Progress = lambda *_: None,
    waiting: Callable[[], None] = lambda: None,
) -> Outcome:
    """Fetch one file.

    Parameters
    ----------
    out : Path
        The folder of raw files.
    latest : bool
        Ask for the newest edition even where the catalogued one is there.
    via_api : bool
        Take the counts from EES's data API instead of a file, as is always done for a single data set.
    progress : callable
        Told the bytes received and, where known, the bytes in all.
    waiting : callable
        Called if another hnf is fetching into the folder and has to be waited for.

    Raises
    ------
    SourceError
        If it cannot be had; nothing that was in the folder before has changed.
    """
    if wanted.fetch["via"] == EXTRACT:
        return _extract(wanted)
    via_api = via_api or wanted.fetch["via"] == DATA_SET
    target = _target(wanted, out, via_api)
    if not latest and not via_api and (found := catalogued_file(wanted, target)):
        return found
    try:
        if via_api:
            return _fetch_counts(web, wanted, out, target, waiting)
        address = _find(web, wanted, latest=latest)
        with held(out, waiting=waiting):
            if not latest and (found := catalogued_file(wanted, target)):
                return found  # another process was faster
            return _fetch_file(web, wanted, address, out=out, target=target, progress=progress)
    except SourceError as error:
        save = f", save it as {target} and go on with --raw {out}" if wanted.source else " and give it to `hnf ingest`"
        hand = f"et the file by hand from {wanted.page}{save}."
        where = wanted.id if error.where in ("", wanted.id) else f"{wanted.id}, {error.where}"
        todo = f"{error.todo} Or g{hand}" if error.todo else f"G{hand}"
        raise SourceError(error.what, where=where, todo=todo) from error


def _find(web: Web, wanted: Wanted, *, latest: bool) -> Address:
    how = wanted.fetch
    match how["via"]:
        case "govuk":
            return find_attachment(web, wanted.page, how["match"], how.get("document", ""))
        case "dsg_page":
            return find_workbook(web, wanted.page, how["match"], "" if latest else wanted.published)
        case "ees_release":
            return find_release(web, how["publication"], how["release"], wanted.page)
        case _:
            return Address(how["url"], wanted.page)


def _fetch_file(web: Web, wanted: Wanted, address: Address, *, out: Path, target: Path, progress: Progress) -> Outcome:
    earlier = before(wanted, address, out)
    part = target.with_name(f"{target.name}.part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(f"cannot make the folder: {error.strerror}", where=str(part.parent)) from error
    known = Known(earlier.etag, earlier.last_modified) if earlier else None
    got = download(web, address.url, part, suffixes=wanted.suffixes, known=known, progress=progress)
    if got is None and earlier:
        return there(wanted, out / earlier.path, earlier.address)
    if got is None:
        raise SourceError("the answer says that nothing has changed, though there was no file", where=address.url)
    if not wanted.source:
        published = f"_{address.published}" if address.published else ""
        target = target.with_name(f"{target.name}{published}{suffix_of(part.read_bytes(), wanted.suffixes)}")
    return keep(wanted, got, address, out, target)


def _fetch_counts(web: Web, wanted: Wanted, out: Path, target: Path, waiting: Callable[[], None]) -> Outcome:
    how = wanted.fetch
    table = how.get("table", "ehc_plans")
    counts = fetch_counts(EesClient(web), how["publication"], how["data_set"], how["release"], table)
    release = slug_of(counts.release, otherwise="latest")
    target = target.with_name(f"{target.name}_{release}.csv")
    part = target.with_name(f"{target.name}.part")
    with held(out, waiting=waiting):
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(counts.content)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise SourceError(f"cannot write: {error.strerror}", where=str(part)) from error
        address = query_address(counts.data_set_id, counts.version)
        digest = hashlib.sha256(counts.content).hexdigest()
        got = Download(part, len(counts.content), digest, address, mirror=web.mirror)
        return keep(wanted, got, Address(address, wanted.page, counts.published), out, target)


def _target(wanted: Wanted, out: Path, via_api: bool) -> Path:
    if not via_api:
        return out / wanted.path
    if "data_set" not in wanted.fetch or wanted.source:
        raise UsageError(f"'{wanted.id}' is not in a data API", where="--via-api", todo="Leave --via-api out.")
    return out / f"{wanted.fetch['api_path']}"


def _extract(wanted: Wanted) -> Outcome:
    instead = wanted.fetch["instead"] or f"Look at {wanted.page}."
    return Outcome(wanted.id, NOT_AS_PUBLISHED, wanted.page, detail=f"Not published as it is. {instead}")
