"""`hnf parameters` and `hnf ingest factors`, as a user calls them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from hnf.commands import main

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
SYNTHETIC = str(FIXTURES / "factors_synthetic.csv")
SYNTHETIC_PARAMETERS = str(FIXTURES / "parameters_synthetic")


@pytest.fixture
def ask(capsys):
    def run(*arguments):
        code = main([*arguments, "--format", "json"])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if captured.out else None, captured.err

    return run


def test_parameters_of_a_year_have_value_unit_reference_and_status(ask):
    code, answer, _ = ask("parameters", "--year", "2022-23")
    assert code == 0
    by_name = {row["name"]: row for row in answer["parameters"]}
    # FIELD: floor 8%, gains limit 11%, basic entitlement £4,660, additional £325 million in 2022-23.
    assert by_name["funding_floor_pct"]["value"] == 8
    assert by_name["gains_limit_pct"]["value"] == 11
    assert by_name["basic_entitlement_rate_gbp"]["value"] == 4660
    assert by_name["additional_allocation_gbp"]["value"] == 325_000_000
    assert by_name["proxy_population_share"]["status"] == "unverified"
    assert by_name["idaci_band_a_weight"]["value"] is None
    assert by_name["idaci_band_a_weight"]["status"] == "not_found"
    assert all(row["reference"] and row["unit"] and row["checked"] for row in answer["parameters"])


def test_all_years_are_listed_and_the_suspended_one_is_a_state(ask):
    code, answer, err = ask("parameters")
    assert code == 0
    states = {year["financial_year"]: year["state"] for year in answer["years"]}
    assert list(states) == [f"{start}-{start % 100 + 1:02d}" for start in range(2018, 2027)]
    assert states["2026-27"] == "suspended"
    assert [year for year, state in states.items() if state != "formula"] == ["2026-27"]
    assert "suspended in 2026-27" in err


def test_difference_of_two_years(ask):
    code, answer, _ = ask("parameters", "--diff", "2022-23", "2023-24")
    assert code == 0
    changed = {row["name"]: (row["before"], row["after"]) for row in answer["changes"] if row["kind"] == "changed"}
    assert changed["funding_floor_pct"] == (8, 5)
    assert changed["gains_limit_pct"] == (11, 7)
    assert changed["floor_baseline_terms"] == (["nff_in_protection"], ["nff_in_protection", "additional"])


def test_difference_into_the_suspended_year_says_so_and_extrapolates_nothing(ask):
    code, answer, err = ask("parameters", "--diff", "2025-26", "2026-27")
    assert code == 0
    assert answer["state"] == {"before": "formula", "after": "suspended"}
    assert {row["kind"] for row in answer["changes"]} == {"removed"}
    assert "series break" in err


@pytest.mark.parametrize("arguments", [["--year", "2031-32"], ["--diff", "2022-23", "2031-32"]])
def test_a_year_without_a_file_is_refused_with_the_years_there_are(ask, arguments):
    code, answer, err = ask("parameters", *arguments)
    assert (code, answer) == (2, None)
    assert "2031-32" in err
    assert "2018-19" in err
    assert err.count("\n") == 1


def test_a_year_that_is_no_year_is_refused(ask):
    code, answer, err = ask("parameters", "--diff", "2022-23", "soon")
    assert (code, answer) == (2, None)
    assert "'soon' is not a financial year" in err


def test_factors_are_read_and_every_column_is_accounted_for(ask):
    code, answer, _ = ask("ingest", "factors", SYNTHETIC)
    assert code == 0
    assert answer["authorities"] == 14
    assert answer["not_found"] == []
    assert all(column["heading"] for column in answer["columns"])


def test_missing_columns_are_named_and_nothing_is_written(ask, tmp_path):
    rows = list(csv.reader(io.StringIO(Path(SYNTHETIC).read_text(encoding="utf-8"))))
    drop = rows[0].index("ks2_low_attainment_count")
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join(",".join(c for i, c in enumerate(row) if i != drop) for row in rows), encoding="utf-8")
    out = tmp_path / "out.csv"
    code, answer, err = ask("ingest", "factors", str(broken), "--out", str(out))
    assert code == 2
    assert answer["not_found"] == ["ks2_low_attainment_count"]
    assert "ks2_low_attainment_count" in err
    assert not out.exists()


def test_written_factors_read_back_the_same(ask, tmp_path):
    out = tmp_path / "factors.csv"
    assert ask("ingest", "factors", SYNTHETIC, "--out", str(out))[0] == 0
    code, answer, _ = ask("ingest", "factors", str(out), "--year", "2098-99", "--parameters", SYNTHETIC_PARAMETERS)
    assert code == 0
    again = ask("ingest", "factors", SYNTHETIC, "--year", "2098-99", "--parameters", SYNTHETIC_PARAMETERS)[1]
    assert answer["rows"] == again["rows"]
    assert {row["binding"] for row in answer["rows"]} == {"floor", "limit", "between"}
    assert [path.name for path in tmp_path.iterdir()] == ["factors.csv"]


def test_real_years_lack_weights_and_say_which(ask):
    """No public source gives the IDACI weights: the formula is refused, never run on a guess."""
    code, answer, err = ask("ingest", "factors", SYNTHETIC, "--year", "2023-24")
    assert (code, answer) == (2, None)
    assert "no public source was found for" in err or "has no formula_quantum_gbp" in err
