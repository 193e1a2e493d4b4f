"""Claims: the verdict expected of each statement, the facts of Hertfordshire, and what a new year makes stale."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from hnf.analysis.trace import trace
from hnf.claims.check import check_claim, check_claims
from hnf.claims.claim import KINDS, Claim, parse_said, read_claims, shipped_claims
from hnf.claims.reading import CODES
from hnf.errors import UsageError
from hnf.tables.store import Store

SHIPPED = shipped_claims()
#: Those that need no sentence to be read.
WITH_KEYS = [claim for claim in SHIPPED if claim.kind]
MADE_UP = read_claims(Path(__file__).parent.parent / "fixtures" / "claims_made_up.toml")


@pytest.mark.parametrize("claim", [claim for claim in (*SHIPPED, *MADE_UP) if claim.kind], ids=lambda claim: claim.id)
def test_each_claim_has_the_verdict_expected(store: Store, claim: Claim) -> None:
    answer = check_claim(store, claim)
    assert claim.expected_reason
    assert answer.code == claim.expected, answer.sentence
    assert answer.sentence
    if answer.code == "needs_data":
        assert answer.needs
    if answer.say_instead_id:
        assert trace(store, answer.say_instead_id).figure.id == answer.say_instead_id


def test_the_shipped_claims_are_many_and_of_all_kinds_and_verdicts(store: Store) -> None:
    answers = check_claims(store, WITH_KEYS)
    assert len(SHIPPED) >= 25
    assert len({answer.about for answer in answers} - {"England", "", "lowest"}) >= 10
    assert {claim.kind for claim in SHIPPED} >= set(KINDS)
    assert {answer.code for answer in answers} == set(CODES) - {"out_of_scope"}
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
    claims = [*WITH_KEYS, now_true]
    before = {answer.id: answer.code for answer in check_claims(store, claims)}
    after = {answer.id: answer for answer in check_claims(Store(tables), claims)}
    changed = {id_: (before[id_], after[id_].code) for id_ in before if before[id_] != after[id_].code}
    assert changed == {"made-up": ("true", "was_true")}
    today = after["made-up"].today
    assert today is not None
    assert today.year == "January 2015 to January 2027"
    stale = [answer for answer in after.values() if answer.code == "was_true"]
    assert all(answer.today and answer.today.order == 2027 for answer in stale)


def test_an_unknown_authority_is_named(store: Store) -> None:
    with pytest.raises(UsageError, match=r"claim 'x': no authority is called 'Hertfordshir'.*Did you mean"):
        check_claim(store, Claim("x", "x", kind="2", authority="Hertfordshir", value=3, unit="rank"))


def test_a_text_that_says_more_is_answered_for_all_it_says(store: Store) -> None:
    # SEN2: 3,718 plans and statements in Devon in January 2017, 8,400 in January 2023.
    text = "EHC plans in Devon went up from 3,718 in 2017 to 8,500 in 2023"
    answer = check_claim(store, Claim("x", text))
    assert answer.code == "true"
    assert "3,718" in answer.sentence
    assert any(
        remark.startswith("The same text also says: Not true") and "8,400" in remark for remark in answer.remarks
    )


def test_the_payload_is_plain_json(store: Store) -> None:
    payloads = [answer.to_json() for answer in check_claims(store, WITH_KEYS)]
    assert json.loads(json.dumps(payloads, allow_nan=False)) == payloads
    assert Counter(payload["verdict_code"] for payload in payloads).total() == len(WITH_KEYS)
    for finding in (f for payload in payloads for f in [*payload["supporting"], *payload["contradicting"]]):
        assert {"year", "measure", "per", "population", "value", "figure_id"} <= set(finding)


def test_the_date_on_which_it_was_said_is_read_to_its_precision() -> None:
    assert [parse_said(text)[1] for text in ("2024", "2024-06", "2024-06-30", "")] == ["year", "month", "day", "day"]
    for text in ("June 2024", "2024-13", "2024-02-30", "1999", "20240630"):
        with pytest.raises(UsageError, match="is no date on which it was said"):
            parse_said(text)


def test_when_is_still_read_as_the_date_on_which_it_was_said(tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    for key in ("said", "when"):
        path.write_text(f'[[claim]]\nid = "a"\ntext = "b"\n{key} = 2024-06-30\n', encoding="utf-8")
        assert read_claims(path)[0].said == "2024-06-30"
    path.write_text('[[claim]]\nid = "a"\ntext = "b"\nsaid = "last June"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="no date"):
        read_claims(path)
