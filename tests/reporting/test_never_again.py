"""What a pack must never do, each over the packs of many places: what a hostile reader would take apart."""

from __future__ import annotations

import re

import key_sentences
import pytest

from hnf.packs.build import build_pack
from hnf.packs.content import TileMapChart
from hnf.packs.findings import decisions, pack_texts
from hnf.tables.store import Store

#: One of each kind: low on all, on the gains limit, turning on the population, suppressed, reorganised, small, outside
#: the tables, with a made-up baseline, faulty returns.
SOME = ("919", "383", "213", "921", "942", "940", "201", "420", "839", "857", "307", "353", "856", "823", "382")


@pytest.fixture(scope="module")
def packs(store):
    return [*key_sentences.packs(store, 30), *(build_pack(store, code, "analyst") for code in SOME)]


def table_of(pack, name):
    return next((table for table in pack.tables() if table.id == name), None)


def texts(pack):
    for sentence in pack.sentences():
        yield sentence.text
    for chart in pack.charts():
        yield from (chart.title, chart.subtitle, chart.alt, *chart.notes)
    for table in pack.tables():
        yield from (table.title, table.subtitle, *table.notes)


GONE = re.compile(
    r"primary school with one class|No high needs block|no high needs block|[Vv]ery likely|if so\b|a whole number of"
    r"|within 0\.0%|moved up|money moved|touches|stands twice|[Hh]eld against|this rests on|It would hide"
    r"|What will replace the present formula|went on growing|lay between|counts? for twice|Above zero"
)


def test_words_that_are_gone(packs):
    looked = 0
    for pack in packs:
        for text in texts(pack):
            assert not GONE.search(text), text
            looked += 1
    assert looked > 100 * len(packs) / 4


def test_funding_is_never_on_one_denominator_alone(packs):
    """Both ends of the rank, or the same rank on every measure."""
    seen = 0
    for pack in packs:
        for number in pack.numbers:
            if "Rank: " in number.says.text:
                seen += 1
                rank = number.says.text.partition("Rank: ")[2]
                assert (
                    " on every measure" in rank
                    or len(set(re.findall(r"per (?:head|pupil|EHC plan)", rank))) == 2
                    or ("ONS estimate" in rank and "formula's own population" in rank)
                ), rank
    assert seen > len(packs) / 2


def test_a_gap_has_one_sign_only_where_every_denominator_has_it(packs):
    seen = set()
    for pack in packs:
        table = table_of(pack, "gaps")
        found = next((number for number in pack.numbers if number.label.startswith("If funded")), None)
        if table is None or found is None:
            continue
        pounds = [row[3] for row in table.rows]
        signs = {value > 0 for value in pounds}
        seen.add(len(signs))
        said = {word for word in ("more", "less") if re.search(rf"\b{word}\b", found.large)}
        assert said == {"more" if sign else "less" for sign in signs}, (pack.title, found.large, pounds)
    assert seen == {1, 2}


def test_a_rank_that_turns_on_the_population_names_both(packs):
    """Where the two rates per head lie on two sides of England's, no sentence says "per head" alone."""
    seen = 0
    for pack in packs:
        table = table_of(pack, "gaps")
        if table is None:
            continue
        heads = [row for row in table.rows if str(row[0]).startswith("Per head")]
        apart = [round(row[1]) - round(row[2]) for row in heads]
        if not min(apart) < 0 < max(apart):
            continue
        seen += 1
        assert "per head on the " in pack.headline.text
        for number in pack.numbers:
            assert not re.search(r"per head(?! on the | aged 2 to 18)", number.says.text), number.says.text
    assert seen


def test_small_numbers_are_said_and_no_percentage_of_growth(packs):
    seen = 0
    for pack in packs:
        if "Small numbers" in pack.kinds and len(pack.places) == 1:
            seen += 1
            assert "%" not in pack.headline.text
            assert "%" not in pack.numbers[0].says.text
            chart = next(chart for chart in pack.charts() if chart.id == "need_against_england")
            assert "100" not in chart.subtitle
        for table in pack.tables():
            growth = next((n for n, one in enumerate(table.columns) if one.title == "EHC plans, growth (%)"), None)
            few = [row for row in table.rows if row[0] in ("City of London", "Isles of Scilly")]
            assert growth is None or all(row[growth] is None for row in few)
    assert seen


