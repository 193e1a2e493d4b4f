"""Rates, ranks, cards, gaps, comparisons and spreads of all authorities, worked again from the tables."""

from __future__ import annotations

import bisect
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from published_tables import MEASURES, PERS, YEARS, Published, start_of

import hnf as api
from hnf.analysis.trace import resolve

Run = Callable[..., Any]
BASES = [
    (year, measure, per, population)
    for year in YEARS
    for measure in MEASURES
    for per, population in (*PERS, ("none", "ons"))
    if measure != "nff_additional" or year in ("2019-20", "2022-23", "2023-24")
]
near = pytest.approx


def spec(year: str, measure: str = "block", per: str = "head", population: str = "ons") -> Any:
    return api.RateSpec(api.FinancialYear.parse(year), measure, per, population)  # type: ignore[arg-type]


def ranks_of(rates: dict[str, float]) -> dict[str, int]:
    """1 is the lowest; equal rates share the better place."""
    ordered = sorted(rates.values())
    return {code: 1 + bisect.bisect_left(ordered, rate) for code, rate in rates.items()}


@pytest.mark.parametrize(("year", "measure", "per", "population"), BASES)
def test_rank_of_every_authority(  # noqa: PLR0917
    hnf: Run, published: Published, year: str, measure: str, per: str, population: str
) -> None:
    found = hnf(
        "rank", "--year", year, "--measure", measure, "--per", per, "--population", population, "--format", "json"
    )
    answer = found.json
    rates = published.rates(year, measure, per, population)
    assert {row["la_code"]: row["value"] for row in answer["rows"]} == near(rates, rel=1e-12)
    assert [row["la_code"] for row in answer["rows"]] == sorted(rates, key=lambda code: (rates[code], code))
    assert {row["la_code"]: row["rank"] for row in answer["rows"]} == ranks_of(rates)
    tied = Counter(rates.values())
    assert {row["la_code"]: len(row["tied_with"]) for row in answer["rows"]} == {
        c: tied[r] - 1 for c, r in rates.items()
    }
    assert answer["universe"] == len(rates)
    assert {row["la_code"] for row in answer["excluded"]} == set(published.money(year, measure)) - set(rates)
    assert answer["median"]["value"] == near(statistics.median(rates.values()), rel=1e-12)
    if per == "none":
        assert answer["england"]["value"] == near(sum(rates.values()), rel=1e-12)
    else:
        assert answer["england"]["value"] == near(published.england(year, measure, per, population), rel=1e-12)


def test_a_rate_is_measured_against_the_named_population_and_date(published: Published) -> None:
    """By hand from the tables: Hertfordshire 2023-24, £180,432,328 and £154,758,035 + £7,105,254.91 a head."""
    assert published.rates("2023-24", "block", "head")["919"] == near(180_432_328 / 261_408)
    assert round(published.rates("2023-24", "nff_additional", "head", "dfe")["919"], 2) == 614.02  # FIELD.md
    assert round(published.rates("2023-24", "nff_additional", "head", "dfe")["825"], 2) == 934.93  # FIELD.md
    assert (start_of("2023-24"), published.plans[2023]["919"]) == (2023, 10_486)


@pytest.mark.parametrize("year", YEARS)
def test_area_cost_adjustment_of_every_authority(store: api.Store, published: Published, year: str) -> None:
    """Own basic entitlement rate over the lowest of the year; in pounds, the excess of the rate times the pupils."""
    lowest = min(published.block[year][code]["basic_entitlement_rate"] or 0 for code in published.funded(year))
    for code in published.funded(year):
        row = published.block[year][code]
        rate, pupils = row["basic_entitlement_rate"], row["basic_entitlement_pupils"]
        assert rate is not None
        assert pupils is not None
        adjustment = resolve(store, f"areacost:{year}:{code}:adjustment")
        assert adjustment.value == near(rate / lowest, rel=1e-12)
        pounds = resolve(store, f"areacost:{year}:{code}:basic_entitlement").value
        assert pounds == near((rate - lowest) * pupils, rel=1e-9, abs=1e-6)


def test_area_costs_by_hand(store: api.Store) -> None:
    """Printed in 2023-24: Hertfordshire £4,916.24 a pupil, 3,084 pupils; the lowest rate is £4,660 (FIELD.md).

    4,916.24 ÷ 4,660 = 1.05498712; (4,916.24 − 4,660) × 3,084 = 256.24 × 3,084 = 790,244.16.
    """
    assert resolve(store, "areacost:2023-24:919:adjustment").value == near(1.05498712, abs=5e-9)
    assert resolve(store, "areacost:2023-24:919:basic_entitlement").value == near(790_244.16)


