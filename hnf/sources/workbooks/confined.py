"""Reads workbooks in a separate process that may take neither much memory nor much time.

`read.open_workbook` starts it: files come on standard input, and their sheets go as JSON to standard output. Whatever
a file unfolds to (ten million cells of one repeated, a cell in the last row and column, sectors that run in circles)
fills this process and no other. calamine reads the cells, but says nothing of those that hold no figure: errors,
formulas that nobody calculated, values hidden under a merged cell. They become text in the XML before it is read.
"""

from __future__ import annotations

import datetime
import gc
import io
import json
import math
import re
import struct
import sys
from collections import Counter
from functools import reduce
from itertools import accumulate, pairwise
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from hnf.errors import SourceError
from hnf.sources.workbooks import guard
from hnf.sources.workbooks.guard import cell_address, clean

NOT_CALCULATED = b"(formula without a stored value)"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_TODO = "See docs/limits.md; copy the table that is needed to a new file."
_DAMAGED = "it is damaged, or repeats cells, rows or spaces more often than a sheet can hold"
#: Cells without a figure of their own; a workbook with more of them is beyond reading.
_MAX_NO_FIGURE = 10_000
#: What is read of an ODS file; with parts of an XLSX file beside them it would be taken for one.
_ODS_PARTS = ("content.xml", "styles.xml", "META-INF/manifest.xml")
_NESTING = re.compile(rb"</|/>|<(?![!?])")
_STEPS = {b"<": 1, b"</": -1, b"/>": -1}
#: Bytes that are looked at together; elements within one another are counted one by one where there may be too many.
_STRETCH = 1_000
#: Comments, CDATA and instructions: within them, cells are none, and cells may be within them.
_ASIDE = re.compile(rb"<!|<\?(?!xml\s)")
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_ERROR = re.compile(rb"#(?:REF|DIV/0|N/A|NAME|NULL|NUM|VALUE|SPILL|CALC)\b|Err:\d")
_NO_FIGURE = re.compile(
    _ERROR.pattern.decode() + r"|\(formula without a stored value\)|\(.*, hidden under a merged cell\)"
)
_NUMBERS = (b"float", b"percentage", b"currency")
_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_INSIDE_TAG = rb"""(?:[^<>"'/]|"[^"]*"|'[^']*'|/(?!>))*"""
_TAG = re.compile(rb"<[^>]*>")

# What gives away that some cell of a part may have no figure. Patterns that begin with plain letters are found fastest.
_NOT_FINITE = rb"[^<\"']*(?:[a-df-zA-DF-Z]|[eE]\+?\d{3})"
_ODS_ODD = (
    re.compile(rb"table:formula"),
    re.compile(rb":value-type\s*=\s*.error"),
    re.compile(rb"&#"),
    _ERROR,
    re.compile(rb"office:value\s*=\s*[\"']" + _NOT_FINITE),
    re.compile(rb"<table:covered-table-cell(?:[^>]*office:|" + _INSIDE_TAG + rb">)"),
)
_ODS_TABLES = re.compile(rb"<(/?)table:table[\s/>]")
_ODS_CELL = re.compile(
    rb"<table:((?:covered-)?table-cell)(\s" + _INSIDE_TAG + rb")?(?:/>|>(.*?)</table:\1\s*>)", re.DOTALL
)
_ODS_ASIDE = re.compile(rb"<office:annotation\b.*?</office:annotation\s*>", re.DOTALL)
#: White space between the elements of a sheet, which is no text; line breaks and tabs in a cell, which part words.
_ODS_BETWEEN = re.compile(rb">[ \t\r\n]+(?=</?(?:table|office):)")
_ODS_BREAK = re.compile(rb"<text:(line-break|tab)\b[^<>]*(?:/>|></text:\1\s*>)")
#: A cell of white space: far from the others it would make a sheet of billions of cells.
_ODS_BLANK = re.compile(
    rb"value-type\s*=\s*[\"']string[\"'][^<>]*(?:/>|>\s*<text:p\b[^<>]*(?:/>|>(?:\s|\xc2\xa0|&#)*[<]))"
)
_PREFIX = rb"[^\s<>/:!?]+:"
_XLSX_PREFIX = re.compile(rb"<(%s)?sheetData\b" % _PREFIX)
_XLSX_CONTENT = re.compile(rb"<(?:%s)?([vft])(?:\s[^>]*?)?(?:/>|>([^<]*))" % _PREFIX)
_XLSX_CELLS = rb"(?:row|c|v|f)[\s/>]"