def test_a_question_is_asked_only_where_its_premise_holds(packs):
    """Held against the tables of the same pack, and each of them with the place and a year or a rule in it."""
    seen = 0
    for pack in packs:
        gaps, text = (
            table_of(pack, "gaps"),
            " ".join(
                bullet.text for section in pack.sections if section.id == "questions" for bullet in section.bullets
            ),
        )
        for section in pack.sections:
            if section.id == "questions":
                assert 1 <= len(section.bullets) <= 3
                assert all(
                    any(place.name in one.text for place in pack.places) or pack.place in one.text
                    for one in (*section.bullets, *(draft for _, draft in section.drafts))
                )
        if "enough to meet local need" in text and gaps is not None:
            seen += 1
            assert all(row[3] > 0 for row in gaps.rows)
        if "By which measure" in text and gaps is not None:
            seen += 1
            assert {row[3] > 0 for row in gaps.rows} == {True, False}
        service = table_of(pack, "service")
        if "20-week limit" in text and service is not None:
            seen += 1
            late = next(row for row in service.rows if "20 weeks" in row[0])
            assert late[1] < late[2]
    assert seen > 3


def test_what_is_decided_is_dated_and_linked(packs):
    for pack in packs:
        decided = next(section for section in pack.sections if section.id == "decided")
        assert len(decided.bullets) == len(pack_texts()["decided"])
        for bullet in decided.bullets:
            assert re.search(r"20\d\d$", bullet.said_by)
            assert bullet.link.startswith("https://")


def test_an_earlier_edition_has_no_later_decision():
    dates = {one["text"]: one["date"] for one in pack_texts()["decided"]}
    early = [one.sentence.text for one in decisions(Store(as_at="2026-01-31"))]
    assert early == [text for text, date in dates.items() if date < "2026-02"]
    assert 0 < len(early) < len(dates)
    assert decisions(Store(as_at="2025-11-30")) == ()


def test_notes_are_about_what_is_in_the_table(packs):
    looked = 0
    for pack in packs:
        for table in pack.tables():
            cells = " ".join(str(cell) for row in table.rows for cell in row) + " ".join(c.title for c in table.columns)
            for note in table.notes:
                named = re.match(r"Growth of EHC plans, ([^:]+):", note)
                if named:
                    looked += 1
                    assert named[1] in cells
                if note.startswith("[x]"):
                    assert any(cell is None for row in table.rows for cell in row)
    assert looked


def test_classes_of_a_map_are_whole_pounds(packs):
    seen = 0
    for pack in packs:
        for chart in pack.charts():
            if isinstance(chart.spec, TileMapChart):
                seen += 1
                assert not [words for words in chart.spec.legend if re.search(r"£[\d,]+\.\d", words)]
    assert seen


def test_sentences_are_english(packs):
    """Kinds of slip: noughts, double spaces, articles, plurals of one, a place or a year that is not named."""
    wrong = re.compile(
        r"  |\.\.|\b[Aa] (8|11|18)(?!\d)|\b[Aa] [aeiou]\w+ (?=authority)|(?<![\d.,])1 (plans|authorities|years)\b"
        r"|\bnan\b|None|%%|\bhere\b|\bin the Isles? of|'s's|\bthe the\b|(rose|fell) by 0(\.0)?%|\bby 0%|−"
    )
    for pack in packs:
        for sentence in pack.sentences():
            assert not wrong.search(sentence.text), sentence.text
            assert sentence.text[-1] in ".?", sentence.text
        names = [place.name.removeprefix("the ") for place in pack.places]
        assert any(name in pack.headline.text for name in names), pack.headline.text
        assert re.search(r"20\d\d", pack.headline.text)
        assert re.search(r"20\d\d", pack.as_at.text)
        for number in pack.numbers:
            assert re.search(r"20\d\d", number.label + number.says.text), number


@pytest.mark.slow
def test_the_same_of_the_packs_of_all_members(store):
    """Built once: a test each would build them in each process."""
    packs = key_sentences.packs(store, 1)
    assert len(packs) > 270
    for never in (
        test_words_that_are_gone,
        test_funding_is_never_on_one_denominator_alone,
        test_a_gap_has_one_sign_only_where_every_denominator_has_it,
        test_a_rank_that_turns_on_the_population_names_both,
        test_small_numbers_are_said_and_no_percentage_of_growth,
        test_a_question_is_asked_only_where_its_premise_holds,
        test_what_is_decided_is_dated_and_linked,
        test_notes_are_about_what_is_in_the_table,
        test_classes_of_a_map_are_whole_pounds,
        test_sentences_are_english,
    ):
        never(packs)
