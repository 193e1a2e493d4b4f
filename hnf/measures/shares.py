"""Any measure of the register in one period for every authority, region and England: counts, shares, rates per 1,000.

A share is 100 times one published count over another of the same area and period. A rate per 1,000 people divides by
the ONS estimate of the middle of the same year or, where that is not published yet, by the latest one of the two years
before, and says which. England and regions have the values of their own published rows, never the sum of authorities:
a suppressed count would be missing from that. What is odd in a return (`data/sen2_returns.toml`) goes with its figure.
Ids are `rate:<period>:<measure>:none:<area>`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import polars as pl

from hnf.errors import TableError, UsageError
from hnf.measures.notes import assumption
from hnf.measures.published import (
    ENGLAND,
    Amounts,
    area_name,
    level_of,
    measure_rows,
    plain_amounts,
    plain_figure,
)
from hnf.measures.rates import (
    WHOLE,
    LeagueTable,
    MeasureSpec,
    RateSpec,
    Spec,
    denominator_period,
    rate_figure,
    rate_id,
    rate_table,
    spec_of,
)
from hnf.measures.register import PLAIN, PlainMeasure, Rate, Share, find_measure
from hnf.paths import data_folder
from hnf.results import Figure, add_up
from hnf.tables.authorities import Authorities
from hnf.tables.schema import AUTHORITY_TYPES
from hnf.tables.store import Store
from hnf.text import join_words
from hnf.years import FinancialYear

#: How many years an estimate of people may be older than the count that it divides.
OLDEST_ESTIMATE = 2


@dataclass(frozen=True)
class MeasureTable(LeagueTable):
    """One measure of every authority in one period; `people` says which estimate of people it divides by."""

    spec: MeasureSpec
    found: Amounts
    of_england: float | None
    people: str
    odd: Mapping[str, tuple[str, ...]]

    @property
    def england(self) -> float | None:
        """England's value, of its own published row; None where that is withheld."""
        return self.of_england

    @property
    def flags(self) -> Mapping[str, tuple[str, ...]]:
        """Sentences on what is odd in a return, by la_code (`england` for England's own row)."""
        return self.odd

    @property
    def note(self) -> str:
        """Which estimate of people it divides by; nothing where it divides by none."""
        return self.people

    @cached_property
    def values(self) -> dict[str, float]:
        """Value by la_code, lowest first (codes in order where equal), unrounded."""
        return dict(sorted(self.found.values.items(), key=lambda item: (item[1], item[0])))

    @property
    def excluded(self) -> dict[str, str]:
        """Reason by la_code for each authority without a value."""
        return self.found.excluded

    @property
    def why_absent(self) -> str:
        """Why an authority that is not listed has no figure."""
        return f"the published table of {self.spec.period_in_words} does not list it"


def measure_spec(store: Store, name: str, period: object = None) -> MeasureSpec:
    """Return what a table or comparison is of: a measure in a period, by default the latest.

    Parameters
    ----------
    period : object, optional
        A January, calendar year or financial year; a financial year stands for the calendar year in which it begins
        where the measure has calendar years, and a calendar year for the financial year that begins in it.

    Raises
    ------
    UsageError
        If there is no such measure, or the tables hold no figure of it in the period.

    Examples
    --------
    >>> import hnf
    >>> hnf.measure_spec(hnf.Store(), "refused_pct").period
    '2025'
    """
    periods = periods_of(store, name)
    if not periods:
        raise UsageError(f"these tables have no {find_measure(name).words}", todo="See `hnf measures`.")
    asked = periods[-1] if period is None else str(period).strip()
    begins = next((one for one in periods if one == asked or goes_with(one, asked)), None)
    if begins is None:
        what = f"the tables have no {find_measure(name).words} in {asked[:40]}"
        raise UsageError(what, todo=f"There are: {', '.join(periods)}.")
    return MeasureSpec(name, begins)


def break_names(spec: Spec) -> set[str]:
    """Return the names under which a break may be of a value: its own, those of its sides, and their tables."""
    if isinstance(spec, RateSpec):
        return {spec.measure, spec.per, *({spec.denominator.measure} if spec.per != "none" else ())}
    measure = find_measure(spec.measure)
    names = (measure.part, measure.whole) if isinstance(measure, Share) else (spec.measure,)
    kinds = {PLAIN[one].kind for one in names}
    return {spec.measure, *names, *kinds, *(["head"] if "population" in kinds else [])}


def goes_with(period: str, asked: str) -> bool:
    """Say whether a financial year that is asked for begins in a calendar period, or a financial period in a year."""
    try:
        return str(FinancialYear.parse(asked).start) == period
    except UsageError:
        return "-" in period and period[:4] == asked


