"""The tables of the SEN2 returns on made-up files: columns, symbols, sums within a row, corrected and left out rows."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures import made_up
from fixtures.made_up import write_zip

from hnf.errors import SourceError, UsageError
from hnf.ingest.ingest import register_files
from hnf.ingest.recognise import Given
from hnf.sources import sen2
from hnf.sources.places import HIERARCHY_COLUMNS, Register, Row
from hnf.sources.sen2 import load_release
from hnf.tables.schema import LEFT_OUT, SEN2_ITEMS, TABLES
from hnf.tables.store import Store

AREA = {"time_period": "2024", "geographic_level": "Local authority", "region_code": "", "old_la_code": "919"}
REQUESTS = {
    **AREA,
    "breakdown_topic": "All requests for EHC needs assessments",
    "requests_received_in_year": "100",
    "requests_rya": "1",
    "requests_decided_to_assess": "60",
    "requests_decided_not_to_assess": "25",
    "requests_decision_not_made": "10",
    "requests_withdrawn": "5",
    "request_outcome_six_weeks": "70",
    "request_outcome_over_6_weeks": "20",
    "mediation_related_request": "7",
    "tribunal_related_request": "3",
    "tribunal_after_mediation_request": "x",
}
ITEMS = {
    "received": 100, "in_youth_accommodation": 1, "assess": 60, "not_assess": 25, "undecided": 10, "withdrawn": 5,
    "within_6_weeks": 70, "over_6_weeks": 20, "mediation": 7, "tribunal": 3, "tribunal_after_mediation": None,
}  # fmt: skip
SETTINGS = {item: "0" for item in SEN2_ITEMS["placements"] if item not in ("total", "special_academy_free")}


@pytest.fixture(scope="module")
def register(store: Store) -> Register:
    return made_up.register(store)


@pytest.fixture
def returns(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """What is odd in the returns, made up."""
    found: dict[str, list[dict[str, Any]]] = {"correction": [], "left_out": [], "flag": []}
    sen2._left_out.cache_clear()
    monkeypatch.setattr(sen2, "_returns", lambda: found)
    yield found
    sen2._left_out.cache_clear()


def text(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def load(register: Register, table: str, *rows: dict[str, str], release: str = "2025") -> list[Row]:
    """Load one data set by itself."""
    content = text(*rows)
    source = made_up.source("s", "sen2_caseload", "s.csv", content, release=release)
    return load_release(replace(source, feeds=(table,)), content, register)[table]


def refused(register: Register, table: str, *rows: dict[str, str]) -> str:
    with pytest.raises(SourceError) as caught:
        load(register, table, *rows)
    return caught.value.line()


def placed(**counts: str) -> dict[str, str]:
    columns = {"awaiting_provision": "await_prov_2022", "permanently_excluded": "perm_ex_2022"}
    printed = {columns.get(item, item): text for item, text in (SETTINGS | counts).items()}
    shared = {**AREA, "time_period": "202526", "breakdown_topic": "All EHC plans", "ehcplans": counts.pop("total", "0")}
    return {**shared, **{column: text for column, text in printed.items() if column != "total"}}


def test_every_column_is_an_item_with_its_line_and_a_symbol_is_no_number(register: Register) -> None:
    by_sex = REQUESTS | {"breakdown_topic": "Sex", "requests_received_in_year": "50"}
    rows = load(register, "requests", by_sex, REQUESTS)
    assert {row["item"]: row["value"] for row in rows} == ITEMS
    assert set(ITEMS) == set(SEN2_ITEMS["requests"])
    last = rows[-1]
    assert (last["status"], last["cell"]) == ("x", "line 3, tribunal_after_mediation_request")
    shared = {"calendar_year": 2024, "release": "2025", "geographic_level": "local_authority", "la_code": "919"}
    assert all(row | shared == row for row in rows)
    assert set(TABLES["requests"].columns) <= set(last)


def test_headings_are_found_whatever_their_case_and_cells_name_them_as_printed(register: Register) -> None:
    rows = load(register, "requests", {key.upper() if "six" in key else key: text for key, text in REQUESTS.items()})
    assert [row["cell"] for row in rows if row["item"] == "within_6_weeks"] == ["line 2, REQUEST_OUTCOME_SIX_WEEKS"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"requests_received_in_year": ""}, "line 2, requests_received_in_year: '' is neither a count nor a symbol"),
        ({"requests_withdrawn": "-5"}, "'-5' is neither a count"),
        ({"requests_withdrawn": "-"}, "'-' is neither a count"),
        ({"requests_withdrawn": ".."}, "'..' is neither a count"),
        ({"requests_withdrawn": LEFT_OUT}, "'left_out' is neither a count"),
        ({"requests_withdrawn": "5.0"}, "'5.0' is neither a count"),
        ({"old_la_code": "999"}, "line 2: authority '999' is not in the register"),
        ({"geographic_level": "Regional", "region_code": "E99"}, "region 'E99' is not in the register"),
        ({"geographic_level": "Ward"}, "'Ward' is not a geographic level"),
        ({"time_period": "202324"}, "line 2: '202324' is not a year"),
        ({"requests_withdrawn": "6"}, "line 2: the parts of received (assess + not_assess + undecided + withdrawn) do"),
        ({"requests_withdrawn": "4"}, "do not add up to 100"),
        ({"requests_withdrawn": "x", "requests_decided_to_assess": "70"}, "do not add up to 100"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(register: Register, change: dict[str, str], expected: str) -> None:
    assert expected in refused(register, "requests", REQUESTS | change)


def test_parts_with_a_symbol_among_them_may_be_less_than_their_total(register: Register) -> None:
    rows = load(register, "requests", REQUESTS | {"requests_withdrawn": "x"})
    assert {row["item"]: row["status"] for row in rows}["withdrawn"] == "x"


def test_a_row_twice_and_a_missing_heading_or_row_are_refused(register: Register) -> None:
    assert "line 3: received of this area and period is printed twice" in refused(
        register, "requests", REQUESTS, REQUESTS
    )
    renamed = REQUESTS | {"breakdown_topic": "Every request"}
    assert "no row has one of All requests for EHC needs" in refused(register, "requests", renamed)
    without = {key: text for key, text in REQUESTS.items() if key != "requests_rya"}
    assert "heading requests_rya is missing" in refused(register, "requests", without)


def test_settings_add_up_to_each_group_and_to_all(register: Register) -> None:
    good = placed(
        total="10", special_total="6", special_academy="2", special_free_school="1", special_independent="3",
        ed_elsewhere="3", neet="1", other_placement_settings="2", placement_unknown="1", awaiting_provision="x",
    )  # fmt: skip
    values = {row["item"]: row["value"] for row in load(register, "placements", good, release="2026")}
    assert (values["total"], values["special_free_school"], values["awaiting_provision"]) == (10, 1, None)
    assert "special_academy_free" not in values
    assert "the parts of special_total (special_*)" in refused(register, "placements", good | {"special_academy": "1"})
    # In older years other settings are no part of those educated elsewhere: 10 - 1 educated elsewhere + 2 others.
    older = good | {"ehcplans": "11", "ed_elsewhere": "2"}
    assert load(register, "placements", older)[0]["value"] == 11
    assert "the parts of total" in refused(register, "placements", good | {"ehcplans": "11"})


def test_a_noted_contradiction_is_taken_for_its_authority_and_those_that_include_it(
    register: Register, returns: dict[str, Any]
) -> None:
    contradictory = REQUESTS | {"requests_withdrawn": "4"}
    england = contradictory | {"geographic_level": "National", "old_la_code": ""}
    returns["flag"].append({"tables": ["requests"], "sums_differ": True, "periods": ["2024"], "la_codes": ["919"]})
    assert len(load(register, "requests", contradictory, england)) == 2 * len(ITEMS)
    for change in ({"old_la_code": "921"}, {"time_period": "2023"}):
        assert "do not add up" in refused(register, "requests", contradictory | change)
    del returns["flag"][0]["sums_differ"]
    assert "do not add up" in refused(register, "requests", contradictory)


def test_a_count_that_is_left_out_is_no_number_and_its_neighbours_are(
    register: Register, returns: dict[str, Any]
) -> None:
    entry = {"table": "requests", "items": ["received"], "periods": ["2024"], "la_codes": ["919"]}
    returns["left_out"].append(entry)
    other = REQUESTS | {"old_la_code": "921"}
    rows = load(register, "requests", REQUESTS, other, REQUESTS | {"time_period": "2023"})
    found = {(row["calendar_year"], row["la_code"]): row for row in rows if row["item"] == "received"}
    assert (found[2024, "919"]["value"], found[2024, "919"]["status"]) == (None, LEFT_OUT)
    assert [found[key]["value"] for key in ((2024, "921"), (2023, "919"))] == [100, 100]


def test_only_differences_of_the_annual_reviews_may_be_below_zero(register: Register) -> None:
    columns = {
        "total_ehc_plans": "30", "review_expected": "20", "review_not_expected": "10", "review_meeting_24": "12",
        "review_meeting_25": "3", "total_review_meeting": "15", "no_review_meeting": "5", "outcome_amend": "9",
        "outcome_cease": "1", "outcome_maintan": "7", "no_outcome": "-2", "review_decision24": "11",
        "review_decision25": "2", "review_decision_prior24": "1", "review_decision_not_due": "0",
        "review_decision_outstanding": "-9", "number_decsion_4weeks": "6", "number_decision_gt_4weeks": "8",
    }  # fmt: skip
    row = {**AREA, "breakdown_topic": "All annual reviews", **columns}
    values = {row["item"]: row["value"] for row in load(register, "annual_reviews", row)}
    assert (values["no_outcome"], values["decision_outstanding"], values["meeting_after_year"]) == (-2, -9, 3)
    assert set(values) == set(SEN2_ITEMS["annual_reviews"])
    assert "'-1' is neither" in refused(register, "annual_reviews", row | {"outcome_cease": "-1"})


TITLE = "Appeal rate table,,,,,\n,,,,,\n"
HEADINGS = (
    'Local Authority,LA code,2014,,2024,,\n,,Appeals registered4,"Total Appealable Decisions1,9",Appeals registered4,'
    "SEND Tribunal Appeal Rate2,In development: Total Appealable Decisions1\n"
)
BODY = (
    "EAST MIDLANDS,,,,,,\n"
    'Northamptonshire7,892,41,"4,248", .. ,..,\n'
    'Nottingham,891,18,671,52,2.50%,"1,451"\n'
    'Nottinghamshire,928,47,"1,812",184,3.10%,"3,788"\n'
    "Kingston Upon Hull,810, - ,99,1,0.10%, x \n"
    "Central Bedfordshire,873,8,900,140,1.70%,100\n"
    'England Total4,,"4,108","251,096","22,276",6.10%,"364,912"\n'
    "England total excluding suppressed,,,,1,5.70%,2\n"
    "Sources:,Appeals,,,,,\n"
)
MEMBER = "supporting-files/SEND Tribunals and appeal rate 2014-2024.csv"


def tribunal(register: Register, body: str = BODY, headings: str = HEADINGS) -> list[Row]:
    title = "Appeal rate table,,,,,,\n,,,,,,\n"
    content = write_zip({"data/caseload.csv": b"", MEMBER: (title + headings + body).encode()})
    source = made_up.source("sen2_2025", "sen2_caseload", "s", content, release="2025", member="data/caseload.csv")
    return load_release(replace(source, feeds=("appeals",)), content, register)["appeals"]


def correct(code: str, printed: str, name: str) -> dict[str, str]:
    return {"source": "sen2_2025", "member": MEMBER, "printed_name": name, "printed_code": printed, "la_code": code}


@pytest.fixture
def crossed(returns: dict[str, Any]) -> dict[str, Any]:
    returns["correction"] += [correct("928", "892", "Northamptonshire7"), correct("892", "891", "Nottingham")]
    returns["correction"].append(correct("891", "928", "Nottinghamshire"))
    returns["left_out"].append({"table": "appeals", "la_codes": ["823", "873"]})
    return returns


@pytest.mark.usefixtures("crossed")
def test_the_tribunals_codes_are_corrected_dashes_are_nought_and_other_symbols_are_not(register: Register) -> None:
    found = {(row["la_code"], row["calendar_year"], row["item"]): row for row in tribunal(register)}
    values = {key: row["value"] for key, row in found.items()}
    assert values["891", 2024, "appeals"] == 184
    assert values["892", 2024, "appeals"] == 52
    assert values["928", 2014, "decisions"] == 4_248
    assert values["", 2024, "decisions_in_development"] == 364_912
    assert values["810", 2014, "appeals"] == 0
    missing = {key: row["status"] for key, row in found.items() if row["value"] is None}
    assert missing.pop(("928", 2024, "appeals")) == ".."
    assert missing.pop(("928", 2024, "decisions_in_development")) == ":"
    assert missing.pop(("810", 2024, "decisions_in_development")) == "x"
    assert set(missing.values()) == {LEFT_OUT}
    assert {key[0] for key in missing} == {"873"}
    assert len(missing) == 4
    assert len(found) == 6 * 4
    assert found["892", 2024, "appeals"]["cell"] == "line 7, 2024, Appeals registered"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Nottingham,891", "Nottingham,892", "Nottingham is printed with code '892', not with '891' as it was"),
        ("Nottingham,891", "Nottm,891", "Nottm and code 891 are not the same authority"),
        ("Kingston Upon Hull,810", "Kingston Upon Hull,811", "Kingston Upon Hull and code 811 are not the same"),
        ("Central Bedfordshire,873", "Central Bedfordshire,823", "Central Bedfordshire and code 823 agree again"),
        ("Kingston Upon Hull,810", "Kingston Upon Hull,", "authority '' is not in the register"),
        (",671,", ",6 71,", "line 7, 2014, Total Appealable Decisions: '6 71' is neither a count nor a symbol"),
        (",671,", ',"6,71",', "'6,71' is neither a count nor a symbol"),
        (",671,", ", - ,", "'-' is neither a count nor a symbol"),
    ],
)
@pytest.mark.usefixtures("crossed")
def test_a_name_and_a_code_that_disagree_are_refused(register: Register, old: str, new: str, expected: str) -> None:
    assert old in BODY
    with pytest.raises(SourceError) as caught:
        tribunal(register, BODY.replace(old, new, 1))
    assert expected in caught.value.line()


@pytest.mark.usefixtures("crossed")
def test_a_correction_whose_row_is_gone_asks_for_its_removal(register: Register) -> None:
    with pytest.raises(SourceError, match="no row is called Northamptonshire7") as caught:
        tribunal(register, BODY.replace("Northamptonshire7,892", "Northamptonshire,928"))
    assert caught.value.todo == "Remove the [[correction]] from data/sen2_returns.toml."
    with pytest.raises(SourceError, match="'Appeals lodged' under '2024' is no known heading"):
        tribunal(register, headings=HEADINGS.replace('9",Appeals registered4', '9",Appeals lodged'))
    with pytest.raises(SourceError, match="no row begins with 'Local Authority'"):
        tribunal(register, headings=HEADINGS.replace("LA code", "Code"))


def test_the_tool_gives_percentages_and_counts_by_code(register: Register, returns: dict[str, Any]) -> None:
    returns["left_out"].append({"table": "lait", "items": ["appeal_rate_pct"], "la_codes": ["873"]})
    content = (
        "Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region\n"
        "SEN_AppealableDec,,2024,Hertfordshire,1.7999999999999998,919.0,East\n"
        "SEN_AppealableDec,,2024,Cambridgeshire,3.8,873,East\n"
        "SEN_CASES_JAN,,2024,Cambridgeshire,7000,873,East\n"
        "SEN_INIT_REQ,,2024,Cumbria,-,909,North West\n"
        "SEN_INIT_REQ,,2024,London (Inner),5,987,NA\n"
        "SEN_INIT_REQ,,2024,Yorkshire and the Humber,9,982,NA\n"
        "SEN_INIT_REQ,,2024,England,99,970,NA\n"
    )
    source = made_up.source("l", "lait", "l.csv", content.encode(), release="2026")
    rows = load_release(source, content.encode(), register)["lait"]
    columns = ("item", "value", "unit", "status")
    assert [(row["la_code"] or row["region_code"], *(row[name] for name in columns)) for row in rows] == [
        ("919", "appeal_rate_pct", 1.8, "pct", ""),
        ("873", "appeal_rate_pct", None, "pct", LEFT_OUT),
        ("873", "plans", 7000, "count", ""),
        ("909", "requests", None, "count", ":"),
        ("E12000003", "requests", 9, "count", ""),
        ("", "requests", 99, "count", ""),
    ]  # fmt: skip
    for old, new, what in (
        ("SEN_CASES_JAN", "SEN_OTHER", "'SEN_OTHER' is no known measure"),
        ("Cumbria,-,909", "Cumbria,-,919", "Cumbria and code 919 are not the same authority"),
    ):
        wrong = content.replace(old, new, 1).encode()
        with pytest.raises(SourceError, match=what):
            load_release(source, wrong, register)


def test_a_file_of_counts_is_not_taken_for_the_register() -> None:
    names = ("region_code", "region_name", "old_la_code", "la_name", "new_la_code")
    hierarchy = text(dict.fromkeys(names, "1"))
    assert set(HIERARCHY_COLUMNS) <= set(names)
    assert register_files([(Path("counts.csv"), text(dict.fromkeys((*names, "time_period"), "1")))], Given()) == []
    with pytest.raises(UsageError, match="the register is made of two files"):
        register_files([(Path("region_la_hierarchy.csv"), hierarchy)], Given())


def test_appeals_of_codes_alone(register: Register, returns: dict[str, Any]) -> None:
    returns["left_out"].append({"table": "appeals", "la_codes": ["823"]})
    content = b"la_code,appeals_2025,appealable_decisions_2025,appeal_rate_pct_2025,note\nENG,9,90,10,\n823,1,x,,\n"
    source = made_up.source("a", "sen2_appeals", "a.csv", content, release="2026")
    found = load_release(source, content, register)["appeals"]
    assert [(row["geographic_level"], row["item"], row["value"], row["status"]) for row in found] == [
        ("national", "appeals", 9, ""),
        ("national", "decisions_in_development", 90, ""),
        ("local_authority", "appeals", None, LEFT_OUT),
        ("local_authority", "decisions_in_development", None, LEFT_OUT),
    ]
    with pytest.raises(SourceError, match="the headings are la_code"):
        load_release(source, b"la_code,appeals\n919,1\n", register)


def test_an_archive_packed_anew_is_known_by_all_the_members_that_are_read() -> None:
    members = {"data/caseload.csv": b"a\n1\n", "data/requests.csv": b"b\n2\n", "data-guidance.txt": b"of one day"}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    source = made_up.source(
        "s", "sen2_caseload", "s", b"", member="data/caseload.csv", member_sha256=hashes["data/caseload.csv"],
        members_sha256={"data/requests.csv": hashes["data/requests.csv"]},
    )  # fmt: skip
    assert source.is_packed_anew(write_zip(members | {"data-guidance.txt": b"of another"}))
    assert not source.is_packed_anew(write_zip(members | {"data/requests.csv": b"b\n3\n"}))
    assert not source.is_packed_anew(write_zip({"data/caseload.csv": members["data/caseload.csv"]}))


def test_a_release_that_is_not_catalogued_gives_every_table_whose_file_is_there(register: Register) -> None:
    caseload = text(placed(total="0"))
    caseload = caseload.replace(b"breakdown_topic,", b"breakdown_topic,breakdown,").replace(
        b"All EHC plans,", b"All EHC plans,All EHC plans,"
    )
    content = write_zip({"data/caseload.csv": caseload, "data/requests.csv": text(REQUESTS)})
    source = made_up.source("s", "sen2_caseload", "s", content, release="2026", member="data/caseload.csv")
    found = load_release(source, content, register)
    assert {table: len(rows) for table, rows in found.items()} == {
        "ehc_plans": 1, "ehc_plans_by_age": 0, "placements": len(SETTINGS) + 1, "requests": len(ITEMS)
    }  # fmt: skip
    with pytest.raises(SourceError, match=r"the archive has no data/newplans\.csv"):
        load_release(replace(source, feeds=("requests", "new_plans")), content, register)
