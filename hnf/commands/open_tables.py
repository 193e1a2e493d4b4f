"""Which tables a query uses: those of `--data`, else the user's own, else the ones that ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hnf.commands.output import note
from hnf.user_folder import user_tables

if TYPE_CHECKING:
    from hnf.store import Store


def open_store(data: Path | None, edition: str | None = None) -> Store:
    """Return the tables that a query uses, and say so on stderr where they are the user's own and nobody asked.

    Parameters
    ----------
    data : Path or None
        The value of `--data`.
    edition : str or None
        The value of `--edition`: an ISO date, `latest` or None.

    Raises
    ------
    TableError
        If the folder holds no tables.
    """
    from hnf.store import Store

    own = user_tables() if data is None else None
    store = Store(data or own, None if edition in (None, "latest") else edition)
    if own is not None and not store.is_shipped:
        note(f"Data: your folder {own}, edition {store.edition}; --data shipped for the tables that come with hnf.")
        shipped, started = Store().edition, _started_from(store)
        if started and started != shipped:
            note(
                f"Your tables started from {started}; hnf now comes with {shipped}. To have both, ingest your files "
                "again into a new folder."
            )
    if store.as_at is not None:
        note(f"As published by {store.as_at}.")
    return store


def _started_from(store: Store) -> str:
    """Return the edition of the shipped tables that an ingest started from, empty where it is not known."""
    from hnf.store import INGESTED

    try:
        log = json.loads((store.folder / INGESTED).read_text(encoding="utf-8"))
        return str(log["started_from"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
