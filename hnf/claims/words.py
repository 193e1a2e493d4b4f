"""From text to the words that say something: numbers, times, places, quantities, directions, bounds, comparisons.

The vocabulary is `data/claim_words.toml`; numbers and times have patterns here. A `Token` is one such word or phrase,
with its place in the text; all other words say nothing that a claim turns on and are no tokens.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

from hnf.claims.reading import Bound, Moment, Number, Place, PlaceKind, Quantity, Reading, Unit
from hnf.claims.said import (
    MANY,
    REVISED,
    SCALES,
    Spoken,
    Word,
    half_unit,
    read_figure,
    read_moment,
    vocabulary,
)
from hnf.measures.published import ENGLAND
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store, cached
from hnf.text import join_words

#: What a token is, and the letter by which patterns of `hnf.claims.grammar` know it.
LETTERS = {
    "number": "N", "pct": "P", "points": "P", "gbp": "G", "rank": "O", "times": "T", "years": "Y", "multiple": "X",
    "fraction": "F", "moment": "M", "start": "S", "end": "Z", "span": "D", "change": "C", "more": "m", "than": "H",
    "against": "A", "as": "W", "gap": "g", "any": "a", "place": "L", "average": "R", "quantity": "Q", "per": "p",
    "extreme": "E", "ranked": "K", "universe": "U", "part": "V", "not": "n", "prices": "r", "from": "f", "to": "t",
    "group": "u", "clause": "|", "and": "&", "which": "w", "it": "i", "local": "l", "national": "e", "catch": "y",
    "school": "z", "together": "j", "same": "s", "when": "h",
}  # fmt: skip
#: Tokens that must be part of a reading, or be listed as not read.
SIGNIFICANT = frozenset(
    (
        *("number", "pct", "points", "gbp", "rank", "times", "years", "multiple", "fraction", "moment", "start", "end"),
        *("span", "when", "place", "not", "universe", "part", "group", "extreme", "more", "any"),
    )
)


@dataclass(frozen=True)
class Token:
    """A word or phrase that says something, and where it stands in the text."""

    kind: str
    value: Any
    start: int
    end: int
    words: str

    @property
    def letter(self) -> str:
        """Its letter in the signature of a clause."""
        return LETTERS[self.kind]


_Value = TypeVar("_Value")
_Phrases = Mapping[str, list[tuple[tuple[str, ...], str, Any]]]
_WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_][^\W_]*|£|%|[^\w\s]")
_OWN = re.compile(r"['’]s\b")


def _expand(pattern: str) -> list[str]:
    """Return the texts that a phrase of the vocabulary stands for."""
    found, _ = _alternatives(re.sub(r"\*(?=\s|$|\)|\|)", "s?", pattern), 0)
    return sorted({" ".join(text.split()) for text in found})


def _alternatives(pattern: str, at: int) -> tuple[list[str], int]:
    """Read `a|b(c|d)e?` from a place on, up to a closing bracket or the end."""
    done: list[str] = []
    texts = [""]
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            done, texts, at = [*done, *texts], [""], at + 1
            continue
        if pattern[at] == "(":
            parts, at = _alternatives(pattern, at + 1)
            at += 1
        else:
            parts, at = [pattern[at]], at + 1
        if pattern[at : at + 1] == "?":
            parts, at = [*parts, ""], at + 1
        texts = [text + part for text in texts for part in parts]
    return [*done, *texts], at


def _entries() -> Iterator[tuple[str, Any, str]]:
    """Kind, value and phrase of the whole vocabulary; of two of one length, the first counts."""
    words = vocabulary()
    for kind, section in (
        ("ignored", "ignored"),
        ("catch", "catch_up"),
        ("school", "school"),
        ("national", "national"),
    ):
        yield from ((kind, kind, phrase) for phrase in words[section]["words"])
    for entry in words["quantity"]:
        yield from (("quantity", entry, phrase) for phrase in entry["phrases"])
    for kind, section in (
        ("per", "per"), ("change", "change"), ("extreme", "rank"), ("more", "more"), ("bound", "bound"),
        ("average", "rate"), ("prices", "prices"), ("group", "groups"), ("than", "compare"), ("not", "negation"),
        ("it", "pronoun"), ("any", "any"),
    ):  # fmt: skip
        for value, phrases in words[section].items():
            yield from ((_KIND_OF.get((section, value), kind), value, phrase) for phrase in phrases)
    numbers = (("multiple", "multiple"), ("fraction", "fraction"), ("part", "part_of_rank"), ("times", "times_said"))
    for kind, section in numbers:
        for value, phrases in words[section].items():
            yield from ((kind, float(value), phrase) for phrase in phrases)
    yield from (("clause", phrase, phrase) for phrase in words["clause"]["contrast"])
    yield from _PLAIN


_KIND_OF = {
    ("rank", "ranked"): "ranked", ("compare", "against"): "against", ("compare", "as"): "as", ("compare", "gap"): "gap",
    ("negation", "none"): "ignored", ("pronoun", "place"): "local",
}  # fmt: skip
_PLAIN = (
    ("and", "and", "and"), ("which", "which", "(which|who|where|with)"), ("from", "from", "from"), ("to", "to", "to"),
    ("together", "together", "(together|combined|between them|in total|jointly)"),
    ("same", "same", "(in|over|during|for)? (the)? same (period|time|years?|timeframe)"),
    ("same", "same", "(during|over|in) (this|that) (time|period)"),
)  # fmt: skip


@cache
def _phrases() -> _Phrases:
    """The vocabulary by first word, the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], str, Any]]] = {}
    for kind, value, phrase in _entries():
        for text in _expand(phrase):
            words = tuple(text.split())
            found.setdefault(words[0], []).append((words, kind, value))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return found


