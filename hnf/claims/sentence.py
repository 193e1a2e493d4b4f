"""From a plain English sentence of the seven kinds to claims: its places, numbers, period, denominator and hedges.

What cannot be understood becomes a claim with a `problem` that says what would make it checkable. Any text is safe: it
is only searched with patterns that cannot backtrack far, and only its first thousand characters.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from hnf.claims.claim import Claim
from hnf.errors import UsageError
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store, cached
from hnf.text import ordinal
from hnf.years import FinancialYear

_CHILD = r"(?:pupil|child|learner|student|young person)"
_PER = r"\b(?:per|a|an|each|every|for every)[\s-]"
#: Denominators as they are said, the most particular first.
_PERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("plan", re.compile(_PER + r"(?:ehc[\s-]?plan|ehcp|plan)\b", re.I)),
    ("plan", re.compile(_PER + _CHILD + r" with an? (?:ehc|education,? health)", re.I)),
    (
        "send_pupil",
        re.compile(_PER + r"(?:send? |special needs )?" + _CHILD + r" with (?:send?|special|additional)", re.I),
    ),
    ("send_pupil", re.compile(_PER + r"(?:send?|special needs) " + _CHILD, re.I)),
    ("high_needs_child", re.compile(_PER + r"high[\s-]needs " + _CHILD, re.I)),
    ("pupil", re.compile(_PER + r"(?:school )?pupil\b|\bper-pupil\b", re.I)),
    ("head", re.compile(_PER + r"(?:head|person|capita)\b|\bper-head\b", re.I)),
)
_FINANCIAL_YEAR = re.compile(r"\b(20\d\d)\s?[-/–]\s?(?:20)?(\d\d)\b")
_JANUARY = r"(?:january |jan )?"
_FROM_TO = re.compile(
    r"\b(?:from|between|since)\s" + _JANUARY + r"(20\d\d)\s?(?:to|and|-|–|until)\s?" + _JANUARY + r"(20\d\d)\b", re.I
)
_SINCE = re.compile(r"\b(?:since|from|on|than in|over)\s" + _JANUARY + r"(20\d\d)\b", re.I)
_UNTIL = re.compile(r"\b(?:by|until|in|to|at)\s" + _JANUARY + r"(20\d\d)\b", re.I)
_GROUPS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("counties", re.compile(r"\b(?:county councils|of (?:any|all) count(?:y|ies)|shire counties)\b", re.I)),
    ("london", re.compile(r"\b(?:london boroughs|in london)\b", re.I)),
    ("metropolitan", re.compile(r"\bmetropolitan (?:districts|boroughs|authorities)\b", re.I)),
    ("unitaries", re.compile(r"\bunitary (?:authorities|councils)\b", re.I)),
)
_HEDGES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("about", re.compile(r"\b(?:about|around|roughly|approximately|some|circa)\b[^.;]{0,12}$", re.I)),
    ("over", re.compile(r"\b(?:over|more than|above|at least)\b[^.;]{0,12}$", re.I)),
    ("nearly", re.compile(r"\b(?:nearly|almost|close to|just under|up to)\b[^.;]{0,12}$", re.I)),
)
_LOW = re.compile(r"\b(?:lowest|worst|least|bottom)\b", re.I)
_HIGH = re.compile(r"\b(?:highest|best|most|top)\b", re.I)


@dataclass(frozen=True)
class Period:
    """The time that a sentence names: a financial year, or calendar years from and to."""

    year: FinancialYear | None = None
    start: int | None = None
    end: int | None = None


def find_per(text: str) -> str:
    """Return what a sentence divides by, empty where it does not say or "per child" leaves it open."""
    return next((per for per, pattern in _PERS if pattern.search(text)), "")


def find_period(text: str) -> Period:
    """Return the time that a sentence names."""
    years = [year for match in _FINANCIAL_YEAR.finditer(text) if (year := _financial_year(match)) is not None]
    if len(years) > 1:
        first, last = min(years), max(years)
        return Period(start=first.start, end=last.start) if first < last else Period(year=first)
    if years:
        return Period(start=years[0].start) if re.search(r"\bsince 20", text, re.I) else Period(year=years[0])
    both = _FROM_TO.search(text)
    if both and int(both[1]) < int(both[2]):
        return Period(start=int(both[1]), end=int(both[2]))
    since, until = _SINCE.search(text), _UNTIL.search(text)
    start = int(since[1]) if since else None
    end = int(until[1]) if until and (start is None or int(until[1]) > start) else None
    return Period(start=start, end=end)


def _financial_year(match: re.Match[str]) -> FinancialYear | None:
    try:
        return FinancialYear.parse(f"{match[1]}-{match[2]}")
    except UsageError:
        return None


def find_direction(text: str, *, has_universe: bool) -> str:
    """Return the end a rank counts from: "133rd of 151" counts from the top, as tables of this kind are written."""
    if _LOW.search(text):
        return "lowest"
    if _HIGH.search(text):
        return "highest"
    return "highest" if has_universe else "lowest"


def find_group(text: str) -> str:
    """Return the group of authorities that a rank is among, empty for all."""
    return next((group for group, pattern in _GROUPS if pattern.search(text)), "")


def find_qualifier(before: str) -> str:
    """Return the hedge before a number."""
    return next((hedge for hedge, pattern in _HEDGES if pattern.search(before)), "")


# A number is taken to be rounded to the last digit that was said: "£23.8 million" allows £50,000 either way,
# "£118,000" £500. Zeros at the end of a whole number may be exact or rounded, so they allow at most a fortieth
# of the number.

#: "about" stretches by this part of the number, "over" and "nearly" by twice as much to one side.
_STRETCH = 0.05
#: Zeros at the end never allow more than this part of the number.
_ZEROS = 0.025
#: A computed number on the edge of what is allowed is not lost to the last bit of a float.
_EDGE = 1e-9


def half_unit(digits: str, scale: float = 1.0) -> float:
    """Return half of the last place of a number as written (`23.8`, `118000`), times its scale (1e6 for "million")."""
    whole, _, decimals = digits.partition(".")
    if decimals or scale > 1:
        return 0.5 * 10.0 ** -len(decimals) * scale
    zeros = len(whole) - len(whole.rstrip("0")) if whole.strip("0") else 0
    return max(0.5, min(0.5 * 10.0**zeros, float(whole or 0) * _ZEROS))


def fits(computed: float, said: float, tolerance: float, qualifier: str = "") -> bool:
    """Whether a number said may be a computed one rounded: within half of its last place, wider by its qualifier."""
    if not (math.isfinite(computed) and math.isfinite(said)):
        return False
    stretch = max(2 * tolerance, abs(said) * _STRETCH)
    below = {"about": stretch, "nearly": 2 * stretch, "over": 0.0}.get(qualifier, tolerance)
    above = {"about": stretch, "over": 2 * stretch, "at least": math.inf}.get(qualifier, tolerance)
    edge = _EDGE * max(1.0, abs(said))
    return -below - edge <= computed - said <= above + edge


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
    """A number in a sentence: its value, half of its last place, and its position."""

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
            return ordinal(value), position - at + 1
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


_WORD = re.compile(r"[A-Za-z0-9]+(?:'[a-z]{2,})?")
_MOST_WORDS = 6
#: Names that are also words: they count only with a capital letter.
_ALSO_WORDS = frozenset({"reading", "bury", "bath", "barking", "poole"})
_BEFORE_COMPARATOR = re.compile(
    r"\b(?:at|as|like|against|than|with|to|versus|vs|neighbouring)\s(?:the\s)?(?:[a-z]+\s){0,3}$",
    re.IGNORECASE,
)
_RATE_AFTER = re.compile(r"^(?:'s|’s|s')?\s(?:rate|level|average|funding rate)", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """An authority and the position of its name in a text."""

    authority: Authority
    start: int
    end: int
    is_comparator: bool


def find_places(store: Store, text: str) -> list[Place]:
    """Return the authorities that a text names, in order; the longest name counts, and each place once."""
    names = _names(store)
    words = list(_WORD.finditer(text))
    found: list[Place] = []
    at = 0
    while at < len(words):
        authority, used = _longest(names, text, words, at)
        if authority is None:
            at += 1
            continue
        start, end = words[at].start(), words[at + used - 1].end()
        found.append(Place(authority, start, end, _compares(text, start, end)))
        at += used
    return found


def _longest(
    names: dict[str, Authority], text: str, words: list[re.Match[str]], at: int
) -> tuple[Authority | None, int]:
    for count in range(min(_MOST_WORDS, len(words) - at), 0, -1):
        plain = " ".join(word[0].casefold() for word in words[at : at + count])
        if plain in names and (plain not in _ALSO_WORDS or text[words[at].start()].isupper()):
            return names[plain], count
    return None, 0


def _compares(text: str, start: int, end: int) -> bool:
    """Whether a name is in the position of a comparator: "at Buckinghamshire's rate", "than in Kent"."""
    before = text[max(0, start - 60) : start]
    return bool(_BEFORE_COMPARATOR.search(before) or _RATE_AFTER.match(text[end : end + 20]))


@cached
def _names(store: Store) -> dict[str, Authority]:
    """Authorities by name in plain lower-case words; an open one before a closed one of the same name."""
    found: dict[str, Authority] = {}
    for authority in sorted(Authorities.of(store).by_code.values(), key=lambda a: (a.closed == "", a.la_code)):
        for name in (authority.name, authority.prose, *authority.aliases):
            plain = " ".join(word.casefold() for word in _WORD.findall(name.replace("&", "and")))
            if plain and not plain.isdigit():
                found[plain] = authority
    return found


MOST_CHARACTERS = 1_000
_PLANS = re.compile(r"\b(?:ehc\s?plans?|ehcps?|education,? health and care plans?|plans?|statements? of sen)\b", re.I)
_MONEY = re.compile(r"\b(?:funding|money|grant|block|budget|allocation|spending|formula)\b", re.I)
#: Column A is meant by the formula, unless another quantity is named with it.
_FORMULA = re.compile(r"\b(?:formula|nff)\b(?!['’]s)", re.I)
_NOT_FORMULA = re.compile(r"\b(?:block|dsg|grant|allocations?|budget|additional|supplementary|deductions?)\b", re.I)
#: A difference from another authority: "£92 less than Norfolk", "a gap of £92".
_THAN: tuple[tuple[Literal["less", "more", "gap"], re.Pattern[str]], ...] = (
    ("gap", re.compile(r"\b(?:gap|difference) of £", re.I)),
    ("less", re.compile(r"£[\d,.]+ (?:per head |a head )?(?:less|lower|below|behind)\b", re.I)),
    ("more", re.compile(r"£[\d,.]+ (?:per head |a head )?(?:more|higher|above|ahead)\b", re.I)),
)
_CATCH_UP = re.compile(
    r"\b(?:catch(?:es|ing)?\s(?:\w+\s){0,2}up|close the gap|reach the (?:national )?average)\b", re.I
)
_YEARS = re.compile(r"\s?(?:years|year)\b", re.I)
_SCHOOL = re.compile(r"\b(?:a|per|each|every|typical|average)\s(?:\w+\s){0,2}?school\b", re.I)
_SCHOOL_SIZE = re.compile(r"\bschool (?:of|with) (\d{2,4}) (?:pupils|children)\b", re.I)
_MORE = re.compile(r"\b(?:more|extra|additional|better off|shortfall|missing out|less|short)\b", re.I)
_RATE = re.compile(r"\b(?:average|median|rate|level|funded (?:like|as|at|the same)|same as)\b", re.I)
_RANKED = re.compile(r"\b(?:lowest|highest|worst|best|least|most|ranked|ranks?|out of \d{2,3}|bottom|top)\b", re.I)
_OF_N = re.compile(r"\b(?:of|out of)\s(?:the\s|all\s|england's\s)?(\d{2,3})\b", re.I)
_SHARE = re.compile(r"\bof (?:the|all|its|our) (?:\S+ ){0,4}?(?:formula|block|quantum|budget|allocation)\b", re.I)
_ENGLAND = re.compile(r"\b(?:national(?:ly)?|england|across the country|in the country)\b", re.I)
_MEDIAN = re.compile(r"\bmedian\b", re.I)

_GUIDE = (
    "a number and what it counts, as in 'EHC plans in Kent up 143% since 2013', 'third lowest per head of 151 in "
    "2023-24', '£614 a head', '£47 million more at the national average' or 'funding up 13% in 2022-23'"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence being read, its number words turned into digits."""

    store: Store
    text: str
    original: str
    who: str

    @cached_property
    def places(self) -> list[Place]:
        """Authorities that it names."""
        return find_places(self.store, self.text)

    @cached_property
    def percent(self) -> list[Number]:
        """Percentages."""
        return percentages(self.text)

    @cached_property
    def pounds(self) -> list[Number]:
        """Amounts of money."""
        return pounds(self.text)

    @property
    def authority(self) -> str:
        """Code of the authority it is about; empty where it names none and none was given."""
        if self.who:
            return Authorities.of(self.store).find(self.who).la_code
        subjects = [place for place in self.places if not place.is_comparator] or self.places[:1]
        return subjects[0].authority.la_code if subjects else ""

    @property
    def comparator(self) -> str:
        """Code of the authority it compares with, or `average`, or `median`."""
        others = [place.authority.la_code for place in self.places if place.authority.la_code != self.authority]
        marked = [place.authority.la_code for place in self.places if place.is_comparator]
        marked = [code for code in marked if code != self.authority]
        if marked or others:
            return (marked or others)[0]
        return "median" if _MEDIAN.search(self.text) else "average"


