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
from published_tables import MEASURES, PERS, SERIES, YEARS, Published, rows_of, start_of

import hnf as api
from hnf.analysis.rank import other_population
from hnf.analysis.rank_card import rank_bands
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


@pytest.mark.slow
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


def two_counts(published: Published, year: str) -> tuple[dict[str, float], dict[str, float]] | None:
    """Both official counts of people of a year, by authority; None where one repeats the other."""
    ons, dfe = (published.over(year, "head", population) for population in ("ons", "dfe"))
    return (ons, dfe) if any(ons[code] != dfe[code] for code in set(ons) & set(dfe)) else None


def simulate(
    rates: dict[str, float], ratios: dict[str, float], factor: float, draws: int
) -> dict[str, tuple[int, int]]:
    """The middle nine tenths of the ranks when each count is off as in another authority, `factor` times as far."""
    random, known = np.random.default_rng(1), sorted(ratios)
    logs = np.array([math.log(ratios[code]) for code in known]) * factor
    drawn = np.empty((draws, len(rates)))
    for column, code in enumerate(rates):
        others = np.delete(logs, known.index(code)) if code in ratios else logs
        drawn[:, column] = math.log(rates[code]) - random.choice(others, draws)
    ordered = np.sort(drawn, axis=1)
    found = {}
    for column, code in enumerate(rates):
        ranks = np.sort((ordered < drawn[:, [column]]).sum(axis=1) + 1)
        found[code] = int(ranks[int(draws * 0.05)]), int(ranks[int(draws * 0.95)])
    return found


@pytest.mark.slow
def test_how_far_a_rank_moves(hnf: Run, published: Published) -> None:
    """Another 10,000 draws, another way, give the same bands, give or take 4 places; no band per pupil or plan."""
    counts = two_counts(published, "2023-24")
    assert counts
    bands = {}
    for population, own, other in (("ons", *counts), ("dfe", *reversed(counts))):
        ratios = {code: other[code] / own[code] for code in own if code in other}
        for measure in MEASURES:
            rates = published.rates("2023-24", measure, "head", population)
            bands[measure, population] = simulate(rates, ratios, 1, 10_000)
    for code in ("919", "213", "352"):
        for row in hnf("rank-card", code, "--year", "2023-24", "--format", "json").json["rows"]:
            band = row["band"]
            if row["per"] != "head":
                assert (band["low"], band["high"], band["share_pct"], band["held_id"]) == (None,) * 4
                assert "no probability is given" in band["reason"]
            elif not row["area_costs"]:
                low, high = bands[row["measure"], row["population"]][code]
                rank = ranks_of(published.rates("2023-24", row["measure"], "head", row["population"]))[code]
                assert (band["low"], band["high"]) == (near(min(low, rank), abs=4), near(max(high, rank), abs=4))
                assert (band["share_pct"], band["basis"]) == (90, "estimated")


def test_a_stated_probability_is_how_often_it_held(store: api.Store, published: Published) -> None:
    """For every year with two counts and all authorities: the rank on the other count lies in the band in 90%.

    An authority's own difference is never drawn for it, so that each is out of sample.
    """
    held: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for year in YEARS:
        for measure, population in ((m, p) for m in MEASURES for p in SERIES):
            if not published.money(year, measure):
                continue
            bands = rank_bands(store, spec(year, measure, "head", population))
            assert (bands is None) == (two_counts(published, year) is None)
            if bands is None:
                continue
            other = ranks_of(published.rates(year, measure, "head", {"ons": "dfe", "dfe": "ons"}[population]))
            lies = [low <= other[code] <= high for code, (low, high) in bands.by_code.items() if code in other]
            assert (bands.held, bands.compared, bands.share_pct) == (sum(lies), len(lies), 90)
            assert [bands.holds(code) for code in bands.by_code if code in other] == lies
            assert 100 * sum(lies) / len(lies) == near(90, abs=6), (year, measure, population)
            held[year, population] += lies
    assert len(held) >= 8
    for basis, lies in held.items():
        assert 100 * sum(lies) / len(lies) == near(90, abs=5), basis
    everything = [one for lies in held.values() for one in lies]
    assert 100 * sum(everything) / len(everything) == near(90, abs=2.5)


