"""`hnf inequality`: the spread of rates, year by year."""

from __future__ import annotations

from hnf.commands import options
from hnf.commands.output import Column, TableView, emit


def command(
    measure: options.Measure = "block",
    per: options.Per = "head",
    population: options.Population = "ons",
    year: options.Year = None,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
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
    from hnf.analysis.inequality import inequality

    found = inequality(options.open_store(data, edition), measure, per, population, year)
    options.draw(found, chart, size)
    rows = found.as_rows()
    table = TableView(
        title=found.title,
        columns=_COLUMNS,
        rows=[{**row, **{name: f"{row[name]:.{digits}f}" for name, digits in _PLACES.items()}} for row in rows],
        notes=[*found.form["sentences"], *found.form["notes"]],
    )
    emit(found, output, table=table)


#: Decimals of the coefficients in the table.
_PLACES = {"cv": 3, "gini": 3, "ratio": 2, "theil": 4, "theil_within": 4, "theil_between": 4}
_HEADINGS = {"ratio": "Ratio", "cv": "CV", "gini": "Gini", "theil": "Theil", "theil_within": "within"}
_COLUMNS = (
    Column("financial_year", "Year"),
    Column("lowest", "Lowest", "gbp"),
    Column("highest", "Highest", "gbp"),
    *(Column(key, heading, "number") for key, heading in _HEADINGS.items()),
    Column("theil_between", "between", "number"),
)
