"""Verifies a folder of published files against the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hnf.errors import SourceError
from hnf.sources.catalogue import Source


def verify_sources(raw: Path, sources: tuple[Source, ...]) -> list[dict[str, Any]]:
    """Check size and hash of every catalogued file.

    Parameters
    ----------
    raw : Path
        Folder of the published files.
    sources : tuple of Source

    Returns
    -------
    list of dict
        id, path, bytes and sha256 (as catalogued), status (`ok` or `wrong`) and detail (what is wrong).

    Raises
    ------
    SourceError
        If there is no such folder.
    """
    if not raw.is_dir():
        raise SourceError("there is no such folder", where=str(raw), todo="Give --raw the folder of published files.")
    rows = []
    for source in sources:
        detail = ""
        try:
            source.read(raw)
        except SourceError as error:
            detail = error.what
        rows.append(
            {
                "id": source.id,
                "path": source.path,
                "bytes": source.size,
                "sha256": source.sha256,
                "status": "wrong" if detail else "ok",
                "detail": detail,
            }
        )
    return rows
