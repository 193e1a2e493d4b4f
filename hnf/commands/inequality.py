"""`hnf inequality`: the spread of rates, year by year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hnf.commands.options import (
    DataOption,
    EditionOption,
    FormatOption,
    Measure,
    MeasureOption,
    Per,
    PerOption,
    Population,
    PopulationOption,
    YearOption,
)
from hnf.commands.output import Column, Format, TableView, emit

if TYPE_CHECKING:
    from hnf.analysis.inequality import Spread


def command(
    measure: MeasureOption = Measure.BLOCK,
    per: PerOption = Per.HEAD,
    population: PopulationOption = Population.ONS,
    year: YearOption = None,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Measure how far apart the rates of authorities lie, in every year or in one.

    Range, highest over lowest, coefficient of variation, Gini coefficient, and Theil's T with its parts within and
    between regions, each in plain words with its limits.

    Examples
    --------
    hnf inequality
    hnf inequality --measure nff --per pupil --year 2023-24
    hnf inequality --per plan --format csv > spread.csv
    """
    from hnf.analysis.inequality import notes, sentences, spreads
    from hnf.commands.options import open_store

    store = open_store(data, edition)
    found = spreads(store, measure.value, (per or Per.HEAD).value, population.value, year)
    said, remarks = sentences(store, found), notes(found)
    rows = [one.to_json() for one in found]
    last = found[-1].spec
    table = TableView(
        title=f"Spread of rates of {found[-1].authorities} authorities: {last.in_words}",
        columns=_COLUMNS,
        rows=[{**row, **{name: f"{row[name]:.{digits}f}" for name, digits in _PLACES.items()}} for row in rows],
        notes=[*said, *remarks],
    )
    emit(_payload(found, rows, said, remarks), output, table=table, rows_key="years")


def _payload(
    found: tuple[Spread, ...], rows: list[dict[str, Any]], said: list[str], remarks: list[str]
) -> dict[str, Any]:
    last = found[-1].spec
    return {
        "measure": last.measure,
        "per": last.per,
        "population": last.population if last.per == "head" else None,
        "weights": last.denominator_words,
        "years": rows,
        "sentences": said,
        "notes": remarks,
    }


#: Decimals of the coefficients in the table.
_PLACES = {"cv": 3, "gini": 3, "ratio": 2, "theil": 4, "theil_within": 4, "theil_between": 4}
_COLUMNS = (
    Column("financial_year", "Year"),
    Column("lowest", "Lowest", "gbp"),
    Column("highest", "Highest", "gbp"),
    Column("ratio", "Ratio", "number"),
    Column("cv", "CV", "number"),
    Column("gini", "Gini", "number"),
    Column("theil", "Theil", "number"),
    Column("theil_within", "within", "number"),
    Column("theil_between", "between", "number"),
)
