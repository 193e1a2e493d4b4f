"""Does money go with need: rank correlation in each year, and how funding moved where need grew more.

Need is EHC plans per head, of people aged 2 to 18 or 0 to 25 (ONS estimate). Spearman's rank correlation has a 95%
interval by Fisher's z with the standard error of Bonett and Wright (2000), Psychometrika 65, for Spearman's
coefficient. The elasticity is the slope of the change of log funding on the change of log plans, across areas, by
least squares with a t interval. Figures are `association:<year>:<measure>:<per>:<ages>:<statistic>` and
`elasticity:<first>:<last>:<measure>:<statistic>`. Any two measures of the register are correlated in the same way
(`pair_association`), by `association:<period>:<measure>:<per>:<period>:<against>:<per>:<statistic>`. What an
authority has above or below a straight line through all of them is `residual:`, the same parts, the authority, and
`expected`, `difference`, `pct` or `gbp`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import polars as pl

from hnf.analysis.funding_against_need import Counted
from hnf.analysis.rank import league_table
from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import breaks_of
from hnf.measures.published import financial_years, plan_counts, require_year, rows_of
from hnf.measures.rates import (
    RateSpec,
    RateTable,
    Spec,
    measure_amounts,
    rate_id,
    rate_table,
    spec_of,
    universe_id,
)
from hnf.measures.register import MEASURES, PLAIN, Measure, Rate, Share, find_measure, require_measure
from hnf.measures.shares import measure_spec, periods_of
from hnf.results import ALL_ENGLAND, Answer, Figure, Listing, pick
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.text import capital, join_words
from hnf.years import FinancialYear, January

Ages = Literal["2-18", "0-25"]
AGES: tuple[Ages, ...] = get_args(Ages)
STATISTICS = ("value", "low", "high")
_INTERVAL = 0.95
_LEAST = 10
_SERIES = "ons_estimate"


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its 95% interval over `count` areas; `stem` begins the ids of its three figures."""

    stem: str
    label: str
    value: float
    low: float
    high: float
    count: int
    inputs: tuple[str, ...]
    derivation: str

    def figure(self, statistic: str) -> Figure:
        """Return the coefficient (`value`) or an end of its interval (`low`, `high`); `KeyError` otherwise."""
        if statistic not in STATISTICS:
            raise KeyError(statistic)
        words = {"value": "", "low": ", lower end of the 95% interval", "high": ", upper end of the 95% interval"}
        return Figure(
            id=f"{self.stem}:{statistic}",
            label=self.label + words[statistic],
            value={"value": self.value, "low": self.low, "high": self.high}[statistic],
            unit="coefficient",
            basis="derived" if statistic == "value" else "estimated",
            inputs=self.inputs if statistic == "value" else (f"{self.stem}:value",),
            derivation=self.derivation,
        )


#: Measures of funding that exist in every year.
LASTING = ("block", "nff")


class Association(Listing):
    """The correlation in each year, with its interval, and what it says and does not say in sentences."""

    ROWS = "years"


def association(
    store: Store, measure: str = "block", against: str | None = None, ages: Ages = "2-18", year: str | int | None = None
) -> Association:
    """Return how far funding per head goes with EHC plans per head, or one measure with another.

    Parameters
    ----------
    measure : str
        block or nff; with `against`, any measure of the register.
    against : str, optional
        Any measure of the register.
    ages : str
        The people that plans are divided by: 2-18 or 0-25; not with `against`.
    year : str, optional
        A financial year, as 2023-24 or 2023; all by default. With `against`, also a January or calendar year.

    Returns
    -------
    Association
        Spearman's rank correlation from -1 to 1 with a 95% interval. It is not cause.

    Raises
    ------
    UsageError
        If an argument has no such value, or fewer than ten authorities have both figures.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.association(hnf.Store(), "nff", year="2023-24")
    >>> found.to_polars()["authorities"].to_list()
    [149]
    """
    if against is not None:
        if ages != AGES[0]:
            raise UsageError("two measures say theirs", where="ages", todo="Leave them out.")
        return _pair(store, (measure_name(measure), measure_name(against)), None if year is None else str(year))
    money, known = lasting_measure(measure), financial_years(store)
    require_one_of(ages, AGES, "ages")
    years = known if year is None else [FinancialYear.of(year)]
    found = {one: year_association(store, one, money, ages) for one in years}
    slope = elasticity(store, money) if len(known) > 1 else None
    return Association(
        f"Rank correlation of funding per head with EHC plans per head aged {ages.replace('-', ' to ')}",
        {
            **ALL_ENGLAND,
            "measure": money,
            "ages": ages,
            "years": [{"financial_year": str(one), **_row(estimate)} for one, estimate in found.items()],
            "elasticity": _row(slope) if slope else None,
            "sentences": sentences(found, slope, ages),
            "notes": notes(ages, list(found), money),
        },
    )


