"""The pack as a PDF: tagged as PDF/UA-1 asks, with its own fonts, the same bytes on every rebuild.

typst sets the page from `templates/pack.typ`; the content goes in as plain data, with the widths of columns. For a
member of Parliament the document is set in the largest size at which it fits two sides of A4.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from hnf.charts.draw import render_bare
from hnf.charts.fonts import MONO_FAMILIES, TEXT_FAMILIES, fonts, printable
from hnf.packs.content import (
    MISSING_MEANING,
    Chart,
    Column,
    Pack,
    Section,
    Sentence,
    Table,
    is_missing,
    print_cell,
    print_figure,
    tabulate,
)
from hnf.text import web_address

#: Width of the text on the page in points: two columns on the sheets of a Member of Parliament, one otherwise.
BRIEF_COLUMN, BRIEF_PAGE, PAGE = 255.0, 523.0, 487.0
#: Size of the text of tables in points, and the smallest to which a wide one may shrink.
_BRIEF_SIZE, _SIZE, _SMALLEST = 7.9, 9.2, 5.8
#: Mean width of a character as a share of the size of the text; that of the ids, in their smaller face, is no more.
_CHARACTER = 0.53
#: Space left and right of the text of a cell, in points.
_BRIEF_INSET, _INSET = 2.6, 4.5
#: No text column asks for more than this many characters, and no heading for more than this many lines.
_TEXT_CHARACTERS, _HEADING_LINES = 44.0, 3
#: How much wider bold text is.
_BOLD = 1.08
#: The column of figure ids, in another face, with breaks after colons.
_ID = "Figure id"
_MARKS = (
    "Each figure is published (a cell of a published file), derived (arithmetic on such cells) or estimated (rests on "
    "an assumption). The command hnf trace, followed by a figure id, leads back to publisher, file, sheet and cell."
)


def describe_pack(pack: Pack) -> dict[str, Any]:
    """Turn a pack into the data of its document, all text printable; charts are half a page wide for an MP."""
    analyst = pack.audience == "analyst"
    charts = [chart for section in pack.sections for chart in section.charts]
    return {
        "audience": pack.audience,
        "fonts": {"text": TEXT_FAMILIES, "mono": MONO_FAMILIES},
        "title": printable(pack.title),
        "subtitle": printable(pack.subtitle),
        "author": "hnf",
        "headline": _describe_sentence(pack.headline),
        "key": [_describe_sentence(sentence) for sentence in pack.key_sentences()],
        "sections": [_describe_section(section, pack) for section in pack.sections],
        "glossary": [[printable(term), printable(meaning)] for term, meaning in pack.glossary],
        "sources": _describe_sources(pack),
        "data": [_describe_table(chart.data, pack) for chart in charts] if analyst else [],
        "figures": _describe_table(_list_figures(pack), pack) if analyst and pack.figures() else None,
        "contents": pack.audience != "mp",
        "licence": printable(pack.licence),
        # On two sides edition and licence are said once: under the title, and at the foot.
        "closing": [_MARKS]
        if pack.audience == "mp"
        else [_MARKS, printable(f"Data edition: {pack.data_edition}."), printable(pack.licence)],
    }


def _describe_section(section: Section, pack: Pack) -> dict[str, Any]:
    return {
        "title": printable(section.title),
        "paragraphs": [_describe_sentence(sentence) for sentence in section.paragraphs],
        "bullets": [_describe_sentence(sentence) for sentence in section.bullets],
        "charts": [_describe_chart(chart, pack) for chart in section.charts],
        "tables": [_describe_table(table, pack) for table in section.tables],
    }


def _describe_sentence(sentence: Sentence) -> dict[str, str]:
    surety = next((figure.basis for figure in sentence.figures if figure.id == sentence.main), "")
    return {
        "text": printable(sentence.text),
        "basis": printable(sentence.basis),
        "id": printable(sentence.main) if surety else "",
        "surety": surety,
    }


def _describe_chart(chart: Chart, pack: Pack) -> dict[str, Any]:
    return {
        "title": printable(chart.title),
        "subtitle": printable(chart.subtitle),
        # A picture without a text alternative is refused by the standard; the title is the message.
        "alt": printable(chart.alt) or printable(chart.title),
        "source": printable(chart.source),
        "notes": [printable(note) for note in chart.notes],
        "svg": render_bare(chart, "narrow" if pack.audience == "mp" else "wide").svg,
    }


def _describe_table(table: Table, pack: Pack) -> dict[str, Any]:
    """Print a table, with the width of each column in points."""
    brief = pack.audience == "mp"
    rows = [
        [printable(print_cell(value, column.kind)) for value, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    measured = [_measure(column, [row[place] for row in rows]) for place, column in enumerate(table.columns)]
    least, wanted = [low for low, _ in measured], [want for _, want in measured]
    size, inset = (_BRIEF_SIZE, _BRIEF_INSET) if brief else (_SIZE, _INSET)
    padding = 2 * inset * len(table.columns)
    wide = brief and math.fsum(wanted) * size * _CHARACTER + padding > BRIEF_COLUMN
    room = (BRIEF_PAGE if wide else BRIEF_COLUMN) if brief else PAGE
    size = max(_SMALLEST, min(size, (room - padding) / (math.fsum(least) * _CHARACTER)))
    character = size * _CHARACTER
    widths = [character * n for n in _share_out(least, wanted, (room - padding) / character)]
    missing = any(is_missing(value) for row in table.rows for value in row)
    return {
        "title": printable(table.title),
        "subtitle": printable(table.subtitle),
        "columns": [
            {
                "title": printable(column.title),
                "number": column.kind != "text",
                "code": column.title == _ID,
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
        "wide": wide,
    }


def _measure(column: Column, cells: list[str]) -> tuple[float, float]:
    """Characters that a column needs so that no word is cut, and those with which it reads well."""
    heading = printable(column.title)
    # A heading is set in bold, which is a little wider; an id ends a line after a colon; a number never breaks.
    words = [_BOLD * len(word) for word in heading.split()]
    if column.title == _ID:
        parts = [part + ":" for cell in cells for part in cell.split(":")]
    elif column.kind == "text":
        parts = [word for cell in cells for word in cell.split()]
    else:
        parts = cells
    least = max((*words, *(float(len(part)) for part in parts)), default=1.0) + 0.5
    longest = max((len(cell) for cell in cells), default=0) + 1.0
    in_lines = math.ceil(_BOLD * len(heading) / _HEADING_LINES) + 2.0
    return least, max(least, in_lines, min(longest, _TEXT_CHARACTERS))


def _share_out(least: list[float], wanted: list[float], room: float) -> list[float]:
    """Give each column its least width and a share of the rest; a table much narrower than its room stays narrow.

    Everything is in characters of the table's text.
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
    """Describe the sources; on two sides files of one page and date are one, by what is before the colon of a title."""
    is_brief = pack.audience == "mp"
    merged: dict[tuple[str, ...], dict[str, str]] = {}
    for source in (_describe_source(source, is_brief=is_brief) for source in pack.sources):
        head = source["title"].partition(": ")[0]
        key = source["link"], source["about"], head if is_brief else source["title"]
        merged[key] = source | {"title": head} if key in merged else source
    return list(merged.values())


