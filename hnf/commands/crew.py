"""Who does the work of a long command: processes of this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from hnf.errors import UsageError

if TYPE_CHECKING:
    from hnf.workers import Workers

SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="TCP", help="A Dask cluster, as tcp://host:8786.", show_default=False),
]


def workers_option(help_text: str) -> typer.models.OptionInfo:
    """Return the option `--workers` of a command, with its words."""
    option: typer.models.OptionInfo = typer.Option("--workers", metavar="N", min=1, help=help_text)
    return option


def check_crew(workers: int, scheduler: str | None) -> None:
    """Refuse a cluster and processes of this machine together, before any work is begun.

    Raises
    ------
    UsageError
        If both are asked for.
    """
    if scheduler is not None and workers > 1:
        raise UsageError("--workers and --scheduler do not go together", todo="Give one of them.")


@contextmanager
def crew(workers: int, scheduler: str | None, *, least_in_flight: int) -> Iterator[tuple[Workers, int]]:
    """Give the workers, and how many pieces they should have at a time.

    Raises
    ------
    WorkerError
        If the cluster cannot be reached.
    """
    from hnf.workers import cluster, processes

    if scheduler is None:
        yield (processes(workers) if workers > 1 else None), max(least_in_flight, 2 * workers)
        return
    with cluster(scheduler) as (executor, threads):
        yield executor, max(least_in_flight, 2 * threads)
