"""Hostile names in every file of a pack: read back with another reader, they are text and nothing more."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from fixtures.hostile_text import ALL, FORMULAS
from injection.conftest import seen
from pypdf import PdfReader

from hnf.charts.draw import render
from hnf.charts.fonts import NO_GLYPH, printable
from hnf.formats.pdf import render_pdf
from hnf.packs.content import Column, Pack, Section, Table
from hnf.packs.write import write_pack
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

#: Long: whole files, runs or packs, or every authority.
pytestmark = pytest.mark.slow

Files = dict[str, bytes]
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
SVG = "{http://www.w3.org/2000/svg}"
#: Names that a table of all authorities must show, as they are seen.
NAMES = [seen(text) for text in ALL]


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def is_steering(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\t"


@pytest.fixture(scope="module")
def known(hostile_store: Store) -> list[str]:
    """The hostile names of authorities with an allocation, as they are seen; the City of London has none."""
    there = [one for one in Authorities.of(hostile_store).by_code.values() if not one.closed and one.la_code != "201"]
    found = [seen(one.prose) for one in there]
    return [name for name in found if name in NAMES]


class Page(HTMLParser):
    """The elements of a page with the names of their attributes, its links, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.cells = [""]
        self.others: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += tag == "svg"
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href")]
        # Letters are drawn: how many outlines a picture has is a matter of its text.
        if not self._depth:
            self.shape.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "svg"

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


def count(page: Page, tag: str) -> int:
    return sum(found == tag for found, _ in page.shape)


def read_page(content: bytes) -> Page:
    page = Page()
    page.feed(content.decode())
    page.close()
    return page


def test_a_page_has_the_elements_and_links_of_its_template_and_the_names_as_text(
    files: Files, plain_files: Files, known: list[str]
) -> None:
    page, plain = read_page(files["index.html"]), read_page(plain_files["index.html"])
    assert len(known) > 50
    assert set(page.shape) == set(plain.shape)
    acting = ("script", "style", "a", "svg", "title", "meta", "details", "h1", "h2", "section")
    assert [(tag, count(page, tag)) for tag in acting] == [(tag, count(plain, tag)) for tag in acting]
    assert page.attributes == plain.attributes
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.others == plain.others == []
    outside = {link for link in page.links if not link.startswith("#")}
    assert outside == {link for link in plain.links if not link.startswith("#")}
    cells = {" ".join(cell.split()) for cell in page.cells}
    assert [name for name in known if name not in cells] == []
    assert not {char for char in files["index.html"].decode() if is_steering(char)}


