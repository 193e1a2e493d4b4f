"""Surroundings that a run cannot do its work in: it ends with one clear line and exit code 2, and never hangs."""

from __future__ import annotations

import os
import resource
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hnf.commands import options
from hnf.errors import TableError
from hnf.files import check_place, replace_file
from hnf.paths import read_file

#: Long: whole files, runs or packs, or every authority.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HNF = [sys.executable, str(ROOT / "cli.py")]
RANK = ("rank", "--year", "2023-24", "--measure", "nff", "--per", "head")
Run = Callable[..., Any]


def fresh(
    *arguments: object, env: dict[str, str] | None = None, timeout: float = 60, **more: Any
) -> subprocess.CompletedProcess:
    """Run the command in a process of its own, as a user does."""
    around = {**os.environ, "HNF_DATA": "", "PYTHONPATH": str(ROOT), **(env or {})}
    given = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, **more}
    return subprocess.run([*HNF, *map(str, arguments)], env=around, timeout=timeout, check=False, **given)


def is_one_line(ended: Any, *words: str) -> None:
    code, out, err = (
        (ended.returncode, ended.stdout, ended.stderr)
        if hasattr(ended, "returncode")
        else (ended.code, ended.out, ended.err)
    )
    assert (code, out, err.count("\n")) == (2, "", 1), (code, out, err)
    assert err.startswith("hnf: ")
    assert "bug" not in err
    for word in words:
        assert word in err, err


# What is read


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """Things that are no files: links to a device without end, a pipe, a socket, a link to itself, a folder."""
    found = {name: tmp_path / name for name in ("device", "pipe", "socket", "loop", "folder")}
    found["device"].symlink_to("/dev/zero")
    os.mkfifo(found["pipe"])
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(found["socket"]))
    found["loop"].symlink_to(found["loop"])
    found["folder"].mkdir()
    return found


@pytest.mark.parametrize("name", ["device", "pipe", "socket", "loop", "folder"])
def test_what_is_no_file_is_not_read(odd: dict[str, Path], name: str) -> None:
    with pytest.raises(OSError, match=r"device or a pipe|symbolic links|Is a directory|No such device"):
        read_file(odd[name])


@pytest.mark.parametrize("name", ["device", "pipe"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "{}", "--data", "own"),
        ("ingest", "factors", "{}"),
        ("ingest", "/etc/hostname", "--mapping", "{}", "--data", "own"),
        ("sources", "build", "--raw", "{raw}", "--out", "built"),
    ],
)
def test_a_command_given_no_file_ends(odd: dict[str, Path], tmp_path: Path, name: str, arguments: tuple) -> None:
    raw = tmp_path / "raw"
    (raw / "dsg").mkdir(parents=True)
    (raw / "dsg" / "DSG_2019-20_Mar_Tables_Values.xls").symlink_to(odd[name])
    ended = fresh(*(word.format(odd[name], raw=raw) for word in arguments), cwd=tmp_path)
    is_one_line(ended, "it is a device or a pipe, not a file")


@pytest.mark.raw
def test_a_count_of_thousands_of_digits_is_refused(hnf: Run, raw: Path, tmp_path: Path) -> None:
    published = raw / "sen2" / "ehc_plans_january_2026_la.csv"
    heading, first, *rest = published.read_text(encoding="utf-8-sig").splitlines()
    column = heading.split(",").index("ehcplans")
    cells = first.split(",")
    cells[column] = "9" * 5000
    path = tmp_path / "digits.csv"
    path.write_text("\n".join([heading, ",".join(cells), *rest]))
    ended = hnf("ingest", path, "--data", tmp_path / "own", "--published", "2026-06-30")
    is_one_line(ended, "is neither a count nor a symbol")
    assert len(ended.err) < 300


# What is written

