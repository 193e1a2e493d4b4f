"""Sentences about every authority, written from the tables with plain sums, hold; the same with one more do not."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from published_tables import MEASURES, PERS, Published, start_of

import hnf as api
from hnf.claims.check import check_claim, check_reading
from hnf.claims.claim import shipped_claims
from hnf.claims.reading import Moment, Number, Place, Quantity, Reading

Run = Callable[..., Any]
near = pytest.approx


def ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{('th', 'st', 'nd', 'rd', *('th',) * 6)[number % 10]}"


def from_the_nearer_end(rank: int, of: int) -> str:
    """1 is the lowest of all: of 151, 149 is the 3rd highest."""
    number, end = (rank, "lowest") if rank - 1 <= of - rank else (of - rank + 1, "highest")
    return end if number == 1 else f"{ordinal(number)} {end}"


PLANS = Quantity("plans", "EHC plans", ("plans", "plans_ehc"))
FUNDING = Quantity("high_needs", "high needs funding", tuple(MEASURES))


def asked(store: api.Store, code: str, form: Any, *said: Any, **more: Any) -> Any:
    """Check a claim on high needs funding: value, unit and half; `end` may be the first year of a financial year."""
    number, end = Number(*(said if len(said) > 2 else (*said, 0.0))), more.pop("end")
    end = Moment("financial", end) if isinstance(end, int) else end
    named = {"what": FUNDING, "end": end, **more}
    return check_reading(store, Reading(form, Place("authority", code, (code,)), number=number, **named))


def bases(found: Any, year: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return what a claim found in a year, by measure, denominator and population."""
    payload = found.to_json()
    rows = [row for row in (*payload["supporting"], *payload["contradicting"]) if row["year"] == year]
    return {(row["measure"], row["per"], row["population"] or "ons"): row for row in rows}


def supporting(found: Any, year: str) -> set[tuple[str, str, str]]:
    rows = found.to_json()["supporting"]
    return {(row["measure"], row["per"], row["population"] or "ons") for row in rows if row["year"] == year}


@pytest.fixture(scope="module")
def leagues(published: Published) -> dict[tuple[str, str, str], dict[str, float]]:
    return {(m, per, of): published.rates("2023-24", m, per, of) for m in MEASURES for per, of in PERS}


def test_rank_from_either_end(
    store: api.Store, published: Published, leagues: dict[tuple[str, str, str], dict[str, float]]
) -> None:
    """The ranks of a claim are counted from the end it names, and it holds where the rank is the one said."""
    for code in published.funded("2023-24")[::10]:
        name = published.authorities[code]["la_name"]
        for end in ("lowest", "highest"):
            places = {}
            for basis, rates in leagues.items():
                if code in rates:
                    ahead = [one < rates[code] if end == "lowest" else one > rates[code] for one in rates.values()]
                    places[basis] = 1 + sum(ahead)
            said = places["nff", "pupil", "ons"]
            text = f"{name} is {ordinal(said)} {end} of 151 per pupil in 2023-24"
            found = asked(store, code, "rank", said, "rank", end=2023, per="pupil", end_of_rank=end, universe=151)
            rows = bases(found, "2023-24")
            assert {basis: row["value"] for basis, row in rows.items() if basis[1] == "pupil"} == {
                basis: place for basis, place in places.items() if basis[1] == "pupil"
            }, text
            for basis, row in rows.items():
                assert row["rate_gbp"] == near(leagues[basis][code])
                assert row["universe"] == len(leagues[basis])
                assert row["rank_from_lowest"] == 1 + sum(one < leagues[basis][code] for one in leagues[basis].values())
            expected = {basis for basis, place in places.items() if place == said and basis[1] == "pupil"}
            assert supporting(found, "2023-24") == expected, text


@pytest.mark.parametrize(
    ("said", "of", "lowest"),
    [(149, 151, 3), (148, 150, 3), (147, 149, 3), (151, 151, 1), (150, 151, 2), (148, 151, 4), (149, 150, 2)],
)
def test_148th_of_150_is_the_third_lowest(
    store: api.Store, leagues: dict[tuple[str, str, str], dict[str, float]], said: int, of: int, lowest: int
) -> None:
    """Of 150, the 150th is the lowest, the 149th the second and the 148th the third lowest, whoever is counted.

    It also holds where the number itself is the place from the top.
    """
    found = asked(store, "919", "rank", said, "rank", end=2023, per="head", end_of_rank="highest", universe=of)
    expected = {
        basis
        for basis, rates in leagues.items()
        if basis[1] == "head"
        and (
            1 + sum(one < rates["919"] for one in rates.values()) == lowest
            or 1 + sum(one > rates["919"] for one in rates.values()) == said
        )
    }
    assert {basis for basis in supporting(found, "2023-24") if basis[1] == "head"} == expected
    if lowest == 3:
        assert expected >= {("nff", "head", "ons"), ("nff", "head", "dfe")}  # FIELD.md


