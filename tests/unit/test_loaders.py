"""Loaders: a made-up next year is read by data alone, and every trap gives one message with file, sheet and cell."""

import copy
import datetime
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fixtures import made_up
from fixtures.made_up import (
    BLOCK,
    DEDUCTIONS,
    ENGLAND_ROW,
    FIRST_AUTHORITY_ROW,
    FORMULA,
    INFORMATION,
    PUPILS,
    SUMMARY,
    Sheets,
    write_ods,
    write_xlsx,
    write_zip,
)

from hnf.errors import SourceError
from hnf.sources.dsg import load_dsg
from hnf.sources.places import Register, Row, load_authorities, load_constituencies, load_neighbours
from hnf.sources.population import load_estimates, load_projection, without_repeats
from hnf.sources.prices import load_prices
from hnf.sources.sen2 import load_release
from hnf.tables.store import Store

Files = dict[str, tuple[str, bytes, dict[str, Any]]]


@pytest.fixture(scope="module")
def register(store: Store) -> Register:
    return made_up.register(store)


@pytest.fixture(scope="module")
def good(store: Store) -> Sheets:
    return made_up.next_year(store)


@pytest.fixture
def sheets(good: Sheets) -> Sheets:
    return copy.deepcopy(good)


@pytest.fixture(scope="module")
def files(store: Store) -> Files:
    return made_up.raw_files(store)


def load(sheets: Sheets, register: Register, write: Callable[[Sheets], bytes] = write_ods) -> dict[str, list[Row]]:
    return load_dsg(made_up.dsg_source(), write(sheets), register)


def message(sheets: Sheets, register: Register) -> str:
    with pytest.raises(SourceError) as caught:
        load(sheets, register)
    assert "\n" not in caught.value.line()
    return caught.value.line()