#: Each command that writes, with {} where.
WRITERS = {
    "export": ("export", "--format", "sqlite", "--out", "{}"),
    "brief": ("brief", "201", "--out", "{}"),
    "brief --all": ("brief", "--all", "--out", "{}"),
    "sweep": ("sweep", "limit_and_equal_rates", "--year", "2023-24", "--out", "{}"),
    "fetch": ("sources", "fetch", "--out", "{}"),
    "build": ("sources", "build", "--raw", "/", "--out", "{}"),
    "map": ("map", "--growth", "--chart", "{}"),
    "explain": ("explain", "201", "--year", "2023-24", "--chart", "{}"),
    "rank-card": ("rank-card", "201", "--year", "2023-24", "--chart", "{}"),
    "scenario run": ("scenario", "run", "pupils_equal_rates", "--chart", "{}"),
    "scenario new": ("scenario", "new", "--out", "{}"),
    "factors": ("ingest", "factors", "/etc/hostname", "--out", "{}"),
}


@pytest.mark.parametrize("name", list(WRITERS))
def test_a_place_that_cannot_be_written_is_found_before_the_work(
    hnf: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    def begun(*_: object, **__: object) -> None:
        raise AssertionError("the work was begun")

    monkeypatch.setattr(options, "open_store", begun)
    for work in ("hnf.fetch.web.Web", "hnf.sources.build.build", "hnf.factors.inputs.report_headings"):
        monkeypatch.setattr(work, begun)
    monkeypatch.setattr("hnf.scenarios.files.write_template", begun)
    (tmp_path / "file").write_text("mine")
    device = tmp_path / "device.svg"  # a link: were it replaced, the device would stay
    device.symlink_to("/dev/full")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    places = [device, tmp_path / "file" / "below.svg", tmp_path / "loop" / "below.svg", Path("/proc/nothing/below.svg")]
    places.append(tmp_path / ("x" * 300) / "below.svg")
    for place in places:
        is_one_line(hnf(*(word.format(place) for word in WRITERS[name])), "cannot write: ", str(place)[:40])
    assert device.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["device.svg", "file", "loop"]


def test_a_full_folder_is_found_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_place(tmp_path / "new" / "folder")
    check_place(tmp_path)
    assert list(tmp_path.iterdir()) == []

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hnf.files.tempfile.TemporaryFile", full)
    with pytest.raises(TableError, match="cannot write: No space left on device"):
        check_place(tmp_path / "new")


def test_a_device_is_never_replaced(tmp_path: Path) -> None:
    (link := tmp_path / "link").symlink_to("/dev/full")
    with pytest.raises(TableError, match="not a file"):
        replace_file(link, b"content")
    assert link.is_symlink()


def test_a_chart_of_another_kind_is_refused_before_the_work(hnf: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "open_store", None)
    is_one_line(hnf("map", "--growth", "--chart", "map.pdf"), "a chart is written as .svg or .png")


def test_a_database_needs_no_room_in_the_temporary_folder() -> None:
    """Files of more than 100 kB cannot be written at all; the database is of megabytes."""
    code = """
from hnf.export.export import export_files
from hnf.tables.store import Store
print(len(export_files(Store(), "sqlite", ["lait"])["hnf.sqlite"]) > 1_000_000)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HNF_DATA": "", "SQLITE_TMPDIR": "/nowhere"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("True\n", "")


# Where it runs


@pytest.mark.parametrize("megabytes", [300, 700, 1300])
@pytest.mark.parametrize("arguments", [RANK, ("brief", "201", "--out", "pack"), ("brief", "--all", "--workers", "2")])
def test_a_small_address_space_is_said_and_nothing_is_begun(tmp_path: Path, megabytes: int, arguments: tuple) -> None:
    size = megabytes * 1_000_000
    ended = fresh(
        *arguments, cwd=tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)), timeout=20
    )
    is_one_line(ended, f"ulimit -v: memory is limited to {megabytes:,} MB")
    assert list(tmp_path.iterdir()) == []


def test_little_memory_for_data_is_said_too(tmp_path: Path) -> None:
    size = 200_000_000
    ended = fresh(
        "brief", "201", cwd=tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    )
    is_one_line(ended, "ulimit -d: memory is limited to 200 MB")


def test_a_full_temporary_folder_is_one_line(tmp_path: Path) -> None:
    """No file may grow beyond 1 kB, as on a disk that is full; the workbook of a pack goes through temporary files."""
    ended = fresh(
        "export", "--format", "xlsx", "--table", "prices", "--out", tmp_path / "book",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )  # fmt: skip
    is_one_line(ended, "room for temporary files (IO_EFBIG)")
    assert list(tmp_path.iterdir()) == []


def test_memory_that_does_not_do_is_no_bug(hnf: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(options, "open_store", too_much)
    is_one_line(hnf(*RANK), "too little memory, or room for temporary files (memory)")


@pytest.mark.parametrize(
    "arguments",
    [RANK, ("brief", "201"), ("export", "--format", "sqlite", "--out", "x"), ("map", "--growth", "--chart", "m.svg")],
)
def test_a_working_folder_that_is_gone(tmp_path: Path, arguments: tuple) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    ended = subprocess.run(
        ["sh", "-c", f"rmdir {gone} && {shlex.join([*HNF, *arguments])}"],
        cwd=gone,
        env={**os.environ, "HNF_DATA": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    is_one_line(ended)
    assert "gone" in ended.stderr or "No such file or directory" in ended.stderr


@pytest.mark.parametrize("words", [shlex.join(RANK), "--help", "--version", "rank --help", "brief 201 --out pack"])
def test_a_closed_output_is_no_success_and_nothing_is_begun(tmp_path: Path, words: str) -> None:
    command = f"{shlex.join(HNF)} {words}"
    env = {**os.environ, "HNF_DATA": "", "PYTHONPATH": str(ROOT)}
    for closed, said in ((">&-", "hnf: the output cannot be written: it is closed.\n"), (">&- 2>&-", "")):
        ended = subprocess.run(
            ["sh", "-c", f"{command} {closed}"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", said)
    assert list(tmp_path.iterdir()) == []


def test_a_closed_stderr_takes_nothing_from_the_answer() -> None:
    env = {**os.environ, "HNF_DATA": "", "PYTHONPATH": str(ROOT)}
    run = ["sh", "-c", f"{shlex.join([*HNF, *RANK])} 2>&-"]
    ended = subprocess.run(run, env=env, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, fresh(*RANK).stdout)


# Whose tables


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path, "does not exist"),
        (lambda path: path.mkdir() or path, "holds no tables"),
        (lambda path: path.write_text("x") and path, "is a file, not a folder"),
        (lambda _: "~nobody-of-this-name/x", "does not exist"),
    ],
)
def test_a_variable_that_names_no_tables_is_an_error(
    hnf: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Callable, why: str
) -> None:
    monkeypatch.setenv("HNF_DATA", str(make(tmp_path / "own")))
    is_one_line(hnf(*RANK), "HNF_DATA: '", why)
    assert hnf(*RANK, "--data", "shipped").code == 0
    version = hnf("--version")
    assert (version.code, version.err) == (0, "")
    assert why in version.out


def test_a_home_that_cannot_be_read_gives_the_shipped_tables_and_a_line(
    hnf: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = hnf(*RANK)

    def denied(folder: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(folder / "CURRENT"))

    monkeypatch.setattr("hnf.paths.has_tables", denied)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("HNF_DATA")
    answer = hnf(*RANK)
    assert (answer.code, answer.out) == (0, shipped.out)
    said = f"Data: those that come with hnf; your folder cannot be read ({tmp_path}/hnf/CURRENT: Permission denied).\n"
    assert answer.err == said
    monkeypatch.setenv("HNF_DATA", str(tmp_path))
    is_one_line(hnf(*RANK), "CURRENT: Permission denied")


# Signals

HELD = {
    "what swallows it": """
while True:
    try:
        time.sleep(30)
    except BaseException:
        pass
""",
    "a compiled module": """
import ctypes
library, lock = ctypes.CDLL(None), ctypes.create_string_buffer(64)
library.pthread_mutex_lock(lock)
library.pthread_mutex_lock(lock)
""",
}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("held", list(HELD))
def test_a_signal_ends_a_run_that_is_held_up(held: str, sent: signal.Signals) -> None:
    indented = HELD[held].replace("\n", "\n    ")
    code = f"""
import sys, time
from hnf import commands
from hnf.commands import run

def stuck(_):
    print("begun", flush=True)
    {indented}

run._invoke = stuck
run._PATIENCE_SECONDS = 0.2
sys.argv = ["hnf", "rank"]
commands.app()
"""
    env = {**os.environ, "HNF_DATA": "", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == "begun\n"
            time.sleep(0.3)  # until it is held up
            running.send_signal(sent)
            assert running.wait(timeout=10) == 128 + sent
        finally:
            running.kill()
