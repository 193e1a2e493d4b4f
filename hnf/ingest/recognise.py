"""Recognises what a file is by its headings and what is printed in it; the name of a file says nothing.

What a file does not say of itself (the day of publication of a CSV, the year of a population without one) has to be
given, and is asked for by the name of the option.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import polars as pl

from hnf.analysis.editions import RETURNS
from hnf.errors import SourceError, UsageError
from hnf.formula.block import Column, parse_formula
from hnf.measures.published import TOTALS
from hnf.sources.dsg import (
    Rules,
    SheetColumn,
    UnknownHeadingError,
    block_columns_of,
    check_units,
    columns_of,
    edition_of,
    extra_name,
    looks_like,
    mapping_line,
    merge_headings,
    part_sheet,
    rows_left,
    years_printed,
)
from hnf.sources.prices import deflator_rows, vintage_of
from hnf.sources.sen2 import TRIBUNAL_HEADINGS, columns_left, data_sets_like
from hnf.sources.workbooks.guard import clean, member_names, read_member
from hnf.sources.workbooks.read import Sheet, Workbook, first_row, open_workbook, read_csv
from hnf.tables.schema import term_label
from hnf.tables.store import INGESTED, Store
from hnf.years import FinancialYear, January

#: What `--as` takes, and the layouts each may turn out to be.
KINDS: dict[str, tuple[str, ...]] = {
    "dsg": ("dsg_workbook", "dsg_totals"),
    "sen2": ("sen2_caseload", "sen2_statements_and_plans", "sen2_extract"),
    "population": ("ons_csv", "ons_workbook"),
    "prices": ("gdp_deflators", "gdp_deflators_workbook"),
    "neighbours": ("neighbours",),
    "constituencies": ("mp_lookup",),
}
_CSV_HEADINGS: dict[str, tuple[str, ...]] = {
    "gdp_deflators": ("financial_year", "index", "base_year", "vintage", "kind"),
    "mp_lookup": ("pcon_name", "pcon_code", "display_as", "party_text"),
    "sen2_statements_and_plans": ("time_period", "old_la_code", "characteristic_age", "Total_ehc", "Total_all"),
    "sen2_extract": ("time_period", "geographic_level", "la_code", "la_name", "ehcplans"),
}
_ONS_CODES = {"code", "utla20_code"}
_MID_YEAR = re.compile(r"\bmid[- ](20\d\d)\b", re.IGNORECASE)
#: Of a calendar year; an academic year has more.
_DIGITS = 4
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Given:
    """What the user says of a file: kind, financial year and day of publication, each None where the file is to say."""

    kind: str | None = None
    year: FinancialYear | None = None
    published: str | None = None


@dataclass(frozen=True)
class Recognised:
    """What a file is; of what is not loaded of it `said` has sentences, and `unknown` the columns by file."""

    layout: str
    what: str
    name: str
    title: str
    published: str
    detail: dict[str, Any]
    said: list[str] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)


def recognise(name: str, content: bytes, rules: Rules, given: Given) -> Recognised:
    """Say what a file is; its name is for messages, `rules` are the headings of DSG workbooks.

    Raises
    ------
    SourceError
        If it is none of the files that are known, is not the kind that was given, or is damaged.
    UsageError
        If it does not say something that it has to; names the option.
    """
    found = _recognise(name, content, rules, given)
    refuse_other_kind(name, found.what, found.layout, given)
    return found


def refuse_other_kind(name: str, what: str, layout: str, given: Given) -> None:
    """Stop where a file is not of the kind that the user says it is."""
    if given.kind is not None and layout not in KINDS[given.kind]:
        raise SourceError(f"this is {what}, not {given.kind}", where=name, todo="Leave --as out.")


def _recognise(name: str, content: bytes, rules: Rules, given: Given) -> Recognised:
    if content[:4] == _OLD_WORKBOOK or (content[:2] == b"PK" and _is_workbook(name, content)):
        return _workbook(name, content, rules, given)
    if content[:2] == b"PK":
        return _release(name, content, given)
    if deflator_rows(name, content) is not None:
        return _deflators(name, content)
    return _text(name, content, given, "")


def _is_workbook(name: str, content: bytes) -> bool:
    return bool({*member_names(name, content)} & {"content.xml", "xl/workbook.xml", "[Content_Types].xml"})


def _workbook(name: str, content: bytes, rules: Rules, given: Given) -> Recognised:
    book = open_workbook(name, content)
    block = [sheet for sheet in book.names if re.fullmatch(rules["high_needs_block"]["sheet"], sheet, re.IGNORECASE)]
    totals = [sheet for sheet in book.names if re.fullmatch(rules["totals"]["sheet"], sheet, re.IGNORECASE)]
    if totals and not block:
        what = f"this is a collection of DSG summary sheets ({', '.join(totals)}): totals, without the formula or a day"
        todo = "Take the workbook of one year, with its high needs block sheet; see docs/adding-a-year.md."
        raise SourceError(what, where=name, todo=todo)
    cells = (cell for sheet in block or book.names for row in book.sheet(re.escape(sheet)).rows for cell in row)
    _refuse_one_authority(name, map(clean, cells))
    if block or given.kind == "dsg" or any(looks_like(book, sheet, "high_needs_block", rules) for sheet in book.names):
        return _dsg(name, book, rules, given)
    if deflator_rows(name, content) is not None:
        return _deflators(name, content)
    for sheet in book.names:
        rows = book.sheet(re.escape(sheet)).rows
        if any(_is_population([clean(cell) for cell in row]) for row in rows[:40]):
            return _population("ons_workbook", rows, given, name, sheet)
    what = f"no sheet is laid out like a file that hnf knows; the sheets are {', '.join(book.names)}"
    todo = "A DSG workbook has a sheet with the headings of the high needs block, of which none was found."
    raise SourceError(what, where=name, todo=todo)


def _dsg(name: str, book: Workbook, rules: Rules, given: Given) -> Recognised:
    year, said = _year_of(name, years_printed(book, rules), given)
    edition, detail = _edition(book, rules, year, given, said)
    detail["financial_year"] = str(year)
    cover = [clean(cell) for row in part_sheet(book, "information", rules).rows for cell in row]
    title = next((text for text in cover if "dedicated schools grant" in text.casefold()), "Dedicated schools grant")
    title = f"Dedicated schools grant: {year}" if any("--year" in line for line in said) else title[:150]
    name = f"dsg_{year}_{edition}".replace("-", "_")
    what, title = f"DSG {year}, edition {edition}", f"{title}, edition of {edition}"
    return Recognised("dsg_workbook", what, name, title, edition, detail, said)


#: Months before a year begins, and no earlier, its first table is published: it comes out in the December.
_EARLIEST = 18


def _edition(
    book: Workbook, rules: Rules, year: FinancialYear, given: Given, said: list[str]
) -> tuple[str, dict[str, Any]]:
    """Return the day that the cover prints, else that of `--published`, with the entry that then says so."""
    try:
        edition = edition_of(book, rules)
        if (year.start - int(edition[:4])) * 12 + 4 - int(edition[5:7]) > _EARLIEST:
            what = f"published on {edition}, over a year before {year} begins: another year, or another day"
            raise SourceError(what, where=book.source_id, todo="If the table is right, give --published.")
    except SourceError as error:
        if given.published is None:
            raise
        said.append(f"The day of publication is that of --published: {error.what}.")
        return given.published, {"edition": given.published}
    said += [f"Published on {edition}, before {year} began."] if edition < f"{year.start}-04-01" else []
    other = f"The cover prints {edition} as its day; --published {given.published} is not used."
    said += [other] if given.published not in (None, edition) else []
    return edition, {}


def _year_of(name: str, printed: list[tuple[FinancialYear, str]], given: Given) -> tuple[FinancialYear, list[str]]:
    """Return the year of a workbook, and a sentence where its sheets print several and `--year` decided."""
    places = dict(reversed(printed))
    if not places:
        if given.year is None:
            raise UsageError("the workbook does not print its financial year", where=name, todo="Give --year 2024-25.")
        return given.year, []
    years = " and ".join(f"{year} in {place}" for year, place in sorted(places.items()))
    if given.year is not None and given.year not in places:
        about = f"is about {years.partition(' in ')[0]}" if len(places) == 1 else f"prints {years}"
        raise UsageError(f"the workbook {about}, not {given.year}", where=name, todo="Leave --year out.")
    if len(places) > 1 and given.year is None:
        choice = " or ".join(f"--year {year}" for year in sorted(places))
        raise SourceError(f"the workbook prints {years}", where=name, todo=f"Say which it is: {choice}.")
    return given.year or next(iter(places)), [f"The workbook prints {years}; --year decided."] if len(
        places
    ) > 1 else []


#: Numbers of three digits in a file: a table of all has the codes of 150 authorities, an allocation of one few others.
_FEW_CODES = 20


def _refuse_one_authority(name: str, texts: Iterable[str]) -> None:
    """Stop where a file about the dedicated schools grant has figures of one authority: DfE's page offers it so."""
    found = [text for text in texts if text]
    codes = {text for text in found if re.fullmatch(r"\d{3}", text)}
    is_about = re.search(r"dedicated[ _-]schools[ _-]grant|high[ _]needs|\bdsg\b", " ".join(found), re.IGNORECASE)
    if is_about and len(codes) < _FEW_CODES:
        what = (
            "this is not the table of all authorities, but the allocation of one, as DfE's page offers it for download"
        )
        raise SourceError(what, where=name, todo="Take the workbook of all authorities from GOV.UK.")


