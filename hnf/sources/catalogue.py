"""The catalogue of published files: what each is, where it came from and the hash that identifies it."""

from __future__ import annotations

import calendar
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hnf.errors import SourceError
from hnf.files import stays_below
from hnf.paths import data_folder, read_file

_REQUIRED = (
    "id", "path", "publisher", "title", "page", "published", "licence", "as_published", "bytes", "sha256", "layout",
)  # fmt: skip
#: Kinds of value that are not text, and how they are called.
_KINDS: dict[str, type] = {"as_published": bool, "bytes": int, "feeds": list}
_KIND_WORDS = {bool: "true or false", int: "whole number", list: "list", str: "text"}


@dataclass(frozen=True)
class Source:
    """One published file.

    Parameters
    ----------
    path : str
        Below the folder of raw files.
    published : str
        As the publisher states it: a date, a month or a year.
    as_published : bool
        True where the file is the publisher's own bytes, False for an extract of the published figures.
    size : int
        In bytes.
    layout : str
        Names the loader; `none` where no table draws on it.
    feeds : tuple of str
        Tables it feeds.
    detail : dict
        What the loader needs besides: year, release, sheet or member.
    """

    id: str
    path: str
    publisher: str
    title: str
    page: str
    published: str
    licence: str
    as_published: bool
    size: int
    sha256: str
    layout: str
    feeds: tuple[str, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def published_by(self) -> str:
        """The day by which it was surely published, as an ISO date: of a month or a year, the last day."""
        found = re.findall(r"\d{4}(?:-\d\d(?:-\d\d)?)?", self.published)
        if not found:
            return "9999"
        year, month, day = [*found[-1].split("-"), "", ""][:3]
        if day:
            return str(found[-1])
        last = calendar.monthrange(int(year), int(month))[1] if month else 31
        return f"{year}-{month or '12'}-{last}"

    def read(self, raw: Path) -> bytes:
        """Return the bytes of the file below `raw`, once they are shown to be the catalogued ones."""
        path = raw / self.path
        try:
            content = read_file(path)
        except OSError as error:
            what = f"cannot read {self.path}: {error.strerror}"
            raise SourceError(what, where=self.id, todo=f"Get it from {self.page} and put it in {raw}.") from error
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256 and not self.is_packed_anew(content):
            raise SourceError(
                f"{self.path} is not the catalogued file: expected {self.size:,} bytes with sha256 {self.sha256[:12]}…"
                f", found {len(content):,} bytes with {found[:12]}…",
                where=self.id,
                todo="It may be a newer edition, a file saved again by a spreadsheet program, or a broken download: "
                "fetch it afresh, or add the new edition to data/sources.toml as a separate entry.",
            )
        return content

    def is_packed_anew(self, content: bytes) -> bool:
        """Whether the bytes are another packing of the catalogued archive: what is read has the catalogued hashes.

        That is its `member`, and those of `members_sha256` where several tables are fed.
        """
        expected = self.detail.get("member_sha256")
        if not expected or not content.startswith(b"PK"):
            return False
        from hnf.sources.workbooks.guard import read_member

        members = {self.detail["member"]: expected, **self.detail.get("members_sha256", {})}
        try:
            return all(
                hashlib.sha256(read_member(self.id, content, member)).hexdigest() == str(sha256)
                for member, sha256 in members.items()
            )
        except SourceError:
            return False


def load_catalogue(path: Path | None = None) -> tuple[Source, ...]:
    """Read a catalogue, the shipped `sources.toml` by default: its sources in the order of the file.

    Raises
    ------
    SourceError
        If the file cannot be read, an entry lacks a key, or two entries share an id.
    """
    return _load_catalogue(path or data_folder() / "sources.toml")


@cache
def _load_catalogue(path: Path) -> tuple[Source, ...]:
    try:
        document = tomllib.loads(read_file(path).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # an integer of thousands of digits is a bare ValueError
        raise SourceError(f"cannot read the catalogue: {error}", where=str(path)) from error
    entries = document.get("source", [])
    if not entries or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SourceError("the catalogue lists no source", where=str(path), todo="Each file is a [[source]] entry.")
    sources = tuple(_source(entry, path) for entry in entries)
    ids = [source.id for source in sources]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise SourceError(f"two entries share the id {', '.join(twice)}", where=str(path), todo="Give each its own id.")
    return sources


def _source(entry: dict[str, Any], path: Path) -> Source:
    missing = [key for key in _REQUIRED if key not in entry]
    if missing:
        what = f"source '{entry.get('id', '?')}' lacks {', '.join(missing)}"
        raise SourceError(what, where=str(path), todo="Add what is missing.")
    for key in (*_REQUIRED, "feeds"):
        kind = _KINDS.get(key, str)
        if not isinstance(entry.get(key, []), kind):
            what = f"source '{entry['id']}' has a '{key}' that is not {_KIND_WORDS[kind]}"
            raise SourceError(what, where=str(path), todo="Correct it.")
    if not stays_below(entry["path"]):
        what = f"source '{entry['id']}' has a path that does not stay below the folder of raw files"
        raise SourceError(what, where=str(path), todo="Write it as dsg/tables.ods.")
    known = {key: entry[key] for key in _REQUIRED if key != "bytes"}
    detail = {key: value for key, value in entry.items() if key not in (*_REQUIRED, "feeds")}
    return Source(**known, size=int(entry["bytes"]), feeds=tuple(map(str, entry.get("feeds", ()))), detail=detail)


def verify_sources(raw: Path, sources: tuple[Source, ...]) -> list[dict[str, Any]]:
    """Check size and hash of every catalogued file.

    Parameters
    ----------
    raw : Path
        Folder of the published files.

    Returns
    -------
    list of dict
        id, path, bytes and sha256 (as catalogued), status (`ok` or `wrong`) and detail (what is wrong).

    Raises
    ------
    SourceError
        If there is no such folder.
    """
    if not raw.is_dir():
        raise SourceError("there is no such folder", where=str(raw), todo="Give --raw the folder of published files.")
    rows = []
    for source in sources:
        row = {"id": source.id, "path": source.path, "bytes": source.size, "sha256": source.sha256}
        try:
            source.read(raw)
            rows.append({**row, "status": "ok", "detail": ""})
        except SourceError as error:
            rows.append({**row, "status": "wrong", "detail": error.what})
    return rows


def toml_string(text: str) -> str:
    """Return text as a basic string of TOML; what cannot be encoded becomes a question mark."""
    clean = text.encode("utf-8", errors="replace").decode("utf-8")
    # JSON escapes what TOML wants escaped, but for one control character.
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: Any) -> str:
    """Return text, a number, a truth value, a list or a mapping of these as a value of TOML."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value)  # what JSON writes for numbers and truth values is TOML too


@dataclass(frozen=True)
class Address:
    """A file to download, the page for a person, and the ISO date of the edition where the page states one."""

    url: str
    page: str
    published: str = ""
