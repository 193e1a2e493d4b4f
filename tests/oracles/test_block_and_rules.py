"""The block, its reconciliation, floor and limit, additional money and scenarios, worked again for every authority."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from published_tables import YEARS, Published

import hnf as api
from hnf.analysis.trace import resolve

Run = Callable[..., Any]
near = pytest.approx
#: The parts that the row printed above the total adds up, read off the sheets (FIELD.md).
ADDED = {
    "2019-20": ("nff_in_protection", "B×C", "import_export", "additional"),
    "2020-21": ("nff_in_protection", "B×C", "import_export", "special_free_schools"),
    "2021-22": ("nff_in_protection", "B×C", "import_export", "special_free_schools", "hospital_ap"),
    "2022-23": ("nff_in_protection", "B×C", "import_export", "special_free_schools", "hospital_ap", "additional"),
    "2023-24": ("nff_in_protection", "B×C", "import_export", "special_free_schools", "hospital_ap", "additional"),
}


def parts_of(row: dict[str, float | None], year: str) -> dict[str, float]:
    """Return the parts of one row in pounds."""
    product = (row["basic_entitlement_rate"] or 0) * (row["basic_entitlement_pupils"] or 0)
    return {part: product if part == "B×C" else row[part] or 0 for part in ADDED[year]}


@pytest.mark.parametrize("year", YEARS)
def test_steps_of_every_authority(store: api.Store, published: Published, year: str) -> None:
    heads = published.over(year, "head")
    for code in published.funded(year):
        row = published.block[year][code]
        parts = parts_of(row, year)
        answer = api.allocate(store, code, api.FinancialYear.parse(year)).to_json()
        assert answer["steps_total_gbp"] == near(sum(parts.values()), rel=1e-14)
        if year == "2019-20":  # the final totals, which no step explains
            first, last = published.formula[year][code], row
            parts["later"] = (last["total_before_deductions"] or 0) - (first["total_before_deductions"] or 0)
            row = row | {"deductions": (last["total_before_deductions"] or 0) - (last["total_after_deductions"] or 0)}
            assert (answer["steps_edition"], answer["total_edition"]) == ("2019-03-27", "2023-07-21")
        assert [step["value_gbp"] for step in answer["steps"]] == near(list(parts.values()), abs=1e-6)
        assert answer["total_gbp"] == near(sum(parts.values()), rel=1e-14)
        assert answer["published_total_gbp"] == near(row["total_before_deductions"])
        assert answer["difference_gbp"] == near(sum(parts.values()) - (row["total_before_deductions"] or 0), abs=1e-6)
        assert answer["deductions_gbp"] == near(row["deductions"])
        assert answer["after_deductions_gbp"] == near(row["total_after_deductions"])
        rate = (row["total_before_deductions"] or 0) / heads[code] if code in heads else None
        assert answer["per"]["value_gbp"] == (rate and near(rate, rel=1e-12))
        assert answer["per"]["denominator"] == heads.get(code)


def test_reconciliation(hnf: Run, published: Published) -> None:
    """Largest difference, England less the sum, regions and types less theirs, and the rate of the additional money."""
    for found in hnf("reconcile", "--format", "json").json["years"]:
        year = found["financial_year"]
        block, codes = published.formula[year], published.funded(year)
        totals = {code: block[code]["total_before_deductions"] or 0 for code in codes}
        off = [abs(sum(parts_of(block[code], year).values()) - totals[code]) for code in codes]
        assert (found["authorities"], found["within_1_gbp"]) == (len(codes), sum(one <= 1 for one in off))
        assert found["max_abs_difference_gbp"] == near(max(off), abs=1e-6)
        england = block["england"]
        assert found["england_minus_sum_gbp"] == near(
            (england["total_before_deductions"] or 0) - sum(totals.values()), abs=1e-4
        )
        own = sum(parts_of(england, year).values()) - (england["total_before_deductions"] or 0)
        assert found["england_own_formula_gbp"] == near(own, abs=1e-4)
        groups = {
            area: row["total_before_deductions"] or 0
            for area, row in block.items()
            if not area.isdigit() and area != "england"
        }
        for area, printed in groups.items():
            one = [
                totals[code]
                for code in codes
                if area in (published.authorities[code]["region_code"], published.authorities[code]["authority_type"])
            ]
            assert found["groups_minus_sum_gbp"][area] == near(printed - sum(one), abs=1e-4)
        assert set(found["groups_minus_sum_gbp"]) == set(groups)
        after = [
            totals[code] - (block[code]["deductions"] or 0) - (block[code]["total_after_deductions"] or 0)
            for code in codes
        ]
        assert found["deductions_max_abs_difference_gbp"] == near(max(map(abs, after)), abs=1e-6)
        if year in ("2022-23", "2023-24"):
            before = {code: block[code]["nff_before_gains_limit"] or 0 for code in codes}
            extra = {code: block[code]["additional"] or 0 for code in codes}
            share = sum(extra.values()) / sum(before.values())
            assert found["additional"]["solved_share"] == near(share, rel=1e-12)
            worst = max(abs(before[code] * share - extra[code]) for code in codes)
            assert found["additional"]["max_abs_difference_gbp"] == near(worst, rel=1e-6)
        else:
            assert found["additional"] is None
        assert found["edition"] == {"2019-20": "2019-03-27", "2023-24": "2023-07-20"}.get(year, found["edition"])
        final = published.block[year]
        for each in found["later"] or []:
            assert (year, each["edition"], each["authorities"]) == ("2019-20", "2023-07-21", 149)
            assert each["england_gbp"] == near(final["england"][each["term"]])
            sum_of = math.fsum(final[code][each["term"]] or 0 for code in codes)
            assert each["england_minus_sum_gbp"] == near((final["england"][each["term"]] or 0) - sum_of, abs=1e-4)
        assert len(found["later"] or []) == (2 if year == "2019-20" else 0)


def with_symbol(folder: Path, area: str, term: str) -> None:
    """Print x in place of one number of 2023-24, as DfE prints a figure that is not available."""
    path = folder / "dsg_high_needs_block.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    heading = lines[0].split(",")
    value, status = heading.index("value"), heading.index("status")
    changed = 0
    for number, line in enumerate(lines):
        cells = line.split(",")
        if cells[0] == "2023-24" and cells[heading.index("term")] == term and area in cells[2:6]:
            cells[value], cells[status] = "", "x"
            lines[number], changed = ",".join(cells), changed + 1
    assert changed == 1
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("area", "term", "named"),
    [
        ("919", "total_before_deductions", ()),
        ("919", "deductions", ()),
        ("919", "total_after_deductions", ()),
        ("919", "additional", ()),
        ("919", "nff_in_protection", ()),
        ("919", "hospital_ap", ()),
        ("national", "total_before_deductions", ("England, ", "England: its own row, evaluated, ")),
        ("national", "total_after_deductions", ("England, ",)),
        ("national", "import_export", ("England, ", "England: its own row, evaluated, ")),
        ("E12000006", "total_before_deductions", ("East of England, ", "East of England: its own row, ")),
        ("E12000006", "hospital_ap", ("East of England, ", "East of England: its own row, ")),
        ("upper_tier", "total_before_deductions", ("upper tier, ", "upper tier: its own row, evaluated, ")),
    ],
)
def test_a_symbol_in_a_printed_figure_never_reconciles(
    hnf: Run, tables: Path, area: str, term: str, named: tuple[str, ...]
) -> None:
    """x is no number: not nought, not in agreement. The year fails, and says where."""
    with_symbol(tables, area, term)
    found = hnf("reconcile", "--year", "2023-24", "--data", tables, "--format", "json")
    assert found.code == 1, found.err
    year = found.json["years"][0]
    assert year["status"] == found.json["status"] == "differs"
    off = year["columns"]["off"]
    assert all(any(words.casefold() in line.casefold() for line in off) for words in named), off
    if area == "919":
        assert off  # the sums of England, its region and its type no longer hold
        in_row = term not in ("deductions", "total_after_deductions")
        assert [row["area"] for row in year["off"]] == (["919"] if in_row else [])
        assert year["within_1_gbp"] == 150 + (not in_row)
        if term.startswith("total") or term == "deductions":
            assert year["deductions_max_abs_difference_gbp"] in (None, math.inf)
    if (area, term) == ("national", "total_before_deductions"):
        assert year["england_minus_sum_gbp"] in (None, math.inf)
        assert year["england_own_formula_gbp"] in (None, math.inf)
    elif term == "total_before_deductions" and area != "919":
        assert year["groups_minus_sum_gbp"][area] in (None, math.inf)


#: Floor and limit in per cent, year and columns of the baseline (FIELD.md); per head of DfE's projections.
RULES = {
    "2021-22": (8, 12, "2020-21", ("nff_in_protection",)),
    "2022-23": (8, 11, "2021-22", ("nff_in_protection",)),
    "2023-24": (5, 7, "2022-23", ("nff_in_protection", "additional")),
}


@pytest.mark.parametrize("year", RULES)
def test_floor_and_limit_of_every_authority(hnf: Run, published: Published, year: str) -> None:
    floor_pct, limit_pct, before, terms = RULES[year]
    answer = hnf("protection", "--year", year, "--format", "json").json
    heads = [published.people(int(one[:4]), "dfe_projection") for one in (before, year)]
    assert (answer["floor_pct"], answer["limit_pct"]) == (floor_pct, limit_pct)
    bound = {"floor": 0, "limit": 0}
    for row in answer["rows"] + answer["combined"]:
        codes = row["la_code"].split("+")
        older = {"942+943": ["909"], "940+941": ["928"]}.get(row["la_code"], codes)
        now = sum(published.block[year][code]["nff_in_protection"] or 0 for code in codes)
        assert row["published_gbp"] == near(now)
        known = set(older) <= set(published.funded(before)) & set(heads[0]) and set(codes) <= set(heads[1])
        if not known:
            assert (row["floor_gbp"], row["limit_gbp"], row["change_pct"]) == (None, None, None)
            continue
        base = sum(published.block[before][code][term] or 0 for code in older for term in terms)
        people = [sum(heads[0][code] for code in older), sum(heads[1][code] for code in codes)]
        floor, limit = (base / people[0] * people[1] * (1 + pct / 100) for pct in (floor_pct, limit_pct))
        expected = {
            "baseline_gbp": base,
            "baseline_per_head_gbp": base / people[0],
            "floor_gbp": floor,
            "limit_gbp": limit,
            "change_pct": (now / people[1]) / (base / people[0]) * 100 - 100,
            "floor_distance_gbp": now - floor,
            "limit_distance_gbp": limit - now,
            "floor_distance_pct": (now - floor) / floor * 100,
            "limit_distance_pct": (limit - now) / limit * 100,
            "heads": people[1],
            "previous_heads": people[0],
        }
        assert {key: row[key] for key in expected} == near(expected, rel=1e-9, abs=1e-6)
        on = [name for name, amount in (("floor", floor), ("limit", limit)) if abs(now - amount) <= 2]
        assert (row["class"] in ("floor", "limit")) == bool(on)
        if on:
            assert (row["class"], row["bound"]) == (on[0], on[0])
            bound[on[0]] += "+" not in row["la_code"]
        if row["class"] == "between":
            assert floor < now < limit
        amounts = {"floor": floor, "limit": limit}
        assert row["recomputed_gbp"] == (near(amounts[row["bound"]]) if row["bound"] else None)
        assert row["difference_gbp"] == (near(amounts[row["bound"]] - now, abs=1e-6) if row["bound"] else None)
        if row["baseline_addition_gbp"] is not None:
            raised = (base + row["baseline_addition_gbp"]) / base * amounts[row["bound"]]
            assert raised == near(now, abs=1e-3)
            places = row["baseline_addition_places"]
            assert places is None or abs(places * 6000 - row["baseline_addition_gbp"]) <= 2
        if year != "2021-22":
            lost = sum(published.block[year][code]["nff_before_gains_limit"] or 0 for code in codes) - now
            assert row["gains_limit_loss_gbp"] == near(lost)
    assert {key: answer["counts"][key] for key in bound} == bound
    if year == "2022-23":
        assert (bound["floor"] > 60, bound["limit"] > 30) == (True, True)  # FIELD.md


@pytest.mark.parametrize(("year", "split"), [("2022-23", 150), ("2023-24", 151)])
def test_the_change_of_column_a_of_every_authority(
    store: api.Store, published: Published, year: str, split: int
) -> None:
    """H of the year before, people, and pounds a head: the three add up to the printed change, to the penny."""
    floor_pct, limit_pct, before, terms = RULES[year]
    heads = [published.people(int(one[:4]), "dfe_projection") for one in (before, year)]
    found = 0
    years = api.FinancialYear.parse(year), api.FinancialYear.parse(before)
    for code in published.funded(year):
        answer = api.explain(store, code, years[0], against=years[1]).to_json()["against"]
        newer, older = (["942", "943"], ["909"]) if code in ("942", "943") else ([code], [code])
        columns = {term: sum(published.block[before][one][term] or 0 for one in older) for term in terms}
        base, was = sum(columns.values()), columns["nff_in_protection"]
        now = sum(published.block[year][one]["nff_in_protection"] or 0 for one in newer)
        people = [sum(heads[0][one] for one in older), sum(heads[1][one] for one in newer)]
        moved = base * people[1] / people[0]
        expected = {"rolled_in": base - was} if len(terms) > 1 else {}
        expected |= {"population_part": base * (people[1] / people[0] - 1), "rise": now - moved}
        parts = {part["term"]: part["value_gbp"] for part in answer["column_a_parts"]}
        assert parts == near(expected, abs=0.001), code
        assert sum(parts.values()) == near(now - was, abs=0.01), code
        assert next(part["change_gbp"] for part in answer["parts"] if part["term"] == "nff_in_protection") == now - was
        rises = {part["term"]: part["value_gbp"] for part in answer["column_a_rise_parts"]}
        assert sum(rises.values()) == near(now - moved, abs=0.01)
        assert rises["rise_minimum"] == near(moved * floor_pct / 100, abs=0.01)
        if "rise_to_limit" in rises:
            assert rises["rise_to_limit"] == near(moved * (limit_pct - floor_pct) / 100, abs=0.01)
        if answer["column_a_rule"] in ("floor", "limit"):
            assert abs(rises["rise_beyond"]) <= 2
            assert ("rise_to_limit" in rises) == (answer["column_a_rule"] == "limit")
        found += 1
    assert found == split


@pytest.mark.parametrize(("year", "whole"), [("2022-23", 9), ("2023-24", 35)])
def test_exactly_a_whole_number_of_places_is_said_where_it_is_one(
    store: api.Store, published: Published, year: str, whole: int
) -> None:
    """By hand: (baseline + n × £6,000) per head × rate × people is column A within £2; n is within column E."""
    floor_pct, limit_pct, before, terms = RULES[year]
    heads = [published.people(int(one[:4]), "dfe_projection") for one in (before, year)]
    said = 0
    for code in published.funded(year):
        words = " ".join(api.explain(store, code, api.FinancialYear.parse(year)).sentences)
        if "exactly" not in words:
            continue
        rule, pct = ("funding floor", floor_pct) if "exactly the funding floor" in words else ("gains limit", limit_pct)
        found = re.search(rf"exactly the {rule} on a baseline with £([\d,]+) more: (\d+) × £6,000", words)
        assert found, words
        added, places = float(found[1].replace(",", "")), int(found[2])
        assert added == places * 6000 <= (published.block[before][code]["special_free_schools"] or 0)
        base = sum(published.block[before][code][term] or 0 for term in terms) + added
        amount = base / heads[0][code] * (1 + pct / 100) * heads[1][code]
        assert amount == near(published.block[year][code]["nff_in_protection"], abs=2), code
        took = (published.block[year][code]["nff_before_gains_limit"] or 0) > published.block[year][code][
            "nff_in_protection"
        ]
        assert took == (rule == "gains limit")
        said += 1
    assert said == whole


def test_the_change_of_column_a_of_leeds(hnf: Run, store: api.Store) -> None:
    """As known: £4.15m rolled in, £0.62m people, £7.24m a head; its words add up, and every part leads to cells."""
    answer = hnf("explain", "Leeds", "--year", "2023-24", "--against", "2022-23", "--format", "json").json
    found = answer["against"]["column_a_parts"]
    assert [round(part["value_gbp"] / 1e6, 2) for part in found] == [4.15, 0.62, 7.24]
    assert sum(round(part["value_gbp"]) for part in found) == 110_653_730 - 98_647_387  # printed
    words = " ".join(answer["sentences"])
    assert "Column A rose by £12.01 million: £4.15 million is the additional allocation of 2022-23" in words
    assert "£7.24 million is the rise per head" in words
    assert "£2.07 million is what the gains limit of 7% allows above it: the limit binds" in words
    for part in (*found, *answer["against"]["column_a_rise_parts"]):
        assert hnf("trace", part["figure_id"], "--format", "json").json["value"] == near(part["value_gbp"])
        assert api.trace(store, part["figure_id"]).cells


@pytest.mark.parametrize(
    ("who", "year", "before", "reason"),
    [
        ("919", "2021-22", "2020-21", "column A of 2020-21 still contains hospital money"),
        ("857", "2021-22", "2020-21", "column A of 2020-21 still contains hospital money"),  # no exception for Rutland
        ("Dorset", "2021-22", "2020-21", "the ONS 2018-based projection of mid-2020 is not published for it"),
        ("919", "2020-21", "2019-20", "floor and gains limit of 2020-21 cannot be recomputed"),
        ("919", "2023-24", "2021-22", "2021-22 and 2023-24 do not follow each other"),
    ],
)
def test_column_a_is_not_split_where_the_floor_does_not_start_from_it(
    hnf: Run, who: str, year: str, before: str, reason: str
) -> None:
    found = hnf("explain", who, "--year", year, "--against", before, "--format", "json").json
    against = found["against"]
    assert (against["column_a_parts"], against["column_a_rise_parts"], against["column_a_rule"]) == ([], [], None)
    assert reason in against["column_a_reason"]
    assert any("is not split further" in sentence and reason in sentence for sentence in found["sentences"])


@pytest.mark.parametrize("year", ["2022-23", "2023-24"])
def test_what_the_gains_limit_took(store: api.Store, published: Published, year: str) -> None:
    rows = {code: published.block[year][code] for code in published.funded(year)}
    lost = {c: (row["nff_before_gains_limit"] or 0) - (row["nff_in_protection"] or 0) for c, row in rows.items()}
    for code, pounds in lost.items():
        assert resolve(store, f"limitloss:{year}:{code}").value == near(pounds)
    england = resolve(store, f"limitloss:{year}:england").value
    assert england == near(sum(pounds for pounds in lost.values() if pounds > 0))


@pytest.mark.parametrize(("start", "end"), [("2019-20", "2023-24"), ("2021-22", "2022-23"), ("2020-21", "2021-22")])
@pytest.mark.parametrize("order", ["shapley", "sheet"])
def test_change_in_parts(store: api.Store, published: Published, start: str, end: str, order: str) -> None:
    """Rate and pupils: at the middle of both years (Shapley), or the rate first at the earlier year's pupils."""
    years = [api.FinancialYear.parse(year) for year in (start, end)]
    for code in sorted(set(published.funded(start)) & set(published.funded(end)))[::3]:
        answer = api.explain(store, code, years[1], against=years[0], order=order).to_json()["against"]  # type: ignore[arg-type]
        old, new = published.block[start][code], published.block[end][code]
        before, after = parts_of(old, start), parts_of(new, end)
        rates, pupils = ([row[f"basic_entitlement_{what}"] or 0 for row in (old, new)] for what in ("rate", "pupils"))
        by_rate = (rates[1] - rates[0]) * (sum(pupils) / 2 if order == "shapley" else pupils[0])
        by_pupils = (pupils[1] - pupils[0]) * (sum(rates) / 2 if order == "shapley" else rates[1])
        expected = {"basic_entitlement_rate": by_rate, "basic_entitlement_pupils": by_pupils}
        expected |= {t: after.get(t, 0) - before.get(t, 0) for t in {*before, *after} - {"B×C"}}
        if start == "2019-20":
            march = published.formula[start][code]["total_before_deductions"] or 0
            expected["later_editions"] = march - (old["total_before_deductions"] or 0)
        change = (new["total_before_deductions"] or 0) - (old["total_before_deductions"] or 0)
        found = {part["term"]: part["change_gbp"] for part in answer["parts"]}
        rounding = found.pop("rounding")
        assert found == near(expected, rel=1e-9, abs=1e-4)
        assert answer["change_gbp"] == near(change)
        assert rounding == near(change - sum(expected.values()), abs=1e-3)
        assert answer["change_pct"] == near(change / (old["total_before_deductions"] or 0) * 100)


