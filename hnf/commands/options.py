"""The options that commands share, as types: `def command(who: Who, year: Year = None) -> None`.

Also what commands do with them: open the tables that a query uses, and give long work to processes or to a cluster. An
option that may be left out has the default that the command gives it. Whatever takes time to import is imported where
it is used, so that `--help` and the shell's completion answer at once. What a shell offers for an option follows from
its name and metavar (`hnf.commands.completion`).
"""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from hnf.commands import output
from hnf.errors import UsageError
from hnf.paths import VARIABLE, data_folder, user_tables
from hnf.years import FinancialYear, January

if TYPE_CHECKING:
    from hnf.measures.rates import Spec
    from hnf.packs.content import Chart as Picture
    from hnf.results import Answer
    from hnf.tables.store import Store
    from hnf.workers import Workers


def year_of(option: str) -> Callable[[str | FinancialYear], FinancialYear]:
    """Return what reads the financial year of an option and names the option where it is none."""

    def read(text: str | FinancialYear) -> FinancialYear:
        if isinstance(text, FinancialYear):
            return text
        try:
            return FinancialYear.of(text)
        except UsageError as error:
            raise UsageError(error.what, where=option, todo=error.todo) from error

    return read


read_year = year_of("--year")
#: A January or mid-year in words, for the year.
_DAY = re.compile(r"^(?:jan(?:uary)?|mid)[\s-]*(20\d\d)$", re.IGNORECASE)


def end(name: str, help: str, *, default: str | bool = False) -> typer.models.OptionInfo:  # noqa: A002 - typer's word
    """Return `--from` or `--to`: a financial year, which goes with the January and mid-year it begins in, or one."""

    def read(text: str) -> str:
        words = text.strip()
        if found := _DAY.match(words):
            return found[1]
        try:
            return str(January.parse(words) if words.isdecimal() and len(words) == 4 else FinancialYear.parse(words))
        except UsageError as error:
            what = f"'{text[:40]}' is no year of this century"
            raise UsageError(what, where=name, todo="Write it as 2019-20, 2019 or January 2019.") from error

    return option(
        name, "YEAR", help=f"{help} A financial year or a January, as 2019-20 or 2019.", default=default, parser=read
    )


def read_folder(text: str | Path) -> Path:
    """Read the value of `--data`: a folder, or `shipped` for the tables that come with hnf."""
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
    """Read the value of `--edition`: an ISO date or `latest`."""
    return text if text == "latest" else date_of("--edition", todo="Write it as 2024-07-20, or latest.")(text)


def date_of(option: str, todo: str) -> Callable[[str], str]:
    """Return what reads the ISO date of an option; `todo` says how to write one."""

    def read(text: str) -> str:
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise UsageError(f"'{text}' is not a date", where=option, todo=todo) from error

    return read


def option(
    name: str,
    metavar: str,
    *,
    help: str,  # noqa: A002 - typer's word
    default: str | bool = False,
    parser: Callable[..., object] | None = None,
) -> typer.models.OptionInfo:
    """Return an option with a value; `default` is what help says it is when left out, True for the value itself."""
    found: typer.models.OptionInfo = typer.Option(name, metavar=metavar, help=help, show_default=default, parser=parser)
    return found


class Endings(NamedTuple):
    """How the name of a file may end, with what is said of another: what is wrong, and what to do."""

    allowed: tuple[str, ...]
    what: str
    todo: str


def place(
    name: str, metavar: str, help_text: str, *, default: bool = False, endings: Endings | None = None
) -> typer.models.OptionInfo:
    """Return the option of a file (DIR: of a folder) to write; what cannot be written is refused before the work."""

    def read(text: str | Path) -> Path:
        from hnf.files import check_place

        if endings and Path(text).suffix.casefold() not in endings.allowed:
            raise UsageError(endings.what, where=str(text) or name, todo=endings.todo)
        check_place(Path(text), is_folder=metavar == "DIR")
        return Path(text)

    return option(name, metavar, help=help_text, default=default, parser=read)


