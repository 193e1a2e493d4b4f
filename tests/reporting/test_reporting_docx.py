"""The Word document, read back with python-docx and as the XML it is made of."""

from __future__ import annotations

import io
import itertools
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import example_pack as example
import office
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph
from pypdf import PdfReader

from hnf.formats import word as docx_base
from hnf.formats.word import TEXT_WIDTH, render_docx, share_width
from hnf.packs.build import build_pack
from hnf.packs.content import MISSING_MEANING, LargeNumber, Pack, Section, Sentence, Table, print_cell
from hnf.tables.store import Store

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
#: Control characters, a lone surrogate, a mark that turns what follows from right to left, and XML.
NASTY = "a\x00b\x1b\x0b\ud800\u202e£1\u2066 </w:t></w:p> & \"'\ufffe end"
NASTY_SHOWN = "ab£1 </w:t></w:p> & \"' end"


DRAFT = Sentence("To ask the Secretary of State, what she knows of Testshire.", (), "A basis of the draft.", None)
SAID = replace(
    DRAFT, text="It was said.", basis="", said_by="Written answer 1, 2 May 2025", link="https://www.test.uk/1"
)


def with_drafts(pack: Pack) -> Pack:
    """The example pack with two parts side by side, a drafted question and a reported sentence on its first page."""
    need, funding = pack.sections
    beside = Section("rank", "Rank", charts=(replace(funding.charts[1], id="beside"),), page="first", column="right")
    asked = Section("ask", "What to ask", bullets=(SAID,), drafts=(("Written question", DRAFT),), page="first")
    return replace(pack, sections=(need, beside, asked, funding))


PACK = with_drafts(example.example_pack())


def read(pack: Pack) -> Document:
    return docx.Document(io.BytesIO(render_docx(pack)))


@pytest.fixture(scope="module")
def document() -> Document:
    return read(PACK)


def words(document: Document) -> str:
    """All text of the body in order, tables included."""
    return "\n".join(
        "".join(node.text or "" for node in paragraph.iter(f"{W}t"))
        for paragraph in document.element.body.iter(f"{W}p")
    )


def paragraphs(document: Document) -> list[Paragraph]:
    """All paragraphs in the order in which they are read, those of tables included."""
    return [Paragraph(found, document._body) for found in document.element.body.iter(f"{W}p")]


def styled(document: Document, name: str) -> list[str]:
    return [found.text for found in paragraphs(document) if found.style and found.style.name == name]


def test_headings_are_real_and_step_down_one_level_at_a_time(document: Document) -> None:
    styles = [found.style.name for found in paragraphs(document) if found.style]
    assert styles[0] == "Title"
    assert styles.count("Title") == 1
    levels = [int(style[-1]) for style in styles if style and style.startswith("Heading")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert styled(document, "Heading 1") == [
        "Need has grown",
        "Rank",
        "What to ask",
        "The evidence",
        "Notes",
        "Terms",
        "Sources",
        "Data behind the charts",
        "Every figure in the sentences",
    ]
    assert styled(document, "Heading 2") == [
        *(chart.title for section in PACK.sections[:2] for chart in section.charts),
        "Funding is among the lowest",
    ]
    assert styled(document, "Heading 3") == [chart.title for chart in PACK.sections[-1].charts]


def test_the_first_page_comes_in_the_order_of_the_pack(document: Document) -> None:
    texts = [found.text for found in paragraphs(document)]
    number = PACK.numbers[0]
    wanted = [PACK.title, PACK.headline.text, PACK.as_at.text, number.large, number.label, number.says.text]
    wanted += ["Need has grown", "Rank", "What to ask", DRAFT.text, "The evidence", "Notes", "Sources"]
    places = [next(n for n, text in enumerate(texts) if text.startswith(want)) for want in wanted]
    assert places == sorted(places)


def test_every_sentence_has_the_number_of_its_note_and_the_number_leads_to_it(document: Document) -> None:
    notes = dict(enumerate(PACK.notes(), 1))
    assert styled(document, "Note Entry") == list(notes.values())
    texts = [found.text for found in paragraphs(document)]
    numbers = {basis: number for number, basis in notes.items()}
    for sentence in PACK.sentences():
        if not sentence.said_by:
            number = numbers.get(sentence.basis)
            assert sentence.text + (f"{NARROW}{number}" if number else "") in texts
    marks = [link for link in document.element.body.iter(f"{W}hyperlink") if link.get(f"{W}anchor")]
    named = {mark.get(f"{W}name") for mark in document.element.body.iter(f"{W}bookmarkStart")}
    assert len(marks) == sum(bool(sentence.basis) for sentence in PACK.sentences())
    for mark in marks:
        (text,) = mark.iter(f"{W}t")
        assert text.text.startswith(NARROW)
        assert mark.get(f"{W}anchor") == f"note_{text.text[1:]}"
        assert mark.get(f"{W}anchor") in named
        assert mark.find(f".//{W}rStyle").get(f"{W}val") == "NoteNumber"
    raised = document.styles["Note Number"].element.find(f".//{W}vertAlign")
    assert raised.get(f"{W}val") == "superscript"


def test_the_large_numbers_are_a_row_of_cells_each_read_whole(document: Document) -> None:
    table = document.tables[0]
    assert table.style is not None
    assert table.style.name == "Numbers Table"
    (row,) = table.rows
    assert [[p.style.name for p in cell.paragraphs if p.style] for cell in row.cells] == [
        ["Large Number", "Number Label", "Number Says"]
    ] * len(PACK.numbers)
    assert [cell.paragraphs[0].text for cell in row.cells] == [number.large for number in PACK.numbers]
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]
    assert TEXT_WIDTH - 5 <= sum(widths) <= TEXT_WIDTH


