"""The shipped tables: schema, totals of every January, coverage, and what each row says about its source."""

import itertools
import json

import polars as pl
import pytest

from hnf.paths import data_folder
from hnf.sources.catalogue import load_catalogue
from hnf.tables.checks import check_table, check_together
from hnf.tables.schema import SYMBOLS, TABLES
from hnf.tables.store import Store

#: Published national totals: statements and EHC plans to 2018, EHC plans from 2019 (SEN2 releases 2022, 2025, 2026).
ENGLAND_PLANS = {
    2010: 228_221,
    2011: 229_017,
    2012: 230_156,
    2013: 233_431,
    2014: 237_111,
    2015: 240_183,
    2016: 256_315,
    2017: 287_290,
    2018: 319_819,
    2019: 353_995,
    2020: 390_109,
    2021: 430_697,
    2022: 473_255,
    2023: 517_048,
    2024: 576_474,
    2025: 638_745,
    2026: 718_838,
}


def latest(store: Store) -> pl.DataFrame:
    totals = store.table("ehc_plans").filter(pl.col("plan_type") == "total")
    return totals.sort("release").unique(("january", "geographic_level", "region_code", "la_code"), keep="last")


@pytest.mark.parametrize("name", TABLES)
def test_every_table_holds_its_declaration(store: Store, name: str) -> None:
    frame = store.table(name)
    assert frame.height > 0
    check_table(name, frame)
    assert frame.select(TABLES[name].key).is_duplicated().sum() == 0


def test_tables_hold_together(store: Store) -> None:
    check_together({name: store.table(name) for name in TABLES})


def test_every_row_names_a_source_of_the_catalogue_that_feeds_its_table(store: Store) -> None:
    feeds = {source.id: source.feeds for source in load_catalogue()}
    for name in TABLES:
        for source_id in store.table(name)["source_id"].unique():
            fed = set(feeds[source_id])
            assert name in fed or (name == "ehc_plans_by_age" and "ehc_plans" in fed), (name, source_id)


def test_the_data_package_describes_the_tables(store: Store) -> None:
    package = json.loads((data_folder() / "tidy" / "datapackage.json").read_text())
    described = {resource["name"]: resource for resource in package["resources"]}
    assert set(described) == set(TABLES)
    hashes = store.hashes()
    for name, resource in described.items():
        assert resource["hash"] == f"sha256:{hashes[name]}"
        assert resource["rows"] == store.table(name).height
        assert [field["name"] for field in resource["schema"]["fields"]] == list(TABLES[name].columns)


def test_national_totals_of_every_january(store: Store) -> None:
    national = latest(store).filter(pl.col("geographic_level") == "national")
    assert dict(national.sort("january").select("january", "count").iter_rows()) == ENGLAND_PLANS


@pytest.mark.parametrize("january", [year for year in ENGLAND_PLANS if year != 2026])
def test_authorities_add_up_to_england(store: Store, january: int) -> None:
    counts = latest(store).filter((pl.col("january") == january) & (pl.col("la_code") != ""))["count"]
    assert counts.len() >= 150
    assert counts.null_count() == 0
    assert counts.sum() == ENGLAND_PLANS[january]


def test_january_2026_lacks_the_isle_of_wight(store: Store) -> None:
    """The publisher suppresses it: the other authorities have 716,838 of 718,838."""
    counts = latest(store).filter((pl.col("january") == 2026) & (pl.col("la_code") != ""))
    assert counts["count"].sum() == 716_838
    missing = counts.filter(pl.col("count").is_null())
    assert missing.select("la_code", "status").rows() == [("921", "x")]


@pytest.mark.parametrize("january", range(2010, 2019))
def test_need_before_2019_is_statements_and_plans(store: Store, january: int) -> None:
    rows = store.table("ehc_plans").filter((pl.col("january") == january) & (pl.col("la_code") != ""))
    wide = rows.pivot("plan_type", index="la_code", values="count")
    both = wide.select(pl.sum_horizontal("statement", "ehc_plan")).to_series()
    assert (both == wide["total"]).all()
    assert wide["statement"].sum() > 0


def test_statements_alone_would_lose_need(store: Store) -> None:
    """In January 2015 almost all of Hertfordshire's 3,682 were statements."""
    rows = store.table("ehc_plans").filter((pl.col("january") == 2015) & (pl.col("la_code") == "919"))
    counts = dict(rows.select("plan_type", "count").iter_rows())
    assert counts["total"] == 3_682 == counts["statement"] + counts["ehc_plan"]
    assert counts["statement"] > counts["ehc_plan"] > 0


def test_releases_that_overlap_are_both_kept(store: Store) -> None:
    rows = store.table("ehc_plans").filter((pl.col("january") == 2021) & (pl.col("plan_type") == "total"))
    assert sorted(rows["release"].unique()) == ["2022", "2025"]


def test_sen2_lags_behind_reorganisations(store: Store) -> None:
    """FIELD.md: January 2021 still has 928, January 2023 still has 909."""

    def counted(january: int) -> set[str]:
        return set(latest(store).filter(pl.col("january") == january)["la_code"])

    assert "928" in counted(2021)
    assert not {"940", "941"} & counted(2021)
    assert {"940", "941"} <= counted(2022)
    assert "909" in counted(2023)
    assert not {"942", "943"} & counted(2023)
    assert {"942", "943"} <= counted(2024)