@cached
def _places(store: Store) -> dict[tuple[str, ...], Place]:
    """Names of places in words: of the register, its aliases, regions, and those of the vocabulary."""
    words, authorities = vocabulary(), Authorities.of(store)
    found: dict[tuple[str, ...], Place] = {}
    for authority in sorted(authorities.by_code.values(), key=lambda one: (one.closed == "", one.la_code)):
        place = Place("authority", authority.prose, (authority.la_code,))
        more = words["aliases"].get(authority.la_code, ())
        for name in (authority.name, authority.prose, *authority.aliases, *more):
            key = _plain(name)
            if key and not key[0].isdigit():
                for before in _STYLES:
                    found[*before, *key] = place
    regions = authorities.region_names
    for code, name in regions.items():
        spoken = name if name in ("London", "Yorkshire and The Humber") else f"the {name}"
        for phrase in (_plain(name), *(_plain(text) for one in words["region_words"][code] for text in _expand(one))):
            found[tuple(phrase)] = Place("region", spoken, (code,))
    for entry in words["place"]:
        codes = tuple(code for code in entry.get("codes", ()) if code in authorities.by_code)
        kind: PlaceKind = entry["kind"]
        names = tuple(entry.get("choices", ())) or tuple(authorities[code].prose for code in codes)
        place = Place(kind, entry["name"], codes, choices=names if kind == "ambiguous" else ())
        for said in (text for one in entry["phrases"] for text in _expand(one)):
            found[tuple(said.split())] = place
    return found


#: What stands before a name: "the East Riding", "London Borough of Barnet".
_STYLES: tuple[tuple[str, ...], ...] = (
    (), ("the",), ("city", "of"), ("county", "of"), ("borough", "of"), ("london", "borough", "of"),
    ("royal", "borough", "of"), ("the", "city", "of"), ("the", "london", "borough", "of"),
    ("the", "royal", "borough", "of"),
)  # fmt: skip


def _plain(name: str) -> tuple[str, ...]:
    """A name as the words of a text."""
    words = (word.casefold() for word in _WORD.findall(_OWN.sub("", name.replace("&", " and "))) if word[0].isalnum())
    return tuple(words)