def parse_sentence(store: Store, text: str, who: str = "") -> list[Claim]:
    """Read the claims of a sentence."""
    original = " ".join(text.split())[:MOST_CHARACTERS]
    sentence = Sentence(store, words_to_digits(original), original, who)
    common = _common(sentence)
    if len(" ".join(text.split())) > MOST_CHARACTERS:
        return [replace(common, problem=f"one claim in at most {MOST_CHARACTERS:,} characters")]
    for read in (_catch_up, _school, _gap, _rank, _growth, _rate):
        found = read(sentence, common)
        if found:
            found = [replace(claim, unread=_unread(sentence, claim)) for claim in found]
            return [replace(claim, id=f"claim-{number}") for number, claim in enumerate(found, start=1)]
    return [replace(common, problem=_GUIDE)]


def _common(sentence: Sentence) -> Claim:
    """Read what claims of every kind may say: who, when, per what."""
    period = find_period(sentence.text)
    return Claim(
        id="claim-1",
        text=sentence.original,
        authority=sentence.authority,
        measure="nff" if _FORMULA.search(sentence.text) and not _NOT_FORMULA.search(sentence.text) else "",
        per=find_per(sentence.text),
        year=period.year,
        start=period.start,
        end=period.end,
        prices="real" if re.search(r"\breal[- ]terms\b", sentence.text, re.I) else "cash",
    )


