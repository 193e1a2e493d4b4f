"""Sheets of live formulas in the workbook, read back cell by cell, and worked out again by another program."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import example_pack as example
import office
import openpyxl
import pytest

import hnf
from hnf.analysis.trace import resolve
from hnf.formats.ods import render_ods
from hnf.formats.xlsx import render_workbook
from hnf.formula.block import Column
from hnf.formula.worked_rows import FormulaRow
from hnf.packs.content import Pack, Worksheet
from hnf.packs.sections.worksheets import block_worksheets
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import ordinal

TIDY = Path(__file__).parents[2] / "data" / "tidy"
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


@pytest.fixture(scope="module")
def hertfordshire(store: Store) -> bytes:
    return render_workbook(pack_of(store, "919"))


def rows_of(data: bytes, sheet: str, *, values: bool = True) -> dict[str, tuple[str, Any]]:
    """Address and value of each row of a sheet of live formulas, by its label and the part it is in."""
    found = {}
    for row in openpyxl.load_workbook(io.BytesIO(data), data_only=values)[sheet].iter_rows():
        if len(row) > 4 and row[4].value:
            found[f"{row[4].value}: {row[0].value}"] = (row[2].coordinate, row[2].value)
    return found


def whole_of(data: bytes, year: str = "2023-24") -> list[list[Any]]:
    """The rows of the sheet of all authorities, with the values they carry."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    rows = [[cell.value for cell in row] for row in book[f"All authorities {year}"].iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] == "DfE code")
    return rows[start + 1 :]


def test_there_is_a_sheet_for_each_year_the_latest_first(store: Store) -> None:
    found = Authorities.of(store)
    assert [sheet.name for sheet in block_worksheets(store, found["919"])] == [f"Block 919 {year}" for year in YEARS]
    assert [sheet.name for sheet in block_worksheets(store, found["942"])] == ["Block 942 2023-24"]
    assert block_worksheets(store, found["201"]) == ()


def test_formulas_refer_to_cells_above_them_and_give_the_values_they_carry(store: Store) -> None:
    data = render_workbook(pack_of(store, *AUTHORITIES))
    carried = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found = formulas_of(data)
    assert len(found) > 1500
    worked = office.Calculator(data)
    for (sheet, address), formula in found.items():
        if sheet.startswith("Block"):
            own = re.sub(r"'[^']+'![$A-Z0-9:]+", "", formula)
            assert all(int(row) < int(address[1:]) for row in re.findall(r"C(\d+)", own)), (sheet, address, formula)
        expected, got = worked.value(sheet, address), carried[sheet][address].value
        assert got == expected or abs(got - expected) <= 0.01, (sheet, address, formula)


def test_a_changed_number_of_plans_changes_rate_average_gap_rank_and_words(hertfordshire: bytes) -> None:
    data = hertfordshire
    before, part = rows_of(data, "Block 919 2023-24"), "Rate per EHC plan: "
    # Published: 10,486 plans, £180,432,328. 20,000 plans make £9,021.62 a plan, below every authority: by hand.
    assert before[f"{part}EHC plans, Hertfordshire, January 2023"][1] == 10_486
    assert before[f"{part}Rank per EHC plan in words"][1] == "32nd lowest of 149"
    change = {("Block 919 2023-24", before[f"{part}EHC plans, Hertfordshire, January 2023"][0]): 20_000}
    worked = office.Calculator(data, change)
    after = {label: worked.value("Block 919 2023-24", address) for label, (address, _) in before.items()}
    assert after[f"{part}Block per EHC plan"] == pytest.approx(9_021.6164)
    assert after[f"{part}England's average block per EHC plan"] == pytest.approx(9_952_172_126 / 526_526)
    gap = after[f"{part}More at England's average per EHC plan (below nought: less)"]
    assert gap == pytest.approx(9_952_172_126 / 526_526 * 20_000 - 180_432_328)
    assert after[f"{part}Rank per EHC plan (1 is the lowest)"] == 1
    assert after[f"{part}Rank per EHC plan in words"] == "lowest of 149"
    # What does not follow from plans is as it was.
    assert after["Rate per pupil: Rank per pupil in words"] == before["Rate per pupil: Rank per pupil in words"][1]


