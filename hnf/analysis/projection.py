"""A projection of EHC plans: where simple methods that passed a backtest would lead.

`no_change` repeats the last count and `last_growth` the last year's growth rate: the naive methods. `typical_growth`
starts from the last count, `linear_trend` adds the slope of the least-squares line over the last Januaries, and
`damped_trend` goes on at their mean growth rate, of which a fixed part is left after each year; these three are
multiplied by the median of their past ratios of outcome to projection. Settings are in `data/projection.toml`.

Everything is tested as it would have been done: from each past January with the medians and intervals of the outcomes
known by then. A method is offered for an authority and a horizon only where its mean absolute percentage error is below
that of the better naive one, where its interval held about as many outcomes of all authorities as it says, and where it
is offered for all nearer horizons. Where none is, the better naive method is given, labelled as such. Ratios are of all
authorities together for an authority, of England's for England. Everything is `estimated`. Figures are
`projection:<code or england>:<last count>:<method>:<January>:<value, low or high>` and
`backtest:<code, england or all>:<method>:<horizon>:<mape, low, median, high or coverage>`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import polars as pl

from hnf.analysis.growth import plans_area
from hnf.errors import TableError, UsageError
from hnf.measures.notes import breaks_of, statements_until
from hnf.measures.published import ENGLAND, PlanCount, authorities_counted, plan_counts
from hnf.paths import data_folder
from hnf.results import Answer, Figure, complete_rows
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
    coverage_tolerance: float
    least_tests: int
    least_plans: int
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
    #: Of the area today; of several authorities with + between them.
    code: str = ""

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
    slope = math.fsum(w * count for w, count in zip(weights, window, strict=True)) / math.fsum(w * w for w in weights)
    return [max(1.0, history[-1] + slope * step) for step in range(1, steps + 1)]


def _damped_trend(history: tuple[int, ...], steps: int) -> list[float]:
    window = history[-settings().trend_januaries :]
    growth = math.log(window[-1] / window[0]) / (len(window) - 1)
    reached = [math.fsum(settings().damping ** step for step in range(1, end + 1)) for end in range(1, steps + 1)]
    return [history[-1] * math.exp(growth * part) for part in reached]


#: By name: history (at least `trend_januaries` counts above zero, oldest first) and number of years to projections.
METHODS: dict[str, Callable[[tuple[int, ...], int], list[float]]] = {
    "no_change": _no_change,
    "last_growth": _last_growth,
    "typical_growth": _no_change,
    "linear_trend": _linear_trend,
    "damped_trend": _damped_trend,
}


@dataclass(frozen=True)
class Outcomes:
    """What came, divided by what a method projected `horizon` years ahead, by the January that it started from."""

    method: str
    horizon: int
    ratios: dict[int, tuple[float, ...]]

    @cached_property
    def known(self) -> dict[int, tuple[float, float, float]]:
        """Lower end, median and upper end of the ratios known in each January, the last of which knows all."""
        tail = (1 - settings().interval_share) / 2
        found: dict[int, tuple[float, float, float]] = {}
        past: list[float] = []
        for start in sorted(self.ratios):
            past += self.ratios[start]
            low, middle, high = (quantile(past, share) for share in (tail, 0.5, 1 - tail))
            found[start + self.horizon] = low, middle, high
        return found

    @property
    def ends(self) -> tuple[float, float, float]:
        """Lower end, median and upper end of all ratios."""
        return self.known[max(self.known)]


@dataclass(frozen=True)
class Errors:
    """Outcomes of an area, tested from each January with what was known by then from a pool of outcomes.

    Naive methods are taken as they are, the others times the median ratio known. `held` is by January how many
    outcomes lay in the interval known, of how many.
    """

    outcomes: Outcomes
    pool: Outcomes

    @cached_property
    def tested(self) -> dict[int, tuple[float, ...]]:
        """The ratios from Januaries in which at least one past ratio was known."""
        return {start: ratios for start, ratios in self.outcomes.ratios.items() if start in self.pool.known}

    @property
    def count(self) -> int:
        """How many outcomes are tested."""
        return sum(map(len, self.tested.values()))

    @cached_property
    def mape_pct(self) -> float:
        """The mean absolute percentage error."""
        naive = self.outcomes.method in NAIVE
        missed = [
            abs((1 if naive else self.pool.known[start][1]) / ratio - 1)
            for start, ratios in self.tested.items()
            for ratio in ratios
        ]
        return 100 * math.fsum(missed) / len(missed)

    @cached_property
    def held(self) -> dict[int, tuple[int, int]]:
        """By January, how many outcomes lay in the interval known in it, of how many."""
        return {
            start: (
                sum(self.pool.known[start][0] <= ratio <= self.pool.known[start][2] for ratio in ratios),
                len(ratios),
            )
            for start, ratios in self.tested.items()
        }

    @property
    def coverage_pct(self) -> float:
        """How many of a hundred outcomes lay in the interval."""
        return 100 * sum(held for held, _ in self.held.values()) / self.count

    @property
    def misstated(self) -> str:
        """Why the interval may not be stated; empty where it may."""
        said = settings()
        if self.count < said.least_tests:
            return f"its interval could be tested on {self.count} outcomes, and {said.least_tests} are needed"
        if abs(self.coverage_pct / 100 - said.interval_share) > said.coverage_tolerance:
            share, within = round(said.interval_share * 100), round(said.coverage_tolerance * 100)
            return f"its {share}% interval held {self.coverage_pct:.1f}% of outcomes, more than {within} points from it"
        return ""


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie, interpolated linearly between neighbours."""
    return float(pl.Series(values).quantile(share, "linear") or 0)


