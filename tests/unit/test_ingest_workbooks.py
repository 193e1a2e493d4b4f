"""DSG workbooks as publishers may lay them out: units, years, days, notes, odd rows, renamed sheets and headings.

The workbook is the made-up one of `fixtures.next_year`, changed in one way each; what is expected was written by hand.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fixtures.made_up import Sheets, write_ods, write_xlsx, write_zip
from fixtures.next_year import NextYear

from hnf.sources.dsg import day_of
from hnf.sources.workbooks.read import open_workbook
from hnf.tables.store import Store

Run = Callable[..., Any]
Change = Callable[[Sheets], Any]
COVER, SUMMARY, PUPILS, BLOCK, DEDUCTIONS = (
    "Information_2024_to_2025", "Allocations_summary", "Schools_block_and_CSSB", "High_needs_block",
    "High_needs_deductions",
)  # fmt: skip
TABLES = (SUMMARY, PUPILS, BLOCK, DEDUCTIONS)
#: Column of the total on the block sheet, after code, name and six columns.
TOTAL = 8


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder, which does not exist yet."""
    monkeypatch.setenv("HNF_DATA", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def ingest(hnf: Run, store: Store, tmp_path: Path) -> Callable[..., Any]:
    """Take in the made-up workbook after a change; without `--dry-run` where `keep` is set."""

    def run(change: Change = lambda _: None, *options: str | Path, keep: bool = False) -> Any:
        sheets = NextYear().sheets(store)
        changed = change(sheets)
        (tmp_path / "dsg.xlsx").write_bytes(write_xlsx(changed if isinstance(changed, dict) else sheets))
        dry = () if keep else ("--dry-run",)
        return hnf("ingest", tmp_path / "dsg.xlsx", *options, *dry, "--format", "json")

    return run


def cell(sheet: str, row: int, column: int, value: Any) -> Change:
    return lambda sheets: sheets[sheet][row].__setitem__(column, value)


def both(*changes: Change) -> Change:
    return lambda sheets: [change(sheets) for change in changes] and None


def divided(by: float, *only: tuple[str, int]) -> Change:
    """Money divided, in all columns of pounds or in those given as sheet and column."""
    columns = only or ((SUMMARY, 2), (SUMMARY, 3), (DEDUCTIONS, 2), *((BLOCK, n) for n in (2, 3, 5, 6, 7, 8)))

    def change(sheets: Sheets) -> None:
        for name, column in columns:
            for row in sheets[name]:
                row[column] = row[column] / by if isinstance(row[column], int | float) else row[column]

    return change


def headings(old: str, new: str) -> Change:
    def change(sheets: Sheets) -> None:
        for name in TABLES:
            for row in sheets[name][:2]:
                row[:] = [value.replace(old, new) if isinstance(value, str) else value for value in row]

    return change


def renamed(old: str, new: str) -> Change:
    return lambda sheets: {new if name == old else name: rows for name, rows in sheets.items()}


def is_row_of(row: list[Any], label: str) -> bool:
    return str(row[0]).upper() == label


class TestUnits:
    @pytest.mark.parametrize(
        "unit",
        ["(£000s)", "(£ thousand)", "(£'000)", "(£k)", "(thousands of pounds)", "(000s)", "(£s, thousands)", "(£bn)"],
    )
    def test_a_heading_in_thousands_is_refused_by_name(self, ingest: Callable[..., Any], unit: str) -> None:
        answer = ingest(both(divided(1000), headings("(£s)", unit)))
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        expected = f"cell C1: the heading 'total high needs elements in the funding floor and gains calculation {unit}'"
        assert expected.casefold() in answer.err.casefold()

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            (cell(BLOCK, 0, 0, "2024 to 2025 high needs block, £ thousand"), "sheet High_needs_block, cell A1"),
            (lambda sheets: sheets[COVER].append(["", "All figures are in £000s.", ""]), f"sheet {COVER}, cell B3"),
            (lambda sheets: sheets[SUMMARY].append(["£ thousands", "", "", ""]), "Allocations_summary, cell A"),
            (cell(SUMMARY, 1, 3, "High needs block allocation (£000)"), "sheet Allocations_summary, cell D2"),
            (cell(PUPILS, 0, 2, "Number of pupils in primary schools (thousands)"), "Schools_block_and_CSSB, cell C1"),
            (cell(BLOCK, 0, 3, "Basic entitlement factor unit of funding (£m)"), "sheet High_needs_block, cell D1"),
        ],
    )  # fmt: skip
    def test_a_title_a_note_or_one_column_in_thousands_too(
        self, ingest: Callable[..., Any], change: Change, place: str
    ) -> None:
        answer = ingest(change)
        assert answer.code == 2
        assert place in answer.err

    def test_thousands_under_headings_of_pounds_are_a_thousandth(self, ingest: Callable[..., Any]) -> None:
        answer = ingest(divided(1000))
        assert answer.code == 1
        # England's total of 2023-24 as printed: £9,952,172,126.
        assert re.search(r"before deductions is [\d,]+, and 9,952,172,126 in 2023-24 \(-99\.9%\)", answer.err)
        assert ingest(divided(1000, (PUPILS, 2), (PUPILS, 3))).code == 1  # heads, too
        assert ingest(divided(1000, (SUMMARY, 3))).code == 1

    def test_millions_with_the_rate_in_pounds_are_read(self, ingest: Callable[..., Any], folder: Path) -> None:
        rate = cell(BLOCK, 0, 3, "Basic entitlement factor (area cost adjusted) unit of funding (£s)")
        columns = [(SUMMARY, 2), (SUMMARY, 3), (DEDUCTIONS, 2), *((BLOCK, n) for n in (2, 5, 6, 7, 8))]
        answer = ingest(both(divided(1e6, *columns), headings("(£s)", "(£m)"), rate), keep=True)
        assert answer.code == 0, answer.err
        rows = Store(folder).table("dsg_high_needs_block")
        assert set(rows.filter((rows["financial_year"] == "2024-25") & (rows["term"] == "import_export"))["unit"]) == {
            "gbp_million"
        }


