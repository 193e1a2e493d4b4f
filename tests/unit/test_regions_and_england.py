"""Regions and England as places, areas over time, residuals, all spending, scenarios by region and constituency.

The oracles are sums by polars on the tidy tables, the regional and national rows that the sheets print, and numpy's
straight line.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import hnf as api
from hnf.analysis.association import residuals
from hnf.analysis.rank import rank
from hnf.analysis.trace import resolve
from hnf.measures.rates import RateSpec
from hnf.results import Figure
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
TIDY = Path(__file__).parents[2] / "data" / "tidy"
REGIONS = {"London": "E12000007", "South West": "E12000009", "East of England": "E12000006", "North West": "E12000002"}
YEARS = ("2019-20", "2020-21", "2021-22", "2022-23", "2023-24")
BLOCK = "total_before_deductions"


def read(table: str) -> pl.DataFrame:
    return pl.read_csv(TIDY / f"{table}.csv", infer_schema_length=0)


def region_of() -> dict[str, str]:
    return dict(read("authorities").select("la_code", "region_code").iter_rows())


def block(year: str, level: str = "local_authority") -> pl.DataFrame:
    """Terms in pounds of a year's latest edition of each term; `la_code` or region is `area`."""
    rows = read("dsg_high_needs_block").filter(pl.col("financial_year") == year, pl.col("geographic_level") == level)
    rows = rows.filter(pl.col("edition") == pl.col("edition").max().over("term"))
    pounds = pl.col("value").cast(float) * pl.when(pl.col("unit") == "gbp_million").then(1e6).otherwise(1.0)
    area = pl.when(level == "regional").then(pl.col("region_code")).otherwise(pl.col("la_code").fill_null("england"))
    return rows.select(area=area, term="term", gbp=pounds)


def summed(year: str, term: str, code: str, only: str = "") -> float:
    """The sum of a term over the authorities of a region, or all; or one of them `only`."""
    regions = region_of()
    rows = block(year).filter(pl.col("term") == term).iter_rows()
    return sum(gbp for area, _, gbp in rows if code in ("england", regions[area]) and only in ("", area))


def people_of(code: str) -> float:
    """People aged 2 to 18 of one authority in mid-2023."""
    rows = read("population").filter(mid_year="2023", series="ons_estimate", age_band="2-18", la_code=code)
    return float(rows["people"][0])


def all_plans() -> pl.DataFrame:
    """Statements and plans of every authority and January, latest release."""
    rows = read("ehc_plans").filter(age_group="total", plan_type="total", geographic_level="local_authority")
    return rows.filter(pl.col("release") == pl.col("release").max().over("january", "la_code"))


def heads(mid_year: str, code: str, band: str = "2-18") -> float:
    """People of the authorities with an allocation in a region, or in England, by ONS estimate.

    Those of Cumbria in mid-2022 are published for what it became.
    """
    regions, year = region_of(), f"{mid_year}-{int(mid_year[2:]) + 1:02d}"
    later = {"2022": {"942", "943"}}
    funded = set(block(year)["area"]) | later.get(mid_year, set())
    rows = read("population").filter(mid_year=mid_year, series="ons_estimate", age_band=band)
    rows = rows.filter(pl.col("geographic_level") == "local_authority", pl.col("la_code").is_in(list(funded)))
    return sum(float(n) for la, n in rows.select("la_code", "people").iter_rows() if code in ("england", regions[la]))