def in_whole_pounds(pot: int, weights: dict[str, float]) -> tuple[dict[str, int], list[str]]:
    """Share by largest remainder in exact fractions; return the pounds, and the codes by remainder, largest first."""
    whole = sum(map(Fraction, weights.values()))
    exact = {code: pot * Fraction(weight) / whole for code, weight in weights.items()}
    pounds = {code: math.floor(share) for code, share in exact.items()}
    order = sorted(exact, key=lambda code: (pounds[code] - exact[code], code))
    for code in order[: pot - sum(pounds.values())]:
        pounds[code] += 1
    return pounds, order


@pytest.mark.parametrize("rule", ["flat_share", "population", "pupils", "plans"])
@pytest.mark.parametrize("year", ["2019-20", "2022-23", "2023-24"])
def test_additional_money_by_another_rule(store: api.Store, published: Published, year: str, rule: str) -> None:
    """The largest remainders get the pounds left over: those on both sides of the line, both ends, and ten more."""
    if (year, rule) == ("2019-20", "flat_share"):
        with pytest.raises(api.HnfError):
            resolve(store, f"additional:{year}:{rule}:919")
        return
    block, codes = published.block[year], published.funded(year)
    weights: dict[str, float] = {
        "flat_share": lambda: {code: block[code]["nff_before_gains_limit"] or 0 for code in codes},
        "population": lambda: (
            {code: block[code]["population_2_18"] or 0 for code in codes}
            if year == "2019-20"
            else published.over(year, "head", "dfe")
        ),
        "pupils": lambda: published.over(year, "pupil"),
        "plans": lambda: published.over(year, "plan"),
    }[rule]()
    if (year, rule) == ("2023-24", "plans"):  # January 2023 still counts Cumbria
        weights["942+943"] = published.plans[2023]["909"] or 0
    if (year, rule) == ("2019-20", "plans"):  # and January 2019 Dorset, Poole and Bournemouth as they were
        weights["838+839"] = sum(published.plans[2019][code] or 0 for code in ("835", "836", "837"))
    held = {code: block[code]["additional"] or 0 for code in codes}
    alone = set(codes) - {part for area in weights for part in area.split("+")}
    pot = round(sum(held.values())) - sum(round(held[code]) for code in alone)
    pounds, order = in_whole_pounds(pot, weights)
    extra = pot - sum(math.floor(pot * Fraction(w) / sum(map(Fraction, weights.values()))) for w in weights.values())
    assert 0 < extra < len(order)
    for code in {*order[:2], *order[extra - 2 : extra + 2], *order[-2:], *list(weights)[::15], *alone}:
        value = resolve(store, f"additional:{year}:{rule}:{code}").value
        assert value == (pounds[code] if code in pounds else round(held[code])), code