@pytest.mark.slow
class TestYear:
    @pytest.mark.parametrize(
        ("place", "title", "year"),
        [
            ((COVER, 1), "Dedicated schools grant (DSG): 2023 to 2024 allocations", "2023-24"),
            ((COVER, 1), "Dedicated schools grant (DSG): 2023/24", "2023-24"),
            ((BLOCK, 0), "DSG: 2025-26 high needs block", "2025-26"),
            ((SUMMARY, 0), "DSG: 2022 to 2023 summary", "2022-23"),
        ],
    )
    def test_two_years_are_refused_with_both_places_and_year_decides(
        self, ingest: Callable[..., Any], place: tuple[str, int], title: str, year: str
    ) -> None:
        sheet, column = place
        change = cell(sheet, 0, column, title)
        answer = ingest(change)
        assert answer.code == 2
        assert f"{year} in sheet {sheet}, cell {'AB'[column]}1" in answer.err
        other = "sheet High_needs_block, cell A1" if sheet == COVER else f"sheet {COVER}, cell B1"
        assert f"2024-25 in {other}" in answer.err
        assert f"--year {year}" in answer.err
        decided = ingest(change, "--year", "2024-25").json["files"][0]
        assert decided["what"].startswith("DSG 2024-25")
        assert any("--year decided" in line for line in decided["changes"])
        assert ingest(change, "--year", "2019-20").code == 2

    @pytest.mark.parametrize(
        ("cell_of_date", "day"),
        [
            ("17/07/2024", "2024-07-17"), ("2024-07-17", "2024-07-17"), ("17th July 2024", "2024-07-17"),
            ("Wednesday, 17 Jul, 2024", "2024-07-17"), ("17.07.24", "2024-07-17"), ("July 17, 2024", "2024-07-17"),
            ("1st of Sept. 2024", "2024-09-01"), ("07/08/2024", "2024-08-07"), ("31 June 2024", ""), ("7/17/2024", ""),
            ("July 2024", ""), ("soon", ""), ("", ""), (45490, ""), ("17 July 2024 or 18 July 2024", ""),
        ],
    )  # fmt: skip
    def test_days_are_read_with_the_day_first(self, cell_of_date: Any, day: str) -> None:
        assert day_of(cell_of_date) == day

    @pytest.mark.parametrize(
        ("label", "value"),
        [("Published:", "18/07/2025"), ("Date of publication", "2025-07-18"), ("Publication date: 18 July 2025", ""),
         ("Published on 18th July 2025", "")],
    )  # fmt: skip
    def test_other_words_before_the_day(self, ingest: Callable[..., Any], label: str, value: str) -> None:
        answer = ingest(both(cell(COVER, 1, 1, label), cell(COVER, 1, 2, value)))
        assert answer.json["files"][0]["what"] == "DSG 2024-25, edition 2025-07-18"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (cell(COVER, 1, 2, "soon"), "cell C2: 'soon' is not a publication date"),
            (cell(COVER, 1, 1, "Printed"), "no cell says 'Publication date'"),
            (lambda sheets: sheets[COVER].append(["", "Last updated:", "20/11/2025"]), f"2025-11-20 in sheet {COVER}"),
            (cell(COVER, 1, 2, "18 July 2021"), "published on 2021-07-18, over a year before 2024-25 begins"),
        ],
    )  # fmt: skip
    def test_published_settles_a_day_that_cannot_be_read(
        self, ingest: Callable[..., Any], change: Change, message: str, folder: Path
    ) -> None:
        refused = ingest(change)
        assert (refused.code, message in refused.err, "--published" in refused.err) == (2, True, True)
        answer = ingest(change, "--published", "2025-11-20", keep=True)
        assert answer.json["files"][0]["what"] == "DSG 2024-25, edition 2025-11-20"
        assert "2025-11-20" in set(Store(folder).table("dsg_pupils")["edition"])

    def test_a_day_before_the_year_and_an_option_that_is_not_used_are_said(self, ingest: Callable[..., Any]) -> None:
        said = ingest(cell(COVER, 1, 2, "19 December 2023"), "--published", "2024-01-01").json["files"][0]["changes"]
        assert "Published on 2023-12-19, before 2024-25 began." in said
        assert "The cover prints 2023-12-19 as its day; --published 2024-01-01 is not used." in said


