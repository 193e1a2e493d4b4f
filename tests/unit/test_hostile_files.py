"""Hostile and broken files: each is refused in one line, soon, and without much memory; odd cells are never figures."""

from __future__ import annotations

import copy
import os
import re
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fixtures import fault_lines, hostile, made_up
from fixtures.fault_lines import read
from fixtures.made_up import BLOCK, FIRST_AUTHORITY_ROW, PUPILS, Sheets, write_ods, write_xlsx

from hnf.errors import SourceError
from hnf.sources.dsg import load_dsg
from hnf.sources.places import Register
from hnf.sources.workbooks.guard import plain_number
from hnf.sources.workbooks.read import ALL_SHEETS, open_workbook, read_ahead
from hnf.tables.store import Store

Books = tuple[Sheets, Register]
ROOT = Path(__file__).parent.parent.parent
#: Bytes beyond those of the interpreter and its libraries that no file may take.
MEMORY = 1_000_000_000
#: Of processor time, in the process that reads and in this one.
SECONDS = 5.0


def processor_time() -> float:
    """Seconds that this process and those it waited for have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


#: Refused after a second and more of work.
LONG = {
    "ten_million_in_two.ods", "ten_megabytes.ods", "ten_megabytes.xlsx", "far_cells.xls", "text_repeated.ods",
    "spaces.ods", "far_cell.xls", "far_cell_behind_chart.xls", "tags.xlsx",
}  # fmt: skip
ALL = [
    pytest.param(name, marks=[pytest.mark.slow] if name in LONG else [])
    for name in (*hostile.WORKBOOKS, *hostile.CSV_FILES)
]


@pytest.mark.parametrize("name", ALL)
def test_a_hostile_file_is_refused_in_one_line(name: str) -> None:
    content = hostile.make(name)
    took = []
    for _ in range(3):  # another program may take the processor's caches and memory away: then it is tried again
        began = processor_time()
        with pytest.raises(SourceError, match=hostile.message(name)) as caught:
            read(name, content)
        took.append(processor_time() - began)
        if took[-1] < SECONDS:
            break
    assert min(took) < SECONDS
    line = caught.value.line()
    assert line.startswith(name)
    assert "\n" not in line
    assert len(line) < 600


@pytest.mark.parametrize("name", hostile.COMMITTED)
def test_the_files_that_are_kept_are_refused_in_the_same_words(name: str) -> None:
    content = (hostile.FOLDER / name).read_bytes()
    if content != hostile.make(name):  # most are made byte for byte the same, and were read above
        with pytest.raises(SourceError, match=hostile.message(name)):
            read(name, content)


@pytest.mark.parametrize("number", [7, 8])
@pytest.mark.parametrize("ids", ['x:id="rId7" r:id="rId8"', 'r:id="rId8" x:id="rId7"', 'r:id="rId8"'])
def test_whichever_part_is_read_has_been_looked_at(number: int, ids: str) -> None:
    """A reference may lead two ways: an error in either part is shown as one."""
    parts = hostile.parts_of(write_xlsx({"One": [[1]]}))
    first = parts.pop("xl/worksheets/sheet1.xml")
    assert b"<v>1</v>" in first or b"<v>1.0</v>" in first
    for each in (7, 8):
        cell = b'<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        parts[f"xl/worksheets/sheet{each}.xml"] = re.sub(rb"<c .*?</c>", cell, first)
    relations = "".join(
        f'<Relationship Id="rId{each}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'worksheet" Target="worksheets/sheet{each if each == number else 15 - each}.xml"/>'
        for each in (7, 8)
    )
    parts["xl/_rels/workbook.xml.rels"] = f"<Relationships>{relations}</Relationships>".encode()
    parts["xl/workbook.xml"] = (
        b'<workbook xmlns:r="r" xmlns:x="x"><sheets><sheet name="One" sheetId="1" ' + ids.encode() + b"/></sheets>"
        b"</workbook>"
    )
    with suppress(SourceError):
        assert open_workbook("bad", hostile.write_zip(parts)).sheet("One").rows == [["#DIV/0!"]]


def test_two_parts_whose_names_differ_in_their_case_alone_are_refused() -> None:
    parts = hostile.parts_of(write_xlsx({"One": [[1]]}))
    parts["xl/worksheets/Sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"1", b"2")
    with pytest.raises(SourceError, match=r"holds xl/worksheets/sheet1\.xml twice"):
        open_workbook("bad", hostile.write_zip(parts))


def test_a_file_of_two_kinds_is_read_as_the_one_that_was_looked_at() -> None:
    parts = {
        **hostile.parts_of(write_xlsx({"One": [[1]]})),
        **hostile.parts_of(write_ods({"One": [[2]]})),
    }
    assert open_workbook("bad", hostile.write_zip(parts)).sheet("One").rows[0][0] == 2


KINDS = ("str", "b", "e", "s", "n", "inlineStr", "d", "other", "")
INSIDE = (
    "", "<v></v>", "<v/>", "<v> </v>", "<v><!-- --></v>", "<v><![CDATA[]]></v>", "<f/>", "<f></f><v></v>", "<x/>",
    "<is/>", "<is><t></t></is>", "<is><t/></is>", "<is><r><t></t></r></is>", "<t></t>",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_far_cell_with_nothing_in_it_is_no_cell_or_refused(kind: str) -> None:
    """Of some the reader makes a value all the same, and with it a sheet of a million rows: that ends the program."""
    said = f' t="{kind}"' if kind else ""
    for inside in INSIDE:
        cell = f'<row r="1048576"><c r="XFD1048576"{said}>{inside}</c></row>'
        content = hostile.xlsx(f'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>{cell}</sheetData>')
        with suppress(SourceError):
            assert open_workbook("bad", content).sheet("One").rows == [[1]], inside


VALUES = (
    'office:value="1"', 'office:string-value=""', 'office:boolean-value="true"', 'office:date-value="2020-01-01"',
    'office:time-value="PT1H"', 'table:formula=""', 'table:formula="of:=1"', 'office:value-type=""',
    'office:value-type="other"', 'office:value-type="string"', 'calcext:value-type="string"', "",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("inside", ["", "<text:p/>", "<text:p><text:tab/></text:p>", "<text:h>x</text:h>"])
@pytest.mark.parametrize("tag", ["table-cell", "covered-table-cell"])
def test_cells_repeated_to_the_edge_are_no_cells_or_refused(tag: str, inside: str) -> None:
    for value in VALUES:
        cell = f'<table:{tag} {value} table:number-columns-repeated="16000">{inside}</table:{tag}>'
        with suppress(SourceError):
            rows = open_workbook("bad", hostile.ods(hostile.ods_row(cell, 1_000_000))).sheet("One").rows
            assert len(rows) <= 1, value


@pytest.mark.parametrize(
    "size",
    [
        struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0),
        struct.pack("<IIHHH", 0, 65_536, 0, 256, 0),
        struct.pack("<HHHHH", 0, 0xFFFF, 0, 0xFFFF, 0),
    ],
)
def test_the_size_that_a_sheet_announces_is_not_believed_or_refused(size: bytes) -> None:
    """The reader of XLS makes room for as many cells, and ends its process where there is none."""
    content = hostile.xls([(0, 0), (1, 1)], record=struct.pack("<HH", 0x0200, len(size)) + size)
    with suppress(SourceError):
        assert open_workbook("bad", content).sheet("S0").rows == [[7, ""], ["", 7]]


def test_cells_behind_a_chart_within_a_sheet_are_read_and_counted() -> None:
    content = hostile.xls([(0, 0)], record=hostile.XLS_CHART + hostile.xls_number(1, 2, 9.0))
    assert open_workbook("bad", content).sheet("S0").rows[1][2] == 9


def test_where_the_reader_gave_up_in_its_own_code_is_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError):
        open_workbook("bad", hostile.make("merged_cells_missing.xls"))
    assert capfd.readouterr().err == ""
    os.write(2, b"what is said later")
    assert capfd.readouterr().err == "what is said later"


@pytest.mark.slow
@pytest.mark.parametrize("kind", range(0x000B, 0x0800, 0x0100))
def test_a_record_of_any_kind_in_a_far_place_is_no_cell_or_refused(kind: int) -> None:
    """Whatever the reader of XLS makes a cell of is counted."""
    for start in range(
        kind, kind + 0x0100, 16
    ):  # one process reads 80 files; where it has to be ended, each has its own
        books = {
            f"record {number:#06x} of {4 + more} bytes": hostile.xls(
                [(0, 0)], record=struct.pack("<HHHH", number, 4 + more, 60_000, 200) + b"\0" * more
            )
            for number in range(start, start + 16)
            for more in (2, 6, 10, 16, 20)
        }
        read_ahead([(name, content, ALL_SHEETS) for name, content in books.items()])
        for name, content in books.items():
            with suppress(SourceError):
                assert len(open_workbook(name, content).sheet("S0").rows) == 1, name


@pytest.mark.slow
def test_the_page_of_faults_has_what_is_said_of_each() -> None:
    page = fault_lines.PAGE.read_text(encoding="utf-8")
    assert page.count("<!-- files -->") == 1
    assert page == fault_lines.written()


def test_no_file_is_kept_that_is_not_tried() -> None:
    assert sorted(path.name for path in hostile.FOLDER.iterdir()) == sorted(hostile.COMMITTED)


def in_four_gigabytes(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that may not have more memory: what would fill the machine's is a failure instead."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_no_hostile_file_takes_a_gigabyte() -> None:
    """All of them read one after another in a process that may not have more."""
    code = (
        "import resource, sys\n"
        "from unit import test_hostile_files as t\n"
        "from fixtures import hostile\n"
        "from hnf.errors import SourceError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for name in [*hostile.WORKBOOKS, *hostile.CSV_FILES]:\n"
        "    try:\n"
        "        t.read(name, hostile.make(name))\n"
        "    except SourceError:\n"
        "        continue\n"
        "    raise SystemExit(name)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = in_four_gigabytes(code)
    assert done.returncode == 0, done.stderr[-500:]
    assert all(int(kibibytes) * 1024 < MEMORY for kibibytes in done.stdout.split())


def test_chains_that_run_in_circles_take_no_memory() -> None:
    """Found by fuzzing: 5,632 bytes, one of whose sectors names itself as the next."""
    code = (
        "from fixtures import hostile\n"
        "from hnf.errors import SourceError\n"
        "from hnf.sources.workbooks.read import open_workbook\n"
        "content = bytearray(hostile.xls([(0, 0)]))\n"
        "table = 512 * 10\n"
        "assert content[table + 4 * 8 : table + 4 * 9] == b'\\xfe\\xff\\xff\\xff'\n"
        "content[table + 4 * 8 : table + 4 * 9] = b'\\x08\\0\\0\\0'\n"
        "try:\n"
        "    open_workbook('circle.xls', bytes(content))\n"
        "except SourceError as error:\n"
        "    print(error)\n"
    )
    done = in_four_gigabytes(code)
    assert done.returncode == 0, done.stderr[-300:]
    assert re.match(r"circle\.xls: (not a readable workbook|reading it takes more than)", done.stdout)


def cell_of(value: str) -> str:
    """A cell of an ODS file with a value."""
    return hostile.ods_cell().replace('office:value="1"', f'office:value="{value}"')


class TestOddCells:
    """Cells that hold something else than they seem to: read rightly for a reason, or refused by sheet and cell."""

    @staticmethod
    def rows(content: bytes) -> list[list[Any]]:
        return open_workbook("f", content).sheet("One").rows

    def test_an_error_is_shown_as_the_error_it_is(self) -> None:
        assert self.rows(hostile.xlsx_cells('<c r="A1" t="e"><v>#REF!</v></c><c r="B1"><v>2</v></c>')) == [
            ["#REF!", 2.0]
        ]
        # Older programs store 0 beside the error that the reader of the sheet sees.
        zero = (
            hostile.ods_cell()
            .replace("/>", "><text:p>#DIV/0!</text:p></table:table-cell>")
            .replace('office:value="1"', 'office:value="0"')
        )
        assert self.rows(hostile.ods(hostile.ods_row(zero))) == [["#DIV/0!"]]
        marked = hostile.ods_text("Err:502", ' calcext:value-type="error"')
        assert self.rows(hostile.ods(hostile.ods_row(marked))) == [["Err:502"]]

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda xml: re.sub(rb"<(/?)(worksheet|sheetData|row|c|v|f)\b", rb"<\1a-b:\2", xml), [["#DIV/0!", 2.0]]),
            (lambda xml: xml.replace(b't="e"', b"t \n=\t'e'"), [["#DIV/0!", 2.0]]),
            (lambda xml: xml.replace(b"sheetData>", b"x:sheetData>"), "some names of elements have a prefix"),
            (lambda xml: xml.replace(b"<v>2<", b"<v><![CDATA[NaN]]><"), "comments, CDATA or instructions"),
            (lambda xml: xml.replace(b"<c r", b'<!-- <c r="Q9"> --><c r', 1), "comments, CDATA or instructions"),
            (lambda xml: xml.replace(b"<c r", b'<?q <c r="Q9"> ?><c r', 1), "comments, CDATA or instructions"),
            (lambda xml: xml.decode().encode("utf-16"), "is not UTF-8 text"),
            (lambda xml: b'<?xml version="1.0" encoding="latin1"?>' + xml, "is not UTF-8 text"),
        ],
    )
    def test_an_error_in_xml_of_an_unusual_form(self, change: Callable[[bytes], bytes], expected: Any) -> None:
        made = hostile.xlsx_cells('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B1"><v>2</v></c>')
        parts = hostile.parts_of(made)
        changed = change(parts["xl/worksheets/sheet1.xml"])
        assert changed != parts["xl/worksheets/sheet1.xml"]
        content = hostile.write_zip({**parts, "xl/worksheets/sheet1.xml": changed})
        if isinstance(expected, str):
            with pytest.raises(SourceError, match=expected):
                self.rows(content)
        else:
            assert self.rows(content) == expected

    @pytest.mark.parametrize(
        ("more", "text", "expected"),
        [
            ("", "&#35;REF!", "#REF!"),
            (' table:formula="of:=1"', "&#x23;REF!", "#REF!"),
            (' ce:value-type="error"', "odd", "odd"),
            (' calcext:value-type="&#101;rror"', "odd", "odd"),
            (" calcext:value-type  =  'error'", "odd", "odd"),
        ],
    )
    def test_an_error_of_an_ods_cell_in_an_unusual_form(self, more: str, text: str, expected: str) -> None:
        cell = f'<table:table-cell office:value-type="float" office:value="0"{more}><text:p>{text}</text:p>'
        assert self.rows(hostile.ods(hostile.ods_row(f"{cell}</table:table-cell>"))) == [[expected]]
        with pytest.raises(SourceError, match="comments, CDATA or instructions"):
            self.rows(hostile.ods(hostile.ods_row(f"<!-- -->{cell}</table:table-cell>")))

    def test_parts_that_no_reader_looks_at_may_be_anything(self) -> None:
        parts = hostile.parts_of(write_xlsx({"One": [[1]]}))
        other = "<?xml version='1.0' encoding='utf-16'?><x/>".encode("utf-16")
        assert self.rows(hostile.write_zip({**parts, "customXml/item1.xml": other})) == [[1.0]]

    def test_a_formula_that_nobody_calculated_is_no_gap(self) -> None:
        expected = [["(formula without a stored value)", 2.0]]
        assert self.rows(hostile.xlsx_cells('<c r="A1"><f>SUM(B1)</f></c><c r="B1"><v>2</v></c>')) == expected
        cells = '<table:table-cell table:formula="of:=SUM([.B1])"/>' + hostile.ods_cell().replace(
            'office:value="1"', 'office:value="2"'
        )
        assert self.rows(hostile.ods(hostile.ods_row(cells))) == expected

    def test_a_formula_with_a_stored_value_is_its_value(self) -> None:
        assert self.rows(hostile.xlsx_cells('<c r="A1"><f>1+1</f><v>2</v></c>')) == [[2.0]]

    def test_a_value_under_a_merged_cell_is_not_read_as_a_figure(self) -> None:
        cells = '<c r="A1"><v>1</v></c><c r="B1"><v>7</v></c>'
        merged = '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
        assert self.rows(hostile.xlsx_cells(cells, merged)) == [[1.0, "(7, hidden under a merged cell)"]]
        under = hostile.ods_text("7").replace("table:table-cell", "table:covered-table-cell")
        assert self.rows(hostile.ods(hostile.ods_row(hostile.ods_cell() + under))) == [
            [1.0, "(7, hidden under a merged cell)"]
        ]

    @pytest.mark.parametrize("value", ["NaN", "inf", "1e400", "-Infinity"])
    def test_what_is_not_finite_is_text(self, value: str) -> None:
        assert self.rows(hostile.xlsx_cells(f'<c r="A1"><v>{value}</v></c>')) == [[value]]
        assert self.rows(hostile.ods(hostile.ods_row(cell_of(value)))) == [[value]]

    def test_comments_are_no_part_of_a_cell(self) -> None:
        cell = hostile.ods_text("a").replace(
            "<text:p>", "<office:annotation><text:p>9</text:p></office:annotation><text:p>"
        )
        assert self.rows(hostile.ods(hostile.ods_row(cell))) == [["a"]]

    def test_empty_rows_to_the_end_of_the_sheet_are_nothing(self) -> None:
        """Programs write them: they are no reason to refuse a workbook."""
        empty = hostile.ods_row('<table:table-cell table:number-columns-repeated="16384"/>', 1_048_575)
        assert self.rows(hostile.ods(hostile.ods_row(hostile.ods_cell()) + empty)) == [[1.0]]
        assert self.rows(
            hostile.xlsx(
                '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
            )
        ) == [[1.0]]

    def test_a_hidden_sheet_is_not_what_was_published(self) -> None:
        parts = hostile.parts_of(write_xlsx(hostile.SMALL))
        shown = parts["xl/workbook.xml"].replace(
            b'name="One" sheetId="1" state="visible"', b'name="One" sheetId="1" state="hidden"'
        )
        assert shown != parts["xl/workbook.xml"]
        book = open_workbook("f", hostile.write_zip({**parts, "xl/workbook.xml": shown}))
        assert book.names == ["Two"]
        with pytest.raises(SourceError, match=r"f: no sheet is named like 'One'; the sheets are Two \(hidden: One\)"):
            book.sheet("One")

    @pytest.mark.parametrize(
        ("text", "number"),
        [("1234", 1234.0), ("-1.5", -1.5), ("1e3", 1000.0), ("1,234", None), ("£1,234", None), ("(1,234)", None),
         ("１２３４", None), ("1_234", None), ("nan", None), ("inf", None), ("1 234", None), ("", None), ("−5", None)],
    )  # fmt: skip
    def test_text_that_is_a_number(self, text: str, number: float | None) -> None:
        assert plain_number(text) == number


@pytest.fixture(scope="module")
def books(store: Store) -> Books:
    """The good workbook and the register it is read by."""
    return made_up.next_year(store), made_up.register(store)


class TestOddWorkbooks:
    """A whole workbook of allocations with one thing odd in it."""

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("£1,234", "'£1,234' is not a number"),
            ("(1,234)", "'(1,234)' is not a number"),
            ("1\xa0234", "'1 234' is not a number"),
            ("１２３４", "'１２３４' is not a number"),
            ("1234", "'1234' is not a number"),
            ("#REF!", "'#REF!' is not a number"),
            ("", "empty where a number belongs"),
            (" ", "empty where a number belongs"),
            ("\u200b", "is not a number"),
            ("Z", "'Z' is not a number"),
            ("low*", "'low*' is not a number"),
        ],
    )
    @pytest.mark.parametrize("write", [write_ods, write_xlsx])
    @pytest.mark.parametrize("place", [(BLOCK, FIRST_AUTHORITY_ROW, 5, "F5"), (PUPILS, 3, 2, "C4")])
    @pytest.mark.slow
    def test_a_cell_that_is_no_number_is_named(
        self, books: Books, write: Callable[[Sheets], bytes], place: tuple[str, int, int, str], value: str, said: str
    ) -> None:  # fmt: skip
        good, register = books
        sheet, row, column, address = place
        sheets = {**good, sheet: copy.deepcopy(good[sheet])}
        sheets[sheet][row][column] = value
        with pytest.raises(SourceError, match=rf"sheet {sheet}, cell {address}: .*{re.escape(said)}"):
            load_dsg(made_up.dsg_source(), write(sheets), register)

    def test_rows_of_another_order_are_the_same_data(self, books: Books) -> None:
        good, register = books
        sheets = {**good, PUPILS: [*good[PUPILS][:2], *good[PUPILS][:1:-1]]}
        rows = load_dsg(made_up.dsg_source(), write_ods(sheets), register)["dsg_pupils"]
        expected = load_dsg(made_up.dsg_source(), write_ods(good), register)["dsg_pupils"]
        assert {(r["la_code"], r["phase"], r["pupils"]) for r in rows} == {
            (r["la_code"], r["phase"], r["pupils"]) for r in expected
        }


@pytest.mark.parametrize(
    "name", ["ten_million_cells.ods", "far_cell.xlsx", "semicolons.csv", "climbs_out.ods", "nul.csv"]
)
def test_ingest_says_the_same(hnf: Callable[..., Any], tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(hostile.make(name))
    answer = hnf("ingest", path, "--data", tmp_path / "own")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"hnf: {name}")
    assert len(answer.err.splitlines()) == 1
    assert not (tmp_path / "own" / "authorities.csv").exists()
