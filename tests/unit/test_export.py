"""Exports: each format read back equals the tidy tables, twice gives the same bytes, and nothing else is touched."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from hnf.errors import TableError, UsageError
from hnf.export.ees import data_sets, ees_files, pack_ees_files
from hnf.export.export import FORMATS, export, export_files
from hnf.export.sqlite import sqlite_files
from hnf.export.tables import select_tables
from hnf.export.workbooks import make_book
from hnf.formats.ods import write_ods
from hnf.formats.xlsx import write_xlsx
from hnf.sources.catalogue import load_catalogue
from hnf.sources.workbooks.guard import ODS_MIMETYPE
from hnf.tables.schema import SYMBOLS, TABLES
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
YEAR = FinancialYear(2023)
#: Small tables with every kind of cell: text, numbers, symbols, texts that begin with =.
SMALL = ("authorities", "dsg_formula_rows", "prices", "dsg_pupils")


TIME_AND_PLACE = (
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
    "region_code", "region_name", "old_la_code", "new_la_code", "la_name",
)  # fmt: skip
#: Which of the region's two columns and the authority's three are filled, by level.
PLACES_FILLED = {
    "National": (False,) * 5,
    "Regional": (True, True, False, False, False),
    "Local authority": (True,) * 5,
}


@pytest.fixture(scope="module")
def ees(store: Store) -> dict[str, bytes]:
    return ees_files(store)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_tables_give_the_same_bytes_and_a_manifest_that_says_what_they_are(
    kind: Any, store: Store, tmp_path: Path
) -> None:
    names = () if kind == "ees" else SMALL
    manifest = export(store, kind, tmp_path / "out", names, [YEAR])
    again = export_files(Store(), kind, names, [YEAR])
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert json.loads(written.pop("manifest.json")) == manifest
    assert written == again
    assert {entry["file"]: entry["sha256"] for entry in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in written.items()
    }
    assert manifest["edition"] == store.edition
    assert "Open Government Licence" in manifest["attribution"]
    assert manifest["years"] == ["2023-24"]


def test_own_data_sets_keep_the_rules_of_the_open_data_standard(store: Store, ees: dict[str, bytes]) -> None:
    """Rules of DfE's open data standard that hold for every data set, written here without `hnf`."""
    packs = {
        f"{letter}_{name}": content
        for letter, codes in (("a", ("919",)), ("b", ("839", "201")))
        for name, content in pack_ees_files(store, codes).items()
    }
    files = {**ees, **packs, **{f"y_{name}": content for name, content in ees_files(store, (), [YEAR]).items()}}
    checked = 0
    for name, content in files.items():
        if name.endswith(".meta.csv"):
            continue
        rows, meta = rows_of(content), rows_of(files[name.replace(".csv", ".meta.csv")])
        columns = content.decode().splitlines()[0].split(",")
        described = [entry["col_name"] for entry in meta]
        groups = [entry["filter_grouping_column"] for entry in meta if entry["filter_grouping_column"]]
        filters = [entry["col_name"] for entry in meta if entry["col_type"] == "Filter"]
        indicators = [entry["col_name"] for entry in meta if entry["col_type"] == "Indicator"]
        assert columns == list(dict.fromkeys(columns)), name
        assert indicators, name
        assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,49}", column) for column in columns), name
        assert sorted(columns) == sorted([*TIME_AND_PLACE, *described, *groups]), name
        assert len({row["time_identifier"] for row in rows}) == 1, name
        digits = 6 if rows[0]["time_identifier"] == "Financial year" else 4
        keys = [tuple(row[column] for column in (*TIME_AND_PLACE, *filters)) for row in rows]
        assert len(set(keys)) == len(rows) > 0, name
        for row in rows:
            place = tuple(bool(row[column]) for column in TIME_AND_PLACE[5:])
            assert re.fullmatch(rf"\d{{{digits}}}", row["time_period"]), (name, row)
            assert (row["country_code"], row["country_name"]) == ("E92000001", "England"), (name, row)
            assert place == PLACES_FILLED[row["geographic_level"]], (name, row)
            assert all(row[column] == row[column].strip() != "" for column in (*filters, *groups)), (name, row)
            assert all(re.fullmatch(r"-?\d+(\.\d+)?|[zxcku]|low", row[column]) for column in indicators), (name, row)
        for column in filters:
            assert "Total" in {row[column] for row in rows}, (name, column)
        checked += 1
    assert checked == 6 + 3 + 3 + 5  # no ages of January 2023 are published


