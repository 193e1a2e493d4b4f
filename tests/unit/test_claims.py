"""Claims: the verdict expected of each statement, the facts of Hertfordshire, and what a new year makes stale."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from hnf.analysis.trace import trace
from hnf.claims.check import CheckedClaim, check_claim, check_claims, check_text
from hnf.claims.claim import KINDS, VERDICTS, Claim, read_claims, shipped_claims
from hnf.errors import UsageError
from hnf.tables.store import Store

SHIPPED = shipped_claims()
MADE_UP = read_claims(Path(__file__).parent.parent / "fixtures" / "claims_made_up.toml")


@pytest.mark.parametrize("claim", [*SHIPPED, *MADE_UP], ids=lambda claim: claim.id)
def test_each_claim_has_the_verdict_expected(store: Store, claim: Claim) -> None:
    answer = check_claim(store, claim)
    assert claim.expected_reason
    assert answer.verdict == claim.expected, answer.reason
    assert answer.reason
    if answer.verdict == "needs data we do not have":
        assert answer.needs


def test_the_shipped_claims_are_many_and_of_all_kinds_and_verdicts(store: Store) -> None:
    answers = check_claims(store, SHIPPED)
    assert len(SHIPPED) >= 25
    assert len({answer.about for answer in answers} - {"England", "", "the lowest"}) >= 10
    assert {claim.kind for claim in SHIPPED} >= set(KINDS)
    assert {answer.verdict for answer in answers} == set(VERDICTS)
    assert any(answer.mislabelled for answer in answers)


def test_every_public_statement_says_who_where_and_has_a_link() -> None:
    for claim in SHIPPED:
        assert claim.who, claim.id
        assert claim.where, claim.id
        assert claim.link.startswith(("https://", "http://")), claim.id
    assert not {claim.id for claim in MADE_UP} & {claim.id for claim in SHIPPED}
    assert not any(claim.link or claim.who for claim in MADE_UP)


def test_every_finding_of_hertfordshire_can_be_traced(store: Store) -> None:
    for claim in (claim for claim in SHIPPED if claim.id.startswith("herts-")):
        answer = check_claim(store, claim)
        for finding in [*answer.supporting, *answer.contradicting][:8]:
            figure = trace(store, finding.figure_id).figure
            if finding.measure != "ehc_plans" and finding.unit != "pct" and figure.id.split(":")[0] != "rate":
                assert figure.value is not None
                if claim.direction == "lowest":
                    assert figure.value == pytest.approx(finding.value)


def bases(answer: CheckedClaim, year: str) -> set[tuple[str, str, str]]:
    return {(f.measure, f.per, f.population) for f in answer.supporting if f.year == year}


def test_third_lowest_of_151_holds_on_these_bases_only(store: Store) -> None:
    (answer,) = check_text(store, "Hertfordshire is the third lowest funded of 151 authorities")
    assert answer.verdict == "holds only on"
    assert bases(answer, "2023-24") == {
        ("nff", "head", "ons"),
        ("nff", "head", "dfe"),
        ("nff", "pupil", ""),
        ("nff_additional", "head", "ons"),
        ("nff_additional", "head", "dfe"),
    }
    assert {f.year for f in answer.supporting} == {"2023-24"}
    against = {(f.measure, f.per, f.population): (f.value, f.others["universe"]) for f in answer.contradicting}
    assert against["block", "head", "ons"] == (5, 151)
    assert against["block", "pupil", ""] == (7, 151)
    assert against["block", "plan", ""] == (32, 149)


def test_growth_of_plans_is_stale_with_todays_figure(store: Store) -> None:
    here, england = check_text(
        store, "EHC plans in Hertfordshire have risen by 223% since 2015 against 140% nationally"
    )
    assert here.verdict == england.verdict == "was true, now stale"
    assert [f.year for f in here.supporting] == ["January 2015 to January 2024"]
    assert here.today is not None
    assert round(here.today.value) == 311
    assert here.today.figure_id == "growth:plans:2015:2026:919"
    (fixed,) = check_text(store, "EHC plans in Hertfordshire rose by 223% from 2015 to 2024")
    assert fixed.verdict == "holds"


def test_47_million_at_the_average(store: Store) -> None:
    (answer,) = check_text(store, "Hertfordshire would have £47 million more if funded at the national average")
    assert answer.verdict == "holds only on"
    assert [(f.year, f.measure, f.per, round(f.value / 1e6, 1)) for f in answer.supporting] == [
        ("2023-24", "block", "pupil", 47.4)
    ]
    per_head = next(f for f in answer.contradicting if (f.measure, f.per, f.population) == ("block", "head", "ons"))
    assert round(per_head.value / 1e6) == 46


def test_a_mislabelled_figure_is_caught_and_the_basis_that_fits_is_named(store: Store) -> None:
    (answer,) = check_text(store, "East Riding of Yorkshire gets £911 per pupil with SEND")
    assert answer.verdict == "holds only on"
    assert [(f.measure, f.per) for f in answer.supporting] == [("block", "pupil")]
    assert "per pupil (£911 in 2023-24), not per pupil with SEND" in answer.mislabelled


@pytest.mark.parametrize("text", ["SEND funding is a postcode lottery", "", "?!", "47", "per cent", "£", "third"])
def test_what_has_nothing_to_check_is_answered_politely(store: Store, text: str) -> None:
    (answer,) = check_text(store, text)
    assert answer.verdict == "cannot be checked"
    assert "It would have to say:" in answer.reason


def test_missing_years_are_never_called_false(store: Store) -> None:
    for text in (
        "Hertfordshire was the fourth lowest per pupil in 2024-25",
        "In Kent funding rose by 40% since 2017",
        "Norfolk was 10th lowest of 150 in 2018-19",
        "Kent has £900 per head in 2025-26",
        "In Kent funding rose by 72% since 2019",
        "Kent is the 7th lowest of 151",
    ):
        (answer,) = check_text(store, text)
        assert answer.verdict == "needs data we do not have", text
        assert "dedicated-schools-grant" in answer.reason


def add_january(folder: Path, january: int) -> None:
    """Add a January with a tenth more plans than the latest, in a release of its own."""
    path = folder / "ehc_plans.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    latest = max(int(row["january"]) for row in rows)
    added = [
        {**row, "january": str(january), "release": str(january), "count": str(round(int(row["count"]) * 1.1))}
        for row in rows
        if int(row["january"]) == latest and row["count"]
    ]
    everything = sorted([*rows, *added], key=lambda row: tuple(row[key] for key in list(row)[:7]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(everything)


def test_a_new_year_of_data_lists_what_became_stale(store: Store, tables: Path) -> None:
    now_true = Claim(
        id="made-up",
        text="Made up: plans in Hertfordshire up 311% since 2015",
        kind="1",
        authority="919",
        value=311,
        unit="pct",
        tolerance=0.5,
        start=2015,
    )
    add_january(tables, 2027)
    claims = [*SHIPPED, now_true]
    before = {answer.claim.id: answer.verdict for answer in check_claims(store, claims)}
    after = {answer.claim.id: answer for answer in check_claims(Store(tables), claims)}
    changed = {id_: (before[id_], after[id_].verdict) for id_ in before if before[id_] != after[id_].verdict}
    assert changed == {"made-up": ("holds", "was true, now stale")}
    today = after["made-up"].today
    assert today is not None
    assert today.year == "January 2015 to January 2027"
    stale = [answer for answer in after.values() if answer.verdict == "was true, now stale"]
    assert all(answer.today and answer.today.order == 2027 for answer in stale)


def test_an_unknown_authority_is_named(store: Store) -> None:
    with pytest.raises(UsageError, match=r"claim 'x': no authority is called 'Hertfordshir'.*Did you mean"):
        check_claim(store, Claim("x", "x", kind="2", authority="Hertfordshir", value=3, unit="rank"))
    with pytest.raises(UsageError, match="no authority is called"):
        check_text(store, "third lowest", "Nowhere")


def test_the_payload_is_plain_json(store: Store) -> None:
    payloads = [answer.to_json() for answer in check_claims(store, SHIPPED)]
    assert json.loads(json.dumps(payloads, allow_nan=False)) == payloads
    assert Counter(payload["verdict"] for payload in payloads).total() == len(SHIPPED)
    for finding in (f for payload in payloads for f in [*payload["supporting"], *payload["contradicting"]]):
        assert {"year", "measure", "per", "population", "value", "figure_id"} <= set(finding)


def test_growth_like_for_like_is_one_more_basis(store: Store) -> None:
    """Hertfordshire's block, 2019-20 to 2023-24: +56.5%; £180,432,328 less £2,147,363 over £115,319,916 is +54.6%."""
    text = "High needs funding in Hertfordshire rose by {}% between 2019-20 and 2023-24"
    cash, alike = (check_text(store, text.format(pct))[0] for pct in ("56.5", "54.6"))
    assert [finding.note for finding in cash.supporting] == [""]
    assert ("like for like", "like:change:block:2019-20:2023-24:919") in [
        (finding.note, finding.figure_id) for finding in alike.supporting
    ]
    assert "2019-20 to 2023-24 whole block like for like" in alike.reason
