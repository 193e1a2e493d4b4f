"""Progress for somebody who is watching: a bar on stderr where that is a terminal, silence everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from hnf.commands.terminal import is_terminal

Item = TypeVar("Item")


def track(items: Iterable[Item], label: str, *, total: int | None = None) -> Iterator[Item]:
    """Yield the items and show how far the work on them has got.

    Parameters
    ----------
    items : iterable
        What is worked on.
    label : str
        What is being done, as `Writing packs`.
    total : int, optional
        How many items there are, where their length does not say.
    """
    if not is_terminal(sys.stderr):
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as show_bar

    yield from show_bar(items, label, total=total, console=Console(stderr=True), transient=True)
