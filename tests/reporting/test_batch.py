"""Batches of packs: all workers give the same bytes, runs that are cut off go on, a pack that fails stops no other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fixtures.fake_packs import FakeWrite, jobs

from hnf.errors import UsageError
from hnf.files import replace_folder
from hnf.packs.batch import MANIFEST, RECORDS, BatchResult, authority_jobs, run_batch, write_one_pack
from hnf.packs.index_page import PackJob, PackSummary
from hnf.tables.store import Store
from hnf.workers import Workers, cluster, processes

ROOT = Path(__file__).parents[2]
JOBS = jobs(6)


@pytest.fixture
def write(tmp_path: Path) -> FakeWrite:
    marks = tmp_path / "marks"
    marks.mkdir()
    return FakeWrite(marks)


def run(write: object, out: Path, workers: Workers = None, **changed: object) -> BatchResult:
    options: dict = {"fingerprint": "one", "audience": "mp", "workers": workers, "in_flight": 3, **changed}
    return run_batch(options.pop("jobs", JOBS), out, write, **options)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_pack_is_written_with_its_record_and_nothing_else_is_left(write: FakeWrite, tmp_path: Path) -> None:
    result = run(write, tmp_path / "out")
    assert (result.written, result.failures) == (6, ())
    assert [pack.label for pack in result.packs] == [job.label for job in JOBS]
    names = set(bytes_of(tmp_path / "out"))
    expected = {f"place-{n}/{name}" for n in range(6) for name in ("index.html", "data/all.csv", MANIFEST)}
    records = {f"{RECORDS}/{name}" for name in (f"place-{n}.json" for n in range(6))}
    assert names == expected | records


@pytest.mark.slow
def test_threads_processes_and_a_cluster_write_the_same_bytes(write: FakeWrite, tmp_path: Path) -> None:
    import distributed

    run(write, tmp_path / "here")
    with ThreadPoolExecutor(3) as threads:
        run(write, tmp_path / "threads", threads)
    run(write, tmp_path / "processes", processes(2))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
        ) as local,
        cluster(local.scheduler_address, ("polars",)) as (executor, count),
    ):
        assert count == 2
        run(write, tmp_path / "cluster", executor)
    wanted = bytes_of(tmp_path / "here")
    for name in ("threads", "processes", "cluster"):
        assert bytes_of(tmp_path / name) == wanted, name
    assert set(write.asked().values()) == {4}


@pytest.mark.slow
def test_real_packs_are_the_same_from_this_process_threads_and_processes(tmp_path: Path, store: Store) -> None:
    few = [job for job in authority_jobs(store) if job.key in ("201", "921")]
    results = [run(write_one_pack, tmp_path / "here", jobs=few)]
    with ThreadPoolExecutor(3) as threads:
        results.append(run(write_one_pack, tmp_path / "threads", threads, jobs=few))
    results.append(run(write_one_pack, tmp_path / "processes", processes(2), jobs=few))
    assert [result.failures for result in results] == [(), (), ()]
    wanted = bytes_of(tmp_path / "here")
    assert len([name for name in wanted if name.endswith(MANIFEST)]) == 2
    for name in ("threads", "processes"):
        found = bytes_of(tmp_path / name)
        assert {path for path in wanted if found.get(path) != wanted[path]} == set(), name
        assert found.keys() == wanted.keys()


def test_a_second_run_writes_nothing_and_gives_the_same(write: FakeWrite, tmp_path: Path) -> None:
    first = run(write, tmp_path / "out")
    second = run(write, tmp_path / "out")
    assert (second.packs, second.written) == (first.packs, 0)
    assert set(write.asked().values()) == {1}


@pytest.mark.parametrize("name", ["index.html", "data/all.csv", MANIFEST])
@pytest.mark.parametrize("damage", ["changed", "cut", "missing"])
def test_a_pack_with_a_damaged_file_is_written_again(write: FakeWrite, tmp_path: Path, name: str, damage: str) -> None:
    run(write, tmp_path / "out")
    wanted = bytes_of(tmp_path / "out")
    path = tmp_path / "out" / "place-2" / name
    content = path.read_bytes()
    if damage == "changed":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "cut":
        path.write_bytes(content[:-1])
    else:
        path.unlink()
    if (name, damage) == (MANIFEST, "missing"):  # then it is no pack any more, and might be anything
        with pytest.raises(UsageError, match="holds other files"):
            run(write, tmp_path / "out")
        return
    assert run(write, tmp_path / "out").written == 1
    assert write.asked()["902"] == 2
    assert bytes_of(tmp_path / "out") == wanted


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"key": "902", "fingerprint": "one"}'])
def test_a_pack_with_a_damaged_record_is_written_again(write: FakeWrite, tmp_path: Path, content: bytes) -> None:
    run(write, tmp_path / "out")
    wanted = bytes_of(tmp_path / "out")
    (tmp_path / "out" / RECORDS / "place-2.json").write_bytes(content)
    assert run(write, tmp_path / "out").written == 1
    assert bytes_of(tmp_path / "out") == wanted


def test_packs_of_other_tables_or_another_version_are_written_again(write: FakeWrite, tmp_path: Path) -> None:
    run(write, tmp_path / "out")
    assert run(write, tmp_path / "out", fingerprint="two").written == 6
    assert run(write, tmp_path / "out", fingerprint="two").written == 0


def test_a_pack_of_another_place_in_the_same_folder_is_written_again(write: FakeWrite, tmp_path: Path) -> None:
    run(write, tmp_path / "out")
    other = [*JOBS[:5], PackJob("999", "place-5", "Another")]
    assert run(write, tmp_path / "out", jobs=other).written == 1
    assert (tmp_path / "out" / "place-5" / "index.html").read_text() == "<p>Another"


def test_a_pack_that_fails_is_reported_and_stops_no_other(write: FakeWrite, tmp_path: Path) -> None:
    failing = FakeWrite(write.marks, fails="903")
    with ThreadPoolExecutor(2) as threads:
        result = run(failing, tmp_path / "out", threads)
    assert [pack.folder for pack in result.packs] == [f"place-{n}" for n in (0, 1, 2, 4, 5)]
    assert [(failure.job.label, failure.reason) for failure in result.failures] == [
        ("Place 3", "Place 3: made to fail")
    ]
    again = run(write, tmp_path / "out")
    assert (again.written, again.failures) == (1, ())
    assert write.asked() == {"900": 1, "901": 1, "902": 1, "903": 2, "904": 1, "905": 1}


class Broken(FakeWrite):
    """Has a bug, or claims to have written what it has not."""

    def __call__(self, job: PackJob, data_folder: Path | None, audience: str, folder: Path) -> PackSummary:
        if job.key == "901":
            raise KeyError("nobody\nexpected this")
        found = super().__call__(job, data_folder, audience, folder)
        if job.key == "904":
            (folder / "index.html").unlink()
        return found


def test_a_bug_is_reported_in_one_line_and_a_pack_that_is_not_there_is_missed(write: FakeWrite, tmp_path: Path) -> None:
    result = run(Broken(write.marks), tmp_path / "out")
    bug, missing = result.failures
    assert bug.job.key == "901"
    assert bug.reason.startswith("a bug in hnf (KeyError: ")
    assert "\n" not in bug.reason
    assert missing.job.key == "904"
    assert "every worker shares" in missing.reason
    assert result.written == len(result.packs) == 4


@pytest.mark.slow
def test_a_pack_that_ends_its_worker_is_given_up_and_the_others_are_delivered(write: FakeWrite, tmp_path: Path) -> None:
    deadly = FakeWrite(write.marks, kills="901")
    result = run(deadly, tmp_path / "out", processes(2))
    assert [failure.job.key for failure in result.failures] == ["901"]
    assert "its worker ended 4 times" in result.failures[0].reason
    assert len(result.packs) == 5
    assert write.asked()["901"] == 4


def test_an_interrupted_run_keeps_what_is_finished(write: FakeWrite, tmp_path: Path) -> None:
    def interrupt(outcomes: Iterator, total: int) -> Iterator:
        assert total == 6
        for number, outcome in enumerate(outcomes):
            yield outcome
            if number == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(write, tmp_path / "out", watch=interrupt)
    seen: list[int] = []

    def watch(outcomes: Iterator, total: int) -> Iterator:
        seen.append(total)
        return outcomes

    run(write, tmp_path / "out", watch=watch)
    assert seen == [3]
    assert set(write.asked().values()) == {1}


def test_files_beside_the_packs_are_written_when_there_is_a_pack(write: FakeWrite, tmp_path: Path) -> None:
    def top(result: BatchResult) -> dict[str, bytes]:
        return {"index.html": f"{len(result.packs)} packs".encode()}

    run(write, tmp_path / "out", top_files=top, top_names=["index.html"])
    assert (tmp_path / "out" / "index.html").read_bytes() == b"6 packs"
    run(FakeWrite(write.marks, fails="900"), tmp_path / "none", jobs=JOBS[:1], top_files=top)
    assert not (tmp_path / "none" / "index.html").exists()


def test_files_of_the_user_are_in_nobodys_way_or_refused(write: FakeWrite, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "place-4").mkdir(parents=True)
    (out / "notes.txt").write_text("mine")
    run(write, out)  # an empty folder and a file of another name
    assert (out / "notes.txt").read_text() == "mine"
    other = tmp_path / "other"
    (other / "place-4").mkdir(parents=True)
    (other / "place-4" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"place-4.* holds other files"):
        run(write, other)
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "index.html").write_text("mine")
    with pytest.raises(UsageError, match=r"index\.html: there is such a file"):
        run(write, tmp_path / "third", top_names=["index.html"])
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="there is a file of this name"):
        run(write, tmp_path / "file")
    assert [path.name for path in (tmp_path / "third").iterdir()] == ["index.html"]
    assert [path.name for path in other.iterdir()] == ["place-4"]


def test_two_packs_do_not_share_a_folder(write: FakeWrite, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the same folder: place-1"):
        run(write, tmp_path / "out", jobs=[*JOBS, PackJob("999", "place-1", "Again")])


_SCRIPT = """
import sys
sys.path[:0] = sys.argv[4:]
from pathlib import Path
from fixtures.fake_packs import FakeWrite, jobs
from hnf.packs.batch import run_batch
from hnf.workers import processes

