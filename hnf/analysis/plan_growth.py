"""Growth of EHC plans of every authority between two Januaries, each on an area that can be compared.

As `hnf.analysis.growth` compares one: statements count with plans until 2018; across a reorganisation the whole area is
compared, so that several authorities share one figure, or none is given and the reason is; a suppressed count is never
a zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from hnf.analysis.changes import area_of, januaries
from hnf.analysis.footprint import footprint
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.plan_counts import authorities_counted, plan_counts
from hnf.store import Store
from hnf.years import January


@dataclass(frozen=True)
class PlanGrowth:
    """The growth shown for one authority.

    Parameters
    ----------
    name : str
        The area it is worked out on, as prose names it.
    pct : float or None
        Change in per cent; None where there is none.
    figure_id : str
        Of the change; empty where the area cannot be compared.
    reason : str
        Why there is no change, without a full stop.
    note : str
        Why the area is larger than the authority, without a full stop; empty where it is not.
    start : int or None
        Plans at the start.
    """

    name: str
    pct: float | None
    figure_id: str = ""
    reason: str = ""
    note: str = ""
    start: int | None = None


def plan_growth(store: Store, start: January, end: January) -> dict[str, PlanGrowth]:
    """Return the growth of plans for every authority that is open.

    Parameters
    ----------
    store : Store
    start, end : January
        The two counts.

    Returns
    -------
    dict of str to PlanGrowth
        By la_code, sorted.

    Raises
    ------
    UsageError
        If a January is not in the tables, or `end` is not after `start`.
    """
    known = januaries(store)
    for january in (start, end):
        if january not in known:
            raise UsageError(
                f"there is no count for January {january}", todo=f"Counts run from January {known[0]} to {known[-1]}."
            )
    if end <= start:
        raise UsageError(f"January {end} is not after January {start}", where="--from and --to")
    authorities = Authorities.of(store)
    return {
        code: _growth(store, authorities, authority, (start, end))
        for code, authority in sorted(authorities.by_code.items())
        if not authority.closed
    }


def _growth(store: Store, authorities: Authorities, authority: Authority, dates: tuple[January, January]) -> PlanGrowth:
    counted = (authorities_counted(store, dates[0].year), authorities_counted(store, dates[1].year))
    words = (f"January {dates[0]}", f"January {dates[1]}")
    try:
        place = footprint(authorities, authority, counted, "EHC plans", words)
    except UsageError as error:
        return PlanGrowth(authority.prose, None, reason=error.what)
    figure_id = f"growth:plans:{dates[0]}:{dates[1]}:{area_of(*place.codes)}"
    sums = []
    for date, codes in zip(dates, place.codes, strict=True):
        counts = [plan_counts(store)[date.year][code] for code in codes]
        missing = [count.status for count in counts if count.count is None]
        if missing:
            reason = f"the count of January {date} is {missing[0]}"
            return PlanGrowth(place.name, None, figure_id, reason, place.note)
        sums.append(sum(count.count or 0 for count in counts))
    if sums[0] == 0:
        return PlanGrowth(place.name, None, figure_id, f"there were no plans in January {dates[0]}", place.note)
    return PlanGrowth(place.name, (sums[1] / sums[0] - 1) * 100, figure_id, note=place.note, start=sums[0])
