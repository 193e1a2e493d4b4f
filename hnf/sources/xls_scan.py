"""Walks the records of an XLS file: the rectangle of each sheet, and how often each shared text stands in it.

The format cannot repeat a cell, but one cell in the last row and column makes a sheet of 16 million, and one long text
may stand in every cell.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import olefile

from hnf.errors import SourceError
from hnf.sources.limits import MAX_SHEETS, MAX_XLS_BYTES
from hnf.sources.sheet_scan import Scan, check_scans

_STREAMS = ("Workbook", "Book")
_BOUND_SHEET, _END, _SHARED, _CONTINUE, _PASSWORD = 0x85, 0x0A, 0xFC, 0x3C, 0x2F
_BEGIN, _SIZE = 0x0809, 0x0200
#: Records of one cell, all of which begin with row and column.
_CELLS = {0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6, 0x00FD}
_SHARED_CELL, _SEVERAL_NUMBERS = 0x00FD, 0x00BD
#: Text within a record: no cell holds more than the record does.
_TEXT_CELLS = {0x0204, 0x00D6}


def scan_xls(source_id: str, stream: bytes) -> tuple[dict[str, Scan], bytes]:
    """Return what each sheet of a workbook's stream declares, by its name, and the stream without announcements.

    What a sheet announces as its size is made zero: nothing depends on it, and the reader makes room for as much.

    Raises
    ------
    SourceError
        If it has a password, its sheets stand within one another, or it breaks the limits.
    """
    sheets: list[tuple[int, str]] = []
    shared: list[bytes] = []
    in_shared = False
    begins = 0
    for kind, data, begins in _records(stream, 0):  # noqa: B007 - where the last one begins is asked for below
        in_shared = kind == _SHARED or (in_shared and kind == _CONTINUE)
        if in_shared:
            shared.append(data)
        elif kind == _BOUND_SHEET and len(data) >= 4:
            sheets.append((struct.unpack_from("<I", data)[0], _name(data.ljust(9, b"\0"))))
        elif kind == _PASSWORD:
            raise SourceError("the workbook is encrypted", where=source_id, todo="Save it without a password.")
    if len(sheets) > MAX_SHEETS:
        raise SourceError(
            f"{len(sheets):,} sheets are more than {MAX_SHEETS}", where=source_id, todo="See docs/limits.md."
        )
    lengths, plain = _lengths(shared), bytearray(stream)

    def each() -> Iterator[Scan]:
        before = begins
        for offset, name in sorted(sheets):
            if offset < before:
                raise SourceError(
                    f"the sheet {name[:80]} stands within another", where=source_id, todo="Save the workbook again."
                )
            scan, before = _scan(name, stream, offset, lengths, plain)
            yield scan

    return {scan.name: scan for scan in check_scans(each(), source_id)}, bytes(plain)


def workbook_stream(source_id: str, content: bytes) -> tuple[str, bytes]:
    """Return the name and the bytes of the stream that is the workbook.

    Raises
    ------
    SourceError
        If the file is too large or damaged, or holds no workbook.
    """
    if len(content) > MAX_XLS_BYTES:
        raise SourceError(f"an XLS file larger than {MAX_XLS_BYTES:,} bytes", where=source_id, todo="Save it as XLSX.")
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            name = next((name for name in _STREAMS if container.exists(name)), "")
            # A stream that says it is larger than its file has sectors that come round again.
            if name and container.get_size(name) > len(content):
                raise ValueError("it declares more than it holds")
            if name:
                return name, bytes(container.openstream(name).read())
    except Exception as error:  # olefile raises many kinds for damaged input, all of them meaning the same here
        raise SourceError(
            f"not a readable workbook ({error})", where=source_id, todo="Fetch the file afresh."
        ) from error
    raise SourceError(
        "not a readable workbook (it holds none, or one with a password)",
        where=source_id,
        todo="Save it as XLSX, without a password.",
    )


def _records(stream: bytes, offset: int, *, nested: bool = False) -> Iterator[tuple[int, bytes, int]]:
    """Yield the records from an offset to the end of its part: kind, data, and where the data begin.

    A sheet may hold parts of their own (charts), after which it goes on.
    """
    depth = 0
    while offset + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, offset)
        yield kind, stream[offset + 4 : offset + 4 + length], offset + 4
        depth += (kind == _BEGIN) - (kind == _END)
        if kind == _END and not (nested and depth > 0):
            return
        offset += 4 + length


def _name(data: bytes) -> str:
    """Return the name of a sheet: its length, a flag for two bytes a letter, and the letters."""
    length, wide = data[6], data[7] & 1
    return data[8 : 8 + length * (2 if wide else 1)].decode("utf-16-le" if wide else "cp1252", errors="replace")


def _scan(name: str, stream: bytes, offset: int, lengths: list[int], plain: bytearray) -> tuple[Scan, int]:
    """Return what a sheet declares and where its last record begins; its announced size is made zero in `plain`."""
    scan, begins = Scan(name), offset
    for kind, data, begins in _records(stream, offset, nested=True):
        if kind in _CELLS and len(data) >= 4:
            row, column = struct.unpack_from("<HH", data)
            scan.fill(row + 1, column + 1)
            if kind == _SHARED_CELL and len(data) >= 10:
                number = struct.unpack_from("<I", data, 6)[0]
                scan.text += lengths[number] if number < len(lengths) else 0
            elif kind in _TEXT_CELLS:
                scan.text += len(data)
        elif kind == _SEVERAL_NUMBERS and len(data) >= 6:
            row, first = struct.unpack_from("<HH", data)
            scan.fill(row + 1, max(first, struct.unpack_from("<H", data, len(data) - 2)[0]) + 1)
        elif kind == _SIZE:
            plain[begins : begins + len(data)] = bytes(len(data))
    return scan, begins


def _lengths(parts: list[bytes]) -> list[int]:
    """Return the length of each shared text; one that runs over the end of a record goes on after a flag of its own."""
    found: list[int] = []
    part, at = 0, 8
    while part < len(parts):
        if at + 3 > len(parts[part]):
            part, at = part + 1, 0
            continue
        length, flags = struct.unpack_from("<HB", parts[part], at)
        found.append(length)
        at += 3 + (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
        extra = _extra(parts[part], at, flags)
        left = length
        while left > 0 and part < len(parts):
            width = 2 if flags & 1 else 1
            here = min(left, max(0, len(parts[part]) - at) // width)
            left, at = left - here, at + here * width
            if left:
                part, at = part + 1, 1
                flags = parts[part][0] if part < len(parts) and parts[part] else 0
        at += extra
        while part < len(parts) and at > len(parts[part]):
            at -= len(parts[part])
            part += 1
    return found


def _extra(data: bytes, at: int, flags: int) -> int:
    """Return how many bytes of formatting follow a text; `at` is behind the fields that say so."""
    runs = 0
    if flags & 4 and at >= 4:
        runs += struct.unpack_from("<I", data.ljust(at, b"\0"), at - 4)[0]
        at -= 4
    if flags & 8 and at >= 2:
        runs += 4 * struct.unpack_from("<H", data.ljust(at, b"\0"), at - 2)[0]
    return runs
