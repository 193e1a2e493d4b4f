"""`hnf need`: every figure is worked out again from the tidy CSV files with the csv module, and what is odd is said."""

from __future__ import annotations

import csv
import io
import tomllib
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from hnf.analysis.need import SECTIONS, need
from hnf.analysis.rank import rank
from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.measures.rates import MeasureSpec
from hnf.measures.register import SHARES
from hnf.tables.store import Store

Run = Callable[..., Any]
DATA = Path(__file__).parents[2] / "data"
ENGLAND, EAST = ("national", "", ""), ("regional", "E12000006", "")
INDEPENDENT = ("special_independent", "special_non_maintained")
STATE = ("special_la_maintained", "special_academy_free", "special_academy", "special_free_school")


@cache
def table(name: str) -> dict[tuple[str, tuple[str, str, str]], dict[str, float]]:
    """Items by period and area, of the latest release of each."""
    latest: dict[tuple[str, tuple[str, str, str]], str] = {}
    found: dict[tuple[str, tuple[str, str, str]], dict[str, float]] = defaultdict(dict)
    with (DATA / "tidy" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: row["release"]):
            key = next(iter(row.values())), (row["geographic_level"], row["region_code"], row["la_code"])
            if latest.setdefault(key, row["release"]) != row["release"]:
                latest[key] = row["release"]
                found[key] = {}
            if row["value"]:
                found[key][row["item"]] = float(row["value"])
    return found


@cache
def people(ages: str, year: str) -> dict[str, float]:
    with (DATA / "tidy" / "population.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["la_code"] or row["region_code"] or row["geographic_level"]: float(row["people"])
            for row in csv.DictReader(file)
            if (row["mid_year"], row["series"], row["age_band"]) == (year, "ons_estimate", ages)
        }


def authority(code: str) -> tuple[str, str, str]:
    return "local_authority", "", code


def share(name: str, period: str, area: tuple[str, str, str], parts: tuple[str, ...], whole: str) -> float:
    items = table(name)[period, area]
    return 100 * sum(items.get(part, 0) for part in parts) / items[whole]


@pytest.fixture(scope="module")
def hertfordshire(store: Store) -> dict[str, dict[str, Any]]:
    return {row["measure"]: row for row in need(store, "Hertfordshire").to_json()["measures"]}


def test_the_figures_that_the_releases_print(store: Store, hertfordshire: dict[str, dict[str, Any]]) -> None:
    assert (hertfordshire["plans"]["value"], hertfordshire["plans"]["period"]) == (15_137, "2026")
    assert hertfordshire["plans"]["year_ago"]["value"] == 12_920
    assert hertfordshire["plans"]["england"] == 718_838
    assert round(hertfordshire["within_20_weeks_pct"]["england"], 1) == 45.5
    assert round(hertfordshire["refused_pct"]["england"], 1) == 26.6
    assert hertfordshire["requests"]["england"] == 162_702
    appeals = need(store, "Nottinghamshire", 2024, 2024, "appeals").measures
    assert [row["value"] for row in appeals] == [184]
    wanted = ("sen_support_pct", "pupils_with_plans_pct")
    assert all(hertfordshire[name]["period"] == "2025" for name in wanted)


SHARES_AGAIN = {
    "refused_pct": ("requests", ("not_assess",), "received"),
    "within_20_weeks_pct": ("timeliness", ("within_20_weeks",), "issued"),
    "within_20_weeks_ex_pct": ("timeliness", ("within_20_weeks_ex",), "issued_ex"),
    "over_52_weeks_pct": ("timeliness", ("over_52_weeks",), "issued"),
    "mainstream_pct": ("placements", ("mainstream_total",), "total"),
    "special_state_pct": ("placements", STATE, "total"),
    "special_independent_pct": ("placements", INDEPENDENT, "total"),
    "further_education_pct": ("placements", ("fe_total",), "total"),
    "alternative_provision_pct": ("placements", ("ap_pru_total",), "total"),
    "setting_unknown_pct": ("placements", ("placement_unknown",), "total"),
    "need_asd_pct": ("primary_need", ("asd",), "total"),
    "need_slcn_pct": ("primary_need", ("slcn",), "total"),
}


