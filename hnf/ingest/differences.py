"""What a new file changes against what is there, in words, and what of it would make the tables worse."""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from hnf.analysis.bounds import Bound, bound_years, year_bounds
from hnf.analysis.editions import KEY, RETURNS, Revision, block_rows_of, release_rows_of, revisions
from hnf.analysis.protection import COLUMN_A, ProtectionRules, populations, rules_of
from hnf.formula.bands import Interval, possible
from hnf.formula.protection import TOLERANCE_GBP
from hnf.ingest.recognise import BLOCK, BlockColumns, edition_rows, logged_headings, reference_edition
from hnf.measures.notes import place_rule
from hnf.measures.published import ENGLAND, block_frame
from hnf.results import Answer
from hnf.tables.authorities import Authorities
from hnf.tables.schema import LEFT_OUT, SEN2_ITEMS, TABLES, term_label
from hnf.tables.store import Store
from hnf.years import FinancialYear

TOTAL = "total_before_deductions"
#: Per cent: totals of authorities that moved by more from one year to the next are named.
NOTABLE_PCT = 15.0
_NAMED = 8
_FEW = 3


@dataclass
class Differences:
    """Sentences about what changed, and the reasons for which good data would be replaced with worse."""

    said: list[str] = field(default_factory=list)
    worse: list[str] = field(default_factory=list)


def compare_block(before: Store, after: Store, year: str, edition: str, columns: BlockColumns) -> Differences:
    """Compare a new edition of the DSG with the one before it."""
    differences = Differences()
    _same_edition(differences, before, after, year, edition)
    reference = reference_edition(before, year, edition)
    if reference is None:
        differences.said.append("There is no earlier edition to compare it with.")
        return differences
    differences.said.append(f"Compared with {reference[0]}, edition of {reference[1]}:")
    new, old = edition_rows(after, BLOCK, year, edition), edition_rows(before, BLOCK, *reference)
    _authorities(differences, Authorities.of(after), codes_of(old), codes_of(new), year)
    _columns(differences, new, old, columns)
    _renamed(differences, columns, logged_headings(before, *reference))
    _formulas(differences, _printed(after, year, edition), _printed(before, *reference))
    left = [f"Rows that no table takes: {', '.join(columns.left)}."] if columns.left else []
    differences.said += left
    old_rows, new_rows = block_rows_of(before, *reference), block_rows_of(after, year, edition)
    if reference[0] == year:
        changed = revisions(old_rows, new_rows)
        _revised(differences, Authorities.of(after), changed, f"hnf diff {reference[1]} {edition} --year {year}")
        differences.worse += symbols_for_numbers(changed, Authorities.of(after))
    else:
        _totals(differences, Authorities.of(after), old_rows, new_rows)
    _magnitudes(
        differences,
        (old_rows, new_rows),
        [edition_rows(*one) for one in ((before, "dsg_pupils", *reference), (after, "dsg_pupils", year, edition))],
        " ".join(reference[:1]),
    )
    return differences


