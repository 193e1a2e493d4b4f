"""`hnf association`: does money go with need."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed, left_out
from hnf.text import join_words

Ages = Literal["2-18", "0-25"]
_Ages = Annotated[Ages, typer.Option("--ages", help="Ages of the people that plans are divided by.")]
_Against = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="NAME",
        help="Any measure of `hnf measures`, with any as --measure.",
        show_default="EHC plans per head",
        autocompletion=options.complete_measure,
    ),
]


def command(
    context: typer.Context,
    measure: options.AnyMeasure = "block",
    against: _Against = None,
    ages: _Ages = "2-18",
    year: options.Period = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Correlate funding per head with EHC plans per head, and say how funding moved where plans grew more.

    Spearman's rank correlation in every year or in one, and the elasticity of funding to plans, each with a 95%
    interval. Association is not cause. With --against, any two measures: a financial year goes with the January and the
    calendar year in which it begins.

    Examples
    --------
    hnf association
    hnf association --ages 0-25 --year 2023-24
    hnf association --measure nff --format json
    hnf association --measure special_independent_pct --against block_per_plan
    """
    from hnf.analysis.association import association
    from hnf.tables.authorities import Authorities

    if against is not None:
        options.refuse_given(context, ("ages",), "only EHC plans per head have ages; two measures say theirs")
    elif year is not None and options.is_funding(measure):
        options.read_year(year)
    store = options.open_store(data, edition)
    found = association(store, measure, against, ages, year)
    form = found.form
    if against is None:
        columns, remarks = _COLUMNS, form["notes"]
    else:
        known = Authorities.of(store)
        noted = [known[one["la_code"]].prose for one in form["flags"]]
        columns = (*headed(measure_period="First", against_period="Second"), *_COLUMNS[1:])
        remarks = [f"There are notes on the returns of {join_words(noted)} (--format json)."] if noted else []
        remarks += left_out(form["excluded"])
    rows = [{**row, **{key: f"{row[key]:.3f}" for key in ("value", "low", "high")}} for row in form["years"]]
    emit(found, output, table=TableView(found.title, columns, rows, [*form["sentences"], *remarks]))


_COLUMNS = headed(
    financial_year="Year",
    authorities=("Authorities", "count"),
    value=("Correlation", "number"),
    low=("95% from", "number"),
    high=("to", "number"),
)
