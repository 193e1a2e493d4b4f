"""Claims about the formula per head after the last table, held against bands worked out by hand from data/tidy."""

import csv
from pathlib import Path

import pytest

from hnf.analysis.bounds import BOUND_PARTS, bound_figure
from hnf.claims.check import CheckedClaim, check_claim, check_text
from hnf.claims.claim import Claim, ImpliedFinding
from hnf.tables.store import Store

TIDY = Path(__file__).parents[2] / "data" / "tidy"
#: Floor and limit of the two years, per cent: DfE, national funding formula, 2024 to 2025 and 2025 to 2026.
RISES = {"2024-25": (3, 5), "2025-26": (7, 10)}
TERMS = {"nff_in_protection": "A", "additional": "H"}
NOT_TRUE, UNKNOWN = "cannot be reproduced", "needs data we do not have"


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


def check(store: Store, text: str) -> CheckedClaim:
    return check_text(store, text)[0]


# Hertfordshire per head of the projection: (154,758,035 + 7,105,477) / 263,611.591 = £614.02; × 1.03 and × 1.05 are
# £632.44 and £644.72, × 1.07 and × 1.10 on these £676.71 and £709.20.
@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Hertfordshire gets £642 per head on the formula in 2024-25", UNKNOWN),
        ("Hertfordshire gets £660 per head on the formula in 2024-25", NOT_TRUE),
        ("Hertfordshire will get £720 per head on the formula in 2025-26", NOT_TRUE),
        ("Hertfordshire gets £700 per head on the formula in 2025-26", UNKNOWN),
        ("Hertfordshire is the third lowest per head on the formula in 2024-25", UNKNOWN),
        ("Hertfordshire is the 15th lowest per head on the formula in 2024-25", NOT_TRUE),
        ("Hertfordshire ranks 149th of 151 for formula funding per head in 2024-25", UNKNOWN),
        ("Hertfordshire ranks 120th of 151 for formula funding per head in 2024-25", NOT_TRUE),
        ("Hertfordshire is the 30th lowest per head on the formula in 2025-26", NOT_TRUE),
        # Floor 7%, limit 10% a head.
        ("In Kent the formula per head rose by 12% in 2025-26", NOT_TRUE),
        ("In Kent the formula per head rose by 8.5% in 2025-26", UNKNOWN),
        ("In Leeds the formula per head rose by 4% in 2024-25", UNKNOWN),
        ("In Leeds the formula per head rose by 20% in 2024-25", NOT_TRUE),
        # At least £822 in Dorset and at most £813 in Leeds.
        ("Dorset gets £850 per head on the formula against £800 in Leeds in 2025-26", UNKNOWN),
        ("Dorset gets £850 per head on the formula against £900 in Leeds in 2025-26", NOT_TRUE),
        ("Leeds gets £100 more per head on the formula than Dorset in 2025-26", NOT_TRUE),
        ("Leeds gets £40 less per head on the formula than Dorset in 2025-26", UNKNOWN),
        ("Hertfordshire would get £2 million more at Norfolk's rate per head on the formula in 2025-26", NOT_TRUE),
        ("Hertfordshire would get £35 million more at Norfolk's rate per head on the formula in 2025-26", UNKNOWN),
        # "Over" has no ceiling.
        ("Cumberland gets over £600 per head on the formula in 2025-26", UNKNOWN),
        ("Cumberland gets over £900 per head on the formula in 2025-26", NOT_TRUE),
    ],
)
def test_what_the_rules_exclude_is_not_true_and_the_rest_is_never_more_than_consistent(
    store: Store, text: str, verdict: str
) -> None:
    answer = check(store, text)
    assert answer.verdict == verdict, answer.reason
    assert answer.claim.unread == ()
    assert not answer.supporting
    agreements = {each.agreement for each in answer.bounds}
    assert agreements == {"excluded"} if verdict == NOT_TRUE else agreements & {"consistent", "consistent with places"}
    assert ("consistent with what" in answer.reason) == (verdict == UNKNOWN)


@pytest.mark.parametrize(
    "name", ["Kent", "Cumberland", "Dorset", "West Northamptonshire", "Isle of Wight", "Westminster"]
)
@pytest.mark.parametrize(("year", "mid_year"), [("2024-25", 2024), ("2025-26", 2025)])
def test_ranges_are_those_of_hand_arithmetic(store: Store, name: str, year: str, mid_year: int) -> None:
    answer = check(store, f"{name} gets £100 per head on the formula in {year}")
    found = on(answer, year)
    code = found.ids[0].split(":")[2]
    assert (found.band.lower, found.band.upper) == pytest.approx(hand(year)[code])
    assert found.with_places.upper >= found.band.upper
    # On the ONS estimate the same pounds, over the estimate of mid-2024, the latest there is.
    heads = people("dfe_projection", mid_year)[code] / people("ons_estimate", 2024)[code]
    ons = on(answer, year, "ons")
    assert (ons.band.lower, ons.band.upper) == pytest.approx((found.band.lower * heads, found.band.upper * heads))
    assert ("mid-2024" in ons.note) == (year == "2025-26")
    assert answer.verdict == NOT_TRUE


