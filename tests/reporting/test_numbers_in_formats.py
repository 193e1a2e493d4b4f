"""Every number that a reader's program finds in a format of a pack stands in the manifest, or in words that have none.

Wide pictures are left out: drawing them takes most of the time, and their numbers are those of the table behind each.
The narrow ones of a printed page are drawn, so that the pages of a member of Parliament are what is handed out.
"""

from __future__ import annotations

import bisect
import io
import math
import os
import re
from html.parser import HTMLParser

import docx
import openpyxl
import pytest
from printed_sides import check_two_sides
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from hnf.analysis.trace import resolve
from hnf.charts import draw as files
from hnf.charts.draw import Bare
from hnf.formats.ods import render_ods
from hnf.formats.pdf import render_pdf
from hnf.formats.web_page import render_html
from hnf.formats.word import render_docx
from hnf.formats.xlsx import render_workbook
from hnf.packs.build import build_pack
from hnf.packs.content import Audience, Pack, print_cell, print_figure
from hnf.tables.authorities import Authorities

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
#: Numbers of the layout: of charts, tables, notes, pages and headings, and those on the axes of charts.
LAYOUT = {str(number) for number in (*range(400), *range(400, 1001, 100))}
#: Sheets whose only numbers count their rows.
NUMBERED = ("Notes", "Sentences")
FEW = ("921", "942", "919", "201", "810")
#: City of London and Isles of Scilly: their printed packs are shorter.
WITHOUT_ALLOCATION = ("201", "420")
CHUNKS = 4
#: Of the packs of members every twelfth is read; with HNF_PACKS=all every one, which takes some minutes.
STEP = 1 if os.environ.get("HNF_PACKS") == "all" else 12


class Text(HTMLParser):
    """Collects what a page shows: no script, no style, no picture."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self.hidden += tag in ("script", "style", "svg")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style", "svg")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


@pytest.fixture(autouse=True)
def plain_pictures(monkeypatch):
    """Draw every chart but the narrow ones of printed pages as one small square."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="10pt" viewBox="0 0 10 10"></svg>'
    square, drawn = Bare(svg, ()), files._render_bare
    monkeypatch.setattr(
        files, "_render_bare", lambda chart, width: drawn(chart, width) if width == "narrow" else square
    )


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def values_of(store, pack: Pack) -> dict[str, float | int | None]:
    """Values of the manifest by figure id."""
    ids = {figure.id for figure in pack.figures()}
    ids |= {id_ for table in pack.tables() for row in table.figure_ids for id_ in row if id_}
    ids |= {id_ for sheet in pack.worksheets for id_ in sheet.figure_ids()}
    return {id_: resolve(store, id_).value for id_ in ids}


