"""Heads, pupils and EHC plans of every authority of a year, with the reason for each authority that has none.

The year Y-Z goes with the population of mid-Y and the EHC plans of January Y.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hnf.authorities import Authorities
from hnf.measures.area_costs import area_costs
from hnf.measures.plan_counts import plan_counts
from hnf.measures.published import ENGLAND, block_frame, latest_edition
from hnf.measures.rate_spec import SERIES, RateSpec
from hnf.store import Store
from hnf.years import FinancialYear


@dataclass(frozen=True)
class Amounts:
    """Values by la_code with the ids they rest on; `excluded` gives the reason for each authority without one."""

    values: dict[str, float]
    inputs: dict[str, tuple[str, ...]]
    excluded: dict[str, str]


def denominator_amounts(store: Store, spec: RateSpec) -> Amounts:
    """Return the denominator of every authority with an allocation in the year, adjusted for area costs if asked for.

    Where a count is published only for the successors of an authority that closes later, their sum is used: the area
    is the same. Where it is published only for a predecessor, there is no way to share it out and the authority is
    excluded.
    """
    found = _unadjusted(store, spec)
    if not spec.area_costs:
        return found
    adjustments = {row.la_code: row.adjustment for row in area_costs(store, spec.year).rows}
    lacking = {code: "it has no basic entitlement rate" for code in found.values if code not in adjustments}
    return Amounts(
        values={code: value * adjustments[code] for code, value in found.values.items() if code in adjustments},
        inputs={code: (*ids, f"areacost:{spec.year}:{code}:adjustment") for code, ids in found.inputs.items()},
        excluded={**found.excluded, **lacking},
    )


def _unadjusted(store: Store, spec: RateSpec) -> Amounts:
    universe = block_frame(store, spec.year)["area"].to_list()
    if spec.per == "pupil":
        return _pupils(store, spec.year, universe)
    counts = _plan_counts(store, spec) if spec.per == "plan" else _populations(store, spec)
    authorities = Authorities.of(store)
    values: dict[str, float] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    excluded: dict[str, str] = {}
    for code in universe:
        parts = [code] if code in counts else list(authorities[code].successors)
        whole = code in counts or authorities[code].lineage_kind == "split"
        found = [counts[part] for part in parts if part in counts]
        if whole and parts and len(found) == len(parts) and all(count for count, _, _ in found):
            values[code] = sum(count for count, _, _ in found if count is not None)
            inputs[code] = tuple(figure_id for _, figure_id, _ in found)
        else:
            status = next((status for count, _, status in found if count is None), "")
            excluded[code] = _reason(spec, authorities, code, set(counts), status)
    return Amounts(values, inputs, excluded)


def _pupils(store: Store, year: FinancialYear, universe: list[str]) -> Amounts:
    edition = latest_edition(store, "dsg_pupils", year)
    rows = store.table("dsg_pupils").filter(
        (pl.col("financial_year") == str(year)) & (pl.col("edition") == edition) & (pl.col("la_code") != "")
    )
    sums = rows.group_by("la_code").agg(pl.col("pupils").sum(), phases=pl.col("phase").n_unique())
    values = {code: pupils for code, pupils, phases in sums.iter_rows() if phases == 2 and code in universe}
    return Amounts(
        values=values,
        inputs={c: tuple(f"pupils:{year}:{edition}:{c}:{phase}" for phase in ("primary", "secondary")) for c in values},
        excluded={c: "the schools block sheet gives no pupil numbers for it" for c in universe if c not in values},
    )


_Counts = dict[str, tuple[float | None, str, str]]


def _plan_counts(store: Store, spec: RateSpec) -> _Counts:
    counts = plan_counts(store).get(spec.year.january.year, {})
    return {area: (found.count, found.figure_id, found.status) for area, found in counts.items() if area != ENGLAND}


def _populations(store: Store, spec: RateSpec) -> _Counts:
    series = SERIES[spec.population]
    rows = store.table("population").filter(
        (pl.col("mid_year") == spec.year.mid_year.year)
        & (pl.col("series") == series)
        & (pl.col("age_band") == "2-18")
        & (pl.col("la_code") != "")
    )
    return {
        code: (people, f"population:{spec.year.mid_year}:{series}:{code}:2-18", "")
        for code, people in rows.select("la_code", "people").iter_rows()
    }


def _reason(spec: RateSpec, authorities: Authorities, code: str, counted: set[str], status: str) -> str:
    when = f"January {spec.year.january}" if spec.per == "plan" else f"mid-{spec.year.mid_year}"
    what = "EHC plans" if spec.per == "plan" else f"population ({SERIES[spec.population].replace('_', ' ')})"
    if status or code in counted:
        return f"its {what} of {when} are published as {status or 0}"
    before = [authorities[old] for old in authorities[code].predecessors if old in counted]
    if before:
        names = " and ".join(f"{old.prose} ({old.la_code})" for old in before)
        return f"{what} of {when} are published for its predecessor only: {names}"
    return f"no {what} of {when} {'are' if spec.per == 'plan' else 'is'} published for it"
