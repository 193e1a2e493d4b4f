"""`hnf association`: does money go with need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed, kind_of, left_out
from hnf.text import capital, join_words

if TYPE_CHECKING:
    from hnf.tables.store import Store

Ages = Literal["2-18", "0-25"]
_Ages = Annotated[Ages, typer.Option("--ages", help="Ages of the people that plans are divided by.")]
_Against = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="NAME",
        help="Any measure of `hnf measures`, with any as --measure.",
        show_default="EHC plans per head",
    ),
]


_Residuals = Annotated[
    bool,
    typer.Option("--residuals", help="Each authority's distance from the line through all, in pounds and per cent."),
]


def command(
    context: typer.Context,
    measure: options.AnyMeasure = "block",
    against: _Against = None,
    ages: _Ages = "2-18",
    year: options.Period = None,
    residuals: _Residuals = False,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Correlate funding per head with EHC plans per head, and say how funding moved where plans grew more.

    Spearman's rank correlation in every year or in one, and the elasticity of funding to plans, each with a 95%
    interval. Association is not cause. With --against, any two measures: a financial year goes with the January and the
    calendar year in which it begins.

    With --residuals, who has less or more funding than authorities with as much of that need have: by a straight line
    through all authorities in one year, the latest if none is named. It is a comparison, no entitlement.

    Examples
    --------
    hnf association
    hnf association --ages 0-25 --year 2023-24
    hnf association --measure nff --format json
    hnf association --residuals --year 2023-24 --format csv
    hnf association --measure special_independent_pct --against block_per_plan
    """
    from hnf.analysis.association import association
    from hnf.tables.authorities import Authorities

    if against is not None:
        options.refuse_given(context, ("ages",), "only EHC plans per head have ages; two measures say theirs")
    elif year is not None and options.is_funding(measure):
        options.read_year(year)
    store = options.open_store(data, edition)
    if residuals:
        _emit_residuals(store, (measure, against), year, ages, (chart, size), output)
        return
    found = association(store, measure, against, ages, year)
    options.draw(found, chart, size)
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


#: Authorities shown at either end.
_ENDS = 10


def _emit_residuals(
    store: Store,
    names: tuple[str, str | None],
    year: str | None,
    ages: Ages,
    picture: options.Drawing,
    output: Format,
) -> None:
    from hnf.analysis.association import lasting_measure, measure_name, pair_specs, residuals
    from hnf.measures.published import financial_years
    from hnf.measures.rates import RateSpec

    if names[1] is None:
        when = options.read_year(year) if year else financial_years(store)[-1]
        found = residuals(store, RateSpec(when, lasting_measure(names[0]), "head"), ages)
    else:
        pair = (measure_name(names[0]), measure_name(names[1]))
        found = residuals(store, *pair_specs(store, pair, year)[-1])
    options.draw(found, *picture)
    rows, kind = found.rows, kind_of(found.spec.unit)
    shown = rows if len(rows) <= 2 * _ENDS else [*rows[:_ENDS], {"la_name": "…"}, *rows[-_ENDS:]]
    table = TableView(
        title=f"{capital(found.spec.in_words)}: {found.authorities} authorities against {found.against_words}",
        columns=(
            *headed(la_code="Code", la_name="Authority", value=("Has", kind), expected=("Line gives", kind)),
            *headed(difference_pct=("Per cent", "pct_change")),
            *(headed(difference_gbp=("Pounds", "gbp_change")) if found.counts else ()),
        ),
        rows=shown,
        notes=[
            *found.sentences,
            f"Estimated. The {_ENDS} furthest below and above; every authority is in --format csv and json.",
            *left_out(found.excluded),
        ],
    )
    emit(found, output, table=table)