def check_ids(store: Store, form: object) -> int:
    """Resolve each id beside a `value`, and compare; returns how many there were."""
    found = 0
    if isinstance(form, dict):
        if isinstance(form.get("figure_id"), str) and isinstance(form.get("value"), int | float):
            found += 1
            assert resolve(store, form["figure_id"]).value == pytest.approx(form["value"], rel=1e-12)
        for key, value in form.items():
            ids = [value] if key.endswith("_id") else value if key == "figure_ids" else []
            for id_ in ids.values() if isinstance(ids, dict) else ids:
                assert id_ is None or ":" not in str(id_) or isinstance(resolve(store, id_), Figure)
            found += check_ids(store, value)
    if isinstance(form, list):
        found += sum(check_ids(store, value) for value in form)
    return found


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(("name", "code"), [*REGIONS.items(), ("England", "england")])
def test_a_region_gets_the_sum_of_its_authorities_and_what_is_printed(
    hnf: Run, name: str, code: str, year: str
) -> None:
    found = hnf("allocate", name, "--year", year, "--format", "json").json
    level = "national" if code == "england" else "regional"
    printed = {term: gbp for area, term, gbp in block(year, level).iter_rows() if area == code}
    assert found["total_gbp"] == pytest.approx(summed(year, BLOCK, code), abs=151)  # each is printed to the pound
    assert found["published_total_gbp"] == pytest.approx(printed[BLOCK], abs=0.001)
    assert found["published_total_gbp"] == pytest.approx(summed(year, BLOCK, code), abs=0.001)
    assert found["after_deductions_gbp"] == pytest.approx(summed(year, "total_after_deductions", code), abs=0.001)
    uncounted = summed(year, BLOCK, code, "928") if year == "2020-21" else 0  # no estimate of mid-2020 is of its area
    assert found["per"]["value_gbp"] == pytest.approx((summed(year, BLOCK, code) - uncounted) / heads(year[:4], code))
    terms = [step for step in found["steps"] if step["term"] not in ("basic_entitlement", "later_editions")]
    assert len(terms) >= 3
    for step in terms:
        assert step["value_gbp"] == pytest.approx(summed(year, step["term"], code), abs=0.001)
        assert step["printed_gbp"] == pytest.approx(printed[step["term"]], abs=0.001)


def test_money_without_a_count_is_out_of_a_regions_rate_and_said(hnf: Run) -> None:
    """Northamptonshire in 2020-21: no estimate of mid-2020 is of its area."""
    found = hnf("explain", "East Midlands", "--year", "2020-21", "--format", "json")
    money = summed("2020-21", BLOCK, "E12000004") - summed("2020-21", BLOCK, "E12000004", "928")
    assert found.json["per_head_gbp"] == pytest.approx(money / heads("2020", "E12000004"))
    assert {step["per_head_gbp"] for step in found.json["steps"]} == {None}
    assert "Northamptonshire (928) are left out together" in found.err.replace("\n", " ")
    assert "Northamptonshire" in hnf("gap", "Derby", "--year", "2020-21", "--to", "region").out
    assert "Northamptonshire" in hnf("rank", "--year", "2020-21", "--level", "region").out


@pytest.mark.parametrize("command", ["allocate", "explain"])
def test_rows_of_a_region_say_whose_they_are_and_notes_who_is_not_in_its_rate(hnf: Run, command: str) -> None:
    found = hnf(command, "East Midlands", "--year", "2020", "--format", "json").json
    assert {(row["area_code"], row["area_name"], row["period"]) for row in found["steps"]} == {
        ("E12000004", "East Midlands", "2020-21")
    }
    # ONS has no estimate of 2020 for Northamptonshire (928), which closed in 2021.
    assert any("Northamptonshire (928) are left out together" in one for one in found["notes"])


def test_a_comparison_of_regions_says_in_json_who_is_not_in_their_rates(hnf: Run) -> None:
    found = hnf("compare", "East Midlands", "--year", "2020-21", "--with", "regions", "--format", "json").json
    assert [one.split(":")[0] for one in found["notes"]] == ["East Midlands"]
    found = hnf("table", "--measures", "block_per_head", "--years", "2020-21", "--level", "region", "--format", "json")
    assert any(one.startswith("East Midlands: the money and") for one in found.json["notes"])


def test_a_year_is_the_same_in_python_and_on_the_command_line(hnf: Run, store: Store) -> None:
    python = api.allocate(store, "Kent", 2023)
    assert (str(python.year), python.published_total_gbp) == ("2023-24", 311_663_662)  # DSG sheet of 2023-24, cell K128
    assert hnf("allocate", "Kent", "--year", "2023", "--format", "json").json == python.to_json()


def test_what_the_sheet_prints_for_london_and_england_beyond_the_sum_is_said(hnf: Run) -> None:
    """2019-20: column F of London has the City of London, that of England the Isles of Scilly too (footnotes)."""
    assert "£12,631 more than its authorities" in hnf("allocate", "London", "--year", "2019-20").out.replace("\n", " ")
    assert "£16,428 more than its authorities" in hnf("allocate", "england", "--year", "2019-20").out.replace("\n", " ")
    assert "more than its" not in hnf("allocate", "london", "--year", "2023-24").out