def measure_name(measure: str) -> str:
    """Return the name of a measure as the register has it."""
    return str(measure).strip().casefold()


def lasting_measure(measure: str) -> Measure:
    """Return a measure of funding that exists in every year; `UsageError` for others."""
    name = measure_name(measure)
    if name not in LASTING:
        todo = "Give --against another measure; without it, --measure is block or nff."
        raise UsageError(f"{find_measure(name).name} with what", where="--against", todo=todo)
    return require_measure(name)


def _row(found: Estimate) -> dict[str, Any]:
    return {
        **pick(found, "authorities=count value low high"),
        "measure": "association",
        "unit": "coefficient",
        "basis": "derived",
        "interval_basis": "estimated",
        **pick(found, "label method=derivation"),
        "figure_ids": {name: found.figure(name).id for name in STATISTICS},
    }


@cached
def year_association(store: Store, year: FinancialYear, measure: Measure = "block", ages: Ages = "2-18") -> Estimate:
    """Return the rank correlation of funding per head aged 2 to 18 with EHC plans per head in one year.

    Parameters
    ----------
    ages : str
        The people that plans are divided by: `2-18` or `0-25`.

    Raises
    ------
    UsageError
        If the year or the measure does not exist, or fewer than ten authorities have both.
    """
    heads = RateSpec(year, measure, "head", "ons")
    year = heads.year
    require_one_of(ages, AGES, "ages")
    plans = RateSpec(year, measure, "plan")
    money, need = rate_table(store, heads), rate_table(store, plans).denominators
    people = _people(store, year, ages)
    codes = [code for code in money.values if code in need.values and code in people]
    _require_enough(codes, heads.in_words)
    rates = [need.values[code] / people[code][0] for code in codes]
    pairs = pl.DataFrame({"money": [money.values[code] for code in codes], "need": rates})
    value = float(pairs.select(pl.corr("money", "need", method="spearman")).item())
    low, high = spearman_interval(value, len(codes))
    ids = [id_ for code in codes for id_ in (*need.inputs[code], *people[code][1])]
    words = ages.replace("-", " to ")
    return Estimate(
        stem=f"association:{heads.id_part}:{ages}",
        label=f"rank correlation of {heads.in_words} with EHC plans of January {year.january} per head aged {words}",
        value=value,
        low=low,
        high=high,
        count=len(codes),
        inputs=(universe_id(heads), *dict.fromkeys(ids)),
        derivation="Spearman's rank correlation; interval by Fisher's z, standard error of Bonett and Wright",
    )


def spearman_interval(value: float, count: int) -> tuple[float, float]:
    """Return the 95% interval of a rank correlation over more than three pairs; exactly 1 or −1 is its own interval."""
    from statistics import NormalDist

    if abs(value) >= 1:
        return value, value
    error = math.sqrt((1 + value**2 / 2) / (count - 3))
    reach = NormalDist().inv_cdf((1 + _INTERVAL) / 2) * error
    middle = math.atanh(value)
    return math.tanh(middle - reach), math.tanh(middle + reach)