_BOUND_SHEET, _END, _PASSWORD = 0x85, 0x0A, 0x2F


def main() -> None:
    """Answer requests, a line of JSON each: source id, bytes of the file, pattern of the sheets to read."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (guard.MAX_MEMORY_BYTES, guard.MAX_MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        pass  # a system without this bound: whoever started the process watches it
    gc.disable()  # cells are in no cycles
    for source_id, size, wanted in json.loads(sys.argv[1]):
        answer: dict[str, Any]
        try:
            answer = {"sheets": read(source_id, sys.stdin.buffer.read(size), wanted)}
        except SourceError as error:
            answer = {"error": vars(error)}
        sys.stdout.buffer.write(json.dumps(answer, default=_tag, allow_nan=False).encode() + b"\n")


def _tag(value: Any) -> dict[str, Any]:
    """Return a date or time as JSON that `read.py` makes the same value of."""
    if isinstance(value, datetime.timedelta):
        return {"timedelta": [value.days, value.seconds, value.microseconds]}
    return {type(value).__name__: value.isoformat()}


def read(source_id: str, content: bytes, wanted: str) -> list[dict[str, Any]]:
    """Return the sheets of a workbook in order: name, whether visible, and rows or an error where it was wanted.

    Raises
    ------
    SourceError
        If the bytes are not a readable workbook, or break the limits for archives.
    """
    if content[:2] == b"PK":
        content = _checked_parts(source_id, content)
    elif content[:4] == _OLD_WORKBOOK:
        _check_old(source_id, content)
    else:  # readers would find a workbook behind other bytes
        raise _unreadable(source_id, "it does not begin as ODS, XLSX or XLS do")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except BaseException as error:
        raise _given_up(source_id, error) from error
    names = book.sheet_names
    if len(names) > guard.MAX_SHEETS:
        what = f"{len(names):,} sheets are more than {guard.MAX_SHEETS}"
        raise SourceError(what, where=source_id, todo="See docs/limits.md.")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise SourceError(f"the sheet {twice[0][:80]} appears twice", where=source_id, todo="Save the workbook again.")
    sheets: list[dict[str, Any]] = []
    cells = text = 0
    for sheet in book.sheets_metadata:
        found = {"name": sheet.name, "visible": sheet.visible == SheetVisibleEnum.Visible}
        if found["visible"] and re.fullmatch(wanted, sheet.name, flags=re.IGNORECASE):
            try:
                found["rows"], more_cells, more_text = _rows(source_id, book, sheet.name, cells, text)
                cells, text = cells + more_cells, text + more_text
            except SourceError as error:
                found["error"] = vars(error)
        sheets.append(found)
    return sheets


def _rows(source_id: str, book: CalamineWorkbook, name: str, cells: int, text: int) -> tuple[list[list[Any]], int, int]:
    """Return the rows of a sheet, and how many cells and characters they are; `cells` and `text` were read before."""
    where = f"{source_id}, sheet {name}"
    try:
        sheet = book.get_sheet_by_name(name)
        height, width = (sheet.total_height + 1, sheet.total_width + 1) if sheet.end else (0, 0)
        if height * width + cells > guard.MAX_CELLS:
            before = f" with the {cells:,} of the sheets before" if cells else ""
            what = f"{height:,} rows and {width:,} columns are more than {guard.MAX_CELLS:,} cells{before}"
            raise SourceError(what, where=where, todo=_TODO)
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        _mark_merged(source_id, sheet, rows)
    except SourceError:
        raise
    except BaseException as error:
        raise _given_up(source_id, error) from error
    no_figure = 0
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell.__class__ is str and cell:
                text += len(cell)
                if len(cell) > guard.MAX_CELL_TEXT:
                    what = f"cell {cell_address(number, column)} holds more than {guard.MAX_CELL_TEXT:,} characters"
                    raise SourceError(what, where=where, todo=_TODO)
                no_figure += cell[0] in "#(E" and bool(_NO_FIGURE.match(cell))
    if text > guard.MAX_TEXT:
        raise SourceError(f"more than {guard.MAX_TEXT:,} characters of text", where=where, todo=_TODO)
    if no_figure > _MAX_NO_FIGURE:
        what = f"more than {_MAX_NO_FIGURE:,} cells without a figure of their own"
        raise SourceError(what, where=where, todo=_TODO)
    return rows, height * width, text


def _mark_merged(source_id: str, sheet: CalamineSheet, rows: list[list[Any]]) -> None:
    """Say of the filled cells that a merged cell covers that nobody who looks at the sheet sees them."""
    looked_at = 0
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for row in range(top, min(bottom + 1, len(rows))):
            cells = rows[row]
            looked_at += len(cells[left : right + 1])
            if looked_at > guard.MAX_CELLS:
                raise SourceError("too many merged cells", where=f"{source_id}, sheet {sheet.name}", todo=_TODO)
            for column in range(left, min(right + 1, len(cells))):
                if cells[column] != "" and (row, column) != (top, left):
                    cells[column] = f"({clean(cells[column])[:40]}, hidden under a merged cell)"


def _checked_parts(source_id: str, content: bytes) -> bytes:
    """Return a workbook of the parts that are read, in which cells without a figure say so."""
    parts = guard.workbook_parts(source_id, content)
    is_ods = "content.xml" in parts
    if not is_ods and "xl/workbook.xml" not in parts:
        raise _unreadable(source_id, "there is neither content.xml nor xl/workbook.xml in it")
    for name, part in parts.items():
        if _is_nested(part):
            what = f"more than {guard.MAX_NESTING} elements within one another"
            raise SourceError(what, where=f"{source_id}, {name}", todo=_TODO)
    if is_ods:
        part = parts["content.xml"]
        _refuse_asides(f"{source_id}, content.xml", part)
        ends = _ODS_TABLES.findall(part)
        if any(first == second for first, second in pairwise(ends)):
            raise SourceError("a sheet is within another", where=source_id, todo="Save the workbook again.")
        parts = {name: parts[name] for name in _ODS_PARTS if name in parts}
        parts["content.xml"] = part = _ODS_BREAK.sub(b" ", _ODS_BETWEEN.sub(b">", part))
        if any(odd.search(part) for odd in (*_ODS_ODD, _ODS_BLANK)):
            parts["content.xml"] = _ODS_CELL.sub(_show_ods, part)
    else:
        for name, part in parts.items():
            if found := _XLSX_PREFIX.search(part):
                shared = parts.get("xl/sharedStrings.xml", b"")
                parts[name] = _checked_sheet(f"{source_id}, {name}", part, found[1] or b"", shared)
    return guard.pack_parts(parts)


def _is_nested(part: bytes) -> bool:
    """Whether more elements are within one another than may be."""
    start = depth = 0
    while start < len(part):
        end = part.find(b"<", start + _STRETCH)  # no tag is cut in two
        stretch = part[start : end if end > 0 else len(part)]
        tags, closed = stretch.count(b"<") - stretch.count(b"<!") - stretch.count(b"<?"), stretch.count(b"</")
        if depth + tags - closed > guard.MAX_NESTING:
            steps = map(_STEPS.__getitem__, _NESTING.findall(stretch))
            if max(accumulate(steps, initial=depth)) > guard.MAX_NESTING:
                return True
        depth += tags - 2 * closed - stretch.count(b"/>")
        start += len(stretch)
    return False


def _refuse_asides(where: str, part: bytes) -> None:
    if _ASIDE.search(part):
        what = "comments, CDATA or instructions, which no spreadsheet program writes between cells"
        raise SourceError(what, where=where, todo="Save the workbook again.")


_REPEATED = b"table:number-columns-repeated"


def _show_ods(found: re.Match[bytes]) -> bytes:
    """Return a cell of an ODS sheet; one without a figure says so."""
    cell, inside = _attributes(found[2]), found[3] or b""
    text = _TAG.sub(b"", _ODS_ASIDE.sub(b"", inside)).strip() if inside else b""
    kind, value = cell.get(b"office:value-type", b""), cell.get(b"office:value", b"")
    filled = bool(text or cell.get(b"office:string-value"))
    if kind == b"string" and not clean(_unescaped(text + cell.get(b"office:string-value", b"")).decode()):
        return b'<table:table-cell table:number-columns-repeated="%s"/>' % cell.get(_REPEATED, b"1")
    shown = b""
    is_error = any(value == b"error" for name, value in cell.items() if name.endswith(b":value-type"))
    if is_error or (kind in _NUMBERS and _ERROR.match(_unescaped(text))):
        shown = text or b"#ERROR"
    elif cell.get(b"table:formula") and not kind and not filled:
        shown = NOT_CALCULATED
    elif kind in _NUMBERS and not _is_finite(value):
        shown = value
    elif found[1] == b"covered-table-cell" and (kind or filled):
        shown = b"(" + _cut(text or value, 40) + b", hidden under a merged cell)"
    if not shown:
        return found[0]
    return (
        b'<table:table-cell office:value-type="string" table:number-columns-repeated="%s"><text:p>%s</text:p>'
        b"</table:table-cell>" % (cell.get(_REPEATED, b"1"), _cut(shown, 80))
    )


def _show_xlsx(found: re.Match[bytes]) -> bytes:
    """Return a cell of an XLSX sheet; one without a figure says so."""
    cell = _attributes(found[2])
    content: dict[bytes, bytes] = {}
    for name, text in _XLSX_CONTENT.findall(found[3]):
        content[name] = content.get(name, b"") + text
    kind, value = cell.get(b"t", b"n"), content.get(b"v", b"")
    if kind == b"e" and content:
        shown = value or b"#ERROR"
    elif b"f" in content and not (value or content.get(b"t")):
        shown = NOT_CALCULATED
    elif kind == b"n" and not _is_finite(value):
        shown = value
    else:
        return found[0]
    place = b' r="%s"' % cell[b"r"] if b"r" in cell else b""
    return b'<%sc%s t="str"><%sv>%s</%sv></%sc>' % (found[1], place, found[1], _cut(shown, 80), found[1], found[1])


def _attributes(text: bytes | None) -> dict[bytes, bytes]:
    return {name: _unescaped(double or single) for name, double, single in _ATTRIBUTE.findall(text or b"")}


def _unescaped(text: bytes) -> bytes:
    """Return text with its references to characters by number put out."""
    if b"&#" not in text:
        return text
    return _REFERENCE.sub(lambda found: _character(int(found[1], 16) if found[1] else int(found[2])), text)


def _character(number: int) -> bytes:
    return chr(min(number, 0x10FFFF)).encode(errors="replace")


def _cut(text: bytes, length: int) -> bytes:
    """Return the beginning of XML text, no character and no reference cut in two."""
    return re.sub(rb"&[^;]*$", b"", text[:length].decode(errors="ignore").encode()) if len(text) > length else text


def _is_finite(text: bytes) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return True


def _without_far_blanks(part: bytes, prefix: bytes, cells: list[bytes], shared: bytes) -> bytes:
    """Return a sheet too large to read without its cells of white space: what is left of it may not be too large."""
    letters = {cell.rstrip(b"0123456789") for cell in cells}
    rows = {int(digits) for cell in cells if (digits := cell.lstrip(bytes(range(65, 91)))).isdigit()}
    width = max(reduce(lambda number, letter: 26 * number + letter - 64, column, 0) for column in letters)
    if width * max(rows, default=1) <= guard.MAX_CELLS:
        return part
    texts = re.findall(rb"<(?:%s)?si(?:/>|[\s>].*?</(?:%s)?si\s*>)" % (_PREFIX, _PREFIX), shared, re.DOTALL)
    blank = {b"%d" % number for number, text in enumerate(texts) if _is_blank(text)}

    def left(found: re.Match[bytes]) -> bytes:
        kind, text = _attributes(found[2]).get(b"t"), found[3]
        is_blank = (
            _TAG.sub(b"", text).strip() in blank if kind == b"s" else kind in (b"str", b"inlineStr") and _is_blank(text)
        )
        return b"" if is_blank else found[0]

    return re.sub(rb"<(%s)c(\s%s)>(.*?)</\1c\s*>" % (prefix, _INSIDE_TAG), left, part, flags=re.DOTALL)


def _is_blank(text: bytes) -> bool:
    return not clean(_unescaped(_TAG.sub(b"", text)).decode())


def _checked_sheet(where: str, part: bytes, prefix: bytes, shared: bytes) -> bytes:
    """Return the XML of an XLSX sheet, in which cells without a figure say so.

    One that says twice what is in a cell is refused: readers would differ over which counts.
    """
    _refuse_asides(where, part)
    if re.search(rb"<(?!%s%s)(?:%s)?%s" % (prefix, _XLSX_CELLS, _PREFIX, _XLSX_CELLS), part):
        what = "some names of elements have a prefix and others none"
        raise SourceError(what, where=where, todo="Save the workbook again.")
    prefix = re.escape(prefix)
    for what, letter in (("row", b"row"), ("cell", b"c")):
        found = re.findall(rb"<%s%s\s(?:[^>]*?\s)?r\s*=\s*[\"']([^\"']*)" % (prefix, letter), part)
        if len(set(found)) != len(found):
            place = next(place for place, count in Counter(found).items() if count > 1)
            problem = f"{what} {place[:20].decode(errors='replace')} appears twice"
            raise SourceError(problem, where=where, todo="Save the workbook again.")
    if found and len(found) != len(re.findall(rb"<%sc[\s/>]" % prefix, part)):
        raise SourceError("some cells have an address and others none", where=where, todo="Save the workbook again.")
    part = _without_far_blanks(part, prefix, found, shared) if found else part
    odd = (rb"t\s*=\s*[\"']e[\"']", rb"<%sf[\s/>]" % prefix, rb"<%sv[^>]*>%s" % (prefix, _NOT_FINITE))
    if not any(re.search(pattern, part) for pattern in odd):
        return part
    return re.sub(rb"<(%s)c(\s%s)?>(.*?)</\1c\s*>" % (prefix, _INSIDE_TAG), _show_xlsx, part, flags=re.DOTALL)


def _check_old(source_id: str, content: bytes) -> None:
    """Refuse an XLS file that is too large, has a password, or in which two sheets lie in one place."""
    if len(content) > guard.MAX_XLS_BYTES:
        what = f"an XLS file larger than {guard.MAX_XLS_BYTES:,} bytes"
        raise SourceError(what, where=source_id, todo="Save it as XLSX.")
    import olefile

    stream = b""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            for name in ("Workbook", "Book"):
                if container.exists(name) and not stream:
                    # A stream that says it is larger than its file has sectors that come round again.
                    if container.get_size(name) > len(content):
                        raise ValueError("it declares more than it holds")
                    stream = bytes(container.openstream(name).read())
    except Exception as error:  # olefile raises many kinds for damaged input, all of them meaning the same here
        raise _given_up(source_id, error) from error
    at, places = 0, []
    while at + 8 <= len(stream):
        kind, length, place = struct.unpack_from("<HHI", stream, at)
        if kind == _PASSWORD:
            raise SourceError("the workbook is encrypted", where=source_id, todo="Save it without a password.")
        if kind == _BOUND_SHEET:
            places.append(place)
        if kind == _END:
            break
        at += 4 + length
    if len(set(places)) != len(places):
        raise SourceError("two sheets are in one place", where=source_id, todo="Save the workbook again.")


def _given_up(source_id: str, error: BaseException) -> BaseException:
    """Whatever the reader raises for damaged input, panics included, means the same here."""
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        return error
    if isinstance(error, PasswordError):
        return SourceError("the workbook is encrypted", where=source_id, todo="Save it without a password.")
    why = clean(error)[:200]
    # calamine tries each kind of file, and says no more where none can be read.
    return _unreadable(source_id, _DAMAGED if why == "Cannot detect file format" else why)


def _unreadable(source_id: str, why: str) -> SourceError:
    return SourceError(f"not a readable workbook ({why})", where=source_id, todo="Fetch the file afresh.")


if __name__ == "__main__":
    main()