def ons_column(at: int) -> Change:
    def change(sheets: Sheets) -> None:
        for name in TABLES:
            for row in sheets[name]:
                has_figures = any(isinstance(value, int | float) for value in row[2:])
                row.insert(at, ("E92000001" if row[0] == "ENGLAND" else "E06000001") if has_figures else "")

    return change


def england_last(sheets: Sheets) -> None:
    for name in TABLES:
        rows = sheets[name]
        england = next(row for row in rows if is_row_of(row, "ENGLAND"))
        rows.remove(england)
        rows += [[""] * len(england), ["England [note 1]", *england[1:]]]


def spacer(sheets: Sheets) -> None:
    for row in (row for name in TABLES for row in sheets[name]):
        row.insert(0, "")


def extra_row(label: str, at: int | None = None) -> Change:
    def change(sheets: Sheets) -> None:
        for name in TABLES:
            rows = sheets[name]
            england = next(row for row in rows if is_row_of(row, "ENGLAND"))
            rows.insert(rows.index(england) + at if at is not None else len(rows), [label, *england[1:]])

    return change


def noted(sheets: Sheets) -> None:
    for number, row in enumerate(sheets[BLOCK][4:9]):
        row[1] += (" [note 2]", " [r]", "*", "¹", " [notes 1, 2]")[number]
    sheets[BLOCK][4][0] = "202 [note 3]"
    sheets[BLOCK].append(["", "", "Camden is provisional", *[""] * 6])


