"""Where a file was found: the address to download, and the page that led to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """A file to download.

    Parameters
    ----------
    url : str
        The address of the file.
    page : str
        The page for a person.
    published : str
        ISO date of the edition, where the page states one.
    name : str
        The publisher's name of the file, where the page states one.
    """

    url: str
    page: str
    published: str = ""
    name: str = ""
