"""The help text of a command, taken from the numpydoc docstring of its function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

EXAMPLES = "Examples:"
_SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)


def help_text(function: Callable[..., Any]) -> str:
    """Return the docstring up to its first section: what the command does, in paragraphs."""
    return _SECTION.split(inspect.getdoc(function) or "", maxsplit=1)[0].strip()


def summary(function: Callable[..., Any]) -> str:
    """Return the first sentence of the docstring, for a list of commands."""
    return " ".join(help_text(function).partition("\n\n")[0].split())


def examples(function: Callable[..., Any]) -> list[str]:
    """Return the lines of the section `Examples`."""
    pieces = _SECTION.split(inspect.getdoc(function) or "")
    found = dict(zip(pieces[1::2], pieces[2::2], strict=True)).get("Examples", "")
    return [line.rstrip() for line in found.strip().splitlines() if line.strip()]


def epilog(lines: Iterable[str]) -> str:
    """Return examples marked to be shown as they are; empty if there are none."""
    shown = [f"  {line}" for line in lines]
    # A backspace alone on a line keeps typer from wrapping the paragraph that follows.
    return "\n".join(["\b", EXAMPLES, *shown]) if shown else ""