def test_largest_remainder_by_hand() -> None:
    """£10 by 1, 1, 4: £1.67, £1.67, £6.67. £8 by 5, 3, 3: £3.64, £2.18, £2.18. In order where remainders are equal."""
    import numpy as np

    from hnf.analysis.shares import share_in_whole_pounds

    def shared(pot: int, *weights: float) -> list[int]:
        return share_in_whole_pounds(pot, np.array(weights, dtype=np.float64)).tolist()

    assert shared(8, 5, 3, 3) == [4, 2, 2]
    assert shared(8, 3, 5, 3) == [2, 4, 2]
    assert shared(10, 1, 1, 1) == [4, 3, 3]
    assert shared(11, 1, 1, 1) == [4, 4, 3]
    assert shared(9, 1, 1, 1) == [3, 3, 3]
    assert shared(100, 0, 1, 0) == [0, 100, 0]


SCENARIOS = {
    "uplift_1_pct": YEARS,
    "no_gains_limit": YEARS[3:],
    "half_gains_limit": YEARS[3:],
    "no_gains_limit_total_held": YEARS[3:],
    "equal_per_head_10_pct": YEARS,
    "equal_per_pupil_10_pct": YEARS,
    "equal_per_plan_10_pct": YEARS,
    "additional_by_plans": YEARS[3:],
    "additional_by_pupils": YEARS[3:],
    "additional_by_population": YEARS[3:],
    "minimum_per_pupil_national": YEARS,
    "minimum_per_pupil_from_rest": YEARS,
}


