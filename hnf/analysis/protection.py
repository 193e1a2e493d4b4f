"""Which authorities the funding floor or the gains limit decides, with column A recomputed where one of them binds.

Rates and baseline are from the parameters of the year, amounts and heads (ONS 2018-based projections) from
tables. An authority made from others after the baseline year has no baseline; the whole area of the reorganisation has
one. An authority is on the floor or on the limit where column A is within £2 of it. Strictly between the two it is
suspicious, and reported as `unexplained` unless it is listed as a known difference, where column A is the floor or the
limit on a baseline with a whole number of places added (no more than last year's special free schools money, and in
agreement with column G about which of the two binds), or where column G shows that the limit took something although
column A is not at the limit, or is below column A. What is listed must also be as far off as the list says. Ids are
`protection:<year>:<area>:<number of the row>`.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hnf.analysis.comparable_areas import area_words
from hnf.errors import UsageError
from hnf.formula.parameters import PARAMETERS, YearParameters, known_years, load_parameters
from hnf.formula.protection import (
    TOLERANCE_GBP,
    Bounds,
    ProtectionStatus,
    change_per_head_pct,
    implied_baseline_addition,
    is_whole_places,
    protection_bounds,
    protection_status,
)
from hnf.measures.notes import KnownDifference, known_differences, place_rule
from hnf.measures.published import block_frame, dsg_id, financial_years, rows_of
from hnf.measures.register import PLAIN
from hnf.results import Answer, Figure, FloatArray, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear

COLUMN_A = "nff_in_protection"
_HOSPITAL = "hospital_ap"
#: Special free schools money: the most that can have moved from it into the next baseline.
_SPECIAL_FREE_SCHOOLS = "special_free_schools"
_SERIES = PLAIN["people_2_18_dfe"].series
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
    """An authority, or the area of a reorganisation, with the inputs of its floor; `reason` where one is None.

    `column_a_before_gbp` is column A of the baseline year, None where it is on another definition; `rolled_in_gbp` what
    the baseline has besides, None where it has nothing else.
    """

    codes: tuple[str, ...]
    before: tuple[str, ...]
    published_gbp: float
    before_limit_gbp: float | None
    baseline_gbp: float | None
    previous_population: float | None
    population: float | None
    special_free_schools_gbp: float
    column_a_before_gbp: float | None
    rolled_in_gbp: float | None
    reason: str

    @property
    def area(self) -> str:
        """The area as ids name it: `919`, or `942+943`."""
        return "+".join(self.codes)


@cached
def parameters_of(store: Store, year: FinancialYear) -> YearParameters | None:
    """Return the parameters of a year; None where nobody has described the year."""
    own = store.parameters_folder
    return load_parameters(year, own) if year in known_years(own) else None


def protection_years(store: Store) -> list[FinancialYear]:
    """Return the years whose floor and limit can be recomputed from these tables, oldest first."""
    return [year for year in financial_years(store) if not _missing(store, year)]


def protection_rules(store: Store, year: FinancialYear) -> ProtectionRules:
    """Return what floor and gains limit of a year are; `UsageError` where they are not known, with what is missing."""
    reason = _missing(store, year)
    if reason:
        known = ", ".join(str(known) for known in protection_years(store))
        raise UsageError(
            f"floor and gains limit of {year} cannot be recomputed: {reason}", todo=f"Years that can: {known}."
        )
    return rules_of(store, year)


def rules_of(store: Store, year: FinancialYear) -> ProtectionRules:
    """Return the same from the parameters alone, of a year of which `missing_rules` says nothing."""
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


def missing_rules(store: Store, year: FinancialYear) -> str:
    """Say what the parameters of a year lack for floor and gains limit, empty where nothing is missing."""
    parameters = parameters_of(store, year)
    if parameters is None:
        return "nobody has described its parameters"
    if parameters.state == "suspended":
        return parameters.message
    absent = [name for name in ("funding_floor_pct", "gains_limit_pct", *_NEEDED) if not parameters.has_value(name)]
    names = [f"{name} ({PARAMETERS[name].meaning.lower()})" for name in absent]
    return f"no public source was found for {' and '.join(names)}" if absent else ""


def _missing(store: Store, year: FinancialYear) -> str:
    """Say what is missing for a year, empty where nothing is."""
    if reason := missing_rules(store, year):
        return reason
    years, baseline = financial_years(store), rules_of(store, year).baseline_year
    lacking = [str(needed) for needed in (baseline, year) if needed not in years]
    return f"there is no allocation for {' and '.join(lacking)} in these tables" if lacking else ""


def baseline_holds_hospital_money(store: Store, rules: ProtectionRules) -> bool:
    """Say whether hospital money is inside the baseline but not inside column A: an amount that is not published."""
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
    heads = [populations(store, mid_year) for mid_year in (rules.previous_mid_year, rules.mid_year)]
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
    others = tuple(term for term in rules.baseline_terms if term != COLUMN_A)
    comparable = len(others) < len(rules.baseline_terms) and not baseline_holds_hospital_money(store, rules)
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
        column_a_before_gbp=_sum(before, older, (COLUMN_A,)) if comparable else None,
        rolled_in_gbp=_sum(before, older, others) if comparable and others else None,
        reason=_reason(store, rules, newer, (baseline, previous, current)),
    )


def _sum(rows: dict[str, dict[str, Any]], codes: tuple[str, ...], terms: tuple[str, ...]) -> float | None:
    values = [rows.get(code, {}).get(term) for code in codes for term in terms]
    known = [float(value) for value in values if value is not None]
    return math.fsum(known) if len(known) == len(values) else None


def _heads(counts: dict[str, float], codes: tuple[str, ...]) -> float | None:
    return math.fsum(counts[code] for code in codes) if set(codes) <= set(counts) else None


def _reason(
    store: Store, rules: ProtectionRules, codes: tuple[str, ...], found: tuple[float | None, float | None, float | None]
) -> str:
    baseline, previous, current = found
    if baseline is None:
        authorities = Authorities.of(store)
        older = [authorities[code].prose for code in authorities[codes[0]].predecessors]
        of_others = f": that year's is {' and '.join(older)}'s" if older else ""
        return f"it has no amount for {rules.baseline_year}{of_others}"
    if previous is None or current is None:
        mid_year = rules.previous_mid_year if previous is None else rules.mid_year
        return f"the ONS 2018-based projection of mid-{mid_year} is not published for it"
    return ""


def populations(store: Store, mid_year: int) -> dict[str, float]:
    """Return the ONS 2018-based projection of people aged 2 to 18 by la_code."""
    rows = rows_of(store, "population").filter(
        (pl.col("mid_year") == mid_year)
        & (pl.col("series") == _SERIES)
        & (pl.col("age_band") == "2-18")
        & (pl.col("la_code") != "")
    )
    return dict(rows.select("la_code", "people").iter_rows())


def population_id(mid_year: int, code: str) -> str:
    """Return the id of one of them."""
    return f"population:{mid_year}:{_SERIES}:{code}:2-18"


#: Parts of a figure id that name a number of a row, and the attribute that holds it.
FIGURE_PARTS = {
    "baseline_per_head": "baseline_per_head_gbp",
    "floor": "floor_gbp",
    "limit": "limit_gbp",
    "change_pct": "change_pct",
    "floor_distance": "floor_distance_gbp",
    "limit_distance": "limit_distance_gbp",
    "baseline_addition": "baseline_addition_gbp",
    "moved_places": "moved_places_gbp",
    "rolled_in": "rolled_in_gbp",
    "population_part": "population_part_gbp",
    "rise": "rise_gbp",
    "rise_minimum": "rise_minimum_gbp",
    "rise_to_limit": "rise_to_limit_gbp",
    "rise_beyond": "rise_beyond_gbp",
}


def protection_id(year: FinancialYear, area: str, part: str) -> str:
    """Return the id of a number of a row; part is one of `FIGURE_PARTS`."""
    return f"protection:{year}:{area}:{part}"


@dataclass(frozen=True)
class ProtectionRow(Answer):
    """One area with its floor and limit; `bound` binds, or a known difference is measured from it."""

    JSON = (
        "la_code=area.area la_name class=protection_status bound recomputed_gbp published_gbp=area.published_gbp",
        f"difference_gbp {' '.join(FIGURE_PARTS.values())} baseline_addition_places floor_distance_pct",
        "limit_distance_pct baseline_gbp=area.baseline_gbp heads=area.population",
        "previous_heads=area.previous_population gains_limit_loss_gbp reason? figure_ids=ids",
    )

    year: FinancialYear
    area: ProtectedArea
    la_name: str
    protection_status: ProtectionStatus
    bound: ProtectionStatus | None
    baseline_per_head_gbp: float | None
    floor_gbp: float | None
    limit_gbp: float | None
    change_pct: float | None
    baseline_addition_gbp: float | None
    whole_places: int
    reason: str

    @property
    def recomputed_gbp(self) -> float | None:
        """Column A as the binding rule gives it; None where neither rule decides it."""
        if self.bound is None:
            return None
        return self.floor_gbp if self.bound is ProtectionStatus.FLOOR else self.limit_gbp

    @property
    def difference_gbp(self) -> float | None:
        """Recomputed less published."""
        return None if self.recomputed_gbp is None else self.recomputed_gbp - self.area.published_gbp

    @property
    def moved_places_gbp(self) -> float | None:
        """The money of the whole places with which the bound equals column A; None where there is no such number."""
        return self.whole_places * place_rule().place_gbp if self.whole_places else None

    @property
    def rolled_in_gbp(self) -> float | None:
        """What was not in column A of the baseline year and is in the baseline: the additional allocation."""
        return None if self.rise_gbp is None else self.area.rolled_in_gbp

    @property
    def population_part_gbp(self) -> float | None:
        """What the change of the population adds to the baseline at an unchanged amount per head."""
        area = self.area
        return None if self.rise_gbp is None else (self._carried_gbp or 0.0) - (area.baseline_gbp or 0.0)

    @property
    def rise_gbp(self) -> float | None:
        """What the rise of the amount per head adds; None where column A was on another definition the year before."""
        carried = self._carried_gbp
        return None if carried is None or self.area.column_a_before_gbp is None else self.area.published_gbp - carried

    @property
    def rise_minimum_gbp(self) -> float | None:
        """The part of the rise that the floor guarantees."""
        if self.rise_gbp is None or self.floor_gbp is None or self._carried_gbp is None:
            return None
        return self.floor_gbp - self._carried_gbp

    @property
    def rise_to_limit_gbp(self) -> float | None:
        """What the gains limit allows above the floor, where it binds."""
        binds = self.rise_gbp is not None and self.bound is ProtectionStatus.LIMIT
        return self.limit_gbp - self.floor_gbp if binds and self.limit_gbp and self.floor_gbp else None

    @property
    def rise_beyond_gbp(self) -> float | None:
        """What is left of the rise: above the floor, or off the rule that binds."""
        rise = self.rise_gbp
        return None if rise is None else rise - (self.rise_minimum_gbp or 0.0) - (self.rise_to_limit_gbp or 0.0)

    @property
    def _carried_gbp(self) -> float | None:
        """The baseline at the population of the year."""
        per_head, people = self.baseline_per_head_gbp, self.area.population
        return None if per_head is None or people is None else per_head * people

    @property
    def floor_distance_gbp(self) -> float | None:
        """How far column A is above the floor."""
        return None if self.floor_gbp is None else self.area.published_gbp - self.floor_gbp

    @property
    def floor_distance_pct(self) -> float | None:
        """The same in per cent of the floor."""
        return None if self.floor_gbp is None else (self.area.published_gbp / self.floor_gbp - 1) * 100

    @property
    def limit_distance_pct(self) -> float | None:
        """How far column A is below the gains limit, in per cent of it."""
        return None if self.limit_gbp is None else (1 - self.area.published_gbp / self.limit_gbp) * 100

    @property
    def baseline_addition_places(self) -> int | None:
        """Whole places of the addition to the baseline, if it is that."""
        return self.whole_places or None

    @property
    def ids(self) -> dict[str, str]:
        """Ids of the numbers that there are."""
        return {
            part: protection_id(self.year, self.area.area, part)
            for part, attribute in FIGURE_PARTS.items()
            if getattr(self, attribute) is not None
        }

    @property
    def limit_distance_gbp(self) -> float | None:
        """How far column A is below the gains limit."""
        return None if self.limit_gbp is None else self.limit_gbp - self.area.published_gbp

    @property
    def gains_limit_loss_gbp(self) -> float | None:
        """Column G less column A; None in years that do not print G."""
        before = self.area.before_limit_gbp
        return None if before is None else before - self.area.published_gbp


_CHECK = "protection"


@dataclass(frozen=True)
class Protection(Answer):
    """Floor and gains limit of a year for every authority and for areas of reorganisations (`combined`)."""

    JSON = (
        "year=rules.year floor_pct=rules.floor_pct limit_pct=rules.limit_pct baseline_year=rules.baseline_year",
        "baseline_terms=rules.baseline_terms measure population_in_words=population",
        "previous_population_in_words=previous_population tolerance_gbp counts rows combined",
        "notes basis",
    )

    ROWS = "rows"
    MAIN = "floor_pct limit_pct"
    measure, basis, tolerance_gbp = "nff", "derived", TOLERANCE_GBP

    rules: ProtectionRules
    rows: tuple[ProtectionRow, ...]
    combined: tuple[ProtectionRow, ...]
    notes: tuple[str, ...]

    def row(self, area: str) -> ProtectionRow:
        """Return the row of an area as ids name it."""
        return {row.area.area: row for row in (*self.rows, *self.combined)}[area]

    @property
    def population(self) -> str:
        """The heads of the year."""
        return f"ONS 2018-based projection of mid-{self.rules.mid_year}, ages 2 to 18"

    @property
    def previous_population(self) -> str:
        """The heads of the baseline."""
        return f"ONS 2018-based projection of mid-{self.rules.previous_mid_year}, ages 2 to 18"

    @property
    def counts(self) -> dict[str, int]:
        """How many authorities are in each class."""
        found = Counter(row.protection_status for row in self.rows)
        return {each.value: found[each] for each in ProtectionStatus}


@cached
def protection(store: Store, year: FinancialYear) -> Protection:
    """Recompute floor and gains limit of every authority and class it.

    Raises
    ------
    UsageError
        If rates, baseline or allocations of the year are not known, or the formula is suspended.
    FormulaError
        If a parameter file or the list of known differences cannot be used.

    Examples
    --------
    >>> import hnf
    >>> hnf.protection(hnf.Store(), "2023-24").to_polars().height
    151
    """
    rules = protection_rules(store, FinancialYear.of(year))
    areas = protected_areas(store, rules)
    baseline, previous, heads, published = (
        _array([getattr(area, name) for area in areas])
        for name in ("baseline_gbp", "previous_population", "population", "published_gbp")
    )
    bounds = protection_bounds(baseline, previous, heads, rules.floor_pct, rules.limit_pct)
    holds_hospital = baseline_holds_hospital_money(store, rules)
    classes = protection_status(published, bounds)
    places = _whole_places(areas, bounds, baseline, published)
    took = np.abs(_before_limit(areas) - published) > TOLERANCE_GBP
    suspicious = took | np.any([found > 0 for found in places.values()], axis=0)
    change = change_per_head_pct(published, bounds, heads)
    known = {
        entry.area: entry
        for entry in known_differences()
        if entry.check == _CHECK and entry.financial_year == str(rules.year)
    }
    authorities = Authorities.of(store)
    rows = tuple(
        _row(
            rules.year,
            area,
            area_words(authorities, area.codes) if len(area.codes) > 1 else authorities[area.codes[0]].name,
            _class(ProtectionStatus(classes[i]), bool(suspicious[i]), holds_hospital),
            numbers=(bounds.baseline_per_head_gbp[i], bounds.floor_gbp[i], bounds.limit_gbp[i], change[i]),
            listed=known.get(area.area),
            places={bound: int(found[i]) for bound, found in places.items()},
            holds_hospital=holds_hospital,
        )
        for i, area in enumerate(areas)
    )
    combined = tuple(row for row in rows if len(row.area.codes) > 1)
    single = tuple(_of_known_whole(row, combined) for row in rows if len(row.area.codes) == 1)
    return Protection(rules, single, combined, _notes(rules, holds_hospital, single))


def _array(values: list[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _before_limit(areas: list[ProtectedArea]) -> FloatArray:
    return _array([area.before_limit_gbp for area in areas])


def _whole_places(
    areas: list[ProtectedArea], bounds: Bounds, baseline: FloatArray, published: FloatArray
) -> dict[ProtectionStatus, NDArray[np.int_]]:
    """Return the places with which column A is the floor, and the limit, where column G agrees; 0 elsewhere."""
    most = _array([area.special_free_schools_gbp for area in areas])
    place = place_rule().place_gbp
    took = _before_limit(areas) - published
    found = {}
    for rule, bound, agrees in (
        (ProtectionStatus.FLOOR, bounds.floor_gbp, ~(took > 0)),
        (ProtectionStatus.LIMIT, bounds.limit_gbp, ~(took <= 0)),
    ):
        holds = is_whole_places(published, bound, baseline, most_gbp=most, place_gbp=place) & agrees
        number = np.round(implied_baseline_addition(published, bound, baseline) / place)
        found[rule] = np.where(holds, number, 0).astype(np.int_)
    return found


def _class(found: ProtectionStatus, is_suspicious: bool, holds_hospital: bool) -> ProtectionStatus:
    if found is ProtectionStatus.BETWEEN and is_suspicious:
        found = ProtectionStatus.UNEXPLAINED
    undecided = (ProtectionStatus.BETWEEN, ProtectionStatus.UNEXPLAINED)
    return ProtectionStatus.NOT_CLASSED if holds_hospital and found in undecided else found


def _row(
    year: FinancialYear,
    area: ProtectedArea,
    name: str,
    found: ProtectionStatus,
    *,
    numbers: tuple[float, float, float, float],
    listed: KnownDifference | None,
    places: dict[ProtectionStatus, int],
    holds_hospital: bool,
) -> ProtectionRow:
    per_head, floor, limit, change = (None if np.isnan(number) else float(number) for number in numbers)
    bound: ProtectionStatus | None = found if found in (ProtectionStatus.FLOOR, ProtectionStatus.LIMIT) else None
    reason, addition = area.reason, None
    if listed and not bound and floor is not None and limit is not None:
        nearest = ProtectionStatus(listed.bound)
        recomputed = floor if nearest is ProtectionStatus.FLOOR else limit
        if listed.covers(recomputed - area.published_gbp):
            found, bound, reason = ProtectionStatus.KNOWN_DIFFERENCE, nearest, listed.reason
            addition = _addition(area, recomputed)
    whole = places[bound] if bound and addition is not None else 0
    if found is ProtectionStatus.NOT_CLASSED and not reason and holds_hospital:
        reason = "its baseline still contains hospital money, which column A of the year no longer does"
    return ProtectionRow(year, area, name, found, bound, per_head, floor, limit, change, addition, whole, reason)


def _addition(area: ProtectedArea, bound_gbp: float) -> float | None:
    """Return what the baseline lacks for the bound to equal column A; None where column G says that none binds."""
    if area.before_limit_gbp is not None and area.before_limit_gbp < area.published_gbp - TOLERANCE_GBP:
        return None
    return float(
        implied_baseline_addition(_array([area.published_gbp]), _array([bound_gbp]), _array([area.baseline_gbp]))[0]
    )


def _of_known_whole(row: ProtectionRow, combined: tuple[ProtectionRow, ...]) -> ProtectionRow:
    """Return the row of a part of a reorganised area as a known difference where the whole is one."""
    for whole in combined:
        if row.area.codes[0] in whole.area.codes and whole.protection_status is ProtectionStatus.KNOWN_DIFFERENCE:
            return replace(row, protection_status=whole.protection_status, reason=whole.reason)
    return row


def _notes(rules: ProtectionRules, holds_hospital: bool, rows: tuple[ProtectionRow, ...]) -> tuple[str, ...]:
    notes = []
    if holds_hospital:
        notes.append(
            f"Column A of {rules.baseline_year} still contains hospital money, an amount that is not published: only "
            "authorities that had none can be classed, and they show by meeting the floor or the limit exactly."
        )
    unexplained = [row.la_name for row in rows if row.protection_status is ProtectionStatus.UNEXPLAINED]
    if unexplained:
        notes.append(f"Unexplained, and not in the list of known differences: {', '.join(unexplained)}.")
    return tuple(notes)


_LABELS = {
    "baseline_per_head": "Baseline per head aged 2 to 18",
    "floor": "Funding floor",
    "limit": "Gains limit",
    "change_pct": "Change of column A per head on the baseline",
    "floor_distance": "Column A above the funding floor",
    "limit_distance": "Column A below the gains limit",
    "baseline_addition": "Addition to the baseline with which the bound equals column A",
    "moved_places": "Money of whole places with which the bound equals column A",
    "rolled_in": "Additional allocation rolled into the baseline of column A",
    "population_part": "Change of column A by population",
    "rise": "Change of column A by the rise per head",
    "rise_minimum": "Minimum rise per head that the funding floor guarantees",
    "rise_to_limit": "Rise per head from the funding floor to the gains limit",
    "rise_beyond": "Rise per head beyond the funding floor, or beyond the gains limit where that binds",
}
_UNITS: dict[str, Unit] = {"baseline_per_head": "gbp_per_head", "change_pct": "pct"}


def protection_figure(store: Store, year: FinancialYear, area: str, part: str) -> Figure:
    """Return a number of a row as a figure.

    Parameters
    ----------
    area : str
        Three-digit code, or the codes of a reorganised area joined by +.
    part : str
        One of `FIGURE_PARTS`.

    Raises
    ------
    UsageError
        If the year has no recomputed floor, or the area no such number; says why.
    KeyError
        If the area or the part is unknown.
    """
    found = protection(store, year)
    row, attribute = found.row(area), FIGURE_PARTS[part]
    value: float | None = getattr(row, attribute)
    if value is None:
        raise UsageError(f"{row.la_name} has no {_LABELS[part].lower()} in {year}: {row.reason or 'it is not bound'}")
    return Figure(
        id=protection_id(year, area, part),
        label=f"{_LABELS[part]}, {row.la_name}, {year}",
        value=value,
        unit=_UNITS.get(part, "gbp"),
        basis="derived",
        inputs=_inputs(store, found.rules, row, part),
        derivation=_derivation(found.rules, part),
    )


#: Parts that are worked out from other parts of the row.
_OF_PARTS = {
    "moved_places": ("baseline_addition",),
    "rise_to_limit": ("limit", "floor"),
    "rise_beyond": ("rise", "rise_minimum", "rise_to_limit"),
}


def _inputs(store: Store, rules: ProtectionRules, row: ProtectionRow, part: str) -> tuple[str, ...]:
    area, year = row.area, rules.baseline_year
    column_a = tuple(dsg_id(store, rules.year, code, COLUMN_A) for code in area.codes)
    heads = tuple(population_id(rules.mid_year, code) for code in area.codes)
    money = (dsg_id(store, year, code, term) for code in area.before for term in rules.baseline_terms)
    baseline = (*money, *(population_id(rules.previous_mid_year, code) for code in area.before))
    per_head = protection_id(rules.year, area.area, "baseline_per_head")
    if part == "baseline_per_head":
        return baseline
    if part in ("floor", "limit"):
        return (per_head, *heads)
    if part in ("change_pct", "rise"):
        return (*column_a, *heads, per_head)
    if part == "rolled_in":
        terms = (term for term in rules.baseline_terms if term != COLUMN_A)
        return tuple(dsg_id(store, year, code, term) for term in terms for code in area.before)
    if part == "population_part":
        return (*baseline, *heads)
    if part in _OF_PARTS:
        return tuple(protection_id(rules.year, area.area, of) for of in _OF_PARTS[part] if of in row.ids)
    if part == "rise_minimum":
        return (protection_id(rules.year, area.area, "floor"), per_head, *heads)
    if part == "baseline_addition":
        return (*column_a, protection_id(rules.year, area.area, str(row.bound)), *baseline)
    return (*column_a, protection_id(rules.year, area.area, part.removesuffix("_distance")))


def _derivation(rules: ProtectionRules, part: str) -> str:
    heads = f"the ONS 2018-based projection of mid-{rules.mid_year}"
    return {
        "baseline_per_head": f"{' + '.join(rules.baseline_terms)} of {rules.baseline_year} ÷ the ONS 2018-based "
        f"projection of mid-{rules.previous_mid_year}",
        "floor": f"(1 + {rules.floor_pct:g}%) × baseline per head × {heads}",
        "limit": f"(1 + {rules.limit_pct:g}%) × baseline per head × {heads}",
        "change_pct": f"(column A ÷ {heads} ÷ baseline per head − 1) × 100",
        "floor_distance": "column A − floor",
        "limit_distance": "limit − column A",
        "baseline_addition": "baseline × (column A ÷ bound − 1)",
        "moved_places": f"whole places of £{place_rule().place_gbp:,.0f}, the nearest number to the addition",
        "rolled_in": f"{' + '.join(t for t in rules.baseline_terms if t != COLUMN_A)} of {rules.baseline_year}",
        "population_part": f"baseline × ({heads} ÷ that of mid-{rules.previous_mid_year} − 1)",
        "rise": f"column A − baseline per head × {heads}",
        "rise_minimum": f"floor − baseline per head × {heads}",
        "rise_to_limit": "limit − floor",
        "rise_beyond": "rise − minimum rise − rise to the limit where it binds",
    }[part]
