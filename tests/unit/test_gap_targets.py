"""Gaps to quartiles and neighbours, and what the pounds come to a head, a pupil, a plan and a school."""

import statistics
from collections.abc import Callable
from typing import Any

import pytest

from hnf.analysis.gaps import equivalents, gap, typical_school
from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.measures.notes import assumption
from hnf.measures.rates import RateSpec, rate_table
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
HEAD = RateSpec(FinancialYear(2023), "block", "head")
TARGETS = ("average", "median", "lower-quartile", "upper-quartile", "neighbours", "neighbours-2021", "825")


def test_quartiles_are_in_order_and_where_the_league_table_says(store: Store) -> None:
    rates = list(rate_table(store, HEAD).values.values())
    lower, median, upper = (gap(store, HEAD, "919", to).comparator_rate for to in TARGETS[2:0:-1] + TARGETS[3:4])
    assert lower < median < upper
    assert sum(rate <= lower for rate in rates) == pytest.approx(len(rates) / 4, abs=1)
    assert sum(rate >= upper for rate in rates) == pytest.approx(len(rates) / 4, abs=1)


def test_the_neighbours_rate_is_the_mean_of_theirs(store: Store) -> None:
    """By hand: the ten neighbours of Hertfordshire in the 2025 model, each counting once."""
    members = store.table("neighbours").filter(model="2025", la_code="919")["neighbour_la_code"].to_list()
    rates = rate_table(store, HEAD).values
    found = gap(store, HEAD, "919", "neighbours")
    assert len(members) == 10
    assert found.comparator == "neighbours-2025"
    assert found.comparator_rate == pytest.approx(statistics.fmean(rates[code] for code in members))
    older = gap(store, HEAD, "919", "neighbours", "2021")
    assert older.comparator == "neighbours-2021"
    assert older.comparator_rate != found.comparator_rate


def test_neighbours_without_a_rate_are_listed(hnf: Run, store: Store) -> None:
    spec = ("--year", "2023-24", "--per", "plan", "--to", "neighbours", "--format", "json")
    lacking = store.table("neighbours").filter(model="2025", neighbour_la_code="942")["la_code"].to_list()
    assert lacking
    found = hnf("gap", next(code for code in lacking if code != "943"), *spec).json
    assert [row["la_code"] for row in found["without_rate"]].count("942") == 1
    assert "predecessor only" in found["without_rate"][0]["reason"]


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("who", ["919", "202", "921"])
def test_every_id_is_the_value_it_printed_and_the_parts_agree(store: Store, who: str, to: str) -> None:
    found = gap(store, HEAD, who, to)
    payload = found.to_json()
    assert resolve(store, payload["figure_id"]).value == payload["gap_gbp"]
    assert resolve(store, payload["comparator_id"]).value == payload["comparator_rate_gbp"]
    for row in equivalents(store, found):
        assert row["value_gbp"] * row["denominator"] == pytest.approx(found.pounds)
        assert resolve(store, row["figure_id"]).value == row["value_gbp"]
    by_per = {row["per"]: row["value_gbp"] for row in equivalents(store, found)}
    assert by_per["head"] == pytest.approx(found.comparator_rate - found.own_rate)
    school = typical_school(store, found)
    assert school is not None
    assert school["value_gbp"] == pytest.approx(by_per["pupil"] * assumption("typical_school_pupils").value)
    figure = resolve(store, school["figure_id"])
    assert (figure.value, figure.basis) == (school["value_gbp"], "estimated")


def test_the_school_is_an_assumption_unless_it_is_given(store: Store) -> None:
    found = gap(store, HEAD, "919")
    stated, given = typical_school(store, found), typical_school(store, found, 1_000)
    assert stated is not None
    assert given is not None
    assert (stated["status"], given["status"]) == ("assumption", "given")
    assert stated["basis"] == given["basis"] == "estimated"
    assert given["value_gbp"] / stated["value_gbp"] == pytest.approx(1_000 / stated["school_pupils"])
    for size in (0, -5, float("inf"), float("nan")):
        with pytest.raises(UsageError, match="cannot be"):
            typical_school(store, found, size)


def test_the_contract_stays_and_more_is_said(hnf: Run) -> None:
    answer = hnf("gap", "919", "--year", "2023-24", "--per", "pupil", "--format", "json").json
    assert {"gap_gbp", "own_rate_gbp", "comparator_rate_gbp", "denominator"} <= set(answer)
    assert [row["per"] for row in answer["equivalents"]] == ["head", "pupil", "plan"]
    text = hnf("gap", "919", "--year", "2023-24", "--to", "neighbours").out
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "2025 model" in " ".join(text.split())
    assert "School: assumption" in text


def test_a_missing_denominator_is_said(hnf: Run) -> None:
    answer = hnf("gap", "Cumberland", "--year", "2023-24", "--format", "json").json
    plan = answer["equivalents"][2]
    assert plan["value_gbp"] is None
    assert "predecessor only: Cumbria (909)" in plan["reason"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("919", "--to", "upper-quartil"), "no authority is called 'upper-quartil'"),
        (("919", "--to", "neighbours", "--neighbours", "2019"), "2019"),
        (
            ("Cumberland", "--to", "neighbours", "--neighbours", "2021"),
            "2021 model of statistical neighbours has no set",
        ),
        (("City of London", "--to", "neighbours"), "City of London has no rate on this basis"),
        (("Cumbria", "--to", "median"), "Cumbria has no rate"),
        (("919", "--school-size", "0"), "a school of 0 pupils cannot be"),
        (("919", "--school-size", "many"), "'many' is not a number"),
    ],
)
def test_mistakes_get_one_line(hnf: Run, arguments: tuple[str, ...], expected: str) -> None:
    answer = hnf("gap", *arguments, "--year", "2023-24", "--per", "head")
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    "figure_id",
    [
        "gap:2023-24:block:pupil:neighbours-2019:919",
        "gapper:2023-24:block:pupil:average:919:house",
        "gapper:2023-24:block:pupil:average:942:plan",
        "gapschool:2023-24:block:pupil:average:919:x",
        "gapschool:2023-24:block:pupil:average:919:-1",
    ],
)
def test_ids_of_nothing_are_refused(store: Store, figure_id: str) -> None:
    with pytest.raises(UsageError):
        resolve(store, figure_id)
