"""Where each authority's square stands on the tile map."""

from __future__ import annotations

from hnf.store import Store


def tile_layout(store: Store) -> dict[str, tuple[int, int]]:
    """Return column and row of every authority that is open.

    Parameters
    ----------
    store : Store

    Returns
    -------
    dict of str to (int, int)
        By la_code, sorted: column from 1 in the west, row from 1 in the north. No two are the same.

    Raises
    ------
    TableError
        If the table of tiles is missing or breaks a rule.
    """
    return {
        code: (column, row) for code, column, row in store.table("tiles").select("la_code", "column", "row").iter_rows()
    }
