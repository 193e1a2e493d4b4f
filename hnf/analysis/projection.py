"""A projection of EHC plans: where simple methods that passed a backtest would lead.

`no_change` repeats the last count and `last_growth` the last year's growth rate: the naive methods. `linear_trend` adds
the slope of the least-squares line over the last Januaries, `damped_trend` goes on at their mean growth rate, of which
a fixed part is left after each year; settings are in `data/projection.toml`. These two are offered for an authority and
a horizon only where their mean absolute percentage error over all past Januaries is below that of the better naive
one. Intervals hold the middle share of backtest outcomes: of all authorities together for an authority, of England's
for England; in sample and from overlapping origins, so likely too narrow. Everything is `estimated`. Figures are
`projection:<code or england>:<last count>:<method>:<January>:<value, low or high>` and
`backtest:<code, england or all>:<method>:<horizon>:<mape, low or high>`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from hnf.analysis.growth import plans_area
from hnf.errors import TableError, UsageError
from hnf.measures.notes import breaks_of, statements_until
from hnf.measures.published import ENGLAND, PlanCount, authorities_counted, plan_counts
from hnf.paths import data_folder
from hnf.results import Answer, Figure
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.text import capital
from hnf.years import January

# A method by shares of the population by age is left out: counts by age come in groups until 2022 and in single years
# for 2024 and 2025, and there are no populations by single year of age before 2019 to try it on.

#: The area of a backtest over all authorities together.
ALL = "all"
NAIVE = ("no_change", "last_growth")


@dataclass(frozen=True)
class Settings:
    """The settings of `data/projection.toml`, as its comments describe them."""

    trend_januaries: int
    damping: float
    longest_horizon: int
    least_origins: int
    interval_share: float
    first_january: int
    reference: str


@cache
def settings() -> Settings:
    """Return the settings."""
    path = data_folder() / "projection.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    content.pop("schema_version", None)
    try:
        return Settings(**content)
    except TypeError as error:
        raise TableError(f"a setting is missing or unknown: {error}", where=str(path)) from error


@dataclass(frozen=True)
class PlanSeries:
    """Plans of one area in each January from `first` on, without a gap; `ids` are the published counts of each."""

    name: str
    first: int
    counts: tuple[int, ...]
    ids: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def last(self) -> int:
        """The last January."""
        return self.first + len(self.counts) - 1


def _no_change(history: tuple[int, ...], steps: int) -> list[float]:
    return [float(history[-1])] * steps


def _last_growth(history: tuple[int, ...], steps: int) -> list[float]:
    growth = history[-1] / history[-2]
    return [history[-1] * growth**step for step in range(1, steps + 1)]


def _linear_trend(history: tuple[int, ...], steps: int) -> list[float]:
    window = history[-settings().trend_januaries :]
    centre = (len(window) - 1) / 2
    weights = [place - centre for place in range(len(window))]
    slope = sum(w * count for w, count in zip(weights, window, strict=True)) / sum(w * w for w in weights)
    return [max(1.0, history[-1] + slope * step) for step in range(1, steps + 1)]


def _damped_trend(history: tuple[int, ...], steps: int) -> list[float]:
    window = history[-settings().trend_januaries :]
    growth = math.log(window[-1] / window[0]) / (len(window) - 1)
    reached = [sum(settings().damping ** step for step in range(1, end + 1)) for end in range(1, steps + 1)]
    return [history[-1] * math.exp(growth * part) for part in reached]


#: By name: history (at least `trend_januaries` counts above zero, oldest first) and number of years to projections.
METHODS: dict[str, Callable[[tuple[int, ...], int], list[float]]] = {
    "no_change": _no_change,
    "last_growth": _last_growth,
    "linear_trend": _linear_trend,
    "damped_trend": _damped_trend,
}


@dataclass(frozen=True)
class Errors:
    """What came, divided by what was projected, from each origin, and the mean absolute percentage error."""

    ratios: tuple[float, ...]
    mape_pct: float

    def interval(self) -> tuple[float, float]:
        """Return the ends between which the middle `interval_share` of the ratios lie."""
        tail = (1 - settings().interval_share) / 2
        return quantile(self.ratios, tail), quantile(self.ratios, 1 - tail)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie, interpolated linearly between neighbours."""
    return float(pl.Series(values).quantile(share, "linear") or 0)


def backtest(series: PlanSeries) -> dict[tuple[str, int], Errors]:
    """Return errors of every method by horizon in years; an origin has `trend_januaries` counts up to it."""
    longest = settings().longest_horizon
    pairs: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for end in range(settings().trend_januaries, len(series.counts)):
        outcomes = series.counts[end : end + longest]
        for method, project in METHODS.items():
            projected = project(series.counts[:end], len(outcomes))
            for horizon, (ahead, outcome) in enumerate(zip(projected, outcomes, strict=True), start=1):
                pairs.setdefault((method, horizon), []).append((outcome / ahead, abs(ahead - outcome) / outcome))
    return {
        key: Errors(tuple(ratio for ratio, _ in found), 100 * math.fsum(error for _, error in found) / len(found))
        for key, found in pairs.items()
    }


