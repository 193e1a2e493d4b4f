"""What published rules leave of a claim's number after the last table: a range, of the formula per head alone.

Heads are those of the formula, and those of the ONS estimate (the latest one held where that of the year is not), since
a statement rarely says which. A claim is excluded only where both exclude it, with all places that may have moved into
column A counted in its favour.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from hnf.analysis.bounds import Bound, bound_id, bound_years, year_bounds
from hnf.analysis.reported import reported
from hnf.claims.claim import RATE_WORDS, Agreement, Claim, ImpliedFinding
from hnf.claims.search import find_code, members_of, name_of
from hnf.claims.sentence import fits
from hnf.errors import UsageError
from hnf.formula.bands import Interval, possible_ranks, possible_rise
from hnf.measures.published import ENGLAND, financial_years, plain_amounts
from hnf.measures.rates import RateSpec, rate_table
from hnf.measures.register import Measure, Population
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


def bounded_years(store: Store, claim: Claim) -> tuple[list[FinancialYear], bool]:
    """Return the years with bounds that a claim may mean, and whether it means no other year without a table."""
    known, said, named = bound_years(store), claim.said_in, _named_year(claim)
    if claim.kind == "5" or claim.year:  # what column A holds has changed in earlier years
        is_alike = claim.start is None or claim.start >= financial_years(store)[-1].start
        return [year for year in known if year == named], named in known and is_alike
    if claim.end:  # a calendar year is part of two financial years
        return [year for year in known if claim.end - year.start in (0, 1)], False
    years = [year for year in known if said is None or year.start <= said]
    return years, bool(known and said and said <= known[-1].start)


def _named_year(claim: Claim) -> FinancialYear | None:
    return claim.year or (FinancialYear(claim.end) if claim.end else None)


def search_bounds(store: Store, claim: Claim) -> list[ImpliedFinding]:
    """Compute what is left of the number of a claim that is, or may be, of the formula per head."""
    is_rise = claim.kind == "5" and claim.unit == "pct" and claim.per == "head" and claim.other_value is None
    compares = claim.kind == "4" or claim.than or claim.other_value is not None
    if not (is_rise or claim.kind in ("2", "3", "4")) or claim.authority in RATE_WORDS or claim.prices == "real":
        return []
    if claim.measure not in ("", "nff") or claim.per not in ("", "head"):
        return []
    if compares and claim.comparator in ("", *RATE_WORDS):
        return []
    codes = [find_code(store, who) for who in (claim.authority, *((claim.comparator,) if compares else ()))]
    return [found for year in bounded_years(store, claim)[0] for found in _in_year(store, claim, codes, year)]


def _in_year(store: Store, claim: Claim, codes: list[str], year: FinancialYear) -> Iterator[ImpliedFinding]:
    rows = year_bounds(store, year).rows
    for population in _POPULATIONS:
        heads, inputs, whose = _heads(store, year, population)
        if not all(code in rows and code in heads for code in codes):
            continue
        levels = [{c: _per_head(rows[c], heads[c], at) for c in rows if c in heads} for at in (0, 1)]
        count = len(members_of(store, claim.group, levels[0])) if claim.kind == "2" else None
        if claim.kind == "5":
            found = list(_rises(store, claim, codes[0], year, population))
        else:
            found = [("", [band for level in levels for band in _ranges(store, claim, level, codes, heads[codes[0]])])]
        others = [level[codes[-1]] if claim.other_value is not None else None for level in levels]
        ids = tuple(i for code in codes for i in (*_ids(claim, rows[code], population), *inputs.get(code, ())))
        for start, bands in found:
            agrees = [_may_be(claim, *both, count) for both in zip(bands, others, strict=False)]
            judged = next((word for word, agree in zip(_AGREES, agrees, strict=False) if agree), "excluded")
            agreement = "not judged" if claim.unread else cast("Agreement", judged)
            note = f"{whose}, {start}" if start else whose
            if bands:
                ends = (bands[0], bands[1])
                yield ImpliedFinding(str(year), population, *ends, claim.unit, count, agreement, ids, note)


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


def _ids(claim: Claim, row: Bound, population: Population) -> tuple[str, ...]:
    """Return the ids of the ends that an answer rests on; on the ONS estimate they are pounds."""
    end = "" if population == "ons" else "_rank" if claim.kind == "2" and not claim.group else "_per_head"
    return tuple(bound_id(row.year, row.la_code, part) for part in (f"lower{end}", f"upper{end}", "allowance"))


def _ranges(store: Store, claim: Claim, levels: dict[str, Interval], codes: list[str], heads: float) -> _Ranges:
    """Return what is left of a rank, a level, a difference, or the pounds that another rate would bring."""
    own, other = levels[codes[0]], levels[codes[-1]]
    if claim.kind == "2":
        members = members_of(store, claim.group, levels)
        low, high = possible_ranks(members).get(codes[0], (0, 0))
        ends = (low, high) if claim.direction == "lowest" else (len(members) + 1 - high, len(members) + 1 - low)
        return [Interval(*ends)] if low else []
    more, less = Interval(own.lower - other.upper, own.upper - other.lower), other.lower - own.upper
    if claim.kind == "4" or claim.than == "less":
        return [Interval(less, -more.lower).times(heads if claim.kind == "4" else 1.0)]
    if claim.than == "gap":
        return [Interval(max(0.0, more.lower, less), max(more.upper, -more.lower))]
    return [more if claim.than else own]


def _rises(
    store: Store, claim: Claim, code: str, year: FinancialYear, population: Population
) -> Iterator[tuple[str, _Ranges]]:
    """Return what is left of the growth per head, without and with places, by the figure it is counted from."""
    start = FinancialYear(claim.start) if claim.start else year.previous
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


def _may_be(claim: Claim, band: Interval, other: Interval | None, universe: int | None) -> bool:
    """Whether numbers in the bands may be those said: a rank among other authorities too; "over" has no ceiling."""
    said, tolerance = claim.value or 0.0, claim.tolerance
    if claim.universe and universe:
        tolerance = abs(claim.universe - universe)
    if (
        other is not None
        and claim.other_value is not None
        and not _near(other, claim.other_value, claim.other_tolerance)
    ):
        return False
    if claim.qualifier in ("over", "at least"):
        return band.upper >= said - tolerance
    return _near(band, said, tolerance, claim.qualifier)


def _near(band: Interval, said: float, tolerance: float, qualifier: str = "") -> bool:
    return fits(min(max(said, band.lower), band.upper), said, tolerance, qualifier)


def not_implied(store: Store, claim: Claim) -> list[str]:
    """Say that the block does not follow for years after the last table, and where it was reported of them."""
    held, named = financial_years(store)[-1], _named_year(claim)
    if claim.kind in ("1", "share") or (named is not None and named <= held) or claim.authority in RATE_WORDS:
        return []
    area, last = find_code(store, claim.authority) or ENGLAND, named or FinancialYear(claim.said_in or held.start)
    said = {row["financial_year"] for row in reported(store, area).rows if row["area_code"] == area}
    notes = ["The whole block after the last table does not follow from published rules: it is not implied."]
    if years := sorted(year for year in said if str(named or held.next) <= year <= str(last)):
        name = name_of(store, claim.authority)
        notes.append(f'`hnf reported "{name}"` shows what was said of {join_words(years)}: it proves nothing.')
    return notes
