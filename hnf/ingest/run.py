"""`hnf ingest`: files are recognised, loaded, compared and checked; only then do the tables change, all at once."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from hnf.errors import CheckFailed, SourceError, UsageError
from hnf.ingest.checks import reconcile_new
from hnf.ingest.package import package_files
from hnf.ingest.recognise import Given
from hnf.ingest.register import register_files, take_register
from hnf.ingest.take import FileReport, take_file
from hnf.ingest.user_tables import sole_writer, write_tables
from hnf.locations import data_folder
from hnf.sources.catalogue import Source
from hnf.sources.headings import Rules, merge_mappings, read_mapping
from hnf.store import Store
from hnf.user_folder import has_tables, user_folder

MAX_BYTES = 200_000_000


@dataclass(frozen=True)
class Request:
    """What the user asked for besides the files.

    Parameters
    ----------
    given : Given
        What is said of the files.
    mapping : Path or None
        Headings of the user's own.
    accept_worse : str or None
        The reason for which worse data are taken.
    dry_run : bool
        Report and write nothing.
    """

    given: Given = field(default_factory=Given)
    mapping: Path | None = None
    accept_worse: str | None = None
    dry_run: bool = False


@dataclass
class Report:
    """All files of one ingest, the reconciliation, and where the tables are."""

    folder: Path
    files: list[FileReport]
    reconciliation: list[dict[str, Any]]
    edition: str
    is_written: bool = False

    @property
    def worse(self) -> list[str]:
        """Why good data would be replaced with worse; empty where they would not."""
        return [f"{report.what}: {reason}" for report in self.files for reason in report.drift.worse]


def target_folder(data: Path | None) -> Path:
    """Return the folder to write to: that of `--data`, else the user's.

    Raises
    ------
    UsageError
        If there is none, or it is that of the tables that ship.
    """
    folder = data or user_folder()
    if folder is None:
        raise UsageError("there is no folder for tables of your own: HNF_DATA is empty", todo="Give --data DIR.")
    if folder.resolve().is_relative_to(data_folder().resolve()):
        raise UsageError("the tables that ship with hnf are not changed", where="--data", todo="Give another folder.")
    return folder


def ingest(paths: Iterable[Path], folder: Path, request: Request) -> Report:
    """Take files into the tables of a folder.

    Parameters
    ----------
    paths : iterable of Path
        Files of any kind that is known.
    folder : Path
        The user's folder; made if it does not exist.
    request : Request

    Returns
    -------
    Report
        `is_written` says whether the tables changed.

    Raises
    ------
    SourceError, UsageError, TableError, FormulaError
        If a file cannot be read, is not known, or lacks something; nothing is written.
    """
    with nullcontext() if request.dry_run else sole_writer(folder):
        return _ingest(list(paths), folder, request)


def refuse_worse(report: Report, request: Request) -> None:
    """Stop where good data would be replaced with worse and no reason was given.

    Raises
    ------
    CheckFailed
        With all reasons.
    """
    if report.worse and not request.accept_worse:
        raise CheckFailed(
            f"{'this would replace' if request.dry_run else 'nothing was written: it would replace'} good data with "
            f"worse: {'; '.join(report.worse)}",
            todo='Check the file. To take it all the same: --accept-worse "the reason", which is kept in the log.',
        )


def _ingest(paths: list[Path], folder: Path, request: Request) -> Report:
    before = Store(folder if has_tables(folder) else None)
    mapping = _mapping(before, request.mapping)
    files = [(path, _read(path)) for path in paths]
    known = {source.sha256 for source in before.catalogue}
    register = register_files(files)
    after, taken = before, set()
    reports: list[FileReport] = []
    sources: list[Source] = []
    if not {sha256(one.content).hexdigest() for one in register} <= known:
        reports, sources, after = take_register(register, before, request.given)
        taken = {one.path for one in register}
    for path, content in files:
        if path in taken:
            continue
        one, source, after = take_file(path, content, after, mapping, request.given)
        reports.append(one)
        if source is not None:
            sources.append(source)
    checks = reconcile_new(before, after, reports)
    report = Report(folder, reports, checks, before.edition)
    if not sources or (report.worse and not request.accept_worse) or request.dry_run:
        return report
    entries = [_log_entry(one, request) for one in reports if not one.is_known]
    written = package_files(before, after, sources, mapping, entries)
    report.edition = written["EDITION"].decode().strip()
    write_tables(folder, written)
    report.is_written = True
    return report


def _mapping(store: Store, path: Path | None) -> Rules:
    """Return the headings that the user has named, in earlier ingests and now."""
    kept = store.folder / "headings.toml"
    mapping = read_mapping(kept) if store.is_ingested and kept.is_file() else {}
    return merge_mappings(mapping, read_mapping(path)) if path else mapping


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(f"larger than {MAX_BYTES:,} bytes", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read it: {error.strerror}", where=str(path), todo="Check the path.") from error


def _log_entry(report: FileReport, request: Request) -> dict[str, Any]:
    entry = {
        **report.payload(),
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "headings": report.headings,
    }
    return {**entry, "accepted_worse": request.accept_worse} if report.drift.worse else entry
