"""`hnf table`: every value by hand from the tidy tables, every id traced, every file read back."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import python_calamine

import hnf as package
from hnf.analysis.table import name_of, table
from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.measures.rates import MeasureSpec, RateSpec, rate_table
from hnf.measures.shares import area_amounts, measure_table

TIDY = Path(package.__file__).parent.parent / "data" / "tidy"
#: Hertfordshire, Westminster, Dorset, Leeds, Nottinghamshire, Central Bedfordshire, Leicester.
AUTHORITIES = ("919", "213", "838", "383", "891", "823", "856")
SOUTH_EAST = "E12000008"


@cache
def tidy(name: str) -> pl.DataFrame:
    return pl.read_csv(TIDY / f"{name}.csv", infer_schema_length=None, schema_overrides={"la_code": pl.String})


def cell(name: str, area: str, **which: object) -> float:
    """The last edition or release of one number of a tidy table, found without hnf."""
    rows = tidy(name)
    for column, value in which.items():
        rows = rows.filter(pl.col(column).cast(pl.String) == str(value))
    if area == "england":
        rows = rows.filter(pl.col("geographic_level") == "national")
    elif area.startswith("E12"):
        column = "region_code" if "region_code" in rows.columns else "area_code"
        rows = rows.filter((pl.col(column) == area) & (pl.col("geographic_level") == "regional"))
    else:
        column = "la_code" if "la_code" in rows.columns else "area_code"
        rows = rows.filter((pl.col(column).cast(pl.String) == area) & (pl.col("geographic_level") == "local_authority"))
    order = next((one for one in ("edition", "release") if one in rows.columns), None)
    last = (rows.sort(order) if order else rows).row(-1, named=True)
    number = next(last[one] for one in ("value", "count", "people", "pupils") if one in last)
    return number * (1e6 if last.get("unit") == "gbp_million" else 1)


def block(area: str, term: str = "total_before_deductions") -> float:
    return cell("dsg_high_needs_block", area, financial_year="2023-24", term=term)


def plans(area: str, january: int, kind: str = "total") -> float:
    return cell("ehc_plans", area, january=january, age_group="total", plan_type=kind)


def people(area: str, ages: str, year: int) -> float:
    return cell("population", area, mid_year=year, series="ons_estimate", age_band=ages)


def placed(area: str, item: str) -> float:
    return cell("placements", area, january=2025, item=item)


def asked(area: str, item: str) -> float:
    return cell("requests", area, calendar_year=2024, item=item)


#: By measure: the period asked for, the period of the row, and the value of an area by hand.
BY_HAND = {
    "block": ("2023-24", "2023-24", block),
    "hospital_ap": ("2023", "2023-24", lambda area: block(area, "hospital_ap")),
    "nff_additional": ("2023-24", "2023-24", lambda a: block(a, "nff_in_protection") + block(a, "additional")),
    "block_per_head": ("2023-24", "2023-24", lambda area: block(area) / people(area, "2-18", 2023)),
    "plans": ("2024-25", "2024", lambda area: plans(area, 2024)),
    "plans_ehc": ("2021", "2021", lambda area: plans(area, 2021, "ehc_plan")),
    "plans_per_1000_0_25": ("2023", "2023", lambda area: 1000 * plans(area, 2023) / people(area, "0-25", 2023)),
    "people_2_18_ons": ("2023", "2023", lambda area: people(area, "2-18", 2023)),
    "independent_special_pct": (
        "2025", "2025", lambda area: 100 * placed(area, "special_independent") / placed(area, "total"),
    ),
    "special_independent_pct": (
        "2025", "2025", lambda a: 100 * (placed(a, "special_independent") + placed(a, "special_non_maintained"))
        / placed(a, "total"),
    ),
    "refused_pct": ("2024", "2024", lambda area: 100 * asked(area, "not_assess") / asked(area, "received")),
    "requests_per_1000": ("2024", "2024", lambda a: 1000 * asked(a, "received") / people(a, "0-25", 2024)),
    "outturn_top_up_independent": (
        "2020", "2020-21",
        lambda area: cell("spending", area, financial_year="2020-21", kind="outturn", line="top_up_independent"),
    ),
    "sen_support_pct": ("2024", "2024", lambda area: cell("lait", area, year=2024, item="sen_support_pct")),
}  # fmt: skip
#: What no table prints for an area: England's pounds are the sum of all authorities, and a region has no such row.
NOT_PRINTED = {
    SOUTH_EAST: {"plans_ehc", "outturn_top_up_independent", "block_per_head", "nff_additional"},
    "england": {"block_per_head", "nff_additional", "hospital_ap", "outturn_top_up_independent"},
}


@pytest.mark.parametrize("measure", BY_HAND)
def test_values_are_those_worked_out_by_hand(store, measure):
    asked_for, period, by_hand = BY_HAND[measure]
    areas = [*AUTHORITIES, *(area for area in (SOUTH_EAST, "england") if measure not in NOT_PRINTED[area])]
    found = table(store, measure, asked_for, areas=areas).to_polars()
    assert found["area_code"].to_list() == areas
    assert found["period"].unique().to_list() == [period]
    for row in found.iter_rows(named=True):
        assert row["value"] == pytest.approx(by_hand(row["area_code"]), rel=1e-12), row["area_name"]
        assert resolve(store, row["figure_id"]).value == row["value"]


def test_a_rate_of_a_region_and_of_england_is_all_pounds_over_all_people(store):
    found = table(store, "block_per_head", "2023-24", level="all").to_polars()
    for region in found.filter(level="region").iter_rows(named=True):
        own = found.filter((pl.col("region") == region["region"]) & (pl.col("level") == "authority"))
        codes = [code for code, value in own["la_code", "value"].iter_rows() if value is not None]
        by_hand = sum(map(block, codes)) / sum(people(code, "2-18", 2023) for code in codes)
        assert region["value"] == pytest.approx(by_hand, rel=1e-12)
        assert resolve(store, region["figure_id"]).value == region["value"]
    assert found.filter(level="region").height == 9
    city = found.filter(area_name="City of London").row(0, named=True)
    assert (city["value"], city["status"], city["figure_id"]) == (None, "it had no allocation in 2023-24", None)


@pytest.fixture(name="everything", scope="module")
def _everything(store):
    return table(store, "all", start="2000", level="all", growth_from="2019", with_rank=True)


@pytest.mark.slow
def test_every_value_and_reason_is_that_of_the_one_road(store, everything):
    frames = everything.long.partition_by(["measure", "period"], as_dict=True)
    specs = {(name_of(one), str(one.year)): one for one in everything.specs}
    assert len(frames) == len(everything.specs) > 1400
    for (measure, period), frame in frames.items():
        found = {area: value for area, value in frame["area_code", "value"].iter_rows() if value is not None}
        said = dict(frame["area_code", "status"].iter_rows())
        spec = specs[measure, period]
        if isinstance(spec, RateSpec):
            rates = rate_table(store, spec)
            assert {code: value for code, value in found.items() if code.isdigit()} == rates.values
            assert found["england"] == rates.england
            continue
        levels = [area_amounts(store, spec, level) for level in ("local_authority", "regional", "national")]
        assert found == {area: value for one in levels for area, value in one.values.items()}, (measure, period)
        if levels[0].values:
            league = measure_table(store, spec)
            assert {code: said[code] for code in league.excluded} == league.excluded


def test_no_row_is_without_value_and_without_reason_and_no_area_appears_twice(everything):
    long = everything.long
    assert long.filter(pl.col("value").is_null() & (pl.col("status").fill_null("") == "")).is_empty()
    assert long.filter(pl.col("value").is_null() != pl.col("figure_id").is_null()).is_empty()
    assert long.filter(pl.col("growth").is_null() & (pl.col("growth_status").fill_null("") == "")).is_empty()
    assert long.select("measure", "period", "area_code").is_duplicated().sum() == 0
    assert long.filter(pl.col("value").is_nan() | pl.col("value").is_infinite()).is_empty()


def test_ids_of_every_measure_and_level_can_be_traced(store, everything):
    some = everything.long.filter(pl.col("value").is_not_null()).group_by("measure", "level").last()
    assert some["measure"].n_unique() > 320
    assert set(some["level"]) == {"authority", "region", "england"}
    for row in some.sort("measure", "level").iter_rows(named=True):
        assert resolve(store, row["figure_id"]).value == pytest.approx(row["value"], rel=1e-14), row["figure_id"]
        if row["growth_id"]:
            assert resolve(store, row["growth_id"]).value == pytest.approx(row["growth"], abs=1e-9), row["growth_id"]
        if row["rank_id"]:
            assert resolve(store, row["rank_id"]).value == row["rank"]


def test_the_one_line_of_the_south_east(hnf):
    line = ("table", "--measures", "block_per_plan,plans,independent_special_pct", "--region", "South East")
    line = (*line, "--growth-from", "2019", "--rank", "--format", "json")
    found = hnf(*line).json
    assert len(found["rows"]) == 3 * 19
    rows = {(row["la_name"], row["measure"]): row for row in found["rows"]}
    kent = rows["Kent", "plans"]
    assert kent["growth"] == pytest.approx((plans("886", 2026) / plans("886", 2019) - 1) * 100)
    assert (kent["growth_from"], kent["period"], kent["growth_unit"]) == ("2019", "2026", "pct")
    share = rows["Kent", "independent_special_pct"]
    before, now = (
        100 * cell("placements", "886", january=year, item="special_independent")
        / cell("placements", "886", january=year, item="total") for year in (2019, 2026)
    )  # fmt: skip
    assert (share["value"], share["growth"]) == (pytest.approx(now), pytest.approx(now - before))
    assert share["growth_unit"] == "percentage_points"
    ranks = {row["la_code"]: row["rank"] for row in hnf("rank", "--measure", "plans", "--format", "json").json["rows"]}
    assert {row["la_code"]: row["rank"] for row in found["rows"] if row["measure"] == "plans" and row["rank"]} == {
        code: rank for code, rank in ranks.items() if code in {row["la_code"] for row in found["rows"]}
    }
    wight = rows["Isle of Wight", "plans"]  # suppressed in the release of 2026
    assert (wight["value"], wight["growth"], wight["rank"], wight["figure_id"]) == (None, None, None, None)
    assert wight["status"] == wight["growth_status"] == "not available (suppressed) (x)"


def test_wide_is_the_long_table_turned(store):
    how = {"start": "2019", "end": "2023-24", "areas": "Kent,South East,England", "with_rank": True}
    long = table(store, "plans,block_per_head", **how)
    wide = table(store, "plans,block_per_head", wide=True, **how).to_polars()
    assert wide["area_name"].to_list() == ["Kent", "South East", "England"]
    assert long.to_polars().height == 3 * 10
    for row in long.to_polars().iter_rows(named=True):
        own = wide.filter(area_code=row["area_code"]).row(0, named=True)
        assert own[f"{row['measure']} {row['period']}"] == row["value"]
        assert own[f"{row['measure']} {row['period']} rank"] == row["rank"]


def test_real_terms_by_the_deflator(store):
    index = dict(tidy("prices").sort("vintage")["financial_year", "index"].iter_rows())
    found = table(store, "block,plans", "2019-20,2023-24", areas="Leeds", real=True, base_year="2024-25",
                  growth_from="2019-20").to_polars()  # fmt: skip
    rows = {(row["measure"], row["period"]): row for row in found.iter_rows(named=True)}
    real = block("383") * index["2024-25"] / index["2023-24"]
    assert rows["block", "2023-24"]["value"] == pytest.approx(real, rel=1e-9)
    assert rows["block", "2023-24"]["price_base"] == "2024-25"
    first = rows["block", "2019-20"]["value"]
    assert rows["block", "2023-24"]["growth"] == pytest.approx((real / first - 1) * 100)
    assert rows["plans", "2023"]["value"] == plans("383", 2023)
    assert rows["plans", "2023"]["price_base"] is None
    for row in rows.values():
        assert resolve(store, row["figure_id"]).value == pytest.approx(row["value"], rel=1e-12)
    assert resolve(store, rows["block", "2023-24"]["growth_id"]).value == pytest.approx(
        rows["block", "2023-24"]["growth"]
    )


def test_files_hold_the_same_numbers(hnf, tmp_path):
    line = ("table", "--measures", "block_per_plan,plans", "--region", "South East", "--level", "all")
    line = (*line, "--years", "2025,2023")
    rows = hnf(*line, "--format", "json").json["rows"]
    printed = list(csv.DictReader(io.StringIO(hnf(*line, "--format", "csv").out)))
    for ending in ("csv", "xlsx", "parquet"):
        assert hnf(*line, "--out", tmp_path / f"se.{ending}").code == 0
    assert list(csv.DictReader(io.StringIO((tmp_path / "se.csv").read_text(encoding="utf-8")))) == printed
    assert [float(row["value"]) if row["value"] else None for row in printed] == [row["value"] for row in rows]
    assert printed[0]["value"].isdigit() or "." in printed[0]["value"]
    assert pl.read_parquet(tmp_path / "se.parquet")["value"].to_list() == [row["value"] for row in rows]
    sheet = openpyxl.load_workbook(tmp_path / "se.xlsx")["Table"]
    cells = list(sheet.iter_rows(values_only=True))
    top = next(number for number, row in enumerate(cells) if row[0] == "area_code")
    at = cells[top].index("value")
    values = [row["value"] for row in rows]
    assert [row[at] for row in cells[top + 1 :]] == pytest.approx(values, rel=1e-14)  # openpyxl writes 16 digits
    assert sheet.freeze_panes == f"A{top + 2}"
    assert all(isinstance(row[0], str) for row in cells[top + 1 :])
    other = python_calamine.CalamineWorkbook.from_path(tmp_path / "se.xlsx").get_sheet_by_name("Table").to_python()
    start = next(number for number, row in enumerate(other) if row[0] == "area_code")
    assert [row[at] for row in other[start + 1 :]] == pytest.approx(values, rel=1e-14)


def test_areas_may_have_a_comma_in_their_names(hnf):
    listed = "Kent, Bristol, City of,kingston upon hull, city of, England,Bournemouth, Christchurch and Poole"
    rows = hnf("table", "--measures", "plans", "--areas", listed, "--format", "json").json["rows"]
    assert [row["area_name"] for row in rows] == [
        "Kent", "Bristol, City of", "Kingston upon Hull, City of", "England", "Bournemouth, Christchurch and Poole",
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_file_that_is_there_is_replaced_and_a_folder_is_not(hnf, tmp_path, ending):
    out = tmp_path / f"kent.{ending}"
    out.write_text("an older one", encoding="utf-8")
    line = ("table", "--measures", "plans", "--out")
    answer = hnf(*line, out, "--areas", "Kent")
    assert (answer.code, answer.err) == (0, "")
    assert out.read_bytes()[:4] == {"csv": b"area", "xlsx": b"PK\x03\x04", "parquet": b"PAR1"}[ending]
    first = out.read_bytes()
    assert hnf(*line, out, "--areas", "Surrey").code == 0
    assert out.read_bytes() != first
    refused = hnf(*line, out, "--areas", "Kentt")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert [path.name for path in tmp_path.iterdir()] == [out.name], "nothing is left beside it"
    folder = tmp_path / f"folder.{ending}"
    folder.mkdir()
    refused = hnf(*line, folder, "--areas", "Kent")
    said = f"hnf: {folder}: cannot write: what is of this name is not a file."
    assert (refused.code, refused.err) == (2, f"{said} Choose another place or free some space.\n")


def test_a_hostile_name_stays_text(hnf, tables, tmp_path):
    path = tables / "authorities.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",Kent,", ",=1+1,", 1), encoding="utf-8")
    line = ("table", "--measures", "pupils", "--areas", "886", "--data", tables)
    answer = hnf(*line, "--format", "csv")
    assert ",'=1+1," in answer.out
    assert ",=1+1" not in answer.out
    assert hnf(*line, "--out", tmp_path / "a.xlsx").code == 0
    cells = openpyxl.load_workbook(tmp_path / "a.xlsx")["Table"]
    assert [one.data_type for row in cells.iter_rows() for one in row if one.value == "=1+1"] == ["s", "s"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("--measures", "plan"), "Did you mean plans"),
        (("--measures", "plans", "--years", "2031"), "The nearest is 2026"),
        (("--measures", "plans", "--years", "2031-32"), "The nearest is 2026"),
        (("--measures", "plans", "--years", "last"), "'last' is no year"),
        (("--measures", "plans", "--from", "2023", "--to", "2020"), "2023 is after 2020"),
        (("--measures", "plans", "--years", "2023", "--from", "2020"), "Leave out one of them"),
        (("--measures", "plans", "--areas", "Hertfodshire"), "Did you mean Hertfordshire"),
        (("--measures", "plans", "--region", "Kent"), "Kent is not a region"),
        (("--measures", "plans", "--region", "South Eest"), "South East"),
        (("--measures", "plans", "--areas", "Kent", "--level", "region"), "the areas are named already"),
        (("--measures", "plans", "--base-year", "2023-24"), "Add --real"),
        (("--measures", "plans", "--growth-from", "1999"), "'1999' is no year"),
        (("--measures", "plans", "--growth-from", "2003"), "The nearest is 2010"),
        (("--measures", ","), "no measure is named"),
        (("--measures", "plans", "--out", "a.doc"), ".csv, .xlsx, .parquet"),
        (("--measures", "plans", "--out", "nowhere/a.csv"), "cannot write: there is no folder 'nowhere'"),
        (("--measures", "plans", "--areas", "York, City of"), "no authority is called 'City of'"),
    ],
)
def test_what_cannot_be_answered_says_what_there_is(hnf, line, said):
    answer = hnf("table", *line)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_closed_authority_a_new_one_and_the_lag_of_the_returns(store):
    found = table(store, "plans,block_per_plan", "2021,2023-24", areas="Cumbria,Cumberland,West Northamptonshire")
    rows = {(row["area_code"], row["measure"], row["period"]): row for row in found.to_polars().iter_rows(named=True)}
    assert rows["909", "plans", "2023"]["value"] == plans("909", 2023)
    assert rows["909", "block_per_plan", "2023-24"]["value"] is None
    assert "ask for Cumberland" in rows["909", "block_per_plan", "2023-24"]["status"]
    assert rows["942", "block_per_plan", "2023-24"]["value"] is None  # no count of January 2023 is held for it
    assert "predecessor only: Cumbria (909)" in rows["942", "block_per_plan", "2023-24"]["status"]
    assert "ask for Northamptonshire" in rows["941", "plans", "2021"]["status"]


def test_neighbours_latest_periods_and_lists(store):
    found = table(store, ["plans", "block"], neighbours_of="Leeds")
    assert found.to_polars()["la_name"][0] == "Leeds"
    assert found.to_polars()["la_code"].n_unique() == 11
    assert found.periods == {"plans": ["2026"], "block": ["2023-24"]}
    assert "January 2026: plans" in found.notes[0]
    with pytest.raises(UsageError, match="no level"):
        table(store, "plans", level="regions")


def test_what_is_odd_in_a_return_is_its_status_and_has_no_rank(store):
    found = table(store, "appeal_rate_pct", "2024", areas="Hertfordshire,Kent,England", with_rank=True).to_polars()
    herts, kent, _ = found.iter_rows(named=True)
    assert herts["value"] is not None
    assert herts["status"]
    assert herts["rank"] is None
    assert kent["rank"] > 0
    assert measure_table(store, MeasureSpec("appeal_rate_pct", "2024")).ranks["886"] == kent["rank"]


def test_all_years_are_those_of_the_tidy_table(store) -> None:
    rows = table(store, "plans", "all", areas="Leeds").rows
    januaries = tidy("ehc_plans").filter((pl.col("la_code") == "383") & (pl.col("age_group") == "total"))
    assert [row["period"] for row in rows] == [str(one) for one in sorted(set(januaries["january"]))]
    assert {row["value"] for row in rows} >= {float(plans("383", 2015)), float(plans("383", 2024))}
