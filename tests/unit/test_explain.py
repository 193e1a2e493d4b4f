"""Explaining an authority: steps, the rule that binds, words, and the change between two years."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hnf.analysis.explain import explain
from hnf.analysis.funding_change import PUPILS, RATE, ROUNDING, split_funding_change
from hnf.analysis.trace import resolve, trace
from hnf.commands import main
from hnf.errors import UsageError
from hnf.measures.published import block_frame, financial_years
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
Y19, Y20, Y21, Y22, Y23 = (FinancialYear(start) for start in range(2019, 2024))


def test_hertfordshire_in_words(store: Store) -> None:
    sentences = explain(store, "Hertfordshire", Y22).sentences
    assert (
        "Hertfordshire is on the floor: its rate per head aged 2 to 18 rises by the national minimum of 8%, whatever "
        "its proxies say."
    ) in sentences
    assert not any("Without the gains limit" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("who", "year", "words"),
    [
        ("Hertfordshire", "2023-24", "national minimum of 5%, whatever its proxies say"),
        ("Leeds", "2023-24", "national maximum of 7%"),
        ("Leeds", "2022-23", "is a known difference: column A is £190,543 below the gains limit"),
        ("Leeds", "2022-23", "would get £1.9 million more"),
        ("Northumberland", "2022-23", "is printed £132,333 below column A"),
        ("Isle of Wight", "2022-23", "The Isle of Wight is between the floor and the gains limit"),
        ("Isle of Wight", "2022-23", "£1,634 above the floor of 8%"),
        ("North Northamptonshire", "2022-23", "exactly the funding floor on a baseline with £18,000 more: 3 × £6,000"),
        ("Cumberland", "2023-24", "Together they are on the floor of Cumbria's baseline"),
        ("Dorset", "2021-22", "cannot be said: the ONS 2018-based projection of mid-2020 is not published for it"),
        ("Hertfordshire", "2021-22", "still contains hospital money"),
        ("Hertfordshire", "2020-21", "Floor and gains limit of 2020-21 cannot be recomputed"),
    ],
)
def test_words(store: Store, who: str, year: str, words: str) -> None:
    assert words in " ".join(explain(store, who, FinancialYear.parse(year)).sentences)


@pytest.mark.slow
def test_every_authority_of_every_year_is_explained(store: Store) -> None:
    explained = 0
    for year in financial_years(store):
        for code in block_frame(store, year)["area"]:
            found = explain(store, code, year)
            assert len(found.sentences) >= 2
            assert not any("None" in sentence or "nan" in sentence for sentence in found.sentences), found.sentences
            explained += 1
    assert explained == 149 + 149 + 150 + 150 + 151


def test_json_contract(hnf: Run) -> None:
    payload = hnf("explain", "919", "--year", "2022-23", "--format", "json").json
    steps = payload["steps"]
    assert [step["letter"] for step in steps] == ["A", "B×C", "D", "E", "F", "H"]
    assert all({"term", "letter", "value_gbp", "per_head_gbp", "figure_id"} <= step.keys() for step in steps)
    assert sum(step["value_gbp"] for step in steps) == pytest.approx(payload["published_total_gbp"], abs=1)
    assert sum(step["per_head_gbp"] for step in steps) == pytest.approx(payload["per_head_gbp"], abs=0.01)
    assert payload["gains_limit_loss_gbp"] == 0
    bound = payload["protection"]
    assert (bound["class"], bound["floor_pct"], bound["limit_pct"]) == ("floor", 8.0, 11.0)
    assert abs(bound["floor_distance_gbp"]) <= 2
    assert bound["limit_distance_gbp"] == pytest.approx(bound["limit_gbp"] - bound["published_gbp"])
    assert payload["against"] is None
    assert payload["sentences"]


def test_every_figure_id_of_an_answer_resolves(hnf: Run, store: Store) -> None:
    payload = hnf("explain", "909", "--year", "2022-23", "--against", "2021-22", "--format", "json").json
    for part in payload["against"]["parts"]:
        assert resolve(store, part["figure_id"]).value == pytest.approx(part["change_gbp"])
        assert trace(store, part["figure_id"]).cells
    for step in payload["steps"]:
        assert resolve(store, step["figure_id"]).value == pytest.approx(step["value_gbp"])
    assert resolve(store, payload["gains_limit_loss_figure_id"]).value == payload["gains_limit_loss_gbp"]


@pytest.mark.parametrize("order", ["shapley", "sheet"])
def test_the_parts_add_up_to_the_published_change(store: Store, order: str) -> None:
    authorities = Authorities.of(store)
    compared = 0
    for start, end in ((Y19, Y20), (Y20, Y21), (Y21, Y22), (Y22, Y23), (Y19, Y23)):
        for code in block_frame(store, end)["area"]:
            found = split_funding_change(store, authorities[code], (start, end), order)  # type: ignore[arg-type]
            assert sum(part.change_gbp for part in found.parts) == pytest.approx(found.change_gbp, abs=1e-4)
            rounding = next(part for part in found.parts if part.term == ROUNDING)
            assert abs(rounding.change_gbp) <= 1 + len(found.comparable_area.codes[1])
            compared += 1
    assert compared > 700


def test_the_two_orders_differ_only_within_the_basic_entitlement(store: Store) -> None:
    hertfordshire = Authorities.of(store)["919"]
    shapley, sheet = (
        {part.term: part.change_gbp for part in split_funding_change(store, hertfordshire, (Y20, Y21), order).parts}  # type: ignore[arg-type]
        for order in ("shapley", "sheet")
    )
    assert {term for term in shapley if abs(shapley[term] - sheet[term]) > 1} == {RATE, PUPILS}
    # By hand: (4,908.34 − 4,213.17) × 2,633.83 pupils of 2020-21, and × the mean of 2,633.83 and 2,756.83.
    assert sheet[RATE] == pytest.approx((4908.34 - 4213.17) * 2633.83, abs=20)
    assert shapley[RATE] == pytest.approx((4908.34 - 4213.17) * (2633.83 + 2756.83) / 2, abs=20)


def test_breaks_of_definition_are_stated(store: Store) -> None:
    hertfordshire = Authorities.of(store)["919"]

    def breaks(start: FinancialYear, end: FinancialYear) -> str:
        return " ".join(split_funding_change(store, hertfordshire, (start, end)).breaks)

    assert "pay and pension grants" in breaks(Y20, Y21)
    assert "Hospital money" in breaks(Y20, Y21)
    assert "a step in 2022-23 only" in breaks(Y21, Y22)
    assert "pay and pension" not in breaks(Y21, Y22)
    assert "part of the baseline of column A in 2023-24" in breaks(Y22, Y23)
    assert "shared by different rules" in breaks(Y19, Y22)


def test_reorganised_areas_are_compared_as_a_whole(store: Store) -> None:
    authorities = Authorities.of(store)
    cumbria = split_funding_change(store, authorities["942"], (Y22, Y23))
    assert cumbria.comparable_area.codes == (("909",), ("942", "943"))
    assert cumbria.after_gbp == 38_664_270 + 27_792_678  # printed
    northants = split_funding_change(store, authorities["941"], (Y20, Y23))
    assert northants.comparable_area.is_combined
    rate = next(part for part in northants.parts if part.term == RATE)
    assert "average rate" in rate.label


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("City of London", "--year", "2023-24"), "had no high needs allocation"),
        (("Hertforshire", "--year", "2023-24"), "Did you mean Hertfordshire"),
        (("Cumberland", "--year", "2022-23"), "ask for Cumbria"),
        (("919", "--year", "2016-17"), "no allocation for 2016-17"),
        (("919", "--year", "2026-27"), "suspended"),
        (("919", "--year", "2022-23", "--against", "2022-23"), "2022-23 is not before 2022-23"),
        (("919", "--year", "2022-23", "--against", "2023-24"), "2023-24 is not before 2022-23"),
        (("919", "--year", "2022-23", "--against", "2017-18"), "no allocation for 2017-18"),
        (("919", "--year", "2022-23", "--order", "guess"), "guess"),
    ],
)
def test_refusals_are_one_line(hnf: Run, arguments: tuple[str, ...], words: str) -> None:
    answer = hnf("explain", *arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert words in answer.err
    assert answer.err.count("\n") == 1


def test_tables_fit_eighty_columns_and_csv_has_the_rows(hnf: Run) -> None:
    for extra in ((), ("--against", "2022-23"), ("--against", "2022-23", "--order", "sheet")):
        lines = hnf("explain", "942", "--year", "2023-24", *extra).out.splitlines()
        assert max(map(len, lines)) <= 80
    rows = list(csv.DictReader(io.StringIO(hnf("explain", "919", "--year", "2023-24", "--format", "csv").out)))
    assert [row["letter"] for row in rows] == ["A", "B×C", "D", "E", "F", "H"]
    answer = hnf("explain", "919", "--year", "2023-24", "--against", "2022-23", "--format", "csv")
    assert next(csv.DictReader(io.StringIO(answer.out)))["term"] == "nff_in_protection"
    assert "order-free: the average of both orders (Shapley)" in answer.err


def test_unknown_year_pairs_raise(store: Store) -> None:
    with pytest.raises(UsageError, match="no figures of the high needs block"):
        split_funding_change(store, Authorities.of(store)["201"], (Y22, Y23))


def test_the_steps_can_be_drawn(tmp_path: Path) -> None:
    out = tmp_path / "leeds.png"
    assert main(["explain", "Leeds", "--year", "2022-23", "--chart", str(out), "--format", "json"]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["leeds.png"]


def test_a_chart_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "Leeds", "--year", "2022-23", "--chart", str(tmp_path / "leeds.bmp")]) == 2
    assert "a chart is written as .svg or .png" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
