"""The fonts of documents and charts, and text that they can print.

Text reaches typst as strings of a JSON object, which are printed and never read as markup. What is left to do here is
what a string cannot carry onto paper: characters that steer (control characters, overrides of the direction of
reading, which would print a number back to front) and characters that none of the fonts can draw.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeVar

import matplotlib as mpl
import typst
from matplotlib.ft2font import FT2Font

#: Families in the order in which a character is looked for: the text face, then the face of the charts.
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
    text = FT2Font(str(_source_sans() / "SourceSans3[wght].ttf")).get_charmap()
    return chart_letters() | frozenset(text)


@cache
def chart_letters() -> frozenset[int]:
    """Code points that the face of the charts can draw."""
    return frozenset(FT2Font(str(_dejavu() / "DejaVuSans.ttf")).get_charmap())


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
