"""The options that commands share, as types: `def command(who: Who, year: YearOption = None) -> None`.

An option that may be left out has the default that the command gives it; `RequiredYear` has none.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hnf.commands.output import Format, note
from hnf.errors import TableError, UsageError
from hnf.paths import data_folder, user_tables
from hnf.tables.authorities import Authorities
from hnf.text import fold_name
from hnf.years import FinancialYear

if TYPE_CHECKING:
    from hnf.tables.store import Store
    from hnf.workers import Workers

# Names of authorities for the shell's completion: read from the table as text, so that a Tab is answered at
# once.


def complete_authority(incomplete: str) -> list[tuple[str, str]]:
    """Return the open authorities whose name or code begins with what is typed, with what it stands for as help.

    Parameters
    ----------
    incomplete : str
        What stands before the cursor.

    Returns
    -------
    list of (str, str)
        The word to fill in, in order, and the name or code it means. A name of several words is offered joined by
        hyphens, as `city-of-london`: every command takes it so, and no shell has to quote it.
    """
    try:
        path = data_folder() / "tidy" / "authorities.csv"
        with path.open(encoding="utf-8", newline="") as file:
            known = Authorities(row for row in csv.DictReader(file) if not row["closed"]).by_code.values()
    except (OSError, TableError, KeyError, csv.Error):
        return []
    if incomplete.isdigit():
        return sorted((found.la_code, found.name) for found in known if found.la_code.startswith(incomplete))
    wanted = fold_name(incomplete)
    named = [(found.name if found.name.isalpha() else found.slug, found) for found in known]
    return sorted((word, found.la_code) for word, found in named if fold_name(word).startswith(wanted))


class Per(StrEnum):
    """What money is divided by."""

    HEAD = "head"
    PUPIL = "pupil"
    PLAN = "plan"


class PerOrNone(StrEnum):
    """What money is divided by in a league table, which can also rank whole amounts."""

    HEAD = "head"
    PUPIL = "pupil"
    PLAN = "plan"
    NONE = "none"


class Measure(StrEnum):
    """Which amount is meant."""

    BLOCK = "block"
    NFF = "nff"
    NFF_ADDITIONAL = "nff_additional"
    AFTER_DEDUCTIONS = "after_deductions"


class Population(StrEnum):
    """Which count of the people aged 2 to 18."""

    ONS = "ons"
    DFE = "dfe"


def read_year(text: str | FinancialYear) -> FinancialYear:
    """Read the value of `--year`.

    Raises
    ------
    UsageError
        If it is not a financial year.
    """
    if isinstance(text, FinancialYear):
        return text
    try:
        return FinancialYear.parse(text)
    except UsageError as error:
        raise UsageError(error.what, where="--year", todo=error.todo) from error


def read_folder(text: str | Path) -> Path:
    """Read the value of `--data`: a folder, or `shipped` for the tables that come with hnf.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    if str(text) == "shipped":
        return data_folder() / "tidy"
    folder = Path(text)
    if not folder.is_dir():
        problem = "is a file, not a folder" if folder.exists() else "does not exist"
        raise UsageError(
            f"'{text}' {problem}", where="--data", todo="Give a folder of tidy tables, or leave --data out."
        )
    return folder


def read_edition(text: str) -> str:
    """Read the value of `--edition`: an ISO date or `latest`.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if text == "latest":
        return text
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"'{text}' is not a date", where="--edition", todo="Write it as 2024-07-20, or latest."
        ) from error
    return date.isoformat()


def read_base_year(text: str | FinancialYear) -> FinancialYear:
    """Read the value of `--base-year`.

    Raises
    ------
    UsageError
        If it is not a financial year.
    """
    try:
        return read_year(text)
    except UsageError as error:
        raise UsageError(error.what, where="--base-year", todo=error.todo) from error


Who = Annotated[
    str,
    typer.Argument(
        metavar="WHO",
        help="Authority: name, three-digit code or ONS code.",
        show_default=False,
        autocompletion=complete_authority,
    ),
]

FormatOption = Annotated[
    Format,
    typer.Option("--format", case_sensitive=False, help="Table to read, or JSON or CSV for a program."),
]

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        parser=read_folder,
        help="Folder of tidy tables to use in place of your own or the ones that come with hnf (shipped).",
        show_default=False,
    ),
]

EditionOption = Annotated[
    str | None,
    typer.Option(
        "--edition",
        metavar="DATE",
        parser=read_edition,
        help="As published by this date, such as 2024-07-20.",
        show_default="latest",
    ),
]

_year = typer.Option("--year", metavar="FY", parser=read_year, help="Financial year, as 2023-24.", show_default=False)

YearOption = Annotated[FinancialYear | None, _year]

RequiredYear = Annotated[FinancialYear, _year]

_PER_HELP = "Divide by people aged 2 to 18 (head), pupils in schools, or EHC plans."

PerOption = Annotated[
    Per | None,
    typer.Option("--per", case_sensitive=False, help=_PER_HELP, show_default=False),
]

PerOrNoneOption = Annotated[
    PerOrNone,
    typer.Option("--per", case_sensitive=False, help=f"{_PER_HELP[:-1]}; none for whole amounts."),
]

MeasureOption = Annotated[
    Measure,
    typer.Option(
        "--measure",
        case_sensitive=False,
        help="Whole block before deductions, formula within floor and limit (nff), nff and the additional money, or "
        "the block after deductions.",
    ),
]

PopulationOption = Annotated[
    Population,
    typer.Option(
        "--population",
        case_sensitive=False,
        help="Heads by ONS estimate, or by the projection that DfE's formula uses.",
    ),
]

BaseYearOption = Annotated[
    FinancialYear | None,
    typer.Option(
        "--base-year",
        "--base",
        metavar="FY",
        parser=read_base_year,
        help="Prices of real terms.",
        show_default="the latest outturn",
    ),
]

VintageOption = Annotated[
    str | None,
    typer.Option(
        "--vintage", metavar="NAME", help="Publication of the price index; see hnf editions.", show_default="the latest"
    ),
]


# Which tables a query uses: those of `--data`, else the user's own, else the ones that ship.


def open_store(data: Path | None, edition: str | None = None) -> Store:
    """Return the tables that a query uses, and say so on stderr where they are the user's own and nobody asked.

    Parameters
    ----------
    data : Path or None
        The value of `--data`.
    edition : str or None
        The value of `--edition`: an ISO date, `latest` or None.

    Raises
    ------
    TableError
        If the folder holds no tables.
    """
    from hnf.tables.store import Store

    own = user_tables() if data is None else None
    store = Store(data or own, None if edition in (None, "latest") else edition)
    if own is not None and not store.is_shipped:
        note(f"Data: your folder {own}, edition {store.edition}; --data shipped for the tables that come with hnf.")
        shipped, started = Store().edition, _started_from(store)
        if started and started != shipped:
            note(
                f"Your tables started from {started}; hnf now comes with {shipped}. To have both, ingest your files "
                "again into a new folder."
            )
    if store.as_at is not None:
        note(f"As published by {store.as_at}.")
    return store


def _started_from(store: Store) -> str:
    """Return the edition of the shipped tables that an ingest started from, empty where it is not known."""
    from hnf.tables.store import INGESTED

    try:
        log = json.loads((store.folder / INGESTED).read_text(encoding="utf-8"))
        return str(log["started_from"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


# Who does the work of a long command: processes of this machine, or a Dask cluster.

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
