"""The PDF, read back with another library: its tags, its fonts, its text, its pages."""

from __future__ import annotations

import io
import itertools
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from typing import Any

import example_pack as example
import pytest
from printed_sides import check_notes, check_nothing_parted, check_two_sides, elements, squeeze
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from hnf.charts.fonts import NO_GLYPH, printable
from hnf.formats.pdf import render_pdf
from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack
from hnf.packs.content import Audience, Pack, Place, Section, Sentence, print_cell
from hnf.tables.authorities import Authorities, constituencies
from hnf.tables.store import Store

AUDIENCES: tuple[Audience, ...] = ("mp", "councillor", "analyst")
#: Typst's own syntax, and characters that steer.
HOSTILE = '#panic("x") $x^2$ *b* _i_ `c` @ref <label> \\u{41} [a](http://b) // no /* no */ "quoted" \'q\' = -- ~ #let'
OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"


def sample(audience: Audience) -> Pack:
    """The example pack for an audience; for others than a member with a section after the first two pages."""
    pack = example.example_pack()
    own = Sentence("More for other readers.", (), "Said to others than a member alone.", None)
    return replace(
        pack,
        audience=audience,
        sections=(*pack.sections, *((Section("more", "More", (own,)),) if audience != "mp" else ())),
    )


@cache
def read(audience: Audience) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(sample(audience))))


@cache
def pages_of(audience: Audience) -> tuple[str, ...]:
    return tuple(squeeze(page.extract_text()) for page in read(audience).pages)


def text_of(audience: Audience) -> str:
    return "".join(pages_of(audience))


def tags(reader: PdfReader) -> list[str]:
    return [str(element["/S"]) for element in elements(reader)]


def below(element: DictionaryObject) -> list[str]:
    """Tags of the children of an element."""
    children = element["/K"].get_object()
    children = children if isinstance(children, ArrayObject) else [children]
    return [str(child.get_object()["/S"]) for child in children if isinstance(child.get_object(), DictionaryObject)]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_document_says_what_it_is(audience: Audience) -> None:
    reader = read(audience)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "High needs funding in Testshire"
    assert reader.metadata.author == "hnf"
    xmp = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", xmp)
    assert "High needs funding in Testshire" in xmp