@pytest.mark.parametrize(("year", "ranks"), [("2024-25", (2, 3)), ("2025-26", (1, 10))])
def test_ranks_contain_every_rank_that_bands_by_hand_leave(store: Store, year: str, ranks: tuple[int, int]) -> None:
    bands = hand(year)
    low, high = bands["919"]
    assert ranks == (1 + sum(b[1] < low for b in bands.values()), sum(b[0] < high for b in bands.values()))
    found = on(check(store, f"Hertfordshire is the third lowest per head on the formula in {year}"), year)
    assert ranks[0] <= found.band.lower <= found.band.upper <= ranks[1]
    assert found.universe == len(bands) == 151


def test_third_lowest_of_2025_is_answered_exactly_and_then_by_bounds(store: Store) -> None:
    claim = Claim(
        "x", "currently third lowest of 151", "2", authority="Hertfordshire", value=3, unit="rank", universe=151
    )
    for when, years in (("2025-06-12", {"2024-25", "2025-26"}), ("2024-10", {"2024-25"}), ("2023-10", set())):
        answer = check_claim(store, Claim(**{**vars(claim), "when": when}))
        assert answer.verdict == "holds only on"
        assert {each.year for each in answer.supporting} == {"2023-24"}
        assert {each.year for each in answer.bounds} == years
        assert {each.agreement for each in answer.bounds} <= {"consistent"}
        assert any("2nd or 3rd lowest of 151" in note for note in answer.notes) == bool(years)


def test_a_true_statement_on_the_other_population_is_not_called_untrue(store: Store) -> None:
    """Westminster has 28,345 people on the ONS estimate and 49,880 on the projection."""
    answer = check(store, "Westminster gets £1,500 per head on the formula in 2025-26")
    assert answer.verdict == UNKNOWN
    assert [each.agreement for each in answer.bounds] == ["excluded", "consistent"]


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("Hertfordshire gets less than £720 per head on the formula in 2025-26", "less"),
        ("Hertfordshire does not get £720 per head on the formula in 2025-26", "not"),
        ("In Kent the formula per head fell by 8% in 2025-26", "fell"),
        ("In Kent the formula per head rose by up to 20% in 2025-26", "upto"),
        ("In Kent the formula per head rose by 20% over two years in 2025-26", "2"),
        ("Hertfordshire is the 20th lowest per head on the formula in the East of England in 2025-26", "East"),
        ("Hertfordshire gets £720 per head on the formula in 2025-26 for children in special schools", "schools"),
    ],
)
def test_a_range_decides_nothing_where_something_was_not_read(store: Store, text: str, unread: str) -> None:
    answer = check(store, text)
    assert answer.verdict == UNKNOWN
    assert unread in answer.claim.unread
    assert {each.agreement for each in answer.bounds} == {"not judged"}
    assert any(note.startswith("Not read") for note in answer.notes)


@pytest.mark.parametrize(
    "text",
    [
        "Kent has £1,500 per head in 2025-26",
        "Hertfordshire has £100 per pupil on the formula in 2025-26",
        "Hertfordshire has £100 per EHC plan in 2024-25",
        "Hertfordshire's high needs block is £20 million in 2025-26",
        "Hertfordshire gets £100 per head on the formula in 2026-27",
        "City of London gets £100 per head on the formula in 2025-26",
        "Cumbria gets £100 per head on the formula in 2025-26",
        "In real terms the formula per head in Kent rose by 50% in 2025-26",
        "Hertfordshire is the 100th lowest per head on the formula",
    ],
)
def test_other_quantities_years_and_places_stay_without_an_answer(store: Store, text: str) -> None:
    answer = check(store, text)
    assert answer.verdict == UNKNOWN, answer.reason
    assert answer.needs


def test_the_whole_block_is_said_not_to_be_implied_and_reported_figures_are_named(store: Store) -> None:
    answer = check(store, "Kent has £1,500 per head in 2025-26")
    notes = " ".join(answer.notes)
    assert "If the formula per head is meant" in notes
    assert "it is not implied" in notes
    assert '`hnf reported "Kent"`' in notes
    later = " ".join(check(store, "Kent gets £950 per head on the formula in 2026-27").notes)
    assert "it is not implied" in later


def test_a_finding_gives_its_basis_and_ids_that_can_be_followed(store: Store) -> None:
    answer = check(store, "Hertfordshire gets £720 per head on the formula in 2025-26")
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
    answer = check(store, f"Hertfordshire gets £{gap:.0f} less per head on the formula than Norfolk in 2023-24")
    assert answer.verdict.startswith("holds")
    assert any(f.value == pytest.approx(gap) for f in answer.supporting)
    wrong = check(store, f"Hertfordshire gets £{gap:.0f} more per head on the formula than Norfolk in 2023-24")
    assert not any(f.is_stated for f in wrong.supporting)
    block = check(store, "Hertfordshire is the fifth lowest per head on the formula in 2023-24")
    assert block.verdict == "cannot be reproduced" or not any(f.is_stated for f in block.supporting)


def test_heads_of_the_ons_estimate_are_among_the_ids(store: Store) -> None:
    found = on(check(store, "Kent gets £100 per head on the formula in 2025-26"), "2025-26", "ons")
    assert found.ids[-1].startswith("population:2024:ons_estimate:886")
