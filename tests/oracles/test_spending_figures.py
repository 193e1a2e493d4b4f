"""Spending, placements and balances of every authority and of England, added up again from the tables."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from published_tables import Published, rows_of

from hnf.analysis.spending import spending
from hnf.measures.rates import MeasureSpec
from hnf.measures.shares import ReturnFlag, flags_of, measure_value
from hnf.packs.findings import Findings
from hnf.packs.sections.need import placements_section, service_section
from hnf.packs.subject import subject_of
from hnf.tables.authorities import Authorities
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_placements_in_packs_are_those_of_the_tables(store: Store) -> None:
    """Groups of settings of the latest January, added up from the printed settings; their sum is all plans."""
    groups = {
        "In mainstream schools": ["mainstream_total"],
        "In state-funded special schools": ["special_la_maintained", "special_academy", "special_free_school"],
        "In independent and non-maintained special schools": ["special_independent", "special_non_maintained"],
        "In further education and specialist post-16 institutions": ["fe_total"],
        "In alternative provision and pupil referral units": ["ap_pru_total"],
        "Educated elsewhere: at home, in other arrangements or settings, awaiting a place, or not in education": [
            "ed_elsewhere"
        ],
        "In non-maintained early years settings": ["nm_early_years"],
        "Whose setting is not recorded": ["placement_unknown"],
    }
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows_of("placements"):
        if row["january"] == "2026" and row["value"] and row["geographic_level"] != "regional":
            counts[row["la_code"] or "england"][row["item"]] = int(row["value"])
    whole = {label: sum(counts["england"][item] for item in items) for label, items in groups.items()}
    assert sum(whole.values()) == counts["england"]["total"] == 718_838
    assert counts["england"]["special_independent"] == 35_569
    assert round(100 * 35_569 / 718_838, 1) == 4.9
    seen = 0
    for code, own in counts.items():
        if code == "england":
            continue
        section = placements_section(store, Authorities.of(store)[code])
        assert section is not None
        *rows, last = section.tables[0].rows
        assert [row[0] for row in rows] == list(groups)
        assert last[:4] == ("All EHC plans", own["total"], "", 718_838)
        for row in rows:
            part = sum(own[item] for item in groups[str(row[0])])
            assert row[1] == part
            assert row[2] == pct(part, own["total"])
            assert row[3] == whole[str(row[0])]
            assert row[4] == pct(whole[str(row[0])], 718_838)
        assert sum(int(row[1] or 0) for row in rows) == own["total"]
        seen += 1
    assert seen == 152


@pytest.mark.raw
def test_sentences_on_placements_and_waits_are_the_published_percentages(store: Store, raw: Path) -> None:
    """The shares as the files print them, to one decimal, and sums of settings for those that they do not print."""

    def rows(name: str) -> tuple[dict[str, str], dict[str, str]]:
        with (raw / "sen2" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            found = {row["old_la_code"] or row["geographic_level"]: row for row in csv.DictReader(file)}
        return found["919"], found["National"]

    settings = [
        ["mainstream_total"],
        ["special_la_maintained", "special_academy", "special_free_school"],
        ["special_independent", "special_non_maintained"],
    ]
    placed = [
        f"{100 * sum(int(row[item]) for item in items) / int(row['ehcplans']):.1f}%"
        for items in settings
        for row in rows("placements_2026")
    ]
    here, england = rows("placements_2026")
    assert [placed[0], placed[1]] == [f"{float(row['mainstream_total_pc']):.1f}%" for row in (here, england)]
    process, places, _ = service_section(Findings(subject_of(store, "919"))).paragraphs
    assert places.text == (
        "In January 2026, of children and young people with an EHC plan in Hertfordshire, {} were in mainstream "
        "schools ({}), {} were in state-funded special schools ({}) and {} were in independent special schools ({}); "
        "England in brackets."
    ).format(*placed)
    waits = [row["pc_plans_issued_within_20_weeks"] for row in rows("timeliness_20_week_2025")]
    refused = [row["request_not_assess_pc"] for row in rows("requests_2025")]
    assert process.text == (
        "In 2025 Hertfordshire issued {}% of new EHC plans within 20 weeks (England {}%) and refused {}% of requests "
        "for an assessment (England {}%)."
    ).format(*waits, *refused)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("921", "Placements on the Isle of Wight in January 2026 are not published."),
        ("921", "The share of new EHC plans issued within 20 weeks in 2025 is not published. The share of requests"),
        ("201", "with an EHC plan in the City of London, 13 of 26 were in mainstream schools (45.5%)"),
        ("201", "issued 4 of 4 new EHC plans within 20 weeks (England 45.5%) and refused 1 of 5 requests for"),
        ("879", "The setting of 20.8% is not recorded (England 1.0%), so these shares may be too low."),
        ("856", "The share of new EHC plans issued within 20 weeks in 2025 is not published."),
    ],
)
def test_what_is_withheld_small_or_not_recorded_is_said(store: Store, code: str, said: str) -> None:
    """Counts read in the published files: 13 of 26, 4 of 4, 1 of 5; 759 of 3,646 settings unknown in Plymouth."""
    assert round(100 * 759 / 3_646, 1) == 20.8
    section = service_section(Findings(subject_of(store, code)))
    assert said in " ".join(sentence.text for sentence in section.paragraphs)


def test_a_figure_that_a_flag_doubts_is_not_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up flag on Hertfordshire's refusals and on its settings of the latest January."""
    made_up = [
        ReturnFlag("Few were recorded.", "made up", kind, (period,), ("919",), (table,), ())
        for table, period, kind in (("requests", "2025", "recording"), ("placements", "2026", "faulty"))
    ]
    monkeypatch.setattr("hnf.measures.shares.return_flags", lambda: made_up)
    fresh = Store()
    process, placed, _ = (one.text for one in service_section(Findings(subject_of(fresh, "919"))).paragraphs)
    assert placed == "Placements in Hertfordshire in January 2026 are not given: the return is faulty."
    assert process.endswith("The share of requests refused in 2025 is not recorded reliably.")
    section = placements_section(fresh, Authorities.of(store)["919"])
    assert section is not None
    assert "Few were recorded." in section.tables[1].notes


def test_settings_that_are_not_recorded_are_flagged_above_the_assumed_share(store: Store) -> None:
    unknown: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows_of("placements"):
        if (row["january"], row["geographic_level"]) == ("2026", "local_authority") and row["value"]:
            unknown[row["la_code"]][row["item"]] = float(row["value"])
    shares = {code: 100 * own["placement_unknown"] / own["total"] for code, own in unknown.items()}
    flags = flags_of(store, MeasureSpec("mainstream_pct", "2026"))
    flagged = {code for code, words in flags.items() if any("not recorded" in one for one in words)}
    assert flagged == {code for code, share in shares.items() if share > 5} == {"333", "356", "813", "879", "935"}
    assert "The setting of 20.8% of plans is not recorded, so that shares of settings may be too low." in flags["879"]
    assert "The setting of 20.8%" in measure_value(store, MeasureSpec("special_state_pct", "2026"), "879").derivation
    assert not flags_of(store, MeasureSpec("setting_unknown_pct", "2026")).get("879")


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
