"""Parameter files: what ships says what the sources say, and every mistake in a file gets its own message."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from hnf.errors import FormulaError, UsageError
from hnf.formula.parameters import (
    IDACI_BANDS,
    PARAMETERS,
    PROXIES,
    SHIPPED_FOLDER,
    STATUSES,
    difference,
    known_years,
    load_parameters,
)
from hnf.years import FinancialYear

FIXTURES = Path(__file__).parents[1] / "fixtures"
BAD = FIXTURES / "bad" / "parameters"
SYNTHETIC = FIXTURES / "parameters_synthetic"
SHIPPED_YEARS = [
    "2018-19",
    "2019-20",
    "2020-21",
    "2021-22",
    "2022-23",
    "2023-24",
    "2024-25",
    "2025-26",
    "2026-27",
]
FORMULA_YEARS = SHIPPED_YEARS[:-1]

MESSAGES = {
    "bad_baseline_year": "floor_baseline_year: '2021' is not a financial year. Write it as 2023-24.",
    "bad_choice": "parameters.historic_spend_basis.value is 'guessed'. Give planned or actual.",
    "bad_flag": "basic_entitlement_includes_pay_and_pension_grants.value is 'yes'. Give true or false.",
    "bad_mid_year": "floor_population_mid_year.value is 'mid-2022'. Give a calendar year such as 2023.",
    "bad_status": "funding_floor_pct.status 'probable' is not known. Use published, derived, unverified, not_found.",
    "bad_terms": "floor_baseline_terms.value is ['nff']. Give a list of nff_in_protection, basic_entitlement_rate,",
    "date_as_text": "funding_floor_pct.checked is '2026-11-23', not a date. Write it as 2026-11-23, without quotes.",
    "empty_reference": "parameters.funding_floor_pct.reference is empty. Name the document, or what was searched.",
    "missing_parameters": "idaci_band_f_weight missing in parameters. Where no source was found, write status = ",
    "missing_reference": "reference missing in parameters.funding_floor_pct. Add it.",
    "missing_top_key": "financial_year missing in the top level. Add it.",
    "missing_value": "funding_floor_pct has the status published and no value. Add the value, or say not_found.",
    "name_not_year": "'weights.toml' is not. Name it like 2027-28.toml.",
    "name_other_spelling": "'2022-2023.toml' is not how hnf writes that year. Name it 2022-23.toml.",
    "no_parameters": "parameters is missing or not a table. Add [parameters.funding_floor_pct] …",
    "not_a_number": "parameters.funding_floor_pct.value is '8%', not a number. Give a number in pct.",
    "not_toml": "not readable as TOML (Expected ']' at the end of a table declaration (at line 9, column 30)).",
    "note_not_text": "parameters.funding_floor_pct.note is 1, not text. Put it in quotation marks.",
    "out_of_range": "historic_spend_share.value is 50, a value in share is between 0 and 1. Check the unit.",
    "parameter_not_table": "funding_floor_pct is not a table. Write [parameters.funding_floor_pct] with value, unit,",
    "schema_version": "schema_version is 2, this version of hnf reads 1. Write the file anew",
    "state_not_table": 'state is not a table. Write [state] and below it value = "formula".',
    "state_unknown": "state.value 'paused' is not known. Use formula or suspended.",
    "state_unknown_key": "unknown key 'refrence' in state. Did you mean reference?",
    "suspended_with_parameters": "the year is suspended and holds parameters. Remove [parameters], or set the state to",
    "suspended_without_message": "the year is suspended, but state.message is missing. Say what applies instead.",
    "unknown_parameter": "unknown key 'funding_flor_pct' in parameters. Did you mean funding_floor_pct?",
    "unknown_parameter_key": "unknown key 'refernce' in parameters.funding_floor_pct. Did you mean reference?",
    "unknown_top_key": "unknown key 'schema_verson' in the top level. Did you mean schema_version?",
    "value_with_not_found": "pct has a value and the status not_found. Remove the value, or say unverified.",
    "wrong_unit": "parameters.funding_floor_pct.unit is 'share', it is given in 'pct'. Convert the value.",
    "year_differs": "financial_year is 2021-22, but the name of the file says 2022-23. Correct the year",
    "year_unreadable": "financial_year: '2022-24' is not a financial year. Write it as 2023-24.",
}


@pytest.mark.parametrize("case", MESSAGES)
def test_each_mistake_gets_its_message(case: str) -> None:
    with pytest.raises(FormulaError) as caught:
        load_parameters("2022-23", BAD / case)
    line = caught.value.line()
    assert MESSAGES[case] in line
    assert str(BAD / case) in line
    assert "\n" not in line


def test_every_fixture_of_a_mistake_is_asserted() -> None:
    assert sorted(folder.name for folder in BAD.iterdir()) == sorted(MESSAGES)


def test_a_number_too_large_for_a_float_and_not_a_number_are_refused(tmp_path: Path) -> None:
    text = (BAD / "missing_parameters" / "2022-23.toml").read_text(encoding="utf-8")
    for value in ("9" * 400, "inf", "nan"):
        (tmp_path / "2022-23.toml").write_text(text.replace("value = 8.0", f"value = {value}"), encoding="utf-8")
        with pytest.raises(FormulaError, match="a value in pct is between 0 and 100"):
            load_parameters("2022-23", tmp_path)


def test_years_that_ship() -> None:
    assert [str(year) for year in known_years()] == SHIPPED_YEARS
    assert len(list(SHIPPED_FOLDER.iterdir())) == len(SHIPPED_YEARS)


def test_a_year_nobody_described_names_the_years_known() -> None:
    with pytest.raises(
        FormulaError, match=r"no parameter file of 2030-31; the years are 2018-19, .* Write 2030-31.toml"
    ):
        load_parameters("2030-31")
    with pytest.raises(UsageError, match="not a financial year"):
        load_parameters("2030")


# Expected: the funding floors and gains limits of the field notes, by year, with their status.
@pytest.mark.parametrize(
    ("year", "floor", "floor_status", "limit", "limit_status"),
    [
        ("2018-19", 0.5, "published", 3.0, "unverified"),
        ("2019-20", 1.0, "published", 6.0, "published"),
        ("2020-21", 8.0, "published", 17.0, "published"),
        ("2021-22", 8.0, "derived", 12.0, "derived"),
        ("2022-23", 8.0, "published", 11.0, "published"),
        ("2023-24", 5.0, "derived", 7.0, "derived"),
        ("2024-25", 3.0, "derived", 5.0, "derived"),
        ("2025-26", 7.0, "derived", 10.0, "derived"),
    ],
)
def test_floor_and_limit_of_each_year(
    year: str, floor: float, floor_status: str, limit: float, limit_status: str
) -> None:
    parameters = load_parameters(year)
    assert parameters.number("funding_floor_pct") == floor
    assert parameters.number("gains_limit_pct") == limit
    assert parameters.parameters["funding_floor_pct"].status == floor_status
    assert parameters.parameters["gains_limit_pct"].status == limit_status


# Expected: lowest basic entitlement rate of the field notes.
@pytest.mark.parametrize(
    ("year", "rate", "status"),
    [
        ("2018-19", 4000.0, "unverified"),
        ("2019-20", 4000.0, "derived"),
        ("2020-21", 4000.0, "derived"),
        ("2021-22", 4660.0, "derived"),
        ("2022-23", 4660.0, "published"),
        ("2023-24", 4660.0, "derived"),
        ("2024-25", 4660.0, "derived"),
        ("2025-26", 4660.0, "derived"),
    ],
)
def test_basic_entitlement_of_each_year(year: str, rate: float | None, status: str) -> None:
    parameter = load_parameters(year).parameters["basic_entitlement_rate_gbp"]
    assert (parameter.value, parameter.status) == (rate, status)


def test_additional_allocations() -> None:
    found = {
        year: load_parameters(year).parameters["additional_allocation_gbp"].value
        for year in FORMULA_YEARS
        if load_parameters(year).has_value("additional_allocation_gbp")
    }
    assert found == {"2018-19": 125e6, "2019-20": 125e6, "2022-23": 325e6, "2023-24": 400e6}
    assert load_parameters("2019-20").number("additional_per_head_gbp") == 11.0
    assert load_parameters("2019-20").value("additional_basis") == "population_2_18"
    assert load_parameters("2023-24").value("additional_basis") == "nff_before_gains_limit"


def test_definition_breaks() -> None:
    by_year = {year: load_parameters(year) for year in FORMULA_YEARS}
    actual = [year for year, known in by_year.items() if known.value("historic_spend_basis") == "actual"]
    grants = [y for y, known in by_year.items() if known.value("basic_entitlement_includes_pay_and_pension_grants")]
    assert actual == FORMULA_YEARS[4:]
    assert grants == FORMULA_YEARS[3:]
    assert by_year["2022-23"].value("floor_baseline_terms") == ("nff_in_protection",)
    assert by_year["2023-24"].value("floor_baseline_terms") == ("nff_in_protection", "additional")
    assert by_year["2019-20"].value("floor_baseline_year") == "2017-18"


@pytest.mark.parametrize("year", FORMULA_YEARS)
def test_weights_are_unverified_or_not_found_in_every_year(year: str) -> None:
    parameters = load_parameters(year)
    proxies = [parameters.parameters[f"proxy_{proxy}_share"] for proxy in PROXIES]
    assert sum(float(str(proxy.value)) for proxy in proxies) == pytest.approx(1.0, abs=1e-12)
    assert {proxy.status for proxy in proxies} == {"unverified"}
    assert {proxy.name for proxy in proxies} <= set(parameters.unverified)
    bands = [parameters.parameters[f"idaci_band_{band}_weight"] for band in IDACI_BANDS]
    assert {(band.value, band.status) for band in bands} == {(None, "not_found")}


@pytest.mark.parametrize("year", FORMULA_YEARS)
def test_every_shipped_value_says_where_it_comes_from(year: str) -> None:
    parameters = load_parameters(year).parameters
    assert list(parameters) == [name for name in PARAMETERS if name in parameters]
    for parameter in parameters.values():
        assert parameter.reference
        assert parameter.checked in (date(2026, 11, 23), date(2026, 11, 26))
        assert parameter.status in STATUSES
        assert (parameter.value is None) == (parameter.status == "not_found")
        assert "SYNTHETIC" not in parameter.reference


def test_the_suspended_year_is_a_state_with_a_message() -> None:
    suspended = load_parameters("2026-27")
    assert suspended.state == "suspended"
    assert suspended.parameters == {}
    assert "2025-26 rolls forward" in suspended.message
    assert "series break" in suspended.message
    assert "cut" not in suspended.message.replace("cannot", "")
    with pytest.raises(FormulaError, match="the formula is suspended in 2026-27"):
        suspended.number("funding_floor_pct")


def test_a_value_that_was_not_found_is_refused_by_name() -> None:
    parameters = load_parameters("2024-25")
    assert not parameters.has_value("idaci_band_a_weight")
    with pytest.raises(FormulaError, match="no public source was found for idaci_band_a_weight of 2024-25"):
        parameters.number("idaci_band_a_weight")
    with pytest.raises(FormulaError, match=r"2024-25 has no additional_allocation_gbp. Add \[parameters"):
        parameters.number("additional_allocation_gbp")
    with pytest.raises(FormulaError, match="historic_spend_basis is given in choice, not as a number"):
        parameters.number("historic_spend_basis")


def test_a_folder_adds_a_year_and_stands_before_what_ships(tmp_path: Path) -> None:
    assert known_years(SYNTHETIC)[-1] == FinancialYear.parse("2098-99")
    assert len(known_years(SYNTHETIC)) == len(SHIPPED_YEARS) + 1
    text = (SHIPPED_FOLDER / "2023-24.toml").read_text(encoding="utf-8")
    (tmp_path / "2023-24.toml").write_text(text.replace("value = 5.0", "value = 6.0", 1), encoding="utf-8")
    assert load_parameters("2023-24", tmp_path).number("funding_floor_pct") == 6.0
    assert load_parameters("2023-24", tmp_path).source == str(tmp_path / "2023-24.toml")
    assert load_parameters("2023-24").number("funding_floor_pct") == 5.0
    assert load_parameters("2023-24").source == "2023-24.toml"


def test_a_folder_that_is_missing_and_a_file_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(FormulaError, match="no such folder of parameter files"):
        known_years(tmp_path / "nowhere")
    (tmp_path / "2023-24.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FormulaError, match="cannot be read"):
        load_parameters("2023-24", tmp_path)


def test_difference_of_two_years() -> None:
    found = difference(load_parameters("2021-22"), load_parameters("2022-23"))
    changed = {
        change.name: (change.before.value, change.after.value)
        for change in found.changed
        if change.before and change.after
    }
    assert changed == {
        "gains_limit_pct": (12.0, 11.0),
        "floor_baseline_year": ("2020-21", "2021-22"),
        "floor_population_mid_year": (2021, 2022),
        "historic_spend_basis": ("planned", "actual"),
    }
    assert [change.name for change in found.added] == ["additional_allocation_gbp", "additional_basis"]
    assert found.removed == ()


def test_difference_reversed_and_with_itself() -> None:
    a, b = load_parameters("2021-22"), load_parameters("2022-23")
    assert [change.name for change in difference(b, a).removed] == [change.name for change in difference(a, b).added]
    itself = difference(a, a)
    assert (itself.changed, itself.added, itself.removed) == ((), (), ())


def test_difference_to_the_suspended_year_is_a_change_of_state() -> None:
    found = difference(load_parameters("2025-26"), load_parameters("2026-27"))
    assert (found.before.state, found.after.state) == ("formula", "suspended")
    assert found.changed == ()


def test_reordering_a_file_changes_nothing(tmp_path: Path) -> None:
    shutil.copy(SHIPPED_FOLDER / "2022-23.toml", tmp_path / "2022-23.toml")
    head, *blocks = (tmp_path / "2022-23.toml").read_text(encoding="utf-8").split("\n[parameters.")
    reordered = "\n[parameters.".join([head, *reversed([f"{block}\n" for block in blocks])])
    (tmp_path / "2022-23.toml").write_text(reordered, encoding="utf-8")
    assert list(load_parameters("2022-23", tmp_path).parameters.items()) == list(
        load_parameters("2022-23").parameters.items()
    )
