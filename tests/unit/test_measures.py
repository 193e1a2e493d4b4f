"""The register of measures: every figure it gives has an id that resolves, and its numbers are those of the tables."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from hnf.analysis.trace import resolve, trace
from hnf.commands import options
from hnf.errors import UsageError
from hnf.measures.published import plain_amounts
from hnf.measures.register import DENOMINATORS, MEASURES, PERS, PLAIN, RATES, SHARES, find_measure
from hnf.measures.shares import amounts, areas_of, measure_figure, periods_of
from hnf.paths import data_folder
from hnf.tables.schema import SEN2_ITEMS
from hnf.tables.store import Store

Run = Callable[..., Any]
TIDY = data_folder() / "tidy"
NAMES = (*PLAIN, *RATES)


def table(name: str) -> pl.DataFrame:
    """Read a tidy table with nothing but polars, text as text."""
    return pl.read_csv(TIDY / f"{name}.csv", infer_schema=False).filter(pl.col("la_code") != "")


def numbers(frame: pl.DataFrame, value: str) -> dict[str, float]:
    """Return the numbers of authorities; a symbol is no number."""
    rows = frame.filter(pl.col(value).is_not_null()).select("la_code", pl.col(value).cast(pl.Float64))
    assert rows["la_code"].is_unique().all()
    return dict(rows.iter_rows())


def latest(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.filter(pl.col(column) == pl.col(column).max().over("la_code"))


#: Settings of new plans that the release of 2025 does not have apart, and the next one will.
NOT_PRINTED_YET = ("new_plans_special_academy", "new_plans_special_free_school")


#: Every item of the SEN2 returns is a measure: one in eight is tried each time, all of them among the long tests.
OF_ITEMS = tuple(name for name in PLAIN if PLAIN[name].kind in SEN2_ITEMS)
LONG = {*OF_ITEMS} - {*OF_ITEMS[::8]}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in NAMES]
)
def test_every_figure_of_the_register_has_an_id_that_resolves_to_its_value(store: Store, name: str) -> None:
    periods = periods_of(store, name)
    if name in NOT_PRINTED_YET:
        assert periods == ()
        assert table("new_plans").filter(item=PLAIN[name].items[0]).is_empty()
        return
    assert periods
    found = amounts(store, name, periods[-1])
    # The projection of mid-2026 is held for three authorities.
    least = 3 if (name, periods[-1]) == ("people_2_18_dfe", "2026") else 146
    assert len(found.values) + len(found.excluded) >= least
    assert set(found.excluded).isdisjoint(found.values)
    assert all(found.excluded.values())
    areas = [*found.values][::10]
    if "England" in areas_of(store, name):
        areas.append("england")
    if "region" in areas_of(store, name) and name not in RATES:
        areas += plain_amounts(store, name, periods[-1], "regional").inputs
    if "type of authority" in areas_of(store, name):
        areas += plain_amounts(store, name, periods[-1], "authority_type").inputs
    for area in areas:
        figure = measure_figure(store, name, area, periods[-1])
        assert resolve(store, figure.id) == figure
        assert figure.unit == find_measure(name).unit
        assert trace(store, figure.id).cells
        if area in found.values:
            assert figure.value == found.values[area]
    for area in found.inputs:
        assert [resolve(store, id_).id for id_ in found.inputs[area]] == list(found.inputs[area])


def test_pounds_are_those_of_the_block_sheet(store: Store) -> None:
    rows = table("dsg_high_needs_block")
    seen = 0
    for name, terms in (
        ("block", ["total_before_deductions"]),
        ("nff_additional", ["nff_in_protection", "additional"]),
        ("import_export", ["import_export"]),
        ("basic_entitlement_rate", ["basic_entitlement_rate"]),
    ):
        for year in periods_of(store, name):
            of_year = rows.filter((pl.col("financial_year") == year) & pl.col("term").is_in(terms))
            of_year = of_year.filter(pl.col("edition") == pl.col("edition").max())
            scaled = of_year.with_columns(
                pounds=pl.col("value").cast(pl.Float64)
                * pl.when(pl.col("unit") == "gbp_million").then(1e6).otherwise(1)
            )
            sums = scaled.group_by("la_code").agg(pl.col("pounds").sum(), count=pl.col("pounds").count())
            expected = numbers(sums.filter(pl.col("count") == len(terms)), "pounds")
            assert amounts(store, name, year).values == pytest.approx(expected, rel=1e-12)
            seen += len(expected)
    assert seen > 2_400


def test_counts_are_those_of_the_latest_release_and_the_asked_series(store: Store) -> None:
    plans = table("ehc_plans")
    for january in ("2015", "2024", "2026"):
        total = latest(plans.filter((pl.col("january") == january) & (pl.col("plan_type") == "total")), "release")
        assert amounts(store, "plans", january).values == numbers(total, "count")
    people = table("population")
    for name, series, ages in (
        ("people_2_18_ons", "ons_estimate", "2-18"),
        ("people_2_18_dfe", "dfe_projection", "2-18"),
        ("people_0_25_ons", "ons_estimate", "0-25"),
    ):
        rows = people.filter(mid_year="2023", series=series, age_band=ages)
        assert amounts(store, name, "2023").values == numbers(rows, "people")
    spent = table("spending").filter(financial_year="2021-22", kind="budget", line="top_up_state")
    assert amounts(store, "budget_top_up_state", "2021-22").values == numbers(spent, "value")
    placed = table("placements").filter(january="2021", item="special_non_maintained")
    assert amounts(store, "placements_special_non_maintained", "2021").values == numbers(placed, "value")
    balance = table("dsg_balance").filter(financial_year="2021-22")
    assert amounts(store, "balance", "2021-22").values == numbers(balance, "value")


def test_a_rate_is_pounds_over_the_count_of_the_year(store: Store) -> None:
    block = table("dsg_high_needs_block").filter(
        financial_year="2023-24", term="total_before_deductions", geographic_level="local_authority"
    )
    assert set(block["unit"]) == {"gbp"}
    pounds = numbers(block, "value")
    people = numbers(table("population").filter(mid_year="2023", series="dfe_projection", age_band="2-18"), "people")
    expected = {code: pounds[code] / people[code] for code in pounds.keys() & people.keys()}
    assert len(expected) == 151
    assert amounts(store, "block_per_head_dfe", "2023-24").values == pytest.approx(expected, rel=1e-12)
    rates = numbers(
        table("dsg_high_needs_block").filter(financial_year="2023-24", term="basic_entitlement_rate"), "value"
    )
    adjusted = {code: rate / (rates[code] / min(rates.values())) for code, rate in expected.items()}
    assert amounts(store, "block_per_head_dfe_adjusted", "2023-24").values == pytest.approx(adjusted, rel=1e-12)


def test_a_suppressed_count_is_a_reason_and_no_number(store: Store) -> None:
    symbols = latest(table("ehc_plans").filter(january="2026", plan_type="total"), "release").filter(
        pl.col("status").is_not_null()
    )
    found = amounts(store, "plans", "2026")
    assert set(found.excluded) == set(symbols["la_code"]) != set()
    assert found.excluded["921"] == "not available (suppressed) (x)"
    assert measure_figure(store, "plans", "921", "2026").value is None


def test_every_table_of_numbers_is_in_the_register(store: Store) -> None:
    items = {(measure.kind, measure.series, item) for measure in PLAIN.values() for item in measure.items}
    seen = 0
    for kind, published in {measure.kind: measure.published for measure in PLAIN.values()}.items():
        frame = store.table(published.table)
        series = published.before[1] if published.replaced == "series" else ""
        columns = [published.after, *([series] if series else [])]
        for row in frame.select(columns).unique().iter_rows(named=True):
            assert (kind, row.get(series, ""), row[published.after]) in items
            seen += 1
    assert seen > 60


def test_options_of_commands_are_those_of_the_register() -> None:
    choices = {name: get_args(get_args(getattr(options, name))[0]) for name in ("Measure", "PerOrNone", "Population")}
    assert choices["Measure"] == MEASURES
    assert choices["PerOrNone"] == PERS
    assert {*choices["Population"]} == {found.population for found in DENOMINATORS.values()} - {None}


@pytest.mark.parametrize(
    "figure_id",
    ["sum:block:2023-24:", "sum:pupils:2023-24:", "sum:pupils:x:919", "sum:x:2023-24:919", "sum:block:2023-24:zzz"],
)
def test_a_sum_of_nothing_is_one_clear_line(store: Store, figure_id: str) -> None:
    with pytest.raises(UsageError):
        resolve(store, figure_id)


def test_an_unknown_measure_names_the_nearest_and_a_period_without_figures_those_with(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no measure 'blocks'") as error:
        amounts(store, "blocks", "2023-24")
    assert error.value.todo == "Did you mean block?"
    with pytest.raises(UsageError, match="no plans by primary need") as error:
        amounts(store, "primary_need_asd", "2019")
    assert error.value.todo == "There are: 2025."
    with pytest.raises(UsageError, match="no cumulative DSG balance") as error:
        amounts(store, "balance", "2022-23")
    assert error.value.todo == "There are: 2019-20, 2020-21, 2021-22."
    with pytest.raises(UsageError, match="no figure for Cumberland in 2022-23"):
        measure_figure(store, "block", "942", "2022-23")


def test_the_command_lists_the_register_in_json_csv_and_words(hnf: Run) -> None:
    found = json.loads(hnf("measures", "--format", "json").out)
    names = [*PLAIN, *SHARES, *RATES]
    assert [row["name"] for row in found["measures"]] == names
    assert found["count"] == len(names)
    by_name = {row["name"]: row for row in found["measures"]}
    assert by_name["plans"]["periods"] == [str(year) for year in range(2010, 2027)]
    assert by_name["plans"]["areas"] == ["authority", "region", "England"]
    assert by_name["plans"]["period_kind"] == "January"
    assert by_name["balance"]["unit"] == "pct"
    assert by_name["balance"]["source"] == ["dsg_balance"]
    rate = by_name["nff_per_head_dfe"]
    assert (rate["numerator"], rate["denominator"]) == ("nff", "people_2_18_dfe")
    assert rate["source"] == ["dsg_high_needs_block", "population"]
    assert all(row["what"] and row["source"] for row in found["measures"])
    assert [row["name"] for row in found["measures"] if not row["periods"]] == [*NOT_PRINTED_YET]
    rows = list(csv.DictReader(io.StringIO(hnf("measures", "top-up", "budget", "--format", "csv").out)))
    assert len(rows) == 2 * (1 + 6 + 1)  # state and independent: net, six kinds of school, income
    assert rows[0]["what"].startswith("Top-up funding, maintained schools")
    shown = hnf("measures", "balance")
    assert shown.out.startswith("1 measure\n")
    assert "2019-20 to 2021-22" in shown.out


def test_the_command_knows_what_had_been_published_by_a_date(hnf: Run) -> None:
    found = json.loads(hnf("measures", "--edition", "2019-05-01", "--format", "json").out)["measures"]
    by_name = {row["name"]: row for row in found}
    assert by_name["block"]["periods"] == ["2019-20"]
    assert by_name["plans"]["periods"] == by_name["plans"]["areas"] == []
    assert hnf("measures", "nonsuch").code == 2


@pytest.mark.parametrize(
    "command",
    [
        ("rank", "--per", "plan"),
        ("gap", "Westminster", "--per", "plan"),
        ("compare", "Westminster", "--per", "plan"),
        ("rank-card", "Westminster"),
    ],
    ids=" ".join,
)
def test_a_rate_before_its_denominator_was_published_is_one_clear_line(hnf: Run, command: tuple[str, ...]) -> None:
    answer = hnf(*command, "--year", "2023-24", "--edition", "2023-12-31")
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.splitlines()[-1] == (
        "hnf: there is no rate per EHC plan: EHC plans, January 2023, are not in these tables as published by "
        "2023-12-31. Choose another year, another denominator, or a later --edition."
    )


def test_a_pack_before_plans_were_published_is_one_clear_line(hnf: Run, tmp_path: Path) -> None:
    answer = hnf("brief", "Westminster", "--edition", "2023-12-31", "--out", str(tmp_path / "pack"))
    assert answer.code == 2
    assert "are not in these tables as published by 2023-12-31" in answer.err
    assert not (tmp_path / "pack").exists()
