"""The help text of a command, taken from the numpydoc docstring of its function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

_SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)


def help_text(function: Callable[..., Any]) -> str:
    """Return the docstring up to its first section: what the command does, in paragraphs."""
    return _SECTION.split(inspect.getdoc(function) or "", maxsplit=1)[0].strip()


def epilog(function: Callable[..., Any]) -> str:
    """Return the lines of the section `Examples`, marked to be shown as they are; empty if there is none."""
    pieces = _SECTION.split(inspect.getdoc(function) or "")
    examples = dict(zip(pieces[1::2], pieces[2::2], strict=True)).get("Examples", "").strip()
    if not examples:
        return ""
    # A backspace alone on a line keeps typer from wrapping the paragraph that follows.
    return "\n".join(["\b", "Examples:", *(f"  {line}".rstrip() for line in examples.splitlines() if line.strip())])