#: Names that are also words: they count only with a capital letter.
_ALSO_WORDS = frozenset({"reading", "bury", "bath", "barking", "poole", "sale", "deal", "highland", "fife", "perth"})
_MOST_WORDS = 7


def split_words(text: str) -> list[Word]:
    """Return words, numbers and signs with their places; "'s" is left out, "&" reads "and"."""
    own = {place for match in _OWN.finditer(text) for place in range(match.start(), match.end())}
    found = []
    for match in _WORD.finditer(text):
        if match.start() in own:
            continue
        word = "and" if match[0] == "&" else match[0]
        if word[0].isalnum() or word in "£%" or word in _CLAUSE_MARKS or word in "/-–—.":
            found.append(Word(word, match.start(), match.end(), word.casefold()))
    return found


_CLAUSE_MARKS = ";—()"

# Reading.

_PERCENT = ("%", "percent", "pc")
_THINGS = re.compile(
    r"[\s-]*(?:years?|weeks?|months?|days?|hours?|minutes?|o'clock|pages?|th century|years? olds?)\b", re.I
)


#: "Figures published in June 2025" are not of June.
_PUBLISHED = re.compile(
    r"(?:published|released|announced|reported|revealed|figures|statistics|data)(?: in| on| from)?(?: the)?\s*$", re.I
)
_ANNOUNCED = re.compile(r"[,\s]*(?:\w+\s){0,3}(?:announced|published|promised|told|voted|wrote|agreed)\b", re.I)
_OUT_OF = re.compile(r"(?:out\s+of|of|among|in)\s+(?:the\s+|all\s+|england['’]s\s+)?$", re.I)
_AUTHORITIES = re.compile(r"\s*(?:english |local |upper[- ]tier )?(?:authorities|councils)\b", re.I)
_ENDS = re.compile(r"\s*\w+\s+(?:lowest|highest)", re.I)