def _deflators(name: str, content: bytes) -> Recognised:
    rows, _ = deflator_rows(name, content) or ([], "")
    vintage, accounts = vintage_of(rows)
    if not vintage or not accounts:
        what = "the table of GDP deflators does not say when the accounts were last updated"
        raise SourceError(what, where=name, todo="Take HM Treasury's file as it is, with the lines above the table.")
    what, name = f"GDP deflators, {vintage}", f"gdp_deflators_{accounts.replace('-', '_')}"
    title = f"GDP deflators at market prices, and money GDP, {vintage}, accounts of {accounts}"
    detail = {"vintage": vintage, "accounts": accounts}
    return Recognised("gdp_deflators_workbook", what, name, title, accounts, detail)


def _release(name: str, content: bytes, given: Given) -> Recognised:
    files = {one: read_member(name, content, one) for one in member_names(name, content) if one.endswith(".csv")}
    if found := _returns(name, files, given):
        return found
    for member, inner in files.items():
        if set(_CSV_HEADINGS["sen2_statements_and_plans"]) <= set(first_row(inner)):
            return _text(name, inner, given, member)
    what = f"no file in the archive has the headings of EHC plans by authority; it holds {', '.join([*files][:12])}"
    todo = "Take the zip file of the whole release 'Education, health and care plans'."
    raise SourceError(what, where=name, todo=todo)