def argument(metavar: str, *, help: str) -> typer.models.ArgumentInfo:  # noqa: A002 - typer's word
    """Return an argument, with the name and the words that help gives it."""
    found: typer.models.ArgumentInfo = typer.Argument(metavar=metavar, help=help, show_default=False)
    return found


Region = Annotated[
    str | None,
    typer.Option("--region", metavar="NAME", help="Authorities of this region only."),
]
_WHO = typer.Argument(
    metavar="WHO",
    help="Authority: name, three-digit code or ONS code.",
    show_default=False,
)
Who = Annotated[str, _WHO]
WhoOrNobody = Annotated[str | None, _WHO]

Format = Annotated[
    output.Format, typer.Option("--format", case_sensitive=False, help="Table to read, or JSON or CSV for a program.")
]
Data = Annotated[
    Path | None,
    option(
        "--data",
        "DIR",
        help="Folder of tidy tables to use in place of your own or the ones that come with hnf (shipped).",
        parser=read_folder,
    ),
]
Edition = Annotated[
    str | None,
    option(
        "--edition",
        "DATE",
        help="As published by this date, such as 2024-07-20.",
        default="latest",
        parser=read_edition,
    ),
]

_year = option("--year", "FY", help="Financial year, as 2023-24; 2023 is the one that begins then.", parser=read_year)
Year = Annotated[FinancialYear | None, _year]
#: The latest with a table where it is left out: `latest`.
LatestYear = Annotated[
    FinancialYear | None,
    option("--year", "FY", help="Financial year, as 2023-24.", default="the latest with a table", parser=read_year),
]


def latest(store: Store, year: FinancialYear | None) -> FinancialYear:
    """Return a year, or the latest with a table of allocations, which is said beside the answer."""
    from hnf.measures.published import financial_years

    if year is None:
        year = financial_years(store)[-1]
        output.note_with_answer(f"Year: {year}, the latest with a table; --year for another.")
    return year


_PER_HELP = "Divide by people aged 2 to 18 (head), pupils in schools, or EHC plans."
Per = Annotated[Literal["head", "pupil", "plan"], typer.Option("--per", case_sensitive=False, help=_PER_HELP)]
PerOrNone = Annotated[
    Literal["head", "pupil", "plan", "none"],
    typer.Option("--per", case_sensitive=False, help=f"{_PER_HELP[:-1]}; none for whole amounts."),
]
Measure = Annotated[
    Literal["block", "nff", "nff_additional", "after_deductions"],
    typer.Option(
        "--measure",
        case_sensitive=False,
        help="Whole block before deductions, formula within floor and limit (nff), nff and the additional money, or "
        "the block after deductions.",
    ),
]
Population = Annotated[
    Literal["ons", "dfe"],
    typer.Option(
        "--population",
        case_sensitive=False,
        help="Heads by ONS estimate, or by the formula's own population: as the DSG sheet of the year prints it, else "
        "the ONS 2018-based projection.",
    ),
]


#: A measure of funding, or any other of the register, and its period.
AnyMeasure = Annotated[
    str,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="Whole block before deductions (block), formula within floor and limit (nff), nff_additional, "
        "after_deductions; or any other of `hnf measures`, such as within_20_weeks_pct.",
    ),
]
Period = Annotated[
    str | None,
    option(
        "--year",
        "YEAR",
        help="Financial year of funding, as 2023-24; January or calendar year of another measure, as 2025.",
        default="the latest",
    ),
]


#: A picture of the answer, and its shape.
_CHARTS = Endings((".svg", ".png"), "a chart is written as .svg or .png", "Let the name end so.")
Chart = Annotated[Path | None, place("--chart", "FILE", "Draw it too, as .svg or .png.", endings=_CHARTS)]
ChartSize = Annotated[
    Literal["slide", "column"],
    typer.Option("--chart-size", case_sensitive=False, help="A slide, 16:9, or a column of a page, 9 cm wide."),
]


#: What `--chart` and `--chart-size` say.
Drawing = tuple[Path | None, Literal["slide", "column"]]


