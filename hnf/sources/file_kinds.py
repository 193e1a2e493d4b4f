"""Tells what kind of file some bytes are, so that a web page is never kept as a workbook."""

from __future__ import annotations

from hnf.errors import SourceError

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<script")
#: First bytes by suffix; a suffix that is not here is text.
_MAGIC = {".ods": _ZIP, ".xlsx": _ZIP, ".zip": _ZIP, ".xls": _OLE}


def check_kind(head: bytes, suffixes: tuple[str, ...], content_type: str, address: str) -> None:
    """Check the first bytes of an answer against the kinds of file that will do.

    Raises
    ------
    SourceError
        If they are a web page or another kind of file.
    """
    if any(_is(head, suffix) for suffix in suffixes):
        return
    web_page = _is_html(head)
    found = "a web page" if web_page else f"something else ({content_type or 'of no stated type'})"
    raise SourceError(
        f"{found} came in place of a file of the kind {' or '.join(suffixes)}",
        where=address,
        todo="The publisher may have moved the file: open the page in a browser."
        if web_page
        else "Open the publisher's page in a browser and see what is there.",
    )


def suffix_of(content: bytes, allowed: tuple[str, ...]) -> str:
    """Return the suffix that fits the bytes: what a workbook is shows inside it, not in its name.

    Parameters
    ----------
    content : bytes
        The whole file.
    allowed : tuple of str
        Kinds that will do; the first of them is returned where the bytes leave it open.
    """
    fitting = [suffix for suffix in allowed if _is(content, suffix)]
    if content.startswith(_ZIP):
        inside = {".ods": b"content.xml", ".xlsx": b"[Content_Types].xml"}
        fitting = [suffix for suffix in fitting if suffix not in inside or inside[suffix] in content] or fitting
    return (fitting or list(allowed))[0]


def _is(head: bytes, suffix: str) -> bool:
    if suffix in _MAGIC:
        return head.startswith(_MAGIC[suffix])
    return (
        bool(head.strip()) and not head.startswith((_ZIP, _OLE, b"%PDF")) and b"\0" not in head and not _is_html(head)
    )


def _is_html(head: bytes) -> bool:
    return head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML_STARTS)