def _returns(name: str, files: Mapping[str, bytes], given: Given) -> Recognised | None:
    """Recognise a release of single persons by the headings of its data sets: all in an archive, or one by itself."""
    members: dict[str, str] = {}
    releases: dict[str, str] = {}
    unknown: dict[str, list[str]] = {}
    left: list[str] = []
    for member, content in files.items():
        where, headings = f"{name}, {member}" if member else name, first_row(content)
        years = _tribunal_years(content)
        tables = ["appeals"] if years else []
        if data_sets := data_sets_like(headings):
            kind, last = _last_period(where, content)
            release = str(last + (kind == "year"))  # what a calendar year was is published in the next
            data_sets = [one for one in data_sets if one.period == kind]
            tables = [one.table for one in data_sets]
            columns = columns_left(headings, data_sets, release) if data_sets else []
            unknown |= {member: columns} if columns else {}
            releases |= dict.fromkeys(tables, release)
        if twice := sorted(members.keys() & tables):
            raise SourceError(f"{members[twice[0]]} and {member} have the columns of {twice[0]}", where=name)
        members |= dict.fromkeys(tables, member)
        left += [] if tables else [member]
        releases |= {"appeals": str(max(years) + 1)} if years and len(files) == 1 else {}
    if not releases:
        return None
    release, *others = sorted(set(releases.values()))
    if others:
        parts = ", ".join(f"{members[table]}: {one}" for table, one in releases.items())
        raise SourceError(f"its data sets are of different releases ({parts})", where=name, todo="Give each by itself.")
    is_archive, first = "" not in files, next(iter(members))
    absent = [title for table, title in RETURNS.items() if table not in members and table != "lait"]
    said = [f"Columns of {one or 'it'} that are not loaded: {', '.join(names)}." for one, names in unknown.items()]
    said += [f"Not in it: {', '.join(absent)}."] if is_archive and absent else []
    said += [f"Files that no table is made of: {', '.join(left)}."] if left else []
    title, what, slug = f"Education, health and care plans, reporting year {release}", "EHC plans", f"sen2_{release}"
    if not is_archive and first != "ehc_plans":
        title, what, slug = f"{title}: {RETURNS[first].casefold()}", RETURNS[first], f"{slug}_{first}"
    detail: dict[str, Any] = {"release": release, "members": members}
    detail |= {"member": members["ehc_plans"]} if is_archive and "ehc_plans" in members else {}
    published = given.published or release
    return Recognised("sen2_caseload", f"{what}, release {release}", slug, title, published, detail, said, unknown)