class TestNextYear:
    """2024-25 in the layout that DfE's pipeline gives it, with made-up figures: no code knows of it."""

    def test_every_cell_is_read(self, good: Sheets, register: Register) -> None:
        tables = load(good, register)
        block = tables["dsg_high_needs_block"]
        authorities = {row["la_code"] for row in block} - {""}
        assert len(authorities) == 151
        # Seven terms on the block sheet for England, 151 authorities, 4 types and 9 regions; two terms elsewhere.
        assert len(block) == 7 * (1 + 151 + 4 + 9) + 2 * (1 + 151)
        camden = {row["term"]: row for row in block if row["la_code"] == "202"}
        # Worked by hand from fixtures.made_up.figures(0).
        assert {term: row["value"] for term, row in camden.items()} == {
            "nff_in_protection": 1_000_000,
            "basic_entitlement_rate": 4_660,
            "basic_entitlement_pupils": 100,
            "import_export": -6_000,
            "special_free_schools": 6_000,
            "hospital_ap": 0,
            "total_before_deductions": 1_466_000,
            "total_after_deductions": 1_465_000,
            "deductions": 1_000,
        }
        assert camden["total_before_deductions"]["cell"] == "I5"
        assert camden["total_before_deductions"]["letter"] == "G"
        assert camden["basic_entitlement_rate"]["unit"] == "gbp_per_pupil"
        assert {row["edition"] for row in block} == {"2025-07-18"}

    def test_the_printed_formula_is_read_from_the_sheet(self, good: Sheets, register: Register) -> None:
        (formula,) = load(good, register)["dsg_formula_rows"]
        assert (formula["printed"], formula["letter"], formula["cell"]) == (FORMULA, "G", "I3")

    def test_london_is_a_type_and_a_region(self, good: Sheets, register: Register) -> None:
        block = load(good, register)["dsg_high_needs_block"]
        levels = {row["geographic_level"] for row in block if "london" in row["authority_type"]}
        regions = {row["region_code"] for row in block if row["geographic_level"] == "regional"}
        assert levels == {"authority_type"}
        assert "E12000007" in regions
        assert len(regions) == 9

    def test_order_of_columns_and_rows_does_not_matter(self, sheets: Sheets, good: Sheets, register: Register) -> None:
        rows = sheets[BLOCK]
        for row in rows:
            row[2:] = row[:1:-1]
        authorities = slice(FIRST_AUTHORITY_ROW, FIRST_AUTHORITY_ROW + 151)
        rows[authorities] = rows[authorities][::-1]
        rows.insert(0, ["A note above the headings", *[""] * 8])
        assert _values(load(sheets, register)) == _values(load(good, register))

    def test_a_reworded_heading_with_the_same_words_is_known(self, sheets: Sheets, register: Register) -> None:
        sheets[BLOCK][0][2] = "TOTAL  High needs elements in the\nfunding floor and gains calculation (£s) "
        assert load(sheets, register)["dsg_high_needs_block"]

    @pytest.mark.parametrize("code", ["202", 202, 202.0, " 202 ", "202\n"])
    def test_codes_are_text_number_or_padded(self, sheets: Sheets, register: Register, code: object) -> None:
        sheets[BLOCK][FIRST_AUTHORITY_ROW][0] = code
        assert "202" in {row["la_code"] for row in load(sheets, register)["dsg_high_needs_block"]}

    def test_xlsx_and_ods_without_mimetype_give_the_same(self, good: Sheets, register: Register) -> None:
        ods = load(good, register)
        assert load(good, register, lambda sheets: write_ods(sheets, mimetype=False)) == ods
        assert load(good, register, write_xlsx) == ods

    def test_footnotes_and_empty_rows_under_the_table_are_no_areas(self, sheets: Sheets, register: Register) -> None:
        sheets[BLOCK] += [[""] * 9, ["* A footnote.", *[""] * 8], [""] * 9]
        assert len({row["la_code"] for row in load(sheets, register)["dsg_high_needs_block"]}) == 152

    @pytest.mark.parametrize("symbol", ["z", "x", "c", "low", "k", "u", ":", "~"])
    def test_a_symbol_is_kept_and_never_zero(self, sheets: Sheets, register: Register, symbol: str) -> None:
        sheets[BLOCK][FIRST_AUTHORITY_ROW][5] = symbol
        rows = load(sheets, register)["dsg_high_needs_block"]
        row = next(row for row in rows if row["la_code"] == "202" and row["term"] == "import_export")
        assert (row["value"], row["status"]) == (None, symbol)

    def test_pounds_and_millions_are_told_apart_by_the_heading(self, sheets: Sheets, register: Register) -> None:
        """2019-20 mixes them within one sheet: the value stays as printed, the unit says which it is."""
        for row in sheets[BLOCK][ENGLAND_ROW:]:
            row[2] = row[2] / 1e6 if isinstance(row[2], float | int) else row[2]
        sheets[BLOCK][0][2] = sheets[BLOCK][0][2].replace("(£s)", "(£millions)")
        rows = [row for row in load(sheets, register)["dsg_high_needs_block"] if row["la_code"] == "202"]
        units = {row["term"]: (row["value"], row["unit"]) for row in rows}
        assert units["nff_in_protection"] == (1.0, "gbp_million")
        assert units["total_before_deductions"] == (1_466_000, "gbp")

    @pytest.mark.parametrize(
        ("printed", "edition"),
        [("20 July 2023", "2023-07-20"), ("18 Nov 2021", "2021-11-18"), (datetime.date(2019, 3, 27), "2019-03-27")],
    )
    def test_the_edition_is_the_printed_date(
        self, sheets: Sheets, register: Register, printed: Any, edition: str
    ) -> None:
        sheets[INFORMATION][1][2] = printed
        assert {row["edition"] for row in load(sheets, register, write_xlsx)["dsg_pupils"]} == {edition}


def _values(tables: dict[str, list[Row]]) -> list[tuple[Any, ...]]:
    keys = ("geographic_level", "authority_type", "region_code", "la_code", "term", "letter", "value", "unit")
    return sorted(tuple(row[key] for key in keys) for row in tables["dsg_high_needs_block"])


def _set(sheet: str, row: int, column: int, value: Any) -> Callable[[Sheets], None]:
    def change(sheets: Sheets) -> None:
        sheets[sheet][row][column] = value

    return change


def _drop(sheet: str, row: int) -> Callable[[Sheets], None]:
    return lambda sheets: sheets[sheet].pop(row) and None


def _rename(old: str, new: str) -> Callable[[Sheets], None]:
    def change(sheets: Sheets) -> None:
        sheets[new] = sheets.pop(old)

    return change


def _repeat_row(sheets: Sheets) -> None:
    sheets[BLOCK].insert(FIRST_AUTHORITY_ROW, sheets[BLOCK][FIRST_AUTHORITY_ROW])