class TestRows:
    @pytest.mark.parametrize(
        "change",
        [ons_column(0), ons_column(1), ons_column(2), england_last, noted, extra_row("Total"), extra_row("Total", 0),
         extra_row("Inner London", 5), spacer],
    )  # fmt: skip
    def test_odd_rows_and_columns_change_no_figure(
        self, ingest: Callable[..., Any], change: Change, folder: Path, store: Store
    ) -> None:
        answer = ingest(change, keep=True)
        assert answer.code == 0, answer.err
        assert answer.json["reconciliation"][0]["status"] == "reproduced"
        rows = Store(folder).table("dsg_high_needs_block")
        totals = rows.filter((rows["financial_year"] == "2024-25") & (rows["term"] == "total_before_deductions"))
        printed = {str(row[0]): row[TOTAL] for row in NextYear().sheets(store)[BLOCK] if isinstance(row[0], int)}
        assert dict(totals.filter(totals["la_code"] != "").select("la_code", "value").iter_rows()) == printed

    def test_rows_that_no_table_takes_are_said(self, ingest: Callable[..., Any]) -> None:
        said = ingest(both(extra_row("Inner London", 3), extra_row("Total"))).json["files"][0]["changes"]
        assert "Rows that no table takes: Inner London, Total." in said
        assert "'Wales' is neither an authority" in ingest(extra_row("Wales")).err

    @pytest.mark.parametrize(("printed", "status"), [("[x]", "x"), ("[C]", "c"), ("[low]", "low")])
    def test_symbols_in_brackets(self, ingest: Callable[..., Any], folder: Path, printed: str, status: str) -> None:
        ingest(cell(BLOCK, 4, 6, printed), "--accept-worse", "a symbol", keep=True)
        rows = Store(folder).table("dsg_high_needs_block")
        found = rows.filter((rows["financial_year"] == "2024-25") & (rows["term"] == "special_free_schools"))
        assert found.filter(found["la_code"] == "202").select("value", "status").row(0) == (None, status)


