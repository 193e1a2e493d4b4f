"""Work handed to any `concurrent.futures.Executor`, a few items at a time, with lost workers made good.

Threads, processes of this machine and a Dask cluster (through `distributed.Client.get_executor`) are all executors.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from hnf.errors import UsageError, WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")
#: Where workers come from: an executor, something that makes one (and another when that breaks), or None for this
#: process itself.
Workers = Executor | Callable[[], Executor] | None

#: How often an item is handed out before it is taken to be what ends the workers.
MOST_ATTEMPTS = 4
#: Items handed out and not yet taken back, which bounds the memory that results wait in.
IN_FLIGHT = 8
#: Packages whose versions must be the same here and on a worker for results to be the same to the last bit.
_NUMERIC = ("numpy", "scipy")
#: What tells the libraries how many threads to use.
_THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass
class _Pool(Generic[Item, Result]):
    """The executor in use and what it is working on.

    An item that was lost with its worker is suspected of having ended it, and is handed out again when nothing else
    is at work, so that an innocent one is never blamed.
    """

    work: Callable[[Item], Result]
    source: Executor | Callable[[], Executor]
    on_worker_lost: Callable[[Item], Result] | None
    executor: Executor = field(init=False)
    running: dict[Future[Result], tuple[Item, int]] = field(default_factory=dict)
    suspects: list[tuple[Item, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.executor = self.source if isinstance(self.source, Executor) else self.source()

    def submit(self, item: Item, attempt: int = 1) -> None:
        with _uninterrupted():
            try:
                future = self.executor.submit(self.work, item)
            except BrokenExecutor:
                self._renew()
                future = self.executor.submit(self.work, item)
        self.running[future] = (item, attempt)

    def collect(self) -> Iterator[Result]:
        """Yield what is finished, waiting for one at least."""
        done, _ = wait(self.running, return_when=FIRST_COMPLETED)
        for future in done:
            item, attempt = self.running.pop(future)
            try:
                result = future.result()
            except BaseException as error:
                if not _is_loss(error):
                    raise
                self.suspects.append((item, attempt + 1))
            else:
                yield result

    def clear_suspects(self) -> Iterator[Result]:
        """Work on what was lost, one item at a time and nothing beside it."""
        while self.suspects:
            while self.running:
                yield from self.collect()
            item, attempt = self.suspects.pop(0)
            if attempt <= MOST_ATTEMPTS:
                self.submit(item, attempt)
                yield from self.collect()
            elif self.on_worker_lost is not None:
                yield self.on_worker_lost(item)
            else:
                what = f"a worker ended {MOST_ATTEMPTS} times over the same part of the work"
                todo = "It may lack memory: use fewer workers. What was finished is kept for the next run there."
                raise WorkerError(what, todo=todo)

    def _renew(self) -> None:
        if isinstance(self.source, Executor):
            what = "a worker ended and its executor takes no more work"
            raise WorkerError(what, todo="Run it again: what was finished is kept for the next run into this folder.")
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self.source()

    def dismiss(self) -> None:
        for future in self.running:
            future.cancel()
        if not isinstance(self.source, Executor):
            self.executor.shutdown(wait=True, cancel_futures=True)


def completed(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    workers: Workers = None,
    in_flight: int = IN_FLIGHT,
    on_worker_lost: Callable[[Item], Result] | None = None,
) -> Generator[Result]:
    """Yield the result of each item, in the order in which they are finished.

    Parameters
    ----------
    work : callable
        Takes one item; must be importable by name where the workers are other processes.
    items : sequence
        What is worked on.
    workers : Executor, callable that makes one, or None
        With None the work is done here, one item after another. An executor that is handed in is left open.
    in_flight : int
        Items handed out at a time.
    on_worker_lost : callable, optional
        Gives the result of an item that ended its worker every time; without it that is an error.

    Raises
    ------
    WorkerError
        If workers keep ending, or one ends and the executor cannot be made anew.
    """
    if workers is None:
        yield from map(work, items)
        return
    pool = _Pool(work, workers, on_worker_lost)
    try:
        for item in items:
            pool.submit(item)
            if len(pool.running) >= in_flight:
                yield from pool.collect()
            yield from pool.clear_suspects()
        while pool.running:
            yield from pool.collect()
            yield from pool.clear_suspects()
    finally:
        pool.dismiss()


def available_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def processes(count: int) -> Callable[[], Executor]:
    """Return what makes a pool of so many processes of this machine."""

    def make() -> Executor:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # A forked process would inherit the locks of polars' threads without the threads.
        return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_start_worker)

    return make


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a request to end the program wait: a process of the pool that is half started would complain of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]  # Windows has not all of them
    usual = {number: signal.getsignal(number) for number in (getattr(signal, name) for name in names)}
    # None is what was set by other than Python, and could not be put back.
    usual = {number: handler for number, handler in usual.items() if handler not in (None, signal.SIG_IGN)}
    for number in usual:
        signal.signal(number, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        if asked:
            signal.raise_signal(asked[0])


def _start_worker() -> None:
    """Prepare a process of the pool, before it imports what it works with.

    There is one process a core, so each keeps to one thread. Ctrl-C is for the process that hands out the work, which
    lets this one finish. Should that process be killed, this one ends too: it would wait for work for ever, and until
    then write into a folder that another run may be using.
    """
    from multiprocessing import parent_process
    from multiprocessing.connection import wait as wait_for

    for name in _THREADS:
        os.environ.setdefault(name, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return

    def end_with_parent() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


@contextmanager
def cluster(address: str, packages: Sequence[str] = _NUMERIC) -> Iterator[tuple[Executor, int]]:
    """Connect to the scheduler of a Dask cluster and give its workers as an executor, and how many threads they have.

    Parameters
    ----------
    address : str
        Such as `tcp://10.0.0.5:8786`.
    packages : sequence of str
        Those that results depend on: they must have the same versions here and on every worker.

    Raises
    ------
    UsageError
        If `distributed` is not installed, nobody answers at the address, or the cluster has no workers or other
        versions than this process.
    """
    try:
        import distributed
    except ImportError as error:
        what = "a Dask cluster needs the package distributed"
        raise UsageError(what, where="--scheduler", todo="pip install 'hnf[cluster]'") from error
    connect: Callable[..., Any] = distributed.Client
    try:
        client = connect(address, timeout="10s")
    except (OSError, ValueError, TypeError) as error:
        what = f"no scheduler answers at '{address}' ({type(error).__name__})"
        todo = "Start one with `dask scheduler` and give its address, as tcp://host:8786."
        raise UsageError(what, where="--scheduler", todo=todo) from error
    with client:
        _check_cluster(client, tuple(packages))
        yield client.get_executor(retries=MOST_ATTEMPTS, pure=False), sum(client.nthreads().values())


def versions(packages: Sequence[str] = _NUMERIC) -> dict[str, str]:
    """Return the versions that results depend on, here or on a worker."""
    from importlib.metadata import version

    from hnf.release import __version__

    return {"hnf": __version__, **{name: version(name) for name in packages}}


def _check_cluster(client: Any, packages: tuple[str, ...]) -> None:
    """Refuse a cluster that would compute nothing, or something else than this process."""
    where = "--scheduler"
    todo = "Install the same versions on the scheduler and on every worker."
    asked = partial(versions, packages)
    try:
        found = [client.run_on_scheduler(asked), *client.run(asked).values()]
    except Exception as error:  # whatever a scheduler or worker without hnf makes of the question
        raise UsageError(f"the cluster cannot run hnf ({type(error).__name__})", where=where, todo=todo) from error
    if len(found) == 1:
        raise UsageError("the cluster has no workers", where=where, todo="Start some with `dask worker`.")
    for other in found:
        if other != asked():
            said = ", ".join(f"{name} {number}" for name, number in other.items())
            raise UsageError(f"the cluster has {said}", where=where, todo=todo)


def _is_loss(error: BaseException) -> bool:
    """Whether the worker was lost rather than the work wrong."""
    if isinstance(error, BrokenExecutor | CancelledError):
        return True
    return type(error).__module__.startswith("distributed.") and type(error).__name__ in (
        "KilledWorker",
        "FutureCancelledError",
        "FuturesCancelledError",
        "CommClosedError",
    )
