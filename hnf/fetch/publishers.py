"""What may be fetched, and where it is: files of the catalogue and of series, on GOV.UK and on DfE's page of the DSG.

GOV.UK answers `https://www.gov.uk/api/content/PATH` with the page as JSON: a publication carries `details.attachments`
(title, filename, url, attachment_type), a collection `links.documents` (title, base_path, public_updated_at). A file's
own address holds a random part and changes with each edition; the page's does not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from hnf.errors import SourceError, UsageError
from hnf.fetch.web import Web
from hnf.paths import data_folder
from hnf.sources.catalogue import Address, Source, load_catalogue
from hnf.years import FinancialYear

GOVUK = "https://www.gov.uk"
_COLLECTION = "document_collection"


def find_attachment(web: Web, page: str, match: str, document: str = "") -> Address:
    """Find the one attachment of a page."""
    item = _content(web, page)
    if item.get("document_type") == _COLLECTION:
        page = _latest(item, document, page)
        item = _content(web, page)
    attachments = _list(_dict(item, "details", page), "attachments", page)
    files = [entry for entry in attachments if entry.get("attachment_type", "file") == "file"]
    found = [
        entry
        for entry in files
        if any(re.search(match, str(entry.get(key, "")), re.IGNORECASE) for key in ("title", "filename"))
    ]
    if len(found) != 1:
        names = ", ".join(str(entry.get("filename") or entry.get("title") or "?") for entry in files) or "none"
        what = f"{'no' if not found else 'more than one'} file of the page is called like '{match}'; it has {names}"
        todo = "The publisher may have changed the page: correct `match` in data/sources.toml."
        raise SourceError(what, where=page, todo=todo)
    url = found[0].get("url")
    if not isinstance(url, str) or not url:
        raise _unlike(page, "an attachment has no url")
    day = re.match(r"\d{4}-\d\d-\d\d", str(item.get("public_updated_at") or ""), re.ASCII)
    return Address(urljoin(GOVUK, url), page, day[0] if day else "")


def _content(web: Web, page: str) -> dict[str, Any]:
    path = urlsplit(page).path.strip("/")
    item = web.json(f"{GOVUK}/api/content/{path}")
    if not isinstance(item, dict):
        raise _unlike(page, "the answer is not an object")
    return item


def _latest(collection: dict[str, Any], document: str, page: str) -> str:
    documents = _list(_dict(collection, "links", page), "documents", page)
    fitting = [entry for entry in documents if re.search(document, str(entry.get("title", "")), re.IGNORECASE)]
    dated = [(str(entry.get("public_updated_at") or ""), str(entry.get("base_path") or "")) for entry in fitting]
    if not dated or not max(dated)[1]:
        what = f"the collection lists no publication called like '{document}'"
        todo = "The publisher may have changed the page: correct `document` in data/sources.toml."
        raise SourceError(what, where=page, todo=todo)
    return urljoin(GOVUK, max(dated)[1])


def _dict(holder: dict[str, Any], key: str, page: str) -> dict[str, Any]:
    value = holder.get(key)
    if not isinstance(value, dict):
        raise _unlike(page, f"it has no '{key}'")
    return value


def _list(holder: dict[str, Any], key: str, page: str) -> list[dict[str, Any]]:
    value = holder.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise _unlike(page, f"it has no list of '{key}'")
    return value


def _unlike(page: str, what: str) -> SourceError:
    return SourceError(
        f"GOV.UK's description of the page is not laid out as known ({what})",
        where=page,
        todo="Get the file by hand, and report the change.",
    )


# DfE's page of the dedicated schools grant lists every edition of a financial year (December to the July after the
# next), each a link that says it downloads the allocations of all local authorities; its address ends with the day of
# publication. The page is read as a person reads it, by the words of its links.
_DAY = re.compile(r"(20\d\d-[01]\d-[0-3]\d)/?$")


class _Links(HTMLParser):
    """Collects the links of a page: address and words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._address: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._address = dict(attrs).get("href")
            self._words = []

    def handle_data(self, data: str) -> None:
        if self._address is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address is not None:
            self.found.append((self._address, " ".join("".join(self._words).split())))
            self._address = None


