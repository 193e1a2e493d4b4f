"""The area on which two dates can be compared when authorities were reorganised in between.

An authority counted under its own code on every date is compared as itself. Otherwise the whole group of predecessors
and successors is taken, on each date as whichever side was counted then; where neither side is complete the comparison
is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from hnf.errors import UsageError
from hnf.tables.authorities import Authorities, Authority
from hnf.text import join_words
from hnf.years import date_in_words


@dataclass(frozen=True)
class ComparableArea:
    """One area, in words and as its codes on each date; where it is larger than the authority, `note` says why."""

    name: str
    codes: tuple[tuple[str, ...], ...]
    is_combined: bool = False
    note: str = ""


def comparable_area(
    authorities: Authorities, authority: Authority, counted: tuple[set[str], ...], what: str, dates: tuple[str, ...]
) -> ComparableArea:
    """Find the area on which all dates can be compared.

    Parameters
    ----------
    authority : Authority
        The one asked for.
    counted : tuple of set of str
        Codes counted on each date.
    what : str
        What is counted, for messages: "EHC plans".
    dates : tuple of str
        The dates in words.

    Raises
    ------
    UsageError
        If on some date neither the authority nor its whole group was counted.
    """
    if authority.is_group:
        members = authorities.members(authority.la_code)
        sides = tuple(tuple(code for code in members if code in codes) for codes in counted)
        if empty := next((date for side, date in zip(sides, dates, strict=True) if not side), ""):
            raise UsageError(f"there are no figures of {what} for {authority.prose} for {empty}")
        return ComparableArea(authority.prose, sides, is_combined=True)
    if all(authority.la_code in codes for codes in counted):
        return ComparableArea(authority.prose, tuple((authority.la_code,) for _ in counted))
    older, newer = authorities.group(authority)
    lacking = [date for date, codes in zip(dates, counted, strict=True) if authority.la_code not in codes]
    if not older:
        raise UsageError(_refusal(authorities, authority, what, lacking[0]))
    chosen: list[tuple[str, ...]] = []
    for codes, date in zip(counted, dates, strict=True):
        complete = [side for side in (newer, older) if side and set(side) <= codes]
        if not complete:
            raise UsageError(_refusal(authorities, authority, what, date))
        chosen.append(complete[0])
    names = [authorities[code].prose for code in newer]
    before = join_words([authorities[code].prose for code in older])
    were = "was" if len(names) == 1 else "were"
    alone = " or ".join(authorities[code].prose for code in (newer if authority.la_code in newer else older))
    others = f" and {len(lacking) - 1} other dates" if len(lacking) > 2 else ""
    note = (
        f"{join_words(names)} {were} made from {before} on {date_in_words(authorities[newer[0]].opened)}; as there are "
        f"no figures of {alone} alone for {lacking[0] + others if others else join_words(lacking)}, "
        f"the figures are for the whole area on {'both' if len(dates) == 2 else 'all'} dates"
    )
    return ComparableArea(area_words(authorities, newer), tuple(chosen), is_combined=True, note=note)


def area_words(authorities: Authorities, codes: tuple[str, ...]) -> str:
    """Name one authority, or the area of several that were made from the same ones."""
    if len(codes) == 1:
        return authorities[codes[0]].prose
    older = authorities[codes[0]].predecessors
    if len(older) == 1 and set(authorities[older[0]].successors) == set(codes):
        return f"the former {authorities[older[0]].prose} area"
    return f"{join_words([authorities[code].prose for code in codes])} together"


def _refusal(authorities: Authorities, authority: Authority, what: str, date: str) -> str:
    older, newer = authorities.group(authority)
    if not older:
        return f"there are no figures of {what} for {authority.prose} for {date}"
    before = join_words([authorities[code].prose for code in older])
    after = join_words([authorities[code].prose for code in newer])
    return (
        f"{what} of {authority.prose} cannot be compared with {date}: neither {before} nor {after} was counted as a "
        "whole then"
    )
