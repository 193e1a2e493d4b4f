"""What a new file changes against what is there, in words, and what of it would make the tables worse."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from hnf.analysis.edition_rows import Revision, block_rows_of, plan_rows_of, revisions
from hnf.authorities import Authorities
from hnf.ingest.dsg_columns import BlockColumns
from hnf.ingest.history import BLOCK, edition_rows, logged_headings, reference_edition
from hnf.measures.published import ENGLAND
from hnf.store import Store
from hnf.tables import SYMBOLS, term_label
from hnf.years import FinancialYear

TOTAL = "total_before_deductions"
#: Per cent: totals of authorities that moved by more from one year to the next are named.
NOTABLE_PCT = 15.0
_NAMED = 8


@dataclass
class Drift:
    """Sentences about what changed, and the reasons for which good data would be replaced with worse."""

    said: list[str] = field(default_factory=list)
    worse: list[str] = field(default_factory=list)


def block_drift(before: Store, after: Store, year: str, edition: str, columns: BlockColumns) -> Drift:
    """Compare a new edition of the DSG with the one before it.

    Parameters
    ----------
    before, after : Store
        The tables without and with the new rows.
    year, edition : str
        Of the new rows.
    columns : BlockColumns
        How its headings were placed.
    """
    drift = Drift()
    _same_edition(drift, before, after, year, edition)
    reference = reference_edition(before, year, edition)
    if reference is None:
        drift.said.append("There is no earlier edition to compare it with.")
        return drift
    drift.said.append(f"Compared with {reference[0]}, edition of {reference[1]}:")
    new, old = edition_rows(after, BLOCK, year, edition), edition_rows(before, BLOCK, *reference)
    _authorities(drift, Authorities.of(after), codes_of(old), codes_of(new), year)
    _columns(drift, new, old, columns)
    _renamed(drift, columns, logged_headings(before, *reference))
    _formulas(drift, _printed(after, year, edition), _printed(before, *reference))
    old_rows, new_rows = block_rows_of(before, *reference), block_rows_of(after, year, edition)
    if reference[0] == year:
        changed = revisions(old_rows, new_rows)
        _revised(drift, Authorities.of(after), changed, f"hnf diff {reference[1]} {edition} --year {year}")
        drift.worse += symbols_for_numbers(changed, Authorities.of(after))
    else:
        _totals(drift, Authorities.of(after), old_rows, new_rows)
    return drift


def plans_drift(before: Store, after: Store, release: str) -> Drift:
    """Compare a new release of SEN2 with the counts that are there of the same Januaries."""
    drift = Drift()
    directory = Authorities.of(after)
    new = plan_rows_of(after, release).filter(pl.col("term") == "plans")
    earlier = sorted(set(before.table("ehc_plans")["release"]))
    known = set(before.table("ehc_plans")["january"].cast(pl.String))
    for january in sorted(set(new["period"]) - known):
        count = new.filter((pl.col("period") == january) & (pl.col("area") == ENGLAND))["number"].to_list()
        drift.said.append(
            f"January {january} is new: {count[0]:,.0f} plans in England."
            if count and count[0] is not None
            else f"January {january} is new."
        )
    remaining = set(new["period"])
    for other in reversed(earlier):
        old = plan_rows_of(before, other).filter(pl.col("term") == "plans")
        shared = set(old["period"]) & remaining
        remaining -= shared
        if not shared:
            continue
        sides = [frame.filter(pl.col("period").is_in(shared)) for frame in (old, new)]
        changed = revisions(*sides)
        spans = f"January {min(shared)} to January {max(shared)}" if len(shared) > 1 else f"January {min(shared)}"
        drift.said.append(f"Compared with release {other}, {spans}:")
        _revised(drift, directory, changed, f"hnf diff {other} {release}")
        drift.worse += symbols_for_numbers(changed, directory)
        lost = sorted({one.area for one in changed if one.new_status == "absent"})
        if lost:
            drift.worse.append(f"counts that release {other} has are not in it, for {_names(directory, lost)}")
    return drift


def population_drift(before: Store, new: pl.DataFrame, directory: Authorities) -> Drift:
    """Compare a new mid-year with the one before it: authorities that the register does not close must be there."""
    drift = Drift([f"New: {new.height:,} rows."])
    year, series = new["mid_year"][0], new["series"][0]
    table = before.table("population").filter((pl.col("series") == series) & (pl.col("mid_year") < year))
    last = table.filter(pl.col("mid_year") == pl.col("mid_year").max())
    if not last.is_empty():
        _authorities(drift, directory, codes_of(last), codes_of(new), f"{year}-{(year + 1) % 100:02d}")
    return drift


def scope_drift(table: str, old: pl.DataFrame, new: pl.DataFrame, directory: Authorities) -> Drift:
    """Compare rows of another table with those they replace.

    Parameters
    ----------
    table : str
    old, new : polars.DataFrame
        The rows that go and those that come: the same mid-year, vintage, model or list.
    directory : Authorities
    """
    drift = Drift()
    if old.is_empty():
        drift.said.append(f"New: {new.height:,} rows.")
        return drift
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
    lost = old.join(new, on=key, how="anti")
    gained = new.join(old, on=key, how="anti").height
    what = {"people": "number of people", "neighbour_la_code": "neighbour", "mp_name": "member"}.get(column, column)
    drift.said.append(f"{changed:,} of {old.height:,} rows have another {what}; {gained:,} are new.")
    if lost.height:
        whom = _names(directory, sorted(codes_of(lost))) if "la_code" in lost.columns else ""
        drift.worse.append(f"{lost.height:,} rows that are there would be lost{f', for {whom}' if whom else ''}")
    return drift


def codes_of(frame: pl.DataFrame) -> set[str]:
    """Return the authorities of a frame."""
    return set(frame["la_code"]) - {""}


def symbols_for_numbers(changed: tuple[Revision, ...], directory: Authorities) -> list[str]:
    """Say where a symbol would stand in place of a number."""
    found = [one for one in changed if one.old is not None and one.new_status in SYMBOLS]
    if not found:
        return []
    first = found[0]
    name = directory[first.area].name if first.area in directory.by_code else "England"
    return [
        f"symbols stand where numbers were in {len(found)} places, such as {first.label.lower()} of {name}, "
        f"{first.period}: {first.old:,.0f}, now {first.new_status}"
    ]


def _same_edition(drift: Drift, before: Store, after: Store, year: str, edition: str) -> None:
    if edition_rows(before, BLOCK, year, edition).is_empty():
        return
    changed = revisions(block_rows_of(before, year, edition), block_rows_of(after, year, edition))
    if changed:
        areas = sorted({one.area for one in changed if one.geographic_level == "local_authority"})
        drift.worse.append(
            f"the edition of {edition} of {year} is already here with other figures: {len(changed)} numbers of "
            f"{len(areas)} authorities differ"
        )
    else:
        drift.said.append(f"The edition of {edition} of {year} is already here, with the same figures.")


def _authorities(drift: Drift, directory: Authorities, old: set[str], new: set[str], year: str) -> None:
    start = f"{FinancialYear.parse(year).start}-04-01"
    closed = {code for code in old - new if directory[code].closed and directory[code].closed < start}
    if new - old:
        drift.said.append(f"New authorities: {_names(directory, sorted(new - old))}.")
    if closed:
        drift.said.append(f"Closed since: {_names(directory, sorted(closed))}.")
    if lost := sorted(old - new - closed):
        drift.worse.append(f"authorities would be lost that the register does not close: {_names(directory, lost)}")
    if old == new:
        drift.said.append(f"The same {len(new)} authorities.")


def _columns(drift: Drift, new: pl.DataFrame, old: pl.DataFrame, columns: BlockColumns) -> None:
    now, then = _letters(new), _letters(old)
    for term in columns.extra:
        drift.said.append(
            f"New column [{now[term]}] '{columns.headings[term]}': the printed formula adds it; kept as {term}."
        )
    for term in sorted(set(now) - set(then) - set(columns.extra)):
        drift.said.append(f"New column [{now[term]}]: {term_label(term)} ({term}).")
    for term in sorted(set(then) - set(now)):
        drift.said.append(f"No column any more: {term_label(term)} ({term}), [{then[term]}] before.")
    moved = [
        f"{term} [{then[term]}] to [{now[term]}]" for term in sorted(set(now) & set(then)) if now[term] != then[term]
    ]
    if moved:
        drift.said.append(f"Letters changed: {', '.join(moved)}.")


def _renamed(drift: Drift, columns: BlockColumns, then: dict[str, str]) -> None:
    """Name headings that read otherwise than in the edition before, where those were kept."""
    for term, heading in columns.headings.items():
        if term in then and _without_dates(then[term]) != _without_dates(heading):
            drift.said.append(f"Heading of {term}: '{heading}', was '{then[term]}'.")


def _without_dates(heading: str) -> str:
    return re.sub(
        r"\b(january|february|march|april|may|june|july|august|september|october|november|december|20\d\d)\b",
        "",
        heading,
    )


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


def _formulas(drift: Drift, new: dict[str, str], old: dict[str, str]) -> None:
    for term in sorted(set(new) | set(old)):
        now, then = (found.get(term, "").removeprefix("=").strip() for found in (new, old))
        if now != then:
            drift.said.append(f"Formula of {term}: {now or 'none'}; before: {then or 'none'}.")


def _revised(drift: Drift, directory: Authorities, changed: tuple[Revision, ...], command: str) -> None:
    codes = sorted({one.area for one in changed if one.geographic_level == "local_authority"})
    if not changed:
        drift.said.append("No number changed.")
        return
    national = [one for one in changed if one.area == ENGLAND and one.term in (TOTAL, "plans")]
    for one in national[-1:]:
        if one.old is not None and one.new is not None:
            what, amounts = one.label.replace("High", "high"), (_amount(one.new, one.unit), _amount(one.old, one.unit))
            drift.said.append(f"England, {what}, {one.period}: {amounts[0]}, was {amounts[1]}.")
    whom = f": {_names(directory, codes)}" if codes else ""
    many = f"{len(codes)} authorities" if len(codes) != 1 else "1 authority"
    drift.said.append(f"{len(changed)} numbers changed, of {many}{whom}. See `{command}`.")


def _totals(drift: Drift, directory: Authorities, old: pl.DataFrame, new: pl.DataFrame) -> None:
    sides = [dict(frame.filter(pl.col("term") == TOTAL).select("area", "number").iter_rows()) for frame in (old, new)]
    then, now = sides
    moves: list[tuple[float, str]] = []
    for area in now:
        first, second = then.get(area), now[area]
        if first and second is not None:
            moves.append(((second / first - 1) * 100, area))
    england = next((pct for pct, area in moves if area == ENGLAND), None)
    if england is not None:
        drift.said.append(f"Total of England: £{now[ENGLAND]:,.0f}, {england:+.1f}%.")
    large = sorted(
        (move for move in moves if abs(move[0]) > NOTABLE_PCT and move[1] != ENGLAND), key=lambda m: -abs(m[0])
    )
    if large:
        named = ", ".join(f"{directory[area].name} {pct:+.1f}%" for pct, area in large[:_NAMED])
        rest = f" and {len(large) - _NAMED} more" if len(large) > _NAMED else ""
        drift.said.append(f"Totals that moved by more than {NOTABLE_PCT:.0f}%: {named}{rest}.")


def _amount(value: float, unit: str) -> str:
    return f"£{value:,.0f}" if unit.startswith("gbp") else f"{value:,.0f}"


def _names(directory: Authorities, codes: list[Any]) -> str:
    shown = [f"{directory[c].name} ({c})" if c in directory.by_code else str(c) for c in codes[:_NAMED]]
    rest = f" and {len(codes) - _NAMED} more" if len(codes) > _NAMED else ""
    return ", ".join(shown) + rest