def _catch_up(sentence: Sentence, common: Claim) -> list[Claim]:
    if not _CATCH_UP.search(sentence.text):
        return []
    numbers = [n for n in plain_numbers(sentence.text) if _YEARS.match(sentence.text[n.end : n.end + 8])]
    if not numbers:
        return []
    comparator = "highest" if re.search(r"\b(?:best|highest|most) ", sentence.text, re.I) else sentence.comparator
    return [_with(sentence, replace(common, kind="6", unit="years", comparator=comparator), numbers[0])]


def _school(sentence: Sentence, common: Claim) -> list[Claim]:
    found = _SCHOOL.search(sentence.text)
    if not found or not sentence.pounds:
        return []
    size = _SCHOOL_SIZE.search(sentence.text)
    pupils = float(size[1]) if size else None
    near = min(sentence.pounds, key=lambda n: abs(n.start - found.start()))
    claim = replace(common, kind="7", unit="gbp", comparator=sentence.comparator, school_pupils=pupils, per="")
    return [_with(sentence, claim, near)]


def _gap(sentence: Sentence, common: Claim) -> list[Claim]:
    """Read "£47 million more at the national average"."""
    if not (sentence.pounds and _MORE.search(sentence.text) and _RATE.search(sentence.text)):
        return []
    return [_with(sentence, replace(common, kind="4", unit="gbp", comparator=sentence.comparator), sentence.pounds[0])]