def _last_period(where: str, content: bytes) -> tuple[str, int]:
    """Return the kind of periods that a file has, and the last of them."""
    periods = {row["time_period"] for _, row in read_csv(where, content, ("time_period",))}
    is_academic = bool(periods) and all(len(period) > _DIGITS for period in periods)
    try:
        last = max(map(January.from_academic_year if is_academic else January.parse, periods)).year
    except (UsageError, ValueError) as error:
        raise SourceError(f"the time periods cannot be read ({error})", where=where) from error
    return "academic_year" if is_academic else "year", last


def _tribunal_years(content: bytes) -> list[int]:
    """Return the years of the tribunal's file of appeals; none for another file, or one laid out in another way."""
    start = content[: 1 << 16].decode("utf-8-sig", errors="replace")
    with suppress(csv.Error):
        for cells in islice(csv.reader(io.StringIO(start, newline="")), 20):
            if [clean(cell) for cell in cells[:2]] == TRIBUNAL_HEADINGS:
                return [int(cell) for cell in map(clean, cells[2:]) if re.fullmatch(r"20\d\d", cell, re.ASCII)]
    return []


def _text(name: str, content: bytes, given: Given, member: str) -> Recognised:
    headings = first_row(content)
    is_extract = set(_CSV_HEADINGS["sen2_extract"]) <= set(headings)
    if not member and not is_extract and (found := _returns(name, {"": content}, given)):
        return found
    layout = next((layout for layout, needed in _CSV_HEADINGS.items() if set(needed) <= set(headings)), "")
    if layout.startswith("sen2"):
        return _sen2(name, content, layout, given, member)
    if layout == "gdp_deflators":
        vintages = sorted({row["vintage"] for _, row in read_csv(name, content, _CSV_HEADINGS[layout])})
        if len(vintages) != 1:
            raise SourceError(f"{len(vintages)} vintages in one file: {', '.join(vintages)}", where=name)
        slug = re.sub(r"[^a-z0-9]+", "_", vintages[0].casefold()).strip("_")
        published = _required(name, given)
        what = f"GDP deflators, {vintages[0]}"
        return Recognised(layout, what, f"gdp_deflators_{slug}", what, published, {})
    if layout == "mp_lookup":
        day = _required(name, given)
        what = f"Constituencies and members as at {day}"
        return Recognised(layout, what, f"mp_lookup_{day.replace('-', '_')}", what, day, {"as_at": day})
    if any(heading in headings for heading in ("SN1", "SN_1")):
        day = _required(name, given)
        what = f"Statistical neighbours, {day[:4]} model"
        return Recognised("neighbours", what, f"neighbours_{day[:4]}", what, day, {"model": day[:4]})
    if _is_population(headings):
        return _population("ons_csv", [headings], given, name, "")
    shown = columns_left(headings, [], "") if "time_period" in headings else headings
    if {"time_period", "geographic_level"} <= set(headings):
        what = f"this is a data set of Explore Education Statistics that hnf has no table for: {', '.join(shown[:12])}"
        raise SourceError(what, where=name, todo="Of EHC plans, take the zip file of the whole release.")
    text = re.sub(r"(?<=\d),(?=\d{3})", "", content[: 1 << 20].decode("utf-8-sig", errors="replace"))
    _refuse_one_authority(name, re.split(r"[,\t\r\n\"<>;]+", text))
    raise SourceError(
        f"the headings are not those of a file that hnf knows: {', '.join(shown[:12]) or 'there are none'}",
        where=name,
        todo="It reads DSG workbooks, EHC plan releases, ONS populations, GDP deflators, statistical neighbours, "
        "the constituency lookup and the register of authorities.",
    )


