"""Letters that the pictures of a page share: each outline stands in the page once, however many pictures use it."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: An outline as matplotlib writes it: scaled from the units of the font, with an id and nothing else.
_OUTLINE = re.compile(r'<path id="([^"]+)" ((?:d="[^"]*" )?transform="scale\([0-9.]+\)")/>\n?')
_USE = re.compile(r'<use xlink:href="#([^"]+)"')


def share_glyphs(pictures: Iterable[str]) -> tuple[list[str], str]:
    """Take the outlines of letters out of pictures.

    Parameters
    ----------
    pictures : iterable of str
        `svg` elements as `render_inline` makes them.

    Returns
    -------
    tuple of (list of str, str)
        The pictures, and the outlines they now refer to, to be put into the `defs` of an `svg` element of the page.
    """
    known: dict[str, str] = {}
    lean = []
    for picture in pictures:
        names: dict[str, str] = {}

        def take(match: re.Match[str], names: dict[str, str] = names) -> str:
            names[match[1]] = known.setdefault(match[2], f"glyph-{len(known) + 1}")
            return ""

        def refer(match: re.Match[str], names: dict[str, str] = names) -> str:
            return f'<use href="#{names.get(match[1], match[1])}"'

        lean.append(_USE.sub(refer, _OUTLINE.sub(take, picture)))
    return lean, "\n".join(f'<path id="{name}" {outline}/>' for outline, name in known.items())
