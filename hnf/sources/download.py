"""Downloads one file: into a `.part` beside its place, taken up again where a connection broke, checked before use.

Nothing here decides what the file is called in the end; that is for `hnf.sources.fetch`, once size and hash are known.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from hnf.errors import SourceError
from hnf.sources.file_kinds import check_kind
from hnf.sources.web import Web
from hnf.sources.web_errors import TryAgainError, WebError

Progress = Callable[[int, int | None], None]

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
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
        Where the bytes are gathered. What an earlier run left there is taken up again if the publisher's file is still
        the same; after an error that will not pass it is removed.
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
    attempt = _Attempt(web, address, part, suffixes=suffixes, known=known, progress=progress)
    try:
        return web.retry(address, attempt.once)
    except SourceError as error:
        # A part that can be taken up again stays; of anything else nothing may look like a download.
        if not isinstance(error, WebError) or not attempt.can_resume():
            attempt.discard()
        raise


class _Attempt:
    """The attempts at one file, and what they share."""

    def __init__(
        self,
        web: Web,
        address: str,
        part: Path,
        *,
        suffixes: tuple[str, ...],
        known: Known | None,
        progress: Progress,
    ) -> None:
        self._web = web
        self._address = address
        self._part = part
        self._state = part.with_name(f"{part.name}.json")
        self._suffixes = suffixes
        self._known = known
        self._progress = progress

    def once(self) -> Download | None:
        headers = {"Accept-Encoding": "identity"}
        validator = self._validator()
        have = self._part.stat().st_size if validator else 0
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        elif self._known:
            headers |= self._known.headers()
        with self._web.open("GET", self._address, headers=headers) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                self.discard()  # what an earlier run may have left
                return None
            start = self._start(response, have)
            return self._receive(response, start)

    def discard(self) -> None:
        self._part.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    def can_resume(self) -> bool:
        return bool(self._validator()) and self._part.stat().st_size > 0

    def _validator(self) -> str:
        """Return the strong validator of what lies in the part file; empty where it cannot be taken up again."""
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            usable = state["address"] == self._address and self._part.is_file()
            return str(state["validator"]) if usable else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _start(self, response: httpx.Response, have: int) -> int:
        """Return how many bytes of the part file the answer goes on from."""
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            found = _RANGE.match(response.headers.get("Content-Range", ""))
            if have and found and int(found[1]) == have and not _encoding(response):
                whole = found[2]
                if whole == "*" or have < int(whole):  # what is longer than the whole is no part of it
                    return have
        elif response.status_code == httpx.codes.OK:
            return 0
        self.discard()
        raise TryAgainError(f"the rest of the file was asked for, and {response.url.host} sent something else")

    def _receive(self, response: httpx.Response, start: int) -> Download:
        length = response.headers.get("Content-Length", "")
        whole = start + int(length) if length.isdigit() and not _encoding(response) else None
        self._refuse_too_large(whole or 0)
        received = start
        until = self._web.clock() + self._web.limits.total_s
        with _writing(self._part):
            if not start:
                self._begin(response)
            with self._part.open("ab" if start else "wb") as file:
                for piece in response.iter_bytes():  # as it comes, so that what came before a break is kept
                    if not received and len(piece) >= _ENOUGH:
                        check_kind(piece, self._suffixes, response.headers.get("Content-Type", ""), str(response.url))
                    received += len(piece)
                    self._refuse_too_large(received)
                    file.write(piece)
                    self._progress(received, whole)
                    if self._web.clock() > until:
                        raise TryAgainError(f"the file was not complete after {self._web.limits.total_s:g} seconds")
                file.flush()
                os.fsync(file.fileno())
        if not received or (whole is not None and received < whole):
            raise TryAgainError(f"the file broke off after {received:,} of {whole or 'an unknown number of'} bytes")
        return self._finished(response)

    def _begin(self, response: httpx.Response) -> None:
        """Note what the part file will be a part of; without a strong validator there is no going on later."""
        etag = response.headers.get("ETag", "")
        validator = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
        self._state.unlink(missing_ok=True)
        if validator and not _encoding(response):
            self._state.write_text(json.dumps({"address": self._address, "validator": validator}), encoding="utf-8")

    def _finished(self, response: httpx.Response) -> Download:
        digest = hashlib.sha256()
        with self._part.open("rb") as file:
            head = file.read(_PIECE)
            check_kind(head, self._suffixes, response.headers.get("Content-Type", ""), str(response.url))
            digest.update(head)
            while piece := file.read(_PIECE):
                digest.update(piece)
        if head.startswith(b"PK") and not zipfile.is_zipfile(self._part):
            self.discard()  # packed while it is sent, so that no length is announced and only the archive itself tells
            raise TryAgainError("the archive was cut short on its way")
        self._state.unlink(missing_ok=True)
        return Download(
            part=self._part,
            size=self._part.stat().st_size,
            sha256=digest.hexdigest(),
            address=str(response.url),
            name=_name(response),
            etag=response.headers.get("ETag", ""),
            last_modified=response.headers.get("Last-Modified", ""),
            mirror=self._web.mirror,
        )

    def _refuse_too_large(self, size: int) -> None:
        if size > self._web.limits.file_bytes:
            self.discard()
            raise SourceError(
                f"the file is larger than {self._web.limits.file_bytes:,} bytes, more than any of these files is",
                where=self._address,
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


def _encoding(response: httpx.Response) -> bool:
    return response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")


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