def compare_release(
    before: Store, after: Store, table: str, release: str, *, is_chosen: bool = False
) -> tuple[dict[str, Any], Differences]:
    """Compare one table of a new release of SEN2 with the counts that are there of the same periods, in numbers too.

    Of a file of chosen authorities the others are not lost: what is there of them stays, and is what questions use.
    """
    differences, directory = Differences(), Authorities.of(after)
    new, held = release_rows_of(after, release, table), before.table(table)
    said, worse, title, terms = differences.said, differences.worse, RETURNS[table], set(new["term"])
    headline = "plans" if table == "ehc_plans" else next(iter(SEN2_ITEMS[table]))
    remaining = set(new["period"])
    new_periods = sorted(remaining - set(held[held.columns[0]].cast(pl.String)))
    for period in new_periods:
        of = (pl.col("period") == period) & (pl.col("term") == headline) & (pl.col("area") == ENGLAND)
        many = "".join(f": {count:,.0f} in England" for count in new.filter(of)["number"].drop_nulls())
        said.append(f"{title}: {_span(table, [period])} is new{many}.")
        said += _repeats(before, new, table, (period, headline))
    against: dict[str, list[str]] = {}
    found: list[Revision] = []
    known: list[set[str]] = []
    for other in sorted(set(held["release"]), key=lambda other: (other == release, other), reverse=True):
        old = release_rows_of(before, other, table)
        known.append(set(old["term"]))
        if other == release and (gone := sorted(set(old["period"]) - set(new["period"]))):
            worse.append(f"release {other} is here with {_span(table, gone)}, which would be lost")
        if not (shared := sorted(set(old["period"]) & remaining)):
            continue
        remaining -= set(shared)
        if is_chosen:
            old = old.join(new, on=["area", "period", "term"], how="semi")
        against[other] = shared
        in_both = pl.col("period").is_in(shared) & pl.col("term").is_in(terms & known[-1])
        changed = tuple(one for one in revisions(old.filter(in_both), new.filter(in_both)) if one.kind != "symbol")
        found += changed
        command = f"hnf diff {other} {release}{'' if table == 'ehc_plans' else f' --table {table}'}"
        said.append(f"{title}, compared with release {other}, {_span(table, shared)}:")
        also = [] if is_chosen else _also_changed(before, after, table, (other, release), shared)
        if changed or not also:
            _revised(differences, directory, changed, command, headline)
        said += also
        worse += symbols_for_numbers(changed, directory)
        if lost := sorted({one.area for one in changed if one.kind == "lost"}):
            worse.append(f"counts that release {other} has are not in it, for {coded_names(directory, lost)}")
    moved = sorted((one for one in found if one.difference), key=lambda one: -abs(one.difference or 0))
    first = {one.area: one for one in reversed(moved) if one.area != ENGLAND}
    largest = {one.area: one for one in moved if first.get(one.area) is one}
    for area, one in list(largest.items())[:_FEW]:
        numbers = f"{one.new:,.0f}, was {one.old:,.0f}"
        said.append(f"Largest change: {directory[area].name} ({area}), {one.label}, {one.period}: {numbers}.")
    items = {"new_items": sorted(terms.difference(*known)), "items_gone": sorted(set().union(*known[:1]) - terms)}
    for words, names in zip(("new items", "not in it any more"), items.values(), strict=True):
        said += [f"{title}, {words}: {', '.join(names)}."] if names else []
    left_out = new.filter(pl.col("status") == LEFT_OUT).height
    said += [f"{title}: {left_out} printed figures are left out, as data/sen2_returns.toml says."] if left_out else []
    held_too = set(release_rows_of(before, release, table)["period"])  # of these the rest of the release is there
    in_part = set(new["period"]) - held_too if is_chosen else set()
    drift = {
        **{"table": table, "release": release, "rows": new.height, "periods": sorted(set(new["period"]))},
        **{"new_periods": new_periods, "against": against, **items},
        **_came_and_went(differences, held, new, directory, new_periods if is_chosen else None),
        **{kind: len([one for one in found if one.kind == kind]) for kind in ("revised", "withdrawn", "given", "lost")},
        **{"revised_authorities": len(largest), "largest": [one.to_json() for one in largest.values()]},
        "left_out": left_out,
        "apart": _apart(differences, after, new, (release, table, headline), in_part),
    }
    return drift, differences


def _repeats(before: Store, new: pl.DataFrame, table: str, of: tuple[str, str]) -> list[str]:
    """Say where symbols stand for numbers of the period before, or most authorities have its count of all."""
    period, last = of[0], _span(table, [str(int(of[0]) - 1)])
    is_number = (pl.col("geographic_level") == "local_authority") & (pl.col("number") > 0)
    held = [release_rows_of(before, release, table) for release in sorted(set(before.table(table)["release"]))]
    then = pl.concat(held).filter(is_number & (pl.col("period") == str(int(period) - 1)))
    now = new.filter(pl.col("period") == period)
    gone = now.filter(pl.col("number").is_null()).join(then, on=["area", "term"], how="semi")
    counts, old = (rows.filter(is_number & (pl.col("term") == of[1])) for rows in (now, then))
    same, whom = counts.join(old, on=["area", "number"], how="semi").height, sorted(set(gone["area"]))
    said = [f"{RETURNS[table]}: {gone.height} symbols for numbers of {last}: {', '.join(whom)}."] if whom else []
    many = f"{RETURNS[table]}: {same} of {counts.height} authorities have the count of {last}, unchanged."
    return [*said, many] if 2 * same > counts.height > 1 else said


