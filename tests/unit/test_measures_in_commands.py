"""Measures of need in rank, compare, map, growth, association, trace and export, against the rows of data/tidy."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import spearmanr

import hnf as api
from hnf.analysis.association import pair_association, pair_specs
from hnf.analysis.measure_growth import measure_growth
from hnf.analysis.trace import trace
from hnf.errors import UsageError
from hnf.measures.shares import measure_spec
from hnf.packs.sections.tile_map import rate_values, tile_map_chart
from hnf.tables.store import Store

Run = Callable[..., Any]
TIDY = Path(__file__).resolve().parents[2] / "data" / "tidy"


@cache
def rows(table: str) -> list[dict[str, str]]:
    with (TIDY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(table: str, period: str, *items: str, level: str = "local_authority") -> dict[str, float]:
    """Sum items by area in the latest release of each; areas that lack one of them are left out."""
    column = "january" if table in ("placements", "ehc_plans") else "calendar_year"
    latest: dict[tuple[str, str], tuple[str, str]] = {}
    for row in rows(table):
        if row[column] == period and row["geographic_level"] == level and row["item"] in items:
            key = row["la_code"] or "england", row["item"]
            latest[key] = max(latest.get(key, ("", "")), (row["release"], row["value"]))
    found: dict[str, float] = {}
    for area in {area for area, _ in latest}:
        values = [value for (other, _), (_, value) in latest.items() if other == area]
        if all(values):
            found[area] = sum(map(float, values))
    return found


def share(table: str, period: str, part: tuple[str, ...], whole: tuple[str, ...], **level: str) -> dict[str, float]:
    above, below = counts(table, period, *part, **level), counts(table, period, *whole, **level)
    return {area: 100 * above[area] / below[area] for area in above if below.get(area)}


INDEPENDENT = ("special_independent", "special_non_maintained")


def independent(period: str, **level: str) -> dict[str, float]:
    return share("placements", period, INDEPENDENT, ("total",), **level)


def test_the_map_has_the_shares_of_the_table_in_fifths(hnf: Run) -> None:
    found = hnf("map", "--measure", "special_independent_pct", "--format", "json").json
    expected = independent("2026")
    shown = {tile["la_code"]: tile["value"] for tile in found["tiles"] if tile["value"] is not None}
    assert shown == pytest.approx(expected)
    assert len(shown) == 152
    assert found["unit"] == "pct"
    ordered = sorted(expected.values())
    for tile in found["tiles"]:
        if tile["value"] is not None:  # the rank of the lowest of its ties, in fifths of 152
            assert tile["class"] == sum(one < tile["value"] - 1e-9 for one in ordered) * 5 // 152 + 1
    missing = {tile["la_code"]: tile["reason"] for tile in found["tiles"] if tile["value"] is None}
    assert list(missing) == ["921"]
    assert "suppressed" in missing["921"]


def test_a_square_shows_the_share_of_its_predecessor_but_no_count(store: Store) -> None:
    spec = measure_spec(store, "special_independent_pct", "2021")
    tiles = {tile.authority.la_code: tile for tile in rate_values(store, spec).tiles}
    assert tiles["942"].value == tiles["943"].value == pytest.approx(independent("2021")["909"])
    assert tiles["942"].figure_id == "rate:2021:special_independent_pct:none:909"
    assert tiles["942"].area == "Cumbria"
    values = rate_values(store, measure_spec(store, "requests", "2021"))
    tiles = {tile.authority.la_code: tile for tile in values.tiles}
    assert tiles["942"].value is None
    assert "cannot be divided" in tiles["942"].reason
    assert tiles["919"].value == counts("requests", "2021", "received")["919"]
    assert any("Cumberland" in note for note in values.notes)
    merged = {t.authority.la_code: t for t in rate_values(store, measure_spec(store, "refused_pct", "2018")).tiles}
    assert merged["839"].value is None
    assert "Bournemouth" in merged["839"].reason


def test_the_map_names_its_own_source_and_leaves_small_counts_out_of_the_title(store: Store) -> None:
    chart = tile_map_chart(store, measure_spec(store, "special_independent_pct"))
    assert "Education, health and care plans, reporting year 2026 (published June 2026)" in chart.source
    assert "dedicated schools grant" not in chart.source
    assert "City of London" not in chart.title
    assert "Surrey" in chart.title
    assert chart.spec.legend[0].startswith("0.0% to ")
    people = tile_map_chart(store, measure_spec(store, "plans_per_1000_0_25"), ("919",))
    assert "Office for National Statistics" in people.source
    assert any("mid-2024, the latest published" in note for note in people.notes)
    assert "£" not in "".join((people.title, *people.spec.legend, people.alt))


def test_flags_are_notes_of_outlined_squares_and_make_no_headline(monkeypatch: Any) -> None:
    from hnf.measures import shares

    shares_of = independent("2026")
    highest = max(shares_of, key=lambda code: (code not in ("201", "420"), shares_of[code]))
    flag = shares.ReturnFlag(
        "Looks odd.", "made up", "faulty", ("2026",), (highest,), measures=("special_independent_pct",)
    )
    monkeypatch.setattr(shares, "return_flags", lambda: (flag,))
    store = Store()  # no other test has seen these flags
    spec = measure_spec(store, "special_independent_pct")
    own, name = tile_map_chart(store, spec, (highest,)), api.Authorities.of(store)[highest].prose
    assert any(note.endswith(": Looks odd.") and name in note for note in own.notes)
    assert "highest fifth" not in own.title
    assert name not in own.title
    assert "doubtful returns" in own.title
    other = tile_map_chart(store, spec, ("201",))
    assert any(name in note and "hnf rank --measure special_independent_pct" in note for note in other.notes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--measure", "refused_pct", "--growth"), "--growth is of EHC plans"),
        (("--measure", "refused_pct", "--year", "1999"), "There are: 2016"),
        (("--measure", "refused_pc"), "Did you mean refused_pct"),
        (("--measure", "refused_pct", "--per", "plan"), "Leave --per out"),
        (("--measure", "nff", "--growth", "--year", "2023-24"), "Give --year FY, or --growth"),
        (("--measure", "nff", "--from", "2019"), "Leave --from out"),
    ],
)
def test_mistakes_of_map_are_one_line(hnf: Run, arguments: tuple[str, ...], message: str) -> None:
    answer = hnf("map", *arguments)
    assert (answer.code, answer.out, len(answer.err.strip().splitlines())) == (2, "", 1)
    assert message in answer.err


def test_growth_of_a_count_is_in_per_cent_and_names_its_releases(hnf: Run) -> None:
    found = hnf(
        "growth", "Hertfordshire", "--measure", "REQUESTS", "--from", "2019", "--to", "2025", "--format", "json"
    ).json
    first, last = counts("requests", "2019", "received")["919"], counts("requests", "2025", "received")["919"]
    assert found["authority"]["from"]["value"] == first
    assert found["authority"]["to"]["value"] == last
    assert found["authority"]["change"] == pytest.approx(100 * (last / first - 1))
    assert found["authority"]["change_unit"] == "pct"
    english = [counts("requests", year, "received", level="national")["england"] for year in ("2019", "2025")]
    assert found["england"]["change"] == pytest.approx(100 * (english[1] / english[0] - 1))
    assert english[1] == 162_702  # printed: FIELD.md
    assert any("2019 as released in 2025, 2025 as released in 2026" in note for note in found["notes"])


def test_growth_of_a_share_across_a_reorganisation_is_of_added_counts(store: Store) -> None:
    found = measure_growth(store, "Cumberland", "special_independent_pct", "2021", "2025")
    part, whole = counts("placements", "2025", *INDEPENDENT), counts("placements", "2025", "total")
    joint = 100 * (part["942"] + part["943"]) / (whole["942"] + whole["943"])
    before = independent("2021")["909"]
    assert found.area.end.value == pytest.approx(joint)
    assert found.area.change == pytest.approx(joint - before)
    assert found.area.change_unit == "percentage_points"
    assert found.own is not None
    assert found.own.start.value == pytest.approx(independent("2024")["942"])
    traced = trace(store, found.area.id)
    assert traced.figure.value == found.area.change
    assert traced.figure.unit == "percentage_points"
    assert {cell.source.id for cell in traced.cells} == {"sen2_2025"}


def test_growth_says_what_it_cannot_compare(store: Store, hnf: Run) -> None:
    with pytest.raises(UsageError, match="the former Cumbria area has no joint figure"):
        measure_growth(store, "Cumberland", "sen_support_pct", "2021", "2025")
    alone = measure_growth(store, "Cumberland", "sen_support_pct")
    assert not alone.comparable_area.is_combined
    with pytest.raises(UsageError, match="for Leicester for 2025"):
        measure_growth(store, "Leicester", "within_20_weeks_pct", "2019", "2025")
    island = measure_growth(store, "Isle of Wight", "special_independent_pct", "2024", "2026")
    assert island.area.change is None
    assert "suppressed" in island.area.end.status
    assert any("no change can be given" in note for note in island.notes)
    people = measure_growth(store, "Leeds", "plans_per_1000_0_25", "2021", "2026")
    assert any("record for each person" in one.what for one in people.breaks)
    for arguments, message in (
        (("--base-year", "2023-24"), "Leave --base-year out"),
        (("--from", "2024", "--to", "2024"), "2024 is not after 2024"),
        (("--from", "2009"), "There are: 2016"),
    ):
        answer = hnf("growth", "Leeds", "--measure", "requests", *arguments)
        assert (answer.code, len(answer.err.strip().splitlines())) == (2, 1)
        assert message in answer.err
    assert hnf("growth", "Leeds", "--measure", "block_per_head").code == 2


def test_two_measures_are_correlated_over_those_that_have_both(store: Store, hnf: Run) -> None:
    found = hnf(
        "association",
        "--measure",
        "refused_pct",
        "--against",
        "within_20_weeks_pct",
        "--year",
        "2024",
        "--format",
        "json",
    ).json
    refused = share("requests", "2024", ("not_assess",), ("received",))
    soon = share("timeliness", "2024", ("within_20_weeks",), ("issued",))
    codes = sorted(set(refused) & set(soon))
    expected = spearmanr([refused[code] for code in codes], [soon[code] for code in codes])
    (row,) = found["years"]
    assert row["authorities"] == len(codes)
    assert row["value"] == pytest.approx(expected.statistic)
    assert trace(store, row["figure_ids"]["value"]).figure.value == row["value"]
    assert "Association is not cause" in " ".join(found["sentences"])
    assert not any("Both are made of" in said for said in found["sentences"])


def test_a_financial_year_goes_with_its_january(store: Store, hnf: Run) -> None:
    specs = pair_specs(store, ("special_independent_pct", "block_per_plan"), "2023-24")
    assert [str(spec.year) for spec in specs[0]] == ["2023", "2023-24"]
    found = pair_association(store, *specs[0])
    rates = hnf("rank", "--year", "2023-24", "--per", "plan", "--format", "json").json["rows"]
    per_plan, shares = {row["la_code"]: row["value"] for row in rates}, independent("2023")
    codes = sorted(set(per_plan) & set(shares))
    assert found.count == len(codes) == 149
    assert found.value == pytest.approx(spearmanr([shares[c] for c in codes], [per_plan[c] for c in codes]).statistic)
    assert {"201", "420", "909", "942", "943"} == set(found.excluded)
    text = hnf("association", "--measure", "special_independent_pct", "--against", "block_per_plan").out
    assert "Both are made of" in text.replace("\n", " ")
    assert max(map(len, text.splitlines())) <= 80
    for arguments, message in (
        (("--measure", "refused_pct"), "Give --against another measure"),
        (("--against", "refused_pct", "--ages", "0-25"), "Leave --ages out"),
        (("--against", "refused_pct", "--year", "2031"), "Years of both: 2019"),
    ):
        answer = hnf("association", *arguments)
        assert (answer.code, len(answer.err.strip().splitlines())) == (2, 1)
        assert message in answer.err


@pytest.mark.parametrize("name", ["within_20_weeks_pct", "refused_pct", "special_independent_pct", "appeal_rate_pct"])
def test_every_open_authority_is_ranked_or_left_out_with_a_reason(hnf: Run, name: str) -> None:
    found = hnf("rank", "--measure", name, "--format", "json").json
    open_now = {row["la_code"] for row in rows("authorities") if not row["closed"]}
    ranked, excluded = {row["la_code"] for row in found["rows"]}, {row["la_code"] for row in found["excluded"]}
    assert ranked | excluded == open_now
    assert not ranked & excluded
    assert all(row["reason"] for row in found["excluded"])


def test_rank_and_compare_have_the_shares_of_the_tables(hnf: Run) -> None:
    soon = share("timeliness", "2025", ("within_20_weeks",), ("issued",))
    ranked = hnf("rank", "--measure", "within_20_weeks_pct", "--format", "json").json
    assert {row["la_code"]: row["value"] for row in ranked["rows"]} == pytest.approx(soon)
    assert round(ranked["england"]["value"], 1) == 45.5  # printed: FIELD.md
    assert {"856", "921", "876"} <= {row["la_code"] for row in ranked["excluded"]}
    refused = share("requests", "2025", ("not_assess",), ("received",))
    beside = hnf("compare", "kent", "--measure", "Refused_Pct", "--format", "json").json
    assert beside["own_value"] == pytest.approx(refused["886"])
    members = [row["la_code"] for row in beside["rows"]]
    assert len(members) == 10
    assert beside["mean"] == pytest.approx(sum(refused[code] for code in members) / 10)
    lacking = hnf("compare", "Isle of Wight", "--measure", "special_independent_pct")
    assert (lacking.code, "suppressed" in lacking.err) == (2, True)
    city = hnf("compare", "City of London", "--measure", "special_independent_pct", "--format", "json").json
    assert city["own_value"] == pytest.approx(independent("2026")["201"])


@pytest.mark.parametrize(
    "figure_id",
    [
        "gap:2024:refused_pct:none:england:919",
        "rate:2024:refused_pct:none:92",
        "rate:abc:plans_per_1000_0_25:none:919",
        "rate::refused_pct:none:919",
        "rate:2023-24:block:none:E12000099",
        "rate:refused_pct:2024:none:919",
        "rate:2024:block_per_plan:none:919",
        "rank:2024:refused_pct:head:919",
        "universe:2031:refused_pct:none",
        "compare:2024:refused_pct:none:neighbours-1999:886:mean",
        "growth:refused_pct:2024:abc:919",
        "growth:refused_pct:2024:2025:92",
        "growth:sen_support_pct:2021:2025:909-942+943",
        "index:refused_pct:2024:2025:919",
        "association:2024:refused_pct:none:2024:refused_pc:none:value",
        "association:2024:refused_pct:none:2024:requests:none:middle",
        "rankcard:2024:refused_pct:919",
    ],
)
def test_wrong_ids_are_one_line(hnf: Run, figure_id: str) -> None:
    answer = hnf("trace", figure_id)
    assert (answer.code, answer.out, len(answer.err.strip().splitlines())) == (2, "", 1)
    assert "bug" not in answer.err


def test_measures_lists_shares_with_their_sides(hnf: Run) -> None:
    found = {row["name"]: row for row in hnf("measures", "--format", "json").json["measures"]}
    assert found["refused_pct"]["numerator"] == "requests_refused"
    assert found["refused_pct"]["denominator"] == "requests"
    assert found["plans_per_1000_0_25"]["unit"] == "per_1000"
    assert set(found) >= {"special_independent_pct", "placed_special_independent", "block_per_head", "block"}


def test_an_export_of_a_year_has_the_rows_of_its_calendar_year(hnf: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = hnf(
        "export", "--format", "datapackage", "--table", "requests", "--table", "lait", "--year", "2023-24", "--out", out
    )
    assert answer.code == 0
    for table, column in (("requests", "calendar_year"), ("lait", "year")):
        with (out / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            exported = list(csv.DictReader(file))
        assert exported == [row for row in rows(table) if row[column] == "2023"]
    assert json.loads((out / "datapackage.json").read_text(encoding="utf-8"))["resources"]
