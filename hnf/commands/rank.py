"""`hnf rank`: the league table of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from hnf.commands import options
from hnf.commands.output import AUTHORITY, Column, Format, TableView, emit, headed, left_out

if TYPE_CHECKING:
    from hnf.tables.store import Store
    from hnf.years import FinancialYear


def command(
    context: typer.Context,
    year: options.RequiredYear,
    measure: options.Measure = "block",
    per: options.PerOrNone = "head",
    population: options.Population = "ons",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Rank all authorities, lowest first, with ties, England, the median and who is left out and why.

    A year without a table whose rules are known (see `hnf bounds`) has ranges: the lowest and the highest possible
    rank and rate, of the formula per head on its own population only.

    Examples
    --------
    hnf rank --year 2023-24 --measure nff --per pupil
    hnf rank --year 2023-24 --measure nff_additional --per head --population dfe
    hnf rank --year 2022-23 --per plan --format csv > ranks.csv
    hnf rank --year 2024-25
    """
    from hnf.analysis.rank import rank
    from hnf.measures.rates import RateSpec

    store = options.open_store(data, edition)
    if options.is_implied(context, store, year):
        _emit_ranges(store, year, output)
        return
    ranking = rank(store, RateSpec(year, measure, per, population))
    payload = ranking.to_json()
    rows = [{**row, "position": f"={row['rank']}" if row["tied_with"] else str(row["rank"])} for row in payload["rows"]]
    whole = per == "none"
    table = TableView(
        title=f"{ranking.universe} authorities, lowest first: {ranking.spec.in_words}",
        columns=(
            Column("position", "Rank", "number"),
            *AUTHORITY,
            Column("value", "Pounds", "gbp" if whole else "rate"),
        ),
        rows=rows,
        footer=[
            {"la_name": "England (sum)" if whole else "England", "value": ranking.table.england},
            {"la_name": "Median", "value": ranking.table.median},
        ],
        notes=[
            f"Basis: {ranking.spec.in_words}. 1 is the lowest of {ranking.universe} authorities.",
            *left_out(payload["excluded"]),
            *([f"England: {ranking.england_note}."] if ranking.england_note else []),
        ],
    )
    emit(payload, output, table=table, rows_key="rows")


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