def _add_column(heading: str, letter: str, value: Any) -> Callable[[Sheets], None]:
    def change(sheets: Sheets) -> None:
        rows = sheets[BLOCK]
        rows[0].append(heading)
        rows[1].append(letter)
        rows[2].append("")
        for row in rows[ENGLAND_ROW:]:
            row.append(value if row[0] else "")

    return change


def _london_twice_in_types(sheets: Sheets) -> None:
    rows = sheets[BLOCK]
    at = next(number for number, row in enumerate(rows) if row[0] == "LONDON")
    rows.insert(at, rows[at])


FIRST = FIRST_AUTHORITY_ROW
TRAPS: list[tuple[str, Callable[[Sheets], None], str]] = [
    (
        "heading missing",
        _set(BLOCK, 0, 8, ""),
        r"sheet High_needs_block: no heading reads like 'total_before_deductions'",
    ),
    ("heading blank over figures", _set(BLOCK, 0, 6, ""), r"High_needs_block, cell G4: figures without a heading"),
    (
        "heading changed",
        _set(BLOCK, 0, 7, "Hospital schools (£s)"),
        r"High_needs_block, cell H1: unknown heading 'hospital schools \(£s\)'\. Name its term in data/headings\.toml",
    ),
    (
        "heading of the total changed",
        _set(BLOCK, 0, 8, "Grand total"),
        r"no heading reads like 'total_before_deductions'; found: .*'grand total'.*\"grand total\" = \"total_before",
    ),
    ("unknown extra heading", _add_column("SEND grant (£s)", "[H]", 5), "cell J1: unknown heading 'send grant"),
    ("unknown extra column without heading", _add_column("", "", 5), "cell J4: figures without a heading"),
    (
        "two headings alike",
        _add_column("Total high needs block before deductions (£s)", "[H]", 5),
        "the headings of columns I, J all read like 'total_before_deductions'",
    ),
    ("letter twice", _set(BLOCK, 1, 3, "[A]"), "sheet High_needs_block: the letter A is over two columns"),
    (
        "formula names a missing letter",
        _set(BLOCK, 2, 8, FORMULA + " + [K]"),
        r"cell I3: the printed formula '= \[A\].*\[K\]' names column K, which no heading has",
    ),
    ("letter missing", _set(BLOCK, 1, 4, ""), "names column C, which no heading has"),
    ("authority twice", _repeat_row, "High_needs_block, cell A6: '202' appears twice"),
    (
        "authority unknown",
        _set(BLOCK, FIRST, 0, 199),
        r"cell A5: authority 199 is not in the register\. Bring las\.csv",
    ),
    (
        "authority without a code",
        _set(BLOCK, FIRST, 0, ""),
        "cell A5: 'Camden' is neither an authority, a type nor a region",
    ),
    ("row of another kind", _set(BLOCK, FIRST, 0, "SCOTLAND"), "cell A5: 'SCOTLAND' is neither an authority"),
    ("code with a fraction", _set(BLOCK, FIRST, 0, 202.5), "cell A5: '202.5' is neither an authority"),
    (
        "authority without figures",
        lambda sheets: sheets[BLOCK][FIRST].__setitem__(slice(2, None), [""] * 7),
        "cell A5: authority 202 has no figures",
    ),
    ("type twice", _london_twice_in_types, "'LONDON' appears twice"),
    (
        "text in a number cell",
        _set(BLOCK, FIRST, 2, "1,000,000"),
        r"cell C5: '1,000,000' is not a number\. A symbol must",
    ),
    ("unknown symbol", _set(BLOCK, FIRST, 5, ".."), r"High_needs_block, cell F5: '\.\.' is not a number"),
    ("empty cell", _set(BLOCK, FIRST, 6, ""), r"High_needs_block, cell G5: empty where a number belongs"),
    ("spaces in a number cell", _set(BLOCK, FIRST, 6, "  "), "cell G5: empty where a number belongs"),
    ("a spreadsheet's own error", _set(BLOCK, FIRST, 6, "#REF!"), "cell G5: '#REF!' is not a number"),
    ("no England", _set(BLOCK, ENGLAND_ROW, 0, "TOTAL"), "sheet High_needs_block: no row starts with ENGLAND"),
    ("England is not the sum", _set(BLOCK, ENGLAND_ROW, 8, 1), "cell I4: England's total is -£.* than the sum of 151"),
    (
        "one total changed",
        _set(BLOCK, FIRST, 8, 2_466_000),
        "cell I4: England's total is -£1,000,000 more than the sum",
    ),
    (
        "authority missing on the block sheet",
        _drop(BLOCK, FIRST),
        "England's total is £1,466,000 more than the sum of 150",
    ),
    ("authority missing on the summary", _drop(SUMMARY, 3), "Allocations_summary: not the same authorities .*: 202"),
    (
        "authority missing among the pupils",
        _drop(PUPILS, 2),
        "Schools_block_and_CSSB: not the same authorities .*: 202",
    ),
    (
        "authority missing among deductions",
        _drop(DEDUCTIONS, 2),
        "High_needs_deductions: not the same authorities .*: 202",
    ),
    (
        "pupils as a symbol",
        _set(PUPILS, 2, 2, "x"),
        "Schools_block_and_CSSB, cell C3: 'x' where a number of pupils belongs",
    ),
    ("pupils heading missing", _set(PUPILS, 0, 3, "Others"), "no heading reads like 'secondary'"),
    ("sheet missing", lambda sheets: sheets.pop(DEDUCTIONS) and None, "no sheet is named like .*; the sheets are Inf"),
    (
        "wrong sheet",
        _rename(BLOCK, "Early_years_block"),
        r"no sheet is named like '.*hn\|high_needs\)_block.*Early_years",
    ),
    (
        "no publication date",
        _set(INFORMATION, 1, 1, "Printed"),
        f"sheet {INFORMATION}: no cell says 'Publication date'",
    ),
    ("publication date unreadable", _set(INFORMATION, 1, 2, "soon"), "cell C2: 'soon' is not a publication date"),
    ("publication date missing", _set(INFORMATION, 1, 2, ""), "cell C2: '' is not a publication date"),
]