def _rank(sentence: Sentence, common: Claim) -> list[Claim]:
    """Read "third lowest of 151", "133rd out of 151" or "the lowest funded"; a rank beside money is left to others."""
    text = sentence.text
    of_n = _OF_N.search(text)
    positions = ordinals(text)
    if sentence.percent or not _RANKED.search(text) or not (positions or re.search(r"\b(?:low|high|worst|best)", text)):
        return []
    if sentence.pounds and not positions:
        return []
    universe = int(of_n[1]) if of_n else None
    direction = find_direction(text, has_universe=of_n is not None)
    number = positions[0] if positions else Number(1.0, 0.0, 0, 0)
    claim = replace(common, kind="2", unit="rank", universe=universe, direction=direction, group=find_group(text))
    return [replace(claim, value=number.value)]


def _growth(sentence: Sentence, common: Claim) -> list[Claim]:
    """Read growth in per cent: of funding, of plans, or of both; "against 140% nationally" is another claim."""
    if not sentence.percent:
        return []
    of_funding = [n for n in sentence.percent if _is_of_funding(sentence.text, n)]
    of_plans = [n for n in sentence.percent if n not in of_funding]
    if not (_MONEY.search(sentence.text) or _PLANS.search(sentence.text)):
        return []
    if of_funding and _SHARE.search(sentence.text[of_funding[0].end :][:80]):
        return [_with(sentence, replace(common, kind="share", unit="pct"), of_funding[0])]
    if of_funding:
        claim = _with(sentence, replace(common, kind="5", unit="pct"), of_funding[0])
        if of_plans:
            claim = replace(claim, other_value=of_plans[0].value, other_tolerance=of_plans[0].tolerance)
        return [claim]
    first = _with(sentence, replace(common, kind="1", unit="pct", per=""), of_plans[0])
    second = of_plans[1] if len(of_plans) > 1 else None
    if second and (_ENGLAND.search(sentence.text[second.start :]) or _ENGLAND.search(sentence.text[of_plans[0].end :])):
        return [first, _with(sentence, replace(first, authority=""), second)]
    return [first]