def _also_changed(before: Store, after: Store, table: str, releases: tuple[str, str], shared: list[str]) -> list[str]:
    """Say how many numbers differ that `hnf diff` does not list: those of regions, and of plans by age."""
    said = []
    ages = [("ehc_plans_by_age", "by age")] if table == "ehc_plans" else []
    for name, what in ((table, "of regions"), *ages):
        period, value = TABLES[name].columns[0], "count" if table == "ehc_plans" else "value"
        of = pl.col(period).cast(pl.String).is_in(shared)
        of = of & (pl.col("geographic_level") == "regional") if name == table else of
        key = [column for column in TABLES[name].key if column != "release"]
        old, new = (
            store.table(name).filter(of & (pl.col("release") == release)).select(*key, value)
            for store, release in zip((before, after), releases, strict=True)
        )
        both = old.join(new, on=key, suffix="_new", validate="1:1")
        changed = both.filter(pl.col(value).ne_missing(pl.col(f"{value}_new")))
        areas = changed.filter(pl.col("la_code") != "")["la_code"].n_unique()
        words = f"{changed.height} numbers {what} changed" + (f", of {areas} authorities" if areas else "")
        gone = old.join(new, on=key, how="anti").height if new.height else 0
        said += [f"{words}."] if changed.height else []
        said += [f"{gone} numbers {what} are not there any more."] if gone else []
    return said


def _span(table: str, periods: list[str]) -> str:
    """Return periods in words: January 2019 to January 2025, or 2024."""
    when = "January " if TABLES[table].columns[0] == "january" else ""
    ends = dict.fromkeys((periods[0], periods[-1]))
    return " to ".join(f"{when}{period}" for period in ends)


def _came_and_went(
    differences: Differences,
    held: pl.DataFrame,
    new: pl.DataFrame,
    directory: Authorities,
    chosen: list[str] | None = None,
) -> dict[str, list[str]]:
    """Return authorities that the last period has and the one before it has not, and the other way round.

    `chosen` are the new periods of a file that is not of all authorities, None for one that is.
    """
    last, period = max(new["period"]), pl.col(held.columns[0])
    now = set(new.filter(pl.col("period") == last)["area"]) - {ENGLAND}
    of_many = held.filter(pl.col("la_code").n_unique().over(period) * 2 > held["la_code"].n_unique())
    earlier = of_many.filter(period <= int(last)).filter(period == period.max())
    then, value = codes_of(earlier), pl.col("count" if "count" in held.columns else "value")
    size = dict(earlier.group_by("la_code").agg(value.max().fill_null(0)).iter_rows())
    is_open = {code for code in now | then if not "" < directory[code].closed <= f"{last}-12-31"}
    gone = sorted(sorted((then - now) & is_open), key=lambda code: -size[code])  # the largest is named first
    coming = sorted((now - then) & is_open) if then else []
    differences.said += [f"New authorities: {coded_names(directory, coming)}."] if coming else []
    lost = f"authorities would be lost that the register does not close: {coded_names(directory, gone)}"
    if chosen is not None:
        lost = f"questions would take {last} as the last, of which {len(gone)} authorities have no figure"
        lost, gone = (
            f"{lost}: {coded_names(directory, gone)}",
            gone if last in chosen and last > str(held[held.columns[0]].max()) else [],
        )
    differences.worse += [lost] if gone else []
    return {"new_authorities": coming, "lost_authorities": gone}


