"""Numbers as they are said: digits and words, ordinals, and how exactly each was said."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word, number or sign with its place; `plain` is it in lower case."""

    text: str
    start: int
    end: int
    plain: str


# Numbers. A number is taken to be rounded to the last digit that was said: "£23.8 million" allows £50,000 either way.
# Zeros at the end of a whole number may be exact or rounded, so they allow at most a fortieth of the number.

_ZEROS = 0.025
#: A count of England is revised by a few from one release to the next.
MANY, REVISED = 100_000, 1e-4
SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9}
UNITS_IN_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS_IN_WORDS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
CARDINALS = {word: number for number, word in enumerate(UNITS_IN_WORDS)} | {
    w: 10 * (n + 2) for n, w in enumerate(TENS_IN_WORDS)
}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12,
    **{f"{word}th": number for word, number in CARDINALS.items() if number in (4, 6, 7, 10, 11, *range(13, 20))},
    **{f"{word[:-1]}ieth": number for word, number in CARDINALS.items() if number >= 20},
}  # fmt: skip
_HALVES = {"half": 0.5, "quarter": 0.25}


def half_unit(digits: str, scale: float = 1.0) -> float:
    """Return half of the last place of a number as written (`23.8`, `118000`), times its scale (1e6 for "million")."""
    whole, _, decimals = digits.partition(".")
    if decimals or scale > 1:
        return 0.5 * 10.0 ** -len(decimals) * scale
    zeros = len(whole) - len(whole.rstrip("0")) if whole.strip("0") else 0
    return max(0.5, min(0.5 * 10.0**zeros, float(whole or 0) * _ZEROS))


@dataclass(frozen=True)
class Spoken:
    """Digits or number words: value, half of the last place, how many words, whether an ordinal."""

    value: float
    half: float
    used: int
    is_ordinal: bool = False
    digits: str = ""


_DIGITS = re.compile(r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{1,6})?")


def read_figure(words: list[Word], at: int) -> Spoken | None:
    """Read a number from a word on: 2,656, 133rd, three and a half, one hundred and thirty-third."""
    word = words[at].plain
    if word[0].isdigit():
        if not _DIGITS.fullmatch(word.rstrip(",")):
            return None
        digits = word.rstrip(",").replace(",", "")
        after = words[at + 1] if at + 1 < len(words) else None
        if after and after.start == words[at].end and after.plain in ("st", "nd", "rd", "th"):
            return Spoken(float(digits), 0.0, 2, is_ordinal=True)
        return Spoken(float(digits), half_unit(digits), 1, digits=digits)
    return _in_words(words, at)


def _in_words(words: list[Word], at: int) -> Spoken | None:
    total, used, previous, position = 0, 0, 0, at
    while position < len(words):
        word = words[position].plain
        value = CARDINALS.get(word, _ORDINALS.get(word))
        follows = not used or (previous == 100 and value is not None and value < 100)
        follows = follows or (20 <= previous < 100 and value is not None and 0 < value < 10)
        if value is not None and follows:
            if word in _ORDINALS:
                return Spoken(float(total + value), 0.0, position - at + 1, is_ordinal=True)
            total, previous = total + value, value
        elif word == "hundred" and used and 0 < total < 10:
            total, previous = total * 100, 100
        else:
            break
        used = position - at + 1
        position += 1
        while position < len(words) and words[position].plain in ("-", "and") and used:
            position += 1
    if not used:
        return None
    after = [word.plain for word in words[at + used : at + used + 6] if word.plain != "-"]
    if after[:2] == ["and", "a"] and len(after) > 2 and after[2] in _HALVES:
        dashes = sum(word.plain == "-" for word in words[at + used : at + used + 6])
        return Spoken(total + _HALVES[after[2]], 0.25, used + 3 + min(dashes, 3))
    return Spoken(float(total), half_unit(str(total)), used, digits=str(total))
