"""Packs of constituencies and regions: side by side, never averaged, every number with its figure."""

from __future__ import annotations

import re

import key_sentences
import pytest
from test_pack import numbers_left

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
            assert numbers_left(sentence) == [], sentence.text
            checked += len(sentence.printed)
    assert checked > 25 * len(packs) > 400


def test_every_figure_of_places_is_what_its_id_gives(packs, store):
    fresh = Store(store.folder)
    checked = 0
    for slug, pack in packs.items():
        if slug.startswith(("constituency-", "region-")):
            for figure in pack.figures():
                assert resolve(fresh, figure.id) == figure
                checked += 1
    assert checked > 7 * len(packs)


def test_every_main_figure_stands_in_its_sentence(packs):
    for pack in packs.values():
        for sentence in pack.sentences():
            assert sentence.main in {"", *(figure.id for figure in (*sentence.figures, *sentence.behind))}


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
    test_every_main_figure_stands_in_its_sentence(packs)
    test_no_sentence_breaks_the_rules_of_english(packs)


def test_a_constituency_of_one_authority_has_the_figures_of_the_authority(store):
    pack = build_constituency_pack(store, "broxbourne")
    own = build_pack(store, "919", "mp")
    assert (pack.headline, pack.as_at, pack.numbers) == (own.headline, own.as_at, own.numbers)
    assert pack.sections[:-1] == own.sections
    assert pack.subtitle.startswith(
        "Briefing for Lewis Cocking (Conservative), member for Broxbourne on the list of June 2026"
    )
    assert "Every figure is that of the whole authority" in pack.sections[-1].paragraphs[0].text


def test_several_authorities_stand_side_by_side_each_with_its_own_figures(store):
    pack = build_constituency_pack(store, "Windsor", "analyst")
    assert [place.la_code for place in pack.places] == ["868", "871", "936"]
    for number, code in zip(pack.numbers, ("868", "871", "936"), strict=True):
        figure = resolve(store, f"rate:2023-24:block:head.ons:{code}")
        assert figure in number.says.behind
        assert number.large == f"£{figure.value:,.0f}"
    table = next(table for table in pack.tables() if table.id == "side_by_side")
    assert [row[0] for row in table.rows] == ["Windsor and Maidenhead", "Slough", "Surrey", "England"]
    assert [column.title for column in table.columns][1:3] == [
        "Per head, ONS estimate (£)",
        "Per head, formula's own (£)",
    ]
    for row, ids in zip(table.rows, table.figure_ids, strict=True):
        assert list(row[1:5]) == [resolve(store, id_).value for id_ in ids[1:5]]
    names = [chart.id for chart in pack.charts()]
    assert len(set(names)) == len(names)
    assert {f"make_up_{code}" for code in ("868", "871", "936")} <= set(names)


def test_authorities_made_from_one_share_the_line_of_its_area(store):
    pack = build_constituency_pack(store, "Penrith and Solway")
    chart = next(chart for chart in pack.charts() if chart.id == "need_side_by_side")
    assert [line.name for line in chart.spec.lines] == ["The former Cumbria area", "England"]


def test_a_constituency_that_lies_in_a_place_outside_the_tables_says_so(store):
    pack = build_constituency_pack(store, "Cities of London and Westminster")
    assert pack.headline.text.endswith("; DfE's tables of high needs funding do not include the City of London.")
    table = next(table for table in pack.tables() if table.id == "side_by_side")
    assert table.rows[0][:3] == ("City of London", None, None)
    assert any(note.startswith("City of London:") for note in table.notes)
    # The dates of funding are there, though the first authority has none.
    assert "Funding to 2023-24" in pack.as_at.text


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
    assert len(table.rows) == len(codes) + 1
    need = pack.numbers[0]
    assert need.large == "31,915"
    assert "from 11,811" in need.says.text
    # DfE's row of the North East and of England, total before deductions of 2023-24.
    assert "North East councils received £479.3 million of England's £9.95 billion" in pack.numbers[1].says.text


def test_a_member_gets_less_and_never_another_figure(store):
    for who in ("919", "942", "921", "201", "810"):
        everything = {sentence.text: sentence for sentence in build_pack(store, who, "analyst").sentences()}
        rows = {(table.id, row) for table in build_pack(store, who, "analyst").tables() for row in table.rows}
        for audience in ("mp", "councillor"):
            pack = build_pack(store, who, audience)
            assert all(everything[sentence.text] == sentence for sentence in pack.sentences())
            assert {(table.id, row) for table in pack.tables() for row in table.rows} <= rows
        assert len(build_pack(store, who, "mp").sentences()) < len(everything) or who == "201"
