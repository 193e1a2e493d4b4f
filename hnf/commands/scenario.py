"""`hnf scenario`: what if the rules were others."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands.options import DataOption, EditionOption, FormatOption, YearOption
from hnf.commands.output import Column, Format, TableView, emit, note
from hnf.commands.scenario_tables import ENDS, comparison, comparison_table, result_table

if TYPE_CHECKING:
    from hnf.formula.scenario_files import Scenario

commands = typer.Typer(help="Run scenarios: what if the rules were others.")


class Sort(StrEnum):
    """What winners and losers are sorted by."""

    CHANGE = "change"
    PCT = "pct"
    HEAD = "head"
    NAME = "name"


_SORT_KEYS = {Sort.CHANGE: "change_gbp", Sort.PCT: "change_pct", Sort.HEAD: "change_per_head_gbp"}

_Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE|NAME…", help="Scenario files or names; a+b means a and then b.", show_default=False),
]
_One = Annotated[str, typer.Argument(metavar="FILE|NAME", help="A scenario; a+b for two.", show_default=False)]
_Sort = Annotated[Sort, typer.Option("--sort", case_sensitive=False, help="Largest first by this; or by name.")]
_All = Annotated[bool, typer.Option("--all", help=f"Every authority, not the first and last {ENDS} only.")]
_Chart = Annotated[
    Path | None,
    typer.Option(
        "--chart", metavar="FILE", help="Draw the winners and losers too, as .svg or .png.", show_default=False
    ),
]
_Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a new file.", show_default=False)]


@commands.command("list")
def list_scenarios(output: FormatOption = Format.TABLE) -> None:
    """List the scenarios that ship with hnf.

    Examples
    --------
    hnf scenario list
    hnf scenario list --format json
    """
    from hnf.formula.scenario_files import library_names, library_path, read_scenario

    rows = [_described(read_scenario(library_path(name))) for name in library_names()]
    shown = [{**row, "years": _span(row["years"])} for row in rows]
    emit(
        {"scenarios": rows, "count": len(rows)},
        output,
        table=TableView(
            title=f"{len(rows)} scenarios",
            columns=(Column("name", "Scenario"), Column("title", "What if"), Column("years", "Years")),
            rows=shown,
            notes=["'hnf scenario show NAME' says what one changes; 'hnf scenario new' starts a file of your own."],
        ),
        rows_key="scenarios",
    )


@commands.command("show")
def show(name: _One, output: FormatOption = Format.TABLE) -> None:
    """Show what a scenario changes.

    Its changes stand in their order, with what they are taken from and the years they are for.

    Examples
    --------
    hnf scenario show no_gains_limit
    hnf scenario show no_gains_limit+additional_by_plans
    hnf scenario show my.toml --format json
    """
    from hnf.formula.change_words import change_words
    from hnf.formula.scenario_files import combine, find_scenarios

    scenario = combine(find_scenarios([name]))
    payload = _described(scenario)
    rows = [
        {"number": number, "kind": change.kind, "words": change_words(change)}
        for number, change in enumerate(scenario.changes, start=1)
    ]
    emit(
        payload,
        output,
        table=TableView(
            title=scenario.title,
            columns=(Column("number", "Order", "number"), Column("kind", "Kind"), Column("words", "Change")),
            rows=rows,
            notes=[
                f"Years: {', '.join(payload['years'])}. Baseline: {scenario.baseline.replace('_', ' ')}.",
                f"By {scenario.author}. Reference: {scenario.reference}.",
            ],
        ),
        rows_key="changes",
    )


@commands.command("run")
def run(
    files: _Files,
    year: YearOption = None,
    sort: _Sort = Sort.CHANGE,
    every: _All = False,
    chart: _Chart = None,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Show winners and losers of a scenario.

    Every authority: change in pounds, per cent and per head, rank before and after, and what it costs England.

    Several are computed one after another, in the order given. The year may be left out where there is only one.

    Examples
    --------
    hnf scenario run no_gains_limit --year 2023-24
    hnf scenario run no_gains_limit+uplift_1_pct --year 2022-23 --sort head
    hnf scenario run my.toml --year 2023-24 --format csv > my.csv
    """
    from hnf.commands.open_tables import open_store
    from hnf.formula.scenario import run_scenario
    from hnf.formula.scenario_files import combine, find_scenarios

    store = open_store(data, edition)
    found = run_scenario(store, combine(find_scenarios(files)), year)
    if chart is not None:
        from hnf.reporting.chart_files import write_chart
        from hnf.reporting.scenario_chart import winners_losers_chart

        write_chart(winners_losers_chart(store, found), chart)
        note(f"Chart written: {chart}.")
    payload = found.payload()
    payload["rows"] = _sorted(payload["rows"], sort)
    every = every or sort is Sort.NAME or output is not Format.TABLE
    emit(payload, output, table=result_table(found, payload, every=every), rows_key="rows")


@commands.command("compare")
def compare(
    first: _One,
    second: _One,
    year: YearOption = None,
    every: _All = False,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Compare two scenarios.

    Who gets more under which, the largest difference first.

    Examples
    --------
    hnf scenario compare additional_by_pupils additional_by_plans --year 2023-24
    hnf scenario compare no_gains_limit my.toml --year 2022-23 --format json
    """
    from hnf.commands.open_tables import open_store
    from hnf.formula.scenario import run_scenario
    from hnf.formula.scenario_files import combine, find_scenarios

    store = open_store(data, edition)
    results = [run_scenario(store, combine(find_scenarios([word])), year) for word in (first, second)]
    payload = comparison(*results)
    every = every or output is not Format.TABLE
    emit(payload, output, table=comparison_table(payload, every=every), rows_key="rows")


@commands.command("new")
def new(out: _Out = None, year: YearOption = None, output: FormatOption = Format.TABLE) -> None:
    """Write a scenario file to start from.

    It explains every key and every kind of change. A file that is there already is left as it is.

    Examples
    --------
    hnf scenario new --out my.toml --year 2023-24
    hnf scenario new | less
    """
    from hnf.formula.scenario_template import template, write_template

    if out is not None:
        write_template(out, year)
        note(f"Written: {out}. Change it, then 'hnf scenario run {out}'.")
    if output is Format.TABLE:
        if out is None:
            sys.stdout.write(template(year))
        return
    emit({"file": out, "text": template(year)}, output, table=TableView("", (), ()), rows_key=None)


def _described(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "author": scenario.author,
        "reference": scenario.reference,
        "baseline": scenario.baseline,
        "years": [str(year) for year in scenario.years],
        "changes": [{"kind": change.kind, "parameters": dict(change.parameters)} for change in scenario.changes],
    }


def _span(years: list[str]) -> str:
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _sorted(rows: list[dict[str, Any]], sort: Sort) -> list[dict[str, Any]]:
    if sort is Sort.NAME:
        return sorted(rows, key=lambda row: str(row["la_name"]))
    key = _SORT_KEYS[sort]
    return sorted(rows, key=lambda row: (row[key] is None, -(row[key] or 0.0)))
