"""The page, read with the standard parser as a browser with scripts turned off would read it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import struct
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import example_pack as example
import pytest
from markupsafe import escape

from hnf.formats.pdf import render_share
from hnf.formats.web_page import render_html
from hnf.packs.content import SHARE, Column, Pack, Place, Table

VOID = {"meta", "br", "hr", "img", "input", "link"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str) -> list[Element]:
        """Every element below with one of the tags (all without tags), in document order."""
        found = []
        for child in self.children:
            if not tags or child.tag in tags:
                found.append(child)
            found += child.all(*tags)
        return found

    def words(self) -> str:
        """All text inside, in one line."""
        return " ".join((self.text + " " + " ".join(child.words() for child in self.children)).split())


class TreeBuilder(HTMLParser):
    """Builds the tree and fails on a tag that is closed out of order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.stack = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs})
        assert len(element.attributes) == len(attrs), f"{tag} has an attribute twice"
        self.stack[-1].children.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].children.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack[-1].tag == tag, f"</{tag}> closes <{self.stack[-1].tag}>"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].text += data


def read(page: str) -> Element:
    builder = TreeBuilder()
    builder.feed(page)
    builder.close()
    assert len(builder.stack) == 1
    return builder.root


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(example.example_pack())


@pytest.fixture(scope="module")
def tree(page: str) -> Element:
    return read(page)


def test_the_page_is_one_british_document_with_landmarks(tree: Element) -> None:
    (html,) = tree.all("html")
    assert html.attributes["lang"] == "en-GB"
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(tree.all(tag)) == 1, tag
    skip = tree.all("a")[0]
    assert skip.attributes["href"] == "#content"
    assert tree.all("main")[0].attributes["id"] == "content"


def test_headings_step_down_one_level_at_a_time(tree: Element) -> None:
    levels = [int(heading.tag[1]) for heading in tree.all("h1", "h2", "h3", "h4", "h5", "h6") if heading.tag]
    in_main = [int(heading.tag[1]) for heading in tree.all("main")[0].all("h1", "h2", "h3", "h4")]
    assert len(levels) > 8
    assert (levels[0], levels.count(1), in_main[0]) == (1, 1, 2)
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_ids_occur_once_and_every_reference_finds_its_target(tree: Element) -> None:
    elements = tree.all()
    ids = Counter(element.attributes["id"] for element in elements if "id" in element.attributes)
    assert len(ids) > 30
    assert max(ids.values()) == 1
    for element in elements:
        for key in ("aria-labelledby", "aria-describedby"):
            for target in element.attributes.get(key, "").split():
                assert target in ids
        for key in ("href", "xlink:href"):
            if element.attributes.get(key, "").startswith("#"):
                assert element.attributes[key][1:] in ids


def test_sections_and_charts_with_the_same_id_still_get_their_own() -> None:
    pack = example.example_pack()
    section = replace(pack.sections[0], charts=(example.growth_chart(), example.growth_chart()))
    twice = read(render_html(replace(pack, sections=(section, section))))
    ids = Counter(element.attributes["id"] for element in twice.all() if "id" in element.attributes)
    assert max(ids.values()) == 1


def test_nothing_is_fetched_and_only_our_own_script_may_run(tree: Element, page: str) -> None:
    (script,) = tree.all("script")
    assert script.attributes == {}
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    (policy,) = [meta.attributes["content"] for meta in tree.all("meta") if "http-equiv" in meta.attributes]
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{digest}'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "font-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    for word in ("http", "fetch", "XMLHttpRequest", "import", "eval", "innerHTML", "document.write", "localStorage"):
        assert word not in script.text
    for element in tree.all():
        assert element.tag not in {"iframe", "object", "embed", "link", "img", "form", "base"}
        assert "src" not in element.attributes
        assert "style" not in element.attributes or element.tag in {
            "svg",
            "text",
            "path",
            "g",
            "rect",
            "use",
            "clipPath",
        }
        assert not [key for key in element.attributes if key.startswith("on")]
        assert not element.attributes.get("href", "").startswith("javascript")
    css = "".join(style.text for style in tree.all("style"))
    assert "@import" not in css
    assert not re.search(r"url\((?!#|data:font/woff;base64,)", css)
    assert page.count("<script") == 1


def test_hostile_text_is_shown_as_it_is_written(tree: Element) -> None:
    assert tree.words().count(example.HOSTILE) >= 4