@pytest.fixture(scope="module")
def leagues(published: Published) -> dict[tuple[Any, ...], dict[str, tuple[float, int]]]:
    """Rate and rank by authority on every basis of a card, plain and with the count times the area cost adjustment."""
    found = {}
    for year, measure, per, population in BASES:
        if per == "none":
            continue
        for adjusted in (False, True):
            costs = published.area_costs(year)
            rates = published.rates(year, measure, per, population)
            rates = {code: rate / costs[code] if adjusted else rate for code, rate in rates.items()}
            ranks = ranks_of(rates)
            found[year, measure, per, population, adjusted] = {c: (rates[c], ranks[c]) for c in rates}
    return found


def test_rank_card_of_every_authority(
    store: api.Store, published: Published, leagues: dict[tuple[Any, ...], dict[str, tuple[float, int]]]
) -> None:
    """Every rank of a card; the lowest and the highest by the place between the ends, the median of the ranks."""
    for code in sorted({code for year in YEARS for code in published.funded(year)}):
        card = api.rank_card(store, code)
        bases = [basis for basis in leagues if code in published.funded(basis[0])]
        assert len(card.rows) == len(bases)
        places = []
        for row in card.rows:
            one = row.spec
            league = leagues[str(one.year), one.measure, one.per, one.population, one.area_costs]
            assert row.universe == len(league)
            assert row.rank == (league[code][1] if code in league else None)
            if code in league:
                assert row.value == near(league[code][0], rel=1e-12)
                places.append(((league[code][1] - 1) / (len(league) - 1), league[code][1]))
        summary = card.summary()
        places.sort(key=lambda found: found[0])  # in the order of the card where two places are equal
        assert (summary["lowest"], summary["highest"]) == (places[0][1], places[-1][1])
        assert summary["median"] == statistics.median(rank for _, rank in places)


def test_how_far_a_rank_moves(hnf: Run, published: Published) -> None:
    """Another 20,000 draws give the same middle nine tenths, give or take a place, and the same share that stay."""
    draw = np.random.default_rng(1).uniform(-1, 1, (20_000, 151))
    for code in ("919", "811", "352"):
        for row in hnf("rank-card", code, "--year", "2023-24", "--format", "json").json["rows"]:
            if row["area_costs"] or row["per"] != "head":
                continue
            rates = published.rates("2023-24", row["measure"], "head", row["population"])
            own, all_rates = list(rates).index(code), np.array(list(rates.values()))
            for pct in (1, 2):
                moved = all_rates / (1 + draw * pct / 100)
                ranks = 1 + (moved < moved[:, [own]]).sum(axis=1)
                low, high = np.percentile(ranks, (5, 95))
                spread = row["if_wrong"][f"by_{pct}_pct"]
                assert (spread["low"], spread["high"]) == (near(low, abs=1), near(high, abs=1))
                assert spread["same_rank_share"] == near((ranks == ranks_of(rates)[code]).mean(), abs=0.06)


def quartile(rates: dict[str, float], share: float) -> float:
    """The rate `share` of the way from the lowest to the highest, between two of them in proportion."""
    ordered = sorted(rates.values())
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


@pytest.mark.parametrize(("per", "population"), PERS)
@pytest.mark.parametrize(("year", "measure"), [("2023-24", "block"), ("2020-21", "nff"), ("2022-23", "nff_additional")])
def test_gaps_of_every_authority(  # noqa: PLR0917
    store: api.Store, published: Published, year: str, measure: str, per: str, population: str
) -> None:
    rates, over = published.rates(year, measure, per, population), published.over(year, per, population)
    basis = spec(year, measure, per, population)
    first = min(rates)
    targets = {
        "average": published.england(year, measure, per, population),
        "median": statistics.median(rates.values()),
        "lower-quartile": quartile(rates, 0.25),
        "upper-quartile": quartile(rates, 0.75),
        first: rates[first],
    }
    for code, own in rates.items():
        for to, rate in targets.items():
            if to == code:
                continue
            answer = api.gap(store, basis, code, to).to_json()
            assert answer["gap_gbp"] == near((rate - own) * over[code], rel=1e-9, abs=1e-3)
            assert answer["own_rate_gbp"] == near(own, rel=1e-12)
            assert answer["comparator_rate_gbp"] == near(rate, rel=1e-12)
            assert answer["denominator"] == near(over[code])
            assert answer["population"] == (population if per == "head" else None)


