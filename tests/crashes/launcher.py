"""Starts commands in processes of their own, from one that has imported everything already.

Run as a script it takes one request a line from its input, forks, and answers with one line. A process that is forked
runs the real command line from its first to its last step, but starts in a hundredth of the time.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

#: What takes long to import and starts no thread.
MODULES = (
    "hnf.commands.run", "hnf.commands.export", "hnf.commands.brief", "hnf.commands.ingest",
    "hnf.commands.sweep", "hnf.commands.sources", "hnf.commands.map",
    "hnf.commands.options", "hnf.explore.page", "hnf.export.ees",
    "hnf.export.export", "hnf.export.export", "hnf.packs.build", "hnf.packs.batch",
    "hnf.packs.write", "hnf.charts.draw", "hnf.formats.web_page", "hnf.formats.xlsx",
    "hnf.formats.word", "hnf.formats.pdf", "hnf.formats.ods", "hnf.ingest.ingest", "hnf.sources.build",
    "hnf.fetch.fetch", "hnf.analysis.reconcile",
    "hnf.scenarios.sweep_run", "hnf.scenarios.sweep_run", "hnf.scenarios.sweep_files",
    "scipy.stats.qmc", "crash_cases",
)  # fmt: skip


def main() -> None:
    for name in MODULES:
        import_module(name)
    for line in sys.stdin:
        print(json.dumps(_serve(json.loads(line))), flush=True)


def _serve(request: dict[str, Any]) -> dict[str, Any]:
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        _run(request, told)
    os.close(told)
    try:
        return _attend(request, child, heard)
    finally:
        os.close(heard)


def _attend(request: dict[str, Any], child: int, heard: int) -> dict[str, Any]:
    """Read what the process does, send the signal at its moment, and wait for its end."""
    steps = os.read(heard, 1 << 16)
    started = time.monotonic()
    if request.get("after") is not None:
        time.sleep(request["after"])
        sent = signal.Signals(request.get("signal", signal.SIGKILL))
        with suppress(ProcessLookupError):
            (os.killpg if sent == signal.SIGKILL else os.kill)(child, sent)
    while more := os.read(heard, 1 << 16):
        steps += more
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - started
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # workers that outlive it
    return {"code": os.waitstatus_to_exitcode(status), "steps": steps.decode().splitlines(), "seconds": seconds}


def _run(request: dict[str, Any], told: int) -> None:
    """Be the command, and never come back."""
    os.setsid()
    for name, descriptor in (("out", 1), ("err", 2)):
        target = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, descriptor)
    sys.stdin.close()
    os.environ.update(request.get("env", {}))
    if request.get("most_bytes"):  # of any one file, as a disk that is full: writing more fails with EFBIG
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["most_bytes"], request["most_bytes"]))
    code: Any = 99
    try:
        faulty, cases, commands = (import_module(name) for name in ("faulty", "crash_cases", "hnf.commands"))
        if request.get("case"):
            getattr(cases, request["case"])()
        fault = faulty.Fault(**request.get("fault", {}))
        faulty.watch(request["root"], fault, lambda kind, path: os.write(told, f"{kind} {path}\n".encode()))
        sys.argv = ["hnf", *request["arguments"]]
        commands.app()
    except SystemExit as leave:
        code = leave.code or 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
