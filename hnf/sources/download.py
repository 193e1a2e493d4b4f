"""Downloads one file: into a `.part` beside its place, checked before use.

Nothing here decides what the file is called in the end; that is for `hnf.sources.fetch`, once size and hash are known.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from hnf.errors import SourceError
from hnf.sources.file_kinds import check_kind
from hnf.sources.web import Web
from hnf.sources.web_errors import TryAgainError

Progress = Callable[[int, int | None], None]

_PIECE = 1 << 16
#: Bytes that show what kind of file it is; with fewer in the first piece the end of the file is waited for.
_ENOUGH = 512


@dataclass(frozen=True)
class Download:
    """A file that has arrived.

    Parameters
    ----------
    part : Path
        Where it lies.
    size, sha256 : int, str
        Of the bytes.
    address : str
        Where they came from in the end, after redirects.
    name : str
        What the publisher calls the file; empty where the answer does not say.
    etag, last_modified : str
        As the publisher states them; empty where not stated.
    mirror : str
        The mirror that was asked in the publisher's place; empty where the publisher was.
    """

    part: Path
    size: int
    sha256: str
    address: str
    name: str = ""
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
    """Download one file.

    Parameters
    ----------
    web : Web
    address : str
    part : Path
        Where the bytes are gathered; what is there is overwritten, and after an error nothing is left.
    suffixes : tuple of str
        Kinds of file that will do, as `.ods`.
    known : Known, optional
        Of the file that is already there.
    progress : callable
        Told the bytes received so far and, where known, the bytes in all.

    Returns
    -------
    Download or None
        None if the file is the known one.

    Raises
    ------
    SourceError
        If the file cannot be had, is not of the kind, is larger than a file may be, or cannot be written.
    """
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
    until = web.clock() + web.limits.total_s
    with _writing(part), part.open("wb") as file:
        for piece in response.iter_bytes():
            if not received and len(piece) >= _ENOUGH:
                check_kind(piece, suffixes, response.headers.get("Content-Type", ""), str(response.url))
            received += len(piece)
            _refuse_too_large(web, address, received)
            file.write(piece)
            progress(received, whole)
            if web.clock() > until:
                raise TryAgainError(f"the file was not complete after {web.limits.total_s:g} seconds")
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
        name=_name(response),
        etag=response.headers.get("ETag", ""),
        last_modified=response.headers.get("Last-Modified", ""),
        mirror=web.mirror,
    )


def _refuse_too_large(web: Web, address: str, size: int) -> None:
    if size > web.limits.file_bytes:
        raise SourceError(
            f"the file is larger than {web.limits.file_bytes:,} bytes, more than any of these files is",
            where=address,
            todo="Look at the publisher's page: the address may lead to something else now.",
        )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what the system says about a write into words."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise SourceError(
            "the disk is full" if full else f"cannot write: {error.strerror}",
            where=str(path),
            todo="Free some space or give another folder with --out; what was there before is as it was.",
        ) from error


def _name(response: httpx.Response) -> str:
    """Return the publisher's name of a file, safe to be used below a folder; empty where there is none.

    It comes from `Content-Disposition` (the plain or the encoded form) or from the end of the address.
    """
    disposition = response.headers.get("Content-Disposition", "")
    encoded = re.search(r"filename\*\s*=\s*[\w-]*'[^']*'([^;\s]+)", disposition, re.IGNORECASE)
    plain = re.search(r'filename\s*=\s*("?)([^";]+)\1', disposition, re.IGNORECASE)
    text = unquote(encoded[1]) if encoded else plain[2] if plain else unquote(urlsplit(str(response.url)).path)
    last = re.split(r"[/\\]", text.strip())[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", last).strip("._-")[-120:]