def draw(found: Answer | Picture, chart: Path | None, size: Literal["slide", "column"]) -> None:
    """Write the picture that `--chart` asks for: of an answer, or one that is made already; then say so."""
    if chart is None:
        return
    from hnf.charts.draw import write_chart, write_figure
    from hnf.results import Answer

    if isinstance(found, Answer):
        from hnf.packs.answer_charts import figure_of

        write_figure(figure_of(found, size), chart)
    else:
        write_chart(found, chart, size)
    output.note_with_answer(f"Chart written: {chart}.")


def is_funding(measure: str) -> bool:
    """Say whether a measure is one of funding, which --per divides."""
    from hnf.measures.register import MEASURES

    return measure.strip().casefold() in MEASURES


def read_spec(context: typer.Context, store: Store, measure: str, year: str | None, per: str, population: str) -> Spec:
    """Return what a measure and its period mean: a rate of funding, or any other measure of the register.

    Raises
    ------
    UsageError
        If the measure or the period is unknown, or a measure that is divided already has --per or --population.
    """
    from hnf.measures.rates import RateSpec, spec_of
    from hnf.measures.register import MEASURES, Rate, find_measure

    name = measure.strip().casefold()
    found = None if name in MEASURES else find_measure(name)
    if found is None or isinstance(found, Rate):
        year = str(latest(store, read_year(year) if year else None))
        if found is None:
            return RateSpec(read_year(year), name, per, population)  # type: ignore[arg-type]
    refuse_given(context, ("per", "population"), f"{name} is divided already, or is no amount to divide")
    if isinstance(found, Rate):
        return spec_of(found, str(read_year(str(year))))
    from hnf.measures.shares import measure_spec  # what funding alone needs stays small

    return measure_spec(store, name, year)


def refuse_given(context: typer.Context, names: tuple[str, ...], why: str) -> None:
    """Refuse options, named as parameters, that were given and have no meaning here."""
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            option_name = {"base": "base-year", "start": "from", "end": "to"}.get(name, name)
            raise UsageError(why, where=f"--{option_name}", todo=f"Leave --{option_name} out.")


#: Measures of funding that exist in every year.
LastingMeasure = Annotated[
    Literal["block", "nff"],
    typer.Option(
        "--measure",
        case_sensitive=False,
        help="Whole block before deductions, or formula within floor and limit (nff).",
    ),
]

BaseYear = Annotated[
    FinancialYear | None,
    typer.Option(
        "--base-year",
        "--base",
        metavar="FY",
        parser=year_of("--base-year"),
        help="Prices of real terms.",
        show_default="the latest outturn",
    ),
]
Vintage = Annotated[
    str | None,
    option("--vintage", "NAME", help="Publication of the price index; see hnf editions.", default="the latest"),
]


#: What gives the tables of a folder by a date, in a process that keeps them from one command to the next.
keep_store: ContextVar[Callable[[Path | None, str | None], Store] | None] = ContextVar("keep_store", default=None)


def specs_between(
    context: typer.Context, store: Store, measure: str, ends: tuple[str | None, str | None], per: str, population: str
) -> tuple[Spec, ...]:
    """Return a measure in each of its periods from one to another, by default its first and last.

    A financial year goes with the January and the calendar year in which it begins.
    """
    from hnf.measures.shares import periods_of

    first, last = (None if one is None else int(one[:4]) for one in ends)
    name = measure.strip().casefold()
    found = [
        period
        for period in periods_of(
            store, read_spec(context, store, name, _any_year(store, name), per, population).measure
        )
        if (first or 0) <= int(period[:4]) <= (last or 9999)
    ]
    if len(found) < 2:
        raise UsageError(
            f"{name} has {len(found) or 'no'} period{'s' * (len(found) != 1)} between these years, and two are needed",
            where="--from and --to",
            todo="See `hnf measures` for its periods.",
        )
    return tuple(read_spec(context, store, name, period, per, population) for period in found)


def _any_year(store: Store, name: str) -> str | None:
    """Return a year to read what a measure is: the latest of funding, for others whichever is the latest."""
    from hnf.measures.published import financial_years

    return str(financial_years(store)[-1]) if is_funding(name) or "_per_" in name else None


