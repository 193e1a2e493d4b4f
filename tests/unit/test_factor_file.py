"""A user's file of factors: read by its headings, every cell accounted for, nothing filled in."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from hnf.errors import FormulaError, HnfError, SourceError
from hnf.factors.inputs import INPUTS, NAMES, SHIPPED_HEADINGS, fold, read_factors, read_headings, report_headings

FIXTURES = Path(__file__).parents[1] / "fixtures"
SYNTHETIC = FIXTURES / "factors_synthetic.csv"
BAD = FIXTURES / "bad" / "factors"
NEVER_0 = "A symbol or a gap is never 0: give the number."

MESSAGES = {
    "broken.xlsx": "broken.xlsx: not a readable workbook",
    "duplicate_la_code.csv": "la_code 101 appears more than once. Keep one row an authority.",
    "empty.csv": "empty.csv: not a readable CSV file",
    "empty_cell.csv": f"empty_cell.csv, cell U2: hospital_ap_gbp: the cell is empty. {NEVER_0}",
    "factors.docx": "'.docx' is not a kind of file that is read. Save it as CSV or XLSX.",
    "in_millions.csv": "cell O1: 'Historic spend 2017-18 (£ million)' is not in pounds, but historic_spend_gbp is",
    "missing_column.csv": "row 1: no heading for bad_health_count; found la_code, la_name,",
    "mistyped_la_code.csv": "cell A3: '1O2' is not a three-digit la_code. Correct the code or remove the row.",
    "negative_count.csv": "bad_health_count of authority 102 is negative (-5). Correct the value.",
    "no_headings.csv": "no row of headings was found in the first 40 rows. The columns needed are la_code, la_name,",
    "not_a_number.csv": f"cell Q2: area_cost_adjustment_index: '5%' is no number. {NEVER_0}",
    "ragged.csv": "ragged.csv, line 3: 2 cells where the heading has 21.",
    "symbol_c.csv": f"cell M2: ks2_low_attainment_count: 'c' (confidential) is no number. {NEVER_0}",
    "symbol_low.csv": f"cell E3: idaci_band_a_count: 'low' (rounds to zero) is no number. {NEVER_0}",
    "symbol_x.csv": "cell D2: free_school_meals_count: 'x' (not available (suppressed)) is no number.",
    "symbol_z.csv": f"cell K3: bad_health_count: 'z' (not applicable) is no number. {NEVER_0}",
    "two_headings.csv": "cell K1: 'free_school_meals_count' and 'FSM' both mean free_school_meals_count.",
}
MAPPING_MESSAGES = {
    "no_version.toml": "schema_version is not 1. Write schema_version = 1 at the top.",
    "not_text.toml": "bad_health_count = 7. Give the text of a heading, or a list of such texts.",
    "not_toml.toml": "the mapping cannot be read (Expected ']' at the end of a table declaration",
    "shared_heading.toml": "'poor HEALTH' means bad_health_count and ks2_low_attainment_count.",
    "sheet_not_text.toml": "headings is not a table, or sheet is not text.",
    "unknown_column.toml": "unknown key 'bad_helth_count'. Did you mean bad_health_count?",
    "unknown_key.toml": "unknown key 'heading'. Did you mean headings?",
}


def synthetic_lines() -> list[list[str]]:
    return [line.split(",") for line in SYNTHETIC.read_text(encoding="utf-8").splitlines()]


def write_csv(path: Path, lines: list[list[str]]) -> Path:
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in lines) + "\n", encoding="utf-8")
    return path


def write_workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def as_cells(lines: list[list[str]]) -> list[list[object]]:
    """The lines as a spreadsheet holds them: everything that looks like a number is one, codes included."""
    heading, *rows = lines
    return [list(heading), *([float(row[0]), row[1], *(float(cell) for cell in row[2:])] for row in rows)]


@pytest.mark.parametrize("name", MESSAGES)
def test_each_bad_file_gets_its_message(name: str) -> None:
    with pytest.raises(HnfError) as caught:
        read_factors(BAD / name)
    assert MESSAGES[name] in caught.value.line()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", MAPPING_MESSAGES)
def test_each_bad_mapping_gets_its_message(name: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_factors(SYNTHETIC, BAD / "mappings" / name)
    assert MAPPING_MESSAGES[name] in caught.value.line()
    assert name in caught.value.line()


def test_every_fixture_is_asserted() -> None:
    assert sorted(path.name for path in BAD.iterdir() if path.is_file()) == sorted(MESSAGES)
    assert sorted(path.name for path in (BAD / "mappings").iterdir()) == sorted(MAPPING_MESSAGES)


def test_the_synthetic_file_is_read_cell_by_cell() -> None:
    got = read_factors(SYNTHETIC)
    heading, *lines = synthetic_lines()
    assert heading == [*NAMES, *INPUTS]
    assert len(lines) == len(got.inputs) == 14
    assert got.inputs.la_codes == tuple(line[0] for line in lines)
    for index, name in enumerate(heading[2:], start=2):
        assert got.inputs[name].tolist() == [float(line[index]) for line in lines]
    assert all(name.startswith("SYNTHETIC ") for name in got.inputs.la_names)
    assert (got.report.not_found, got.report.ignored, got.report.left_out) == ((), (), ())


def test_no_real_authority_has_a_synthetic_code() -> None:
    assert max(int(line[0]) for line in synthetic_lines()[1:]) < 200


def test_headings_are_compared_without_case_space_and_punctuation(tmp_path: Path) -> None:
    assert fold(" Import / export\n(£) ") == fold("IMPORT-EXPORT £") == "importexport"
    heading, *lines = synthetic_lines()
    other = {"la_code": "LA  Code", "free_school_meals_count": "fsm", "ks2_low_attainment_count": "Low attainment, KS2"}
    path = write_csv(tmp_path / "other.csv", [[other.get(name, name) for name in heading], *lines])
    got = read_factors(path)
    assert got.report.found["free_school_meals_count"] == "fsm"
    assert np.array_equal(
        got.inputs["free_school_meals_count"], read_factors(SYNTHETIC).inputs["free_school_meals_count"]
    )


def test_the_report_says_what_is_needed_found_and_not_found(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "some.csv", [["LA code", "FSM", "Remarks"], ["101", "z", ""]])
    report = report_headings(path)
    assert list(report.needed) == [*NAMES, *INPUTS]
    assert report.found == {"la_code": "LA code", "free_school_meals_count": "FSM"}
    assert report.not_found == tuple(name for name in report.needed if name not in report.found)
    assert report.ignored == ("Remarks",)
    assert (report.file, report.sheet, report.heading_row) == ("some.csv", "", 1)


def test_a_mapping_names_other_headings_and_stands_in_place_of_the_known_ones(tmp_path: Path) -> None:
    heading, *lines = synthetic_lines()
    index = heading.index("bad_health_count")
    # The mapped heading is a known one of another column, which a file of old data may well have.
    renamed = [*heading[:index], "DLA", *heading[index + 1 :]]
    path = write_csv(tmp_path / "renamed.csv", [renamed, *lines])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('schema_version = 1\n[headings]\nbad_health_count = "D.L.A."\n', encoding="utf-8")
    with pytest.raises(SourceError, match="both mean disability_living_allowance_count"):
        read_factors(path)
    got = read_factors(path, mapping)
    assert got.report.found["bad_health_count"] == "DLA"
    assert got.inputs["bad_health_count"].tolist() == [float(line[index]) for line in lines]
    assert "bad_health_count" in report_headings(SYNTHETIC, mapping).not_found


def test_a_workbook_with_titles_above_and_areas_below(tmp_path: Path) -> None:
    heading, *rows = as_cells(synthetic_lines())
    width = len(heading) - 2
    england: list[object] = ["E92000001", "England", *[1.0] * width]
    footnote: list[object] = ["", "Source: made up", *[""] * width]
    region: list[object] = ["LONDON", "", *[2.0] * width]
    table = [["High needs factors, SYNTHETIC"], [], heading, england, region, *rows, [], footnote]
    path = write_workbook(tmp_path / "factors.xlsx", {"Notes": [["Nothing here"]], "Table 1": table})
    got = read_factors(path)
    assert (got.report.sheet, got.report.heading_row) == ("Table 1", 3)
    expected = read_factors(SYNTHETIC).inputs
    assert got.inputs.la_codes == expected.la_codes
    assert all(np.array_equal(got.inputs[name], expected[name]) for name in INPUTS)
    assert [text.split(":")[0] for text in got.report.left_out] == ["row 4", "row 5", f"row {7 + len(rows)}"]
    assert "England" in got.report.left_out[0]


def test_a_symbol_in_a_workbook_names_sheet_and_cell(tmp_path: Path) -> None:
    heading, first, *rows = as_cells(synthetic_lines())
    first[heading.index("free_school_meals_count")] = "x"
    path = write_workbook(tmp_path / "factors.xlsx", {"Factors": [heading, first, *rows]})
    with pytest.raises(SourceError, match=r"factors.xlsx, sheet Factors, cell D2: free_school_meals_count: 'x'"):
        read_factors(path)


def test_true_and_a_date_are_no_numbers(tmp_path: Path) -> None:
    heading, first, *rows = as_cells(synthetic_lines())
    first[heading.index("free_school_meals_count")] = True
    path = write_workbook(tmp_path / "factors.xlsx", {"Factors": [heading, first, *rows]})
    with pytest.raises(SourceError, match="'True' is no number"):
        read_factors(path)


def test_two_sheets_with_the_same_headings_need_a_mapping(tmp_path: Path) -> None:
    table = as_cells(synthetic_lines())
    path = write_workbook(tmp_path / "factors.xlsx", {"2098-99": table, "2097-98": table[:-1]})
    with pytest.raises(SourceError, match=r"the sheets 2098-99, 2097-98 have the same number of columns known"):
        read_factors(path)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('schema_version = 1\nsheet = "2097-98"\n', encoding="utf-8")
    assert len(read_factors(path, mapping).inputs) == 13
    mapping.write_text('schema_version = 1\nsheet = "2096-97"\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"no sheet is named like .*; the sheets are 2098-99, 2097-98"):
        read_factors(path, mapping)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234,567", 1234567.0),
        ("£1,234.50", 1234.5),
        ("-£60,000", -60000.0),
        ("£-60000", -60000.0),
        (" 12 ", 12.0),
        ("1e3", 1000.0),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, text: str, value: float) -> None:
    heading, first, *lines = synthetic_lines()
    first[heading.index("import_export_gbp")] = text
    path = write_csv(tmp_path / "written.csv", [heading, first, *lines])
    assert read_factors(path).inputs["import_export_gbp"][0] == value


@pytest.mark.parametrize(
    "text", ["12,34", "1.234.567", "(60)", "12 34", "nan", "inf", "-", "..", ":", "~", "0x1", "１２３%"]
)
def test_what_is_no_number_is_never_read_as_one(tmp_path: Path, text: str) -> None:
    heading, first, *lines = synthetic_lines()
    first[heading.index("import_export_gbp")] = text
    path = write_csv(tmp_path / "written.csv", [heading, first, *lines])
    with pytest.raises(SourceError, match=r"cell S2: import_export_gbp: .* is no number"):
        read_factors(path)


def test_a_line_number_is_that_of_the_file_where_blank_lines_stand_between(tmp_path: Path) -> None:
    heading, first, second, *_ = synthetic_lines()
    second[2] = "z"
    lines = [",".join(line) for line in (heading, first)]
    path = tmp_path / "blank.csv"
    path.write_text("\n".join([*lines, "", "", ",".join(second)]) + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match="cell C5: population_2_18_count"):
        read_factors(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be read \(No such file or directory\). Check the path"):
        read_factors(tmp_path / "nowhere.csv")


def test_a_file_with_headings_and_no_authority(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "headings.csv", synthetic_lines()[:1])
    with pytest.raises(FormulaError, match="there is no authority in it"):
        read_factors(path)


def test_shipped_headings_are_complete_and_each_means_one_column() -> None:
    shipped = tomllib.loads(SHIPPED_HEADINGS.read_text(encoding="utf-8"))["headings"]
    assert list(shipped) == [*NAMES, *INPUTS]
    meanings = {**NAMES, **{name: column.meaning for name, column in INPUTS.items()}}
    pairs = {(fold(text), name) for name in meanings for text in (name, meanings[name], *shipped[name])}
    assert len(pairs) == len({text for text, _ in pairs})
    assert read_headings().column_of == dict(pairs)