def _sen2(name: str, content: bytes, layout: str, given: Given, member: str) -> Recognised:
    _, release = _last_period(name, content)
    what = f"EHC plans, release {release}"
    title = f"Education, health and care plans, reporting year {release}"
    detail = {"release": str(release), **({"member": member} if member else {})}
    return Recognised(layout, what, f"sen2_{release}", title, given.published or str(release), detail)


def _is_population(headings: list[str]) -> bool:
    folded = [heading.casefold() for heading in headings]
    return bool(_ONS_CODES & set(folded)) and all(str(age) in folded for age in range(26))


def _population(layout: str, rows: list[list[Any]], given: Given, name: str, sheet: str) -> Recognised:
    printed = Counter(int(year) for row in rows[:40] for cell in row for year in _MID_YEAR.findall(clean(cell)))
    year = given.year.mid_year.year if given.year else printed.most_common(1)[0][0] if printed else None
    if year is None:
        what = "the file does not say of which year its population is"
        raise UsageError(what, where=name, todo="Give --year: 2024-25 goes with mid-2024.")
    title = f"Population estimates by single year of age, mid-{year}"
    detail = {"mid_year": year, **({"sheet": sheet} if sheet else {})}
    published = given.published or "not stated"
    return Recognised(layout, f"Population, mid-{year}", f"ons_mid_{year}", title, published, detail)


def _required(name: str, given: Given) -> str:
    if given.published is None:
        what = "the file does not say when it was published"
        raise UsageError(what, where=name, todo="Give --published 2026-06-27, say.")
    return given.published


# The columns of a block sheet, against the terms that the tables before had.

BLOCK = "dsg_high_needs_block"


@dataclass(frozen=True)
class BlockHistory:
    """Terms of the block sheet before: in the edition to compare with, and in every year."""

    last: tuple[str, ...]
    always: frozenset[str]


def reference_edition(store: Store, year: str, edition: str) -> tuple[str, str] | None:
    """Return the year and edition that a new one is compared with.

    The edition before it of the same year, else the last of the year before, else of the latest year there is; None
    where there is nothing.
    """
    with_steps = store.table(BLOCK).filter(~pl.col("term").is_in(TOTALS))  # an edition may have totals only
    known = sorted(set(with_steps.select("financial_year", "edition").iter_rows()))
    same = [pair for pair in known if pair[0] == year and pair[1] != edition]
    before = [pair for pair in same if pair[1] < edition] or same
    if before:
        return before[-1]
    others = [pair for pair in known if pair[0] < year] or [pair for pair in known if pair[0] != year]
    return others[-1] if others else None