def moved(published: Published, name: str, year: str) -> dict[str, float]:
    """Return what a scenario adds to every authority, in pounds."""
    block, codes = published.formula[year], published.funded(year)
    total = {code: block[code]["total_before_deductions"] or 0 for code in codes}
    if name == "uplift_1_pct":
        return {code: total[code] / 100 for code in codes}
    if "gains_limit" in name:
        rows = {code: block[code] for code in codes}
        lost = {c: max((r["nff_before_gains_limit"] or 0) - (r["nff_in_protection"] or 0), 0) for c, r in rows.items()}
        if name == "half_gains_limit":
            return {code: pounds / 2 for code, pounds in lost.items()}
        if name == "no_gains_limit":
            return lost
        scale = sum(total.values()) / (sum(total.values()) + sum(lost.values()))
        return {code: (total[code] + lost[code]) * scale - total[code] for code in codes}
    if name.startswith("minimum"):
        over = published.over(year, "pupil")
        least = statistics.median(total[code] / over[code] for code in over)
        short = {code: max(least * over[code] - total[code], 0) if code in over else 0 for code in codes}
        if name.endswith("national"):
            return short
        above = {code: max(total[code] - least * over[code], 0) if code in over else 0 for code in codes}
        taken = sum(short.values()) / sum(above.values())
        return {code: short[code] - taken * above[code] for code in codes}
    per = {"head": "head", "pupil": "pupil", "plan": "plan", "plans": "plan", "pupils": "pupil", "population": "head"}
    words = name.removesuffix("_10_pct").rsplit("_", 1)[-1]
    population = "dfe" if words == "population" else "ons"
    over = published.over(year, per[words], population)
    amount = {code: block[code]["additional"] or 0 for code in codes} if "additional" in name else total
    pot, people = sum(amount[code] for code in over), sum(over.values())
    part = 0.1 if name.startswith("equal") else 1.0
    return {code: part * (pot * over[code] / people - amount[code]) if code in over else 0.0 for code in codes}


