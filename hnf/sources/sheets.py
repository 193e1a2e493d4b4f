"""Reads spreadsheets and archives as text and numbers, every cell with its address, and refuses hostile files.

ODS (with the `mimetype` member repaired in memory where the publisher left it out), XLSX and XLS go through calamine;
CSV through the standard library. Nothing is interpreted here: symbols, blanks and text stay what they are.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineWorkbook

from hnf.errors import SourceError

ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"

#: Limits for archives: more than the largest published file needs, far less than would hurt a laptop.
MAX_UNPACKED_BYTES = 400_000_000
MAX_RATIO = 400
MAX_MEMBERS = 2_000
MAX_CELLS = 5_000_000


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of cells, the first row of the sheet first, so that addresses are the reader's own."""

    source_id: str
    name: str
    rows: list[list[Any]]

    def where(self, row: int, column: int) -> str:
        """Name a cell (zero-based row and column) for a message: `dsg_2019_20, sheet HN_block, cell C5`."""
        return f"{self.source_id}, sheet {self.name}, cell {cell_address(row, column)}"


@dataclass(frozen=True)
class Workbook:
    """An open workbook."""

    source_id: str
    book: CalamineWorkbook

    @property
    def names(self) -> list[str]:
        """Names of the sheets in order."""
        return list(self.book.sheet_names)

    def sheet(self, pattern: str) -> Sheet:
        """Return the one sheet whose whole name matches a regular expression (case folded).

        Raises
        ------
        SourceError
            If none or more than one matches; lists the sheets found.
        """
        found = [name for name in self.names if re.fullmatch(pattern, name, flags=re.IGNORECASE)]
        if len(found) != 1:
            raise SourceError(
                f"{'no' if not found else 'more than one'} sheet is named like '{pattern}'; the sheets are "
                + ", ".join(self.names),
                where=self.source_id,
                todo="Check that this is the file the catalogue describes.",
            )
        sheet = self.book.get_sheet_by_name(found[0])
        if sheet.total_height * sheet.total_width > MAX_CELLS:
            raise SourceError(f"sheet {found[0]} has more than {MAX_CELLS:,} cells", where=self.source_id)
        return Sheet(self.source_id, found[0], sheet.to_python(skip_empty_area=False))


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
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def open_workbook(source_id: str, content: bytes) -> Workbook:
    """Open the bytes of an ODS, XLSX or XLS file.

    Raises
    ------
    SourceError
        If the bytes are not a readable workbook, or break the limits for archives.
    """
    if content[:2] == b"PK":
        content = _checked_archive(source_id, content)
    try:
        return Workbook(source_id, CalamineWorkbook.from_filelike(io.BytesIO(content)))
    except Exception as error:  # calamine raises many kinds for damaged input, all of them meaning the same here
        raise SourceError(
            f"not a readable workbook ({clean(error)})", where=source_id, todo="Fetch the file afresh."
        ) from error


def read_member(source_id: str, content: bytes, member: str) -> bytes:
    """Return one member of a zip archive.

    Raises
    ------
    SourceError
        If the archive is damaged or breaks the limits, or has no such member.
    """
    with _open_archive(source_id, content) as archive:
        if member not in archive.namelist():
            raise SourceError(
                f"the archive has no {member}; it holds {', '.join(archive.namelist()[:12])}", where=source_id
            )
        return _read(source_id, archive, archive.getinfo(member))


def read_csv(source_id: str, content: bytes, required: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Read a CSV by its headings.

    Parameters
    ----------
    source_id : str
        Named in messages.
    content : bytes
        UTF-8, with or without a byte order mark.
    required : tuple of str
        Headings that must be there; others are kept too.

    Returns
    -------
    list of (int, dict)
        Line number in the file (the heading is line 1) and the cells of the row by heading.

    Raises
    ------
    SourceError
        If it is not UTF-8, a heading is missing or stands twice, or a row has more or fewer cells than headings.
    """
    heading, rows = read_csv_rows(source_id, content)
    missing = [name for name in required if name not in heading]
    if missing:
        raise SourceError(
            f"heading {', '.join(missing)} is missing; found {', '.join(heading)}",
            where=f"{source_id}, line 1",
            todo="Check that this is the file the catalogue describes.",
        )
    twice = sorted({name for name in heading if name and heading.count(name) > 1})
    if twice:
        raise SourceError(f"heading {', '.join(twice)} stands twice", where=f"{source_id}, line 1")
    return [(line, dict(zip(heading, cells, strict=True))) for line, cells in rows]


def read_csv_rows(source_id: str, content: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a CSV by position: the headings, and each row with its line number.

    Raises
    ------
    SourceError
        If it is not UTF-8, empty, or a row has more or fewer cells than headings.
    """
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        heading = [clean(cell) for cell in next(reader)]
        rows = [(reader.line_num, cells) for cells in reader if any(cells)]
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8 text ({error.reason})", where=source_id, todo="Save it as CSV UTF-8.") from error
    except (csv.Error, StopIteration) as error:
        raise SourceError(f"not a readable CSV file ({error or 'it is empty'})", where=source_id) from error
    for line, cells in rows:
        if len(cells) != len(heading):
            raise SourceError(
                f"{len(cells)} cells where the heading has {len(heading)}",
                where=f"{source_id}, line {line}",
                todo="The file is cut short or a separator is missing.",
            )
    return heading, rows


def _open_archive(source_id: str, content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise SourceError(
            f"the archive is damaged or cut short ({error})", where=source_id, todo="Fetch the file afresh."
        ) from error
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    unsafe = [m.filename for m in members if m.filename.startswith(("/", "\\")) or ".." in m.filename.split("/")]
    if unsafe:
        raise SourceError(f"the archive holds a path outside itself ({unsafe[0]})", where=source_id)
    if any(member.flag_bits & 0x1 for member in members):
        raise SourceError("the archive is encrypted", where=source_id, todo="Save it without a password.")
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(len(content), 1):
        raise SourceError(
            f"the archive would unpack to {unpacked:,} bytes in {len(members):,} members, over the limits",
            where=source_id,
        )
    return archive


def _read(source_id: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(member)
    except Exception as error:  # zipfile and zlib raise many kinds, all of them meaning the same here
        raise SourceError(
            f"{member.filename} in the archive is damaged ({error})", where=source_id, todo="Fetch the file afresh."
        ) from error


def _checked_archive(source_id: str, content: bytes) -> bytes:
    """Return a workbook archive that calamine can read: ODS gets the mimetype member where it is missing.

    XML that declares entities is refused: no spreadsheet needs them, and expansion bombs and external entities do.
    """
    with _open_archive(source_id, content) as archive:
        members = archive.infolist()
        parts = {member.filename: _read(source_id, archive, member) for member in members}
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in part or b"<!ENTITY" in part):
            raise SourceError(f"{name} declares XML entities", where=source_id, todo="Save the workbook again.")
    if "mimetype" in parts or "content.xml" not in parts:
        return content
    # Stored, not deflated: the repaired copy lives for one read, and deflating it would take longer than reading it.
    repaired = io.BytesIO()
    with zipfile.ZipFile(repaired, "w", zipfile.ZIP_STORED) as archive:
        for name, part in {"mimetype": ODS_MIMETYPE.encode(), **parts}.items():
            archive.writestr(name, part)
    return repaired.getvalue()