def test_regions_are_ranked_by_all_pounds_over_all_heads(hnf: Run) -> None:
    found = hnf("rank", "--year", "2023-24", "--level", "region", "--format", "json").json
    codes = {code for code in region_of().values() if code}
    rates = {code: summed("2023-24", BLOCK, code) / heads("2023", code) for code in codes}
    assert {row["area_code"]: row["value"] for row in found["rows"]} == pytest.approx(rates)
    assert [row["area_code"] for row in found["rows"]] == sorted(rates, key=rates.__getitem__)
    assert found["universe"] == 9
    assert found["england"]["value"] == pytest.approx(summed("2023-24", BLOCK, "england") / heads("2023", "england"))


def test_the_north_west_per_plan_has_the_whole_of_cumbria(hnf: Run) -> None:
    """Cumberland and Westmorland and Furness have money in 2023-24, Cumbria the plans of January 2023."""
    regions = region_of()
    plans = read("ehc_plans").filter(
        january="2023", age_group="total", plan_type="total", geographic_level="local_authority"
    )
    plans = plans.filter(pl.col("release") == pl.col("release").max().over("la_code"))
    count = sum(float(n) for la, n in plans.select("la_code", "count").iter_rows() if regions[la] == "E12000002")
    found = hnf("rank", "--year", "2023-24", "--level", "region", "--per", "plan", "--format", "json").json
    value = next(row["value"] for row in found["rows"] if row["area_code"] == "E12000002")
    assert value == pytest.approx(summed("2023-24", BLOCK, "E12000002") / count)


@pytest.mark.parametrize("name", REGIONS)
def test_authorities_of_one_region_are_ranked_among_themselves(store: Store, name: str) -> None:
    spec = RateSpec(FinancialYear(2022), "nff", "pupil")
    everywhere, regions = rank(store, spec).rows(), region_of()
    own = [row for row in everywhere if regions[row["la_code"]] == REGIONS[name]]
    found = rank(store, spec, region=name)
    assert [(row["la_code"], row["value"]) for row in found.rows()] == [(row["la_code"], row["value"]) for row in own]
    assert [row["rank"] for row in found.rows()] == list(range(1, len(own) + 1))
    assert f"{len(own)} authorities of" in found.among_in_words


def test_the_gap_to_the_own_region(hnf: Run) -> None:
    """Leeds 2023-24 per head by hand."""
    region, amounts = "E12000003", {area: gbp for area, term, gbp in block("2023-24").iter_rows() if term == BLOCK}
    people = people_of("383")
    rate = summed("2023-24", BLOCK, region) / heads("2023", region)
    found = hnf("gap", "Leeds", "--year", "2023-24", "--to", "region", "--format", "json").json
    assert found["gap_gbp"] == pytest.approx(rate * people - amounts["383"])
    assert found["comparator_name"] == "the rate of Yorkshire and The Humber"
    assert hnf("gap", "Leeds", "--year", "2023-24", "--to", "England", "--format", "json").json["to"] == "average"
    of_region = hnf("gap", "South West", "--year", "2023-24", "--format", "json").json
    england = summed("2023-24", BLOCK, "england") / heads("2023", "england")
    own = summed("2023-24", BLOCK, "E12000009")
    assert of_region["gap_gbp"] == pytest.approx(england * heads("2023", "E12000009") - own)


def test_growth_of_a_region_is_of_its_own_rows(hnf: Run) -> None:
    counts = read("ehc_plans").filter(age_group="total", plan_type="total", geographic_level="regional")
    counts = counts.filter(pl.col("region_code") == "E12000007", pl.col("january").is_in(["2019", "2024"]))
    counts = counts.filter(pl.col("release") == pl.col("release").max().over("january")).sort("january")
    first, last = (float(n) for n in counts["count"])
    found = hnf("growth", "London", "--from", "2019", "--to", "2024", "--format", "json").json
    assert found["authority"]["change_pct"] == pytest.approx((last / first - 1) * 100)
    money = [summed(year, BLOCK, "E12000007") for year in ("2019-20", "2023-24")]
    assert found["funding"]["authority"]["change_pct"] == pytest.approx((money[1] / money[0] - 1) * 100)


