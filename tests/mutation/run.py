"""Changes one thing in the code at a time and asks whether a test notices: `python tests/mutation/run.py`.

cosmic-ray makes the mutants (`<` for `<=`, `+` for `-`, a number one more). Each is tried in a copy of the repository
with the quick unit tests of its folder and with `tests/oracles`. The test that notices one is tried without it too.
Without options a fixed sample is tried; a mutant stays in it for as long as its line stays. Exit code 1 if one
survives that `survivors.toml` does not list, 2 if a test fails without a mutant.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.util import cache_from_source
from itertools import islice
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONFIG = tomllib.loads((HERE / "mutation.toml").read_text(encoding="utf-8"))
#: What the tests of a copy need.
COPIED = ("hnf", "data", "docs", "tests", "README.md", "CHANGELOG.md", "cli.py", "pyproject.toml")


@dataclass(frozen=True, eq=False)
class Mutant:
    """A changed module: where, and the lines before and after."""

    module: str
    definition: str
    line: int
    column: int
    operator: str
    occurrence: int
    source: str

    @cached_property
    def code(self) -> str:
        """The module with the change made."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        return mutate_code(self.source, get_operator(self.operator)(), self.occurrence) or self.source

    @cached_property
    def lines(self) -> tuple[str, str]:
        """The first line that differs, before and after."""
        pairs = zip(self.source.splitlines(), self.code.splitlines(), strict=False)
        return next(((one.strip(), other.strip()) for one, other in pairs if one != other), ("", ""))

    def key(self) -> tuple[str, str, str, str]:
        """What stays the same when lines elsewhere change."""
        return (self.module, self.definition, *self.lines)

    def order(self) -> bytes:
        """Where a mutant is in the sample: by a hash of the seed, of its line and of what is changed there."""
        line = self.source.splitlines()[self.line - 1]
        parts = (CONFIG["mutants"]["seed"], self.module, self.definition, line, str(self.column), self.operator)
        parts = (*parts, str(self.occurrence % 2))  # a number has two: one more, one less
        return hashlib.sha256("\0".join(parts).encode()).digest()


def mutants_of(path: Path) -> list[Mutant]:
    """Return the mutants of a module; texts, types and messages left out."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.ast.ast_query import ASTQuery
    from cosmic_ray.plugins import get_operator, operator_names

    code = path.read_text(encoding="utf-8")
    module = path.relative_to(ROOT).as_posix()
    skipped = lines_of_words(code)
    nodes = list(ast_nodes(get_ast(code)))
    found = []
    for name in operator_names():
        operator_class = get_operator(name)
        if operator_class.arguments() or any(re.match(pattern, name) for pattern in CONFIG["mutants"]["without"]):
            continue
        operator = operator_class()
        places = [(node, at) for node in nodes for at, _ in operator.mutation_positions(node)]
        for occurrence, (node, (line, column)) in enumerate(places):
            if line not in skipped:
                definition = ASTQuery(node).get_definition_name() or ""
                found.append(Mutant(module, definition, line, column, name, occurrence, code))
    return found


def lines_of_words(code: str) -> set[int]:
    """Return the lines of errors that are raised, and of texts: their words are no figures."""
    words: set[int] = set()
    for node in ast.walk(ast.parse(code)):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        is_type = isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None
        if isinstance(node, ast.Raise | ast.JoinedStr) or (is_text and node.end_lineno != node.lineno):
            words |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif is_type and isinstance(node, ast.AnnAssign) and node.value is None:
            words.add(node.lineno)
    return words


def all_mutants(folders: list[str]) -> list[Mutant]:
    """Return the mutants of some folders in the order of the sample: by a hash of seed, place and lines."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    with ProcessPoolExecutor() as pool:
        return sorted((mutant for found in pool.map(mutants_of, paths) for mutant in found), key=Mutant.order)


def listed() -> dict[tuple[str, str, str, str], str]:
    """Return the reasons of the mutants that may survive."""
    found = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))["survivor"]
    return {(one["module"], one["definition"], one["before"], one["after"]): one["reason"] for one in found}


def copy_repository(folder: Path) -> Path:
    """Copy what tests need; code that is compiled already is known by its content, as mutants change it soon."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        elif source.is_file():
            shutil.copy2(source, folder / name)
    compiled = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", str(folder / "hnf")]
    subprocess.run(compiled, check=True, env=environment(folder))
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a test run in a copy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return {**kept, "PYTHONPATH": str(folder), "CI": "true"}


def try_tests(folder: Path, tests: list[str]) -> tuple[bool, str]:
    """Return whether tests pass in a copy, and the first that does not."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
            timeout=CONFIG["mutants"]["timeout_seconds"],
        )
    except subprocess.TimeoutExpired:
        return False, "(took too long)"
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", run.stdout, flags=re.MULTILINE)
    return run.returncode == 0, failed[0] if failed else run.stdout[-300:] * bool(run.returncode)


