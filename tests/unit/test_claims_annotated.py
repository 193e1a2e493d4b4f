"""The annotated text as a browser's parser takes it: marks, notes, links between them, and text that stays text."""

from __future__ import annotations

import re
from dataclasses import replace

import lxml.html
import pytest
from fixtures.checked_claims import CLAIMS, TEXT, claim

from hnf.claims.reading import CODES
from hnf.formats.annotated import annotated_html, figure_of
from hnf.sources.catalogue import Source

SOURCE = Source(
    "id", "a.csv", "A department", "A return", "https://x.test/page", "2026-06-25", "OGL", True, 1, "0" * 64, "none"
)
PAGE = annotated_html(TEXT, CLAIMS, "Claims in speech.txt", {"growth:plans:2015:2026:919": [SOURCE]}, "2026-07")


def parsed(page: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page)


def words_of(element: lxml.html.HtmlElement) -> str:
    """The text of an element without what the page adds to it."""
    copy = lxml.html.fromstring(lxml.html.tostring(element, with_tail=False))
    for verdict in copy.xpath(".//a[contains(@class, 'verdict')]"):
        verdict.drop_tree()
    return re.sub(r" ([;.])", r"\1", " ".join(copy.text_content().split()))


def test_the_text_is_whole_and_in_its_order() -> None:
    passages = parsed(PAGE).xpath("//p[@class='words']")
    assert [words_of(passage) for passage in passages] == [" ".join(part.split()) for part in TEXT.split("\n\n")]


def test_each_claim_is_marked_with_its_verdict_in_words_and_its_note_leads_back() -> None:
    page = parsed(PAGE)
    marks = page.xpath("//mark")
    assert [words_of(mark) for mark in marks] == [CLAIMS[n].text for n in (0, 2, 3, 4, 5, 6)]
    links = page.xpath("//mark/a")
    assert [" ".join(link.text_content().split()) for link in links] == [
        "Note 1: was true",
        "Note 2: true",
        "Note 3: true on some bases",
        "Note 4: not true",
        "Note 5: something else",
        "Note 6: needs data",
        "Note 7: not fully read",
    ]
    assert len(marks[0].xpath("./a")) == 2
    for link in links:
        (note,) = page.xpath(f"//li[@id='{link.get('href')[1:]}']")
        (back,) = note.xpath(".//a[starts-with(@href, '#claim')]")
        assert back.get("href") == f"#{link.get('id')}"
    assert {re.sub("^n-", "", note.get("class")) for note in page.xpath("//ol[@class='notes']/li")} == {
        code.replace("_", "-") for code in CODES
    }


def test_a_note_says_what_to_say_the_figure_its_source_and_how_it_was_read() -> None:
    first, *_, sixth, last = [" ".join(note.text_content().split()) for note in parsed(PAGE).xpath("//ol/li")]
    for words in (
        "Was true",
        "It was true when it was said.",
        "Say instead: EHC plans in Hertfordshire have risen by 311% since January 2015.",
        "Read as: change, EHC plans, Hertfordshire, up by 223%, from January 2015",
        "Note: Statements of SEN are counted in 2015.",
        "Figure: hnf trace growth:plans:2015:2026:919",
        "Source: A department, A return (file a.csv, published 2026-06-25)",
    ):
        assert words in first
    assert "Missing: DSG: 2026 to 2027 (https://x.test/dsg)" in sixth
    assert "Reported: 2026-27: £1,115 per pupil (a debate)" in sixth
    assert "Not read: 'thrice' and 'it'" in last


def test_counts_by_verdict_come_first() -> None:
    page = parsed(PAGE)
    assert [" ".join(item.text_content().split()) for item in page.xpath("//ul[@class='verdicts']/li")][:2] == [
        "1 True",
        "1 True on some bases",
    ]
    assert "7 claims found" in page.text_content()


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = parsed(PAGE)
    assert page.get("lang") == "en-GB"
    assert page.xpath("//script | //img | //link | //iframe | //@onclick | //*[@src]") == []
    assert "default-src 'none'" in PAGE
    assert not re.search(r"url\(|@import", PAGE)
    assert [page.xpath(f"count(//{tag})") for tag in ("h1", "main", "title")] == [1, 1, 1]


def test_an_address_is_a_link_only_where_it_is_one_of_the_web() -> None:
    bad = replace(CLAIMS[5], reported=(replace(CLAIMS[5].reported[0], address="javascript:alert(1)"),))
    assert "javascript" not in annotated_html(TEXT, [bad], "x")
    assert 'href="https://x.test/debate"' in PAGE


def test_texts_without_claims_and_claims_without_places() -> None:
    plain = annotated_html("Nothing here.", [], "A text")
    assert "No claim was found" in plain
    assert parsed(plain).xpath("//mark") == []
    whole = replace(CLAIMS[0], start_at=0, end_at=0)
    assert [words_of(mark) for mark in parsed(annotated_html("Plans rose.", [whole], "x")).xpath("//mark")] == [
        "Plans rose."
    ]
    assert "<mark" not in annotated_html("", [], "x")


@pytest.mark.parametrize(("start", "end"), [(0, 10_000), (-5, 3), (500, 600), (12, 12), (20, 5)])
def test_places_outside_the_text_lose_no_word(start: int, end: int) -> None:
    text = "One sentence.\n\nAnother one."
    page = parsed(annotated_html(text, [replace(CLAIMS[0], start_at=start, end_at=end)], "x"))
    assert [words_of(passage) for passage in page.xpath("//p[@class='words']")] == ["One sentence.", "Another one."]


def test_overlapping_claims_share_a_mark() -> None:
    text = "alpha beta gamma delta"
    made = [claim("true", words, text) for words in ("beta gamma", "gamma delta", "alpha")]
    page = parsed(annotated_html(text, made, "x"))
    assert [words_of(mark) for mark in page.xpath("//mark")] == ["alpha", "beta gamma delta"]
    assert [link.get("href") for link in page.xpath("//mark/a")] == ["#note-1", "#note-2", "#note-3"]


def test_the_figure_of_a_note_is_that_of_the_sentence_to_use() -> None:
    assert [figure_of(one) for one in CLAIMS[:4]] == [
        "growth:plans:2015:2026:919",
        "growth:plans:2015:2024:919",
        "rank:2023-24:block:pupil:919",
        "rank:2023-24:block:pupil:919",
    ]
    assert figure_of(CLAIMS[4]) == ""
