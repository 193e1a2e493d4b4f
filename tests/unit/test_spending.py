"""Spending and balances: what the files say, what their errors become, and what is said of an authority."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import polars as pl
import pytest
from fixtures import made_up

from hnf.analysis.spending import TOTAL_LINES, independent_share_figure, line_figure, returns, total_figure
from hnf.analysis.trace import resolve, trace
from hnf.errors import SourceError, UsageError
from hnf.packs.sections.spending import spending_section
from hnf.sources.places import Register
from hnf.sources.spending import load_balances, load_benchmarking
from hnf.tables.authorities import Authorities
from hnf.tables.schema import FACTOR_LINES, SPENDING_LINES
from hnf.tables.store import Store

Run = Callable[..., Any]
Rows = list[list[Any]]

# Headings as the tool prints them, in its order (row 6 of the sheet; the first of a block also in rows 3 and 5).
KINDS = ["Early Years", "Primary", "Secondary", "Special schools and academies", "PRUs and AP academies", "Post School"]
TOP_UPS = ("(maintained schools, academies, free schools and colleges)", "(non-maintained and independent schools)")
SECTION_251 = [
    "Place funding", *KINDS, TOP_UPS[0], *KINDS, "Income", TOP_UPS[1], *KINDS, "Income",
    "SEN support", "Alternative", "Hospital education services", "Therapies and",
]  # fmt: skip
PLACED = [
    "with SEN statement or EHCP", "Mainstream schools or academies", "Resourced provision or SEN units",
    "Maintained special schools or special academies", "NMSS or independent schools",
    "Hospital schools or alternative provision", "Post 16", "Other",
]  # fmt: skip
FACTORS = [
    "FSM", *(f"IDACI band {band}" for band in "FEDCBA"), "Children with bad health", "Children with DLA",
    "KS2 low attainment", "KS4 low attainment",
]  # fmt: skip
ALLOCATIONS = ["2019-20 allocation", "2020-21 allocation", "2021-22 allocation", "adjustments"]
DETAIL = {"budget_year": "2021-22", "outturn_year": "2020-21"}
BALANCES = [
    "time_period", "geographic_level", "region_name", "la_name", "deficit",
    "DSG cumulative balance as a % of the total income", "financial_year",
]  # fmt: skip


@pytest.fixture(scope="module")
def register(store: Store) -> Register:
    return made_up.register(store)


def tool() -> Rows:
    """A made-up sheet: two authorities, numbers 1, 2, 3 … along each row, the factors as errors."""
    lowest = ["", "LA code", *PLACED, *SECTION_251, *FACTORS, *ALLOCATIONS, *SECTION_251]
    starts = {
        (4, 1): "LA code", (4, 2): "No. aged up to 25 with SEN statement or EHCP", (2, 10): "Section 251 budget",
        (4, 37): "Number of individuals qualifying for deprivation, poor health", (2, 52): "Section 251 outturn",
        (4, 48): "High needs NFF 2019-20 allocation",
    }  # fmt: skip
    rows: Rows = [[None] * len(lowest) for _ in range(5)]
    for (row, column), text in starts.items():
        rows[row][column] = text
    rows.append([text or None for text in lowest])
    for code in (919, 826):
        values: list[Any] = [float(n) for n in range(len(lowest) - 2)]
        values[35:50] = ["#REF!"] * 15
        for block in (8, 50):  # the sums that the tool prints, income taken away
            values[block] = values[block + 4] + values[block + 5]
            for top_up in (block + 7, block + 15):
                values[top_up] = sum(values[top_up + 1 : top_up + 7]) - values[top_up + 7]
        rows.append(["REGION ", code, *values])
    return rows


def workbook(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sheet1"
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def load(rows: Rows, register: Register) -> list[dict[str, Any]]:
    content = workbook(rows)
    return load_benchmarking(made_up.source("tool", "benchmarking_tool", "t", content, **DETAIL), content, register)


def test_every_column_of_the_tool_is_one_line(register: Register) -> None:
    loaded = load(tool(), register)
    assert len(loaded) == 2 * (27 + 27 + 15)
    found = {(r["kind"], r["line"]): r for r in loaded if r["la_code"] == "919"}
    # Worked by hand: column C holds 0, so that the placements (not loaded) are 0 to 7 and the budget begins with 8,
    # which is the sum of 8 + 4 and 8 + 5; top-ups are 16 to 21 without the income of 22.
    assert found["budget", "place_special_pru_ap"]["value"] == 12 + 13
    assert found["budget", "top_up_state"]["value"] == 16 + 17 + 18 + 19 + 20 + 21 - 22
    assert found["budget", "top_up_independent_income"]["value"] == 8 + 22
    assert (
        found["budget", "therapies"] | {"value": 8 + 26, "financial_year": "2021-22", "cell": "AK7"}
        == found["budget", "therapies"]
    )
    assert found["outturn", "therapies"]["value"] == 8 + 27 + 15 + 26
    assert found["outturn", "place_primary"]["financial_year"] == "2020-21"


def test_lines_that_contradict_their_sums_are_refused(register: Register) -> None:
    for column, value, message in (
        (10, 26.0, "cell K7: place_special_pru_ap: 26 is 1 more than the sum of its parts"),
        (24, 23.0, "cell R7: top_up_state: 89 is 1 more than the sum of its parts"),
        (12, -5.0, "cell M7: place_primary is below zero: -5"),
    ):
        rows = tool()
        rows[6][column] = value
        with pytest.raises(SourceError, match=message):
            load(rows, register)


def test_an_error_in_a_cell_is_a_status_and_never_a_number(register: Register) -> None:
    rows = tool()
    rows[6][12] = "#N/A"
    loaded = load(rows, register)
    factors = [r for r in loaded if r["kind"] == "formula_factor"]
    assert {r["line"] for r in factors} == set(FACTOR_LINES)
    assert {(r["value"], r["status"]) for r in factors} == {(None, "#REF!")}
    (line,) = [r for r in loaded if r["cell"] == "M7"]
    assert (line["value"], line["status"]) == (None, "#N/A")


@pytest.mark.parametrize(("row", "column", "value", "message"), [
    (6, 12, None, "'blank' is neither a number nor a known error"),
    (6, 12, "about 5", "cell M7: 'about 5' is neither a number"),
    (6, 40, "#DIV/0!", "'#DIV/0!' is neither a number nor a known error"),
    (7, 1, 919, "cell B8: 919 appears twice"),
    (7, 1, 999, "999 is not a code in the register"),
    (5, 11, "Secondary", "the headings of place_early_years are"),
    (2, 10, "Section 251", "no heading begins with 'Section 251 budget'"),
])  # fmt: skip
def test_a_sheet_that_is_not_as_described_is_refused(
    register: Register, row: int, column: int, value: Any, message: str
) -> None:
    rows = tool()
    rows[row][column] = value
    with pytest.raises(SourceError) as caught:
        load(rows, register)
    assert message in str(caught.value)


def balances(*rows: list[Any], headings: list[str] | None = None) -> tuple[Any, bytes]:
    content = workbook([headings or BALANCES, *rows])
    return made_up.source("balances", "dsg_balances", "b", content), content


def test_the_balance_is_below_zero_for_a_deficit(register: Register) -> None:
    source, content = balances(
        ["201920", "National", "England", None, 1.25, -1.25, "2019-20"],
        ["201920", "Local authority", "South West", "Dorset", 8.5, -8.5, "2019-20"],
        ["201920", "Regional", "Yorkshire and The Humber", None, -0.5, 0.5, "2019-20"],
    )
    rows = load_balances(source, content, register)
    assert [(r["geographic_level"], r["la_code"], r["region_code"], r["value"]) for r in rows] == [
        ("national", "", "", -1.25),
        ("local_authority", "838", "", -8.5),  # Dorset of 2019, not the county that closed
        ("regional", "", "E12000003", 0.5),
    ]


@pytest.mark.parametrize(("row", "headings", "message"), [
    (["201920", "National", "England", None, 1.0, 1.0, "2019-20"], None, "do not mirror each other"),
    (["201920", "Local authority", "London", "Atlantis", 1.0, -1.0, "2019-20"], None, "'Atlantis' (Local authority)"),
    (["201920", "National", "England", None, 1.0, -1.0, "2020-21"], None, "201920 is not the year 2020-21"),
    (["201920", "National", "England", None, 1.0, -1.0, "2019-20"], [*BALANCES[:4], "surplus", *BALANCES[5:]],
     "what its sign means"),
])  # fmt: skip
def test_a_balance_whose_sign_or_place_is_not_sure_is_refused(
    register: Register, row: list[Any], headings: list[str] | None, message: str
) -> None:
    source, content = balances(row, headings=headings)
    with pytest.raises(SourceError) as caught:
        load_balances(source, content, register)
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", ["budget", "outturn"])
def test_lines_of_spending_add_up_as_the_tool_says(store: Store, kind: str) -> None:
    rows = store.table("spending").filter((pl.col("kind") == kind) & (pl.col("status") == ""))
    wide = rows.pivot("line", index="la_code", values="value")
    assert wide.height == 150
    for top_up in ("top_up_state", "top_up_independent"):
        parts = [line for line in SPENDING_LINES if line.startswith(f"{top_up}_") and not line.endswith("_income")]
        net = pl.sum_horizontal(parts) - pl.col(f"{top_up}_income")
        assert wide.filter((net - pl.col(top_up)).abs() > 2).height == 0
    places = pl.col("place_special") + pl.col("place_pru_ap")
    assert wide.filter((places - pl.col("place_special_pru_ap")).abs() > 2).height == 0


def test_the_factor_columns_of_the_shipped_table_are_unavailable_and_none_is_nought(store: Store) -> None:
    factors = store.table("spending").filter(pl.col("kind") == "formula_factor")
    assert factors.height == 154 * 15
    assert factors["value"].null_count() == factors.height
    assert set(factors["status"]) == {"#REF!"}
    assert resolve(store, "spending:2021-22:formula_factor:919:fsm").status.endswith("(#REF!)")


def test_figures_of_hertfordshire(store: Store) -> None:
    """Worked by hand from row 23 of the tool: W23 and AE23, and the lines of the budget."""
    state, independent = (
        line_figure(store, "2021-22", "budget", "919", line).value for line in ("top_up_state", "top_up_independent")
    )
    assert state == 63_184_136.11
    assert state is not None
    assert independent is not None
    share = independent_share_figure(store, "2021-22", "budget", "919")
    assert share.value == pytest.approx(100 * independent / (independent + state))
    total = total_figure(store, "2021-22", "budget", "919")
    assert total.value == pytest.approx(141_930_309, abs=1)
    assert len(total.inputs) == len(TOTAL_LINES) == 12
    payload = trace(store, "balance:2021-22:2023:919:balance_pct_of_income").to_json()
    assert (payload["value"], payload["source"], payload["cell"]) == (1.53, "dsg_deficit", "F464")


def test_an_authority_is_answered_with_england_beside_it(hnf: Run, store: Store) -> None:
    answer = hnf("spending", "Hertfordshire", "--format", "json").json
    assert [(r["financial_year"], r["kind"]) for r in answer["returns"]] == returns(store)
    assert answer["unavailable"] == [
        {"reason": "not available (the published cell holds an error) (#REF!)", "cells": 15}
    ]
    for found in answer["returns"]:
        figures = [found[key] for key in ("total", "share_before", "england_share_after", "independent_share")]
        for figure in [*figures, *found["lines"]]:
            assert resolve(store, figure["figure_id"]).value == figure["value"]
    assert "placements" not in answer
    assert [b["england_balance_pct_of_income"]["value"] for b in answer["balances"]] == [-1.08, -1.69, -2.26]
    printed = hnf("spending", "921").out
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert "no difference is an overspend" in " ".join(printed.split())
    assert "Where children with plans are placed: hnf need." in " ".join(printed.split())


def test_an_authority_made_later_is_refused_with_a_way_on(hnf: Run) -> None:
    refused = hnf("spending", "Cumberland")
    assert refused.code == 2
    assert "look at Cumbria" in refused.err
    assert hnf("spending", "City of London").code == 2


def test_an_authority_without_an_allocation_of_its_own_has_spending_alone(hnf: Run) -> None:
    answer = hnf("spending", "940", "--format", "json").json
    outturn, budget = answer["returns"]
    assert outturn["allocation_before"] is None
    assert outturn["share_before"] is None
    assert budget["share_before"]["value"] > 0


@pytest.mark.parametrize("who", ["919", "921", "839", "810", "940"])
def test_the_section_says_figures_that_can_be_traced(store: Store, who: str) -> None:
    section = spending_section(store, Authorities.of(store)[who])
    assert section is not None
    for sentence in section.paragraphs:
        assert sentence.figures
        for figure, printed in zip(sentence.figures, sentence.printed, strict=True):
            assert printed in sentence.text
            assert resolve(store, figure.id) == figure
    for table in section.tables:
        for cells, ids in zip(table.rows, table.figure_ids, strict=True):
            for value, figure_id in zip(cells, ids, strict=True):
                assert (figure_id is None) == (value is None or isinstance(value, str))
                if figure_id is not None:
                    assert resolve(store, figure_id).value == value
    words = " ".join(sentence.text for sentence in section.paragraphs)
    assert "overspen" not in words


def test_a_deficit_and_a_surplus_are_named_by_their_sign(store: Store) -> None:
    authorities = Authorities.of(store)
    said = {
        who: next(s.text for s in spending_section(store, authorities[who]).paragraphs if "At the end" in s.text)  # type: ignore[union-attr]
        for who in ("919", "839")
    }
    assert "had a surplus of 1.5% of its income; in England as a whole it had a deficit of 2.3%" in said["919"]
    assert "had a deficit of 6.8% of its income" in said["839"]


def test_where_nothing_is_published_there_is_no_section(store: Store) -> None:
    assert spending_section(store, Authorities.of(store)["942"]) is None
    assert spending_section(store, Authorities.of(store)["201"]) is None


@pytest.mark.parametrize("figure_id", [
    "spendtotal:2021-22:budget:201", "spendtotal:2021-22:guess:919", "spendallocation:2021-22:budget:919:during",
    "linesum:2001-02:budget:therapies", "spendallocation:2020-21:outturn:940:before", "linesum:2021-22:budget:home",
])  # fmt: skip
def test_ids_of_nothing_are_refused(store: Store, figure_id: str) -> None:
    with pytest.raises(UsageError):
        resolve(store, figure_id)


@pytest.mark.parametrize("figure_id", ["placementsum:2021:2021-22:mainstream", "placementshare:2021:2021-22:919:total"])
def test_ids_of_the_tools_placements_are_told_where_settings_are_now(hnf: Run, figure_id: str) -> None:
    answer = hnf("trace", figure_id)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"hnf: the figures of '{figure_id}' are no longer in these tables: the benchmarking tool's placements. The "
        "settings of every January are in the table placements: see hnf measures, such as mainstream_pct.\n"
    )
