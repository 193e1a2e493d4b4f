"""Commands that write, what they leave when they end before their time, and whether the next run makes it good."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
#: Times of day, which differ from run to run, and who holds a lock.
_TIMES = re.compile(rb'"(at|when)": "20\d\d-[^"]*"')
_LOCKS = (".lock", ".fetched.lock")

Tree = dict[str, bytes]


@dataclass(frozen=True)
class Command:
    """A command that writes.

    Parameters
    ----------
    name : str
    arguments : tuple of str
        `{root}` is the folder that is watched, `{given}` that of the files it reads.
    case : str
        Function of `crash_cases` that prepares its process.
    earlier : tuple of tuples of str
        Commands whose output is there before.
    whole : tuple of str
        Folders below the root that are replaced as a whole.
    """

    name: str
    arguments: tuple[str, ...]
    case: str = ""
    earlier: tuple[tuple[str, ...], ...] = ()
    whole: tuple[str, ...] = ("out",)
    env: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Ended:
    """How a process ended: exit code or minus the signal, output, its steps, seconds from the first to the end."""

    code: int
    out: str
    err: str
    steps: list[str]
    seconds: float


class Launcher:
    """A process that has imported everything and starts commands by forking."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (TESTS.parent, TESTS, TESTS / "crashes"))),
            "HNF_DATA": "",
            "OPENBLAS_NUM_THREADS": "1",
            "POLARS_MAX_THREADS": "2",
            "PYTHONWARNINGS": "ignore",
        }
        self._process = subprocess.Popen(
            [sys.executable, str(TESTS / "crashes" / "launcher.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip

    def __call__(self, **request: Any) -> Ended:
        """Run one command; the parameters are those of `launcher`."""
        out, err = self.folder / "stdout", self.folder / "stderr"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**request, "out": str(out), "err": str(err)}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(out=out.read_text(), err=err.read_text(), **answer)

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Trial:
    """One command, its folder before and after an undisturbed run, and runs that are disturbed."""

    def __init__(self, launcher: Launcher, command: Command, base: Path) -> None:
        self.launcher = launcher
        self.command = command
        self.root, self._template, self.given = base / "root", base / "template", base / "given"
        for folder in (self.root, self.given, base / "kept", base / "marks"):
            folder.mkdir(exist_ok=True)
        self.env = {"HNF_KEPT": str(base / "kept"), "HNF_MARKS": str(base / "marks"), **command.env}
        for arguments in command.earlier:
            self._need(self.start(arguments))
        shutil.copytree(self.root, self._template)
        self.before = tree(self.root)
        self.undisturbed = self._need(self.start())
        self.wanted = tree(self.root)
        assert self.wanted != self.before, "the run changes nothing, so that nothing can be seen of a crash"

    @staticmethod
    def _need(ended: Ended) -> Ended:
        assert ended.code == 0, ended.err
        return ended

    def start(self, arguments: tuple[str, ...] = (), **request: Any) -> Ended:
        """Run the command, or other arguments, with a fault or a signal."""
        words = [word.format(root=self.root, given=self.given) for word in arguments or self.command.arguments]
        return self.launcher(arguments=words, case=self.command.case, root=str(self.root), env=self.env, **request)

    def reset(self) -> None:
        """Put the folder back to what it was before the command."""
        shutil.rmtree(self.root)
        shutil.copytree(self._template, self.root)

    def check_nothing_half(self, moment: str) -> None:
        """What is there at its name is whole: as it was, or as it is to be."""
        found = tree(self.root)
        for name, content in found.items():
            if not is_hidden(name):
                known = [side[name] for side in (self.before, self.wanted) if name in side]
                assert content in known, f"{moment}: {name} is neither the old nor the new one"
        for folder in self.command.whole:
            now, old, new = (below(side, folder) for side in (found, self.before, self.wanted))
            assert now in (old, new, {}), f"{moment}: {folder} is a mixture"
            if old and not now:  # between the two renames
                parent, _, name = folder.rpartition("/")
                aside = below(found, f"{parent}/.{name}.hnf-old".lstrip("/"))
                assert aside == old, f"{moment}: {folder} is gone and not put aside"

    def check_next_run(self, moment: str) -> None:
        """The same command again ends well, with the bytes of an undisturbed run and nothing beside them."""
        ended = self.start()
        assert (ended.code, ended.err) == (0, self.undisturbed.err), f"{moment}: {ended}"
        self.check_is_as_wanted(moment)

    def check_is_as_wanted(self, moment: str) -> None:
        """Everything below the folder, hidden files too, is as after an undisturbed run."""
        differing(tree(self.root), self.wanted, moment)

    def check_is_as_before(self, moment: str) -> None:
        """Everything below the folder, hidden files too, is as it was before the command; locks do not count."""
        differing(tree(self.root), self.before, moment)


def differing(found: Tree, wanted: Tree, moment: str) -> None:
    """Fail with the names of what is missing, too much, or has other content."""
    missing, extra = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    other = sorted(name for name in wanted.keys() & found.keys() if wanted[name] != found[name])
    assert (missing, extra, other) == ([], [], []), f"{moment}: {missing=}, {extra=}, {other=}"


def tree(root: Path) -> Tree:
    """Every file below a folder by its path, hidden ones too; locks left out, times of day made the same."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.endswith(_LOCKS):
            found[name] = _TIMES.sub(rb'"\1": "then"', path.read_bytes())
        elif path.is_dir() and not any(path.iterdir()) and is_hidden(name):
            found[f"{name}/"] = b""
    return found


def is_hidden(name: str) -> bool:
    """Whether a path is one that nobody looks at: it is being made, or put aside."""
    return any(part.startswith(".") for part in name.split("/")) or name.endswith(".part")


def below(found: Tree, folder: str) -> Tree:
    """The files of one folder, by their paths in it."""
    return {
        name.removeprefix(f"{folder}/"): content for name, content in found.items() if name.startswith(f"{folder}/")
    }