@pytest.mark.parametrize(("change", "expected"), [trap[1:] for trap in TRAPS], ids=[trap[0] for trap in TRAPS])
def test_a_bad_workbook_gets_one_message_with_its_place(
    sheets: Sheets, register: Register, change: Callable[[Sheets], None], expected: str
) -> None:
    change(sheets)
    found = message(sheets, register)
    assert found.startswith("dsg_made_up"), found
    assert re.search(expected, found), found


def plans(*release: Any) -> list[Row]:
    """Return the rows of plans of a release, of all ages and by age."""
    found = load_release(*release)
    return [*found["ehc_plans"], *found["ehc_plans_by_age"]]


class TestPlans:
    """The SEN2 loaders."""

    def test_statements_and_plans_are_kept_apart_and_symbols_are_kept(self, files: Files, register: Register) -> None:
        layout, content, detail = files["statements"]
        rows = plans(made_up.source("s", layout, "s", content, **detail), content, register)
        here = {row["plan_type"]: row for row in rows if row["la_code"] == "919"}
        assert [(here[kind]["count"], here[kind]["status"]) for kind in ("statement", "ehc_plan", "total")] == [
            (30, ""),
            (None, "z"),
            (30, ""),
        ]
        assert here["ehc_plan"]["cell"] == "line 3, Total_ehc"

    def test_the_caseload_keeps_all_ages_and_single_ages_only(self, files: Files, register: Register) -> None:
        layout, content, detail = files["caseload"]
        rows = plans(made_up.source("s", layout, "s", content, **detail), content, register)
        assert [(r["january"], r["la_code"], r["age_group"], r["count"], r["status"]) for r in rows] == [
            (2025, "", "total", 500, ""),
            (2025, "919", "total", 60, ""),
            (2025, "921", "total", 440, ""),
            (2025, "919", "age 5", None, "low"),
        ]

    def test_a_suppressed_count_of_the_extract_is_none(self, files: Files, register: Register) -> None:
        layout, content, detail = files["extract"]
        rows = plans(made_up.source("s", layout, "s", content, **detail), content, register)
        assert [(r["geographic_level"], r["region_code"], r["la_code"], r["count"], r["status"]) for r in rows] == [
            ("national", "", "", 600, ""),
            ("regional", "E12000008", "", 90, ""),
            ("local_authority", "", "921", None, "x"),
        ]

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            (",500\n", ",\n", "line 2, ehcplans: '' is neither a count nor a symbol"),
            (",500\n", ',"1,500"\n', "line 2, ehcplans: '1,500' is neither a count nor a symbol"),
            (",500\n", ",-5\n", "'-5' is neither a count"),
            (",500\n", ",5.5\n", "'5.5' is neither a count"),
            (",500\n", ",٥\n", "'٥' is neither a count"),
            (",919,All", ",999,All", "line 3: authority '999' is not in the register. Bring las.csv up to date"),
            (",919,All", ",E10000015,All", "authority 'E10000015' is not in the register"),
            ("202425,National", "2025,National", "line 2: '2025' is not an academic year such as 201819"),
            ("National,", "Planet,", "line 2: 'Planet' is not a geographic level"),
            ("ehcplans\n", "plans\n", "line 1: heading ehcplans is missing; found time_period"),
            ("breakdown_topic", "topic", "heading breakdown_topic is missing"),
        ],
    )
    def test_bad_counts_and_places(self, files: Files, register: Register, old: str, new: str, expected: str) -> None:
        layout, _, detail = files["caseload"]
        from hnf.sources.workbooks.guard import read_member

        text = read_member("s", files["caseload"][1], detail["member"]).decode()
        assert old in text
        content = write_zip({detail["member"]: text.replace(old, new, 1).encode()})
        with pytest.raises(SourceError) as caught:
            plans(made_up.source("s", layout, "s", content, **detail), content, register)
        assert expected in caught.value.line()

    def test_a_year_that_is_no_year_names_its_line(self, files: Files, register: Register) -> None:
        layout, _, detail = files["statements"]
        text = (
            "time_period,geographic_level,region_code,old_la_code,characteristic_age,Total_st,Total_ehc,Total_all\n"
            "20x5,National,,,Total,200,40,240\n"
        )
        content = write_zip({detail["member"]: text.encode()})
        with pytest.raises(SourceError, match=r"s, data/counts\.csv, line 2: '20x5' is not a year such as 2022"):
            plans(made_up.source("s", layout, "s", content, **detail), content, register)


