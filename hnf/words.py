"""Small pieces of English that several stages write."""

from __future__ import annotations

import re
import unicodedata

#: Files of these names are devices to Windows, whatever their ending.
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))))
#: Room is left for endings and folders within the 255 bytes that file systems allow.
_LONGEST_SLUG = 80


def capital(text: str) -> str:
    """Return the text with a capital first letter; nothing stays nothing."""
    return text[:1].upper() + text[1:]


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def join_words(parts: list[str]) -> str:
    """Join as prose does: "A", "A and B", "A, B and C"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def plain_letters(text: str) -> str:
    """Return lower-case letters and digits with single spaces; "&" reads as "and", accents are dropped."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", ascii_text.casefold().replace("&", " and ")).strip()


def fold_name(text: str) -> str:
    """Return a name as names are compared: lower-case letters and digits alone."""
    return "".join(plain_letters(text).split())


def slug_of(text: str, otherwise: str) -> str:
    """Return a name for folders and files that every system takes.

    Parameters
    ----------
    text : str
        What is to be named.
    otherwise : str
        Its code, for a text without letters.

    Returns
    -------
    str
        Lower-case letters, digits and hyphens, at least one and not too many.
    """
    slug = plain_letters(text).replace(" ", "-")[:_LONGEST_SLUG].strip("-")
    code = plain_letters(otherwise).replace(" ", "-")
    return f"{slug}-{code}" if slug in _DEVICES else slug or code
