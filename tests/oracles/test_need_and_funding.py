"""Growth, real terms, funding beside need, projections and association, worked again for every authority."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from published_tables import MEASURES, REORGANISED, YEARS, Published, listed, start_of

import hnf as api

PAGE = Path(__file__).parents[2] / "docs" / "funding-and-need.md"

Run = Callable[..., Any]
near = pytest.approx
JANUARIES = range(2010, 2027)
#: First and last January of a growth, and the years of funding whose January lies between them, both ends counted.
WINDOWS = {
    (2015, 2026): ("2019-20", "2023-24"),
    (2015, 2023): ("2019-20", "2023-24"),
    (2015, 2022): ("2019-20", "2022-23"),
    (2019, 2025): ("2019-20", "2023-24"),
    (2019, 2020): ("2019-20", "2020-21"),
    (2020, 2022): ("2020-21", "2022-23"),
    (2021, 2024): ("2021-22", "2023-24"),
    (2022, 2023): ("2022-23", "2023-24"),
    (2015, 2019): None,
    (2023, 2026): None,
}


def alike(code: str, counted: list[Any]) -> list[tuple[str, ...]] | None:
    """Return on which codes all dates can be compared: its own, or those of the whole area; None where on none."""
    if all(code in one for one in counted):
        return [(code,)] * len(counted)
    for older, newer in REORGANISED:
        if code in older + newer:
            sides = [newer if set(newer) <= set(one) else older for one in counted]
            return sides if all(set(side) <= set(one) for side, one in zip(sides, counted, strict=True)) else None
    return None


def total(counts: Any, codes: tuple[str, ...]) -> float | None:
    """Return the sum; None where one of them is suppressed."""
    found = [counts[code] for code in codes]
    return None if None in found else sum(found)


def rise(start: float | None, end: float | None) -> Any:
    return near((end / start - 1) * 100, rel=1e-9, abs=1e-9) if start and end is not None else None


def ever_funded(published: Published) -> list[str]:
    return sorted({code for year in YEARS for code in published.funded(year)})


@pytest.mark.parametrize(("dates", "years"), WINDOWS.items())
def test_growth_of_every_authority(
    store: api.Store, published: Published, dates: tuple[int, int], years: tuple[str, str] | None
) -> None:
    """Plans between two Januaries, and funding and plans from the first to the last year whose January is between."""
    start, end = (published.plans[date] for date in dates)
    compared = funded = 0
    for code in ever_funded(published):
        places = alike(code, [start, end])
        if places is None:
            with pytest.raises(api.HnfError, match=r"cannot be compared|there are no figures"):
                api.growth(store, code, api.January(dates[0]), api.January(dates[1]))
            continue
        answer = api.growth(store, code, api.January(dates[0]), api.January(dates[1])).to_json()
        ends = total(start, places[0]), total(end, places[1])
        assert (answer["authority"]["from"]["count"], answer["authority"]["to"]["count"]) == ends
        assert answer["authority"]["change_pct"] == rise(*ends)
        assert answer["england"]["change_pct"] == rise(start["england"], end["england"])
        compared += 1
        if years is None:
            assert answer["funding"] is None
            assert "fewer than two years" in answer["funding_reason"]
            continue
        money = [published.money(year, "block") for year in years]
        need = [published.plans[start_of(year)] for year in years]
        places = alike(code, [*money, *need])
        if places is None:
            assert answer["funding"] is None
            continue
        found, funded = answer["funding"], funded + 1
        assert [(found["authority"][key]["date"], found["plans"][key]["date"]) for key in ("from", "to")] == [
            (year, start_of(year)) for year in years
        ]
        pounds = [total(money[0], places[0]), total(money[1], places[1])]
        assert [found["authority"]["from"]["value_gbp"], found["authority"]["to"]["value_gbp"]] == near(pounds)
        assert found["authority"]["change_pct"] == rise(*pounds)
        assert found["england"]["change_pct"] == rise(sum(money[0].values()), sum(money[1].values()))
        plans = [total(need[0], places[2]), total(need[1], places[3])]
        assert [found["plans"]["from"]["count"], found["plans"]["to"]["count"]] == plans
        assert found["plans"]["change_pct"] == rise(*plans)
        assert found["plans_england"]["change_pct"] == rise(need[0]["england"], need[1]["england"])
    assert compared >= 148
    assert funded >= (148 if years else 0)


def test_growth_in_real_terms(hnf: Run, published: Published) -> None:
    """Printed deflators: 78.1735 in 2019-20, 92.8945 in 2023-24, 100 in 2025-26. Money of the past is worth more."""
    assert [published.deflator[year] for year in ("2019-20", "2023-24", "2025-26")] == [78.1735, 92.8945, 100]
    for code, base in (("919", "2025-26"), ("202", "2023-24"), ("330", "2019-20"), ("942", "2009-10")):
        command = ("growth", code, "--from", "2015", "--to", "2025", "--base-year", base, "--format", "json")
        cash = hnf(*command).json["funding"]
        for area in ("authority", "england"):
            found = cash["real"][area]
            values = []
            for key, year in (("from", "2019-20"), ("to", "2023-24")):
                pounds = cash[area][key]["value_gbp"] * published.deflator[base] / published.deflator[year]
                assert found[key]["value_gbp"] == near(pounds, rel=1e-12)
                values.append(pounds)
            assert found["change_pct"] == rise(*values)
            assert found["change_pct"] < cash[area]["change_pct"]


@pytest.mark.parametrize("start", YEARS[:-1])
@pytest.mark.parametrize("end", YEARS[1:])
@pytest.mark.slow
def test_real_change_of_every_pair_of_years_in_prices_of_every_year(
    hnf: Run, published: Published, start: str, end: str
) -> None:
    """By the deflator alone; withheld only for the years over which it moved untypically, into 2020-21 and 2021-22."""
    if start >= end:
        return
    refused = (start, end) in {("2019-20", "2020-21"), ("2020-21", "2021-22")}
    pounds = [published.money(year, "block")["919"] for year in (start, end)]
    deflated = [amount / published.deflator[year] for amount, year in zip(pounds, (start, end), strict=True)]
    for base in (*published.deflator, "2008-09", "2035-36"):
        found = hnf("explain", "919", "--year", end, "--against", start, "--base-year", base, "--format", "json")
        real = found.json["against"]["real"]
        assert real["authority"]["change_pct"] == (None if refused else rise(*deflated)), base
        known = published.deflator.get(base)
        expected = None if known is None else near(deflated[1] * known, rel=1e-12)
        assert real["authority"]["to"]["value_gbp"] == expected, base
        assert (real["reason"] is None) == (not refused and known is not None), base


def test_real_terms_by_hand(hnf: Run) -> None:
    """Hertfordshire, £115,319,916 of 2019-20 in 2025-26 prices: × 100 ÷ 78.1735 = £147,517,913 (a calculator)."""
    found = hnf("growth", "Hertfordshire", "--from", "2015", "--to", "2025", "--format", "json").json["funding"]["real"]
    assert round(found["authority"]["from"]["value_gbp"] / 1e3) == 147_518
    assert round(found["authority"]["to"]["value_gbp"] / 1e3) == round(180_432.328 / 0.928945)


@pytest.mark.parametrize(("measure", "first"), [("block", "2019-20"), ("nff", "2021-22")])
def test_funding_beside_need_of_every_authority(
    store: api.Store, published: Published, measure: str, first: str
) -> None:
    """Cash, real terms and plans, each with the first year at 100; pounds a plan; changes to the last funded year."""
    years = YEARS[YEARS.index(first) :]
    januaries = list(range(start_of(first), 2027))
    money = [published.money(year, measure) for year in years]
    need = [published.plans[january] for january in januaries]
    deflator = [published.deflator[year] / 100 for year in years]
    compared = 0
    for code in ever_funded(published):
        places = alike(code, [*money, *need])
        if places is None:
            continue
        found = api.wedge(store, code, measure, api.FinancialYear.parse(first))  # type: ignore[arg-type]
        cash = [total(one, codes) for one, codes in zip(money, places, strict=False)]
        real = [pounds / index for pounds, index in zip(cash, deflator, strict=True) if pounds is not None]
        plans = [total(one, codes) for one, codes in zip(need, places[len(money) :], strict=True)]
        gap: list[Any] = [None] * (len(januaries) - len(years))
        per = [[pounds / count for pounds, count in zip(amount, plans, strict=False)] for amount in (cash, real)]
        expected = {
            "cash_gbp": [*cash, *gap],
            "real_gbp": [*real, *gap],
            "plans_count": plans,
            "cash_index": [*(100 * one / cash[0] for one in cash), *gap],
            "real_index": [*(100 * one / real[0] for one in real), *gap],
            "plans_index": [None if one is None else 100 * one / plans[0] for one in plans],
            "cash_per_plan_gbp": [*per[0], *gap],
            "real_per_plan_gbp": [*per[1], *gap],
        }
        rows = [row for row in found.rows() if row["area"] == "place"]
        assert [row["january"] for row in rows] == januaries
        for key, values in expected.items():
            assert [row[key] for row in rows] == [None if one is None else near(one, rel=1e-9) for one in values], key
        change = found.changes()[0]
        for key, values in (("cash", cash), ("real", real), ("plans", plans), ("cash_per_plan", per[0])):
            assert change[f"{key}_pct"] == rise(values[0], values[len(years) - 1])
        assert change["real_per_plan_pct"] == rise(per[1][0], per[1][-1])
        compared += 1
    assert compared >= 148


def test_region_and_neighbours_beside_need(store: api.Store, published: Published) -> None:
    """All pounds and all plans of the sets together, the former areas of the reorganised ones with them."""
    money = {year: published.money(year, "block") for year in YEARS}
    for code, region in (("919", "E12000006"), ("350", "E12000002"), ("213", "E12000007")):
        found = api.wedge(store, code)
        rows = {(row["area"], row["financial_year"]): row for row in found.rows()}
        sets = {
            "region": [one for one, row in published.authorities.items() if row["region_code"] == region],
            "neighbours": published.neighbours["2025"][code],
        }
        for role, codes in sets.items():
            for year in ("2019-20", "2023-24"):
                now = [one for one in codes if one in money[year]]
                if role == "neighbours" and len(now) != len(codes):
                    continue
                plans = published.plans[start_of(year)]
                members = [one for one in codes if one in plans]
                if role == "region":
                    members = [one for one in members if one not in ("201", "420")]  # no allocation: left out
                assert rows[role, year]["cash_gbp"] == near(sum(money[year][one] for one in now), rel=1e-12)
                assert rows[role, year]["plans_count"] == sum(plans[one] or 0 for one in members)
        for year in YEARS:
            assert rows["england", year]["cash_gbp"] == near(sum(money[year].values()), rel=1e-12)
            plans = published.plans[start_of(year)]
            assert rows["england", year]["plans_count"] == plans["england"] - plans["201"] - plans["420"]  # type: ignore[operator]
            rate = published.england(year, "block", "plan")
            assert rows["england", year]["cash_per_plan_gbp"] == near(rate, rel=1e-12)


def carried(history: list[int], method: str, years: int) -> float:
    """Return a count carried forward, over the last five Januaries where a trend is asked for."""
    last, window = history[-1], history[-5:]
    if method in ("no_change", "typical_growth"):
        return last
    if method == "last_growth":
        return last * (last / history[-2]) ** years
    if method == "linear_trend":  # slope of the least-squares line: weights −2, −1, 0, 1, 2 over 10
        slope = (-2 * window[0] - window[1] + window[3] + 2 * window[4]) / 10
        return max(1.0, last + years * slope)
    yearly = (last / window[0]) ** (1 / 4)
    return last * yearly ** sum(0.9**step for step in range(1, years + 1))


#: By method and years ahead, and by the January that a projection started from: outcome over projection.
Ratios = dict[tuple[str, int], dict[int, list[float]]]
CARRIED = ("no_change", "last_growth", "linear_trend", "damped_trend", "typical_growth")


def ratios_of(areas: list[list[int]]) -> Ratios:
    """Return outcome over projection of every area from every January with five counts since 2010."""
    found: Ratios = {}
    for counts in areas:
        for method, years in ((method, years) for method in CARRIED for years in range(1, 6)):
            for now in range(5, len(counts) - years + 1):
                ratio = counts[now + years - 1] / carried(counts[:now], method, years)
                found.setdefault((method, years), {}).setdefault(2009 + now, []).append(ratio)
    return found


def at(values: list[float], share: float) -> float:
    """Return a quantile, interpolated linearly."""
    values = sorted(values)
    place = share * (len(values) - 1)
    low = math.floor(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def known(starts: dict[int, list[float]], years: int, january: int) -> list[float]:
    """Return the ratios whose outcome had come by a January."""
    return [ratio for start, ratios in starts.items() if start + years <= january for ratio in ratios]


def series(published: Published, code: str) -> list[int] | None:
    """Return the plans of an area from 2010 to its last count; None where there is no whole series."""
    dates = [published.plans[january] for january in JANUARIES]
    places = [("england",)] * len(dates) if code == "england" else alike(code, dates)
    counts = [total(one, codes) for one, codes in zip(dates, places, strict=True)] if places else [None]
    while counts and counts[-1] is None:
        counts.pop()
    return [int(one) for one in counts if one] if counts and all(counts) else None


def mape(own: dict[int, list[float]], pool: dict[int, list[float]], method: str, years: int) -> list[float]:
    """Return the error from each January in which a past outcome was known, in per cent of the outcome."""
    naive = method in ("no_change", "last_growth")
    found = []
    for start, ratios in own.items():
        before = known(pool, years, start)
        if before:
            by = 1 if naive else at(before, 0.5)
            found += [100 * abs(by / ratio - 1) for ratio in ratios]
    return found


def coverage(pool: dict[int, list[float]], years: int) -> tuple[int, int]:
    """Return how many outcomes lay between the tenth and ninetieth per cent of earlier ones, of how many."""
    held = tested = 0
    for start, ratios in pool.items():
        before = known(pool, years, start)
        if before:
            low, high = at(before, 0.1), at(before, 0.9)
            held, tested = held + sum(low <= ratio <= high for ratio in ratios), tested + len(ratios)
    return held, tested


@pytest.mark.slow
def test_projection_of_every_authority(store: api.Store, published: Published) -> None:
    """Offered only with a lower error than the naive ones, an interval that held, and all nearer years offered."""
    from hnf.analysis.projection import project

    assert {key: value for key, value in listed("projection").items() if isinstance(value, int | float)} == {
        "trend_januaries": 5, "damping": 0.9, "longest_horizon": 5, "least_origins": 6, "interval_share": 0.8,
        "coverage_tolerance": 0.05, "least_tests": 256, "least_plans": 1000,
        "first_january": 2010, "schema_version": 1,
    }  # fmt: skip
    listed_now = [code for code in published.plans[2026] if code.isdigit()]
    series_of = {code: found for code in ("england", *listed_now) if (found := series(published, code))}
    together = ratios_of([counts for code, counts in series_of.items() if code not in ("england", "941", "943", "839")])
    held = {key: coverage(starts, key[1]) for key, starts in together.items()}
    offered: dict[tuple[str, int], int] = {}
    lines = 0
    for code, counts in series_of.items():
        own = ratios_of([counts])
        pool = own if code == "england" else together
        errors = {key: mape(own[key], pool[key], *key) for key in own}
        found = project(store, code)
        by_key = {(point.method, point.horizon): point for point in found.points}
        assert set(by_key) == {(method, years) for method in CARRIED[2:] for years in range(1, 6)}
        for method in CARRIED[2:]:
            nearer = True
            for years in range(1, 6):
                point, missed = by_key[method, years], errors[method, years]
                naive = min(statistics.fmean(errors[name, years]) for name in ("no_change", "last_growth"))
                assert (point.mape_pct, point.naive_mape_pct) == (near(statistics.fmean(missed)), near(naive))
                assert (point.january, point.origins) == (2009 + len(counts) + years, len(missed))
                inside, tested = coverage(pool[method, years], years) if code == "england" else held[method, years]
                holds = tested >= 256 and abs(inside / tested - 0.8) <= 0.05
                holds = holds and counts[-1] >= 1000
                nearer = nearer and len(missed) >= 6 and statistics.fmean(missed) < naive and holds
                assert point.offered == nearer, (code, method, years)
                assert (point.coverage_pct, point.tested) == (near(100 * inside / tested), tested)
                if not nearer:
                    assert (point.value, point.low, point.high) == (None, None, None)
                    continue
                plain, ends = carried(counts, method, years), known(pool[method, years], years, 2026)
                assert (point.value, point.low, point.high) == tuple(near(plain * at(ends, q)) for q in (0.5, 0.1, 0.9))
                assert point.low < point.value < point.high
                assert 75 <= point.coverage_pct <= 85
                offered[method, years] = offered.get((method, years), 0) + 1
        # The naive line fills every year without a method, as far as six past Januaries could be tried.
        served = {years for (_, years), point in by_key.items() if point.offered}
        tried = {years for years in range(1, 6) if len(errors["no_change", years]) >= 6}
        assert {point.horizon for point in found.naive_line} == tried - served
        for point in found.naive_line:
            name = min(("no_change", "last_growth"), key=lambda one: statistics.fmean(errors[one, point.horizon]))
            assert point.method == name
            assert point.mape_pct == near(statistics.fmean(errors[name, point.horizon]))
            assert point.value == near(carried(counts, name, point.horizon))
            assert point.low is None or point.low <= point.value <= point.high
            inside, tested = held[name, point.horizon]
            low, high = (at(known(together[name, point.horizon], point.horizon, 2026), q) for q in (0.1, 0.9))
            stated = (
                code != "england" and counts[-1] >= 1000 and abs(inside / tested - 0.8) <= 0.05 and low <= 1 <= high
            )
            assert (point.low is not None) == stated
            lines += 1
    assert set(offered) == {*(("typical_growth", years) for years in (1, 2, 3)), ("linear_trend", 1),
                            ("linear_trend", 2), ("damped_trend", 1)}  # fmt: skip
    assert min(offered.values()) > 50
    page = PAGE.read_text(encoding="utf-8")
    for method in CARRIED[1:]:
        shares = [100 * inside / tested for inside, tested in (held[method, years] for years in range(1, 6))]
        assert f"| {method.replace('_', ' ')} | {' | '.join(f'{one:.1f}%' for one in shares)} |" in page
    assert lines > 50
    assert len(series_of) >= 149


def test_intervals_hold_for_areas_of_a_thousand_plans_and_not_for_smaller_ones(published: Published) -> None:
    """The interval of all areas: from 1,000 plans at the start it held within 5 points of 80%, below that far less."""
    listed_now = [code for code in published.plans[2026] if code.isdigit() and code not in ("941", "943", "839")]
    known_series = [found for code in listed_now if (found := series(published, code))]
    together, single = ratios_of(known_series), [ratios_of([counts]) for counts in known_series]
    shares = []
    for method, years in (*(("typical_growth", years) for years in (1, 2, 3)), ("linear_trend", 1), ("linear_trend", 2),
                          ("damped_trend", 1), ("last_growth", 1), ("last_growth", 2)):  # fmt: skip
        small, large = [], []
        before = {start: known(together[method, years], years, start) for start in together[method, years]}
        ends = {start: (at(found, 0.1), at(found, 0.9)) for start, found in before.items() if found}
        for counts, own in zip(known_series, single, strict=True):
            for start, (ratio,) in own[method, years].items():
                if start in ends:
                    inside = ends[start][0] <= ratio <= ends[start][1]
                    (small if counts[start - 2010] < 1000 else large).append(inside)
        assert abs(statistics.fmean(large) - 0.8) <= 0.05, (method, years)
        assert len(small) > 100
        shares.append(100 * statistics.fmean(small))
    page = PAGE.read_text(encoding="utf-8")
    assert f"for smaller ones they held {min(shares):.0f}% to {max(shares):.0f}%" in page
    assert max(shares) < 75


def places_of(values: list[float]) -> list[float]:
    """Return ranks, equal values in the middle of their places."""
    ordered = sorted(values)
    return [ordered.index(one) + (ordered.count(one) - 1) / 2 for one in values]


@pytest.mark.parametrize("ages", ["2-18", "0-25"])
@pytest.mark.parametrize("measure", ["block", "nff"])
def test_association_of_money_and_need(hnf: Run, published: Published, measure: str, ages: str) -> None:
    """Spearman: Pearson's correlation of the ranks. Interval: tanh(atanh r ± 1.959964 √((1 + r²/2) ÷ (n − 3)))."""
    answer = hnf("association", "--measure", measure, "--ages", ages, "--format", "json").json
    assert [found["financial_year"] for found in answer["years"]] == list(YEARS)
    for found in answer["years"]:
        year = found["financial_year"]
        people = published.people(start_of(year), ages=ages)
        rates, plans = published.rates(year, measure, "head"), published.over(year, "plan")
        codes = [code for code in rates if code in plans and code in people]
        pairs = [places_of([rates[c] for c in codes]), places_of([plans[c] / people[c] for c in codes])]
        value = statistics.correlation(*pairs)
        reach = 1.959963984540054 * math.sqrt((1 + value**2 / 2) / (len(codes) - 3))
        assert found["authorities"] == len(codes)
        assert found["value"] == near(value, rel=1e-9)
        assert found["low"] == near(math.tanh(math.atanh(value) - reach), rel=1e-9)
        assert found["high"] == near(math.tanh(math.atanh(value) + reach), rel=1e-9)


