"""Writes many packs: on all cores or a cluster, going on where an earlier run stopped, past a pack that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hnf.errors import HnfError, UsageError
from hnf.folders import replace_file
from hnf.reporting.batch_folder import BatchFolder
from hnf.reporting.pack_summary import PackJob, PackSummary
from hnf.workers import MOST_ATTEMPTS, Workers, completed

#: Writes one pack into a folder; importable by name, so that other processes can.
WritePack = Callable[[PackJob, Path | None, str, Path], PackSummary]


@dataclass(frozen=True)
class PackFailure:
    """A pack that could not be written, and why, in one line."""

    job: PackJob
    reason: str


@dataclass(frozen=True)
class BatchResult:
    """What a run has done.

    Parameters
    ----------
    folder : Path
    packs : tuple of PackSummary
        Every pack that is whole and current, in the order of the jobs.
    written : int
        How many of them were written now; the others stood there already.
    failures : tuple of PackFailure
        In the order of the jobs.
    """

    folder: Path
    packs: tuple[PackSummary, ...]
    written: int
    failures: tuple[PackFailure, ...]


#: Shows how far a run has got: takes the packs as they are done and how many there are to do, and yields them.
Watch = Callable[[Iterator["Outcome"], int], Iterator["Outcome"]]
#: Makes the files that stand beside the packs, by name.
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
    """Write packs, each as a whole or not at all.

    Parameters
    ----------
    jobs : sequence of PackJob
    out : Path
        Folder of the batch; each pack takes its slug within it.
    write : callable
        Takes a job, the folder of tables, the audience and the folder of the pack; returns the summary.
    fingerprint : str
        Of everything the packs are made from: one that stands there with another is made again, see
        `hnf.reporting.fingerprint`.
    audience : str
    data_folder : Path, optional
        Tables of the user's.
    workers : Executor, callable that makes one, or None
        Who writes; with None this process.
    in_flight : int
        Packs that are handed out at a time: a few more than there are workers.
    watch : callable, optional
        Is given what became of each pack and how many there are to write, and yields it.
    top_files, top_names
        What stands beside the packs when all is done, and the names of those files.

    Returns
    -------
    BatchResult
        A pack that fails does not stop the others.

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
        given_up = partial(Outcome, summary=None, reason=_GIVEN_UP)
        with closing(completed(task, left, workers, in_flight, given_up)) as outcomes:
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
            tuple(PackFailure(job, reasons[job]) for job in jobs if job in reasons),
        )
        if top_files and result.packs:
            for name, content in top_files(result).items():
                replace_file(folder.path / name, content)
    return result


_GIVEN_UP = f"its worker ended {MOST_ATTEMPTS} times over it. It may lack memory: use fewer workers"
_ELSEWHERE = (
    "the pack is not in the folder although its worker has written it. Choose a folder that every worker shares"
)
