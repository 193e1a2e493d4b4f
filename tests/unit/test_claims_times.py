"""Times counted from another: the count of plans of that January, from the file, makes a statement true or not."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl
import pytest

from hnf.claims.check import check_text
from hnf.claims.grammar import read_text
from hnf.tables.store import Store

TIDY = Path(__file__).parents[2] / "data" / "tidy"
SAID = "2026-11-26"
CODES = {"Kent": "886", "Leeds": "383", "Hertfordshire": "919", "Nottinghamshire": "891"}


@pytest.fixture(scope="module")
def plans() -> dict[tuple[str, int], int]:
    """Count of plans and statements by place and January, as last published."""
    found = {}
    with (TIDY / "ehc_plans.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["plan_type"] == "total" and row["age_group"] == "total" and row["count"]:
                found[row["la_code"], int(row["january"]), row["release"]] = int(row["count"])
    last = {key[:2]: count for key, count in sorted(found.items(), key=lambda item: item[0][2])}
    return {(place, january): last[code, january] for place, code in CODES.items() for january in range(2010, 2027)}


#: What follows a first sentence with the count of January 2016, and the January whose count it gives.
LATER_LEVELS = [
    ("Six years later there were {n}.", 2022),
    ("Six years on there were {n}.", 2022),
    ("Half a decade on, there were {n}.", 2021),
    ("A decade later the number was {n}.", 2026),
    ("A decade afterwards, there were {n}.", 2026),
    ("The following year there were {n}.", 2017),
    ("In the next year, there were {n}.", 2017),
    ("The year after, there were {n}.", 2017),
    ("Three years after that, there were {n}.", 2019),
    ("Two years earlier it had {n}.", 2014),
    ("Two years earlier the number was {n}.", 2014),
    ("Four years after 2018 there were {n} EHC plans in {place}.", 2022),
    ("Two years before 2022 there were {n} EHC plans in {place}.", 2020),
    ("The year before January 2022 there were {n} EHC plans in {place}.", 2021),
    ("At that time there were {n}.", 2016),
    ("Five years ago it had {n}.", 2021),
]


@pytest.mark.parametrize("place", ["Kent", "Leeds"])
@pytest.mark.parametrize(("said", "january"), LATER_LEVELS)
def test_a_number_at_a_time_counted_from_another(
    store: Store, plans: dict[tuple[str, int], int], place: str, said: str, january: int
) -> None:
    first = f"{place} had {plans[place, 2016]:,} EHC plans in January 2016."
    count = plans[place, january]
    for number, code in ((count, ("true",)), (round(count * 1.2), ("untrue", "not_understood"))):
        found = check_text(store, f"{first} {said.format(n=f'{number:,}', place=place)}", said=SAID)
        assert [one.reading and one.reading.number and one.reading.number.value for one in found] == [
            plans[place, 2016],
            number,
        ]
        assert found[0].code == "true"
        assert found[1].code in code, found[1].sentence


#: A change, with the two Januaries it is between.
CHANGES = [
    ("EHC plans in {place} came to {first} in January 2016 and had risen by {pct}% six years on", 2016, 2022),
    (
        "EHC plans in {place} came to {first} in January 2016. Six years later the number had risen by {pct}%.",
        2016,
        2022,
    ),
    ("EHC plans in {place} rose by {pct}% in the six years after 2016", 2016, 2022),
    ("EHC plans in {place} rose by {pct}% in the six years following January 2016", 2016, 2022),
    ("EHC plans in {place} rose by {pct}% in the decade after 2014", 2014, 2024),
    ("A decade after 2014, EHC plans in {place} had risen by {pct}%", 2014, 2024),
    ("Five years on from 2018, EHC plans in {place} had risen by {pct}%", 2018, 2023),
    ("Over the five years to 2024, EHC plans in {place} rose by {pct}%", 2019, 2024),
    ("In the six years before 2022 EHC plans in {place} rose by {pct}%", 2016, 2022),
    ("EHC plans in {place} came to {first} in 2016. Since then they have risen by {pct}%.", 2016, 2026),
    ("EHC plans in {place} came to {first} in 2016; between then and 2023 the number rose by {pct}%", 2016, 2023),
    ("EHC plans in {place} rose to {first} in 2016 and then by {pct}% by 2022", 2016, 2022),
    ("In 2016 {place} had {first} EHC plans; over the next six years they rose by {pct}%", 2016, 2022),
    ("EHC plans in {place} rose by 3% between 2012 and 2016, and in the five years after that by {pct}%", 2016, 2021),
    ("EHC plans in {place} came to {first} in 2017. They have since risen by {pct}%.", 2017, 2026),
    ("EHC plans in {place} rose by 3% from 2015 to 2016 and by {pct}% over the six years that followed", 2016, 2022),
    ("In 2016 {place} had {first} EHC plans. They rose by {pct}% the following year.", 2016, 2017),
]


@pytest.mark.parametrize("place", ["Kent", "Hertfordshire", "Nottinghamshire"])
@pytest.mark.parametrize(("said", "years"), [(said, years) for said, *years in CHANGES])
def test_a_change_to_a_time_counted_from_another(
    store: Store, plans: dict[tuple[str, int], int], place: str, said: str, years: tuple[int, int]
) -> None:
    start, end = years
    change = (plans[place, end] / plans[place, start] - 1) * 100
    for pct, code in ((change, ("true",)), (change + 7, ("untrue",)), (change * 2 + 9, ("untrue",))):
        text = said.format(place=place, first=f"{plans[place, start]:,}", pct=f"{pct:.1f}")
        last = check_text(store, text, said=SAID)[-1]
        assert last.code in code, (text, last.sentence)
        assert last.reading
        assert last.reading.form == "change"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("more than doubled within six years of 2016", "true"),  # 2.5 times
        ("doubled within six years of 2016", "true"),
        ("quadrupled within six years of January 2016", "untrue"),
    ],
)
def test_within_years_of_a_time(store: Store, plans: dict[tuple[str, int], int], said: str, code: str) -> None:
    assert 2.4 < plans["Kent", 2022] / plans["Kent", 2016] < 2.6
    (found,) = check_text(store, f"EHC plans in Kent, statements with them, {said}", said=SAID)
    # Plans without statements grew by more than four times: conversion, not growth.
    assert found.code == ("true_on_some_bases" if code == "untrue" else code)
    assert found.reading
    assert (found.reading.start and found.reading.start.january, found.reading.end and found.reading.end.january) == (
        2016,
        2022,
    )


def test_devon_more_than_doubled_six_years_on(store: Store) -> None:
    """3,718 in January 2017 and 8,400 in January 2023, as printed."""
    text = "Statements and plans in Devon came to 3,718 in January 2017 and had {} six years on"
    assert [one.code for one in check_text(store, text.format("more than doubled"), said=SAID)] == ["true", "true"]
    assert [one.code for one in check_text(store, text.format("fallen by half"), said=SAID)] == ["true", "untrue"]


@pytest.mark.parametrize(
    "text",
    [
        "Six years later the number of EHC plans in Devon had more than doubled.",
        "Kent has 21,742 EHC plans. Six years later the number had more than doubled.",
        "Kent had 7,043 EHC plans in 2016. A few years later the number had more than doubled.",
        "Kent had 7,043 EHC plans in 2016. In the following years the number more than doubled.",
        "Ten years after the reforms, EHC plans in Kent have risen by 140%.",
        "EHC plans in Kent rose by 5% in the year after the Act.",
        "Five years before the pandemic Kent had 7,043 EHC plans.",
        "Since then EHC plans in Kent have risen by 23%.",
        "By then EHC plans in Kent had doubled.",
        "EHC plans in Kent had doubled by 2022.",
        "EHC plans in Kent will rise by 50% over the next five years.",
        "EHC plans in Kent have trebled since 2016, and will rise by 20% over the next five years.",
        "EHC plans in Kent have trebled since 2016. They will rise by 20% in the coming five years.",
        "Kent had 7,043 EHC plans in 2016. Ten years from now it will have 30,000.",
        "In 2016, Kent had 7,043 EHC plans; that has since risen to 21,742.",
        "EHC plans in Kent have since risen by 23%.",
        "Ten years on from the Children and Families Act 2014, EHC plans in Leeds have trebled.",
        "EHC plans in Kent grew by 9% a year after 2016.",
        "EHC plans in Kent grew by 16% a year in the six years after 2016.",
    ],
)
def test_a_time_that_counts_from_none_is_not_understood(store: Store, text: str) -> None:
    assert check_text(store, text, said=SAID)[-1].code == "not_understood"


@pytest.mark.parametrize(
    "text",
    [
        "Kent had 7,043 EHC plans in 2016. Eighteen months later there were 9,000.",
        "High needs funding in Kent was £249.0 million in 2021-22. Eighteen months later it was £270 million.",
        "EHC plans in Kent will rise by 5% next year.",
    ],
)
def test_a_time_without_a_table_needs_data(store: Store, text: str) -> None:
    assert check_text(store, text, said=SAID)[-1].code == "needs_data"


def test_each_time_before_its_number(store: Store, plans: dict[tuple[str, int], int]) -> None:
    numbers = [plans["Kent", year] for year in (2016, 2021, 2022)]
    text = "In 2016 Kent had {:,} EHC plans, in 2021 {:,} and in 2022 {:,}".format(*numbers)
    assert [one.code for one in check_text(store, text, said=SAID)] == ["true"] * 3
    text = "In 2016 Kent had {:,} EHC plans. Five years later it had {:,} and the year after that {:,}."
    assert [one.code for one in check_text(store, text.format(*numbers), said=SAID)] == ["true"] * 3
    assert [one.code for one in check_text(store, text.format(numbers[0], *numbers[:0:-1]), said=SAID)] == [
        "true",
        "untrue",
        "untrue",
    ]


def test_a_number_within_years_of_the_first(store: Store, plans: dict[tuple[str, int], int]) -> None:
    for ending in ("within five years", "in five years"):
        text = f"EHC plans in Leeds went from {plans['Leeds', 2015]:,} in 2015 to {{:,}} {ending}"
        for count, code in ((plans["Leeds", 2020], "true"), (plans["Leeds", 2015] + 9, "untrue")):
            found = check_text(store, text.format(count), said=SAID)
            assert (found[0].code, found[1].code) == ("true", code), found[1].sentence
    text = "In 2015 Leeds had 2,160 EHC plans. Within five years that had {}."
    assert plans["Leeds", 2020] / plans["Leeds", 2015] == pytest.approx(2.01, abs=0.01)
    assert check_text(store, text.format("doubled"), said=SAID)[1].code == "true"
    assert check_text(store, text.format("halved"), said=SAID)[1].code == "untrue"


def _neighbours(code: str) -> list[str]:
    frame = pl.read_csv(TIDY / "neighbours.csv", schema_overrides={"la_code": str, "neighbour_la_code": str})
    frame = frame.filter(pl.col("model") == frame["model"].max(), pl.col("la_code") == code)
    return frame["neighbour_la_code"].to_list()


@pytest.mark.parametrize(
    ("words", "is_most"),
    [
        ("has more EHC plans than any of its neighbours", True),
        ("had more EHC plans in January 2026 than all of its statistical neighbours", True),
        ("had fewer EHC plans in January 2026 than any of its ten statistical neighbours", False),
    ],
)
def test_more_than_any_neighbour(store: Store, words: str, is_most: bool) -> None:
    """True only above (or below) all ten, and those that are not are named."""
    with (TIDY / "ehc_plans.csv").open(encoding="utf-8", newline="") as file:
        counts = {
            row["la_code"]: int(row["count"])
            for row in csv.DictReader(file)
            if (row["january"], row["plan_type"], row["age_group"]) == ("2026", "total", "total") and row["count"]
        }
    with (TIDY / "authorities.csv").open(encoding="utf-8", newline="") as file:
        names = {row["la_code"]: row["la_name"] for row in csv.DictReader(file)}
    seen = set()
    for code in ("383", "919", "886", "891", "856"):
        ten = _neighbours(code)
        assert len(ten) == 10
        ahead = [one for one in ten if (counts[one] > counts[code]) == is_most]
        (found,) = check_text(store, f"{names[code]} {words}", said=SAID)
        assert found.code == ("untrue" if ahead else "true"), found.sentence
        said = " ".join(found.remarks)
        assert all(names[one].split(",")[0] in said for one in ahead)
        others = "|".join(re.escape(names[one]) for one in ten if one not in ahead)
        assert not ahead or not re.search(rf"(?:: |, |and )(?:{others})(?:,|\.| and)", said)
        seen.add(bool(ahead))
    assert True in seen


def test_none_of_its_neighbours_gets_less(store: Store) -> None:
    (said,) = read_text(store, "In Leeds none of its neighbours gets less per head in 2023-24")
    (same,) = read_text(store, "Leeds gets less per head than any of its neighbours in 2023-24")
    assert (said.end_of_rank, said.number and said.number.value) == ("lowest", 1.0)
    assert (same.end_of_rank, same.group) == (said.end_of_rank, said.group and same.group)
