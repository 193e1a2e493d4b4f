"""The PDF, read back with another library: its tags, its fonts, its text, its pages."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any

import example_pack as example
import pytest
from printed_sides import check_two_sides, sentences, squeeze
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from hnf.charts.fonts import NO_GLYPH, printable
from hnf.formats.pdf import render_pdf
from hnf.packs.build import build_pack
from hnf.packs.content import Audience, Pack, Place, print_cell, print_figure
from hnf.tables.store import Store

AUDIENCES: tuple[Audience, ...] = ("mp", "councillor", "analyst")
#: Typst's own syntax, and characters that steer.
HOSTILE = '#panic("x") $x^2$ *b* _i_ `c` @ref <label> \\u{41} [a](http://b) // no /* no */ "quoted" \'q\' = -- ~ #let'
OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"


def sample(audience: Audience) -> Pack:
    """The example pack for an audience, each key sentence with its main figure."""
    pack = example.example_pack()
    key = tuple(replace(sentence, main=sentence.figures[0].id) for sentence in pack.key_sentences)
    return replace(pack, audience=audience, key_sentences=key)


@cache
def read(audience: Audience) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(sample(audience))))


@cache
def pages_of(audience: Audience) -> tuple[str, ...]:
    return tuple(squeeze(page.extract_text()) for page in read(audience).pages)


def text_of(audience: Audience) -> str:
    return "".join(pages_of(audience))


def elements(reader: PdfReader) -> list[DictionaryObject]:
    """Every element of the structure tree in reading order."""

    def walk(node: Any) -> Iterator[DictionaryObject]:
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for child in node:
                yield from walk(child)
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                yield node
            if "/K" in node:
                yield from walk(node["/K"])

    return list(walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"]))


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
    # Two sections, key points, glossary and sources; contents where there are more than two sides; the analyst has
    # data and figures too.
    assert levels.count(2) == {"mp": 5, "councillor": 6, "analyst": 8}[audience]
    # Four charts and a table; the analyst has the data of the charts and the list of figures too.
    assert levels.count(3) == (10 if audience == "analyst" else 5)


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
    assert len(tables) == (6 if audience == "analyst" else 1)
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
    assert {"SourceSans3", "DejaVuSansMono"} <= names <= {"SourceSans3", "DejaVuSansMono", "DejaVuSans"}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_sentence_is_printed_with_its_basis(audience: Audience) -> None:
    pack, text = example.example_pack(), text_of(audience)
    for sentence in sentences(pack):
        assert squeeze(sentence.text) in text
    for sentence in (pack.headline, *pack.key_sentences):
        assert squeeze(sentence.basis) in text


@pytest.mark.parametrize("audience", AUDIENCES)
def test_everything_else_of_the_pack_is_printed(audience: Audience) -> None:
    pack, text = example.example_pack(), text_of(audience)
    said = [pack.title, pack.subtitle, pack.licence, *(word for entry in pack.glossary for word in entry)]
    for section in pack.sections:
        said.append(section.title)
        for chart in section.charts:
            said += [chart.title, chart.subtitle, chart.source, *chart.notes]
        for table in section.tables:
            said += [table.title, table.subtitle, table.source, *table.notes, *(c.title for c in table.columns)]
            for row in table.rows:
                said += [print_cell(value, column.kind) for value, column in zip(row, table.columns, strict=True)]
    said += [source["title"] for source in pack.sources] + [source["publisher"] for source in pack.sources]
    for words in said:
        assert squeeze(words) in text, words


def test_a_sentence_names_its_main_figure_and_how_sure_it_is() -> None:
    assert "Figureid:test:gap:919:2023-24(estimated)" in text_of("mp")
    assert "Figureid:test:lost:919:2023-24(published)" in text_of("mp")
    assert text_of("mp").count("Figureid:") == 3


def test_an_analyst_gets_every_figure_and_the_data_of_every_chart() -> None:
    pack, text = example.example_pack(), text_of("analyst")
    for figure in pack.figures():
        for words in (figure.id, figure.label, print_figure(figure), figure.basis):
            assert squeeze(words) in text
    for chart in (chart for section in pack.sections for chart in section.charts):
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
    assert second[:3] == ["Key points", "Need has grown", "Funding is among the lowest"]
    assert second[-2:] == ["Data behind the charts", "Every figure in the text"]
    assert tags(reader).count("/TOCI") == len(second)


def test_only_web_addresses_become_links() -> None:
    links = {
        annotation.get_object()["/A"]["/URI"]
        for page in read("mp").pages
        for annotation in page.get("/Annots", ())
        if "/URI" in annotation.get_object().get("/A", {})
    }
    assert links == {example.example_pack().sources[0]["page"]}


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
    # Title, subtitle, headline and its basis, two titles of sections, four texts of each of two charts and of a table,
    # term and meaning, title and facts of a source (of members' three, without its id), licence under every page.
    printed = 6 + 8 + 4 + 2 + 4 + len(reader.pages)
    if audience == "councillor":
        # Id of the source, edition and licence at the end, the sections in the contents, and the title at the head of
        # every page but the first.
        printed += 1 + 2 + 2 + len(reader.pages) - 1
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


@pytest.mark.slow
def test_the_pack_of_a_member_of_parliament_is_two_sides(store: Store) -> None:
    # Made of a former county: notes under its charts, missing values in its tables. The other has the longest name.
    for who in ("Cumberland", "Bournemouth, Christchurch and Poole"):
        pack = build_pack(store, who, "mp")
        reader = PdfReader(io.BytesIO(render_pdf(pack)))
        check_two_sides(pack, reader, [page.extract_text() for page in reader.pages])