@pytest.mark.parametrize("measure", ["block", "nff"])
def test_elasticity(hnf: Run, published: Published, measure: str) -> None:
    """The least-squares slope by its normal equations; 1.97635 is Student's t of 97.5% at 146 degrees (a table)."""
    answer = hnf("association", "--measure", measure, "--format", "json").json["elasticity"]
    money = [published.money(year, measure) for year in ("2019-20", "2023-24")]
    need = [published.plans[january] for january in (2019, 2023)]
    changes = set()
    for code in published.funded("2023-24"):
        places = alike(code, [*money, *need])
        if places and all(total(one, codes) for one, codes in zip([*money, *need], places, strict=True)):
            a, b, c, d = (total(one, codes) or 0 for one, codes in zip([*money, *need], places, strict=True))
            changes.add((math.log(d / c), math.log(b / a)))
    n = len(changes)
    x, y = (statistics.fmean(pair[side] for pair in changes) for side in (0, 1))
    sxx = sum((one - x) ** 2 for one, _ in changes)
    slope = sum((one - x) * (other - y) for one, other in changes) / sxx
    residuals = sum((other - y - slope * (one - x)) ** 2 for one, other in changes)
    error = math.sqrt(residuals / (n - 2) / sxx)
    assert (answer["authorities"], n) == (148, 148)
    assert answer["value"] == near(slope, rel=1e-9)
    assert answer["low"] == near(slope - 1.97635 * error, abs=1e-6)
    assert answer["high"] == near(slope + 1.97635 * error, abs=1e-6)


