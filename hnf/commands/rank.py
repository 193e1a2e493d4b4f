"""`hnf rank`: the league table of a year."""

from __future__ import annotations

from hnf.commands import options
from hnf.commands.output import AUTHORITY, Column, TableView, emit, left_out


def command(
    year: options.RequiredYear,
    measure: options.Measure = "block",
    per: options.PerOrNone = "head",
    population: options.Population = "ons",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Rank all authorities, lowest first, with ties, England, the median and who is left out and why.

    Examples
    --------
    hnf rank --year 2023-24 --measure nff --per pupil
    hnf rank --year 2023-24 --measure nff_additional --per head --population dfe
    hnf rank --year 2022-23 --per plan --format csv > ranks.csv
    """
    from hnf.analysis.rank import rank
    from hnf.measures.rates import RateSpec

    ranking = rank(options.open_store(data, edition), RateSpec(year, measure, per, population))
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