def _describe_source(source: dict[str, str], *, is_brief: bool) -> dict[str, str]:
    """Keep as a link only what is a web address; then who published the file, when, and how it is known."""
    page = source.get("page", "")
    publisher, published, licence, id_ = (source.get(key, "") for key in ("publisher", "published", "licence", "id"))
    when, known = (f"published {published}" if published else ""), (f"file {id_}" if id_ else "")
    if is_brief:  # two sides: licence and edition are at foot and head, ids in the manifest
        publisher, licence = _IN_SHORT.get(publisher, publisher), licence.removeprefix(_OPEN_LICENCE)
        when, known = published, ""
    facts = (publisher, when, licence, known)
    return {
        "title": printable(source.get("title", "")),
        "link": web_address(page),
        "about": printable(f"({'; '.join(fact for fact in facts if fact)})"),
    }


def _list_figures(pack: Pack) -> Table:
    """List every figure of the text with its printed value."""
    return tabulate(
        "figures",
        "Figures in the order in which they appear",
        "As printed, with what each number is and how sure it is",
        {"What it is": "text", "Value": "text", "Basis": "text", _ID: "text"},
        ((figure.label, print_figure(figure), figure.basis, figure.id) for figure in pack.figures()),
    )


_TEMPLATE = Path(__file__).resolve().parent / "templates" / "pack.typ"
#: A fixed time of creation (1 January 2000), as in the workbook, so that the same pack gives the same bytes.
_CREATED = 946_684_800
#: Sides of A4 for a Member of Parliament, and the sizes of type tried for them, largest first.
_SIDES = 2
_SCALES = ("1.08", "1.04", "1", "0.97", "0.94", "0.91", "0.88", "0.85")


def render_pdf(pack: Pack) -> bytes:
    """Lay a pack out as a tagged PDF (PDF/UA-1) with all fonts embedded, the same bytes for the same pack.

    For a member of Parliament it is set on two sides, one of a place without an allocation on one; what does not fit in
    the smallest type gets another side, since nothing is cut.
    """
    inputs = {"pack": json.dumps(describe_pack(pack), ensure_ascii=False)}
    if pack.audience == "mp":
        inputs["scale"] = _largest_scale(inputs, _SIDES if len(pack.charts()) > 1 else 1)
    with _COMPILING:
        return bytes(_compiler().compile(sys_inputs=inputs, format="pdf", pdf_standards="ua-1", timestamp=_CREATED))  # type: ignore[arg-type]


def _largest_scale(inputs: dict[str, str], sides: int) -> str:
    """Find the largest size of type at which the document fits the sides; the smallest one if none does."""

    def fits(place: int) -> bool:
        return _count_pages({**inputs, "scale": _SCALES[place]}) <= sides

    # Smaller type needs no more room, but for a block that moves to the next column as a whole: where that breaks the
    # rule, halving still ends on a size that was tried and fits.
    place = bisect_left(range(len(_SCALES)), True, key=fits)
    return _SCALES[min(place, len(_SCALES) - 1)]


def _count_pages(inputs: dict[str, str]) -> int:
    """Set the document without writing it, and count its pages."""
    compiler = typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts(), sys_inputs=inputs)
    return int(compiler.query("<pages>", field="value", one=True))


#: A compiler refuses ("Already borrowed") what a second thread asks of it while it is at work.
_COMPILING = Lock()


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts())
