"""From a plain English sentence of the seven kinds to claims.

What cannot be understood becomes a claim with a `problem` that says what would make it checkable. Any text is safe: it
is only ever searched with patterns, and only its first thousand characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from hnf.analysis.claims.model import Claim
from hnf.analysis.claims.numbers import Number, ordinals, percentages, plain_numbers, pounds, words_to_digits
from hnf.analysis.claims.places import Place, find_places
from hnf.analysis.claims.said import said_direction, said_group, said_per, said_period, said_qualifier
from hnf.authorities import Authorities
from hnf.store import Store

MOST_CHARACTERS = 1_000
_PLANS = re.compile(r"\b(?:ehc\s?plans?|ehcps?|education,? health and care plans?|plans?|statements? of sen)\b", re.I)
_MONEY = re.compile(r"\b(?:funding|money|grant|block|budget|allocation|spending)\b", re.I)
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
    said: str
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
    """Read the claims of a sentence.

    Parameters
    ----------
    store : Store
        For the names of authorities.
    text : str
        Any text; more than a thousand characters are not read.
    who : str
        The authority it is about, where the sentence does not say.

    Returns
    -------
    list of Claim
        One or more; with a `problem` where it was not understood.

    Raises
    ------
    UsageError
        If `who` is not an authority.
    """
    said = " ".join(text.split())[:MOST_CHARACTERS]
    sentence = Sentence(store, words_to_digits(said), said, who)
    common = _common(sentence)
    if len(" ".join(text.split())) > MOST_CHARACTERS:
        return [replace(common, problem=f"one claim in at most {MOST_CHARACTERS:,} characters")]
    for read in (_catch_up, _school, _gap, _rank, _growth, _rate):
        found = read(sentence, common)
        if found:
            return [replace(claim, id=f"claim-{number}") for number, claim in enumerate(found, start=1)]
    return [replace(common, problem=_GUIDE)]


def _common(sentence: Sentence) -> Claim:
    """Read what claims of every kind may say: who, when, per what."""
    period = said_period(sentence.text)
    return Claim(
        id="claim-1",
        text=sentence.said,
        authority=sentence.authority,
        per=said_per(sentence.text),
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
    direction = said_direction(text, has_universe=of_n is not None)
    number = positions[0] if positions else Number(1.0, 0.0, 0, 0)
    claim = replace(common, kind="2", unit="rank", universe=universe, direction=direction, group=said_group(text))
    return [replace(claim, value=number.value)]


def _growth(sentence: Sentence, common: Claim) -> list[Claim]:
    """Read growth in per cent: of funding, of plans, or of both; "against 140% nationally" is a claim of its own."""
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
        claim = replace(claim, comparator=other, other_value=more[0].value, other_tolerance=more[0].tolerance)
    return [claim]


def _count(sentence: Sentence, common: Claim) -> list[Claim]:
    counts = [n for n in plain_numbers(sentence.text) if _PLANS.search(sentence.text[n.end : n.end + 60])]
    counts = [n for n in counts if n.value not in (common.start, common.end)]
    if not counts:
        return []
    return [_with(sentence, replace(common, kind="1", unit="plans", per="", start=None), counts[0])]


def _with(sentence: Sentence, claim: Claim, number: Number) -> Claim:
    """Return a claim with its number, the number's precision and its hedge."""
    qualifier = said_qualifier(sentence.text[max(0, number.start - 25) : number.start])
    if qualifier == "over" and sentence.text[number.start].isalpha():  # "more than doubled"
        qualifier = "at least"
    return replace(claim, value=number.value, tolerance=number.tolerance, qualifier=qualifier)