def _is_of_funding(text: str, number: Number) -> bool:
    """Whether the last noun before a percentage, or else the first after it, is funding and not plans."""
    before = text[: number.start]
    money = max((match.start() for match in _MONEY.finditer(before)), default=-1)
    plans = max((match.start() for match in _PLANS.finditer(before)), default=-1)
    if money == plans:
        after = text[number.end :]
        next_money, next_plans = _MONEY.search(after), _PLANS.search(after)
        return next_money is not None and (next_plans is None or next_money.start() < next_plans.start())
    return money > plans


def _rate(sentence: Sentence, common: Claim) -> list[Claim]:
    """Read "£614 a head here against £935 in Buckinghamshire", and the number of plans."""
    if not sentence.pounds:
        return _count(sentence, common)
    first, *more = sentence.pounds
    if not common.per and not _MONEY.search(sentence.text):
        return []
    ends = [word for word in ("lowest", "highest") if re.search(rf"\b{word}\b", sentence.text, re.I)]
    place = common.authority or (ends[0] if ends else "")
    claim = _with(sentence, replace(common, kind="3", unit="gbp", per=common.per or "none", authority=place), first)
    if more:
        other = ends[-1] if not common.authority and len(ends) > 1 else sentence.comparator
        return [replace(claim, comparator=other, other_value=more[0].value, other_tolerance=more[0].tolerance)]
    for than, pattern in _THAN:
        if pattern.search(sentence.text) and sentence.comparator not in ("average", "median"):
            return [replace(claim, than=than, comparator=sentence.comparator)]
    return [claim]