def test_growth_of_plans_on_a_map(hnf: Run, published: Published) -> None:
    answer = hnf("map", "--growth", "--from", "2015", "--to", "2025", "--format", "json").json
    shown = {tile["la_code"]: tile["value"] for tile in answer["tiles"]}
    for code, value in shown.items():
        places = alike(code, [published.plans[2015], published.plans[2025]])
        ends = [total(published.plans[year], codes) for year, codes in zip((2015, 2025), places or [], strict=False)]
        assert value == (rise(*ends) if len(ends) == 2 else None)
    assert sum(value is not None for value in shown.values()) >= 148


def test_the_measures_here_are_those_of_the_command(hnf: Run) -> None:
    assert all(hnf("rank", "--year", "2023-24", "--measure", one, "--format", "json").code == 0 for one in MEASURES)


def resampled(
    pairs: list[list[float]], interval: Callable[[list[float], list[float]], tuple[float, float, float]]
) -> float:
    """Return how often the interval of areas drawn with replacement held the value of all areas, in per cent."""
    value, _, _ = interval(*pairs)
    draw = random.Random(7)
    held = 0
    for _ in range(DRAWS):
        places = draw.choices(range(len(pairs[0])), k=len(pairs[0]))
        _, low, high = interval([pairs[0][place] for place in places], [pairs[1][place] for place in places])
        held += low <= value <= high
    return 100 * held / DRAWS


