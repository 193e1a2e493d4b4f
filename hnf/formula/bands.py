"""How far floor and gains limit leave an amount per head open in years without a table: arithmetic of intervals.

An amount per head starts from a known one and rises each year by a rate between two: the funding floor and the gains
limit, or a narrower range that was stated. What else is known of a year is a further interval of the amount. All of it
is one chain, so that one pass forwards and one back leave in each year exactly what is possible.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hnf.formula.protection import TOLERANCE_GBP
from hnf.results import Answer, Basis, Unit
from hnf.years import FinancialYear

_PER_CENT = 100.0
#: Pounds by which a figure must move an end of a band to be said to narrow it: amounts are printed to the pound.
_NARROWS_GBP = 1.0


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
    def ends(self) -> tuple[float, float]:
        """Both ends, the lower first."""
        return self.lower, self.upper

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


# What is said of one authority, taken up one figure after the other.


Kind = Literal["amount", "rise", "rise_since"]
_SAID = "year what source address figure_id basis unit said_lower=said.lower said_upper=said.upper"


@dataclass(frozen=True)
class Said:
    """A figure about column A of one authority in a `year`: £, or a rise in per cent.

    `scale` makes £ per head of it: heads of a printed amount, or the £ per head from which a rise over years starts.
    `is_beyond` marks a printed amount above the band, which places must explain.
    """

    year: FinancialYear
    kind: Kind
    said: Interval
    scale: float
    what: str
    source: str
    address: str
    figure_id: str
    basis: Basis
    inputs: tuple[str, ...] = ()
    is_beyond: bool = False

    @property
    def unit(self) -> Unit:
        """Pounds or per cent."""
        return "gbp" if self.kind == "amount" else "pct"

    @property
    def per_head(self) -> Interval:
        """The £ per head that it leaves; of a printed amount within the pounds by which rounding may be off."""
        if self.kind == "amount":
            around = Interval(self.said.lower - TOLERANCE_GBP, self.said.upper + TOLERANCE_GBP)
            return around.times(1 / self.scale)
        return Interval(self.scale, self.scale).after(self.said)

    def possible(self, before: Interval, band: Interval, rise_pct: Interval) -> Interval:
        """Return what is possible in its own unit, from the bands of the year before and of its year, £ per head."""
        if self.kind == "amount":
            return band.times(self.scale)
        if self.kind == "rise":
            return rise_pct.meet(possible_rise(before, band))
        return possible_rise(Interval(self.scale, self.scale), band)


@dataclass(frozen=True, kw_only=True)
class Closer(Said, Answer):
    """What narrows a band, or agrees with it: the band of the year without it and with it, £."""

    JSON = (
        _SAID,
        "lower_before_gbp=before.lower lower_gbp=after.lower upper_before_gbp=before.upper upper_gbp=after.upper",
    )

    before: Interval
    after: Interval


@dataclass(frozen=True, kw_only=True)
class Conflict(Said, Answer):
    """What does not fit what rules and other figures leave: both sides, in its unit; it narrows nothing."""

    JSON = (_SAID, "possible_lower=left.lower possible_upper=left.upper")

    left: Interval


@dataclass(frozen=True)
class Chain:
    """The chain of one authority: years, £ per head of the last table, rises, heads from that table on, allowance."""

    code: str
    years: tuple[FinancialYear, ...]
    start: float
    rises: tuple[Interval, ...]
    heads: tuple[float, ...]
    allowance_gbp: float
    place_gbp: float

    def bands(self, said: Iterable[Said], *, with_places: bool = False) -> list[Interval]:
        """Return £ per head by year, a printed amount as the whole band of its year; nothing where none is possible."""
        rises, printed = list(self.rises), {}
        known: dict[int, Interval] = {}
        fixed: dict[int, Interval] = {}
        for each in said:
            at = self.years.index(each.year)
            if each.kind == "rise":
                rises[at] = rises[at].meet(each.said)
            elif each.is_beyond:
                fixed[at] = each.per_head
            else:
                known[at] = each.per_head.meet(known.get(at))
            if each.kind == "amount":
                printed[at] = each.said.times(1 / each.scale)
        moved = [self.allowance_gbp * with_places / people for people in self.heads[:-1]]
        found = possible(self.start, rises, known, fixed=fixed, moved=moved)
        if any(band.is_empty for band in found):
            return []
        return [printed.get(number, band) for number, band in enumerate(found)]


@dataclass(frozen=True)
class Narrowed:
    """Bands of one authority by year, £ per head, what narrowed them, and by year of a printed amount its places."""

    area: Chain
    bands: list[Interval]
    by_rules: list[Interval]
    with_places: list[Interval]
    closed_by: list[list[Closer]]
    agrees: list[list[Closer]]
    conflicts: list[list[Conflict]]
    places: dict[int, tuple[int, float]]


def narrowed(area: Chain, said: Iterable[Said]) -> Narrowed:
    """Take up one figure after the other; what leaves nothing possible is listed as a conflict and left out."""
    bands = by_rules = area.bands(())
    accepted: list[Said] = []
    closed: list[list[Closer]] = [[] for _ in bands]
    agrees: list[list[Closer]] = [[] for _ in bands]
    conflicts: list[list[Conflict]] = [[] for _ in bands]
    places: dict[int, tuple[int, float]] = {}
    for each in said:
        at, one, trial = area.years.index(each.year), each, area.bands([*accepted, each])
        if not trial and one.kind == "amount" and area.bands([*accepted, one], with_places=True):
            one = replace(one, is_beyond=True)
            trial = area.bands([*accepted, one])
        if not trial:
            before = bands[at - 1] if at else Interval(area.start, area.start)
            conflicts[at].append(Conflict(**vars(one), left=one.possible(before, bands[at], area.rises[at])))
            continue
        if one.kind == "amount":
            places[at] = _places_of(area, by_rules[at], one, at)
        for year, (was, now, people) in enumerate(zip(bands, trial, area.heads[1:], strict=True)):
            closer = Closer(**vars(one), before=was.times(people), after=now.times(people))
            moved = max(was.upper - now.upper, now.lower - was.lower) * people
            if moved > _NARROWS_GBP:
                closed[year].append(closer)
            elif year == at:
                agrees[year].append(closer)
        bands, accepted = trial, [*accepted, one]
    return Narrowed(area, bands, by_rules, area.bands(accepted, with_places=True), closed, agrees, conflicts, places)


def _places_of(area: Chain, by_rules: Interval, page: Said, at: int) -> tuple[int, float]:
    """Return how many places in the baseline of its year bring the band of the rules to a page, and the end with them.

    Above the band as many as are needed; else those with which the page is at the lower end, no more than the allowance
    has, and one where that has none. No places and the lower end where there is no such number.
    """
    place, band, printed = area.place_gbp, by_rules.times(page.scale), page.said.lower
    for_one = Interval(place, place).after(area.rises[at]).times(page.scale / area.heads[at])
    if printed > band.upper + TOLERANCE_GBP:
        number = math.ceil((printed - TOLERANCE_GBP - band.upper) / for_one.upper)
        return number, band.upper + number * for_one.upper
    number = round((printed - band.lower) / for_one.lower)
    end = band.lower + number * for_one.lower
    is_whole = abs(printed - end) <= TOLERANCE_GBP and number * place <= max(area.allowance_gbp, place)
    return (number, end) if is_whole else (0, band.lower)
