"""Opening spreadsheets and archives: the missing mimetype, damaged and hostile files, CSV."""

import datetime
import io
import json
import time
import zipfile

import pytest
from fixtures.made_up import Sheets, write_ods, write_xlsx, write_zip
from python_calamine import CalamineError, CalamineWorkbook

from hnf.errors import SourceError
from hnf.sources.workbooks import confined, read
from hnf.sources.workbooks.guard import cell_address, clean, read_member
from hnf.sources.workbooks.read import open_workbook, read_csv

SHEETS: Sheets = {"One": [["ENGLAND", 1.5, ""], ["", "z", 3]], "Two": [["a"]]}


@pytest.mark.parametrize(
    "content",
    [write_ods(SHEETS), write_ods(SHEETS, mimetype=False), write_xlsx(SHEETS)],
    ids=["ods", "ods without mimetype", "xlsx"],  # the bytes hold the time and would differ between test processes
)
def test_workbooks_are_read_with_or_without_the_mimetype_member(content: bytes) -> None:
    book = open_workbook("a", content)
    assert book.names == ["One", "Two"]
    rows = [[clean(cell) for cell in row] for row in book.sheet("one").rows]
    assert rows[0][:2] == ["ENGLAND", "1.5"]
    assert rows[1][:3] == ["", "z", "3"]


def test_the_reader_itself_refuses_ods_without_mimetype() -> None:
    """The reason for the repair (FIELD.md, traps); if this fails, the repair can go."""
    with pytest.raises(CalamineError):
        CalamineWorkbook.from_filelike(io.BytesIO(write_ods(SHEETS, mimetype=False)))


def test_addresses_are_the_readers_own_when_the_sheet_starts_empty() -> None:
    sheet = open_workbook("a", write_ods({"S": [["", ""], ["", ""], ["", 7]]})).sheet("S")
    assert sheet.rows[2][1] == 7
    assert sheet.where(2, 1) == "a, sheet S, cell B3"


@pytest.mark.parametrize(
    ("row", "column", "address"),
    [(0, 0, "A1"), (4, 2, "C5"), (0, 25, "Z1"), (0, 26, "AA1"), (0, 51, "AZ1"), (0, 52, "BA1"), (9, 702, "AAA10")],
)
def test_cell_addresses(row: int, column: int, address: str) -> None:
    assert cell_address(row, column) == address


def test_no_sheet_or_two_sheets_of_a_name_are_refused_with_the_list() -> None:
    book = open_workbook("dsg", write_ods({"High_needs_block": [[1]], "high_needs_block_": [[1]], "Other": [[1]]}))
    with pytest.raises(SourceError, match=r"dsg: no sheet is named like 'Nothing'.*High_needs_block, .*Other"):
        book.sheet("Nothing")
    with pytest.raises(SourceError, match="more than one sheet is named like"):
        book.sheet("high_needs_block_?")


def _truncated() -> bytes:
    return write_ods(SHEETS)[:-120]


def _bit_flipped() -> bytes:
    content = bytearray(write_ods(SHEETS))
    at = content.find(b"content.xml") + 60
    content[at] ^= 0xFF
    return bytes(content)