@cached
def elasticity(
    store: Store, measure: Measure = "block", start: FinancialYear | None = None, end: FinancialYear | None = None
) -> Estimate:
    """Return by how many per cent more funding grew where plans grew by one per cent more, between two years.

    Parameters
    ----------
    measure : str
        In cash.
    start, end : FinancialYear, optional
        The first and the last with an allocation by default; plans are of the January in which each begins.

    Raises
    ------
    UsageError
        If a year has no allocation or no plans, the measure does not exist in it, `end` is not after `start`, or fewer
        than ten areas have all four numbers.
    """
    years = financial_years(store)
    require_measure(measure)
    first = years[0] if start is None else require_year(store, FinancialYear.of(start))
    last = years[-1] if end is None else require_year(store, FinancialYear.of(end))
    if first >= last:
        raise UsageError(f"{last} is not after {first}")
    from scipy.special import stdtrit

    money: list[float] = []
    need: list[float] = []
    ids: list[str] = []
    for change in _changes(store, measure, (first, last)):
        money.append(math.log(change[0][1] / change[0][0]))
        need.append(math.log(change[1][1] / change[1][0]))
        ids += change[2]
    label = f"elasticity of the {PLAIN[measure].words} to EHC plans, {first} to {last}"
    _require_enough(money, label)
    # By exact sums: `statistics` rounds the last digit differently from one Python to the next.
    means, freedom = (math.fsum(need) / len(need), math.fsum(money) / len(money)), len(money) - 2
    apart = [(plans - means[0], pounds - means[1]) for plans, pounds in zip(need, money, strict=True)]
    spread = math.fsum(plans * plans for plans, _ in apart)
    slope = math.fsum(plans * pounds for plans, pounds in apart) / spread
    error = math.sqrt(math.fsum((pounds - slope * plans) ** 2 for plans, pounds in apart) / freedom / spread)
    reach = float(stdtrit(freedom, (1 + _INTERVAL) / 2)) * error
    derivation = "slope of the change of ln(funding) on the change of ln(plans), least squares across areas"
    stem = f"elasticity:{first}:{last}:{measure}"
    return Estimate(stem, label, slope, slope - reach, slope + reach, len(money), tuple(dict.fromkeys(ids)), derivation)


_Change = tuple[tuple[float, float], tuple[float, float], list[str]]


def _changes(store: Store, measure: Measure, years: tuple[FinancialYear, FinancialYear]) -> list[_Change]:
    """Return money and plans at both ends, with ids, of every area that can be compared; reorganised ones whole."""
    authorities = Authorities.of(store)
    counted = Counted.of(store, measure, years)
    amounts = [measure_amounts(store, year, measure) for year in years]
    counts = [plan_counts(store)[year.january.year] for year in years]
    seen: set[tuple[tuple[str, ...], ...]] = set()
    found: list[_Change] = []
    for code in sorted(counted.money[years[-1]]):
        try:
            place = counted.place(authorities, authorities[code]).codes
        except UsageError:
            continue
        if place in seen or any(part in amounts[end].excluded for end in (0, 1) for part in place[end]):
            continue
        seen.add(place)
        plans = [[counts[end][part] for part in place[2 + end]] for end in (0, 1)]
        if all(one.count for side in plans for one in side):
            money = [math.fsum(amounts[end].values[part] for part in place[end]) for end in (0, 1)]
            need = [float(sum(one.count or 0 for one in side)) for side in plans]
            ids = [id_ for end in (0, 1) for part in place[end] for id_ in amounts[end].inputs[part]]
            ids += [one.figure_id for side in plans for one in side]
            found.append(((money[0], money[1]), (need[0], need[1]), ids))
    return found


