"""The console blocks of the documents: run their commands and compare, or write what they print now.

A block of ```console holds lines that start with `$ hnf`, each followed by what it prints. `| head -n N` cuts the
output; a line `...` stands for any number of lines. After a change of words or data run
`python tests/structure/console_blocks.py` and read the difference.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hnf.commands import main

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"^(?P<command>.*?) \| head -n (?P<lines>\d+)$")


@dataclass(frozen=True)
class Example:
    """One command of a document and what stands under it."""

    page: Path
    line: str
    printed: tuple[str, ...]


def pages() -> list[Path]:
    """Return the documents, the README first."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples(page: Path) -> Iterator[Example]:
    """Read the commands of a page."""
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *printed = part.rstrip("\n").split("\n")
            yield Example(page, line, tuple(text.rstrip() for text in printed))


def run(line: str) -> tuple[int, list[str]]:
    """Run a line in an empty folder as in a terminal that is no terminal; return exit code and output."""
    found = _HEAD.match(line)
    command, lines = (found["command"], int(found["lines"])) if found else (line, None)
    words = shlex.split(command)
    assert words[0] == "hnf", line
    out, before = io.StringIO(), Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        os.chdir(folder)
        try:
            code = main(words[1:])
        finally:
            os.chdir(before)
    return code, [text.rstrip() for text in out.getvalue().rstrip("\n").split("\n")][:lines]


def agrees(example: Example, output: list[str]) -> bool:
    """Whether the output is what the page prints, blank lines at the end aside."""
    pattern = "\n".join(
        ".*" if text.strip() == "..." else re.escape(text) for text in "\n".join(example.printed).rstrip().split("\n")
    )
    return re.fullmatch(pattern, "\n".join(output).rstrip(), flags=re.DOTALL) is not None


def rewrite(page: Path) -> None:
    """Write into a page what its commands print now; commands with an ellipsis under them stay."""
    text = page.read_text(encoding="utf-8")

    def fresh(block: re.Match[str]) -> str:
        parts = []
        for part in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
            line, *printed = part.rstrip("\n").split("\n")
            if not any(text.strip() == "..." for text in printed):
                printed = run(line)[1]
            parts.append("\n".join([f"$ {line}", *printed]).rstrip() + "\n")
        return "```console\n" + "\n".join(parts) + "```"

    page.write_text(_BLOCK.sub(fresh, text), encoding="utf-8")


if __name__ == "__main__":
    for document in pages():
        if _BLOCK.search(document.read_text(encoding="utf-8")):
            rewrite(document)