class Lexer:
    """Reads the tokens of a sentence."""

    def __init__(self, store: Store, text: str, named: Moment | None = None) -> None:
        self.text = text
        self.named = named  # the last time named, here or in the text before: "six years later" counts from it
        self.places = _places(store)
        self.words = split_words(text)
        self.found: list[Token] = []

    def tokens(self) -> list[Token]:
        """Return the tokens in order, bounds joined to their numbers."""
        at = 0
        while at < len(self.words):
            at = self._read(at)
        return _with_bounds(self.text, _without_asides(self.found))

    def _add(self, kind: str, value: Any, at: int, until: int) -> int:
        start, end = self.words[at].start, self.words[until - 1].end
        self.found.append(Token(kind, value, start, end, self.text[start:end]))
        return until

    def _read(self, at: int) -> int:
        word = self.words[at]
        if word.text in ";—" or (word.text in "()" and at):
            return self._add("clause", word.text, at, at + 1)
        if word.text in "-–" and self.text[max(0, word.start - 1) : word.end + 1] in (" – ", " - "):
            return self._add("clause", word.text, at, at + 1)
        money = self._money(at)
        if money:
            return money
        phrase = self._phrase(at)
        if phrase and phrase[1] == "ignored" and phrase[0] > 1:
            return at + phrase[0]
        if re.match(r"of \d[\d,]* (?:pupils|children)\b", self.text[word.start :], re.I):
            return self._of_pupils(at)
        place = self._place(at)
        if place and (not phrase or place[0] >= phrase[0]):
            return self._add("place", replace(place[1], said=self._said(at, place[0])), at, at + place[0])
        if phrase and phrase[0] > 2 and phrase[1] == "quantity":
            return self._add_phrase(at, phrase)
        moment = read_moment(self.text, word.start, self.named)
        if moment and moment[1].kind == "day" and self._is_of_event(word.start, moment[2]):
            return next((n for n in range(at, len(self.words)) if self.words[n].start >= moment[2]), len(self.words))
        if moment and not self._is_count(at, moment):
            role, value, end = moment
            self.named = value if value.is_named else self.named
            until = next((n for n in range(at, len(self.words)) if self.words[n].start >= end), len(self.words))
            return self._add(role, value, at, until)
        if phrase and phrase[1] == "fraction" and phrase[0] > 1:
            return self._add_phrase(at, phrase)
        number = self._number(at)
        if number:
            return number
        if phrase:
            return at + phrase[0] if phrase[1] == "ignored" else self._add_phrase(at, phrase)
        unknown = self._unknown_place(at)
        return unknown or at + 1

    def _of_pupils(self, at: int) -> int:
        """Read "of 260,824 pupils": another count, and a clause of its own."""
        figure = read_figure(self.words, at + 1)
        if figure is None:
            return at + 1
        until = self._said_number("number", figure.value, figure.half, at + 1, at + 1 + figure.used)
        self._add("quantity", _quantity("pupils_with_sen", "pupils with special educational needs"), until, until + 1)
        while until + 1 < len(self.words) and self.text[self.words[until].end] not in ",.":
            until += 1
        place = self._place(until) if until < len(self.words) else None
        if place:
            self._add("place", replace(place[1], said=self._said(until, place[0])), until, until + place[0])
            until += place[0] - 1
        return self._add("clause", ",", min(until, len(self.words) - 1), min(until, len(self.words) - 1) + 1)

    def _is_of_event(self, start: int, end: int) -> bool:
        """Whether a day is that of a publication or an announcement, and not the one on which something was counted."""
        return bool(_PUBLISHED.search(self.text[:start]) or _ANNOUNCED.match(self.text[end:]))

    def _said(self, at: int, count: int) -> str:
        return self.text[self.words[at].start : self.words[at + count - 1].end]

    def _is_count(self, at: int, moment: tuple[str, Moment, int]) -> bool:
        """Whether what looks like a year counts plans or pupils: "2024 plans"."""
        if moment[1].kind != "year":
            return False
        after = self._phrase(at + 1) if at + 1 < len(self.words) else None
        is_plans = after is not None and after[1] == "quantity" and after[2]["name"] == "plans"
        next_word = self.words[at + 1].plain if at + 1 < len(self.words) else ""
        return (is_plans and next_word not in ("ehc", "ehcp", "ehcps", "education")) or next_word in (
            "children",
            "pupils",
        )

    def _phrase(self, at: int) -> tuple[int, str, Any] | None:
        for phrase, kind, value in _phrases().get(self.words[at].plain, ()):
            used = self._follow(at, phrase)
            if used:
                return used, kind, value
        return None

    def _follow(self, at: int, phrase: tuple[str, ...]) -> int:
        """How many words a phrase takes from a place on, hyphens stepped over; 0 where it does not stand there."""
        position = at
        for number, wanted in enumerate(phrase):
            while number and position < len(self.words) and self.words[position].text in "-–/.":
                position += 1
            if position >= len(self.words) or self.words[position].plain != wanted:
                return 0
            position += 1
        return position - at

    def _add_phrase(self, at: int, phrase: tuple[int, str, Any]) -> int:
        used, kind, value = phrase
        last = self.found[-1] if self.found else None
        if kind == "times":
            value = Number(value, "times", 0.05 * value, words=self._said(at, used))
        elif kind == "quantity":
            if value["name"] == "share_of_pupils" and self.words[at].plain == "of":
                after = self.words[at + used].plain if at + used < len(self.words) else ""
                if last is None or last.kind not in ("pct", "fraction", "number") or after == "with":
                    return at + 1
            value = replace(_quantity(value["name"], value["words"]), is_assumed=value.get("is_weak", False))
        elif kind == "per" and self.words[at].plain in _EACH and value != "send_pupil" and not _is_rated(last):
            if value != "plan":
                return at + used
            kind, value = "quantity", _quantity("plans", "EHC plans")
        return self._add(kind, value, at, at + used)

    def _place(self, at: int) -> tuple[int, Place] | None:
        for count in range(min(_MOST_WORDS, len(self.words) - at), 0, -1):
            words = [word for word in self.words[at : at + count] if word.text not in "-–"]
            key = tuple(word.plain for word in words)
            if words and self.words[at + count - 1].text not in "-–" and key in self.places:
                if key == ("england",) and self._phrase(at) and (self._phrase(at) or (0, "", 0))[1] == "average":
                    return None
                if key[0] not in _ALSO_WORDS or len(key) > 1 or words[0].text[0].isupper():
                    return count, self.places[key]
        return None

    def _money(self, at: int) -> int:
        """Read £23.8 million, 70 pounds."""
        is_sign = self.words[at].text == "£"
        figure = read_figure(self.words, at + is_sign) if at + is_sign < len(self.words) else None
        if figure is None or figure.is_ordinal:
            return 0
        until = at + is_sign + figure.used
        while until < len(self.words) and self.words[until].text == "-":
            until += 1
        after = self.words[until].plain if until < len(self.words) else ""
        scale = SCALES.get(after, 1.0)
        has_pounds = until + (scale > 1) < len(self.words) and self.words[until + (scale > 1)].plain == "pounds"
        if not is_sign and not has_pounds:
            return 0
        until += (scale > 1) + has_pounds if scale > 1 or has_pounds else 0
        half = half_unit(figure.digits, scale) if figure.digits else figure.half * scale
        return self._add("gbp", Number(figure.value * scale, "gbp", half, words=self._said(at, until - at)), at, until)

    def _number(self, at: int) -> int:
        """Read a number with its unit: 50 per cent, 133rd, three times, 4,620."""
        figure = read_figure(self.words, at)
        if figure is None:
            return 0
        until = at + figure.used
        after = [word.plain for word in self.words[until : until + 4]]
        skip = 1 if after[:1] == ["-"] else 0
        unit = after[skip : skip + 2]
        if figure.is_ordinal:
            return self._ordinal(at, figure)
        if unit[:1] and (unit[0] in _PERCENT or unit == ["per", "cent"]):
            until += skip + (1 if unit[0] in _PERCENT else 2)
            half = figure.half if "." in figure.digits else min(figure.half, 0.5)
            if until < len(self.words) and self.words[until].plain in ("point", "points"):
                return self._said_number("points", figure.value, half, at, until + 1)
            return self._said_number("pct", figure.value, half, at, until)
        if unit[:1] and unit[0] in ("times", "fold", "x"):
            half = max(figure.half if figure.half != 0.5 else 0.5, 0.05) if "." not in figure.digits else figure.half
            return self._said_number("times", figure.value, min(half, 0.5), at, until + skip + 1)
        scale = (
            SCALES.get(unit[0], 1.0)
            if unit and not skip and unit[0] in ("thousand", "million", "billion", "k", "m")
            else 1.0
        )
        if scale > 1:
            return self._said_number(
                "number", figure.value * scale, half_unit(figure.digits or "1", scale), at, until + 1
            )
        if self._is_universe(at, until, figure):
            return self._add("universe", int(figure.value), at, until)
        things = _THINGS.match(self.text, self.words[until - 1].end)
        if things:
            if "year" in things[0].casefold() and "old" not in things[0].casefold():
                return self._said_number("years", figure.value, figure.half, at, until + 1 + skip)
            return until
        return self._count(at, until, figure)

    def _is_universe(self, at: int, until: int, figure: Spoken) -> bool:
        """Whether a number is that of the authorities among which a rank is: "of 151", "151 councils"."""
        if not 3 <= figure.value <= 330 or figure.value != int(figure.value):
            return False
        after = self._after(until)
        if _AUTHORITIES.match(after) and not self._phrase_is(at - 1, "extreme") and not _ENDS.match(after):
            return True
        return bool(_OUT_OF.search(self.text[: self.words[at].start])) and self._was_ranked()

    def _count(self, at: int, until: int, figure: Spoken) -> int:
        if figure.value < 2 and not figure.digits[:1].isdigit():
            return until
        parts = self._one_in(at, until, figure)
        if parts:
            return parts
        if self.words[at].plain in ("one", "two") and not self._counts(until):
            return until
        half = max(figure.half, figure.value * REVISED if figure.value >= MANY else 0.0)
        return self._said_number("number", figure.value, half, at, until)

    def _after(self, until: int) -> str:
        """The text after a word."""
        return self.text[self.words[until - 1].end :]

    def _phrase_is(self, at: int, kind: str) -> bool:
        phrase = self._phrase(at) if at >= 0 else None
        return phrase is not None and phrase[1] == kind

    def _one_in(self, at: int, until: int, figure: Spoken) -> int:
        """Read "one in five", "nine out of ten" as a part."""
        words = [word.plain for word in self.words[until : until + 2]]
        skip = 1 if words[:1] == ["in"] else 2 if words == ["out", "of"] else 0
        whole = read_figure(self.words, until + skip) if skip and until + skip < len(self.words) else None
        if whole is None or not figure.value < whole.value <= 100:
            return 0
        return self._add("fraction", figure.value / whole.value, at, until + skip + whole.used)

    def _counts(self, until: int) -> bool:
        after = self._phrase(until) if until < len(self.words) else None
        return after is not None and after[1] in ("quantity", "extreme")

    def _was_ranked(self) -> bool:
        kinds = [token.kind for token in self.found[-5:]]
        return bool({"rank", "extreme", "ranked"} & set(kinds)) and kinds[-1] != "change"

    def _ordinal(self, at: int, figure: Spoken) -> int:
        """Read an ordinal where it ranks: before lowest, of 151, or after ranked; others count nothing."""
        until = at + figure.used
        next_ = until + (until < len(self.words) and self.words[until].text == "-")
        after = self._phrase(next_) if next_ < len(self.words) else None
        rest = self.text[self.words[until - 1].end :][:24]
        is_fraction = at > 0 and any(self._phrase_is(n, "fraction") for n in (at - 1, at))
        if is_fraction and not (after and after[1] == "extreme"):
            return 0
        ranks = (
            (after is not None and after[1] in ("extreme", "part"))
            or re.match(r"\s*(?:place\s*)?(?:out\s+)?of\s", rest, re.I) is not None
            or any(token.kind == "ranked" for token in self.found[-4:])
            or not self.words[at].plain.isalpha()
        )
        return self._said_number("rank", figure.value, 0.0, at, until) if ranks else until

    def _said_number(self, kind: str, value: float, half: float, at: int, until: int) -> int:
        unit = cast("Unit", {"number": "count"}.get(kind, kind))
        return self._add(
            kind,
            Number(value, unit, half, words=self._said(at, min(until, len(self.words)) - at)),
            at,
            min(until, len(self.words)),
        )

    def _unknown_place(self, at: int) -> int:
        """A name with a capital letter that no register has, where a place would stand."""
        word = self.words[at]
        if not word.text[0].isupper() or word.plain in _not_places() or len(word.text) < 3:
            return 0
        before = self.text[: word.start].rstrip().casefold()
        until = at + 1
        while (
            until < len(self.words)
            and self.words[until].text[0].isupper()
            and self.words[until].plain not in _not_places()
        ):
            until += 1
        name = self._said(at, until - at)
        is_first = not before or before[-1] in '.!?:;"“'
        close = difflib.get_close_matches(name.casefold(), self._names(), n=3, cutoff=0.8) if len(name) > 3 else []
        follows = self.words[until].plain if until < len(self.words) else ""
        in_place = re.search(r"\b(?:in|across|within|throughout|around|near|of|for|at|to|than|from)(?: the)?$", before)
        if close or (not is_first and in_place and not word.text.isupper()) or follows in ("council", "county"):
            return self._add(
                "place", Place("unknown", name, said=name, choices=tuple(self._choice(one) for one in close)), at, until
            )
        return 0

    def _names(self) -> list[str]:
        return [" ".join(key) for key, place in self.places.items() if place.kind in ("authority", "region")]

    def _choice(self, name: str) -> str:
        return self.places[tuple(name.split())].name


