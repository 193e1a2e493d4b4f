"""What may be fetched: the files of the catalogue, and series whose next file is not catalogued yet.

A catalogue entry says under `fetch` how its file is found; an extract, made from a publisher's file, says there what to
fetch instead. A `[[series]]` describes a page per year, so that a year nobody has catalogued can be fetched too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

from hnf.errors import SourceError, UsageError
from hnf.locations import data_folder
from hnf.sources.catalogue import Source, load_catalogue
from hnf.years import FinancialYear

EXTRACT = "extract"
#: Keys that each way of finding a file needs.
_WAYS = {
    "govuk": ("match",),
    "dsg_page": ("match",),
    "ees_release": ("publication", "release"),
    "direct": ("url",),
    EXTRACT: ("instead",),
}
#: What stands for the year in a series.
_PLACES = ("start", "end", "year")


@dataclass(frozen=True)
class Wanted:
    """One file to fetch.

    Parameters
    ----------
    id, title, page : str
        Of the source or series.
    path : str
        Where it belongs below the folder of raw files; of a series, without date and suffix.
    fetch : dict
        How it is found: `via` and what that needs.
    suffixes : tuple of str
        Kinds of file that will do.
    published : str
        Date of the edition in the catalogue; empty for a series.
    source : Source, optional
        The catalogue entry; None for a series.
    """

    id: str
    title: str
    page: str
    path: str
    fetch: dict[str, Any]
    suffixes: tuple[str, ...]
    published: str = ""
    source: Source | None = None


@dataclass(frozen=True)
class Series:
    """Files that come out again and again under the same description.

    Parameters
    ----------
    id, title, page, path : str
        `{start}`, `{end}` and `{year}` stand for the two calendar years and the financial year.
    fetch : dict
    suffixes : tuple of str
    first_year : FinancialYear, optional
        The first there is a page for; None where the series has one page for all years.
    first_published : FinancialYear, optional
        The first that was published anywhere, where that is earlier.
    """

    id: str
    title: str
    page: str
    path: str
    fetch: dict[str, Any]
    suffixes: tuple[str, ...]
    first_year: FinancialYear | None = None
    first_published: FinancialYear | None = None

    def of_year(self, year: FinancialYear | None) -> Wanted:
        """Return the file of a year; without a year, the latest."""
        names = {"start": year.start, "end": year.start + 1, "year": year} if year else dict.fromkeys(_PLACES, "")

        def fill(text: str) -> str:
            return text.format(**names) if year else text.format(**names).rstrip(" /_-")

        fetch = {key: fill(value) if isinstance(value, str) else value for key, value in self.fetch.items()}
        return Wanted(self.id, fill(self.title), fill(self.page), fill(self.path), fetch, self.suffixes)


def load_series(path: Path | None = None) -> tuple[Series, ...]:
    """Read the series of the catalogue.

    Raises
    ------
    SourceError
        If the file cannot be read, or an entry lacks a key.
    """
    path = path or data_folder() / "sources.toml"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("series", [])
        return tuple(
            Series(
                id=entry["id"],
                title=entry["title"],
                page=entry["page"],
                path=entry["path"],
                fetch=_checked(entry["fetch"], entry["id"]),
                suffixes=tuple(entry["suffixes"]),
                first_year=_year(entry, "first_year"),
                first_published=_year(entry, "first_published"),
            )
            for entry in entries
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise SourceError(f"cannot read the series of the catalogue: {error}", where=str(path)) from error


def _year(entry: dict[str, Any], key: str) -> FinancialYear | None:
    return FinancialYear.parse(entry[key]) if key in entry else None


def select(
    names: Sequence[str] = (),
    year: FinancialYear | None = None,
    *,
    without_year: bool = False,
    sources: tuple[Source, ...] | None = None,
    series: tuple[Series, ...] | None = None,
) -> list[Wanted]:
    """Choose what to fetch.

    Parameters
    ----------
    names : sequence of str
        Ids of sources or series; without any, all sources, or all that there is of the year.
    year : FinancialYear, optional
        What is used for this financial year by default: its own tables, the January and the mid-year in which it
        starts.
    without_year : bool
        True where a series by year may be asked for without one, meaning its latest.
    sources, series : tuple, optional
        The shipped ones by default.

    Raises
    ------
    UsageError
        If there is nothing of that name or year, or a series needs a year.
    """
    sources = load_catalogue() if sources is None else sources
    series = load_series() if series is None else series
    by_source = {source.id: source for source in sources}
    by_series = {entry.id: entry for entry in series}
    unknown = [name for name in names if name not in by_source and name not in by_series]
    if unknown:
        near = get_close_matches(unknown[0], [*by_source, *by_series], n=2)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(
            f"there is no source or series '{unknown[0]}'",
            todo=f"{meant} Sources: `hnf sources list`; series: {', '.join(by_series)}.".strip(),
        )
    if not names:
        return _of_year(year, sources, series) if year else [_catalogued(source) for source in sources]
    chosen = []
    for name in dict.fromkeys(names):
        if name in by_source:
            if year and not _is_of(by_source[name], year):
                raise UsageError(f"'{name}' is not of {year}", where="--year", todo="Leave --year out.")
            chosen.append(_catalogued(by_source[name]))
        else:
            chosen.append(_of_series(by_series[name], year, without_year=without_year))
    return chosen


def _of_series(series: Series, year: FinancialYear | None, *, without_year: bool) -> Wanted:
    if series.first_year and not year and not without_year:
        raise UsageError(f"'{series.id}' has a page for each year", todo=f"Add --year, from {series.first_year} on.")
    if series.first_year and year and year < series.first_year:
        raise UsageError(f"'{series.id}' has pages from {series.first_year} on, not of {year}", where="--year")
    return series.of_year(year)


def _of_year(year: FinancialYear, sources: tuple[Source, ...], series: tuple[Series, ...]) -> list[Wanted]:
    chosen = [_catalogued(source) for source in sources if _is_of(source, year)]
    fetchable = {wanted.page for wanted in chosen if wanted.fetch["via"] != EXTRACT}
    more = [entry.of_year(year) for entry in series if entry.first_year and year >= entry.first_year]
    chosen += [wanted for wanted in more if wanted.page not in fetchable]
    if not chosen:
        raise UsageError(f"nothing is known of {year}", where="--year", todo="See `hnf sources list`.")
    return chosen


def _is_of(source: Source, year: FinancialYear) -> bool:
    detail = source.detail
    return (
        detail.get("financial_year") == str(year)
        or detail.get("mid_year") == year.mid_year.year
        or str(detail.get("release", "")) == str(year.january)
    )


def _catalogued(source: Source) -> Wanted:
    fetch = _checked(source.detail.get("fetch", {"via": EXTRACT, "instead": ""}), source.id)
    suffix = PurePosixPath(source.path).suffix
    return Wanted(source.id, source.title, source.page, source.path, fetch, (suffix,), source.published, source)


def _checked(fetch: dict[str, Any], source_id: str) -> dict[str, Any]:
    needed = _WAYS.get(fetch.get("via", ""))
    if needed is None:
        raise SourceError(
            f"`fetch` has no way '{fetch.get('via')}'", where=source_id, todo=", ".join(_WAYS) + " exist."
        )
    missing = [key for key in needed if key not in fetch]
    if missing:
        raise SourceError(f"`fetch` via {fetch['via']} lacks {', '.join(missing)}", where=source_id)
    return fetch