def test_what_a_gap_is_per_head_pupil_plan_and_school(hnf: Run, published: Published) -> None:
    for code in ("919", "830", "330", "926", "202"):
        answer = hnf("gap", code, "--year", "2023-24", "--per", "head", "--to", "average", "--format", "json").json
        pounds = answer["gap_gbp"]
        for row in answer["equivalents"]:
            count = published.over("2023-24", row["per"]).get(code)
            assert row["denominator"] == (count and near(count))
            assert row["value_gbp"] == (count and near(pounds / count, rel=1e-12))
        school = pounds / published.over("2023-24", "pupil")[code] * 210
        assert answer["typical_school"]["value_gbp"] == near(school, rel=1e-12)


@pytest.mark.parametrize("model", ["2021", "2025"])
@pytest.mark.parametrize(("per", "population"), PERS)
def test_every_authority_beside_its_neighbours(
    store: api.Store, published: Published, model: str, per: str, population: str
) -> None:
    rates = published.rates("2023-24", "block", per, population)
    compared = 0
    for code, listed in published.neighbours[model].items():
        members = [rates[one] for one in listed if one in rates]
        if code not in rates:
            continue
        answer = api.compare(store, spec("2023-24", "block", per, population), code, f"neighbours-{model}").to_json()
        own = rates[code]
        assert answer["mean_gbp"] == near(sum(members) / len(members), rel=1e-12)
        assert answer["median_gbp"] == near(statistics.median(members), rel=1e-12)
        assert answer["difference_gbp"] == near(own - sum(members) / len(members), rel=1e-9, abs=1e-9)
        assert (answer["rank"], answer["rank_of"]) == (1 + sum(one < own for one in members), len(members) + 1)
        assert answer["message"] == ("above" if own > sum(members) / len(members) else "below")
        assert {row["la_code"] for row in answer["rows"]} == set(listed) & set(rates)
        assert {row["la_code"] for row in answer["without_rate"]} == set(listed) - set(rates)
        gap = api.gap(store, spec("2023-24", "block", per, population), code, "neighbours", model)
        assert gap.to_json()["comparator_rate_gbp"] == near(sum(members) / len(members), rel=1e-12)
        compared += 1
    assert compared >= 145


@pytest.mark.parametrize("kind", ["region", "type"])
@pytest.mark.parametrize("year", ["2019-20", "2020-21", "2023-24"])
def test_every_authority_beside_its_region_and_type(
    store: api.Store, published: Published, kind: str, year: str
) -> None:
    rates = published.rates(year, "block", "pupil")
    column = {"region": "region_code", "type": "authority_type"}[kind]
    groups = defaultdict(list)
    for code in rates:
        groups[published.authorities[code][column]].append(code)
    for group in groups.values():
        for code in group:
            members = [rates[one] for one in group if one != code]
            answer = api.compare(store, spec(year, "block", "pupil"), code, kind).to_json()
            assert answer["mean_gbp"] == near(sum(members) / len(members), rel=1e-12)
            assert answer["rank"] == 1 + sum(one < rates[code] for one in members)
            assert len(answer["rows"]) == len(members)


def test_whose_message_turns_on_the_model(hnf: Run, published: Published) -> None:
    answer = hnf("compare", "--flips", "--year", "2023-24", "--per", "head", "--format", "json").json
    rates = published.rates("2023-24", "block", "head")
    sides = defaultdict(set)
    for model in ("2021", "2025"):
        for code, listed in published.neighbours[model].items():
            members = [rates[one] for one in listed if one in rates]
            if code in rates:
                sides[code].add((model, rates[code] > sum(members) / len(members)))
    expected = {code for code, found in sides.items() if len(found) == 2 and len({above for _, above in found}) == 2}
    text = str(answer)
    assert expected
    rows = next(value for value in answer.values() if isinstance(value, list) and value and "flips" in value[0])
    assert {row["la_code"] for row in rows if row["flips"]} == expected, text[:300]


@pytest.mark.parametrize(("own_pct", "england_pct", "share"), [(5, 3, 100), (6, 2, 95), (1, -1, 110)])
def test_years_to_catch_up(
    store: api.Store, published: Published, own_pct: float, england_pct: float, share: float
) -> None:
    """Both rates are made to grow a year at a time until the own one is there: no logarithms."""
    rates = published.rates("2023-24", "block", "head")
    england = published.england("2023-24", "block", "head")
    for code, rate in rates.items():
        answer = api.catch_up(store, spec("2023-24"), code, own_pct, england_pct, share_pct=share).to_json()
        own, target, years = rate, england * share / 100, 0
        while own < target * (1 - 1e-12):
            own, target, years = own * (1 + own_pct / 100), target * (1 + england_pct / 100), years + 1
        assert answer["whole_years"] == years
        words = "already" if years == 0 else "after 1 year," if years == 1 else f"after {years} years,"
        assert words in answer["sentence"]
        assert math.ceil(answer["years"] - 1e-9) == years
        reached = rate * ((1 + own_pct / 100) / (1 + england_pct / 100)) ** answer["years"]
        assert reached == near(max(rate, england * share / 100), rel=1e-9)
        assert answer["target_rate_gbp"] == near(england * share / 100)
        assert answer["reached_in"] == f"{2023 + years}-{(2024 + years) % 100:02d}"


