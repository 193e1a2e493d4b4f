"""`hnf rank`: the league table of a year."""

from __future__ import annotations

from hnf.commands.options import (
    DataOption,
    EditionOption,
    FormatOption,
    Measure,
    MeasureOption,
    PerOrNone,
    PerOrNoneOption,
    Population,
    PopulationOption,
    RequiredYear,
)
from hnf.commands.output import Column, Format, TableView, emit


def command(
    year: RequiredYear,
    measure: MeasureOption = Measure.BLOCK,
    per: PerOrNoneOption = PerOrNone.HEAD,
    population: PopulationOption = Population.ONS,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Rank all authorities, lowest first, with ties, England, the median and who is left out and why.

    Examples
    --------
    hnf rank --year 2023-24 --measure nff --per pupil
    hnf rank --year 2023-24 --measure nff_additional --per head --population dfe
    hnf rank --year 2022-23 --per plan --format csv > ranks.csv
    """
    from hnf.analysis.rank import rank
    from hnf.commands.options import open_store
    from hnf.measures.rates import RateSpec

    ranking = rank(open_store(data, edition), RateSpec(year, measure.value, per.value, population.value))
    payload = ranking.to_json()
    rows = [{**row, "position": f"={row['rank']}" if row["tied_with"] else str(row["rank"])} for row in payload["rows"]]
    whole = per is PerOrNone.NONE
    notes = [
        f"Basis: {ranking.spec.in_words}. 1 is the lowest of {ranking.universe} authorities.",
        *(f"Left out: {entry['la_name']} ({entry['la_code']}): {entry['reason']}." for entry in payload["excluded"]),
    ]
    emit(
        payload,
        output,
        table=TableView(
            title=f"{ranking.universe} authorities, lowest first: {ranking.spec.in_words}",
            columns=(
                Column("position", "Rank", "number"),
                Column("la_code", "Code"),
                Column("la_name", "Authority"),
                Column("value", "Pounds", "gbp" if whole else "rate"),
            ),
            rows=rows,
            footer=[
                {"la_name": "England (sum)" if whole else "England", "value": ranking.table.england},
                {"la_name": "Median", "value": ranking.table.median},
            ],
            notes=notes,
        ),
        rows_key="rows",
    )