def test_authorities_with_an_allocation(store: Store) -> None:
    block = store.table("dsg_high_needs_block").filter(pl.col("la_code") != "")
    universe = {year: set(frame["la_code"]) for (year,), frame in block.group_by("financial_year")}
    assert {year: len(codes) for year, codes in universe.items()} == {
        "2019-20": 149,
        "2020-21": 149,
        "2021-22": 150,
        "2022-23": 150,
        "2023-24": 151,
    }
    assert not any({"201", "420"} & codes for codes in universe.values())  # City of London, Isles of Scilly
    assert "928" in universe["2020-21"]
    assert {"940", "941"} <= universe["2021-22"]
    assert "909" in universe["2022-23"]
    assert {"942", "943"} <= universe["2023-24"]
    assert "909" not in universe["2023-24"]
    pupils = store.table("dsg_pupils").filter(pl.col("la_code") != "")
    assert {y: set(f["la_code"]) for (y,), f in pupils.group_by("financial_year")} == universe


def test_pupils_add_up_to_england(store: Store) -> None:
    pupils = store.table("dsg_pupils")
    for (year, phase), frame in pupils.group_by("financial_year", "phase"):
        england = frame.filter(pl.col("geographic_level") == "national")["pupils"][0]
        assert frame.filter(pl.col("la_code") != "")["pupils"].sum() == pytest.approx(england, abs=1), (year, phase)


def test_population_series_and_their_years(store: Store) -> None:
    population = store.table("population")
    years = {s: sorted(set(f["mid_year"])) for (s,), f in population.group_by("series")}
    assert years == {
        "ons_estimate": list(range(2019, 2025)),
        "dfe_projection": list(range(2020, 2027)),
    }
    three = population.filter((pl.col("series") == "dfe_projection") & (pl.col("mid_year") == 2026))
    assert dict(three.select("la_code", "people").iter_rows()) == {"341": 98371.436, "382": 95647.286, "892": 68303.197}
    here = population.filter(
        (pl.col("la_code") == "919") & (pl.col("mid_year") == 2023) & (pl.col("age_band") == "2-18")
    )
    people = dict(here.select("series", "people").iter_rows())
    assert people["ons_estimate"] == 261_408  # published
    assert people["ons_estimate"] != people["dfe_projection"]  # different series (FIELD.md, traps)


def test_no_series_is_a_copy_of_another(store: Store) -> None:
    """Two series of a mid-year, two mid-years of a series, and the population printed in 2019-20: all are different.

    The columns of mid-2018, mid-2019 and mid-2021 in DfE's list, which are left out, would fail here.
    """
    people = store.table("population").filter((pl.col("age_band") == "2-18") & (pl.col("la_code") != ""))
    series = {
        key: dict(frame.select("la_code", "people").iter_rows()) for key, frame in people.group_by("series", "mid_year")
    }
    printed = store.table("dsg_high_needs_block").filter(
        (pl.col("term") == "population_2_18") & (pl.col("la_code") != "")
    )
    for (year,), frame in printed.group_by("financial_year"):
        series["printed", year] = dict(frame.select("la_code", "value").iter_rows())
    assert len(series) == 14
    for one, other in itertools.combinations(series, 2):
        shared = series[one].keys() & series[other].keys()
        same = [code for code in shared if round(series[one][code]) == round(series[other][code])]
        assert len(same) < 0.05 * len(shared), (one, other, len(same), len(shared))


def test_estimates_add_up_to_england(store: Store) -> None:
    estimates = store.table("population").filter(pl.col("series") == "ons_estimate")
    for (year, band), frame in estimates.group_by("mid_year", "age_band"):
        england = frame.filter(pl.col("geographic_level") == "national")["people"]
        if england.len():
            assert frame.filter(pl.col("la_code") != "")["people"].sum() == england[0], (year, band)


def test_neighbours_are_ten_others_each(store: Store) -> None:
    neighbours = store.table("neighbours")
    for (model, code), frame in neighbours.group_by("model", "la_code"):
        assert frame["position"].sort().to_list() == list(range(1, 11)), (model, code)
        assert code not in frame["neighbour_la_code"].to_list()
        assert frame["neighbour_la_code"].n_unique() == 10


def test_the_two_neighbour_models_share_few_names(store: Store) -> None:
    """Little more than half (5.4 of 10 on the codes as printed, closed authorities in the older sets included)."""
    sets = {key: set(f["neighbour_la_code"]) for key, f in store.table("neighbours").group_by("model", "la_code")}
    both = [code for model, code in sets if model == "2021" and ("2025", code) in sets]
    assert len(both) > 140
    shared = [len(sets["2021", code] & sets["2025", code]) for code in both]
    assert sum(shared) / len(shared) == pytest.approx(819 / 151)


def test_constituencies(store: Store) -> None:
    """543 English constituencies, of which 114 span more than one authority (FIELD.md)."""
    touched = store.table("constituencies").group_by("pcon_code").len()
    assert touched.height == 543
    assert touched.filter(pl.col("len") > 1).height == 114


def test_prices(store: Store) -> None:
    prices = store.table("prices")
    index = dict(prices.select("financial_year", "index").iter_rows())
    assert index["2025-26"] == 100
    assert {row["vintage"] for row in prices.iter_rows(named=True)} == {"HMT June 2026 QNA"}
    assert set(prices["kind"]) == {"outturn", "forecast_chained"}


@pytest.mark.parametrize(("table", "number"), [("dsg_high_needs_block", "value"), ("ehc_plans", "count")])
def test_a_number_is_missing_exactly_where_a_symbol_stands(store: Store, table: str, number: str) -> None:
    frame = store.table(table)
    assert (frame[number].is_null() == (frame["status"] != "")).all()
    assert set(frame["status"]) - {""} <= set(SYMBOLS)