def _apart(
    differences: Differences, after: Store, new: pl.DataFrame, of: tuple[str, str, str], in_part: set[str]
) -> list[dict[str, Any]]:
    """Return the numbers of England and regions that authorities do not add up to, or exceed where some are not there.

    That is where some are symbols, and in the periods `in_part`, of which some authorities are there only.
    """
    release, table, headline = of
    known = {code: (one.region_code, one.region_name) for code, one in Authorities.of(after).by_code.items()}
    own = new.filter((pl.col("geographic_level") == "local_authority") & (pl.col("unit") != "pct"))
    regions = pl.col("area").replace_strict({code: region for code, (region, _) in known.items()})
    number, total, key = pl.col("number"), pl.col("sum"), ["period", "area", "term"]
    sums = (
        pl.concat([own.with_columns(area=pl.lit(ENGLAND)), own.with_columns(area=regions)])
        .group_by(key)
        .agg(sum=number.sum(), gaps=number.is_null().sum())
    )
    wholes = release_rows_of(after, release, table, ("national", "regional")).join(sums, on=key, validate="m:1")
    # Beside a symbol the others may add up to more where counts may be below zero.
    is_signed = any(field.name == "value" and field.minimum is None for field in TABLES[table].fields)
    too_many = (total > number) & pl.lit(not is_signed)
    is_whole = (pl.col("gaps") == 0) & ~pl.col("period").is_in(in_part)
    off = wholes.filter(too_many | ((total != number) & is_whole)).sort(KEY)
    rows = off.select("area", "period", item="term", printed="number", sum="sum").to_dicts()
    for area in dict.fromkeys(row["area"] for row in rows):
        of_area = sorted((row for row in rows if row["area"] == area), key=lambda row: row["item"] != headline)
        row, name = of_area[0], dict(known.values()).get(area, "England")
        item = SEN2_ITEMS.get(table, {}).get(row["item"], "EHC plans")
        words = (
            f"{RETURNS[table]}: {name} is not the sum of its authorities in {len(of_area)} counts, such as {item}, "
            f"{row['period']}: {row['printed']:,.0f}, and the sum is {row['sum']:,.0f}"
        )
        differences.said += [f"{words}."] if row["item"] != headline else []
        differences.worse += [words] if row["item"] == headline else []
    return rows


def compare_next(name: str, before: Store, new: pl.DataFrame, directory: Authorities) -> Differences:
    """Compare a new mid-year or model with the last: authorities that the register does not close must be there."""
    differences = Differences([f"New: {new.height:,} rows."])
    column, table = ("mid_year" if name == "population" else "model"), before.table(name)
    if name == "population":
        table = table.filter(pl.col("series") == new["series"][0])
    table = table.filter(pl.col(column) < new[column][0])
    last = table.filter(pl.col(column) == pl.col(column).max())
    if not last.is_empty():
        year = int(new[column][0])
        _authorities(differences, directory, codes_of(last), codes_of(new), f"{year}-{(year + 1) % 100:02d}")
    return differences


def compare_rows(table: str, old: pl.DataFrame, new: pl.DataFrame, directory: Authorities) -> Differences:
    """Compare rows of another table with those they replace."""
    differences = Differences()
    if old.is_empty():
        differences.said.append(f"New: {new.height:,} rows.")
        return differences
    value = {"population": "people", "prices": "index", "neighbours": "neighbour_la_code", "constituencies": "mp_name"}
    key = {
        "population": ["geographic_level", "region_code", "la_code", "age_band"],
        "prices": ["financial_year"],
        "neighbours": ["la_code", "position"],
        "constituencies": ["pcon_code", "la_code"],
    }[table]
    both = old.join(new, on=key, how="full", suffix="_new", coalesce=True)
    column = value[table]
    changed = both.filter(pl.col(column) != pl.col(f"{column}_new")).height
    if table == "constituencies":
        differences.said += _members(both.unique("pcon_code").sort("pcon_name"))
    lost = old.join(new, on=key, how="anti")
    gained = new.join(old, on=key, how="anti").height
    what = {"people": "number of people", "neighbour_la_code": "neighbour", "mp_name": "member"}.get(column, column)
    differences.said.append(f"{changed:,} of {old.height:,} rows have another {what}; {gained:,} are new.")
    if lost.height:
        whom = coded_names(directory, sorted(codes_of(lost))) if "la_code" in lost.columns else ""
        differences.worse.append(f"{lost.height:,} rows that are there would be lost{f', for {whom}' if whom else ''}")
    return differences


