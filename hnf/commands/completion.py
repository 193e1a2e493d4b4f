"""Names of authorities for the shell's completion: read from the table as text, so that a Tab is answered at once."""

from __future__ import annotations

import csv

from hnf.authorities import Authorities
from hnf.errors import TableError
from hnf.locations import data_folder
from hnf.words import fold_name


def complete_authority(incomplete: str) -> list[tuple[str, str]]:
    """Return the open authorities whose name or code begins with what is typed, with what it stands for as help.

    Parameters
    ----------
    incomplete : str
        What stands before the cursor.

    Returns
    -------
    list of (str, str)
        The word to fill in, in order, and the name or code it means. A name of several words is offered joined by
        hyphens, as `city-of-london`: every command takes it so, and no shell has to quote it.
    """
    try:
        path = data_folder() / "tidy" / "authorities.csv"
        with path.open(encoding="utf-8", newline="") as file:
            known = Authorities(row for row in csv.DictReader(file) if not row["closed"]).by_code.values()
    except (OSError, TableError, KeyError, csv.Error):
        return []
    if incomplete.isdigit():
        return sorted((found.la_code, found.name) for found in known if found.la_code.startswith(incomplete))
    wanted = fold_name(incomplete)
    named = [(found.name if found.name.isalpha() else found.slug, found) for found in known]
    return sorted((word, found.la_code) for word, found in named if fold_name(word).startswith(wanted))