def test_a_document_has_no_field_or_link_of_its_texts(files: Files, plain_files: Files, known: list[str]) -> None:
    def parts(content: bytes) -> tuple[set[str], set[str], str, list[str]]:
        document = docx.Document(io.BytesIO(content))
        body = document.element.body
        fields = {(found.text or "").strip() for found in body.iter(qn("w:instrText"))}
        fields |= {found.get(qn("w:instr"), "") for found in body.iter(qn("w:fldSimple"))}
        links = {rel.target_ref for rel in document.part.rels.values() if rel.is_external}
        texts = [p.text for p in document.paragraphs]
        texts += ["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in body.iter(qn("w:tc"))]
        return fields, links, "\n".join(texts), [element.tag for element in body.iter()]

    fields, links, text, tags = parts(files["briefing.docx"])
    plain_fields, plain_links, _, plain_tags = parts(plain_files["briefing.docx"])
    assert fields == plain_fields
    assert links == plain_links
    assert set(tags) == set(plain_tags)
    assert [name for name in known if name not in text] == []
    assert not [char for char in text if is_steering(char)]


def formulas_of(content: bytes) -> dict[tuple[int, str], Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        (number, cell.coordinate): cell.value
        for number, sheet in enumerate(book)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def test_a_workbook_has_the_formulas_of_the_project_alone(files: Files, plain_files: Files, known: list[str]) -> None:
    ours = formulas_of(plain_files["workbook.xlsx"])
    assert len(ours) > 3
    assert formulas_of(files["workbook.xlsx"]) == ours
    book = openpyxl.load_workbook(io.BytesIO(files["workbook.xlsx"]))
    texts = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    values = {" ".join(cell.value.split()) for cell in texts if cell.data_type == "s"}
    assert [name for name in known if name not in values and f"symbol {name}" not in values] == []
    assert not [cell.value for cell in texts if any(map(is_steering, cell.value))]
    links = [cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert not [link.target for link in links if link.target]
    # A cell that looks like a formula is marked as text, so that it stays text when it is edited.
    starting = [cell for cell in texts if cell.data_type == "s" and cell.value.startswith(("=", "+", "-", "@", "＝"))]
    assert len(starting) > 5
    assert all(cell.quotePrefix for cell in starting)


def open_document(content: bytes) -> tuple[list[str], list[str], list[str]]:
    root = ET.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("content.xml"))
    formulas = [value for element in root.iter() if (value := element.get(f"{TABLE}formula"))]
    links = [value for element in root.iter() if (value := element.get(f"{XLINK}href"))]
    lines = [
        [seen("".join(line.itertext())) for line in cell.iter(f"{TEXT}p")] for cell in root.iter(f"{TABLE}table-cell")
    ]
    cells = [" ".join(filter(None, cell)) for cell in lines]
    return formulas, links, cells


def test_an_open_document_has_the_formulas_of_the_project_alone(
    files: Files, plain_files: Files, known: list[str]
) -> None:
    formulas, links, cells = open_document(files["tables.ods"])
    plain_formulas, plain_links, _ = open_document(plain_files["tables.ods"])
    assert formulas == plain_formulas != []
    assert links == plain_links
    assert [name for name in known if name not in cells and f"symbol {name}" not in cells] == []
    for name in zipfile.ZipFile(io.BytesIO(files["tables.ods"])).namelist():
        if name.endswith(".xml"):
            ET.fromstring(zipfile.ZipFile(io.BytesIO(files["tables.ods"])).read(name))


def test_a_printed_page_shows_the_names_and_reads_no_file(pack: Pack) -> None:
    names = [text for text in ALL if len(text) < 100]
    table = Table("names", names[0], "", (Column("Name"),), tuple((name,) for name in names), "")
    bad = tuple({**source, "page": f"javascript:{source['page']}", "title": names[1]} for source in pack.sources)
    short = replace(
        pack, sections=(Section("names", names[0], tables=(table,), page="first"),), sources=bad, worksheets=()
    )
    content = render_pdf(short)
    reader = PdfReader(io.BytesIO(content))
    text = squeeze("".join(page.extract_text() for page in reader.pages))
    printed = [printable(name).replace(NO_GLYPH, "") for name in names]
    # What no font of the document has is shown by a replacement, which is read back as such or as nothing.
    plain = text.replace(NO_GLYPH, "")
    assert [name for name in printed if squeeze(name) not in plain] == []
    assert "root:" not in text
    annotations = [a.get_object() for page in reader.pages for a in page.get("/Annots") or []]
    assert not [a for a in annotations if "/A" in a and "/URI" in a["/A"]]
    for action in (b"/JavaScript", b"/Launch", b"/EmbeddedFile"):
        assert action not in content


#: What the drawings of this project are made of.
DRAWN = {"svg", "title", "desc", "defs", "g", "path", "use", "clipPath", "rect", "style", "pattern", "text"}


def test_pictures_hold_neither_scripts_nor_addresses(pack: Pack) -> None:
    charts = pack.charts()
    assert len(charts) > 3
    for chart in charts:
        made = render(chart)
        found = list(ET.fromstring(made["svg"]).iter())
        assert {element.tag for element in found} <= {f"{SVG}{name}" for name in DRAWN}, chart.id
        attributes = {key for element in found for key in element.attrib}
        assert not [key for key in attributes if key.startswith("on")]
        assert {e.get(key, "#")[:1] for e in found for key in (f"{XLINK}href", "href")} == {"#"}
        described = [element.text or "" for element in found if element.tag in (f"{SVG}title", f"{SVG}desc")]
        assert [seen(text) for text in described] == [seen(chart.title), seen(chart.alt)]
        assert not [char for char in made["svg"].decode() if is_steering(char)]
        assert made["png"].startswith(b"\x89PNG")


def test_the_data_files_and_the_manifest(
    pack: Pack, hostile_store: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hnf.packs.write.render_pack", lambda *_: {})  # rendered above
    write_pack(hostile_store, pack, tmp_path / "pack")
    data = sorted((tmp_path / "pack" / "data").glob("*.csv"))
    assert len(data) == 6
    for path in data:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert len({len(row) for row in rows}) == 1
        bad = [cell for row in rows for cell in row if cell.strip()[:1] in tuple("=+@＝＋－＠\t\r")]
        bad += [
            cell for row in rows for cell in row if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()
        ]
        assert bad == [], path.name
    content = (tmp_path / "pack" / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(content)
    assert [sentence["text"] for sentence in manifest["sentences"]] == [
        sentence.text for sentence in dict.fromkeys(pack.sentences())
    ]
    assert not [char for char in content if is_steering(char)]
    names = [path.relative_to(tmp_path / "pack").as_posix() for path in (tmp_path / "pack").rglob("*")]
    assert all(re.fullmatch(r"[a-z0-9_.-]+(/[a-z0-9_.-]+)?", name) for name in names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pack"]


def test_the_corpus_has_what_spreadsheets_run() -> None:
    assert {text.lstrip()[:1] for text in FORMULAS} >= set("=+-@＝＋－＠")
