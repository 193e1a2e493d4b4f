"""Counts the steps that change files below a folder, and lets one of them fail, end the process, or be the last one.

A step is what the system does at once: making a file or folder, renaming, removing, and each half of what is written.
Python announces all but the writing itself to its audit hooks; for that, files are opened with a class that counts.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CHANGES = ("os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.chmod", "os.truncate", "os.link", "os.symlink")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Steps that need space; on a full disk the others go on as before.
_NEED_SPACE = ("open", "write", "os.mkdir")


class Fault:
    """What happens at a step.

    Parameters
    ----------
    at : int
        The step, from 1; 0 for none.
    error : str
        Name of the error that the step ends with, as `ENOSPC`; empty where the whole process group is killed.
    lasting : bool
        Whether every later step that the error is about fails too.
    asked : int
        Number of a signal that arrives when the step is done, before anything else happens; 0 for none.
    """

    def __init__(self, at: int = 0, error: str = "", *, lasting: bool = False, asked: int = 0) -> None:
        self.at = at
        self.error = error
        self.lasting = lasting
        self.asked = asked
        self._is_due = False

    def strike(self, number: int, kind: str, path: str) -> None:
        """Do what is to be done at a step."""
        if not self.at or number < self.at or (number > self.at and not self.lasting):
            return
        if self.asked:
            self._is_due = True
            return
        if not self.error:
            os.killpg(0, signal.SIGKILL)
        if self.error == "ENOSPC" and kind not in _NEED_SPACE:
            return
        code = getattr(errno, self.error)
        raise OSError(code, os.strerror(code), path)

    def follow(self, frame: Any, event: str, _: Any) -> None:
        """Send the signal when the function of the step returns, if that is not one that is written here."""
        if self._is_due and event in ("c_return", "c_exception") and frame.f_code.co_filename != __file__:
            self._is_due = False
            signal.raise_signal(self.asked)


def watch(root: str, fault: Fault, tell: Callable[[str, str], None]) -> None:
    """Count the steps below a folder from now on, for the rest of this process, and tell each before it happens."""
    inside = Path(root).resolve()
    count = [0]
    own = os.getpid()

    def step(kind: str, path: str) -> None:
        if os.getpid() != own:
            return
        count[0] += 1
        tell(kind, path)
        fault.strike(count[0], kind, path)

    def is_below(path: Any, folder: Any = -1) -> bool:
        if isinstance(path, int):
            return False
        name = Path(os.fsdecode(path))
        if isinstance(folder, int) and folder >= 0:
            name = Path(f"/proc/self/fd/{folder}").readlink() / name
        return (name.parent.resolve() / name.name).is_relative_to(inside)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and is_below(path):
                step("open", os.fsdecode(path))
        elif event == "os.mkdir" and Path(os.fsdecode(arguments[0])).is_dir():
            return  # it is there already, which is no step
        elif event in _CHANGES and is_below(arguments[0], arguments[-1] if event != "os.rename" else arguments[2]):
            step(event, os.fsdecode(arguments[0]))

    class Counted(io.FileIO):
        def write(self, content: Any) -> int:
            view = memoryview(content).cast("B")
            half = len(view) // 2
            if half:
                super().write(view[:half])
            step("write", str(self.name))
            return half + (super().write(view[half:]) or 0)

    plain = io.open

    def opened(  # noqa: PLR0917 - as the function in whose place it stands
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        if isinstance(file, int) or not set(mode) & set("wax+") or not is_below(file):
            return plain(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = Counted(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    io.open = builtins.open = opened  # type: ignore[assignment]
    sys.addaudithook(hook)
    if fault.asked:
        sys.setprofile(fault.follow)
