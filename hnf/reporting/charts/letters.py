"""Text that the font of the charts can draw."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TypeVar

from hnf.reporting.typst_text import NO_GLYPH, chart_letters, printable

T = TypeVar("T")


def legible(content: T) -> T:
    """Return a chart, or any part of one, with every text fit to be drawn.

    Parameters
    ----------
    content : T
        A text, or a dataclass, tuple or other value that may hold texts.

    Returns
    -------
    T
        The same kind of thing. A text that the font can draw is as it was; another stands on one line without what
        steers, and with a replacement for each character that the font lacks.
    """
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
