"""Cross-checks of published figures: against the rest of their file, against the register, against the value before.

What contradicts is collected (`Contradictions`) and refused in one line. What is only unlikely (`unlikely`) is a reason
that the user has to give: `hnf ingest --accept-worse`, or `accept_worse` in the entry of the catalogue. Every bound is
in `data/assumptions.toml` with the largest true change that it leaves room for; a table of its own figures over time is
declared in `SERIES`. What no check can see is in docs/limits.md.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from hnf.errors import SourceError, UsageError
from hnf.paths import data_folder
from hnf.sources.workbooks.guard import cell_address
from hnf.years import FinancialYear

Row = dict[str, Any]
_NAMED = 3
_ASK = "Ask the publisher, or correct the file."
#: Authorities that are listed one by one where something is unlikely.
_LISTED = 8
#: Words that one file adds to a name and another leaves out.
_KINDS_OF_PLACE = {"the", "of", "city", "county", "council", "borough"}


@dataclass(frozen=True)
class Entry:
    """What the register says of one authority: names of all kinds folded, ISO dates, empty while it is open."""

    name: str
    names: frozenset[str]
    region_code: str
    opened: str
    closed: str
    gss_codes: frozenset[str]


Entries = Mapping[str, Entry]


@cache
def bound(name: str) -> float:
    """Return a bound of `data/assumptions.toml` by its id."""
    entries = tomllib.loads((data_folder() / "assumptions.toml").read_text(encoding="utf-8"))["assumption"]
    return float(next(entry["value"] for entry in entries if entry["id"] == name))


class ContradictionError(SourceError):
    """A file that contradicts itself; `tables` are its rows, so that what is unlikely can be named as well."""

    def __init__(self, what: str, *, where: str, todo: str, tables: Mapping[str, Sequence[Row]]) -> None:
        self.tables = tables
        super().__init__(what, where=where, todo=todo)


class Contradictions:
    """What contradicts itself in one file; `refuse` stops if there is any, in one line: up to three of each kind."""

    def __init__(self, source_id: str) -> None:
        self.source_id = source_id
        self.found: list[str] = []
        self.by_kind: dict[str, list[str]] = defaultdict(list)

    def add(self, where: object, what: str, kind: str = "") -> None:
        """Add one, by line or by cell (zero-based row and column)."""
        place = f"cell {cell_address(*where)}" if isinstance(where, tuple) else str(where)
        self.found.append(f"{place}: {what}" if place else what)
        self.by_kind[kind].append(self.found[-1])

    def refuse(self, tables: Mapping[str, Sequence[Row]] | None = None, todo: str = _ASK) -> None:
        """Raise a `ContradictionError` if there is any."""
        if self.found:
            named = [text for texts in self.by_kind.values() for text in texts[:_NAMED]]
            more = f"; and {len(self.found) - len(named)} more" if len(self.found) > len(named) else ""
            raise ContradictionError(f"{'; '.join(named)}{more}", where=self.source_id, todo=todo, tables=tables or {})


def fold_name(name: str) -> str:
    """Return a name without case, marks, notes in brackets and words for the kind of place, its words in order."""
    plain = re.sub(r"\(.*?\)|\[.*?\]", " ", name.casefold()).replace("&", " and ")
    return " ".join(sorted(set(re.findall(r"[a-z]+", plain)) - _KINDS_OF_PLACE))


def check_name(found: Contradictions, entries: Entries, code: str, printed: str, where: object) -> None:
    """A name must be that of the authority whose code is beside it."""
    if code in entries and fold_name(printed) not in entries[code].names:
        found.add(where, f"'{printed[:60]}' is not {code}, which is {entries[code].name}", "name")


#: City of London and Isles of Scilly, which are in no table of the grant.
_NOT_ALLOCATED = ("201", "420")


def check_everyone(found: Contradictions, entries: Entries, day: str, there: Collection[str], what: str = "") -> None:
    """Every authority with an allocation on a day must be there, where a file is of all: has more than half of them."""
    wanted = {code for code, entry in entries.items() if entry.opened <= day and (entry.closed or day) >= day}
    lost = sorted(wanted - {*there, *_NOT_ALLOCATED})
    if 2 * len(lost) < len(wanted):
        for code in lost:
            found.add("", f"{entries[code].name} ({code}) is missing{what}", "missing")


Sums = Collection[tuple[Any, ...]]


def check_areas(
    found: Contradictions, entries: Entries, rows: Iterable[Row], of: tuple[str, ...], value: str, *, known: Sums = ()
) -> None:
    """Authorities must add up to their region and to England, and regions to England, as far as they are printed.

    Only rows with the same values in the columns `of` are added; a symbol is None. `known` are sums that the publisher
    prints otherwise: the values of `of` and the code of the region, or "".
    """
    sums: dict[tuple[Any, ...], list[float | None]] = defaultdict(list)
    of_areas: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    totals = []
    for row in rows:
        key, region = tuple(row[name] for name in of), row["region_code"]
        if row["geographic_level"] == "local_authority":
            own = entries[row["la_code"]].region_code if row["la_code"] in entries else ""
            of_areas[key].add(own)
            sums[*key, own].append(row[value])
            sums[*key, _AUTHORITIES].append(row[value])
        else:
            totals.append((key, region, row))
            sums[*key, _REGIONS if region else ""].append(row[value])
    for key, region, row in totals:
        for parts in [region] if region else [_AUTHORITIES, _REGIONS]:
            is_there = sums[*key, parts] or (region and sums[*key, _AUTHORITIES])
            # A file that names some regions only says nothing of their sum.
            is_there = is_there and (parts != _REGIONS or 2 * len(sums[*key, parts]) > len(of_areas[key]))
            if is_there and (*key, region) not in known:
                what = " ".join(str(part) for part in (region or "England", *key))
                check_parts(found, row["cell"], what, row[value], sums[*key, parts])


_AUTHORITIES, _REGIONS = "its authorities", "its regions"


def check_parts(
    found: Contradictions, where: object, what: str, total: float | None, parts: Sequence[float | None]
) -> None:
    """Parts must add up to their total to a rounding, or be no more than it where one of them is a symbol."""
    more = (total or 0) - math.fsum(part for part in parts if part is not None)
    if total is not None and abs(more) > 0.5 and not (more > 0 and None in parts):
        off = f"{abs(more):,.10g} {'more' if more > 0 else 'less'}"
        found.add(where, f"{what}: {total:,.10g} is {off} than the sum of its parts", "sum")


def check_years(found: Contradictions, rows: Sequence[Row]) -> None:
    """An index must have one row for each year without a gap, one base year with 100, and outturn before forecast."""
    years: dict[FinancialYear, Row] = {}
    for row in rows:
        try:
            year = FinancialYear.parse(row["financial_year"])
        except UsageError as error:
            found.add(row["cell"], error.what)
            continue
        if str(year) != row["financial_year"] or year in years or row["kind"] not in _KINDS:
            found.add(row["cell"], f"'{row['financial_year']}', '{row['kind']}' is there twice, or not written so")
            return
        years[year] = row
    for year, row in sorted(years.items())[1:]:
        last = years.get(year.previous)
        if last is None:
            found.add(row["cell"], f"the year before {year} is missing")
        elif _KINDS.index(row["kind"]) < _KINDS.index(last["kind"]):
            found.add(row["cell"], f"{year} is {row['kind']} after {last['kind']}")
    bases = sorted({row["base_year"] for row in rows})
    base = next((row for row in rows if [row["financial_year"]] == bases), None)
    if base is None or abs(base["index"] - 100) > bound("base_year_off"):
        what = f"{base['index']:g}, not 100" if base else "in no row"
        found.add(base["cell"] if base else "heading", f"the index of the base year {', '.join(bases)} is {what}")


_KINDS = ("outturn", "forecast", "forecast_chained")


@dataclass(frozen=True)
class Series:
    """A table whose figures are each compared with the value before: ids of bounds, in per cent and in units.

    A figure is unlikely where it is off by more than both; of England and regions, by more than `groups_pct`. The per
    cent are of the value before, or (`is_ratio`, for what may fall as steeply as it rises) of the smaller of the two.
    """

    value: str
    period: str
    of: tuple[str, ...]
    pct: str
    least: str
    groups_pct: str = ""
    only: tuple[str, str] | None = None
    is_ratio: bool = False


#: Of each table of the SEN2 returns: the item that counts all, and the bounds of what it counts.
_ALL = {
    "ehc_plans": ("total", "plans"), "placements": ("total", "plans"), "primary_need": ("total", "plans"),
    "annual_reviews": ("plans", "plans"), "new_plans": ("total", "in_a_year"), "requests": ("received", "in_a_year"),
    "assessments": ("completed", "in_a_year"), "timeliness": ("issued", "in_a_year"),
    "ceased_plans": ("total", "in_a_year"), "appeals": ("appeals", "in_a_year"),
}  # fmt: skip


def _of_return(table: str, every: str, of: str) -> tuple[Series, Series]:
    """Compare what counts all, of every area, and each item of England."""
    period = "january" if table in ("ehc_plans", "placements", "primary_need") else "calendar_year"
    value, item = ("count", "plan_type") if table == "ehc_plans" else ("value", "item")
    pct, least, groups = f"{of}_change_pct", f"{of}_change_least", f"{of}_change_groups_pct"
    england = ("geographic_level", "national")
    return (
        Series(value, period, (item,), pct, least, groups, (item, every), is_ratio=True),
        Series(value, period, (item,), "returns_england_pct", "returns_england_least", "", england, is_ratio=True),
    )


SERIES: dict[str, tuple[Series, ...]] = {
    "population": (
        Series(
            "people", "mid_year", ("series", "age_band"), "population_change_pct", "population_change_people",
            "population_change_groups_pct", ("series", "ons_estimate"),
        ),
        Series(
            "people", "mid_year", ("series", "age_band"), "projection_change_pct", "projection_change_people",
            only=("series", "dfe_projection"),
        ),
    ),
    **{table: _of_return(table, *of) for table, of in _ALL.items()},
    "dsg_balance": (
        Series("value", "financial_year", ("measure",), "balance_change_pct", "balance_change_points"),
    ),
}  # fmt: skip


def unlikely(name: str, rows: Sequence[Row], earlier: Sequence[Row], entries: Entries) -> list[str]:
    """Return what of new rows of a table is unlikely beside those before, each a reason that lists authorities."""
    far = sorted(case for series in SERIES.get(name, ()) for case in _outliers(series, rows, earlier, entries))
    found = _listed("far from the last value", [*dict.fromkeys(said for _, said in far)])
    return found + (_MORE[name](rows, earlier, entries) if name in _MORE and rows else [])


def unlikely_in(tables: Mapping[str, Sequence[Row]], entries: Entries) -> list[str]:
    """Return what is unlikely in one file taken by itself."""
    return [reason for name, rows in tables.items() for reason in unlikely(name, rows, (), entries)]


def _area(row: Row, entries: Entries) -> str:
    code = row["la_code"]
    return f"{entries[code].name} ({code})" if code in entries else row.get("region_code") or "England"


def _listed(what: str, cases: Sequence[str]) -> list[str]:
    """Return one reason that lists cases, nothing without any."""
    more = f" and {len(cases) - _LISTED} more" if len(cases) > _LISTED else ""
    return [f"{what}: {'; '.join(cases[:_LISTED])}{more}"] if cases else []


def _outliers(series: Series, rows: Sequence[Row], earlier: Sequence[Row], entries: Entries) -> list[tuple[float, str]]:
    values: dict[tuple[Any, ...], dict[Any, float]] = defaultdict(dict)
    found: list[tuple[float, str]] = []
    ordered = [(row, False) for row in earlier]
    ordered += [(row, True) for row in sorted(rows, key=lambda row: str(row[series.period]))]
    for row, is_new in ordered:
        value, period = row[series.value], row[series.period]
        if value is None or (series.only and row[series.only[0]] != series.only[1]):
            continue
        before = values[tuple(row[name] for name in (*_AREA, *series.of))]
        last = max((each for each in before if each <= period), default=None)
        if is_new and last is not None:
            is_group = bool(series.groups_pct) and row["geographic_level"] != "local_authority"
            was, pct = before[last], bound(series.groups_pct if is_group else series.pct)
            base = min(abs(value), abs(was)) if series.is_ratio else abs(was)
            if abs(value - was) > max(base * pct / 100, bound(series.least)):
                said = f"{_area(row, entries)} {row[series.of[-1]]} {period} {value:,.10g}, {last} {was:,.10g}"
                found.append((-abs(value - was) / (abs(was) or 1), said))
        before[period] = value
    return found


_AREA = ("geographic_level", "region_code", "la_code")


def _population(rows: Sequence[Row], earlier: Sequence[Row], entries: Entries) -> list[str]:
    """A file of last year under another year; a projection that bends."""
    year, series = max(row["mid_year"] for row in rows), rows[0]["series"]
    found: dict[tuple[Any, ...], dict[int, float]] = defaultdict(dict)
    for row in (row for row in (*earlier, *rows) if row["series"] == series):
        found[tuple(row[name] for name in ("age_band", *_AREA))][row["mid_year"]] = row["people"]
    if series == "ons_estimate":
        same = [values[year] == values[year - 1] for values in found.values() if {year, year - 1} <= set(values)]
        return [f"{sum(same)} figures are those of mid-{year - 1}"] if 2 * sum(same) > len(same) else []
    bends = []
    for key, values in found.items():
        for last in (last for last in sorted(values) if {last - 1, last - 2} <= set(values)):
            bend = abs(values[last] - 2 * values[last - 1] + values[last - 2]) / values[last - 1] * 100
            if bend > bound("projection_bend_pct"):
                bends.append(f"{_area({'la_code': key[-1]}, entries)} mid-{last - 2} to mid-{last} by {bend:.1f}%")
    return _listed("the projection is not as smooth as it was", bends)


def _prices(rows: Sequence[Row], earlier: Sequence[Row], _: Entries) -> list[str]:
    """Rises beyond those that were, and years away from the last vintage that was listed before."""
    last = next((row["vintage"] for row in reversed(earlier) if row["vintage"] != rows[0]["vintage"]), "")
    before = [row for row in earlier if row["vintage"] == last]
    now, then = ({FinancialYear.parse(row["financial_year"]): row for row in each} for each in (rows, before))
    names = ("least_rise", "most_rise", "revision", "unrevised")
    least, most, by, level = (bound(f"deflator_{name}_pct") for name in names)
    up, was = (
        {y: (row["index"] / of[y.previous]["index"] - 1) * 100 for y, row in sorted(of.items()) if y.previous in of}
        for of in (now, then)
    )
    ratios = {year: row["index"] / then[year]["index"] for year, row in sorted(now.items()) if year in then}
    dents = []
    for year, ratio in ratios.items():
        beside = [ratios[each] for each in (year.previous, year.next) if each in ratios]
        beside = [*ratios.values()][1:3] if year == min(ratios) else beside
        if len(beside) > 1 and abs(beside[0] / beside[1] - 1) * 100 < level < abs(ratio / beside[0] - 1) * 100:
            dents.append(f"{year} {now[year]['index']:g}, {then[year]['index'] * beside[0]:.4f} by {last}")
    rises = [f"{year} {pct:+.2f}%" for year, pct in up.items() if not least <= pct <= most]
    revised = [f"{y} {up[y]:+.2f}%, was {was[y]:+.2f}%" for y in up if y in was and abs(up[y] - was[y]) > by]
    unsettled = [str(y) for y in ratios if _KINDS.index(now[y]["kind"]) > _KINDS.index(then[y]["kind"])]
    return [
        *_listed(f"rises outside {least:g}% to {most:g}%", rises),
        *_listed(f"rises revised by over {by:g} points", revised),
        *_listed("revised alone, the years beside it not", dents),
        *_listed("no longer outturn", unsettled),
        *_listed(f"years of {last} that are missing", [str(year) for year in sorted(set(then) - set(now))]),
    ]


#: From the closest; a neighbour further down the list is never closer.
CLOSENESS = ("extremely close", "very close", "close", "somewhat close", "not close")


def _neighbours(rows: Sequence[Row], earlier: Sequence[Row], entries: Entries) -> list[str]:
    """Authorities that keep fewer neighbours of the model before than any did; distances that differ from both ends."""
    last = max((row["model"] for row in earlier if row["model"] < rows[0]["model"]), default="")
    before = [row for row in earlier if row["model"] == last]
    now, then = (_together(each, "la_code", "neighbour_la_code") for each in (rows, before))
    few = [code for code in now if code in then and len(now[code] & then[code]) < bound("neighbours_kept")]
    found = _listed(f"too few neighbours of the model of {last}", [_area({"la_code": code}, entries) for code in few])
    return found + _distances(rows, entries)


def _distances(rows: Sequence[Row], entries: Entries) -> list[str]:
    """Two authorities are as far apart seen from the one as from the other; in the files of 2021 and 2025 all are.

    So there is an order of all pairs from near to far that fits every list: each goes on outwards, whoever it leaves
    out is further than its last, and each word for closeness begins where the one before it ends.
    """
    lists: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["position"]):
        if not entries[row["la_code"]].closed:  # the sets from before reorganisations were made apart
            lists[row["la_code"]].append(row)
    listed = {(code, row["neighbour_la_code"]) for code, of in lists.items() for row in of}
    order: TopologicalSorter[frozenset[str]] = TopologicalSorter()
    for code, of in lists.items():
        pairs = [frozenset((code, row["neighbour_la_code"])) for row in of]
        for number, far in enumerate(pairs[1:]):
            order.add(far, pairs[number])
        for pair, row in zip(pairs, of, strict=True):
            other, level = row["neighbour_la_code"], CLOSENESS.index(row["closeness"].casefold())
            order.add(frozenset(CLOSENESS[level : level + 1]), pair)
            if level:
                order.add(pair, frozenset(CLOSENESS[level - 1 : level]))
            if other in lists and (other, code) not in listed:
                order.add(pair, frozenset((other, lists[other][-1]["neighbour_la_code"])))
    try:
        order.prepare()
    except CycleError as error:
        pairs = [pair for pair in error.args[1][1:] if len(pair) > 1]
        named = [" and ".join(sorted(entries[code].name for code in pair)) for pair in pairs]
        return _listed("neighbours that are not as far apart seen from both", named)
    return []


def _together(rows: Iterable[Row], by: str, column: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row[by]].add(row[column])
    return found


def _constituencies(rows: Sequence[Row], earlier: Sequence[Row], _: Entries) -> list[str]:
    """Another number of seats, other seats, members who sat elsewhere, parties that nobody was of."""
    seats, then = ({row["pcon_code"]: row for row in each} for each in (rows, earlier))
    number = bound("constituencies_in_england")
    found = [f"{len(seats)} constituencies in England, not {number:g}"] if then and len(seats) != number else []
    sat, parties = {row["mp_name"]: code for code, row in then.items()}, {row["party"] for row in then.values()}
    areas = [_together(each, "pcon_code", "la_code") for each in (rows, earlier)]
    lists: dict[str, list[str]] = defaultdict(list)
    for code, row in seats.items() if then else ():
        name, old = row["pcon_name"], then.get(code)
        if old is None or old["pcon_name"] != name or areas[0][code] != areas[1][code]:
            lists["seats that were not there, or in other authorities"].append(f"{name} ({code})")
        if sat.get(row["mp_name"], code) != code:
            lists["members who sat elsewhere"].append(f"{row['mp_name']} ({name})")
        if row["party"] not in parties:
            lists["parties that nobody was of"].append(f"{row['party']} ({name})")
        if old and old["mp_name"] != row["mp_name"]:
            lists[_MEMBERS].append(name)
    if len(lists[_MEMBERS]) <= bound("members_changed"):
        del lists[_MEMBERS]
    return found + [reason for what, cases in lists.items() for reason in _listed(what, cases)]


_MEMBERS = "changes of member"


def _returns(rows: Sequence[Row], earlier: Sequence[Row], entries: Entries) -> list[str]:
    """Periods missing between others; authorities with the figures of the period before in all that they have."""
    period = next(iter(rows[0]))
    last, value = max(row[period] for row in rows), "count" if "count" in rows[0] else "value"
    found: dict[str, dict[int, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for row in (*earlier, *rows):
        if row[period] in (last, last - 1) and row["la_code"] and row[value]:
            found[row["la_code"]][row[period]][row.get("item") or row["plan_type"]] = row[value]
    both = {code: of for code, of in found.items() if len(of[last]) >= bound("copied_figures")}
    copied = [_area({"la_code": code}, entries) for code, of in both.items() if of[last] == of[last - 1]]
    there = {row[period] for row in rows}
    gaps = [str(one) for one in range(min(there), last) if one not in there]
    found_twice = copied if 2 * len(copied) < len(both) else []
    return [*_listed("periods that are missing", gaps), *_listed(f"all figures are those of {last - 1}", found_twice)]


def _ages(rows: Sequence[Row], _: Sequence[Row], entries: Entries) -> list[str]:
    """One age alone that is a symbol: it could be reckoned, so publishers withhold several or none."""
    ages: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        ages[tuple(row[name] for name in (*_AREA, "january", "plan_type"))].append(row)
    symbols = [[row for row in of if row["count"] is None] for of in ages.values() if len(of) > 1]
    alone = [of[0] for of in symbols if len(of) == 1]
    cases = [f"{_area(row, entries)} {row['age_group']} {row['january']}" for row in alone]
    return _listed("one age alone is a symbol", cases)


def _spending(rows: Sequence[Row], _: Sequence[Row], entries: Entries) -> list[str]:
    """Services below zero."""
    least = -bound("service_below_zero_gbp")
    low = [row for row in rows if row["unit"] == "gbp" and (row["value"] or 0) < least]
    return _listed(
        "below zero", [f"{_area(row, entries)} {row['kind']}, {row['line']} {row['value']:,.0f}" for row in low]
    )


_MORE: dict[str, Callable[[Sequence[Row], Sequence[Row], Entries], list[str]]] = {
    "population": _population,
    "prices": _prices,
    "neighbours": _neighbours,
    "constituencies": _constituencies,
    "spending": _spending,
    "ehc_plans_by_age": _ages,
    **dict.fromkeys(_ALL, _returns),
}
