"""The fonts of documents and charts, and text that they can print.

Text reaches typst as strings of a JSON object, which are printed and never read as markup. What is left to do here is
what a string cannot carry onto paper: characters that steer (control characters, overrides of the direction of
reading, which would print a number back to front) and characters that none of the fonts can draw.
"""

from __future__ import annotations

import base64
import dataclasses
import re
import unicodedata
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeVar

import matplotlib as mpl
import typst
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.ft2font import FT2Font

#: Families in the order in which a character is looked for: the text face, then one with more letters.
TEXT_FAMILIES = ("Source Sans 3", "DejaVu Sans")
MONO_FAMILIES = ("DejaVu Sans Mono", "DejaVu Sans", "Source Sans 3")
#: Printed for a character that no font can draw.
NO_GLYPH = "\N{REPLACEMENT CHARACTER}"

#: Categories of characters that are left out: controls, formats (direction marks, joiners, soft hyphens), private use,
#: surrogates, unassigned.
_STEERING = frozenset(("Cc", "Cf", "Co", "Cs", "Cn"))
#: White space but for the spaces at which no line ends.
_WHITE_SPACE = re.compile(r"[^\S\u00a0\u202f]+")


def printable(text: str) -> str:
    """Make a text fit to print: one line, no steering characters, a replacement for what no font can draw."""
    known = _drawable()
    kept = "".join(char for char in text if char.isspace() or unicodedata.category(char) not in _STEERING)
    line = _WHITE_SPACE.sub(" ", kept).strip()
    return "".join(char if ord(char) in known else NO_GLYPH for char in line)


@cache
def fonts() -> typst.Fonts:
    """The fonts of the documents: those installed with the package, none of the machine's and none of typst's."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_source_sans()), str(_dejavu())]
    )


def _source_sans() -> Path:
    return Path(str(resources.files("fontpkg_source_sans_3"))) / "files"


def _dejavu() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _drawable() -> frozenset[int]:
    """Code points that every text of a document can be drawn with, in either family list."""
    return _letters_of(_source_sans() / "SourceSans3[wght].ttf") | _letters_of(_dejavu() / "DejaVuSans.ttf")


def _letters_of(path: Path) -> frozenset[int]:
    return frozenset(FT2Font(str(path)).get_charmap())


#: The face of charts: two weights cut out of Source Sans 3 by `docs/render_typefaces.py`, under a name of their own.
CHART_FACE = "Pack Sans"
#: What a picture asks for, in this order: the whole face where a machine has it, the letters that came along, any.
CHART_FAMILIES = f"'Source Sans 3','{CHART_FACE}',sans-serif"
REGULAR, SEMIBOLD = 400, 600
_CUTS = {REGULAR: "regular", SEMIBOLD: "semibold"}
_BOLD = 700
_TYPEFACES = Path(__file__).resolve().parent / "typefaces"


@cache
def chart_font(weight: int) -> str:
    """Return the file of a weight of the charts' face, which matplotlib knows from then on."""
    files = {weight: str(_TYPEFACES / f"{name}.ttf") for weight, name in _CUTS.items()}
    known = {(font.name, font.weight) for font in fontManager.ttflist}
    for value, file in {**files, _BOLD: files[SEMIBOLD]}.items():
        if (CHART_FACE, value) not in known:
            fontManager.ttflist.append(FontEntry(fname=file, name=CHART_FACE, weight=value, size="scalable"))
    return files[weight]


@cache
def chart_letters() -> frozenset[int]:
    """Code points that the face of the charts can draw."""
    return _letters_of(Path(chart_font(REGULAR)))


@cache
def font_faces() -> str:
    """Return the style rules that bring the letters of charts along in a page or a picture: both weights, 39 kB."""
    rules = []
    for weight, name in _CUTS.items():
        content = base64.b64encode((_TYPEFACES / f"{name}.woff").read_bytes()).decode()
        source = f"url(data:font/woff;base64,{content})format('woff')"
        rules.append(f"@font-face{{font-family:'{CHART_FACE}';font-weight:{weight};src:{source}}}")
    return "\n".join(rules)


T = TypeVar("T")


def legible(content: T) -> T:
    """Return a chart, or any part of one, with every text fit to be drawn; what the font can draw is as it was."""
    made: object = content
    if isinstance(content, str):
        made = _text(content)
    elif isinstance(content, tuple):
        made = tuple(legible(part) for part in content)
    elif dataclasses.is_dataclass(content) and not isinstance(content, type):
        names = [field.name for field in dataclasses.fields(content)]
        made = dataclasses.replace(content, **{name: legible(getattr(content, name)) for name in names})
    return made  # type: ignore[return-value]


@cache
def _text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    known = chart_letters()
    return "".join(char if ord(char) in known else NO_GLYPH for char in printable(text))
