"""The block of an authority as rows that work themselves out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fixtures import made_up

from hnf.analysis.block_sheet import block_sheet
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.formula.block import additional_share
from hnf.formula.worked_rows import FormulaRow, write_formula
from hnf.measures.published import block_frame, financial_years
from hnf.paths import data_folder
from hnf.sources.build import to_csv, to_frame
from hnf.sources.dsg import load_dsg
from hnf.tables.authorities import Authorities
from hnf.tables.schema import TABLES
from hnf.tables.store import Store
from hnf.years import FinancialYear

HERTFORDSHIRE, CUMBERLAND, HULL, CITY = "919", "942", "810", "201"


def rows_of(store: Store, code: str, year: int) -> dict[str, FormulaRow]:
    sheet = block_sheet(store, Authorities.of(store)[code], FinancialYear(year))
    rows = {row.key: row for row in sheet.rows}
    assert len(rows) == len(sheet.rows)
    return rows


def written(row: FormulaRow) -> str:
    assert row.formula is not None
    return write_formula(row.formula, str, ",")


def test_inputs_are_as_printed_with_their_cells(store: Store) -> None:
    rows = rows_of(store, HERTFORDSHIRE, 2023)
    # Published: DSG 2023 to 2024, sheet High_needs_block, row 141.
    printed = {key: rows[key].value for key in "ABCDEFGHI"}
    assert printed == {
        **{"A": 154_758_035, "B": 4916.24, "C": 3084, "D": 1_068_000, "E": 36_000, "F": 2_303_131},
        **{"G": 154_758_035, "H": 7_105_477, "I": 180_432_328},
    }
    assert rows["A"].place == "dsg_2023_24, sheet High_needs_block, cell C141"
    assert rows["plan_plans_1"].place == "sen2_2025, line 740, ehcplans"
    assert [rows[key].unit for key in "ABC"] == ["pounds (£)", "£ per pupil", "pupils"]


def test_the_printed_row_becomes_a_formula_and_meets_print(store: Store) -> None:
    rows = rows_of(store, HERTFORDSHIRE, 2023)
    assert written(rows["recomputed"]) == "A+B*C+D+E+F+H"
    assert rows["recomputed"].how == "A + B × C + D + E + F + H"
    assert rows["recomputed"].place == "formula printed in dsg_2023_24, sheet High_needs_block, cell K3"
    # By hand: 154,758,035 + 4,916.24 × 3,084 + 1,068,000 + 36,000 + 2,303,131 + 7,105,477.
    assert rows["recomputed"].value == pytest.approx(180_432_327.16, abs=0.001)
    assert (rows["difference"].value, rows["within"].value) == (-0.84, "yes")
    assert written(rows["within"]) == 'IF(ABS(recomputed-I)<=1,"yes","no")'
    assert written(rows["head_gap"]) == "(head_england_rate-head_rate)*head_people_1"
    # FIELD: £47.4 million per pupil, £46 million per head.
    assert rows["pupil_gap"].value == pytest.approx(47.4e6, abs=0.05e6)
    assert rows["head_gap"].value == pytest.approx(46e6, abs=0.5e6)


def test_the_additional_allocation_is_shared_at_the_true_rate_not_the_rounded_one(store: Store) -> None:
    for year in (2022, 2023):
        rows = rows_of(store, HERTFORDSHIRE, year)
        share = additional_share(store, FinancialYear(year))
        assert share is not None
        assert written(rows["additional_rate"]) == "england_H/england_G"
        assert rows["additional_rate"].value == pytest.approx(share.solved_share, abs=1e-9)
        assert 0 < float(rows["additional_difference"].value or 0) < 2  # printed amounts are rounded up
    assert "[G] * 4.59%" in rows["additional_rate"].how


def test_in_2019_20_pounds_are_made_of_millions_and_the_extra_money_goes_by_population(store: Store) -> None:
    rows = rows_of(store, HERTFORDSHIRE, 2019)
    assert (rows["A"].unit, rows["A"].value) == ("£ million", 100.44857078060902)
    assert written(rows["A_gbp"]) == "A*1000000"
    assert written(rows["recomputed"]) == "A_gbp+B*C+D_gbp+F_gbp"
    assert rows["difference"].value == 0
    # £125 million over 11.36 million people: £11.00 a head; England's E includes the City of London and Scilly.
    assert rows["additional_rate"].value == pytest.approx(11.00, abs=0.005)
    assert rows["additional_difference"].value == 0
    assert "gains_limit" not in rows


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2022, 2023])
@pytest.mark.parametrize("code", [HERTFORDSHIRE, HULL, "921", "839"])
def test_every_row_is_a_figure_that_can_be_traced(store: Store, code: str, year: int) -> None:
    rows = rows_of(store, code, year)
    for row in rows.values():
        if row.key == "within":
            continue
        figure = resolve(store, row.figure_id)
        value = row.value * 1e6 if row.unit == "£ million" else row.value  # type: ignore[operator]
        assert figure.value == pytest.approx(value, abs=1e-6), row
        if row.place and not row.formula:
            assert figure.basis == "published"
    assert {cell.cell.cell for cell in trace(store, f"blockrow:{FinancialYear(year)}:{code}:difference").cells}


@pytest.mark.slow
def test_every_authority_of_every_year_meets_print(store: Store) -> None:
    checked = 0
    for year in financial_years(store):
        for code in block_frame(store, year)["area"].to_list():
            rows = rows_of(store, code, year.start)
            assert rows["within"].value == "yes", (code, year)
            assert abs(float(rows["after_difference"].value or 0)) <= 1, (code, year)
            checked += 1
    assert checked == 149 + 149 + 150 + 150 + 151


def test_a_rate_that_there_is_not_says_why(store: Store) -> None:
    rows = rows_of(store, CUMBERLAND, 2023)
    assert rows["plan_rate"].value is None
    assert "predecessor only: Cumbria (909)" in rows["plan_rate"].how
    assert "plan_gap" not in rows
    assert resolve(store, rows["plan_rate"].figure_id).status == rows["plan_rate"].how


def test_no_allocation_is_refused_with_the_reason(store: Store) -> None:
    with pytest.raises(UsageError, match="City of London had no high needs allocation in 2023-24"):
        rows_of(store, CITY, 2023)
    with pytest.raises(UsageError, match="no figure has the id"):
        resolve(store, "blockrow:2023-24:919:A")


def test_a_symbol_is_carried_to_what_needs_it_and_never_counts_as_nought(tables: Path) -> None:
    path = tables / "dsg_high_needs_block.csv"
    old = ",919,import_export,D,1068000,gbp,,dsg_2023_24"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, ",919,import_export,D,,gbp,x,dsg_2023_24"))
    rows = rows_of(Store(tables), HERTFORDSHIRE, 2023)
    assert (rows["D"].value, rows["D"].how) == (None, "not available (suppressed) (x)")
    assert [rows[key].value for key in ("recomputed", "difference", "within")] == [None, None, None]
    assert rows["basic_entitlement"].value is not None
    assert rows["head_rate"].value is not None  # rests on the printed total


def test_a_made_up_next_year_works_by_its_data_alone(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "with_next_year"
    shutil.copytree(data_folder() / "tidy", folder)
    loaded = load_dsg(made_up.dsg_source(), made_up.write_ods(made_up.next_year(store)), made_up.register(store))
    for name, found in loaded.items():
        with (folder / f"{name}.csv").open("ab") as file:
            file.write(to_csv(to_frame(TABLES[name], found)).split(b"\n", 1)[1])
    rows = rows_of(Store(folder), "202", 2024)
    assert written(rows["recomputed"]) == "A+B*C+D+E+F"
    # By hand from made_up.figures(0): 1,000,000 + 4,660 × 100 − 6,000 + 6,000 + 0.
    assert (rows["recomputed"].value, rows["difference"].value) == (1_466_000, 0)
    assert "additional_rate" not in rows
    assert rows["pupil_rate"].value == pytest.approx(1_466_000 / 150.75)