@cache
def _not_places() -> frozenset[str]:
    return frozenset(vocabulary()["not_places"]["words"])


@cache
def _quantity(name: str, words: str) -> Quantity:
    entry = next(one for one in vocabulary()["quantity"] if (one["name"], one["words"]) == (name, words))
    return Quantity(
        name, words, tuple(entry.get("measures", ())), entry.get("publisher", ""), is_named=entry.get("is_named", False)
    )


#: Groups of authorities by the type in the register.
GROUPS = {
    "counties": ("upper_tier", "shire counties"),
    "unitaries": ("unitary", "unitary authorities"),
    "london": ("london", "London boroughs"),
    "metropolitan": ("metropolitan", "metropolitan districts"),
}


def group_of(store: Store, key: str, said: str = "") -> Place:
    """Return a group by the type of its members, or the neighbours; one that no table defines is unknown."""
    if key == "neighbours":
        return Place("group", "its statistical neighbours", said=said)
    if key not in GROUPS:
        return Place("unknown", said or key, said=said)
    kind, name = GROUPS[key]
    members = Authorities.of(store).by_code.values()
    return Place("group", name, tuple(one.la_code for one in members if one.authority_type == kind), said or key)


def codes_of(place: Place | None) -> tuple[str, ...]:
    """Return the codes of a place as figure ids have them: of England `england`."""
    if place is None or place.kind == "england":
        return (ENGLAND,)
    return place.codes


