"""Locks: one holder at a time, words for whoever has to wait, nothing left, no lock of a killed process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hnf.errors import TableError, UsageError
from hnf.files import exclusive_lock, hold_place

HOLD = """
import sys, time
from pathlib import Path
from hnf.files import hold_place
with hold_place(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_process_is_kept_out_until_the_first_is_killed(tmp_path: Path) -> None:
    place = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(place)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(TableError, match="out: another process is writing there"), hold_place(place, seconds=0):
            pass
        other.kill()
        other.wait()
    with hold_place(place, seconds=0) as is_held:
        assert is_held
        assert [path.name for path in tmp_path.iterdir()] == [".out.hnf-lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_cannot_be_written_is_one_clear_message(tmp_path: Path) -> None:
    def refusal() -> UsageError:
        return UsageError("somebody else holds it")

    missing = tmp_path / "missing"
    lock = exclusive_lock(missing / "lock", missing, refusal)
    with pytest.raises(TableError, match="cannot write: No such file or directory") as caught, lock:
        pass
    assert caught.value.where == str(missing)
    assert not missing.exists()