def backtest(series: PlanSeries) -> dict[tuple[str, int], Outcomes]:
    """Return outcomes of every method by horizon in years; a start has `trend_januaries` counts up to it."""
    longest = settings().longest_horizon
    found: dict[tuple[str, int], dict[int, tuple[float, ...]]] = {}
    for end in range(settings().trend_januaries, len(series.counts)):
        outcomes = series.counts[end : end + longest]
        for method, project in METHODS.items():
            projected = project(series.counts[:end], len(outcomes))
            for horizon, (ahead, outcome) in enumerate(zip(projected, outcomes, strict=True), start=1):
                found.setdefault((method, horizon), {})[series.first + end - 1] = (outcome / ahead,)
    return {key: Outcomes(*key, ratios) for key, ratios in found.items()}


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
        code="+".join(codes[-1]),
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
def _single(store: Store) -> list[dict[tuple[str, int], Outcomes]]:
    return [backtest(series) for series in all_series(store)]


@cached
def outcomes_of(store: Store, area: str) -> dict[tuple[str, int], Outcomes]:
    """Return the outcomes of an authority, of `england`, or of `all` authorities together."""
    if area != ALL:
        return backtest(plan_series(store, area))
    pooled: dict[tuple[str, int], dict[int, tuple[float, ...]]] = {}
    for single in _single(store):
        for key, found in single.items():
            starts = pooled.setdefault(key, {})
            for start, ratios in found.ratios.items():
                starts[start] = starts.get(start, ()) + ratios
    return {key: Outcomes(*key, ratios) for key, ratios in pooled.items()}


def _pool(area: str) -> str:
    return ENGLAND if area == ENGLAND else ALL


@cached
def errors_of(store: Store, area: str) -> dict[tuple[str, int], Errors]:
    """Return the backtest of an authority, of `england`, or of `all` authorities together, where any is tested."""
    return _errors(outcomes_of(store, area), outcomes_of(store, _pool(area)))


def _errors(
    own: dict[tuple[str, int], Outcomes], pool: dict[tuple[str, int], Outcomes]
) -> dict[tuple[str, int], Errors]:
    found = {key: Errors(outcomes, pool[key]) for key, outcomes in own.items()}
    return {key: errors for key, errors in found.items() if errors.count}


def _backtest_id(area: str, method: str, horizon: int | str, statistic: str) -> str:
    return f"backtest:{area}:{method}:{horizon}:{statistic}"