def members_of(store: Store, reading: Reading, values: dict[str, _Value]) -> dict[str, _Value]:
    """Return the values of the group within which a reading ranks; of all where it names none."""
    group, own = reading.group, codes_of(reading.who)
    if group is None or group.kind == "england":
        return values
    authorities, codes = Authorities.of(store), set(group.codes)
    if group.kind == "region":
        codes = {code for code, one in authorities.by_code.items() if one.region_code in group.codes}
    elif not codes and "neighbour" in group.name:
        from hnf.analysis.compare import NEIGHBOURS, comparator_set

        codes = {*comparator_set(store, authorities[own[0]], NEIGHBOURS, "").codes, *own}
    return {code: value for code, value in values.items() if code in codes}


def neighbours_ahead(store: Store, reading: Reading, values: dict[str, float]) -> str:
    """Say which statistical neighbours are ahead of an authority that is said to be the first or last of them."""
    end, members, own = reading.end_of_rank, members_of(store, reading, values), values[codes_of(reading.who)[0]]
    sign, known = 1 if end == "highest" else -1, Authorities.of(store)
    ordered = sorted(members, key=lambda code: -sign * members[code])
    ahead = [known[code].prose for code in ordered if sign * members[code] > sign * own]
    if not (end and ahead and reading.group and "neighbour" in reading.group.name):
        return ""
    return f"{end[:-3]}er among its {len(members) - 1} statistical neighbours: {join_words(ahead)}"