def links_of(html: str) -> list[tuple[str, str]]:
    """Return the links of a page, each its address and its words with white space folded."""
    parser = _Links()
    parser.feed(html)
    parser.close()
    return parser.found


def find_workbook(web: Web, page: str, match: str, published: str = "") -> Address:
    """Find the workbook of one edition."""
    links = links_of(web.text(page))
    fitting = {urljoin(page, address) for address, words in links if re.search(match, words, re.IGNORECASE)}
    if not fitting:
        raise SourceError(
            f"none of the {len(links)} links of the page says '{match}'",
            where=page,
            todo="The year may not be published yet, or the page has changed: open it in a browser, get the workbook "
            "by hand and give it to `hnf ingest`.",
        )
    dated = sorted((_day(address), address) for address in fitting)
    wanted = [pair for pair in dated if published and pair[0] == published] or dated[-1:]
    if len(wanted) > 1 or (len(dated) > 1 and not wanted[0][0]):
        what = f"{len(dated)} links of the page say '{match}', and their addresses do not tell the editions apart"
        raise SourceError(what, where=page, todo="Open the page in a browser and get the workbook by hand.")
    day, address = wanted[0]
    return Address(address, page, day)


def _day(address: str) -> str:
    found = _DAY.search(address)
    return found[1] if found else ""


#: An extract, made from a publisher's file: `fetch` of its entry says what to fetch instead.
EXTRACT = "extract"
#: One data set of a release, from the data API of Explore Education Statistics.
DATA_SET = "ees_data_set"
#: Keys that each way of finding a file needs.
_WAYS = {
    "govuk": ("match",),
    "dsg_page": ("match",),
    "ees_release": ("publication", "release"),
    DATA_SET: ("publication", "release", "data_set", "table", "api_path"),
    "direct": ("url",),
    EXTRACT: ("instead",),
}
#: What is put in for the year in a series.
_PLACES = ("start", "end", "year")


@dataclass(frozen=True)
class Wanted:
    """One file to fetch, of the catalogue or of a series.

    Parameters
    ----------
    path : str
        Where it belongs below the folder of raw files; of a series, without date and suffix.
    fetch : dict
        How it is found: `via` and what that needs.
    suffixes : tuple of str
        Kinds of file that will do.
    published, source : str, Source
        Of the catalogue; nothing for a series.
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
    """Files that come out again and again; `{start}`, `{end}` and `{year}` are the calendar years and the financial."""

    id: str
    title: str
    page: str
    path: str
    fetch: dict[str, Any]
    suffixes: tuple[str, ...]
    #: The first there is a page for, none where one page has all years; and the first published anywhere, if earlier.
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
    """Read the series of the catalogue: files that come out again and again, of years nobody has catalogued too.

    Raises
    ------
    SourceError
        If the file cannot be read, or an entry lacks a key.
    """
    path = path or data_folder() / "sources.toml"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("series", [])
        return tuple(_series(entry) for entry in entries)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise SourceError(f"cannot read the series of the catalogue: {error}", where=str(path)) from error


def _series(entry: dict[str, Any]) -> Series:
    named = {key: entry[key] for key in ("id", "title", "page", "path")}
    years: dict[str, Any] = {
        key: FinancialYear.parse(entry[key]) for key in ("first_year", "first_published") if key in entry
    }
    return Series(**named, fetch=_checked(entry["fetch"], entry["id"]), suffixes=tuple(entry["suffixes"]), **years)


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
        what = f"there is no source or series '{unknown[0]}'"
        raise UsageError(what, todo=f"{meant} Sources: `hnf sources list`; series: {', '.join(by_series)}.".strip())
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
        what = f"`fetch` has no way '{fetch.get('via')}'"
        raise SourceError(what, where=source_id, todo=", ".join(_WAYS) + " exist.")
    missing = [key for key in needed if key not in fetch]
    if missing:
        raise SourceError(f"`fetch` via {fetch['via']} lacks {', '.join(missing)}", where=source_id)
    return fetch
