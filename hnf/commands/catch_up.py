"""`hnf catch-up`: years until an authority reaches the average under stated growth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

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
    RequiredYear,
    Who,
)
from hnf.commands.output import Column, Format, TableView, emit

if TYPE_CHECKING:
    from hnf.analysis.catch_up import CatchUp

_Own = Annotated[
    float,
    typer.Option("--own-growth", metavar="PCT", help="Growth of its rate, % a year.", show_default=False),
]
_England = Annotated[
    float,
    typer.Option("--england-growth", metavar="PCT", help="Growth of England's rate, % a year.", show_default=False),
]
_Share = Annotated[float, typer.Option("--share", metavar="PCT", help="Share of England's rate to be reached, %.")]


def command(
    who: Who,
    year: RequiredYear,
    own_growth: _Own,
    england_growth: _England,
    share: _Share = 100,
    per: PerOption = None,
    measure: MeasureOption = Measure.BLOCK,
    population: PopulationOption = Population.ONS,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Say how many years an authority needs to reach England's rate, if both grow as you say.

    This is arithmetic on assumptions, not a forecast. Where the rate is never reached, the answer says why.

    Examples
    --------
    hnf catch-up Hertfordshire --year 2023-24 --own-growth 5 --england-growth 3
    hnf catch-up 919 --year 2023-24 --own-growth 6 --england-growth 4 --share 95
    """
    from hnf.analysis.catch_up import catch_up
    from hnf.commands.options import open_store
    from hnf.measures.rates import RateSpec

    spec = RateSpec(year, measure.value, (per or Per.HEAD).value, population.value)
    found = catch_up(open_store(data, edition), spec, who, own_growth, england_growth, share_pct=share)
    emit(found.to_json(), output, table=_table(found), rows_key=None)


def _table(found: CatchUp) -> TableView:
    target = "England" if found.share_pct == 100 else f"{found.share_pct:g}% of England"
    later = found.whole_years
    own_factor, england_factor = ((1 + pct / 100) ** later for pct in (found.own_growth_pct, found.england_growth_pct))
    return TableView(
        title=f"{found.la_name}: {found.years:,.1f} years to {target}'s rate (estimated)",
        columns=(
            Column("what", "What"),
            Column("now", str(found.spec.year), "rate"),
            Column("growth", "Growth a year", "pct_change"),
            Column("then", f"After {later:,} years", "rate"),
        ),
        rows=[
            {
                "what": found.la_name,
                "now": found.own_rate,
                "growth": found.own_growth_pct,
                "then": found.own_rate * own_factor,
            },
            {
                "what": f"{target}'s rate",
                "now": found.target,
                "growth": found.england_growth_pct,
                "then": found.target * england_factor,
            },
        ],
        notes=[
            found.sentence(),
            "Arithmetic on assumed growth, no forecast. England's rate is that of all authorities, this one too.",
            f"Basis: {found.spec.in_words}.",
            f"Figure id: {found.id}",
        ],
    )
