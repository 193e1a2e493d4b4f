"""`hnf gap`: pounds to another rate."""

from __future__ import annotations

from typing import Annotated

import typer

from hnf.commands.options import (
    DataOption,
    FormatOption,
    Measure,
    MeasureOption,
    Per,
    PerOption,
    Population,
    PopulationOption,
    RequiredYear,
    Who,
)
from hnf.commands.output import Column, Format, TableView, emit

_To = Annotated[str, typer.Option("--to", metavar="WHAT", help="average, median, or an authority by name or code.")]


def command(
    who: Who,
    year: RequiredYear,
    per: PerOption = None,
    to: _To = "average",
    measure: MeasureOption = Measure.BLOCK,
    population: PopulationOption = Population.ONS,
    data: DataOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Say how many pounds more or less an authority would have at another rate.

    The average is England's rate: all pounds over all heads, pupils or plans.

    Examples
    --------
    hnf gap Hertfordshire --year 2023-24 --per pupil --to average
    hnf gap Hertfordshire --year 2023-24 --per head --to Buckinghamshire
    hnf gap "North Northamptonshire" --year 2023-24 --per head --to median
    """
    from hnf.analysis.gaps import gap
    from hnf.analysis.rates import RateSpec
    from hnf.store import Store

    spec = RateSpec(year, measure.value, (per or Per.HEAD).value, population.value)
    found = gap(Store(data), spec, who, to)
    denominator = f"{found.denominator:,.1f}".removesuffix(".0")
    emit(
        found.payload(),
        output,
        table=TableView(
            title=f"{found.la_name} at {found.comparator_name}, {year}",
            columns=(Column("what", "What"), Column("rate", "Rate", "rate"), Column("pounds", "Pounds", "gbp_change")),
            rows=[
                {"what": f"{found.la_name}, own rate", "rate": found.own_rate},
                {"what": found.comparator_name[0].upper() + found.comparator_name[1:], "rate": found.comparator_rate},
                {"what": "Difference", "rate": found.comparator_rate - found.own_rate, "pounds": found.pounds},
            ],
            notes=[
                f"Basis: {spec.in_words}.",
                f"Pounds: difference of the rates × {denominator} {spec.denominator_words} in {found.la_name}.",
                f"Figure id: {found.id}",
            ],
        ),
        rows_key=None,
    )
