"""Opens zip archives and refuses hostile ones: bombs, paths that climb out, passwords, damage, declared entities.

A workbook is written again from the parts that were checked, so that whatever reads it sees these and nothing else.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter

from hnf.errors import SourceError
from hnf.sources.limits import MAX_FILE_BYTES, MAX_MEMBERS, MAX_RATIO, MAX_TAGS, MAX_UNPACKED_BYTES, MAX_WORKBOOK_BYTES

ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_XML = (".xml", ".rels")
_DECLARATIONS = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)


def member_names(source_id: str, content: bytes) -> list[str]:
    """Return the names of the members of a zip archive, in order.

    Raises
    ------
    SourceError
        If the archive is damaged or breaks the limits.
    """
    with _open_archive(source_id, content, MAX_UNPACKED_BYTES) as archive:
        return archive.namelist()


def read_member(source_id: str, content: bytes, member: str) -> bytes:
    """Return one member of a zip archive.

    Raises
    ------
    SourceError
        If the archive is damaged or breaks the limits, or has no such member.
    """
    with _open_archive(source_id, content, MAX_UNPACKED_BYTES) as archive:
        if member not in archive.namelist():
            raise SourceError(
                f"the archive has no {member}; it holds {', '.join(archive.namelist()[:12])}", where=source_id
            )
        return _read(source_id, archive, archive.getinfo(member))


def workbook_parts(source_id: str, content: bytes) -> dict[str, bytes]:
    """Return the XML of a workbook by name of the part; pictures, thumbnails and everything else stay behind.

    XML that declares entities is refused: no spreadsheet needs them, and expansion bombs and external entities do.

    Raises
    ------
    SourceError
        If the archive is damaged, breaks the limits, or its XML declares entities.
    """
    with _open_archive(source_id, content, MAX_WORKBOOK_BYTES) as archive:
        parts = {
            member.filename: _read(source_id, archive, member)
            for member in archive.infolist()
            if member.filename.endswith(_XML)
        }
    if (tags := sum(part.count(b"<") for part in parts.values())) > MAX_TAGS:
        raise SourceError(
            f"{tags:,} tags are more than {MAX_TAGS:,}",
            where=source_id,
            todo="See docs/limits.md; copy the table that is needed to a new file.",
        )
    for name, part in parts.items():
        if any(declaration in part for declaration in _DECLARATIONS):
            raise SourceError(f"{name} declares XML entities", where=source_id, todo="Save the workbook again.")
    return parts


def pack_parts(parts: dict[str, bytes]) -> bytes:
    """Return an archive of parts; an ODS file gets the mimetype member that some publishers leave out.

    Stored, not deflated: it lives for one read, and deflating it would take longer than reading it.
    """
    first = {"mimetype": ODS_MIMETYPE.encode()} if "content.xml" in parts else {}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, part in {**first, **parts}.items():
            archive.writestr(name, part)
    return out.getvalue()


def _open_archive(source_id: str, content: bytes, limit: int) -> zipfile.ZipFile:
    if len(content) > MAX_FILE_BYTES:
        raise SourceError(f"larger than {MAX_FILE_BYTES:,} bytes", where=source_id)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # BadZipFile, but struct.error and others too where the directory is damaged
        raise SourceError(
            f"the archive is damaged or cut short ({error})", where=source_id, todo="Fetch the file afresh."
        ) from error
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > limit or unpacked > MAX_RATIO * max(len(content), 1):
        raise SourceError(
            f"the archive would unpack to {unpacked:,} bytes in {len(members):,} members, over the limits",
            where=source_id,
            todo="See docs/limits.md.",
        )
    unsafe = [member.filename for member in members if _climbs_out(member.filename)]
    if unsafe:
        raise SourceError(
            f"the archive holds a path outside itself ({unsafe[0][:80]})",
            where=source_id,
            todo="Fetch the file from its publisher.",
        )
    if any(member.flag_bits & 0x1 for member in members):
        raise SourceError("the archive is encrypted", where=source_id, todo="Save it without a password.")
    twice = [name for name, count in Counter(archive.namelist()).items() if count > 1]
    if twice:
        raise SourceError(
            f"the archive holds {twice[0][:80]} twice, and readers would differ over which counts",
            where=source_id,
            todo="Save the file again.",
        )
    return archive


def _climbs_out(name: str) -> bool:
    path = name.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or "\0" in name


def _read(source_id: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(member)
    except Exception as error:  # zipfile and zlib raise many kinds, all of them meaning the same here
        raise SourceError(
            f"{member.filename} in the archive is damaged ({error})", where=source_id, todo="Fetch the file afresh."
        ) from error