def test_a_page_that_is_no_web_address_is_not_a_link(tree: Element) -> None:
    links = [link.attributes["href"] for link in tree.all("a")]
    assert [link for link in links if not link.startswith("#")] == [
        "https://www.gov.uk/government/publications/dedicated-schools-grant-dsg-2023-to-2024"
    ]


def test_pictures_have_their_alternative_text_and_source(tree: Element) -> None:
    pack = example.example_pack()
    charts = [chart for section in pack.sections for chart in section.charts]
    figures = tree.all("figure")
    assert len(figures) == len(charts) == 4
    for figure, chart in zip(figures, charts, strict=True):
        pictures = figure.all("svg")
        assert [picture.attributes["class"] for picture in pictures] == ["chart-wide", "chart-narrow"]
        for picture in pictures:
            assert picture.attributes["role"] == "img"
            assert picture.attributes["aria-label"] == chart.alt
        words = figure.words()
        for text in (chart.title, chart.subtitle, chart.source, *chart.notes):
            assert text in words
        (details,) = figure.all("details")
        assert len(details.all("tr")) == len(chart.data.rows) + 1


def test_tables_have_captions_scopes_and_a_region_to_scroll_in(tree: Element) -> None:
    regions = [element for element in tree.all("div") if element.attributes.get("role") == "region"]
    tables = tree.all("table")
    assert len(tables) == len(regions) == 5
    captions = []
    for region in regions:
        assert region.attributes["tabindex"] == "0"
        (table,) = region.all("table")
        (caption,) = table.all("caption")
        assert region.attributes["aria-labelledby"] == caption.attributes["id"]
        captions.append(caption.words())
        assert table.all("th")
        assert {th.attributes.get("scope") for th in table.all("th")} == {"col", "row"}
        for row in table.all("tbody")[0].all("tr"):
            assert len(row.all("th")) == 1
            assert len(row.all("th", "td")) == len(table.all("thead")[0].all("th"))
    assert len(set(captions)) == len(captions)


def test_rows_are_named_by_the_first_text_that_is_never_empty() -> None:
    pack = example.example_pack()
    table = Table(
        id="letters",
        title="Letters",
        subtitle="",
        columns=(Column("Letter"), Column("Part"), Column("£", "gbp")),
        rows=(("A", "Formula", 1.0), ("", "Pupils", 2.0)),
        source="",
    )
    tree = read(render_html(replace(pack, sections=(replace(pack.sections[0], charts=(), tables=(table,)),))))
    heads = [th.words() for th in tree.all("th") if th.attributes["scope"] == "row"]
    assert heads[:2] == ["Formula", "Pupils"]


def test_values_are_printed_by_kind_and_missing_ones_as_a_symbol_with_its_meaning(tree: Element) -> None:
    (block,) = [div for div in tree.all("div") if div.attributes.get("class") == "table-block"]
    rows = [[cell.words() for cell in row.all("th", "td")] for row in block.all("tr")]
    assert rows[1] == ["Testshire", "£163,600,123", "£964", "9,688", "163.1%", "5", "On the floor"]
    assert rows[3] == ["Isle of Test", "£23,456,789", "£1,311", "[x]", "[x]", "120", ""]
    assert rows[4][1:6] == ["−£3,000", "−£1.50", "0", "−4.0%", "1"]
    assert "[x] means not available" in block.words()
    numbers = [cell for cell in block.all("td") if "number" in cell.attributes.get("class", "")]
    assert len(numbers) == 25
    assert numbers[0].attributes["data-figure"] == "test:n:0:1"
    assert [row.attributes.get("class") for row in block.all("tr")].count("highlight") == 1


def with_class(tree: Element, name: str) -> list[Element]:
    return [element for element in tree.all() if name in element.attributes.get("class", "").split()]


def test_message_date_and_numbers_come_before_all_else(tree: Element) -> None:
    pack = example.example_pack()
    (main,) = tree.all("main")
    opening, nav, *_ = main.children
    assert (opening.attributes["class"], nav.tag) == ("opening", "nav")
    message, as_at, numbers, details = opening.children
    assert message.words().startswith(pack.headline.text)
    assert as_at.words() == pack.as_at.text
    assert details.tag == "details"
    for item, number in zip(numbers.all("li"), pack.numbers, strict=True):
        large, label, says = item.children
        assert (large.words(), label.words()) == (number.large, number.label)
        assert says.words().startswith(number.says.text)