@pytest.mark.parametrize("measure", SHARES_AGAIN)
def test_a_share_is_part_over_whole_of_every_date_and_area(
    hertfordshire: dict[str, dict[str, Any]], measure: str
) -> None:
    name, parts, whole = SHARES_AGAIN[measure]
    row = hertfordshire[measure]
    assert row["value"] == pytest.approx(share(name, row["period"], authority("919"), parts, whole))
    assert row["whole"] == table(name)[row["period"], authority("919")][whole]
    assert row["england"] == pytest.approx(share(name, row["period"], ENGLAND, parts, whole))
    assert row["region"] == pytest.approx(share(name, row["period"], EAST, parts, whole))
    for key, years in (("year_ago", 1), ("five_years_ago", 5)):
        period = str(int(row["period"]) - years)
        assert row[key]["period"] == period
        if set(parts[:1]) <= set(table(name).get((period, authority("919")), {})):
            assert row[key]["value"] == pytest.approx(share(name, period, authority("919"), parts, whole))
        else:
            assert row[key]["value"] is None
            assert "no figure before" in row[key]["reason"]


def test_rates_divide_by_the_latest_estimate_of_people(hertfordshire: dict[str, dict[str, Any]]) -> None:
    row = hertfordshire["plans_per_1000_0_25"]
    assert row["value"] == pytest.approx(1000 * 15_137 / people("0-25", "2024")["919"])
    assert row["england"] == pytest.approx(1000 * 718_838 / people("0-25", "2024")["national"])
    plans_of_region = table("placements")["2026", EAST]["total"]  # the table of plans lists two regions of this January
    assert hertfordshire["plans"]["region"] == plans_of_region
    assert row["region"] == pytest.approx(1000 * plans_of_region / people("0-25", "2024")["E12000006"])
    assert "mid-2024, the latest published" in row["people"]
    assert hertfordshire["new_plans_per_1000"]["people"] == "People: the ONS estimate of mid-2024"


def test_neighbours_are_the_ends_of_the_latest_model(hertfordshire: dict[str, dict[str, Any]]) -> None:
    with (DATA / "tidy" / "neighbours.csv").open(encoding="utf-8", newline="") as file:
        codes = [
            row["neighbour_la_code"]
            for row in csv.DictReader(file)
            if (row["model"], row["la_code"]) == ("2025", "919")
        ]
    assert len(codes) == 10
    values = {code: table("placements")["2026", authority(code)] for code in codes}
    shares = {code: 100 * found["mainstream_total"] / found["total"] for code, found in values.items()}
    near = hertfordshire["mainstream_pct"]["neighbours"]
    assert (near["lowest"], near["highest"]) == pytest.approx((min(shares.values()), max(shares.values())))
    assert near["lowest_la_code"] == min(shares, key=shares.__getitem__)
    assert (near["count"], near["left_out"]) == (10, [])
    appeals = hertfordshire["appeals"]["neighbours"]
    assert [one["la_code"] for one in appeals["left_out"]] == ["873"]  # Cambridgeshire, whose appeals are left out
    assert appeals["count"] == 9


def test_a_rank_is_that_of_the_league_table(store: Store, hertfordshire: dict[str, dict[str, Any]]) -> None:
    row = hertfordshire["within_20_weeks_pct"]
    values = [
        items["within_20_weeks"] / items["issued"]
        for (year, area), items in table("timeliness").items()
        if year == "2025" and area[0] == "local_authority" and {"within_20_weeks", "issued"} <= set(items)
    ]
    own = row["value"] / 100
    assert (row["rank"], row["rank_of"]) == (1 + sum(one < own - 1e-12 for one in values), len(values))
    ranked = {one["la_code"]: one["rank"] for one in rank(store, MeasureSpec("within_20_weeks_pct", "2025")).rows()}
    assert row["rank"] == ranked["919"]


@pytest.mark.parametrize("who", ["Hertfordshire", "Cumberland", "London", "England"])
def test_every_id_leads_to_the_same_figure(store: Store, who: str) -> None:
    ids = 0
    for row in need(store, who).to_json()["measures"]:
        pairs = [
            (row["value"], row["figure_id"]),
            (row["england"], row["england_id"]),
            (row["region"], row["region_id"]),
        ]
        pairs += [(row[key]["value"], row[key]["figure_id"]) for key in ("year_ago", "five_years_ago")]
        pairs += [(row["rank"], row["rank_id"])] if row["rank_id"] else []
        near = row["neighbours"] or {}
        pairs += [(near.get(end), near.get(f"{end}_id")) for end in ("lowest", "highest")]
        pairs += [(one["value"], one["figure_id"]) for one in (row["whole_area"] or {"figures": []})["figures"]]
        for value, figure_id in pairs:
            assert (value is None) == (figure_id is None)
            if figure_id:
                ids += 1
                assert resolve(store, figure_id).value == pytest.approx(value)
    assert ids > 60


