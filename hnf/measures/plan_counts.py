"""EHC plans of every area in every January, latest release, as one lookup for answers that need most of them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hnf.measures.published import ENGLAND, area_column
from hnf.store import Store
from hnf.tables import SYMBOLS

_AREA_IN_JANUARY = ("january", "geographic_level", "region_code", "la_code")


@dataclass(frozen=True)
class PlanCount:
    """Statements and plans of one area in one January; `status` says in words why `count` is None."""

    count: int | None
    status: str
    figure_id: str


def plan_counts(store: Store) -> dict[int, dict[str, PlanCount]]:
    """Return the counts by January and by area.

    Returns
    -------
    dict of int to dict of str to PlanCount
        By January, oldest first; an area is `england` or a three-digit code. Statements are counted with plans.
    """
    return store.remember("plan counts", lambda: _plan_counts(store, ["national", "local_authority"]))


def region_plan_counts(store: Store) -> dict[int, dict[str, PlanCount]]:
    """Return the same by January and by the ONS code of a region, for the Januaries that have any."""
    return store.remember("region plan counts", lambda: _plan_counts(store, ["regional"]))


def latest_releases(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of each area in each January from the latest release that has them.

    Parameters
    ----------
    frame : polars.DataFrame
        Rows of `ehc_plans` or `ehc_plans_by_age`; their order is kept.
    """
    return frame.filter(pl.col("release") == pl.col("release").max().over(_AREA_IN_JANUARY))


def _plan_counts(store: Store, levels: list[str]) -> dict[int, dict[str, PlanCount]]:
    is_wanted = (pl.col("plan_type") == "total") & pl.col("geographic_level").is_in(levels)
    rows = (
        latest_releases(store.table("ehc_plans").filter(is_wanted))
        .with_columns(authority_type=pl.lit(""))
        .with_columns(area=area_column())
        .sort("january", "area")
    )
    found: dict[int, dict[str, PlanCount]] = {}
    for january, release, area, count, status in rows.select(
        "january", "release", "area", "count", "status"
    ).iter_rows():
        words = f"{SYMBOLS[status]} ({status})" if status else ""
        found.setdefault(january, {})[area] = PlanCount(count, words, f"plans:{january}:{release}:{area}:total")
    return found


def authorities_counted(store: Store, january: int) -> set[str]:
    """Return the codes of the authorities that the release of a January lists, suppressed counts included."""
    return set(plan_counts(store).get(january, {})) - {ENGLAND}
