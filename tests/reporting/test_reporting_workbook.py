"""The workbook, read back with openpyxl and with calamine."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import example_pack as example
import openpyxl
import pandas as pd
import pytest
import python_calamine

from hnf.formats.xlsx import fill_results, render_workbook
from hnf.formula.block import Column as Row
from hnf.formula.block import Number, Operation
from hnf.formula.worked_rows import FormulaRow, Within
from hnf.packs.content import Column, Pack, Table, Worksheet, print_figure

Grid = list[list[Any]]


def read_openpyxl(data: bytes) -> dict[str, Grid]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def read_calamine(data: bytes) -> dict[str, Grid]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    grids = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    return {name: [[None if value == "" else value for value in row] for row in grid] for name, grid in grids.items()}


READERS: tuple[Callable[[bytes], dict[str, Grid]], ...] = (read_openpyxl, read_calamine)


@pytest.fixture(scope="module")
def data() -> bytes:
    return render_workbook(example.example_pack())


def body(grid: Grid, first_heading: str) -> Grid:
    """Return the table of a sheet, headings first."""
    start = next(n for n, row in enumerate(grid) if row[0] == first_heading)
    return grid[start:]


@pytest.mark.parametrize("read", READERS)
def test_sheets_come_in_the_order_of_the_guidance_with_titles_in_a1(
    data: bytes, read: Callable[[bytes], dict[str, Grid]]
) -> None:
    sheets = read(data)
    assert list(sheets) == [
        "Cover",
        "Contents",
        "Notes",
        "Sentences",
        "Table 1",
        *(f"Chart {n}" for n in range(1, 5)),
        "Figures",
        "Glossary",
        "Sources",
    ]
    assert all(len(name) <= 31 for name in sheets)
    assert all(isinstance(grid[0][0], str) and grid[0][0] for grid in sheets.values())
    assert sheets["Cover"][0][0] == "High needs funding in Testshire"
    assert sheets["Table 1"][0][0] == "Testshire and its statistical neighbours [note 2][note 3]"


@pytest.mark.parametrize("read", READERS)
def test_numbers_stay_numbers_unrounded_and_missing_ones_are_a_symbol(
    data: bytes, read: Callable[[bytes], dict[str, Grid]]
) -> None:
    sheet = read(data)["Table 1"]
    rows = body(sheet, "Authority")
    table = example.neighbours_table()
    assert rows[0] == [column.title for column in table.columns]
    assert rows[1] == ["Testshire", 163_600_123.4, 963.5, 9688, 163.118, 5, "On the floor"]
    assert rows[2][0] == example.LONG
    assert rows[3] == ["Isle of Test", 23_456_789, 1311, "[x]", "[x]", 120, "[z]"]
    assert rows[4][3] == 0
    assert not [value for row in rows for value in row if value is None]
    above = [row[0] for row in sheet[: len(sheet) - len(rows)]]
    assert any(str(line).startswith("[x] means not available") for line in above)
    assert table.source in above


@pytest.mark.parametrize("read", READERS)
def test_notes_are_numbered_and_each_reference_has_its_note(
    data: bytes, read: Callable[[bytes], dict[str, Grid]]
) -> None:
    sheets = read(data)
    notes = {int(row[0]): row[1] for row in body(sheets["Notes"], "Note number")[1:]}
    assert list(notes) == list(range(1, len(notes) + 1))
    assert notes[2] == example.neighbours_table().notes[0]
    referred = {int(n) for grid in sheets.values() for n in re.findall(r"\[note (\d+)\]", str(grid[0][0]))}
    assert referred == set(notes)


def test_text_never_becomes_a_formula_a_number_or_a_link(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 500
    assert not [cell for cell in cells if cell.data_type == "f"]
    suspicious = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))]
    assert len(suspicious) >= 2
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in suspicious)
    links = [cell.hyperlink.target or cell.hyperlink.location for cell in cells if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[2:]]
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name)


def test_sheets_hold_one_marked_table_each_and_no_merged_cells(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data))
    names = []
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert len(sheet.tables) == (0 if sheet.title == "Cover" else 1)
        names += list(sheet.tables)
    assert len(set(names)) == len(names)


def test_numbers_carry_the_format_of_their_kind(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["Table 1"]
    start = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "Authority")
    formats = [sheet.cell(start + 1, column).number_format for column in range(2, 7)]
    assert formats == ["£#,##0;-£#,##0", "£#,##0;-£#,##0", "#,##0", "0.0", "0"]
    assert sheet.cell(start + 4, 3).number_format == "£#,##0.00;-£#,##0.00"
    assert sheet.cell(start + 1, 2).alignment.horizontal == "right"


@pytest.mark.parametrize("read", READERS)
def test_key_sentences_and_figures_are_listed_with_their_basis(
    data: bytes, read: Callable[[bytes], dict[str, Grid]]
) -> None:
    pack = example.example_pack()
    sheets = read(data)
    rows = body(sheets["Sentences"], "Number")[1:]
    listed = {row[0]: row[1] for row in rows}
    assert list(listed.values()) == [sentence.text for sentence in pack.sentences()]
    assert list(listed) == list(range(1, len(pack.sentences()) + 1))
    first = [row for row in rows if row[0] == 1]
    assert [row[2:7] for row in first] == [
        ["Message", print_figure(example.GROWTH), "test:growth:919:2015:2024", "derived", pack.headline.basis],
        [
            "Message",
            print_figure(example.GROWTH_ENGLAND),
            "test:growth:england:2015:2024",
            "derived",
            pack.headline.basis,
        ],
    ]
    assert next(row[3:5] for row in rows if row[0] == 2) == ["no figures", "[z]"]
    ids = [figure.id for sentence in pack.sentences() for figure in sentence.figures]
    assert [row[4] for row in rows if row[4] != "[z]"] == ids
    figures = {row[0]: row for row in body(sheets["Figures"], "Figure id")[1:]}
    assert list(figures) == [figure.id for figure in pack.figures()]
    assert figures["test:gap:919:2023-24"][2:5] == [47_361_204.5, "pounds (£)", "estimated"]
    assert figures["test:ehc_plans:921:2026"][2] == "[x]"
    assert figures["test:ehc_plans:921:2026"][7] == "suppressed by DfE"


@pytest.mark.parametrize("read", READERS)
def test_the_cover_is_the_first_page(data: bytes, read: Callable[[bytes], dict[str, Grid]]) -> None:
    pack = example.example_pack()
    lines = [row[0] for row in read(data)["Cover"]]
    expected = [pack.title, pack.headline.text, pack.as_at.text]
    for number in pack.numbers:
        expected += [number.large, number.label, number.says.text]
    first = next(section for section in pack.sections if section.page == "first")
    expected += [first.title, *(sentence.text for sentence in first.sentences()), "About these data"]
    assert lines[: len(expected)] == expected
    assert not [line for line in lines if line.startswith("£964")]  # on the second page


def test_every_table_has_its_headings_frozen_its_area_and_a_page_one_wide(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        first, last = re.findall(r"\d+", table.ref)
        assert sheet.freeze_panes == f"A{int(first) + 1}"
        assert sheet.print_title_rows == f"${first}:${first}"
        area = re.findall(r"[A-Z]+|\d+", sheet.print_area.partition("!")[2].replace("$", ""))
        assert area[:2] == ["A", "1"]
        assert int(area[3]) >= int(last)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert book["Cover"].print_area.endswith(f"$A${book['Cover'].max_row}")


def test_charts_are_drawn_from_the_cells_of_their_sheet_with_a_text_for_each(data: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(data))
    drawn = sorted(name for name in archive.namelist() if name.startswith("xl/charts/"))
    refs = [re.findall(r"<f>(.*?)</f>", archive.read(name).decode()) for name in drawn]
    book = openpyxl.load_workbook(io.BytesIO(data))
    charts = example.example_pack().charts()
    values = []
    for found in refs:
        sheet, area = found[-1].split("!")
        values.append([row[0].value for row in book[sheet.strip("'")][area.replace("$", "")]])
    among, block = charts[1], charts[3]  # a line of the first has no column of its own, the third is a waterfall
    assert len(drawn) == 2
    assert values[0] == pytest.approx([value for _, value in among.spec.values])
    assert values[1] == [value for _, value in block.spec.lines[-1].points]
    alts = [re.findall(r'descr="(.*?)"', archive.read(f"xl/drawings/drawing{n}.xml").decode()) for n in (1, 2)]
    assert [html.unescape(alt[0]) for alt in alts] == [among.alt, block.alt]


def test_index_numbers_follow_from_the_counts_beside_them() -> None:
    columns = (Column("January"), Column("Plans", "count"), Column("Index", "index"), Column("Other", "index"))
    rows = (("2015", 50, 100.0, 100.0), ("2016", 60, 120.0, 119.0), ("2017", 75, 150.0, 150.0))
    table = Table("counts", "Counts", "", columns, rows, "")
    pack = example.bare_pack()
    chart = replace(example.growth_chart(), data=table)
    data = render_workbook(replace(pack, sections=(replace(pack.sections[0], charts=(chart,)),)))
    assert [row[2:] for row in body(read_openpyxl(data)["Chart 1"], "January")[1:]] == [
        ["=B4/B4*100", 100],
        ["=B5/B4*100", 119],
        ["=B6/B4*100", 150],
    ]
    assert [row[2] for row in body(read_calamine(data)["Chart 1"], "January")[1:]] == [100, 120, 150]


@pytest.mark.parametrize("pack", [example.example_pack(), example.bare_pack()])
def test_the_same_pack_gives_the_same_bytes(pack: Pack) -> None:
    first = render_workbook(pack)
    assert first == render_workbook(pack)
    stamps = {info.date_time for info in zipfile.ZipFile(io.BytesIO(first)).infolist()}
    assert len(stamps) == 1


def test_a_place_without_allocation_still_gets_a_workbook() -> None:
    data = render_workbook(example.bare_pack())
    for read in READERS:
        assert list(read(data)) == ["Cover", "Contents", "Notes", "Sentences"]


def test_amounts_that_pages_print_in_millions_are_in_pounds_in_a_sheet() -> None:
    columns = (Column("Basis"), Column("At England's rate (£m)", "millions"))
    table = Table("gaps", "Gaps", "", columns, (("Per head", 46_110_629.29), ("Per plan", None)), "")
    pack = example.bare_pack()
    data = render_workbook(replace(pack, sections=(replace(pack.sections[0], tables=(table,)),)))
    assert body(read_openpyxl(data)["Table 1"], "Basis") == [
        ["Basis", "At England's rate (£)"],
        ["Per head", 46_110_629.29],
        ["Per plan", "[x]"],
    ]


def test_a_figure_with_an_input_for_every_authority_and_a_very_long_text_still_fit_their_rows() -> None:
    pack = example.bare_pack()
    rank = replace(example.RANK, inputs=tuple(f"test:rate:{n}" for n in range(151)))
    headline = replace(pack.headline, text="Many words. " * 400, figures=(rank,))
    data = render_workbook(replace(pack, headline=headline))
    (row,) = body(read_openpyxl(data)["Figures"], "Figure id")[1:]
    assert row[6].endswith("and 147 more: hnf trace test:rank:919:2023-24")
    book = openpyxl.load_workbook(io.BytesIO(data))
    heights = [dimension.height for sheet in book for dimension in sheet.row_dimensions.values() if dimension.height]
    # Excel refuses to open a row above 409 points.
    assert 390 < max(heights) < 409


def test_awkward_tables_are_written_whole() -> None:
    table = Table(
        id="awkward",
        title="=1+1",
        subtitle="",
        columns=(Column("Same"), Column("Same", "count"), Column("", "pct")),
        rows=(("  ", None, float("nan")), ("$$a$$ and [b](c) and [d](e)", 1, 2.0), ("…", 10**9, -0.5)),
        source="",
        notes=("$$", "=2+2"),
    )
    pack = example.bare_pack()
    section = replace(pack.sections[0], tables=(table, replace(table, title="—"), replace(table, title="")))
    data = render_workbook(replace(pack, sections=(section,)))
    for read in READERS:
        rows = body(read(data)["Table 1"], "Same")
        assert rows[0] == ["Same", "Same (2)", "Column"]
        assert rows[1] == ["[z]", "[x]", "[x]"]
        assert rows[2] == ["$$a$$ and [b](c) and [d](e)", 1, 2.0]
        assert rows[3] == ["symbol …", 10**9, -0.5]
        assert [read(data)[f"Table {n}"][0][0].split(" [")[0] for n in (1, 2, 3)] == ["=1+1", "symbol —", "Table 3"]


def test_a_formula_gets_the_result_of_its_address_and_nothing_else_changes() -> None:
    saved = (
        b'<row r="1"><c r="A1" s="3"><f>B1&lt;=2</f><v/></c><c r="B1"><f>1+1</f><v></v></c>'
        b'<c r="C1" t="inlineStr"><is><t>&lt;f&gt;1&lt;/f&gt;</t></is></c><c r="D1"><v>7</v></c></row>'
    )
    assert fill_results(saved, {}) == saved
    assert fill_results(saved, {"C1": 5, "D1": 6, "AA1": 8}) == saved
    assert fill_results(saved, {"A1": "yes & <no>", "B1": 0.1 + 0.2}) == (
        b'<row r="1"><c r="A1" s="3" t="str"><f>B1&lt;=2</f><v>yes &amp; &lt;no&gt;</v></c>'
        b'<c r="B1"><f>1+1</f><v>0.30000000000000004</v></c>'
        b'<c r="C1" t="inlineStr"><is><t>&lt;f&gt;1&lt;/f&gt;</t></is></c><c r="D1"><v>7</v></c></row>'
    )


def test_readers_that_do_not_calculate_see_the_results_of_formulas() -> None:
    rows = (
        FormulaRow("a", "An input", "Input", "A", 2.5, "pounds (£)", "test:a", how="as published"),
        FormulaRow("b", "Twice", "Worked out", "", 5.0, "pounds (£)", "test:b", Operation("*", Row("a"), Number(2))),
        FormulaRow("c", "Small", "Check", "", "yes", "", "", Within(Row("a"), 3.0)),
    )
    data = render_workbook(replace(example.bare_pack(), worksheets=(Worksheet("Block", "A sheet", "", rows, ""),)))
    values = [row[2] for row in body(read_calamine(data)["Block"], "Line")[1:]]
    assert values == [2.5, 5.0, "yes"]
    frame = pd.read_excel(io.BytesIO(data), "Block", header=None, engine="openpyxl")
    assert frame[2].to_list()[-3:] == values
    formulas = [row[2] for row in body(read_openpyxl(data)["Block"], "Line")[1:]]
    assert formulas[1:] == ["=C5*2", '=IF(ABS(C5)<=3,"yes","no")']
