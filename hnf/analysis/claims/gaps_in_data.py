"""Figures that a claim needs and the tables do not hold: what they are and where they are published."""

from __future__ import annotations

from functools import cache

from hnf.analysis.claims.model import Claim
from hnf.measures.published import financial_years
from hnf.sources.wanted import load_series
from hnf.store import Store
from hnf.years import FinancialYear

#: Of a statement that was made long after the tables end, so many of the years that are missing are named.
_MOST_NAMED = 7


def allocation(year: FinancialYear) -> str:
    """Name the workbook with the allocations of a year."""
    if year < _first_allocations():
        return f"the high needs block of {year}: no dedicated schools grant tables of that year are known"
    page = f"https://www.gov.uk/government/publications/dedicated-schools-grant-dsg-{year.in_words.replace(' ', '-')}"
    return f"the high needs block of {year}: DfE, Dedicated schools grant (DSG): {year.in_words} ({page})"


@cache
def _first_allocations() -> FinancialYear:
    """The first year with tables of the grant, as the catalogue says."""
    return min(series.first_published for series in load_series() if series.first_published)


def after(last: FinancialYear) -> str:
    """Name the workbooks with the allocations of the years after the last one in the tables."""
    return f"{allocation(last.next)}, or a later year's"


def formula_tables(year: FinancialYear | None) -> str:
    """Name the workbook with the factors of the formula."""
    when = year.in_words if year else "each year"
    return (
        f"the factors of the high needs formula ({when}): DfE, National funding formula tables for schools and high "
        "needs, on GOV.UK"
    )


def schools() -> str:
    """Name the register that counts schools and their pupils."""
    return (
        "the pupils of the school that is meant, or the number of schools: DfE, Get Information about Schools "
        "(https://get-information-schools.service.gov.uk)"
    )


def plan_counts(january: int) -> str:
    """Name the release that counts EHC plans in a January."""
    return (
        f"the EHC plans of January {january}: DfE, Education, health and care plans "
        "(https://explore-education-statistics.service.gov.uk/find-statistics/education-health-and-care-plans)"
    )


def years_to_search(store: Store, claim: Claim) -> tuple[list[FinancialYear], tuple[str, ...]]:
    """Return the years that a statement about one year may mean, and those of them that the tables do not hold.

    A year that is stated is the only one. Otherwise it is any year in the tables; and where the statement is dated,
    also the years up to the one in which it was said. Without a date it may mean any later year.
    """
    known = financial_years(store)
    if claim.year is not None:
        return ([claim.year], ()) if claim.year in known else ([], (allocation(claim.year),))
    if claim.said_in is None:
        return known, (after(known[-1]),)
    later = range(known[-1].start + 1, min(claim.said_in, known[-1].start + _MOST_NAMED) + 1)
    return known, tuple(allocation(FinancialYear(start)) for start in later)
