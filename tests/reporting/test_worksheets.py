"""Sheets of live formulas in the workbook, read back cell by cell, and worked out again by another program."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import example_pack as example
import office
import openpyxl
import pytest

from hnf.analysis.trace import resolve
from hnf.formats.ods import render_ods
from hnf.formats.xlsx import render_workbook
from hnf.formula.block import Column
from hnf.formula.worked_rows import FormulaRow
from hnf.packs.content import Pack, Worksheet
from hnf.packs.sections.funding import block_worksheets
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

YEARS = ["2023-24", "2022-23", "2021-22", "2020-21", "2019-20"]
#: Hertfordshire, the Isle of Wight, Kingston upon Hull, Bournemouth, Christchurch and Poole.
AUTHORITIES = ("919", "921", "810", "839")


def pack_of(store: Store, *codes: str) -> Pack:
    found = Authorities.of(store)
    sheets = tuple(sheet for code in codes for sheet in block_worksheets(store, found[code]))
    return replace(example.bare_pack(), worksheets=sheets)


def formulas_of(data: bytes) -> dict[tuple[str, str], str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def work_out(formula: str, cells: Mapping[str, Any]) -> Any:
    """The little of a spreadsheet program that these formulas need; an empty or text cell is an error."""
    names = {name: float(cells[name]) for name in set(re.findall(r"\b[A-Z]\d+\b", formula))}
    text = formula.removeprefix("=")
    if found := re.fullmatch(r'IF\((.+),"yes","no"\)', text):
        return "yes" if eval(found[1], {"ABS": abs}, names) else "no"
    if found := re.fullmatch(r"ROUND\((.+),2\)", text):
        exact = Decimal(repr(eval(found[1], {}, names)))
        return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))  # half away from nought, as spreadsheets do
    return eval(text, {}, names)


def test_there_is_a_sheet_for_each_year_the_latest_first(store: Store) -> None:
    found = Authorities.of(store)
    assert [sheet.name for sheet in block_worksheets(store, found["919"])] == [f"Block 919 {year}" for year in YEARS]
    assert [sheet.name for sheet in block_worksheets(store, found["942"])] == ["Block 942 2023-24"]
    assert block_worksheets(store, found["201"]) == ()


def test_formulas_refer_to_cells_above_them_and_give_the_values_they_carry(store: Store) -> None:
    data = render_workbook(pack_of(store, *AUTHORITIES))
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found = formulas_of(data)
    assert len(found) > 300
    columns = {sheet.title: {cell.coordinate: cell.value for cell in sheet["C"]} for sheet in values.worksheets[3:]}
    for (sheet, address), formula in found.items():
        cells = columns[sheet]
        own = int(address[1:])
        assert all(int(row) < own for row in re.findall(r"C(\d+)", formula)), (sheet, address, formula)
        expected = work_out(formula, cells)
        got = cells[address]
        assert got == expected or abs(got - expected) <= 0.01, (sheet, address, formula)


def test_each_value_of_a_sheet_is_its_figure_and_each_input_names_its_cell(store: Store) -> None:
    data = render_workbook(pack_of(store, "919"))
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    live = formulas_of(data)
    checked = 0
    for name in book.sheetnames:
        if not name.startswith("Block"):
            continue
        rows = list(book[name].iter_rows())
        start = next(number for number, row in enumerate(rows) if row[0].value == "Line")
        for row in rows[start + 1 :]:
            label, _, value, unit, _, how, place, figure_id = (cell.value for cell in row)
            if figure_id == "[z]":
                assert value in {"yes", "no"}
                continue
            figure = resolve(store, figure_id)
            assert figure.value is not None
            scale = 1e6 if unit == "£ million" else 1
            assert value * scale == pytest.approx(figure.value, abs=1e-6), label
            is_live = (name, row[2].coordinate) in live
            assert is_live == (how != "as published" and not re.match(r"sum (of|over) \d+ ", how)), (name, label, how)
            if how == "as published":
                assert re.search(r"(cell [A-Z]+\d+|line \d+)", place), (name, label, place)
            checked += 1
    assert checked > 180


def test_the_printed_row_of_the_latest_year_is_the_formula_of_a_cell(store: Store) -> None:
    data = render_workbook(pack_of(store, "919"))
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Block 919 2023-24"]
    rows = {cell.value: cell.row for cell in sheet["A"]}
    first = rows["Formula elements inside the floor and gains calculation"]
    total = sheet.cell(rows["High needs block before deductions, recomputed by the printed formula"], 3).value
    a, b, c, d, e, f, _, h = (f"C{first + n}" for n in range(8))
    assert total == f"={a}+{b}*{c}+{d}+{e}+{f}+{h}"


def test_a_missing_input_is_a_symbol_and_what_needs_it_is_no_formula() -> None:
    rows = (
        FormulaRow("A", "An input", "Input", "A", None, "pounds (£)", "test:a", how="suppressed"),
        FormulaRow("B", "=1+1", "Worked out", "", None, "pounds (£)", "test:b", Column("A"), "not worked out"),
    )
    pack = replace(example.bare_pack(), worksheets=(Worksheet("Block", "A sheet", "", rows, ""),))
    data = render_workbook(pack)
    assert formulas_of(data) == {}
    values = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(data))["Block"]["C"]]
    assert values[-2:] == ["[x]", "[x]"]
    assert b"table:formula" not in render_ods(pack)


@pytest.mark.office
def test_libreoffice_works_out_the_same_to_the_penny(store: Store, tmp_path: Path) -> None:
    data = render_workbook(pack_of(store, *AUTHORITIES, "942"))
    carried = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found = office.worked_out(data, tmp_path)
    assert len(found) > 300
    for (sheet, address), value in found.items():
        own = carried[sheet][address].value
        assert value == own or abs(value - own) <= 0.01, (sheet, address, own, value)


@pytest.mark.office
def test_libreoffice_works_out_the_opendocument_formulas_too(store: Store, tmp_path: Path) -> None:
    pack = pack_of(store, "919")
    carried = openpyxl.load_workbook(io.BytesIO(render_workbook(pack)), data_only=True)
    converted = office.convert(office.forget_ods_values(render_ods(pack)), tmp_path, "ods", "xlsx")
    formulas, values = openpyxl.load_workbook(converted), openpyxl.load_workbook(converted, data_only=True)
    live = [
        (sheet.title, cell.coordinate)
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert len(live) == len(formulas_of(render_workbook(pack)))
    for sheet, address in live:
        own, value = carried[sheet][address].value, values[sheet][address].value
        assert value == own or abs(value - own) <= 0.01, (sheet, address, own, value)