def _people(store: Store, year: FinancialYear, ages: Ages) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Return people by authority, with ids; one that was split later is the sum of what it became."""
    rows = rows_of(store, "population").filter(
        (pl.col("mid_year") == year.mid_year.year)
        & (pl.col("series") == _SERIES)
        & (pl.col("age_band") == ages)
        & (pl.col("la_code") != "")
    )
    counts = dict(rows.select("la_code", "people").iter_rows())
    found: dict[str, tuple[float, tuple[str, ...]]] = {}
    for code, authority in Authorities.of(store).by_code.items():
        parts = (code,) if code in counts else authority.successors if authority.lineage_kind == "split" else ()
        if parts and all(counts.get(part) for part in parts):
            ids = tuple(f"population:{year.mid_year}:{_SERIES}:{part}:{ages}" for part in parts)
            found[code] = (math.fsum(counts[part] for part in parts), ids)
    return found


def association_figure(store: Store, parts: list[str]) -> Figure:
    """Return one figure by the five parts of its id; `KeyError` names what is unknown."""
    spec = RateSpec.from_parts(*parts[:3])
    if spec.per != "head" or spec.population != "ons" or parts[3] not in AGES:
        raise KeyError(":".join(parts[2:4]))
    return year_association(store, spec.year, spec.measure, parts[3]).figure(parts[4])


def elasticity_figure(store: Store, parts: list[str]) -> Figure:
    """Return one figure by the four parts of its id; `KeyError` names what is unknown."""
    first, last, measure, statistic = parts
    if measure not in MEASURES:
        raise KeyError(measure)
    years = (FinancialYear.parse(first), FinancialYear.parse(last))
    return elasticity(store, measure, *years).figure(statistic)


def _require_enough(found: list[str] | list[float], where: str) -> None:
    if len(found) < _LEAST:
        raise UsageError(f"{len(found)} authorities have both numbers, and {_LEAST} are needed", where=where)


def sentences(found: dict[FinancialYear, Estimate], slope: Estimate | None, ages: str) -> list[str]:
    """Return the latest year, how it moved, the elasticity, and what none of them says."""
    years = list(found)
    last = found[years[-1]]
    lines = [f"In {years[-1]} {_correlation(last)} (rank correlation {_printed(last)})."]
    if len(years) > 1:
        first = found[years[0]]
        apart = "overlap" if last.low <= first.high and first.low <= last.high else "do not overlap"
        lines.append(
            f"The correlation was {first.value:.2f} in {years[0]} and {last.value:.2f} in {years[-1]}; the intervals "
            f"{apart}."
        )
    if slope:
        lines.append(_elasticity_sentence(slope))
    lines.append(
        "Association is not cause: the historic spend factor and the floor of the formula carry earlier money forward, "
        "and authorities with more money may also agree to more plans. Plans are one measure of need."
    )
    if ages == "2-18":
        lines.append("Both rates are divided by the same people, which by itself draws the correlation upwards.")
    return lines


def notes(ages: str, years: list[FinancialYear], measure: str) -> list[str]:
    """Return methods and breaks."""
    return [
        f"Funding is per head aged 2 to 18 and plans are per head aged {ages.replace('-', ' to ')} (ONS estimate of "
        "the middle of the year), plans of the January in which the year begins.",
        "Intervals are 95%: of the correlation by Fisher's z with the standard error of Bonett and Wright, of the "
        "elasticity by Student's t. The authorities are all of England's, not a sample: an interval says how far "
        "chance alone could move the number.",
        *(
            one.in_words
            for one in breaks_of((measure, "head", "plans"))
            if one.lies_in(years[0].start, years[-1].start)
        ),
    ]


def _correlation(found: Estimate) -> str:
    if found.low <= 0 <= found.high:
        return "authorities with more EHC plans per head had neither clearly more nor clearly less funding per head"
    direction = "more" if found.value > 0 else "less"
    return f"authorities with more EHC plans per head tended to have {direction} funding per head"


def _elasticity_sentence(slope: Estimate) -> str:
    words = f"{capital(slope.label)}: where plans grew by 1% more, funding grew by "
    if slope.low <= 0 <= slope.high:
        return (
            f"{words}{slope.value:.2f}% more, which cannot be told from none ({_printed(slope)}, {slope.count} areas)."
        )
    amount = f"{abs(slope.value):.2f}% {'more' if slope.value > 0 else 'less'}"
    return f"{words}{amount} (95% interval {slope.low:.2f} to {slope.high:.2f}, {slope.count} areas)."


def _printed(found: Estimate) -> str:
    value, low, high = (f"{round(one, 2) + 0:.2f}" for one in (found.value, found.low, found.high))  # no -0.00
    return f"{value}, 95% interval {low} to {high}"


# Any two measures of the register.


@dataclass(frozen=True)
class PairEstimate(Estimate):
    """The rank correlation of two measures; `excluded` has the reason by la_code of each that lacks one of them.

    `flags` are sentences on what is odd in the returns of those that are in it, by la_code.
    """

    specs: tuple[Spec, Spec]
    excluded: dict[str, str]
    flags: dict[str, tuple[str, ...]]


def pair_specs(store: Store, names: tuple[str, str], year: str | None = None) -> list[tuple[Spec, Spec]]:
    """Return two measures in each year that both have, or in one; `UsageError` where there is none.

    A financial year goes with the January, the calendar year and the middle of the year in which it begins.
    """
    what = " and ".join(find_measure(name).words for name in names)
    first, second = ({period[:4]: period for period in periods_of(store, name)} for name in names)
    both = [begin for begin in first if begin in second]
    if year is not None:
        _ = FinancialYear.parse(year) if "-" in year else January.parse(year)
    wanted = both if year is None else [begin for begin in both if begin == year[:4]]
    if not wanted:
        known = f"Years of both: {', '.join(both)}." if both else "See `hnf measures` for their years."
        raise UsageError(f"no {year or 'year'} has figures of {what}", todo=known)
    return [(_spec(store, names[0], first[one]), _spec(store, names[1], second[one])) for one in wanted]


def _spec(store: Store, name: str, period: str) -> Spec:
    measure = find_measure(name)
    if isinstance(measure, Rate):
        return spec_of(measure, period)
    money = next((known for known in MEASURES if known == name), None)
    return RateSpec(FinancialYear.parse(period), money, "none") if money else measure_spec(store, name, period)


@cached
def pair_association(store: Store, spec: Spec, against: Spec) -> PairEstimate:
    """Return the rank correlation of two measures over the authorities that have both; `UsageError` without ten."""
    tables = league_table(store, spec), league_table(store, against)
    codes = sorted(set(tables[0].values) & set(tables[1].values))
    where = f"{spec.in_words}; {against.in_words}"
    _require_enough(codes, where)
    pairs = pl.DataFrame({str(side): [table.values[code] for code in codes] for side, table in enumerate(tables)})
    value = float(pairs.select(pl.corr("0", "1", method="spearman")).item())
    if math.isnan(value):
        raise UsageError("all authorities have the same figure, so that there is no correlation", where=where)
    low, high = spearman_interval(value, len(codes))
    excluded = {
        code: "; ".join(
            f"{which}: {one.excluded.get(code, one.why_absent)}"
            for which, one in zip(("first", "second"), tables, strict=True)
            if code not in one.values
        )
        for code in sorted({code for one in tables for code in (*one.values, *one.excluded)} - set(codes))
    }
    flags = {code: tuple(words for one in tables for words in one.flags.get(code, ())) for code in codes}
    return PairEstimate(
        stem=f"association:{spec.id_part}:{against.id_part}",
        label=f"rank correlation of {spec.in_words} with {against.in_words}",
        value=value,
        low=low,
        high=high,
        count=len(codes),
        inputs=tuple(rate_id(one, code) for one in (spec, against) for code in codes),
        derivation="Spearman's rank correlation; interval by Fisher's z, standard error of Bonett and Wright",
        specs=(spec, against),
        excluded=excluded,
        flags={code: words for code, words in flags.items() if words},
    )


def pair_figure(store: Store, spec: Spec, against: Spec, statistic: str) -> Figure:
    """Return one figure of a pair; `KeyError` names an unknown statistic."""
    return pair_association(store, spec, against).figure(statistic)


#: Counts of the same plans under several names.
_SAME = {"placements_total": "plans", "needs_counted": "plans"}


def _counted(spec: Spec) -> set[str]:
    """Return the measures that a figure is made of."""
    measure = find_measure(spec.measure)
    names = [measure.part, measure.whole] if isinstance(measure, Share) else [spec.measure]
    names += [spec.denominator.measure] if isinstance(spec, RateSpec) and spec.per != "none" else []
    return {"people" if PLAIN[name].kind == "population" else _SAME.get(name, name) for name in names}


def pair_sentences(found: PairEstimate) -> list[str]:
    """Return what a correlation of two measures says, and what it does not."""
    clear = found.value > 0 if found.low > 0 or found.high < 0 else None
    words = {True: "tended to be higher", False: "tended to be lower", None: "were neither clearly higher nor lower"}[
        clear
    ]
    first, second = (spec.in_words for spec in found.specs)
    lines = [
        f"Authorities with more of the first {words} on the second (rank correlation {_printed(found)}, "
        f"{found.count} authorities). First: {first}. Second: {second}.",
        "Association is not cause: what moves the one may move the other, and neither need be the reason.",
    ]
    shared = sorted(_counted(found.specs[0]) & _counted(found.specs[1]))
    if shared:
        what = join_words(["the same people" if one == "people" else PLAIN[one].words for one in shared])
        lines.append(f"Both are made of {what}, which by itself makes them move together or apart.")
    return lines


def _pair(store: Store, names: tuple[str, str], year: str | None) -> Association:
    estimates = [pair_association(store, *specs) for specs in pair_specs(store, names, year)]
    last, known = estimates[-1], Authorities.of(store)
    rows = [
        {
            "period": str(one.specs[0].year),
            "measure_period": str(one.specs[0].year),
            "against_period": str(one.specs[1].year),
            **_row(one),
        }
        for one in estimates
    ]
    excluded = [{"la_code": code, "la_name": known[code].name, "reason": why} for code, why in last.excluded.items()]
    odd = [{"la_code": code, "la_name": known[code].name, "words": list(words)} for code, words in last.flags.items()]
    words = [capital(find_measure(name).words) for name in names]
    return Association(
        f"Rank correlation of two measures. First: {words[0]}. Second: {words[1]}",
        {
            **ALL_ENGLAND,
            "measure": names[0],
            "against": names[1],
            "years": rows,
            "excluded": excluded,
            "flags": odd,
            "sentences": pair_sentences(last),
        },
    )


# Who has more or less than others with as much of the second measure: the distance from a straight line.

RESIDUALS = ("expected", "difference", "pct", "gbp")


@dataclass(frozen=True)
class Residuals(Answer):
    """Distance of every authority from the line of least squares of one measure (`spec`) on another.

    `counts` are the heads, pupils or plans that turn a difference per each into pounds; empty where it is no money.
    """

    JSON = (
        "measure=spec.measure against period=spec.year unit=spec.unit basis basis_in_words=spec.in_words",
        "authorities slope intercept sentences rows excluded",
    )
    ROWS = "rows"
    basis = "estimated"

    spec: Spec
    against: str
    against_words: str
    stem: str
    values: dict[str, float]
    needs: dict[str, float]
    counts: dict[str, float]
    names: dict[str, str]
    excluded: list[dict[str, str]]
    inputs: tuple[str, ...]

    @property
    def authorities(self) -> int:
        """How many are on either side of the line."""
        return len(self.values)

    @cached_property
    def line(self) -> tuple[float, float]:
        """Slope and intercept."""
        means = [math.fsum(side.values()) / len(side) for side in (self.needs, self.values)]
        apart = {code: need - means[0] for code, need in self.needs.items()}
        spread = math.fsum(value * value for value in apart.values())
        if not spread:
            raise UsageError("all authorities have the same figure, so that there is no line", where=self.against_words)
        slope = math.fsum(apart[code] * (value - means[1]) for code, value in self.values.items()) / spread
        return slope, means[1] - slope * means[0]

    @property
    def slope(self) -> float:
        """Of the line."""
        return self.line[0]

    @property
    def intercept(self) -> float:
        """Of the line."""
        return self.line[1]

    def parts(self, code: str) -> dict[str, float | None]:
        """Return what the line gives, the difference from it, in per cent of it, and in pounds."""
        expected = self.slope * self.needs[code] + self.intercept
        apart = self.values[code] - expected
        pounds = apart * self.counts[code] if code in self.counts else None
        share = apart / expected * 100 if expected > 0 else None
        return {"expected": expected, "difference": apart, "pct": share, "gbp": pounds}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict an authority, the largest shortfall in per cent first."""
        found = {code: self.parts(code) for code in self.values}
        order = sorted(found, key=lambda code: (found[code]["pct"] is None, found[code]["pct"] or 0.0, code))
        return [
            {
                "la_code": code,
                "la_name": self.names[code],
                "period": str(self.spec.year),
                "measure": self.spec.measure,
                "value": self.values[code],
                "unit": self.spec.unit,
                "against": self.against,
                "against_value": self.needs[code],
                "expected": found[code]["expected"],
                "difference": found[code]["difference"],
                "difference_pct": found[code]["pct"],
                "difference_gbp": found[code]["gbp"],
                "basis": "estimated",
                "figure_id": rate_id(self.spec, code),
                "figure_ids": {p: f"{self.stem}:{code}:{p}" for p in RESIDUALS if found[code][p] is not None},
            }
            for code in order
        ]

    @property
    def sentences(self) -> list[str]:
        """What the rows say, and what they do not."""
        first = self.rows[0]
        pounds = first["difference_gbp"]
        money = f", £{abs(pounds):,.0f}" if pounds is not None else ""
        return [
            f"Furthest below the line is {first['la_name']}: {abs(first['difference_pct'] or 0):.1f}%{money} below "
            f"what the line gives for its {self.against_words} ({self.spec.in_words}).",
            "That is a comparison on one kind of need, by a straight line through all authorities: no entitlement, and "
            "not what the formula would give. Area costs, other needs, historic spend and how plans are agreed are not "
            "in it.",
        ]

    def figure(self, code: str, part: str) -> Figure:
        """Return one number of an authority as a figure; `KeyError` names what is unknown."""
        value, kind = self.parts(code)[part], {"pct": "pct", "gbp": "gbp"}.get(part, self.spec.unit)
        words = {
            "expected": "what the line through all authorities gives", "difference": "difference from that line",
            "pct": "difference from that line, %", "gbp": "difference from that line, pounds",
        }[part]  # fmt: skip
        return Figure(
            id=f"{self.stem}:{code}:{part}",
            label=f"{self.names[code]}: {words}; {self.spec.in_words}, on {self.against_words}",
            value=value,
            unit=kind,  # type: ignore[arg-type]
            basis="estimated",
            inputs=self.inputs,
            derivation="straight line by least squares across authorities",
            status="" if value is not None else "the line gives nothing to compare with",
        )