def test_block_in_pounds_by_year(ees: dict[str, bytes], store: Store) -> None:
    rows = rows_of(ees["high_needs_block.csv"])
    row = next(r for r in rows if r["time_period"] == "202324" and r["old_la_code"] == "919")
    printed = store.table("dsg_high_needs_block").filter(
        (pl.col("financial_year") == "2023-24") & (pl.col("la_code") == "919")
    )
    values = dict(printed.select("term", "value").iter_rows())
    assert float(row["total_before_deductions"]) == pytest.approx(values["total_before_deductions"], abs=1e-4)
    assert row["population_2_18"] == "z"  # printed in 2019-20 only
    assert row["new_la_code"] == "E10000015"
    assert {r["time_identifier"] for r in rows} == {"Financial year"}
    # England's additional allocation of 2019-20 is printed in £ million: £125 million for all authorities.
    england = next(r for r in rows if r["time_period"] == "201920" and r["geographic_level"] == "National")
    assert england["additional"] == "125000000"
    # Of 2019-20 the totals are the final ones: £643,000 more for Hertfordshire than the sheet with the formula adds up.
    hertfordshire = next(r for r in rows if r["time_period"] == "201920" and r["old_la_code"] == "919")
    assert float(hertfordshire["total_before_deductions"]) == pytest.approx(115_319_915.8364, abs=1e-4)
    assert (hertfordshire["later_editions"], row["later_editions"]) == ("643000", "z")
    # Deductions are the final totals before less after.
    assert float(hertfordshire["deductions"]) == pytest.approx(115_319_915.8364 - 105_293_655.8364, abs=1e-3)


def test_rates_and_ranks_are_those_of_the_league_table(ees: dict[str, bytes], hnf: Run) -> None:
    rows = [r for r in rows_of(ees["high_needs_rates.csv"]) if r["time_period"] == "202324"]
    answer = hnf("rank", "--measure", "nff", "--per", "head", "--year", "2023-24", "--format", "json").json
    found = {r["old_la_code"]: r for r in rows if r["basis"] == "Per head aged 2 to 18" and r["old_la_code"]}
    assert len(found) == len(answer["rows"]) == 151
    for row in answer["rows"]:
        assert int(found[row["la_code"]]["nff_rank"]) == row["rank"]
        assert float(found[row["la_code"]]["nff"]) == pytest.approx(row["value"], abs=1e-4)
    assert found["919"]["nff_rank"] == "3"  # third lowest of 151, as published statements say
    england = next(r for r in rows if r["basis"] == "Total" and r["geographic_level"] == "National")
    assert england["block_rank"] == "z"


def test_plans_by_age_add_up_to_their_total_in_every_january(ees: dict[str, bytes]) -> None:
    sums: dict[tuple[str, str], dict[bool, int]] = {}
    for row in rows_of(ees["ehc_plans_by_age.csv"]):
        if row["geographic_level"] == "National":
            by = sums.setdefault((row["time_period"], row["time_identifier"]), {True: 0, False: 0})
            by[row["age_group"] == "Total"] += int(row["plans"])
    assert len(sums) >= 14
    assert {identifier for _, identifier in sums} == {"January"}
    # The release of 2025 lists ages of January 2024 that add up to 3,645 fewer than its total; all others agree.
    assert {period: by[True] - by[False] for (period, _), by in sums.items() if by[True] != by[False]} == {"2024": 3645}


def test_a_suppressed_count_is_a_symbol(ees: dict[str, bytes]) -> None:
    rows = [r for r in rows_of(ees["ehc_plans.csv"]) if r["old_la_code"] == "921" and r["time_period"] == "2026"]
    assert [r["plans"] for r in rows] == ["x"]  # the Isle of Wight is suppressed in the release of 2026


def test_no_missing_number_is_blank_or_nought(store: Store) -> None:
    for data_set in data_sets(store):
        filters = len(data_set.filters)
        assert all(text for _, _, cells in data_set.rows for text in cells[filters:])
    frame = store.table("ehc_plans").filter(pl.col("status") != "")
    assert frame.height
    assert set(frame["status"]) <= set(SYMBOLS)


def test_files_of_a_pack_hold_england_the_region_and_the_authority(store: Store) -> None:
    files = pack_ees_files(store, ("921",))
    assert {"high_needs_block.csv", "high_needs_rates.csv", "ehc_plans.csv"} < set(files)
    places = {(r["geographic_level"], r["la_name"] or r["region_name"]) for r in rows_of(files["ehc_plans.csv"])}
    assert places == {("National", ""), ("Regional", "South East"), ("Local authority", "Isle of Wight")}
    assert sum(map(len, files.values())) < 40_000


def test_parquet_reads_back_equal(store: Store) -> None:
    for name, frame in select_tables(store, SMALL).items():
        content = export_files(store, "parquet", [name])[f"{name}.parquet"]
        got = pl.read_parquet(io.BytesIO(content)).with_columns(pl.col(pl.String).fill_null(""))
        assert got.equals(frame)
        metadata = pl.read_parquet_metadata(io.BytesIO(content))
        assert metadata["edition"] == store.edition
        assert "Open Government Licence" in metadata["licence"]


