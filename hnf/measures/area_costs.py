"""The area cost adjustment of every authority, read off its basic entitlement rate.

DfE multiplies the basic entitlement and the proxy factors by it. The adjustment is the authority's own rate over the
lowest rate of the year, so that the cheapest areas are at 1. What it does to the basic entitlement in pounds is exact;
what it does to column A cannot be said from published tables, where the proxies do not stand. Ids are
`areacost:<year>:<la_code>:<adjustment|basic_entitlement>`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hnf.authorities import Authorities
from hnf.figures import Figure
from hnf.measures.published import block_frame, dsg_id
from hnf.store import Store
from hnf.years import FinancialYear

_RATE, _PUPILS = "basic_entitlement_rate", "basic_entitlement_pupils"


@dataclass(frozen=True)
class AreaCost:
    """Area cost adjustment of one authority.

    Parameters
    ----------
    la_code, la_name : str
        The authority.
    adjustment : float
        Own rate ÷ lowest rate, 1 or more.
    basic_entitlement_gbp : float
        Pupils × (own rate − lowest rate): what the adjustment adds to the basic entitlement.
    """

    la_code: str
    la_name: str
    adjustment: float
    basic_entitlement_gbp: float


@dataclass(frozen=True)
class AreaCosts:
    """Area cost adjustments of a year, by code; `cheapest` is an authority with the lowest rate."""

    year: FinancialYear
    lowest_rate_gbp: float
    cheapest: str
    rows: tuple[AreaCost, ...]


def area_costs(store: Store, year: FinancialYear) -> AreaCosts:
    """Return the area cost adjustment of every authority with a basic entitlement rate.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    """
    frame = block_frame(store, year).select("area", _RATE, _PUPILS).drop_nulls()
    cheapest, lowest = min(frame.select("area", _RATE).iter_rows(), key=lambda row: (row[1], row[0]))
    names = Authorities.of(store)
    rows = tuple(
        AreaCost(code, names[code].name, rate / lowest, pupils * (rate - lowest))
        for code, rate, pupils in frame.iter_rows()
    )
    return AreaCosts(year, lowest, cheapest, rows)


def area_cost_figure(store: Store, year: FinancialYear, la_code: str, part: str) -> Figure:
    """Return the adjustment, or what it adds to the basic entitlement, as a figure.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    KeyError
        If the authority has no rate, or the part is unknown.
    """
    costs = area_costs(store, year)
    row = {row.la_code: row for row in costs.rows}[la_code]
    rates = (dsg_id(store, year, la_code, _RATE), dsg_id(store, year, costs.cheapest, _RATE))
    name, id_ = Authorities.of(store)[la_code].prose, f"areacost:{year}:{la_code}:{part}"
    return {
        "adjustment": Figure(
            id_,
            f"Area cost adjustment, {name}, {year}",
            row.adjustment,
            "index",
            "derived",
            rates,
            "own rate ÷ lowest rate",
        ),
        "basic_entitlement": Figure(
            id_,
            f"What the area cost adjustment adds to the basic entitlement, {name}, {year}",
            row.basic_entitlement_gbp,
            "gbp",
            "derived",
            (*rates, dsg_id(store, year, la_code, _PUPILS)),
            "pupils × (own rate − lowest rate)",
        ),
    }[part]
