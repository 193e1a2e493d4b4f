"""The folder of a batch: which of its packs are whole and current, and who is writing into it.

Beside the packs stands a folder of records, one a finished pack: the fingerprint of what it was made from, the hash of
its manifest, and its summary for the index. A record is written after its pack, so that a run that is killed leaves at
most a pack without a record, which the next run makes again.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hnf.errors import TableError, UsageError
from hnf.folders import clear_leftovers, replace_file
from hnf.locks import exclusive_lock
from hnf.plain_text import as_json
from hnf.reporting.pack_summary import PackJob, PackSummary

MANIFEST = "manifest.json"
RECORDS = ".hnf-batch"


@dataclass(frozen=True)
class BatchFolder:
    """A folder of packs.

    Parameters
    ----------
    path : Path
        Absolute, as it is handed to workers.
    """

    path: Path

    @contextmanager
    def held(self, jobs: Iterable[PackJob], top_files: Iterable[str]) -> Iterator[None]:
        """Hold the folder for one run and clear what runs that were killed left in it.

        Parameters
        ----------
        jobs : iterable of PackJob
            What the run is to write.
        top_files : iterable of str
            Files beside the packs that it is to write.

        Raises
        ------
        UsageError
            If another run is at work there, or something that is not of a batch is in the way; nothing is changed.
        TableError
            If the folder cannot be written.
        """
        jobs = tuple(jobs)
        self._refuse_foreign(jobs, top_files)
        try:
            self._records.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TableError(
                f"cannot write: {error.strerror}", where=str(self.path), todo="Choose another folder."
            ) from error
        holder = self._records / "holder"
        with exclusive_lock(self._records / "run", self.path, lambda: self._busy(_read(holder)), seconds=0):
            try:
                holder.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
                for job in jobs:
                    with self.written_by_worker(job):
                        clear_leftovers(self.path / job.slug)
                yield
            finally:
                holder.unlink(missing_ok=True)

    @contextmanager
    def written_by_worker(self, job: PackJob) -> Iterator[None]:
        """Let the next run wait for this pack, should the run that its worker works for be killed.

        Raises
        ------
        UsageError
            If a worker of a run that was killed goes on with it for too long.
        """
        lock = self._records / f"{job.slug}.lock"
        with exclusive_lock(lock, self.path, lambda: self._busy("a worker of an earlier run")):
            yield

    def _busy(self, who: str) -> UsageError:
        return UsageError(
            f"{who or 'another process'} is writing into this folder",
            where=str(self.path),
            todo="Wait until it is done, or choose another folder.",
        )

    def record(self, job: PackJob, fingerprint: str, summary: PackSummary) -> None:
        """Record that a pack is whole.

        Raises
        ------
        TableError
            If it cannot be written, or the pack is not there.
        """
        manifest = self.path / job.slug / MANIFEST
        try:
            content = manifest.read_bytes()
        except OSError as error:
            raise TableError("the pack has no manifest", where=str(manifest.parent)) from error
        found = {
            "key": job.key,
            "fingerprint": fingerprint,
            "manifest_sha256": hashlib.sha256(content).hexdigest(),
            "summary": summary.payload(),
        }
        replace_file(self._record(job), f"{as_json(found, indent=1)}\n".encode())

    def current(self, job: PackJob, fingerprint: str) -> PackSummary | None:
        """Return the summary of a pack that is whole and made from what the fingerprint stands for, None of another.

        Every file of its manifest is read and compared.
        """
        try:
            found: dict[str, Any] = json.loads(self._record(job).read_bytes())
            if (found["key"], found["fingerprint"]) != (job.key, fingerprint):
                return None
            if not _is_whole(self.path / job.slug, found["manifest_sha256"]):
                return None
            return PackSummary.from_payload(found["summary"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    @property
    def _records(self) -> Path:
        return self.path / RECORDS

    def _record(self, job: PackJob) -> Path:
        return self._records / f"{job.slug}.json"

    def _refuse_foreign(self, jobs: tuple[PackJob, ...], top_files: Iterable[str]) -> None:
        """Refuse what writing the batch would remove and no batch has written."""
        todo = "Name another folder with --out."
        if self.path.exists() and not self.path.is_dir():
            raise UsageError("there is a file of this name", where=str(self.path), todo=todo)
        for job in jobs:
            folder = self.path / job.slug
            is_pack = folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))
            if folder.exists() and not is_pack:
                raise UsageError(
                    "the folder holds other files, which writing a pack would remove", where=str(folder), todo=todo
                )
        if self._records.is_dir():
            return
        for name in top_files:
            if (self.path / name).exists():
                raise UsageError(
                    "there is such a file, which the index of the packs would replace",
                    where=str(self.path / name),
                    todo=todo,
                )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _is_whole(folder: Path, manifest_sha256: str) -> bool:
    """Whether the manifest has this hash and every file in it its size and hash."""
    content = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest_sha256:
        return False
    files: dict[str, dict[str, Any]] = json.loads(content)["files"]
    for name, wanted in files.items():
        path = folder / name
        if path.stat().st_size != wanted["bytes"]:
            return False
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != wanted["sha256"]:
                return False
    return bool(files)
