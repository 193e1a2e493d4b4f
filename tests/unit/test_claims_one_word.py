"""One word changed: a true claim never keeps its verdict when what it says is another thing.

The true claims are written from the tidy tables by a few lines of polars that share no code with `hnf.claims`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from hnf.claims.check import check_text
from hnf.tables.store import Store

SUPPORT = {"true", "true_on_some_bases", "was_true"}
TIDY = Path(__file__).resolve().parents[2] / "data" / "tidy"
SAID = "2026-11-26"


@cache
def plans() -> dict[tuple[str, int], int]:
    """Statements and plans by authority (or "England") and January, of the latest release that has them."""
    frame = pl.read_csv(TIDY / "ehc_plans.csv", infer_schema_length=None, schema_overrides={"la_code": pl.String})
    total = (pl.col("age_group") == "total") & (pl.col("plan_type") == "total")
    wanted = frame.filter(total & pl.col("count").is_not_null())
    found: dict[tuple[str, int], int] = {}
    for row in wanted.sort("release").iter_rows(named=True):
        if row["geographic_level"] == "national":
            found["England", row["january"]] = row["count"]
        elif row["geographic_level"] == "local_authority":
            found[row["la_code"], row["january"]] = row["count"]
    return found


CODES = {
    "Kent": "886", "Leeds": "383", "Westminster": "213", "Hertfordshire": "919", "Norfolk": "926",
    "England": "England",
}  # fmt: skip


def true_claims() -> Iterator[str]:
    counts = plans()
    for name, code in CODES.items():
        for start, end in ((2015, 2026), (2016, 2024), (2019, 2025)):
            rise = (counts[code, end] / counts[code, start] - 1) * 100
            yield f"EHC plans in {name} rose by {rise:.1f}% from January {start} to January {end}"
            yield f"EHC plans in {name} rose by over {rise - 8:.0f}% from {start} to {end}"
            yield f"There were {counts[code, end]:,} EHC plans in {name} in January {end}"
            ends = f"from {counts[code, start]:,} in {start} to {counts[code, end]:,} in {end}"
            yield f"EHC plans in {name} went up {ends}"


TRUE = tuple(true_claims())
CHANGES: tuple[tuple[str, str, str], ...] = (
    ("rose to fell", r"\b(rose|went up)\b", "fell"),
    ("over to under", r"\bover\b", "under"),
    ("there were to there were not", r"\bThere were\b", "There were not"),
    ("rose to did not rise", r"\brose\b", "did not rise"),
    ("to Glasgow", r"\bin (Kent|Leeds|Westminster|Hertfordshire|Norfolk|England)\b", "in Glasgow"),
    ("to Kingston", r"\bin (Kent|Leeds|Westminster|Hertfordshire|Norfolk|England)\b", "in Kingston"),
    ("to a place that is not", r"\bin (Kent|Leeds|Westminster|Hertfordshire|Norfolk|England)\b", "in Nowhereshire"),
    ("another quantity", r"\bEHC plans\b", "SEN tribunal hearings and deficits"),
    ("another year", r"(?<!over \d\d% from )(?<!over \d\d\d% from )\b20(15|16|19)\b(?! to 20\d\d$)", "2012"),
    ("a year to come", r"\b20(24|25|26)\b", "2031"),
)


def codes(store: Store, text: str) -> list[str]:
    return [claim.code for claim in check_text(store, text, said=SAID)]


@pytest.mark.parametrize("text", TRUE)
def test_what_the_tables_say_is_true(store: Store, text: str) -> None:
    assert set(codes(store, text)) <= {"true", "was_true"}


@pytest.mark.parametrize(("name", "word", "other"), CHANGES, ids=lambda value: value if " " in str(value) else "")
def test_one_word_changed_never_keeps_the_verdict(store: Store, name: str, word: str, other: str) -> None:
    tried = [(text, re.sub(word, other, text, count=1)) for text in TRUE if re.search(word, text)]
    assert len(tried) >= 12, name
    kept = {changed: codes(store, changed) for _, changed in tried if set(codes(store, changed)) <= SUPPORT}
    assert kept == {}


def test_a_text_that_names_no_place_is_never_supported(store: Store) -> None:
    texts = [re.sub(r" in (Kent|Leeds|Westminster|Hertfordshire|Norfolk|England)\b", "", text) for text in TRUE]
    local = [text for text in texts if not re.search(r"\d{3},\d{3}", text)]  # a count of that size is England's
    assert len(local) > 60
    assert {text: codes(store, text) for text in local if set(codes(store, text)) & SUPPORT} == {}


def test_words_in_any_order_end_in_a_verdict(store: Store) -> None:
    more = ["£614", "not", "(", ")", "—", "lowest", "of", "151", "per", "head", "halved", "than", "\u202e"]
    pieces = [*" ".join(TRUE).split(), *more]
    rng = random.Random(17)
    for _ in range(150):
        text = " ".join(rng.choice(pieces) for _ in range(rng.randint(1, 14)))
        for claim in check_text(store, text, said=SAID):
            assert claim.code
            if claim.code in SUPPORT:
                assert claim.reading is not None
                assert claim.reading.who is not None
                assert claim.unread == ()