def test_what_changed_nationally(hnf: Run) -> None:
    """The parts add up; what was rolled in is column H of 2022-23, column A's change is that of the sheet."""
    found = hnf("explain", "England", "--year", "2023-24", "--against", "2022-23", "--format", "json").json["against"]
    change = summed("2023-24", BLOCK, "england") - summed("2022-23", BLOCK, "england")
    assert sum(part["change_gbp"] for part in found["parts"]) == pytest.approx(change, abs=0.01)
    column_a = {part["term"]: part["value_gbp"] for part in found["column_a_parts"]}
    assert column_a["rolled_in"] == pytest.approx(summed("2022-23", "additional", "england"))
    moved = summed("2023-24", "nff_in_protection", "england") - summed("2022-23", "nff_in_protection", "england")
    assert sum(column_a.values()) == pytest.approx(moved, abs=0.01)


def test_explaining_a_region_counts_who_is_bound(hnf: Run) -> None:
    found = hnf("explain", "North West", "--year", "2023-24", "--format", "json").json
    every = hnf("protection", "--year", "2023-24", "--format", "json").json["rows"]
    regions = region_of()
    own = [row["class"] for row in every if regions.get(row["la_code"]) == "E12000002"]
    assert {one["class"]: one["authorities"] for one in found["rules"]} == {name: own.count(name) for name in set(own)}
    taken = {term: summed("2023-24", term, "E12000002") for term in ("nff_before_gains_limit", "nff_in_protection")}
    assert found["gains_limit_loss_gbp"] >= taken["nff_before_gains_limit"] - taken["nff_in_protection"]


def test_the_wedge_of_a_region_is_its_sum(hnf: Run) -> None:
    found = hnf("wedge", "South West", "--format", "json").json
    cash = {row["financial_year"]: row["cash_gbp"] for row in found["rows"] if row["area"] == "place"}
    assert {year: cash[year] for year in YEARS} == pytest.approx({y: summed(y, BLOCK, "E12000009") for y in YEARS})
    assert {row["area"] for row in found["rows"]} == {"place", "england"}
    assert {row["area"] for row in hnf("wedge", "England", "--format", "json").json["rows"]} == {"place"}


def test_per_head_over_time_in_real_terms(hnf: Run) -> None:
    """West Sussex per head in 2025-26 prices by hand: cash ÷ people × index of 2025-26 ÷ index of the year."""
    prices = dict(read("prices").filter(vintage="HMT June 2026 QNA").select("financial_year", "index").iter_rows())
    people = read("population").filter(series="ons_estimate", age_band="2-18", la_code="938")
    count = {year: float(n) for year, n in people.select("mid_year", "people").iter_rows()}
    found = hnf("compare", "West Sussex", "--from", "2019-20", "--to", "2023-24", "--real", "--format", "json").json
    own = {row["period"]: row["value"] for row in found["rows"] if row["area_code"] == "938"}
    assert len(own) == 5
    for year, value in own.items():
        cash = next(gbp for area, term, gbp in block(year).iter_rows() if (area, term) == ("938", BLOCK))
        assert value == pytest.approx(cash / count[year[:4]] * float(prices["2025-26"]) / float(prices[year]))
    change = next(row for row in found["changes"] if row["area_code"] == "938")
    assert change["value"] == pytest.approx((own["2023-24"] / own["2019-20"] - 1) * 100)
    assert {row["area_code"] for row in found["rows"]} >= {"938", "england"}


def test_a_value_in_real_terms_and_a_change_have_one_id_in_every_command(hnf: Run, store: Store) -> None:
    over = ("--from", "2019-20", "--to", "2023-24", "--real", "--format", "json")
    found = hnf("compare", "Kent", "--measure", "block", "--per", "head", "--with", "region", *over).json
    table = hnf("table", "--measures", "block_per_head", "--areas", "Kent", "--growth-from", "2019-20", *over).json
    ours = {row["figure_id"]: row["value"] for row in found["rows"] if row["area_code"] == "886"}
    theirs = {row["figure_id"]: row["value"] for row in table["rows"]}
    assert len(theirs) == 5
    assert list(ours) == list(theirs)
    assert list(ours.values()) == pytest.approx(list(theirs.values()))
    change = next(row for row in found["changes"] if row["area_code"] == "886")
    assert (change["figure_id"], change["value"]) == (
        table["rows"][-1]["growth_id"],
        pytest.approx(table["rows"][-1]["growth"]),
    )
    assert change["figure_id"].startswith("change:2019-20:2023-24:block:head.ons:886:")
    # Cumbria's area across its reorganisation has an id of the same kind, which is found again.
    place = hnf("compare", "Cumberland", "--measure", "block", "--per", "head", "--with", "region", *over)
    change = place.json["changes"][0]
    assert ":909-942+943:" in change["figure_id"]
    assert resolve(store, change["figure_id"]).value == pytest.approx(change["value"])


