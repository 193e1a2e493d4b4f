"""What was said of high needs funding in years and areas that no table holds, and the policy facts that go with it.

Single figures of written answers, statements, councils and the press, to the precision with which they were said, each
with its address. They are no table of all areas: nothing here ranks, adds or averages them, and no measure of the
register is made of them. Warnings are from `data/known_differences.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import reported_warnings
from hnf.measures.published import ENGLAND, rows_of, stated_value
from hnf.results import Answer, pick
from hnf.tables.authorities import Authorities
from hnf.tables.schema import COMBINED_AREA, GEOGRAPHIC_LEVELS, REPORTED_MEASURES, reported_label
from hnf.tables.store import Store, cached
from hnf.text import capital, fold_name, join_words
from hnf.years import FinancialYear, date_in_words

_AUTHORITY = "local_authority"
#: Keys of a row; `words` is the sentence that it is in.
ROW = (
    "area_code area_name geographic_level la_code? members financial_year measure what value unit precision stated? "
    "words basis_as_said kind source address note? basis figure_id"
)
#: Columns that say which statement on which area and year a figure is from.
_STATEMENT = ("area_code", "financial_year", "source", "address")
_MEASURES = tuple(REPORTED_MEASURES)
_LEVELS = (*GEOGRAPHIC_LEVELS[:-1], COMBINED_AREA, _AUTHORITY)


@dataclass(frozen=True)
class Reported(Answer):
    """What was said of an area, or of all: rows as in the table, and a sentence for each statement on area and year."""

    JSON = "who? area_code? year measure reported=rows policy sentences notes"
    ROWS = "reported"

    who: str
    area_code: str
    year: FinancialYear | None
    measure: str | None
    rows: tuple[dict[str, Any], ...]
    policy: tuple[dict[str, Any], ...]
    sentences: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


def reported(
    store: Store, who: str | None = None, year: FinancialYear | None = None, measure: str | None = None
) -> Reported:
    """Return the figures that were said of an area, one by one, with source and address; the basis is `reported`.

    Parameters
    ----------
    who : str, optional
        An authority, open or closed, a region, a combined area, or England, which brings regions and combined areas
        along; all areas by default.
    measure : str, optional
        One of `hnf.tables.schema.REPORTED_MEASURES`.

    Returns
    -------
    Reported
        Values in £ million or per cent, no sharper than `precision`; None where words alone were said.

    Raises
    ------
    UsageError
        If there is no such area or measure, or nothing was said of the year anywhere.

    Examples
    --------
    >>> import hnf
    >>> hnf.reported(hnf.Store(), "Hertfordshire", "2025-26").to_polars()["measure"].unique().sort().to_list()
    ['block', 'block_rise']
    """
    years = sorted({row["financial_year"] for row in _rows(store)})
    if measure is not None:
        require_one_of(measure, _MEASURES, "reported measure", "--measure")
    if year is not None and str(year := FinancialYear.of(year)) not in years:
        raise UsageError(f"nothing is reported for {year}", where="--year", todo=f"Years are {', '.join(years)}.")
    return _reported(store, who, year, measure)


@cached
def _reported(store: Store, who: str | None, year: FinancialYear | None, measure: str | None) -> Reported:
    rows = _rows(store)
    area, name = ("", "") if who is None else find_area(store, rows, who)
    of_area = [
        row
        for row in rows
        if area in ("", row["area_code"]) or (area == ENGLAND and row["geographic_level"] != _AUTHORITY)
    ]
    of_year = [row for row in of_area if str(year or row["financial_year"]) == row["financial_year"]]
    found = [row for row in of_year if measure in (None, row["measure"])]
    sentences = list(_sentences(found))
    words = {figure_id: sentence["words"] for sentence in sentences for figure_id in sentence["figure_ids"]}
    shown = tuple(pick({**row, "words": words[row["figure_id"]]}, ROW) for row in found)
    missing = [] if found else [_missing(name, of_area, year, measure)]
    notes = (*missing, *_warnings(found, area), *_beside(Authorities.of(store), rows, area))
    policy = () if measure else tuple(_policy(store, area, name, year))
    return Reported(name, area, year, measure, shown, policy, tuple(sentences), notes)


@cached
def _rows(store: Store) -> list[dict[str, Any]]:
    """Return the rows of the table with names of the register, ids and values in words, wider areas first."""
    authorities, rows = Authorities.of(store), []
    for row in rows_of(store, "reported").iter_rows(named=True):
        code, short = row["area_code"], row["area_name"].partition(" (")[0]
        known = authorities[code].name if code in authorities.by_code else authorities.region_names.get(code, short)
        named = {"area_name": known, "members": [code for code in row["members"].split("|") if code]}
        figure_id = f"reported:{row['financial_year']}:{code}:{row['measure']}:{row['number']}"
        said = {"what": capital(reported_label(row["measure"])), "stated": stated_value(row), "basis": "reported"}
        rows.append({**row, **named, **said, "figure_id": figure_id})
    return sorted(
        rows,
        key=lambda row: (
            _LEVELS.index(row["geographic_level"]), *(row[key] for key in _STATEMENT),
            _MEASURES.index(row["measure"]), row["number"],
        ),
    )  # fmt: skip


def find_area(store: Store, rows: list[dict[str, Any]], who: object) -> tuple[str, str]:
    """Return the code and the name of an area: an authority, a region, England or a combined area of `rows`.

    `UsageError` names the nearest where there is none.
    """
    if not isinstance(who, str):
        raise UsageError(f"no area is called '{str(who)[:60]}'", todo="Give a name or code as text.")
    wider = [(row["area_code"], row["area_name"]) for row in rows if row["members"]]
    if found := {fold_name(word): pair for pair in wider for word in pair}.get(fold_name(who)):
        return found
    area = Authorities.of(store).find_area(who)
    return area.la_code, area.name if area.is_group else area.prose


def _sentences(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one sentence for each statement about an area and a year."""
    for _, together in groupby(rows, key=lambda row: [row[k] for k in _STATEMENT]):
        said = list(together)
        bases = list(dict.fromkeys(row["basis_as_said"] for row in said if row["stated"]))
        basis = f". Basis as said: {'; '.join(bases)}" if bases else ""
        yield {
            **pick(said[0], "area_code area_name financial_year kind address"),
            "source": source_words(said[0]["source"]),
            "words": "".join(_phrases(said)) + basis + ".",
            "figure_ids": [row["figure_id"] for row in said],
        }


