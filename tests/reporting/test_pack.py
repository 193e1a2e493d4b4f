"""Packs of all open authorities: every number in a sentence has its figure, every figure is what its id gives."""

from __future__ import annotations

import json
import re

import pytest

from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.packs.build import build_pack
from hnf.packs.content import print_figure
from hnf.packs.write import write_pack
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

#: Numbers that are no figures: years, dates, ages, a time limit, what an index starts from, the tolerance of the check.
NOT_FIGURES = re.compile(
    r"20\d\d-\d\d|(January|mid-|until|between|from|and|[Ii]n|return of) ?20\d\d(-\d\d)?|\d{1,2} [A-Z][a-z]+ 20\d\d"
    r"|section 251|aged 2 to 18|ages 0 to 25|within 20 weeks|within £1|\[[A-Z]\]|2025 model"
)
NUMBER = re.compile(r"\d[\d,.]*\d|\d")


#: One of each kind: plain, dear, suppressed, made from one that closed (twice), without allocation (twice), merged.
SOME = ("919", "202", "921", "942", "940", "201", "420", "839", "810", "302", "840", "926")


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def packs(store, request):
    found = [code for code, authority in Authorities.of(store).by_code.items() if not authority.closed]
    return {code: build_pack(store, code) for code in (SOME if request.param == "some" else found)}


def sentences_of(pack):
    found = [pack.headline, *pack.key_sentences()]
    for section in pack.sections:
        found += [*section.paragraphs, *section.bullets]
    return found


def test_every_authority_has_a_pack_of_its_own(packs):
    assert len(packs) in (len(SOME), 153)
    slugs = [pack.slug for pack in packs.values()]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z0-9-]+", slug) for slug in slugs)


def test_every_number_in_a_sentence_stands_for_a_figure(packs):
    checked = 0
    for pack in packs.values():
        for sentence in sentences_of(pack):
            text = sentence.text
            for printed in sorted(sentence.printed, key=len, reverse=True):
                text, times = re.subn(rf"(?<!\d){re.escape(printed)}(?!\d)", " ", text, count=1)
                assert times == 1, (printed, sentence.text)
                checked += 1
            rest = NOT_FIGURES.sub(" ", text)
            assert NUMBER.findall(rest) == [], sentence.text
    assert checked > 13 * len(packs)


def test_every_figure_is_what_its_id_gives(packs, store):
    fresh = Store(store.folder)
    checked = 0
    for pack in packs.values():
        for figure in pack.figures():
            assert resolve(fresh, figure.id) == figure
            checked += 1
    assert checked > 9 * len(packs)


def test_every_number_in_a_table_is_what_its_id_gives(packs, store):
    checked = 0
    for code in ("919", "942", "940", "921", "201", "839"):
        for table in packs[code].tables():
            assert len(table.figure_ids) == len(table.rows), table.id
            for row, ids in zip(table.rows, table.figure_ids, strict=True):
                for value, figure_id in zip(row, ids, strict=True):
                    if figure_id is not None:
                        figure = resolve(store, figure_id)
                        again = figure.value
                        if isinstance(value, str):  # revisions of many units are given as they are printed
                            assert (table.id, print_figure(figure)) == ("revisions", value)
                            continue
                        assert again == value if value is None else again == pytest.approx(value, rel=1e-12), figure_id
                        checked += 1
    assert checked > 2000


def test_numbers_in_tables_have_ids(packs):
    """Only words, labels of years and missing values go without."""
    for pack in packs.values():
        for table in pack.tables():
            for row, ids in zip(table.rows, table.figure_ids, strict=True):
                assert all(
                    figure_id for value, figure_id in zip(row, ids, strict=True) if isinstance(value, int | float)
                )


