"""Packs of constituencies and regions: side by side, never averaged, every number with its figure."""

from __future__ import annotations

import re

import key_sentences
import pytest
from test_pack import NOT_FIGURES, NUMBER

from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack
from hnf.tables.authorities import Authorities, constituencies, find_constituency
from hnf.tables.store import Store


@pytest.fixture(scope="module")
def packs(store):
    return {pack.slug: pack for pack in key_sentences.packs(store, 12)}


def test_key_sentences_are_those_that_were_read(packs):
    """Changed words or data: run `python tests/reporting/key_sentences.py`, and read what changed."""
    read = key_sentences.PAGE.read_text(encoding="utf-8")
    for pack in packs.values():
        assert key_sentences.write([pack]) in read


def test_every_number_in_a_sentence_stands_for_a_figure(packs):
    checked = 0
    for pack in packs.values():
        for sentence in pack.sentences():
            text = sentence.text
            for printed in sorted(sentence.printed, key=len, reverse=True):
                text, times = re.subn(rf"(?<!\d){re.escape(printed)}(?!\d)", " ", text, count=1)
                assert times == 1, (printed, sentence.text)
                checked += 1
            assert NUMBER.findall(NOT_FIGURES.sub(" ", text)) == [], sentence.text
    assert checked > 18 * len(packs) > 400


def test_every_figure_of_places_is_what_its_id_gives(packs, store):
    fresh = Store(store.folder)
    checked = 0
    for slug, pack in packs.items():
        if slug.startswith(("constituency-", "region-")):
            for figure in pack.figures():
                assert resolve(fresh, figure.id) == figure
                checked += 1
    assert checked > 7 * len(packs)


def test_every_key_sentence_has_a_main_figure_that_stands_in_it(packs):
    for pack in packs.values():
        assert 3 <= len(pack.key_sentences) <= 5, pack.title
        for sentence in pack.key_sentences:
            assert (
                sentence.main in {figure.id for figure in sentence.figures} if sentence.figures else not sentence.main
            )


def test_no_sentence_breaks_the_rules_of_english(packs):
    wrong = re.compile(
        r", (City|County) of|\b1 years\b|\bin the Isles? of|  |\.\.|\bthe the\b|\b[Aa] (8|11|18)\b|−|%%|None|nan|"
        r"(rose|fell) by 0(\.0)?%|\bin on\b|stayed the same by"
    )
    checked = 0
    for pack in packs.values():
        for sentence in pack.sentences():
            assert not wrong.search(sentence.text), sentence.text
            assert sentence.text[0].isupper() or not sentence.text[0].isalpha(), sentence.text
            checked += 1
    assert checked > 10 * len(packs)


@pytest.mark.slow
def test_the_same_of_every_authority_region_and_constituency(store):
    """Built once: a test each would build them in each process."""
    packs = {pack.slug: pack for pack in key_sentences.packs(store, 1)}
    assert len(packs) == 9 + 153 + 114
    assert key_sentences.PAGE.read_text(encoding="utf-8") == key_sentences.write(list(packs.values()))
    test_every_number_in_a_sentence_stands_for_a_figure(packs)
    test_every_figure_of_places_is_what_its_id_gives(packs, store)
    test_every_key_sentence_has_a_main_figure_that_stands_in_it(packs)
    test_no_sentence_breaks_the_rules_of_english(packs)


def test_a_constituency_of_one_authority_has_the_figures_of_the_authority(store):
    pack = build_constituency_pack(store, "broxbourne")
    own = build_pack(store, "919", "mp")
    assert pack.key_sentences == own.key_sentences
    assert pack.sections[1:] == own.sections
    assert pack.subtitle.startswith(
        "Briefing for Lewis Cocking (Conservative), member for Broxbourne on the list of June 2026"
    )
    assert "every figure here is that of the authority, not of the constituency" in pack.sections[0].paragraphs[0].text


def test_several_authorities_stand_side_by_side_each_with_its_own_figures(store):
    pack = build_constituency_pack(store, "Windsor", "analyst")
    assert [place.la_code for place in pack.places] == ["868", "871", "936"]
    rates = next(sentence for sentence in pack.key_sentences if sentence.kind == 2)
    ids = [figure.id for figure in rates.figures]
    assert [f"rate:2023-24:block:head.ons:{code}" for code in ("868", "871", "936")] == ids[0:6:2]
    table = next(table for table in pack.tables() if table.id == "side_by_side")
    assert [row[0] for row in table.rows] == [
        *("Windsor and Maidenhead", "Slough", "Slough, formula's own", "Surrey", "Surrey, formula's own", "England")
    ]
    assert any(note.startswith("The formula's own population: ") for note in table.notes)
    assert [row[1] for row in table.rows] == [resolve(store, ids_[1]).value for ids_ in table.figure_ids]
    names = [chart.id for chart in pack.charts()]
    assert len(set(names)) == len(names)
    assert {f"make_up_{code}" for code in ("868", "871", "936")} <= set(names)


def test_authorities_made_from_one_share_the_line_of_its_area(store):
    pack = build_constituency_pack(store, "Penrith and Solway")
    chart = next(chart for chart in pack.charts() if chart.id == "need_side_by_side")
    assert [line.name for line in chart.spec.lines] == ["The former Cumbria area", "England"]


def test_a_constituency_that_touches_a_place_without_an_allocation_says_so(store):
    pack = build_constituency_pack(store, "Cities of London and Westminster")
    assert pack.headline.text.endswith("; the City of London had no allocation")
    table = next(table for table in pack.tables() if table.id == "side_by_side")
    assert table.rows[0][:3] == ("City of London", None, None)
    assert any(note.startswith("City of London:") for note in table.notes)


def test_more_than_a_fifth_of_constituencies_span_more_than_one_authority(store):
    """114 of 543, as the published lookup has it."""
    found = constituencies(store)
    assert (len(found), sum(len(one.la_codes) > 1 for one in found)) == (543, 114)


@pytest.mark.parametrize("text", ["Hull", "Broxborne", "", "E1400"])
def test_unknown_constituencies_are_refused(store, text):
    with pytest.raises(UsageError, match="no constituency is called"):
        find_constituency(store, text)


def test_a_region_lists_all_its_authorities_and_makes_up_no_rate(store):
    pack = build_region_pack(store, "the north east")
    table = next(table for table in pack.tables() if table.id == "authorities")
    codes = {a.la_code for a in Authorities.of(store).by_code.values() if a.region_code == "E12000001" and not a.closed}
    assert {place.la_code for place in pack.places} == codes
    assert len([row for row in table.rows if "formula's own" not in str(row[0])]) == len(codes) + 1
    need = pack.key_sentences[0]
    assert [figure.value for figure in need.figures if figure.basis == "published"] == [11_811, 31_915]


def test_a_member_gets_less_and_never_another_figure(store):
    for who in ("919", "942", "921", "201", "810"):
        everything = {sentence.text: sentence for sentence in build_pack(store, who, "analyst").sentences()}
        rows = {(table.id, row) for table in build_pack(store, who, "analyst").tables() for row in table.rows}
        for audience in ("mp", "councillor"):
            pack = build_pack(store, who, audience)
            assert all(everything[sentence.text] == sentence for sentence in pack.sentences())
            assert {(table.id, row) for table in pack.tables() for row in table.rows} <= rows
        assert len(build_pack(store, who, "mp").sentences()) < len(everything) or who == "201"
