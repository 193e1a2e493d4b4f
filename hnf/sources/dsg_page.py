"""Finds the workbook of a year on DfE's page of dedicated schools grant allocations.

The page lists every edition of a financial year (December to the July after the next), each a link that says it
downloads the allocations of all local authorities; its address ends with the day of publication. The page is read as a
person reads it, by the words of its links.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

from hnf.errors import SourceError
from hnf.sources.finding import Address
from hnf.sources.web import Web

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
    """Find the workbook of one edition.

    Parameters
    ----------
    web : Web
    page : str
        The page of the year.
    match : str
        Regular expression that the words of the link contain (case folded).
    published : str
        ISO date of the edition wanted; the newest where it is empty or no longer on the page.

    Returns
    -------
    Address
        With the date of the edition, where the page states one.

    Raises
    ------
    SourceError
        If the page has no such link, or several that cannot be told apart.
    """
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
        raise SourceError(
            f"{len(dated)} links of the page say '{match}', and their addresses do not tell the editions apart",
            where=page,
            todo="Open the page in a browser and get the workbook by hand.",
        )
    day, address = wanted[0]
    return Address(address, page, day)


def _day(address: str) -> str:
    found = _DAY.search(address)
    return found[1] if found else ""
