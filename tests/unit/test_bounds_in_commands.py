"""`hnf rank`, `gap`, `map` and `explain` in years without a table: ranges, worked by hand from the tidy tables."""

from __future__ import annotations

import csv
import io
import random
import statistics
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import pytest
from matplotlib.patches import Rectangle

from hnf.analysis.trace import resolve
from hnf.charts.draw import draw
from hnf.charts.page import SEQUENCE
from hnf.packs.sections.tile_map import range_map_chart
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
TIDY = Path(__file__).parents[2] / "data" / "tidy"
#: Floor and gains limit of the two years, as printed in the parameter files (3% and 5%, then 7% and 10%).
LEAST = {"2024-25": 1.03, "2025-26": 1.03 * 1.07}
MOST = {"2024-25": 1.05, "2025-26": 1.05 * 1.10}
MID_YEAR = {"2024-25": "2024", "2025-26": "2025"}
YEARS = tuple(LEAST)
#: Authorities about which nothing was said but the rules.
BY_RULES = ("383", "213", "942", "921", "825")
TO = ("average", "median", "lower-quartile", "neighbours", "825", "383")


@cache
def rows_of(table: str) -> list[dict[str, str]]:
    with (TIDY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def heads(mid_year: str) -> dict[str, float]:
    return {
        row["la_code"]: float(row["people"])
        for row in rows_of("population")
        if (row["mid_year"], row["series"], row["age_band"]) == (mid_year, "dfe_projection", "2-18") and row["la_code"]
    }


@cache
def baseline() -> dict[str, float]:
    """Columns A + H of 2023-24, £."""
    found: dict[str, float] = {}
    for row in rows_of("dsg_high_needs_block"):
        wanted = row["financial_year"] == "2023-24" and row["term"] in ("nff_in_protection", "additional")
        if wanted and row["la_code"]:
            found[row["la_code"]] = found.get(row["la_code"], 0.0) + float(row["value"])
    return found


def by_hand(code: str, year: str) -> tuple[float, float]:
    """The band of floor and limit, £ per head."""
    start = baseline()[code] / heads("2023")[code]
    return start * LEAST[year], start * MOST[year]


@pytest.fixture(scope="module")
def ranked() -> dict[str, dict[str, Any]]:
    return {}


def bands(hnf: Run, ranked: dict[str, dict[str, Any]], year: str) -> dict[str, Any]:
    if year not in ranked:
        answer = hnf("rank", "--year", year, "--format", "json")
        assert answer.code == 0
        ranked[year] = answer.json
    return ranked[year]


def ends_of(found: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {row["la_code"]: (row["lower_per_head_gbp"], row["upper_per_head_gbp"]) for row in found["rows"]}


@pytest.mark.parametrize("year", YEARS)
def test_rank_has_the_band_of_the_rules_and_every_possible_rank(hnf: Run, ranked: dict[str, Any], year: str) -> None:
    found = bands(hnf, ranked, year)
    assert (found["universe"], len(found["rows"]), found["basis"], found["excluded"]) == (151, 151, "implied", [])
    assert (found["measure"], found["per"], found["population"]) == ("nff", "head", "dfe")
    ends = ends_of(found)
    for code in BY_RULES:
        assert ends[code] == pytest.approx(by_hand(code, year), rel=1e-12)
    for row in found["rows"]:
        lower, upper = ends[row["la_code"]]
        below = sum(most < lower for _, most in ends.values())
        can_be_below = sum(least < upper for code, (least, _) in ends.items() if code != row["la_code"])
        assert (row["lower_rank"], row["upper_rank"]) == (1 + below, 1 + can_be_below)
        assert (row["rank"], row["value"]) == (None, None)
        assert row["lower_gbp"] == pytest.approx(lower * heads(MID_YEAR[year])[row["la_code"]])
    keys = [(row["lower_rank"], row["upper_rank"], row["la_code"]) for row in found["rows"]]
    assert keys == sorted(keys)


@pytest.mark.parametrize("year", YEARS)
def test_england_and_the_median_are_intervals(hnf: Run, ranked: dict[str, Any], year: str) -> None:
    found = bands(hnf, ranked, year)
    people = {code: count for code, count in heads(MID_YEAR[year]).items() if code in ends_of(found)}
    for number, end in enumerate(("lower", "upper")):
        pounds = sum(ends[number] * people[code] for code, ends in ends_of(found).items())
        assert found["england"][f"{end}_per_head_gbp"] == pytest.approx(pounds / sum(people.values()))
        middle = statistics.median(ends[number] for ends in ends_of(found).values())
        assert found["median"][f"{end}_per_head_gbp"] == pytest.approx(middle)
    assert found["england"]["value"] is None


def comparator(rates: dict[str, float], people: dict[str, float], own: str, to: str) -> float:
    """The other rate, in plain arithmetic."""
    if to == "average":
        return sum(rate * people[code] for code, rate in rates.items()) / sum(people[code] for code in rates)
    if to == "median":
        return statistics.median(rates.values())
    if to == "lower-quartile":
        return statistics.quantiles(rates.values(), n=4, method="inclusive")[0]
    if to == "neighbours":
        members = [row for row in rows_of("neighbours") if (row["model"], row["la_code"]) == ("2025", own)]
        return statistics.fmean(rates[row["neighbour_la_code"]] for row in members)
    return rates[to]


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize("who", ["383", "213", "919"])
def test_a_gap_is_least_with_oneself_high_and_all_others_low(
    hnf: Run, store: Store, ranked: dict[str, Any], who: str, to: str
) -> None:
    year = "2024-25"
    found = hnf("gap", who, "--year", year, "--to", to, "--format", "json").json
    ends, people = ends_of(bands(hnf, ranked, year)), heads("2024")
    for number, end in enumerate(("lower", "upper")):
        rates = {code: both[number] for code, both in ends.items()}
        other = comparator(rates, people, who, to)
        assert found[f"comparator_rate_{end}_gbp"] == pytest.approx(other)
        rates[who] = ends[who][1 - number]
        pounds = (comparator(rates, people, who, to) - rates[who]) * people[who]
        assert found[f"gap_{end}_gbp"] == pytest.approx(pounds, abs=0.01)
    draw = random.Random(14)
    for _ in range(100):
        rates = {code: draw.choice((both[0], both[1], draw.uniform(*both))) for code, both in ends.items()}
        pounds = (comparator(rates, people, who, to) - rates[who]) * people[who]
        assert found["gap_lower_gbp"] - 0.01 <= pounds <= found["gap_upper_gbp"] + 0.01
    assert (found["gap_gbp"], found["own_rate_gbp"], found["basis"]) == (None, None, "implied")
    assert (found["per"], found["measure"], found["equivalents"], found["typical_school"]) == ("head", "nff", [], None)
    for part in ("gap_lower", "gap_upper", "rate_lower", "rate_upper"):
        figure = resolve(store, found["figure_ids"][part])
        key = f"{part}_gbp" if part.startswith("gap") else f"comparator_{part}_gbp"
        assert (figure.value, figure.basis) == (found[key], "implied")
        assert all(id_.startswith(f"bound:{year}:") for id_ in figure.inputs)
    assert resolve(store, found["figure_ids"]["gap_lower"]).inputs[0] == f"bound:{year}:{who}:upper_per_head"


def test_a_gap_between_two_authorities_by_hand(hnf: Run) -> None:
    """Leeds at Buckinghamshire's rate, 2025-26: (A + H) per head of 2023-24, twice floored against twice limited."""
    found = hnf("gap", "Leeds", "--year", "2025-26", "--to", "Buckinghamshire", "--format", "json").json
    (own_low, own_high), (low, high) = by_hand("383", "2025-26"), by_hand("825", "2025-26")
    people = heads("2025")["383"]
    assert found["gap_lower_gbp"] == pytest.approx((low - own_high) * people)
    assert found["gap_upper_gbp"] == pytest.approx((high - own_low) * people)


@pytest.mark.parametrize("year", YEARS)
def test_the_map_has_a_class_only_where_all_possible_ranks_are_in_it(
    hnf: Run, ranked: dict[str, Any], year: str
) -> None:
    found = hnf("map", "--year", year, "--format", "json").json
    ranks = {row["la_code"]: (row["lower_rank"], row["upper_rank"]) for row in bands(hnf, ranked, year)["rows"]}
    tiles = {tile["la_code"]: tile for tile in found["tiles"]}
    assert (len(tiles), found["basis"], len(found["classes"])) == (153, "implied", 5)
    # Fifths of 151 by rank: 31, 30, 30, 30 and 30 authorities.
    fifth = {rank: 1 if rank <= 31 else 2 + (rank - 32) // 30 for rank in range(1, 152)}
    certain = 0
    for code, (first, last) in ranks.items():
        expected = fifth[first] if fifth[first] == fifth[last] else None
        certain += expected is not None
        assert (tiles[code]["class"], tiles[code]["value"]) == (expected, None)
        assert (tiles[code]["lower_rank"], tiles[code]["upper_rank"]) == (first, last)
    assert 0 < certain < 151
    assert f"certain for {certain} of 151 authorities" in found["title"]
    assert tiles["201"]["reason"] == "no high needs allocation in 2023-24"


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_uncertain_squares_have_their_own_look(hnf: Run, store: Store, width: Literal["wide", "narrow"]) -> None:
    classes = [tile["class"] for tile in hnf("map", "--year", "2024-25", "--format", "json").json["tiles"]]
    figure = draw(range_map_chart(store, FinancialYear(2024), ("919",)), width=width)
    drawn: dict[str, list[Rectangle]] = {}
    for patch in figure.findobj(Rectangle):
        drawn.setdefault(str(patch.get_gid()), []).append(patch)
    assert (len(drawn["open"]), len(drawn["missing"])) == (classes.count(None) - 2, 2)
    looks = {
        (patch.get_facecolor(), patch.get_hatch())
        for name, patches in drawn.items()
        if name in ("open", "missing") or name.startswith("class-")
        for patch in patches
    }
    assert len(looks) == 7
    assert not {patch.get_facecolor() for patch in drawn["open"]} & {mpl.colors.to_rgba(step) for step in SEQUENCE}
    assert len(drawn["legend"]) == 7
    text = hnf("map", "--year", "2024-25", "--highlight", "Leeds").out
    assert "?: more than one is possible; x: no figure." in " ".join(text.split())


@pytest.mark.parametrize("name", ["map.svg", "map.png"])
def test_the_map_of_ranges_is_written_to_a_file(hnf: Run, tmp_path: Path, name: str) -> None:
    assert hnf("map", "--year", "2025-26", "--chart", tmp_path / name).code == 0
    assert (tmp_path / name).stat().st_size > 10_000


def test_explain_gives_the_range_and_the_other_parts_as_last_known(hnf: Run) -> None:
    found = hnf("explain", "Leeds", "--year", "2024-25", "--format", "json").json
    lower, upper = by_hand("383", "2024-25")
    people = heads("2024")["383"]
    assert (found["rows"][0]["lower_gbp"], found["rows"][0]["upper_gbp"]) == pytest.approx(
        (lower * people, upper * people)
    )
    assert (found["bounds"]["lower_gbp"], found["basis"]) == (found["rows"][0]["lower_gbp"], "implied")
    printed = {
        row["term"]: float(row["value"])
        for row in rows_of("dsg_high_needs_block")
        if (row["financial_year"], row["la_code"]) == ("2023-24", "383")
    }
    others = {row["term"]: row["value_gbp"] for row in found["rows"][1:]}
    assert set(others) == {"basic_entitlement", "import_export", "special_free_schools", "hospital_ap"}
    for term in set(others) - {"basic_entitlement"}:
        assert others[term] == printed[term]
    assert {row["year"] for row in found["rows"][1:]} == {"2023-24"}
    assert (found["steps"], found["published_total_gbp"]) == ([], None)
    rows = list(csv.DictReader(io.StringIO(hnf("explain", "Leeds", "--year", "2024-25", "--format", "csv").out)))
    assert [row["term"] for row in rows] == ["nff_in_protection", *others]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("who", ["Hertfordshire", "Westminster", "Cumberland", "Isle of Wight", "Leeds", "941", "838"])
def test_answers_fit_80_columns_and_say_implied(hnf: Run, who: str, year: str) -> None:
    for words in (("gap", who), ("explain", who), ("rank",), ("map", "--highlight", who)):
        answer = hnf(*words, "--year", year)
        assert answer.code == 0, answer.err
        assert max(map(len, answer.out.splitlines())) <= 80
        assert "implied" in answer.out.casefold()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rank", "--per", "pupil"), "--per: 'pupil' is not implied for 2024-25"),
        (("rank", "--per", "none"), "--per: 'none' is not implied"),
        (("rank", "--measure", "block"), "--measure: 'block' is not implied"),
        (("map", "--measure", "nff_additional"), "--measure: 'nff_additional' is not implied"),
        (("rank", "--population", "ons"), "--population: 'ons' is not implied"),
        (("gap", "Leeds", "--per", "plan"), "--per: 'plan' is not implied"),
        (("gap", "Leeds", "--measure", "after_deductions"), "--measure: 'after_deductions' is not implied"),
        (("gap", "Leeds", "--school-size", "210"), "--school-size: pupils of 2024-25"),
        (("gap", "Leds"), "Did you mean Leeds?"),
        (("gap", "Cumbria"), "for 2024-25 ask for Cumberland and Westmorland and Furness"),
        (("gap", "Leeds", "--to", "Cumbria"), "for 2024-25 ask for Cumberland and Westmorland and Furness"),
        (("gap", "City of London"), "no high needs allocation in 2023-24"),
        (("gap", "Leeds", "--to", "medain"), "Did you mean median?"),
        (("explain", "City of London"), "no high needs allocation in 2023-24"),
        (("explain", "Leeds", "--against", "2023-24"), "--against: there is no table of 2024-25"),
        (("explain", "Leeds", "--chart", "x.png"), "--chart: there is no table of 2024-25"),
        (("explain", "Leeds", "--population", "ons"), "--population: 'ons' is not implied"),
        (("map", "--highlight", "Cumbria"), "Cumbria has no square"),
    ],
)
def test_what_is_not_implied_is_refused_in_one_line(hnf: Run, arguments: tuple[str, ...], message: str) -> None:
    answer = hnf(*arguments, "--year", "2024-25")
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_what_is_implied_may_be_asked_for(hnf: Run) -> None:
    words = ("--year", "2024-25", "--measure", "nff", "--per", "head", "--population", "dfe")
    assert hnf("rank", *words).out == hnf("rank", "--year", "2024-25").out


@pytest.mark.parametrize(
    "command",
    [("allocate", "Leeds"), ("compare", "Leeds"), ("inequality",), ("rank-card", "Leeds")],
)
def test_other_commands_name_the_command_that_gives_a_range(hnf: Run, command: tuple[str, ...]) -> None:
    answer = hnf(*command, "--year", "2025-26")
    assert (answer.code, answer.out) == (2, "")
    assert "For 2024-25 and 2025-26 `hnf bounds WHO --year 2025-26` gives a range" in answer.err
    for year in ("2026-27", "2030-31", "2015-16"):
        assert "hnf bounds" not in hnf(*command, "--year", year).err
    assert "hnf bounds" not in hnf(*command, "--year", "2025-26", "--edition", "2022-06-01").err


def test_a_suspended_year_keeps_its_message(hnf: Run) -> None:
    answer = hnf("explain", "Leeds", "--year", "2026-27")
    assert answer.code == 2
    assert "The high needs formula is suspended in 2026-27" in answer.err
    assert "there is no allocation for 2026-27" in hnf("rank", "--year", "2026-27").err