if __name__ == "__main__":
    out, marks, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    run_batch(
        jobs(6), out, FakeWrite(marks, seconds), fingerprint="one", audience="mp", workers=processes(2), in_flight=3
    )
"""


@pytest.fixture
def start(tmp_path: Path, write: FakeWrite) -> Callable[[Path], subprocess.Popen]:
    """Start a run in a process of its own, whose packs take a while."""
    script = tmp_path / "run.py"
    script.write_text(_SCRIPT)

    def started(out: Path, seconds: float = 0.15) -> subprocess.Popen:
        command = [sys.executable, str(script), str(out), str(write.marks), str(seconds)]
        with (tmp_path / "errors.txt").open("w") as errors:
            return subprocess.Popen([*command, str(ROOT), str(ROOT / "tests")], stderr=errors)

    return started


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.025)
    pytest.fail("waited for half a minute in vain")


def packs_in(out: Path) -> int:
    return len(list(out.glob("place-*/manifest.json")))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_and_run_again(
    start: Callable, write: FakeWrite, out: Path, wanted: dict[str, bytes], holds: Callable[[], bool]
) -> None:
    """Kill a run once something holds; what it leaves is whole, its processes end, and the next run finishes it."""
    process = start(out)
    wait_until(holds)
    process.kill()
    process.wait()
    pids = {int(line) for mark in write.marks.iterdir() for line in mark.read_text().split()} - {os.getpid()}
    whole = packs_in(out)
    assert whole < 6
    for folder in out.glob("place-*"):
        files = json.loads((folder / MANIFEST).read_text())["files"]
        assert all((folder / name).stat().st_size == file["bytes"] for name, file in files.items())
    result = run(write, out)
    assert not any(alive(pid) for pid in pids)
    assert not result.failures
    assert bytes_of(out) == wanted


def test_a_killed_run_goes_on_and_gives_the_same_bytes(start: Callable, write: FakeWrite, tmp_path: Path) -> None:
    run(write, tmp_path / "wanted")
    wanted = bytes_of(tmp_path / "wanted")
    out = tmp_path / "out"
    kill_and_run_again(start, write, out, wanted, lambda: packs_in(out) >= 2)


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(12))
def test_a_run_killed_at_any_moment_goes_on(start: Callable, write: FakeWrite, tmp_path: Path, moment: int) -> None:
    run(write, tmp_path / "wanted")
    wanted = bytes_of(tmp_path / "wanted")
    out = tmp_path / "out"
    asked = len(list(write.marks.iterdir()))
    for mark in write.marks.iterdir():
        mark.unlink()
    assert asked == 6

    def holds() -> bool:
        if len(list(write.marks.iterdir())) < 1 + moment // 3:
            return False
        time.sleep(0.05 * (moment % 3))
        return True

    kill_and_run_again(start, write, out, wanted, holds)


def test_what_a_killed_process_left_beside_a_pack_is_cleared(write: FakeWrite, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(write, out)
    wanted = bytes_of(out)
    replace_folder(out / ".place-1.hnf-abcd_123", {"half": b"written"})
    (out / "place-2").rename(out / ".place-2.hnf-old")  # killed between the two renames
    replace_folder(out / ".place-3.hnf-old", {"half": b"removed"})  # killed after them
    replace_folder(out / ".mine.hnf-abcd_123", {"notes": b"mine"})
    assert run(write, out).written == 0
    assert bytes_of(out) == {**wanted, ".mine.hnf-abcd_123/notes": b"mine"}


@pytest.mark.slow
def test_a_second_run_beside_the_first_is_refused_and_harms_nothing(
    start: Callable, write: FakeWrite, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start(out)
    wait_until(lambda: packs_in(out) >= 1)
    with pytest.raises(UsageError, match=rf"out: process {process.pid} on .* is writing into this folder"):
        run(write, out)
    assert process.wait() == 0
    assert set(write.asked().values()) == {1}
    assert run(write, out).written == 0


@pytest.mark.slow
def test_ctrl_c_stops_after_the_packs_at_work_and_keeps_them(start: Callable, write: FakeWrite, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(out, 0.3)
    wait_until(lambda: len(list(write.marks.iterdir())) >= 3)
    pids = [int(line) for mark in write.marks.iterdir() for line in mark.read_text().split()]
    for pid in {process.pid, *pids}:  # as a terminal does: to all processes
        os.kill(pid, signal.SIGINT)
    assert process.wait(timeout=30) != 0
    errors = (tmp_path / "errors.txt").read_text()
    assert errors.count("Traceback") <= 1  # that of the script; the workers say nothing
    begun = len(list(write.marks.iterdir()))
    assert packs_in(out) == begun < 6
    assert run(write, out).written == 6 - begun
    assert set(write.asked().values()) == {1}