@pytest.mark.parametrize(("per", "population"), PERS)
@pytest.mark.parametrize("measure", ["block", "nff"])
def test_spread_of_rates(hnf: Run, published: Published, measure: str, per: str, population: str) -> None:
    """Gini by its definition, the mean difference of all pairs; Theil by summing over everybody."""
    command = ("inequality", "--measure", measure, "--per", per, "--population", population, "--format", "json")
    answers = {found["financial_year"]: found for found in hnf(*command).json["years"]}
    assert list(answers) == list(YEARS)
    for year, found in answers.items():
        rates, over = published.rates(year, measure, per, population), published.over(year, per, population)
        people = sum(over[code] for code in rates)
        part = {code: over[code] / people for code in rates}
        mean = sum(part[code] * rate for code, rate in rates.items())
        pairs = sum(part[a] * part[b] * abs(x - y) for a, x in rates.items() for b, y in rates.items())
        theil = sum(part[code] * rate / mean * math.log(rate / mean) for code, rate in rates.items())
        regions: dict[str, float] = defaultdict(float)
        weight: dict[str, float] = defaultdict(float)
        for code, rate in rates.items():
            regions[published.authorities[code]["region_code"]] += part[code] * rate
            weight[published.authorities[code]["region_code"]] += part[code]
        between = sum(money / mean * math.log(money / weight[r] / mean) for r, money in regions.items())
        expected = {
            "authorities": len(rates),
            "lowest": min(rates.values()),
            "highest": max(rates.values()),
            "range": max(rates.values()) - min(rates.values()),
            "ratio": max(rates.values()) / min(rates.values()),
            "cv": math.sqrt(sum(part[code] * (rate - mean) ** 2 for code, rate in rates.items())) / mean,
            "gini": pairs / (2 * mean),
            "theil": theil,
            "theil_between": between,
            "theil_within": theil - between,
            "between_share": between / theil,
        }
        assert {key: found[key] for key in expected} == near(expected, rel=1e-9)
        assert found["lowest_la_code"] == min(rates, key=lambda code: rates[code])
        assert found["highest_la_code"] == max(rates, key=lambda code: rates[code])


@pytest.mark.parametrize("population", ["ons", "dfe"])
@pytest.mark.parametrize("year", YEARS)
def test_shares_of_people_and_of_money(store: api.Store, published: Published, year: str, population: str) -> None:
    rates, over = published.rates(year, "block", "head", population), published.over(year, "head", population)
    money = published.money(year, "block")
    people, pounds = sum(over[code] for code in rates), sum(money[code] for code in rates)
    for code in rates:
        stem = f"popshare:{year}:block:head.{population}:{code}"
        assert resolve(store, f"{stem}:population").value == near(over[code] / people, rel=1e-12)
        assert resolve(store, f"{stem}:funding").value == near(money[code] / pounds, rel=1e-12)
        difference = money[code] - pounds / people * over[code]
        assert resolve(store, f"{stem}:difference").value == near(difference, rel=1e-9, abs=1e-3)


def test_fifths_of_a_map(hnf: Run, published: Published) -> None:
    """With 151 authorities the lowest fifth has 31 and the others 30 (rank 1 to 31, 32 to 61 ...)."""
    answer = hnf("map", "--year", "2023-24", "--per", "head", "--format", "json").json
    rates = published.rates("2023-24", "block", "head")
    ranks = ranks_of(rates)
    expected = {code: 1 + (ranks[code] - 1) * 5 // 151 for code in rates}
    assert {tile["la_code"]: tile["class"] for tile in answer["tiles"] if tile["class"]} == expected
    assert Counter(expected.values()) == {1: 31, 2: 30, 3: 30, 4: 30, 5: 30}
    for shown in answer["classes"]:
        own = [rates[code] for code, place in expected.items() if place == shown["class"]]
        assert (shown["lowest"], shown["highest"]) == (near(min(own)), near(max(own)))
