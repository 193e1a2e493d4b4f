"""Where every authority stands against its floor and gains limit, with column A recomputed where one of them binds.

An authority is on the floor or on the limit where column A is within £2 of it. Strictly between the two it is
suspicious, and reported as `unexplained` unless it is listed as a known difference, where column A is the floor or the
limit on a baseline with a whole number of places added (no more than last year's special free schools money, and in
agreement with column G about which of the two binds), or where column G shows that the limit took something although
column A is not at the limit, or is below column A. What is listed must also be as far off as the list says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnf.analysis.footprint import area_words
from hnf.analysis.protection_inputs import (
    ProtectedArea,
    ProtectionRules,
    baseline_holds_hospital_money,
    protected_areas,
    protection_rules,
)
from hnf.analysis.protection_rows import ProtectionRow
from hnf.authorities import Authorities
from hnf.formula.protection import (
    TOLERANCE_GBP,
    Bounds,
    change_per_head_pct,
    implied_baseline_addition,
    is_whole_places,
    protection_bounds,
    protection_status,
)
from hnf.formula.protection_rates import ProtectionStatus
from hnf.measures.known_differences import KnownDifference, known_differences, place_rule
from hnf.results import FloatArray, Tabular
from hnf.store import Store
from hnf.years import FinancialYear

_CHECK = "protection"


@dataclass(frozen=True)
class Protection(Tabular):
    """Floor and gains limit of a year for every authority.

    Parameters
    ----------
    rules : ProtectionRules
        Rates, baseline and populations.
    rows : tuple of ProtectionRow
        Every authority with an allocation, by code.
    combined : tuple of ProtectionRow
        The whole areas of reorganisations, whose parts have no baseline of their own.
    notes : tuple of str
        What limits the answer.
    """

    ROWS = "rows"

    rules: ProtectionRules
    rows: tuple[ProtectionRow, ...]
    combined: tuple[ProtectionRow, ...]
    notes: tuple[str, ...]

    def row(self, area: str) -> ProtectionRow:
        """Return the row of an area as ids name it.

        Raises
        ------
        KeyError
            If there is none.
        """
        return {row.area.area: row for row in (*self.rows, *self.combined)}[area]

    @property
    def counts(self) -> dict[str, int]:
        """How many authorities are in each class."""
        found = Counter(row.protection_status for row in self.rows)
        return {each.value: found[each] for each in ProtectionStatus}

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        rules = self.rules
        return {
            "year": str(rules.year),
            "floor_pct": rules.floor_pct,
            "limit_pct": rules.limit_pct,
            "baseline_year": str(rules.baseline_year),
            "baseline_terms": list(rules.baseline_terms),
            "population": f"projection of mid-{rules.mid_year}, ages 2 to 18",
            "previous_population": f"projection of mid-{rules.previous_mid_year}, ages 2 to 18",
            "tolerance_gbp": TOLERANCE_GBP,
            "counts": self.counts,
            "rows": [row.payload(rules.year) for row in self.rows],
            "combined": [row.payload(rules.year) for row in self.combined],
            "notes": list(self.notes),
            "basis": "derived",
        }


def protection(store: Store, year: FinancialYear) -> Protection:
    """Recompute floor and gains limit of every authority and class it.

    Parameters
    ----------
    store : Store
    year : FinancialYear

    Returns
    -------
    Protection

    Raises
    ------
    UsageError
        If rates, baseline or allocations of the year are not known, or the formula is suspended.
    FormulaError
        If a parameter file or the list of known differences cannot be used.
    """
    return store.remember((_CHECK, year), lambda: _protection(store, protection_rules(store, year)))


def _protection(store: Store, rules: ProtectionRules) -> Protection:
    areas = protected_areas(store, rules)
    baseline, previous, heads, published = (
        _array([getattr(area, name) for area in areas])
        for name in ("baseline_gbp", "previous_population", "population", "published_gbp")
    )
    bounds = protection_bounds(baseline, previous, heads, rules.floor_pct, rules.limit_pct)
    holds_hospital = baseline_holds_hospital_money(store, rules)
    classes = protection_status(published, bounds)
    suspicious = _suspicious(areas, bounds, baseline, published)
    change = change_per_head_pct(published, bounds, heads)
    known = {
        entry.area: entry
        for entry in known_differences()
        if entry.check == _CHECK and entry.financial_year == str(rules.year)
    }
    authorities = Authorities.of(store)
    rows = tuple(
        _row(
            area,
            area_words(authorities, area.codes) if len(area.codes) > 1 else authorities[area.codes[0]].name,
            _class(ProtectionStatus(classes[i]), bool(suspicious[i]), holds_hospital),
            numbers=(bounds.baseline_per_head_gbp[i], bounds.floor_gbp[i], bounds.limit_gbp[i], change[i]),
            listed=known.get(area.area),
            holds_hospital=holds_hospital,
        )
        for i, area in enumerate(areas)
    )
    combined = tuple(row for row in rows if len(row.area.codes) > 1)
    single = tuple(_of_known_whole(row, combined) for row in rows if len(row.area.codes) == 1)
    return Protection(rules, single, combined, _notes(rules, holds_hospital, single))


def _array(values: list[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _suspicious(
    areas: list[ProtectedArea], bounds: Bounds, baseline: FloatArray, published: FloatArray
) -> NDArray[np.bool_]:
    """Say whose column A cannot simply lie between floor and limit, as the module describes."""
    before_limit = _array([area.before_limit_gbp for area in areas])
    most = _array([area.special_free_schools_gbp for area in areas])
    place = place_rule().place_gbp
    took = before_limit - published
    on_floor = is_whole_places(published, bounds.floor_gbp, baseline, most_gbp=most, place_gbp=place) & ~(took > 0)
    on_limit = is_whole_places(published, bounds.limit_gbp, baseline, most_gbp=most, place_gbp=place) & ~(took <= 0)
    return on_floor | on_limit | (np.abs(took) > TOLERANCE_GBP)


def _class(found: ProtectionStatus, is_suspicious: bool, holds_hospital: bool) -> ProtectionStatus:
    if found is ProtectionStatus.BETWEEN and is_suspicious:
        found = ProtectionStatus.UNEXPLAINED
    undecided = (ProtectionStatus.BETWEEN, ProtectionStatus.UNEXPLAINED)
    return ProtectionStatus.NOT_CLASSED if holds_hospital and found in undecided else found


def _row(
    area: ProtectedArea,
    name: str,
    found: ProtectionStatus,
    *,
    numbers: tuple[float, float, float, float],
    listed: KnownDifference | None,
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
    if found is ProtectionStatus.NOT_CLASSED and not reason and holds_hospital:
        reason = "its baseline still contains hospital money, which column A of the year no longer does"
    return ProtectionRow(area, name, found, bound, per_head, floor, limit, change, addition, reason)


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
