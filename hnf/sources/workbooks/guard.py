"""What files from outside may be: how large, which archives, which text is a number.

`docs/limits.md` states each limit with its reason; a test holds the page against this module. It is loaded by the
process that reads workbooks too, and so imports little.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from typing import Any

from hnf.errors import SourceError

#: Bytes of a file as it is given, compressed or not.
MAX_FILE_BYTES = 200_000_000
#: Bytes that an archive of CSV files may unpack to; the largest published one unpacks to 37 million.
MAX_UNPACKED_BYTES = 400_000_000
#: Bytes that a workbook may unpack to; the largest published one unpacks to 5 million.
MAX_WORKBOOK_BYTES = 100_000_000
#: Bytes of an XLS file, which is not compressed; the largest published one has 2 million.
MAX_XLS_BYTES = 20_000_000
#: How many times larger an archive may become. Published workbooks grow 20-fold.
MAX_RATIO = 400
#: Files in an archive.
MAX_MEMBERS = 2_000
#: Elements within elements in the XML of a workbook.
MAX_NESTING = 64
#: Sheets of a workbook.
MAX_SHEETS = 200
#: Cells of a workbook that are read, all sheets together, empty ones between filled ones included.
MAX_CELLS = 2_000_000
#: Characters in one cell: as many as Excel keeps.
MAX_CELL_TEXT = 32_767
#: Characters of text in a workbook, repeated text counted each time.
MAX_TEXT = 50_000_000
#: Cells of a CSV file.
MAX_CSV_CELLS = 4_000_000
#: Characters in one cell of a CSV file.
MAX_CSV_CELL_TEXT = 131_072
#: Bytes of a CSV file of GDP deflators, the one kind that is looked for below lines of text.
MAX_SMALL_CSV_BYTES = 2_000_000
#: Bytes of memory of the process that reads a workbook; the largest published one needs 150 million.
MAX_MEMORY_BYTES = 1_000_000_000
#: Seconds after which that process is ended; most files take less than one.
MAX_SECONDS = 20

ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_XML = (".xml", ".rels")
#: Parts that no reader of cells looks at.
_UNREAD = ("customXml/", "docProps/")
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_ENCODING = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"'](?!(?:utf-?8|us-ascii)[\"'])", re.IGNORECASE)


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
            what = f"the archive has no {member}; it holds {', '.join(archive.namelist()[:12])}"
            raise SourceError(what, where=source_id)
        return _read(source_id, archive, archive.getinfo(member))


def workbook_parts(source_id: str, content: bytes) -> dict[str, bytes]:
    """Return the XML of a workbook by name of the part; pictures, thumbnails and everything else stay behind.

    XML that declares entities is refused: no spreadsheet needs them, and expansion bombs and external entities do. So
    is what is not UTF-8: cells are looked at as bytes, and would be other bytes there.
    """
    with _open_archive(source_id, content, MAX_WORKBOOK_BYTES) as archive:
        parts = {
            member.filename: _read(source_id, archive, member)
            for member in archive.infolist()
            if member.filename.endswith(_XML) and not member.filename.startswith(_UNREAD)
        }
    for name, part in parts.items():
        if not _is_utf_8(part):
            raise SourceError(f"{name} is not UTF-8 text", where=source_id, todo="Save the workbook again.")
        if any(declaration in part for declaration in _DECLARATIONS):
            raise SourceError(f"{name} declares XML entities", where=source_id, todo="Save the workbook again.")
    return parts


def _is_utf_8(part: bytes) -> bool:
    """Whether XML is UTF-8 (or ASCII), and does not say otherwise of itself."""
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in part and not _ENCODING.match(part.removeprefix(b"\xef\xbb\xbf"))


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
        what = f"the archive is damaged or cut short ({error})"
        raise SourceError(what, where=source_id, todo="Fetch the file afresh.") from error
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > limit or unpacked > MAX_RATIO * max(len(content), 1):
        what = f"the archive would unpack to {unpacked:,} bytes in {len(members):,} members, over the limits"
        raise SourceError(what, where=source_id, todo="See docs/limits.md.")
    unsafe = [member.filename for member in members if _climbs_out(member.filename)]
    if unsafe:
        what = f"the archive holds a path outside itself ({unsafe[0][:80]})"
        raise SourceError(what, where=source_id, todo="Fetch the file from its publisher.")
    if any(member.flag_bits & 0x1 for member in members):
        raise SourceError("the archive is encrypted", where=source_id, todo="Save it without a password.")
    twice = [name for name, count in Counter(map(str.casefold, archive.namelist())).items() if count > 1]
    if twice:
        what = f"the archive holds {twice[0][:80]} twice, and readers would differ over which counts"
        raise SourceError(what, where=source_id, todo="Save the file again.")
    return archive


def _climbs_out(name: str) -> bool:
    path = name.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or "\0" in name


def _read(source_id: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(member)
    except Exception as error:  # zipfile and zlib raise many kinds, all of them meaning the same here
        what = f"{member.filename} in the archive is damaged ({error})"
        raise SourceError(what, where=source_id, todo="Fetch the file afresh.") from error


_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")


def cell_address(row: int, column: int) -> str:
    """Return the spreadsheet address of a zero-based row and column: (4, 2) is C5."""
    letters = ""
    column += 1
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return f"{letters}{row + 1}"


def clean(value: Any) -> str:
    """Return a cell as text with white space (line breaks and no-break spaces too) folded to single spaces."""
    if value.__class__ is float and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def plain_number(text: str) -> float | None:
    """Return the number that text is, written in ASCII digits with at most a point and an exponent; None for the rest.

    Wide digits, underscores, thousands separators, currency signs, brackets for a minus and words such as `nan` are
    not read: whoever writes them may mean something else.
    """
    return float(text) if _PLAIN_NUMBER.fullmatch(text) else None