def _members(seats: pl.DataFrame) -> list[str]:
    """Say which seats have another member or the same in another party: both are counted, and each is named."""
    said = []
    same = pl.col("mp_name") == pl.col("mp_name_new")
    for words, column, is_so in (("another member", "mp_name", ~same), ("a member of another party", "party", same)):
        found = seats.filter(is_so & (pl.col(column) != pl.col(f"{column}_new")))
        rows = found.select("pcon_name", f"{column}_new", column).iter_rows()
        listed = "; ".join(f"{seat}, {now}, was {then}" for seat, now, then in rows)
        have = "seat has" if found.height == 1 else "seats have"
        said.append(f"{found.height} {have} {words}{f': {listed}' if listed else ''}.")
    return said


# The table of a year that had only bounds tests the rules: column A must lie where funding floor and gains limit left
# it, reckoned from the tables before. Outside is said and never refused: a table is what it is.


@dataclass(frozen=True)
class OutsideBand(Answer):
    """An authority whose column A lies outside a band, by so many pounds (less than 0: below its lower end).

    `places` are those that explain it: with their money in the baseline of one year, column A is the gains limit; None
    where no whole number gives that, or only one above what earlier years show (`places_at_most`). `places_needed` is
    the least number that could lift the limit so far. `narrowed_by` says what made the band narrower than the rules.
    """

    JSON = (
        "la_code la_name published_gbp lower_gbp upper_gbp outside_by_gbp places places_needed places_at_most",
        "narrowed_by",
    )

    la_code: str
    la_name: str
    published_gbp: float
    lower_gbp: float
    upper_gbp: float
    places: int | None
    places_needed: int | None
    places_at_most: int
    narrowed_by: tuple[str, ...] = ()

    @property
    def outside_by_gbp(self) -> float:
        """Column A minus the end of the band that it is beyond."""
        is_above = self.published_gbp > self.upper_gbp
        return self.published_gbp - (self.upper_gbp if is_above else self.lower_gbp)

    @property
    def in_words(self) -> str:
        """Who, by how much, and with how many places."""
        found = self.outside_by_gbp
        words = f"{self.la_name} ({self.la_code}) £{abs(found):,.0f} {'above' if found > 0 else 'below'}"
        if self.narrowed_by:
            return f"{words} it, narrowed by {' and '.join(self.narrowed_by)}"
        number = self.places or self.places_needed
        places = f"{number} place{'' if number == 1 else 's'} of £{place_rule().place_gbp:,.0f}"
        if self.places:
            return f"{words} the limit, which {places} in its baseline {'explains' if number == 1 else 'explain'}"
        if number:
            shown = f"earlier years show {self.places_at_most or 'none'}"
            return f"{words} the limit (at least {places} would have to be in its baseline, {shown})"
        return f"{words} the floor"


@dataclass(frozen=True)
class BoundsTest(Answer):
    """Column A of a new table and the bands that the rules had left for it.

    `inside` counts the authorities within £2 of their band, those on the floor and on the limit among them; `narrowed`
    those whose band other figures had made narrower than the rules, `narrowed_outside` which are outside that one.
    """

    JSON = (
        "year rules=rule_words authorities inside on_floor on_limit tolerance_gbp outside not_tested",
        {"narrowed": "authorities=narrowed inside=narrowed_inside outside=narrowed_outside"},
        "basis",
    )
    basis, tolerance_gbp = "implied", TOLERANCE_GBP

    rules: tuple[ProtectionRules, ...]
    authorities: int
    on_floor: int
    on_limit: int
    outside: tuple[OutsideBand, ...]
    not_tested: tuple[str, ...]
    narrowed: int
    narrowed_outside: tuple[OutsideBand, ...]

    @property
    def year(self) -> FinancialYear:
        """The year of the table."""
        return self.rules[-1].year

    @property
    def inside(self) -> int:
        """How many lie in the band of the rules."""
        return self.authorities - len(self.outside)

    @property
    def narrowed_inside(self) -> int:
        """How many lie in a band that was narrower."""
        return self.narrowed - len(self.narrowed_outside)

    @property
    def rule_words(self) -> str:
        """The rises per head between which the band lies."""
        rises = [f"{each.floor_pct:g}% to {each.limit_pct:g}% on {each.baseline_year}" for each in self.rules]
        return ", then ".join(rises)

    def sentences(self, directory: Authorities) -> list[str]:
        """Say it in words, those outside by the most first."""
        year, often = self.year, "" if len(self.rules) == 1 else " every year"
        said = [
            f"Test of floor and limit, column A of {year} per head ({self.rule_words}): {self.inside} of "
            f"{self.authorities} authorities inside their band, {self.on_floor} of them on the floor{often} and "
            f"{self.on_limit} on the limit{often}, {len(self.outside) or 'none'} outside."
        ]
        if self.outside:
            said.append(f"Outside: {_most_first(self.outside)}.")
        if self.narrowed:
            narrower = f"{self.narrowed_inside} inside the narrower one"
            said.append(f"Other figures had narrowed the band of {self.narrowed}: {narrower}.")
        if self.narrowed_outside:
            said.append(f"Outside the narrower one: {_most_first(self.narrowed_outside)}.")
        if self.not_tested:
            said.append(
                f"Without a band or without column A, so not tested: {coded_names(directory, [*self.not_tested])}."
            )
        return said