def open_store(data: Path | None, edition: str | None = None) -> Store:
    """Return the tables of `--data`, else the user's own, else those that ship; a note on stderr where not asked for.

    Parameters
    ----------
    data : Path or None
        The value of `--data`.
    edition : str or None
        The value of `--edition`: an ISO date, `latest` or None.
    """
    from hnf.tables.store import Store

    try:
        own = user_tables() if data is None else None
    except OSError as error:
        if VARIABLE in os.environ:
            raise
        own = None
        output.note(f"Data: those that come with hnf; your folder cannot be read ({error.filename}: {error.strerror}).")
    store = (keep_store.get() or Store)(data or own, None if edition in (None, "latest") else edition)
    if store.not_held:
        output.note(f"Tables that your folder does not hold are those that come with hnf: {', '.join(store.not_held)}.")
    if own is not None and not store.is_shipped:
        output.note(
            f"Data: your folder {own}, edition {store.edition}; --data shipped for the tables that come with hnf."
        )
        shipped, started = Store().edition, _started_from(store)
        if started and started != shipped:
            output.note(
                f"Your tables started from {started}; hnf now comes with {shipped}. To have both, ingest your files "
                "again into a new folder."
            )
    only_factors = data is not None and store.is_shipped and store.own_folder is not None
    output.note_with_answer(
        f"Tables: those that come with hnf, edition {store.edition}; {data} holds factors only."
        if only_factors
        else "",
        is_first=True,
    )
    if store.as_at is not None:
        output.note(f"As published by {store.as_at}.")
    return store


def is_implied(
    context: typer.Context, store: Store, year: FinancialYear, lacking: Mapping[str, str] | None = None
) -> bool:
    """Say whether a year has no table and what is implied of it answers; options for anything else are refused.

    Options left out take what is implied. `lacking` says by parameter why others have no answer in such a year.
    """
    from hnf.measures.published import financial_years

    if year in financial_years(store):
        return False
    from hnf.analysis.bounds import bound_years
    from hnf.analysis.ranges import MEASURE, PER, POPULATION

    if year not in bound_years(store):
        return False
    implied, reasons = {"measure": MEASURE, "per": PER, "population": POPULATION}, lacking or {}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if source is None or source.name == "DEFAULT" or name not in {*implied, *reasons}:
            continue
        if value != implied.get(name):
            why = reasons.get(name) or (
                f"'{value}' is not implied for {year}, which has no table here: only the formula inside floor and "
                "gains limit per head of its own population is"
            )
            option = f"--{name.replace('_', '-')}"
            raise UsageError(why, where=option, todo=f"Leave {option} out.")
    return True


def _started_from(store: Store) -> str:
    """Return the edition of the shipped tables that an ingest started from, empty where it is not known."""
    from hnf.tables.store import INGESTED

    try:
        log = json.loads((store.folder / INGESTED).read_text(encoding="utf-8"))
        return str(log["started_from"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


Scheduler = Annotated[str | None, option("--scheduler", "TCP", help="A Dask cluster, as tcp://host:8786.")]


def workers_option(help_text: str) -> typer.models.OptionInfo:
    """Return the option `--workers` of a command, with its words."""
    option: typer.models.OptionInfo = typer.Option("--workers", metavar="N", min=1, help=help_text)
    return option


def check_executor_options(workers: int, scheduler: str | None) -> None:
    """Refuse a cluster and processes of this machine together, before any work is begun."""
    if scheduler is not None and workers > 1:
        raise UsageError("--workers and --scheduler do not go together", todo="Give one of them.")


@contextmanager
def executor_options(workers: int, scheduler: str | None, *, least_in_flight: int) -> Iterator[tuple[Workers, int]]:
    """Give the executor that `--workers` or `--scheduler` asks for, and how many pieces it should have at a time."""
    from hnf.workers import cluster, processes

    if scheduler is None:
        yield (processes(workers) if workers > 1 else None), max(least_in_flight, 2 * workers)
        return
    with cluster(scheduler) as (executor, threads):
        yield executor, max(least_in_flight, 2 * threads)