def test_the_data_package_is_the_tidy_tables_byte_for_byte(store: Store) -> None:
    files = export_files(store, "datapackage")
    package = json.loads(files["datapackage.json"])
    assert package["profile"] == "tabular-data-package"
    assert package["licenses"][0]["name"] == "OGL-UK-3.0"
    assert [resource["name"] for resource in package["resources"]] == list(TABLES)
    for resource in package["resources"]:
        assert resource["profile"] == "tabular-data-resource"  # as specs.frictionlessdata.io/tabular-data-package asks
        content = files[resource["path"]]
        assert content == (store.folder / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)


def test_the_data_package_holds_its_own_schemas(store: Store) -> None:
    """What a Frictionless validator checks: types, required, pattern, enum, minimum, primary and foreign keys."""
    files = export_files(store, "datapackage", ["dsg_pupils", "neighbours", "prices"], [YEAR])
    package = json.loads(files["datapackage.json"])
    codes = {row["la_code"] for row in rows_of(files["authorities.csv"])}
    broken, checked = [], 0
    for resource in package["resources"]:
        rows = rows_of(files[resource["path"]])
        assert len(rows) == resource["rows"] > 0
        keys = {tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows}
        assert len(keys) == len(rows)
        for field in resource["schema"]["fields"]:
            rules = field.get("constraints", {})
            for value in {row[field["name"]] for row in rows}:
                number = float(value) if value and field["type"] != "string" else None
                holds = (
                    (value != "" or not rules.get("required"))
                    and (value == "" or re.search(rules.get("pattern", ""), value) is not None)
                    and (value == "" or value in rules.get("enum", [value]))
                    and (number is None or number >= rules.get("minimum", number))
                    and (number is None or field["type"] == "number" or number.is_integer())
                )
                checked += 1
                broken += [] if holds else [(resource["name"], field["name"], value)]
        for key in resource["schema"].get("foreignKeys", []):
            assert {row[key["fields"][0]] for row in rows} - {""} <= codes
    assert broken == []
    assert checked > 500


def test_sqlite_reads_back_equal_with_keys(store: Store, tmp_path: Path) -> None:
    frames = select_tables(store, (*SMALL, "neighbours"))
    path = tmp_path / "hnf.sqlite"
    path.write_bytes(sqlite_files(frames, store.edition, load_catalogue())["hnf.sqlite"])
    database = sqlite3.connect(path)
    try:
        for name, frame in frames.items():
            rows = database.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()
            got = pl.DataFrame(rows, schema=frame.schema, orient="row").with_columns(pl.col(pl.String).fill_null(""))
            assert got.equals(frame)
        keys = database.execute("PRAGMA foreign_key_list(neighbours)").fetchall()
        assert sorted((key[2], key[3]) for key in keys) == [
            ("authorities", "la_code"), ("authorities", "neighbour_la_code"),
        ]  # fmt: skip
        assert next(row[5] for row in database.execute("PRAGMA table_info(authorities)")) == 1
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        about = dict(database.execute("SELECT name, value FROM metadata"))
        assert about["edition"] == store.edition
        with pytest.raises(sqlite3.IntegrityError):  # the declared key holds where a part of it is missing too
            database.execute("INSERT INTO dsg_pupils SELECT * FROM dsg_pupils WHERE la_code IS NULL LIMIT 1")
    finally:
        database.close()


def test_workbooks_read_back_equal(store: Store) -> None:
    frames = select_tables(store, SMALL)
    book = make_book(frames, store.edition, load_catalogue())
    for content in (write_xlsx(book), write_ods(book)):
        read = CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert read.sheet_names == ["Cover", "Contents", "Notes", *SMALL_IN_ORDER, "Sources"]
        for name, frame in frames.items():
            rows = read.get_sheet_by_name(name).to_python()
            assert rows[0][0] == TABLES[name].meaning
            assert [str(cell).split(" (")[0] for cell in rows[2]] == frame.columns
            got = pl.DataFrame(rows[3:], schema=dict.fromkeys(frame.columns, pl.Object), orient="row")
            for column, dtype in frame.schema.items():
                values = got[column].to_list()
                if dtype == pl.String:
                    assert values == frame[column].to_list()
                else:
                    assert values == pytest.approx(frame[column].to_list(), rel=1e-14)


SMALL_IN_ORDER = [name for name in TABLES if name in SMALL]