def _most_first(outside: tuple[OutsideBand, ...]) -> str:
    sorted_by = sorted(outside, key=lambda one: -abs(one.outside_by_gbp))
    rest = f"; and {len(outside) - _NAMED} more (--format json has all)" if len(outside) > _NAMED else ""
    return "; ".join(one.in_words for one in sorted_by[:_NAMED]) + rest


def check_bands(before: Store, after: Store, year: FinancialYear) -> BoundsTest | None:
    """Return how column A of a new table lies in the bands of the tables before it; None where that year had none."""
    if year not in bound_years(before):
        return None
    rules = tuple(rules_of(before, each) for each in bound_years(before) if each <= year)
    rises = [Interval(each.floor_pct, each.limit_pct) for each in rules]
    mid_years = (rules[0].previous_mid_year, *(each.mid_year for each in rules))
    heads = [populations(before, mid_year) for mid_year in mid_years]
    bounds, table, place = year_bounds(before, year).rows, block_frame(after, year), place_rule().place_gbp
    on_floor, on_limit, narrowed, not_tested = 0, 0, 0, []
    outside: list[OutsideBand] = []
    narrowed_outside: list[OutsideBand] = []
    for row in table.iter_rows(named=True):
        code, published = row["area"], row.get(COLUMN_A)
        if code not in bounds or published is None:
            not_tested.append(code)
            continue
        band, people = Interval(*bounds[code].by_rules.ends), bounds[code].heads
        on_floor += abs(published - band.lower) <= TOLERANCE_GBP
        on_limit += abs(published - band.upper) <= TOLERANCE_GBP
        # What a place adds to the limit, by the year into whose baseline its money moves.
        worth = [possible(place / heads[n][code], rises[n:], {})[-1].upper * people for n in range(len(rises))]
        outside += _outside(bounds[code], published, band, worth)
        if closers := tuple(closer.what for closer in bounds[code].closed_by):
            narrowed += 1
            narrower = Interval(bounds[code].lower_gbp, bounds[code].upper_gbp)
            narrowed_outside += _outside(bounds[code], published, narrower, [], closers)
    tested = table.height - len(not_tested)
    return BoundsTest(
        rules, tested, on_floor, on_limit, tuple(outside), tuple(not_tested), narrowed, tuple(narrowed_outside)
    )


def _outside(
    bound: Bound, published: float, band: Interval, worth: list[float], narrowed_by: tuple[str, ...] = ()
) -> list[OutsideBand]:
    """Return the authority where column A is further from its band than pounds are rounded; nothing where it is not."""
    if band.lower - TOLERANCE_GBP <= published <= band.upper + TOLERANCE_GBP:
        return []
    above = published - band.upper
    numbers = [(round(above / each), each) for each in worth if above > 0]
    exact = [n for n, each in numbers if abs(above - n * each) <= TOLERANCE_GBP and 1 <= n <= bound.places_at_most]
    needed = math.ceil((above - TOLERANCE_GBP) / max(worth)) if numbers else None
    places = (min(exact, default=None), needed, bound.places_at_most)
    return [OutsideBand(bound.la_code, bound.la_name, published, band.lower, band.upper, *places, narrowed_by)]