def tests_for(mutant: Mutant) -> list[str]:
    """Return the tests that a mutant must not pass: the quick ones of its folder first."""
    return [*CONFIG["tests"][mutant.module.split("/")[1]], "tests/oracles"]


def try_one(folder: Path, mutant: Mutant) -> str | None:
    """Return the test that noticed a mutant, None where none did."""
    path = folder / mutant.module
    original = path.read_text(encoding="utf-8")
    write_module(path, mutant.code)
    try:
        passed, failed = try_tests(folder, tests_for(mutant))
    finally:
        write_module(path, original)
    return None if passed else failed


def write_module(path: Path, code: str) -> None:
    """Write a module anew, and forget what was compiled of it: a change within the same second would not be seen."""
    path.write_text(code, encoding="utf-8")
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


class Sound:
    """Which tests pass where nothing is changed: a mutant is noticed by one that does, not by one that always fails."""

    def __init__(self) -> None:
        self._passed: dict[tuple[str, ...], str] = {}

    def check(self, folder: Path, mutant: Mutant, noticed: str) -> str:
        """Try the test that noticed a mutant, or all where none is named; return the one that fails without it."""
        function = noticed.partition("[")[0]  # with all its cases: the name of one may have spaces
        tests = (function,) if function.startswith("tests/") else tuple(tests_for(mutant))
        if tests not in self._passed:
            passed, failed = try_tests(folder, list(tests))
            self._passed[tests] = "" if passed else failed or tests[0]
        return self._passed[tests]


def as_toml(mutant: Mutant) -> str:
    """Return an entry for the list of survivors."""
    rows = zip(("module", "definition", "before", "after"), mutant.key(), strict=True)
    return "\n".join(["[[survivor]]", *(f"{name} = '''{value}'''" for name, value in rows), 'reason = ""', ""])


def main() -> int:
    """Run the mutants that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every mutant: some days of one processor")
    parser.add_argument("--count", type=int, help="so many of the sample")
    parser.add_argument("--skip", type=int, default=0, help="leave out so many of the sample's first")
    parser.add_argument("--only", help="modules whose path holds this, such as analysis/growth")
    parser.add_argument("--listed", action="store_true", help="try those too that the list says may survive")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    mutants: Iterable[Mutant] = (found := all_mutants(CONFIG["mutants"]["folders"]))
    print(f"{len(found):,} mutants of " + ", ".join(CONFIG["mutants"]["folders"]), flush=True)
    if asked.only:
        mutants = [mutant for mutant in mutants if asked.only in mutant.module]
    known, began = listed(), time.monotonic()
    if not asked.listed:  # those that may survive take longest, and nothing follows from them
        mutants = (mutant for mutant in mutants if mutant.key() not in known)
    if not asked.all:
        mutants = islice(mutants, asked.skip, asked.skip + (asked.count or CONFIG["mutants"]["sample"]))
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(asked.workers) as pool:
        copies: queue.Queue[Path] = queue.Queue()
        first = copy_repository(Path(temporary) / "0")
        copies.put(first)
        for number in range(1, asked.workers):
            copies.put(Path(shutil.copytree(first, Path(temporary) / str(number))))
        sound = Sound()

        def run(mutant: Mutant) -> tuple[Mutant, str | None, str]:
            folder = copies.get()
            try:
                noticed = try_one(folder, mutant)
                return mutant, noticed, "" if noticed is None else sound.check(folder, mutant, noticed)
            finally:
                copies.put(folder)

        outcomes, new = Counter[str](), []
        for mutant, noticed, failed in pool.map(run, mutants):
            if failed:
                pool.shutdown(cancel_futures=True)
                print(f"the tests fail without a mutant: {failed}")
                return 2
            if noticed is not None:
                outcome = "killed"
            elif mutant.key() in known:
                outcome = "survived, as listed"
            else:
                outcome = "SURVIVED"
                new.append(mutant)
            outcomes[outcome] += 1
            where = f"{mutant.module}:{mutant.line}"
            print(f"{outcome:20} {where:40} {'  ->  '.join(mutant.lines)}   {noticed or ''}", flush=True)
    print("\n".join(map(as_toml, new)))
    print(f"{dict(outcomes)} in {time.monotonic() - began:.0f} s")
    return 1 if new else 0


if __name__ == "__main__":
    raise SystemExit(main())
