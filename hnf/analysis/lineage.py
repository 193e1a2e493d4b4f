"""What an authority was made from and what it became, and which years can be compared on which area.

Dates and arrows are those of the register; the reference of each change is from `data/lineage.toml`. Comparability is
that of `hnf.analysis.comparable_areas`: every date against the latest on which the authority, or its successors, were
counted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from hnf.analysis.comparable_areas import comparable_area
from hnf.analysis.growth import januaries
from hnf.errors import UsageError
from hnf.measures.published import authorities_counted, block_frame, financial_years
from hnf.paths import data_folder
from hnf.results import Answer
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital, join_words
from hnf.years import date_in_words

_KINDS = {
    "split": "their areas together are the old one",
    "merger": "its area is that of the old ones together",
    "recast": "only all of them together keep the area",
}


@dataclass(frozen=True)
class Event(Answer):
    """One reorganisation: from which authorities, to which, when and of what kind."""

    JSON = "date kind kind_in_words **sides reference? note?"

    date: str
    kind: str
    older: tuple[Authority, ...]
    newer: tuple[Authority, ...]
    reference: str
    note: str

    @property
    def kind_in_words(self) -> str:
        """What the kind means for the areas."""
        return _KINDS[self.kind]

    @property
    def sides(self) -> dict[str, list[dict[str, str]]]:
        """The authorities before and after, by code and name."""
        return {
            side: [{"la_code": a.la_code, "gss_code": a.gss_code, "la_name": a.name} for a in found]
            for side, found in (("from", self.older), ("to", self.newer))
        }

    @property
    def sentence(self) -> str:
        """Say it in words."""
        before = join_words([f"{a.prose} ({a.la_code})" for a in self.older])
        after = join_words([f"{a.prose} ({a.la_code})" for a in self.newer])
        law = f" {self.reference}." if self.reference else ""
        return capital(
            f"{before} became {after} on {date_in_words(self.date)}, a {self.kind}: {self.kind_in_words}.{law}"
        )


@dataclass(frozen=True)
class Run(Answer):
    """Dates in a row on which one area can be compared with the reference date; without one, `reason` says why."""

    JSON = "series from=first to=last against area? is_combined_area=is_combined codes reason?"

    series: str
    first: str
    last: str
    against: str
    area: str
    codes: tuple[str, ...]
    is_combined: bool
    reason: str


@dataclass(frozen=True)
class Lineage(Answer):
    """An authority, the reorganisations it took part in, and its comparable years."""

    JSON = (
        "la_code=authority.la_code la_name=authority.name gss_code=authority.gss_code",
        "former_gss_codes=authority.former_gss_codes opened=authority.opened closed=authority.closed? events",
        "comparisons=runs",
    )

    authority: Authority
    events: tuple[Event, ...]
    runs: tuple[Run, ...]


def lineage(store: Store, who: str) -> Lineage:
    """Return what an authority was made from and became, and which years can be compared; `UsageError` if unknown."""
    authorities = Authorities.of(store)
    authority = authorities.find(who)
    money = {str(year): set(block_frame(store, year)["area"]) for year in financial_years(store)}
    need = {str(january): authorities_counted(store, january.year) for january in januaries(store)}
    return Lineage(
        authority,
        _events(authorities, authority),
        (
            *_runs(authorities, authority, "funding", money, str),
            *_runs(authorities, authority, "EHC plans, January", need, lambda date: f"January {date}"),
        ),
    )


def _events(authorities: Authorities, authority: Authority) -> tuple[Event, ...]:
    events = []
    for older in (authority.predecessors, (authority.la_code,) if authority.successors else ()):
        if not older:
            continue
        before = authorities[older[0]]
        newer = tuple(authorities[code] for code in before.successors)
        whole = tuple(authorities[code] for code in newer[0].predecessors)
        known = _references().get((before.la_code, newer[0].la_code), {})
        note, law = known.get("note", ""), known.get("reference", "")
        events.append(Event(newer[0].opened, before.lineage_kind, whole, newer, law, note))
    return tuple(events)


@cache
def _references() -> dict[tuple[str, str], dict[str, str]]:
    changes = tomllib.loads((data_folder() / "lineage.toml").read_text(encoding="utf-8"))["change"]
    return {(older, newer): change for change in changes for older in change["from"] for newer in change["to"]}


def _runs(
    authorities: Authorities,
    authority: Authority,
    series: str,
    counted: dict[str, set[str]],
    say: Callable[[str], str],
) -> list[Run]:
    """Group the dates of a series by the area on which they can be compared with the reference date."""
    own = [date for date, codes in counted.items() if authority.la_code in codes]
    last = own[-1] if own else list(counted)[-1]
    what = series.partition(",")[0]

    def area(date: str) -> tuple[str, tuple[str, ...], bool, str]:
        try:
            words = (say(date), say(last))
            place = comparable_area(authorities, authority, (counted[date], counted[last]), what, words)
        except UsageError:
            return "", (), False, f"{what}: no figures of {authority.prose}, or of a whole area, for these dates"
        return place.name, place.codes[0], place.is_combined, ""

    runs = []
    for (name, codes, combined, reason), dates in groupby(counted, key=area):
        listed = list(dates)
        runs.append(Run(series, listed[0], listed[-1], last, name, codes, combined, reason))
    return runs