@pytest.mark.parametrize("name", SCENARIOS)
def test_winners_and_losers(hnf: Run, published: Published, name: str) -> None:
    for year in SCENARIOS[name]:
        answer = hnf("scenario", "run", name, "--year", year, "--format", "json").json
        total = {c: published.formula[year][c]["total_before_deductions"] or 0 for c in published.funded(year)}
        heads = published.over(year, "head")
        change = moved(published, name, year)
        rows = {row["la_code"]: row for row in answer["rows"]}
        assert list(rows) == sorted(rows, key=lambda code: (-rows[code]["change_gbp"], code))
        assert {c: row["change_gbp"] for c, row in rows.items()} == near(change, rel=1e-7, abs=1e-3)
        assert {c: row["scenario_gbp"] for c, row in rows.items()} == near(
            {code: total[code] + change[code] for code in total}, rel=1e-10
        )
        assert {c: row["change_pct"] for c, row in rows.items()} == near(
            {code: change[code] / total[code] * 100 for code in total}, rel=1e-6, abs=1e-8
        )
        after = {code: (total[code] + change[code]) / heads[code] for code in heads}
        before = {code: total[code] / heads[code] for code in heads}
        for key, rates in (("before", before), ("after", after)):
            assert {c: row[f"rank_{key}"] for c, row in rows.items() if row[f"rank_{key}"]} == {
                code: 1 + sum(one < rate - 1e-7 for one in rates.values()) for code, rate in rates.items()
            }
        for code, rate in after.items():
            assert rows[code]["scenario_per_head_gbp"] == near(rate, rel=1e-10)
            assert rows[code]["change_per_head_gbp"] == near(rate - before[code], abs=1e-6)
        assert answer["winners"] == sum(pounds >= 0.005 for pounds in change.values())
        assert answer["losers"] == sum(pounds <= -0.005 for pounds in change.values())
        assert answer["unchanged"] == len(total) - answer["winners"] - answer["losers"]
        assert answer["cost_gbp"] == near(sum(change.values()), abs=0.02)
        assert answer["england"]["scenario_gbp"] == near(sum(total.values()) + sum(change.values()))
