"""`hnf association`: does money go with need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed, left_out
from hnf.errors import UsageError
from hnf.results import pick
from hnf.text import capital, join_words

if TYPE_CHECKING:
    from hnf.analysis.association import Estimate
    from hnf.tables.store import Store

#: Measures of funding that exist in every year.
LASTING = ("block", "nff")

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
    from hnf.analysis.association import association, elasticity, notes, sentences
    from hnf.measures.published import financial_years
    from hnf.measures.register import find_measure, require_measure

    store, name = options.open_store(data, edition), measure.strip().casefold()
    if against is not None:
        options.refuse_given(context, ("ages",), "only EHC plans per head have ages; two measures say theirs")
        _emit_pair(store, (name, against.strip().casefold()), year, output)
        return
    if name not in LASTING:
        todo = "Give --against another measure; without it, --measure is block or nff."
        raise UsageError(f"{find_measure(name).name} with what", where="--against", todo=todo)
    years = [options.read_year(year)] if year else financial_years(store)
    money = require_measure(name)
    found = {one: association(store, one, money, ages) for one in years}
    slope = elasticity(store, money) if len(financial_years(store)) > 1 else None
    in_words, remarks = sentences(found, slope, ages), notes(ages, list(found), name)
    rows = [{"financial_year": str(one), **_row(estimate)} for one, estimate in found.items()]
    payload = {
        "measure": name,
        "ages": ages,
        "years": rows,
        "elasticity": _row(slope) if slope else None,
        "sentences": in_words,
        "notes": remarks,
    }
    emit(payload, output, table=_table(ages, rows, [*in_words, *remarks]), rows_key="years")


def _emit_pair(store: Store, names: tuple[str, str], year: str | None, output: Format) -> None:
    from hnf.analysis.association import pair_association, pair_sentences, pair_specs
    from hnf.measures.register import find_measure
    from hnf.tables.authorities import Authorities

    estimates = [pair_association(store, *specs) for specs in pair_specs(store, names, year)]
    last, known = estimates[-1], Authorities.of(store)
    rows = [
        {"measure_period": str(one.specs[0].year), "against_period": str(one.specs[1].year), **_row(one)}
        for one in estimates
    ]
    excluded = [{"la_code": code, "la_name": known[code].name, "reason": why} for code, why in last.excluded.items()]
    odd = [{"la_code": code, "la_name": known[code].name, "words": list(words)} for code, words in last.flags.items()]
    said = pair_sentences(last)
    payload = {"measure": names[0], "against": names[1], "years": rows, "excluded": excluded, "flags": odd}
    noted = [known[code].prose for code in last.flags]
    remarks = [f"There are notes on the returns of {join_words(noted)} (--format json)."] if noted else []
    words = [capital(find_measure(name).words) for name in names]
    table = TableView(
        title=f"Rank correlation of two measures. First: {words[0]}. Second: {words[1]}",
        columns=(*headed(measure_period="First", against_period="Second"), *_COLUMNS[1:]),
        rows=_printed(rows),
        notes=[*said, *remarks, *left_out(excluded)],
    )
    emit({**payload, "sentences": said}, output, table=table, rows_key="years")


def _printed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, **{key: f"{row[key]:.3f}" for key in ("value", "low", "high")}} for row in rows]


def _table(ages: Ages, rows: list[dict[str, Any]], remarks: list[str]) -> TableView:
    words = ages.replace("-", " to ")
    return TableView(
        title=f"Rank correlation of funding per head with EHC plans per head aged {words}",
        columns=_COLUMNS,
        rows=_printed(rows),
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