def _count(sentence: Sentence, common: Claim) -> list[Claim]:
    counts = [n for n in plain_numbers(sentence.text) if _PLANS.search(sentence.text[n.end : n.end + 60])]
    counts = [n for n in counts if n.value not in (common.start, common.end)]
    if not counts:
        return []
    return [_with(sentence, replace(common, kind="1", unit="plans", per="", start=None), counts[0])]


def _with(sentence: Sentence, claim: Claim, number: Number) -> Claim:
    """Return a claim with its number, the number's precision and its hedge."""
    qualifier = find_qualifier(sentence.text[max(0, number.start - 25) : number.start])
    if qualifier == "over" and sentence.text[number.start].isalpha():  # "more than doubled"
        qualifier = "at least"
    return replace(claim, value=number.value, tolerance=number.tolerance, qualifier=qualifier)


#: Words that say nothing of their own beside a number; those that go with one kind of claim, a hedge or a difference.
_FILLER = (
    "a all an and are as at authorities authority be been by capita cash council councils country county currently "
    "england financial for formula from funded funding get gets had has have head high highest in is it its local "
    "lowest money national needs nff now of on out per person rank ranked ranks rate receive received receives s "
    "special terms the to today was were with year"
)
_FILLER_OF = {
    "2": "least worst best most bottom top place placed",
    "3": "against compared",
    "4": "more extra would if level like",
    "5": "rose rise rises risen increase increased increases grew grow grown growth up went between",
    "hedge": "about around roughly approximately circa over above more than at least nearly almost",
    "than": "less lower below behind more higher above ahead than gap difference between",
}
_WORDS_OR_NUMBERS = re.compile(r"[a-z]+|\d[\d,.]*|[-−](?=\s?£?\d)", re.I)


def _unread(sentence: Sentence, claim: Claim) -> tuple[str, ...]:
    """Return the words and numbers of a sentence that a claim read from it neither holds nor can leave out."""
    text = re.sub(r"\bup to\b", " upto ", sentence.text.replace("’", "'"), flags=re.I)
    numbers = ordinals(text)[:1] if claim.kind == "2" else [*percentages(text), *pounds(text)]
    spans = [(each.start, each.end) for each in numbers if each.value in (claim.value, claim.other_value)]
    named = (claim.authority, claim.comparator)
    spans += [(each.start, each.end) for each in find_places(sentence.store, text) if each.authority.la_code in named]
    spans += [match.span() for match in _FINANCIAL_YEAR.finditer(text) if _financial_year(match)]
    spans += [match.span(1) for match in _OF_N.finditer(text) if claim.universe == int(match[1])]
    spans += [match.span() for group, pattern in _GROUPS if group == claim.group for match in pattern.finditer(text)]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    kinds = (claim.kind, "hedge" if claim.qualifier else "", "than" if claim.than else "")
    known = {*_FILLER.split(), *(word for kind in kinds for word in _FILLER_OF.get(kind, "").split())}
    known |= {"will"} if claim.year else set()
    return tuple(dict.fromkeys(word for word in _WORDS_OR_NUMBERS.findall(text) if word.casefold() not in known))
