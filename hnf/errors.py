"""What can go wrong, each error saying what, where, and what to do next.

The command line turns any `HnfError` into one line on stderr and the exit code the class carries; a traceback never
reaches a user. Library callers catch `HnfError` or one of its kinds.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

T = TypeVar("T")


class HnfError(Exception):
    """An error a person can act on.

    Parameters
    ----------
    what : str
        What is wrong, in words.
    where : str, optional
        File, sheet, cell, line, or option.
    todo : str, optional
        The next step.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what = what
        self.where = where
        self.todo = todo
        super().__init__(self.line())

    def line(self) -> str:
        """The whole error as one line."""
        line = self.what if not self.where else f"{self.where}: {self.what}"
        if self.todo:
            line = f"{line.rstrip('.')}. {self.todo}"
        return " ".join(line.split())


class UsageError(HnfError):
    """A request that cannot be answered: an unknown authority, year, measure or option value."""


class NoTableError(UsageError):
    """A year of which the tables of a store hold no allocations."""

    def __init__(self, what: str, *, todo: str, store: Any, year: Any) -> None:
        super().__init__(what, todo=todo)
        self.store, self.year = store, year


def require_one_of(value: object, known: Collection[T], what: str, where: str = "") -> T:
    """Return `value` if it is among the known ones; a `UsageError` names the nearest and all of them."""
    found = next((one for one in known if one == value), None)
    if found is not None:
        return found
    from difflib import get_close_matches  # only for a mistake

    names = [str(one) for one in known]
    near = get_close_matches(str(value).casefold(), names, n=1, cutoff=0.6)
    listed = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
    raise UsageError(
        f"there is no {what} '{str(value)[:60]}'",
        where=where,
        todo=f"{f'Did you mean {near[0]}? ' if near else ''}Use {listed}.",
    )


class SourceError(HnfError):
    """A published file that is missing, changed, damaged or not laid out as described."""


class TableError(HnfError):
    """A tidy table that breaks its schema or cannot be read."""


class FormulaError(HnfError):
    """A printed formula row, a parameter or a scenario that cannot be used."""


class WorkerError(HnfError):
    """Workers that end before their work does."""


class CheckFailed(HnfError):  # noqa: N818 - a check that does not hold is an answer, not an error
    """A check that ran and did not hold (exit code 1)."""

    exit_code = 1