def measure_table(store: Store, spec: MeasureSpec) -> MeasureTable:
    """Return a measure of every authority, with the reason of each that has none.

    Raises
    ------
    UsageError
        If the tables hold no figure of it in the period.
    """
    return store.cached(("league table", spec), lambda: _measure_table(store, spec))


def among_areas(store: Store, spec: MeasureSpec, areas: tuple[str, ...]) -> MeasureTable:
    """Return a measure of some areas only: authorities, regions, `england`; values of wider areas are as published.

    Raises
    ------
    UsageError
        As `measure_table`; or if the measure is not published for regions or England.
    """
    whole = measure_table(store, spec)
    values, inputs, excluded = dict[str, float](), dict[str, tuple[str, ...]](), dict[str, str]()
    for area in areas:
        level = level_of(area)
        found = whole.found if level == "local_authority" else area_amounts(store, spec, level)
        if area in found.values:
            values[area], inputs[area] = found.values[area], found.inputs[area]
        elif level != "local_authority" and not found.values:
            where = "regions" if level == "regional" else "England"
            raise UsageError(f"{find_measure(spec.measure).words}: not published for {where}", where=spec.in_words)
        else:
            excluded[area] = found.excluded.get(area, whole.why_absent)
    return replace(whole, found=Amounts(values, inputs, excluded))


def _measure_table(store: Store, spec: MeasureSpec) -> MeasureTable:
    found = area_amounts(store, spec, "local_authority")
    if not found.values:
        measure_spec(store, spec.measure, spec.period)  # says which periods there are
        raise UsageError(f"no authority has a figure of {spec.in_words}")
    known = Authorities.of(store)
    withheld = {code: why for code, why in found.excluded.items() if known[code].was_there(spec.day)}
    listed = Amounts(found.values, found.inputs, {**withheld, **absent_reasons(store, spec, found)})
    england = area_amounts(store, spec, "national").values.get(ENGLAND)
    return MeasureTable(spec, listed, england, people_words(store, spec), flags_of(store, spec))


def absent_reasons(store: Store, spec: MeasureSpec, found: Amounts) -> dict[str, str]:
    """Return the reason for each authority of the day that no row is about."""
    authorities, reasons = Authorities.of(store), {}
    for code, one in authorities.by_code.items():
        if code in found.inputs or code in found.excluded or not one.was_there(spec.day):
            continue
        older = [old for old in one.predecessors if old in found.inputs]
        if older:
            names = join_words([authorities[old].prose for old in older])
            reasons[code] = f"{spec.period_in_words} is published for {names}, which it was made from"
        else:
            reasons[code] = f"the published table of {spec.period_in_words} has no row for it"
    return reasons


def area_amounts(store: Store, spec: MeasureSpec, level: str) -> Amounts:
    """Return a measure of every area of a level (`local_authority`, `regional`, `national`), with ids and reasons."""
    return store.cached(("area amounts", spec, level), lambda: _area_amounts(store, spec, level))


def _area_amounts(store: Store, spec: MeasureSpec, level: str) -> Amounts:
    measure = find_measure(spec.measure)
    if not isinstance(measure, Share):
        return _plain(store, spec.measure, spec.period, level)
    parts, wholes = sides(store, spec, level)
    values: dict[str, float] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    excluded: dict[str, str] = {}
    for area in {**parts.inputs, **parts.excluded}:
        inputs[area] = (*parts.inputs.get(area, ()), *wholes.inputs.get(area, ()))
        part, whole = parts.values.get(area), wholes.values.get(area)
        if part is not None and whole:
            values[area] = measure.times * part / whole
            continue
        lacking = PLAIN[measure.part if part is None else measure.whole]
        words = lacking.short or lacking.words
        reason = (parts if part is None else wholes).excluded.get(area, "")
        if whole == 0 and part is not None:
            excluded[area] = f"{words}: none, so that there is no share"
        else:
            excluded[area] = f"{words}: {reason or 'no figure is published'}"
    return Amounts(values, inputs, excluded)


def _plain(store: Store, name: str, period: str, level: str) -> Amounts:
    """Return a plain measure; plans of a region that the table of plans does not list are those of its settings."""
    found = plain_amounts(store, name, period, level)
    if name != "plans" or level != "regional":
        return found
    by_setting = plain_amounts(store, "placements_total", period, level)
    values = {**by_setting.values, **found.values}
    lacking = {**by_setting.excluded, **found.excluded}
    excluded = {code: why for code, why in lacking.items() if code not in values}
    return Amounts(values, {**by_setting.inputs, **found.inputs}, excluded)


