"""`hnf association`: does money go with need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.analysis.association import Estimate


Ages = Literal["2-18", "0-25"]
_Ages = Annotated[Ages, typer.Option("--ages", help="Ages of the people that plans are divided by.")]


def command(
    measure: options.LastingMeasure = "block",
    ages: _Ages = "2-18",
    year: options.Year = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Correlate funding per head with EHC plans per head, and say how funding moved where plans grew more.

    Spearman's rank correlation in every year or in one, and the elasticity of funding to plans, each with a 95%
    interval. Association is not cause.

    Examples
    --------
    hnf association
    hnf association --ages 0-25 --year 2023-24
    hnf association --measure nff --format json
    """
    from hnf.analysis.association import association, elasticity, notes, sentences
    from hnf.measures.published import financial_years

    store = options.open_store(data, edition)
    years = [year] if year else financial_years(store)
    found = {one: association(store, one, measure, ages) for one in years}
    slope = elasticity(store, measure) if len(financial_years(store)) > 1 else None
    in_words, remarks = sentences(found, slope, ages), notes(ages, list(found), measure)
    rows = [{"financial_year": str(one), **_row(estimate)} for one, estimate in found.items()]
    payload = {
        "measure": measure,
        "ages": ages,
        "years": rows,
        "elasticity": _row(slope) if slope else None,
        "sentences": in_words,
        "notes": remarks,
    }
    emit(payload, output, table=_table(ages, rows, [*in_words, *remarks]), rows_key="years")


def _table(ages: Ages, rows: list[dict[str, Any]], remarks: list[str]) -> TableView:
    words = ages.replace("-", " to ")
    return TableView(
        title=f"Rank correlation of funding per head with EHC plans per head aged {words}",
        columns=_COLUMNS,
        rows=[{**row, **{key: f"{row[key]:.3f}" for key in ("value", "low", "high")}} for row in rows],
        notes=remarks,
    )


_COLUMNS = headed(
    financial_year="Year",
    authorities=("Authorities", "count"),
    value=("Correlation", "number"),
    low=("95% from", "number"),
    high=("to", "number"),
)


def _row(found: Estimate) -> dict[str, Any]:
    return {
        **pick(found, "authorities=count value low high"),
        "basis": "derived",
        "interval_basis": "estimated",
        **pick(found, "label method=derivation"),
        "figure_ids": {name: found.figure(name).id for name in ("value", "low", "high")},
    }