Loader = Callable[..., list[Row]]
CSV_TRAPS: list[tuple[Loader, str, str, str, str]] = [
    (load_estimates, "ons", "E92000001", "E99999999", "row 2: area E99999999 is of no known kind"),
    (load_estimates, "ons", "W06000001,Anglesey", "E10000015,Again", "row 4: E10000015 appears twice"),
    (load_estimates, "ons", "Code,Name", "Area,Name", "no row has a heading 'code'"),
    (load_estimates, "ons", ",25\n", ",26\n", "row 1: heading 25 is missing or appears twice"),
    (load_estimates, "ons", "All ages", "Everyone", "row 1: heading All ages is missing"),
    (
        load_estimates,
        "ons",
        "Hertfordshire,300,10,",
        "Hertfordshire,300,ten,",
        "cell D3: 'ten' is not a number of people",
    ),
    (load_projection, "projection", "919,1", "999,1", "line 2: authority '999' is not in the register"),
    (load_projection, "projection", "919,1,", "919,z,", "'z' is not a number of people"),
    (load_projection, "projection", "mid_2024", "mid_24", "line 1: heading mid_2024 is missing"),
    (load_neighbours, "neighbours", "SN10,", "SNX,", "line 1: no heading SN10 or SN_10"),
    (load_neighbours, "neighbours", ",201,", ",199,", "line 2: authority '199' is not in the register"),
    (load_neighbours, "neighbours", "919,Hert", "999,Hert", "line 2: authority '999' is not in the register"),
    (load_constituencies, "lookup", "919 / 921", "919, 921", "line 2: 7 cells where the heading has 6"),
    (load_constituencies, "lookup", "919 / 921", "919 / 1", "line 2: authority '1' is not in the register"),
    (load_constituencies, "lookup", "party_text", "party", "heading party_text is missing"),
]


@pytest.mark.parametrize(
    ("loader", "name", "old", "new", "expected"), CSV_TRAPS, ids=[trap[4][:40] for trap in CSV_TRAPS]
)
def test_bad_csv_files(  # noqa: PLR0917
    files: Files, register: Register, loader: Loader, name: str, old: str, new: str, expected: str
) -> None:
    layout, content, detail = files[name]
    text = content.decode()
    assert old in text
    changed = text.replace(old, new, 1).encode()
    with pytest.raises(SourceError) as caught:
        loader(made_up.source(name, layout, name, changed, **detail), changed, register)
    assert caught.value.line().startswith(name)
    assert expected in caught.value.line()


