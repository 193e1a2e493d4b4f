"""Places that nothing can be written to, readers that go away, and signals: one line or none, and never a traceback."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from crash_cases import catalogue
from crashing import Trial, tree
from filelock import FileLock
from fixtures.made_up import write_ods
from fixtures.next_year import NextYear
from fixtures.publisher_server import Publisher
from moments import steps_to_disturb

from hnf.files import hold_place
from hnf.tables.store import Store

ROOT = Path(__file__).parents[2]
HNF = [sys.executable, str(ROOT / "cli.py")]
RANK = ("rank", "--year", "2023-24", "--measure", "nff", "--per", "head")
#: What a program that a signal ended says to a shell.
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
#: Each command that writes, with {out} where its output goes.
WRITERS = {
    "export": ("export", "--format", "parquet", "--table", "prices", "--out", "{out}"),
    "brief": ("brief", "201", "--out", "{out}"),
    "brief --all": ("brief", "--all", "--workers", "1", "--out", "{out}"),
    "sweep": ("sweep", "limit_and_equal_rates", "--year", "2023-24", "--samples", "64", "--out", "{out}"),
    "fetch": ("sources", "fetch", "--out", "{out}"),
    "build": ("sources", "build", "--raw", "{out}", "--out", "{out}"),
    "ingest": ("ingest", "{given}/first.ods", "--data", "{out}"),
    "map": ("map", "--growth", "--chart", "{out}/map.svg"),
    "table": ("table", "--measures", "plans", "--out", "{out}/plans.csv"),
    "explore": ("explore", "--out", "{out}/explore.html"),
    "scenario": ("scenario", "new", "--out", "{out}/mine.toml"),
}
#: The commands whose steps are watched.
WATCHED = ["export", "brief", "brief --all, many", "ingest", "sweep", "fetch", "map"]


@pytest.fixture
def given(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up workbook."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "first.ods").write_bytes(write_ods(NextYear().sheets(store), mimetype=False))
    return folder


@pytest.fixture
def published(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publisher who has two files, in the place of all others."""
    monkeypatch.setattr("hnf.fetch.publishers.load_catalogue", catalogue)
    monkeypatch.setattr("hnf.fetch.web._sleep", lambda _: None)
    monkeypatch.setenv("HNF_MIRROR", publisher.mirror)