def edition_rows(store: Store, table: str, year: str, edition: str) -> pl.DataFrame:
    """Return the rows of one edition of one year."""
    return store.table(table).filter((pl.col("financial_year") == year) & (pl.col("edition") == edition))


def read_log(store: Store) -> list[dict[str, Any]]:
    """Return what was ingested into a folder, oldest first; nothing for tables that no ingest wrote."""
    if not store.is_ingested:
        return []
    log: dict[str, Any] = json.loads((store.folder / INGESTED).read_text(encoding="utf-8"))
    return list(log.get("files", []))


def logged_headings(store: Store, year: str, edition: str) -> dict[str, str]:
    """Return the heading of each term in an edition that was ingested; nothing for others."""
    rows = edition_rows(store, BLOCK, year, edition)
    sources = set(rows["source_id"])
    logged = [entry for entry in read_log(store) if entry["source_id"] in sources]
    return dict(logged[-1].get("headings", {})) if logged else {}


def block_history(store: Store, year: str, edition: str) -> BlockHistory:
    """Return the terms of the block sheet before an edition of a year."""
    frame = store.table(BLOCK).filter((pl.col("geographic_level") == "national") & (pl.col("letter") != ""))
    # Letters of other sheets (deductions, summary) are in the same table: the sheet of the total is the block sheet.
    totals = frame.filter(pl.col("term") == "total_before_deductions").select("financial_year", "edition", "sheet")
    own = frame.join(totals, on=["financial_year", "edition", "sheet"], how="inner", validate="m:1")
    by_year = {
        key: terms
        for key, rows in own.partition_by("financial_year", "edition", as_dict=True).items()
        if not (terms := set(rows["term"])) <= set(TOTALS)
    }
    reference = reference_edition(store, year, edition)
    last = by_year.get(reference, set()) if reference else set()
    always = frozenset.intersection(*map(frozenset, by_year.values())) if by_year else frozenset()
    return BlockHistory(tuple(sorted(last)), always)


# A lettered column of the block sheet that the printed formula of the total adds as it is, is a step of that year,
# whatever it is called, and gets a name that begins with `extra_`. Where it may be a known term under another heading,
# and where no formula uses it, only a person can say: the message then holds the line that says it.
_PART = "high_needs_block"
#: Words that say nothing about which term a heading is.
_COMMON = {"funding", "block", "needs", "total", "allocation", "pupils", "number", "before", "after", "which", "school"}
_SHORTEST_WORD = 5


@dataclass(frozen=True)
class BlockColumns:
    """The columns of a block sheet: rules that know them all, the heading of each term, and the new terms."""

    rules: Rules
    headings: dict[str, str]
    extra: tuple[str, ...]
    left: tuple[str, ...] = ()


def place_columns(name: str, content: bytes, rules: Rules, history: BlockHistory) -> BlockColumns:
    """Give every column of the block sheet a term."""
    sheet = part_sheet(open_workbook(name, content), _PART, rules)
    matched = block_columns_of(sheet, rules)
    known = {column.index for column in matched.values()}
    unknown = [column for column in columns_of(sheet) if column.index not in known]
    missing = [term for term in history.last if term not in matched]
    extra: dict[str, str] = {}
    doubtful: list[SheetColumn] = []
    check_units(sheet, matched)
    added = _added_letters(matched[rules[_PART]["total"]])
    for column in unknown:
        if column.letter in added and not _may_be(column, missing, history):
            extra[column.heading] = _free_name(column, set(extra.values()))
        else:
            doubtful.append(column)
    if doubtful:
        uses = _uses(columns_of(sheet), matched[rules[_PART]["total"]], added)
        raise _unknown(sheet, doubtful, _likely_first(missing, history), history.always, uses)
    placed = merge_headings(rules, {_PART: {"headings": extra}}) if extra else rules
    columns = block_columns_of(sheet, placed)
    return BlockColumns(
        placed,
        {term: column.heading for term, column in columns.items()},
        tuple(extra.values()),
        tuple(rows_left(sheet)),
    )


