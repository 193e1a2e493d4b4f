"""Pieces of a DOCX document: paragraphs by style, runs, fields, links, pictures and tables.

They are built as elements and handed to python-docx in one go: its own objects look up styles and cells again and
again, which takes seconds for a table of all authorities.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm

from hnf.plain_text import shown

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.parts.story import StoryPart

    from hnf.reporting.printed_table import PrintedTable

#: Width of the text on a sheet of A4 with margins of 2 cm, in twentieths of a point.
TEXT_WIDTH = 9638
#: Tables with at most so many rows stay on one page; tables with more than the second number are set small.
_WHOLE, _LONG = 12, 40
#: Texts longer than so many letters do not claim more room than those of that length.
_LONGEST = 60
#: Width of a letter of an id as a share of that of the text.
_ID_SIZE = 0.78
_HIGHLIGHT = "E7EEF5"
_LOOK = {
    "w:val": "0620",
    "w:firstRow": "1",
    "w:lastRow": "0",
    "w:firstColumn": "0",
    "w:lastColumn": "0",
    "w:noHBand": "1",
    "w:noVBand": "1",
}


def clean(text: str) -> str:
    """Return what is seen of a text, on one line."""
    return " ".join(shown(text).split())


def element(tag: str, *children: BaseOxmlElement, **attributes: str) -> BaseOxmlElement:
    """Make an element of the main namespace; attributes are of that namespace too."""
    made = OxmlElement(f"w:{tag}", {qn(f"w:{key}"): value for key, value in attributes.items()})
    made.extend(children)
    return made


def run(text: str, style: str = "") -> BaseOxmlElement:
    """Make a run of text, in a character style where one is named."""
    made = element("r")
    if style:
        made.append(element("rPr", element("rStyle", val=style)))
    words = element("t")
    words.text = shown(text)
    words.set(qn("xml:space"), "preserve")
    made.append(words)
    return made


def tab() -> BaseOxmlElement:
    """Make a run that holds a tab."""
    return element("r", element("tab"))


def new_line() -> BaseOxmlElement:
    """Make a run that starts a new line of the same paragraph."""
    return element("r", element("br"))


def field(instruction: str, shown: str, style: str = "") -> list[BaseOxmlElement]:
    """Make a field, such as a page number, that shows `shown` until the reader's program works it out."""
    code = element("instrText")
    code.text = f" {instruction} "
    code.set(qn("xml:space"), "preserve")
    runs = [element("r", element("fldChar", fldCharType=kind)) for kind in ("begin", "separate", "end")]
    return [runs[0], element("r", code), runs[1], run(shown, style), runs[2]]


def paragraph(style: str, runs: str | Iterable[BaseOxmlElement], *, keep: bool = False) -> BaseOxmlElement:
    """Make a paragraph in a style; `keep` holds it on the page of the next one."""
    properties = element("pPr", element("pStyle", val=style))
    if keep:
        properties.append(element("keepNext"))
    return element("p", properties, *([run(clean(runs))] if isinstance(runs, str) else runs))


