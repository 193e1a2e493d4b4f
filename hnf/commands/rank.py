"""`hnf rank`: the league table of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hnf.commands import options
from hnf.commands.output import (
    AUTHORITY,
    Column,
    Format,
    TableView,
    emit,
    flag_notes,
    headed,
    kind_of,
    left_out,
)

if TYPE_CHECKING:
    from hnf.tables.store import Store
    from hnf.years import FinancialYear


_Level = Annotated[
    Literal["authority", "region"], typer.Option("--level", case_sensitive=False, help="Rank authorities, or regions.")
]


def command(
    context: typer.Context,
    year: options.Period = None,
    level: _Level = "authority",
    region: options.Region = None,
    measure: options.AnyMeasure = "block",
    per: options.PerOrNone = "head",
    population: options.Population = "ons",
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Rank all authorities, lowest first, with ties, England, the median and who is left out and why.

    A rate of funding in a year, or any other measure of `hnf measures` in a January or calendar year. A year without a
    table whose rules are known (see `hnf bounds`) has ranges: the lowest and the highest possible rank and rate, of the
    formula per head on its own population only.

    Examples
    --------
    hnf rank --year 2023-24 --measure nff --per pupil
    hnf rank --year 2023-24 --measure nff_additional --per head --population dfe
    hnf rank --measure within_20_weeks_pct --year 2024
    hnf rank --year 2022-23 --per plan --format csv > ranks.csv
    hnf rank --year 2023-24 --per plan --level region
    hnf rank --year 2023-24 --region "South East"
    hnf rank --year 2024-25
    """
    from hnf.analysis.rank import rank

    store = options.open_store(data, edition)
    if year is not None and options.is_funding(measure):
        lacking = dict.fromkeys(("level", "region"), "ranges are of all authorities among all")
        lacking["chart"] = "ranges have no order to draw: hnf map has a picture"
        if options.is_implied(context, store, options.read_year(year), lacking):
            _emit_ranges(store, options.read_year(year), output)
            return
    asked = options.read_spec(context, store, measure, year, per, population)
    ranking = rank(store, asked, level=level, region=region)
    options.draw(ranking, chart, size)
    payload, spec = ranking.to_json(), ranking.spec
    rows = [{**row, "position": f"={row['rank']}" if row["tied_with"] else str(row["rank"])} for row in payload["rows"]]
    if level == "region":
        rows = [{**row, "la_code": row["area_code"], "la_name": row["area_name"]} for row in rows]
    odd = [{**row, "words": words} for row in rows for words in row.get("flags", ())]
    marked = [{**row, "la_name": f"{row['la_name']} *" if "flags" in row else row["la_name"]} for row in rows]
    is_money = spec.unit.startswith("gbp")
    value = Column("value", _HEADINGS.get(spec.unit, "Pounds"), kind_of(spec.unit))
    place = headed(la_code=("Code", "name"), la_name="Region") if level == "region" else AUTHORITY
    beside = [{"la_name": ranking.region["area_name"], **ranking.region}] if ranking.region else []
    table = TableView(
        title=f"{ranking.among_in_words}, lowest first: {spec.in_words}",
        columns=(Column("position", "Rank", "number"), *place, value),
        rows=marked,
        footer=[
            *beside,
            {
                "la_name": "England (sum)" if spec.per == "none" and is_money else "England",
                "value": ranking.table.england,
            },
            {"la_name": "Median", "value": ranking.table.median},
        ],
        notes=[
            f"Basis: {spec.in_words}. 1 is the lowest of {ranking.among_in_words}.",
            *(["* see the note on the return."] if odd else []),
            *flag_notes(odd),
            *left_out(payload["excluded"]),
            *([f"{'England: ' if is_money else ''}{ranking.england_note}."] if ranking.england_note else []),
            *ranking.notes,
        ],
    )
    emit(payload, output, table=table, rows_key="rows")


#: Headings of values that are no pounds.
_HEADINGS = {"pct": "%", "count": "Number", "per_1000": "Per 1,000"}


def _emit_ranges(store: Store, year: FinancialYear, output: Format) -> None:
    from hnf.analysis.ranges import range_notes, rank_ranges

    found = rank_ranges(store, year)
    payload = found.to_json()
    ends = ("lower_per_head_gbp", "upper_per_head_gbp")
    table = TableView(
        title=f"{payload['universe']} authorities, lowest and highest possible rank (implied): {found.spec.in_words}",
        columns=(
            *headed(lower_rank=("Rank from", "number"), upper_rank=("Rank to", "number")),
            *AUTHORITY,
            *headed(lower_per_head_gbp=("Pounds from", "rate"), upper_per_head_gbp=("Pounds to", "rate")),
        ),
        rows=payload["rows"],
        footer=[
            {"la_name": name, **{end: payload[key][end] for end in ends}}
            for key, name in (("england", "England"), ("median", "Median"))
        ],
        notes=[
            f"Basis: {found.spec.in_words}. 1 is the lowest of {payload['universe']} authorities.",
            "In the order of the lowest possible rank, then the highest, then the code; no other order is implied.",
            "England and the median: with all authorities at their lower ends, and at their upper ends.",
            *range_notes(found.found),
            *left_out(payload["excluded"]),
        ],
    )
    emit(payload, output, table=table, rows_key="rows")