def _added_letters(total: SheetColumn) -> set[str]:
    """Return the letters that the formula of the total adds or takes away as printed."""
    if not total.formula:
        return set()
    return {node.letter for _, node in parse_formula(total.formula).terms if isinstance(node, Column)}


def _may_be(column: SheetColumn, missing: list[str], history: BlockHistory) -> bool:
    """Say whether a new heading may be an old term: one that no year was without is missing, or they share a word."""
    words = _words(column.heading)
    return any(term in history.always or words & _words(term_label(term)) for term in missing)


def _likely_first(missing: list[str], history: BlockHistory) -> list[str]:
    """Return the missing terms, those first that no year was without."""
    return sorted(missing, key=lambda term: term not in history.always)


def _words(text: str) -> set[str]:
    found = re.findall(r"[a-z]+", text.casefold())
    return {word for word in found if len(word) >= _SHORTEST_WORD and word not in _COMMON}


def _free_name(column: SheetColumn, taken: set[str]) -> str:
    name = extra_name(column.heading)
    return name if name not in taken else f"{name}_{column.letter.casefold()}"


#: Terms that the total's formula multiplies, that another formula uses, and that none does; all others it adds.
_MULTIPLIED = ("basic_entitlement_rate", "basic_entitlement_pupils")
_BESIDE = {"elsewhere": ("nff_before_gains_limit",), "nowhere": ("population_2_18",)}
_ADDS = "added as it is"


def _uses(columns: list[SheetColumn], total: SheetColumn, added: set[str]) -> dict[str, str]:
    """Return what the printed formulas do with each letter."""
    found = {letter: "elsewhere" for column in columns for letter in re.findall(r"\[([A-Z])\]", column.formula)}
    found |= dict.fromkeys(re.findall(r"\[([A-Z])\]", total.formula), "multiplied")
    return found | dict.fromkeys(added, _ADDS)


def _candidates(column: SheetColumn, missing: list[str], uses: dict[str, str]) -> list[str]:
    """Return the missing terms that a column may be by its use in the printed formulas: what none adds is no money."""
    use = uses.get(column.letter, "nowhere")
    fit: tuple[str, ...] = _BESIDE.get(use, _MULTIPLIED[:1] if "£" in column.heading else _MULTIPLIED[1:])
    if use == _ADDS:
        beside = {*_MULTIPLIED, *(term for terms in _BESIDE.values() for term in terms)}
        fit = tuple(term for term in missing if term not in beside)
    if use == "nowhere" and "population" not in column.heading:
        fit = ()
    fit = tuple(term for term in fit if term in missing)
    return sorted(fit, key=lambda term: not _words(term_label(term)) & _words(column.heading))


def _unknown(
    sheet: Sheet, columns: list[SheetColumn], missing: list[str], always: frozenset[str], uses: dict[str, str]
) -> UnknownHeadingError:
    fit = {column: _candidates(column, missing, uses) for column in columns}
    named = [(column, term) for column in columns for term in (*fit[column], extra_name(column.heading))]
    first = columns[0]
    shared = [term for term in fit[first] if _words(term_label(term)) & _words(first.heading)]
    likeliest = shared or [term for term in fit[first] if term in always and len(columns) == 1] or fit[first]
    use = {_ADDS: "which the printed formula adds", "": "which no printed formula adds"}
    said = use.get(uses.get(first.letter, ""), "which a printed formula uses")
    gone = f"; not found any more: {', '.join(missing)}" if missing else ""
    more = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    return UnknownHeadingError(
        f"unknown heading '{first.heading}'{more}, {said}{gone}",
        where=sheet.where(0, first.index),
        lines=[mapping_line(_PART, column.heading, term) for column, term in named],
        choice=len(likeliest),
    )