def measures_of(quantity: Quantity, unit: str) -> Quantity:
    """Return a quantity with the measures that go with the unit of a claim: a part of a whole in per cent."""
    entry = next(one for one in vocabulary()["quantity"] if one["name"] == quantity.name)
    of_pct = tuple(entry.get("measures_pct", ()))
    return replace(quantity, measures=of_pct) if of_pct and unit in ("pct", "points") else quantity


#: "£614 a head", but "has a plan".
_EACH = ("a", "an", "each", "every", "for")


def _is_rated(last: Token | None) -> bool:
    return last is not None and last.kind in ("gbp", "more", "change")


def is_weak(token: Token) -> bool:
    """Whether a quantity counts only where no other is named."""
    return bool(token.value.is_assumed)


def _without_asides(tokens: list[Token]) -> list[Token]:
    """Leave out brackets that only say a thing again: "(EHCPs)", "(which includes statements)"."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        if tokens[at].words == "(":
            until = next((n for n in range(at + 1, len(tokens)) if tokens[n].words == ")"), None)
            if until is not None and all(token.kind in _SAYS_AGAIN for token in tokens[at + 1 : until]):
                at = until + 1
                continue
            if until is not None and all(
                token.kind in ("moment", "start", "end", "from", "to") for token in tokens[at + 1 : until]
            ):
                found += tokens[at + 1 : until]
                at = until + 1
                continue
        found.append(tokens[at])
        at += 1
    return found


_SAYS_AGAIN = ("quantity", "place", "per", "which", "and", "it", "national", "local", "prices", "average")
#: Numbers that claim something; those that may be hedged.
COUNTED = frozenset(("number", "pct", "points", "gbp", "rank", "times", "multiple", "fraction"))
_COUNTED = COUNTED | {"years"}


def _with_bounds(text: str, tokens: list[Token]) -> list[Token]:
    """Join a bound to the number beside it; a bound without a number says nothing."""
    found: list[Token] = []
    held: Token | None = None
    tokens = _with_ranges(text, tokens)
    for position, token in enumerate(tokens):
        if token.kind == "more" and position + 1 < len(tokens) and _is_beside(text, token, tokens[position + 1]):
            held = _as_bound(token)
            if held:
                continue
        if token.kind == "bound":
            after = _AFTER.get(token.words.casefold())
            if after and found and found[-1].kind in _COUNTED and found[-1].kind != "multiple":
                found[-1] = _bounded(found[-1], cast("Bound", after))
                continue
            is_beside = position + 1 < len(tokens) and _is_beside(text, token, tokens[position + 1])
            if is_beside:
                held = token
            elif token.words.casefold().endswith("than") or token.words.casefold() in ("above", "below", "under"):
                found.append(
                    replace(token, kind="more", value="less" if token.value in ("under", "at most") else "more")
                )
            continue
        found.append(_bounded(token, held.value, held.start) if held and token.kind in _COUNTED else token)
        held = None
    return found


def _with_ranges(text: str, tokens: list[Token]) -> list[Token]:
    """Join "between 140% and 150%" to one number that may be anything between."""
    found: list[Token] = []
    for token in tokens:
        is_second = (
            len(found) > 1
            and found[-1].kind == "and"
            and found[-2].kind == token.kind
            and isinstance(token.value, Number)
            and re.search(r"\bbetween\s*$", text[: found[-2].start], re.I) is not None
        )
        if is_second:
            first = found[-2]
            low, high = sorted((first.value.value, token.value.value))
            words = text[first.start : token.end]
            middle = replace(token.value, value=(low + high) / 2, half=(high - low) / 2 + token.value.half, words=words)
            found[-2:] = [replace(token, value=middle, start=first.start, words=words)]
        else:
            found.append(token)
    return found


_AFTER = {"or more": "at least", "or less": "at most", "or fewer": "at most", "or so": "about"}


def _as_bound(token: Token) -> Token | None:
    value = {"above": "over", "below": "under", "under": "under"}.get(token.words.casefold())
    return replace(token, kind="bound", value=value) if value else None


def _is_beside(text: str, bound: Token, token: Token) -> bool:
    between = text[bound.end : token.start]
    return token.kind in _COUNTED and bool(re.fullmatch(r"\s*(?:a |the |an |by |just )?\s*", between, re.I))


def _bounded(token: Token, bound: Bound, start: int | None = None) -> Token:
    at = token.start if start is None else start
    value = replace(token.value, bound=bound) if isinstance(token.value, Number) else (token.value, bound)
    return replace(token, value=value, start=at)
