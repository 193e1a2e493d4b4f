"""A projection of EHC plans: where simple methods that have stood a backtest would lead.

A method of `hnf.analysis.backtest` is offered for an authority and a horizon only if, there, its mean absolute
percentage error over all past origins is lower than that of the better naive one (no change, last growth); otherwise
it is refused with the two errors. Intervals hold the middle share of backtest outcomes: of all authorities together
for an authority, whose own origins are too few, and of its own for England. They are in sample, and origins overlap,
so that they are likely too narrow. Everything here is `estimated`. Figures are `projection:<code or england>:<last
count>:<method>:<January>:<value, low or high>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.backtest import ALL, METHODS, NAIVE, PlanSeries, errors_of, plan_series, settings
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.published import ENGLAND
from hnf.store import Store


@dataclass(frozen=True)
class Point:
    """One method at one horizon.

    Parameters
    ----------
    method : str
    january, horizon : int
        The January projected, and years after the last count.
    value, low, high : float or None
        Plans and the ends of the interval, unrounded; None where refused.
    mape_pct, naive_mape_pct : float
        Mean absolute percentage errors of the method and of the better naive one, over `origins` past Januaries.
    reason : str
        Why the method is refused; empty where it is offered.
    """

    method: str
    january: int
    horizon: int
    value: float | None
    low: float | None
    high: float | None
    mape_pct: float
    naive_mape_pct: float
    origins: int
    reason: str


@dataclass(frozen=True)
class Projection:
    """The points of all methods that are not naive, by method and January."""

    area: str
    series: PlanSeries
    points: tuple[Point, ...]

    @property
    def offered(self) -> tuple[Point, ...]:
        """Return the points that stood the backtest."""
        return tuple(point for point in self.points if not point.reason)

    def best(self, horizon: int) -> Point | None:
        """Return the offered point of a horizon with the lowest error, None if all are refused."""
        found = [point for point in self.offered if point.horizon == horizon]
        return min(found, key=lambda point: point.mape_pct) if found else None

    def figure(self, point: Point, statistic: str) -> Figure:
        """Return the `value`, `low` or `high` of a point as a figure; `KeyError` otherwise."""
        values = {"value": point.value, "low": point.low, "high": point.high}
        stem = f"projection:{self.area}:{self.series.last}:{point.method}:{point.january}"
        words = {"value": "", "low": ", lower end of interval", "high": ", upper end of interval"}[statistic]
        window = self.series.ids[-settings().trend_januaries :]
        pool = ENGLAND if self.area == ENGLAND else ALL
        method = point.method.replace("_", " ")
        return Figure(
            id=f"{stem}:{statistic}",
            label=f"{self.series.name}: projected EHC plans, January {point.january} ({method}){words}",
            value=values[statistic],
            unit="count",
            basis="estimated",
            inputs=(
                tuple(id_ for side in window for id_ in side)
                if statistic == "value"
                else (f"{stem}:value", f"backtest:{pool}:{point.method}:{point.horizon}:{statistic}")
            ),
            derivation=f"{method} from January {self.series.last}"
            if statistic == "value"
            else "projected count × ratio of outcome to projection in backtests",
            status=point.reason,
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a point."""
        return [
            {
                "january": point.january,
                "horizon_years": point.horizon,
                "method": point.method,
                "is_projection": True,
                "basis": "estimated",
                "offered": not point.reason,
                "plans_count": point.value,
                "low_count": point.low,
                "high_count": point.high,
                "mape_pct": point.mape_pct,
                "naive_mape_pct": point.naive_mape_pct,
                "origins": point.origins,
                "reason": point.reason or None,
                "figure_ids": {name: self.figure(point, name).id for name in ("value", "low", "high")},
            }
            for point in self.points
        ]


def project(store: Store, who: str, years: int | None = None) -> Projection:
    """Project the plans of an authority or of England.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it, or `England`.
    years : int, optional
        How many Januaries after the last count; the longest that is backtested by default.

    Raises
    ------
    UsageError
        If there is no such authority, no whole series of it, or `years` is below 1 or beyond what can be backtested.
    """
    longest = settings().longest_horizon
    years = longest if years is None else years
    if not 1 <= years <= longest:
        raise UsageError(
            f"a projection over {years} years cannot be given", where="--years", todo=f"Backtests reach 1 to {longest}."
        )
    area = ENGLAND if who.strip().casefold() == ENGLAND else Authorities.of(store).find(who).la_code
    return store.remember(("projection", area, years), lambda: _project(store, area, years))


def _project(store: Store, area: str, years: int) -> Projection:
    series = plan_series(store, area)
    points = [
        _point(store, area, series, method, horizon)
        for method in METHODS
        if method not in NAIVE
        for horizon in range(1, years + 1)
    ]
    return Projection(area, series, tuple(points))


def _point(store: Store, area: str, series: PlanSeries, method: str, horizon: int) -> Point:
    own = errors_of(store, area)
    origins = len(own[method, horizon].ratios) if (method, horizon) in own else 0
    if origins < settings().least_origins:
        reason = (
            f"{origins} past Januaries could be tried {horizon} years ahead, and {settings().least_origins} are needed"
        )
        return Point(method, series.last + horizon, horizon, None, None, None, 0.0, 0.0, origins, reason)
    naive = min(NAIVE, key=lambda name: own[name, horizon].mape_pct)
    error, other = own[method, horizon].mape_pct, own[naive, horizon].mape_pct
    if error >= other:
        reason = (
            f"it missed by {error:.1f}% on average, {naive.replace('_', ' ')} by {other:.1f}%: it is no better "
            "than the "
            "naive method"
        )
        return Point(method, series.last + horizon, horizon, None, None, None, error, other, origins, reason)
    value = METHODS[method](series.counts, horizon)[-1]
    low, high = errors_of(store, ENGLAND if area == ENGLAND else ALL)[method, horizon].interval()
    return Point(method, series.last + horizon, horizon, value, value * low, value * high, error, other, origins, "")


def projection_figure(store: Store, parts: list[str]) -> Figure:
    """Return one figure by the five parts of its id; `KeyError` names what is unknown."""
    area, last, method, january, statistic = parts
    found = project(store, area)
    point = next((one for one in found.points if (one.method, str(one.january)) == (method, january)), None)
    if point is None or str(found.series.last) != last:
        raise KeyError(f"{last}:{method}:{january}")
    return found.figure(point, statistic)