@cached
def plan_series(store: Store, code: str) -> PlanSeries:
    """Return plans of an authority on one area, or of `england`, to the last count; `UsageError` on a gap."""
    counts = {year: found for year, found in plan_counts(store).items() if year >= settings().first_january}
    dates = list(counts)
    name, note = "England", ""
    codes: tuple[tuple[str, ...], ...] = tuple((ENGLAND,) for _ in dates)
    if code != ENGLAND:
        place = plans_area(store, Authorities.of(store)[code], tuple(January(date) for date in dates))
        name, note, codes = place.name, place.note, place.codes
    sides = [[counts[date][part] for part in parts] for date, parts in zip(dates, codes, strict=True)]
    while sides and any(one.count is None for one in sides[-1]):
        sides.pop()
        dates.pop()
    _require_whole(name, dates, sides)
    return PlanSeries(
        name=name,
        first=dates[0],
        counts=tuple(sum(one.count or 0 for one in side) for side in sides),
        ids=tuple(tuple(one.figure_id for one in side) for side in sides),
        note=note,
    )


def _require_whole(name: str, dates: list[int], sides: list[list[PlanCount]]) -> None:
    if not dates or dates != list(range(dates[0], dates[-1] + 1)):
        raise UsageError(f"the counts of {name} have a gap: there is no series to carry forward")
    bad = [date for date, side in zip(dates, sides, strict=True) if not all(one.count for one in side)]
    if bad:
        raise UsageError(
            f"the count of {name} in January {bad[0]} is missing or zero: there is no series to carry forward"
        )
    if len(dates) <= settings().trend_januaries:
        raise UsageError(f"{name} has {len(dates)} counts, and {settings().trend_januaries + 1} are needed")


@cached
def all_series(store: Store) -> tuple[PlanSeries, ...]:
    """Return the complete series of all authorities of the latest January; reorganised areas once."""
    found: dict[tuple[tuple[str, ...], ...], PlanSeries] = {}
    for code in sorted(authorities_counted(store, max(plan_counts(store)))):
        try:
            series = plan_series(store, code)
        except UsageError:
            continue
        found.setdefault(series.ids, series)
    return tuple(found.values())


@cached
def _single(store: Store) -> list[dict[tuple[str, int], Errors]]:
    return [backtest(series) for series in all_series(store)]


@cached
def errors_of(store: Store, area: str) -> dict[tuple[str, int], Errors]:
    """Return the backtest of an authority, of `england`, or of `all` authorities together."""
    if area != ALL:
        return backtest(plan_series(store, area))
    single = _single(store)
    pooled: dict[tuple[str, int], Errors] = {}
    for key in dict.fromkeys(key for found in single for key in found):
        parts = [found[key] for found in single if key in found]
        ratios = tuple(ratio for part in parts for ratio in part.ratios)
        missed = math.fsum(part.mape_pct * len(part.ratios) for part in parts)
        pooled[key] = Errors(ratios, missed / len(ratios))
    return pooled


def backtest_figure(store: Store, parts: list[str]) -> Figure:
    """Return the error (`mape`) or an end of the interval of ratios (`low`, `high`) by the four parts of its id."""
    area, method, horizon, statistic = parts
    if not horizon.isdecimal() or (method, int(horizon)) not in (errors := errors_of(store, area)):
        raise KeyError(f"{method}:{horizon}")
    found = errors[method, int(horizon)]
    low, high = found.interval()
    value = {"mape": found.mape_pct, "low": low, "high": high}[statistic]
    series = all_series(store) if area == ALL else (plan_series(store, area),)
    words = {"mape": "mean absolute error", "low": "lower ratio of outcome", "high": "upper ratio of outcome"}[
        statistic
    ]
    name = "all authorities" if area == ALL else series[0].name
    return Figure(
        id=f"backtest:{area}:{method}:{horizon}:{statistic}",
        label=f"{name}: {words} of {method.replace('_', ' ')} {horizon} years ahead, {len(found.ratios)} backtests",
        value=value,
        unit="pct" if statistic == "mape" else "coefficient",
        basis="estimated",
        inputs=tuple(id_ for one in series for side in one.ids for id_ in side),
        derivation="each method projected from every past January and compared with what came",
    )


@dataclass(frozen=True)
class Point(Answer):
    """One method at one horizon in years: plans and ends of the interval, None where refused; errors in per cent."""

    JSON = (
        "january horizon_years=horizon method is_projection basis offered plans_count=value low_count=low",
        "high_count=high",
        "mape_pct naive_mape_pct origins reason?",
    )
    is_projection, basis = True, "estimated"

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

    @property
    def offered(self) -> bool:
        """Whether the method did better than the naive ones."""
        return not self.reason


@dataclass(frozen=True)
class Projection:
    """The points of all methods that are not naive, by method and January."""

    area: str
    series: PlanSeries
    points: tuple[Point, ...]

    @property
    def offered(self) -> tuple[Point, ...]:
        """Return the points whose method passed the backtest."""
        return tuple(point for point in self.points if point.offered)

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
            point.to_json() | {"figure_ids": {name: self.figure(point, name).id for name in ("value", "low", "high")}}
            for point in self.points
        ]


