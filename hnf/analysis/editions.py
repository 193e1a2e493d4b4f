"""Editions: those of each table and year, and what changed from one to the next.

An edition of the DSG is the date on the cover of a workbook of one year, a release of SEN2 a reporting year. Where
questions name no edition the latest is used, and for the steps of the formula the latest that prints them: an edition
may have totals only. `Store(as_at=…)` does not see those published later.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.errors import UsageError
from hnf.measures.prices import deflator
from hnf.measures.published import ENGLAND, POUNDS, TOTALS, area_column, formula_edition
from hnf.measures.register import PUBLISHED_KINDS
from hnf.results import Answer, Listing
from hnf.tables.authorities import Authorities
from hnf.tables.schema import SEN2_ITEMS, TABLES, term_label
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear

#: Two numbers of which the difference is smaller are the same: amounts are printed to the penny at most.
SAME = 0.005
#: Columns that name a row in a comparison.
KEY = ("period", "geographic_level", "area", "term")
_LEVELS = ("national", "local_authority")
_PUPILS = "pupils_"
#: Tables of the releases of SEN2, in words.
RETURNS = {"ehc_plans": "EHC plans", **{name: PUBLISHED_KINDS[name].label.partition(":")[0] for name in SEN2_ITEMS}}
_PLANS = {"total": "plans", "statement": "statements", "ehc_plan": "ehc_plans"}


@dataclass(frozen=True)
class Revision(Answer):
    """One number of one area in two editions; without one, the status is the symbol, or `absent` without the row."""

    JSON = (
        "period area term label unit old new difference change_pct old_status? new_status?",
        "old_figure_id=old_id? new_figure_id=new_id?",
    )

    period: str
    geographic_level: str
    area: str
    term: str
    unit: str
    old: float | None
    new: float | None
    old_status: str
    new_status: str
    old_id: str
    new_id: str

    @property
    def difference(self) -> float | None:
        """The new number less the old one."""
        return None if self.old is None or self.new is None else self.new - self.old

    @property
    def kind(self) -> str:
        """What became of a number: `revised`, `withdrawn` (a symbol now), `lost` (no row) or `given` (none before)."""
        if self.old is None:
            return "symbol" if self.new is None else "given"
        return "revised" if self.new is not None else "lost" if self.new_status == "absent" else "withdrawn"

    @property
    def change_pct(self) -> float | None:
        """The difference in per cent of the old number."""
        return None if self.difference is None or not self.old else self.difference / abs(self.old) * 100

    @property
    def label(self) -> str:
        """The term in words."""
        words = {"plans": "EHC plans", "statements": "Statements of SEN", "ehc_plans": "EHC plans alone"}
        if items := SEN2_ITEMS.get((self.new_id or self.old_id).partition(":")[0]):
            return items[self.term]
        if self.term.startswith(_PUPILS):
            return f"{self.term.removeprefix(_PUPILS).capitalize()} pupils"
        return words.get(self.term) or term_label(self.term)


def block_rows_of(store: Store, year: str, edition: str) -> pl.DataFrame:
    """Return the numbers of one edition of the DSG, England and authorities, money in pounds; pupils included."""
    is_wanted = (pl.col("financial_year") == year) & (pl.col("edition") == edition)
    scale = pl.col("unit").replace_strict(POUNDS, return_dtype=pl.Float64)
    block = (
        store.table("dsg_high_needs_block")
        .filter(is_wanted)
        .with_columns(
            number=pl.col("value") * scale,
            unit=pl.when(pl.col("unit") == "gbp_million").then(pl.lit("gbp")).otherwise(pl.col("unit")),
            kind=pl.lit("dsg"),
            last="term",
        )
    )
    pupils = (
        store.table("dsg_pupils")
        .filter(is_wanted)
        .with_columns(
            term=_PUPILS + pl.col("phase"),
            number="pupils",
            unit=pl.lit("pupils"),
            status=pl.lit(""),
            kind=pl.lit("pupils"),
            last="phase",
        )
    )
    return pl.concat([_shaped(frame, "financial_year", "edition") for frame in (block, pupils)])


def release_rows_of(
    store: Store, release: str, table: str = "ehc_plans", levels: tuple[str, ...] = _LEVELS
) -> pl.DataFrame:
    """Return the counts of one release of SEN2 in one table, England and authorities, all ages."""
    kind, known = next((kind, one) for kind, one in PUBLISHED_KINDS.items() if one.table == table)
    period, item = known.before[0], pl.col(known.after)
    frame = store.table(table).filter(pl.col("release") == release)
    frame = frame.with_columns(
        pl.col(period).cast(pl.String),
        term=item.replace(_PLANS) if table == "ehc_plans" else item,
        number=pl.col(known.value).cast(pl.Float64),
        unit="unit" if "unit" in frame.columns else pl.lit("plans" if table == "ehc_plans" else "count"),
        authority_type=pl.lit(""),
        kind=pl.lit(kind),
        last=item,
    )
    return _shaped(frame, period, "release", levels)


def _shaped(frame: pl.DataFrame, period: str, edition: str, levels: tuple[str, ...] = _LEVELS) -> pl.DataFrame:
    return (
        frame.filter(pl.col("geographic_level").is_in(levels))
        .with_columns(area=area_column(), period=pl.col(period))
        .with_columns(id=pl.concat_str(["kind", "period", edition, "area", "last"], separator=":"))
        .select(*KEY, "unit", "number", "status", "id")
    )


def revisions(old: pl.DataFrame, new: pl.DataFrame) -> tuple[Revision, ...]:
    """Return every row of two editions that is not the same in both, by period, area and term."""
    both = old.join(new, on=KEY, how="full", suffix="_new", coalesce=True, validate="1:1").sort(KEY)
    number, later = pl.col("number"), pl.col("number_new")
    same = (
        pl.col("id").is_not_null()
        & pl.col("id_new").is_not_null()
        & (pl.col("status") == pl.col("status_new"))
        & (number.eq_missing(later) | ((number - later).abs() < SAME).fill_null(value=False))
    )
    return tuple(_revision(row) for row in both.filter(~same.fill_null(value=False)).iter_rows(named=True))


def _revision(row: dict[str, Any]) -> Revision:
    return Revision(
        period=row["period"],
        geographic_level=row["geographic_level"],
        area=row["area"],
        term=row["term"],
        unit=row["unit_new"] or row["unit"],
        old=row["number"],
        new=row["number_new"],
        old_status="absent" if row["id"] is None else row["status"],
        new_status="absent" if row["id_new"] is None else row["status_new"],
        old_id=row["id"] or "",
        new_id=row["id_new"] or "",
    )


#: Of each table that has more than one of something: the column of the period, and that of the edition.
_TABLES = {
    "dsg_high_needs_block": ("financial_year", "edition"),
    "dsg_pupils": ("financial_year", "edition"),
    **{table: (TABLES[table].columns[0], "release") for table in RETURNS},
    "population": ("mid_year", "series"),
    "prices": ("vintage", "vintage"),
    "neighbours": ("model", "model"),
    "constituencies": ("as_at", "as_at"),
}
_EDITIONED = ("dsg_high_needs_block", "dsg_pupils", *RETURNS, "prices")


@dataclass(frozen=True)
class Comparison:
    """Two editions of the DSG of one year, or two releases of SEN2, with every number that is not the same."""

    table: str
    periods: tuple[str, ...]
    old: str
    new: str
    revisions: tuple[Revision, ...]
    #: Terms that one of two editions of the DSG does not print, because it has totals only.
    not_compared: tuple[str, ...] = ()

    @property
    def authorities(self) -> tuple[str, ...]:
        """Codes of the authorities that changed."""
        found = {one.area for one in self.revisions if one.geographic_level == "local_authority"}
        return tuple(sorted(found))

    @property
    def national(self) -> tuple[Revision, ...]:
        """What changed for England."""
        return tuple(one for one in self.revisions if one.area == ENGLAND)

    def of(self, la_code: str) -> tuple[Revision, ...]:
        """Return what changed for one authority."""
        return tuple(one for one in self.revisions if one.area == la_code)


def editions(store: Store) -> list[dict[str, Any]]:
    """Return every edition of every table and year, oldest first.

    Returns
    -------
    list of dict
        table, period, edition, published, source_id, title, rows, used (whether questions take it by default; of
        tables in which each period appears once, always).
    """
    sources = {source.id: source for source in store.catalogue}
    found: list[dict[str, Any]] = []
    for table, (period, edition) in _TABLES.items():
        columns = list(dict.fromkeys((period, edition, "source_id")))
        try:
            groups = store.table(table).group_by(columns).len().sort(columns)
        except UsageError:
            if table in SEN2_ITEMS:  # tables of later releases, as at a date before them
                continue
            raise
        rows = [dict(zip([*columns, "rows"], row, strict=True)) for row in groups.iter_rows()]
        for row in rows:
            source = sources.get(row["source_id"])
            found.append(
                {
                    "table": table,
                    "period": "" if table == "prices" else str(row[period]),
                    "edition": str(row[edition]),
                    "published": row[edition] if edition == "edition" else source.published if source else "",
                    "source_id": row["source_id"],
                    "title": source.title if source else "",
                    "rows": row["rows"],
                    "used": table not in _EDITIONED or _is_used(store, table, row, rows, (period, edition)),
                }
            )
    return found


def _is_used(
    store: Store, table: str, row: dict[str, Any], rows: list[dict[str, Any]], columns: tuple[str, str]
) -> bool:
    period, edition = columns
    if table == "prices":
        return deflator(store).vintage == str(row[edition])
    if table == "dsg_high_needs_block" and row[edition] == formula_edition(store, FinancialYear.parse(row[period])):
        return True
    return bool(row[edition] == max(other[edition] for other in rows if other[period] == row[period]))


class EditionChanges(Listing):
    """Every number that is not the same in two editions or releases, and whose."""

    ROWS = "rows"


def diff(
    store: Store, old: str | int, new: str | int, year: FinancialYear | None = None, table: str = "ehc_plans"
) -> EditionChanges:
    """Return what changed from one edition of the DSG, or release of SEN2, to another.

    Parameters
    ----------
    old, new : str or int
        Dates of editions, as 2023-07-20, or reporting years of releases, as 2025.
    year : FinancialYear, optional
        Also as 2023-24 or 2023; needed where several years have both editions.
    table : str
        Of releases: ehc_plans, placements, requests and so on.

    Returns
    -------
    EditionChanges
        One row a number of an area, in pounds, pupils or plans as its `unit` says; symbols as their status.

    Raises
    ------
    UsageError
        If there is no such edition, or no year has both; lists what there is.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.diff(hnf.Store(), 2022, 2025, "2020-21")
    >>> found.form["table"], found.form["periods"]
    ('ehc_plans', ['2020'])
    """
    found, directory = compare_editions(store, str(old), str(new), year, table), Authorities.of(store)
    rows = [
        {
            "la_code": one.area if one.area in directory.by_code else None,
            "name": directory[one.area].name if one.area in directory.by_code else "England",
            "area_code": one.area,
            "area_name": directory[one.area].name if one.area in directory.by_code else "England",
            **one.to_json(),
        }
        for one in found.revisions
    ]
    changed = [{"la_code": code, "la_name": directory[code].name} for code in found.authorities]
    periods = found.periods[0] if len(found.periods) == 1 else f"{found.periods[0]} to {found.periods[-1]}"
    what = "EHC plans, January" if found.table == "ehc_plans" else RETURNS.get(found.table, "DSG")
    return EditionChanges(
        f"{what} {periods}: {found.old} to {found.new}, {len(changed)} authorities changed",
        {
            "table": found.table,
            "basis": "published",
            "periods": list(found.periods),
            "old": found.old,
            "new": found.new,
            "rows": rows,
            "authorities": changed,
            "authorities_changed": len(changed),
            "authorities_changed_by_term": dict(Counter(row["term"] for row in rows if row["la_code"])),
            "england": [row for row in rows if row["area"] == "england"],
            "not_compared": list(found.not_compared),
        },
    )


def compare_editions(
    store: Store, old: str, new: str, year: FinancialYear | None = None, table: str = "ehc_plans"
) -> Comparison:
    """Compare two editions of the DSG of a year, or two releases of SEN2 in one table.

    Parameters
    ----------
    old, new : str
        ISO dates of editions (2023-07-20), or reporting years of releases (2025).
    year : FinancialYear, optional
        Of the DSG; may be left out where only one year has both editions. Of SEN2: only the January of that year, or
        the calendar year in which it begins.
    table : str
        Of SEN2: one of `RETURNS`.

    Raises
    ------
    UsageError
        If there is no such edition, or no year has both; lists what there is.
    """
    old, new, year = str(old), str(new), None if year is None else FinancialYear.of(year)
    if re.fullmatch(r"20\d\d", old) and re.fullmatch(r"20\d\d", new):
        return _compare_releases(store, old, new, year, table)
    return _compare_blocks(store, old, new, year)


def _compare_blocks(store: Store, old: str, new: str, year: FinancialYear | None) -> Comparison:
    held = _held(store, "dsg_high_needs_block", "financial_year", "edition")
    _require((old, new), {edition for found in held.values() for edition in found}, "edition of the DSG", held)
    years = sorted(period for period, found in held.items() if {old, new} <= set(found))
    if year is not None:
        years = [found for found in years if found == str(year)]
    if len(years) != 1:
        of_year = f" of {year}" if year else ""
        problem = (
            f"{', '.join(years)} all have both editions"
            if years
            else f"no year has both editions{of_year}: {_listed(held)}"
        )
        raise UsageError(problem, todo="Give --year." if years else "See `hnf editions`.")
    return _block_comparison(store, years[0], old, new)


@cached
def _block_comparison(store: Store, year: str, old: str, new: str) -> Comparison:
    frames = [block_rows_of(store, year, edition) for edition in (old, new)]
    terms = [set(frame["term"]) for frame in frames]
    left_out: tuple[str, ...] = ()
    if any(found <= set(TOTALS) for found in terms):  # an edition of totals is compared on what it prints
        left_out = tuple(sorted(terms[0] ^ terms[1]))
        frames = [frame.filter(pl.col("term").is_in(terms[0] & terms[1])) for frame in frames]
    return Comparison("dsg_high_needs_block", (year,), old, new, revisions(*frames), left_out)


def _compare_releases(store: Store, old: str, new: str, year: FinancialYear | None, table: str) -> Comparison:
    if table not in RETURNS:
        raise UsageError(f"'{table}' is no table of the releases", todo=f"There are: {', '.join(RETURNS)}.")
    held = _held(store, table, "release", TABLES[table].columns[0])
    _require((old, new), set(held), f"release of {_in_prose(table)}", held)
    wanted = None if year is None else str(year.january)
    shared = [period for period in held[old] if period in held[new] and wanted in (None, period)]
    if not shared:
        what = "January" if TABLES[table].columns[0] == "january" else "year"
        raise UsageError(
            f"releases {old} and {new} count no {what} in common: {_listed(held)}", todo="See `hnf editions`."
        )
    return _release_comparison(store, tuple(shared), old, new, table)


def _in_prose(table: str) -> str:
    return RETURNS[table] if table == "ehc_plans" else RETURNS[table].casefold()


@cached
def _release_comparison(store: Store, shared: tuple[str, ...], old: str, new: str, table: str) -> Comparison:
    frames = [release_rows_of(store, release, table).filter(pl.col("period").is_in(shared)) for release in (old, new)]
    # A release that gives statements and plans apart is compared on what the other gives too.
    terms = set(frames[0]["term"]) & set(frames[1]["term"])
    both = [frame.filter(pl.col("term").is_in(terms)) for frame in frames]
    left_out = () if table == "ehc_plans" else tuple(sorted(set(frames[0]["term"]) ^ set(frames[1]["term"])))
    return Comparison(table, shared, old, new, revisions(both[0], both[1]), left_out)


def changes_since_last_edition(store: Store, la_code: str) -> tuple[Revision, ...]:
    """Return what changed for one authority between the last two editions of each year, and releases of each January.

    Terms of the DSG come first, then counts of plans, by period; nothing where each year has one edition only.
    """
    found: list[Revision] = []
    for year, held in sorted(_held(store, "dsg_high_needs_block", "financial_year", "edition").items()):
        if len(held) > 1:
            found += compare_editions(store, held[-2], held[-1], FinancialYear.parse(year)).of(la_code)
    for january, held in sorted(_held(store, "ehc_plans", "january", "release").items()):
        if len(held) > 1:
            comparison = compare_editions(store, held[-2], held[-1])
            found += [one for one in comparison.of(la_code) if one.period == january]
    return tuple(found)


def _held(store: Store, table: str, period: str, edition: str) -> dict[str, list[str]]:
    """Return the editions of each period (or the periods of each edition), sorted."""
    pairs = store.table(table).select(pl.col(period, edition).cast(pl.String)).unique().sort(period, edition)
    return dict(pairs.group_by(period, maintain_order=True).agg(edition).iter_rows())


def _require(asked: tuple[str, str], known: set[str], what: str, held: dict[str, list[str]]) -> None:
    for one in asked:
        if one not in known:
            raise UsageError(f"there is no {what} '{one}'; there is {_listed(held)}", todo="See `hnf editions`.")


def _listed(held: dict[str, list[str]]) -> str:
    return "; ".join(f"{period}: {', '.join(found)}" for period, found in held.items())