def test_hertfordshire_says_what_the_files_say(packs):
    """Values worked out by hand from the published cells."""
    pack = packs["919"]
    texts = [sentence.text for sentence in pack.key_sentences()]
    assert "rose from 3,682 in January 2015 to 15,137 in January 2026, up 311%" in texts[0]
    assert "was £690 per head aged 2 to 18, the 5th lowest of 151 authorities" in texts[1]
    assert "would have had £46.1 million more in 2023-24" in texts[2]
    assert "rose by 56.5% in cash (54.6% like for like), and the number of EHC plans rose by 65.7%" in texts[4]
    assert [sentence.kind for sentence in pack.key_sentences()] == [1, 2, 4, 7, 5]
    assert all(sentence.basis and sentence.figures for sentence in pack.key_sentences())


def test_a_gap_to_a_lower_rate_is_less_and_never_a_negative_more(packs):
    camden = next(s.text for s in packs["202"].key_sentences if s.kind == 4)
    assert (
        camden
        == "At England's average rate per head aged 2 to 18, Camden would have had £24.6 million less in 2023-24. On "
        "the formula's own population it would have had £10.1 million less."
    )


def test_suppressed_count_is_said_and_the_last_count_is_used(packs):
    pack = packs["921"]
    assert "to 1,799 in January 2025" in pack.key_sentences()[0].text
    limits = next(section for section in pack.sections if section.id == "limits")
    assert any("January 2026: not available (suppressed) (x)" in bullet.text for bullet in limits.bullets)
    need = next(section for section in pack.sections if section.id == "need").charts[0]
    assert need.data.rows[-1][:2] == ("2026", None)
    assert "on the Isle of Wight" in pack.headline.text


def test_reorganised_area_is_named_as_the_whole_area(packs):
    need, rank = packs["942"].key_sentences[:2]
    assert "plan or statement in the former Cumbria area rose from 2,106 in January 2015" in need.text
    assert "Cumberland and Westmorland and Furness were made from Cumbria on 1 April 2023" in need.basis
    latest = next(section for section in packs["942"].sections if section.id == "need").paragraphs[0]
    # Published: 2,893 plans in January 2025 and 3,088 in January 2026.
    assert "the number of EHC plans in Cumberland rose by 6.7%" in latest.text
    assert "Of Cumberland alone; figures since January 2015 are for the former Cumbria area." in latest.basis
    assert "£777 per head" in rank.text


def test_no_allocation_is_said_in_its_place(packs):
    for code in ("201", "420"):
        pack = packs[code]
        funding = next(section for section in pack.sections if section.id == "funding")
        assert "had no high needs allocation in 2023-24" in funding.paragraphs[0].text
        assert [sentence.kind for sentence in pack.key_sentences()] == [1, 1, None]


def test_closed_authority_is_refused_with_its_successors(store):
    with pytest.raises(
        UsageError, match="Cumbria closed on 31 March 2023; for 2023-24 ask for Cumberland and Westmorland"
    ):
        build_pack(store, "Cumbria")


def test_written_pack_is_whole_and_the_same_twice(store, packs, tmp_path):
    first = write_pack(store, packs["921"], tmp_path / "a")
    second = write_pack(store, packs["921"], tmp_path / "b")
    assert first == second
    assert {"index.html", "workbook.xlsx", "manifest.json", "charts/make_up.svg", "charts/make_up.png"} <= set(first)
    for name in first:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == set(first) - {"manifest.json"}
    ids = [figure["id"] for figure in manifest["figures"]]
    assert len(set(ids)) == len(ids) > 400
    in_text = {figure["id"] for sentence in manifest["sentences"] for figure in sentence["figures"]}
    assert in_text <= set(ids)
    assert manifest["data_edition"] == store.edition


@pytest.mark.slow
def test_sources_of_a_pack_are_all_the_sources_of_its_figures(store, packs):
    pack = packs["940"]
    named = {source["id"] for source in pack.sources}
    used = {traced.source.id for figure in pack.figures() for traced in trace(store, figure.id).cells}
    for table in pack.tables():
        used |= {
            traced.source.id for row in table.figure_ids for id_ in row if id_ for traced in trace(store, id_).cells
        }
    assert named == used


def test_a_folder_with_other_files_is_never_replaced(store, packs, tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other files"):
        write_pack(store, packs["201"], tmp_path)
    assert (tmp_path / "thesis.docx").read_text(encoding="utf-8") == "years of work"