def sides(store: Store, spec: MeasureSpec, level: str) -> tuple[Amounts, Amounts]:
    """Return what a share divides and what it divides by, for every area of a level."""
    measure = find_measure(spec.measure)
    if not isinstance(measure, Share):
        raise UsageError(f"{spec.measure} is no share", todo="Ask for its amounts.")
    parts = _plain(store, measure.part, spec.period, level)
    if measure.is_of_people:
        return parts, _people(store, measure.whole, estimate_of(store, spec), level)
    return parts, plain_amounts(store, measure.whole, spec.period, level)


def estimate_of(store: Store, spec: MeasureSpec) -> str:
    """Return the mid-year of the people that a rate divides by; nothing where it divides by none or none is at hand."""
    measure = find_measure(spec.measure)
    if not isinstance(measure, Share) or not measure.is_of_people:
        return ""
    return _latest_estimate(periods_of(store, measure.whole), spec.period)


def _latest_estimate(estimates: tuple[str, ...], period: str) -> str:
    """Return the last mid-year of those that a count of a period may be divided by; nothing where there is none."""
    return next((one for one in reversed(estimates) if 0 <= int(period[:4]) - int(one) <= OLDEST_ESTIMATE), "")


def people_words(store: Store, spec: MeasureSpec) -> str:
    """Say which estimate of people a rate divides by; nothing where it divides by none."""
    estimate = estimate_of(store, spec)
    if not estimate:
        return ""
    later = "" if estimate == spec.period[:4] else ", the latest published"
    return f"People: the ONS estimate of mid-{estimate}{later}"


def _people(store: Store, name: str, year: str, level: str) -> Amounts:
    """Return the people of every area; those of an authority that was split since are the sum of what it became."""
    found = plain_amounts(store, name, year, level)
    if level != "local_authority":
        return found
    values, inputs = dict(found.values), dict(found.inputs)
    for code, one in Authorities.of(store).by_code.items():
        if code not in inputs and one.lineage_kind == "split" and all(part in values for part in one.successors):
            values[code] = add_up(found.values[part] for part in one.successors)
            inputs[code] = tuple(id_ for part in one.successors for id_ in found.inputs[part])
    return Amounts(values, inputs, found.excluded)


def measure_value(store: Store, spec: MeasureSpec, area: str) -> Figure:
    """Return a measure of one area in one period as a figure.

    Parameters
    ----------
    area : str
        Code of an authority, several with + between them (counts and shares are those of the whole area), ONS code of
        a region, `england`, or `median`, `lower-quartile` and `upper-quartile` of all authorities.

    Returns
    -------
    Figure
        In the unit of the measure, unrounded; what is odd in the return is said in its derivation.

    Raises
    ------
    UsageError
        If there is no such area, or no figure of it.
    """
    measure = find_measure(spec.measure)
    if area in ("median", "lower-quartile", "upper-quartile"):
        return _of_all(store, spec, area)
    level, codes = level_of(area.split("+", maxsplit=1)[0]), tuple(area.split("+"))
    found = area_amounts(store, spec, level)
    name = " and ".join(area_name(store, code) for code in codes)
    lacking = [code for code in codes if code not in found.values]
    if lacking:
        table = measure_table(store, spec)
        reason = found.excluded.get(lacking[0]) or table.excluded.get(lacking[0], table.why_absent)
        authorities, what = Authorities.of(store), f"{area_name(store, lacking[0])} has no figure on this basis"
        known = authorities.by_code.get(lacking[0])
        instead = authorities.instead(known, spec.period_in_words, spec.day) if known else ""
        raise UsageError(f"{what}: {reason}", where=spec.in_words, todo=instead)
    value = found.values[codes[0]] if len(codes) == 1 else _of_whole_area(store, spec, codes, name)
    arithmetic = measure.how if isinstance(measure, Share) else measure.words
    how = "; ".join(filter(None, (arithmetic, people_words(store, spec))))
    said = [words for code in (*codes, EVERYWHERE) for words in flags_of(store, spec).get(code, ())]
    return Figure(
        id=rate_id(spec, area),
        label=f"{name}: {spec.in_words}",
        value=value,
        unit=spec.unit,
        basis="derived",
        inputs=tuple(id_ for code in codes for id_ in found.inputs[code]),
        derivation=" ".join((f"{how}.", *said)) if said else how,
    )


