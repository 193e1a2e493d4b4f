"""Reads CSV files by their headings or by position, each row with its line, and says what is wrong with the others."""

from __future__ import annotations

import csv
import io

from hnf.errors import SourceError
from hnf.sources.cells import clean
from hnf.sources.limits import MAX_CSV_CELLS, MAX_FILE_BYTES

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS = "Save it as CSV UTF-8 with commas."
#: What other programs put between cells.
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


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
        raise SourceError(
            f"heading {', '.join(twice)} stands twice", where=f"{source_id}, line 1", todo="Name each column once."
        )
    return [(line, dict(zip(heading, cells, strict=True))) for line, cells in rows]


def read_csv_rows(source_id: str, content: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a CSV by position: the headings, and each row with its line number.

    Raises
    ------
    SourceError
        If it is not UTF-8, empty, or a row has more or fewer cells than headings.
    """
    text = _text(source_id, content)
    rows: list[tuple[int, list[str]]] = []
    cells_read = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        printed = next(reader)
        heading = [clean(cell) for cell in printed]
        for cells in reader:
            cells_read += len(cells)
            if cells_read > MAX_CSV_CELLS:
                raise SourceError(f"more than {MAX_CSV_CELLS:,} cells", where=source_id, todo="See docs/limits.md.")
            if any(cells):
                rows.append((reader.line_num, cells))
    except (csv.Error, StopIteration) as error:
        raise SourceError(
            f"not a readable CSV file ({str(error) or 'it is empty'})", where=source_id, todo="Fetch the file afresh."
        ) from error
    if len(heading) == 1 and (separator := next((mark for mark in _SEPARATORS if mark in printed[0]), "")):
        raise SourceError(
            f"the headings are separated by {_SEPARATORS[separator]}, not by commas",
            where=f"{source_id}, line 1",
            todo=_SAVE_AS,
        )
    for line, cells in rows:
        if len(cells) != len(heading):
            raise SourceError(
                f"{len(cells)} cells where the heading has {len(heading)}",
                where=f"{source_id}, line {line}",
                todo="The file is cut short or a separator is missing.",
            )
    return heading, rows


def _text(source_id: str, content: bytes) -> str:
    """Return the text of a file that is UTF-8, and nothing else."""
    if len(content) > MAX_FILE_BYTES:
        raise SourceError(f"larger than {MAX_FILE_BYTES:,} bytes", where=source_id, todo="See docs/limits.md.")
    if content[:2] in _UTF_16:
        raise SourceError("UTF-16 text, not UTF-8", where=source_id, todo=_SAVE_AS)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"not UTF-8 text ({error.reason})", where=f"{source_id}, line {line}", todo=_SAVE_AS
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceError("the text holds a NUL character", where=f"{source_id}, line {line}", todo=_SAVE_AS)
    return text