def test_an_authority_made_in_between_shows_nothing_of_before_and_names_its_predecessor(hnf: Run, store: Store) -> None:
    row = need(store, "Cumberland", measures=["plans"]).measures[0]
    assert row["value"] == 3_088
    assert row["five_years_ago"]["value"] is None
    assert "ask for Cumbria" in row["five_years_ago"]["reason"]
    whole = {one["period"]: one["value"] for one in row["whole_area"]["figures"]}
    plans = table("placements")
    assert whole["2021"] == plans["2021", authority("909")]["total"] == 3_887
    assert whole["2026"] == plans["2026", authority("942")]["total"] + plans["2026", authority("943")]["total"]
    out = " ".join(hnf("need", "Cumberland").out.split())
    assert "Cumberland opened on 1 April 2023 (Plans;" in out
    assert "The former Cumbria area: 3,887 in January 2021 and 5,775 in January 2026" in out


def test_a_closed_authority_is_of_its_last_dates(hnf: Run) -> None:
    answer = hnf("need", "Cumbria", "--format", "json")
    rows = {row["measure"]: row for row in answer.json["measures"]}
    assert (rows["plans"]["period"], rows["plans"]["value"]) == ("2023", 4_489)
    assert rows["new_plans"]["period"] == "2022"
    assert "need_asd_pct" not in rows
    assert "ask for Cumberland and Westmorland and Furness" in answer.json["closed_note"]
    assert answer.json["neighbours_model"] is None
    assert "no set for Cumbria" in answer.json["neighbours_note"]


def test_a_withheld_count_is_no_zero(hnf: Run, store: Store) -> None:
    rows = {row["measure"]: row for row in need(store, "Isle of Wight").measures}
    for name in ("plans", "plans_per_1000_0_25", "mainstream_pct", "refused_pct", "within_20_weeks_pct"):
        assert rows[name]["value"] is None
        assert rows[name]["rank"] is None
        assert "suppressed" in rows[name]["reason"]
    assert rows["plans"]["year_ago"]["value"] == 1_799
    out = hnf("need", "Isle of Wight").out
    assert "Plans               withheld  1,799" in out
    assert "Withheld by the publisher (Plans; Where, January 2026;" in out


def test_appeals_under_crossed_codes_are_left_out_with_the_reason(hnf: Run, store: Store) -> None:
    for who in ("Central Bedfordshire", "Cambridgeshire"):
        rows = {row["measure"]: row for row in need(store, who, measures=["appeals", "appeal_rate_pct"]).measures}
        assert all(row["value"] is None and row["rank"] is None for row in rows.values())
        assert "left out here" in rows["appeals"]["reason"]
        out = " ".join(hnf("need", who).out.split())
        assert "published files have Cambridgeshire under the code of Central Bedfordshire" in out


def test_the_appeal_rate_of_before_is_no_figure_of_the_same_series(store: Store) -> None:
    (row,) = need(store, "Leeds", measures=["appeal_rate_pct"]).measures
    assert row["five_years_ago"]["value"] is None
    assert "appeal_rate_old_pct" in row["five_years_ago"]["reason"]
    (old,) = need(store, "England", 2024, 2024, ["appeal_rate_old_pct"]).measures
    (new,) = need(store, "England", 2024, 2024, ["appeal_rate_pct"]).measures
    assert (round(old["value"], 1), round(new["value"], 1)) == (3.2, 6.1)  # as the tribunal's two files print


def test_what_is_flagged_is_marked_and_not_ranked_whatever_the_list_holds(store: Store) -> None:
    """The flags are read here with tomllib: those of counts of requests and of the appeal rate, of single items."""
    with (DATA / "sen2_returns.toml").open("rb") as file:
        flags = tomllib.load(file)["flag"]
    unranked = [flag for flag in flags if flag["kind"] in ("faulty", "partial", "recording") and not flag["measures"]]
    names = {"requests": "refused_pct", "appeals": "appeal_rate_pct"}
    tried = 0
    for flag in unranked:
        for name in (names[one] for one in flag["tables"] if one in names):
            items = {
                "refused_pct": {"not_assess", "received"},
                "appeal_rate_pct": {"appeals", "decisions_in_development"},
            }
            if flag["items"] and not items[name] & set(flag["items"]):
                continue
            for code in (one for one in flag["la_codes"] if one.isdigit()):
                for period in set(flag["periods"]) & {"2024", "2025"}:
                    (row,) = need(store, code, period, period, [name]).measures
                    assert flag["words"] in row["flags"]
                    assert row["rank"] is None
                    assert row["value"] is None or row["rank_note"]
                    tried += 1
    assert tried == 0 or tried > 3


