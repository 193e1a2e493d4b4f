"""How far floor and gains limit leave an amount per head open in years without a table: arithmetic of intervals.

An amount per head starts from a known one and rises each year by a rate between two: the funding floor and the gains
limit, or a narrower range that was stated. What else is known of a year is a further interval of the amount. All of it
is one chain, so that one pass forwards and one back leave in each year exactly what is possible.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PER_CENT = 100.0


@dataclass(frozen=True)
class Interval:
    """All numbers from `lower` to `upper`, both included."""

    lower: float
    upper: float

    def meet(self, other: Interval | None) -> Interval:
        """Return what lies in both; it is empty where they do not meet."""
        return self if other is None else Interval(max(self.lower, other.lower), min(self.upper, other.upper))

    def times(self, factor: float) -> Interval:
        """Return the interval times a number above 0."""
        return Interval(self.lower * factor, self.upper * factor)

    def after(self, rise_pct: Interval) -> Interval:
        """Return where the amount can be after a rise between two rates, per cent."""
        return Interval(self.lower * (1 + rise_pct.lower / _PER_CENT), self.upper * (1 + rise_pct.upper / _PER_CENT))

    def before(self, rise_pct: Interval) -> Interval:
        """Return where it can have been before such a rise."""
        return Interval(self.lower / (1 + rise_pct.upper / _PER_CENT), self.upper / (1 + rise_pct.lower / _PER_CENT))

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        return self.lower > self.upper


def possible(
    start: float,
    rises_pct: Sequence[Interval],
    known: Mapping[int, Interval],
    *,
    fixed: Mapping[int, Interval] | None = None,
    moved: Sequence[float] | None = None,
) -> list[Interval]:
    """Return where the amount can be in every year of the chain; an interval is empty where nothing is possible.

    Parameters
    ----------
    start : float
        The known amount per head, £.
    rises_pct : sequence of Interval
        Least and largest rise per head of each year in turn, per cent.
    known, fixed : mapping of int to Interval
        What else is known of a year (0 is the first after `start`), £ per head; `fixed` holds whatever the rises give,
        so that years before it are not narrowed.
    moved : sequence of float, optional
        The most that can have been added to the amount from which each rise starts, £ per head.
    """
    fixed, moved = fixed or {}, moved or [0.0] * len(rises_pct)
    found = [Interval(start, start)]
    for number, rise in enumerate(rises_pct):
        base = Interval(found[-1].lower, found[-1].upper + moved[number])
        found.append(fixed.get(number) or base.after(rise).meet(known.get(number)))
    for number in range(len(rises_pct) - 1, 0, -1):
        if number not in fixed:
            before = found[number + 1].before(rises_pct[number])
            found[number] = found[number].meet(Interval(before.lower - moved[number], before.upper))
    return found[1:]


def possible_rise(before: Interval, after: Interval) -> Interval:
    """Return by how many per cent an amount can have risen from one interval to another."""
    return Interval(
        (after.lower / before.upper - 1) * _PER_CENT,
        (after.upper / before.lower - 1) * _PER_CENT,
    )


def possible_ranks(bands: Mapping[str, Interval]) -> dict[str, tuple[int, int]]:
    """Return the lowest and the highest rank that each can have, 1 for the lowest amount; equal amounts share one.

    Below for certain are those whose upper end is under its lower end; all whose lower end is under its upper end can
    be below it.
    """
    lowers, uppers = sorted(band.lower for band in bands.values()), sorted(band.upper for band in bands.values())
    return {
        name: (
            1 + bisect_left(uppers, band.lower),
            1 + bisect_left(lowers, band.upper) - (band.lower < band.upper),
        )
        for name, band in bands.items()
    }
