"""Text measured before it is drawn: how wide a line is, where it breaks, how much room a block of lines takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from hnf.reporting.charts.style import FONT, INK

#: Height of a line of text, as a share of the font size.
LINE_HEIGHT = 1.28


@cache
def _font_file(bold: bool) -> str:
    return str(findfont(FontProperties(family=[FONT], weight="bold" if bold else "normal")))


@cache
def _glyphs(bold: bool) -> frozenset[int]:
    return frozenset(get_font(_font_file(bold)).get_charmap())


def keep_printable(text: str, *, bold: bool = False) -> str:
    """Put the replacement mark where the font has no glyph, which would otherwise be drawn as an unexplained box."""
    glyphs = _glyphs(bold)
    flat = " ".join(text.split())
    return "".join(letter if ord(letter) in glyphs else "\N{REPLACEMENT CHARACTER}" for letter in flat)


@lru_cache(maxsize=8192)
def measure_width(text: str, size: float, bold: bool = False) -> float:
    """Width of a line of text in points."""
    font = FontProperties(fname=_font_file(bold), size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrap_lines(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """Break text into lines no wider than `width` points; a word that is wider by itself is broken too."""
    lines: list[str] = []
    line = ""
    for word in keep_printable(text, bold=bold).split(" "):
        longer = f"{line} {word}".strip()
        if measure_width(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while measure_width(line, size, bold) > width and len(line) > 1:
            cut = len(line) - 1
            while cut > 1 and measure_width(line[:cut], size, bold) > width:
                cut -= 1
            lines.append(line[:cut])
            line = line[cut:]
    return (*lines, line) if line else tuple(lines)


@dataclass(frozen=True)
class Block:
    """Lines of text of one size, with the room they take in points."""

    lines: tuple[str, ...]
    size: float
    bold: bool = False
    colour: str = INK

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.lines) * self.size * LINE_HEIGHT

    @property
    def width(self) -> float:
        """Width of the widest line."""
        return max((measure_width(line, self.size, self.bold) for line in self.lines), default=0.0)


def wrap_block(text: str, width: float, size: float, *, bold: bool = False, colour: str = INK) -> Block:
    """Wrap text into a block no wider than `width` points."""
    return Block(wrap_lines(text, width, size, bold=bold), size, bold, colour)