def _of_whole_area(store: Store, spec: MeasureSpec, codes: tuple[str, ...], name: str) -> float:
    """Return a measure of several authorities together: counts add, and shares are made of added counts."""
    measure = find_measure(spec.measure)
    if not isinstance(measure, Share):
        if measure.unit not in ("count", "gbp"):
            what = f"{measure.words} is published as a percentage, so that {name} have no joint figure"
            raise UsageError(what, where=spec.in_words)
        return add_up(area_amounts(store, spec, "local_authority").values[code] for code in codes)
    part, whole = sides(store, spec, "local_authority")
    return measure.times * add_up(part.values[code] for code in codes) / add_up(whole.values[code] for code in codes)


def _of_all(store: Store, spec: MeasureSpec, which: str) -> Figure:
    table = measure_table(store, spec)
    value = table.median if which == "median" else table.quartiles[which == "upper-quartile"]
    label = f"{which.replace('-', ' ').capitalize()} of {len(table.values)} authorities: {spec.in_words}"
    inputs = tuple(rate_id(spec, code) for code in table.values)
    return Figure(rate_id(spec, which), label, value, spec.unit, "derived", inputs, f"{which} of all authorities")


# Any measure of the register, by name.


def amounts(store: Store, name: str, period: str) -> Amounts:
    """Return a measure of every authority in a period, with the reasons of those that have none.

    Parameters
    ----------
    name : str
        Of the register: `plans`, `block_per_head_dfe`.
    period : str
        `2023-24`, or the year of a January or mid-year.

    Returns
    -------
    Amounts
        In the unit of the measure; money in pounds, unrounded.

    Raises
    ------
    UsageError
        If there is no such measure, or no figure of it in the period.
    """
    measure = find_measure(name)
    if not isinstance(measure, PlainMeasure):
        table: LeagueTable = (
            rate_table(store, spec_of(measure, period))
            if isinstance(measure, Rate)
            else measure_table(store, MeasureSpec(name, period))
        )
        return Amounts(table.values, {code: (rate_id(table.spec, code),) for code in table.values}, table.excluded)
    found = plain_amounts(store, name, period)
    if not found.inputs:
        known = ", ".join(periods_of(store, name)) or "none"
        raise UsageError(f"the tables have no {measure.words} in {period}", todo=f"There are: {known}.")
    return found


def measure_figure(store: Store, name: str, area: str, period: str) -> Figure:
    """Return a measure of one area in a period as a figure; its id resolves in `hnf trace`.

    Parameters
    ----------
    name, period : str
        As `amounts` takes them.
    area : str
        Code of an authority, `england`, ONS code of a region or a type of authority; of a rate also `median`.

    Raises
    ------
    UsageError
        If there is no such measure or area, or no figure of it in the period.
    """
    measure, authorities = find_measure(name), Authorities.of(store)
    others = tuple(WHOLE) if isinstance(measure, Rate) else (ENGLAND, *authorities.region_names, *AUTHORITY_TYPES)
    if not isinstance(area, str) or area not in (*authorities.by_code, *others):
        todo = f"Use the three-digit code of an authority, or one of {', '.join(others)}."
        raise UsageError(f"there is no area '{str(area)[:60]}' of {measure.words}", todo=todo)
    if isinstance(measure, Rate):
        return rate_figure(store, spec_of(measure, period), area)
    if isinstance(measure, Share):
        return measure_value(store, MeasureSpec(name, period), area)
    return plain_figure(store, name, period, (area,))


def periods_of(store: Store, name: str) -> tuple[str, ...]:
    """Return the periods in which the tables hold a measure, oldest first; none where nothing was published yet."""
    return store.cached(("periods", name), lambda: _periods_of(store, find_measure(name)))


def _periods_of(store: Store, measure: PlainMeasure | Rate | Share) -> tuple[str, ...]:
    if isinstance(measure, Share):
        parts, wholes = (periods_of(store, name) for name in (measure.part, measure.whole))
        if not measure.is_of_people:
            return tuple(period for period in parts if period in wholes)
        return tuple(period for period in parts if _latest_estimate(wholes, period))
    if isinstance(measure, Rate):
        specs = {year: spec_of(measure, year) for year in periods_of(store, measure.numerator)}
        return tuple(
            year
            for year, spec in specs.items()
            if denominator_period(spec) in periods_of(store, spec.denominator.measure)
        )
    kind = measure.published
    try:
        rows = measure_rows(store, measure)
    except UsageError:  # nothing of the table was published by the date asked for
        return ()
    numbers = rows.filter(pl.col(kind.value).is_not_null())
    # A column of nothing but symbols has its periods all the same: the tables say that there is no number.
    counts = (
        (numbers if numbers.height else rows).group_by(kind.before[0]).agg(pl.col(kind.after).n_unique()).iter_rows()
    )
    least = 1 if measure.of_collected else len(measure.items)
    return tuple(sorted(str(period) for period, items in counts if items >= least))


