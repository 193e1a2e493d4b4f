"""Years until an authority's rate reaches England's, or a share of it: by stated growth, or at the pace of the past.

Arithmetic on assumptions, not a forecast: both rates grow by the same per cent every year from the year asked for. A
pace is the yearly growth between the first and the last year in which the authority has a rate. Ids are
`catchup:<year>:<measure>:<denominator>:<la_code>:<own %>:<England %>:<share %>` and
`pace:<year>:<measure>:<denominator>:<la_code>:<first year>`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from hnf.analysis.rank import OtherPopulation, other_population, own_rate
from hnf.errors import UsageError
from hnf.measures.published import financial_years
from hnf.measures.rates import RateSpec, rate_id, rate_table
from hnf.results import Answer, Figure
from hnf.tables.store import Store
from hnf.years import FinancialYear, is_calendar_year

#: Closer than this to a whole number of years counts as that number.
_CLOSE = 1e-9
WHOLE = 100.0
#: Beyond this many years there is nothing worth saying.
_HORIZON = 1_000


@dataclass(frozen=True)
class CatchUp(Answer):
    """How long an authority needs to reach `share_pct` of England's rate, both growing by per cents a year."""

    JSON = (
        "la_code la_name year=spec.year measure=spec.measure per=spec.per population=spec.series",
        "own_rate_gbp=own_rate england_rate_gbp=england_rate target_rate_gbp=target own_growth_pct england_growth_pct",
        "share_pct years whole_years reached_in? sentence basis basis_in_words figure_id=id other_population",
    )
    MAIN = "own_rate_gbp england_rate_gbp years"
    basis = "estimated"

    spec: RateSpec
    la_code: str
    la_name: str
    own_rate: float
    england_rate: float
    own_growth_pct: float
    england_growth_pct: float
    share_pct: float
    store: Store = field(compare=False)

    @property
    def other_population(self) -> OtherPopulation | None:
        """The rank and rate on the other official population, where there is one."""
        return other_population(self.store, self.spec, self.la_code)

    @property
    def target(self) -> float:
        """The rate to be reached, in the year asked for."""
        return self.england_rate * self.share_pct / WHOLE

    @property
    def years(self) -> float:
        """Years until the own rate is at the target, 0 where it is already."""
        if self.own_rate >= self.target:
            return 0.0
        faster = math.log1p(self.own_growth_pct / WHOLE) - math.log1p(self.england_growth_pct / WHOLE)
        return math.log(self.target / self.own_rate) / faster

    @property
    def whole_years(self) -> int:
        """The first whole number of years after which the target is reached."""
        return math.ceil(self.years - _CLOSE)

    @property
    def reached_in(self) -> str:
        """The financial year in which it is reached; nothing where that lies beyond the century."""
        start = self.spec.year.start + self.whole_years
        return str(FinancialYear(start)) if is_calendar_year(start) else ""

    @property
    def basis_in_words(self) -> str:
        """What it rests on."""
        return f"arithmetic on assumed growth, no forecast; {self.spec.in_words}"

    @property
    def id(self) -> str:
        """Figure id."""
        rates = ":".join(f"{pct:.12g}" for pct in (self.own_growth_pct, self.england_growth_pct, self.share_pct))
        return f"catchup:{self.spec.id_part}:{self.la_code}:{rates}"

    def figure(self) -> Figure:
        """Return the years as a figure."""
        return Figure(
            self.id,
            f"{self.la_name}: years until {self.share_pct:g}% of England's rate, growing by {self.own_growth_pct:g}% "
            f"against {self.england_growth_pct:g}% a year (assumed); {self.spec.in_words}",
            self.years,
            "count",
            "estimated",
            (rate_id(self.spec, self.la_code), rate_id(self.spec, "england")),
            "log(share × England's rate ÷ own rate) ÷ log((1 + own growth) ÷ (1 + England's growth))",
        )

    def sentence(self) -> str:
        """Say it in plain words."""
        goal = "England's rate" if self.share_pct == WHOLE else f"{self.share_pct:g}% of England's rate"
        if not self.whole_years:
            return f"{self.la_name} is at or above {goal} already."
        after = "1 year" if self.whole_years == 1 else f"{self.whole_years:,} years"
        when = f", in {self.reached_in}" if self.reached_in else ""
        return (
            f"If the rate of {self.la_name} grows by {self.own_growth_pct:g}% a year and England's by "
            f"{self.england_growth_pct:g}%, it reaches {goal} after {after}{when}."
        )


