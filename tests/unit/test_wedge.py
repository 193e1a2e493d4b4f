"""Funding against need: published numbers, arithmetic by hand, areas, gaps, breaks, the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hnf.analysis.funding_against_need import CHANGES, QUANTITIES, notes, sentences, wedge
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec, rate_figure
from hnf.tables.store import Store
from hnf.years import FinancialYear

FY = FinancialYear
TIDY = Path(__file__).parent.parent.parent / "data" / "tidy"
Run = Callable[..., Any]


def test_hertfordshire_by_hand(store: Store) -> None:
    found = wedge(store, "Hertfordshire")
    at = {quantity: found.figure("place", FY(2023), quantity).value for quantity in QUANTITIES}
    # Published: £115,319,915.84 in 2019-20, £180,432,328 in 2023-24; 6,328 and 10,486 plans in January 2019 and 2023.
    assert at["cash"] == 180_432_328
    assert at["plans"] == 10_486
    assert at["cash_index"] == pytest.approx(180_432_328 / 115_319_915.84 * 100)  # 156.5
    assert at["plans_index"] == pytest.approx(10_486 / 6_328 * 100)  # 165.7
    assert at["cash_per_plan"] == pytest.approx(180_432_328 / 10_486)  # £17,207
    # Deflator: 78.1735 in 2019-20, 92.8945 in 2023-24. 156.46 × 78.1735 / 92.8945 = 131.67
    assert at["real_index"] == pytest.approx(180_432_328 / 115_319_915.84 * 100 * 78.1735 / 92.8945)
    # In 2025-26 prices (100): £17,207 × 100 / 92.8945 = £18,523
    assert at["real_per_plan"] == pytest.approx(18_523, abs=1)
    assert found.change("place", "real").value == pytest.approx(31.7, abs=0.05)


def test_every_index_starts_at_100_and_no_base_year_of_prices_moves_one(store: Store) -> None:
    for base in (None, FY(2019), FY(2027)):
        found = wedge(store, "919", base=base)
        for area in found.areas:
            for quantity in ("cash_index", "real_index", "plans_index"):
                assert found.figure(area.role, found.years[0], quantity).value == 100
            assert found.figure(area.role, FY(2023), "real_index").value == pytest.approx(
                wedge(store, "919").figure(area.role, FY(2023), "real_index").value
            )


def test_real_terms_in_the_base_year_are_cash(store: Store) -> None:
    found = wedge(store, "919", base=FY(2021))
    for area in found.areas:
        assert found.figure(area.role, FY(2021), "real").value == found.figure(area.role, FY(2021), "cash").value


def test_the_areas_are_whole_sets(store: Store) -> None:
    found = wedge(store, "919")
    assert [area.role for area in found.areas] == ["place", "england", "region", "neighbours"]
    assert found.areas[2].name == "the East of England"
    neighbours = found.areas[3]
    total = sum(wedge(store, code).figure("place", FY(2023), "cash").value or 0 for code in neighbours.money[FY(2023)])
    assert len(neighbours.money[FY(2023)]) == 10
    assert found.figure("neighbours", FY(2023), "cash").value == pytest.approx(total)
    # Published: 517,048, of which 21 in the City of London and 15 in the Isles of Scilly.
    assert found.figure("england", FY(2023), "plans").value == 517_048 - 36


def test_regions_add_up_to_england(store: Store) -> None:
    """Money of all regions is England's; plans are England's without the City of London and the Isles of Scilly."""
    seats = ["202", "301", "330", "370", "390", "803", "822", "838", "850", "919", "928", "870", "301", "940", "889"]
    regions = {wedge(store, code).areas[2].name: wedge(store, code) for code in seats}
    assert len(regions) == 9
    money = sum(found.figure("region", FY(2023), "cash").value or 0 for found in regions.values())
    plans = sum(found.figure("region", FY(2023), "plans").value or 0 for found in regions.values())
    england = wedge(store, "919")
    assert money == pytest.approx(england.figure("england", FY(2023), "cash").value)
    assert plans == england.figure("england", FY(2023), "plans").value
    assert any("City of London has no allocation" in note for note in regions["London"].areas[2].notes)


@pytest.mark.parametrize("measure", ["block", "nff", "after_deductions"])
def test_england_per_plan_is_the_rate_of_every_other_command(store: Store, measure: Any) -> None:
    """£19,249 in 2023-24: £9,952,172,126 over 517,048 plans less 36 of authorities without an allocation."""
    found = wedge(store, "919", measure)
    for year in found.funded:
        rate = rate_figure(store, RateSpec(year, measure, "plan"), "england").value
        assert found.figure("england", year, "cash_per_plan").value == pytest.approx(rate, rel=1e-12)
    if measure == "block":
        at = found.figure("england", FY(2023), "cash_per_plan").value
        assert at == pytest.approx(9_952_172_126 / (517_048 - 36), rel=1e-9)
        assert any("City of London and the Isles of Scilly have no allocation" in note for note in notes(found))


def test_cash_across_a_new_definition_is_also_like_for_like(store: Store) -> None:
    """Hertfordshire: £180,432,328 less £2,147,363 over £115,319,916: +54.6%; in real terms × 78.1735 ÷ 92.8945."""
    found = wedge(store, "919", start=FY(2019))
    for quantity, factor in (("cash_like_for_like", 1), ("real_like_for_like", 78.1735 / 92.8945)):
        expected = 100 * (180_432_328 - 2_147_363) / 115_319_916 * factor - 100
        assert found.change("place", quantity).value == pytest.approx(expected, abs=1e-4)
    first, lfl = sentences(found)[0], sentences(found)[2]
    assert "like for like +" in first
    assert lfl.startswith("Like for like: without the rise of the basic entitlement rate")
    assert "Amounts per plan and indices are on the definitions of each year." in lfl
    change = found.to_json()["changes"][1]
    growth_like = resolve(store, f"like:change:block:2019-20:{found.last_funded}:england").value
    assert change["cash_like_for_like_pct"] == pytest.approx(growth_like)
    later = wedge(store, "919", start=FY(2021))
    assert (later.alike, "like for like" in " ".join(sentences(later))) == (None, False)
    assert "cash_like_for_like_pct" not in later.to_json()["changes"][0]


def test_the_neighbours_named_are_those_counted(store: Store) -> None:
    """Of every authority, against the model's list: the number said, the codes, and whose larger area is taken."""
    listed: dict[str, list[str]] = {}
    for row in csv.DictReader((TIDY / "neighbours.csv").read_text(encoding="utf-8").splitlines()):
        if row["model"] == "2025":
            listed.setdefault(row["la_code"], []).append(row["neighbour_la_code"])
    larger = 0
    for code, ten in listed.items():
        if code in ("201", "420"):
            continue
        area = wedge(store, code).areas[3]
        siblings = {"940": "941", "941": "940", "942": "943", "943": "942"}
        assert list(area.members) == [one for one in ten if one != siblings.get(code)], code
        said = "10 statistical neighbours (2025 model"
        assert said in area.name
        assert area.name.startswith(f"{len(area.members)} of ") == (len(area.members) < 10)
        pairs = [set(area.members) & set(pair) for pair in (("838", "839"), ("940", "941"), ("942", "943"))]
        alone = sum(len(pair) == 1 for pair in pairs)
        assert (", with " in area.name) == bool(alone)
        assert len(area.money[FY(2023)]) == len(area.members) + alone
        larger += bool(alone)
    assert larger >= 20