def backtest_figure(store: Store, parts: list[str]) -> Figure:
    """Return the error (`mape`), the `coverage` or a ratio (`low`, `median`, `high`) by the four parts of its id."""
    area, method, horizon, statistic = parts
    if not horizon.isdecimal() or (method, int(horizon)) not in (errors := errors_of(store, area)):
        raise KeyError(f"{method}:{horizon}")
    found = errors[method, int(horizon)]
    low, median, high = found.outcomes.ends
    words, value = {
        "mape": ("mean absolute error", found.mape_pct),
        "low": ("lower ratio of outcome", low),
        "median": ("median ratio of outcome", median),
        "high": ("upper ratio of outcome", high),
        "coverage": ("share of outcomes in the interval known before", found.coverage_pct),
    }[statistic]
    pooled = area != ENGLAND and (statistic == "coverage" or (statistic == "mape" and method not in NAIVE))
    series = all_series(store) if area == ALL or pooled else (plan_series(store, area),)
    name = "all authorities" if area == ALL else plan_series(store, area).name
    return Figure(
        id=_backtest_id(area, method, horizon, statistic),
        label=f"{name}: {words} of {method.replace('_', ' ')} {horizon} years ahead, {found.count} backtests",
        value=value,
        unit="pct" if statistic in ("mape", "coverage") else "coefficient",
        basis="estimated",
        inputs=tuple(id_ for one in series for side in one.ids for id_ in side),
        derivation="projected from every past January, with the ratios known in it, and compared with what came",
    )