class TestMapping:
    @pytest.mark.parametrize(
        "change",
        [
            renamed(DEDUCTIONS, "High_needs_recoupment"), renamed(SUMMARY, 'The "summary"'),
            renamed(BLOCK, "HN"),
            cell(SUMMARY, 1, 3, "Net of it (£s)"), cell(DEDUCTIONS, 0, 2, "Recoupment in all (£s)"),
            *(
                pytest.param(change, marks=pytest.mark.slow)
                for change in (
                    cell(PUPILS, 0, 2, "Primary headcount"), cell(BLOCK, 0, TOTAL, "All of it (£s)"),
                    cell(BLOCK, 0, 2, "NFF (£s)"), cell(BLOCK, 0, 3, "Unit value (£s)"), cell(BLOCK, 0, 4, "Headcount"),
                    cell(BLOCK, 0, 5, "Cross-border (£s)"), renamed(PUPILS, "Pupils"), renamed(COVER, "Cover"),
                )
            ),
        ],
    )  # fmt: skip
    def test_the_first_line_of_the_message_works_when_pasted(
        self, ingest: Callable[..., Any], change: Change, tmp_path: Path
    ) -> None:
        plain = ingest().json["files"][0]["tables"]
        if change.__closure__ and len(change.__closure__) == 4 and change.__closure__[2].cell_contents == SUMMARY:
            change = both(change, cell(SUMMARY, 0, 3, "Net"))
        refused = ingest(change)
        assert refused.code == 2
        lines = refused.err.splitlines()
        start = lines.index("schema_version = 1")
        assert f"`{lines[start + 1]}`" in lines[-1]
        (tmp_path / "m.toml").write_text("\n".join(lines[start : start + 2]))
        answer = ingest(change, "--mapping", tmp_path / "m.toml")
        assert answer.code == 0, answer.err
        assert answer.json["reconciliation"][0]["status"] == "reproduced"
        assert answer.json["files"][0]["tables"] == plain

    def test_a_column_that_no_formula_adds_is_not_suggested_as_money(self, ingest: Callable[..., Any]) -> None:
        def add(sheets: Sheets) -> None:
            for number, row in enumerate(sheets[BLOCK]):
                row.append(["Import/export correction (£s)", "[H]", ""][number] if number < 3 else 5 if row[0] else "")

        answer = ingest(add)
        assert "which no printed formula adds" in answer.err
        assert re.findall(r'correction \(£s\)" = "(\w+)"', answer.err.splitlines()[-1]) == [
            "extra_import_export_correction"
        ]
        # Beside one that is renamed, neither.
        answer = ingest(both(add, cell(BLOCK, 0, 5, "Cross-border (£s)")))
        assert set(re.findall(r'correction \(£s\)" = "(\w+)"', answer.err)) == {"extra_import_export_correction"}

    def test_several_that_are_as_likely_are_all_named(self, ingest: Callable[..., Any]) -> None:
        answer = ingest(both(cell(BLOCK, 0, 5, "Cross-border (£s)"), cell(BLOCK, 0, 6, "New places (£s)")))
        assert "one of " in answer.err.splitlines()[-1]

    def test_a_heading_like_none_is_not_guessed(self, ingest: Callable[..., Any]) -> None:
        answer = ingest(cell(PUPILS, 0, 2, "Reception to year 6"))
        assert (answer.code, "Lines for the file" in answer.err) == (2, False)
        assert "no heading reads like 'primary'" in answer.err


SHEET = '<table:table table:name="S">%s</table:table>'
ROW = "<table:table-row>%s</table:table-row>"
NUMBER = '<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
TEXT = '<table:table-cell office:value-type="string">%s</table:table-cell>'


def ods(body: str) -> list[list[Any]]:
    content = zipfile.ZipFile(io.BytesIO(write_ods({"S": []}))).read("content.xml").decode()
    changed = re.sub(r"<table:table .*</table:table>", lambda _: body, content)
    assert changed != content
    return open_workbook("f", write_ods({}, extra={"content.xml": changed.encode()})).sheet("S").rows


class TestReading:
    @pytest.mark.parametrize(
        ("body", "rows"),
        [
            (SHEET % f"\n  {ROW % f'{chr(10)} {NUMBER} {chr(9)} {NUMBER}{chr(10)}'}\n", [[1.0, 1.0]]),
            (SHEET % ROW % TEXT % "<text:p>High<text:line-break/>needs<text:tab/>(£s)</text:p>", [["High needs (£s)"]]),
            (SHEET % ROW % TEXT % "<text:p><text:span>a</text:span> <text:span>b</text:span></text:p>", [["a b"]]),
            (
                SHEET
                % (
                    ROW % f'{NUMBER}<table:table-cell table:number-columns-repeated="99"/>{TEXT % "<text:p> </text:p>"}'
                    + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
                    + ROW % TEXT % ""
                ),
                [[1.0]],
            ),
        ],
        ids=["white space between elements", "line break", "spans", "far blanks"],
    )  # fmt: skip
    def test_ods(self, body: str, rows: list[list[Any]]) -> None:
        assert ods(body) == rows

    @pytest.mark.parametrize("far", [" ", "\u00a0", ""])
    def test_a_blank_cell_in_the_last_row_and_column(self, far: str) -> None:
        book = openpyxl.Workbook()
        book.active.title, book.active["A1"], book.active["B2"] = "S", 1, "word"
        book.active["XFD1048576"] = far
        out = io.BytesIO()
        book.save(out)
        assert open_workbook("f", out.getvalue()).sheet("S").rows == [[1.0, ""], ["", "word"]]

    def test_one_in_the_shared_texts_and_one_without_content(self) -> None:
        book = openpyxl.Workbook()
        book.active.title, book.active["A1"] = "S", 1
        out = io.BytesIO()
        book.save(out)
        archive = zipfile.ZipFile(out)
        parts = {name: archive.read(name) for name in archive.namelist()}
        main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        parts["xl/sharedStrings.xml"] = b'<sst xmlns="%s"><si><t>word</t></si><si><t> </t></si></sst>' % main
        far = b'<row r="1048576"><c r="A1048576" t="str"><v/></c><c r="XFD1048576" t="s"><v>1</v></c></row></sheetData>'
        sheet = "xl/worksheets/sheet1.xml"
        parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
        assert open_workbook("f", write_zip(parts)).sheet("S").rows == [[1.0]]


