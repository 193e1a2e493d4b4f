"""Writes the container of an XLS file again around the one stream that is read.

The container is a file system of its own, whose chains of sectors may run in circles or lead anywhere. The stream is
taken out by a reader that bears with that; what is handed on has straight chains and nothing else in it.
"""

from __future__ import annotations

import struct

_SECTOR = 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
#: Sectors of the allocation table that the header has room for: enough for 450 million bytes.
_IN_HEADER = 109
_ROOT, _STREAM = 5, 2


def pack_stream(name: str, stream: bytes) -> bytes:
    """Return a compound file (version 4) that holds one stream.

    Parameters
    ----------
    name : str
        At most 31 characters.
    stream : bytes
        Filled up with zeros to whole sectors; at most 450 million bytes.
    """
    count = max(1, -(-len(stream) // _SECTOR))
    entries = _SECTOR // 4
    tables = -(-(count + 1) // (entries - 1))
    chain = [*range(1, count), _END, _END, *[_TABLE] * tables]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * _SECTOR, b"\xff")
    places = [*range(count + 1, count + 1 + tables)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH6x", 0x3E, 4, 0xFFFE, 12, 6)
    header += struct.pack("<IIIIIIIIII", 1, tables, count, 0, _SECTOR, _END, 0, _END, 0, places[0])
    header += struct.pack(f"<{_IN_HEADER - 1}I", *places[1:], *[_FREE] * (_IN_HEADER - tables))
    # The root would name where small streams are; there are none, but readers want a sector that exists.
    directory = _entry("Root Entry", _ROOT, count, 0, child=1) + _entry(name, _STREAM, 0, count * _SECTOR)
    directory += _entry("", 0, 0, 0) * (_SECTOR // 128 - 2)
    return header.ljust(_SECTOR, b"\0") + stream.ljust(count * _SECTOR, b"\0") + directory + table


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = f"{name}\0".encode("utf-16-le") if name else b""
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, _FREE, _FREE, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )
