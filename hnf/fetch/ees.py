"""A client for Explore Education Statistics (EES): its public data API, and the zip file of a whole release.

The API lists publications, the data sets of each and their versions, describes a data set (`meta`) and answers queries,
a page at a time. Columns and options are named there by short ids, which `meta` translates. Release zips come from the
service that the website itself uses; they are packed anew for every download, so two of them never have the same hash,
though the files inside are the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hnf.errors import SourceError
from hnf.fetch.web import Web, WebError
from hnf.sources.catalogue import Address
from hnf.sources.sen2 import DataSet, data_set_of
from hnf.text import starts_formula

API = "https://api.education.gov.uk/statistics/v1"
CONTENT = "https://content.explore-education-statistics.service.gov.uk/api"

#: The most results a page that the API gives, by what is listed.
PUBLICATIONS_A_PAGE = 40
DATA_SETS_A_PAGE = 20
RESULTS_A_PAGE = 1_000
#: More pages than any data set here has.
_MOST_PAGES = 2_000
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ZIP_LINK = re.compile(rf"/api/releases/({_UUID})/files(?![/\w])", re.IGNORECASE)


def find_release(web: Web, publication: str, release: str, page: str) -> Address:
    """Find the zip file of a whole release."""
    found = ""
    base = f"{CONTENT}/publications/{quote(publication, safe='')}/releases/{quote(release, safe='')}"
    for address in (f"{base}/version-summary", base):
        try:
            answer = web.json(address)
        except WebError as error:
            if error.status is None:  # no answer at all: another address of the same service would give none either
                raise
            continue
        found = str(answer.get("id", "")) if isinstance(answer, dict) else ""
        if re.fullmatch(_UUID, found, re.IGNORECASE):
            break
        found = ""
    if not found:
        link = _ZIP_LINK.search(web.text(page))
        if not link:
            what = "the page of the release has no link to all its files"
            todo = "Open the page, choose 'Download all data (zip)', and give the file to `hnf ingest`."
            raise SourceError(what, where=page, todo=todo)
        found = link[1]
    return Address(f"{CONTENT}/releases/{found}/files", page)


class EesClient:
    """The public data API."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def publications(self, search: str = "") -> list[dict[str, Any]]:
        """List publications with data sets: id, title, slug, summary, lastPublished."""
        params = {"search": search} if search else {}
        return list(self._pages("/publications", PUBLICATIONS_A_PAGE, ("id", "slug", "title"), params=params))

    def data_sets(self, publication_id: str) -> list[dict[str, Any]]:
        """List the data sets of a publication: id, title, summary, status, latestVersion."""
        path = f"/publications/{quote(publication_id, safe='')}/data-sets"
        return list(self._pages(path, DATA_SETS_A_PAGE, ("id", "title", "status")))

    def versions(self, data_set_id: str) -> list[dict[str, Any]]:
        """List the versions of a data set, newest first: version, type, status, published, release, totalResults."""
        path = f"/data-sets/{quote(data_set_id, safe='')}/versions"
        return list(self._pages(path, DATA_SETS_A_PAGE, ("version", "status", "release")))

    def meta(self, data_set_id: str, version: str = "") -> dict[str, Any]:
        """Describe a data set: filters, indicators, geographicLevels, locations, timePeriods."""
        address = f"{API}/data-sets/{quote(data_set_id, safe='')}/meta"
        answer = self._web.json(address, params=_version(version))
        for key in ("filters", "indicators", "locations", "timePeriods"):
            _list_of(answer, key, (), address)
        return dict(answer)

    def query(
        self,
        data_set_id: str,
        *,
        criteria: Mapping[str, Any] | None = None,
        indicators: Sequence[str] = (),
        version: str = "",
    ) -> Iterator[dict[str, Any]]:
        """Yield the results of a query, page after page, oldest time period first."""
        body: dict[str, Any] = {"sorts": [{"field": "timePeriod", "direction": "Asc"}]}
        if criteria:
            body["criteria"] = dict(criteria)
        if indicators:
            body["indicators"] = list(indicators)
        yield from self._pages(
            query_address(data_set_id).removeprefix(API),
            RESULTS_A_PAGE,
            ("timePeriod", "geographicLevel", "locations", "filters", "values"),
            params=_version(version),
            body=body,
        )

    def _pages(
        self,
        path: str,
        size: int,
        keys: tuple[str, ...],
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Ask for page after page; the results of all pages must be as many as the first page announces."""
        address = f"{API}{path}"
        page, pages, announced, seen = 1, 1, -1, 0
        while page <= pages:
            place = {"page": page, "pageSize": size}
            if body is None:
                answer = self._web.json(address, params={**(params or {}), **place})
            else:
                answer = self._web.json(address, params=params or None, body={**body, **place})
            results = _list_of(answer, "results", keys, address)
            pages, total = _paging(answer, address)
            if announced not in (-1, total):
                what = f"the data set changed while it was read: {announced:,} results, then {total:,}"
                raise SourceError(what, where=address, todo="Fetch it again.")
            announced = total
            seen += len(results)
            yield from results
            page += 1
        if seen != announced:
            what = f"{seen:,} results came where {announced:,} were announced"
            raise SourceError(what, where=address, todo="Fetch it again.")


def query_address(data_set_id: str, version: str = "") -> str:
    """Return the address that queries of a data set go to."""
    address = f"{API}/data-sets/{quote(data_set_id, safe='')}/query"
    return f"{address}?dataSetVersion={quote(version, safe='')}" if version else address


def _version(version: str) -> dict[str, str | int]:
    return {"dataSetVersion": version} if version else {}


def _list_of(answer: Any, key: str, keys: tuple[str, ...], address: str) -> list[dict[str, Any]]:
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, list):
        raise unlike(address, f"it has no list of '{key}'")
    for entry in value:
        missing = [name for name in keys if name not in entry] if isinstance(entry, dict) else [key]
        if missing:
            raise unlike(address, f"an entry of '{key}' has no '{missing[0]}'")
    return value


def _paging(answer: Any, address: str) -> tuple[int, int]:
    paging = answer.get("paging")
    pages, total = (paging.get(key) if isinstance(paging, dict) else None for key in ("totalPages", "totalResults"))
    if not isinstance(pages, int) or not isinstance(total, int) or pages < 0 or total < 0:
        raise unlike(address, "it does not say how many pages there are")
    if pages > _MOST_PAGES:
        raise unlike(address, f"it has {pages:,} pages, more than any data set here has")
    return pages, total


def unlike(address: str, what: str) -> SourceError:
    """Return the error for an answer that is not laid out as documented."""
    return SourceError(
        f"the answer is not laid out as the API's documentation says ({what})",
        where=address,
        todo="Fetch the zip file of the release instead (leave --via-api out), and report the change.",
    )


# A data set of EHC plans by authority from EES's public API, written as the CSV of the release is laid out.
#
# The API names the characteristic (`breakdown`) and leaves out the topic it belongs to, so that an age of today
# and an age when the plan started cannot be told apart: the counts of all children are taken, and no others.

#: Headings of the file, a subset of those in the release; those of the counts follow.
HEADINGS = (
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "new_la_code",
    "old_la_code",
    "la_name",
    "breakdown_topic",
    "breakdown",
)
#: Kinds of periods: the code of the API, how it writes one, and words for it here.
_PERIODS = {
    "academic_year": ("AY", r"(20\d\d)/20(\d\d)", "Academic year", "an academic year"),
    "year": ("CY", r"(20\d\d)()", "Calendar year", "a calendar year"),
}
_LEVELS = {"NAT": "National", "REG": "Regional", "LA": "Local authority"}
_WHERE = "Explore Education Statistics"


@dataclass(frozen=True)
class Counts:
    """One data set: its counts of all children, as CSV."""

    content: bytes
    data_set_id: str
    version: str
    release: str
    published: str


def fetch_counts(
    client: EesClient, publication: str, title: str, release: str = "", table: str = "ehc_plans"
) -> Counts:
    """Fetch the counts of all children of a data set, by authority, region and for England."""
    data_set = _data_set(client, publication, title)
    version = _version_of(client, data_set, release)
    number = str(version["version"])
    meta = client.meta(data_set, number)
    layout = data_set_of(table)
    breakdown, option, words = _option(meta, layout)
    columns = _columns(meta, layout, str(version["release"].get("slug", "")))
    # Where the topic is a separate filter, it has an option of the same words.
    topics = [entry for entry in meta["filters"] if entry.get("column") == "breakdown_topic"]
    criteria: dict[str, Any] = {"filters": {"in": [option]}, "geographicLevels": {"in": list(_LEVELS)}}
    rows = {}
    places = _places(meta)
    for result in client.query(data_set, criteria=criteria, indicators=[*columns], version=number):
        if any(_label(topic, result["filters"].get(topic["id"])) != words for topic in topics):
            continue
        if result["filters"].get(breakdown) != option:
            raise unlike(_WHERE, "a result is not of the characteristic asked for")
        row = _row(result, columns, places, (layout.period, words))
        key = tuple(row[name] for name in ("time_period", "geographic_level", "region_code", "old_la_code"))
        if key in rows:
            raise unlike(_WHERE, f"two results for {' '.join(key)}")
        rows[key] = row
    if not rows:
        raise SourceError(f"the data set has no counts of '{words}'", where=_WHERE)
    return Counts(
        content=_csv([rows[key] for key in sorted(rows, key=_order)]),
        data_set_id=data_set,
        version=number,
        release=str(version["release"].get("slug", "")),
        published=str(version.get("published") or "")[:10],
    )


def _columns(meta: dict[str, Any], layout: DataSet, release: str) -> dict[str, str]:
    """Return the headings of the counts by id of the indicator; which the years of a release name, its name tells."""
    printed = {str(entry.get("column", "")).casefold(): entry for entry in meta["indicators"]}
    found = {}
    for heading, is_needed in layout.headings(release).items():
        if is_needed or heading.casefold() in printed:
            column = str(printed.get(heading.casefold(), {}).get("column", heading))
            found[_column(meta, "indicators", column)] = column
    return found


def _data_set(client: EesClient, publication: str, title: str) -> str:
    found = [entry for entry in client.publications(publication.replace("-", " ")) if entry["slug"] == publication]
    if not found:  # the search is by words of the title, which need not be those of the address
        found = [entry for entry in client.publications() if entry["slug"] == publication]
    if not found:
        raise SourceError(f"the API lists no publication '{publication}'", where=_WHERE, todo="Leave --via-api out.")
    sets = [entry for entry in client.data_sets(str(found[0]["id"])) if entry["status"] != "Withdrawn"]
    fitting = [entry for entry in sets if re.search(title, str(entry["title"]), re.IGNORECASE)]
    if len(fitting) != 1:
        names = "; ".join(str(entry["title"]) for entry in sets) or "none"
        what = f"{'no' if not fitting else 'more than one'} data set is called like '{title}'; there are: {names}"
        raise SourceError(what, where=_WHERE, todo="Leave --via-api out, or correct `data_set` in data/sources.toml.")
    return str(fitting[0]["id"])


def _version_of(client: EesClient, data_set: str, release: str) -> dict[str, Any]:
    versions = [entry for entry in client.versions(data_set) if entry["status"] != "Withdrawn"]
    if not all(isinstance(entry["release"], dict) for entry in versions):
        raise unlike(_WHERE, "a version has no release")
    fitting = [entry for entry in versions if not release or entry["release"].get("slug") == release]
    if not fitting:
        there = ", ".join(str(entry["release"].get("slug")) for entry in versions) or "none"
        what = f"the API has no release '{release}' of the data set; it has {there}"
        raise SourceError(what, where=_WHERE, todo="Leave --via-api out to fetch the zip file of the release.")
    return max(fitting, key=lambda entry: _numbers(str(entry["version"])))


def _numbers(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        raise unlike(_WHERE, f"'{version}' is not a version")
    return tuple(int(part) for part in version.split("."))


def _option(meta: dict[str, Any], layout: DataSet) -> tuple[str, str, str]:
    labels = layout.only[1][: 1 if layout.ages else None] if layout.only else ()
    filter_id = _column(meta, "filters", "breakdown")
    entry = next(entry for entry in meta["filters"] if entry["id"] == filter_id)
    found = [(option["id"], option["label"]) for option in entry.get("options", []) if option.get("label") in labels]
    if len(found) != 1:
        raise unlike(_WHERE, f"the filter 'breakdown' has {len(found)} options '{' or '.join(labels)}'")
    return filter_id, *found[0]


def _column(meta: dict[str, Any], kind: str, column: str) -> str:
    found = [entry.get("id") for entry in meta[kind] if isinstance(entry, dict) and entry.get("column") == column]
    if len(found) != 1 or not isinstance(found[0], str):
        raise unlike(_WHERE, f"no column '{column}' among its {kind}")
    return found[0]


def _label(entry: dict[str, Any], option_id: Any) -> str:
    return next((str(o.get("label")) for o in entry.get("options", []) if o.get("id") == option_id), "")


def _places(meta: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the options of all locations by level and id."""
    try:
        return {
            (group["level"]["code"], option["id"]): option for group in meta["locations"] for option in group["options"]
        }
    except (KeyError, TypeError) as error:
        raise unlike(_WHERE, f"a location has no {error}") from error


def _row(
    result: dict[str, Any],
    columns: dict[str, str],
    places: dict[tuple[str, str], dict[str, Any]],
    of: tuple[str, str],
) -> dict[str, str]:
    level, (period, words) = result["geographicLevel"], of
    values = {heading: result["values"].get(indicator) for indicator, heading in columns.items()}
    is_text = all(isinstance(value, str) for value in values.values())
    if level not in _LEVELS or not is_text or level not in result["locations"]:
        raise unlike(_WHERE, "a result lacks its level, place or value")
    try:
        at = {code: places[code, place] for code, place in result["locations"].items() if code in _LEVELS}
        nation, region, authority = (at.get(code, {}) for code in _LEVELS)
        codes = (str(at[level]["code"]), str(authority["oldCode"]) if level == "LA" else "")
    except KeyError as error:
        raise unlike(_WHERE, f"a place has no {error}") from error
    named = (
        _time_period(result["timePeriod"], period),
        _PERIODS[period][2],
        _LEVELS[level],
        nation.get("code", ""),
        nation.get("label", ""),
        region.get("code", ""),
        region.get("label", ""),
        codes[0] if level == "LA" else "",
        codes[1],
        authority.get("label", ""),
        words,
        words,
    )
    row = {heading: str(entry) for heading, entry in [*zip(HEADINGS, named, strict=True), *values.items()]}
    if any(map(starts_formula, row.values())):
        raise unlike(_WHERE, "a text that a spreadsheet would take for a formula")
    return row


def _time_period(period: Any, kind: str) -> str:
    """Return a period as the release writes it: the academic year `2018/2019` is 201819."""
    code, pattern, _, words = _PERIODS[kind]
    text = str(period.get("period", "")) if isinstance(period, dict) and period.get("code") == code else ""
    found = re.fullmatch(pattern, text, re.ASCII)
    if not found:
        raise unlike(_WHERE, f"a time period is not {words}")
    return found[1] + found[2]


def _order(key: tuple[str, ...]) -> tuple[str, int, str, str]:
    return key[0], list(_LEVELS.values()).index(key[1]), key[2] if not key[3] else "", key[3]


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