def test_the_date_line_is_no_smaller_than_the_text(document: Document) -> None:
    style = document.styles["Date Line"].element
    assert style.find(f".//{W}sz") is None
    assert style.find(f"{W}basedOn").get(f"{W}val") == "Normal"
    assert styled(document, "Date Line") == [PACK.as_at.text]


def test_parts_beside_each_other_stay_on_one_page_and_are_read_from_the_left(document: Document) -> None:
    (beside,) = [table for table in document.tables if table.style and table.style.name == "Side By Side"]
    (row,) = beside.rows
    assert row._tr.find(f".//{W}cantSplit") is not None
    assert [cell.paragraphs[0].text for cell in row.cells] == ["Need has grown", "Rank"]
    # A table is never next to another: they would be read as one.
    blocks = [block.tag for block in document.element.body.iterchildren()]
    assert (f"{W}tbl", f"{W}tbl") not in itertools.pairwise(blocks)


def test_a_draft_is_marked_and_what_was_said_is_linked(document: Document) -> None:
    assert styled(document, "Draft Heading") == ["Written question"]
    assert styled(document, "Draft")[0].startswith(DRAFT.text)
    shade = document.styles["Draft"].element.find(f".//{W}shd").get(f"{W}fill")
    assert shade not in {"auto", "FFFFFF"}
    assert "It was said. (Written answer 1, 2 May 2025)" in styled(document, "List Bullet")
    links = [relation.target_ref for relation in document.part.rels.values() if relation.is_external]
    assert SAID.link in links


def test_nothing_is_formatted_but_by_styles(document: Document) -> None:
    allowed = {f"{W}{name}" for name in ("rStyle", "pStyle", "keepNext", "sectPr")}
    for properties in ("rPr", "pPr"):
        for found in document.element.body.iter(f"{W}{properties}"):
            assert {child.tag for child in found} <= allowed
    fonts = {found.get(f"{W}ascii") for found in document.styles.element.iter(f"{W}rFonts")}
    assert fonts == {"Source Sans 3", "Consolas"}
    table = zipfile.ZipFile(io.BytesIO(render_docx(PACK))).read("word/fontTable.xml").decode()
    assert re.search(r'w:name="Source Sans 3"><w:altName w:val="\w+"', table)


def test_captions_and_headings_keep_with_what_they_are_of(document: Document) -> None:
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3", "Caption", "Picture", "Draft Heading"):
        element = document.styles[name].element
        assert element.find(f".//{W}keepNext") is not None, name
    for before, after in itertools.pairwise(document.element.body.iterchildren()):
        if after.tag == f"{W}tbl" and before.find(f".//{W}pStyle").get(f"{W}val") == "TableCaption":
            assert before.find(f".//{W}keepNext") is not None