def test_over_time_a_reorganised_area_is_whole_and_a_suppressed_count_a_gap(hnf: Run) -> None:
    count = {(when, la): n for when, la, n in all_plans().select("january", "la_code", "count").iter_rows()}
    found = hnf(
        "compare", "Cumberland", "--with", "921", "--measure", "plans", "--from", "2015", "--format", "json"
    ).json
    value = {(row["area_code"], row["period"]): row["value"] for row in found["rows"]}
    assert value["942+943", "2015"] == float(count["2015", "909"])
    assert value["942+943", "2026"] == float(count["2026", "942"]) + float(count["2026", "943"])
    assert value["921", "2026"] is None
    assert "suppressed" in next(row["status"] for row in found["rows"] if row["value"] is None)
    assert next(row for row in found["changes"] if row["area_code"] == "921")["value"] is None


def test_spending_of_a_region_and_of_all(hnf: Run) -> None:
    regions, line = region_of(), "top_up_independent"
    rows = read("spending").filter(financial_year="2021-22", kind="budget", line=line)
    rows = rows.filter(pl.col("status").fill_null("") == "")
    own = sum(float(v) for la, v in rows.select("la_code", "value").iter_rows() if regions[la] == "E12000007")
    found = hnf("spending", "London", "--format", "json").json["returns"][-1]
    assert next(x["value"] for x in found["lines"] if x["line"] == line) == pytest.approx(own)
    every = hnf("spending", "--all", "--format", "json").json["rows"]
    mine = [
        row
        for row in every
        if (row["period"], row["kind"], row["measure"]) == ("2021-22", "budget", "top_up_independent")
    ]
    assert next(row["value"] for row in mine if row["area_code"] == "E12000007") == pytest.approx(own)
    printed = {la: float(value) for la, value in rows.select("la_code", "value").iter_rows()}
    assert {
        r["area_code"]: r["value"] for r in mine if r["level"] == "local_authority" and r["value"] is not None
    } == printed
    assert all(row["status"] for row in mine if row["value"] is None)


def test_residuals_are_those_of_a_straight_line(store: Store) -> None:
    spec = RateSpec(FinancialYear(2023), "block", "head")
    found = residuals(store, spec)
    people = {row["la_code"]: row for row in rank(store, spec).rows()}
    x, y = (
        np.array([found.needs[code] for code in found.needs]),
        np.array([people[code]["value"] for code in found.needs]),
    )
    slope, intercept = np.polyfit(x, y, 1)
    assert (found.slope, found.intercept) == pytest.approx((slope, intercept))
    row = next(row for row in found.rows if row["la_code"] == "919")
    rest = people["919"]["value"] - (slope * found.needs["919"] + intercept)
    count = people_of("919")
    assert row["difference_gbp"] == pytest.approx(rest * count)
    assert sum(row["difference"] for row in found.rows) == pytest.approx(0, abs=1e-6)
    assert {"942", "943"} == {entry["la_code"] for entry in found.excluded}
    assert "no entitlement" in " ".join(found.sentences)


def test_a_scenario_by_region_and_by_constituency(hnf: Run) -> None:
    run = ("scenario", "run", "additional_by_plans", "--year", "2023-24", "--format", "json")
    rows, regions = hnf(*run).json["rows"], region_of()
    for row in hnf(*run, "--by", "region").json["rows"]:
        own = [one for one in rows if row["area_code"] in ("england", regions[one["la_code"]])]
        assert row["change_gbp"] == pytest.approx(sum(one["change_gbp"] for one in own), abs=0.01)
        assert row["baseline_gbp"] == pytest.approx(summed("2023-24", BLOCK, row["area_code"]))
    places = {row["area_name"]: row for row in hnf(*run, "--by", "constituency").json["rows"]}
    own = {one["la_code"]: one for one in rows}
    assert len(places) == read("constituencies")["pcon_code"].n_unique()
    assert places["Aldershot"]["change_gbp"] == own["850"]["change_gbp"]
    split = places["South Devon"]
    assert split["la_codes"] == ["878", "880"]
    assert split["figure_id"] == "scenario:additional_by_plans:2023-24:878+880"
    together = own["878"]["scenario_gbp"] + own["880"]["scenario_gbp"]
    assert split["scenario_gbp"] == pytest.approx(together)
    assert hnf("trace", split["figure_id"], "--format", "json").json["value"] == pytest.approx(together)
    assert split["change_gbp"] == pytest.approx(own["878"]["change_gbp"] + own["880"]["change_gbp"])
    assert split["highest_change_per_head_gbp"] == max(own[code]["change_per_head_gbp"] for code in split["la_codes"])
    assert places["Cities of London and Westminster"]["without_allocation"] == ["201"]
    order = [row["change_per_head_gbp"] for row in hnf(*run, "--by", "constituency").json["rows"]]
    assert order == sorted(order, reverse=True)


