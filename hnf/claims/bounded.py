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
from hnf.measures.register import PLAIN, Measure, Population
from hnf.tables.store import Store
from hnf.text import capital, join_words
from hnf.years import FinancialYear

_Pair = tuple[Interval, Interval]
_ONS = "people_2_18_ons"
_AGREES: tuple[Agreement, Agreement] = ("consistent", "consistent with places")


def bounded_years(store: Store, claim: Claim) -> tuple[list[FinancialYear], bool]:
    """Return the years with bounds that a claim may mean, and whether it means no other year without a table."""
    known, said = bound_years(store), claim.said_in
    named = _named_year(claim)
    if claim.kind == "5" or claim.year:  # what column A holds has changed in earlier years
        is_alike = claim.start is None or claim.start >= financial_years(store)[-1].start
        return [year for year in known if year == named], named in known and is_alike
    if claim.end:  # a calendar year is part of two financial years
        return [year for year in known if claim.end - year.start in (0, 1)], False
    return [year for year in known if said is None or year.start <= said], bool(
        known and said and said <= known[-1].start
    )


def _named_year(claim: Claim) -> FinancialYear | None:
    return claim.year or (FinancialYear(claim.end) if claim.end else None)


def search_bounds(store: Store, claim: Claim) -> list[ImpliedFinding]:
    """Compute what is left of the number of a claim that is, or may be, of the formula per head."""
    code = find_code(store, claim.authority) if claim.authority not in RATE_WORDS else ""
    is_rise = claim.kind == "5" and claim.unit == "pct" and claim.per == "head" and claim.other_value is None
    if not code or claim.measure not in ("", "nff") or claim.per not in ("", "head") or claim.prices == "real":
        return []
    if not (is_rise or claim.kind in ("2", "3", "4")):
        return []
    other = ""
    if claim.kind == "4" or claim.than or claim.other_value is not None:
        if claim.comparator in ("", *RATE_WORDS):
            return []
        other = find_code(store, claim.comparator)
    years, _ = bounded_years(store, claim)
    return [found for year in years for found in _in_year(store, claim, (code, other), year)]


def _in_year(store: Store, claim: Claim, codes: tuple[str, str], year: FinancialYear) -> Iterator[ImpliedFinding]:
    rows, places = year_bounds(store, year).rows, [code for code in codes if code]
    for population in cast("tuple[Population, ...]", ("dfe", "ons")):
        heads, note = _heads(store, year, population)
        if not all(code in rows and code in heads for code in places):
            continue
        levels = [{c: _per_head(rows[c], heads[c], places=p) for c in rows if c in heads} for p in (False, True)]
        if claim.kind == "5":
            found = list(_rises(store, claim, codes[0], year, population))
        else:
            if claim.other_value is not None:
                there = levels[0][codes[1]]
                beside = f"beside £{there.lower:,.0f} to £{there.upper:,.0f} in {name_of(store, codes[1])}"
                note = f"{note}, {beside}" if note else beside
            ranges = [_range(store, claim, level, codes, heads[codes[0]]) for level in levels]
            found = [(note, (ranges[0], ranges[1]))] if ranges[0] and ranges[1] else []
        count = len(members_of(store, claim.group, levels[0])) if claim.kind == "2" else None
        for words, bands in found:
            agrees = (_may_be(claim, band, levels[n].get(codes[1]), count) for n, band in enumerate(bands))
            judged: Agreement = next((word for word, agree in zip(_AGREES, agrees, strict=True) if agree), "excluded")
            yield ImpliedFinding(
                year=str(year),
                population=population,
                comparator=claim.comparator if codes[1] else "",
                lower=bands[0].lower,
                upper=bands[0].upper,
                lower_with_places=bands[1].lower,
                upper_with_places=bands[1].upper,
                unit=claim.unit,
                universe=count,
                agreement="not judged" if claim.unread else judged,
                ids=tuple(id_ for code in places for id_ in _ids(claim, rows[code], population)),
                note=words,
            )


def _per_head(row: Bound, heads: float, *, places: bool) -> Interval:
    """Return the bound of an authority per head, with all places that may have moved into column A or with none."""
    return Interval(row.lower_gbp, row.upper_with_places_gbp if places else row.upper_gbp).times(1 / heads)


