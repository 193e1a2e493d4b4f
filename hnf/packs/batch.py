"""Writes many packs: on all cores or a cluster, going on where an earlier run stopped, past a pack that fails.

Beside the packs are a folder of records, the index page and a list. A record names what a pack was made from (a
fingerprint of tables, code and libraries), the hash of its manifest, and its summary for the index. It is written after
its pack, so that a run that is killed leaves at most a pack without a record, which the next run makes again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

import hnf
from hnf.analysis.rank import other_population, rank_figure
from hnf.errors import HnfError, TableError, UsageError
from hnf.files import clear_leftovers, exclusive_lock, replace_file
from hnf.measures.rates import rate_figure
from hnf.packs.build import build_pack
from hnf.packs.content import MISSING, Audience, Pack, print_cell
from hnf.packs.index_page import INDEX_PAGE, IndexText, Layout, PackJob, PackSummary, SummaryFigure, render_index
from hnf.packs.sections.funding import PER_WORDS
from hnf.packs.subject import POPULATION_PROSE, Subject, subject_of
from hnf.packs.write import linked_files, write_pack
from hnf.paths import data_folder
from hnf.release import __version__
from hnf.results import Figure
from hnf.tables.authorities import Authorities, Authority, constituencies
from hnf.tables.store import Store
from hnf.text import as_csv_text, as_json
from hnf.workers import MOST_ATTEMPTS, Workers, completed

MANIFEST = "manifest.json"
RECORDS = ".hnf-batch"


@dataclass(frozen=True)
class BatchFolder:
    """A folder of packs; its path is absolute, as it is handed to workers."""

    path: Path

    @contextmanager
    def held(self, jobs: Iterable[PackJob], top_files: Iterable[str]) -> Iterator[None]:
        """Hold the folder for one run and clear what runs that were killed left in it.

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
        """Let the next run wait for this pack, should the run that its worker works for be killed."""
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
        """Record that a pack is whole."""
        manifest = self.path / job.slug / MANIFEST
        try:
            content = manifest.read_bytes()
        except OSError as error:
            raise TableError("the pack has no manifest", where=str(manifest.parent)) from error
        found = {
            "key": job.key,
            "fingerprint": fingerprint,
            "manifest_sha256": hashlib.sha256(content).hexdigest(),
            "summary": summary.to_json(),
        }
        replace_file(self._record(job), f"{as_json(found, indent=1)}\n".encode())

    def current(self, job: PackJob, fingerprint: str) -> PackSummary | None:
        """Return the summary of a pack that is whole (every file is compared) and made from the same, else None."""
        try:
            found: dict[str, Any] = json.loads(self._record(job).read_bytes())
            if (found["key"], found["fingerprint"]) != (job.key, fingerprint):
                return None
            if not _is_whole(self.path / job.slug, found["manifest_sha256"]):
                return None
            return PackSummary.from_payload(found["summary"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def remove_files(self, names: Iterable[str]) -> None:
        """Remove files of an earlier run from beside the packs."""
        for name in names:
            path = self.path / name
            try:
                if path.is_file():
                    path.unlink()
            except OSError as error:
                raise TableError(f"cannot remove: {error.strerror}", where=str(path)) from error

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


#: Writes one pack into a folder; importable by name, so that other processes can.
WritePack = Callable[[PackJob, Path | None, str, Path], PackSummary]


@dataclass(frozen=True)
class BatchResult:
    """The result of a run: every pack that is whole and current, how many were written now, and failures."""

    folder: Path
    packs: tuple[PackSummary, ...]
    written: int
    failures: tuple[Outcome, ...]


#: Shows how far a run has got: takes the packs as they are done and how many there are to do, and yields them.
Watch = Callable[[Iterator["Outcome"], int], Iterator["Outcome"]]
#: Makes the files beside the packs, by name.
TopFiles = Callable[[BatchResult], Mapping[str, bytes]]


@dataclass(frozen=True)
class Outcome:
    """What became of one pack: its summary, or the reason why there is none."""

    job: PackJob
    summary: PackSummary | None
    reason: str = ""


@dataclass(frozen=True)
class _Task:
    """Everything a worker needs besides the job."""

    write: WritePack
    folder: BatchFolder
    fingerprint: str
    data_folder: Path | None
    audience: str

    def __call__(self, job: PackJob) -> Outcome:
        """Write a pack and its record; what goes wrong is said and stops no other pack."""
        try:
            with self.folder.written_by_worker(job):
                summary = self.write(job, self.data_folder, self.audience, self.folder.path / job.slug)
                self.folder.record(job, self.fingerprint, summary)
        except HnfError as error:
            return Outcome(job, None, error.line())
        except Exception as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            return Outcome(job, None, f"a bug in hnf ({what}). Please report it with the command you gave")
        return Outcome(job, summary)


def run_batch(
    jobs: Sequence[PackJob],
    out: Path,
    write: WritePack,
    *,
    fingerprint: str,
    audience: str,
    data_folder: Path | None = None,
    workers: Workers = None,
    in_flight: int = 2,
    watch: Watch | None = None,
    top_files: TopFiles | None = None,
    top_names: Sequence[str] = (),
) -> BatchResult:
    """Write packs, each as a whole or not at all; one that fails does not stop the others.

    Parameters
    ----------
    write : callable
        Takes a job, the folder of tables, the audience and the folder of the pack; returns the summary.
    fingerprint : str
        Of everything the packs are made from: a pack there with another is made again.
    workers : Executor, callable that makes one, or None
        Who writes; with None this process.
    in_flight : int
        Packs that are handed out at a time: a few more than there are workers.
    watch : callable, optional
        Is given what became of each pack and how many there are to write, and yields it.
    top_files, top_names
        The files beside the packs when all is done, and their names; one that is not made this time is removed.

    Raises
    ------
    UsageError
        If another run is writing there, two packs would take the same folder, or other files are in the way.
    TableError
        If the folder cannot be written.
    WorkerError
        If the executor gives up; finished packs are kept for the next run.
    """
    slugs = [job.slug for job in jobs]
    if len(set(slugs)) != len(slugs):
        twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
        raise UsageError(f"two packs would take the same folder: {', '.join(twice)}", where=str(out))
    folder = BatchFolder(out.resolve())
    task = _Task(write, folder, fingerprint, data_folder and data_folder.resolve(), audience)
    with folder.held(jobs, top_names):
        done = {job: found for job in jobs if (found := folder.current(job, fingerprint))}
        left = [job for job in jobs if job not in done]
        reasons: dict[PackJob, str] = {}
        on_worker_lost = partial(Outcome, summary=None, reason=_GIVEN_UP)
        with closing(completed(task, left, workers, in_flight, on_worker_lost)) as outcomes:
            for outcome in watch(outcomes, len(left)) if watch else outcomes:
                found = folder.current(outcome.job, fingerprint) if outcome.summary else None
                if found is None:
                    reasons[outcome.job] = outcome.reason or _ELSEWHERE
                else:
                    done[outcome.job] = found
        result = BatchResult(
            out,
            tuple(done[job] for job in jobs if job in done),
            len(left) - len(reasons),
            tuple(Outcome(job, None, reasons[job]) for job in jobs if job in reasons),
        )
        if top_files and result.packs:
            made = top_files(result)
            for name, content in made.items():
                replace_file(folder.path / name, content)
            folder.remove_files(name for name in top_names if name not in made)
    return result


_GIVEN_UP = f"its worker ended {MOST_ATTEMPTS} times over it. It may lack memory: use fewer workers"
_ELSEWHERE = (
    "the pack is not in the folder although its worker has written it. Choose a folder that every worker shares"
)


PACK_LIST = "packs.csv"
#: The explorer, where it can be made.
EXPLORER = "explore.html"
BATCH_FILES = (INDEX_PAGE, PACK_LIST, EXPLORER)


def batch_files(
    packs: Sequence[PackSummary], text: IndexText, *, layout: Layout | None = None, shade: str | None = None
) -> dict[str, bytes]:
    """Return the files by name, the same bytes for the same packs; parameters as those of `render_index`."""
    return {INDEX_PAGE: render_index(packs, text, layout=layout, shade=shade).encode(), PACK_LIST: pack_list(packs)}


def pack_list(packs: Sequence[PackSummary]) -> bytes:
    """Return the packs as CSV: label, codes, region, folder, headline and kinds of message."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["label", "code", "la_codes", "region", "folder", "headline", "kinds"])
    for pack in packs:
        kinds = "; ".join(pack.kinds)
        row = (pack.label, pack.code, " ".join(pack.la_codes), pack.region, pack.folder, pack.headline, kinds)
        writer.writerow([_as_text(cell) for cell in row])
    return out.getvalue().encode()


def _as_text(cell: str) -> str:
    """Return a text on one line that no spreadsheet runs."""
    return as_csv_text(" ".join(cell.split()))


def authority_jobs(store: Store) -> tuple[PackJob, ...]:
    """Return a job for every open authority, by name; one without an allocation gets a pack that says so.

    Where the names of two come to the same folder, each has its code behind it.
    """
    found = sorted(Authorities.of(store).by_code.values(), key=lambda authority: authority.name)
    there = [one for one in found if not one.closed]
    taken = Counter(one.slug for one in there)
    slugs = [one.slug if taken[one.slug] == 1 else f"{one.slug}-{one.la_code}" for one in there]
    return tuple(PackJob(one.la_code, slug, one.name) for one, slug in zip(there, slugs, strict=True))


def write_one_pack(
    job: PackJob, data_folder: Path | None, audience: Audience, folder: Path, *, as_at: str | None = None
) -> PackSummary:
    """Write the pack of the authority that a job names, from the user's tables or the shipped ones."""
    store = _store(data_folder, as_at)
    pack = build_pack(store, job.key, audience)
    write_pack(store, pack, folder)
    return summary_of(store, pack, job)


@lru_cache(maxsize=2)
def _store(data_folder: Path | None, as_at: str | None) -> Store:
    return Store(data_folder, as_at)


def summary_of(store: Store, pack: Pack, job: PackJob) -> PackSummary:
    """Return what the index page says of a pack."""
    authority = Authorities.of(store)[job.key]
    return PackSummary(
        label=authority.name,
        folder=job.slug,
        region=authority.region_name,
        headline=pack.headline.text,
        code=authority.la_code,
        la_codes=(authority.la_code,),
        also=_also(store, authority),
        figures=_figures(subject_of(store, job.key)),
        files=linked_files(),
        kinds=pack.kinds,
    )


def _also(store: Store, authority: Authority) -> tuple[str, ...]:
    touched = [found.name for found in constituencies(store) if authority.la_code in found.la_codes]
    return (authority.gss_code, *authority.former_gss_codes, *authority.aliases, *touched)


def _figures(subject: Subject) -> tuple[SummaryFigure, ...]:
    """Return rate, rank on both populations and growth of plans; what is missing is said to be, in the same columns."""
    store, code, year = subject.store, subject.authority.la_code, subject.year
    columns = f"{PER_WORDS['head']}, {year} (£)", "Rank from the lowest", f"Rank on {POPULATION_PROSE['dfe']}"
    found = [SummaryFigure(column, "", MISSING, None) for column in columns]
    if subject.spec and subject.spec.per == "head":
        found[0] = _figure(columns[0], rate_figure(store, subject.spec, code), "rate")
        found[1] = _figure(columns[1], rank_figure(store, subject.spec, code), "rank")
        if other := other_population(store, subject.spec, code):
            found[2] = _figure(columns[2], rank_figure(store, other.spec, code), "rank")
    if subject.need:
        change = subject.need.area[subject.need.last_counted].figure()
        growth = f"Growth of EHC plans since {subject.need.dates[0]} (%)"
        cell = _figure(growth, change, "pct")
        is_larger, name = subject.need.place.is_combined, subject.need.place.name
        found.append(replace(cell, printed=f"{cell.printed} ({name})") if is_larger else cell)
    return tuple(found)


def _figure(column: str, figure: Figure, kind: str) -> SummaryFigure:
    value = None if figure.value is None else float(figure.value)
    return SummaryFigure(column, figure.id, print_cell(figure.value, kind), value)  # type: ignore[arg-type]


#: Packages that decide the bytes of a pack; a cluster must have the same versions of them.
LIBRARIES = ("afcharts", "jinja2", "matplotlib", "openpyxl", "polars", "python-docx", "scipy", "typst")
_CODE = (".py", ".j2", ".css", ".js", ".typ", ".toml")


def fingerprint_of(store: Store, audience: str, more: Sequence[str] = ()) -> str:
    """Return a hash that changes whenever packs may: tables, catalogue, audience, code, libraries, and `more`."""
    found = {
        "tables": store.hashes(),
        "edition": store.edition,
        "audience": audience,
        "more": list(more),
        "versions": {"hnf": __version__, **{name: metadata.version(name) for name in LIBRARIES}},
        "code": _hash_of_code(),
    }
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def _hash_of_code() -> str:
    """Hash the files of the package and its catalogue: in a checkout the version stays while the code changes."""
    package, data = Path(hnf.__file__).parent, data_folder()
    whole = hashlib.sha256()
    for root in (package, data):
        for path in sorted(root.rglob("*")):
            if path.suffix in _CODE and path.is_file():
                whole.update(f"{path.relative_to(root).as_posix()}\0".encode())
                whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