def test_a_symbol_stands_in_brackets_and_a_formula_is_text(store: Store) -> None:
    frames = {
        "ehc_plans": store.table("ehc_plans").filter(pl.col("status") != "").head(3),
        "dsg_formula_rows": store.table("dsg_formula_rows"),
    }
    book = make_book(frames, store.edition, load_catalogue())
    read = openpyxl.load_workbook(io.BytesIO(write_xlsx(book)))
    counts = {row[7].value for row in read["ehc_plans"].iter_rows(min_row=4)}
    assert counts == {f"[{status}]" for status in frames["ehc_plans"]["status"]}
    printed = [cell for (cell,) in read["dsg_formula_rows"].iter_rows(min_row=4, min_col=5, max_col=5)]
    assert all(cell.value.startswith("=") and cell.data_type == "s" and cell.quotePrefix for cell in printed)
    with zipfile.ZipFile(io.BytesIO(write_ods(book))) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.read("mimetype").decode() == ODS_MIMETYPE
        content = archive.read("content.xml").decode()
    assert "table:formula" not in content
    assert "[x]" in content or "[z]" in content


def test_tables_of_the_workbook_are_marked_filtered_and_keep_their_headings_in_sight(store: Store) -> None:
    frames = {"ehc_plans": store.table("ehc_plans").head(40), "prices": store.table("prices").head(0)}
    book = make_book(frames, store.edition, load_catalogue())
    content = write_xlsx(book)
    assert content == write_xlsx(book)
    read = openpyxl.load_workbook(io.BytesIO(content))
    assert read.sheetnames[0] == "Cover"
    sheet = read["ehc_plans"]
    (table,) = sheet.tables.values()
    last = sheet.dimensions.split(":")[1]
    assert (table.name, table.ref, table.autoFilter.ref) == ("table_ehc_plans", f"A3:{last}", f"A3:{last}")
    assert last.endswith("43")
    assert [column.name for column in table.tableColumns] == [cell.value for cell in sheet[3]]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$3:$3")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight, sheet.sheet_view.showGridLines) == (
        "landscape", 0, False,
    )  # fmt: skip
    assert all(10 <= dimension.width <= 60 for dimension in sheet.column_dimensions.values())
    assert not read["prices"].tables  # a table needs a row
    assert read["prices"].max_row == 3
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert b'numberStoredAsText="1"' in archive.read("xl/worksheets/sheet4.xml")
        assert b"<tableParts" not in archive.read("xl/worksheets/sheet5.xml")


def test_text_of_the_workbooks_is_escaped(store: Store) -> None:
    frame = store.table("authorities").head(2).with_columns(la_name=pl.lit("A & B <b>  \x01=x"))
    book = make_book({"authorities": frame}, "edition <&>", load_catalogue())
    for content in (write_ods(book), write_xlsx(book)):
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("authorities").to_python()
        assert rows[3][3] == "A & B <b>  =x"


def test_a_year_brings_its_january_and_its_population(store: Store) -> None:
    frames = select_tables(store, (), [YEAR])
    assert frames["dsg_high_needs_block"]["financial_year"].unique().to_list() == ["2023-24"]
    assert frames["ehc_plans"]["january"].unique().to_list() == [2023]
    assert frames["population"]["mid_year"].unique().to_list() == [2023]
    assert frames["authorities"].equals(store.table("authorities"))


def test_a_name_that_would_run_as_a_formula_is_refused(tables: Path) -> None:
    path = tables / "authorities.csv"
    path.write_text(path.read_text().replace(",Camden,", ",=1+1,"))
    with pytest.raises(TableError, match="would run as a formula"):
        ees_files(Store(tables))


@pytest.mark.parametrize(("kind", "names", "years"), [
    ("parquet", ["nonsense"], []), ("ees", ["authorities"], []), ("xlsx", [], [FinancialYear(2001)]),
    ("ees", [], [FinancialYear(2001)]),
])  # fmt: skip
def test_what_is_not_there_is_refused(store: Store, tmp_path: Path, kind: Any, names: Any, years: Any) -> None:
    with pytest.raises(UsageError):
        export(store, kind, tmp_path / "out", names, years)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_the_users_is_never_replaced_and_an_export_is(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="no export wrote"):
        export(store, "parquet", tmp_path / "mine", ["prices"])
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    export(store, "parquet", tmp_path / "out", ["prices"])
    export(store, "datapackage", tmp_path / "out", ["prices"])
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "authorities.csv", "prices.csv", "datapackage.json", "manifest.json",
    }  # fmt: skip


def test_commands(hnf: Run, tmp_path: Path) -> None:
    answer = hnf("export", "--format", "ees", "--out", tmp_path / "ees", "--table", "pupils", "--answer", "json")
    assert answer.code == 0
    assert [entry["file"] for entry in answer.json["files"]] == ["pupils.csv", "pupils.meta.csv"]
    assert hnf("export", "--format", "pdf", "--out", tmp_path / "x").code == 2