def test_sentence_of_a_rank_card(hnf: Run, published: Published) -> None:
    """Lowest and highest place in words, each from the nearer end."""
    costs = published.area_costs("2023-24")
    all_rates = []
    for measure in MEASURES:
        for per, population in PERS:
            rates = published.rates("2023-24", measure, per, population)
            all_rates += [rates, {code: rate / costs[code] for code, rate in rates.items()}]
    for code in [*published.funded("2023-24")[::12], "202", "811", "919"]:
        sentence = hnf("rank-card", code, "--year", "2023-24", "--format", "json").json["sentence"]
        places = []
        for rates in all_rates:
            if code in rates:
                rank = 1 + sum(one < rates[code] for one in rates.values())
                places.append(((rank - 1) / (len(rates) - 1), rank, len(rates)))
        (_, low, low_of), (_, high, high_of) = min(places), max(places)
        words = [from_the_nearer_end(low, low_of), from_the_nearer_end(high, high_of)]
        said = [one.strip() for one in re.findall(r"(?:\d+\w\w )?(?:lowest|highest)|\d+\w\w(?= and)", sentence)]
        if " " not in said[0] and said[0] not in ("lowest", "highest"):
            said[0] = f"{said[0]} {said[1].split()[-1]}"  # "between the 3rd and the 47th lowest"
        assert said[:2] == words, sentence


def test_growth_of_plans_in_a_sentence(store: api.Store, published: Published) -> None:
    for code in published.funded("2022-23")[::15]:
        start, end = published.plans[2015].get(code), published.plans[2024].get(code)
        if not start or not end:
            continue
        rise = (end / start - 1) * 100
        name = published.authorities[code]["la_name"]
        for said, holds in ((rise, True), (rise + 0.2, False)):
            from_to = {"start": Moment("january", 2015), "end": Moment("january", 2024)}
            found = asked(store, code, "change", round(said, 1), "pct", 0.05, what=PLANS, direction="up", **from_to)
            answer = found.to_json()
            assert (answer["verdict_code"] == "true") == holds, name
            shown = answer["supporting"] or answer["contradicting"]
            assert any(row["value"] == near(rise) for row in shown)


def test_money_in_a_sentence(store: api.Store, published: Published) -> None:
    """Pounds a head, and pounds more at England's rate or the median, on every basis of 2023-24."""
    for code in ("919", "886", "330", "811"):
        rates = {(m, "head", of): published.rates("2023-24", m, "head", of) for m in MEASURES for of in ("ons", "dfe")}
        own = rates["nff", "head", "dfe"][code]
        found = asked(store, code, "level", round(own, 2), "gbp", 0.005, end=2023, per="head")
        assert ("nff", "head", "dfe") in supporting(found, "2023-24")
        rows = bases(found, "2023-24")
        assert {basis: rows[basis]["value"] for basis in rates} == near({b: rate[code] for b, rate in rates.items()})
        at_average = {"other": Place("rate", "average"), "per": "head"}
        found = asked(store, code, "gap", 1e6, "gbp", 5e5, end=2023, **at_average)
        payload = found.to_json()
        gaps = {
            (row["measure"], row["population"], row["comparator"]): row["value"]
            for row in (*payload["supporting"], *payload["contradicting"])
            if row["year"] == "2023-24" and row["per"] == "head"
        }
        assert gaps
        for (measure, population, comparator), value in gaps.items():
            league = rates[measure, "head", population]
            england = published.england("2023-24", measure, "head", population)
            other = {"average": england, "median": statistics.median(league.values())}.get(comparator)
            if other is not None:
                people = published.over("2023-24", "head", population)[code]
                assert value == near((other - league[code]) * people, rel=1e-9, abs=1e-3)


def test_growth_of_funding_in_a_sentence(store: api.Store, published: Published) -> None:
    for code in ("919", "886", "935"):
        name = published.authorities[code]["la_name"]
        before, after = (published.money(year, "block")[code] for year in ("2021-22", "2022-23"))
        rise = (after / before - 1) * 100
        found = asked(store, code, "change", round(rise, 1), "pct", 0.05, end=2022, direction="up")
        payload = found.to_json()
        shown = {row["measure"]: row["value"] for row in payload["supporting"] if row["per"] in (None, "none")}
        assert shown["block"] == near(rise), name
        assert start_of("2022-23") == 2022


def test_what_an_open_claim_lacks_is_not_what_is_published() -> None:
    """Since 2019-20, said in January 2026: the year meant is 2025-26, which is published and not held."""
    (claim,) = (one for one in shipped_claims() if one.end is None and one.start == 2017)
    needs = check_claim(api.Store(), replace(claim, start=2019, said="2026-01-31")).to_json()["needs"]
    assert [need[:31] for need in needs] == ["the high needs block of 2025-26"]


def test_where_it_does_not_hold_the_bases_of_the_same_year_are_named(
    store: api.Store, leagues: dict[tuple[str, str, str], dict[str, float]]
) -> None:
    """Third lowest on the formula, and on the whole block another place: the sentence says one, the bases all."""
    found = asked(store, "919", "rank", 3, "rank", end=2023, per="head", end_of_rank="lowest", universe=151)
    holds, _, not_held = found.sentence.partition("It does not hold on")
    places = {basis: sorted(rates.values()).index(rates["919"]) + 1 for basis, rates in leagues.items()}
    assert places["nff", "head", "dfe"] == 3
    assert "the 3rd lowest of 151" in holds
    for population in ("ons", "dfe"):
        place = places["block", "head", population]
        assert place != 3
        bases = {(one.measure, one.population): one.value for one in found.contradicting}
        assert bases["block", population] == place
    assert f"({ordinal(places['block', 'head', 'ons'])} lowest of 151)" in not_held