#: Kinds of area by the level of a table.
_AREAS = {
    "local_authority": "authority", "regional": "region", "national": "England", "authority_type": "type of authority",
}  # fmt: skip


def areas_of(store: Store, name: str) -> tuple[str, ...]:
    """Return the kinds of area for which the tables hold a measure: authority, region, England, type of authority."""
    measure = find_measure(name)
    if isinstance(measure, Rate):
        return ("authority", "England") if periods_of(store, name) else ()
    if not periods_of(store, name):
        return ()
    if isinstance(measure, Share):
        wholes = areas_of(store, measure.whole)
        return tuple(words for words in areas_of(store, measure.part) if words in wholes)
    levels = set(measure_rows(store, measure)["geographic_level"].unique())
    return tuple(words for level, words in _AREAS.items() if level in levels)


# What is odd in a return: sentences of `data/sen2_returns.toml`, and what the counts themselves show.


#: Stands for all areas among those that a flag is about.
EVERYWHERE = ""


@dataclass(frozen=True)
class ReturnFlag:
    """What is odd in the returns of some areas (codes of authorities and regions, `england`) in some periods.

    It is about measures, or about items of tables; empty lists mean all. `kind` is faulty, partial, recording, note or
    left_out; figures of the first three are never headlines.
    """

    words: str
    source: str
    kind: str
    periods: tuple[str, ...]
    la_codes: tuple[str, ...]
    tables: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    #: Whether the printed parts of a row are known not to add up to its total, which the loader then lets pass.
    sums_differ: bool = False

    def covers(self, name: str, period: str) -> bool:
        """Say whether it is about a measure in a period."""
        if self.periods and period not in self.periods:
            return False
        if self.measures:
            return name in self.measures
        measure = find_measure(name)
        plain = [PLAIN[measure.part], PLAIN[measure.whole]] if isinstance(measure, Share) else [PLAIN[name]]
        return any(
            one.published.table in self.tables and (not self.items or set(self.items) & set(one.items)) for one in plain
        )


_DOUBTFUL = ("faulty", "partial", "recording")


@cache
def return_flags() -> tuple[ReturnFlag, ...]:
    """Return all flags in the order of the file; `TableError` where an entry is not as described."""
    path = data_folder() / "sen2_returns.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        left_out = [
            {"kind": "left_out", "periods": [], "tables": [entry["table"]], **entry} for entry in document["left_out"]
        ]
        return tuple(_flag(entry) for entry in (*document["flag"], *left_out))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TableError(f"a flag is not as described: {error}", where=str(path)) from error


def _flag(entry: dict[str, Any]) -> ReturnFlag:
    named: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key != "table"
    }
    return ReturnFlag(**named)


def flags_of(store: Store, spec: MeasureSpec) -> dict[str, tuple[str, ...]]:
    """Return sentences by area (authority, region, `england`, or "" for all) on what is odd behind a measure."""
    return store.cached(("flags", spec), lambda: _flags(store, spec))


def _flags(store: Store, spec: MeasureSpec) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for flag in return_flags():
        if flag.covers(spec.measure, spec.period):
            for code in flag.la_codes or (EVERYWHERE,):
                found.setdefault(code, []).append(flag.words)
    for area, share in unrecorded(store, spec).items():
        words = f"The setting of {share:.1f}% of plans is not recorded, so that shares of settings may be too low."
        found.setdefault(area, []).append(words)
    return {code: tuple(words) for code, words in found.items()}


def doubts_of(spec: MeasureSpec) -> dict[str, str]:
    """Return why a figure is no headline and has no rank, by area: it is faulty, partial or a matter of recording."""
    found: dict[str, str] = {}
    for flag in return_flags():
        if flag.kind in _DOUBTFUL and flag.covers(spec.measure, spec.period):
            for code in flag.la_codes:
                found.setdefault(code, flag.kind)
    return found


def unrecorded(store: Store, spec: MeasureSpec) -> dict[str, float]:
    """Return the share of plans whose setting is not recorded, by area, where it matters to a share of settings."""
    measure, unknown = find_measure(spec.measure), MeasureSpec("setting_unknown_pct", spec.period)
    if not isinstance(measure, Share) or measure.whole != "placements_total" or spec == unknown:
        return {}
    most = assumption("unknown_setting_pct").value
    levels = ("local_authority", "regional", "national")
    found = (item for level in levels for item in area_amounts(store, unknown, level).values.items())
    return {area: share for area, share in found if share > most}
