"""Growth, real terms, funding beside need, projections and association, worked again for every authority."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from published_tables import MEASURES, REORGANISED, YEARS, Published, listed, start_of

import hnf as api

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


def test_real_terms_by_hand(hnf: Run) -> None:
    """Hertfordshire, £114,676,916 of 2019-20 in 2025-26 prices: × 100 ÷ 78.1735 = £146,695,384 (a calculator)."""
    found = hnf("growth", "Hertfordshire", "--from", "2015", "--to", "2025", "--format", "json").json["funding"]["real"]
    assert round(found["authority"]["from"]["value_gbp"] / 1e3) == 146_695
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
    if method == "no_change":
        return last
    if method == "last_growth":
        return last * (last / history[-2]) ** years
    if method == "linear_trend":  # slope of the least-squares line: weights −2, −1, 0, 1, 2 over 10
        slope = (-2 * window[0] - window[1] + window[3] + 2 * window[4]) / 10
        return max(1.0, last + years * slope)
    yearly = (last / window[0]) ** (1 / 4)
    return last * yearly ** sum(0.9**step for step in range(1, years + 1))


def missed(counts: list[int], method: str, years: int) -> list[tuple[float, float]]:
    """Return outcome over projection and the relative error, from every past January with five counts."""
    found = []
    for now in range(5, len(counts) - years + 1):
        ahead, outcome = carried(counts[:now], method, years), counts[now + years - 1]
        found.append((outcome / ahead, abs(ahead - outcome) / outcome))
    return found


def series(published: Published, code: str) -> list[int] | None:
    """Return the plans of an area from 2010 to its last count; None where there is no whole series."""
    dates = [published.plans[january] for january in JANUARIES]
    places = [("england",)] * len(dates) if code == "england" else alike(code, dates)
    counts = [total(one, codes) for one, codes in zip(dates, places, strict=True)] if places else [None]
    while counts and counts[-1] is None:
        counts.pop()
    return [int(one) for one in counts if one] if counts and all(counts) else None


def mape(counts: list[int], method: str, years: int) -> float:
    return 100 * statistics.fmean(error for _, error in missed(counts, method, years))


def test_projection_of_every_authority(store: api.Store, published: Published) -> None:
    """Offered only where it missed by less than the better of the naive ones; the interval from all areas together."""
    from hnf.analysis.projection import project

    assert {key: listed("projection")[key] for key in ("trend_januaries", "damping", "longest_horizon")} == {
        "trend_januaries": 5, "damping": 0.9, "longest_horizon": 5,
    }  # fmt: skip
    listed_now = [code for code in published.plans[2026] if code.isdigit()]
    known = {code: found for code in ("england", *listed_now) if (found := series(published, code))}
    areas = {code: counts for code, counts in known.items() if code not in ("england", "941", "943", "839")}
    ratios = {
        (method, years): sorted(r for counts in areas.values() for r, _ in missed(counts, method, years))
        for method in ("linear_trend", "damped_trend")
        for years in range(1, 6)
    }

    def at(values: list[float], share: float) -> float:
        place = share * (len(values) - 1)
        low = math.floor(place)
        return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])

    offered = 0
    for code, counts in known.items():
        for point in project(store, code).points:
            method, years = point.method, point.horizon
            own = mape(counts, method, years)
            naive = min(mape(counts, "no_change", years), mape(counts, "last_growth", years))
            assert (point.mape_pct, point.naive_mape_pct) == (near(own), near(naive))
            assert (point.january, point.origins) == (2009 + len(counts) + years, len(missed(counts, method, years)))
            if own >= naive:
                assert (point.value, point.low, point.high) == (None, None, None)
                continue
            value = carried(counts, method, years)
            pool = ratios[method, years] if code != "england" else sorted(r for r, _ in missed(counts, method, years))
            assert point.value == near(value)
            assert (point.low, point.high) == (near(value * at(pool, 0.1)), near(value * at(pool, 0.9)))
            offered += 1
    assert offered > 100
    assert len(areas) >= 148


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
