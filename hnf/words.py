"""Small pieces of English that several stages write."""

from __future__ import annotations


def capital(text: str) -> str:
    """Return the text with a capital first letter; nothing stays nothing."""
    return text[:1].upper() + text[1:]


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
