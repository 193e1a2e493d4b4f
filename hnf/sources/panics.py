"""Keeps what a compiled reader prints about damaged input off the terminal.

The reader of workbooks tells the standard error of the process where it gave up before Python hears of it: three lines
about its own source code, or thirty, above the one line that says what is wrong with the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_STDERR = 2
#: The standard error is one for all threads.
_held = Lock()


@contextmanager
def unprinted() -> Iterator[None]:
    """Send what is written to the standard error nowhere, meanwhile; what is raised comes through."""
    with _held:
        try:
            kept = os.dup(_STDERR)
        except OSError:  # closed by the caller, as in `hnf ingest FILE 2>&-`
            yield
            return
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, _STDERR)
            os.close(nowhere)
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
