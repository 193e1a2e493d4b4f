"""A client for Explore Education Statistics (EES): its public data API, and the zip file of a whole release.

The API lists publications, the data sets of each and their versions, describes a data set (`meta`) and answers queries,
a page at a time. Columns and options are named there by short ids, which `meta` translates. Release zips come from the
service that the website itself uses; they are packed anew for every download, so two of them never have the same hash,
though the files inside are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from hnf.errors import SourceError
from hnf.sources.finding import Address
from hnf.sources.web import Web
from hnf.sources.web_errors import WebError

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
    """Find the zip file of a whole release.

    Parameters
    ----------
    web : Web
    publication, release : str
        As in the address of the release's page: `education-health-and-care-plans` and `2025`.
    page : str
        That page, read where the service does not know the release under these names.

    Raises
    ------
    SourceError
        If there is no such release or no id of it is found.
    """
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
            raise SourceError(
                "the page of the release has no link to all its files",
                where=page,
                todo="Open the page, choose 'Download all data (zip)', and give the file to `hnf ingest`.",
            )
        found = link[1]
    return Address(f"{CONTENT}/releases/{found}/files", page)


class EesClient:
    """The public data API.

    Parameters
    ----------
    web : Web
    """

    def __init__(self, web: Web) -> None:
        self._web = web

    def publications(self, search: str = "") -> list[dict[str, Any]]:
        """List publications with data sets: id, title, slug, summary, lastPublished.

        Raises
        ------
        SourceError
            If an answer cannot be had or is not laid out as documented; so too for the other methods.
        """
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
        """Describe a data set: filters, indicators, geographicLevels, locations, timePeriods.

        Parameters
        ----------
        data_set_id : str
        version : str
            As `1.0`; the latest where it is empty.
        """
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
        """Yield the results of a query, page after page, oldest time period first.

        Parameters
        ----------
        data_set_id : str
        criteria : mapping, optional
            As the API's documentation describes them, such as `{"geographicLevels": {"in": ["NAT", "LA"]}}`.
        indicators : sequence of str
            Ids; all where there are none.
        version : str
            As `1.0`; the latest where it is empty.

        Yields
        ------
        dict
            timePeriod (code, period), geographicLevel (code), locations (id by level), filters (option id by filter
            id) and values (text by indicator id).
        """
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
                raise SourceError(
                    f"the data set changed while it was read: {announced:,} results, then {total:,}",
                    where=address,
                    todo="Fetch it again.",
                )
            announced = total
            seen += len(results)
            yield from results
            page += 1
        if seen != announced:
            raise SourceError(
                f"{seen:,} results came where {announced:,} were announced", where=address, todo="Fetch it again."
            )


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