def codes_of(frame: pl.DataFrame) -> set[str]:
    """Return the authorities of a frame."""
    return set(frame["la_code"]) - {""}


def symbols_for_numbers(changed: tuple[Revision, ...], directory: Authorities) -> list[str]:
    """Say where a symbol would take the place of a number."""
    found = [one for one in changed if one.kind == "withdrawn"]
    if not found:
        return []
    first = found[0]
    name = directory[first.area].name if first.area in directory.by_code else "England"
    return [
        f"symbols are where numbers were in {len(found)} places, such as {first.label.lower()} of {name}, "
        f"{first.period}: {first.old:,.0f}, now {first.new_status}"
    ]


def _same_edition(differences: Differences, before: Store, after: Store, year: str, edition: str) -> None:
    if edition_rows(before, BLOCK, year, edition).is_empty():
        return
    changed = revisions(block_rows_of(before, year, edition), block_rows_of(after, year, edition))
    if changed:
        areas = sorted({one.area for one in changed if one.geographic_level == "local_authority"})
        differences.worse.append(
            f"the edition of {edition} of {year} is already here with other figures: {len(changed)} numbers of "
            f"{len(areas)} authorities differ"
        )
    else:
        differences.said.append(f"The edition of {edition} of {year} is already here, with the same figures.")


def _authorities(differences: Differences, directory: Authorities, old: set[str], new: set[str], year: str) -> None:
    start = f"{FinancialYear.parse(year).start}-04-01"
    closed = {code for code in old - new if directory[code].closed and directory[code].closed < start}
    if new - old:
        differences.said.append(f"New authorities: {coded_names(directory, sorted(new - old))}.")
    if closed:
        differences.said.append(f"Closed since: {coded_names(directory, sorted(closed))}.")
    if lost := sorted(old - new - closed):
        differences.worse.append(
            f"authorities would be lost that the register does not close: {coded_names(directory, lost)}"
        )
    if old == new:
        differences.said.append(f"The same {len(new)} authorities.")


def _columns(differences: Differences, new: pl.DataFrame, old: pl.DataFrame, columns: BlockColumns) -> None:
    now, then = _letters(new), _letters(old)
    for term in columns.extra:
        differences.said.append(
            f"New column [{now[term]}] '{columns.headings[term]}': the printed formula adds it; kept as {term}."
        )
    for term in sorted(set(now) - set(then) - set(columns.extra)):
        differences.said.append(f"New column [{now[term]}]: {term_label(term)} ({term}).")
    for term in sorted(set(then) - set(now)):
        differences.said.append(f"No column any more: {term_label(term)} ({term}), [{then[term]}] before.")
    moved = [
        f"{term} [{then[term]}] to [{now[term]}]" for term in sorted(set(now) & set(then)) if now[term] != then[term]
    ]
    if moved:
        differences.said.append(f"Letters changed: {', '.join(moved)}.")


def _renamed(differences: Differences, columns: BlockColumns, then: dict[str, str]) -> None:
    """Name headings that read otherwise than in the edition before, where those were kept."""
    for term, heading in columns.headings.items():
        if term in then and _without_dates(then[term]) != _without_dates(heading):
            differences.said.append(f"Heading of {term}: '{heading}', was '{then[term]}'.")


def _without_dates(heading: str) -> str:
    return re.sub(rf"\b({'|'.join(calendar.month_name[1:]).casefold()}|20\d\d)\b", "", heading)


def _letters(frame: pl.DataFrame) -> dict[str, str]:
    national = frame.filter((pl.col("geographic_level") == "national") & (pl.col("letter") != ""))
    sheets = set(national.filter(pl.col("term") == TOTAL)["sheet"])
    return {
        term: letter
        for term, letter, sheet in national.select("term", "letter", "sheet").iter_rows()
        if sheet in sheets
    }


def _printed(store: Store, year: str, edition: str) -> dict[str, str]:
    return dict(edition_rows(store, "dsg_formula_rows", year, edition).select("term", "printed").iter_rows())


