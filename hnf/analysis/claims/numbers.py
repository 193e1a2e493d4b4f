"""Numbers as people write them in a sentence: words, ordinals, per cent, and pounds with million or bn.

Texts are scanned with patterns that cannot backtrack far, and only their first thousand characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hnf.analysis.claims.rounding import half_unit

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: number for number, word in enumerate(_UNITS)} | {w: 10 * (n + 2) for n, w in enumerate(_TENS)}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12,
    **{f"{word}th": number for word, number in _WORDS.items() if number in (4, 6, 7, 10, 11, *range(13, 20))},
    **{f"{word[:-1]}ieth": number for word, number in _WORDS.items() if number >= 20},
}  # fmt: skip
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9}
_TOKEN = re.compile(r"[a-z]+|[^a-z]", re.IGNORECASE)
_NUMBER = r"(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(\.\d{1,6})?"
_PERCENT = re.compile(_NUMBER + r"\s?(?:%|per\s?cent\b|percent\b|pc\b)", re.IGNORECASE)
_POUNDS = re.compile(r"£\s?" + _NUMBER + r"\s?-?(thousand|million|billion|mn|bn|k|m|b)?\b", re.IGNORECASE)
_POUNDS_IN_WORDS = re.compile(_NUMBER + r"\s(thousand|million|billion)?\s?pounds\b", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\b", re.IGNORECASE)
_PLAIN = re.compile(r"(?<![\d£.,])" + _NUMBER + r"(?![\d%]|st\b|nd\b|rd\b|th\b)")
_MULTIPLES = {"doubled": 100.0, "trebled": 200.0, "tripled": 200.0, "quadrupled": 300.0, "halved": -50.0}
_MULTIPLE = re.compile(r"\b(" + "|".join(_MULTIPLES) + r")\b", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A number in a sentence: its value, half of its last place, and where it stands."""

    value: float
    tolerance: float
    start: int
    end: int


def words_to_digits(text: str) -> str:
    """Write number words and ordinals as digits: "one hundred and thirty-third" is 133rd; other text stays."""
    tokens = _TOKEN.findall(text)
    out: list[str] = []
    at = 0
    while at < len(tokens):
        digits, used = _read_words(tokens, at)
        out.append(digits if used else tokens[at])
        at += used or 1
    return "".join(out)


def _read_words(tokens: list[str], at: int) -> tuple[str, int]:
    """Read a number in words from a token on; 0 tokens used where there is none."""
    total, used, position, previous = 0, 0, at, 0
    while position < len(tokens):
        word = tokens[position].casefold()
        if word in _ORDINALS and _may_follow(previous, _ORDINALS[word], used):
            value = total + _ORDINALS[word]
            return f"{value}{_ending(value)}", position - at + 1
        if word in _WORDS and _may_follow(previous, _WORDS[word], used):
            total += _WORDS[word]
            previous = _WORDS[word]
        elif word == "hundred" and used and 0 < total < 10:
            total *= 100
            previous = 100
        else:
            break
        used = position - at + 1
        position = _skip_joiner(tokens, position + 1)
    return (str(total), used) if used else ("", 0)


def _may_follow(previous: int, value: int, used: int) -> bool:
    """Whether a number word goes on from the one before: "sixty" by "two", "hundred" by anything below it."""
    return not used or (previous == 100 and value < 100) or (20 <= previous < 100 and 0 < value < 10)


def _skip_joiner(tokens: list[str], position: int) -> int:
    """Step over " ", "-" and " and " between number words."""
    while position < len(tokens) and (tokens[position] in " -" or tokens[position].casefold() == "and"):
        position += 1
    return position


def _ending(number: int) -> str:
    return "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def percentages(text: str) -> list[Number]:
    """Return percentages in order; "doubled" is 100."""
    found = [_number(match) for match in _PERCENT.finditer(text)]
    found = [Number(n.value, _percent_tolerance(n, text), n.start, n.end) for n in found]
    found += [
        Number(_MULTIPLES[match[1].casefold()], 10.0, match.start(), match.end()) for match in _MULTIPLE.finditer(text)
    ]
    return sorted(found, key=lambda number: number.start)


def _percent_tolerance(number: Number, text: str) -> float:
    """Percentages are said to the unit: zeros at their end are digits like others."""
    return min(number.tolerance, 0.5) if "." not in text[number.start : number.end] else number.tolerance


def pounds(text: str) -> list[Number]:
    """Return amounts of money in pounds, in order."""
    found = [_number(match, _scale(match)) for match in _POUNDS.finditer(text)]
    found += [_number(match, _scale(match)) for match in _POUNDS_IN_WORDS.finditer(text)]
    return sorted(found, key=lambda number: number.start)


def ordinals(text: str) -> list[Number]:
    """Return ordinals in order: 133rd."""
    return [Number(float(match[1]), 0.0, match.start(), match.end()) for match in _ORDINAL.finditer(text)]


def plain_numbers(text: str) -> list[Number]:
    """Return numbers that are neither money, per cent nor ordinals."""
    return [_number(match) for match in _PLAIN.finditer(text)]


def _scale(match: re.Match[str]) -> float:
    return _SCALES.get((match[3] or "").casefold(), 1.0)


def _number(match: re.Match[str], scale: float = 1.0) -> Number:
    digits = match[1].replace(",", "") + (match[2] or "")
    return Number(float(digits) * scale, half_unit(digits, scale), match.start(), match.end())
