"""The OpenDocument spreadsheet, read back with calamine and held against the pack and the workbook."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import example_pack as example
import office
import openpyxl
import pytest
import python_calamine

from hnf.formats.ods import render_ods
from hnf.formats.xlsx import render_workbook
from hnf.packs.content import Column, Pack, Table
from hnf.packs.sections.worksheets import block_worksheets
from hnf.sources.workbooks.guard import ODS_MIMETYPE
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

Grid = list[list[Any]]
NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
}


def read(data: bytes) -> dict[str, Grid]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def member(data: bytes, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read(name))


@pytest.fixture(scope="module")
def pack(store: Store) -> Pack:
    sheets = block_worksheets(store, Authorities.of(store)["921"])[:1]
    return replace(example.example_pack(), worksheets=sheets)


@pytest.fixture(scope="module")
def data(pack: Pack) -> bytes:
    return render_ods(pack)


def test_every_sheet_holds_what_the_workbook_holds(pack: Pack, data: bytes) -> None:
    ours, theirs = read(data), read(render_workbook(pack))
    assert list(ours) == list(theirs)
    for name, grid in theirs.items():
        assert len(ours[name]) == len(grid), name
        for own, their in zip(ours[name], grid, strict=True):
            # Excel files carry 16 digits of a number, this one all 17.
            assert own == [pytest.approx(v, rel=1e-14) if isinstance(v, float) else v for v in their], name
    assert "Block 921 2023-24" in ours


def test_values_are_those_of_the_pack_unrounded(data: bytes) -> None:
    grid = read(data)["Table 1"]
    start = next(number for number, row in enumerate(grid) if row[0] == "Authority")
    assert grid[start + 1] == ["Testshire", 163_600_123.4, 963.5, 9688, 163.118, 5, "On the floor"]
    assert grid[start + 3] == ["Isle of Test", 23_456_789, 1311, "[x]", "[x]", 120, "[z]"]


def test_the_type_comes_first_and_stored_and_the_bytes_are_the_same_each_time(pack: Pack, data: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(data))
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type, archive.read("mimetype").decode()) == (
        "mimetype",
        zipfile.ZIP_STORED,
        ODS_MIMETYPE,
    )
    assert data[30:38] == b"mimetype"  # at the place where readers look, with no extra field before it
    assert data == render_ods(pack)
    listed = {element.get(f"{{{_manifest}}}full-path") for element in member(data, "META-INF/manifest.xml")}
    assert listed == {"/", *archive.namelist()} - {"mimetype", "META-INF/manifest.xml"}


_manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def test_tables_are_marked_headings_tagged_language_and_title_set(pack: Pack, data: bytes) -> None:
    content = member(data, "content.xml")
    tables = content.findall(".//table:table", NAMES)
    heads = [table.findall("table:table-header-rows/table:table-row", NAMES) for table in tables]
    assert [len(rows) for rows in heads] == [0, *[1] * (len(tables) - 1)]
    ranges = content.findall(".//table:database-range", NAMES)
    assert len(ranges) == len(tables) - 1
    table = f"{{{NAMES['table']}}}"
    assert {found.get(f"{table}contains-header") for found in ranges} == {"true"}
    addresses = {found.get(f"{table}name"): found.get(f"{table}target-range-address") for found in ranges}
    grid = read(data)["Table 1"]
    start = next(number for number, row in enumerate(grid, 1) if row[0] == "Authority")
    assert addresses["table_table_1"] == f"'Table 1'.A{start}:'Table 1'.G{len(grid)}"
    assert not [element for element in content.iter() if any("spanned" in name for name in element.attrib)]
    defaults = member(data, "styles.xml").find(".//style:default-style/style:text-properties", NAMES)
    assert defaults is not None
    fo = f"{{{NAMES['fo']}}}"
    assert (defaults.get(f"{fo}language"), defaults.get(f"{fo}country")) == ("en", "GB")
    meta = member(data, "meta.xml")
    assert meta.findtext(".//dc:title", namespaces=NAMES) == pack.title
    assert meta.findtext(".//dc:language", namespaces=NAMES) == "en-GB"


def test_names_print_areas_and_frozen_headings_are_those_of_the_workbook(pack: Pack, data: bytes) -> None:
    content, settings = member(data, "content.xml"), member(data, "settings.xml")
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(pack)))
    table = f"{{{NAMES['table']}}}"
    names = {
        found.get(f"{table}name"): found.get(f"{table}cell-range-address").replace("$", "")
        for found in content.iter(f"{table}named-range")
    }
    theirs = {name: found.attr_text.replace("$", "") for name, found in book.defined_names.items()}
    assert len(names) > 30
    assert {name: place.replace("'.", "'!").replace(":.", ":") for name, place in names.items()} == theirs
    areas = {found.get(f"{table}name"): found.get(f"{table}print-ranges") for found in content.iter(f"{table}table")}
    assert areas["Cover"] == f"'Cover'.A1:'Cover'.A{book['Cover'].max_row}"
    assert list(areas) == book.sheetnames
    config = "{urn:oasis:names:tc:opendocument:xmlns:config:1.0}"
    frozen = {}
    for entry in settings.iter(f"{config}config-item-map-entry"):
        items = {item.get(f"{config}name"): item.text for item in entry.findall(f"{config}config-item")}
        if "VerticalSplitPosition" in items:
            frozen[entry.get(f"{config}name")] = f"A{int(items['VerticalSplitPosition']) + 1}"
    assert frozen == {sheet.title: sheet.freeze_panes for sheet in book.worksheets if sheet.freeze_panes}


def test_hostile_and_awkward_text_stays_text() -> None:
    table = Table(
        id="awkward",
        title='=cmd|"/c calc"!A1',
        subtitle="",
        columns=(Column("Same"), Column("same", "count"), Column("<b>", "pct")),
        rows=(
            ("=1+1", None, float("nan")),
            ("two  spaces   and\na line & <tag> \x07", 1, 2.5),
            ("]]> {{ 7 * 7 }} {% raw %}", 10**9, -0.5),
        ),
        source="",
    )
    bare = example.bare_pack()
    data = render_ods(replace(bare, title="\ud800a title", sections=(replace(bare.sections[0], tables=(table,)),)))
    grid = read(data)["Table 1"]
    assert grid[0][0] == '=cmd|"/c calc"!A1'
    assert grid[-4:] == [
        ["Same", "same (2)", "<b>"],
        ["=1+1", "[x]", "[x]"],
        ["two  spaces   and\na line & <tag>", 1, 2.5],
        ["]]> {{ 7 * 7 }} {% raw %}", 10**9, -0.5],
    ]
    assert b"table:formula" not in zipfile.ZipFile(io.BytesIO(data)).read("content.xml")


def test_a_place_without_allocation_gets_one_too() -> None:
    assert list(read(render_ods(example.bare_pack()))) == ["Cover", "Contents", "Notes", "Sentences"]


@pytest.mark.office
def test_libreoffice_reads_the_numbers_with_their_formats(data: bytes, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(office.convert(data, tmp_path, "ods", "xlsx"))["Table 1"]
    (row,) = [cells for cells in sheet.iter_rows() if cells[0].value == "Testshire"]
    assert [cell.value for cell in row] == ["Testshire", 163_600_123.4, 963.5, 9688, 163.118, 5, "On the floor"]
    assert "£" in row[1].number_format
    assert [cell.number_format for cell in row[3:6]] == ["#,##0", "0.0", "0"]
