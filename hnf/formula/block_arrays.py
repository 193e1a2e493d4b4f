"""The high needs block of a year as arrays over authorities: what scenarios and sweeps compute with.

The steps are those that the printed formula of the year adds up, in pounds; a step that the year does not have is an
array of zeros and is named in `absent_terms`. Counts to divide by are NaN where an authority has none, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from hnf.errors import FormulaError
from hnf.formula.block import TOTAL, recompute
from hnf.formula.block_terms import BEFORE_GAINS_LIMIT, STEP_TERMS
from hnf.measures.published import block_frame
from hnf.measures.rates import Amounts, Per, Population, RateSpec, denominator_amounts
from hnf.results import FloatArray
from hnf.store import Store
from hnf.years import FinancialYear

#: Counts by their name in `BlockArrays`: what money may be divided by.
_COUNTS: Mapping[str, tuple[Per, Population]] = {
    "heads_ons": ("head", "ons"),
    "heads_dfe": ("head", "dfe"),
    "pupils": ("pupil", "ons"),
    "plans": ("plan", "ons"),
}


@dataclass(frozen=True)
class BlockArrays:
    """The block of n authorities in a year; arrays are float64 of shape (n,) and cannot be written to.

    Parameters
    ----------
    year : FinancialYear
    la_codes : tuple of str
        Sorted.
    nff_in_protection, basic_entitlement, import_export, special_free_schools, hospital_ap, additional : array
        Steps of the printed formula, £; zeros where the year has no such step.
    nff_before_gains_limit : array or None
        £; None where the year's tables do not print it.
    heads_ons, heads_dfe : array
        People aged 2 to 18 by ONS estimate and by the projection that the formula uses; NaN where there is none.
    pupils, plans : array
        Pupils of the schools block, EHC plans of the January when the year starts; NaN where there is none.
    published_total : array
        The block before deductions as printed, £.
    absent_terms : tuple of str
        Steps that the year does not have.
    excluded : Mapping
        Reason by authority for each count (`heads_ons`, …) that is NaN.
    """

    year: FinancialYear
    la_codes: tuple[str, ...]
    nff_in_protection: FloatArray
    basic_entitlement: FloatArray
    import_export: FloatArray
    special_free_schools: FloatArray
    hospital_ap: FloatArray
    additional: FloatArray
    nff_before_gains_limit: FloatArray | None
    heads_ons: FloatArray
    heads_dfe: FloatArray
    pupils: FloatArray
    plans: FloatArray
    published_total: FloatArray
    absent_terms: tuple[str, ...]
    excluded: Mapping[str, Mapping[str, str]]

    def __len__(self) -> int:
        return len(self.la_codes)

    @cached_property
    def steps(self) -> Mapping[str, FloatArray]:
        """The steps by term, in the order of `STEP_TERMS`."""
        return {term: getattr(self, term) for term in STEP_TERMS}

    def count(self, per: str, population: str = "ons") -> FloatArray:
        """Return what money is divided by.

        Parameters
        ----------
        per : str
            head, pupil or plan.
        population : str
            ons or dfe; used per head only.
        """
        found: FloatArray = getattr(self, count_name(per, population))
        return found

    def without_count(self, per: str, population: str = "ons") -> Mapping[str, str]:
        """Return the reason for each authority that has no such count."""
        return self.excluded[count_name(per, population)]


def count_name(per: str, population: str = "ons") -> str:
    """Return the name of a count in `BlockArrays`.

    Raises
    ------
    FormulaError
        If there is no such count.
    """
    wanted = (per, population if per == "head" else "ons")
    for name, known in _COUNTS.items():
        if known == wanted:
            return name
    raise FormulaError(f"nothing is counted as '{per}' by '{population}'", todo="Use head, pupil or plan; ons or dfe.")


def count_spec(year: FinancialYear, per: str, population: str = "ons") -> RateSpec:
    """Return the basis of a count: which population, pupils or plans it is."""
    return RateSpec(year, "block", *_COUNTS[count_name(per, population)])


def load_block_arrays(store: Store, year: FinancialYear) -> BlockArrays:
    """Return the block of every authority with an allocation in a year, computed once for a store.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    FormulaError
        If the printed formula has a step that is not known, or an amount is a symbol.
    """
    return store.remember(("block arrays", year), lambda: _load(store, year))


def _load(store: Store, year: FinancialYear) -> BlockArrays:
    steps = recompute(store, year)
    frame = block_frame(store, year)
    terms = [name for name in steps.columns if name in STEP_TERMS]
    unknown = set(steps.columns) - {*STEP_TERMS, "area", "recomputed_gbp", "published_gbp", "difference_gbp"}
    if unknown:
        raise FormulaError(
            f"the printed formula of {year} has a step that is not known: {', '.join(sorted(unknown))}",
            todo=f"Known steps are {', '.join(STEP_TERMS)}.",
        )
    codes = tuple(steps["area"].to_list())
    zeros = np.zeros(len(codes))
    values = {term: _numbers(steps, term, year) if term in terms else zeros for term in STEP_TERMS}
    values["published_total"] = _numbers(steps.rename({"published_gbp": TOTAL}), TOTAL, year)
    counts = {name: denominator_amounts(store, RateSpec(year, "block", *basis)) for name, basis in _COUNTS.items()}
    values |= {name: _count_array(codes, amounts) for name, amounts in counts.items()}
    before = _numbers(frame, BEFORE_GAINS_LIMIT, year) if BEFORE_GAINS_LIMIT in frame.columns else None
    for array in (*values.values(), *([] if before is None else [before])):
        array.setflags(write=False)
    return BlockArrays(
        year=year,
        la_codes=codes,
        nff_before_gains_limit=before,
        absent_terms=tuple(term for term in STEP_TERMS if term not in terms),
        excluded={name: dict(amounts.excluded) for name, amounts in counts.items()},
        **values,
    )


def _numbers(frame: pl.DataFrame, term: str, year: FinancialYear) -> FloatArray:
    """Return a column as an array.

    Raises
    ------
    FormulaError
        If an authority has a symbol there.
    """
    missing = frame.filter(pl.col(term).is_null())["area"].to_list()
    if missing:
        raise FormulaError(
            f"{term} of {year} is a symbol, not a number, for {', '.join(missing)}",
            todo="A scenario needs the amounts of every authority.",
        )
    return np.array(frame[term].to_list(), dtype=np.float64)


def _count_array(codes: tuple[str, ...], amounts: Amounts) -> FloatArray:
    return np.array([amounts.values.get(code, math.nan) for code in codes], dtype=np.float64)
