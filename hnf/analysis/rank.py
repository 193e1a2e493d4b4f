"""League tables: every authority of a year, lowest rate first, ties and exclusions shown; and fifths, for maps.

A rate is published pounds over published people, pupils or plans (`hnf.measures.rates`). Ids are
`rate:<year>:<measure>:<denominator>:<area>`, `rank:…:<la_code>` and `universe:…`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.errors import UsageError
from hnf.measures.rates import (
    RateSpec,
    RateTable,
    england_words,
    rate_id,
    rate_table,
    require_spec,
    universe_id,
    whole_rates,
)
from hnf.results import Answer, Basis, Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store


@dataclass(frozen=True)
class Ranking(Answer):
    """A league table and the rates it is made of."""

    JSON = (
        "year=spec.year measure=spec.measure per=spec.per population=spec.series unit=spec.unit basis",
        "basis_in_words=spec.in_words rows universe excluded",
        {
            "england": "value=table.england figure_id=whole_ids.england authorities=england_count note=england_note?",
            "median": "value=table.median figure_id=whole_ids.median",
        },
    )

    ROWS = "rows"

    table: RateTable
    names: dict[str, str]
    #: What is in England's rate otherwise than by its own rate, or left out.
    england_note: str = ""

    @property
    def england_count(self) -> int:
        """How many authorities' pounds are in England's rate."""
        return len(self.table.england_codes)

    @property
    def spec(self) -> RateSpec:
        """What is ranked."""
        return self.table.spec

    @property
    def basis(self) -> Basis:
        """Published amounts are cells; the rest is arithmetic."""
        return "published" if self.spec.per == "none" and self.spec.measure != "nff_additional" else "derived"

    @property
    def excluded(self) -> list[dict[str, str]]:
        """Who is left out, and why."""
        return named(self.names, dict(sorted(self.table.excluded.items())))

    @property
    def whole_ids(self) -> dict[str, str]:
        """Ids of the rates of the whole table."""
        return {which: rate_id(self.spec, which) for which in whole_rates(self.table)}

    @property
    def universe(self) -> int:
        """How many authorities are ranked."""
        return len(self.table.values)

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an authority: rank, tied_with, la_code, la_name, value, figure ids."""
        return [
            {
                "rank": self.table.ranks[code],
                "tied_with": self.table.tied_with(code),
                "la_code": code,
                "la_name": self.names[code],
                "value": value,
                "figure_id": rate_id(self.spec, code),
                "rank_id": rank_id(self.spec, code),
            }
            for code, value in self.table.values.items()
        ]

    def to_polars(self) -> pl.DataFrame:
        """Return the league table as a frame: rank, la_code, la_name, value (unrounded), figure_id."""
        return pl.DataFrame(self.rows()).drop("tied_with", "rank_id")


def named(names: Mapping[str, str], reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """Return one dict an authority with the reason for which it is left out."""
    return [{"la_code": code, "la_name": names[code], "reason": reason} for code, reason in reasons.items()]


def rank(store: Store, spec: RateSpec) -> Ranking:
    """Rank all authorities with an allocation in a year, the lowest rate first; equal rates share a rank.

    Raises
    ------
    UsageError
        If the year or the measure does not exist in the tables.
    """
    names = {code: authority.name for code, authority in Authorities.of(store).by_code.items()}
    table = rate_table(store, spec)
    return Ranking(table, names, england_words(store, table))


def own_rate(store: Store, spec: RateSpec, who: str, what: str) -> tuple[Authority, RateTable, float]:
    """Return an authority, the rates of all and its own; `UsageError` without a denominator or a rate."""
    if require_spec(spec).per == "none":
        raise UsageError(f"{what} needs a rate", where="--per", todo="Use head, pupil or plan.")
    authorities = Authorities.of(store)
    authority = authorities.find(who)
    table = rate_table(store, spec)
    own = table.require(authority.la_code, authority.prose, authorities.instead(authority, spec.year))
    return authority, table, own


def rank_id(spec: RateSpec, la_code: str) -> str:
    """Return the id of a rank."""
    return f"rank:{spec.id_part}:{la_code}"


def rank_figure(store: Store, spec: RateSpec, la_code: str) -> Figure:
    """Return a rank as a figure (1 is the lowest rate); `UsageError` where the authority has no rate on this basis."""
    table = rate_table(store, spec)
    name = Authorities.of(store)[la_code].prose
    table.require(la_code, name)
    return Figure(
        id=rank_id(spec, la_code),
        label=f"{name}: rank from the lowest among {len(table.values)} authorities, {spec.in_words}",
        value=table.ranks[la_code],
        unit="rank",
        basis="derived",
        inputs=(rate_id(spec, la_code), universe_id(spec)),
        derivation="1 + the number of authorities with a lower rate",
    )


def universe_figure(store: Store, spec: RateSpec) -> Figure:
    """Return the number of authorities that are ranked as a figure; its inputs are all their rates."""
    table = rate_table(store, spec)
    left_out = f"; left out: {', '.join(sorted(table.excluded))}" if table.excluded else ""
    return Figure(
        id=universe_id(spec),
        label=f"Authorities ranked: {spec.in_words}{left_out}",
        value=len(table.values),
        unit="count",
        basis="derived",
        inputs=tuple(rate_id(spec, code) for code in table.values),
        derivation="authorities with an allocation and a denominator",
    )


#: In how many classes of equal size.
CLASSES = 5


def fifths(values: Iterable[float]) -> tuple[tuple[float, float], ...]:
    """Return the lowest and the highest value of each fifth, lowest first; at most five, none overlap.

    Equal values share the better rank and so are in one class; a class that nobody is in is left out. With 151 areas
    the classes have 31, 30, 30, 30 and 30.
    """
    ordered = sorted(values)
    first: dict[float, int] = {}
    for rank, value in enumerate(ordered):
        first.setdefault(value, rank)
    classes: dict[int, list[float]] = {}
    for value in ordered:
        classes.setdefault(first[value] * CLASSES // len(ordered), []).append(value)
    return tuple((found[0], found[-1]) for _, found in sorted(classes.items()))


def class_of(value: float, classes: tuple[tuple[float, float], ...]) -> int:
    """Return the number of the class that a value of an area is in, from 0."""
    return next(number for number, (_, high) in enumerate(classes) if value <= high)
