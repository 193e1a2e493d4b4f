"""How many of our modules a reader opens to follow one question, from the command to the printed row."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The most that a reader should have to open for `hnf rank`.
MOST = 12
#: Runs one command and prints the modules of hnf whose functions are called from its `command` until `emit` returns.
FOLLOW = """
import contextlib, inspect, io, json, sys
from hnf.commands import main

called, inside, importing = {}, False, 0

def watch(frame, event, argument):
    global inside, importing
    code, module = frame.f_code, frame.f_globals.get("__name__", "")
    if code.co_name == "<module>" and event in ("call", "return"):
        importing += 1 if event == "call" else -1
    if module == START and code.co_name == "command" and event in ("call", "return"):
        inside = event == "call"
    # Class bodies, what a module does as it is imported, and methods that Python calls by itself are no step.
    name = code.co_name.removeprefix("<lambda>")
    plumbing = not code.co_flags & inspect.CO_OPTIMIZED or name.startswith(("__", "<"))
    if inside and not importing and event == "call" and module.startswith("hnf.") and not plumbing:
        called.setdefault(module, []).append(code.co_qualname)

START = sys.argv[1]
sys.setprofile(watch)
with contextlib.redirect_stdout(io.StringIO()) as out:
    status = main(sys.argv[2:])
sys.setprofile(None)
print(json.dumps({"status": status, "lines": len(out.getvalue().splitlines()), "called": called}))
"""


def followed(*words: str) -> dict[str, list[str]]:
    """Return the modules through which a command goes in a fresh process, each with the functions called."""
    program = [sys.executable, "-c", FOLLOW, f"hnf.commands.{words[0]}", *words]
    answer = subprocess.run(program, capture_output=True, text=True, check=True, cwd=ROOT, env=ENVIRONMENT)
    found = json.loads(answer.stdout)
    assert found["status"] == 0
    assert found["lines"] > 20
    called: dict[str, list[str]] = found["called"]
    return called


ENVIRONMENT = {"PYTHONPATH": str(ROOT), "HNF_DATA": "", "PATH": ""}


def test_following_a_rank_opens_few_modules() -> None:
    called = followed("rank", "--year", "2023-24")
    assert {"hnf.commands.rank", "hnf.analysis.rank", "hnf.measures.rates", "hnf.tables.store"} <= set(called)
    assert len(called) <= MOST, {module: names[:3] for module, names in sorted(called.items())}


def test_contributing_names_the_modules_that_a_rank_goes_through() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = {f"{module.replace('.', '/')}.py" for module in followed("rank", "--year", "2023-24")}
    named = set(re.findall(r"`(hnf/[\w/]+(?:\.py|/))`", page))
    assert [path for path in sorted(paths) if not {path, f"{path.rpartition('/')[0]}/"} & named] == []