def _encrypted() -> bytes:
    content = bytearray(write_ods(SHEETS))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_truncated(), r"bad: the archive is damaged or cut short \(.*Fetch the file afresh"),
        (_bit_flipped(), "bad: content.xml in the archive is damaged"),
        (_encrypted(), r"bad: the archive is encrypted\. Save it without a password"),
        (b"", "bad: not a readable workbook"),
        (b"PK", "bad: the archive is damaged"),
        (b"<html>404 not found</html>", r"bad: not a readable workbook .*Fetch the file afresh"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "bad: not a readable workbook"),
        (write_zip({"readme.txt": b"hello"}), "bad: not a readable workbook"),
        (write_ods(SHEETS, extra={"content.xml": b"<broken"}), "bad: not a readable workbook|no sheet"),
        (
            write_ods(SHEETS, extra={"content.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'}),
            r"bad: content.xml declares XML entities\. Save the workbook again",
        ),
        (
            write_ods(SHEETS, extra={"styles.xml": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'}),
            "bad: styles.xml declares XML entities",
        ),
        (
            write_ods(SHEETS, extra={"../outside": b"x"}),
            r"bad: the archive holds a path outside itself \(\.\./outside\)",
        ),
        (write_ods(SHEETS, extra={"/etc/passwd": b"x"}), "bad: the archive holds a path outside itself"),
        (write_ods(SHEETS, extra={"a/../../b": b"x"}), "bad: the archive holds a path outside itself"),
        (
            write_ods(SHEETS, extra={"bomb": b"\0" * 30_000_000}),
            "bad: the archive would unpack to 30,.* over the limits",
        ),
        (write_ods(SHEETS, extra={f"m{n}": b"" for n in range(2_001)}), "in 2,00. members, over the limits"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_damaged_and_hostile_files_get_one_clear_error(content: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        open_workbook("bad", content).sheet("One")
    assert "\n" not in caught.value.line()


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_SECONDS", 1)
    monkeypatch.setattr(read, "_CODE", "import time; time.sleep(60)  # {path}")
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"slow: reading it takes more than 1 seconds\. See docs/limits\.md"):
        open_workbook("slow", b"PK slow")
    assert time.monotonic() - began < 30


def test_where_the_system_has_no_bound_a_reader_that_takes_too_much_memory_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read, "_HAS_BOUND", False)
    monkeypatch.setattr(read, "MAX_MEMORY_BYTES", 100_000_000)
    monkeypatch.setattr(read, "_CODE", "import time; held = bytearray(200_000_000); time.sleep(60)  # {path}")
    with pytest.raises(SourceError, match="large: reading it takes more than 100,000,000 bytes of memory"):
        open_workbook("large", b"PK large")


def test_dates_and_times_come_through_as_they_are() -> None:
    moments = [datetime.date(2026, 7, 18), datetime.datetime(2026, 7, 18, 9, 30), datetime.time(9, 30)]
    moments.append(datetime.timedelta(days=2, seconds=3))  # type: ignore[arg-type]
    assert json.loads(json.dumps(moments, default=confined._tag), object_hook=read._untag) == moments


def test_a_member_that_is_not_there_is_named_with_what_is() -> None:
    archive = write_zip({"data/other.csv": b"a", "meta/notes.txt": b"b"})
    with pytest.raises(SourceError, match=r"z: the archive has no data/x.csv; it holds data/other.csv, meta/notes.txt"):
        read_member("z", archive, "data/x.csv")
    assert read_member("z", archive, "data/other.csv") == b"a"


def test_a_member_whose_sum_does_not_hold_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", b"count,1234")
    with pytest.raises(SourceError, match=r"a\.csv in the archive is damaged"):
        read_member("z", out.getvalue().replace(b"count,1234", b"count,9234"), "a.csv")


def test_csv_rows_keep_their_line_numbers_and_the_byte_order_mark_is_no_heading() -> None:
    content = '\ufeffa,b\n1,"two\nlines"\n\n3,4\n'.encode()
    assert read_csv("f", content, ("a", "b")) == [(3, {"a": "1", "b": "two\nlines"}), (5, {"a": "3", "b": "4"})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,c\n1,2\n", "f, line 1: heading b is missing; found a, c"),
        (b"a,b,a\n1,2,3\n", "f, line 1: heading a appears twice"),
        (b"a,b\n1\n", "f, line 2: 1 cells where the heading has 2"),
        (b"a,b\n1,2\n1,2,3\n", "f, line 3: 3 cells where the heading has 2"),
        (b"", "f: not a readable CSV file"),
        (b'a,b\n"1,2\n', "f: not a readable CSV file"),
        (b"a,b\n\xff,2\n", "f, line 2: not UTF-8 text .*Save it as CSV UTF-8"),
    ],
)
def test_csv_files_not_as_described_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_csv("f", content, ("a", "b"))
