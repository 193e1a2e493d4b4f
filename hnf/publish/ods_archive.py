"""Packs the parts of an OpenDocument spreadsheet, the same bytes for the same parts on every system."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from hnf.sources.workbooks.guard import ODS_MIMETYPE

#: A fixed date for every member.
_DATE = (2000, 1, 1, 0, 0, 0)
_UNIX = 3


def pack_ods(members: Mapping[str, str]) -> bytes:
    """Return the archive of the parts.

    Parameters
    ----------
    members : mapping of str to str
        XML by name of the part. The type is put before them and stored, as readers look for it there.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"mimetype": ODS_MIMETYPE, **members}.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = _UNIX
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content.encode(), kind)
    return out.getvalue()