def test_lists_are_lists(document: Document) -> None:
    numbering = document.part.numbering_part.element
    kinds = {
        number.get(qn("w:numId")): number.find(qn("w:abstractNumId")).get(qn("w:val"))
        for number in numbering.findall(qn("w:num"))
    }
    formats = {
        kind.get(qn("w:abstractNumId")): kind.find(f".//{qn('w:numFmt')}").get(qn("w:val"))
        for kind in numbering.findall(qn("w:abstractNum"))
    }
    for style, form in (("List Bullet", "bullet"), ("Note Entry", "decimal"), ("List Number", "decimal")):
        number = document.styles[style].element.find(f".//{qn('w:numId')}").get(qn("w:val"))
        assert formats[kinds[number]] == form
        assert styled(document, style)


def test_every_picture_has_its_text_and_a_caption_with_a_number(document: Document) -> None:
    charts = PACK.charts()
    found = list(document.element.body.iter(qn("wp:docPr")))
    assert [properties.get("descr") for properties in found] == [chart.alt for chart in charts]
    assert len({properties.get("id") for properties in found}) == len(charts) == 5
    captions = [caption for caption in styled(document, "Caption") if caption.startswith("Chart")]
    assert captions == [f"Chart {n}: {chart.subtitle}" for n, chart in enumerate(charts, 1)]
    fields = [code.text.split()[:2] for code in document.element.body.iter(f"{W}instrText")]
    assert fields.count(["SEQ", "Chart"]) == 5
    assert fields.count(["SEQ", "Table"]) == 1
    for chart in charts:
        assert chart.source in styled(document, "Source")


def test_tables_repeat_their_header_and_never_split_a_row(document: Document) -> None:
    tables = data_tables(document)
    assert len(tables) == 7
    for table in tables:
        assert table.style is not None
        assert table.style.name == "Briefing Table"
        look = table._tbl.tblPr.find(qn("w:tblLook"))
        assert look.get(qn("w:firstRow")) == "1"
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        rows = table._tbl.tr_lst
        assert [row.find(f".//{W}tblHeader") is not None for row in rows] == [True] + [False] * (len(rows) - 1)
        assert all(row.find(f".//{W}cantSplit") is not None for row in rows)
        widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]
        assert sum(widths) <= TEXT_WIDTH
        assert min(widths) > 0


def data_tables(document: Document) -> list[WordTable]:
    """The tables of data: without those that put things side by side."""
    return [table for table in document.tables if table.style and table.style.name == "Briefing Table"]


def texts_of(table: WordTable) -> list[list[str]]:
    return [["".join(t.text or "" for t in cell.iter(f"{W}t")) for cell in row.tc_lst] for row in table._tbl.tr_lst]


def test_cells_are_printed_as_everywhere_and_numbers_stand_right(document: Document) -> None:
    content = example.neighbours_table()
    (table,) = [table for table in document.tables if texts_of(table)[0][0] == "Authority"]
    printed = [[print_cell(v, c.kind) for v, c in zip(row, content.columns, strict=True)] for row in content.rows]
    assert texts_of(table) == [[column.title for column in content.columns], *printed]
    styles = [paragraph.style.name for cell in table.rows[2].cells for paragraph in cell.paragraphs if paragraph.style]
    assert styles == ["Table Text", *["Table Number"] * 5, "Table Text"]
    assert document.styles["Table Number"].element.find(f".//{qn('w:jc')}").get(qn("w:val")) == "right"
    shaded = [row.find(f".//{W}shd") is not None for row in table._tbl.tr_lst]
    assert shaded == [False, True, False, False, False, False]
    assert MISSING_MEANING in styled(document, "Note")


def test_no_paragraph_is_empty(document: Document) -> None:
    empty = [p for p in paragraphs(document) if not p.text.strip() and not p._p.findall(f".//{W}drawing")]
    assert {p.style.name for p in empty if p.style} <= {"Gap", "Table Text"}
    section = document.sections[0]
    for part in (section.header, section.first_page_header, section.footer, section.first_page_footer):
        assert [p.text for p in part.paragraphs if not p.text.strip()] == []


