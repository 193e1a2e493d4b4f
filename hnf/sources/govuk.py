"""Finds a file on GOV.UK: the content item of a page, and in it the attachment.

GOV.UK answers `https://www.gov.uk/api/content/PATH` with the page as JSON: a publication carries `details.attachments`
(title, filename, url, attachment_type), a collection `links.documents` (title, base_path, public_updated_at). A file's
own address holds a random part and changes with each edition; the page's does not.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from hnf.errors import SourceError
from hnf.sources.finding import Address
from hnf.sources.web import Web

GOVUK = "https://www.gov.uk"
_COLLECTION = "document_collection"


def find_attachment(web: Web, page: str, match: str, document: str = "") -> Address:
    """Find the one attachment of a page.

    Parameters
    ----------
    web : Web
    page : str
        Address of a publication on GOV.UK, or of a collection of them.
    match : str
        Regular expression that the title or the file name of the attachment contains (case folded).
    document : str
        For a collection: regular expression that the title of the publication contains; the latest one is taken.

    Returns
    -------
    Address

    Raises
    ------
    SourceError
        If the page has no such attachment or several, or the answer is not laid out as described.
    """
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
        raise SourceError(
            f"{'no' if not found else 'more than one'} file of the page is called like '{match}'; it has {names}",
            where=page,
            todo="The publisher may have changed the page: correct `match` in data/sources.toml.",
        )
    url = found[0].get("url")
    if not isinstance(url, str) or not url:
        raise _unlike(page, "an attachment has no url")
    day = re.match(r"\d{4}-\d\d-\d\d", str(item.get("public_updated_at") or ""), re.ASCII)
    published = day[0] if day else ""
    return Address(urljoin(GOVUK, url), page, published, str(found[0].get("filename") or ""))


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
        raise SourceError(
            f"the collection lists no publication called like '{document}'",
            where=page,
            todo="The publisher may have changed the page: correct `document` in data/sources.toml.",
        )
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