def link(part: StoryPart, text: str, address: str) -> BaseOxmlElement:
    """Make a link to a web address."""
    made = element("hyperlink", run(text, "Hyperlink"), history="1")
    made.set(qn("r:id"), part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    return made


def picture(part: StoryPart, png: bytes, *, width_cm: float, number: int, name: str, alt: str) -> BaseOxmlElement:
    """Make a run that holds a picture in the line of text.

    Parameters
    ----------
    part : StoryPart
        The part of the document it goes into.
    png : bytes
    width_cm : float
    number : int
        Occurs once in the document.
    name, alt : str
        What lists of objects call it, and its text alternative.
    """
    inline = part.new_pic_inline(io.BytesIO(png), width=Cm(width_cm))
    properties = inline.docPr
    properties.set("id", str(number))
    properties.set("name", clean(name))
    properties.set("descr", clean(alt))
    return element("r", element("drawing", inline))


def table(printed: PrintedTable, name: str, *, with_ids: bool = False) -> BaseOxmlElement:
    """Make a table whose first row is marked as its header and repeated on every page.

    A short one stays on one page, with the paragraph that follows it. With `with_ids`, the figure id of a cell stands
    under its text.
    """
    long = len(printed.rows) > _LONG
    styles = ("DenseText", "DenseNumber") if long else ("TableText", "TableNumber")
    size = 8.0 if long else 9.0
    texts = [[title, *(row[place].text for row in printed.rows)] for place, (title, _) in enumerate(printed.columns)]
    if with_ids:
        for place, column in enumerate(texts):
            # Ids are set smaller than the text: the room they need is that of a shorter word.
            column += [
                (row[place].figure_id or "")[: int(len(row[place].figure_id or "") * _ID_SIZE)] for row in printed.rows
            ]
    widths = share_width(texts, size)
    properties = element(
        "tblPr",
        element("tblStyle", val="BriefingTable"),
        element("tblW", w=str(sum(widths)), type="dxa"),
        element("tblLayout", type="fixed"),
        OxmlElement("w:tblLook", {qn(key): value for key, value in _LOOK.items()}),
        element("tblCaption", val=clean(name)),
    )
    made = element("tbl", properties, element("tblGrid", *(element("gridCol", w=str(width)) for width in widths)))
    head = element("tr", element("trPr", element("cantSplit"), element("tblHeader")))
    for (title, is_number), width in zip(printed.columns, widths, strict=True):
        head.append(_cell(width, paragraph(styles[is_number], title, keep=True)))
    made.append(head)
    for number, row in enumerate(printed.rows):
        line = element("tr", element("trPr", element("cantSplit")))
        picked = number == printed.table.highlight
        for cell, width in zip(row, widths, strict=True):
            keep = len(printed.rows) <= _WHOLE or number == len(printed.rows) - 1
            runs = [run(clean(cell.text), "Strong" if picked else "")]
            if with_ids and cell.figure_id:
                runs += [new_line(), run(clean(cell.figure_id), "FigureId")]
            line.append(_cell(width, paragraph(styles[cell.is_number], runs, keep=keep), picked=picked))
        made.append(line)
    return made


def _cell(width: int, content: BaseOxmlElement, *, picked: bool = False) -> BaseOxmlElement:
    properties = element("tcPr", element("tcW", w=str(width), type="dxa"))
    if picked:
        properties.append(element("shd", val="clear", color="auto", fill=_HIGHLIGHT))
    return element("tc", properties, content)


def share_width(columns: Sequence[Sequence[str]], size: float, whole: int = TEXT_WIDTH) -> list[int]:
    """Share the width of a table between its columns.

    Each gets what its longest word needs; what is left goes to those whose texts would like more.

    Parameters
    ----------
    columns : sequence of sequence of str
        The texts of each column, heading first.
    size : float
        Size of the text in points.
    whole : int
        The most the table may take, in twentieths of a point.

    Returns
    -------
    list of int
        Widths in twentieths of a point; together less than `whole` where no column would like more.
    """
    # In Arial digits are 0.56 of the size wide; capitals, bold letters and other fonts are wider. Then the margins.
    letter, bold, margins = size * 20 * 0.63, size * 20 * 0.74, 190
    least, liked = [], []
    for heading, *texts in columns:
        words = max((len(word) for text in texts for word in text.split()), default=1) * letter
        title = max((len(word) for word in heading.split()), default=1) * bold
        longest = min(max((len(text) for text in texts), default=1), _LONGEST) * letter
        least.append(max(words, title) + margins)
        # A heading may take two lines, so that short numbers do not stand far apart under long words.
        liked.append(max(least[-1], longest + margins, len(heading) / 2 * bold + margins))
    if sum(liked) <= whole:
        return [round(width) for width in liked]
    spare = whole - sum(least)
    if spare <= 0:
        return [int(width * whole / sum(least)) for width in least]
    wish = sum(liked) - sum(least)
    return [int(low + spare * (high - low) / wish) for low, high in zip(least, liked, strict=True)]