def test_the_page_is_a4_with_licence_and_page_numbers(document: Document) -> None:
    section = document.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert section.first_page_header.paragraphs[0].text == "High needs funding briefing\t919 · E10000015"
    assert section.header.paragraphs[0].text.endswith(PACK.title)
    for footer in (section.footer, section.first_page_footer):
        (paragraph,) = footer.paragraphs
        assert paragraph.text == f"{PACK.licence}\tPage 1 of 1"
        assert [code.text.strip() for code in paragraph._p.iter(f"{W}instrText")] == ["PAGE", "NUMPAGES"]


def test_the_document_says_what_it_is_in_british_english(document: Document) -> None:
    properties = document.core_properties
    assert properties.title == PACK.title
    assert properties.subject == "High needs funding briefing on Testshire"
    assert properties.author == "hnf"
    assert properties.language == "en-GB"
    languages = {lang.get(qn("w:val")) for lang in document.styles.element.iter(f"{W}lang")}
    assert languages == {"en-GB"}


def test_only_web_addresses_are_links(document: Document) -> None:
    targets = [relation.target_ref for relation in document.part.rels.values() if relation.is_external]
    assert targets == [SAID.link, "https://www.gov.uk/government/publications/dedicated-schools-grant-dsg-2023-to-2024"]
    links = [link for paragraph in paragraphs(document) for link in paragraph.hyperlinks if link.address]
    assert [link.text for link in links] == [SAID.said_by, PACK.sources[0]["title"]]


def test_the_same_pack_gives_the_same_bytes_with_no_date_of_today() -> None:
    first = render_docx(PACK)
    docx_base._base.cache_clear()
    assert render_docx(PACK) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")
        assert not [name for name in archive.namelist() if "thumbnail" in name or "customXml" in name]


def test_hostile_text_is_shown_as_it_is_written(document: Document) -> None:
    assert words(document).count(example.HOSTILE) >= 4


def test_text_that_xml_cannot_hold_or_that_turns_digits_around_is_left_out() -> None:
    table = replace(example.neighbours_table(), title=NASTY, subtitle=NASTY, source=NASTY, notes=(NASTY,))
    chart = replace(example.growth_chart(), title=NASTY, subtitle=NASTY, alt=NASTY, source=NASTY, notes=(NASTY,))
    said = replace(PACK.headline, text=NASTY, basis=NASTY, main=NASTY)
    document = read(
        replace(
            PACK,
            title=NASTY,
            subtitle=NASTY,
            place=NASTY,
            licence=NASTY,
            data_edition=NASTY,
            headline=said,
            as_at=said,
            numbers=(LargeNumber(NASTY, NASTY, said),),
            sections=(Section("a", NASTY, (said,), (chart,), (table,), (said,)),),
            glossary=((NASTY, NASTY),),
            sources=(dict.fromkeys(PACK.sources[0], NASTY),),
        )
    )
    assert styled(document, "Title") == styled(document, "Large Number") == [NASTY_SHOWN]
    assert document.core_properties.title == NASTY_SHOWN
    assert [p.get("descr") for p in document.element.body.iter(qn("wp:docPr"))] == [NASTY_SHOWN]
    text = words(document)
    assert text.count(NASTY_SHOWN) >= 20
    assert not re.search("[\x00-\x08\u202e\u2066\ufffe]", text)


@pytest.mark.parametrize("audience", ["mp", "councillor", "analyst"])
def test_audiences_differ_in_length_and_never_in_what_is_said(audience: str) -> None:
    document = read(replace(PACK, audience=audience))  # type: ignore[arg-type]
    text = words(document)
    for sentence in PACK.sentences():
        assert sentence.text in text
    # The table of the section; data of charts (11, 7, 151, 7 and 5 rows) by length; the list of figures.
    assert len(data_tables(document)) == {"mp": 1, "councillor": 5, "analyst": 7}[audience]
    listed = [figure.id for figure in PACK.figures() if figure.label in text and figure.id in text]
    assert (listed == [figure.id for figure in PACK.figures()]) == (audience == "analyst")
    assert ("long tables behind the charts are in the workbook" in text) == (audience == "councillor")
    assert all(meaning in text for _, meaning in PACK.glossary)


def test_a_place_without_allocation_gets_a_document_without_empty_parts() -> None:
    document = read(example.bare_pack())
    assert styled(document, "Heading 1") == ["Why there is no allocation", "Notes"]
    assert document.tables == []
    assert not list(document.element.body.iter(f"{W}drawing"))


