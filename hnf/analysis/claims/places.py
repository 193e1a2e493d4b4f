"""Authorities named in a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hnf.authorities import Authorities, Authority
from hnf.store import Store

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
    """An authority and where its name stands in a text."""

    authority: Authority
    start: int
    end: int
    is_comparator: bool


def find_places(store: Store, text: str) -> list[Place]:
    """Return the authorities that a text names, in order; the longest name counts, and each place once."""
    names = store.remember("names of places", lambda: _names(store))
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
    """Whether a name stands where a comparator does: "at Buckinghamshire's rate", "than in Kent"."""
    before = text[max(0, start - 60) : start]
    return bool(_BEFORE_COMPARATOR.search(before) or _RATE_AFTER.match(text[end : end + 20]))


def _names(store: Store) -> dict[str, Authority]:
    """Authorities by name in plain lower-case words; an open one before a closed one of the same name."""
    found: dict[str, Authority] = {}
    for authority in sorted(Authorities.of(store).by_code.values(), key=lambda a: (a.closed == "", a.la_code)):
        for name in (authority.name, authority.prose, *authority.aliases):
            plain = " ".join(word.casefold() for word in _WORD.findall(name.replace("&", "and")))
            if plain and not plain.isdigit():
                found[plain] = authority
    return found