def test_an_authority_twice_in_a_projection_or_a_model(files: Files, register: Register) -> None:
    for loader, name in ((load_projection, "projection"), (load_neighbours, "neighbours")):
        layout, content, detail = files[name]
        twice = content + content.split(b"\n")[1] + b"\n"
        with pytest.raises(SourceError, match=rf"{name}, line 3: authority 919 appears twice"):
            loader(made_up.source(name, layout, name, twice, **detail), twice, register)


def test_an_index_must_be_above_zero(files: Files) -> None:
    layout, content, detail = files["prices"]
    for bad in (b"0", b"-1", b"x", b"", b"nan"):
        changed = content.replace(b",100,", b"," + bad + b",")
        with pytest.raises(SourceError, match=r"prices, line 2: .* is not an index above zero"):
            load_prices(made_up.source("prices", layout, "p", changed, **detail), changed)


def test_estimates_and_projections_are_series_that_never_mix(files: Files, register: Register) -> None:
    layout, content, detail = files["ons"]
    estimates = load_estimates(made_up.source("ons", layout, "o", content, **detail), content, register)
    assert {row["series"] for row in estimates} == {"ons_estimate"}
    assert {(r["age_band"], r["people"]) for r in estimates if r["la_code"] == "919"} == {
        ("2-18", 170),  # 17 single years of 10 people
        ("0-25", 260),
        ("all", 300),
    }
    layout, content, detail = files["projection"]
    projected = load_projection(made_up.source("p", layout, "p", content, **detail), content, register)
    assert {row["series"] for row in projected} == {"dfe_projection"}
    assert [(row["mid_year"], row["people"]) for row in projected] == [(2021, 1), (2022, 2), (2023, 3), (2024, 4)]
    tool = b"la_code,bt_mid2018,bt_mid2019,bt_mid2020,bt_mid2021\n919,1,2,3,4\n"
    source = made_up.source("t", "dfe_population", "t", tool, mid_years=[2020])
    (printed,) = load_projection(source, tool, register)
    assert (printed["mid_year"], printed["people"], printed["cell"]) == (2020, 3, "line 2, bt_mid2020")
    with pytest.raises(SourceError, match=r"t: there is no column of mid-2022"):
        load_projection(replace(source, detail={"mid_years": [2022]}), tool, register)


def test_a_population_in_two_files_is_one_row_where_they_agree_and_an_error_where_not(
    files: Files, register: Register
) -> None:
    layout, content, _ = files["projection"]
    again = b"la_code,mid_2021,mid_2022,mid_2023,mid_2024,mid_2025\n919,1,2,3,4,5\n"
    rows = [
        row
        for name, data in (("p", content), ("q", again))
        for row in load_projection(made_up.source(name, layout, name, data), data, register)
    ]
    assert [(row["mid_year"], row["source_id"]) for row in without_repeats(rows)] == [
        (2021, "p"), (2022, "p"), (2023, "p"), (2024, "p"), (2025, "q"),
    ]  # fmt: skip
    rows[-3]["people"] = 3.5
    with pytest.raises(SourceError, match=r"q, line 2, mid_2023: 3.5 people of 919, mid-2023, are 3.0 in p"):
        without_repeats(rows)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("01/01/2009", "2009-01-01", "is not a date like 01/04/2023"),
        ("London Boroughs", "Shires", "'Shires' is not a type of authority"),
        ("E12000007", "E12000099", "region E12000099 is unknown"),
        ("date_of_operation", "start", "line 1: heading date_of_operation is missing"),
    ],
)
def test_a_register_not_as_described(files: Files, old: str, new: str, expected: str) -> None:
    las = made_up.source("las", "las", "las", b"")
    hierarchy = made_up.source("hierarchy", "region_la_hierarchy", "h", b"")
    content = files["las"][1].decode()
    assert old in content
    with pytest.raises(SourceError) as caught:
        load_authorities(las, content.replace(old, new, 1).encode(), hierarchy, files["hierarchy"][1])
    assert caught.value.line().startswith("las")
    assert expected in caught.value.line()


def test_the_register_keeps_codes_old_and_new(files: Files, store: Store) -> None:
    las = made_up.source("las", "las", "las", b"")
    hierarchy = made_up.source("hierarchy", "region_la_hierarchy", "h", b"")
    rows = load_authorities(las, files["las"][1], hierarchy, files["hierarchy"][1])
    columns = ("la_code", "gss_code", "former_gss_codes", "la_name", "aliases", "predecessors", "successors", "closed")
    shipped = store.table("authorities").select(columns).rows()
    assert [tuple(row[name] for name in columns) for row in rows] == shipped