def test_a_changed_column_of_the_block_changes_every_rate_and_rank(hertfordshire: bytes) -> None:
    data = hertfordshire
    before = rows_of(data, "Block 919 2023-24")
    address, value = before["Published input: Formula elements inside the floor and gains calculation"]
    worked = office.Calculator(data, {("Block 919 2023-24", address): value + 50_000_000})
    after = {label: worked.value("Block 919 2023-24", address) for label, (address, _) in before.items()}
    block = after["Total that rates divide: High needs block before deductions that the rates divide"]
    # By hand: 180,432,327.16 recomputed from the printed columns, and 50 million.
    assert block == pytest.approx(230_432_327.16, abs=0.001)
    others = [(row[2], row[5], row[3]) for row in whole_of(data) if row[0] != "919" and "+" not in row[0]]
    head = "Rate per head aged 2 to 18: "
    assert after[f"{head}Block per head aged 2 to 18"] == pytest.approx(230_432_327.16 / 261_408)
    assert after[f"{head}Rank per head (1 is the lowest)"] == 1 + sum(
        gbp / people < 230_432_327.16 / 261_408 for gbp, _, people in others
    )
    pupil = "Rate per pupil: "
    assert after[f"{pupil}Rank per pupil (1 is the lowest)"] == 1 + sum(
        gbp / pupils < 230_432_327.16 / 172_831.33 for gbp, pupils, _ in others
    )
    assert after[f"{head}Rank per head in words"] == "69th highest of 151"
    england = after[f"{head}England's average block per head aged 2 to 18"]
    assert england == pytest.approx((9_952_172_126 - 180_432_328 + 230_432_327.16) / 11_483_815)


def test_the_sheet_of_all_authorities_holds_the_published_blocks_and_plans(hertfordshire: bytes) -> None:
    rows = whole_of(hertfordshire)
    with (TIDY / "dsg_high_needs_block.csv").open(encoding="utf-8") as file:
        blocks = {
            row["la_code"]: float(row["value"])
            for row in csv.DictReader(file)
            if (row["financial_year"], row["edition"], row["term"])
            == ("2023-24", "2023-07-20", "total_before_deductions")
            and row["geographic_level"] == "local_authority"
        }
    assert {row[0]: row[2] for row in rows if "+" not in row[0]} == blocks
    assert len(blocks) == 151
    with (TIDY / "ehc_plans.csv").open(encoding="utf-8") as file:
        plans = {
            row["la_code"]: int(row["count"])
            for row in csv.DictReader(file)
            if (row["january"], row["release"], row["age_group"], row["plan_type"])
            == ("2023", "2025", "total", "total")
            and row["geographic_level"] == "local_authority"
            and row["count"]
        }
    own = {row[0]: row[6] for row in rows if isinstance(row[6], int | float) and "+" not in row[0]}
    assert own == {code: plans[code] for code in own}
    assert len(own) == 149
    # Cumbria's two successors have no plans of January 2023: they are counted as one, and are not ranked.
    together = next(row for row in rows if "+" in row[0])
    assert (together[0], together[6], together[7:9]) == ("942 + 943", plans["909"], ["[z]", "[z]"])
    assert together[2] == blocks["942"] + blocks["943"]
    cumberland = next(row for row in rows if row[0] == "942")
    assert cumberland[-1].startswith(
        "No rate per EHC plan: EHC plans of January 2023 are published for its predecessor"
    )
    assert cumberland[-3:-1] == ["[x]", "[x]"]


def test_ranks_of_all_authorities_are_those_of_the_league_table(store: Store, hertfordshire: bytes) -> None:
    rows = whole_of(hertfordshire)
    for per, place in (("head", 7), ("pupil", 11), ("plan", 13)):
        ranked = {row["la_code"]: row["rank"] for row in hnf.rank(store, hnf.RateSpec("2023-24", "block", per)).rows()}
        assert {row[0]: row[place + 1] for row in rows if isinstance(row[place + 1], int)} == ranked


