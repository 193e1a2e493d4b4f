"""The page, read with the standard parser as a browser with scripts turned off would read it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import example_pack as example
import pytest

from hnf.formats.web_page import render_html
from hnf.packs.content import Column, Pack, Place, Table

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
    assert in_main[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(in_main))


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
        "base-uri 'none'",
        "form-action 'none'",
    ]
    for word in ("http", "fetch", "XMLHttpRequest", "import", "eval", "innerHTML", "document.write", "localStorage"):
        assert word not in script.text
    for element in tree.all():
        assert element.tag not in {"iframe", "object", "embed", "link", "img", "form", "base"}
        assert "src" not in element.attributes
        assert "style" not in element.attributes or element.tag in {"path", "g", "rect", "use", "clipPath"}
        assert not [key for key in element.attributes if key.startswith("on")]
        assert not element.attributes.get("href", "").startswith("javascript")
    css = "".join(style.text for style in tree.all("style"))
    assert "@import" not in css
    assert not re.search(r"url\((?!#)", css)
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
    assert len(tables) == len(regions) == 6
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


def test_every_key_sentence_has_its_basis_and_the_way_back_of_its_figures(tree: Element) -> None:
    pack = example.example_pack()
    (points,) = [ul for ul in tree.all("ul") if ul.attributes.get("class") == "key-points"]
    items = [item for item in points.children if item.tag == "li"]
    assert len(items) == len(pack.key_sentences)
    for item, sentence in zip(items, pack.key_sentences, strict=True):
        (details,) = item.all("details")
        assert sentence.text in item.words()
        assert sentence.basis in item.words()
        for figure in sentence.figures:
            assert figure.label in details.words()
            assert figure.basis in details.words()
            assert f"hnf trace {figure.id}" in [code.words() for code in details.all("code")]
    for figure in pack.figures():
        assert f"hnf trace {figure.id}" in tree.words()


def test_the_headline_and_key_sentences_show_the_id_of_their_main_figure() -> None:
    pack = example.example_pack()
    keys = tuple(replace(sentence, main=sentence.figures[0].id) for sentence in pack.key_sentences)
    tree = read(render_html(replace(pack, headline=replace(pack.headline, main=example.GROWTH.id), key_sentences=keys)))
    shown = [
        element.all("code")[0].words()
        for element in tree.all("p", "span")
        if element.attributes.get("class") == "basis" and element.words().startswith("Figure id:")
    ]
    assert shown == [example.GROWTH.id, example.GAP.id, example.RANK.id, example.LOST.id]


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


def test_the_outline_of_a_letter_stands_in_the_page_once(tree: Element) -> None:
    (shared,) = [svg for svg in tree.all("svg") if svg.attributes.get("class") == "hidden"]
    outlines = [path.attributes.get("d", "") for path in shared.all("path")]
    assert len(outlines) == len(set(outlines)) > 40
    pictures = [svg for svg in tree.all("svg") if svg is not shared]
    assert not {path.attributes.get("d") for svg in pictures for path in svg.all("path")} & set(outlines)
    used = {use.attributes["href"] for svg in pictures for use in svg.all("use") if "href" in use.attributes}
    assert used >= {f"#{path.attributes['id']}" for path in shared.all("path")}


def test_sources_shorten_their_hash_and_keep_it_whole_in_the_title(tree: Element) -> None:
    digest = example.example_pack().sources[0]["sha256"]
    (code,) = [code for code in tree.all("code") if code.attributes.get("title") == digest]
    assert code.words() == digest[:12]


def test_a_place_without_allocation_gets_a_page_without_empty_parts() -> None:
    tree = read(render_html(example.bare_pack()))
    assert not tree.all("table", "figure", "details", "dl", "svg")
    assert [heading.words() for heading in tree.all("main")[0].all("h2")] == ["Why there is no allocation"]
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