def test_a_document_never_ends_with_a_table(document: Document) -> None:
    blocks = [block.tag for block in document.element.body.iterchildren()]
    assert blocks[-2:] == [f"{W}p", f"{W}sectPr"]
    # Tables that touch would be read as one.
    assert (f"{W}tbl", f"{W}tbl") not in itertools.pairwise(blocks)


def test_a_table_of_all_authorities_runs_over_pages_and_a_short_one_does_not(document: Document) -> None:
    def kept(table: WordTable) -> int:
        return sum(row.find(f".//{W}keepNext") is not None for row in table._tbl.tr_lst)

    long = next(table for table in data_tables(document) if len(table._tbl.tr_lst) == 152)
    short = next(table for table in data_tables(document) if texts_of(table)[0][0] == "Authority")
    assert kept(short) == len(short._tbl.tr_lst) == 6
    assert kept(long) == 2  # the header with the first row, and the last row with the source


def test_widths_follow_the_texts_and_fill_no_more_than_the_page() -> None:
    narrow = share_width([["Year", "2024"], ["Plans", "12,920"]], 9)
    assert sum(narrow) < TEXT_WIDTH / 3
    wide = share_width([["Rank", "1"], ["Remark", "long words " * 40], ["Note", "words " * 10]], 9)
    assert TEXT_WIDTH - 3 <= sum(wide) <= TEXT_WIDTH
    assert wide[0] < wide[2] < wide[1]
    crowded = share_width([["x" * 60, "y"]] * 6, 9)
    assert sum(crowded) <= TEXT_WIDTH
    assert min(crowded) > 0


def test_a_table_without_rows_is_a_header() -> None:
    table = Table("empty", "Nothing", "", example.neighbours_table().columns, (), "Source")
    document = read(replace(PACK, sections=(Section("a", "A", tables=(table,)),), audience="mp"))
    assert [len(table._tbl.tr_lst) for table in data_tables(document)] == [1]


#: A place of each kind: on the floor, low on one population alone, new, with a suppressed count, not in the tables.
PLACES = ("919", "213", "942", "839", "921", "201")


@pytest.mark.parametrize("code", PLACES)
def test_a_members_document_has_no_more_words_than_three_pages_hold(store: Store, code: str) -> None:
    document = read(build_pack(store, code, "mp"))
    # With 100 letters for each row of a table: 16,200 have room with the terms, 17,500 in smaller type without.
    # Documents of all authorities, all regions and 45 constituencies of several were printed by LibreOffice.
    with_rows = len(words(document)) + 100 * sum(len(table.rows) for table in document.tables)
    assert with_rows < (16_500 if styled_with(document, "Terms") else 17_500)
    # A page has 25.5 cm of room: pictures may have no more than one of them.
    heights = [int(extent.get("cy")) / 360_000 for extent in document.element.body.iter(qn("wp:extent"))]
    assert max(heights) <= 9.01
    assert ("Terms are explained in the workbook" in words(document)) == (not styled_with(document, "Terms"))


def styled_with(document: Document, text: str) -> bool:
    return any(found.text == text and found.style.name.startswith("Heading") for found in paragraphs(document))


@pytest.mark.office
@pytest.mark.skipif(not office.has_writer(), reason="Word documents are printed by LibreOffice Writer")
@pytest.mark.parametrize("code", ["919", "839"] if os.environ.get("HNF_PACKS") == "all" else ["839"])
def test_a_members_document_has_three_pages_at_most(store: Store, code: str, tmp_path: Path) -> None:
    pack = build_pack(store, code, "mp")
    printed = office.convert(render_docx(pack), tmp_path, "docx", "pdf", env=office.typeface(tmp_path))
    sides = PdfReader(printed).pages
    pages = [side.extract_text() for side in sides]
    assert len(pages) <= 3
    faces = {str(face.get_object()["/BaseFont"]) for face in sides[0]["/Resources"]["/Font"].values()}
    assert all("SourceSans3" in face for face in faces), faces
    for chart, page in itertools.product(pack.charts(), pages):
        # A caption is on the page of the source under its picture.
        if f": {chart.subtitle[:30]}" in page:
            assert chart.source[:30] in page