def test_two_authorities_of_one_pack_share_the_sheet_of_all(store: Store) -> None:
    data = render_workbook(pack_of(store, "921", "919"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [name for name in book.sheetnames if name.startswith("All")] == ["All authorities 2023-24"]
    own = {row[0].value: row[2].value for row in book["All authorities 2023-24"].iter_rows()}
    assert own["919"].startswith("='Block 919 2023-24'!C")
    assert own["921"].startswith("='Block 921 2023-24'!C")
    assert [row[0].value for row in book["All authorities 2023-24"].iter_rows()].count("919") == 1


def test_inputs_and_results_have_names(store: Store, hertfordshire: bytes) -> None:
    data = hertfordshire
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    values = {}
    for name in ("Block", "People", "Rate_per_head", "Gap_per_head", "Rank_per_head", "Rank_words_per_plan", "Input_A"):
        ((sheet, address),) = book.defined_names[f"{name}_919_2023_24"].destinations
        values[name] = book[sheet][address.replace("$", "")].value
    # Published: DSG 2023 to 2024, row 141, and ONS mid-2023; the others are those of `hnf rank` and `hnf gap`.
    assert (values["Block"], values["People"], values["Input_A"]) == (180_432_328, 261_408, 154_758_035)
    assert values["Rate_per_head"] == pytest.approx(180_432_328 / 261_408)
    assert (values["Rank_per_head"], values["Rank_words_per_plan"]) == (5, "32nd lowest of 149")
    assert values["Gap_per_head"] == pytest.approx(hnf.gap(store, hnf.RateSpec("2023-24"), "919").pounds)
    ((sheet, address),) = book.defined_names["All_blocks_2023_24"].destinations
    cells = [row[0].value for row in book[sheet][address.replace("$", "")]]
    assert (sheet, len(cells)) == ("All authorities 2023-24", 152)


def test_each_value_of_a_sheet_is_its_figure_and_each_input_names_its_cell(store: Store, hertfordshire: bytes) -> None:
    data = hertfordshire
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
                assert value in {"yes", "no"} or unit in {"place", "words"}
                continue
            figure = resolve(store, figure_id)
            assert figure.value is not None
            scale = 1e6 if unit == "£ million" else 1
            assert value * scale == pytest.approx(figure.value, abs=1e-6), label
            is_live = (name, row[2].coordinate) in live
            is_sum = bool(re.match(r"sum (of|over) \d+ ", how)) and name != "Block 919 2023-24"
            assert is_live == (how != "as published" and not is_sum), (name, label, how)
            if how == "as published":
                assert re.search(r"(cell [A-Z]+\d+|line \d+)", place), (name, label, place)
            checked += 1
    assert checked > 180


def test_the_printed_row_of_the_latest_year_is_the_formula_of_a_cell(hertfordshire: bytes) -> None:
    data = hertfordshire
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
def test_a_changed_input_changes_in_libreoffice_what_it_changes_by_hand(store: Store, tmp_path: Path) -> None:
    data = render_workbook(pack_of(store, "942"))
    before, sheet = rows_of(data, "Block 942 2023-24"), "Block 942 2023-24"
    people = before["Rate per head aged 2 to 18: People aged 2 to 18, Cumberland, ONS mid-2023 estimate"][0]
    book = openpyxl.load_workbook(io.BytesIO(data))
    book[sheet][people] = 30_000
    changed = io.BytesIO()
    book.save(changed)
    read = openpyxl.load_workbook(office.convert(changed.getvalue(), tmp_path, "xlsx", "xlsx"), data_only=True)
    after = {label: read[sheet][address].value for label, (address, _) in before.items()}
    rows = [row for row in whole_of(data) if "+" not in row[0]]
    (own,) = (row for row in rows if row[0] == "942")
    rank = 1 + sum(row[2] / row[3] < own[2] / 30_000 for row in rows if row[0] != "942")
    assert after["Rate per head aged 2 to 18: Block per head aged 2 to 18"] == pytest.approx(own[2] / 30_000)
    assert after["Rate per head aged 2 to 18: Rank per head (1 is the lowest)"] == rank
    assert after["Rate per head aged 2 to 18: Rank per head in words"] == f"{ordinal(152 - rank)} highest of 151"
    average = math.fsum(row[2] for row in rows) / (math.fsum(row[3] for row in rows) - own[3] + 30_000)
    gap = after["Rate per head aged 2 to 18: More at England's average per head aged 2 to 18 (below nought: less)"]
    assert gap == pytest.approx(average * 30_000 - own[2])
    worked = office.Calculator(data, {(sheet, people): 30_000})
    assert all(
        worked.value(sheet, at) == pytest.approx(after[label], abs=0.01)
        for label, (at, value) in before.items()
        if isinstance(value, int | float)
    )


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
