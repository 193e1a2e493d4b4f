"""What published rules leave of a claim's number after the last table: a range, of the formula per head alone.

Heads are those of the formula, and those of the ONS estimate (the latest one held where that of the year is not), since
a statement rarely says which. A claim is excluded only where both exclude it, with all places that may have moved into
column A counted in its favour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from hnf.analysis.bounds import Bound, bound_id, bound_years, year_bounds
from hnf.analysis.reported import reported
from hnf.claims.reading import Agreement, ImpliedFinding, Number, Reading, number_in_words
from hnf.claims.said import Said
from hnf.claims.search import HIGHEST_RATE
from hnf.claims.words import codes_of, members_of
from hnf.errors import UsageError
from hnf.formula.bands import Interval, possible_ranks, possible_rise
from hnf.measures.published import financial_years, plain_amounts
from hnf.measures.rates import RateSpec, rate_table
from hnf.measures.register import MEASURES, Measure, Population
from hnf.measures.shares import periods_of
from hnf.tables.store import Store
from hnf.text import join_words
from hnf.years import FinancialYear

_ONS = "people_2_18_ons"
_AGREES: tuple[Agreement, Agreement] = ("consistent", "consistent with places")
_POPULATIONS: tuple[Population, ...] = ("dfe", "ons")
#: Column A, without and with what joined it after the last table.
_STARTS: dict[Measure, str] = {"nff": "on the formula", "nff_additional": "on the formula with additional"}
_Ranges = list[Interval]
_Heads = dict[str, float]
_Ids = dict[str, tuple[str, ...]]


def bounded_years(store: Store, reading: Reading, said: Said) -> tuple[list[FinancialYear], bool]:
    """Return the years with bounds that a reading may mean, and whether it means no other year without a table."""
    known, named, last = bound_years(store), _named_year(reading), financial_years(store)[-1]
    if reading.form == "change" or named:  # what column A holds has changed in earlier years
        start = reading.start.financial or FinancialYear(reading.start.year) if reading.start else None
        is_alike = reading.start is None or (start is not None and reading.start.kind != "past" and start >= last)
        return [year for year in known if year == named], named in known and is_alike
    if reading.end and reading.end.kind == "year":  # a calendar year is part of two financial years
        return [year for year in known if reading.end.year - year.start in (0, 1)], False
    years = [year for year in known if said.last is None or year.start <= said.last.year]
    return years, bool(known and said.last and said.last.year <= known[-1].start)


def _named_year(reading: Reading) -> FinancialYear | None:
    return reading.end.financial if reading.end else None


def search_bounds(store: Store, reading: Reading, said: Said) -> list[ImpliedFinding]:
    """Compute what is left of the number of a claim that is, or may be, of the formula per head."""
    number, names, other = reading.number, reading.what.measures if reading.what else (), reading.other
    unit = number.unit if number else ""
    is_rise = reading.form == "change" and unit == "pct" and reading.per == "head" and not reading.other_number
    is_level = reading.form in ("rank", "gap") or (
        reading.form in ("level", "difference")
        and unit == "gbp"
        and number is not None
        and number.value <= HIGHEST_RATE
    )
    if number is None or not (is_rise or is_level) or reading.prices == "real" or reading.is_negated:
        return []
    if "nff" not in names or reading.per not in ("", "head") or reading.is_rank_of_change:
        return []
    compares = other is not None or reading.form in ("gap", "difference")
    if compares and (other is None or other.kind != "authority"):
        return []
    codes = [code for place in (reading.who, other) if place for code in codes_of(place)]
    if len(codes) != 1 + compares or not all(code.isdigit() for code in codes):
        return []
    return [found for year in bounded_years(store, reading, said)[0] for found in _in_year(store, reading, codes, year)]


def _in_year(store: Store, reading: Reading, codes: list[str], year: FinancialYear) -> Iterator[ImpliedFinding]:
    rows = year_bounds(store, year).rows
    for population in _POPULATIONS:
        heads, inputs, whose = _heads(store, year, population)
        if not all(code in rows and code in heads for code in codes):
            continue
        levels = [{c: _per_head(rows[c], heads[c], at) for c in rows if c in heads} for at in (0, 1)]
        count = len(members_of(store, reading, levels[0])) if reading.form == "rank" else None
        if reading.form == "change":
            found = list(_rises(store, reading, codes[0], year, population))
        else:
            found = [
                ("", [band for level in levels for band in _ranges(store, reading, level, codes, heads[codes[0]])])
            ]
        others = [level[codes[-1]] if reading.other_number is not None else None for level in levels]
        ids = tuple(i for code in codes for i in (*_ids(reading, rows[code], population), *inputs.get(code, ())))
        for start, bands in found:
            agrees = [_may_be(reading, *both, count) for both in zip(bands, others, strict=False)]
            judged = next((word for word, agree in zip(_AGREES, agrees, strict=False) if agree), "excluded")
            agreement = "not judged" if reading.unread else cast("Agreement", judged)
            note = f"{whose}, {start}" if start else whose
            if bands:
                ends = (bands[0], bands[1])
                unit = reading.number.unit if reading.number else ""
                yield ImpliedFinding(str(year), population, *ends, unit, count, agreement, ids, note)


def _per_head(row: Bound, heads: float, with_places: int) -> Interval:
    """Return the bound of an authority per head, with all places that may have moved into column A or with none."""
    if not with_places:
        return Interval(row.lower_gbp, row.upper_gbp).times(1 / heads)
    return Interval(min(row.lower_gbp, row.with_places.lower_gbp), row.upper_with_places_gbp).times(1 / heads)


def _heads(store: Store, year: FinancialYear, population: Population) -> tuple[_Heads, _Ids, str]:
    """Return heads by code, their ids where no bound has them among its inputs, and whose they are in words."""
    if population == "dfe":
        return {code: row.heads for code, row in year_bounds(store, year).rows.items()}, {}, "formula's population"
    mid = year.mid_year.year
    last = max((int(each) for each in periods_of(store, _ONS) if int(each) <= mid), default=mid)
    words = "ONS" if last == mid else f"ONS, estimate of mid-{last}, the latest held"
    found = plain_amounts(store, _ONS, last)
    return found.values, found.inputs, words


def _ids(reading: Reading, row: Bound, population: Population) -> tuple[str, ...]:
    """Return the ids of the ends that an answer rests on; on the ONS estimate they are pounds."""
    end = "" if population == "ons" else "_rank" if reading.form == "rank" and not reading.group else "_per_head"
    return tuple(bound_id(row.year, row.la_code, part) for part in (f"lower{end}", f"upper{end}", "allowance"))


def _ranges(store: Store, reading: Reading, levels: dict[str, Interval], codes: list[str], heads: float) -> _Ranges:
    """Return what is left of a rank, a level, a difference, or the pounds that another rate would bring."""
    own, other = levels[codes[0]], levels[codes[-1]]
    if reading.form == "rank":
        members = members_of(store, reading, levels)
        low, high = possible_ranks(members).get(codes[0], (0, 0))
        ends = (
            (low, high)
            if reading.end_of_rank == "lowest" or not _is_from_top(reading, len(members))
            else (len(members) + 1 - high, len(members) + 1 - low)
        )
        return [Interval(*ends)] if low else []
    more, less = Interval(own.lower - other.upper, own.upper - other.lower), other.lower - own.upper
    if reading.form == "gap" or (reading.form == "difference" and reading.direction == "down"):
        return [Interval(less, -more.lower).times(heads if reading.form == "gap" else 1.0)]
    if reading.form == "difference" and not reading.direction:
        return [Interval(max(0.0, more.lower, less), max(more.upper, -more.lower))]
    return [more if reading.form == "difference" else own]


def _is_from_top(reading: Reading, count: int) -> bool:
    """Whether a rank counts from the highest: "133rd of 151" does, without a word for the end."""
    number = reading.number
    return reading.end_of_rank == "highest" or bool(not reading.end_of_rank and number and number.value > count / 2)


def _rises(
    store: Store, reading: Reading, code: str, year: FinancialYear, population: Population
) -> Iterator[tuple[str, _Ranges]]:
    """Return what is left of the growth per head, without and with places, by the figure it is counted from."""
    start = (reading.start.financial or FinancialYear(reading.start.year)) if reading.start else year.previous
    found, heads = year_bounds(store, year), _heads(store, year, population)[0][code]
    ends = [_per_head(found.rows[code], heads, at) for at in (0, 1)]
    if start in bound_years(store):
        before, old = year_bounds(store, start).rows[code], _heads(store, start, population)[0][code]
        rises = [possible_rise(_per_head(before, old, at), end) for at, end in enumerate(ends)]
        for at in range(2 if start == year.previous else 0):
            more = 1 + at * before.allowance_gbp / before.lower_gbp
            scale = found.rows[code].heads / before.heads * old / heads
            low, high = (1 + pct / 100 for pct in (found.rules.floor_pct, found.rules.limit_pct))
            rises[at] = rises[at].meet(Interval((low * scale - 1) * 100, (high * more * scale - 1) * 100))
        yield "", rises
        return
    for measure, words in _STARTS.items():
        try:
            rate = rate_table(store, RateSpec(start, measure, "head", population)).values[code]
        except (UsageError, KeyError):
            continue
        yield f"{words} of {start}", [possible_rise(Interval(rate, rate), end) for end in ends]


def _may_be(reading: Reading, band: Interval, other: Interval | None, universe: int | None) -> bool:
    """Whether numbers in the bands may be those said: a rank among other authorities too; bounds have no ceiling."""
    number = reading.number
    if number is None:
        return True
    if reading.direction == "down" and reading.form == "change":
        band = Interval(-band.upper, -band.lower)
    if reading.universe and universe:
        number = replace(number, half=max(number.half, abs(reading.universe - universe)))
    if other is not None and reading.other_number is not None and not _near(other, reading.other_number):
        return False
    return _near(band, number)


def _near(band: Interval, number: Number) -> bool:
    return any(number.holds(min(max(end, band.lower), band.upper)) for end in (number.value, band.lower, band.upper))


def range_in_words(reading: Reading, found: ImpliedFinding) -> str:
    """Say what a number lies between: "between £677 and £709 per head", "2nd or 3rd lowest of 151"."""
    end = f" {reading.end_of_rank or 'lowest'}" if found.unit == "rank" else ""
    low, high = (number_in_words(each, found.unit) for each in (found.band.lower, found.band.upper))
    places = number_in_words(found.with_places.upper, found.unit)
    words = low if low == high else f"between {'the ' if end else ''}{low} and {'the ' if end else ''}{high}"
    if end:
        words = f"{low} or {high}" if found.band.upper - found.band.lower == 1 else words
        return f"{words}{end} of {found.universe}"
    words += " per head" if reading.form == "level" else ""
    return words if places == high else f"{words} (up to {places} with places)"


def not_implied(store: Store, reading: Reading, said: Said) -> list[str]:
    """Say that the block does not follow for years after the last table, and where it was reported of them."""
    held, named, who = financial_years(store)[-1], _named_year(reading), reading.who
    names = reading.what.measures if reading.what else ()
    is_held = named is not None and named <= held
    if not names or names[0] not in MEASURES or is_held or reading.form == "share" or who is None or who.kind == "rate":
        return []
    area = codes_of(who)[0]
    last = named or FinancialYear(said.last.year if said.last else held.start)
    words = ["The whole block after the last table does not follow from published rules: it is not implied."]
    rows = [row for row in reported(store, area).rows if row["area_code"] == area]
    if years := sorted({y for row in rows if str(named or held.next) <= (y := row["financial_year"]) <= str(last)}):
        words.append(f'`hnf reported "{who.name}"` shows what was said of {join_words(years)}: it proves nothing.')
    return words