def _heads(store: Store, year: FinancialYear, population: Population) -> tuple[dict[str, float], str]:
    """Return heads by code, and a note where they are of an earlier year's estimate."""
    if population == "dfe":
        return {code: row.heads for code, row in year_bounds(store, year).rows.items()}, ""
    mid = year.mid_year.year
    last = next((each for each in range(mid, mid - 5, -1) if plain_amounts(store, _ONS, each).values), mid)
    return plain_amounts(store, _ONS, last).values, "" if last == mid else f"estimate of mid-{last}, the latest held"


def _ids(claim: Claim, row: Bound, population: Population) -> tuple[str, ...]:
    """Return the ids of the ends that an answer rests on, and of the heads."""
    ends = (
        ("lower_rank", "upper_rank") if claim.kind == "2" and not claim.group else ("lower_per_head", "upper_per_head")
    )
    parts = ends if population == "dfe" else ("lower", "upper")
    return tuple(bound_id(row.year, row.la_code, part) for part in (*parts, "allowance"))


def _range(
    store: Store, claim: Claim, levels: dict[str, Interval], codes: tuple[str, str], heads: float
) -> Interval | None:
    """Return what is left of a rank, a level, a difference, or the pounds that another rate would bring."""
    own = levels[codes[0]]
    if claim.kind == "2":
        members = members_of(store, claim.group, levels)
        if codes[0] not in members:
            return None
        lowest, highest = possible_ranks(members)[codes[0]]
        from_top = len(members) + 1
        is_low = claim.direction == "lowest"
        return Interval(lowest, highest) if is_low else Interval(from_top - highest, from_top - lowest)
    if claim.kind == "3" and not claim.than:
        return own
    other = levels[codes[1]]
    more, less = Interval(own.lower - other.upper, own.upper - other.lower), other.lower - own.upper
    if claim.than == "more":
        return more
    if claim.than == "gap":
        return Interval(max(0.0, more.lower, less), max(more.upper, -more.lower))
    return Interval(less, -more.lower).times(heads if claim.kind == "4" else 1.0)


def _rises(
    store: Store, claim: Claim, code: str, year: FinancialYear, population: Population
) -> Iterator[tuple[str, _Pair]]:
    """Return what is left of the growth per head, without and with places, by the figure it is counted from."""
    start = FinancialYear(claim.start) if claim.start else year.previous
    (heads, note), found = _heads(store, year, population), year_bounds(store, year)
    row = found.rows[code]
    ends = [_per_head(row, heads[code], places=places) for places in (False, True)]
    if start in bound_years(store):
        before, (old, _) = year_bounds(store, start).rows[code], _heads(store, start, population)
        rises = []
        for places, end in enumerate(ends):
            rise = possible_rise(_per_head(before, old[code], places=bool(places)), end)
            if start == year.previous:
                more = 1 + before.allowance_gbp / before.lower_gbp if places else 1.0
                rule = Interval(1 + found.rules.floor_pct / 100, (1 + found.rules.limit_pct / 100) * more)
                rule = rule.times(row.heads / before.heads * old[code] / heads[code])
                rise = rise.meet(Interval((rule.lower - 1) * 100, (rule.upper - 1) * 100))
            rises.append(rise)
        yield note, (rises[0], rises[1])
        return
    for measure in cast("tuple[Measure, ...]", ("nff", "nff_additional")):
        try:
            rate = rate_table(store, RateSpec(start, measure, "head", population)).values[code]
        except (UsageError, KeyError):
            continue
        words = ", ".join(word for word in (f"on the {PLAIN[measure].words} of {start}", note) if word)
        yield words, (possible_rise(Interval(rate, rate), ends[0]), possible_rise(Interval(rate, rate), ends[1]))


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
    """Say what does not follow for a year after the last table that a claim may mean, and where it was reported."""
    held, bounded, named = financial_years(store)[-1], bound_years(store), _named_year(claim)
    if claim.kind in ("1", "share") or (named is not None and named <= held) or claim.authority in RATE_WORDS:
        return []
    notes = ["The whole block after the last table does not follow from published rules: it is not implied."]
    if bounded and named is not None and named > bounded[-1]:
        try:
            year_bounds(store, named)
        except UsageError as error:
            notes.append(f"{capital(error.what).rstrip('.')}.")
    area = find_code(store, claim.authority) or ENGLAND
    last = named or FinancialYear(claim.said_in or held.start)
    said = {row["financial_year"] for row in reported(store, area).rows if row["area_code"] == area}
    if years := sorted(year for year in said if str(named or held.next) <= year <= str(last)):
        name = name_of(store, claim.authority)
        notes.append(f'Reported of {join_words(years)}, which proves nothing: `hnf reported "{name}"`.')
    return notes
