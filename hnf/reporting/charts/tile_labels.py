"""Short labels for the squares of a tile map: three or four letters, no two the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: Words that say little, and words that only their first letter stands for.
_LITTLE = {"county", "of", "and", "the", "upon", "on", "in"}
_BY_INITIAL = {"north", "south", "east", "west", "central", "isle", "isles", "city"}
#: Longest label.
LETTERS = 4


def tile_labels(names: Iterable[str]) -> dict[str, str]:
    """Return a label for each name.

    The same names get the same labels, whatever their order.

    Raises
    ------
    ValueError
        If no label is left for a name.
    """
    whole = sorted(set(names))
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for name in whole:
        label = next((label for label in _candidates(name, whole) if label.casefold() not in taken), None)
        if label is None:
            raise ValueError(f"no label is left for {name}")
        labels[name] = label
        taken.add(label.casefold())
    return labels


def _words(name: str) -> list[str]:
    plain = re.sub(r", (City|County) of$", "", name)
    return [word for word in re.findall(r"[^\W\d_]+", plain.replace("'", "")) if word.casefold() not in _LITTLE]


def _candidates(name: str, names: list[str]) -> Iterator[str]:
    words = _words(name) or [name]
    first, others = words[0], words[1:]
    if others and first.casefold() in _BY_INITIAL:
        initials = [word[0] for word in words if word.casefold() in _BY_INITIAL]
        rest = "".join(word for word in words if word.casefold() not in _BY_INITIAL) or others[-1]
        yield "".join(initials)[: LETTERS - 2] + rest[: LETTERS - len(initials[: LETTERS - 2])]
    elif len(words) >= 3:
        yield "".join(word[0] for word in words)[:LETTERS].upper()
    elif others:
        yield first[: LETTERS - 1] + others[0][0].upper()
    elif first == _stem(first) or first[:LETTERS].casefold() not in {
        _words(other)[0][:LETTERS].casefold() for other in names if other != name and _words(other)
    }:
        yield first[:LETTERS]
    else:
        yield first[: LETTERS - 1] + "S"
    # What sets the name apart from those that begin alike, then any of its letters, then anything.
    joined = "".join(words)
    alike = ["".join(_words(other)) for other in names if other != name and "".join(_words(other))[:3] == joined[:3]]
    for place in range(LETTERS - 1, len(joined)):
        if all(other[place : place + 1] != joined[place] for other in alike):
            yield joined[: LETTERS - 1] + joined[place].lower()
    for letter in joined[LETTERS - 1 :]:
        yield joined[: LETTERS - 1] + letter.lower()
    for number in range(2, 100):
        yield f"{joined[: LETTERS - len(str(number))]}{number}"


def _stem(word: str) -> str:
    """Return a name without its shire."""
    return word.removesuffix("shire")
