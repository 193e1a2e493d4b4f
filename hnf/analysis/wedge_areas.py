"""The areas that funding and need are set side by side for: a place, England, its region, its statistical neighbours.

Each area is a set of codes in each year, one for money and one for plans. Sets are taken whole: their rates are those
of all pounds and all plans together, not means of rates. Reorganised authorities are on one area throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hnf.analysis.comparator_sets import latest_model
from hnf.analysis.footprint import Footprint, footprint
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.plan_counts import authorities_counted
from hnf.measures.published import ENGLAND, financial_years
from hnf.measures.rates import Measure, measure_amounts
from hnf.store import Store
from hnf.years import FinancialYear


@dataclass(frozen=True)
class WedgeArea:
    """One area.

    Parameters
    ----------
    role : str
        `place`, `england`, `region` or `neighbours`.
    name : str
        In words.
    money : dict of FinancialYear to tuple of str
        Codes by year with an allocation.
    plans : dict of FinancialYear to tuple of str
        Codes by year whose January was counted (`england` for the national count).
    notes : tuple of str
        What is combined or left out, without a full stop.
    """

    role: str
    name: str
    money: dict[FinancialYear, tuple[str, ...]]
    plans: dict[FinancialYear, tuple[str, ...]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """Who has an allocation in each year with money, and who is counted in each year's January."""

    money: dict[FinancialYear, set[str]]
    plans: dict[FinancialYear, set[str]]

    @classmethod
    def of(cls, store: Store, measure: Measure, years: tuple[FinancialYear, ...]) -> Counted:
        """Look both up; years without an allocation have none in `money`."""
        funded = [year for year in financial_years(store) if year in years]
        amounts = {year: measure_amounts(store, year, measure) for year in funded}
        return cls(
            money={year: set(found.values) | set(found.excluded) for year, found in amounts.items()},
            plans={year: authorities_counted(store, year.january.year) for year in years},
        )

    def place(self, authorities: Authorities, authority: Authority) -> Footprint:
        """Return the one area on which all years can be compared: codes of money first, then of plans.

        Raises
        ------
        UsageError
            If the authority never had an allocation, or boundaries changed so that there is no such area.
        """
        if not any(
            {authority.la_code, *authority.predecessors, *authority.successors} & c for c in self.money.values()
        ):
            raise UsageError(f"{authority.prose} has no high needs allocation: DfE's tables do not include it")
        words = (*(str(year) for year in self.money), *(f"January {year.january}" for year in self.plans))
        counted = (*self.money.values(), *self.plans.values())
        return footprint(authorities, authority, counted, "funding and EHC plans", words)

    def area(self, role: str, name: str, codes: tuple[tuple[str, ...], ...], notes: tuple[str, ...] = ()) -> WedgeArea:
        """Return an area from its codes: of money first, then of plans."""
        split = len(self.money)
        return WedgeArea(
            role,
            name,
            dict(zip(self.money, codes[:split], strict=True)),
            dict(zip(self.plans, codes[split:], strict=True)),
            notes,
        )


def wedge_areas(
    store: Store, authority: Authority, measure: Measure, years: tuple[FinancialYear, ...]
) -> tuple[WedgeArea, ...]:
    """Return the place, England, its region and its statistical neighbours, in this order.

    Parameters
    ----------
    store : Store
    authority : Authority
    measure : str
    years : tuple of FinancialYear
        Those with a count in their January; those with an allocation come first.

    Returns
    -------
    tuple of WedgeArea
        Without the neighbours where the model has none for the authority: then the place's notes say so.

    Raises
    ------
    UsageError
        If the authority never had an allocation, or boundaries changed so that the years cannot be compared.
    """
    authorities = Authorities.of(store)
    counted = Counted.of(store, measure, years)
    place = counted.place(authorities, authority)
    neighbours = _neighbours(store, counted, authority, place)
    notes = [place.note] if place.note else []
    if neighbours is None:
        notes.append(f"the {latest_model(store)} model has no statistical neighbours for {authority.prose}")
    england = (*(tuple(sorted(codes)) for codes in counted.money.values()), *((ENGLAND,) for _ in counted.plans))
    areas = [
        counted.area("place", place.name, place.codes, tuple(notes)),
        counted.area("england", "England", england),
        _region(authorities, counted, authority),
    ]
    return tuple(areas) if neighbours is None else (*areas, neighbours)


def _region(authorities: Authorities, counted: Counted, authority: Authority) -> WedgeArea:
    """Return all authorities of the region; those that never had an allocation are left out of its plans too."""
    members = {a.la_code for a in authorities.by_code.values() if a.region_code == authority.region_code}
    funded = members & set().union(*counted.money.values())
    for code in list(funded):
        funded |= {*authorities[code].predecessors, *authorities[code].successors}
    codes = tuple(
        tuple(sorted(members & found & funded)) for found in (*counted.money.values(), *counted.plans.values())
    )
    left_out = sorted(members & set().union(*counted.plans.values()) - funded)
    notes = tuple(f"{authorities[code].prose} has no allocation and is left out of the region" for code in left_out)
    return counted.area("region", _region_words(authority.region_name), codes, notes)


def _region_words(name: str) -> str:
    return name if name == "London" else f"the {name}"


def _neighbours(store: Store, counted: Counted, authority: Authority, place: Footprint) -> WedgeArea | None:
    model = latest_model(store)
    rows = store.table("neighbours").filter((pl.col("model") == model) & (pl.col("la_code") == authority.la_code))
    listed = rows.sort("position")["neighbour_la_code"].to_list()
    if not listed:
        return None
    authorities = Authorities.of(store)
    own = {code for codes in place.codes for code in codes}
    codes: list[set[str]] = [set() for _ in place.codes]
    notes: list[str] = []
    taken = 0
    for code in listed:
        try:
            found = counted.place(authorities, authorities[code])
        except UsageError as error:
            notes.append(f"left out of the neighbours: {error.what}")
            continue
        if own & {part for side in found.codes for part in side}:
            notes.append(f"left out of the neighbours: {authorities[code].prose}, as it is part of {place.name}")
            continue
        if found.is_combined:
            notes.append(f"among the neighbours, {found.name} stands for {authorities[code].prose}")
        taken += 1
        for side, added in zip(codes, found.codes, strict=True):
            side.update(added)
    if not taken:
        return None
    whose = f"{authority.prose}'s {taken} statistical neighbours ({model} model)"
    return counted.area("neighbours", whose, tuple(tuple(sorted(side)) for side in codes), tuple(notes))
