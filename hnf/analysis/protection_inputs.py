"""What floor and gains limit of a year rest on: rates and baseline from parameters, amounts and heads from tables.

Populations are the 2018-based projections that DfE uses. An authority made from others after the baseline year has no
baseline of its own; the whole area of the reorganisation has one, and is kept as an area of several codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.formula.parameter_files import YearParameters, known_years, load_parameters
from hnf.formula.parameter_schema import PARAMETERS
from hnf.measures.published import block_frame, dsg_id, financial_years
from hnf.measures.rates import SERIES
from hnf.store import Store
from hnf.years import FinancialYear

COLUMN_A = "nff_in_protection"
_HOSPITAL = "hospital_ap"
#: Special free schools money: the most that can have moved from it into the next baseline.
_SPECIAL_FREE_SCHOOLS = "special_free_schools"
_SERIES = SERIES["dfe"]
_NEEDED = ("floor_baseline_year", "floor_baseline_terms", "floor_population_mid_year")


@dataclass(frozen=True)
class ProtectionRules:
    """Rates, baseline and populations of a year, as its parameter file gives them."""

    year: FinancialYear
    floor_pct: float
    limit_pct: float
    baseline_year: FinancialYear
    baseline_terms: tuple[str, ...]
    mid_year: int

    @property
    def previous_mid_year(self) -> int:
        """The population of the baseline: as much earlier as the baseline year."""
        return self.mid_year - (self.year.start - self.baseline_year.start)


@dataclass(frozen=True)
class ProtectedArea:
    """An authority, or the whole area of a reorganisation, with what its floor and limit are computed from.

    None stands where there is no such figure, and `reason` says why.
    """

    codes: tuple[str, ...]
    before: tuple[str, ...]
    published_gbp: float
    before_limit_gbp: float | None
    baseline_gbp: float | None
    previous_population: float | None
    population: float | None
    special_free_schools_gbp: float
    reason: str

    @property
    def area(self) -> str:
        """The area as ids name it: `919`, or `942+943`."""
        return "+".join(self.codes)


def parameters_of(store: Store, year: FinancialYear) -> YearParameters | None:
    """Return the parameters of a year, read once for this store; None where nobody has described the year."""

    def find() -> YearParameters | None:
        own = store.parameters_folder
        return load_parameters(year, own) if year in known_years(own) else None

    return store.remember(("parameters", year), find)


def protection_years(store: Store) -> list[FinancialYear]:
    """Return the years whose floor and limit can be recomputed from these tables, oldest first."""
    return [year for year in financial_years(store) if not _missing(store, year)]


def protection_rules(store: Store, year: FinancialYear) -> ProtectionRules:
    """Return what the floor and the gains limit of a year are.

    Raises
    ------
    UsageError
        If the formula is suspended, or rates, baseline or allocations of the year are not known; says which.
    """
    reason = _missing(store, year)
    if reason:
        known = ", ".join(str(known) for known in protection_years(store))
        raise UsageError(
            f"floor and gains limit of {year} cannot be recomputed: {reason}", todo=f"Years that can: {known}."
        )
    parameters = load_parameters(year, store.parameters_folder)
    terms, mid_year = (parameters.value(name) for name in _NEEDED[1:])
    return ProtectionRules(
        year=year,
        floor_pct=parameters.number("funding_floor_pct"),
        limit_pct=parameters.number("gains_limit_pct"),
        baseline_year=FinancialYear.parse(str(parameters.value("floor_baseline_year"))),
        baseline_terms=terms if isinstance(terms, tuple) else (str(terms),),
        mid_year=int(str(mid_year)),
    )


def _missing(store: Store, year: FinancialYear) -> str:
    """Say what is missing for a year, empty where nothing is."""
    parameters = parameters_of(store, year)
    if parameters is None:
        return "nobody has described its parameters"
    if parameters.state == "suspended":
        return parameters.message
    absent = [name for name in ("funding_floor_pct", "gains_limit_pct", *_NEEDED) if not parameters.has_value(name)]
    if absent:
        names = [f"{name} ({PARAMETERS[name].meaning.lower()})" for name in absent]
        return f"no public source was found for {' and '.join(names)}"
    return _missing_tables(store, year, parameters)


def _missing_tables(store: Store, year: FinancialYear, parameters: YearParameters) -> str:
    years = financial_years(store)
    baseline = FinancialYear.parse(str(parameters.value("floor_baseline_year")))
    lacking = [str(needed) for needed in (baseline, year) if needed not in years]
    return f"there is no allocation for {' and '.join(lacking)} in these tables" if lacking else ""


def baseline_holds_hospital_money(store: Store, rules: ProtectionRules) -> bool:
    """Say whether hospital money is still inside the baseline, though no longer inside column A of the year.

    The baseline is then too high by an amount that is not published.
    """
    before, now = (block_frame(store, year).columns for year in (rules.baseline_year, rules.year))
    return _HOSPITAL in now and _HOSPITAL not in before


def protected_areas(store: Store, rules: ProtectionRules) -> list[ProtectedArea]:
    """Return every authority with an allocation in the year, by code, then the whole areas of reorganisations."""
    now = {row["area"]: row for row in block_frame(store, rules.year).iter_rows(named=True)}
    before = {row["area"]: row for row in block_frame(store, rules.baseline_year).iter_rows(named=True)}
    authorities = Authorities.of(store)
    single = [((code,), (code,)) for code in now]
    whole = {
        (authorities[older[0]].successors, older)
        for code in now
        if (older := authorities[code].predecessors)
        and code not in before
        and set(older) <= set(before)
        and set(authorities[older[0]].successors) <= set(now)
    }
    heads = [_populations(store, mid_year) for mid_year in (rules.previous_mid_year, rules.mid_year)]
    return [_area(store, rules, codes, (now, before), heads) for codes in [*single, *sorted(whole)]]


_Codes = tuple[tuple[str, ...], tuple[str, ...]]


def _area(
    store: Store,
    rules: ProtectionRules,
    codes: _Codes,
    rows: tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]],
    heads: list[dict[str, float]],
) -> ProtectedArea:
    newer, older = codes
    now, before = rows
    published = _sum(now, newer, (COLUMN_A,))
    if published is None:
        raise UsageError(f"column A of {'+'.join(newer)} in {rules.year} is published as a symbol")
    baseline = _sum(before, older, rules.baseline_terms)
    previous, current = (_heads(counts, side) for counts, side in zip(heads, (older, newer), strict=True))
    return ProtectedArea(
        codes=newer,
        before=older,
        published_gbp=published,
        before_limit_gbp=_sum(now, newer, ("nff_before_gains_limit",)),
        baseline_gbp=baseline,
        previous_population=previous,
        population=current,
        special_free_schools_gbp=_sum(before, older, (_SPECIAL_FREE_SCHOOLS,)) or 0.0,
        reason=_reason(store, rules, newer, (baseline, previous, current)),
    )


def _sum(rows: dict[str, dict[str, Any]], codes: tuple[str, ...], terms: tuple[str, ...]) -> float | None:
    values = [rows.get(code, {}).get(term) for code in codes for term in terms]
    known = [float(value) for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _heads(counts: dict[str, float], codes: tuple[str, ...]) -> float | None:
    return sum(counts[code] for code in codes) if set(codes) <= set(counts) else None


def _reason(
    store: Store, rules: ProtectionRules, codes: tuple[str, ...], found: tuple[float | None, float | None, float | None]
) -> str:
    baseline, previous, current = found
    if baseline is None:
        authorities = Authorities.of(store)
        older = [authorities[code].prose for code in authorities[codes[0]].predecessors]
        of_others = f": that year's is {' and '.join(older)}'s" if older else ""
        return f"it has no amount of its own for {rules.baseline_year}{of_others}"
    if previous is None or current is None:
        mid_year = rules.previous_mid_year if previous is None else rules.mid_year
        return f"the projection of mid-{mid_year} is not published for it"
    return ""


def _populations(store: Store, mid_year: int) -> dict[str, float]:
    rows = store.table("population").filter(
        (pl.col("mid_year") == mid_year)
        & (pl.col("series") == _SERIES)
        & (pl.col("age_band") == "2-18")
        & (pl.col("la_code") != "")
    )
    return dict(rows.select("la_code", "people").iter_rows())


def baseline_inputs(store: Store, rules: ProtectionRules, area: ProtectedArea) -> tuple[str, ...]:
    """Return the ids that the baseline per head rests on."""
    amounts = [dsg_id(store, rules.baseline_year, code, term) for code in area.before for term in rules.baseline_terms]
    return (*amounts, *(_population_id(rules.previous_mid_year, code) for code in area.before))


def population_inputs(rules: ProtectionRules, area: ProtectedArea) -> tuple[str, ...]:
    """Return the ids of the population of the year."""
    return tuple(_population_id(rules.mid_year, code) for code in area.codes)


def column_a_inputs(store: Store, rules: ProtectionRules, area: ProtectedArea) -> tuple[str, ...]:
    """Return the ids of column A of the year."""
    return tuple(dsg_id(store, rules.year, code, COLUMN_A) for code in area.codes)


def _population_id(mid_year: int, code: str) -> str:
    return f"population:{mid_year}:{_SERIES}:{code}:2-18"
