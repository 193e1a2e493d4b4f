"""Screening rules: a good file passes them all, and for every rule there is a file that breaks it and is told so."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hnf.authorities import Authorities
from hnf.errors import SourceError
from hnf.publish.screening.model import Screened
from hnf.publish.screening.reader import read_screened, read_table
from hnf.publish.screening.screen import RULES, Result, screen
from hnf.store import Store

# Made up: the shape of the open data standard, three years, three levels, one filter with a group, two indicators.
DATA = """\
time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name,age_group,age,plans,plans_pc
202122,Academic year,National,E92000001,England,,,,,,Total,Total,100,100
202122,Academic year,National,E92000001,England,,,,,,Young,Under 5,40,40.5
202122,Academic year,Regional,E92000001,England,E12000006,East of England,,,,Total,Total,50,z
202223,Academic year,Local authority,E92000001,England,E12000006,East of England,919,E10000015,Hertfordshire,Total,Total,25,low
202324,Academic year,Local authority,E92000001,England,E12000001,North East,390,E08000037,Gateshead,Total,Total,-1.5e3,c
"""  # noqa: E501 - a line of the file
META = """\
col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,filter_hint,filter_grouping_column
age,Filter,Age,,,,Age in January,age_group
plans,Indicator,Plans,Plans,,0,,
plans_pc,Indicator,Share of plans,Plans,%,1,,
"""
WARD_ROWS = (
    "202122,Academic year,Ward,E92000001,England,,,,,,Total,Total,1,1,W1,First",
    "202122,Academic year,Ward,E92000001,England,,,,,,Total,Total,1,1,W1,Second",
)


def _with_wards(text: str) -> str:
    lines = text.splitlines()
    lines = [f"{lines[0]},ward_code,ward_name", *(f"{line},," for line in lines[1:]), *WARD_ROWS]
    return "\n".join(lines) + "\n"


def _replace(old: str, new: str, times: int = -1) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, times)

    return change


def _column(name: str, value: str) -> Callable[[str], str]:
    """Put one value into a column of every row."""

    def change(text: str) -> str:
        rows = list(csv.DictReader(io.StringIO(text)))
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, name: value} for row in rows)
        return out.getvalue()

    return change


def _without(name: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        rows = list(csv.reader(io.StringIO(text)))
        place = rows[0].index(name)
        return "\n".join(",".join(c for n, c in enumerate(row) if n != place) for row in rows) + "\n"

    return change


def _same(text: str) -> str:
    return text


def _rename(old: str, new: str) -> Callable[[str], str]:
    return lambda text: re.sub(rf"(^|,){old}(,|$)", rf"\g<1>{new}\2", text, count=1, flags=re.MULTILINE)


LONG = "l" * 130
Change = Callable[[str], str]
#: For each rule: what to do to the data, what to do to the metadata, and what the message must say.
BREAKS: dict[str, tuple[Change, Change, str]] = {
    "file_name": (_same, _same, "called 'good data.csv'"),
    "file_names_match": (_same, _same, "Rename them to good.meta.csv"),
    "encoding": (_same, _same, "line 3: the text is not UTF-8"),
    "byte_order_mark": (_same, _same, "byte order mark"),
    "row_shape": (_replace(",Total,Total,100,100", ",Total,Total,1,000,100"), _same, "line 2: 15 cells where"),
    "rows_there": (lambda text: text.splitlines()[0] + "\n", _same, "nothing under it"),
    "empty_rows": (lambda text: text + "," * 13 + "\n", _same, "line 7: the row is empty"),
    "required_columns": (_without("country_name"), _same, "country_name is missing"),
    "column_names_once": (_rename("plans_pc", "plans"), _same, "2 columns are called 'plans'"),
    "column_names_filled": (_rename("plans_pc", ""), _same, "column 14 has no name"),
    "column_names_spaces": (_rename("plans_pc", "plans pc"), _same, "'plans pc' has white space"),
    "column_names_snake_case": (_rename("plans_pc", "Plans%"), _same, "has '%P'"),
    "column_names_start": (_rename("plans_pc", "1st"), _same, "begins with '1'"),
    "column_names_length": (_rename("plans_pc", LONG), _same, "has 130 characters"),
    "time_identifier": (_replace("Academic year", "School year", 1), _same, "line 2, column time_identifier: 'School"),
    "time_identifier_mix": (_replace("202324,Academic", "202324,Financial"), _same, "line 6, column time_identifier"),
    "time_period_digits": (_replace("202324", "2023/24"), _same, "'2023/24' is not digits only"),
    "time_period_length": (_replace("202324", "2023"), _same, "Academic year takes 6"),
    "time_period_consecutive": (_replace("202324", "202325"), _same, "line 6, column time_period: '202325'"),
    "time_periods_several": (_column("time_period", "202324"), _same, "there are 1 periods"),
    "geographic_level": (_replace(",Regional,", ",Region,"), _same, "line 4, column geographic_level: 'Region'"),
    "geography_columns": (_without("new_la_code"), _same, "no column new_la_code"),
    "geography_filled": (_replace(",Hertfordshire,", ",,"), _same, "line 5, column la_name: la_name is blank"),
    "geography_overfilled": (_replace("East of England,,,", "East of England,919,,"),
                             _same, "line 4, column old_la_code: old_la_code is filled on a Regional row"),
    "geography_total": (_replace("England,,,,,,Total", "England,Total,,,,,Total", 1), _same, "'Total' stands where"),
    "geography_whitespace": (_replace("Hertfordshire,", "Hertfordshire ,"), _same, "'Hertfordshire ' begins or ends"),
    "country": (_replace("E92000001", "E92000009", 1), _same, "line 2, column country_code: 'E92000009'"),
    "region_pair": (_replace("E12000001,North East", "E12000001,"), _same, "region_name is blank beside 'E12000001'"),
    "region": (_replace("E12000001,North East", "E12000001,North West"), _same, "It is North East"),
    "old_la_code": (_replace(",919,", ",91,"), _same, "'91' is not three digits"),
    "new_la_code": (_replace(",E10000015,", ",10000015,"), _same, "'10000015' is no ONS code"),
    "authority": (_replace(",919,", ",926,"), _same, "It is Norfolk"),
    "authority_code_latest": (_replace("E08000037", "E08000020"), _same, "E08000020 of 390 was replaced"),
    "place_names_once": (_with_wards, _same, "W1 is 'Second' here and 'First' above"),
    "authority_region_there": (_replace("E12000001,North East", ","), _same, "line 6, column region_code"),
    "authority_region": (_replace("E12000001,North East", "E12000002,North West"), _same, "It lies in E12000001"),
    "duplicate_rows": (lambda text: text + text.splitlines()[1] + "\n", _same, "line 7: the row repeats line 2"),
    "null_values": (_replace(",z\n", ",NULL\n"), _same, "line 4, column plans_pc: 'NULL' stands in a cell"),
    "control_characters": (_replace("Under 5", '"Under\n5"'), _same, "line break"),
    "filter_blanks": (_replace("Young,Under 5", "Young,"), _same, "line 3, column age: the filter is blank"),
    "filter_total": (_replace("Total,Total", "Total,All"), _same, "no row has 'Total'"),
    "filter_levels": (_column("age", "Total"), _same, "all rows have 'Total'"),
    "filter_items_limit": (
        lambda t: t + "".join(f"{t.splitlines()[2]}\n".replace("Under 5", f"Item {n}") for n in range(25_001)),
        _same, "it has 25,003 items"),
    "filter_whitespace": (_replace("Under 5", "Under 5 "), _same, "'Under 5 ' begins or ends"),
    "filter_items_alike": (_replace("E92000001,England,,,,,,Total,Total", "E92000001,England,,,,,,Total,TOTAL"), _same,
                           "is also written otherwise"),
    "filter_items_length": (_replace("Under 5", LONG), _same, "an item has 130 characters"),
    "indicators_there": (_same, _replace("Indicator", "Filter"), "there is no indicator"),
    "indicator_blanks": (_replace(",z\n", ",\n"), _same, "line 4, column plans_pc: the cell is blank"),
    "old_symbols": (_replace(",z\n", ",:\n"), _same, "':' is an old symbol"),
    "indicator_values": (_replace(",40,40.5", ",40,40.5%"), _same, "'40.5%' is not a plain number. Leave out"),
    "meta_columns": (_same, _replace("filter_hint", "hint"), "the column filter_hint is missing"),
    "meta_names_filled": (_same, _replace("plans_pc,", ",", 1), "good.meta.csv, line 4, column col_name: col_name is"),
    "meta_names_once": (_same, _replace("plans_pc,", "plans,"), "'plans' stands twice"),
    "meta_names_spaces": (_same, _replace("plans_pc,", "plans pc,"), "'plans pc' has white space"),
    "meta_in_data": (_same, _replace("plans_pc,", "share,"), "the data have no column 'share'"),
    "data_in_meta": (_same, _replace("plans_pc,Indicator,Share of plans,Plans,%,1,,\n", ""), "have no 'plans_pc'"),
    "meta_no_places": (_same, _replace("plans_pc,", "la_name,"), "'la_name' is a column of time or place"),
    "meta_col_type": (_same, _replace("plans,Indicator", "plans,Number"), "'Number' is no col_type"),
    "meta_label": (_same, _replace("Share of plans", ""), "plans_pc has no label"),
    "meta_label_once": (_same, _replace("Share of plans", "Plans"), "'Plans' stands twice"),
    "meta_label_length": (_same, _replace("Share of plans", LONG), "it has 130 characters"),
    "meta_indicator_columns": (_same, _replace("Age,,,,", "Age,,%,,"), "the filter age has indicator_unit '%'"),
    "meta_filter_columns": (_same, _replace(",%,1,,", ",%,1,A hint,"), "plans_pc has filter_hint 'A hint'"),
    "meta_unit": (_same, _replace(",%,1", ",percent,1"), "'percent' is no unit"),
    "meta_decimals": (_same, _replace(",%,1", ",%,1.5"), "'1.5' is no whole number"),
    "meta_decimals_there": (_same, _replace(",%,1", ",%,"), "plans_pc has none"),
    "filter_group_there": (_same, _replace(",age_group", ",age_band"), "the data have no column 'age_band'"),
    "filter_group_no_filter": (_same, lambda text: text + "age_group,Filter,Group,,,,,\n", "a row of its own"),
    "filter_group_once": (_same, _replace("Plans,Plans,,0,,", "Plans,Plans,,0,,age_group"), "'age_group' stands twice"),
    "filter_group_levels": (_replace("National,E92000001,England,,,,,,Total,Total",
                                     "National,E92000001,England,,,,,,All,Total"),
                            _same, "'age_group' has 3 items, its filter 2"),
    "meta_whitespace": (_same, _replace("Share of plans", "Share of plans "), "'Share of plans ' begins or ends"),
}  # fmt: skip


@pytest.fixture(scope="module")
def authorities(store: Store) -> Authorities:
    return Authorities.of(store)


def screened(authorities: Authorities, rule: str = "") -> dict[str, Result]:
    change_data, change_meta, _ = BREAKS.get(rule, (_same, _same, ""))
    data, meta = change_data(DATA).encode(), change_meta(META).encode()
    if rule == "encoding":
        data = data.replace(b"Under 5", b"Under \xa35")
    if rule == "byte_order_mark":
        data = b"\xef\xbb\xbf" + data
    name, meta_name = "good.csv", "good.meta.csv"
    if rule == "file_name":
        name, meta_name = "good data.csv", "good data.meta.csv"
    if rule == "file_names_match":
        meta_name = "bad.meta.csv"
    file = Screened(read_table(name, data), read_table(meta_name, meta), authorities)
    rules = [known for known in RULES if rule in ("", known.id)]
    return {result.rule.id: result for result in screen(file, rules)}


def test_a_good_file_passes_every_rule(authorities: Authorities) -> None:
    results = screened(authorities)
    assert {id_: result.message for id_, result in results.items() if result.status != "pass"} == {}
    assert len(results) == len(RULES) >= 25


def test_there_is_an_example_for_every_rule() -> None:
    assert set(BREAKS) == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_a_file_that_breaks_a_rule_is_told_where_and_what_to_do(authorities: Authorities, rule: str) -> None:
    result = screened(authorities, rule)[rule]
    assert result.status == result.rule.severity
    assert result.count >= 1
    assert BREAKS[rule][2] in result.message
    assert result.message.endswith(".")


def test_most_breaks_are_failures_and_not_advice() -> None:
    assert sum(rule.severity == "fail" for rule in RULES) >= 40


def test_without_metadata_their_rules_do_not_run_and_the_rest_do(authorities: Authorities) -> None:
    table = read_table("good.csv", DATA.replace(",z\n", ",..\n").encode())
    results = {result.rule.id: result for result in screen(Screened(table, None, authorities))}
    assert {r.rule.id for r in results.values() if r.status == "not_run"} == {r.id for r in RULES if r.needs_meta}
    assert "column plans_pc: '..' is an old symbol" in results["old_symbols"].message


def test_many_problems_are_counted_and_three_are_named(authorities: Authorities) -> None:
    table = read_table("good.csv", DATA.replace(",202", ",").replace("100,100", "100,1 00").encode())
    twice = table.content.decode() + "".join(f"{line}\n" for line in DATA.splitlines()[1:])
    results = screen(Screened(read_table("good.csv", twice.encode()), None, authorities))
    result = next(r for r in results if r.rule.id == "duplicate_rows")
    assert result.count == 5
    assert [int(line) for line in re.findall(r"repeats line (\d)", result.message)] == [2, 3, 4]
    assert result.message.endswith("And 2 more like this.")


def test_metadata_beside_the_file_are_found(authorities: Authorities, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(DATA)
    assert read_screened(tmp_path / "good.csv", None, authorities).meta is None
    (tmp_path / "good.meta.csv").write_text(META)
    found = read_screened(tmp_path / "good.csv", None, authorities)
    assert found.filters == ("age", "age_group")
    assert found.indicators == ("plans", "plans_pc")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04\x00\x00"])
def test_what_is_no_csv_is_refused(authorities: Authorities, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError):
        read_screened(path, None, authorities)
    with pytest.raises(SourceError):
        read_screened(tmp_path / "none.csv", None, authorities)
