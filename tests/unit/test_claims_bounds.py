"""Claims about the formula per head after the last table, held against bands worked out by hand from data/tidy."""

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest

from hnf.analysis.bounds import BOUND_PARTS, bound_figure
from hnf.claims.check import check_claim, check_reading
from hnf.claims.claim import Claim
from hnf.claims.reading import CheckedClaim, ImpliedFinding, Moment, Number, Place, Quantity, Reading
from hnf.measures.register import MEASURES
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

TIDY = Path(__file__).parents[2] / "data" / "tidy"
#: Floor and limit of the two years, per cent: DfE, national funding formula, 2024 to 2025 and 2025 to 2026.
RISES = {"2024-25": (3, 5), "2025-26": (7, 10)}
TERMS = {"nff_in_protection": "A", "additional": "H"}
NOT_TRUE, UNKNOWN = "untrue", "needs_data"


def people(series: str, mid_year: int) -> dict[str, float]:
    with (TIDY / "population.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["la_code"]: float(row["people"])
            for row in csv.DictReader(file)
            if (row["series"], row["mid_year"], row["age_band"]) == (series, str(mid_year), "2-18") and row["la_code"]
        }


def money() -> dict[str, float]:
    """A + H of 2023-24."""
    found: dict[str, float] = {}
    with (TIDY / "dsg_high_needs_block.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["financial_year"] == "2023-24" and row["la_code"] and row["letter"] == TERMS.get(row["term"]):
                found[row["la_code"]] = found.get(row["la_code"], 0.0) + float(row["value"])
    return found


def hand(year: str) -> dict[str, tuple[float, float]]:
    """Per head of the projection: baseline per head of mid-2023, times the floors, and times the limits, so far."""
    heads, low, high = people("dfe_projection", 2023), 1.0, 1.0
    for each, (floor, limit) in RISES.items():
        if each <= year:
            low, high = low * (1 + floor / 100), high * (1 + limit / 100)
    return {code: (amount / heads[code] * low, amount / heads[code] * high) for code, amount in money().items()}


def on(answer: CheckedClaim, year: str, population: str = "dfe") -> ImpliedFinding:
    return next(each for each in answer.bounds if (each.year, each.population) == (year, population))


FORMULA = Quantity("formula", "the formula", ("nff",), is_named=True)
FUNDING = Quantity("high_needs", "high needs funding", MEASURES)


def la(name: str, store: Store) -> Place:
    found = Authorities.of(store).find(name)
    return Place("authority", found.prose, (found.la_code,))


def asked(
    store: Store, form: Any, who: str, value: float, year: str = "", *, other: str = "", unit: Any = "gbp", **more: Any
) -> CheckedClaim:
    """Check a claim on the formula per head, said today."""
    number = Number(value, unit, more.pop("half", 0.0 if unit == "rank" else 0.5), more.pop("bound", ""))
    end = Moment("financial", int(year[:4])) if year else None
    beside = la(other, store) if other else None
    named: dict[str, Any] = {"what": FORMULA, "per": "head", "end_of_rank": "lowest" if unit == "rank" else "", **more}
    reading = Reading(form, la(who, store), number=number, end=end, other=beside, **named)
    return check_reading(store, reading, "", datetime.date(2026, 11, 26))


PCT: dict[str, Any] = {"unit": "pct", "direction": "up"}
RANK: dict[str, Any] = {"unit": "rank"}
DORSET_800, DORSET_900 = ({"other": "Leeds", "other_number": Number(value, "gbp", 0.5)} for value in (800, 900))
LESS: dict[str, Any] = {"other": "Dorset", "direction": "down"}


# Hertfordshire per head of the projection: (154,758,035 + 7,105,477) / 263,611.591 = £614.02; × 1.03 and × 1.05 are
# £632.44 and £644.72, × 1.07 and × 1.10 on these £676.71 and £709.20.
@pytest.mark.parametrize(
    ("claim", "more", "code"),
    [
        (("level", "Hertfordshire", 642, "2024-25"), {}, UNKNOWN),
        (("level", "Hertfordshire", 660, "2024-25"), {}, NOT_TRUE),
        (("level", "Hertfordshire", 720, "2025-26"), {}, NOT_TRUE),
        (("level", "Hertfordshire", 700, "2025-26"), {}, UNKNOWN),
        (("rank", "Hertfordshire", 3, "2024-25"), RANK, UNKNOWN),
        (("rank", "Hertfordshire", 15, "2024-25"), RANK, NOT_TRUE),
        (("rank", "Hertfordshire", 149, "2024-25"), {**RANK, "end_of_rank": "", "universe": 151}, UNKNOWN),
        (("rank", "Hertfordshire", 120, "2024-25"), {**RANK, "end_of_rank": "", "universe": 151}, NOT_TRUE),
        # A number in the upper third of the lower half is from the lowest, as a number without an end is.
        (("rank", "Barnet", 60, "2024-25"), {**RANK, "end_of_rank": "", "universe": 151}, UNKNOWN),
        (("rank", "Hertfordshire", 30, "2025-26"), RANK, NOT_TRUE),
        (("rank", "Hertfordshire", 30, "2025-26"), {**RANK, "bound": "at most"}, UNKNOWN),
        # Floor 7%, limit 10% a head.
        (("change", "Kent", 12, "2025-26"), PCT, NOT_TRUE),
        (("change", "Kent", 8.5, "2025-26"), PCT, UNKNOWN),
        (("change", "Kent", 8.5, "2025-26"), {**PCT, "direction": "down"}, NOT_TRUE),
        (("change", "Kent", 20, "2025-26"), {**PCT, "bound": "at most"}, UNKNOWN),
        (("change", "Leeds", 4, "2024-25"), PCT, UNKNOWN),
        (("change", "Leeds", 20, "2024-25"), PCT, NOT_TRUE),
        # At least £822 in Dorset and at most £813 in Leeds.
        (("level", "Dorset", 850, "2025-26"), DORSET_800, UNKNOWN),
        (("level", "Dorset", 850, "2025-26"), DORSET_900, NOT_TRUE),
        (("difference", "Leeds", 100, "2025-26"), {**LESS, "direction": "up"}, NOT_TRUE),
        (("difference", "Leeds", 40, "2025-26"), LESS, UNKNOWN),
        (("gap", "Hertfordshire", 2e6, "2025-26"), {"other": "Norfolk", "half": 5e5}, NOT_TRUE),
        (("gap", "Hertfordshire", 35e6, "2025-26"), {"other": "Norfolk", "half": 5e5}, UNKNOWN),
        # Bounds have no ceiling and no floor.
        (("level", "Cumberland", 600, "2025-26"), {"bound": "over"}, UNKNOWN),
        (("level", "Cumberland", 900, "2025-26"), {"bound": "over"}, NOT_TRUE),
        (("level", "Hertfordshire", 720, "2025-26"), {"bound": "under"}, UNKNOWN),
        (("level", "Hertfordshire", 500, "2025-26"), {"bound": "under"}, NOT_TRUE),
    ],
)
def test_what_the_rules_exclude_is_not_true_and_the_rest_is_never_more_than_consistent(
    store: Store, claim: tuple[str, str, float, str], more: dict[str, Any], code: str
) -> None:
    answer = asked(store, *claim, **more)
    assert answer.code == code, answer.sentence
    assert not answer.supporting
    agreements = {each.agreement for each in answer.bounds}
    assert agreements == {"excluded"} if code == NOT_TRUE else agreements & {"consistent", "consistent with places"}
    assert ("consistent with what" in answer.sentence) == (code == UNKNOWN)


@pytest.mark.parametrize(
    "name", ["Kent", "Cumberland", "Dorset", "West Northamptonshire", "Isle of Wight", "Westminster"]
)
@pytest.mark.parametrize(("year", "mid_year"), [("2024-25", 2024), ("2025-26", 2025)])
def test_ranges_are_those_of_hand_arithmetic(store: Store, name: str, year: str, mid_year: int) -> None:
    answer = asked(store, "level", name, 100, year)
    found = on(answer, year)
    code = found.ids[0].split(":")[2]
    assert (found.band.lower, found.band.upper) == pytest.approx(hand(year)[code])
    assert found.with_places.upper >= found.band.upper
    # On the ONS estimate the same pounds, over the estimate of mid-2024, the latest there is.
    heads = people("dfe_projection", mid_year)[code] / people("ons_estimate", 2024)[code]
    ons = on(answer, year, "ons")
    assert (ons.band.lower, ons.band.upper) == pytest.approx((found.band.lower * heads, found.band.upper * heads))
    assert ("mid-2024" in ons.note) == (year == "2025-26")
    assert answer.code == NOT_TRUE


@pytest.mark.parametrize(("year", "ranks"), [("2024-25", (2, 3)), ("2025-26", (1, 10))])
def test_ranks_contain_every_rank_that_bands_by_hand_leave(store: Store, year: str, ranks: tuple[int, int]) -> None:
    bands = hand(year)
    low, high = bands["919"]
    assert ranks == (1 + sum(b[1] < low for b in bands.values()), sum(b[0] < high for b in bands.values()))
    found = on(asked(store, "rank", "Hertfordshire", 3, year, unit="rank"), year)
    assert ranks[0] <= found.band.lower <= found.band.upper <= ranks[1]
    assert found.universe == len(bands) == 151


def test_third_lowest_of_2025_is_answered_exactly_and_then_by_bounds(store: Store) -> None:
    claim = Claim(
        "x", "currently third lowest of 151", "2", authority="Hertfordshire", value=3, unit="rank", universe=151
    )
    for said, years in (("2025-06-12", {"2024-25", "2025-26"}), ("2024-10", {"2024-25"}), ("2023-10", set())):
        answer = check_claim(store, Claim(**{**vars(claim), "said": said}))
        assert answer.code == "true_on_some_bases"
        assert {each.year for each in answer.supporting} == {"2023-24"}
        assert {each.year for each in answer.bounds} == years
        assert {each.agreement for each in answer.bounds} <= {"consistent"}


def test_a_true_statement_on_the_other_population_is_not_called_untrue(store: Store) -> None:
    """Westminster has 28,345 people on the ONS estimate and 49,880 on the projection."""
    answer = asked(store, "level", "Westminster", 1500, "2025-26")
    assert answer.code == UNKNOWN
    assert [each.agreement for each in answer.bounds] == ["excluded", "consistent"]


@pytest.mark.parametrize(
    ("who", "value", "year", "more"),
    [
        ("Kent", 1500, "2025-26", {"what": FUNDING}),
        ("Hertfordshire", 100, "2025-26", {"per": "pupil"}),
        ("Hertfordshire", 100, "2024-25", {"per": "plan"}),
        ("Hertfordshire", 20e6, "2025-26", {"what": FUNDING, "per": ""}),
        ("Hertfordshire", 100, "2026-27", {}),
        ("City of London", 100, "2025-26", {}),
        ("Cumbria", 100, "2025-26", {}),
    ],
)
def test_other_quantities_years_and_places_stay_without_an_answer(
    store: Store, who: str, value: float, year: str, more: dict[str, Any]
) -> None:
    answer = asked(store, "level", who, value, year, **more)
    assert answer.code == UNKNOWN, answer.sentence
    assert answer.needs


def test_real_terms_and_years_left_open_are_not_bounded(store: Store) -> None:
    assert asked(store, "change", "Kent", 50, "2025-26", **PCT, prices="real").code == UNKNOWN
    assert asked(store, "rank", "Hertfordshire", 100, unit="rank").code == UNKNOWN


def test_the_whole_block_is_said_not_to_be_implied_and_reported_figures_are_named(store: Store) -> None:
    answer = asked(store, "level", "Kent", 1500, "2025-26", what=FUNDING)
    notes = " ".join(answer.remarks)
    assert "If the formula per head is meant" in notes
    assert "it is not implied" in notes
    assert '`hnf reported "Kent"`' in notes
    later = " ".join(asked(store, "level", "Kent", 950, "2026-27").remarks)
    assert "it is not implied" in later


def test_a_finding_gives_its_basis_and_ids_that_can_be_followed(store: Store) -> None:
    answer = asked(store, "level", "Hertfordshire", 720, "2025-26")
    found = answer.to_json()["bounds"][0]
    known = {"year": "2025-26", "measure": "nff", "per": "head", "population": "dfe", "basis": "implied"}
    assert known.items() <= found.items()
    assert set(found) >= {"lower", "upper", "lower_with_places", "upper_with_places", "unit", "agreement", "figure_ids"}
    for id_ in found["figure_ids"]:
        kind, *parts = id_.split(":")
        assert kind == "bound"
        assert parts[2] in BOUND_PARTS
        assert bound_figure(store, parts).basis == "implied"
    assert bound_figure(store, found["figure_ids"][0].split(":")[1:]).value == pytest.approx(found["lower"])


def test_a_difference_is_one_and_the_formula_is_its_measure_in_held_years(store: Store) -> None:
    """Norfolk less Hertfordshire in 2023-24, A per head of the projection."""
    with (TIDY / "dsg_high_needs_block.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            r for r in csv.DictReader(file) if r["financial_year"] == "2023-24" and r["term"] == "nff_in_protection"
        ]
    heads, rate = people("dfe_projection", 2023), {r["la_code"]: float(r["value"]) for r in rows}
    gap = rate["926"] / heads["926"] - rate["919"] / heads["919"]
    common: dict[str, Any] = {"year": "2023-24", "other": "Norfolk"}
    answer = asked(store, "difference", "Hertfordshire", round(gap), direction="down", **common)
    assert answer.code in ("true", "true_on_some_bases")
    assert any(-f.value == pytest.approx(gap) for f in answer.supporting)
    assert asked(store, "difference", "Hertfordshire", round(gap), direction="up", **common).code == NOT_TRUE
    fifth = asked(store, "rank", "Hertfordshire", 5, "2023-24", unit="rank")
    assert fifth.code == NOT_TRUE
    assert not fifth.supporting


def test_heads_of_the_ons_estimate_are_among_the_ids(store: Store) -> None:
    found = on(asked(store, "level", "Kent", 100, "2025-26"), "2025-26", "ons")
    assert found.ids[-1].startswith("population:2024:ons_estimate:886")
