"""Simple ways to carry EHC plans forward, each tried from every past January on what then came.

Methods: `no_change` repeats the last count; `last_growth` repeats the last year's growth rate; `linear_trend` adds
the slope of the least-squares line over the last Januaries for each year (never below one plan); `damped_trend` goes
on at the mean growth rate of the last Januaries, of which a fixed part is left after each year. The first two are the
naive ones that the others must beat. Settings are in `data/projection.toml`. The error is the mean absolute
percentage error of all origins.

A method by shares of the population by age is left out: counts by age come in groups until 2022 and in single years
for 2024 and 2025, with none for 2023 and 2026, and there are no populations by single year of age here before 2019,
so that it could not be tried on the past.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hnf.analysis.footprint import footprint
from hnf.authorities import Authorities
from hnf.errors import TableError, UsageError
from hnf.figures import Figure, Unit
from hnf.locations import data_folder
from hnf.measures.plan_counts import PlanCount, authorities_counted, plan_counts
from hnf.measures.published import ENGLAND
from hnf.store import Store

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
    """Return the settings.

    Raises
    ------
    TableError
        If the file has not exactly these settings.
    """
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


def backtest(series: PlanSeries) -> dict[tuple[str, int], Errors]:
    """Try every method from every origin of one series.

    Returns
    -------
    dict of (method, horizon in years) to Errors
        Horizons with at least one origin. An origin has `trend_januaries` counts up to and including it.
    """
    longest = settings().longest_horizon
    pairs: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for end in range(settings().trend_januaries, len(series.counts)):
        outcomes = series.counts[end : end + longest]
        for method, project in METHODS.items():
            projected = project(series.counts[:end], len(outcomes))
            for horizon, (ahead, outcome) in enumerate(zip(projected, outcomes, strict=True), start=1):
                pairs.setdefault((method, horizon), []).append((outcome / ahead, abs(ahead - outcome) / outcome))
    return {key: _errors(found) for key, found in pairs.items()}


def _errors(pairs: list[tuple[float, float]]) -> Errors:
    return Errors(tuple(ratio for ratio, _ in pairs), 100 * math.fsum(error for _, error in pairs) / len(pairs))


def quantile(values: tuple[float, ...], share: float) -> float:
    """Return the value below which `share` of the values lie, interpolated linearly between neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def plan_series(store: Store, code: str) -> PlanSeries:
    """Return the plans of an authority, on one area throughout, or of `england`.

    A series ends where the latest counts are suppressed.

    Raises
    ------
    UsageError
        If boundaries changed so that the Januaries cannot be compared, or a count is missing or zero in between.
    """
    return store.remember(("plan series", code), lambda: _plan_series(store, code))


def _plan_series(store: Store, code: str) -> PlanSeries:
    counts = {year: found for year, found in plan_counts(store).items() if year >= settings().first_january}
    dates = list(counts)
    name, note = "England", ""
    codes: tuple[tuple[str, ...], ...] = tuple((ENGLAND,) for _ in dates)
    if code != ENGLAND:
        authorities = Authorities.of(store)
        listed = tuple(authorities_counted(store, date) for date in dates)
        words = tuple(f"January {date}" for date in dates)
        place = footprint(authorities, authorities[code], listed, "EHC plans", words)
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


def all_series(store: Store) -> tuple[PlanSeries, ...]:
    """Return the complete series of all authorities of the latest January; reorganised areas once."""
    return store.remember("all plan series", lambda: _all_series(store))


def _all_series(store: Store) -> tuple[PlanSeries, ...]:
    found: dict[tuple[tuple[str, ...], ...], PlanSeries] = {}
    for code in sorted(authorities_counted(store, max(plan_counts(store)))):
        try:
            series = plan_series(store, code)
        except UsageError:
            continue
        found.setdefault(series.ids, series)
    return tuple(found.values())


def errors_of(store: Store, area: str) -> dict[tuple[str, int], Errors]:
    """Return the backtest of an authority, of `england`, or of `all` authorities together."""
    return store.remember(
        ("backtest", area), lambda: _pooled(store) if area == ALL else backtest(plan_series(store, area))
    )


def _pooled(store: Store) -> dict[tuple[str, int], Errors]:
    single = [backtest(series) for series in all_series(store)]
    keys = dict.fromkeys(key for found in single for key in found)
    pooled: dict[tuple[str, int], Errors] = {}
    for key in keys:
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
    value, unit = {"mape": (found.mape_pct, "pct"), "low": (low, "coefficient"), "high": (high, "coefficient")}[
        statistic
    ]
    series = all_series(store) if area == ALL else (plan_series(store, area),)
    words = {"mape": "mean absolute error", "low": "lower ratio of outcome", "high": "upper ratio of outcome"}[
        statistic
    ]
    name = "all authorities" if area == ALL else series[0].name
    typed: Unit = "pct" if unit == "pct" else "coefficient"
    return Figure(
        id=f"backtest:{area}:{method}:{horizon}:{statistic}",
        label=f"{name}: {words} of {method.replace('_', ' ')} {horizon} years ahead, {len(found.ratios)} backtests",
        value=value,
        unit=typed,
        basis="estimated",
        inputs=tuple(id_ for one in series for side in one.ids for id_ in side),
        derivation="each method projected from every past January and compared with what came",
    )
