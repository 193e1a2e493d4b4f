"""Factors of the user's own: ingested once, then used by `hnf allocate --by factors` and by scenarios.

All counts are SYNTHETIC. Expected values are worked out here from the CSV with polars and a bisection, not by hnf.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hnf as package
from hnf.errors import FormulaError, UsageError
from hnf.factors.inputs import INPUTS, NAMES
from hnf.formula.parameters import SHIPPED_FOLDER
from hnf.paths import data_folder

FIXTURES = Path(__file__).parents[1] / "fixtures"
SYNTHETIC = FIXTURES / "factors_synthetic.csv"
PARAMETERS = FIXTURES / "parameters_synthetic"
Run = Callable[..., Any]

BANDS = dict(zip("abcdef", (3.0, 2.5, 2.2, 2.0, 1.5, 1.0), strict=True))
PROXIES = (
    "population",
    "free_school_meals",
    "idaci",
    "bad_health",
    "disability_living_allowance",
    "ks2_low_attainment",
    "ks4_low_attainment",
)
STEPS = (
    "historic_spend",
    *PROXIES,
    "funding_floor",
    "gains_limit",
    "basic_entitlement",
    "import_export",
    "special_free_schools",
    "hospital_ap",
    "additional",
)


def expected(
    factors: pl.DataFrame,
    *,
    quantum: float,
    floor_pct: float,
    limit_pct: float,
    historic: float,
    proxies: dict[str, float],
    rate: float,
    additional: float,
) -> pl.DataFrame:
    """The formula as the published method says it, in polars; the pot by bisection."""
    counts = {
        "population": pl.col("population_2_18_count"),
        "idaci": sum((pl.col(f"idaci_band_{band}_count") * weight for band, weight in BANDS.items()), pl.lit(0.0)),
        **{name: pl.col(f"{name}_count") for name in PROXIES if name not in ("population", "idaci")},
    }
    weighted = factors.with_columns(
        **{f"w_{name}": count * pl.col("area_cost_adjustment_index") for name, count in counts.items()},
        last=pl.col("previous_baseline_per_head_gbp") * pl.col("population_2_18_count"),
    ).with_columns(
        historic=historic * pl.col("historic_spend_gbp"),
        floor=(1 + floor_pct / 100) * pl.col("last"),
        limit=(1 + limit_pct / 100) * pl.col("last"),
        share=sum(
            (part * pl.col(f"w_{name}") / pl.col(f"w_{name}").sum() for name, part in proxies.items()), pl.lit(0)
        ),
    )

    def inside(pot: float) -> pl.Expr:
        return (pl.col("historic") + pot * pl.col("share")).clip(pl.col("floor"), pl.col("limit"))

    low, high = 0.0, 100 * quantum
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if weighted.select(inside(middle).sum()).item() < quantum else (low, middle)
    formula = pl.col("historic") + low * pl.col("share")
    before_limit = pl.max_horizontal(formula, "floor")
    steps = weighted.with_columns(
        historic_spend="historic",
        **{name: low * part * pl.col(f"w_{name}") / pl.col(f"w_{name}").sum() for name, part in proxies.items()},
        funding_floor=before_limit - formula,
        gains_limit=inside(low) - before_limit,
        basic_entitlement=rate * pl.col("area_cost_adjustment_index") * pl.col("basic_entitlement_pupils_count"),
        import_export="import_export_gbp",
        special_free_schools="special_free_schools_gbp",
        hospital_ap="hospital_ap_gbp",
        additional=additional * before_limit / before_limit.sum(),
    )
    return steps.select("la_code", *STEPS).with_columns(total=pl.sum_horizontal(STEPS))


#: The rules in tests/fixtures/parameters_synthetic/2098-99.toml.
RULES = {
    "quantum": 1_275_500_000.0,
    "floor_pct": 4.0,
    "limit_pct": 9.0,
    "historic": 0.5,
    "proxies": dict(zip(PROXIES, (0.4, 0.15, 0.15, 0.05, 0.05, 0.1, 0.1), strict=True)),
    "rate": 5_000.0,
    "additional": 40_000_000.0,
}


def read(path: Path = SYNTHETIC) -> pl.DataFrame:
    return pl.read_csv(path, schema_overrides={"la_code": pl.String}, infer_schema_length=None)


def by_code(rows: list[dict], key: str) -> dict[str, float]:
    return {row["la_code"]: row[key] for row in rows}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, hnf: Run) -> Path:
    """A folder with the synthetic factors of 2098-99 and nothing else."""
    folder = tmp_path_factory.mktemp("own")
    answer = hnf("ingest", "factors", SYNTHETIC, "--year", "2098-99", "--parameters", PARAMETERS, "--data", folder)
    assert answer.code == 0, answer.err
    return folder


def scenario_file(folder: Path, *changes: str, year: str = "2098-99", baseline: str = "block_as_published") -> Path:
    path = folder / "mine.toml"
    top = f'schema_version = 1\ntitle = "T"\nauthor = "A"\nreference = "R"\nbaseline = "{baseline}"\nyear = "{year}"\n'
    path.write_text(top + "".join(f"\n[[change]]\n{change}\n" for change in changes), encoding="utf-8")
    return path


# --- allocate --by factors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", read()["la_code"].to_list())
def test_every_step_of_every_authority_is_the_published_method(hnf: Run, own: Path, code: str) -> None:
    answer = hnf("allocate", code, "--year", "2098-99", "--by", "factors", "--data", own, "--format", "json").json
    wanted = expected(read(), **RULES).filter(pl.col("la_code") == code).row(0, named=True)
    assert [step["term"] for step in answer["steps"]] == list(STEPS)
    for step in answer["steps"]:
        assert step["value_gbp"] == pytest.approx(wanted[step["term"]], abs=0.01), step["term"]
    assert answer["total_gbp"] == pytest.approx(wanted["total"], abs=0.01)
    assert math.fsum(step["value_gbp"] for step in answer["steps"]) == pytest.approx(answer["total_gbp"], abs=1e-6)
    assert answer["england"]["nff_in_protection_gbp"] == pytest.approx(RULES["quantum"], abs=0.01)
    assert answer["england"]["total_gbp"] == pytest.approx(expected(read(), **RULES)["total"].sum(), abs=0.05)


def test_a_step_says_count_weight_area_cost_and_that_it_is_estimated(hnf: Run, own: Path) -> None:
    answer = hnf(
        "allocate", "synthetic cherry", "--year", "2098-99", "--by", "factors", "--data", own, "--format", "json"
    )
    found = answer.json
    assert (found["la_code"], found["basis"], found["inputs"]["synthetic"]) == ("103", "estimated", True)
    assert {step["basis"] for step in found["steps"]} == {"estimated"}
    meals = next(step for step in found["steps"] if step["term"] == "free_school_meals")
    # The cells of the CSV, and the parameter file.
    assert (meals["count"], meals["rate"], meals["area_cost_adjustment_index"]) == (23_593, 0.15, 1.05)
    assert (meals["parameter"], meals["status"]) == ("proxy_free_school_meals_share", "unverified")
    basic = next(step for step in found["steps"] if step["term"] == "basic_entitlement")
    assert basic["value_gbp"] == pytest.approx(5_000 * 1.05 * 1_080)
    assert found["per"]["denominator"] == 130_110
    assert found["per"]["value_gbp"] == pytest.approx(found["total_gbp"] / 130_110)
    assert "proxy_idaci_share" in found["unverified_parameters"]
    assert "SYNTHETIC" in answer.err


def test_the_table_names_what_it_rests_on(hnf: Run, own: Path) -> None:
    answer = hnf("allocate", "101", "--year", "2098-99", "--by", "factors", "--data", own)
    said = " ".join(answer.out.split())
    assert "SYNTHETIC, as the file says: made up, no figures of England" in said
    assert "Every figure is estimated" in said
    assert "Unverified parameters, which no public source backs: funding_floor_pct" in said
    assert "All 14 authorities get £1,275,500,000 inside floor and limit, the quantum being £1,275,500,000" in said
    rows = list(csv.DictReader(io.StringIO(hnf(*_ask(own, "101"), "--format", "csv").out)))
    assert [row["term"] for row in rows] == list(STEPS)


def _ask(folder: Path, who: str, year: str = "2098-99") -> tuple[str | Path, ...]:
    return ("allocate", who, "--year", year, "--by", "factors", "--data", folder)


@pytest.mark.parametrize(
    ("who", "year", "message"),
    [
        ("Hertfordshire", "2098-99", "Hertfordshire (919) is not among the 14 authorities of factors_synthetic.csv"),
        ("Hertforshire", "2098-99", "no authority is called 'Hertforshire'. Did you mean Hertfordshire"),
        ("Cumbria", "2098-99", "Cumbria closed on 31 March 2023; for 2098-99 ask for Cumberland"),
        (
            "Hertfordshire",
            "2023-24",
            "no factors of 2023-24 have been ingested (there are those of 2098-99). Read them",
        ),
    ],
)
def test_who_and_year_that_cannot_be_answered(hnf: Run, own: Path, who: str, year: str, message: str) -> None:
    answer = hnf(*_ask(own, who, year))
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err


def test_without_factors_one_message_says_the_command_the_columns_and_the_workbook(hnf: Run, tmp_path: Path) -> None:
    path = scenario_file(tmp_path, 'kind = "historic_spend_share"\nshare = 0.25', year="2023-24")
    wanted = (hnf("allocate", "Kent", "--year", "2023-24", "--by", "factors"), hnf("scenario", "run", path))
    help_text = hnf("ingest", "factors", "--help").out
    for answer in wanted:
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert "'hnf ingest factors FILE --year 2023-24 --parameters DIR' and the same --data" in answer.err
        assert "'National funding formula tables for schools and high needs' on GOV.UK" in answer.err
        for column in (*NAMES, *INPUTS):
            if not re.match("idaci_band_[b-e]", column):
                assert column in answer.err
                assert column in help_text


# --- what is kept ------------------------------------------------------------------------------------------------


def test_what_is_kept_and_that_the_folder_still_answers_everything_else(hnf: Run, own: Path) -> None:
    kept = own / "factors" / "2098-99"
    assert {path.name for path in kept.iterdir()} == {"factors.csv", "source.json", "2098-99.toml"}
    assert json.loads((kept / "source.json").read_text(encoding="utf-8"))["file"] == "factors_synthetic.csv"
    assert (
        read(kept / "factors.csv")
        .drop("la_name")
        .equals(read().drop("la_name").cast(dict.fromkeys(INPUTS, pl.Float64)))
    )
    asked = ("allocate", "Kent", "--year", "2023-24", "--format", "json")
    assert hnf(*asked, "--data", own).out == hnf(*asked).out


def test_a_second_ingest_takes_the_place_of_the_first_and_a_refused_one_does_not(hnf: Run, tmp_path: Path) -> None:
    lines = SYNTHETIC.read_text(encoding="utf-8").splitlines()
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("\n".join(lines), encoding="utf-8")
    second.write_text("\n".join([*lines[:2], lines[2].replace(",8443,", ",c,"), *lines[3:]]), encoding="utf-8")
    given = ("--year", "2098-99", "--parameters", PARAMETERS, "--data", tmp_path / "data")
    assert hnf("ingest", "factors", first, *given).code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "data" / "factors" / "2098-99").iterdir()}
    refused = hnf("ingest", "factors", second, *given)
    assert (refused.code, refused.out) == (2, "")
    assert "free_school_meals_count: 'c' (confidential) is no number" in refused.err
    assert {path.name: path.read_bytes() for path in (tmp_path / "data" / "factors" / "2098-99").iterdir()} == before
    assert hnf("ingest", "factors", SYNTHETIC, *given).code == 0
    assert json.loads(hnf(*_ask(tmp_path / "data", "101"), "--format", "json").out)["inputs"]["file"] == SYNTHETIC.name


def test_the_users_folder_is_used_where_no_data_is_given(
    hnf: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HNF_DATA", str(tmp_path / "mine"))
    assert hnf("ingest", "factors", SYNTHETIC, "--year", "2098-99", "--parameters", PARAMETERS).code == 0
    assert hnf("allocate", "101", "--year", "2098-99", "--by", "factors").code == 0
    assert hnf("allocate", "Kent", "--year", "2023-24").err == ""


def test_parameters_beside_the_factors_are_used_too(hnf: Run, tmp_path: Path, own: Path) -> None:
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "2098-99.toml").write_bytes((PARAMETERS / "2098-99.toml").read_bytes())
    assert hnf("ingest", "factors", SYNTHETIC, "--year", "2098-99", "--data", tmp_path).code == 0
    assert not (tmp_path / "factors" / "2098-99" / "2098-99.toml").exists()
    found, other = (hnf(*_ask(folder, "101"), "--format", "json").json for folder in (tmp_path, own))
    assert found["steps"] == other["steps"]


def test_hostile_names_are_kept_and_shown_as_text(hnf: Run, tmp_path: Path) -> None:
    names = {"101": "=SYNTHETIC(1)", "102": "SYNTHETIC \x1b[31mred", "103": "'SYNTHETIC"}
    path = tmp_path / "mine.csv"
    named = pl.col("la_code").replace_strict(names, default=pl.col("la_name"))
    read().with_columns(la_name=named).write_csv(path)
    given = ("--year", "2098-99", "--parameters", PARAMETERS, "--data", tmp_path / "data")
    assert hnf("ingest", "factors", path, *given).code == 0
    for code, name in names.items():
        answer = hnf(*_ask(tmp_path / "data", code))
        assert "\x1b" not in answer.out + answer.err
        assert hnf(*_ask(tmp_path / "data", code), "--format", "json").json["la_name"].startswith(name[:10])
    kept = (tmp_path / "data" / "factors" / "2098-99" / "factors.csv").read_text(encoding="utf-8")
    assert "101,'=SYNTHETIC(1)" in kept


def test_a_damaged_folder_is_one_line(hnf: Run, own: Path, tmp_path: Path) -> None:
    kept = tmp_path / "factors" / "2098-99"
    kept.mkdir(parents=True)
    (kept / "factors.csv").write_bytes((own / "factors" / "2098-99" / "factors.csv").read_bytes())
    (kept / "source.json").write_text("{", encoding="utf-8")
    answer = hnf(*_ask(tmp_path, "101"))
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "what was kept of the factors of 2098-99 cannot be read. Give them again" in answer.err


# --- a year that is published, on made-up counts of all its authorities -------------------------------------------


def england(folder: Path) -> Path:
    """SYNTHETIC factors of every authority of 2023-24: counts by arithmetic on codes, last year between the bounds."""
    block = pl.read_csv(data_folder() / "tidy" / "dsg_high_needs_block.csv", infer_schema_length=0)
    year = block.filter(pl.col("financial_year") == "2023-24", pl.col("geographic_level") == "local_authority")
    year = year.filter(pl.col("edition") == year["edition"].max())
    printed = year.filter(pl.col("term") == "nff_in_protection").select("la_code", a=pl.col("value").cast(float))
    register = pl.read_csv(data_folder() / "tidy" / "authorities.csv", infer_schema_length=0)
    frame = printed.join(register.select("la_code", "la_name"), on="la_code", how="inner").sort("la_code")
    assert frame.height == 151
    code = pl.col("la_code").cast(int)
    counts = [name for name in INPUTS if name.endswith("_count") and name != "population_2_18_count"]
    frame = frame.select(
        "la_code",
        "la_name",
        "a",
        population_2_18_count=(pl.col("a") / 700).round(),
        **{
            name: (pl.col("a") / (20_000 + 97 * place) + code % (11 + place)).round()
            for place, name in enumerate(counts)
        },
        historic_spend_gbp=pl.col("a") * 0.5 + code * 100,
        previous_baseline_per_head_gbp=pl.col("a") / (pl.col("a") / 700).round() / 1.06,
        area_cost_adjustment_index=1 + (code % 18) / 100,
        import_export_gbp=(code - 600) * 1000.0,
        special_free_schools_gbp=pl.lit(0.0),
        hospital_ap_gbp=code * 1000.0,
    )
    path = folder / "england_synthetic.csv"
    frame.drop("a").select("la_code", "la_name", *INPUTS).write_csv(path)
    return path


def own_parameters(folder: Path) -> Path:
    """The shipped parameters of 2023-24 with SYNTHETIC weights of the IDACI bands, which no public source gives."""
    text = (SHIPPED_FOLDER / "2023-24.toml").read_text(encoding="utf-8")
    for band, weight in BANDS.items():
        head = f"[parameters.idaci_band_{band}_weight]\n"
        before, _, after = text.partition(head)
        body, gap, rest = after.partition("\n\n")
        body = body.replace('"not_found"', '"unverified"')
        text = f"{before}{head}value = {weight}\n{body}{gap}{rest}"
    folder.mkdir()
    (folder / "2023-24.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory, hnf: Run) -> Path:
    folder = tmp_path_factory.mktemp("england")
    path, parameters = england(folder), own_parameters(folder / "own")
    answer = hnf("ingest", "factors", path, "--year", "2023-24", "--parameters", parameters, "--data", folder / "data")
    assert answer.code == 0, answer.err
    return folder


def rules_2023() -> dict:
    """The quantum is column A as printed; the rest as `hnf/formula/parameters/2023-24.toml` says it."""
    block = pl.read_csv(data_folder() / "tidy" / "dsg_high_needs_block.csv", infer_schema_length=0)
    year = block.filter(pl.col("financial_year") == "2023-24", pl.col("geographic_level") == "local_authority")
    year = year.filter(pl.col("edition") == year["edition"].max(), pl.col("term") == "nff_in_protection")
    parts = dict(zip(PROXIES, (0.5, 0.1, 0.1, *(0.075,) * 4), strict=True))
    return {
        "quantum": math.fsum(year["value"].cast(float)),
        "floor_pct": 5.0,
        "limit_pct": 7.0,
        "historic": 0.5,
        "proxies": parts,
        "rate": 4_660.0,
        "additional": 400_000_000.0,
    }


def test_hertfordshire_by_factors_in_a_published_year(hnf: Run, made_up: Path) -> None:
    found = hnf(*_ask(made_up / "data", "Hertfordshire", "2023-24"), "--format", "json").json
    table = expected(read(made_up / "england_synthetic.csv"), **rules_2023())
    wanted = table.filter(pl.col("la_code") == "919").row(0, named=True)
    assert {step["term"]: step["value_gbp"] for step in found["steps"]} == pytest.approx(
        {term: wanted[term] for term in STEPS}, abs=0.05
    )
    assert found["england"]["quantum_gbp"] == pytest.approx(rules_2023()["quantum"], abs=1e-3)
    assert found["england"]["total_gbp"] == pytest.approx(table["total"].sum(), abs=1)
    assert found["england"]["quantum_status"] == "derived"
    published = hnf("allocate", "919", "--year", "2023-24", "--format", "json").json
    assert found["published_total_gbp"] == published["published_total_gbp"]
    # People aged 2 to 18 by ONS estimate, as without --by factors.
    assert found["per"]["denominator"] == published["per"]["denominator"]


def test_a_scenario_in_a_published_year_holds_the_pot(hnf: Run, made_up: Path, tmp_path: Path) -> None:
    path = scenario_file(tmp_path, 'kind = "historic_spend_share"\nshare = 0.25', year="2023-24")
    found = hnf("scenario", "run", path, "--year", "2023-24", "--data", made_up / "data", "--format", "json").json
    rules = rules_2023()
    factors = read(made_up / "england_synthetic.csv")
    before, after = expected(factors, **rules), expected(factors, **{**rules, "historic": 0.25})
    assert by_code(found["rows"], "baseline_gbp") == pytest.approx(
        dict(before.select("la_code", "total").iter_rows()), abs=0.1
    )
    assert by_code(found["rows"], "scenario_gbp") == pytest.approx(
        dict(after.select("la_code", "total").iter_rows()), abs=0.1
    )
    assert found["cost_gbp"] == 0
    assert found["winners"] > 0
    assert found["losers"] > 0


def edited(folder: Path, source: Path, change: Callable[[pl.DataFrame], pl.DataFrame], name: str = "mine.csv") -> Path:
    path = folder / name
    change(read(source)).write_csv(path)
    return path


def _row(frame: pl.DataFrame, code: str, **values: object) -> pl.DataFrame:
    at = pl.col("la_code") == code
    return frame.with_columns(
        pl.when(at).then(pl.lit(value)).otherwise(name).alias(name) for name, value in values.items()
    )


@pytest.mark.parametrize(
    ("change", "answered"),
    [
        (
            lambda f: f.filter(pl.col("la_code") != "919"),
            (1, "Hertfordshire (919) of 2023-24 missing; the others would share its money. Add the row"),
        ),
        (
            lambda f: f.filter(~pl.col("la_code").is_in(["886", "919"])),
            (1, "Kent (886), Hertfordshire (919) of 2023-24 missing; the others would share their money"),
        ),
        (
            lambda f: _row(f, "919", la_code="999"),
            (2, "la_code 999 (Hertfordshire) is not an authority of the register"),
        ),
        (
            lambda f: _row(f, "942", la_code="909"),
            (2, "la_code 909: Cumbria closed on 31 March 2023; for 2023-24 ask for"),
        ),
        (lambda f: _row(f, "919", la_name="Kent"), (2, "la_code 919 is Hertfordshire, the file calls it Kent")),
        (lambda f: pl.concat([f, f.filter(pl.col("la_code") == "919")]), (2, "la_code 919 appears more than once")),
        (lambda f: _row(f, "919", bad_health_count=-1.0), (2, "bad_health_count of authority 919 is negative (-1)")),
        (lambda f: f.with_columns(year=pl.lit("2022-23")), (2, "the file says 2022-23, --year says 2023-24")),
    ],
)
def test_files_that_are_refused(hnf: Run, made_up: Path, tmp_path: Path, change, answered: tuple[int, str]) -> None:
    path = edited(tmp_path, made_up / "england_synthetic.csv", change)
    given = ("--year", "2023-24", "--parameters", made_up / "own", "--data", tmp_path / "data")
    answer = hnf("ingest", "factors", path, *given)
    assert (answer.code, answer.out, answer.err.count("\n")) == (answered[0], "", 1)
    assert answered[1] in answer.err
    assert not (tmp_path / "data" / "factors").exists()


def test_the_name_of_a_file_may_say_another_year(hnf: Run, made_up: Path, tmp_path: Path) -> None:
    path = edited(tmp_path, made_up / "england_synthetic.csv", lambda frame: frame, "nff-2022-to-2023.csv")
    answer = hnf("ingest", "factors", path, "--year", "2023-24", "--parameters", made_up / "own")
    assert answer.code == 2
    assert "nff-2022-to-2023.csv: the file says 2022-23, --year says 2023-24" in answer.err


def test_a_missing_authority_is_taken_for_a_reason_that_every_answer_repeats(
    hnf: Run, made_up: Path, tmp_path: Path
) -> None:
    path = edited(tmp_path, made_up / "england_synthetic.csv", lambda f: f.filter(pl.col("la_code") != "919"))
    given = ("--year", "2023-24", "--parameters", made_up / "own", "--data", tmp_path / "data")
    assert hnf("ingest", "factors", path, *given, "--accept-worse", "not sent yet").code == 0
    answer = hnf(*_ask(tmp_path / "data", "Kent", "2023-24"))
    said = " ".join(answer.out.split())
    assert "Not in mine.csv (not sent yet), so that the others share the pot alone: Hertfordshire (919)." in said
    missing = hnf(*_ask(tmp_path / "data", "Hertfordshire", "2023-24"))
    assert (missing.code, missing.out) == (2, "")
    assert "Hertfordshire (919) is not among the 150 authorities of mine.csv" in missing.err
    # The pot is that of those in the file: column A as printed without Hertfordshire's.
    england_of = json.loads(hnf(*_ask(tmp_path / "data", "Kent", "2023-24"), "--format", "json").out)["england"]
    printed = hnf("allocate", "919", "--year", "2023-24", "--format", "json").json["steps"][0]["value_gbp"]
    assert england_of["quantum_gbp"] == pytest.approx(rules_2023()["quantum"] - printed, abs=0.01)


def test_shipped_parameters_lack_weights_and_all_of_them_are_named(hnf: Run, made_up: Path, tmp_path: Path) -> None:
    answer = hnf("ingest", "factors", made_up / "england_synthetic.csv", "--year", "2023-24", "--data", tmp_path)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert all(f"idaci_band_{band}_weight" in answer.err for band in BANDS)
    assert "nothing runs on a guess" in answer.err
    assert "--parameters DIR" in answer.err


def test_weights_that_do_not_add_up_are_refused(hnf: Run, tmp_path: Path) -> None:
    text = (PARAMETERS / "2098-99.toml").read_text(encoding="utf-8")
    (tmp_path / "2098-99.toml").write_text(text.replace("value = 0.4\n", "value = 0.3\n"), encoding="utf-8")
    answer = hnf("ingest", "factors", SYNTHETIC, "--year", "2098-99", "--parameters", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert "the proxy shares add up to 0.9, not to 1" in answer.err


def test_data_without_a_year_is_refused(hnf: Run, tmp_path: Path) -> None:
    answer = hnf("ingest", "factors", SYNTHETIC, "--data", tmp_path)
    assert answer.code == 2
    assert "factors are kept by year. Give --year" in answer.err


# --- scenarios ---------------------------------------------------------------------------------------------------

CHANGED = [
    ('kind = "historic_spend_share"\nshare = 0.3', {"historic": 0.3}),
    ('kind = "funding_floor"\npct = 5', {"floor_pct": 5.0}),
    ('kind = "gains_limit_rate"\npct = 30', {"limit_pct": 30.0}),
    (
        # The others keep their proportions: they have 0.85 of the pot together and get 0.7.
        'kind = "proxy_share"\nproxy = "idaci"\nshare = 0.3',
        {
            "proxies": {
                name: 0.3 if name == "idaci" else part * 0.7 / 0.85
                for name, part in zip(PROXIES, (0.4, 0.15, 0.15, 0.05, 0.05, 0.1, 0.1), strict=True)
            }
        },
    ),
]


@pytest.mark.parametrize("case", CHANGED, ids=[text.split('"')[1] for text, _ in CHANGED])
@pytest.mark.parametrize("baseline", ["block_as_published", "factors_as_ingested"])
def test_a_scenario_is_the_formula_under_the_changed_rule(
    hnf: Run, own: Path, tmp_path: Path, case: tuple[str, dict], baseline: str
) -> None:
    change, rules = case
    path = scenario_file(tmp_path, change, baseline=baseline)
    answer = hnf("scenario", "run", path, "--year", "2098-99", "--data", own, "--format", "json")
    found = answer.json
    before, after = expected(read(), **RULES), expected(read(), **{**RULES, **rules})
    assert by_code(found["rows"], "baseline_gbp") == pytest.approx(
        dict(before.select("la_code", "total").iter_rows()), abs=0.01
    )
    assert by_code(found["rows"], "scenario_gbp") == pytest.approx(
        dict(after.select("la_code", "total").iter_rows()), abs=0.01
    )
    assert math.fsum(row["change_gbp"] for row in found["rows"]) == pytest.approx(0, abs=0.01)
    assert found["england"]["scenario_gbp"] == pytest.approx(found["england"]["baseline_gbp"], abs=0.01)
    assert (found["cost_gbp"], found["basis"], found["baseline"]) == (0, "estimated", "factors_as_ingested")
    assert found["winners"] + found["losers"] + found["unchanged"] == 14
    joined = before.join(after, on="la_code", suffix="_after").sort("la_code")
    for row in found["rows"]:
        one = joined.filter(pl.col("la_code") == row["la_code"]).row(0, named=True)
        assert math.fsum(row["moved_by"].values()) == pytest.approx(row["change_gbp"], abs=1e-3)
        for term, pounds in row["moved_by"].items():
            assert pounds == pytest.approx(one[f"{term}_after"] - one[term], abs=0.01), (row["la_code"], term)
    assert "SYNTHETIC" in answer.err


def test_on_a_bound_before_and_after_the_rule_is_what_moves(hnf: Run, own: Path, tmp_path: Path) -> None:
    path = scenario_file(tmp_path, 'kind = "funding_floor"\npct = 5')
    rows = hnf("scenario", "run", path, "--data", own, "--format", "json").json["rows"]
    on_floor = [row for row in rows if row["binding_before"] == row["binding_after"] == "floor"]
    assert len(on_floor) >= 4
    assert {row["moved_most_by"] for row in on_floor} == {"funding_floor"}
    assert all("on the funding floor before and after" in row["in_words"] for row in on_floor)


def test_several_changes_are_made_in_their_order_and_each_holds_the_pot(hnf: Run, own: Path, tmp_path: Path) -> None:
    path = scenario_file(tmp_path, *(text for text, _ in CHANGED))
    found = hnf("scenario", "run", path, "--data", own, "--format", "json").json
    wanted = expected(read(), **{**RULES, **{k: v for _, rules in CHANGED for k, v in rules.items()}})
    assert by_code(found["rows"], "scenario_gbp") == pytest.approx(
        dict(wanted.select("la_code", "total").iter_rows()), abs=0.01
    )
    assert [change["cost_gbp"] for change in found["changes"]] == [0, 0, 0, 0]
    assert found["changes"][1]["in_words"] == "funding floor from 4% to 5%; the quantum of £1,275,500,000 is held"


def test_table_csv_chart_and_comparison(hnf: Run, own: Path, tmp_path: Path) -> None:
    path = scenario_file(tmp_path, CHANGED[0][0])
    other = tmp_path / "other.toml"
    other.write_text(path.read_text(encoding="utf-8").replace("0.3", "0.7"), encoding="utf-8")
    chart = tmp_path / "chart.svg"
    said = " ".join(hnf("scenario", "run", path, "--data", own, "--chart", chart).out.split())
    assert "Moved most by" in said
    assert "The total is held." in said
    assert "Baseline: the formula on these factors, every figure estimated." in said
    assert "SYNTHETIC, as the file says" in chart.read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(hnf("scenario", "run", path, "--data", own, "--format", "csv").out)))
    assert len(rows) == 14
    assert {"moved_by.historic_spend", "moved_most_by", "binding_after", "basis"} <= set(rows[0])
    compared = hnf("scenario", "compare", path, other, "--data", own, "--format", "json").json
    assert compared["basis"] == "estimated"
    assert math.fsum(row["difference_gbp"] for row in compared["rows"]) == pytest.approx(0, abs=0.01)
    assert "factors as ingested" in hnf("scenario", "show", path).out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (['kind = "funding_floor"\npct = 12'], "change 1: the funding floor of 12% is above the gains limit of 9%"),
        (
            ['kind = "funding_floor"\npct = 9', 'kind = "gains_limit_rate"\npct = 9'],
            "over the quantum of £1,275,500,000",
        ),
        (
            [CHANGED[0][0], 'kind = "uplift"\npct = 1\nterm = "block"'],
            "change 2: the change 'uplift' is made of the published",
        ),
    ],
)
def test_changes_that_cannot_be_made(hnf: Run, own: Path, tmp_path: Path, changes: list[str], message: str) -> None:
    answer = hnf("scenario", "run", scenario_file(tmp_path, *changes), "--data", own)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations(range(4)),
    st.tuples(st.floats(0, 0.6), st.floats(0, 1), st.floats(0, 4), st.floats(9, 1000)),
)
def test_whatever_the_scenario_the_pot_is_held(
    hnf: Run, own: Path, tmp_path: Path, order: list[int], numbers: tuple[float, ...]
) -> None:
    changes = [
        f'kind = "historic_spend_share"\nshare = {numbers[0]!r}',
        f'kind = "proxy_share"\nproxy = "idaci"\nshare = {numbers[1]!r}',
        f'kind = "funding_floor"\npct = {numbers[2]!r}',
        f'kind = "gains_limit_rate"\npct = {numbers[3]!r}',
    ]
    path = scenario_file(tmp_path, *(changes[place] for place in order))
    found = hnf("scenario", "run", path, "--data", own, "--format", "json").json
    basic = 5_000 * pl.col("area_cost_adjustment_index") * pl.col("basic_entitlement_pupils_count")
    others = basic + pl.sum_horizontal("import_export_gbp", "special_free_schools_gbp", "hospital_ap_gbp")
    outside = read().select(others.sum()).item() + 40_000_000
    assert math.fsum(row["scenario_gbp"] for row in found["rows"]) - outside == pytest.approx(1_275_500_000, abs=0.01)
    for row in found["rows"]:
        assert math.fsum(row["moved_by"].values()) == pytest.approx(row["change_gbp"], abs=1e-3)


def test_a_folder_with_factors_only_says_that_the_tables_are_the_shipped_ones(hnf: Run, own: Path) -> None:
    answer = hnf("rank", "--year", "2023-24", "--data", own, "--format", "json")
    assert answer.code == 0
    assert "holds factors only" in answer.err


def test_a_folder_of_other_files_is_no_folder_of_factors(hnf: Run, tmp_path: Path) -> None:
    """A folder that is called factors but was not ingested must not make the shipped tables the answer."""
    (tmp_path / "factors").mkdir()
    (tmp_path / "factors" / "mine.csv").write_text("la_code\n")
    answer = hnf("rank", "--year", "2023-24", "--data", tmp_path)
    assert (answer.code, answer.out) == (2, "")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"who": "Hertfordshir"}, "Did you mean Hertfordshire"),
        ({"who": None}, "None"),
        ({"year": "last year"}, "last year"),
        ({"year": None}, "None"),
        ({"per": "hed"}, "Did you mean head"),
        ({"population": "onz"}, "Did you mean ons"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_said_with_what_there_is(made_up: Path, wrong: dict[str, Any], said: str) -> None:
    store = package.Store(made_up / "data")
    right = {"who": "Hertfordshire", "year": "2023-24", "per": "head", "population": "ons"}
    assert package.allocate_by_factors(store, **right).to_json()
    with pytest.raises((UsageError, FormulaError), match=re.escape(said)):
        package.allocate_by_factors(store, **{**right, **wrong})