def test_every_number_leads_to_the_note_of_its_sentence_and_every_note_back(tree: Element) -> None:
    pack = example.example_pack()
    notes = {note.attributes["id"]: note for note in with_class(tree, "note-list")[0].all("li")}
    assert [note.words() for note in notes.values()] == [f"{basis} Back" for basis in pack.notes()]
    marks = [(mark, mark.all("a")[0]) for mark in with_class(tree, "note")]
    said = [sentence for sentence in pack.sentences() if sentence.basis]
    assert len(marks) == len(said)
    for (mark, link), sentence in zip(marks, said, strict=True):
        note = notes[link.attributes["href"].removeprefix("#")]
        assert note.words() == f"{sentence.basis} Back"
        assert mark.words() == f"{pack.notes().index(sentence.basis) + 1} Note"
    first = {link.attributes["id"] for _, link in marks if "id" in link.attributes}
    assert {f"#{name}" for name in first} == {note.all("a")[0].attributes["href"] for note in notes.values()}
    whole = render_html(pack)
    for sentence in said:
        assert f'{escape(sentence.text)}<sup class="note">' in whole


def test_one_control_a_section_lists_its_figures_and_how_to_trace_them(tree: Element) -> None:
    pack = example.example_pack()
    controls = with_class(tree, "provenance")
    groups = [(pack.headline, *(number.says for number in pack.numbers))]
    groups += [section.sentences() for section in pack.sections]
    assert len(controls) == len(groups) == 3
    for control, sentences in zip(controls, groups, strict=True):
        figures = {figure.id: figure for sentence in sentences for figure in sentence.figures}
        codes = [code.words() for code in control.all("code")]
        assert codes == [f"hnf trace {name}" for name in figures]
        for figure in figures.values():
            assert figure.label in control.words()
            assert figure.basis in control.words()
    # Outside of these no id of a figure is to be read, and nothing else is repeated under the sentences.
    inside = sum(control.words().count("test:") for control in controls)
    assert tree.words().count("test:") == inside > 5


def test_who_said_a_sentence_is_named_after_it_and_linked_where_that_is_a_web_address() -> None:
    pack = example.example_pack()
    said = replace(pack.sections[0].paragraphs[0], said_by="A Minister, 1 June 2026", link="https://example.org/answer")
    bad = replace(said, link="javascript:alert(1)")
    tree = read(render_html(replace(pack, sections=(replace(pack.sections[0], paragraphs=(said, bad)),))))
    good, plain = with_class(tree, "said-by")
    assert (good.words(), plain.words()) == ("() A Minister, 1 June 2026", "(A Minister, 1 June 2026)")
    assert [link.attributes["href"] for link in good.all("a") + plain.all("a")] == ["https://example.org/answer"]


def test_drafts_are_under_their_own_heading_in_a_box() -> None:
    pack = example.example_pack()
    said = replace(pack.sections[0].paragraphs[0], text="To ask the Secretary of State.", basis="")
    tree = read(render_html(replace(pack, sections=(replace(pack.sections[0], drafts=(("For tabling", said),)),))))
    (draft,) = with_class(tree, "draft")
    assert draft.words() == "For tabling To ask the Secretary of State."


def test_sections_are_in_the_columns_of_their_page() -> None:
    pack = example.example_pack()
    one = replace(pack.sections[0], charts=())
    names = (("first", "left"), ("first", "right"), ("first", "both"), ("second", "left"), ("after", "both"))
    sections = tuple(replace(one, id=f"{page}-{column}", page=page, column=column) for page, column in names)
    tree = read(render_html(replace(pack, sections=sections)))
    titles = lambda element: [part.attributes["aria-labelledby"] for part in element.all("section")]  # noqa: E731
    (band,) = with_class(tree, "sections")
    assert [titles(column) for column in band.children] == [["section-first-left"], ["section-first-right"]]
    (evidence,) = with_class(tree, "evidence")
    # With nothing in the other column it has the whole width.
    assert titles(evidence) == ["section-second-left"]
    assert evidence.all("h2", "h3")[1].tag == "h3"
    assert titles(with_class(tree, "after")[0]) == ["section-after-both"]


def test_a_link_to_the_page_is_shown_with_its_message_and_picture(tree: Element) -> None:
    pack = example.example_pack()
    found = {
        meta.attributes["property"]: meta.attributes["content"]
        for meta in tree.all("meta")
        if "property" in meta.attributes
    }
    assert found["og:title"] == pack.title
    assert found["og:description"] == found["og:image:alt"] == pack.headline.text
    assert found["og:image"] == SHARE
    picture = render_share(pack)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (1200, 630)
    # Letters take more than an empty sheet, and other words look different.
    assert len(picture) > 20_000
    assert render_share(replace(pack, numbers=())) != picture
    assert render_share(pack) == render_share(pack)