def test_cumberland_is_on_one_area_for_money_and_plans(store: Store) -> None:
    found = wedge(store, "Cumberland", "nff")
    place = found.areas[0]
    assert place.money[FY(2019)] == ("909",)
    assert place.money[FY(2023)] == ("942", "943")
    assert place.plans[FY(2023)] == ("909",)  # the January before the change
    assert place.plans[FY(2024)] == ("942", "943")
    assert "reorganisation_2023" in found.breaks_at("place", FY(2023))
    assert "reorganisation_2023" not in found.breaks_at("england", FY(2023))
    assert not {"909", "942", "943"} & set(found.areas[3].money[FY(2023)])
    assert any("Westmorland and Furness, as it is part of" in note for note in found.areas[3].notes)


def test_a_suppressed_count_is_a_gap_here_and_in_its_sets(store: Store) -> None:
    found = wedge(store, "Isle of Wight")
    for role in ("place", "region"):
        figure = found.figure(role, FY(2026), "plans")
        assert figure.value is None
        assert "not available (suppressed)" in figure.status
        assert found.figure(role, FY(2026), "plans_index").value is None
        assert found.figure(role, FY(2025), "plans").value
    # Published: 718,838, which holds the suppressed count, less 18 and 23 of the authorities without an allocation.
    left_out = sum(resolve(store, f"plans:2026:2026:{code}:total").value or 0 for code in ("201", "420"))
    assert found.figure("england", FY(2026), "plans").value == 718_838 - left_out
    assert any("so there is no figure" in note for note in notes(found))


def test_a_year_without_an_allocation_is_a_gap_with_its_reason(store: Store) -> None:
    figure = wedge(store, "919").figure("place", FY(2024), "cash")
    assert (figure.value, figure.status) == (None, "there is no allocation for 2024-25 in these tables")