#: With 600 draws, 95% is known to 1.8 points at two standard errors.
DRAWS = 600


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.slow
def test_the_interval_of_the_correlation_holds_as_often_as_it_says(published: Published, year: str) -> None:
    """Of all authorities: samples of the same size as all, each with the interval that `hnf association` prints."""
    from hnf.analysis.association import spearman_interval

    people = published.people(start_of(year), ages="2-18")
    rates, plans = published.rates(year, "block", "head"), published.over(year, "plan")
    codes = [code for code in rates if code in plans and code in people]

    def interval(money: list[float], need: list[float]) -> tuple[float, float, float]:
        value = statistics.correlation(places_of(money), places_of(need))
        return (value, *spearman_interval(value, len(money)))

    pairs = [[rates[code] for code in codes], [plans[code] / people[code] for code in codes]]
    assert abs(resampled(pairs, interval) - 95) <= 2.5


def test_the_interval_of_the_elasticity_holds_within_five_points_of_what_it_says(published: Published) -> None:
    """From 92% to 97% for these years: Student's t takes every area to scatter alike, which they do only roughly."""

    def interval(need: list[float], money: list[float]) -> tuple[float, float, float]:
        slope, freedom = statistics.linear_regression(need, money).slope, len(need) - 2
        scatter = (1 - statistics.correlation(need, money) ** 2) / freedom
        reach = 1.976 * statistics.stdev(money) / statistics.stdev(need) * math.sqrt(scatter)
        return slope, slope - reach, slope + reach

    for first, last in (("2019-20", "2023-24"), ("2020-21", "2023-24"), ("2021-22", "2023-24")):
        money = [published.money(year, "block") for year in (first, last)]
        plans = [published.plans[start_of(year)] for year in (first, last)]
        codes = [code for code in money[0] if code in money[1] and plans[0].get(code) and plans[1].get(code)]
        assert len(codes) > 140
        pairs = [[math.log(one[1][code] / one[0][code]) for code in codes] for one in (plans, money)]
        assert abs(resampled(pairs, interval) - 95) <= 5
