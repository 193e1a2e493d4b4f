"""What the terminal is like, and text that is safe and measured for it."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from typing import TextIO

#: Width where output does not go to a terminal.
PLAIN_WIDTH = 80
#: No layout is narrower than this.
LEAST_WIDTH = 20

_SPACES = {"\t": " ", "\n": " ", "\r": " ", "\x0b": " ", "\x0c": " ", "\u2028": " ", "\u2029": " "}


def width() -> int:
    """Return the number of columns to fill: the terminal's, or 80 where stdout is not a terminal."""
    columns = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns if is_terminal(sys.stdout) else PLAIN_WIDTH
    return max(columns, LEAST_WIDTH)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is looking at the stream, on a terminal that can do more than print lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def may_be_bold(stream: TextIO) -> bool:
    """Whether the stream may carry bold text: a terminal, and NO_COLOR not set."""
    return is_terminal(stream) and os.name == "posix" and not os.environ.get("NO_COLOR")


def clean(text: str) -> str:
    r"""Return text that cannot steer a terminal.

    Line ends and tabs become spaces; other control characters, invisible format characters (among them those that
    reverse the direction of writing) and halves of surrogate pairs are written out, as in ``\x1b``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_clean_character(character) for character in text)


def _clean_character(character: str) -> str:
    if character in _SPACES:
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def columns_of(text: str) -> int:
    """Return how many columns cleaned text takes up: two for wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_columns_of_character(character) for character in text)


def _columns_of_character(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def wrap(text: str, columns: int) -> list[str]:
    """Return cleaned text in lines of at most so many columns, broken between words where that is possible."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if columns_of(joined) <= columns:
            lines[-1] = joined
            continue
        pieces = _break(word, columns)
        lines[-1:] = [lines[-1], *pieces] if lines[-1] else pieces
    return lines


def _break(word: str, columns: int) -> list[str]:
    pieces = [""]
    taken = 0
    for character in word:
        needed = _columns_of_character(character)
        if taken + needed > columns and pieces[-1]:
            pieces.append("")
            taken = 0
        pieces[-1] += character
        taken += needed
    return pieces