def catch_up(
    store: Store,
    spec: RateSpec,
    who: str,
    own_growth_pct: float,
    england_growth_pct: float,
    *,
    share_pct: float = WHOLE,
) -> CatchUp:
    """Compute the years until an authority reaches England's rate, or a share of it.

    Parameters
    ----------
    spec : RateSpec
        With a denominator.
    who : str
        Authority, as `Authorities.find` takes it.
    own_growth_pct, england_growth_pct : float
        Growth of the rates, per cent a year, above -100.
    share_pct : float
        Share of England's rate, per cent.

    Raises
    ------
    UsageError
        If the authority is unknown or has no rate, a number makes no sense, or the rate is never reached.

    Examples
    --------
    >>> import hnf
    >>> store, spec = hnf.Store(), hnf.RateSpec("2023-24", "block", "head")
    >>> round(hnf.catch_up(store, spec, "Hertfordshire", 5, 3).years, 1)
    11.8
    """
    _check_numbers(own_growth_pct, england_growth_pct, share_pct)
    authority, table, own = own_rate(store, spec, who, "catching up")
    growth = (own_growth_pct, england_growth_pct)
    found = CatchUp(spec, authority.la_code, authority.name, own, table.england, *growth, share_pct, store)
    if own < found.target and own_growth_pct <= england_growth_pct:
        gap = "stays as wide in proportion" if own_growth_pct == england_growth_pct else "widens"
        raise UsageError(
            f"{authority.prose} never reaches it: it starts at {own / found.target:.1%} of the rate to be reached, and "
            f"with {own_growth_pct:g}% a year against {england_growth_pct:g}% the gap {gap}",
            todo="Its own growth must be above England's.",
        )
    if found.years > _HORIZON:
        raise UsageError(
            f"{authority.prose} does not reach it within {_HORIZON:,} years: {own_growth_pct:g}% a year is hardly more "
            f"than {england_growth_pct:g}%"
        )
    return found


def _check_numbers(own_growth_pct: float, england_growth_pct: float, share_pct: float) -> None:
    for number in (own_growth_pct, england_growth_pct, share_pct):
        if not isinstance(number, int | float):
            raise UsageError(f"'{number}' is not a number")
    for name, growth in (("--own-growth", own_growth_pct), ("--england-growth", england_growth_pct)):
        if not -WHOLE < growth < math.inf:
            raise UsageError(f"{growth:g}% a year is no growth of a rate", where=name, todo="Use more than -100%.")
    if not 0 < share_pct < math.inf:
        raise UsageError(f"{share_pct:g}% of a rate cannot be reached", where="--share", todo="Use more than 0%.")


def catch_up_figure(store: Store, spec: RateSpec, la_code: str, numbers: list[str]) -> Figure:
    """Return the years as a figure; `numbers` are own growth, England's, and the share, in per cent."""
    try:
        own, england, share = (float(text) for text in numbers)
    except ValueError as error:
        raise UsageError(f"'{':'.join(numbers)}' are not growth rates and a share") from error
    return catch_up(store, spec, la_code, own, england, share_pct=share).figure()


#: Fewer years of growth than this are no pace.
LEAST_YEARS = 3


@dataclass(frozen=True)
class Pace:
    """Growth of both rates since `start`, and the years it would take at that pace."""

    start: RateSpec
    found: CatchUp

    @property
    def id(self) -> str:
        """Figure id."""
        return f"pace:{self.found.spec.id_part}:{self.found.la_code}:{self.start.year}"

    def figure(self) -> Figure:
        """Return the years until England's rate is reached as a figure, in whole years."""
        spec, code = self.found.spec, self.found.la_code
        return Figure(
            self.id,
            f"{self.found.la_name}: whole years until England's rate at the pace of {self.start.year} to {spec.year}; "
            f"{spec.in_words}",
            self.found.whole_years,
            "count",
            "estimated",
            tuple(rate_id(each, area) for area in (code, "england") for each in (self.start, spec)),
            f"both rates go on growing by their mean yearly growth from {self.start.year} to {spec.year}: "
            f"{self.found.own_growth_pct:.2f}% here and {self.found.england_growth_pct:.2f}% in England",
        )


def pace(store: Store, spec: RateSpec, la_code: str) -> Pace | None:
    """Return when an authority reaches England's rate at the pace so far.

    Parameters
    ----------
    spec : RateSpec
        Of the latest year; the first is the earliest in which the authority has a rate on the same basis.

    Returns
    -------
    Pace or None
        None where it is there already, never gets there at this pace, or has rates for too few years.
    """
    years = [year for year in financial_years(store) if year <= spec.year and _has_rate(store, spec, year, la_code)]
    if not years or spec.year not in years or spec.year.start - years[0].start < LEAST_YEARS:
        return None
    return _pace(store, spec, la_code, years[0])


def pace_figure(store: Store, spec: RateSpec, la_code: str, start: str) -> Figure:
    """Return the years of a pace as a figure."""
    found = _pace(store, spec, la_code, FinancialYear.parse(start))
    if found is None:
        raise UsageError(f"at the pace since {start} there is no year in which {la_code} reaches England's rate")
    return found.figure()


def _pace(store: Store, spec: RateSpec, la_code: str, first: FinancialYear) -> Pace | None:
    start = replace(spec, year=first)
    before, after = rate_table(store, start), rate_table(store, spec)
    years = spec.year.start - first.start
    own = _yearly_pct(before.require(la_code, la_code), after.require(la_code, la_code), years)
    england = _yearly_pct(before.england, after.england, years)
    try:
        found = catch_up(store, spec, la_code, own, england)
    except UsageError:
        return None
    return Pace(start, found) if found.whole_years else None


def _has_rate(store: Store, spec: RateSpec, year: FinancialYear, la_code: str) -> bool:
    try:
        return la_code in rate_table(store, replace(spec, year=year)).values
    except UsageError:
        return False


def _yearly_pct(start: float, end: float, years: int) -> float:
    return (math.pow(end / start, 1 / years) - 1) * 100