class TestRecognition:
    @pytest.mark.parametrize(
        "content",
        [
            b'Dedicated schools grant: 2025 to 2026\nLA code,204\nHigh needs block,"\xc2\xa352,379,590"\n',
            b"financial_year,la_code,la_name,field,value\n2025-26,204,Hackney,high_needs_total,52379590\n",
            b"<html><title>Dedicated schools grant</title><h1>Hackney</h1></html>",
            write_xlsx({"Allocation": [["Dedicated schools grant", "Hackney"], ["LA code", 204], ["Total", 52379590]]}),
        ],
        ids=["lines", "table", "page", "workbook"],
    )
    @pytest.mark.parametrize("kind", [(), ("--as", "dsg")], ids=["", "as dsg"])
    def test_the_allocation_of_one_authority(
        self, hnf: Run, tmp_path: Path, content: bytes, kind: tuple[str, ...]
    ) -> None:
        (tmp_path / "one").write_bytes(content)
        answer = hnf("ingest", tmp_path / "one", *kind)
        assert answer.code == 2
        assert "the allocation of one, as DfE's page offers it for download" in answer.err

    def test_a_block_sheet_of_one_authority(self, ingest: Callable[..., Any]) -> None:
        def one(sheets: Sheets) -> None:
            for name in TABLES:
                sheets[name][:] = [row for row in sheets[name] if not isinstance(row[0], int) or row[0] == 919]

        assert "the allocation of one, as DfE's page" in ingest(one).err

    def test_an_unknown_data_set_is_not_the_register(self, hnf: Run, tmp_path: Path, folder: Path) -> None:
        area = "geographic_level,region_code,region_name,old_la_code,new_la_code,la_name"
        (tmp_path / "mi.csv").write_text(
            f"time_period,{area},held\n2025,Local authority,E12000007,London,202,E09000007,Camden,5\n"
        )
        (tmp_path / "las.csv").write_text(
            "new_la_code,la_name,date_of_operation,date_of_termination,parent_geography_code,entity_description,old_la_code\n"
        )
        answer = hnf("ingest", tmp_path / "las.csv", tmp_path / "mi.csv")
        assert (answer.code, "mi.csv is another data set" in answer.err, folder.exists()) == (2, True, True)
        assert (
            "a data set of Explore Education Statistics that hnf has no table for: held"
            in hnf("ingest", tmp_path / "mi.csv").err
        )
        assert not (folder / "CURRENT").exists()
        # What the user says goes before the headings.
        assert "not those of a file" in hnf("ingest", tmp_path / "las.csv", "--as", "population").err

    def test_an_archive_that_is_not_compressed_is_no_register(self, hnf: Run, tmp_path: Path) -> None:
        area = "geographic_level,region_code,region_name,old_la_code,new_la_code,la_name"
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("data/mi.csv", f"time_period,{area},held\n")
        (tmp_path / "stored.zip").write_bytes(out.getvalue())
        answer = hnf("ingest", tmp_path / "stored.zip")
        assert answer.code == 2
        assert "no file in the archive has the headings of EHC plans" in answer.err
