"""Progress for somebody who is watching: a bar on stderr where that is a terminal, silence everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from hnf.commands.terminal import clean, is_terminal

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
    from rich.markup import escape
    from rich.progress import track as show_bar

    yield from show_bar(items, escape(clean(label)), total=total, console=Console(stderr=True), transient=True)


@contextmanager
def bytes_received(label: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show how much of a file has arrived.

    Parameters
    ----------
    label : str
        Which file, as `dsg_2023_24`.

    Yields
    ------
    callable
        To be told the bytes so far and the bytes in all, None where that is not known.
    """
    if not is_terminal(sys.stderr):
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(clean(label)), total=None)
        yield lambda received, whole: bar.update(task, completed=received, total=whole)