def _formulas(differences: Differences, new: dict[str, str], old: dict[str, str]) -> None:
    for term in sorted(set(new) | set(old)):
        now, then = (found.get(term, "").removeprefix("=").strip() for found in (new, old))
        if now != then:
            differences.said.append(f"Formula of {term}: {now or 'none'}; before: {then or 'none'}.")


def _revised(
    differences: Differences,
    directory: Authorities,
    changed: tuple[Revision, ...],
    command: str,
    headline: str = TOTAL,
) -> None:
    codes = sorted({one.area for one in changed if one.geographic_level == "local_authority"})
    if not changed:
        differences.said.append("No number changed.")
        return
    national = [one for one in changed if one.area == ENGLAND and one.term == headline]
    for one in national[-1:]:
        if one.old is not None and one.new is not None:
            what, amounts = one.label.replace("High", "high"), (_amount(one.new, one.unit), _amount(one.old, one.unit))
            differences.said.append(f"England, {what}, {one.period}: {amounts[0]}, was {amounts[1]}.")
    whom = f": {coded_names(directory, codes)}" if codes else ""
    many = f"{len(codes)} authorities" if len(codes) != 1 else "1 authority"
    differences.said.append(f"{len(changed)} numbers changed, of {many}{whom}. See `{command}`.")


def _totals(differences: Differences, directory: Authorities, old: pl.DataFrame, new: pl.DataFrame) -> None:
    sides = [dict(frame.filter(pl.col("term") == TOTAL).select("area", "number").iter_rows()) for frame in (old, new)]
    then, now = sides
    moves: list[tuple[float, str]] = []
    for area in now:
        first, second = then.get(area), now[area]
        if first and second is not None:
            moves.append(((second / first - 1) * 100, area))
    england = next((pct for pct, area in moves if area == ENGLAND), None)
    if england is not None:
        differences.said.append(f"Total of England: £{now[ENGLAND]:,.0f}, {england:+.1f}%.")
    large = sorted(
        (move for move in moves if abs(move[0]) > NOTABLE_PCT and move[1] != ENGLAND), key=lambda m: -abs(m[0])
    )
    if large:
        named = ", ".join(f"{directory[area].name} {pct:+.1f}%" for pct, area in large[:_NAMED])
        rest = f" and {len(large) - _NAMED} more" if len(large) > _NAMED else ""
        differences.said.append(f"Totals that moved by more than {NOTABLE_PCT:.0f}%: {named}{rest}.")


#: England's figures that have never doubled or halved from one edition to the next: beyond that, the unit is another.
_STEADY = (TOTAL, "total_after_deductions", "nff_in_protection", "basic_entitlement_rate")


def _magnitudes(
    differences: Differences, blocks: tuple[pl.DataFrame, pl.DataFrame], pupils: list[pl.DataFrame], then: str
) -> None:
    """Compare the size of England's figures with the edition before: one in thousands is a thousandth."""
    old, new = (
        dict(
            rows.filter((pl.col("area") == ENGLAND) & pl.col("number").is_not_null())
            .select("term", "number")
            .iter_rows()
        )
        | dict(heads.filter(pl.col("geographic_level") == "national").select("phase", "pupils").iter_rows())
        for rows, heads in zip(blocks, pupils, strict=True)
    )
    for term in (*_STEADY, "primary", "secondary"):
        if term in old and term in new and not 0.5 < new[term] / old[term] < 2:
            label = term_label(term) if term in _STEADY else f"{term} pupils"
            differences.worse.append(
                f"England's {label[:1].lower()}{label[1:]} is {new[term]:,.0f}, and {old[term]:,.0f} in {then} "
                f"({(new[term] / old[term] - 1) * 100:+,.1f}%): the unit is another, or the figures are wrong"
            )


def _amount(value: float, unit: str) -> str:
    return f"£{value:,.0f}" if unit.startswith("gbp") else f"{value:,.0f}"


def coded_names(directory: Authorities, codes: list[Any]) -> str:
    """Return names with codes, the first few and how many more."""
    shown = [f"{directory[c].name} ({c})" if c in directory.by_code else str(c) for c in codes[:_NAMED]]
    rest = f" and {len(codes) - _NAMED} more" if len(codes) > _NAMED else ""
    return ", ".join(shown) + rest
