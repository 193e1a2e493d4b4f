"""Fixtures that every folder of tests shares."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from hnf.commands import main, options
from hnf.paths import data_folder
from hnf.tables.store import Store

ROOT = Path(__file__).parent.parent

# Under `nohup`, or as a job of a script, signals are ignored, and programs inherit that. They do not inherit a handler:
# the tests go on when they are signalled, and the commands that they start end as anybody's.
for _number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM) if os.name == "posix" else ():
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)

# The tables of whoever runs the tests are not what is tested.
os.environ["HNF_DATA"] = ""
# Nor is the width that they like.
os.environ.pop("COLUMNS", None)

# Continuous integration says the same of the same commit twice; everywhere else new examples are drawn each time.
# `HNF_EXAMPLES` says how many, where a test does not say so itself.
EXAMPLES = int(os.environ.get("HNF_EXAMPLES", "40"))
settings.register_profile("here", max_examples=EXAMPLES, derandomize=bool(os.environ.get("CI")))
settings.load_profile("here")


@dataclass(frozen=True)
class Answer:
    """What one command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="session")
def store() -> Store:
    """The shipped tables."""
    return Store()


@pytest.fixture(scope="session")
def raw() -> Path:
    """The folder of published files."""
    named = os.environ.get("HNF_RAW")
    if not named or not Path(named).is_dir():
        pytest.fail(f"HNF_RAW must name the folder of published files; it is {named!r}. See `hnf sources list`.")
    return Path(named)


@pytest.fixture(scope="session")
def hnf(store: Store) -> Iterator[Callable[..., Answer]]:
    """Run a command line in this process. The tables that ship are read once for all of them, a user's every time."""
    opened = options.open_store

    def open_store(data: Path | None, edition: str | None = None) -> Store:
        found = opened(data, edition)
        return store if found.own_folder is None and found.as_at is None else found

    def run(*arguments: str | Path) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Answer(code, out.getvalue(), err.getvalue())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(options, "open_store", open_store)
        yield run


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the shipped tables, to be changed."""
    folder = tmp_path / "tables"
    shutil.copytree(data_folder() / "tidy", folder)
    return folder
