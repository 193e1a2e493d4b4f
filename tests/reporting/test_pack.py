"""Packs of all open authorities: every number in a sentence has its figure, every figure is what its id gives."""

from __future__ import annotations

import json
import re

import pytest

from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.packs.build import build_pack
from hnf.packs.content import print_figure
from hnf.packs.findings import pack_texts
from hnf.packs.write import write_pack
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

#: Numbers that are no figures: years, dates, ages, a time limit, what an index starts from, the tolerance of the check.
NOT_FIGURES = re.compile(
    r"20\d\d-\d\d|(January|March|mid-|until|between|from|and|after|[Ii]n|return of|to|at the end of) ?20\d\d(-\d\d)?"
    r"|\d{1,2} [A-Z][a-z]+ 20\d\d|section 251|aged 2 to 18|ages 0 to 25|within 20 weeks|20-week|within £1|\[[A-Z]\]"
    r"|2025 model|what they spent in \d{4}|all \d+ bases"
)
NUMBER = re.compile(r"\d[\d,]*\d|\d")


def without_decisions(text):
    """Leave out the numbers of decisions, which rest on the table of policy and have no figure."""
    for decision in pack_texts()["decided"]:
        for number in re.findall(r"£[\d.]+ (?:m|b)illion|\d+%", decision["text"]):
            text = re.sub(rf"(?<![\d.]){re.escape(number)}", "", text)
    return text


def numbers_left(sentence):
    """Return the numbers of a sentence that none of its figures printed."""
    text = sentence.text
    for printed in sorted(sentence.printed, key=len, reverse=True):
        text, times = re.subn(rf"(?<!\d){re.escape(printed)}(?!\d)", " ", text, count=1)
        assert times == 1, (printed, sentence.text)
    return NUMBER.findall(NOT_FIGURES.sub(" ", without_decisions(text)))


#: One of each kind: plain, dear, suppressed, made from one that closed (twice), without allocation (twice), merged.
SOME = ("919", "202", "921", "942", "940", "201", "420", "839", "810", "302", "840", "926")


@pytest.fixture(scope="module")
def packs(store):
    return {code: build_pack(store, code) for code in SOME}


def test_every_authority_has_a_pack_of_its_own(packs):
    assert len(packs) in (len(SOME), 153)
    slugs = [pack.slug for pack in packs.values()]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z0-9-]+", slug) for slug in slugs)


def test_every_number_in_a_sentence_stands_for_a_figure(packs):
    checked = 0
    for pack in packs.values():
        for sentence in pack.sentences():
            assert numbers_left(sentence) == [], sentence.text
            checked += len(sentence.printed)
    assert checked > 30 * len(packs)


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


@pytest.mark.slow
def test_the_same_of_every_authority(store):
    """Built once: a test each would build them in each process."""
    codes = [code for code, authority in Authorities.of(store).by_code.items() if not authority.closed]
    assert len(codes) == 153
    packs = {code: build_pack(store, code) for code in codes}
    test_every_authority_has_a_pack_of_its_own(packs)
    test_every_number_in_a_sentence_stands_for_a_figure(packs)
    test_every_figure_is_what_its_id_gives(packs, store)
    test_every_number_in_a_table_is_what_its_id_gives(packs, store)
    test_numbers_in_tables_have_ids(packs)
    test_hertfordshire_says_what_the_files_say(packs)
    test_a_gap_to_a_lower_rate_is_less_and_never_a_negative_more(packs)
    test_suppressed_count_is_said_and_the_last_count_is_used(packs)
    test_reorganised_area_is_named_as_the_whole_area(packs)
    test_a_place_that_the_tables_do_not_include_is_said_so_and_counted(packs)


def test_hertfordshire_says_what_the_files_say(packs):
    """Values worked out by hand from the published cells."""
    pack = packs["919"]
    assert pack.headline.text == (
        "In 2023-24 Hertfordshire received less high needs funding than the England average per head, per pupil and "
        "per EHC plan, while its EHC plans rose by 311% between January 2015 and January 2026, against 199% in England."
    )
    plans, rate, gap = pack.numbers
    assert (plans.large, plans.says.text) == ("15,137", "Up 311% since January 2015. England: up 199%.")
    assert rate.large == "£690"
    assert rate.says.text == "England: £867. Rank: 5th lowest of 151 per head; 32nd lowest of 149 per EHC plan."
    assert (gap.large, gap.says.text) == (
        "£21m to £47m more",
        "£21.4 million more per EHC plan; £47.4 million more per pupil.",
    )
    said = " ".join(sentence.text for sentence in pack.sentences())
    assert "rose by 56.5% in cash (54.6% like for like), and the number of EHC plans rose by 65.7%" in said
    # Column A of DfE's table of 2023-24 and its total before deductions: £154,780,917 and £180,404,105.
    assert "its formula funding, £154.8 million of its £180.4 million, rose by the minimum of 5.0% per head" in said
    # The bands of `FIELD.md`'s rules, recomputed in tests/oracles.
    assert "£684 to £709 per head in 2025-26 (1st to 10th lowest)" in said


def test_a_gap_to_a_lower_rate_is_less_and_never_a_negative_more(packs):
    gap = packs["202"].numbers[2]
    assert gap.large.endswith(" less")
    assert gap.says.text.count(" less ") == 2
    assert "£10.1 million less per head on the formula's own population" in gap.says.text


def test_suppressed_count_is_said_and_the_last_count_is_used(packs):
    pack = packs["921"]
    assert pack.as_at.text.startswith("Need to January 2025: the count of January 2026 is not published.")
    # Published: 1,799 plans in January 2025, 668 in January 2015.
    assert (pack.numbers[0].large, pack.numbers[0].label) == ("1,799", "EHC plans on the Isle of Wight, January 2025")
    limits = next(section for section in pack.sections if section.id == "limits")
    assert any("January 2026 on the Isle of Wight is not published: suppressed." in b.text for b in limits.bullets)
    need = next(section for section in pack.sections if section.id == "need").charts[0]
    assert need.data.rows[-1][:2] == ("2026", None)
    assert "Latest number of EHC plans not published" in pack.kinds


def test_reorganised_area_is_named_as_the_whole_area(packs):
    need, rate, _ = packs["942"].numbers
    # Published: 3,088 plans in Cumberland in January 2026, 2,106 in Cumbria in January 2015.
    assert (need.large, need.label) == ("3,088", "EHC plans in Cumberland, January 2026")
    assert need.says.text.startswith("In the former Cumbria area: up 174% since January 2015.")
    assert "Cumberland and Westmorland and Furness were made from Cumbria on 1 April 2023" in need.says.basis
    latest = next(section for section in packs["942"].sections if section.id == "need").paragraphs[0]
    # Published: 2,893 plans in January 2025 and 3,088 in January 2026.
    assert "the number of EHC plans in Cumberland rose by 6.7%" in latest.text
    assert "Of Cumberland alone; figures since January 2015 are for the former Cumbria area." in latest.basis
    assert rate.large == "£777"


def test_a_place_that_the_tables_do_not_include_is_said_so_and_counted(packs):
    for code, numbers in (("201", ("9", "26")), ("420", ("7", "15"))):
        pack = packs[code]
        assert pack.headline.text.startswith("DfE's tables of high needs funding do not include the ")
        assert "%" not in pack.headline.text
        assert f"from {numbers[0]} in January 2015 to {numbers[1]} in January 2026" in pack.headline.text
        assert not any("high needs block" in sentence.text for sentence in pack.sentences())
        assert "Not in DfE's tables of high needs funding" in pack.kinds


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