@cached
def residuals(store: Store, spec: Spec, against: Spec | Ages = "2-18") -> Residuals:
    """Return by how much each authority differs from what its need of one kind would suggest.

    Parameters
    ----------
    spec : RateSpec or MeasureSpec
        What is explained, such as the block per head.
    against : RateSpec, MeasureSpec or str
        The need; `2-18` or `0-25` for EHC plans per head of these ages in the January of the year.

    Raises
    ------
    UsageError
        If a figure does not exist, or fewer than ten authorities have both.
    """
    table, names = league_table(store, spec), {code: one.name for code, one in Authorities.of(store).by_code.items()}
    excluded, ids = dict(table.excluded), [universe_id(spec)]
    if isinstance(against, str):
        if not isinstance(spec, RateSpec):
            raise UsageError("plans per head are set beside funding", where="--ages", todo="Give --against a measure.")
        plans, people = rate_table(store, RateSpec(spec.year, spec.measure, "plan")), _people(store, spec.year, against)
        counts = plans.denominators
        needs = {code: value / people[code][0] for code, value in counts.values.items() if code in people}
        excluded |= counts.excluded
        name, ages = "plans_per_head", against.replace("-", " to ")
        words = f"EHC plans of January {spec.year.january} per head aged {ages}"
        ids += [id_ for code in needs for id_ in (*counts.inputs[code], *people[code][1])]
        stem = f"residual:{spec.id_part}:{against}"
    else:
        other = league_table(store, against)
        needs, name, words = other.values, against.measure, against.in_words
        excluded |= other.excluded
        ids.append(universe_id(against))
        stem = f"residual:{spec.id_part}:{against.id_part}"
    codes = sorted(set(table.values) & set(needs))
    _require_enough(codes, f"{spec.in_words}; {words}")
    weights = dict[str, float]()
    if isinstance(table, RateTable):
        weights = {code: table.denominators.values[code] for code in codes}
    left_out = [
        {"la_code": code, "la_name": names[code], "reason": why}
        for code, why in sorted(excluded.items())
        if code not in codes
    ]
    ends = ({code: table.values[code] for code in codes}, {code: needs[code] for code in codes})
    return Residuals(spec, name, words, stem, *ends, weights, names, left_out, tuple(dict.fromkeys(ids)))


def residual_figure(store: Store, spec: RateSpec, ages: str, code: str, part: str) -> Figure:
    """Return a figure of funding per head against plans per head; `KeyError` names what is unknown."""
    return residuals(store, spec, {one: one for one in AGES}[ages]).figure(code, part)  # type: ignore[index]


def pair_residual_figure(store: Store, spec: Spec, against: Spec, code: str, part: str) -> Figure:
    """Return the same of two measures."""
    return residuals(store, spec, against).figure(code, part)