@dataclass(frozen=True)
class Point(Answer):
    """One method at one horizon in years: plans and ends of the interval, None where refused; errors in per cent.

    `coverage_pct` is how many of `tested` past outcomes the interval held, None where it could not be tested.
    """

    JSON = (
        "january horizon_years=horizon method is_projection basis offered plans_count=value low_count=low",
        "high_count=high interval_pct coverage_pct tested_count=tested",
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
    coverage_pct: float | None = None
    tested: int = 0

    @property
    def offered(self) -> bool:
        """Whether the method did better than the naive ones, and its interval held what it says."""
        return not self.reason and self.method not in NAIVE

    @property
    def interval_pct(self) -> float | None:
        """How many of a hundred outcomes the interval says that it holds; None without an interval."""
        return None if self.low is None else 100 * settings().interval_share


@dataclass(frozen=True)
class Projection(Answer):
    """The points of all methods that are not naive, by method and January, and the naive line beside them.

    The line has a point at each horizon at which no method is offered and enough past Januaries could be tried. `held`
    is what the stated intervals held in single past Januaries, in per cent.
    """

    JSON = (
        "label la_code area_code=series.code area=series.name measure basis",
        {"last_count": "january=series.last plans_count=last_plans"},
        "rows=offered_rows naive_line=naive_rows sentences=in_words notes=remarks",
    )
    label, measure, basis = "projection", "plans", "estimated"

    area: str
    series: PlanSeries
    points: tuple[Point, ...]
    naive_line: tuple[Point, ...] = ()
    held: tuple[float, ...] = ()

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
        naive, method = point.method in NAIVE, point.method.replace("_", " ")
        window = self.series.ids[-2 if naive else -settings().trend_januaries :]
        ratios = [] if naive else ["median"]
        ratios += [statistic] if statistic != "value" else []
        counts = (id_ for side in window for id_ in side) if statistic == "value" else (f"{stem}:value",)
        reason = point.reason or ("" if values[statistic] is not None else "no interval is stated for it")
        return Figure(
            id=f"{stem}:{statistic}",
            label=f"{self.series.name}: projected EHC plans, January {point.january} ({method}){words}",
            value=values[statistic],
            unit="count",
            basis="estimated",
            inputs=(*counts, *(_backtest_id(_pool(self.area), point.method, point.horizon, one) for one in ratios)),
            derivation=f"{method} from January {self.series.last}{'' if naive else ' × median ratio of outcome'}"
            if statistic == "value"
            else f"projected count × {statistic} ratio of outcome to projection{'' if naive else ' ÷ median ratio'}",
            status=reason,
        )

    @property
    def la_code(self) -> str | None:
        """The code of the authority; None for England."""
        return None if self.area == ENGLAND else self.area

    @property
    def last_plans(self) -> int:
        """The last count."""
        return self.series.counts[-1]

    def offered_rows(self) -> list[dict[str, Any]]:
        """Return one dict a point of the methods that are not naive."""
        return self.rows(self.points)

    def naive_rows(self) -> list[dict[str, Any]]:
        """Return one dict a point of the naive line."""
        return self.rows(self.naive_line)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the points of all methods and of the naive line."""
        form = self.to_json() | {"rows": [*self.offered_rows(), *self.naive_rows()]}
        return list(complete_rows(form, "rows")["rows"])

    def in_words(self) -> list[str]:
        """Return what is projected, what is refused and the limits."""
        return sentences(self)

    def remarks(self) -> list[str]:
        """Return series, methods, interval and breaks."""
        return notes(self)

    def rows(self, points: Sequence[Point]) -> list[dict[str, Any]]:
        """Return one dict a point."""
        return [
            point.to_json()
            | {
                "figure_ids": {
                    **{name: self.figure(point, name).id for name in ("value", "low", "high")},
                    "coverage": _backtest_id(_pool(self.area), point.method, point.horizon, "coverage"),
                    "mape": _backtest_id(self.area, point.method, point.horizon, "mape"),
                }
            }
            for point in points
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

    Examples
    --------
    >>> import hnf
    >>> found = hnf.project(hnf.Store(), "England", years=1)
    >>> found.series.last, len(found.offered)  # no method passed the test
    (2026, 0)
    """
    longest = settings().longest_horizon
    years = longest if years is None else years
    if not isinstance(years, int) or not 1 <= years <= longest:
        raise UsageError(
            f"a projection over {years} years cannot be given", where="--years", todo=f"Backtests reach 1 to {longest}."
        )
    area = ENGLAND if str(who).strip().casefold() == ENGLAND else Authorities.of(store).find(who).la_code
    return _project(store, area, years)


@cached
def _project(store: Store, area: str, years: int) -> Projection:
    series = plan_series(store, area)
    own, pool, horizons = errors_of(store, area), errors_of(store, _pool(area)), range(1, years + 1)
    points: list[Point] = []
    for method in METHODS:
        before = ""
        for horizon in horizons if method not in NAIVE else ():
            points.append(_point(series, own, pool, (method, horizon), before))
            before = before or ("it is refused for a nearer year" if points[-1].reason else "")
    found = Projection(area, series, tuple(points))
    line = [_naive(series, own, pool, horizon) for horizon in horizons if found.best(horizon) is None]
    naive = tuple(point for point in line if point)
    stated = [pool[point.method, point.horizon] for point in (*points, *naive) if point.low is not None]
    held = tuple(100 * inside / among for errors in stated for inside, among in errors.held.values())
    return Projection(area, series, found.points, naive, held)


_Errors = dict[tuple[str, int], Errors]


def _unstated(series: PlanSeries, tested: Errors) -> str:
    """Why no interval may be stated for an area; empty where one may."""
    if series.counts[-1] < (least := settings().least_plans):
        return f"it has {series.counts[-1]:,} plans, and intervals did not hold for areas of fewer than {least:,}"
    return tested.misstated


def _naive(series: PlanSeries, own: _Errors, pool: _Errors, horizon: int) -> Point | None:
    """Return the better naive method at a horizon, with an interval where that holds; None where too few are tested."""
    if ("no_change", horizon) not in own or own["no_change", horizon].count < settings().least_origins:
        return None
    key = min(((name, horizon) for name in NAIVE), key=lambda one: own[one].mape_pct)
    return _point(series, own, pool, key, "")


def _point(series: PlanSeries, own: _Errors, pool: _Errors, key: tuple[str, int], before: str) -> Point:
    (method, horizon), least = key, settings().least_origins
    origins, january = own[key].count if key in own else 0, series.last + horizon
    if not origins:
        reason = f"no past January could be tried {horizon} years ahead, and {least} are needed"
        return Point(method, january, horizon, None, None, None, 0.0, 0.0, 0, reason)
    naive = min(NAIVE, key=lambda name: own[name, horizon].mape_pct)
    error, other, whole = own[key].mape_pct, own[naive, horizon].mape_pct, pool[key]
    reason, unstated = "", _unstated(series, whole)
    if method not in NAIVE:
        if origins < least:
            reason = f"{origins} past Januaries could be tried {horizon} years ahead, and {least} are needed"
        elif error >= other:
            reason = (
                f"it missed by {error:.1f}% on average, {naive.replace('_', ' ')} by {other:.1f}%: it is no better "
                "than the naive method"
            )
        else:
            reason = unstated or before
    low, median, high = whole.outcomes.ends
    plain = METHODS[method](series.counts, horizon)[-1]
    value = plain if method in NAIVE else plain * median
    ends = (None, None) if reason or unstated else (plain * low, plain * high)
    if ends[0] is not None and method in NAIVE and not low <= 1 <= high:
        ends = (None, None)  # the line itself would lie outside
    numbers = (None if reason else value, *ends, error, other, origins, reason, whole.coverage_pct, whole.count)
    return Point(method, january, horizon, *numbers)


def projection_figure(store: Store, parts: list[str]) -> Figure:
    """Return one figure by the five parts of its id; `KeyError` names what is unknown."""
    area, last, method, january, statistic = parts
    found = project(store, area)
    point = next(
        (one for one in (*found.points, *found.naive_line) if (one.method, str(one.january)) == (method, january)), None
    )
    if point is None or str(found.series.last) != last:
        raise KeyError(f"{last}:{method}:{january}")
    return found.figure(point, statistic)


def sentences(found: Projection) -> list[str]:
    """Return the nearest and the furthest year that passed the test, what was refused, the naive line and limits."""
    horizons = sorted({point.horizon for point in found.points})
    best = [point for horizon in horizons if (point := found.best(horizon))]
    lines = [_point_words(found, point) for point in dict.fromkeys((*best[:1], *best[-1:]))]
    passed = "a lower error in the past than no change and than repeating the last growth, and an interval that held"
    if not best:
        lines.append(f"No projection is given for {found.series.name}: no method passed the test ({passed}).")
    refused = [horizon for horizon in horizons if found.best(horizon) is None]
    if best and refused:
        years = ", ".join(str(horizon) for horizon in refused)
        lines.append(f"Refused at {years} years ahead: no method passed the test there ({passed}).")
    lines += [_naive_words(found, point) for point in found.naive_line]
    lines.append(
        "This is a projection, not a count and not a forecast of policy: it carries the past on. Reforms of special "
        "educational needs provision may change the path."
    )
    return lines


def notes(found: Projection) -> list[str]:
    """Return series, methods, interval and breaks."""
    series, said = found.series, settings()
    share, whose = round(said.interval_share * 100), _whose(found)
    first = series.first + said.trend_januaries
    lines = [
        f"Series: January {series.first} to January {series.last}, statements of SEN included until January "
        f"{statements_until()}.",
        f"Error: mean absolute percentage error from every past January in which a past error was known (from January "
        f"{first} on, one year ahead). Naive is the better of no change and last growth, both as they are. A method is "
        "offered only where its error is lower.",
        f"Projected: by each other method times the median ratio of outcome to projection of {whose}, as known then.",
        f"Interval: the middle {share}% of those ratios. Held: how many of a hundred outcomes of {whose} lay in the "
        f"interval made from earlier outcomes alone; it is stated only where that is within "
        f"{round(said.coverage_tolerance * 100)} points of {share}, tested on {said.least_tests} outcomes or "
        f"more, and for areas of {said.least_plans:,} plans or more.",
    ]
    if found.held:
        low, high = min(found.held), max(found.held)
        lines.append(
            f"In single years these intervals held from {low:.0f}% to {high:.0f}%: authorities move together, so a "
            "year that differs from the past is missed in many at once."
        )
    if series.note:
        lines.append(f"{capital(series.note)}.")
    lines += [one.in_words for one in breaks_of(("plans",)) if one.lies_in(series.first, series.last)]
    return lines


_IF = {
    "typical_growth": "plans grow by the median of past years of {whose}",
    "linear_trend": "the linear trend of the last Januaries goes on, times its median past ratio of outcome",
    "damped_trend": "the damped trend of the last Januaries goes on, times its median past ratio of outcome",
    "last_growth": "the growth of the last year goes on",
}


def _whose(found: Projection) -> str:
    return "England" if found.area == ENGLAND else "all authorities"


def _way(found: Projection, point: Point) -> str:
    series, then = found.series, f"{point.value:,.0f} in January {point.january}"
    if point.method == "no_change":
        return f"if the number does not change, EHC plans in {series.name} would still number {then}"
    return (
        f"if {_IF[point.method].format(whose=_whose(found))}, EHC plans in {series.name} would go from "
        f"{series.counts[-1]:,} in January {series.last} to about {then}"
    )


def _interval_words(point: Point) -> str:
    return (
        f"{point.interval_pct:.0f}% interval {point.low:,.0f} to {point.high:,.0f}; such intervals held "
        f"{point.coverage_pct:.1f}% of {point.tested:,} past outcomes"
    )


def _ahead(point: Point) -> str:
    return "one year" if point.horizon == 1 else f"{point.horizon} years"


def _point_words(found: Projection, point: Point) -> str:
    return (
        f"Projection: {_way(found, point)} ({_interval_words(point)}). Tried {_ahead(point)} ahead from "
        f"{point.origins} past Januaries, it missed by {point.mape_pct:.1f}% on average, the better naive method by "
        f"{point.naive_mape_pct:.1f}%."
    )


def _naive_words(found: Projection, point: Point) -> str:
    lower = [
        one for one in found.points if one.horizon == point.horizon and one.origins and one.mape_pct < point.mape_pct
    ]
    rest = "no method did better"
    if lower:
        least = min(lower, key=lambda one: one.mape_pct)
        rest = f"{least.method.replace('_', ' ')} missed by {least.mape_pct:.1f}%, but is refused: {least.reason}"
    interval = _interval_words(point) if point.low is not None else "no interval is stated, as none is known to hold"
    return (
        f"Naive line: {_way(found, point)} ({interval}). It missed by {point.mape_pct:.1f}% on average {_ahead(point)} "
        f"ahead, from {point.origins} past Januaries; {rest}."
    )


def backtest_rows(store: Store, area: str) -> list[dict[str, Any]]:
    """Return the backtest of an area and of all authorities together, one dict a method and horizon.

    `areas_offered_count` of `all` is in how many of the `areas_count` areas the method is offered.
    """
    rows: list[dict[str, Any]] = []
    for name in (area, ALL):
        errors, pool = errors_of(store, name), errors_of(store, _pool(name))
        areas = (
            [(plan_series(store, name), errors)]
            if name != ALL
            else [
                (series, _errors(one, outcomes_of(store, ALL)))
                for series, one in zip(all_series(store), _single(store), strict=True)
            ]
        )
        first, last = areas[0][0].first, max(series.last for series, _ in areas)
        code, words = (ENGLAND, "England") if name == ALL else (areas[0][0].code, areas[0][0].name)
        place = {"area_code": code, "area_name": words, "period": f"{first} to {last}"}
        for method, horizon in sorted(errors, key=lambda key: (list(METHODS).index(key[0]), key[1])):
            found = errors[method, horizon]
            low, median, high = found.outcomes.ends
            rows.append(
                place
                | {
                    "area": name,
                    "method": method,
                    "horizon_years": horizon,
                    "backtests_count": found.count,
                    "mape_pct": found.mape_pct,
                    "low_ratio": low,
                    "median_ratio": median,
                    "high_ratio": high,
                    "coverage_pct": found.coverage_pct,
                    "areas_count": len(areas),
                    "areas_offered_count": sum(_passes(*one, pool, method, horizon) for one in areas),
                }
            )
    return rows


def _passes(series: PlanSeries, own: _Errors, pool: _Errors, method: str, horizon: int) -> bool:
    """Whether a method is offered at a horizon, and so at all nearer ones."""
    keys = [(method, nearer) for nearer in range(1, horizon + 1)]
    return method not in NAIVE and all(
        key in own
        and own[key].count >= settings().least_origins
        and own[key].mape_pct < min(own[naive, key[1]].mape_pct for naive in NAIVE)
        and not _unstated(series, pool[key])
        for key in keys
    )