@pytest.mark.slow
@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("name", list(WRITERS))
def test_a_place_that_is_a_file_or_within_one(hnf: Callable, given: Path, name: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("mine")
    for place in (own, own / "below", own / "further" / "below"):
        words = [word.format(out=place, given=given) for word in WRITERS[name]]
        answer = hnf(*words)
        assert answer.code == 2, f"{words}: {answer}"
        assert answer.err.splitlines()[-1].startswith("hnf: "), answer.err
        assert str(own) in answer.err, f"{words}: {answer.err}"
        assert tree(tmp_path) == {"own": b"mine"}, f"{words}: {answer.err}"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lock"), [("ingest", "own/.lock"), ("fetch", "raw/.fetched.lock")])
def test_a_folder_that_another_run_is_writing_to(trial: Callable[[str], Trial], name: str, lock: str) -> None:
    run = trial(name)
    run.reset()
    with FileLock(run.root / lock):
        if name == "fetch":
            ended = run.start(after=0.5, signal=signal.SIGTERM)  # it would wait for a quarter of an hour
            assert (ended.code, ended.err) == (143, "Another hnf is fetching into this folder; waiting for it.\n")
        else:
            ended = run.start()
            assert (ended.code, ended.err.count("\n")) == (2, 1)
            assert "another `hnf ingest` is writing to this folder" in ended.err
        run.check_is_as_before(name)
    run.check_next_run(name)


@pytest.mark.slow
def test_two_sweeps_into_one_folder_do_not_mix(trial: Callable[[str], Trial]) -> None:
    run = trial("sweep")
    run.reset()
    (run.root / ".out.partial").mkdir()
    with hold_place(run.root / ".out.partial"):
        ended = run.start()
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
    assert ".out.partial: another process is writing there" in ended.err
    run.check_nothing_half("another run")
    run.check_next_run("another run")


@pytest.mark.slow
@pytest.mark.parametrize("name", WATCHED)
def test_a_signal_right_after_any_step_ends_a_run_in_order(trial: Callable[[str], Trial], name: str) -> None:
    """Between a step and what would be done next is where a run must not lose the thread."""
    run = trial(name)
    sent = list(CODES)
    for place, (number, step) in enumerate(steps_to_disturb(run.undisturbed.steps)):
        asked = sent[place % len(sent)]
        moment = f"{name}: {asked.name} right after step {number} of {len(run.undisturbed.steps)}, {step}"
        run.reset()
        ended = run.start(fault={"at": number, "asked": asked})
        assert (ended.code, ended.err) == (CODES[asked], ""), f"{moment}: {ended}"
        run.check_nothing_half(moment)
        run.check_next_run(moment)


@pytest.mark.slow
@pytest.mark.parametrize("name", WATCHED)
def test_a_signal_at_a_random_moment_ends_a_run_in_order(trial: Callable[[str], Trial], name: str) -> None:
    run = trial(name)
    chance = random.Random(f"{name}")
    longest = run.undisturbed.seconds
    for sent, code in CODES.items():
        after = chance.uniform(0, longest)
        moment = f"{name}: {sent.name} {after:.6f} s after the first step"
        run.reset()
        ended = run.start(after=after, signal=sent)
        assert (ended.code, ended.err) in ((code, ""), (0, run.undisturbed.err)), f"{moment}: {ended}"
        longest = longest if ended.code else max(after, 0.001)  # it was faster than the first time
        run.check_nothing_half(moment)
        run.check_next_run(moment)


def start(*arguments: str, **more: object) -> subprocess.Popen[str]:
    """Start the command as a user does."""
    env = {**os.environ, "HNF_DATA": "", "PYTHONPATH": str(ROOT)}
    options: dict = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": env, **more}
    return subprocess.Popen([*HNF, *arguments], **options)


@pytest.mark.parametrize("sent", list(CODES))
def test_what_a_compiled_module_makes_of_a_signal_is_no_bug(sent: signal.Signals) -> None:
    """Those that call Python may hand on an error of their own in its place."""
    code = f"""
import signal, sys
from hnf import commands
from hnf.commands import run

def calling_back(_):
    try:
        signal.raise_signal({int(sent)})
    except BaseException:
        raise TypeError("not a data type")

run._invoke = calling_back
sys.argv = ["hnf", "rank"]
commands.app()
"""
    env = {**os.environ, "HNF_DATA": "", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (CODES[sent], "", "")


@pytest.mark.slow
@pytest.mark.parametrize("sent", list(CODES))
def test_a_signal_at_any_moment_leaves_no_traceback(sent: signal.Signals) -> None:
    """Also while modules are imported, and after the answer is given."""
    for tenth in range(2, 12):
        with start(*RANK) as running:
            time.sleep(tenth * 0.08)
            running.send_signal(sent)
            out, err = running.communicate(timeout=30)
        assert err == "", f"{sent.name} after {tenth * 0.08:.2f} s: {err}"
        assert running.returncode in (CODES[sent], 0, -sent), running.returncode
        assert running.returncode != 0 or out.count("\n") > 20


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [RANK, (*RANK, "--format", "csv"), ("--help",), ("sources", "list")])
def test_a_reader_that_goes_away_and_an_output_that_is_full(arguments: tuple[str, ...]) -> None:
    with start(*arguments) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr is not None
        err = running.stderr.read()
    assert running.returncode in (0, 141), "141 unless all had been written before"
    assert "Traceback" not in err
    assert "Exception" not in err
    with Path("/dev/full").open("w") as full, start(*arguments, stdout=full) as running:
        assert running.stderr is not None
        err = running.stderr.read()
    assert running.returncode == 2
    said = "hnf: the output cannot be written: No space left on device. Free some space or write elsewhere."
    assert err.splitlines()[-1] == said
    assert "Traceback" not in err
    with Path("/dev/full").open("w") as full, start(*arguments, stdout=full, stderr=full) as running:
        pass
    assert running.returncode == 2
