"""An authority's share of the people aged 2 to 18 against its share of the formula, and the difference in pounds.

Derived from published figures alone; the population factor of the formula is another matter. Ids are
`popshare:<year>:<measure>:head.<series>:<la_code>:<population|funding|difference>`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hnf.authorities import Authorities
from hnf.figures import Figure, Unit
from hnf.measures.rates import RateSpec, rate_table
from hnf.store import Store


@dataclass(frozen=True)
class PopulationShare:
    """Shares of one authority among the authorities with both figures.

    Parameters
    ----------
    la_code, la_name : str
        The authority.
    population_share, funding_share : float
        0 to 1.
    difference_gbp : float
        What it gets less what it would get by population alone; adds up to 0 over all authorities.
    """

    la_code: str
    la_name: str
    population_share: float
    funding_share: float
    difference_gbp: float


def population_shares(store: Store, spec: RateSpec) -> tuple[PopulationShare, ...]:
    """Return both shares for every authority that has a rate per head, by code.

    Parameters
    ----------
    store : Store
    spec : RateSpec
        Year, measure and population series.

    Raises
    ------
    UsageError
        If the year or the measure does not exist in the tables.
    """
    table = rate_table(store, spec)
    codes = sorted(table.values)
    pounds, heads = table.numerators.values, table.denominators.values
    all_pounds, all_heads = sum(pounds[code] for code in codes), sum(heads[code] for code in codes)
    names = Authorities.of(store)
    return tuple(
        PopulationShare(
            code,
            names[code].name,
            heads[code] / all_heads,
            pounds[code] / all_pounds,
            pounds[code] - all_pounds * heads[code] / all_heads,
        )
        for code in codes
    )


def population_share_figure(store: Store, spec: RateSpec, la_code: str, part: str) -> Figure:
    """Return a share, or the difference in pounds, as a figure.

    Raises
    ------
    UsageError
        If the year or the measure does not exist in the tables.
    KeyError
        If the authority or the part is unknown.
    """
    row = {row.la_code: row for row in population_shares(store, spec)}[la_code]
    table = rate_table(store, spec)
    name, in_words = Authorities.of(store)[la_code].prose, spec.in_words
    heads = tuple(id_ for code in sorted(table.values) for id_ in table.denominators.inputs[code])
    pounds = tuple(id_ for code in sorted(table.values) for id_ in table.numerators.inputs[code])
    labels: dict[str, tuple[str, float, Unit, tuple[str, ...], str]] = {
        "population": ("share of the people", row.population_share, "share", heads, "own people ÷ all people"),
        "funding": ("share of the funding", row.funding_share, "share", pounds, "own pounds ÷ all pounds"),
        "difference": (
            "funding above its share by population",
            row.difference_gbp,
            "gbp",
            (*pounds, *heads),
            "own pounds − all pounds × own people ÷ all people",
        ),
    }
    what, value, unit, inputs, how = labels[part]
    id_ = f"popshare:{spec.id_part}:{la_code}:{part}"
    return Figure(id_, f"{name}: {what} ({in_words})", value, unit, "derived", inputs, how)