def test_numbers_carry_the_value_to_sort_by_and_missing_ones_none(tree: Element) -> None:
    (block,) = [div for div in tree.all("div") if div.attributes.get("class") == "table-block"]
    values = [[cell.attributes.get("data-value") for cell in row.all("th", "td")] for row in block.all("tr")]
    assert values[1] == [None, "163600123.4", "963.5", "9688", "163.118", "5", None]
    assert values[3] == [None, "23456789.0", "1311.0", None, None, "120", None]
    assert values[4] == [None, "-3000.0", "-1.5", "0", "-4.04", "1", None]


def test_charts_that_do_not_print_every_value_name_them_for_the_script(tree: Element) -> None:
    boxes = [div.attributes for div in tree.all("div") if div.attributes.get("class") == "pictures"]
    charts = [chart for section in example.example_pack().sections for chart in section.charts]
    assert len(boxes) == len(charts) == 4
    # The example table of the first chart leaves out one of its lines, whose points therefore have no words.
    counts = [len(box["data-words"].split("\n")) if "data-words" in box else 0 for box in boxes]
    assert counts == [11 + 11 + 8, 151, 0, 10]
    assert boxes[0]["data-words"].split("\n")[0] == "Testshire, 2015: 100.0"
    assert boxes[1]["data-words"].split("\n")[2] == "Testshire: £1,092"
    assert boxes[3]["data-words"].split("\n")[4] == "Testshire, 2023-24: £964"
    for box, count in zip(boxes, counts, strict=True):
        for width, most in (("wide", 545), ("narrow", 260)):
            places = [tuple(map(float, pair.split(","))) for pair in box.get(f"data-{width}", "").split()]
            assert len(places) == count
            assert all(0 <= x <= most and 0 <= y <= 400 for x, y in places)


def test_the_letters_of_charts_and_text_are_in_the_page_once(page: str) -> None:
    assert page.count("@font-face") == 2
    assert page.count("data:font/woff;base64,") == 2
    family = re.search(r"@font-face\{font-family:'([^']+)'", page)
    assert family is not None
    assert f'"{family[1]}"' in page


def test_sources_shorten_their_hash_and_keep_it_whole_in_the_title(tree: Element) -> None:
    digest = example.example_pack().sources[0]["sha256"]
    (code,) = [code for code in tree.all("code") if code.attributes.get("title") == digest]
    assert code.words() == digest[:12]


def test_a_place_without_allocation_gets_a_page_without_empty_parts() -> None:
    tree = read(render_html(example.bare_pack()))
    assert not tree.all("table", "figure", "details", "dl", "svg")
    assert not with_class(tree, "numbers") + with_class(tree, "evidence") + with_class(tree, "after")
    assert [heading.words() for heading in tree.all("main")[0].all("h2")] == ["Why there is no allocation", "Notes"]
    assert tree.all("nav")[0].all("a")[0].attributes["href"] == "#section-none"


@pytest.mark.parametrize("pack", [example.example_pack(), example.bare_pack()])
def test_the_same_pack_gives_the_same_page(pack: Pack) -> None:
    assert render_html(pack) == render_html(pack)


def test_every_text_field_is_escaped() -> None:
    pack = example.example_pack()
    bad = "</title></style></p><script>alert(2)</script>\"'>"
    hurt = replace(
        pack,
        place=bad,
        places=(Place(bad, bad, bad),),
        subtitle=bad,
        title=bad,
        data_edition=bad,
        licence=bad,
        glossary=((bad, bad),),
        sources=(dict.fromkeys(pack.sources[0], bad),),
        headline=replace(pack.headline, text=bad, basis=bad),
        sections=tuple(
            replace(
                section,
                id=bad,
                title=bad,
                charts=tuple(
                    replace(chart, id=bad, title=bad, subtitle=bad, alt=bad, source=bad, notes=(bad,))
                    for chart in section.charts
                ),
                tables=tuple(
                    replace(table, id=bad, title=bad, subtitle=bad, source=bad, notes=(bad,))
                    for table in section.tables
                ),
            )
            for section in pack.sections
        ),
    )
    tree = read(render_html(hurt))
    (script,) = tree.all("script")
    assert script.text == read(render_html(pack)).all("script")[0].text
    assert len(tree.all("title")) == len(tree.all("style")) - 2 * len(tree.all("figure")) == 1
