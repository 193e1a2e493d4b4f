"""Writes the typefaces of charts, cut from the shipped variable font: `python docs/render_typefaces.py`.

matplotlib cannot pick a weight of a variable font, and a page has to bring its letters along: two weights are cut out
once, as TTF (to measure and draw with) and as a smaller WOFF (for pages). They are modified versions, so that their
name is not the reserved one; copyright and licence (SIL Open Font Licence 1.1) stay in their name tables.
"""

from __future__ import annotations

import io
from importlib import resources
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FOLDER = Path(__file__).resolve().parents[1] / "hnf" / "charts" / "typefaces"
SOURCE = Path(str(resources.files("fontpkg_source_sans_3"))) / "files" / "SourceSans3[wght].ttf"
NAME = "Pack Sans"
#: File, weight and the word for it.
WEIGHTS = (("regular", 400, "Regular"), ("semibold", 600, "SemiBold"))
_MARKS = (*range(0x2010, 0x2027), 0x202F, 0x2032, 0x2033, 0x20AC, 0x2122, *range(0x2190, 0x2194), 0x2212, 0x2248)
#: Of pages: ASCII, Latin-1 and punctuation. Of drawings: the Latin letters of Europe too.
PAGE_LETTERS = (*range(0x20, 0x7F), *range(0xA0, 0x100), *_MARKS, 0x2260, 0x2264, 0x2265)
LETTERS = (*PAGE_LETTERS, *range(0x100, 0x250), *range(0x1E80, 0x1E86), *range(0x1EF2, 0x1EF4), 0x2030, 0x2039, 0x203A)
ASCENT, DESCENT = 950, -280
_COPYRIGHT, _LICENCE, _LICENCE_PAGE = 0, 13, 14
_REPLACEMENT = 0xFFFD


def cut(weight: int, word: str, letters: tuple[int, ...], flavour: str | None = None) -> bytes:
    """Return one weight of the variable font with the letters, the same bytes each time."""
    font = TTFont(SOURCE, recalcTimestamp=False)
    options = subset.Options(layout_features=["kern", "mark", "ccmp"], hinting=False, notdef_outline=True)
    options.name_IDs = [_COPYRIGHT, _LICENCE, _LICENCE_PAGE]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": weight})
    font["OS/2"].usWeightClass = weight
    # The height of a line is that of its letters with accents, as the charts measure it, without the space of a page.
    font["hhea"].ascent, font["hhea"].descent = ASCENT, DESCENT
    font["OS/2"].sTypoAscender, font["OS/2"].sTypoDescender, font["OS/2"].sTypoLineGap = ASCENT, DESCENT, 0
    font["OS/2"].usWinAscent, font["OS/2"].usWinDescent = ASCENT, -DESCENT
    for number, text in ((1, f"{NAME} {word}"), (2, "Regular"), (4, f"{NAME} {word}"), (6, f"PackSans-{word}")):
        font["name"].setName(text, number, 3, 1, 0x409)
    for number, text in ((16, NAME), (17, word)):
        font["name"].setName(text, number, 3, 1, 0x409)
    for table in font["cmap"].tables:  # what no letter of the font can draw is a question mark
        table.cmap[_REPLACEMENT] = table.cmap[ord("?")]
    font.flavor = flavour
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, weight, word in WEIGHTS:
        (FOLDER / f"{file}.ttf").write_bytes(cut(weight, word, LETTERS))
        (FOLDER / f"{file}.woff").write_bytes(cut(weight, word, PAGE_LETTERS, "woff"))
