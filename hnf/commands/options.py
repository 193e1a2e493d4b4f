"""The options that commands share, as types: `def command(who: Who, year: YearOption = None) -> None`.

An option that may be left out has the default that the command gives it; `RequiredYear` has none.
"""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hnf.commands.completion import complete_authority
from hnf.commands.output import Format
from hnf.errors import UsageError
from hnf.locations import data_folder
from hnf.years import FinancialYear


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
