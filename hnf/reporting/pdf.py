"""The pack as a PDF: tagged as PDF/UA-1 asks, with its own fonts, the same bytes on every rebuild.

typst sets the page from `templates/pack.typ`; the content goes in as data. For a Member of Parliament the document is
set in the largest size at which it fits two sides of A4.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from functools import cache
from pathlib import Path

import typst

from hnf.reporting.content import Pack
from hnf.reporting.pdf_content import describe_pack
from hnf.reporting.typst_text import fonts

_TEMPLATE = Path(__file__).resolve().parent / "templates" / "pack.typ"
#: A fixed time of creation (1 January 2000), as in the workbook, so that the same pack gives the same bytes.
_CREATED = 946_684_800
#: Sides of A4 for a Member of Parliament, and the sizes of type tried for them, largest first.
_SIDES = 2
_SCALES = ("1.08", "1.04", "1", "0.97", "0.94", "0.91", "0.88", "0.85")


def render_pdf(pack: Pack) -> bytes:
    """Lay a pack out as a PDF.

    Parameters
    ----------
    pack : Pack
        For a Member of Parliament it is set on two sides; one that does not fit in the smallest type gets a third,
        since nothing is cut.

    Returns
    -------
    bytes
        A tagged PDF (PDF/UA-1) with all fonts embedded, the same bytes for the same pack.
    """
    inputs = {"pack": json.dumps(describe_pack(pack), ensure_ascii=False)}
    if pack.audience == "mp":
        inputs["scale"] = _largest_scale(inputs)
    return bytes(_compiler().compile(sys_inputs=inputs, format="pdf", pdf_standards="ua-1", timestamp=_CREATED))  # type: ignore[arg-type]


def _largest_scale(inputs: dict[str, str]) -> str:
    """Find the largest size of type at which the document fits its sides; the smallest one if none does."""

    def fits(place: int) -> bool:
        return _count_pages({**inputs, "scale": _SCALES[place]}) <= _SIDES

    # Smaller type needs no more room, but for a block that moves to the next column as a whole: where that breaks the
    # rule, halving still ends on a size that was tried and fits.
    place = bisect_left(range(len(_SCALES)), True, key=fits)
    return _SCALES[min(place, len(_SCALES) - 1)]


def _count_pages(inputs: dict[str, str]) -> int:
    """Set the document without writing it, and count its pages."""
    compiler = typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts(), sys_inputs=inputs)
    return int(compiler.query("<pages>", field="value", one=True))


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts())