def test_a_flag_is_marked_in_the_table_and_takes_the_rank(
    hnf: Run, tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hnf.measures import shares

    flag = shares.ReturnFlag("Hardly anything was returned.", "made up", "faulty", ("2025",), ("886",), ("requests",))
    monkeypatch.setattr(shares, "return_flags", lambda: (flag,))
    of_tables = ("--measure", "refused_pct", "--data", str(tables))  # no other test has seen these flags
    lines = hnf("need", "Kent", *of_tables).out.splitlines()
    beside = hnf("need", "Essex", *of_tables, "--format", "json").json["measures"][0]
    row = next(line.split() for line in lines if line.startswith("% refused"))
    assert row[2].endswith("*")
    assert row[-1] == "-"
    text = " ".join(" ".join(lines).split())
    assert "* Hardly anything was returned (Requests for an assessment, 2025)" in text
    assert "No rank: the return is faulty (Requests for an assessment, 2025)" in text
    assert {"la_code": "886", "la_name": "Kent", "reason": "the return is faulty"} in beside["neighbours"]["left_out"]


def test_small_numbers_are_said(hnf: Run) -> None:
    out = " ".join(hnf("need", "City of London").out.split())
    assert "Of fewer than 100, so that one child moves the percentage far" in out
    assert "fewer than 100" not in hnf("need", "Kent").out


def test_what_changes_between_the_dates_is_said(hnf: Run) -> None:
    out = " ".join(hnf("need", "Leeds").out.split())
    assert "Now from the 2026 release, before from 2025: part may be revision (Plans; Where, January 2026;" in out
    assert "Break in the series, 2023: the SEN2 return changed from totals to a record for each person." in out
    assert "January 2025 (Primary need, January 2024 and January 2020);" in out
    assert "Not published for the region (Appeals to the SEND Tribunal, 2025)." in out


AUTHORITIES = (
    *("Hertfordshire", "Westminster", "Cumberland", "West Northamptonshire", "Dorset", "Isle of Wight", "Leeds"),
    *("City of London", "Nottinghamshire", "Central Bedfordshire", "Leicester", "Kent", "Birmingham", "Essex"),
    *("Isles of Scilly", "Buckinghamshire", "Cumbria", "Northamptonshire", "Bournemouth, Christchurch and Poole"),
    *("Milton Keynes", "East Riding of Yorkshire", "Norfolk"),
)
REGIONS = (
    *("London", "South East", "South West", "East of England", "East Midlands", "West Midlands", "North East"),
    *("North West", "Yorkshire and The Humber", "England"),
)


@pytest.mark.parametrize("who", [*AUTHORITIES, *REGIONS])
def test_a_screen_fits_80_columns(hnf: Run, who: str) -> None:
    answer = hnf("need", who)
    lines = answer.out.splitlines()
    assert answer.code == 0
    assert max(map(len, lines)) <= 80
    rows = lines[next(at for at, line in enumerate(lines) if line.startswith("---")) + 1 :]
    rows = rows[: rows.index("")]
    names = {f"{section}:" for section in SECTIONS} | {label for found in SECTIONS.values() for label in found.values()}
    assert len(rows) <= 39
    assert [row for row in rows if not row.startswith(tuple(names))] == []  # no row is broken over two lines
    assert any(line.startswith("Plans: January 20") for line in lines)


@pytest.mark.parametrize("who", ["E12000006", "the east of england", "East of England region"])
def test_a_region_has_its_own_row_and_a_rank_among_nine(store: Store, who: str) -> None:
    found = need(store, who)
    rows = {row["measure"]: row for row in found.measures}
    assert (found.area, found.level) == ("E12000006", "regional")
    regions = {
        area[1]: 100 * items["mainstream_total"] / items["total"]
        for (january, area), items in table("placements").items()
        if january == "2026" and area[0] == "regional"
    }
    row = rows["mainstream_pct"]
    assert row["value"] == pytest.approx(regions["E12000006"])
    assert (row["rank"], row["rank_of"]) == (1 + sum(one < row["value"] - 1e-9 for one in regions.values()), 9)
    assert row["neighbours"] is row["region"] is row["rank_id"] is None


def test_england_has_neither_neighbours_nor_rank(store: Store) -> None:
    for row in need(store, "England").measures:
        assert row["neighbours"] is row["rank"] is row["region"] is None
        assert row["value"] == row["england"]


def test_a_series_has_a_row_a_measure_and_period(hnf: Run) -> None:
    answer = hnf("need", "Kent", "--measure", "refused_pct,plans", "--from", "2023", "--to", "2026", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    keys = [(row["measure"], row["period"]) for row in rows]
    assert keys == [
        *(("refused_pct", year) for year in ("2023", "2024", "2025")),
        *(("plans", year) for year in ("2023", "2024", "2025", "2026")),
    ]
    for row in rows[:3]:
        expected = share("requests", row["period"], authority("886"), ("not_assess",), "received")
        assert float(row["value"]) == pytest.approx(expected)
    lines = hnf("need", "Kent", "--measure", "refused_pct", "--measure", "plans", "--from", "2023").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith("January 2026")]


def test_json_has_the_keys_of_the_contract(hnf: Run) -> None:
    found = hnf("need", "Hertfordshire", "--format", "json").json
    assert list(found) == [
        *("area_code", "area_name", "level", "region_name", "neighbours_model", "neighbours_note", "closed_note"),
        *("is_series", "measures"),
    ]
    assert [row["measure"] for row in found["measures"]] == [name for part in SECTIONS.values() for name in part]
    wanted = {"measure", "period", "value", "unit", "england", "region", "neighbours", "rank", "figure_id"}
    assert all(wanted <= set(row) for row in found["measures"])
    page = (DATA.parent / "docs" / "need.md").read_text(encoding="utf-8")
    row = found["measures"][0]
    parts = [found, row, row["year_ago"], row["neighbours"], need(Store(), "942").measures[0]["whole_area"]]
    keys = {key for part in parts for key in part}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument 'WHO'"),
        (("Hertfodshire",), "Did you mean Hertfordshire"),
        (("Londn",), "Did you mean London?"),
        (("Kent", "--from", "2031"), "the tables have no figure of plans"),
        (("Kent", "--from", "2020", "--to", "2019"), "2020 is after 2019"),
        (("Kent", "--to", "20x0"), "--to: '20x0' is no year of this century"),
        (("Kent", "--measure", "refusd_pct"), "Did you mean refused_pct"),
        (("Kent", "--measure", "block"), "block is not counted by January or calendar year"),
        (("Kent", "--chart", "kent.gif"), "a chart is written as .svg or .png"),
        (("Cumbria", "--measure", "need_asd_pct"), "Cumbria closed on 31 March 2023"),
    ],
)
def test_mistakes_are_said_with_what_there_is(hnf: Run, arguments: tuple[str, ...], said: str) -> None:
    answer = hnf("need", *arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err


def test_years_without_data_at_one_end_of_a_series_are_no_mistake(store: Store) -> None:
    rows = need(store, "Kent", 1990, 2100, ["requests"]).measures
    assert [row["period"] for row in rows][:1] == ["2016"]
    with pytest.raises(UsageError, match="There are: 2016, 2017"):
        need(store, "Kent", 2005, 2007, ["requests"])


@pytest.mark.parametrize(("who", "lines"), [("Hertfordshire", 3), ("London", 2), ("England", 1)])
def test_a_chart_has_the_area_england_and_the_region(hnf: Run, tmp_path: Path, who: str, lines: int) -> None:
    path = tmp_path / "need.svg"
    answer = hnf("need", who, "--measure", "within_20_weeks_pct", "--chart", str(path))
    assert answer.code == 0
    desc = ElementTree.parse(path).getroot().findtext("{http://www.w3.org/2000/svg}desc") or ""
    assert desc.startswith("Line chart of new EHC plans issued within 20 weeks, % of plans issued")
    assert desc.count("%") == 1 + lines
    assert "England 45.5%" in desc
    assert hnf("need", who, "--chart", str(tmp_path / "need.png")).code == 0
    assert (tmp_path / "need.png").read_bytes().startswith(b"\x89PNG")


def test_a_chart_leaves_a_faulty_figure_out_and_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from hnf.measures import shares
    from hnf.packs.answer_charts import need_chart

    flag = shares.ReturnFlag("Not all.", "made up", "partial", ("2024",), ("886", "england"), ("requests",))
    monkeypatch.setattr(shares, "return_flags", lambda: (flag,))
    chart = need_chart(need(store, "Kent", 2022, 2025, "refused_pct"))
    assert chart.notes == (
        "Kent, 2024: left out, as the return is faulty or partial.",
        "England, 2024: some returns are missing or faulty.",
    )
    missing = [[y is None for _, y in line.points] for line in chart.spec.lines]
    assert missing == [[False, False, True, False], [False] * 4, [False] * 4]


def test_every_measure_of_the_screen_is_in_the_register() -> None:
    names = {name for section in SECTIONS.values() for name in section}
    assert names - set(SHARES) == {
        "plans",
        "new_plans",
        "requests",
        "appeals",
        "sen_support_pct",
        "pupils_with_plans_pct",
    }