def allowed(store, pack: Pack, values: dict[str, float | int | None]) -> set[str]:
    """Numbers of figures as printed, and those of the words of the pack that are no figures."""
    texts = [print_figure(resolve(store, id_)) for id_ in values]
    for table in pack.tables():
        for row in table.rows:
            texts += [print_cell(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
    for sentence in pack.sentences():
        texts += [*sentence.printed, sentence.basis, sentence.text, sentence.said_by, sentence.link]
        texts += [f"{figure.id} {figure.label} {figure.derivation} {figure.status}" for figure in sentence.figures]
    texts += [word for number in pack.numbers for word in (number.large, number.label)]
    for chart in pack.charts():
        texts += [chart.title, chart.subtitle, chart.source, chart.alt, *chart.notes, chart.data.title]
    for table in pack.tables():
        texts += [table.title, table.subtitle, table.source, *table.notes, *(column.title for column in table.columns)]
    for sheet in pack.worksheets:
        texts += [sheet.name, sheet.title, sheet.subtitle, sheet.source, *sheet.notes]
        texts += [f"{row}" for row in sheet.rows]
    texts += [pack.title, pack.subtitle, pack.licence, pack.data_edition, *(f"{place}" for place in pack.places)]
    texts += [f"{term} {meaning}" for term, meaning in pack.glossary]
    texts += [" ".join(source.values()) for source in pack.sources]
    found = {number for text in texts for number in numbers(text)}
    short = {source["sha256"][:12] for source in pack.sources}
    return found | LAYOUT | {number for text in short for number in numbers(text)}


def check(store, code: str, audience: Audience) -> int:
    """Compare the numbers of every format of a pack with its manifest; return how many were looked at."""
    pack = build_pack(store, code, audience)
    values = values_of(store, pack)
    known = allowed(store, pack, values)
    page = Text()
    page.feed(render_html(pack))
    document = docx.Document(io.BytesIO(render_docx(pack)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    reader = PdfReader(io.BytesIO(render_pdf(pack)))
    sides = [side.extract_text() for side in reader.pages]
    if audience == "mp" and code not in WITHOUT_ALLOCATION:
        check_two_sides(pack, reader, sides)
    texts = {
        "html": " ".join(page.parts),
        "docx": " ".join([*(paragraph.text for paragraph in document.paragraphs), *cells]),
        "pdf": " ".join(sides),
    }
    for kind, text in texts.items():
        left = {number for number in numbers(text) - known if not (kind == "pdf" and ends_in_note(number, known))}
        assert left == set(), f"{pack.title}, {kind}"
    looked = sum(len(numbers(text)) for text in texts.values())
    amounts = sorted({float(value) for value in values.values() if value is not None})
    return looked + check_sheets(pack, amounts)


def ends_in_note(number: str, known: set[str]) -> bool:
    """Whether it is a number at the end of a sentence, its full stop and the raised number of its note."""
    whole, _, note = number.partition(".")
    return whole in known and note in LAYOUT


def is_among(value: float, amounts: list[float]) -> bool:
    """Whether a value is one of the sorted amounts, to the fifteen digits that a spreadsheet keeps."""
    place = bisect.bisect_left(amounts, value)
    return any(
        math.isclose(value, near, rel_tol=1e-14, abs_tol=1e-9) for near in amounts[max(place - 1, 0) : place + 1]
    )


def check_sheets(pack: Pack, amounts: list[float]) -> int:
    """Numbers of the sheets but for live formulas are values of the manifest, to the digits that sheets keep."""
    worksheets = {name for sheet in pack.worksheets for name in (sheet.name, sheet.beside.name if sheet.beside else "")}
    found: list[tuple[str, float]] = []
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(pack)), data_only=True, read_only=True)
    for sheet in book.worksheets:
        if sheet.title not in worksheets:
            rows = sheet.iter_rows(values_only=True)
            found += [(sheet.title, cell) for row in rows for cell in row if isinstance(cell, int | float)]
    ods = CalamineWorkbook.from_filelike(io.BytesIO(render_ods(pack)))
    for name in ods.sheet_names:
        if name not in worksheets:
            rows = ods.get_sheet_by_name(name).to_python()
            found += [(name, cell) for row in rows for cell in row if isinstance(cell, int | float)]
    wrong = [(name, cell) for name, cell in found if name not in NUMBERED and not is_among(float(cell), amounts)]
    assert wrong == [], pack.title
    return len(found)


@pytest.mark.parametrize("code", [FEW[0], *(pytest.param(code, marks=pytest.mark.slow) for code in FEW[1:])])
@pytest.mark.slow
def test_every_number_of_every_format_is_in_the_manifest(store, code):
    assert check(store, code, "analyst") > (300 if code != "201" else 60)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_same_for_members_whose_packs_have_two_sides(store, chunk):
    codes = sorted(found.la_code for found in Authorities.of(store).by_code.values() if not found.closed)
    assert len(codes) > 150
    assert len(set(codes) - set(WITHOUT_ALLOCATION)) == 151
    taken = sorted({*codes[::STEP], *WITHOUT_ALLOCATION})
    assert all(check(store, code, "mp") > 60 for code in taken[chunk::CHUNKS])


def test_a_number_that_is_not_in_the_manifest_is_seen(store):
    pack = build_pack(store, "919", "mp")
    known = allowed(store, pack, values_of(store, pack))
    assert numbers("£123,456,789 and 4,711") - known == {"123,456,789", "4,711"}