@pytest.mark.parametrize("audience", AUDIENCES)
def test_headings_are_in_order_and_none_is_left_out(audience: Audience) -> None:
    levels = [int(tag[2:]) for tag in tags(read(audience)) if re.fullmatch(r"/H\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    # A section of the first page and the evidence; then sections, contents, data, notes, terms and sources.
    assert levels.count(2) == {"mp": 2, "councillor": 6, "analyst": 8}[audience]
    # A chart of the first page, a section of the second, and its small print; the analyst has the data of the charts.
    assert levels.count(3) == {"mp": 5, "councillor": 4, "analyst": 8}[audience]
    # Three charts and a table of the second page.
    assert levels.count(4) == 4


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_picture_has_its_text_alternative(audience: Audience) -> None:
    figures = [element for element in elements(read(audience)) if element["/S"] == "/Figure"]
    charts = [chart for section in example.example_pack().sections for chart in section.charts]
    assert [figure["/Alt"] for figure in figures] == [chart.alt for chart in charts]


def test_a_picture_without_text_alternative_is_read_as_its_title() -> None:
    pack = example.example_pack()
    chart = replace(example.make_up_chart(), alt="")
    pack = replace(pack, sections=(replace(pack.sections[0], charts=(chart,)),))
    (figure,) = [e for e in elements(PdfReader(io.BytesIO(render_pdf(pack)))) if e["/S"] == "/Figure"]
    assert figure["/Alt"] == chart.title


@pytest.mark.parametrize("audience", AUDIENCES)
def test_tables_have_a_header_cell_for_every_column(audience: Audience) -> None:
    tables = [element for element in elements(read(audience)) if element["/S"] == "/Table"]
    assert len(tables) == (5 if audience == "analyst" else 1)
    heads = [element for element in elements(read(audience)) if element["/S"] == "/THead"]
    assert len(heads) == len(tables)
    for head in heads:
        row = head["/K"].get_object()[0].get_object()
        assert set(below(row)) == {"/TH"}
        for cell in row["/K"].get_object():
            attributes = cell.get_object()["/A"].get_object()
            assert {"/Column"} == {attribute.get_object()["/Scope"] for attribute in attributes} - {None}
    columns = [len(head["/K"].get_object()[0].get_object()["/K"].get_object()) for head in heads]
    assert columns[0] == len(example.neighbours_table().columns)


def test_the_header_of_a_long_table_is_repeated_on_every_page() -> None:
    pages = [page for page in pages_of("analyst") if re.search(r"Authority\d+£", page)]
    assert len(pages) >= 3
    for page in pages:
        assert "Rank,lowestfirst" in page


@pytest.mark.parametrize("audience", AUDIENCES)
def test_all_fonts_are_embedded_and_are_the_projects_own(audience: Audience) -> None:
    names = set()
    for page in read(audience).pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = descendant["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)
            assert "/ToUnicode" in font.get_object()
            names.add(re.sub(r"^/[A-Z]{6}\+", "", font.get_object()["/BaseFont"]).split("-")[0])
    assert names == {"SourceSans3"}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_sentence_is_printed_with_the_number_of_its_note_and_every_note(audience: Audience) -> None:
    pack, text = sample(audience), text_of(audience)
    for sentence in pack.sentences():
        number = pack.notes().index(sentence.basis) + 1 if sentence.basis else ""
        assert squeeze(f"{sentence.text}{number}") in text
    for number, note in enumerate(pack.notes(), 1):
        assert squeeze(f"{number}{note}") in text
    for large in pack.numbers:
        assert squeeze(f"{large.large}{large.label}{large.says.text}") in text


def test_numbers_lead_to_notes_and_notes_back() -> None:
    check_notes(sample("mp"), read("mp"))


@pytest.mark.parametrize("audience", AUDIENCES)
def test_nothing_is_parted_from_its_heading(audience: Audience) -> None:
    check_nothing_parted(read(audience))


def test_who_said_a_sentence_is_printed_after_it_and_leads_to_where() -> None:
    pack = sample("mp")
    address = "https://questions-statements.parliament.uk/written-questions/detail/2026-06-01/1"
    said = Sentence("The Government have decided.", (), "", None, said_by="A Minister, 1 June 2026", link=address)
    bad = replace(said, text="So has the other place.", said_by="Nobody", link="javascript:alert(1)")
    reader = PdfReader(
        io.BytesIO(render_pdf(replace(pack, sections=(replace(pack.sections[0], paragraphs=(said, bad)),))))
    )
    text = squeeze("".join(page.extract_text() for page in reader.pages))
    assert "TheGovernmenthavedecided.(AMinister,1June2026)" in text
    assert "Sohastheotherplace.(Nobody)" in text
    assert {address, pack.sources[0]["page"]} == web_links(reader)


def test_what_is_drafted_is_under_its_own_heading() -> None:
    pack = sample("mp")
    drafts = (("Written question", Sentence("To ask the Secretary of State.", (), "", None)),)
    section = replace(pack.sections[0], id="ask", title="What to ask", charts=(), drafts=drafts, column="both")
    reader = PdfReader(io.BytesIO(render_pdf(replace(pack, sections=(section, *pack.sections)))))
    assert "WrittenquestionTotasktheSecretaryofState.".replace("Tot", "To") in squeeze(reader.pages[0].extract_text())


def test_a_first_page_has_the_size_of_type_at_which_it_fits() -> None:
    """More and more words: the type gets smaller, the page stays one, and what has no room runs over uncut."""
    pack = sample("mp")
    sizes = []
    for count in (1, 28, 32, 36, 90):
        words = tuple(
            Sentence(f"Sentence {n} of words that fill the page, line after line.", (), "") for n in range(count)
        )
        columns = [
            replace(pack.sections[0], id=side, paragraphs=words, charts=(), column=side) for side in ("left", "right")
        ]
        reader = PdfReader(io.BytesIO(render_pdf(replace(pack, sections=(*columns, pack.sections[1])))))
        text = squeeze("".join(page.extract_text() for page in reader.pages))
        assert all(text.count(squeeze(word.text)) == 2 for word in words)
        first = squeeze(reader.pages[0].extract_text())
        assert (squeeze(words[-1].text) in first) == (count < 90)
        sizes.append(size_of_type(reader, "Sentence"))
    assert sizes == sorted(sizes, reverse=True)
    assert 10 < sizes[0] < 11.5
    assert sizes[3] < 9.5
    assert sizes[4] >= 7.1


@pytest.mark.parametrize("audience", AUDIENCES)
def test_everything_else_of_the_pack_is_printed(audience: Audience) -> None:
    pack, text = sample(audience), text_of(audience)
    said = [pack.title, pack.subtitle, pack.licence]
    if audience != "mp":
        said += [words for entry in pack.glossary for words in entry]
    for section in pack.sections:
        said.append(section.title)
        # A member's second page has its sources at the foot.
        shown = section.page != "second" or audience != "mp"
        for chart in section.charts:
            said += [chart.title, chart.subtitle, *chart.notes, *([chart.source] if shown else [])]
        for table in section.tables:
            said += [table.title, table.subtitle, *table.notes, *(c.title for c in table.columns)]
            said += [table.source] if shown else []
            for row in table.rows:
                said += [print_cell(value, column.kind) for value, column in zip(row, table.columns, strict=True)]
    said += [source["title"].removesuffix(" (test entry)") for source in pack.sources] + [
        source["publisher"] for source in pack.sources
    ]
    for words in said:
        assert squeeze(words) in text, words


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_id_of_a_figure_is_on_a_page(audience: Audience) -> None:
    assert "test:" not in text_of(audience)


def test_an_analyst_gets_the_data_of_every_chart() -> None:
    pack, text = sample("analyst"), text_of("analyst")
    for chart in pack.charts():
        assert squeeze(chart.data.title) in text
        for row in chart.data.rows:
            printed = (print_cell(v, c.kind) for v, c in zip(row, chart.data.columns, strict=True))
            assert squeeze("".join(printed)) in text


def test_bookmarks_and_contents_lead_to_the_sections() -> None:
    reader = read("analyst")
    assert "/TOCI" not in tags(read("mp"))
    (top,) = [entry for entry in reader.outline if not isinstance(entry, list)]
    assert top.title == "High needs funding in Testshire"
    second = [entry.title for entry in reader.outline[1] if not isinstance(entry, list)]
    assert second == ["Need has grown", "The evidence", "More", "Data behind the charts", "Notes", "Terms", "Sources"]
    assert tags(reader).count("/TOCI") == len(second)


def web_links(reader: PdfReader) -> set[str]:
    """The addresses that the document links."""
    return {
        annotation.get_object()["/A"]["/URI"]
        for page in reader.pages
        for annotation in page.get("/Annots", ())
        if "/URI" in annotation.get_object().get("/A", {})
    }


def size_of_type(reader: PdfReader, word: str) -> float:
    """The size in which a word is printed on the first page, in points."""
    sizes: list[float] = []

    def look(text: str, outer: Any, inner: Any, _: Any, size: float) -> None:
        if word in text:
            sizes.append(size * abs(inner[3]) * abs(outer[3]))

    reader.pages[0].extract_text(visitor_text=look)
    return sizes[0]


def test_only_web_addresses_become_links() -> None:
    assert web_links(read("mp")) == {example.example_pack().sources[0]["page"]}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_same_pack_gives_the_same_bytes(audience: Audience) -> None:
    pack = sample(audience)
    first = render_pdf(pack)
    render_pdf(example.bare_pack())
    assert render_pdf(pack) == first


def test_threads_set_documents_at_the_same_time() -> None:
    pack = sample("councillor")
    wanted = render_pdf(pack)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(render_pdf, [pack] * 12)) == [wanted] * 12


def test_no_date_of_making_is_in_the_file() -> None:
    assert not {"/CreationDate", "/ModDate"} & set(read("mp").metadata or {})


@pytest.mark.parametrize("audience", ["mp", "councillor"])
def test_hostile_text_is_printed_as_it_stands(audience: Audience) -> None:
    pack = example.example_pack()
    bad = f"{OVERRIDE}\x00\x1b{HOSTILE}\u2028\ud800"
    hurt = replace(
        pack,
        audience=audience,
        place=bad,
        places=(Place(bad, bad, bad),),
        subtitle=bad,
        title=bad,
        data_edition=bad,
        licence=bad,
        glossary=((bad, bad),),
        sources=(
            dict.fromkeys(pack.sources[0], bad),
            {**pack.sources[0], "page": "https://x\N{RIGHT-TO-LEFT OVERRIDE}"},
        ),
        headline=replace(pack.headline, text=bad, basis=bad, main=pack.headline.figures[0].id),
        sections=tuple(
            replace(
                section,
                id=bad,
                title=bad,
                charts=tuple(
                    replace(chart, id=bad, title=bad, subtitle=bad, alt=bad, source=bad, notes=(bad,))
                    for chart in section.charts[:1]
                ),
                tables=tuple(
                    replace(table, id=bad, title=bad, subtitle=bad, source=bad, notes=(bad,))
                    for table in section.tables
                ),
            )
            for section in pack.sections
        ),
    )
    reader = PdfReader(io.BytesIO(render_pdf(hurt)))
    text = squeeze("".join(page.extract_text() for page in reader.pages))
    # Title, subtitle, headline and its basis, two titles of sections, four texts of each of two charts and of a table
    # (on a member's second page without source), title and facts of a source (of members' three, without its id), title
    # at the head of the second page, edition, licence under every page.
    printed = 6 + 8 + 4 + 4 + 2 + len(reader.pages) - 2
    if audience == "councillor":
        # Two sources, id of the source, term and meaning, and the title at the head of every page from the third.
        printed += 2 + 1 + 2 + len(reader.pages) - 2
    assert text.count(squeeze(HOSTILE)[:20]) == printed
    # One of them may be cut by the end of a column, with the foot of the page between its halves.
    assert text.count(squeeze(HOSTILE)) >= printed - 1
    assert squeeze(example.HOSTILE) in text
    assert OVERRIDE not in text
    assert all(figure["/Alt"] == HOSTILE for figure in elements(reader) if figure["/S"] == "/Figure")
    assert reader.metadata is not None
    assert reader.metadata.title == HOSTILE
    assert not any("/URI" in a.get_object().get("/A", {}) for page in reader.pages for a in page.get("/Annots", ()))


def test_text_is_made_printable_and_nothing_else() -> None:
    plain = "Bristol’s £1.4 million – −4.0% ≥ 2÷3 · “x” Ynys Môn × é"
    assert printable(plain) == plain
    assert printable(" a\tb\n c\u00a0d ") == "a b c\u00a0d"
    assert printable(f"12{OVERRIDE}34\u200f\u00ad\x07") == "1234"
    # No font of the pack draws these; a gap would look as if nothing had been there.
    assert printable("\N{CJK UNIFIED IDEOGRAPH-6F22}\N{FOX FACE}") == 2 * NO_GLYPH


def test_a_place_without_allocation_gets_a_document_without_empty_parts() -> None:
    reader = PdfReader(io.BytesIO(render_pdf(replace(example.bare_pack(), audience="mp"))))
    assert len(reader.pages) == 1
    assert tags(reader).count("/H2") == 1
    assert not {"/Table", "/Figure", "/L"} & set(tags(reader))


def members(store: Store) -> list[Callable[[], Pack]]:
    """Makers of the packs of all open authorities, all constituencies of several authorities, and all regions."""
    authorities = Authorities.of(store)
    open_ones = sorted(one.la_code for one in authorities.by_code.values() if not one.closed)
    several = [one.code for one in constituencies(store) if len(one.la_codes) > 1]
    return [
        *(partial(build_pack, store, code, "mp") for code in open_ones),
        *(partial(build_constituency_pack, store, code, "mp") for code in several),
        *(partial(build_region_pack, store, region) for region in sorted(authorities.region_names)),
    ]


#: All places are set in so many parts, beside each other where there are several processes.
PARTS = 6


def check_members(makers: list[Callable[[], Pack]]) -> None:
    longer = []
    for make in makers:
        pack = make()
        reader = PdfReader(io.BytesIO(render_pdf(pack)))
        if len(reader.pages) > 2:
            longer.append(f"{pack.title}: {len(reader.pages)} pages")
            continue
        check_two_sides(pack, reader, [page.extract_text() for page in reader.pages])
    assert longer == []


def test_packs_of_members_are_two_pages(store: Store) -> None:
    """A sample: former counties, one without an allocation, several authorities side by side, regions."""
    check_members(members(store)[::40])


@pytest.mark.parametrize("audience", ["councillor", "analyst"])
def test_other_readers_get_the_same_two_pages_and_the_rest_from_the_third(store: Store, audience: Audience) -> None:
    pack = build_pack(store, "Dorset", audience)
    reader = PdfReader(io.BytesIO(render_pdf(pack)))
    texts = [squeeze(page.extract_text()) for page in reader.pages]
    for place, name in enumerate(("first", "second")):
        for section in pack.sections:
            if section.page == name:
                assert all(squeeze(sentence.text) in texts[place] for sentence in section.sentences())
    more = next(section for section in pack.sections if section.page == "after")
    assert texts[2].startswith(squeeze(pack.title) + ("Contents" if audience == "analyst" else squeeze(more.title)))
    check_nothing_parted(reader)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS if os.environ.get("HNF_PACKS") == "all" else 1))
def test_packs_of_members_of_all_places_are_two_pages(store: Store, part: int) -> None:
    makers = members(store)
    assert len(makers) == 153 + 114 + 9
    check_members(makers[part::PARTS])