def _phrases(said: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the parts of a sentence; what has been named is not named again."""
    named = None
    for row in said:
        what, pattern = REPORTED_MEASURES[row["measure"]]
        is_unchanged = row["value"] == 0 and pattern != "{}"
        value = "unchanged" if is_unchanged else pattern.format(row["stated"] or row["basis_as_said"])
        note = f" [{row['note']}]" if row["note"] else ""
        if named is None:
            yield capital(f"{what} {value} in {row['financial_year']} ({source_words(row['source'])}){note}".strip())
        else:
            yield f", {value}{note}" if what == named else f"; {what} {value}{note}"
        named = what


def source_words(source: str) -> str:
    """Return a source as a sentence takes it: "written answer 44782, 28 April 2025"."""
    return re.sub(r" \(([^()]*)\)", r", \1", source).replace("UIN ", "")


def _missing(name: str, of_area: list[dict[str, Any]], year: FinancialYear | None, measure: str | None) -> str:
    """Say that nothing is in the table, and which years or measures of the area are."""
    years, measures = (sorted({row[key] for row in of_area}) for key in ("financial_year", "measure"))
    asked = "".join(f" {word} {value}" for word, value in (("in", year), ("of", measure)) if value)
    known = f" There are figures of {', '.join(measures)} in {', '.join(years)}." if of_area else ""
    return f"Nothing is reported here for {name or 'any area'}{asked}.{known}"


def _warnings(rows: list[dict[str, Any]], area: str) -> Iterator[str]:
    """Yield what is to be known of the figures, once each, with the areas that it is about where they are few."""
    for warning in reported_warnings():
        covered = [row for row in rows if warning.covers(row["area_code"], row["financial_year"], row["measure"])]
        names = sorted({row["area_name"] for row in covered}) if warning.areas and not area else []
        if covered:
            yield f"{join_words(names) + ': ' if names else ''}{warning.what} ({capital(warning.reference)}.)"


def _beside(authorities: Authorities, rows: list[dict[str, Any]], area: str) -> Iterator[str]:
    """Yield which larger areas with figures hold an authority, and what a closed one became."""
    if authority := authorities.by_code.get(area):
        wider = (row for row in rows if area in row["members"] or row["region_code"] == authority.region_code)
        if held := sorted({row["area_name"] for row in wider}):
            yield f"Figures of larger areas that hold it: {join_words(held)} (`hnf reported AREA`)."
        if authority.closed:
            after = join_words([authorities[code].prose for code in authority.successors])
            yield f"{capital(authority.prose)} closed on {date_in_words(authority.closed)}; ask for {after}."


def _policy(store: Store, area: str, name: str, year: FinancialYear | None) -> Iterator[dict[str, Any]]:
    """Yield the policy facts: of England all, of another place those that name it; of a year those that go with it."""
    is_named = re.compile(rf"\b{re.escape(name.removeprefix('the '))}\b")
    for row in store.table("policy").iter_rows(named=True):
        if store.as_at is not None and row["date"] > store.as_at:
            continue
        if (area in ("", ENGLAND) or is_named.search(row["fact"])) and (year is None or _is_of(row, year)):
            yield pick(row, "topic fact date source address kind")


def _is_of(row: dict[str, str], year: FinancialYear) -> bool:
    """Whether a fact names a year or is dated in it."""
    spellings = (str(year), str(year).replace("-", "/"), year.in_words)
    is_dated = f"{year.start}-04" <= row["date"] < f"{year.next.start}-04" and "-" in row["date"]
    return is_dated or any(spelling in f"{row['topic']} {row['fact']}" for spelling in spellings)