def test_no_factor_is_needed_in_a_year_that_did_not_choose_it(published: Published) -> None:
    """The factor that holds best in the other years is about 1, and in the year left out the band holds as said."""
    factors = (0.7, 0.85, 1.0, 1.15, 1.3)
    lies: dict[tuple[str, float], list[bool]] = defaultdict(list)
    for year in YEARS:
        for population in SERIES if (counts := two_counts(published, year)) else ():
            own, other = counts if population == "ons" else reversed(counts)
            ratios = {code: other[code] / own[code] for code in own if code in other}
            there = ranks_of(published.rates(year, "block", "head", {"ons": "dfe", "dfe": "ons"}[population]))
            rates = published.rates(year, "block", "head", population)
            for factor in factors:
                bands = simulate(rates, ratios, factor, 400)
                lies[year, factor] += [bands[code][0] <= there[code] <= bands[code][1] for code in ratios]
    years = sorted({year for year, _ in lies})
    assert len(years) >= 4
    for left_out in years:
        shares = {
            factor: statistics.fmean(one for year in years if year != left_out for one in lies[year, factor])
            for factor in factors
        }
        best = min(factors, key=lambda factor: abs(shares[factor] - 0.9))
        assert best in (0.85, 1.0)
        assert statistics.fmean(lies[left_out, best]) == near(0.9, abs=0.05), left_out
        assert statistics.fmean(lies[left_out, 1.0]) == near(0.9, abs=0.05), left_out


def test_counts_of_plans_do_not_differ_between_releases() -> None:
    """So there is no error to draw per plan: of all counts of a January in two releases fewer than 1 in 100 differ."""
    counts: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    printed: Counter[tuple[str, str, str]] = Counter()
    for row in rows_of("ehc_plans"):
        if row["geographic_level"] == "local_authority" and row["plan_type"] == "total" and row["count"]:
            key = row["january"], row["la_code"], row["age_group"]
            counts[key].add(row["count"])
            printed[key] += 1
    twice = [key for key, times in printed.items() if times > 1]
    assert len(twice) > 500
    assert sum(len(counts[key]) > 1 for key in twice) < len(twice) / 100


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("measure", ["block", "nff"])
def test_what_the_other_population_says_of_every_authority(
    store: api.Store, published: Published, year: str, measure: str
) -> None:
    """The sign against England and the rank, worked again; both are shown where one alone would mislead."""
    here, there = (published.rates(year, measure, "head", population) for population in ("ons", "dfe"))
    england = [published.england(year, measure, "head", population) for population in ("ons", "dfe")]
    ranks, others = ranks_of(here), ranks_of(there)
    counted: Counter[str] = Counter()
    for code, rate in here.items():
        found = other_population(store, spec(year, measure), code)
        if code not in there or two_counts(published, year) is None:
            assert found is None
            continue
        assert found is not None
        flips = (rate > england[0]) != (there[code] > england[1])
        moves = abs(ranks[code] - others[code])
        assert (found.sign_differs, found.rank_differs_by, found.rank) == (flips, moves, others[code])
        assert (found.own_rate, found.comparator_rate) == (near(there[code]), near(england[1]))
        assert found.shown == (flips or moves > 10)
        assert resolve(store, found.rank_id).value == found.rank
        back = other_population(store, spec(year, measure, population="dfe"), code)
        assert back is not None
        assert (back.rank, back.shown) == (ranks[code], found.shown)
        counted.update({"flips": flips, "moves": moves > 10, "shown": found.shown})
    if (year, measure) == ("2023-24", "block"):
        assert counted == {"flips": 18, "moves": 37, "shown": 41}  # the first two printed in FIELD.md
        assert (ranks["213"], others["213"]) == (150, 67)
    assert other_population(store, spec(year, measure, "pupil"), "919") is None


def test_both_populations_in_words(hnf: Run, published: Published) -> None:
    """Westminster 2023-24: 150th of 151 on the ONS estimate, 67th on the formula's; Hertfordshire the same on both."""
    rates = {p: published.rates("2023-24", "block", "head", p)["213"] for p in ("ons", "dfe")}
    england = {p: published.england("2023-24", "block", "head", p) for p in ("ons", "dfe")}
    pounds = (england["dfe"] - rates["dfe"]) * published.over("2023-24", "head", "dfe")["213"]
    command = ("gap", "--year", "2023-24", "--per", "head")
    words = " ".join(hnf(*command, "Westminster").out.split())
    assert (
        f"On the formula's own population Westminster was the 67th lowest of 151 authorities: £{rates['dfe']:,.0f} per "
        f"head, below England's average rate, £{england['dfe']:,.0f}; at that rate it would have had "
        f"£{pounds:,.0f} more."
    ) in words
    back = " ".join(hnf(*command, "Westminster", "--population", "dfe").out.split())
    assert (
        f"On the ONS estimate Westminster was the 2nd highest of 151 authorities: £{rates['ons']:,.0f} per head" in back
    )
    answer = hnf(*command, "Westminster", "--format", "json").json["other_population"]
    assert (answer["gap_gbp"], answer["rank"], answer["shown"]) == (near(pounds), 67, True)
    same = hnf(*command, "Hertfordshire", "--format", "json").json["other_population"]
    assert (same["rank"], same["rank_differs_by"], same["sign_differs"], same["shown"]) == (6, 1, False, False)
    assert "formula's own population" not in hnf(*command, "Hertfordshire").out
    assert hnf("gap", "213", "--year", "2023-24", "--per", "pupil", "--format", "json").json["other_population"] is None
    for other in (("compare", "213"), ("map", "--highlight", "213"), ("rank-card", "213")):
        assert "67th lowest of 151" in " ".join(hnf(*other, "--year", "2023-24").out.split())


