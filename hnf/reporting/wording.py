"""Builds a sentence out of words and figures, so that no number can stand in a text without its figure."""

from __future__ import annotations

from collections.abc import Callable

from hnf.figures import Figure
from hnf.reporting.content import Sentence
from hnf.reporting.display import gbp_words, print_cell
from hnf.words import capital, ordinal


class Wording:
    """Collects the figures of one sentence as they are printed.

    Each method prints a figure and remembers it: `f"{say.count(plans)} plans"`.
    """

    def __init__(self) -> None:
        self._figures: list[Figure] = []
        self._printed: list[str] = []

    def sentence(self, text: str, basis: str, kind: int | None = None, main: Figure | None = None) -> Sentence:
        """Return the finished sentence with the figures said so far; the first letter is made a capital.

        `main` is the figure that the sentence is about; the first that is worked out if not given.
        """
        worked_out = [figure for figure in self._figures if figure.basis != "published"]
        about = main or next(iter(worked_out or self._figures), None)
        return Sentence(
            capital(text), tuple(self._figures), basis, kind, tuple(self._printed), about.id if about else ""
        )

    def count(self, figure: Figure) -> str:
        """Print a count: 15,137."""
        return self._say(figure, lambda value: print_cell(value, "count"))

    def pounds(self, figure: Figure) -> str:
        """Print pounds as prose does, without a sign: £47.4 million."""
        return self._say(figure, lambda value: gbp_words(abs(value)))

    def rate(self, figure: Figure) -> str:
        """Print a rate in whole pounds: £690."""
        return self._say(figure, lambda value: print_cell(value, "rate"))

    def percent(self, figure: Figure) -> str:
        """Print a percentage without its sign: whole from 100 upwards, one decimal below."""
        return self._say(figure, _percent)

    def rank(self, figure: Figure, universe: int) -> str:
        """Print a rank from the nearer end: "lowest", "5th lowest", "12th highest"."""
        return self._say(figure, lambda value: rank_words(int(value), universe))

    def ranks(self, ends: tuple[Figure, Figure], universes: tuple[int, int]) -> str:
        """Print two ranks as a span: "between the 4th and the 7th lowest", "between the lowest and the 9th highest"."""
        words = [rank_words(int(figure.value or 0), size) for figure, size in zip(ends, universes, strict=True)]
        pairs = list(zip(ends, words, strict=True))
        sides = {text.split()[-1] for text in words}
        if len(sides) == 1 and all(" " in text for text in words):
            if sides == {"highest"}:
                pairs.reverse()
            first, second = ((figure, text.split()[0]) for figure, text in pairs)
            return f"between the {self._print(*first)} and the {self._print(*second)} {sides.pop()}"
        return f"between the {self._print(*pairs[0])} and the {self._print(*pairs[1])}"

    def _print(self, figure: Figure, text: str) -> str:
        return self._say(figure, lambda _: text)

    def _say(self, figure: Figure, show: Callable[[float], str]) -> str:
        text = figure.status or "not available" if figure.value is None else show(figure.value)
        self._figures.append(figure)
        self._printed.append(text)
        return text


def rank_words(rank: int, universe: int) -> str:
    """Say a rank from the nearer end.

    Parameters
    ----------
    rank : int
        1 is the lowest.
    universe : int
        How many are ranked.
    """
    from_top = universe - rank + 1
    number, end = (rank, "lowest") if rank <= from_top else (from_top, "highest")
    return end if number == 1 else f"{ordinal(number)} {end}"


def within(place: str) -> str:
    """Return the place with its preposition: "in Kent", "on the Isle of Wight"."""
    return f"on {place}" if place.startswith(("the Isle of", "the Isles of")) else f"in {place}"


def direction(value: float, up: str = "rose", down: str = "fell", same: str = "stayed the same") -> str:
    """Return the verb for a change; a change that prints as nought is none."""
    if abs(value) < 0.05:
        return same
    return up if value > 0 else down


def _percent(value: float) -> str:
    return f"{abs(value):,.0f}%" if abs(value) >= 99.95 else print_cell(abs(value), "pct")
