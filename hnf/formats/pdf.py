"""The pack as a PDF: tagged as PDF/UA-1 asks, with its own fonts, the same bytes on every rebuild.

typst sets the page from `templates/pack.typ`; the content goes in as plain data, with the widths of columns. The first
page is the whole story and the second the evidence, each in the largest size at which it fits; a member of Parliament
gets these two, other readers the sections after them.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from hnf.charts.draw import render_bare
from hnf.charts.fonts import TEXT_FAMILIES, fonts, printable
from hnf.charts.page import measure_width
from hnf.packs.content import (
    MISSING_MEANING,
    Chart,
    Column,
    Pack,
    PackPage,
    Section,
    Sentence,
    Table,
    in_bands,
    is_missing,
    print_cell,
)
from hnf.text import web_address

#: Width of the text in points: a column of the first two pages, these whole, and the pages after them.
_HALF, _WHOLE, _AFTER = 252.0, 523.0, 487.0
#: Size of the text of tables in points on the first two pages and after them, and the smallest for a wide one.
_SHEET_SIZE, _AFTER_SIZE, _SMALLEST = 7.8, 9.2, 7.0
#: Space left and right of the text of a cell, in points.
_SHEET_INSET, _AFTER_INSET = 2.6, 4.5
#: No text column asks for more than this many times the size of its text.
_TEXT_WIDTH = 22.0
_CLOSING = "Every figure comes from a published table or is calculated from one; the workbook shows which cell."


class _Notes:
    """The numbered notes of a pack, given out to its sentences in the order in which they are printed."""

    def __init__(self, pack: Pack) -> None:
        self._numbers = {basis: number for number, basis in enumerate(pack.notes(), 1)}
        self._seen: dict[int, str] = {}
        self._listed = 0

    def describe(self, sentence: Sentence) -> dict[str, Any]:
        """Turn a sentence into data, with the number of its note; a note leads back to the first sentence it is of."""
        number = self._numbers.get(sentence.basis, 0)
        is_first = number > 0 and number not in self._seen
        if is_first:
            self._seen[number] = printable(sentence.basis)
        return {
            "text": printable(sentence.text),
            "note": number,
            "first": is_first,
            "said_by": printable(sentence.said_by),
            "link": web_address(sentence.link),
        }

    def take(self) -> list[dict[str, Any]]:
        """Return the notes of the sentences described since the last call, by number."""
        new = list(self._seen.items())[self._listed :]
        self._listed = len(self._seen)
        return [{"number": number, "text": text} for number, text in sorted(new)]


def describe_pack(pack: Pack) -> dict[str, Any]:
    """Turn a pack into the data of its document, all text printable."""
    notes = _Notes(pack)
    opening = {
        "message": notes.describe(pack.headline),
        "as_at": notes.describe(pack.as_at),
        "numbers": [
            {"large": printable(number.large), "label": printable(number.label), "says": notes.describe(number.says)}
            for number in pack.numbers
        ],
        "first": _describe_bands(pack, "first", notes),
        "first_notes": notes.take(),
        "second": _describe_bands(pack, "second", notes),
        "second_notes": notes.take(),
    }
    after = [_describe_section(section, notes, _AFTER) for section in pack.sections if section.page == "after"]
    analyst = pack.audience == "analyst"
    return {
        **opening,
        "fonts": TEXT_FAMILIES,
        "title": printable(pack.title),
        "subtitle": printable(pack.subtitle),
        "author": "hnf",
        "after": after,
        "after_notes": notes.take(),
        "glossary": [[printable(term), printable(meaning)] for term, meaning in pack.glossary],
        "sources": _describe_sources(pack),
        "data": [_describe_table(chart.data, _AFTER) for chart in pack.charts()] if analyst else [],
        "two_pages": pack.audience == "mp",
        "contents": analyst,
        "licence": printable(pack.licence),
        "closing": [_CLOSING, printable(f"Data edition: {pack.data_edition}.")],
    }


def _describe_bands(pack: Pack, page: PackPage, notes: _Notes) -> list[list[list[dict[str, Any]]]]:
    """Describe the sections of a page, by bands and columns."""
    bands = [
        [
            [_describe_section(section, notes, _WHOLE if len(band) == 1 else _HALF) for section in column]
            for column in band
        ]
        for band in in_bands(section for section in pack.sections if section.page == page)
    ]
    if page == "second" and pack.audience == "mp":  # it lists all sources at its foot
        for section in (section for band in bands for column in band for section in column):
            for shown in (*section["charts"], *section["tables"]):
                shown["source"] = ""
    return bands


def _describe_section(section: Section, notes: _Notes, room: float) -> dict[str, Any]:
    return {
        "title": printable(section.title),
        "paragraphs": [notes.describe(sentence) for sentence in section.paragraphs],
        "bullets": [notes.describe(sentence) for sentence in section.bullets],
        "drafts": [[printable(heading), notes.describe(sentence)] for heading, sentence in section.drafts],
        "charts": [_describe_chart(chart, room) for chart in section.charts],
        "charts_first": section.charts_first,
        "tables": [_describe_table(table, room) for table in section.tables],
    }


def _describe_chart(chart: Chart, room: float) -> dict[str, Any]:
    return {
        "title": printable(chart.title),
        "subtitle": printable(chart.subtitle),
        # A picture without a text alternative is refused by the standard; the title is the message.
        "alt": printable(chart.alt) or printable(chart.title),
        "source": printable(chart.source),
        "notes": [printable(note) for note in chart.notes],
        "svg": render_bare(chart, "narrow" if room == _HALF else "wide").svg,
    }


def _describe_table(table: Table, room: float) -> dict[str, Any]:
    """Print a table, with the width of each column in points; one that has no room in a column is as wide as both."""
    rows = [
        [printable(print_cell(value, column.kind)) for value, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    lines = 3 if room == _HALF else 2
    measured = [_measure(column, [row[place] for row in rows], lines) for place, column in enumerate(table.columns)]
    least, wanted = [low for low, _ in measured], [want for _, want in measured]
    size, inset = (_AFTER_SIZE, _AFTER_INSET) if room == _AFTER else (_SHEET_SIZE, _SHEET_INSET)
    padding = 2 * inset * len(table.columns)
    size = max(_SMALLEST, min(size, (room - padding) / math.fsum(least)))
    widths = [size * width for width in _share_out(least, wanted, (room - padding) / size)]
    missing = any(is_missing(value) for row in table.rows for value in row)
    return {
        "title": printable(table.title),
        "subtitle": printable(table.subtitle),
        "columns": [
            {
                "title": printable(column.title),
                "number": column.kind != "text",
                "width": round(width + 2 * inset, 2),
            }
            for column, width in zip(table.columns, widths, strict=True)
        ],
        "rows": rows,
        "notes": [printable(note) for note in (*table.notes, *((MISSING_MEANING,) if missing else ()))],
        "source": printable(table.source),
        "highlight": table.highlight,
        "size": round(size, 2),
        "inset": inset,
    }


def _measure(column: Column, cells: list[str], lines: int) -> tuple[float, float]:
    """Width that a column needs so that no word is cut, and that with which it reads well, in sizes of its text.

    A heading has at most the given number of lines where there is room.
    """
    heading = printable(column.title)
    words = [_width(word) for word in heading.split()]
    # A number never breaks; a row in bold is a little wider.
    parts = [word for cell in cells for word in cell.split()] if column.kind == "text" else cells
    least = max((*words, *(_width(part) for part in parts)), default=1.0) + 0.1
    longest = max((_width(cell) for cell in cells), default=0.0) + 0.1
    in_lines = _width(heading) / lines + 1.0
    return least, max(least, in_lines, min(longest, _TEXT_WIDTH))


def _width(text: str) -> float:
    """Width of a text in bold, in sizes of it."""
    return math.fsum(map(_advance, text))


@cache
def _advance(letter: str) -> float:
    return (measure_width(f"n{letter}n", 100.0, True) - measure_width("nn", 100.0, True)) / 100.0


def _share_out(least: list[float], wanted: list[float], room: float) -> list[float]:
    """Give each column its least width and a share of the rest; a table much narrower than its room stays narrow.

    Everything is in sizes of the table's text.
    """
    total = math.fsum(wanted)
    if total <= room:
        stretch = 1.0 if total < 0.6 * room else room / total
        return [width * stretch for width in wanted]
    lack = [max(0.0, want - low) for low, want in zip(least, wanted, strict=True)]
    spare = max(0.0, room - math.fsum(least))
    return [low + spare * short / (math.fsum(lack) or 1.0) for low, short in zip(least, lack, strict=True)]


#: The licence that the line at the foot of every page names.
_OPEN_LICENCE = "OGL v3.0"
#: Publishers in short, on two sides; the sources of charts and tables there have their names.
_IN_SHORT = {
    "Department for Education": "DfE",
    "Department for Education (ESFA)": "DfE",
    "Office for National Statistics": "ONS",
}


def _describe_sources(pack: Pack) -> list[dict[str, str]]:
    """Describe the sources; on two pages files of one address and date are one, named by what is first in a title."""
    is_brief = pack.audience == "mp"
    merged: dict[tuple[str, ...], dict[str, str]] = {}
    for source in (_describe_source(source, is_brief=is_brief) for source in pack.sources):
        key = source["link"], source["about"], source["title"]
        merged.setdefault(key, source)
    return list(merged.values())


def _describe_source(source: dict[str, str], *, is_brief: bool) -> dict[str, str]:
    """Keep as a link only what is a web address; then who published the file, when, and how it is known."""
    page, title = source.get("page", ""), source.get("title", "")
    publisher, published, licence, id_ = (source.get(key, "") for key in ("publisher", "published", "licence", "id"))
    when, known = (f"published {published}" if published else ""), (f"file {id_}" if id_ else "")
    if is_brief:  # two pages: licence and edition are at the foot, whole titles and ids in page, workbook and manifest
        title, publisher = _in_short(title), _IN_SHORT.get(publisher, publisher)
        licence, when, known = licence.removeprefix(_OPEN_LICENCE), published, ""
    facts = (publisher, when, licence, known)
    return {
        "title": printable(title),
        "link": web_address(page),
        "about": printable(f"({'; '.join(fact for fact in facts if fact)})"),
    }


#: A title that is shorter than this says too little by itself.
_SHORT_TITLE = 30


def _in_short(title: str) -> str:
    """Leave out of a title what is after a colon or in brackets, but where too little would be left."""
    for end in (": ", " ("):
        head = title.partition(end)[0]
        title = head if len(head) >= _SHORT_TITLE else title
    return title


_TEMPLATES = Path(__file__).resolve().parent / "templates"
#: A fixed time of creation (1 January 2000), as in the workbook, so that the same pack gives the same bytes.
_CREATED = 946_684_800


def render_pdf(pack: Pack) -> bytes:
    """Lay a pack out as a tagged PDF (PDF/UA-1) with all fonts embedded, the same bytes for the same pack.

    For a member of Parliament it is two pages of A4; what does not fit in the smallest type gets another page, since
    nothing is cut.
    """
    inputs = {"pack": json.dumps(describe_pack(pack), ensure_ascii=False)}
    with _COMPILING:
        compiler = _compiler("pack.typ")
        return bytes(compiler.compile(sys_inputs=inputs, format="pdf", pdf_standards="ua-1", timestamp=_CREATED))  # type: ignore[arg-type]


def render_share(pack: Pack) -> bytes:
    """Draw the picture that sites show beside a link to the pack: a PNG of 1200 by 630 dots."""
    shown = {
        "fonts": TEXT_FAMILIES,
        "title": printable(pack.title),
        "message": printable(pack.headline.text),
        "numbers": [[printable(number.large), printable(number.label)] for number in pack.numbers],
    }
    with _COMPILING:
        compiler = _compiler("share.typ")
        inputs = {"pack": json.dumps(shown, ensure_ascii=False)}
        return bytes(compiler.compile(sys_inputs=inputs, format="png", ppi=144))  # type: ignore[arg-type]


#: A compiler refuses ("Already borrowed") what a second thread asks of it while it is at work.
_COMPILING = Lock()


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(str(_TEMPLATES / template), root=str(_TEMPLATES), font_paths=fonts())
