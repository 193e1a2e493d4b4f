"""The lines of the Analysis Function's spreadsheet checklist (docs/spreadsheet-checklist.md), on the workbook's bytes.

Each test reads a workbook of made-up figures and one of a real authority with its sheets of live formulas.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import example_pack as example
import openpyxl
import pandas as pd
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet as Sheet

from hnf.formats.xlsx import render_workbook
from hnf.packs.build import build_pack
from hnf.packs.sections.worksheets import block_worksheets
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

ROOT = Path(__file__).parents[2]
CHECKLIST = ROOT / "docs" / "spreadsheet-checklist.md"


@pytest.fixture(scope="module", params=["made up", "921"])
def data(request: pytest.FixtureRequest, store: Store) -> bytes:
    if request.param == "made up":
        return render_workbook(example.example_pack())
    worksheets = block_worksheets(store, Authorities.of(store)["921"])
    return render_workbook(replace(build_pack(store, "921"), worksheets=worksheets))


@pytest.fixture(scope="module")
def book(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def tables_of(book: openpyxl.Workbook) -> Iterator[tuple[Sheet, list[tuple[Cell, ...]]]]:
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        yield sheet, list(sheet[table.ref])


def members(data: bytes, pattern: str) -> list[str]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return [archive.read(name).decode() for name in archive.namelist() if re.search(pattern, name)]


def test_each_sheet_has_one_table_marked_up_and_named_after_it(book: openpyxl.Workbook) -> None:
    assert not book.worksheets[0].tables
    names = []
    for sheet, _ in tables_of(book):
        (table,) = sheet.tables.values()
        assert table.headerRowCount == 1
        assert table.autoFilter is None
        assert table.name == "table_" + re.sub(r"\W", "_", sheet.title).lower()
        names.append(table.name)
    assert len(set(names)) == len(names) == len(book.worksheets) - 1


def test_tables_start_in_column_a_with_nothing_below_or_beside_them(book: openpyxl.Workbook) -> None:
    for sheet, rows in tables_of(book):
        assert rows[0][0].column == 1, sheet.title
        assert (rows[-1][-1].row, rows[-1][-1].column) == (sheet.max_row, sheet.max_column), sheet.title
        above = list(sheet.iter_rows(max_row=rows[0][0].row - 1))
        assert all(row[0].value for row in above)
        assert not [cell for row in above for cell in row[1:] if cell.value is not None], sheet.title


def test_no_cells_are_merged_blank_or_hidden(book: openpyxl.Workbook) -> None:
    for sheet, rows in tables_of(book):
        assert not sheet.merged_cells.ranges
        assert not [cell.coordinate for row in rows for cell in row if cell.value is None or str(cell.value) == ""]
        assert not [1 for dimension in sheet.row_dimensions.values() if dimension.hidden]
        assert not [1 for dimension in sheet.column_dimensions.values() if dimension.hidden]
        assert sheet.sheet_state == "visible"


def test_headings_are_one_row_unique_and_wrap(book: openpyxl.Workbook) -> None:
    for sheet, rows in tables_of(book):
        headings = [str(cell.value) for cell in rows[0]]
        assert len({heading.casefold() for heading in headings}) == len(headings), sheet.title
        assert all(cell.font.b and cell.alignment.wrap_text for cell in rows[0])
        (table,) = sheet.tables.values()
        assert [column.name for column in table.tableColumns] == headings


def test_numbers_are_right_and_texts_left_with_units_in_headings_or_beside(book: openpyxl.Workbook) -> None:
    checked = 0
    for sheet, rows in tables_of(book):
        for row in rows[1:]:
            for cell, heading in zip(row, rows[0], strict=True):
                is_number = isinstance(cell.value, int | float) or cell.data_type == "f"
                assert cell.alignment.wrap_text, (sheet.title, cell.coordinate)
                if not is_number:
                    continue
                assert (cell.alignment.horizontal, heading.alignment.horizontal) == ("right", "right")
                assert cell.number_format != "General" or str(cell.value).startswith("=IF(")
                if "£" in cell.number_format:
                    beside = [other.value for other, head in zip(row, rows[0], strict=True) if head.value == "Unit"]
                    above = [sheet.cell(number, 1).value for number in range(1, heading.row)]
                    said = " ".join(map(str, (heading.value, *beside, *above)))
                    assert "£" in said or "ounds" in said, (sheet.title, heading.value)
                checked += 1
    assert checked > 100


def test_columns_are_wide_enough_for_their_words_and_numbers(book: openpyxl.Workbook) -> None:
    for sheet, rows in tables_of(book):
        for cell in rows[0]:
            width = sheet.column_dimensions[cell.column_letter].width
            assert 11 <= width <= 111, (sheet.title, cell.coordinate)
            assert width >= max(len(word) for word in str(cell.value).split())


def test_there_are_no_filters_pictures_or_macros(data: bytes, book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets:
        assert not sheet.auto_filter.ref
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert not [name for name in names if re.search(r"media|vba|comments", name)]
    assert not [text for text in members(data, r"worksheets/sheet") if "<oddHeader" in text or "<oddFooter" in text]


def test_notes_are_words_in_brackets_after_titles_and_stand_on_their_own_sheet(book: openpyxl.Workbook) -> None:
    numbers = {row[0].value for row in {s.title: r for s, r in tables_of(book)}["Notes"][1:]}
    referred = set()
    for sheet, rows in tables_of(book):
        referred |= {int(number) for number in re.findall(r"\[note (\d+)\]", str(sheet["A1"].value))}
        assert not [cell for row in rows for cell in row if "[note" in str(cell.value)], sheet.title
    assert referred == numbers == set(range(1, len(numbers) + 1))


def test_symbols_are_explained_above_the_table_that_uses_them(book: openpyxl.Workbook) -> None:
    seen = set()
    for sheet, rows in tables_of(book):
        above = [str(sheet.cell(row, 1).value) for row in range(2, rows[0][0].row)]
        for symbol in ("[x]", "[z]"):
            used = any(cell.value == symbol for row in rows for cell in row)
            assert used == any(line.startswith(f"{symbol} means") for line in above), (sheet.title, symbol)
            seen |= {symbol} if used else set()
        assert not [cell for row in rows for cell in row if re.fullmatch(r"[^\w\[]+", str(cell.value))]
    assert seen


def test_text_is_arial_of_twelve_points_or_more_without_fill_or_colour(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None:
                    continue
                assert (cell.font.name, cell.font.i) == ("Arial", False)
                assert cell.font.sz >= 12
                assert cell.fill.fill_type is None
                is_link = cell.hyperlink is not None
                # A link is underlined, and #0000FF has a contrast of 8.6 to 1 on white.
                colour = cell.font.color.rgb if cell.font.color.type == "rgb" else "automatic"
                assert (cell.font.u, colour) == (("single", "FF0000FF") if is_link else (None, "automatic"))


def test_the_contents_list_and_link_every_other_sheet_by_its_name(book: openpyxl.Workbook) -> None:
    rows = next(tables_of(book))[1][1:]
    assert [row[0].value for row in rows] == book.sheetnames[2:]
    assert [row[0].hyperlink.location for row in rows] == [f"'{name}'!A1" for name in book.sheetnames[2:]]
    titles = [str(book[str(row[0].value)]["A1"].value) for row in rows]
    assert [title.split(" [note")[0] for title in titles] == [row[1].value for row in rows]


def test_sheets_are_named_and_titled_and_a_reader_starts_in_a1_of_the_cover(book: openpyxl.Workbook) -> None:
    assert book.active is not None
    assert book.active.title == "Cover"
    titles = [str(sheet["A1"].value) for sheet in book.worksheets]
    assert all(len(title) >= 5 for title in titles)
    assert len(set(titles)) == len(titles)
    assert all(sheet["A1"].font.b and sheet["A1"].font.sz == 16 for sheet in book.worksheets)
    for sheet in book.worksheets:
        selection = sheet.sheet_view.selection[0]
        assert selection.activeCell in {None, "A1"}


def test_the_file_names_its_title_author_keywords_and_language(data: bytes, book: openpyxl.Workbook) -> None:
    properties = book.properties
    assert properties.title == book["Cover"]["A1"].value
    assert properties.creator == "hnf"
    assert "high needs funding" in str(properties.keywords)
    (custom,) = members(data, "docProps/custom.xml")
    assert "en-GB" in custom


def test_only_sheets_of_live_formulas_and_of_charts_hold_formulas_and_each_carries_its_value(
    data: bytes, book: openpyxl.Workbook
) -> None:
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert sheet.title.startswith(("Block ", "All authorities ", "Chart ")), sheet.title
                    assert values[sheet.title][cell.coordinate].value is not None


@pytest.mark.slow
def test_sheets_look_as_gptables_lays_them_out() -> None:
    """The Analysis Function's own package, given the same table, writes the same cells in the same places and fonts."""
    table = example.make_up_chart().data
    ours = openpyxl.load_workbook(io.BytesIO(render_workbook(example.example_pack())))["Chart 3"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import gptables

        frame = pd.DataFrame(table.rows, columns=[column.title for column in table.columns], dtype=object)
        sheet = gptables.GPTable(
            frame,
            table_name="table_chart_3",
            title=table.title,
            subtitles=[table.subtitle],
            instructions="This worksheet contains one table.",
            source=table.source,
        )
        out = io.BytesIO()
        options = {"in_memory": True}
        gptables.produce_workbook(out, {"Chart 3": sheet}, contentsheet_label=None, workbook_options=options).close()
    theirs = openpyxl.load_workbook(out)["Chart 3"]
    assert (theirs.max_row, theirs.max_column) == (ours.max_row, ours.max_column)
    for row in theirs.iter_rows():
        for cell in row:
            own = ours[cell.coordinate]
            assert own.value == cell.value, cell.coordinate
            looks = [
                (c.font.name, c.font.sz, c.font.b, c.border.bottom.style, c.fill.fill_type, c.alignment.wrap_text)
                for c in (cell, own)
                if c.value is not None
            ]
            assert looks[:1] == looks[1:], cell.coordinate
    assert [t.ref for t in theirs.tables.values()] == [t.ref for t in ours.tables.values()]


def test_the_checklist_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", CHECKLIST.read_text(encoding="utf-8")))
    assert len(named) > 12
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "reporting").glob("test_*.py"))
    assert not [name for name in sorted(named) if f"def {name}(" not in text]