#: One command of each kind.
COMMANDS = (
    ("allocate", "South West", "--year", "2022-23", "--per", "plan"),
    ("allocate", "England", "--year", "2019-20"),
    ("explain", "North West", "--year", "2023-24", "--against", "2022-23"),
    ("rank", "--year", "2023-24", "--level", "region", "--per", "plan"),
    ("rank", "--year", "2023-24", "--region", "north-west", "--per", "plan"),
    ("rank", "--measure", "refused_pct", "--level", "region"),
    ("gap", "942", "--year", "2023-24", "--to", "region"),
    ("gap", "South East", "--year", "2023-24", "--to", "London", "--per", "pupil"),
    ("growth", "East Midlands", "--from", "2019"),
    ("growth", "England", "--measure", "within_20_weeks_pct"),
    ("wedge", "England"),
    ("compare", "South East", "--year", "2023-24", "--per", "plan"),
    ("compare", "Isle of Wight", "--year", "2023-24", "--with", "england,south east,Kent"),
    ("compare", "Cumberland", "--with", "north west", "--from", "2019-20", "--per", "plan", "--base-year", "2023-24"),
    ("spending", "North East"),
    ("association", "--residuals", "--year", "2022-23"),
    ("association", "--residuals", "--measure", "special_independent_pct", "--against", "block_per_plan"),
    ("scenario", "run", "no_gains_limit", "--year", "2023-24", "--by", "region"),
    ("scenario", "run", "no_gains_limit", "--year", "2023-24", "--by", "constituency"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_id_resolves_to_its_value_and_tables_fit(hnf: Run, store: Store, command: tuple[str, ...]) -> None:
    form = hnf(*command, "--format", "json").json
    form["rows"] = form.get("rows", [])[:40]
    assert check_ids(store, form) >= 0
    assert max(map(len, hnf(*command).out.splitlines())) <= 80
    assert hnf(*command, "--format", "csv").out.count("\n") >= 2


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("allocate", "Suth East", "--year", "2023-24"), "Did you mean South East"),
        (("allocate", "South East", "--year", "2030-31"), "no allocation for 2030-31"),
        (("gap", "England", "--year", "2023-24"), "own rate is the average"),
        (("gap", "London", "--year", "2023-24", "--to", "neighbours"), "has no neighbours"),
        (("compare", "England", "--year", "2023-24"), "has no neighbours"),
        (("compare", "City of London", "--from", "2019-20"), "no figures of block"),
        (("compare", "Kent", "--from", "2019", "--measure", "refused_pct", "--real"), "has no prices"),
        (("compare", "Kent", "--from", "2030"), "two are needed"),
        (("rank", "--year", "2023-24", "--region", "Kent"), "Kent is no region"),
        (("rank", "--year", "2023-24", "--region", "London", "--level", "region"), "ranks authorities"),
        (("rank", "--year", "2024-25", "--level", "region"), "ranges are of all authorities"),
        (("rank", "--measure", "budget_top_up_state", "--level", "region"), "not published for regions"),
        (("rank-card", "London", "--year", "2023-24"), "is a region"),
        (("explain", "London", "--year", "2024-25"), "no sum"),
        (("spending",), "name an area"),
    ],
)
def test_where_it_means_nothing_one_line_says_why(hnf: Run, command: tuple[str, ...], words: str) -> None:
    answer = hnf(*command)
    assert answer.code == 2
    assert words in answer.err
    assert answer.err.strip().count("\n") == 0