def project(store: Store, who: str, years: int | None = None) -> Projection:
    """Project the plans of an authority or of England.

    Parameters
    ----------
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
    return _project(store, area, years)


@cached
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
    own, january, least = errors_of(store, area), series.last + horizon, settings().least_origins
    origins = len(own[method, horizon].ratios) if (method, horizon) in own else 0
    if origins < least:
        reason = f"{origins} past Januaries could be tried {horizon} years ahead, and {least} are needed"
        return Point(method, january, horizon, None, None, None, 0.0, 0.0, origins, reason)
    naive = min(NAIVE, key=lambda name: own[name, horizon].mape_pct)
    error, other = own[method, horizon].mape_pct, own[naive, horizon].mape_pct
    if error >= other:
        reason = (
            f"it missed by {error:.1f}% on average, {naive.replace('_', ' ')} by {other:.1f}%: it is no better than "
            "the naive method"
        )
        return Point(method, january, horizon, None, None, None, error, other, origins, reason)
    value = METHODS[method](series.counts, horizon)[-1]
    low, high = errors_of(store, ENGLAND if area == ENGLAND else ALL)[method, horizon].interval()
    return Point(method, january, horizon, value, value * low, value * high, error, other, origins, "")


def projection_figure(store: Store, parts: list[str]) -> Figure:
    """Return one figure by the five parts of its id; `KeyError` names what is unknown."""
    area, last, method, january, statistic = parts
    found = project(store, area)
    point = next((one for one in found.points if (one.method, str(one.january)) == (method, january)), None)
    if point is None or str(found.series.last) != last:
        raise KeyError(f"{last}:{method}:{january}")
    return found.figure(point, statistic)


def sentences(found: Projection) -> list[str]:
    """Return the nearest and the furthest year that passed the test, what was refused, and the limits."""
    horizons = sorted({point.horizon for point in found.points})
    best = [point for horizon in horizons if (point := found.best(horizon))]
    lines = [_point_words(found, point) for point in dict.fromkeys((*best[:1], *best[-1:]))]
    if not best:
        lines.append(
            f"No projection is given for {found.series.name}: no method did better in the past than no change or than "
            "repeating the last growth."
        )
    refused = sorted({point.horizon for point in found.points if found.best(point.horizon) is None})
    if best and refused:
        years = ", ".join(str(horizon) for horizon in refused)
        lines.append(
            f"Refused at {years} {'year' if refused == [1] else 'years'} ahead: no method beat the naive ones there."
        )
    lines.append(
        "This is a projection, not a count and not a forecast of policy: it carries the past on. Reforms of special "
        "educational needs provision may change the path."
    )
    return lines


def notes(found: Projection) -> list[str]:
    """Return series, methods, interval and breaks."""
    series, share = found.series, round(settings().interval_share * 100)
    pool = "of its own backtests" if found.area == ENGLAND else "of the backtests of all authorities"
    lines = [
        f"Series: January {series.first} to January {series.last}, statements of SEN included until January "
        f"{statements_until()}.",
        "Error: mean absolute percentage error over every past January from January "
        f"{series.first + settings().trend_januaries - 1} on. Naive is the better of no change and last growth. A "
        "method is offered only where its error is lower.",
        f"Interval: the middle {share}% {pool}, in sample; origins overlap, so it is likely too narrow.",
    ]
    if any(point.low is not None and point.value is not None and point.low > point.value for point in found.offered):
        lines.append(
            "Where an interval lies above its projection, the method mostly fell short in the past: growth "
            "gathered pace."
        )
    if series.note:
        lines.append(f"{capital(series.note)}.")
    lines += [one.in_words for one in breaks_of(("plans",)) if one.lies_in(series.first, series.last)]
    return lines


def _point_words(found: Projection, point: Point) -> str:
    series = found.series
    method = {"linear_trend": "the linear trend", "damped_trend": "the damped trend"}.get(point.method, point.method)
    ahead = "one year" if point.horizon == 1 else f"{point.horizon} years"
    return (
        f"Projection: if {method} of the last Januaries goes on, EHC plans in {series.name} would go from "
        f"{series.counts[-1]:,} in January {series.last} to about {point.value:,.0f} in January {point.january} "
        f"(interval {point.low:,.0f} to {point.high:,.0f}). Tried {ahead} ahead from {point.origins} past Januaries, "
        f"it missed by {point.mape_pct:.1f}% on average, the better naive method by {point.naive_mape_pct:.1f}%."
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
    return sum(
        _beats(errors, method, horizon) for errors in (_single(store) if area == ALL else [errors_of(store, area)])
    )


def _beats(errors: dict[tuple[str, int], Errors], method: str, horizon: int) -> bool:
    if (method, horizon) not in errors or len(errors[method, horizon].ratios) < settings().least_origins:
        return False
    return errors[method, horizon].mape_pct < min(errors[naive, horizon].mape_pct for naive in NAIVE)