def test_breaks_are_marked_where_they_fall(store: Store) -> None:
    found = wedge(store, "919")
    assert found.breaks_at("place", FY(2019)) == []
    assert found.breaks_at("place", FY(2021)) == ["rate_2021_22", "prices_2020_2022"]
    assert found.breaks_at("place", FY(2023)) == ["collection_2023"]
    assert found.breaks_at("place", FY(2026)) == ["suspension_2026_27"]
    assert "elements_2021_22" in wedge(store, "919", "nff").breaks_at("place", FY(2021))


def test_a_base_year_beyond_the_table_gives_cash_and_a_sentence(store: Store) -> None:
    found = wedge(store, "919", base=FY(2035))
    assert found.figure("place", FY(2023), "cash").value == 180_432_328
    assert found.figure("place", FY(2023), "real").value is None
    assert any("no price index for 2035-36" in note for note in notes(found))
    assert not any("real terms" in said for said in sentences(found))


def test_a_single_year_after_the_untypical_ones_is_said_in_real_terms(store: Store) -> None:
    said = sentences(wedge(store, "919", start=FY(2022)))
    assert any("in real terms" in sentence for sentence in said)
    assert not any(sentence.startswith("A real change over a single year is not stated") for sentence in said)
    assert "no change can be given" in sentences(wedge(store, "919", start=FY(2023)))[0]


def test_every_figure_is_resolved_to_the_same_value(store: Store) -> None:
    found = wedge(store, "Cumberland")
    assert len(found.figures) == 4 * 8 * len(QUANTITIES) + 4 * len(CHANGES) + 4 * 2  # amounts like for like
    for figure in found.figures.values():
        assert resolve(store, figure.id) == figure
    cells = trace(store, found.change("place", "real_per_plan").id).cells
    assert {cell.source.id for cell in cells} >= {"dsg_totals_2019_20_final", "gdp_deflators_2026_06"}


@pytest.mark.parametrize(
    "id_",
    [
        "wedge:919:block:2019-20:2025-26:place:2023-24:nothing",
        "wedge:919:gold:2019-20:2025-26:place:2023-24:cash",
    ],
)
def test_an_unknown_figure_is_refused(store: Store, id_: str) -> None:
    with pytest.raises(UsageError, match="is unknown"):
        resolve(store, id_)


def test_every_authority_with_an_allocation_has_a_wedge(store: Store) -> None:
    from hnf.measures.published import block_frame

    codes = block_frame(store, FY(2023))["area"].to_list()
    assert len(codes) == 151
    for code in codes:
        found = wedge(store, code)
        assert found.change("place", "cash").value is not None
        assert found.change("place", "plans").value is not None


# The command line


def test_contract(hnf: Run) -> None:
    found = hnf("wedge", "Hertfordshire", "--format", "json").json
    assert {row["area"] for row in found["rows"]} == {"place", "england", "region", "neighbours"}
    assert len(found["rows"]) == 4 * 8
    assert {"cash_gbp", "real_gbp", "plans_count", "cash_index", "figure_ids", "breaks"} <= set(found["rows"][0])
    assert found["price_base"] == "2025-26"
    assert found["price_vintage"] == "HMT June 2026 QNA"
    assert all(one["reference"] for one in found["breaks"])
    assert "rose by 56.5% in cash and by 31.7% in real terms (2025-26 prices)" in found["sentences"][0]


def test_table_fits_80_columns(hnf: Run) -> None:
    answer = hnf("wedge", "Cumberland")
    assert answer.code == 0
    assert max(len(line) for line in answer.out.splitlines()) <= 80


def test_csv_has_a_row_an_area_and_year(hnf: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(hnf("wedge", "919", "--format", "csv").out)))
    assert len(rows) == 32
    assert rows[-1]["cash_gbp"] == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Hertfordshir",), "Did you mean Hertfordshire"),
        (("City of London",), "the City of London has no high needs allocation"),
        (("Hertfordshire", "--from", "2015-16"), "there is no allocation for 2015-16"),
        (("Hertfordshire", "--base", "2019-21"), "--base-year: '2019-21' is not a financial year"),
        (("Hertfordshire", "--measure", "gold"), "gold"),
    ],
)
def test_mistakes_are_one_line(hnf: Run, arguments: tuple[str, ...], message: str) -> None:
    answer = hnf("wedge", *arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_base_year_beyond_the_table_on_the_command_line(hnf: Run) -> None:
    answer = hnf("wedge", "919", "--base", "2035-36", "--format", "json")
    assert answer.code == 0
    found = json.loads(answer.out)
    assert found["real_terms_reason"].startswith("there is no price index for 2035-36")
    assert all(row["real_gbp"] is None for row in found["rows"])
