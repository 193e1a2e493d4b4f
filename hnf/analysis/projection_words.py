"""What a projection says, in plain words, with its limits; and the backtest as a table."""

from __future__ import annotations

from typing import Any

from hnf.analysis.backtest import ALL, METHODS, NAIVE, Errors, all_series, errors_of, settings
from hnf.analysis.projection import Point, Projection
from hnf.analysis.series_breaks import breaks_of, statements_until
from hnf.measures.published import ENGLAND
from hnf.store import Store


def sentences(found: Projection) -> list[str]:
    """Return the nearest and the furthest year that stood the test, what was refused, and the limits."""
    horizons = sorted({point.horizon for point in found.points})
    best = [point for horizon in horizons if (point := found.best(horizon))]
    said = [_point_words(found, point) for point in dict.fromkeys((*best[:1], *best[-1:]))]
    if not best:
        said.append(
            f"No projection is given for {found.series.name}: no method did better in the past than no change or than "
            "repeating the last growth."
        )
    refused = sorted({point.horizon for point in found.points if found.best(point.horizon) is None})
    if best and refused:
        years = ", ".join(str(horizon) for horizon in refused)
        said.append(
            f"Refused at {years} {'year' if refused == [1] else 'years'} ahead: no method beat the naive ones there."
        )
    said.append(
        "This is a projection, not a count and not a forecast of policy: it carries the past on. Reforms of special "
        "educational needs provision may change the path."
    )
    return said


def notes(found: Projection) -> list[str]:
    """Return series, methods, interval and breaks."""
    series, share = found.series, round(settings().interval_share * 100)
    pool = "of its own backtests" if found.area == ENGLAND else "of the backtests of all authorities"
    said = [
        f"Series: January {series.first} to January {series.last}, statements of SEN included until January "
        f"{statements_until()}.",
        f"Error: mean absolute percentage error over every past January from January "
        f"{series.first + settings().trend_januaries - 1} on. Naive is the better of no change and last "
        "growth. A method "
        "is offered only where its error is lower.",
        f"Interval: the middle {share}% {pool}, in sample; origins overlap, so it is likely too narrow.",
    ]
    if any(point.low is not None and point.value is not None and point.low > point.value for point in found.offered):
        said.append(
            "Where an interval lies above its projection, the method mostly fell short in the past: growth "
            "gathered pace."
        )
    if series.note:
        said.append(f"{series.note[0].upper()}{series.note[1:]}.")
    said += [one.in_words for one in breaks_of(("plans",)) if one.lies_in(series.first, series.last)]
    return said


def _point_words(found: Projection, point: Point) -> str:
    series = found.series
    method = {"linear_trend": "the linear trend", "damped_trend": "the damped trend"}.get(point.method, point.method)
    ahead = "one year" if point.horizon == 1 else f"{point.horizon} years"
    return (
        f"Projection: if {method} of the last Januaries goes on, EHC plans in {series.name} would go from "
        f"{series.counts[-1]:,} in January {series.last} to about {point.value:,.0f} in January "
        f"{point.january} (interval "
        f"{point.low:,.0f} to {point.high:,.0f}). Tried {ahead} ahead from {point.origins} past Januaries, it "
        "missed by "
        f"{point.mape_pct:.1f}% on average, the better naive method by {point.naive_mape_pct:.1f}%."
    )


def backtest_rows(store: Store, area: str) -> list[dict[str, Any]]:
    """Return the backtest of an area and of all authorities together, one dict a method and horizon.

    `areas_offered_count` of `all` is in how many of the `areas_count` areas the method beats both naive ones.
    """
    rows: list[dict[str, Any]] = []
    for name in (area, ALL):
        errors = errors_of(store, name)
        areas = [series.ids for series in all_series(store)] if name == ALL else [()]
        for method, horizon in sorted(errors, key=lambda key: (list(METHODS).index(key[0]), key[1])):
            low, high = errors[method, horizon].interval()
            rows.append(
                {
                    "area": name,
                    "method": method,
                    "horizon_years": horizon,
                    "backtests_count": len(errors[method, horizon].ratios),
                    "mape_pct": errors[method, horizon].mape_pct,
                    "low_ratio": low,
                    "high_ratio": high,
                    "areas_count": len(areas),
                    "areas_offered_count": _offered(store, name, method, horizon),
                }
            )
    return rows


def _offered(store: Store, area: str, method: str, horizon: int) -> int:
    """Count the areas in which a method beats both naive ones at a horizon."""
    if method in NAIVE:
        return 0
    return sum(_beats(errors, method, horizon) for errors in _single(store, area))


def _single(store: Store, area: str) -> list[dict[tuple[str, int], Errors]]:
    from hnf.analysis.backtest import backtest

    if area != ALL:
        return [errors_of(store, area)]
    return store.remember("single backtests", lambda: [backtest(series) for series in all_series(store)])


def _beats(errors: dict[tuple[str, int], Errors], method: str, horizon: int) -> bool:
    if (method, horizon) not in errors or len(errors[method, horizon].ratios) < settings().least_origins:
        return False
    return errors[method, horizon].mape_pct < min(errors[naive, horizon].mape_pct for naive in NAIVE)
