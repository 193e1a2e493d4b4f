"""Spending and balances of every authority and of England, added up again from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from published_tables import Published, rows_of

from hnf.analysis.spending import spending
from hnf.tables.store import Store

Run = Callable[..., Any]
near = pytest.approx
PLACES = [f"place_{one}" for one in ("early_years", "primary", "secondary", "special", "pru_ap", "post_school")]
#: What section 251 lists on high needs; `place_special_pru_ap` and the lines of each top-up are parts of these.
ADDED = (
    *PLACES,
    "top_up_state",
    "top_up_independent",
    "sen_support",
    "alternative_provision",
    "hospital_education",
    "therapies",
)
RETURNS = (("2020-21", "outturn"), ("2021-22", "budget"))


def pct(part: float, whole: float) -> Any:
    return near(part / whole * 100, rel=1e-12) if whole else None


def test_spending_of_every_authority(store: Store, published: Published) -> None:
    lines: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    england: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows_of("spending"):
        if row["value"] and row["geographic_level"] == "local_authority":
            key = (row["financial_year"], row["kind"])
            lines[key][row["la_code"]][row["line"]] = float(row["value"])
            england[key][row["line"]] += float(row["value"])
    seen = 0
    for code in lines[RETURNS[0]]:
        for found in spending(store, code).to_json()["returns"]:
            year, key = found["financial_year"], (found["financial_year"], found["kind"])
            own = lines[key].get(code)
            if own is None:
                continue
            total, whole = sum(own[line] for line in ADDED), sum(england[key][line] for line in ADDED)
            top_ups = own["top_up_state"] + own["top_up_independent"]
            assert found["total"]["value"] == near(total, rel=1e-12)
            assert found["england_total"]["value"] == near(whole, rel=1e-12)
            assert found["independent_share"]["value"] == pct(own["top_up_independent"], top_ups)
            both = england[key]["top_up_state"] + england[key]["top_up_independent"]
            assert found["england_independent_share"]["value"] == pct(england[key]["top_up_independent"], both)
            assert {line["line"]: line["value"] for line in found["lines"]} == near(own, rel=1e-12)
            for which in ("before", "after"):
                term = f"total_{which}_deductions"
                if code in published.funded(year):
                    block = published.block[year][code][term] or 0
                    assert found[f"allocation_{which}"]["value"] == near(block)
                    assert found[f"share_{which}"]["value"] == pct(total, block)
                else:
                    assert (found[f"allocation_{which}"], found[f"share_{which}"]) == (None, None)
                all_of_it = published.block[year]["england"][term] or 0
                assert found[f"england_share_{which}"]["value"] == pct(whole, all_of_it)
            seen += 1
    assert seen >= 290


def test_balance_of_every_authority(hnf: Run) -> None:
    """As printed: below zero is a deficit."""
    printed: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows_of("dsg_balance"):
        if row["value"]:
            printed[row["la_code"] or row["geographic_level"]][row["financial_year"]] = float(row["value"])
    for code in ("919", "202", "330", "821"):
        balances = hnf("spending", code, "--format", "json").json["balances"]
        assert {one["financial_year"]: one["balance_pct_of_income"]["value"] for one in balances} == printed[code]
        for one in balances:
            assert one["england_balance_pct_of_income"]["value"] == printed["national"][one["financial_year"]]
    assert printed["national"]["2019-20"] == -1.08