def test_both_populations_against_every_comparator(hnf: Run, published: Published) -> None:
    """Each sign is against the comparator asked for: another authority, or the mean of the neighbours."""
    ons, dfe = (published.rates("2023-24", "block", "head", population) for population in ("ons", "dfe"))
    for code, to in (("213", "919"), ("882", "839"), ("919", "825")):
        words = ("gap", code, "--year", "2023-24", "--per", "head", "--to", to, "--format", "json")
        found = hnf(*words).json["other_population"]
        assert found["sign_differs"] == ((ons[code] > ons[to]) != (dfe[code] > dfe[to]))
        assert found["comparator_rate_gbp"] == near(dfe[to])
    for code in ("882", "919"):
        members = published.neighbours["2025"][code]
        mean = statistics.fmean(dfe[one] for one in members if one in dfe)
        own = hnf("compare", code, "--year", "2023-24", "--format", "json").json["other_population"]
        assert own["comparator_rate_gbp"] == near(mean)
        mine = statistics.fmean(ons[one] for one in members if one in ons)
        assert own["sign_differs"] == ((ons[code] > mine) != (dfe[code] > mean))


@pytest.mark.parametrize("audience", ["mp", "councillor", "analyst"])
def test_both_populations_in_packs(store: api.Store, published: Published, audience: str) -> None:
    """Headline, key sentences, tables: the other rank and rate with their ids, where one alone would mislead."""
    pack = api.build_pack(store, "Westminster", audience)  # type: ignore[arg-type]
    there = published.rates("2023-24", "block", "head", "dfe")
    rank, rate = "rank:2023-24:block:head.dfe:213", "rate:2023-24:block:head.dfe:213"
    assert (
        "less high needs funding than the England average per head on the formula's own population, but more per"
        in (pack.headline.text)
    )
    assert "per head (the formula's own: ONS 2018-based projection of mid-2023)" in pack.headline.basis
    figures = {figure.id: figure.value for figure in pack.figures()}
    assert (figures[rank], figures[rate]) == (67, near(there["213"]))
    ranked, average = (number.says for number in pack.numbers[1:])
    assert "67th lowest of 151 per head on the formula's own population" in ranked.text
    assert "per head (the formula's own: ONS 2018-based projection of mid-2023)" in ranked.basis
    more = (published.england("2023-24", "block", "head", "dfe") - there["213"]) * (
        published.over("2023-24", "head", "dfe")["213"]
    )
    assert f"£{more:,.0f} more per head on the formula's own population" in average.text
    tables = {table.id: table for table in pack.tables()}
    for name in ("gaps", "neighbours"):
        ids = {id_ for row in tables[name].figure_ids for id_ in row if id_}
        assert {rate} <= ids
        words = [str(row[0]) for row in tables[name].rows] + [column.title for column in tables[name].columns]
        assert any("formula's own" in word for word in words)
    if audience == "analyst":
        (band,) = (one.text for one in pack.sentences() if "would probably" in one.text)
        assert band.endswith("lies in such a band for 133 of 151 authorities, but not for Westminster.")
    plain = api.build_pack(store, "Hertfordshire", audience)  # type: ignore[arg-type]
    assert not [one.text for one in plain.sentences() if "formula's own population" in one.text]


def test_both_populations_in_joint_packs(store: api.Store, published: Published) -> None:
    there = ranks_of(published.rates("2023-24", "block", "head", "dfe"))
    pack = api.build_constituency_pack(store, "Cities of London and Westminster")
    assert "67th lowest of 151 per head on the formula's own population" in pack.numbers[1].says.text
    london = api.build_region_pack(store, "London")
    figures = {figure.id: figure.value for figure in london.figures()}
    others = {id_: value for id_, value in figures.items() if id_.startswith("rank:2023-24:block:head.dfe:")}
    assert others
    assert all(there[id_[-3:]] == value for id_, value in others.items())


def quartile(rates: dict[str, float], share: float) -> float:
    """The rate `share` of the way from the lowest to the highest, between two of them in proportion."""
    ordered = sorted(rates.values())
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


@pytest.mark.parametrize(("per", "population"), PERS)
@pytest.mark.parametrize(
    ("year", "measure"),
    [
        ("2023-24", "block"),
        pytest.param("2020-21", "nff", marks=pytest.mark.slow),
        pytest.param("2022-23", "nff_additional", marks=pytest.mark.slow),
    ],
)
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
