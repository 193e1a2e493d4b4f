"""`hnf catch-up`: years until an authority reaches the average under stated growth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed, other_population_notes

if TYPE_CHECKING:
    from hnf.analysis.catch_up import CatchUp

_Own = Annotated[float, options.option("--own-growth", "PCT", help="Growth of its rate, % a year.")]
_England = Annotated[float, options.option("--england-growth", "PCT", help="Growth of England's rate, % a year.")]
_Share = Annotated[
    float, options.option("--share", "PCT", help="Share of England's rate to be reached, %.", default=True)
]


def command(
    who: options.Who,
    own_growth: _Own,
    england_growth: _England,
    year: options.LatestYear = None,
    share: _Share = 100,
    per: options.Per = "head",
    measure: options.Measure = "block",
    population: options.Population = "ons",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Say how many years an authority needs to reach England's rate, if both grow as you say.

    This is arithmetic on assumptions, not a forecast. Where the rate is never reached, the answer says why.

    Examples
    --------
    hnf catch-up Hertfordshire --year 2023-24 --own-growth 5 --england-growth 3
    hnf catch-up 919 --year 2023-24 --own-growth 6 --england-growth 4 --share 95
    """
    from hnf.analysis.catch_up import catch_up
    from hnf.measures.rates import RateSpec

    store = options.open_store(data, edition)
    spec = RateSpec(options.latest(store, year), measure, per, population)
    found = catch_up(store, spec, who, own_growth, england_growth, share_pct=share)
    emit(found, output, table=_table(found, other_population_notes(store, found.other_population)))


def _table(found: CatchUp, other: list[str]) -> TableView:
    target = "England" if found.share_pct == 100 else f"{found.share_pct:g}% of England"
    later = found.whole_years
    return TableView(
        title=f"{found.la_name}: {found.years:,.1f} years to {target}'s rate (estimated)",
        columns=headed(
            what="What",
            now=(str(found.spec.year), "rate"),
            growth=("Growth a year", "pct_change"),
            then=(f"After {later:,} years", "rate"),
        ),
        rows=[
            {"what": what, "now": rate, "growth": growth, "then": rate * (1 + growth / 100) ** later}
            for what, rate, growth in (
                (found.la_name, found.own_rate, found.own_growth_pct),
                (f"{target}'s rate", found.target, found.england_growth_pct),
            )
        ],
        notes=[
            found.sentence(),
            *other,
            "Arithmetic on assumed growth, no forecast. England's rate is that of all authorities, this one too.",
            f"Basis: {found.spec.in_words}.",
            f"Figure id: {found.id}",
        ],
    )
